/* SPDX-License-Identifier: Apache-2.0
 *
 * test_refresh.c - "not modified" saves bytes and nothing else: every rule still holds for the bytes that we have.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/tuf/repo.h"
#include "tests/unit/update/server.h"

#include "store/base/utc.h"
#include "sync/etag.h"
#include "sync/refresh.h"

#include <stdio.h>

#define TIMESTAMP "/timestamp.json"

typedef struct world {
	char cache[4096];
	repo repo;
	tg_buf first_root; /* a rotation writes over the repository's */
	server *web;
	tg_fetch *fetch;
	tg_refresh_config config;
} world;

/* The ETag is the file's version, as a server would say it that knows of no content. */
static void put_timestamp(world *w)
{
	char etag[32];

	(void)snprintf(etag, sizeof(etag), "\"v%lld\"", (long long)w->repo.version[TG_TUF_TIMESTAMP]);
	server_put(w->web, TIMESTAMP, repo_file(&w->repo, TG_TUF_TIMESTAMP));
	server_set_field(w->web, TIMESTAMP, "ETag", etag);
}

static void issue_again(world *w)
{
	w->repo.version[TG_TUF_TIMESTAMP]++;
	w->repo.issued_us += TG_US_PER_SECOND;
	repo_write(&w->repo, TG_TUF_TIMESTAMP);
	put_timestamp(w);
}

static int setup(void **state)
{
	world *w = test_calloc(1, sizeof(*w));

	repo_init(&w->repo);
	w->repo.expires_us[TG_TUF_TIMESTAMP] = TEST_NOW_US + TG_US_PER_DAY;
	repo_write(&w->repo, TG_TUF_TIMESTAMP);
	tg_buf_init(&w->first_root, TG_TUF_ROOT_MAX);
	tg_buf_append(
		&w->first_root, repo_file(&w->repo, TG_TUF_ROOT).data, repo_file(&w->repo, TG_TUF_ROOT).len);
	temp_dir(w->cache);
	w->web = server_start();
	assert_int_equal(tg_fetch_open(&w->fetch, NULL, NULL), TG_OK);
	server_put(w->web, "/1.snapshot.json", repo_file(&w->repo, TG_TUF_SNAPSHOT));
	server_put(w->web, "/1.targets.json", repo_file(&w->repo, TG_TUF_TARGETS));
	put_timestamp(w);
	w->config = (tg_refresh_config){ .first_root = tg_buf_view(&w->first_root),
		.cache_dir = w->cache,
		.metadata_url = server_url(w->web),
		.fetch = w->fetch,
		.now_us = TEST_NOW_US };
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	world *w = *state;

	tg_fetch_close(w->fetch);
	server_stop(w->web);
	tg_buf_fini(&w->first_root);
	repo_fini(&w->repo);
	remove_tree(w->cache);
	test_free(w);
	return 0;
}

static int refresh(world *w, tg_error *err)
{
	tg_trusted *set = NULL;
	int rc;

	server_forget(w->web);
	rc = tg_refresh_run(&set, &w->config, err);
	if (rc == TG_OK)
		assert_int_equal(tg_tuf_metadata_version(tg_trusted_get(set, TG_TUF_TIMESTAMP)),
			w->repo.version[TG_TUF_TIMESTAMP]);
	tg_trusted_close(set);
	return rc;
}

static void refresh_ok(world *w)
{
	tg_error err = { 0 };

	if (refresh(w, &err) != TG_OK)
		fail_msg("%s", err.msg);
}

static bool asked_with(const world *w, size_t i, const char *field)
{
	return strstr(server_request_fields(w->web, i), field) != NULL;
}

static void what_we_have_is_asked_for_on_a_condition(void **state)
{
	world *w = *state;

	refresh_ok(w);
	assert_int_equal(server_requests(w->web), 4);
	assert_false(asked_with(w, 1, "If-None-Match"));
	refresh_ok(w);
	assert_int_equal(server_requests(w->web), 2);
	assert_string_equal(server_request(w->web, 0), "/2.root.json");
	assert_string_equal(server_request(w->web, 1), TIMESTAMP);
	assert_true(asked_with(w, 1, "If-None-Match: \"v1\"\n"));
	issue_again(w);
	refresh_ok(w);
	assert_true(asked_with(w, 1, "If-None-Match: \"v1\"\n"));
	refresh_ok(w);
	assert_true(asked_with(w, 1, "If-None-Match: \"v2\"\n"));
	assert_int_equal(server_requests(w->web), 2);
}

static void a_cache_on_the_way_must_ask_for_what_may_change(void **state)
{
	world *w = *state;

	refresh_ok(w);
	assert_true(
		asked_with(w, 0, "Cache-Control: no-cache\n")); /* "there is no such root" must not be kept */
	assert_true(asked_with(w, 1, "Cache-Control: no-cache\n"));  /* timestamp.json */
	assert_false(asked_with(w, 2, "Cache-Control: no-cache\n")); /* 1.snapshot.json never changes */
	assert_false(asked_with(w, 3, "Cache-Control: no-cache\n"));
}

static void not_modified_does_not_keep_an_expired_timestamp_alive(void **state)
{
	world *w = *state;
	tg_error err = { 0 };

	refresh_ok(w);
	w->config.now_us = w->repo.expires_us[TG_TUF_TIMESTAMP] + TG_US_PER_SECOND;
	assert_int_equal(refresh(w, &err), TG_EEXPIRED);
	assert_non_null(strstr(err.msg, "timestamp.json"));
	/* It was asked for without condition before that was believed. */
	assert_int_equal(server_requests(w->web), 3);
	assert_true(asked_with(w, 1, "If-None-Match"));
	assert_false(asked_with(w, 2, "If-None-Match"));
}

static void a_wrong_not_modified_of_a_cache_on_the_way_heals(void **state)
{
	world *w = *state;

	refresh_ok(w);
	/* The repository went on; some cache still answers by the old ETag when the old timestamp has expired. */
	w->config.now_us = w->repo.expires_us[TG_TUF_TIMESTAMP] + TG_US_PER_SECOND;
	w->repo.expires_us[TG_TUF_TIMESTAMP] += 7 * TG_US_PER_DAY;
	issue_again(w);
	server_set_field(w->web, TIMESTAMP, "ETag", "\"v1\"");
	refresh_ok(w);
	assert_true(asked_with(w, 1, "If-None-Match: \"v1\"\n"));
	assert_false(asked_with(w, 2, "If-None-Match"));
	/* What came is kept with the ETag it came with: the next one is quiet again. */
	refresh_ok(w);
	assert_int_equal(server_requests(w->web), 2);
}

static void a_damaged_cache_is_not_asked_about(void **state)
{
	world *w = *state;

	refresh_ok(w);
	write_file(w->cache, "timestamp.json", tg_view_str("{\"signed\":{}}"));
	refresh_ok(w);
	assert_false(asked_with(w, 1, "If-None-Match"));
	refresh_ok(w);
	assert_true(asked_with(w, 1, "If-None-Match: \"v1\"\n"));
	assert_int_equal(server_requests(w->web), 2);
}

static void a_timestamp_of_an_old_key_is_asked_for_again(void **state)
{
	world *w = *state;

	refresh_ok(w);
	/* The key was changed, the timestamp signed anew; a cache on the way still says "not modified". */
	repo_rotate(&w->repo, TG_TUF_TIMESTAMP, SPARE_KEY);
	server_put(w->web, "/2.root.json", repo_file(&w->repo, TG_TUF_ROOT));
	issue_again(w);
	server_set_field(w->web, TIMESTAMP, "ETag", "\"v1\"");
	refresh_ok(w);
	assert_true(asked_with(w, 2, "If-None-Match: \"v1\"\n"));
	assert_false(asked_with(w, 3, "If-None-Match"));
}

/* ---- a set in force that is newer than the cache, as it is for documents ---- */

/* As the set in force has it: what a refresh of another cache brought. */
static void bring_into_force(world *w, char set[4096])
{
	const char *cache = w->config.cache_dir;

	temp_dir(set);
	w->config.cache_dir = set;
	refresh_ok(w);
	w->config.cache_dir = cache;
	w->config.witness_dir = set;
}

static void an_old_cache_does_not_lead_back_behind_the_set_in_force(void **state)
{
	world *w = *state;
	char set[4096];
	tg_error err = { 0 };
	tg_buf first;

	tg_buf_init(&first, TG_TUF_TIMESTAMP_MAX);
	tg_buf_append(&first, repo_file(&w->repo, TG_TUF_TIMESTAMP).data, repo_file(&w->repo, TG_TUF_TIMESTAMP).len);
	refresh_ok(w);
	issue_again(w);
	bring_into_force(w, set);
	/* A mirror shows what this cache knows, and what still holds: the first one. */
	server_put(w->web, TIMESTAMP, tg_buf_view(&first));
	assert_int_equal(refresh(w, &err), TG_EROLLBACK);
	put_timestamp(w);
	refresh_ok(w);
	/* From then on the cache is as new, and asks on a condition. */
	refresh_ok(w);
	assert_true(asked_with(w, 1, "If-None-Match: \"v2\"\n"));
	tg_buf_fini(&first);
	remove_tree(set);
}

static void roots_of_the_set_in_force_cannot_be_withheld(void **state)
{
	world *w = *state;
	char set[4096];
	tg_error err = { 0 };
	tg_buf first;

	tg_buf_init(&first, TG_TUF_TIMESTAMP_MAX);
	tg_buf_append(&first, repo_file(&w->repo, TG_TUF_TIMESTAMP).data, repo_file(&w->repo, TG_TUF_TIMESTAMP).len);
	refresh_ok(w);
	repo_rotate(&w->repo, TG_TUF_TIMESTAMP, SPARE_KEY);
	server_put(w->web, "/2.root.json", repo_file(&w->repo, TG_TUF_ROOT));
	issue_again(w);
	bring_into_force(w, set);
	/* A mirror hides the change, and shows what the revoked key signed. */
	server_remove(w->web, "/2.root.json");
	server_put(w->web, TIMESTAMP, tg_buf_view(&first));
	assert_int_equal(refresh(w, &err), TG_EUNTRUSTED);
	assert_string_equal(server_request(w->web, 0), "/3.root.json");
	put_timestamp(w);
	refresh_ok(w);
	/* The chain is whole in the cache: a set is made from there. */
	w->config.witness_dir = NULL;
	refresh_ok(w);
	assert_string_equal(server_request(w->web, 0), "/3.root.json");
	tg_buf_fini(&first);
	remove_tree(set);
}

static void a_server_without_etags_is_asked_without_condition(void **state)
{
	world *w = *state;

	refresh_ok(w);
	server_put(w->web, TIMESTAMP, repo_file(&w->repo, TG_TUF_TIMESTAMP));
	refresh_ok(w); /* with the old one: there it is sent whole, and now without an ETag */
	refresh_ok(w);
	assert_false(asked_with(w, 1, "If-None-Match"));
}

static void a_timestamp_that_is_forbidden_is_no_missing_one(void **state)
{
	world *w = *state;
	tg_error err = { 0 };

	server_set_status(w->web, TIMESTAMP, 403);
	assert_int_equal(refresh(w, &err), TG_EDENIED);
	server_set_status(w->web, TIMESTAMP, 404);
	assert_int_equal(refresh(w, &err), TG_ENOTFOUND);
}

static void forbidden_is_the_end_of_the_roots_but_unauthorised_is_not(void **state)
{
	world *w = *state;
	tg_error err = { 0 };

	server_put(w->web, "/2.root.json", tg_view_str("no"));
	server_set_status(w->web, "/2.root.json", 403);
	refresh_ok(w);
	server_set_status(w->web, "/2.root.json", 401);
	assert_int_equal(refresh(w, &err), TG_EDENIED);
	server_set_status(w->web, "/2.root.json", 407);
	assert_int_equal(refresh(w, &err), TG_EDENIED);
	server_set_status(w->web, "/2.root.json", 503);
	assert_int_equal(refresh(w, &err), TG_ENETWORK);
}

/* ---- the file ---- */

static void an_etag_counts_only_for_the_bytes_it_came_with(void **state)
{
	static const char *const lines[] = { "", "\"v1\"\n", "zz \"v1\"\n",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad \"v1\"",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  \"v1\"\n",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad \"v\r1\"\n",
		"BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD \"v1\"\n" };
	world *w = *state;
	char etag[TG_HEADER_ETAG_MAX + 1];
	tg_error err = { 0 };

	tg_etag_find(etag, w->cache, "x.json", tg_view_str("abc"));
	assert_string_equal(etag, "");
	assert_int_equal(tg_etag_keep(w->cache, "x.json", tg_view_str("abc"), "W/\"v1\"", &err), TG_OK);
	tg_etag_find(etag, w->cache, "x.json", tg_view_str("abc"));
	assert_string_equal(etag, "W/\"v1\"");
	tg_etag_find(etag, w->cache, "x.json", tg_view_str("abd"));
	assert_string_equal(etag, "");
	assert_int_equal(tg_etag_keep(w->cache, "x.json", tg_view_str("abc"), "", &err), TG_OK);
	tg_etag_find(etag, w->cache, "x.json", tg_view_str("abc"));
	assert_string_equal(etag, "");
	for (size_t i = 0; i < TG_COUNT(lines); i++) {
		write_file(w->cache, "x.json.etag", tg_view_str(lines[i]));
		tg_etag_find(etag, w->cache, "x.json", tg_view_str("abc"));
		if (etag[0] != '\0')
			fail_msg("%s", lines[i]);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_we_have_is_asked_for_on_a_condition),
		TEST(a_cache_on_the_way_must_ask_for_what_may_change),
		TEST(not_modified_does_not_keep_an_expired_timestamp_alive),
		TEST(a_wrong_not_modified_of_a_cache_on_the_way_heals),
		TEST(a_damaged_cache_is_not_asked_about),
		TEST(a_timestamp_of_an_old_key_is_asked_for_again),
		TEST(an_old_cache_does_not_lead_back_behind_the_set_in_force),
		TEST(roots_of_the_set_in_force_cannot_be_withheld),
		TEST(a_server_without_etags_is_asked_without_condition),
		TEST(a_timestamp_that_is_forbidden_is_no_missing_one),
		TEST(forbidden_is_the_end_of_the_roots_but_unauthorised_is_not),
		TEST(an_etag_counts_only_for_the_bytes_it_came_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

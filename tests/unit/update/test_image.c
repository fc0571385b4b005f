/* SPDX-License-Identifier: Apache-2.0
 *
 * test_image.c - the ways to a new image: the smallest one first, the next one when it fails, and words for every failure.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/base/encoding.h"
#include "store/base/file.h"
#include "sync/image.h"
#include "sync/patch.h"
#include "sync/state.h"
#include "tests/unit/tuf/repo.h"
#include "tests/unit/update/server.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE (4096 + 256)
#define FRAME_MAX (1 << 20)

/* One target beside the image. */
typedef struct extra {
	tg_buf bytes;
	tg_json *custom;
	char path[TG_IMAGE_PATCH_PATH_SIZE];
	char url[300]; /* on the server */
} extra;

typedef struct world {
	char dir[4096], catalogue[4096 + 16], trust[4096 + 16], metadata_url[256], targets_url[256];
	repo repo;
	server *web;
	tg_fetch *fetch;
	tg_update_config config;
	extra patch, compressed;
	char plain_url[300];
	tg_buf old_image;
} world;

static void must(int rc, const tg_error *err)
{
	if (rc != TG_OK)
		fail_msg("%s: %s", tg_strerror(rc), err->msg);
}

/* ---- head office ---- */

static void put_target(world *w, char url[300], const char *path, tg_view bytes)
{
	uint8_t hash[TG_SHA256_SIZE];
	char published[256];
	tg_error err = { 0 };

	tg_sha256(hash, bytes.data, bytes.len);
	must(tg_repository_target_name(published, sizeof(published), path, hash, &err), &err);
	(void)snprintf(url, 300, "/t/%s", published);
	server_put(w->web, url, bytes);
}

static void upload(world *w)
{
	char url[300];

	for (int role = TG_TUF_ROOT; role < TG_TUF_ROLES; role++) {
		if (role == TG_TUF_TIMESTAMP)
			(void)snprintf(url, sizeof(url), "/m/timestamp.json");
		else
			(void)snprintf(url, sizeof(url), "/m/%lld.%s.json", (long long)w->repo.version[role],
				tg_tuf_role_name((tg_tuf_role)role));
		server_put(w->web, url, repo_file(&w->repo, (tg_tuf_role)role));
	}
	put_target(w, url, TG_CHAIN_POLICY, tg_buf_view(&w->repo.policy));
	put_target(w, w->plain_url, TG_CHAIN_IMAGE, tg_buf_view(&w->repo.image));
}

static void set_leads_to(extra *e, tg_view image)
{
	uint8_t hash[TG_SHA256_SIZE];
	char hex[65];

	tg_sha256(hash, image.data, image.len);
	tg_json_free(e->custom);
	e->custom = tg_json_new_object();
	tg_json_set_str(e->custom, "image_sha256", tg_hex_encode(hex, hash, sizeof(hash)));
}

/* Signed in the next publication, and on the server. */
static void offer(world *w, extra *e)
{
	tg_repository_target *t = &w->repo.more[w->repo.more_count++];

	*t = (tg_repository_target){ .path = e->path, .length = (int64_t)e->bytes.len, .custom = e->custom };
	tg_sha256(t->sha256, e->bytes.data, e->bytes.len);
	put_target(w, e->url, e->path, tg_buf_view(&e->bytes));
}

static void make_frame(extra *e, tg_view old, tg_view fresh)
{
	uint8_t *frame = malloc(FRAME_MAX);
	tg_error err = { 0 };
	size_t len;

	assert_non_null(frame);
	must(tg_patch_make(frame, &len, FRAME_MAX, old, fresh, &err), &err);
	tg_buf_clear(&e->bytes);
	tg_buf_append(&e->bytes, frame, len);
	free(frame);
	set_leads_to(e, fresh);
}

static void publish(world *w)
{
	for (int role = TG_TUF_TIMESTAMP; role < TG_TUF_ROLES; role++)
		w->repo.version[role]++;
	w->repo.issued_us += TG_US_PER_SECOND;
	repo_publish(&w->repo);
	upload(w);
}

/* The next image, a little different, with both frames; nothing is offered yet. */
static void next_image(world *w)
{
	uint8_t hash[TG_SHA256_SIZE];
	char hex[65];

	tg_buf_clear(&w->old_image);
	tg_buf_append(&w->old_image, w->repo.image.data, w->repo.image.len);
	tg_sha256(hash, w->old_image.data, w->old_image.len);
	(void)snprintf(w->patch.path, sizeof(w->patch.path), TG_IMAGE_PATCH_FORMAT, tg_hex_encode(hex, hash, sizeof(hash)));
	w->repo.catalogue_version++;
	w->repo.image.data[70000] ^= 0x55;
	tg_buf_printf(&w->repo.image, "version %lld", (long long)w->repo.catalogue_version);
	make_frame(&w->patch, tg_buf_view(&w->old_image), tg_buf_view(&w->repo.image));
	make_frame(&w->compressed, tg_view_of(NULL, 0), tg_buf_view(&w->repo.image));
	w->repo.more_count = 0;
}

static void publish_all(world *w)
{
	next_image(w);
	offer(w, &w->patch);
	offer(w, &w->compressed);
	publish(w);
}

/* ---- the station ---- */

static void extra_init(extra *e)
{
	tg_buf_init(&e->bytes, FRAME_MAX);
}

static void extra_fini(extra *e)
{
	tg_buf_fini(&e->bytes);
	tg_json_free(e->custom);
}

static int setup(void **state)
{
	world *w = test_calloc(1, sizeof(*w));
	tg_error err = { 0 };

	repo_init(&w->repo);
	tg_buf_clear(&w->repo.image);
	for (int i = 0; i < 5000; i++) /* compresses, and differs everywhere */
		tg_buf_printf(&w->repo.image, "product %d has the number %d; ", i, i * 7919);
	tg_buf_init(&w->old_image, w->repo.image.max);
	extra_init(&w->patch);
	extra_init(&w->compressed);
	(void)snprintf(w->compressed.path, sizeof(w->compressed.path), "%s", TG_IMAGE_COMPRESSED);
	temp_dir(w->dir);
	(void)snprintf(w->catalogue, sizeof(w->catalogue), "%s/catalogue", w->dir);
	(void)snprintf(w->trust, sizeof(w->trust), "%s/root.json", w->dir);
	write_file(w->dir, "root.json", repo_file(&w->repo, TG_TUF_ROOT));
	w->web = server_start();
	must(tg_fetch_open(&w->fetch, NULL, &err), &err);
	(void)snprintf(w->metadata_url, sizeof(w->metadata_url), "%s/m/", server_url(w->web));
	(void)snprintf(w->targets_url, sizeof(w->targets_url), "%s/t/", server_url(w->web));
	w->config = (tg_update_config){ .catalogue_dir = w->catalogue, .trust_root = w->trust, .metadata_url = w->metadata_url,
		.targets_url = w->targets_url, .fetch = w->fetch, .now_us = TEST_NOW_US };
	publish(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	world *w = *state;

	tg_fetch_close(w->fetch);
	server_stop(w->web);
	repo_fini(&w->repo);
	extra_fini(&w->patch);
	extra_fini(&w->compressed);
	tg_buf_fini(&w->old_image);
	remove_tree(w->dir);
	test_free(w);
	return 0;
}

static int run(world *w, tg_update_report *report, tg_error *err)
{
	server_forget(w->web);
	return tg_update_run(report, &w->config, NULL, NULL, err);
}

static tg_update_report run_ok(world *w)
{
	tg_update_report report;
	tg_error err = { 0 };

	must(run(w, &report, &err), &err);
	return report;
}

static bool in_force(const world *w, const char *name, tg_view bytes)
{
	char path[PATH_SIZE];
	tg_buf found;
	bool same;

	(void)snprintf(path, sizeof(path), "%s/current/%s", w->catalogue, name);
	tg_buf_init(&found, FRAME_MAX);
	same = tg_file_read(&found, path, FRAME_MAX, NULL) == TG_OK && tg_view_equal(tg_buf_view(&found), bytes);
	tg_buf_fini(&found);
	return same;
}

/* The daemon's own check of what is in force, and that nothing was left beside it. */
static void check_in_force(const world *w, tg_view image)
{
	char path[PATH_SIZE];
	tg_error err = { 0 };
	tg_chain *chain;
	tg_view blocks;

	(void)snprintf(path, sizeof(path), "%s/current/.", w->catalogue);
	must(tg_chain_open(&chain, w->trust, path, &err), &err);
	must(tg_chain_blocks(&blocks, chain, &err), &err);
	tg_chain_close(chain);
	assert_true(in_force(w, TG_CHAIN_IMAGE, image));
}

static size_t count_parts(const world *w)
{
	char path[PATH_SIZE];
	struct dirent *entry;
	size_t count = 0;
	DIR *d;

	(void)snprintf(path, sizeof(path), "%s/part", w->catalogue);
	d = opendir(path);
	while (d != NULL && (entry = readdir(d)) != NULL)
		count += entry->d_name[0] != '.';
	if (d != NULL)
		closedir(d);
	return count;
}

/* ---- good ways ---- */

static void without_an_image_the_compressed_one_comes(void **state)
{
	world *w = *state;
	tg_update_report report;

	publish_all(w);
	report = run_ok(w);
	assert_int_equal(report.image.way, TG_WAY_COMPRESSED);
	assert_int_equal(report.image.failure_count, 0);
	assert_int_equal(report.image.bytes, w->compressed.bytes.len);
	check_in_force(w, tg_buf_view(&w->repo.image));
	assert_int_equal(count_parts(w), 0);
}

static void with_the_image_before_the_patch_comes(void **state)
{
	world *w = *state;
	tg_sync_state remembered;
	tg_update_report report;
	tg_error err = { 0 };

	(void)run_ok(w);
	publish_all(w);
	report = run_ok(w);
	assert_int_equal(report.image.way, TG_WAY_PATCH);
	assert_int_equal(report.image.bytes, w->patch.bytes.len);
	assert_int_equal(report.requests, 5); /* root, timestamp, snapshot, targets, patch */
	check_in_force(w, tg_buf_view(&w->repo.image));
	assert_int_equal(count_parts(w), 0);
	must(tg_sync_state_read(&remembered, w->catalogue, &err), &err);
	assert_int_equal(remembered.way.way, TG_WAY_PATCH);
	assert_int_equal(remembered.way_us, TEST_NOW_US);
	assert_int_equal(run_ok(w).image.way, TG_WAY_NONE);
	must(tg_sync_state_read(&remembered, w->catalogue, &err), &err);
	assert_int_equal(remembered.way.way, TG_WAY_PATCH); /* how the last one came is still known */
}

static void an_image_two_publications_old_without_a_patch_comes_compressed(void **state)
{
	world *w = *state;

	(void)run_ok(w);
	publish_all(w);
	publish_all(w);
	assert_int_equal(run_ok(w).image.way, TG_WAY_COMPRESSED);
	check_in_force(w, tg_buf_view(&w->repo.image));
}

static void a_repository_that_offers_neither_works(void **state)
{
	world *w = *state;

	(void)run_ok(w);
	next_image(w);
	publish(w);
	assert_int_equal(run_ok(w).image.way, TG_WAY_PLAIN);
	check_in_force(w, tg_buf_view(&w->repo.image));
}

static void a_way_that_is_longer_than_the_next_one_is_not_gone(void **state)
{
	world *w = *state;
	tg_update_report report;

	(void)run_ok(w);
	next_image(w);
	while (w->patch.bytes.len < w->repo.image.len)
		tg_buf_putc(&w->patch.bytes, 'x');
	while (w->compressed.bytes.len < w->repo.image.len)
		tg_buf_putc(&w->compressed.bytes, 'x');
	offer(w, &w->patch);
	offer(w, &w->compressed);
	publish(w);
	report = run_ok(w);
	assert_int_equal(report.image.way, TG_WAY_PLAIN);
	assert_int_equal(report.image.failure_count, 0);
}

/* ---- broken ways ---- */

static void patch_is_missing(world *w)
{
	server_remove(w->web, w->patch.url);
}

static void patch_is_stalled_by_the_server(world *w)
{
	server_set_status(w->web, w->patch.url, 500);
}

static void patch_has_a_wrong_bit(world *w)
{
	w->patch.bytes.data[w->patch.bytes.len / 2] ^= 1;
	server_put(w->web, w->patch.url, tg_buf_view(&w->patch.bytes));
}

static void patch_is_cut(world *w)
{
	server_put(w->web, w->patch.url, tg_view_of(w->patch.bytes.data, w->patch.bytes.len - 1));
}

static void patch_is_endless(world *w)
{
	server_set_fault(w->web, w->patch.url, SERVE_ENDLESS);
}

/* From here on what is signed is wrong: head office slipped. */
static void sign_again(world *w)
{
	w->repo.more_count = 0;
	offer(w, &w->patch);
	offer(w, &w->compressed);
	publish(w);
}

static void patch_was_made_from_another_image(world *w)
{
	w->old_image.data[70000] ^= 0x55; /* as in the new image: so it is taken from there */
	make_frame(&w->patch, tg_buf_view(&w->old_image), tg_buf_view(&w->repo.image));
	w->old_image.data[70000] ^= 0x55;
	sign_again(w);
}

/* A right frame, of the right length, of other bytes: only the hash of the result can tell. */
static void patch_gives_other_bytes_of_the_same_length(world *w)
{
	w->repo.image.data[100000] ^= 1;
	make_frame(&w->patch, tg_buf_view(&w->old_image), tg_buf_view(&w->repo.image));
	w->repo.image.data[100000] ^= 1;
	set_leads_to(&w->patch, tg_buf_view(&w->repo.image));
	sign_again(w);
}

static void patch_gives_a_longer_image(world *w)
{
	tg_buf_putc(&w->repo.image, 'x');
	make_frame(&w->patch, tg_buf_view(&w->old_image), tg_buf_view(&w->repo.image));
	w->repo.image.len--;
	set_leads_to(&w->patch, tg_buf_view(&w->repo.image));
	sign_again(w);
}

static void patch_is_rubbish_but_signed(world *w)
{
	tg_buf_clear(&w->patch.bytes);
	tg_buf_puts(&w->patch.bytes, "this is no frame");
	sign_again(w);
}

static void patch_has_something_after_it(world *w)
{
	tg_buf_puts(&w->patch.bytes, "and more");
	sign_again(w);
}

static void patch_says_it_leads_elsewhere(world *w)
{
	set_leads_to(&w->patch, tg_buf_view(&w->old_image));
	sign_again(w);
}

static void patch_does_not_say_where_it_leads(world *w)
{
	tg_json_free(w->patch.custom);
	w->patch.custom = NULL;
	sign_again(w);
}

static void image_in_force_is_damaged(world *w)
{
	char path[PATH_SIZE];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/current/%s", w->catalogue, TG_CHAIN_IMAGE);
	file = fopen(path, "r+");
	assert_non_null(file);
	assert_int_equal(fseek(file, 123456, SEEK_SET), 0);
	assert_int_equal(fputc('~', file), '~');
	assert_int_equal(fclose(file), 0);
}

static void image_in_force_is_gone(world *w)
{
	char path[PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s/current/%s", w->catalogue, TG_CHAIN_IMAGE);
	assert_int_equal(unlink(path), 0);
}

static void image_in_force_is_empty(world *w)
{
	char path[PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s/current/%s", w->catalogue, TG_CHAIN_IMAGE);
	assert_int_equal(truncate(path, 0), 0);
}

static const struct {
	void (*bend)(world *w);
	int code;
	const char *words;
} broken[] = {
	{ patch_is_missing, TG_ENOTFOUND, "404" },
	{ patch_is_stalled_by_the_server, TG_ENETWORK, "500" },
	{ patch_has_a_wrong_bit, TG_EHASH, "patch/" },
	{ patch_is_cut, TG_ELENGTH, "patch/" },
	{ patch_is_endless, TG_ELENGTH, "more than" },
	{ patch_was_made_from_another_image, TG_EFORMAT, "patch/" },
	{ patch_gives_other_bytes_of_the_same_length, TG_EHASH, "catalogue.tgc: wanted hash" },
	{ patch_gives_a_longer_image, TG_ELENGTH, "content" },
	{ patch_is_rubbish_but_signed, TG_EFORMAT, "not a zstd frame" },
	{ patch_has_something_after_it, TG_EFORMAT, "nothing after it" },
	{ patch_says_it_leads_elsewhere, TG_EFORMAT, "leads to another image" },
	{ patch_does_not_say_where_it_leads, TG_EFORMAT, "does not say which image" },
	{ image_in_force_is_damaged, TG_EFORMAT, "the image in force is damaged" },
	{ image_in_force_is_gone, TG_ENOTFOUND, "catalogue.tgc" },
	{ image_in_force_is_empty, TG_ELENGTH, "catalogue.tgc" },
};

static void a_patch_that_fails_is_named_and_the_compressed_image_comes(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(broken); i++) {
		tg_update_report report;
		tg_sync_state remembered;
		tg_error err = { 0 };
		void *fresh;
		world *w;

		setup(&fresh);
		w = fresh;
		(void)run_ok(w);
		publish_all(w);
		broken[i].bend(w);
		report = run_ok(w);
		if (report.image.way != TG_WAY_COMPRESSED || report.image.failure_count != 1 ||
			report.image.failures[0].way != TG_WAY_PATCH ||
			strcmp(report.image.failures[0].code, tg_strerror(broken[i].code)) != 0 ||
			strstr(report.image.failures[0].words, broken[i].words) == NULL)
			fail_msg("%zu: way %s, %d failures, the first %s: %s", i, tg_way_name(report.image.way), report.image.failure_count,
				report.image.failures[0].code, report.image.failures[0].words);
		check_in_force(w, tg_buf_view(&w->repo.image));
		assert_int_equal(count_parts(w), 0);
		must(tg_sync_state_read(&remembered, w->catalogue, &err), &err);
		assert_int_equal(remembered.failures, 0); /* a failing patch fails no sync */
		assert_int_equal(remembered.way.failure_count, 1);
		assert_string_equal(remembered.way.failures[0].words, report.image.failures[0].words);
		teardown(&fresh);
	}
}

static void after_patch_and_compressed_image_the_plain_one_comes(void **state)
{
	world *w = *state;
	tg_update_report report;

	(void)run_ok(w);
	publish_all(w);
	patch_has_a_wrong_bit(w);
	server_remove(w->web, w->compressed.url);
	report = run_ok(w);
	assert_int_equal(report.image.way, TG_WAY_PLAIN);
	assert_int_equal(report.image.failure_count, 2);
	assert_int_equal(report.image.failures[1].way, TG_WAY_COMPRESSED);
	check_in_force(w, tg_buf_view(&w->repo.image));
}

static void with_no_way_left_what_is_in_force_stays(void **state)
{
	world *w = *state;
	tg_update_report report;
	tg_sync_state remembered;
	tg_error err = { 0 };

	(void)run_ok(w);
	publish_all(w);
	patch_is_missing(w);
	server_set_status(w->web, w->compressed.url, 503);
	server_set_fault(w->web, w->plain_url, SERVE_TRUNCATED);
	assert_int_equal(run(w, &report, &err), TG_ENETWORK);
	assert_int_equal(report.image.way, TG_WAY_KEPT);
	assert_int_equal(report.image.failure_count, 3);
	check_in_force(w, tg_buf_view(&w->old_image));
	must(tg_sync_state_read(&remembered, w->catalogue, &err), &err);
	assert_int_equal(remembered.failures, 1);
	assert_int_equal(remembered.way.way, TG_WAY_KEPT);
	assert_int_equal(remembered.way.failure_count, 3);
	assert_true(count_parts(w) > 0); /* the half of the plain image is kept ... */
	server_set_fault(w->web, w->plain_url, SERVE_FINE);
	report = run_ok(w);
	assert_int_equal(report.image.way, TG_WAY_PLAIN);
	assert_non_null(strstr(server_request_fields(w->web, server_requests(w->web) - 1), "Range: bytes=")); /* ... and only the rest is fetched */
	check_in_force(w, tg_buf_view(&w->repo.image));
	assert_int_equal(count_parts(w), 0);
}

static void signed_hashes_that_contradict_each_other_cost_one_download(void **state)
{
	world *w = *state;
	tg_update_report report;
	tg_error err = { 0 };

	(void)run_ok(w);
	w->repo.lie_about_blocks = true;
	publish_all(w);
	assert_int_equal(run(w, &report, &err), TG_EHASH);
	assert_non_null(strstr(err.msg, TG_CHAIN_BLOCKS));
	assert_int_equal(report.image.failure_count, 1);
	assert_int_equal(report.image.bytes, w->patch.bytes.len);
	check_in_force(w, tg_buf_view(&w->old_image));
}

static void a_part_of_an_image_that_is_no_longer_published_goes(void **state)
{
	world *w = *state;
	char parts[PATH_SIZE];

	(void)run_ok(w);
	(void)snprintf(parts, sizeof(parts), "%s/part", w->catalogue);
	assert_true(mkdir(parts, 0755) == 0 || access(parts, F_OK) == 0);
	write_file(parts, "0123", tg_view_str("half of something"));
	publish_all(w);
	server_remove(w->web, w->patch.url);
	server_remove(w->web, w->compressed.url);
	server_remove(w->web, w->plain_url);
	assert_int_not_equal(run(w, NULL, NULL), TG_OK);
	assert_int_equal(count_parts(w), 3); /* empty ones of the three ways; the old one is gone */
	write_file(parts, "0123", tg_view_str("half of something"));
	upload(w);
	(void)run_ok(w);
	assert_int_equal(count_parts(w), 0);
	write_file(parts, "0123", tg_view_str("half of something"));
	(void)run_ok(w); /* needs no image */
	assert_int_equal(count_parts(w), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_an_image_the_compressed_one_comes),
		TEST(with_the_image_before_the_patch_comes),
		TEST(an_image_two_publications_old_without_a_patch_comes_compressed),
		TEST(a_repository_that_offers_neither_works),
		TEST(a_way_that_is_longer_than_the_next_one_is_not_gone),
		cmocka_unit_test(a_patch_that_fails_is_named_and_the_compressed_image_comes),
		TEST(after_patch_and_compressed_image_the_plain_one_comes),
		TEST(with_no_way_left_what_is_in_force_stays),
		TEST(signed_hashes_that_contradict_each_other_cost_one_download),
		TEST(a_part_of_an_image_that_is_no_longer_published_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

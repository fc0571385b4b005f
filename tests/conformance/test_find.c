/* SPDX-License-Identifier: Apache-2.0
 *
 * test_find.c - looking up and fetching targets within one process, as a program of ours does it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/conformance/simulator.h"
#include "tests/unit/tuf/repo.h"

#include "store/base/encoding.h"
#include "store/base/file.h"
#include "sync/find.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEN "..%2f/abcd"
#define FIFTY TEN TEN TEN TEN TEN
#define LONG_NAME FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY /* 300 bytes */

typedef struct world {
	sim sim;
	char dir[4096], metadata_url[128], targets_url[128];
	tg_fetch *fetch;
	tg_refresh_config config;
	tg_trusted *set;
} world;

static void must(int rc, const tg_error *err)
{
	if (rc != TG_OK)
		fail_msg("%s: %s", tg_strerror(rc), err->msg);
}

static int setup(void **state)
{
	world *w = test_calloc(1, sizeof(*w));
	tg_error err = { 0 };

	sim_init(&w->sim);
	temp_dir(w->dir);
	must(tg_fetch_open(&w->fetch, NULL, &err), &err);
	(void)snprintf(w->metadata_url, sizeof(w->metadata_url), "%s/m", server_url(w->sim.web));
	(void)snprintf(w->targets_url, sizeof(w->targets_url), "%s/t", server_url(w->sim.web));
	w->config = (tg_refresh_config){ .first_root = tg_buf_view(&w->sim.first_root),
		.cache_dir = w->dir,
		.metadata_url = w->metadata_url,
		.fetch = w->fetch,
		.now_us = SIM_NOW_US };
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	world *w = *state;

	tg_trusted_close(w->set);
	tg_fetch_close(w->fetch);
	sim_fini(&w->sim);
	remove_tree(w->dir);
	test_free(w);
	return 0;
}

static void refresh(world *w)
{
	tg_error err = { 0 };

	tg_trusted_close(w->set);
	w->set = NULL;
	must(tg_refresh_run(&w->set, &w->config, &err), &err);
}

static void expect_signers(const world *w, const tg_found *found, const int *keys, size_t count)
{
	tg_error err = { 0 };

	assert_int_equal(found->signer_count, count);
	for (size_t i = 0; i < count; i++) {
		char keyid[TG_TUF_KEYID_TEXT_SIZE];

		must(tg_repository_keyid(keyid, w->sim.pubs[keys[i]], &err), &err);
		assert_string_equal(found->signers[i], keyid);
	}
}

static void a_target_is_told_with_its_role_and_signers(void **state)
{
	world *w = *state;
	tg_error err = { 0 };
	tg_found found;

	sim_add_target(&w->sim, "targets", "top", "from the top");
	sim_add_target(&w->sim, "doc/ers", "doc/x", "from below");
	sim_set_keys(sim_role_of(&w->sim, "doc/ers"), (const int[]){ 7, 8, 9 }, 3, 2);
	sim_role_of(&w->sim, "doc/ers")->does.count = 2;
	sim_delegate(&w->sim, "targets", "doc/ers", "doc/*");
	sim_publish(&w->sim, "doc/ers targets snapshot timestamp");
	refresh(w);
	must(tg_find_target(&found, w->set, &w->config, "top", &err), &err);
	assert_string_equal(found.role, "targets");
	expect_signers(w, &found, (const int[]){ 3 }, 1);
	must(tg_find_target(&found, w->set, &w->config, "doc/x", &err), &err);
	assert_string_equal(found.role, "doc/ers");
	assert_int_equal(found.file.length, 10);
	expect_signers(w, &found, (const int[]){ 7, 8 }, 2);
	/* Nothing is asked for twice in one process. */
	server_forget(w->sim.web);
	must(tg_find_target(&found, w->set, &w->config, "doc/x", &err), &err);
	assert_int_equal(tg_find_target(&found, w->set, &w->config, "doc/y", &err), TG_ENOTFOUND);
	assert_int_equal(server_requests(w->sim.web), 0);
}

static void each_failure_has_its_name(void **state)
{
	world *w = *state;
	sim_role *a;
	tg_error err = { 0 };
	tg_found found;

	sim_add_target(&w->sim, "A", "x", "content");
	sim_delegate(&w->sim, "targets", "A", "*");
	a = sim_role_of(&w->sim, "A");
	a->listed = false;
	sim_publish(&w->sim, "A targets snapshot timestamp");
	refresh(w);
	assert_int_equal(tg_find_target(&found, w->set, &w->config, "x", &err), TG_EUNTRUSTED);
	assert_non_null(strstr(err.msg, "does not list A.json"));
	a->listed = true;
	a->expires_us = SIM_NOW_US;
	sim_publish(&w->sim, "A snapshot timestamp");
	refresh(w);
	assert_int_equal(tg_find_target(&found, w->set, &w->config, "x", &err), TG_EEXPIRED);
	a->expires_us = SIM_NOW_US + 1000000;
	a->does.keys[0] = 0;
	sim_publish(&w->sim, "A snapshot timestamp");
	refresh(w);
	assert_int_equal(tg_find_target(&found, w->set, &w->config, "x", &err), TG_EUNTRUSTED);
	assert_non_null(strstr(err.msg, "A.json: version 3 has 0 of 1 signatures wanted by targets version 2"));
	a->does = a->may;
	a->say_version = 9;
	sim_publish(&w->sim, "A snapshot timestamp");
	refresh(w);
	/* A missing file must never look like a target that nobody lists. */
	assert_int_equal(tg_find_target(&found, w->set, &w->config, "x", &err), TG_ENETWORK);
	assert_int_equal(err.code, TG_ENETWORK);
	server_put(w->sim.web, "/m/9.A.json", tg_buf_view(&a->file));
	assert_int_equal(tg_find_target(&found, w->set, &w->config, "x", &err), TG_EROLLBACK);
	assert_non_null(strstr(err.msg, "A.json: wanted version 9, found 4"));
	server_put(w->sim.web, "/m/9.A.json", tg_view_str("{}"));
	assert_int_equal(tg_find_target(&found, w->set, &w->config, "x", &err), TG_EFORMAT);
	assert_int_equal(found.file.length, -1);
}

static void a_name_begins_with_the_first_hash_listed(void **state)
{
	static const struct {
		const char *hashes;
		size_t digits;
	} cases[] = { { "sha256", 64 }, { "sha512", 128 }, { "sha256 sha512", 64 }, { "sha512 sha256", 128 },
		{ "sha3 sha512", 128 } };
	world *w = *state;
	tg_tuf_file file;
	tg_error err = { 0 };
	char url[TG_FETCH_URL_MAX + 1];

	sim_add_target(&w->sim, "targets", "a dir/fi?le", "content");
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		const char *name;

		w->sim.targets[0].hashes = cases[i].hashes;
		sim_publish(&w->sim, "targets snapshot timestamp");
		refresh(w);
		must(tg_trusted_target(&file, w->set, "a dir/fi?le", &err), &err);
		must(tg_find_url(url, w->set, "https://example.com/t", "a dir/fi?le", &file, &err), &err);
		assert_ptr_equal(strstr(url, "https://example.com/t/a%20dir/"), url);
		name = url + strlen("https://example.com/t/a%20dir/");
		/* Our server writes members in order of their names, so SHA-256 comes first whenever both are there. */
		assert_int_equal(strcspn(name, "."), strstr(cases[i].hashes, "sha256") != NULL ? 64 : cases[i].digits);
		assert_string_equal(strchr(name, '.'), ".fi%3Fle");
	}
	file = (tg_tuf_file){ .length = 1, .has_sha256 = true, .has_sha512 = true, .sha512_first = true };
	must(tg_find_url(url, w->set, "https://example.com/t/", "x", &file, &err), &err);
	assert_int_equal(strlen(url), strlen("https://example.com/t/") + 128 + 2);
}

static void a_small_target_is_fetched_into_memory(void **state)
{
	world *w = *state;
	tg_error err = { 0 };
	tg_found found;
	char path[512], hex[129];
	uint8_t hash[TG_SHA512_SIZE];
	tg_buf out;

	sim_add_target(&w->sim, "targets", "x", "content");
	w->sim.targets[0].hashes = "sha512";
	sim_publish(&w->sim, "targets snapshot timestamp");
	refresh(w);
	must(tg_find_target(&found, w->set, &w->config, "x", &err), &err);
	tg_buf_init(&out, 10);
	must(tg_find_fetch_buf(&out, w->set, w->targets_url, "x", &found.file, w->fetch, &err), &err);
	assert_string_equal(tg_buf_text(&out), "content");
	/* No room for it once more: not even asked for. */
	server_forget(w->sim.web);
	assert_int_equal(
		tg_find_fetch_buf(&out, w->set, w->targets_url, "x", &found.file, w->fetch, &err), TG_ELIMIT);
	assert_int_equal(server_requests(w->sim.web), 0);
	tg_buf_clear(&out);
	tg_sha512(hash, "content", 7);
	(void)snprintf(path, sizeof(path), "/t/%s.x", tg_hex_encode(hex, hash, sizeof(hash)));
	server_put(w->sim.web, path, tg_view_str("CONTENT"));
	assert_int_equal(tg_find_fetch_buf(&out, w->set, w->targets_url, "x", &found.file, w->fetch, &err), TG_EHASH);
	assert_non_null(strstr(err.msg, "SHA-512"));
	server_put(w->sim.web, path, tg_view_str("cont"));
	assert_int_equal(tg_find_fetch_buf(&out, w->set, w->targets_url, "x", &found.file, w->fetch, &err), TG_ELENGTH);
	assert_int_equal(out.len, 0);
	/* One right hash does not outweigh a wrong one. */
	server_put(w->sim.web, path, tg_view_str("content"));
	found.file.has_sha256 = true;
	assert_int_equal(tg_find_fetch_buf(&out, w->set, w->targets_url, "x", &found.file, w->fetch, &err), TG_EHASH);
	assert_non_null(strstr(err.msg, "SHA-256"));
	tg_buf_fini(&out);
}

/* With the chain of roots in the same folder: a role's name must not take a root's place there. */
static void a_role_cannot_stand_in_for_a_root(void **state)
{
	world *w = *state;
	tg_error err = { 0 };
	tg_found found;

	sim_add_target(&w->sim, "2.root", "x", "content");
	sim_delegate(&w->sim, "targets", "2.root", "*");
	sim_publish(&w->sim, "root 2.root targets snapshot timestamp");
	refresh(w);
	must(tg_find_target(&found, w->set, &w->config, "x", &err), &err);
	server_forget(w->sim.web);
	refresh(w);
	assert_int_equal(server_requests(w->sim.web), 2);
	assert_string_equal(server_request(w->sim.web, 0), "/m/3.root.json"); /* the second root is still in the cache */
}

/* As many steps as are allowed, and not one more: the rest comes when somebody starts from a later root. */
static void the_chain_of_roots_has_an_end(void **state)
{
	world *w = *state;

	for (int version = 2; version <= TG_TUF_ROOTS_MAX + 3; version++) {
		char path[64];

		sim_publish(&w->sim, "root");
		(void)snprintf(path, sizeof(path), "/m/%d.root.json", version);
		if (version <= TG_TUF_ROOTS_MAX) { /* all but the last ones were fetched some other day */
			write_file(w->dir, path + 3, tg_buf_view(&w->sim.roles[0].file));
			server_remove(w->sim.web, path);
		}
	}
	refresh(w);
	assert_int_equal(tg_tuf_metadata_version(tg_trusted_get(w->set, TG_TUF_ROOT)), 1 + TG_TUF_ROOTS_MAX);
	assert_string_equal(server_request(w->sim.web, 0), "/m/257.root.json");
	assert_string_equal(server_request(w->sim.web, 1), "/m/timestamp.json");
}

/* ---- names and paths that want to be somewhere else ---- */

static const struct {
	const char *name, *encoded; /* NULL: the whole delegation is refused by the name of the role */
} hostile_names[] = {
	{ "a/b", "a%2Fb" },
	{ "/etc/passwd", "%2Fetc%2Fpasswd" },
	{ "..", ".." },
	{ "../../outside", "..%2F..%2Foutside" },
	{ ".", "." },
	{ "%2e%2e%2foutside", "%252e%252e%252foutside" },
	{ "a%00b", "a%2500b" },
	{ "a\\..\\b", "a%5C..%5Cb" },
	{ "a?b#c", "a%3Fb%23c" },
	{ "a b\nc", "a%20b%0Ac" },
	{ "root.json", "root.json" },
	{ "1.root", "1.root" }, /* kept under another name: the first root's is taken */
	{ "timestamp.json.etag", "timestamp.json.etag" },
	{ "Targets", "Targets" },
	{ "root", NULL },
	{ "timestamp", NULL },
	{ "snapshot", NULL },
	{ "targets", NULL },
	{ "", NULL },
	{ "A\\u0000", NULL },
	{ LONG_NAME, NULL },
};

static void count_names(const char *dir, const char *want, size_t *count, bool *found)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	assert_non_null(d);
	while ((entry = readdir(d)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		(*count)++;
		*found = *found || strcmp(entry->d_name, want) == 0;
	}
	closedir(d);
}

/* Nothing but the cache is beside it; in it are the top-level files and, if it may, the one of that name. */
static void expect_inside(const world *w, const char *encoded)
{
	char name[TG_TUF_ROLE_NAME_MAX + 32];
	size_t beside = 0, inside = 0;
	bool found = false, cache = false;

	if (encoded != NULL && encoded[0] == '1')
		(void)snprintf(name, sizeof(name), "%%31%s.json", encoded + 1);
	else
		(void)snprintf(name, sizeof(name), "%s.json", encoded != NULL ? encoded : "");
	count_names(w->dir, "cache", &beside, &cache);
	assert_true(cache && beside == 1);
	count_names(w->config.cache_dir, name, &inside, &found);
	if (encoded == NULL)
		return;
	if (!found || inside != 5)
		fail_msg("%s: %s in the cache, %zu files", name, found ? "is" : "is not", inside);
}

static void look_up_below(world *w, const char *name, const char *encoded)
{
	char path[TG_TUF_ROLE_NAME_MAX + 32], bent[400];
	tg_error err = { 0 };
	tg_found found;
	int rc;

	sim_add_target(&w->sim, encoded != NULL ? name : "A", "x", "content");
	sim_delegate(&w->sim, "targets", encoded != NULL ? name : "A", "*");
	sim_publish_role(&w->sim, sim_role_of(&w->sim, encoded != NULL ? name : "A"));
	sim_publish(&w->sim, "targets snapshot timestamp");
	if (encoded == NULL) { /* what no head office of ours would write */
		(void)snprintf(bent, sizeof(bent), "\"name\":\"%s\"", name);
		sim_bend(&w->sim, "targets", "\"name\":\"A\"", bent);
		rc = tg_refresh_run(&w->set, &w->config, &err);
		if (rc != TG_EFORMAT || strstr(err.msg, "targets.json") == NULL)
			fail_msg("\"%s\": %s: %s", name, tg_strerror(rc), err.msg);
		return;
	}
	refresh(w);
	server_forget(w->sim.web);
	rc = tg_find_target(&found, w->set, &w->config, "x", &err);
	if (rc != TG_OK)
		fail_msg("\"%s\": %s: %s", name, tg_strerror(rc), err.msg);
	assert_string_equal(found.role, name);
	(void)snprintf(path, sizeof(path), "/m/1.%s.json", encoded);
	assert_int_equal(server_requests(w->sim.web), 1);
	assert_string_equal(server_request(w->sim.web, 0), path);
}

static void no_role_name_leads_out_of_the_cache(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(hostile_names); i++) {
		char cache[4096 + 8];
		void *own;
		world *w;

		assert_int_equal(setup(&own), 0);
		w = own;
		(void)snprintf(cache, sizeof(cache), "%s/cache", w->dir);
		assert_int_equal(mkdir(cache, 0755), 0);
		w->config.cache_dir = cache;
		look_up_below(w, hostile_names[i].name, hostile_names[i].encoded);
		expect_inside(w, hostile_names[i].encoded);
		assert_int_equal(teardown(&own), 0);
	}
}

static void no_target_path_leads_out_of_its_folder(void **state)
{
	static const struct {
		const char *path, *asked; /* NULL: refused without a request; else the folder that is asked for */
	} cases[] = { { "../x", NULL }, { "..", NULL }, { "a/../x", NULL }, { "a/..", NULL }, { "./x", NULL }, { "a/./x", NULL },
		{ "/x", NULL }, { "a//x", NULL }, { "x/", NULL }, { "%2e%2e/x", "/t/%252e%252e/" }, { "..%2fx", "/t/" },
		{ "a\\..\\x", "/t/" }, { "...", "/t/" } };
	world *w = *state;
	char to[4096 + 16];
	tg_error err = { 0 };

	for (size_t i = 0; i < TG_COUNT(cases); i++)
		sim_add_target(&w->sim, "targets", cases[i].path, "content");
	sim_publish(&w->sim, "targets snapshot timestamp");
	refresh(w);
	(void)snprintf(to, sizeof(to), "%s/fetched", w->dir);
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		tg_found found;
		int rc;

		must(tg_find_target(&found, w->set, &w->config, cases[i].path, &err), &err);
		server_forget(w->sim.web);
		rc = tg_find_fetch(to, w->set, w->targets_url, cases[i].path, &found.file, w->fetch, &err);
		if (cases[i].asked == NULL) {
			if (rc != TG_EINVAL || server_requests(w->sim.web) != 0 || access(to, F_OK) == 0)
				fail_msg("%s: %s, %zu requests", cases[i].path, tg_strerror(rc), server_requests(w->sim.web));
			continue;
		}
		assert_int_equal(server_requests(w->sim.web), 1);
		if (strncmp(server_request(w->sim.web, 0), cases[i].asked, strlen(cases[i].asked)) != 0)
			fail_msg("%s: asked for %s", cases[i].path, server_request(w->sim.web, 0));
		(void)unlink(to);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_target_is_told_with_its_role_and_signers),
		TEST(each_failure_has_its_name),
		TEST(a_name_begins_with_the_first_hash_listed),
		TEST(a_small_target_is_fetched_into_memory),
		TEST(a_role_cannot_stand_in_for_a_root),
		TEST(the_chain_of_roots_has_an_end),
		cmocka_unit_test(no_role_name_leads_out_of_the_cache),
		TEST(no_target_path_leads_out_of_its_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

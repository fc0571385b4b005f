/* SPDX-License-Identifier: Apache-2.0
 *
 * test_conformance.c - the conformance client, as a program, against repositories good and hostile.
 *
 * The ground that the public suite covers, and what it leaves out: damaged local files, HTTP errors, endless data, plain
 * names, the most roles that are asked. Argument: the client.
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

#include <dirent.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define DAY "2026-11-24T00:00:00Z"
#define DAYS_18 "2026-12-11T00:00:00Z"
#define FILE_MAX (1 << 20)

extern char **environ;
static char *client;

typedef struct world {
	sim sim;
	char dir[4096], metadata[4096 + 16], targets[4096 + 16];
	const char *now;
} world;

/* ---- the client ---- */

static int run(const world *w, const char *const *more)
{
	char metadata_url[256], targets_url[256];
	const char *argv[40] = { client, "--metadata-dir", w->metadata, "--now", w->now, "--metadata-url", metadata_url,
		"--target-dir", w->targets, "--target-base-url", targets_url };
	size_t count = 11;
	int status;
	pid_t pid;

	(void)snprintf(metadata_url, sizeof(metadata_url), "%s/m/", server_url(w->sim.web));
	(void)snprintf(targets_url, sizeof(targets_url), "%s/t/", server_url(w->sim.web));
	while (*more != NULL)
		argv[count++] = *more++;
	argv[count] = NULL;
	assert_int_equal(posix_spawn(&pid, client, NULL, NULL, (char *const *)(uintptr_t)argv, environ), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status))
		fail_msg("the client died of signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

static int refresh(const world *w)
{
	return run(w, (const char *const[]){ "refresh", NULL });
}

static int download(const world *w, const char *target)
{
	return run(w, (const char *const[]){ "--target-name", target, "download", NULL });
}

static int init(const world *w, tg_view root)
{
	char path[4096 + 32];

	write_file(w->dir, "first.json", root);
	(void)snprintf(path, sizeof(path), "%s/first.json", w->dir);
	return run(w, (const char *const[]){ "init", path, NULL });
}

static int setup(void **state)
{
	world *w = test_calloc(1, sizeof(*w));
	tg_error err = { 0 };

	sim_init(&w->sim);
	temp_dir(w->dir);
	(void)snprintf(w->metadata, sizeof(w->metadata), "%s/metadata", w->dir);
	(void)snprintf(w->targets, sizeof(w->targets), "%s/targets", w->dir);
	assert_int_equal(tg_dir_make(w->metadata, 0755, &err), TG_OK);
	assert_int_equal(tg_dir_make(w->targets, 0755, &err), TG_OK);
	w->now = SIM_NOW;
	assert_int_equal(init(w, tg_buf_view(&w->sim.first_root)), 0);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	world *w = *state;

	sim_fini(&w->sim);
	remove_tree(w->dir);
	test_free(w);
	return 0;
}

/* ---- what it did ---- */

/* The requests since the last look: "2.root timestamp 1.snapshot", as they came. */
static void expect_asked(world *w, const char *wanted)
{
	char asked[8192] = "";

	for (size_t i = 0; i < server_requests(w->sim.web); i++) {
		const char *path = server_request(w->sim.web, i);
		size_t len = strlen(path);

		if (strncmp(path, "/m/", 3) != 0)
			continue;
		(void)snprintf(asked + strlen(asked), sizeof(asked) - strlen(asked), "%s%.*s", asked[0] == '\0' ? "" : " ",
			(int)(len - 3 - 5), path + 3);
	}
	server_forget(w->sim.web);
	if (strcmp(asked, wanted) != 0)
		fail_msg("wanted the requests \"%s\", found \"%s\"", wanted, asked);
}

static int json_only(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

static int64_t version_in(const world *w, const char *name)
{
	char path[4096 + 512];
	tg_json *tree = NULL;
	tg_error err = { 0 };
	int64_t version;
	tg_buf bytes;

	(void)snprintf(path, sizeof(path), "%s/%s", w->metadata, name);
	tg_buf_init(&bytes, FILE_MAX);
	if (tg_file_read(&bytes, path, FILE_MAX, &err) != TG_OK || tg_json_parse(&tree, tg_buf_view(&bytes), &err) != TG_OK)
		fail_msg("%s", err.msg);
	version = tg_json_int(tg_json_get(tg_json_get(tree, "signed"), "version"));
	tg_json_free(tree);
	tg_buf_fini(&bytes);
	return version;
}

/* What is trusted: every *.json in the folder, by name: "root 2, timestamp 1". */
static void expect_trusted(const world *w, const char *wanted)
{
	struct dirent **list;
	char found[1024] = "";
	int count = scandir(w->metadata, &list, json_only, alphasort);

	assert_true(count >= 0);
	for (int i = 0; i < count; i++) {
		const char *name = list[i]->d_name;

		(void)snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%.*s %lld", i == 0 ? "" : ", ",
			(int)strlen(name) - 5, name, (long long)version_in(w, name));
		free(list[i]);
	}
	free(list);
	if (strcmp(found, wanted) != 0)
		fail_msg("wanted \"%s\" to be trusted, found \"%s\"", wanted, found);
}

static int all_files(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The downloads' contents by file name, with a blank between them. No other file may lie there. */
static void expect_downloads(const world *w, const char *wanted)
{
	struct dirent **list;
	tg_buf found;
	int count = scandir(w->targets, &list, all_files, alphasort);

	assert_true(count >= 0);
	tg_buf_init(&found, FILE_MAX);
	for (int i = 0; i < count; i++) {
		char path[4096 + 512];

		(void)snprintf(path, sizeof(path), "%s/%s", w->targets, list[i]->d_name);
		if (i > 0)
			tg_buf_putc(&found, ' ');
		assert_int_equal(tg_file_read(&found, path, FILE_MAX, NULL), TG_OK);
		free(list[i]);
	}
	free(list);
	assert_string_equal(tg_buf_text(&found), wanted);
	tg_buf_fini(&found);
}

/* The file that is trusted is, byte for byte, the one that was published last. */
static void expect_same(world *w, const char *role)
{
	char path[4096 + 512];
	tg_buf bytes;

	(void)snprintf(path, sizeof(path), "%s/%s.json", w->metadata, role);
	tg_buf_init(&bytes, FILE_MAX);
	assert_int_equal(tg_file_read(&bytes, path, FILE_MAX, NULL), TG_OK);
	assert_true(tg_view_equal(tg_buf_view(&bytes), tg_buf_view(&sim_role_of(&w->sim, role)->file)));
	tg_buf_fini(&bytes);
}

static void expect_all_same(world *w)
{
	expect_same(w, "root");
	expect_same(w, "timestamp");
	expect_same(w, "snapshot");
	expect_same(w, "targets");
}

/* ---- refresh ---- */

static void a_first_refresh_asks_for_four_files_and_keeps_them(void **state)
{
	world *w = *state;

	assert_int_equal(refresh(w), 0);
	expect_asked(w, "2.root timestamp 1.snapshot 1.targets");
	expect_trusted(w, "root 1, snapshot 1, targets 1, timestamp 1");
	expect_all_same(w);
	assert_int_equal(refresh(w), 0);
	expect_asked(w, "2.root timestamp");
}

static void bytes_are_kept_as_they_came(void **state)
{
	world *w = *state;

	sim_bend(&w->sim, "timestamp", "{\"signatures\"", " {\n\t\"signatures\"");
	assert_int_equal(refresh(w), 0);
	expect_same(w, "timestamp");
}

static void a_broken_first_root_ends_before_any_request(void **state)
{
	world *w = *state;
	const char *text = tg_buf_text(&w->sim.first_root);
	tg_buf bent;

	tg_buf_init(&bent, FILE_MAX);
	replace_text(&bent, tg_view_str(text), "\"version\":1", "\"Version\":1");
	(void)init(w, tg_buf_view(&bent));
	assert_int_equal(refresh(w), 1);
	tg_buf_clear(&bent);
	replace_text(&bent, tg_view_str(text), "\"version\":1", "\"version\":2"); /* no longer what was signed */
	(void)init(w, tg_buf_view(&bent));
	assert_int_equal(refresh(w), 1);
	(void)init(w, tg_view_str("{"));
	assert_int_equal(refresh(w), 1);
	expect_asked(w, "");
	remove_tree(w->metadata);
	assert_int_equal(refresh(w), 1);
	expect_asked(w, "");
	tg_buf_fini(&bent);
}

static void a_wrong_command_line_is_exit_1(void **state)
{
	world *w = *state;

	assert_int_equal(run(w, (const char *const[]){ NULL }), 1);
	assert_int_equal(run(w, (const char *const[]){ "dance", NULL }), 1);
	assert_int_equal(run(w, (const char *const[]){ "init", NULL }), 1);
	assert_int_equal(run(w, (const char *const[]){ "download", NULL }), 1);
	assert_int_equal(run(w, (const char *const[]){ "--colour", "refresh", NULL }), 1);
	expect_asked(w, "");
}

static const struct {
	const char *role, *trusted;
} unsigned_cases[] = {
	{ "root", "root 1" },
	{ "timestamp", "root 2" },
	{ "snapshot", "root 2, timestamp 2" },
	{ "targets", "root 2, snapshot 2, timestamp 2" },
};

static void what_is_not_signed_is_not_kept_and_nothing_after_it(void **state)
{
	for (size_t i = 0; i < TG_COUNT(unsigned_cases); i++) {
		world *w = *state;

		sim_role_of(&w->sim, unsigned_cases[i].role)->does.count = 0;
		sim_publish(&w->sim, "root targets snapshot timestamp");
		assert_int_equal(refresh(w), 1);
		expect_trusted(w, unsigned_cases[i].trusted);
		(void)teardown(state);
		(void)setup(state);
	}
}

static void a_version_other_than_its_name_says_is_refused(void **state)
{
	static const struct {
		const char *role, *path, *trusted;
	} cases[] = {
		{ "root", "/m/2.root.json", "root 1" },
		{ "snapshot", "/m/2.snapshot.json", "root 1, timestamp 2" },
		{ "targets", "/m/2.targets.json", "root 1, snapshot 2, timestamp 2" },
	};

	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		world *w = *state;
		sim_role *role = sim_role_of(&w->sim, cases[i].role);

		role->version = 2;
		role->say_version = 2;
		sim_publish(&w->sim, cases[i].role); /* as version 3 … */
		server_put(w->sim.web, cases[i].path, tg_buf_view(&role->file)); /* … but under the name of 2 */
		sim_publish(&w->sim, i == 1 ? "timestamp" : i == 2 ? "snapshot timestamp" : "");
		assert_int_equal(refresh(w), 1);
		expect_trusted(w, cases[i].trusted);
		(void)teardown(state);
		(void)setup(state);
	}
}

static void another_timestamp_of_the_same_version_changes_nothing(void **state)
{
	world *w = *state;
	sim_role *timestamp = sim_role_of(&w->sim, "timestamp");

	assert_int_equal(refresh(w), 0);
	timestamp->version = 0;
	sim_role_of(&w->sim, "snapshot")->say_version = 100;
	sim_publish(&w->sim, "timestamp");
	server_forget(w->sim.web);
	assert_int_equal(refresh(w), 0);
	expect_asked(w, "2.root timestamp");
}

static void stated_hashes_of_metadata_must_fit(void **state)
{
	world *w = *state;
	sim_role *targets = sim_role_of(&w->sim, "targets");

	targets->say_hash = sim_role_of(&w->sim, "snapshot")->say_hash = true;
	sim_publish(&w->sim, "targets snapshot timestamp");
	assert_int_equal(refresh(w), 0);
	expect_all_same(w);
	targets->lie_hash = true;
	sim_publish(&w->sim, "targets snapshot timestamp");
	assert_int_equal(refresh(w), 1);
	expect_trusted(w, "root 1, snapshot 3, targets 2, timestamp 3");
}

static void what_is_missing_ends_the_refresh(void **state)
{
	world *w = *state;

	assert_int_equal(refresh(w), 0);
	sim_role_of(&w->sim, "snapshot")->say_version = 2;
	sim_publish(&w->sim, "timestamp");
	server_forget(w->sim.web);
	assert_int_equal(refresh(w), 1);
	expect_asked(w, "2.root timestamp 2.snapshot");
	expect_trusted(w, "root 1, snapshot 1, targets 1, timestamp 2");
	/* The half update is finished when the rest is there, the timestamp being the same. */
	sim_role_of(&w->sim, "targets")->say_version = 2;
	sim_publish(&w->sim, "snapshot");
	server_forget(w->sim.web);
	assert_int_equal(refresh(w), 1);
	expect_asked(w, "2.root timestamp 2.snapshot 2.targets");
	expect_trusted(w, "root 1, snapshot 2, targets 1, timestamp 2");
	sim_publish(&w->sim, "targets");
	assert_int_equal(refresh(w), 0);
	expect_all_same(w);
	server_remove(w->sim.web, "/m/timestamp.json");
	assert_int_equal(refresh(w), 1);
}

static void only_not_found_and_forbidden_end_the_chain_of_roots(void **state)
{
	static const struct {
		unsigned status;
		int rc;
	} cases[] = { { 404, 0 }, { 403, 0 }, { 500, 1 }, { 503, 1 }, { 302, 1 }, { 401, 1 } };
	world *w = *state;

	server_put(w->sim.web, "/m/2.root.json", tg_view_str("an error page"));
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		server_set_status(w->sim.web, "/m/2.root.json", cases[i].status);
		if (refresh(w) != cases[i].rc)
			fail_msg("HTTP status %u: wanted exit %d", cases[i].status, cases[i].rc);
	}
}

static void a_snapshot_is_no_timestamp(void **state)
{
	world *w = *state;

	/* A file that the timestamp's key signed and that would do as a timestamp but for its type. */
	sim_set_keys(sim_role_of(&w->sim, "snapshot"), (const int[]){ 1 }, 1, 1);
	sim_publish(&w->sim, "root snapshot");
	server_put(w->sim.web, "/m/timestamp.json", tg_buf_view(&sim_role_of(&w->sim, "snapshot")->file));
	assert_int_equal(refresh(w), 1);
	expect_trusted(w, "root 2");
}

static void endless_data_is_cut_off(void **state)
{
	static const char *const paths[] = { "/m/2.root.json", "/m/timestamp.json", "/m/1.snapshot.json",
		"/m/1.targets.json" };
	world *w = *state;

	sim_publish(&w->sim, "root");
	for (size_t i = 0; i < TG_COUNT(paths); i++) {
		server_set_fault(w->sim.web, paths[i], SERVE_ENDLESS);
		assert_int_equal(refresh(w), 1);
		server_set_fault(w->sim.web, paths[i], SERVE_FINE);
	}
	assert_int_equal(refresh(w), 0);
	expect_trusted(w, "root 2, snapshot 1, targets 1, timestamp 1");
}

static void damaged_files_of_ours_are_fetched_anew(void **state)
{
	static const char *const names[] = { "timestamp.json", "snapshot.json", "targets.json" };
	world *w = *state;

	assert_int_equal(refresh(w), 0);
	for (size_t i = 0; i < TG_COUNT(names); i++) {
		write_file(w->metadata, names[i], tg_view_str("{\"signed\":"));
		assert_int_equal(refresh(w), 0);
		expect_all_same(w);
	}
	write_file(w->metadata, "root.json", tg_view_str("{\"signed\":"));
	server_forget(w->sim.web);
	assert_int_equal(refresh(w), 1); /* the one thing that is trusted: no server can replace it */
	expect_asked(w, "");
}

static void plain_names_are_asked_for_without_consistent_snapshots(void **state)
{
	world *w = *state;

	sim_add_target(&w->sim, "A", "dir/file", "content");
	sim_delegate(&w->sim, "targets", "A", "dir/*");
	w->sim.plain_names = true;
	sim_publish(&w->sim, "root A targets snapshot timestamp");
	assert_int_equal(download(w, "dir/file"), 0);
	expect_asked(w, "2.root 3.root timestamp snapshot targets A");
	expect_downloads(w, "content");
	/* The newest root says how, not the one before it. */
	w->sim.plain_names = false;
	sim_publish(&w->sim, "root A targets snapshot timestamp");
	server_forget(w->sim.web);
	assert_int_equal(refresh(w), 0);
	expect_asked(w, "3.root 4.root timestamp 3.snapshot 3.targets");
}

/* ---- rollback ---- */

static void an_older_timestamp_is_refused(void **state)
{
	world *w = *state;

	sim_publish(&w->sim, "timestamp");
	assert_int_equal(refresh(w), 0);
	sim_role_of(&w->sim, "timestamp")->version = 0;
	sim_publish(&w->sim, "timestamp");
	assert_int_equal(refresh(w), 1);
	expect_trusted(w, "root 1, snapshot 1, targets 1, timestamp 2");
}

static void an_older_snapshot_is_refused(void **state)
{
	for (int hashes = 0; hashes < 2; hashes++) {
		world *w = *state;
		sim_role *snapshot = sim_role_of(&w->sim, "snapshot");

		snapshot->say_hash = hashes != 0;
		sim_publish(&w->sim, "snapshot timestamp");
		assert_int_equal(refresh(w), 0);
		snapshot->version = 0;
		sim_publish(&w->sim, "snapshot timestamp");
		server_forget(w->sim.web);
		assert_int_equal(refresh(w), 1);
		expect_asked(w, "2.root timestamp");
		expect_trusted(w, "root 1, snapshot 2, targets 1, timestamp 2");
		(void)teardown(state);
		(void)setup(state);
	}
}

static void older_targets_are_refused_by_the_snapshot_we_had(void **state)
{
	for (int hashes = 0; hashes < 2; hashes++) {
		world *w = *state;
		sim_role *targets = sim_role_of(&w->sim, "targets");

		targets->say_hash = sim_role_of(&w->sim, "snapshot")->say_hash = hashes != 0;
		sim_publish(&w->sim, "targets snapshot timestamp");
		assert_int_equal(refresh(w), 0);
		targets->version = 0;
		sim_publish(&w->sim, "targets snapshot timestamp");
		assert_int_equal(refresh(w), 1);
		expect_trusted(w, "root 1, snapshot 2, targets 2, timestamp 3");
		(void)teardown(state);
		(void)setup(state);
	}
}

static void a_role_must_not_vanish_from_the_snapshot(void **state)
{
	world *w = *state;

	sim_delegate(&w->sim, "targets", "A", "a/*");
	sim_publish(&w->sim, "A targets snapshot timestamp");
	assert_int_equal(refresh(w), 0);
	sim_role_of(&w->sim, "A")->listed = false;
	sim_publish(&w->sim, "snapshot timestamp");
	assert_int_equal(refresh(w), 1);
	expect_trusted(w, "root 1, snapshot 2, targets 2, timestamp 3");
}

static void new_keys_recover_from_versions_that_ran_ahead(void **state)
{
	static const struct {
		const char *role, *rotated, *trusted;
	} cases[] = {
		{ "timestamp", "timestamp", "root 2, snapshot 1, targets 1, timestamp 1" },
		{ "snapshot", "snapshot timestamp", "root 2, snapshot 1, targets 1, timestamp 1" },
		{ "targets", "snapshot timestamp", "root 2, snapshot 1, targets 1, timestamp 1" },
	};

	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		world *w = *state;

		sim_role_of(&w->sim, cases[i].role)->version = 99;
		sim_publish(&w->sim, cases[i].role);
		if (i > 0)
			sim_publish(&w->sim, i == 1 ? "timestamp" : "snapshot timestamp");
		assert_int_equal(refresh(w), 0);
		assert_int_equal(sim_role_of(&w->sim, cases[i].role)->version, 100);
		for (int role = 1; role < 4; role++)
			w->sim.roles[role].version = 0;
		sim_publish(&w->sim, "targets snapshot timestamp");
		assert_int_equal(refresh(w), 1); /* the old keys do not take it back … */
		for (int role = 1; role < 3; role++)
			if (strstr(cases[i].rotated, w->sim.roles[role].name) != NULL)
				sim_set_keys(&w->sim.roles[role], (const int[]){ 4 + role }, 1, 1);
		for (int role = 1; role < 4; role++)
			w->sim.roles[role].version = 0;
		sim_publish(&w->sim, "root targets snapshot timestamp");
		assert_int_equal(refresh(w), 0); /* … new ones do */
		expect_trusted(w, cases[i].trusted);
		expect_all_same(w);
		(void)teardown(state);
		(void)setup(state);
	}
}

/* ---- expiry ---- */

static void an_expired_root_is_kept_but_nothing_below_it(void **state)
{
	world *w = *state;

	assert_int_equal(refresh(w), 0);
	sim_role_of(&w->sim, "root")->expires_us = SIM_NOW_US; /* "now" is too late already */
	sim_publish(&w->sim, "root targets snapshot timestamp");
	assert_int_equal(refresh(w), 1);
	expect_trusted(w, "root 2, snapshot 1, targets 1, timestamp 1");
	sim_role_of(&w->sim, "root")->expires_us = SIM_NOW_US + TG_US_PER_SECOND;
	sim_publish(&w->sim, "root");
	assert_int_equal(refresh(w), 0);
	expect_trusted(w, "root 3, snapshot 2, targets 2, timestamp 2");
}

static void expired_files_are_not_kept(void **state)
{
	static const struct {
		const char *role, *trusted;
	} cases[] = {
		{ "timestamp", "root 1, snapshot 1, targets 1, timestamp 1" },
		{ "snapshot", "root 1, snapshot 1, targets 1, timestamp 2" },
		{ "targets", "root 1, snapshot 2, targets 1, timestamp 2" },
	};

	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		world *w = *state;

		assert_int_equal(refresh(w), 0);
		sim_role_of(&w->sim, cases[i].role)->expires_us = SIM_NOW_US - 5 * TG_US_PER_DAY;
		sim_publish(&w->sim, "targets snapshot timestamp");
		assert_int_equal(refresh(w), 1);
		expect_trusted(w, cases[i].trusted);
		(void)teardown(state);
		(void)setup(state);
	}
}

static void expired_files_of_ours_lead_on_to_newer_ones(void **state)
{
	for (int role = 0; role < 4; role++) {
		world *w = *state;

		w->sim.roles[role].expires_us = SIM_NOW_US + 7 * TG_US_PER_DAY;
		sim_publish(&w->sim, "root targets snapshot timestamp");
		assert_int_equal(refresh(w), 0);
		w->now = DAYS_18;
		assert_int_equal(refresh(w), 1);
		w->sim.roles[role].expires_us = SIM_NOW_US + 21 * TG_US_PER_DAY;
		sim_publish(&w->sim, "root targets snapshot timestamp");
		assert_int_equal(refresh(w), 0);
		expect_trusted(w, "root 3, snapshot 3, targets 3, timestamp 3");
		(void)teardown(state);
		(void)setup(state);
	}
}

static void an_expired_snapshot_of_ours_still_bears_witness(void **state)
{
	world *w = *state;

	sim_role_of(&w->sim, "snapshot")->expires_us = SIM_NOW_US + TG_US_PER_SECOND;
	sim_publish(&w->sim, "targets snapshot timestamp");
	assert_int_equal(refresh(w), 0);
	w->now = DAY;
	sim_role_of(&w->sim, "targets")->version = 0;
	sim_role_of(&w->sim, "snapshot")->expires_us = SIM_NOW_US + 9 * TG_US_PER_DAY;
	sim_publish(&w->sim, "targets snapshot timestamp");
	assert_int_equal(refresh(w), 1);
	expect_trusted(w, "root 1, snapshot 2, targets 2, timestamp 3");
}

static void an_expired_delegated_file_is_not_used(void **state)
{
	world *w = *state;
	sim_role *a;

	sim_add_target(&w->sim, "A", "a/1", "one");
	sim_add_target(&w->sim, "A", "a/2", "two");
	sim_delegate(&w->sim, "targets", "A", "a/*");
	a = sim_role_of(&w->sim, "A");
	a->expires_us = SIM_NOW_US - TG_US_PER_DAY;
	sim_publish(&w->sim, "A targets snapshot timestamp");
	assert_int_equal(refresh(w), 0);
	assert_int_equal(download(w, "a/1"), 1);
	expect_trusted(w, "root 1, snapshot 2, targets 2, timestamp 2");
	a->expires_us = SIM_NOW_US + 7 * TG_US_PER_DAY;
	sim_publish(&w->sim, "A snapshot timestamp");
	assert_int_equal(download(w, "a/1"), 0);
	w->now = DAYS_18; /* kept, but expired by now */
	assert_int_equal(download(w, "a/2"), 1);
	expect_downloads(w, "one");
	a->expires_us = SIM_NOW_US + 21 * TG_US_PER_DAY;
	sim_publish(&w->sim, "A snapshot timestamp");
	assert_int_equal(download(w, "a/2"), 0);
	expect_downloads(w, "one two");
	expect_trusted(w, "A 3, root 1, snapshot 4, targets 2, timestamp 4");
}

/* ---- keys ---- */

/* Versions of one role in words: "KEYS/THRESHOLD/SIGNERS", each key a digit. */
static void take_keys(sim_role *role, const char *words)
{
	int keys[SIM_KEYS_A_ROLE];
	size_t count = 0;

	for (; *words != '/'; words++)
		keys[count++] = *words - '0';
	sim_set_keys(role, keys, count, words[1] - '0');
	role->does.count = 0;
	for (words += 3; *words >= '0' && *words <= '9'; words++)
		role->does.keys[role->does.count++] = *words - '0';
}

static const struct {
	const char *versions;
	bool good; /* the last step; all before it are */
} rotations[] = {
	{ "4/1/4 5/1/54 5/1/5", true },
	{ "4/1/647 5/1/6547 5/1/657", true },
	{ "45678/3/468 45678/3/485 45678/3/457 45678/3/457", true },
	{ "45678/3/468 45789/3/485", true },
	{ "45678/3/468 45789/3/4689 45789/3/489", true },
	{ "012/2/01 345/2/0134 345/2/45", true },
	{ "456/1/4 456/2/45", true },
	{ "456/2/45 456/1/45 456/1/4", true },
	{ "4/1/4 45/2/45", true },
	{ "4/1/4 5/1/567", false }, /* not by the old key */
	{ "4/1/4 5/1/467", false }, /* not by the new key */
	{ "45678/3/468 45789/3/468", false },
	{ "45678/3/468 45789/3/489", false },
	{ "456/1/4 456/2/5", false },
	{ "456/2/45 456/1/4", false },
	{ "4/1/4 45/3/45", false }, /* a threshold that no keys reach */
};

static void roots_are_followed_by_both_sets_of_keys(void **state)
{
	for (size_t i = 0; i < TG_COUNT(rotations); i++) {
		world *w = *state;
		sim_role *root = sim_role_of(&w->sim, "root");
		char wanted[64];

		root->version = 0;
		for (const char *p = rotations[i].versions; *p != '\0'; p += strcspn(p, " "), p += strspn(p, " ")) {
			take_keys(root, p);
			sim_publish(&w->sim, "root");
			if (root->version == 1)
				assert_int_equal(init(w, tg_buf_view(&root->file)), 0);
		}
		if (refresh(w) != (rotations[i].good ? 0 : 1))
			fail_msg("%s: wanted it to be %s", rotations[i].versions, rotations[i].good ? "followed" : "refused");
		(void)snprintf(wanted, sizeof(wanted), "root %lld%s", (long long)root->version - (rotations[i].good ? 0 : 1),
			rotations[i].good ? ", snapshot 1, targets 1, timestamp 1" : "");
		expect_trusted(w, wanted);
		(void)teardown(state);
		(void)setup(state);
	}
}

static const struct {
	const char *words;
	bool good;
} role_keys[] = {
	{ "5/1/5", true },
	{ "4/1/647", true },
	{ "5/1/467", false },
	{ "45789/3/468", false },
	{ "45789/3/48", false },
	{ "45678/3/468", true },
	{ "45678/3/678", true },
	{ "45/2/44", false }, /* one key id twice among the signatures */
	{ "456/1/44", false }, /* even where one would do */
};

static void other_roles_need_a_threshold_of_the_keys_in_force(void **state)
{
	for (size_t i = 0; i < TG_COUNT(role_keys); i++)
		for (int role = 1; role < 4; role++) {
			world *w = *state;

			take_keys(&w->sim.roles[role], role_keys[i].words);
			sim_publish(&w->sim, "root targets snapshot timestamp");
			if (refresh(w) != (role_keys[i].good ? 0 : 1))
				fail_msg("%s %s", w->sim.roles[role].name, role_keys[i].words);
			(void)teardown(state);
			(void)setup(state);
		}
}

static void an_ed25519_key_under_a_free_key_id_counts(void **state)
{
	world *w = *state;

	w->sim.extra_key_type = "ed25519";
	sim_role_of(&w->sim, "root")->may.threshold = 2;
	sim_publish(&w->sim, "root");
	assert_int_equal(refresh(w), 0);
	w->sim.ed_wrong = true;
	sim_publish(&w->sim, "root");
	assert_int_equal(refresh(w), 1);
	expect_trusted(w, "root 2, snapshot 1, targets 1, timestamp 1");
}

static void a_wrong_signature_beside_enough_right_ones_does_no_harm(void **state)
{
	world *w = *state;

	w->sim.extra_key_type = "ed25519";
	w->sim.ed_wrong = true;
	sim_publish(&w->sim, "root");
	assert_int_equal(refresh(w), 0);
	expect_trusted(w, "root 2, snapshot 1, targets 1, timestamp 1");
}

/* ---- delegations ---- */

static void role_names_are_quoted(void **state)
{
	static const struct {
		const char *name, *asked, *kept;
	} cases[] = {
		{ "?", "1.%3F", "%3F.json" },
		{ "#", "1.%23", "%23.json" },
		{ "/delegatedrole", "1.%2Fdelegatedrole", "%2Fdelegatedrole.json" },
		{ "../delegatedrole", "1...%2Fdelegatedrole", "..%2Fdelegatedrole.json" },
		{ "..", "1...", "...json" },
		{ "a b%2f", "1.a%20b%252f", "a%20b%252f.json" },
		{ "2.root", "1.2.root", "%32.root.json" },
	};

	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		world *w = *state;
		char wanted[256], path[4096 + 256];

		sim_delegate(&w->sim, "targets", cases[i].name, "*");
		sim_publish_role(&w->sim, sim_role_of(&w->sim, cases[i].name));
		sim_publish(&w->sim, "targets snapshot timestamp");
		assert_int_equal(download(w, "nowhere"), 1);
		(void)snprintf(wanted, sizeof(wanted), "2.root timestamp 2.snapshot 2.targets %s", cases[i].asked);
		expect_asked(w, wanted);
		(void)snprintf(path, sizeof(path), "%s/%s", w->metadata, cases[i].kept);
		assert_int_equal(access(path, R_OK), 0);
		(void)teardown(state);
		(void)setup(state);
	}
}

static const struct {
	const char *edges, *path, *asked; /* "targets>A B>C!" as in test_delegation.c, ':' for a pattern */
} graphs[] = {
	{ "targets>A", "x", "A" },
	{ "targets>A targets>B", "x", "A B" },
	{ "targets>A targets>B B>C", "x", "A B C" },
	{ "targets>A targets>B A>C A>D", "x", "A C D B" },
	{ "targets>A targets>B A>C C>D", "x", "A C D B" },
	{ "targets>A targets>B A>C! A>D", "x", "A C" },
	{ "targets>A targets>B A>C! C>D", "x", "A C D" },
	{ "targets>A:*.py targets>B A>C", "x", "B" },
	{ "targets>A targets>B A>C:*.py C>D", "x", "A B" },
	{ "targets>A targets>B B>C C>D D>B", "x", "A B C D" },
	{ "targets>A targets>B B>C A>C", "x", "A C B" },
	{ "targets>A targets>B B>C A>C:*.py", "x", "A B C" },
	{ "targets>A:*.md targets>B:r/*/* B>C:r/x/* B>D:r/y/*.zip", "r/x/1", "B C" },
	{ "targets>A:*.md targets>B:r/*/* B>C:r/x/* B>D:r/y/*.zip", "r/y/1.zip", "B D" },
	{ "targets>A:*.md targets>B:r/*/* B>C:r/x/* B>D:r/y/*.zip", "r/z/1.zip", "B" },
	{ "targets>A:*.md", "r/a.md", "" },
	{ "targets>A:f-?.gz", "f-1.gz", "A" },
	{ "targets>A:f-?.gz", "f-12.gz", "" },
	{ "targets>A:*.md", "a.MD", "" },
};

/* Publishes every role of the graph, targets and the rest. */
static void publish_graph(sim *s, const char *edges)
{
	for (const char *p = edges; *p != '\0'; p += strcspn(p, " "), p += strspn(p, " ")) {
		char from[16], to[16], pattern[64] = "*", mark = ' ';
		sim_edge *edge;

		(void)snprintf(from, sizeof(from), "%.*s", (int)strcspn(p, ">"), p);
		(void)snprintf(to, sizeof(to), "%.1s", p + strlen(from) + 1);
		mark = p[strlen(from) + 2];
		if (mark == ':')
			(void)snprintf(pattern, sizeof(pattern), "%.*s", (int)strcspn(p + strlen(from) + 3, " "),
				p + strlen(from) + 3);
		edge = sim_delegate(s, from, to, pattern);
		edge->terminating = mark == '!';
	}
	for (int i = 4; i < s->role_count; i++)
		sim_publish(s, s->roles[i].name);
	sim_publish(s, "targets snapshot timestamp");
}

static void delegated_roles_are_asked_depth_first(void **state)
{
	for (size_t i = 0; i < TG_COUNT(graphs); i++) {
		world *w = *state;
		char wanted[256] = "2.root timestamp 2.snapshot 2.targets";

		publish_graph(&w->sim, graphs[i].edges);
		assert_int_equal(download(w, graphs[i].path), 1);
		for (const char *p = graphs[i].asked; *p != '\0'; p++)
			if (*p != ' ')
				(void)snprintf(wanted + strlen(wanted), sizeof(wanted) - strlen(wanted), " 1.%c", *p);
		expect_asked(w, wanted);
		assert_int_equal(download(w, graphs[i].path), 1); /* and the second time all of it is in the cache */
		expect_asked(w, "2.root timestamp");
		(void)teardown(state);
		(void)setup(state);
	}
}

static void the_first_role_that_lists_a_target_is_believed(void **state)
{
	world *w = *state;

	sim_add_target(&w->sim, "B", "doc/x", "from B");
	sim_add_target(&w->sim, "A", "doc/x", "from A");
	sim_add_target(&w->sim, "A", "img/x", "not A's to say");
	publish_graph(&w->sim, "targets>A:doc/* targets>B:doc/*");
	assert_int_equal(download(w, "doc/x"), 0);
	expect_downloads(w, "from A");
	assert_int_equal(download(w, "img/x"), 1);
	expect_downloads(w, "from A");
}

/* Two roles delegate to a third, with different keys; its file is signed by those that the first one names. */
static void a_role_speaks_for_each_parent_with_its_own_keys(void **state)
{
	world *w = *state;
	sim_edge *edge;

	sim_add_target(&w->sim, "R", "a/x", "trusted by A");
	sim_add_target(&w->sim, "R", "b/x", "not trusted by B");
	sim_delegate(&w->sim, "targets", "A", "a/*");
	sim_delegate(&w->sim, "targets", "B", "b/*");
	sim_delegate(&w->sim, "A", "R", "a/*");
	edge = sim_delegate(&w->sim, "B", "R", "b/*");
	edge->may = (sim_keys){ .keys = { 1 }, .count = 1, .threshold = 1 };
	sim_publish(&w->sim, "R A B targets snapshot timestamp");
	/* In one process, the role's file held already; in a second one, the file in the cache; and alone. */
	assert_int_equal(
		run(w, (const char *const[]){ "--target-name", "a/x", "--target-name", "b/x", "download", NULL }), 1);
	expect_downloads(w, "trusted by A");
	assert_int_equal(download(w, "b/x"), 1);
	assert_int_equal(
		run(w, (const char *const[]){ "--target-name", "b/x", "--target-name", "a/x", "download", NULL }), 1);
	expect_downloads(w, "trusted by A");
	/* Signed by both: both may. */
	sim_role_of(&w->sim, "R")->does.keys[sim_role_of(&w->sim, "R")->does.count++] = 1;
	sim_publish(&w->sim, "R snapshot timestamp");
	assert_int_equal(
		run(w, (const char *const[]){ "--target-name", "a/x", "--target-name", "b/x", "download", NULL }), 0);
	expect_downloads(w, "trusted by A not trusted by B");
}

static void a_delegated_file_must_be_the_one_that_the_snapshot_lists(void **state)
{
	world *w = *state;
	sim_role *a;

	sim_add_target(&w->sim, "A", "x", "content");
	sim_delegate(&w->sim, "targets", "A", "*");
	a = sim_role_of(&w->sim, "A");
	a->listed = false;
	sim_publish(&w->sim, "A targets snapshot timestamp");
	assert_int_equal(refresh(w), 0);
	server_forget(w->sim.web);
	assert_int_equal(download(w, "x"), 1);
	expect_asked(w, "2.root timestamp"); /* not even asked for */
	expect_trusted(w, "root 1, snapshot 2, targets 2, timestamp 2");
	a->listed = a->say_hash = a->lie_hash = true;
	sim_publish(&w->sim, "A snapshot timestamp");
	assert_int_equal(download(w, "x"), 1);
	a->lie_hash = false;
	sim_publish(&w->sim, "snapshot timestamp");
	assert_int_equal(download(w, "x"), 0);
	a->version = 0; /* and never an older one again */
	sim_publish(&w->sim, "A snapshot timestamp");
	assert_int_equal(download(w, "x"), 1);
	expect_trusted(w, "A 2, root 1, snapshot 4, targets 2, timestamp 5");
}

static void a_delegated_file_that_cannot_be_had_ends_the_search(void **state)
{
	world *w = *state;

	sim_add_target(&w->sim, "B", "x", "from B");
	publish_graph(&w->sim, "targets>A targets>B");
	server_remove(w->sim.web, "/m/1.A.json");
	assert_int_equal(download(w, "x"), 1); /* A might have forbidden it */
	expect_downloads(w, "");
	server_put(w->sim.web, "/m/1.A.json", tg_buf_view(&sim_role_of(&w->sim, "A")->file));
	server_set_fault(w->sim.web, "/m/1.A.json", SERVE_ENDLESS);
	assert_int_equal(download(w, "x"), 1);
	server_set_fault(w->sim.web, "/m/1.A.json", SERVE_FINE);
	assert_int_equal(download(w, "x"), 0);
}

static void no_more_than_32_delegated_roles_are_asked(void **state)
{
	world *w = *state;
	char name[16];

	for (int i = 0; i < 34; i++) {
		(void)snprintf(name, sizeof(name), "R%d", i);
		sim_delegate(&w->sim, "targets", name, "*");
		sim_publish(&w->sim, name);
	}
	sim_add_target(&w->sim, "R31", "within", "within");
	sim_add_target(&w->sim, "R32", "beyond", "beyond");
	sim_publish(&w->sim, "R31 R32 targets snapshot timestamp");
	server_forget(w->sim.web);
	assert_int_equal(download(w, "beyond"), 1);
	assert_int_equal(server_requests(w->sim.web), 4 + 32);
	assert_int_equal(download(w, "within"), 0);
	expect_downloads(w, "within");
}

/* ---- targets ---- */

static void targets_are_fetched_once_and_replaced_when_they_change(void **state)
{
	world *w = *state;

	sim_add_target(&w->sim, "targets", "path/to a/file.txt", "content");
	/* The name is quoted in the URL; this server keeps paths as they come. */
	sim_publish(&w->sim, "targets snapshot timestamp");
	{
		char hex[65], path[256];
		uint8_t hash[TG_SHA256_SIZE];

		tg_sha256(hash, "content", 7);
		(void)snprintf(path, sizeof(path), "/t/path/to%%20a/%s.file.txt", tg_hex_encode(hex, hash, sizeof(hash)));
		server_put(w->sim.web, path, tg_view_str("content"));
	}
	assert_int_equal(refresh(w), 0);
	expect_downloads(w, "");
	assert_int_equal(download(w, "path/to a/file.txt"), 0);
	expect_downloads(w, "content");
	server_forget(w->sim.web);
	assert_int_equal(download(w, "path/to a/file.txt"), 0);
	assert_int_equal(server_requests(w->sim.web), 2);
	(void)snprintf(w->sim.targets[0].path, sizeof(w->sim.targets[0].path), "plain");
	sim_publish(&w->sim, "targets snapshot timestamp");
	assert_int_equal(download(w, "plain"), 0);
	(void)snprintf(w->sim.targets[0].content, sizeof(w->sim.targets[0].content), "changed");
	sim_publish(&w->sim, "targets snapshot timestamp");
	assert_int_equal(download(w, "plain"), 0);
	expect_downloads(w, "content changed");
}

static void other_bytes_than_the_signed_ones_are_never_stored(void **state)
{
	static const char *const served[] = { "CONTENT", "content and more", "cont", "" };
	world *w = *state;

	for (size_t i = 0; i < TG_COUNT(served); i++) {
		char hex[65], path[256];
		uint8_t hash[TG_SHA256_SIZE];

		if (i == 0) {
			sim_add_target(&w->sim, "targets", "file", "content");
			sim_publish(&w->sim, "targets snapshot timestamp");
		}
		tg_sha256(hash, "content", 7);
		(void)snprintf(path, sizeof(path), "/t/%s.file", tg_hex_encode(hex, hash, sizeof(hash)));
		server_put(w->sim.web, path, tg_view_str(served[i]));
		assert_int_equal(download(w, "file"), 1);
		expect_downloads(w, "");
		server_set_fault(w->sim.web, path, SERVE_ENDLESS);
		assert_int_equal(download(w, "file"), 1);
		expect_downloads(w, "");
	}
}

static const struct {
	const char *hashes;
	int rc;
} hash_kinds[] = {
	{ "sha256", 0 }, { "sha512", 0 }, { "sha256 sha512", 0 }, { "sha512 sha256", 0 }, { "sha3 sha256", 0 }, { "sha3", 1 },
};

static void targets_may_be_known_by_either_hash(void **state)
{
	for (size_t i = 0; i < TG_COUNT(hash_kinds); i++) {
		world *w = *state;

		sim_add_target(&w->sim, "targets", "file", "content");
		w->sim.targets[0].hashes = hash_kinds[i].hashes;
		sim_publish(&w->sim, "targets snapshot timestamp");
		if (download(w, "file") != hash_kinds[i].rc)
			fail_msg("%s: wanted exit %d", hash_kinds[i].hashes, hash_kinds[i].rc);
		expect_downloads(w, hash_kinds[i].rc == 0 ? "content" : "");
		(void)teardown(state);
		(void)setup(state);
	}
}

static void a_target_path_that_climbs_is_not_asked_for(void **state)
{
	static const char *const paths[] = { "../up", "a/../../up", "a//b", "/top", "a/", "." };
	world *w = *state;

	for (size_t i = 0; i < TG_COUNT(paths); i++)
		sim_add_target(&w->sim, "targets", paths[i], "content");
	sim_publish(&w->sim, "targets snapshot timestamp");
	assert_int_equal(refresh(w), 0);
	for (size_t i = 0; i < TG_COUNT(paths); i++) {
		server_forget(w->sim.web);
		assert_int_equal(download(w, paths[i]), 1);
		assert_int_equal(server_requests(w->sim.web), 2);
	}
	expect_downloads(w, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_first_refresh_asks_for_four_files_and_keeps_them),
		TEST(bytes_are_kept_as_they_came),
		TEST(a_broken_first_root_ends_before_any_request),
		TEST(a_wrong_command_line_is_exit_1),
		TEST(what_is_not_signed_is_not_kept_and_nothing_after_it),
		TEST(a_version_other_than_its_name_says_is_refused),
		TEST(another_timestamp_of_the_same_version_changes_nothing),
		TEST(stated_hashes_of_metadata_must_fit),
		TEST(what_is_missing_ends_the_refresh),
		TEST(only_not_found_and_forbidden_end_the_chain_of_roots),
		TEST(a_snapshot_is_no_timestamp),
		TEST(endless_data_is_cut_off),
		TEST(damaged_files_of_ours_are_fetched_anew),
		TEST(plain_names_are_asked_for_without_consistent_snapshots),
		TEST(an_older_timestamp_is_refused),
		TEST(an_older_snapshot_is_refused),
		TEST(older_targets_are_refused_by_the_snapshot_we_had),
		TEST(a_role_must_not_vanish_from_the_snapshot),
		TEST(new_keys_recover_from_versions_that_ran_ahead),
		TEST(an_expired_root_is_kept_but_nothing_below_it),
		TEST(expired_files_are_not_kept),
		TEST(expired_files_of_ours_lead_on_to_newer_ones),
		TEST(an_expired_snapshot_of_ours_still_bears_witness),
		TEST(an_expired_delegated_file_is_not_used),
		TEST(roots_are_followed_by_both_sets_of_keys),
		TEST(other_roles_need_a_threshold_of_the_keys_in_force),
		TEST(an_ed25519_key_under_a_free_key_id_counts),
		TEST(a_wrong_signature_beside_enough_right_ones_does_no_harm),
		TEST(role_names_are_quoted),
		TEST(delegated_roles_are_asked_depth_first),
		TEST(the_first_role_that_lists_a_target_is_believed),
		TEST(a_role_speaks_for_each_parent_with_its_own_keys),
		TEST(a_delegated_file_must_be_the_one_that_the_snapshot_lists),
		TEST(a_delegated_file_that_cannot_be_had_ends_the_search),
		TEST(no_more_than_32_delegated_roles_are_asked),
		TEST(targets_are_fetched_once_and_replaced_when_they_change),
		TEST(other_bytes_than_the_signed_ones_are_never_stored),
		TEST(targets_may_be_known_by_either_hash),
		TEST(a_target_path_that_climbs_is_not_asked_for),
	};

	if (argc != 2)
		return 2;
	client = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}

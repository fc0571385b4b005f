/* SPDX-License-Identifier: Apache-2.0
 *
 * test_update.c - a station's catalogue through good days, attacks, crashes and damage, over real HTTP.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/tuf/repo.h"
#include "tests/unit/update/server.h"

#include "store/base/encoding.h"
#include "store/base/file.h"
#include "sync/state.h"
#include "sync/update.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define LATER_US (TEST_NOW_US + TG_US_PER_DAY)
#define PATH_SIZE (4096 + 256)

/* One station, one head office, the web between them. */
typedef struct world {
	char dir[4096], catalogue[4096 + 16], trust[4096 + 16];
	char metadata_url[256], targets_url[256];
	repo repo;
	server *web;
	tg_fetch *fetch;
	tg_update_config config;
} world;

static void must(int rc, const tg_error *err)
{
	if (rc != TG_OK)
		fail_msg("%s: %s", tg_strerror(rc), err->msg);
}

/* ---- head office ---- */

static void put_target(world *w, const char *name, tg_view bytes)
{
	uint8_t hash[TG_SHA256_SIZE];
	char published[256], path[300];
	tg_error err = { 0 };

	tg_sha256(hash, bytes.data, bytes.len);
	must(tg_repository_target_name(published, sizeof(published), name, hash, &err), &err);
	(void)snprintf(path, sizeof(path), "/t/%s", published);
	server_put(w->web, path, bytes);
}

static void image_path(char out[300], const world *w)
{
	uint8_t hash[TG_SHA256_SIZE];
	char hex[65];

	tg_sha256(hash, w->repo.image.data, w->repo.image.len);
	(void)snprintf(out, 300, "/t/%s.catalogue.tgc", tg_hex_encode(hex, hash, sizeof(hash)));
}

static void policy_path(char out[300], const world *w)
{
	uint8_t hash[TG_SHA256_SIZE];
	char hex[65];

	tg_sha256(hash, w->repo.policy.data, w->repo.policy.len);
	(void)snprintf(out, 300, "/t/%s.policy.json", tg_hex_encode(hex, hash, sizeof(hash)));
}

static void put_versioned(world *w, tg_tuf_role role)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/m/%lld.%s.json", (long long)w->repo.version[role],
		tg_tuf_role_name(role));
	server_put(w->web, path, repo_file(&w->repo, role));
}

/* Put what the repository holds onto the web, as it is. */
static void upload(world *w)
{
	put_versioned(w, TG_TUF_ROOT);
	put_versioned(w, TG_TUF_SNAPSHOT);
	put_versioned(w, TG_TUF_TARGETS);
	server_put(w->web, "/m/timestamp.json", repo_file(&w->repo, TG_TUF_TIMESTAMP));
	put_target(w, TG_CHAIN_IMAGE, tg_buf_view(&w->repo.image));
	put_target(w, TG_CHAIN_POLICY, tg_buf_view(&w->repo.policy));
}

/* What `tillgate-hq publish` does: the next version of everything but the root. */
static void publish(world *w)
{
	for (int role = TG_TUF_TIMESTAMP; role < TG_TUF_ROLES; role++)
		w->repo.version[role]++;
	w->repo.issued_us += TG_US_PER_SECOND;
	repo_publish(&w->repo);
	upload(w);
}

/* What `tillgate-hq refresh` does. */
static void refresh(world *w)
{
	w->repo.version[TG_TUF_TIMESTAMP]++;
	w->repo.issued_us += TG_US_PER_SECOND;
	repo_write(&w->repo, TG_TUF_TIMESTAMP);
	upload(w);
}

static void publish_new_image(world *w)
{
	repo_new_image(&w->repo, 200000);
	publish(w);
}

static void new_policy(world *w)
{
	tg_buf text;

	tg_buf_init(&text, 1 << 16);
	replace_text(&text, tg_buf_view(&w->repo.policy), "\"dsp_notice_days\":90", "\"dsp_notice_days\":60");
	tg_buf_clear(&w->repo.policy);
	tg_buf_append(&w->repo.policy, text.data, text.len);
	tg_buf_fini(&text);
}

/* ---- the station ---- */

static int setup(void **state)
{
	world *w = test_calloc(1, sizeof(*w));
	tg_error err = { 0 };

	repo_init(&w->repo);
	temp_dir(w->dir);
	(void)snprintf(w->catalogue, sizeof(w->catalogue), "%s/catalogue", w->dir);
	(void)snprintf(w->trust, sizeof(w->trust), "%s/root.json", w->dir);
	write_file(w->dir, "root.json", repo_file(&w->repo, TG_TUF_ROOT));
	w->web = server_start();
	must(tg_fetch_open(&w->fetch, NULL, &err), &err);
	(void)snprintf(w->metadata_url, sizeof(w->metadata_url), "%s/m/", server_url(w->web));
	(void)snprintf(w->targets_url, sizeof(w->targets_url), "%s/t", server_url(w->web)); /* without '/' */
	w->config = (tg_update_config){ .catalogue_dir = w->catalogue,
		.trust_root = w->trust,
		.metadata_url = w->metadata_url,
		.targets_url = w->targets_url,
		.fetch = w->fetch,
		.now_us = TEST_NOW_US };
	upload(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	world *w = *state;

	tg_fetch_close(w->fetch);
	server_stop(w->web);
	repo_fini(&w->repo);
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
	assert_true(report.state_kept);
	return report;
}

static void current_file(char out[PATH_SIZE], const world *w, const char *name)
{
	(void)snprintf(out, PATH_SIZE, "%s/current/%s", w->catalogue, name);
}

/* Whatever is in force must be what a daemon accepts. Gives the catalogue version, or 0 if nothing is in force. */
static int64_t in_force(const world *w, tg_chain_facts *facts)
{
	char path[PATH_SIZE];
	tg_error err = { 0 };
	tg_chain *chain;
	tg_view blocks;
	int64_t version;

	current_file(path, w, ".");
	if (access(path, F_OK) != 0)
		return 0;
	must(tg_chain_open(&chain, w->trust, path, &err), &err);
	must(tg_chain_blocks(&blocks, chain, &err), &err);
	version = tg_chain_facts_of(chain)->catalogue_version;
	if (facts != NULL)
		*facts = *tg_chain_facts_of(chain);
	tg_chain_close(chain);
	return version;
}

static void image_in_force_is_the_published_one(const world *w)
{
	char path[PATH_SIZE];
	tg_error err = { 0 };
	tg_buf bytes;

	current_file(path, w, TG_CHAIN_IMAGE);
	tg_buf_init(&bytes, 1 << 20);
	must(tg_file_read(&bytes, path, bytes.max, &err), &err);
	assert_true(tg_view_equal(tg_buf_view(&bytes), tg_buf_view(&w->repo.image)));
	tg_buf_fini(&bytes);
}

static size_t count_sets(const world *w)
{
	char path[PATH_SIZE];
	struct dirent *entry;
	size_t count = 0;
	DIR *d;

	(void)snprintf(path, sizeof(path), "%s/sets", w->catalogue);
	d = opendir(path);
	if (d == NULL)
		return 0;
	while ((entry = readdir(d)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			count++;
	closedir(d);
	return count;
}

static ino_t inode_of(const world *w, const char *name)
{
	char path[PATH_SIZE];
	struct stat st;

	current_file(path, w, name);
	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

/* ---- good days ---- */

static void the_first_update_installs_a_whole_set(void **state)
{
	world *w = *state;
	tg_update_report report = run_ok(w);
	tg_sync_state remembered;
	tg_chain_facts facts;
	tg_error err = { 0 };

	assert_int_equal(report.outcome, TG_UPDATE_INSTALLED);
	assert_true(report.new_image && report.new_policy);
	assert_int_equal(report.requests, 6); /* next root, timestamp, snapshot, targets, policy, image */
	assert_int_equal(server_requests(w->web), 6);
	assert_string_equal(server_request(w->web, 0), "/m/2.root.json");
	assert_string_equal(server_request(w->web, 3), "/m/1.targets.json");
	assert_int_equal(report.catalogue_version, 1);
	assert_int_equal(report.previous_version, 0);
	assert_int_equal(in_force(w, &facts), 1);
	assert_int_equal(facts.issued_us, TEST_NOW_US);
	image_in_force_is_the_published_one(w);
	must(tg_sync_state_read(&remembered, w->catalogue, &err), &err);
	assert_int_equal(remembered.success_us, TEST_NOW_US);
	assert_int_equal(remembered.failures, 0);
	assert_int_equal(remembered.catalogue_version, 1);
	assert_string_equal(remembered.code, "");
}

static void nothing_new_costs_two_requests_and_changes_nothing(void **state)
{
	world *w = *state;
	tg_update_report first = run_ok(w), second = run_ok(w);

	assert_int_equal(second.outcome, TG_UPDATE_NOTHING);
	assert_int_equal(second.requests, 2);
	assert_string_equal(second.set_id, first.set_id);
	assert_int_equal(count_sets(w), 1);
	assert_int_equal(second.catalogue_version, 1);
}

static void a_refreshed_timestamp_costs_two_requests_and_shares_the_image(void **state)
{
	world *w = *state;
	tg_update_report report;
	tg_chain_facts facts;
	ino_t image;

	(void)run_ok(w);
	image = inode_of(w, TG_CHAIN_IMAGE);
	refresh(w);
	report = run_ok(w);
	assert_int_equal(report.outcome, TG_UPDATE_REFRESHED);
	assert_int_equal(report.requests, 2);
	assert_int_equal(in_force(w, &facts), 1);
	assert_int_equal(facts.issued_us, TEST_NOW_US + TG_US_PER_SECOND);
	assert_true(inode_of(w, TG_CHAIN_IMAGE) == image);
}

static void a_new_policy_does_not_move_the_image(void **state)
{
	world *w = *state;
	tg_update_report report;
	ino_t image;

	(void)run_ok(w);
	image = inode_of(w, TG_CHAIN_IMAGE);
	new_policy(w);
	publish(w);
	report = run_ok(w);
	assert_int_equal(report.outcome, TG_UPDATE_INSTALLED);
	assert_true(report.new_policy && !report.new_image);
	assert_int_equal(report.requests, 5);
	assert_true(inode_of(w, TG_CHAIN_IMAGE) == image);
	assert_int_equal(in_force(w, NULL), 1);
}

static void a_new_image_replaces_the_old_one(void **state)
{
	world *w = *state;
	tg_update_report report;

	(void)run_ok(w);
	publish_new_image(w);
	report = run_ok(w);
	assert_true(report.new_image && !report.new_policy);
	assert_int_equal(report.previous_version, 1);
	assert_int_equal(report.catalogue_version, 2);
	assert_int_equal(in_force(w, NULL), 2);
	image_in_force_is_the_published_one(w);
}

static void the_set_before_is_kept_and_older_ones_go(void **state)
{
	world *w = *state;
	char before[64], path[PATH_SIZE];
	tg_update_report report = { 0 };

	for (int i = 0; i < 4; i++) {
		memcpy(before, report.set_id, sizeof(before));
		report = run_ok(w);
		refresh(w);
	}
	assert_int_equal(count_sets(w), 2);
	(void)snprintf(path, sizeof(path), "%s/sets/%s/%s", w->catalogue, before, TG_CHAIN_IMAGE);
	assert_int_equal(access(path, F_OK), 0);
}

static void every_root_of_the_chain_is_kept(void **state)
{
	world *w = *state;
	tg_chain_facts facts;

	(void)run_ok(w);
	for (int i = 0; i < 3; i++) {
		repo_rotate(&w->repo, TG_TUF_ROOT, i % 2 == 0 ? SPARE_KEY : TG_TUF_ROOT);
		put_versioned(w, TG_TUF_ROOT);
	}
	publish(w);
	assert_int_equal(run_ok(w).root_version, 4);
	in_force(w, &facts);
	assert_int_equal(facts.root_version, 4);
	assert_int_equal(run_ok(w).requests, 2); /* 5.root.json and the timestamp */
}

static void a_rotated_root_alone_makes_a_new_set(void **state)
{
	world *w = *state;
	tg_chain_facts facts;

	(void)run_ok(w);
	repo_rotate(&w->repo, TG_TUF_ROOT, SPARE_KEY);
	upload(w);
	assert_int_equal(run_ok(w).outcome, TG_UPDATE_REFRESHED);
	in_force(w, &facts);
	assert_int_equal(facts.root_version, 2);
}

/* ---- attacks and faults: what is in force stays, and state.json says why ---- */

static void timestamp_by_a_stranger(world *w)
{
	w->repo.signer[TG_TUF_TIMESTAMP] = STRANGER_KEY;
	publish_new_image(w);
}

static void targets_by_a_stranger(world *w)
{
	w->repo.signer[TG_TUF_TARGETS] = STRANGER_KEY;
	publish_new_image(w);
}

static void expired_timestamp(world *w)
{
	w->repo.issued_us = TEST_NOW_US - 2 * TG_US_PER_DAY;
	w->repo.expires_us[TG_TUF_TIMESTAMP] = TEST_NOW_US;
	publish_new_image(w);
}

static void issued_ahead_of_the_clock(world *w)
{
	w->repo.issued_us = TEST_NOW_US + 300 * TG_US_PER_SECOND; /* publish adds one */
	publish_new_image(w);
}

static void older_timestamp(world *w)
{
	w->repo.version[TG_TUF_TIMESTAMP] = 2;
	repo_write(&w->repo, TG_TUF_TIMESTAMP);
	upload(w);
}

static void older_snapshot(world *w)
{
	w->repo.version[TG_TUF_TIMESTAMP]++;
	w->repo.version[TG_TUF_SNAPSHOT] = 2;
	repo_publish(&w->repo);
	upload(w);
}

static void older_targets(world *w)
{
	w->repo.version[TG_TUF_TIMESTAMP]++;
	w->repo.version[TG_TUF_SNAPSHOT]++;
	w->repo.version[TG_TUF_TARGETS] = 2;
	repo_publish(&w->repo);
	upload(w);
}

static void older_catalogue(world *w)
{
	w->repo.catalogue_version = 3;
	repo_new_image(&w->repo, 150000); /* 4, and 5 is in force */
	publish(w);
}

static void replayed_snapshot_name(world *w)
{
	char path[64];
	tg_buf old;

	tg_buf_init(&old, 1 << 20);
	tg_buf_append(&old, w->repo.file[TG_TUF_SNAPSHOT].data, w->repo.file[TG_TUF_SNAPSHOT].len);
	publish_new_image(w);
	(void)snprintf(
		path, sizeof(path), "/m/%lld.snapshot.json", (long long)w->repo.version[TG_TUF_SNAPSHOT]);
	tg_buf_putc(&old, '\n');
	server_put(w->web, path, tg_buf_view(&old));
	tg_buf_fini(&old);
}

static void snapshot_missing(world *w)
{
	char path[64];

	publish_new_image(w);
	(void)snprintf(
		path, sizeof(path), "/m/%lld.snapshot.json", (long long)w->repo.version[TG_TUF_SNAPSHOT]);
	server_remove(w->web, path);
}

static void bend_image(world *w, size_t len, uint8_t flip)
{
	char path[300];
	tg_buf bytes;

	publish_new_image(w);
	image_path(path, w);
	tg_buf_init(&bytes, 1 << 20);
	tg_buf_append(&bytes, w->repo.image.data, w->repo.image.len);
	tg_buf_putc(&bytes, 'x');
	bytes.data[123456] ^= flip;
	server_put(w->web, path, tg_view_of(bytes.data, len));
	tg_buf_fini(&bytes);
}

static void image_with_a_wrong_bit(world *w)
{
	bend_image(w, 200000, 4);
}

static void image_one_byte_longer(world *w)
{
	bend_image(w, 200001, 0);
}

static void image_one_byte_shorter(world *w)
{
	bend_image(w, 199999, 0);
}

/* Both the image and its list are signed, but they are not of one making. */
static void blocks_of_another_image(world *w)
{
	w->repo.lie_about_blocks = true;
	publish_new_image(w);
}

static void image_fault(world *w, server_fault fault)
{
	char path[300];

	publish_new_image(w);
	image_path(path, w);
	server_set_fault(w->web, path, fault);
}

static void image_endless(world *w)
{
	image_fault(w, SERVE_ENDLESS);
}

static void image_truncated(world *w)
{
	image_fault(w, SERVE_TRUNCATED);
}

static void image_redirected(world *w)
{
	image_fault(w, SERVE_REDIRECT);
}

static void image_missing(world *w)
{
	char path[300];

	publish_new_image(w);
	image_path(path, w);
	server_remove(w->web, path);
}

static void policy_with_a_wrong_bit(world *w)
{
	char path[300];
	tg_buf bytes;

	new_policy(w);
	publish(w);
	policy_path(path, w);
	tg_buf_init(&bytes, 1 << 16);
	replace_text(&bytes, tg_buf_view(&w->repo.policy), "\"enforce\"", "\"observe\"");
	server_put(w->web, path, tg_buf_view(&bytes));
	tg_buf_fini(&bytes);
}

static void policy_that_no_station_can_read(world *w)
{
	tg_buf_clear(&w->repo.policy);
	tg_buf_puts(&w->repo.policy, "{\"format\":2}");
	publish_new_image(w);
}

static void timestamp_endless(world *w)
{
	publish_new_image(w);
	server_set_fault(w->web, "/m/timestamp.json", SERVE_ENDLESS);
}

static void timestamp_503(world *w)
{
	publish_new_image(w);
	server_set_status(w->web, "/m/timestamp.json", 503);
}

static void next_root_500(world *w)
{
	publish_new_image(w);
	server_put(w->web, "/m/2.root.json", tg_view_str("oops"));
	server_set_status(w->web, "/m/2.root.json", 500);
}

static void next_root_of_a_thief(world *w)
{
	repo thief;

	repo_init(&thief);
	repo_rotate(&thief, TG_TUF_TARGETS, SPARE_KEY);
	server_put(w->web, "/m/2.root.json", repo_file(&thief, TG_TUF_ROOT));
	repo_fini(&thief);
}

static void next_root_is_the_old_one(world *w)
{
	server_put(w->web, "/m/2.root.json", repo_file(&w->repo, TG_TUF_ROOT));
}

static void no_issue_time(world *w)
{
	static const int timestamp_key[] = { TG_TUF_TIMESTAMP };
	tg_buf *file = &w->repo.file[TG_TUF_TIMESTAMP];
	tg_buf bent, body;
	const char *start;

	publish_new_image(w);
	tg_buf_init(&bent, 1 << 20);
	tg_buf_init(&body, 1 << 20);
	replace_text(&bent, tg_buf_view(file), "x-tillgate-issued", "x-other");
	start = strstr(tg_buf_text(&bent), "\"signed\":") + strlen("\"signed\":");
	tg_buf_append(&body, start, strlen(start) - 1);
	tg_buf_clear(file);
	sign_body(file, tg_buf_text(&body), &w->repo, timestamp_key, 1);
	upload(w);
	tg_buf_fini(&bent);
	tg_buf_fini(&body);
}

static void a_file_too_large_for_the_disk(world *w)
{
	struct rlimit limit = { 170000, RLIM_INFINITY };

	publish_new_image(w); /* 200,000 bytes */
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static const struct {
	const char *what;
	void (*bend)(world *w);
	int rc;
	const char *words; /* that the error must hold: which check found it */
} faults[] = {
	{ "arbitrary software: timestamp", timestamp_by_a_stranger, TG_EUNTRUSTED, NULL },
	{ "arbitrary software: targets", targets_by_a_stranger, TG_EUNTRUSTED, NULL },
	{ "freeze: timestamp expired", expired_timestamp, TG_EEXPIRED, NULL },
	{ "head office's clock is ahead", issued_ahead_of_the_clock, TG_ECLOCK,
		"issued 2026-11-23T00:05:01" },
	{ "rollback: timestamp", older_timestamp, TG_EROLLBACK, NULL },
	{ "rollback: snapshot", older_snapshot, TG_EROLLBACK, NULL },
	{ "rollback: targets", older_targets, TG_EROLLBACK, NULL },
	{ "rollback: catalogue", older_catalogue, TG_EROLLBACK, NULL },
	{ "mix and match: an old snapshot under a new name", replayed_snapshot_name, TG_ELENGTH, NULL },
	{ "snapshot missing", snapshot_missing, TG_ENOTFOUND, NULL },
	{ "wrong hash: image", image_with_a_wrong_bit, TG_EHASH, "catalogue.tgc: wanted hash" },
	{ "a block list of another image", blocks_of_another_image, TG_EHASH,
		"catalogue.blocks: wanted hash" },
	{ "wrong length: image longer", image_one_byte_longer, TG_ELENGTH, NULL },
	{ "wrong length: image shorter", image_one_byte_shorter, TG_ELENGTH, NULL },
	{ "endless data: image", image_endless, TG_ELENGTH, NULL },
	{ "image cut off", image_truncated, TG_ENETWORK, NULL },
	{ "image redirected elsewhere", image_redirected, TG_ENETWORK, NULL },
	{ "image missing", image_missing, TG_ENOTFOUND, NULL },
	{ "wrong hash: policy", policy_with_a_wrong_bit, TG_EHASH, "policy.json: not the bytes that were signed" },
	{ "a policy that no station can read", policy_that_no_station_can_read, TG_EFORMAT, NULL },
	{ "endless data: timestamp", timestamp_endless, TG_ELENGTH, NULL },
	{ "server error: timestamp", timestamp_503, TG_ENETWORK, NULL },
	{ "server error: next root", next_root_500, TG_ENETWORK, NULL },
	{ "next root by a thief", next_root_of_a_thief, TG_EUNTRUSTED, NULL },
	{ "replayed root", next_root_is_the_old_one, TG_EROLLBACK, NULL },
	{ "a repository without issue time", no_issue_time, TG_EFORMAT, NULL },
	{ "no room for the image", a_file_too_large_for_the_disk, TG_EIO, NULL },
};

static void a_fault_leaves_everything_in_force(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(faults); i++) {
		struct rlimit no_limit = { RLIM_INFINITY, RLIM_INFINITY };
		tg_update_report before;
		tg_sync_state remembered;
		tg_error err = { 0 };
		void *fresh;
		world *w;
		int rc;

		setup(&fresh);
		w = fresh;
		w->repo.catalogue_version = 4;
		publish_new_image(w); /* catalogue 5 */
		publish(w);           /* version 3 of the roles, so that there is an older one */
		before = run_ok(w);
		faults[i].bend(w);
		rc = run(w, NULL, &err);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &no_limit), 0);
		if (rc != faults[i].rc)
			fail_msg("%s: wanted %s, found %s (%s)", faults[i].what, tg_strerror(faults[i].rc),
				tg_strerror(rc), err.msg);
		assert_string_not_equal(err.msg, "");
		if (faults[i].words != NULL && strstr(err.msg, faults[i].words) == NULL)
			fail_msg("%s: found by another check: %s", faults[i].what, err.msg);
		assert_int_equal(in_force(w, NULL), 5);
		if (count_sets(w) != 1)
			fail_msg("%s: something was left in sets/", faults[i].what);
		must(tg_sync_state_read(&remembered, w->catalogue, &err), &err);
		assert_string_equal(remembered.code, tg_strerror(rc));
		assert_string_not_equal(remembered.words, "");
		assert_int_equal(remembered.failures, 1);
		assert_int_equal(remembered.catalogue_version, 5);
		assert_int_equal(before.catalogue_version, 5);
		teardown(&fresh);
	}
}

static void a_fault_heals_when_the_mirror_does(void **state)
{
	world *w = *state;
	tg_error err = { 0 };
	tg_sync_state remembered;

	(void)run_ok(w);
	image_with_a_wrong_bit(w);
	assert_int_equal(run(w, NULL, &err), TG_EHASH);
	assert_int_equal(run(w, NULL, &err), TG_EHASH);
	upload(w);
	assert_int_equal(run_ok(w).catalogue_version, 2);
	image_in_force_is_the_published_one(w);
	must(tg_sync_state_read(&remembered, w->catalogue, &err), &err);
	assert_int_equal(remembered.failures, 0);
	assert_string_equal(remembered.words, "");
}

static void a_station_that_was_never_enrolled_says_so(void **state)
{
	world *w = *state;
	tg_error err = { 0 };

	assert_int_equal(unlink(w->trust), 0);
	assert_int_equal(run(w, NULL, &err), TG_ESTATE);
	assert_non_null(strstr(err.msg, "enrolled"));
	assert_int_equal(server_requests(w->web), 0);
}

static void two_updates_at_once_are_kept_apart(void **state)
{
	world *w = *state;
	char path[PATH_SIZE];
	tg_error err = { 0 };
	int fd;

	(void)run_ok(w);
	(void)snprintf(path, sizeof(path), "%s/lock", w->catalogue);
	must(tg_lock_take(&fd, path, "another", &err), &err);
	assert_int_equal(run(w, NULL, &err), TG_EBUSY);
	assert_int_equal(server_requests(w->web), 0);
	close(fd);
	(void)run_ok(w);
}

/* ---- crashes: any prefix of what an update writes, then the next update ---- */

static void a_crash_after_any_file_heals_at_the_next_start(void **state)
{
	static const char *const order[] = { "2.root.json", "root.json", "timestamp.json", "snapshot.json",
		"targets.json" };
	static const tg_tuf_role role[] = { TG_TUF_ROOT, TG_TUF_ROOT, TG_TUF_TIMESTAMP, TG_TUF_SNAPSHOT,
		TG_TUF_TARGETS };

	(void)state;
	for (size_t done = 0; done <= TG_COUNT(order); done++) {
		char cache[PATH_SIZE], half[PATH_SIZE];
		tg_error err = { 0 };
		void *fresh;
		world *w;

		setup(&fresh);
		w = fresh;
		(void)run_ok(w);
		repo_rotate(&w->repo, TG_TUF_TIMESTAMP, SPARE_KEY);
		publish_new_image(w);
		(void)snprintf(cache, sizeof(cache), "%s/tuf", w->catalogue);
		for (size_t i = 0; i < done; i++)
			write_file(cache, order[i], repo_file(&w->repo, role[i]));
		/* A temporary of the next file, half written, and half a set. */
		write_file(cache, "targets.json.tmp", tg_view_str("{\"signatures\":["));
		(void)snprintf(half, sizeof(half), "%s/sets/.new", w->catalogue);
		must(tg_dir_make(half, 0755, &err), &err);
		write_file(half, "timestamp.json", tg_view_str("{"));
		write_file(half, "catalogue.tgc.tmp", tg_view_str("half"));
		write_file(half, "junk", tg_view_str("junk"));
		assert_int_equal(in_force(w, NULL), 1);
		assert_int_equal(run_ok(w).catalogue_version, 2);
		assert_int_equal(in_force(w, NULL), 2);
		image_in_force_is_the_published_one(w);
		assert_int_equal(count_sets(w), 2);
		current_file(half, w, "junk");
		assert_int_not_equal(access(half, F_OK), 0);
		teardown(&fresh);
	}
}

static void a_crash_between_set_and_switch_heals(void **state)
{
	world *w = *state;
	tg_update_report report;
	char link_path[PATH_SIZE], old[256] = { 0 };

	(void)run_ok(w);
	(void)snprintf(link_path, sizeof(link_path), "%s/current", w->catalogue);
	assert_true(readlink(link_path, old, sizeof(old) - 1) > 0);
	publish_new_image(w);
	(void)run_ok(w);
	/* As if the power had gone before the link was renamed. */
	assert_int_equal(unlink(link_path), 0);
	assert_int_equal(symlink(old, link_path), 0);
	assert_int_equal(in_force(w, NULL), 1);
	report = run_ok(w);
	assert_int_equal(report.catalogue_version, 2);
	assert_int_equal(in_force(w, NULL), 2);
	assert_int_equal(count_sets(w), 2);
}

static void damaged_cache_files_are_fetched_again(void **state)
{
	static const char *const names[] = { "root.json", "timestamp.json", "snapshot.json", "targets.json",
		"2.root.json" };
	static const char *const damage[] = { "", "{}", "\xff\xfe", "{\"signatures\":[],\"signed\":{}}" };
	world *w = *state;
	char cache[PATH_SIZE];

	repo_rotate(&w->repo, TG_TUF_SNAPSHOT, SPARE_KEY);
	publish(w);
	(void)run_ok(w);
	(void)snprintf(cache, sizeof(cache), "%s/tuf", w->catalogue);
	for (size_t i = 0; i < TG_COUNT(names); i++) {
		for (size_t k = 0; k < TG_COUNT(damage); k++) {
			write_file(cache, names[i], tg_view_str(damage[k]));
			refresh(w);
			assert_int_equal(run_ok(w).outcome, TG_UPDATE_REFRESHED);
			assert_int_equal(in_force(w, NULL), 1);
		}
	}
}

static void a_lost_cache_does_not_open_the_way_back(void **state)
{
	world *w = *state;
	char cache[PATH_SIZE];
	tg_error err = { 0 };

	publish(w);
	publish(w);
	(void)run_ok(w);
	(void)snprintf(cache, sizeof(cache), "%s/tuf", w->catalogue);
	remove_tree(cache);
	older_timestamp(w);
	assert_int_equal(run(w, NULL, &err), TG_EROLLBACK);
	assert_int_equal(in_force(w, NULL), 1);
}

/* ---- damage in the set in force ---- */

/* Overwrite in place, as no writer of ours does. `keep_stat`: the file looks untouched. */
static void scribble(const world *w, const char *name, bool keep_stat)
{
	char path[PATH_SIZE];
	struct stat st;
	int fd;

	current_file(path, w, name);
	assert_int_equal(stat(path, &st), 0);
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "????????", 8, st.st_size / 2), 8);
	if (keep_stat) {
		struct timespec times[2] = { st.st_atim, st.st_mtim };

		assert_int_equal(futimens(fd, times), 0);
	} else {
		struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

		assert_int_equal(futimens(fd, times), 0);
	}
	close(fd);
}

static void damaged_files_of_the_set_are_put_right(void **state)
{
	static const char *const names[] = { "timestamp.json", "snapshot.json", "targets.json", "policy.json",
		"catalogue.blocks", "catalogue.tgc" };
	world *w = *state;

	(void)run_ok(w);
	for (size_t i = 0; i < TG_COUNT(names); i++) {
		tg_update_report report;

		scribble(w, names[i], false);
		report = run_ok(w);
		if (report.outcome == TG_UPDATE_NOTHING)
			fail_msg("%s: the damage was not noticed", names[i]);
		assert_int_equal(in_force(w, NULL), 1);
		image_in_force_is_the_published_one(w);
		assert_int_equal(run_ok(w).outcome, TG_UPDATE_NOTHING);
	}
}

static void hidden_damage_of_the_image_is_found_when_asked_for(void **state)
{
	world *w = *state;

	(void)run_ok(w);
	scribble(w, TG_CHAIN_IMAGE, true);
	assert_int_equal(run_ok(w).outcome, TG_UPDATE_NOTHING);
	w->config.check_image = true;
	assert_true(run_ok(w).new_image);
	image_in_force_is_the_published_one(w);
}

static void hidden_damage_of_the_image_is_found_within_a_day(void **state)
{
	world *w = *state;

	(void)run_ok(w);
	scribble(w, TG_CHAIN_IMAGE, true);
	w->config.now_us = TEST_NOW_US + 24 * 3600 * TG_US_PER_SECOND;
	assert_int_equal(run_ok(w).outcome, TG_UPDATE_NOTHING);
	w->config.now_us += TG_US_PER_SECOND;
	assert_true(run_ok(w).new_image);
	image_in_force_is_the_published_one(w);
	/* The day begins anew with the image that was fetched ... */
	scribble(w, TG_CHAIN_IMAGE, true);
	assert_int_equal(run_ok(w).outcome, TG_UPDATE_NOTHING);
	/* ... unless the clock that wrote it down was wrong. */
	w->config.now_us -= 2 * TG_US_PER_SECOND;
	assert_true(run_ok(w).new_image);
}

static void a_daily_check_that_finds_nothing_wrong_is_remembered(void **state)
{
	world *w = *state;
	tg_sync_state remembered;
	tg_error err = { 0 };

	(void)run_ok(w);
	w->config.now_us = TEST_NOW_US + 25 * 3600 * TG_US_PER_SECOND;
	assert_int_equal(run_ok(w).outcome, TG_UPDATE_NOTHING);
	must(tg_sync_state_read(&remembered, w->catalogue, &err), &err);
	assert_int_equal(remembered.image_checked_us, w->config.now_us);
	w->config.now_us += TG_US_PER_SECOND;
	(void)run_ok(w);
	must(tg_sync_state_read(&remembered, w->catalogue, &err), &err);
	assert_int_equal(remembered.image_checked_us, w->config.now_us - TG_US_PER_SECOND);
}

static void a_lost_memory_only_costs_reading_the_image(void **state)
{
	world *w = *state;
	tg_update_report report;

	(void)run_ok(w);
	write_file(w->catalogue, "state.json", tg_view_str("{\"v\":7}"));
	report = run_ok(w);
	assert_int_equal(report.outcome, TG_UPDATE_NOTHING);
	assert_int_equal(report.requests, 2);
}

static void a_link_that_leads_elsewhere_is_not_followed(void **state)
{
	static const char *const targets[] = { "/etc", "../..", "sets/../..", "sets/.new", "sets/",
		"nowhere" };
	world *w = *state;

	for (size_t i = 0; i < TG_COUNT(targets); i++) {
		char path[PATH_SIZE];

		(void)run_ok(w);
		(void)snprintf(path, sizeof(path), "%s/current", w->catalogue);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(symlink(targets[i], path), 0);
		assert_int_equal(run_ok(w).outcome, TG_UPDATE_INSTALLED);
		assert_int_equal(in_force(w, NULL), 1);
	}
}

/* ---- keys ---- */

static void new_keys_recover_from_a_fast_forward(void **state)
{
	world *w = *state;
	tg_error err = { 0 };

	w->repo.version[TG_TUF_TIMESTAMP] = w->repo.version[TG_TUF_SNAPSHOT] = TG_JSON_MAX_INT - 1;
	publish(w);
	(void)run_ok(w);
	w->repo.version[TG_TUF_TIMESTAMP] = w->repo.version[TG_TUF_SNAPSHOT] = 5;
	publish(w);
	assert_int_equal(run(w, NULL, &err), TG_EROLLBACK);
	w->repo.role_key[TG_TUF_TIMESTAMP] = w->repo.signer[TG_TUF_TIMESTAMP] = SPARE_KEY;
	repo_rotate(&w->repo, TG_TUF_SNAPSHOT, SPARE_KEY + 1);
	publish_new_image(w);
	assert_int_equal(run_ok(w).catalogue_version, 2);
	assert_int_equal(in_force(w, NULL), 2);
}

static void enrolment_with_another_head_office_starts_anew(void **state)
{
	world *w = *state;

	w->repo.catalogue_version = 8;
	publish_new_image(w);
	publish(w);
	(void)run_ok(w);
	repo_fini(&w->repo);
	repo_init(&w->repo); /* other keys, version 1, catalogue 1 */
	write_file(w->dir, "root.json", repo_file(&w->repo, TG_TUF_ROOT));
	upload(w);
	assert_int_equal(run_ok(w).catalogue_version, 1);
	assert_int_equal(in_force(w, NULL), 1);
}

/* ---- one fixed time ---- */

static void the_time_of_the_update_decides_about_expiry(void **state)
{
	world *w = *state;
	tg_error err = { 0 };

	w->repo.expires_us[TG_TUF_TIMESTAMP] = LATER_US;
	repo_write(&w->repo, TG_TUF_TIMESTAMP);
	upload(w);
	w->config.now_us = LATER_US - TG_US_PER_SECOND;
	(void)run_ok(w);
	w->config.now_us = LATER_US;
	assert_int_equal(run(w, NULL, &err), TG_EEXPIRED);
	assert_int_equal(in_force(w, NULL), 1);
}

static void two_clocks_may_differ_by_five_minutes_and_no_more(void **state)
{
	world *w = *state;
	tg_sync_state remembered;
	tg_error err = { 0 };
	int64_t issued_us;

	publish_new_image(w);
	issued_us = w->repo.issued_us;
	w->config.now_us = issued_us - 300 * TG_US_PER_SECOND;
	(void)run_ok(w);
	publish_new_image(w);
	w->config.now_us = issued_us - 300 * TG_US_PER_SECOND;
	assert_int_equal(run(w, NULL, &err), TG_ECLOCK);
	assert_int_equal(server_requests(w->web), 2); /* next root and timestamp: nothing of it is asked for */
	assert_non_null(strstr(err.msg, "here it is 2026-11-22T23:55:01"));
	assert_non_null(strstr(err.msg, "clock"));
	assert_int_equal(in_force(w, NULL), 2);
	must(tg_sync_state_read(&remembered, w->catalogue, &err), &err);
	assert_string_equal(remembered.code, tg_strerror(TG_ECLOCK));
	assert_string_equal(remembered.words, err.msg);
	/* As soon as the clocks agree, the same timestamp is good: it was refused, not forgotten as seen. */
	w->config.now_us = issued_us;
	assert_int_equal(run_ok(w).catalogue_version, 3);
}

static void a_head_office_that_set_its_clock_right_is_followed(void **state)
{
	world *w = *state;
	int64_t right_us = w->repo.issued_us;
	tg_error err = { 0 };

	(void)run_ok(w);
	w->repo.issued_us += TG_US_PER_DAY;
	publish_new_image(w);
	assert_int_equal(run(w, NULL, &err), TG_ECLOCK);
	w->repo.issued_us = right_us;
	publish(w);
	assert_int_equal(run_ok(w).catalogue_version, 2);
}

/* ---- images of newer software ---- */

static int refuse_large(const char *path, int64_t length, tg_view blocks, tg_error *err)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, length);
	assert_int_equal(blocks.len, (size_t)(length + 65535) / 65536 * TG_SHA256_SIZE);
	return length <= 150000 ? TG_OK : tg_fail(err, TG_EFORMAT, "major version 9");
}

static void an_image_that_the_station_cannot_read_is_not_switched_to(void **state)
{
	world *w = *state;
	tg_error err = { 0 };

	w->config.accept_image = refuse_large;
	(void)run_ok(w);
	publish_new_image(w);
	assert_int_equal(run(w, NULL, &err), TG_EFORMAT);
	assert_string_equal(err.msg, "major version 9");
	assert_int_equal(in_force(w, NULL), 1);
	assert_int_equal(count_sets(w), 1);
	w->config.accept_image = NULL; /* as newer software would answer */
	(void)run_ok(w);
	assert_int_equal(in_force(w, NULL), 2);
}

/* ---- progress ---- */

static void note_progress(void *ctx, const tg_update_progress *progress)
{
	int64_t *image = ctx;

	if (strcmp(progress->doing, "fetching") == 0 && strcmp(progress->what, TG_CHAIN_IMAGE) == 0) {
		assert_true(progress->done_bytes <= progress->total_bytes);
		*image = progress->done_bytes;
	}
}

static void progress_ends_at_the_whole_image(void **state)
{
	world *w = *state;
	tg_error err = { 0 };
	int64_t image = 0;

	must(tg_update_run(NULL, &w->config, note_progress, &image, &err), &err);
	assert_int_equal(image, 150000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_update_installs_a_whole_set),
		TEST(nothing_new_costs_two_requests_and_changes_nothing),
		TEST(a_refreshed_timestamp_costs_two_requests_and_shares_the_image),
		TEST(a_new_policy_does_not_move_the_image),
		TEST(a_new_image_replaces_the_old_one),
		TEST(an_image_that_the_station_cannot_read_is_not_switched_to),
		TEST(the_set_before_is_kept_and_older_ones_go),
		TEST(every_root_of_the_chain_is_kept),
		TEST(a_rotated_root_alone_makes_a_new_set),
		cmocka_unit_test(a_fault_leaves_everything_in_force),
		TEST(a_fault_heals_when_the_mirror_does),
		TEST(a_station_that_was_never_enrolled_says_so),
		TEST(two_updates_at_once_are_kept_apart),
		cmocka_unit_test(a_crash_after_any_file_heals_at_the_next_start),
		TEST(a_crash_between_set_and_switch_heals),
		TEST(damaged_cache_files_are_fetched_again),
		TEST(a_lost_cache_does_not_open_the_way_back),
		TEST(damaged_files_of_the_set_are_put_right),
		TEST(hidden_damage_of_the_image_is_found_when_asked_for),
		TEST(hidden_damage_of_the_image_is_found_within_a_day),
		TEST(a_daily_check_that_finds_nothing_wrong_is_remembered),
		TEST(a_lost_memory_only_costs_reading_the_image),
		TEST(a_link_that_leads_elsewhere_is_not_followed),
		TEST(new_keys_recover_from_a_fast_forward),
		TEST(enrolment_with_another_head_office_starts_anew),
		TEST(the_time_of_the_update_decides_about_expiry),
		TEST(two_clocks_may_differ_by_five_minutes_and_no_more),
		TEST(a_head_office_that_set_its_clock_right_is_followed),
		TEST(progress_ends_at_the_whole_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

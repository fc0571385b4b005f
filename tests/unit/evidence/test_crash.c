/* SPDX-License-Identifier: Apache-2.0
 *
 * test_crash.c - a power cut at any event of the disk, a full disk, a disk that fails, a setting that is weaker than asked.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/evidence/log_fixture.h"
#include "tests/unit/evidence/vfs_crash.h"

#include "store/base/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int setup(void **state)
{
	fixture *f;

	fixture_setup(state);
	vfs_crash_reset();
	f = *state;
	f->vfs = VFS_CRASH;
	return 0;
}

/* ---- power cuts ---- */

#define MAX_SIGNED 64

/* The second file at each time that it was written: it is replaced whole, before the events that follow. */
struct second_file {
	size_t events;
	char text[1024];
};

static struct second_file second[MAX_SIGNED];
static size_t seconds;

static void remember_second_file(tg_log *log)
{
	tg_buf note;

	assert_true(seconds < MAX_SIGNED);
	tg_buf_init(&note, TG_NOTE_SIZE_MAX);
	assert_int_equal(tg_log_last_checkpoint(log, &note, NULL, NULL), TG_OK);
	assert_true(note.len < sizeof(second[0].text));
	second[seconds].events = vfs_crash_events();
	memcpy(second[seconds].text, note.data, note.len + 1);
	seconds++;
	tg_buf_fini(&note);
}

/* What the station does before the cut. `last-signed` is as old as possible at every cut: written after its checkpoint's rows. */
static uint64_t work(fixture *f, uint64_t entries)
{
	tg_log *log = fixture_open(f);
	uint64_t n = 0;

	seconds = 0;
	remember_second_file(log);
	while (n < entries) {
		uint64_t batch = n % 7 + 1;

		assert_int_equal(fixture_append(log, n, batch, batch, NULL), TG_OK);
		n += batch;
		vfs_crash_mark(n);
		if (n % 5 == 0) {
			fixture_sign(log);
			remember_second_file(log);
		}
	}
	tg_log_close(log);
	return n;
}

static void place_second_file(fixture *f, size_t events)
{
	size_t i = seconds;

	while (i > 0 && second[i - 1].events > events)
		i--;
	if (i > 0)
		fixture_write(f, "last-signed", second[i - 1].text);
}

/* The invariant: the log opens by itself, in the same epoch, with every promised entry in its place, and verifies. */
static void expect_survival(fixture *f, size_t events, crash_kind kind, uint32_t seed)
{
	uint64_t promised = vfs_crash_acknowledged(events);
	tg_verify_result result;
	tg_log_head head;
	tg_error err = { 0 };
	tg_log *log;

	vfs_crash_rebuild(f->dir, events, kind, seed);
	place_second_file(f, events);
	f->vfs = NULL;
	if (fixture_try_open(&log, f, false, &err) != TG_OK)
		fail_msg("cut after %zu, kind %d, seed %u: %s", events, (int)kind, seed, err.msg);
	f->vfs = VFS_CRASH;
	tg_log_get_head(log, &head);
	result = fixture_verify(log);
	if (tg_log_renewal(log) != NULL || head.epoch != 1 || head.size < promised ||
		result.verdict != TG_VERIFY_GOOD)
		fail_msg("cut after %zu, kind %d, seed %u: epoch %u (%s), %" PRIu64 " of %" PRIu64
			 " entries, %s",
			events, (int)kind, seed, head.epoch, tg_log_renewal(log), head.size, promised,
			result.words);
	for (uint64_t seq = 0; seq < head.size; seq++) {
		char note[32];

		snprintf(note, sizeof(note), "note %" PRIu64, seq);
		fixture_expect(log, seq, note);
	}
	assert_int_equal(fixture_append(log, head.size, 1, 1, NULL), TG_OK);
	tg_log_close(log);
}

static void a_cut_anywhere_loses_no_acknowledged_entry(void **state)
{
	fixture *f = *state;
	size_t first;
	tg_log *log = fixture_open(f); /* what making the log does is the next test's matter */

	tg_log_close(log);
	first = vfs_crash_events();
	work(f, 30);
	assert_true(vfs_crash_events() > first + 30);
	for (size_t events = first; events <= vfs_crash_events(); events++) {
		expect_survival(f, events, CRASH_ALL, 0);
		expect_survival(f, events, CRASH_SYNCED, 0);
		expect_survival(f, events, CRASH_RANDOM, (uint32_t)events);
		expect_survival(f, events, CRASH_TORN, (uint32_t)events);
	}
}

/* Long enough for several checkpoints of the write-ahead log into the database; cuts sampled. */
static void a_cut_while_the_wal_is_carried_over_loses_nothing(void **state)
{
	fixture *f = *state;
	size_t first, all;
	tg_log *log = fixture_open(f);

	tg_log_close(log);
	first = vfs_crash_events();
	log = fixture_open(f);
	seconds = 0;
	remember_second_file(log);
	for (uint64_t n = 0; n < 3000; n += 2) {
		assert_int_equal(fixture_append(log, n, 2, 2, NULL), TG_OK);
		vfs_crash_mark(n + 2);
	}
	tg_log_close(log);
	all = vfs_crash_events();
	for (size_t events = first, round = 0; events <= all; events += (all - first) / 40 + 1, round++)
		expect_survival(f, events, round % 2 == 0 ? CRASH_RANDOM : CRASH_TORN, (uint32_t)round + 1);
}

/* A cut while the log is being made: whatever is left, the next start makes a log and goes on. */
static void a_cut_while_the_log_is_made_needs_no_hand(void **state)
{
	fixture *f = *state;
	tg_log *log = fixture_open(f);
	size_t all;

	tg_log_close(log);
	all = vfs_crash_events();
	fixture_save(f, "last-signed");
	for (size_t events = 0; events <= all; events++) {
		for (uint32_t seed = 0; seed < 4; seed++) {
			tg_error err = { 0 };

			vfs_crash_rebuild(f->dir, events, seed == 0 ? CRASH_ALL : CRASH_TORN, seed);
			if (seed % 2 == 0) /* the second file may be there or not yet */
				fixture_restore(f, "last-signed");
			else
				fixture_remove(f, "last-signed");
			f->vfs = NULL;
			if (fixture_try_open(&log, f, false, &err) != TG_OK)
				fail_msg("cut after %zu of %zu, seed %u: %s", events, all, seed, err.msg);
			f->vfs = VFS_CRASH;
			assert_int_equal(fixture_append(log, 0, 3, 3, NULL), TG_OK);
			tg_log_close(log);
		}
	}
}

/* The model itself must be able to lose something, or the tests above prove nothing. */
static void the_model_loses_what_was_not_synced(void **state)
{
	fixture *f = *state;
	tg_log *log = fixture_open(f);
	tg_log_head head;
	size_t before;

	assert_int_equal(fixture_append(log, 0, 3, 3, NULL), TG_OK);
	before = vfs_crash_events();
	assert_int_equal(fixture_append(log, 3, 1, 1, NULL), TG_OK);
	tg_log_close(log);
	while (!vfs_crash_is_sync(before))
		before++;
	vfs_crash_rebuild(f->dir, before, CRASH_SYNCED, 0);
	f->vfs = NULL;
	log = fixture_open(f);
	tg_log_get_head(log, &head);
	assert_int_equal(head.size, 3);
	tg_log_close(log);
	vfs_crash_rebuild(f->dir, before + 1, CRASH_SYNCED, 0);
	log = fixture_open(f);
	tg_log_get_head(log, &head);
	assert_int_equal(head.size, 4);
	tg_log_close(log);
}

/* ---- full and failing disks ---- */

static void a_full_disk_is_an_error_and_the_log_recovers(void **state)
{
	fixture *f = *state;
	tg_log *log = fixture_open(f);
	tg_log_head head;
	tg_error err = { 0 };
	uint64_t n = 0;

	vfs_crash_space(100000);
	for (; n < 1000; n++) {
		if (fixture_append(log, n, 1, 1, &err) != TG_OK)
			break;
	}
	assert_true(n > 0 && n < 1000);
	assert_int_equal(err.code, TG_EIO);
	assert_non_null(strstr(err.msg, "full"));
	for (int i = 0; i < 3; i++)
		assert_int_equal(fixture_append(log, 5000, 4, 4, &err), TG_EIO);
	tg_log_get_head(log, &head);
	assert_true(head.size == n);
	fixture_expect_good(log);
	vfs_crash_space(-1);
	assert_int_equal(fixture_append(log, n, 10, 5, &err), TG_OK);
	fixture_sign(log);
	fixture_expect_good(log);
	tg_log_close(log);
	f->vfs = NULL;
	log = fixture_open(f);
	assert_null(tg_log_renewal(log));
	tg_log_get_head(log, &head);
	assert_true(head.size == n + 10);
	for (uint64_t seq = 0; seq < head.size; seq++) {
		char note[32];

		snprintf(note, sizeof(note), "note %" PRIu64, seq);
		fixture_expect(log, seq, note);
	}
	tg_log_close(log);
}

static void a_failing_sync_acknowledges_nothing(void **state)
{
	fixture *f = *state;

	for (int after = 0; after < 3; after++) {
		tg_log *log = fixture_open(f);
		tg_log_head before, now;
		tg_error err = { 0 };

		tg_log_get_head(log, &before);
		vfs_crash_fail_sync(after);
		for (int i = 0; i <= after; i++) {
			if (fixture_append(log, before.size + (uint64_t)i, 1, 1, &err) != TG_OK)
				break;
		}
		assert_int_equal(err.code, TG_EIO);
		tg_log_get_head(log, &now);
		vfs_crash_fail_sync(-1);
		assert_int_equal(fixture_append(log, now.size, 2, 2, &err), TG_OK);
		fixture_sign(log);
		fixture_expect_good(log);
		tg_log_close(log);
	}
}

/* ---- settings ---- */

static void a_weaker_setting_refuses_to_open(void **state)
{
	static const char *const weaker[][2] = { { "locking_mode", "normal" }, { "journal_mode", "delete" },
		{ "synchronous", "1" }, { "trusted_schema", "1" }, { "cell_size_check", "0" },
		{ "foreign_keys", "0" }, { "mmap_size", "4096" }, { "temp_store", "1" },
		{ "wal_autocheckpoint", "0" } };
	fixture *f = *state;
	tg_log *log = fixture_open(f);

	tg_log_close(log);
	for (size_t i = 0; i < TG_COUNT(weaker); i++) {
		tg_error err = { 0 };

		vfs_crash_pragma(weaker[i][0], weaker[i][1]);
		assert_int_equal(fixture_try_open(&log, f, false, &err), TG_ESTATE);
		if (strstr(err.msg, weaker[i][0]) == NULL || strstr(err.msg, weaker[i][1]) == NULL)
			fail_msg("%s", err.msg);
	}
	vfs_crash_pragma(NULL, NULL);
	log = fixture_open(f);
	tg_log_close(log);
}

/* A file made in rollback mode by another program's defaults is brought to WAL, not used as it is. */
static void a_database_in_delete_mode_is_switched(void **state)
{
	fixture *f = *state;
	tg_log *log = fixture_open(f);
	char path[400];
	tg_buf header;

	tg_log_close(log);
	fixture_sql(f, "PRAGMA journal_mode=DELETE");
	log = fixture_open(f);
	assert_int_equal(fixture_append(log, 0, 1, 1, NULL), TG_OK);
	tg_log_close(log);
	tg_buf_init(&header, 1 << 20);
	snprintf(path, sizeof(path), "%s/evidence.sqlite", f->dir);
	assert_int_equal(tg_file_read(&header, path, 1 << 20, NULL), TG_OK);
	assert_int_equal(header.data[18], 2); /* the file format's write version: WAL */
	tg_buf_fini(&header);
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(a_cut_anywhere_loses_no_acknowledged_entry),
		IN_A_FOLDER(a_cut_while_the_wal_is_carried_over_loses_nothing),
		IN_A_FOLDER(a_cut_while_the_log_is_made_needs_no_hand),
		IN_A_FOLDER(the_model_loses_what_was_not_synced),
		IN_A_FOLDER(a_full_disk_is_an_error_and_the_log_recovers),
		IN_A_FOLDER(a_failing_sync_acknowledges_nothing),
		IN_A_FOLDER(a_weaker_setting_refuses_to_open),
		IN_A_FOLDER(a_database_in_delete_mode_is_switched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

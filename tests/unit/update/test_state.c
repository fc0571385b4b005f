/* SPDX-License-Identifier: Apache-2.0
 *
 * test_state.c - what sync remembers is read back, and nothing else is.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/tuf/repo.h"

#include "sync/state.h"

#include "store/base/utc.h"

#include <stdio.h>

static void what_is_written_is_read_back(void **state)
{
	tg_sync_state out = { .attempt_us = 3,
		.success_us = 2,
		.failures = 1,
		.next_us = 11,
		.code = "rollback",
		.words = "timestamp.json: version 4 after 5",
		.catalogue_version = 9,
		.image_inode = TG_JSON_MAX_INT,
		.image_size = 150000,
		.image_mtime_us = 7,
		.image_checked_us = 8,
		.image_sha256 = "abcd",
		.way = { .way = TG_WAY_PLAIN,
			.bytes = 4711,
			.failures = { { TG_WAY_PATCH, "wrong hash", "patch/ab.zst: wanted hash" }, { TG_WAY_COMPRESSED, "not found", "404" } },
			.failure_count = 2 },
		.way_us = 12 };
	tg_error err = { 0 };
	char dir[4096];
	tg_sync_state in;

	(void)state;
	temp_dir(dir);
	assert_int_equal(tg_sync_state_read(&in, dir, &err), TG_ENOTFOUND);
	assert_int_equal(tg_sync_state_write(dir, &out, &err), TG_OK);
	assert_int_equal(tg_sync_state_read(&in, dir, &err), TG_OK);
	assert_int_equal(in.attempt_us, 3);
	assert_int_equal(in.success_us, 2);
	assert_int_equal(in.failures, 1);
	assert_int_equal(in.next_us, 11);
	assert_int_equal(in.catalogue_version, 9);
	assert_int_equal(in.image_inode, TG_JSON_MAX_INT);
	assert_int_equal(in.image_size, 150000);
	assert_int_equal(in.image_mtime_us, 7);
	assert_int_equal(in.image_checked_us, 8);
	assert_string_equal(in.image_sha256, "abcd");
	assert_string_equal(in.code, "rollback");
	assert_string_equal(in.words, out.words);
	assert_int_equal(in.way.way, TG_WAY_PLAIN);
	assert_int_equal(in.way.bytes, 4711);
	assert_int_equal(in.way_us, 12);
	assert_int_equal(in.way.failure_count, 2);
	assert_int_equal(in.way.failures[0].way, TG_WAY_PATCH);
	assert_string_equal(in.way.failures[0].code, "wrong hash");
	assert_string_equal(in.way.failures[0].words, "patch/ab.zst: wanted hash");
	assert_int_equal(in.way.failures[1].way, TG_WAY_COMPRESSED);
	remove_tree(dir);
}

static void words_from_outside_become_harmless(void **state)
{
	tg_sync_state out = { .words = "caf\xc3\xa9 \x1b[31m \xff\n" }, in;
	tg_error err = { 0 };
	char dir[4096];

	(void)state;
	temp_dir(dir);
	assert_int_equal(tg_sync_state_write(dir, &out, &err), TG_OK);
	assert_int_equal(tg_sync_state_read(&in, dir, &err), TG_OK);
	assert_string_equal(in.words, "caf\xc3\xa9 ?[31m ??");
	remove_tree(dir);
}

static void an_attempt_is_noted_with_the_next_try(void **state)
{
	tg_sync_state sync = { .catalogue_version = 9, .image_inode = 4 };
	tg_error why = { .code = TG_ENETWORK, .msg = "no route" };
	tg_sync_attempt attempt = { .at_us = 1000, .rc = TG_ENETWORK, .why = &why, .retry_after_s = 60, .schedule.station = "T1" };

	(void)state;
	tg_sync_state_note(&sync, &attempt);
	tg_sync_state_note(&sync, &attempt);
	assert_int_equal(sync.failures, 2);
	assert_string_equal(sync.code, tg_strerror(TG_ENETWORK));
	assert_string_equal(sync.words, "no route");
	assert_int_equal(sync.success_us, 0);
	assert_true(sync.next_us >= 1000 + 90 * TG_US_PER_SECOND);
	attempt = (tg_sync_attempt){ .at_us = 2000, .rc = TG_OK, .retry_after_s = -1, .schedule.station = "T1" };
	tg_sync_state_note(&sync, &attempt);
	assert_int_equal(sync.failures, 0);
	assert_string_equal(sync.code, "");
	assert_string_equal(sync.words, "");
	assert_int_equal(sync.success_us, 2000);
	assert_true(sync.next_us > 2000);
	assert_int_equal(sync.catalogue_version, 9);
	assert_int_equal(sync.image_inode, 4);
	attempt.schedule.station = NULL;
	tg_sync_state_note(&sync, &attempt);
	assert_int_equal(sync.next_us, 0);
}

static void an_attempt_that_ended_early_is_recorded_too(void **state)
{
	tg_error why = { .code = TG_ESTATE, .msg = "credential: others can read it" };
	tg_sync_attempt attempt = { .at_us = 1000, .rc = TG_ESTATE, .why = &why, .retry_after_s = -1 };
	tg_error err = { 0 };
	char dir[4096];
	tg_sync_state in;

	(void)state;
	temp_dir(dir);
	assert_int_equal(tg_sync_state_record(dir, &attempt, &err), TG_OK);
	assert_int_equal(tg_sync_state_record(dir, &attempt, &err), TG_OK);
	assert_int_equal(tg_sync_state_read(&in, dir, &err), TG_OK);
	assert_int_equal(in.failures, 2);
	assert_string_equal(in.words, why.msg);
	assert_int_equal(tg_sync_state_plan(dir, 77, &err), TG_OK);
	assert_int_equal(tg_sync_state_read(&in, dir, &err), TG_OK);
	assert_int_equal(in.next_us, 77);
	assert_int_equal(in.failures, 2);
	remove_tree(dir);
}

static void anything_else_is_refused(void **state)
{
	static const char *const texts[] = { "", "{}", "[]", "{\"v\":2}", "{\"v\":1,\"attempt_us\":-1}",
		"{\"v\":1,\"attempt_us\":1,\"success_us\":1,\"failures\":0,\"catalogue_version\":\"\"}",
		"{\"v\":1,\"attempt_us\":1,\"success_us\":1,\"failures\":0,\"catalogue_version\":0,\"code\":1}",
#define GOOD "{\"v\":1,\"attempt_us\":1,\"success_us\":1,\"failures\":0,\"catalogue_version\":0,"
		GOOD "\"way\":{\"taken\":\"by air\",\"at_us\":1,\"bytes_fetched\":1,\"failed\":[]}}",
		GOOD "\"way\":{\"taken\":\"plain\",\"at_us\":1,\"bytes_fetched\":-1,\"failed\":[]}}",
		GOOD "\"way\":{\"taken\":\"plain\",\"at_us\":1,\"bytes_fetched\":1,\"failed\":[1]}}",
		GOOD "\"way\":{\"taken\":\"plain\",\"at_us\":1,\"bytes_fetched\":1,\"failed\":[{\"way\":\"plain\"},{\"way\":\"plain\"},"
		     "{\"way\":\"plain\"},{\"way\":\"plain\"}]}}" };
	char dir[4096];

	(void)state;
	temp_dir(dir);
	for (size_t i = 0; i < TG_COUNT(texts); i++) {
		tg_error err = { 0 };
		tg_sync_state in;

		write_file(dir, "state.json", tg_view_str(texts[i]));
		if (tg_sync_state_read(&in, dir, &err) != TG_EFORMAT)
			fail_msg("%s: %s", texts[i], err.msg);
		assert_int_equal(in.failures, 0);
	}
	remove_tree(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(words_from_outside_become_harmless),
		cmocka_unit_test(an_attempt_is_noted_with_the_next_try),
		cmocka_unit_test(an_attempt_that_ended_early_is_recorded_too),
		cmocka_unit_test(anything_else_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

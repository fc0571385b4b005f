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

#include <stdio.h>

static void what_is_written_is_read_back(void **state)
{
	tg_sync_state out = { .attempt_us = 3,
		.success_us = 2,
		.failures = 1,
		.code = "rollback",
		.words = "timestamp.json: version 4 after 5",
		.catalogue_version = 9,
		.image_inode = TG_JSON_MAX_INT,
		.image_size = 150000,
		.image_mtime_us = 7,
		.image_checked_us = 8,
		.image_sha256 = "abcd" };
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
	assert_int_equal(in.catalogue_version, 9);
	assert_int_equal(in.image_inode, TG_JSON_MAX_INT);
	assert_int_equal(in.image_size, 150000);
	assert_int_equal(in.image_mtime_us, 7);
	assert_int_equal(in.image_checked_us, 8);
	assert_string_equal(in.image_sha256, "abcd");
	assert_string_equal(in.code, "rollback");
	assert_string_equal(in.words, out.words);
	remove_tree(dir);
}

static void words_from_outside_become_plain(void **state)
{
	tg_sync_state out = { .words = "caf\xc3\xa9 \x1b[31m \xff\n" }, in;
	tg_error err = { 0 };
	char dir[4096];

	(void)state;
	temp_dir(dir);
	assert_int_equal(tg_sync_state_write(dir, &out, &err), TG_OK);
	assert_int_equal(tg_sync_state_read(&in, dir, &err), TG_OK);
	assert_string_equal(in.words, "caf?? ?[31m ??");
	remove_tree(dir);
}

static void anything_else_is_refused(void **state)
{
	static const char *const texts[] = { "", "{}", "[]", "{\"v\":2}", "{\"v\":1,\"attempt_us\":-1}",
		"{\"v\":1,\"attempt_us\":1,\"success_us\":1,\"failures\":0,\"catalogue_version\":\"\"}",
		"{\"v\":1,\"attempt_us\":1,\"success_us\":1,\"failures\":0,\"catalogue_version\":0,\"code\":1}" };
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
		cmocka_unit_test(words_from_outside_become_plain),
		cmocka_unit_test(anything_else_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

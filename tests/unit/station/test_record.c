/* SPDX-License-Identifier: Apache-2.0
 *
 * test_record.c - what the log says was in force, read back at start.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/station/record.h"
#include "store/base/file.h"
#include "tests/unit/tuf/repo.h"

#include <stdlib.h>
#include <unistd.h>

static tg_log *open_log(const char *dir)
{
	tg_error err = { 0 };
	tg_log *log = NULL;

	if (tg_log_open(&log, dir,
		    &(tg_log_options){ .origin = "trader.example/9524000000002/t1", .create = true },
		    &err) != TG_OK)
		fail_msg("%s", err.msg);
	return log;
}

/* `count` entries; versions 0 are written as a station without catalogue writes them, -1 not at all. */
static void append(tg_log *log, size_t count, int64_t catalogue, int64_t policy)
{
	uint64_t seq;

	for (size_t i = 0; i < count; i++) {
		tg_json *entry = tg_json_new_object();

		tg_json_set_str(entry, "kind", "check");
		if (catalogue >= 0)
			tg_json_set_int(entry, "catalogue_version", catalogue);
		if (policy >= 0)
			tg_json_set_int(entry, "policy_version", policy);
		assert_int_equal(tg_log_append(log, &entry, 1, &seq, NULL), TG_OK);
		tg_json_free(entry);
	}
}

static void expect(tg_log *log, uint64_t catalogue, uint64_t policy)
{
	tg_inforce_floor floor;

	assert_int_equal(tg_record_floor(&floor, log, NULL), TG_OK);
	assert_int_equal(floor.catalogue_version, catalogue);
	assert_int_equal(floor.policy_version, policy);
}

static void the_newest_entry_that_names_a_version_is_the_floor(void **state)
{
	tg_log *log = open_log(*state);

	expect(log, 0, 0);
	append(log, 3, -1, -1);
	append(log, 2, 0, 0);
	expect(log, 0, 0);
	append(log, 1, 4, 1);
	append(log, 1, 7, 2);
	append(log, 2, -1, -1);
	append(log, 2, 0, 0); /* checks that found nothing in force do not lower it */
	expect(log, 7, 2);
	append(log, 700, -1, -1); /* over a page and more of entries that name none */
	expect(log, 7, 2);
	append(log, 1, 8, -1);
	append(log, 300, -1, -1);
	expect(log, 8, 2);
	tg_log_close(log);
}

static void a_new_epoch_does_not_forget_what_was_in_force(void **state)
{
	tg_log *log = open_log(*state);
	char path[4096];
	tg_buf note;

	append(log, 2, 9, 3);
	tg_buf_init(&note, 1 << 16);
	assert_int_equal(tg_log_checkpoint(log, &note, NULL), TG_OK);
	tg_buf_fini(&note);
	tg_log_close(log);
	assert_int_equal(tg_path(path, NULL, "%s/last-signed", (const char *)*state), TG_OK);
	assert_int_equal(unlink(path), 0);
	log = open_log(*state);
	assert_non_null(tg_log_renewal(log));
	expect(log, 9, 3);
	append(log, 1, 10, -1);
	expect(log, 10, 3);
	tg_log_close(log);
}

static int set_up(void **state)
{
	*state = malloc(4096);
	assert_non_null(*state);
	temp_dir(*state);
	return tg_crypto_init(NULL);
}

static int tear_down(void **state)
{
	remove_tree(*state);
	free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			the_newest_entry_that_names_a_version_is_the_floor, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_new_epoch_does_not_forget_what_was_in_force, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * test_numbers.c - the high-water mark is read strictly and only ever rises.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "sync/hq/numbers.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define VERSIONS "\"versions\": {\"root\": 2, \"timestamp\": 30, \"snapshot\": 20, \"targets\": 10}"
#define REST "\"bins\": 16, " REST_BUT_BINS
#define REST_BUT_BINS                                                                                        \
	"\"delegated\": 4, \"catalogue_version\": 9, \"policy_version\": 3, "                  \
	"\"policy_sha256\": \"" HASH "\", \"timestamp_sha256\": \"" HASH                                     \
	"\", \"issued\": \"2026-11-23T06:00:00Z\"}"

static const struct {
	const char *what, *text;
	int rc;
} files[] = {
	{ "all that belongs there", "{\"v\": 1, " VERSIONS ", " REST, TG_OK },
	{ "nothing", "", TG_EFORMAT },
	{ "another form", "{\"v\": 2, " VERSIONS ", " REST, TG_EFORMAT },
	{ "no versions", "{\"v\": 1, " REST, TG_EFORMAT },
	{ "a role too many",
		"{\"v\": 1, \"versions\": {\"root\": 2, \"timestamp\": 30, \"snapshot\": 20, \"targets\": "
		"10, \"mirror\": 1}, " REST,
		TG_EFORMAT },
	{ "a negative version",
		"{\"v\": 1, \"versions\": {\"root\": 2, \"timestamp\": -1, \"snapshot\": 20, \"targets\": "
		"10}, " REST,
		TG_EFORMAT },
	{ "more bins than there can be", "{\"v\": 1, \"bins\": 65536, " VERSIONS ", " REST_BUT_BINS, TG_EFORMAT },
	{ "a member too many", "{\"v\": 1, \"more\": 1, " VERSIONS ", " REST, TG_EFORMAT },
	{ "a name twice", "{\"v\": 1, \"v\": 1, " VERSIONS ", " REST, TG_EFORMAT },
};

static void the_mark_is_read_strictly(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(files); i++) {
		tg_numbers numbers;
		int rc = tg_numbers_parse(&numbers, tg_view_str(files[i].text), NULL);

		if (rc != files[i].rc)
			fail_msg("%s: %s", files[i].what, tg_strerror(rc));
	}
}

static void what_is_written_is_read_again(void **state)
{
	tg_numbers before, after;
	tg_json *json;
	tg_buf text;

	(void)state;
	assert_int_equal(tg_numbers_parse(&before, tg_view_str(files[0].text), NULL), TG_OK);
	json = tg_numbers_json(&before);
	tg_buf_init(&text, TG_NUMBERS_FILE_MAX);
	assert_int_equal(tg_json_write_pretty(&text, json, NULL), TG_OK);
	assert_int_equal(tg_numbers_parse(&after, tg_buf_view(&text), NULL), TG_OK);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(after.version[TG_TUF_TIMESTAMP], 30);
	assert_int_equal(after.catalogue_version, 9);
	assert_int_equal(after.bins, 16);
	tg_json_free(json);
	tg_buf_fini(&text);
}

static void raising_takes_the_higher_of_each(void **state)
{
	tg_numbers to = {
		.version = { 1, 50, 5, 10 }, .policy_version = 7, .catalogue_version = 2, .issued_us = 5
	};
	tg_numbers from = {
		.version = { 2, 40, 6, 10 }, .policy_version = 8, .catalogue_version = 1, .issued_us = 9
	};

	(void)state;
	from.policy_sha256[0] = 1;
	tg_numbers_raise(&to, &from);
	assert_int_equal(to.version[TG_TUF_ROOT], 2);
	assert_int_equal(to.version[TG_TUF_TIMESTAMP], 50);
	assert_int_equal(to.version[TG_TUF_SNAPSHOT], 6);
	assert_int_equal(to.policy_version, 8);
	assert_int_equal(to.policy_sha256[0], 1); /* the hash goes with the version */
	assert_int_equal(to.catalogue_version, 2);
	assert_int_equal(to.issued_us, 9);
}

static void a_snapshot_tells_how_many_bins_and_how_high(void **state)
{
	static const char snapshot[] =
		"{\"signed\": {\"meta\": {\"documents.json\": {\"version\": 3}, \"documents-0.json\": "
		"{\"version\": 7}, "
		"\"documents-f.json\": {\"version\": 1}, \"targets.json\": {\"version\": 99}}}}";
	tg_numbers numbers = { 0 };

	(void)state;
	assert_int_equal(tg_numbers_of_snapshot(&numbers, tg_view_str(snapshot), NULL), TG_OK);
	assert_int_equal(numbers.delegated, 7);
	assert_int_equal(numbers.bins, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mark_is_read_strictly),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(raising_takes_the_higher_of_each),
		cmocka_unit_test(a_snapshot_tells_how_many_bins_and_how_high),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

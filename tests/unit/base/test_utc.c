/* SPDX-License-Identifier: Apache-2.0
 *
 * test_utc.c - the calendar, the strict readers, and the British day.
 */
#include "store/base/utc.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static int32_t day(const char *text)
{
	int32_t number = 0;
	tg_error err = { 0 };

	if (tg_day_parse(&number, text, &err) != TG_OK)
		fail_msg("%s", err.msg);
	return number;
}

static int64_t instant(const char *text)
{
	int64_t at = -1;
	tg_error err = { 0 };

	if (tg_utc_parse(&at, text, &err) != TG_OK)
		fail_msg("%s", err.msg);
	return at;
}

static void known_days_have_known_numbers(void **state)
{
	static const struct {
		const char *text;
		int32_t number;
	} facts[] = { { "1970-01-01", 0 }, { "1970-01-02", 1 }, { "1999-12-31", 10956 },
		{ "2000-02-29", 11016 }, { "2000-03-01", 11017 }, { "2026-11-23", 20780 },
		{ "2100-03-01", 47541 }, { "9999-12-31", 2932896 } };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(facts); i++) {
		char text[TG_DAY_TEXT_SIZE];

		assert_int_equal(day(facts[i].text), facts[i].number);
		assert_string_equal(tg_day_format(text, facts[i].number), facts[i].text);
	}
}

static void every_day_to_2500_survives_a_round_trip(void **state)
{
	int32_t last = day("2500-12-31");

	(void)state;
	for (int32_t n = 0; n <= last; n++) {
		char text[TG_DAY_TEXT_SIZE];

		assert_int_equal(day(tg_day_format(text, n)), n);
		assert_int_equal(tg_day_year(n), atoi(text));
	}
}

static void malformed_dates_are_refused(void **state)
{
	static const char *const bad[] = { "", "2026", "2026-11", "2026-11-2", "2026-1-23", "2026-11-23 ",
		" 2026-11-23", "2026-11-31", "2026-02-29", "2100-02-29", "1900-01-01", "1969-12-31",
		"10000-01-01", "2026-00-10", "2026-13-01", "2026-01-00", "2026/11/23", "2026-11-23T",
		"+026-11-23", "20a6-11-23", "-2026-11-23" };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(bad); i++) {
		int32_t number = 77;
		tg_error err = { 0 };

		if (tg_day_parse(&number, bad[i], &err) != TG_EFORMAT)
			fail_msg("\"%s\" was read as a date", bad[i]);
		assert_int_equal(number, 77);
		assert_non_null(strstr(err.msg, "YYYY-MM-DD"));
	}
}

static void known_instants_are_read_and_written(void **state)
{
	static const struct {
		const char *text;
		int64_t us;
		const char *again;
	} facts[] = {
		{ "1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z" },
		{ "2026-11-23T02:11:52Z", INT64_C(1795399912000000), "2026-11-23T02:11:52Z" },
		{ "2026-11-23T02:11:52.123456Z", INT64_C(1795399912123456), "2026-11-23T02:11:52.123456Z" },
		{ "2026-11-23T02:11:52.5Z", INT64_C(1795399912500000), "2026-11-23T02:11:52.500000Z" },
		{ "2026-11-23T02:11:52.000Z", INT64_C(1795399912000000), "2026-11-23T02:11:52Z" },
		{ "9999-12-31T23:59:59.999999Z", INT64_C(253402300799999999), "9999-12-31T23:59:59.999999Z" },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(facts); i++) {
		char text[TG_UTC_TEXT_SIZE];

		assert_true(instant(facts[i].text) == facts[i].us);
		assert_string_equal(tg_utc_format(text, facts[i].us), facts[i].again);
	}
}

static void instants_before_1970_and_far_away_are_still_written_within_the_room(void **state)
{
	char text[TG_UTC_TEXT_SIZE], date[TG_DAY_TEXT_SIZE];

	(void)state;
	assert_string_equal(tg_utc_format(text, -1), "1969-12-31T23:59:59.999999Z");
	assert_string_equal(tg_utc_format(text, INT64_MAX), "294247-01-10T04:00:54.775807Z");
	assert_string_equal(tg_utc_format(text, INT64_MIN), "-290308-12-21T19:59:05.224192Z");
	assert_string_equal(tg_day_format(date, INT32_MAX), "5881580-07-11");
	assert_string_equal(tg_day_format(date, TG_DAY_NONE), "");
	assert_int_equal(tg_day_year(TG_DAY_NONE), 0);
}

static void malformed_instants_are_refused(void **state)
{
	static const char *const bad[] = { "", "2026-11-23", "2026-11-23T02:11:52", "2026-11-23T02:11:52z",
		"2026-11-23 02:11:52Z", "2026-11-23t02:11:52Z", "2026-11-23T02:11:52+00:00",
		"2026-11-23T24:00:00Z", "2026-11-23T02:60:00Z", "2026-11-23T02:11:60Z",
		"2026-11-23T02:11:52.Z", "2026-11-23T02:11:52.1234567Z", "2026-11-23T02:11Z",
		"2026-11-23T02:11:52Z ", "2026-02-29T00:00:00Z", "1969-12-31T23:59:59Z",
		"2026-11-23T2:11:52Z", "2026-11-23T02:11:5Z", "2026-11-23T02:11:52,5Z",
		"2026-11-23T-2:11:52Z" };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(bad); i++) {
		int64_t at = 77;

		if (tg_utc_parse(&at, bad[i], NULL) != TG_EFORMAT)
			fail_msg("\"%s\" was read as an instant", bad[i]);
		assert_true(at == 77);
	}
}

static void the_british_day_follows_summer_time(void **state)
{
	static const struct {
		const char *at, *day;
	} facts[] = {
		{ "2026-01-15T23:59:59.999999Z", "2026-01-15" },
		{ "2026-03-28T23:59:59Z", "2026-03-28" }, /* the night before the switch: still GMT */
		{ "2026-03-29T00:59:59Z", "2026-03-29" },
		{ "2026-03-29T22:59:59.999999Z", "2026-03-29" }, /* the first evening of summer time */
		{ "2026-03-29T23:00:00Z", "2026-03-30" },
		{ "2026-07-01T22:59:59Z", "2026-07-01" },
		{ "2026-07-01T23:00:00Z", "2026-07-02" },
		{ "2026-10-24T23:00:00Z", "2026-10-25" }, /* the last summer night */
		{ "2026-10-25T22:59:59Z", "2026-10-25" },
		{ "2026-10-25T23:00:00Z", "2026-10-25" }, /* GMT again */
		{ "2026-10-25T23:59:59.999999Z", "2026-10-25" },
		{ "2026-10-26T00:00:00Z", "2026-10-26" },
		{ "2024-03-30T23:30:00Z", "2024-03-30" }, /* 31 March is itself the Sunday */
		{ "2024-03-31T23:30:00Z", "2024-04-01" },
		{ "2027-10-30T23:30:00Z", "2027-10-31" }, /* 31 October is itself the Sunday */
		{ "2027-10-31T23:30:00Z", "2027-10-31" },
		{ "2026-12-31T23:59:59Z", "2026-12-31" },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(facts); i++) {
		char text[TG_DAY_TEXT_SIZE];

		tg_day_format(text, tg_day_in_uk(instant(facts[i].at)));
		if (strcmp(text, facts[i].day) != 0)
			fail_msg("%s: %s, not %s", facts[i].at, text, facts[i].day);
	}
	assert_int_equal(tg_day_in_uk(-1), -1);
}

static void a_period_of_years_ends_the_day_before_its_anniversary(void **state)
{
	static const struct {
		const char *first;
		int years;
		const char *last;
	} facts[] = {
		{ "2024-02-29", 10, "2034-02-28" },
		{ "2024-05-01", 10, "2034-04-30" },
		{ "2024-02-29", 4, "2028-02-28" },
		{ "2024-03-01", 1, "2025-02-28" },
		{ "2023-03-01", 1, "2024-02-29" },
		{ "2024-01-01", 5, "2028-12-31" },
		{ "2023-02-28", 1, "2024-02-27" },
		{ "9999-06-01", 1, "9999-12-31" },
		{ "9990-06-01", 9, "9999-05-31" },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(facts); i++)
		assert_int_equal(
			tg_day_last_of_years(day(facts[i].first), facts[i].years), day(facts[i].last));
	assert_int_equal(tg_day_last_of_years(TG_DAY_NONE, 10), TG_DAY_NONE);
	assert_int_equal(tg_day_last_of_years(day("2024-01-01"), 0), TG_DAY_NONE);
	assert_int_equal(tg_day_last_of_years(day("2024-01-01"), INT32_MAX), day("9999-12-31"));
}

static void the_machines_time_zone_changes_nothing(void **state)
{
	int64_t at = instant("2026-07-01T23:30:00Z");

	(void)state;
	assert_int_equal(setenv("TZ", "America/Los_Angeles", 1), 0);
	assert_int_equal(tg_day_in_uk(at), day("2026-07-02"));
	assert_int_equal(instant("2026-07-01T23:30:00Z") == at, 1);
	assert_int_equal(unsetenv("TZ"), 0);
}

static void the_clocks_go_forward(void **state)
{
	int64_t first = tg_mono_now_us();

	(void)state;
	assert_true(tg_mono_now_us() >= first);
	assert_true(tg_utc_now_us() > instant("2020-01-01T00:00:00Z"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_days_have_known_numbers),
		cmocka_unit_test(every_day_to_2500_survives_a_round_trip),
		cmocka_unit_test(malformed_dates_are_refused),
		cmocka_unit_test(known_instants_are_read_and_written),
		cmocka_unit_test(instants_before_1970_and_far_away_are_still_written_within_the_room),
		cmocka_unit_test(malformed_instants_are_refused),
		cmocka_unit_test(the_british_day_follows_summer_time),
		cmocka_unit_test(a_period_of_years_ends_the_day_before_its_anniversary),
		cmocka_unit_test(the_machines_time_zone_changes_nothing),
		cmocka_unit_test(the_clocks_go_forward),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * test_deadlines.c - last days and first days at their edges: month's and year's end, 29 February, weekends.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "sync/hq/deadlines.h"

#include <string.h>

static int32_t day(const char *text)
{
	int32_t out = TG_DAY_NONE;

	if (text[0] != '\0' && tg_day_parse(&out, text, NULL) != TG_OK)
		fail_msg("%s is no day", text);
	return out;
}

static int32_t appeal(int32_t from)
{
	return tg_appeal_last_day(from);
}
static int32_t deemed(int32_t from)
{
	return tg_deemed_given(from);
}
static int32_t one_working_day(int32_t from)
{
	return tg_working_day_after(from, 1);
}
static int32_t same_working_day(int32_t from)
{
	return tg_working_day_after(from, 0);
}
static int32_t five_working_days(int32_t from)
{
	return tg_working_day_after(from, 5);
}
static int32_t intent_earliest(int32_t from)
{
	return tg_intent_earliest(from, TG_INTENT_DAYS);
}
static int32_t penalty_last(int32_t from)
{
	return tg_intent_last_day(from, TG_INTENT_PENALTY_DAYS);
}

/* clang-format off */
static const struct {
	const char *what;
	int32_t (*of)(int32_t);
	const char *from, *then;
} facts[] = {
	{ "an appeal's 28 days begin with the day given", appeal, "2026-06-01", "2026-06-28" },
	{ "an appeal over the end of a year", appeal, "2026-12-20", "2027-01-16" },
	{ "an appeal that ends on 29 February", appeal, "2028-02-02", "2028-02-29" },
	{ "the same in a year without one", appeal, "2027-02-02", "2027-03-01" },
	{ "an appeal that begins on 29 February", appeal, "2028-02-29", "2028-03-27" },
	{ "a last day on a Sunday stays one: nothing is counted on that the law does not say", appeal, "2026-06-01", "2026-06-28" },
	{ "an appeal of nothing given", appeal, "", "" },
	{ "days end with the calendar", appeal, "9999-12-30", "9999-12-31" },

	{ "sent on a Monday", deemed, "2026-06-01", "2026-06-02" },
	{ "sent on a Thursday", deemed, "2026-06-04", "2026-06-05" },
	{ "sent on a Friday", deemed, "2026-06-05", "2026-06-08" },
	{ "sent on a Saturday", deemed, "2026-06-06", "2026-06-08" },
	{ "sent on a Sunday", deemed, "2026-06-07", "2026-06-08" },
	{ "sent on 28 February before a leap day", deemed, "2028-02-28", "2028-02-29" },
	{ "sent before Christmas Day: no bank holiday is known, the day comes out early", deemed, "2026-12-24", "2026-12-25" },
	{ "sent before the spring bank holiday: the same", deemed, "2026-05-22", "2026-05-25" },
	{ "sent on no day", deemed, "", "" },

	{ "the same working day, on one", same_working_day, "2026-06-05", "2026-06-05" },
	{ "the same working day, on a Saturday", same_working_day, "2026-06-06", "2026-06-08" },
	{ "one working day, from a Friday", one_working_day, "2026-06-05", "2026-06-08" },
	{ "one working day, from a Sunday", one_working_day, "2026-06-07", "2026-06-08" },
	{ "five working days, from a Saturday", five_working_days, "2026-06-06", "2026-06-12" },
	{ "day 0 of the calendar was a Thursday", one_working_day, "1970-01-01", "1970-01-02" },
	{ "and its first Saturday none for work", one_working_day, "1970-01-02", "1970-01-05" },

	{ "not before the end of ten days beginning with the day of the notice of intent", intent_earliest, "2026-06-01", "2026-06-11" },
	{ "representations against a penalty, until the 28th day", penalty_last, "2026-06-01", "2026-06-28" },
};
/* clang-format on */

static void every_day_is_the_one_that_the_words_give(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(facts); i++) {
		char got[TG_DAY_TEXT_SIZE];

		(void)tg_day_format(got, facts[i].of(day(facts[i].from)));
		if (strcmp(got, facts[i].then) != 0)
			fail_msg("%s: %s gives %s, wanted %s", facts[i].what, facts[i].from, got, facts[i].then);
	}
}

/* Over some years: each Monday to Friday and no other; what is deemed given is later than sent, on a working day, at most three days on. */
static void weeks_have_five_working_days(void **state)
{
	int32_t monday = day("2026-06-01");

	(void)state;
	for (int32_t d = monday; d < monday + 7 * 300; d++) {
		assert_int_equal(tg_is_working_day(d), (d - monday) % 7 < 5);
		assert_true(tg_is_working_day(tg_deemed_given(d)));
		assert_true(tg_deemed_given(d) > d && tg_deemed_given(d) <= d + 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_day_is_the_one_that_the_words_give),
		cmocka_unit_test(weeks_have_five_working_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

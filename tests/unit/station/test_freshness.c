/* SPDX-License-Identifier: Apache-2.0
 *
 * test_freshness.c - where each stage begins, and when a clock is not believed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/station/freshness.h"

#define ISSUED INT64_C(1795392000000000)
#define S TG_US_PER_SECOND

static const tg_stage_limits limits = { .ageing_s = 100, .stale_s = 200, .dead_s = 300 };

static const struct {
	const char *what;
	int64_t now_us, floor_us;
	tg_stage stage;
	int64_t age_s, next_s;
} cases[] = {
	{ "the moment of issue", ISSUED, ISSUED, TG_FRESH, 0, 101 },
	{ "at the limit, still fresh", ISSUED + 100 * S, ISSUED, TG_FRESH, 100, 1 },
	{ "a fraction past the limit is not a second past it", ISSUED + 101 * S - 1, ISSUED, TG_FRESH, 100,
		1 },
	{ "a second past it", ISSUED + 101 * S, ISSUED, TG_AGEING, 101, 100 },
	{ "at the soft limit", ISSUED + 200 * S, ISSUED, TG_AGEING, 200, 1 },
	{ "past the soft limit", ISSUED + 201 * S, ISSUED, TG_STALE, 201, 100 },
	{ "at the hard limit", ISSUED + 300 * S, ISSUED, TG_STALE, 300, 1 },
	{ "past the hard limit", ISSUED + 301 * S, ISSUED, TG_DEAD, 301, -1 },
	{ "a clock slightly behind is drift", ISSUED - 300 * S, ISSUED, TG_FRESH, 0, 101 },
	{ "a clock further behind is a fault", ISSUED - 301 * S, ISSUED, TG_CLOCK_FAULT, 0, -1 },
	{ "a clock behind newer signed time, though after the issue", ISSUED + 10 * S, ISSUED + 311 * S,
		TG_CLOCK_FAULT, 10, -1 },
	{ "as far ahead as the policy bears", ISSUED + 1000 * S, ISSUED, TG_DEAD, 1000, -1 },
	{ "further ahead is a fault", ISSUED + 1001 * S, ISSUED, TG_CLOCK_FAULT, 1001, -1 },
	{ "newer signed time makes the same clock right again", ISSUED + 1001 * S, ISSUED + 2 * S, TG_DEAD,
		1001, -1 },
};

static void a_stage_begins_past_its_limit_and_a_clock_is_bounded_by_signed_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		tg_freshness f = { 0 };

		tg_freshness_judge(&f, cases[i].now_us, ISSUED, cases[i].floor_us, &limits, 1000);
		if (f.stage != cases[i].stage || f.age_s != cases[i].age_s ||
			f.next_stage_s != cases[i].next_s)
			fail_msg("%s: %s, age %lld, next %lld", cases[i].what, tg_stage_words[f.stage],
				(long long)f.age_s, (long long)f.next_stage_s);
	}
}

static void what_is_said_of_the_next_stage_comes_true(void **state)
{
	(void)state;
	for (int64_t age = 0; age <= 300; age++) {
		tg_freshness f = { 0 }, before = { 0 }, after = { 0 };

		tg_freshness_judge(&f, ISSUED + age * S, ISSUED, ISSUED, &limits, 1000);
		tg_freshness_judge(
			&before, ISSUED + (age + f.next_stage_s - 1) * S, ISSUED, ISSUED, &limits, 1000);
		tg_freshness_judge(
			&after, ISSUED + (age + f.next_stage_s) * S, ISSUED, ISSUED, &limits, 1000);
		assert_int_equal(before.stage, f.stage);
		assert_int_equal(after.stage, f.stage + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stage_begins_past_its_limit_and_a_clock_is_bounded_by_signed_time),
		cmocka_unit_test(what_is_said_of_the_next_stage_comes_true),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

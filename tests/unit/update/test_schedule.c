/* SPDX-License-Identifier: Apache-2.0
 *
 * test_schedule.c - stations ask in turn, give a broken head office room, and come back without a stampede.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "sync/schedule.h"

#include "store/base/utc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOON INT64_C(1795000000000000)
#define S TG_US_PER_SECOND

static const uint64_t randoms[] = { 0, 1, UINT64_C(0x8000000000000000), UINT64_MAX };

static void the_next_try_is_the_stations_own_place_in_the_interval(void **state)
{
	static const int64_t intervals[] = { 0, 60, 300, 3600, 86400 };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(intervals); i++) {
		tg_schedule schedule = { .station = "T1", .interval_s = intervals[i] };
		int64_t interval = (intervals[i] != 0 ? intervals[i] : TG_SCHEDULE_INTERVAL_S) * S;
		int64_t place = tg_schedule_after_success(&schedule, NOON, 0) % interval;

		for (size_t r = 0; r < TG_COUNT(randoms); r++) {
			for (int64_t k = 0; k < 7; k++) {
				int64_t now = NOON + k * interval / 3;
				int64_t next = tg_schedule_after_success(&schedule, now, randoms[r]);
				int64_t late = ((next - place) % interval + interval) % interval;

				assert_true(next - now >= interval / 2);
				assert_true(next - now <= interval * 16 / 10);
				assert_true(late <= interval / 10);
				assert_false(tg_schedule_is_due(&schedule, now, next));
				assert_true(tg_schedule_is_due(&schedule, next, next));
			}
		}
	}
}

static const struct {
	int64_t interval_s, failures, retry_after_s;
	int64_t least_s, most_s; /* from now */
} waits[] = {
	{ 0, 1, -1, 30, 300 },
	{ 0, 2, -1, 30, 600 },
	{ 0, 3, -1, 30, 1200 },
	{ 0, 4, -1, 30, 1800 },
	{ 0, 5, -1, 30, 1800 },
	{ 0, INT64_MAX, -1, 30, 1800 },
	{ 60, 1, -1, 30, 60 },
	{ 1, 1, -1, 30, 60 },
	{ 3600, 1, -1, 30, 3600 },
	{ 3600, 9, -1, 30, 3600 },
	{ INT64_MAX, 9, -1, 30, 86400 },
	{ 0, 1, 0, 30, 300 },
	{ 0, 1, 120, 150, 420 },
	{ 0, 9, 120, 150, 1920 },
	{ 0, 1, 3600, 3630, 3900 },
	{ 0, 1, 2592000, 3630, 3900 },
};

static void a_failed_try_is_repeated_out_of_a_growing_span_with_a_ceiling(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(waits); i++) {
		tg_schedule schedule = { .station = "T1", .interval_s = waits[i].interval_s };
		int64_t least = INT64_MAX, most = 0;

		for (uint64_t r = 0; r < 4000;
			r++) { /* stands for all random numbers: every 0.6 s of the longest span */
			int64_t wait = tg_schedule_after_failure(&schedule, NOON, waits[i].failures,
					       waits[i].retry_after_s, r * UINT64_C(21613703)) -
				       NOON;

			least = wait < least ? wait : least;
			most = wait > most ? wait : most;
			assert_false(tg_schedule_is_due(&schedule, NOON, NOON + wait));
		}
		if (least < waits[i].least_s * S || most > waits[i].most_s * S)
			fail_msg("row %zu: %lld to %lld s", i, (long long)(least / S), (long long)(most / S));
		/* The whole span is used, or it would be no jitter. */
		assert_true(least < (waits[i].least_s + (waits[i].most_s - waits[i].least_s) / 50 + 2) * S);
		assert_true(most > (waits[i].most_s - (waits[i].most_s - waits[i].least_s) / 50 - 2) * S);
	}
}

static void a_clock_set_back_does_not_silence_a_station(void **state)
{
	tg_schedule schedule = { .station = "T1" };

	(void)state;
	assert_true(tg_schedule_is_due(&schedule, NOON, 0));
	assert_true(tg_schedule_is_due(&schedule, NOON, NOON));
	assert_true(tg_schedule_is_due(&schedule, NOON, NOON - 1));
	assert_false(tg_schedule_is_due(&schedule, NOON, NOON + 1));
	assert_false(tg_schedule_is_due(&schedule, NOON, NOON + 5400 * S));
	assert_true(tg_schedule_is_due(&schedule, NOON, NOON + 5401 * S));
	assert_true(tg_schedule_is_due(&schedule, NOON, INT64_MAX));
	assert_true(tg_schedule_is_due(&schedule, 0, NOON));
}

static void a_station_that_was_off_waits_for_its_place_once(void **state)
{
	static const struct {
		int64_t interval_s, late_s, most_s; /* 0: does not wait */
	} cases[] = {
		{ 300, 0, 0 },
		{ 300, 600, 0 },
		{ 300, 601, 300 },
		{ 300, 60 * 86400, 300 },
		{ 60, 601, 60 },
		{ 60, 120, 0 },
		{ 3600, 3600, 0 },
		{ 3600, 3601, 300 },
		{ 86400, 86401, 300 },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		tg_schedule schedule = { .station = "till-7", .interval_s = cases[i].interval_s };
		int64_t back = tg_schedule_after_absence(&schedule, NOON, NOON - cases[i].late_s * S);

		if ((back != 0) != (cases[i].most_s != 0) ||
			(back != 0 && (back <= NOON || back > NOON + cases[i].most_s * S)))
			fail_msg("row %zu: %lld s", i, (long long)((back - NOON) / S));
		/* Two minutes later, when the timer looks again, it does not wait once more. */
		if (back != 0)
			assert_int_equal(tg_schedule_after_absence(&schedule, back + 120 * S, back), 0);
	}
	assert_int_equal(tg_schedule_after_absence(&(tg_schedule){ .station = "x" }, NOON, 0), 0);
}

static void a_thousand_stations_switched_on_in_one_minute_ask_in_turn(void **state)
{
	int asked[TG_SCHEDULE_RETURN_MAX_S / 60 + 1] = { 0 };
	char name[20];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		tg_schedule schedule = { .station = name };

		(void)snprintf(name, sizeof(name), "till-%d", i);
		asked[(tg_schedule_after_absence(&schedule, NOON, NOON - TG_US_PER_DAY / 2) - NOON) /
			(60 * S)]++;
	}
	for (size_t minute = 0; minute < TG_SCHEDULE_RETURN_MAX_S / 60; minute++)
		if (asked[minute] < 160 || asked[minute] > 240)
			fail_msg("minute %zu: %d stations, 200 would be even", minute, asked[minute]);
}

/* ---- a thousand stations, one day ---- */

#define STATIONS 1000
#define MINUTES (24 * 60)
#define DOWN_FROM (9 * 60)
#define NORMAL_PER_MINUTE (STATIONS * 60 / TG_SCHEDULE_INTERVAL_S)

typedef struct till {
	char name[20];
	int64_t next_us, failures, success_us;
} till;

typedef struct day {
	till tills[STATIONS];
	int asked[MINUTES];
	uint64_t random;
} day;

/* xorshift64: the same day in every run. */
static uint64_t draw(day *d)
{
	d->random ^= d->random << 13;
	d->random ^= d->random >> 7;
	d->random ^= d->random << 17;
	return d->random;
}

/* Every minute each station's timer asks whether it is due. All were switched on in the same minute. */
static void live(day *d, int down_to, int64_t retry_after_s)
{
	memset(d, 0, sizeof(*d));
	d->random = 88172645463325252U;
	for (int i = 0; i < STATIONS; i++)
		(void)snprintf(d->tills[i].name, sizeof(d->tills[i].name), "till-%d", i);
	for (int minute = 0; minute < MINUTES; minute++) {
		for (int i = 0; i < STATIONS; i++) {
			till *t = &d->tills[i];
			tg_schedule schedule = { .station = t->name };
			int64_t now = NOON + minute * 60 * S + i % 60 * S;

			if (!tg_schedule_is_due(&schedule, now, t->next_us))
				continue;
			d->asked[minute]++;
			if (minute >= DOWN_FROM && minute < down_to) {
				t->next_us = tg_schedule_after_failure(
					&schedule, now, ++t->failures, retry_after_s, draw(d));
			} else {
				t->next_us = tg_schedule_after_success(&schedule, now, draw(d));
				t->failures = 0;
				t->success_us = now;
			}
		}
	}
}

static int most_between(const day *d, int from, int to)
{
	int most = 0;

	for (int minute = from; minute < to; minute++)
		most = d->asked[minute] > most ? d->asked[minute] : most;
	return most;
}

static void a_thousand_stations_spread_over_the_interval_by_themselves(void **state)
{
	day *d = calloc(1, sizeof(*d));

	(void)state;
	assert_non_null(d);
	live(d, DOWN_FROM, -1);
	assert_int_equal(d->asked[0], STATIONS); /* as bad as it can begin */
	/* Two intervals later and for ever: a fair share of each minute, give or take a fifth. */
	for (int minute = 10; minute < MINUTES; minute++)
		if (d->asked[minute] < NORMAL_PER_MINUTE * 8 / 10 ||
			d->asked[minute] > NORMAL_PER_MINUTE * 12 / 10)
			fail_msg("minute %d: %d stations asked, %d would be even", minute, d->asked[minute],
				NORMAL_PER_MINUTE);
	free(d);
}

static const struct {
	const char *what;
	int minutes;
	int64_t retry_after_s;
} outages[] = {
	{ "a minute", 1, -1 },
	{ "five minutes", 5, -1 },
	{ "an hour", 60, -1 },
	{ "six hours", 360, -1 },
	{ "an hour of \"come back in ten minutes\"", 60, 600 },
	{ "five minutes of \"come back in an hour\"", 5, 3600 },
};

static void nobody_stampedes_when_head_office_is_back(void **state)
{
	day *d = calloc(1, sizeof(*d));

	(void)state;
	assert_non_null(d);
	for (size_t i = 0; i < TG_COUNT(outages); i++) {
		int up = DOWN_FROM + outages[i].minutes, during, after;
		int64_t recovered = NOON;

		live(d, up, outages[i].retry_after_s);
		during = most_between(d, DOWN_FROM, up);
		after = most_between(d, up, MINUTES);
		printf("%s: at most %d requests a minute while down, %d after (%d are normal)\n",
			outages[i].what, during, after, NORMAL_PER_MINUTE);
		assert_true(during <= NORMAL_PER_MINUTE * 2);
		assert_true(after <= NORMAL_PER_MINUTE * 2);
		/* And everybody is back: nobody waits longer than the longest span and what the server asked for. */
		for (int k = 0; k < STATIONS; k++) {
			assert_int_equal(d->tills[k].failures, 0);
			recovered = d->tills[k].success_us > recovered ? d->tills[k].success_us : recovered;
		}
		for (int k = 0; k < STATIONS; k++)
			assert_true(recovered - d->tills[k].success_us < 10 * 60 * S);
	}
	free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_try_is_the_stations_own_place_in_the_interval),
		cmocka_unit_test(a_failed_try_is_repeated_out_of_a_growing_span_with_a_ceiling),
		cmocka_unit_test(a_clock_set_back_does_not_silence_a_station),
		cmocka_unit_test(a_station_that_was_off_waits_for_its_place_once),
		cmocka_unit_test(a_thousand_stations_switched_on_in_one_minute_ask_in_turn),
		cmocka_unit_test(a_thousand_stations_spread_over_the_interval_by_themselves),
		cmocka_unit_test(nobody_stampedes_when_head_office_is_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

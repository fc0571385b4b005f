/* SPDX-License-Identifier: Apache-2.0
 *
 * deadlines.c - see deadlines.h.
 */
#include "sync/hq/deadlines.h"

#define DAYS_OF_WEEK 7
#define SATURDAY_1970 2 /* 1970-01-01, day 0, was a Thursday */
#define SUNDAY_1970 3

/* The last day that has a text (utc.h); sums stop there instead of leaving the calendar. */
static int32_t plus(int32_t day, int days)
{
	int32_t end = tg_day_of_civil(9999, 12, 31);

	if (day == TG_DAY_NONE)
		return TG_DAY_NONE;
	return day > end - days ? end : day + days;
}

bool tg_is_working_day(int32_t day)
{
	int32_t of_week = ((day % DAYS_OF_WEEK) + DAYS_OF_WEEK) % DAYS_OF_WEEK;

	return of_week != SATURDAY_1970 && of_week != SUNDAY_1970;
}

int32_t tg_working_day_from(int32_t day)
{
	if (day == TG_DAY_NONE)
		return TG_DAY_NONE;
	for (int i = 0; i < 2 && !tg_is_working_day(day); i++)
		day = plus(day, 1);
	return day;
}

int32_t tg_working_day_after(int32_t day, int count)
{
	day = count == 0 ? tg_working_day_from(day) : day;
	for (int i = 0; i < count; i++)
		day = tg_working_day_from(plus(day, 1));
	return day;
}

int32_t tg_deemed_given(int32_t sent)
{
	return tg_working_day_after(sent, 1);
}

int32_t tg_appeal_last_day(int32_t given)
{
	return plus(given, TG_APPEAL_DAYS - 1);
}

int32_t tg_intent_earliest(int32_t intended, int days)
{
	return plus(intended, days);
}

int32_t tg_intent_last_day(int32_t intended, int days)
{
	return plus(intended, days - 1);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * utc.c - the calendar by arithmetic alone.
 *
 * Uses neither mktime nor the TZ variable nor the time zone database: a till's zone setting is often wrong, and what
 * day it is in a British shop is fixed by law. Leap seconds ("…:60Z") are refused, as POSIX time has none.
 */
#include "store/base/utc.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#define FIRST_YEAR 1970
#define LAST_YEAR 9999
#define LAST_DAY 2932896 /* 9999-12-31 */

static int64_t now_us(clockid_t id)
{
	struct timespec ts = { 0 };

	/* Fails only for a clock that the kernel does not know; ours exist since Linux 2.6.39. */
	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * TG_US_PER_SECOND + ts.tv_nsec / 1000;
}

int64_t tg_utc_now_us(void)
{
	return now_us(CLOCK_REALTIME);
}

int64_t tg_mono_now_us(void)
{
	return now_us(CLOCK_BOOTTIME);
}

/* Towards minus infinity, so that the instants of 1969 fall on the right days. */
static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

/*
 * Years are counted from March, so that the leap day is the last of its year, and in eras of 400 years, each
 * 146,097 days. Day 0 is 1970-01-01, which is day 719,468 of that count.
 */
static int64_t day_number(int year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = floor_div(y, 400), of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil(int64_t number, int *year, int *month, int *day)
{
	int64_t n = number + 719468, era = floor_div(n, 146097), of_era = n - era * 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;

	*day = (int)(of_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(y + era * 400 + (*month <= 2));
}

int32_t tg_day_of_civil(int year, int month, int day)
{
	if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 || day < 1 ||
		day > days_in_month(year, month))
		return TG_DAY_NONE;
	return (int32_t)day_number(year, month, day);
}

int tg_day_year(int32_t day)
{
	int year = 0, month, of_month;

	if (day != TG_DAY_NONE)
		civil(day, &year, &month, &of_month);
	return year;
}

/* Exactly `count` digits, then the byte `after` (0 for the end of the text). Moves *text past both. */
static bool digits(int *value, const char **text, int count, char after)
{
	const char *p = *text;

	*value = 0;
	for (int i = 0; i < count; i++, p++) {
		if (*p < '0' || *p > '9')
			return false;
		*value = *value * 10 + (*p - '0');
	}
	if (*p != after)
		return false;
	*text = after == '\0' ? p : p + 1;
	return true;
}

int tg_day_parse(int32_t *day, const char *text, tg_error *err)
{
	const char *p = text;
	int y, m, d;
	int32_t number = TG_DAY_NONE;

	if (digits(&y, &p, 4, '-') && digits(&m, &p, 2, '-') && digits(&d, &p, 2, '\0'))
		number = tg_day_of_civil(y, m, d);
	if (number == TG_DAY_NONE)
		return tg_fail(err, TG_EFORMAT,
			"wanted a date \"YYYY-MM-DD\" from 1970 to 9999, found \"%.40s\"", text);
	*day = number;
	return TG_OK;
}

/* ".f" to ".ffffff" and "Z", or "Z" alone; `p` stands behind the seconds. */
static bool fraction(int *us, const char *p)
{
	int scale = 100000;

	*us = 0;
	if (*p == '.') {
		p++;
		if (*p < '0' || *p > '9')
			return false;
		for (; *p >= '0' && *p <= '9' && scale > 0; p++, scale /= 10)
			*us += (*p - '0') * scale;
	}
	return p[0] == 'Z' && p[1] == '\0';
}

int tg_utc_parse(int64_t *at_us, const char *text, tg_error *err)
{
	const char *p = text;
	int y, mo, d, h, mi, s, us;
	int32_t day = TG_DAY_NONE;

	if (digits(&y, &p, 4, '-') && digits(&mo, &p, 2, '-') && digits(&d, &p, 2, 'T') &&
		digits(&h, &p, 2, ':') && digits(&mi, &p, 2, ':')) {
		/* Either 'Z' or '.' may follow the seconds. */
		if (p[0] >= '0' && p[0] <= '9' && p[1] >= '0' && p[1] <= '9') {
			s = (p[0] - '0') * 10 + (p[1] - '0');
			if (fraction(&us, p + 2) && h < 24 && mi < 60 && s < 60)
				day = tg_day_of_civil(y, mo, d);
		}
	}
	if (day == TG_DAY_NONE)
		return tg_fail(err, TG_EFORMAT,
			"wanted a UTC time \"YYYY-MM-DDTHH:MM:SSZ\" from 1970 to 9999, found \"%.40s\"",
			text);
	*at_us = day * TG_US_PER_DAY + ((h * 60 + mi) * 60 + s) * TG_US_PER_SECOND + us;
	return TG_OK;
}

const char *tg_utc_format(char out[TG_UTC_TEXT_SIZE], int64_t at_us)
{
	int64_t day = floor_div(at_us, TG_US_PER_DAY), rest = at_us % TG_US_PER_DAY;
	int y, m, d, s, us;
	char frac[16] = "";

	if (rest < 0) /* not at_us - day * TG_US_PER_DAY, which overflows at the far end */
		rest += TG_US_PER_DAY;
	s = (int)(rest / TG_US_PER_SECOND);
	us = (int)(rest % TG_US_PER_SECOND);
	civil(day, &y, &m, &d);
	if (us != 0)
		(void)snprintf(frac, sizeof(frac), ".%06d", us);
	if (snprintf(out, TG_UTC_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d%sZ", y, m, d, s / 3600,
		    s / 60 % 60, s % 60, frac) >= TG_UTC_TEXT_SIZE)
		out[0] = '\0'; /* cannot be: six digits of a year are the most that 64 bits give */
	return out;
}

const char *tg_day_format(char out[TG_DAY_TEXT_SIZE], int32_t day)
{
	int y, m, d;

	out[0] = '\0';
	if (day != TG_DAY_NONE) {
		civil(day, &y, &m, &d);
		if (snprintf(out, TG_DAY_TEXT_SIZE, "%04d-%02d-%02d", y, m, d) >= TG_DAY_TEXT_SIZE)
			out[0] = '\0';
	}
	return out;
}

/* The last Sunday of March or October: both have 31 days. */
static int64_t last_sunday(int year, int month)
{
	int64_t last = day_number(year, month, 31);

	return last - ((last + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday, the fourth day after a Sunday */
}

int32_t tg_day_in_uk(int64_t at_us)
{
	const int64_t hour_us = 3600 * TG_US_PER_SECOND;
	int64_t day = floor_div(at_us, TG_US_PER_DAY), of_day = at_us % TG_US_PER_DAY, spring, autumn;
	int y, m, d;
	bool summer;

	if (of_day < 0)
		of_day += TG_US_PER_DAY;
	/* Both switches, at 01:00 UTC, are far from New Year, so the UTC year is the right one. */
	civil(day, &y, &m, &d);
	spring = last_sunday(y, 3);
	autumn = last_sunday(y, 10);
	summer = (day > spring || (day == spring && of_day >= hour_us)) &&
		 (day < autumn || (day == autumn && of_day < hour_us));
	return (int32_t)(day + (summer && of_day >= 23 * hour_us));
}

int32_t tg_day_last_of_years(int32_t day, int years)
{
	int y, m, d;

	if (day == TG_DAY_NONE || years < 1)
		return TG_DAY_NONE;
	civil(day, &y, &m, &d);
	if (years > LAST_YEAR - y)
		return LAST_DAY;
	y += years;
	if (d > days_in_month(y, m)) /* 29 February in a common year: the anniversary is 1 March */
		return (int32_t)day_number(y, 3, 1) - 1;
	return (int32_t)day_number(y, m, d) - 1;
}

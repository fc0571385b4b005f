/* SPDX-License-Identifier: Apache-2.0
 *
 * utc.h - instants as UTC microseconds since 1970, dates as days since 1970. No time zone of the machine is ever read.
 */
#ifndef TG_BASE_UTC_H
#define TG_BASE_UTC_H

#include "store/base/error.h"

#include <stdint.h>

#define TG_US_PER_SECOND INT64_C(1000000)
#define TG_US_PER_DAY (INT64_C(86400) * TG_US_PER_SECOND)

/** "No date": smaller than every date that tg_day_parse accepts. */
#define TG_DAY_NONE INT32_MIN

#define TG_UTC_TEXT_SIZE 32 /**< room for "2026-11-23T02:11:52.123456Z" and its terminator */
#define TG_DAY_TEXT_SIZE 16 /**< room for "2026-11-23" and its terminator */

int64_t tg_utc_now_us(void);  /**< CLOCK_REALTIME */
int64_t tg_mono_now_us(void); /**< CLOCK_BOOTTIME: goes on during sleep, starts near 0 at boot */

/** Strict RFC 3339 in UTC: "YYYY-MM-DDTHH:MM:SS[.f{1,6}]Z", years 1970 to 9999. TG_EFORMAT otherwise. */
TG_NODISCARD int tg_utc_parse(int64_t *at_us, const char *text, tg_error *err);
/** Seconds only ("…:52Z") when the microseconds are zero, else six digits. Returns `out`. */
const char *tg_utc_format(char out[TG_UTC_TEXT_SIZE], int64_t at_us);

/** Strict "YYYY-MM-DD" of the Gregorian calendar, 1970 to 9999. TG_EFORMAT otherwise. */
TG_NODISCARD int tg_day_parse(int32_t *day, const char *text, tg_error *err);
const char *tg_day_format(char out[TG_DAY_TEXT_SIZE], int32_t day); /**< "" for TG_DAY_NONE; returns `out` */
/** Day number of a calendar date that exists, 1970 to 9999; TG_DAY_NONE otherwise. */
int32_t tg_day_of_civil(int year, int month, int day);
int tg_day_year(int32_t day); /**< The year that it lies in; 0 for TG_DAY_NONE. */

/**
 * The date on a shop's wall calendar in the United Kingdom at that instant (GMT, or BST from 01:00 UTC on the last
 * Sunday of March to 01:00 UTC on the last Sunday of October). Source: Summer Time Order 2002, SI 2002/262.
 */
int32_t tg_day_in_uk(int64_t at_us);

/**
 * Last day of "`years` years beginning with `day`": the day before the anniversary. 29 February counts as 1 March less
 * one day: 2024-02-29 and 10 years give 2034-02-28. Never later than 9999-12-31; TG_DAY_NONE if `day` is TG_DAY_NONE
 * or `years` is below 1.
 */
int32_t tg_day_last_of_years(int32_t day, int years);

#endif

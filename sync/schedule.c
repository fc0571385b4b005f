/* SPDX-License-Identifier: Apache-2.0
 *
 * schedule.c - arithmetic of waiting. See schedule.h.
 */
#include "sync/schedule.h"

#include "store/base/utc.h"

#define DOUBLINGS_MAX 16 /* 60 s is over every ceiling long before */

static int64_t interval_us(const tg_schedule *schedule)
{
	int64_t s = schedule->interval_s != 0 ? schedule->interval_s : TG_SCHEDULE_INTERVAL_S;

	if (s < TG_SCHEDULE_INTERVAL_MIN_S)
		s = TG_SCHEDULE_INTERVAL_MIN_S;
	if (s > TG_SCHEDULE_INTERVAL_MAX_S)
		s = TG_SCHEDULE_INTERVAL_MAX_S;
	return s * TG_US_PER_SECOND;
}

static int64_t backoff_max_us(const tg_schedule *schedule)
{
	int64_t interval = interval_us(schedule), longest = TG_SCHEDULE_BACKOFF_MAX_S * TG_US_PER_SECOND;

	return interval > longest ? interval : longest;
}

/* FNV-1a and a last mix: names that differ in one digit must land far apart. Nothing secret, so nothing stronger. */
static uint64_t spread(const char *text)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	h ^= h >> 33;
	h *= UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 33;
}

/* Uniform in [0, span): the remainder's bias is below one in 2^20 for spans of up to a day. */
static int64_t pick(int64_t span_us, uint64_t random)
{
	return span_us > 0 ? (int64_t)(random % (uint64_t)span_us) : 0;
}

int64_t tg_schedule_after_success(const tg_schedule *schedule, int64_t now_us, uint64_t random)
{
	int64_t interval = interval_us(schedule);
	int64_t place = pick(interval, spread(schedule->station));
	int64_t into = (now_us - place) % interval, next;

	if (into < 0)
		into += interval;
	next = now_us - into + interval;
	if (next - now_us < interval / 2) /* just asked, out of turn or late */
		next += interval;
	return next + pick(interval / 10, random);
}

int64_t tg_schedule_after_failure(
	const tg_schedule *schedule, int64_t now_us, int64_t failures, int64_t retry_after_s, uint64_t random)
{
	int64_t span = interval_us(schedule), least = TG_SCHEDULE_WAIT_MIN_S * TG_US_PER_SECOND,
		most = backoff_max_us(schedule);
	int64_t asked_s = retry_after_s < 0 ? 0 : retry_after_s;

	for (int64_t i = 1; i < failures && i < DOUBLINGS_MAX && span < most; i++)
		span *= 2;
	if (span > most)
		span = most;
	if (asked_s > TG_SCHEDULE_RETRY_AFTER_MAX_S)
		asked_s = TG_SCHEDULE_RETRY_AFTER_MAX_S;
	return now_us + asked_s * TG_US_PER_SECOND + least + pick(span - least, random);
}

int64_t tg_schedule_after_absence(const tg_schedule *schedule, int64_t now_us, int64_t next_us)
{
	int64_t interval = interval_us(schedule), late_us = now_us - next_us;
	int64_t span = interval < TG_SCHEDULE_RETURN_MAX_S * TG_US_PER_SECOND
			       ? interval
			       : TG_SCHEDULE_RETURN_MAX_S * TG_US_PER_SECOND;

	if (next_us == 0 || late_us <= interval || late_us <= TG_SCHEDULE_ABSENT_S * TG_US_PER_SECOND)
		return 0;
	return now_us + 1 + pick(span, spread(schedule->station));
}

bool tg_schedule_is_due(const tg_schedule *schedule, int64_t now_us, int64_t next_us)
{
	int64_t success = interval_us(schedule) / 10 * 16;
	int64_t failure = backoff_max_us(schedule) + TG_SCHEDULE_RETRY_AFTER_MAX_S * TG_US_PER_SECOND;
	int64_t longest = success > failure ? success : failure;

	return next_us <= now_us || next_us - now_us > longest;
}

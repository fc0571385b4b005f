/* SPDX-License-Identifier: Apache-2.0
 *
 * schedule.h - when a station should ask head office next. Pure: no clock, no randomness of its own.
 *
 * A thousand stations must not ask in one second: not every morning, not when head office comes back after an outage.
 * So each has a place of its own in the interval, by its name, and a failed attempt is repeated after a random time
 * out of a growing span.
 */
#ifndef TG_SYNC_SCHEDULE_H
#define TG_SYNC_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#define TG_SCHEDULE_INTERVAL_S 300         /* default: a withdrawal at head office is in force within minutes */
#define TG_SCHEDULE_INTERVAL_MIN_S 60      /* the timer wakes us once a minute */
#define TG_SCHEDULE_INTERVAL_MAX_S 86400   /* longer, and a catalogue ages between two syncs */
#define TG_SCHEDULE_BACKOFF_MAX_S 1800     /* longest span, where the interval is shorter: half of it on average */
#define TG_SCHEDULE_WAIT_MIN_S 30          /* after a failure; a line that was just cut is not back sooner */
#define TG_SCHEDULE_RETRY_AFTER_MAX_S 3600 /* whoever sits on the way may not silence a station for longer */

#define TG_SCHEDULE_ABSENT_S 600           /* overdue by so much (and by an interval): it was switched off, and so were others */
#define TG_SCHEDULE_RETURN_MAX_S 300       /* then they come back spread over the interval, but over no more than this */

/** One station's habits. `station` is borrowed. */
typedef struct tg_schedule {
	const char *station; /**< its name; the place in the interval comes from it */
	int64_t interval_s;  /**< 0 = TG_SCHEDULE_INTERVAL_S; else brought within the limits above */
} tg_schedule;

/**
 * The next try after a success at `now_us`: the station's own place in the interval, half an interval to one and a
 * half from now, and up to a tenth of the interval later by `random` (64 random bits).
 */
int64_t tg_schedule_after_success(const tg_schedule *schedule, int64_t now_us, uint64_t random);

/**
 * The next try after failure number `failures` (1 = the first since a success) at `now_us`: a random time out of a
 * span that begins with the interval and doubles up to TG_SCHEDULE_BACKOFF_MAX_S. What the server asked for
 * (`retry_after_s`, -1 nothing) comes on top, up to TG_SCHEDULE_RETRY_AFTER_MAX_S.
 */
int64_t tg_schedule_after_failure(
	const tg_schedule *schedule, int64_t now_us, int64_t failures, int64_t retry_after_s, uint64_t random);

/**
 * The next try of a station that was switched off when it should have asked; 0 if it was not, or not for long. In the
 * morning a thousand stations are switched on in one minute: each waits for its own place, once.
 */
int64_t tg_schedule_after_absence(const tg_schedule *schedule, int64_t now_us, int64_t next_us);

/**
 * Is it time? Also when `next_us` is 0 (never planned), and when it is further ahead than any wait of ours can be:
 * then the clock was set back meanwhile.
 */
bool tg_schedule_is_due(const tg_schedule *schedule, int64_t now_us, int64_t next_us);

#endif

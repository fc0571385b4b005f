/* SPDX-License-Identifier: Apache-2.0
 *
 * freshness.h - how old is what head office said? Stages by signed policy, judged from signed time. Pure.
 */
#ifndef TG_STATION_FRESHNESS_H
#define TG_STATION_FRESHNESS_H

#include "plugin/gate/verdict.h"

/**
 * A clock this much behind a signed time is a fault; less is drift between two honest clocks (a till without NTP drifts about a
 * second a day, and is synced weekly at worst).
 */
#define TG_CLOCK_BEHIND_MAX_S 300

typedef struct tg_freshness {
	tg_stage stage;
	int64_t age_s;        /**< now minus the signed issue time; 0 if the clock is slightly behind it; -1 unknown */
	int64_t next_stage_s; /**< seconds until the next stage begins; -1 if none follows */
} tg_freshness;

/**
 * `issued_us` is the signed issue time of what is in force, `floor_us` the newest signed time seen; `limits` those of the operation.
 * A stage begins when the age is strictly greater than its limit. A clock behind the floor, or further ahead of it
 * than `clock_ahead_max_s`, is TG_CLOCK_FAULT until it is right again.
 */
void tg_freshness_judge(tg_freshness *out, int64_t now_us, int64_t issued_us, int64_t floor_us, const tg_stage_limits *limits,
	int64_t clock_ahead_max_s);

#endif

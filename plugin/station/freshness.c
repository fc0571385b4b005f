/* SPDX-License-Identifier: Apache-2.0
 *
 * freshness.c - stages of a catalogue's age. See freshness.h.
 */
#include "plugin/station/freshness.h"

void tg_freshness_judge(tg_freshness *out, int64_t now_us, int64_t issued_us, int64_t floor_us, const tg_stage_limits *limits,
	int64_t clock_ahead_max_s)
{
	const int64_t begins_after[] = { limits->ageing_s, limits->stale_s, limits->dead_s };
	int64_t past_floor_s = (now_us - floor_us) / TG_US_PER_SECOND;

	out->age_s = now_us > issued_us ? (now_us - issued_us) / TG_US_PER_SECOND : 0;
	out->next_stage_s = -1;
	out->stage = TG_CLOCK_FAULT;
	if (past_floor_s < -TG_CLOCK_BEHIND_MAX_S || past_floor_s > clock_ahead_max_s)
		return;
	out->stage = TG_FRESH;
	for (size_t i = 0; i < TG_COUNT(begins_after); i++) {
		if (out->age_s <= begins_after[i]) {
			out->next_stage_s = begins_after[i] - out->age_s + 1;
			return;
		}
		out->stage = (tg_stage)(TG_AGEING + i);
	}
}

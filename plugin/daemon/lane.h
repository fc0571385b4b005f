/* SPDX-License-Identifier: Apache-2.0
 *
 * lane.h - one scanner's way through the gate: read, check, write down, and only then forward to its till.
 *
 * A lane is one thread with one scanner and at most one output, so that a slow till or a babbling scanner holds up nobody else.
 */
#ifndef TG_DAEMON_LANE_H
#define TG_DAEMON_LANE_H

#include "plugin/daemon/config.h"
#include "plugin/station/station.h"

typedef struct tg_lane tg_lane;

/** Start the lane. `config` and `station` are borrowed until tg_lane_stop. Errors: those of tg_scanner_open and tg_output_open. */
TG_NODISCARD int tg_lane_start(tg_lane **out, const tg_lane_config *config, tg_station *station, tg_error *err);
/** Finish the scan in hand, then stop. NULL is fine. */
void tg_lane_stop(tg_lane *lane);
/**
 * What a technician wants to know, added to an array of the status object; with the answer to the latest scan as staff see it, which
 * says nothing of the label itself. Any thread.
 */
void tg_lane_describe(tg_lane *lane, tg_json *list);

#endif

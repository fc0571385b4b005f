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
/** A withheld scan that may be overridden is kept this long, and only until the next scan: a unit lies at a till for no longer. */
#define TG_LANE_HOLD_US (INT64_C(3600) * 1000000)

/** As in tg_station_options, for this lane: nowhere if `device` is not its scanner, or if it has no till. Any thread. */
tg_held tg_lane_claim(tg_lane *lane, const char *device, const char *reference);
/**
 * Put a claimed scan back, or have the lane's own thread send it, once. True: the till took it. What no till took is written down, as of
 * entry `override_seq`. Blocks until it is settled, as long as the till may take.
 */
bool tg_lane_settle(tg_lane *lane, const char *reference, bool go, uint64_t override_seq);

/** Somebody has looked at what was withheld: the scanner may read again. False: this lane has another name. Any thread. */
bool tg_lane_acknowledge(tg_lane *lane, const char *name);

/**
 * What a technician wants to know, added to an array of the status object; with the answer to the latest scan as staff see it, which
 * says nothing of the label itself. Any thread.
 */
void tg_lane_describe(tg_lane *lane, tg_json *list);

#endif

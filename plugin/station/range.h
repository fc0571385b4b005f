/* SPDX-License-Identifier: Apache-2.0
 *
 * range.h - what proves a range of the log: the first line of an export, tillgate-evidence(5).
 *
 * Knows the journal and the form of that line; knows nothing of entries.
 */
#ifndef TG_STATION_RANGE_H
#define TG_STATION_RANGE_H

#include "plugin/station/journal.h"

/**
 * {"export": 1, "origin", "epoch", "from", "to", "edge": […], "consistency": […], "checkpoint", "vkey"}; the caller's. "to" is one beyond
 * the last entry; "checkpoint" and "consistency" are left out where no signed checkpoint covers the range. `epoch` 0: the present one.
 * Errors: TG_ENOTFOUND, TG_EINVAL (store/evidence/log.h), TG_EIO, TG_ENOMEM. Any thread.
 */
TG_NODISCARD int tg_range_to_json(tg_json **out, tg_journal *journal, uint32_t epoch, uint64_t from, uint64_t count, tg_error *err);

#endif

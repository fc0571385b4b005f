/* SPDX-License-Identifier: Apache-2.0
 *
 * record.h - bodies of the entries that are no checks, and what a station reads back from its own log at start.
 *
 * Each function gives an object with its `kind`; the caller's. The log adds the envelope. Keys: tillgate-evidence(5).
 */
#ifndef TG_STATION_RECORD_H
#define TG_STATION_RECORD_H

#include "plugin/station/inforce.h"
#include "store/evidence/log.h"

tg_json *tg_record_start(const tg_inforce *set);
tg_json *tg_record_stop(void);
tg_json *tg_record_catalogue(const tg_inforce *from, const tg_inforce *to); /**< another catalogue or policy came into force */
tg_json *tg_record_refused(const tg_inforce *set);                          /**< an installed set was not taken up */
tg_json *tg_record_clock(bool fault, int64_t now_us, int64_t floor_us);
tg_json *tg_record_outage(int64_t from_us, int64_t until_us, uint64_t checks, uint64_t released, const char *why);
tg_json *tg_record_not_delivered(bool recorded, uint64_t seq, const char *output, const char *words);
tg_json *tg_record_device(const char *device, const char *event, uint64_t count, size_t len_bytes, const char *words);
/** Somebody (an id of tg_staff_name_id) has a wedge given back to the desktop. */
tg_json *tg_record_release(const char *device, const char *by, const char *why);

/** An image in force turned out damaged, or is whole again. */
tg_json *tg_record_damage(const tg_inforce *set, const char *words, bool healed);

/** The versions in the newest entries that name them, among the newest few thousand. 0 where none does. */
TG_NODISCARD int tg_record_floor(tg_inforce_floor *floor, tg_log *log, tg_error *err);

#endif

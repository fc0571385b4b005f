/* SPDX-License-Identifier: Apache-2.0
 *
 * memory.h - the little that a station must remember even when its log cannot be written: evidence/memory.
 *
 * One sector, made while the disk has room and overwritten in place ever after, so that a full disk cannot keep an outage from being
 * remembered, or a floor from holding.
 */
#ifndef TG_STATION_MEMORY_H
#define TG_STATION_MEMORY_H

#include "plugin/station/inforce.h"

typedef struct tg_memory {
	tg_inforce_floor floor;
	int64_t floor_us;        /**< newest signed time seen; 0 none */
	int64_t outage_from_us;  /**< since when no record could be made; 0: records are made */
} tg_memory;

/** False and all zero if there is none yet or it is damaged: then only the log remembers. */
bool tg_memory_read(tg_memory *out, const tg_paths *paths);
/** Durable when TG_OK. TG_EIO. */
TG_NODISCARD int tg_memory_write(const tg_memory *memory, const tg_paths *paths, tg_error *err);

#endif

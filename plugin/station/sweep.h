/* SPDX-License-Identifier: Apache-2.0
 *
 * sweep.h - hash the image in force again, now and then, so that rot is found before a customer stands in front of it.
 *
 * One thread at the lowest priority, one block at a time with a pause after each; checks never wait for it. It reads the
 * private copy from the disk itself (O_DIRECT), past the page cache: what a restart would find. Blocks that checks have
 * used since the image was opened are hashed in memory as well: what the next check would be answered from. Where the file
 * system has no O_DIRECT, pages that are mapped come from the cache, so that rot beneath them shows only after a restart.
 *
 * Finds and reports; what is done about it is station.c's.
 */
#ifndef TG_STATION_SWEEP_H
#define TG_STATION_SWEEP_H

#include "plugin/station/inforce.h"

/** Seconds of running between two sweeps. Four times in a day that is never switched off; 100 MB take half a minute each. */
#define TG_SWEEP_EVERY_S (6 * 3600)
/** Seconds from the start to the first: a till that is off at night is swept each morning, but not while it boots. */
#define TG_SWEEP_FIRST_S (15 * 60)
/** A sleep shorter than this is no suspend; the two clocks are read one after the other. */
#define TG_SWEEP_SUSPEND_S 5
/** Seconds between two sweeps at least: a tablet that naps every minute must not read its disk all day. */
#define TG_SWEEP_APART_S (10 * 60)
/** Pause after each block, milliseconds: at most 6.5 MB/s of the disk and about a thirtieth of a processor. */
#define TG_SWEEP_PAUSE_MS 10

/* ---- when: pure ---- */

/**
 * Times are microseconds: `running_us` stands still while the machine sleeps
 * (CLOCK_MONOTONIC), `boot_us` does not (CLOCK_BOOTTIME).
 */
typedef struct tg_sweep_plan {
	int64_t due_us;    /**< running */
	int64_t began_us;  /**< the last one; boot */
	int64_t asleep_us;        /**< spent asleep since boot, as of the last look */
} tg_sweep_plan;

void tg_sweep_plan_init(tg_sweep_plan *plan, int64_t running_us, int64_t boot_us);
/** Is one due? Then the next one is planned. After a suspend it is at once, but for TG_SWEEP_APART_S. */
bool tg_sweep_plan_due(tg_sweep_plan *plan, int64_t running_us, int64_t boot_us);

/* ---- one pass ---- */

typedef struct tg_sweep_found {
	bool from_disk;     /**< read past the page cache */
	uint64_t blocks;    /**< read and hashed */
	uint64_t in_memory; /**< of these, hashed in the mapping too */
	int code;           /**< TG_OK; TG_EHASH, TG_ELENGTH, TG_EIO, TG_ENOTFOUND damage; TG_EBUSY stopped half-way */
	char words[240];
} tg_sweep_found;

/**
 * Hash the whole image of `set`, from the disk and, where used, in memory. `pause` is called after each block; false stops.
 * Threads: any. Blocks: reads the whole file.
 */
void tg_sweep_pass(tg_sweep_found *out, const tg_inforce *set, bool (*pause)(void *ctx), void *ctx);

/* ---- the thread ---- */

typedef struct tg_sweep tg_sweep;

typedef struct tg_sweep_owner {
	tg_inforce *(*take)(void *ctx); /**< the set in force, with a reference for the sweep */
	void (*report)(void *ctx, const tg_inforce *set, const tg_sweep_found *found);
	void *ctx;
} tg_sweep_owner;

TG_NODISCARD int tg_sweep_start(tg_sweep **out, const tg_sweep_owner *owner, tg_error *err);
void tg_sweep_stop(tg_sweep *sweep); /**< within a block's time; NULL is fine */
/** Look at the clocks; call about every second. NULL is fine. */
void tg_sweep_tick(tg_sweep *sweep);

#endif

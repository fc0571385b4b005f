/* SPDX-License-Identifier: Apache-2.0
 *
 * state.h - what sync remembers of itself: catalogue/state.json.
 *
 * For status pages and for saving work; never evidence, never trusted for a decision: whoever runs as sync's user can write it.
 * Does not know the network, so the daemon and the command may read it.
 */
#ifndef TG_SYNC_STATE_H
#define TG_SYNC_STATE_H

#include "store/base/bytes.h"
#include "sync/schedule.h"
#include "sync/way.h"

#define TG_SYNC_STATE_MAX 16384 /* bytes of the file; ours has under 2,500 */

/** Times are UTC microseconds, 0 = never. */
typedef struct tg_sync_state {
	int64_t attempt_us;        /**< start of the last attempt */
	int64_t success_us;        /**< start of the last attempt that succeeded */
	int64_t failures;          /**< failed attempts since */
	char code[40];             /**< tg_strerror() of the last failure, "" after a success */
	char words[240];           /**< why it failed, "" after a success */
	int64_t next_us;           /**< when the timer tries again (sync/schedule.h); 0 = at once */
	int64_t catalogue_version; /**< in force after the last success */
	/* The image file as it was when it was last found right: saves reading it again. All 0 = unknown. */
	int64_t image_inode, image_size, image_mtime_us;
	int64_t image_checked_us; /**< when all of it was last hashed, or fetched */
	char image_sha256[65];
	tg_way_taken way; /**< of the last attempt that wanted a new image; TG_WAY_NONE: none ever did */
	int64_t way_us;   /**< when that was */
} tg_sync_state;

/** Read CATALOGUE_DIR/state.json. TG_ENOTFOUND if sync never ran; TG_EFORMAT, TG_ELENGTH, TG_EIO. */
TG_NODISCARD int tg_sync_state_read(tg_sync_state *out, const char *catalogue_dir, tg_error *err);
/** Replace it whole. */
TG_NODISCARD int tg_sync_state_write(const char *catalogue_dir, const tg_sync_state *state, tg_error *err);

/** One attempt, as it ended. `why` may be NULL after TG_OK. */
typedef struct tg_sync_attempt {
	int64_t at_us; /**< its one fixed time */
	int rc;
	const tg_error *why;
	int64_t retry_after_s; /**< what the server asked for; -1 nothing */
	tg_schedule schedule;  /**< the station's, to plan the next try; a NULL `station` plans none */
} tg_sync_attempt;

/** Bring `state` up to date after an attempt: times, failures, code, words, next try. The catalogue's and image's fields stay. */
void tg_sync_state_note(tg_sync_state *state, const tg_sync_attempt *attempt);
/** Change only the time of the next try, under the lock catalogue/lock. TG_EBUSY a sync is at work; TG_EIO. */
TG_NODISCARD int tg_sync_state_plan(const char *catalogue_dir, int64_t next_us, tg_error *err);
/** Read, note, write, under the same lock: for an attempt that ended before it held it. What cannot be read begins anew. */
TG_NODISCARD int tg_sync_state_record(const char *catalogue_dir, const tg_sync_attempt *attempt, tg_error *err);

#endif

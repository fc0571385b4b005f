/* SPDX-License-Identifier: Apache-2.0
 *
 * verify.h - is the log what it was when it was signed? In slices, so that appending goes on between them.
 *
 * Every leaf is recomputed from the stored bytes. Knows the log's tables through log.c only; writes nothing. Use it where
 * the log is used: one thread at a time (tg_writer_run).
 */
#ifndef TG_EVIDENCE_VERIFY_H
#define TG_EVIDENCE_VERIFY_H

#include "store/evidence/log.h"

#define TG_VERIFY_SLICE                                                                                      \
	1024 /**< entries a step: under 10 ms on a small till, so that a check waits no longer */

typedef struct tg_verify_options {
	uint32_t epoch; /**< only this one; 0: all, oldest first */
	const tg_pubkey *
		key; /**< signatures must be by this key; NULL: the key in the log's folder. Borrowed until the end. */
} tg_verify_options;

/** These words and numbers are stable: append, never renumber. */
typedef enum {
	TG_VERIFY_UNFINISHED = 0, /**< the start, and whatever an error leaves behind */
	TG_VERIFY_GOOD = 1,
	TG_VERIFY_LOST =
		2, /**< all that is there is good, but signed entries of an epoch are gone (a restored database) */
	TG_VERIFY_BAD = 3,
} tg_verify_verdict;

typedef enum {
	TG_VERIFY_NOTHING = 0,
	TG_VERIFY_MISSING = 1,   /**< a row is gone */
	TG_VERIFY_BYTES = 2,     /**< the bytes are not those of the stored leaf hash */
	TG_VERIFY_SEQ = 3,       /**< the entry says another sequence number than its place */
	TG_VERIFY_FORM = 4,      /**< not canonical JSON, or no envelope */
	TG_VERIFY_NODE = 5,      /**< a stored inner hash, or the right edge, is not that of the leaves */
	TG_VERIFY_ROOT = 6,      /**< a signed checkpoint names another root */
	TG_VERIFY_SIGNATURE = 7, /**< a checkpoint is not signed by the station's key, or is malformed */
	TG_VERIFY_CUT = 8,       /**< a signed checkpoint covers entries that are not there */
} tg_verify_what;

typedef struct tg_verify_result {
	tg_verify_verdict verdict; /**< UNFINISHED until the last step */
	uint32_t epochs;           /**< epochs looked at */
	uint64_t entries, bytes;   /**< recomputed */
	uint64_t unknown_version;  /**< of these, proven by hash only: `v` is not one we know */
	uint64_t checkpoints;      /**< signature and root checked */
	uint64_t unsigned_entries; /**< newest entries that no checkpoint covers yet */
	uint64_t lost;             /**< signed entries that are gone */
	uint32_t foreign_epochs; /**< closed epochs signed by another key, as the log says; see not_checked */
	/* the first finding; meaningful if `what` is not TG_VERIFY_NOTHING */
	tg_verify_what what;
	uint32_t bad_epoch;
	uint64_t first_bad_seq; /**< entries before it in this epoch are good */
	uint64_t last_bad_seq;  /**< the finding lies in first … last; the same number where it is exact */
	char words[240];        /**< one line for people */
	char not_checked[512];  /**< what this run cannot say, one sentence after the other */
} tg_verify_result;

typedef struct tg_verify tg_verify; /* opaque */

/** Start; remembers the log's size now: later entries are not part of this run. `opt` may be NULL. `*out` is the caller's. */
TG_NODISCARD int tg_verify_begin(tg_verify **out, tg_log *log, const tg_verify_options *opt, tg_error *err);
/** Up to `max_entries` more. `*more` is false when the result is final. TG_EIO if the database cannot be read. */
TG_NODISCARD int tg_verify_step(tg_verify *verify, size_t max_entries, bool *more, tg_error *err);
const tg_verify_result *tg_verify_get_result(const tg_verify *verify); /**< borrowed */
void tg_verify_end(tg_verify *verify);                                 /**< NULL is fine */

/** All of it in one call. */
TG_NODISCARD int tg_verify_all(
	tg_verify_result *out, tg_log *log, const tg_verify_options *opt, tg_error *err);

const char *tg_verify_verdict_name(tg_verify_verdict verdict); /**< "good" */
const char *tg_verify_what_name(tg_verify_what what);          /**< "bytes" */

#endif

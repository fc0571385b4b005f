/* SPDX-License-Identifier: Apache-2.0
 *
 * writer.h - many threads, one log: a writer thread that commits what has queued up in one transaction.
 *
 * Knows when to commit and when to sign; knows nothing of what the entries say.
 */
#ifndef TG_EVIDENCE_WRITER_H
#define TG_EVIDENCE_WRITER_H

#include "store/evidence/log.h"

#define TG_WRITER_QUEUE_MAX                                                                                  \
	1024 /**< callers waiting: far more than lanes; beyond it the answer is TG_ELIMIT */
#define TG_WRITER_CHECKPOINT_MS 10000 /**< between checkpoints while entries come */

typedef struct tg_writer tg_writer; /* opaque; its functions may be called from any thread but where said */

typedef struct tg_writer_options {
	size_t queue_max;  /**< 0: TG_WRITER_QUEUE_MAX */
	int checkpoint_ms; /**< 0: TG_WRITER_CHECKPOINT_MS; negative: only at the end */
	/** Called in the writer thread with every checkpoint signed on the timer or at the end, already stored. May be NULL. */
	void (*on_checkpoint)(void *ctx, const char *note);
	void *ctx;
} tg_writer_options;

/** Takes `log` over (also closes it if starting fails). `opt` may be NULL. `*out` is the caller's: tg_writer_stop. */
TG_NODISCARD int tg_writer_start(tg_writer **out, tg_log *log, const tg_writer_options *opt, tg_error *err);
/** Commits what is queued, signs a checkpoint if entries came, closes the log, frees. Nobody may call in any more. NULL is fine. */
void tg_writer_stop(tg_writer *writer);

/**
 * Write one entry down: blocks until it is durable or has failed.
 *
 * Ownership: `entry` is taken over, also on failure. `seq` and `at_us` may be NULL.
 * Errors:    TG_ELIMIT the queue is full; those of tg_log_append. On any error the entry is not in the log.
 */
TG_NODISCARD int tg_writer_submit(
	tg_writer *writer, tg_json *entry, uint64_t *seq, int64_t *at_us, tg_error *err);

/**
 * Run `fn` with the log in the writer thread, between commits; blocks until it has returned and gives its return value.
 * Keep it short (a slice of a verification, a page of entries): checks wait meanwhile. TG_ESTATE when called from the writer thread.
 */
int tg_writer_run(tg_writer *writer, int (*fn)(tg_log *log, void *ctx), void *ctx);

typedef struct tg_writer_stats {
	uint64_t entries;  /**< written */
	uint64_t commits;  /**< transactions that wrote them */
	uint64_t failures; /**< entries refused by the disk */
	uint64_t refused;  /**< entries refused because the queue was full */
	uint64_t checkpoints;
	uint64_t checkpoint_failures; /**< signing or storing failed; tried again at the next interval */
	size_t queued;                /**< waiting now */
	uint32_t epoch;               /**< of the log; fixed while it is open */
} tg_writer_stats;
void tg_writer_get_stats(tg_writer *writer, tg_writer_stats *out);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * log_internal.h - the log's memory, shared by log.c (appending, reading, signing), log_open.c (opening, epochs) and
 * verify.c (which only looks).
 */
#ifndef TG_EVIDENCE_LOG_INTERNAL_H
#define TG_EVIDENCE_LOG_INTERNAL_H

#include "store/evidence/logdb.h"

#define TG_LOG_BOOT_SIZE 17 /* 16 hex digits and a terminator */

struct tg_log {
	char dir[4096];
	char prefix[TG_LOG_ORIGIN_MAX + 1];
	char origin[TG_NOTE_NAME_MAX + 1]; /* prefix/epoch */
	char boot[TG_LOG_BOOT_SIZE];
	bool inspect;
	bool doubt; /* a write failed: look at the database before the next one */
	tg_logdb *db;
	tg_signkey *key;
	tg_pubkey *pub;
	uint32_t epoch;
	tg_tree_edge edge;
	int64_t last_at_us;
	const char *renewal, *renewal_due;
	/* the last signed checkpoint, as in the second file */
	bool has_last;
	tg_checkpoint last;
	uint32_t last_epoch;
	tg_buf last_note;
	/* the newest one that the database holds */
	uint64_t kept_size;
	int64_t kept_mono_us;
	bool has_kept;
	int64_t (*now_us)(void *ctx);
	int64_t (*mono_us)(void *ctx);
	void *clock_ctx;
};

/** Append one entry inside a transaction that the caller began; moves `edge` on and tells the time it got. */
TG_NODISCARD int tg_log__put(tg_log *log, tg_tree_edge *edge, tg_json *entry, int64_t *at_us, tg_error *err);
/** The vkey text of the log's key under `origin`, appended. */
TG_NODISCARD int tg_log__vkey(const tg_log *log, const char *origin, tg_buf *out, tg_error *err);
/** The epoch behind the last '/' of an origin that starts with `prefix` and '/'; 0 if it is none. */
uint32_t tg_log__epoch_of(const char *origin, const char *prefix);
/** `at_us` of the newest entry below `size`; 0 if it says none. */
TG_NODISCARD int tg_log__last_at(tg_log *log, uint32_t epoch, uint64_t size, int64_t *at_us, tg_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * log.h - the evidence log of one station: entries appended durably, a tree over them, signed checkpoints.
 *
 * Files in its folder: evidence.sqlite (and its -wal), evidence.key, last-signed. tillgate-evidence(5) describes them.
 * One process, one connection, one thread at a time: the caller holds the station's evidence lock before opening and
 * puts a tg_writer (writer.h) in front when there are several threads. Knows nothing of scans, verdicts and networks.
 *
 * Epochs. A log that finds itself older than what it has signed (a database put back from a copy, a lost second file, a
 * changed key or origin, a damaged tree) never signs on: it starts a new log in the same database, numbered from 0, under the
 * origin with the next epoch number, whose first entry (kind "epoch") names the old origin, size, root and the reason.
 */
#ifndef TG_EVIDENCE_LOG_H
#define TG_EVIDENCE_LOG_H

#include "store/base/json.h"
#include "store/evidence/note.h"

#define TG_LOG_ENTRY_MAX 65535 /**< bytes: the 2-byte length of a tlog-tiles entry bundle */
#define TG_LOG_APPEND_MAX                                                                                    \
	1024 /**< entries in one transaction: bounds memory and the time a commit holds others up */
#define TG_LOG_ORIGIN_MAX 200 /**< bytes of the origin without its epoch */
#define TG_LOG_EPOCH_MAX                                                                                     \
	1000000 /**< more restores than a station has in its life; keeps the row numbers in 63 bits */
#define TG_LOG_ENVELOPE_VERSION 1 /**< `v` of the entries written here */

typedef struct tg_log tg_log; /* opaque */

typedef struct tg_log_options {
	const char *
		origin; /**< "<owner domain>/<site GLN>/<station>": letters, digits, '.', '_', '-'; the GLN 13 digits */
	bool create;     /**< make folder, database and key if they are not there */
	bool inspect;    /**< look only: never starts an epoch, appends nothing, signs nothing (TG_ESTATE) */
	const char *vfs; /**< SQLite VFS by name, for tests; NULL: the system's */
	int64_t (*now_us)(void *ctx);  /**< UTC microseconds; NULL: tg_utc_now_us */
	int64_t (*mono_us)(void *ctx); /**< microseconds since boot; NULL: tg_mono_now_us */
	void *clock_ctx;
} tg_log_options;

/**
 * Open (or make) the log in `dir`. Every setting the promise rests on is read back; a weaker one refuses to open. The
 * stored right edge is checked against leaves and inner hashes, and the whole against the last signed checkpoint; a log
 * that was put back starts a new epoch before this returns (see tg_log_renewal). Needs no hand after a power cut.
 *
 * Ownership: `*out` is the caller's: tg_log_close. All strings are copied. tg_crypto_init() was called before.
 * Errors:    TG_EINVAL origin or options; TG_ENOTFOUND no log there and `create` not set; TG_EBUSY another connection;
 *            TG_ESTATE a weaker setting, a schema of another version, or the key is missing beside a log;
 *            TG_EIO with SQLite's or the system's words.
 */
TG_NODISCARD int tg_log_open(tg_log **out, const char *dir, const tg_log_options *opt, tg_error *err);
void tg_log_close(tg_log *log); /**< signs nothing; NULL is fine */

/**
 * Append `n` entries (1 to TG_LOG_APPEND_MAX) in one transaction; durable when TG_OK is returned. Sets `v`, `seq`, `at_us`,
 * `boot` and `mono_us` in each object (replacing members of these names); the caller brings `kind` (text) and the body. The
 * objects stay the caller's and can be read afterwards (at_us) or given again after a failure.
 *
 * Errors: TG_EINVAL no object, no kind; TG_ELENGTH an entry over TG_LOG_ENTRY_MAX bytes; TG_EIO with SQLite's words (disk full,
 *         I/O error): nothing of the call is in the log, and the log works again when the fault is gone.
 * Blocking: one fsync.
 */
TG_NODISCARD int tg_log_append(
	tg_log *log, tg_json *const entries[], size_t n, uint64_t *first_seq, tg_error *err);

typedef struct tg_log_head {
	uint32_t epoch;
	uint64_t size; /**< entries in this epoch; the next sequence number */
	tg_tree_hash root;
	int64_t last_at_us;                /**< `at_us` of the newest entry; 0 if there is none */
	uint64_t signed_size;              /**< size of the last checkpoint signed in this epoch */
	char origin[TG_NOTE_NAME_MAX + 1]; /**< with its epoch */
} tg_log_head;

/** Where the log stands. No I/O. */
void tg_log_get_head(const tg_log *log, tg_log_head *out);
/** The same of an earlier epoch, from the database. TG_ENOTFOUND. */
TG_NODISCARD int tg_log_get_epoch(tg_log *log, uint32_t epoch, tg_log_head *out, tg_error *err);
/** Why this opening started a new epoch ("restored", …, see tillgate-evidence(5)), or NULL if it did not. Borrowed. */
const char *tg_log_renewal(const tg_log *log);
/** In `inspect` mode: why an opening for writing would start a new epoch; else NULL. Borrowed. */
const char *tg_log_renewal_due(const tg_log *log);

/** One stored entry; everything is borrowed for the time of the callback. */
typedef struct tg_log_entry {
	uint32_t epoch;
	uint64_t seq;
	tg_view bytes;
	tg_tree_hash leaf; /**< as stored, not recomputed */
} tg_log_entry;

/** Return 0 to go on; anything else stops the reading, which then returns TG_OK. Must not call the log. */
typedef int (*tg_log_entry_fn)(void *ctx, const tg_log_entry *entry);

/** Entries `first` … `first + count - 1` of `epoch` (0: the present one) in order; those that do not exist are left out. */
TG_NODISCARD int tg_log_read(tg_log *log, uint32_t epoch, uint64_t first, uint64_t count, tg_log_entry_fn fn,
	void *ctx, tg_error *err);
/** One entry's bytes, appended to `out`. TG_ENOTFOUND. */
TG_NODISCARD int tg_log_read_one(tg_log *log, uint32_t epoch, uint64_t seq, tg_buf *out, tg_error *err);

/**
 * Sign the present head and append the note to `out`. The second file holds it, durably, before this returns. If nothing came
 * since the last one, that one is given. TG_EIO: nothing was handed out.
 */
TG_NODISCARD int tg_log_checkpoint(tg_log *log, tg_buf *out, tg_error *err);
/** The last signed checkpoint, as stored; `parsed` may be NULL. No signing, no I/O. TG_ENOTFOUND if there is none. */
TG_NODISCARD int tg_log_last_checkpoint(const tg_log *log, tg_buf *out, tg_checkpoint *parsed, tg_error *err);

/**
 * A tlog-proof text that entry `seq` of `epoch` (0: present) is in the log, appended to `out`. For the present epoch a checkpoint
 * is signed if the last one does not cover the entry. TG_ENOTFOUND no such entry; TG_ESTATE no checkpoint covers it.
 */
TG_NODISCARD int tg_log_prove(tg_log *log, uint32_t epoch, uint64_t seq, tg_buf *out, tg_error *err);
/** Consistency proof between two sizes of one epoch (0: present). TG_EINVAL if new_size is more than the log has. */
TG_NODISCARD int tg_log_prove_consistency(
	tg_log *log, uint32_t epoch, uint64_t old_size, uint64_t new_size, tg_tree_proof *out, tg_error *err);

/** What proves entries `first` … `end - 1` of one epoch to somebody who is handed their bytes and nothing else. */
typedef struct tg_log_range {
	uint32_t epoch;
	uint64_t first, end;
	char origin[TG_NOTE_NAME_MAX + 1];
	tg_tree_edge edge;         /**< of the first `first` entries: with it the leaves give the root at `end` */
	tg_tree_proof consistency; /**< from the tree of `end` entries to that of the checkpoint */
	bool has_checkpoint;       /**< `note` got one that covers the range */
} tg_log_range;

/**
 * `epoch` 0: the present one. `end` is lowered to what there is. For the present epoch a checkpoint is signed if the last one does not
 * cover the range; a closed epoch may have none that does. The signed note is appended to `note`.
 * Errors: TG_ENOTFOUND no such epoch; TG_EINVAL `first` is beyond the end.
 */
TG_NODISCARD int tg_log_prove_range(
	tg_log *log, tg_log_range *out, tg_buf *note, uint32_t epoch, uint64_t first, uint64_t end, tg_error *err);

/** The station's public key; borrowed. */
const tg_pubkey *tg_log_public_key(const tg_log *log);
/** The station's key as vkey text under the present origin, appended. */
TG_NODISCARD int tg_log_vkey(const tg_log *log, tg_buf *out, tg_error *err);

/** Make DIR/evidence.key if it is not there (0600) and give the public key: for enrolment, before there is a log. */
TG_NODISCARD int tg_log_make_key(tg_pubkey **out, const char *dir, tg_error *err);

#endif

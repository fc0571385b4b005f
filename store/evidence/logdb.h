/* SPDX-License-Identifier: Apache-2.0
 *
 * logdb.h - the database behind the log: its settings, its tables, its statements. For log*.c and verify.c only.
 *
 * Only logdb.c includes sqlite3.h. Knows rows; knows nothing of keys, clocks
 * and epochs' meaning. Every failure carries SQLite's words.
 */
#ifndef TG_EVIDENCE_LOGDB_H
#define TG_EVIDENCE_LOGDB_H

#include "store/evidence/log.h"

#define TG_LOGDB_TILE 8 /**< levels between stored inner hashes: one row for 256 below it, as in tlog-tiles */

typedef struct tg_logdb tg_logdb;

typedef struct tg_logdb_epoch {
	uint32_t epoch;
	char origin[TG_NOTE_NAME_MAX + 1];
	char vkey[512];
	char reason[32];
	int64_t started_us;
} tg_logdb_epoch;

/**
 * Open `path`, set and read back every setting, make the tables if there are none and `create` is set. `inspect` leaves the
 * tables alone. Errors as tg_log_open.
 */
TG_NODISCARD int tg_logdb__open(
	tg_logdb **out, const char *path, const char *vfs, bool create, bool inspect, tg_error *err);
void tg_logdb__close(tg_logdb *db);

TG_NODISCARD int tg_logdb__begin(tg_logdb *db, tg_error *err);
/** On failure the transaction is rolled back. */
TG_NODISCARD int tg_logdb__commit(tg_logdb *db, tg_error *err);
void tg_logdb__rollback(tg_logdb *db); /**< fine when there is none */

/* ---- rows ---- */
TG_NODISCARD int tg_logdb__put_epoch(tg_logdb *db, const tg_logdb_epoch *epoch, tg_error *err);
TG_NODISCARD int tg_logdb__put_entry(
	tg_logdb *db, uint32_t epoch, uint64_t seq, const tg_tree_hash *leaf, tg_view bytes, tg_error *err);
TG_NODISCARD int tg_logdb__put_node(tg_logdb *db, uint32_t epoch, unsigned level, uint64_t number,
	const tg_tree_hash *hash, tg_error *err);
TG_NODISCARD int tg_logdb__put_edge(tg_logdb *db, uint32_t epoch, const tg_tree_edge *edge, tg_error *err);
/** Fine if that very size is there already. */
TG_NODISCARD int tg_logdb__put_checkpoint(
	tg_logdb *db, uint32_t epoch, uint64_t size, tg_view note, tg_error *err);

/** The highest epoch number; 0 if there is none. */
TG_NODISCARD int tg_logdb__last_epoch(tg_logdb *db, uint32_t *epoch, tg_error *err);
TG_NODISCARD int tg_logdb__get_epoch(
	tg_logdb *db, uint32_t epoch, tg_logdb_epoch *out, tg_error *err); /* TG_ENOTFOUND */
/** TG_ENOTFOUND; TG_EFORMAT if the row cannot be an edge. */
TG_NODISCARD int tg_logdb__get_edge(tg_logdb *db, uint32_t epoch, tg_tree_edge *out, tg_error *err);
/** How many rows the epoch would have if its newest one is in place: the highest sequence number and 1; 0 if none. */
TG_NODISCARD int tg_logdb__entry_end(tg_logdb *db, uint32_t epoch, uint64_t *end, tg_error *err);
TG_NODISCARD int tg_logdb__get_node(tg_logdb *db, uint32_t epoch, unsigned level, uint64_t number,
	tg_tree_hash *out, tg_error *err); /* TG_ENOTFOUND */
/** The stored checkpoint of the smallest size >= `size`. `note` is initialised by the caller. TG_ENOTFOUND. */
TG_NODISCARD int tg_logdb__next_checkpoint(
	tg_logdb *db, uint32_t epoch, uint64_t size, uint64_t *found, tg_buf *note, tg_error *err);
/** The stored checkpoint of the largest size. TG_ENOTFOUND. */
TG_NODISCARD int tg_logdb__newest_checkpoint(
	tg_logdb *db, uint32_t epoch, uint64_t *found, tg_buf *note, tg_error *err);
/** As tg_log_read; the callback may use other functions here but must not read entries. */
TG_NODISCARD int tg_logdb__read(tg_logdb *db, uint32_t epoch, uint64_t first, uint64_t count,
	tg_log_entry_fn fn, void *ctx, tg_error *err);

/** A source for tree.h: leaves and stored inner hashes of one epoch, the ones between computed. */
typedef struct tg_logdb_tree {
	tg_logdb *db;
	uint32_t epoch;
} tg_logdb_tree;
tg_tree_source tg_logdb__source(tg_logdb_tree *tree);

#endif

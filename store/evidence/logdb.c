/* SPDX-License-Identifier: Apache-2.0
 *
 * logdb.c - the database behind the log: settings read back, tables, statements. The only user of SQLite in the room.
 *
 * One connection, in exclusive locking mode: releases of SQLite before 3.51.3 can lose commits in WAL mode when a
 * second connection checkpoints, and the till runs such a one. Row numbers of entries are epoch * 2^40 + sequence number, so
 * that appending always goes to the end of one B-tree. Knows nothing of keys, clocks and JSON.
 */
#include "store/evidence/logdb.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#define BUSY_MS 1000              /* another process that is just closing gets this long */
#define APPLICATION_ID 0x74674576 /* "tgEv" in the file's header, for file(1) and for people */
#define SCHEMA_VERSION 1
#define SEQ_BITS 40

/* The text is compared with what the file holds: change it only with SCHEMA_VERSION. */
static const struct {
	const char *name, *sql;
	bool guard; /* made again if somebody dropped it */
} schema[] = {
	{ "epoch",
		"CREATE TABLE epoch(epoch INTEGER PRIMARY KEY CHECK(epoch BETWEEN 1 AND 1000000), origin "
		"TEXT NOT NULL, "
		"vkey TEXT NOT NULL, reason TEXT NOT NULL, started_us INTEGER NOT NULL) STRICT",
		false },
	{ "entry",
		"CREATE TABLE entry(id INTEGER PRIMARY KEY, leaf BLOB NOT NULL CHECK(length(leaf)=32), "
		"bytes BLOB NOT NULL CHECK(length(bytes) BETWEEN 2 AND 65535)) STRICT",
		false },
	{ "node",
		"CREATE TABLE node(epoch INTEGER NOT NULL, level INTEGER NOT NULL, number INTEGER NOT NULL, "
		"hash BLOB NOT NULL CHECK(length(hash)=32), PRIMARY KEY(epoch, level, number)) STRICT, "
		"WITHOUT ROWID",
		false },
	{ "edge",
		"CREATE TABLE edge(epoch INTEGER PRIMARY KEY REFERENCES epoch, size INTEGER NOT NULL, "
		"hashes BLOB NOT NULL) STRICT",
		false },
	{ "checkpoint",
		"CREATE TABLE checkpoint(epoch INTEGER NOT NULL, size INTEGER NOT NULL, note TEXT NOT NULL, "
		"PRIMARY KEY(epoch, size)) STRICT, WITHOUT ROWID",
		false },
	{ "log",
		"CREATE VIEW log AS SELECT id>>40 AS epoch, id&1099511627775 AS seq, lower(hex(leaf)) AS "
		"leaf, "
		"CAST(bytes AS TEXT) AS entry FROM entry",
		true },
	{ "entry_update",
		"CREATE TRIGGER entry_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT,'entries never "
		"change'); END",
		true },
	{ "entry_delete",
		"CREATE TRIGGER entry_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT,'entries are "
		"never deleted'); END",
		true },
	{ "node_update",
		"CREATE TRIGGER node_update BEFORE UPDATE ON node BEGIN SELECT RAISE(ABORT,'hashes never "
		"change'); END",
		true },
	{ "node_delete",
		"CREATE TRIGGER node_delete BEFORE DELETE ON node BEGIN SELECT RAISE(ABORT,'hashes are never "
		"deleted'); END",
		true },
	{ "epoch_update",
		"CREATE TRIGGER epoch_update BEFORE UPDATE ON epoch BEGIN SELECT RAISE(ABORT,'epochs never "
		"change'); END",
		true },
	{ "epoch_delete",
		"CREATE TRIGGER epoch_delete BEFORE DELETE ON epoch BEGIN SELECT RAISE(ABORT,'epochs are "
		"never deleted'); END",
		true },
	{ "checkpoint_update",
		"CREATE TRIGGER checkpoint_update BEFORE UPDATE ON checkpoint BEGIN "
		"SELECT RAISE(ABORT,'checkpoints never change'); END",
		true },
	{ "checkpoint_delete",
		"CREATE TRIGGER checkpoint_delete BEFORE DELETE ON checkpoint BEGIN "
		"SELECT RAISE(ABORT,'checkpoints are never deleted'); END",
		true },
	{ "edge_update",
		"CREATE TRIGGER edge_update BEFORE UPDATE ON edge WHEN NEW.size<=OLD.size OR "
		"NEW.epoch<>OLD.epoch BEGIN "
		"SELECT RAISE(ABORT,'the tree only grows'); END",
		true },
	{ "edge_delete",
		"CREATE TRIGGER edge_delete BEFORE DELETE ON edge BEGIN SELECT RAISE(ABORT,'edges are never "
		"deleted'); END",
		true },
};

/* In this order: exclusive locking before the first use of the WAL, so that no shared memory file is made. */
static const struct {
	const char *set, *get, *want;
} settings[] = {
	{ "PRAGMA locking_mode=EXCLUSIVE", "PRAGMA locking_mode", "exclusive" },
	{ "PRAGMA journal_mode=WAL", "PRAGMA journal_mode", "wal" },
	{ "PRAGMA synchronous=FULL", "PRAGMA synchronous", "2" },
	{ "PRAGMA trusted_schema=OFF", "PRAGMA trusted_schema", "0" },
	{ "PRAGMA cell_size_check=ON", "PRAGMA cell_size_check", "1" },
	{ "PRAGMA foreign_keys=ON", "PRAGMA foreign_keys", "1" },
	{ "PRAGMA mmap_size=0", "PRAGMA mmap_size", "0" },
	{ "PRAGMA temp_store=MEMORY", "PRAGMA temp_store",
		"2" }, /* no temporary file on a disk that may be full */
	{ "PRAGMA wal_autocheckpoint=1000", "PRAGMA wal_autocheckpoint", "1000" },
};

enum {
	BEGIN,
	COMMIT,
	PUT_EPOCH,
	PUT_ENTRY,
	PUT_NODE,
	PUT_EDGE,
	PUT_CHECKPOINT,
	LAST_EPOCH,
	GET_EPOCH,
	GET_EDGE,
	ENTRY_END,
	GET_NODE,
	NODE_RANGE,
	LEAF_RANGE,
	NEXT_CHECKPOINT,
	NEWEST_CHECKPOINT,
	READ,
	STATEMENTS
};

static const char *const statements[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[PUT_EPOCH] = "INSERT INTO epoch VALUES(?1,?2,?3,?4,?5)",
	[PUT_ENTRY] = "INSERT INTO entry VALUES(?1,?2,?3)",
	[PUT_NODE] = "INSERT INTO node VALUES(?1,?2,?3,?4)",
	[PUT_EDGE] = "INSERT INTO edge VALUES(?1,?2,?3) ON CONFLICT(epoch) DO UPDATE SET size=?2, hashes=?3",
	[PUT_CHECKPOINT] = "INSERT INTO checkpoint VALUES(?1,?2,?3) ON CONFLICT DO NOTHING",
	[LAST_EPOCH] = "SELECT ifnull(max(epoch),0) FROM epoch",
	[GET_EPOCH] = "SELECT origin,vkey,reason,started_us FROM epoch WHERE epoch=?1",
	[GET_EDGE] = "SELECT size,hashes FROM edge WHERE epoch=?1",
	[ENTRY_END] = "SELECT max(id) FROM entry WHERE id BETWEEN ?1 AND ?2",
	[GET_NODE] = "SELECT hash FROM node WHERE epoch=?1 AND level=?2 AND number=?3",
	[NODE_RANGE] = ("SELECT number,hash FROM node WHERE epoch=?1 AND level=?2 AND number BETWEEN ?3 AND "
			"?4 ORDER BY number"),
	[LEAF_RANGE] = "SELECT id,leaf FROM entry WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
	[NEXT_CHECKPOINT] =
		"SELECT size,note FROM checkpoint WHERE epoch=?1 AND size>=?2 ORDER BY size LIMIT 1",
	[NEWEST_CHECKPOINT] = "SELECT size,note FROM checkpoint WHERE epoch=?1 ORDER BY size DESC LIMIT 1",
	[READ] = "SELECT id,leaf,bytes FROM entry WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
};

struct tg_logdb {
	sqlite3 *handle;
	sqlite3_stmt *stmt[STATEMENTS];
	char name[64]; /* for error words */
};

/* ---- errors ---- */

static int db_fail(tg_logdb *db, const char *what, tg_error *err)
{
	int code = sqlite3_extended_errcode(db->handle), primary = code & 0xff;
	int sys = sqlite3_system_errno(db->handle);
	int rc = TG_EIO;

	if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED)
		rc = TG_EBUSY;
	else if (primary == SQLITE_NOMEM)
		rc = TG_ENOMEM;
	rc = tg_fail(
		err, rc, "%s: %s: %s (SQLite error %d)", db->name, what, sqlite3_errmsg(db->handle), code);
	if (err != NULL)
		err->sys = sys;
	return rc;
}

/* Run a statement that gives no row, or whose rows do not matter. */
static int run(tg_logdb *db, int which, const char *what, tg_error *err)
{
	sqlite3_stmt *stmt = db->stmt[which];
	int rc = TG_OK;

	if (sqlite3_step(stmt) != SQLITE_DONE)
		rc = db_fail(db, what, err);
	sqlite3_reset(stmt);
	return rc;
}

/* SQLITE_ROW → TG_OK, no row → TG_ENOTFOUND. The caller resets. */
static int fetch(tg_logdb *db, int which, const char *what, tg_error *err)
{
	int rc = sqlite3_step(db->stmt[which]);

	if (rc == SQLITE_ROW)
		return TG_OK;
	if (rc == SQLITE_DONE)
		return tg_fail(err, TG_ENOTFOUND, "%s: no such %s", db->name, what);
	return db_fail(db, what, err);
}

/* ---- opening ---- */

/* The first column of the first row as text; "" if there is no row. */
static int query_text(tg_logdb *db, const char *sql, char *out, size_t size, tg_error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = TG_OK, step;

	out[0] = '\0';
	if (sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL) != SQLITE_OK)
		return db_fail(db, sql, err);
	step = sqlite3_step(stmt);
	if (step == SQLITE_ROW) {
		const unsigned char *text = sqlite3_column_text(stmt, 0);

		snprintf(out, size, "%s", text == NULL ? "" : (const char *)text);
	} else if (step != SQLITE_DONE) {
		rc = db_fail(db, sql, err);
	}
	sqlite3_finalize(stmt);
	return rc;
}

static int apply_settings(tg_logdb *db, tg_error *err)
{
	char text[64];

	for (size_t i = 0; i < TG_COUNT(settings); i++) {
		int rc = query_text(db, settings[i].set, text, sizeof(text), err);

		if (rc == TG_OK)
			rc = query_text(db, settings[i].get, text, sizeof(text), err);
		if (rc != TG_OK)
			return rc;
		if (strcmp(text, settings[i].want) != 0)
			return tg_fail(err, TG_ESTATE,
				"%s: %s says \"%s\", wanted \"%s\"; the log is not opened with weaker "
				"settings",
				db->name, settings[i].get, text, settings[i].want);
	}
	return TG_OK;
}

static int check_library(tg_logdb *db, tg_error *err)
{
	if (sqlite3_libversion_number() < 3037000)
		return tg_fail(err, TG_ESTATE, "%s: SQLite %s is too old for STRICT tables (3.37)", db->name,
			sqlite3_libversion());
	if (sqlite3_threadsafe() == 0)
		return tg_fail(err, TG_ESTATE, "%s: SQLite was built without thread safety", db->name);
	if (sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) != SQLITE_OK ||
		sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, NULL) != SQLITE_OK)
		return db_fail(db, "defensive settings", err);
	return TG_OK;
}

static int exec(tg_logdb *db, const char *sql, tg_error *err)
{
	return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? TG_OK : db_fail(db, sql, err);
}

static int make_tables(tg_logdb *db, tg_error *err)
{
	char sql[128];
	int rc = exec(db, "BEGIN IMMEDIATE", err);

	for (size_t i = 0; rc == TG_OK && i < TG_COUNT(schema); i++)
		rc = exec(db, schema[i].sql, err);
	snprintf(sql, sizeof(sql), "PRAGMA application_id=%d; PRAGMA user_version=%d", APPLICATION_ID,
		SCHEMA_VERSION);
	if (rc == TG_OK)
		rc = exec(db, sql, err);
	if (rc == TG_OK)
		rc = exec(db, "COMMIT", err);
	if (rc != TG_OK)
		tg_logdb__rollback(db);
	return rc;
}

/* Nothing in the file but what we put there: a strange trigger could rewrite entries as they come in. */
static int check_schema(tg_logdb *db, tg_error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = TG_OK, step;

	if (sqlite3_prepare_v2(db->handle, "SELECT name,sql FROM sqlite_schema WHERE sql IS NOT NULL", -1,
		    &stmt, NULL) != SQLITE_OK)
		return db_fail(db, "schema", err);
	while (rc == TG_OK && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(stmt, 0),
			   *sql = (const char *)sqlite3_column_text(stmt, 1);
		size_t i = 0;

		while (i < TG_COUNT(schema) && (sql == NULL || strcmp(schema[i].sql, sql) != 0))
			i++;
		if (i == TG_COUNT(schema))
			rc = tg_fail(err, TG_ESTATE, "%s: \"%s\" in it is not ours", db->name,
				name == NULL ? "?" : name);
	}
	if (rc == TG_OK && step != SQLITE_DONE)
		rc = db_fail(db, "schema", err);
	sqlite3_finalize(stmt);
	return rc;
}

static int restore_guards(tg_logdb *db, tg_error *err)
{
	char sql[160], found[8];
	int rc = TG_OK;

	for (size_t i = 0; rc == TG_OK && i < TG_COUNT(schema); i++) {
		if (!schema[i].guard)
			continue;
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM sqlite_schema WHERE name='%s'",
			schema[i].name);
		rc = query_text(db, sql, found, sizeof(found), err);
		if (rc == TG_OK && strcmp(found, "0") == 0)
			rc = exec(db, schema[i].sql, err);
	}
	return rc;
}

/* Is it our database, of our version? An empty file is a new one. */
static int check_identity(tg_logdb *db, bool create, bool inspect, tg_error *err)
{
	char id[16], version[16], tables[16], want[16];
	int rc = query_text(db, "PRAGMA application_id", id, sizeof(id), err);

	if (rc == TG_OK)
		rc = query_text(db, "PRAGMA user_version", version, sizeof(version), err);
	if (rc == TG_OK)
		rc = query_text(db, "SELECT count(*) FROM sqlite_schema", tables, sizeof(tables), err);
	if (rc != TG_OK)
		return rc;
	if (strcmp(tables, "0") == 0 && strcmp(id, "0") == 0) {
		if (!create || inspect)
			return tg_fail(err, TG_ENOTFOUND, "%s: an empty file, no log", db->name);
		return make_tables(db, err);
	}
	snprintf(want, sizeof(want), "%d", APPLICATION_ID);
	if (strcmp(id, want) != 0)
		return tg_fail(err, TG_ESTATE, "%s: a database of another program", db->name);
	snprintf(want, sizeof(want), "%d", SCHEMA_VERSION);
	if (strcmp(version, want) != 0)
		return tg_fail(err, TG_ESTATE, "%s: tables of version %s, this program knows %s", db->name,
			version, want);
	if (inspect)
		return TG_OK;
	rc = check_schema(db, err);
	return rc == TG_OK ? restore_guards(db, err) : rc;
}

static int prepare_all(tg_logdb *db, tg_error *err)
{
	for (size_t i = 0; i < STATEMENTS; i++) {
		if (sqlite3_prepare_v3(db->handle, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &db->stmt[i],
			    NULL) != SQLITE_OK)
			return db_fail(db, statements[i], err);
	}
	return TG_OK;
}

int tg_logdb__open(
	tg_logdb **out, const char *path, const char *vfs, bool create, bool inspect, tg_error *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	const char *slash = strrchr(path, '/');
	tg_logdb *db = calloc(1, sizeof(*db));
	int rc;

	*out = NULL;
	if (db == NULL)
		return tg_fail(err, TG_ENOMEM, "log");
	snprintf(db->name, sizeof(db->name), "%s", slash == NULL ? path : slash + 1);
	if (create && !inspect)
		flags |= SQLITE_OPEN_CREATE;
	rc = sqlite3_open_v2(path, &db->handle, flags, vfs);
	if (rc != SQLITE_OK) {
		if (db->handle == NULL)
			rc = tg_fail(err, TG_ENOMEM, "%s: open", db->name);
		else
			rc = db_fail(db, "open", err);
		goto fail;
	}
	sqlite3_busy_timeout(db->handle, BUSY_MS);
	rc = check_library(db, err);
	if (rc == TG_OK)
		rc = apply_settings(db, err);
	if (rc == TG_OK)
		rc = check_identity(db, create, inspect, err);
	if (rc == TG_OK)
		rc = prepare_all(db, err);
	/* A write lock, taken once: from here on nobody else can open the file. */
	if (rc == TG_OK)
		rc = tg_logdb__begin(db, err);
	if (rc == TG_OK)
		rc = tg_logdb__commit(db, err);
	if (rc != TG_OK)
		goto fail;
	*out = db;
	return TG_OK;
fail:
	if (rc == TG_EBUSY)
		tg_error_prefix(err, "another program has the log open");
	tg_logdb__close(db);
	return rc;
}

void tg_logdb__close(tg_logdb *db)
{
	if (db == NULL)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(db->stmt[i]);
	sqlite3_close(db->handle);
	free(db);
}

/* ---- transactions ---- */

int tg_logdb__begin(tg_logdb *db, tg_error *err)
{
	return run(db, BEGIN, "begin", err);
}

int tg_logdb__commit(tg_logdb *db, tg_error *err)
{
	int rc = run(db, COMMIT, "commit", err);

	if (rc != TG_OK)
		tg_logdb__rollback(db);
	return rc;
}

void tg_logdb__rollback(tg_logdb *db)
{
	/* Many errors have rolled back already. If this fails too, the next BEGIN fails and says so. */
	if (!sqlite3_get_autocommit(db->handle))
		(void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- writing rows ---- */

static sqlite3_int64 entry_id(uint32_t epoch, uint64_t seq)
{
	return (sqlite3_int64)((uint64_t)epoch << SEQ_BITS | seq);
}

static void bind_hash(sqlite3_stmt *stmt, int column, const tg_tree_hash *hash)
{
	sqlite3_bind_blob(stmt, column, hash->bytes, sizeof(hash->bytes), SQLITE_STATIC);
}

int tg_logdb__put_epoch(tg_logdb *db, const tg_logdb_epoch *epoch, tg_error *err)
{
	sqlite3_stmt *stmt = db->stmt[PUT_EPOCH];

	sqlite3_bind_int64(stmt, 1, epoch->epoch);
	sqlite3_bind_text(stmt, 2, epoch->origin, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(stmt, 3, epoch->vkey, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(stmt, 4, epoch->reason, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(stmt, 5, epoch->started_us);
	return run(db, PUT_EPOCH, "epoch", err);
}

int tg_logdb__put_entry(
	tg_logdb *db, uint32_t epoch, uint64_t seq, const tg_tree_hash *leaf, tg_view bytes, tg_error *err)
{
	sqlite3_stmt *stmt = db->stmt[PUT_ENTRY];
	int rc;

	sqlite3_bind_int64(stmt, 1, entry_id(epoch, seq));
	bind_hash(stmt, 2, leaf);
	sqlite3_bind_blob64(stmt, 3, bytes.data, bytes.len, SQLITE_STATIC);
	rc = run(db, PUT_ENTRY, "entry", err);
	sqlite3_clear_bindings(stmt);
	return rc;
}

int tg_logdb__put_node(tg_logdb *db, uint32_t epoch, unsigned level, uint64_t number,
	const tg_tree_hash *hash, tg_error *err)
{
	sqlite3_stmt *stmt = db->stmt[PUT_NODE];
	int rc;

	sqlite3_bind_int64(stmt, 1, epoch);
	sqlite3_bind_int64(stmt, 2, level);
	sqlite3_bind_int64(stmt, 3, (sqlite3_int64)number);
	bind_hash(stmt, 4, hash);
	rc = run(db, PUT_NODE, "inner hash", err);
	sqlite3_clear_bindings(stmt);
	return rc;
}

int tg_logdb__put_edge(tg_logdb *db, uint32_t epoch, const tg_tree_edge *edge, tg_error *err)
{
	sqlite3_stmt *stmt = db->stmt[PUT_EDGE];
	int rc;

	sqlite3_bind_int64(stmt, 1, epoch);
	sqlite3_bind_int64(stmt, 2, (sqlite3_int64)edge->size);
	sqlite3_bind_blob(stmt, 3, edge->node, (int)(edge->count * sizeof(edge->node[0])), SQLITE_STATIC);
	rc = run(db, PUT_EDGE, "right edge", err);
	sqlite3_clear_bindings(stmt);
	return rc;
}

int tg_logdb__put_checkpoint(tg_logdb *db, uint32_t epoch, uint64_t size, tg_view note, tg_error *err)
{
	sqlite3_stmt *stmt = db->stmt[PUT_CHECKPOINT];
	int rc;

	sqlite3_bind_int64(stmt, 1, epoch);
	sqlite3_bind_int64(stmt, 2, (sqlite3_int64)size);
	sqlite3_bind_text64(stmt, 3, (const char *)note.data, note.len, SQLITE_STATIC, SQLITE_UTF8);
	rc = run(db, PUT_CHECKPOINT, "checkpoint", err);
	sqlite3_clear_bindings(stmt);
	return rc;
}

/* ---- reading rows ---- */

static bool column_hash(sqlite3_stmt *stmt, int column, tg_tree_hash *out)
{
	const void *blob = sqlite3_column_blob(stmt, column);

	if (blob == NULL || sqlite3_column_bytes(stmt, column) != (int)sizeof(out->bytes))
		return false;
	memcpy(out->bytes, blob, sizeof(out->bytes));
	return true;
}

static void column_text(sqlite3_stmt *stmt, int column, char *out, size_t size)
{
	const unsigned char *text = sqlite3_column_text(stmt, column);

	snprintf(out, size, "%s", text == NULL ? "" : (const char *)text);
}

int tg_logdb__last_epoch(tg_logdb *db, uint32_t *epoch, tg_error *err)
{
	int rc = fetch(db, LAST_EPOCH, "epoch", err);

	*epoch = rc == TG_OK ? (uint32_t)sqlite3_column_int64(db->stmt[LAST_EPOCH], 0) : 0;
	sqlite3_reset(db->stmt[LAST_EPOCH]);
	return rc;
}

int tg_logdb__get_epoch(tg_logdb *db, uint32_t epoch, tg_logdb_epoch *out, tg_error *err)
{
	sqlite3_stmt *stmt = db->stmt[GET_EPOCH];
	int rc;

	memset(out, 0, sizeof(*out));
	sqlite3_bind_int64(stmt, 1, epoch);
	rc = fetch(db, GET_EPOCH, "epoch", err);
	if (rc == TG_OK) {
		out->epoch = epoch;
		column_text(stmt, 0, out->origin, sizeof(out->origin));
		column_text(stmt, 1, out->vkey, sizeof(out->vkey));
		column_text(stmt, 2, out->reason, sizeof(out->reason));
		out->started_us = sqlite3_column_int64(stmt, 3);
	}
	sqlite3_reset(stmt);
	return rc;
}

int tg_logdb__get_edge(tg_logdb *db, uint32_t epoch, tg_tree_edge *out, tg_error *err)
{
	sqlite3_stmt *stmt = db->stmt[GET_EDGE];
	int rc;

	memset(out, 0, sizeof(*out));
	sqlite3_bind_int64(stmt, 1, epoch);
	rc = fetch(db, GET_EDGE, "right edge", err);
	if (rc == TG_OK) {
		int64_t size = sqlite3_column_int64(stmt, 0);
		const void *blob = sqlite3_column_blob(stmt, 1);
		size_t len = (size_t)sqlite3_column_bytes(stmt, 1);

		if (size < 0 || (uint64_t)size > TG_TREE_SIZE_MAX ||
			len != (size_t)__builtin_popcountll((uint64_t)size) * sizeof(out->node[0])) {
			rc = tg_fail(err, TG_EFORMAT, "%s: the right edge of epoch %" PRIu32 " is malformed",
				db->name, epoch);
		} else {
			out->size = (uint64_t)size;
			out->count = len / sizeof(out->node[0]);
			if (len > 0)
				memcpy(out->node, blob, len);
		}
	}
	sqlite3_reset(stmt);
	return rc;
}

int tg_logdb__entry_end(tg_logdb *db, uint32_t epoch, uint64_t *end, tg_error *err)
{
	sqlite3_stmt *stmt = db->stmt[ENTRY_END];
	int rc;

	*end = 0;
	sqlite3_bind_int64(stmt, 1, entry_id(epoch, 0));
	sqlite3_bind_int64(stmt, 2, entry_id(epoch, TG_TREE_SIZE_MAX - 1));
	rc = fetch(db, ENTRY_END, "entry", err);
	if (rc == TG_OK && sqlite3_column_type(stmt, 0) != SQLITE_NULL)
		*end = ((uint64_t)sqlite3_column_int64(stmt, 0) & (TG_TREE_SIZE_MAX - 1)) + 1;
	sqlite3_reset(stmt);
	return rc;
}

int tg_logdb__get_node(
	tg_logdb *db, uint32_t epoch, unsigned level, uint64_t number, tg_tree_hash *out, tg_error *err)
{
	sqlite3_stmt *stmt = db->stmt[GET_NODE];
	int rc;

	sqlite3_bind_int64(stmt, 1, epoch);
	sqlite3_bind_int64(stmt, 2, level);
	sqlite3_bind_int64(stmt, 3, (sqlite3_int64)number);
	rc = fetch(db, GET_NODE, "inner hash", err);
	if (rc == TG_OK && !column_hash(stmt, 0, out))
		rc = tg_fail(err, TG_EFORMAT, "%s: an inner hash is malformed", db->name);
	sqlite3_reset(stmt);
	return rc;
}

static int take_checkpoint(tg_logdb *db, int which, uint64_t *found, tg_buf *note, tg_error *err)
{
	sqlite3_stmt *stmt = db->stmt[which];
	int rc = fetch(db, which, "checkpoint", err);

	if (rc == TG_OK) {
		const void *text = sqlite3_column_text(stmt, 1);
		size_t len = (size_t)sqlite3_column_bytes(stmt, 1);

		*found = (uint64_t)sqlite3_column_int64(stmt, 0);
		if (text != NULL)
			tg_buf_append(note, text, len);
		rc = tg_buf_check(note, "stored checkpoint", err);
	}
	sqlite3_reset(stmt);
	return rc;
}

int tg_logdb__next_checkpoint(
	tg_logdb *db, uint32_t epoch, uint64_t size, uint64_t *found, tg_buf *note, tg_error *err)
{
	sqlite3_bind_int64(db->stmt[NEXT_CHECKPOINT], 1, epoch);
	sqlite3_bind_int64(db->stmt[NEXT_CHECKPOINT], 2, (sqlite3_int64)size);
	return take_checkpoint(db, NEXT_CHECKPOINT, found, note, err);
}

int tg_logdb__newest_checkpoint(tg_logdb *db, uint32_t epoch, uint64_t *found, tg_buf *note, tg_error *err)
{
	sqlite3_bind_int64(db->stmt[NEWEST_CHECKPOINT], 1, epoch);
	return take_checkpoint(db, NEWEST_CHECKPOINT, found, note, err);
}

int tg_logdb__read(tg_logdb *db, uint32_t epoch, uint64_t first, uint64_t count, tg_log_entry_fn fn,
	void *ctx, tg_error *err)
{
	sqlite3_stmt *stmt = db->stmt[READ];
	int rc = TG_OK, step;

	if (count == 0 || first >= TG_TREE_SIZE_MAX)
		return TG_OK;
	if (count > TG_TREE_SIZE_MAX - first)
		count = TG_TREE_SIZE_MAX - first;
	sqlite3_bind_int64(stmt, 1, entry_id(epoch, first));
	sqlite3_bind_int64(stmt, 2, entry_id(epoch, first + count - 1));
	while ((step = sqlite3_step(stmt)) == SQLITE_ROW) {
		tg_log_entry entry = { .epoch = epoch };

		entry.seq = (uint64_t)sqlite3_column_int64(stmt, 0) & (TG_TREE_SIZE_MAX - 1);
		if (!column_hash(stmt, 1, &entry.leaf))
			memset(&entry.leaf, 0,
				sizeof(entry.leaf)); /* no entry hashes to this: found by comparing */
		entry.bytes.data = sqlite3_column_blob(stmt, 2);
		entry.bytes.len = entry.bytes.data == NULL ? 0 : (size_t)sqlite3_column_bytes(stmt, 2);
		if (fn(ctx, &entry) != 0)
			break;
	}
	if (step != SQLITE_DONE && step != SQLITE_ROW)
		rc = db_fail(db, "entries", err);
	sqlite3_reset(stmt);
	return rc;
}

/* ---- the tree's hashes ---- */

/* Hashes `first` … of one stored level into `out`; every one must be there. */
static int read_level(tg_logdb *db, uint32_t epoch, unsigned level, uint64_t first, size_t count,
	tg_tree_hash *out, tg_error *err)
{
	int which = level == 0 ? LEAF_RANGE : NODE_RANGE, rc = TG_OK, step = SQLITE_DONE;
	sqlite3_stmt *stmt = db->stmt[which];
	size_t n = 0;

	if (level == 0) {
		sqlite3_bind_int64(stmt, 1, entry_id(epoch, first));
		sqlite3_bind_int64(stmt, 2, entry_id(epoch, first + count - 1));
	} else {
		sqlite3_bind_int64(stmt, 1, epoch);
		sqlite3_bind_int64(stmt, 2, level);
		sqlite3_bind_int64(stmt, 3, (sqlite3_int64)first);
		sqlite3_bind_int64(stmt, 4, (sqlite3_int64)(first + count - 1));
	}
	while (rc == TG_OK && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
		uint64_t number = (uint64_t)sqlite3_column_int64(stmt, 0);

		if (level == 0)
			number &= TG_TREE_SIZE_MAX - 1;
		if (n >= count || number != first + n || !column_hash(stmt, 1, &out[n]))
			rc = tg_fail(err, TG_EFORMAT, "%s: hash %" PRIu64 " of level %u is missing", db->name,
				first + n, level);
		n++;
	}
	if (rc == TG_OK && step != SQLITE_DONE)
		rc = db_fail(db, "hashes", err);
	else if (rc == TG_OK && n != count)
		rc = tg_fail(err, TG_EFORMAT, "%s: hash %" PRIu64 " of level %u is missing", db->name,
			first + n, level);
	sqlite3_reset(stmt);
	return rc;
}

static int source_node(void *ctx, unsigned level, uint64_t index, tg_tree_hash *out, tg_error *err)
{
	tg_tree_hash hash[1 << (TG_LOGDB_TILE - 1)];
	unsigned above = level % TG_LOGDB_TILE;
	tg_logdb_tree *tree = ctx;
	size_t count = (size_t)1 << above;
	int rc = read_level(tree->db, tree->epoch, level - above, index << above, count, hash, err);

	for (; rc == TG_OK && count > 1; count /= 2) {
		for (size_t i = 0; i < count / 2; i++)
			tg_tree_node(&hash[i], &hash[2 * i], &hash[2 * i + 1]);
	}
	if (rc == TG_OK)
		*out = hash[0];
	return rc;
}

tg_tree_source tg_logdb__source(tg_logdb_tree *tree)
{
	return (tg_tree_source){ .node = source_node, .ctx = tree };
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * log.c - the evidence log at work: appending, reading, signing, proving. Opening and epochs are in log_open.c.
 *
 * One thread at a time. What is in memory (right edge, last checkpoint) moves on only after the disk has it.
 */
#include "store/evidence/log.h"

#include "store/base/file.h"
#include "store/base/utc.h"
#include "store/evidence/log_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * Not every checkpoint stays in the database: one for so many entries, or a day. More would make the log grow by signatures
 * and a verification slower than hashing; the newest is always in the second file.
 */
#define KEEP_ENTRIES 16384
#define KEEP_US TG_US_PER_DAY

/* ---- appending ---- */

struct node_sink {
	tg_log *log;
	int rc;
	tg_error *err;
};

static void node_completed(void *ctx, unsigned level, uint64_t number, const tg_tree_hash *hash)
{
	struct node_sink *sink = ctx;

	if (sink->rc == TG_OK && level % TG_LOGDB_TILE == 0)
		sink->rc =
			tg_logdb__put_node(sink->log->db, sink->log->epoch, level, number, hash, sink->err);
}

static void replace_int(tg_json *object, const char *name, int64_t value)
{
	tg_json_remove(object, name);
	tg_json_set_int(object, name, value);
}

static void set_envelope(tg_log *log, tg_json *entry, uint64_t seq, int64_t at_us)
{
	replace_int(entry, "v", TG_LOG_ENVELOPE_VERSION);
	replace_int(entry, "seq", (int64_t)seq);
	replace_int(entry, "at_us", at_us);
	replace_int(entry, "mono_us", log->mono_us(log->clock_ctx));
	tg_json_remove(entry, "boot");
	tg_json_set_str(entry, "boot", log->boot);
}

int tg_log__put(tg_log *log, tg_tree_edge *edge, tg_json *entry, int64_t *at_us, tg_error *err)
{
	struct node_sink sink = { .log = log, .rc = TG_OK, .err = err };
	uint64_t seq = edge->size;
	const char *kind;
	tg_tree_hash leaf;
	tg_buf bytes;
	int rc;

	if (entry == NULL || tg_json_type_of(entry) != TG_JSON_OBJECT)
		return tg_fail(err, TG_EINVAL, "entry: no object");
	rc = tg_json_need_str(&kind, entry, "kind", TG_LOG_ENTRY_MAX, err);
	if (rc != TG_OK)
		return tg_fail(err, TG_EINVAL, "entry: no kind");
	*at_us = log->now_us(log->clock_ctx);
	set_envelope(log, entry, seq, *at_us);
	tg_buf_init(&bytes, TG_LOG_ENTRY_MAX);
	rc = tg_json_write_jcs(&bytes, entry, err);
	if (rc == TG_ELIMIT)
		rc = tg_fail(
			err, TG_ELENGTH, "entry of kind %.40s: more than %d bytes", kind, TG_LOG_ENTRY_MAX);
	if (rc == TG_OK) {
		tg_tree_leaf(&leaf, bytes.data, bytes.len);
		rc = tg_logdb__put_entry(log->db, log->epoch, seq, &leaf, tg_buf_view(&bytes), err);
	}
	if (rc == TG_OK)
		rc = tg_tree_edge_append(edge, &leaf, node_completed, &sink, err);
	tg_buf_fini(&bytes);
	return rc == TG_OK ? sink.rc : rc;
}

/* After a failed write: is the database where memory is? A commit that failed late may have reached the disk. */
static int settle_doubt(tg_log *log, tg_error *err)
{
	tg_tree_edge edge;
	int rc = tg_logdb__get_edge(log->db, log->epoch, &edge, err);

	if (rc != TG_OK)
		return tg_fail(err, TG_EIO, "the log cannot be read back after a failed write");
	if (edge.size != log->edge.size) {
		rc = tg_log__last_at(log, log->epoch, edge.size, &log->last_at_us, err);
		if (rc != TG_OK)
			return rc;
		log->edge = edge;
	}
	log->doubt = false;
	return TG_OK;
}

int tg_log_append(tg_log *log, tg_json *const entries[], size_t n, uint64_t *first_seq, tg_error *err)
{
	tg_tree_edge edge;
	int64_t at_us = 0;
	int rc = TG_OK;

	if (log->inspect)
		return tg_fail(err, TG_ESTATE, "the log is open for inspection only");
	if (n == 0 || n > TG_LOG_APPEND_MAX)
		return tg_fail(err, TG_EINVAL, "%zu entries at once, wanted 1 to %d", n, TG_LOG_APPEND_MAX);
	if (log->doubt)
		rc = settle_doubt(log, err);
	if (rc != TG_OK)
		return rc;
	edge = log->edge;
	rc = tg_logdb__begin(log->db, err);
	for (size_t i = 0; rc == TG_OK && i < n; i++)
		rc = tg_log__put(log, &edge, entries[i], &at_us, err);
	if (rc == TG_OK)
		rc = tg_logdb__put_edge(log->db, log->epoch, &edge, err);
	if (rc == TG_OK)
		rc = tg_logdb__commit(log->db, err);
	if (rc != TG_OK) {
		tg_logdb__rollback(log->db);
		log->doubt = true;
		return rc;
	}
	if (first_seq != NULL)
		*first_seq = log->edge.size;
	log->edge = edge;
	log->last_at_us = at_us;
	return TG_OK;
}

/* ---- where it stands ---- */

void tg_log_get_head(const tg_log *log, tg_log_head *out)
{
	memset(out, 0, sizeof(*out));
	out->epoch = log->epoch;
	out->size = log->edge.size;
	tg_tree_edge_root(&out->root, &log->edge);
	out->last_at_us = log->last_at_us;
	out->signed_size = log->has_last && log->last_epoch == log->epoch ? log->last.size : 0;
	snprintf(out->origin, sizeof(out->origin), "%s", log->origin);
}

int tg_log_get_epoch(tg_log *log, uint32_t epoch, tg_log_head *out, tg_error *err)
{
	tg_logdb_epoch row;
	tg_tree_edge edge;
	tg_buf note;
	int rc;

	if (epoch == log->epoch) {
		tg_log_get_head(log, out);
		return TG_OK;
	}
	memset(out, 0, sizeof(*out));
	rc = tg_logdb__get_epoch(log->db, epoch, &row, err);
	if (rc == TG_OK)
		rc = tg_logdb__get_edge(log->db, epoch, &edge, err);
	if (rc == TG_OK)
		rc = tg_log__last_at(log, epoch, edge.size, &out->last_at_us, err);
	if (rc != TG_OK)
		return rc;
	out->epoch = epoch;
	out->size = edge.size;
	tg_tree_edge_root(&out->root, &edge);
	snprintf(out->origin, sizeof(out->origin), "%s", row.origin);
	tg_buf_init(&note, TG_NOTE_SIZE_MAX);
	if (tg_logdb__newest_checkpoint(log->db, epoch, &out->signed_size, &note, NULL) != TG_OK)
		out->signed_size = 0;
	tg_buf_fini(&note);
	return TG_OK;
}

const char *tg_log_renewal(const tg_log *log)
{
	return log->renewal;
}

const char *tg_log_renewal_due(const tg_log *log)
{
	return log->renewal_due;
}

const tg_pubkey *tg_log_public_key(const tg_log *log)
{
	return log->pub;
}

int tg_log__vkey(const tg_log *log, const char *origin, tg_buf *out, tg_error *err)
{
	tg_note_key *key;
	int rc = tg_note_key_from_ecdsa(&key, origin, log->pub, err);

	if (rc == TG_OK)
		rc = tg_note_key_to_vkey(out, key, err);
	tg_note_key_free(key);
	return rc;
}

int tg_log_vkey(const tg_log *log, tg_buf *out, tg_error *err)
{
	return tg_log__vkey(log, log->origin, out, err);
}

/* ---- reading ---- */

int tg_log_read(tg_log *log, uint32_t epoch, uint64_t first, uint64_t count, tg_log_entry_fn fn, void *ctx,
	tg_error *err)
{
	return tg_logdb__read(log->db, epoch == 0 ? log->epoch : epoch, first, count, fn, ctx, err);
}

struct one {
	tg_buf *out;
	bool found;
};

static int take_one(void *ctx, const tg_log_entry *entry)
{
	struct one *one = ctx;

	tg_buf_append(one->out, entry->bytes.data, entry->bytes.len);
	one->found = true;
	return 1;
}

int tg_log_read_one(tg_log *log, uint32_t epoch, uint64_t seq, tg_buf *out, tg_error *err)
{
	struct one one = { .out = out };
	int rc = tg_log_read(log, epoch, seq, 1, take_one, &one, err);

	if (rc == TG_OK && !one.found)
		rc = tg_fail(err, TG_ENOTFOUND, "no entry %" PRIu64 " in epoch %" PRIu32, seq,
			epoch == 0 ? log->epoch : epoch);
	return rc == TG_OK ? tg_buf_check(out, "entry", err) : rc;
}

int tg_log__last_at(tg_log *log, uint32_t epoch, uint64_t size, int64_t *at_us, tg_error *err)
{
	tg_json *json = NULL;
	tg_buf bytes;
	int rc = TG_OK;

	*at_us = 0;
	tg_buf_init(&bytes, TG_LOG_ENTRY_MAX);
	if (size > 0)
		rc = tg_log_read_one(log, epoch, size - 1, &bytes, err);
	/* A damaged entry is verify's to report; here its time is simply not known. */
	if (rc == TG_ENOTFOUND)
		rc = TG_OK;
	if (rc == TG_OK && bytes.len > 0 && tg_json_parse(&json, tg_buf_view(&bytes), NULL) == TG_OK)
		*at_us = tg_json_int(tg_json_get(json, "at_us"));
	tg_json_free(json);
	tg_buf_fini(&bytes);
	return rc;
}

/* ---- signing ---- */

static int sign_head(tg_log *log, tg_checkpoint *checkpoint, tg_buf *note, tg_error *err)
{
	tg_buf text;
	int rc;

	memset(checkpoint, 0, sizeof(*checkpoint));
	snprintf(checkpoint->origin, sizeof(checkpoint->origin), "%s", log->origin);
	checkpoint->size = log->edge.size;
	tg_tree_edge_root(&checkpoint->root, &log->edge);
	tg_buf_init(&text, 1024);
	rc = tg_checkpoint_format(&text, checkpoint, err);
	if (rc == TG_OK)
		rc = tg_note_sign(note, tg_buf_view(&text), log->origin, log->key, err);
	tg_buf_fini(&text);
	return rc;
}

static int keep_checkpoint(tg_log *log, const tg_checkpoint *checkpoint, tg_view note, tg_error *err)
{
	int64_t mono_us = log->mono_us(log->clock_ctx);
	int rc;

	if (log->has_kept && checkpoint->size - log->kept_size < KEEP_ENTRIES &&
		mono_us - log->kept_mono_us < KEEP_US)
		return TG_OK;
	rc = tg_logdb__begin(log->db, err);
	if (rc == TG_OK)
		rc = tg_logdb__put_checkpoint(log->db, log->epoch, checkpoint->size, note, err);
	if (rc == TG_OK)
		rc = tg_logdb__commit(log->db, err);
	if (rc != TG_OK) {
		tg_logdb__rollback(log->db);
		return rc;
	}
	log->has_kept = true;
	log->kept_size = checkpoint->size;
	log->kept_mono_us = mono_us;
	return TG_OK;
}

static int sign_and_store(tg_log *log, tg_buf *note, tg_error *err)
{
	tg_checkpoint checkpoint;
	char path[4096];
	int rc = sign_head(log, &checkpoint, note, err);

	if (rc == TG_OK)
		rc = tg_path(path, err, "%s/last-signed", log->dir);
	if (rc == TG_OK)
		rc = tg_file_write(path, tg_buf_view(note), 0600, err);
	if (rc == TG_OK)
		rc = keep_checkpoint(log, &checkpoint, tg_buf_view(note), err);
	if (rc != TG_OK)
		return rc;
	tg_buf_clear(&log->last_note);
	tg_buf_append(&log->last_note, note->data, note->len);
	log->last = checkpoint;
	log->last_epoch = log->epoch;
	log->has_last = true;
	return tg_buf_check(&log->last_note, "last checkpoint", err);
}

int tg_log_checkpoint(tg_log *log, tg_buf *out, tg_error *err)
{
	tg_buf note;
	int rc;

	if (log->inspect)
		return tg_fail(err, TG_ESTATE, "the log is open for inspection only");
	if (log->doubt) {
		rc = settle_doubt(log, err);
		if (rc != TG_OK)
			return rc;
	}
	if (log->has_last && log->last_epoch == log->epoch && log->last.size == log->edge.size)
		return tg_log_last_checkpoint(log, out, NULL, err);
	tg_buf_init(&note, TG_NOTE_SIZE_MAX);
	rc = sign_and_store(log, &note, err);
	if (rc == TG_OK) {
		tg_buf_append(out, note.data, note.len);
		rc = tg_buf_check(out, "checkpoint", err);
	}
	tg_buf_fini(&note);
	return rc;
}

int tg_log_last_checkpoint(const tg_log *log, tg_buf *out, tg_checkpoint *parsed, tg_error *err)
{
	if (!log->has_last)
		return tg_fail(err, TG_ENOTFOUND, "no checkpoint was signed yet");
	if (parsed != NULL)
		*parsed = log->last;
	tg_buf_append(out, log->last_note.data, log->last_note.len);
	return tg_buf_check(out, "checkpoint", err);
}

/* ---- proving ---- */

/* A signed checkpoint that covers entry `seq`: its note into `note`. */
static int covering_checkpoint(
	tg_log *log, uint32_t epoch, uint64_t seq, uint64_t *size, tg_buf *note, tg_error *err)
{
	int rc;

	if (epoch == log->epoch) {
		if (!log->inspect && seq < log->edge.size &&
			(log->last_epoch != epoch || log->last.size <= seq)) {
			rc = tg_log_checkpoint(log, note, err);
			*size = log->last.size;
			return rc;
		}
		if (log->has_last && log->last_epoch == epoch && log->last.size > seq) {
			*size = log->last.size;
			return tg_log_last_checkpoint(log, note, NULL, err);
		}
	}
	rc = tg_logdb__newest_checkpoint(log->db, epoch, size, note, err);
	if (rc == TG_ENOTFOUND || (rc == TG_OK && *size <= seq))
		rc = tg_fail(err, TG_ESTATE,
			"no stored checkpoint of epoch %" PRIu32 " covers entry %" PRIu64, epoch, seq);
	return rc;
}

int tg_log_prove(tg_log *log, uint32_t epoch, uint64_t seq, tg_buf *out, tg_error *err)
{
	tg_logdb_tree tree = { .db = log->db, .epoch = epoch == 0 ? log->epoch : epoch };
	tg_tree_source source = tg_logdb__source(&tree);
	tg_tree_proof proof;
	uint64_t size = 0, end;
	tg_buf note;
	int rc = tg_logdb__entry_end(log->db, tree.epoch, &end, err);

	if (rc == TG_OK && seq >= end)
		rc = tg_fail(err, TG_ENOTFOUND, "no entry %" PRIu64 " in epoch %" PRIu32, seq, tree.epoch);
	tg_buf_init(&note, TG_NOTE_SIZE_MAX);
	if (rc == TG_OK)
		rc = covering_checkpoint(log, tree.epoch, seq, &size, &note, err);
	if (rc == TG_OK)
		rc = tg_tree_inclusion(&proof, seq, size, &source, err);
	if (rc == TG_OK)
		rc = tg_proof_format(out, seq, &proof, tg_buf_view(&note), err);
	tg_buf_fini(&note);
	return rc;
}

int tg_log_prove_consistency(
	tg_log *log, uint32_t epoch, uint64_t old_size, uint64_t new_size, tg_tree_proof *out, tg_error *err)
{
	tg_logdb_tree tree = { .db = log->db, .epoch = epoch == 0 ? log->epoch : epoch };
	tg_tree_source source = tg_logdb__source(&tree);
	uint64_t end;
	int rc = tg_logdb__entry_end(log->db, tree.epoch, &end, err);

	if (rc == TG_OK && new_size > end)
		rc = tg_fail(err, TG_EINVAL, "epoch %" PRIu32 " has %" PRIu64 " entries, not %" PRIu64,
			tree.epoch, end, new_size);
	return rc == TG_OK ? tg_tree_consistency(out, old_size, new_size, &source, err) : rc;
}

int tg_log_prove_range(
	tg_log *log, tg_log_range *out, tg_buf *note, uint32_t epoch, uint64_t first, uint64_t end, tg_error *err)
{
	tg_logdb_tree tree = { .db = log->db, .epoch = epoch == 0 ? log->epoch : epoch };
	tg_tree_source source = tg_logdb__source(&tree);
	tg_log_head head;
	uint64_t size = 0;
	int rc = tg_log_get_epoch(log, tree.epoch, &head, err);

	memset(out, 0, sizeof(*out));
	if (rc == TG_OK && first > head.size)
		rc = tg_fail(err, TG_EINVAL, "epoch %" PRIu32 " has %" PRIu64 " entries; none from %" PRIu64, tree.epoch,
			head.size, first);
	if (rc != TG_OK)
		return rc;
	out->epoch = tree.epoch;
	out->first = first;
	out->end = end < first ? first : end < head.size ? end : head.size;
	snprintf(out->origin, sizeof(out->origin), "%s", head.origin);
	rc = tg_tree_edge_at(&out->edge, first, &source, err);
	if (rc != TG_OK || out->end == 0)
		return rc;
	rc = covering_checkpoint(log, tree.epoch, out->end - 1, &size, note, err);
	out->has_checkpoint = rc == TG_OK;
	if (rc == TG_ESTATE)
		return TG_OK;
	return rc == TG_OK ? tg_tree_consistency(&out->consistency, out->end, size, &source, err) : rc;
}

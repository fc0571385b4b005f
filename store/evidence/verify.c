/* SPDX-License-Identifier: Apache-2.0
 *
 * verify.c - recompute the log from its stored bytes and hold it against everything that was signed.
 *
 * Writes nothing. One entry costs its hash, one pass over its bytes for the canonical form, and about one inner hash; one
 * stored inner hash is compared for 256 entries, so that a rewritten leaf is found near its place even where bytes and
 * leaf hash were changed together. Times play no part: a clock that stepped must not look like tampering.
 */
#include "store/evidence/verify.h"

#include "store/evidence/form.h"
#include "store/evidence/log_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct tg_verify {
	tg_log *log;
	const tg_pubkey *key;
	tg_verify_result result;
	tg_verify_verdict finding; /* GOOD until something was found */
	uint32_t epoch, last_epoch;
	bool in_epoch, epoch_over;
	/* of the epoch in hand */
	tg_logdb_epoch row;
	tg_note_key *note_key;
	tg_tree_edge edge, target;
	uint64_t proven;    /* size of the last checkpoint that held */
	uint64_t next_kept; /* size of the next stored checkpoint; UINT64_MAX: none */
	tg_buf next_note;
	bool has_last; /* the second file speaks of this epoch */
	uint64_t last_size;
	tg_buf last_note;
	int rc; /* of a callback that could not read the database */
	tg_error *err;
};

/* ---- findings ---- */

static void TG_PRINTF(6, 7) found(tg_verify *v, tg_verify_verdict verdict, tg_verify_what what,
	uint64_t first, uint64_t last, const char *fmt, ...)
{
	tg_verify_result *r = &v->result;
	va_list args;
	int n;

	v->epoch_over = true;
	if (v->finding == TG_VERIFY_BAD || (v->finding == TG_VERIFY_LOST && verdict == TG_VERIFY_LOST))
		return; /* the first one is named; a bad one before a lost one */
	v->finding = verdict;
	r->what = what;
	r->bad_epoch = v->epoch;
	r->first_bad_seq = first;
	r->last_bad_seq = last;
	n = snprintf(r->words, sizeof(r->words), "epoch %" PRIu32 ", entry %" PRIu64 ": ", v->epoch, first);
	if (last > first)
		n = snprintf(r->words, sizeof(r->words),
			"epoch %" PRIu32 ", entries %" PRIu64 " to %" PRIu64 ": ", v->epoch, first, last);
	va_start(args, fmt);
	vsnprintf(r->words + n, sizeof(r->words) - (size_t)n, fmt, args);
	va_end(args);
}

static uint64_t last_of(uint64_t first, uint64_t end)
{
	return end > first ? end - 1 : first;
}

/* ---- checkpoints ---- */

/* One checkpoint against the tree as it is now, of exactly its size; `size` is the number it is stored under. */
static void check_checkpoint(tg_verify *v, tg_view text, uint64_t size)
{
	const tg_note_key *keys[1] = { v->note_key };
	tg_checkpoint checkpoint;
	tg_tree_hash root;
	tg_error why = { 0 };
	tg_note note;

	if (tg_note_parse(&note, text, &why) != TG_OK ||
		tg_checkpoint_parse(&checkpoint, note.text, &why) != TG_OK ||
		tg_note_verify(&note, keys, 1, NULL, &why) != TG_OK) {
		found(v, TG_VERIFY_BAD, TG_VERIFY_SIGNATURE, v->proven, last_of(v->proven, size),
			"checkpoint of size %" PRIu64 ": %s", size, why.msg);
		return;
	}
	tg_tree_edge_root(&root, &v->edge);
	if (strcmp(checkpoint.origin, v->row.origin) != 0 || checkpoint.size != size) {
		found(v, TG_VERIFY_BAD, TG_VERIFY_SIGNATURE, v->proven, last_of(v->proven, size),
			"checkpoint of size %" PRIu64 " was signed for another log or size", size);
	} else if (!tg_tree_hash_equal(&root, &checkpoint.root)) {
		found(v, TG_VERIFY_BAD, TG_VERIFY_ROOT, v->proven, last_of(v->proven, size),
			"the tree is not the one that was signed at size %" PRIu64, size);
	} else {
		v->proven = size;
		v->result.checkpoints++;
	}
}

static int load_next_kept(tg_verify *v, uint64_t from)
{
	int rc;

	tg_buf_clear(&v->next_note);
	rc = tg_logdb__next_checkpoint(v->log->db, v->epoch, from, &v->next_kept, &v->next_note, v->err);
	if (rc == TG_ENOTFOUND)
		v->next_kept = UINT64_MAX;
	return rc == TG_ENOTFOUND ? TG_OK : rc;
}

/* Everything signed at the present size. */
static int check_signed_here(tg_verify *v)
{
	int rc = TG_OK;

	if (v->next_kept == v->edge.size && !v->epoch_over) {
		check_checkpoint(v, tg_buf_view(&v->next_note), v->next_kept);
		rc = load_next_kept(v, v->edge.size + 1);
	}
	if (v->has_last && v->last_size == v->edge.size && v->proven < v->last_size && !v->epoch_over)
		check_checkpoint(v, tg_buf_view(&v->last_note), v->last_size);
	return rc;
}

/* ---- entries ---- */

static void check_node(void *ctx, unsigned level, uint64_t number, const tg_tree_hash *hash)
{
	tg_verify *v = ctx;
	uint64_t first = number << level;
	tg_tree_hash stored;
	int rc;

	if (level % TG_LOGDB_TILE != 0 || v->epoch_over || v->rc != TG_OK)
		return;
	rc = tg_logdb__get_node(v->log->db, v->epoch, level, number, &stored, v->err);
	if (rc == TG_ENOTFOUND || rc == TG_EFORMAT)
		memset(&stored, 0, sizeof(stored));
	else if (rc != TG_OK)
		v->rc = rc;
	if (v->rc == TG_OK && !tg_tree_hash_equal(&stored, hash)) {
		if (first < v->proven)
			first = v->proven;
		found(v, TG_VERIFY_BAD, TG_VERIFY_NODE, first, (number << level) + (UINT64_C(1) << level) - 1,
			"the stored inner hash is not that of these entries");
	}
}

static void check_form(tg_verify *v, const tg_log_entry *entry)
{
	tg_form form;

	if (!tg_form__quick(&form, entry->bytes)) {
		tg_error why = { 0 };

		if (tg_form__whole(&form, entry->bytes, &why) != TG_OK) {
			found(v, TG_VERIFY_BAD, TG_VERIFY_FORM, entry->seq, entry->seq,
				"not in canonical form: %s", why.msg);
			return;
		}
	}
	if (form.seq < 0 || (uint64_t)form.seq != entry->seq)
		found(v, TG_VERIFY_BAD, TG_VERIFY_SEQ, entry->seq, entry->seq, "it says it is entry %" PRId64,
			form.seq);
	else if (form.v < 0)
		found(v, TG_VERIFY_BAD, TG_VERIFY_FORM, entry->seq, entry->seq, "no version");
	else if (form.v != TG_LOG_ENVELOPE_VERSION)
		v->result.unknown_version++;
}

static int check_entry(void *ctx, const tg_log_entry *entry)
{
	tg_verify *v = ctx;
	tg_tree_hash leaf;

	if (entry->seq != v->edge.size) {
		found(v, TG_VERIFY_BAD, TG_VERIFY_MISSING, v->edge.size, last_of(v->edge.size, entry->seq),
			"missing");
		return 1;
	}
	tg_tree_leaf(&leaf, entry->bytes.data, entry->bytes.len);
	if (!tg_tree_hash_equal(&leaf, &entry->leaf)) {
		found(v, TG_VERIFY_BAD, TG_VERIFY_BYTES, entry->seq, entry->seq,
			"the bytes are not those that were hashed");
		return 1;
	}
	check_form(v, entry);
	if (v->epoch_over)
		return 1;
	v->rc = tg_tree_edge_append(&v->edge, &leaf, check_node, v, v->err);
	v->result.entries++;
	v->result.bytes += entry->bytes.len;
	if (v->rc == TG_OK && !v->epoch_over &&
		(v->edge.size == v->next_kept || (v->has_last && v->edge.size == v->last_size)))
		v->rc = check_signed_here(v);
	return v->rc != TG_OK || v->epoch_over ? 1 : 0;
}

/* ---- one epoch ---- */

/* A closed epoch may have been signed by an earlier key: then that one must fit, and the result says so. */
static int choose_key(tg_verify *v)
{
	tg_logdb_epoch next;
	tg_buf vkey;
	int rc = tg_note_key_from_ecdsa(&v->note_key, v->row.origin, v->key, v->err);

	tg_buf_init(&vkey, sizeof(v->row.vkey));
	if (rc == TG_OK)
		rc = tg_note_key_to_vkey(&vkey, v->note_key, v->err);
	if (rc == TG_OK && strcmp(tg_buf_text(&vkey), v->row.vkey) != 0) {
		tg_note_key *recorded = NULL;

		if (tg_logdb__get_epoch(v->log->db, v->epoch + 1, &next, NULL) == TG_OK &&
			strcmp(next.reason, "key-changed") == 0 &&
			tg_note_key_from_vkey(&recorded, v->row.vkey, NULL) == TG_OK) {
			tg_note_key_free(v->note_key);
			v->note_key = recorded;
			v->result.foreign_epochs++;
		} else {
			found(v, TG_VERIFY_BAD, TG_VERIFY_SIGNATURE, 0, 0,
				"the epoch names another key than the station's");
		}
	}
	tg_buf_fini(&vkey);
	return rc;
}

static int begin_epoch(tg_verify *v)
{
	int rc;

	v->in_epoch = true;
	v->epoch_over = false;
	v->proven = 0;
	v->edge = (tg_tree_edge){ 0 };
	v->target = (tg_tree_edge){ 0 };
	v->has_last = v->log->has_last && v->log->last_epoch == v->epoch;
	v->last_size = v->log->last.size;
	tg_buf_clear(&v->last_note);
	if (v->has_last)
		tg_buf_append(&v->last_note, v->log->last_note.data, v->log->last_note.len);
	rc = tg_logdb__get_epoch(v->log->db, v->epoch, &v->row, v->err);
	if (rc == TG_ENOTFOUND) {
		rc = load_next_kept(v, 1);
		if (rc == TG_OK && v->next_kept != UINT64_MAX) {
			v->result.lost += v->next_kept;
			found(v, TG_VERIFY_LOST, TG_VERIFY_CUT, 0, last_of(0, v->next_kept),
				"signed, but the epoch is gone");
		}
		v->epoch_over = true;
		return rc;
	}
	v->result.epochs++;
	if (rc == TG_OK)
		rc = choose_key(v);
	if (rc == TG_OK)
		rc = tg_logdb__get_edge(v->log->db, v->epoch, &v->target, v->err);
	if (rc == TG_ENOTFOUND || rc == TG_EFORMAT)
		rc = tg_logdb__entry_end(v->log->db, v->epoch, &v->target.size, v->err);
	if (rc == TG_OK)
		rc = load_next_kept(v, 0);
	if (rc == TG_OK)
		rc = check_signed_here(v);
	return rc;
}

/* The largest size that was signed for and is not there. */
static int check_cut(tg_verify *v)
{
	uint64_t most = v->edge.size;
	int rc = TG_OK;

	while (rc == TG_OK && v->next_kept != UINT64_MAX) {
		most = v->next_kept > most ? v->next_kept : most;
		rc = load_next_kept(v, v->next_kept + 1);
	}
	if (v->has_last && v->last_size > most)
		most = v->last_size;
	if (rc == TG_OK && most > v->edge.size) {
		v->result.lost += most - v->edge.size;
		found(v, TG_VERIFY_LOST, TG_VERIFY_CUT, v->edge.size, last_of(v->edge.size, most),
			"signed for, but gone; the entries before are good");
	}
	return rc;
}

static int end_epoch(tg_verify *v)
{
	/* Entries that came while we looked are in the present tree; rows beyond it are somebody else's. */
	uint64_t end, grown = v->epoch == v->log->epoch ? v->log->edge.size : v->target.size;
	int rc = TG_OK;

	if (!v->epoch_over && v->edge.size < v->target.size)
		found(v, TG_VERIFY_BAD, TG_VERIFY_MISSING, v->edge.size, v->target.size - 1, "missing");
	if (!v->epoch_over)
		rc = tg_logdb__entry_end(v->log->db, v->epoch, &end, v->err);
	if (!v->epoch_over && rc == TG_OK && end > grown)
		found(v, TG_VERIFY_BAD, TG_VERIFY_NODE, grown, end - 1, "beyond the right edge of the tree");
	if (!v->epoch_over && rc == TG_OK &&
		(v->edge.count != v->target.count ||
			memcmp(v->edge.node, v->target.node, v->edge.count * sizeof(v->edge.node[0])) != 0))
		found(v, TG_VERIFY_BAD, TG_VERIFY_NODE, v->proven, last_of(v->proven, v->edge.size),
			"the stored right edge is not that of the entries");
	if (!v->epoch_over && rc == TG_OK)
		rc = check_cut(v);
	if (v->edge.size > v->proven)
		v->result.unsigned_entries += v->edge.size - v->proven;
	tg_note_key_free(v->note_key);
	v->note_key = NULL;
	v->in_epoch = false;
	v->epoch++;
	return rc;
}

/* ---- the run ---- */

int tg_verify_begin(tg_verify **out, tg_log *log, const tg_verify_options *opt, tg_error *err)
{
	tg_verify *v = calloc(1, sizeof(*v));

	*out = NULL;
	if (v == NULL)
		return tg_fail(err, TG_ENOMEM, "verification");
	v->log = log;
	v->key = opt != NULL && opt->key != NULL ? opt->key : log->pub;
	v->finding = TG_VERIFY_GOOD;
	v->epoch = opt != NULL && opt->epoch != 0 ? opt->epoch : 1;
	v->last_epoch = opt != NULL && opt->epoch != 0 ? opt->epoch : log->epoch;
	tg_buf_init(&v->next_note, TG_NOTE_SIZE_MAX);
	tg_buf_init(&v->last_note, TG_NOTE_SIZE_MAX);
	if (v->last_epoch > log->epoch) {
		tg_verify_end(v);
		return tg_fail(err, TG_ENOTFOUND, "the log has no epoch %" PRIu32, opt->epoch);
	}
	*out = v;
	return TG_OK;
}

static void say_not_checked(tg_verify *v)
{
	tg_verify_result *r = &v->result;
	int n = snprintf(r->not_checked, sizeof(r->not_checked),
		"Not checked: that every scan reached the log; the times in it, which are the station's own; "
		"a whole disk put back from a copy, which only head office's receipts show.");

	if (r->unsigned_entries > 0 && n > 0 && (size_t)n < sizeof(r->not_checked))
		n += snprintf(r->not_checked + n, sizeof(r->not_checked) - (size_t)n,
			" %" PRIu64 " entries are in no signed checkpoint yet.", r->unsigned_entries);
	if (r->unknown_version > 0 && n > 0 && (size_t)n < sizeof(r->not_checked))
		n += snprintf(r->not_checked + n, sizeof(r->not_checked) - (size_t)n,
			" %" PRIu64 " entries of another version are proven by hash only.",
			r->unknown_version);
	if (r->foreign_epochs > 0 && n > 0 && (size_t)n < sizeof(r->not_checked))
		snprintf(r->not_checked + n, sizeof(r->not_checked) - (size_t)n,
			" %" PRIu32
			" closed epochs are signed by an earlier key, known only from the log itself.",
			r->foreign_epochs);
}

int tg_verify_step(tg_verify *v, size_t max_entries, bool *more, tg_error *err)
{
	uint64_t from = v->result.entries;
	int rc = TG_OK;

	*more = true;
	v->err = err;
	v->rc = TG_OK;
	while (rc == TG_OK && v->epoch <= v->last_epoch) {
		uint64_t left = max_entries - (v->result.entries - from), want;

		if (!v->in_epoch)
			rc = begin_epoch(v);
		want = v->target.size - v->edge.size;
		if (rc == TG_OK && !v->epoch_over && want > 0 && left == 0)
			return TG_OK;
		if (rc == TG_OK && !v->epoch_over && want > 0) {
			uint64_t before = v->edge.size;

			want = want < left ? want : left;
			rc = tg_logdb__read(v->log->db, v->epoch, before, want, check_entry, v, err);
			if (rc == TG_OK)
				rc = v->rc;
			if (!v->epoch_over && v->edge.size == before + want && v->edge.size < v->target.size)
				continue;
		}
		if (rc == TG_OK)
			rc = end_epoch(v);
	}
	if (rc != TG_OK)
		return rc;
	v->result.verdict = v->finding;
	say_not_checked(v);
	*more = false;
	return TG_OK;
}

const tg_verify_result *tg_verify_get_result(const tg_verify *v)
{
	return &v->result;
}

void tg_verify_end(tg_verify *v)
{
	if (v == NULL)
		return;
	tg_note_key_free(v->note_key);
	tg_buf_fini(&v->next_note);
	tg_buf_fini(&v->last_note);
	free(v);
}

int tg_verify_all(tg_verify_result *out, tg_log *log, const tg_verify_options *opt, tg_error *err)
{
	tg_verify *v;
	bool more = true;
	int rc = tg_verify_begin(&v, log, opt, err);

	memset(out, 0, sizeof(*out));
	while (rc == TG_OK && more)
		rc = tg_verify_step(v, TG_VERIFY_SLICE, &more, err);
	if (rc == TG_OK)
		*out = *tg_verify_get_result(v);
	tg_verify_end(v);
	return rc;
}

const char *tg_verify_verdict_name(tg_verify_verdict verdict)
{
	static const char *const names[] = { "unfinished", "good", "lost", "bad" };

	return (size_t)verdict < TG_COUNT(names) ? names[verdict] : "unknown";
}

const char *tg_verify_what_name(tg_verify_what what)
{
	static const char *const names[] = { "nothing", "missing", "bytes", "seq", "form", "node", "root",
		"signature", "cut" };

	return (size_t)what < TG_COUNT(names) ? names[what] : "unknown";
}

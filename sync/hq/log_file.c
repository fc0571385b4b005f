/* SPDX-License-Identifier: Apache-2.0
 *
 * log_file.c - exported entries and the tree over them. See log_file.h.
 */
#include "sync/hq/log_file.h"

#include "store/base/encoding.h"
#include "store/base/utc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define ENTRY_MAX 65535 /* bytes: the longest entry (store/evidence/log.h) */

/* ---- lines ---- */

static int read_hash(tg_tree_hash *out, const char *text, const char *name, tg_error *err)
{
	size_t len = 0;

	if (text != NULL && tg_hex_decode(out->bytes, &len, TG_SHA256_SIZE, text, NULL) == TG_OK && len == TG_SHA256_SIZE)
		return TG_OK;
	return tg_fail(err, TG_EFORMAT, "%s: wanted 64 hexadecimal digits", name);
}

static int read_hashes(tg_tree_hash *out, size_t *count, size_t max, const tg_json *json, const char *name, tg_error *err)
{
	const tg_json *list = NULL;
	int rc = tg_json_opt_array(&list, json, name, err);

	*count = 0;
	for (const tg_json *one = rc == TG_OK ? tg_json_first(list) : NULL; rc == TG_OK && one != NULL; one = tg_json_next(one)) {
		if (*count == max)
			return tg_fail(err, TG_EFORMAT, "%s: more than %zu hashes", name, max);
		rc = read_hash(&out[(*count)++], tg_json_str(one), name, err);
	}
	return rc;
}

/* An edge has one hash for every bit of its size, or it is none. */
static int read_edge(tg_tree_edge *out, const tg_json *json, uint64_t size, tg_error *err)
{
	int rc = read_hashes(out->node, &out->count, TG_TREE_LEVELS, json, "edge", err);

	out->size = size;
	if (rc == TG_OK && out->count != (size_t)__builtin_popcountll(size))
		rc = tg_fail(err, TG_EFORMAT, "edge: %zu hashes are not those of %llu entries", out->count, (unsigned long long)size);
	return rc;
}

static int read_head(tg_log_head_line *out, const tg_json *line, tg_error *err)
{
	static const char *const names[] = { "export", "origin", "epoch", "from", "to", "edge", "consistency", "checkpoint", "vkey", NULL };
	const char *origin = "", *note = NULL;
	int64_t form, epoch = 0, from = 0, to = 0;
	int rc = tg_json_need_int(&form, line, "export", 1, 1, err);

	if (rc == TG_OK)
		rc = tg_json_only(line, names, err);
	if (rc == TG_OK)
		rc = tg_json_need_str(&origin, line, "origin", TG_NOTE_NAME_MAX, err);
	if (rc == TG_OK)
		rc = tg_json_need_int(&epoch, line, "epoch", 1, UINT32_MAX, err);
	if (rc == TG_OK)
		rc = tg_json_need_int(&from, line, "from", 0, (int64_t)TG_TREE_SIZE_MAX, err);
	if (rc == TG_OK)
		rc = tg_json_need_int(&to, line, "to", from, (int64_t)TG_TREE_SIZE_MAX, err);
	if (rc == TG_OK)
		rc = tg_json_opt_str(&note, line, "checkpoint", TG_NOTE_SIZE_MAX, NULL, err);
	if (rc == TG_OK)
		rc = read_edge(&out->edge, line, (uint64_t)from, err);
	if (rc == TG_OK)
		rc = read_hashes(out->consistency.hash, &out->consistency.count, TG_TREE_PROOF_MAX, line, "consistency", err);
	if (rc == TG_OK && note != NULL && (out->note = strdup(note)) == NULL)
		rc = tg_fail(err, TG_ENOMEM, "checkpoint");
	if (rc != TG_OK)
		return rc;
	(void)snprintf(out->origin, sizeof(out->origin), "%s", origin);
	out->epoch = (uint32_t)epoch;
	out->from = (uint64_t)from;
	out->to = (uint64_t)to;
	return TG_OK;
}

int tg_log_head_line_parse(tg_log_head_line *out, const tg_json *line, tg_error *err)
{
	int rc;

	*out = (tg_log_head_line){ 0 };
	rc = read_head(out, line, err);
	if (rc != TG_OK)
		tg_log_head_line_fini(out);
	return rc;
}

void tg_log_head_line_fini(tg_log_head_line *head)
{
	free(head->note);
	head->note = NULL;
}

int tg_log_line_parse(tg_log_line *out, const tg_json *line, tg_error *err)
{
	static const char *const names[] = { "entry", "epoch", "leaf", "seq", NULL };
	int64_t seq = 0;
	int rc = tg_json_only(line, names, err);

	*out = (tg_log_line){ 0 };
	if (rc == TG_OK)
		rc = tg_json_need_int(&seq, line, "seq", 0, (int64_t)TG_TREE_SIZE_MAX, err);
	if (rc == TG_OK)
		rc = tg_json_need_object(&out->entry, line, "entry", err);
	if (rc == TG_OK)
		rc = read_hash(&out->leaf, tg_json_str(tg_json_get(line, "leaf")), "leaf", err);
	out->seq = (uint64_t)seq;
	return rc;
}

/* ---- the proof ---- */

void tg_log_proof_begin(tg_log_proof *proof, const tg_log_head_line *head)
{
	*proof = (tg_log_proof){ .head = head, .edge = head->edge, .next = head->from };
}

static void note_bad(tg_log_proof *p, bool known, uint64_t seq, const char *words)
{
	if (p->bad)
		return;
	p->bad = true;
	p->bad_seq_known = known;
	p->bad_seq = seq;
	(void)snprintf(p->words, sizeof(p->words), "%s", words);
}

/* The entry's bytes are its canonical form: an entry that is kept in another one is not what was hashed. */
static bool is_its_leaf(const tg_log_line *line)
{
	tg_tree_hash leaf = { { 0 } };
	tg_buf bytes;
	bool good;

	tg_buf_init(&bytes, ENTRY_MAX);
	good = tg_json_write_jcs(&bytes, line->entry, NULL) == TG_OK;
	if (good)
		tg_tree_leaf(&leaf, bytes.data, bytes.len);
	tg_buf_fini(&bytes);
	return good && tg_tree_hash_equal(&leaf, &line->leaf);
}

void tg_log_proof_add(tg_log_proof *p, const tg_log_line *line)
{
	int64_t said = -1;
	char words[160];

	if (line->seq != p->next || line->seq >= p->head->to) {
		(void)snprintf(words, sizeof(words), "entry %llu stands where entry %llu should", (unsigned long long)line->seq,
			(unsigned long long)p->next);
		note_bad(p, true, line->seq, words);
	}
	if (tg_json_need_int(&said, line->entry, "seq", 0, TG_JSON_MAX_INT, NULL) != TG_OK || (uint64_t)said != line->seq) {
		(void)snprintf(words, sizeof(words), "entry %llu says that it is another: %lld", (unsigned long long)line->seq, (long long)said);
		note_bad(p, true, line->seq, words);
	}
	if (!is_its_leaf(line)) {
		(void)snprintf(words, sizeof(words), "entry %llu is not what was written down: it does not have its hash",
			(unsigned long long)line->seq);
		note_bad(p, true, line->seq, words);
	}
	if (!p->bad && tg_tree_edge_append(&p->edge, &line->leaf, NULL, NULL, NULL) != TG_OK)
		note_bad(p, true, line->seq, "the log is larger than any");
	p->next = line->seq + 1;
}

/* The checkpoint is this log's and covers the range, and the range's tree is the beginning of the tree that it names. */
static int check_root(const tg_log_proof *p, const tg_checkpoint *checkpoint, tg_error *err)
{
	tg_tree_hash root;

	if (strcmp(checkpoint->origin, p->head->origin) != 0)
		return tg_fail(err, TG_EUNTRUSTED, "the checkpoint is of another log: %s", checkpoint->origin);
	if (checkpoint->size < p->head->to)
		return tg_fail(err, TG_EUNTRUSTED, "the checkpoint covers %llu entries only", (unsigned long long)checkpoint->size);
	tg_tree_edge_root(&root, &p->edge);
	if (tg_tree_consistency_verify(&p->head->consistency, p->head->to, &root, checkpoint->size, &checkpoint->root, NULL) != TG_OK)
		return tg_fail(err, TG_EUNTRUSTED, "these entries are not the ones that were signed: some of them, with their hashes, are others");
	return TG_OK;
}

tg_log_standing tg_log_proof_end(tg_log_proof *p, const tg_note_key *key)
{
	tg_checkpoint checkpoint;
	tg_note *note;
	tg_error err = { 0 };
	int rc;

	if (!p->bad && p->next != p->head->to)
		note_bad(p, false, p->next, "entries are missing at the end");
	if (p->bad)
		return TG_LOG_BAD;
	if (p->head->note == NULL) {
		(void)snprintf(p->words, sizeof(p->words), "no signed checkpoint covers these entries");
		return TG_LOG_UNPROVEN;
	}
	note = malloc(sizeof(*note));
	rc = note != NULL ? tg_note_parse(note, tg_view_str(p->head->note), &err) : tg_fail(&err, TG_ENOMEM, "checkpoint");
	if (rc == TG_OK)
		rc = tg_checkpoint_parse(&checkpoint, note->text, &err);
	if (rc == TG_OK)
		rc = check_root(p, &checkpoint, &err);
	if (rc == TG_OK && key != NULL)
		rc = tg_note_verify(note, &key, 1, NULL, &err);
	free(note);
	if (rc != TG_OK)
		note_bad(p, false, 0, err.msg);
	else if (key == NULL)
		(void)snprintf(p->words, sizeof(p->words), "they fit a checkpoint, but whose signature it bears is not known");
	return rc != TG_OK ? TG_LOG_BAD : key != NULL ? TG_LOG_PROVEN : TG_LOG_UNPROVEN;
}

/* ---- the file ---- */

static int give_line(tg_view text, size_t number, tg_log_head_line *head, const tg_log_reader *reader, tg_error *err)
{
	tg_json *json = NULL;
	tg_log_line line;
	int rc = tg_json_parse(&json, text, err);

	if (rc == TG_OK && number == 1) {
		rc = tg_log_head_line_parse(head, json, err);
		if (rc == TG_OK)
			rc = reader->head(reader->ctx, head, err);
	} else if (rc == TG_OK) {
		rc = tg_log_line_parse(&line, json, err);
		if (rc == TG_OK)
			rc = reader->entry(reader->ctx, &line, err);
	}
	tg_json_free(json);
	return rc;
}

int tg_log_file_read(const char *path, const tg_log_reader *reader, tg_error *err)
{
	FILE *in = fopen(path, "re");
	char *text = malloc(TG_LOG_LINE_MAX + 2);
	tg_log_head_line head = { 0 };
	size_t number = 0;
	int rc = TG_OK;

	if (in == NULL)
		rc = tg_fail_errno(err, errno == ENOENT ? TG_ENOTFOUND : TG_EIO, "%s", path);
	else if (text == NULL)
		rc = tg_fail(err, TG_ENOMEM, "%s", path);
	while (rc == TG_OK && fgets(text, TG_LOG_LINE_MAX + 2, in) != NULL) {
		size_t len = strlen(text);

		number++;
		if (len == 0 || text[len - 1] != '\n')
			rc = tg_fail(err, TG_EFORMAT, "is cut short, holds a NUL, or is longer than %d bytes", TG_LOG_LINE_MAX);
		else
			rc = give_line(tg_view_of(text, len - 1), number, &head, reader, err);
		if (rc == TG_EFORMAT)
			tg_error_prefix(err, "%s: line %zu", path, number);
	}
	if (rc == TG_OK && ferror(in))
		rc = tg_fail_errno(err, TG_EIO, "%s", path);
	if (rc == TG_OK && number == 0)
		rc = tg_fail(err, TG_EFORMAT, "%s: is empty; wanted what tillgate evidence export writes", path);
	tg_log_head_line_fini(&head);
	free(text);
	if (in != NULL)
		(void)fclose(in);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * checkpoint.c - what the lines of a checkpoint and of the proof of one entry mean. C2SP tlog-checkpoint, tlog-proof.
 *
 * Pure: no I/O, no clock.
 */
#include "store/evidence/note.h"

#include "store/base/encoding.h"

#include <inttypes.h>

static const char proof_header[] = "c2sp.org/tlog-proof@v1";

/* Cut the next line off `rest`, without its newline. False at the end, or if the last line has no newline. */
static bool take_line(tg_view *line, tg_view *rest)
{
	const uint8_t *end = rest->len == 0 ? NULL : memchr(rest->data, '\n', rest->len);

	if (end == NULL)
		return false;
	*line = tg_view_of(rest->data, (size_t)(end - rest->data));
	*rest = tg_view_of(end + 1, rest->len - line->len - 1);
	return true;
}

/* ASCII decimal without leading zeros, below 2^63. */
static bool take_number(uint64_t *out, tg_view text)
{
	*out = 0;
	if (text.len == 0 || text.len > 19 || (text.len > 1 && text.data[0] == '0'))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		*out = *out * 10 + (uint64_t)(text.data[i] - '0');
	}
	return *out <= INT64_MAX;
}

static bool take_hash(tg_tree_hash *out, tg_view text)
{
	tg_buf raw;
	bool ok;

	tg_buf_init(&raw, sizeof(out->bytes));
	ok = tg_base64_decode(&raw, (const char *)text.data, text.len, NULL) == TG_OK &&
	     raw.len == sizeof(out->bytes);
	if (ok)
		memcpy(out->bytes, raw.data, sizeof(out->bytes));
	tg_buf_fini(&raw);
	return ok;
}

static bool starts_with(tg_view line, const char *prefix)
{
	return line.len >= strlen(prefix) && memcmp(line.data, prefix, strlen(prefix)) == 0;
}

int tg_checkpoint_format(tg_buf *out, const tg_checkpoint *checkpoint, tg_error *err)
{
	if (checkpoint->origin[0] == '\0' || strpbrk(checkpoint->origin, " +\n") != NULL)
		return tg_fail(
			err, TG_EINVAL, "checkpoint: the origin is empty, or has a space or a plus sign");
	tg_buf_printf(out, "%s\n%" PRIu64 "\n", checkpoint->origin, checkpoint->size);
	tg_base64_encode(out, checkpoint->root.bytes, sizeof(checkpoint->root.bytes));
	tg_buf_putc(out, '\n');
	return tg_buf_check(out, "checkpoint", err);
}

int tg_checkpoint_parse(tg_checkpoint *out, tg_view text, tg_error *err)
{
	tg_view line;

	memset(out, 0, sizeof(*out));
	if (!take_line(&line, &text) || line.len == 0 || line.len > TG_NOTE_NAME_MAX ||
		memchr(line.data, 0, line.len) != NULL)
		return tg_fail(
			err, TG_EFORMAT, "checkpoint: wanted an origin of 1 to %d bytes", TG_NOTE_NAME_MAX);
	memcpy(out->origin, line.data, line.len);
	if (!take_line(&line, &text) || !take_number(&out->size, line))
		return tg_fail(err, TG_EFORMAT, "checkpoint: wanted a tree size in decimal");
	if (!take_line(&line, &text) || !take_hash(&out->root, line))
		return tg_fail(err, TG_EFORMAT, "checkpoint: wanted the base64 of a root hash");
	while (take_line(&line, &text)) {
		if (line.len == 0)
			return tg_fail(err, TG_EFORMAT, "checkpoint: an extension line is empty");
	}
	if (text.len != 0)
		return tg_fail(err, TG_EFORMAT, "checkpoint: the last line does not end in a newline");
	return TG_OK;
}

int tg_proof_format(
	tg_buf *out, uint64_t index, const tg_tree_proof *proof, tg_view checkpoint_note, tg_error *err)
{
	tg_buf_printf(out, "%s\nindex %" PRIu64 "\n", proof_header, index);
	for (size_t i = 0; i < proof->count; i++) {
		tg_base64_encode(out, proof->hash[i].bytes, sizeof(proof->hash[i].bytes));
		tg_buf_putc(out, '\n');
	}
	tg_buf_putc(out, '\n');
	tg_buf_append(out, checkpoint_note.data, checkpoint_note.len);
	return tg_buf_check(out, "proof", err);
}

/* Header, extra, index, hashes and the empty line; what is left in `rest` is the checkpoint. */
static int proof_parse(uint64_t *index, tg_tree_proof *proof, tg_view *rest, tg_error *err)
{
	tg_view line;

	proof->count = 0;
	if (!take_line(&line, rest) || !tg_view_equal(line, tg_view_str(proof_header)))
		return tg_fail(err, TG_EFORMAT, "proof: the first line is not %s", proof_header);
	if (!take_line(&line, rest))
		return tg_fail(err, TG_EFORMAT, "proof: cut off");
	if (starts_with(line, "extra ") && !take_line(&line, rest))
		return tg_fail(err, TG_EFORMAT, "proof: cut off");
	if (!starts_with(line, "index ") || !take_number(index, tg_view_of(line.data + 6, line.len - 6)))
		return tg_fail(err, TG_EFORMAT, "proof: wanted the index of the entry");
	for (;;) {
		if (!take_line(&line, rest))
			return tg_fail(err, TG_EFORMAT, "proof: no checkpoint");
		if (line.len == 0)
			return TG_OK;
		if (proof->count == TG_TREE_PROOF_MAX || !take_hash(&proof->hash[proof->count], line))
			return tg_fail(
				err, TG_EFORMAT, "proof: wanted at most %d base64 hashes", TG_TREE_PROOF_MAX);
		proof->count++;
	}
}

int tg_proof_verify(uint64_t *index, tg_view proof_text, tg_view entry, const char *origin,
	const tg_note_key *const keys[], size_t count, tg_error *err)
{
	tg_checkpoint checkpoint;
	tg_tree_proof proof;
	tg_tree_hash leaf;
	tg_note note;
	uint64_t number = 0;
	int rc = proof_parse(&number, &proof, &proof_text, err);

	if (rc == TG_OK)
		rc = tg_note_parse(&note, proof_text, err);
	if (rc == TG_OK)
		rc = tg_note_verify(&note, keys, count, NULL, err);
	if (rc == TG_OK)
		rc = tg_checkpoint_parse(&checkpoint, note.text, err);
	if (rc != TG_OK)
		return rc;
	if (strcmp(checkpoint.origin, origin) != 0)
		return tg_fail(err, TG_EUNTRUSTED, "proof: the checkpoint is of another log than %s", origin);
	tg_tree_leaf(&leaf, entry.data, entry.len);
	rc = tg_tree_inclusion_verify(&proof, number, checkpoint.size, &leaf, &checkpoint.root, err);
	if (rc == TG_OK && index != NULL)
		*index = number;
	return rc;
}

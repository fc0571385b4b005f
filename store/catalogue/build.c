/* SPDX-License-Identifier: Apache-2.0
 *
 * build.c - plain structs to the sections of an image: notes, conformance labels, in-store numbers, and the whole.
 *
 * Refuses what the reader would refuse, so that a bad record is found at head office and not on a till. Knows what
 * each field's bytes are; how sections are cut and written is parts.c; the byte layout is tillgate-catalogue(5).
 */
#include "store/catalogue/build_state.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

static void state_fini(tgc_build *state)
{
	tgc_order_fini(&state->products);
	tgc_order_fini(&state->notes);
	tgc_order_fini(&state->socs);
	tgc_order_fini(&state->conformances);
	tgc_order_fini(&state->packs);
	tgc_parts_fini(&state->parts);
	free(state->specials);
}

int tgc_build_put_day(uint8_t *out, int32_t day, const char *what, const char *id, tg_error *err)
{
	if (day != TG_DAY_NONE && (day < 0 || day > TGC_DAY_MAX))
		return tg_fail(
			err, TG_EINVAL, "%s %s: day %" PRId32 " is not within 1970 to 9999", what, id, day);
	tgc_put_le24(out, day == TG_DAY_NONE ? TGC_DAY_NONE : (uint32_t)day);
	return TG_OK;
}

/* Order records by the key of their id. `ids` has n texts. */
int tgc_build_order_by_id(tgc_order *order, tgc_build *state, int section, const char *const *ids, size_t n,
	const char *what, uint32_t slot_bits, tg_error *err)
{
	uint64_t *keys = malloc((n + 1) * sizeof(*keys));
	uint32_t twin = TGC_NONE;
	int rc;

	if (keys == NULL)
		return tg_fail(err, TG_ENOMEM, "%zu keys of %ss", n, what);
	for (size_t i = 0; i < n; i++)
		keys[i] = tgc_text_key(ids[i]);
	rc = tgc_order_make(order, &twin, &state->parts, section, keys, ids, n, slot_bits, err);
	if (twin != TGC_NONE)
		rc = tg_fail(err, TG_EINVAL, "%s %s stands twice", what, ids[twin]);
	free(keys);
	return rc;
}

/* Number and "GTIN …" words are shared by products, packs and in-store ranges. */
int tgc_build_check_gtin(uint64_t gtin, const char *what, tg_error *err)
{
	if (gtin == 0 || gtin > TGC_GTIN_MAX)
		return tg_fail(err, TG_EINVAL, "%s %" PRIu64 " is not a number of 14 digits", what, gtin);
	return TG_OK;
}

int tgc_build_note_ref(uint32_t *ref, const tgc_build *state, uint32_t note, uint64_t gtin, tg_error *err)
{
	if (note != TG_BUILD_NO_NOTE && note >= state->notes.n)
		return tg_fail(
			err, TG_EINVAL, "GTIN %014" PRIu64 ": there is no note number %" PRIu32, gtin, note);
	*ref = note == TG_BUILD_NO_NOTE ? TGC_NOTE_NONE : state->notes.ref[note];
	return TG_OK;
}

/* ---- scope and class notes ---- */

static int put_note(uint8_t *out, const tg_build_note *note, tg_error *err)
{
	bool excepted = note->scope == TG_SCOPE_EXCEPTED;

	if (note->scope >= TG_SCOPE_COUNT || note->exception > 7 || note->exception_paragraph > 8)
		return tg_fail(err, TG_EINVAL, "note %s: no such scope or exception", note->id);
	if (!excepted && (note->exception != 0 || note->exception_paragraph != 0))
		return tg_fail(
			err, TG_EINVAL, "note %s: an exception, but the scope is not \"excepted\"", note->id);
	out[3] = note->scope;
	out[4] = note->exception;
	out[5] = note->exception_paragraph;
	out[6] = note->class_note ? TGC_NOTE_CLASS : 0;
	return tgc_build_put_day(out, note->review_by, "note", note->id, err);
}

static int build_notes(tgc_build *state, tg_error *err)
{
	const tg_build *in = state->in;
	const char **ids = malloc((in->note_count + 1) * sizeof(*ids));
	uint8_t *out;
	int rc;

	if (ids == NULL)
		return tg_fail(err, TG_ENOMEM, "%zu notes", in->note_count);
	for (size_t i = 0; i < in->note_count; i++)
		ids[i] = in->notes[i].id;
	rc = tgc_build_order_by_id(
		&state->notes, state, TGC_NOTE_DIR, ids, in->note_count, "note", TGC_NOTE_SLOT_BITS, err);
	if (rc == TG_OK)
		rc = tgc_texts_make(&state->parts, TGC_NOTE_ID_RUNS, &state->notes, ids, TG_BUILD_TEXT_MAX,
			"note id", err);
	free(ids);
	if (rc != TG_OK)
		return rc;
	out = tgc_part_make(&state->parts, TGC_NOTE, in->note_count * TGC_NOTE_BYTES, state->notes.n, 0, err);
	if (out == NULL)
		return TG_ENOMEM;
	for (uint32_t i = 0; rc == TG_OK && i < state->notes.n; i++)
		rc = put_note(out + (size_t)i * TGC_NOTE_BYTES, &in->notes[state->notes.from[i]], err);
	return rc;
}

/* ---- conformance labels ---- */

static int put_conformance(uint8_t *out, const tg_build_conformance *label, tg_error *err)
{
	int rc;

	if (label->scheme != TG_SCHEME_JC_STAR && label->scheme != TG_SCHEME_CLS)
		return tg_fail(err, TG_EINVAL, "label %s: no such scheme", label->id);
	out[0] = label->scheme;
	out[1] = label->level;
	out[2] = label->qualifies ? TGC_CONFORMANCE_QUALIFIES : 0;
	rc = tgc_build_put_day(out + 3, label->valid_from, "label", label->id, err);
	if (rc == TG_OK)
		rc = tgc_build_put_day(out + 6, label->valid_to, "label", label->id, err);
	if (rc == TG_OK)
		rc = tgc_build_put_day(out + 9, label->checked, "label", label->id, err);
	return rc;
}

static int build_conformances(tgc_build *state, tg_error *err)
{
	const tg_build *in = state->in;
	size_t n = in->conformance_count;
	const char **ids = malloc((n + 1) * sizeof(*ids));
	tgc_order *order = &state->conformances;
	uint8_t *out;
	int rc;

	if (ids == NULL)
		return tg_fail(err, TG_ENOMEM, "%zu labels", n);
	for (size_t i = 0; i < n; i++)
		ids[i] = in->conformances[i].id;
	rc = tgc_build_order_by_id(order, state, TGC_CONFORMANCE_DIR, ids, n, "label", TGC_SLOT_BITS, err);
	if (rc == TG_OK)
		rc = tgc_texts_make(&state->parts, TGC_CONFORMANCE_ID_RUNS, order, ids, TG_BUILD_TEXT_MAX,
			"label id", err);
	free(ids);
	if (rc != TG_OK)
		return rc;
	out = tgc_part_make(&state->parts, TGC_CONFORMANCE, n * TGC_CONFORMANCE_BYTES, order->n, 0, err);
	if (out == NULL)
		return TG_ENOMEM;
	for (uint32_t i = 0; rc == TG_OK && i < order->n; i++)
		rc = put_conformance(
			out + (size_t)i * TGC_CONFORMANCE_BYTES, &in->conformances[order->from[i]], err);
	return rc;
}

/* ---- restricted circulation numbers ---- */

static int compare_in_store(const void *a, const void *b)
{
	const tg_build_in_store *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

static int put_in_store(
	uint8_t *out, const tgc_build *state, const tg_build_in_store *range, uint64_t above, tg_error *err)
{
	uint32_t note = TGC_NOTE_NONE;
	int rc = tgc_build_check_gtin(range->from, "in-store number", err);

	if (rc == TG_OK)
		rc = tgc_build_check_gtin(range->to, "in-store number", err);
	if (rc == TG_OK && (range->from > range->to || range->from <= above))
		rc = tg_fail(err, TG_EINVAL, "in-store numbers from %014" PRIu64 ": falling or overlapping",
			range->from);
	if (rc == TG_OK && range->note == TG_BUILD_NO_NOTE)
		rc = tg_fail(
			err, TG_EINVAL, "in-store numbers from %014" PRIu64 ": no class note", range->from);
	if (rc == TG_OK)
		rc = tgc_build_note_ref(&note, state, range->note, range->from, err);
	tg_put_le64(out, range->from);
	tg_put_le64(out + 8, range->to);
	tg_put_le32(out + 16, note);
	return rc;
}

static int build_in_store(tgc_build *state, tg_error *err)
{
	size_t n = state->in->in_store_count;
	tg_build_in_store *sorted;
	uint8_t *out;
	int rc = TG_OK;

	if (n > UINT32_MAX)
		return tg_fail(err, TG_ELIMIT, "%zu in-store ranges are too many", n);
	out = tgc_part_make(&state->parts, TGC_IN_STORE, n * TGC_IN_STORE_BYTES, (uint32_t)n, 0, err);
	sorted = malloc((n + 1) * sizeof(*sorted));
	if (out == NULL || sorted == NULL) {
		free(sorted);
		return tg_fail(err, TG_ENOMEM, "%zu in-store ranges", n);
	}
	if (n > 0)
		memcpy(sorted, state->in->in_store, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare_in_store);
	for (size_t i = 0; rc == TG_OK && i < n; i++)
		rc = put_in_store(
			out + i * TGC_IN_STORE_BYTES, state, &sorted[i], i > 0 ? sorted[i - 1].to : 0, err);
	free(sorted);
	return rc;
}

int tg_build_write(const char *path, const tg_build *build, tg_error *err)
{
	tgc_build state = { .in = build };
	int rc = tgc_build_sort_specials(&state, err);

	if (rc == TG_OK)
		rc = build_notes(&state, err);
	if (rc == TG_OK)
		rc = build_conformances(&state, err);
	if (rc == TG_OK)
		rc = tgc_build_socs(&state, err);
	if (rc == TG_OK)
		rc = tgc_build_products(&state, err);
	if (rc == TG_OK)
		rc = tgc_build_specials(&state, err);
	if (rc == TG_OK)
		rc = build_in_store(&state, err);
	if (rc == TG_OK)
		rc = tgc_parts_write(path, build->version, &state.parts, err);
	state_fini(&state);
	return rc;
}

int tg_build_restamp(const char *path, uint64_t version, tg_error *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	uint8_t bytes[8];
	int rc = TG_OK;

	if (fd < 0)
		return tg_fail_errno(err, TG_EIO, "%s", path);
	tg_put_le64(bytes, version);
	if (pwrite(fd, bytes, sizeof(bytes), TGC_VERSION_AT) != (ssize_t)sizeof(bytes) || fsync(fd) != 0)
		rc = tg_fail_errno(err, TG_EIO, "%s", path);
	(void)close(fd);
	return rc;
}

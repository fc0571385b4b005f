/* SPDX-License-Identifier: Apache-2.0
 *
 * build.c - plain structs to the sections of an image.
 *
 * Refuses what the reader would refuse, so that a bad record is found at head office and not on a till. Knows what
 * each field's bytes are; how sections are cut and written is parts.c; the byte layout is tillgate-catalogue(5).
 */
#include "store/catalogue/build.h"
#include "store/catalogue/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct build_state {
	const tg_build *in;
	tgc_parts parts;
	tgc_order products, notes, socs, conformances, packs;
} build_state;

static void state_fini(build_state *state)
{
	tgc_order_fini(&state->products);
	tgc_order_fini(&state->notes);
	tgc_order_fini(&state->socs);
	tgc_order_fini(&state->conformances);
	tgc_order_fini(&state->packs);
	tgc_parts_fini(&state->parts);
}

static int put_day(uint8_t *out, int32_t day, const char *what, const char *id, tg_error *err)
{
	if (day != TG_DAY_NONE && (day < 0 || day > TGC_DAY_MAX))
		return tg_fail(err, TG_EINVAL, "%s %s: day %" PRId32 " is not within 1970 to 9999", what, id, day);
	tgc_put_le24(out, day == TG_DAY_NONE ? TGC_DAY_NONE : (uint32_t)day);
	return TG_OK;
}

/* Order records by the key of their id. `ids` has n texts. */
static int order_by_id(tgc_order *order, build_state *state, int section, const char *const *ids, size_t n,
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

/* ---- scope and class notes ---- */

static int put_note(uint8_t *out, const tg_build_note *note, tg_error *err)
{
	bool excepted = note->scope == TG_SCOPE_EXCEPTED;

	if (note->scope > TG_SCOPE_EXCEPTED || note->exception > 7 || note->exception_paragraph > 8)
		return tg_fail(err, TG_EINVAL, "note %s: no such scope or exception", note->id);
	if (!excepted && (note->exception != 0 || note->exception_paragraph != 0))
		return tg_fail(err, TG_EINVAL, "note %s: an exception, but the scope is not \"excepted\"", note->id);
	out[3] = note->scope;
	out[4] = note->exception;
	out[5] = note->exception_paragraph;
	out[6] = note->class_note ? TGC_NOTE_CLASS : 0;
	return put_day(out, note->review_by, "note", note->id, err);
}

static int build_notes(build_state *state, tg_error *err)
{
	const tg_build *in = state->in;
	const char **ids = malloc((in->note_count + 1) * sizeof(*ids));
	uint8_t *out;
	int rc;

	if (ids == NULL)
		return tg_fail(err, TG_ENOMEM, "%zu notes", in->note_count);
	for (size_t i = 0; i < in->note_count; i++)
		ids[i] = in->notes[i].id;
	rc = order_by_id(&state->notes, state, TGC_NOTE_DIR, ids, in->note_count, "note", TGC_NOTE_SLOT_BITS, err);
	if (rc == TG_OK)
		rc = tgc_texts_make(&state->parts, TGC_NOTE_ID_RUNS, &state->notes, ids, TG_BUILD_TEXT_MAX, "note id", err);
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
	rc = put_day(out + 3, label->valid_from, "label", label->id, err);
	if (rc == TG_OK)
		rc = put_day(out + 6, label->valid_to, "label", label->id, err);
	if (rc == TG_OK)
		rc = put_day(out + 9, label->checked, "label", label->id, err);
	return rc;
}

static int build_conformances(build_state *state, tg_error *err)
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
	rc = order_by_id(order, state, TGC_CONFORMANCE_DIR, ids, n, "label", TGC_SLOT_BITS, err);
	if (rc == TG_OK)
		rc = tgc_texts_make(&state->parts, TGC_CONFORMANCE_ID_RUNS, order, ids, TG_BUILD_TEXT_MAX, "label id", err);
	free(ids);
	if (rc != TG_OK)
		return rc;
	out = tgc_part_make(&state->parts, TGC_CONFORMANCE, n * TGC_CONFORMANCE_BYTES, order->n, 0, err);
	if (out == NULL)
		return TG_ENOMEM;
	for (uint32_t i = 0; rc == TG_OK && i < order->n; i++)
		rc = put_conformance(out + (size_t)i * TGC_CONFORMANCE_BYTES, &in->conformances[order->from[i]], err);
	return rc;
}

/* ---- statements of compliance ---- */

static int put_soc(uint8_t *out, const tg_build_soc *soc, tg_error *err)
{
	int rc;

	if (soc->document > TG_DOCUMENT_OTHER || soc->status > TG_SOC_SUPERSEDED || soc->batches > TG_BATCHES_LISTED ||
		soc->accompanies > TG_ACCOMPANIES_RECEIPT_LINK)
		return tg_fail(err, TG_EINVAL, "SoC %s: no such document, status, batches or accompanies", soc->id);
	if ((soc->defects & ~TGC_DEFECTS) != 0)
		return tg_fail(err, TG_EINVAL, "SoC %s: defects %#x are not for head office to find", soc->id, soc->defects);
	if (soc->batches == TG_BATCHES_ALL && soc->range_count > 0)
		return tg_fail(err, TG_EINVAL, "SoC %s: for all batches, yet it lists some", soc->id);
	tgc_put_le24(out, soc->defects);
	out[3] = soc->document;
	out[4] = soc->status;
	out[5] = (uint8_t)((soc->batches == TG_BATCHES_LISTED ? TGC_BATCHES_LISTED : 0) |
		(soc->batches_express_all ? TGC_BATCHES_EXPRESS_ALL : 0));
	out[6] = soc->accompanies;
	rc = put_day(out + 7, soc->issued, "SoC", soc->id, err);
	if (rc == TG_OK)
		rc = put_day(out + 10, soc->dsp_end, "SoC", soc->id, err);
	if (rc == TG_OK)
		rc = put_day(out + 13, soc->link_tested, "SoC", soc->id, err);
	return rc;
}

static int compare_ranges(const void *a, const void *b)
{
	const tg_build_range *x = a, *y = b;
	size_t x_len = strlen(x->from), y_len = strlen(y->from);
	int order = x_len == y_len ? strcmp(x->from, y->from) : x_len < y_len ? -1 : 1;

	return order != 0 ? order : strcmp(x->to, y->to);
}

static int compare_serials(const void *a, const void *b)
{
	const tg_build_serials *x = a, *y = b;
	int order = strcmp(x->batch, y->batch);

	return order != 0 ? order : compare_ranges(&x->serials, &y->serials);
}

static int put_range(tg_buf *out, const tg_build_range *range, const char *soc_id, tg_error *err)
{
	size_t len = strlen(range->from);
	bool single = strcmp(range->from, range->to) == 0;

	if (len == 0 || len > TG_BUILD_VALUE_MAX || len != strlen(range->to) || strcmp(range->from, range->to) > 0)
		return tg_fail(err, TG_EINVAL, "SoC %s: \"%.64s\" to \"%.64s\" is no range", soc_id, range->from, range->to);
	tg_buf_putc(out, (char)(len | (single ? TGC_RANGE_SINGLE : 0)));
	tg_buf_append(out, range->from, len);
	if (!single)
		tg_buf_append(out, range->to, len);
	return TG_OK;
}

/* One SoC's batches. Sorted and each once, so that the order of the records does not show. */
static int put_batches(tg_buf *out, const tg_build_soc *soc, tg_error *err)
{
	tg_build_range *sorted = malloc((soc->range_count + 1) * sizeof(*sorted));
	int rc = TG_OK;

	if (sorted == NULL)
		return tg_fail(err, TG_ENOMEM, "SoC %s: %zu ranges", soc->id, soc->range_count);
	if (soc->range_count > 0)
		memcpy(sorted, soc->ranges, soc->range_count * sizeof(*sorted));
	qsort(sorted, soc->range_count, sizeof(*sorted), compare_ranges);
	for (size_t i = 0; rc == TG_OK && i < soc->range_count; i++) {
		if (i == 0 || compare_ranges(&sorted[i - 1], &sorted[i]) != 0)
			rc = put_range(out, &sorted[i], soc->id, err);
	}
	free(sorted);
	return rc;
}

static int put_serials(tg_buf *out, const tg_build_soc *soc, tg_error *err)
{
	tg_build_serials *sorted = malloc((soc->serial_count + 1) * sizeof(*sorted));
	int rc = TG_OK;

	if (sorted == NULL)
		return tg_fail(err, TG_ENOMEM, "SoC %s: %zu serials", soc->id, soc->serial_count);
	if (soc->serial_count > 0)
		memcpy(sorted, soc->serials, soc->serial_count * sizeof(*sorted));
	qsort(sorted, soc->serial_count, sizeof(*sorted), compare_serials);
	for (size_t i = 0; rc == TG_OK && i < soc->serial_count; i++) {
		size_t len = strlen(sorted[i].batch);

		if (i > 0 && compare_serials(&sorted[i - 1], &sorted[i]) == 0)
			continue;
		if (len == 0 || len > TG_BUILD_VALUE_MAX) {
			rc = tg_fail(err, TG_EINVAL, "SoC %s: batch \"%.64s\" of serials", soc->id, sorted[i].batch);
			break;
		}
		tg_buf_putc(out, (char)len);
		tg_buf_append(out, sorted[i].batch, len);
		rc = put_range(out, &sorted[i].serials, soc->id, err);
	}
	free(sorted);
	return rc;
}

typedef int (*put_ranges)(tg_buf *out, const tg_build_soc *soc, tg_error *err);

static int build_ranges(build_state *state, int section, put_ranges put, tg_error *err)
{
	const tgc_order *order = &state->socs;
	uint32_t *lens = malloc(((size_t)order->n + 1) * sizeof(*lens));
	tg_buf bytes;
	int rc = TG_OK;

	if (lens == NULL)
		return tg_fail(err, TG_ENOMEM, "%u SoCs", order->n);
	tg_buf_init(&bytes, UINT32_MAX);
	for (uint32_t i = 0; rc == TG_OK && i < order->n; i++) {
		const tg_build_soc *soc = &state->in->socs[order->from[i]];
		size_t before = bytes.len;

		rc = put(&bytes, soc, err);
		lens[i] = (uint32_t)(bytes.len - before);
		if (rc == TG_OK && lens[i] > TG_BUILD_RANGES_MAX_BYTES)
			rc = tg_fail(err, TG_EINVAL, "SoC %s: more ranges than the image has room for", soc->id);
	}
	if (rc == TG_OK)
		rc = tgc_runs_make(&state->parts, section, lens, order->n, &bytes, err);
	tg_buf_fini(&bytes);
	free(lens);
	return rc;
}

static int build_soc_texts(build_state *state, tg_error *err)
{
	const tg_build *in = state->in;
	tgc_order *order = &state->socs;
	const char **texts = malloc((in->soc_count + 1) * sizeof(*texts));
	int rc;

	if (texts == NULL)
		return tg_fail(err, TG_ENOMEM, "%zu SoCs", in->soc_count);
	for (size_t i = 0; i < in->soc_count; i++)
		texts[i] = in->socs[i].id;
	rc = order_by_id(order, state, TGC_SOC_DIR, texts, in->soc_count, "SoC", TGC_SLOT_BITS, err);
	if (rc == TG_OK)
		rc = tgc_texts_make(&state->parts, TGC_SOC_ID_RUNS, order, texts, TG_BUILD_TEXT_MAX, "SoC id", err);
	for (size_t i = 0; i < in->soc_count; i++)
		texts[i] = in->socs[i].link;
	if (rc == TG_OK)
		rc = tgc_texts_make(&state->parts, TGC_SOC_LINK_RUNS, order, texts, TG_BUILD_LINK_MAX, "SoC link", err);
	free(texts);
	return rc;
}

static int build_socs(build_state *state, tg_error *err)
{
	const tgc_order *order = &state->socs;
	uint8_t *out;
	int rc = build_soc_texts(state, err);

	if (rc != TG_OK)
		return rc;
	out = tgc_part_make(&state->parts, TGC_SOC, state->in->soc_count * TGC_SOC_BYTES, order->n, 0, err);
	if (out == NULL)
		return TG_ENOMEM;
	for (uint32_t i = 0; rc == TG_OK && i < order->n; i++)
		rc = put_soc(out + (size_t)i * TGC_SOC_BYTES, &state->in->socs[order->from[i]], err);
	if (rc == TG_OK)
		rc = build_ranges(state, TGC_BATCH_RUNS, put_batches, err);
	if (rc == TG_OK)
		rc = build_ranges(state, TGC_SERIAL_RUNS, put_serials, err);
	return rc;
}

/* ---- products ---- */

/* Number and "GTIN …" words are shared by products, packs and in-store ranges. */
static int check_gtin(uint64_t gtin, const char *what, tg_error *err)
{
	if (gtin == 0 || gtin > TGC_GTIN_MAX)
		return tg_fail(err, TG_EINVAL, "%s %" PRIu64 " is not a number of 14 digits", what, gtin);
	return TG_OK;
}

static int note_ref(uint32_t *ref, const build_state *state, uint32_t note, uint64_t gtin, tg_error *err)
{
	if (note != TG_BUILD_NO_NOTE && note >= state->notes.n)
		return tg_fail(err, TG_EINVAL, "GTIN %014" PRIu64 ": there is no note number %" PRIu32, gtin, note);
	*ref = note == TG_BUILD_NO_NOTE ? TGC_NOTE_NONE : state->notes.ref[note];
	return TG_OK;
}

static int compare_links(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a & TGC_REF_MASK, y = *(const uint32_t *)b & TGC_REF_MASK;

	return x < y ? -1 : x > y;
}

/* References in their own order, each with its top bit. `out` has room for TG_BUILD_LINKS_MAX. */
static int collect_links(uint32_t *out, const tg_build_link *links, size_t n, const tgc_order *to, uint64_t gtin,
	tg_error *err)
{
	for (size_t i = 0; i < n; i++) {
		if (links[i].to >= to->n)
			return tg_fail(err, TG_EINVAL, "GTIN %014" PRIu64 ": there is no SoC or label number %" PRIu32,
				gtin, links[i].to);
		out[i] = to->ref[links[i].to] | (links[i].covers ? 0 : TGC_NOT_COVERED);
	}
	qsort(out, n, sizeof(*out), compare_links);
	for (size_t i = 1; i < n; i++) {
		if (compare_links(&out[i - 1], &out[i]) == 0)
			return tg_fail(err, TG_EINVAL, "GTIN %014" PRIu64 ": one SoC or label is linked twice", gtin);
	}
	return TG_OK;
}

/* The decision core; links after the first go to `more`. */
static int put_core(uint8_t *core, uint32_t *more_len, tg_buf *more, const build_state *state,
	const tg_build_product *product, tg_error *err)
{
	uint32_t links[TG_BUILD_LINKS_MAX] = { 0 }, note = TGC_NOTE_NONE;
	size_t socs = product->soc_count, total = socs + product->conformance_count;
	char id[24];
	int rc = check_gtin(product->gtin, "GTIN", err);

	if (rc == TG_OK && (socs > TG_BUILD_LINKS_MAX || total > TG_BUILD_LINKS_MAX))
		rc = tg_fail(err, TG_EINVAL, "GTIN %014" PRIu64 ": %zu SoCs and labels", product->gtin, total);
	if (rc == TG_OK)
		rc = collect_links(links, product->socs, socs, &state->socs, product->gtin, err);
	if (rc == TG_OK)
		rc = collect_links(links + socs, product->conformances, total - socs, &state->conformances, product->gtin, err);
	if (rc == TG_OK)
		rc = note_ref(&note, state, product->note, product->gtin, err);
	if (rc != TG_OK)
		return rc;
	tg_put_le32(core, links[0]);
	tgc_put_le24(core + 4, note);
	core[10] = (uint8_t)socs;
	core[11] = (uint8_t)(total - socs);
	*more_len = total > 1 ? (uint32_t)(total - 1) : 0;
	for (size_t i = 1; i < total; i++) {
		uint8_t ref[TGC_REF_BYTES];

		tg_put_le32(ref, links[i]);
		tg_buf_append(more, ref, sizeof(ref));
	}
	snprintf(id, sizeof(id), "%014" PRIu64, product->gtin);
	return put_day(core + 7, product->dsp_end_published, "GTIN", id, err);
}

static int build_cores(build_state *state, tg_error *err)
{
	const tgc_order *order = &state->products;
	uint8_t *gtins = tgc_part_make(&state->parts, TGC_PRODUCT_GTIN, (size_t)order->n * TGC_GTIN_BYTES, order->n, 0, err);
	uint8_t *cores = tgc_part_make(&state->parts, TGC_PRODUCT_CORE, (size_t)order->n * TGC_CORE_BYTES, order->n, 0, err);
	uint32_t *lens;
	tg_buf more;
	int rc = TG_OK;

	if (gtins == NULL || cores == NULL)
		return TG_ENOMEM;
	lens = malloc(((size_t)order->n + 1) * sizeof(*lens));
	if (lens == NULL)
		return tg_fail(err, TG_ENOMEM, "%u products", order->n);
	tg_buf_init(&more, UINT32_MAX);
	for (uint32_t i = 0; rc == TG_OK && i < order->n; i++) {
		const tg_build_product *product = &state->in->products[order->from[i]];

		tg_put_le64(gtins + (size_t)i * TGC_GTIN_BYTES, product->gtin);
		rc = put_core(cores + (size_t)i * TGC_CORE_BYTES, &lens[i], &more, state, product, err);
	}
	if (rc == TG_OK)
		rc = tgc_runs_make(&state->parts, TGC_LINK_RUNS, lens, order->n, &more, err);
	tg_buf_fini(&more);
	free(lens);
	return rc;
}

static int order_products(build_state *state, tg_error *err)
{
	const tg_build *in = state->in;
	uint64_t *keys = malloc((in->product_count + 1) * sizeof(*keys));
	uint32_t twin = TGC_NONE;
	int rc;

	if (keys == NULL)
		return tg_fail(err, TG_ENOMEM, "%zu products", in->product_count);
	for (size_t i = 0; i < in->product_count; i++)
		keys[i] = tgc_mix(in->products[i].gtin);
	rc = tgc_order_make(&state->products, &twin, &state->parts, TGC_PRODUCT_DIR, keys, NULL, in->product_count,
		0, err);
	if (twin != TGC_NONE)
		rc = tg_fail(err, TG_EINVAL, "GTIN %014" PRIu64 " stands twice", in->products[twin].gtin);
	free(keys);
	return rc;
}

/* ---- manufacturers, each once ---- */

typedef struct makers { /* open addressing, at most half full */
	const char **names;  /* each once, in order of first sight */
	uint32_t *slots;     /* number of a name + 1; 0: free */
	uint32_t *of;        /* product -> number of its name; TGC_NONE: none stated */
	uint32_t n, mask;
} makers;

static void makers_fini(makers *m)
{
	free(m->names);
	free(m->slots);
	free(m->of);
}

static uint32_t makers_put(makers *m, const char *name)
{
	uint32_t at = (uint32_t)tgc_text_key(name) & m->mask;

	for (; m->slots[at] != 0; at = (at + 1) & m->mask) {
		if (strcmp(m->names[m->slots[at] - 1], name) == 0)
			return m->slots[at] - 1;
	}
	m->names[m->n++] = name;
	m->slots[at] = m->n;
	return m->n - 1;
}

static int makers_init(makers *m, const tg_build *in, tg_error *err)
{
	size_t size = 2;

	while (size < in->product_count * 2 + 2)
		size *= 2;
	m->mask = (uint32_t)(size - 1);
	m->names = malloc((in->product_count + 1) * sizeof(*m->names));
	m->slots = calloc(size, sizeof(*m->slots));
	m->of = malloc((in->product_count + 1) * sizeof(*m->of));
	if (m->names == NULL || m->slots == NULL || m->of == NULL)
		return tg_fail(err, TG_ENOMEM, "manufacturers of %zu products", in->product_count);
	for (size_t i = 0; i < in->product_count; i++) {
		const char *name = in->products[i].manufacturer;

		m->of[i] = name[0] == '\0' ? TGC_NONE : makers_put(m, name);
	}
	return TG_OK;
}

static int build_makers(build_state *state, tg_error *err)
{
	const tgc_order *products = &state->products;
	tgc_order order = { 0 };
	makers m = { 0 };
	uint8_t *refs;
	int rc = makers_init(&m, state->in, err);

	if (rc == TG_OK)
		rc = order_by_id(&order, state, TGC_MAKER_DIR, m.names, m.n, "manufacturer", TGC_SLOT_BITS, err);
	if (rc == TG_OK)
		rc = tgc_texts_make(&state->parts, TGC_MAKER_NAME_RUNS, &order, m.names, TG_BUILD_TEXT_MAX, "manufacturer", err);
	if (rc != TG_OK)
		goto out;
	refs = tgc_part_make(&state->parts, TGC_PRODUCT_MAKER, (size_t)products->n * TGC_REF_BYTES, products->n, 0, err);
	if (refs == NULL) {
		rc = TG_ENOMEM;
		goto out;
	}
	for (uint32_t i = 0; i < products->n; i++) {
		uint32_t maker = m.of[products->from[i]];

		tg_put_le32(refs + (size_t)i * TGC_REF_BYTES, maker == TGC_NONE ? TGC_NONE : order.ref[maker]);
	}
out:
	tgc_order_fini(&order);
	makers_fini(&m);
	return rc;
}

static int build_product_texts(build_state *state, tg_error *err)
{
	const tg_build *in = state->in;
	const char **texts = malloc((in->product_count + 1) * sizeof(*texts));
	int rc;

	if (texts == NULL)
		return tg_fail(err, TG_ENOMEM, "%zu products", in->product_count);
	for (size_t i = 0; i < in->product_count; i++)
		texts[i] = in->products[i].type;
	rc = tgc_texts_make(&state->parts, TGC_TYPE_RUNS, &state->products, texts, TG_BUILD_TEXT_MAX, "type", err);
	for (size_t i = 0; i < in->product_count; i++)
		texts[i] = in->products[i].name;
	if (rc == TG_OK)
		rc = tgc_texts_make(&state->parts, TGC_NAME_RUNS, &state->products, texts, TG_BUILD_TEXT_MAX, "name", err);
	free(texts);
	return rc;
}

/* ---- packs ---- */

static bool is_product(const build_state *state, uint64_t gtin)
{
	const uint8_t *counts = state->parts.part[TGC_PRODUCT_DIR].data;
	const uint8_t *gtins = state->parts.part[TGC_PRODUCT_GTIN].data;
	uint32_t bits = state->products.bits, bucket = tgc_bucket(tgc_mix(gtin), bits);
	uint32_t group = bucket / TGC_BUCKET_GROUP * TGC_BUCKET_GROUP;
	size_t at = tg_get_le32(counts + (UINT32_C(1) << bits) + bucket / TGC_BUCKET_GROUP * 4);

	for (uint32_t b = group; b < bucket; b++)
		at += counts[b];
	for (uint32_t i = 0; i < counts[bucket]; i++) {
		if (tg_get_le64(gtins + (at + i) * TGC_GTIN_BYTES) == gtin)
			return true;
	}
	return false;
}

static int check_pack(const build_state *state, const tg_build_pack *pack, tg_error *err)
{
	int rc = check_gtin(pack->gtin, "pack GTIN", err);

	if (rc != TG_OK)
		return rc;
	if (is_product(state, pack->gtin))
		return tg_fail(err, TG_EINVAL, "pack %014" PRIu64 ": is a product too", pack->gtin);
	if (!is_product(state, pack->inside))
		return tg_fail(err, TG_EINVAL, "pack %014" PRIu64 ": GTIN inside, %014" PRIu64 ", is no product", pack->gtin,
			pack->inside);
	return TG_OK;
}

static int build_packs(build_state *state, tg_error *err)
{
	const tg_build *in = state->in;
	tgc_order *order = &state->packs;
	uint64_t *keys = malloc((in->pack_count + 1) * sizeof(*keys));
	uint32_t twin = TGC_NONE;
	uint8_t *gtins, *inside;
	int rc;

	if (keys == NULL)
		return tg_fail(err, TG_ENOMEM, "%zu packs", in->pack_count);
	for (size_t i = 0; i < in->pack_count; i++)
		keys[i] = tgc_mix(in->packs[i].gtin);
	rc = tgc_order_make(order, &twin, &state->parts, TGC_PACK_DIR, keys, NULL, in->pack_count, 0, err);
	free(keys);
	if (twin != TGC_NONE)
		return tg_fail(err, TG_EINVAL, "pack %014" PRIu64 " stands twice", in->packs[twin].gtin);
	if (rc != TG_OK)
		return rc;
	gtins = tgc_part_make(&state->parts, TGC_PACK_GTIN, in->pack_count * TGC_GTIN_BYTES, order->n, 0, err);
	inside = tgc_part_make(&state->parts, TGC_PACK_INSIDE, in->pack_count * TGC_GTIN_BYTES, order->n, 0, err);
	if (gtins == NULL || inside == NULL)
		return TG_ENOMEM;
	for (uint32_t i = 0; rc == TG_OK && i < order->n; i++) {
		const tg_build_pack *pack = &in->packs[order->from[i]];

		rc = check_pack(state, pack, err);
		tg_put_le64(gtins + (size_t)i * TGC_GTIN_BYTES, pack->gtin);
		tg_put_le64(inside + (size_t)i * TGC_GTIN_BYTES, pack->inside);
	}
	return rc;
}

/* ---- restricted circulation numbers ---- */

static int compare_in_store(const void *a, const void *b)
{
	const tg_build_in_store *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

static int put_in_store(uint8_t *out, const build_state *state, const tg_build_in_store *range, uint64_t above,
	tg_error *err)
{
	uint32_t note = TGC_NOTE_NONE;
	int rc = check_gtin(range->from, "in-store number", err);

	if (rc == TG_OK)
		rc = check_gtin(range->to, "in-store number", err);
	if (rc == TG_OK && (range->from > range->to || range->from <= above))
		rc = tg_fail(err, TG_EINVAL, "in-store numbers from %014" PRIu64 ": falling or overlapping", range->from);
	if (rc == TG_OK && range->note == TG_BUILD_NO_NOTE)
		rc = tg_fail(err, TG_EINVAL, "in-store numbers from %014" PRIu64 ": no class note", range->from);
	if (rc == TG_OK)
		rc = note_ref(&note, state, range->note, range->from, err);
	tg_put_le64(out, range->from);
	tg_put_le64(out + 8, range->to);
	tg_put_le32(out + 16, note);
	return rc;
}

static int build_in_store(build_state *state, tg_error *err)
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
		rc = put_in_store(out + i * TGC_IN_STORE_BYTES, state, &sorted[i], i > 0 ? sorted[i - 1].to : 0, err);
	free(sorted);
	return rc;
}

int tg_build_write(const char *path, const tg_build *build, tg_error *err)
{
	build_state state = { .in = build };
	int rc = build_notes(&state, err);

	if (rc == TG_OK)
		rc = build_conformances(&state, err);
	if (rc == TG_OK)
		rc = build_socs(&state, err);
	if (rc == TG_OK)
		rc = order_products(&state, err);
	if (rc == TG_OK)
		rc = build_cores(&state, err);
	if (rc == TG_OK)
		rc = build_packs(&state, err);
	if (rc == TG_OK)
		rc = build_in_store(&state, err);
	if (rc == TG_OK)
		rc = build_makers(&state, err);
	if (rc == TG_OK)
		rc = build_product_texts(&state, err);
	if (rc == TG_OK)
		rc = tgc_parts_write(path, build->version, &state.parts, err);
	state_fini(&state);
	return rc;
}

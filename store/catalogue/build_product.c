/* SPDX-License-Identifier: Apache-2.0
 *
 * build_product.c - the sections of products, of their manufacturers, each once, and of packs.
 *
 * Part of the builder (build.c). Links point to records whose order is known before: notes, SoCs, labels.
 */
#include "store/catalogue/build_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- products ---- */

static int compare_links(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a & TGC_REF_MASK, y = *(const uint32_t *)b & TGC_REF_MASK;

	return x < y ? -1 : x > y;
}

/* References in their own order, each with its top bit. `out` has room for TG_BUILD_LINKS_MAX. */
static int collect_links(uint32_t *out, const tg_build_link *links, size_t n, const tgc_order *to,
	uint64_t gtin, tg_error *err)
{
	for (size_t i = 0; i < n; i++) {
		if (links[i].to >= to->n)
			return tg_fail(err, TG_EINVAL,
				"GTIN %014" PRIu64 ": there is no SoC or label number %" PRIu32, gtin,
				links[i].to);
		out[i] = to->ref[links[i].to] | (links[i].covers ? 0 : TGC_NOT_COVERED);
	}
	qsort(out, n, sizeof(*out), compare_links);
	for (size_t i = 1; i < n; i++) {
		if (compare_links(&out[i - 1], &out[i]) == 0)
			return tg_fail(err, TG_EINVAL,
				"GTIN %014" PRIu64 ": one SoC or label is linked twice", gtin);
	}
	return TG_OK;
}

/* The decision core; links after the first go to `more`. */
static int put_core(uint8_t *core, uint32_t *more_len, tg_buf *more, const tgc_build *state,
	const tg_build_product *product, tg_error *err)
{
	uint32_t links[TG_BUILD_LINKS_MAX] = { 0 }, note = TGC_NOTE_NONE;
	size_t socs = product->soc_count, total = socs + product->conformance_count;
	char id[24];
	int rc = tgc_build_check_gtin(product->gtin, "GTIN", err);

	if (rc == TG_OK && (socs > TG_BUILD_LINKS_MAX || total > TG_BUILD_LINKS_MAX))
		rc = tg_fail(
			err, TG_EINVAL, "GTIN %014" PRIu64 ": %zu SoCs and labels", product->gtin, total);
	if (rc == TG_OK)
		rc = collect_links(links, product->socs, socs, &state->socs, product->gtin, err);
	if (rc == TG_OK)
		rc = collect_links(links + socs, product->conformances, total - socs, &state->conformances,
			product->gtin, err);
	if (rc == TG_OK)
		rc = tgc_build_note_ref(&note, state, product->note, product->gtin, err);
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
	rc = tgc_build_put_day(core + 7, product->dsp_end_published, "GTIN", id, err);
	/* A day takes 22 bits: the flag lies above it. */
	tgc_put_le24(core + 7, (tgc_get_le24(core + 7) & TGC_CORE_DAY_MASK) |
				       (tgc_build_is_special(state, product->gtin) ? TGC_CORE_SPECIAL : 0));
	return rc;
}

static int build_cores(tgc_build *state, tg_error *err)
{
	const tgc_order *order = &state->products;
	uint8_t *gtins = tgc_part_make(
		&state->parts, TGC_PRODUCT_GTIN, (size_t)order->n * TGC_GTIN_BYTES, order->n, 0, err);
	uint8_t *cores = tgc_part_make(
		&state->parts, TGC_PRODUCT_CORE, (size_t)order->n * TGC_CORE_BYTES, order->n, 0, err);
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

static int order_products(tgc_build *state, tg_error *err)
{
	const tg_build *in = state->in;
	uint64_t *keys = malloc((in->product_count + 1) * sizeof(*keys));
	uint32_t twin = TGC_NONE;
	int rc;

	if (keys == NULL)
		return tg_fail(err, TG_ENOMEM, "%zu products", in->product_count);
	for (size_t i = 0; i < in->product_count; i++)
		keys[i] = tgc_mix(in->products[i].gtin);
	rc = tgc_order_make(&state->products, &twin, &state->parts, TGC_PRODUCT_DIR, keys, NULL,
		in->product_count, 0, err);
	if (twin != TGC_NONE)
		rc = tg_fail(err, TG_EINVAL, "GTIN %014" PRIu64 " stands twice", in->products[twin].gtin);
	free(keys);
	return rc;
}

/* ---- manufacturers, each once ---- */

typedef struct makers {     /* open addressing, at most half full */
	const char **names; /* each once, in order of first sight */
	uint32_t *slots;    /* number of a name + 1; 0: free */
	uint32_t *of;       /* product -> number of its name; TGC_NONE: none stated */
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

static int build_makers(tgc_build *state, tg_error *err)
{
	const tgc_order *products = &state->products;
	tgc_order order = { 0 };
	makers m = { 0 };
	uint8_t *refs;
	int rc = makers_init(&m, state->in, err);

	if (rc == TG_OK)
		rc = tgc_build_order_by_id(
			&order, state, TGC_MAKER_DIR, m.names, m.n, "manufacturer", TGC_SLOT_BITS, err);
	if (rc == TG_OK)
		rc = tgc_texts_make(&state->parts, TGC_MAKER_NAME_RUNS, &order, m.names, TG_BUILD_TEXT_MAX,
			"manufacturer", err);
	if (rc != TG_OK)
		goto out;
	refs = tgc_part_make(
		&state->parts, TGC_PRODUCT_MAKER, (size_t)products->n * TGC_REF_BYTES, products->n, 0, err);
	if (refs == NULL) {
		rc = TG_ENOMEM;
		goto out;
	}
	for (uint32_t i = 0; i < products->n; i++) {
		uint32_t maker = m.of[products->from[i]];

		tg_put_le32(
			refs + (size_t)i * TGC_REF_BYTES, maker == TGC_NONE ? TGC_NONE : order.ref[maker]);
	}
out:
	tgc_order_fini(&order);
	makers_fini(&m);
	return rc;
}

static int build_product_texts(tgc_build *state, tg_error *err)
{
	const tg_build *in = state->in;
	const char **texts = malloc((in->product_count + 1) * sizeof(*texts));
	int rc;

	if (texts == NULL)
		return tg_fail(err, TG_ENOMEM, "%zu products", in->product_count);
	for (size_t i = 0; i < in->product_count; i++)
		texts[i] = in->products[i].type;
	rc = tgc_texts_make(
		&state->parts, TGC_TYPE_RUNS, &state->products, texts, TG_BUILD_TEXT_MAX, "type", err);
	for (size_t i = 0; i < in->product_count; i++)
		texts[i] = in->products[i].name;
	if (rc == TG_OK)
		rc = tgc_texts_make(&state->parts, TGC_NAME_RUNS, &state->products, texts, TG_BUILD_TEXT_MAX,
			"name", err);
	free(texts);
	return rc;
}

/* ---- packs ---- */

bool tgc_build_is_product(const tgc_build *state, uint64_t gtin)
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

static int check_pack(const tgc_build *state, const tg_build_pack *pack, tg_error *err)
{
	int rc = tgc_build_check_gtin(pack->gtin, "pack GTIN", err);

	if (rc != TG_OK)
		return rc;
	if (tgc_build_is_product(state, pack->gtin))
		return tg_fail(err, TG_EINVAL, "pack %014" PRIu64 ": is a product too", pack->gtin);
	if (!tgc_build_is_product(state, pack->inside))
		return tg_fail(err, TG_EINVAL,
			"pack %014" PRIu64 ": GTIN inside, %014" PRIu64 ", is no product", pack->gtin,
			pack->inside);
	return TG_OK;
}

static int build_packs(tgc_build *state, tg_error *err)
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
	gtins = tgc_part_make(
		&state->parts, TGC_PACK_GTIN, in->pack_count * TGC_GTIN_BYTES, order->n, 0, err);
	inside = tgc_part_make(
		&state->parts, TGC_PACK_INSIDE, in->pack_count * TGC_GTIN_BYTES, order->n, 0, err);
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

int tgc_build_products(tgc_build *state, tg_error *err)
{
	int rc = order_products(state, err);

	if (rc == TG_OK)
		rc = build_cores(state, err);
	if (rc == TG_OK)
		rc = build_packs(state, err);
	if (rc == TG_OK)
		rc = build_makers(state, err);
	if (rc == TG_OK)
		rc = build_product_texts(state, err);
	return rc;
}

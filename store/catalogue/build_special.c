/* SPDX-License-Identifier: Apache-2.0
 *
 * build_special.c - the sections of what is said of few products only: roles, stops, bundles.
 *
 * Part of the builder (build.c). Refuses what special.c would refuse.
 */
#include "store/base/encoding.h"
#include "store/catalogue/build_state.h"

#include <inttypes.h>
#include <stdlib.h>

static int compare_specials(const void *a, const void *b)
{
	const tg_build_special *x = a, *y = b;

	return x->gtin < y->gtin ? -1 : x->gtin > y->gtin;
}

int tgc_build_sort_specials(tgc_build *state, tg_error *err)
{
	size_t n = state->in->special_count;

	if (n > UINT32_MAX)
		return tg_fail(err, TG_ELIMIT, "%zu special products are too many", n);
	state->specials = malloc((n + 1) * sizeof(*state->specials));
	if (state->specials == NULL)
		return tg_fail(err, TG_ENOMEM, "%zu special products", n);
	if (n > 0)
		memcpy(state->specials, state->in->specials, n * sizeof(*state->specials));
	qsort(state->specials, n, sizeof(*state->specials), compare_specials);
	for (size_t i = 1; i < n; i++)
		if (state->specials[i].gtin == state->specials[i - 1].gtin)
			return tg_fail(err, TG_EINVAL, "GTIN %014" PRIu64 ": two special records",
				state->specials[i].gtin);
	return TG_OK;
}

static const tg_build_special *find_special(const tgc_build *state, uint64_t gtin)
{
	tg_build_special key = { .gtin = gtin };

	return bsearch(&key, state->specials, state->in->special_count, sizeof(key), compare_specials);
}

bool tgc_build_is_special(const tgc_build *state, uint64_t gtin)
{
	return state->in->special_count > 0 && find_special(state, gtin) != NULL;
}

/* ---- stops ---- */

/* The caller's stops in the image's order, and where each went. */
struct stops {
	const tg_build_stop **sorted;
	uint32_t *ref; /* number of the caller's record -> position */
};

static int compare_stops(const void *a, const void *b)
{
	const tg_build_stop *x = *(const tg_build_stop *const *)a, *y = *(const tg_build_stop *const *)b;
	int order = strcmp(x->id, y->id);

	if (order == 0)
		order = (x->kind > y->kind) - (x->kind < y->kind);
	return order != 0 ? order : (x->from > y->from) - (x->from < y->from);
}

static void stops_fini(struct stops *stops)
{
	free(stops->sorted);
	free(stops->ref);
}

static int sort_stops(struct stops *out, const tg_build *in, tg_error *err)
{
	size_t n = in->stop_count;

	out->sorted = malloc((n + 1) * sizeof(*out->sorted));
	out->ref = malloc((n + 1) * sizeof(*out->ref));
	if (out->sorted == NULL || out->ref == NULL)
		return tg_fail(err, TG_ENOMEM, "%zu stops", n);
	if (n > UINT32_MAX)
		return tg_fail(err, TG_ELIMIT, "%zu stops are too many", n);
	for (size_t i = 0; i < n; i++)
		out->sorted[i] = &in->stops[i];
	qsort(out->sorted, n, sizeof(*out->sorted), compare_stops);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && compare_stops(&out->sorted[i - 1], &out->sorted[i]) == 0)
			return tg_fail(err, TG_EINVAL, "stop %s: stands twice", out->sorted[i]->id);
		out->ref[out->sorted[i] - in->stops] = (uint32_t)i;
	}
	return TG_OK;
}

static int put_stop(uint8_t *out, const tg_build_stop *stop, tg_error *err)
{
	int rc;

	if (stop->kind == 0 || stop->kind >= TG_STOP_KINDS || stop->flags > 7)
		return tg_fail(err, TG_EINVAL, "stop %s: no such kind or flag", stop->id);
	if (stop->from == TG_DAY_NONE || (stop->to != TG_DAY_NONE && stop->to < stop->from))
		return tg_fail(err, TG_EINVAL, "stop %s: ends before it begins, or never begins", stop->id);
	out[0] = stop->kind;
	out[1] = stop->flags;
	out[2] = (uint8_t)((stop->batch_count > 0 ? TGC_LIMIT_BATCHES : 0) |
			   (stop->serial_count > 0 ? TGC_LIMIT_SERIALS : 0));
	rc = tgc_build_put_day(out + 4, stop->from, "stop", stop->id, err);
	return rc == TG_OK ? tgc_build_put_day(out + 7, stop->to, "stop", stop->id, err) : rc;
}

static int append_id(tg_buf *out, const tg_build_stop *stop, tg_error *err)
{
	size_t len = strlen(stop->id);

	if (len == 0 || len > TG_BUILD_TEXT_MAX || !tg_utf8_valid(stop->id, len))
		return tg_fail(err, TG_EINVAL, "stop \"%.40s\": an id is UTF-8 of 1 to %d bytes", stop->id,
			TG_BUILD_TEXT_MAX);
	tg_buf_append(out, stop->id, len);
	return TG_OK;
}

static int append_batches(tg_buf *out, const tg_build_stop *stop, tg_error *err)
{
	return tgc_build_put_ranges(out, stop->batches, stop->batch_count, "stop", stop->id, err);
}

static int append_serials(tg_buf *out, const tg_build_stop *stop, tg_error *err)
{
	return tgc_build_put_ranges(out, stop->serials, stop->serial_count, "stop", stop->id, err);
}

static int build_runs(tgc_build *state, int section, const struct stops *stops,
	int (*append)(tg_buf *, const tg_build_stop *, tg_error *), tg_error *err)
{
	uint32_t n = (uint32_t)state->in->stop_count;
	uint32_t *lens = malloc(((size_t)n + 1) * sizeof(*lens));
	tg_buf bytes;
	int rc = TG_OK;

	if (lens == NULL)
		return tg_fail(err, TG_ENOMEM, "%u stops", n);
	tg_buf_init(&bytes, UINT32_MAX);
	for (uint32_t i = 0; rc == TG_OK && i < n; i++) {
		size_t before = bytes.len;

		rc = append(&bytes, stops->sorted[i], err);
		lens[i] = (uint32_t)(bytes.len - before);
		if (rc == TG_OK && lens[i] > TG_BUILD_RANGES_MAX_BYTES)
			rc = tg_fail(err, TG_EINVAL, "stop %s: more ranges than the image has room for",
				stops->sorted[i]->id);
	}
	if (rc == TG_OK)
		rc = tgc_runs_make(&state->parts, section, lens, n, &bytes, err);
	tg_buf_fini(&bytes);
	free(lens);
	return rc;
}

static int build_stops(tgc_build *state, const struct stops *stops, tg_error *err)
{
	uint32_t n = (uint32_t)state->in->stop_count;
	uint8_t *out = tgc_part_make(&state->parts, TGC_STOP, (size_t)n * TGC_STOP_BYTES, n, 0, err);
	int rc = TG_OK;

	if (out == NULL)
		return TG_ENOMEM;
	for (uint32_t i = 0; rc == TG_OK && i < n; i++)
		rc = put_stop(out + (size_t)i * TGC_STOP_BYTES, stops->sorted[i], err);
	if (rc == TG_OK)
		rc = build_runs(state, TGC_STOP_ID_RUNS, stops, append_id, err);
	if (rc == TG_OK)
		rc = build_runs(state, TGC_STOP_BATCH_RUNS, stops, append_batches, err);
	if (rc == TG_OK)
		rc = build_runs(state, TGC_STOP_SERIAL_RUNS, stops, append_serials, err);
	return rc;
}

/* ---- products ---- */

static int compare_refs(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int append_stops(tg_buf *out, const tgc_build *state, const struct stops *stops,
	const tg_build_special *special, tg_error *err)
{
	uint32_t refs[TG_BUILD_STOPS_MAX];

	if (special->stop_count > TG_BUILD_STOPS_MAX)
		return tg_fail(err, TG_EINVAL, "GTIN %014" PRIu64 ": %zu stops, at most %d", special->gtin,
			special->stop_count, TG_BUILD_STOPS_MAX);
	for (size_t i = 0; i < special->stop_count; i++) {
		if (special->stops[i] >= state->in->stop_count)
			return tg_fail(err, TG_EINVAL,
				"GTIN %014" PRIu64 ": there is no stop number %" PRIu32, special->gtin,
				special->stops[i]);
		refs[i] = stops->ref[special->stops[i]];
	}
	qsort(refs, special->stop_count, sizeof(*refs), compare_refs);
	for (size_t i = 0; i < special->stop_count; i++) {
		uint8_t bytes[TGC_REF_BYTES];

		if (i > 0 && refs[i] == refs[i - 1])
			return tg_fail(err, TG_EINVAL, "GTIN %014" PRIu64 ": one stop twice", special->gtin);
		tg_put_le32(bytes, refs[i]);
		tg_buf_append(out, bytes, sizeof(bytes));
	}
	return TG_OK;
}

/* In the caller's order: a list of components is read by people as well. */
static int append_components(
	tg_buf *out, const tgc_build *state, const tg_build_special *special, tg_error *err)
{
	if (special->component_count > TG_BUILD_COMPONENTS_MAX)
		return tg_fail(err, TG_EINVAL, "bundle %014" PRIu64 ": %zu components, at most %d",
			special->gtin, special->component_count, TG_BUILD_COMPONENTS_MAX);
	for (size_t i = 0; i < special->component_count; i++) {
		uint64_t gtin = special->components[i];
		const tg_build_special *inner = find_special(state, gtin);
		uint8_t bytes[TGC_GTIN_BYTES];

		if (!tgc_build_is_product(state, gtin))
			return tg_fail(err, TG_EINVAL,
				"bundle %014" PRIu64 ": component %014" PRIu64 " is no product",
				special->gtin, gtin);
		if (inner != NULL && inner->component_count > 0)
			return tg_fail(err, TG_EINVAL,
				"bundle %014" PRIu64 ": component %014" PRIu64 " is a bundle", special->gtin,
				gtin);
		tg_put_le64(bytes, gtin);
		tg_buf_append(out, bytes, sizeof(bytes));
	}
	return TG_OK;
}

/* Both lists of all special products, and their records. */
struct lists {
	uint32_t *stop_lens, *component_lens;
	tg_buf stops, components;
};

static int put_special(uint8_t *out, struct lists *lists, uint32_t i, const tgc_build *state,
	const struct stops *stops, tg_error *err)
{
	const tg_build_special *special = &state->specials[i];
	size_t stops_before = lists->stops.len, components_before = lists->components.len;
	int rc = TG_OK;

	if (!tgc_build_is_product(state, special->gtin))
		rc = tg_fail(err, TG_EINVAL, "GTIN %014" PRIu64 ": a special record, but no product",
			special->gtin);
	if (rc == TG_OK && special->role >= TG_ROLE_COUNT)
		rc = tg_fail(err, TG_EINVAL, "GTIN %014" PRIu64 ": no such role", special->gtin);
	if (rc == TG_OK)
		rc = append_stops(&lists->stops, state, stops, special, err);
	if (rc == TG_OK)
		rc = append_components(&lists->components, state, special, err);
	lists->stop_lens[i] = (uint32_t)((lists->stops.len - stops_before) / TGC_REF_BYTES);
	lists->component_lens[i] = (uint32_t)((lists->components.len - components_before) / TGC_GTIN_BYTES);
	tg_put_le64(out, special->gtin);
	out[8] = special->role;
	return rc;
}

static int build_products(tgc_build *state, const struct stops *stops, tg_error *err)
{
	uint32_t n = (uint32_t)state->in->special_count;
	uint8_t *out = tgc_part_make(&state->parts, TGC_SPECIAL, (size_t)n * TGC_SPECIAL_BYTES, n, 0, err);
	struct lists lists = { .stop_lens = malloc(((size_t)n + 1) * sizeof(uint32_t)),
		.component_lens = malloc(((size_t)n + 1) * sizeof(uint32_t)) };
	int rc = TG_OK;

	tg_buf_init(&lists.stops, UINT32_MAX);
	tg_buf_init(&lists.components, UINT32_MAX);
	if (out == NULL || lists.stop_lens == NULL || lists.component_lens == NULL)
		rc = tg_fail(err, TG_ENOMEM, "%u special products", n);
	for (uint32_t i = 0; rc == TG_OK && i < n; i++)
		rc = put_special(out + (size_t)i * TGC_SPECIAL_BYTES, &lists, i, state, stops, err);
	if (rc == TG_OK)
		rc = tgc_runs_make(
			&state->parts, TGC_SPECIAL_STOP_RUNS, lists.stop_lens, n, &lists.stops, err);
	if (rc == TG_OK)
		rc = tgc_runs_make(
			&state->parts, TGC_COMPONENT_RUNS, lists.component_lens, n, &lists.components, err);
	tg_buf_fini(&lists.stops);
	tg_buf_fini(&lists.components);
	free(lists.stop_lens);
	free(lists.component_lens);
	return rc;
}

int tgc_build_specials(tgc_build *state, tg_error *err)
{
	struct stops stops = { 0 };
	int rc = sort_stops(&stops, state->in, err);

	if (rc == TG_OK)
		rc = build_stops(state, &stops, err);
	if (rc == TG_OK)
		rc = build_products(state, &stops, err);
	stops_fini(&stops);
	return rc;
}

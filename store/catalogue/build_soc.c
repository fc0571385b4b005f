/* SPDX-License-Identifier: Apache-2.0
 *
 * build_soc.c - the sections of statements of compliance, their batches and their serial numbers.
 *
 * Part of the builder (build.c). Knows the fields of a SoC in the image; knows nothing of products.
 */
#include "store/catalogue/build_state.h"

#include <stdlib.h>

static int put_soc(uint8_t *out, const tg_build_soc *soc, tg_error *err)
{
	int rc;

	if (soc->document > TG_DOCUMENT_OTHER || soc->status > TG_SOC_SUPERSEDED ||
		soc->batches > TG_BATCHES_LISTED || soc->accompanies > TG_ACCOMPANIES_RECEIPT_LINK)
		return tg_fail(
			err, TG_EINVAL, "SoC %s: no such document, status, batches or accompanies", soc->id);
	if ((soc->defects & ~TGC_DEFECTS) != 0)
		return tg_fail(err, TG_EINVAL, "SoC %s: defects %#x are not for head office to find", soc->id,
			soc->defects);
	if (soc->batches == TG_BATCHES_ALL && soc->range_count > 0)
		return tg_fail(err, TG_EINVAL, "SoC %s: for all batches, yet it lists some", soc->id);
	tgc_put_le24(out, soc->defects);
	out[3] = soc->document;
	out[4] = soc->status;
	out[5] = (uint8_t)((soc->batches == TG_BATCHES_LISTED ? TGC_BATCHES_LISTED : 0) |
			   (soc->batches_express_all ? TGC_BATCHES_EXPRESS_ALL : 0));
	out[6] = soc->accompanies;
	rc = tgc_build_put_day(out + 7, soc->issued, "SoC", soc->id, err);
	if (rc == TG_OK)
		rc = tgc_build_put_day(out + 10, soc->dsp_end, "SoC", soc->id, err);
	if (rc == TG_OK)
		rc = tgc_build_put_day(out + 13, soc->link_tested, "SoC", soc->id, err);
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

static int put_range(
	tg_buf *out, const tg_build_range *range, const char *what, const char *id, tg_error *err)
{
	size_t len = strlen(range->from);
	bool single = strcmp(range->from, range->to) == 0;

	if (len == 0 || len > TG_BUILD_VALUE_MAX || len != strlen(range->to) ||
		strcmp(range->from, range->to) > 0)
		return tg_fail(err, TG_EINVAL, "%s %s: \"%.64s\" to \"%.64s\" is no range", what, id,
			range->from, range->to);
	tg_buf_putc(out, (char)(len | (single ? TGC_RANGE_SINGLE : 0)));
	tg_buf_append(out, range->from, len);
	if (!single)
		tg_buf_append(out, range->to, len);
	return TG_OK;
}

int tgc_build_put_ranges(
	tg_buf *out, const tg_build_range *ranges, size_t n, const char *what, const char *id, tg_error *err)
{
	tg_build_range *sorted = malloc((n + 1) * sizeof(*sorted));
	int rc = TG_OK;

	if (sorted == NULL)
		return tg_fail(err, TG_ENOMEM, "%s %s: %zu ranges", what, id, n);
	if (n > 0)
		memcpy(sorted, ranges, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare_ranges);
	for (size_t i = 0; rc == TG_OK && i < n; i++) {
		if (i == 0 || compare_ranges(&sorted[i - 1], &sorted[i]) != 0)
			rc = put_range(out, &sorted[i], what, id, err);
	}
	free(sorted);
	return rc;
}

static int put_batches(tg_buf *out, const tg_build_soc *soc, tg_error *err)
{
	return tgc_build_put_ranges(out, soc->ranges, soc->range_count, "SoC", soc->id, err);
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
			rc = tg_fail(err, TG_EINVAL, "SoC %s: batch \"%.64s\" of serials", soc->id,
				sorted[i].batch);
			break;
		}
		tg_buf_putc(out, (char)len);
		tg_buf_append(out, sorted[i].batch, len);
		rc = put_range(out, &sorted[i].serials, "SoC", soc->id, err);
	}
	free(sorted);
	return rc;
}

typedef int (*put_ranges)(tg_buf *out, const tg_build_soc *soc, tg_error *err);

static int build_ranges(tgc_build *state, int section, put_ranges put, tg_error *err)
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
			rc = tg_fail(
				err, TG_EINVAL, "SoC %s: more ranges than the image has room for", soc->id);
	}
	if (rc == TG_OK)
		rc = tgc_runs_make(&state->parts, section, lens, order->n, &bytes, err);
	tg_buf_fini(&bytes);
	free(lens);
	return rc;
}

static int build_soc_texts(tgc_build *state, tg_error *err)
{
	const tg_build *in = state->in;
	tgc_order *order = &state->socs;
	const char **texts = malloc((in->soc_count + 1) * sizeof(*texts));
	int rc;

	if (texts == NULL)
		return tg_fail(err, TG_ENOMEM, "%zu SoCs", in->soc_count);
	for (size_t i = 0; i < in->soc_count; i++)
		texts[i] = in->socs[i].id;
	rc = tgc_build_order_by_id(
		order, state, TGC_SOC_DIR, texts, in->soc_count, "SoC", TGC_SLOT_BITS, err);
	if (rc == TG_OK)
		rc = tgc_texts_make(
			&state->parts, TGC_SOC_ID_RUNS, order, texts, TG_BUILD_TEXT_MAX, "SoC id", err);
	for (size_t i = 0; i < in->soc_count; i++)
		texts[i] = in->socs[i].link;
	if (rc == TG_OK)
		rc = tgc_texts_make(
			&state->parts, TGC_SOC_LINK_RUNS, order, texts, TG_BUILD_LINK_MAX, "SoC link", err);
	free(texts);
	return rc;
}

int tgc_build_socs(tgc_build *state, tg_error *err)
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

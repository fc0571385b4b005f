/* SPDX-License-Identifier: Apache-2.0
 *
 * parts.c - put records in their order, cut texts into runs, write sections to a file.
 *
 * Everything here depends on the records alone: no time, no address, no order of input reaches the bytes.
 */
#include "store/catalogue/parts.h"
#include "store/base/encoding.h"
#include "store/base/file.h"
#include "store/catalogue/blocks.h"

#include <stdlib.h>

/* Records a bucket at most, on average. */
#define GTIN_AIM 8 /* one cache line of GTINs */
#define REF_AIM 2 /* a new record moves the slots behind it in its bucket, and with them all links to those */

typedef struct sort_entry {
	uint64_t key;
	uint32_t number;
} sort_entry;

void tgc_parts_fini(tgc_parts *parts)
{
	for (int id = 0; id < TGC_SECTIONS; id++)
		free(parts->part[id].data);
	*parts = (tgc_parts){ 0 };
}

uint8_t *tgc_part_make(tgc_parts *parts, int id, size_t len, uint32_t count, uint32_t param, tg_error *err)
{
	uint8_t *data = calloc(1, len > 0 ? len : 1);

	if (data == NULL) {
		(void)tg_fail(err, TG_ENOMEM, "section %d: %zu bytes", id, len);
		return NULL;
	}
	free(parts->part[id].data);
	parts->part[id] = (tgc_part){ data, len, count, param };
	return data;
}

void tgc_order_fini(tgc_order *order)
{
	free(order->from);
	free(order->ref);
	*order = (tgc_order){ 0 };
}

static int compare_entries(const void *a, const void *b, void *names)
{
	const sort_entry *x = a, *y = b;
	const char *const *text = names;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return text == NULL ? 0 : strcmp(text[x->number], text[y->number]);
}

static bool alike(const sort_entry *a, const sort_entry *b, const char *const *names)
{
	return a->key == b->key && (names == NULL || strcmp(names[a->number], names[b->number]) == 0);
}

/* Count the buckets for 2^bits; false if one holds more than a slot can say. */
static bool count_buckets(uint8_t *counts, const sort_entry *sorted, uint32_t n, uint32_t bits, uint32_t most)
{
	memset(counts, 0, (size_t)1 << bits);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t bucket = tgc_bucket(sorted[i].key, bits);

		if (counts[bucket] == most)
			return false;
		counts[bucket]++;
	}
	return true;
}

/* The fewest buckets that keep the average small and every bucket within its slots. */
static int write_directory(tgc_order *order, tgc_parts *parts, int id, const sort_entry *sorted,
	uint32_t slot_bits, tg_error *err)
{
	uint32_t most = slot_bits == TGC_NOTE_SLOT_BITS ? UINT32_C(1) << slot_bits : UINT8_MAX;
	uint32_t aim = slot_bits == 0 ? GTIN_AIM : REF_AIM, bits = TGC_BITS_MIN, total = 0;
	uint8_t *counts;

	while (order->n >> bits >= aim && bits < tgc_kinds[id].param)
		bits++;
	for (;; bits++) {
		if (bits > tgc_kinds[id].param)
			return tg_fail(err, TG_ELIMIT, "section %d: %u records are too many", id, order->n);
		counts = tgc_part_make(parts, id, tgc_directory_bytes(bits), order->n, bits, err);
		if (counts == NULL)
			return TG_ENOMEM;
		if (count_buckets(counts, sorted, order->n, bits, most))
			break;
	}
	for (uint32_t bucket = 0; bucket < UINT32_C(1) << bits; bucket++) {
		if (bucket % TGC_BUCKET_GROUP == 0)
			tg_put_le32(counts + (UINT32_C(1) << bits) + bucket / TGC_BUCKET_GROUP * 4, total);
		total += counts[bucket];
	}
	order->bits = bits;
	return TG_OK;
}

static void fill_order(tgc_order *order, const sort_entry *sorted, uint32_t slot_bits)
{
	uint32_t slot = 0, last = TGC_NONE;

	for (uint32_t i = 0; i < order->n; i++) {
		uint32_t bucket = tgc_bucket(sorted[i].key, order->bits);

		slot = bucket == last ? slot + 1 : 0;
		last = bucket;
		order->from[i] = sorted[i].number;
		if (slot_bits > 0)
			order->ref[sorted[i].number] = bucket << slot_bits | slot;
	}
}

int tgc_order_make(tgc_order *order, uint32_t *twin, tgc_parts *parts, int id, const uint64_t *keys,
	const char *const *names, size_t n, uint32_t slot_bits, tg_error *err)
{
	sort_entry *sorted;
	int rc;

	if (n > (UINT64_C(1) << TGC_BITS_MAX) * GTIN_AIM)
		return tg_fail(err, TG_ELIMIT, "section %d: %zu records are too many", id, n);
	order->n = (uint32_t)n;
	sorted = malloc((n + 1) * sizeof(*sorted));
	order->from = malloc((n + 1) * sizeof(*order->from));
	order->ref = malloc((n + 1) * sizeof(*order->ref));
	if (sorted == NULL || order->from == NULL || order->ref == NULL) {
		rc = tg_fail(err, TG_ENOMEM, "section %d: order of %zu records", id, n);
		goto out;
	}
	for (uint32_t i = 0; i < n; i++)
		sorted[i] = (sort_entry){ keys[i], i };
	qsort_r(sorted, n, sizeof(*sorted), compare_entries, (void *)(uintptr_t)names);
	for (size_t i = 1; i < n; i++) {
		if (alike(&sorted[i - 1], &sorted[i], names)) {
			*twin = sorted[i].number;
			rc = TG_EINVAL;
			goto out;
		}
	}
	rc = write_directory(order, parts, id, sorted, slot_bits, err);
	if (rc == TG_OK)
		fill_order(order, sorted, slot_bits);
out:
	free(sorted);
	return rc;
}

static void put_length(uint8_t *lens, uint32_t i, uint32_t width, uint32_t len)
{
	if (width == 1)
		lens[i] = (uint8_t)len;
	else if (width == 2)
		tg_put_le16(lens + (size_t)i * 2, (uint16_t)len);
	else
		tg_put_le32(lens + (size_t)i * 4, len);
}

int tgc_runs_make(tgc_parts *parts, int id, const uint32_t *lens, uint32_t n, tg_buf *bytes, tg_error *err)
{
	uint32_t width = tgc_kinds[id].param, unit = tgc_kinds[id + 1].size;
	uint8_t *runs = tgc_part_make(parts, id, tgc_runs_bytes(n, width), n, width, err);
	uint8_t *content;
	uint64_t total = 0;
	int rc = tg_buf_check(bytes, "texts of the image", err);

	if (runs == NULL)
		return TG_ENOMEM;
	if (rc != TG_OK)
		return rc;
	for (uint32_t i = 0; i < n; i++) {
		if (i % TGC_RUN_GROUP == 0)
			tg_put_le32(runs + tgc_runs_bases(n, width) + i / TGC_RUN_GROUP * 4, (uint32_t)total);
		put_length(runs, i, width, lens[i]);
		total += lens[i];
	}
	content = tgc_part_make(parts, id + 1, bytes->len, (uint32_t)(bytes->len / unit), 0, err);
	if (content == NULL)
		return TG_ENOMEM;
	if (bytes->len > 0)
		memcpy(content, bytes->data, bytes->len);
	return TG_OK;
}

int tgc_texts_make(tgc_parts *parts, int id, const tgc_order *order, const char *const *texts, size_t max,
	const char *what, tg_error *err)
{
	uint32_t *lens = malloc(((size_t)order->n + 1) * sizeof(*lens));
	tg_buf bytes;
	int rc = TG_OK;

	if (lens == NULL)
		return tg_fail(err, TG_ENOMEM, "%s: %u lengths", what, order->n);
	tg_buf_init(&bytes, UINT32_MAX);
	for (uint32_t i = 0; rc == TG_OK && i < order->n; i++) {
		const char *text = texts[order->from[i]];
		size_t len = strlen(text);

		if (len > max || !tg_utf8_valid(text, len))
			rc = tg_fail(err, TG_EINVAL, "%s: \"%.40s\" is not UTF-8 of at most %zu bytes", what,
				text, max);
		lens[i] = (uint32_t)len;
		tg_buf_append(&bytes, text, len);
	}
	if (rc == TG_OK)
		rc = tgc_runs_make(parts, id, lens, order->n, &bytes, err);
	tg_buf_fini(&bytes);
	free(lens);
	return rc;
}

/* Header and table; returns the length of the whole image. */
static uint64_t write_head(uint8_t *head, size_t head_len, uint64_t version, const tgc_parts *parts)
{
	uint64_t at = head_len;

	for (int id = 1; id < TGC_SECTIONS; id++) {
		const tgc_part *part = &parts->part[id];
		uint8_t *entry = head + TGC_HEADER_BYTES + (id - 1) * TGC_ENTRY_BYTES;

		at = tgc_round_up(at, TGC_ALIGN);
		tg_put_le32(entry, (uint32_t)id);
		tg_put_le16(entry + 4, TGC_REQUIRED);
		tg_put_le16(entry + 6, 1);
		tg_put_le64(entry + 8, at);
		tg_put_le64(entry + 16, part->len);
		tg_put_le32(entry + 24, part->count);
		tg_put_le32(entry + 28, part->param);
		at += part->len;
	}
	memcpy(head, TGC_MAGIC, TGC_MAGIC_BYTES);
	tg_put_le16(head + 8, TGC_MAJOR);
	tg_put_le16(head + 10, TGC_MINOR);
	tg_put_le32(head + 12, TGC_SECTIONS - 1);
	tg_put_le64(head + TGC_VERSION_AT, version);
	tg_put_le64(head + 24, at);
	return at;
}

static int write_sections(int fd, const char *path, uint64_t at, const tgc_parts *parts, tg_error *err)
{
	static const uint8_t zero[TGC_ALIGN];
	int rc = TG_OK;

	for (int id = 1; rc == TG_OK && id < TGC_SECTIONS; id++) {
		uint64_t start = tgc_round_up(at, TGC_ALIGN);

		rc = tg_write_all(fd, zero, start - at, path, err);
		if (rc == TG_OK)
			rc = tg_write_all(fd, parts->part[id].data, parts->part[id].len, path, err);
		at = start + parts->part[id].len;
	}
	return rc;
}

int tgc_parts_write(const char *path, uint64_t version, const tgc_parts *parts, tg_error *err)
{
	uint8_t head[TGC_HEADER_BYTES + (TGC_SECTIONS - 1) * TGC_ENTRY_BYTES] = { 0 };
	uint64_t length = write_head(head, sizeof(head), version, parts);
	tg_file_stage stage;
	int rc;

	if (length > TG_IMAGE_MAX_BYTES)
		return tg_fail(err, TG_ELIMIT, "%s: the image would be longer than any reader takes", path);
	rc = tg_file_stage_open(&stage, path, 0644, err);
	if (rc != TG_OK)
		return rc;
	rc = tg_write_all(stage.fd, head, sizeof(head), path, err);
	if (rc == TG_OK)
		rc = write_sections(stage.fd, path, sizeof(head), parts, err);
	if (rc == TG_OK)
		rc = tg_file_stage_commit(&stage, err);
	tg_file_stage_abandon(&stage);
	return rc;
}

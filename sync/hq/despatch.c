/* SPDX-License-Identifier: Apache-2.0
 *
 * despatch.c - rows about some products, put in the order of who got them.
 */
#include "sync/hq/despatch.h"

#include "plugin/gate/label.h"
#include "store/base/encoding.h"
#include "store/base/file.h"
#include "sync/hq/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

const char *const tg_despatch_fields[TG_DESPATCH_FIELDS + 1] = { "gtin", "to", "address", "batch", "units", "date", "relation",
	NULL };

struct reading {
	tg_despatch *out;
	const tg_despatch_ask *ask;
	size_t columns[TG_DESPATCH_FIELDS];
	size_t column_count;
	bool header_read;
};

/* ---- columns ---- */

static int read_header(struct reading *r, const tg_view *fields, size_t count, tg_error *err)
{
	r->header_read = true;
	r->column_count = count;
	for (int f = 0; f < TG_DESPATCH_FIELDS; f++) {
		const char *name = r->ask->columns[f] != NULL ? r->ask->columns[f] : tg_despatch_fields[f];
		int rc = tg_csv_find_column(&r->columns[f], fields, count, name, err);

		if (rc != TG_OK)
			return rc;
		if (r->columns[f] == TG_CSV_NO_COLUMN && (r->ask->columns[f] != NULL || f <= TG_DESPATCH_TO))
			return tg_fail(err, TG_EINVAL, "despatch: no column is called \"%s\"; name it with --map COLUMN=%s", name,
				tg_despatch_fields[f]);
	}
	r->out->has_relation = r->columns[TG_DESPATCH_RELATION] != TG_CSV_NO_COLUMN;
	r->out->has_batch = r->columns[TG_DESPATCH_BATCH] != TG_CSV_NO_COLUMN;
	return TG_OK;
}

static tg_view field(const struct reading *r, const tg_view *fields, int f)
{
	return r->columns[f] == TG_CSV_NO_COLUMN ? tg_view_of("", 0) : tg_csv_trimmed(fields[r->columns[f]]);
}

/* ---- rows ---- */

static int refuse(struct reading *r, uint32_t line, const char *words)
{
	if (r->out->bad++ == 0)
		(void)snprintf(r->out->bad_words, sizeof(r->out->bad_words), "line %u: %s", line, words);
	return TG_OK;
}

/* Case aside: people write "Distributor". */
static bool is_word(tg_view v, const char *const *words)
{
	for (; *words != NULL; words++)
		if (v.len == strlen(*words) && strncasecmp((const char *)v.data, *words, v.len) == 0)
			return true;
	return false;
}

/*
 * Only who is surely a customer is left out: a needless letter is struck out by whoever sends it, one that was never written is missed
 * by nobody.
 */
static bool relation_asked(struct reading *r, tg_view relation)
{
	static const char *const customers[] = { "customer", "consumer", "end user", "end-user", NULL };
	static const char *const traders[] = { "importer", "distributor", "retailer", "reseller", "wholesaler", "trader", NULL };

	if (is_word(relation, customers)) {
		r->out->others++;
		return false;
	}
	r->out->unsure += !is_word(relation, traders);
	return true;
}

static int by_number(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* As the gate compares: ranges hold texts of equal length, compared as bytes. An unknown batch may be one of them. */
static bool batch_asked(struct reading *r, const char *batch)
{
	if (r->ask->batch_count == 0)
		return true;
	if (batch[0] == '\0') {
		r->out->no_batch++;
		return true;
	}
	for (size_t i = 0; i < r->ask->batch_count; i++) {
		const tg_batch_range *range = &r->ask->batches[i];

		if (strlen(batch) == strlen(range->from) && strcmp(batch, range->from) >= 0 && strcmp(batch, range->to) <= 0)
			return true;
	}
	r->out->outside++;
	return false;
}

static const char *text_of(struct reading *r, tg_view v, bool *good)
{
	char text[TG_DESPATCH_TEXT_MAX + 1];

	if (v.len > TG_DESPATCH_TEXT_MAX || !tg_utf8_valid(v.data, v.len) || (v.len > 0 && memchr(v.data, 0, v.len) != NULL)) {
		*good = false;
		return "";
	}
	if (v.len > 0)
		memcpy(text, v.data, v.len);
	text[v.len] = '\0';
	return tg_arena_text(&r->out->arena, text);
}

static int64_t units_of(tg_view v, bool *good)
{
	int64_t units = 0;

	if (v.len == 0)
		return -1;
	for (size_t i = 0; i < v.len; i++) {
		if (v.data[i] >= '0' && v.data[i] <= '9')
			units = 10 * units + (v.data[i] - '0');
		if (v.data[i] < '0' || v.data[i] > '9' || units > TG_DESPATCH_UNITS_MAX) {
			*good = false;
			return -1;
		}
	}
	return units;
}

static int keep(struct reading *r, const tg_view *fields, uint64_t gtin, uint32_t number, tg_error *err)
{
	tg_despatch_line *grown, line = { .line = number, .gtin = gtin, .day = TG_DAY_NONE };
	bool good = true;
	const char *day;

	line.to = text_of(r, field(r, fields, TG_DESPATCH_TO), &good);
	line.address = text_of(r, field(r, fields, TG_DESPATCH_ADDRESS), &good);
	line.batch = text_of(r, field(r, fields, TG_DESPATCH_BATCH), &good);
	line.units = units_of(field(r, fields, TG_DESPATCH_UNITS), &good);
	day = text_of(r, field(r, fields, TG_DESPATCH_DATE), &good);
	if (day[0] != '\0' && tg_day_parse(&line.day, day, NULL) != TG_OK)
		good = false;
	if (!good)
		return refuse(r, number, "wanted UTF-8 text, whole numbers of at most 1000000000 units, and dates as YYYY-MM-DD");
	if (line.to[0] == '\0')
		return refuse(r, number, "does not say to whom");
	if (!batch_asked(r, line.batch))
		return TG_OK;
	if (r->out->count == TG_DESPATCH_KEPT_MAX)
		return tg_fail(err, TG_ELIMIT, "despatch: more than %d lines about these products", TG_DESPATCH_KEPT_MAX);
	grown = tg_array_grow(r->out->lines, r->out->count, &r->out->cap, sizeof(*grown));
	if (grown == NULL || r->out->arena.failed)
		return tg_fail(err, TG_ENOMEM, "despatch: out of memory");
	r->out->lines = grown;
	grown[r->out->count++] = line;
	return TG_OK;
}

static int take_row(void *ctx, const tg_view *fields, size_t count, uint32_t line, tg_error *err)
{
	struct reading *r = ctx;
	uint64_t gtin;

	if (!r->header_read)
		return read_header(r, fields, count, err);
	r->out->read++;
	if (count != r->column_count)
		return refuse(r, line, "not as many fields as the header has columns");
	if (tg_gtin_parse(&gtin, field(r, fields, TG_DESPATCH_GTIN), NULL) != TG_OK)
		return refuse(r, line, "no GTIN of 8, 12, 13 or 14 digits with a right check digit");
	if (r->ask->gtin_count == 0 || bsearch(&gtin, r->ask->gtins, r->ask->gtin_count, sizeof(gtin), by_number) == NULL)
		return TG_OK;
	if (r->out->has_relation && !relation_asked(r, field(r, fields, TG_DESPATCH_RELATION)))
		return TG_OK;
	return keep(r, fields, gtin, line, err);
}

static int by_recipient(const void *left, const void *right)
{
	const tg_despatch_line *a = left, *b = right;
	int order = strcmp(a->to, b->to);

	if (order == 0)
		order = (a->gtin > b->gtin) - (a->gtin < b->gtin);
	return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

int tg_despatch_parse(tg_despatch *out, tg_view text, const tg_despatch_ask *ask, tg_error *err)
{
	struct reading r = { .out = out, .ask = ask };
	int rc;

	*out = (tg_despatch){ 0 };
	rc = tg_csv_parse(text, ask->separator, take_row, &r, err);
	if (rc == TG_OK && !r.header_read)
		rc = tg_fail(err, TG_EINVAL, "despatch: empty; wanted a line with the names of the columns");
	if (rc == TG_OK && out->count > 1)
		qsort(out->lines, out->count, sizeof(*out->lines), by_recipient);
	return rc;
}

int tg_despatch_read(tg_despatch *out, const char *path, const tg_despatch_ask *ask, tg_error *err)
{
	tg_buf text;
	int rc;

	*out = (tg_despatch){ 0 };
	tg_buf_init(&text, TG_DESPATCH_FILE_MAX);
	rc = tg_file_read(&text, path, TG_DESPATCH_FILE_MAX, err);
	if (rc == TG_OK)
		rc = tg_despatch_parse(out, tg_buf_view(&text), ask, err);
	if (rc != TG_OK)
		tg_error_prefix(err, "%s", path);
	tg_buf_fini(&text);
	return rc;
}

void tg_despatch_fini(tg_despatch *d)
{
	tg_arena_fini(&d->arena);
	free(d->lines);
	*d = (tg_despatch){ 0 };
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * sales.c - rows to numbers and counts, added up.
 */
#include "sync/hq/sales.h"

#include "plugin/gate/label.h"
#include "store/base/file.h"
#include "sync/hq/arena.h"
#include "sync/hq/csv.h"

#include <stdio.h>
#include <stdlib.h>

#define PROGRESS_LINES 100000
#define SHOWN 24 /* bytes of a bad field in the words */

struct reading {
	tg_sales *sales;
	const tg_sales_options *options;
	const char *name;
	bool header_read;
	size_t number_column, count_column, columns;
};

static int read_header(struct reading *r, const tg_view *fields, size_t count, tg_error *err)
{
	const tg_sales_options *o = r->options;
	const char *number = o->number_column != NULL ? o->number_column : "gtin";
	const char *units = o->count_column != NULL ? o->count_column : "count";
	int rc = tg_csv_find_column(&r->number_column, fields, count, number, err);

	r->header_read = true;
	r->columns = count;
	if (rc == TG_OK)
		rc = tg_csv_find_column(&r->count_column, fields, count, units, err);
	if (rc != TG_OK) {
		tg_error_prefix(err, "%s", r->name);
		return rc;
	}
	if (r->number_column == TG_CSV_NO_COLUMN)
		return tg_fail(err, TG_EINVAL,
			"%s: no column is called \"%s\"; the first line names the columns, --map "
			"COLUMN=gtin says which one it is, --separator what stands between them",
			r->name, number);
	if (o->count_column != NULL && r->count_column == TG_CSV_NO_COLUMN)
		return tg_fail(err, TG_EINVAL, "%s: no column is called \"%s\"", r->name, o->count_column);
	return TG_OK;
}

/* Bytes of other people on a terminal: what is not printable becomes '?'. */
static const char *shown(char out[SHOWN + 1], tg_view v)
{
	size_t n = v.len < SHOWN ? v.len : SHOWN;

	for (size_t i = 0; i < n; i++)
		out[i] = (char)(v.data[i] >= ' ' && v.data[i] <= '~' ? v.data[i] : '?');
	out[n] = '\0';
	return out;
}

static int refuse(struct reading *r, uint32_t line, tg_view field, const char *words, tg_error *err)
{
	tg_sales *s = r->sales;
	char text[SHOWN + 1];

	s->bad_lines++;
	if (s->bad_kept < TG_SALES_BAD_MAX) {
		tg_sales_bad *grown = tg_array_grow(s->bad, s->bad_kept, &s->bad_cap, sizeof(*grown));

		if (grown == NULL)
			return tg_fail(err, TG_ENOMEM, "%s: out of memory", r->name);
		s->bad = grown;
		grown[s->bad_kept].line = line;
		(void)snprintf(grown[s->bad_kept].words, sizeof(grown->words), "\"%s\": %s",
			shown(text, field), words);
		s->bad_kept++;
	}
	return TG_OK;
}

/* NULL, or what is wrong with it and what to do. A number with a wrong check digit is none that a scanner ever passed on. */
static const char *read_number(tg_sale *sale, tg_view v)
{
	uint64_t number = 0;

	for (size_t i = 0; i < v.len; i++)
		if (v.data[i] < '0' || v.data[i] > '9')
			return "wanted a number of 8, 12, 13 or 14 digits; export the column as text";
	if (v.len != 8 && (v.len < 12 || v.len > 14))
		return "wanted 8, 12, 13 or 14 digits; if a spreadsheet cut leading zeros, export the column as "
		       "text";
	if (tg_gtin_parse(&number, v, NULL) != TG_OK)
		return "the check digit fails; correct the number, or leave the line out";
	sale->number = number;
	sale->digits = (uint8_t)v.len;
	return NULL;
}

static const char *read_units(int64_t *units, tg_view v)
{
	int64_t n = 0;

	if (v.len == 0)
		return "wanted how often, a whole number";
	for (size_t i = 0; i < v.len; i++) {
		if (v.data[i] < '0' || v.data[i] > '9')
			return "wanted a whole number of scans or units; leave returns out, and count weighed "
			       "goods by scans";
		n = n * 10 + (v.data[i] - '0');
		if (n > TG_SALES_UNITS_MAX)
			return "more than 1000000000; is this the right column?";
	}
	*units = n;
	return NULL;
}

static int take_row(void *ctx, const tg_view *fields, size_t count, uint32_t line, tg_error *err)
{
	struct reading *r = ctx;
	tg_sales *s = r->sales;
	tg_sale sale = { .units = 1, .lines = 1 }, *grown;
	tg_view field;
	const char *words;

	if (!r->header_read)
		return read_header(r, fields, count, err);
	if (r->options->progress != NULL && line % PROGRESS_LINES == 0)
		r->options->progress(r->options->progress_ctx, "lines read", line, 0);
	field = fields[0];
	if (count != r->columns)
		return refuse(r, line, field, "not as many fields as the first line has columns", err);
	field = tg_csv_trimmed(fields[r->number_column]);
	words = read_number(&sale, field);
	if (words == NULL && r->count_column != TG_CSV_NO_COLUMN) {
		field = tg_csv_trimmed(fields[r->count_column]);
		words = read_units(&sale.units, field);
	}
	if (words != NULL)
		return refuse(r, line, field, words, err);
	grown = tg_array_grow(s->list, s->count, &s->cap, sizeof(*grown));
	if (grown == NULL)
		return tg_fail(err, TG_ENOMEM, "%s: out of memory", r->name);
	s->list = grown;
	grown[s->count++] = sale;
	s->lines++;
	s->units += sale.units;
	return TG_OK;
}

static int by_number(const void *left, const void *right)
{
	const tg_sale *a = left, *b = right;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return (int)a->digits - (int)b->digits;
}

static void add_up(tg_sales *s)
{
	size_t kept = 0;

	if (s->count > 1)
		qsort(s->list, s->count, sizeof(*s->list), by_number);
	for (size_t i = 0; i < s->count; i++) {
		tg_sale *last = kept > 0 ? &s->list[kept - 1] : NULL;

		if (last != NULL && by_number(last, &s->list[i]) == 0) {
			last->units += s->list[i].units;
			last->lines += s->list[i].lines;
		} else {
			s->list[kept++] = s->list[i];
		}
	}
	s->count = kept;
}

int tg_sales_parse(
	tg_sales *out, tg_view text, const char *name, const tg_sales_options *options, tg_error *err)
{
	struct reading r = { .sales = out, .options = options, .name = name };
	int rc;

	*out = (tg_sales){ 0 };
	rc = tg_csv_parse(text, options->separator, take_row, &r, err);
	if (rc == TG_EFORMAT || rc == TG_ELIMIT || (rc == TG_EINVAL && !r.header_read))
		tg_error_prefix(err, "%s", name);
	if (rc == TG_OK && !r.header_read)
		rc = tg_fail(err, TG_EINVAL, "%s: empty; wanted a line with the names of the columns", name);
	if (rc == TG_OK && out->lines == 0)
		rc = tg_fail(err, TG_EFORMAT, "%s: no good line%s%s", name,
			out->bad_kept > 0 ? "; the first bad one: " : "",
			out->bad_kept > 0 ? out->bad[0].words : "");
	if (rc == TG_OK)
		add_up(out);
	return rc;
}

int tg_sales_read(tg_sales *out, const char *path, const tg_sales_options *options, tg_error *err)
{
	tg_buf text;
	int rc;

	*out = (tg_sales){ 0 };
	tg_buf_init(&text, TG_SALES_FILE_MAX);
	rc = tg_file_read(&text, path, TG_SALES_FILE_MAX, err);
	if (rc == TG_OK)
		rc = tg_sales_parse(out, tg_buf_view(&text), path, options, err);
	tg_buf_fini(&text);
	return rc;
}

void tg_sales_fini(tg_sales *sales)
{
	free(sales->list);
	free(sales->bad);
	*sales = (tg_sales){ 0 };
}

const char *tg_sale_format(char out[15], const tg_sale *sale)
{
	size_t digits = sale->digits < 14 ? sale->digits : 14;

	(void)tg_gtin_format(out, sale->number);
	memmove(out, out + 14 - digits, digits + 1);
	return out;
}

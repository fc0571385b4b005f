/* SPDX-License-Identifier: Apache-2.0
 *
 * coverage.c - ask, add up, rank.
 */
#include "sync/hq/coverage.h"

#include "sync/hq/arena.h"

#include <stdlib.h>

/* ---- one number ---- */

static int note_code(tg_coverage *c, const tg_at_sale *at, int64_t units, tg_error *err)
{
	size_t i = 0;

	while (i < c->code_count &&
		(strcmp(c->codes[i].row, at->row) != 0 || strcmp(c->codes[i].code, at->code) != 0))
		i++;
	if (i == TG_COUNT(c->codes))
		return tg_fail(err, TG_ELIMIT, "more reasons than the table has rows");
	if (i == c->code_count)
		c->codes[c->code_count++] = (tg_coverage_code){ .row = at->row, .code = at->code };
	c->codes[i].units += units;
	c->codes[i].numbers++;
	return TG_OK;
}

static int note_open(tg_coverage *c, const tg_coverage_ask *ask, const tg_at_sale *at, const tg_sale *sale,
	tg_error *err)
{
	tg_coverage_open *grown = tg_array_grow(c->open, c->open_count, &c->open_cap, sizeof(*grown)), *open;
	const tg_verdict *v = &at->verdict;
	size_t found;

	if (grown == NULL)
		return tg_fail(err, TG_ENOMEM, "coverage: out of memory");
	c->open = grown;
	open = &grown[c->open_count++];
	*open = (tg_coverage_open){ .sale = sale, .name = "", .category = "" };
	open->in_store = at->identity.kind == TG_LABEL_IN_STORE;
	open->gtin = v->component != 0 ? v->component : v->found ? v->product.gtin : at->identity.gtin;
	open->expired = v->found && v->component == 0 && v->product.scope != TG_SCOPE_UNASSESSED;
	found = open->in_store ? TG_INDEX_NONE : tg_index_find(ask->index, open->gtin);
	if (found != TG_INDEX_NONE) {
		open->listed = true;
		open->name = ask->index->products[found].record->name;
		open->category = ask->index->products[found].record->category;
	} else if (!open->in_store) {
		c->unlisted_numbers++;
		c->unlisted_units += sale->units;
	}
	return TG_OK;
}

static int ask_one(tg_coverage *c, const tg_coverage_ask *ask, const tg_sale *sale, tg_error *err)
{
	tg_at_sale at;
	int rc;

	tg_at_sale_of(&at, ask->cat, ask->policy, sale, ask->today);
	c->numbers++;
	c->units += sale->units;
	if (!at.withheld)
		return TG_OK;
	c->withheld_numbers++;
	c->withheld_units += sale->units;
	rc = note_code(c, &at, sale->units, err);
	if (rc != TG_OK || !at.unanswered)
		return rc;
	c->unanswered_units += sale->units;
	return note_open(c, ask, &at, sale, err);
}

/* ---- which note answers most ---- */

struct groups {
	tg_coverage_group *list;
	size_t count, cap;
};

static int add_to(struct groups *g, tg_coverage_by by, const char *text, size_t len, const tg_coverage_open *open)
{
	tg_coverage_group *last = g->count > 0 ? &g->list[g->count - 1] : NULL;

	if (last == NULL || last->by != by || strlen(last->text) != len || memcmp(last->text, text, len) != 0) {
		tg_coverage_group *grown = tg_array_grow(g->list, g->count, &g->cap, sizeof(*grown));

		if (grown == NULL)
			return TG_ENOMEM;
		g->list = grown;
		last = &grown[g->count++];
		*last = (tg_coverage_group){ .by = by };
		memcpy(last->text, text, len); /* names have at most TG_RECORD_NAME_MAX bytes, which is one less */
	}
	last->units += open->sale->units;
	last->numbers++;
	last->unlisted += open->listed ? 0 : 1;
	return TG_OK;
}

static int by_category(const void *left, const void *right)
{
	const tg_coverage_open *a = *(const tg_coverage_open *const *)left,
			       *b = *(const tg_coverage_open *const *)right;

	return strcmp(a->category, b->category);
}

static uint64_t thirteen(const tg_coverage_open *open)
{
	return open->gtin % UINT64_C(10000000000000);
}

static int by_digits(const void *left, const void *right)
{
	const tg_coverage_open *a = *(const tg_coverage_open *const *)left,
			       *b = *(const tg_coverage_open *const *)right;
	uint64_t x = thirteen(a), y = thirteen(b);

	return (x > y) - (x < y);
}

static int group_categories(struct groups *g, const tg_coverage_open **open, size_t count)
{
	int rc = TG_OK;

	if (count > 1)
		qsort(open, count, sizeof(*open), by_category); /* NOLINT: pointers to be sorted */
	for (size_t i = 0; i < count && rc == TG_OK; i++)
		if (open[i]->category[0] != '\0')
			rc = add_to(g, TG_COVERAGE_CATEGORY, open[i]->category, strlen(open[i]->category), open[i]);
	return rc;
}

/* How many of the first twelve digits two numbers have in common. */
static size_t common(const char *a, const char *b)
{
	size_t n = 0;

	while (n < 12 && a[n] == b[n])
		n++;
	return n;
}

/* Numbers that share at least seven digits; the prefix proposed is the longest that all of them share, so that it answers no more. */
static int group_prefixes(struct groups *g, const tg_coverage_open **open, size_t count)
{
	char first[15], last[15];
	size_t i = 0;
	int rc = TG_OK;

	if (count > 1)
		qsort(open, count, sizeof(*open), by_digits); /* NOLINT: pointers to be sorted */
	while (i < count && rc == TG_OK) {
		size_t end = i + 1, len = 12;

		(void)tg_gtin_format(first, thirteen(open[i]));
		while (end < count) {
			(void)tg_gtin_format(last, thirteen(open[end]));
			if (common(first + 1, last + 1) < TG_COVERAGE_PREFIX_DIGITS)
				break;
			len = common(first + 1, last + 1); /* sorted, so the last differs soonest */
			end++;
		}
		for (; i < end && rc == TG_OK; i++)
			rc = add_to(g, TG_COVERAGE_PREFIX, first + 1, len, open[i]);
	}
	return rc;
}

/* A shop gives out its numbers by their first two digits. */
static int group_in_store(struct groups *g, const tg_coverage_open **open, size_t count)
{
	char digits[15];
	int rc = TG_OK;

	if (count > 1)
		qsort(open, count, sizeof(*open), by_digits); /* NOLINT: pointers to be sorted */
	for (size_t i = 0; i < count && rc == TG_OK; i++) {
		(void)tg_sale_format(digits, open[i]->sale);
		rc = add_to(g, TG_COVERAGE_IN_STORE, digits, 2, open[i]);
	}
	return rc;
}

static int by_units(const void *left, const void *right)
{
	const tg_coverage_group *a = left, *b = right;

	if (a->units != b->units)
		return a->units > b->units ? -1 : 1;
	return a->by != b->by ? (int)a->by - (int)b->by : strcmp(a->text, b->text);
}

static void keep_largest(tg_coverage *c, struct groups *g)
{
	if (g->count > 1)
		qsort(g->list, g->count, sizeof(*g->list), by_units);
	for (size_t i = 0; i < g->count && c->group_count < TG_COVERAGE_GROUPS_MAX; i++)
		if (g->list[i].numbers > 1) /* for one number a note of its own is as short */
			c->groups[c->group_count++] = g->list[i];
}

static int propose(tg_coverage *c, tg_error *err)
{
	const tg_coverage_open **listed = calloc(3 * c->open_count + 1, sizeof(*listed)),
			       **prefixed = listed + c->open_count, **in_store = prefixed + c->open_count;
	size_t listed_count = 0, prefixed_count = 0, in_store_count = 0;
	struct groups groups = { 0 };
	int rc = listed == NULL ? TG_ENOMEM : TG_OK;

	for (size_t i = 0; i < c->open_count && rc == TG_OK; i++) {
		const tg_coverage_open *open = &c->open[i];

		if (open->in_store)
			in_store[in_store_count++] = open;
		else if (open->gtin >= UINT64_C(100000000)) /* prefixes never match eight digits */
			prefixed[prefixed_count++] = open;
		if (open->listed)
			listed[listed_count++] = open;
	}
	if (rc == TG_OK)
		rc = group_categories(&groups, listed, listed_count);
	if (rc == TG_OK)
		rc = group_prefixes(&groups, prefixed, prefixed_count);
	if (rc == TG_OK)
		rc = group_in_store(&groups, in_store, in_store_count);
	if (rc == TG_OK)
		keep_largest(c, &groups);
	free(groups.list);
	free(listed);
	return rc == TG_OK ? rc : tg_fail(err, rc, "coverage: out of memory");
}

/* ---- the report ---- */

static int most_sold(const void *left, const void *right)
{
	const tg_coverage_open *a = left, *b = right;

	if (a->sale->units != b->sale->units)
		return a->sale->units > b->sale->units ? -1 : 1;
	return (a->sale->number > b->sale->number) - (a->sale->number < b->sale->number);
}

static int most_withheld(const void *left, const void *right)
{
	const tg_coverage_code *a = left, *b = right;

	if (a->units != b->units)
		return a->units > b->units ? -1 : 1;
	return strcmp(a->code, b->code);
}

int tg_coverage_make(tg_coverage *out, const tg_coverage_ask *ask, tg_error *err)
{
	int rc = TG_OK;

	*out = (tg_coverage){ 0 };
	for (size_t i = 0; i < ask->sales->count && rc == TG_OK; i++)
		rc = ask_one(out, ask, &ask->sales->list[i], err);
	if (rc != TG_OK)
		return rc;
	if (out->open_count > 1)
		qsort(out->open, out->open_count, sizeof(*out->open), most_sold);
	if (out->code_count > 1)
		qsort(out->codes, out->code_count, sizeof(*out->codes), most_withheld);
	return propose(out, err);
}

void tg_coverage_fini(tg_coverage *coverage)
{
	free(coverage->open);
	*coverage = (tg_coverage){ 0 };
}

/* As a whole number of millionths. Rounded up: what is above nothing never reads as nothing. */
static int64_t ppm(int64_t part, int64_t all)
{
	if (all == 0)
		return 0;
	return part / all * 1000000 + (int64_t)(((double)(part % all) * 1e6 + (double)all - 1) / (double)all);
}

bool tg_coverage_reached(const tg_coverage *c)
{
	return c->units > 0 &&
	       (double)c->unanswered_units * 1e6 < (double)c->units * (double)TG_COVERAGE_AIM_PPM;
}

/* ---- for people ---- */

static const char *percent(char out[32], int64_t part, int64_t all)
{
	int64_t share = ppm(part, all);

	(void)snprintf(out, 32, "%lld.%04lld %%", (long long)(share / 10000), (long long)(share % 10000));
	return out;
}

static void print_open(FILE *out, const tg_coverage *c, size_t top)
{
	char digits[15];

	if (c->open_count == 0)
		return;
	(void)fprintf(out, "no answer yet, the most sold first (%zu of %zu):\n",
		top < c->open_count ? top : c->open_count, c->open_count);
	for (size_t i = 0; i < c->open_count && i < top; i++) {
		const tg_coverage_open *o = &c->open[i];

		(void)fprintf(out, "  %14s %10lld  %s%s%s%s%s\n", tg_sale_format(digits, o->sale),
			(long long)o->sale->units, o->name, o->category[0] != '\0' ? " [" : "", o->category,
			o->category[0] != '\0' ? "]" : "",
			o->in_store   ? "in-store number, no class note has it"
			: !o->listed  ? "no product record"
			: o->expired  ? ": the note's review is overdue"
				      : ": no note");
	}
}

static void print_groups(FILE *out, const tg_coverage *c)
{
	static const char *const what[] = { "category", "GTIN prefix", "in-store numbers that begin with" };

	if (c->group_count == 0)
		return;
	(void)fprintf(out, "one class note would answer most by (they overlap):\n");
	for (size_t i = 0; i < c->group_count; i++) {
		const tg_coverage_group *g = &c->groups[i];

		(void)fprintf(out, "  %s %s: %lld units, %zu numbers", what[g->by], g->text, (long long)g->units,
			g->numbers);
		if (g->by == TG_COVERAGE_PREFIX && g->unlisted > 0)
			(void)fprintf(out, ", %zu of them without a product record", g->unlisted);
		(void)fputc('\n', out);
	}
}

void tg_coverage_print(FILE *out, const tg_coverage *c, const tg_sales *sales, size_t top)
{
	char share[32];

	(void)fprintf(out, "%zu lines, %zu bad ones left out; %zu numbers, %lld units\n", sales->lines,
		sales->bad_lines, c->numbers, (long long)c->units);
	(void)fprintf(out, "enforcing today would withhold %s: %lld units, %zu numbers\n",
		percent(share, c->withheld_units, c->units), (long long)c->withheld_units, c->withheld_numbers);
	for (size_t i = 0; i < c->code_count; i++)
		(void)fprintf(out, "  row %-3s %-24s %14s %10lld units, %zu numbers\n",
			c->codes[i].row[0] != '\0' ? c->codes[i].row : "-", c->codes[i].code,
			percent(share, c->codes[i].units, c->units), (long long)c->codes[i].units,
			c->codes[i].numbers);
	(void)fprintf(out, "for want of an answer: %s; the aim before enforcing is under 0.03 %%: %s\n",
		percent(share, c->unanswered_units, c->units),
		tg_coverage_reached(c) ? "reached" : "not reached");
	print_open(out, c, top);
	if (c->unlisted_numbers > 0)
		(void)fprintf(out,
			"%zu numbers (%lld units) have no product record: import them from the product master "
			"first, a class note answers for listed products only\n",
			c->unlisted_numbers, (long long)c->unlisted_units);
	print_groups(out, c);
}

/* ---- for programs ---- */

static tg_json *codes_json(const tg_coverage *c)
{
	tg_json *list = tg_json_new_array();

	for (size_t i = 0; i < c->code_count; i++) {
		tg_json *one = tg_json_new_object();

		tg_json_set_str(one, "row", c->codes[i].row);
		tg_json_set_str(one, "code", c->codes[i].code);
		tg_json_set_int(one, "units", c->codes[i].units);
		tg_json_set_int(one, "numbers", (int64_t)c->codes[i].numbers);
		tg_json_set_int(one, "ppm", ppm(c->codes[i].units, c->units));
		tg_json_add(list, one);
	}
	return list;
}

static tg_json *open_json(const tg_coverage *c, size_t top)
{
	tg_json *list = tg_json_new_array();
	char digits[15];

	for (size_t i = 0; i < c->open_count && i < top; i++) {
		const tg_coverage_open *o = &c->open[i];
		tg_json *one = tg_json_new_object();

		tg_json_set_str(one, "number", tg_sale_format(digits, o->sale));
		tg_json_set_int(one, "units", o->sale->units);
		tg_json_set_str(one, "why", o->in_store  ? "in-store"
					    : !o->listed ? "no-record"
					    : o->expired ? "review-overdue"
							 : "no-note");
		if (o->name[0] != '\0')
			tg_json_set_str(one, "name", o->name);
		if (o->category[0] != '\0')
			tg_json_set_str(one, "category", o->category);
		if (o->gtin != o->sale->number)
			tg_json_set_str(one, "answer_for", tg_gtin_format(digits, o->gtin));
		tg_json_add(list, one);
	}
	return list;
}

static tg_json *groups_json(const tg_coverage *c)
{
	static const char *const by[] = { "category", "gtin-prefix", "in-store" };
	tg_json *list = tg_json_new_array();

	for (size_t i = 0; i < c->group_count; i++) {
		const tg_coverage_group *g = &c->groups[i];
		tg_json *one = tg_json_new_object();

		tg_json_set_str(one, "by", by[g->by]);
		tg_json_set_str(one, "value", g->text);
		tg_json_set_int(one, "units", g->units);
		tg_json_set_int(one, "numbers", (int64_t)g->numbers);
		tg_json_set_int(one, "without_record", g->by == TG_COVERAGE_PREFIX ? (int64_t)g->unlisted : 0);
		tg_json_add(list, one);
	}
	return list;
}

static tg_json *bad_json(const tg_sales *sales)
{
	tg_json *list = tg_json_new_array();

	for (size_t i = 0; i < sales->bad_kept; i++) {
		tg_json *one = tg_json_new_object();

		tg_json_set_int(one, "line", sales->bad[i].line);
		tg_json_set_str(one, "words", sales->bad[i].words);
		tg_json_add(list, one);
	}
	return list;
}

tg_json *tg_coverage_json(const tg_coverage *c, const tg_sales *sales, size_t top)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_int(json, "lines", (int64_t)sales->lines);
	tg_json_set_int(json, "bad_lines", (int64_t)sales->bad_lines);
	tg_json_set(json, "bad", bad_json(sales));
	tg_json_set_int(json, "numbers", (int64_t)c->numbers);
	tg_json_set_int(json, "units", c->units);
	tg_json_set_int(json, "withheld_units", c->withheld_units);
	tg_json_set_int(json, "withheld_numbers", (int64_t)c->withheld_numbers);
	tg_json_set_int(json, "withheld_ppm", ppm(c->withheld_units, c->units));
	tg_json_set(json, "codes", codes_json(c));
	tg_json_set_int(json, "unanswered_units", c->unanswered_units);
	tg_json_set_int(json, "unanswered_numbers", (int64_t)c->open_count);
	tg_json_set_int(json, "unanswered_ppm", ppm(c->unanswered_units, c->units));
	tg_json_set_int(json, "aim_ppm", TG_COVERAGE_AIM_PPM);
	tg_json_set_bool(json, "aim_reached", tg_coverage_reached(c));
	tg_json_set(json, "unanswered", open_json(c, top));
	tg_json_set_int(json, "unlisted_numbers", (int64_t)c->unlisted_numbers);
	tg_json_set_int(json, "unlisted_units", c->unlisted_units);
	tg_json_set(json, "notes", groups_json(c));
	return json;
}

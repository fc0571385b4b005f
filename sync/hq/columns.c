/* SPDX-License-Identifier: Apache-2.0
 *
 * columns.c - the table of members, and rows to records.
 */
#include "sync/hq/columns.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT(name) { name, TG_CELL_TEXT, TG_COLUMN_PLAIN, false }
#define PLAIN(name, form) { name, TG_CELL_##form, TG_COLUMN_PLAIN, false }
#define INNER(name, form) { name, TG_CELL_##form, TG_COLUMN_INNER, false }
#define ITEM(name, form) { name, TG_CELL_##form, TG_COLUMN_ITEM, false }
#define ADDED(name, form) { name, TG_CELL_##form, TG_COLUMN_ITEM, true }

static const tg_column products[] = { PLAIN("gtin", GTIN), TEXT("name"), TEXT("brand"), TEXT("manufacturer"), TEXT("type"),
	TEXT("category"), TEXT("brick"), TEXT("supplier"), ADDED("dsp_published.end", DAY), ADDED("dsp_published.as_of", DAY),
	ADDED("dsp_published.source", TEXT), ADDED("dsp_published.hearsay", FLAG) };
/* serial_ties, accepted_doubts and source are no matter of a spreadsheet: JSON Lines, or drafts. */
static const tg_column socs[] = { TEXT("id"), TEXT("status"), TEXT("superseded_by"), INNER("document.kind", TEXT),
	INNER("document.file", TEXT), INNER("document.sha256", TEXT), INNER("document.sha256_on_file", TEXT),
	INNER("document.link", TEXT), INNER("document.unreadable", FLAG), TEXT("prepared_by"), PLAIN("types", TEXTS),
	PLAIN("batches", BATCHES), ITEM("manufacturers.name", TEXT), ITEM("manufacturers.address", TEXT),
	PLAIN("authorised_representative_exists", FLAG), INNER("authorised_representative.name", TEXT),
	INNER("authorised_representative.address", TEXT), INNER("declaration.prepared_by_or_for_manufacturer", FLAG),
	INNER("declaration.opinion_of_manufacturer", FLAG), INNER("declaration.limb", TEXT), PLAIN("standard_relied_on", FLAG),
	INNER("standard.number", TEXT), INNER("standard.version", TEXT), INNER("standard.date", DAY),
	PLAIN("support_period_end", DAY), TEXT("support_period_text"), INNER("signatory.name", TEXT),
	INNER("signatory.function", TEXT), INNER("signatory.signed", FLAG), INNER("issued.place", TEXT), INNER("issued.date", DAY),
	INNER("accompanies.how", TEXT), INNER("accompanies.link_tested", DAY), INNER("accompanies.link_result", TEXT),
	PLAIN("gtins", GTINS) };
static const tg_column labels[] = { TEXT("id"), TEXT("scheme"), TEXT("scheme_version"), PLAIN("level", INT), PLAIN("models", TEXTS),
	PLAIN("gtins", GTINS), PLAIN("valid_from", DAY), PLAIN("valid_to", DAY), PLAIN("checked", DAY), TEXT("source") };
#define NOTE                                                                                                                       \
	TEXT("id"), TEXT("decision"), TEXT("limb"), PLAIN("exception_paragraph", INT), TEXT("condition_evidence"),                 \
		PLAIN("destinations", TEXTS), TEXT("source"), TEXT("quote"), TEXT("reviewer"), PLAIN("reviewed", DAY),             \
		PLAIN("review_by", DAY), PLAIN("gtins", GTINS)
static const tg_column scope_notes[] = { NOTE };
static const tg_column class_notes[] = { NOTE, PLAIN("categories", TEXTS), PLAIN("bricks", TEXTS), PLAIN("gtin_prefixes", TEXTS),
	PLAIN("in_store", RANGES) };
static const tg_column packs[] = { PLAIN("gtin", GTIN), PLAIN("contains", GTIN), PLAIN("count", INT) };
static const tg_column bundles[] = { PLAIN("gtin", GTIN), PLAIN("components", GTINS) };
#define PRODUCTS PLAIN("gtins", GTINS), PLAIN("brands", TEXTS), PLAIN("manufacturers", TEXTS), PLAIN("types", TEXTS)
static const tg_column roles[] = { TEXT("id"), TEXT("role"), PRODUCTS };
static const tg_column publications[] = { TEXT("id"), TEXT("names"), PLAIN("published", DAY), PLAIN("until", DAY), TEXT("source"),
	PRODUCTS, PLAIN("batches", RANGES), PLAIN("serials", RANGES) };

#define OF(list) { list, TG_COUNT(list) }
static const struct {
	const tg_column *list;
	size_t count;
} kinds[TG_RECORD_KINDS] = {
	[TG_RECORD_PRODUCT] = OF(products),
	[TG_RECORD_SOC] = OF(socs),
	[TG_RECORD_LABEL] = OF(labels),
	[TG_RECORD_SCOPE_NOTE] = OF(scope_notes),
	[TG_RECORD_CLASS_NOTE] = OF(class_notes),
	[TG_RECORD_PACK] = OF(packs),
	[TG_RECORD_BUNDLE] = OF(bundles),
	[TG_RECORD_ROLE] = OF(roles),
	[TG_RECORD_PUBLICATION] = OF(publications),
	/* failures and notices are cases with a history: nobody keeps them as rows */
};
_Static_assert(TG_COUNT(socs) <= TG_COLUMNS_MAX, "room for the longest kind");

const tg_column *tg_columns_of(size_t *count, tg_record_kind kind)
{
	*count = kind < TG_RECORD_KINDS ? kinds[kind].count : 0;
	return kind < TG_RECORD_KINDS ? kinds[kind].list : NULL;
}

size_t tg_column_find(tg_record_kind kind, const char *field, size_t len)
{
	size_t count;
	const tg_column *columns = tg_columns_of(&count, kind);

	for (size_t i = 0; i < count; i++)
		if (strlen(columns[i].field) == len && memcmp(columns[i].field, field, len) == 0)
			return i;
	return TG_COLUMNS_MAX;
}

const char *tg_column_split(char outer[64], const tg_column *column)
{
	const char *dot = column->place == TG_COLUMN_PLAIN ? NULL : strchr(column->field, '.');

	outer[0] = '\0';
	if (dot == NULL)
		return column->field;
	(void)snprintf(outer, 64, "%.*s", (int)(dot - column->field), column->field);
	return dot + 1;
}

/* The object inside of a record, or in the one item of its list: a copy to be changed and set again. */
static tg_json *copy_inner(const tg_json *record, const char *outer, tg_column_place place)
{
	const tg_json *inner = tg_json_get(record, outer);

	if (place == TG_COLUMN_ITEM)
		inner = tg_json_first(inner);
	return inner != NULL ? tg_json_copy(inner) : tg_json_new_object();
}

static void set_inner(tg_json *record, const char *outer, tg_column_place place, tg_json *inner)
{
	tg_json *list;

	if (place != TG_COLUMN_ITEM) {
		tg_json_set(record, outer, inner);
		return;
	}
	list = tg_json_new_array();
	tg_json_add(list, inner);
	tg_json_set(record, outer, list);
}

tg_cell_verdict tg_column_set(
	tg_cell_note *note, tg_json *record, const tg_column *column, const char *text, const tg_cell_rules *rules)
{
	char outer[64];
	const char *name = tg_column_split(outer, column);
	tg_json *inner;
	tg_cell_verdict verdict;

	if (column->place == TG_COLUMN_PLAIN)
		return tg_cell_set(note, record, name, column->form, text, rules);
	inner = copy_inner(record, outer, column->place);
	verdict = tg_cell_set(note, inner, name, column->form, text, rules);
	if (verdict == TG_CELL_BAD)
		tg_json_free(inner);
	else
		set_inner(record, outer, column->place, inner);
	return verdict;
}

/* ---- several rows of one record ---- */

struct item {
	const char *text; /* in RFC 8785 form */
	size_t n;
	const tg_json *json;
	bool twice;
};

static int by_text(const void *left, const void *right)
{
	const struct item *a = left, *b = right;
	int order = strcmp(a->text, b->text);

	return order != 0 ? order : (a->n > b->n) - (a->n < b->n);
}

static int by_place(const void *left, const void *right)
{
	const struct item *a = left, *b = right;

	return (a->n > b->n) - (a->n < b->n);
}

static size_t take_items(struct item *items, tg_arena *arena, const tg_json *const *lists, size_t count)
{
	size_t n = 0;
	tg_buf text;

	tg_buf_init(&text, TG_RECORD_LINE_MAX);
	for (size_t i = 0; i < count; i++) {
		for (const tg_json *one = tg_json_first(lists[i]); one != NULL; one = tg_json_next(one), n++) {
			tg_buf_clear(&text);
			if (tg_json_write_jcs(&text, one, NULL) != TG_OK)
				arena->failed = true;
			items[n] = (struct item){ tg_arena_text(arena, tg_buf_text(&text)), n, one, false };
		}
	}
	tg_buf_fini(&text);
	return n;
}

/* The items of all lists in their order, each once. NULL without memory, as a tree that fails when it is written. */
static tg_json *join_lists(const tg_json *const *lists, size_t count)
{
	tg_arena arena = { 0 };
	tg_json *joined = NULL;
	struct item *items;
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += tg_json_size(lists[i]);
	items = calloc(n + 1, sizeof(*items));
	if (items != NULL) {
		n = take_items(items, &arena, lists, count);
		qsort(items, n, sizeof(*items), by_text);
		for (size_t i = 1; i < n; i++)
			items[i].twice = strcmp(items[i - 1].text, items[i].text) == 0;
		qsort(items, n, sizeof(*items), by_place);
		joined = arena.failed ? NULL : tg_json_new_array();
	}
	for (size_t i = 0; joined != NULL && i < n; i++)
		if (!items[i].twice)
			tg_json_add(joined, tg_json_copy(items[i].json));
	free(items);
	tg_arena_fini(&arena);
	return joined;
}

static bool equal(const tg_json *a, const tg_json *b)
{
	tg_json_type type = tg_json_type_of(a);

	if (type != tg_json_type_of(b))
		return false;
	if (type == TG_JSON_STRING)
		return strcmp(tg_json_str(a), tg_json_str(b)) == 0;
	if (type == TG_JSON_INT)
		return tg_json_int(a) == tg_json_int(b);
	return type == TG_JSON_NULL || (type == TG_JSON_BOOL && tg_json_bool(a) == tg_json_bool(b));
}

static tg_json *join_objects(const tg_json *const *rows, const size_t *numbers, size_t count, char differs[128], size_t *row);

/* One member of all rows that have it; `found` and `from` hold them and the numbers of their rows. */
static tg_json *join_member(
	const tg_json *const *found, const size_t *from, size_t count, char differs[128], size_t *row)
{
	tg_json_type type = tg_json_type_of(found[0]);
	const char *name = tg_json_name(found[0]);

	for (size_t i = 1; i < count; i++) {
		if (type == tg_json_type_of(found[i]) &&
			(type == TG_JSON_ARRAY || type == TG_JSON_OBJECT || equal(found[0], found[i])))
			continue;
		(void)snprintf(differs, 128, "%s", name);
		*row = from[i];
		return NULL;
	}
	if (type == TG_JSON_ARRAY)
		return join_lists(found, count);
	return type == TG_JSON_OBJECT ? join_objects(found, from, count, differs, row) : tg_json_copy(found[0]);
}

static tg_json *join_objects(const tg_json *const *rows, const size_t *numbers, size_t count, char differs[128], size_t *row)
{
	tg_json *joined = tg_json_new_object();
	const tg_json **found = calloc(count + 1, sizeof(*found)); /* NOLINT: pointers */
	size_t *from = calloc(count + 1, sizeof(*from));

	if (found == NULL || from == NULL)
		tg_json_set(joined, "", NULL); /* marks the tree */
	for (size_t i = 0; found != NULL && from != NULL && i < count && differs[0] == '\0'; i++) {
		for (const tg_json *m = tg_json_first(rows[i]); m != NULL && differs[0] == '\0'; m = tg_json_next(m)) {
			size_t n = 0;

			if (tg_json_get(joined, tg_json_name(m)) != NULL)
				continue;
			for (size_t j = i; j < count; j++) {
				found[n] = tg_json_get(rows[j], tg_json_name(m));
				from[n] = numbers != NULL ? numbers[j] : j;
				n += found[n] != NULL;
			}
			tg_json_set(joined, tg_json_name(m), join_member(found, from, n, differs, row));
		}
	}
	free(found);
	free(from);
	return joined;
}

tg_json *tg_columns_join(const tg_json *const *rows, size_t count, char differs[128], size_t *row)
{
	tg_json *joined;

	differs[0] = '\0';
	*row = 0;
	joined = join_objects(rows, NULL, count, differs, row);
	if (differs[0] == '\0')
		return joined;
	tg_json_free(joined);
	return NULL;
}

/* ---- a row over what is there ---- */

static void overlay_inner(tg_json *out, const tg_json *row, const char *outer, const char *name)
{
	tg_json *inner = copy_inner(out, outer, TG_COLUMN_INNER);
	const tg_json *value = tg_json_get(tg_json_get(row, outer), name);

	if (value != NULL)
		tg_json_set(inner, name, tg_json_copy(value));
	else
		tg_json_remove(inner, name);
	if (tg_json_size(inner) > 0) {
		tg_json_set(out, outer, inner);
		return;
	}
	tg_json_free(inner);
	tg_json_remove(out, outer);
}

static void overlay_list(tg_json *out, const tg_json *row, const char *outer, bool adds)
{
	const tg_json *present = tg_json_get(out, outer), *value = tg_json_get(row, outer);
	const tg_json *both[] = { present, value };

	if (adds && (present == NULL || value == NULL))
		value = present != NULL ? present : value;
	if (value != NULL)
		tg_json_set(out, outer, adds && present != NULL && value != present ? join_lists(both, 2) : tg_json_copy(value));
	else
		tg_json_remove(out, outer);
}

tg_json *tg_columns_overlay(const tg_json *present, const tg_json *row, tg_record_kind kind, const bool *used)
{
	tg_json *out = tg_json_copy(present);
	char outer[64], last[64] = "";
	size_t count;
	const tg_column *columns = tg_columns_of(&count, kind);

	for (size_t i = 0; i < count; i++) {
		const char *name = tg_column_split(outer, &columns[i]);

		if (!used[i])
			continue;
		if (columns[i].place == TG_COLUMN_INNER) {
			overlay_inner(out, row, outer, name);
		} else if (columns[i].place == TG_COLUMN_PLAIN) {
			overlay_list(out, row, name, false);
		} else if (strcmp(last, outer) != 0) { /* the columns of one list stand together: once is enough */
			overlay_list(out, row, outer, columns[i].adds);
			memcpy(last, outer, sizeof(last));
		}
	}
	return out;
}

/* ---- what a record says ---- */

static void put_value(tg_buf *out, const tg_json *value, int depth)
{
	const char *between = "";

	switch (tg_json_type_of(value)) {
	case TG_JSON_STRING:
		tg_buf_puts(out, tg_json_str(value));
		break;
	case TG_JSON_INT:
		tg_buf_printf(out, "%lld", (long long)tg_json_int(value));
		break;
	case TG_JSON_BOOL:
		tg_buf_puts(out, tg_json_bool(value) ? "true" : "false");
		break;
	case TG_JSON_ARRAY:
	case TG_JSON_OBJECT:
		for (const tg_json *one = tg_json_first(value); one != NULL && depth < 4; one = tg_json_next(one)) {
			tg_buf_puts(out, between);
			put_value(out, one, depth + 1);
			between = "|";
		}
		break;
	case TG_JSON_NULL:
		break;
	}
}

void tg_columns_value(tg_buf *out, const tg_json *record, const char *field)
{
	const tg_json *value = record;

	while (*field != '\0' && value != NULL) {
		char name[64];
		size_t len = strcspn(field, ".[");

		(void)snprintf(name, sizeof(name), "%.*s", (int)(len < sizeof(name) ? len : sizeof(name) - 1), field);
		value = tg_json_get(value, name);
		field += len;
		if (*field == '[') {
			size_t n = strtoul(field + 1, NULL, 10);

			value = tg_json_first(value);
			while (n-- > 1 && value != NULL)
				value = tg_json_next(value);
			field += strcspn(field, "]");
			field += *field == ']';
		}
		field += *field == '.';
	}
	if (value != NULL)
		put_value(out, value, 0);
}

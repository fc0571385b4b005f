/* SPDX-License-Identifier: Apache-2.0
 *
 * diff.c - walk two images side by side, ask the gate about what differs, rank.
 */
#include "sync/hq/diff.h"

#include <stdlib.h>

#define PROGRESS_PRODUCTS 50000

struct entry {
	uint64_t number, to; /* to: last in-store number; the GTIN inside of a pack */
	uint32_t index;
};

struct side {
	const tg_catalogue *cat;
	struct entry *products, *packs, *ranges;
	size_t product_count, pack_count, range_count;
	tg_buf portrait;
};

struct work {
	const tg_diff_ask *ask;
	tg_diff *out;
	struct side before, after;
};

/* ---- what each image holds ---- */

static int by_number(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	return (a->number > b->number) - (a->number < b->number);
}

static int list_products(struct side *s, uint32_t count, tg_error *err)
{
	tg_product product;
	int rc = TG_OK;

	for (uint32_t n = 0; n < count && rc == TG_OK; n++) {
		rc = tg_catalogue_at(&product, s->cat, n, err);
		if (rc == TG_OK)
			s->products[s->product_count++] = (struct entry){ product.gtin, 0, n };
	}
	return rc;
}

static int list_others(struct side *s, uint32_t packs, uint32_t ranges, tg_error *err)
{
	int rc = TG_OK;

	for (uint32_t n = 0; n < packs && rc == TG_OK; n++) {
		struct entry *e = &s->packs[s->pack_count++];

		rc = tg_catalogue_pack_at(&e->number, &e->to, s->cat, n, err);
	}
	for (uint32_t n = 0; n < ranges && rc == TG_OK; n++) {
		struct entry *e = &s->ranges[s->range_count++];

		rc = tg_catalogue_in_store_at(&e->number, &e->to, s->cat, n, err);
	}
	return rc;
}

static int list_all(struct side *s, const tg_catalogue *cat, tg_error *err)
{
	uint32_t ranges = tg_catalogue_in_store_count(cat);
	tg_catalogue_info info;
	int rc;

	tg_catalogue_get_info(&info, cat);
	s->cat = cat;
	tg_buf_init(&s->portrait, TG_PORTRAIT_MAX);
	s->products = calloc((size_t)info.products + 1, sizeof(*s->products));
	s->packs = calloc((size_t)info.packs + 1, sizeof(*s->packs));
	s->ranges = calloc((size_t)ranges + 1, sizeof(*s->ranges));
	if (s->products == NULL || s->packs == NULL || s->ranges == NULL)
		return tg_fail(err, TG_ENOMEM, "comparing images: out of memory");
	rc = list_products(s, info.products, err);
	if (rc == TG_OK)
		rc = list_others(s, info.packs, ranges, err);
	qsort(s->products, s->product_count, sizeof(*s->products), by_number);
	qsort(s->packs, s->pack_count, sizeof(*s->packs), by_number);
	qsort(s->ranges, s->range_count, sizeof(*s->ranges), by_number);
	return rc;
}

static void forget(struct side *s)
{
	free(s->products);
	free(s->packs);
	free(s->ranges);
	tg_buf_fini(&s->portrait);
}

/* ---- what a till is told ---- */

static tg_diff_side side_of(const struct work *w, const tg_catalogue *cat, uint64_t number, bool in_store)
{
	tg_at_sale at;

	tg_at_sale_of_number(&at, cat, w->ask->policy, number, in_store, w->ask->today);
	return (tg_diff_side){ at.withheld, at.verdict.outcome, at.row, at.code };
}

static tg_diff_effect effect_of(const tg_diff_item *item)
{
	if (item->before.withheld != item->after.withheld)
		return item->after.withheld ? TG_DIFF_WITHHELD : TG_DIFF_RELEASED;
	return strcmp(item->before.row, item->after.row) == 0 && item->before.outcome == item->after.outcome
		       ? TG_DIFF_SAME
		       : TG_DIFF_ROW;
}

static int keep(struct work *w, tg_diff_item *item, const tg_changes *changes, tg_error *err)
{
	tg_diff *out = w->out;
	bool in_store = item->kind == TG_DIFF_IN_STORE;
	tg_diff_item *grown = tg_array_grow(out->items, out->count, &out->cap, sizeof(*grown));

	if (grown != NULL)
		out->items = grown;
	if (grown != NULL && changes != NULL && changes->count > 0) {
		item->changes = tg_arena_alloc(&out->arena, changes->count, sizeof(*item->changes));
		for (size_t i = 0; item->changes != NULL && i < changes->count; i++)
			item->changes[item->change_count++] = changes->list[i];
	}
	if (grown == NULL || out->arena.failed)
		return tg_fail(err, TG_ENOMEM, "comparing images: out of memory");
	item->before = side_of(w, w->before.cat, item->number, in_store);
	item->after = side_of(w, w->after.cat, item->number, in_store);
	item->effect = effect_of(item);
	out->counts[item->what][item->effect]++;
	grown[out->count++] = *item;
	return TG_OK;
}

/* ---- products ---- */

static int portray(struct side *s, tg_product *product, uint32_t index, tg_error *err)
{
	int rc = tg_catalogue_at(product, s->cat, index, err);

	tg_buf_clear(&s->portrait);
	return rc == TG_OK ? tg_portrait(&s->portrait, s->cat, product, err) : rc;
}

/* The portrait's first line is the name, when there is one. */
static const char *name_of(struct work *w, const tg_buf *portrait)
{
	static const char start[] = "\tname\t";
	const char *text = tg_buf_text(portrait), *name = "";
	tg_buf copy;

	if (strncmp(text, start, sizeof(start) - 1) != 0)
		return "";
	tg_buf_init(&copy, TG_PORTRAIT_MAX);
	text += sizeof(start) - 1;
	tg_buf_append(&copy, text, strcspn(text, "\n"));
	name = tg_arena_text(&w->out->arena, tg_buf_text(&copy));
	tg_buf_fini(&copy);
	return name;
}

static int both(struct work *w, const struct entry *a, const struct entry *b, tg_error *err)
{
	tg_diff_item item = { .kind = TG_DIFF_PRODUCT, .what = TG_DIFF_CHANGED, .number = a->number };
	tg_changes changes = { 0 };
	tg_product x, y;
	bool same;
	int rc = portray(&w->before, &x, a->index, err);

	if (rc == TG_OK)
		rc = portray(&w->after, &y, b->index, err);
	if (rc != TG_OK)
		return rc;
	same = tg_view_equal(tg_buf_view(&w->before.portrait), tg_buf_view(&w->after.portrait));
	if (same && x.component_count == 0) {
		w->out->unchanged++;
		return TG_OK;
	}
	item.name = name_of(w, &w->after.portrait);
	if (!same)
		rc = tg_portrait_compare(
			&changes, &w->out->arena, &w->before.portrait, &w->after.portrait, err);
	if (rc == TG_OK)
		rc = keep(w, &item, &changes, err);
	if (rc == TG_OK && same && item.effect == TG_DIFF_SAME) { /* a set: only its components could have changed it */
		w->out->count--;
		w->out->counts[item.what][item.effect]--;
		w->out->unchanged++;
	}
	tg_changes_fini(&changes);
	return rc;
}

static int only_one(struct work *w, struct side *s, const struct entry *e, tg_diff_what what, tg_error *err)
{
	tg_diff_item item = { .kind = TG_DIFF_PRODUCT, .what = what, .number = e->number };
	tg_product product;
	int rc = portray(s, &product, e->index, err);

	if (rc != TG_OK)
		return rc;
	item.name = name_of(w, &s->portrait);
	return keep(w, &item, NULL, err);
}

static void progress(const struct work *w, size_t done)
{
	if (w->ask->progress != NULL && done % PROGRESS_PRODUCTS == 0)
		w->ask->progress(w->ask->progress_ctx, "products compared", done, w->before.product_count);
}

static int compare_products(struct work *w, tg_error *err)
{
	struct side *a = &w->before, *b = &w->after;
	size_t i = 0, j = 0;
	int rc = TG_OK;

	while (rc == TG_OK && (i < a->product_count || j < b->product_count)) {
		const struct entry *x = &a->products[i], *y = &b->products[j];
		int order = i == a->product_count ? 1 : j == b->product_count ? -1 : by_number(x, y);

		rc = order == 0	 ? both(w, x, y, err)
		     : order < 0 ? only_one(w, a, x, TG_DIFF_REMOVED, err)
				 : only_one(w, b, y, TG_DIFF_ADDED, err);
		i += order <= 0 ? 1 : 0;
		j += order >= 0 ? 1 : 0;
		progress(w, i);
	}
	return rc;
}

/* ---- packs and in-store numbers ---- */

static const char *note_of(struct work *w, const tg_catalogue *cat, uint64_t number)
{
	tg_product product;
	tg_product_texts texts;
	tg_buf words;
	const char *out;

	if (tg_catalogue_find_in_store(&product, cat, number, NULL) != TG_OK ||
		tg_catalogue_texts(&texts, cat, &product, NULL) != TG_OK)
		return "";
	tg_buf_init(&words, 1024);
	tg_buf_printf(&words, "class note %.*s, scope %s", (int)texts.note_id.len, (const char *)texts.note_id.data,
		tg_scope_words[product.scope]);
	out = tg_arena_text(&w->out->arena, tg_buf_text(&words));
	tg_buf_fini(&words);
	return out;
}

static int other_both(struct work *w, tg_diff_item *item, const struct entry *x, const struct entry *y, tg_error *err)
{
	char from[15], to[15], text[600];
	tg_changes one = { 0 };
	const char *words = text;
	bool in_store = item->kind == TG_DIFF_IN_STORE;
	const char *before = in_store ? note_of(w, w->before.cat, x->number) : "",
		   *after = in_store ? note_of(w, w->after.cat, y->number) : "";

	if (x->to == y->to && strcmp(before, after) == 0)
		return TG_OK;
	if (x->to != y->to)
		(void)snprintf(text, sizeof(text), "%s: %s -> %s", in_store ? "last number" : "contains",
			tg_gtin_format(from, x->to), tg_gtin_format(to, y->to));
	else
		(void)snprintf(text, sizeof(text), "%s -> %s", before, after);
	words = tg_arena_text(&w->out->arena, text);
	one.list = &words;
	one.count = 1;
	item->what = TG_DIFF_CHANGED;
	item->to = y->to;
	return keep(w, item, &one, err);
}

static int compare_others(struct work *w, tg_diff_kind kind, tg_error *err)
{
	bool packs = kind == TG_DIFF_PACK;
	const struct entry *a = packs ? w->before.packs : w->before.ranges,
			   *b = packs ? w->after.packs : w->after.ranges;
	size_t a_count = packs ? w->before.pack_count : w->before.range_count,
	       b_count = packs ? w->after.pack_count : w->after.range_count, i = 0, j = 0;
	int rc = TG_OK;

	while (rc == TG_OK && (i < a_count || j < b_count)) {
		int order = i == a_count ? 1 : j == b_count ? -1 : by_number(&a[i], &b[j]);
		const struct entry *one = order <= 0 ? &a[i] : &b[j];
		tg_diff_item item = { .kind = kind,
			.what = order < 0 ? TG_DIFF_REMOVED : TG_DIFF_ADDED,
			.number = one->number,
			.to = packs ? 0 : one->to,
			.name = "" };

		rc = order == 0 ? other_both(w, &item, &a[i], &b[j], err) : keep(w, &item, NULL, err);
		i += order <= 0 ? 1 : 0;
		j += order >= 0 ? 1 : 0;
	}
	return rc;
}

/* ---- recent scans ---- */

static tg_diff_item *item_of(tg_diff *d, const tg_identity *identity)
{
	for (size_t low = 0, high = d->count; low < high;) { /* items are by number still */
		size_t middle = low + (high - low) / 2;
		tg_diff_item *item = &d->items[middle];

		if (item->number == identity->gtin && item->kind != TG_DIFF_IN_STORE)
			return item;
		if (item->number < identity->gtin)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = 0; identity->kind == TG_LABEL_IN_STORE && i < d->count; i++)
		if (d->items[i].kind == TG_DIFF_IN_STORE && d->items[i].number <= identity->gtin &&
			identity->gtin <= d->items[i].to)
			return &d->items[i];
	return NULL;
}

static void ask_scans(struct work *w)
{
	const tg_sales *sales = w->ask->sales;
	tg_diff *d = w->out;

	d->with_sales = true;
	for (size_t i = 0; i < sales->count; i++) {
		const tg_sale *sale = &sales->list[i];
		tg_at_sale before, after;
		tg_diff_item *item;

		tg_at_sale_of(&before, w->before.cat, w->ask->policy, sale, w->ask->today);
		tg_at_sale_of(&after, w->after.cat, w->ask->policy, sale, w->ask->today);
		d->scanned_numbers++;
		d->scanned_units += sale->units;
		if (!before.withheld && after.withheld) {
			d->withheld_numbers++;
			d->withheld_units += sale->units;
		}
		item = item_of(d, &after.identity);
		if (item != NULL)
			item->units += sale->units;
	}
}

/* ---- the report ---- */

static int items_by_number(const void *left, const void *right)
{
	const tg_diff_item *a = left, *b = right;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return (int)a->kind - (int)b->kind;
}

static int items_by_rank(const void *left, const void *right)
{
	const tg_diff_item *a = left, *b = right;

	if (a->effect != b->effect)
		return (int)a->effect - (int)b->effect;
	if (a->units != b->units)
		return a->units > b->units ? -1 : 1;
	return items_by_number(a, b);
}

int tg_diff_make(tg_diff *out, const tg_diff_ask *ask, tg_error *err)
{
	struct work w = { .ask = ask, .out = out };
	tg_catalogue_info before, after;
	int rc;

	*out = (tg_diff){ 0 };
	tg_catalogue_get_info(&before, ask->before);
	tg_catalogue_get_info(&after, ask->after);
	out->version_before = ask->before == ask->records ? 0 : before.version;
	out->version_after = ask->after == ask->records ? 0 : after.version;
	rc = list_all(&w.before, ask->before, err);
	if (rc == TG_OK)
		rc = list_all(&w.after, ask->after, err);
	if (rc == TG_OK)
		rc = compare_products(&w, err);
	if (rc == TG_OK)
		rc = compare_others(&w, TG_DIFF_PACK, err);
	if (rc == TG_OK)
		rc = compare_others(&w, TG_DIFF_IN_STORE, err);
	if (rc == TG_OK && out->count > 1)
		qsort(out->items, out->count, sizeof(*out->items), items_by_number);
	if (rc == TG_OK && ask->sales != NULL)
		ask_scans(&w);
	if (rc == TG_OK && out->count > 1)
		qsort(out->items, out->count, sizeof(*out->items), items_by_rank);
	if (rc == TG_OK && out->arena.failed)
		rc = tg_fail(err, TG_ENOMEM, "comparing images: out of memory");
	forget(&w.before);
	forget(&w.after);
	return rc;
}

void tg_diff_fini(tg_diff *diff)
{
	free(diff->items);
	tg_arena_fini(&diff->arena);
	*diff = (tg_diff){ 0 };
}

/* ---- for people ---- */

static size_t of_effect(const tg_diff *d, tg_diff_effect effect)
{
	return d->counts[TG_DIFF_ADDED][effect] + d->counts[TG_DIFF_REMOVED][effect] +
	       d->counts[TG_DIFF_CHANGED][effect];
}

static size_t of_what(const tg_diff *d, tg_diff_what what)
{
	size_t count = 0;

	for (int effect = 0; effect <= TG_DIFF_SAME; effect++)
		count += d->counts[what][effect];
	return count;
}

static const char *const kind_words[] = { "product", "pack", "in-store" };
static const char *const what_words[] = { "added", "removed", "changed" };
static const char *const effect_words[] = { "newly-withheld", "newly-released", "other-row", "same" };

static void print_item(FILE *out, const tg_diff *d, const tg_diff_item *item)
{
	char number[15], to[15];

	(void)fprintf(out, "  %s", tg_gtin_format(number, item->number));
	if (item->kind == TG_DIFF_IN_STORE)
		(void)fprintf(out, " to %s", tg_gtin_format(to, item->to));
	(void)fprintf(out, " %s%s%s: ", item->name, item->name[0] != '\0' ? ", " : "", what_words[item->what]);
	if (item->effect == TG_DIFF_SAME)
		(void)fprintf(out, "%s (row %s %s) as before", tg_outcome_words[item->after.outcome], item->after.row,
			item->after.code);
	else
		(void)fprintf(out, "%s (row %s %s) -> %s (row %s %s)", tg_outcome_words[item->before.outcome],
			item->before.row, item->before.code, tg_outcome_words[item->after.outcome],
			item->after.row, item->after.code);
	if (d->with_sales)
		(void)fprintf(out, "; %lld units sold", (long long)item->units);
	(void)fputc('\n', out);
	for (size_t i = 0; i < item->change_count; i++)
		(void)fprintf(out, "      %s\n", item->changes[i]);
}

static const char *version_words(char out[32], uint64_t version)
{
	if (version == 0)
		return "the records";
	(void)snprintf(out, 32, "catalogue %llu", (unsigned long long)version);
	return out;
}

void tg_diff_print(FILE *out, const tg_diff *d, size_t top)
{
	static const char *const heads[] = { "newly withheld", "newly released", "another row decides",
		"no effect at sale today" };
	char before[32], after[32];
	size_t shown = 0;

	(void)fprintf(out, "%s -> %s: %zu added, %zu removed, %zu changed, %zu products as they were\n",
		version_words(before, d->version_before), version_words(after, d->version_after),
		of_what(d, TG_DIFF_ADDED), of_what(d, TG_DIFF_REMOVED), of_what(d, TG_DIFF_CHANGED),
		d->unchanged);
	if (d->with_sales)
		(void)fprintf(out,
			"of %zu numbers (%lld units) scanned, %zu (%lld units) would newly be withheld\n",
			d->scanned_numbers, (long long)d->scanned_units, d->withheld_numbers,
			(long long)d->withheld_units);
	for (size_t i = 0; i < d->count; i++, shown++) {
		tg_diff_effect effect = d->items[i].effect;

		if (i == 0 || d->items[i - 1].effect != effect) {
			(void)fprintf(out, "%s: %zu\n", heads[effect], of_effect(d, effect));
			shown = 0;
		}
		if (shown < top)
			print_item(out, d, &d->items[i]);
		else if (shown == top)
			(void)fprintf(out, "  … and %zu more (--top, --json)\n", of_effect(d, effect) - top);
	}
}

/* ---- for programs ---- */

static tg_json *side_json(const tg_diff_side *side)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_str(json, "outcome", tg_outcome_words[side->outcome]);
	tg_json_set_str(json, "row", side->row);
	tg_json_set_str(json, "code", side->code);
	tg_json_set_bool(json, "withheld", side->withheld);
	return json;
}

static tg_json *item_json(const tg_diff *d, const tg_diff_item *item)
{
	tg_json *json = tg_json_new_object(), *changes = tg_json_new_array();
	char number[15];

	tg_json_set_str(json, "kind", kind_words[item->kind]);
	tg_json_set_str(json, "number", tg_gtin_format(number, item->number));
	if (item->kind == TG_DIFF_IN_STORE)
		tg_json_set_str(json, "to", tg_gtin_format(number, item->to));
	if (item->name[0] != '\0')
		tg_json_set_str(json, "name", item->name);
	tg_json_set_str(json, "what", what_words[item->what]);
	tg_json_set_str(json, "effect", effect_words[item->effect]);
	tg_json_set(json, "before", side_json(&item->before));
	tg_json_set(json, "after", side_json(&item->after));
	for (size_t i = 0; i < item->change_count; i++)
		tg_json_add_str(changes, item->changes[i]);
	tg_json_set(json, "changes", changes);
	if (d->with_sales)
		tg_json_set_int(json, "units", item->units);
	return json;
}

tg_json *tg_diff_json(const tg_diff *d)
{
	tg_json *json = tg_json_new_object(), *items = tg_json_new_array();

	/* left out: of the records, which have none */
	if (d->version_before != 0)
		tg_json_set_int(json, "version_before", (int64_t)d->version_before);
	if (d->version_after != 0)
		tg_json_set_int(json, "version_after", (int64_t)d->version_after);
	tg_json_set_int(json, "added", (int64_t)of_what(d, TG_DIFF_ADDED));
	tg_json_set_int(json, "removed", (int64_t)of_what(d, TG_DIFF_REMOVED));
	tg_json_set_int(json, "changed", (int64_t)of_what(d, TG_DIFF_CHANGED));
	tg_json_set_int(json, "unchanged", (int64_t)d->unchanged);
	tg_json_set_int(json, "newly_withheld", (int64_t)of_effect(d, TG_DIFF_WITHHELD));
	tg_json_set_int(json, "newly_released", (int64_t)of_effect(d, TG_DIFF_RELEASED));
	if (d->with_sales) {
		tg_json_set_int(json, "scanned_numbers", (int64_t)d->scanned_numbers);
		tg_json_set_int(json, "scanned_units", d->scanned_units);
		tg_json_set_int(json, "scanned_newly_withheld_numbers", (int64_t)d->withheld_numbers);
		tg_json_set_int(json, "scanned_newly_withheld_units", d->withheld_units);
	}
	for (size_t i = 0; i < d->count; i++)
		tg_json_add(items, item_json(d, &d->items[i]));
	tg_json_set(json, "items", items);
	return json;
}

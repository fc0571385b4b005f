/* SPDX-License-Identifier: Apache-2.0
 *
 * index.c - join products with notes, statements and labels by sorting.
 */
#include "sync/hq/index.h"

#include "plugin/gate/label.h"

#include <stdlib.h>

/* ---- products ---- */

static int by_gtin(const void *left, const void *right)
{
	const tg_index_product *a = left, *b = right;

	if (a->gtin != b->gtin)
		return a->gtin < b->gtin ? -1 : 1;
	return (a->record->line > b->record->line) - (a->record->line < b->record->line);
}

static int index_products(tg_index *index, tg_findings *findings, tg_error *err)
{
	const tg_records *records = index->records;
	size_t kept = 0;
	char text[15];

	index->products = calloc(records->product_count + 1, sizeof(*index->products));
	if (index->products == NULL)
		return tg_fail(err, TG_ENOMEM, "index of %zu products", records->product_count);
	for (size_t i = 0; i < records->product_count; i++)
		index->products[i] = (tg_index_product){ .gtin = records->products[i].gtin,
			.record = &records->products[i] };
	if (records->product_count > 1)
		qsort(index->products, records->product_count, sizeof(*index->products), by_gtin);
	for (size_t i = 0; i < records->product_count; i++) {
		const tg_index_product *p = &index->products[i];

		if (kept > 0 && index->products[kept - 1].gtin == p->gtin)
			tg_findings_add(findings, TG_FINDING_ERROR, "duplicate-gtin",
				(tg_finding_at){ tg_record_files[TG_RECORD_PRODUCT], p->record->line },
				"gtin", "%s is already on line %u; keep one of them",
				tg_gtin_format(text, p->gtin), index->products[kept - 1].record->line);
		else
			index->products[kept++] = *p;
	}
	index->product_count = kept;
	return TG_OK;
}

size_t tg_index_find(const tg_index *index, uint64_t gtin)
{
	size_t low = 0, high = index->product_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->products[middle].gtin < gtin)
			low = middle + 1;
		else
			high = middle;
	}
	return low < index->product_count && index->products[low].gtin == gtin ? low : TG_INDEX_NONE;
}

/* ---- notes ---- */

/*
 * What a note claims: products whose 13 digits after the indicator lie in from … to, or whose category or
 * brick is `category`.
 */
struct claim {
	uint64_t from, to;
	const char *category;
	const tg_note_record *note;
};

struct claims {
	struct claim *list;
	size_t count, cap;
};

static int add_claim(struct claims *claims, struct claim claim, tg_error *err)
{
	struct claim *grown = tg_array_grow(claims->list, claims->count, &claims->cap, sizeof(*grown));

	if (grown == NULL)
		return tg_fail(err, TG_ENOMEM, "index of notes");
	claims->list = grown;
	grown[claims->count++] = claim;
	return TG_OK;
}

static int by_claim(const void *left, const void *right)
{
	const struct claim *a = left, *b = right;
	int order = strcmp(a->category, b->category);

	if (order == 0)
		order = (a->from > b->from) - (a->from < b->from);
	if (order == 0)
		order = (a->to > b->to) - (a->to < b->to);
	return order != 0 ? order : (a->note->line > b->note->line) - (a->note->line < b->note->line);
}

/* Sorts, and reports what two notes claim alike. */
static void settle_claims(
	struct claims *claims, tg_findings *findings, tg_record_kind kind, const char *field)
{
	char text[15];

	if (claims->count > 1)
		qsort(claims->list, claims->count, sizeof(*claims->list), by_claim);
	for (size_t i = 1; i < claims->count; i++) {
		const struct claim *a = &claims->list[i - 1], *b = &claims->list[i];

		if (strcmp(a->category, b->category) != 0 || a->from != b->from || a->to != b->to)
			continue;
		if (a->note == b->note)
			tg_findings_add(findings, TG_FINDING_WARNING, "named-twice",
				(tg_finding_at){ tg_record_files[kind], b->note->line }, field,
				"%s stands twice; take one of them out",
				b->category[0] != '\0' ? b->category : tg_gtin_format(text, b->from));
		else
			tg_findings_add(findings, TG_FINDING_ERROR, "two-notes",
				(tg_finding_at){ tg_record_files[kind], b->note->line }, field,
				"%s is already answered by \"%s\" on line %u; one note must answer alone",
				b->category[0] != '\0' ? b->category : tg_gtin_format(text, b->from),
				a->note->id, a->note->line);
	}
}

static const tg_note_record *find_claim(
	const struct claims *claims, uint64_t from, uint64_t to, const char *category)
{
	size_t low = 0, high = claims->count;
	const struct claim wanted = { from, to, category, NULL };

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct claim *c = &claims->list[middle];
		int order = strcmp(c->category, wanted.category);

		if (order == 0)
			order = (c->from > from) - (c->from < from);
		if (order == 0)
			order = (c->to > to) - (c->to < to);
		if (order == 0)
			return c->note;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

struct notes {
	struct claims named;                                /* by scope notes */
	struct claims listed, prefixes, bricks, categories; /* by class notes */
};

static int claim_gtins(struct claims *claims, const tg_note_record *note, tg_error *err)
{
	int rc = TG_OK;

	for (size_t i = 0; i < note->gtins.count && rc == TG_OK; i++)
		rc = add_claim(
			claims, (struct claim){ note->gtins.list[i], note->gtins.list[i], "", note }, err);
	return rc;
}

static const uint64_t ten_to[] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000,
	UINT64_C(1000000000), UINT64_C(10000000000), UINT64_C(100000000000), UINT64_C(1000000000000),
	UINT64_C(10000000000000) };

static int claim_class(struct notes *notes, const tg_note_record *note, tg_error *err)
{
	int rc = claim_gtins(&notes->listed, note, err);

	for (size_t i = 0; i < note->prefixes.count && rc == TG_OK; i++) {
		uint64_t rest = ten_to[13 - strlen(note->prefixes.list[i])];
		uint64_t from = strtoull(note->prefixes.list[i], NULL, 10) * rest;

		rc = add_claim(&notes->prefixes, (struct claim){ from, from + rest - 1, "", note }, err);
	}
	for (size_t i = 0; i < note->bricks.count && rc == TG_OK; i++)
		rc = add_claim(&notes->bricks, (struct claim){ 0, 0, note->bricks.list[i], note }, err);
	for (size_t i = 0; i < note->categories.count && rc == TG_OK; i++)
		rc = add_claim(
			&notes->categories, (struct claim){ 0, 0, note->categories.list[i], note }, err);
	return rc;
}

static const tg_note_record *find_prefix(const struct claims *prefixes, uint64_t gtin)
{
	uint64_t digits = gtin % ten_to[13];

	if (gtin < ten_to[8])
		return NULL; /* a GTIN-8 is no GTIN-13 with zeros in front */
	for (size_t len = 12; len >= 3; len--) {
		uint64_t rest = ten_to[13 - len], from = digits / rest * rest;
		const tg_note_record *note = find_claim(prefixes, from, from + rest - 1, "");

		if (note != NULL)
			return note;
	}
	return NULL;
}

/* The nearest of the class notes answers; one that is farther off and says otherwise is worth a look. */
static void answer_by_class(tg_index_product *p, const struct notes *notes, tg_findings *findings)
{
	const struct {
		const char *by;
		const tg_note_record *note;
	} ranks[] = {
		{ "prefix", notes->prefixes.count > 0 ? find_prefix(&notes->prefixes, p->gtin) : NULL },
		{ "brick", p->record->brick[0] != '\0' ? find_claim(&notes->bricks, 0, 0, p->record->brick) : NULL },
		{ "category", p->record->category[0] != '\0' ? find_claim(&notes->categories, 0, 0, p->record->category)
							      : NULL },
	};
	const char *by = "";

	for (size_t i = 0; i < TG_COUNT(ranks); i++) {
		const tg_note_record *note = ranks[i].note;

		if (note != NULL && p->note == NULL) {
			p->note = note;
			by = ranks[i].by;
		} else if (note != NULL && note->scope != p->note->scope) {
			tg_findings_add(findings, TG_FINDING_WARNING, "notes-differ",
				(tg_finding_at){ tg_record_files[TG_RECORD_PRODUCT], p->record->line }, ranks[i].by,
				"class note \"%s\" (by %s) answers, \"%s\" (by %s) would decide otherwise; write a "
				"scope note",
				p->note->id, by, note->id, ranks[i].by);
		}
	}
	p->class_note = p->note != NULL;
}

static void answer_product(tg_index_product *p, const struct notes *notes, tg_findings *findings)
{
	p->note = find_claim(&notes->named, p->gtin, p->gtin, "");
	if (p->note != NULL)
		return;
	p->note = find_claim(&notes->listed, p->gtin, p->gtin, "");
	p->class_note = p->note != NULL;
	if (p->note == NULL)
		answer_by_class(p, notes, findings);
}

static void report_dangling(const tg_index *index, tg_findings *findings, tg_finding_at at, uint64_t gtin)
{
	char text[15];

	if (tg_index_find(index, gtin) == TG_INDEX_NONE)
		tg_findings_add(findings, TG_FINDING_WARNING, "dangling-gtin", at, "gtins",
			"no product has the number %s; add the product, or correct the number",
			tg_gtin_format(text, gtin));
}

static int index_notes(tg_index *index, tg_findings *findings, tg_error *err)
{
	const tg_records *records = index->records;
	struct notes notes = { 0 };
	int rc = TG_OK;

	for (size_t i = 0; i < records->scope_note_count && rc == TG_OK; i++)
		rc = claim_gtins(&notes.named, &records->scope_notes[i], err);
	for (size_t i = 0; i < records->class_note_count && rc == TG_OK; i++)
		rc = claim_class(&notes, &records->class_notes[i], err);
	settle_claims(&notes.named, findings, TG_RECORD_SCOPE_NOTE, "gtins");
	settle_claims(&notes.listed, findings, TG_RECORD_CLASS_NOTE, "gtins");
	settle_claims(&notes.prefixes, findings, TG_RECORD_CLASS_NOTE, "gtin_prefixes");
	settle_claims(&notes.bricks, findings, TG_RECORD_CLASS_NOTE, "bricks");
	settle_claims(&notes.categories, findings, TG_RECORD_CLASS_NOTE, "categories");
	for (size_t i = 0; i < notes.named.count && rc == TG_OK; i++)
		report_dangling(index, findings,
			(tg_finding_at){
				tg_record_files[TG_RECORD_SCOPE_NOTE], notes.named.list[i].note->line },
			notes.named.list[i].from);
	for (size_t i = 0; i < notes.listed.count && rc == TG_OK; i++)
		report_dangling(index, findings,
			(tg_finding_at){
				tg_record_files[TG_RECORD_CLASS_NOTE], notes.listed.list[i].note->line },
			notes.listed.list[i].from);
	for (size_t i = 0; i < index->product_count && rc == TG_OK; i++)
		answer_product(&index->products[i], &notes, findings);
	free(notes.named.list);
	free(notes.listed.list);
	free(notes.prefixes.list);
	free(notes.bricks.list);
	free(notes.categories.list);
	return rc;
}

/* ---- statements and labels ---- */

static int by_link(const void *left, const void *right)
{
	const tg_index_link *a = left, *b = right;

	if (a->product != b->product)
		return a->product < b->product ? -1 : 1;
	return (a->to > b->to) - (a->to < b->to);
}

static int add_links(tg_index *index, tg_index_links *links, size_t *cap, const tg_gtins *gtins, uint32_t to,
	tg_finding_at at, tg_findings *findings, tg_error *err)
{
	for (size_t i = 0; i < gtins->count; i++) {
		size_t product = tg_index_find(index, gtins->list[i]);
		tg_index_link *grown;

		if (product == TG_INDEX_NONE) {
			report_dangling(index, findings, at, gtins->list[i]);
			continue;
		}
		grown = tg_array_grow(links->list, links->count, cap, sizeof(*grown));
		if (grown == NULL)
			return tg_fail(err, TG_ENOMEM, "index of statements");
		links->list = grown;
		grown[links->count++] = (tg_index_link){ (uint32_t)product, to };
	}
	return TG_OK;
}

/* Sort, drop what stands twice, and note where each product's links begin. */
static int settle_links(const tg_index *index, tg_index_links *links, tg_error *err)
{
	size_t kept = 0, at = 0;

	if (links->count > 1)
		qsort(links->list, links->count, sizeof(*links->list), by_link);
	for (size_t i = 0; i < links->count; i++)
		if (kept == 0 || by_link(&links->list[kept - 1], &links->list[i]) != 0)
			links->list[kept++] = links->list[i];
	links->count = kept;
	links->first = calloc(index->product_count + 1, sizeof(*links->first));
	if (links->first == NULL)
		return tg_fail(err, TG_ENOMEM, "index of statements");
	for (size_t p = 0; p <= index->product_count; p++) {
		while (at < links->count && links->list[at].product < p)
			at++;
		links->first[p] = at;
	}
	return TG_OK;
}

static int index_links(tg_index *index, tg_findings *findings, tg_error *err)
{
	const tg_records *records = index->records;
	size_t soc_cap = 0, label_cap = 0;
	int rc = TG_OK;

	for (size_t i = 0; i < records->soc_count && rc == TG_OK; i++)
		rc = add_links(index, &index->socs, &soc_cap, &records->socs[i].gtins, (uint32_t)i,
			(tg_finding_at){ tg_record_files[TG_RECORD_SOC], records->socs[i].line }, findings,
			err);
	for (size_t i = 0; i < records->label_count && rc == TG_OK; i++)
		rc = add_links(index, &index->labels, &label_cap, &records->labels[i].gtins, (uint32_t)i,
			(tg_finding_at){ tg_record_files[TG_RECORD_LABEL], records->labels[i].line },
			findings, err);
	if (rc == TG_OK)
		rc = settle_links(index, &index->socs, err);
	if (rc == TG_OK)
		rc = settle_links(index, &index->labels, err);
	return rc;
}

static void index_bundles(tg_index *index)
{
	for (size_t i = 0; i < index->records->bundle_count; i++) {
		size_t product = tg_index_find(index, index->records->bundles[i].gtin);

		if (product != TG_INDEX_NONE)
			index->products[product].bundle = true;
	}
}

int tg_index_build(tg_index *out, const tg_records *records, tg_findings *findings, tg_error *err)
{
	int rc;

	*out = (tg_index){ .records = records };
	rc = index_products(out, findings, err);
	if (rc == TG_OK)
		index_bundles(out);
	if (rc == TG_OK)
		rc = index_notes(out, findings, err);
	return rc == TG_OK ? index_links(out, findings, err) : rc;
}

void tg_index_fini(tg_index *index)
{
	free(index->products);
	free(index->socs.list);
	free(index->socs.first);
	free(index->labels.list);
	free(index->labels.first);
	*index = (tg_index){ 0 };
}

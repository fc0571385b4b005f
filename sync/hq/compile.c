/* SPDX-License-Identifier: Apache-2.0
 *
 * compile.c - fill the builder's structs from the records. All texts stay borrowed from the records.
 */
#include "sync/hq/compile.h"

#include "sync/hq/compile_drill.h"
#include "sync/hq/compile_special.h"
#include "sync/hq/defects.h"

#include <stdlib.h>

#define CARRIED_DEFECTS                                                                                      \
	(TG_DEFECTS_HARD | TG_DEFECTS_DOUBT) /* D01 and D13 are told by the kind of document */

struct work {
	const tg_index *index;
	const tg_records *records;
	int32_t today;
	tg_arena arena;
	uint32_t *soc_number, *label_number; /* record number to image number; UINT32_MAX: not in the image */
	tg_build build;
};

static void *take(struct work *w, size_t count, size_t size)
{
	return tg_arena_alloc(&w->arena, count, size);
}

static int no_memory(tg_error *err)
{
	return tg_fail(err, TG_ENOMEM, "compiling the catalogue");
}

static const tg_build_range *build_ranges(struct work *w, const tg_soc_record *s)
{
	tg_build_range *ranges = take(w, s->range_count, sizeof(*ranges));

	for (size_t i = 0; ranges != NULL && i < s->range_count; i++)
		ranges[i] = (tg_build_range){ s->ranges[i].from, s->ranges[i].to };
	return ranges;
}

static const tg_build_serials *build_ties(struct work *w, const tg_soc_record *s)
{
	tg_build_serials *ties = take(w, s->tie_count, sizeof(*ties));

	for (size_t i = 0; ties != NULL && i < s->tie_count; i++)
		ties[i] = (tg_build_serials){ s->ties[i].batch, { s->ties[i].from, s->ties[i].to } };
	return ties;
}

static tg_build_soc build_soc(struct work *w, const tg_soc_record *s)
{
	uint32_t defects = tg_soc_defects(s, w->today, NULL, NULL);

	return (tg_build_soc){
		.id = s->id,
		.link = s->link,
		.defects = defects & CARRIED_DEFECTS,
		.document = tg_soc_document(s, defects),
		.status = s->status,
		/* No batch stated (D04) is a list without entries: it covers nothing. */
		.batches = s->batches == TG_STATED_BATCHES_ALL ? TG_BATCHES_ALL : TG_BATCHES_LISTED,
		.batches_express_all = s->batches == TG_STATED_BATCHES_ALL,
		.accompanies = s->accompanies,
		.issued = s->issued,
		.dsp_end = s->support_period_end,
		.link_tested = s->link_tested,
		.ranges = build_ranges(w, s),
		.range_count = s->range_count,
		.serials = build_ties(w, s),
		.serial_count = s->tie_count,
	};
}

/* Only what some product is linked to gets a number. */
static uint32_t *number_linked(struct work *w, const tg_index_links *links, size_t records, size_t *used)
{
	uint32_t *number = take(w, records, sizeof(*number));

	*used = 0;
	for (size_t i = 0; number != NULL && i < records; i++)
		number[i] = UINT32_MAX;
	for (size_t i = 0; number != NULL && i < links->count; i++)
		number[links->list[i].to] = 0;
	for (size_t i = 0; number != NULL && i < records; i++)
		if (number[i] == 0)
			number[i] = (uint32_t)(*used)++;
	return number;
}

static void build_socs(struct work *w)
{
	size_t used = 0;
	tg_build_soc *socs;

	w->soc_number = number_linked(w, &w->index->socs, w->records->soc_count, &used);
	socs = take(w, used, sizeof(*socs));
	if (w->arena.failed)
		return;
	for (size_t i = 0; i < w->records->soc_count; i++)
		if (w->soc_number[i] != UINT32_MAX)
			socs[w->soc_number[i]] = build_soc(w, &w->records->socs[i]);
	w->build.socs = socs;
	w->build.soc_count = used;
}

static void build_labels(struct work *w)
{
	size_t used = 0;
	tg_build_conformance *labels;

	w->label_number = number_linked(w, &w->index->labels, w->records->label_count, &used);
	labels = take(w, used, sizeof(*labels));
	if (w->arena.failed)
		return;
	for (size_t i = 0; i < w->records->label_count; i++) {
		const tg_label_record *l = &w->records->labels[i];

		if (w->label_number[i] != UINT32_MAX)
			labels[w->label_number[i]] = (tg_build_conformance){ .id = l->id,
				.scheme = l->scheme,
				.level = l->level,
				.qualifies = tg_label_qualifies(l),
				.valid_from = l->valid_from,
				.valid_to = l->valid_to,
				.checked = l->checked };
	}
	w->build.conformances = labels;
	w->build.conformance_count = used;
}

static tg_build_note build_note(const tg_note_record *n, bool class_note)
{
	uint8_t exception = 0;

	if (n->scope == TG_SCOPE_EXCEPTED) {
		if (n->evidence[0] != '\0')
			exception |= TG_EXCEPTION_PROVEN;
		if (n->gb)
			exception |= TG_EXCEPTION_GB;
		if (n->ni)
			exception |= TG_EXCEPTION_NI;
	}
	return (tg_build_note){ .id = n->id,
		.scope = n->scope,
		.exception = exception,
		.exception_paragraph = n->paragraph,
		.class_note = class_note,
		.review_by = n->review_by };
}

/*
 * All notes go in: they are few, and an in-store answer may come tomorrow. Scope notes first, then class
 * notes.
 */
static void build_notes(struct work *w)
{
	const tg_records *r = w->records;
	tg_build_note *notes = take(w, r->scope_note_count + r->class_note_count, sizeof(*notes));

	for (size_t i = 0; notes != NULL && i < r->scope_note_count; i++)
		notes[i] = build_note(&r->scope_notes[i], false);
	for (size_t i = 0; notes != NULL && i < r->class_note_count; i++)
		notes[r->scope_note_count + i] = build_note(&r->class_notes[i], true);
	w->build.notes = notes;
	w->build.note_count = r->scope_note_count + r->class_note_count;
}

static uint32_t note_number(const struct work *w, const tg_index_product *p)
{
	if (p->note == NULL)
		return TG_BUILD_NO_NOTE;
	return p->class_note ? (uint32_t)(w->records->scope_note_count +
					  (size_t)(p->note - w->records->class_notes))
			     : (uint32_t)(p->note - w->records->scope_notes);
}

/* What others say that the manufacturer published counts only where nobody looked there. */
static int32_t longest_published(const tg_product_record *p)
{
	int32_t own = TG_DAY_NONE, heard = TG_DAY_NONE;

	for (size_t i = 0; i < p->capture_count; i++) {
		int32_t *end = p->captures[i].hearsay ? &heard : &own;

		if (p->captures[i].end > *end)
			*end = p->captures[i].end;
	}
	return own != TG_DAY_NONE ? own : heard;
}

static tg_build_product build_product(
	struct work *w, size_t product, const tg_build_link *soc_links, const tg_build_link *label_links)
{
	const tg_index_product *p = &w->index->products[product];
	const size_t *socs = w->index->socs.first, *labels = w->index->labels.first;

	return (tg_build_product){
		.gtin = p->gtin,
		.name = p->record->name,
		.manufacturer = p->record->manufacturer,
		.type = p->record->type,
		.note = note_number(w, p),
		.dsp_end_published = longest_published(p->record),
		.socs = soc_links + socs[product],
		.soc_count = socs[product + 1] - socs[product],
		.conformances = label_links + labels[product],
		.conformance_count = labels[product + 1] - labels[product],
	};
}

static void build_products(struct work *w)
{
	const tg_index *index = w->index;
	tg_build_product *products = take(w, index->product_count, sizeof(*products));
	tg_build_link *soc_links = take(w, index->socs.count, sizeof(*soc_links));
	tg_build_link *label_links = take(w, index->labels.count, sizeof(*label_links));

	if (w->arena.failed)
		return;
	for (size_t i = 0; i < index->socs.count; i++) {
		const tg_index_link *link = &index->socs.list[i];

		soc_links[i] = (tg_build_link){ w->soc_number[link->to],
			tg_soc_covers_type(
				&w->records->socs[link->to], index->products[link->product].record->type) };
	}
	for (size_t i = 0; i < index->labels.count; i++) {
		const tg_index_link *link = &index->labels.list[i];

		label_links[i] = (tg_build_link){ w->label_number[link->to],
			tg_label_covers_model(
				&w->records->labels[link->to], index->products[link->product].record->type) };
	}
	for (size_t i = 0; i < index->product_count; i++)
		products[i] = build_product(w, i, soc_links, label_links);
	w->build.products = products;
	w->build.product_count = index->product_count;
}

static void build_packs(struct work *w)
{
	tg_build_pack *packs = take(w, w->records->pack_count, sizeof(*packs));

	for (size_t i = 0; packs != NULL && i < w->records->pack_count; i++)
		packs[i] = (tg_build_pack){ w->records->packs[i].gtin, w->records->packs[i].contains };
	w->build.packs = packs;
	w->build.pack_count = w->records->pack_count;
}

static void build_in_store(struct work *w)
{
	const tg_records *r = w->records;
	tg_build_in_store *ranges;
	size_t count = 0;

	for (size_t i = 0; i < r->class_note_count; i++)
		count += r->class_notes[i].in_store_count;
	ranges = take(w, count, sizeof(*ranges));
	count = 0;
	for (size_t i = 0; ranges != NULL && i < r->class_note_count; i++)
		for (size_t j = 0; j < r->class_notes[i].in_store_count; j++)
			ranges[count++] = (tg_build_in_store){ r->class_notes[i].in_store[j].from,
				r->class_notes[i].in_store[j].to, (uint32_t)(r->scope_note_count + i) };
	w->build.in_store = ranges;
	w->build.in_store_count = count;
}

int tg_compile(const char *path, const tg_index *index, uint64_t version, int32_t today, tg_error *err)
{
	struct work w = { .index = index, .records = index->records, .today = today };
	int rc;

	w.build.version = version;
	build_socs(&w);
	if (!w.arena.failed)
		build_labels(&w);
	if (!w.arena.failed)
		build_notes(&w);
	if (!w.arena.failed)
		build_products(&w);
	if (!w.arena.failed)
		build_packs(&w);
	if (!w.arena.failed)
		build_in_store(&w);
	rc = w.arena.failed ? no_memory(err) : tg_compile_specials(&w.build, &w.arena, index, err);
	if (rc == TG_OK)
		tg_compile_drills(&w.build, &w.arena);
	if (rc == TG_OK && w.arena.failed)
		rc = no_memory(err);
	if (rc == TG_OK)
		rc = tg_build_write(path, &w.build, err);
	tg_arena_fini(&w.arena);
	return rc;
}

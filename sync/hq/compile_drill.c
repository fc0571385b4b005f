/* SPDX-License-Identifier: Apache-2.0
 *
 * compile_drill.c - one product for each outcome. See compile_drill.h.
 *
 * Each outcome rests on what no policy changes and no day ends: a paper in the pack, one of which nobody says where it is, one that is
 * in doubt, none.
 */
#include "sync/hq/compile_drill.h"

#include "plugin/gate/drill.h"

static const tg_build_soc statements[] = {
	{ .id = "tillgate-drill-allow", .accompanies = TG_ACCOMPANIES_IN_PACK },
	{ .id = "tillgate-drill-notice" },
	{ .id = "tillgate-drill-hold", .accompanies = TG_ACCOMPANIES_IN_PACK, .defects = TG_DEFECT(15) },
};
#define STATEMENTS TG_COUNT(statements)
#define PRODUCTS TG_DRILL_UNKNOWN /* the last is in no catalogue */

/* A longer copy of an array, with room for `more`. NULL: no memory. */
static void *longer(tg_arena *arena, const void *list, size_t count, size_t more, size_t size)
{
	void *copy = tg_arena_alloc(arena, count + more, size);

	if (copy != NULL && count > 0)
		memcpy(copy, list, count * size);
	return copy;
}

static void add_statements(tg_build *build, tg_arena *arena)
{
	tg_build_soc *socs = longer(arena, build->socs, build->soc_count, STATEMENTS, sizeof(*socs));

	for (size_t i = 0; socs != NULL && i < STATEMENTS; i++) {
		tg_build_soc *soc = &socs[build->soc_count + i];

		*soc = statements[i];
		soc->link = "";
		soc->document = TG_DOCUMENT_SOC;
		soc->batches = TG_BATCHES_ALL;
		soc->batches_express_all = true;
		soc->issued = soc->dsp_end = soc->link_tested = TG_DAY_NONE;
	}
	build->socs = socs;
	build->soc_count += STATEMENTS;
}

static void add_note(tg_build *build, tg_arena *arena)
{
	tg_build_note *notes = longer(arena, build->notes, build->note_count, 1, sizeof(*notes));

	if (notes != NULL)
		notes[build->note_count] =
			(tg_build_note){ .id = TG_DRILL_NOTE, .scope = TG_SCOPE_IN, .review_by = TG_DAY_NONE };
	build->notes = notes;
	build->note_count++;
}

void tg_compile_drills(tg_build *build, tg_arena *arena)
{
	uint32_t first_soc = (uint32_t)build->soc_count, note = (uint32_t)build->note_count;
	tg_build_product *products =
		longer(arena, build->products, build->product_count, PRODUCTS, sizeof(*products));
	tg_build_link *links = tg_arena_alloc(arena, STATEMENTS, sizeof(*links));

	add_statements(build, arena);
	add_note(build, arena);
	if (arena->failed)
		return;
	for (uint32_t i = 0; i < STATEMENTS; i++)
		links[i] = (tg_build_link){ first_soc + i, true };
	for (size_t i = 0; i < PRODUCTS; i++)
		products[build->product_count + i] = (tg_build_product){ .gtin = tg_drills[i].gtin,
			.name = tg_drills[i].name,
			.manufacturer = "tillgate",
			.type = "test product",
			.note = note,
			.dsp_end_published = TG_DAY_NONE,
			.socs = i < STATEMENTS ? &links[i] : NULL,
			.soc_count = i < STATEMENTS };
	build->products = products;
	build->product_count += PRODUCTS;
}

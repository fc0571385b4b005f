/* SPDX-License-Identifier: Apache-2.0
 *
 * world.c - a made-up catalogue of any size, as plain arrays.
 */
#include "tests/unit/catalogue/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define TODAY 20780 /* 2026-11-23 */

static void *must(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

/* splitmix64 */
uint64_t world_random(world *w)
{
	uint64_t x = w->random += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static uint32_t below(world *w, size_t n)
{
	return (uint32_t)(world_random(w) % n);
}

const char *world_text(world *w, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (w->text_count == w->text_room) {
		w->text_room = w->text_room * 2 + 64;
		w->texts = must(realloc(w->texts, w->text_room * sizeof(*w->texts)));
	}
	return w->texts[w->text_count++] = must(strdup(text));
}

uint64_t world_gtin(size_t i)
{
	uint64_t body = UINT64_C(952000000000) + i, sum = 0, rest = body;

	for (int weight = 3; rest > 0; rest /= 10, weight = 4 - weight)
		sum += rest % 10 * (uint64_t)weight;
	return body * 10 + (10 - sum % 10) % 10;
}

static void make_notes(world *w)
{
	static const struct {
		uint8_t scope, exception, paragraph;
		bool class_note;
	} kinds[] = { { TG_SCOPE_IN, 0, 0, false }, { TG_SCOPE_OUT, 0, 0, true },
		{ TG_SCOPE_EXCEPTED, 7, 5, false }, { TG_SCOPE_EXCEPTED, TG_EXCEPTION_GB, 3, true },
		{ TG_SCOPE_OUT, 0, 0, false } };
	size_t n = 40;

	w->notes = must(calloc(n, sizeof(*w->notes)));
	for (size_t i = 0; i < n; i++) {
		w->notes[i] = (tg_build_note){ .id = world_text(w, "SN-%04zu", i),
			.scope = kinds[i % 5].scope,
			.exception = kinds[i % 5].exception,
			.exception_paragraph = kinds[i % 5].paragraph,
			.class_note = kinds[i % 5].class_note,
			.review_by = i == 7 ? TG_DAY_NONE : (int32_t)(TODAY + i * 30) };
	}
	w->build.notes = w->notes;
	w->build.note_count = n;
}

static void make_labels(world *w)
{
	size_t n = 30;

	w->conformances = must(calloc(n, sizeof(*w->conformances)));
	for (size_t i = 0; i < n; i++) {
		w->conformances[i] = (tg_build_conformance){ .id = world_text(w, "JC-STAR/%05zu", i * 7),
			.scheme = (uint8_t)(1 + i % 2),
			.level = (uint8_t)(1 + i % 4),
			.qualifies = i % 3 != 0,
			.valid_from = TODAY - 300,
			.valid_to = (int32_t)(TODAY + i),
			.checked = TODAY - (int32_t)i };
	}
	w->build.conformances = w->conformances;
	w->build.conformance_count = n;
}

static void give_batches(world *w, tg_build_soc *soc)
{
	size_t n = below(w, 6);
	tg_build_range *ranges = must(calloc(n + 1, sizeof(*ranges)));
	tg_build_serials *serials = must(calloc(2, sizeof(*serials)));

	for (size_t i = 0; i < n; i++) {
		uint32_t at = below(w, 9000);

		ranges[i].from = world_text(w, "L%04u", at);
		ranges[i].to = world_text(w, "L%04u", at + below(w, 3) * 20);
	}
	serials[0] = (tg_build_serials){ "L0001", { "S00100", "S00199" } };
	serials[1] = (tg_build_serials){ "L0001", { "S00500", "S00500" } };
	soc->batches = TG_BATCHES_LISTED;
	soc->ranges = ranges;
	soc->range_count = n;
	soc->serials = serials;
	soc->serial_count = below(w, 3);
}

static void make_socs(world *w, size_t n)
{
	w->socs = must(calloc(n + 1, sizeof(*w->socs)));
	for (size_t i = 0; i < n; i++) {
		tg_build_soc *soc = &w->socs[i];

		*soc = (tg_build_soc){ .id = world_text(w, "SOC-%07zu", i),
			.link = i % 9 == 0 ? ""
					   : world_text(w, "https://maker-%zu.example/psti/soc/%07zu.pdf",
						     i % 5000, i),
			.defects = i % 50 == 0 ? TG_DEFECT(1 + i % 4) : 0,
			.document = (uint8_t)(i % 97 == 0 ? 2 : 1),
			.status = (uint8_t)(i % 61 == 0 ? 1 + i % 2 : 0),
			.accompanies = (uint8_t)(i % 5),
			.batches_express_all = i % 11 == 0,
			.issued = TODAY - (int32_t)below(w, 900),
			.dsp_end = TODAY + (int32_t)below(w, 2000) - 200,
			.link_tested = i % 4 == 0 ? TG_DAY_NONE : TODAY - 5 };
		if (i % 10 == 3)
			give_batches(w, soc);
	}
	w->build.socs = w->socs;
	w->build.soc_count = n;
}

/* `n` different links to any of `to` records. */
static const tg_build_link *give_links(world *w, tg_build_link *links, size_t n, size_t first, size_t to)
{
	for (size_t i = 0; i < n; i++)
		links[i] = (tg_build_link){ (uint32_t)((first + i) % to), below(w, 30) != 0 };
	return links;
}

static void make_products(world *w, size_t n, size_t socs)
{
	static const char *const words[] = { "camera", "doorbell", "smart plug", "kettle", "router",
		"baby monitor", "lamp" };
	tg_build_link *next;

	w->products = must(calloc(n + 1, sizeof(*w->products)));
	w->links = next = must(calloc(n * 6 + 1, sizeof(*w->links)));
	for (size_t i = 0; i < n; i++) {
		tg_build_product *p = &w->products[i];

		p->gtin = world_gtin(i * 3 + below(w, 3));
		p->name = world_text(w, "%s %c%u, generation %zu", words[i % 7], 'A' + (char)below(w, 26),
			below(w, 9000), i % 4);
		p->manufacturer = i % 31 == 0 ? "" : world_text(w, "Maker %zu Ltd", i % 5003);
		p->type = i % 13 == 0 ? "" : world_text(w, "T%c-%u", 'A' + (char)below(w, 26), below(w, 900));
		p->note = i % 17 == 0 ? TG_BUILD_NO_NOTE : below(w, w->build.note_count);
		p->dsp_end_published = i % 3 == 0 ? TG_DAY_NONE : TODAY + (int32_t)below(w, 1500);
		p->soc_count = socs == 0 ? 0 : i % 19 == 0 ? 0 : i % 23 == 0 && socs > 3 ? 3 : 1;
		p->socs = give_links(w, next, p->soc_count, i / 4, socs);
		next += p->soc_count;
		p->conformance_count = i % 29 == 0 ? 2 : 0;
		p->conformances = give_links(w, next, p->conformance_count, i, w->build.conformance_count);
		next += p->conformance_count;
	}
	w->build.products = w->products;
	w->build.product_count = n;
}

static void make_packs(world *w, size_t n)
{
	w->packs = must(calloc(n / 20 + 1, sizeof(*w->packs)));
	for (size_t i = 0; i < n / 20; i++) {
		/* indicator digit 1: the number of a case */
		w->packs[i] = (tg_build_pack){ world_gtin(n * 3 + 1000 + i) + UINT64_C(10000000000000),
			w->products[i * 20].gtin };
	}
	w->build.packs = w->packs;
	w->build.pack_count = n / 20;
	w->in_store = must(calloc(3, sizeof(*w->in_store)));
	w->in_store[0] = (tg_build_in_store){ UINT64_C(2000000000000), UINT64_C(2099999999999), 1 };
	w->in_store[1] = (tg_build_in_store){ UINT64_C(2100000000000), UINT64_C(2100000000000), 3 };
	w->in_store[2] = (tg_build_in_store){ UINT64_C(20000000), UINT64_C(29999999), 6 };
	w->build.in_store = w->in_store;
	w->build.in_store_count = 3;
}

void world_init(world *w, size_t n, size_t socs, uint64_t seed)
{
	*w = (world){ .random = seed, .build.version = 41 };
	make_notes(w);
	make_labels(w);
	make_socs(w, socs);
	make_products(w, n, socs);
	make_packs(w, n);
}

void world_fini(world *w)
{
	for (size_t i = 0; i < w->build.soc_count; i++) {
		free((void *)(uintptr_t)w->socs[i].ranges);
		free((void *)(uintptr_t)w->socs[i].serials);
	}
	for (size_t i = 0; i < w->text_count; i++)
		free(w->texts[i]);
	free(w->texts);
	free(w->products);
	free(w->socs);
	free(w->conformances);
	free(w->notes);
	free(w->packs);
	free(w->in_store);
	free(w->links);
	*w = (world){ 0 };
}

/* ---- shuffling ---- */

static void swap_bytes(uint8_t *a, uint8_t *b, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		uint8_t c = a[i];

		a[i] = b[i];
		b[i] = c;
	}
}

/* Shuffle `n` elements; `went` (may be NULL) tells where each old number went. */
static void shuffle(world *w, const void *array, size_t n, size_t size, uint32_t *went)
{
	uint8_t *bytes = (uint8_t *)(uintptr_t)array;
	uint32_t *from = must(calloc(n + 1, sizeof(*from)));

	for (uint32_t i = 0; i < n; i++)
		from[i] = i;
	for (size_t i = n; i > 1; i--) {
		size_t j = below(w, i);

		swap_bytes(bytes + (i - 1) * size, bytes + j * size, size);
		swap_bytes((uint8_t *)&from[i - 1], (uint8_t *)&from[j], sizeof(*from));
	}
	for (uint32_t i = 0; went != NULL && i < n; i++)
		went[from[i]] = i;
	free(from);
}

void world_shuffle(world *w, uint64_t seed)
{
	tg_build *b = &w->build;
	uint32_t *soc = must(calloc(b->soc_count + 1, sizeof(*soc)));
	uint32_t *label = must(calloc(b->conformance_count + 1, sizeof(*label)));
	uint32_t *note = must(calloc(b->note_count + 1, sizeof(*note)));

	w->random = seed;
	shuffle(w, w->socs, b->soc_count, sizeof(*w->socs), soc);
	shuffle(w, w->conformances, b->conformance_count, sizeof(*w->conformances), label);
	shuffle(w, w->notes, b->note_count, sizeof(*w->notes), note);
	shuffle(w, w->products, b->product_count, sizeof(*w->products), NULL);
	shuffle(w, w->packs, b->pack_count, sizeof(*w->packs), NULL);
	shuffle(w, w->in_store, b->in_store_count, sizeof(*w->in_store), NULL);
	for (size_t i = 0; i < b->soc_count; i++) {
		shuffle(w, w->socs[i].ranges, w->socs[i].range_count, sizeof(tg_build_range), NULL);
		shuffle(w, w->socs[i].serials, w->socs[i].serial_count, sizeof(tg_build_serials), NULL);
	}
	for (size_t i = 0; i < b->in_store_count; i++)
		w->in_store[i].note = note[w->in_store[i].note];
	for (size_t i = 0; i < b->product_count; i++) {
		tg_build_product *p = &w->products[i];

		p->note = p->note == TG_BUILD_NO_NOTE ? p->note : note[p->note];
		for (size_t k = 0; k < p->soc_count; k++)
			((tg_build_link *)(uintptr_t)p->socs)[k].to = soc[p->socs[k].to];
		for (size_t k = 0; k < p->conformance_count; k++)
			((tg_build_link *)(uintptr_t)p->conformances)[k].to = label[p->conformances[k].to];
		shuffle(w, p->socs, p->soc_count, sizeof(tg_build_link), NULL);
		shuffle(w, p->conformances, p->conformance_count, sizeof(tg_build_link), NULL);
	}
	free(soc);
	free(label);
	free(note);
}

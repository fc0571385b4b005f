/* SPDX-License-Identifier: Apache-2.0
 *
 * compile_special.c - stretches of days, roles and bundles to the builder's structs.
 *
 * A record that names a brand is resolved to its products here, so that a station compares numbers only.
 */
#include "sync/hq/compile_special.h"

#include "sync/hq/against.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SHORTENED_ID_SIZE 24 /* "DSP-" and a GTIN */

struct pair { /* this stop stands against that product */
	uint32_t product, stop;
};

struct work {
	tg_build *build;
	tg_arena *arena;
	const tg_index *index;
	tg_build_stop *stops;
	size_t stop_count, stop_cap;
	struct pair *pairs;
	size_t pair_count, pair_cap;
	uint8_t *role;                   /* of each product */
	const tg_bundle_record **bundle; /* of each product; NULL: none */
	bool failed;
};

static void add_pair(struct work *w, size_t product, size_t stop)
{
	struct pair *grown = tg_array_grow(w->pairs, w->pair_count, &w->pair_cap, sizeof(*grown));

	if (grown == NULL) {
		w->failed = true;
		return;
	}
	w->pairs = grown;
	grown[w->pair_count++] = (struct pair){ (uint32_t)product, (uint32_t)stop };
}

/* ---- stops ---- */

static const tg_build_range *build_units(struct work *w, const tg_batch_range *units, size_t n)
{
	tg_build_range *ranges = tg_arena_alloc(w->arena, n, sizeof(*ranges));

	for (size_t i = 0; ranges != NULL && i < n; i++)
		ranges[i] = (tg_build_range){ units[i].from, units[i].to };
	return ranges;
}

/* Returns the number of the stop. */
static size_t add_stop(struct work *w, const char *id, const tg_stretch *stretch, const tg_reach *reach)
{
	tg_build_stop *grown = tg_array_grow(w->stops, w->stop_count, &w->stop_cap, sizeof(*grown));
	tg_build_stop stop = { .id = id,
		.kind = stretch->kind,
		.flags = stretch->flags,
		.from = stretch->from,
		.to = stretch->to };

	if (grown == NULL) {
		w->failed = true;
		return 0;
	}
	w->stops = grown;
	if (reach != NULL) {
		stop.batches = build_units(w, reach->batches, reach->batch_count);
		stop.batch_count = reach->batch_count;
		stop.serials = build_units(w, reach->serials, reach->serial_count);
		stop.serial_count = reach->serial_count;
	}
	grown[w->stop_count] = stop;
	return w->stop_count++;
}

/* The stops that one record gives stand together. */
struct given {
	struct work *work;
	size_t first, count;
};

static bool add_pairs(void *context, size_t product)
{
	struct given *g = context;

	for (size_t i = 0; i < g->count && !g->work->failed; i++)
		add_pair(g->work, product, g->first + i);
	return !g->work->failed;
}

static void add_record(
	struct work *w, const char *id, const tg_stretch *stretches, size_t n, const tg_reach *reach)
{
	struct given given = { w, w->stop_count, n };

	for (size_t i = 0; i < n && !w->failed; i++)
		(void)add_stop(w, id, &stretches[i], reach);
	if (n > 0 && !w->failed)
		tg_reach_each(w->index, reach, add_pairs, &given);
}

static void add_records(struct work *w)
{
	const tg_records *r = w->index->records;
	tg_stretch out[TG_AGAINST_OF_ONE];

	for (size_t i = 0; i < r->failure_count; i++)
		add_record(w, r->failures[i].id, out, tg_against_failure(out, &r->failures[i]),
			&r->failures[i].reach);
	for (size_t i = 0; i < r->notice_count; i++)
		add_record(w, r->notices[i].id, out, tg_against_notice(out, &r->notices[i]),
			&r->notices[i].reach);
	for (size_t i = 0; i < r->publication_count; i++)
		add_record(w, r->publications[i].id, out, tg_against_publication(out, &r->publications[i]),
			&r->publications[i].reach);
}

static void add_shortenings(struct work *w)
{
	for (size_t i = 0; i < w->index->product_count && !w->failed; i++) {
		const tg_product_record *p = w->index->products[i].record;
		tg_stretch out[TG_AGAINST_OF_ONE];
		char id[SHORTENED_ID_SIZE];

		if (p->capture_count == 0 ||
			tg_against_shortening(out, p, tg_against_soc_end(w->index, i)) == 0)
			continue;
		(void)snprintf(id, sizeof(id), "DSP-%014" PRIu64, p->gtin);
		add_pair(w, i, add_stop(w, tg_arena_text(w->arena, id), &out[0], NULL));
	}
}

/* ---- roles and bundles ---- */

struct role {
	uint8_t *of; /* of each product */
	uint8_t role;
};

static bool set_role(void *context, size_t product)
{
	const struct role *role = context;

	role->of[product] = role->role;
	return true;
}

static void add_roles(struct work *w)
{
	for (size_t i = 0; i < w->index->records->role_count; i++) {
		const tg_role_record *record = &w->index->records->roles[i];
		struct role role = { w->role, record->role };

		tg_reach_each(w->index, &record->reach, set_role, &role);
	}
}

static void add_bundles(struct work *w)
{
	const tg_records *r = w->index->records;

	for (size_t i = 0; i < r->bundle_count; i++) {
		size_t product = tg_index_find(w->index, r->bundles[i].gtin);

		if (product != TG_INDEX_NONE)
			w->bundle[product] = &r->bundles[i];
	}
}

/* ---- the records of products ---- */

static int by_pair(const void *left, const void *right)
{
	const struct pair *a = left, *b = right;

	if (a->product != b->product)
		return a->product < b->product ? -1 : 1;
	return (a->stop > b->stop) - (a->stop < b->stop);
}

static void settle_pairs(struct work *w)
{
	size_t kept = 0;

	if (w->pair_count > 1)
		qsort(w->pairs, w->pair_count, sizeof(*w->pairs), by_pair);
	for (size_t i = 0; i < w->pair_count; i++)
		if (kept == 0 || by_pair(&w->pairs[kept - 1], &w->pairs[i]) != 0)
			w->pairs[kept++] = w->pairs[i];
	w->pair_count = kept;
}

static size_t count_special(const struct work *w)
{
	size_t count = 0, at = 0;

	for (size_t i = 0; i < w->index->product_count; i++) {
		bool stopped = at < w->pair_count && w->pairs[at].product == i;

		while (at < w->pair_count && w->pairs[at].product == i)
			at++;
		count += stopped || w->role[i] != 0 || w->bundle[i] != NULL;
	}
	return count;
}

static void put_specials(struct work *w)
{
	size_t count = count_special(w), at = 0, put = 0;
	tg_build_special *specials = tg_arena_alloc(w->arena, count, sizeof(*specials));
	uint32_t *numbers = tg_arena_alloc(w->arena, w->pair_count, sizeof(*numbers));

	for (size_t i = 0; specials != NULL && numbers != NULL && i < w->index->product_count; i++) {
		tg_build_special special = {
			.gtin = w->index->products[i].gtin, .role = w->role[i], .stops = numbers + at
		};

		for (; at < w->pair_count && w->pairs[at].product == i; at++) {
			numbers[at] = w->pairs[at].stop;
			special.stop_count++;
		}
		if (w->bundle[i] != NULL) {
			special.components = w->bundle[i]->components.list;
			special.component_count = w->bundle[i]->components.count;
		}
		if (special.stop_count > 0 || special.role != 0 || special.component_count > 0)
			specials[put++] = special;
	}
	w->build->specials = specials;
	w->build->special_count = put;
}

/* Stops that no product of ours is named by stay out: a station has no use for them. */
static void put_stops(struct work *w)
{
	tg_build_stop *stops = tg_arena_alloc(w->arena, w->stop_count, sizeof(*stops));
	uint32_t *number = tg_arena_alloc(w->arena, w->stop_count, sizeof(*number));
	size_t put = 0;

	if (stops == NULL || number == NULL)
		return;
	for (size_t i = 0; i < w->pair_count; i++)
		number[w->pairs[i].stop] = 1;
	for (size_t i = 0; i < w->stop_count; i++)
		if (number[i] != 0) {
			stops[put] = w->stops[i];
			number[i] = (uint32_t)put++;
		}
	for (size_t i = 0; i < w->pair_count; i++)
		w->pairs[i].stop = number[w->pairs[i].stop];
	w->build->stops = stops;
	w->build->stop_count = put;
}

int tg_compile_specials(tg_build *build, tg_arena *arena, const tg_index *index, tg_error *err)
{
	struct work w = { .build = build, .arena = arena, .index = index };

	w.role = tg_arena_alloc(arena, index->product_count, sizeof(*w.role));
	w.bundle = tg_arena_alloc(arena, index->product_count, sizeof(*w.bundle));
	if (!arena->failed) {
		add_records(&w);
		add_shortenings(&w);
		add_roles(&w);
		add_bundles(&w);
	}
	if (!w.failed && !arena->failed) {
		settle_pairs(&w);
		put_stops(&w);
		put_specials(&w);
	}
	free(w.stops);
	free(w.pairs);
	return w.failed || arena->failed ? tg_fail(err, TG_ENOMEM, "compiling the catalogue") : TG_OK;
}

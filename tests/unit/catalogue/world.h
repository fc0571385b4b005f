/* SPDX-License-Identifier: Apache-2.0
 *
 * world.h - a made-up catalogue of any size as plain arrays, and the image built from it, for tests and measurements.
 *
 * The same sizes and seed give the same records on every machine.
 */
#ifndef TG_TEST_WORLD_H
#define TG_TEST_WORLD_H

#include "store/catalogue/blocks.h"
#include "store/catalogue/build.h"

typedef struct world {
	tg_build build;
	uint64_t random; /* state of the generator */
	tg_build_product *products;
	tg_build_soc *socs;
	tg_build_conformance *conformances;
	tg_build_note *notes;
	tg_build_pack *packs;
	tg_build_in_store *in_store;
	tg_build_link *links; /* all products' links, one after another */
	char **texts;
	size_t text_count, text_room;
} world;

/** `n` products, `socs` SoCs, a twentieth as many packs, some notes and labels. Aborts when memory is gone. */
void world_init(world *w, size_t n, size_t socs, uint64_t seed);
void world_fini(world *w);

/** Shuffle every list and every list in it; indexes follow. */
void world_shuffle(world *w, uint64_t seed);

uint64_t world_random(world *w);
/** A text kept until world_fini. */
const char *world_text(world *w, const char *fmt, ...) TG_PRINTF(2, 3);

/** GTIN number `i` of the world: prefix 952, so no company's; check digit right. */
uint64_t world_gtin(size_t i);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * world.h - a catalogue image in a temporary file, opened as a station opens it: with signed block hashes.
 */
#ifndef TESTS_GATE_WORLD_H
#define TESTS_GATE_WORLD_H

#include "store/catalogue/build.h"

#define TODAY 20780 /* 2026-11-23 */

typedef struct world {
	char path[64];
	tg_buf blocks;
	tg_catalogue *cat;
} world;

/* Both end the test run on any failure. */
void world_open(world *w, const tg_build *build);
void world_close(world *w);

/* Open the same file again as it is now, against the hashes of what was built. NULL if that is refused. */
tg_catalogue *world_reopen(const world *w);

#endif

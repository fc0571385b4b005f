/* SPDX-License-Identifier: Apache-2.0
 *
 * compile_drill.h - the test products, which are in every catalogue, to the builder's structs.
 */
#ifndef TG_HQ_COMPILE_DRILL_H
#define TG_HQ_COMPILE_DRILL_H

#include "store/catalogue/build.h"
#include "sync/hq/arena.h"

#define TG_DRILL_NOTE "tillgate-drill" /* the scope note of all of them; their statements are "tillgate-drill-…" */

/** Adds the test products of plugin/gate/drill.h behind what is there. Out of memory: `arena->failed`. */
void tg_compile_drills(tg_build *build, tg_arena *arena);

#endif

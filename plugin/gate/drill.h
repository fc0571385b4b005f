/* SPDX-License-Identifier: Apache-2.0
 *
 * drill.h - the test products: reserved example numbers in every catalogue, one for each outcome, so that a shop can prove its till blocks.
 *
 * Prefix 952 is GS1's for examples: no product carries it. Head office puts the records in (sync/hq), the station marks the checks.
 */
#ifndef TG_GATE_DRILL_H
#define TG_GATE_DRILL_H

#include "plugin/gate/verdict.h"

/** The reserved numbers: 9529990000000 to 9529990009999. Records that use others of them are refused by lint. */
#define TG_DRILL_FIRST UINT64_C(9529990000000)
#define TG_DRILL_LAST UINT64_C(9529990009999)

enum { TG_DRILL_ALLOW = 0, TG_DRILL_NOTICE, TG_DRILL_HOLD, TG_DRILL_BLOCK, TG_DRILL_UNKNOWN, TG_DRILL_COUNT };

typedef struct tg_drill {
	const char *word;   /**< "allow", "notice", "hold", "block", "unknown" */
	const char *digits; /**< the EAN-13 */
	uint64_t gtin;
	tg_outcome outcome; /**< at sale, in Great Britain, of a new unit to a consumer */
	const char *code;   /**< and why */
	const char *name;   /**< of the product in the catalogue */
} tg_drill;

/** In the order of TG_DRILL_…; the last is in no catalogue. */
extern const tg_drill tg_drills[TG_DRILL_COUNT];

/** One of the reserved numbers, or a case of them. */
bool tg_is_drill(uint64_t gtin);

#endif

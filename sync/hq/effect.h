/* SPDX-License-Identifier: Apache-2.0
 *
 * effect.h - what a record of what stands against products does at the gate, day by day: the gate itself is asked.
 *
 * The stretches are those of against.h, which compile.c puts into the image; the answers are those of plugin/gate over the present
 * records (present.h). There is no second reading of the law here. Pure but for reads of the mapped image.
 */
#ifndef TG_HQ_EFFECT_H
#define TG_HQ_EFFECT_H

#include "plugin/gate/verdict.h"
#include "sync/hq/against.h"
#include "sync/hq/present.h"

#define TG_EFFECT_ROWS_MAX (2 * TG_AGAINST_OF_ONE + 1) /* stretches, and the days between and after them */

/** What the gate says from one day to another. */
typedef struct tg_effect_row {
	int32_t from, to;                      /**< both inclusive; `to` TG_DAY_NONE: from then on */
	const char *stands;                    /**< what of the record stands then, in words; "nothing" */
	tg_outcome outcome[TG_OP_COUNT];
	const char *row[TG_OP_COUNT];          /**< which row of the table decided */
	bool could_not_check;
} tg_effect_row;

/** A unit to ask about: a product, and the batch that it is of ("" unknown). */
typedef struct tg_effect_unit {
	uint64_t gtin;
	const char *batch, *serial;
} tg_effect_unit;

/** Rows in the order of days, from the first day on which anything stands; how many. */
size_t tg_effect_of(tg_effect_row out[TG_EFFECT_ROWS_MAX], const tg_stretch *stretches, size_t count,
	const tg_present *present, const tg_effect_unit *unit);

/** The same of one day. */
void tg_effect_on(tg_effect_row *out, int32_t day, const tg_present *present, const tg_effect_unit *unit);

/** What a stretch is, in words: "stop notice in effect". Static. */
const char *tg_stretch_words(const tg_stretch *stretch);

/** A unit that the reach names: its first product, and the first batch or serial that it is limited to. False: it names no product. */
bool tg_effect_unit_of(tg_effect_unit *out, const tg_index *index, const tg_reach *reach);

#endif

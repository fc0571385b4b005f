/* SPDX-License-Identifier: Apache-2.0
 *
 * defects.h - what a statement of compliance lacks, by the codes D01 to D19.
 *
 * Pure: no I/O, no clock; `today` is passed. Lint and compile ask the same function, so that what is reported
 * is what is withheld.
 * Source: PSTI Act 2022 s. 9(3); SI 2023/1007 Schedule 4 paragraph 1.
 */
#ifndef TG_HQ_DEFECTS_H
#define TG_HQ_DEFECTS_H

#include "sync/hq/records.h"

/** Told of each defect. `field` and `words` are static. */
typedef void tg_defect_sink(void *ctx, int defect, const char *field, const char *words);

/**
 * The defects that the statement shows by itself: D01, D02, D03 (no type at all), D04, D06 to D13, D15, D18;
 * as bits of TG_DEFECT(n). `sink` may be NULL. Not here, because they need the unit or other records: D03
 * (type of the product), D05, D14, D16, D17, D19.
 */
uint32_t tg_soc_defects(const tg_soc_record *soc, int32_t today, tg_defect_sink *sink, void *ctx);

/** What the paper really is, for the image: TG_DOCUMENT_…; D01 makes it none. */
uint8_t tg_soc_document(const tg_soc_record *soc, uint32_t defects);

/** Is the product's type among the statement's types? Exact: nothing is guessed. */
bool tg_soc_covers_type(const tg_soc_record *soc, const char *type);

/** Are scheme, version and level of the label among those that Schedule 2A names? */
bool tg_label_qualifies(const tg_label_record *label);

/** Is the product's type among the label's models? */
bool tg_label_covers_model(const tg_label_record *label, const char *type);

#endif

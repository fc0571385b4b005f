/* SPDX-License-Identifier: Apache-2.0
 *
 * explain.h - why each row of the table hit or did not: for people who ask, never on the way to a verdict.
 *
 * Pure as verdict.h. The reasons are not written down a second time beside the rows: each fact of the case is turned round by itself,
 * and those that change a row's mind are its reasons. So they cannot say anything else than the rows do.
 */
#ifndef TG_GATE_EXPLAIN_H
#define TG_GATE_EXPLAIN_H

#include "plugin/gate/verdict.h"

#define TG_EXPLAIN_REASONS_MAX 10 /* of one row; the longest condition looks at eight facts */
#define TG_EXPLAIN_TEXT 72        /* bytes of a reason, with terminator */
#define TG_EXPLAIN_SOCS_MAX 64    /* statements looked at; a product has one or two */
#define TG_EXPLAIN_GROUNDS_MAX 9

typedef struct tg_explained_row {
	bool hit, off;
	uint8_t off_by;     /**< the row that switched it off */
	tg_outcome outcome; /**< its own, in this operation; what it counts for if it hit and is on */
	/** Hit: what holds; each alone would have kept it from hitting. Else: what, each alone, would have made it hit. */
	char reasons[TG_EXPLAIN_REASONS_MAX][TG_EXPLAIN_TEXT];
	size_t reason_count;
} tg_explained_row;

typedef struct tg_explained_soc {
	const char *grounds[TG_EXPLAIN_GROUNDS_MAX]; /**< why it does not answer; none: it does. Static */
	size_t ground_count;
} tg_explained_soc;

/** About 50 kB: not for a stack. */
typedef struct tg_explanation {
	tg_verdict verdict; /**< exactly that of tg_gate_decide() */
	bool has_rows;      /**< false: the label identifies no product, or nothing trusted can be read: no row was asked */
	tg_explained_row rows[TG_ROWS_MAX];
	tg_explained_soc socs[TG_EXPLAIN_SOCS_MAX]; /**< by tg_catalogue_soc's number */
	size_t soc_count;
} tg_explanation;

/** Errors: none escapes; as tg_gate_decide(). */
void tg_gate_explain(tg_explanation *out, const tg_catalogue *cat, const tg_policy *policy, const tg_identity *identity,
	const tg_occasion *occasion, tg_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * diff.h - what goes from one image to another, in words, and what it means at a till: verdict before and after, ranked.
 *
 * Pure: two images, one policy, a day, and perhaps sales in; a report out. The gate decides (at_sale.h). One policy judges both, so
 * that what is told is what the catalogue changes.
 */
#ifndef TG_HQ_DIFF_H
#define TG_HQ_DIFF_H

#include "store/base/json.h"
#include "sync/hq/at_sale.h"
#include "sync/hq/portrait.h"

#include <stdio.h>

typedef enum { TG_DIFF_PRODUCT, TG_DIFF_PACK, TG_DIFF_IN_STORE } tg_diff_kind;
typedef enum { TG_DIFF_WITHHELD, TG_DIFF_RELEASED, TG_DIFF_ROW, TG_DIFF_SAME } tg_diff_effect; /* ranked so */
typedef enum { TG_DIFF_ADDED, TG_DIFF_REMOVED, TG_DIFF_CHANGED } tg_diff_what;

typedef struct tg_diff_side { /* at an ordinary sale */
	bool withheld;
	tg_outcome outcome;
	const char *row, *code; /**< static */
} tg_diff_side;

typedef struct tg_diff_item {
	tg_diff_kind kind;
	tg_diff_what what;
	tg_diff_effect effect;
	uint64_t number, to; /**< a GTIN; of in-store numbers the first and the last */
	const char *name;
	tg_diff_side before, after;
	const char **changes; /**< in words; the report's arena */
	size_t change_count;
	int64_t units; /**< of the sales given */
} tg_diff_item;

/** Zero-initialise. */
typedef struct tg_diff {
	tg_arena arena;
	tg_diff_item *items; /**< newly withheld first, of those the most sold; then newly released, other verdicts, the rest */
	size_t count, cap;
	uint64_t version_before, version_after; /**< 0: of the records as they are now */
	size_t unchanged; /**< products of whom both say the same */
	size_t counts[3][4]; /**< by what and effect */
	bool with_sales;
	size_t scanned_numbers;   /**< of the sales given */
	int64_t scanned_units;
	size_t withheld_numbers; /**< of those: newly withheld */
	int64_t withheld_units;
} tg_diff;

typedef struct tg_diff_ask {
	const tg_catalogue *before, *after;
	const tg_catalogue *records; /**< the one of the two that was made of the records now, and has no version; or NULL */
	const tg_policy *policy;
	const tg_sales *sales; /**< or NULL */
	int32_t today;
	void (*progress)(void *ctx, const char *what, size_t done, size_t total); /**< may be NULL */
	void *progress_ctx;
} tg_diff_ask;

/** Ownership: tg_diff_fini(), also after an error. Errors: those of catalogue.h (an image that is damaged), TG_ENOMEM. */
TG_NODISCARD int tg_diff_make(tg_diff *out, const tg_diff_ask *ask, tg_error *err);
void tg_diff_fini(tg_diff *diff);

/** For people: at most `top` of each kind of effect. */
void tg_diff_print(FILE *out, const tg_diff *diff, size_t top);
/** All of it, for programs. The caller frees it. */
tg_json *tg_diff_json(const tg_diff *diff);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * coverage.h - of what was scanned lately: what enforcing today would withhold and why, what has no answer yet, and which note would
 * answer most of it at once.
 *
 * Pure: an image, a policy and sales in, a report out. The gate decides (at_sale.h); this only adds up.
 */
#ifndef TG_HQ_COVERAGE_H
#define TG_HQ_COVERAGE_H

#include "store/base/json.h"
#include "sync/hq/at_sale.h"
#include "sync/hq/index.h"

#include <stdio.h>

/*
 * Fewer units than this of a million withheld for want of an answer: 0.03 %. A withholding for want of a statement is what the gate is
 * for; one because nobody has looked at the product yet is, of most shops' goods, a false block.
 */
#define TG_COVERAGE_AIM_PPM 300

#define TG_COVERAGE_GROUPS_MAX 10 /* notes that are proposed */
#define TG_COVERAGE_PREFIX_DIGITS 7 /* shortest prefix proposed: of the shortest company prefixes in use */

typedef struct tg_coverage_code { /* withheld, by the row that decided */
	const char *row, *code; /**< static */
	int64_t units;
	size_t numbers;
} tg_coverage_code;

typedef struct tg_coverage_open { /* a number without an answer */
	const tg_sale *sale;
	const char *name, *category; /**< of its product record; "" */
	uint64_t gtin; /**< that an answer is missing for: inside the pack, or the component; an in-store number as it is */
	bool listed;   /**< there is a product record */
	bool expired;  /**< there is a note, but its review is overdue */
	bool in_store;
} tg_coverage_open;

typedef enum { TG_COVERAGE_CATEGORY, TG_COVERAGE_PREFIX, TG_COVERAGE_IN_STORE } tg_coverage_by;

typedef struct tg_coverage_group { /* what one class note would answer */
	tg_coverage_by by;
	char text[256]; /**< category, prefix, or the first digits of the in-store numbers */
	int64_t units;
	size_t numbers;
	size_t unlisted; /**< of them without a product record: a note answers for listed products only */
} tg_coverage_group;

/** Zero-initialise. */
typedef struct tg_coverage {
	int64_t units, withheld_units, unanswered_units; /**< unanswered: withheld for want of an answer */
	size_t numbers, withheld_numbers;
	tg_coverage_code codes[TG_ROWS_MAX + 8];
	size_t code_count;
	tg_coverage_open *open; /**< the most units first */
	size_t open_count, open_cap;
	size_t unlisted_numbers;
	int64_t unlisted_units;
	tg_coverage_group groups[TG_COVERAGE_GROUPS_MAX]; /**< the most units first; they overlap */
	size_t group_count;
} tg_coverage;

typedef struct tg_coverage_ask {
	const tg_catalogue *cat;
	const tg_policy *policy;
	const tg_index *index; /**< of the same records, for names and categories; outlives the report */
	const tg_sales *sales; /**< outlives the report */
	int32_t today;
} tg_coverage_ask;

/** Ownership: tg_coverage_fini(), also after an error. Errors: TG_ENOMEM. */
TG_NODISCARD int tg_coverage_make(tg_coverage *out, const tg_coverage_ask *ask, tg_error *err);
void tg_coverage_fini(tg_coverage *coverage);

/** Is the aim reached? Under it, not at it; not without a unit. */
bool tg_coverage_reached(const tg_coverage *coverage);

/** For people; `top` numbers without an answer. */
void tg_coverage_print(FILE *out, const tg_coverage *coverage, const tg_sales *sales, size_t top);
/** The same for programs. The caller frees it. */
tg_json *tg_coverage_json(const tg_coverage *coverage, const tg_sales *sales, size_t top);

#endif

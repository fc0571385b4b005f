/* SPDX-License-Identifier: Apache-2.0
 *
 * sales.h - what a till or warehouse scanned or sold lately: numbers and how often, from a CSV file.
 *
 * Knows numbers and counts; knows nothing of records, images or the law.
 */
#ifndef TG_HQ_SALES_H
#define TG_HQ_SALES_H

#include "store/base/bytes.h"

#define TG_SALES_FILE_MAX (UINT64_C(1) << 30) /* bytes: 20 million lines take half of it */
#define TG_SALES_UNITS_MAX INT64_C(1000000000) /* of one line; as many lines as a CSV has never overflow the sum */
#define TG_SALES_BAD_MAX 1000                 /* bad lines that are kept; the rest is only counted */

/** One number as a scanner reads it, with everything that the file says of it added up. */
typedef struct tg_sale {
	uint64_t number;
	uint8_t digits; /**< 8, 12, 13 or 14: leading zeros are part of what is read */
	int64_t units;
	uint32_t lines;
} tg_sale;

typedef struct tg_sales_bad {
	uint32_t line;
	char words[160]; /**< what is wrong, and what to do */
} tg_sales_bad;

typedef struct tg_sales {
	tg_sale *list; /**< by number, then digits; each once */
	size_t count, cap;
	int64_t units;
	size_t lines; /**< good ones */
	tg_sales_bad *bad;
	size_t bad_kept, bad_cap;
	size_t bad_lines; /**< all of them */
} tg_sales;

typedef struct tg_sales_options {
	char separator;
	const char *number_column; /**< NULL: "gtin" */
	const char *count_column;  /**< NULL: "count" if there is one; else every line is one unit */
	void (*progress)(void *ctx, const char *what, size_t done, size_t total); /**< may be NULL; total 0: not known */
	void *progress_ctx;
} tg_sales_options;

/**
 * Read a file whose first line names the columns. A line with a number or count that is none is left out, and told of.
 * Ownership: tg_sales_fini(), also after an error.
 * Errors: TG_EINVAL (columns), TG_EFORMAT (no CSV, or no good line), TG_ELIMIT, TG_ENOTFOUND, TG_EIO, TG_ELENGTH, TG_ENOMEM.
 */
TG_NODISCARD int tg_sales_read(
	tg_sales *out, const char *path, const tg_sales_options *options, tg_error *err);
/** The same from text; `name` is for the words. Pure. */
TG_NODISCARD int tg_sales_parse(
	tg_sales *out, tg_view text, const char *name, const tg_sales_options *options, tg_error *err);
void tg_sales_fini(tg_sales *sales);

/** The number with its leading zeros. Returns `out`. */
const char *tg_sale_format(char out[15], const tg_sale *sale);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * print_part.h - what the papers share: names looked up, findings of lint, the law, products and values in words. Part of print.h.
 */
#ifndef TG_HQ_PRINT_PART_H
#define TG_HQ_PRINT_PART_H

#include "plugin/gate/label.h"
#include "store/catalogue/catalogue.h"
#include "sync/hq/print.h"

/** A set of sheets to come: numbers of records, each once, in the order in which they were asked for. Zero-initialise. */
typedef struct tg_print_set {
	size_t *list;
	size_t count, cap;
	bool failed; /* no memory */
} tg_print_set;
void tg_print__add(tg_print_set *set, size_t number);
/** The same for a number that cannot be in it yet. */
void tg_print__append(tg_print_set *set, size_t number);
void tg_print__set_fini(tg_print_set *set);

/** Number of the product of that GTIN, or of what is in that pack; TG_INDEX_NONE if the text is none of ours. */
size_t tg_print__product(const tg_print *print, const char *text);

void tg_print__refuse(tg_print *print, const char *name, const char *fmt, ...) TG_PRINTF(3, 4);

/** Several items as lines of one value, as far as a page takes them; the rest is counted. */
typedef struct tg_lines {
	tg_buf text;
	size_t count, left_out;
} tg_lines;
void tg_lines_init(tg_lines *lines);
void tg_lines_add(tg_lines *lines, const char *fmt, ...) TG_PRINTF(2, 3);
/** Borrowed until tg_lines_fini(). "" if nothing was added. */
const char *tg_lines_text(tg_lines *lines);
void tg_lines_fini(tg_lines *lines);

/** The findings of one record, as a stretch of print->findings. */
typedef struct tg_print_found {
	const tg_finding *list;
	size_t count;
} tg_print_found;
tg_print_found tg_print__found(const tg_print *print, tg_record_kind kind, uint32_t line);

/** The table that every paper of the office ends with: what lint says of these records. */
typedef struct tg_print_where {
	tg_record_kind kind;
	uint32_t line;
} tg_print_where;
void tg_print__findings(const tg_print *print, tg_page *page, const tg_print_where *where, size_t count);

/** Section "What this rests on": the law as read, and the records by file and line. */
void tg_print__grounds(const tg_print *print, tg_page *page, const tg_print_where *where, size_t count);

/** Section "Products": of the index. */
void tg_print__products(const tg_print *print, tg_page *page, const tg_print_set *products);

/** "a distributor" …, with the section of the Act. Static. */
const char *tg_print__role(uint8_t role);

/** "Brand Name", or what there is of it. Returns `out`. */
const char *tg_print__name(char out[2 * TG_RECORD_NAME_MAX + 2], const tg_product_record *product);

/** "23 November 2026", for sentences. Returns `out`. */
const char *tg_print__day(char out[32], int32_t day);

/** The end of support that customers are told: of the manufacturer's publications, else of others', else of the statement. */
typedef struct tg_support {
	int32_t end;        /**< TG_DAY_NONE: not known */
	int32_t as_of;      /**< the day it was seen; of a statement: of issue; TG_DAY_NONE */
	const char *source; /**< where; static or borrowed */
	bool statement, hearsay;
	bool shortened; /**< D16: an earlier end was published than was stated before */
} tg_support;
tg_support tg_print__support(const tg_print *print, size_t product);

#endif

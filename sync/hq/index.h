/* SPDX-License-Identifier: Apache-2.0
 *
 * index.h - which note answers for a product, and which statements and labels are filed for it.
 *
 * Built once, used by lint and compile, so that both see the same joins. Everything is sorted arrays and
 * binary search: a million records cost seconds, not hours. Knows how notes take precedence; judges nothing.
 */
#ifndef TG_HQ_INDEX_H
#define TG_HQ_INDEX_H

#include "sync/hq/records.h"

#define TG_INDEX_NONE SIZE_MAX

typedef struct tg_index_product {
	uint64_t gtin;
	const tg_product_record *record;
	const tg_note_record *note; /**< NULL: nobody assessed it */
	bool class_note;
	bool bundle;                /**< its components answer, no note */
} tg_index_product;

typedef struct tg_index_link {
	uint32_t product; /**< number in `products` */
	uint32_t to;      /**< number in records->socs or records->labels */
} tg_index_link;

typedef struct tg_index_links {
	tg_index_link *list; /**< by product, then by `to`; each pair once */
	size_t count;
	size_t *first; /**< product n has the links first[n] … first[n + 1] - 1 */
} tg_index_links;

typedef struct tg_index {
	const tg_records *records;
	tg_index_product *products; /**< by GTIN, each once (of duplicates the first line) */
	size_t product_count;
	tg_index_links socs, labels;
} tg_index;

/**
 * Join the records. Precedence of notes for one product: a scope note that names its GTIN; a class note that
 * does; the class note with the longest GTIN prefix; that of its brick; that of its category. Prefixes are matched on
 * the 13 digits after the indicator; 8-digit GTINs are a space of their own, that prefixes never match.
 *
 * Contradictions (a GTIN twice, two notes of equal rank for one product, names that lead nowhere) become
 * findings.
 * Ownership: tg_index_fini(), also after an error; `records` must outlive the index. Errors: TG_ENOMEM.
 */
TG_NODISCARD int tg_index_build(
	tg_index *out, const tg_records *records, tg_findings *findings, tg_error *err);
void tg_index_fini(tg_index *index);

/** Number of the product in `products`, or TG_INDEX_NONE. */
size_t tg_index_find(const tg_index *index, uint64_t gtin);

#endif

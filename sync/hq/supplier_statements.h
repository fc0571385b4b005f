/* SPDX-License-Identifier: Apache-2.0
 *
 * supplier_statements.h - what a supplier says of its products, read as the hostile text it may be.
 *
 * Pure: bytes in, statements and findings out. A line that is no good record, speaks of a product outside the registered prefix,
 * or states what only we can know, is refused by a finding and left out; the other lines stand. Nothing is mended in silence.
 * Knows the forms of tillgate-supplier(5); knows nothing of the network, of drafts or of our own records.
 */
#ifndef TG_HQ_SUPPLIER_STATEMENTS_H
#define TG_HQ_SUPPLIER_STATEMENTS_H

#include "sync/hq/records.h"
#include "sync/hq/supplier_prefix.h"

#define TG_STATEMENTS_FILE_MAX                                                                               \
	(32 << 20)              /* bytes of statements/PREFIX.jsonl; 10,000 statements of 2 KB take 20 MB */
#define TG_STATEMENTS_MAX 10000 /* lines of one such file: more drafts than two people could ever read */
#define TG_STATEMENTS_PRODUCTS_FILE_MAX (64 << 20) /* bytes of products/PREFIX.jsonl */
#define TG_STATEMENTS_PRODUCTS_MAX                                                                           \
	200000                  /* lines: a prefix of 8 digits has 10,000 numbers, one of 7 100,000 */
#define TG_STATEMENTS_ID_MAX 43 /* bytes of a statement's id: with "SUPPLIER." in front it has 64 */

/** One statement as the supplier gave it. All memory is the set's arena. */
typedef struct tg_statement {
	const char *id;
	const char *text;     /**< the record in RFC 8785 form */
	const char *document; /**< SHA-256 of its paper, hex, or "" */
	uint8_t status;       /**< TG_SOC_… */
	tg_gtins gtins;
	uint32_t line;
} tg_statement;

/** What the supplier calls one product. */
typedef struct tg_stated_product {
	uint64_t gtin;
	const char *text; /**< the record in RFC 8785 form: gtin, name, brand, manufacturer, type */
	uint32_t line;
} tg_stated_product;

/** Zero-initialise. */
typedef struct tg_statements {
	tg_arena arena;
	tg_statement *list; /**< by id, each once */
	size_t count, cap;
	tg_stated_product *products; /**< by GTIN, each once */
	size_t product_count, product_cap;
	size_t lines, refused; /**< of both files */
	size_t refused_statements;
} tg_statements;

void tg_statements_fini(tg_statements *statements);

/**
 * Read statements/PREFIX.jsonl (once for a set). `name` is static or outlives the findings.
 * Findings: those of records, and foreign-gtin, not-theirs, hidden-character, no-gtins, id-too-long, duplicate-id.
 * Errors: TG_ENOMEM; TG_ELIMIT more lines than TG_STATEMENTS_MAX: then none is taken.
 */
TG_NODISCARD int tg_statements_read(tg_statements *out, tg_findings *findings, const tg_prefix *prefix,
	tg_view text, const char *name, tg_error *err);
/** Read products/PREFIX.jsonl. As above. */
TG_NODISCARD int tg_statements_read_products(tg_statements *out, tg_findings *findings,
	const tg_prefix *prefix, tg_view text, const char *name, tg_error *err);

/** NULL if the supplier describes no such product. */
const tg_stated_product *tg_statements_product(const tg_statements *statements, uint64_t gtin);
/** NULL if there is no such statement. */
const tg_statement *tg_statements_find(const tg_statements *statements, const char *id);

#endif

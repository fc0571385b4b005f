/* SPDX-License-Identifier: Apache-2.0
 *
 * print.h - the papers that the regulator's guidance names, made from the records: product-scope note, pack of a statement, request for
 * a supplier's attestation, notice of the support period for customers.
 *
 * Pure: records, what lint says of them, and a day in; a page (page.h) out. Nothing is judged here that lint or compile do not judge;
 * what a record does not say is said to be missing. Source: PSTI Act 2022 Part 1; SI 2023/1007.
 */
#ifndef TG_HQ_PRINT_H
#define TG_HQ_PRINT_H

#include "sync/hq/index.h"
#include "sync/hq/page.h"
#include "sync/hq/supplier.h"

#define TG_PRINT_SHEETS_MAX                                                                                  \
	1000                  /* of one document: nobody reads more, and a browser prints no more in one go */
#define TG_PRINT_ROWS_MAX 500 /* products listed on one sheet; the rest is counted */

/** What papers are made from. Zero-initialise, set the members up to `refuse_ctx`, then tg_print_open(). All borrowed; one thread. */
typedef struct tg_print {
	const tg_index *index;
	const tg_findings *findings;  /**< of lint, sorted, of the same records and day */
	const tg_supplier *suppliers; /**< registered ones; their prefixes say whom to ask */
	size_t supplier_count;
	const char *owner; /**< the trader */
	int32_t today;
	void (*refuse)(void *ctx, const char *name,
		const char *words); /**< a name that cannot be printed, and what to do */
	void *refuse_ctx;
	/* ours */
	uint8_t *roles; /**< TG_ROLE_… of each product of the index */
	size_t refused;
} tg_print;

/** Errors: TG_ENOMEM. */
TG_NODISCARD int tg_print_open(tg_print *print, tg_error *err);
void tg_print_close(tg_print *print);

/** What to print. All borrowed. */
typedef struct tg_print_ask {
	const char *const *names; /**< ids and GTINs; what they may be is said at each paper */
	size_t count;
	bool all;            /**< of every record, instead of names */
	bool together;       /**< support notice: all products on one sheet */
	int32_t reply_by;    /**< attestation: answer wanted by this day */
	const char *contact; /**< attestation: where to answer; "" */
} tg_print_ask;

/*
 * Each gives a page, which the caller frees; NULL without memory. What cannot be printed is told to `refuse` and left out; a page
 * without sheets must not be written. More than TG_PRINT_SHEETS_MAX is refused as a whole.
 */

/** Names: ids of scope and class notes; GTINs, for the note that answers for the product. */
tg_page *tg_print_scope_note(tg_print *print, const tg_print_ask *ask);
/** Names: ids of statements and labels; GTINs, for what is filed for the product. */
tg_page *tg_print_soc_pack(tg_print *print, const tg_print_ask *ask);
/** Names: ids or names of suppliers, for their products that lack something; GTINs. One sheet for each supplier. */
tg_page *tg_print_attestation(tg_print *print, const tg_print_ask *ask);
/** Names: GTINs; ids of statements, for the products that they are filed for. Products in scope only. */
tg_page *tg_print_support(tg_print *print, const tg_print_ask *ask);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * failure_letters.h - what the law asks us to tell others of a compliance failure, as documents (page.h).
 *
 * Content: PSTI Act 2022 s. 25(9) and (10) for a distributor, s. 19(8) and (9) for an importer, s. 11(6) and (7) for a manufacturer.
 * Nothing is sent by us: people send, and record that they did. Pure.
 */
#ifndef TG_HQ_FAILURE_LETTERS_H
#define TG_HQ_FAILURE_LETTERS_H

#include "sync/hq/despatch.h"
#include "sync/hq/failure_case.h"
#include "sync/hq/page.h"

#define TG_LETTER_PRODUCTS_MAX 1000 /* named in one letter; a failure of a whole brand says how many more there are */

typedef enum {
	TG_LETTER_MANUFACTURER,
	TG_LETTER_AUTHORITY,
	TG_LETTER_SUPPLIER,
	TG_LETTER_DOWNSTREAM, /* an importer or distributor whom we supplied */
	TG_LETTERS
} tg_letter_kind;
extern const char *const tg_letter_words[TG_LETTERS]; /* "manufacturer" "authority" "supplier" "downstream" */

/** All borrowed. */
typedef struct tg_letter {
	tg_letter_kind kind;
	const tg_failure_case *failure;
	const char *owner;   /**< the trader, from hq.json */
	const char *sender;  /**< name and address to answer to; "" leaves a line to fill in */
	const char *to;      /**< "" leaves a line to fill in */
	const char *address; /**< may be "" */
	int32_t made;
	const tg_product_record *const *products;
	size_t product_count;
	const tg_reach *reach; /**< of the record: which units */
	const tg_despatch_line *lines; /**< downstream: what this recipient got from us */
	size_t line_count;
	size_t recipients; /**< authority: how many we supplied, by the despatch file */
	bool has_despatch; /**< there was such a file */
} tg_letter;

/** Is our role asked for such a letter at all? */
bool tg_letter_asked(tg_letter_kind kind, tg_failure_role role);

/** The caller frees it; NULL without memory. */
tg_page *tg_letter_page(const tg_letter *letter);

#endif

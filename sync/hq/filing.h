/* SPDX-License-Identifier: Apache-2.0
 *
 * filing.h - what an approved draft makes of our records: the change in words, what lint says of it, and the change itself.
 *
 * Knows which members of a record are a supplier's and which are ours: an approval takes over the one, keeps or voids the other.
 * Knows nothing of the network or of who approves.
 */
#ifndef TG_HQ_FILING_H
#define TG_HQ_FILING_H

#include "sync/hq/drafts.h"
#include "sync/hq/lint.h"
#include "sync/hq/record_put.h"

#include <stdio.h>

typedef struct tg_filing {
	const tg_draft *draft;
	tg_record_line soc;
	tg_record_line *products;
	size_t product_count;
	char paper[4096];       /**< the document's file in HQ/suppliers, or "" if it was not fetched */
	const char *paper_type; /**< "pdf" …; static */
	char paper_sha256
		[TG_HASH_TEXT_SIZE]; /**< what the statement says its document is; "" if it says nothing */
} tg_filing;

/**
 * Compare the draft with the records as they are.
 * Errors: TG_ESTATE the supplier or the prefix is no longer registered, a GTIN is outside it, or what is on file is not what the
 * draft was made against ("import again"); TG_EFORMAT records that cannot be read.
 * Ownership: tg_filing_fini(), also after an error. `draft` is borrowed.
 */
TG_NODISCARD int tg_filing_plan(tg_filing *out, const tg_site *site, const tg_draft *draft, tg_error *err);
void tg_filing_fini(tg_filing *filing);

/** "status: current -> withdrawn", one line a change, two blanks in front; hostile characters are made plain. */
void tg_filing_print(FILE *out, const tg_filing *filing);

/** What lint says of the lines that would change, with all records as they would then be. Reads them all. */
TG_NODISCARD int tg_filing_lint(
	tg_findings *findings, const tg_filing *filing, const tg_site *site, int32_t today, tg_error *err);

/**
 * Change the records: products first, then the statement, each file whole; order and the other lines stay as they are. What was
 * done already is not done twice. The record's `source` names who signed and who approved.
 */
TG_NODISCARD int tg_filing_write(const tg_filing *filing, const tg_site *site, tg_error *err);

/** A record's text without what is ours in it, under the id that the supplier gave it; NULL if it is no record of `supplier`. */
tg_json *tg_statement_of_record(const tg_json *record, const char *supplier);
/** SHA-256 of a statement in RFC 8785 form, hex. */
TG_NODISCARD int tg_statement_hash(char out[TG_HASH_TEXT_SIZE], const tg_json *statement, tg_error *err);

/** Where the paper with that hash is, and its type; false if it was not fetched. */
bool tg_supplier_paper(
	char path[4096], const char **type, const tg_site *site, const char *supplier, const char *sha256);

#endif

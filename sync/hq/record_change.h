/* SPDX-License-Identifier: Apache-2.0
 *
 * record_change.h - one record changed or added: what lint says of it among all the others, and the change itself.
 *
 * For records with an id. Callers hold the site's lock when they write.
 */
#ifndef TG_HQ_RECORD_CHANGE_H
#define TG_HQ_RECORD_CHANGE_H

#include "sync/hq/lint.h"
#include "sync/hq/site.h"

/** What the change would mean. */
typedef struct tg_record_judgement {
	bool done;
	tg_findings own; /**< of the record itself */
	size_t errors_elsewhere; /**< of others: with them nothing is published, whatever this one says */
	size_t products;         /**< that it names */
	unsigned roles;          /**< bit n: for some of them our role is TG_ROLE_… n of catalogue.h */
} tg_record_judgement;

void tg_record_judgement_fini(tg_record_judgement *judgement);

/**
 * Judge `record` as if it were in its place. Reads all records.
 * Errors: TG_EFORMAT it is no record (see the findings); TG_ESTATE it would be an error (the same); TG_EIO, TG_ENOMEM, TG_ELENGTH.
 * Ownership: tg_record_judgement_fini(), also after an error. Zero-initialise.
 */
TG_NODISCARD int tg_record_change_judge(tg_record_judgement *out, const tg_site *site, tg_record_kind kind,
	const tg_json *record, int32_t today, bool quiet, tg_error *err);

/** Put it into its place; what is there already is not written again. Errors: those of record_put.h. */
TG_NODISCARD int tg_record_change_write(const tg_site *site, tg_record_kind kind, const tg_json *record, tg_error *err);

/** Is exactly this record in its place? Errors: TG_EFORMAT, TG_EIO, TG_ENOMEM. */
TG_NODISCARD int tg_record_is_put(bool *out, const tg_site *site, tg_record_kind kind, const tg_json *record, tg_error *err);

/** The record with that id, NULL if there is none. The caller frees `*out`. */
TG_NODISCARD int tg_record_find(
	tg_json **out, const tg_site *site, tg_record_kind kind, const char *id, tg_error *err);

#endif

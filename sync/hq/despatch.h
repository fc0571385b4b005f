/* SPDX-License-Identifier: Apache-2.0
 *
 * despatch.h - whom we supplied with what, from a CSV file of despatch notes or sales to traders.
 *
 * Columns: gtin and to (needed); address, batch, units, date, relation. Knows rows and who got what; which products are asked for is
 * the caller's. What is in the file stays in memory: nothing of it goes into casework or the records.
 */
#ifndef TG_HQ_DESPATCH_H
#define TG_HQ_DESPATCH_H

#include "sync/hq/records.h"

#define TG_DESPATCH_FILE_MAX (UINT64_C(1) << 30) /* bytes: 20 million lines take half of it */
#define TG_DESPATCH_KEPT_MAX 1000000             /* lines about the products asked for */
#define TG_DESPATCH_TEXT_MAX 512                 /* bytes of a name or an address */
#define TG_DESPATCH_UNITS_MAX INT64_C(1000000000) /* of one line, as for sales; more is another column */

enum { TG_DESPATCH_GTIN, TG_DESPATCH_TO, TG_DESPATCH_ADDRESS, TG_DESPATCH_BATCH, TG_DESPATCH_UNITS, TG_DESPATCH_DATE, TG_DESPATCH_RELATION,
	TG_DESPATCH_FIELDS };
extern const char *const tg_despatch_fields[TG_DESPATCH_FIELDS + 1];

/** One line about a product asked for. Texts are never NULL; hostile characters are still in them (page.h makes them plain). */
typedef struct tg_despatch_line {
	uint32_t line;
	uint64_t gtin;
	const char *to, *address, *batch;
	int64_t units; /**< -1: not said */
	int32_t day;   /**< TG_DAY_NONE: not said */
} tg_despatch_line;

typedef struct tg_despatch {
	tg_arena arena;
	tg_despatch_line *lines; /**< by `to`, then GTIN, then line */
	size_t count, cap;
	size_t read;      /**< rows in the file */
	size_t others;    /**< about these products, but to a customer by the column "relation" */
	size_t unsure;    /**< of those about these products: the column says neither customer nor trader; taken as traders */
	size_t outside;   /**< of a batch that is outside of those asked for */
	size_t no_batch;  /**< of those kept: the batch is not said, though only some are asked for */
	size_t bad;       /**< rows that could not be read; the first is told of in `bad_words` */
	char bad_words[200];
	bool has_relation, has_batch;
} tg_despatch;

/** What is asked for. Borrowed. */
typedef struct tg_despatch_ask {
	const uint64_t *gtins; /**< sorted */
	size_t gtin_count;
	const tg_batch_range *batches; /**< none: every batch */
	size_t batch_count;
	char separator;
	const char *columns[TG_DESPATCH_FIELDS]; /**< names of columns; NULL: as tg_despatch_fields says */
} tg_despatch_ask;

/**
 * Whoever the column "relation" calls customer, consumer or end user is left out; all others are kept, for section 25(7)(b) asks for a
 * notice to each importer and distributor, by whatever name.
 * Ownership: tg_despatch_fini(), also after an error.
 * Errors: TG_EINVAL columns; TG_EFORMAT no CSV; TG_ELIMIT; TG_ENOTFOUND, TG_EIO, TG_ELENGTH, TG_ENOMEM.
 */
TG_NODISCARD int tg_despatch_read(tg_despatch *out, const char *path, const tg_despatch_ask *ask, tg_error *err);
/** The same from text. Pure. */
TG_NODISCARD int tg_despatch_parse(tg_despatch *out, tg_view text, const tg_despatch_ask *ask, tg_error *err);
void tg_despatch_fini(tg_despatch *despatch);

#endif

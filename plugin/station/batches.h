/* SPDX-License-Identifier: Apache-2.0
 *
 * batches.h - which batches of a product came to this station, learnt from its own log (row 20b).
 *
 * What is in the log counts, and nothing else: the same entries give the same lists after a restart, a power cut or a kill. Anything
 * that may have been missed makes the answer "not known", never a shorter list. Any thread.
 *
 * Knows entries of checks (tillgate-evidence(5)); knows nothing of statements and rows (plugin/gate asks and compares).
 */
#ifndef TG_STATION_BATCHES_H
#define TG_STATION_BATCHES_H

#include "plugin/gate/verdict.h"
#include "plugin/station/journal.h"

#define TG_BATCHES_PRODUCTS_MAX 65536 /* products with a list; a supermarket has about fifty thousand lines */
#define TG_BATCHES_TEXTS_MAX 262144   /* batches of all products together: 7 MB */
#define TG_BATCHES_READ_MAX 4000000   /* entries since the policy's day: five years of a busy till, read in some seconds */

typedef struct tg_batches tg_batches;

/** `*out` is the caller's: tg_batches_free. TG_ENOMEM. */
TG_NODISCARD int tg_batches_new(tg_batches **out, tg_error *err);
void tg_batches_free(tg_batches *batches); /* NULL is fine */

/** What one check says of batches. */
typedef struct tg_batches_seen {
	uint64_t gtin, inside;          /**< as scanned, and of the unit inside a case; 0 none */
	char batch[TG_AI_TEXT_MAX + 1]; /**< "" not known */
	bool came_in;                   /**< goods-in or return; else it merely was here */
} tg_batches_seen;

/**
 * Read the entry of a check. False: it says nothing of batches here (another kind, an offer, a drill, no product). The outcome does
 * not matter: what is held back at goods-in is still on the premises.
 */
bool tg_batches_read(tg_batches_seen *out, const tg_json *entry);

/** The check is going to be written down: at most makes a list longer that is already there. */
void tg_batches_expect(tg_batches *batches, const tg_batches_seen *seen);
/** The check is in the log. */
void tg_batches_note(tg_batches *batches, const tg_batches_seen *seen);
/** A unit came in and no record says so: until the policy states a later day, nothing is known of any product. */
void tg_batches_missed(tg_batches *batches);

/**
 * Read the log back to `from_day` (of the policy), as far as that is not yet done: at most `pages` pages of a thousand entries, each in the
 * log's own thread, so that checks go on between them. True when there is no more to read now.
 */
bool tg_batches_catch_up(tg_batches *batches, tg_journal *journal, int32_t from_day, int32_t today, unsigned pages);

/** Fills `out` with every batch of `gtin` that came here since `from_day`. False: not known. */
bool tg_batches_ask(tg_batches *batches, int32_t from_day, uint64_t gtin, tg_site_batches *out);

#endif

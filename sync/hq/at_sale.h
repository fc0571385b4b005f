/* SPDX-License-Identifier: Apache-2.0
 *
 * at_sale.h - what a till would be told of a number at an ordinary sale: the gate itself is asked, never a second set of rules.
 *
 * An ordinary sale: to a consumer in Great Britain, of a new unit, from a fresh catalogue, with a log that can be written. A bar code
 * of eight to fourteen digits holds no batch, so what depends on the batch is as for a unit whose batch is not known.
 */
#ifndef TG_HQ_AT_SALE_H
#define TG_HQ_AT_SALE_H

#include "plugin/gate/verdict.h"
#include "sync/hq/sales.h"

typedef struct tg_at_sale {
	tg_identity identity;
	tg_verdict verdict;
	bool withheld;    /**< under enforce; the policy's mode is left aside */
	bool unanswered;  /**< no current note answers, or nothing could be checked: not known, rather than not allowed */
	const char *row;  /**< "16", or "" where no row of the table was asked (labels that are no product) */
	const char *code; /**< reason code, as tillgate-rules(7) lists them */
} tg_at_sale;

/** The number as a scanner reads it. `cat` and `policy` are borrowed for the call; any number of threads. */
void tg_at_sale_of(tg_at_sale *out, const tg_catalogue *cat, const tg_policy *policy, const tg_sale *sale, int32_t today);
/** A number whose kind is known: a GTIN, or a number for use in shops. */
void tg_at_sale_of_number(tg_at_sale *out, const tg_catalogue *cat, const tg_policy *policy, uint64_t number,
	bool in_store, int32_t today);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * advice.h - what will go wrong, or goes wrong, with the catalogue's freshness, and what to do. Pure.
 *
 * For people who run a thousand stations: every sentence says what is the matter and whose hand it needs, long before
 * a stage changes.
 */
#ifndef TG_STATION_ADVICE_H
#define TG_STATION_ADVICE_H

#include "plugin/station/freshness.h"
#include "store/base/json.h"
#include "sync/state.h"
#include "sync/tuf/chain.h"

/*
 * Warnings begin so long before a signature's end. Head office renews targets and snapshot at half their life, so a healthy one
 * never comes near.
 */
#define TG_ADVICE_ROOT_S (30 * 86400)     /* people with the root's keys must meet */
#define TG_ADVICE_TARGETS_S (14 * 86400)
#define TG_ADVICE_SNAPSHOT_S (3 * 86400)
#define TG_ADVICE_TIMESTAMP_PART 4        /* the last quarter of its life: several renewals were missed */
#define TG_ADVICE_SYNC_LATE_S 1800        /* the timer looks every minute; this long after the planned time it is not running */

/** What is known of one station at one moment. Borrowed. */
typedef struct tg_advice_facts {
	int64_t now_us;
	int64_t floor_us;               /**< newest signed time seen; 0 none */
	tg_stage worst;                 /**< of all operations */
	const tg_sync_state *sync;      /**< NULL: it never ran, or what it remembers cannot be read */
	const tg_chain_facts *chain;    /**< NULL: nothing verified */
} tg_advice_facts;

/** Append sentences to the array `list`; none when all is well. */
void tg_advice_give(tg_json *list, const tg_advice_facts *facts);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * replay_checks.h - the checks that overrides of a log are about, kept from the one entry to the other.
 *
 * A log is read twice, line by line. The first reading learns which checks are named; the second keeps those until they are asked for.
 * An override follows its check within an hour (store/catalogue/policy.h), so few are open at once, however long the log is.
 *
 * Knows numbers of entries; knows nothing of verdicts.
 */
#ifndef TG_HQ_REPLAY_CHECKS_H
#define TG_HQ_REPLAY_CHECKS_H

#include "store/base/json.h"

#define TG_REPLAY_WANTED_MAX 1000000 /* overrides of one log: a hundred a day for 27 years */
#define TG_REPLAY_KEPT_MAX 1024      /* checks kept at once, of at most 65,535 bytes each; of more the oldest goes */

typedef struct tg_replay_wanted {
	uint64_t seq;
	bool granted; /**< an override of it was granted, as far as the log was read */
} tg_replay_wanted;

/** Zero-initialise. */
typedef struct tg_replay_checks {
	tg_replay_wanted *wanted; /**< by number once tg_replay_checks_ready() was called */
	size_t count, room;
	struct {
		uint64_t seq;
		tg_json *entry; /**< NULL: free */
	} kept[TG_REPLAY_KEPT_MAX];
	size_t next;
} tg_replay_checks;

/** The first reading: an entry. Others than overrides are passed over. TG_ENOMEM, TG_ELIMIT. */
TG_NODISCARD int tg_replay_checks_want(tg_replay_checks *checks, const tg_json *entry, tg_error *err);
/** Between the readings. */
void tg_replay_checks_ready(tg_replay_checks *checks);
/** The second reading: an entry; a copy is kept if it is wanted. TG_ENOMEM. */
TG_NODISCARD int tg_replay_checks_keep(tg_replay_checks *checks, uint64_t seq, const tg_json *entry, tg_error *err);
/** The entry of that number, borrowed; NULL: it stands before what was read, or too far back. */
const tg_json *tg_replay_checks_find(const tg_replay_checks *checks, uint64_t seq);
/** An override of that check was granted; false if one was before: a check is overridden once. */
bool tg_replay_checks_grant(tg_replay_checks *checks, uint64_t seq);
void tg_replay_checks_fini(tg_replay_checks *checks);

#endif

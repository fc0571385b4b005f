/* SPDX-License-Identifier: Apache-2.0
 *
 * replay_source.h - the image and the policy that an entry names, from the archive; one of each at a time.
 *
 * Entries of a log come in order and a catalogue lasts a day, so each is unfolded once. A log also says the hashes of what it had in
 * force: where it does, an archive that holds something else under that number is found.
 *
 * Knows the archive and the hashes; knows nothing of verdicts.
 */
#ifndef TG_HQ_REPLAY_SOURCE_H
#define TG_HQ_REPLAY_SOURCE_H

#include "store/catalogue/catalogue.h"
#include "store/catalogue/policy.h"
#include "sync/hq/archive.h"

#define TG_REPLAY_FACTS_MAX 200000 /* hashes that a log says: one of each kind for each publication in its time */

typedef struct tg_replay_fact {
	bool policy;
	uint64_t version;
	uint8_t sha256[TG_SHA256_SIZE];
} tg_replay_fact;

/** Zero-initialise with `archive`. */
typedef struct tg_replay_source {
	const tg_archive *archive; /**< borrowed */
	tg_replay_fact *facts;     /**< what the log says was in force */
	size_t fact_count, fact_room;
	uint64_t catalogue_version, policy_version; /**< of what is open; 0: nothing */
	tg_catalogue *cat;
	tg_policy policy;
	uint64_t lacking_catalogue, lacking_policy; /**< versions that could not be had, so that each is tried once */
	tg_error why_catalogue, why_policy;
} tg_replay_source;

/** Take the hashes of an entry that names some (kinds start, catalogue, …). Others are passed over. TG_ENOMEM, TG_ELIMIT. */
TG_NODISCARD int tg_replay_source_learn(tg_replay_source *source, const tg_json *entry, tg_error *err);

/**
 * Open what is named; 0 names nothing. `*proven` tells whether the log's own hashes were there to compare with.
 * Errors: TG_ENOTFOUND the archive does not hold it; TG_EUNTRUSTED it holds another than the log names; others of archive.h,
 * tg_catalogue_open and tg_policy_parse. What was open before may be closed by that.
 */
TG_NODISCARD int tg_replay_source_open(
	tg_replay_source *source, bool *proven, uint64_t catalogue_version, uint64_t policy_version, tg_error *err);
void tg_replay_source_close(tg_replay_source *source);

#endif

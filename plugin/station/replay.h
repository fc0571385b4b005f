/* SPDX-License-Identifier: Apache-2.0
 *
 * replay.h - an entry of the log decided again: what the gate said then, from the entry, the image and the policy alone.
 *
 * Pure but for reads of the mapped image: no clock, no I/O. The decision is check.h's own, so a replay cannot be of another opinion
 * than the gate; what it compares is the entry that the gate would write, member by member.
 *
 * Knows entries of checks (tillgate-evidence(5)); knows nothing of logs, archives and who asks.
 */
#ifndef TG_STATION_REPLAY_H
#define TG_STATION_REPLAY_H

#include "plugin/station/check.h"
#include "store/base/json.h"

#define TG_REPLAY_DIFFERENCES_MAX 40 /* members of an entry; it has no more */

/** The facts that an entry holds. A value. */
typedef struct tg_replay_case {
	tg_check_request request;
	tg_identity identity;     /**< what was read from a label that the log does not keep; `read_again` false */
	char other[24];           /**< the word of such a label that is no product; the policy says what it means */
	bool read_again;          /**< the label's bytes are in the entry */
	uint64_t catalogue_version, policy_version; /**< 0: none was in force */
	int64_t rules;            /**< ruleset version that decided */
	int64_t at_us;
	int64_t age_s;            /**< of the catalogue; -1: unknown */
	int32_t day;              /**< by which it was judged */
	bool day_said;            /**< false: an older entry, the day is that of `at_us` */
	bool clock_fault;
	bool distrusted;          /**< it could not be checked: most likely the image could not be trusted, `fault` says why */
	bool would_release;       /**< as the entry says */
	char fault[240];
	tg_site_batches site;
} tg_replay_case;

/** What an entry says that is not there to be decided again. Bits. */
enum {
	TG_REPLAY_TAKES_LABEL = 1,    /* the label's bytes are not kept: what it was is the log's word */
	TG_REPLAY_TAKES_DISTRUST = 2, /* that no image could be trusted then is the log's word */
	TG_REPLAY_TAKES_CLOCK = 4,    /* that the clock contradicted signed time then is the log's word */
	TG_REPLAY_TAKES_DAY = 8,      /* the date is not in the entry: that of its time was taken */
	TG_REPLAY_TAKES_BATCHES = 16, /* which batches came to the site is the log's word */
};

/** One member that is not as the log says. */
typedef struct tg_replay_difference {
	char member[40];            /**< "outcome", "label.batch" */
	char logged[80], now[80];   /**< canonical JSON, cut; "" where it is not there */
} tg_replay_difference;

typedef struct tg_replayed {
	tg_check_answer answer;
	uint32_t takes; /**< TG_REPLAY_TAKES_… */
	tg_replay_difference differences[TG_REPLAY_DIFFERENCES_MAX];
	size_t count;   /**< of differences; 0: the gate says the same */
} tg_replayed;

/**
 * Read an entry. Errors: TG_ENOTFOUND it is no entry of a check; TG_EFORMAT it cannot be replayed, the words name the member;
 * TG_EINVAL an entry of another version.
 */
TG_NODISCARD int tg_replay_read(tg_replay_case *out, const tg_json *entry, tg_error *err);

/**
 * A case that nobody logged: judged by a station that has had the newest catalogue for `age_s` seconds. `request` is copied.
 */
void tg_replay_at(tg_replay_case *out, const tg_check_request *request, int64_t at_us, int64_t age_s);

/**
 * Decide. `cat` and `policy` are those that the case names; both NULL where it names none. `entry` is what the case was read from, to
 * be compared; NULL: nothing to compare. `explanation` (may be NULL) gets the JSON of tg_explain(), the caller's; NULL in it when
 * memory is out.
 */
void tg_replay(tg_replayed *out, tg_json **explanation, const tg_replay_case *c, tg_catalogue *cat, const tg_policy *policy,
	const tg_json *entry);

/** For replay_override.c. What an entry was judged by, all but the label. */
TG_NODISCARD int tg_replay__read_facts(tg_replay_case *out, const tg_json *entry, tg_error *err);
/** For replay_override.c. Members of two objects, both ways, but for those in `skip` (NULL at its end). */
void tg_replay__compare(tg_replayed *out, const tg_json *logged, const tg_json *now, const char *const *skip);

#endif

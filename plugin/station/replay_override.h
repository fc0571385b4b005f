/* SPDX-License-Identifier: Apache-2.0
 *
 * replay_override.h - an override decided again: would the gate have withheld the unit at that moment, and did the policy in force let
 * that authority lift it, for that reason, so long after the check?
 *
 * Pure, as replay.h. The label is that of the check; all else is what the override's own entry says.
 *
 * Knows entries of checks and overrides (tillgate-evidence(5)). Who the people were is not in a log: that they had the right, and their
 * PIN or badge, stays the log's word.
 */
#ifndef TG_STATION_REPLAY_OVERRIDE_H
#define TG_STATION_REPLAY_OVERRIDE_H

#include "plugin/station/replay.h"

/** What an entry of an override holds. Texts are borrowed from the entry. */
typedef struct tg_replay_override_case {
	tg_replay_case now;      /**< the facts by which it was decided anew */
	bool granted;
	const char *authority, *reason, *why; /**< "" where it is not said */
	const char *by, *asked_by, *operator; /**< `operator`: who served, of the check; ids of one month are alike only if they are one person's */
	int64_t after_us;        /**< so long after the check's entry */
	bool check_released;     /**< the check's entry says that the unit would go */
} tg_replay_override_case;

/** The check that the entry is about: its number. Errors: TG_ENOTFOUND it is no override, TG_EFORMAT it does not say. */
TG_NODISCARD int tg_replay_override_check(uint64_t *seq, const tg_json *entry, tg_error *err);

/**
 * Read an override's entry beside that of its check.
 * Errors: TG_ENOTFOUND it is no override, or one that was refused before anything was decided; others as tg_replay_read().
 */
TG_NODISCARD int tg_replay_override_read(
	tg_replay_override_case *out, const tg_json *entry, const tg_json *check, tg_error *err);

/**
 * Decide, and compare with the entry: the decision member by member; of what was granted also "authority", "reason", "by" and "check",
 * where the policy in force did not allow it; of what was refused "why". Else as tg_replay().
 */
void tg_replay_override(tg_replayed *out, tg_json **explanation, const tg_replay_override_case *c, tg_catalogue *cat,
	const tg_policy *policy, const tg_json *entry);

#endif

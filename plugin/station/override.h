/* SPDX-License-Identifier: Apache-2.0
 *
 * override.h - a second person lets one withheld unit go, once, for a stated reason; or is told why not.
 *
 * The unit is that of one check, by its reference. It is decided anew at that moment: what stops it now stops it, whatever the check said.
 * Nothing is let go that could not be written down first, and an error never lets anything go.
 *
 * Knows checks, the policy in force and staff; knows nothing of rows (plugin/gate says what may be lifted) and of tills (lanes).
 */
#ifndef TG_STATION_OVERRIDE_H
#define TG_STATION_OVERRIDE_H

#include "plugin/station/staff.h"

typedef struct tg_override_request {
	char reference[TG_REFERENCE_SIZE]; /**< of the check, as its answer said it */
	char reason[TG_POLICY_WORD_MAX + 1];
	char asked_by[TG_STAFF_WHO_MAX + 1]; /**< who serves; must be somebody else than who overrides */
	tg_staff_proof by;                 /**< the second person; borrowed */
} tg_override_request;

typedef struct tg_override_answer {
	tg_lift lift;
	bool granted;      /**< recorded, and in force for this unit */
	bool released;     /**< the unit may go: granted, and where a lane kept the scan, its till took it */
	bool sent;         /**< a lane kept the scan and tried to send it; `released` says whether it was taken */
	tg_words words;    /**< static texts */
	int64_t wait_s;    /**< locked out: so many seconds more */
	char authority[TG_POLICY_WORD_MAX + 1]; /**< by which it was granted; "" */
	char fault[240];   /**< why it could not be looked up, checked or recorded, for a log; "" */
	bool recorded;     /**< a durable entry of kind `override` says all this */
	uint64_t seq;
	int64_t at_us;
	char reference[TG_REFERENCE_SIZE]; /**< of that entry */
} tg_override_answer;

/** {"reference","reason","asked_by","by":{…}} and nothing else. Texts of `by` are borrowed from `json`. TG_EFORMAT. */
TG_NODISCARD int tg_override_request_from_json(tg_override_request *out, const tg_json *json, tg_error *err);
/** The answer's object; the caller's. NULL when memory is out. */
tg_json *tg_override_answer_to_json(const tg_override_answer *answer);

/**
 * Never fails: whatever goes wrong is an answer that lets nothing go. Every refusal about a check of this log is an entry.
 * Blocking: as tg_staff_identify; one at a time on a station; where a lane has to send, as long as its till takes. Any thread.
 */
void tg_station_override(tg_override_answer *out, tg_station *station, const tg_override_request *request);

/**
 * Adds `override` to the answer of a check that may be overridden: {"authorities":[…],"reasons":[{"code","words"}],"until"}, by the policy in
 * force.
 */
void tg_override_offer(tg_json *json, tg_station *station, const tg_check_answer *answer);

#endif

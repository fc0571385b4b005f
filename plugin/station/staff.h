/* SPDX-License-Identifier: Apache-2.0
 *
 * staff.h - the one way to find out whether a person at this station may do something: PIN or badge, right, and a record.
 *
 * People are enrolled at the site (`tillgate staff`), with rights: the names of the policy's authorities, the policy's right to settle
 * cases, and "supervisor", who enrols others. Entries hold a random id of the person, another one in each month, never a name.
 * Functions of a station: any thread.
 *
 * Knows people and their rights; knows nothing of what is then done with them (override.h, cases).
 */
#ifndef TG_STATION_STAFF_H
#define TG_STATION_STAFF_H

#include "plugin/station/station.h"

#define TG_STAFF_WHO_MAX 32    /* bytes of what somebody types to say who they are: a-z A-Z 0-9 . _ - @ */
#define TG_STAFF_BADGE_MAX 128 /* bytes of a badge's bar code */
#define TG_STAFF_ID_SIZE 17    /* 16 hex digits and the terminator */

/** What a person says to show who they are: a name with a PIN, or a badge. Borrowed texts; whoever made them wipes them. */
typedef struct tg_staff_proof {
	const char *who;      /**< as enrolled; "" only with a badge, which says it by itself */
	const char *pin;      /**< digits; NULL none */
	const char *badge;    /**< what its bar code says; NULL none */
	const char *badge_at; /**< instead of `badge`: it was scanned at this lane just now; NULL none */
} tg_staff_proof;

/** That somebody may, and who for the log. A value. */
typedef struct tg_staff_pass {
	char id[TG_STAFF_ID_SIZE];           /**< random, of this person and month; the only thing that may go into an entry */
	char right[TG_POLICY_WORD_MAX + 1];  /**< that was asked for */
} tg_staff_pass;

/**
 * The member `name` of a request: {"who":…,"pin":…}, {"badge":…} or {"badge_at":…}. Texts are borrowed from `object`.
 * TG_EFORMAT with words that never hold what was typed.
 */
TG_NODISCARD int tg_staff_proof_from_json(tg_staff_proof *out, const tg_json *object, const char *name, tg_error *err);

/**
 * Is it that person, and have they this right? `what` is the action in one word for the entry of a failure: "case-release".
 * Every failure is counted before it is checked and is an entry of kind `staff`; success is none: the action's own entry says who.
 *
 * Blocking: about a twentieth of a second for a PIN (Argon2id), one at a time on a station, and a write to disk.
 * Errors, with words for staff: TG_EDENIED not this person, or not this right; TG_EBUSY locked out, until when; TG_ESTATE nobody is
 * enrolled; TG_EIO, TG_ENOMEM: could not be checked. `*out` is empty on any error.
 */
TG_NODISCARD int tg_staff_authorise(tg_staff_pass *out, tg_station *station, const tg_staff_proof *proof, const char *right,
	const char *what, tg_error *err);

/**
 * The id for entries of somebody who is merely named, such as whoever serves at the till: enrolled or not, the same person has the same
 * id for a month. The name itself is not kept of people who are not enrolled. TG_EINVAL a name of another form; TG_EIO.
 */
TG_NODISCARD int tg_staff_name_id(char out[TG_STAFF_ID_SIZE], tg_station *station, const char *who, tg_error *err);

#endif

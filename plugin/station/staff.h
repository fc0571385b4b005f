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
#define TG_STAFF_RIGHTS_MAX 8  /* of one person */
#define TG_STAFF_BADGE_FRESH_US (INT64_C(30) * 1000000) /* a badge scanned at a lane counts this long, once */
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

/** Somebody who has shown who they are. A value. */
typedef struct tg_staff_person {
	char id[TG_STAFF_ID_SIZE]; /**< for entries, as in tg_staff_pass */
	char rights[TG_STAFF_RIGHTS_MAX][TG_POLICY_WORD_MAX + 1];
	size_t right_count;
	int64_t wait_s; /**< of somebody locked out: for how long; set with TG_EDENIED only */
	bool locked;    /**< TG_EDENIED because of a lock-out: nothing was looked at */
	char key[TG_STAFF_ID_SIZE]; /**< for this module; never in an entry */
} tg_staff_person;
bool tg_staff_has(const tg_staff_person *person, const char *right);
/** Is that the person whom `who` names? Not by ids: those of two months differ. */
bool tg_staff_is(tg_station *station, const tg_staff_person *person, const char *who);
/** Is `id` of an entry theirs, of whatever month? */
bool tg_staff_was(tg_station *station, const tg_staff_person *person, const char *id);

/** As tg_staff_authorise, for an action that looks at the rights itself. On an error only `id` (if known) and `wait_s` are filled. */
TG_NODISCARD int tg_staff_identify(tg_staff_person *out, tg_station *station, const tg_staff_proof *proof, const char *what,
	tg_error *err);

/**
 * Is it that person, and have they this right? `what` is the action in one word for the entry of a failure: "case-release".
 * Every failure is counted before it is checked and is an entry of kind `staff`; success is none: the action's own entry says who.
 *
 * Blocking: about a twentieth of a second for a PIN (Argon2id), one at a time on a station, and a write to disk.
 * Errors, with words for staff: TG_EDENIED not this person, or not this right, or locked out, for how long; TG_ESTATE nobody is
 * enrolled; TG_EIO, TG_ENOMEM: could not be checked. `*out` is empty on any error.
 */
TG_NODISCARD int tg_staff_authorise(tg_staff_pass *out, tg_station *station, const tg_staff_proof *proof, const char *right,
	const char *what, tg_error *err);

/**
 * The id for entries of somebody who is merely named, such as whoever serves at the till: enrolled or not, the same person has the same
 * id for a month. The name itself is not kept of people who are not enrolled. TG_EINVAL a name of another form; TG_EIO.
 */
TG_NODISCARD int tg_staff_name_id(char out[TG_STAFF_ID_SIZE], tg_station *station, const char *who, tg_error *err);

/* ---- enrolment; for the routes of `tillgate staff` ---- */

/** Who asks for a change, and whom it is about. Texts are borrowed. */
typedef struct tg_staff_change {
	bool owner;             /**< asked by whoever owns the station: root or its user */
	bool proven;            /**< `by` is filled */
	tg_staff_proof by;
	const char *who;
	const char *pin, *badge; /**< new ones; NULL none */
	const char *rights[TG_STAFF_RIGHTS_MAX];
	size_t right_count;
} tg_staff_change;

/**
 * Enrol somebody. The first supervisor is enrolled by whoever owns the station; while there is one, a supervisor has to show who they
 * are, owner or not. Rights are names of the policy in force, or "supervisor". The entry is written before the person may anything.
 * TG_EINVAL what was given would not do; TG_EDENIED; TG_EIO.
 */
TG_NODISCARD int tg_staff_add(tg_station *station, const tg_staff_change *change, tg_error *err);
/** By a supervisor, or by whoever owns the station, so that a lost PIN locks nobody out for ever. */
TG_NODISCARD int tg_staff_remove(tg_station *station, const tg_staff_change *change, tg_error *err);
/** Another PIN or badge: by that person with the present one, or by a supervisor. */
TG_NODISCARD int tg_staff_set(tg_station *station, const tg_staff_change *change, tg_error *err);
/** Erase who somebody was, after they were removed. By a supervisor or whoever owns the station. The entry names nobody. */
TG_NODISCARD int tg_staff_forget(tg_station *station, const tg_staff_change *change, tg_error *err);
/** Erase whose ids those of months before `month` ("2026-11") were. */
TG_NODISCARD int tg_staff_forget_before(tg_station *station, const tg_staff_change *change, const char *month, size_t *count,
	tg_error *err);
/** {"people":[{"who","rights","pin","badge","locked_s"}]}; by a supervisor or whoever owns the station. The caller's. */
TG_NODISCARD int tg_staff_list(tg_json **out, tg_station *station, const tg_staff_change *change, tg_error *err);

/**
 * Is this scan somebody's badge? Then it is no label: nothing of it may go on, and it counts as shown at `device` for
 * TG_STAFF_BADGE_FRESH_US. A few microseconds, and nothing where nobody has a badge.
 */
bool tg_staff_badge_scanned(tg_station *station, const char *device, tg_view data);

#endif

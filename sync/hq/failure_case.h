/* SPDX-License-Identifier: Apache-2.0
 *
 * failure_case.h - a compliance failure as its events tell it: what is known, which steps the law asks for, which are due.
 *
 * The order is that of PSTI Act 2022 ss. 23 and 25 for a distributor, ss. 16, 17 and 19 for an importer, ss. 10 and 11 for a
 * manufacturer (own brand). The law gives no count of hours or days: "as soon as possible", "as soon as is practicable". The days here
 * are our policy, not law, and are called so wherever they are shown.
 *
 * Pure: events in, a case out; no clock, the day is given.
 */
#ifndef TG_HQ_FAILURE_CASE_H
#define TG_HQ_FAILURE_CASE_H

#include "sync/hq/casework.h"

/* Our clocks, in working days (deadlines.h). Policy, not law. */
#define TG_CLOCK_CONTACT_DAYS 0 /* the same working day */
#define TG_CLOCK_NOTIFY_DAYS 1
#define TG_CLOCK_DECIDE_DAYS 1
#define TG_CLOCK_RETRY_DAYS 1 /* after an attempt to contact */
#define TG_CLOCK_WORDS "policy, not law"

#define TG_CASE_KEEP_YEARS 10 /* ss. 12(4), 20(4) for manufacturers and importers; a distributor keeps as long by policy */

typedef enum { TG_ROLE_IS_DISTRIBUTOR, TG_ROLE_IS_IMPORTER, TG_ROLE_IS_MANUFACTURER, TG_FAILURE_ROLES } tg_failure_role;

/** In the order in which they come; words: tg_failure_steps. */
typedef enum {
	TG_STEP_STOP,
	TG_STEP_INVESTIGATE,
	TG_STEP_DECIDE,
	TG_STEP_CONTACT_MANUFACTURER,
	TG_STEP_CONTACT_SUPPLIER,
	TG_STEP_NOTIFY_AUTHORITY,
	TG_STEP_NOTIFY_MANUFACTURERS,
	TG_STEP_NOTIFY_DOWNSTREAM,
	TG_STEP_NOTIFY_SUPPLIER,
	TG_STEP_NOTIFY_CUSTOMERS,
	TG_STEP_REMEDY,
	TG_STEP_PREVENT,
	TG_FAILURE_STEPS
} tg_failure_step;

typedef enum { TG_RESULT_DONE, TG_RESULT_ATTEMPTED, TG_RESULT_NOT_POSSIBLE, TG_RESULT_NOT_NEEDED } tg_step_result;

typedef enum {
	TG_STEP_IS_NOT_OURS, /**< the law does not ask our role for it */
	TG_STEP_IS_OPEN,
	TG_STEP_IS_WAITING,  /**< for another step, or for something to happen; `why` says what */
	TG_STEP_IS_EXCUSED,  /**< the law takes it away; `why` cites */
	TG_STEP_IS_DONE,
} tg_step_status;
extern const char *const tg_step_status_words[]; /* "not-ours" "open" "waiting" "excused" "done" NULL */

/** What the law says of a step; `basis` is NULL for roles that it does not ask. */
typedef struct tg_step_law {
	const char *what;
	const char *basis[TG_FAILURE_ROLES];
	const char *when[TG_FAILURE_ROLES]; /**< in the law's words; "no period stated" where it has none */
	const char *clock;                  /**< ours, in words; "" for none */
} tg_step_law;
extern const tg_step_law tg_step_laws[TG_FAILURE_STEPS];

typedef struct tg_step_state {
	tg_step_status status;
	int32_t due; /**< by our clock; TG_DAY_NONE: none is running */
	bool overdue;
	bool attempted;
	const tg_case_event *event; /**< what recorded it, or NULL */
	const char *why;            /**< static words; "" */
} tg_step_state;

typedef enum { TG_CASE_SUSPECTED, TG_CASE_KNOWN, TG_CASE_CLOSED } tg_failure_state;

/** Is it so, and how do we know. */
typedef struct tg_case_answer {
	bool yes;
	char words[200];
} tg_case_answer;

/** One failure. Borrows from the book that it was made of. */
typedef struct tg_failure_case {
	const char *id;
	tg_failure_state state;
	tg_failure_role role;
	int32_t aware;              /**< first day on which we knew of it, or were told that it may be: our clocks begin */
	int32_t informed, believed, closed;
	bool offered;               /**< it was made available by us, which includes offering: s. 25(1); else only s. 23 (16) binds */
	bool told_by_relevant;      /**< by a manufacturer, importer or distributor: s. 25(11), s. 19(10) */
	int32_t remedy_unlikely;    /**< since when it appears so; TG_DAY_NONE */
	int told_by;                /**< of tg_told_by_words */
	const char *source, *informant, *details, *risks, *remedy, *manufacturer, *supplier;
	int remedy_worked;          /**< of tg_worked_words; -1: not said */
	int outcome;                /**< of tg_failure_outcomes; -1 */
	const char *reason;         /**< why it was closed */
	const tg_json *record;      /**< as it was put last */
	tg_step_state steps[TG_FAILURE_STEPS];
	size_t open, overdue;
	tg_case_answer manufacturer_aware, authority_notified; /**< s. 25(10), s. 19(9) */
	const tg_case_event *opened, *last;
} tg_failure_case;

/** TG_ENOTFOUND: no such failure in the book ("failure list --all"). */
TG_NODISCARD int tg_failure_case_of(
	tg_failure_case *out, const tg_casework *book, const char *id, int32_t today, tg_error *err);

/**
 * May that step be recorded with that result now? `out_of_order` allows a notice before the contact that comes first.
 * TG_ESTATE says why not, with the law.
 */
TG_NODISCARD int tg_failure_step_check(
	const tg_failure_case *c, tg_failure_step step, tg_step_result result, bool out_of_order, tg_error *err);
/** May it be closed so? What the law asks for does not end with the remedy. TG_ESTATE. */
TG_NODISCARD int tg_failure_close_check(const tg_failure_case *c, bool remedied, tg_error *err);

/** "suspected", "known" or "closed". */
const char *tg_failure_state_word(const tg_failure_case *c);

#endif

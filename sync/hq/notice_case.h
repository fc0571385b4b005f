/* SPDX-License-Identifier: Apache-2.0
 *
 * notice_case.h - a notice of the regulator as its events tell it: its days, what is due, what is overdue.
 *
 * What it does at the gate is in its record (against.h, effect.h); here are the days of people. Source: PSTI Act 2022 ss. 28 to 50.
 * Days that are not the law's are our policy and are called so.
 *
 * Pure: events in, a case out; no clock, the day is given.
 */
#ifndef TG_HQ_NOTICE_CASE_H
#define TG_HQ_NOTICE_CASE_H

#include "sync/hq/casework.h"

#define TG_NOTICE_DEADLINES_MAX (TG_CASE_TASKS_MAX + 8)
#define TG_CLOCK_GENUINE_DAYS 0 /* working days until somebody checked that it is genuine. Policy, not law */

typedef enum {
	TG_DEADLINE_AHEAD,
	TG_DEADLINE_MET,
	TG_DEADLINE_OVERDUE,   /* a duty of ours whose day is over */
	TG_DEADLINE_PASSED,    /* a right that was not used, or a day that came */
	TG_DEADLINE_SUSPENDED, /* the notice is of no effect at present */
	TG_DEADLINE_GONE,      /* with the notice */
} tg_deadline_status;
extern const char *const tg_deadline_words[]; /* "ahead" "met" "overdue" "passed" "suspended" "gone" NULL */

typedef struct tg_deadline {
	const char *what, *basis; /**< basis: a citation, "the notice", or "policy, not law" */
	int32_t day;              /**< the last one; TG_DAY_NONE: none is laid down */
	tg_deadline_status status;
	int task; /**< number of the task, from 1; 0: none */
	const tg_case_event *event; /**< what met it, or NULL */
} tg_deadline;

typedef enum {
	TG_NOTICE_IS_INTENDED,
	TG_NOTICE_IS_GIVEN, /* and not yet in effect */
	TG_NOTICE_IS_IN_EFFECT,
	TG_NOTICE_IS_APPEALED,
	TG_NOTICE_IS_SUSPENDED,
	TG_NOTICE_IS_QUASHED, /* an appeal was allowed */
	TG_NOTICE_IS_REVOKED,
	TG_NOTICE_IS_SPENT, /* an intent that expired, and no notice came */
} tg_notice_state;
extern const char *const tg_notice_state_words[];

/** One notice. Borrows from the book that it was made of. */
typedef struct tg_notice_case {
	const char *id;
	int kind; /**< of tg_notice_words */
	tg_notice_state state; /**< on the day asked */
	bool closed, genuine, urgent, tells_customers, represented;
	int32_t intended, intent_expires, given, deemed, effective, varied, revoked;
	int service; /**< of tg_service_words; -1 */
	int32_t lodged, admitted, decided; /**< lodged late: pending only from `admitted` */
	bool lodged_late;
	int result; /**< of tg_decision_words; -1 */
	int32_t suspended, revived;
	int32_t appeal_last; /**< TG_DAY_NONE: no appeal, or none yet */
	const char *appeal_basis, *source, *section, *recipient, *owner;
	const tg_json *record; /**< as it was put last; NULL: the gate has nothing to do with it */
	const tg_case_event *added, *last;
	const tg_case_event *checked_by, *represented_by, *lodged_by; /**< what says so; NULL: nothing does */
	tg_deadline deadlines[TG_NOTICE_DEADLINES_MAX];
	size_t deadline_count, overdue;
	size_t task_count, responses;
	struct {
		int32_t by;
		const char *what;
		const tg_case_event *done;
	} tasks[TG_CASE_TASKS_MAX];
} tg_notice_case;

/** TG_ENOTFOUND: no such notice in the book. */
TG_NODISCARD int tg_notice_case_of(tg_notice_case *out, const tg_casework *book, const char *id, int32_t today, tg_error *err);

/** May that event be recorded now? TG_ESTATE says why not. `on`: its day; `task`: for task-done. */
TG_NODISCARD int tg_notice_event_check(const tg_notice_case *c, tg_notice_event event, int32_t on, int64_t task, tg_error *err);

/** Is an appeal of that day in time? (s. 33(2)); one that is not is pending only once the tribunal admits it. */
bool tg_notice_appeal_in_time(const tg_notice_case *c, int32_t on);

/** The notice of intent's period, of the kind, in days beginning with its day; 0: the kind has none. */
int tg_notice_intent_days(int kind);

#endif

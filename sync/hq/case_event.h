/* SPDX-License-Identifier: Apache-2.0
 *
 * case_event.h - one line of casework: what was done about a failure or a notice, by whom, when.
 *
 * Closed key sets, one for each event; texts without control and direction characters. Knows the form of events; what follows
 * from them is failure_case.h and notice_case.h, how they are kept is casework.h. Pure. Members: tillgate-casework(5).
 */
#ifndef TG_HQ_CASE_EVENT_H
#define TG_HQ_CASE_EVENT_H

#include "sync/hq/records.h"

#define TG_CASE_LINE_MAX (2 << 20)  /* bytes of a line: an event holds the whole record that it puts */
#define TG_CASE_TEXT_MAX 4096       /* bytes of what somebody writes about a case: a page */
#define TG_CASE_TASKS_MAX 100       /* steps that one notice asks for */
#define TG_CASE_HASH_SIZE 65        /* SHA-256 in hex, and the terminator */

typedef enum { TG_BOOK_FAILURES, TG_BOOK_NOTICES, TG_BOOKS } tg_book;
extern const char *const tg_book_files[TG_BOOKS]; /* "failures.jsonl" "notices.jsonl" */
/** Which records the book's events put. */
tg_record_kind tg_book_kind(tg_book book);

typedef enum {
	TG_FAILURE_OPENED,
	TG_FAILURE_KNOWN, /* from suspected to known or believed */
	TG_FAILURE_STEP,
	TG_FAILURE_FACTS, /* what became known of it meanwhile */
	TG_FAILURE_CLOSED,
} tg_failure_event;

typedef enum {
	TG_NOTICE_ADDED,
	TG_NOTICE_GIVEN, /* the notice itself, after one of intent */
	TG_NOTICE_GENUINE,
	TG_NOTICE_CLEARED,
	TG_NOTICE_REPRESENTED,
	TG_NOTICE_LODGED,
	TG_NOTICE_ADMITTED, /* a late appeal, by the tribunal */
	TG_NOTICE_DECIDED,
	TG_NOTICE_SIGNED_OFF,
	TG_NOTICE_SUSPENDED,
	TG_NOTICE_REVIVED,
	TG_NOTICE_AMENDED, /* varied by who gave it */
	TG_NOTICE_REVOKED,
	TG_NOTICE_TASK_DONE,
	TG_NOTICE_RESPONDED,
	TG_NOTICE_NOTED,
	TG_NOTICE_CLOSED,
} tg_notice_event;

/* Words of members; each ends in NULL. */
extern const char *const tg_failure_states[], *const tg_failure_roles[], *const tg_told_by_words[], *const tg_worked_words[],
	*const tg_failure_steps[], *const tg_step_results[], *const tg_failure_outcomes[];
extern const char *const tg_notice_words[], *const tg_service_words[], *const tg_decision_words[];

/** One event. Texts are borrowed from `json`, which belongs to whoever parsed it. */
typedef struct tg_case_event {
	uint32_t line;
	int64_t seq;
	int kind; /**< tg_failure_event or tg_notice_event */
	const char *event, *of, *at, *by, *os_user, *prev; /**< of: the record's id; prev: hash of the line before, "" for the first */
	int32_t on; /**< the day on which it happened; if the event has none, the day of `at` in the United Kingdom */
	const tg_json *json;
} tg_case_event;

/** Errors: TG_EFORMAT "failures.jsonl:7: step: …"; TG_ENOMEM. `json` is borrowed and must outlive `out`. */
TG_NODISCARD int tg_case_event_read(
	tg_case_event *out, const tg_json *json, tg_book book, uint32_t line, tg_error *err);

/* Members of an event that was read; absent ones are "", TG_DAY_NONE, false, -1, NULL. */
const char *tg_case_text(const tg_case_event *e, const char *name);
int32_t tg_case_day(const tg_case_event *e, const char *name);
bool tg_case_flag(const tg_case_event *e, const char *name);
int tg_case_word(const tg_case_event *e, const char *name, const char *const *words);

#endif

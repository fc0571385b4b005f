/* SPDX-License-Identifier: Apache-2.0
 *
 * cases.h - the cases of a running station: its log read back once, and every entry about a case in the order of the log since then.
 *
 * Whoever writes an entry about a case holds the lock from looking at the book until the entry is in it, so that the book's order is
 * the log's. A service reads the log back in its ticks, and checks do not wait for that: an entry that says "new" finds its case by
 * its line when it is read. Any thread.
 */
#ifndef TG_STATION_CASES_H
#define TG_STATION_CASES_H

#include "plugin/station/case_book.h"
#include "plugin/station/journal.h"

typedef struct tg_cases tg_cases;

/** `*out` is the caller's: tg_cases_free. TG_ENOMEM. */
TG_NODISCARD int tg_cases_new(tg_cases **out, const char *short_id, tg_error *err);
void tg_cases_free(tg_cases *cases); /* NULL is fine */

/**
 * Read the log on, at most `pages` pages of a thousand entries, each in the log's own thread, so that checks go on between them. True
 * when all is read. Takes the lock.
 */
bool tg_cases_catch_up(tg_cases *cases, tg_journal *journal, unsigned pages);

void tg_cases_lock(tg_cases *cases);
void tg_cases_unlock(tg_cases *cases);

/* ---- all below with the lock held ---- */

/** The book, borrowed until the lock is given back. While the log is not yet read back it shows the past. */
const tg_case_book *tg_cases_book(const tg_cases *cases);
/** TG_EBUSY while the log is not yet read back; the words say how far it is. */
TG_NODISCARD int tg_cases_ready(const tg_cases *cases, tg_error *err);
/** Could every entry be read? False: an entry was damaged or gone, so that a case may be missing or stand otherwise. */
bool tg_cases_complete(const tg_cases *cases);

/**
 * Give the entry of a check that puts a unit aside its `case`, and read `*event` from it. False, with nothing done: there is no case to
 * be had; `*why` says so for people.
 */
bool tg_cases_put_aside(tg_case_event *event, const char **why, const tg_cases *cases, tg_json *entry);
/**
 * An override is about to let the unit of that check go: name the case in its entry, and read `*event` from it. False, with nothing
 * done: the unit is in no open case.
 */
bool tg_cases_lifted(tg_case_event *event, const tg_cases *cases, tg_json *entry, const tg_json *check, uint32_t epoch, uint64_t seq);
/** That entry is in the log. Gives the case's id, "" while the log is not yet read back. */
const char *tg_cases_noted(tg_cases *cases, const tg_case_event *event, uint32_t epoch, uint64_t seq, int64_t at_us);
/**
 * Write an entry of kind "case" and take it in. `entry` is taken over. `*after` is the case as it then is. Errors: those of
 * tg_journal_submit; nothing has changed then.
 */
TG_NODISCARD int tg_cases_write(tg_case *after, tg_cases *cases, tg_journal *journal, tg_json *entry, tg_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * casework.h - the books of failures and notices, one event a line, appended and never changed.
 *
 *   HQ/casework/failures.jsonl, notices.jsonl   the books (0600 in a folder of 0700; never published)
 *   HQ/casework/pending.failures.jsonl, …       one event that is being written
 *
 * A line names its number and the hash of the line before, so that a line that was changed, taken out or put between is found.
 * That shows slips and edits by hand; who can write the whole file can write it anew (git, or a backup, is the wall against that).
 *
 * An event that changes what the gate does holds the record that it puts into HQ/records/. The two files change together: the event
 * is written to the pending file first, then the record, then the book, then the pending file goes. Wherever that is cut short, the
 * next run finds the pending file and ends the work, once.
 *
 * Callers that write hold the site's lock.
 */
#ifndef TG_HQ_CASEWORK_H
#define TG_HQ_CASEWORK_H

#include "sync/hq/case_event.h"
#include "sync/hq/site.h"

#define TG_CASEWORK_FILE_MAX (256 << 20) /* bytes of a book: a hundred thousand events with their records */
#define TG_CASEWORK_EVENTS_MAX 1000000

/** One book as it stands. Zero-initialise; tg_casework_fini(). */
typedef struct tg_casework {
	tg_book book;
	tg_case_event *events; /**< in their order */
	size_t count, cap;
	tg_json **trees;
	size_t tree_cap;
	char last[TG_CASE_HASH_SIZE]; /**< hash of the last whole line; "" if there is none */
	size_t whole; /**< bytes of whole lines */
	bool torn;    /**< bytes after the last whole line: a line that is just being written, or was cut short */
} tg_casework;

void tg_casework_fini(tg_casework *casework);

/**
 * Read a book's text. Pure. What follows the last line feed is not read, and `torn` says so.
 * Errors: TG_EFORMAT a line that is no event, or does not follow the one before; TG_ELIMIT, TG_ENOMEM.
 */
TG_NODISCARD int tg_casework_parse(tg_casework *out, tg_book book, tg_view text, tg_error *err);

/** Read the file; one that is not there is empty. Errors as above, TG_EIO, TG_ELENGTH. */
TG_NODISCARD int tg_casework_load(tg_casework *out, const tg_site *site, tg_book book, tg_error *err);

/**
 * End what an earlier run left half done. `said` (of 240 bytes) tells of it, or is "". Call it under the lock, before loading.
 * Errors: TG_EFORMAT the pending event does not fit the book; those of loading and of record_put.h; the first, after both books.
 */
TG_NODISCARD int tg_casework_repair(char said[240], const tg_site *site, tg_error *err);

/** Who writes an event, and when. Borrowed. */
typedef struct tg_case_author {
	const char *by, *os_user;
	int64_t now_us;
} tg_case_author;

/**
 * Append one event, and put the record that it holds. `members` is the event without what every event has; it is taken over.
 * On an error before the record was put nothing is changed; after it, the next run ends the work, and the words say so.
 * Errors: TG_EINVAL what was given is no event; TG_EIO, TG_ENOMEM, those of record_put.h.
 */
TG_NODISCARD int tg_casework_append(const tg_casework *book, const tg_site *site, const char *event, const char *of,
	tg_json *members, const tg_case_author *author, tg_error *err);

#endif

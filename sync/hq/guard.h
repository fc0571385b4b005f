/* SPDX-License-Identifier: Apache-2.0
 *
 * guard.h - a head office that was restored from a backup must not publish what is older than what stations have.
 *
 * Its folder is its only memory, and a backup takes that memory back. Two witnesses stand outside of it: the repository as it is served
 * at its URL, and the high-water mark, a small file that hq.json names. Before anything is signed both are asked; after something was
 * published the mark is raised.
 */
#ifndef TG_HQ_GUARD_H
#define TG_HQ_GUARD_H

#include "sync/hq/numbers.h"

#define TG_GUARD_CONNECT_MS                                                                                  \
	5000 /* to reach our own repository; a timer waits no longer for a web server that is down */
#define TG_GUARD_TOTAL_S 30 /* one small file */

/** What was asked and what it said, for people and programs. */
typedef struct tg_guard_report {
	bool asked;             /**< the URL; not when offline or when it is not this machine's business */
	bool answered;          /**< with a timestamp that our root's keys signed */
	char why_not[240];      /**< else the reason */
	bool marked;            /**< a high-water mark is named in hq.json and is there */
	bool mark_lost;         /**< one is named, something was published, and it is not there */
	int64_t seen_timestamp; /**< the highest version of timestamp.json that either knows; 0 none */
} tg_guard_report;

/**
 * Is our folder as new as what the witnesses know? A URL that does not answer is told of in `report` and is no error: a shop must be
 * able to sign while its web server is down.
 * DIR/access/ holds what a private repository asks for (access_files.h).
 * Errors: TG_EROLLBACK the words say what is published and what this folder has; TG_ESTATE the mark is lost and the URL does not answer,
 * so that nobody knows; TG_EIO, TG_EFORMAT the mark cannot be read.
 */
TG_NODISCARD int tg_guard_check(
	tg_guard_report *report, const tg_site *site, const tg_published *own, bool offline, tg_error *err);

/** Raise the mark to what is published now. Nothing to do where hq.json names none. */
TG_NODISCARD int tg_guard_note(const tg_site *site, tg_error *err);

typedef struct tg_recovery {
	tg_guard_report report;
	bool needed;   /**< something was ahead of this folder */
	int new_roots; /**< roots that were taken over */
	tg_numbers own, floor;
} tg_recovery;

/**
 * Take over what is newer elsewhere: roots as files, all other versions as a floor (DIR/floor.json) that the next publication is above.
 * `url` NULL: as hq.json says. With `dry_run` nothing is written.
 * Errors: TG_EROLLBACK the roots are older than the mark says and cannot be fetched; those of fetching if nothing else is known.
 */
TG_NODISCARD int tg_guard_recover(
	tg_recovery *out, const tg_site *site, const char *url, bool dry_run, tg_error *err);

#endif

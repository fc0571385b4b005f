/* SPDX-License-Identifier: Apache-2.0
 *
 * book.h - a book of casework from events as a test writes them: numbered and chained as casework.c does.
 */
#ifndef TG_TEST_HQ_BOOK_H
#define TG_TEST_HQ_BOOK_H

#include "sync/hq/casework.h"

#define BOOK_AT "2026-06-01T09:00:00Z" /* a Monday; what is recorded then, unless an event says another day */

/** Members of each event as JSON without what every event has: "\"event\":\"known\",\"on\":\"2026-06-02\",…". Ends in NULL. */
void book_text(tg_buf *out, const char *of, const char *const *events);
/** The same, read; fails the test if it is no book. */
void book_open(tg_casework *out, tg_book book, const char *of, const char *const *events);

#endif

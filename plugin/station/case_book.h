/* SPDX-License-Identifier: Apache-2.0
 *
 * case_book.h - the cases of a station, as its log tells them: entries in order in, the present state out.
 *
 * A fold and nothing else: the same entries give the same book, after a restart as before it, and the book of a log's beginning is
 * the book as it stood then. No I/O, no clock, no lock; memory is bounded by two stated numbers. One thread at a time.
 */
#ifndef TG_STATION_CASE_BOOK_H
#define TG_STATION_CASE_BOOK_H

#include "plugin/station/case_event.h"

#define TG_CASES_OPEN_MAX 4096    /* open at once: a distribution centre holds some hundred lines; 2 MB */
#define TG_CASES_SETTLED_MAX 4096 /* settled ones that are kept, the newest; older ones stay in the log */

/** One case. Texts are those of entries. */
typedef struct tg_case {
	uint64_t place;              /**< of the check that opened it: epoch * 2^40 + sequence number */
	char id[TG_REFERENCE_SIZE];  /**< its reference */
	tg_case_line line;
	char code[TG_CASE_CODE_MAX];
	bool could_not_check;
	char supplier[TG_CHECK_PARTY_MAX], owner[TG_CASE_OWNER_MAX + 1]; /**< "" not known, nobody */
	tg_case_state state;
	uint32_t quantity;           /**< units that were put aside in all */
	uint32_t left[TG_CASE_HOW_COUNT]; /**< those of them that left, by how */
	uint32_t notes, refused, other;   /**< entries of these kinds; `other` of a newer version */
	bool over;                   /**< entries say that more left than were there: look at the log */
	int64_t opened_us, changed_us, settled_us; /**< UTC; `settled_us` 0 while open */
	uint64_t last;               /**< place of the newest entry of kind case, or of the opening */
	uint64_t settled_at;         /**< place of the entry that settled it; 0 while open */
} tg_case;

typedef struct tg_case_limits {
	size_t open, settled;
} tg_case_limits;

/** What the book cannot show. */
typedef struct tg_case_book_counts {
	size_t open, settled;  /**< kept */
	uint64_t forgotten;    /**< settled cases beyond the limit: in the log only */
	uint64_t turned_away;  /**< units put aside without a case, because too many were open */
	uint64_t strays;       /**< events of cases that are not in the book */
} tg_case_book_counts;

typedef struct tg_case_book tg_case_book;

/** `short_id` of the station, for references. `limits` NULL: the stated ones. `*out` is the caller's. TG_ENOMEM. */
TG_NODISCARD int tg_case_book_new(tg_case_book **out, const char *short_id, const tg_case_limits *limits, tg_error *err);
void tg_case_book_free(tg_case_book *book); /* NULL is fine */
/** Forget everything. */
void tg_case_book_clear(tg_case_book *book);

/**
 * Take the entry at `seq` of `epoch` in; entries come in the order of the log. Gives the case it was about, borrowed until the next
 * call, or NULL. TG_ENOMEM in `*rc` (may be NULL) leaves the book as it was.
 */
const tg_case *tg_case_book_apply(tg_case_book *book, const tg_case_event *event, uint32_t epoch, uint64_t seq, int64_t at_us, int *rc);

/** Borrowed until the next apply. NULL: not in the book. */
const tg_case *tg_case_book_find(const tg_case_book *book, const tg_reference *id);
/** The open case of that line, or NULL. */
const tg_case *tg_case_book_find_open(const tg_case_book *book, const tg_case_line *line);
/** In the order in which they were opened; NULL past the end. */
const tg_case *tg_case_book_at(const tg_case_book *book, size_t n);
/** Number of the first that was opened after `place`. */
size_t tg_case_book_after(const tg_case_book *book, uint64_t place);
void tg_case_book_count(const tg_case_book *book, tg_case_book_counts *out);
/** May one more be opened? */
bool tg_case_book_is_full(const tg_case_book *book);

/** Units still put aside. */
uint32_t tg_case_held(const tg_case *c);
static inline uint64_t tg_case_place(uint32_t epoch, uint64_t seq)
{
	return (uint64_t)epoch << 40 | seq;
}
/** The reference of a place, "" if the station's id is none. Returns `out`. */
const char *tg_case_book_reference(char out[TG_REFERENCE_SIZE], const tg_case_book *book, uint64_t place);

#endif

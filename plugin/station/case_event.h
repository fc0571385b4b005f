/* SPDX-License-Identifier: Apache-2.0
 *
 * case_event.h - what an entry of the log says of cases: units put aside at goods-in or return, and what people did with them.
 *
 * Pure: entries in, events out, and the bodies of entries that people make. Knows tillgate-evidence(5); keeps nothing
 * (case_book.h does), decides nothing (check.h does).
 */
#ifndef TG_STATION_CASE_EVENT_H
#define TG_STATION_CASE_EVENT_H

#include "plugin/station/check.h"
#include "store/base/json.h"

#define TG_CASE_TEXT_MAX 500     /* bytes of a note: some sentences; more belongs in a paper */
#define TG_CASE_OWNER_MAX 40     /* bytes: the id of a person for the log, or the word of a role */
#define TG_CASE_CODE_MAX 48      /* bytes of a reason code, with terminator */
#define TG_CASE_QUANTITY_MAX 1000000 /* units of one line: more than a warehouse takes in at once */
#define TG_CASE_NEW "new"        /* of a check: opens a case, unless one of its line is open */

typedef enum {
	TG_CASE_OPEN = 0, TG_CASE_OURS, TG_CASE_THEIRS, TG_CASE_UNDER_INVESTIGATION, TG_CASE_SETTLED, TG_CASE_STATE_COUNT,
} tg_case_state;
extern const char *const tg_case_state_words[TG_CASE_STATE_COUNT + 1]; /* "open" "ours" "theirs" "under-investigation" "settled" */

/** How units left their case. The words are in the log: append, never rename. */
typedef enum {
	TG_CASE_RELEASED = 0, /**< to stock */
	TG_CASE_RETURNED,     /**< to the supplier (row 41) */
	TG_CASE_SCRAPPED,     /**< row 40h */
	TG_CASE_MOVED,        /**< to a branch of ours, still as quarantine stock (row 34) */
	TG_CASE_REGULATOR,    /**< handed to the regulator, or taken by it */
	TG_CASE_MISCOUNTED,   /**< never were there */
	TG_CASE_HOW_COUNT,
} tg_case_how;
extern const char *const tg_case_how_words[TG_CASE_HOW_COUNT + 1];

/** What makes units one line of the quarantine: product, batch, deciding row, delivery, and how they came. */
typedef struct tg_case_line {
	uint64_t number;   /**< GTIN as scanned, or the in-store number, as 14 digits */
	bool in_store;
	char batch[TG_AI_TEXT_MAX + 1];    /**< "" not known */
	char row[sizeof(((tg_row *)0)->id)]; /**< that decided; "" none did */
	char delivery[TG_CHECK_PARTY_MAX]; /**< "" not said */
	tg_operation operation;
	tg_destination destination;
	tg_supply supply;
	tg_unit unit;
	bool bought_before_duty;
} tg_case_line;

typedef enum {
	TG_CASE_IS_PUT_ASIDE, /**< a check: one more unit */
	TG_CASE_IS_NOTE,
	TG_CASE_IS_ASSIGNED,  /**< owner, supplier, or both */
	TG_CASE_IS_STATE,
	TG_CASE_IS_COUNT,     /**< so many are there */
	TG_CASE_IS_SETTLED,   /**< so many left, and how */
	TG_CASE_IS_REFUSED,   /**< a settlement that the table did not allow */
	TG_CASE_IS_OTHER,     /**< of a newer version: counted, otherwise without effect */
} tg_case_kind;

typedef struct tg_case_event {
	tg_case_kind kind;
	bool opens;             /**< of a check: TG_CASE_NEW */
	tg_reference id;        /**< the case; not filled if `opens` */
	/* of a check */
	tg_case_line line;
	char code[TG_CASE_CODE_MAX];
	bool could_not_check;
	/* of what people did; only what its kind has */
	bool has_supplier, has_owner;
	char supplier[TG_CHECK_PARTY_MAX]; /**< of a check too */
	char owner[TG_CASE_OWNER_MAX + 1];
	tg_case_state state;
	tg_case_how how;
	uint32_t quantity;
} tg_case_event;

/** Whether this answer puts the unit aside for a case: withheld at goods-in or return, its product named, no test product. */
bool tg_case_is_due(const tg_check_answer *answer, const tg_check_request *request);

/**
 * Read an entry. False: it says nothing of a case, or what it says is not understood (a hostile or damaged one). An event of a kind
 * that is not known is TG_CASE_IS_OTHER.
 */
bool tg_case_event_read(tg_case_event *out, const tg_json *entry);

/** The body of an entry of kind "case", without what its event says; the caller's. `prev` and `device` "" none. NULL: no memory. */
tg_json *tg_case_entry(const char *id, const char *event, const char *prev, const char *device);
/** "put-aside", "note", "assign", "state", "count", "settle", "refused", "other". */
const char *tg_case_event_word(tg_case_kind kind);

/** Is this an owner: letters, digits, '.', '_', '-', 1 to TG_CASE_OWNER_MAX of them? */
bool tg_case_is_owner(const char *text);

bool tg_case_line_equal(const tg_case_line *a, const tg_case_line *b);

#endif

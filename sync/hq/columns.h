/* SPDX-License-Identifier: Apache-2.0
 *
 * columns.h - which members of each kind of record a spreadsheet may hold, one column each; and how rows become records.
 *
 * Pure. Knows names and places of members; whether a record is good is for records.h, the one reader of each kind.
 */
#ifndef TG_HQ_COLUMNS_H
#define TG_HQ_COLUMNS_H

#include "sync/hq/cells.h"
#include "sync/hq/records.h"

#define TG_COLUMNS_MAX 40 /* of one kind; statements have the most */

typedef enum {
	TG_COLUMN_PLAIN, /**< "name" */
	TG_COLUMN_INNER, /**< "signatory.name": in an object */
	TG_COLUMN_ITEM,  /**< "manufacturers.name": in the one object of a list that a row may give */
} tg_column_place;

typedef struct tg_column {
	const char *field; /**< "signatory.name" */
	tg_cell_form form;
	tg_column_place place;
	bool adds; /**< items are added to what the record has, never taken away (dsp_published) */
} tg_column;

/** The members of that kind; the first one is the key. NULL and 0: the kind comes as JSON Lines only. */
const tg_column *tg_columns_of(size_t *count, tg_record_kind kind);

/** Number of the field, or TG_COLUMNS_MAX. */
size_t tg_column_find(tg_record_kind kind, const char *field, size_t len);

/** Split "signatory.name" into "signatory" (written to `outer`) and "name"; a plain one has no outer, "". */
const char *tg_column_split(char outer[64], const tg_column *column);

/** Set the member to what the cell says: tg_cell_set in the right place. */
tg_cell_verdict tg_column_set(
	tg_cell_note *note, tg_json *record, const tg_column *column, const char *text, const tg_cell_rules *rules);

/**
 * Several rows of one record: lists are joined, each item kept once; other members that several rows give must be equal.
 * NULL and `differs` (a member's name, up to 127 bytes; `row` is the row that says otherwise): they are not. The caller frees it.
 */
tg_json *tg_columns_join(const tg_json *const *rows, size_t count, char differs[128], size_t *row);

/**
 * The record as it is with the columns of the file laid over it: what `used` says there is a column for becomes what the row
 * says, and goes where the cell is empty; what has no column stays. The caller frees it.
 */
tg_json *tg_columns_overlay(const tg_json *present, const tg_json *row, tg_record_kind kind, const bool *used);

/** What the record says in that field ("gtins[3]", "manufacturers[1].name"), as text for people. Appended. */
void tg_columns_value(tg_buf *out, const tg_json *record, const char *field);

#endif

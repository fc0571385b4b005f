/* SPDX-License-Identifier: Apache-2.0
 *
 * cells.h - one cell of a spreadsheet as a member of a record. What a spreadsheet damaged is refused, or repaired by a rule
 * that is stated, never guessed.
 *
 * Pure: text in, a member or words out. Knows how people and spreadsheets write numbers, days and lists; knows no record
 * (columns.h) and does not judge what a record says (records.h).
 */
#ifndef TG_HQ_CELLS_H
#define TG_HQ_CELLS_H

#include "store/base/json.h"

typedef enum {
	TG_CELL_TEXT,
	TG_CELL_DAY,
	TG_CELL_FLAG,
	TG_CELL_INT,
	TG_CELL_GTIN,
	TG_CELL_TEXTS,   /**< items with the list separator between them */
	TG_CELL_GTINS,   /**< the same */
	TG_CELL_RANGES,  /**< items "FROM..TO", or one value for a range of one */
	TG_CELL_BATCHES, /**< "all", or batches and ranges of them */
} tg_cell_form;

/** How the cells of one file are to be read. */
typedef struct tg_cell_rules {
	char list_separator; /**< between items of a list; '\n': a line break in the cell */
	bool day_first;      /**< 23/11/2026, 23.11.2026 and 23-11-2026 are days too */
	bool repair_gtins;   /**< see tg_cell_set */
} tg_cell_rules;

typedef enum {
	TG_CELL_GOOD,
	TG_CELL_REPAIRED, /**< set, and worth telling of */
	TG_CELL_BAD       /**< not set */
} tg_cell_verdict;

typedef struct tg_cell_note {
	const char *code; /**< "gtin-damaged", "gtin-repaired", "bad-gtin", "bad-cell"; static */
	char words[200];  /**< what is wrong, and what to do */
} tg_cell_note;

/**
 * Set `name` in `object` to what the cell says. `text` is UTF-8, trimmed and not empty.
 *
 * GTINs: a number in exponential form (5,012E+12) has lost its digits and is always refused. With `repair_gtins` these are put
 * right where the check digit then holds, else refused: an apostrophe in front or ="…" around; blanks or hyphens between digits;
 * ".0" or ",0" at the end; 9 to 11 digits, whose leading zeros a spreadsheet cut: they are filled up to 12.
 * Days: 2026-11-23. Flags: true, yes, 1; false, no, 0. Whole numbers have digits only.
 * `note` is written unless the cell is good.
 */
tg_cell_verdict tg_cell_set(
	tg_cell_note *note, tg_json *object, const char *name, tg_cell_form form, const char *text, const tg_cell_rules *rules);

/** Is it all digits, and one of the lengths that are read (8, 12, 13, 14)? Then its number; else 0. The check digit may be any. */
uint64_t tg_cell_number(const char *text);

#endif

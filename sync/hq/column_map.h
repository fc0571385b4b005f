/* SPDX-License-Identifier: Apache-2.0
 *
 * column_map.h - which column of a spreadsheet holds which member, and how its cells are written: given with options, or kept in a
 * file (tillgate-import(5)).
 *
 * Pure. Knows headers and cells; knows no file but the text of a mapping.
 */
#ifndef TG_HQ_COLUMN_MAP_H
#define TG_HQ_COLUMN_MAP_H

#include "sync/hq/columns.h"

#define TG_COLUMN_MAP_MAX_BYTES 262144 /* of a mapping file: some thousand words */
#define TG_COLUMN_MAP_WORDS_MAX 4096   /* "Nein" means "out" */

typedef enum { TG_CSV_UTF8, TG_CSV_WINDOWS_1252, TG_CSV_ENCODINGS } tg_csv_encoding;
extern const char *const tg_csv_encoding_words[TG_CSV_ENCODINGS + 1]; /* "utf-8" "windows-1252" */

typedef struct tg_column_word {
	size_t field;
	const char *cell, *means;
} tg_column_word;

/** tg_column_map_init, fini. All texts are the arena's. */
typedef struct tg_column_map {
	tg_arena texts;
	tg_record_kind kind; /**< TG_RECORD_KINDS: not said yet */
	char separator;      /**< 0: the one that the header has */
	tg_csv_encoding encoding;
	tg_cell_rules rules;
	bool skip_in_store;                  /**< products: lines with numbers for use in shops are left out */
	bool skip_without_gtin;              /**< products: lines whose cell for the GTIN is empty, or means that, are left out */
	const char *columns[TG_COLUMNS_MAX]; /**< by field: name of the column; NULL: none */
	const char *fixed[TG_COLUMNS_MAX];   /**< by field: what every row says; NULL: nothing */
	bool named;                          /**< columns were named: only these are read */
	tg_column_word *words;
	size_t word_count, word_cap;
} tg_column_map;

void tg_column_map_init(tg_column_map *map);
void tg_column_map_fini(tg_column_map *map);

/** "column" holds the member "field". TG_EINVAL: the kind has no such member for a column, or it has one already; TG_ENOMEM. */
TG_NODISCARD int tg_column_map_name(tg_column_map *map, const char *column, const char *field, tg_error *err);

/** Read a mapping. `map` is one that was only initialised. Errors: TG_EFORMAT (words say where), TG_ENOMEM. */
TG_NODISCARD int tg_column_map_parse(tg_column_map *map, tg_view text, tg_error *err);
/** The same mapping as a file to keep. Errors: TG_ENOMEM, TG_ELIMIT. */
TG_NODISCARD int tg_column_map_write(tg_buf *out, const tg_column_map *map, tg_error *err);

/**
 * Say for each field in which column of the header it stands: `at[field]`, or TG_CSV_NO_COLUMN. Columns that were not named are
 * looked for by the names of the fields. A name that no column has is looked for without case, if one column alone then has it.
 * Errors: TG_EINVAL: a named column is not there, or there more than once; no column for the key.
 */
TG_NODISCARD int tg_column_map_find(
	size_t at[TG_COLUMNS_MAX], const tg_column_map *map, const tg_view *header, size_t count, tg_error *err);

/** What the cell of that field means: itself, or the word that the mapping has for it. */
const char *tg_column_map_word(const tg_column_map *map, size_t field, const char *cell);

#endif

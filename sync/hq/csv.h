/* SPDX-License-Identifier: Apache-2.0
 *
 * csv.h - comma-separated values as RFC 4180 says, strictly. A file that can be read two ways is refused.
 *
 * Pure: bytes in, rows out. Knows nothing of records.
 */
#ifndef TG_HQ_CSV_H
#define TG_HQ_CSV_H

#include "store/base/bytes.h"

#define TG_CSV_FIELDS_MAX 256    /* columns; article masters have some dozens */
#define TG_CSV_FIELD_MAX 65536   /* bytes of one field */
#define TG_CSV_ROWS_MAX 20000000 /* as many as lines of a record file */
#define TG_CSV_NO_COLUMN SIZE_MAX

/**
 * One row. `fields` are borrowed until the call returns; `line` is the line on which the row begins (a quoted
 * field may hold line breaks). Return TG_OK to go on.
 */
typedef int tg_csv_row(void *ctx, const tg_view *fields, size_t count, uint32_t line, tg_error *err);

/**
 * The separator in the first line that is not empty: ',' ';' or tab, whichever alone is there outside of quotes; ',' for none.
 * TG_EINVAL: several are.
 */
TG_NODISCARD int tg_csv_separator(char *out, tg_view text, tg_error *err);

/**
 * Rows end in LF or CRLF, the last one may end with the text. A field is either without quotes, separators
 * and line breaks, or wholly in quotes with quotes inside doubled. A byte order mark at the start is skipped.
 * Empty lines are skipped.
 * `separator`: ',' or what a spreadsheet used (';', tab); 0: the one that the first line has.
 * Errors: TG_EINVAL as tg_csv_separator(); TG_EFORMAT with the line ("line 7: text after a closing quote"), TG_ELIMIT, TG_ENOMEM, or what
 * `row` returned.
 */
TG_NODISCARD int tg_csv_parse(tg_view text, char separator, tg_csv_row *row, void *ctx, tg_error *err);

/** A field without the blanks and tabs around it. Borrowed like the field. */
tg_view tg_csv_trimmed(tg_view field);

/**
 * The one column of that name in the row that names the columns, blanks around it aside; if there is none, the one that is so called
 * without regard to the case of ASCII letters. TG_CSV_NO_COLUMN: none, or (`*several`) more than one.
 */
size_t tg_csv_match_column(bool *several, const tg_view *fields, size_t count, const char *name);

/**
 * The same where more than one is a mistake of whoever made the file: TG_EINVAL then, with words. `*at` is TG_CSV_NO_COLUMN if there is
 * none.
 */
TG_NODISCARD int tg_csv_find_column(size_t *at, const tg_view *fields, size_t count, const char *name, tg_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * import.h - bring records from a file of other people into HQ/records/, all of them or none.
 *
 * JSON Lines hold whole records. A spreadsheet (CSV) holds some members of them, a row for each record, or several rows that share
 * its key and whose lists are joined. Nothing is ever removed: what the file does not name stays. The file in records/ is written
 * whole, in RFC 8785 form, one line a record, sorted: the same records give the same file, so that it diffs well in git.
 */
#ifndef TG_HQ_IMPORT_H
#define TG_HQ_IMPORT_H

#include "sync/hq/column_map.h"

#define TG_IMPORT_FILE_MAX (UINT64_C(2) << 30) /* bytes of a file to import: 10 M products take half of it */

typedef enum {
	TG_UPDATE_USUAL,   /**< CSV: members; JSON Lines: replace */
	TG_UPDATE_MEMBERS, /**< what has a column is changed (an empty cell takes it out), the rest stays; CSV only */
	TG_UPDATE_REPLACE, /**< the record in the file takes the whole place of the one with its key */
	TG_UPDATE_NEVER,   /**< a record that is there and would change is an error */
	TG_UPDATES
} tg_update_how;
extern const char *const tg_update_words[TG_UPDATES + 1]; /* "usual" "members" "replace" "never" */

typedef struct tg_import_options {
	tg_record_kind kind;
	bool csv;     /**< else JSON Lines */
	bool dry_run; /**< say what would happen, write nothing */
	tg_update_how update;
	const tg_column_map *map; /**< of CSV; its kind is `kind` */
	void (*progress)(void *ctx, const char *what, size_t done); /**< may be NULL */
	void *progress_ctx;
} tg_import_options;

typedef struct tg_import_result {
	size_t added, changed, unchanged; /**< of the records in the file */
	size_t left_out;                  /**< lines of the file with numbers for use in shops */
	size_t without_gtin;              /**< lines of the file that were left out for having none */
	size_t repaired;                  /**< cells */
	size_t untouched;                 /**< records that the file does not name; they stay */
	size_t total;                     /**< in HQ/records/ afterwards */
} tg_import_result;

/**
 * Import `file` into the folder `records`. Every bad line becomes an error finding (its `file` is then
 * `file`'s, borrowed), and nothing is written.
 * Errors: TG_EFORMAT (findings say why), TG_EINVAL (columns), TG_ENOTFOUND, TG_EIO, TG_ENOMEM, TG_ELENGTH.
 */
TG_NODISCARD int tg_import(tg_import_result *result, tg_findings *findings, const char *records,
	const char *file, const tg_import_options *options, tg_error *err);

/**
 * The rows of a spreadsheet as records, without any folder: what tg_import does with a file of CSV and no records yet. For tests.
 * `total` counts the records; errors as tg_import.
 */
TG_NODISCARD int tg_import_text(
	tg_import_result *result, tg_findings *findings, tg_view text, const tg_import_options *options, tg_error *err);

#endif

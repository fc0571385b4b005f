/* SPDX-License-Identifier: Apache-2.0
 *
 * import.h - bring records from a file of other people into HQ/records/, all of them or none.
 *
 * A record with the same GTIN (products, packs) or id replaces the old one. The file is written whole, in RFC
 * 8785 form, one line a record, sorted: the same records give the same file, so that it diffs well in git.
 */
#ifndef TG_HQ_IMPORT_H
#define TG_HQ_IMPORT_H

#include "sync/hq/records.h"

#define TG_IMPORT_FILE_MAX (UINT64_C(2) << 30) /* bytes of a file to import: 10 M products take half of it */
#define TG_IMPORT_MAPS_MAX 32

typedef struct tg_import_map { /**< "--map Artikel=gtin": that column holds that member */
	const char *column, *field;
} tg_import_map;

typedef struct tg_import_options {
	tg_record_kind kind;
	bool csv;       /**< else JSON Lines */
	char separator; /**< of CSV */
	bool dry_run;   /**< say what would happen, write nothing */
	tg_import_map maps[TG_IMPORT_MAPS_MAX];
	size_t map_count; /**< 0: columns that are called like members */
} tg_import_options;

typedef struct tg_import_result {
	size_t added, changed, unchanged; /**< of the records in the file */
	size_t total;                     /**< in HQ/records/ afterwards */
} tg_import_result;

/**
 * Import `file` into the folder `records`. Every bad line becomes an error finding (its `file` is then
 * `file`'s, borrowed), and nothing is written.
 * Errors: TG_EFORMAT (findings say why), TG_EINVAL (columns), TG_ENOTFOUND, TG_EIO, TG_ENOMEM, TG_ELENGTH.
 */
TG_NODISCARD int tg_import(tg_import_result *result, tg_findings *findings, const char *records,
	const char *file, const tg_import_options *options, tg_error *err);

#endif

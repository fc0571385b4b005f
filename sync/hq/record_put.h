/* SPDX-License-Identifier: Apache-2.0
 *
 * record_put.h - put records into their place in HQ/records/: each file whole, order and the other lines as they are.
 *
 * Knows lines and their keys; judges nothing. Callers hold the site's lock.
 */
#ifndef TG_HQ_RECORD_PUT_H
#define TG_HQ_RECORD_PUT_H

#include "sync/hq/records.h"
#include "sync/hq/site.h"

/** One line of a file of records. */
typedef struct tg_record_line {
	tg_json *now; /**< NULL: it is not there */
	tg_json *then;
} tg_record_line;

/**
 * Write the file of that kind again. A line whose `now` is NULL and whose key is not there yet goes before the first line with a
 * higher key; every other one takes the place of the line with its key. `lines` are in the order of their keys (id or gtin).
 * Errors: TG_EFORMAT a line that is no JSON, TG_EIO, TG_ENOMEM, TG_ELENGTH, TG_ELIMIT; the old file is then as it was.
 */
TG_NODISCARD int tg_records_put(
	const tg_site *site, tg_record_kind kind, const tg_record_line *lines, size_t count, tg_error *err);

#endif

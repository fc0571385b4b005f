/* SPDX-License-Identifier: Apache-2.0
 *
 * record_against.h - readers of the records of what stands against products, of our roles, and of bundles.
 *
 * Internal to the readers of records (record_read.c calls them).
 */
#ifndef TG_HQ_RECORD_AGAINST_H
#define TG_HQ_RECORD_AGAINST_H

#include "sync/hq/record_reader.h"

void tg_read_bundle(tg_reader *r, tg_bundle_record *b, const tg_json *json);
void tg_read_role(tg_reader *r, tg_role_record *role, const tg_json *json);
void tg_read_failure(tg_reader *r, tg_failure_record *f, const tg_json *json);
void tg_read_notice(tg_reader *r, tg_notice_record *n, const tg_json *json);
void tg_read_publication(tg_reader *r, tg_publication_record *p, const tg_json *json);

/** A range of batches or serial numbers from the members "from" and "to". */
void tg_read_range(tg_reader *r, tg_batch_range *range, const tg_json *item);

#endif

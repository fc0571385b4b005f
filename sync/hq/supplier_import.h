/* SPDX-License-Identifier: Apache-2.0
 *
 * supplier_import.h - ask a supplier's repository what it says of the prefixes that are registered to it.
 *
 * The road: The Update Framework from the root that people compared (sync/refresh.h), the targets found through its delegations
 * (sync/find.h), the text read as hostile (supplier_statements.h). What comes out is for propose.h. No record is touched, and none
 * of our own keys is opened.
 */
#ifndef TG_HQ_SUPPLIER_IMPORT_H
#define TG_HQ_SUPPLIER_IMPORT_H

#include "sync/fetch/fetch.h"
#include "sync/hq/propose.h"

#define TG_SUPPLIER_PAPERS_MAX                                                                               \
	(1 << 30) /* bytes of documents fetched in one import; the rest comes with the next */
#define TG_SUPPLIER_LOOKUPS_MAX                                                                              \
	4000 /* documents looked for in one import: each may ask 32 roles, which are verified each time */
#define TG_SUPPLIER_TARGET_MAX 40 /* bytes of "statements/123456789012.jsonl" */

/** What one import brought. Zero-initialise; tg_supplier_batch_fini(). */
typedef struct tg_supplier_batch {
	tg_propose_set sets[TG_SUPPLIER_PREFIXES_MAX];
	char names[TG_SUPPLIER_PREFIXES_MAX][2]
		  [TG_SUPPLIER_TARGET_MAX];    /**< of the targets: statements, products */
	bool absent[TG_SUPPLIER_PREFIXES_MAX]; /**< there is no target of statements */
	size_t count;
	int64_t root_version, targets_version;
	size_t papers; /**< documents fetched now */
} tg_supplier_batch;
void tg_supplier_batch_fini(tg_supplier_batch *batch);

/** Told of each request; may be NULL. */
typedef void tg_supplier_step(void *ctx, const char *name);

/**
 * Refresh, find, fetch and read all of it. Holds the supplier's own lock meanwhile, not the site's.
 * Findings: refused lines (errors); a document that is not published, too long, or not what it says (warnings).
 * Errors:   those of sync/refresh.h and sync/find.h; TG_ELIMIT, TG_ELENGTH a file over its ceiling; TG_EBUSY; TG_ENOMEM. Nothing
 *           is then proposed; the supplier's cache keeps what was verified.
 */
TG_NODISCARD int tg_supplier_fetch(tg_supplier_batch *out, tg_findings *findings, const tg_site *site,
	const tg_supplier *supplier, tg_fetch *fetch, int64_t now_us, tg_supplier_step *step, void *ctx,
	tg_error *err);

#endif

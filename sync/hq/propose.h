/* SPDX-License-Identifier: Apache-2.0
 *
 * propose.h - what a supplier publishes now, against what we hold of it: new drafts, and old ones that are overtaken.
 *
 * Knows records, statements and drafts; knows nothing of the network (supplier_import.h). Changes no record.
 */
#ifndef TG_HQ_PROPOSE_H
#define TG_HQ_PROPOSE_H

#include "sync/hq/drafts.h"
#include "sync/hq/supplier_statements.h"

#define TG_PROPOSE_NEW_MAX                                                                                   \
	2000 /* drafts that one import makes, withdrawals aside: a hostile supplier fills no disk, and nobody reads more */

/** What the supplier says under one registered prefix. */
typedef struct tg_propose_set {
	tg_prefix prefix;
	const char *name;         /**< of the target; for findings, which it must outlive */
	tg_statements statements; /**< empty if there is no such target: then it says nothing any more */
	tg_json *signature;       /**< who signed it; see drafts.h */
} tg_propose_set;

typedef struct tg_propose_options {
	bool add_products; /**< propose products that we do not list; else only to complete those that we do */
	int64_t now_us;
} tg_propose_options;

typedef enum {
	TG_PROPOSED,        /**< a new draft, or one that is open again */
	TG_PROPOSE_WAITING, /**< it was open already */
	TG_PROPOSE_REJECTED_BEFORE,
	TG_PROPOSE_OVERTAKEN,
	TG_PROPOSE_EVENTS
} tg_propose_event;
extern const char
	*const tg_propose_words[TG_PROPOSE_EVENTS + 1]; /* "new" "waiting" "rejected before" "overtaken" */

typedef struct tg_propose_result {
	size_t counts[TG_PROPOSE_EVENTS];
	size_t on_file; /**< statements that are on file as they are */
	size_t left; /**< would be new, but TG_PROPOSE_NEW_MAX was reached: they come with the next import */
	size_t withdrawals; /**< open drafts, new or waiting, that withdraw what is in force */
} tg_propose_result;

/** Told of each draft; borrowed for the call. */
typedef void tg_propose_told(void *ctx, const tg_draft *draft, tg_propose_event event);

/**
 * Compare, and write drafts. A statement that stands under two prefixes, has the id of a record of somebody else's, or would
 * change too many products is refused by a finding (duplicate-id, id-taken, too-many-products). Where lines were refused, it is
 * not judged which statements are missing: they may be among them.
 * The caller holds the site's lock. Errors: TG_EFORMAT records or drafts that cannot be read, TG_EIO, TG_ENOMEM.
 */
TG_NODISCARD int tg_propose(tg_propose_result *result, tg_findings *findings, const tg_site *site,
	const char *supplier, tg_propose_set *sets, size_t count, const tg_propose_options *options,
	tg_propose_told *told, void *ctx, tg_error *err);

#endif

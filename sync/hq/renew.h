/* SPDX-License-Identifier: Apache-2.0
 *
 * renew.h - sign what is published anew, its content unchanged: because its time is half over, or for other keys.
 *
 * In three steps, so that a dry run can stop after the first and a change of root can come between the second and the third:
 * plan (reads, decides), sign (opens keys, makes the files in memory), place (writes: roles of documents, targets.json, snapshot.json,
 * timestamp.json last, so that the old publication stands until all is there).
 */
#ifndef TG_HQ_RENEW_H
#define TG_HQ_RENEW_H

#include "sync/hq/documents.h"
#include "sync/hq/published.h"
#include "sync/hq/sign.h"

typedef struct tg_renewal {
	const tg_publish_ctx *ctx;
	const tg_published *old;
	const tg_root *root;  /**< whose keys sign */
	const tg_root *older; /**< by whose keys the files verify now; NULL: the same */
	bool due[TG_TUF_ROLES];
	bool targets_wait; /**< targets or documents should be renewed, but their keys are not here */
	tg_documents documents; /**< signed by targets' keys, in roles of their own */
	int64_t version[TG_TUF_ROLES];
	tg_signing signing;
	tg_buf targets, snapshot, timestamp;
} tg_renewal;

/**
 * What has to be signed: every file whose life is half over or which `root`'s keys have not signed, and what lists it. With
 * `always_timestamp`, that one in any case. `ctx`, `old`, `root` and `older` are borrowed until tg_renewal_fini(), which is fine after
 * an error too.
 */
TG_NODISCARD int tg_renewal_plan(tg_renewal *out, const tg_publish_ctx *ctx, const tg_published *old,
	const tg_root *root, const tg_root *older, bool always_timestamp, tg_error *err);
/** Is anything due? */
bool tg_renewal_due(const tg_renewal *renewal);
TG_NODISCARD int tg_renewal_sign(tg_renewal *renewal, tg_error *err);
/** After tg_renewal_sign(): do the files verify by the older root as well? Then they may be placed before the new root is. */
bool tg_renewal_fits_older(const tg_renewal *renewal);
TG_NODISCARD int tg_renewal_place(const tg_renewal *renewal, tg_error *err);
void tg_renewal_fini(tg_renewal *renewal);

#endif

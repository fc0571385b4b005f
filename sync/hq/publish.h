/* SPDX-License-Identifier: Apache-2.0
 *
 * publish.h - sign and put in place: a publication, a refresh.
 *
 * Files are written in the order targets, targets.json, snapshot.json, timestamp.json, each whole and synced:
 * until the last one is renamed, the old publication stands; what a crash leaves behind is overwritten by the
 * next run.
 */
#ifndef TG_HQ_PUBLISH_H
#define TG_HQ_PUBLISH_H

#include "sync/hq/guard.h"
#include "sync/hq/index.h"
#include "sync/hq/published.h"
#include "sync/hq/sign.h"

typedef struct tg_publish_result {
	bool image_changed, policy_changed;
	bool targets_renewed;  /**< signed anew because half its life was over, though nothing changed */
	bool snapshot_renewed; /**< by refresh */
	bool nothing;          /**< nothing to do, nothing written */
	size_t documents;      /**< that statements name; only by publish */
	size_t document_roles; /**< roles of documents that were signed anew */
	int64_t documents_end_us; /**< refresh: when the first signature of documents ends; 0 if there are none */
	int64_t expires_us[TG_TUF_ROLES]; /**< refresh: when each signature ends */
	tg_guard_report guard;
	int64_t catalogue_version;
	int64_t version[TG_TUF_ROLES];
	int64_t image_length;
	size_t patches;            /**< offered beside the image (offer.h) */
	int64_t longest_patch;     /**< bytes; 0: none */
	int64_t compressed_length; /**< of the image, bytes; 0: not offered */
	char archive_fault[240];   /**< why the archive does not hold what is published; "" it does */
} tg_publish_result;

/**
 * Compile the records and publish them if image, policy or a document changed. The records must have no error findings.
 * Errors: TG_ECLOCK (our clock is behind the last publication, and ctx does not accept that), TG_ESTATE (policy changed, but its version
 * did not rise), TG_EROLLBACK (guard.h), and those of reading, compiling, keys and writing.
 */
TG_NODISCARD int tg_publish(
	tg_publish_result *result, const tg_publish_ctx *ctx, const tg_index *index, tg_error *err);

/**
 * A new timestamp with a new issue time; a new snapshot too when half its life is over; the roles of documents too when half of
 * theirs is and the keys of targets are in HQ/keys, and so targets. Ends a change of root that was cut short. TG_ESTATE if nothing was
 * published; TG_ECLOCK and TG_EROLLBACK as above.
 */
TG_NODISCARD int tg_refresh(tg_publish_result *result, const tg_publish_ctx *ctx, tg_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * root_finish.h - put a signed root in place, and sign anew whatever it wants signed by other keys.
 *
 * Stations must find a repository that verifies at every moment. So what has to be signed anew is signed by the keys of the present
 * and of the new root together, and put in place before the new root is: who has either root can go on. Where the older keys are not
 * here any more (lost, or destroyed), the root goes first and the files follow at once; a station that comes in between keeps what it
 * has and tries again. After a crash the same command, or refresh, goes on where it ended.
 */
#ifndef TG_HQ_ROOT_FINISH_H
#define TG_HQ_ROOT_FINISH_H

#include "sync/hq/root_stage.h"
#include "sync/hq/sign.h"

typedef struct tg_root_result {
	int64_t root_version;
	bool placed;            /**< false: it was in place already */
	bool first;             /**< the first root: publish comes next */
	bool due[TG_TUF_ROLES]; /**< signed anew */
	bool seamless;          /**< no moment without a repository that verifies */
	int64_t version[TG_TUF_ROLES];
} tg_root_result;

/**
 * Errors: TG_EUNTRUSTED not enough signatures, or a first root that is not the one init staged; TG_ESTATE a key that must sign is not in HQ/keys, or an earlier change of root waits
 * for refresh; TG_EROLLBACK as guard.h. All of them before anything is written.
 */
TG_NODISCARD int tg_root_finish(
	tg_root_result *result, const tg_publish_ctx *ctx, const tg_stage *stage, tg_error *err);

#endif

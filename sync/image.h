/* SPDX-License-Identifier: Apache-2.0
 *
 * image.h - the newest image, by the smallest way that leads to it: a patch, else compressed, else plain.
 *
 * However the bytes came, the result has the signed length, the signed hash and the signed block hashes before it has its name.
 * What is compressed is checked against its own signed hash before it is given to the decompressor. Knows targets and files;
 * knows nothing of how the metadata became trusted (refresh.h) or how a set is made of it (install.h).
 */
#ifndef TG_SYNC_IMAGE_H
#define TG_SYNC_IMAGE_H

#include "sync/fetch/fetch.h"
#include "sync/tuf/chain.h"
#include "sync/update.h"
#include "sync/way.h"

/*
 * Targets beside TG_CHAIN_IMAGE, both zstd frames. `custom` of each says by `image_sha256` which image it leads to. The patch from an
 * image has that image's hash, 64 hex digits, in its path.
 */
#define TG_IMAGE_COMPRESSED TG_CHAIN_IMAGE ".zst"
#define TG_IMAGE_PATCH_FORMAT "patch/%s.zst"
#define TG_IMAGE_PATCH_PATH_SIZE 80

/** Borrowed for the call. */
typedef struct tg_image_job {
	const tg_trusted *set;
	const tg_chain_facts *facts; /**< of `set` */
	const char *targets_url;
	const char *part_dir; /**< of partial downloads (download.h); on the same file system as `to` */
	const char *to;       /**< where the image goes */
	const char *old_path; /**< the image in force, or NULL */
	const uint8_t *old_sha256; /**< what is signed of it, or NULL where that is not known */
	tg_fetch *fetch;
	tg_update_progress_fn *progress; /**< may be NULL */
	void *progress_ctx;
} tg_image_job;

/**
 * Bring the image to job->to, synced, and append its block hashes to `blocks`.
 *
 * `taken` is filled on success and on failure: then its way is TG_WAY_KEPT. A way that fails leaves its words there and the next
 * one is tried. A patch needs the image in force to be what was signed; that is seen by the result.
 * Errors: of the last way: tg_fetch_run(), TG_ELENGTH, TG_EHASH, TG_EFORMAT, TG_EIO. Nothing is left at job->to then; a partial download stays
 *         in part_dir for the next run.
 */
TG_NODISCARD int tg_image_bring(tg_way_taken *taken, tg_buf *blocks, const tg_image_job *job, tg_error *err);

#endif

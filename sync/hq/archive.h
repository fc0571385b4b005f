/* SPDX-License-Identifier: Apache-2.0
 *
 * archive.h - every image and policy that was published, for as long as somebody may ask what the gate said then.
 *
 *   archive/index.jsonl              in order (archive_index.h)
 *   archive/IMAGE_SHA256.tgc.zst     an image as one frame, alone or as the difference from the one before
 *   archive/IMAGE_SHA256.tgc         one that is too long for a frame
 *   archive/POLICY_SHA256.policy.json
 *   archive/N.targets.json           signed targets that the repository no longer lists (prune.h): they name the hashes
 *
 * Written after the repository is in place: files first, then their line. What a crash leaves out is added by the next publication,
 * refresh or `archive check`. Nothing here is ever changed, and no command removes it.
 *
 * Knows files, frames and hashes; knows nothing of what an image holds.
 */
#ifndef TG_HQ_ARCHIVE_H
#define TG_HQ_ARCHIVE_H

#include "sync/hq/archive_index.h"
#include "sync/hq/published.h"
#include "sync/mapping.h"

#define TG_ARCHIVE_IMAGE_MAX (INT64_C(1) << 40) /* bytes: an image beyond this is none of ours */

/** Zero-initialise. One thread. */
typedef struct tg_archive {
	const tg_site *site;
	tg_archive_index index;
} tg_archive;

typedef void (*tg_archive_progress_fn)(void *ctx, const char *what, size_t done, size_t total);

/** Read the index. An archive that is not there is empty. `site` is borrowed. Errors: TG_EFORMAT (index.jsonl, with the line), TG_EIO. */
TG_NODISCARD int tg_archive_open(tg_archive *out, const tg_site *site, tg_error *err);
void tg_archive_close(tg_archive *archive); /* { 0 } is fine */

/**
 * Add what is published now, if it is not there. `*added` (may be NULL) tells. Under the site's lock.
 * A frame is unfolded and compared before it counts. About 2 s for a 100 MB image as a patch, 5 s alone; 60 MB of memory.
 * Errors: TG_EHASH, TG_EIO (what is published cannot be read, or the archive not be written), TG_ENOMEM.
 */
TG_NODISCARD int tg_archive_keep(bool *added, tg_archive *archive, const tg_published *published, tg_error *err);

/** tg_archive_open, tg_archive_keep of what the repository says, close. Nothing published: nothing to do. */
TG_NODISCARD int tg_archive_keep_published(bool *added, const tg_site *site, tg_error *err);

/**
 * The image of line `n`, whole and hashed: a mapping of a file in work/ that has no name any more, so that memory stays bounded
 * (two images on the disk while frames are unfolded). `progress` may be NULL. Close with tg_mapping_close; tg_archive_image_file to
 * have it as a file.
 * Errors: TG_ENOTFOUND, TG_EHASH, TG_EFORMAT: with the name of the file that is missing or damaged; TG_EIO, TG_ENOMEM.
 */
TG_NODISCARD int tg_archive_image(tg_mapping *out, const tg_archive *archive, size_t n, tg_error *err);
/** The same written to `path`, whole or not at all. */
TG_NODISCARD int tg_archive_image_file(const char *path, const tg_archive *archive, size_t n, tg_error *err);
/** Its policy, hashed; appended to `out` (TG_POLICY_MAX_BYTES). Errors as above. */
TG_NODISCARD int tg_archive_policy(tg_buf *out, const tg_archive *archive, size_t n, tg_error *err);

typedef struct tg_archive_report {
	size_t images, policies, targets; /**< whole; targets: signed lists that name these very hashes */
	size_t bad;               /**< findings */
	size_t unproven;          /**< lines whose signed targets are not there any more */
	int64_t bytes;            /**< that the archive takes */
} tg_archive_report;

/** One finding: what is wrong, with the file's name. */
typedef void (*tg_archive_finding_fn)(void *ctx, const char *words);

/**
 * Unfold every image and hash every policy, in order, each frame once. What rests on something damaged is named too.
 * Errors: TG_ENOMEM, TG_EIO in work/; damage is none: it is found.
 */
TG_NODISCARD int tg_archive_check(tg_archive_report *out, const tg_archive *archive, tg_archive_finding_fn found,
	tg_archive_progress_fn progress, void *ctx, tg_error *err);

#endif

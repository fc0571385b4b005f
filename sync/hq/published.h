/* SPDX-License-Identifier: Apache-2.0
 *
 * published.h - what the repository folder says now, read back and verified as a station would.
 *
 * The folder itself is the only memory of what was published: no second record can disagree with it.
 */
#ifndef TG_HQ_PUBLISHED_H
#define TG_HQ_PUBLISHED_H

#include "sync/hq/site.h"

/** How far a publication has come; see numbers.h. Zeros: nothing is known. */
typedef struct tg_numbers {
	int64_t version[TG_TUF_ROLES];
	int64_t delegated; /**< the highest version of any role of documents (bins.h) */
	int64_t bins;      /**< how many of them there were */
	int64_t catalogue_version, policy_version;
	int64_t issued_us;
	uint8_t policy_sha256[TG_SHA256_SIZE];    /**< of the policy with that version */
	uint8_t timestamp_sha256[TG_SHA256_SIZE]; /**< of the timestamp with that version */
} tg_numbers;

typedef struct tg_published {
	bool exists;                   /**< a whole set is there: not so before init has ended */
	int64_t version[TG_TUF_ROLES]; /**< 0: none yet */
	int64_t expires_us[TG_TUF_ROLES];
	int64_t issued_us;
	int64_t catalogue_version;
	int64_t image_length;
	uint8_t image_sha256[TG_SHA256_SIZE];
	uint8_t policy_sha256[TG_SHA256_SIZE];
	uint8_t timestamp_sha256[TG_SHA256_SIZE];
	tg_numbers floor;               /**< DIR/floor.json: what is published next must be above */
	tg_buf root, snapshot, targets; /**< the newest files, whole */
	/**
	 * The root by which snapshot, targets and timestamp verify, if that is not the newest: a change of root that did not come to
	 * its end. Empty else. They must be signed anew (renew.h) before anything else is.
	 */
	tg_buf old_root;
} tg_published;

/**
 * Read and verify, without expiry, from 1.root.json on. A repository without a timestamp is no error:
 * `exists` is false.
 * Ownership: tg_published_fini(), also after an error. Errors: as sync/tuf/trusted.h, TG_EIO; TG_ENOTFOUND:
 * no root.
 */
TG_NODISCARD int tg_published_read(tg_published *out, const tg_site *site, tg_error *err);
void tg_published_fini(tg_published *published);

/** The version to publish next: above what is here and above the floor. */
int64_t tg_published_next(const tg_published *published, tg_tuf_role role);
int64_t tg_published_next_catalogue(const tg_published *published);
/** Was the floor raised above what is here? Then the next publication signs everything. */
bool tg_published_below_floor(const tg_published *published);

/** The newest root in the folder, whole, unverified. TG_ENOTFOUND: none. */
TG_NODISCARD int tg_published_newest_root(tg_buf *out, const tg_site *site, tg_error *err);

/** Names of files: "3.targets.json" in metadata/, "<sha256>.catalogue.tgc" in targets/. */
TG_NODISCARD int tg_published_metadata_path(
	char out[4096], const tg_site *site, tg_tuf_role role, int64_t version, tg_error *err);
TG_NODISCARD int tg_published_target_path(char out[4096], const tg_site *site, const char *target,
	const uint8_t sha256[TG_SHA256_SIZE], tg_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * install.h - builds one whole set under catalogue/sets/ and switches catalogue/current to it.
 *
 * Knows the layout of a set (sync/tuf/chain.h reads it). Knows nothing of how the metadata became trusted, nor of the ways by which
 * an image comes (sync/image.h). Everything is built in sets/.new, which no reader looks at; only a rename makes it a set. The caller holds
 * the lock.
 */
#ifndef TG_SYNC_INSTALL_H
#define TG_SYNC_INSTALL_H

#include "sync/state.h"
#include "sync/tuf/chain.h"
#include "sync/update.h"
#include "sync/way.h"

/**
 * Seconds after which the installed image is hashed again, whatever its file's times say. Bits rot without touching them. A day:
 * a timer heals it before the next day's trade, and hashing 100 MB once a day costs well under a second of CPU.
 */
#define TG_INSTALL_CHECK_S (24 * 3600)

/** Partial downloads, below the catalogue's folder. No reader looks there. */
#define TG_INSTALL_PARTS "part"

/** One installation. The caller fills the first part; strings and pointers are borrowed. */
typedef struct tg_install {
	const char *catalogue_dir, *cache_dir, *trust_root, *targets_url;
	const tg_trusted *set;
	const tg_chain_facts *facts;
	int64_t first_root_version; /**< of trust/root.json: the roots after it go into the set */
	tg_fetch *fetch;
	bool check_image;
	int64_t now_us; /**< the one fixed time of the update */
	tg_update_accept_fn *accept_image;
	tg_sync_state *state; /**< the image's fingerprint is used and brought up to date */
	tg_update_progress_fn *progress;
	void *progress_ctx;

	char old_dir[4096];   /**< the set in force, "" if none; by tg_install_find_current() */
	char build_dir[4096]; /**< sets/.new while building */
	int64_t old_version;  /**< catalogue version in force, 0 if none or not verifiable; only set when it was needed */
	bool old_known;       /**< the set in force is verified: old_sha256 is what is signed of its image */
	uint8_t old_sha256[TG_SHA256_SIZE];
	tg_way_taken image_way; /**< how the image came, or what was tried; also after an error */
	bool new_time, new_metadata, new_image, new_policy, new_blocks; /**< what differs from the set in force */
} tg_install;

/** Where catalogue/current points: `out` is the folder of the set, or "" if there is none that can be one of ours. */
void tg_install_find_current(char out[4096], const char *catalogue_dir);

/**
 * Build the set: unchanged files as hard links, the others written or fetched, each checked before it has its name.
 * Errors: of tg_image_bring() and tg_find_fetch(); TG_EROLLBACK catalogue version older than in force; TG_EFORMAT a signed policy
 * that this program cannot read; TG_EIO. On error nothing stays of it.
 */
TG_NODISCARD int tg_install_build(tg_install *install, tg_error *err);

/** Does what was built differ from the set in force? */
bool tg_install_differs(const tg_install *install);

/** Verify it once more as the daemon will, give it its id, switch to it, remove all but the set before. */
TG_NODISCARD int tg_install_commit(char id[64], tg_install *install, tg_error *err);

/** Remove what was built. */
void tg_install_abandon(tg_install *install);

#endif

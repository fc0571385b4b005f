/* SPDX-License-Identifier: Apache-2.0
 *
 * update.h - bring the station's catalogue up to date: the network side of `tillgate sync`.
 *
 * Knows the folder catalogue/ and the order of an update; the rules are in sync/tuf/trusted.h, the transport in sync/fetch.
 *
 *   catalogue/tuf/          metadata as last fetched: N.root.json, root.json, timestamp.json, snapshot.json, targets.json
 *   catalogue/sets/ID/      one whole installed set (sync/tuf/chain.h says what is in it); never changed once in place
 *   catalogue/current       link to sets/ID, switched by rename
 *   catalogue/part/HASH     a download under way, or broken off; never read by anybody else (sync/download.h)
 *   catalogue/lock          flock, held for the whole update
 *   catalogue/state.json    what sync remembers of itself (sync/state.h)
 *
 * A set is whole: image, policy and the metadata that signs both. Policy and image are separate targets and fetched separately,
 * a policy-only change does not move the image; but a set is only switched to when both are there and right. So an image that
 * cannot be fetched leaves the last verified policy *and* image in force, and an image that breaks on disk leaves the policy in
 * force (tg_chain_open() needs neither image nor block list).
 */
#ifndef TG_UPDATE_H
#define TG_UPDATE_H

#include "store/base/bytes.h"
#include "sync/fetch/fetch.h"
#include "sync/schedule.h"
#include "sync/way.h"

#include <stdbool.h>
#include <stdint.h>

/** Strings and `fetch` are borrowed for the call. Start with { 0 }. */
/**
 * Can this station read the image at `path`, `length` bytes with the block hashes `blocks`, all as signed? Anything but TG_OK stops
 * the update: an image made for newer software must not take the place of one that works.
 */
typedef int tg_update_accept_fn(const char *path, int64_t length, tg_view blocks, tg_error *err);

typedef struct tg_update_config {
	const char *catalogue_dir; /**< made if absent */
	const char *trust_root;    /**< the file trust/root.json; the only thing trusted from the start */
	const char *metadata_url;  /**< folder of N.root.json, timestamp.json …; a trailing '/' is added where missing */
	const char *targets_url;   /**< folder of SHA256.catalogue.tgc, SHA256.policy.json, patch/ … */
	tg_fetch *fetch;
	int64_t now_us;       /**< the one fixed time of this update; 0 = the clock, read once */
	tg_update_accept_fn *accept_image; /**< asked before a new image is switched to; NULL takes any that is signed */
	tg_schedule schedule; /**< plans the next try in state.json; `station` NULL plans none */
	bool check_image;     /**< read and hash the installed image again now; without it, only once a day (sync/install.h) */
} tg_update_config;

typedef enum {
	TG_UPDATE_NOTHING,   /**< the repository has nothing newer; not even a new timestamp */
	TG_UPDATE_REFRESHED, /**< same content, newer signed time */
	TG_UPDATE_INSTALLED, /**< a new image or a new policy, or both, are in place */
} tg_update_outcome;

typedef struct tg_update_report {
	tg_update_outcome outcome;
	bool new_image, new_policy;
	int64_t catalogue_version, previous_version; /**< previous: 0 if there was none */
	int64_t issued_us;
	int64_t root_version, timestamp_version;
	int requests;            /**< HTTP requests made, failed ones included */
	int64_t bytes_fetched;
	tg_way_taken image;      /**< how the image came, and which ways failed; after an error too */
	int64_t next_us;         /**< when the timer tries again, as planned; 0 = not planned */
	char set_id[64];         /**< folder name under sets/ */
	bool state_kept;         /**< state.json was brought up to date; if not (a full disk), the next run works a little more */
} tg_update_report;

/** A step for people to look at. Words are borrowed for the call. `total` is 0 where nothing is counted. */
typedef struct tg_update_progress {
	const char *doing; /**< "fetching", "applying", "decompressing", "checking" */
	const char *what;  /**< "timestamp.json", "catalogue.tgc", … */
	int64_t done_bytes, total_bytes;
} tg_update_progress;
typedef void tg_update_progress_fn(void *ctx, const tg_update_progress *progress);

/**
 * Run one update. After any error everything in force stays as it was, and state.json says why.
 *
 * Errors:  those of sync/tuf/trusted.h and tg_fetch_get(); TG_EROLLBACK also for a catalogue version older than the installed
 *          one; TG_ECLOCK it was issued ahead of our time (sync/refresh.h); TG_EBUSY another update holds the lock; TG_EIO;
 *          TG_ESTATE trust/root.json is missing (the words say what to do).
 * Blocks:  network and disk. `report` and `progress` may be NULL.
 * Threads: one update at a time by the lock, across processes.
 */
TG_NODISCARD int tg_update_run(tg_update_report *report, const tg_update_config *config,
	tg_update_progress_fn *progress, void *progress_ctx, tg_error *err);

#endif

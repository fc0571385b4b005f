/* SPDX-License-Identifier: Apache-2.0
 *
 * inforce.h - the catalogue set in force: verified chain, policy and image, opened together and replaced together.
 *
 * Knows the folder catalogue/ as a reader; trusts only trust/root.json. Knows nothing of scans or evidence.
 */
#ifndef TG_STATION_INFORCE_H
#define TG_STATION_INFORCE_H

#include "plugin/station/paths.h"
#include "store/catalogue/catalogue.h"
#include "store/catalogue/policy.h"
#include "sync/tuf/chain.h"

#include <stdatomic.h>

#define TG_SET_ID_SIZE 64 /**< folder name under catalogue/sets/ and its terminator */

/** One set, immutable once loaded, shared by reference count: a check keeps the set it began with. */
typedef struct tg_inforce {
	atomic_int references;
	tg_chain *chain;        /**< NULL: nothing verified */
	tg_catalogue *cat;      /**< NULL: no image that can be trusted; `fault` says why */
	tg_policy policy;       /**< as signed; the strictest one if there is none */
	bool policy_signed;
	uint64_t catalogue_version, policy_version, root_version; /**< 0 if there is none */
	int64_t issued_us;      /**< signed issue time; 0 if there is none */
	char set_id[TG_SET_ID_SIZE];
	char image_path[PATH_MAX]; /**< of the private copy that `cat` has mapped */
	int fault_code;         /**< TG_OK, or why `cat` is NULL */
	char fault[240];
} tg_inforce;

/** What applies when no signed policy was ever verified: enforce everywhere, withhold on every failure, empty pass-list. */
void tg_policy_strictest(tg_policy *out);

/** Name of the set that catalogue/current points to. TG_ENOTFOUND if sync has not installed any. */
TG_NODISCARD int tg_inforce_current(char set_id[TG_SET_ID_SIZE], const tg_paths *paths, tg_error *err);

/** No older versions than these are ever put in force: the highest that this station's log says were. */
typedef struct tg_inforce_floor {
	uint64_t catalogue_version, policy_version, root_version;
} tg_inforce_floor;

/**
 * Load the set `set_id` ("" for none). The image is read from the station's own copy (image_copy.h). Always gives a set: what cannot be trusted is left out, and `fault` says why. A catalogue,
 * policy or root below `floor` is refused (TG_EROLLBACK in fault_code). `anew` makes a fresh private copy of the image.
 * Ownership: `*out` has one reference, the caller's: tg_inforce_release. Errors: TG_ENOMEM only.
 */
TG_NODISCARD int tg_inforce_load(tg_inforce **out, const tg_paths *paths, const char *set_id, const tg_inforce_floor *floor,
	bool anew, tg_error *err);
/**
 * When the current set cannot be used: the newest of the others under catalogue/sets/ that can. NULL in `*out` if there is none.
 * Errors: TG_ENOMEM only.
 */
TG_NODISCARD int tg_inforce_load_other(tg_inforce **out, const tg_paths *paths, const char *not_this, const tg_inforce_floor *floor,
	bool anew, tg_error *err);
void tg_inforce_retain(tg_inforce *set);
void tg_inforce_release(tg_inforce *set); /**< NULL is fine; the last one unmaps */

#endif

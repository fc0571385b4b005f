/* SPDX-License-Identifier: Apache-2.0
 *
 * find.h - one target of a repository: looked up through the delegations, and fetched (specification 1.0.x, sections 5.6.7, 5.7).
 *
 * Comes after tg_refresh_run(), with the same set. Knows requests and files; which delegated role is asked, in which order and
 * by whose keys is decided in sync/tuf/delegation.h. Knows nothing of what a target is for.
 */
#ifndef TG_SYNC_FIND_H
#define TG_SYNC_FIND_H

#include "sync/refresh.h"

/** A target and who signed for it. */
typedef struct tg_found {
	tg_tuf_file file;                    /**< `custom` is borrowed from the set */
	char role[TG_TUF_ROLE_NAME_MAX + 1]; /**< "targets" or the delegated role that lists it; as it stands in the metadata */
	size_t signer_count;
	char signers[TG_TUF_SIGNERS_MAX][TG_TUF_KEYID_MAX + 1]; /**< key ids whose signatures on that role's file were verified */
} tg_found;

/**
 * Find `path`: first in targets.json, then along the delegations that lead to it, depth first in the order listed. A delegated
 * file is taken from config->cache_dir if it is the one that the snapshot states, else fetched and kept there (under its
 * percent-encoded name). It is verified by the keys of the role that delegates, each time it is reached, also if another role
 * delegating to it verified it before.
 *
 * `set` must hold final targets and gains the delegated files. Use the `config` that it was refreshed with.
 * Errors: TG_ENOTFOUND no role on the way lists it; TG_ELIMIT TG_TUF_DELEGATED_MAX roles were asked and more are named; those of
 *         trusted.h and tg_fetch_get() if a role on the way cannot be had or does not hold: then nobody can say whether the path is in it,
 *         and no role after it is asked. A missing delegated file is TG_ENETWORK, never TG_ENOTFOUND. TG_ESTATE before
 *         tg_refresh_run().
 */
TG_NODISCARD int tg_find_target(
	tg_found *out, tg_trusted *set, const tg_refresh_config *config, const char *path, tg_error *err);

/**
 * URL of a target: `targets_url`, then [dir/]HASH.name if the newest root says consistent snapshots, else the plain path. HASH is
 * the first hash listed for it of those that we know. Bytes that cannot stand in a URL's path are percent-encoded, '/' stays.
 * TG_EINVAL a path with an empty, "." or ".." part, or too long.
 */
TG_NODISCARD int tg_find_url(char out[TG_FETCH_URL_MAX + 1], const tg_trusted *set, const char *targets_url,
	const char *path, const tg_tuf_file *file, tg_error *err);

/**
 * Fetch a target to the file `to`: streamed, never more than its length, every stated hash checked (SHA-256 and SHA-512), and
 * only then it has its name; on an error nothing is left. Its folder must exist.
 * Errors: TG_ELENGTH, TG_EHASH, TG_EIO, those of tg_fetch_get() (TG_ENOTFOUND included).
 */
TG_NODISCARD int tg_find_fetch(const char *to, const tg_trusted *set, const char *targets_url, const char *path,
	const tg_tuf_file *file, tg_fetch *fetch, tg_error *err);

/** The same, appended to memory, for small targets. TG_ELIMIT, without a request, if it cannot fit under the ceiling of `out`. */
TG_NODISCARD int tg_find_fetch_buf(tg_buf *out, const tg_trusted *set, const char *targets_url, const char *path,
	const tg_tuf_file *file, tg_fetch *fetch, tg_error *err);

#endif

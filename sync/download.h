/* SPDX-License-Identifier: Apache-2.0
 *
 * download.h - one large target by its signed length and hash, over as many connections as it takes.
 *
 * What arrived stays in a folder of its own under the name of the hash that it shall have, and the next attempt, of this run or
 * of a later one, asks only for the rest. Nobody reads that folder but this file: a name in it says what a file should become,
 * never that it is that. Knows ranges and hashes; knows nothing of what the bytes are. The caller holds the lock on the folder.
 */
#ifndef TG_SYNC_DOWNLOAD_H
#define TG_SYNC_DOWNLOAD_H

#include "sync/fetch/fetch.h"
#include "sync/tuf/metadata.h"

/**
 * Connections for one file in one run. Only one that brought bytes is followed by another at once: a line that is down is the
 * timer's business.
 */
#define TG_DOWNLOAD_TRIES 4

/** Borrowed for the call. */
typedef struct tg_download {
	const char *dir;  /**< of partial files; made if absent */
	const char *url;
	const char *name; /**< for the words: "catalogue.tgc.zst" */
	const tg_tuf_file *want; /**< signed; must have a SHA-256 */
	tg_fetch *fetch;
	void (*progress)(void *ctx, const char *name, int64_t done, int64_t total); /**< may be NULL */
	void *progress_ctx;
} tg_download;

/**
 * Have the file whole. `path` then names it, in `dir`; it is open to nobody else, and the caller takes it away (rename) or lets
 * tg_download_prune() remove it. It is not synced.
 *
 * A kept part is hashed again before the rest is asked for. A server that ignores ranges, or says that the part is too long (416),
 * makes it begin again; so does, once, a whole that has another hash than signed.
 * Errors: TG_ELENGTH, TG_EHASH (then the partial file is gone), TG_EIO (gone as well: a full disk must not stay full for us), those of
 *         tg_fetch_run() (then it is kept). TG_EFORMAT no SHA-256 is signed.
 */
TG_NODISCARD int tg_download_run(char path[4096], const tg_download *download, tg_error *err);

/** Remove all partial files but those of the `count` hashes in `keep`. */
void tg_download_prune(const char *dir, uint8_t (*keep)[TG_SHA256_SIZE], size_t count);

#endif

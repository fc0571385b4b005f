/* SPDX-License-Identifier: Apache-2.0
 *
 * document_seen.h - hashes of documents that were read before, so that a publication need not read a hundred gigabytes for one word.
 *
 * A hint, in HQ/work. A document counts as the one that was read if name, size, inode and both its times are the same; the change
 * time cannot be set by hand. One that changed within the last seconds is not noted: a second change within the same tick of the
 * clock would not show. A file that cannot be read, or is not of this form, is as good as none.
 */
#ifndef TG_HQ_DOCUMENT_SEEN_H
#define TG_HQ_DOCUMENT_SEEN_H

#include "store/base/crypto.h"
#include "sync/hq/arena.h"

#include <sys/stat.h>

#define TG_SEEN_FILE_MAX (256 << 20) /* bytes; a document takes some 180, so a million fit */
#define TG_SEEN_SETTLED_S 2          /* seconds since the change; clocks of file systems tick within 10 ms */

typedef struct tg_seen_entry {
	const char *name;
	int64_t size, modified_ns, changed_ns, inode;
	uint8_t sha256[TG_SHA256_SIZE];
} tg_seen_entry;

/** What was seen before and what is seen now. Zero-initialise; one thread. */
typedef struct tg_seen {
	tg_arena arena;
	tg_seen_entry *before, *now;
	size_t before_count, before_cap, now_count, now_cap;
	bool news; /**< something is in `now` that was not in `before` */
} tg_seen;

void tg_seen_read(tg_seen *seen, const char *path);
void tg_seen_fini(tg_seen *seen);

/** Was this file read before? Then its hash, and it is noted again. */
bool tg_seen_find(uint8_t sha256[TG_SHA256_SIZE], tg_seen *seen, const char *name, const struct stat *st);
/** It was read just now; `st` is from before the reading, `now_s` seconds since 1970. */
void tg_seen_note(tg_seen *seen, const char *name, const struct stat *st,
	const uint8_t sha256[TG_SHA256_SIZE], int64_t now_s);
/** Keep what was noted, if it differs from what is kept. Not being able to costs time, nothing else. */
void tg_seen_write(const tg_seen *seen, const char *path);

#endif

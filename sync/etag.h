/* SPDX-License-Identifier: Apache-2.0
 *
 * etag.h - the ETag of a file in the metadata cache, kept beside it, bound to the file's bytes.
 *
 * A hint that saves a transfer. It counts only for exactly the bytes it came with: a file that was damaged, replaced,
 * or written by a sync that was cut off before its ETag was, has none.
 */
#ifndef TG_SYNC_ETAG_H
#define TG_SYNC_ETAG_H

#include "store/base/bytes.h"
#include "sync/fetch/header.h"

/** The ETag kept for DIR/NAME if it belongs to `bytes`; "" otherwise, whatever the reason. */
void tg_etag_find(char out[TG_HEADER_ETAG_MAX + 1], const char *dir, const char *name, tg_view bytes);
/** Keep it as DIR/NAME.etag: "SHA-256 ETAG\n". "" removes what was kept. TG_EIO. */
TG_NODISCARD int tg_etag_keep(const char *dir, const char *name, tg_view bytes, const char *etag, tg_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * secret.h - a secret from a file that nobody else can read. Inside the room of fetch only.
 */
#ifndef TG_FETCH_SECRET_H
#define TG_FETCH_SECRET_H

#include "store/base/bytes.h"

/**
 * Read a whole file that holds a secret; one line end at its end is dropped.
 *
 * It must be a regular file that belongs to this user or to root, that others cannot read and the group cannot write.
 * The group may read it only if it belongs to root (root:tillgate-sync 0640: sync reads it and cannot change it).
 * Errors: TG_ESTATE with what to do; TG_ENOTFOUND; TG_EIO; TG_ELIMIT longer than `out->max`; TG_EFORMAT empty. `out`
 * is tg_secret_wipe()d by the caller, after errors too.
 */
TG_NODISCARD int tg_secret_read(tg_buf *out, const char *path, tg_error *err);
/** Overwrite, then tg_buf_fini(). */
void tg_secret_wipe(tg_buf *secret);

#endif

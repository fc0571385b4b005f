/* SPDX-License-Identifier: Apache-2.0
 *
 * owner.h - root works in other users' folders without leaving anything there that those users cannot use.
 *
 * On a packaged station the evidence belongs to the daemon's user and the catalogue to sync's. A person who sets a station up is
 * root; a file of root's in either folder would stop its owner later. Knows nothing of what is written.
 */
#ifndef TG_CLI_OWNER_H
#define TG_CLI_OWNER_H

#include "store/base/error.h"

/**
 * If this process is root's and the folder `dir` belongs to another user, become that user, for good and in all ids: the user's own
 * groups where the system knows the user, else the folder's group alone. Otherwise nothing happens; also not if there is no such folder.
 * Errors: TG_EIO the step was not, or not wholly, possible: do not go on.
 * Threads: call before any is started.
 */
TG_NODISCARD int tg_owner_become(const char *dir, tg_error *err);

/**
 * If this process is root's, give the file `path`, which must be root's, to the owner of the folder `dir`. Nothing happens if either is
 * absent, or if the file or the folder is already where it belongs.
 * Errors: TG_EIO; TG_ESTATE `path` is a link or has a second name: somebody else may have put it there, so it is not given away.
 */
TG_NODISCARD int tg_owner_give(const char *path, const char *dir, tg_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * remote.h - HTTP/1.1 to the daemon's Unix socket: one connection, one request at a time, bounded answers.
 */
#ifndef TG_CLI_REMOTE_H
#define TG_CLI_REMOTE_H

#include "plugin/station/api.h"

typedef struct tg_remote tg_remote;

/** TG_ENOTFOUND: no socket there, or nobody behind it. TG_EIO: rights, or the system. */
TG_NODISCARD int tg_remote_open(tg_remote **out, const char *socket_path, tg_error *err);
void tg_remote_close(tg_remote *remote); /* NULL is fine */
/**
 * `reply` is the caller's after TG_OK. A connection that the daemon closed meanwhile is made anew before anything is sent.
 * TG_ENETWORK the daemon went away after it was asked; TG_ENOTFOUND, TG_EIO it was gone before; TG_EFORMAT, TG_ELENGTH.
 */
TG_NODISCARD int tg_remote_call(tg_api_reply *reply, tg_remote *remote, const tg_api_request *request, tg_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * http.h - the local API over HTTP/1.1 on a Unix socket, by libmicrohttpd. Knows transport, nothing of checks.
 */
#ifndef TG_DAEMON_HTTP_H
#define TG_DAEMON_HTTP_H

#include "plugin/station/api.h"

#include <sys/types.h>

#define TG_HTTP_CONNECTIONS_MAX 256 /* callers at once, a thread each: tills and screens of a large site, and many to spare */
#define TG_HTTP_IDLE_S 60           /* a till keeps its connection between two customers; one that was forgotten makes room again */
#define TG_HTTP_QUERY_MAX 1024      /* bytes of a query; the longest that any address takes has under 80 */

typedef struct tg_http tg_http;

/**
 * Listen on `path` with rights `mode`. A dead socket left by a killed daemon is replaced: the caller holds the evidence lock, so
 * nobody else can be serving there. Errors: TG_EIO; TG_EINVAL path too long for a socket.
 */
TG_NODISCARD int tg_http_start(tg_http **out, const char *path, mode_t mode, tg_station *station, tg_error *err);
/** Finish what is being answered, close, remove the socket. NULL is fine. */
void tg_http_stop(tg_http *http);

#endif

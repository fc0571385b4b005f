/* SPDX-License-Identifier: Apache-2.0
 *
 * serve.h - the repository folder over HTTP(S), read only: for a demo, a small shop, and as an origin behind
 * a cache.
 *
 * GET and HEAD of files below metadata/ and targets/, nothing else: no listing, no links followed, no names
 * with a leading dot, no path that leaves the folder. Any other static web server does as well.
 */
#ifndef TG_HQ_SERVE_H
#define TG_HQ_SERVE_H

#include "store/base/bytes.h"

#include <stdint.h>

#define TG_SERVE_CONNECTIONS 512 /* at once; a thousand stations come with jitter */
#define TG_SERVE_THREADS 4
#define TG_SERVE_TIMEOUT_S 30   /* a connection that does nothing */
#define TG_SERVE_PER_ADDRESS 64 /* connections of one address: shops sit behind one */

typedef struct tg_serve_options {
	const char *root;               /**< HQ/repository */
	const char *address;            /**< "127.0.0.1", "::1", "0.0.0.0" */
	uint16_t port;                  /**< 0: any free one */
	const char *tls_cert, *tls_key; /**< PEM files, both or neither */
} tg_serve_options;

typedef struct tg_server tg_server; /* opaque; runs its own threads */

/** Start serving. Errors: TG_EINVAL (address, TLS files), TG_EIO (port taken, folder missing), TG_ENOMEM. */
TG_NODISCARD int tg_serve_start(tg_server **out, const tg_serve_options *options, tg_error *err);
/** The port in use. */
uint16_t tg_serve_port(const tg_server *server);
/** Answers what is under way, then stops. NULL is fine. */
void tg_serve_stop(tg_server *server);

/**
 * Is this a path that is served: "/metadata/NAME" or "/targets/[FOLDER/]NAME", components of letters, digits,
 * '.', '-', '_', none beginning with a dot? Returns the part after the first '/', or NULL. Pure.
 */
const char *tg_serve_path(const char *url);

#endif

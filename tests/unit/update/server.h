/* SPDX-License-Identifier: Apache-2.0
 *
 * server.h - a small HTTP server on 127.0.0.1 for tests, with the faults that mirrors have.
 *
 * It answers Range ("bytes=N-") and conditions as a good server does. Change its files only while no request is under way.
 */
#ifndef TG_TEST_SERVER_H
#define TG_TEST_SERVER_H

#include "store/base/bytes.h"

#define SERVER_FILES 64
#define SERVER_LOG 256
#define SERVER_FIELDS 4

typedef enum {
	SERVE_FINE,
	SERVE_ENDLESS,   /* the body, then bytes without end, no Content-Length */
	SERVE_TRUNCATED, /* half the body, then the connection is cut */
	SERVE_STALLED,   /* headers, then silence */
	SERVE_REDIRECT,  /* 302 to the same server's /other */
	SERVE_GZIP,      /* the body as it is, but labelled as gzip */
	SERVE_RANGE_IGNORED, /* all of it, whatever range was asked for */
	SERVE_RANGE_SHIFTED, /* a part that begins one byte late, and says so */
	SERVE_RANGE_UNSAID,  /* a part without Content-Range */
} server_fault;

typedef struct server server;

server *server_start(void);
void server_stop(server *s);
/** "http://127.0.0.1:PORT" */
const char *server_url(const server *s);
/** Offer `bytes` at `path` ("/metadata/1.root.json"), replacing what was there. */
void server_put(server *s, const char *path, tg_view bytes);
void server_remove(server *s, const char *path);
/** Offer nothing any more. */
void server_clear(server *s);
/** Answer `path` with another status. 0 = 200. */
void server_set_status(server *s, const char *path, unsigned status);
void server_set_fault(server *s, const char *path, server_fault fault);
/** Send a header field with `path`; one "ETag" of it is compared with If-None-Match and If-Range. At most SERVER_FIELDS. */
void server_set_field(server *s, const char *path, const char *name, const char *value);
/** Requests since the last server_forget(): how many, and the path of one ("" past the end). */
size_t server_requests(const server *s);
const char *server_request(const server *s, size_t i);
/** All header fields of request `i`: "Name: value\n" each. */
const char *server_request_fields(const server *s, size_t i);
void server_forget(server *s);

#endif

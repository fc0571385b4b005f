/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch.h - bytes of a URL, streamed, within stated bounds. The only user of libcurl.
 *
 * Knows HTTP and time limits; knows nothing of what the bytes mean. Trusts no header: the ceiling holds while streaming, content
 * encodings are not asked for and not undone, redirects are errors, the path is sent as given.
 */
#ifndef TG_FETCH_H
#define TG_FETCH_H

#include "store/base/bytes.h"
#include "sync/fetch/header.h"

#define TG_FETCH_CONNECT_MS 15000       /* to connect, TLS included; a shop's slow line takes 2 s */
#define TG_FETCH_LOW_SPEED_BYTES 100    /* bytes a second that count as a standstill … */
#define TG_FETCH_LOW_SPEED_S 30         /* … when it lasts that many seconds */
#define TG_FETCH_TOTAL_S 3600           /* one file; 100 MB at 256 kbit/s takes 52 minutes */
#define TG_FETCH_SMALL_S 300            /* what even the smallest file may take … */
#define TG_FETCH_SLOW_BYTES 8192        /* … and a second more for so many bytes of its ceiling, up to the total: 64 kbit/s */
#define TG_FETCH_URL_MAX 2048           /* bytes */

/**
 * Everything optional: zero and NULL mean the default. Strings are copied by tg_fetch_open().
 *
 * Credential and client certificate go to the scheme, host and port of `origin` and to nobody else. They come from
 * files, never from a command line; a credential goes over plain http only to this machine itself, or where
 * allow_plain_credential says so.
 */
typedef struct tg_fetch_options {
	const char *ca_file;      /**< PEM certificates to trust instead of the system's */
	const char *user_agent;   /**< default "tillgate/VERSION" */
	const char *origin;       /**< any URL of the private repository */
	const char *credential_file;         /**< one line "user:password" (HTTP basic) */
	const char *token_file;              /**< one line: a bearer token; not together with credential_file */
	const char *client_certificate_file; /**< PEM, with the certificates between it and its issuer; needs the key */
	const char *client_key_file;         /**< PEM, not encrypted */
	bool allow_plain_credential;
	const char *proxy; /**< "http://HOST:PORT"; "" none; NULL as the environment says (http_proxy, https_proxy …) */
	const char *proxy_credential_file; /**< as credential_file, for `proxy` */
	long connect_timeout_ms;
	long low_speed_bytes, low_speed_s;
	long total_timeout_s;
} tg_fetch_options;

/** Connections kept open between requests. Opaque; one thread. */
typedef struct tg_fetch tg_fetch;

/**
 * Errors: TG_ESTATE a secret that others can read (sync/fetch/secret.h says what is wanted), or that would travel
 *         readable; TG_EFORMAT a malformed one; TG_EINVAL options that contradict each other; TG_ENOTFOUND, TG_EIO, TG_ENOMEM.
 */
TG_NODISCARD int tg_fetch_open(tg_fetch **out, const tg_fetch_options *options, tg_error *err);
void tg_fetch_close(tg_fetch *fetch); /* NULL is fine */

/** Since tg_fetch_open(): requests sent (failed ones too), bytes of bodies received, the longest wait that a server asked for. */
typedef struct tg_fetch_totals {
	int requests;
	int64_t bytes;
	int64_t retry_after_s; /**< -1 none */
} tg_fetch_totals;
tg_fetch_totals tg_fetch_totals_of(const tg_fetch *fetch);

/** Takes the next bytes. Anything but TG_OK stops the transfer and becomes its result; fill `err` then. */
typedef int tg_fetch_sink(void *ctx, const uint8_t *data, size_t len, tg_error *err);
/** The same with their position in the file. Positions rise without gaps, but may begin at 0 where `from` was asked for. */
typedef int tg_fetch_place(void *ctx, int64_t at, const uint8_t *data, size_t len, tg_error *err);

/** Strings are borrowed for the call. Start with { 0 }. */
typedef struct tg_fetch_request {
	const char *url;
	int64_t max_bytes; /**< ceiling on the whole file, `from` included */
	int64_t from;      /**< bytes we have already: the rest is asked for by Range; 0 = all of it */
	const char *etag;  /**< of what we have; NULL = unconditional. If-None-Match; with `from` If-Range, if it is strong */
	bool revalidate;   /**< a cache on the way must ask head office before it answers (Cache-Control: no-cache) */
} tg_fetch_request;

/** What happened, also after an error. */
typedef struct tg_fetch_result {
	long http_status;  /**< 0 if no answer came */
	int64_t bytes;     /**< handed to the sink */
	bool wrong_part;   /**< a 206, but not the part that was asked for: this server's ranges are of no use */
	bool not_modified; /**< 304: what the ETag was of is still right; no bytes then */
	char etag[TG_HEADER_ETAG_MAX + 1]; /**< "" if none, malformed or longer */
	int64_t retry_after_s; /**< -1 not said; at most TG_HEADER_RETRY_MAX_S */
} tg_fetch_result;

/**
 * GET one http or https URL, all of it or from a position on, and pass the bytes to `place`.
 *
 * A 206 is taken only if its Content-Range begins exactly at `from`. A server that ignores Range answers 200: then the bytes
 * begin at 0 again, and `place` must begin again too. A 416 means that what we have is not the beginning of that file: it is
 * TG_ENETWORK with result->http_status 416, and the caller removes its partial file.
 * Errors:  as tg_fetch_get(); TG_EINVAL also for a malformed ETag or a `from` past `max_bytes`; TG_ELENGTH also when the server
 *          says that the whole file is longer than `max_bytes`.
 * Blocks:  up to the time limits above. `result` may be NULL.
 */
TG_NODISCARD int tg_fetch_run(tg_fetch *fetch, const tg_fetch_request *request, tg_fetch_place *place, void *ctx,
	tg_fetch_result *result, tg_error *err);

/**
 * GET one http or https URL and pass its body to `sink` (only the body of a 200), unconditionally.
 *
 * Units:   `max_bytes` is a ceiling on the body: the byte after it stops the transfer.
 * Errors:  TG_ENOTFOUND the server said 404 or 403; TG_ELENGTH more than `max_bytes`; TG_ENETWORK another status (then
 *          result->http_status is not 0), no connection, a certificate that does not verify, cut off, too slow; TG_EDENIED the
 *          repository or a proxy wants another credential or certificate than ours (401, 407, an alert of TLS, 400 of nginx);
 *          TG_ESTATE our certificate or ca_file cannot be used; TG_EINVAL a URL that is not http(s) or has a user name in it; the
 *          sink's own error. The words hold the URL without query, and say whether it is the proxy, the certificate (expired,
 *          another host's, an unknown issuer's) or the credential.
 * Blocks:  up to the time limits above.
 * `result` may be NULL.
 */
TG_NODISCARD int tg_fetch_get(tg_fetch *fetch, const char *url, int64_t max_bytes, tg_fetch_sink *sink, void *ctx,
	tg_fetch_result *result, tg_error *err);

/** The same into a buffer: its own `max` is the ceiling. */
TG_NODISCARD int tg_fetch_buf(tg_buf *out, tg_fetch *fetch, const char *url, tg_fetch_result *result, tg_error *err);

#endif

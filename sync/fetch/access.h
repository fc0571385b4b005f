/* SPDX-License-Identifier: Apache-2.0
 *
 * access.h - how this station gets to a private repository: credential, client certificate, proxy.
 *
 * Inside the room of fetch only. Secrets are read from files here, live in this handle, are sent to one origin
 * (scheme, host and port) and to no other, and appear in no words.
 */
#ifndef TG_FETCH_ACCESS_H
#define TG_FETCH_ACCESS_H

#include "sync/fetch/fetch.h"

#include <curl/curl.h>

#define TG_SECRET_MAX 65536 /* bytes of a file: a private key with its chain is under 16 kB, a bearer token under 8 kB */

typedef struct tg_access tg_access;

/**
 * Read what the options name.
 * Errors: TG_ESTATE a file that others may read, a credential that would travel readable, or a missing origin; TG_EFORMAT;
 *         TG_ENOTFOUND, TG_EIO; TG_EINVAL a proxy that is no http(s) URL.
 */
TG_NODISCARD int tg_access_open(tg_access **out, const tg_fetch_options *options, tg_error *err);
void tg_access_close(tg_access *access); /* wipes; NULL is fine */

/** Once for a handle: the proxy. */
CURLcode tg_access_set_proxy(const tg_access *access, CURL *curl);
/** Before each request: the credential and the certificate, or none, by the URL's origin. Fills the two below. */
CURLcode tg_access_set_origin(tg_access *access, CURL *curl, const char *url);
/** Since the last tg_access_set_origin(). */
bool tg_access_sends_credential(const tg_access *access);
bool tg_access_sends_certificate(const tg_access *access);

#endif

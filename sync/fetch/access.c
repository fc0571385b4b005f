/* SPDX-License-Identifier: Apache-2.0
 *
 * access.c - credential, client certificate and proxy of a station. See access.h.
 */
#include "sync/fetch/access.h"

#include "store/base/file.h"
#include "sync/fetch/secret.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PART_MAX 256 /* bytes of a host name (DNS: 253), a scheme, a port */

typedef struct origin {
	char scheme[PART_MAX], host[PART_MAX], port[PART_MAX];
} origin;

struct tg_access {
	origin origin;
	bool has_origin;
	tg_buf user, password; /* of the repository; both empty = none */
	tg_buf bearer;
	tg_buf certificate, key; /* PEM */
	bool direct;             /* no proxy at all */
	char *proxy;             /* NULL = as the environment says */
	tg_buf proxy_user, proxy_password;
	bool sends_credential, sends_certificate;
};

/* ---- origins ---- */

static bool take_part(char out[PART_MAX], CURLU *url, CURLUPart part)
{
	char *text = NULL;
	bool fits = curl_url_get(url, part, &text, part == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0) ==
			    CURLUE_OK &&
		    strlen(text) < PART_MAX;

	if (fits)
		memcpy(out, text, strlen(text) + 1);
	curl_free(text);
	return fits;
}

/* By libcurl's own parser: what it connects to and what we compare must be the same. */
static bool parse_origin(origin *out, const char *text)
{
	CURLU *url = curl_url();
	bool ok = url != NULL && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
		  take_part(out->scheme, url, CURLUPART_SCHEME) &&
		  take_part(out->host, url, CURLUPART_HOST) && take_part(out->port, url, CURLUPART_PORT);

	curl_url_cleanup(url);
	return ok;
}

static bool same_origin(const origin *a, const origin *b)
{
	return strcasecmp(a->scheme, b->scheme) == 0 && strcasecmp(a->host, b->host) == 0 &&
	       strcmp(a->port, b->port) == 0;
}

static bool is_http(const origin *o)
{
	return strcasecmp(o->scheme, "http") == 0;
}

static bool is_loopback(const origin *o)
{
	struct in_addr v4;

	if (inet_pton(AF_INET, o->host, &v4) == 1)
		return (ntohl(v4.s_addr) >> 24) == 127;
	return strcasecmp(o->host, "localhost") == 0 || strcmp(o->host, "[::1]") == 0;
}

/* ---- what the options name ---- */

/* "user:password": the first colon parts them (RFC 7617). */
static int read_pair(tg_buf *user, tg_buf *password, const char *path, tg_error *err)
{
	const uint8_t *colon;
	tg_buf text;
	int rc;

	tg_buf_init(&text, TG_SECRET_MAX);
	rc = tg_secret_read(&text, path, err);
	colon = rc == TG_OK ? memchr(text.data, ':', text.len) : NULL;
	if (rc == TG_OK && (colon == NULL || memchr(text.data, '\n', text.len) != NULL ||
				   memchr(text.data, '\0', text.len) != NULL))
		rc = tg_fail(err, TG_EFORMAT, "%s: wanted one line \"user:password\"", path);
	if (rc == TG_OK) {
		size_t before = (size_t)(colon - text.data);

		tg_buf_append(user, text.data, before);
		tg_buf_append(password, colon + 1, text.len - before - 1);
		rc = tg_buf_check(password, path, err);
	}
	tg_secret_wipe(&text);
	return rc;
}

/* RFC 6750, 2.1: what may stand in a header field. */
static int read_token(tg_buf *out, const char *path, tg_error *err)
{
	int rc = tg_secret_read(out, path, err);

	for (size_t i = 0; rc == TG_OK && i < out->len; i++)
		if (out->data[i] <= ' ' || out->data[i] > '~')
			rc = tg_fail(err, TG_EFORMAT, "%s: wanted one line with a token", path);
	return rc;
}

static int read_certificate(tg_access *a, const tg_fetch_options *o, tg_error *err)
{
	int rc;

	if (o->client_certificate_file == NULL && o->client_key_file == NULL)
		return TG_OK;
	if (o->client_certificate_file == NULL || o->client_key_file == NULL)
		return tg_fail(err, TG_EINVAL,
			"a client certificate needs its key, and a key its certificate; one of the two is "
			"not given");
	rc = tg_file_read(&a->certificate, o->client_certificate_file, TG_SECRET_MAX, err);
	return rc == TG_OK ? tg_secret_read(&a->key, o->client_key_file, err) : rc;
}

static bool has_secret(const tg_access *a)
{
	return a->user.len > 0 || a->password.len > 0 || a->bearer.len > 0;
}

static int read_credential(tg_access *a, const tg_fetch_options *o, tg_error *err)
{
	if (o->credential_file != NULL && o->token_file != NULL)
		return tg_fail(
			err, TG_EINVAL, "both a credential file and a token file are given; wanted one");
	if (o->credential_file != NULL)
		return read_pair(&a->user, &a->password, o->credential_file, err);
	return o->token_file != NULL ? read_token(&a->bearer, o->token_file, err) : TG_OK;
}

static int read_proxy(tg_access *a, const tg_fetch_options *o, origin *out, tg_error *err)
{
	if (o->proxy == NULL)
		return o->proxy_credential_file == NULL
			       ? TG_OK
			       : tg_fail(err, TG_EINVAL, "a credential for a proxy, but no proxy is given");
	a->direct = o->proxy[0] == '\0';
	if (a->direct)
		return TG_OK;
	if ((strncasecmp(o->proxy, "http://", 7) != 0 && strncasecmp(o->proxy, "https://", 8) != 0) ||
		strchr(o->proxy, '@') != NULL || !parse_origin(out, o->proxy))
		return tg_fail(err, TG_EINVAL,
			"proxy: wanted \"http://HOST:PORT\", with a credential in a file of its own");
	a->proxy = strdup(o->proxy);
	if (a->proxy == NULL)
		return tg_fail(err, TG_ENOMEM, "proxy: out of memory");
	return o->proxy_credential_file != NULL
		       ? read_pair(&a->proxy_user, &a->proxy_password, o->proxy_credential_file, err)
		       : TG_OK;
}

/* Whoever sits between must not read it: https, or this machine. */
static int check_road(tg_access *a, const tg_fetch_options *o, const origin *proxy, tg_error *err)
{
	bool secret = has_secret(a);

	if (!secret && a->key.len == 0)
		return TG_OK;
	if (o->origin == NULL || !parse_origin(&a->origin, o->origin))
		return tg_fail(err, TG_ESTATE,
			"a credential or client certificate, but it is not said which server it is for");
	a->has_origin = true;
	if (!secret || !is_http(&a->origin) || o->allow_plain_credential)
		return TG_OK;
	if (!is_loopback(&a->origin) || (a->proxy != NULL && !is_loopback(proxy)))
		return tg_fail(err, TG_ESTATE,
			"http://%s: the credential would travel readable; use https, or set "
			"allow-plain-credential",
			a->origin.host);
	/* The environment may name a proxy elsewhere: to this machine nobody needs one. */
	if (a->proxy == NULL)
		a->direct = true;
	return TG_OK;
}

int tg_access_open(tg_access **out, const tg_fetch_options *options, tg_error *err)
{
	tg_access *a = calloc(1, sizeof(*a));
	origin proxy = { 0 };
	int rc;

	*out = NULL;
	if (a == NULL)
		return tg_fail(err, TG_ENOMEM, "out of memory");
	tg_buf *const all[] = { &a->user, &a->password, &a->bearer, &a->certificate, &a->key, &a->proxy_user,
		&a->proxy_password };
	for (size_t i = 0; i < TG_COUNT(all); i++)
		tg_buf_init(all[i], TG_SECRET_MAX);
	rc = read_credential(a, options, err);
	if (rc == TG_OK)
		rc = read_certificate(a, options, err);
	if (rc == TG_OK)
		rc = read_proxy(a, options, &proxy, err);
	if (rc == TG_OK)
		rc = check_road(a, options, &proxy, err);
	if (rc != TG_OK) {
		tg_access_close(a);
		return rc;
	}
	*out = a;
	return TG_OK;
}

void tg_access_close(tg_access *a)
{
	if (a == NULL)
		return;
	tg_secret_wipe(&a->user);
	tg_secret_wipe(&a->password);
	tg_secret_wipe(&a->bearer);
	tg_secret_wipe(&a->key);
	tg_secret_wipe(&a->certificate);
	tg_secret_wipe(&a->proxy_user);
	tg_secret_wipe(&a->proxy_password);
	free(a->proxy);
	free(a);
}

/* ---- onto the handle ---- */

/* The first error sticks. */
#define SET(curl, option, value)                                                                             \
	do {                                                                                                 \
		if (rc == CURLE_OK)                                                                          \
			rc = curl_easy_setopt((curl), (option), (value));                                    \
	} while (0)

CURLcode tg_access_set_proxy(const tg_access *a, CURL *curl)
{
	CURLcode rc = CURLE_OK;

	if (a->direct)
		SET(curl, CURLOPT_PROXY, "");
	if (a->proxy == NULL)
		return rc;
	SET(curl, CURLOPT_PROXY, a->proxy);
	SET(curl, CURLOPT_NOPROXY,
		""); /* who names a proxy here means it, whatever the environment excepts */
	SET(curl, CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
	if (a->proxy_user.len > 0 || a->proxy_password.len > 0) {
		SET(curl, CURLOPT_PROXYUSERNAME, tg_buf_text(&a->proxy_user));
		SET(curl, CURLOPT_PROXYPASSWORD, tg_buf_text(&a->proxy_password));
	}
	return rc;
}

static CURLcode set_blob(CURL *curl, CURLoption option, const tg_buf *pem)
{
	struct curl_blob blob = { .data = pem->data, .len = pem->len, .flags = CURL_BLOB_COPY };

	return curl_easy_setopt(curl, option, &blob);
}

static CURLcode set_certificate(const tg_access *a, CURL *curl)
{
	CURLcode rc = set_blob(curl, CURLOPT_SSLCERT_BLOB, &a->certificate);

	if (rc == CURLE_OK)
		rc = set_blob(curl, CURLOPT_SSLKEY_BLOB, &a->key);
	SET(curl, CURLOPT_KEYPASSWD,
		""); /* an encrypted key is an error, not a question on somebody's terminal */
	return rc;
}

CURLcode tg_access_set_origin(tg_access *a, CURL *curl, const char *url)
{
	CURLcode rc = CURLE_OK;
	origin of;
	bool ours = a->has_origin && parse_origin(&of, url) && same_origin(&of, &a->origin);
	bool pair = ours && (a->user.len > 0 || a->password.len > 0), token = ours && a->bearer.len > 0;

	a->sends_credential = pair || token;
	a->sends_certificate = ours && a->key.len > 0 && !is_http(&a->origin);
	SET(curl, CURLOPT_HTTPAUTH, (long)(token ? CURLAUTH_BEARER : CURLAUTH_BASIC));
	SET(curl, CURLOPT_USERNAME, pair ? tg_buf_text(&a->user) : NULL);
	SET(curl, CURLOPT_PASSWORD, pair ? tg_buf_text(&a->password) : NULL);
	SET(curl, CURLOPT_XOAUTH2_BEARER, token ? tg_buf_text(&a->bearer) : NULL);
	if (rc == CURLE_OK && a->sends_certificate)
		return set_certificate(a, curl);
	SET(curl, CURLOPT_SSLCERT_BLOB, NULL);
	SET(curl, CURLOPT_SSLKEY_BLOB, NULL);
	return rc;
}

bool tg_access_sends_credential(const tg_access *a)
{
	return a->sends_credential;
}

bool tg_access_sends_certificate(const tg_access *a)
{
	return a->sends_certificate;
}

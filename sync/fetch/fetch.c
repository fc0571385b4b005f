/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch.c - GET over libcurl's easy interface.
 *
 * The only file that includes curl.h. Every limit is set here, none is left to a default of the library or to the server.
 */
#include "sync/fetch/fetch.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define HEADERS_MAX 262144 /* bytes of all header lines of one answer; nginx sends some 300 */
#define REFUSAL_MAX 65536  /* bytes of an error page read past to keep the connection; then it is dropped */
#define WORDS_URL_MAX 160  /* bytes of a URL in error words */
#define HTTP_OK 200

struct tg_fetch {
	CURL *curl;
	char curl_words[CURL_ERROR_SIZE];
	tg_fetch_totals totals;
};

/* One request, as the callbacks see it. */
typedef struct transfer {
	CURL *curl;
	tg_fetch_sink *sink;
	void *ctx;
	int64_t max_bytes, bytes, refusal_bytes, header_bytes;
	int rc; /* why a callback stopped the transfer */
	const char *words_url;
	tg_error *err;
} transfer;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode global_rc;

static void init_library(void)
{
	global_rc = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
	transfer *t = ctx;
	size_t len = size * count;
	long status = 0;

	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != HTTP_OK) { /* an error page: nobody's business, but read past if it is short */
		t->refusal_bytes += (int64_t)len;
		return t->refusal_bytes <= REFUSAL_MAX ? len : 0;
	}
	if ((int64_t)len > t->max_bytes - t->bytes) {
		t->rc = tg_fail(t->err, TG_ELENGTH, "%s: more than %lld bytes", t->words_url,
			(long long)t->max_bytes);
		return 0;
	}
	t->bytes += (int64_t)len;
	t->rc = t->sink(t->ctx, (const uint8_t *)data, len, t->err);
	return t->rc == TG_OK ? len : 0;
}

static size_t on_header(char *data, size_t size, size_t count, void *ctx)
{
	transfer *t = ctx;

	(void)data;
	t->header_bytes += (int64_t)(size * count);
	if (t->header_bytes <= HEADERS_MAX)
		return size * count;
	t->rc = tg_fail(t->err, TG_ELENGTH, "%s: more than %d bytes of headers", t->words_url, HEADERS_MAX);
	return 0;
}

/* The first error sticks; libcurl is asked once at the end. */
#define SET(curl, option, value)                                                                             \
	do {                                                                                                 \
		if (rc == CURLE_OK)                                                                          \
			rc = curl_easy_setopt((curl), (option), (value));                                    \
	} while (0)

static CURLcode set_bounds(CURL *curl, const tg_fetch_options *options)
{
	CURLcode rc = CURLE_OK;
	long connect_ms = options->connect_timeout_ms > 0 ? options->connect_timeout_ms : TG_FETCH_CONNECT_MS;
	long low_bytes = options->low_speed_bytes > 0 ? options->low_speed_bytes : TG_FETCH_LOW_SPEED_BYTES;
	long low_s = options->low_speed_s > 0 ? options->low_speed_s : TG_FETCH_LOW_SPEED_S;
	long total_s = options->total_timeout_s > 0 ? options->total_timeout_s : TG_FETCH_TOTAL_S;

	SET(curl, CURLOPT_NOSIGNAL, 1L);
	SET(curl, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
	SET(curl, CURLOPT_LOW_SPEED_LIMIT, low_bytes);
	SET(curl, CURLOPT_LOW_SPEED_TIME, low_s);
	SET(curl, CURLOPT_TIMEOUT, total_s);
	SET(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	SET(curl, CURLOPT_FOLLOWLOCATION, 0L);
	SET(curl, CURLOPT_PATH_AS_IS, 1L);
	SET(curl, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	SET(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	SET(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	if (options->ca_file != NULL)
		SET(curl, CURLOPT_CAINFO, options->ca_file);
	SET(curl, CURLOPT_USERAGENT,
		options->user_agent != NULL ? options->user_agent : "tillgate/" TILLGATE_VERSION);
	return rc;
}

int tg_fetch_open(tg_fetch **out, const tg_fetch_options *options, tg_error *err)
{
	static const tg_fetch_options defaults;
	tg_fetch *fetch;
	CURLcode rc;

	*out = NULL;
	pthread_once(&once, init_library);
	if (global_rc != CURLE_OK)
		return tg_fail(err, TG_ENETWORK, "libcurl: %s", curl_easy_strerror(global_rc));
	fetch = calloc(1, sizeof(*fetch));
	if (fetch != NULL)
		fetch->curl = curl_easy_init();
	if (fetch == NULL || fetch->curl == NULL) {
		free(fetch);
		return tg_fail(err, TG_ENOMEM, "libcurl: out of memory");
	}
	rc = set_bounds(fetch->curl, options != NULL ? options : &defaults);
	SET(fetch->curl, CURLOPT_ERRORBUFFER, fetch->curl_words);
	SET(fetch->curl, CURLOPT_WRITEFUNCTION, on_body);
	SET(fetch->curl, CURLOPT_HEADERFUNCTION, on_header);
	if (rc != CURLE_OK) {
		tg_fetch_close(fetch);
		return tg_fail(err, TG_EINVAL, "libcurl: %s", curl_easy_strerror(rc));
	}
	*out = fetch;
	return TG_OK;
}

void tg_fetch_close(tg_fetch *fetch)
{
	if (fetch == NULL)
		return;
	curl_easy_cleanup(fetch->curl);
	free(fetch);
}

tg_fetch_totals tg_fetch_totals_of(const tg_fetch *fetch)
{
	return fetch->totals;
}

/* The URL as it may stand in a log: without user name, password, query and control characters. */
static void words_of_url(char out[WORDS_URL_MAX], const char *url)
{
	const char *host = strstr(url, "://");
	size_t scheme = host == NULL ? 0 : (size_t)(host - url) + 3;
	size_t authority = strcspn(url + scheme, "/?#");
	const char *at = memrchr(url + scheme, '@', authority);
	const char *rest = at != NULL ? at + 1 : url + scheme;

	(void)snprintf(out, WORDS_URL_MAX, "%.*s%.*s", (int)(scheme < 16 ? scheme : 16), url,
		(int)strcspn(rest, "?#"), rest);
	for (char *p = out; *p != '\0'; p++)
		if ((unsigned char)*p < 0x21 || (unsigned char)*p == 0x7f)
			*p = '?';
}

static int judge(const tg_fetch *fetch, const transfer *t, CURLcode curl_rc, long status, tg_error *err)
{
	if (t->rc != TG_OK)
		return t->rc;
	/* The status decides before a broken-off error page does. */
	if (status == 404 || status == 403)
		return tg_fail(err, TG_ENOTFOUND, "%s: HTTP status %ld", t->words_url, status);
	if (status != 0 && status != HTTP_OK)
		return tg_fail(err, TG_ENETWORK, "%s: HTTP status %ld", t->words_url, status);
	if (curl_rc == CURLE_OK && status == HTTP_OK)
		return TG_OK;
	if (curl_rc == CURLE_OK)
		return tg_fail(err, TG_ENETWORK, "%s: no answer", t->words_url);
	return tg_fail(err, TG_ENETWORK, "%s: %s", t->words_url,
		fetch->curl_words[0] != '\0' ? fetch->curl_words : curl_easy_strerror(curl_rc));
}

int tg_fetch_get(tg_fetch *fetch, const char *url, int64_t max_bytes, tg_fetch_sink *sink, void *ctx,
	tg_fetch_result *result, tg_error *err)
{
	char words_url[WORDS_URL_MAX];
	transfer t = { .curl = fetch->curl, .sink = sink, .ctx = ctx, .max_bytes = max_bytes, .err = err };
	CURLcode rc = CURLE_OK;
	long status = 0;

	if (result != NULL)
		*result = (tg_fetch_result){ 0 };
	words_of_url(words_url, url);
	t.words_url = words_url;
	if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
		return tg_fail(err, TG_EINVAL, "%s: wanted an http or https URL", words_url);
	if (strlen(url) > TG_FETCH_URL_MAX)
		return tg_fail(err, TG_EINVAL, "%s: a URL of %zu bytes, at most %d", words_url, strlen(url),
			TG_FETCH_URL_MAX);
	fetch->curl_words[0] = '\0';
	SET(fetch->curl, CURLOPT_URL, url);
	SET(fetch->curl, CURLOPT_WRITEDATA, &t);
	SET(fetch->curl, CURLOPT_HEADERDATA, &t);
	if (rc == CURLE_OK) {
		fetch->totals.requests++;
		rc = curl_easy_perform(fetch->curl);
		curl_easy_getinfo(fetch->curl, CURLINFO_RESPONSE_CODE, &status);
	}
	fetch->totals.bytes += t.bytes + t.refusal_bytes;
	if (result != NULL)
		*result = (tg_fetch_result){ .http_status = status, .bytes = t.bytes };
	return judge(fetch, &t, rc, status, err);
}

static int into_buf(void *ctx, const uint8_t *data, size_t len, tg_error *err)
{
	tg_buf_append(ctx, data, len);
	return tg_buf_check(ctx, "download", err);
}

int tg_fetch_buf(tg_buf *out, tg_fetch *fetch, const char *url, tg_fetch_result *result, tg_error *err)
{
	return tg_fetch_get(fetch, url, (int64_t)(out->max - out->len), into_buf, out, result, err);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch.c - GET over libcurl's easy interface.
 *
 * The only room that includes curl.h. Every limit is set here, none is left to a default of the library or to the server.
 */
#include "sync/fetch/fetch.h"

#include "store/base/utc.h"
#include "sync/fetch/access.h"
#include "sync/fetch/why.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define HEADERS_MAX 262144 /* bytes of all header lines of one answer; nginx sends some 300 */
#define REFUSAL_MAX 65536  /* bytes of an error page read past to keep the connection; then it is dropped */
#define WORDS_URL_MAX 160  /* bytes of a URL in error words */
#define HTTP_OK 200
#define HTTP_PARTIAL 206
#define HTTP_NOT_MODIFIED 304
#define HTTP_RANGE_NOT_SATISFIABLE 416
#define FIELD_MAX 192 /* bytes of a header field of ours: a name and TG_HEADER_ETAG_MAX */

struct tg_fetch {
	CURL *curl;
	tg_access *access;
	bool named_proxy;
	char curl_words[CURL_ERROR_SIZE];
	tg_fetch_totals totals;
	long total_s; /* ceiling on what one file may take */
};

/* One request, as the callbacks see it. */
typedef struct transfer {
	CURL *curl;
	const tg_fetch_request *request;
	tg_fetch_place *place;
	void *ctx;
	int64_t at; /* position of the next byte; -1 = a body that nobody wants */
	int64_t bytes, refusal_bytes, header_bytes;
	bool headers_over; /* what follows are trailers: nobody's business */
	tg_header_facts facts;
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

	if (t->at < 0) { /* an error page: read past if it is short */
		t->refusal_bytes += (int64_t)len;
		return t->refusal_bytes <= REFUSAL_MAX ? len : 0;
	}
	if ((int64_t)len > t->request->max_bytes - t->at) {
		t->rc = tg_fail(t->err, TG_ELENGTH, "%s: more than %lld bytes", t->words_url,
			(long long)t->request->max_bytes);
		return 0;
	}
	t->rc = t->place(t->ctx, t->at, (const uint8_t *)data, len, t->err);
	if (t->rc != TG_OK)
		return 0;
	t->at += (int64_t)len;
	t->bytes += (int64_t)len;
	return len;
}

/* A part of the file is taken only where it was asked for, and only if it says where it belongs. */
static int judge_part(transfer *t)
{
	const tg_fetch_request *r = t->request;

	if (r->from == 0)
		return TG_OK; /* nobody asked: judge() refuses the status */
	if (t->facts.range != TG_RANGE_GOOD)
		return tg_fail(t->err, TG_ENETWORK, "%s: a part without a Content-Range that says which",
			t->words_url);
	if (t->facts.first != r->from)
		return tg_fail(t->err, TG_ENETWORK, "%s: a part from byte %lld where %lld was asked for",
			t->words_url, (long long)t->facts.first, (long long)r->from);
	if (t->facts.total > r->max_bytes)
		return tg_fail(t->err, TG_ELENGTH, "%s: a file of %lld bytes; at most %lld", t->words_url,
			(long long)t->facts.total, (long long)r->max_bytes);
	t->at = r->from;
	return TG_OK;
}

/* The empty line after the header fields: is a body wanted, and where does it begin? */
static void end_headers(transfer *t)
{
	long status = 0;

	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status < HTTP_OK) /* 100, 103: the answer itself is still to come */
		return;
	t->headers_over = true;
	if (status == HTTP_OK)
		t->at = 0;
	else if (status == HTTP_PARTIAL)
		t->rc = judge_part(t);
}

static size_t on_header(char *data, size_t size, size_t count, void *ctx)
{
	static const tg_header_facts nothing = TG_HEADER_FACTS_INIT;
	transfer *t = ctx;
	size_t len = size * count;

	t->header_bytes += (int64_t)len;
	if (t->header_bytes > HEADERS_MAX) {
		t->rc = tg_fail(
			t->err, TG_ELENGTH, "%s: more than %d bytes of headers", t->words_url, HEADERS_MAX);
		return 0;
	}
	if (t->headers_over)
		return len;
	if (len >= 5 && memcmp(data, "HTTP/", 5) == 0)
		t->facts = nothing;
	else if (len > 0 && (data[0] == '\r' || data[0] == '\n'))
		end_headers(t);
	else
		tg_header_read(&t->facts, tg_view_of(data, len), tg_utc_now_us());
	return t->rc == TG_OK ? len : 0;
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

	SET(curl, CURLOPT_NOSIGNAL, 1L);
	SET(curl, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
	SET(curl, CURLOPT_LOW_SPEED_LIMIT, low_bytes);
	SET(curl, CURLOPT_LOW_SPEED_TIME, low_s);
	SET(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	SET(curl, CURLOPT_FOLLOWLOCATION, 0L);
	SET(curl, CURLOPT_PATH_AS_IS, 1L);
	SET(curl, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	SET(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
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
	tg_error why = { 0 };
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
	fetch->totals.retry_after_s = -1;
	if (options == NULL)
		options = &defaults;
	if (tg_access_open(&fetch->access, options, &why) != TG_OK) {
		tg_fetch_close(fetch);
		if (err != NULL)
			*err = why;
		return why.code;
	}
	fetch->total_s = options->total_timeout_s > 0 ? options->total_timeout_s : TG_FETCH_TOTAL_S;
	fetch->named_proxy = options->proxy != NULL && options->proxy[0] != '\0';
	rc = set_bounds(fetch->curl, options);
	if (rc == CURLE_OK)
		rc = tg_access_set_proxy(fetch->access, fetch->curl);
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
	tg_access_close(fetch->access);
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

static int fail_transfer(
	const tg_fetch *fetch, const transfer *t, CURLcode curl_rc, long status, tg_error *err)
{
	tg_why why = { .url = t->words_url,
		.curl = curl_rc,
		.curl_words = fetch->curl_words,
		.status = status,
		.tls = strncasecmp(t->request->url, "https:", 6) == 0,
		.sent_credential = tg_access_sends_credential(fetch->access),
		.sent_certificate = tg_access_sends_certificate(fetch->access),
		.named_proxy = fetch->named_proxy };

	curl_easy_getinfo(fetch->curl, CURLINFO_HTTP_CONNECTCODE, &why.connect_status);
	curl_easy_getinfo(fetch->curl, CURLINFO_SSL_VERIFYRESULT, &why.verify);
	return tg_why_fail(err, &why);
}

static bool is_not_modified(const transfer *t, long status)
{
	return status == HTTP_NOT_MODIFIED && t->request->etag != NULL && t->request->from == 0;
}

static int judge(const tg_fetch *fetch, const transfer *t, CURLcode curl_rc, long status, tg_error *err)
{
	if (t->rc != TG_OK)
		return t->rc;
	if (is_not_modified(t, status))
		return TG_OK;
	if (status == HTTP_RANGE_NOT_SATISFIABLE && t->request->from > 0)
		return tg_fail(err, TG_ENETWORK,
			"%s: HTTP status 416: no such file has %lld bytes; what was fetched so far is not "
			"its "
			"beginning",
			t->words_url, (long long)t->request->from);
	if (status == HTTP_PARTIAL && t->at < 0)
		return tg_fail(
			err, TG_ENETWORK, "%s: HTTP status 206: a part that nobody asked for", t->words_url);
	/* The status decides before a broken-off error page does. */
	if (curl_rc == CURLE_OK && t->at >= 0)
		return TG_OK;
	return fail_transfer(fetch, t, curl_rc, status, err);
}

static bool has_user(const char *url)
{
	const char *host = strstr(url, "://");

	return host != NULL && memchr(host + 3, '@', strcspn(host + 3, "/?#")) != NULL;
}

static int check_request(const tg_fetch_request *r, const char *words_url, tg_error *err)
{
	if (strncasecmp(r->url, "http://", 7) != 0 && strncasecmp(r->url, "https://", 8) != 0)
		return tg_fail(err, TG_EINVAL, "%s: wanted an http or https URL", words_url);
	if (strlen(r->url) > TG_FETCH_URL_MAX)
		return tg_fail(err, TG_EINVAL, "%s: a URL of %zu bytes, at most %d", words_url,
			strlen(r->url), TG_FETCH_URL_MAX);
	if (has_user(r->url))
		return tg_fail(err, TG_EINVAL,
			"%s: a URL with a user name; a credential belongs into a file of its own", words_url);
	if (r->etag != NULL && !tg_header_is_etag(tg_view_str(r->etag)))
		return tg_fail(err, TG_EINVAL, "%s: to be asked for with a malformed ETag", words_url);
	if (r->from < 0 || r->from > r->max_bytes)
		return tg_fail(err, TG_EINVAL, "%s: from byte %lld of at most %lld", words_url,
			(long long)r->from, (long long)r->max_bytes);
	return TG_OK;
}

static int add_field(struct curl_slist **fields, const char *name, const char *value, tg_error *err)
{
	char field[FIELD_MAX];
	struct curl_slist *longer;

	(void)snprintf(field, sizeof(field), "%s: %s", name, value);
	longer = curl_slist_append(*fields, field);
	if (longer == NULL)
		return tg_fail(err, TG_ENOMEM, "%s: out of memory", name);
	*fields = longer;
	return TG_OK;
}

/* Conditions and ranges. A weak ETag says "as good as", which is not enough to join two halves (RFC 9110, 13.1.5). */
static int make_fields(struct curl_slist **fields, const tg_fetch_request *r, tg_error *err)
{
	char range[32];
	int rc = TG_OK;

	if (r->revalidate)
		rc = add_field(fields, "Cache-Control", "no-cache", err);
	if (rc == TG_OK && r->etag != NULL && r->from == 0)
		rc = add_field(fields, "If-None-Match", r->etag, err);
	if (rc == TG_OK && r->etag != NULL && r->from > 0 && r->etag[0] == '"')
		rc = add_field(fields, "If-Range", r->etag, err);
	(void)snprintf(range, sizeof(range), "bytes=%lld-", (long long)r->from);
	if (rc == TG_OK && r->from > 0)
		rc = add_field(fields, "Range", range, err);
	return rc;
}

static CURLcode perform_once(tg_fetch *fetch, long *status)
{
	CURLcode rc;

	fetch->totals.requests++;
	rc = curl_easy_perform(fetch->curl);
	curl_easy_getinfo(fetch->curl, CURLINFO_RESPONSE_CODE, status);
	return rc;
}

/*
 * On a kept connection there may be bytes left that the server sent too many after the answer before; they are no answer to this
 * request, which nobody has answered then. What libcurl notices of them, it does not use again; here they came later than it looked.
 */
static bool was_no_answer(const tg_fetch *fetch, const transfer *t, CURLcode rc, long status)
{
	long new_connections = 1;

	curl_easy_getinfo(fetch->curl, CURLINFO_NUM_CONNECTS, &new_connections);
	return (rc == CURLE_WEIRD_SERVER_REPLY || rc == CURLE_UNSUPPORTED_PROTOCOL) && new_connections == 0 &&
	       status == 0 && t->rc == TG_OK && t->bytes == 0;
}

/* curl_easy_perform() with all that belongs to this request alone. */
static CURLcode perform(tg_fetch *fetch, transfer *t, struct curl_slist *fields, long *status)
{
	int64_t allowed_s = TG_FETCH_SMALL_S + t->request->max_bytes / TG_FETCH_SLOW_BYTES;
	CURLcode rc = CURLE_OK;

	fetch->curl_words[0] = '\0';
	/* A mirror that drips just above the low speed holds a timestamp for minutes, not for the hour that an image may take. */
	SET(fetch->curl, CURLOPT_TIMEOUT, allowed_s < fetch->total_s ? (long)allowed_s : fetch->total_s);
	SET(fetch->curl, CURLOPT_URL, t->request->url);
	if (rc == CURLE_OK)
		rc = tg_access_set_origin(fetch->access, fetch->curl, t->request->url);
	SET(fetch->curl, CURLOPT_HTTPHEADER, fields);
	SET(fetch->curl, CURLOPT_WRITEDATA, t);
	SET(fetch->curl, CURLOPT_HEADERDATA, t);
	if (rc == CURLE_OK)
		rc = perform_once(fetch, status);
	if (was_no_answer(fetch, t, rc, *status)) {
		(void)curl_easy_setopt(fetch->curl, CURLOPT_FRESH_CONNECT, 1L);
		t->header_bytes = 0;
		rc = perform_once(fetch, status);
		(void)curl_easy_setopt(fetch->curl, CURLOPT_FRESH_CONNECT, 0L);
	}
	(void)curl_easy_setopt(fetch->curl, CURLOPT_HTTPHEADER, NULL);
	fetch->totals.bytes += t->bytes + t->refusal_bytes;
	if (t->facts.retry_after_s > fetch->totals.retry_after_s)
		fetch->totals.retry_after_s = t->facts.retry_after_s;
	return rc;
}

static void fill_result(tg_fetch_result *result, const transfer *t, long status)
{
	*result = (tg_fetch_result){
		.http_status = status, .bytes = t->bytes, .retry_after_s = t->facts.retry_after_s
	};
	result->wrong_part = status == HTTP_PARTIAL && t->at < 0;
	result->not_modified = is_not_modified(t, status);
	memcpy(result->etag, t->facts.etag, sizeof(result->etag));
}

int tg_fetch_run(tg_fetch *fetch, const tg_fetch_request *request, tg_fetch_place *place, void *ctx,
	tg_fetch_result *result, tg_error *err)
{
	transfer t = { .curl = fetch->curl,
		.request = request,
		.place = place,
		.ctx = ctx,
		.at = -1,
		.facts = TG_HEADER_FACTS_INIT,
		.err = err };
	struct curl_slist *fields = NULL;
	char words_url[WORDS_URL_MAX];
	CURLcode curl_rc;
	long status = 0;
	int rc;

	words_of_url(words_url, request->url);
	t.words_url = words_url;
	if (result != NULL)
		fill_result(result, &t, 0);
	rc = check_request(request, words_url, err);
	if (rc == TG_OK)
		rc = make_fields(&fields, request, err);
	if (rc == TG_OK) {
		curl_rc = perform(fetch, &t, fields, &status);
		rc = judge(fetch, &t, curl_rc, status, err);
		if (result != NULL)
			fill_result(result, &t, status);
	}
	curl_slist_free_all(fields);
	return rc;
}

/* A sink that does not care for positions: without `from` they begin at 0 and have no gaps. */
typedef struct streaming {
	tg_fetch_sink *sink;
	void *ctx;
} streaming;

static int into_sink(void *ctx, int64_t at, const uint8_t *data, size_t len, tg_error *err)
{
	const streaming *s = ctx;

	(void)at;
	return s->sink(s->ctx, data, len, err);
}

int tg_fetch_get(tg_fetch *fetch, const char *url, int64_t max_bytes, tg_fetch_sink *sink, void *ctx,
	tg_fetch_result *result, tg_error *err)
{
	tg_fetch_request request = { .url = url, .max_bytes = max_bytes };
	streaming s = { sink, ctx };

	return tg_fetch_run(fetch, &request, into_sink, &s, result, err);
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

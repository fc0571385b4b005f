/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fetch.c - bounds hold while streaming, and results are told apart.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/update/server.h"

#include "sync/fetch/fetch.h"

#include <stdio.h>

static const char text[] = "statement of compliance";
static server *web;
static tg_fetch *fetch;

static int setup(void **state)
{
	/* Short limits, so that a standstill is over soon. */
	tg_fetch_options options = {
		.connect_timeout_ms = 5000, .low_speed_bytes = 1, .low_speed_s = 1, .total_timeout_s = 60
	};

	(void)state;
	web = server_start();
	server_put(web, "/file", tg_view_str(text));
	server_put(web, "/other", tg_view_str("elsewhere"));
	return tg_fetch_open(&fetch, &options, NULL);
}

static int teardown(void **state)
{
	(void)state;
	tg_fetch_close(fetch);
	server_stop(web);
	return 0;
}

static int get(tg_buf *out, const char *path, size_t max, tg_fetch_result *result, tg_error *err)
{
	char url[256];

	(void)snprintf(url, sizeof(url), "%s%s", server_url(web), path);
	tg_buf_init(out, max);
	return tg_fetch_buf(out, fetch, url, result, err);
}

static void a_body_within_the_ceiling_arrives_whole(void **state)
{
	tg_fetch_result result;
	tg_error err = { 0 };
	tg_buf body;

	(void)state;
	assert_int_equal(get(&body, "/file", strlen(text), &result, &err), TG_OK);
	assert_string_equal(tg_buf_text(&body), text);
	assert_int_equal(result.http_status, 200);
	assert_int_equal(result.bytes, strlen(text));
	tg_buf_fini(&body);
}

static void one_byte_over_the_ceiling_stops_it(void **state)
{
	tg_error err = { 0 };
	tg_buf body;

	(void)state;
	assert_int_equal(get(&body, "/file", strlen(text) - 1, NULL, &err), TG_ELENGTH);
	assert_true(body.len <= strlen(text) - 1);
	tg_buf_fini(&body);
}

static const struct {
	const char *what;
	unsigned status;
	server_fault fault;
	int rc;
	long http_status;
} answers[] = {
	{ "404", 404, SERVE_FINE, TG_ENOTFOUND, 404 },
	{ "403", 403, SERVE_FINE, TG_ENOTFOUND, 403 },
	{ "401", 401, SERVE_FINE, TG_EDENIED, 401 },
	{ "500", 500, SERVE_FINE, TG_ENETWORK, 500 },
	{ "503", 503, SERVE_FINE, TG_ENETWORK, 503 },
	{ "204", 204, SERVE_FINE, TG_ENETWORK, 204 },
	{ "206 that nobody asked for", 206, SERVE_FINE, TG_ENETWORK, 206 },
	{ "a redirect", 0, SERVE_REDIRECT, TG_ENETWORK, 302 },
	{ "endless data", 0, SERVE_ENDLESS, TG_ELENGTH, 200 },
	{ "an endless error page", 500, SERVE_ENDLESS, TG_ENETWORK, 500 },
	{ "an endless page of a 404", 404, SERVE_ENDLESS, TG_ENOTFOUND, 404 },
	{ "a body cut off", 0, SERVE_TRUNCATED, TG_ENETWORK, 200 },
	{ "a standstill", 0, SERVE_STALLED, TG_ENETWORK, 200 },
};

static void answers_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(answers); i++) {
		tg_fetch_result result;
		tg_error err = { 0 };
		tg_buf body;
		int rc;

		server_put(web, "/bent", tg_view_str(text));
		server_set_status(web, "/bent", answers[i].status);
		server_set_fault(web, "/bent", answers[i].fault);
		rc = get(&body, "/bent", 100000, &result, &err);
		if (rc != answers[i].rc)
			fail_msg("%s: wanted %s, found %s (%s)", answers[i].what, tg_strerror(answers[i].rc),
				tg_strerror(rc), err.msg);
		assert_int_equal(result.http_status, answers[i].http_status);
		assert_non_null(strstr(err.msg, "/bent"));
		tg_buf_fini(&body);
	}
}

static void content_encodings_are_not_undone(void **state)
{
	tg_error err = { 0 };
	tg_buf body;

	(void)state;
	server_put(web, "/gzip", tg_view_str(text));
	server_set_fault(web, "/gzip", SERVE_GZIP);
	assert_int_equal(get(&body, "/gzip", 1000, NULL, &err), TG_OK);
	assert_string_equal(tg_buf_text(&body), text);
	tg_buf_fini(&body);
}

static void dots_in_the_path_are_sent_as_given(void **state)
{
	tg_error err = { 0 };
	tg_buf body;

	(void)state;
	server_forget(web);
	assert_int_equal(get(&body, "/a/../b/./1.%2Frole.json", 1000, NULL, &err), TG_ENOTFOUND);
	assert_string_equal(server_request(web, 0), "/a/../b/./1.%2Frole.json");
	tg_buf_fini(&body);
}

static void other_protocols_are_refused_without_a_request(void **state)
{
	static const char *const urls[] = { "file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/",
		"127.0.0.1/x", "" };
	tg_fetch_totals before = tg_fetch_totals_of(fetch);

	(void)state;
	for (size_t i = 0; i < TG_COUNT(urls); i++) {
		tg_error err = { 0 };
		tg_buf body;

		tg_buf_init(&body, 1000);
		assert_int_equal(tg_fetch_buf(&body, fetch, urls[i], NULL, &err), TG_EINVAL);
		assert_int_equal(body.len, 0);
		tg_buf_fini(&body);
	}
	assert_int_equal(tg_fetch_totals_of(fetch).requests, before.requests);
}

static void nobody_listening_is_a_network_error_and_says_no_secret(void **state)
{
	server *gone = server_start();
	tg_fetch_result result;
	tg_error err = { 0 };
	char url[256];
	tg_buf body;

	(void)state;
	(void)snprintf(url, sizeof(url), "%s/file?token=hunter2", server_url(gone));
	server_stop(gone);
	tg_buf_init(&body, 1000);
	assert_int_equal(tg_fetch_buf(&body, fetch, url, &result, &err), TG_ENETWORK);
	assert_int_equal(result.http_status, 0);
	assert_null(strstr(err.msg, "hunter"));
	assert_non_null(strstr(err.msg, "/file"));
	tg_buf_fini(&body);
}

static int refuse(void *ctx, const uint8_t *data, size_t len, tg_error *err)
{
	(void)ctx, (void)data, (void)len;
	return tg_fail(err, TG_EIO, "disk full");
}

static void the_sinks_own_error_is_the_result(void **state)
{
	tg_error err = { 0 };
	char url[256];

	(void)state;
	(void)snprintf(url, sizeof(url), "%s/file", server_url(web));
	assert_int_equal(tg_fetch_get(fetch, url, 1000, refuse, NULL, NULL, &err), TG_EIO);
	assert_string_equal(err.msg, "disk full");
}

/* ---- ranges and conditions ---- */

/* The file as it was put together: what was there before, then what came, where it came. */
typedef struct assembled {
	char text[256];
	size_t len;
	int restarts;
} assembled;

static int put_at(void *ctx, int64_t at, const uint8_t *data, size_t len, tg_error *err)
{
	assembled *a = ctx;

	(void)err;
	if (at == 0 && a->len != 0) {
		a->restarts++;
		a->len = 0;
	}
	assert_int_equal(at, a->len);
	assert_true(a->len + len < sizeof(a->text));
	memcpy(a->text + a->len, data, len);
	a->len += len;
	a->text[a->len] = '\0';
	return TG_OK;
}

static int run(
	assembled *a, const char *path, tg_fetch_request *request, tg_fetch_result *result, tg_error *err)
{
	char url[256];

	(void)snprintf(url, sizeof(url), "%s%s", server_url(web), path);
	request->url = url;
	if (request->max_bytes == 0)
		request->max_bytes = 200;
	return tg_fetch_run(fetch, request, put_at, a, result, err);
}

static const struct {
	const char *what;
	int64_t have; /* bytes of the beginning that are here already */
	int64_t max_bytes;
	server_fault fault;
	const char *etag;
	int rc;
	long http_status;
	int restarts;
} parts[] = {
	{ "the rest", 10, 0, SERVE_FINE, NULL, TG_OK, 206, 0 },
	{ "the last byte, at the ceiling", 22, 23, SERVE_FINE, NULL, TG_OK, 206, 0 },
	{ "the whole, where nothing is here", 0, 23, SERVE_FINE, NULL, TG_OK, 200, 0 },
	{ "a server that ignores Range begins again", 10, 0, SERVE_RANGE_IGNORED, NULL, TG_OK, 200, 1 },
	{ "the file is still the same", 10, 0, SERVE_FINE, "\"v1\"", TG_OK, 206, 0 },
	{ "the file became another one", 10, 0, SERVE_FINE, "\"v0\"", TG_OK, 200, 1 },
	{ "a weak ETag is not asked with", 10, 0, SERVE_FINE, "W/\"v0\"", TG_OK, 206, 0 },
	{ "a part of elsewhere", 10, 0, SERVE_RANGE_SHIFTED, NULL, TG_ENETWORK, 206, 0 },
	{ "a part of who knows where", 10, 0, SERVE_RANGE_UNSAID, NULL, TG_ENETWORK, 206, 0 },
	{ "more here than there", 23, 0, SERVE_FINE, NULL, TG_ENETWORK, 416, 0 },
	{ "the whole is over the ceiling", 10, 22, SERVE_FINE, NULL, TG_ELENGTH, 206, 0 },
	{ "the whole again is over the ceiling", 10, 22, SERVE_RANGE_IGNORED, NULL, TG_ELENGTH, 200, 0 },
	{ "more here than may be there", 10, 9, SERVE_FINE, NULL, TG_EINVAL, 0, 0 },
	{ "an ETag that would be two header fields", 0, 0, SERVE_FINE, "\"a\r\nX: y\"", TG_EINVAL, 0, 0 },
};

static void a_part_is_taken_only_where_it_belongs(void **state)
{
	(void)state;
	server_put(web, "/part", tg_view_str(text));
	server_set_field(web, "/part", "ETag", "\"v1\"");
	for (size_t i = 0; i < TG_COUNT(parts); i++) {
		tg_fetch_request request = {
			.from = parts[i].have, .max_bytes = parts[i].max_bytes, .etag = parts[i].etag
		};
		assembled a = { .len = (size_t)parts[i].have };
		tg_fetch_result result;
		tg_error err = { 0 };
		int rc;

		memcpy(a.text, text, a.len);
		server_set_fault(web, "/part", parts[i].fault);
		rc = run(&a, "/part", &request, &result, &err);
		if (rc != parts[i].rc || result.http_status != parts[i].http_status ||
			a.restarts != parts[i].restarts)
			fail_msg("%s: %s, status %ld, %d restarts (%s)", parts[i].what, tg_strerror(rc),
				result.http_status, a.restarts, err.msg);
		if (rc == TG_OK)
			assert_string_equal(a.text, text);
		else
			assert_int_equal(a.len, parts[i].have);
	}
}

static void what_has_not_changed_is_not_sent_again(void **state)
{
	tg_fetch_request request = { .etag = "\"v1\"", .revalidate = true };
	assembled a = { 0 };
	tg_fetch_result result;
	tg_error err = { 0 };

	(void)state;
	server_put(web, "/same", tg_view_str(text));
	server_set_field(web, "/same", "ETag", "\"v1\"");
	server_forget(web);
	assert_int_equal(run(&a, "/same", &request, &result, &err), TG_OK);
	assert_true(result.not_modified);
	assert_int_equal(a.len, 0);
	assert_string_equal(result.etag, "\"v1\"");
	assert_non_null(strstr(server_request_fields(web, 0), "If-None-Match: \"v1\"\n"));
	assert_non_null(strstr(server_request_fields(web, 0), "Cache-Control: no-cache\n"));
	/* Nothing of it sticks to the next request. */
	request = (tg_fetch_request){ 0 };
	assert_int_equal(run(&a, "/same", &request, &result, &err), TG_OK);
	assert_false(result.not_modified);
	assert_string_equal(a.text, text);
	assert_null(strstr(server_request_fields(web, 1), "If-None-Match"));
	assert_null(strstr(server_request_fields(web, 1), "Cache-Control"));
}

static void not_modified_without_a_condition_is_an_error(void **state)
{
	tg_fetch_request request = { 0 };
	tg_fetch_result result;
	assembled a = { 0 };
	tg_error err = { 0 };

	(void)state;
	server_put(web, "/odd", tg_view_str(""));
	server_set_status(web, "/odd", 304);
	assert_int_equal(run(&a, "/odd", &request, &result, &err), TG_ENETWORK);
	assert_false(result.not_modified);
	assert_int_equal(result.http_status, 304);
	/* Nor may it be the answer to a range. */
	request = (tg_fetch_request){ .from = 5, .etag = "\"v1\"" };
	a.len = 5;
	assert_int_equal(run(&a, "/odd", &request, &result, &err), TG_ENETWORK);
	assert_false(result.not_modified);
}

static void a_server_may_say_when_to_come_back(void **state)
{
	tg_fetch_request request = { 0 };
	tg_fetch_result result;
	assembled a = { 0 };
	tg_error err = { 0 };

	(void)state;
	server_put(web, "/busy", tg_view_str("busy"));
	server_set_status(web, "/busy", 503);
	assert_int_equal(run(&a, "/busy", &request, &result, &err), TG_ENETWORK);
	assert_int_equal(result.retry_after_s, -1);
	server_set_field(web, "/busy", "Retry-After", "120");
	assert_int_equal(run(&a, "/busy", &request, &result, &err), TG_ENETWORK);
	assert_int_equal(result.retry_after_s, 120);
	assert_int_equal(a.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_within_the_ceiling_arrives_whole),
		cmocka_unit_test(one_byte_over_the_ceiling_stops_it),
		cmocka_unit_test(answers_are_told_apart),
		cmocka_unit_test(content_encodings_are_not_undone),
		cmocka_unit_test(dots_in_the_path_are_sent_as_given),
		cmocka_unit_test(other_protocols_are_refused_without_a_request),
		cmocka_unit_test(nobody_listening_is_a_network_error_and_says_no_secret),
		cmocka_unit_test(the_sinks_own_error_is_the_result),
		cmocka_unit_test(a_part_is_taken_only_where_it_belongs),
		cmocka_unit_test(what_has_not_changed_is_not_sent_again),
		cmocka_unit_test(not_modified_without_a_condition_is_an_error),
		cmocka_unit_test(a_server_may_say_when_to_come_back),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

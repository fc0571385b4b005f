/* SPDX-License-Identifier: Apache-2.0
 *
 * test_access.c - secrets go where they belong and nowhere else, and a person reads which door was shut.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/update/server.h"

#include "sync/fetch/fetch.h"
#include "sync/fetch/why.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static server *ours, *other;
static char dir[] = "/tmp/test_access.XXXXXX";

static int setup(void **state)
{
	(void)state;
	ours = server_start();
	other = server_start();
	server_put(ours, "/timestamp.json", tg_view_str("{}"));
	server_put(other, "/timestamp.json", tg_view_str("{}"));
	return mkdtemp(dir) == NULL;
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	server_stop(ours);
	server_stop(other);
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

/* A file in the temporary folder; its path is good until the next call. */
static const char *put_secret(const char *text, mode_t mode)
{
	static char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/secret", dir);
	(void)unlink(path);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

static int get(tg_fetch *fetch, const char *base, tg_error *err)
{
	char url[256];
	tg_buf body;
	int rc;

	(void)snprintf(url, sizeof(url), "%s/timestamp.json", base);
	tg_buf_init(&body, 1000);
	rc = tg_fetch_buf(&body, fetch, url, NULL, err);
	tg_buf_fini(&body);
	return rc;
}

static tg_fetch *open_fetch(const tg_fetch_options *options)
{
	tg_fetch *fetch = NULL;
	tg_error err = { 0 };

	if (tg_fetch_open(&fetch, options, &err) != TG_OK)
		fail_msg("%s", err.msg);
	return fetch;
}

static void check_sent_to_origin_only(const tg_fetch_options *options, const char *field)
{
	tg_fetch *fetch = open_fetch(options);
	tg_error err = { 0 };

	server_forget(ours);
	server_forget(other);
	assert_int_equal(get(fetch, server_url(ours), &err), TG_OK);
	assert_int_equal(get(fetch, server_url(other), &err), TG_OK);
	assert_int_equal(get(fetch, server_url(ours), &err), TG_OK);
	tg_fetch_close(fetch);
	assert_non_null(strstr(server_request_fields(ours, 0), field));
	assert_non_null(strstr(server_request_fields(ours, 1), field));
	assert_int_equal(server_requests(other), 1);
	assert_null(strstr(server_request_fields(other, 0), "Authorization"));
}

static void a_credential_goes_to_its_origin_and_to_nobody_else(void **state)
{
	tg_fetch_options options = { .origin = server_url(ours) };

	(void)state;
	options.credential_file = put_secret("till:se:cret\n", 0600);
	check_sent_to_origin_only(&options, "Authorization: Basic dGlsbDpzZTpjcmV0\n");
	options.credential_file = NULL;
	options.token_file = put_secret("abc.DEF-123\r\n", 0400);
	check_sent_to_origin_only(&options, "Authorization: Bearer abc.DEF-123\n");
}

static void a_redirect_does_not_carry_the_credential_away(void **state)
{
	tg_fetch_options options = { .origin = server_url(ours),
		.credential_file = put_secret("till:secret", 0600) };
	tg_fetch *fetch = open_fetch(&options);
	tg_error err = { 0 };

	(void)state;
	server_put(ours, "/timestamp.json", tg_view_str("{}"));
	server_put(ours, "/other", tg_view_str("{}"));
	server_set_fault(ours, "/timestamp.json", SERVE_REDIRECT);
	server_forget(ours);
	assert_int_equal(get(fetch, server_url(ours), &err), TG_ENETWORK);
	assert_non_null(strstr(err.msg, "redirect"));
	assert_int_equal(server_requests(ours), 1);
	server_put(ours, "/timestamp.json", tg_view_str("{}"));
	tg_fetch_close(fetch);
}

static const struct {
	const char *what, *text;
	mode_t mode;
	bool token;
	int rc;
	const char *words;
} files[] = {
	{ "others can read it", "till:secret", 0644, false, TG_ESTATE, "others can read it" },
	{ "the group can read it", "till:secret", 0640, false, TG_ESTATE, "others can read it" },
	{ "others can only write it", "till:secret", 0602, false, TG_ESTATE, "others can read it" },
	{ "no colon", "tillsecret", 0600, false, TG_EFORMAT, "user:password" },
	{ "two lines", "till:secret\nmore", 0600, false, TG_EFORMAT, "user:password" },
	{ "empty", "", 0600, false, TG_EFORMAT, "empty" },
	{ "an empty line", "\n", 0600, false, TG_EFORMAT, "empty" },
	{ "a token of two lines", "abc\r\nX-Evil: 1", 0600, true, TG_EFORMAT, "token" },
	{ "a token that others can read", "abc", 0604, true, TG_ESTATE, "others can read it" },
};

static void a_file_that_keeps_no_secret_is_refused_without_quoting_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(files); i++) {
		const char *path = put_secret(files[i].text, files[i].mode);
		tg_fetch_options options = { .origin = server_url(ours) };
		tg_fetch *fetch = NULL;
		tg_error err = { 0 };
		int rc;

		if (geteuid() == 0 && files[i].mode == 0640)
			continue; /* root's own file: allowed, see secret.h */
		if (files[i].token)
			options.token_file = path;
		else
			options.credential_file = path;
		rc = tg_fetch_open(&fetch, &options, &err);
		if (rc != files[i].rc || strstr(err.msg, files[i].words) == NULL)
			fail_msg("%s: %s (%s)", files[i].what, tg_strerror(rc), err.msg);
		assert_null(fetch);
		assert_null(strstr(err.msg, "tillsecret"));
		assert_null(strstr(err.msg, "till:"));
	}
}

static void a_missing_file_and_a_folder_are_told_apart(void **state)
{
	tg_fetch_options options = { .origin = server_url(ours), .credential_file = "/nonexistent/secret" };
	tg_fetch *fetch = NULL;
	tg_error err = { 0 };

	(void)state;
	assert_int_equal(tg_fetch_open(&fetch, &options, &err), TG_ENOTFOUND);
	assert_non_null(strstr(err.msg, "/nonexistent/secret"));
	options.credential_file = dir;
	assert_int_equal(tg_fetch_open(&fetch, &options, &err), TG_ESTATE);
}

static const struct {
	const char *what, *origin, *proxy;
	bool allow;
	int rc;
} roads[] = {
	{ "https", "https://hq.example/metadata/", NULL, false, TG_OK },
	{ "http to this machine", "http://127.0.0.1:8080/", NULL, false, TG_OK },
	{ "http to this machine, version 6", "http://[::1]/", NULL, false, TG_OK },
	{ "http to this machine by name", "http://localhost/", NULL, false, TG_OK },
	{ "http elsewhere", "http://hq.example/metadata/", NULL, false, TG_ESTATE },
	{ "http to a name that only looks like this machine", "http://127.0.0.1.hq.example/", NULL, false,
		TG_ESTATE },
	{ "http to the network", "http://10.0.0.1/", NULL, false, TG_ESTATE },
	{ "http elsewhere, allowed", "http://hq.example/metadata/", NULL, true, TG_OK },
	{ "http to this machine through a proxy elsewhere", "http://127.0.0.1/", "http://proxy.example:3128",
		false, TG_ESTATE },
	{ "http to this machine through a proxy here", "http://127.0.0.1/", "http://127.0.0.1:3128", false,
		TG_OK },
	{ "https through a proxy", "https://hq.example/", "http://proxy.example:3128", false, TG_OK },
	{ "no proxy", "https://hq.example/", "", false, TG_OK },
	{ "for whom?", NULL, NULL, false, TG_ESTATE },
	{ "a proxy of another kind", "https://hq.example/", "socks5://proxy.example", false, TG_EINVAL },
	{ "a password in the proxy's address", "https://hq.example/", "http://u:p@proxy.example", false,
		TG_EINVAL },
};

static void a_credential_does_not_travel_readable(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(roads); i++) {
		tg_fetch_options options = { .origin = roads[i].origin,
			.proxy = roads[i].proxy,
			.allow_plain_credential = roads[i].allow,
			.credential_file = put_secret("till:secret", 0600) };
		tg_fetch *fetch = NULL;
		tg_error err = { 0 };
		int rc = tg_fetch_open(&fetch, &options, &err);

		if (rc != roads[i].rc)
			fail_msg("%s: %s (%s)", roads[i].what, tg_strerror(rc), err.msg);
		tg_fetch_close(fetch);
	}
}

static void options_that_contradict_each_other_are_refused(void **state)
{
	const tg_fetch_options options[] = {
		{ .origin = "https://hq.example/", .credential_file = "/a", .token_file = "/b" },
		{ .origin = "https://hq.example/", .client_certificate_file = "/a" },
		{ .origin = "https://hq.example/", .client_key_file = "/a" },
		{ .proxy_credential_file = "/a" },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(options); i++) {
		tg_fetch *fetch = NULL;

		assert_int_equal(tg_fetch_open(&fetch, &options[i], NULL), TG_EINVAL);
	}
}

static void a_url_with_a_password_is_refused_without_a_request(void **state)
{
	tg_fetch *fetch = open_fetch(NULL);
	tg_error err = { 0 };

	(void)state;
	assert_int_equal(get(fetch, "http://till:hunter2@127.0.0.1:1", &err), TG_EINVAL);
	assert_null(strstr(err.msg, "hunter2"));
	assert_int_equal(tg_fetch_totals_of(fetch).requests, 0);
	tg_fetch_close(fetch);
}

static void a_proxy_gets_the_whole_address_and_its_own_credential(void **state)
{
	char url[128];
	tg_fetch_options options = { .proxy = url, .proxy_credential_file = put_secret("shop:pass", 0600) };
	tg_error err = { 0 };
	tg_fetch *fetch;

	(void)state;
	(void)snprintf(url, sizeof(url), "%s", server_url(other));
	fetch = open_fetch(&options);
	server_forget(other);
	/* The test's server is no proxy: what matters is what it was asked. */
	(void)get(fetch, "http://hq.example", &err);
	tg_fetch_close(fetch);
	assert_int_equal(server_requests(other), 1);
	assert_non_null(strstr(server_request_fields(other, 0), "Proxy-Authorization: Basic c2hvcDpwYXNz\n"));
	assert_non_null(strstr(server_request_fields(other, 0), "Host: hq.example\n"));
}

static const struct {
	tg_why why;
	int rc;
	const char *words;
} whys[] = {
	{ { .status = 401, .sent_credential = true }, TG_EDENIED, "refuses this station's credential" },
	{ { .status = 401 }, TG_EDENIED, "wants a credential" },
	{ { .status = 403, .sent_credential = true }, TG_ENOTFOUND,
		"refuses this station's credential, or has no such file" },
	{ { .status = 403 }, TG_ENOTFOUND, "HTTP status 403" },
	{ { .status = 404, .sent_credential = true }, TG_ENOTFOUND, "HTTP status 404" },
	{ { .status = 400 }, TG_ENETWORK, "HTTP status 400" },
	{ { .status = 400, .tls = true }, TG_EDENIED, "may want a client certificate" },
	{ { .status = 400, .tls = true, .sent_certificate = true }, TG_EDENIED,
		"refuses this station's certificate" },
	{ { .status = 407 }, TG_EDENIED, "proxy" },
	{ { .curl = CURLE_RECV_ERROR, .connect_status = 407 }, TG_EDENIED, "proxy" },
	{ { .curl = CURLE_RECV_ERROR, .connect_status = 502 }, TG_ENETWORK,
		"proxy does not connect us (HTTP status 502)" },
	{ { .curl = CURLE_COULDNT_RESOLVE_PROXY }, TG_ENETWORK, "proxy's name" },
	{ { .curl = CURLE_COULDNT_CONNECT, .named_proxy = true }, TG_ENETWORK, "proxy does not answer" },
	{ { .curl = CURLE_COULDNT_CONNECT }, TG_ENETWORK, "connect" },
	{ { .status = 302 }, TG_ENETWORK, "redirect" },
	{ { .status = 503 }, TG_ENETWORK, "HTTP status 503" },
	{ { .curl = CURLE_PEER_FAILED_VERIFICATION, .verify = 10 }, TG_ENETWORK, "has expired" },
	{ { .curl = CURLE_PEER_FAILED_VERIFICATION, .verify = 9 }, TG_ENETWORK, "not valid yet" },
	{ { .curl = CURLE_PEER_FAILED_VERIFICATION, .verify = 20 }, TG_ENETWORK,
		"issuer that this station does not know" },
	{ { .curl = CURLE_PEER_FAILED_VERIFICATION,
		  .curl_words = "SSL: no alternative certificate subject name matches target host name "
				"'localhost'" },
		TG_ENETWORK, "for another host" },
	{ { .curl = CURLE_PEER_FAILED_VERIFICATION, .verify = 99 }, TG_ENETWORK, "does not verify" },
	{ { .curl = CURLE_SSL_CERTPROBLEM }, TG_ESTATE, "client certificate or its key" },
	{ { .curl = CURLE_SSL_CACERT_BADFILE }, TG_ESTATE, "ca-file" },
	{ { .curl = CURLE_RECV_ERROR,
		  .tls = true,
		  .sent_certificate = true,
		  .curl_words =
			  "OpenSSL SSL_read: error:0A000418:SSL routines::tlsv1 alert unknown ca, errno 0" },
		TG_EDENIED, "refuses this station's certificate" },
	{ { .curl = CURLE_RECV_ERROR,
		  .tls = true,
		  .curl_words = "OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate "
				"required, errno 0" },
		TG_EDENIED, "may want a client certificate" },
	{ { .curl = CURLE_OPERATION_TIMEDOUT, .status = 200 }, TG_ENETWORK, "imeout" },
	{ { .status = 200 }, TG_ENETWORK, "half an answer" },
	{ { .curl = CURLE_OK }, TG_ENETWORK, "no answer" },
};

static void every_shut_door_has_its_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(whys); i++) {
		tg_why why = whys[i].why;
		tg_error err = { 0 };
		int rc;

		why.url = "https://hq.example/x";
		if (why.curl_words == NULL)
			why.curl_words = "";
		rc = tg_why_fail(&err, &why);
		if (rc != whys[i].rc || strstr(err.msg, whys[i].words) == NULL ||
			strstr(err.msg, "https://hq.example/x") == NULL)
			fail_msg("row %zu: %s (%s)", i, tg_strerror(rc), err.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_credential_goes_to_its_origin_and_to_nobody_else),
		cmocka_unit_test(a_redirect_does_not_carry_the_credential_away),
		cmocka_unit_test(a_file_that_keeps_no_secret_is_refused_without_quoting_it),
		cmocka_unit_test(a_missing_file_and_a_folder_are_told_apart),
		cmocka_unit_test(a_credential_does_not_travel_readable),
		cmocka_unit_test(options_that_contradict_each_other_are_refused),
		cmocka_unit_test(a_url_with_a_password_is_refused_without_a_request),
		cmocka_unit_test(a_proxy_gets_the_whole_address_and_its_own_credential),
		cmocka_unit_test(every_shut_door_has_its_words),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * test_response.c - HTTP responses: which are whole, which need more, which are refused.
 */
#include "plugin/abi/wire.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

/* Parse an exact-size copy, so that AddressSanitizer sees the first byte read past the end. */
static enum tillgate__progress parse(struct tillgate__response *out, const char *data, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);
	enum tillgate__progress progress;

	assert_non_null(copy);
	memcpy(copy, data, len);
	progress = tillgate__response_parse(out, copy, len);
	out->body = NULL; /* it pointed into the copy */
	free(copy);
	return progress;
}

static const struct {
	const char *what, *bytes;
	enum tillgate__progress progress;
	int status;
	bool json, keep;
	size_t body_len;
} responses[] = {
	{ "an answer", OK_HEAD "Content-Length: 2\r\n\r\n{}", TILLGATE__WHOLE, 200, true, true, 2 },
	{ "no body", "HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n", TILLGATE__WHOLE, 404, false, true, 0 },
	{ "names in any case, space round values", "HTTP/1.1 200 OK\r\ncontent-TYPE:\tapplication/json \r\nCONTENT-length: 1 \r\n\r\nx",
		TILLGATE__WHOLE, 200, true, true, 1 },
	{ "a charset", "HTTP/1.1 200 OK\r\nContent-Type: application/json ; charset=utf-8\r\nContent-Length: 0\r\n\r\n", TILLGATE__WHOLE, 200,
		true, true, 0 },
	{ "a type that only begins like it", "HTTP/1.1 200 OK\r\nContent-Type: application/jsonp\r\nContent-Length: 0\r\n\r\n", TILLGATE__WHOLE,
		200, false, true, 0 },
	{ "close", OK_HEAD "Connection: close\r\nContent-Length: 0\r\n\r\n", TILLGATE__WHOLE, 200, true, false, 0 },
	{ "keep-alive", OK_HEAD "Connection: Keep-Alive\r\nContent-Length: 0\r\n\r\n", TILLGATE__WHOLE, 200, true, true, 0 },
	{ "HTTP/1.0 closes", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", TILLGATE__WHOLE, 200, false, false, 0 },
	{ "nothing yet", "", TILLGATE__MORE, 0, false, false, 0 },
	{ "part of the first word", "HTT", TILLGATE__MORE, 0, false, false, 0 },
	{ "part of the head", OK_HEAD "Content-Length: 2\r\n", TILLGATE__MORE, 0, false, false, 0 },
	{ "part of the body", OK_HEAD "Content-Length: 2\r\n\r\n{", TILLGATE__MORE, 0, false, false, 0 },
	{ "another protocol", "SSH-2.0-x", TILLGATE__BAD, 0, false, false, 0 },
	{ "HTTP/2", "HTTP/2 200\r\n\r\n", TILLGATE__BAD, 0, false, false, 0 },
	{ "an interim response", "HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n", TILLGATE__BAD, 0, false, false, 0 },
	{ "a status of 600", "HTTP/1.1 600 X\r\nContent-Length: 0\r\n\r\n", TILLGATE__BAD, 0, false, false, 0 },
	{ "a status of two digits", "HTTP/1.1 20 OKAY\r\nContent-Length: 0\r\n\r\n", TILLGATE__BAD, 0, false, false, 0 },
	{ "a status that is cut", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", TILLGATE__BAD, 0, false, false, 0 },
	{ "no length", OK_HEAD "\r\n", TILLGATE__BAD, 0, false, false, 0 },
	{ "two lengths", OK_HEAD "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", TILLGATE__BAD, 0, false, false, 0 },
	{ "an empty length", OK_HEAD "Content-Length:\r\n\r\n", TILLGATE__BAD, 0, false, false, 0 },
	{ "a negative length", OK_HEAD "Content-Length: -1\r\n\r\n", TILLGATE__BAD, 0, false, false, 0 },
	{ "a length with a sign", OK_HEAD "Content-Length: +2\r\n\r\n{}", TILLGATE__BAD, 0, false, false, 0 },
	{ "a length in hex", OK_HEAD "Content-Length: 0x2\r\n\r\n{}", TILLGATE__BAD, 0, false, false, 0 },
	{ "a length over the limit", OK_HEAD "Content-Length: 65537\r\n\r\n", TILLGATE__BAD, 0, false, false, 0 },
	{ "a length over 64 bits", OK_HEAD "Content-Length: 18446744073709551617\r\n\r\n", TILLGATE__BAD, 0, false, false, 0 },
	{ "chunks", OK_HEAD "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", TILLGATE__BAD, 0, false, false, 0 },
	{ "compression", OK_HEAD "Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n", TILLGATE__BAD, 0, false, false, 0 },
	{ "a bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", TILLGATE__BAD, 0, false, false, 0 },
	{ "a bare CR", "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n", TILLGATE__BAD, 0, false, false, 0 },
	{ "a folded line", OK_HEAD "X: a\r\n b\r\nContent-Length: 0\r\n\r\n", TILLGATE__BAD, 0, false, false, 0 },
	{ "a space before the colon", OK_HEAD "Content-Length : 0\r\n\r\n", TILLGATE__BAD, 0, false, false, 0 },
	{ "a line without a colon", OK_HEAD "nothing\r\nContent-Length: 0\r\n\r\n", TILLGATE__BAD, 0, false, false, 0 },
	{ "a line without a name", OK_HEAD ": x\r\nContent-Length: 0\r\n\r\n", TILLGATE__BAD, 0, false, false, 0 },
	{ "bytes after the end", OK_HEAD "Content-Length: 2\r\n\r\n{}H", TILLGATE__BAD, 0, false, false, 0 },
	{ "a second answer after the first", OK_HEAD "Content-Length: 0\r\n\r\n" OK_HEAD "Content-Length: 0\r\n\r\n", TILLGATE__BAD, 0, false,
		false, 0 },
};

static void responses_are_whole_or_unfinished_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(responses); i++) {
		struct tillgate__response r;
		enum tillgate__progress progress = parse(&r, responses[i].bytes, strlen(responses[i].bytes));

		if (progress != responses[i].progress)
			fail_msg("%s: %d, %s", responses[i].what, progress, r.why != NULL ? r.why : "no reason");
		if (progress == TILLGATE__BAD)
			assert_non_null(r.why);
		if (progress == TILLGATE__WHOLE && (r.status != responses[i].status || r.json != responses[i].json ||
			r.keep != responses[i].keep || r.body_len != responses[i].body_len))
			fail_msg("%s: status %d, json %d, keep %d, %zu bytes", responses[i].what, r.status, r.json, r.keep, r.body_len);
	}
}

static void every_beginning_of_a_good_response_asks_for_more(void **state)
{
	static const char whole[] = OK_HEAD "Connection: keep-alive\r\nContent-Length: 9\r\n\r\n{\"v\":  1}";
	struct tillgate__response r;

	(void)state;
	for (size_t len = 0; len < sizeof(whole) - 1; len++) {
		if (parse(&r, whole, len) != TILLGATE__MORE)
			fail_msg("the first %zu bytes: %s", len, r.why != NULL ? r.why : "whole");
	}
	assert_int_equal(parse(&r, whole, sizeof(whole) - 1), TILLGATE__WHOLE);
}

static void a_nul_byte_in_the_head_is_refused(void **state)
{
	static const char bytes[] = OK_HEAD "X: a\0b\r\nContent-Length: 0\r\n\r\n";
	struct tillgate__response r;

	(void)state;
	assert_int_equal(parse(&r, bytes, sizeof(bytes) - 1), TILLGATE__BAD);
}

static void the_limits_of_the_head_are_where_they_are_said_to_be(void **state)
{
	static char bytes[TILLGATE__HEAD_MAX + 64];
	struct tillgate__response r;
	size_t len = 0;

	(void)state;
	len += strlen(strcpy(bytes, "HTTP/1.1 200 OK\r\n"));
	for (int n = 0; n < TILLGATE__HEADERS_MAX - 1; n++)
		len += strlen(strcpy(bytes + len, "A: b\r\n"));
	(void)strcpy(bytes + len, "Content-Length: 0\r\n\r\n");
	assert_int_equal(parse(&r, bytes, strlen(bytes)), TILLGATE__WHOLE);
	(void)strcpy(bytes + len, "A: b\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(parse(&r, bytes, strlen(bytes)), TILLGATE__BAD);
	memset(bytes, 'a', sizeof(bytes));
	memcpy(bytes, "HTTP/1.1 200 OK\r\nX: ", 20);
	assert_int_equal(parse(&r, bytes, TILLGATE__HEAD_MAX), TILLGATE__MORE);
	assert_int_equal(parse(&r, bytes, TILLGATE__HEAD_MAX + 1), TILLGATE__BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(responses_are_whole_or_unfinished_or_refused),
		cmocka_unit_test(every_beginning_of_a_good_response_asks_for_more),
		cmocka_unit_test(a_nul_byte_in_the_head_is_refused),
		cmocka_unit_test(the_limits_of_the_head_are_where_they_are_said_to_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

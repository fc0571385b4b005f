/* SPDX-License-Identifier: Apache-2.0
 *
 * test_request.c - a check as bytes: the daemon gets what was scanned, whatever it was.
 */
#include "plugin/abi/wire.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *what, *label;
	size_t len;
	const char *body;
} labels[] = {
	{ "digits", "09524000059109", 14, "{\"label\":\"09524000059109\",\"operation\":\"sale\"}" },
	{ "an empty scan", "", 0, "{\"label\":\"\",\"operation\":\"sale\"}" },
	{ "an AIM identifier and GS", "]d2010952400005910910A\x1d" "21X", 26,
		"{\"label\":\"]d2010952400005910910A\\u001d21X\",\"operation\":\"sale\"}" },
	{ "quotes and backslashes", "a\"b\\c", 5, "{\"label\":\"a\\\"b\\\\c\",\"operation\":\"sale\"}" },
	{ "a NUL", "a\0b", 3, "{\"label_hex\":\"610062\",\"operation\":\"sale\"}" },
	{ "another control character", "a\r", 2, "{\"label_hex\":\"610d\",\"operation\":\"sale\"}" },
	{ "high bytes", "\xff\x80", 2, "{\"label_hex\":\"ff80\",\"operation\":\"sale\"}" },
	{ "GS that would be longer as text", "\x1d\x1d", 2, "{\"label_hex\":\"1d1d\",\"operation\":\"sale\"}" },
};

static void labels_travel_unchanged(void **state)
{
	static char buf[TILLGATE__REQUEST_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(labels); i++) {
		tillgate_request ask = TILLGATE_REQUEST_INIT;
		char want[512];
		const char *start = NULL;
		size_t len = 0;

		ask.label = labels[i].label;
		ask.label_len = labels[i].len;
		assert_int_equal(tillgate__request_check(buf, &start, &len, &ask, NULL), TILLGATE_OK);
		(void)snprintf(want, sizeof(want), "POST /v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
			"Content-Length: %zu\r\n\r\n%s", strlen(labels[i].body), labels[i].body);
		if (len != strlen(want) || memcmp(start, want, len) != 0)
			fail_msg("%s: %.*s", labels[i].what, (int)len, start);
	}
}

static void all_members_are_sent(void **state)
{
	static char buf[TILLGATE__REQUEST_MAX];
	tillgate_request ask = TILLGATE_REQUEST_INIT;
	const char *start = NULL, *body = "{\"label\":\"1\",\"operation\":\"dispatch\",\"aim\":\"]E0\",\"destination\":\"ni\","
		"\"batch\":\"B\\\"1\",\"device\":\"till 1\",\"supply\":\"own-branch\",\"unit\":\"unwanted\",\"bought_before_duty\":true,"
		"\"supplier\":\"M\xc3\xbcller\",\"delivery\":\"D-1\",\"operator\":\"carl\"}";
	size_t len = 0;

	(void)state;
	ask.label = "1";
	ask.label_len = 1;
	ask.operation = "dispatch";
	ask.aim = "]E0";
	ask.destination = "ni";
	ask.batch = "B\"1";
	ask.device = "till 1";
	ask.supply = "own-branch";
	ask.unit = "unwanted";
	ask.bought_before_duty = 1;
	ask.supplier = "M\xc3\xbcller";
	ask.delivery = "D-1";
	ask.operator_name = "carl";
	assert_int_equal(tillgate__request_check(buf, &start, &len, &ask, NULL), TILLGATE_OK);
	assert_true(len > strlen(body));
	assert_memory_equal(start + len - strlen(body), body, strlen(body));
}

static void the_longest_request_fits(void **state)
{
	static unsigned char label[TILLGATE_LABEL_MAX];
	static const int fills[] = { 0xff, 0x1d, '"', '1' };
	char word[64];
	char *buf = malloc(TILLGATE__REQUEST_MAX); /* of this size, so that AddressSanitizer sees the first byte too far */

	(void)state;
	assert_non_null(buf);
	memset(word, '\\', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	for (size_t i = 0; i < COUNT(fills); i++) {
		tillgate_request ask = { sizeof(ask), label, sizeof(label), word, word, word, word, word, word, word, 1, word, word, word };
		tillgate_error err = TILLGATE_ERROR_INIT;
		const char *start = NULL;
		size_t len = 0;

		memset(label, fills[i], sizeof(label));
		if (tillgate__request_check(buf, &start, &len, &ask, &err) != TILLGATE_OK)
			fail_msg("%s", err.message);
		assert_true(start >= buf && start + len <= buf + TILLGATE__REQUEST_MAX);
		ask.label_len++;
		assert_int_equal(tillgate__request_check(buf, &start, &len, &ask, &err), TILLGATE_EINVAL);
	}
	free(buf);
}

static void errors_are_valid_text_whatever_they_quote(void **state)
{
	char long_word[400];
	tillgate_error err = TILLGATE_ERROR_INIT;

	(void)state;
	assert_int_equal(tillgate__fail(&err, TILLGATE_EIO, 5, "a\n\xff\xe2\x80\xae", "\xc3\xa9"), TILLGATE_EIO);
	assert_string_equal(err.message, "a???\xc3\xa9");
	assert_int_equal(err.sys, 5);
	for (size_t i = 0; i < sizeof(long_word) - 1; i += 2)
		memcpy(long_word + i, "\xc3\xa9", 2);
	long_word[sizeof(long_word) - 2] = '\0';
	for (size_t shift = 0; shift < 2; shift++) { /* the cut falls between characters, and inside one */
		size_t len;

		(void)tillgate__fail(&err, TILLGATE_EIO, 0, shift ? "x" : "", long_word);
		len = strlen(err.message);
		assert_true(len >= sizeof(err.message) - 5 && len < sizeof(err.message));
		assert_string_equal(err.message + len - 5, "\xc3\xa9...");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_travel_unchanged),
		cmocka_unit_test(all_members_are_sent),
		cmocka_unit_test(the_longest_request_fits),
		cmocka_unit_test(errors_are_valid_text_whatever_they_quote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

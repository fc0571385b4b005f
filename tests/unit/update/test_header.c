/* SPDX-License-Identifier: Apache-2.0
 *
 * test_header.c - header fields: strict where bytes depend on them, absent where they are malformed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "sync/fetch/header.h"

#include "store/base/utc.h"

static const struct {
	const char *value;
	bool good;
	int64_t first, last, total;
} ranges[] = {
	{ "bytes 5-9/10", true, 5, 9, 10 },
	{ "bytes 0-0/1", true, 0, 0, 1 },
	{ "Bytes 5-9/*", true, 5, 9, -1 },
	{ "bytes 9007199254740991-9007199254740992/9007199254740993", true, INT64_C(9007199254740991),
		INT64_C(9007199254740992), INT64_C(9007199254740993) },
	{ "bytes 5-9/9", false, 0, 0, 0 },
	{ "bytes 9-5/10", false, 0, 0, 0 },
	{ "bytes */10", false, 0, 0, 0 },
	{ "bytes 5-/10", false, 0, 0, 0 },
	{ "bytes -9/10", false, 0, 0, 0 },
	{ "bytes 5-9", false, 0, 0, 0 },
	{ "bytes 5-9/", false, 0, 0, 0 },
	{ "bytes 5-9/10 ", false, 0, 0, 0 },
	{ "bytes 5-9/10, 12-13/20", false, 0, 0, 0 },
	{ "bytes  5-9/10", false, 0, 0, 0 },
	{ "bytes 0x5-9/10", false, 0, 0, 0 },
	{ "bytes +5-9/10", false, 0, 0, 0 },
	{ "bytes=5-9/10", false, 0, 0, 0 },
	{ "items 5-9/10", false, 0, 0, 0 },
	{ "bytes 99999999999999999999-99999999999999999999/*", false, 0, 0, 0 },
	{ "bytes 5-9223372036854775807/*", false, 0, 0, 0 },
	{ "bytes ", false, 0, 0, 0 },
	{ "", false, 0, 0, 0 },
};

static void a_content_range_is_read_exactly_or_not_at_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(ranges); i++) {
		int64_t first = 0, last = 0, total = 0;

		if (tg_header_content_range(&first, &last, &total, tg_view_str(ranges[i].value)) !=
			ranges[i].good)
			fail_msg("\"%s\"", ranges[i].value);
		assert_int_equal(first, ranges[i].first);
		assert_int_equal(last, ranges[i].last);
		assert_int_equal(total, ranges[i].total);
	}
}

static const struct {
	const char *value;
	int64_t seconds;
} waits[] = {
	{ "0", 0 },
	{ "120", 120 },
	{ "2592000", TG_HEADER_RETRY_MAX_S },
	{ "2592001", TG_HEADER_RETRY_MAX_S },
	{ "99999999999999999999999", TG_HEADER_RETRY_MAX_S },
	{ "Sun, 06 Nov 1994 08:49:37 GMT", 60 },
	{ "Sun, 06 Nov 1994 08:48:37 GMT", 0 },
	{ "Sun, 06 Nov 1994 08:48:36 GMT", 0 },
	{ "Fri, 31 Dec 9999 23:59:59 GMT", TG_HEADER_RETRY_MAX_S },
	{ "Sun, 06 Nov 1994 08:49:37 CET", -1 },
	{ "Sun, 31 Feb 1994 08:49:37 GMT", -1 },
	{ "Sun, 06 nov 1994 08:49:37 GMT", -1 },
	{ "Son, 06 Nov 1994 08:49:37 GMT", -1 },
	{ "Sun, 06 Nov 1994 8:49:37 GMT", -1 },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", -1 },
	{ "Sun, 06 Nov 1994 08:49:37 GMT+1", -1 },
	{ "Sun, 06 Nov 0000 08:49:37 GMT", -1 },
	{ "12 minutes", -1 },
	{ "1.5", -1 },
	{ "-1", -1 },
	{ "+1", -1 },
	{ "", -1 },
};

static void a_wait_is_seconds_or_a_date_and_never_longer_than_the_bound(void **state)
{
	int64_t now_us;

	(void)state;
	assert_int_equal(tg_utc_parse(&now_us, "1994-11-06T08:48:37Z", NULL), TG_OK);
	for (size_t i = 0; i < TG_COUNT(waits); i++) {
		int64_t found = tg_header_retry_after(tg_view_str(waits[i].value), now_us);

		if (found != waits[i].seconds)
			fail_msg("\"%s\": %lld", waits[i].value, (long long)found);
	}
}

static const struct {
	const char *value;
	bool good;
} tags[] = {
	{ "\"65a1-1f\"", true },
	{ "W/\"65a1\"", true },
	{ "\"\"", true },
	{ "", false },
	{ "\"", false },
	{ "W/\"", false },
	{ "w/\"x\"", false },
	{ "65a1", false },
	{ "\"a\"b\"", false },
	{ "\"a b\"", false },
	{ "\"a\r\nX-Evil: 1\"", false },
	{ "\"caf\xc3\xa9\"", false },
};

static void an_etag_is_safe_to_send_back(void **state)
{
	char longest[TG_HEADER_ETAG_MAX + 2];

	(void)state;
	for (size_t i = 0; i < TG_COUNT(tags); i++)
		if (tg_header_is_etag(tg_view_str(tags[i].value)) != tags[i].good)
			fail_msg("%s", tags[i].value);
	memset(longest, 'x', sizeof(longest));
	longest[0] = longest[TG_HEADER_ETAG_MAX - 1] = longest[TG_HEADER_ETAG_MAX] = '"';
	assert_true(tg_header_is_etag(tg_view_of(longest, TG_HEADER_ETAG_MAX)));
	longest[TG_HEADER_ETAG_MAX - 1] = 'x';
	assert_false(tg_header_is_etag(tg_view_of(longest, TG_HEADER_ETAG_MAX + 1)));
}

static void read_all(tg_header_facts *facts, const char *const *lines)
{
	*facts = (tg_header_facts)TG_HEADER_FACTS_INIT;
	for (; *lines != NULL; lines++)
		tg_header_read(facts, tg_view_str(*lines), 0);
}

static void fields_are_found_by_name_whatever_the_case(void **state)
{
	static const char *const lines[] = { "HTTP/1.1 206 Partial Content\r\n", "eTAG:\t \"a\" \r\n",
		"X-ETag: \"b\"\r\n", "content-range: bytes 5-9/10\r\n", "RETRY-AFTER:7", "ETag\r\n", "", ":",
		NULL };
	tg_header_facts facts;

	(void)state;
	read_all(&facts, lines);
	assert_int_equal(facts.range, TG_RANGE_GOOD);
	assert_int_equal(facts.first, 5);
	assert_string_equal(facts.etag, "\"a\"");
	assert_int_equal(facts.retry_after_s, 7);
}

static void two_ranges_that_differ_are_none(void **state)
{
	static const char *const twice[] = { "Content-Range: bytes 5-9/10", "Content-Range: bytes 5-9/10",
		NULL };
	static const char *const differ[] = { "Content-Range: bytes 5-9/10", "Content-Range: bytes 0-9/10",
		NULL };
	static const char *const bad_first[] = { "Content-Range: lines 1", "Content-Range: bytes 5-9/10",
		NULL };
	tg_header_facts facts;

	(void)state;
	read_all(&facts, twice);
	assert_int_equal(facts.range, TG_RANGE_GOOD);
	read_all(&facts, differ);
	assert_int_equal(facts.range, TG_RANGE_BAD);
	read_all(&facts, bad_first);
	assert_int_equal(facts.range, TG_RANGE_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_content_range_is_read_exactly_or_not_at_all),
		cmocka_unit_test(a_wait_is_seconds_or_a_date_and_never_longer_than_the_bound),
		cmocka_unit_test(an_etag_is_safe_to_send_back),
		cmocka_unit_test(fields_are_found_by_name_whatever_the_case),
		cmocka_unit_test(two_ranges_that_differ_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

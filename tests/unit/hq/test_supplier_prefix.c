/* SPDX-License-Identifier: Apache-2.0
 *
 * test_supplier_prefix.c - which numbers a registered prefix stands for.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/gate/label.h"
#include "sync/hq/supplier_prefix.h"

#include <string.h>

static const struct {
	const char *what, *prefix, *gtin;
	bool covered;
} numbers[] = {
	{ "a GTIN-13 that begins with it", "95212345", "9521234500001", true },
	{ "its neighbour", "95212345", "9521234600008", false },
	{ "the case of four, with an indicator in front", "95212345", "19521234500008", true },
	{ "the same with indicator 9, whatever its check digit is", "95212345", "99521234500004", true },
	{ "an indicator is no digit of the prefix", "1952", "19521234500008", false },
	{ "a GTIN-14 written with a zero in front", "95212345", "09521234500001", true },
	{ "a GTIN-12: a zero stands in front of its prefix", "0614141", "614141000012", true },
	{ "a GTIN-12 is not read from its first digit", "6141", "614141000012", false },
	{ "the same number as 13 digits", "0614141", "0614141000012", true },
	{ "twelve digits are one product", "952123450000", "9521234500001", true },
	{ "and not the next", "952123450000", "9521234500018", false },
	{ "a GTIN-8 in its own space", "8:9521", "95212340", true },
	{ "a GTIN-8 that begins otherwise", "8:9522", "95212340", false },
	{ "a GTIN-8 is no GTIN-13 with the same first digits", "9521", "95212340", false },
	{ "a GTIN-13 is no GTIN-8", "8:9521", "9521234500001", false },
	{ "a GTIN-8 with zeros in front is a GTIN-8", "8:9521", "0000095212340", true },
	{ "a GTIN-8 within a case: indicator and zeros in front", "8:9521", "10000095212347", true },
	{ "zeros in front of a GTIN-13 prefix count", "0001", "0001234567895", true },
	{ "and are digits like others", "0012", "0001234567895", false },
};

static void a_prefix_stands_for_numbers_by_the_digits_after_the_indicator(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(numbers); i++) {
		tg_prefix prefix;
		uint64_t gtin = 0;
		tg_error err = { 0 };

		if (tg_prefix_parse(&prefix, numbers[i].prefix, &err) != TG_OK ||
			tg_gtin_parse(&gtin, tg_view_str(numbers[i].gtin), &err) != TG_OK)
			fail_msg("%s: %s", numbers[i].what, err.msg);
		if (tg_prefix_covers(&prefix, gtin) != numbers[i].covered)
			fail_msg("%s: %s and %s", numbers[i].what, numbers[i].prefix, numbers[i].gtin);
	}
}

static const struct {
	const char *what, *text;
	bool good;
} texts[] = {
	{ "eight digits", "95212345", true },
	{ "the fewest", "9521", true },
	{ "the most", "952123450000", true },
	{ "a GS1 prefix of three digits is a whole country's", "952", false },
	{ "thirteen digits are a GTIN", "9521234500001", false },
	{ "a GTIN-8 prefix", "8:952", true },
	{ "too few for a GTIN-8", "8:95", false },
	{ "a whole GTIN-8", "8:95212340", false },
	{ "nothing", "", false },
	{ "a letter", "9521234x", false },
	{ "a blank in front", " 9521234", false },
	{ "a sign", "-9521234", false },
	{ "digits of another script", "\xd9\xa9\xd9\xa5\xd9\xa2\xd9\xa1", false },
	{ "numbers for use in shops: 2", "2012345", false },
	{ "numbers for use in shops: 02", "0212345", false },
	{ "numbers for use in shops: 04", "0412345", false },
	{ "but not 03", "0312345", true },
	{ "a GTIN-8 for use in shops", "8:2123", false },
	{ "a GTIN-8 that begins with 0 is for use in shops", "8:0123", false },
	{ "five zeros in front make a GTIN-8", "000009521", false },
	{ "four zeros do not", "00009521", true },
	{ "other space than 8", "7:9521", false },
};

static void a_prefix_that_is_none_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(texts); i++) {
		tg_prefix prefix;
		char text[TG_PREFIX_TEXT_SIZE];
		int rc = tg_prefix_parse(&prefix, texts[i].text, NULL);

		if ((rc == TG_OK) != texts[i].good)
			fail_msg("%s", texts[i].what);
		if (rc == TG_OK)
			assert_string_equal(tg_prefix_format(text, &prefix), texts[i].text);
		else
			assert_int_equal(rc, TG_EINVAL);
	}
}

static const struct {
	const char *a, *b;
	bool overlap;
} pairs[] = {
	{ "95212345", "95212345", true },
	{ "9521", "95212345", true },
	{ "95212345", "9521", true },
	{ "95212345", "95212340", false },
	{ "8:9521", "9521", false },
	{ "8:952", "8:9521", true },
	{ "0614", "6140", false },
};

static void two_prefixes_overlap_when_one_begins_with_the_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(pairs); i++) {
		tg_prefix a, b;

		assert_int_equal(tg_prefix_parse(&a, pairs[i].a, NULL), TG_OK);
		assert_int_equal(tg_prefix_parse(&b, pairs[i].b, NULL), TG_OK);
		if (tg_prefix_overlaps(&a, &b) != pairs[i].overlap)
			fail_msg("%s and %s", pairs[i].a, pairs[i].b);
	}
}

static void the_name_of_a_target_holds_no_colon(void **state)
{
	char text[TG_PREFIX_TEXT_SIZE];
	tg_prefix prefix;

	(void)state;
	assert_int_equal(tg_prefix_parse(&prefix, "8:9521", NULL), TG_OK);
	assert_string_equal(tg_prefix_file(text, &prefix), "8-9521");
	assert_int_equal(tg_prefix_parse(&prefix, "0614141", NULL), TG_OK);
	assert_string_equal(tg_prefix_file(text, &prefix), "0614141");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_prefix_stands_for_numbers_by_the_digits_after_the_indicator),
		cmocka_unit_test(a_prefix_that_is_none_is_refused),
		cmocka_unit_test(two_prefixes_overlap_when_one_begins_with_the_other),
		cmocka_unit_test(the_name_of_a_target_holds_no_colon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * test_ai.c - every Application Identifier, with good and bad values from a table of facts.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/gate/ai_value.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const fault_words[TG__FAULT_COUNT] = { "good", "length", "character", "check", "date",
	"content" };

/* Of exactly its size, so that a sanitizer sees a byte read too many. */
static enum tg__fault check_exact(const struct tg__ai *ai, const char *value)
{
	size_t len = strlen(value);
	char *copy = malloc(len > 0 ? len : 1);
	enum tg__fault fault;

	memcpy(copy, value, len);
	fault = tg__ai_check(ai, tg_view_of(copy, len));
	free(copy);
	return fault;
}

static void every_identifier_takes_what_it_should_and_nothing_else(void **state)
{
	FILE *f = fopen(TG_AI_FACTS, "r");
	char line[256];
	unsigned wrong = 0, good = 0, bad = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		char *rest = line, *identifier = strsep(&rest, "\t"), *value = strsep(&rest, "\t"),
		     *word = strsep(&rest, "\n");
		const struct tg__ai *ai;
		enum tg__fault fault;

		if (identifier[0] == '#')
			continue;
		assert_non_null(word);
		ai = tg__ai_find(tg_view_str(identifier));
		if (ai == NULL || ai->digits != strlen(identifier))
			fail_msg("(%s) is not in the table", identifier);
		fault = check_exact(ai, value);
		good += fault == TG__FAULT_NONE;
		bad += fault != TG__FAULT_NONE;
		if (strcmp(fault_words[fault], word) != 0)
			wrong++, print_error(
					 "(%s)%s: %s, not %s\n", identifier, value, fault_words[fault], word);
	}
	(void)fclose(f);
	assert_int_equal(wrong, 0);
	assert_true(good > 200 && bad > 800);
}

static unsigned number_of(const char *identifier)
{
	unsigned number = (unsigned)strtoul(identifier, NULL, 10);

	for (size_t i = strlen(identifier); i < 4; i++)
		number *= 10;
	return number;
}

/* Between the table and the facts nothing is left over: each assigned number has a fact in its row. */
static void no_identifier_is_known_that_no_fact_names(void **state)
{
	static bool named[10000];
	FILE *f = fopen(TG_AI_FACTS, "r");
	char line[256];

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		char *rest = line, *identifier = strsep(&rest, "\t");
		const struct tg__ai *ai = identifier[0] == '#' ? NULL : tg__ai_find(tg_view_str(identifier));

		if (ai == NULL)
			continue;
		assert_in_range(number_of(identifier), ai->from, ai->to);
		for (unsigned i = ai->from; i <= ai->to; i++)
			named[i] = true;
	}
	(void)fclose(f);
	for (unsigned i = 0; i < 10000; i++) {
		char digits[8];

		(void)snprintf(digits, sizeof(digits), "%04u", i);
		if (tg__ai_find(tg_view_str(digits)) != NULL && !named[i])
			fail_msg("%s is in the table, and no fact is about it", digits);
	}
}

static void what_is_not_assigned_is_not_found(void **state)
{
	static const char *const none[] = { "", "0", "0A", "04", "05", "09", "14", "18", "19", "23", "234",
		"236", "24", "244", "252", "256", "26", "29", "3", "31", "310", "3106", "3109", "317", "3170",
		"3296", "338", "3380", "358", "3580", "38", "394", "3944", "3956", "3960", "404", "409",
		"418", "419", "428", "429", "4327", "4334", "7000", "7012", "7024", "7042", "718", "7229",
		"7243", "7260", "8000", "8015", "8016", "8021", "8027", "8031", "8044", "8113", "8201",
		"(01)", "A1" };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(none); i++)
		if (tg__ai_find(tg_view_str(none[i])) != NULL)
			fail_msg("\"%s\" was found", none[i]);
}

static void an_identifier_ends_where_its_digits_do(void **state)
{
	static const struct {
		const char *text;
		int digits;
	} cases[] = { { "0109521234543213", 2 }, { "10123", 2 }, { "10", 2 }, { "10A", 2 }, { "2351", 3 },
		{ "235", 3 }, { "3100000001", 4 }, { "3105", 4 }, { "4101", 3 }, { "71012", 3 },
		{ "8200h", 4 }, { "9912", 2 }, { "99", 2 } };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		const struct tg__ai *ai = tg__ai_find(tg_view_str(cases[i].text));

		assert_non_null(ai);
		assert_int_equal(ai->digits, cases[i].digits);
	}
}

/* General Specifications section 7.8.5: what is read behind an identifier of tomorrow. */
static void predefined_lengths_hold_for_what_is_not_assigned(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} cases[] = { { "04", 18 }, { "14", 8 }, { "18", 8 }, { "19", 8 }, { "3109", 10 }, { "3699", 10 },
		{ "419", 16 }, { "05", 0 }, { "37", 0 }, { "88", 0 }, { "4", 0 }, { "", 0 }, { "A1", 0 } };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++)
		assert_int_equal(tg__ai_predefined(tg_view_str(cases[i].text)), cases[i].len);
}

static void a_day_of_two_digit_years_is_within_fifty_of_today(void **state)
{
	static const struct {
		const char *six;
		int today, year, month, day; /* year 0: none */
	} days[] = { { "260229", 2026, 0, 0, 0 }, { "280229", 2026, 2028, 2, 29 },
		{ "280200", 2026, 2028, 2, 29 }, { "270200", 2026, 2027, 2, 28 },
		{ "260400", 2026, 2026, 4, 30 }, { "760101", 2026, 2076, 1, 1 },
		{ "770101", 2026, 1977, 1, 1 }, { "000101", 2098, 2100, 1, 1 }, { "000229", 2098, 0, 0, 0 },
		{ "261300", 2026, 0, 0, 0 }, { "260000", 2026, 0, 0, 0 }, { "26010A", 2026, 0, 0, 0 },
		{ "26010", 2026, 0, 0, 0 } };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(days); i++) {
		int32_t day = tg__ai_day(tg_view_str(days[i].six), tg_day_of_civil(days[i].today, 6, 1));

		assert_int_equal(day, days[i].year == 0
					      ? TG_DAY_NONE
					      : tg_day_of_civil(days[i].year, days[i].month, days[i].day));
	}
}

/* General Specifications figure 7.11-1, against every byte. */
static void the_set_of_82_characters_is_these(void **state)
{
	static const char set[] = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

	(void)state;
	assert_int_equal(sizeof(set) - 1, 82);
	for (unsigned c = 0; c < 256; c++) {
		const uint8_t byte = (uint8_t)c;

		assert_int_equal(tg__is_set_82(tg_view_of(&byte, 1)), c != 0 && c < 128 && strchr(set, (int)c) != NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_identifier_takes_what_it_should_and_nothing_else),
		cmocka_unit_test(no_identifier_is_known_that_no_fact_names),
		cmocka_unit_test(what_is_not_assigned_is_not_found),
		cmocka_unit_test(an_identifier_ends_where_its_digits_do),
		cmocka_unit_test(predefined_lengths_hold_for_what_is_not_assigned),
		cmocka_unit_test(the_set_of_82_characters_is_these),
		cmocka_unit_test(a_day_of_two_digit_years_is_within_fifty_of_today),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

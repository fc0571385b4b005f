/* SPDX-License-Identifier: Apache-2.0
 *
 * test_ean13.c - the bar code on the terminal, read back by the widths of its bars, which is another table than it was drawn by.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/cli/ean13.h"

#include "store/base/error.h"

#include <string.h>

/* Widths of a digit's four elements on the left side, odd form. Source: GS1 General Specifications, figure of symbol characters. */
static const char *const widths[10] = { "3211", "2221", "2122", "1411", "1132", "1231", "1114", "1312", "1213", "3112" };
/* The first digit by which of the six left digits are of the even form: bit 5 is the first. */
static const uint8_t forms[10] = { 0x00, 0x0B, 0x0D, 0x0E, 0x13, 0x19, 0x1C, 0x15, 0x16, 0x1A };

/* Four runs from `at` on, as widths. */
static void read_runs(char out[5], const char *at)
{
	const char *end = at + 7;

	for (int i = 0; i < 4; i++) {
		const char *from = at;

		while (at < end && *at == *from)
			at++;
		out[i] = (char)('0' + (at - from));
	}
	out[4] = '\0';
}

static int digit_of(const char *runs)
{
	for (int d = 0; d < 10; d++)
		if (strcmp(widths[d], runs) == 0)
			return d;
	return -1;
}

static void read_back(char out[14], const char *modules)
{
	unsigned even = 0;
	char runs[5], mirrored[5] = "";

	for (int i = 0; i < 6; i++) {
		read_runs(runs, modules + 3 + 7 * i);
		for (int n = 0; n < 4; n++)
			mirrored[n] = runs[3 - n];
		even = even << 1 | (digit_of(runs) < 0);
		out[1 + i] = (char)('0' + (digit_of(runs) >= 0 ? digit_of(runs) : digit_of(mirrored)));
	}
	for (int i = 0; i < 6; i++) {
		read_runs(runs, modules + 50 + 7 * i);
		out[7 + i] = (char)('0' + digit_of(runs));
	}
	out[0] = '?';
	for (int d = 0; d < 10; d++)
		if (forms[d] == even)
			out[0] = (char)('0' + d);
	out[13] = '\0';
}

static void what_is_drawn_reads_as_what_was_asked_for(void **state)
{
	static const char *const numbers[] = { "9529990000018", "4006381333931", "0012345678905", "1111111111116", "2345678901234", "5901234123457",
		"6789012345678", "7501054530107", "8711253001202", "3017620422003" };
	char modules[TG_EAN13_MODULES + 1], back[14];

	(void)state;
	for (size_t i = 0; i < TG_COUNT(numbers); i++) {
		tg_ean13_modules(modules, numbers[i]);
		assert_int_equal(strlen(modules), TG_EAN13_MODULES);
		assert_memory_equal(modules, "101", 3);
		assert_memory_equal(modules + 45, "01010", 5);
		assert_string_equal(modules + 92, "101");
		read_back(back, modules);
		assert_string_equal(back, numbers[i]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_drawn_reads_as_what_was_asked_for) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

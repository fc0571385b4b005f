/* SPDX-License-Identifier: Apache-2.0
 *
 * test_basket.c - what the simulated scanner makes of a line of its basket.
 */
#include "simulator/scanner/basket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct {
	const char *what, *line;
	bool aim;
	int len;
	const char *bytes;
} lines[] = {
	{ "plain digits", "9524000059109", false, 13, "9524000059109" },
	{ "identifier sent", "]d201", true, 5, "]d201" },
	{ "identifier taken away", "]d201", false, 2, "01" },
	{ "not an identifier", "]-1", false, 3, "]-1" },
	{ "GS by name", "10A<GS>21B", false, 7, "10A\x1d" "21B" },
	{ "GS by number", "10A\\x1d21B", false, 7, "10A\x1d" "21B" },
	{ "upper-case number", "\\xC3\\x9F", false, 2, "\xc3\x9f" },
	{ "NUL", "\\x00", false, 1, "\0" },
	{ "backslash", "a\\\\b", false, 3, "a\\b" },
	{ "nothing", "<EMPTY>", false, 0, "" },
	{ "other angle brackets", "<GT>", false, 4, "<GT>" },
	{ "unknown escape", "\\n", false, -1, "" },
	{ "half a number", "\\x1", false, -1, "" },
	{ "backslash at the end", "1\\", false, -1, "" },
};

static void lines_become_these_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char *wrong = NULL;
		char line[64];
		int len;

		strcpy(line, lines[i].line);
		len = basket_decode(line, lines[i].aim, &wrong);
		if (len != lines[i].len || (len > 0 && memcmp(line, lines[i].bytes, (size_t)len) != 0))
			fail_msg("%s: %d bytes", lines[i].what, len);
		assert_int_equal(wrong != NULL, len < 0);
	}
}

static void blank_lines_and_comments_are_no_labels(void **state)
{
	(void)state;
	assert_true(basket_skip(""));
	assert_true(basket_skip("# groceries"));
	assert_false(basket_skip("1"));
	assert_false(basket_skip("<EMPTY>"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_become_these_bytes),
		cmocka_unit_test(blank_lines_and_comments_are_no_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

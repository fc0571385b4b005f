/* SPDX-License-Identifier: Apache-2.0
 *
 * test_csv.c - RFC 4180 to the letter: what is read, and what is refused because it could be read two ways.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "sync/hq/csv.h"

#include <stdio.h>
#include <stdlib.h>

/* Rows as text: fields between <>, each row with its line number in front. */
static int write_row(void *ctx, const tg_view *fields, size_t count, uint32_t line, tg_error *err)
{
	tg_buf *out = ctx;

	(void)err;
	tg_buf_printf(out, "%u:", line);
	for (size_t i = 0; i < count; i++)
		tg_buf_printf(out, "<%.*s>", (int)fields[i].len, (const char *)fields[i].data);
	return TG_OK;
}

static const struct {
	const char *what, *text, *rows; /* NULL: refused */
	char separator;
} cases[] = {
	{ "nothing", "", "", ',' },
	{ "one field", "a", "1:<a>", ',' },
	{ "LF", "a,b\nc,d\n", "1:<a><b>2:<c><d>", ',' },
	{ "CRLF, the last row open", "a,b\r\nc,d", "1:<a><b>2:<c><d>", ',' },
	{ "empty fields", ",\n,,\n", "1:<><>2:<><><>", ',' },
	{ "quotes", "\"a,b\",\"c\"\"d\"\n", "1:<a,b><c\"d>", ',' },
	{ "a quoted line break", "\"a\nb\",c\nd,e\n", "1:<a\nb><c>3:<d><e>", ',' },
	{ "a quoted empty field", "\"\",a\n", "1:<><a>", ',' },
	{ "a byte order mark",
		"\xef\xbb\xbf"
		"a,b\n",
		"1:<a><b>", ',' },
	{ "empty lines between", "a\n\n\r\nb\n", "1:<a>4:<b>", ',' },
	{ "semicolons", "a;b,c\n", "1:<a><b,c>", ';' },
	{ "a quote in the middle", "a\"b\n", NULL, ',' },
	{ "text after a quote", "\"a\"b\n", NULL, ',' },
	{ "a blank after a quote", "\"a\" ,b\n", NULL, ',' },
	{ "a quote that never closes", "a,\"b\nc", NULL, ',' },
	{ "a lone carriage return", "a\rb\n", NULL, ',' },
	{ "a carriage return at the end", "a\r", NULL, ',' },
};

static void rows_are_read_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		tg_error err = { 0 };
		tg_buf out;
		int rc;

		tg_buf_init(&out, 4096);
		rc = tg_csv_parse(tg_view_str(cases[i].text), cases[i].separator, write_row, &out, &err);
		if ((rc == TG_OK) != (cases[i].rows != NULL) ||
			(rc == TG_OK && strcmp(tg_buf_text(&out), cases[i].rows) != 0))
			fail_msg("%s: %s, %s", cases[i].what, tg_buf_text(&out), err.msg);
		if (cases[i].rows == NULL) {
			assert_int_equal(rc, TG_EFORMAT);
			assert_memory_equal(err.msg, "line ", 5);
		}
		tg_buf_fini(&out);
	}
}

static void a_field_and_a_row_have_limits(void **state)
{
	char *text = malloc(TG_CSV_FIELD_MAX + 1);
	tg_buf out;

	(void)state;
	assert_non_null(text);
	tg_buf_init(&out, 1 << 20);
	memset(text, 'a', TG_CSV_FIELD_MAX + 1);
	assert_int_equal(tg_csv_parse(tg_view_of(text, TG_CSV_FIELD_MAX), ',', write_row, &out, NULL), TG_OK);
	assert_int_equal(
		tg_csv_parse(tg_view_of(text, TG_CSV_FIELD_MAX + 1), ',', write_row, &out, NULL), TG_ELIMIT);
	memset(text, ',', TG_CSV_FIELDS_MAX);
	assert_int_equal(
		tg_csv_parse(tg_view_of(text, TG_CSV_FIELDS_MAX - 1), ',', write_row, &out, NULL), TG_OK);
	assert_int_equal(
		tg_csv_parse(tg_view_of(text, TG_CSV_FIELDS_MAX), ',', write_row, &out, NULL), TG_ELIMIT);
	tg_buf_fini(&out);
	free(text);
}

static int stop_at_two(void *ctx, const tg_view *fields, size_t count, uint32_t line, tg_error *err)
{
	(void)ctx;
	(void)fields;
	(void)count;
	return line == 2 ? tg_fail(err, TG_EBUSY, "enough") : TG_OK;
}

static void a_row_can_stop_the_reading(void **state)
{
	(void)state;
	assert_int_equal(tg_csv_parse(tg_view_str("a\nb\n\"c"), ',', stop_at_two, NULL, NULL), TG_EBUSY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_read_or_refused),
		cmocka_unit_test(a_field_and_a_row_have_limits),
		cmocka_unit_test(a_row_can_stop_the_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

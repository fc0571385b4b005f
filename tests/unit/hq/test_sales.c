/* SPDX-License-Identifier: Apache-2.0
 *
 * test_sales.c - sales as CSV: what is added up, what is refused and with which words; what the gate then says in sum.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/hq/shop.h"

#include "store/catalogue/catalogue.h"
#include "sync/hq/compile.h"
#include "sync/hq/coverage.h"
#include "sync/hq/diff.h"

#include <stdio.h>

#include <stdlib.h>
#include <unistd.h>

#define HEAD "gtin,count\n"

static int parse(tg_sales *out, const char *text, tg_error *err)
{
	const tg_sales_options options = { .separator = ',' };

	return tg_sales_parse(out, tg_view_str(text), "sales.csv", &options, err);
}

static void the_same_number_is_added_up_and_leading_zeros_are_part_of_it(void **state)
{
	tg_sales s;
	tg_error err = { 0 };
	char digits[15];

	(void)state;
	assert_int_equal(parse(&s, HEAD "9524000000019,2\n09524000000019,1\n\"9524000000019\", 3 \n", &err), TG_OK);
	assert_int_equal(s.count, 2);
	assert_int_equal(s.lines, 3);
	assert_int_equal(s.units, 6);
	assert_int_equal(s.list[0].units, 5);
	assert_int_equal(s.list[0].lines, 2);
	assert_string_equal(tg_sale_format(digits, &s.list[0]), "9524000000019");
	assert_string_equal(tg_sale_format(digits, &s.list[1]), "09524000000019");
	tg_sales_fini(&s);
}

/* As import finds them: a report of sales and a product master come from the same people. */
static void names_of_columns_are_found_in_any_case_and_two_of_one_name_are_refused(void **state)
{
	tg_error err = { 0 };
	tg_sales s;

	(void)state;
	assert_int_equal(parse(&s, "GTIN,Count\n9524000000019,3\n", &err), TG_OK);
	assert_int_equal(s.units, 3);
	tg_sales_fini(&s);
	assert_int_equal(parse(&s, "GTIN,gtin,count\n9524000000026,9524000000019,3\n", &err), TG_OK); /* the one that is called so exactly */
	assert_true(s.list[0].number == UINT64_C(9524000000019));
	tg_sales_fini(&s);
	assert_int_equal(tg_sales_parse(&s, tg_view_str("EAN;Menge\n9524000000019;3\n"), "sales.csv",
				 &(tg_sales_options){ .number_column = "EAN", .count_column = "Menge" }, &err), TG_OK); /* by what the first line has */
	assert_int_equal(s.units, 3);
	tg_sales_fini(&s);
	assert_int_equal(tg_sales_parse(&s, tg_view_str("gtin;count,x\n"), "sales.csv", &(tg_sales_options){ 0 }, &err), TG_EINVAL);
	assert_non_null(strstr(err.msg, "sales.csv: the first line has more than one"));
	tg_sales_fini(&s);
	assert_int_equal(parse(&s, "gtin,COUNT,Count\n9524000000019,3,4\n", &err), TG_EINVAL);
	assert_non_null(strstr(err.msg, "more than one column"));
	tg_sales_fini(&s);
	assert_int_equal(parse(&s, "gtin,COUNT,Count\n9524000000019,3,4\n", NULL), TG_EINVAL);
	tg_sales_fini(&s);
}

static void without_a_count_each_line_is_one_unit(void **state)
{
	tg_sales s;

	(void)state;
	assert_int_equal(parse(&s, "till,gtin\n1,9524000000019\n2,9524000000019\n", NULL), TG_OK);
	assert_int_equal(s.units, 2);
	tg_sales_fini(&s);
}

static void a_bad_line_is_left_out_and_told_of(void **state)
{
	static const struct {
		const char *row, *words;
	} rows[] = {
		{ "9524000000018,1", "check digit" },
		{ "952400000001,1", "check digit" },
		{ "19,1", "leading zeros" },
		{ "9.524E+12,1", "export the column as text" },
		{ ",1", "leading zeros" },
		{ "9524000000019,", "whole number" },
		{ "9524000000019,-1", "leave returns out" },
		{ "9524000000019,1.5", "whole number" },
		{ "9524000000019,1000000001", "right column" },
		{ "9524000000019", "as many fields" },
		{ "9524000000019,1,1", "as many fields" },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(rows); i++) {
		char text[200];
		tg_sales s;

		(void)snprintf(text, sizeof(text), HEAD "9524000000019,1\n%s\n", rows[i].row);
		assert_int_equal(parse(&s, text, NULL), TG_OK);
		if (s.bad_lines != 1 || s.bad[0].line != 3 || strstr(s.bad[0].words, rows[i].words) == NULL)
			fail_msg("%s: %s", rows[i].row, s.bad_kept > 0 ? s.bad[0].words : "taken");
		assert_int_equal(s.lines, 1);
		tg_sales_fini(&s);
	}
}

static void a_file_without_its_columns_or_a_good_line_is_refused(void **state)
{
	static const struct {
		const char *text;
		int code;
	} files[] = {
		{ "", TG_EINVAL },
		{ "ean,count\n9524000000019,1\n", TG_EINVAL },
		{ HEAD, TG_EFORMAT },
		{ HEAD "1,1\n", TG_EFORMAT },
		{ HEAD "\"9524000000019,1\n", TG_EFORMAT },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(files); i++) {
		tg_sales s;

		assert_int_equal(parse(&s, files[i].text, NULL), files[i].code);
		tg_sales_fini(&s);
	}
}

/* ---- over an image ---- */

static char path[] = "/tmp/tillgate-sales-XXXXXX";

static tg_catalogue *image_of(shop *s)
{
	tg_catalogue *cat = NULL;
	tg_error err = { 0 };
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	(void)close(fd);
	if (tg_compile(path, &s->index, 1, shop_day(SHOP_TODAY), &err) != TG_OK ||
		tg_catalogue_open(&cat, path, NULL, &err) != TG_OK)
		fail_msg("%s", err.msg);
	(void)unlink(path);
	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	return cat;
}

static const tg_policy policy = { .link_test_max_age_days = 365, .scope_review_grace_days = 14 };

static void the_aim_is_under_three_in_ten_thousand_and_not_at_it(void **state)
{
	static const struct {
		const char *known;
		bool reached;
	} cases[] = { { "9997", false }, { "9998", true } };
	const shop_line lines[] = { { TG_RECORD_PRODUCT, SHOP_PRODUCT }, { TG_RECORD_SCOPE_NOTE, SHOP_NOTE },
		{ TG_RECORD_SOC, shop_soc("batches", "\"all\"") } };
	tg_catalogue *cat;
	shop s;

	(void)state;
	shop_open(&s, lines, TG_COUNT(lines));
	cat = image_of(&s);
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		char text[200];
		tg_sales sales;
		tg_coverage c;
		const tg_coverage_ask ask = { cat, &policy, &s.index, &sales, shop_day(SHOP_TODAY) };

		(void)snprintf(text, sizeof(text), HEAD SHOP_GTIN ",%s\n9529990000001,%s\n", cases[i].known,
			i == 0 ? "3" : "2");
		assert_int_equal(parse(&sales, text, NULL), TG_OK);
		assert_int_equal(tg_coverage_make(&c, &ask, NULL), TG_OK);
		assert_int_equal(c.units, 10000);
		assert_int_equal(tg_coverage_reached(&c), cases[i].reached);
		assert_int_equal(c.open_count, 1);
		assert_false(c.open[0].listed);
		assert_string_equal(c.codes[0].code, "not-assessed");
		tg_coverage_fini(&c);
		tg_sales_fini(&sales);
	}
	tg_catalogue_close(cat);
	shop_close(&s);
}

static void each_fact_that_changes_is_said_in_words(void **state)
{
	static const struct {
		const char *member, *value, *words;
	} cases[] = {
		{ "status", "\"withdrawn\"", "status: current -> withdrawn" },
		{ "support_period_end", "\"2036-05-05\"", "end of support: " },
		{ "signatory", "", "defects: none -> D11" },
		{ "types", "[\"H-2\"]", "type: covered -> not covered" },
	};
	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		const shop_line before[] = { { TG_RECORD_PRODUCT, SHOP_PRODUCT },
			{ TG_RECORD_SCOPE_NOTE, SHOP_NOTE }, { TG_RECORD_SOC, SHOP_SOC } };
		shop_line after[] = { before[0], before[1], { TG_RECORD_SOC, "" } };
		char line[8192];
		tg_diff d;
		tg_diff_ask ask = { .policy = &policy, .today = shop_day(SHOP_TODAY) };
		tg_catalogue *a, *b;
		shop x, y;

		(void)snprintf(line, sizeof(line), "%s", shop_soc(cases[i].member, cases[i].value));
		after[2].line = line;
		shop_open(&x, before, TG_COUNT(before));
		shop_open(&y, after, TG_COUNT(after));
		ask.before = a = image_of(&x);
		ask.after = b = image_of(&y);
		assert_int_equal(tg_diff_make(&d, &ask, NULL), TG_OK);
		assert_int_equal(d.count, 1);
		{
			bool said = false;

			for (size_t n = 0; n < d.items[0].change_count; n++)
				said = said || strstr(d.items[0].changes[n], cases[i].words) != NULL;
			if (!said)
				fail_msg("%s: \"%s\"", cases[i].words,
					d.items[0].change_count > 0 ? d.items[0].changes[0] : "");
		}
		tg_diff_fini(&d);
		tg_catalogue_close(a);
		tg_catalogue_close(b);
		shop_close(&x);
		shop_close(&y);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_number_is_added_up_and_leading_zeros_are_part_of_it),
		cmocka_unit_test(names_of_columns_are_found_in_any_case_and_two_of_one_name_are_refused),
		cmocka_unit_test(without_a_count_each_line_is_one_unit),
		cmocka_unit_test(a_bad_line_is_left_out_and_told_of),
		cmocka_unit_test(a_file_without_its_columns_or_a_good_line_is_refused),
		cmocka_unit_test(the_aim_is_under_three_in_ten_thousand_and_not_at_it),
		cmocka_unit_test(each_fact_that_changes_is_said_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cells.c - what spreadsheets and people write, cell by cell; and rows made into records.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "sync/hq/columns.h"
#include "sync/hq/windows_1252.h"

#include <stdio.h>
#include <string.h>

enum { DAY_FIRST = 1, REPAIR = 2, LINES = 4 };

static tg_cell_rules rules_of(int flags)
{
	return (tg_cell_rules){ (flags & LINES) != 0 ? '\n' : '|', (flags & DAY_FIRST) != 0, (flags & REPAIR) != 0 };
}

/* clang-format off */
static const struct {
	const char *what;
	tg_cell_form form;
	int flags;
	const char *cell, *member; /* NULL: refused */
	const char *code;          /* NULL: nothing to tell */
} cells[] = {
	{ "text stays text", TG_CELL_TEXT, 0, "Käse, 5 %", "\"Käse, 5 %\"", NULL },

	{ "a GTIN-13", TG_CELL_GTIN, 0, "9524000000019", "\"9524000000019\"", NULL },
	{ "a GTIN-8", TG_CELL_GTIN, 0, "95200002", "\"95200002\"", NULL },
	{ "a GTIN-14", TG_CELL_GTIN, 0, "19524000000016", "\"19524000000016\"", NULL },
	{ "a wrong check digit", TG_CELL_GTIN, REPAIR, "9524000000018", NULL, "bad-gtin" },
	{ "words", TG_CELL_GTIN, REPAIR, "n/a", NULL, "bad-gtin" },
	{ "an exponent with a point", TG_CELL_GTIN, 0, "9.524E+12", NULL, "gtin-damaged" },
	{ "an exponent with a comma is not repaired", TG_CELL_GTIN, REPAIR, "9,524E+12", NULL, "gtin-damaged" },
	{ "not even one with all its digits", TG_CELL_GTIN, REPAIR, "9.524000000019E+12", NULL, "gtin-damaged" },
	{ "an exponent without a fraction", TG_CELL_GTIN, REPAIR, "9e12", NULL, "gtin-damaged" },
	{ "one leading zero lost", TG_CELL_GTIN, 0, "36000291452", NULL, "gtin-damaged" },
	{ "one leading zero put back", TG_CELL_GTIN, REPAIR, "36000291452", "\"036000291452\"", "gtin-repaired" },
	{ "three leading zeros put back", TG_CELL_GTIN, REPAIR, "123456784", "\"000123456784\"", "gtin-repaired" },
	{ "four are not looked for: that is a GTIN-8, or none", TG_CELL_GTIN, REPAIR, "12345671", NULL, "bad-gtin" },
	{ "a zero in front does not put a wrong check digit right", TG_CELL_GTIN, REPAIR, "36000291453", NULL, "bad-gtin" },
	{ "seven digits are no number of ours", TG_CELL_GTIN, REPAIR, "1234565", NULL, "bad-gtin" },
	{ "fifteen digits", TG_CELL_GTIN, REPAIR, "095240000000199", NULL, "bad-gtin" },
	{ "a fraction", TG_CELL_GTIN, 0, "9524000000019.0", NULL, "gtin-damaged" },
	{ "a fraction taken off", TG_CELL_GTIN, REPAIR, "9524000000019.00", "\"9524000000019\"", "gtin-repaired" },
	{ "a fraction with a comma taken off", TG_CELL_GTIN, REPAIR, "9524000000019,0", "\"9524000000019\"", "gtin-repaired" },
	{ "a fraction that is none", TG_CELL_GTIN, REPAIR, "9524000000019.5", NULL, "bad-gtin" },
	{ "the apostrophe of a text cell", TG_CELL_GTIN, REPAIR, "'9524000000019", "\"9524000000019\"", "gtin-repaired" },
	{ "a formula of a text", TG_CELL_GTIN, REPAIR, "=\"9524000000019\"", "\"9524000000019\"", "gtin-repaired" },
	{ "blanks and hyphens", TG_CELL_GTIN, REPAIR, "9 524000-000019", "\"9524000000019\"", "gtin-repaired" },
	{ "a blank that does not break", TG_CELL_GTIN, REPAIR, "9\xc2\xa0" "524000000019", "\"9524000000019\"", "gtin-repaired" },
	{ "blanks unasked", TG_CELL_GTIN, 0, "9 524000000019", NULL, "gtin-damaged" },
	{ "a number that ends in zeros keeps them", TG_CELL_GTIN, 0, "9524000000200", "\"9524000000200\"", NULL },

	{ "a day", TG_CELL_DAY, 0, "2026-11-23", "\"2026-11-23\"", NULL },
	{ "29 February of a leap year", TG_CELL_DAY, 0, "2028-02-29", "\"2028-02-29\"", NULL },
	{ "29 February of another", TG_CELL_DAY, DAY_FIRST, "29/02/2026", NULL, "bad-cell" },
	{ "day first, not asked for", TG_CELL_DAY, 0, "23/11/2026", NULL, "bad-cell" },
	{ "day first", TG_CELL_DAY, DAY_FIRST, "23/11/2026", "\"2026-11-23\"", NULL },
	{ "day first, short and with dots", TG_CELL_DAY, DAY_FIRST, "3.1.2026", "\"2026-01-03\"", NULL },
	{ "year first stays read", TG_CELL_DAY, DAY_FIRST, "2026-11-23", "\"2026-11-23\"", NULL },
	{ "a month of thirteen is no month first", TG_CELL_DAY, DAY_FIRST, "11/23/2026", NULL, "bad-cell" },
	{ "two digits of a year", TG_CELL_DAY, DAY_FIRST, "23/11/26", NULL, "bad-cell" },
	{ "a time after the day", TG_CELL_DAY, DAY_FIRST, "23/11/2026 00:00", NULL, "bad-cell" },
	{ "a month below nothing", TG_CELL_DAY, DAY_FIRST, "1/-5/2026", NULL, "bad-cell" },
	{ "a count of days", TG_CELL_DAY, DAY_FIRST, "46349", NULL, "bad-cell" },

	{ "yes", TG_CELL_FLAG, 0, "Yes", "true", NULL },
	{ "FALSE", TG_CELL_FLAG, 0, "FALSE", "false", NULL },
	{ "ja", TG_CELL_FLAG, 0, "ja", NULL, "bad-cell" },

	{ "a whole number", TG_CELL_INT, 0, "012", "12", NULL },
	{ "a number with a fraction", TG_CELL_INT, 0, "12.0", NULL, "bad-cell" },
	{ "a number below nothing", TG_CELL_INT, 0, "-1", NULL, "bad-cell" },
	{ "a number of sixteen digits", TG_CELL_INT, 0, "1000000000000000", NULL, "bad-cell" },

	{ "a list", TG_CELL_TEXTS, 0, "a | b|c d", "[\"a\",\"b\",\"c d\"]", NULL },
	{ "a list of lines", TG_CELL_TEXTS, LINES, "a\r\nb|c", "[\"a\",\"b|c\"]", NULL },
	{ "a list with an empty item", TG_CELL_TEXTS, 0, "a||b", NULL, "bad-cell" },
	{ "a list with a separator at its end", TG_CELL_TEXTS, 0, "a|", NULL, "bad-cell" },
	{ "GTINs", TG_CELL_GTINS, 0, "9524000000019|9524000000026", "[\"9524000000019\",\"9524000000026\"]", NULL },
	{ "GTINs, one damaged", TG_CELL_GTINS, 0, "9524000000019|9,5E+12", NULL, "gtin-damaged" },
	{ "GTINs, one put right", TG_CELL_GTINS, REPAIR, "9524000000019|36000291452", "[\"9524000000019\",\"036000291452\"]", "gtin-repaired" },
	{ "ranges", TG_CELL_RANGES, 0, "2000000000000..2099999999999|20000011",
		"[{\"from\":\"2000000000000\",\"to\":\"2099999999999\"},{\"from\":\"20000011\",\"to\":\"20000011\"}]", NULL },
	{ "a range without an end", TG_CELL_RANGES, 0, "A1..", NULL, "bad-cell" },
	{ "a range without a beginning", TG_CELL_RANGES, 0, "..A1", NULL, "bad-cell" },
	{ "all batches", TG_CELL_BATCHES, 0, "All", "\"all\"", NULL },
	{ "batches and ranges", TG_CELL_BATCHES, 0, "L1|L100..L199", "{\"list\":[\"L1\"],\"ranges\":[{\"from\":\"L100\",\"to\":\"L199\"}]}", NULL },
	{ "one batch", TG_CELL_BATCHES, 0, "L1", "{\"list\":[\"L1\"]}", NULL },
};
/* clang-format on */

static void a_cell_is_read_by_its_rule_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(cells); i++) {
		tg_cell_rules rules = rules_of(cells[i].flags);
		tg_json *object = tg_json_new_object();
		tg_cell_note note = { "", "" };
		tg_cell_verdict verdict = tg_cell_set(&note, object, "m", cells[i].form, cells[i].cell, &rules);
		tg_buf text, wanted;

		tg_buf_init(&text, 4096);
		tg_buf_init(&wanted, 4096);
		assert_int_equal(tg_json_write_jcs(&text, object, NULL), TG_OK);
		if (cells[i].member == NULL)
			tg_buf_puts(&wanted, "{}");
		else
			tg_buf_printf(&wanted, "{\"m\":%s}", cells[i].member);
		if (strcmp(tg_buf_text(&text), tg_buf_text(&wanted)) != 0 || (verdict == TG_CELL_BAD) != (cells[i].member == NULL) ||
			(verdict == TG_CELL_GOOD) != (cells[i].code == NULL) ||
			(cells[i].code != NULL && strcmp(cells[i].code, note.code) != 0) || (verdict != TG_CELL_GOOD && note.words[0] == '\0'))
			fail_msg("%s: %s, %s: %s", cells[i].what, tg_buf_text(&text), note.code, note.words);
		tg_buf_fini(&text);
		tg_buf_fini(&wanted);
		tg_json_free(object);
	}
}

static tg_json *parse(const char *text)
{
	tg_json *json = NULL;

	assert_int_equal(tg_json_parse(&json, tg_view_str(text), NULL), TG_OK);
	return json;
}

static void expect_json(const char *what, const tg_json *json, const char *wanted)
{
	tg_buf text;

	tg_buf_init(&text, 4096);
	assert_int_equal(tg_json_write_jcs(&text, json, NULL), TG_OK);
	if (strcmp(tg_buf_text(&text), wanted) != 0)
		fail_msg("%s: %s", what, tg_buf_text(&text));
	tg_buf_fini(&text);
}

static const struct {
	const char *what, *rows[3], *joined; /* NULL: they differ */
	const char *differs;
} joins[] = {
	{ "lists are joined, each item once", { "{\"id\":\"A\",\"gtins\":[\"1\",\"2\"]}", "{\"id\":\"A\",\"gtins\":[\"2\",\"3\"]}" },
		"{\"gtins\":[\"1\",\"2\",\"3\"],\"id\":\"A\"}", NULL },
	{ "an empty cell agrees with anything", { "{\"id\":\"A\",\"source\":\"s\"}", "{\"id\":\"A\"}", "{\"id\":\"A\",\"quote\":\"q\"}" },
		"{\"id\":\"A\",\"quote\":\"q\",\"source\":\"s\"}", NULL },
	{ "objects inside are joined", { "{\"issued\":{\"place\":\"Leeds\"}}", "{\"issued\":{\"date\":\"2026-01-01\",\"place\":\"Leeds\"}}" },
		"{\"issued\":{\"date\":\"2026-01-01\",\"place\":\"Leeds\"}}", NULL },
	{ "objects in lists are kept once", { "{\"m\":[{\"name\":\"A\"}]}", "{\"m\":[{\"name\":\"A\"}]}", "{\"m\":[{\"name\":\"B\"}]}" },
		"{\"m\":[{\"name\":\"A\"},{\"name\":\"B\"}]}", NULL },
	{ "texts that differ", { "{\"id\":\"A\",\"source\":\"s\"}", "{\"id\":\"A\"}", "{\"id\":\"A\",\"source\":\"t\"}" }, NULL, "source" },
	{ "texts inside that differ", { "{\"issued\":{\"place\":\"Leeds\"}}", "{\"issued\":{\"place\":\"York\"}}" }, NULL, "place" },
	{ "all batches, and some", { "{\"batches\":\"all\"}", "{\"batches\":{\"list\":[\"L1\"]}}" }, NULL, "batches" },
	{ "true and false", { "{\"f\":true}", "{\"f\":false}" }, NULL, "f" },
};

static void rows_of_one_record_are_joined_or_differ(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(joins); i++) {
		tg_json *rows[3] = { NULL, NULL, NULL }, *joined;
		const tg_json *given[3];
		char differs[128];
		size_t count = 0, row;

		for (; count < 3 && joins[i].rows[count] != NULL; count++)
			given[count] = rows[count] = parse(joins[i].rows[count]);
		joined = tg_columns_join(given, count, differs, &row);
		if ((joined == NULL) != (joins[i].joined == NULL))
			fail_msg("%s: %s", joins[i].what, differs);
		if (joined == NULL) {
			assert_string_equal(differs, joins[i].differs);
			assert_int_equal(row, count - 1);
		} else {
			expect_json(joins[i].what, joined, joins[i].joined);
		}
		tg_json_free(joined);
		for (size_t r = 0; r < count; r++)
			tg_json_free(rows[r]);
	}
}

static const struct {
	const char *what;
	tg_record_kind kind;
	const char *fields[3], *present, *row, *laid;
} overlays[] = {
	{ "what has a column is changed, the rest stays", TG_RECORD_PRODUCT, { "gtin", "name" }, "{\"brand\":\"B\",\"gtin\":\"1\",\"name\":\"old\"}",
		"{\"gtin\":\"1\",\"name\":\"new\"}", "{\"brand\":\"B\",\"gtin\":\"1\",\"name\":\"new\"}" },
	{ "an empty cell takes the member out", TG_RECORD_PRODUCT, { "gtin", "brand" }, "{\"brand\":\"B\",\"gtin\":\"1\",\"name\":\"n\"}",
		"{\"gtin\":\"1\"}", "{\"gtin\":\"1\",\"name\":\"n\"}" },
	{ "what was published is added to", TG_RECORD_PRODUCT, { "gtin", "dsp_published.end", "dsp_published.as_of" },
		"{\"dsp_published\":[{\"as_of\":\"a\",\"end\":\"e\"}],\"gtin\":\"1\"}", "{\"dsp_published\":[{\"as_of\":\"b\",\"end\":\"f\"}],\"gtin\":\"1\"}",
		"{\"dsp_published\":[{\"as_of\":\"a\",\"end\":\"e\"},{\"as_of\":\"b\",\"end\":\"f\"}],\"gtin\":\"1\"}" },
	{ "and not added to twice", TG_RECORD_PRODUCT, { "gtin", "dsp_published.end", "dsp_published.as_of" },
		"{\"dsp_published\":[{\"as_of\":\"a\",\"end\":\"e\"}],\"gtin\":\"1\"}", "{\"dsp_published\":[{\"as_of\":\"a\",\"end\":\"e\"}],\"gtin\":\"1\"}",
		"{\"dsp_published\":[{\"as_of\":\"a\",\"end\":\"e\"}],\"gtin\":\"1\"}" },
	{ "nor taken away", TG_RECORD_PRODUCT, { "gtin", "dsp_published.end" }, "{\"dsp_published\":[{\"as_of\":\"a\",\"end\":\"e\"}],\"gtin\":\"1\"}",
		"{\"gtin\":\"1\"}", "{\"dsp_published\":[{\"as_of\":\"a\",\"end\":\"e\"}],\"gtin\":\"1\"}" },
	{ "an object keeps what has no column", TG_RECORD_SOC, { "id", "document.link" }, "{\"document\":{\"kind\":\"soc\",\"link\":\"l\"},\"id\":\"A\"}",
		"{\"document\":{\"link\":\"m\"},\"id\":\"A\"}", "{\"document\":{\"kind\":\"soc\",\"link\":\"m\"},\"id\":\"A\"}" },
	{ "an object of nothing goes", TG_RECORD_SOC, { "id", "issued.place" }, "{\"id\":\"A\",\"issued\":{\"place\":\"Leeds\"}}", "{\"id\":\"A\"}",
		"{\"id\":\"A\"}" },
	{ "a list is what the file says", TG_RECORD_SOC, { "id", "gtins" }, "{\"gtins\":[\"1\",\"2\"],\"id\":\"A\"}", "{\"gtins\":[\"3\"],\"id\":\"A\"}",
		"{\"gtins\":[\"3\"],\"id\":\"A\"}" },
};

static void a_row_is_laid_over_what_is_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(overlays); i++) {
		tg_json *present = parse(overlays[i].present), *row = parse(overlays[i].row), *laid;
		bool used[TG_COLUMNS_MAX] = { false };

		for (size_t f = 0; f < 3 && overlays[i].fields[f] != NULL; f++) {
			size_t n = tg_column_find(overlays[i].kind, overlays[i].fields[f], strlen(overlays[i].fields[f]));

			assert_true(n < TG_COLUMNS_MAX);
			used[n] = true;
		}
		laid = tg_columns_overlay(present, row, overlays[i].kind, used);
		expect_json(overlays[i].what, laid, overlays[i].laid);
		tg_json_free(laid);
		tg_json_free(present);
		tg_json_free(row);
	}
}

static void a_value_is_found_by_the_path_that_the_reader_says(void **state)
{
	static const char *const paths[][2] = { { "name", "n" }, { "issued.place", "Leeds" }, { "gtins", "1|2" }, { "gtins[2]", "2" },
		{ "manufacturers[1].name", "M" }, { "manufacturers[2].name", "" }, { "nothing", "" }, { "issued", "Leeds|true" } };
	tg_json *record = parse("{\"gtins\":[\"1\",\"2\"],\"issued\":{\"place\":\"Leeds\",\"signed\":true},\"manufacturers\":[{\"name\":\"M\"}],"
				"\"name\":\"n\"}");

	(void)state;
	for (size_t i = 0; i < TG_COUNT(paths); i++) {
		tg_buf out;

		tg_buf_init(&out, 256);
		tg_columns_value(&out, record, paths[i][0]);
		assert_string_equal(tg_buf_text(&out), paths[i][1]);
		tg_buf_fini(&out);
	}
	tg_json_free(record);
}

static void windows_1252_becomes_utf8(void **state)
{
	static const struct {
		const char *bytes, *text; /* NULL: refused, at `at` */
		size_t at;
	} texts[] = {
		{ "abc", "abc", 0 },
		{ "K\xe4se 5 \x80", "Käse 5 €", 0 },
		{ "\x93quoted\x94 \x96 \x99", "“quoted” – ™", 0 },
		{ "\xff\xa0", "ÿ\xc2\xa0", 0 },
		{ "ab\x81", NULL, 2 },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(texts); i++) {
		size_t at = 0;
		tg_buf out;
		int rc;

		tg_buf_init(&out, 256);
		rc = tg_windows_1252_to_utf8(&out, tg_view_str(texts[i].bytes), &at, NULL);
		assert_int_equal(rc, texts[i].text == NULL ? TG_EFORMAT : TG_OK);
		if (texts[i].text != NULL)
			assert_string_equal(tg_buf_text(&out), texts[i].text);
		else
			assert_int_equal(at, texts[i].at);
		tg_buf_fini(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cell_is_read_by_its_rule_or_refused),
		cmocka_unit_test(rows_of_one_record_are_joined_or_differ),
		cmocka_unit_test(a_row_is_laid_over_what_is_there),
		cmocka_unit_test(a_value_is_found_by_the_path_that_the_reader_says),
		cmocka_unit_test(windows_1252_becomes_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

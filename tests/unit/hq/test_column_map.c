/* SPDX-License-Identifier: Apache-2.0
 *
 * test_column_map.c - mappings read and written, and laid over a header.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "sync/hq/column_map.h"
#include "sync/hq/csv.h"

#include <stdio.h>
#include <string.h>

#define HEAD "{\"format\":1,\"kind\":\"products\""

static const struct {
	const char *what, *text;
	int rc;
} mappings[] = {
	{ "the least", HEAD "}", TG_OK },
	{ "everything",
		"{\"format\":1,\"kind\":\"scope_notes\",\"separator\":\";\",\"list_separator\":\"line\",\"encoding\":\"windows-1252\","
		"\"dates\":\"day-first\",\"repair_gtins\":true,\"skip_in_store\":true,\"skip_without_gtin\":true,\"columns\":{\"id\":\"Nr.\",\"gtins\":\"EAN\"},"
		"\"fixed\":{\"reviewer\":\"compliance-1\"},\"words\":{\"decision\":{\"nein\":\"out\",\"ja\":\"in\"}}}",
		TG_OK },
	{ "a tab", HEAD ",\"separator\":\"tab\"}", TG_OK },
	{ "no object", "[]", TG_EFORMAT },
	{ "no kind", "{\"format\":1}", TG_EFORMAT },
	{ "an unknown kind", "{\"format\":1,\"kind\":\"toys\"}", TG_EFORMAT },
	{ "a kind that is no spreadsheet", "{\"format\":1,\"kind\":\"notices\"}", TG_EFORMAT },
	{ "a later format", "{\"format\":2,\"kind\":\"products\"}", TG_EFORMAT },
	{ "an unknown member", HEAD ",\"colour\":1}", TG_EFORMAT },
	{ "an unknown field", HEAD ",\"columns\":{\"colour\":\"Farbe\"}}", TG_EFORMAT },
	{ "a field of another kind", HEAD ",\"columns\":{\"decision\":\"D\"}}", TG_EFORMAT },
	{ "a column without a name", HEAD ",\"columns\":{\"gtin\":\"\"}}", TG_EFORMAT },
	{ "a column that is a number", HEAD ",\"columns\":{\"gtin\":3}}", TG_EFORMAT },
	{ "a column and fixed", HEAD ",\"columns\":{\"brand\":\"B\"},\"fixed\":{\"brand\":\"Lumen\"}}", TG_EFORMAT },
	{ "a word of a field that is none", HEAD ",\"words\":{\"colour\":{\"a\":\"b\"}}}", TG_EFORMAT },
	{ "a word that is a number", HEAD ",\"words\":{\"brand\":{\"a\":1}}}", TG_EFORMAT },
	{ "an unknown encoding", HEAD ",\"encoding\":\"latin1\"}", TG_EFORMAT },
	{ "a separator of two characters", HEAD ",\"separator\":\";;\"}", TG_EFORMAT },
	{ "a separator that is a quote", HEAD ",\"separator\":\"\\\"\"}", TG_EFORMAT },
	{ "a separator that is a line break", HEAD ",\"separator\":\"line\"}", TG_EFORMAT },
};

static void a_mapping_is_read_strictly_and_written_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(mappings); i++) {
		tg_column_map map, again;
		tg_error err = { 0 };
		tg_buf once, twice;
		int rc;

		tg_column_map_init(&map);
		tg_column_map_init(&again);
		tg_buf_init(&once, 8192);
		tg_buf_init(&twice, 8192);
		rc = tg_column_map_parse(&map, tg_view_str(mappings[i].text), &err);
		if (rc != mappings[i].rc || (rc != TG_OK && err.msg[0] == '\0'))
			fail_msg("%s: %s (%s)", mappings[i].what, tg_strerror(rc), err.msg);
		if (rc == TG_OK) {
			assert_int_equal(tg_column_map_write(&once, &map, NULL), TG_OK);
			assert_int_equal(tg_column_map_parse(&again, tg_buf_view(&once), NULL), TG_OK);
			assert_int_equal(tg_column_map_write(&twice, &again, NULL), TG_OK);
			assert_string_equal(tg_buf_text(&once), tg_buf_text(&twice));
		}
		tg_buf_fini(&once);
		tg_buf_fini(&twice);
		tg_column_map_fini(&map);
		tg_column_map_fini(&again);
	}
}

static const struct {
	const char *what, *named[2], *header[4];
	int rc;
	size_t gtin, name;
} headers[] = {
	{ "called as fields", { NULL }, { "name", "gtin" }, TG_OK, 1, 0 },
	{ "called as fields, in capitals", { NULL }, { "Name", " GTIN " }, TG_OK, 1, 0 },
	{ "the exact name goes before another case", { NULL }, { "GTIN", "gtin", "name" }, TG_OK, 1, 2 },
	{ "two that differ only by case", { NULL }, { "GTIN", "Gtin", "name" }, TG_EINVAL, 0, 0 },
	{ "two of one name", { NULL }, { "gtin", "name", "name" }, TG_EINVAL, 0, 0 },
	{ "two of one name that nobody wants", { NULL }, { "gtin", "x", "x", "name" }, TG_OK, 0, 3 },
	{ "no key", { NULL }, { "name" }, TG_EINVAL, 0, 0 },
	{ "no name: fine for products that are there", { NULL }, { "gtin" }, TG_OK, 0, TG_CSV_NO_COLUMN },
	{ "named", { "EAN", "Artikel" }, { "Artikel", "gtin", "EAN" }, TG_OK, 2, 0 },
	{ "named in another case", { "ean", "ARTIKEL" }, { "Artikel", "gtin", "EAN" }, TG_OK, 2, 0 },
	{ "named, and not there", { "EAN", "Text" }, { "Artikel", "gtin", "EAN" }, TG_EINVAL, 0, 0 },
	{ "named without the key", { NULL, "Artikel" }, { "Artikel", "gtin" }, TG_EINVAL, 0, 0 },
};

static void columns_are_found_by_name_where_that_is_clear(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(headers); i++) {
		size_t at[TG_COLUMNS_MAX], count = 0;
		tg_view fields[4];
		tg_column_map map;
		tg_error err = { 0 };
		int rc;

		tg_column_map_init(&map);
		map.kind = TG_RECORD_PRODUCT;
		for (size_t n = 0; n < 2; n++)
			if (headers[i].named[n] != NULL)
				assert_int_equal(tg_column_map_name(&map, headers[i].named[n], n == 0 ? "gtin" : "name", NULL), TG_OK);
		for (; count < 4 && headers[i].header[count] != NULL; count++)
			fields[count] = tg_view_str(headers[i].header[count]);
		rc = tg_column_map_find(at, &map, fields, count, &err);
		if (rc != headers[i].rc || (rc == TG_OK && (at[0] != headers[i].gtin || at[1] != headers[i].name)))
			fail_msg("%s: %s (%s)", headers[i].what, tg_strerror(rc), err.msg);
		tg_column_map_fini(&map);
	}
}

static void the_separator_is_the_one_that_the_first_line_has(void **state)
{
	static const struct {
		const char *text;
		char separator; /* 0: not clear */
	} texts[] = { { "a,b\n1;2\n", ',' }, { "a;b\n", ';' }, { "a\tb", '\t' }, { "a\n", ',' }, { "\r\n\na;b", ';' },
		{ "\"a,b\";c", ';' }, { "a,b;c", 0 }, { "", ',' }, { "\"a;\nb\",c", ',' } };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(texts); i++) {
		char separator = 0;
		int rc = tg_csv_separator(&separator, tg_view_str(texts[i].text), NULL);

		if ((rc == TG_OK) != (texts[i].separator != 0) || (rc == TG_OK && separator != texts[i].separator))
			fail_msg("\"%s\": '%c'", texts[i].text, separator);
	}
}

static void a_field_has_one_column(void **state)
{
	tg_column_map map;

	(void)state;
	tg_column_map_init(&map);
	map.kind = TG_RECORD_PRODUCT;
	assert_int_equal(tg_column_map_name(&map, "EAN", "gtin", NULL), TG_OK);
	assert_int_equal(tg_column_map_name(&map, "GTIN", "gtin", NULL), TG_EINVAL);
	assert_int_equal(tg_column_map_name(&map, "Farbe", "colour", NULL), TG_EINVAL);
	tg_column_map_fini(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mapping_is_read_strictly_and_written_the_same),
		cmocka_unit_test(columns_are_found_by_name_where_that_is_clear),
		cmocka_unit_test(the_separator_is_the_one_that_the_first_line_has),
		cmocka_unit_test(a_field_has_one_column),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

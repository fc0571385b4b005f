/* SPDX-License-Identifier: Apache-2.0
 *
 * test_import.c - all or none, sorted, and every bad line told of.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/base/file.h"
#include "sync/hq/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/tillgate-import-XXXXXX";
static char records[4096], incoming[4096], products[4096];

static int setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(tg_path(records, NULL, "%s/records", folder), TG_OK);
	assert_int_equal(tg_dir_make(records, 0755, NULL), TG_OK);
	assert_int_equal(tg_path(incoming, NULL, "%s/in", folder), TG_OK);
	assert_int_equal(tg_path(products, NULL, "%s/products.jsonl", records), TG_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)unlink(products);
	(void)unlink(incoming);
	(void)rmdir(records);
	return rmdir(folder);
}

static void put(const char *path, const char *text)
{
	assert_int_equal(tg_file_write(path, tg_view_str(text), 0644, NULL), TG_OK);
}

static void expect_products(const char *text)
{
	tg_buf found;

	tg_buf_init(&found, 65536);
	assert_int_equal(tg_file_read(&found, products, 65536, NULL), TG_OK);
	assert_string_equal(tg_buf_text(&found), text);
	tg_buf_fini(&found);
}

#define A "{\"gtin\":\"9524000000019\",\"name\":\"A\"}\n"
#define B "{\"gtin\":\"9524000000026\",\"name\":\"B\"}\n"
#define B2 "{\"brand\":\"Z\",\"gtin\":\"9524000000026\",\"name\":\"B\"}\n"

static int import(tg_import_result *result, size_t *findings, const tg_import_options *options)
{
	tg_findings found = { 0 };
	tg_error err = { 0 };
	int rc = tg_import(result, &found, records, incoming, options, &err);

	*findings = found.count;
	for (size_t i = 0; i < found.count; i++)
		assert_string_equal(found.list[i].file, incoming);
	tg_findings_fini(&found);
	return rc;
}

static void lines_are_merged_and_sorted_whatever_their_order(void **state)
{
	tg_import_options options = { .kind = TG_RECORD_PRODUCT };
	tg_import_result result;
	size_t findings;

	(void)state;
	(void)unlink(products);
	put(incoming, "{\"name\":\"B\",\"gtin\":\"9524000000026\"}\n" A);
	assert_int_equal(import(&result, &findings, &options), TG_OK);
	assert_int_equal(result.added, 2);
	expect_products(A B);
	put(incoming, B2 A);
	assert_int_equal(import(&result, &findings, &options), TG_OK);
	assert_int_equal(result.added, 0);
	assert_int_equal(result.changed, 1);
	assert_int_equal(result.unchanged, 1);
	expect_products(A B2);
}

static void one_bad_line_leaves_everything_as_it_was(void **state)
{
	tg_import_options options = { .kind = TG_RECORD_PRODUCT };
	tg_import_result result;
	size_t findings;

	(void)state;
	put(products, A);
	put(incoming, B "{\"gtin\":\"9524000000027\",\"name\":\"C\"}\nrubbish\n");
	assert_int_equal(import(&result, &findings, &options), TG_EFORMAT);
	assert_int_equal(findings, 2);
	expect_products(A);
	put(incoming, B B2);
	assert_int_equal(import(&result, &findings, &options), TG_EFORMAT);
	assert_int_equal(findings, 1);
	expect_products(A);
}

static void a_file_without_line_ends_is_not_read_into_memory(void **state)
{
	tg_import_options options = { .kind = TG_RECORD_PRODUCT };
	tg_import_result result;
	size_t findings;
	tg_buf text;

	(void)state;
	put(products, A);
	tg_buf_init(&text, 4 * (size_t)TG_RECORD_LINE_MAX);
	for (size_t i = 0; i < TG_RECORD_LINE_MAX / (sizeof(A) - 2) + 2; i++)
		tg_buf_append(&text, A, sizeof(A) - 2);
	put(incoming, tg_buf_text(&text));
	assert_int_equal(import(&result, &findings, &options), TG_ELENGTH);
	expect_products(A);
	tg_buf_fini(&text);
}

static void the_last_line_may_be_open(void **state)
{
	tg_import_options options = { .kind = TG_RECORD_PRODUCT };
	tg_import_result result;
	size_t findings;

	(void)state;
	put(products, "");
	put(incoming, "\n" A "\n{\"gtin\":\"9524000000026\",\"name\":\"B\"}");
	assert_int_equal(import(&result, &findings, &options), TG_OK);
	expect_products(A B);
}

static void a_dry_run_writes_nothing(void **state)
{
	tg_import_options options = { .kind = TG_RECORD_PRODUCT, .dry_run = true };
	tg_import_result result;
	size_t findings;

	(void)state;
	put(products, A);
	put(incoming, B);
	assert_int_equal(import(&result, &findings, &options), TG_OK);
	assert_int_equal(result.added, 1);
	assert_int_equal(result.total, 2);
	expect_products(A);
}

static void what_is_there_already_must_be_good(void **state)
{
	tg_import_options options = { .kind = TG_RECORD_PRODUCT };
	tg_import_result result;
	size_t findings;

	(void)state;
	put(products, "{\"gtin\":\"1\"}\n");
	put(incoming, B);
	assert_int_equal(import(&result, &findings, &options), TG_ESTATE);
	expect_products("{\"gtin\":\"1\"}\n");
}

static void columns_become_members_by_their_map(void **state)
{
	tg_import_options options = { .kind = TG_RECORD_PRODUCT,
		.csv = true,
		.separator = ';',
		.maps = { { "EAN", "gtin" }, { "Artikel", "name" } },
		.map_count = 2 };
	tg_import_result result;
	size_t findings;

	(void)state;
	(void)unlink(products);
	put(incoming, "Artikel;Lager;EAN\n\"B\";7; 9524000000026 \nA;;9524000000019\n");
	assert_int_equal(import(&result, &findings, &options), TG_OK);
	expect_products(A B);
}

/* rc of the import and how many findings. */
static const struct {
	const char *what, *text;
	int rc;
	size_t findings;
} tables[] = {
	{ "no column for the name", "gtin\n9524000000019\n", TG_EINVAL, 0 },
	{ "two columns of one name", "gtin,name,name\n9524000000019,a,b\n", TG_EINVAL, 0 },
	{ "nothing at all", "", TG_EINVAL, 0 },
	{ "a short row and a bad number", "gtin,name\n9524000000019\n9524000000020,a\n9524000000026,b\n",
		TG_EFORMAT, 2 },
	{ "no UTF-8", "gtin,name\n9524000000019,\xe4\n", TG_EFORMAT, 1 },
	{ "an open quote", "gtin,name\n9524000000019,\"a\n", TG_EFORMAT, 0 },
};

static void a_bad_table_is_refused(void **state)
{
	tg_import_options options = { .kind = TG_RECORD_PRODUCT, .csv = true, .separator = ',' };
	tg_import_result result;
	size_t findings;

	(void)state;
	put(products, A);
	for (size_t i = 0; i < TG_COUNT(tables); i++) {
		int rc;

		put(incoming, tables[i].text);
		rc = import(&result, &findings, &options);
		if (rc != tables[i].rc || findings != tables[i].findings)
			fail_msg("%s: %s, %zu findings", tables[i].what, tg_strerror(rc), findings);
		expect_products(A);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_merged_and_sorted_whatever_their_order),
		cmocka_unit_test(one_bad_line_leaves_everything_as_it_was),
		cmocka_unit_test(a_file_without_line_ends_is_not_read_into_memory),
		cmocka_unit_test(the_last_line_may_be_open),
		cmocka_unit_test(a_dry_run_writes_nothing),
		cmocka_unit_test(what_is_there_already_must_be_good),
		cmocka_unit_test(columns_become_members_by_their_map),
		cmocka_unit_test(a_bad_table_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

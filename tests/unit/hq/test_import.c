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

/* ---- spreadsheets ---- */

static int import_csv(tg_import_result *result, tg_findings *found, tg_import_options *options, tg_column_map *map)
{
	tg_error err = { 0 };

	map->kind = options->kind;
	options->map = map;
	options->csv = true;
	return tg_import(result, found, records, incoming, options, &err);
}

static void columns_become_members_by_their_map(void **state)
{
	tg_import_options options = { .kind = TG_RECORD_PRODUCT };
	tg_import_result result;
	tg_findings found = { 0 };
	tg_column_map map;

	(void)state;
	(void)unlink(products);
	tg_column_map_init(&map);
	map.kind = TG_RECORD_PRODUCT;
	assert_int_equal(tg_column_map_name(&map, "EAN", "gtin", NULL), TG_OK);
	assert_int_equal(tg_column_map_name(&map, "Artikel", "name", NULL), TG_OK);
	put(incoming, "\xef\xbb\xbf" "Artikel;Lager;EAN\r\n\"B\";7; 9524000000026 \r\n;;\r\nA;;9524000000019\r\n");
	assert_int_equal(import_csv(&result, &found, &options, &map), TG_OK);
	assert_int_equal(found.count, 0);
	expect_products(A B);
	tg_column_map_fini(&map);
}

/* The codes of the findings, a blank after each; what is in records/ afterwards (NULL: as before). */
static const struct {
	const char *what;
	int flags;
	tg_update_how update;
	const char *text;
	int rc;
	const char *codes, *after;
} tables[] = {
#define REPAIR 1
#define SKIP 2
#define LATIN 4
#define SKIP_EMPTY 8
	{ "no column for the key", 0, 0, "name\na\n", TG_EINVAL, "", NULL },
	{ "two columns of one name", 0, 0, "gtin,name,name\n9524000000019,a,b\n", TG_EINVAL, "", NULL },
	{ "nothing at all", 0, 0, "", TG_EINVAL, "", NULL },
	{ "separators of two kinds", 0, 0, "gtin,name;brand\n", TG_EINVAL, "", NULL },
	{ "a short row, a bad number, no key", 0, 0, "gtin,name\n9524000000019\n9524000000020,a\n9524000000026,b\n,c\n", TG_EFORMAT,
		"bad-row bad-gtin bad-row ", NULL },
	{ "no UTF-8", 0, 0, "gtin,name\n9524000000019,a\n9524000000026,\xe4\n", TG_EFORMAT, "not-utf8 ", NULL },
	{ "the same as Windows-1252", LATIN, 0, "gtin,name\n9524000000026,\xe4\n", TG_OK, "",
		A "{\"gtin\":\"9524000000026\",\"name\":\"ä\"}\n" },
	{ "no Windows-1252 either", LATIN, 0, "gtin,name\n9524000000026,\x81\n", TG_EFORMAT, "not-windows-1252 ", NULL },
	{ "Unicode text of a spreadsheet", 0, 0, "\xff\xfeg", TG_EFORMAT, "not-utf8 ", NULL },
	{ "an open quote", 0, 0, "gtin,name\n9524000000019,\"a\n", TG_EFORMAT, "", NULL },
	{ "new products without a name are told of once", 0, 0, "gtin\n9524000000026\n9524000000033\n", TG_EFORMAT, "bad-record ", NULL },
	{ "a line break in a name", 0, 0, "gtin,name\n9524000000026,\"a\nb\"\n", TG_EFORMAT, "bad-record ", NULL },
	{ "one number on two lines", 0, 0, "gtin,name\n9524000000026,a\n9524000000026,b\n", TG_EFORMAT, "duplicate-key ", NULL },
	{ "an exponent", 0, 0, "gtin,name\n\"9,524E+12\",a\n", TG_EFORMAT, "gtin-damaged ", NULL },
	{ "zeros put back", REPAIR, 0, "gtin,name\n36000291452,U\n", TG_OK, "gtin-repaired ",
		"{\"gtin\":\"036000291452\",\"name\":\"U\"}\n" A },
	{ "a number for use in shops", 0, 0, "gtin,name\n2000000000015,Cheese\n9524000000026,B\n", TG_EFORMAT, "in-store-number ", NULL },
	{ "left out", SKIP, 0, "gtin,name\n2000000000015,Cheese\n9524000000026,B\n", TG_OK, "in-store-number ", A B },
	{ "left out, though a spreadsheet had damaged it, too", SKIP | REPAIR, 0, "gtin,name\n'2000000000015,Cheese\n9524000000026,B\n", TG_OK,
		"gtin-repaired in-store-number ", A B },
	{ "a carrier bag", 0, 0, "gtin,name\n,Bag\n9524000000026,B\n", TG_EFORMAT, "bad-row ", NULL },
	{ "left out: no scanner reads it", SKIP_EMPTY, 0, "gtin,name\n,Bag\n9524000000026,B\n ,Wrap\n", TG_OK, "without-gtin without-gtin ", A B },
	{ "what is no number is no empty cell", SKIP_EMPTY, 0, "gtin,name\nN/A,Bag\n9524000000026,B\n", TG_EFORMAT, "bad-gtin ", NULL },
	{ "nor is a number for use in shops", SKIP_EMPTY, 0, "gtin,name\n2000000000015,Cheese\n", TG_EFORMAT, "in-store-number ", NULL },
	{ "a column alone changes its member", 0, 0, "gtin,brand\n9524000000019,Z\n", TG_OK, "",
		"{\"brand\":\"Z\",\"gtin\":\"9524000000019\",\"name\":\"A\"}\n" },
	{ "whole rows replace", 0, TG_UPDATE_REPLACE, "gtin,brand\n9524000000019,Z\n", TG_EFORMAT, "bad-record ", NULL },
	{ "nothing may change", 0, TG_UPDATE_NEVER, "gtin,brand\n9524000000019,Z\n", TG_EFORMAT, "is-there ", NULL },
	{ "nothing does", 0, TG_UPDATE_NEVER, "gtin,name\n9524000000019,A\n9524000000026,B\n", TG_OK, "", A B },
	{ "what was published: two looks of one product", 0, 0,
		"gtin,name,dsp_published.end,dsp_published.as_of,dsp_published.source\n"
		"9524000000019,A,2030-01-01,2026-01-01,s\n9524000000019,A,2029-01-01,2026-02-01,s\n",
		TG_OK, "",
		"{\"dsp_published\":[{\"as_of\":\"2026-01-01\",\"end\":\"2030-01-01\",\"source\":\"s\"},{\"as_of\":\"2026-02-01\",\"end\":"
		"\"2029-01-01\",\"source\":\"s\"}],\"gtin\":\"9524000000019\",\"name\":\"A\"}\n" },
	{ "rows of one product that differ", 0, 0,
		"gtin,name,dsp_published.end,dsp_published.as_of,dsp_published.source\n"
		"9524000000019,A,2030-01-01,2026-01-01,s\n9524000000019,B,2029-01-01,2026-02-01,s\n",
		TG_EFORMAT, "rows-differ ", NULL },
};

static void a_table_is_taken_whole_or_refused_and_every_bad_line_told_of(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(tables); i++) {
		tg_import_options options = { .kind = TG_RECORD_PRODUCT, .update = tables[i].update };
		tg_import_result result;
		tg_findings found = { 0 };
		tg_column_map map;
		char codes[256] = "";
		int rc;

		tg_column_map_init(&map);
		map.rules.repair_gtins = (tables[i].flags & REPAIR) != 0;
		map.skip_in_store = (tables[i].flags & SKIP) != 0;
		map.skip_without_gtin = (tables[i].flags & SKIP_EMPTY) != 0;
		map.encoding = (tables[i].flags & LATIN) != 0 ? TG_CSV_WINDOWS_1252 : TG_CSV_UTF8;
		put(products, A);
		put(incoming, tables[i].text);
		rc = import_csv(&result, &found, &options, &map);
		for (size_t n = 0; n < found.count; n++) {
			assert_string_equal(found.list[n].file, incoming);
			(void)snprintf(codes + strlen(codes), sizeof(codes) - strlen(codes), "%s ", found.list[n].code);
		}
		if (rc != tables[i].rc || strcmp(codes, tables[i].codes) != 0)
			fail_msg("%s: %s, \"%s\"", tables[i].what, tg_strerror(rc), codes);
		expect_products(tables[i].after == NULL ? A : tables[i].after);
		tg_findings_fini(&found);
		tg_column_map_fini(&map);
	}
}

/* A kind each, in one row: what the reader of the kind takes of it. */
static const struct {
	tg_record_kind kind;
	const char *text, *record;
} kinds[] = {
	{ TG_RECORD_SOC,
		"id,status,document.kind,types,batches,manufacturers.name,manufacturers.address,signatory.name,signatory.signed,gtins\n"
		"S-1,current,soc,LH-3|LH-4,L1|L100..L199,Lumen,1 Road,A,yes,9524000000019\nS-1,,,,,,,,,9524000000026\n",
		"{\"batches\":{\"list\":[\"L1\"],\"ranges\":[{\"from\":\"L100\",\"to\":\"L199\"}]},\"document\":{\"kind\":\"soc\"},"
		"\"gtins\":[\"9524000000019\",\"9524000000026\"],\"id\":\"S-1\",\"manufacturers\":[{\"address\":\"1 Road\",\"name\":\"Lumen\"}],"
		"\"signatory\":{\"name\":\"A\",\"signed\":true},\"status\":\"current\",\"types\":[\"LH-3\",\"LH-4\"]}\n" },
	{ TG_RECORD_LABEL, "id,scheme,scheme_version,level,valid_to,gtins\nL-1,cls,v1,2,2027-01-01,9524000000019\n",
		"{\"gtins\":[\"9524000000019\"],\"id\":\"L-1\",\"level\":2,\"scheme\":\"cls\",\"scheme_version\":\"v1\",\"valid_to\":\"2027-01-01\"}\n" },
	{ TG_RECORD_SCOPE_NOTE,
		"id,decision,exception_paragraph,destinations,source,reviewer,reviewed,review_by\n"
		"N,excepted,5,gb|ni,s,r,2026-01-01,2027-01-01\n",
		"{\"decision\":\"excepted\",\"destinations\":[\"gb\",\"ni\"],\"exception_paragraph\":5,\"id\":\"N\",\"review_by\":\"2027-01-01\","
		"\"reviewed\":\"2026-01-01\",\"reviewer\":\"r\",\"source\":\"s\"}\n" },
	{ TG_RECORD_CLASS_NOTE,
		"id,decision,source,reviewer,reviewed,review_by,categories,bricks,gtin_prefixes,in_store\n"
		"C,out,s,r,2026-01-01,2027-01-01,food|toys,10001098,952,2000000000000..2099999999999|20000011\n",
		"{\"bricks\":[\"10001098\"],\"categories\":[\"food\",\"toys\"],\"decision\":\"out\",\"gtin_prefixes\":[\"952\"],\"id\":\"C\","
		"\"in_store\":[{\"from\":\"2000000000000\",\"to\":\"2099999999999\"},{\"from\":\"20000011\",\"to\":\"20000011\"}],"
		"\"review_by\":\"2027-01-01\",\"reviewed\":\"2026-01-01\",\"reviewer\":\"r\",\"source\":\"s\"}\n" },
	{ TG_RECORD_PACK, "gtin,contains,count\n19524000000016,9524000000019,12\n",
		"{\"contains\":\"9524000000019\",\"count\":12,\"gtin\":\"19524000000016\"}\n" },
	{ TG_RECORD_BUNDLE, "gtin,components\n9524000000033,9524000000019\n9524000000033,9524000000026\n",
		"{\"components\":[\"9524000000019\",\"9524000000026\"],\"gtin\":\"9524000000033\"}\n" },
	{ TG_RECORD_ROLE, "id,role,brands\nR,own-brand,Lumen|Hearth\n",
		"{\"brands\":[\"Lumen\",\"Hearth\"],\"id\":\"R\",\"role\":\"own-brand\"}\n" },
	{ TG_RECORD_PUBLICATION, "id,names,published,source,types,batches\nP,type,2026-01-01,s,LH-3,L100..L199\n",
		"{\"batches\":[{\"from\":\"L100\",\"to\":\"L199\"}],\"id\":\"P\",\"names\":\"type\",\"published\":\"2026-01-01\",\"source\":\"s\","
		"\"types\":[\"LH-3\"]}\n" },
};

static void every_kind_that_people_keep_in_spreadsheets_comes_as_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(kinds); i++) {
		tg_import_options options = { .kind = kinds[i].kind };
		tg_import_result result;
		tg_findings found = { 0 };
		tg_column_map map;
		char path[4096];
		tg_buf text;
		int rc;

		tg_column_map_init(&map);
		put(incoming, kinds[i].text);
		rc = import_csv(&result, &found, &options, &map);
		if (rc != TG_OK)
			fail_msg("%s: %s %s", tg_record_words[kinds[i].kind], found.count > 0 ? found.list[0].field : "",
				found.count > 0 ? found.list[0].words : "");
		assert_int_equal(tg_path(path, NULL, "%s/%s", records, tg_record_files[kinds[i].kind]), TG_OK);
		tg_buf_init(&text, 65536);
		assert_int_equal(tg_file_read(&text, path, 65536, NULL), TG_OK);
		assert_string_equal(tg_buf_text(&text), kinds[i].record);
		tg_buf_fini(&text);
		(void)unlink(path);
		tg_findings_fini(&found);
		tg_column_map_fini(&map);
	}
}

static void failures_and_notices_are_no_rows(void **state)
{
	static const tg_record_kind kind[] = { TG_RECORD_FAILURE, TG_RECORD_NOTICE };

	(void)state;
	put(incoming, "id\nF\n");
	for (size_t i = 0; i < TG_COUNT(kind); i++) {
		tg_import_options options = { .kind = kind[i] };
		tg_import_result result;
		tg_findings found = { 0 };
		tg_column_map map;

		tg_column_map_init(&map);
		assert_int_equal(import_csv(&result, &found, &options, &map), TG_EINVAL);
		tg_findings_fini(&found);
		tg_column_map_fini(&map);
	}
}

/* Whatever a column is called and holds: the finding names it, cut and without control characters. */
static void a_finding_names_the_line_the_column_and_what_stands_there(void **state)
{
	static const struct {
		const char *text, *code, *field, *column, *value;
		uint32_t line;
	} bad[] = {
		{ "id,decision,source,reviewer,reviewed,review_by\nA,out,s,r,2026-01-01,2027-01-01\nB,maybe,s,r,2026-01-01,2027-01-01\n",
			"bad-record", "decision", "decision", "maybe", 3 },
		{ "id,Decision,source,reviewer,reviewed,review_by,gtins\nA,out,s,r,2026-01-01,01/01/2027,\n", "bad-cell", "review_by",
			"review_by", "01/01/2027", 2 },
		{ "id,decision,source,reviewer,reviewed,review_by\nA,out,\"s\x1b[31m\x01\",r,2026-01-01,2027-01-01\n", "bad-record", "source",
			"source", "s?[31m?", 2 },
		{ "id,decision,source,reviewer,reviewed,review_by\n"
		  "A,123456789 123456789 123456789 123456789 123456789 123456789,s,r,2026-01-01,2027-01-01\n",
			"bad-record", "decision", "decision", "123456789 123456789 123456789 123456789 12345678...", 2 },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(bad); i++) {
		tg_import_options options = { .kind = TG_RECORD_SCOPE_NOTE };
		tg_import_result result;
		tg_findings found = { 0 };
		tg_column_map map;

		tg_column_map_init(&map);
		put(incoming, bad[i].text);
		assert_int_equal(import_csv(&result, &found, &options, &map), TG_EFORMAT);
		assert_int_equal(found.count, 1);
		assert_int_equal(found.list[0].line, bad[i].line);
		assert_string_equal(found.list[0].code, bad[i].code);
		assert_string_equal(found.list[0].field, bad[i].field);
		assert_string_equal(found.list[0].column, bad[i].column);
		assert_string_equal(found.list[0].value, bad[i].value);
		tg_findings_fini(&found);
		tg_column_map_fini(&map);
	}
}

static void what_is_fixed_and_words_stand_for_columns(void **state)
{
	static const char mapping[] =
		"{\"format\":1,\"kind\":\"scope_notes\",\"columns\":{\"id\":\"Nr\",\"decision\":\"Urteil\"},\"fixed\":{\"source\":\"s. 5\","
		"\"reviewer\":\"r\",\"reviewed\":\"2026-01-01\",\"review_by\":\"2027-01-01\"},\"words\":{\"decision\":{\"nein\":\"out\"}}}";
	tg_import_options options = { .kind = TG_RECORD_SCOPE_NOTE, .dry_run = true };
	tg_import_result result;
	tg_findings found = { 0 };
	tg_column_map map;

	(void)state;
	tg_column_map_init(&map);
	assert_int_equal(tg_column_map_parse(&map, tg_view_str(mapping), NULL), TG_OK);
	put(incoming, "Nr;Urteil\nA;nein\nB;out\nC;ja\n");
	assert_int_equal(import_csv(&result, &found, &options, &map), TG_EFORMAT);
	assert_int_equal(found.count, 1);
	assert_int_equal(found.list[0].line, 4);
	tg_findings_fini(&found);
	tg_column_map_fini(&map);
}

static void what_a_supplier_signed_is_not_changed_by_a_spreadsheet(void **state)
{
	static const char soc[] =
		"{\"gtins\":[\"9524000000019\"],\"id\":\"S\",\"source\":{\"approved\":[{\"at\":\"2026-11-23T02:11:52Z\",\"by\":\"a\",\"key\":\""
		"abababababababababababababababababababababababababababababababab\"},{\"at\":\"2026-11-23T02:11:52Z\",\"by\":\"b\",\"key\":\""
		"abababababababababababababababababababababababababababababababab\"}],\"fetched_at\":\"2026-11-23T02:11:52Z\",\"keys\":[\"k\"],"
		"\"prefix\":\"95212345\",\"role\":\"targets\",\"root_version\":1,\"statement\":\"S\",\"supplier\":\"lumen\",\"target\":\"t\","
		"\"target_sha256\":\"abababababababababababababababababababababababababababababababab\",\"targets_version\":2},"
		"\"status\":\"current\"}\n";
	static const struct {
		const char *text;
		tg_update_how update;
		int rc;
	} texts[] = { { "id,gtins\nS,9524000000019\n", TG_UPDATE_USUAL, TG_OK },
		{ "id,gtins\nS,9524000000026\n", TG_UPDATE_USUAL, TG_EFORMAT },
		{ "id,status,gtins\nS,current,9524000000019\n", TG_UPDATE_REPLACE, TG_EFORMAT } };
	char path[4096];

	(void)state;
	assert_int_equal(tg_path(path, NULL, "%s/socs.jsonl", records), TG_OK);
	put(path, soc);
	for (size_t i = 0; i < TG_COUNT(texts); i++) {
		tg_import_options options = { .kind = TG_RECORD_SOC, .update = texts[i].update };
		tg_import_result result;
		tg_findings found = { 0 };
		tg_column_map map;

		tg_column_map_init(&map);
		put(incoming, texts[i].text);
		assert_int_equal(import_csv(&result, &found, &options, &map), texts[i].rc);
		assert_true(texts[i].rc == TG_OK || strcmp(found.list[0].code, "signed-by-supplier") == 0);
		tg_findings_fini(&found);
		tg_column_map_fini(&map);
	}
	(void)unlink(path);
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
		cmocka_unit_test(a_table_is_taken_whole_or_refused_and_every_bad_line_told_of),
		cmocka_unit_test(every_kind_that_people_keep_in_spreadsheets_comes_as_one),
		cmocka_unit_test(failures_and_notices_are_no_rows),
		cmocka_unit_test(a_finding_names_the_line_the_column_and_what_stands_there),
		cmocka_unit_test(what_is_fixed_and_words_stand_for_columns),
		cmocka_unit_test(what_a_supplier_signed_is_not_changed_by_a_spreadsheet),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

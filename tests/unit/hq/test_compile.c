/* SPDX-License-Identifier: Apache-2.0
 *
 * test_compile.c - records to image and back: what a station finds.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/hq/shop.h"

#include "plugin/gate/drill.h"
#include "store/base/file.h"
#include "store/catalogue/catalogue.h"
#include "sync/hq/compile.h"
#include "sync/hq/defects.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define GTIN UINT64_C(9524000000019)

static char path[] = "/tmp/tillgate-compile-XXXXXX";

static int setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static tg_catalogue *compile(const shop_line *lines, size_t count)
{
	tg_catalogue *cat = NULL;
	tg_error err = { 0 };
	shop s;

	shop_open(&s, lines, count);
	if (tg_compile(path, &s.index, 3, shop_day(SHOP_TODAY), &err) != TG_OK ||
		tg_catalogue_open(&cat, path, NULL, &err) != TG_OK)
		fail_msg("%s", err.msg);
	shop_close(&s);
	return cat;
}

/* The one statement of the one product, with one member bent. */
static tg_soc soc_of(const char *member, const char *value)
{
	const shop_line lines[] = { { TG_RECORD_PRODUCT, SHOP_PRODUCT }, { TG_RECORD_SCOPE_NOTE, SHOP_NOTE },
		{ TG_RECORD_SOC, shop_soc(member, value) } };
	tg_catalogue *cat = compile(lines, TG_COUNT(lines));
	tg_product product;
	tg_soc soc;

	assert_int_equal(tg_catalogue_find(&product, cat, GTIN, NULL), TG_OK);
	assert_int_equal(product.soc_count, 1);
	assert_int_equal(tg_catalogue_soc(&soc, cat, &product, 0, NULL), TG_OK);
	tg_catalogue_close(cat);
	return soc;
}

static void a_whole_statement_reaches_the_image_whole(void **state)
{
	tg_soc soc = soc_of(NULL, NULL);

	(void)state;
	assert_int_equal(soc.defects, 0);
	assert_int_equal(soc.document, TG_DOCUMENT_SOC);
	assert_int_equal(soc.status, TG_SOC_CURRENT);
	assert_int_equal(soc.batches, TG_BATCHES_LISTED);
	assert_int_equal(soc.accompanies, TG_ACCOMPANIES_IN_PACK);
	assert_true(soc.covers_type);
	assert_int_equal(soc.dsp_end, shop_day("2030-12-31"));
	assert_int_equal(soc.issued, shop_day("2026-01-10"));
}

/* A hard defect, or a paper that is none, never reaches an image as a good statement. */
static const struct {
	const char *member, *value;
	uint32_t defects;
	uint8_t document;
} bent[] = {
	{ "document", "", 0, TG_DOCUMENT_NONE },
	{ "document", "{\"kind\":\"summary\"}", 0, TG_DOCUMENT_SUMMARY },
	{ "document", "{\"kind\":\"claim\"}", 0, TG_DOCUMENT_OTHER },
	{ "prepared_by", "\"other\"", TG_DEFECT(2), TG_DOCUMENT_SOC },
	{ "types", "[]", TG_DEFECT(3), TG_DOCUMENT_SOC },
	{ "batches", "", TG_DEFECT(4), TG_DOCUMENT_SOC },
	{ "manufacturers", "", TG_DEFECT(6), TG_DOCUMENT_SOC },
	{ "authorised_representative_exists", "true", TG_DEFECT(7), TG_DOCUMENT_SOC },
	{ "declaration", "", TG_DEFECT(8), TG_DOCUMENT_SOC },
	{ "support_period_end", "", TG_DEFECT(10), TG_DOCUMENT_SOC },
	{ "signatory", "", TG_DEFECT(11), TG_DOCUMENT_SOC },
	{ "issued", "", TG_DEFECT(12), TG_DOCUMENT_SOC },
};

static void a_defect_is_carried_as_such(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(bent); i++) {
		tg_soc soc = soc_of(bent[i].member, bent[i].value);

		if (soc.defects != bent[i].defects || soc.document != bent[i].document)
			fail_msg("%s %s: defects %x, document %d", bent[i].member, bent[i].value, soc.defects,
				soc.document);
	}
}

static void no_batch_covers_nothing_and_all_batches_say_so(void **state)
{
	tg_soc none = soc_of("batches", ""), all = soc_of("batches", "\"all\"");

	(void)state;
	assert_int_equal(none.batches, TG_BATCHES_LISTED);
	assert_false(none.batches_express_all);
	assert_int_equal(all.batches, TG_BATCHES_ALL);
	assert_true(all.batches_express_all);
}

static void batches_and_serials_are_found_again(void **state)
{
	const shop_line lines[] = { { TG_RECORD_PRODUCT, SHOP_PRODUCT }, { TG_RECORD_SCOPE_NOTE, SHOP_NOTE },
		{ TG_RECORD_SOC, shop_soc("serial_ties",
					 "[{\"batch\":\"B10\",\"from\":\"S100\",\"to\":\"S199\"}]") } };
	tg_catalogue *cat = compile(lines, TG_COUNT(lines));
	bool tied = false, covered = false;
	tg_product product;
	tg_soc soc;

	(void)state;
	assert_int_equal(tg_catalogue_find(&product, cat, GTIN, NULL), TG_OK);
	assert_int_equal(tg_catalogue_soc(&soc, cat, &product, 0, NULL), TG_OK);
	assert_int_equal(tg_catalogue_batch_covered(&covered, cat, &soc, tg_view_str("B15"), NULL), TG_OK);
	assert_true(covered);
	assert_int_equal(tg_catalogue_batch_covered(&covered, cat, &soc, tg_view_str("B21"), NULL), TG_OK);
	assert_false(covered);
	assert_int_equal(tg_catalogue_serial_covered(
				 &tied, &covered, cat, &soc, tg_view_str("B10"), tg_view_str("S200"), NULL),
		TG_OK);
	assert_true(tied);
	assert_false(covered);
	tg_catalogue_close(cat);
}

#define CLASS_NOTE(id, rest)                                                                                 \
	"{\"id\":\"" id                                                                                      \
	"\",\"decision\":\"out\",\"source\":\"s\",\"reviewer\":\"r\",\"reviewed\":\"2026-01-01\","           \
	"\"review_by\":\"2027-01-01\"," rest "}"

/* Which note answers for the product (category electricals, brick 10001098): the id in the image. */
static const struct {
	const char *what, *lines[4], *note;
} notes[] = {
	{ "nobody", { NULL }, "" },
	{ "its category", { CLASS_NOTE("C", "\"categories\":[\"food\",\"electricals\"]") }, "C" },
	{ "its brick before its category",
		{ CLASS_NOTE("C", "\"categories\":[\"electricals\"]"), CLASS_NOTE("B", "\"bricks\":[\"10001098\"]") }, "B" },
	{ "a prefix before its brick",
		{ CLASS_NOTE("P", "\"gtin_prefixes\":[\"952\"]"), CLASS_NOTE("B", "\"bricks\":[\"10001098\"]") }, "P" },
	{ "another brick", { CLASS_NOTE("B", "\"bricks\":[\"10001099\"]") }, "" },
	{ "the longer prefix",
		{ CLASS_NOTE("P1", "\"gtin_prefixes\":[\"952\"]"),
			CLASS_NOTE("P2", "\"gtin_prefixes\":[\"95240000\"]"),
			CLASS_NOTE("C", "\"categories\":[\"electricals\"]") },
		"P2" },
	{ "the list before the prefix",
		{ CLASS_NOTE("P", "\"gtin_prefixes\":[\"952400000001\"]"),
			CLASS_NOTE("L", "\"gtins\":[\"" SHOP_GTIN "\"]") },
		"L" },
	{ "another prefix", { CLASS_NOTE("P", "\"gtin_prefixes\":[\"953\"]") }, "" },
};

static void notes_answer_in_their_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(notes); i++) {
		shop_line lines[5] = { { TG_RECORD_PRODUCT,
			"{\"gtin\":\"" SHOP_GTIN "\",\"name\":\"Hub\",\"category\":\"electricals\",\"brick\":\"10001098\"}" } };
		tg_catalogue *cat;
		tg_product product;
		tg_product_texts texts;

		for (size_t j = 0; j < 4; j++)
			lines[j + 1] = (shop_line){ TG_RECORD_CLASS_NOTE, notes[i].lines[j] };
		cat = compile(lines, TG_COUNT(lines));
		assert_int_equal(tg_catalogue_find(&product, cat, GTIN, NULL), TG_OK);
		assert_int_equal(tg_catalogue_texts(&texts, cat, &product, NULL), TG_OK);
		if (!tg_view_equal(texts.note_id, tg_view_str(notes[i].note)))
			fail_msg("%s: \"%.*s\"", notes[i].what, (int)texts.note_id.len,
				(const char *)texts.note_id.data);
		assert_int_equal(
			product.scope, notes[i].note[0] == '\0' ? TG_SCOPE_UNASSESSED : TG_SCOPE_OUT);
		tg_catalogue_close(cat);
	}
}

static void a_scope_note_goes_before_any_class_note(void **state)
{
	const shop_line lines[] = { { TG_RECORD_PRODUCT, SHOP_PRODUCT }, { TG_RECORD_SCOPE_NOTE, SHOP_NOTE },
		{ TG_RECORD_CLASS_NOTE, CLASS_NOTE("L", "\"gtins\":[\"" SHOP_GTIN "\"]") } };
	tg_catalogue *cat = compile(lines, TG_COUNT(lines));
	tg_product product;

	(void)state;
	assert_int_equal(tg_catalogue_find(&product, cat, GTIN, NULL), TG_OK);
	assert_int_equal(product.scope, TG_SCOPE_IN);
	assert_int_equal(product.flags & TG_PRODUCT_CLASS_NOTE, 0);
	assert_int_equal(product.review_by, shop_day("2027-01-01"));
	tg_catalogue_close(cat);
}

static void packs_in_store_numbers_and_exceptions_reach_the_image(void **state)
{
	const shop_line lines[] = {
		{ TG_RECORD_PRODUCT, SHOP_PRODUCT },
		{ TG_RECORD_SCOPE_NOTE, "{\"id\":\"X\",\"decision\":\"excepted\",\"exception_paragraph\":6,"
					"\"destinations\":[\"gb\"],"
					"\"condition_evidence\":\"certificate\",\"source\":\"s\","
					"\"reviewer\":\"r\",\"reviewed\":\"2026-01-01\","
					"\"review_by\":\"2027-01-01\",\"gtins\":[\"" SHOP_GTIN "\"]}" },
		{ TG_RECORD_CLASS_NOTE,
			CLASS_NOTE("S",
				"\"in_store\":[{\"from\":\"2000000000000\",\"to\":\"2099999999999\"}]") },
		{ TG_RECORD_PACK,
			"{\"gtin\":\"19524000000016\",\"contains\":\"" SHOP_GTIN "\",\"count\":4}" },
	};
	tg_catalogue *cat = compile(lines, TG_COUNT(lines));
	tg_product product;

	(void)state;
	assert_int_equal(tg_catalogue_find(&product, cat, UINT64_C(19524000000016), NULL), TG_OK);
	assert_int_equal(product.gtin, GTIN);
	assert_true((product.flags & TG_PRODUCT_PACK) != 0);
	assert_int_equal(product.scope, TG_SCOPE_EXCEPTED);
	assert_int_equal(product.exception, TG_EXCEPTION_PROVEN | TG_EXCEPTION_GB);
	assert_int_equal(product.exception_paragraph, 6);
	assert_int_equal(tg_catalogue_find_in_store(&product, cat, UINT64_C(2012345000006), NULL), TG_OK);
	assert_int_equal(product.scope, TG_SCOPE_OUT);
	assert_int_equal(
		tg_catalogue_find_in_store(&product, cat, UINT64_C(2112345000006), NULL), TG_ENOTFOUND);
	tg_catalogue_close(cat);
}

/* Even of no records at all: what each of them answers is what its word says. */
static void every_catalogue_has_the_test_products(void **state)
{
	const shop_line lines[] = { { TG_RECORD_PRODUCT, SHOP_PRODUCT }, { TG_RECORD_SCOPE_NOTE, SHOP_NOTE },
		{ TG_RECORD_SOC, SHOP_SOC } };
	static const tg_policy policy = { .version = 1 };

	(void)state;
	for (size_t count = 0; count <= TG_COUNT(lines); count += TG_COUNT(lines)) {
		tg_catalogue *cat = compile(lines, count);

		for (size_t i = 0; i < TG_DRILL_COUNT; i++) {
			tg_occasion occasion = { .operation = TG_OP_SALE, .today = shop_day(SHOP_TODAY) };
			tg_identity id;
			tg_verdict v;

			tg_label_identify(&id, "", tg_view_str(tg_drills[i].digits), &policy, shop_day(SHOP_TODAY));
			assert_int_equal(id.gtin, tg_drills[i].gtin);
			assert_true(tg_is_drill(id.gtin));
			tg_gate_decide(&v, cat, &policy, &id, &occasion, NULL);
			assert_int_equal(v.found, i != TG_DRILL_UNKNOWN);
			if (v.could_not_check || v.outcome != tg_drills[i].outcome ||
				strcmp(tg_rows_at(v.decided_by)->code, tg_drills[i].code) != 0)
				fail_msg("%s: %s, %s", tg_drills[i].word, tg_outcome_words[v.outcome],
					tg_rows_at(v.decided_by)->code);
		}
		assert_false(tg_is_drill(GTIN));
		tg_catalogue_close(cat);
	}
}

static void the_same_records_in_another_order_give_the_same_bytes(void **state)
{
	const shop_line one[] = { { TG_RECORD_PRODUCT, SHOP_PRODUCT },
		{ TG_RECORD_PRODUCT, "{\"gtin\":\"9524000000026\",\"name\":\"b\"}" },
		{ TG_RECORD_SCOPE_NOTE, SHOP_NOTE }, { TG_RECORD_SOC, SHOP_SOC },
		{ TG_RECORD_SOC, shop_soc("id", "\"SOC-2\"") } };
	const shop_line two[] = { one[4], one[3], one[2], one[1], one[0] };
	tg_buf a, b;

	(void)state;
	tg_buf_init(&a, 1 << 20);
	tg_buf_init(&b, 1 << 20);
	tg_catalogue_close(compile(one, TG_COUNT(one)));
	assert_int_equal(tg_file_read(&a, path, 1 << 20, NULL), TG_OK);
	tg_catalogue_close(compile(two, TG_COUNT(two)));
	assert_int_equal(tg_file_read(&b, path, 1 << 20, NULL), TG_OK);
	assert_true(tg_view_equal(tg_buf_view(&a), tg_buf_view(&b)));
	tg_buf_fini(&a);
	tg_buf_fini(&b);
}

/* Of what stands against a product only row, reach and days leave head office; of notes neither who decided nor why. */
static void what_is_private_is_not_in_the_image(void **state)
{
#define OF "\"source\":\"PRIVATE\",\"gtins\":[\"" SHOP_GTIN "\"]}"
#define BY "{\"by\":\"PRIVATE\",\"on\":\"2026-06-02\"}"
	const shop_line lines[] = { { TG_RECORD_PRODUCT, "{\"gtin\":\"" SHOP_GTIN "\",\"name\":\"Hub\",\"type\":\"H-1\",\"supplier\":\"PRIVATE\"}" },
		{ TG_RECORD_SCOPE_NOTE, "{\"id\":\"SN\",\"decision\":\"in\",\"limb\":\"internet-connectable\",\"source\":\"PRIVATE\",\"quote\":\"PRIVATE\","
			"\"reviewer\":\"PRIVATE\",\"reviewed\":\"2026-01-01\",\"review_by\":\"2027-01-01\",\"gtins\":[\"" SHOP_GTIN "\"]}" },
		{ TG_RECORD_SOC, SHOP_SOC },
		{ TG_RECORD_FAILURE, "{\"id\":\"KNOWN-ID\",\"informed\":\"2026-06-01\",\"believed\":\"2026-06-02\",\"ended\":\"2026-06-10\",\"reason\":\"PRIVATE\"," OF },
		{ TG_RECORD_NOTICE, "{\"id\":\"N-1\",\"kind\":\"stop\",\"intended\":\"2026-06-01\",\"intent_expires\":\"2026-08-01\",\"cleared\":" BY "," OF },
		{ TG_RECORD_NOTICE, "{\"id\":\"N-2\",\"kind\":\"recall\",\"given\":\"2026-06-01\",\"genuine\":true,\"appeal\":{\"lodged\":\"2026-06-02\"},\"signed_off\":" BY "," OF },
		{ TG_RECORD_PUBLICATION, "{\"id\":\"P-1\",\"names\":\"type\",\"published\":\"2026-06-01\"," OF } };
	tg_buf image;

	(void)state;
	tg_buf_init(&image, 1 << 20);
	tg_catalogue_close(compile(lines, TG_COUNT(lines)));
	assert_int_equal(tg_file_read(&image, path, 1 << 20, NULL), TG_OK);
	assert_non_null(memmem(image.data, image.len, "KNOWN-ID", 8)); /* the texts of an image are found so */
	assert_null(memmem(image.data, image.len, "PRIVATE", 7));
	tg_buf_fini(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_private_is_not_in_the_image),
		cmocka_unit_test(a_whole_statement_reaches_the_image_whole),
		cmocka_unit_test(a_defect_is_carried_as_such),
		cmocka_unit_test(no_batch_covers_nothing_and_all_batches_say_so),
		cmocka_unit_test(batches_and_serials_are_found_again),
		cmocka_unit_test(notes_answer_in_their_order),
		cmocka_unit_test(a_scope_note_goes_before_any_class_note),
		cmocka_unit_test(packs_in_store_numbers_and_exceptions_reach_the_image),
		cmocka_unit_test(every_catalogue_has_the_test_products),
		cmocka_unit_test(the_same_records_in_another_order_give_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

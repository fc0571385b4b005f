/* SPDX-License-Identifier: Apache-2.0
 *
 * test_build.c - the same records give the same bytes, and records that cannot be are refused by name.
 */
#include "tests/unit/catalogue/image_file.h"
#include "tests/unit/catalogue/world.h"

static void the_order_of_the_records_does_not_show(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 300, 4000 };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(sizes); i++) {
		tg_buf first, second;
		world w;

		world_init(&w, sizes[i], sizes[i] / 3 + 1, 5);
		image_build(&w.build);
		first = image_bytes();
		for (uint64_t seed = 1; seed < 4; seed++) {
			world_shuffle(&w, seed);
			image_build(&w.build);
			second = image_bytes();
			if (!tg_view_equal(tg_buf_view(&first), tg_buf_view(&second)))
				fail_msg("%zu products, shuffle %d: other bytes", sizes[i], (int)seed);
			tg_buf_fini(&second);
		}
		tg_buf_fini(&first);
		world_fini(&w);
	}
}

static void a_range_listed_twice_is_written_once(void **state)
{
	tg_build_range ranges[] = { { "A1", "A5" }, { "B1", "B1" }, { "A1", "A5" } };
	tg_build_soc soc = { .id = "S",
		.link = "",
		.document = TG_DOCUMENT_SOC,
		.batches = TG_BATCHES_LISTED,
		.issued = 1,
		.dsp_end = 2,
		.link_tested = TG_DAY_NONE,
		.ranges = ranges,
		.range_count = 3 };
	tg_build build = { .version = 1, .socs = &soc, .soc_count = 1 };
	tg_buf twice, once;

	(void)state;
	image_build(&build);
	twice = image_bytes();
	soc.range_count = 2;
	image_build(&build);
	once = image_bytes();
	assert_true(tg_view_equal(tg_buf_view(&twice), tg_buf_view(&once)));
	tg_buf_fini(&twice);
	tg_buf_fini(&once);
}

/* ---- refusals: each changes one thing of a small good catalogue ---- */

static char long_text[TG_BUILD_LINK_MAX + 2];
static tg_build_range one_range = { "A9", "A1" };
static tg_build_serials one_serial = { "B", { "1", "2" } };
static tg_build_link twin_links[2] = { { 0, true }, { 0, false } }, far_link = { 9, true };

/* clang-format off */
static void twin_gtin(world *w) { w->products[1].gtin = w->products[0].gtin; }
static void gtin_0(world *w) { w->products[1].gtin = 0; }
static void gtin_15_digits(world *w) { w->products[1].gtin = UINT64_C(100000000000000); }
static void twin_soc(world *w) { w->socs[1].id = w->socs[0].id; }
static void twin_note(world *w) { w->notes[1].id = w->notes[0].id; }
static void twin_label(world *w) { w->conformances[1].id = w->conformances[0].id; }
static void twin_pack(world *w) { w->packs[1].gtin = w->packs[0].gtin; }
static void pack_is_product(world *w) { w->packs[1].gtin = w->products[3].gtin; }
static void pack_of_nothing(world *w) { w->packs[1].inside = 12345; }
static void pack_of_pack(world *w) { w->packs[1].inside = w->packs[0].gtin; }
static void no_such_note(world *w) { w->products[1].note = 4000; }
static void no_such_soc(world *w) { w->products[1].socs = &far_link; }
static void soc_twice(world *w) { w->products[1].socs = twin_links; w->products[1].soc_count = 2; }
static void in_store_overlap(world *w) { w->in_store[1].from = w->in_store[0].to; }
static void in_store_falling(world *w) { w->in_store[1].to = w->in_store[1].from - 1; }
static void in_store_no_note(world *w) { w->in_store[1].note = TG_BUILD_NO_NOTE; }
static void scope_5(world *w) { w->notes[1].scope = 5; }
static void exception_in_scope(world *w) { w->notes[0].exception = TG_EXCEPTION_GB; }
static void paragraph_9(world *w) { w->notes[2].exception_paragraph = 9; }
static void day_before_1970(world *w) { w->notes[1].review_by = -1; }
static void day_after_9999(world *w) { w->socs[1].issued = 2932897; }
static void document_4(world *w) { w->socs[1].document = 4; }
static void status_3(world *w) { w->socs[1].status = 3; }
static void accompanies_5(world *w) { w->socs[1].accompanies = 5; }
static void gate_defect(world *w) { w->socs[1].defects = TG_DEFECT(14); }
static void all_batches_listed(world *w) { w->socs[1].ranges = &one_range; w->socs[1].range_count = 1; }
static void scheme_3(world *w) { w->conformances[1].scheme = 3; }
static void long_name(world *w) { w->products[1].name = long_text + sizeof(long_text) - 1 - 256; }
static void long_link(world *w) { w->socs[1].link = long_text; }
static void latin1_name(world *w) { w->products[1].name = "caf\xe9"; }
static void falling_batches(world *w) { all_batches_listed(w); w->socs[1].batches = TG_BATCHES_LISTED; }
static void uneven_batches(world *w) { falling_batches(w); one_range.to = "A10"; }
static void empty_batch(world *w) { falling_batches(w); one_range = (tg_build_range){ "", "" }; }
static void empty_tied_batch(world *w) { w->socs[1].serials = &one_serial; w->socs[1].serial_count = 1; one_serial.batch = ""; }
/* clang-format on */

static const struct {
	const char *what;
	void (*spoil)(world *w);
	const char *words;
} refusals[] = {
	{ "one GTIN twice", twin_gtin, "stands twice" },
	{ "GTIN 0", gtin_0, "14 digits" },
	{ "GTIN of 15 digits", gtin_15_digits, "100000000000000" },
	{ "one SoC id twice", twin_soc, "SOC-0000000" },
	{ "one note id twice", twin_note, "SN-0000" },
	{ "one label id twice", twin_label, "JC-STAR/00000" },
	{ "one pack twice", twin_pack, "pack 1" },
	{ "a pack that is a product", pack_is_product, "product too" },
	{ "a pack of an unknown GTIN", pack_of_nothing, "00000000012345" },
	{ "a pack of packs", pack_of_pack, "no product" },
	{ "a note that is not there", no_such_note, "4000" },
	{ "a SoC that is not there", no_such_soc, "number 9" },
	{ "a SoC linked twice", soc_twice, "twice" },
	{ "in-store ranges that overlap", in_store_overlap, "in-store" },
	{ "an in-store range that falls", in_store_falling, "in-store" },
	{ "an in-store range without note", in_store_no_note, "no class note" },
	{ "a scope that does not exist", scope_5, "SN-0001" },
	{ "an exception on what is in scope", exception_in_scope, "SN-0000" },
	{ "paragraph 9", paragraph_9, "SN-0002" },
	{ "a day before 1970", day_before_1970, "day -1" },
	{ "a day after 9999", day_after_9999, "SOC-0000001" },
	{ "a document that does not exist", document_4, "SOC-0000001" },
	{ "a status that does not exist", status_3, "SOC-0000001" },
	{ "a way to accompany that does not exist", accompanies_5, "SOC-0000001" },
	{ "a defect that only a gate finds", gate_defect, "0x2000" },
	{ "batches listed in a SoC for all", all_batches_listed, "all batches" },
	{ "a scheme that does not exist", scheme_3, "JC-STAR/00007" },
	{ "a name of 256 bytes", long_name, "255" },
	{ "a link of 2049 bytes", long_link, "2048" },
	{ "a name that is not UTF-8", latin1_name, "name" },
	{ "a range that falls", falling_batches, "\"A9\" to \"A1\"" },
	{ "a range of unequal length", uneven_batches, "no range" },
	{ "an empty batch", empty_batch, "no range" },
	{ "serials of an empty batch", empty_tied_batch, "serials" },
};

static void records_that_cannot_be_are_refused_by_name(void **state)
{
	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	for (size_t i = 0; i < TG_COUNT(refusals); i++) {
		tg_error err = { 0 };
		tg_build_soc second;
		world w;
		int rc;

		world_init(&w, 80, 9, 3);
		second = w.socs[1];
		unlink(image_path);
		image_build(&w.build);
		unlink(image_path);
		refusals[i].spoil(&w);
		rc = tg_build_write(image_path, &w.build, &err);
		if (rc != TG_EINVAL)
			fail_msg("%s: %s", refusals[i].what, tg_strerror(rc));
		if (strstr(err.msg, refusals[i].words) == NULL)
			fail_msg("%s: \"%s\" does not say \"%s\"", refusals[i].what, err.msg,
				refusals[i].words);
		assert_int_not_equal(access(image_path, F_OK), 0);
		w.socs[1] = second;
		one_range = (tg_build_range){ "A9", "A1" };
		world_fini(&w);
	}
	image_put("", 0);
}

static void texts_at_their_limit_are_kept_whole(void **state)
{
	tg_build_soc soc = { .id = "S",
		.document = TG_DOCUMENT_SOC,
		.issued = TG_DAY_NONE,
		.dsp_end = 2932896,
		.link_tested = 0 };
	tg_build_link link = { 0, true };
	tg_build_product product = { .gtin = 1,
		.manufacturer = "",
		.type = "",
		.note = TG_BUILD_NO_NOTE,
		.dsp_end_published = 0,
		.socs = &link,
		.soc_count = 1 };
	tg_build build = {
		.version = UINT64_MAX, .products = &product, .product_count = 1, .socs = &soc, .soc_count = 1
	};
	tg_product_texts texts;
	tg_catalogue_info info;
	tg_catalogue *cat;
	tg_product got;
	tg_view id, url;
	tg_soc got_soc;

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	soc.link = long_text + 1;
	product.name = long_text + sizeof(long_text) - 1 - TG_BUILD_TEXT_MAX;
	image_build(&build);
	cat = image_open(NULL);
	tg_catalogue_get_info(&info, cat);
	assert_true(info.version == UINT64_MAX);
	assert_int_equal(tg_catalogue_find(&got, cat, 1, NULL), TG_OK);
	assert_int_equal(got.dsp_end_published, 0);
	assert_int_equal(tg_catalogue_texts(&texts, cat, &got, NULL), TG_OK);
	assert_true(tg_view_equal(texts.name, tg_view_str(product.name)));
	assert_int_equal(tg_catalogue_soc(&got_soc, cat, &got, 0, NULL), TG_OK);
	assert_int_equal(got_soc.issued, TG_DAY_NONE);
	assert_int_equal(got_soc.dsp_end, 2932896);
	assert_int_equal(got_soc.link_tested, 0);
	assert_int_equal(tg_catalogue_soc_texts(&id, &url, cat, &got_soc, NULL), TG_OK);
	assert_true(tg_view_equal(url, tg_view_str(soc.link)));
	tg_catalogue_close(cat);
}

static void a_product_has_room_for_255_links_and_no_more(void **state)
{
	static tg_build_link links[TG_BUILD_LINKS_MAX + 1];
	world w;

	(void)state;
	world_init(&w, 20, 300, 2);
	for (uint32_t i = 0; i < TG_COUNT(links); i++)
		links[i] = (tg_build_link){ i, i % 2 == 0 };
	w.products[4].conformance_count = 0;
	w.products[4].socs = links;
	for (size_t n = TG_BUILD_LINKS_MAX; n <= TG_COUNT(links); n++) {
		tg_catalogue *cat;
		tg_product got;
		tg_soc soc;

		w.products[4].soc_count = n;
		if (n > TG_BUILD_LINKS_MAX) {
			assert_int_equal(tg_build_write(image_path, &w.build, NULL), TG_EINVAL);
			break;
		}
		image_build(&w.build);
		cat = image_open(NULL);
		assert_int_equal(tg_catalogue_find(&got, cat, w.products[4].gtin, NULL), TG_OK);
		assert_int_equal(got.soc_count, n);
		for (uint32_t i = 0; i < n; i++)
			assert_int_equal(tg_catalogue_soc(&soc, cat, &got, i, NULL), TG_OK);
		tg_catalogue_close(cat);
	}
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order_of_the_records_does_not_show),
		cmocka_unit_test(a_range_listed_twice_is_written_once),
		cmocka_unit_test(records_that_cannot_be_are_refused_by_name),
		cmocka_unit_test(texts_at_their_limit_are_kept_whole),
		cmocka_unit_test(a_product_has_room_for_255_links_and_no_more),
	};

	return cmocka_run_group_tests(tests, image_setup, image_teardown);
}

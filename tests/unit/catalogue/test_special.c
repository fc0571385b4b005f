/* SPDX-License-Identifier: Apache-2.0
 *
 * test_special.c - what is said of few products only: roles, what stands against them, bundles.
 */
#include "tests/unit/catalogue/image_file.h"
#include "tests/unit/catalogue/world.h"

#define PRODUCTS 60

static const tg_build_range batches[] = { { "L100", "L199" }, { "M7", "M7" } },
			    serials[] = { { "S1", "S5" } };

/* Everything that one test may bend. */
typedef struct specials {
	world w;
	tg_build_stop stops[4];
	tg_build_special specials[4];
	uint32_t of_first[3], of_second[1];
	uint64_t components[3];
} specials;

static uint64_t gtins[PRODUCTS]; /* of the world's products */

static uint64_t gtin_of(size_t i)
{
	return gtins[i];
}

static void make(specials *s)
{
	memset(s, 0, sizeof(*s));
	world_init(&s->w, PRODUCTS, 20, 7);
	for (size_t i = 0; i < PRODUCTS; i++)
		gtins[i] = s->w.products[i].gtin;
	s->stops[0] = (tg_build_stop){ "F-1", TG_STOP_FAILURE, 0, 20000, TG_DAY_NONE, NULL, 0, NULL, 0 };
	s->stops[1] = (tg_build_stop){ "N-1", TG_STOP_NOTICE, 0, 20010, 20020, batches, 2, serials, 1 };
	s->stops[2] =
		(tg_build_stop){ "N-1", TG_STOP_INTENT, TG_STOP_CLEARED, 20000, 20009, NULL, 0, NULL, 0 };
	s->stops[3] = (tg_build_stop){ "P-9", TG_STOP_PUBLISHED, TG_STOP_BRAND_ONLY, 20000, TG_DAY_NONE, NULL,
		0, NULL, 0 };
	s->of_first[0] = 3;
	s->of_first[1] = 1;
	s->of_first[2] = 2;
	s->of_second[0] = 0;
	s->components[0] = gtin_of(9);
	s->components[1] = gtin_of(4);
	s->components[2] = gtin_of(9); /* two of one kind in a set */
	s->specials[0] = (tg_build_special){ gtin_of(5), TG_ROLE_OWN_BRAND, s->of_first, 3, NULL, 0 };
	s->specials[1] = (tg_build_special){ gtin_of(2), TG_ROLE_DISTRIBUTOR, s->of_second, 1, NULL, 0 };
	s->specials[2] = (tg_build_special){ gtin_of(30), TG_ROLE_DISTRIBUTOR, NULL, 0, s->components, 3 };
	s->specials[3] = (tg_build_special){ gtin_of(9), TG_ROLE_IMPORTER, NULL, 0, NULL, 0 };
	s->w.build.stops = s->stops;
	s->w.build.stop_count = TG_COUNT(s->stops);
	s->w.build.specials = s->specials;
	s->w.build.special_count = TG_COUNT(s->specials);
}

static tg_catalogue *open_image(void)
{
	tg_catalogue *cat = NULL;
	tg_error err = { 0 };

	if (tg_catalogue_open(&cat, image_path, NULL, &err) != TG_OK)
		fail_msg("%s", err.msg);
	return cat;
}

static tg_product find(const tg_catalogue *cat, size_t i)
{
	tg_product product;

	assert_int_equal(tg_catalogue_find(&product, cat, gtin_of(i), NULL), TG_OK);
	return product;
}

static void expect_stop(
	const tg_catalogue *cat, const tg_product *product, uint32_t n, const tg_build_stop *want)
{
	tg_stop stop;
	tg_view id;

	assert_int_equal(tg_catalogue_stop(&stop, cat, product, n, NULL), TG_OK);
	assert_int_equal(tg_catalogue_stop_id(&id, cat, &stop, NULL), TG_OK);
	assert_true(tg_view_equal(id, tg_view_str(want->id)));
	assert_int_equal(stop.kind, want->kind);
	assert_int_equal(stop.flags, want->flags);
	assert_int_equal(stop.from, want->from);
	assert_int_equal(stop.to, want->to);
	assert_int_equal(stop.batches_listed, want->batch_count > 0);
	assert_int_equal(stop.serials_listed, want->serial_count > 0);
}

static void what_was_built_is_read_back(void **state)
{
	static specials s;
	tg_catalogue *cat;
	tg_product product;
	tg_catalogue_info info;
	uint64_t gtin;
	tg_stop stop;

	(void)state;
	make(&s);
	image_build(&s.w.build);
	cat = open_image();
	tg_catalogue_get_info(&info, cat);
	assert_int_equal(info.stops, 4);
	assert_int_equal(info.specials, 4);
	product = find(cat, 5);
	assert_int_equal(product.role, TG_ROLE_OWN_BRAND);
	assert_int_equal(product.stop_count, 3);
	assert_int_equal(product.component_count, 0);
	/* by id, then kind */
	expect_stop(cat, &product, 0, &s.stops[1]);
	expect_stop(cat, &product, 1, &s.stops[2]);
	expect_stop(cat, &product, 2, &s.stops[3]);
	assert_int_equal(tg_catalogue_stop(&stop, cat, &product, 3, NULL), TG_EINVAL);
	product = find(cat, 2);
	assert_int_equal(product.stop_count, 1);
	expect_stop(cat, &product, 0, &s.stops[0]);
	product = find(cat, 30);
	assert_int_equal(product.component_count, 3);
	for (uint32_t n = 0; n < 3; n++) {
		assert_int_equal(tg_catalogue_component(&gtin, cat, &product, n, NULL), TG_OK);
		assert_int_equal(gtin, s.components[n]);
	}
	assert_int_equal(tg_catalogue_component(&gtin, cat, &product, 3, NULL), TG_EINVAL);
	assert_int_equal(find(cat, 9).role, TG_ROLE_IMPORTER);
	product = find(cat, 10);
	assert_true(product.role == TG_ROLE_DISTRIBUTOR && product.stop_count == 0 &&
		    product.component_count == 0);
	for (size_t i = 0; i < PRODUCTS; i++) /* the flag beside the day leaves the day alone */
		assert_int_equal(find(cat, i).dsp_end_published, s.w.products[i].dsp_end_published);
	tg_catalogue_close(cat);
	world_fini(&s.w);
}

static void who_cannot_show_that_a_unit_is_outside_is_inside(void **state)
{
	static const struct {
		const char *batch, *serial;
		bool covers;
	} units[] = {
		{ "", "", true },
		{ "L100", "", true },
		{ "L199", "S9", true },
		{ "M7", "S9", true },
		{ "L200", "S9", false },
		{ "L200", "", true }, /* its serial may be named */
		{ "", "S9", true },   /* its batch may be named */
		{ "L200", "S5", true },
		{ "L10", "S9", false },
	};
	static specials s;
	tg_catalogue *cat;
	tg_product product;
	tg_stop stop;
	bool covers;

	(void)state;
	make(&s);
	image_build(&s.w.build);
	cat = open_image();
	product = find(cat, 5);
	assert_int_equal(tg_catalogue_stop(&stop, cat, &product, 0, NULL), TG_OK);
	for (size_t i = 0; i < TG_COUNT(units); i++) {
		assert_int_equal(tg_catalogue_stop_covers(&covers, cat, &stop, tg_view_str(units[i].batch),
					 tg_view_str(units[i].serial), NULL),
			TG_OK);
		if (covers != units[i].covers)
			fail_msg("batch \"%s\", serial \"%s\": %d", units[i].batch, units[i].serial, covers);
	}
	assert_int_equal(tg_catalogue_stop(&stop, cat, &product, 1, NULL), TG_OK);
	assert_int_equal(
		tg_catalogue_stop_covers(&covers, cat, &stop, tg_view_str("Z"), tg_view_str("Z"), NULL),
		TG_OK);
	assert_true(covers);
	tg_catalogue_close(cat);
	world_fini(&s.w);
}

static void the_order_of_the_records_does_not_show(void **state)
{
	static specials s;
	tg_build_stop stop;
	tg_build_special special;
	tg_buf first, second;

	(void)state;
	make(&s);
	image_build(&s.w.build);
	first = image_bytes();
	stop = s.stops[0];
	s.stops[0] = s.stops[3];
	s.stops[3] = stop;
	s.of_first[0] = 2;
	s.of_first[1] = 0;
	s.of_first[2] = 1;
	s.of_second[0] = 3;
	special = s.specials[0];
	s.specials[0] = s.specials[3];
	s.specials[3] = special;
	image_build(&s.w.build);
	second = image_bytes();
	assert_true(tg_view_equal(tg_buf_view(&first), tg_buf_view(&second)));
	tg_buf_fini(&first);
	tg_buf_fini(&second);
	world_fini(&s.w);
}

/* clang-format off */
static void kind_0(specials *s) { s->stops[1].kind = 0; }
static void kind_10(specials *s) { s->stops[1].kind = TG_STOP_KINDS; }
static void flag_8(specials *s) { s->stops[1].flags = 8; }
static void no_begin(specials *s) { s->stops[1].from = TG_DAY_NONE; }
static void ends_before(specials *s) { s->stops[1].to = 20009; }
static void no_id(specials *s) { s->stops[1].id = ""; }
static void twin_stop(specials *s) { s->stops[2] = s->stops[1]; }
static void falling_range(specials *s) { static const tg_build_range falling[] = { { "B2", "B1" } }; s->stops[1].batches = falling; s->stops[1].batch_count = 1; }
static void twin_special(specials *s) { s->specials[1].gtin = s->specials[0].gtin; }
static void no_product(specials *s) { s->specials[3].gtin = 12345; }
static void role_3(specials *s) { s->specials[3].role = TG_ROLE_COUNT; }
static void stop_9(specials *s) { s->of_first[0] = 9; }
static void stop_twice(specials *s) { s->of_first[0] = 1; }
static void many_stops(specials *s) { s->specials[0].stop_count = TG_BUILD_STOPS_MAX + 1; }
static void no_component(specials *s) { s->components[1] = 12345; }
static void bundle_in_bundle(specials *s) { s->components[1] = gtin_of(30); }
static void many_components(specials *s) { s->specials[2].component_count = TG_BUILD_COMPONENTS_MAX + 1; }
/* clang-format on */

static const struct {
	const char *what;
	void (*spoil)(specials *s);
	const char *words;
} refusals[] = {
	{ "no kind", kind_0, "stop N-1" },
	{ "a kind that does not exist", kind_10, "stop N-1" },
	{ "a flag that does not exist", flag_8, "stop N-1" },
	{ "no first day", no_begin, "never begins" },
	{ "an end before the begin", ends_before, "ends before" },
	{ "no id", no_id, "1 to 255" },
	{ "one stop twice", twin_stop, "stands twice" },
	{ "a range that falls", falling_range, "\"B2\" to \"B1\"" },
	{ "two records of one product", twin_special, "two special records" },
	{ "a product that is none", no_product, "00000000012345" },
	{ "a role that does not exist", role_3, "no such role" },
	{ "a stop that is not there", stop_9, "number 9" },
	{ "one stop of one product twice", stop_twice, "one stop twice" },
	{ "more stops than there is room", many_stops, "1025 stops" },
	{ "a component that is no product", no_component, "00000000012345 is no product" },
	{ "a bundle in a bundle", bundle_in_bundle, "is a bundle" },
	{ "more components than there is room", many_components, "65 components" },
};

static void records_that_cannot_be_are_refused_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(refusals); i++) {
		static specials s;
		tg_error err = { 0 };
		int rc;

		make(&s);
		refusals[i].spoil(&s);
		rc = tg_build_write(image_path, &s.w.build, &err);
		if (rc != TG_EINVAL || strstr(err.msg, refusals[i].words) == NULL)
			fail_msg("%s: %s \"%s\"", refusals[i].what, tg_strerror(rc), err.msg);
		world_fini(&s.w);
	}
	image_put("", 0);
}

/* Any byte of these sections changed: an answer that means something, or an error; never more than was said. */
static void damaged_records_are_errors(void **state)
{
	static specials s;
	static const int sections[] = { TGC_SPECIAL, TGC_SPECIAL_STOP_RUNS, TGC_SPECIAL_STOP,
		TGC_COMPONENT_RUNS, TGC_COMPONENT, TGC_STOP, TGC_STOP_BATCH_RUNS, TGC_STOP_BATCH };
	size_t refused = 0;
	tg_buf bytes;

	(void)state;
	make(&s);
	image_build(&s.w.build);
	bytes = image_bytes();
	for (size_t i = 0; i < TG_COUNT(sections); i++) {
		const uint8_t *entry =
			bytes.data + TGC_HEADER_BYTES + (size_t)(sections[i] - 1) * TGC_ENTRY_BYTES;
		uint64_t at = tg_get_le64(entry + 8), len = tg_get_le64(entry + 16);

		for (uint64_t b = at; b < at + len; b++) {
			uint8_t bad = (uint8_t)(bytes.data[b] ^ 0x81);
			tg_catalogue *cat = NULL;

			image_put(bytes.data, bytes.len);
			image_patch((size_t)b, &bad, 1);
			if (tg_catalogue_open(&cat, image_path, NULL, NULL) != TG_OK) {
				refused++;
				continue;
			}
			for (size_t p = 0; p < PRODUCTS; p++) {
				tg_product product;
				tg_stop stop;
				uint64_t gtin;
				bool covers;

				if (tg_catalogue_find(&product, cat, gtin_of(p), NULL) != TG_OK) {
					refused++;
					continue;
				}
				assert_true(product.role < TG_ROLE_COUNT);
				for (uint32_t n = 0; n < product.stop_count; n++)
					if (tg_catalogue_stop(&stop, cat, &product, n, NULL) == TG_OK) {
						assert_true(stop.kind > 0 && stop.kind < TG_STOP_KINDS);
						refused += tg_catalogue_stop_covers(&covers, cat, &stop,
								   tg_view_str("L150"), tg_view_str("S3"),
								   NULL) != TG_OK;
					} else {
						refused++;
					}
				for (uint32_t n = 0; n < product.component_count; n++)
					refused += tg_catalogue_component(&gtin, cat, &product, n, NULL) !=
						   TG_OK;
			}
			tg_catalogue_close(cat);
		}
	}
	assert_true(refused > 100);
	tg_buf_fini(&bytes);
	world_fini(&s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_built_is_read_back),
		cmocka_unit_test(who_cannot_show_that_a_unit_is_outside_is_inside),
		cmocka_unit_test(the_order_of_the_records_does_not_show),
		cmocka_unit_test(records_that_cannot_be_are_refused_by_name),
		cmocka_unit_test(damaged_records_are_errors),
	};

	return cmocka_run_group_tests(tests, image_setup, image_teardown);
}

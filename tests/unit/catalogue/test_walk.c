/* SPDX-License-Identifier: Apache-2.0
 *
 * test_walk.c - walking an image meets everything once, and ends.
 */
#include "tests/unit/catalogue/image_file.h"
#include "tests/unit/catalogue/world.h"

#include <stdlib.h>

#define PRODUCTS 3000
#define SOCS 400

static int by_value(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static void a_walk_meets_every_product_and_pack_once(void **state)
{
	static uint64_t met[PRODUCTS], built[PRODUCTS];
	uint64_t inside = 0;
	tg_catalogue_info info;
	tg_product product, found;
	tg_catalogue *cat;
	world w;

	(void)state;
	world_init(&w, PRODUCTS, SOCS, 7);
	image_build(&w.build);
	cat = image_open(NULL);
	tg_catalogue_get_info(&info, cat);
	assert_int_equal(info.products, PRODUCTS);
	for (uint32_t n = 0; n < info.products; n++) {
		built[n] = w.products[n].gtin;
		assert_int_equal(tg_catalogue_at(&product, cat, n, NULL), TG_OK);
		assert_int_equal(tg_catalogue_find(&found, cat, product.gtin, NULL), TG_OK);
		assert_int_equal(product.index, n);
		assert_int_equal(found.soc_count, product.soc_count);
		met[n] = product.gtin;
	}
	qsort(met, PRODUCTS, sizeof(*met), by_value);
	qsort(built, PRODUCTS, sizeof(*built), by_value);
	assert_memory_equal(met, built, sizeof(met));
	assert_true(info.packs > 0);
	for (uint32_t n = 0; n < info.packs; n++) {
		assert_int_equal(tg_catalogue_pack_at(&met[n], &inside, cat, n, NULL), TG_OK);
		assert_int_equal(tg_catalogue_find(&found, cat, met[n], NULL), TG_OK);
		assert_true((found.flags & TG_PRODUCT_PACK) != 0 && found.gtin == inside);
	}
	tg_catalogue_close(cat);
	world_fini(&w);
}

static void a_walk_ends_where_the_image_ends(void **state)
{
	uint64_t from = 0, to = 0;
	tg_catalogue_info info;
	tg_product product;
	tg_catalogue *cat;
	uint32_t ranges;
	world w;

	(void)state;
	world_init(&w, 100, 10, 7);
	image_build(&w.build);
	cat = image_open(NULL);
	tg_catalogue_get_info(&info, cat);
	ranges = tg_catalogue_in_store_count(cat);
	assert_int_equal(ranges, w.build.in_store_count);
	for (uint32_t n = 0; n < ranges; n++) {
		assert_int_equal(tg_catalogue_in_store_at(&from, &to, cat, n, NULL), TG_OK);
		assert_int_equal(tg_catalogue_find_in_store(&product, cat, from, NULL), TG_OK);
		assert_int_equal(tg_catalogue_find_in_store(&product, cat, to, NULL), TG_OK);
	}
	assert_int_equal(tg_catalogue_at(&product, cat, info.products, NULL), TG_EINVAL);
	assert_int_equal(tg_catalogue_at(&product, cat, UINT32_MAX, NULL), TG_EINVAL);
	assert_int_equal(tg_catalogue_pack_at(&from, &to, cat, info.packs, NULL), TG_EINVAL);
	assert_int_equal(tg_catalogue_in_store_at(&from, &to, cat, ranges, NULL), TG_EINVAL);
	tg_catalogue_close(cat);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_walk_meets_every_product_and_pack_once),
		cmocka_unit_test(a_walk_ends_where_the_image_ends),
	};

	return cmocka_run_group_tests(tests, image_setup, image_teardown);
}

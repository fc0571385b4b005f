/* SPDX-License-Identifier: Apache-2.0
 *
 * test_blocks.c - the list of block hashes, at every edge of a block.
 */
#include "store/base/crypto.h"
#include "tests/unit/catalogue/image_file.h"

static const size_t lengths[] = { 0, 1, TG_BLOCK_SIZE - 1, TG_BLOCK_SIZE, TG_BLOCK_SIZE + 1,
	2 * TG_BLOCK_SIZE, 3 * TG_BLOCK_SIZE + 77 };

static void each_block_has_its_own_hash_and_the_last_is_as_short_as_it_is(void **state)
{
	static uint8_t data[4 * TG_BLOCK_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 31 + i / 251);
	for (size_t i = 0; i < TG_COUNT(lengths); i++) {
		uint64_t blocks = tg_blocks_count(lengths[i]);
		tg_error err = { 0 };
		tg_buf list, from_file;

		tg_buf_init(&list, TG_BLOCK_LIST_MAX_BYTES);
		assert_int_equal(tg_blocks_hash(&list, tg_view_of(data, lengths[i]), &err), TG_OK);
		assert_int_equal(list.len, blocks * TG_SHA256_SIZE);
		for (uint64_t b = 0; b < blocks; b++) {
			size_t at = b * TG_BLOCK_SIZE, left = lengths[i] - at;
			uint8_t hash[TG_SHA256_SIZE];

			tg_sha256(hash, data + at, left < TG_BLOCK_SIZE ? left : TG_BLOCK_SIZE);
			assert_memory_equal(hash, list.data + b * TG_SHA256_SIZE, sizeof(hash));
		}
		image_put(data, lengths[i]);
		from_file = image_hashes();
		assert_true(tg_view_equal(tg_buf_view(&list), tg_buf_view(&from_file)));
		tg_buf_fini(&from_file);
		tg_buf_fini(&list);
	}
}

static void a_file_that_is_absent_is_named(void **state)
{
	tg_error err = { 0 };
	tg_buf list;

	(void)state;
	tg_buf_init(&list, 100);
	assert_int_equal(tg_blocks_hash_file(&list, "/nowhere/image.tgc", &err), TG_ENOTFOUND);
	assert_non_null(strstr(err.msg, "/nowhere/image.tgc"));
	assert_int_equal(tg_blocks_hash_file(&list, "/", &err), TG_EIO);
	tg_buf_fini(&list);
}

static void a_list_keeps_to_the_ceiling_of_its_buffer(void **state)
{
	static const uint8_t data[2 * TG_BLOCK_SIZE];
	tg_buf list;

	(void)state;
	tg_buf_init(&list, TG_SHA256_SIZE * 2 - 1);
	assert_int_equal(tg_blocks_hash(&list, tg_view_of(data, sizeof(data)), NULL), TG_ELIMIT);
	tg_buf_fini(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_block_has_its_own_hash_and_the_last_is_as_short_as_it_is),
		cmocka_unit_test(a_file_that_is_absent_is_named),
		cmocka_unit_test(a_list_keeps_to_the_ceiling_of_its_buffer),
	};

	return cmocka_run_group_tests(tests, image_setup, image_teardown);
}

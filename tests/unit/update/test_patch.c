/* SPDX-License-Identifier: Apache-2.0
 *
 * test_patch.c - frames that lead from one file to another, and frames that must not.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "sync/mapping.h"
#include "sync/patch.h"
#include "tests/unit/tuf/repo.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#define LEN 300000

/* Two files that differ in a few places, and the frames that make the second. */
static uint8_t old_file[LEN], new_file[LEN + 1000], patch[LEN], alone[LEN];
static size_t new_len, patch_len, alone_len;

static void must(int rc, const tg_error *err)
{
	if (rc != TG_OK)
		fail_msg("%s: %s", tg_strerror(rc), err->msg);
}

static int make_files(void **state)
{
	uint32_t random = 7;
	tg_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < LEN; i++) {
		random = random * 1664525 + 1013904223;
		old_file[i] = (uint8_t)(i % 3 == 0 ? random >> 24 : 'a');
	}
	memcpy(new_file, old_file, 1000);
	memcpy(new_file + 1000, "inserted", 8);
	memcpy(new_file + 1008, old_file + 1000, LEN - 1000);
	new_len = LEN + 8;
	new_file[200000] ^= 1;
	must(tg_patch_make(patch, &patch_len, sizeof(patch), tg_view_of(old_file, LEN), tg_view_of(new_file, new_len), &err), &err);
	must(tg_patch_make(alone, &alone_len, sizeof(alone), tg_view_of(NULL, 0), tg_view_of(new_file, new_len), &err), &err);
	return 0;
}

/* The output and the frame have exactly their sizes, so that a byte too far is seen by the sanitizer. */
static int apply(size_t len, tg_view old, const uint8_t *frame, size_t frame_len, bool *same, tg_error *err)
{
	uint8_t *out = malloc(len > 0 ? len : 1), *copy = malloc(frame_len > 0 ? frame_len : 1);
	int rc;

	assert_non_null(out);
	assert_non_null(copy);
	memcpy(copy, frame, frame_len);
	rc = tg_patch_apply(out, len, old, tg_view_of(copy, frame_len), "patch", err);
	*same = rc == TG_OK && len == new_len && memcmp(out, new_file, new_len) == 0;
	free(out);
	free(copy);
	return rc;
}

static void a_patch_leads_from_one_file_to_the_other(void **state)
{
	tg_error err = { 0 };
	bool same;

	(void)state;
	assert_true(patch_len < 300);
	must(apply(new_len, tg_view_of(old_file, LEN), patch, patch_len, &same, &err), &err);
	assert_true(same);
}

static void a_compressed_file_comes_out_alone(void **state)
{
	tg_error err = { 0 };
	bool same;

	(void)state;
	assert_true(alone_len < LEN / 2 && alone_len > patch_len);
	must(apply(new_len, tg_view_of(NULL, 0), alone, alone_len, &same, &err), &err);
	assert_true(same);
}

static void a_frame_that_is_not_worth_it_is_not_made(void **state)
{
	tg_error err = { 0 };
	size_t len;

	(void)state;
	assert_int_equal(tg_patch_make(patch, &len, patch_len - 1, tg_view_of(old_file, LEN), tg_view_of(new_file, new_len), &err), TG_ELIMIT);
	assert_int_equal(len, 0);
	must(tg_patch_make(patch, &len, sizeof(patch), tg_view_of(old_file, LEN), tg_view_of(new_file, new_len), &err), &err);
	assert_int_equal(len, patch_len);
}

/* ---- frames that are refused ---- */

static uint8_t bent[2 * LEN];
static size_t bent_len;

static void bend(const uint8_t *frame, size_t len)
{
	memcpy(bent, frame, len);
	bent_len = len;
}

static void nothing(void)
{
	bent_len = 0;
}

static void one_byte(void)
{
	bend(patch, 1);
}

static void header_only(void)
{
	bend(patch, 8);
}

static void cut_in_the_middle(void)
{
	bend(patch, patch_len / 2);
}

static void cut_by_one(void)
{
	bend(patch, patch_len - 1);
}

static void one_byte_after_it(void)
{
	bend(patch, patch_len);
	bent[bent_len++] = 0;
}

static void twice(void)
{
	bend(patch, patch_len);
	memcpy(bent + patch_len, patch, patch_len);
	bent_len += patch_len;
}

static void a_skippable_frame_before_it(void)
{
	static const uint8_t skip[] = { 0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 'x' };

	memcpy(bent, skip, sizeof(skip));
	memcpy(bent + sizeof(skip), patch, patch_len);
	bent_len = sizeof(skip) + patch_len;
}

static void a_format_of_2016(void)
{
	bend(patch, patch_len);
	bent[0] = 0x27; /* v0.7 */
}

static void another_magic(void)
{
	memset(bent, 0, 100);
	bent_len = 100;
}

static void of_the_old_file_for_another_one(void)
{
	bend(patch, patch_len);
	bent[bent_len - 1] ^= 1; /* zstd's check sum */
}

/* Frame header descriptor, RFC 8878 section 3.1.1.1.1: content size field of 4 bytes, single segment, check sum. */
static void huge_content(void)
{
	bend(patch, patch_len);
	assert_int_equal(bent[4] & 0xe0, 0xa0);
	tg_put_le32(bent + 5, UINT32_C(0xfffffff0));
}

static void one_byte_more_content(void)
{
	bend(patch, patch_len);
	tg_put_le32(bent + 5, (uint32_t)new_len + 1);
}

static void names_a_dictionary(void)
{
	memcpy(bent, patch, 5);
	bent[4] |= 1; /* one byte of it */
	bent[5] = 42;
	memcpy(bent + 6, patch + 5, patch_len - 5);
	bent_len = patch_len + 1;
}

/* Ten million times the same byte is a frame of a kilobyte. */
static void a_bomb(void)
{
	size_t big = 10000000;
	uint8_t *zeros = calloc(big, 1);

	assert_non_null(zeros);
	bent_len = ZSTD_compress(bent, sizeof(bent), zeros, big, 3);
	free(zeros);
	assert_true(bent_len < 2000);
}

/* No content size: a stream could go on for ever. */
static void states_no_size(void)
{
	ZSTD_CCtx *ctx = ZSTD_createCCtx();
	ZSTD_outBuffer out = { bent, sizeof(bent), 0 };
	ZSTD_inBuffer in = { new_file, new_len, 0 };

	ZSTD_CCtx_setParameter(ctx, ZSTD_c_contentSizeFlag, 0);
	assert_int_equal(ZSTD_compressStream2(ctx, &out, &in, ZSTD_e_end), 0);
	bent_len = out.pos;
	ZSTD_freeCCtx(ctx);
}

static const struct {
	const char *what;
	void (*make)(void);
	int rc;
} refused[] = {
	{ "nothing", nothing, TG_EFORMAT },
	{ "one byte", one_byte, TG_EFORMAT },
	{ "a header only", header_only, TG_EFORMAT },
	{ "cut in the middle", cut_in_the_middle, TG_EFORMAT },
	{ "cut by one byte", cut_by_one, TG_EFORMAT },
	{ "one byte after it", one_byte_after_it, TG_EFORMAT },
	{ "twice", twice, TG_EFORMAT },
	{ "a skippable frame before it", a_skippable_frame_before_it, TG_EFORMAT },
	{ "a format of 2016", a_format_of_2016, TG_EFORMAT },
	{ "no zstd at all", another_magic, TG_EFORMAT },
	{ "a wrong check sum", of_the_old_file_for_another_one, TG_EFORMAT },
	{ "a huge content size", huge_content, TG_ELENGTH },
	{ "one byte more of content", one_byte_more_content, TG_ELENGTH },
	{ "names a dictionary", names_a_dictionary, TG_EFORMAT },
	{ "a bomb", a_bomb, TG_ELENGTH },
	{ "states no content size", states_no_size, TG_EFORMAT },
};

static void what_is_not_exactly_one_frame_of_the_signed_length_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(refused); i++) {
		tg_error err = { 0 };
		bool same;
		int rc;

		refused[i].make();
		rc = apply(new_len, tg_view_of(old_file, LEN), bent, bent_len, &same, &err);
		if (rc != refused[i].rc)
			fail_msg("%s: wanted %s, found %s (%s)", refused[i].what, tg_strerror(refused[i].rc), tg_strerror(rc), err.msg);
		assert_string_not_equal(err.msg, "");
	}
}

static void a_patch_on_another_file_never_gives_the_image(void **state)
{
	uint8_t *other = malloc(LEN);
	tg_error err = { 0 };
	bool same;

	(void)state;
	assert_non_null(other);
	memcpy(other, old_file, LEN);
	other[150000] ^= 1;
	assert_int_equal(apply(new_len, tg_view_of(other, LEN), patch, patch_len, &same, &err), TG_EFORMAT);
	assert_int_equal(apply(new_len, tg_view_of(other, LEN / 2), patch, patch_len, &same, &err), TG_EFORMAT);
	assert_int_equal(apply(new_len, tg_view_of(NULL, 0), patch, patch_len, &same, &err), TG_EFORMAT);
	free(other);
}

static void every_flipped_bit_is_refused_or_makes_no_difference(void **state)
{
	(void)state;
	for (size_t at = 0; at < patch_len * 8; at++) {
		tg_error err = { 0 };
		bool same;

		bend(patch, patch_len);
		bent[at / 8] ^= (uint8_t)(1 << at % 8);
		if (apply(new_len, tg_view_of(old_file, LEN), bent, bent_len, &same, &err) == TG_OK && !same)
			fail_msg("bit %zu: another file came out and was not refused", at);
	}
}

/* ---- mappings ---- */

static void what_is_written_to_a_mapping_is_in_the_file(void **state)
{
	char dir[4096], path[4096 + 16];
	tg_mapping mapping;
	tg_error err = { 0 };
	int fd;

	(void)state;
	temp_dir(dir);
	(void)snprintf(path, sizeof(path), "%s/file", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	must(tg_mapping_make(&mapping, fd, 100000, "file", &err), &err);
	memset(mapping.data, 'm', 100000);
	tg_mapping_close(&mapping);
	close(fd);
	must(tg_mapping_open(&mapping, path, 100000, &err), &err);
	assert_int_equal(mapping.len, 100000);
	assert_int_equal(mapping.data[0], 'm');
	assert_int_equal(mapping.data[99999], 'm');
	tg_mapping_close(&mapping);
	tg_mapping_close(&mapping);
	assert_int_equal(tg_mapping_open(&mapping, path, 99999, &err), TG_ELENGTH);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(tg_mapping_open(&mapping, path, 99999, &err), TG_ELENGTH);
	assert_int_equal(tg_mapping_open(&mapping, dir, 99999, &err), TG_EIO);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(tg_mapping_open(&mapping, path, 99999, &err), TG_ENOTFOUND);
	remove_tree(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_patch_leads_from_one_file_to_the_other),
		cmocka_unit_test(a_compressed_file_comes_out_alone),
		cmocka_unit_test(a_frame_that_is_not_worth_it_is_not_made),
		cmocka_unit_test(what_is_not_exactly_one_frame_of_the_signed_length_is_refused),
		cmocka_unit_test(a_patch_on_another_file_never_gives_the_image),
		cmocka_unit_test(every_flipped_bit_is_refused_or_makes_no_difference),
		cmocka_unit_test(what_is_written_to_a_mapping_is_in_the_file),
	};

	return cmocka_run_group_tests(tests, make_files, NULL);
}

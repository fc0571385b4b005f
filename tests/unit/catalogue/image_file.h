/* SPDX-License-Identifier: Apache-2.0
 *
 * image_file.h - images in a temporary file: build, read, change, sign as head office would.
 */
#ifndef TG_TEST_IMAGE_FILE_H
#define TG_TEST_IMAGE_FILE_H

#include "store/base/crypto.h"
#include "store/base/file.h"
#include "store/catalogue/blocks.h"
#include "store/catalogue/build.h"
#include "store/catalogue/layout.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static char image_dir[] = "/tmp/tillgate-test-XXXXXX";
static char image_path[sizeof(image_dir) + 16];

static inline int image_setup(void **state)
{
	(void)state;
	if (tg_crypto_init(NULL) != TG_OK || mkdtemp(image_dir) == NULL)
		return -1;
	snprintf(image_path, sizeof(image_path), "%s/image.tgc", image_dir);
	return 0;
}

static inline int image_teardown(void **state)
{
	(void)state;
	unlink(image_path);
	return rmdir(image_dir);
}

static inline void image_build(const tg_build *build)
{
	tg_error err = { 0 };

	if (tg_build_write(image_path, build, &err) != TG_OK)
		fail_msg("%s", err.msg);
}

/* The file's bytes; the caller's, tg_buf_fini. */
static inline tg_buf image_bytes(void)
{
	tg_error err = { 0 };
	tg_buf buf;

	tg_buf_init(&buf, SIZE_MAX - 1);
	if (tg_file_read(&buf, image_path, SIZE_MAX / 2, &err) != TG_OK)
		fail_msg("%s", err.msg);
	return buf;
}

static inline void image_put(const void *data, size_t len)
{
	FILE *f = fopen(image_path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* Change bytes of the file in place. */
static inline void image_patch(size_t at, const void *data, size_t len)
{
	FILE *f = fopen(image_path, "r+b");

	assert_non_null(f);
	assert_int_equal(fseek(f, (long)at, SEEK_SET), 0);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* Where the table entry of a section lies in the file. */
static inline size_t image_entry(int section)
{
	return TGC_HEADER_BYTES + (size_t)(section - 1) * TGC_ENTRY_BYTES;
}

/* Block hashes of what the file holds now; the caller's. */
static inline tg_buf image_hashes(void)
{
	tg_error err = { 0 };
	tg_buf buf;

	tg_buf_init(&buf, TG_BLOCK_LIST_MAX_BYTES);
	if (tg_blocks_hash_file(&buf, image_path, &err) != TG_OK)
		fail_msg("%s", err.msg);
	return buf;
}

static inline tg_catalogue *image_open(const tg_catalogue_trust *trust)
{
	tg_catalogue *cat = NULL;
	tg_error err = { 0 };

	if (tg_catalogue_open(&cat, image_path, trust, &err) != TG_OK)
		fail_msg("%s", err.msg);
	return cat;
}

#endif

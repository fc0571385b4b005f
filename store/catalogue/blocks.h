/* SPDX-License-Identifier: Apache-2.0
 *
 * blocks.h - the list of block hashes of an image: one SHA-256 for each 64 KiB, the last block as short as it is.
 *
 * The list is the hashes one after another, 32 bytes each, nothing else. It travels as its own signed target; it is
 * never inside the image. Knows nothing of what the image holds.
 */
#ifndef TG_CATALOGUE_BLOCKS_H
#define TG_CATALOGUE_BLOCKS_H

#include "store/base/bytes.h"

#include <sys/types.h>

/** Bytes in a block. A page fault costs at most one hash of this many bytes (about 150 us on a small till). */
#define TG_BLOCK_SIZE 65536

/** The longest image that is written or read, bytes: 40 times an image of 1 M products. Its list has 2 MiB. */
#define TG_IMAGE_MAX_BYTES (UINT64_C(4) << 30)
#define TG_BLOCK_LIST_MAX_BYTES (TG_IMAGE_MAX_BYTES / TG_BLOCK_SIZE * 32)

/** Blocks in an image of `length` bytes. */
static inline uint64_t tg_blocks_count(uint64_t length)
{
	return length / TG_BLOCK_SIZE + (length % TG_BLOCK_SIZE != 0);
}

/** The next block of a file: a short count means its end, -1 an error (errno says which). */
ssize_t tg_blocks_read(uint8_t block[TG_BLOCK_SIZE], int fd);

/** Append the list for `image`, bytes in memory or mapped, to `out`. TG_ENOMEM, TG_ELIMIT (the ceiling of `out`). */
TG_NODISCARD int tg_blocks_hash(tg_buf *out, tg_view image, tg_error *err);

/**
 * The same for a file, read through one block of memory.
 * Errors: TG_ENOTFOUND, TG_EIO, TG_ELENGTH (over TG_IMAGE_MAX_BYTES), and those of tg_blocks_hash.
 */
TG_NODISCARD int tg_blocks_hash_file(tg_buf *out, const char *path, tg_error *err);

#endif

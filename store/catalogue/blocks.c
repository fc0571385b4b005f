/* SPDX-License-Identifier: Apache-2.0
 *
 * blocks.c - hash an image block by block, from memory or from a file.
 *
 * Knows nothing of what the image holds and nothing of who signs the list.
 */
#include "store/catalogue/blocks.h"
#include "store/base/crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int tg_blocks_hash(tg_buf *out, tg_view image, tg_error *err)
{
	uint8_t hash[TG_SHA256_SIZE];

	for (size_t at = 0; at < image.len; at += TG_BLOCK_SIZE) {
		size_t left = image.len - at;

		tg_sha256(hash, image.data + at, left < TG_BLOCK_SIZE ? left : TG_BLOCK_SIZE);
		tg_buf_append(out, hash, sizeof(hash));
	}
	return tg_buf_check(out, "block hashes", err);
}

ssize_t tg_blocks_read(uint8_t block[TG_BLOCK_SIZE], int fd)
{
	size_t have = 0;

	while (have < TG_BLOCK_SIZE) {
		ssize_t n = read(fd, block + have, TG_BLOCK_SIZE - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

int tg_blocks_hash_file(tg_buf *out, const char *path, tg_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t total = 0;
	uint8_t *block;
	ssize_t n = 0;
	int rc = TG_OK;

	if (fd < 0)
		return tg_fail_errno(err, errno == ENOENT ? TG_ENOTFOUND : TG_EIO, "%s", path);
	block = malloc(TG_BLOCK_SIZE);
	if (block == NULL) {
		close(fd);
		return tg_fail(err, TG_ENOMEM, "%s: no memory for one block", path);
	}
	do {
		n = tg_blocks_read(block, fd);
		if (n < 0)
			rc = tg_fail_errno(err, TG_EIO, "%s", path);
		else if ((total += (uint64_t)n) > TG_IMAGE_MAX_BYTES)
			rc = tg_fail(err, TG_ELENGTH, "%s: longer than any image", path);
		else
			rc = tg_blocks_hash(out, tg_view_of(block, (size_t)n), err);
	} while (rc == TG_OK && n == TG_BLOCK_SIZE);
	free(block);
	close(fd);
	return rc;
}

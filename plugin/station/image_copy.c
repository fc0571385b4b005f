/* SPDX-License-Identifier: Apache-2.0
 *
 * image_copy.c - from the network side's folder into the station's own. See image_copy.h.
 */
#include "plugin/station/image_copy.h"

#include "store/base/encoding.h"
#include "store/base/file.h"
#include "store/catalogue/blocks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int copy_blocks(int to, int from, uint64_t length, tg_view hashes, const char *name, tg_error *err)
{
	uint8_t *block = malloc(TG_BLOCK_SIZE), hash[TG_SHA256_SIZE];
	uint64_t done = 0;
	int rc = TG_OK;

	if (block == NULL)
		return tg_fail(err, TG_ENOMEM, "%s: %d bytes", name, TG_BLOCK_SIZE);
	for (size_t i = 0; rc == TG_OK && i < hashes.len / TG_SHA256_SIZE; i++) {
		ssize_t n = tg_blocks_read(block, from);

		if (n < 0) {
			rc = tg_fail_errno(err, TG_EIO, "%s", name);
			break;
		}
		tg_sha256(hash, block, (size_t)n);
		if (memcmp(hash, hashes.data + i * TG_SHA256_SIZE, TG_SHA256_SIZE) != 0)
			rc = tg_fail(err, TG_EHASH, "%s: block %zu is not what was signed; run `tillgate sync --check-image`", name, i);
		else
			rc = tg_write_all(to, block, (size_t)n, name, err);
		done += (uint64_t)n;
	}
	free(block);
	if (rc == TG_OK && done != length)
		rc = tg_fail(err, TG_ELENGTH, "%s: %llu bytes, signed as %llu", name, (unsigned long long)done, (unsigned long long)length);
	return rc;
}

/* In a folder that is not ours anything may lie under the name: no link is followed, and no FIFO waited for. */
static int open_source(int *fd, const char *path, int64_t length, tg_error *err)
{
	struct stat st;

	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (*fd < 0)
		return tg_fail_errno(err, errno == ENOENT ? TG_ENOTFOUND : TG_EIO, "%s", path);
	if (fstat(*fd, &st) != 0)
		return tg_fail_errno(err, TG_EIO, "%s", path);
	if (!S_ISREG(st.st_mode))
		return tg_fail(err, TG_EIO, "%s: wanted a regular file, found another kind", path);
	if (st.st_size != length)
		return tg_fail(err, TG_ELENGTH, "%s: %lld bytes, signed as %lld", path, (long long)st.st_size, (long long)length);
	return TG_OK;
}

static int copy(const char *path, const tg_chain *chain, const char *set_dir, tg_error *err)
{
	char source[PATH_MAX];
	tg_file_stage stage;
	tg_view hashes;
	int from = -1, rc = tg_chain_blocks(&hashes, chain, err);

	if (rc == TG_OK)
		rc = tg_path(source, err, "%s/%s", set_dir, TG_CHAIN_IMAGE);
	if (rc != TG_OK)
		return rc;
	rc = open_source(&from, source, tg_chain_facts_of(chain)->image_length, err);
	if (rc == TG_OK)
		rc = tg_file_stage_open(&stage, path, 0600, err);
	if (rc == TG_OK) {
		rc = copy_blocks(stage.fd, from, (uint64_t)tg_chain_facts_of(chain)->image_length, hashes, source, err);
		if (rc == TG_OK)
			rc = tg_file_stage_commit(&stage, err);
		tg_file_stage_abandon(&stage);
	}
	if (from >= 0)
		close(from);
	return rc;
}

static void remove_others(const char *dir, const char *keep)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	if (d == NULL)
		return;
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, keep) != 0)
			(void)unlinkat(dirfd(d), entry->d_name, 0);
	}
	closedir(d);
}

int tg_image_copy(char path[PATH_MAX], const tg_paths *paths, const tg_chain *chain, const char *set_dir, bool anew, tg_error *err)
{
	const tg_chain_facts *facts = tg_chain_facts_of(chain);
	char hex[2 * TG_SHA256_SIZE + 1], name[2 * TG_SHA256_SIZE + 8];
	struct stat st;
	int rc;

	tg_hex_encode(hex, facts->image_sha256, TG_SHA256_SIZE);
	snprintf(name, sizeof(name), "%s.tgc", hex);
	rc = tg_path(path, err, "%s/%s", paths->image_dir, name);
	if (rc == TG_OK)
		rc = tg_dir_make(paths->image_dir, 0700, err);
	if (rc == TG_OK && (anew || stat(path, &st) != 0 || st.st_size != facts->image_length))
		rc = copy(path, chain, set_dir, err);
	if (rc == TG_OK)
		remove_others(paths->image_dir, name);
	return rc;
}

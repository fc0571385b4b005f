/* SPDX-License-Identifier: Apache-2.0
 *
 * mapping.c - mmap(2) with its two ways to die taken away as far as they can be.
 */
#include "sync/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES 65536 /* one read(2) */

/* Every page must be readable now. What is dropped from memory later is read a second time from a disk that just gave it. */
static int read_through(int fd, int64_t len, const char *path, tg_error *err)
{
	uint8_t chunk[CHUNK_BYTES];
	int64_t total = 0;
	ssize_t got;

	do {
		got = read(fd, chunk, sizeof(chunk));
		if (got < 0 && errno != EINTR)
			return tg_fail_errno(err, TG_EIO, "%s", path);
		total += got > 0 ? got : 0;
	} while (got != 0 && total < len);
	return total == len ? TG_OK : tg_fail(err, TG_EIO, "%s: became shorter while it was read", path);
}

static int map_open(tg_mapping *out, int fd, const char *path, int64_t max, tg_error *err)
{
	struct stat st;
	void *data;
	int rc;

	if (fstat(fd, &st) != 0)
		return tg_fail_errno(err, TG_EIO, "%s", path);
	if (!S_ISREG(st.st_mode))
		return tg_fail(err, TG_EIO, "%s: wanted a regular file, found another kind", path);
	if (st.st_size < 1 || (int64_t)st.st_size > max || (off_t)(size_t)st.st_size != st.st_size)
		return tg_fail(err, TG_ELENGTH, "%s: wanted 1 to %lld bytes, found %lld", path, (long long)max,
			(long long)st.st_size);
	rc = read_through(fd, (int64_t)st.st_size, path, err);
	if (rc != TG_OK)
		return rc;
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (data == MAP_FAILED)
		return tg_fail_errno(err, TG_EIO, "%s", path);
	*out = (tg_mapping){ data, (size_t)st.st_size };
	return TG_OK;
}

int tg_mapping_open(tg_mapping *out, const char *path, int64_t max, tg_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;

	*out = (tg_mapping){ 0 };
	if (fd < 0)
		return tg_fail_errno(err, errno == ENOENT ? TG_ENOTFOUND : TG_EIO, "%s", path);
	rc = map_open(out, fd, path, max, err);
	close(fd);
	return rc;
}

int tg_mapping_make(tg_mapping *out, int fd, int64_t len, const char *name, tg_error *err)
{
	void *data;
	int full;

	*out = (tg_mapping){ 0 };
	if (len < 1 || (int64_t)(size_t)len != len)
		return tg_fail(err, TG_ELENGTH, "%s: %lld bytes cannot be mapped", name, (long long)len);
	full = posix_fallocate(fd, 0, (off_t)len);
	if (full != 0) {
		errno = full;
		return tg_fail_errno(err, TG_EIO, "%s: room for %lld bytes", name, (long long)len);
	}
	data = mmap(NULL, (size_t)len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (data == MAP_FAILED)
		return tg_fail_errno(err, TG_EIO, "%s", name);
	*out = (tg_mapping){ data, (size_t)len };
	return TG_OK;
}

void tg_mapping_close(tg_mapping *mapping)
{
	if (mapping->data != NULL)
		(void)munmap(mapping->data, mapping->len);
	*mapping = (tg_mapping){ 0 };
}

tg_view tg_mapping_view(const tg_mapping *mapping)
{
	return tg_view_of(mapping->data, mapping->len);
}

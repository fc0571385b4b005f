/* SPDX-License-Identifier: Apache-2.0
 *
 * download.c - a file that grows over connections and runs until its hash is right.
 */
#include "sync/download.h"

#include "store/base/encoding.h"
#include "store/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES 65536 /* one read(2) */
#define HTTP_RANGE_WRONG 416

/* A file while it comes. */
typedef struct part {
	const tg_download *download;
	int fd;
	int64_t have; /* bytes in the file and in the hash */
	int64_t from; /* bytes that were there when this connection began */
	tg_sha256_state hash;
} part;

static void tell(const part *p)
{
	const tg_download *d = p->download;

	if (d->progress != NULL)
		d->progress(d->progress_ctx, d->name, p->have, d->want->length);
}

static int begin_again(part *p, tg_error *err)
{
	if (ftruncate(p->fd, 0) != 0 || lseek(p->fd, 0, SEEK_SET) != 0)
		return tg_fail_errno(err, TG_EIO, "%s: partial file", p->download->name);
	p->have = p->from = 0;
	tg_sha256_init(&p->hash);
	return TG_OK;
}

/* Hash what an earlier connection left. */
static int take_up(part *p, tg_error *err)
{
	uint8_t chunk[CHUNK_BYTES];
	struct stat st;
	ssize_t got;

	if (fstat(p->fd, &st) != 0)
		return tg_fail_errno(err, TG_EIO, "%s: partial file", p->download->name);
	if (!S_ISREG(st.st_mode) || (int64_t)st.st_size > p->download->want->length)
		return begin_again(p, err);
	tg_sha256_init(&p->hash);
	for (p->have = 0; p->have < (int64_t)st.st_size; p->have += got) {
		got = read(p->fd, chunk, sizeof(chunk));
		if (got < 0 && errno == EINTR)
			got = 0;
		else if (got <= 0)
			return begin_again(p, err); /* a bad disk: what is there is worth nothing */
		tg_sha256_update(&p->hash, chunk, (size_t)got);
	}
	return TG_OK;
}

static int open_part(part *p, const char *path, tg_error *err)
{
	const tg_download *d = p->download;
	int rc = tg_dir_make(d->dir, 0755, err);

	if (rc != TG_OK)
		return rc;
	p->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	if (p->fd < 0)
		return tg_fail_errno(err, TG_EIO, "%s", path);
	if (fchmod(p->fd, 0644) != 0)
		return tg_fail_errno(err, TG_EIO, "%s", path);
	/*
	 * All the room is taken before the first byte, the length stays what arrived: a full disk is found now. A file system that
	 * cannot do that finds it later.
	 */
	if (d->want->length > 0 && fallocate(p->fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)d->want->length) != 0 &&
		(errno == ENOSPC || errno == EDQUOT || errno == EFBIG || errno == EIO))
		return tg_fail_errno(err, TG_EIO, "%s: room for %lld bytes", d->name, (long long)d->want->length);
	return take_up(p, err);
}

static int take_bytes(void *ctx, int64_t at, const uint8_t *data, size_t len, tg_error *err)
{
	part *p = ctx;
	int rc = TG_OK;

	if (at == 0 && p->have > 0)
		rc = begin_again(p, err);
	if (rc == TG_OK && at != p->have)
		rc = tg_fail(err, TG_ENETWORK, "%s: bytes from %lld on where %lld were awaited", p->download->name,
			(long long)at, (long long)p->have);
	if (rc == TG_OK)
		rc = tg_write_all(p->fd, data, len, p->download->name, err);
	if (rc != TG_OK)
		return rc;
	tg_sha256_update(&p->hash, data, len);
	p->have += (int64_t)len;
	tell(p);
	return TG_OK;
}

/* One connection. `*wrong` turns true if with what was there before it there is no going on. */
static int fetch_rest(part *p, bool *wrong, tg_error *err)
{
	const tg_download *d = p->download;
	tg_fetch_request request = { .url = d->url, .max_bytes = d->want->length, .from = p->have };
	tg_fetch_result result = { 0 };
	int rc;

	p->from = p->have;
	tell(p);
	rc = tg_fetch_run(d->fetch, &request, take_bytes, p, &result, err);
	*wrong = p->from > 0 && (rc == TG_ELENGTH || result.wrong_part || result.http_status == HTTP_RANGE_WRONG);
	if (rc == TG_OK && p->have < d->want->length)
		rc = tg_fail(err, TG_ELENGTH, "%s: wanted %lld bytes, found %lld", d->name,
			(long long)d->want->length, (long long)p->have);
	return rc;
}

static int check_hash(const part *p, tg_error *err)
{
	tg_sha256_state hash = p->hash;
	uint8_t found[TG_SHA256_SIZE];
	char want_hex[17], found_hex[17];

	tg_sha256_final(&hash, found);
	if (memcmp(found, p->download->want->sha256, sizeof(found)) == 0)
		return TG_OK;
	return tg_fail(err, TG_EHASH, "%s: wanted hash %s..., found %s...", p->download->name,
		tg_hex_encode(want_hex, p->download->want->sha256, 8), tg_hex_encode(found_hex, found, 8));
}

/* Until it is whole, or a connection brings nothing, or what it brings is wrong. */
static int fetch_whole(part *p, tg_error *err)
{
	for (int tries = 1;; tries++) {
		bool wrong = false;
		int rc = TG_OK;

		p->from = p->have;
		if (p->have < p->download->want->length)
			rc = fetch_rest(p, &wrong, err);
		if (rc == TG_OK) {
			rc = check_hash(p, err);
			wrong = rc == TG_EHASH && p->from > 0;
		}
		if (rc == TG_OK || tries == TG_DOWNLOAD_TRIES)
			return rc;
		if (wrong) /* what we had is to blame, or may be: once more from nothing */
			rc = begin_again(p, err);
		else if (rc == TG_ENETWORK && p->have > p->from)
			rc = TG_OK;
		if (rc != TG_OK)
			return rc;
	}
}

int tg_download_run(char path[4096], const tg_download *download, tg_error *err)
{
	part p = { .download = download, .fd = -1 };
	char hex[2 * TG_SHA256_SIZE + 1];
	int rc;

	if (!download->want->has_sha256)
		return tg_fail(err, TG_EFORMAT, "%s: no SHA-256 is signed for it", download->name);
	rc = tg_path(path, err, "%s/%s", download->dir,
		tg_hex_encode(hex, download->want->sha256, TG_SHA256_SIZE));
	if (rc != TG_OK)
		return rc;
	rc = open_part(&p, path, err);
	if (rc == TG_OK)
		rc = fetch_whole(&p, err);
	if (rc == TG_EHASH || rc == TG_ELENGTH || rc == TG_EIO)
		(void)unlink(path);
	if (p.fd >= 0)
		close(p.fd);
	return rc;
}

static bool kept(const char *name, uint8_t (*keep)[TG_SHA256_SIZE], size_t count)
{
	char hex[2 * TG_SHA256_SIZE + 1];

	for (size_t i = 0; i < count; i++)
		if (strcmp(name, tg_hex_encode(hex, keep[i], TG_SHA256_SIZE)) == 0)
			return true;
	return false;
}

void tg_download_prune(const char *dir, uint8_t (*keep)[TG_SHA256_SIZE], size_t count)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	if (d == NULL)
		return;
	while ((entry = readdir(d)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
			!kept(entry->d_name, keep, count))
			(void)unlinkat(dirfd(d), entry->d_name, 0);
	closedir(d);
}

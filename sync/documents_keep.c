/* SPDX-License-Identifier: Apache-2.0
 *
 * documents_keep.c - see documents_keep.h.
 */
#include "sync/documents_keep.h"

#include "store/base/encoding.h"
#include "store/base/file.h"
#include "store/base/utc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX_LEN (2 * (size_t)TG_SHA256_SIZE)
#define ENDING_LEN 3 /* of all our types */

bool tg_documents_name_read(
	tg_document_type *type, uint8_t sha256[TG_SHA256_SIZE], const char *name, const char *id)
{
	const size_t tail = 1 + HEX_LEN + 1 + ENDING_LEN;
	char stem[TG_DOCUMENT_ID_MAX + 1], hex[HEX_LEN + 1];
	size_t len = strlen(name), got;

	if (len <= tail || len - tail > TG_DOCUMENT_ID_MAX)
		return false;
	(void)snprintf(stem, sizeof(stem), "%.*s", (int)(len - tail), name);
	(void)snprintf(hex, sizeof(hex), "%s", name + len - tail + 1);
	if (name[len - tail] != '.' || name[len - ENDING_LEN - 1] != '.' || !tg_document_id_valid(stem) ||
		(id != NULL && strcmp(stem, id) != 0) || strspn(hex, "0123456789abcdef") != HEX_LEN)
		return false;
	for (int t = 0; t < TG_DOCUMENT_TYPES; t++) {
		if (strcmp(name + len - ENDING_LEN, tg_document_types[t]) == 0) {
			*type = (tg_document_type)t;
			return tg_hex_decode(sha256, &got, TG_SHA256_SIZE, hex, NULL) == TG_OK;
		}
	}
	return false;
}

int tg_keep_path(char out[4096], const char *dir, const char *id, tg_document_type type,
	const uint8_t sha256[TG_SHA256_SIZE], tg_error *err)
{
	char hex[HEX_LEN + 1];

	return tg_path(out, err, "%s/%s.%s.%s", dir, id, tg_hex_encode(hex, sha256, TG_SHA256_SIZE),
		tg_document_types[type]);
}

static int64_t us_of(struct timespec at)
{
	return (int64_t)at.tv_sec * TG_US_PER_SECOND + at.tv_nsec / 1000;
}

static int hash_content(uint8_t sha256[TG_SHA256_SIZE], int fd, const char *path, tg_error *err)
{
	static uint8_t buffer[1 << 16];
	tg_sha256_state state;
	ssize_t got;

	tg_sha256_init(&state);
	while ((got = read(fd, buffer, sizeof(buffer))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return tg_fail_errno(err, TG_EIO, "%s", path);
		tg_sha256_update(&state, buffer, (size_t)got);
	}
	tg_sha256_final(&state, sha256);
	return TG_OK;
}

int tg_keep_check(tg_documents_paper *paper, tg_error *err)
{
	uint8_t found[TG_SHA256_SIZE];
	struct stat st;
	int rc, fd = open(paper->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return tg_fail_errno(err, errno == ENOENT ? TG_ENOTFOUND : TG_EIO, "%s", paper->path);
	if (fstat(fd, &st) != 0)
		rc = tg_fail_errno(err, TG_EIO, "%s", paper->path);
	else if (!S_ISREG(st.st_mode) || st.st_size > TG_DOCUMENT_MAX)
		rc = tg_fail(err, TG_EHASH, "%s: not what was kept there", paper->path);
	else
		rc = hash_content(found, fd, paper->path, err);
	(void)close(fd);
	if (rc == TG_OK && memcmp(found, paper->sha256, TG_SHA256_SIZE) != 0)
		rc = tg_fail(err, TG_EHASH, "%s: the kept copy was changed or damaged", paper->path);
	if (rc != TG_OK)
		return rc;
	paper->length = st.st_size;
	paper->confirmed_us = us_of(st.st_mtim);
	return TG_OK;
}

/* ---- going through the folder ---- */

/* One entry of the folder that is a paper, or (`paper` false) the rest of one that a crash left. */
struct entry {
	char name[256];
	int64_t size, used_us, confirmed_us;
	bool paper;
};

struct folder {
	int fd;
	DIR *dir;
};

static bool folder_open(struct folder *f, const char *path)
{
	f->dir = opendir(path);
	f->fd = f->dir != NULL ? dirfd(f->dir) : -1;
	return f->dir != NULL;
}

static bool is_rest(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && strcmp(name + len - 4, ".tmp") == 0;
}

/* The next paper (of `id`, if not NULL) or rest; false at the end. */
static bool folder_next(struct entry *out, const struct folder *f, const char *id)
{
	const struct dirent *entry;
	uint8_t sha256[TG_SHA256_SIZE];
	tg_document_type type;
	struct stat st;

	while ((entry = readdir(f->dir)) != NULL) {
		out->paper = tg_documents_name_read(&type, sha256, entry->d_name, id);
		if ((!out->paper && (id != NULL || !is_rest(entry->d_name))) ||
			fstatat(f->fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(st.st_mode))
			continue;
		(void)snprintf(out->name, sizeof(out->name), "%s", entry->d_name);
		out->size = st.st_size;
		out->used_us = us_of(st.st_atim);
		out->confirmed_us = us_of(st.st_mtim);
		return true;
	}
	return false;
}

int tg_keep_newest(tg_documents_paper *out, const char *dir, const char *id, tg_error *err)
{
	struct folder f;
	struct entry one, best = { .name = "" };
	int rc;

	if (!folder_open(&f, dir))
		return tg_fail(err, TG_ENOTFOUND, "%s: nothing is kept", dir);
	while (folder_next(&one, &f, id))
		if (best.name[0] == '\0' || one.confirmed_us > best.confirmed_us)
			best = one;
	(void)closedir(f.dir);
	if (best.name[0] == '\0' || !tg_documents_name_read(&out->type, out->sha256, best.name, id))
		return tg_fail(err, TG_ENOTFOUND, "the document of %s is not kept here", id);
	rc = tg_path(out->path, err, "%s/%s", dir, best.name);
	return rc;
}

void tg_keep_drop(const char *dir, const char *id, const char *but)
{
	const char *slash = but != NULL ? strrchr(but, '/') : NULL, *stays = slash != NULL ? slash + 1 : but;
	struct folder f;
	struct entry one;

	if (!folder_open(&f, dir))
		return;
	while (folder_next(&one, &f, id))
		if (stays == NULL || strcmp(one.name, stays) != 0)
			(void)unlinkat(f.fd, one.name, 0);
	(void)closedir(f.dir);
}

static int by_use(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	return (a->used_us > b->used_us) - (a->used_us < b->used_us);
}

void tg_keep_make_room(const char *dir, int64_t most)
{
	struct entry *list = NULL, one;
	size_t count = 0, cap = 0;
	int64_t total = 0;
	struct folder f;

	if (!folder_open(&f, dir))
		return;
	while (folder_next(&one, &f, NULL)) {
		if (!one.paper) {
			(void)unlinkat(f.fd, one.name, 0);
			continue;
		}
		if (count == cap) {
			struct entry *more = realloc(list, (cap = 2 * cap + 64) * sizeof(*list));

			if (more == NULL)
				break; /* what is not seen now is seen next time */
			list = more;
		}
		list[count++] = one;
		total += one.size;
	}
	if (count > 1)
		qsort(list, count, sizeof(*list), by_use);
	for (size_t i = 0; i < count && total > most; i++)
		if (unlinkat(f.fd, list[i].name, 0) == 0)
			total -= list[i].size;
	free(list);
	(void)closedir(f.dir);
}

void tg_keep_touch(const char *path, int64_t now_us, bool confirmed)
{
	struct timespec now = { .tv_sec = now_us / TG_US_PER_SECOND,
		.tv_nsec = now_us % TG_US_PER_SECOND * 1000 };
	struct timespec times[2] = { now, now };

	if (!confirmed)
		times[1].tv_nsec = UTIME_OMIT;
	(void)utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
}

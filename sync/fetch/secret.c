/* SPDX-License-Identifier: Apache-2.0
 *
 * secret.c - secrets from files. See secret.h.
 *
 * Knows rights of files; knows nothing of what the secret is for.
 */
#include "sync/fetch/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Rights are asked of the open file, so that the name cannot be turned to another one in between. */
static int check_rights(int fd, const char *path, tg_error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return tg_fail_errno(err, TG_EIO, "%s", path);
	if (!S_ISREG(st.st_mode))
		return tg_fail(err, TG_ESTATE, "%s: wanted a file", path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return tg_fail(err, TG_ESTATE,
			"%s: holds a secret, but belongs to another user; chown it to the user of sync",
			path);
	if ((st.st_mode & S_IRWXO) != 0 || (st.st_mode & S_IWGRP) != 0 ||
		((st.st_mode & S_IRGRP) != 0 && st.st_uid != 0))
		return tg_fail(err, TG_ESTATE,
			"%s: holds a secret, but others can read it (mode %04o); chmod it to 0600", path,
			(unsigned)(st.st_mode & 07777));
	return TG_OK;
}

/* Not tg_file_read(): rights and bytes must be of the same open file. */
static int read_all(tg_buf *out, int fd, const char *path, tg_error *err)
{
	uint8_t piece[1024];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		tg_buf_append(out, piece, (size_t)n);
	}
	explicit_bzero(piece, sizeof(piece));
	return n < 0 ? tg_fail_errno(err, TG_EIO, "%s", path) : tg_buf_check(out, path, err);
}

static void drop_line_end(tg_buf *out)
{
	if (out->len > 0 && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
	if (out->len > 0 && out->data[out->len - 1] == '\r')
		out->data[--out->len] = '\0';
}

int tg_secret_read(tg_buf *out, const char *path, tg_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), rc;

	if (fd < 0)
		return tg_fail_errno(err, errno == ENOENT ? TG_ENOTFOUND : TG_EIO, "%s", path);
	rc = check_rights(fd, path, err);
	if (rc == TG_OK)
		rc = read_all(out, fd, path, err);
	close(fd);
	if (rc == TG_OK)
		drop_line_end(out);
	return rc == TG_OK && out->len == 0 ? tg_fail(err, TG_EFORMAT, "%s: empty", path) : rc;
}

void tg_secret_wipe(tg_buf *secret)
{
	if (secret->data != NULL)
		explicit_bzero(secret->data, secret->cap);
	tg_buf_fini(secret);
}

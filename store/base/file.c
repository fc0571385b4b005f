/* SPDX-License-Identifier: Apache-2.0
 *
 * file.c - reading within bounds, replacing whole, and locks.
 *
 * Knows the POSIX order that survives a power cut: write, fsync the file, rename, fsync the folder. Knows nothing of
 * what the files hold. Words name the path as the caller gave it.
 */
#include "store/base/file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define READ_CHUNK_BYTES 65536 /* one read(2); larger gains nothing on a local disk */
#define WHO_MAX_BYTES 64       /* of a lock file, for the error words */
#define NAME_TRIES 20          /* to read the holder's name … */
#define NAME_WAIT_NS 2000000   /* … so far apart: 40 ms in all, and only where nobody is named */

int tg_path(char out[4096], tg_error *err, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(out, 4096, fmt, ap);
	va_end(ap);
	if (len < 0 || len >= 4096) {
		out[0] = '\0';
		return tg_fail(err, TG_EINVAL, "path of %d bytes: wanted at most 4095", len);
	}
	return TG_OK;
}

static int open_regular(int *fd, const char *path, int flags, size_t max, tg_error *err)
{
	struct stat st;

	/* Not to hang on a FIFO that somebody put there; for regular files the flag does nothing. */
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
	if (*fd < 0 && errno == ELOOP && flags == O_NOFOLLOW)
		return tg_fail(err, TG_EIO, "%s: wanted a regular file, found a link", path);
	if (*fd < 0)
		return tg_fail_errno(
			err, errno == ENOENT || errno == ENOTDIR ? TG_ENOTFOUND : TG_EIO, "%s", path);
	if (fstat(*fd, &st) != 0)
		return tg_fail_errno(err, TG_EIO, "%s", path);
	if (!S_ISREG(st.st_mode))
		return tg_fail(err, TG_EIO, "%s: wanted a regular file, found another kind", path);
	if ((uintmax_t)st.st_size > max)
		return tg_fail(err, TG_ELENGTH, "%s: wanted at most %zu bytes, found %jd", path, max,
			(intmax_t)st.st_size);
	return TG_OK;
}

static int read_regular(tg_buf *out, const char *path, int flags, size_t max, tg_error *err)
{
	size_t total = 0;
	uint8_t *chunk = NULL;
	int fd, rc = open_regular(&fd, path, flags, max, err);

	if (rc != TG_OK)
		goto out;
	chunk = malloc(READ_CHUNK_BYTES);
	if (chunk == NULL) {
		rc = tg_fail(err, TG_ENOMEM, "%s: out of memory", path);
		goto out;
	}
	for (;;) {
		ssize_t got = read(fd, chunk, READ_CHUNK_BYTES);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			rc = tg_fail_errno(err, TG_EIO, "%s", path);
			goto out;
		}
		if (got == 0)
			break;
		total += (size_t)got;
		if (total > max) { /* it grew since fstat */
			rc = tg_fail(err, TG_ELENGTH, "%s: wanted at most %zu bytes, found more", path, max);
			goto out;
		}
		tg_buf_append(out, chunk, (size_t)got);
	}
	rc = tg_buf_check(out, path, err);
out:
	free(chunk);
	if (fd >= 0)
		close(fd);
	return rc;
}

int tg_file_read(tg_buf *out, const char *path, size_t max, tg_error *err)
{
	return read_regular(out, path, 0, max, err);
}

int tg_file_read_unlinked(tg_buf *out, const char *path, size_t max, tg_error *err)
{
	return read_regular(out, path, O_NOFOLLOW, max, err);
}

int tg_write_all(int fd, const void *data, size_t len, const char *name, tg_error *err)
{
	const uint8_t *p = data;

	while (len > 0) {
		ssize_t done = write(fd, p, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return tg_fail_errno(err, TG_EIO, "%s", name);
		p += done;
		len -= (size_t)done;
	}
	return TG_OK;
}

/* The folder that holds `path`: "." for a bare name, "/" for one in the root. */
static int parent_of(char out[4096], const char *path, tg_error *err)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return tg_path(out, err, ".");
	return tg_path(out, err, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

int tg_dir_sync(const char *path, tg_error *err)
{
	int rc = TG_OK, fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return tg_fail_errno(err, errno == ENOENT ? TG_ENOTFOUND : TG_EIO, "%s", path);
	/* EINVAL: a file system without fsync for folders; it orders such changes itself. */
	if (fsync(fd) != 0 && errno != EINVAL)
		rc = tg_fail_errno(err, TG_EIO, "%s: fsync of the folder", path);
	close(fd);
	return rc;
}

static int make_one(const char *path, mode_t mode, tg_error *err)
{
	char parent[4096];
	struct stat st;
	int rc;

	if (mkdir(path, mode) == 0) {
		rc = parent_of(parent, path, err);
		return rc != TG_OK ? rc : tg_dir_sync(parent, err);
	}
	if (errno == EEXIST) {
		if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
			return TG_OK;
		return tg_fail(err, TG_EIO, "%s: wanted a folder, found something else", path);
	}
	return tg_fail_errno(err, TG_EIO, "%s", path);
}

int tg_dir_make(const char *path, mode_t mode, tg_error *err)
{
	char part[4096];
	int rc = tg_path(part, err, "%s", path);
	size_t len = strlen(part);

	if (rc != TG_OK)
		return rc;
	if (len == 0)
		return tg_fail(err, TG_EINVAL, "wanted the name of a folder, found nothing");
	while (len > 1 && part[len - 1] == '/')
		part[--len] = '\0';
	for (char *p = part + 1; *p != '\0'; p++) {
		struct stat st;

		if (*p != '/' || p[-1] == '/')
			continue;
		*p = '\0';
		/* stat first: a folder above may exist and yet not be ours to write in */
		if (stat(part, &st) != 0)
			rc = make_one(part, mode, err);
		*p = '/';
		if (rc != TG_OK)
			return rc;
	}
	return make_one(part, mode, err);
}

/* ---- staged writing ---- */

/*
 * Open and lock the temporary. The lock keeps two writers of one file apart: without it the first could rename the
 * half content of the second. What a crash left behind is reused. The inode is compared because the writer before
 * us may have renamed the file between our open and our lock.
 */
static int open_temp(int *out, const char *temp, mode_t mode, tg_error *err)
{
	for (int tries = 0; tries < 8; tries++) {
		struct stat mine, there;
		int fd = open(temp, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode);

		if (fd < 0)
			return tg_fail_errno(
				err, errno == ENOENT || errno == ENOTDIR ? TG_ENOTFOUND : TG_EIO, "%s", temp);
		if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
			int rc = errno == EWOULDBLOCK
					 ? tg_fail(err, TG_EBUSY, "%s: another writer is at work", temp)
					 : tg_fail_errno(err, TG_EIO, "%s: lock", temp);

			close(fd);
			return rc;
		}
		if (fstat(fd, &mine) == 0 && stat(temp, &there) == 0 && mine.st_ino == there.st_ino &&
			mine.st_dev == there.st_dev) {
			*out = fd;
			return TG_OK;
		}
		close(fd);
	}
	return tg_fail(err, TG_EBUSY, "%s: other writers are at work", temp);
}

int tg_file_stage_open(tg_file_stage *stage, const char *path, mode_t mode, tg_error *err)
{
	int rc;

	stage->fd = -1;
	stage->temp[0] = '\0';
	rc = tg_path(stage->path, err, "%s", path);
	if (rc != TG_OK)
		return rc;
	(void)snprintf(stage->temp, sizeof(stage->temp), "%s.tmp", stage->path);
	rc = open_temp(&stage->fd, stage->temp, mode, err);
	if (rc != TG_OK) {
		stage->temp[0] = '\0';
		return rc;
	}
	/* fchmod because the umask may have taken bits away, or a crashed writer left other ones. */
	if (ftruncate(stage->fd, 0) != 0 || fchmod(stage->fd, mode) != 0) {
		rc = tg_fail_errno(err, TG_EIO, "%s", stage->temp);
		tg_file_stage_abandon(stage);
	}
	return rc;
}

int tg_file_stage_commit(tg_file_stage *stage, tg_error *err)
{
	char parent[4096];
	int rc;

	if (stage->fd < 0)
		return tg_fail(err, TG_ESTATE, "%s: not open for writing", stage->path);
	rc = parent_of(parent, stage->path, err);
	if (rc == TG_OK && fsync(stage->fd) != 0)
		rc = tg_fail_errno(err, TG_EIO, "%s: fsync", stage->temp);
	if (rc == TG_OK && rename(stage->temp, stage->path) != 0)
		rc = tg_fail_errno(err, TG_EIO, "%s: rename", stage->path);
	if (rc != TG_OK) {
		tg_file_stage_abandon(stage);
		return rc;
	}
	/* The lock must outlive the rename, hence the late close; fsync has reported all that close could. */
	stage->temp[0] = '\0';
	close(stage->fd);
	stage->fd = -1;
	return tg_dir_sync(parent, err);
}

void tg_file_stage_abandon(tg_file_stage *stage)
{
	if (stage->fd < 0)
		return;
	if (stage->temp[0] != '\0')
		unlink(stage->temp);
	close(stage->fd);
	stage->fd = -1;
	stage->temp[0] = '\0';
}

int tg_file_write(const char *path, tg_view content, mode_t mode, tg_error *err)
{
	tg_file_stage stage;
	int rc = tg_file_stage_open(&stage, path, mode, err);

	if (rc != TG_OK)
		return rc;
	rc = tg_write_all(stage.fd, content.data, content.len, path, err);
	if (rc != TG_OK) {
		tg_file_stage_abandon(&stage);
		return rc;
	}
	return tg_file_stage_commit(&stage, err);
}

/* ---- locks ---- */

/* "123 tillgated\n". False: no such name there, or that of a process that is gone. */
static bool read_holder(char text[WHO_MAX_BYTES + 24], long *pid, char **who, int fd)
{
	ssize_t got = pread(fd, text, WHO_MAX_BYTES + 23, 0);

	text[got > 0 ? got : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	*pid = strtol(text, who, 10);
	return *pid > 0 && **who == ' ' && (*who)[1] != '\0' && (kill((pid_t)*pid, 0) == 0 || errno != ESRCH);
}

/* Who has just taken the lock writes its name a moment later. */
static int say_holder(int fd, const char *path, tg_error *err)
{
	static const struct timespec moment = { .tv_nsec = NAME_WAIT_NS };
	char text[WHO_MAX_BYTES + 24], *who;
	int tries = 0;
	long pid;

	while (!read_holder(text, &pid, &who, fd)) {
		if (++tries == NAME_TRIES)
			return tg_fail(err, TG_EBUSY, "%s: held by another process", path);
		(void)nanosleep(&moment, NULL);
	}
	for (char *p = ++who; *p != '\0'; p++)
		if (!isprint((unsigned char)*p))
			*p = '?';
	return tg_fail(err, TG_EBUSY, "%s: held by %s (process %ld)", path, who, pid);
}

int tg_lock_take(int *fd, const char *path, const char *who, tg_error *err)
{
	char text[WHO_MAX_BYTES + 24];
	bool named;
	int rc, len, lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (lock < 0)
		return tg_fail_errno(
			err, errno == ENOENT || errno == ENOTDIR ? TG_ENOTFOUND : TG_EIO, "%s", path);
	if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
		rc = errno == EWOULDBLOCK ? say_holder(lock, path, err)
					  : tg_fail_errno(err, TG_EIO, "%s: lock", path);
		close(lock);
		return rc;
	}
	len = snprintf(text, sizeof(text), "%ld %.*s\n", (long)getpid(), WHO_MAX_BYTES, who);
	/* Only for the words of others: a full disk must not stop us from holding the lock. */
	named = ftruncate(lock, 0) == 0 && pwrite(lock, text, (size_t)len, 0) == len;
	(void)named;
	*fd = lock;
	return TG_OK;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * fault_shim.c - what a program does to the files below one folder: counted, failed, cut off or written down (LD_PRELOAD).
 *
 *   TG_FAULT_DIR   the folder, absolute; all else is let through
 *   TG_FAULT_MODE  count   only count
 *                  enospc  from call TG_FAULT_AT on, everything that needs room fails: a full disk stays full
 *                  eio     call TG_FAULT_AT fails, the others do not
 *                  kill    the process ends by SIGKILL before call TG_FAULT_AT
 *                  record  each call into the journal, in order, with its data
 *   TG_FAULT_OUT   count: how many calls there were, "N\n", at the end; eio, enospc: the name of the first call that failed;
 *                  record: the journal, and its data in TG_FAULT_OUT.data (power_cut.py reads both)
 *
 * Only calls that change something count: create, write, allocate, truncate, sync, rename, link, symlink, unlink, mkdir, rmdir. What
 * is written through a mapping is taken down as it is when the file is synced or closed. One thread at a time.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define FDS 1024
#define CHUNK 65536

enum { MODE_OFF, MODE_COUNT, MODE_ENOSPC, MODE_EIO, MODE_KILL, MODE_RECORD };

static int mode = -1, journal = -1, data = -1;
static long at, count;
static long long data_len;
static char dir[PATH_MAX];
static size_t dir_len;
static const char *out;
static struct {
	bool open, mapped;
	long long id; /* of this opening; the journal's name for the file behind it */
} fds[FDS];
static long long next_id;

#define REAL(name, type) static __typeof__(type) real; if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, name)

static int (*real_open_)(const char *, int, ...);
static ssize_t (*real_write_)(int, const void *, size_t);
static int (*real_close_)(int);

static int high(int fd)
{
	int up = fcntl(fd, F_DUPFD_CLOEXEC, 900); /* out of the program's way */

	real_close_(fd);
	return up;
}

static void start(void)
{
	const char *word = getenv("TG_FAULT_MODE"), *where = getenv("TG_FAULT_DIR"), *n = getenv("TG_FAULT_AT");
	static const char *const words[] = { "off", "count", "enospc", "eio", "kill", "record" };
	char path[PATH_MAX + 8];

	*(void **)&real_open_ = dlsym(RTLD_NEXT, "open");
	*(void **)&real_write_ = dlsym(RTLD_NEXT, "write");
	*(void **)&real_close_ = dlsym(RTLD_NEXT, "close");
	mode = MODE_OFF;
	out = getenv("TG_FAULT_OUT");
	for (int i = 0; word != NULL && where != NULL && out != NULL && i <= MODE_RECORD; i++)
		if (strcmp(word, words[i]) == 0)
			mode = i;
	if (mode == MODE_OFF)
		return;
	at = n != NULL ? atol(n) : 0;
	dir_len = (size_t)snprintf(dir, sizeof(dir), "%s", where);
	if (mode != MODE_RECORD)
		return;
	journal = high(real_open_(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
	snprintf(path, sizeof(path), "%s.data", out);
	data = high(real_open_(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
}

static bool watching(void)
{
	if (mode < 0)
		start();
	return mode != MODE_OFF;
}

/* The path relative to the folder if it is in there. */
static bool inside(char rel[PATH_MAX], int at_fd, const char *path)
{
	char full[2 * PATH_MAX], link[64];

	if (!watching())
		return false;
	if (path[0] == '/' || at_fd == AT_FDCWD) {
		snprintf(full, sizeof(full), "%s", path);
	} else {
		ssize_t n;

		snprintf(link, sizeof(link), "/proc/self/fd/%d", at_fd);
		n = readlink(link, full, PATH_MAX - 1);
		if (n < 0)
			return false;
		snprintf(full + n, sizeof(full) - (size_t)n, "/%s", path);
	}
	if (strncmp(full, dir, dir_len) != 0 || (full[dir_len] != '/' && full[dir_len] != '\0'))
		return false;
	snprintf(rel, PATH_MAX, "%s", full + dir_len + (full[dir_len] == '/'));
	return true;
}

static bool tracked(int fd)
{
	return watching() && fd >= 0 && fd < FDS && fds[fd].open;
}

static void note(const char *words)
{
	int fd = real_open_(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	(void)!real_write_(fd, words, strlen(words));
	real_close_(fd);
}

/* Counts one call. False: it must fail, errno is set. `needs_room`: a full disk refuses it. */
static bool pass(const char *name, bool needs_room)
{
	char words[64];

	count++;
	if (mode == MODE_KILL && count == at)
		raise(SIGKILL);
	if ((mode == MODE_EIO && count == at) || (mode == MODE_ENOSPC && count >= at && needs_room)) {
		static bool said;

		snprintf(words, sizeof(words), "%ld %s\n", count, name);
		if (!said)
			note(words);
		said = true;
		errno = mode == MODE_EIO ? EIO : ENOSPC;
		return false;
	}
	if (mode == MODE_COUNT) {
		snprintf(words, sizeof(words), "%ld\n", count);
		note(words);
	}
	return true;
}

__attribute__((format(printf, 1, 2))) static void log_line(const char *fmt, ...)
{
	char line[3 * PATH_MAX];
	va_list args;
	int n, kept = errno;

	if (mode != MODE_RECORD)
		return;
	va_start(args, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, args);
	va_end(args);
	line[n++] = '\n';
	(void)!real_write_(journal, line, (size_t)n);
	errno = kept;
}

static void log_data(long long id, long long offset, const void *bytes, size_t len)
{
	if (mode != MODE_RECORD)
		return;
	(void)!real_write_(data, bytes, len);
	log_line("write\t%lld\t%lld\t%lld\t%zu", id, offset, data_len, len);
	data_len += (long long)len;
}

/* What came into the file by a mapping. */
static void log_content(int fd)
{
	static char chunk[CHUNK];
	char link[64];
	long long offset = 0;
	ssize_t n;
	int in;

	if (mode != MODE_RECORD || !fds[fd].mapped)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	in = real_open_(link, O_RDONLY | O_CLOEXEC);
	while (in >= 0 && (n = pread(in, chunk, sizeof(chunk), offset)) > 0) {
		log_data(fds[fd].id, offset, chunk, (size_t)n);
		offset += n;
	}
	real_close_(in);
}

/* ---- open, close ---- */

static int open_any(int at_fd, const char *path, int flags, mode_t bits)
{
	REAL("openat", int (*)(int, const char *, int, ...));
	char rel[PATH_MAX];
	struct stat st;
	bool is_in = inside(rel, at_fd, path), is_new, cut;
	int fd;

	if (!is_in)
		return real(at_fd, path, flags, bits);
	is_new = (flags & O_CREAT) != 0 && fstatat(at_fd, path, &st, AT_SYMLINK_NOFOLLOW) != 0;
	cut = !is_new && (flags & O_TRUNC) != 0;
	if ((is_new || cut) && !pass(is_new ? "create" : "truncate", is_new))
		return -1;
	fd = real(at_fd, path, flags, bits);
	if (fd < 0 || fd >= FDS)
		return fd;
	fds[fd].open = true;
	fds[fd].mapped = false;
	fds[fd].id = ++next_id;
	if (is_new)
		log_line("create\t%s", rel);
	log_line("open\t%lld\t%s", fds[fd].id, rel);
	if (cut)
		log_line("truncate\t%lld\t0", fds[fd].id);
	return fd;
}

#define OPEN_BODY(at_fd)                              \
	mode_t bits = 0;                              \
	va_list args;                                 \
	if ((flags & O_CREAT) != 0) {                 \
		va_start(args, flags);                \
		bits = (mode_t)va_arg(args, unsigned); \
		va_end(args);                         \
	}                                             \
	return open_any(at_fd, path, flags, bits)

EXPORT int open(const char *path, int flags, ...) { OPEN_BODY(AT_FDCWD); }
EXPORT int open64(const char *path, int flags, ...) { OPEN_BODY(AT_FDCWD); }
EXPORT int openat(int at_fd, const char *path, int flags, ...) { OPEN_BODY(at_fd); }
EXPORT int openat64(int at_fd, const char *path, int flags, ...) { OPEN_BODY(at_fd); }

EXPORT int close(int fd)
{
	if (tracked(fd)) {
		log_content(fd);
		log_line("close\t%lld", fds[fd].id);
		fds[fd].open = false;
	} else {
		(void)watching(); /* makes real_close_ known */
	}
	return real_close_(fd);
}

/* ---- content ---- */

EXPORT ssize_t write(int fd, const void *bytes, size_t len)
{
	long long offset;
	ssize_t n;

	if (!tracked(fd))
		return (void)watching(), real_write_(fd, bytes, len);
	if (!pass("write", true))
		return -1;
	offset = (long long)lseek(fd, 0, SEEK_CUR);
	n = real_write_(fd, bytes, len);
	if (n > 0)
		log_data(fds[fd].id, offset, bytes, (size_t)n);
	return n;
}

static ssize_t pwrite_any(int fd, const void *bytes, size_t len, off_t offset)
{
	REAL("pwrite", ssize_t (*)(int, const void *, size_t, off_t));
	ssize_t n;

	if (tracked(fd) && !pass("pwrite", true))
		return -1;
	n = real(fd, bytes, len, offset);
	if (tracked(fd) && n > 0)
		log_data(fds[fd].id, (long long)offset, bytes, (size_t)n);
	return n;
}
EXPORT ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset) { return pwrite_any(fd, bytes, len, offset); }
EXPORT ssize_t pwrite64(int fd, const void *bytes, size_t len, off_t offset) { return pwrite_any(fd, bytes, len, offset); }

static int allocate(int fd, off_t offset, off_t len)
{
	REAL("posix_fallocate", int (*)(int, off_t, off_t));
	int rc;

	if (tracked(fd) && !pass("posix_fallocate", true))
		return errno;
	rc = real(fd, offset, len);
	if (tracked(fd) && rc == 0)
		log_line("grow\t%lld\t%lld", fds[fd].id, (long long)(offset + len));
	return rc;
}
EXPORT int posix_fallocate(int fd, off_t offset, off_t len) { return allocate(fd, offset, len); }
EXPORT int posix_fallocate64(int fd, off_t offset, off_t len) { return allocate(fd, offset, len); }

static int truncate_any(int fd, off_t len)
{
	REAL("ftruncate", int (*)(int, off_t));
	int rc;

	if (tracked(fd) && !pass("ftruncate", false))
		return -1;
	rc = real(fd, len);
	if (tracked(fd) && rc == 0)
		log_line("truncate\t%lld\t%lld", fds[fd].id, (long long)len);
	return rc;
}
EXPORT int ftruncate(int fd, off_t len) { return truncate_any(fd, len); }
EXPORT int ftruncate64(int fd, off_t len) { return truncate_any(fd, len); }

static int sync_any(int fd, const char *name, int (*real)(int))
{
	int rc;

	if (tracked(fd) && !pass(name, true))
		return -1;
	if (tracked(fd))
		log_content(fd);
	rc = real(fd);
	if (tracked(fd) && rc == 0)
		log_line("sync\t%lld", fds[fd].id);
	return rc;
}

EXPORT int fsync(int fd)
{
	REAL("fsync", int (*)(int));
	return sync_any(fd, "fsync", real);
}

EXPORT int fdatasync(int fd)
{
	REAL("fdatasync", int (*)(int));
	return sync_any(fd, "fdatasync", real);
}

static void *map_any(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	REAL("mmap", void *(*)(void *, size_t, int, int, int, off_t));

	if (tracked(fd) && (prot & PROT_WRITE) != 0 && (flags & MAP_SHARED) != 0)
		fds[fd].mapped = true;
	return real(addr, len, prot, flags, fd, offset);
}
EXPORT void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset) { return map_any(addr, len, prot, flags, fd, offset); }
EXPORT void *mmap64(void *addr, size_t len, int prot, int flags, int fd, off_t offset) { return map_any(addr, len, prot, flags, fd, offset); }

/* ---- names ---- */

EXPORT int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	REAL("renameat", int (*)(int, const char *, int, const char *));
	char a[PATH_MAX], b[PATH_MAX];
	bool is_in = inside(a, from_fd, from) && inside(b, to_fd, to);
	int rc;

	if (is_in && !pass("rename", true))
		return -1;
	rc = real(from_fd, from, to_fd, to);
	if (is_in && rc == 0)
		log_line("rename\t%s\t%s", a, b);
	return rc;
}
EXPORT int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

EXPORT int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
	REAL("linkat", int (*)(int, const char *, int, const char *, int));
	char a[PATH_MAX], b[PATH_MAX];
	bool is_in = inside(a, from_fd, from) && inside(b, to_fd, to);
	int rc;

	if (is_in && !pass("link", true))
		return -1;
	rc = real(from_fd, from, to_fd, to, flags);
	if (is_in && rc == 0)
		log_line("link\t%s\t%s", a, b);
	return rc;
}
EXPORT int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

EXPORT int symlinkat(const char *target, int at_fd, const char *path)
{
	REAL("symlinkat", int (*)(const char *, int, const char *));
	char rel[PATH_MAX];
	bool is_in = inside(rel, at_fd, path);
	int rc;

	if (is_in && !pass("symlink", true))
		return -1;
	rc = real(target, at_fd, path);
	if (is_in && rc == 0)
		log_line("symlink\t%s\t%s", target, rel);
	return rc;
}
EXPORT int symlink(const char *target, const char *path) { return symlinkat(target, AT_FDCWD, path); }

EXPORT int unlinkat(int at_fd, const char *path, int flags)
{
	REAL("unlinkat", int (*)(int, const char *, int));
	char rel[PATH_MAX];
	bool is_in = inside(rel, at_fd, path), is_dir = (flags & AT_REMOVEDIR) != 0;
	struct stat st;
	int rc;

	is_in = is_in && fstatat(at_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0; /* what is not there changes nothing */
	if (is_in && !pass(is_dir ? "rmdir" : "unlink", false))
		return -1;
	rc = real(at_fd, path, flags);
	if (is_in && rc == 0)
		log_line("%s\t%s", is_dir ? "rmdir" : "unlink", rel);
	return rc;
}
EXPORT int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
EXPORT int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

EXPORT int mkdirat(int at_fd, const char *path, mode_t bits)
{
	REAL("mkdirat", int (*)(int, const char *, mode_t));
	char rel[PATH_MAX];
	struct stat st;
	bool is_in = inside(rel, at_fd, path);
	int rc;

	is_in = is_in && fstatat(at_fd, path, &st, AT_SYMLINK_NOFOLLOW) != 0;
	if (is_in && !pass("mkdir", true))
		return -1;
	rc = real(at_fd, path, bits);
	if (is_in && rc == 0)
		log_line("mkdir\t%s", rel);
	return rc;
}
EXPORT int mkdir(const char *path, mode_t bits) { return mkdirat(AT_FDCWD, path, bits); }

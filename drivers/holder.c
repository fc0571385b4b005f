/* SPDX-License-Identifier: Apache-2.0
 *
 * holder.c - /proc, looked through for a device. See holder.h.
 */
#include "drivers/holder.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define FDS_MAX 4096    /* of one program; those that have more are no terminals' programs */
#define LOCKS_MAX 65536 /* bytes of /proc/locks that are looked at */

static size_t read_small(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 1;

	while (fd >= 0 && n > 0 && len + 1 < size) {
		n = read(fd, out + len, size - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	out[len] = '\0';
	return len;
}

static bool is_number(const char *name)
{
	return name[0] >= '1' && name[0] <= '9' && name[strspn(name, "0123456789")] == '\0';
}

/* False when it has ended meanwhile. What a program calls itself is hostile text. */
static bool take_name(tg_holder *out, int pid)
{
	char path[64], text[64];
	size_t len;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	len = read_small(path, text, sizeof(text));
	if (len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	for (char *c = text; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && strchr("._-+:/@", *c) == NULL)
			*c = '?';
	out->pid = pid;
	snprintf(out->name, sizeof(out->name), "%.16s", text);
	return len > 0;
}

static bool has_open(int pid, dev_t rdev)
{
	char path[64];
	struct dirent *e;
	struct stat st;
	bool found = false;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	for (int i = 0; d != NULL && !found && i < FDS_MAX && (e = readdir(d)) != NULL; i++)
		found = e->d_name[0] != '.' && fstatat(dirfd(d), e->d_name, &st, 0) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == rdev;
	if (d != NULL)
		closedir(d);
	return found;
}

/* A login program's terminal is its controlling one, which everybody may read: field 7 of stat, after the name in brackets. */
static bool was_born_at(int pid, dev_t rdev)
{
	char path[64], text[512];
	const char *at;
	int terminal = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (read_small(path, text, sizeof(text)) == 0 || (at = strrchr(text, ')')) == NULL)
		return false;
	/* the kernel's old encoding of a device number, which is also makedev()'s for small numbers; source: proc(5) */
	return sscanf(at + 1, " %*c %*d %*d %*d %d", &terminal) == 1 && terminal != 0 &&
	       (unsigned)(terminal >> 8 & 0xFFF) == major(rdev) && (unsigned)((terminal & 0xFF) | (terminal >> 12 & 0xFFF00)) == minor(rdev);
}

/* Locks of other users' programs are seen by everybody: "1: FLOCK  ADVISORY  WRITE 712 00:05:98 0 EOF". */
static int lock_holder(const struct stat *node)
{
	char *text = malloc(LOCKS_MAX), *save = NULL;
	int found = 0;

	if (text == NULL)
		return 0;
	read_small("/proc/locks", text, LOCKS_MAX);
	for (char *line = strtok_r(text, "\n", &save); line != NULL && found == 0; line = strtok_r(NULL, "\n", &save)) {
		unsigned dev_major, dev_minor;
		unsigned long inode;
		int pid;

		if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%lu", &pid, &dev_major, &dev_minor, &inode) == 4 && inode == node->st_ino &&
			makedev(dev_major, dev_minor) == node->st_dev)
			found = pid;
	}
	free(text);
	return found;
}

/*
 * A pseudo-terminal is opened by whoever likes, its own other end too, as a simulated scanner does: there only a lock says whose it is.
 * Majors: Linux, admin-guide/devices.txt.
 */
static bool is_pty(dev_t rdev)
{
	return major(rdev) >= 136 && major(rdev) <= 143;
}

bool tg_holder_find(tg_holder *out, const char *path)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	struct stat st;
	int pid;

	*out = (tg_holder){ 0 };
	if (stat(path, &st) != 0 || !S_ISCHR(st.st_mode)) {
		if (d != NULL)
			closedir(d);
		return false;
	}
	pid = lock_holder(&st); /* the owner; who merely has it open may be about to be refused */
	if (pid > 0 && pid != getpid() && !take_name(out, pid))
		out->pid = 0;
	while (d != NULL && out->pid == 0 && !is_pty(st.st_rdev) && (e = readdir(d)) != NULL) {
		pid = is_number(e->d_name) ? atoi(e->d_name) : 0;
		if (pid > 0 && pid != getpid() && (has_open(pid, st.st_rdev) || was_born_at(pid, st.st_rdev)) && !take_name(out, pid))
			out->pid = 0;
	}
	if (d != NULL)
		closedir(d);
	return out->pid != 0;
}

bool tg_holder_runs(const char *name)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	tg_holder one;
	bool found = false;

	while (d != NULL && !found && (e = readdir(d)) != NULL)
		found = is_number(e->d_name) && take_name(&one, atoi(e->d_name)) && strncmp(one.name, name, 15) == 0;
	if (d != NULL)
		closedir(d);
	return found;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * line.h - a pseudo-terminal in a folder of its own, for tests that need a scanner's end of a line.
 */
#ifndef TG_TEST_LINE_H
#define TG_TEST_LINE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

struct line {
	char dir[64], path[96]; /* path: the stable link, as under /dev/serial/by-id */
	int master;             /* the scanner's end; -1 while unplugged */
};

/* A fresh device behind the same link, as after a replug. */
static inline void line_plug(struct line *line)
{
	line->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(line->master >= 0 && grantpt(line->master) == 0 && unlockpt(line->master) == 0);
	assert_int_equal(symlink(ptsname(line->master), line->path), 0);
}

static inline void line_unplug(struct line *line)
{
	if (line->master >= 0)
		close(line->master);
	line->master = -1;
	unlink(line->path);
}

static inline void line_send(const struct line *line, const char *text)
{
	assert_int_equal(write(line->master, text, strlen(text)), strlen(text));
}

/* Until all of it lies where one read() at `host` gets it: the kernel may hand it over in pieces. */
static inline void line_arrived(int host, size_t len)
{
	int n = 0;

	while (ioctl(host, FIONREAD, &n) == 0 && n < (int)len)
		usleep(100);
	assert_int_equal(n, len);
}

static inline void line_make(struct line *line)
{
	strcpy(line->dir, "/tmp/tillgate-line-XXXXXX");
	assert_non_null(mkdtemp(line->dir));
	snprintf(line->path, sizeof(line->path), "%s/scanner", line->dir);
	line->master = -1;
}

static inline void line_remove(struct line *line)
{
	line_unplug(line);
	rmdir(line->dir);
}

#endif

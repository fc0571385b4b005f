/* SPDX-License-Identifier: Apache-2.0
 *
 * device.c - the scanner's end of a pseudo-terminal that a host takes for a serial port.
 */
#include "simulator/scanner/device.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define WAIT_MS 20 /* between looks at a host that does not read */

static int open_slave(struct device *d)
{
	d->slave = open(d->node, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	return d->slave;
}

static int make_link(const struct device *d)
{
	char temp[PATH_MAX];
	struct stat st;

	if (lstat(d->link, &st) == 0 && !S_ISLNK(st.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	if (snprintf(temp, sizeof(temp), "%s.tmp", d->link) >= (int)sizeof(temp)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	unlink(temp);
	if (symlink(d->node, temp) != 0)
		return -1;
	return rename(temp, d->link);
}

int device_make(struct device *d, const char *link, const char **doing)
{
	struct termios t;

	*d = (struct device){ .master = -1, .slave = -1, .link = link };
	*doing = "pseudo-terminal";
	d->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (d->master < 0 || grantpt(d->master) != 0 || unlockpt(d->master) != 0)
		return -1;
	if (ptsname_r(d->master, d->node, sizeof(d->node)) != 0 || open_slave(d) < 0 ||
		tcgetattr(d->slave, &t) != 0)
		return -1;
	cfmakeraw(&t);
	if (tcsetattr(d->slave, TCSANOW, &t) != 0)
		return -1;
	*doing = link;
	return make_link(d);
}

void device_remove(struct device *d)
{
	char target[sizeof(d->node)];
	ssize_t n = readlink(d->link, target, sizeof(target));

	if (n > 0 && (size_t)n == strlen(d->node) && memcmp(target, d->node, (size_t)n) == 0)
		unlink(d->link);
	if (d->slave >= 0)
		close(d->slave);
	if (d->master >= 0)
		close(d->master);
	d->slave = d->master = -1;
}

/*
 * The master reports a hang-up when nobody has the other end: let go of ours and look. A host may have taken
 * the port for itself (TIOCEXCL); that is lifted for the moment, or we could not open it again. */
bool device_host(struct device *d)
{
	struct pollfd p = { .fd = d->master, .events = POLLIN };
	int exclusive = 0;
	bool there;

	if (d->slave >= 0) {
		ioctl(d->slave, TIOCGEXCL, &exclusive);
		ioctl(d->slave, TIOCNXCL);
		close(d->slave);
	}
	there = poll(&p, 1, 0) >= 0 && (p.revents & POLLHUP) == 0;
	if (open_slave(d) >= 0 && there && exclusive)
		ioctl(d->slave, TIOCEXCL);
	return there;
}

size_t device_hear(struct device *d, void *bytes, size_t size)
{
	ssize_t n = read(d->master, bytes, size);

	return n > 0 ? (size_t)n : 0;
}

bool device_unread(const struct device *d)
{
	struct pollfd p = { .fd = d->slave, .events = POLLIN };

	return d->slave >= 0 && poll(&p, 1, 0) > 0 && (p.revents & POLLIN) != 0;
}

bool device_send(struct device *d, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	while (len > 0) {
		ssize_t n = write(d->master, at, len);

		if (n > 0) {
			at += n;
			len -= (size_t)n;
		} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
			return false;
		} else {
			if (!device_host(d))
				return false;
			poll(NULL, 0, WAIT_MS);
		}
	}
	return true;
}

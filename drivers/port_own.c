/* SPDX-License-Identifier: Apache-2.0
 *
 * port_own.c - one owner a line, and the termios details that both backends need.
 */
#include "drivers/port_own.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>

static int busy(const char *path, tg_error *err)
{
	return tg_fail(err, TG_EBUSY, "%s: another program has this port open (\"fuser -v %s\" names it)",
		path, path);
}

int tg_port__own(int fd, const char *path, tg_error *err)
{
	int flags = fcntl(fd, F_GETFD);

	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? busy(path, err) : tg_fail_errno(err, TG_EIO, "%s: lock", path);
	if (ioctl(fd, TIOCEXCL) != 0)
		return tg_fail_errno(err, TG_EIO, "%s: exclusive use", path);
	if (flags < 0 || fcntl(fd, F_SETFD, flags | FD_CLOEXEC) != 0)
		return tg_fail_errno(err, TG_EIO, "%s: close-on-exec", path);
	return TG_OK;
}

void tg_port__disown(int fd)
{
	ioctl(fd, TIOCNXCL);
}

int tg_port__fail_open(const char *path, tg_error *err)
{
	switch (errno) {
	case EBUSY:
		return busy(path, err);
	case EACCES:
	case EPERM:
		return tg_fail_errno(err, TG_EIO,
			"%s: no right to open it (is the user in the port's group, often dialout?)", path);
	case ENOENT:
	case ENXIO:
	case ENODEV:
		return tg_fail_errno(err, TG_ENOTFOUND, "%s", path);
	default:
		return tg_fail_errno(err, TG_EIO, "%s", path);
	}
}

/* Set here and not by libserialport: version 0.1.1 writes CRTSCTS into c_iflag, where it does nothing. */
static void set_flow(struct termios *t, tg_line_flow flow)
{
	t->c_iflag &= ~(tcflag_t)(IXON | IXOFF | IXANY) & ~(tcflag_t)CRTSCTS;
	t->c_cflag &= ~(tcflag_t)CRTSCTS;
	if (flow == TG_FLOW_RTSCTS)
		t->c_cflag |= CRTSCTS;
	if (flow == TG_FLOW_XONXOFF)
		t->c_iflag |= IXON | IXOFF;
}

int tg_port__tune(int fd, const char *path, const tg_line *line, tg_error *err)
{
	struct termios t;

	if (tcgetattr(fd, &t) != 0)
		return tg_fail_errno(err, TG_EIO, "%s: settings", path);
	set_flow(&t, line->flow);
	t.c_cc[VMIN] = 1; /* with 0, an empty queue and a hang-up both read as 0 bytes */
	t.c_cc[VTIME] = 0;
	t.c_cflag &= ~(tcflag_t)HUPCL; /* some scanners reset when DTR drops */
	/*
	 * A character damaged on the wire then reads as NUL, and the label that it belongs to as noise.
	 * libserialport has such characters left out, and a label with a hole may be another product's number.
	 */
	t.c_iflag &= ~(tcflag_t)(IGNPAR | PARMRK);
	if ((t.c_cflag & PARENB) != 0)
		t.c_iflag |= INPCK;
	if (tcsetattr(fd, TCSANOW, &t) != 0)
		return tg_fail_errno(err, TG_EIO, "%s: settings", path);
	/* What lies there was scanned before anyone could check it. */
	tcflush(fd, TCIFLUSH);
	return TG_OK;
}

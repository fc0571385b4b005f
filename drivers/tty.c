/* SPDX-License-Identifier: Apache-2.0
 *
 * tty.c - lines by plain termios: pseudo-terminals, and whatever libserialport does not take for a port.
 */
#include "drivers/port.h"
#include "drivers/port_own.h"

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

static const struct {
	int baud;
	speed_t speed;
} speeds[] = {
	{ 300, B300 }, { 600, B600 }, { 1200, B1200 }, { 2400, B2400 }, { 4800, B4800 }, { 9600, B9600 },
	{ 19200, B19200 }, { 38400, B38400 }, { 57600, B57600 }, { 115200, B115200 }, { 230400, B230400 },
	{ 460800, B460800 }, { 921600, B921600 },
};

static int set_speed(struct termios *t, int baud, const char *path, tg_error *err)
{
	for (size_t i = 0; i < TG_COUNT(speeds); i++)
		if (speeds[i].baud == (baud == 0 ? 9600 : baud))
			return cfsetspeed(t, speeds[i].speed) == 0
				? TG_OK
				: tg_fail_errno(err, TG_EINVAL, "%s: %d baud", path, baud);
	return tg_fail(err, TG_EINVAL, "%s: %d is not one of the usual speeds", path, baud);
}

static int configure(int fd, const char *path, const tg_line *line, tg_error *err)
{
	struct termios t;

	if (tcgetattr(fd, &t) != 0)
		return tg_fail_errno(err, TG_EIO, "%s: settings", path);
	cfmakeraw(&t);
	t.c_cflag &= ~(tcflag_t)(CSIZE | PARENB | PARODD | CSTOPB);
	t.c_cflag |= CREAD | CLOCAL | (tcflag_t)(line->data_bits == 7 ? CS7 : CS8);
	if (line->parity == 'E' || line->parity == 'O')
		t.c_cflag |= PARENB | (tcflag_t)(line->parity == 'O' ? PARODD : 0);
	if (line->stop_bits == 2)
		t.c_cflag |= CSTOPB;
	if (set_speed(&t, line->baud, path, err) != TG_OK)
		return TG_EINVAL;
	if (tcsetattr(fd, TCSANOW, &t) != 0)
		return tg_fail_errno(err, TG_EIO, "%s: settings", path);
	return tg_port__tune(fd, path, line, err);
}

static int tty_open(void **handle, int *fd, const char *real_path, const tg_line *line, tg_error *err)
{
	int *own = malloc(sizeof(*own));
	int rc;

	if (own == NULL)
		return tg_fail(err, TG_ENOMEM, "%s", real_path);
	*own = open(real_path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (*own < 0) {
		rc = tg_port__fail_open(real_path, err);
		goto fail;
	}
	if (!isatty(*own)) {
		rc = tg_fail(err, TG_EINVAL, "%s: not a serial port (no terminal)", real_path);
		goto close_it;
	}
	rc = tg_port__own(*own, real_path, err);
	if (rc != TG_OK)
		goto close_it;
	rc = configure(*own, real_path, line, err);
	if (rc != TG_OK) {
		tg_port__disown(*own);
		goto close_it;
	}
	*fd = *own;
	*handle = own;
	return TG_OK;
close_it:
	close(*own);
fail:
	free(own);
	return rc;
}

static void tty_close(void *handle)
{
	int *own = handle;

	if (own == NULL)
		return;
	tg_port__disown(*own);
	close(*own);
	free(own);
}

const tg_port_backend tg_port_termios = { .name = "termios", .open = tty_open, .close = tty_close };

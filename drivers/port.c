/* SPDX-License-Identifier: Apache-2.0
 *
 * port.c - which backend opens a path, and what every line needs whoever opened it: the lock, reading without
 * waiting, writing within a time.
 *
 * Reads and writes the descriptor itself: libserialport's blocking read takes a hang-up for "nothing yet" and
 * spins.
 */
#include "drivers/port.h"

#include "store/base/utc.h"

#include <errno.h>
#include <limits.h>
#include <linux/serial.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define DRAIN_STEP_MS 2 /* 2 ms is 23 characters at 115200 baud: a label is seen to leave almost as it does */

struct tg_port {
	const tg_port_backend *backend;
	void *handle;
	int fd;
	int overruns; /* by the kernel's count when last asked */
	char path[PATH_MAX];
};

static int parse_word(tg_line *line, const char *word)
{
	char *end;
	long baud;

	if (strcmp(word, "rtscts") == 0) {
		line->flow = TG_FLOW_RTSCTS;
	} else if (strcmp(word, "xonxoff") == 0) {
		line->flow = TG_FLOW_XONXOFF;
	} else if (strlen(word) == 3 && (word[0] == '7' || word[0] == '8') &&
		   strchr("NEO", word[1]) != NULL && (word[2] == '1' || word[2] == '2')) {
		line->data_bits = word[0] - '0';
		line->parity = word[1];
		line->stop_bits = word[2] - '0';
	} else {
		baud = strtol(word, &end, 10);
		if (word[0] < '1' || word[0] > '9' || *end != '\0' || baud < 300 || baud > 4000000)
			return TG_EINVAL;
		line->baud = (int)baud;
	}
	return TG_OK;
}

int tg_line_parse(tg_line *out, const char *text, tg_error *err)
{
	char copy[64], *save = NULL;
	tg_line line = { 9600, 8, 'N', 1, TG_FLOW_NONE };

	if (strlen(text) >= sizeof(copy))
		return tg_fail(err, TG_EINVAL, "line settings of %zu bytes; wanted one like \"9600 8N1\"",
			strlen(text));
	strcpy(copy, text);
	for (char *word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save))
		if (parse_word(&line, word) != TG_OK)
			return tg_fail(err, TG_EINVAL,
				"line settings: \"%s\" is no speed, form or flow control; wanted one like "
				"\"9600 8N1 rtscts\"",
				word);
	*out = line;
	return TG_OK;
}

/* Slaves of pseudo-terminals have the majors 136 to 143. Source: Linux, admin-guide/devices.txt. */
static bool is_pty(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && major(st->st_rdev) >= 136 && major(st->st_rdev) <= 143;
}

int tg_port_open(tg_port **out, const char *path, const tg_line *line, tg_error *err)
{
	tg_port *port = calloc(1, sizeof(*port));
	struct stat st;
	int rc;

	if (port == NULL)
		return tg_fail(err, TG_ENOMEM, "%s", path);
	port->fd = -1;
	if (realpath(path, port->path) == NULL || stat(port->path, &st) != 0) {
		rc = errno == ENOENT || errno == ENOTDIR ? TG_ENOTFOUND : TG_EIO;
		rc = tg_fail_errno(err, rc, "%s", path);
		goto fail;
	}
	if (!S_ISCHR(st.st_mode)) {
		rc = tg_fail(err, TG_EINVAL, "%s: not a serial port (no character device)", path);
		goto fail;
	}
	port->backend = is_pty(&st) ? &tg_port_termios : &tg_port_libserialport;
	rc = port->backend->open(&port->handle, &port->fd, port->path, line, err);
	if (rc == TG_ESTATE) { /* libserialport does not know it as a port: a bridge, a gadget */
		port->backend = &tg_port_termios;
		rc = port->backend->open(&port->handle, &port->fd, port->path, line, err);
	}
	if (rc != TG_OK)
		goto fail;
	(void)tg_port_lost(port); /* what was lost before is not ours */
	*out = port;
	return TG_OK;
fail:
	free(port);
	return rc;
}

void tg_port_close(tg_port *port)
{
	if (port == NULL)
		return;
	port->backend->close(port->handle);
	free(port);
}

int tg_port_fd(const tg_port *port)
{
	return port->fd;
}

const char *tg_port_path(const tg_port *port)
{
	return port->path;
}

const char *tg_port_backend_name(const tg_port *port)
{
	return port->backend->name;
}

static int fail_line(const tg_port *port, tg_error *err)
{
	bool gone = errno == EIO || errno == ENXIO || errno == ENODEV || errno == EBADF;

	return tg_fail_errno(err, gone ? TG_ENOTFOUND : TG_EIO, "%s", port->path);
}

int tg_port_read(tg_port *port, void *buf, size_t size, size_t *got, tg_error *err)
{
	ssize_t n;

	*got = 0;
	do
		n = read(port->fd, buf, size);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		*got = (size_t)n;
		return TG_OK;
	}
	if (n == 0 && size > 0)
		return tg_fail(err, TG_ENOTFOUND, "%s: hung up", port->path);
	if (n < 0 && errno != EAGAIN)
		return fail_line(port, err);
	return TG_OK;
}

bool tg_port_lost(tg_port *port)
{
	struct serial_icounter_struct counts = { 0 };
	int before = port->overruns;

	if (ioctl(port->fd, TIOCGICOUNT, &counts) != 0)
		return false; /* pseudo-terminals lose nothing; some drivers do not count */
	port->overruns = (int)((unsigned)counts.overrun + (unsigned)counts.buf_overrun);
	return port->overruns != before;
}

static int left_ms(int64_t deadline_us)
{
	int64_t left = deadline_us - tg_mono_now_us();

	return left <= 0 ? 0 : (int)((left + 999) / 1000);
}

static int send_all(tg_port *port, const uint8_t *data, size_t len, int64_t deadline_us, tg_error *err)
{
	struct pollfd p = { .fd = port->fd, .events = POLLOUT };

	while (len > 0) {
		ssize_t n = write(port->fd, data, len);

		if (n > 0) {
			data += n;
			len -= (size_t)n;
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return fail_line(port, err);
		if (left_ms(deadline_us) == 0)
			return TG_EBUSY;
		if (poll(&p, 1, left_ms(deadline_us)) > 0 &&
			(p.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
			return tg_fail(err, TG_ENOTFOUND, "%s: hung up", port->path);
	}
	return TG_OK;
}

/* tcdrain() would wait for as long as the other side holds CTS down. */
static int drain(const tg_port *port, int64_t deadline_us, tg_error *err)
{
	int queued;

	for (;;) {
		if (ioctl(port->fd, TIOCOUTQ, &queued) != 0)
			return fail_line(port, err);
		if (queued == 0)
			return TG_OK;
		if (left_ms(deadline_us) == 0)
			return TG_EBUSY;
		poll(NULL, 0, DRAIN_STEP_MS);
	}
}

int tg_port_write(tg_port *port, const void *data, size_t len, int timeout_ms, tg_error *err)
{
	int64_t deadline_us = tg_mono_now_us() + (int64_t)timeout_ms * 1000;
	int rc = send_all(port, data, len, deadline_us, err);

	if (rc == TG_OK)
		rc = drain(port, deadline_us, err);
	if (rc == TG_EBUSY) {
		tcflush(port->fd, TCOFLUSH);
		return tg_fail(err, TG_EBUSY, "%s: the line did not take %zu bytes in %d ms", port->path, len,
			timeout_ms);
	}
	return rc;
}

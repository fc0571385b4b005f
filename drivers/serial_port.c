/* SPDX-License-Identifier: Apache-2.0
 *
 * serial_port.c - real serial ports by libserialport: UARTs, CDC-ACM, USB adapters.
 *
 * libserialport knows speeds and modem lines; reading, writing, waiting and locking are ours (port.c,
 * port_own.c), because version 0.1.1 locks nothing and spins on a hang-up. The only file that includes
 * libserialport.h.
 */
#include "drivers/port.h"
#include "drivers/port_own.h"

#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

struct serial_port {
	struct sp_port *sp;
	int fd;
};

static int fail_sp(enum sp_return code, const char *path, const char *doing, tg_error *err)
{
	if (code == SP_ERR_FAIL)
		return tg_fail_errno(err, TG_EIO, "%s: %s", path, doing);
	if (code == SP_ERR_MEM)
		return tg_fail(err, TG_ENOMEM, "%s: %s", path, doing);
	return tg_fail(err, TG_EINVAL, "%s: %s: the port cannot do that", path, doing);
}

static enum sp_parity parity_of(const tg_line *line)
{
	return line->parity == 'E' ? SP_PARITY_EVEN : line->parity == 'O' ? SP_PARITY_ODD : SP_PARITY_NONE;
}

static enum sp_flowcontrol flow_of(const tg_line *line)
{
	return line->flow == TG_FLOW_RTSCTS    ? SP_FLOWCONTROL_RTSCTS
	       : line->flow == TG_FLOW_XONXOFF ? SP_FLOWCONTROL_XONXOFF
					       : SP_FLOWCONTROL_NONE;
}

static int configure(struct sp_port *sp, const char *path, const tg_line *line, tg_error *err)
{
	enum sp_return code;

	code = sp_set_baudrate(sp, line->baud == 0 ? 9600 : line->baud);
	if (code != SP_OK)
		return fail_sp(code, path, "speed", err);
	code = sp_set_bits(sp, line->data_bits == 0 ? 8 : line->data_bits);
	if (code == SP_OK)
		code = sp_set_parity(sp, parity_of(line));
	if (code == SP_OK)
		code = sp_set_stopbits(sp, line->stop_bits == 0 ? 1 : line->stop_bits);
	if (code != SP_OK)
		return fail_sp(code, path, "bits, parity or stop bits", err);
	code = sp_set_flowcontrol(sp, flow_of(line));
	if (code != SP_OK)
		return fail_sp(code, path, "flow control", err);
	return TG_OK;
}

/*
 * sp_open() changes the settings of a port at once, also of one that another program is using. So the lock is
 * tried on a descriptor of our own first. It stays open meanwhile: closing the only one would drop DTR, and
 * some scanners reset.
 */
static int open_checked(struct serial_port *port, const char *path, tg_error *err)
{
	int probe = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	enum sp_return code;
	int rc;

	if (probe < 0)
		return tg_port__fail_open(path, err);
	if (flock(probe, LOCK_EX | LOCK_NB) != 0) {
		errno = EBUSY;
		rc = tg_port__fail_open(path, err);
		close(probe);
		return rc;
	}
	flock(probe, LOCK_UN); /* versions from 0.1.2 on take it themselves */
	code = sp_open(port->sp, SP_MODE_READ_WRITE);
	if (code == SP_OK)
		code = sp_get_port_handle(port->sp, &port->fd);
	rc = code == SP_OK ? TG_OK : fail_sp(code, path, "open", err);
	close(probe);
	return rc;
}

static int serial_port_open(void **handle, int *fd, const char *real_path, const tg_line *line, tg_error *err)
{
	struct serial_port *port = calloc(1, sizeof(*port));
	int rc;

	if (port == NULL)
		return tg_fail(err, TG_ENOMEM, "%s", real_path);
	port->fd = -1;
	if (sp_get_port_by_name(real_path, &port->sp) != SP_OK) {
		rc = tg_fail(
			err, TG_ESTATE, "%s: libserialport does not take this for a serial port", real_path);
		goto fail;
	}
	rc = open_checked(port, real_path, err);
	if (rc != TG_OK)
		goto free_sp;
	rc = tg_port__own(port->fd, real_path, err);
	if (rc == TG_OK)
		rc = configure(port->sp, real_path, line, err);
	if (rc == TG_OK)
		rc = tg_port__tune(port->fd, real_path, line, err);
	if (rc != TG_OK)
		goto close_sp;
	*fd = port->fd;
	*handle = port;
	return TG_OK;
close_sp:
	sp_close(port->sp);
free_sp:
	sp_free_port(port->sp);
fail:
	free(port);
	return rc;
}

static void serial_port_close(void *handle)
{
	struct serial_port *port = handle;

	if (port == NULL)
		return;
	tg_port__disown(port->fd);
	sp_close(port->sp);
	sp_free_port(port->sp);
	free(port);
}

const tg_port_backend tg_port_libserialport = {
	.name = "libserialport",
	.open = serial_port_open,
	.close = serial_port_close,
};

/* SPDX-License-Identifier: Apache-2.0
 *
 * output_serial.c - outputs over a serial line: a pseudo-terminal that looks like a scanner, or a second real
 * port.
 *
 * How a pseudo-terminal tells whether a till took a label: we keep the slave end open beside the till, so its
 * unread bytes can be seen and withdrawn. Whether anyone else has it open is seen by letting go of that end
 * for a moment: the master then reports a hang-up if we were the only one. A till that takes the port for
 * itself (TIOCEXCL) would keep us from opening it again, and would lock out its own next start, because the
 * flag lives as long as our master; so the flag is lifted while we look, and put back if the till is there.
 */
#include "plugin/daemon/output_backend.h"

#include "drivers/framing.h"
#include "store/base/file.h"
#include "store/base/utc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define STEP_MS 1 /* between two looks whether the till has read: short, because staff wait for the beep */
#define SUFFIX_MAX 2
/* bytes: FIONREAD of a Linux terminal never says more, however much waits behind */
#define QUEUE_SEEN_MAX 4095

/* Strings are the configuration's, which the output keeps. */
struct serial_output {
	const char *name, *path, *suffix;
	tg_output_kind kind;
	tg_line line;
	tg_port *port;     /* PORT: NULL while away */
	int master, slave; /* PTY: slave is -1 only if it could not be opened again */
	char device[64];   /* PTY: "/dev/pts/7" */
};

/* ---- the pseudo-terminal ---- */

static int open_slave(struct serial_output *o)
{
	o->slave = open(o->device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	return o->slave;
}

static int make_pty(struct serial_output *o, const tg_output_config *config, tg_error *err)
{
	struct termios t;

	o->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (o->master < 0 || grantpt(o->master) != 0 || unlockpt(o->master) != 0)
		return tg_fail_errno(err, TG_EIO, "output %s: new pseudo-terminal", o->name);
	if (ptsname_r(o->master, o->device, sizeof(o->device)) != 0 || open_slave(o) < 0)
		return tg_fail_errno(err, TG_EIO, "output %s: new pseudo-terminal", o->name);
	if (tcgetattr(o->slave, &t) != 0)
		return tg_fail_errno(err, TG_EIO, "output %s: %s", o->name, o->device);
	cfmakeraw(&t); /* else it would echo, and turn CR into LF */
	if (tcsetattr(o->slave, TCSANOW, &t) != 0 ||
		fchmod(o->slave, config->mode == 0 ? 0660 : config->mode) != 0)
		return tg_fail_errno(err, TG_EIO, "output %s: %s", o->name, o->device);
	if (config->group != (gid_t)-1 && fchown(o->slave, (uid_t)-1, config->group) != 0)
		return tg_fail_errno(err, TG_EIO, "output %s: %s to group %lu", o->name, o->device,
			(unsigned long)config->group);
	return TG_OK;
}

/* By rename, so that a till that opens the link finds the old port or the new one, never nothing. */
static int make_link(const struct serial_output *o, tg_error *err)
{
	char temp[4096];
	struct stat st;
	int rc;

	if (lstat(o->path, &st) == 0 && !S_ISLNK(st.st_mode))
		return tg_fail(err, TG_EBUSY, "output %s: %s is there and is no link; it is left alone",
			o->name, o->path);
	rc = tg_path(temp, err, "%s.tmp", o->path);
	if (rc != TG_OK)
		return rc;
	unlink(temp);
	if (symlink(o->device, temp) != 0)
		return tg_fail_errno(err, TG_EIO, "output %s: link %s", o->name, o->path);
	if (rename(temp, o->path) != 0) {
		rc = tg_fail_errno(err, TG_EIO, "output %s: link %s", o->name, o->path);
		unlink(temp);
		return rc;
	}
	return TG_OK;
}

static void remove_link(const struct serial_output *o)
{
	char target[sizeof(o->device)];
	ssize_t n = readlink(o->path, target, sizeof(target));

	if (n > 0 && (size_t)n == strlen(o->device) && memcmp(target, o->device, (size_t)n) == 0)
		unlink(o->path);
}

/* Commands that a till sends to its "scanner" have no meaning here, but unread they would block the till. */
static void discard_input(int fd)
{
	uint8_t buf[512];

	for (int i = 0; i < 64 && read(fd, buf, sizeof(buf)) > 0; i++)
		;
}

static bool till_has_it_open(struct serial_output *o)
{
	struct pollfd p = { .fd = o->master, .events = POLLIN };
	int exclusive = 0;
	bool there;

	discard_input(o->master);
	if (o->slave >= 0) {
		ioctl(o->slave, TIOCGEXCL, &exclusive);
		ioctl(o->slave, TIOCNXCL);
		close(o->slave);
	}
	there = poll(&p, 1, 0) >= 0 && (p.revents & POLLHUP) == 0;
	open_slave(o);
	if (o->slave >= 0 && there && exclusive)
		ioctl(o->slave, TIOCEXCL);
	if (o->slave >= 0 && !there)
		tcflush(o->slave, TCIFLUSH); /* what the last till left half read is not for the next */
	return there;
}

/*
 * Bytes that the till has not read yet. poll(2) first: it waits until the kernel has moved them to where we
 * look.
 */
static int unread(const struct serial_output *o)
{
	struct pollfd p = { .fd = o->slave, .events = POLLIN };
	int queued = 0;

	if (poll(&p, 1, 0) <= 0 || (p.revents & POLLIN) == 0)
		return 0;
	return ioctl(o->slave, FIONREAD, &queued) == 0 && queued > 0 ? queued : 1;
}

static int write_within(
	const struct serial_output *o, const uint8_t *data, size_t len, int64_t deadline_us, tg_error *err)
{
	while (len > 0) {
		ssize_t n = write(o->master, data, len);

		if (n > 0) {
			data += n;
			len -= (size_t)n;
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return tg_fail_errno(err, TG_EIO, "output %s: %s", o->name, o->device);
		if (tg_mono_now_us() >= deadline_us)
			return TG_EBUSY;
		poll(NULL, 0, STEP_MS);
	}
	return TG_OK;
}

/*
 * A till that has read the beginning of a label gets the rest as well, whenever it reads on: half a label
 * could be another product's number. Only what it has not begun is withdrawn.
 */
static int withdraw(struct serial_output *o, size_t len, int timeout_ms, tg_error *err)
{
	int left = unread(o);

	if (len <= QUEUE_SEEN_MAX && left < (int)len)
		return TG_OK;
	tcflush(o->slave, TCIFLUSH);
	return tg_fail(
		err, TG_EBUSY, "output %s: the till did not take the scan in %d ms", o->name, timeout_ms);
}

static int send_pty(struct serial_output *o, const uint8_t *data, size_t len, int timeout_ms, tg_error *err)
{
	int64_t deadline_us = tg_mono_now_us() + (int64_t)timeout_ms * 1000;
	int rc;

	if (!till_has_it_open(o))
		return tg_fail(err, TG_ESTATE, "output %s: no till has %s open", o->name, o->path);
	if (o->slave < 0)
		return tg_fail(err, TG_EIO, "output %s: %s cannot be watched, so nothing is sent", o->name,
			o->device);
	rc = write_within(o, data, len, deadline_us, err);
	while (rc == TG_OK && unread(o) > 0) {
		if (tg_mono_now_us() >= deadline_us)
			return withdraw(o, len, timeout_ms, err);
		poll(NULL, 0, STEP_MS);
	}
	if (rc == TG_EBUSY)
		return withdraw(o, len, timeout_ms, err);
	return rc;
}

/* ---- the real port ---- */

static bool port_there(struct serial_output *o, tg_error *err)
{
	uint8_t buf[512];
	size_t got;

	if (o->port != NULL && tg_port_read(o->port, buf, sizeof(buf), &got, NULL) != TG_OK) {
		tg_port_close(o->port);
		o->port = NULL;
	}
	return o->port != NULL || tg_port_open(&o->port, o->path, &o->line, err) == TG_OK;
}

static int send_port(struct serial_output *o, const uint8_t *data, size_t len, int timeout_ms, tg_error *err)
{
	tg_error why = { 0 };
	int rc;

	if (!port_there(o, &why))
		return tg_fail(err, TG_ESTATE, "output %s: %s", o->name, why.msg);
	rc = tg_port_write(o->port, data, len, timeout_ms, err);
	if (rc == TG_ENOTFOUND) { /* part of it may have left */
		tg_port_close(o->port);
		o->port = NULL;
		return tg_fail(err, TG_EIO, "output %s: %s went away while sending", o->name, o->path);
	}
	return rc;
}

/* ---- both ---- */

static int send_label(void *state, tg_view label, int timeout_ms, tg_error *err)
{
	struct serial_output *o = state;
	uint8_t bytes[TG_OUTPUT_LABEL_MAX + SUFFIX_MAX];
	size_t suffix = strlen(o->suffix);

	memcpy(bytes, label.data, label.len);
	memcpy(bytes + label.len, o->suffix, suffix);
	if (o->kind == TG_OUTPUT_PORT)
		return send_port(o, bytes, label.len + suffix, timeout_ms, err);
	return send_pty(o, bytes, label.len + suffix, timeout_ms, err);
}

static bool ready(void *state)
{
	struct serial_output *o = state;

	return o->kind == TG_OUTPUT_PORT ? port_there(o, NULL) : till_has_it_open(o);
}

static void close_output(void *state)
{
	struct serial_output *o = state;

	if (o == NULL)
		return;
	if (o->device[0] != '\0')
		remove_link(o);
	if (o->slave >= 0)
		close(o->slave);
	if (o->master >= 0)
		close(o->master);
	tg_port_close(o->port);
	free(o);
}

static int open_output(void **out, const tg_output_config *config, tg_error *err)
{
	static const char *const suffixes[] = { "\r", "\n", "\r\n" };
	struct serial_output *o;
	int rc = TG_OK;

	if ((size_t)config->suffix >= TG_COUNT(suffixes))
		return tg_fail(err, TG_EINVAL, "output %s: unknown suffix", config->name);
	o = calloc(1, sizeof(*o));
	if (o == NULL)
		return tg_fail(err, TG_ENOMEM, "output %s", config->name);
	*o = (struct serial_output){ .name = config->name, .path = config->path, .suffix = suffixes[config->suffix], .kind = config->kind,
		.line = config->line, .master = -1, .slave = -1 };
	if (o->kind == TG_OUTPUT_PORT)
		port_there(o, NULL); /* away is fine */
	else
		rc = make_pty(o, config, err);
	if (rc == TG_OK && o->kind == TG_OUTPUT_PTY)
		rc = make_link(o, err);
	if (rc != TG_OK) {
		close_output(o);
		return rc;
	}
	*out = o;
	return TG_OK;
}

static const char *device(const void *state)
{
	const struct serial_output *o = state;

	if (o->kind == TG_OUTPUT_PTY)
		return o->device;
	return o->port == NULL ? "" : tg_port_path(o->port);
}

const tg_output_backend tg_output_serial = { .open = open_output, .send = send_label, .ready = ready, .device = device, .close = close_output };

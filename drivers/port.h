/* SPDX-License-Identifier: Apache-2.0
 *
 * port.h - one serial line, whoever provides it: libserialport for real ports, termios for pseudo-terminals.
 *
 * Exclusive, non-blocking, raw, close-on-exec. A hang-up is an answer of its own and is never waited through.
 * Knows lines and bytes; knows nothing of scans or tills. One port belongs to one thread.
 */
#ifndef TG_DRIVERS_PORT_H
#define TG_DRIVERS_PORT_H

#include "store/base/error.h"

#include <stdbool.h>
#include <stdint.h>

/** Flow control of the line. */
typedef enum tg_line_flow { TG_FLOW_NONE = 0, TG_FLOW_RTSCTS, TG_FLOW_XONXOFF } tg_line_flow;

/**
 * Settings of a line; all zero means 9600 8N1 without flow control. Pseudo-terminals and CDC-ACM ignore the
 * speed.
 */
typedef struct tg_line {
	int baud;          /**< bits per second; 0 is 9600 */
	int data_bits;     /**< 7 or 8; 0 is 8 */
	char parity;       /**< 'N', 'E' or 'O'; 0 is 'N' */
	int stop_bits;     /**< 1 or 2; 0 is 1 */
	tg_line_flow flow;
} tg_line;

/** Read "115200 8N1", "9600 7E1 rtscts", "9600" or "" into `*out`. TG_EINVAL with words otherwise. */
TG_NODISCARD int tg_line_parse(tg_line *out, const char *text, tg_error *err);

/** One open line. Opaque. */
typedef struct tg_port tg_port;

/** A provider of lines; see serial_port.c and tty.c. `fd` is non-blocking and stays the backend's. */
typedef struct tg_port_backend {
	const char *name; /**< "libserialport", "termios" */
	int (*open)(void **handle, int *fd, const char *real_path, const tg_line *line, tg_error *err);
	void (*close)(void *handle); /**< NULL is fine */
} tg_port_backend;

extern const tg_port_backend tg_port_libserialport, tg_port_termios;

/**
 * Open a line. Symbolic links (/dev/serial/by-id/…) are resolved first; a pseudo-terminal, or whatever
 * libserialport does not take for a serial port, is opened by the termios backend.
 *
 * Ownership: `*out` is the caller's: tg_port_close().
 * Errors:    TG_ENOTFOUND no such device; TG_EBUSY another program holds it (the words say what to look for);
 *            TG_EINVAL not a serial line, or settings it cannot do; TG_EIO rights and all else (`sys` has
 *            errno).
 * Blocking:  no, but for the time the kernel takes to open the device.
 * Source:    libserialport 0.1.1 opens without lock, CLOEXEC or symlinks, so these are done here.
 */
TG_NODISCARD int tg_port_open(tg_port **out, const char *path, const tg_line *line, tg_error *err);
void tg_port_close(tg_port *port); /**< NULL is fine */

int tg_port_fd(const tg_port *port);               /**< for poll(2); non-blocking */
const char *tg_port_path(const tg_port *port);     /**< the device itself, links resolved */
const char *tg_port_backend_name(const tg_port *port);

/**
 * What is there now, up to `size` bytes; `*got` may be 0. TG_ENOTFOUND: the device is gone. TG_EIO: other
 * errors.
 */
TG_NODISCARD int tg_port_read(tg_port *port, void *buf, size_t size, size_t *got, tg_error *err);

/**
 * Has the device or the kernel lost bytes since the last call (or since open)? False where that cannot be
 * known.
 */
bool tg_port_lost(tg_port *port);

/**
 * Write all and wait until the line has sent it, for at most `timeout_ms`. TG_EBUSY: not in time, and what
 * was left in the kernel has been thrown away, so that it never leaves late. TG_ENOTFOUND: gone. TG_EIO:
 * other errors.
 */
TG_NODISCARD int tg_port_write(tg_port *port, const void *data, size_t len, int timeout_ms, tg_error *err);

#endif

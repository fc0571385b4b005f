/* SPDX-License-Identifier: Apache-2.0
 *
 * port_own.h - inside drivers/ only: what both backends do to a descriptor once they have it.
 */
#ifndef TG_DRIVERS_PORT_OWN_H
#define TG_DRIVERS_PORT_OWN_H

#include "drivers/port.h"

/**
 * Make an open line ours alone: flock, TIOCEXCL, close-on-exec. TG_EBUSY if another program has it.
 * flock also keeps out a second copy of ourselves that runs as root, which TIOCEXCL lets through.
 */
TG_NODISCARD int tg_port__own(int fd, const char *path, tg_error *err);
/** Give it back before close: a pseudo-terminal keeps TIOCEXCL for as long as its other end lives. */
void tg_port__disown(int fd);
/** The words for a failed open(2), from errno: busy, no rights, not there. */
TG_NODISCARD int tg_port__fail_open(const char *path, tg_error *err);
/**
 * After the backend set speed and form: flow control; an empty queue reads as EAGAIN, not 0; a damaged
 * character reads as NUL instead of leaving a hole; closing does not drop DTR.
 */
TG_NODISCARD int tg_port__tune(int fd, const char *path, const tg_line *line, tg_error *err);

#endif

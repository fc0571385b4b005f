/* SPDX-License-Identifier: Apache-2.0
 *
 * listen.h - one unknown device, taken for a moment to hear what it sends for one label.
 *
 * Sends nothing: no report, no byte, no setting that a device keeps. A keyboard's interface is away from the desktop meanwhile, so only
 * one that somebody has chosen may be opened. One thread.
 */
#ifndef TG_DRIVERS_LISTEN_H
#define TG_DRIVERS_LISTEN_H

#include "drivers/devices.h"
#include "drivers/learn.h"
#include "drivers/port.h"

typedef struct tg_listen tg_listen;

/** Errors: those of tg_usb_attach() and tg_port_open(); TG_ESTATE its descriptor is no scanner's. Ownership: tg_listen_close(). */
TG_NODISCARD int tg_listen_open(tg_listen **out, const tg_device *device, const tg_line *line, tg_error *err);
/** Who had it before has it again: the kernel's driver, or nobody where a gate keeps it from the desktop. NULL is fine. */
void tg_listen_close(tg_listen *listen);

const tg_device *tg_listen_device(const tg_listen *listen);
int tg_listen_fd(const tg_listen *listen);
/** Take what has come. TG_ENOTFOUND: unplugged. */
TG_NODISCARD int tg_listen_service(tg_listen *listen, int64_t mono_us, tg_error *err);
tg_learn *tg_listen_heard(tg_listen *listen);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * uinput.h - a keyboard of the kernel's that is played by us.
 */
#ifndef TG_KEYBOARD_UINPUT_H
#define TG_KEYBOARD_UINPUT_H

#include "plugin/keyboard/typist.h"

typedef struct tg_uinput {
	int fd;         /**< -1: none */
	bool caps_lock; /**< as the desktop last told all keyboards */
} tg_uinput;

/**
 * Make the keyboard; it is there until tg_uinput_close(). It has the keys that `typist` may press and no others, so that even a
 * fault here could not press one more.
 * Errors: TG_ENOTFOUND no /dev/uinput (the words say how to get it); TG_EDENIED no rights to it; TG_EIO.
 */
TG_NODISCARD int tg_uinput_open(tg_uinput *out, const char *name, const tg_typist *typist, tg_error *err);
void tg_uinput_close(tg_uinput *device);

/** Type a label that tg_typist_check() took, and the suffix. Blocks for tg_typist_time_ms(). TG_EIO: part of it may have been typed. */
TG_NODISCARD int tg_uinput_type(tg_uinput *device, const tg_typist *typist, tg_view label, tg_error *err);

/** Take in what the desktop says of the keyboard's lamps. Never blocks. */
void tg_uinput_listen(tg_uinput *device);

#endif

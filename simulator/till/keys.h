/* SPDX-License-Identifier: Apache-2.0
 *
 * keys.h - a till that is typed at: the kernel's key events as the text that an application with a US keyboard would get.
 */
#ifndef TILLGATE_SIM_KEYS_H
#define TILLGATE_SIM_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define KEYS_PREFIX "keyboard:" /* a device given by the keyboard's name, wherever its node is */

struct keys {
	bool shift, ctrl;
};

/** Open the keyboard of that name; -1 with errno, ENOENT if there is none. */
int keys_open(const char *name);
/** Does this descriptor speak of keys? */
bool keys_is(int fd);
/** Read events and translate: the number of characters, -1 with errno, 0 when the keyboard is gone. May wait. */
ssize_t keys_read(struct keys *keys, int fd, char *out, size_t size);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * holder.h - which program has a device open, as far as /proc tells whoever asks.
 *
 * Root sees all; others see their own programs, and of foreign ones only who was born at a terminal and who holds a lock. Opens no device.
 */
#ifndef TG_DRIVERS_HOLDER_H
#define TG_DRIVERS_HOLDER_H

#include <stdbool.h>

typedef struct tg_holder {
	int pid;       /**< 0: nobody is known */
	char name[17]; /**< as the kernel has it, at most 15 bytes; cleaned */
} tg_holder;

/** A program other than our own that has the device node `path` (links are followed) open. False: none is known. */
bool tg_holder_find(tg_holder *out, const char *path);

/** Does a program of this name run? False also where that cannot be seen. */
bool tg_holder_runs(const char *name);

#endif

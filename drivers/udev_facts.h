/* SPDX-License-Identifier: Apache-2.0
 *
 * udev_facts.h - what udev's rules have made of a device: did 70-tillgate.rules see it, who was told to keep away.
 *
 * From udevd's own notes in /run/udev/data, which everybody may read. Without udevd nothing is known, which is no error.
 */
#ifndef TG_DRIVERS_UDEV_FACTS_H
#define TG_DRIVERS_UDEV_FACTS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tg_udev_facts {
	bool known;        /**< udevd has notes of this device */
	char tillgate[16]; /**< "scanner", "wedge": as tillgate-udev(7) has it; "" the rules do not know it, or are not there */
	bool no_modem;     /**< ModemManager was told to leave it alone */
} tg_udev_facts;

/** Read the text of one note. Pure; lines that say nothing of this are passed over. */
void tg_udev_facts_parse(tg_udev_facts *out, const char *text, size_t len);

/** Those of a character device by its numbers. */
void tg_udev_facts_read(tg_udev_facts *out, unsigned major, unsigned minor);

/** Is this a vendor whose scanners 70-tillgate.rules knows by number? The list is that file's. */
bool tg_udev_knows_vendor(unsigned vendor);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * devices.h - what is attached that could be a scanner, who would take it, and why it is not usable.
 *
 * Looks, and opens nothing: sysfs, the names under /dev, access rights. Writes to no device. Knows families of devices; knows
 * nothing of lanes.
 */
#ifndef TG_DRIVERS_DEVICES_H
#define TG_DRIVERS_DEVICES_H

#include "store/base/error.h"

#include <stdint.h>

#define TG_DEVICES_MAX 256 /**< listed; more are not looked at */

/** Numbers stay inside the programs; the names are for JSON: append only. */
typedef enum tg_device_state {
	TG_DEVICE_FREE = 0, /**< would be taken as it is */
	TG_DEVICE_DESKTOP,  /**< a keyboard that types into the desktop: taken only if named */
	TG_DEVICE_IN_USE,   /**< a program has it: tillgated, or another */
	TG_DEVICE_UNBOUND,  /**< nobody has it: a wedge that is kept from the desktop, or what a crash left */
	TG_DEVICE_NO_RIGHTS, /**< whoever asks may not open it */
} tg_device_state;

typedef struct tg_device {
	const char *driver; /**< as in tillgate.conf: "hid-pos", "wedge", "serial"; static */
	tg_device_state state;
	char name[192];  /**< stable: "usb-0c2e:0b81-S1", or a link in /dev/serial/by-id; else the node */
	char node[96];   /**< "/dev/bus/usb/001/004", "/dev/ttyACM0" */
	char port[32];   /**< USB: "1-1.4"; else "" */
	char serial[64]; /**< USB serial number, or "" */
	char words[64];  /**< maker and product */
	uint16_t vendor, product; /**< 0: not USB */
	uint8_t interface;        /**< USB */
	char config
		[192]; /**< what selects exactly this device in tillgate.conf: driver = hid-pos  serial = "S1" */
	char why[240]; /**< why it is not usable, and what to do about it; "" if it is */
} tg_device;

/** "free", "desktop", "in-use", "unbound", "no-rights"; "unknown" otherwise. */
const char *tg_device_state_name(tg_device_state state);

/** List them: HID POS scanners first, then keyboards, then serial ports. `*out` is the caller's: free(). None is TG_OK. */
TG_NODISCARD int tg_devices_list(tg_device **out, size_t *count, tg_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * devices.h - what is attached that could be a scanner, who would take it, and why it is not usable.
 *
 * Looks, and opens nothing: sysfs, the names and rights under /dev, udevd's notes, /proc. Writes to no device. Knows families of
 * devices; knows nothing of lanes.
 */
#ifndef TG_DRIVERS_DEVICES_H
#define TG_DRIVERS_DEVICES_H

#include "drivers/holder.h"
#include "drivers/udev_facts.h"
#include "drivers/usb_find.h"
#include "store/base/error.h"

#include <sys/types.h>

#define TG_DEVICES_MAX 256       /**< listed; more are not looked at */
#define TG_DEVICE_FIXES_MAX 4    /**< steps of a remedy */
#define TG_DEVICE_FIX_SIZE 400   /**< bytes with terminator of one step: a udev rule has up to 300 */
#define TG_DEVICES_GROUPS_MAX 64 /**< of one user */

/** Numbers stay inside the programs; the names are for JSON: append only. */
typedef enum tg_device_state {
	TG_DEVICE_FREE = 0, /**< would be taken as it is */
	TG_DEVICE_DESKTOP,  /**< a keyboard that types into the desktop: taken only if named */
	TG_DEVICE_IN_USE,   /**< a program has it: tillgated, or another */
	TG_DEVICE_UNBOUND,  /**< nobody has it: a wedge that is kept from the desktop, or what a crash left */
	TG_DEVICE_NO_RIGHTS, /**< whoever is to use it may not open it */
	TG_DEVICE_OTHER_MODE, /**< of a known maker, and nothing that we could read: driver and config are "" */
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
	char config[256];         /**< what selects exactly this device in tillgate.conf: driver = hid-pos  serial = "S1" */
	char why[240];            /**< why it is not usable, or what to mind; "" nothing */
	char fix[TG_DEVICE_FIXES_MAX][TG_DEVICE_FIX_SIZE]; /**< what to do about it, step by step: commands, lines of files */
	size_t fix_count;
	char cannot[240];  /**< what a device like this cannot do for us, as far as it shows; "" not known */
	tg_holder holder;  /**< who has it, where /proc tells; pid 0: not known */
} tg_device;

/** Whose rights count: those of the service, though somebody else asks. A value; all zero: of whoever asks. */
typedef struct tg_devices_as {
	bool other;
	uid_t uid;
	gid_t groups[TG_DEVICES_GROUPS_MAX];
	size_t group_count;
	char user[33];
} tg_devices_as;

/** The user who owns `dir`, with his groups and, as tillgated.service has it, dialout. No such folder: whoever asks. */
void tg_devices_as_owner(tg_devices_as *out, const char *dir);

/** "free", "desktop", "in-use", "unbound", "no-rights", "other-mode"; "unknown" otherwise. */
const char *tg_device_state_name(tg_device_state state);

/**
 * List them: HID POS scanners first, then keyboards, then serial ports, then
 * what known makers have in other modes. `*out` is the caller's: free(). None is TG_OK.
 * `as` NULL: whoever asks.
 */
TG_NODISCARD int tg_devices_list(tg_device **out, size_t *count, const tg_devices_as *as, tg_error *err);

/** Of a serial port that no list has, such as a pseudo-terminal: state, why and fix as of any port. TG_ENOTFOUND: no such device. */
TG_NODISCARD int tg_devices_look(tg_device *out, const char *path, const tg_devices_as *as, tg_error *err);

/**
 * The kernel's driver gets an interface that nobody has (TG_DEVICE_UNBOUND); a wedge types into the desktop from then on, unless udev
 * told the desktop to ignore it (tillgate-udev(7)).
 * Errors: TG_EBUSY somebody has it meanwhile; TG_ESTATE no driver took it, or it is a port; TG_EIO rights, and all else.
 */
TG_NODISCARD int tg_usb_give_back(const tg_device *device, tg_error *err);

/** What was found out about one device, for tg_device_explain(). */
typedef struct tg_device_facts {
	bool may;                /**< the right to open it is there */
	const char *user;        /**< whose rights were looked at: "user tillgate" */
	const char *owner, *group;
	mode_t mode;             /**< of the node */
	const char *kernel;      /**< USB: the kernel's driver that has it, "usbfs" a program, "" nobody; serial: "" */
	bool console;            /**< serial: the kernel writes its messages here */
	bool modem_manager;      /**< ModemManager runs */
	tg_udev_facts udev;
} tg_device_facts;

/** State, why, fix and config, from the facts and what is filled in already. Pure. */
void tg_device_explain(tg_device *device, const tg_device_facts *facts);

/* Inside drivers/ only. */
/** Fill what rights and udev say of `node`, then explain. The strings live in static or `names`. */
void tg_device__judge(tg_device *device, const tg_devices_as *as, const char *kernel, bool console);
/** The serial ports, by sysfs: up to `max`. Returns how many. */
size_t tg_devices__serial(tg_device *out, size_t max, const tg_devices_as *as);

/** `text` as it stands between quotes in tillgate.conf: libconfuse takes a backslash and a dollar sign for its own. Cut to `size`. */
void tg_device_quote(char *out, size_t size, const char *text);

#endif

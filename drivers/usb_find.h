/* SPDX-License-Identifier: Apache-2.0
 *
 * usb_find.h - which USB devices there are, and which one a lane means.
 *
 * Reads sysfs and nothing else: needs no rights, opens no device, works with and without udevd. Knows interfaces and who
 * holds them; knows nothing of transfers or scans. What devices say of themselves is hostile text and is cleaned here.
 */
#ifndef TG_DRIVERS_USB_FIND_H
#define TG_DRIVERS_USB_FIND_H

#include "store/base/error.h"

#include <stdbool.h>
#include <stdint.h>

#define TG_USB_DEVICES_MAX 256   /**< two full busses; more are not looked at */
#define TG_USB_INTERFACES_MAX 16 /**< of one device; scanners have 1 to 3 */

/** What an interface is to us. */
typedef enum tg_usb_role {
	TG_USB_OTHER = 0,
	TG_USB_SCANNER,  /**< HID, its report descriptor says bar code scanner */
	TG_USB_KEYBOARD, /**< HID boot keyboard: a wedge, or a person's */
	TG_USB_UNREAD,   /**< HID, no boot protocol, and nobody has read its report descriptor yet */
} tg_usb_role;

typedef struct tg_usb_interface {
	uint8_t number;
	uint8_t role;    /**< tg_usb_role */
	char driver[32]; /**< "usbhid"; "usbfs": a program has it; "": nobody */
} tg_usb_interface;

typedef struct tg_usb_device {
	uint8_t bus, address;
	uint16_t vendor, product;
	char port[32];   /**< where it is plugged in: "1-1.4"; stays for as long as the cables do */
	char serial[64]; /**< "" where the maker gave none */
	char name[64];   /**< maker and product, for people */
	tg_usb_interface interfaces[TG_USB_INTERFACES_MAX];
	size_t interface_count;
} tg_usb_device;

/** List what is attached, in the order of ports. `*out` is the caller's: free(). A machine without USB has none: TG_OK. */
TG_NODISCARD int tg_usb_find(tg_usb_device **out, size_t *count, tg_error *err);

/** Is this very device (port and address) still there? */
bool tg_usb_there(const tg_usb_device *device);

/** The report descriptor of a HID interface as the kernel read it. Returns its length, 0: nobody has read it. */
size_t tg_usb_read_descriptor(
	const tg_usb_device *device, const tg_usb_interface *interface, uint8_t *out, size_t size);

/** "/dev/bus/usb/001/004" */
void tg_usb_node(char *out, size_t size, const tg_usb_device *device);

/** A stable name: "usb-0c2e:0b81-SERIAL", or "usb-0c2e:0b81-at-1-1.4" for one without serial number. */
void tg_usb_name(char *out, size_t size, const tg_usb_device *device);

/** Which device a lane means. Parts that are given must all fit. */
typedef struct tg_usb_select {
	bool any;
	bool by_id; /**< vendor and product count */
	uint16_t vendor, product;
	char serial[64], port[32]; /**< "" = not given */
} tg_usb_select;

/** Bytes with terminator that tg_usb_select_words() needs. */
#define TG_USB_SELECT_WORDS 160

/**
 * Read a selection: `usb` is "any" or "VVVV:PPPP" (hexadecimal), `serial` and `port` are as tg_usb_device has them; NULL
 * or "" is not given. TG_EINVAL: nothing given, or malformed; the words say what is wanted.
 */
TG_NODISCARD int tg_usb_select_parse(
	tg_usb_select *out, const char *usb, const char *serial, const char *port, tg_error *err);
/** "0c2e:0b81 serial S123", "any", for words. */
void tg_usb_select_words(char *out, size_t size, const tg_usb_select *select);
bool tg_usb_select_fits(const tg_usb_select *select, const tg_usb_device *device);
/** How closely it says: a lane that means one very device goes before one that takes any. */
int tg_usb_select_rank(const tg_usb_select *select);
/** The interface of this device for `role` (an unread one may yet turn out a scanner), or NULL. */
const tg_usb_interface *tg_usb_interface_for(const tg_usb_device *device, tg_usb_role role);

#endif

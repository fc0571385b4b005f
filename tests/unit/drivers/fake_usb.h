/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_usb.h - USB devices that are not there, behind the real libusb: umockdev shows them in sysfs and answers usbfs.
 *
 * Tests run under umockdev-wrapper. What umockdev cannot do is left to tests in a virtual machine: a real kernel driver that is
 * bound again, POLLERR at unplugging, real timing, suspend, a device that needs a real reset.
 */
#ifndef TEST_FAKE_USB_H
#define TEST_FAKE_USB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One device to plug in: one HID interface, number 0, endpoints 0x81 and (if `out`) 0x02. */
typedef struct fake_config {
	const char *port, *serial; /**< "1-1"; NULL: no serial number */
	int address;               /**< 1 … 127; a new one for each plugging in, as the kernel does */
	uint16_t vendor, product;
	bool keyboard; /**< boot keyboard */
	bool out;      /**< an interrupt OUT endpoint */
	const uint8_t *descriptor;
	size_t descriptor_len;
	bool no_driver; /**< as a crash of ours leaves it: no usbhid, nobody has read the descriptor */
	bool no_event;  /**< udevd is not there: nobody says that it was plugged in */
} fake_config;

typedef struct fake fake;

void fake_start(void); /**< the test bed; once a test */
void fake_stop(void);  /**< the bed and all devices */

fake *fake_plug(const fake_config *config);
/** Its transfers end as a kernel ends them, sysfs forgets it, udev says so. */
void fake_unplug(fake *f);

/** The device has a report to send. */
void fake_send(fake *f, const void *report, size_t len);
/** The next input transfer ends with this errno (EPIPE: stall). */
void fake_fail(fake *f, int error);
/** Another program claims it first. */
void fake_busy(fake *f, bool busy);
/** "usbhid", "usbfs" or "". Any thread. */
void fake_driver(fake *f, char out[16]);
/** What the device was told: "out:0420 set:03fe:fe01 proto:0 idle clear reset", in order; and forget it. */
void fake_told(fake *f, char *out, size_t size);
/** Transfers that listen now. */
int fake_listening(fake *f);
/** Reports that it has not got rid of yet. */
int fake_waiting(fake *f);
/** A device that refuses (stalls) this control request. */
void fake_refuse(fake *f, uint8_t request);

#endif

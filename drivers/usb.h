/* SPDX-License-Identifier: Apache-2.0
 *
 * usb.h - one lane's place at the USB: its device found, taken from the kernel, read, told, and given back.
 *
 * One libusb context and one event thread serve the whole process; they begin with the first lane and end with the last. All
 * transfers are asynchronous: the event thread only moves reports into a bounded queue and wakes the lane by an eventfd. What
 * may take time (open, detach, claim, clear, reset) is done by the lane's own thread, so that a sick device holds up only
 * its own lane. Everything here but the event thread's work belongs to that one thread.
 *
 * Knows devices and transfers; knows nothing of what reports mean.
 */
#ifndef TG_DRIVERS_USB_H
#define TG_DRIVERS_USB_H

#include "drivers/usb_find.h"

/** Reports that wait for the lane. 256 reports of 56 bytes are more than the longest label, twice. */
#define TG_USB_QUEUE_MAX 256
/** Transfers that listen at once: between a report and its successor the host is never deaf. */
#define TG_USB_LISTENING 4
/** Longest report, in bytes. */
#define TG_USB_REPORT_MAX 4100
/** A device that does not answer a request in this time is not usable, in ms. */
#define TG_USB_CONTROL_MS 1000

/** One lane's place. Opaque. */
typedef struct tg_usb tg_usb;

/** What came. */
typedef enum tg_usb_message_kind {
	TG_USB_REPORT,   /**< one input report */
	TG_USB_OVERFLOW, /**< the queue was full: `count` reports were lost here */
	TG_USB_HOLE,     /**< a transfer failed: a report may have been lost here */
} tg_usb_message_kind;

typedef struct tg_usb_message {
	tg_usb_message_kind kind;
	uint32_t count;
	int64_t mono_us; /**< when it came */
	size_t len;
	uint8_t data[TG_USB_REPORT_MAX];
} tg_usb_message;

/** Take a place. Errors: TG_ENOMEM, TG_EIO libusb does not start. Ownership: tg_usb_close(). */
TG_NODISCARD int tg_usb_open(tg_usb **out, const tg_usb_select *select, tg_usb_role role, tg_error *err);
/** Detach, leave. `give_back`: the kernel's driver gets the interface again. NULL is fine. */
void tg_usb_close(tg_usb *usb, bool give_back);

/** Readable when a message, a trouble or a change of what is plugged in waits; tg_usb_take() empties it. */
int tg_usb_fd(const tg_usb *usb);

/**
 * Find the device, open it, take the interface from the kernel's driver, claim it. A device that was held before is
 * preferred where several fit; else several are an error.
 *
 * Errors: TG_ENOTFOUND not there; TG_EINVAL it is there in another mode; TG_ESTATE several fit; TG_EBUSY another program has it;
 *         TG_EIO no rights (`sys` says so), and all else. The words say what a technician can do. The kernel's driver has the interface
 *         again if this fails, but see tg_usb_keep().
 */
TG_NODISCARD int tg_usb_attach(tg_usb *usb, tg_error *err);
/** Where taking it fails half-way, the kernel's driver does not get it back: nobody has it then. Default false. */
void tg_usb_keep(tg_usb *usb, bool keep);
/** Cancel, release, close. What was not taken from the queue is dropped. */
void tg_usb_detach(tg_usb *usb, bool give_back);
/** The device and interface that are held, or NULL. */
const tg_usb_device *tg_usb_device_held(const tg_usb *usb);
/** Length of its report descriptor as the HID descriptor states it, at most `most`; `most` if it does not say. */
size_t tg_usb_descriptor_len(const tg_usb *usb, size_t most);
/** The held interface turned out not to be what this lane wants: detach, and do not try it again until it is plugged in anew. */
void tg_usb_refuse(tg_usb *usb);

/** One control request (bmRequestType, bRequest, wValue; the interface is filled in). For reading, `*len` is what came. */
TG_NODISCARD int tg_usb_control(
	tg_usb *usb, uint8_t type, uint8_t request, uint16_t value, void *data, size_t *len, tg_error *err);

/** Begin to listen; `report_bytes` is the longest input report. */
TG_NODISCARD int tg_usb_listen(tg_usb *usb, size_t report_bytes, tg_error *err);

/** The next message; false: none now. */
bool tg_usb_take(tg_usb *usb, tg_usb_message *out);

/**
 * Keep listening: clears a stalled endpoint, tries again after errors, later and later, and in the end resets the device.
 *
 * Errors: TG_ENOTFOUND unplugged; TG_EIO given up. Then detach.
 */
TG_NODISCARD int tg_usb_mend(tg_usb *usb, int64_t mono_us, tg_error *err);
/** When tg_usb_mend() is wanted though nothing comes, mono_us; INT64_MAX: never. */
int64_t tg_usb_mend_at_us(const tg_usb *usb);

/** Has anything been plugged in or out since this was last asked? */
bool tg_usb_plugged(tg_usb *usb);

/** Which report tg_usb_send() sends. */
typedef enum tg_usb_send_kind { TG_USB_SEND_OUTPUT = 2, TG_USB_SEND_FEATURE = 3 } tg_usb_send_kind;

/**
 * Send one report (its identifier first if `numbered`), without waiting. Output reports go to the interrupt OUT endpoint if there
 * is one, else by SET_REPORT. TG_EBUSY: earlier ones have not gone yet; TG_ENOTFOUND: gone.
 */
TG_NODISCARD int tg_usb_send(
	tg_usb *usb, tg_usb_send_kind kind, bool numbered, const uint8_t *report, size_t len, tg_error *err);

#endif

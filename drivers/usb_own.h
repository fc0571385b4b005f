/* SPDX-License-Identifier: Apache-2.0
 *
 * usb_own.h - inside drivers/ only: what one lane's place at the USB consists of, and what the files that make it ask of each other.
 *
 * usb_hub.c has libusb's context and its thread; usb_choose.c says which device is ours; usb.c takes it and gives it back; usb_input.c
 * listens, queues and mends; usb_send.c asks and tells.
 *
 * Locks: the hub's guards who holds what; `usb->mutex` what the event thread shares with the lane. Neither is held when libusb is called,
 * with one exception: submitting, which takes only locks inside libusb.
 */
#ifndef TG_DRIVERS_USB_OWN_H
#define TG_DRIVERS_USB_OWN_H

#include "drivers/usb.h"

#include <libusb.h>
#include <pthread.h>

/** Interfaces that were looked into and are no scanners. */
#define TG_USB_REFUSED_MAX 8

/** What the transfers say of the device, the worst since it was mended. */
typedef enum tg_usb_health { TG_USB_GOOD, TG_USB_STALLED, TG_USB_FAILING, TG_USB_GONE } tg_usb_health;

/** One of the transfers that wait for a report. */
typedef struct tg_usb_listener {
	tg_usb *usb;
	struct libusb_transfer *transfer;
	bool flying;
} tg_usb_listener;

/** One interface, for as long as it is plugged in. */
typedef struct tg_usb_key {
	uint8_t bus, address, interface;
} tg_usb_key;

/** A message that waits for the lane. */
struct tg_usb_waiting;

struct tg_usb {
	tg_usb *next; /* in the hub's list; the hub's lock */
	tg_usb_select select;
	tg_usb_role role;
	int event_fd;
	bool holding;    /* the hub's lock */
	tg_usb_key held; /* the hub's lock */
	tg_usb_key refused[TG_USB_REFUSED_MAX];
	size_t refused_count;
	char last_serial[64], last_port[32]; /* what was held last: preferred where several fit */
	bool plugged;                        /* atomic */
	bool keep;                           /* never given back but by tg_usb_detach() */

	/* The device that is held; the lane's thread only. */
	tg_usb_device device;
	int node_fd;
	libusb_device_handle *handle; /* NULL: detached */
	bool lost;       /* the kernel kept transfers: neither they nor this memory may be used again */
	uint8_t in, out; /* endpoints; out 0: none */
	size_t in_packet, descriptor_len;
	tg_usb_listener listeners[TG_USB_LISTENING];
	unsigned errors; /* in a row */
	int64_t mend_at_us;

	/* Shared with the event thread. */
	pthread_mutex_t mutex;
	pthread_cond_t landed; /* a transfer came back */
	unsigned flying, sending;
	tg_usb_health health;
	bool heard; /* a report came since the last error */
	bool closing;
	struct tg_usb_waiting *first, **last;
	size_t queued;
};

/** The words for what libusb answered. */
int tg_usb__fail(tg_error *err, const char *what, int rc);
/** Make tg_usb_fd() readable. Any thread. */
void tg_usb__wake(tg_usb *usb);

/** Join those the hub serves; the first starts context and thread. TG_ENOMEM, TG_EIO. */
TG_NODISCARD int tg_usb__join(tg_usb *usb, tg_error *err);
/** Leave it; the last ends both. */
void tg_usb__leave(tg_usb *usb);
libusb_context *tg_usb__context(void);
/** Take the hub's lock: the first of all places, linked by `next`. */
const tg_usb *tg_usb__lock_places(void);
void tg_usb__unlock_places(void);

/** Choose a device and hold it, so that no other lane takes it while it is opened. Errors: see tg_usb_attach(). */
TG_NODISCARD int tg_usb__choose(tg_usb *usb, uint8_t *number, tg_error *err);
void tg_usb__let_go(tg_usb *usb);

/** Under usb->mutex: it is at least as bad as that. */
void tg_usb__note_health(tg_usb *usb, tg_usb_health health);
/** Under usb->mutex: forget what the lane has not taken. */
void tg_usb__drop_queue(tg_usb *usb);
/** Under usb->mutex: wait until `*count` transfers are 0. False: the kernel does not give them back. */
bool tg_usb__wait_landed(tg_usb *usb, const unsigned *count);
/** Cancel what listens and wait for it. False as above. */
bool tg_usb__cancel(tg_usb *usb);
/** Nothing flies. */
void tg_usb__free_listeners(tg_usb *usb);

#endif

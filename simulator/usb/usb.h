/* SPDX-License-Identifier: Apache-2.0
 *
 * usb.h - the cable: plugs a simulated scanner into this machine's kernel, or offers it to others, and answers for it.
 *
 * Plugging in uses the kernel's virtual host controller (module vhci-hcd) by a pair of sockets: no network, no tool, but root.
 * Offering listens on 127.0.0.1 for `usbip attach`; USB/IP knows no passwords, so nowhere else.
 */
#ifndef TILLGATE_SIM_USB_H
#define TILLGATE_SIM_USB_H

#include "simulator/usb/scanner.h"
#include "simulator/usb/usbip.h"

#define WAITING_MAX 128 /* transfers that a host may have in flight towards us; drivers have a few for each endpoint */
#define BUSID "1-1"

/** A transfer towards the host that waits for something to say. */
struct waiting {
	uint32_t number, length;
	uint8_t endpoint;
};

struct usb {
	struct scanner scanner;
	int listener;  /**< -1 unless offered */
	int fd;        /**< to the host's kernel; -1 while unplugged */
	int port;      /**< of the virtual host controller; -1 unless plugged in by ourselves */
	bool listens;  /**< the host waits for our data: somebody has opened us */
	struct waiting waiting[WAITING_MAX];
	size_t waiting_count;
	struct packets packets;
	size_t next;   /**< the packet that goes out next */
	unsigned heard; /**< how often the host has said something */
	size_t untaken; /**< packets handed out, and the host has not asked for the next one yet */
	void (*say)(const char *format, ...) __attribute__((format(printf, 1, 2)));
};

/** False with words on standard error. */
bool usb_plug(struct usb *usb, int not_port);
bool usb_offer(struct usb *usb, uint16_t tcp_port);
void usb_unplug(struct usb *usb);

/** Read and answer one command, or take in one host. Call when the descriptor is readable. */
void usb_serve(struct usb *usb);
void usb_accept(struct usb *usb);
/** Hand out at most one packet of the queue. False: nothing waits for one, or none is left. */
bool usb_send_one(struct usb *usb);
/** Would usb_send_one() hand one out? */
bool usb_wanted(const struct usb *usb);
/** All that was queued is with the host. */
bool usb_sent(const struct usb *usb);
void usb_forget(struct usb *usb); /**< throw the queue away */

#endif

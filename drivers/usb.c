/* SPDX-License-Identifier: Apache-2.0
 *
 * usb.c - take a device from the kernel for one lane, and give it back. See usb.h, and usb_own.h for the files beside this one.
 *
 * Devices are found in sysfs and opened by their node (libusb_wrap_sys_device): libusb's own list knows only what udevd told
 * it, and in a network namespace of its own, as the packaged service has it, nobody tells it anything. What udevd says is
 * used to look at once instead of in a second.
 */
#include "drivers/usb_own.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* ---- taking it ---- */

static int open_node(tg_usb *usb, tg_error *err)
{
	char node[64];
	int rc;

	tg_usb_node(node, sizeof(node), &usb->device);
	usb->node_fd = open(node, O_RDWR | O_CLOEXEC);
	if (usb->node_fd < 0 && (errno == EACCES || errno == EPERM))
		return tg_fail_errno(err, TG_EIO,
			"%s (%04x:%04x): no right to open it; tillgate-udev(7) has the rule for this device, "
			"then plug it in anew",
			node, usb->device.vendor, usb->device.product);
	if (usb->node_fd < 0)
		return tg_fail_errno(
			err, errno == ENOENT || errno == ENODEV ? TG_ENOTFOUND : TG_EIO, "%s", node);
	rc = libusb_wrap_sys_device(tg_usb__context(), usb->node_fd, &usb->handle);
	if (rc == 0)
		return TG_OK;
	usb->handle = NULL;
	return tg_usb__fail(err, node, rc);
}

/* From the HID descriptor, which stands between interface and endpoints (HID 1.11 §6.2.1); 0 if there is none. */
static size_t stated_len(const uint8_t *extra, int len)
{
	for (int at = 0; at + 2 <= len && extra[at] >= 2; at += extra[at])
		if (extra[at] >= 9 && at + 9 <= len && extra[at + 1] == LIBUSB_DT_HID &&
			extra[at + 6] == LIBUSB_DT_REPORT)
			return (size_t)extra[at + 7] | (size_t)extra[at + 8] << 8;
	return 0;
}

static void take_endpoint(tg_usb *usb, const struct libusb_endpoint_descriptor *ep)
{
	bool in = (ep->bEndpointAddress & LIBUSB_ENDPOINT_IN) != 0;

	if ((ep->bmAttributes & 3) != LIBUSB_TRANSFER_TYPE_INTERRUPT)
		return;
	if (in && usb->in == 0) {
		usb->in = ep->bEndpointAddress;
		usb->in_packet = ep->wMaxPacketSize & 0x7FF;
	} else if (!in && usb->out == 0) {
		usb->out = ep->bEndpointAddress;
	}
}

/* The interface's interrupt endpoints in the first alternate setting. */
static int find_endpoints(tg_usb *usb, uint8_t number, tg_error *err)
{
	struct libusb_config_descriptor *config;
	int rc = libusb_get_active_config_descriptor(libusb_get_device(usb->handle), &config);

	if (rc != 0)
		return tg_usb__fail(err, usb->device.port, rc);
	usb->in = usb->out = 0;
	usb->descriptor_len = 0;
	for (unsigned i = 0; i < config->bNumInterfaces; i++) {
		const struct libusb_interface *interface = &config->interface[i];
		const struct libusb_interface_descriptor *d = interface->altsetting;

		if (interface->num_altsetting < 1 || d->bInterfaceNumber != number)
			continue;
		usb->descriptor_len = stated_len(d->extra, d->extra_length);
		for (unsigned e = 0; e < d->bNumEndpoints; e++)
			take_endpoint(usb, &d->endpoint[e]);
	}
	libusb_free_config_descriptor(config);
	return usb->in != 0 && usb->in_packet > 0
		       ? TG_OK
		       : tg_fail(err, TG_EIO, "%s: interface %u has no interrupt endpoint", usb->device.port,
				 number);
}

static int fail_busy(const tg_usb *usb, tg_error *err)
{
	char node[64];

	tg_usb_node(node, sizeof(node), &usb->device);
	return tg_fail(err, TG_EBUSY,
		"%04x:%04x at port %s: another program has it (\"fuser -v %s\" names it)", usb->device.vendor,
		usb->device.product, usb->device.port, node);
}

/* By hand and not by libusb's automatic detach: that gives back whether we want it or not. */
static int claim(tg_usb *usb, uint8_t number, tg_error *err)
{
	int rc = libusb_kernel_driver_active(usb->handle, number);

	if (rc == 1) {
		rc = libusb_detach_kernel_driver(usb->handle, number);
		if (rc != 0 && rc != LIBUSB_ERROR_NOT_FOUND)
			return tg_usb__fail(err, "taking it from the kernel's driver", rc);
	}
	rc = libusb_claim_interface(usb->handle, number);
	if (rc == 0)
		return TG_OK;
	/* Fails and changes nothing if the interface is a program's. */
	if (!usb->keep)
		libusb_attach_kernel_driver(usb->handle, number);
	return rc == LIBUSB_ERROR_BUSY ? fail_busy(usb, err) : tg_usb__fail(err, "claim", rc);
}

static void close_node(tg_usb *usb)
{
	if (usb->handle != NULL)
		libusb_close(usb->handle);
	if (usb->node_fd >= 0)
		close(usb->node_fd);
	usb->handle = NULL;
	usb->node_fd = -1;
}

int tg_usb_attach(tg_usb *usb, tg_error *err)
{
	uint8_t number = 0;
	int rc;

	if (usb->lost)
		return tg_fail(err, TG_ESTATE,
			"port %s: the kernel did not give transfers back; restart the service",
			usb->last_port);
	rc = tg_usb__choose(usb, &number, err);
	if (rc != TG_OK)
		return rc;
	rc = open_node(usb, err);
	if (rc == TG_OK)
		rc = find_endpoints(usb, number, err);
	if (rc == TG_OK)
		rc = claim(usb, number, err);
	if (rc != TG_OK) {
		close_node(usb);
		tg_usb__let_go(usb);
		return rc;
	}
	usb->health = TG_USB_GOOD;
	usb->closing = usb->heard = false;
	usb->errors = 0;
	usb->mend_at_us = INT64_MAX;
	snprintf(usb->last_serial, sizeof(usb->last_serial), "%s", usb->device.serial);
	snprintf(usb->last_port, sizeof(usb->last_port), "%s", usb->device.port);
	return TG_OK;
}

const tg_usb_device *tg_usb_device_held(const tg_usb *usb)
{
	return usb->handle != NULL ? &usb->device : NULL;
}

size_t tg_usb_descriptor_len(const tg_usb *usb, size_t most)
{
	return usb->descriptor_len > 0 && usb->descriptor_len < most ? usb->descriptor_len : most;
}

/* ---- giving it back ---- */

void tg_usb_detach(tg_usb *usb, bool give_back)
{
	bool landed;

	if (usb->handle == NULL)
		return;
	pthread_mutex_lock(&usb->mutex);
	usb->closing = true;
	pthread_mutex_unlock(&usb->mutex);
	landed = tg_usb__cancel(usb);
	pthread_mutex_lock(&usb->mutex);
	landed = tg_usb__wait_landed(usb, &usb->sending) && landed; /* they end by themselves after SEND_MS */
	tg_usb__drop_queue(usb);
	pthread_mutex_unlock(&usb->mutex);
	tg_usb__let_go(usb);
	usb->lost = !landed;
	if (usb->lost) {
		usb->handle = NULL;
		return;
	}
	tg_usb__free_listeners(usb);
	libusb_release_interface(usb->handle, usb->held.interface);
	if (give_back) /* after a crash nobody had it, and it belongs to the kernel all the same */
		libusb_attach_kernel_driver(usb->handle, usb->held.interface);
	close_node(usb);
	usb->mend_at_us = INT64_MAX;
}

void tg_usb_keep(tg_usb *usb, bool keep)
{
	usb->keep = keep;
}

void tg_usb_refuse(tg_usb *usb)
{
	size_t at = usb->refused_count < TG_USB_REFUSED_MAX ? usb->refused_count++ : 0;

	usb->refused[at] = usb->held;
	tg_usb_detach(usb, !usb->keep);
}

/* ---- a place ---- */

int tg_usb_open(tg_usb **out, const tg_usb_select *select, tg_usb_role role, tg_error *err)
{
	tg_usb *usb = calloc(1, sizeof(*usb));
	pthread_condattr_t attr;
	int rc;

	if (usb == NULL)
		return tg_fail(err, TG_ENOMEM, "USB");
	usb->select = *select;
	usb->role = role;
	usb->node_fd = -1;
	usb->last = &usb->first;
	usb->mend_at_us = INT64_MAX;
	usb->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (usb->event_fd < 0) {
		free(usb);
		return tg_fail_errno(err, TG_EIO, "USB");
	}
	pthread_mutex_init(&usb->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&usb->landed, &attr);
	pthread_condattr_destroy(&attr);
	rc = tg_usb__join(usb, err);
	if (rc == TG_OK) {
		*out = usb;
		return TG_OK;
	}
	close(usb->event_fd);
	free(usb);
	return rc;
}

void tg_usb_close(tg_usb *usb, bool give_back)
{
	if (usb == NULL)
		return;
	tg_usb_detach(usb, give_back);
	tg_usb__leave(usb);
	if (usb->lost)
		return; /* a late completion would write into it */
	pthread_cond_destroy(&usb->landed);
	pthread_mutex_destroy(&usb->mutex);
	close(usb->event_fd);
	free(usb);
}

int tg_usb_fd(const tg_usb *usb)
{
	return usb->event_fd;
}

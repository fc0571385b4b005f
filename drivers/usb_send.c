/* SPDX-License-Identifier: Apache-2.0
 *
 * usb_send.c - ask the device by a control request and wait, or tell it by a report and do not.
 */
#include "drivers/usb_own.h"

#include <stdlib.h>
#include <string.h>

#define SENDING_MAX 4 /* reports on their way to the device: a lane sends two for one scan */
#define SEND_MS 500   /* a beep later than this is for another label */

static void LIBUSB_CALL on_sent(struct libusb_transfer *transfer)
{
	tg_usb *usb = transfer->user_data;

	pthread_mutex_lock(&usb->mutex);
	if (transfer->status == LIBUSB_TRANSFER_NO_DEVICE)
		tg_usb__note_health(usb, TG_USB_GONE);
	usb->sending--;
	pthread_cond_broadcast(&usb->landed);
	tg_usb__wake(usb);
	pthread_mutex_unlock(&usb->mutex);
	free(transfer->buffer);
	libusb_free_transfer(transfer);
}

/* For one that waits: tg_usb_control(). */
struct request {
	tg_usb *usb;
	bool done;
};

static void LIBUSB_CALL on_control(struct libusb_transfer *transfer)
{
	struct request *request = transfer->user_data;
	tg_usb *usb = request->usb;

	pthread_mutex_lock(&usb->mutex);
	request->done = true;
	pthread_cond_broadcast(&usb->landed);
	pthread_mutex_unlock(&usb->mutex);
}

int tg_usb_control(
	tg_usb *usb, uint8_t type, uint8_t request, uint16_t value, void *data, size_t *len, tg_error *err)
{
	struct request waiting = { .usb = usb };
	struct libusb_transfer *t = libusb_alloc_transfer(0);
	uint8_t *buffer = malloc(LIBUSB_CONTROL_SETUP_SIZE + *len);
	int rc = t == NULL || buffer == NULL ? LIBUSB_ERROR_NO_MEM : 0;

	if (rc == 0) {
		libusb_fill_control_setup(buffer, type, request, value, usb->held.interface, (uint16_t)*len);
		if ((type & LIBUSB_ENDPOINT_IN) == 0 && *len > 0)
			memcpy(buffer + LIBUSB_CONTROL_SETUP_SIZE, data, *len);
		libusb_fill_control_transfer(t, usb->handle, buffer, on_control, &waiting, TG_USB_CONTROL_MS);
		rc = libusb_submit_transfer(t);
	}
	if (rc == 0) {
		pthread_mutex_lock(&usb->mutex);
		while (!waiting.done)
			pthread_cond_wait(&usb->landed, &usb->mutex);
		pthread_mutex_unlock(&usb->mutex);
		rc = t->status == LIBUSB_TRANSFER_COMPLETED   ? 0
		     : t->status == LIBUSB_TRANSFER_STALL     ? LIBUSB_ERROR_PIPE
		     : t->status == LIBUSB_TRANSFER_NO_DEVICE ? LIBUSB_ERROR_NO_DEVICE
		     : t->status == LIBUSB_TRANSFER_TIMED_OUT ? LIBUSB_ERROR_TIMEOUT
							      : LIBUSB_ERROR_IO;
	}
	if (rc == 0 && (type & LIBUSB_ENDPOINT_IN) != 0) {
		*len = (size_t)t->actual_length;
		memcpy(data, buffer + LIBUSB_CONTROL_SETUP_SIZE, *len);
	}
	free(buffer);
	libusb_free_transfer(t);
	return rc == 0 ? TG_OK : tg_usb__fail(err, usb->device.port, rc);
}

static void fill_send(struct libusb_transfer *t, tg_usb *usb, uint8_t *buffer, tg_usb_send_kind kind,
	uint8_t id, size_t len)
{
	if (kind == TG_USB_SEND_OUTPUT && usb->out != 0) {
		memmove(buffer, buffer + LIBUSB_CONTROL_SETUP_SIZE, len);
		libusb_fill_interrupt_transfer(
			t, usb->handle, usb->out, buffer, (int)len, on_sent, usb, SEND_MS);
		return;
	}
	/* SET_REPORT, HID 1.11 §7.2.2 */
	libusb_fill_control_setup(
		buffer, 0x21, 0x09, (uint16_t)((unsigned)kind << 8 | id), usb->held.interface, (uint16_t)len);
	libusb_fill_control_transfer(t, usb->handle, buffer, on_sent, usb, SEND_MS);
}

int tg_usb_send(
	tg_usb *usb, tg_usb_send_kind kind, bool numbered, const uint8_t *report, size_t len, tg_error *err)
{
	struct libusb_transfer *t;
	uint8_t *buffer;
	int rc;

	if (usb->handle == NULL)
		return tg_fail(err, TG_ENOTFOUND, "it is not attached");
	t = libusb_alloc_transfer(0);
	buffer = malloc(LIBUSB_CONTROL_SETUP_SIZE + len);
	if (t == NULL || buffer == NULL) {
		libusb_free_transfer(t);
		free(buffer);
		return tg_fail(err, TG_ENOMEM, "%s", usb->device.port);
	}
	memcpy(buffer + LIBUSB_CONTROL_SETUP_SIZE, report, len);
	fill_send(t, usb, buffer, kind, numbered ? report[0] : 0, len);
	pthread_mutex_lock(&usb->mutex);
	rc = usb->sending >= SENDING_MAX ? LIBUSB_ERROR_BUSY : libusb_submit_transfer(t);
	usb->sending += rc == 0;
	pthread_mutex_unlock(&usb->mutex);
	if (rc == 0)
		return TG_OK;
	free(buffer);
	libusb_free_transfer(t);
	return rc == LIBUSB_ERROR_BUSY
		       ? tg_fail(err, TG_EBUSY, "%s: it does not take what it is told", usb->device.port)
		       : tg_usb__fail(err, usb->device.port, rc);
}

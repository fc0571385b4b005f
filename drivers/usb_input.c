/* SPDX-License-Identifier: Apache-2.0
 *
 * usb_input.c - listen to the device: transfers in flight, the queue between event thread and lane, and trying again after errors.
 */
#include "drivers/usb_own.h"

#include "store/base/utc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEND_FIRST_US 20000 /* after the first error in a row; doubled with each */
#define MEND_TRIES 5        /* errors in a row; then the device is reset */
#define CLOSE_WAIT_S 10     /* a cancelled transfer comes back at once, unless the kernel is in trouble */

struct tg_usb_waiting {
	struct tg_usb_waiting *next;
	tg_usb_message_kind kind;
	uint32_t count;
	int64_t mono_us;
	size_t len;
	uint8_t data[];
};

/* ---- the queue ---- */

static void append(tg_usb *usb, tg_usb_message_kind kind, const uint8_t *data, size_t len)
{
	struct tg_usb_waiting *m = malloc(sizeof(*m) + len);

	if (m == NULL)
		return; /* the machine is out of memory: nothing better can be said from here */
	*m = (struct tg_usb_waiting){ .kind = kind, .count = 1, .mono_us = tg_mono_now_us(), .len = len };
	if (len > 0)
		memcpy(m->data, data, len);
	*usb->last = m;
	usb->last = &m->next;
	usb->queued++;
}

/* Something was lost at this point of the stream. One mark for what is lost in a row. */
static void append_mark(tg_usb *usb, tg_usb_message_kind kind)
{
	struct tg_usb_waiting *end = usb->first;

	while (end != NULL && end->next != NULL)
		end = end->next;
	if (end != NULL && end->kind == kind)
		end->count++;
	else
		append(usb, kind, NULL, 0);
}

static void append_report(tg_usb *usb, const uint8_t *data, size_t len)
{
	if (usb->queued < TG_USB_QUEUE_MAX && len <= TG_USB_REPORT_MAX)
		append(usb, TG_USB_REPORT, data, len);
	else
		append_mark(usb, TG_USB_OVERFLOW);
}

void tg_usb__drop_queue(tg_usb *usb)
{
	while (usb->first != NULL) {
		struct tg_usb_waiting *m = usb->first;

		usb->first = m->next;
		free(m);
	}
	usb->last = &usb->first;
	usb->queued = 0;
}

bool tg_usb_take(tg_usb *usb, tg_usb_message *out)
{
	uint64_t count;
	struct tg_usb_waiting *m;

	pthread_mutex_lock(&usb->mutex);
	m = usb->first;
	if (m != NULL) {
		usb->first = m->next;
		if (usb->first == NULL)
			usb->last = &usb->first;
		usb->queued--;
	} else {
		(void)!read(usb->event_fd, &count, sizeof(count));
	}
	pthread_mutex_unlock(&usb->mutex);
	if (m == NULL)
		return false;
	out->kind = m->kind;
	out->count = m->count;
	out->mono_us = m->mono_us;
	out->len = m->len;
	memcpy(out->data, m->data, m->len);
	free(m);
	return true;
}

/* ---- completions: the event thread ---- */

void tg_usb__note_health(tg_usb *usb, tg_usb_health health)
{
	if (health > usb->health)
		usb->health = health;
}

static tg_usb_health health_of(enum libusb_transfer_status status)
{
	switch (status) {
	case LIBUSB_TRANSFER_NO_DEVICE:
		return TG_USB_GONE;
	case LIBUSB_TRANSFER_STALL:
		return TG_USB_STALLED;
	case LIBUSB_TRANSFER_COMPLETED:
	case LIBUSB_TRANSFER_CANCELLED:
		return TG_USB_GOOD;
	case LIBUSB_TRANSFER_ERROR:
	case LIBUSB_TRANSFER_TIMED_OUT:
	case LIBUSB_TRANSFER_OVERFLOW:
	default:
		return TG_USB_FAILING;
	}
}

static void LIBUSB_CALL on_input(struct libusb_transfer *transfer)
{
	tg_usb_listener *l = transfer->user_data;
	tg_usb *usb = l->usb;
	tg_usb_health health = health_of(transfer->status);
	bool again = false;

	pthread_mutex_lock(&usb->mutex);
	if (transfer->status == LIBUSB_TRANSFER_COMPLETED && transfer->actual_length > 0) {
		append_report(usb, transfer->buffer, (size_t)transfer->actual_length);
		usb->heard = true;
	}
	if (health == TG_USB_FAILING)
		append_mark(usb, TG_USB_HOLE);
	tg_usb__note_health(usb, health);
	if (transfer->status == LIBUSB_TRANSFER_COMPLETED && usb->health == TG_USB_GOOD && !usb->closing) {
		int rc = libusb_submit_transfer(transfer);

		again = rc == 0;
		if (rc != 0)
			tg_usb__note_health(usb, rc == LIBUSB_ERROR_NO_DEVICE ? TG_USB_GONE : TG_USB_FAILING);
	}
	if (!again) {
		l->flying = false;
		usb->flying--;
		pthread_cond_broadcast(&usb->landed);
	}
	tg_usb__wake(usb);
	pthread_mutex_unlock(&usb->mutex);
}

/* ---- listening ---- */

void tg_usb__free_listeners(tg_usb *usb)
{
	for (int i = 0; i < TG_USB_LISTENING; i++) {
		struct libusb_transfer *t = usb->listeners[i].transfer;

		if (t == NULL)
			continue;
		free(t->buffer);
		libusb_free_transfer(t);
		usb->listeners[i].transfer = NULL;
	}
}

static int submit(tg_usb *usb, tg_error *err)
{
	int rc = 0;

	for (int i = 0; i < TG_USB_LISTENING && rc == 0; i++) {
		tg_usb_listener *l = &usb->listeners[i];

		pthread_mutex_lock(&usb->mutex);
		if (!l->flying) {
			rc = libusb_submit_transfer(l->transfer);
			l->flying = rc == 0;
			usb->flying += rc == 0;
		}
		pthread_mutex_unlock(&usb->mutex);
	}
	return rc == 0 ? TG_OK : tg_usb__fail(err, usb->device.port, rc);
}

int tg_usb_listen(tg_usb *usb, size_t report_bytes, tg_error *err)
{
	/* Whole packets, or the host controller calls a full one an overflow. */
	size_t size = (report_bytes + usb->in_packet - 1) / usb->in_packet * usb->in_packet;

	for (int i = 0; i < TG_USB_LISTENING; i++) {
		tg_usb_listener *l = &usb->listeners[i];
		uint8_t *buffer = calloc(1, size);

		l->usb = usb;
		l->flying = false;
		l->transfer = libusb_alloc_transfer(0);
		if (l->transfer == NULL || buffer == NULL) {
			libusb_free_transfer(l->transfer);
			l->transfer = NULL;
			free(buffer);
			return tg_fail(err, TG_ENOMEM, "%s", usb->device.port);
		}
		libusb_fill_interrupt_transfer(
			l->transfer, usb->handle, usb->in, buffer, (int)size, on_input, l, 0);
	}
	return submit(usb, err);
}

bool tg_usb__wait_landed(tg_usb *usb, const unsigned *count)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += CLOSE_WAIT_S;
	while (*count > 0 && rc == 0)
		rc = pthread_cond_timedwait(&usb->landed, &usb->mutex, &until);
	return *count == 0;
}

bool tg_usb__cancel(tg_usb *usb)
{
	bool landed;

	for (int i = 0; i < TG_USB_LISTENING; i++)
		if (usb->listeners[i].transfer != NULL)
			libusb_cancel_transfer(
				usb->listeners[i].transfer); /* not flying: says so, does nothing */
	pthread_mutex_lock(&usb->mutex);
	landed = tg_usb__wait_landed(usb, &usb->flying);
	pthread_mutex_unlock(&usb->mutex);
	return landed;
}

static void plan_mend(tg_usb *usb, int64_t mono_us)
{
	usb->errors++;
	usb->mend_at_us = mono_us + ((int64_t)MEND_FIRST_US << usb->errors);
}

int tg_usb_mend(tg_usb *usb, int64_t mono_us, tg_error *err)
{
	tg_usb_health health;

	pthread_mutex_lock(&usb->mutex);
	health = usb->health;
	if (usb->heard)
		usb->errors = 0;
	usb->heard = false;
	pthread_mutex_unlock(&usb->mutex);
	if (health == TG_USB_GOOD)
		return TG_OK;
	if (health == TG_USB_GONE || !tg_usb_there(&usb->device))
		return tg_fail(err, TG_ENOTFOUND, "%04x:%04x was unplugged from port %s", usb->device.vendor,
			usb->device.product, usb->device.port);
	if (usb->mend_at_us == INT64_MAX)
		plan_mend(usb, mono_us);
	if (mono_us < usb->mend_at_us)
		return TG_OK;
	usb->mend_at_us = INT64_MAX;
	if (!tg_usb__cancel(usb) || usb->errors >= MEND_TRIES) {
		libusb_reset_device(usb->handle);
		return tg_fail(err, TG_EIO,
			"%04x:%04x at port %s: %u transfers in a row failed; the device was reset (try "
			"another cable or port)",
			usb->device.vendor, usb->device.product, usb->device.port, usb->errors);
	}
	if (health == TG_USB_STALLED)
		libusb_clear_halt(usb->handle, usb->in);
	pthread_mutex_lock(&usb->mutex);
	usb->health = TG_USB_GOOD;
	pthread_mutex_unlock(&usb->mutex);
	return submit(usb, err);
}

int64_t tg_usb_mend_at_us(const tg_usb *usb)
{
	return usb->mend_at_us;
}

bool tg_usb_plugged(tg_usb *usb)
{
	return __atomic_exchange_n(&usb->plugged, false, __ATOMIC_ACQ_REL);
}

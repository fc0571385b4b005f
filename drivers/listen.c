/* SPDX-License-Identifier: Apache-2.0
 *
 * listen.c - see listen.h.
 */
#include "drivers/listen.h"

#include "drivers/usb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GET_DESCRIPTOR_IN = 0x81, GET_DESCRIPTOR = 0x06, DESCRIPTOR_REPORT = 0x2200 };

#define READS_MAX 16 /* of a line in one call: a label is 1 to 3 */

struct tg_listen {
	tg_device device;
	tg_usb *usb;   /* one of the two */
	tg_port *port;
	tg_hid_table table;
	tg_learn learn;
	tg_usb_message message;
};

/* The descriptor is read as any host reads it; nothing else is asked, and nothing told. */
static int read_table(tg_listen *l, tg_error *err)
{
	uint8_t descriptor[TG_HID_DESCRIPTOR_MAX];
	size_t len = tg_usb_descriptor_len(l->usb, sizeof(descriptor));
	int rc = tg_usb_control(l->usb, GET_DESCRIPTOR_IN, GET_DESCRIPTOR, DESCRIPTOR_REPORT, descriptor, &len, err);

	if (rc == TG_OK)
		rc = tg_hid_table_read(&l->table, descriptor, len, err);
	if (rc == TG_OK && (!l->table.scanner || l->table.scan_count == 0))
		rc = tg_fail(err, TG_ESTATE, "%s: its report descriptor is no bar code scanner's", l->device.name);
	return rc;
}

/* The longest report of a keyboard that is not in its boot protocol: an identifier, and the boot report. */
static int open_usb(tg_listen *l, tg_error *err)
{
	bool wedge = strcmp(l->device.driver, "wedge") == 0;
	tg_usb_select select;
	char id[16];
	int rc;

	snprintf(id, sizeof(id), "%04x:%04x", l->device.vendor, l->device.product);
	rc = tg_usb_select_parse(&select, id, NULL, l->device.port, err);
	if (rc == TG_OK)
		rc = tg_usb_open(&l->usb, &select, wedge ? TG_USB_KEYBOARD : TG_USB_SCANNER, err);
	if (rc == TG_OK) {
		tg_usb_keep(l->usb, wedge && l->device.state == TG_DEVICE_UNBOUND);
		rc = tg_usb_attach(l->usb, err);
	}
	if (rc == TG_OK && !wedge)
		rc = read_table(l, err);
	if (rc == TG_OK)
		rc = tg_usb_listen(l->usb, wedge ? 9 : l->table.input_max, err);
	return rc;
}

int tg_listen_open(tg_listen **out, const tg_device *device, const tg_line *line, tg_error *err)
{
	tg_listen *l = calloc(1, sizeof(*l));
	int rc;

	if (l == NULL)
		return tg_fail(err, TG_ENOMEM, "%s", device->name);
	l->device = *device;
	rc = strcmp(device->driver, "serial") == 0 ? tg_port_open(&l->port, device->node, line, err) : open_usb(l, err);
	if (rc != TG_OK) {
		tg_listen_close(l);
		return rc;
	}
	tg_learn_begin(&l->learn, device->driver, &l->table);
	*out = l;
	return TG_OK;
}

void tg_listen_close(tg_listen *l)
{
	if (l == NULL)
		return;
	/* what a gate keeps from the desktop goes back there by a recorded release, not by this */
	tg_usb_close(l->usb, strcmp(l->device.driver, "wedge") != 0 || l->device.state != TG_DEVICE_UNBOUND);
	tg_port_close(l->port);
	explicit_bzero(l, sizeof(*l));
	free(l);
}

const tg_device *tg_listen_device(const tg_listen *l)
{
	return &l->device;
}

int tg_listen_fd(const tg_listen *l)
{
	return l->usb != NULL ? tg_usb_fd(l->usb) : tg_port_fd(l->port);
}

static int service_port(tg_listen *l, int64_t mono_us, tg_error *err)
{
	uint8_t buf[512];
	size_t got = 1;
	int rc = TG_OK;

	for (int i = 0; i < READS_MAX && rc == TG_OK && got > 0; i++) {
		rc = tg_port_read(l->port, buf, sizeof(buf), &got, err);
		if (rc == TG_OK)
			tg_learn_feed(&l->learn, buf, got, mono_us);
	}
	return rc;
}

int tg_listen_service(tg_listen *l, int64_t mono_us, tg_error *err)
{
	if (l->port != NULL)
		return service_port(l, mono_us, err);
	while (tg_usb_take(l->usb, &l->message))
		if (l->message.kind == TG_USB_REPORT)
			tg_learn_feed(&l->learn, l->message.data, l->message.len, l->message.mono_us);
	return tg_usb_mend(l->usb, mono_us, err);
}

tg_learn *tg_listen_heard(tg_listen *l)
{
	return &l->learn;
}

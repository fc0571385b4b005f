/* SPDX-License-Identifier: Apache-2.0
 *
 * devices.c - the list for technicians. See devices.h.
 */
#include "drivers/devices.h"

#include "drivers/usb_find.h"

#include <dirent.h>
#include <libserialport.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BY_ID "/dev/serial/by-id"

struct listing {
	tg_device *list;
	size_t count;
};

const char *tg_device_state_name(tg_device_state state)
{
	static const char *const names[] = { "free", "desktop", "in-use", "unbound", "no-rights" };

	return (size_t)state < TG_COUNT(names) ? names[state] : "unknown";
}

static tg_device *add(struct listing *all, const char *driver)
{
	tg_device *one;

	if (all->count == TG_DEVICES_MAX)
		return NULL;
	one = &all->list[all->count++];
	memset(one, 0, sizeof(*one));
	one->driver = driver;
	return one;
}

static bool may_open(const char *node)
{
	return access(node, R_OK | W_OK) == 0;
}

/* ---- USB ---- */

static tg_device_state usb_state(const tg_usb_interface *interface, const char *node)
{
	if (!may_open(node))
		return TG_DEVICE_NO_RIGHTS;
	if (strcmp(interface->driver, "usbfs") == 0)
		return TG_DEVICE_IN_USE;
	if (interface->driver[0] == '\0')
		return TG_DEVICE_UNBOUND;
	return interface->role == TG_USB_KEYBOARD ? TG_DEVICE_DESKTOP : TG_DEVICE_FREE;
}

static void usb_why(tg_device *one)
{
	switch (one->state) {
	case TG_DEVICE_NO_RIGHTS:
		snprintf(one->why, sizeof(one->why),
			"no right to open %s; tillgate-udev(7) has the rule, then plug it in anew",
			one->node);
		break;
	case TG_DEVICE_IN_USE:
		snprintf(
			one->why, sizeof(one->why), "a program has it (\"fuser -v %s\" names it)", one->node);
		break;
	case TG_DEVICE_DESKTOP:
		snprintf(one->why, sizeof(one->why),
			"types into the desktop; if it is a scanner, name it in a lane of tillgate.conf (a "
			"person's keyboard must not be)");
		break;
	case TG_DEVICE_UNBOUND:
		snprintf(one->why, sizeof(one->why), "%s",
			strcmp(one->driver, "wedge") == 0
				? "kept from the desktop; plug it in anew to give it back"
				: "nobody has it; if it is a scanner, a lane that names it takes it");
		break;
	case TG_DEVICE_FREE:
		break;
	}
}

/* A serial number tells two of one model apart wherever they are plugged in; a port is the next best. */
static void usb_config(tg_device *one)
{
	bool quoted = one->serial[0] != '\0' &&
		      strpbrk(one->serial, "\\$?'") == NULL; /* libconfuse would read these as its own */

	snprintf(one->config, sizeof(one->config), "driver = %s  usb = \"%04x:%04x\"  %s = \"%s\"",
		one->driver, one->vendor, one->product, quoted ? "serial" : "port",
		quoted ? one->serial : one->port);
}

static void add_usb(struct listing *all, const tg_usb_device *device, const tg_usb_interface *interface)
{
	tg_device *one = add(all, interface->role == TG_USB_KEYBOARD ? "wedge" : "hid-pos");

	if (one == NULL)
		return;
	tg_usb_name(one->name, sizeof(one->name), device);
	tg_usb_node(one->node, sizeof(one->node), device);
	snprintf(one->port, sizeof(one->port), "%s", device->port);
	snprintf(one->serial, sizeof(one->serial), "%s", device->serial);
	snprintf(one->words, sizeof(one->words), "%s", device->name);
	one->vendor = device->vendor;
	one->product = device->product;
	one->interface = interface->number;
	one->state = usb_state(interface, one->node);
	usb_why(one);
	usb_config(one);
}

static int add_role(struct listing *all, tg_usb_role role, tg_error *err)
{
	tg_usb_device *list;
	size_t count;
	int rc = tg_usb_find(&list, &count, err);

	if (rc != TG_OK)
		return rc;
	for (size_t i = 0; i < count; i++)
		for (size_t n = 0; n < list[i].interface_count; n++)
			if (list[i].interfaces[n].role == role)
				add_usb(all, &list[i], &list[i].interfaces[n]);
	free(list);
	return TG_OK;
}

/* ---- serial ---- */

/* The stable link to a node, or the node itself. */
static void stable_name(char *out, size_t size, const char *node)
{
	DIR *d = opendir(BY_ID);
	struct dirent *e;
	char path[300], *real;

	snprintf(out, size, "%s", node);
	while (d != NULL && (e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), BY_ID "/%s", e->d_name);
		real = e->d_name[0] != '.' ? realpath(path, NULL) : NULL;
		if (real != NULL && strcmp(real, node) == 0 && strlen(path) < size)
			snprintf(out, size, "%s", path);
		free(real);
	}
	if (d != NULL)
		closedir(d);
}

static void add_port(struct listing *all, const struct sp_port *port)
{
	const char *words = sp_get_port_description(port), *serial = sp_get_port_usb_serial(port);
	tg_device *one = add(all, "serial");
	int vendor, product;

	if (one == NULL)
		return;
	snprintf(one->node, sizeof(one->node), "%s", sp_get_port_name(port));
	stable_name(one->name, sizeof(one->name), one->node);
	snprintf(one->words, sizeof(one->words), "%.63s", words != NULL ? words : "");
	snprintf(one->serial, sizeof(one->serial), "%.63s", serial != NULL ? serial : "");
	for (char *c = one->words; *c != '\0'; c++)
		*c = *c < 0x20 || *c > 0x7E ? '?' : *c;
	for (char *c = one->serial; *c != '\0'; c++)
		*c = *c < 0x20 || *c > 0x7E ? '?' : *c;
	if (sp_get_port_usb_vid_pid(port, &vendor, &product) == SP_OK) {
		one->vendor = (uint16_t)vendor;
		one->product = (uint16_t)product;
	}
	snprintf(one->config, sizeof(one->config), "driver = serial  path = \"%.160s\"", one->name);
	if (may_open(one->node))
		return;
	one->state = TG_DEVICE_NO_RIGHTS;
	snprintf(one->why, sizeof(one->why),
		"no right to open %s (is the user in the port's group, often dialout?)", one->node);
}

static void add_ports(struct listing *all)
{
	struct sp_port **ports;

	if (sp_list_ports(&ports) != SP_OK)
		return;
	for (size_t i = 0; ports[i] != NULL; i++)
		add_port(all, ports[i]);
	sp_free_port_list(ports);
}

int tg_devices_list(tg_device **out, size_t *count, tg_error *err)
{
	struct listing all = { .list = calloc(TG_DEVICES_MAX, sizeof(*all.list)) };
	int rc;

	if (all.list == NULL)
		return tg_fail(err, TG_ENOMEM, "list of devices");
	rc = add_role(&all, TG_USB_SCANNER, err);
	if (rc == TG_OK)
		rc = add_role(&all, TG_USB_UNREAD, err); /* may be one: a crash leaves it so */
	if (rc == TG_OK)
		rc = add_role(&all, TG_USB_KEYBOARD, err);
	if (rc != TG_OK) {
		free(all.list);
		return rc;
	}
	add_ports(&all);
	*out = all.list;
	*count = all.count;
	return TG_OK;
}

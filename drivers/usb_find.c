/* SPDX-License-Identifier: Apache-2.0
 *
 * usb_find.c - sysfs to a list of USB devices. See usb_find.h.
 */
#include "drivers/usb_find.h"

#include "drivers/hid_report.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYSFS "/sys/bus/usb/devices"

enum { CLASS_HID = 3, SUBCLASS_BOOT = 1, PROTOCOL_KEYBOARD = 1, PROTOCOL_MOUSE = 2 };

/* ---- small files ---- */

/* A file below `dir`; how much was read, 0 if it cannot be. */
static size_t read_bytes(const char *dir, const char *name, void *out, size_t size)
{
	char path[512];
	size_t len = 0;
	ssize_t n = 1;
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	while (len < size && n > 0) {
		n = read(fd, (char *)out + len, size - len);
		if (n > 0)
			len += (size_t)n;
	}
	close(fd);
	return len;
}

/* One line of text, with nothing in it that a terminal or a log could mistake. */
static void read_text(char *out, size_t size, const char *dir, const char *name)
{
	size_t len = read_bytes(dir, name, out, size - 1);

	while (len > 0 && isspace((unsigned char)out[len - 1]))
		len--;
	for (size_t i = 0; i < len; i++)
		if (out[i] < 0x20 || out[i] > 0x7E || out[i] == '"')
			out[i] = '?';
	out[len] = '\0';
}

/* -1: not there, or no number of at most `most`. */
static long read_number(const char *dir, const char *name, int base, long most)
{
	char text[16], *end;
	long value;

	read_text(text, sizeof(text), dir, name);
	value = strtol(text, &end, base);
	return text[0] == '\0' || *end != '\0' || value < 0 || value > most ? -1 : value;
}

/* ---- one interface ---- */

/* The report descriptor as hid-core read it, from the folder "0003:0C2E:0B81.0001" below the interface's. */
static size_t read_descriptor(const char *dir, uint8_t *out, size_t size)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char name[300];
	size_t len = 0;

	while (d != NULL && len == 0 && (e = readdir(d)) != NULL) {
		if (strlen(e->d_name) < 15 || e->d_name[4] != ':' || e->d_name[9] != ':')
			continue;
		snprintf(name, sizeof(name), "%s/report_descriptor", e->d_name);
		len = read_bytes(dir, name, out, size);
	}
	if (d != NULL)
		closedir(d);
	return len;
}

static tg_usb_role hid_role(const char *dir)
{
	long subclass = read_number(dir, "bInterfaceSubClass", 16, 255);
	long protocol = read_number(dir, "bInterfaceProtocol", 16, 255);
	uint8_t descriptor[TG_HID_DESCRIPTOR_MAX];
	size_t len = read_descriptor(dir, descriptor, sizeof(descriptor));
	tg_hid_table *table = len > 0 ? malloc(sizeof(*table)) : NULL;
	tg_usb_role role = TG_USB_OTHER;

	if (table != NULL && tg_hid_table_read(table, descriptor, len, NULL) == TG_OK && table->scanner &&
		table->scan_count > 0)
		role = TG_USB_SCANNER;
	else if (subclass == SUBCLASS_BOOT && protocol == PROTOCOL_KEYBOARD)
		role = TG_USB_KEYBOARD;
	else if (len == 0 && !(subclass == SUBCLASS_BOOT && protocol == PROTOCOL_MOUSE))
		role = TG_USB_UNREAD;
	free(table);
	return role;
}

static void read_driver(char *out, size_t size, const char *dir)
{
	char path[512], target[256];
	const char *slash;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/driver", dir);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	slash = strrchr(target, '/');
	snprintf(out, size, "%.31s", slash != NULL ? slash + 1 : target);
}

static void add_interface(tg_usb_device *device, const char *entry)
{
	tg_usb_interface *one = &device->interfaces[device->interface_count];
	char dir[320];
	long number, class;

	snprintf(dir, sizeof(dir), SYSFS "/%s", entry);
	number = read_number(dir, "bInterfaceNumber", 16, 255);
	class = read_number(dir, "bInterfaceClass", 16, 255);
	if (device->interface_count == TG_USB_INTERFACES_MAX || number < 0)
		return;
	one->number = (uint8_t)number;
	one->role = (uint8_t)(class == CLASS_HID ? hid_role(dir) : TG_USB_OTHER);
	read_driver(one->driver, sizeof(one->driver), dir);
	device->interface_count++;
}

/* ---- one device ---- */

static bool read_device(tg_usb_device *out, const char *entry)
{
	char dir[320], maker[32], product[32];
	long bus, address, vendor, model;

	snprintf(dir, sizeof(dir), SYSFS "/%s", entry);
	bus = read_number(dir, "busnum", 10, 255);
	address = read_number(dir, "devnum", 10, 255);
	vendor = read_number(dir, "idVendor", 16, UINT16_MAX);
	model = read_number(dir, "idProduct", 16, UINT16_MAX);
	if (bus < 0 || address < 0 || vendor < 0 || model < 0 || strlen(entry) >= sizeof(out->port))
		return false;
	memset(out, 0, sizeof(*out));
	out->bus = (uint8_t)bus;
	out->address = (uint8_t)address;
	out->vendor = (uint16_t)vendor;
	out->product = (uint16_t)model;
	snprintf(out->port, sizeof(out->port), "%.31s", entry);
	read_text(out->serial, sizeof(out->serial), dir, "serial");
	read_text(maker, sizeof(maker), dir, "manufacturer");
	read_text(product, sizeof(product), dir, "product");
	snprintf(out->name, sizeof(out->name), "%s%s%s", maker,
		maker[0] != '\0' && product[0] != '\0' ? " " : "", product);
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The entries of the folder, sorted: a device "1-1" stands before its interfaces "1-1:1.0". */
static size_t read_entries(char **out, size_t max)
{
	DIR *d = opendir(SYSFS);
	struct dirent *e;
	size_t count = 0;

	while (d != NULL && count < max && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && (out[count] = strdup(e->d_name)) != NULL)
			count++;
	if (d != NULL)
		closedir(d);
	qsort(out, count, sizeof(*out), by_name);
	return count;
}

static tg_usb_device *device_of(tg_usb_device *list, size_t count, const char *entry)
{
	size_t len = strcspn(entry, ":");

	for (size_t i = 0; i < count; i++)
		if (strlen(list[i].port) == len && strncmp(list[i].port, entry, len) == 0)
			return &list[i];
	return NULL;
}

int tg_usb_find(tg_usb_device **out, size_t *count, tg_error *err)
{
	enum { ENTRIES_MAX = TG_USB_DEVICES_MAX * 8 };
	tg_usb_device *list = calloc(TG_USB_DEVICES_MAX, sizeof(*list));
	char **entries = calloc(ENTRIES_MAX, sizeof(*entries));
	size_t entry_count, found = 0;

	if (list == NULL || entries == NULL) {
		free(list);
		free(entries);
		return tg_fail(err, TG_ENOMEM, "list of USB devices");
	}
	entry_count = read_entries(entries, ENTRIES_MAX);
	for (size_t i = 0; i < entry_count && found < TG_USB_DEVICES_MAX; i++)
		if (strchr(entries[i], ':') == NULL && read_device(&list[found], entries[i]))
			found++;
	for (size_t i = 0; i < entry_count; i++) {
		tg_usb_device *device =
			strchr(entries[i], ':') != NULL ? device_of(list, found, entries[i]) : NULL;

		if (device != NULL)
			add_interface(device, entries[i]);
		free(entries[i]);
	}
	free(entries);
	*out = list;
	*count = found;
	return TG_OK;
}

size_t tg_usb_read_descriptor(
	const tg_usb_device *device, const tg_usb_interface *interface, uint8_t *out, size_t size)
{
	size_t len = strlen(device->port), found = 0;
	DIR *d = opendir(SYSFS);
	struct dirent *e;
	char dir[320];

	while (d != NULL && found == 0 && (e = readdir(d)) != NULL) {
		if (strncmp(e->d_name, device->port, len) != 0 || e->d_name[len] != ':')
			continue;
		snprintf(dir, sizeof(dir), SYSFS "/%s", e->d_name);
		if (read_number(dir, "bInterfaceNumber", 16, 255) == interface->number)
			found = read_descriptor(dir, out, size);
	}
	if (d != NULL)
		closedir(d);
	return found;
}

bool tg_usb_there(const tg_usb_device *device)
{
	char dir[64];

	snprintf(dir, sizeof(dir), SYSFS "/%s", device->port);
	return read_number(dir, "devnum", 10, 255) == device->address;
}

void tg_usb_node(char *out, size_t size, const tg_usb_device *device)
{
	snprintf(out, size, "/dev/bus/usb/%03u/%03u", device->bus, device->address);
}

void tg_usb_name(char *out, size_t size, const tg_usb_device *device)
{
	bool has = device->serial[0] != '\0';

	snprintf(out, size, "usb-%04x:%04x-%s%s", device->vendor, device->product, has ? "" : "at-",
		has ? device->serial : device->port);
}

/* ---- which one ---- */

static bool parse_id(tg_usb_select *out, const char *text)
{
	static const char hex[] = "0123456789abcdefABCDEF";

	if (strlen(text) != 9 || text[4] != ':' || strspn(text, hex) != 4 || strspn(text + 5, hex) != 4)
		return false;
	out->vendor = (uint16_t)strtoul(text, NULL, 16);
	out->product = (uint16_t)strtoul(text + 5, NULL, 16);
	return true;
}

static int take_text(
	char *out, size_t size, const char *what, const char *text, const char *allowed, tg_error *err)
{
	if (text == NULL)
		return TG_OK;
	if (strlen(text) >= size || (allowed != NULL && strspn(text, allowed) != strlen(text)))
		return tg_fail(err, TG_EINVAL,
			"%s: \"%.40s\" is none (\"tillgate devices\" shows what is attached)", what, text);
	snprintf(out, size, "%s", text);
	return TG_OK;
}

int tg_usb_select_parse(
	tg_usb_select *out, const char *usb, const char *serial, const char *port, tg_error *err)
{
	int rc;

	memset(out, 0, sizeof(*out));
	if (usb != NULL && strcmp(usb, "any") == 0)
		out->any = true;
	else if (usb != NULL && usb[0] != '\0') {
		out->by_id = parse_id(out, usb);
		if (!out->by_id)
			return tg_fail(err, TG_EINVAL,
				"usb: wanted \"any\" or VENDOR:PRODUCT in hexadecimal, such as "
				"\"0c2e:0b81\"; found \"%.40s\"",
				usb);
	}
	rc = take_text(out->serial, sizeof(out->serial), "serial", serial, NULL, err);
	if (rc == TG_OK)
		rc = take_text(out->port, sizeof(out->port), "port", port, "0123456789-.", err);
	if (rc == TG_OK && !out->any && tg_usb_select_rank(out) == 0)
		rc = tg_fail(err, TG_EINVAL, "wanted usb, serial or port to say which device is meant");
	return rc;
}

void tg_usb_select_words(char *out, size_t size, const tg_usb_select *select)
{
	size_t n = 0;

	out[0] = '\0';
	if (select->by_id)
		n += (size_t)snprintf(out, size, "%04x:%04x", select->vendor, select->product);
	if (select->serial[0] != '\0' && n < size)
		n += (size_t)snprintf(out + n, size - n, "%sserial %s", n > 0 ? " " : "", select->serial);
	if (select->port[0] != '\0' && n < size)
		n += (size_t)snprintf(out + n, size - n, "%sat port %s", n > 0 ? " " : "", select->port);
	if (n == 0)
		snprintf(out, size, "any");
}

bool tg_usb_select_fits(const tg_usb_select *select, const tg_usb_device *device)
{
	return (!select->by_id || (select->vendor == device->vendor && select->product == device->product)) &&
	       (select->serial[0] == '\0' || strcmp(select->serial, device->serial) == 0) &&
	       (select->port[0] == '\0' || strcmp(select->port, device->port) == 0);
}

int tg_usb_select_rank(const tg_usb_select *select)
{
	return (select->serial[0] != '\0') * 4 + (select->port[0] != '\0') * 2 + select->by_id;
}

const tg_usb_interface *tg_usb_interface_for(const tg_usb_device *device, tg_usb_role role)
{
	const tg_usb_interface *unread = NULL;

	for (size_t i = 0; i < device->interface_count; i++) {
		if (device->interfaces[i].role == role)
			return &device->interfaces[i];
		if (device->interfaces[i].role == TG_USB_UNREAD && role == TG_USB_SCANNER && unread == NULL)
			unread = &device->interfaces[i];
	}
	return unread;
}

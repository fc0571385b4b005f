/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_usb.c - see fake_usb.h. The handler runs in umockdev's thread, in our address space: pointers of requests are ours.
 */
#include "tests/unit/drivers/fake_usb.h"

#include <errno.h>
#include <linux/ioctl.h>
#include <linux/usbdevice_fs.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <umockdev.h>

#define URBS 32
#define REPORTS 1024

struct list {
	struct usbdevfs_urb *urb[URBS];
	int count;
};

struct fake {
	fake_config config;
	char path[128], node[32], driver[16];
	struct list flying, done;
	uint8_t (*reports)[64]; /* REPORTS of them, not sent yet */
	size_t lens[REPORTS];
	int first, last;
	int error;
	bool busy, gone;
	uint8_t refuse;
	char told[512];
	fake *next;
};

static UMockdevTestbed *bed;
static UMockdevIoctlBase *handler;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static fake *devices;

/* ---- the device's side ---- */

static void tell(fake *f, const char *words)
{
	size_t n = strlen(f->told);

	snprintf(f->told + n, sizeof(f->told) - n, "%s%s", n > 0 ? " " : "", words);
}

static void tell_bytes(fake *f, const char *what, const uint8_t *bytes, int len)
{
	char words[160];
	int n = snprintf(words, sizeof(words), "%s:", what);

	for (int i = 0; i < len && n < 150; i++)
		n += snprintf(words + n, sizeof(words) - (size_t)n, "%02x", bytes[i]);
	tell(f, words);
}

static void end_urb(fake *f, struct usbdevfs_urb *urb, int status, int actual)
{
	urb->status = status;
	urb->actual_length = actual;
	f->done.urb[f->done.count++] = urb;
}

static void remove_at(struct list *l, int at)
{
	memmove(&l->urb[at], &l->urb[at + 1], (size_t)(l->count - at - 1) * sizeof(l->urb[0]));
	l->count--;
}

/* Reports to transfers that wait for them. */
static void move(fake *f)
{
	for (int i = 0; i < f->flying.count;) {
		struct usbdevfs_urb *urb = f->flying.urb[i];

		if ((urb->endpoint & 0x80) == 0 || (f->error == 0 && f->first == f->last)) {
			i++;
			continue;
		}
		remove_at(&f->flying, i);
		if (f->error != 0) {
			end_urb(f, urb, -f->error, 0);
			f->error = 0;
		} else {
			size_t len = f->lens[f->first % REPORTS];

			memcpy(urb->buffer, f->reports[f->first % REPORTS], len);
			f->first++;
			end_urb(f, urb, 0, (int)len);
		}
	}
}

static void answer_control(fake *f, struct usbdevfs_urb *urb)
{
	uint8_t *setup = urb->buffer;
	int len = setup[6] | setup[7] << 8, actual = len;

	if (setup[1] == f->refuse && f->refuse != 0) {
		end_urb(f, urb, -EPIPE, 0);
		return;
	}
	if (setup[0] == 0x81 && setup[1] == 0x06 && setup[3] == 0x22) {
		actual = len < (int)f->config.descriptor_len ? len : (int)f->config.descriptor_len;
		memcpy(setup + 8, f->config.descriptor, (size_t)actual);
	} else if (setup[0] == 0x21 && setup[1] == 0x09) {
		char what[16];

		snprintf(what, sizeof(what), "set:%02x%02x", setup[3], setup[2]);
		tell_bytes(f, what, setup + 8, len);
	} else if (setup[0] == 0x21 && setup[1] == 0x0B) {
		tell(f, setup[2] == 0 ? "proto:0" : "proto:1");
	} else if (setup[0] == 0x21 && setup[1] == 0x0A) {
		tell(f, "idle");
	} else {
		end_urb(f, urb, -EPIPE, 0);
		return;
	}
	end_urb(f, urb, 0, actual);
}

static void take_urb(fake *f, struct usbdevfs_urb *urb)
{
	if (urb->type == USBDEVFS_URB_TYPE_CONTROL) {
		answer_control(f, urb);
	} else if ((urb->endpoint & 0x80) == 0) {
		tell_bytes(f, "out", urb->buffer, urb->buffer_length);
		end_urb(f, urb, 0, urb->buffer_length);
	} else {
		f->flying.urb[f->flying.count++] = urb;
		move(f);
	}
}

/* ---- usbfs ---- */

static int kernel_driver(fake *f, const struct usbdevfs_ioctl *command, long *result)
{
	if ((unsigned long)(unsigned)command->ioctl_code == (unsigned long)USBDEVFS_DISCONNECT) {
		if (f->driver[0] == '\0')
			return ENODATA;
		f->driver[0] = '\0';
		return 0;
	}
	if ((unsigned long)(unsigned)command->ioctl_code == (unsigned long)USBDEVFS_CONNECT) {
		if (f->driver[0] != '\0')
			return EBUSY;
		strcpy(f->driver, "usbhid");
		*result = 1; /* a driver took it */
		return 0;
	}
	return ENOTTY;
}

static int discard(fake *f, struct usbdevfs_urb *urb)
{
	for (int i = 0; i < f->flying.count; i++)
		if (f->flying.urb[i] == urb) {
			remove_at(&f->flying, i);
			end_urb(f, urb, -ENOENT, 0);
			return 0;
		}
	return EINVAL;
}

static int reap(fake *f, void **out)
{
	if (f->done.count == 0)
		return f->gone ? ENODEV : EAGAIN;
	*out = f->done.urb[0];
	remove_at(&f->done, 0);
	return 0;
}

static int claim(fake *f)
{
	if (f->busy || f->driver[0] != '\0')
		return EBUSY;
	strcpy(f->driver, "usbfs");
	return 0;
}

static int answer(fake *f, unsigned long request, void *arg, long *result)
{
	switch (request) {
	case USBDEVFS_GET_CAPABILITIES:
		*(uint32_t *)arg = USBDEVFS_CAP_BULK_CONTINUATION | USBDEVFS_CAP_NO_PACKET_SIZE_LIM |
				   USBDEVFS_CAP_REAP_AFTER_DISCONNECT;
		return 0;
	case USBDEVFS_CONNECTINFO:
		((struct usbdevfs_connectinfo *)arg)->devnum = (unsigned)f->config.address;
		return 0;
	case USBDEVFS_GET_SPEED:
		*result = 2; /* full */
		return 0;
	case USBDEVFS_CONTROL: /* which configuration: the first */
		*(uint8_t *)((struct usbdevfs_ctrltransfer *)arg)->data = 1;
		*result = 1;
		return 0;
	case USBDEVFS_GETDRIVER:
		strcpy(((struct usbdevfs_getdriver *)arg)->driver, f->driver);
		return f->driver[0] != '\0' ? 0 : ENODATA;
	case USBDEVFS_IOCTL:
		return kernel_driver(f, arg, result);
	case USBDEVFS_CLAIMINTERFACE:
		return claim(f);
	case USBDEVFS_RELEASEINTERFACE:
		f->driver[0] = '\0';
		return 0;
	case USBDEVFS_CLEAR_HALT:
		tell(f, "clear");
		return 0;
	case USBDEVFS_RESET:
		tell(f, "reset");
		return 0;
	case USBDEVFS_SUBMITURB:
		if (f->gone)
			return ENODEV;
		take_urb(f, arg);
		return 0;
	case USBDEVFS_REAPURB:
	case USBDEVFS_REAPURBNDELAY:
		return reap(f, arg);
	case USBDEVFS_DISCARDURB:
		return discard(f, arg);
	default:
		return ENOTTY;
	}
}

static gboolean on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *client, void *user)
{
	const char *node = umockdev_ioctl_client_get_devnode(client);
	void *arg = *(void **)umockdev_ioctl_client_get_arg(client)->data;
	int error = ENODEV;
	long result = 0;

	(void)base;
	(void)user;
	pthread_mutex_lock(&mutex);
	for (fake *f = devices; f != NULL; f = f->next)
		if (strcmp(f->node, node) == 0)
			error = answer(f, umockdev_ioctl_client_get_request(client), arg, &result);
	pthread_mutex_unlock(&mutex);
	umockdev_ioctl_client_complete(client, error == 0 ? result : -1, error);
	return TRUE;
}

/* ---- sysfs ---- */

static void hex(char *out, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sprintf(out + 2 * i, "%02X", bytes[i]);
}

/* Device and configuration descriptor, as usbfs gives them. */
static void descriptors_hex(char *out, const fake_config *c)
{
	uint8_t d[18 + 41] = { 18, 1, 0, 2, 0, 0, 0, 64, (uint8_t)c->vendor, (uint8_t)(c->vendor >> 8),
		(uint8_t)c->product, (uint8_t)(c->product >> 8), 0, 1, 0, 0, 0, 1 };
	uint8_t config[] = { 9, 2, (uint8_t)(c->out ? 41 : 34), 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0,
		(uint8_t)(c->out ? 2 : 1), 3, c->keyboard, c->keyboard, 0, 9, 0x21, 0x11, 1, 0, 1, 0x22,
		(uint8_t)c->descriptor_len, (uint8_t)(c->descriptor_len >> 8), 7, 5, 0x81, 3,
		(uint8_t)(c->keyboard ? 8 : 64), 0, 10, 7, 5, 0x02, 3, 64, 0, 10 };

	memcpy(d + 18, config, sizeof(config));
	hex(out, d, (size_t)18 + config[2]);
}

static void add(const char *text)
{
	GError *error = NULL;

	if (!umockdev_testbed_add_from_string(bed, text, &error)) {
		fprintf(stderr, "umockdev: %s\n%s\n", error->message, text);
		abort();
	}
}

static void show(const fake *f)
{
	const fake_config *c = &f->config;
	char d[256] = "", r[2 * 512 + 1] = "", text[2048], serial[80] = "";

	descriptors_hex(d, c);
	hex(r, c->descriptor, c->descriptor_len);
	if (c->serial != NULL)
		snprintf(serial, sizeof(serial), "A: serial=%s\\n\n", c->serial);
	snprintf(text, sizeof(text),
		"P: /devices/pci0000:00/usb1/%s\nN: bus/usb/001/%03d=%s\nE: SUBSYSTEM=usb\nE: "
		"DEVTYPE=usb_device\nE: BUSNUM=001\n"
		"E: DEVNUM=%03d\nE: DEVNAME=/dev/bus/usb/001/%03d\nA: busnum=1\\n\nA: devnum=%d\\n\nA: "
		"speed=12\\n\n"
		"A: bConfigurationValue=1\\n\nA: idVendor=%04x\\n\nA: idProduct=%04x\\n\nA: "
		"manufacturer=Example\\n\n"
		"A: product=Scanner\\n\n%sH: descriptors=%s\n",
		c->port, c->address, d, c->address, c->address, c->address, c->vendor, c->product, serial, d);
	add(text);
	snprintf(text, sizeof(text),
		"P: /devices/pci0000:00/usb1/%s/%s:1.0\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_interface\n%s"
		"A: bInterfaceNumber=00\\n\nA: bInterfaceClass=03\\n\nA: bInterfaceSubClass=%02x\\n\nA: "
		"bInterfaceProtocol=%02x\\n\n",
		c->port, c->port, c->no_driver ? "" : "L: driver=../../../../../bus/usb/drivers/usbhid\n",
		c->keyboard, c->keyboard);
	add(text);
	if (c->no_driver)
		return;
	snprintf(text, sizeof(text),
		"P: /devices/pci0000:00/usb1/%s/%s:1.0/0003:%04X:%04X.%04X\nE: SUBSYSTEM=hid\nH: "
		"report_descriptor=%s\n",
		c->port, c->port, c->vendor, c->product, c->address, r);
	add(text);
}

/* ---- the test's side ---- */

void fake_start(void)
{
	bed = umockdev_testbed_new();
	handler = umockdev_ioctl_base_new();
	g_object_connect(handler, "signal-after::handle-ioctl", on_ioctl, NULL, NULL);
}

fake *fake_plug(const fake_config *config)
{
	fake *f = calloc(1, sizeof(*f));
	char udev_path[160];

	f->config = *config;
	f->reports = calloc(REPORTS, sizeof(*f->reports));
	snprintf(f->path, sizeof(f->path), "/devices/pci0000:00/usb1/%s", config->port);
	snprintf(f->node, sizeof(f->node), "/dev/bus/usb/001/%03d", config->address);
	strcpy(f->driver, config->no_driver ? "" : "usbhid");
	pthread_mutex_lock(&mutex);
	f->next = devices;
	devices = f;
	pthread_mutex_unlock(&mutex);
	if (!umockdev_testbed_attach_ioctl(bed, f->node, handler, NULL))
		abort();
	show(f);
	snprintf(udev_path, sizeof(udev_path), "/sys%s", f->path);
	if (!config->no_event)
		umockdev_testbed_uevent(bed, udev_path, "add");
	return f;
}

void fake_unplug(fake *f)
{
	const fake_config *c = &f->config;
	char path[256], below[320];

	pthread_mutex_lock(&mutex);
	f->gone = true;
	while (f->flying.count > 0) {
		struct usbdevfs_urb *urb = f->flying.urb[0];

		remove_at(&f->flying, 0);
		end_urb(f, urb, -ESHUTDOWN, 0);
	}
	pthread_mutex_unlock(&mutex);
	snprintf(path, sizeof(path), "/sys%s", f->path);
	umockdev_testbed_uevent(bed, path, "remove");
	/* from the leaf up, or links to it stay in /sys/bus */
	snprintf(below, sizeof(below), "%s/%s:1.0/0003:%04X:%04X.%04X", path, c->port, c->vendor, c->product,
		c->address);
	if (!c->no_driver)
		umockdev_testbed_remove_device(bed, below);
	snprintf(below, sizeof(below), "%s/%s:1.0", path, c->port);
	umockdev_testbed_remove_device(bed, below);
	umockdev_testbed_remove_device(bed, path);
}

void fake_stop(void)
{
	g_clear_object(&handler);
	g_clear_object(&bed);
	while (devices != NULL) {
		fake *f = devices;

		devices = f->next;
		free(f->reports);
		free(f);
	}
}

void fake_send(fake *f, const void *report, size_t len)
{
	pthread_mutex_lock(&mutex);
	if (f->last - f->first == REPORTS || len > sizeof(f->reports[0]))
		abort();
	memcpy(f->reports[f->last % REPORTS], report, len);
	f->lens[f->last++ % REPORTS] = len;
	move(f);
	pthread_mutex_unlock(&mutex);
}

void fake_fail(fake *f, int error)
{
	pthread_mutex_lock(&mutex);
	f->error = error;
	move(f);
	pthread_mutex_unlock(&mutex);
}

void fake_busy(fake *f, bool busy)
{
	pthread_mutex_lock(&mutex);
	f->busy = busy;
	pthread_mutex_unlock(&mutex);
}

void fake_refuse(fake *f, uint8_t request)
{
	pthread_mutex_lock(&mutex);
	f->refuse = request;
	pthread_mutex_unlock(&mutex);
}

void fake_driver(fake *f, char out[16])
{
	pthread_mutex_lock(&mutex);
	memcpy(out, f->driver, sizeof(f->driver));
	pthread_mutex_unlock(&mutex);
}

void fake_told(fake *f, char *out, size_t size)
{
	pthread_mutex_lock(&mutex);
	snprintf(out, size, "%s", f->told);
	f->told[0] = '\0';
	pthread_mutex_unlock(&mutex);
}

int fake_listening(fake *f)
{
	int n = 0;

	pthread_mutex_lock(&mutex);
	for (int i = 0; i < f->flying.count; i++)
		n += (f->flying.urb[i]->endpoint & 0x80) != 0;
	pthread_mutex_unlock(&mutex);
	return n;
}

int fake_waiting(fake *f)
{
	int n;

	pthread_mutex_lock(&mutex);
	n = f->last - f->first;
	pthread_mutex_unlock(&mutex);
	return n;
}

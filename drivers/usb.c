/* SPDX-License-Identifier: Apache-2.0
 *
 * usb.c - libusb, one context and one event thread for all lanes. See usb.h.
 *
 * Devices are found in sysfs and opened by their node (libusb_wrap_sys_device): libusb's own list knows only what udevd told
 * it, and in a network namespace of its own, as the packaged service has it, nobody tells it anything. What udevd says is
 * used to look at once instead of in a second.
 *
 * Locks: `hub.mutex` guards who holds what; `usb->mutex` what the event thread shares with the lane. Neither is held when libusb
 * is called with one exception: resubmitting in a completion, which takes only locks inside libusb.
 */
#include "drivers/usb.h"

#include "store/base/utc.h"

#include <errno.h>
#include <fcntl.h>
#include <libusb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SENDING_MAX 4       /* reports on their way to the device: a lane sends two for one scan */
#define SEND_MS 500         /* a beep later than this is for another label */
#define REFUSED_MAX 8       /* interfaces that were looked into and are no scanners */
#define MEND_FIRST_US 20000 /* after the first error in a row; doubled with each */
#define MEND_TRIES 5        /* errors in a row; then the device is reset */
#define EVENTS_MAX_S 60     /* libusb is asked again at least so often: a guard, nothing depends on it */
#define CLOSE_WAIT_S 10     /* a cancelled transfer comes back at once, unless the kernel is in trouble */

struct message {
	struct message *next;
	tg_usb_message_kind kind;
	uint32_t count;
	int64_t mono_us;
	size_t len;
	uint8_t data[];
};

enum health { HEALTH_GOOD, HEALTH_STALLED, HEALTH_FAILING, HEALTH_GONE };

struct listener {
	tg_usb *usb;
	struct libusb_transfer *transfer;
	bool flying;
};

struct place_key {
	uint8_t bus, address, interface;
};

struct tg_usb {
	tg_usb *next; /* in the hub's list */
	tg_usb_select select;
	tg_usb_role role;
	int event_fd;
	bool holding;          /* hub.mutex */
	struct place_key held; /* hub.mutex */
	struct place_key refused[REFUSED_MAX];
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
	struct listener listeners[TG_USB_LISTENING];
	unsigned errors; /* in a row */
	int64_t mend_at_us;

	/* Shared with the event thread. */
	pthread_mutex_t mutex;
	pthread_cond_t landed; /* a transfer came back */
	unsigned flying, sending;
	enum health health;
	bool heard; /* a report came since the last error */
	bool closing;
	struct message *first, **last;
	size_t queued;
};

static struct {
	pthread_mutex_t mutex;
	unsigned users;
	libusb_context *context;
	libusb_hotplug_callback_handle hotplug;
	bool has_hotplug;
	pthread_t thread;
	bool stop; /* atomic */
	tg_usb *list;
} hub = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static int fail_libusb(tg_error *err, const char *what, int rc)
{
	int code = rc == LIBUSB_ERROR_NO_DEVICE || rc == LIBUSB_ERROR_NOT_FOUND ? TG_ENOTFOUND
		   : rc == LIBUSB_ERROR_BUSY                                    ? TG_EBUSY
		   : rc == LIBUSB_ERROR_NO_MEM                                  ? TG_ENOMEM
										: TG_EIO;

	return tg_fail(err, code, "%s: %s", what, libusb_strerror((enum libusb_error)rc));
}

static void wake(tg_usb *usb)
{
	uint64_t one = 1;

	(void)!write(usb->event_fd, &one, sizeof(one));
}

/* ---- the hub ---- */

/* Called by libusb's own thread of udev or from the event thread: must do no I/O on devices. */
static int LIBUSB_CALL on_hotplug(
	libusb_context *context, libusb_device *device, libusb_hotplug_event event, void *user)
{
	(void)context;
	(void)device;
	(void)event;
	(void)user;
	pthread_mutex_lock(&hub.mutex);
	for (tg_usb *usb = hub.list; usb != NULL; usb = usb->next) {
		__atomic_store_n(&usb->plugged, true, __ATOMIC_RELEASE);
		wake(usb);
	}
	pthread_mutex_unlock(&hub.mutex);
	return 0;
}

static void *run_events(void *user)
{
	(void)user;
	while (!__atomic_load_n(&hub.stop, __ATOMIC_ACQUIRE)) {
		struct timeval most = { .tv_sec = EVENTS_MAX_S };
		int rc = libusb_handle_events_timeout_completed(hub.context, &most, NULL);

		if (rc != 0 && rc != LIBUSB_ERROR_INTERRUPTED)
			usleep(10000); /* whatever it is, it must not spin */
	}
	/* Here and not in the thread that ends us: libusb 1.0.26 races when a list of callbacks changes while it is walked. */
	if (hub.has_hotplug)
		libusb_hotplug_deregister_callback(hub.context, hub.hotplug);
	return NULL;
}

static int start_thread(tg_error *err)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&hub.thread, NULL, run_events, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc == 0 ? TG_OK : tg_fail(err, TG_ENOMEM, "USB: no thread");
}

static int start_hub(tg_error *err)
{
	int rc = libusb_init(&hub.context);

	if (rc != 0)
		return fail_libusb(err, "USB", rc);
	hub.stop = false;
	hub.has_hotplug = libusb_has_capability(LIBUSB_CAP_HAS_HOTPLUG) != 0 &&
			  libusb_hotplug_register_callback(hub.context,
				  LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT,
				  LIBUSB_HOTPLUG_NO_FLAGS, LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY,
				  LIBUSB_HOTPLUG_MATCH_ANY, on_hotplug, NULL, &hub.hotplug) == 0;
	if (start_thread(err) == TG_OK)
		return TG_OK;
	libusb_exit(hub.context);
	return TG_ENOMEM;
}

static int join_hub(tg_usb *usb, tg_error *err)
{
	static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER; /* hub.mutex is taken by callbacks */
	int rc = TG_OK;

	pthread_mutex_lock(&starting);
	if (usb != NULL && hub.users == 0)
		rc = start_hub(err);
	if (usb != NULL && rc == TG_OK) {
		hub.users++;
		pthread_mutex_lock(&hub.mutex);
		usb->next = hub.list;
		hub.list = usb;
		pthread_mutex_unlock(&hub.mutex);
	}
	if (usb == NULL && --hub.users == 0) {
		__atomic_store_n(&hub.stop, true, __ATOMIC_RELEASE);
		libusb_interrupt_event_handler(hub.context);
		pthread_join(hub.thread, NULL);
		libusb_exit(hub.context);
		hub.context = NULL;
	}
	pthread_mutex_unlock(&starting);
	return rc;
}

static void leave_hub(tg_usb *usb)
{
	pthread_mutex_lock(&hub.mutex);
	for (tg_usb **at = &hub.list; *at != NULL; at = &(*at)->next)
		if (*at == usb) {
			*at = usb->next;
			break;
		}
	pthread_mutex_unlock(&hub.mutex);
	(void)!join_hub(NULL, NULL);
}

/* ---- the queue ---- */

static void append(tg_usb *usb, tg_usb_message_kind kind, const uint8_t *data, size_t len)
{
	struct message *m = malloc(sizeof(*m) + len);

	if (m == NULL)
		return; /* the machine is out of memory: nothing better can be said from here */
	*m = (struct message){ .kind = kind, .count = 1, .mono_us = tg_mono_now_us(), .len = len };
	if (len > 0)
		memcpy(m->data, data, len);
	*usb->last = m;
	usb->last = &m->next;
	usb->queued++;
}

/* Something was lost at this point of the stream. One mark for what is lost in a row. */
static void append_mark(tg_usb *usb, tg_usb_message_kind kind)
{
	struct message *end = usb->first;

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

static void drop_queue(tg_usb *usb)
{
	while (usb->first != NULL) {
		struct message *m = usb->first;

		usb->first = m->next;
		free(m);
	}
	usb->last = &usb->first;
	usb->queued = 0;
}

bool tg_usb_take(tg_usb *usb, tg_usb_message *out)
{
	uint64_t count;
	struct message *m;

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

static void note_health(tg_usb *usb, enum health health)
{
	if (health > usb->health)
		usb->health = health;
}

static enum health health_of(enum libusb_transfer_status status)
{
	switch (status) {
	case LIBUSB_TRANSFER_NO_DEVICE:
		return HEALTH_GONE;
	case LIBUSB_TRANSFER_STALL:
		return HEALTH_STALLED;
	case LIBUSB_TRANSFER_COMPLETED:
	case LIBUSB_TRANSFER_CANCELLED:
		return HEALTH_GOOD;
	case LIBUSB_TRANSFER_ERROR:
	case LIBUSB_TRANSFER_TIMED_OUT:
	case LIBUSB_TRANSFER_OVERFLOW:
	default:
		return HEALTH_FAILING;
	}
}

static void LIBUSB_CALL on_input(struct libusb_transfer *transfer)
{
	struct listener *l = transfer->user_data;
	tg_usb *usb = l->usb;
	enum health health = health_of(transfer->status);
	bool again = false;

	pthread_mutex_lock(&usb->mutex);
	if (transfer->status == LIBUSB_TRANSFER_COMPLETED && transfer->actual_length > 0) {
		append_report(usb, transfer->buffer, (size_t)transfer->actual_length);
		usb->heard = true;
	}
	if (health == HEALTH_FAILING)
		append_mark(usb, TG_USB_HOLE);
	note_health(usb, health);
	if (transfer->status == LIBUSB_TRANSFER_COMPLETED && usb->health == HEALTH_GOOD && !usb->closing) {
		int rc = libusb_submit_transfer(transfer);

		again = rc == 0;
		if (rc != 0)
			note_health(usb, rc == LIBUSB_ERROR_NO_DEVICE ? HEALTH_GONE : HEALTH_FAILING);
	}
	if (!again) {
		l->flying = false;
		usb->flying--;
		pthread_cond_broadcast(&usb->landed);
	}
	wake(usb);
	pthread_mutex_unlock(&usb->mutex);
}

static void LIBUSB_CALL on_sent(struct libusb_transfer *transfer)
{
	tg_usb *usb = transfer->user_data;

	pthread_mutex_lock(&usb->mutex);
	if (transfer->status == LIBUSB_TRANSFER_NO_DEVICE)
		note_health(usb, HEALTH_GONE);
	usb->sending--;
	pthread_cond_broadcast(&usb->landed);
	wake(usb);
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

/* ---- choosing a device ---- */

static bool same_key(struct place_key a, struct place_key b)
{
	return a.bus == b.bus && a.address == b.address && a.interface == b.interface;
}

static struct place_key key_of(const tg_usb_device *device, const tg_usb_interface *interface)
{
	return (struct place_key){ device->bus, device->address, interface->number };
}

/* Is it another lane's: held by it, or meant by it more closely than by us? Under hub.mutex. */
static bool is_anothers(const tg_usb *usb, const tg_usb_device *device, struct place_key key)
{
	for (const tg_usb *other = hub.list; other != NULL; other = other->next) {
		if (other == usb)
			continue;
		if (other->holding && same_key(other->held, key))
			return true;
		if (other->role == usb->role &&
			tg_usb_select_rank(&other->select) > tg_usb_select_rank(&usb->select) &&
			tg_usb_select_fits(&other->select, device))
			return true;
	}
	return false;
}

static bool was_refused(const tg_usb *usb, struct place_key key)
{
	for (size_t i = 0; i < usb->refused_count; i++)
		if (same_key(usb->refused[i], key))
			return true;
	return false;
}

static bool was_held(const tg_usb *usb, const tg_usb_device *device)
{
	if (usb->last_serial[0] != '\0')
		return strcmp(usb->last_serial, device->serial) == 0;
	return usb->last_port[0] != '\0' && device->serial[0] == '\0' &&
	       strcmp(usb->last_port, device->port) == 0;
}

/* What was seen on the way, for words. */
struct search {
	const tg_usb_device *found;
	const tg_usb_interface *interface;
	bool known; /* its report descriptor is known: goes before those that are not read yet */
	unsigned count;
	const tg_usb_device *other[2]; /* two that fit */
	const tg_usb_device *misfit;   /* fits the selection, but is not of our role */
	bool taken;                    /* one fits, but is another lane's */
};

static void consider(struct search *s, const tg_usb *usb, const tg_usb_device *device)
{
	const tg_usb_interface *interface = tg_usb_interface_for(device, usb->role);
	bool known = interface != NULL && interface->role == usb->role;

	if (!tg_usb_select_fits(&usb->select, device))
		return;
	if (interface == NULL || was_refused(usb, key_of(device, interface))) {
		s->misfit = device;
		return;
	}
	if (is_anothers(usb, device, key_of(device, interface))) {
		s->taken = true;
		return;
	}
	if (s->count > 0 && s->known && !known)
		return;
	if (s->count > 0 && known && !s->known)
		s->count = 0;
	if (s->count < 2)
		s->other[s->count] = device;
	if (s->count == 0 || was_held(usb, device)) {
		s->found = device;
		s->interface = interface;
		s->known = known;
	}
	s->count++;
}

static int fail_none(const tg_usb *usb, const struct search *s, tg_error *err)
{
	const char *what = usb->role == TG_USB_KEYBOARD ? "keyboard" : "USB HID POS scanner";
	char words[TG_USB_SELECT_WORDS];

	tg_usb_select_words(words, sizeof(words), &usb->select);
	if (s->taken)
		return tg_fail(err, TG_ENOTFOUND, "%s (%s): all that fit belong to other lanes", what, words);
	if (s->misfit != NULL && !usb->select.any)
		return tg_fail(err, TG_EINVAL, "%04x:%04x at port %s is no %s: %s", s->misfit->vendor,
			s->misfit->product, s->misfit->port, what,
			usb->role == TG_USB_KEYBOARD
				? "set it to keyboard mode, or use driver = hid-pos"
				: "set it to USB HID POS by its programming bar code, or use driver = wedge");
	return tg_fail(err, TG_ENOTFOUND, "no %s (%s) is plugged in", what, words);
}

static int fail_several(const tg_usb *usb, const struct search *s, tg_error *err)
{
	char first[128], second[128], words[TG_USB_SELECT_WORDS];

	tg_usb_select_words(words, sizeof(words), &usb->select);
	tg_usb_name(first, sizeof(first), s->other[0]);
	tg_usb_name(second, sizeof(second), s->other[1]);
	return tg_fail(err, TG_ESTATE, "%u devices fit \"%s\": %.60s, %.60s…; say which by serial or port",
		s->count, words, first, second);
}

/* Choose, and hold it in the hub, so that no other lane takes it while we open it. */
static int choose(tg_usb *usb, uint8_t *number, tg_error *err)
{
	struct search s = { 0 };
	tg_usb_device *list;
	size_t count;
	int rc = tg_usb_find(&list, &count, err);

	if (rc != TG_OK)
		return rc;
	pthread_mutex_lock(&hub.mutex);
	for (size_t i = 0; i < count; i++)
		consider(&s, usb, &list[i]);
	if (s.count == 1 || (s.count > 1 && was_held(usb, s.found))) {
		usb->device = *s.found;
		*number = s.interface->number;
		usb->held = key_of(s.found, s.interface);
		usb->holding = true;
	} else {
		rc = s.count == 0 ? fail_none(usb, &s, err) : fail_several(usb, &s, err);
	}
	pthread_mutex_unlock(&hub.mutex);
	free(list);
	return rc;
}

static void let_go(tg_usb *usb)
{
	pthread_mutex_lock(&hub.mutex);
	usb->holding = false;
	pthread_mutex_unlock(&hub.mutex);
}

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
	rc = libusb_wrap_sys_device(hub.context, usb->node_fd, &usb->handle);
	if (rc == 0)
		return TG_OK;
	usb->handle = NULL;
	return fail_libusb(err, node, rc);
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
		return fail_libusb(err, usb->device.port, rc);
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
			return fail_libusb(err, "taking it from the kernel's driver", rc);
	}
	rc = libusb_claim_interface(usb->handle, number);
	if (rc == 0)
		return TG_OK;
	/* Fails and changes nothing if the interface is a program's. */
	if (!usb->keep)
		libusb_attach_kernel_driver(usb->handle, number);
	return rc == LIBUSB_ERROR_BUSY ? fail_busy(usb, err) : fail_libusb(err, "claim", rc);
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
	rc = choose(usb, &number, err);
	if (rc != TG_OK)
		return rc;
	rc = open_node(usb, err);
	if (rc == TG_OK)
		rc = find_endpoints(usb, number, err);
	if (rc == TG_OK)
		rc = claim(usb, number, err);
	if (rc != TG_OK) {
		close_node(usb);
		let_go(usb);
		return rc;
	}
	usb->health = HEALTH_GOOD;
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

/* ---- listening ---- */

static void free_listeners(tg_usb *usb)
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
		struct listener *l = &usb->listeners[i];

		pthread_mutex_lock(&usb->mutex);
		if (!l->flying) {
			rc = libusb_submit_transfer(l->transfer);
			l->flying = rc == 0;
			usb->flying += rc == 0;
		}
		pthread_mutex_unlock(&usb->mutex);
	}
	return rc == 0 ? TG_OK : fail_libusb(err, usb->device.port, rc);
}

int tg_usb_listen(tg_usb *usb, size_t report_bytes, tg_error *err)
{
	/* Whole packets, or the host controller calls a full one an overflow. */
	size_t size = (report_bytes + usb->in_packet - 1) / usb->in_packet * usb->in_packet;

	for (int i = 0; i < TG_USB_LISTENING; i++) {
		struct listener *l = &usb->listeners[i];
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

/* Under usb->mutex: wait until `*count` transfers are 0. False: the kernel does not give them back. */
static bool wait_landed(tg_usb *usb, const unsigned *count)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += CLOSE_WAIT_S;
	while (*count > 0 && rc == 0)
		rc = pthread_cond_timedwait(&usb->landed, &usb->mutex, &until);
	return *count == 0;
}

static bool cancel_listeners(tg_usb *usb)
{
	bool landed;

	for (int i = 0; i < TG_USB_LISTENING; i++)
		if (usb->listeners[i].transfer != NULL)
			libusb_cancel_transfer(
				usb->listeners[i].transfer); /* not flying: says so, does nothing */
	pthread_mutex_lock(&usb->mutex);
	landed = wait_landed(usb, &usb->flying);
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
	enum health health;

	pthread_mutex_lock(&usb->mutex);
	health = usb->health;
	if (usb->heard)
		usb->errors = 0;
	usb->heard = false;
	pthread_mutex_unlock(&usb->mutex);
	if (health == HEALTH_GOOD)
		return TG_OK;
	if (health == HEALTH_GONE || !tg_usb_there(&usb->device))
		return tg_fail(err, TG_ENOTFOUND, "%04x:%04x was unplugged from port %s", usb->device.vendor,
			usb->device.product, usb->device.port);
	if (usb->mend_at_us == INT64_MAX)
		plan_mend(usb, mono_us);
	if (mono_us < usb->mend_at_us)
		return TG_OK;
	usb->mend_at_us = INT64_MAX;
	if (!cancel_listeners(usb) || usb->errors >= MEND_TRIES) {
		libusb_reset_device(usb->handle);
		return tg_fail(err, TG_EIO,
			"%04x:%04x at port %s: %u transfers in a row failed; the device was reset (try "
			"another cable or port)",
			usb->device.vendor, usb->device.product, usb->device.port, usb->errors);
	}
	if (health == HEALTH_STALLED)
		libusb_clear_halt(usb->handle, usb->in);
	pthread_mutex_lock(&usb->mutex);
	usb->health = HEALTH_GOOD;
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

/* ---- requests and reports to the device ---- */

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
	return rc == 0 ? TG_OK : fail_libusb(err, usb->device.port, rc);
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
		       : fail_libusb(err, usb->device.port, rc);
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
	landed = cancel_listeners(usb);
	pthread_mutex_lock(&usb->mutex);
	landed = wait_landed(usb, &usb->sending) && landed; /* they end by themselves after SEND_MS */
	drop_queue(usb);
	pthread_mutex_unlock(&usb->mutex);
	let_go(usb);
	usb->lost = !landed;
	if (usb->lost) {
		usb->handle = NULL;
		return;
	}
	free_listeners(usb);
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
	size_t at = usb->refused_count < REFUSED_MAX ? usb->refused_count++ : 0;

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
	rc = join_hub(usb, err);
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
	leave_hub(usb);
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

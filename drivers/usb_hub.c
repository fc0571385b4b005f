/* SPDX-License-Identifier: Apache-2.0
 *
 * usb_hub.c - libusb, one context and one event thread for all lanes, and who is plugged in where.
 */
#include "drivers/usb_own.h"

#include <signal.h>
#include <unistd.h>

#define EVENTS_MAX_S 60 /* libusb is asked again at least so often: a guard, nothing depends on it */

int tg_usb__fail(tg_error *err, const char *what, int rc)
{
	int code = rc == LIBUSB_ERROR_NO_DEVICE || rc == LIBUSB_ERROR_NOT_FOUND ? TG_ENOTFOUND
		   : rc == LIBUSB_ERROR_BUSY                                    ? TG_EBUSY
		   : rc == LIBUSB_ERROR_NO_MEM                                  ? TG_ENOMEM
										: TG_EIO;

	return tg_fail(err, code, "%s: %s", what, libusb_strerror((enum libusb_error)rc));
}

void tg_usb__wake(tg_usb *usb)
{
	uint64_t one = 1;

	(void)!write(usb->event_fd, &one, sizeof(one));
}

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
		tg_usb__wake(usb);
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
		return tg_usb__fail(err, "USB", rc);
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

int tg_usb__join(tg_usb *usb, tg_error *err)
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

void tg_usb__leave(tg_usb *usb)
{
	pthread_mutex_lock(&hub.mutex);
	for (tg_usb **at = &hub.list; *at != NULL; at = &(*at)->next)
		if (*at == usb) {
			*at = usb->next;
			break;
		}
	pthread_mutex_unlock(&hub.mutex);
	(void)!tg_usb__join(NULL, NULL);
}

libusb_context *tg_usb__context(void)
{
	return hub.context;
}

const tg_usb *tg_usb__lock_places(void)
{
	pthread_mutex_lock(&hub.mutex);
	return hub.list;
}

void tg_usb__unlock_places(void)
{
	pthread_mutex_unlock(&hub.mutex);
}

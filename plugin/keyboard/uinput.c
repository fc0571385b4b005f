/* SPDX-License-Identifier: Apache-2.0
 *
 * uinput.c - the virtual keyboard. See uinput.h.
 */
#include "plugin/keyboard/uinput.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/uinput.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define NODE "/dev/uinput"

static int allow_key(int fd, unsigned key)
{
	return ioctl(fd, UI_SET_KEYBIT, key);
}

/* The keys of all strokes that may come, for both states of Caps Lock. */
static int allow_keys(int fd, const tg_typist *typist)
{
	int rc = allow_key(fd, KEY_LEFTSHIFT) | allow_key(fd, KEY_RIGHTALT);

	if (typist->suffix != TG_TYPE_NOTHING)
		rc |= allow_key(fd, typist->suffix == TG_TYPE_TAB ? KEY_TAB : KEY_ENTER);
	for (unsigned i = 0; i < TG_KEYMAP_COUNT; i++)
		for (int caps = 0; typist->allowed[i] && caps < 2; caps++) {
			const tg_stroke *stroke = tg_keymap_find(&typist->map, (char)(TG_KEYMAP_FIRST + i), caps);

			if (stroke != NULL)
				rc |= allow_key(fd, stroke->key);
		}
	return rc;
}

int tg_uinput_open(tg_uinput *out, const char *name, const tg_typist *typist, tg_error *err)
{
	struct uinput_setup setup = { .id = { .bustype = BUS_VIRTUAL, .version = 1 } };
	int rc = TG_OK;

	*out = (tg_uinput){ .fd = open(NODE, O_RDWR | O_NONBLOCK | O_CLOEXEC) };
	if (out->fd < 0 && (errno == ENOENT || errno == ENODEV || errno == ENXIO))
		return tg_fail(err, TG_ENOTFOUND, NODE ": not there; try: modprobe uinput");
	if (out->fd < 0 && (errno == EACCES || errno == EPERM))
		return tg_fail(err, TG_EDENIED, NODE ": no rights; the user of this process must be in the group that 60-tillgate.rules gives it to");
	if (out->fd < 0)
		return tg_fail_errno(err, TG_EIO, NODE);
	snprintf(setup.name, sizeof(setup.name), "%s", name);
	if ((ioctl(out->fd, UI_SET_EVBIT, EV_KEY) | ioctl(out->fd, UI_SET_EVBIT, EV_LED) | ioctl(out->fd, UI_SET_LEDBIT, LED_CAPSL) |
		    allow_keys(out->fd, typist)) != 0 ||
		ioctl(out->fd, UI_DEV_SETUP, &setup) != 0 || ioctl(out->fd, UI_DEV_CREATE) != 0)
		rc = tg_fail_errno(err, TG_EIO, NODE ": making the keyboard");
	if (rc != TG_OK)
		tg_uinput_close(out);
	return rc;
}

void tg_uinput_close(tg_uinput *device)
{
	if (device->fd >= 0)
		close(device->fd); /* takes the keyboard away */
	device->fd = -1;
}

void tg_uinput_listen(tg_uinput *device)
{
	struct input_event event;

	while (device->fd >= 0 && read(device->fd, &event, sizeof(event)) == (ssize_t)sizeof(event))
		if (event.type == EV_LED && event.code == LED_CAPSL)
			device->caps_lock = event.value != 0;
}

static bool put(int fd, unsigned type, unsigned code, int value)
{
	const struct input_event event = { .type = (uint16_t)type, .code = (uint16_t)code, .value = value };

	return write(fd, &event, sizeof(event)) == (ssize_t)sizeof(event);
}

/* A change of one key is a report of its own: programs that look at reports take keys of one report in any order. */
static bool set(int fd, unsigned key, bool down)
{
	return put(fd, EV_KEY, key, down) && put(fd, EV_SYN, SYN_REPORT, 0);
}

static bool press(int fd, tg_stroke stroke)
{
	bool good = true;

	if (stroke.hold & TG_HOLD_SHIFT)
		good = set(fd, KEY_LEFTSHIFT, true);
	if (stroke.hold & TG_HOLD_ALTGR)
		good = set(fd, KEY_RIGHTALT, true) && good;
	good = good && set(fd, stroke.key, true);
	good = set(fd, stroke.key, false) && good; /* whatever failed: no key stays down */
	if (stroke.hold & TG_HOLD_ALTGR)
		good = set(fd, KEY_RIGHTALT, false) && good;
	if (stroke.hold & TG_HOLD_SHIFT)
		good = set(fd, KEY_LEFTSHIFT, false) && good;
	return good;
}

static void rest(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	while (ms > 0 && nanosleep(&t, &t) != 0 && errno == EINTR)
		;
}

int tg_uinput_type(tg_uinput *device, const tg_typist *typist, tg_view label, tg_error *err)
{
	for (size_t i = 0; i < label.len; i++) {
		const tg_stroke *stroke;

		tg_uinput_listen(device);
		stroke = tg_keymap_find(&typist->map, (char)label.data[i], device->caps_lock);
		if (stroke == NULL || !press(device->fd, *stroke))
			return tg_fail_errno(err, TG_EIO, "the virtual keyboard failed after %zu of %zu characters", i, label.len);
		rest(typist->key_ms);
	}
	if (typist->suffix != TG_TYPE_NOTHING) {
		if (!press(device->fd, (tg_stroke){ typist->suffix == TG_TYPE_TAB ? KEY_TAB : KEY_ENTER, 0 }))
			return tg_fail_errno(err, TG_EIO, "the virtual keyboard failed at the suffix");
		rest(typist->key_ms);
	}
	return TG_OK;
}

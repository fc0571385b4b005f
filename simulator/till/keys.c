/* SPDX-License-Identifier: Apache-2.0
 *
 * keys.c - key events to text. See keys.h.
 */
#include "simulator/till/keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define EVENTS_AT_ONCE 64

/* By key code; '\0' is no character. */
static const char plain[] = "\0\0331234567890-=\b\tqwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] = "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

int keys_open(const char *name)
{
	DIR *dir = opendir("/dev/input");
	struct dirent *entry;
	int found = -1;

	while (dir != NULL && found < 0 && (entry = readdir(dir)) != NULL) {
		char has[128] = "";
		int fd;

		if (strncmp(entry->d_name, "event", 5) != 0)
			continue;
		fd = openat(dirfd(dir), entry->d_name, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && ioctl(fd, EVIOCGNAME(sizeof(has)), has) >= 0 && strcmp(has, name) == 0)
			found = fd;
		else if (fd >= 0)
			close(fd);
	}
	if (dir != NULL)
		closedir(dir);
	if (found < 0)
		errno = ENOENT;
	return found;
}

bool keys_is(int fd)
{
	int version;

	return ioctl(fd, EVIOCGVERSION, &version) == 0;
}

/* The character of a key that went down; '\0' for none. Keys that are held repeat; scans do not. */
static char take(struct keys *keys, const struct input_event *event)
{
	bool down = event->value == 1;
	char c;

	if (event->type != EV_KEY || event->value == 2)
		return '\0';
	if (event->code == KEY_LEFTSHIFT || event->code == KEY_RIGHTSHIFT)
		keys->shift = down;
	if (event->code == KEY_LEFTCTRL || event->code == KEY_RIGHTCTRL)
		keys->ctrl = down;
	if (event->code == KEY_KPENTER && down)
		return '\n';
	if (!down || event->code >= sizeof(plain) - 1)
		return '\0';
	c = (keys->shift ? shifted : plain)[event->code];
	return keys->ctrl && c >= '@' ? (char)(c & 0x1F) : c;
}

ssize_t keys_read(struct keys *keys, int fd, char *out, size_t size)
{
	struct input_event events[EVENTS_AT_ONCE];
	size_t most = size < EVENTS_AT_ONCE ? size : EVENTS_AT_ONCE;
	ssize_t count = 0, n = read(fd, events, most * sizeof(events[0]));

	if (n <= 0)
		return n < 0 && errno == ENODEV ? 0 : n;
	for (size_t i = 0; i < (size_t)n / sizeof(events[0]); i++) {
		char c = take(keys, &events[i]);

		if (c != '\0')
			out[count++] = c;
	}
	if (count > 0)
		return count;
	errno = EINTR; /* keys let go, and what belongs to them: nothing was typed yet */
	return -1;
}

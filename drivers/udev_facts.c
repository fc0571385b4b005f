/* SPDX-License-Identifier: Apache-2.0
 *
 * udev_facts.c - see udev_facts.h.
 */
#include "drivers/udev_facts.h"

#include "store/base/error.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NOTE_MAX 16384 /* bytes; a note of a USB device is 1 to 3 kB */

/* As in plugin/share/udev/70-tillgate.rules; a test compares. */
static const uint16_t vendors[] = { 0x0c2e, 0x0536, 0x23d0, 0x05e0, 0x05f9, 0x080c, 0x1eab, 0x065a, 0x0745 };

static void take_line(tg_udev_facts *out, const char *line, size_t len)
{
	static const char mine[] = "E:TILLGATE=", port[] = "E:ID_MM_PORT_IGNORE=1", device[] = "E:ID_MM_DEVICE_IGNORE=1";
	size_t n = sizeof(mine) - 1;

	if (len > n && len - n < sizeof(out->tillgate) && memcmp(line, mine, n) == 0) {
		memcpy(out->tillgate, line + n, len - n);
		out->tillgate[len - n] = '\0';
		if (strcmp(out->tillgate, "scanner") != 0 && strcmp(out->tillgate, "wedge") != 0)
			out->tillgate[0] = '\0';
	}
	if ((len == sizeof(port) - 1 && memcmp(line, port, len) == 0) || (len == sizeof(device) - 1 && memcmp(line, device, len) == 0))
		out->no_modem = true;
}

void tg_udev_facts_parse(tg_udev_facts *out, const char *text, size_t len)
{
	*out = (tg_udev_facts){ .known = true };
	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end != NULL ? (size_t)(end - (text + at)) : len - at;

		take_line(out, text + at, n);
		at += n + 1;
	}
}

void tg_udev_facts_read(tg_udev_facts *out, unsigned major, unsigned minor)
{
	char path[64], text[NOTE_MAX];
	size_t len = 0;
	ssize_t n = 1;
	int fd;

	*out = (tg_udev_facts){ 0 };
	snprintf(path, sizeof(path), "/run/udev/data/c%u:%u", major, minor);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	while (n > 0 && len < sizeof(text)) {
		n = read(fd, text + len, sizeof(text) - len);
		len += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	tg_udev_facts_parse(out, text, len);
}

bool tg_udev_knows_vendor(unsigned vendor)
{
	for (size_t i = 0; i < TG_COUNT(vendors); i++)
		if (vendors[i] == vendor)
			return true;
	return false;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * devices_serial.c - the list for technicians: serial ports. See devices.h.
 *
 * By sysfs and not by libserialport, whose list opens ports of the old kind to see whether they are there: that moves their modem lines,
 * and some scanners reset then.
 */
#include "drivers/devices.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TTYS "/sys/class/tty"
#define BY_ID "/dev/serial/by-id"
#define PARENTS_MAX 6 /* steps from a port up to its USB device: 2 to 4 */

/* One line of a small file, with nothing in it that a terminal or a log could mistake; "" if it cannot be read. */
static void read_line(char *out, size_t size, const char *dir, const char *name)
{
	char path[PATH_MAX];
	ssize_t n = -1;
	int fd;

	out[0] = '\0';
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, out, size - 1);
		close(fd);
	}
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	for (char *c = out; *c != '\0'; c++)
		if (*c < 0x20 || *c > 0x7E || *c == '"')
			*c = '?';
}

/* The folder of the USB device that a port hangs at; false: it is not USB. */
static bool find_usb(char dir[PATH_MAX], const char *entry)
{
	char link[PATH_MAX], text[8];

	snprintf(link, sizeof(link), TTYS "/%.64s/device", entry);
	if (realpath(link, dir) == NULL)
		return false;
	for (int i = 0; i < PARENTS_MAX; i++) {
		char *slash;

		read_line(text, sizeof(text), dir, "idVendor");
		if (text[0] != '\0')
			return true;
		slash = strrchr(dir, '/');
		if (slash == NULL || slash == dir)
			return false;
		*slash = '\0';
	}
	return false;
}

static void describe_usb(tg_device *one, const char *dir)
{
	char text[8], maker[32], product[32];

	read_line(text, sizeof(text), dir, "idVendor");
	one->vendor = (uint16_t)strtoul(text, NULL, 16);
	read_line(text, sizeof(text), dir, "idProduct");
	one->product = (uint16_t)strtoul(text, NULL, 16);
	read_line(one->serial, sizeof(one->serial), dir, "serial");
	read_line(maker, sizeof(maker), dir, "manufacturer");
	read_line(product, sizeof(product), dir, "product");
	snprintf(one->words, sizeof(one->words), "%s%s%s", maker, maker[0] != '\0' && product[0] != '\0' ? " " : "", product);
	snprintf(one->port, sizeof(one->port), "%.31s", strrchr(dir, '/') + 1);
}

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
			memcpy(out, path, strlen(path) + 1);
		free(real);
	}
	if (d != NULL)
		closedir(d);
}

/* Does the kernel write its messages here? The file names all consoles, in one line. */
static bool is_console(const char *node)
{
	const char *name = strrchr(node, '/');
	char text[128], *save = NULL;

	read_line(text, sizeof(text), TTYS "/console", "active");
	for (char *word = strtok_r(text, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save))
		if (name != NULL && strcmp(word, name + 1) == 0)
			return true;
	return false;
}

static void judge_port(tg_device *one, const tg_devices_as *as)
{
	tg_holder_find(&one->holder, one->node);
	tg_device__judge(one, as, "", is_console(one->node));
}

/* A virtual console has no device behind it; of the ports that a board could have, those that it lacks are of type 0. */
static bool is_port(const char *entry)
{
	char path[128], type[8], device[128];
	struct stat st;

	snprintf(device, sizeof(device), TTYS "/%.64s/device", entry);
	if (entry[0] == '.' || stat(device, &st) != 0)
		return false;
	snprintf(path, sizeof(path), TTYS "/%.64s", entry);
	read_line(type, sizeof(type), path, "type");
	return strcmp(type, "0") != 0;
}

static void read_port(tg_device *one, const char *entry, const tg_devices_as *as)
{
	char dir[PATH_MAX];

	memset(one, 0, sizeof(*one));
	one->driver = "serial";
	snprintf(one->node, sizeof(one->node), "/dev/%.80s", entry);
	stable_name(one->name, sizeof(one->name), one->node);
	if (find_usb(dir, entry))
		describe_usb(one, dir);
	judge_port(one, as);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

size_t tg_devices__serial(tg_device *out, size_t max, const tg_devices_as *as)
{
	char *entries[TG_DEVICES_MAX];
	DIR *d = opendir(TTYS);
	size_t count = 0, found = 0;
	struct dirent *e;

	while (d != NULL && count < TG_DEVICES_MAX && (e = readdir(d)) != NULL)
		if (is_port(e->d_name) && (entries[count] = strdup(e->d_name)) != NULL)
			count++;
	if (d != NULL)
		closedir(d);
	qsort(entries, count, sizeof(*entries), by_name);
	for (size_t i = 0; i < count; i++) {
		if (found < max)
			read_port(&out[found++], entries[i], as);
		free(entries[i]);
	}
	return found;
}

int tg_devices_look(tg_device *out, const char *path, const tg_devices_as *as, tg_error *err)
{
	char real[PATH_MAX];
	struct stat st;

	memset(out, 0, sizeof(*out));
	out->driver = "serial";
	snprintf(out->name, sizeof(out->name), "%.191s", path);
	if (realpath(path, real) == NULL || stat(real, &st) != 0)
		return tg_fail_errno(err, errno == ENOENT || errno == ENOTDIR ? TG_ENOTFOUND : TG_EIO, "%s", path);
	if (strlen(real) >= sizeof(out->node) || !S_ISCHR(st.st_mode))
		return tg_fail(err, TG_EINVAL, "%s: not a serial port (no character device)", path);
	memcpy(out->node, real, strlen(real) + 1);
	judge_port(out, as);
	return TG_OK;
}

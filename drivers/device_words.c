/* SPDX-License-Identifier: Apache-2.0
 *
 * device_words.c - from facts about a device to words for a technician. Pure. See tg_device_explain in devices.h.
 */
#include "drivers/devices.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define LOCAL_RULES "/etc/udev/rules.d/60-tillgate-local.rules"
#define RELOAD "udevadm control --reload && udevadm trigger --action=add "

TG_PRINTF(2, 3) static void say(tg_device *one, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(one->why, sizeof(one->why), fmt, args);
	va_end(args);
}

TG_PRINTF(2, 3) static void step(tg_device *one, const char *fmt, ...)
{
	va_list args;

	if (one->fix_count == TG_DEVICE_FIXES_MAX)
		return;
	va_start(args, fmt);
	vsnprintf(one->fix[one->fix_count++], TG_DEVICE_FIX_SIZE, fmt, args);
	va_end(args);
}

/* libconfuse, a shell and udev's rules read these as their own, or as a pattern. */
static bool is_plain(const char *text)
{
	return text[0] != '\0' && strpbrk(text, "\\$?'\"`*[]|!") == NULL;
}

/* As an argument that stands in a command without quotes: a serial number is the device's own choice, and may be "S1;reboot". */
static const char *as_argument(const tg_device *one)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/@+-";

	return one->name[strspn(one->name, letters)] == '\0' ? one->name : one->node;
}

static bool is_wedge(const tg_device *one)
{
	return strcmp(one->driver, "wedge") == 0;
}

static bool is_serial(const tg_device *one)
{
	return strcmp(one->driver, "serial") == 0;
}

void tg_device_quote(char *out, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text != '\0' && n + 3 < size; text++) {
		if (*text == '"' || *text == '\\' || *text == '$')
			out[n++] = '\\';
		out[n++] = *text;
	}
	out[n] = '\0';
}

/* A serial number tells two of one model apart wherever they are plugged in; a port is the next best. */
static void explain_config(tg_device *one)
{
	bool quoted = is_plain(one->serial);
	char path[190];

	tg_device_quote(path, sizeof(path), one->name);
	if (is_serial(one))
		snprintf(one->config, sizeof(one->config), "driver = serial  path = \"%s\"", path);
	else
		snprintf(one->config, sizeof(one->config), "driver = %s  usb = \"%04x:%04x\"  %s = \"%s\"", one->driver, one->vendor,
			one->product, quoted ? "serial" : "port", quoted ? one->serial : one->port);
}

/* The line that makes 70-tillgate.rules know this very device. */
static void step_rule(tg_device *one)
{
	bool by_serial = is_plain(one->serial);

	step(one,
		"echo 'SUBSYSTEM==\"usb\", ENV{DEVTYPE}==\"usb_device\", ATTR{idVendor}==\"%04x\", ATTR{idProduct}==\"%04x\", %s==\"%s\", "
		"ENV{TILLGATE}=\"%s\"' >> " LOCAL_RULES,
		one->vendor, one->product, by_serial ? "ATTR{serial}" : "KERNEL", by_serial ? one->serial : one->port,
		is_wedge(one) ? "wedge" : "scanner");
}

static void step_reload(tg_device *one)
{
	step(one, RELOAD "/sys/bus/usb/devices/%s", one->port);
}

/* ---- no rights ---- */

static bool group_may(const tg_device_facts *f)
{
	return (f->mode & (S_IRGRP | S_IWGRP)) == (S_IRGRP | S_IWGRP) && strcmp(f->group, "root") != 0;
}

static void no_rights(tg_device *one, const tg_device_facts *f)
{
	bool known = f->udev.tillgate[0] != '\0' || (!is_wedge(one) && tg_udev_knows_vendor(one->vendor));

	one->state = TG_DEVICE_NO_RIGHTS;
	say(one, "%s has no right to open %s, which is %s:%s %04o", f->user, one->node, f->owner, f->group, (unsigned)f->mode);
	if (group_may(f)) { /* the rule, or the system, has done its part */
		step(one, "usermod --append --groups %s %s", f->group, strncmp(f->user, "user ", 5) == 0 ? f->user + 5 : "$USER");
		step(one, "systemctl restart tillgated");
		return;
	}
	if (is_serial(one)) {
		step(one, "echo 'SUBSYSTEM==\"tty\", KERNEL==\"%s\", GROUP=\"dialout\", MODE=\"0660\"' >> " LOCAL_RULES,
			strrchr(one->node, '/') != NULL ? strrchr(one->node, '/') + 1 : one->node);
		step(one, RELOAD "/sys/class/tty/%s", strrchr(one->node, '/') != NULL ? strrchr(one->node, '/') + 1 : one->node);
		return;
	}
	if (!known)
		step_rule(one);
	step_reload(one);
	if (known && f->udev.tillgate[0] == '\0')
		step(one, "if that does not help, 70-tillgate.rules is not installed: see tillgate-udev(7)");
}

/* ---- in use ---- */

static void in_use(tg_device *one)
{
	one->state = TG_DEVICE_IN_USE;
	if (one->holder.pid > 0) {
		say(one, "%s (process %d) has it open", one->holder.name, one->holder.pid);
		if (strncmp(one->holder.name, "ModemManager", 12) == 0)
			return;
		if (strstr(one->holder.name, "getty") != NULL)
			step(one, "systemctl disable --now serial-getty@%s", strrchr(one->node, '/') + 1);
		else if (strcmp(one->holder.name, "tillgated") != 0)
			step(one, "end that program, or set it to another device: one program at a time");
		return;
	}
	say(one, "another program has it open, which only root may see");
	step(one, "fuser -v %s", one->node);
}

static void console(tg_device *one)
{
	const char *name = strrchr(one->node, '/') + 1;

	one->state = TG_DEVICE_IN_USE;
	say(one, "the kernel writes its messages here (console=%s on its command line)", name);
	step(one, "take console=%s off the kernel's command line, and restart", name);
}

/* A modem manager that was not told to keep away writes commands into what it finds, and a scanner obeys some of them. */
static void mind_modem_manager(tg_device *one, const tg_device_facts *f)
{
	bool has_it = strncmp(one->holder.name, "ModemManager", 12) == 0;

	if (!is_serial(one) || f->udev.no_modem || (!has_it && (!f->modem_manager || one->state != TG_DEVICE_FREE)))
		return;
	if (!has_it)
		say(one, "ModemManager runs and was not told to leave it alone: it may send commands into a scanner");
	if (one->port[0] != '\0') {
		step_rule(one);
		step_reload(one);
	} else {
		step(one, "echo 'SUBSYSTEM==\"tty\", KERNEL==\"%s\", ENV{ID_MM_PORT_IGNORE}=\"1\"' >> " LOCAL_RULES, strrchr(one->node, '/') + 1);
		step(one, RELOAD "/sys/class/tty/%s", strrchr(one->node, '/') + 1);
	}
	step(one, "systemctl restart ModemManager");
}

/* ---- all ---- */

const char *tg_device_state_name(tg_device_state state)
{
	static const char *const names[] = { "free", "desktop", "in-use", "unbound", "no-rights", "other-mode" };

	return (size_t)state < TG_COUNT(names) ? names[state] : "unknown";
}

static void explain_wedge(tg_device *one, const tg_device_facts *f)
{
	if (f->kernel[0] == '\0') {
		one->state = TG_DEVICE_UNBOUND;
		say(one, "kept from the desktop: nobody reads what it types");
		step(one, "start tillgated with a lane that names it");
		step(one, "or give it back to the desktop, which is written down: tillgate devices --release %s --who NAME --why TEXT",
			as_argument(one));
		return;
	}
	one->state = TG_DEVICE_DESKTOP;
	say(one, "types into the desktop; if it is a scanner and no person's keyboard, name it in a lane of tillgate.conf");
	if (f->udev.known && strcmp(f->udev.tillgate, "wedge") != 0) { /* else it types past us while the gate is not there */
		step_rule(one);
		step_reload(one);
	}
}

static void other_mode(tg_device *one)
{
	one->state = TG_DEVICE_OTHER_MODE;
	say(one, "of a maker of scanners, in a mode that is not spoken here, such as USB OEM, IBM or SNAPI");
	step(one, "set it by a bar code of its manual to USB HID POS, else to USB COM or CDC, else to USB keyboard: tillgate-scanners(7)");
}

void tg_device_explain(tg_device *one, const tg_device_facts *f)
{
	one->why[0] = '\0';
	one->fix_count = 0;
	one->state = TG_DEVICE_FREE;
	if (one->driver[0] == '\0') {
		other_mode(one);
		return;
	}
	explain_config(one);
	if (f->console)
		console(one);
	else if (strcmp(f->kernel, "usbfs") == 0 || one->holder.pid > 0)
		in_use(one);
	else if (!f->may)
		no_rights(one, f);
	else if (is_wedge(one))
		explain_wedge(one, f);
	else if (!is_serial(one) && f->kernel[0] == '\0') {
		one->state = TG_DEVICE_UNBOUND;
		say(one, "nobody has it; if it is a scanner, a lane that names it takes it");
	}
	mind_modem_manager(one, f);
}

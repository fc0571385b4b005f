/* SPDX-License-Identifier: Apache-2.0
 *
 * devices_print.c - the inventory as a technician reads it. See devices.h.
 */
#include "plugin/cli/devices.h"

#include <stdio.h>
#include <string.h>

static const char *text_of(const tg_json *json, const char *name)
{
	const char *text = tg_json_str(tg_json_get(json, name));

	return text != NULL ? text : "";
}

static bool is(const tg_json *json, const char *name, const char *wanted)
{
	return strcmp(text_of(json, name), wanted) == 0;
}

/* ---- one line of help ---- */

static const struct {
	const char *state, *words;
} lane_words[] = {
	{ "attached", "reads" },
	{ "ready", "ready" },
	{ "absent", "NOT THERE" },
	{ "no-rights", "NO RIGHTS" },
	{ "in-use", "BUSY" },
	{ "unsuitable", "NOT USABLE" },
	{ "failing", "FAILS" },
	{ "unread", "NOT READ YET" },
}, device_words[] = {
	{ "gate", "read by the gate" },
	{ "free", "free" },
	{ "desktop", "with the desktop" },
	{ "in-use", "BUSY" },
	{ "unbound", "nobody has it" },
	{ "no-rights", "NO RIGHTS" },
	{ "other-mode", "OTHER MODE" },
};

static const char *words_for_lane(const char *state)
{
	for (size_t i = 0; i < TG_COUNT(lane_words); i++)
		if (strcmp(lane_words[i].state, state) == 0)
			return lane_words[i].words;
	return state;
}

static const char *words_for_device(const char *state)
{
	for (size_t i = 0; i < TG_COUNT(device_words); i++)
		if (strcmp(device_words[i].state, state) == 0)
			return device_words[i].words;
	return state;
}

static void print_help(const tg_json *one, bool fixes)
{
	if (text_of(one, "why")[0] != '\0')
		printf("    %s\n", text_of(one, "why"));
	for (const tg_json *fix = fixes ? tg_json_first(tg_json_get(one, "fix")) : NULL; fix != NULL; fix = tg_json_next(fix))
		printf("      -> %s\n", tg_json_str(fix));
	if (text_of(one, "cannot")[0] != '\0')
		printf("    cannot: %s\n", text_of(one, "cannot"));
}

/* ---- lanes and devices ---- */

static void print_lane(const tg_json *lane)
{
	printf("  %s: %s, %s %s%s%s: %s\n", text_of(lane, "name"), text_of(lane, "operation"), text_of(lane, "driver"), text_of(lane, "scanner"),
		text_of(lane, "profile")[0] != '\0' ? ", profile " : "", text_of(lane, "profile"), words_for_lane(text_of(lane, "state")));
	print_help(lane, true);
}

static void print_device(const tg_json *device)
{
	const char *product = text_of(device, "product");
	bool unused = text_of(device, "config")[0] != '\0';
	bool keyboard = is(device, "driver", "wedge");

	printf("  %s%s%s%s%s%s: %s\n", text_of(device, "name"), product[0] != '\0' ? " (" : "", product, product[0] != '\0' ? ")" : "",
		text_of(device, "driver")[0] != '\0' ? ", " : "", text_of(device, "driver"), words_for_device(text_of(device, "state")));
	if (!unused && text_of(device, "lane")[0] != '\0') {
		printf("    %s lane \"%s\"%s\n", tg_json_bool(tg_json_get(device, "output")) ? "feeds the till of" : "the scanner of",
			text_of(device, "lane"), is(device, "state", "gate") ? "" : "; see there");
		return;
	}
	print_help(device, true);
	if (unused)
		printf("    not in tillgate.conf; %sits lane has: %s\n", keyboard ? "if it is a scanner, " : "", text_of(device, "config"));
}

static void print_nothing(void)
{
	puts("Nothing is attached that could be a scanner: no USB HID POS scanner, no keyboard, no serial port.\n"
	     "  -> Does the scanner light up or beep when it is plugged in? If not: another cable, another USB port, its power supply.\n"
	     "  -> Cordless: is the base the one that it is paired with? Scan the base's pairing bar code.\n"
	     "  -> Does `lsusb` show it, and `dmesg` a new device when it is plugged in? If not, the computer does not see it at all.\n"
	     "  -> It is shown by lsusb and not here: set it to USB HID POS by a bar code of its manual, see tillgate-scanners(7).\n"
	     "  -> RS-232: is the port switched on in the computer's setup? A USB-serial adapter makes one.");
}

static bool is_fine(const tg_json *lane)
{
	return is(lane, "state", "attached") || is(lane, "state", "ready");
}

int tg_devices_exit(const tg_json *json)
{
	const tg_json *lanes = tg_json_get(json, "lanes");

	for (const tg_json *lane = tg_json_first(lanes); lane != NULL; lane = tg_json_next(lane))
		if (!is_fine(lane))
			return 1;
	return tg_json_size(lanes) > 0 ? 0 : 1;
}

int tg_devices_print(const tg_json *json)
{
	const tg_json *lanes = tg_json_get(json, "lanes"), *devices = tg_json_get(json, "devices");

	printf("Lanes of tillgate.conf%s:\n", tg_json_bool(tg_json_get(json, "daemon")) ? "" : " (tillgated does not run)");
	if (tg_json_size(lanes) == 0)
		puts("  none: no scanner goes through the gate. `tillgate devices --learn` gives the lines for one.");
	for (const tg_json *lane = tg_json_first(lanes); lane != NULL; lane = tg_json_next(lane))
		print_lane(lane);
	putchar('\n');
	if (tg_json_size(devices) == 0) {
		print_nothing();
	} else {
		puts("Attached:");
		for (const tg_json *device = tg_json_first(devices); device != NULL; device = tg_json_next(device))
			print_device(device);
	}
	return tg_devices_exit(json);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * config_scanner.c - which options belong to which driver. See config_scanner.h.
 */
#include "plugin/daemon/config_scanner.h"

#include "drivers/keyboard_text.h"
#include "drivers/usb_find.h"

#include <string.h>

enum { SERIAL = 1, HID_POS = 2, WEDGE = 4 };

const char *const tg_config__drivers[] = { "serial", "hid-pos", "wedge", NULL };
const char *const tg_config__suffixes[] = { "none", "cr", "lf", "crlf", "tab",
	NULL }; /* in the order of tg_suffix */

/* Options that not every driver has. */
static const struct {
	const char *name;
	unsigned drivers;
} belongs[] = {
	{ "path", SERIAL },
	{ "profile", SERIAL },
	{ "line", SERIAL },
	{ "framing", SERIAL },
	{ "handshake", SERIAL },
	{ "host-beeps", SERIAL | HID_POS },
	{ "usb", HID_POS | WEDGE },
	{ "serial", HID_POS | WEDGE },
	{ "port", HID_POS | WEDGE },
	{ "suffix", HID_POS | WEDGE },
	{ "layout", WEDGE },
	{ "prefix", WEDGE },
	{ "gap-ms", SERIAL | WEDGE },
};

static unsigned driver_of(cfg_t *scanner)
{
	const char *name = cfg_getstr(scanner, "driver");

	for (unsigned i = 0; tg_config__drivers[i] != NULL; i++)
		if (strcmp(name, tg_config__drivers[i]) == 0)
			return 1U << i;
	return SERIAL;
}

/* Set in the file, and not by its default? */
static bool is_given(cfg_t *scanner, const char *name)
{
	return (cfg_getopt(scanner, name)->flags & CFGF_RESET) == 0;
}

static int check_selection(cfg_t *lane, cfg_t *scanner, unsigned driver)
{
	const char *usb = cfg_getstr(scanner, "usb");
	tg_usb_select select;
	tg_error err = { 0 };

	if (driver == WEDGE && usb != NULL && strcmp(usb, "any") == 0) {
		cfg_error(lane,
			"lane \"%s\": usb: a wedge must be named (\"VENDOR:PRODUCT\", serial or port): "
			"\"any\" might be somebody's keyboard",
			cfg_title(lane));
		return -1;
	}
	if (tg_usb_select_parse(
		    &select, usb, cfg_getstr(scanner, "serial"), cfg_getstr(scanner, "port"), &err) == TG_OK)
		return 0;
	cfg_error(lane, "lane \"%s\": %s", cfg_title(lane), err.msg);
	return -1;
}

/* With one, the scanner waits for the answer to its first label before it sends the second: they never come together. */
static int check_set(cfg_t *lane, cfg_t *scanner)
{
	if (!cfg_getbool(scanner, "set-identifier") || strcmp(cfg_getstr(scanner, "handshake"), "none") == 0)
		return 0;
	cfg_error(lane, "lane \"%s\": set-identifier does not go with a handshake: set the scanner to wait for no answer",
		cfg_title(lane));
	return -1;
}

static int check_limits(cfg_t *lane, cfg_t *scanner)
{
	const char *prefix = cfg_getstr(scanner, "prefix");
	long gap_ms = cfg_getint(scanner, "gap-ms");

	if (prefix != NULL && strlen(prefix) > TG_KEY_PREFIX_MAX)
		cfg_error(lane, "lane \"%s\": prefix: wanted at most %d bytes", cfg_title(lane),
			TG_KEY_PREFIX_MAX);
	else if (gap_ms < 20 || gap_ms > 5000)
		cfg_error(lane, "lane \"%s\": gap-ms: wanted 20 to 5000; found %ld", cfg_title(lane), gap_ms);
	else
		return 0;
	return -1;
}

int tg_config__check_scanner(cfg_t *lane, cfg_t *scanner)
{
	unsigned driver = driver_of(scanner);

	for (size_t i = 0; i < TG_COUNT(belongs); i++)
		if ((belongs[i].drivers & driver) == 0 && is_given(scanner, belongs[i].name)) {
			cfg_error(lane, "lane \"%s\": driver %s has no option %s", cfg_title(lane),
				cfg_getstr(scanner, "driver"), belongs[i].name);
			return -1;
		}
	if (driver == SERIAL && cfg_getstr(scanner, "path") == NULL) {
		cfg_error(lane, "lane \"%s\": wanted a scanner with a path", cfg_title(lane));
		return -1;
	}
	if (driver != SERIAL && check_selection(lane, scanner, driver) != 0)
		return -1;
	return check_set(lane, scanner) != 0 ? -1 : check_limits(lane, scanner);
}

void tg_config__read_usb(tg_scanner_config *out, cfg_t *scanner)
{
	const char *suffix = cfg_getstr(scanner, "suffix");

	out->usb = cfg_getstr(scanner, "usb");
	out->serial = cfg_getstr(scanner, "serial");
	out->port = cfg_getstr(scanner, "port");
	out->layout = cfg_getstr(scanner, "layout");
	out->prefix = cfg_getstr(scanner, "prefix");
	out->gap_ms = (int)cfg_getint(scanner, "gap-ms");
	out->suffix = driver_of(scanner) == WEDGE ? TG_SUFFIX_CR : TG_SUFFIX_NONE;
	for (int i = 0; suffix != NULL && tg_config__suffixes[i] != NULL; i++)
		if (strcmp(suffix, tg_config__suffixes[i]) == 0)
			out->suffix = (tg_suffix)i;
}

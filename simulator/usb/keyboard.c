/* SPDX-License-Identifier: Apache-2.0
 *
 * keyboard.c - a scanner that types: boot reports of a USB keyboard, in the layout that the host is thought to have.
 */
#include "simulator/usb/scanner.h"

#include <stdio.h>
#include <string.h>

enum { EP_IN = 1 };
enum { CTRL = 0x01, SHIFT = 0x02, ALT = 0x04, ALTGR = 0x40 };     /* bits of a boot report's first byte */
enum { KEY_ENTER = 0x28, KEY_TAB = 0x2B, KEY_SPACE = 0x2C };
enum { GET_PROTOCOL = 0x03, SET_IDLE = 0x0A, SET_PROTOCOL = 0x0B }; /* HID 1.11 section 7.2 */

static const uint8_t configuration[] = {
	9, 2, 34, 0, 1, 1, 0, 0x80, 200,
	9, 4, 0, 0, 1, 3, 1, 1, 0,              /* HID, boot protocol, keyboard */
	9, 0x21, 0x11, 0x01, 0, 1, 0x22, 0, 0,
	7, 5, 0x80 | EP_IN, 3, 8, 0, 1,
};

/* The boot keyboard, HID 1.11 appendix B.1 */
static const uint8_t descriptor[] = {
	0x05, 0x01, 0x09, 0x06, 0xA1, 0x01,
	0x05, 0x07, 0x19, 0xE0, 0x29, 0xE7, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02,
	0x95, 0x01, 0x75, 0x08, 0x81, 0x03,
	0x95, 0x05, 0x75, 0x01, 0x05, 0x08, 0x19, 0x01, 0x29, 0x05, 0x91, 0x02,
	0x95, 0x01, 0x75, 0x03, 0x91, 0x03,
	0x95, 0x06, 0x75, 0x08, 0x15, 0x00, 0x25, 0x65, 0x05, 0x07, 0x19, 0x00, 0x29, 0x65, 0x81, 0x00,
	0xC0,
};

/* A key and what is held down with it. */
struct key {
	uint8_t usage, modifier;
};

/*
 * The keys that differ between layouts, by their usages (HID usage tables, page 0x07), and what each gives plainly, with Shift and
 * with AltGr. NONE: nothing, a dead key, or a letter that no label carries.
 */
#define NONE "\x01"
static const uint8_t usages[] = { 0x1E, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2D, 0x2E, 0x2F, 0x30, 0x31, 0x33, 0x34, 0x35,
	0x36, 0x37, 0x38, 0x64 };
struct layout {
	char level[3][sizeof(usages) + 1];
	char y, z; /* what the keys beside T and left of X give */
	char altgr_q;
};
static const struct layout layouts[] = {
	[LAYOUT_US] = { { "1234567890-=[]\\;'`,./" NONE, "!@#$%^&*()_+{}|:\"~<>?" NONE, "" }, 'y', 'z', '\0' },
	[LAYOUT_DE] = { { "1234567890" NONE NONE NONE "+#" NONE NONE NONE ",.-<", "!\"" NONE "$%&/()=?" NONE NONE "*'" NONE NONE NONE ";:_>",
				NONE NONE NONE NONE NONE NONE "{[]}\\" NONE NONE "~" NONE NONE NONE NONE NONE NONE NONE "|" },
		'z', 'y', '@' },
};
static const uint8_t level_modifiers[3] = { 0, SHIFT, ALTGR };

static bool letter(struct key *out, const struct layout *layout, char c)
{
	char lower = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;

	if (lower < 'a' || lower > 'z')
		return false;
	out->modifier = lower == c ? 0 : SHIFT;
	lower = lower == layout->y ? 'y' : lower == layout->z ? 'z' : lower;
	out->usage = (uint8_t)(0x04 + lower - 'a');
	return true;
}

static bool find(struct key *out, const struct layout *layout, char c)
{
	switch (c) {
	case '\r':
	case '\n':
		*out = (struct key){ KEY_ENTER, 0 };
		return true;
	case '\t':
		*out = (struct key){ KEY_TAB, 0 };
		return true;
	case ' ':
		*out = (struct key){ KEY_SPACE, 0 };
		return true;
	case 0x1D: /* GS, as scanners type it: Control and the key that is ] on a US keyboard */
		*out = (struct key){ 0x30, CTRL };
		return true;
	default:
		break;
	}
	if (layout->altgr_q != '\0' && c == layout->altgr_q) {
		*out = (struct key){ 0x14, ALTGR };
		return true;
	}
	if (letter(out, layout, c))
		return true;
	for (size_t level = 0; level < 3; level++)
		for (size_t i = 0; layout->level[level][i] != '\0'; i++)
			if (layout->level[level][i] == c && c > 0x1F) {
				*out = (struct key){ usages[i], level_modifiers[level] };
				return true;
			}
	return false;
}

/* A report with the key down, and one with all keys up: without it two equal characters would be one. */
static bool press(struct packets *to, struct key key, uint8_t held)
{
	const uint8_t down[8] = { key.modifier | held, 0, key.usage }, up[8] = { held };

	return packets_add(to, EP_IN, down, sizeof(down)) && packets_add(to, EP_IN, up, sizeof(up));
}

/* Alt held, 0 and three digits on the keypad, Alt let go. */
static bool alt_code(struct packets *to, uint8_t byte)
{
	static const uint8_t keypad[] = { 0x62, 0x59, 0x5A, 0x5B, 0x5C, 0x5D, 0x5E, 0x5F, 0x60, 0x61 };
	const uint8_t digits[] = { 0, byte / 100, byte / 10 % 10, byte % 10 }, held[8] = { ALT }, up[8] = { 0 };
	bool good = packets_add(to, EP_IN, held, sizeof(held));

	for (size_t i = 0; i < sizeof(digits); i++)
		good = good && press(to, (struct key){ keypad[digits[i]], 0 }, ALT);
	return good && packets_add(to, EP_IN, up, sizeof(up));
}

static bool type(struct packets *to, const struct scanner *s, const char *text, size_t len)
{
	const struct layout *layout = &layouts[s->what->layout];

	for (size_t i = 0; i < len; i++) {
		struct key key;

		if (find(&key, layout, text[i]) ? !press(to, key, 0) : !s->what->alt_codes || !alt_code(to, (uint8_t)text[i]))
			return false;
	}
	return true;
}

static bool encode(struct packets *to, const struct scanner *s, const char *label, size_t len)
{
	size_t before = to->count;

	/* an identifier that is not to be sent was taken away with the basket's line */
	if (type(to, s, label, len) && type(to, s, s->what->suffix, strlen(s->what->suffix)))
		return true;
	to->count = before;
	return false;
}

static const uint8_t *report(const struct description *d, size_t *len)
{
	(void)d;
	*len = sizeof(descriptor);
	return descriptor;
}

static int request(struct scanner *s, const uint8_t setup[8], uint8_t *data)
{
	(void)s;
	if (setup[0] == 0x21 && (setup[1] == SET_IDLE || setup[1] == SET_PROTOCOL))
		return 0;
	if (setup[0] == 0xA1 && setup[1] == GET_PROTOCOL) {
		data[0] = 0; /* boot reports, whatever is asked for: the descriptor says the same */
		return 1;
	}
	return -1;
}

static void heard(struct scanner *s, const uint8_t *data, size_t len, bool feature, char *words, size_t size)
{
	(void)s, (void)feature;
	snprintf(words, size, "lamps %02x", len > 0 ? data[0] : 0u);
}

const struct family family_keyboard = { .configuration = configuration,
	.configuration_len = sizeof(configuration),
	.interfaces = 1,
	.data_endpoint = EP_IN,
	.report = report,
	.encode = encode,
	.request = request,
	.heard = heard };

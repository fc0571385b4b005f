/* SPDX-License-Identifier: Apache-2.0
 *
 * hid_pos.c - a scanner in the mode "USB HID POS": reports of 64 bytes by the HID Point of Sale usage tables (usage page 0x8C).
 */
#include "simulator/usb/scanner.h"

#include <stdio.h>
#include <string.h>

enum { EP_IN = 1, EP_OUT = 2, REPORT_SCAN = 2, REPORT_TRIGGER = 4, REPORT_PIPE = 0xFD, REPORT_REDIRECT = 0xFE };
enum { DATA_COMMON = 56, DATA_SHIFTED = 55, AT_CONTINUED = 63 };

/* Trigger report, one byte of bits */
enum { BIT_PREVENT = 1 << 1, BIT_INITIATE = 1 << 2, BIT_ERROR_BEEP = 1 << 5, BIT_GOOD_BEEP = 1 << 6, BIT_NOT_ON_FILE = 1 << 7 };

static const uint8_t configuration[] = {
	9, 2, 41, 0, 1, 1, 0, 0x80, 200,     /* bus-powered, 400 mA */
	9, 4, 0, 0, 2, 3, 0, 0, 0,           /* HID, no boot protocol */
	9, 0x21, 0x11, 0x01, 0, 1, 0x22, 0, 0, /* HID 1.11, one report descriptor; its length is filled in */
	7, 5, 0x80 | EP_IN, 3, PACKET_SIZE, 0, 1, /* interrupt in, each millisecond */
	7, 5, EP_OUT, 3, PACKET_SIZE, 0, 10,
};

#define REPORT_HEAD \
	0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01,             /* Bar Code Scanner: application */ \
		0x09, 0x12, 0xA1, 0x02, 0x85, REPORT_SCAN,  /* Scanned Data Report: logical */ \
		0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08,   /* bytes of 0-255 */ \
		0x95, 0x01, 0x05, 0x01, 0x09, 0x3B, 0x81, 0x02 /* Byte Count */
#define REPORT_AIM \
	0x05, 0x8C, 0x95, 0x03, 0x09, 0xFB, 0x09, 0xFC, 0x09, 0xFD, 0x81, 0x02 /* Symbology Identifier 1-3 */
#define REPORT_TAIL \
	0x82, 0x02, 0x01,                                     /* Decoded Data: buffered bytes */ \
		0x06, 0x66, 0xFF, 0x95, 0x02, 0x09, 0x04, 0x09, 0x00, 0x81, 0x02, /* the maker's code letter; reserved */ \
		0x05, 0x8C, 0x25, 0x01, 0x75, 0x01, 0x95, 0x01, 0x09, 0xFF, 0x81, 0x02, /* Decoded Data Continued */ \
		0x95, 0x07, 0x81, 0x03, 0xC0,                     /* padding */ \
		0x09, 0x14, 0xA1, 0x02, 0x85, REPORT_TRIGGER,     /* Trigger Report: logical */ \
		0x15, 0x00, 0x25, 0x01, 0x75, 0x01,               \
		0x95, 0x01, 0x91, 0x03, 0x95, 0x02, 0x09, 0x5F, 0x09, 0x60, 0x91, 0x02, /* -, Prevent Read, Initiate Read */ \
		0x95, 0x02, 0x91, 0x03,                           \
		0x95, 0x03, 0x09, 0x85, 0x09, 0x86, 0x09, 0x87, 0x91, 0x02, 0xC0, /* Error, Good Read, Not On File Beep */ \
		0x85, REPORT_REDIRECT, 0x06, 0x66, 0xFF, 0x09, 0xFE, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x01, 0xB1, 0x02, /* redirect */ \
		0xC0

static const uint8_t common[] = { REPORT_HEAD, REPORT_AIM, 0x95, DATA_COMMON, 0x09, 0xFE, REPORT_TAIL };
static const uint8_t shifted[] = { REPORT_HEAD, 0x06, 0x66, 0xFF, 0x09, 0x05, 0x81, 0x02, REPORT_AIM, 0x95, DATA_SHIFTED, 0x09, 0xFE,
	REPORT_TAIL };

static const uint8_t *report(const struct description *d, size_t *len)
{
	*len = d->report == REPORT_COMMON ? sizeof(common) : sizeof(shifted);
	return d->report == REPORT_COMMON ? common : shifted;
}

/* The identifier is a field of its own and never empty; where the basket names none, it is what such a label would most likely have. */
static const char *likely_aim(const char *label, size_t len)
{
	bool digits = strspn(label, "0123456789") >= len;

	return digits && len == 8 ? "]E4" : digits && (len == 12 || len == 13) ? "]E0" : "]C0";
}

static bool encode(struct packets *to, const struct scanner *s, const char *label, size_t len)
{
	size_t at_aim = s->what->report == REPORT_COMMON ? 2 : 3, room = s->what->report == REPORT_COMMON ? DATA_COMMON : DATA_SHIFTED;
	size_t before = to->count;
	const char *aim = likely_aim(label, len);

	if (len >= 3 && label[0] == ']') {
		aim = label;
		label += 3;
		len -= 3;
	}
	do {
		uint8_t bytes[PACKET_SIZE] = { REPORT_SCAN };
		size_t n = len < room ? len : room;

		bytes[1] = (uint8_t)n;
		memcpy(bytes + at_aim, aim, 3);
		memcpy(bytes + at_aim + 3, label, n);
		bytes[61] = 'd';
		bytes[62] = 0x45; /* as a published sample has it: reserved does not mean zero */
		bytes[AT_CONTINUED] = len > n;
		label += n;
		len -= n;
		if (!packets_add(to, EP_IN, bytes, sizeof(bytes))) {
			to->count = before;
			return false;
		}
	} while (len > 0);
	return true;
}

static int request(struct scanner *s, const uint8_t setup[8], uint8_t *data)
{
	(void)s, (void)data;
	return setup[0] == 0x21 && setup[1] == 0x0A ? 0 : -1; /* SET_IDLE, HID 1.11 section 7.2.4 */
}

static void heard(struct scanner *s, const uint8_t *data, size_t len, bool feature, char *words, size_t size)
{
	static const struct {
		uint8_t bit;
		const char *word;
	} bits[] = { { BIT_PREVENT, "prevent-read" }, { BIT_INITIATE, "initiate-read" }, { BIT_ERROR_BEEP, "error-beep" },
		{ BIT_GOOD_BEEP, "good-beep" }, { BIT_NOT_ON_FILE, "not-on-file-beep" } };

	if (feature && len >= 2 && data[0] == REPORT_REDIRECT) {
		s->silent = data[1] != 1;
		snprintf(words, size, "redirect %s", s->silent ? "off" : "on");
	} else if (len >= 2 && data[0] == REPORT_TRIGGER) {
		s->prevented = (data[1] & BIT_PREVENT) != 0;
		for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
			if (data[1] & bits[i].bit)
				snprintf(words + strlen(words), size - strlen(words), "%s%s", words[0] != '\0' ? " " : "", bits[i].word);
		if (words[0] == '\0')
			snprintf(words, size, "allow-read");
	} else if (len >= 2 && data[0] == REPORT_PIPE) {
		snprintf(words, size, "command of %u bytes", data[1]);
	} else {
		snprintf(words, size, "unknown report %u of %zu bytes", len > 0 ? data[0] : 0u, len);
	}
}

const struct family family_hid_pos = { .configuration = configuration,
	.configuration_len = sizeof(configuration),
	.interfaces = 1,
	.data_endpoint = EP_IN,
	.report = report,
	.encode = encode,
	.request = request,
	.heard = heard };

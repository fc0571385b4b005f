/* SPDX-License-Identifier: Apache-2.0
 *
 * scanner.c - what all simulated USB scanners answer alike: descriptors and standard requests. See scanner.h.
 */
#include "simulator/usb/scanner.h"

#include <stdio.h>
#include <string.h>

/* bRequest, USB 2.0 table 9-4; bmRequestType in front of each where it matters */
enum { GET_STATUS = 0, CLEAR_FEATURE = 1, SET_FEATURE = 3, GET_DESCRIPTOR = 6, GET_CONFIGURATION = 8, SET_CONFIGURATION = 9, SET_INTERFACE = 11 };
enum { DESCRIPTOR_DEVICE = 1, DESCRIPTOR_CONFIGURATION = 2, DESCRIPTOR_STRING = 3, DESCRIPTOR_HID = 0x21, DESCRIPTOR_REPORT = 0x22 };
enum { TYPE_MASK = 0x60, TYPE_STANDARD = 0x00 };

bool packets_add(struct packets *to, uint8_t endpoint, const void *bytes, size_t len)
{
	struct packet *p = &to->list[to->count];

	if (to->count == PACKETS_MAX || len > PACKET_SIZE)
		return false;
	*p = (struct packet){ .endpoint = endpoint, .len = (uint8_t)len };
	memcpy(p->bytes, bytes, len);
	to->count++;
	return true;
}

void scanner_init(struct scanner *s, const struct description *d)
{
	static const struct family *const families[] = { &family_hid_pos, &family_keyboard, &family_cdc_acm };
	static const uint8_t line_9600_8n1[7] = { 0x80, 0x25, 0, 0, 0, 0, 8 };

	*s = (struct scanner){ .what = d, .family = families[d->family], .silent = d->redirect };
	memcpy(s->line_coding, line_9600_8n1, sizeof(s->line_coding));
}

static int device_descriptor(const struct scanner *s, uint8_t *out)
{
	const struct description *d = s->what;
	const uint8_t bytes[18] = { 18, DESCRIPTOR_DEVICE, 0x00, 0x02, s->family->device_class, 0, 0, 64, (uint8_t)d->vendor,
		(uint8_t)(d->vendor >> 8), (uint8_t)d->product, (uint8_t)(d->product >> 8), 0x00, 0x01, 1, 2, d->serial[0] != '\0' ? 3 : 0, 1 };

	memcpy(out, bytes, sizeof(bytes));
	return (int)sizeof(bytes);
}

static int string_descriptor(const struct scanner *s, unsigned index, uint8_t *out)
{
	const char *const texts[] = { NULL, s->what->maker, s->what->name, s->what->serial };
	size_t len;

	if (index >= sizeof(texts) / sizeof(texts[0]))
		return -1;
	out[1] = DESCRIPTOR_STRING;
	if (index == 0) { /* the languages there are: English (United States) */
		out[0] = 4;
		out[2] = 0x09;
		out[3] = 0x04;
		return 4;
	}
	len = strlen(texts[index]);
	out[0] = (uint8_t)(2 + 2 * len);
	for (size_t i = 0; i < len; i++) {
		out[2 + 2 * i] = (uint8_t)texts[index][i];
		out[3 + 2 * i] = 0;
	}
	return out[0];
}

/* The family's, with the length of its report descriptor put where the HID descriptor says it. */
static int configuration_descriptor(const struct scanner *s, uint8_t *out)
{
	const struct family *f = s->family;
	size_t report_len = 0;

	memcpy(out, f->configuration, f->configuration_len);
	if (f->report == NULL)
		return (int)f->configuration_len;
	f->report(s->what, &report_len);
	for (size_t at = 0; at + 8 < f->configuration_len; at += out[at])
		if (out[at + 1] == DESCRIPTOR_HID) {
			out[at + 7] = (uint8_t)report_len;
			out[at + 8] = (uint8_t)(report_len >> 8);
		}
	return (int)f->configuration_len;
}

static int report_descriptor(const struct scanner *s, uint8_t *out)
{
	const uint8_t *report;
	size_t len;

	if (s->family->report == NULL)
		return -1;
	report = s->family->report(s->what, &len);
	memcpy(out, report, len);
	return (int)len;
}

static int hid_descriptor(const struct scanner *s, uint8_t *out)
{
	uint8_t whole[CONFIGURATION_MAX];
	int len = configuration_descriptor(s, whole);

	for (int at = 0; at + 8 < len; at += whole[at])
		if (whole[at + 1] == DESCRIPTOR_HID) {
			memcpy(out, whole + at, 9);
			return 9;
		}
	return -1;
}

static int get_descriptor(const struct scanner *s, const uint8_t setup[8], uint8_t *out)
{
	switch (setup[3]) {
	case DESCRIPTOR_DEVICE:
		return device_descriptor(s, out);
	case DESCRIPTOR_CONFIGURATION:
		return configuration_descriptor(s, out);
	case DESCRIPTOR_STRING:
		return string_descriptor(s, setup[2], out);
	case DESCRIPTOR_REPORT:
		return report_descriptor(s, out);
	case DESCRIPTOR_HID:
		return hid_descriptor(s, out);
	default:
		return -1;
	}
}

static int standard(const struct scanner *s, const uint8_t setup[8], uint8_t *data)
{
	switch (setup[1]) {
	case GET_DESCRIPTOR:
		return get_descriptor(s, setup, data);
	case GET_STATUS:
		data[0] = data[1] = 0;
		return 2;
	case GET_CONFIGURATION:
		data[0] = 1;
		return 1;
	case CLEAR_FEATURE:
	case SET_FEATURE:
	case SET_CONFIGURATION:
	case SET_INTERFACE:
		return 0;
	default:
		return -1;
	}
}

/* SET_REPORT, HID 1.11 section 7.2.2: the type in the upper byte of wValue */
enum { HID_SET_REPORT_TYPE = 0x21, HID_SET_REPORT = 0x09, REPORT_FEATURE = 3 };

int scanner_control(struct scanner *s, const uint8_t setup[8], uint8_t *data, size_t len, char *words, size_t size)
{
	words[0] = '\0';
	if ((setup[0] & TYPE_MASK) == TYPE_STANDARD)
		return standard(s, setup, data);
	if (setup[0] == HID_SET_REPORT_TYPE && setup[1] == HID_SET_REPORT && s->family->report != NULL) {
		s->family->heard(s, data, len, setup[3] == REPORT_FEATURE, words, size);
		return 0;
	}
	return s->family->request(s, setup, data);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * encoding.c - hex, base64 and what UTF-8 may hold.
 *
 * Each byte string has exactly one base64 text here, so that an encoded value can be compared or hashed as text.
 * Not constant in time: secrets that are encoded never leave the process that holds them.
 */
#include "store/base/encoding.h"

char *tg_hex_encode(char *out, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * len] = '\0';
	return out;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int tg_hex_decode(uint8_t *out, size_t *len, size_t max, const char *text, tg_error *err)
{
	size_t count = strlen(text);

	if (count % 2 != 0)
		return tg_fail(err, TG_EFORMAT, "hex: wanted an even number of digits, found %zu", count);
	if (count / 2 > max)
		return tg_fail(err, TG_EFORMAT, "hex: wanted at most %zu bytes, found %zu", max, count / 2);
	for (size_t i = 0; i < count; i += 2) {
		int high = hex_value(text[i]), low = hex_value(text[i + 1]);

		if (high < 0 || low < 0)
			return tg_fail(err, TG_EFORMAT,
				"hex: wanted a digit at position %zu, found byte 0x%02x",
				high < 0 ? i + 1 : i + 2, (unsigned char)(high < 0 ? text[i] : text[i + 1]));
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	*len = count / 2;
	return TG_OK;
}

void tg_base64_encode(tg_buf *out, const void *data, size_t len)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t bits = (uint32_t)p[i] << 16;
		char four[4];

		if (left > 1)
			bits |= (uint32_t)p[i + 1] << 8;
		if (left > 2)
			bits |= p[i + 2];
		four[0] = letters[bits >> 18];
		four[1] = letters[bits >> 12 & 63];
		four[2] = left > 1 ? letters[bits >> 6 & 63] : '=';
		four[3] = left > 2 ? letters[bits & 63] : '=';
		tg_buf_append(out, four, sizeof(four));
	}
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four letters of which the last `pad` are '='. Returns the bytes written to `three`, or -1 with *bad set. */
static int base64_group(uint8_t three[3], const char *four, int pad, int *bad)
{
	uint32_t bits = 0;

	for (int i = 0; i < 4; i++) {
		int value = i < 4 - pad ? base64_value(four[i]) : 0;

		if (value < 0) {
			*bad = i;
			return -1;
		}
		bits = bits << 6 | (uint32_t)value;
	}
	three[0] = (uint8_t)(bits >> 16);
	three[1] = (uint8_t)(bits >> 8);
	three[2] = (uint8_t)bits;
	/* Bits that belong to no byte must be zero, else two texts would mean the same bytes. */
	if ((pad == 2 && three[1] != 0) || (pad >= 1 && three[2] != 0)) {
		*bad = 3 - pad;
		return -1;
	}
	return 3 - pad;
}

int tg_base64_decode(tg_buf *out, const char *text, size_t text_len, tg_error *err)
{
	if (text_len % 4 != 0)
		return tg_fail(
			err, TG_EFORMAT, "base64: wanted a multiple of 4 letters, found %zu", text_len);
	for (size_t i = 0; i < text_len; i += 4) {
		bool last = i + 4 == text_len;
		int pad = !last || text[i + 3] != '=' ? 0 : text[i + 2] != '=' ? 1 : 2;
		uint8_t three[3];
		int bad = 0, got = base64_group(three, text + i, pad, &bad);

		if (got < 0)
			return tg_fail(err, TG_EFORMAT,
				"base64: byte 0x%02x at position %zu does not belong there",
				(unsigned char)text[i + (size_t)bad], i + (size_t)bad + 1);
		tg_buf_append(out, three, (size_t)got);
	}
	return tg_buf_check(out, "base64", err);
}

bool tg_utf8_valid(const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t i = 0;

	while (i < len) {
		uint8_t lead = p[i++];
		uint8_t low = 0x80,
			high = 0xbf; /* bounds of the second byte: no overlong form, no surrogate */
		size_t more;

		if (lead < 0x80)
			continue;
		if (lead < 0xc2 || lead > 0xf4)
			return false;
		more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
		if (lead == 0xe0)
			low = 0xa0;
		else if (lead == 0xed)
			high = 0x9f;
		else if (lead == 0xf0)
			low = 0x90;
		else if (lead == 0xf4)
			high = 0x8f;
		if (len - i < more || p[i] < low || p[i] > high)
			return false;
		for (size_t k = 1; k < more; k++)
			if ((p[i + k] & 0xc0) != 0x80)
				return false;
		i += more;
	}
	return true;
}

/* ---- characters nobody sees ---- */

static bool hidden_point(uint32_t point)
{
	return point == 0x00ad || point == 0x034f || point == 0x115f || point == 0x1160 || point == 0x17b4 ||
	       point == 0x17b5 || (point >= 0x180b && point <= 0x180f) ||
	       (point >= 0x200b && point <= 0x200d) || (point >= 0x2060 && point <= 0x206f) ||
	       point == 0x3164 || (point >= 0xfe00 && point <= 0xfe0f) || point == 0xfeff ||
	       point == 0xffa0 || (point >= 0xfff0 && point <= 0xfffb) ||
	       (point >= 0xe0000 && point <= 0xe0fff);
}

static bool steering_point(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x061c || point == 0x200e ||
	       point == 0x200f || (point >= 0x2028 && point <= 0x202e);
}

/* The code point at `p` of valid UTF-8; `*len` is how many bytes it takes. */
static uint32_t point_at(const uint8_t *p, size_t *len)
{
	if (p[0] < 0x80)
		return *len = 1, p[0];
	if (p[0] < 0xe0)
		return *len = 2, (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
	if (p[0] < 0xf0)
		return *len = 3, (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
	return *len = 4, (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 |
				 (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
}

bool tg_utf8_hides(const char *text)
{
	size_t len;

	for (const uint8_t *p = (const uint8_t *)text; *p != '\0'; p += len)
		if (hidden_point(point_at(p, &len)))
			return true;
	return false;
}

bool tg_utf8_plain(const char *text)
{
	size_t len;

	if (!tg_utf8_valid(text, strlen(text)))
		return false;
	for (const uint8_t *p = (const uint8_t *)text; *p != '\0'; p += len) {
		uint32_t point = point_at(p, &len);

		if (hidden_point(point) || steering_point(point))
			return false;
	}
	return true;
}

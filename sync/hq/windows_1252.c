/* SPDX-License-Identifier: Apache-2.0
 *
 * windows_1252.c - 32 characters of its own; below and above them it is ISO 8859-1, and so Unicode.
 */
#include "sync/hq/windows_1252.h"

static const uint16_t own[32] = { 0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,
	0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178 };

static void put(tg_buf *out, uint32_t c)
{
	if (c >= 0x800) {
		tg_buf_putc(out, (char)(0xe0 | c >> 12));
		tg_buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
	} else {
		tg_buf_putc(out, (char)(0xc0 | c >> 6));
	}
	tg_buf_putc(out, (char)(0x80 | (c & 0x3f)));
}

int tg_windows_1252_to_utf8(tg_buf *out, tg_view text, size_t *at, tg_error *err)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t byte = text.data[i];
		uint32_t c = byte >= 0x80 && byte < 0xa0 ? own[byte - 0x80] : byte;

		if (c == 0) {
			*at = i;
			return tg_fail(err, TG_EFORMAT, "byte %02x at %zu is none of Windows-1252", byte, i);
		}
		if (c < 0x80)
			tg_buf_putc(out, (char)c);
		else
			put(out, c);
	}
	return tg_buf_check(out, "text", err);
}

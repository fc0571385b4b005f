/* SPDX-License-Identifier: Apache-2.0
 *
 * framing.c - from the bytes of a line to whole scans, one byte at a time.
 *
 * Working byte by byte is what makes the answer independent of how the bytes were cut into reads.
 */
#include "drivers/framing.h"

#include "store/base/encoding.h"

#include <string.h>

enum { AIM_LEN = TG_AIM_SIZE - 1, STX = 0x02, ETX = 0x03, CR = 0x0D, LF = 0x0A };

void tg_framing_init(tg_framing *framing, tg_frame_mode mode, bool aim)
{
	framing->mode = mode;
	framing->aim = aim;
	framing->bad = framing->dropping = framing->saw_cr = framing->inside = false;
	framing->len = 0;
}

/* TAB, EOT and the four separators occur in real labels (ISO/IEC 15434 envelopes, Code 39 full ASCII). */
static bool carried_by_a_label(uint8_t byte)
{
	if (byte >= 0x20)
		return byte != 0x7F;
	return byte == 0x04 || byte == 0x09 || (byte >= 0x1C && byte <= 0x1F);
}

/*
 * UTF-8, or ISO 8859-1 (the default of QR): there 0x80 to 0x9F are control characters that no label prints.
 */
static bool is_text(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i] >= 0x80 && data[i] <= 0x9F)
			return tg_utf8_valid(data, len);
	return true;
}

static bool is_letter(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool tg_framing_clean(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!carried_by_a_label(data[i]))
			return false;
	return is_text(data, len);
}

/* "]", a code letter, a modifier. */
bool tg_framing_has_aim(const uint8_t *data, size_t len)
{
	return len >= AIM_LEN && data[0] == ']' && is_letter(data[1]) &&
	       (is_letter(data[2]) || (data[2] >= '0' && data[2] <= '9'));
}

static void say(tg_frame_kind kind, size_t len, tg_frame_fn frame_fn, void *user)
{
	tg_frame frame = { .kind = kind, .len = len };

	frame_fn(user, &frame);
}

static void deliver(const tg_framing *framing, tg_frame_fn frame_fn, void *user)
{
	tg_frame frame = { .kind = TG_FRAME_SCAN, .data = framing->data, .len = framing->len };

	if (framing->aim && tg_framing_has_aim(frame.data, frame.len)) {
		memcpy(frame.aim, frame.data, AIM_LEN);
		frame.data += AIM_LEN;
		frame.len -= AIM_LEN;
	} else {
		frame.aim_missing = framing->aim;
	}
	if (frame.len == 0)
		say(TG_FRAME_EMPTY, 0, frame_fn, user);
	else if (frame.len > TG_SCAN_MAX)
		say(TG_FRAME_TOO_LONG, frame.len, frame_fn, user);
	else
		frame_fn(user, &frame);
}

static void end_frame(tg_framing *framing, tg_frame_fn frame_fn, void *user)
{
	if (framing->dropping)
		; /* said when it went past the limit */
	else if (framing->len == 0)
		say(TG_FRAME_EMPTY, 0, frame_fn, user);
	else if (framing->bad || !is_text(framing->data, framing->len))
		say(TG_FRAME_NOISE, framing->len, frame_fn, user);
	else
		deliver(framing, frame_fn, user);
	framing->bad = framing->dropping = false;
	framing->len = 0;
}

static void keep(tg_framing *framing, uint8_t byte, tg_frame_fn frame_fn, void *user)
{
	size_t limit = TG_SCAN_MAX + (framing->aim ? AIM_LEN : 0);

	if (framing->len < limit) {
		framing->data[framing->len] = byte;
	} else if (!framing->dropping) {
		framing->dropping = true;
		say(TG_FRAME_TOO_LONG, framing->len + 1, frame_fn, user);
	}
	framing->len++;
	if (!carried_by_a_label(byte))
		framing->bad = true;
}

static void take_auto(tg_framing *framing, uint8_t byte, tg_frame_fn frame_fn, void *user)
{
	bool after_cr = framing->saw_cr;

	framing->saw_cr = byte == CR;
	if (byte == CR || (byte == LF && !after_cr))
		end_frame(framing, frame_fn, user);
	else if (byte != LF)
		keep(framing, byte, frame_fn, user);
}

static void take_crlf(tg_framing *framing, uint8_t byte, tg_frame_fn frame_fn, void *user)
{
	if (framing->saw_cr) {
		framing->saw_cr = false;
		if (byte == LF) {
			end_frame(framing, frame_fn, user);
			return;
		}
		keep(framing, CR, frame_fn, user);
	}
	if (byte == CR)
		framing->saw_cr = true;
	else
		keep(framing, byte, frame_fn, user);
}

/* A frame that another one cuts off, or bytes that belong to none. */
static void forget(tg_framing *framing, tg_frame_kind kind, tg_frame_fn frame_fn, void *user)
{
	size_t len = framing->len;
	bool said = framing->dropping || len == 0;

	framing->bad = framing->dropping = false;
	framing->len = 0;
	if (!said)
		say(kind, len, frame_fn, user);
}

static void take_stx_etx(tg_framing *framing, uint8_t byte, tg_frame_fn frame_fn, void *user)
{
	if (byte == STX) {
		forget(framing, framing->inside ? TG_FRAME_CUT : TG_FRAME_NOISE, frame_fn, user);
		framing->inside = true;
	} else if (byte == ETX && framing->inside) {
		framing->inside = false;
		end_frame(framing, frame_fn, user);
	} else if (framing->inside || (byte != CR && byte != LF)) {
		keep(framing, byte, frame_fn, user);
	} else {
		forget(framing, TG_FRAME_NOISE, frame_fn, user);
	}
}

static void take(tg_framing *framing, uint8_t byte, tg_frame_fn frame_fn, void *user)
{
	switch (framing->mode) {
	case TG_FRAME_AUTO:
		take_auto(framing, byte, frame_fn, user);
		break;
	case TG_FRAME_CRLF:
		take_crlf(framing, byte, frame_fn, user);
		break;
	case TG_FRAME_CR:
	case TG_FRAME_LF:
		if (byte == (framing->mode == TG_FRAME_CR ? CR : LF))
			end_frame(framing, frame_fn, user);
		else
			keep(framing, byte, frame_fn, user);
		break;
	case TG_FRAME_STX_ETX:
		take_stx_etx(framing, byte, frame_fn, user);
		break;
	case TG_FRAME_GAP:
		keep(framing, byte, frame_fn, user);
		break;
	}
}

void tg_framing_feed(tg_framing *framing, const void *data, size_t len, tg_frame_fn frame_fn, void *user)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++)
		take(framing, bytes[i], frame_fn, user);
}

void tg_framing_gap(tg_framing *framing, tg_frame_fn frame_fn, void *user)
{
	if (framing->len > 0)
		end_frame(framing, frame_fn, user);
}

size_t tg_framing_pending(const tg_framing *framing)
{
	return framing->len + (framing->mode == TG_FRAME_CRLF && framing->saw_cr);
}

void tg_framing_abandon(tg_framing *framing, tg_frame_fn frame_fn, void *user)
{
	size_t pending = tg_framing_pending(framing);

	tg_framing_init(framing, framing->mode, framing->aim);
	if (pending > 0)
		say(TG_FRAME_CUT, pending, frame_fn, user);
}

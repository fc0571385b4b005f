/* SPDX-License-Identifier: Apache-2.0
 *
 * ssi.c - packets of the Simple Serial Interface. See ssi.h.
 */
#include "drivers/profiles/ssi.h"

#include "drivers/profiles/profile.h"

#include <string.h>

enum { AT_LENGTH = 0, AT_OPCODE = 1, AT_SOURCE = 2, AT_STATUS = 3, HEADER = 4, CHECKSUM = 2 };
enum { SOURCE_DECODER = 0, SOURCE_HOST = 4 };
enum { STATUS_RETRANSMIT = 1, STATUS_CONTINUED = 2 };
enum { DECODE_DATA = 0xF3, EVENT = 0xF6, MULTIPACKET_SEGMENT = 0x73, NAK_RESEND = 0x01 };

/* A long label in segments: its number, and in the first one the packet that it would have been, with a length of two bytes. */
enum { SEGMENT_NUMBER = 4, SEGMENT_DATA = 5, FIRST_OPCODE = 5, FIRST_TYPE = 10, FIRST_LENGTH = 12, FIRST_DATA = 14 };

enum { LED_RED = 1 << 1, LED_ALL = 0xFF };
/* Beep codes: 0 to 4 are one to five short high ones, 5 to 9 one to five short low ones; 0x12 is a scan failure to integrators. */
enum { BEEP_ONE_HIGH = 0x00, BEEP_TWO_HIGH = 0x01, BEEP_THREE_LOW = 0x07, BEEP_FAILURE = 0x12 };

void tg_ssi_init(tg_ssi *ssi, bool aim)
{
	ssi->aim = aim;
	ssi->have = ssi->len = ssi->wanted = ssi->last_len = 0;
	ssi->more = ssi->dropping = false;
	ssi->type = ssi->number = 0;
}

/* ---- writing ---- */

static uint16_t checksum(const uint8_t *bytes, size_t len)
{
	uint16_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum = (uint16_t)(sum + bytes[i]);
	return (uint16_t)-sum;
}

size_t tg_ssi_write(uint8_t *out, uint8_t opcode, const uint8_t *data, size_t len)
{
	uint16_t check;

	out[AT_LENGTH] = (uint8_t)(HEADER + len);
	out[AT_OPCODE] = opcode;
	out[AT_SOURCE] = SOURCE_HOST;
	out[AT_STATUS] = 0;
	if (len > 0)
		memcpy(out + HEADER, data, len);
	check = checksum(out, HEADER + len);
	out[HEADER + len] = (uint8_t)(check >> 8);
	out[HEADER + len + 1] = (uint8_t)check;
	return HEADER + len + CHECKSUM;
}

static void reply(uint8_t opcode, tg_ssi_reply_fn reply_fn, void *user)
{
	const uint8_t reason = NAK_RESEND;
	uint8_t out[HEADER + 1 + CHECKSUM];

	reply_fn(user, out, tg_ssi_write(out, opcode, &reason, opcode == TG_SSI_NAK ? 1 : 0));
}

/* ---- labels ---- */

/* Code types to AIM identifiers, where the type says which it is. Table of code types: Symbol CS3000 guide, appendix B. */
static const char *aim_of(uint8_t type)
{
	static const struct {
		uint8_t type;
		char aim[TG_AIM_SIZE];
	} known[] = { { 0x01, "]A0" }, { 0x03, "]C0" }, { 0x06, "]I0" }, { 0x08, "]E0" }, { 0x09, "]E0" }, { 0x10, "]E0" }, { 0x0A, "]E4" }, { 0x0B, "]E0" },
		{ 0x0F, "]C1" }, { 0x23, "]e0" }, { 0x24, "]e0" }, { 0x25, "]e0" }, { 0x48, "]E3" }, { 0x88, "]E3" }, { 0x49, "]E3" }, { 0x89, "]E3" },
		{ 0x4B, "]E3" }, { 0x8B, "]E3" } };

	for (size_t i = 0; i < TG_COUNT(known); i++)
		if (known[i].type == type)
			return known[i].aim;
	return "";
}

static void say(tg_frame_kind kind, size_t len, tg_frame_fn frame_fn, void *user)
{
	frame_fn(user, &(tg_frame){ .kind = kind, .len = len });
}

static void end_label(tg_ssi *ssi, tg_frame_fn frame_fn, void *user)
{
	tg_frame frame = { .kind = TG_FRAME_SCAN, .data = ssi->data, .len = ssi->len };
	bool dropping = ssi->dropping;

	ssi->more = ssi->dropping = false;
	ssi->wanted = 0;
	if (dropping)
		return; /* said when it went wrong */
	if (!tg_framing_clean(ssi->data, ssi->len)) {
		say(TG_FRAME_NOISE, ssi->len, frame_fn, user);
		return;
	}
	if (ssi->aim && tg_framing_has_aim(frame.data, frame.len)) {
		memcpy(frame.aim, frame.data, TG_AIM_SIZE - 1);
		frame.data += TG_AIM_SIZE - 1;
		frame.len -= TG_AIM_SIZE - 1;
	} else {
		memcpy(frame.aim, aim_of(ssi->type), strlen(aim_of(ssi->type)) + 1);
		frame.aim_missing = ssi->aim && frame.aim[0] == '\0';
	}
	if (frame.len == 0)
		say(TG_FRAME_EMPTY, 0, frame_fn, user);
	else if (frame.len > TG_SCAN_MAX)
		say(TG_FRAME_TOO_LONG, frame.len, frame_fn, user);
	else
		frame_fn(user, &frame);
}

static void drop(tg_ssi *ssi, tg_frame_kind kind, size_t len, tg_frame_fn frame_fn, void *user)
{
	if (!ssi->dropping)
		say(kind, len, frame_fn, user);
	ssi->dropping = true;
}

static void append(tg_ssi *ssi, const uint8_t *data, size_t len, tg_frame_fn frame_fn, void *user)
{
	if (ssi->len + len > sizeof(ssi->data)) {
		drop(ssi, TG_FRAME_TOO_LONG, ssi->len + len, frame_fn, user);
		return;
	}
	memcpy(ssi->data + ssi->len, data, len);
	ssi->len += len;
}

/* A label that nobody went on with before the next one began. */
static void begin_label(tg_ssi *ssi, uint8_t type, tg_frame_fn frame_fn, void *user)
{
	if (ssi->more && !ssi->dropping)
		say(TG_FRAME_CUT, ssi->len, frame_fn, user);
	ssi->more = true;
	ssi->dropping = false;
	ssi->type = type;
	ssi->len = ssi->wanted = 0;
	ssi->number = 0;
}

/* What a packet leaves to be done, once it has been answered. */
enum outcome { DONE, MORE_SEGMENTS, LABEL_ENDS };

static enum outcome take_decode(tg_ssi *ssi, size_t len, tg_frame_fn frame_fn, void *user)
{
	const uint8_t *p = ssi->packet;

	if (len < HEADER + 1) {
		say(TG_FRAME_NOISE, len, frame_fn, user);
		return DONE;
	}
	if (!ssi->more || ssi->wanted > 0)
		begin_label(ssi, p[HEADER], frame_fn, user);
	else if (ssi->type != p[HEADER]) /* goes on as another kind of symbol: two labels got into each other */
		drop(ssi, TG_FRAME_NOISE, ssi->len, frame_fn, user);
	append(ssi, p + HEADER + 1, len - HEADER - 1, frame_fn, user);
	return (p[AT_STATUS] & STATUS_CONTINUED) == 0 ? LABEL_ENDS : DONE;
}

static enum outcome take_segment(tg_ssi *ssi, size_t len, tg_frame_fn frame_fn, void *user)
{
	const uint8_t *p = ssi->packet;
	size_t at = SEGMENT_DATA, n;

	if (len <= SEGMENT_DATA || (p[SEGMENT_NUMBER] == 0 && (len <= FIRST_DATA || p[FIRST_OPCODE] != DECODE_DATA))) {
		say(TG_FRAME_NOISE, len, frame_fn, user);
		return DONE;
	}
	if (p[SEGMENT_NUMBER] == 0) {
		begin_label(ssi, p[FIRST_TYPE], frame_fn, user);
		ssi->wanted = (size_t)p[FIRST_LENGTH] << 8 | p[FIRST_LENGTH + 1];
		at = FIRST_DATA;
	} else if (!ssi->more || ssi->wanted == 0 || p[SEGMENT_NUMBER] != ssi->number) {
		drop(ssi, TG_FRAME_CUT, ssi->len + len, frame_fn, user);
		ssi->more = false;
		return DONE;
	}
	ssi->number = (uint8_t)(p[SEGMENT_NUMBER] + 1);
	n = len - at < ssi->wanted - ssi->len ? len - at : ssi->wanted - ssi->len;
	append(ssi, p + at, n, frame_fn, user);
	return ssi->len < ssi->wanted && !ssi->dropping ? MORE_SEGMENTS : LABEL_ENDS;
}

/* ---- packets ---- */

/* What was acknowledged already and comes again with the mark of it. */
static bool seen(const tg_ssi *ssi, size_t len)
{
	uint8_t again[TG_SSI_PACKET_MAX];

	if ((ssi->packet[AT_STATUS] & STATUS_RETRANSMIT) == 0 || len != ssi->last_len)
		return false;
	memcpy(again, ssi->packet, len);
	again[AT_STATUS] &= (uint8_t)~STATUS_RETRANSMIT;
	return memcmp(again, ssi->last, len) == 0;
}

static void remember(tg_ssi *ssi, size_t len)
{
	memcpy(ssi->last, ssi->packet, len);
	ssi->last[AT_STATUS] &= (uint8_t)~STATUS_RETRANSMIT;
	ssi->last_len = len;
}

/* Something that we did not take is sent again now: it may be the same label on the next unit. */
static void forget_last(tg_ssi *ssi)
{
	ssi->last_len = 0;
}

/*
 * `len` is without the checksum, which is right. The answer goes first: the scanner waits for it before it takes any command, and
 * sends again if what becomes of the label takes longer than its patience.
 */
static void take_packet(tg_ssi *ssi, size_t len, tg_frame_fn frame_fn, tg_ssi_reply_fn reply_fn, void *user)
{
	uint8_t opcode = ssi->packet[AT_OPCODE];
	enum outcome outcome = DONE;
	bool again = seen(ssi, len);

	if (opcode == TG_SSI_ACK || opcode == TG_SSI_NAK || ssi->packet[AT_SOURCE] != SOURCE_DECODER)
		return; /* answers to us are not answered */
	if (!again)
		remember(ssi, len);
	if (opcode == MULTIPACKET_SEGMENT)
		outcome = !again ? take_segment(ssi, len, frame_fn, user) : ssi->more ? MORE_SEGMENTS : DONE;
	else if (opcode == DECODE_DATA && !again)
		outcome = take_decode(ssi, len, frame_fn, user);
	reply(outcome == MORE_SEGMENTS ? TG_SSI_MULTIPACKET_ACK : TG_SSI_ACK, reply_fn, user);
	if (outcome == LABEL_ENDS)
		end_label(ssi, frame_fn, user);
}

static void end_packet(tg_ssi *ssi, tg_frame_fn frame_fn, tg_ssi_reply_fn reply_fn, void *user)
{
	size_t len = ssi->packet[AT_LENGTH];
	uint16_t check = (uint16_t)(ssi->packet[len] << 8 | ssi->packet[len + 1]);

	ssi->have = 0;
	if (check == checksum(ssi->packet, len)) {
		take_packet(ssi, len, frame_fn, reply_fn, user);
		return;
	}
	forget_last(ssi);
	say(TG_FRAME_NOISE, len, frame_fn, user);
	reply(TG_SSI_NAK, reply_fn, user);
}

void tg_ssi_feed(tg_ssi *ssi, const void *data, size_t len, tg_frame_fn frame_fn, tg_ssi_reply_fn reply_fn, void *user)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++) {
		if (ssi->have == 0 && bytes[i] < HEADER) { /* no packet is as short: out of step, look on */
			say(TG_FRAME_NOISE, 1, frame_fn, user);
			continue;
		}
		ssi->packet[ssi->have++] = bytes[i];
		if (ssi->have == (size_t)ssi->packet[AT_LENGTH] + CHECKSUM)
			end_packet(ssi, frame_fn, reply_fn, user);
	}
}

bool tg_ssi_in_packet(const tg_ssi *ssi)
{
	return ssi->have > 0;
}

size_t tg_ssi_pending(const tg_ssi *ssi)
{
	return ssi->have + (ssi->more ? ssi->len : 0);
}

void tg_ssi_abandon(tg_ssi *ssi, tg_frame_fn frame_fn, void *user)
{
	size_t pending = tg_ssi_pending(ssi);
	bool said = ssi->dropping && ssi->have == 0;

	if (ssi->have > 0)
		forget_last(ssi);
	ssi->have = 0;
	ssi->more = ssi->dropping = false;
	if (pending > 0 && !said)
		say(TG_FRAME_CUT, pending, frame_fn, user);
}

/* ---- the profile ---- */

static unsigned can(const tg_profile_settings *s)
{
	unsigned bits = TG_FEEDBACK_GOOD | TG_FEEDBACK_REJECT | TG_FEEDBACK_ERROR | TG_FEEDBACK_NOTICE | TG_FEEDBACK_LOCK | TG_FEEDBACK_UNLOCK;

	(void)s;
	return bits; /* GOOD without sound still puts the red light out */
}

static size_t tell(uint8_t out[TG_PROFILE_COMMAND_MAX], const tg_profile_settings *s, tg_feedback what)
{
	const uint8_t red = LED_RED, all = LED_ALL;
	uint8_t beep = what == TG_FEEDBACK_GOOD     ? BEEP_ONE_HIGH
		       : what == TG_FEEDBACK_NOTICE ? BEEP_TWO_HIGH
		       : what == TG_FEEDBACK_REJECT ? BEEP_THREE_LOW
						    : BEEP_FAILURE;
	size_t len;

	if (what == TG_FEEDBACK_LOCK)
		return tg_ssi_write(out, TG_SSI_SCAN_DISABLE, NULL, 0);
	if (what == TG_FEEDBACK_REJECT || what == TG_FEEDBACK_ERROR)
		len = tg_ssi_write(out, TG_SSI_LED_ON, &red, 1);
	else
		len = tg_ssi_write(out, TG_SSI_LED_OFF, &all, 1);
	if (what == TG_FEEDBACK_UNLOCK)
		return len + tg_ssi_write(out + len, TG_SSI_SCAN_ENABLE, NULL, 0);
	if (what == TG_FEEDBACK_GOOD && !s->host_beeps)
		return len;
	return len + tg_ssi_write(out + len, TG_SSI_BEEP, &beep, 1);
}

static const char *cannot(const tg_profile_settings *s)
{
	return s->host_beeps ? "" : "its good-read beep sounds before the gate has decided (the parameter \"beep after good decode\" would mend that)";
}

const tg_profile tg_profile_ssi = {
	.name = "ssi", .packets = true, .handshakes = 1 << TG_HANDSHAKE_NONE, .can = can, .tell = tell, .cannot = cannot
};

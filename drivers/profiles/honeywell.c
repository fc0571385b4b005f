/* SPDX-License-Identifier: Apache-2.0
 *
 * honeywell.c - Honeywell and Metrologic serial scanners: "host ACK" escapes, ACK/NAK with BEL, or beeps by command.
 *
 * Sources: Honeywell 2020 and N86 manuals (serial trigger commands, host ACK), MetroSelect guide of the MS9540 (ACK/NAK, BEL/CAN).
 */
#include "drivers/profiles/profile.h"

#include <string.h>

enum { ACK = 0x06, BEL = 0x07, NAK = 0x15, SYN = 0x16, ESC = 0x1B, CR = 0x0D };
enum { ESC_LOW_BEEP = '4', ESC_AS_IF_GOOD = '7', ESC_AS_IF_UNSUCCESSFUL = '8' };

/* Of the sounds by command there is one: how often it comes tells them apart. */
enum { BEEPS_GOOD = 1, BEEPS_NOTICE = 2, BEEPS_REJECT = 3, BEEPS_ERROR = 5 };

static unsigned can(const tg_profile_settings *s)
{
	unsigned bits = TG_FEEDBACK_REJECT | TG_FEEDBACK_ERROR | TG_FEEDBACK_NOTICE;

	return s->host_beeps || s->handshake != TG_HANDSHAKE_NONE ? bits | TG_FEEDBACK_GOOD : bits;
}

static size_t beeps(uint8_t *out, int count)
{
	static const uint8_t beep[] = { SYN, BEL, CR };

	for (int i = 0; i < count; i++)
		memcpy(out + (size_t)i * sizeof(beep), beep, sizeof(beep));
	return (size_t)count * sizeof(beep);
}

static int count_for(tg_feedback what)
{
	return what == TG_FEEDBACK_GOOD ? BEEPS_GOOD : what == TG_FEEDBACK_NOTICE ? BEEPS_NOTICE : what == TG_FEEDBACK_REJECT ? BEEPS_REJECT : BEEPS_ERROR;
}

static size_t escape(uint8_t *out, tg_feedback what)
{
	out[0] = ESC;
	out[1] = what == TG_FEEDBACK_GOOD ? ESC_AS_IF_GOOD : what == TG_FEEDBACK_NOTICE ? ESC_LOW_BEEP : ESC_AS_IF_UNSUCCESSFUL;
	return 2;
}

static size_t tell(uint8_t out[TG_PROFILE_COMMAND_MAX], const tg_profile_settings *s, tg_feedback what)
{
	bool good = what == TG_FEEDBACK_GOOD;

	switch (s->handshake) {
	case TG_HANDSHAKE_HOST_ACK:
		return escape(out, what);
	case TG_HANDSHAKE_ACK_BEL: /* BEL is an answer by itself */
		out[0] = what == TG_FEEDBACK_REJECT || what == TG_FEEDBACK_ERROR ? BEL : ACK;
		return 1;
	case TG_HANDSHAKE_ACK: /* the transmission was right, whatever became of it: NAK would bring the label again */
		out[0] = ACK;
		return 1 + (good && !s->host_beeps ? 0 : beeps(out + 1, count_for(what)));
	case TG_HANDSHAKE_NONE:
		break;
	}
	return good && !s->host_beeps ? 0 : beeps(out, count_for(what));
}

static size_t refuse(uint8_t out[TG_PROFILE_COMMAND_MAX], const tg_profile_settings *s)
{
	if (s->handshake == TG_HANDSHAKE_HOST_ACK)
		return escape(out, TG_FEEDBACK_ERROR);
	out[0] = NAK;
	return s->handshake == TG_HANDSHAKE_NONE ? 0 : 1;
}

static const char *cannot(const tg_profile_settings *s)
{
	if (s->handshake == TG_HANDSHAKE_HOST_ACK || s->handshake == TG_HANDSHAKE_ACK_BEL)
		return "a withheld scan and one that could not be checked sound alike; reading cannot be stopped over the serial line";
	return s->host_beeps ? "reading cannot be stopped over the serial line"
			     : "its good-read beep sounds before the gate has decided (host ACK or good-read off would mend that); reading cannot be stopped over the serial line";
}

const tg_profile tg_profile_honeywell = { .name = "honeywell",
	.handshakes = 1 << TG_HANDSHAKE_NONE | 1 << TG_HANDSHAKE_ACK | 1 << TG_HANDSHAKE_ACK_BEL | 1 << TG_HANDSHAKE_HOST_ACK,
	.can = can,
	.tell = tell,
	.refuse = refuse,
	.cannot = cannot };

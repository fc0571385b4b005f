/* SPDX-License-Identifier: Apache-2.0
 *
 * datalogic.c - Datalogic and PSC serial scanners (Magellan, QuickScan, PowerScan): single-byte host commands.
 *
 * Source: host command tables of the Magellan 9300i, 3450VSi and QuickScan product reference guides.
 */
#include "drivers/profiles/profile.h"

enum { FORCE_GOOD_TONE = 0x01, ACK = 0x06, NAK = 0x15, ENABLE = 'E', DISABLE = 'D', NOT_ON_FILE = 'F' };

static unsigned can(const tg_profile_settings *s)
{
	unsigned bits = TG_FEEDBACK_REJECT | TG_FEEDBACK_ERROR | TG_FEEDBACK_LOCK | TG_FEEDBACK_UNLOCK;

	return s->host_beeps || s->handshake != TG_HANDSHAKE_NONE ? bits | TG_FEEDBACK_GOOD | TG_FEEDBACK_NOTICE : bits;
}

static size_t tell(uint8_t out[TG_PROFILE_COMMAND_MAX], const tg_profile_settings *s, tg_feedback what)
{
	size_t len = 0;

	if (what == TG_FEEDBACK_LOCK || what == TG_FEEDBACK_UNLOCK) {
		out[0] = what == TG_FEEDBACK_LOCK ? DISABLE : ENABLE;
		return 1;
	}
	/* the transmission was right, whatever became of it: NAK would bring the label again */
	if (s->handshake == TG_HANDSHAKE_ACK)
		out[len++] = ACK;
	if (what == TG_FEEDBACK_REJECT || what == TG_FEEDBACK_ERROR)
		out[len++] = NOT_ON_FILE;
	else if (s->host_beeps)
		out[len++] = FORCE_GOOD_TONE;
	if (what == TG_FEEDBACK_NOTICE && s->host_beeps)
		out[len++] = FORCE_GOOD_TONE;
	return len;
}

static size_t refuse(uint8_t out[TG_PROFILE_COMMAND_MAX], const tg_profile_settings *s)
{
	out[0] = NAK;
	return s->handshake == TG_HANDSHAKE_ACK ? 1 : 0;
}

static const char *cannot(const tg_profile_settings *s)
{
	return s->host_beeps ? "a withheld scan and one that could not be checked sound alike"
			     : "its good-read beep sounds before the gate has decided; a withheld scan and one that could not be checked sound alike";
}

const tg_profile tg_profile_datalogic = { .name = "datalogic",
	.handshakes = 1 << TG_HANDSHAKE_NONE | 1 << TG_HANDSHAKE_ACK,
	.can = can,
	.tell = tell,
	.refuse = refuse,
	.cannot = cannot };

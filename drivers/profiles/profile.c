/* SPDX-License-Identifier: Apache-2.0
 *
 * profile.c - the profiles there are, and the one that only listens. See profile.h.
 */
#include "drivers/profiles/profile.h"

#include <string.h>

const char *const tg_handshake_words[] = { "none", "ack", "ack-bel", "host-ack", NULL };

static unsigned can_nothing(const tg_profile_settings *settings)
{
	(void)settings;
	return 0;
}

static size_t tell_nothing(uint8_t out[TG_PROFILE_COMMAND_MAX], const tg_profile_settings *settings, tg_feedback what)
{
	(void)out, (void)settings, (void)what;
	return 0;
}

static const char *cannot(const tg_profile_settings *settings)
{
	(void)settings;
	return "it is only listened to: its good-read beep sounds before the gate has decided, and a withheld scan makes no sound of its own";
}

const tg_profile tg_profile_plain = {
	.name = "plain", .handshakes = 1 << TG_HANDSHAKE_NONE, .can = can_nothing, .tell = tell_nothing, .cannot = cannot
};

const tg_profile *tg_profile_find(const char *name)
{
	static const tg_profile *const all[] = { &tg_profile_plain, &tg_profile_ssi, &tg_profile_honeywell, &tg_profile_datalogic };

	for (size_t i = 0; i < TG_COUNT(all); i++)
		if (name == NULL || strcmp(name, all[i]->name) == 0)
			return all[i];
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * profile.h - how one maker's serial scanners are told what became of a scan. Pure: settings in, bytes out.
 *
 * Nothing here is ever sent to a port whose owner did not name the profile: one maker's beep is another's programming command. No
 * command that a scanner would keep after it is switched off.
 */
#ifndef TG_DRIVERS_PROFILE_H
#define TG_DRIVERS_PROFILE_H

#include "drivers/scanner.h"

/** What a scanner waits for after it has sent a label, as it is set to by its programming bar codes. */
typedef enum tg_handshake {
	TG_HANDSHAKE_NONE = 0,
	TG_HANDSHAKE_ACK,      /**< ACK or NAK; without either it sends again */
	TG_HANDSHAKE_ACK_BEL,  /**< the same, and BEL for "beep three times and leave" (Metrologic) */
	TG_HANDSHAKE_HOST_ACK, /**< an escape command that is also its sound; suspended until then, at most 10 s (Honeywell) */
} tg_handshake;
extern const char *const tg_handshake_words[]; /* "none", "ack", "ack-bel", "host-ack", NULL */

/** How the scanner in front of us is set. */
typedef struct tg_profile_settings {
	tg_handshake handshake;
	bool host_beeps; /**< its own good-read beep is off: ours is the only one */
} tg_profile_settings;

#define TG_PROFILE_COMMAND_MAX 32 /* bytes of one feedback */

typedef struct tg_profile {
	const char *name;
	bool packets;              /**< Zebra SSI: labels come in packets (ssi.h), not by framing */
	unsigned handshakes;       /**< bits 1 << TG_HANDSHAKE_… that this maker's scanners know */
	unsigned (*can)(const tg_profile_settings *settings);
	/** The bytes for `what`, one of those of can(). Returns their number; 0: nothing to send. */
	size_t (*tell)(uint8_t out[TG_PROFILE_COMMAND_MAX], const tg_profile_settings *settings, tg_feedback what);
	/** What is sent for a frame that is no label, so that the scanner does not wait for an answer. As tell(). May be NULL. */
	size_t (*refuse)(uint8_t out[TG_PROFILE_COMMAND_MAX], const tg_profile_settings *settings);
	/** One sentence for a technician: what this scanner, set like this, cannot do. "" nothing. Never NULL. */
	const char *(*cannot)(const tg_profile_settings *settings);
} tg_profile;

/** By name; NULL is "plain". NULL if there is none. */
const tg_profile *tg_profile_find(const char *name);

extern const tg_profile tg_profile_plain, tg_profile_honeywell, tg_profile_datalogic, tg_profile_ssi;

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * wire.h - what the daemon says to the process that types, and hears from it, over a Unix socket (SOCK_SEQPACKET).
 *
 * One message a label: numbers in the machine's own order (both ends are on this machine), then the label's bytes. The
 * suffix is not in it: the typing process adds its own, so nobody who has this socket presses a key that is not a character.
 * One message back: a number, then words.
 */
#ifndef TG_KEYBOARD_WIRE_H
#define TG_KEYBOARD_WIRE_H

#include <stdint.h>

#define TG_KEYBOARD_VERSION 2
#define TG_KEYBOARD_LABEL_MAX 8195  /* bytes: the longest scan and its AIM identifier */
#define TG_KEYBOARD_WORDS_MAX 200   /* bytes, without terminator */

struct tg_keyboard_ask {
	uint32_t version;
	uint32_t unused;  /**< 0 */
	int64_t until_us; /**< tg_mono_now_us(): not begun if it would not be done by then, for by then nobody waits for it any more */
};

/** Numbers of the answer: append only. */
enum {
	TG_KEYBOARD_TYPED = 0,
	TG_KEYBOARD_REFUSED = 1, /**< a character that is not allowed or has no key, or no message of ours; nothing was typed */
	TG_KEYBOARD_TOO_SLOW = 2, /**< typing it takes longer than the time given; nothing was typed */
	TG_KEYBOARD_FAILED = 3,  /**< the virtual keyboard failed; part of it may have been typed */
};

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * keyboard_text.h - from the boot reports of a keyboard wedge to whole scans.
 *
 * Opening reads the layout from the system's keyboard data (libxkbcommon); after that it is pure: no I/O, no clock, bounded memory
 * whatever arrives. Knows keys, layouts and what scanners type in place of control characters; knows nothing of USB, of time (callers
 * say when a pause was long) or of tills.
 */
#ifndef TG_DRIVERS_KEYBOARD_TEXT_H
#define TG_DRIVERS_KEYBOARD_TEXT_H

#include "drivers/framing.h"

/** Bytes of a boot keyboard's report: modifiers, reserved, six keys. Source: HID 1.11 appendix B.1. */
#define TG_KEY_REPORT 8
/** Longest prefix, in bytes. Scanners allow 1 to 20 characters. */
#define TG_KEY_PREFIX_MAX 32

typedef struct tg_key_config {
	const char *
		layout; /**< the keyboard that the scanner is set to: "us", "gb", "de(nodeadkeys)"; NULL is "us" */
	tg_suffix suffix; /**< what ends a label; TG_SUFFIX_NONE: a pause, see tg_key_text_pause() */
	const char *
		prefix; /**< what is typed in front of each label and taken off; without it the label is noise; NULL: none */
	bool aim; /**< an AIM identifier follows the prefix */
} tg_key_config;

/** One keyboard. Opaque; use from one thread. */
typedef struct tg_key_text tg_key_text;

/** TG_EINVAL: no such layout, or a prefix too long; the words say what is wanted. Ownership: tg_key_text_close(). */
TG_NODISCARD int tg_key_text_open(tg_key_text **out, const tg_key_config *config, tg_error *err);
void tg_key_text_close(tg_key_text *keys); /**< NULL is fine */

/**
 * Take one report in. A key counts when it goes down. What is typed becomes bytes (UTF-8): by the layout with Shift, AltGr, CapsLock and
 * dead keys; Alt with keypad digits as Windows takes them; Ctrl with the key of "]" as GS, of "\" as FS, of "6" as RS, of "-" as US, with a
 * letter as its control character. Keypad digits are digits whatever NumLock says. A key without text, or one that commands (Alt or Windows
 * key with a letter), makes the label noise: it is nothing that a label says.
 */
void tg_key_text_feed(tg_key_text *keys, const uint8_t *report, size_t len, tg_frame_fn frame_fn, void *user);

/** Keys were lost: the label around them is noise. */
void tg_key_text_hole(tg_key_text *keys, tg_frame_fn frame_fn, void *user);

/** Bytes of an unfinished label; 0 between labels. */
size_t tg_key_text_pending(const tg_key_text *keys);

/** The scanner has paused: ends the label without a suffix, drops it as TG_FRAME_CUT with one. Keys that are down stay down. */
void tg_key_text_pause(tg_key_text *keys, tg_frame_fn frame_fn, void *user);

/** Another device: no key is down, CapsLock is off, nothing is pending. */
void tg_key_text_reset(tg_key_text *keys);

#endif

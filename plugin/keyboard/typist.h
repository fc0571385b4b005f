/* SPDX-License-Identifier: Apache-2.0
 *
 * typist.h - may this label be typed, and how: the rule between a socket and a keyboard. No I/O.
 */
#ifndef TG_KEYBOARD_TYPIST_H
#define TG_KEYBOARD_TYPIST_H

#include "plugin/keyboard/keymap.h"
#include "store/base/bytes.h"

typedef enum tg_typist_suffix { TG_TYPE_ENTER = 0, TG_TYPE_TAB, TG_TYPE_NOTHING } tg_typist_suffix;

#define TG_TYPIST_KEY_MS 4       /* between two strokes: a desktop takes one in about 1 ms; slower than any person, faster than a browser's limits */
#define TG_TYPIST_KEY_MS_MAX 200

typedef struct tg_typist {
	tg_keymap map;
	bool allowed[TG_KEYMAP_COUNT]; /**< characters, from TG_KEYMAP_FIRST */
	tg_typist_suffix suffix;
	int key_ms;                    /**< a stroke and the pause after it */
} tg_typist;

/**
 * Allow classes and characters: "digits", "letters", "upper", "gs1" (all that GS1 element strings may hold), "ascii", or
 * "chars:XYZ"; several with blanks between them. TG_EINVAL with words; `typist` is then unchanged.
 */
TG_NODISCARD int tg_typist_allow(tg_typist *typist, const char *text, tg_error *err);

/**
 * May it be typed? TG_EINVAL a character that is not allowed, or that the layout has no key for (the words name the character only
 * by its number: it may be somebody's card); TG_ELENGTH empty or too long.
 */
TG_NODISCARD int tg_typist_check(const tg_typist *typist, tg_view label, tg_error *err);

/** Milliseconds that a label takes with its suffix. */
int64_t tg_typist_time_ms(const tg_typist *typist, size_t len);

/**
 * Can a label of `len` bytes be typed from `now_us` until `until_us`? One that waited behind another for too long must not be typed at
 * all: the daemon has written down meanwhile that the till did not get it, and somebody has scanned it again.
 */
bool tg_typist_in_time(const tg_typist *typist, size_t len, int64_t now_us, int64_t until_us);

#endif

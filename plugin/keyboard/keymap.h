/* SPDX-License-Identifier: Apache-2.0
 *
 * keymap.h - which key, with what held down, gives a character on the till's keyboard layout.
 *
 * Knows layouts by their names (libxkbcommon); no device. Reads the layout's files when it is made, then nothing.
 */
#ifndef TG_KEYBOARD_KEYMAP_H
#define TG_KEYBOARD_KEYMAP_H

#include "store/base/error.h"

#include <stdbool.h>
#include <stdint.h>

/** Keys held down for a stroke. */
enum { TG_HOLD_SHIFT = 1, TG_HOLD_ALTGR = 2 };

typedef struct tg_stroke {
	uint16_t key; /**< of linux/input-event-codes.h; 0: no key gives this character */
	uint8_t hold; /**< TG_HOLD_… */
} tg_stroke;

#define TG_KEYMAP_FIRST 0x20 /* printable ASCII: what labels are made of */
#define TG_KEYMAP_COUNT 95

typedef struct tg_keymap {
	tg_stroke strokes[2][TG_KEYMAP_COUNT]; /**< without and with Caps Lock on */
} tg_keymap;

/**
 * `layout` and `variant` as setxkbmap knows them: "gb", "de", "fr"; variant may be "".
 * Errors: TG_ENOTFOUND no such layout; TG_ENOMEM.
 */
TG_NODISCARD int tg_keymap_init(tg_keymap *out, const char *layout, const char *variant, tg_error *err);

/** NULL: the character has no key on this layout. */
const tg_stroke *tg_keymap_find(const tg_keymap *map, char c, bool caps_lock);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * keymap.c - characters to key strokes. See keymap.h.
 */
#include "plugin/keyboard/keymap.h"

#include <linux/input-event-codes.h>
#include <string.h>
#include <xkbcommon/xkbcommon.h>

#define XKB_OFFSET 8 /* keys are numbered from 8 in XKB, from 0 in the kernel */
#define LAST_KEY KEY_102ND /* the main block; the keypad would need Num Lock */

struct search {
	struct xkb_keymap *keymap;
	struct xkb_state *state;
	xkb_mod_mask_t shift, altgr, caps;
};

/* The character of a key with this held down; 0 for none, or one outside of what we type. */
static uint32_t character(const struct search *s, unsigned key, unsigned hold, bool caps)
{
	xkb_mod_mask_t held = ((hold & TG_HOLD_SHIFT) != 0 ? s->shift : 0) | ((hold & TG_HOLD_ALTGR) != 0 ? s->altgr : 0);
	uint32_t c;

	xkb_state_update_mask(s->state, held, 0, caps ? s->caps : 0, 0, 0, 0);
	c = xkb_state_key_get_utf32(s->state, key + XKB_OFFSET);
	return c >= TG_KEYMAP_FIRST && c < TG_KEYMAP_FIRST + TG_KEYMAP_COUNT ? c : 0;
}

/* Fewest held keys first, then the lowest key: the stroke that a person would use. */
static void fill(tg_keymap *out, const struct search *s, bool caps)
{
	for (unsigned hold = 0; hold <= (TG_HOLD_SHIFT | TG_HOLD_ALTGR); hold++)
		for (unsigned key = KEY_1; key <= LAST_KEY; key++) {
			uint32_t c = character(s, key, hold, caps);
			tg_stroke *stroke = c != 0 ? &out->strokes[caps][c - TG_KEYMAP_FIRST] : NULL;

			if (stroke != NULL && stroke->key == 0)
				*stroke = (tg_stroke){ (uint16_t)key, (uint8_t)hold };
		}
}

static xkb_mod_mask_t modifier(struct xkb_keymap *keymap, const char *name)
{
	xkb_mod_index_t index = xkb_keymap_mod_get_index(keymap, name);

	return index == XKB_MOD_INVALID ? 0 : (xkb_mod_mask_t)1 << index;
}

int tg_keymap_init(tg_keymap *out, const char *layout, const char *variant, tg_error *err)
{
	const struct xkb_rule_names names = { .rules = "evdev", .model = "pc105", .layout = layout, .variant = variant };
	struct xkb_context *context = xkb_context_new(XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
	struct search s = { .keymap = NULL };
	int rc = TG_OK;

	memset(out, 0, sizeof(*out));
	if (context == NULL)
		return tg_fail(err, TG_ENOMEM, "keyboard layouts");
	xkb_context_set_log_level(context, XKB_LOG_LEVEL_CRITICAL); /* our own words name what is wrong */
	s.keymap = xkb_keymap_new_from_names(context, &names, XKB_KEYMAP_COMPILE_NO_FLAGS);
	if (s.keymap == NULL)
		rc = tg_fail(err, TG_ENOTFOUND, "keyboard layout \"%s\"%s%s: there is none of this name (package xkb-data has them)", layout,
			variant[0] != '\0' ? ", variant " : "", variant);
	if (rc == TG_OK && (s.state = xkb_state_new(s.keymap)) == NULL)
		rc = tg_fail(err, TG_ENOMEM, "keyboard layout");
	if (rc == TG_OK) {
		s.shift = modifier(s.keymap, XKB_MOD_NAME_SHIFT);
		s.caps = modifier(s.keymap, XKB_MOD_NAME_CAPS);
		s.altgr = modifier(s.keymap, "Mod5"); /* where the rules "evdev" put the third level */
		fill(out, &s, false);
		fill(out, &s, true);
	}
	xkb_state_unref(s.state);
	xkb_keymap_unref(s.keymap);
	xkb_context_unref(context);
	return rc;
}

const tg_stroke *tg_keymap_find(const tg_keymap *map, char c, bool caps_lock)
{
	unsigned at = (unsigned)(unsigned char)c - TG_KEYMAP_FIRST;

	return at < TG_KEYMAP_COUNT && map->strokes[caps_lock][at].key != 0 ? &map->strokes[caps_lock][at] : NULL;
}

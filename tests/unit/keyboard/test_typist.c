/* SPDX-License-Identifier: Apache-2.0
 *
 * test_typist.c - which keys give a label on a layout, and what may be typed at all.
 */
#include "plugin/keyboard/typist.h"
#include "plugin/keyboard/wire.h"

#include <linux/input-event-codes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void characters_have_the_keys_of_their_layout(void **state)
{
	static const struct {
		const char *layout;
		char c;
		tg_stroke plain, caps;
	} facts[] = {
		{ "gb", '1', { KEY_1, 0 }, { KEY_1, 0 } },
		{ "gb", 'a', { KEY_A, 0 }, { KEY_A, TG_HOLD_SHIFT } },
		{ "gb", 'A', { KEY_A, TG_HOLD_SHIFT }, { KEY_A, 0 } },
		{ "gb", '"', { KEY_2, TG_HOLD_SHIFT }, { KEY_2, TG_HOLD_SHIFT } },
		{ "us", '"', { KEY_APOSTROPHE, TG_HOLD_SHIFT }, { KEY_APOSTROPHE, TG_HOLD_SHIFT } },
		{ "gb", '#', { KEY_BACKSLASH, 0 }, { KEY_BACKSLASH, 0 } },
		{ "de", 'z', { KEY_Y, 0 }, { KEY_Y, TG_HOLD_SHIFT } },
		{ "de", ']', { KEY_9, TG_HOLD_ALTGR }, { KEY_9, TG_HOLD_ALTGR } },
		{ "de", '/', { KEY_7, TG_HOLD_SHIFT }, { KEY_7, TG_HOLD_SHIFT } },
		{ "fr", '1', { KEY_1, TG_HOLD_SHIFT }, { KEY_1, TG_HOLD_SHIFT } },
		{ "fr", 'a', { KEY_Q, 0 }, { KEY_Q, TG_HOLD_SHIFT } },
		{ "cz", '1', { KEY_1, TG_HOLD_SHIFT }, { KEY_1, TG_HOLD_SHIFT } },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(facts); i++) {
		tg_keymap map;
		const tg_stroke *plain, *caps;

		assert_int_equal(tg_keymap_init(&map, facts[i].layout, "", NULL), TG_OK);
		plain = tg_keymap_find(&map, facts[i].c, false);
		caps = tg_keymap_find(&map, facts[i].c, true);
		if (plain == NULL || plain->key != facts[i].plain.key || plain->hold != facts[i].plain.hold)
			fail_msg("%s '%c': key %d hold %d", facts[i].layout, facts[i].c, plain != NULL ? plain->key : -1, plain != NULL ? plain->hold : -1);
		if (caps == NULL || caps->key != facts[i].caps.key || caps->hold != facts[i].caps.hold)
			fail_msg("%s '%c' with Caps Lock: key %d hold %d", facts[i].layout, facts[i].c, caps != NULL ? caps->key : -1,
				caps != NULL ? caps->hold : -1);
	}
}

static void every_layout_of_our_shops_types_digits(void **state)
{
	static const char *const layouts[] = { "gb", "us", "ie", "de", "fr", "be", "es", "it", "cz", "pl", "nl" };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(layouts); i++) {
		tg_typist t = { .key_ms = 1 };

		assert_int_equal(tg_keymap_init(&t.map, layouts[i], "", NULL), TG_OK);
		assert_int_equal(tg_typist_allow(&t, "digits", NULL), TG_OK);
		if (tg_typist_check(&t, tg_view_str("0123456789"), NULL) != TG_OK)
			fail_msg("%s", layouts[i]);
	}
}

static void an_unknown_layout_is_named(void **state)
{
	tg_error err = { 0 };
	tg_keymap map;

	(void)state;
	assert_int_equal(tg_keymap_init(&map, "xx-nowhere", "", &err), TG_ENOTFOUND);
	assert_non_null(strstr(err.msg, "xx-nowhere"));
}

static void only_allowed_characters_are_typed(void **state)
{
	static const struct {
		const char *allow, *label;
		int rc;
	} cases[] = {
		{ "digits", "9524000059109", TG_OK },
		{ "digits", "95240000591O9", TG_EINVAL },
		{ "digits", "9524000059109\n", TG_EINVAL },
		{ "digits", "9524000059109\x1b", TG_EINVAL },
		{ "digits", "", TG_ELENGTH },
		{ "digits upper", "ABC123", TG_OK },
		{ "digits upper", "abc", TG_EINVAL },
		{ "letters", "aZ", TG_OK },
		{ "digits chars:-/", "10-2/3", TG_OK },
		{ "gs1", "10AB*]", TG_EINVAL },
		{ "gs1", "10AB*%", TG_OK },
		{ "ascii", "]d2 01", TG_OK },
		{ "ascii", "caf\xc3\xa9", TG_EINVAL },
		{ "ascii", "0109524000059109\x1d" "10A", TG_EINVAL },
	};
	tg_typist t = { .key_ms = 1 };

	(void)state;
	assert_int_equal(tg_keymap_init(&t.map, "gb", "", NULL), TG_OK);
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		assert_int_equal(tg_typist_allow(&t, cases[i].allow, NULL), TG_OK);
		if (tg_typist_check(&t, tg_view_str(cases[i].label), NULL) != cases[i].rc)
			fail_msg("\"%s\" with %s", cases[i].label, cases[i].allow);
	}
}

static void a_label_longer_than_any_is_refused(void **state)
{
	static uint8_t label[TG_KEYBOARD_LABEL_MAX + 1];
	tg_typist t = { .key_ms = 1 };

	(void)state;
	memset(label, '1', sizeof(label));
	assert_int_equal(tg_keymap_init(&t.map, "gb", "", NULL), TG_OK);
	assert_int_equal(tg_typist_allow(&t, "digits", NULL), TG_OK);
	assert_int_equal(tg_typist_check(&t, tg_view_of(label, TG_KEYBOARD_LABEL_MAX), NULL), TG_OK);
	assert_int_equal(tg_typist_check(&t, tg_view_of(label, sizeof(label)), NULL), TG_ELENGTH);
}

static void what_no_key_gives_is_refused_before_anything_is_typed(void **state)
{
	tg_typist t = { .key_ms = 1 };

	(void)state;
	assert_int_equal(tg_keymap_init(&t.map, "de", "", NULL), TG_OK);
	assert_int_equal(tg_typist_allow(&t, "ascii", NULL), TG_OK);
	/* a dead key on this layout: it would swallow the next character */
	assert_int_equal(tg_typist_check(&t, tg_view_str("1^2"), NULL), TG_EINVAL);
}

static void wrong_classes_are_refused_and_change_nothing(void **state)
{
	static const char *const wrong[] = { "", "  ", "digit", "digits,letters", "chars:", "chars:\xc3\xa9", "digits control" };
	tg_typist t = { .key_ms = 1 };

	(void)state;
	assert_int_equal(tg_keymap_init(&t.map, "gb", "", NULL), TG_OK);
	assert_int_equal(tg_typist_allow(&t, "upper", NULL), TG_OK);
	for (size_t i = 0; i < TG_COUNT(wrong); i++) {
		assert_int_equal(tg_typist_allow(&t, wrong[i], NULL), TG_EINVAL);
		assert_int_equal(tg_typist_check(&t, tg_view_str("A"), NULL), TG_OK);
		assert_int_equal(tg_typist_check(&t, tg_view_str("1"), NULL), TG_EINVAL);
	}
}

static void time_counts_every_key_and_the_suffix(void **state)
{
	tg_typist t = { .key_ms = 5, .suffix = TG_TYPE_ENTER };

	(void)state;
	assert_int_equal(tg_typist_time_ms(&t, 13), 70);
	t.suffix = TG_TYPE_NOTHING;
	assert_int_equal(tg_typist_time_ms(&t, 13), 65);
}

/* A label that waited behind another one: what nobody waits for any more is not begun. */
static void a_label_is_typed_in_its_time_or_not_at_all(void **state)
{
	tg_typist t = { .key_ms = 5, .suffix = TG_TYPE_ENTER }; /* 70 ms for thirteen digits */

	(void)state;
	assert_true(tg_typist_in_time(&t, 13, 1000000, 1070000));
	assert_false(tg_typist_in_time(&t, 13, 1000001, 1070000));
	assert_false(tg_typist_in_time(&t, 13, 1070001, 1070000));
	t.key_ms = 0;
	assert_true(tg_typist_in_time(&t, 13, 1070000, 1070000));
	assert_false(tg_typist_in_time(&t, 13, 1070001, 1070000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_have_the_keys_of_their_layout),
		cmocka_unit_test(every_layout_of_our_shops_types_digits),
		cmocka_unit_test(an_unknown_layout_is_named),
		cmocka_unit_test(only_allowed_characters_are_typed),
		cmocka_unit_test(a_label_longer_than_any_is_refused),
		cmocka_unit_test(what_no_key_gives_is_refused_before_anything_is_typed),
		cmocka_unit_test(wrong_classes_are_refused_and_change_nothing),
		cmocka_unit_test(time_counts_every_key_and_the_suffix),
		cmocka_unit_test(a_label_is_typed_in_its_time_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

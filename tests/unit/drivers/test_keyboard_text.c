/* SPDX-License-Identifier: Apache-2.0
 *
 * test_keyboard_text.c - what scanners type, key by key, in the layouts that they are set to.
 */
#include "drivers/keyboard_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { CTRL = 0x01, SHIFT = 0x02, ALT = 0x04, GUI = 0x08, ALTGR = 0x40 };
enum {
	A = 0x04,
	Y = 0x1C,
	ONE = 0x1E,
	TWO = 0x1F,
	ZERO = 0x27,
	ENTER = 0x28,
	TAB = 0x2B,
	SPACE = 0x2C,
	BRACKET = 0x30,
	CAPS = 0x39,
	F1 = 0x3A,
	NUMLOCK = 0x53,
	PAD0 = 0x62
};

static char news[4096];

static void on_frame(void *user, const tg_frame *frame)
{
	static const char *const names[] = { "scan", "empty", "noise", "too-long", "cut" };
	size_t n = strlen(news);

	(void)user;
	n += (size_t)snprintf(news + n, sizeof(news) - n, "%s%s", n > 0 ? " " : "", names[frame->kind]);
	if (frame->kind == TG_FRAME_SCAN)
		snprintf(news + n, sizeof(news) - n, "(%s%s%.*s)", frame->aim_missing ? "?" : "", frame->aim,
			(int)frame->len, (const char *)frame->data);
}

static void report(tg_key_text *k, uint8_t modifiers, uint8_t key)
{
	uint8_t *r = calloc(1, TG_KEY_REPORT); /* of exact size */

	r[0] = modifiers;
	r[2] = key;
	tg_key_text_feed(k, r, TG_KEY_REPORT, on_frame, NULL);
	free(r);
}

static void press(tg_key_text *k, uint8_t modifiers, uint8_t key)
{
	report(k, modifiers, key);
	report(k, modifiers, 0);
}

static void type(tg_key_text *k, const char *digits)
{
	for (; *digits != '\0'; digits++) {
		press(k, 0, *digits == '0' ? ZERO : (uint8_t)(ONE + *digits - '1'));
		report(k, 0, 0);
	}
}

static void alt(tg_key_text *k, const char *digits)
{
	for (; *digits != '\0'; digits++)
		press(k, ALT, *digits == '0' ? PAD0 : (uint8_t)(0x59 + *digits - '1'));
	report(k, 0, 0);
}

static tg_key_text *start(const char *layout, tg_suffix suffix, const char *prefix, bool aim)
{
	tg_key_text *k;
	tg_error err = { 0 };

	if (tg_key_text_open(&k, &(tg_key_config){ layout, suffix, prefix, aim }, &err) != TG_OK)
		fail_msg("%s", err.msg);
	news[0] = '\0';
	return k;
}

static void expect(tg_key_text *k, const char *wanted)
{
	if (strcmp(news, wanted) != 0)
		fail_msg("wanted \"%s\", got \"%s\"", wanted, news);
	tg_key_text_close(k);
}

/* One key each, in a layout; Enter after it. */
static const struct {
	const char *layout;
	uint8_t modifiers, key, then_modifiers, then; /* then: the second key, 0 none */
	const char *wanted;
} keys[] = {
	{ "us", 0, A, 0, 0, "scan(a)" },
	{ "us", SHIFT, A, 0, 0, "scan(A)" },
	{ "us", SHIFT, TWO, 0, 0, "scan(@)" },
	{ "gb", SHIFT, TWO, 0, 0, "scan(\")" },
	{ "gb", 0, 0x32, 0, 0, "scan(#)" },
	{ "gb", SHIFT, 0x20, 0, 0, "scan(£)" },
	{ "gb", SHIFT, 0x34, 0, 0, "scan(@)" },
	{ "de", 0, Y, 0, 0, "scan(z)" },
	{ "de", SHIFT, 0x24, 0, 0, "scan(/)" },
	{ "de", ALTGR, 0x26, 0, 0, "scan(])" },
	{ "de", 0, 0x35, 0, SPACE, "scan(^)" },
	{ "de", 0, 0x35, 0, 0x35, "scan(^)" },
	{ "de", SHIFT, 0x2E, 0, 0x08, "scan(è)" },
	{ "de(nodeadkeys)", 0, 0x35, 0, 0, "scan(^)" },
	{ "fr", 0, ONE, 0, 0, "scan(&)" },
	{ "fr", SHIFT, ONE, 0, 0, "scan(1)" },
	{ "fr", 0, 0x14, 0, 0, "scan(a)" },
	{ "fr", ALTGR, ZERO, 0, 0, "scan(@)" },
	{ "fr", 0, 0x2F, 0, 0x08, "scan(ê)" },
	{ "be", SHIFT, ONE, 0, 0, "scan(1)" },
	{ "es", SHIFT, 0x24, 0, 0, "scan(/)" },
	{ "it", SHIFT, 0x24, 0, 0, "scan(/)" },
	{ "cz", 0, TWO, 0, 0, "scan(ě)" },
	{ "cz", SHIFT, TWO, 0, 0, "scan(2)" },
	/* keypad digits are digits */
	{ "fr", 0, PAD0, 0, 0x59, "scan(01)" },
	{ "us", 0, 0x55, 0, 0x63, "scan(*.)" },
	/* what no label types */
	{ "us", 0, F1, 0, A, "noise" },
	{ "us", 0, 0x2A, 0, A, "noise" }, /* Backspace */
	{ "us", 0, 0x29, 0, A, "noise" }, /* Escape */
	{ "us", 0, 0x50, 0, A, "noise" }, /* Left */
	{ "us", GUI, A, 0, 0, "noise" },
	{ "us", ALT, A, 0, 0, "noise" },
	{ "us", ALT | CTRL, A, 0, 0, "noise" },
	{ "de", 0, 0x35, 0, 0x14, "noise" }, /* a dead key before a letter that takes none */
	{ "us", CTRL, 0x13, 0, 0, "noise" }, /* Ctrl+P is DLE */
	/* locks type nothing */
	{ "us", 0, NUMLOCK, 0, PAD0, "scan(0)" },
	{ "us", 0, CAPS, 0, A, "scan(A)" },
	{ "us", 0, CAPS, SHIFT, A, "scan(a)" },
	{ "us", 0, CAPS, 0, TWO, "scan(2)" },
};

static void keys_are_what_the_layout_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(keys); i++) {
		tg_key_text *k = start(keys[i].layout, TG_SUFFIX_CR, NULL, false);

		press(k, keys[i].modifiers, keys[i].key);
		report(k, 0, 0);
		if (keys[i].then != 0)
			press(k, keys[i].then_modifiers, keys[i].then);
		report(k, 0, 0);
		press(k, 0, ENTER);
		if (strcmp(news, keys[i].wanted) != 0)
			print_message("%s, key %02x: ", keys[i].layout, keys[i].key);
		expect(k, keys[i].wanted);
	}
}

static void separators_come_as_ctrl_or_alt_in_every_layout(void **state)
{
	static const char *const layouts[] = { "us", "gb", "de", "fr", "be", "es", "it", "cz" };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(layouts); i++) {
		tg_key_text *k = start(layouts[i], TG_SUFFIX_CR, NULL, false);

		press(k, 0, 0x59);
		press(k, CTRL, BRACKET);
		press(k, 0, 0x5A);
		alt(k, "029");
		press(k, 0, 0x5B);
		alt(k, "0029");
		press(k, 0, 0x5C);
		press(k, 0, ENTER);
		expect(k, "scan(1\x1D"
			  "2\x1D"
			  "3\x1D"
			  "4)");
	}
}

static void alt_codes_are_those_of_windows(void **state)
{
	static const struct {
		const char *digits, *wanted;
	} codes[] = {
		{ "65", "scan(A)" }, { "065", "scan(A)" }, { "0163", "scan(£)" }, { "0128", "scan(€)" },
		{ "0228", "scan(ä)" }, { "163", "noise" }, /* ú or £ by country: nobody here can know */
		{ "0", "noise" }, { "0129", "noise" }, { "0256", "noise" }, { "00000065", "noise" },
		{ "13", "empty" }, /* Enter itself, then Enter */
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(codes); i++) {
		tg_key_text *k = start("us", TG_SUFFIX_CR, NULL, false);

		alt(k, codes[i].digits);
		if (i + 1 < TG_COUNT(codes))
			press(k, 0, ENTER);
		expect(k, codes[i].wanted);
	}
}

static void caps_lock_is_a_state_and_ends_where_it_is_pressed_again(void **state)
{
	tg_key_text *k = start("us", TG_SUFFIX_CR, NULL, false);

	(void)state;
	press(k, 0, A);
	press(k, 0, CAPS);
	press(k, 0, A);
	press(k, 0, CAPS);
	press(k, 0, A);
	press(k, 0, ENTER);
	press(k, 0, CAPS);
	tg_key_text_reset(k); /* another device: its lock is off */
	press(k, 0, A);
	press(k, 0, ENTER);
	expect(k, "scan(aAa) scan(a)");
}

/* Fast scanners put the next key into the report before the last one is up. */
static void only_a_key_that_goes_down_counts(void **state)
{
	static const uint8_t rolls[][TG_KEY_REPORT] = {
		{ 0, 0, ONE },
		{ 0, 0, ONE },
		{ 0, 0, ONE, TWO },
		{ 0, 0, TWO },
		{ 0, 0, TWO, A },
		{ 2, 0, TWO, A },
		{ 2, 0, A, ONE },
		{ 0 },
		{ 0, 0, ZERO, ZERO },
		{ 0 },
		{ 0, 0, ENTER },
		{ 0 },
	};
	tg_key_text *k = start("us", TG_SUFFIX_CR, NULL, false);

	(void)state;
	for (size_t i = 0; i < TG_COUNT(rolls); i++)
		tg_key_text_feed(k, rolls[i], TG_KEY_REPORT, on_frame, NULL);
	expect(k, "scan(12a!0)");
}

static void too_many_keys_at_once_and_short_reports_are_noise(void **state)
{
	static const uint8_t rollover[TG_KEY_REPORT] = { 0, 0, 1, 1, 1, 1, 1, 1 };
	tg_key_text *k = start("us", TG_SUFFIX_CR, NULL, false);

	(void)state;
	type(k, "95");
	tg_key_text_feed(k, rollover, TG_KEY_REPORT, on_frame, NULL);
	report(k, 0, 0);
	press(k, 0, ENTER);
	type(k, "95");
	tg_key_text_feed(k, rollover, 7, on_frame, NULL);
	press(k, 0, ENTER);
	type(k, "9");
	tg_key_text_hole(k, on_frame, NULL);
	type(k, "5");
	press(k, 0, ENTER);
	type(k, "1");
	press(k, 0, ENTER);
	expect(k, "noise noise noise scan(1)");
}

static const struct {
	tg_suffix suffix;
	uint8_t end[2], end_modifiers;
	const char *wanted;
} suffixes[] = {
	{ TG_SUFFIX_CR, { ENTER }, 0, "scan(95)" },
	{ TG_SUFFIX_CR, { 0x58 }, 0, "scan(95)" },    /* the keypad's */
	{ TG_SUFFIX_CR, { 0x10 }, CTRL, "scan(95)" }, /* Ctrl+M */
	{ TG_SUFFIX_CR, { TAB }, 0, "" },             /* a label may hold one */
	{ TG_SUFFIX_TAB, { TAB }, 0, "scan(95)" },
	{ TG_SUFFIX_TAB, { ENTER, TAB }, 0, "noise" },
	{ TG_SUFFIX_LF, { 0x0D }, CTRL, "scan(95)" }, /* Ctrl+J */
	{ TG_SUFFIX_CRLF, { 0x10, 0x0D }, CTRL, "scan(95)" },
	{ TG_SUFFIX_CRLF, { 0x0D }, CTRL, "" }, /* half of one ends nothing */
	{ TG_SUFFIX_NONE, { 0 }, 0, "" },
	{ TG_SUFFIX_NONE, { ENTER }, 0, "" },
};

static void a_suffix_ends_a_label(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(suffixes); i++) {
		tg_key_text *k = start("us", suffixes[i].suffix, NULL, false);

		type(k, "95");
		for (size_t e = 0; e < 2; e++)
			press(k, suffixes[i].end_modifiers, suffixes[i].end[e]);
		report(k, 0, 0);
		if (strcmp(news, suffixes[i].wanted) != 0)
			print_message("suffix %zu: ", i);
		expect(k, suffixes[i].wanted);
	}
}

static void a_pause_ends_a_label_only_where_there_is_no_suffix(void **state)
{
	tg_key_text *k = start("us", TG_SUFFIX_NONE, NULL, false);

	(void)state;
	tg_key_text_pause(k, on_frame, NULL);
	type(k, "95");
	assert_int_equal(tg_key_text_pending(k), 2);
	tg_key_text_pause(k, on_frame, NULL);
	type(k, "95");
	press(k, 0, ENTER); /* that is a suffix after all: said, not swallowed */
	tg_key_text_pause(k, on_frame, NULL);
	expect(k, "scan(95) noise");
	k = start("us", TG_SUFFIX_CR, NULL, false);
	type(k, "95");
	tg_key_text_pause(k, on_frame, NULL);
	type(k, "21");
	press(k, 0, ENTER);
	expect(k, "cut scan(21)");
}

static void a_prefix_is_taken_off_and_must_be_there(void **state)
{
	tg_key_text *k = start("us", TG_SUFFIX_CR, "12", false);

	(void)state;
	type(k, "1295");
	press(k, 0, ENTER);
	type(k, "95");
	press(k, 0, ENTER);
	type(k, "1");
	press(k, 0, ENTER);
	type(k, "12");
	press(k, 0, ENTER);
	press(k, 0, ENTER);
	type(k, "121212");
	press(k, 0, ENTER);
	type(k, "1");
	assert_int_equal(tg_key_text_pending(k), 1);
	tg_key_text_pause(k, on_frame, NULL);
	type(k, "127");
	press(k, 0, ENTER);
	expect(k, "scan(95) noise noise empty empty scan(1212) cut scan(7)");
}

static void an_identifier_is_split_off(void **state)
{
	tg_key_text *k = start("us", TG_SUFFIX_CR, NULL, true);

	(void)state;
	press(k, 0, BRACKET);
	press(k, SHIFT, 0x08);
	type(k, "095");
	press(k, 0, ENTER);
	type(k, "95");
	press(k, 0, ENTER);
	expect(k, "scan(]E095) scan(?95)");
}

static void unknown_layouts_and_long_prefixes_are_refused(void **state)
{
	static const char *const layouts[] = { "klingon", "", "de(nowhere)", "../us", "us,de", "de\n" };
	tg_key_text *k = NULL;
	tg_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(layouts); i++)
		if (layouts[i][0] != '\0')
			assert_int_equal(tg_key_text_open(&k, &(tg_key_config){ .layout = layouts[i] }, &err),
				TG_EINVAL);
	assert_non_null(strstr(err.msg, "wanted a name such as"));
	assert_int_equal(
		tg_key_text_open(&k, &(tg_key_config){ .prefix = "123456789012345678901234567890123" }, &err),
		TG_EINVAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_what_the_layout_says),
		cmocka_unit_test(separators_come_as_ctrl_or_alt_in_every_layout),
		cmocka_unit_test(alt_codes_are_those_of_windows),
		cmocka_unit_test(caps_lock_is_a_state_and_ends_where_it_is_pressed_again),
		cmocka_unit_test(only_a_key_that_goes_down_counts),
		cmocka_unit_test(too_many_keys_at_once_and_short_reports_are_noise),
		cmocka_unit_test(a_suffix_ends_a_label),
		cmocka_unit_test(a_pause_ends_a_label_only_where_there_is_no_suffix),
		cmocka_unit_test(a_prefix_is_taken_off_and_must_be_there),
		cmocka_unit_test(an_identifier_is_split_off),
		cmocka_unit_test(unknown_layouts_and_long_prefixes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * test_learn.c - what a device sent for one label, and the settings that come of it; and a person's hand, told from a scanner.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/learn.h"

#include "drivers/profiles/ssi.h"
#include "tests/unit/drivers/descriptors.h"

#include <stdlib.h>
#include <string.h>

#define NUMBER "9529990000018"

static tg_learn *learn; /* too big for the stack */

static int start(void **state)
{
	(void)state;
	learn = malloc(sizeof(*learn));
	assert_non_null(learn);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	free(learn);
	return 0;
}

/* ---- serial ---- */

static void a_serial_scanners_line_is_understood(void **state)
{
	static const struct {
		const char *sent, *framing, *words;
		bool understood, expected, aim;
	} cases[] = {
		{ NUMBER "\r", "auto", "no AIM identifier", true, true, false },
		{ "]E0" NUMBER "\r\n", "auto", "profile plain", true, true, true },
		{ "]E0" NUMBER "\n", "auto", "profile plain", true, true, true },
		{ "\x02]E0" NUMBER "\x03", "stx-etx", "profile plain", true, true, true },
		{ NUMBER, "gap", "no character", true, true, false },
		{ "ab]E0" NUMBER "\r", "auto", "2 characters in front", true, true, true },
		{ NUMBER "xyz\r", "auto", "3 characters behind", true, true, false },
		{ "]E04006381333931\r", "auto", "profile plain", true, false, true },
		{ "\x81\xff\x01\x90\x02\xfe", NULL, "is the speed right", false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		tg_learned found;

		tg_learn_begin(learn, "serial", NULL);
		for (size_t n = 0; cases[i].sent[n] != '\0'; n++)
			tg_learn_feed(learn, &cases[i].sent[n], 1, (int64_t)n * 1000);
		tg_learn_end(&found, learn, NUMBER);
		if (found.understood != cases[i].understood || found.expected != cases[i].expected || found.aim != cases[i].aim)
			fail_msg("%zu: understood %d expected %d aim %d", i, found.understood, found.expected, found.aim);
		if (cases[i].framing != NULL)
			assert_string_equal(found.framing, cases[i].framing);
		if (strstr(found.words[0], cases[i].words) == NULL)
			fail_msg("%zu: \"%s\" instead of \"%s\"", i, found.words[0], cases[i].words);
	}
}

static void zebras_packets_are_known_by_their_sum(void **state)
{
	uint8_t packet[64];
	uint8_t data[1 + 13] = { 0x0B };
	tg_learned found;
	unsigned sum = 0;

	(void)state;
	memcpy(data + 1, NUMBER, 13);
	packet[0] = 4 + 14;
	packet[1] = 0xF3;
	packet[2] = 0;
	packet[3] = 0;
	memcpy(packet + 4, data, 14);
	for (int i = 0; i < 18; i++)
		sum += packet[i];
	sum = 0x10000 - sum;
	packet[18] = (uint8_t)(sum >> 8);
	packet[19] = (uint8_t)sum;
	tg_learn_begin(learn, "serial", NULL);
	tg_learn_feed(learn, packet, 20, 0);
	tg_learn_end(&found, learn, NUMBER);
	assert_true(found.understood);
	assert_true(found.expected);
	assert_string_equal(found.profile, "ssi");
	assert_null(found.framing);
}

/* ---- wedge ---- */

static int64_t now_us;

static void report(uint8_t modifiers, uint8_t usage)
{
	tg_learn_feed(learn, (const uint8_t[8]){ modifiers, 0, usage }, 8, now_us);
}

static void key(uint8_t modifiers, uint8_t usage, int gap_ms)
{
	now_us += gap_ms * 1000;
	report(modifiers, usage);
	report(0, 0);
}

static void digits(const char *text, uint8_t modifiers, int gap_ms)
{
	for (; *text != '\0'; text++)
		key(modifiers, *text == '0' ? 0x27 : (uint8_t)(0x1E + *text - '1'), gap_ms);
}

static void a_wedge_that_imitates_a_us_keyboard(void **state)
{
	char section[512];
	tg_learned found;

	(void)state;
	tg_learn_begin(learn, "wedge", NULL);
	key(0, 0x30, 5); /* ] */
	key(2, 0x08, 5); /* E */
	digits("0" NUMBER, 0, 5);
	key(0, 0x28, 5);
	assert_false(tg_learn_is_hand(learn, now_us));
	assert_false(tg_learn_is_over(learn, now_us + 100000));
	assert_true(tg_learn_is_over(learn, now_us + 400000));
	tg_learn_end(&found, learn, NUMBER);
	assert_true(found.expected);
	assert_string_equal(found.layout, "us");
	assert_string_equal(found.suffix, "cr");
	assert_string_equal(found.prefix, "");
	assert_true(found.aim);
	assert_string_equal(found.aim_id, "]E0");
	tg_learned_section(section, sizeof(section), &found, "driver = wedge  port = \"1-1\"", "");
	assert_string_equal(section,
		"  scanner {\n    driver = wedge  port = \"1-1\"\n    layout = \"us\"\n    suffix = cr\n    aim = true\n  }\n");
}

/* On a French keyboard digits are with Shift; on a Czech one too, and only one of both has the AIM identifier where it was typed. */
static void the_layout_is_the_one_that_explains_what_was_typed(void **state)
{
	tg_learned found;

	(void)state;
	tg_learn_begin(learn, "wedge", NULL);
	digits(NUMBER, 2, 5);
	key(0, 0x2B, 5);
	tg_learn_end(&found, learn, NUMBER);
	assert_true(found.expected);
	assert_string_equal(found.layout, "fr");
	assert_string_equal(found.suffix, "tab");
	assert_false(found.aim);
}

/* What a device types in front must not become more than text in a file or on a terminal. */
static void a_prefix_that_is_no_plain_text_is_not_written(void **state)
{
	char section[512];
	tg_learned found;

	(void)state;
	tg_learn_begin(learn, "wedge", NULL);
	key(1, 0x30, 5); /* Ctrl ], which is GS */
	digits(NUMBER, 0, 5);
	key(0, 0x28, 5);
	tg_learn_end(&found, learn, NUMBER);
	assert_true(found.expected);
	assert_string_equal(found.prefix, "");
	assert_non_null(strstr(found.words[0], "1 characters in front"));
	tg_learn_begin(learn, "wedge", NULL);
	key(2, 0x21, 5); /* $ */
	key(2, 0x2F, 5); /* { */
	digits(NUMBER, 0, 5);
	key(0, 0x28, 5);
	tg_learn_end(&found, learn, NUMBER);
	assert_string_equal(found.prefix, "${");
	tg_learned_section(section, sizeof(section), &found, "driver = wedge  port = \"1-1\"", "");
	assert_non_null(strstr(section, "prefix = \"\\${\"\n"));
}

static void a_prefix_is_taken_over_and_quoted_for_the_file(void **state)
{
	char section[512];
	tg_learned found;

	(void)state;
	tg_learn_begin(learn, "wedge", NULL);
	key(2, 0x34, 5); /* " */
	key(0, 0x31, 5); /* \ */
	digits(NUMBER, 0, 5);
	tg_learn_end(&found, learn, NUMBER);
	assert_string_equal(found.layout, "us");
	assert_string_equal(found.prefix, "\"\\");
	assert_string_equal(found.suffix, "none");
	tg_learned_section(section, sizeof(section), &found, "driver = wedge  port = \"1-1\"", "");
	assert_non_null(strstr(section, "prefix = \"\\\"\\\\\"\n"));
}

/* What a person types is known after four keys, or after one and a pause, and nothing of it is left. */
static void a_persons_hand_is_told_from_a_scanner(void **state)
{
	(void)state;
	now_us = 0;
	tg_learn_begin(learn, "wedge", NULL);
	digits("951", 0, 110);
	assert_false(tg_learn_is_hand(learn, now_us + 1000));
	digits("7", 0, 90);
	assert_true(tg_learn_is_hand(learn, now_us + 1000));
	tg_learn_forget(learn);
	for (size_t i = 0; i < sizeof(learn->reports); i++)
		assert_int_equal(((const uint8_t *)learn->reports)[i], 0);
	digits("9", 0, 50);
	assert_false(tg_learn_is_hand(learn, now_us + 1000));
	assert_true(tg_learn_is_hand(learn, now_us + TG_LEARN_PAUSE_MS * 1000));
	/* a slow scanner is none */
	tg_learn_forget(learn);
	digits(NUMBER, 0, 50);
	assert_false(tg_learn_is_hand(learn, now_us + TG_LEARN_PAUSE_MS * 1000));
}

static void keys_that_are_no_text_are_said_so(void **state)
{
	tg_learned found;

	(void)state;
	tg_learn_begin(learn, "wedge", NULL);
	for (uint8_t usage = 0x3A; usage < 0x42; usage++) /* F1 … F8 */
		key(0, usage, 5);
	tg_learn_end(&found, learn, NUMBER);
	assert_false(found.understood);
	assert_non_null(strstr(found.words[0], "no text in any layout"));
}

static void more_than_one_label_is_not_guessed_at(void **state)
{
	tg_learned found;

	(void)state;
	tg_learn_begin(learn, "wedge", NULL);
	for (int i = 0; i < TG_LEARN_REPORTS_MAX; i++)
		key(0, 0x1E, 1);
	tg_learn_end(&found, learn, NUMBER);
	assert_false(found.understood);
	assert_non_null(strstr(found.words[0], "scan one, once"));
}

/* ---- HID POS ---- */

static void a_hid_pos_scanner_says_its_aim_identifier_and_shows_its_suffix(void **state)
{
	static const struct {
		const char *data, *suffix;
		bool expected;
	} cases[] = { { NUMBER, "none", true }, { NUMBER "\r", "cr", true }, { NUMBER "\r\n", "crlf", true }, { "4006381333931", "none", false } };
	tg_hid_table table;

	(void)state;
	assert_int_equal(tg_hid_table_read(&table, common_scanner, sizeof(common_scanner), NULL), TG_OK);
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		uint8_t sent[64] = { 2, (uint8_t)strlen(cases[i].data), ']', 'E', '0' };
		tg_learned found;

		memcpy(sent + 5, cases[i].data, strlen(cases[i].data));
		tg_learn_begin(learn, "hid-pos", &table);
		tg_learn_feed(learn, sent, sizeof(sent), 0);
		tg_learn_end(&found, learn, NUMBER);
		assert_true(found.understood);
		assert_int_equal(found.expected, cases[i].expected);
		assert_string_equal(found.suffix, cases[i].suffix);
		assert_true(found.aim);
		assert_string_equal(found.aim_id, "]E0");
	}
}

static void nothing_is_nothing(void **state)
{
	tg_learned found;

	(void)state;
	tg_learn_begin(learn, "wedge", NULL);
	tg_learn_end(&found, learn, NUMBER);
	assert_false(found.understood);
	assert_false(tg_learn_is_over(learn, INT64_MAX));
	assert_false(tg_learn_is_hand(learn, INT64_MAX));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_serial_scanners_line_is_understood, start, stop),
		cmocka_unit_test_setup_teardown(zebras_packets_are_known_by_their_sum, start, stop),
		cmocka_unit_test_setup_teardown(a_wedge_that_imitates_a_us_keyboard, start, stop),
		cmocka_unit_test_setup_teardown(the_layout_is_the_one_that_explains_what_was_typed, start, stop),
		cmocka_unit_test_setup_teardown(a_prefix_that_is_no_plain_text_is_not_written, start, stop),
		cmocka_unit_test_setup_teardown(a_prefix_is_taken_over_and_quoted_for_the_file, start, stop),
		cmocka_unit_test_setup_teardown(a_persons_hand_is_told_from_a_scanner, start, stop),
		cmocka_unit_test_setup_teardown(keys_that_are_no_text_are_said_so, start, stop),
		cmocka_unit_test_setup_teardown(more_than_one_label_is_not_guessed_at, start, stop),
		cmocka_unit_test_setup_teardown(a_hid_pos_scanner_says_its_aim_identifier_and_shows_its_suffix, start, stop),
		cmocka_unit_test_setup_teardown(nothing_is_nothing, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * test_hid_input.c - input reports to scans: real layouts, fragments, and everything that must not become a scan.
 */
#include "drivers/hid_input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/drivers/descriptors.h"

static tg_hid_table common, plain;
static tg_hid_input in;
static char news[20000];
static int64_t now_us;

static void on_frame(void *user, const tg_frame *frame)
{
	static const char *const names[] = { "scan", "empty", "noise", "too-long", "cut" };
	size_t n = strlen(news);

	(void)user;
	n += (size_t)snprintf(news + n, sizeof(news) - n, "%s%s", n > 0 ? " " : "", names[frame->kind]);
	if (frame->kind == TG_FRAME_SCAN && frame->len <= 100)
		snprintf(news + n, sizeof(news) - n, "(%s%s%.*s)", frame->aim_missing ? "?" : "", frame->aim,
			(int)frame->len, (const char *)frame->data);
	else
		snprintf(news + n, sizeof(news) - n, "(%zu)", frame->len);
}

/* One report of the common layout; `cut` bytes are left off at its end. */
static void send(const char *aim, const void *data, size_t len, bool continued, size_t cut)
{
	uint8_t report[64] = { 2, (uint8_t)len };
	uint8_t *exact = malloc(sizeof(report) - cut);

	memcpy(report + 2, aim, strlen(aim));
	memcpy(report + 5, data, len < 56 ? len : 56);
	report[61] = 'd';
	report[62] = 0x45; /* published samples hold junk here */
	report[63] = continued;
	memcpy(exact, report, sizeof(report) - cut);
	tg_hid_input_feed(&in, exact, sizeof(report) - cut, now_us, on_frame, NULL);
	free(exact);
}

static void text(const char *aim, const char *data, bool continued)
{
	send(aim, data, strlen(data), continued, 0);
}

static void begin(const tg_hid_table *table, tg_suffix suffix, bool aim)
{
	tg_hid_input_init(&in, table, suffix, aim);
	news[0] = '\0';
	now_us = 1000000;
}

static int setup(void **state)
{
	(void)state;
	return tg_hid_table_read(&common, common_scanner, sizeof(common_scanner), NULL) ||
	       tg_hid_table_read(&plain, plain_scanner, sizeof(plain_scanner), NULL);
}

static void a_label_in_one_report_is_a_scan(void **state)
{
	(void)state;
	begin(&common, TG_SUFFIX_NONE, true);
	text("]E0", "3046920029759", false);
	text("", "3046920029759", false);
	assert_string_equal(news, "scan(]E03046920029759) scan(?3046920029759)");
}

/* The published example: 60 bytes are 56 and 4. */
static void sixty_bytes_in_two_reports_are_one_scan(void **state)
{
	static const char label[] = "123456789012345678901234567890123456789012345678901234567890";

	(void)state;
	begin(&common, TG_SUFFIX_NONE, true);
	send("]Q1", label, 56, true, 0);
	assert_int_equal(tg_hid_input_pending(&in), 56);
	assert_string_equal(news, "");
	send("]Q1", label + 56, 4, false, 0);
	assert_string_equal(news, "scan(]Q1123456789012345678901234567890123456789012345678901234567890)");
	assert_int_equal(tg_hid_input_pending(&in), 0);
}

static void separators_of_gs1_pass_as_data(void **state)
{
	(void)state;
	begin(&common, TG_SUFFIX_NONE, true);
	text("]d2",
		"01095210000000141012\x1D"
		"21A",
		false);
	assert_string_equal(news, "scan(]d201095210000000141012\x1D"
				  "21A)");
}

static void one_more_byte_before_the_identifier_is_understood(void **state)
{
	uint8_t report[64] = { 2, 8, 0, ']', 'E', '4', '9', '5', '2', '1', '2', '3', '4', '5' };

	(void)state;
	begin(&common, TG_SUFFIX_NONE, true);
	tg_hid_input_feed(&in, report, sizeof(report), now_us, on_frame, NULL);
	assert_string_equal(news, "scan(]E495212345)");
}

static void only_a_configured_suffix_is_taken_off(void **state)
{
	static const struct {
		tg_suffix suffix;
		const char *data, *wanted;
	} cases[] = {
		{ TG_SUFFIX_NONE, "12345670", "scan(]E412345670)" },
		{ TG_SUFFIX_NONE, "12345670\r", "noise(9)" },
		{ TG_SUFFIX_CR, "12345670\r", "scan(]E412345670)" },
		{ TG_SUFFIX_CR, "12345670", "scan(]E412345670)" },
		{ TG_SUFFIX_CR, "12345670\r\r", "noise(9)" },
		{ TG_SUFFIX_CR, "\r", "empty(0)" },
		{ TG_SUFFIX_CRLF, "12345670\r\n", "scan(]E412345670)" },
		{ TG_SUFFIX_CRLF, "12345670\n", "noise(9)" },
		{ TG_SUFFIX_LF, "12345670\n", "scan(]E412345670)" },
		{ TG_SUFFIX_TAB, "12345670\t", "scan(]E412345670)" },
		{ TG_SUFFIX_NONE, "12345670\t", "scan(]E412345670\t)" },
		/* two scans to a till, if it were let through */
		{ TG_SUFFIX_CR, "12345670\r40063813\r", "noise(17)" },
		{ TG_SUFFIX_NONE, "", "empty(0)" },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		begin(&common, cases[i].suffix, true);
		text("]E4", cases[i].data, false);
		assert_string_equal(news, cases[i].wanted);
	}
}

static void zero_padding_is_no_data_and_a_zero_inside_is_noise(void **state)
{
	(void)state;
	begin(&common, TG_SUFFIX_NONE, true);
	send("]E0", "9524000059109\0\0\0\0", 17, false, 0);
	send("]E0",
		"9524\0"
		"059109",
		11, false, 0);
	assert_string_equal(news, "scan(]E09524000059109) noise(11)");
	begin(&plain, TG_SUFFIX_NONE, true);
	tg_hid_input_feed(
		&in, (const uint8_t[32]){ ']', 'E', '4', '9', '5', '2' }, 32, now_us, on_frame, NULL);
	assert_string_equal(news, "scan(]E4952)");
}

static void an_answer_to_a_command_is_never_a_scan(void **state)
{
	(void)state;
	begin(&common, TG_SUFFIX_NONE, true);
	text("]X0", "9524000059109", false);
	assert_string_equal(news, "noise(13)");
}

static void a_report_that_contradicts_itself_is_noise(void **state)
{
	static const char long_label[57] = "9524000059109";

	(void)state;
	begin(&common, TG_SUFFIX_NONE, true);
	send("]E0", long_label, sizeof(long_label), false, 0); /* longer than its field */
	send("]E0", "9524000059109", 13, false, 1);            /* too short to say whether more follows */
	text("]E0", "9524000059109", false);
	assert_string_equal(news, "noise(64) noise(63) scan(]E09524000059109)");
}

static void a_broken_report_takes_the_rest_of_its_scan_with_it(void **state)
{
	(void)state;
	begin(&common, TG_SUFFIX_NONE, true);
	text("]Q1", "9524", true);
	send("]Q1", "0000", 4, true, 1); /* cut: its own "continued" is lost */
	text("]Q1", "59109", false);
	text("]Q1", "whole", false);
	assert_string_equal(news, "noise(67) scan(]Q1whole)");
}

/* What was scanned before, and when, says nothing of the scan that a broken report begins. */
static void a_broken_first_report_takes_the_rest_of_its_scan_with_it(void **state)
{
	static const char too_long[60] = "9524";

	(void)state;
	begin(&common, TG_SUFFIX_NONE, true);
	text("]E0", "9524000059109", false);
	now_us += INT64_C(2000) * TG_HID_SCAN_MS;
	send("]Q1", too_long, 58, true, 0); /* more than its field holds */
	text("]Q1", "96385074", false);
	text("]Q1", "whole", false);
	assert_string_equal(news, "scan(]E09524000059109) noise(64) scan(]Q1whole)");
}

/* A device that names the symbology in the first report only. */
static void reports_without_identifier_go_on_with_the_scan_before(void **state)
{
	(void)state;
	begin(&common, TG_SUFFIX_NONE, true);
	text("]Q1", "half of one", true);
	text("", "96385074", false);
	assert_string_equal(news, "scan(]Q1half of one96385074)");
}

static void another_label_in_between_drops_the_first(void **state)
{
	(void)state;
	begin(&common, TG_SUFFIX_NONE, true);
	text("]Q1", "half of one", true);
	text("]E0", "9524000059109", false);
	assert_string_equal(news, "cut(11) scan(]E09524000059109)");
}

static void a_scan_that_takes_too_long_is_dropped(void **state)
{
	(void)state;
	begin(&common, TG_SUFFIX_NONE, true);
	text("]Q1", "half of one", true);
	now_us += INT64_C(1000) * TG_HID_SCAN_MS + 1;
	text("]Q1", "another", false);
	assert_string_equal(news, "cut(11) scan(]Q1another)");
}

/* Report by report, but too slow as a whole: what comes last is the end of a label, and no label. */
static void the_end_of_a_scan_that_takes_too_long_is_no_scan(void **state)
{
	(void)state;
	begin(&common, TG_SUFFIX_NONE, true);
	for (int i = 0; i <= TG_HID_SCAN_MS / 1000; i++, now_us += 1000001)
		text("]Q1", "piece", true);
	text("]Q1", "96385074", false);
	text("]Q1", "whole", false);
	assert_string_equal(news, "cut(50) scan(]Q1whole)");
}

static void size_and_number_of_fragments_are_limited(void **state)
{
	char full[57];

	(void)state;
	memset(full, 'A', 56);
	full[56] = '\0';
	begin(&common, TG_SUFFIX_NONE, true);
	for (int i = 0; i < 300; i++)
		text("]Q1", full, true);
	text("]Q1", "end", false);
	text("]Q1", "next", false);
	assert_string_equal(news, "too-long(8232) scan(]Q1next)");
	begin(&common, TG_SUFFIX_NONE, true);
	for (int i = 0; i < 1000; i++)
		text("]Q1", "", true);
	text("]Q1", "end", false);
	text("]Q1", "next", false);
	assert_string_equal(news, "cut(0) scan(]Q1next)");
}

static void the_longest_scan_is_delivered_whole(void **state)
{
	char full[57];

	(void)state;
	memset(full, 'A', 56);
	full[56] = '\0';
	begin(&common, TG_SUFFIX_CRLF, true);
	for (size_t left = TG_SCAN_MAX; left > 0; left -= left < 56 ? left : 56)
		send("]Q1", full, left < 56 ? left : 56, true, 0);
	text("]Q1", "\r\n", false);
	assert_string_equal(news, "scan(8192)");
}

static void a_hole_loses_the_scan_that_it_is_in(void **state)
{
	(void)state;
	begin(&common, TG_SUFFIX_NONE, true);
	text("]Q1", "first", true);
	tg_hid_input_hole(&in, on_frame, NULL);
	text("]Q1", "third", true);
	text("]Q1", "fourth", false);
	text("]Q1", "whole", false);
	assert_string_equal(news, "cut(5) scan(]Q1whole)");
}

static void silence_drops_what_is_unfinished(void **state)
{
	(void)state;
	begin(&common, TG_SUFFIX_NONE, true);
	tg_hid_input_abandon(&in, on_frame, NULL);
	assert_string_equal(news, "");
	text("]Q1", "first", true);
	assert_int_equal(tg_hid_input_last_us(&in), now_us);
	tg_hid_input_abandon(&in, on_frame, NULL);
	text("]Q1", "whole", false);
	assert_string_equal(news, "cut(5) scan(]Q1whole)");
}

static void reports_of_other_kinds_and_empty_ones_are_ignored(void **state)
{
	static const uint8_t status[] = { 3, 1, 2, 3 };

	tg_hid_table table = common;

	(void)state;
	table.bytes[TG_HID_INPUT][3] = sizeof(status);
	begin(&table, TG_SUFFIX_NONE, true);
	text("]Q1", "first", true);
	tg_hid_input_feed(&in, status, sizeof(status), now_us, on_frame, NULL);
	tg_hid_input_feed(&in, status, 0, now_us, on_frame, NULL);
	tg_hid_input_feed(&in, (const uint8_t[]){ 2 }, 1, now_us, on_frame, NULL);
	text("]Q1", "second", false);
	assert_string_equal(news, "scan(]Q1firstsecond)");
}

static void a_report_that_the_descriptor_does_not_know_is_told(void **state)
{
	static const uint8_t stranger[] = { 3, 1, 2, 3 };

	(void)state;
	begin(&common, TG_SUFFIX_NONE, true);
	tg_hid_input_feed(&in, stranger, sizeof(stranger), now_us, on_frame, NULL);
	text("]E0", "9524000059109", false);
	assert_string_equal(news, "noise(4) scan(]E09524000059109)");
}

static void no_label_is_put_together_around_a_report_that_the_descriptor_does_not_know(void **state)
{
	static const uint8_t stranger[] = { 3, 1, 2, 3 };

	(void)state;
	begin(&common, TG_SUFFIX_NONE, true);
	text("]Q1", "first", true);
	tg_hid_input_feed(&in, stranger, sizeof(stranger), now_us, on_frame, NULL);
	text("]Q1", "second", true);
	tg_hid_input_feed(&in, stranger, sizeof(stranger), now_us, on_frame, NULL);
	text("]Q1", "third", false);
	text("]E0", "9524000059109", false);
	assert_string_equal(news, "noise(9) scan(]E09524000059109)");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_label_in_one_report_is_a_scan),
		cmocka_unit_test(sixty_bytes_in_two_reports_are_one_scan),
		cmocka_unit_test(separators_of_gs1_pass_as_data),
		cmocka_unit_test(one_more_byte_before_the_identifier_is_understood),
		cmocka_unit_test(only_a_configured_suffix_is_taken_off),
		cmocka_unit_test(zero_padding_is_no_data_and_a_zero_inside_is_noise),
		cmocka_unit_test(an_answer_to_a_command_is_never_a_scan),
		cmocka_unit_test(a_report_that_contradicts_itself_is_noise),
		cmocka_unit_test(a_broken_report_takes_the_rest_of_its_scan_with_it),
		cmocka_unit_test(a_broken_first_report_takes_the_rest_of_its_scan_with_it),
		cmocka_unit_test(reports_without_identifier_go_on_with_the_scan_before),
		cmocka_unit_test(another_label_in_between_drops_the_first),
		cmocka_unit_test(a_scan_that_takes_too_long_is_dropped),
		cmocka_unit_test(the_end_of_a_scan_that_takes_too_long_is_no_scan),
		cmocka_unit_test(size_and_number_of_fragments_are_limited),
		cmocka_unit_test(the_longest_scan_is_delivered_whole),
		cmocka_unit_test(a_hole_loses_the_scan_that_it_is_in),
		cmocka_unit_test(silence_drops_what_is_unfinished),
		cmocka_unit_test(reports_of_other_kinds_and_empty_ones_are_ignored),
		cmocka_unit_test(a_report_that_the_descriptor_does_not_know_is_told),
		cmocka_unit_test(no_label_is_put_together_around_a_report_that_the_descriptor_does_not_know),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * test_hid_report.c - report descriptors: what is found, what is refused, and the commands made from them.
 */
#include "drivers/hid_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/drivers/descriptors.h"

static tg_hid_table table;

static int read_table(const void *bytes, size_t len, tg_error *err)
{
	/* of exact size, so that a read too far is seen */
	uint8_t *copy = malloc(len > 0 ? len : 1);
	int rc;

	memcpy(copy, bytes, len);
	rc = tg_hid_table_read(&table, copy, len, err);
	free(copy);
	return rc;
}

static void must_read(const void *bytes, size_t len)
{
	tg_error err = { 0 };

	if (read_table(bytes, len, &err) != TG_OK)
		fail_msg("%s", err.msg);
}

static void assert_place(const tg_hid_place *p, unsigned report, uint32_t bit, uint32_t bits, uint32_t count)
{
	assert_true(p->there);
	assert_int_equal(p->report, report);
	assert_int_equal(p->bit, bit);
	assert_int_equal(p->bits, bits);
	assert_int_equal(p->count, count);
}

static void the_common_layout_is_found(void **state)
{
	const tg_hid_scan_report *scan = &table.scans[0];

	(void)state;
	must_read(common_scanner, sizeof(common_scanner));
	assert_true(table.scanner && !table.keyboard && table.numbered);
	assert_int_equal(table.scan_count, 1);
	assert_int_equal(scan->report, 2);
	assert_place(&scan->length, 2, 0, 8, 1);
	assert_place(&scan->aim[0], 2, 8, 8, 1);
	assert_place(&scan->aim[2], 2, 24, 8, 1);
	assert_place(&scan->data, 2, 32, 8, 56);
	assert_place(&scan->continued, 2, 62 * 8, 1, 1);
	assert_int_equal(table.bytes[TG_HID_INPUT][2], 64);
	assert_int_equal(table.input_max, 64);
	assert_int_equal(table.bytes[TG_HID_OUTPUT][4], 2);
	assert_int_equal(table.bytes[TG_HID_FEATURE][254], 2);
	assert_place(&table.controls[TG_HID_PREVENT_READ], 4, 1, 1, 1);
	assert_place(&table.controls[TG_HID_ERROR_BEEP], 4, 5, 1, 1);
	assert_false(table.controls[TG_HID_NOT_ON_FILE_BEEP].there);
	assert_false(table.controls[TG_HID_GOOD_LED].there);
}

static void usages_as_a_range_and_one_usage_for_many_bits_are_found(void **state)
{
	const tg_hid_scan_report *scan = &table.scans[0];

	(void)state;
	must_read(plain_scanner, sizeof(plain_scanner));
	assert_true(table.scanner && !table.numbered);
	assert_place(&scan->aim[1], 0, 8, 8, 1);
	assert_place(&scan->data, 0, 24, 8, 28);
	assert_place(&scan->continued, 0, 31 * 8, 1, 8);
	assert_false(scan->length.there);
	assert_place(&table.controls[TG_HID_GOOD_LED], 0, 0, 1, 1);
	assert_place(&table.controls[TG_HID_NOT_ON_FILE_BEEP], 0, 1, 1, 1);
	assert_int_equal(table.bytes[TG_HID_INPUT][0], 32);
}

static void a_keyboard_is_known_and_is_no_scanner(void **state)
{
	(void)state;
	must_read(boot_keyboard, sizeof(boot_keyboard));
	assert_true(table.keyboard && !table.scanner);
	assert_int_equal(table.scan_count, 0);
	assert_int_equal(table.bytes[TG_HID_INPUT][0], 8);
}

static const struct {
	const char *what;
	uint8_t bytes[40];
	size_t len;
	uint32_t bit, bits, count;
} data_fields[] = {
	{ "one large element is bytes",
		{ 0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x09, 0xFE, 0x75, 0xF0, 0x95, 0x01, 0x81, 0x02, 0xC0 },
		15, 0, 8, 30 },
	{ "a four-byte usage brings its own page",
		{ 0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x05, 0x01, 0x0B, 0xFE, 0x00, 0x8C, 0x00, 0x75, 0x08,
			0x95, 0x04, 0x81, 0x02, 0xC0 },
		20, 0, 8, 4 },
	{ "a long item is stepped over",
		{ 0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0xFE, 0x02, 0x10, 0xC0, 0xC0, 0x09, 0xFE, 0x75, 0x08,
			0x95, 0x04, 0x81, 0x02, 0xC0 },
		20, 0, 8, 4 },
	{ "push and pop keep size and count",
		{ 0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x75, 0x08, 0x95, 0x05, 0xA4, 0x75, 0x01, 0x95, 0x10,
			0x81, 0x03, 0xB4, 0x09, 0xFE, 0x81, 0x02, 0xC0 },
		23, 16, 8, 5 },
	{ "of alternatives the first counts",
		{ 0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0xA9, 0x01, 0x09, 0xFE, 0x09, 0xFB, 0xA9, 0x00, 0x75,
			0x08, 0x95, 0x04, 0x81, 0x02, 0xC0 },
		21, 0, 8, 4 },
	{ "data across byte borders are no data",
		{ 0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x75, 0x04, 0x95, 0x01, 0x81, 0x03, 0x09, 0xFE, 0x75,
			0x08, 0x95, 0x04, 0x81, 0x02, 0xC0 },
		21, 0, 0, 0 },
	{ "data outside of a scanner are no data",
		{ 0x05, 0x8C, 0x09, 0x01, 0xA1, 0x01, 0x09, 0xFE, 0x75, 0x08, 0x95, 0x04, 0x81, 0x02, 0xC0 },
		15, 0, 0, 0 },
};

static void odd_but_sound_descriptors_are_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(data_fields); i++) {
		must_read(data_fields[i].bytes, data_fields[i].len);
		if (table.scan_count != (data_fields[i].count > 0))
			fail_msg("%s: %zu scan reports", data_fields[i].what, table.scan_count);
		if (data_fields[i].count > 0)
			assert_place(&table.scans[0].data, 0, data_fields[i].bit, data_fields[i].bits,
				data_fields[i].count);
	}
}

static const struct {
	const char *what;
	uint8_t bytes[24];
	size_t len;
	int rc;
} refused[] = {
	{ "nothing", { 0 }, 0, TG_EFORMAT },
	{ "cut inside an item", { 0x05, 0x8C, 0x26, 0xFF }, 4, TG_EFORMAT },
	{ "cut inside a long item", { 0xFE, 0x05, 0x10, 0x00 }, 4, TG_EFORMAT },
	{ "a long item without its length", { 0xFE }, 1, TG_EFORMAT },
	{ "an end too many", { 0xC0 }, 1, TG_EFORMAT },
	{ "an end too few", { 0xA1, 0x01 }, 2, TG_EFORMAT },
	{ "a pop without a push", { 0xB4 }, 1, TG_EFORMAT },
	{ "identifier 0", { 0x85, 0x00 }, 2, TG_EFORMAT },
	{ "identifier 256", { 0x86, 0x00, 0x01 }, 3, TG_EFORMAT },
	{ "fields with and without identifier", { 0x75, 0x08, 0x95, 0x01, 0x81, 0x02, 0x85, 0x01 }, 8,
		TG_EFORMAT },
	{ "a usage page of 17 bits", { 0x07, 0x00, 0x00, 0x01, 0x00 }, 5, TG_EFORMAT },
	{ "a range that runs backwards", { 0x19, 0x05, 0x29, 0x04 }, 4, TG_EFORMAT },
	{ "delimiters opened twice", { 0xA9, 0x01, 0xA9, 0x01 }, 4, TG_EFORMAT },
	{ "a field inside of delimiters", { 0xA9, 0x01, 0x81, 0x02 }, 4, TG_EFORMAT },
	{ "count times size past 32 bits",
		{ 0x77, 0x00, 0x00, 0x01, 0x00, 0x97, 0x00, 0x00, 0x01, 0x00, 0x81, 0x02 }, 12, TG_ELIMIT },
	{ "a report of 4097 bytes", { 0x75, 0x08, 0x96, 0x01, 0x10, 0x81, 0x02 }, 7, TG_ELIMIT },
	{ "two fields that make 4097 bytes",
		{ 0x75, 0x08, 0x96, 0x00, 0x10, 0x81, 0x02, 0x95, 0x01, 0x81, 0x02 }, 11, TG_ELIMIT },
};

static void malformed_descriptors_are_refused_with_the_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(refused); i++) {
		tg_error err = { 0 };
		int rc = read_table(refused[i].bytes, refused[i].len, &err);

		if (rc != refused[i].rc || strstr(err.msg, "byte ") == NULL)
			fail_msg("%s: %s (%s)", refused[i].what, tg_strerror(rc), err.msg);
	}
}

static void nesting_saving_and_usages_have_limits(void **state)
{
	static const uint8_t items[] = { 0xA1, 0xA4, 0x09 };
	uint8_t many[TG_HID_DESCRIPTOR_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(items); i++) {
		memset(many, 0, sizeof(many));
		for (size_t at = 0; at + 1 < 1200; at += items[i] == 0xA4 ? 1 : 2)
			many[at] = items[i];
		assert_int_equal(read_table(many, 1200, NULL), TG_ELIMIT);
	}
	memset(many, 0, sizeof(many)); /* empty inputs: nothing, 4096 times */
	memset(many, 0x80, sizeof(many));
	assert_int_equal(read_table(many, TG_HID_DESCRIPTOR_MAX, NULL), TG_OK);
	assert_int_equal(read_table(many, TG_HID_DESCRIPTOR_MAX + 1, NULL), TG_ELIMIT);
}

static const struct {
	const char *what;
	tg_hid_control control;
	unsigned on;
	uint8_t wanted;
} commands[] = {
	{ "initiate", TG_HID_INITIATE_READ, TG_HID_MASK(TG_HID_INITIATE_READ), 0x04 },
	{ "prevent", TG_HID_PREVENT_READ, TG_HID_MASK(TG_HID_PREVENT_READ), 0x02 },
	{ "allow again", TG_HID_PREVENT_READ, 0, 0x00 },
	{ "error beep", TG_HID_ERROR_BEEP, TG_HID_MASK(TG_HID_ERROR_BEEP), 0x20 },
	{ "a beep does not undo prevent", TG_HID_GOOD_BEEP,
		TG_HID_MASK(TG_HID_GOOD_BEEP) | TG_HID_MASK(TG_HID_PREVENT_READ), 0x42 },
};

static void commands_are_the_published_bytes(void **state)
{
	uint8_t out[8];
	size_t len;

	(void)state;
	must_read(common_scanner, sizeof(common_scanner));
	for (size_t i = 0; i < TG_COUNT(commands); i++) {
		memset(out, 0xEE, sizeof(out));
		assert_int_equal(tg_hid_make(out, sizeof(out), &len, &table, commands[i].control,
					 commands[i].on, NULL),
			TG_OK);
		if (len != 2 || out[0] != 0x04 || out[1] != commands[i].wanted || out[2] != 0xEE)
			fail_msg("%s: %zu bytes, %02x %02x", commands[i].what, len, out[0], out[1]);
	}
	assert_int_equal(
		tg_hid_make(out, sizeof(out), &len, &table, TG_HID_NOT_ON_FILE_BEEP, 0, NULL), TG_ESTATE);
	assert_int_equal(tg_hid_make(out, 1, &len, &table, TG_HID_ERROR_BEEP, 0, NULL), TG_ELENGTH);
}

/* An array of choices: the number of the choice is written, and one at a time. */
static void a_list_of_commands_takes_one_at_a_time(void **state)
{
	static const uint8_t list[] = { 0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x15, 0x01, 0x25, 0x03, 0x75,
		0x08, 0x95, 0x01, 0x09, 0x60, 0x09, 0x85, 0x09, 0x87, 0x91, 0x00, 0xC0 };
	uint8_t out[2] = { 0 };
	size_t len;

	(void)state;
	must_read(list, sizeof(list));
	assert_int_equal(
		tg_hid_make(out, sizeof(out), &len, &table, TG_HID_NOT_ON_FILE_BEEP, UINT32_MAX, NULL),
		TG_OK);
	assert_int_equal(len, 1);
	assert_int_equal(out[0], 3);
}

static void an_output_is_preferred_to_a_feature(void **state)
{
	static const uint8_t both[] = { 0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x75, 0x08, 0x95, 0x01, 0x09,
		0x85, 0xB1, 0x02, 0x09, 0x86, 0xB1, 0x02, 0x09, 0x85, 0x91, 0x02, 0xC0 };

	(void)state;
	must_read(both, sizeof(both));
	assert_int_equal(table.controls[TG_HID_ERROR_BEEP].kind, TG_HID_OUTPUT);
	assert_int_equal(table.controls[TG_HID_GOOD_BEEP].kind, TG_HID_FEATURE);
	assert_int_equal(table.controls[TG_HID_GOOD_BEEP].bit, 8);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_common_layout_is_found),
		cmocka_unit_test(usages_as_a_range_and_one_usage_for_many_bits_are_found),
		cmocka_unit_test(a_keyboard_is_known_and_is_no_scanner),
		cmocka_unit_test(odd_but_sound_descriptors_are_understood),
		cmocka_unit_test(malformed_descriptors_are_refused_with_the_byte),
		cmocka_unit_test(nesting_saving_and_usages_have_limits),
		cmocka_unit_test(commands_are_the_published_bytes),
		cmocka_unit_test(a_list_of_commands_takes_one_at_a_time),
		cmocka_unit_test(an_output_is_preferred_to_a_feature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

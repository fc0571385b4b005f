/* SPDX-License-Identifier: Apache-2.0
 *
 * test_usb.c - what the simulated USB scanners put on the cable, and what USB/IP makes of it.
 */
#include "simulator/usb/scanner.h"
#include "simulator/usb/usbip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static struct packet space[PACKETS_MAX];

static struct packets encode(enum family_kind family, const char *setting, const char *label)
{
	struct description d = description_default;
	struct packets out = { .list = space };
	struct scanner s;
	char line[64];
	const char *wrong;

	d.family = family;
	strcpy(line, setting);
	assert_true(description_set(&d, line, &wrong));
	scanner_init(&s, &d);
	if (!s.family->encode(&out, &s, label, strlen(label)))
		out.count = 0;
	return out;
}

/* ---- HID POS ---- */

static void a_long_label_goes_in_several_reports_that_all_name_its_symbology(void **state)
{
	char label[3 + 60 + 1] = "]Q3";
	struct packets got;

	(void)state;
	memset(label + 3, '7', 60);
	got = encode(FAMILY_HID_POS, "report = common", label);
	assert_int_equal(got.count, 2);
	assert_memory_equal(got.list[0].bytes, "\x02\x38]Q3777", 8);
	assert_int_equal(got.list[0].bytes[63], 1);
	assert_memory_equal(got.list[1].bytes, "\x02\x04]Q37777\0", 10);
	assert_int_equal(got.list[1].bytes[63], 0);
	assert_int_equal(got.list[1].len, 64);
}

static void some_makers_put_a_byte_before_the_identifier(void **state)
{
	struct packets got = encode(FAMILY_HID_POS, "report = shifted", "]E05012345678900");

	(void)state;
	assert_int_equal(got.count, 1);
	assert_memory_equal(got.list[0].bytes, "\x02\x0d\0]E05012345678900\0", 20);
}

static void a_label_without_identifier_gets_the_likely_one(void **state)
{
	static const char *const labels[][2] = { { "5012345678900", "]E0" }, { "96385074", "]E4" }, { "ABC", "]C0" } };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_memory_equal(encode(FAMILY_HID_POS, "report = common", labels[i][0]).list[0].bytes + 2, labels[i][1], 3);
}

/* The descriptor must say what is sent: items are read here with no more than counting. */
static unsigned described_bits(const uint8_t *report, size_t len, uint8_t main_item, unsigned id)
{
	unsigned size = 0, count = 0, now = 0, bits = 0;

	for (size_t at = 0; at < len;) {
		unsigned n = report[at] & 3u, value = n > 0 ? report[at + 1] : 0;

		switch (report[at] & 0xFCu) {
		case 0x74:
			size = value;
			break;
		case 0x94:
			count = value;
			break;
		case 0x84:
			now = value;
			break;
		default:
			if ((report[at] & 0xFCu) == main_item && now == id)
				bits += size * count;
		}
		at += 1 + (n == 3 ? 4 : n);
	}
	return bits;
}

static void descriptors_describe_reports_of_the_length_that_is_sent(void **state)
{
	static char settings[][20] = { "report = common", "report = shifted" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct description d = description_default;
		const uint8_t *report;
		const char *wrong;
		char line[20];
		size_t len;

		strcpy(line, settings[i]);
		assert_true(description_set(&d, line, &wrong));
		report = family_hid_pos.report(&d, &len);
		assert_int_equal(described_bits(report, len, 0x80, 2), 63 * 8);
		assert_int_equal(described_bits(report, len, 0x90, 4), 8);
		assert_int_equal(described_bits(report, len, 0xB0, 254), 8);
	}
}

static void beeps_of_the_host_are_heard_by_name(void **state)
{
	static const struct {
		uint8_t report[2];
		const char *words;
	} cases[] = { { { 4, 0x20 }, "error-beep" }, { { 4, 0x80 }, "not-on-file-beep" }, { { 4, 0x42 }, "prevent-read good-beep" },
		{ { 4, 0 }, "allow-read" }, { { 9, 0 }, "unknown report 9 of 2 bytes" } };
	struct scanner s;
	char words[160];

	(void)state;
	scanner_init(&s, &description_default);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		words[0] = '\0';
		family_hid_pos.heard(&s, cases[i].report, 2, false, words, sizeof(words));
		assert_string_equal(words, cases[i].words);
	}
	assert_false(s.prevented);
}

/* ---- keyboard ---- */

static void keys_are_typed_in_the_layout_of_the_host(void **state)
{
	static const struct {
		const char *what, *setting, *label;
		uint8_t down[4][2]; /* modifier, usage; { 0, 0 } ends */
	} cases[] = {
		{ "a digit", "layout = us", "1", { { 0, 0x1E }, { 0, 0x28 } } },
		{ "a capital", "layout = us", "A", { { 2, 0x04 }, { 0, 0x28 } } },
		{ "Y in the US", "layout = us", "y", { { 0, 0x1C }, { 0, 0x28 } } },
		{ "Y in Germany", "layout = de", "y", { { 0, 0x1D }, { 0, 0x28 } } },
		{ "a bracket in the US", "layout = us", "]", { { 0, 0x30 }, { 0, 0x28 } } },
		{ "a bracket in Germany", "layout = de", "]", { { 0x40, 0x26 }, { 0, 0x28 } } },
		{ "a slash in Germany", "layout = de", "/", { { 2, 0x24 }, { 0, 0x28 } } },
		{ "at in Germany", "layout = de", "@", { { 0x40, 0x14 }, { 0, 0x28 } } },
		{ "the separator", "layout = de", "\x1d", { { 1, 0x30 }, { 0, 0x28 } } },
		{ "another suffix", "suffix = tab", "0", { { 0, 0x27 }, { 0, 0x2B } } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct packets got = encode(FAMILY_KEYBOARD, cases[i].setting, cases[i].label);

		for (size_t k = 0; cases[i].down[k][1] != 0; k++) {
			const uint8_t down[8] = { cases[i].down[k][0], 0, cases[i].down[k][1] }, up[8] = { 0 };

			if (got.count <= 2 * k + 1 || memcmp(got.list[2 * k].bytes, down, 8) != 0 || memcmp(got.list[2 * k + 1].bytes, up, 8) != 0)
				fail_msg("%s, key %zu", cases[i].what, k);
		}
	}
}

static void what_has_no_key_is_typed_as_alt_and_digits_or_not_at_all(void **state)
{
	static const uint8_t digits[] = { 0x62, 0x5A, 0x5B, 0x5B }; /* 0 2 3 3 */
	struct packets got = encode(FAMILY_KEYBOARD, "alt-codes = yes", "\xE9");

	(void)state;
	assert_int_equal(got.count, 1 + 8 + 1 + 2);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(got.list[1 + 2 * i].bytes[0], 0x04);
		assert_int_equal(got.list[1 + 2 * i].bytes[2], digits[i]);
	}
	assert_int_equal(encode(FAMILY_KEYBOARD, "alt-codes = no", "1\xE9").count, 0);
}

/* ---- serial ---- */

static void a_serial_label_goes_in_packets_of_64_bytes_with_its_suffix(void **state)
{
	char label[65] = "";
	struct packets got;

	(void)state;
	memset(label, '5', 64);
	got = encode(FAMILY_CDC_ACM, "suffix = crlf", label);
	assert_int_equal(got.count, 2);
	assert_int_equal(got.list[0].len, 64);
	assert_int_equal(got.list[1].len, 2);
	assert_memory_equal(got.list[1].bytes, "\r\n", 2);
}

/* ---- USB/IP ---- */

static void commands_of_a_host_are_read_or_refused(void **state)
{
	uint8_t bytes[USBIP_COMMAND_SIZE] = { 0, 0, 0, 1, 0, 0, 0, 9, 0, 1, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, [27] = 64, [40] = 0x80, [41] = 6 };
	struct usbip_command c;

	(void)state;
	assert_true(usbip_read_command(&c, bytes));
	assert_int_equal(c.what, USBIP_SUBMIT);
	assert_int_equal(c.number, 9);
	assert_true(c.in);
	assert_int_equal(c.endpoint, 3);
	assert_int_equal(c.length, 64);
	assert_int_equal(c.setup[1], 6);
	bytes[24] = 1; /* 16 MB */
	assert_false(usbip_read_command(&c, bytes));
	bytes[24] = 0;
	bytes[19] = 16;
	assert_false(usbip_read_command(&c, bytes));
	bytes[3] = 7;
	bytes[19] = 3;
	assert_false(usbip_read_command(&c, bytes));
	bytes[3] = 2;
	bytes[23] = 8;
	assert_true(usbip_read_command(&c, bytes));
	assert_int_equal(c.unlinks, 8);
}

static void requests_before_an_import_are_read_or_refused(void **state)
{
	const uint8_t list[] = { 0x01, 0x11, 0x80, 0x05, 0, 0, 0, 0 }, old[] = { 0x01, 0x06, 0x80, 0x05, 0, 0, 0, 0 };
	uint8_t out[USBIP_OP_SIZE];

	(void)state;
	assert_int_equal(usbip_read_op(list), USBIP_OP_LIST);
	assert_int_equal(usbip_read_op(old), 0);
	usbip_write_op(out, USBIP_OP_LIST, 1);
	assert_memory_equal(out, "\x01\x11\x00\x05\x00\x00\x00\x01", sizeof(out));
}

static void bad_descriptions_are_refused_with_the_name(void **state)
{
	static const char *const bad[] = { "family = ps2", "vendor-id = 12", "vendor-id = xyzw", "layout = fr", "aim = maybe", "colour = red",
		"family", "suffix = esc" };
	struct description d = description_default;
	const char *wrong;
	char line[40];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		strcpy(line, bad[i]);
		assert_false(description_set(&d, line, &wrong));
		assert_non_null(wrong);
	}
	strcpy(line, "  # a comment = x");
	assert_true(description_set(&d, line, &wrong));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_label_goes_in_several_reports_that_all_name_its_symbology),
		cmocka_unit_test(some_makers_put_a_byte_before_the_identifier),
		cmocka_unit_test(a_label_without_identifier_gets_the_likely_one),
		cmocka_unit_test(descriptors_describe_reports_of_the_length_that_is_sent),
		cmocka_unit_test(beeps_of_the_host_are_heard_by_name),
		cmocka_unit_test(keys_are_typed_in_the_layout_of_the_host),
		cmocka_unit_test(what_has_no_key_is_typed_as_alt_and_digits_or_not_at_all),
		cmocka_unit_test(a_serial_label_goes_in_packets_of_64_bytes_with_its_suffix),
		cmocka_unit_test(commands_of_a_host_are_read_or_refused),
		cmocka_unit_test(requests_before_an_import_are_read_or_refused),
		cmocka_unit_test(bad_descriptions_are_refused_with_the_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * test_hid_pos.c - a USB HID POS scanner from plug to unplug and back, through the real libusb.
 */
#include "tests/unit/drivers/usb_desk.h"

static const fake_config honeywell = { .port = "1-1",
	.serial = "S1",
	.address = 5,
	.vendor = 0x0c2e,
	.product = 0x0b81,
	.out = true,
	.descriptor = common_scanner,
	.descriptor_len = sizeof(common_scanner) };

/* rights are the test's: root may open everything */
static bool no_rights;
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
	if (no_rights && strncmp(path, "/dev/bus/usb/", 13) == 0) {
		errno = EACCES;
		return -1;
	}
	return __real_open(path, flags);
}

static void send(fake *f, const char *aim, const char *data, bool continued)
{
	uint8_t report[64] = { 2, (uint8_t)strlen(data) };

	memcpy(report + 2, aim, strlen(aim));
	memcpy(report + 5, data, strlen(data));
	report[61] = 'd';
	report[63] = continued;
	fake_send(f, report, sizeof(report));
}

static void expect_driver(fake *f, const char *wanted)
{
	char driver[16];

	fake_driver(f, driver);
	assert_string_equal(driver, wanted);
}

static int start(void **state)
{
	(void)state;
	no_rights = false;
	fake_start();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	fake_stop();
	return 0;
}

static void a_scanner_is_taken_read_and_given_back(void **state)
{
	fake *f = fake_plug(&honeywell);
	struct desk d;
	tg_scanner_info info;

	(void)state;
	desk_open(&d, (tg_scanner_config){ .driver = "hid-pos", .usb = "any", .aim = true });
	desk_expect(&d, "attached");
	assert_non_null(strstr(d.words, "usb-0c2e:0b81-S1 at port 1-1"));
	expect_driver(f, "usbfs");
	send(f, "]E0", "9524000059109", false);
	send(f, "]Q1", "half ", true);
	send(f, "]Q1", "whole", false);
	desk_expect(&d, "scan(]E09524000059109) scan(]Q1half whole)");
	tg_scanner_describe(&info, d.scanner);
	assert_true(info.attached && info.scans == 2);
	assert_string_equal(info.device, "usb-0c2e:0b81-S1");
	assert_string_equal(info.backend, "libusb");
	desk_close(&d);
	expect_driver(f, "usbhid");
}

static void the_redirect_is_sent_to_makers_that_need_it_and_to_no_other(void **state)
{
	fake_config other = honeywell;
	fake *f = fake_plug(&honeywell), *g;
	struct desk d;

	(void)state;
	desk_open(&d, (tg_scanner_config){ .driver = "hid-pos", .port = "1-1" });
	desk_expect_told(&d, f, "set:03fe:fe01");
	desk_close(&d);
	other.vendor = 0x05e0;
	other.port = "1-2";
	other.address = 6;
	g = fake_plug(&other);
	desk_open(&d, (tg_scanner_config){ .driver = "hid-pos", .port = "1-2" });
	desk_expect(&d, "attached");
	send(g, "]E0", "1", false);
	desk_expect(&d, "scan(]E01)");
	desk_expect_told(&d, g, "");
	desk_close(&d);
}

static void feedback_is_what_the_descriptor_has(void **state)
{
	fake_config quiet = honeywell;
	tg_scanner_info info;
	fake *f;
	struct desk d;

	(void)state;
	quiet.vendor = 0x05e0;
	f = fake_plug(&quiet);
	desk_open(&d, (tg_scanner_config){ .driver = "hid-pos", .usb = "any", .host_beeps = true });
	desk_expect(&d, "attached");
	tg_scanner_describe(&info, d.scanner);
	assert_string_equal(info.cannot, "no command lights it red");
	assert_int_equal(tg_scanner_can(d.scanner), 63);
	assert_int_equal(tg_scanner_feedback(d.scanner, TG_FEEDBACK_REJECT, NULL), TG_OK);
	assert_int_equal(tg_scanner_feedback(d.scanner, TG_FEEDBACK_LOCK, NULL), TG_OK);
	desk_expect_told(&d, f, "out:0420 out:0402");
	/* a beep while locked leaves it locked */
	assert_int_equal(tg_scanner_feedback(d.scanner, TG_FEEDBACK_ERROR, NULL), TG_OK);
	assert_int_equal(tg_scanner_feedback(d.scanner, TG_FEEDBACK_UNLOCK, NULL), TG_OK);
	desk_expect_told(&d, f, "out:0422 out:0400");
	assert_int_equal(tg_scanner_feedback(d.scanner, TG_FEEDBACK_GOOD, NULL), TG_OK);
	desk_expect_told(&d, f, "out:0440");
	desk_close(&d);
	/* one that beeps by itself is not made to beep twice */
	desk_open(&d, (tg_scanner_config){ .driver = "hid-pos", .usb = "any" });
	desk_expect(&d, "attached");
	assert_int_equal(tg_scanner_can(d.scanner), 63 & ~TG_FEEDBACK_GOOD);
	tg_scanner_describe(&info, d.scanner);
	assert_string_equal(info.cannot, "its good-read beep sounds before the gate has decided; no command lights it red");
	desk_close(&d);
}

/* No OUT endpoint: SET_REPORT. No lock: says so. */
static void a_scanner_that_cannot_lock_says_so(void **state)
{
	fake_config plain = honeywell;
	fake *f;
	struct desk d;

	(void)state;
	plain.vendor = 0x05e0;
	plain.out = false;
	plain.descriptor = plain_scanner;
	plain.descriptor_len = sizeof(plain_scanner);
	f = fake_plug(&plain);
	desk_open(&d, (tg_scanner_config){ .driver = "hid-pos", .usb = "05e0:0b81" });
	desk_expect(&d, "attached");
	assert_int_equal(tg_scanner_can(d.scanner),
		TG_FEEDBACK_GOOD | TG_FEEDBACK_REJECT | TG_FEEDBACK_ERROR | TG_FEEDBACK_NOTICE);
	assert_int_equal(tg_scanner_feedback(d.scanner, TG_FEEDBACK_LOCK, NULL), TG_ESTATE);
	assert_int_equal(tg_scanner_feedback(d.scanner, TG_FEEDBACK_REJECT, NULL), TG_OK);
	desk_expect_told(&d, f, "set:0200:02");
	desk_close(&d);
}

static void unplugged_in_the_middle_of_a_label_and_plugged_in_elsewhere(void **state)
{
	fake_config elsewhere = honeywell;
	fake *f = fake_plug(&honeywell);
	struct desk d;

	(void)state;
	desk_open(&d, (tg_scanner_config){ .driver = "hid-pos", .serial = "S1" });
	desk_expect(&d, "attached");
	send(f, "]Q1", "half", true);
	fake_unplug(f);
	desk_expect(&d, "gone(4)");
	assert_non_null(strstr(d.words, "0c2e:0b81 was unplugged from port 1-1"));
	elsewhere.port = "1-4.2";
	elsewhere.address = 9;
	f = fake_plug(&elsewhere);
	desk_expect(&d, "back");
	send(f, "]Q1", "whole", false);
	desk_expect(&d, "scan(]Q1whole)");
	desk_close(&d);
}

static void a_scanner_that_comes_later_is_found_without_udevd(void **state)
{
	fake_config silent = honeywell;
	fake *f;
	struct desk d;

	(void)state;
	silent.no_event = true;
	desk_open(&d, (tg_scanner_config){ .driver = "hid-pos", .usb = "0c2e:0b81" });
	desk_expect(&d, "missing");
	assert_string_equal(d.words, "no USB HID POS scanner (0c2e:0b81) is plugged in");
	f = fake_plug(&silent);
	desk_expect(&d, "attached");
	send(f, "]E0", "1", false);
	desk_expect(&d, "scan(]E01)");
	desk_close(&d);
}

static void udevd_wakes_a_lane_that_would_wait_for_long(void **state)
{
	fake *f;
	struct desk d;

	(void)state;
	desk_open(&d, (tg_scanner_config){ .driver = "hid-pos", .usb = "any", .retry_ms = 3600000 });
	desk_expect(&d, "missing");
	f = fake_plug(&honeywell);
	desk_expect(&d, "attached");
	send(f, "]E0", "1", false);
	desk_expect(&d, "scan(]E01)");
	desk_close(&d);
}

/* After a crash of ours nobody has the interface, and nobody has read its descriptor. */
static void a_scanner_left_without_driver_is_taken_and_given_to_the_kernel(void **state)
{
	fake_config left = honeywell;
	fake *f;
	struct desk d;

	(void)state;
	left.no_driver = true;
	f = fake_plug(&left);
	desk_open(&d, (tg_scanner_config){ .driver = "hid-pos", .usb = "any" });
	desk_expect(&d, "attached");
	desk_close(&d);
	expect_driver(f, "usbhid");
}

static void an_unread_interface_that_is_no_scanner_is_let_go(void **state)
{
	fake_config other = honeywell;
	fake *f;
	struct desk d;

	(void)state;
	other.no_driver = true;
	other.descriptor = boot_keyboard;
	other.descriptor_len = sizeof(boot_keyboard);
	f = fake_plug(&other);
	desk_open(&d, (tg_scanner_config){ .driver = "hid-pos", .usb = "0c2e:0b81" });
	desk_expect(&d, "missing");
	assert_non_null(strstr(d.words, "no bar code scanner's"));
	desk_expect_words(&d, "is no USB HID POS scanner: set it to USB HID POS");
	expect_driver(f, "usbhid");
	desk_close(&d);
}

static void two_that_fit_are_an_error_that_names_both(void **state)
{
	fake_config second = honeywell;
	struct desk d;

	(void)state;
	second.serial = NULL;
	second.port = "1-2";
	second.address = 6;
	fake_plug(&honeywell);
	fake_plug(&second);
	desk_open(&d, (tg_scanner_config){ .driver = "hid-pos", .usb = "any" });
	desk_expect(&d, "missing");
	assert_string_equal(d.words, "2 devices fit \"any\": usb-0c2e:0b81-S1, usb-0c2e:0b81-at-1-2…; say "
				     "which by serial or port");
	desk_close(&d);
}

static void a_lane_that_names_its_scanner_goes_before_one_that_takes_any(void **state)
{
	fake_config second = honeywell;
	fake *f = fake_plug(&honeywell), *g;
	struct desk any, named;

	(void)state;
	second.serial = "S2";
	second.port = "1-2";
	second.address = 6;
	desk_open(&named, (tg_scanner_config){ .driver = "hid-pos", .serial = "S2" });
	desk_expect(&named, "missing");
	g = fake_plug(&second);
	desk_open(&any, (tg_scanner_config){ .driver = "hid-pos", .usb = "any" });
	desk_expect(&any, "attached");
	desk_expect(&named, "attached");
	send(f, "]E0", "1", false);
	send(g, "]E0", "2", false);
	desk_expect(&any, "scan(]E01)");
	desk_expect(&named, "scan(]E02)");
	desk_close(&any);
	desk_close(&named);
}

static void the_words_say_what_to_do_about_rights_and_busy_devices(void **state)
{
	fake *f = fake_plug(&honeywell);
	struct desk d;

	(void)state;
	no_rights = true;
	desk_open(&d, (tg_scanner_config){ .driver = "hid-pos", .usb = "any", .retry_ms = 5 });
	desk_expect(&d, "missing");
	assert_non_null(
		strstr(d.words, "/dev/bus/usb/001/005 (0c2e:0b81): no right to open it; tillgate-udev(7)"));
	fake_busy(f, true);
	no_rights = false;
	desk_expect_words(&d, "another program has it (\"fuser -v /dev/bus/usb/001/005\" names it)");
	expect_driver(f, "usbhid"); /* and it was given back */
	fake_busy(f, false);
	desk_expect(&d, "attached");
	desk_close(&d);
}

static void a_stalled_endpoint_is_cleared_and_read_on(void **state)
{
	fake *f = fake_plug(&honeywell);
	struct desk d;

	(void)state;
	desk_open(&d, (tg_scanner_config){ .driver = "hid-pos", .usb = "any" });
	desk_expect(&d, "attached");
	desk_expect_told(&d, f, "set:03fe:fe01");
	fake_fail(f, EPIPE);
	desk_expect_told(&d, f, "clear");
	send(f, "]E0", "1", false);
	desk_expect(&d, "scan(]E01)");
	desk_close(&d);
}

/* A report may have been in a transfer that failed: the label around it is not put together over the hole. */
static void a_failed_transfer_costs_the_label_that_it_was_in(void **state)
{
	fake *f = fake_plug(&honeywell);
	struct desk d;

	(void)state;
	desk_open(&d, (tg_scanner_config){ .driver = "hid-pos", .usb = "any" });
	desk_expect(&d, "attached");
	send(f, "]Q1", "first", true);
	desk_service(&d);
	fake_fail(f, EPROTO);
	desk_expect(&d, "cut(5)");
	send(f, "]Q1", "third", false);
	send(f, "]Q1", "whole", false);
	desk_expect(&d, "scan(]Q1whole)");
	desk_close(&d);
}

static void errors_without_end_reset_the_device_and_attach_it_anew(void **state)
{
	fake *f = fake_plug(&honeywell);
	struct desk d;
	char told[512] = "";

	(void)state;
	desk_open(&d, (tg_scanner_config){ .driver = "hid-pos", .usb = "any" });
	desk_expect(&d, "attached");
	for (int i = 0; i < 100000 && d.news[0] == '\0'; i++) {
		if (fake_listening(f) == 4)
			fake_fail(f, EPROTO);
		desk_service(&d);
	}
	assert_non_null(strstr(d.words, "5 transfers in a row failed; the device was reset"));
	fake_told(f, told, sizeof(told));
	assert_non_null(strstr(told, "reset"));
	desk_expect(&d, "gone back");
	send(f, "]E0", "1", false);
	desk_expect(&d, "scan(]E01)");
	desk_close(&d);
}

static void empty_reads_are_ignored_and_reports_of_no_known_kind_are_told(void **state)
{
	fake *f = fake_plug(&honeywell);
	struct desk d;

	(void)state;
	desk_open(&d, (tg_scanner_config){ .driver = "hid-pos", .usb = "any" });
	for (int i = 0; i < 20; i++)
		fake_send(f, "", 0);
	fake_send(f, "\x09\x01\x02", 3);
	send(f, "]E0", "1", false);
	desk_expect(&d, "attached noise(3) scan(]E01)");
	desk_close(&d);
}

static void a_flood_is_bounded_and_said(void **state)
{
	fake *f = fake_plug(&honeywell);
	struct desk d;
	int64_t until_us = tg_mono_now_us() + LIMIT_US;

	(void)state;
	desk_open(&d, (tg_scanner_config){ .driver = "hid-pos", .usb = "any" });
	desk_expect(&d, "attached");
	for (int i = 0; i < 400; i++) /* nobody serves the lane meanwhile */
		send(f, "]Q1", i == 255 ? "cut off here" : "x", i == 255);
	while (fake_listening(f) < 4 && tg_mono_now_us() < until_us)
		poll(NULL, 0, 5);
	while (strstr(d.news, "overflow") == NULL && tg_mono_now_us() < until_us)
		desk_service(&d);
	assert_non_null(strstr(d.news, "scan(]Q1x) cut(12) overflow"));
	d.news[0] = '\0';
	send(f, "]Q1", "the hole takes this", false);
	send(f, "]Q1", "whole", false);
	desk_expect(&d, "scan(]Q1whole)");
	desk_close(&d);
}

static void a_silence_inside_of_a_label_drops_it(void **state)
{
	fake *f = fake_plug(&honeywell);
	struct desk d;

	(void)state;
	desk_open(&d, (tg_scanner_config){ .driver = "hid-pos", .usb = "any", .silence_ms = 30 });
	desk_expect(&d, "attached");
	send(f, "]Q1", "half", true);
	desk_expect(&d, "cut(4)");
	send(f, "]Q1", "whole", false);
	desk_expect(&d, "scan(]Q1whole)");
	desk_close(&d);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_scanner_is_taken_read_and_given_back, start, stop),
		cmocka_unit_test_setup_teardown(
			the_redirect_is_sent_to_makers_that_need_it_and_to_no_other, start, stop),
		cmocka_unit_test_setup_teardown(feedback_is_what_the_descriptor_has, start, stop),
		cmocka_unit_test_setup_teardown(a_scanner_that_cannot_lock_says_so, start, stop),
		cmocka_unit_test_setup_teardown(
			unplugged_in_the_middle_of_a_label_and_plugged_in_elsewhere, start, stop),
		cmocka_unit_test_setup_teardown(
			a_scanner_that_comes_later_is_found_without_udevd, start, stop),
		cmocka_unit_test_setup_teardown(udevd_wakes_a_lane_that_would_wait_for_long, start, stop),
		cmocka_unit_test_setup_teardown(
			a_scanner_left_without_driver_is_taken_and_given_to_the_kernel, start, stop),
		cmocka_unit_test_setup_teardown(
			an_unread_interface_that_is_no_scanner_is_let_go, start, stop),
		cmocka_unit_test_setup_teardown(two_that_fit_are_an_error_that_names_both, start, stop),
		cmocka_unit_test_setup_teardown(
			a_lane_that_names_its_scanner_goes_before_one_that_takes_any, start, stop),
		cmocka_unit_test_setup_teardown(
			the_words_say_what_to_do_about_rights_and_busy_devices, start, stop),
		cmocka_unit_test_setup_teardown(a_stalled_endpoint_is_cleared_and_read_on, start, stop),
		cmocka_unit_test_setup_teardown(
			a_failed_transfer_costs_the_label_that_it_was_in, start, stop),
		cmocka_unit_test_setup_teardown(
			errors_without_end_reset_the_device_and_attach_it_anew, start, stop),
		cmocka_unit_test_setup_teardown(empty_reads_are_ignored_and_reports_of_no_known_kind_are_told, start, stop),
		cmocka_unit_test_setup_teardown(a_flood_is_bounded_and_said, start, stop),
		cmocka_unit_test_setup_teardown(a_silence_inside_of_a_label_drops_it, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * test_keyboard_wedge.c - a scanner that types, taken from the desktop through the real libusb. A person's keyboard beside it is never
 * touched.
 */
#include "tests/unit/drivers/usb_desk.h"

static const fake_config wedge = { .port = "1-1",
	.address = 5,
	.vendor = 0x0c2e,
	.product = 0x0204,
	.keyboard = true,
	.descriptor = boot_keyboard,
	.descriptor_len = sizeof(boot_keyboard) };
static const fake_config persons = { .port = "1-2",
	.address = 6,
	.vendor = 0x046d,
	.product = 0xc31c,
	.keyboard = true,
	.descriptor = boot_keyboard,
	.descriptor_len = sizeof(boot_keyboard) };

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
	return __real_open(path, flags);
}

static void key(fake *f, uint8_t modifiers, uint8_t usage)
{
	fake_send(f, (const uint8_t[8]){ modifiers, 0, usage }, 8);
	fake_send(f, (const uint8_t[8]){ 0 }, 8);
}

static void type(fake *f, const char *digits)
{
	for (; *digits != '\0'; digits++)
		key(f, 0, *digits == '0' ? 0x27 : (uint8_t)(0x1E + *digits - '1'));
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
	fake_start();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	fake_stop();
	return 0;
}

static const tg_scanner_config by_id = { .driver = "wedge", .usb = "0c2e:0204", .suffix = TG_SUFFIX_CR };

static void the_named_wedge_is_taken_and_no_other_keyboard(void **state)
{
	fake *human = fake_plug(&persons), *f = fake_plug(&wedge);
	struct desk d;

	(void)state;
	desk_open(&d, by_id);
	desk_expect(&d, "attached");
	expect_driver(f, "usbfs");
	expect_driver(human, "usbhid");
	desk_expect_told(&d, f, "proto:0 idle");
	type(f, "9524000059109");
	key(f, 0, 0x28);
	desk_expect(&d, "scan(9524000059109)");
	assert_int_equal(tg_scanner_can(d.scanner), 0);
	assert_int_equal(tg_scanner_feedback(d.scanner, TG_FEEDBACK_REJECT, NULL), TG_ESTATE);
	desk_close(&d);
	expect_driver(human, "usbhid");
}

static void any_keyboard_is_refused(void **state)
{
	static const tg_scanner_config none_named = { .name = "till-1", .driver = "wedge" }, any = {
		.name = "till-1", .driver = "wedge", .usb = "any", .port = "1-2"
	};
	fake *human = fake_plug(&persons);
	tg_scanner *scanner;
	tg_error err = { 0 };

	(void)state;
	assert_int_equal(
		tg_scanner_open(&scanner, &any, &(tg_scanner_sink){ desk_scan, desk_event, NULL }, &err),
		TG_EINVAL);
	assert_non_null(strstr(err.msg, "might be somebody's keyboard"));
	assert_int_equal(tg_scanner_open(&scanner, &none_named,
				 &(tg_scanner_sink){ desk_scan, desk_event, NULL }, &err),
		TG_EINVAL);
	assert_non_null(strstr(err.msg, "wanted usb, serial or port"));
	expect_driver(human, "usbhid");
}

static void two_of_one_model_are_not_guessed_between(void **state)
{
	fake_config second = wedge;
	fake *f = fake_plug(&wedge), *g;
	struct desk d;

	(void)state;
	second.port = "1-3";
	second.address = 7;
	g = fake_plug(&second);
	desk_open(&d, by_id);
	desk_expect(&d, "missing");
	assert_non_null(strstr(d.words, "say which by serial or port"));
	expect_driver(f, "usbhid");
	expect_driver(g, "usbhid");
	desk_close(&d);
}

/* Once held, the one on its port is known again though another of its model is there. */
static void the_one_that_was_held_is_preferred_by_its_port(void **state)
{
	fake_config again = wedge, second = wedge;
	fake *f = fake_plug(&wedge);
	struct desk d;
	tg_scanner_info info;

	(void)state;
	desk_open(&d, by_id);
	desk_expect(&d, "attached");
	second.port = "1-3";
	second.address = 7;
	fake_plug(&second);
	fake_unplug(f);
	again.address = 8;
	again.no_event = true;
	fake_plug(&again);
	while (strstr(d.news, "back") == NULL)
		desk_service(&d);
	tg_scanner_describe(&info, d.scanner);
	assert_non_null(strstr(d.words, "at port 1-"));
	desk_close(&d);
}

static void observe_gives_it_back_and_enforce_keeps_it_from_the_desktop(void **state)
{
	fake *f = fake_plug(&wedge);
	struct desk d;

	(void)state;
	desk_open(&d, by_id);
	desk_expect(&d, "attached");
	desk_close(&d);
	expect_driver(f, "usbhid");
	desk_open(&d, by_id);
	desk_expect(&d, "attached");
	tg_scanner_keep(d.scanner, true);
	desk_close(&d);
	expect_driver(f, "");
	/* the next start takes it from where it was left */
	desk_open(&d, by_id);
	desk_expect(&d, "attached");
	type(f, "95");
	key(f, 0, 0x28);
	desk_expect(&d, "scan(95)");
	desk_close(&d);
}

static void a_wedge_that_refuses_the_boot_protocol_says_so_and_is_given_back(void **state)
{
	fake *f = fake_plug(&wedge);
	struct desk d;

	(void)state;
	fake_refuse(f, 0x0B);
	desk_open(&d, by_id);
	desk_expect(&d, "missing");
	assert_non_null(strstr(d.words, "usb-0c2e:0204-at-1-1: it refuses the boot protocol"));
	expect_driver(f, "usbhid");
	desk_close(&d);
}

static void unplugged_in_the_middle_of_a_label(void **state)
{
	fake_config again = wedge;
	fake *f = fake_plug(&wedge);
	struct desk d;

	(void)state;
	desk_open(&d, by_id);
	desk_expect(&d, "attached");
	type(f, "95");
	fake_send(f, (const uint8_t[8]){ 2, 0, 0x1E }, 8); /* Shift and a key are down */
	desk_expect_sent(&d, f);
	fake_unplug(f);
	desk_expect(&d, "gone(3)");
	again.address = 9;
	again.port = "1-7";
	f = fake_plug(&again);
	desk_expect(&d, "back");
	type(f, "1");
	key(f, 0, 0x28);
	desk_expect(&d, "scan(1)");
	desk_close(&d);
}

static void a_pause_ends_a_label_without_suffix(void **state)
{
	fake *f = fake_plug(&wedge);
	tg_scanner_config config = by_id;
	struct desk d;

	(void)state;
	config.suffix = TG_SUFFIX_NONE;
	config.gap_ms = 40;
	desk_open(&d, config);
	desk_expect(&d, "attached");
	type(f, "95");
	desk_expect(&d, "scan(95)");
	config.suffix = TG_SUFFIX_CR;
	config.silence_ms = 40;
	desk_close(&d);
	desk_open(&d, config);
	type(f, "95");
	desk_expect(&d, "attached cut(2)");
	desk_close(&d);
}

static void a_layout_that_is_not_there_is_refused_with_words(void **state)
{
	tg_scanner_config config = by_id;
	tg_scanner *scanner;
	tg_error err = { 0 };

	(void)state;
	config.name = "till-1";
	config.layout = "klingon";
	assert_int_equal(
		tg_scanner_open(&scanner, &config, &(tg_scanner_sink){ desk_scan, desk_event, NULL }, &err),
		TG_EINVAL);
	assert_non_null(strstr(err.msg, "scanner till-1: layout \"klingon\": not known here"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_named_wedge_is_taken_and_no_other_keyboard, start, stop),
		cmocka_unit_test_setup_teardown(any_keyboard_is_refused, start, stop),
		cmocka_unit_test_setup_teardown(two_of_one_model_are_not_guessed_between, start, stop),
		cmocka_unit_test_setup_teardown(the_one_that_was_held_is_preferred_by_its_port, start, stop),
		cmocka_unit_test_setup_teardown(
			observe_gives_it_back_and_enforce_keeps_it_from_the_desktop, start, stop),
		cmocka_unit_test_setup_teardown(
			a_wedge_that_refuses_the_boot_protocol_says_so_and_is_given_back, start, stop),
		cmocka_unit_test_setup_teardown(unplugged_in_the_middle_of_a_label, start, stop),
		cmocka_unit_test_setup_teardown(a_pause_ends_a_label_without_suffix, start, stop),
		cmocka_unit_test_setup_teardown(
			a_layout_that_is_not_there_is_refused_with_words, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

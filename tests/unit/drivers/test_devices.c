/* SPDX-License-Identifier: Apache-2.0
 *
 * test_devices.c - the list for technicians: what is there, who would take it, and what to do where it cannot be used.
 */
#include "drivers/devices.h"

#include "tests/unit/drivers/usb_desk.h"

#include <sys/stat.h>

static const fake_config scanner = { .port = "1-1",
	.serial = "S1",
	.address = 5,
	.vendor = 0x0c2e,
	.product = 0x0b81,
	.descriptor = common_scanner,
	.descriptor_len = sizeof(common_scanner) };
static const fake_config keyboard = { .port = "1-2.3",
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

/* rights are the test's: root may open everything */
static bool no_rights;
int __real_access(const char *path, int mode);
int __wrap_access(const char *path, int mode);

int __wrap_access(const char *path, int mode)
{
	return no_rights ? -1 : __real_access(path, mode);
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

static tg_device *list(size_t wanted)
{
	tg_device *all = NULL;
	size_t count = 0;

	assert_int_equal(tg_devices_list(&all, &count, NULL, NULL), TG_OK);
	assert_int_equal(count, wanted);
	return all;
}

static void nothing_attached_is_an_empty_list(void **state)
{
	(void)state;
	free(list(0));
}

static void a_scanner_and_a_keyboard_are_told_apart(void **state)
{
	tg_device *all;

	(void)state;
	fake_plug(&keyboard);
	fake_plug(&scanner);
	all = list(2);
	assert_string_equal(all[0].driver, "hid-pos");
	assert_string_equal(all[0].name, "usb-0c2e:0b81-S1");
	assert_string_equal(all[0].node, "/dev/bus/usb/001/005");
	assert_string_equal(all[0].words, "Example Scanner");
	assert_string_equal(all[0].config, "driver = hid-pos  usb = \"0c2e:0b81\"  serial = \"S1\"");
	assert_string_equal(tg_device_state_name(all[0].state), "free");
	assert_string_equal(all[0].why, "");
	assert_string_equal(all[0].cannot, "its good-read beep sounds before the gate has decided; no command lights it red");
	assert_string_equal(all[1].driver, "wedge");
	assert_string_equal(all[1].name, "usb-046d:c31c-at-1-2.3");
	assert_string_equal(all[1].config, "driver = wedge  usb = \"046d:c31c\"  port = \"1-2.3\"");
	assert_string_equal(tg_device_state_name(all[1].state), "desktop");
	assert_non_null(strstr(all[1].why, "types into the desktop"));
	free(all);
}

static void missing_rights_are_said_with_the_remedy(void **state)
{
	tg_device *all;

	(void)state;
	fake_plug(&scanner);
	no_rights = true;
	all = list(1);
	assert_int_equal(all[0].state, TG_DEVICE_NO_RIGHTS);
	assert_non_null(strstr(all[0].why, "this user has no right to open /dev/bus/usb/001/005, which is root:"));
	assert_int_equal(all[0].fix_count, 2); /* a known maker: the shipped rule has it */
	assert_string_equal(all[0].fix[0], "udevadm control --reload && udevadm trigger --action=add /sys/bus/usb/devices/1-1");
	assert_string_equal(all[0].fix[1], "if that does not help, 70-tillgate.rules is not installed: see tillgate-udev(7)");
	free(all);
}

/* After a crash nobody has it, and nobody has read what it is. */
static void what_a_crash_left_is_listed(void **state)
{
	fake_config left = scanner;
	tg_device *all;

	(void)state;
	left.no_driver = true;
	fake_plug(&left);
	all = list(1);
	assert_string_equal(all[0].driver, "hid-pos");
	assert_string_equal(tg_device_state_name(all[0].state), "unbound");
	assert_string_equal(all[0].why, "nobody has it; if it is a scanner, a lane that names it takes it");
	free(all);
}

/* What its maker wrote into it must do nothing to a terminal, a log or a configuration file. */
static void what_devices_say_of_themselves_is_cleaned(void **state)
{
	fake_config rude = scanner;
	tg_device *all;

	(void)state;
	rude.serial = "S\x1b[2J\"$x";
	fake_plug(&rude);
	all = list(1);
	assert_string_equal(all[0].serial, "S?[2J?$x");
	assert_string_equal(all[0].config, "driver = hid-pos  usb = \"0c2e:0b81\"  port = \"1-1\"");
	free(all);
}

/* It beeps, and no lane could ever take it: that is worth a line. */
static void a_scanner_of_a_known_maker_in_another_mode_is_listed(void **state)
{
	static const uint8_t oem[] = { 0x06, 0x45, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x08, 0x09,
		0x01, 0x81, 0x02, 0xC0 };
	fake_config other = scanner;
	tg_device *all;

	(void)state;
	other.descriptor = oem;
	other.descriptor_len = sizeof(oem);
	fake_plug(&other);
	all = list(1);
	assert_string_equal(tg_device_state_name(all[0].state), "other-mode");
	assert_string_equal(all[0].driver, "");
	assert_string_equal(all[0].config, "");
	assert_non_null(strstr(all[0].fix[0], "USB HID POS"));
	free(all);
}

static void a_wedge_that_was_kept_is_given_back_and_one_that_is_not_is_left(void **state)
{
	fake_config kept = keyboard;
	char driver[16];
	tg_error err = { 0 };
	tg_device *all;
	fake *f;

	(void)state;
	kept.no_driver = true;
	f = fake_plug(&kept);
	all = list(1);
	assert_int_equal(all[0].state, TG_DEVICE_UNBOUND);
	assert_non_null(strstr(all[0].why, "kept from the desktop"));
	assert_string_equal(all[0].fix[1],
		"or give it back to the desktop, which is written down: tillgate devices --release usb-046d:c31c-at-1-2.3 --who NAME --why TEXT");
	assert_int_equal(tg_usb_give_back(&all[0], &err), TG_OK);
	fake_driver(f, driver);
	assert_string_equal(driver, "usbhid");
	assert_int_equal(tg_usb_give_back(&all[0], &err), TG_EBUSY);
	assert_non_null(strstr(err.msg, "somebody has it already"));
	free(all);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_attached_is_an_empty_list, start, stop),
		cmocka_unit_test_setup_teardown(a_scanner_and_a_keyboard_are_told_apart, start, stop),
		cmocka_unit_test_setup_teardown(missing_rights_are_said_with_the_remedy, start, stop),
		cmocka_unit_test_setup_teardown(what_a_crash_left_is_listed, start, stop),
		cmocka_unit_test_setup_teardown(a_scanner_of_a_known_maker_in_another_mode_is_listed, start, stop),
		cmocka_unit_test_setup_teardown(a_wedge_that_was_kept_is_given_back_and_one_that_is_not_is_left, start, stop),
		cmocka_unit_test_setup_teardown(what_devices_say_of_themselves_is_cleaned, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

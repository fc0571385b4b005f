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

	assert_int_equal(tg_devices_list(&all, &count, NULL), TG_OK);
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
	assert_string_equal(all[0].why,
		"no right to open /dev/bus/usb/001/005; tillgate-udev(7) has the rule, then plug it in anew");
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_attached_is_an_empty_list, start, stop),
		cmocka_unit_test_setup_teardown(a_scanner_and_a_keyboard_are_told_apart, start, stop),
		cmocka_unit_test_setup_teardown(missing_rights_are_said_with_the_remedy, start, stop),
		cmocka_unit_test_setup_teardown(what_a_crash_left_is_listed, start, stop),
		cmocka_unit_test_setup_teardown(what_devices_say_of_themselves_is_cleaned, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

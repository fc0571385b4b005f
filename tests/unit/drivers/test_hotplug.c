/* SPDX-License-Identifier: Apache-2.0
 *
 * test_hotplug.c - what is said of a USB scanner that comes, goes and comes back otherwise; and one that is listened to for a moment.
 */
#include "drivers/listen.h"
#include "drivers/usb.h"
#include "tests/unit/drivers/usb_desk.h"

#include <unistd.h>

static const fake_config wedge = { .port = "1-1",
	.address = 5,
	.vendor = 0x0c2e,
	.product = 0x0204,
	.keyboard = true,
	.descriptor = boot_keyboard,
	.descriptor_len = sizeof(boot_keyboard) };
static const fake_config hid_pos = { .port = "1-2",
	.serial = "S1",
	.address = 6,
	.vendor = 0x0c2e,
	.product = 0x0b81,
	.descriptor = common_scanner,
	.descriptor_len = sizeof(common_scanner) };
static const tg_scanner_config named = { .driver = "wedge", .usb = "0c2e:0204", .suffix = TG_SUFFIX_CR };

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

static void expect_driver(fake *f, const char *wanted)
{
	char driver[16];

	fake_driver(f, driver);
	assert_string_equal(driver, wanted);
}

static void expect_state(struct desk *d, const char *state, const char *words)
{
	tg_scanner_info info;

	tg_scanner_describe(&info, d->scanner);
	assert_string_equal(info.state, state);
	if (strstr(info.words, words) == NULL)
		fail_msg("\"%s\" instead of \"%s\"", info.words, words);
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

/* ---- words ---- */

static void unplugged_stays_said_and_back_says_where_it_is_and_was(void **state)
{
	fake_config again = wedge;
	fake *f = fake_plug(&wedge);
	struct desk d;

	(void)state;
	desk_open(&d, named);
	desk_expect(&d, "attached");
	expect_state(&d, "attached", "");
	fake_unplug(f);
	desk_expect(&d, "gone");
	assert_non_null(strstr(d.words, "0c2e:0204 was unplugged from port 1-1"));
	for (int i = 0; i < 10; i++) /* it looks for it meanwhile */
		desk_service(&d);
	expect_state(&d, "absent", "0c2e:0204 was unplugged from port 1-1");
	again.port = "1-3";
	again.address = 9;
	fake_plug(&again);
	desk_expect(&d, "back");
	assert_non_null(strstr(d.words, "at port 1-3, before at 1-1 (Example Scanner)"));
	expect_state(&d, "attached", "at port 1-3, before at 1-1");
	desk_close(&d);
}

/* Rights that come a moment after the plug are no news; those that do not come are an entry. */
static void rights_that_stay_away_after_a_replug_are_said_once(void **state)
{
	fake_config again = wedge;
	fake *f = fake_plug(&wedge);
	struct desk d;

	(void)state;
	desk_open(&d, named);
	desk_expect(&d, "attached");
	fake_unplug(f);
	desk_expect(&d, "gone");
	no_rights = true;
	again.address = 9;
	f = fake_plug(&again);
	desk_expect(&d, "missing");
	assert_non_null(strstr(d.words, "no right to open it"));
	expect_state(&d, "no-rights", "no right to open it");
	for (int i = 0; i < 20; i++)
		desk_service(&d);
	assert_string_equal(d.news, "");
	no_rights = false;
	desk_expect(&d, "back");
	desk_close(&d);
}

static void a_busy_device_after_a_replug_is_said(void **state)
{
	fake_config again = wedge;
	fake *f = fake_plug(&wedge);
	struct desk d;

	(void)state;
	desk_open(&d, named);
	desk_expect(&d, "attached");
	fake_unplug(f);
	desk_expect(&d, "gone");
	again.address = 9;
	again.no_event = true;
	again.no_driver = true;
	f = fake_plug(&again);
	fake_busy(f, true);
	desk_expect(&d, "missing");
	expect_state(&d, "in-use", "another program has it");
	fake_busy(f, false);
	desk_expect(&d, "back");
	desk_close(&d);
}

static void another_mode_is_not_absent(void **state)
{
	fake_config other = hid_pos;
	struct desk d;

	(void)state;
	fake_plug(&other);
	desk_open(&d, (tg_scanner_config){ .driver = "wedge", .serial = "S1", .suffix = TG_SUFFIX_CR });
	desk_expect(&d, "missing");
	expect_state(&d, "unsuitable", "is no keyboard: set it to keyboard mode");
	desk_close(&d);
}

/* ---- kept from the desktop ---- */

static void an_enforced_wedge_that_fails_is_not_handed_to_the_desktop(void **state)
{
	int64_t until_us = tg_mono_now_us() + LIMIT_US;
	tg_scanner_config keep = named;
	fake *f = fake_plug(&wedge);
	struct desk d;

	(void)state;
	keep.keep = true;
	keep.retry_ms = 600000; /* once */
	fake_refuse(f, 0x0B);   /* cannot be made ready */
	desk_open(&d, keep);
	desk_expect(&d, "missing");
	expect_driver(f, "");
	desk_close(&d);
	fake_refuse(f, 0);
	desk_open(&d, keep);
	desk_expect(&d, "attached");
	while (strstr(d.news, "gone") == NULL && tg_mono_now_us() < until_us) { /* cannot be read, and in the end is reset */
		fake_fail(f, EPROTO);
		desk_service(&d);
	}
	assert_non_null(strstr(d.news, "gone"));
	expect_driver(f, "");
	desk_close(&d);
	expect_driver(f, "");
}

/* ---- listened to ---- */

static tg_device find(const char *driver)
{
	tg_device *list, found = { 0 };
	size_t count;

	assert_int_equal(tg_devices_list(&list, &count, NULL, NULL), TG_OK);
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].driver, driver) == 0)
			found = list[i];
	free(list);
	assert_string_equal(found.driver, driver);
	return found;
}

static void hear(tg_listen *l)
{
	int64_t until_us = tg_mono_now_us() + LIMIT_US;

	while (!tg_learn_is_over(tg_listen_heard(l), tg_mono_now_us()) && tg_mono_now_us() < until_us) {
		struct pollfd p = { .fd = tg_listen_fd(l), .events = POLLIN };

		poll(&p, 1, 20);
		assert_int_equal(tg_listen_service(l, tg_mono_now_us(), NULL), TG_OK);
	}
}

static void type(fake *f, const char *digits)
{
	for (; *digits != '\0'; digits++) {
		fake_send(f, (const uint8_t[8]){ 0, 0, *digits == '0' ? 0x27 : (uint8_t)(0x1E + *digits - '1') }, 8);
		fake_send(f, (const uint8_t[8]){ 0 }, 8);
	}
}

static void a_wedge_is_listened_to_told_nothing_and_given_back(void **state)
{
	fake *f = fake_plug(&wedge);
	tg_device device = find("wedge");
	tg_learned found;
	tg_listen *l;
	char told[256];

	(void)state;
	assert_int_equal(tg_listen_open(&l, &device, NULL, NULL), TG_OK);
	expect_driver(f, "usbfs");
	type(f, "9529990000018");
	hear(l);
	tg_learn_end(&found, tg_listen_heard(l), "9529990000018");
	assert_true(found.expected);
	assert_string_equal(found.suffix, "none");
	tg_listen_close(l);
	expect_driver(f, "usbhid");
	fake_told(f, told, sizeof(told));
	assert_string_equal(told, "");
}

static void a_wedge_that_a_gate_keeps_is_listened_to_and_stays_kept(void **state)
{
	fake_config kept = wedge;
	tg_device device;
	tg_listen *l;
	fake *f;

	(void)state;
	kept.no_driver = true;
	f = fake_plug(&kept);
	device = find("wedge");
	assert_int_equal(tg_listen_open(&l, &device, NULL, NULL), TG_OK);
	tg_listen_close(l);
	expect_driver(f, "");
}

static void a_hid_pos_scanner_is_listened_to_and_told_nothing(void **state)
{
	uint8_t sent[64] = { 2, 13, ']', 'E', '0' };
	fake *f = fake_plug(&hid_pos);
	tg_device device = find("hid-pos");
	tg_learned found;
	tg_listen *l;
	char told[256];

	(void)state;
	memcpy(sent + 5, "9529990000018", 13);
	assert_int_equal(tg_listen_open(&l, &device, NULL, NULL), TG_OK);
	fake_send(f, sent, sizeof(sent));
	hear(l);
	tg_learn_end(&found, tg_listen_heard(l), "9529990000018");
	assert_true(found.expected);
	assert_true(found.aim);
	tg_listen_close(l);
	expect_driver(f, "usbhid");
	fake_told(f, told, sizeof(told)); /* not even the redirection that a lane sends this maker's */
	assert_string_equal(told, "");
}

static void one_that_is_busy_is_not_taken(void **state)
{
	fake *f = fake_plug(&wedge);
	tg_device device = find("wedge");
	tg_error err = { 0 };
	tg_listen *l;

	(void)state;
	fake_busy(f, true);
	assert_int_equal(tg_listen_open(&l, &device, NULL, &err), TG_EBUSY);
	assert_non_null(strstr(err.msg, "another program has it"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(unplugged_stays_said_and_back_says_where_it_is_and_was, start, stop),
		cmocka_unit_test_setup_teardown(rights_that_stay_away_after_a_replug_are_said_once, start, stop),
		cmocka_unit_test_setup_teardown(a_busy_device_after_a_replug_is_said, start, stop),
		cmocka_unit_test_setup_teardown(another_mode_is_not_absent, start, stop),
		cmocka_unit_test_setup_teardown(an_enforced_wedge_that_fails_is_not_handed_to_the_desktop, start, stop),
		cmocka_unit_test_setup_teardown(a_wedge_is_listened_to_told_nothing_and_given_back, start, stop),
		cmocka_unit_test_setup_teardown(a_wedge_that_a_gate_keeps_is_listened_to_and_stays_kept, start, stop),
		cmocka_unit_test_setup_teardown(a_hid_pos_scanner_is_listened_to_and_told_nothing, start, stop),
		cmocka_unit_test_setup_teardown(one_that_is_busy_is_not_taken, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

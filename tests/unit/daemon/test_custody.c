/* SPDX-License-Identifier: Apache-2.0
 *
 * test_custody.c - who has a scanner when the gate stops, dies, or is asked to let go; and what the list says of it. With USB devices that
 * are not there, behind the real libusb, and a real station.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/daemon/custody.h"
#include "plugin/daemon/lane.h"
#include "plugin/station/api.h"
#include "store/base/utc.h"
#include "tests/unit/drivers/descriptors.h"
#include "tests/unit/drivers/fake_usb.h"
#include "tests/unit/station/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLENTY_MS 60000 /* on a machine that does much else at the same time */

static const fake_config wedge = { .port = "1-1",
	.address = 5,
	.vendor = 0x1a86,
	.product = 0xe026,
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
#define WEDGE "usb-1a86:e026-at-1-1"

/* Lane "till-1" types, lane "till-2" is a HID POS scanner, lane "till-3" is at a port that is not there. */
static tg_config config = { .lane_count = 3,
	.lanes = { { .operation = TG_OP_SALE, .scanner = { .name = "till-1", .driver = "wedge", .usb = "1a86:e026", .suffix = TG_SUFFIX_CR, .retry_ms = 20 } },
		{ .operation = TG_OP_SALE, .scanner = { .name = "till-2", .driver = "hid-pos", .usb = "any", .retry_ms = 20 } },
		{ .operation = TG_OP_GOODS_IN, .scanner = { .name = "till-3", .driver = "serial", .path = "/dev/tillgate-no-such-port" } } } };

static int start(void **state)
{
	fake_start();
	return fixture_setup_synced(state);
}

static int stop(void **state)
{
	fake_stop();
	return fixture_teardown(state);
}

static void expect_driver(fake *f, const char *wanted)
{
	char driver[16];

	fake_driver(f, driver);
	assert_string_equal(driver, wanted);
}

/* ---- the daemon stops ---- */

static void wait_attached(tg_lane *lane)
{
	for (int i = 0; i < PLENTY_MS; i++) {
		tg_json *list = tg_json_new_array();
		bool attached;

		tg_lane_describe(lane, list);
		attached = tg_json_bool(tg_json_get(tg_json_first(list), "attached"));
		tg_json_free(list);
		if (attached)
			return;
		usleep(1000);
	}
	fail_msg("not attached");
}

static void run_lane(station_fixture *f, size_t lane)
{
	tg_station *station = fixture_open(f, true);
	tg_lane *running = NULL;
	tg_error err = { 0 };

	if (tg_lane_start(&running, &config.lanes[lane], station, &err) != TG_OK)
		fail_msg("%s", err.msg);
	wait_attached(running);
	tg_lane_stop(running);
	tg_station_close(station);
}

static void a_wedge_stays_from_the_desktop_when_an_enforcing_gate_stops(void **state)
{
	fake *f = fake_plug(&wedge);

	run_lane(*state, 0);
	expect_driver(f, "");
}

static void a_wedge_is_given_back_when_an_observing_gate_stops(void **state)
{
	station_fixture *fixture = *state;
	fake *f = fake_plug(&wedge);

	fixture->mode = "observe";
	fixture_sync(fixture, 1, 2, tg_utc_now_us());
	run_lane(fixture, 0);
	expect_driver(f, "usbhid");
}

static void a_hid_pos_scanner_is_always_given_back(void **state)
{
	fake *f = fake_plug(&hid_pos);

	run_lane(*state, 1);
	expect_driver(f, "usbhid");
}

/* ---- the daemon dies ---- */

static char after[512];

static void said(void *ctx, const tg_device *device, const char *lane, bool kept, const tg_error *why)
{
	size_t n = strlen(after);

	(void)ctx;
	snprintf(after + n, sizeof(after) - n, "%s:%s:%s:%s ", lane, device->driver, kept ? "kept" : "given", why->code == TG_OK ? "ok" : why->msg);
}

/* As a kill leaves it: nobody has the interfaces. */
static void what_died_gives_back_all_but_the_wedges_that_are_enforced(void **state)
{
	static const struct {
		bool enforced;
		const char *wedge, *said;
	} cases[] = {
		{ true, "", "till-2:hid-pos:given:ok till-1:wedge:kept:ok " },
		{ false, "usbhid", "till-2:hid-pos:given:ok till-1:wedge:given:ok " },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		fake_config left = wedge, other = hid_pos;
		bool enforced[TG_OP_COUNT] = { 0 };
		fake *f, *g;

		left.no_driver = other.no_driver = true;
		left.address += (int)i * 10; /* plugged in again */
		other.address += (int)i * 10;
		f = fake_plug(&left);
		g = fake_plug(&other);
		enforced[TG_OP_SALE] = cases[i].enforced;
		after[0] = '\0';
		assert_int_equal(tg_custody_after_daemon(&config, enforced, said, NULL, NULL), TG_OK);
		assert_string_equal(after, cases[i].said);
		expect_driver(f, cases[i].wedge);
		expect_driver(g, "usbhid");
		fake_unplug(f);
		fake_unplug(g);
	}
}

/* ---- somebody asks for it ---- */

static tg_json *lanes; /* what a daemon would say; NULL: none runs */

static int list(void *ctx, tg_json **out, tg_error *err)
{
	return tg_inventory_make(out, ctx, lanes, NULL, err);
}

static int kept(void *ctx, const char *name, char device[TG_STATION_DEVICE_SIZE], tg_error *err)
{
	return tg_custody_find(ctx, lanes, name, device, TG_STATION_DEVICE_SIZE, err);
}

static int give_back(void *ctx, const char *device, tg_error *err)
{
	(void)ctx;
	return tg_custody_give_back(device, err);
}

static const tg_station_devices devices = { list, kept, give_back };

static int ask(tg_buf *body, tg_station *station, bool owner, const char *method, const char *path, const char *json)
{
	tg_api_request request = { .method = method, .path = path, .query = "", .body = tg_view_of(json, strlen(json)), .owner = owner };
	tg_api_reply reply = { 0 };
	int status;

	tg_api_handle(&reply, station, &request);
	status = reply.status;
	tg_buf_init(body, 1 << 20);
	tg_buf_append(body, reply.body.data, reply.body.len);
	tg_api_reply_fini(&reply);
	return status;
}

static void expect_answer(tg_station *station, bool owner, const char *json, int status, const char *words)
{
	tg_buf body;
	int found = ask(&body, station, owner, "POST", "/v1/devices/release", json);

	if (found != status || strstr(tg_buf_text(&body), words) == NULL)
		fail_msg("%s: %d %s", json, found, tg_buf_text(&body));
	tg_buf_fini(&body);
}

static tg_station *open_with_devices(station_fixture *f)
{
	tg_station_options options = { .who = "test", .devices = &devices, .ctx = &config };
	tg_station *station;
	tg_error err = { 0 };

	if (tg_station_open(&station, &f->paths, &options, &err) != TG_OK)
		fail_msg("%s", err.msg);
	return station;
}

static void a_kept_wedge_is_released_by_its_owner_and_that_is_an_entry(void **state)
{
	tg_station *station = open_with_devices(*state);
	fake_config left = wedge;
	fake *f;
	char *log;

	left.no_driver = true;
	f = fake_plug(&left);
	expect_answer(station, false, "{\"device\":\"" WEDGE "\",\"who\":\"anna\",\"why\":\"gate is broken\"}", 403, "only root");
	expect_answer(station, true, "{\"device\":\"" WEDGE "\",\"who\":\"anna\",\"why\":\"\"}", 400, "why");
	expect_answer(station, true, "{\"device\":\"" WEDGE "\",\"who\":\"anna\",\"why\":\"a\\u202eb\"}", 400, "why");
	expect_answer(station, true, "{\"device\":\"" WEDGE "\",\"who\":\"an na\",\"why\":\"x\"}", 400, "");
	expect_answer(station, true, "{\"device\":\"none\",\"who\":\"anna\",\"why\":\"x\"}", 404, "no device or lane");
	expect_answer(station, true, "{\"device\":\"till-3\",\"who\":\"anna\",\"why\":\"x\"}", 404, "not plugged in");
	expect_driver(f, "");
	log = fixture_log(station);
	assert_int_equal(fixture_count(log, "\"event\":\"released\""), 0);
	free(log);
	/* by the lane's name */
	expect_answer(station, true, "{\"device\":\"till-1\",\"who\":\"anna\",\"why\":\"gate is broken\"}", 200, WEDGE);
	expect_driver(f, "usbhid");
	log = fixture_log(station);
	assert_int_equal(fixture_count(log, "\"device\":\"" WEDGE "\",\"event\":\"released\",\"kind\":\"device\""), 1);
	assert_int_equal(fixture_count(log, "\"words\":\"gate is broken\""), 1);
	assert_int_equal(fixture_count(log, "anna"), 0);
	free(log);
	/* somebody was quicker, and sysfs does not say so yet: what was written down is taken back in writing */
	expect_answer(station, true, "{\"device\":\"till-1\",\"who\":\"anna\",\"why\":\"x\"}", 503, "written down, but not given back");
	log = fixture_log(station);
	assert_int_equal(fixture_count(log, "\"event\":\"release-failed\""), 1);
	free(log);
	tg_station_close(station);
}

static void what_a_running_lane_reads_or_would_take_again_is_not_released(void **state)
{
	tg_station *station = open_with_devices(*state);
	fake_config left = wedge;
	tg_json *one = tg_json_new_object();
	fake *f;

	left.no_driver = true;
	f = fake_plug(&left);
	lanes = tg_json_new_array();
	tg_json_set_str(one, "name", "till-1");
	tg_json_add(lanes, one);
	expect_answer(station, true, "{\"device\":\"till-1\",\"who\":\"anna\",\"why\":\"x\"}", 409, "would take it again");
	tg_json_set_str(one, "device", WEDGE);
	tg_json_set_bool(one, "attached", true);
	expect_answer(station, true, "{\"device\":\"till-1\",\"who\":\"anna\",\"why\":\"x\"}", 409, "reads it");
	expect_driver(f, "");
	tg_json_free(lanes);
	lanes = NULL;
	tg_station_close(station);
}

static void several_interfaces_of_one_device_are_one_device(void **state)
{
	tg_device both[3] = { { .driver = "wedge", .name = WEDGE, .node = "/dev/bus/usb/001/005", .vendor = 0x1a86, .product = 0xe026, .port = "1-1" } };
	const tg_device *found = NULL;
	tg_error err = { 0 };

	(void)state;
	both[1] = both[2] = both[0];
	both[1].interface = 1;
	assert_int_equal(tg_inventory_find(&found, both, 2, &config, "till-1", &err), TG_OK);
	assert_ptr_equal(found, &both[0]);
	strcpy(both[2].node, "/dev/bus/usb/001/006"); /* two that bear one serial number */
	assert_int_equal(tg_inventory_find(&found, both, 3, &config, "till-1", &err), TG_ESTATE);
}

/* ---- the list ---- */

static void expect_list(tg_station *station, const char *part)
{
	tg_buf body;

	assert_int_equal(ask(&body, station, false, "GET", "/v1/devices", ""), 200);
	if (strstr(tg_buf_text(&body), part) == NULL)
		fail_msg("no %s in %s", part, tg_buf_text(&body));
	tg_buf_fini(&body);
}

static void the_list_joins_what_is_there_with_what_is_wanted(void **state)
{
	tg_station *station = fixture_open(*state, false);
	fake_config second = wedge;
	tg_json *one;
	tg_buf body;

	/* a command that is the station for another purpose has none */
	assert_int_equal(ask(&body, station, false, "GET", "/v1/devices", ""), 409);
	tg_buf_fini(&body);
	tg_station_close(station);
	station = open_with_devices(*state);

	expect_list(station, "\"daemon\":false,\"devices\":[],");
	expect_list(station, "\"name\":\"till-1\",\"operation\":\"sale\",\"scanner\":\"1a86:e026\",\"state\":\"absent\",\"why\":\"no keyboard (1a86:e026) is plugged in\"");
	expect_list(station, "\"state\":\"absent\",\"why\":\"no serial port (/dev/tillgate-no-such-port) is plugged in\"");
	fake_plug(&wedge);
	fake_plug(&hid_pos);
	expect_list(station, "\"name\":\"" WEDGE "\",\"node\":\"/dev/bus/usb/001/005\",\"port\":\"1-1\"");
	expect_list(station, "\"lane\":\"till-1\"");
	expect_list(station, "\"state\":\"ready\",\"why\":\"it types into the desktop until tillgated runs\"");
	second.port = "1-3";
	second.address = 9;
	fake_plug(&second);
	expect_list(station, "\"state\":\"unsuitable\",\"why\":\"several devices fit: " WEDGE ", usb-1a86:e026-at-1-3\"");
	/* a daemon that has one of them, and has not read the file since the other two were put in */
	lanes = tg_json_new_array();
	one = tg_json_new_object();
	tg_json_set_str(one, "name", "till-2");
	tg_json_set_str(one, "device", "usb-0c2e:0b81-S1");
	tg_json_set_bool(one, "attached", true);
	tg_json_set_str(one, "state", "attached");
	tg_json_add(lanes, one);
	expect_list(station, "\"lane\":\"till-2\",\"name\":\"usb-0c2e:0b81-S1\",\"node\":\"/dev/bus/usb/001/006\",\"port\":\"1-2\",\"product\":\"Example "
			     "Scanner\",\"serial\":\"S1\",\"state\":\"gate\"");
	expect_list(station, "\"name\":\"till-2\",\"operation\":\"sale\",\"scanner\":\"any\",\"state\":\"attached\"");
	expect_list(station, "\"state\":\"unread\"");
	tg_json_free(lanes);
	lanes = NULL;
	tg_station_close(station);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_wedge_stays_from_the_desktop_when_an_enforcing_gate_stops, start, stop),
		cmocka_unit_test_setup_teardown(a_wedge_is_given_back_when_an_observing_gate_stops, start, stop),
		cmocka_unit_test_setup_teardown(a_hid_pos_scanner_is_always_given_back, start, stop),
		cmocka_unit_test_setup_teardown(what_died_gives_back_all_but_the_wedges_that_are_enforced, start, stop),
		cmocka_unit_test_setup_teardown(a_kept_wedge_is_released_by_its_owner_and_that_is_an_entry, start, stop),
		cmocka_unit_test_setup_teardown(what_a_running_lane_reads_or_would_take_again_is_not_released, start, stop),
		cmocka_unit_test(several_interfaces_of_one_device_are_one_device),
		cmocka_unit_test_setup_teardown(the_list_joins_what_is_there_with_what_is_wanted, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

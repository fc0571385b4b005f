/* SPDX-License-Identifier: Apache-2.0
 *
 * test_config.c - tillgate.conf: what it gives, and where it says that something is wrong.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/daemon/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/tillgate-config-XXXXXX";

static int read_text(tg_config *config, const char *text, tg_error *err)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return tg_config_read(config, path, err);
}

static void a_whole_file_is_understood(void **state)
{
	static tg_config c;
	tg_error err = { 0 };

	(void)state;
	if (read_text(&c,
		    "# two lanes\n"
		    "api { socket-mode = 0600 }\n"
		    "lane \"till-1\" {\n"
		    "  scanner { path = \"/dev/scanner\" line = \"115200 8N1 rtscts\" framing = crlf aim = "
		    "true }\n"
		    "  output { path = \"/run/till\" suffix = lf send-aim = true timeout-ms = 750 }\n"
		    "}\n"
		    "lane goods-in {\n"
		    "  operation = goods-in\n"
		    "  destination = ni\n"
		    "  scanner { path = \"/dev/other\" separator = \"~1\" set-identifier = true }\n"
		    "}\n",
		    &err) != TG_OK)
		fail_msg("%s", err.msg);
	assert_int_equal(c.socket_mode, 0600);
	assert_int_equal(c.lane_count, 2);
	assert_int_equal(c.lanes[0].operation, TG_OP_SALE);
	assert_int_equal(c.lanes[0].destination, TG_DEST_GB);
	assert_string_equal(c.lanes[0].scanner.name, "till-1");
	assert_string_equal(c.lanes[0].scanner.path, "/dev/scanner");
	assert_int_equal(c.lanes[0].scanner.framing, TG_FRAME_CRLF);
	assert_int_equal(c.lanes[0].scanner.line.baud, 115200);
	assert_true(c.lanes[0].scanner.aim);
	assert_true(c.lanes[0].has_output);
	assert_int_equal(c.lanes[0].output.kind, TG_OUTPUT_PTY);
	assert_int_equal(c.lanes[0].output.suffix, TG_OUTPUT_SUFFIX_LF);
	assert_true(c.lanes[0].output.send_aim);
	assert_int_equal(c.lanes[0].output_timeout_ms, 750);
	assert_int_equal(c.lanes[1].operation, TG_OP_GOODS_IN);
	assert_int_equal(c.lanes[1].destination, TG_DEST_NI);
	assert_int_equal(c.lanes[1].scanner.framing, TG_FRAME_AUTO);
	assert_false(c.lanes[1].has_output);
	assert_string_equal(c.lanes[0].setup.separator, "");
	assert_false(c.lanes[0].setup.set_identifier);
	assert_string_equal(c.lanes[1].setup.separator, "~1");
	assert_true(c.lanes[1].setup.set_identifier);
	tg_config_fini(&c);
}

static void usb_scanners_are_understood(void **state)
{
	static tg_config c;
	tg_error err = { 0 };

	(void)state;
	if (read_text(&c,
		    "lane a { scanner { driver = hid-pos usb = any aim = true } }\n"
		    "lane b { scanner { driver = hid-pos usb = \"0c2e:0b81\" serial = \"S 1\" suffix = cr } }\n"
		    "lane c { scanner { driver = wedge port = \"1-1.4\" layout = \"de(nodeadkeys)\" prefix = \"$\" suffix = none gap-ms = 80 } }\n"
		    "lane d { scanner { driver = wedge usb = \"05e0:1200\" } }\n",
		    &err) != TG_OK)
		fail_msg("%s", err.msg);
	assert_string_equal(c.lanes[0].scanner.driver, "hid-pos");
	assert_string_equal(c.lanes[0].scanner.usb, "any");
	assert_int_equal(c.lanes[0].scanner.suffix, TG_SUFFIX_NONE);
	assert_string_equal(c.lanes[1].scanner.serial, "S 1");
	assert_int_equal(c.lanes[1].scanner.suffix, TG_SUFFIX_CR);
	assert_string_equal(c.lanes[2].scanner.port, "1-1.4");
	assert_string_equal(c.lanes[2].scanner.layout, "de(nodeadkeys)");
	assert_string_equal(c.lanes[2].scanner.prefix, "$");
	assert_int_equal(c.lanes[2].scanner.suffix, TG_SUFFIX_NONE);
	assert_int_equal(c.lanes[2].scanner.gap_ms, 80);
	assert_string_equal(c.lanes[3].scanner.layout, "us");
	assert_int_equal(c.lanes[3].scanner.suffix, TG_SUFFIX_CR);
	tg_config_fini(&c);
}

static void the_way_to_head_office_is_understood(void **state)
{
	static tg_config c;
	tg_error err = { 0 };

	(void)state;
	if (read_text(&c,
		    "sync {\n"
		    "  interval = 600\n"
		    "  ca-file = \"/etc/tillgate/ca.pem\"\n"
		    "  credential-file = \"/etc/tillgate/secret/credential\"\n"
		    "  client-certificate = \"/c.pem\"\n"
		    "  client-key = \"/k.pem\"\n"
		    "  allow-plain-credential = true\n"
		    "  proxy = \"http://proxy.example:3128\"\n"
		    "  proxy-credential-file = \"/p\"\n"
		    "  connect-timeout = 5\n"
		    "  download-timeout = 7200\n"
		    "}\n",
		    &err) != TG_OK)
		fail_msg("%s", err.msg);
	assert_int_equal(c.sync.interval_s, 600);
	assert_string_equal(c.sync.ca_file, "/etc/tillgate/ca.pem");
	assert_string_equal(c.sync.credential_file, "/etc/tillgate/secret/credential");
	assert_null(c.sync.token_file);
	assert_string_equal(c.sync.client_certificate, "/c.pem");
	assert_string_equal(c.sync.client_key, "/k.pem");
	assert_true(c.sync.allow_plain_credential);
	assert_string_equal(c.sync.proxy, "http://proxy.example:3128");
	assert_string_equal(c.sync.proxy_credential_file, "/p");
	assert_int_equal(c.sync.connect_timeout_s, 5);
	assert_int_equal(c.sync.download_timeout_s, 7200);
	tg_config_fini(&c);
	assert_int_equal(read_text(&c, "sync { proxy = none token-file = \"/t\" }\n", &err), TG_OK);
	assert_string_equal(c.sync.proxy, "");
	assert_string_equal(c.sync.token_file, "/t");
	assert_int_equal(c.sync.interval_s, 300);
	tg_config_fini(&c);
	assert_int_equal(read_text(&c, "", &err), TG_OK);
	assert_int_equal(c.sync.interval_s, 300);
	assert_null(c.sync.proxy);
	assert_false(c.sync.allow_plain_credential);
	tg_config_fini(&c);
}

static void no_file_and_an_empty_file_are_a_station_without_scanners(void **state)
{
	static tg_config c;
	tg_error err = { 0 };

	(void)state;
	assert_int_equal(read_text(&c, "# nothing yet\n", &err), TG_OK);
	assert_int_equal(c.lane_count, 0);
	assert_int_equal(c.socket_mode, 0660);
	tg_config_fini(&c);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(tg_config_read(&c, path, &err), TG_OK);
	assert_int_equal(c.lane_count, 0);
	tg_config_fini(&c);
}

#define LANE "lane \"a\" {\n"
#define SCANNER "scanner { path = \"/dev/s\" }\n"

static const struct {
	const char *what, *text;
	int line;
	const char *words;
} bad[] = {
	{ "an option nobody knows", LANE SCANNER "\ncolour = red\n}\n", 4, "colour" },
	{ "a section nobody knows", "\n\nscreen { }\n", 3, "screen" },
	{ "a word that is no operation", LANE SCANNER "operation = gift\n}\n", 3, "operation" },
	{ "a word that is no destination", LANE "destination = fr\n" SCANNER "}\n", 2, "destination" },
	{ "a lane without scanner", LANE "operation = sale\n}\n", 3, "scanner" },
	{ "a lane with two scanners", LANE SCANNER SCANNER "}\n", 3, "second scanner" },
	{ "a scanner without path", LANE "scanner { aim = true }\n}\n", 2, "path" },
	{ "a driver nobody has", LANE "scanner {\ndriver = ps2\n}\n}\n", 3, "serial, hid-pos, wedge" },
	{ "a USB scanner with a path", LANE "scanner {\ndriver = hid-pos\nusb = any\npath = \"/dev/s\"\n}\n}\n", 6, "driver hid-pos has no option path" },
	{ "a serial scanner with a USB id", LANE "scanner {\npath = \"/dev/s\"\nusb = any\n}\n}\n", 5, "driver serial has no option usb" },
	{ "a layout for a scanner that does not type", LANE "scanner {\ndriver = hid-pos\nusb = any\nlayout = gb\n}\n}\n", 6, "no option layout" },
	{ "a USB scanner that is not named", LANE "scanner {\ndriver = hid-pos\n}\n}\n", 4, "wanted usb, serial or port" },
	{ "an id that is none", LANE "scanner {\ndriver = hid-pos\nusb = \"0c2e\"\n}\n}\n", 5, "VENDOR:PRODUCT" },
	{ "a port that is none", LANE "scanner {\ndriver = hid-pos\nport = \"/dev/usb\"\n}\n}\n", 5, "tillgate devices" },
	{ "any wedge", LANE "scanner {\ndriver = wedge\nusb = any\nport = \"1-1\"\n}\n}\n", 6, "somebody's keyboard" },
	{ "a suffix nobody types", LANE "scanner {\ndriver = wedge\nport = \"1-1\"\nsuffix = enter\n}\n}\n", 5, "none, cr, lf, crlf, tab" },
	{ "a set whose labels wait for answers", LANE "scanner {\npath = \"/dev/s\"\nset-identifier = true\nprofile = datalogic\nhandshake = ack\n}\n}\n", 7, "set-identifier" },
	{ "a gap that is a pause for tea", LANE "scanner {\ndriver = wedge\nport = \"1-1\"\ngap-ms = 60000\n}\n}\n", 6, "gap-ms" },
	{ "a long prefix", LANE "scanner {\ndriver = wedge\nport = \"1-1\"\nprefix = \"123456789012345678901234567890123\"\n}\n}\n", 6, "prefix" },
	{ "a path that is not absolute", LANE "\nscanner {\npath = \"ttyS0\"\n}\n}\n", 4, "path" },
	{ "a framing nobody knows", LANE "scanner {\npath = \"/dev/s\"\nframing = nul\n\n}\n}\n", 4,
		"framing" },
	{ "a line setting nobody knows", LANE "scanner {\nline = \"fast\"\npath = \"/dev/s\"\n}\n}\n", 3,
		"line" },
	{ "a truth that is none", LANE "scanner {\npath = \"/dev/s\"\naim = perhaps\n}\n}\n", 4, "aim" },
	{ "a separator of digits", LANE "scanner {\npath = \"/dev/s\"\nseparator = \"29\"\n}\n}\n", 4, "separator" },
	{ "a separator of nothing", LANE "scanner {\npath = \"/dev/s\"\nseparator = \"\"\n}\n}\n", 4, "separator" },
	{ "a separator with a space", LANE "scanner {\npath = \"/dev/s\"\nseparator = \"~ 1\"\n}\n}\n", 4, "separator" },
	{ "a separator too long", LANE "scanner {\npath = \"/dev/s\"\nseparator = \"<<FNC1>>\"\n}\n}\n", 4, "separator" },
	{ "an output without path", LANE SCANNER "output { suffix = cr }\n}\n", 3, "path" },
	{ "a suffix nobody knows", LANE SCANNER "output {\npath = \"/t\"\nsuffix = tab\n}\n}\n", 5,
		"suffix" },
	{ "a kind nobody knows", LANE SCANNER "output {\npath = \"/t\"\nkind = usb\n}\n}\n", 5, "kind" },
	{ "a timeout of nothing", LANE SCANNER "output {\npath = \"/t\"\ntimeout-ms = 0\n}\n}\n", 5,
		"timeout-ms" },
	{ "a timeout of an hour", LANE SCANNER "output {\npath = \"/t\"\ntimeout-ms = 3600000\n}\n}\n", 5,
		"timeout-ms" },
	{ "a number that is none", LANE SCANNER "output {\npath = \"/t\"\ntimeout-ms = soon\n}\n}\n", 5,
		"timeout-ms" },
	{ "two outputs", LANE SCANNER "output { path = \"/t\" }\noutput { path = \"/u\" }\n}\n", 4,
		"second output" },
	{ "a lane's name twice", LANE SCANNER "}\n" LANE SCANNER "}\n", 4, "a" },
	{ "a lane's name that no entry can hold", "lane \"till 1\" {\n" SCANNER "}\n", 3, "till 1" },
	{ "a bracket that is never closed", LANE SCANNER, 4, "not closed" },
	{ "an interval of a second", "sync {\ninterval = 1\n}\n", 2, "interval" },
	{ "an interval of a week", "sync {\n\ninterval = 604800\n}\n", 3, "60 to 86400" },
	{ "a credential from a relative path", "sync {\ncredential-file = \"secret\"\n}\n", 2, "credential-file" },
	{ "a credential and a token", "sync {\ncredential-file = \"/a\"\ntoken-file = \"/b\"\n}\n", 4, "wanted one" },
	{ "a certificate without its key", "sync {\nclient-certificate = \"/a\"\n}\n", 3, "client-key" },
	{ "a password in the proxy's address", "sync {\nproxy = \"http://u:hunter2@proxy\"\n}\n", 2, "proxy-credential-file" },
	{ "a proxy of another kind", "sync {\nproxy = \"socks5://proxy\"\n}\n", 2, "http://HOST:PORT" },
	{ "a proxy's credential without a proxy", "sync {\nproxy-credential-file = \"/a\"\n}\n", 3, "no proxy" },
	{ "a password itself", "sync {\npassword = \"hunter2\"\n}\n", 2, "password" },
	{ "an endless download", "sync {\ndownload-timeout = 86401\n}\n", 2, "download-timeout" },
	{ "a mode that is none", "api {\nsocket-mode = 99999\n}\n", 2, "socket-mode" },
};

static void what_is_wrong_is_named_with_its_line(void **state)
{
	static tg_config c;
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < TG_COUNT(bad); i++) {
		char place[64];
		tg_error err = { 0 };
		int rc = read_text(&c, bad[i].text, &err);

		snprintf(place, sizeof(place), "%s:%d:", path, bad[i].line);
		if (rc == TG_EFORMAT && strstr(err.msg, place) != NULL &&
			strstr(err.msg, bad[i].words) != NULL && c.owned == NULL)
			continue;
		print_error("%s: %s, \"%s\"; wanted line %d\n", bad[i].what, tg_strerror(rc), err.msg,
			bad[i].line);
		failed++;
		tg_config_fini(&c);
	}
	assert_int_equal(failed, 0);
}

static void thirty_two_lanes_are_the_most(void **state)
{
	static tg_config c;
	static char text[8192];
	tg_error err = { 0 };
	size_t n = 0;

	(void)state;
	for (int i = 0; i < TG_LANES_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "lane l%d { " SCANNER "}\n", i);
	assert_int_equal(read_text(&c, text, &err), TG_OK);
	assert_int_equal(c.lane_count, TG_LANES_MAX);
	tg_config_fini(&c);
	snprintf(text + n, sizeof(text) - n, "lane more { " SCANNER "}\n");
	assert_int_equal(read_text(&c, text, &err), TG_EFORMAT);
	assert_non_null(strstr(err.msg, "more than 32"));
}

static void a_file_that_cannot_be_read_is_said(void **state)
{
	static tg_config c;
	tg_error err = { 0 };

	(void)state;
	assert_int_not_equal(tg_config_read(&c, "/tmp", &err), TG_OK);
	assert_non_null(strstr(err.msg, "/tmp"));
}

static int set_up(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/tillgate-config-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	return close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILE(a_whole_file_is_understood),
		WITH_FILE(usb_scanners_are_understood),
		WITH_FILE(the_way_to_head_office_is_understood),
		WITH_FILE(no_file_and_an_empty_file_are_a_station_without_scanners),
		WITH_FILE(what_is_wrong_is_named_with_its_line),
		WITH_FILE(thirty_two_lanes_are_the_most),
		WITH_FILE(a_file_that_cannot_be_read_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

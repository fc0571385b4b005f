/* SPDX-License-Identifier: Apache-2.0
 *
 * test_serial.c - a serial scanner from plug to unplug and back. Time is the test's: it is passed in, never
 * waited for.
 */
#include "drivers/profiles/profile.h"
#include "drivers/profiles/ssi.h"

#include "store/base/utc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/serial.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "tests/unit/drivers/line.h"

#define PLENTY_MS 10000
#define SECOND_US INT64_C(1000000)

struct desk {
	struct line line;
	tg_scanner *scanner;
	int64_t now_us;
	char news[1024]; /* "attached scan(9524) gone(3) back" */
	tg_scan last;
	tg_scanner_event event;
};

/* The kernel's count of lost bytes is the test's, because a pseudo-terminal loses none. */
static int overruns = -1;
int __real_ioctl(int fd, unsigned long request, void *arg);
int __wrap_ioctl(int fd, unsigned long request, void *arg);

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	if (request == TIOCGICOUNT && overruns >= 0) {
		*(struct serial_icounter_struct *)arg =
			(struct serial_icounter_struct){ .overrun = overruns };
		return 0;
	}
	return __real_ioctl(fd, request, arg);
}

/* A line that takes nothing, and how often that was tried. */
static bool stuck;
static int written;
int __real_tg_port_write(tg_port *port, const void *data, size_t len, int timeout_ms, tg_error *err);
int __wrap_tg_port_write(tg_port *port, const void *data, size_t len, int timeout_ms, tg_error *err);

int __wrap_tg_port_write(tg_port *port, const void *data, size_t len, int timeout_ms, tg_error *err)
{
	written++;
	return stuck ? TG_EBUSY : __real_tg_port_write(port, data, len, timeout_ms, err);
}

static void add(struct desk *d, const char *text)
{
	if (d->news[0] != '\0')
		strcat(d->news, " ");
	strncat(d->news, text, sizeof(d->news) - strlen(d->news) - 1);
}

static void on_scan(void *user, const tg_scan *scan)
{
	struct desk *d = user;
	char text[256];

	snprintf(text, sizeof(text), "scan(%s%.*s)", scan->aim, (int)(scan->len < 100 ? scan->len : 100),
		(const char *)scan->data);
	add(d, text);
	d->last = *scan;
}

static void on_event(void *user, const tg_scanner_event *event)
{
	struct desk *d = user;
	char text[64];

	snprintf(text, sizeof(text), "%s", tg_scanner_event_name(event->kind));
	if (event->len_bytes > 0 || event->count > 1)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "(%zu)", event->len_bytes);
	if (event->count > 1)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "x%u", (unsigned)event->count);
	add(d, text);
	assert_string_equal(event->device, "till-1");
	d->event = *event;
}

static void open_scanner(struct desk *d, const tg_scanner_config *extra)
{
	tg_scanner_config config = extra == NULL ? (tg_scanner_config){ 0 } : *extra;
	tg_scanner_sink sink = { on_scan, on_event, d };
	tg_error err = { 0 };

	config.name = "till-1";
	config.path = d->line.path;
	if (tg_scanner_open(&d->scanner, &config, &sink, &err) != TG_OK)
		fail_msg("%s", err.msg);
	d->now_us = tg_mono_now_us();
}

/* What a poll loop does once; waits for input only where the test knows that there is some. */
static void service(struct desk *d, bool input_due)
{
	struct pollfd p = { .fd = tg_scanner_fd(d->scanner), .events = POLLIN };

	poll(&p, 1, input_due ? PLENTY_MS : 0);
	tg_scanner_service(d->scanner, p.revents, d->now_us);
}

static void send_and_service(struct desk *d, const char *text)
{
	line_send(&d->line, text);
	line_arrived(tg_scanner_fd(d->scanner), strlen(text));
	service(d, true);
}

static void assert_news(struct desk *d, const char *wanted)
{
	assert_string_equal(d->news, wanted);
	d->news[0] = '\0';
}

static void a_scan_arrives_with_its_device_identifier_and_times(void **state)
{
	struct desk *d = *state;
	tg_scanner_info info;
	int64_t before_us = tg_utc_now_us();

	line_plug(&d->line);
	open_scanner(d, &(tg_scanner_config){ .aim = true });
	assert_news(d, "attached");
	assert_non_null(strstr(d->event.words, "by termios"));
	send_and_service(d, "]d20109524000059109\r\n");
	assert_news(d, "scan(]d20109524000059109)");
	assert_string_equal(d->last.device, "till-1");
	assert_int_equal(d->last.len, 16);
	assert_int_equal(d->last.flags, 0);
	assert_true(d->last.mono_us == d->now_us && d->last.at_us >= before_us);
	send_and_service(d, "9524000059109\r");
	assert_int_equal(d->last.flags, TG_SCAN_AIM_MISSING);
	tg_scanner_describe(&info, d->scanner);
	assert_true(info.attached && info.scans == 2 && info.troubles == 0);
	assert_string_equal(info.device, ptsname(d->line.master));
	assert_string_equal(info.words, "");
}

static void nothing_is_due_while_nothing_happens(void **state)
{
	struct desk *d = *state;

	line_plug(&d->line);
	open_scanner(d, NULL);
	assert_int_equal(tg_scanner_timeout_ms(d->scanner, d->now_us), -1);
	send_and_service(d, "1\r");
	assert_int_equal(tg_scanner_timeout_ms(d->scanner, d->now_us), -1);
}

static void an_absent_scanner_is_said_once_and_attached_when_it_comes(void **state)
{
	struct desk *d = *state;
	tg_scanner_info info;

	open_scanner(d, NULL);
	assert_news(d, "missing");
	assert_int_equal(tg_scanner_fd(d->scanner), -1);
	d->now_us += TG_SCANNER_RETRY_MS * 1000;
	service(d, false);
	assert_news(d, "");
	tg_scanner_describe(&info, d->scanner);
	assert_false(info.attached);
	assert_non_null(strstr(info.words, "No such file"));
	line_plug(&d->line);
	service(d, false); /* not yet due */
	assert_news(d, "");
	assert_int_equal(tg_scanner_timeout_ms(d->scanner, d->now_us), TG_SCANNER_RETRY_MS);
	d->now_us += TG_SCANNER_RETRY_MS * 1000;
	assert_int_equal(tg_scanner_timeout_ms(d->scanner, d->now_us), 0);
	service(d, false);
	assert_news(d, "attached");
}

static void unplugged_in_a_label_then_plugged_in_elsewhere_the_next_scan_works(void **state)
{
	struct desk *d = *state;

	line_plug(&d->line);
	open_scanner(d, NULL);
	send_and_service(d, "95240");
	assert_news(d, "attached");
	line_unplug(&d->line);
	service(d, true);
	assert_news(d, "gone(5)");
	/* A hang-up that stayed in the poll set would spin. */
	assert_int_equal(tg_scanner_fd(d->scanner), -1);
	assert_int_equal(tg_scanner_timeout_ms(d->scanner, d->now_us), TG_SCANNER_RETRY_MS);
	line_plug(&d->line);
	d->now_us += TG_SCANNER_RETRY_MS * 1000;
	service(d, false);
	send_and_service(d, "9524000059109\r");
	assert_news(d, "back scan(9524000059109)");
}

static void the_last_scan_before_a_hang_up_is_not_lost(void **state)
{
	struct desk *d = *state;
	struct pollfd p = { .events = POLLIN };

	line_plug(&d->line);
	open_scanner(d, NULL);
	line_send(&d->line, "9524000059109\r");
	p.fd = tg_scanner_fd(d->scanner);
	assert_int_equal(poll(&p, 1, PLENTY_MS), 1);
	line_arrived(p.fd, 14);
	tg_scanner_service(d->scanner, POLLIN | POLLHUP, d->now_us);
	assert_news(d, "attached scan(9524000059109) gone");
}

static void a_busy_port_says_so_and_is_taken_when_it_is_free(void **state)
{
	struct desk *d = *state;
	tg_port *other = NULL;
	tg_line any = { 0 };

	line_plug(&d->line);
	assert_int_equal(tg_port_open(&other, d->line.path, &any, NULL), TG_OK);
	open_scanner(d, NULL);
	assert_news(d, "missing");
	assert_non_null(strstr(d->event.words, "another program"));
	tg_port_close(other);
	d->now_us += TG_SCANNER_RETRY_MS * 1000;
	service(d, false);
	assert_news(d, "attached");
}

static void silence_inside_a_label_drops_it(void **state)
{
	struct desk *d = *state;

	line_plug(&d->line);
	open_scanner(d, NULL);
	send_and_service(d, "95240");
	assert_int_equal(tg_scanner_timeout_ms(d->scanner, d->now_us), TG_SCANNER_SILENCE_MS);
	d->now_us += TG_SCANNER_SILENCE_MS * 1000;
	service(d, false);
	send_and_service(d, "9524000059109\r");
	assert_news(d, "attached cut(5) scan(9524000059109)");
}

static void late_service_is_not_taken_for_silence(void **state)
{
	struct desk *d = *state;

	line_plug(&d->line);
	open_scanner(d, NULL);
	send_and_service(d, "95240");
	d->now_us += 10 * SECOND_US;
	send_and_service(d, "00059109\r");
	assert_news(d, "attached scan(9524000059109)");
}

static void trouble_is_no_scan_and_its_bytes_are_not_told(void **state)
{
	struct desk *d = *state;
	tg_scanner_info info;

	line_plug(&d->line);
	open_scanner(d, NULL);
	send_and_service(d, "\x01secret\r");
	assert_news(d, "attached noise(7)");
	assert_null(strstr(d->event.words, "secret"));
	send_and_service(d, "\r");
	assert_news(d, "empty");
	send_and_service(d, "9524000059109\r");
	assert_news(d, "scan(9524000059109)");
	tg_scanner_describe(&info, d->scanner);
	assert_true(info.scans == 1 && info.troubles == 2);
}

static void a_babbling_line_is_one_event_a_second(void **state)
{
	struct desk *d = *state;

	line_plug(&d->line);
	open_scanner(d, NULL);
	for (int i = 0; i < 50; i++)
		send_and_service(d, "\x01\x02\r");
	assert_news(d, "attached noise(2)");
	assert_int_equal(tg_scanner_timeout_ms(d->scanner, d->now_us), TG_SCANNER_CROWD_MS);
	d->now_us += TG_SCANNER_CROWD_MS * 1000;
	service(d, false);
	assert_news(d, "noise(98)x49");
	assert_int_equal(tg_scanner_timeout_ms(d->scanner, d->now_us), -1);
}

static void a_megabyte_without_terminator_is_one_event(void **state)
{
	struct desk *d = *state;
	char block[1024];

	line_plug(&d->line);
	open_scanner(d, NULL);
	memset(block, '5', sizeof(block));
	for (int i = 0; i < 1024; i++) {
		assert_int_equal(write(d->line.master, block, sizeof(block)), sizeof(block));
		service(d, true);
	}
	line_send(&d->line, "\r9524000059109\r");
	while (strstr(d->news, "scan") == NULL)
		service(d, true);
	assert_news(d, "attached too-long(8193) scan(9524000059109)");
}

static void a_label_with_a_hole_is_dropped_and_the_next_one_is_not(void **state)
{
	struct desk *d = *state;

	overruns = 3;
	line_plug(&d->line);
	open_scanner(d, NULL);
	send_and_service(d, "9524000059109\r");
	assert_news(d, "attached scan(9524000059109)");
	overruns = 4;
	send_and_service(d, "95240000591\r");
	assert_news(d, "overflow(11)");
	send_and_service(d, "9524000059109\r");
	assert_news(d, "scan(9524000059109)");
	overruns = 5;
	send_and_service(d, "9524");
	send_and_service(d, "000059109\r");
	d->now_us += TG_SCANNER_CROWD_MS * 1000;
	service(d, false);
	send_and_service(d, "9524000059109\r");
	assert_news(d, "overflow(13) scan(9524000059109)");
	overruns = -1;
}

static void a_plain_scanner_cannot_be_told_and_is_never_written_to(void **state)
{
	struct desk *d = *state;
	tg_error err = { 0 };
	struct pollfd p = { .events = POLLIN };

	line_plug(&d->line);
	open_scanner(d, NULL);
	assert_int_equal(tg_scanner_can(d->scanner), 0);
	for (unsigned what = TG_FEEDBACK_GOOD; what <= TG_FEEDBACK_UNLOCK; what <<= 1)
		assert_int_equal(tg_scanner_feedback(d->scanner, (tg_feedback)what, &err), TG_ESTATE);
	assert_non_null(strstr(err.msg, "cannot be told"));
	p.fd = d->line.master;
	assert_int_equal(poll(&p, 1, 0), 0);
}

/* What the scanner's end of the line hears, as hexadecimal. */
static void assert_heard(struct desk *d, const char *wanted)
{
	char text[256] = "";
	uint8_t bytes[64];
	struct pollfd p = { .fd = d->line.master, .events = POLLIN };
	ssize_t n = 0;

	if (poll(&p, 1, wanted[0] != '\0' ? PLENTY_MS : 0) > 0)
		n = read(d->line.master, bytes, sizeof(bytes));
	for (ssize_t i = 0; i < n; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
	assert_string_equal(text, wanted);
}

static void a_profile_says_what_became_of_a_scan(void **state)
{
	static const struct {
		const char *profile;
		int handshake;
		tg_feedback what;
		const char *bytes;
	} cases[] = {
		{ "honeywell", TG_HANDSHAKE_HOST_ACK, TG_FEEDBACK_GOOD, "1b37" },
		{ "honeywell", TG_HANDSHAKE_HOST_ACK, TG_FEEDBACK_REJECT, "1b38" },
		{ "datalogic", TG_HANDSHAKE_ACK, TG_FEEDBACK_REJECT, "0646" },
		{ "datalogic", TG_HANDSHAKE_NONE, TG_FEEDBACK_LOCK, "44" },
		{ "ssi", TG_HANDSHAKE_NONE, TG_FEEDBACK_LOCK, "04ea0400ff0e" },
	};

	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		struct desk *d = *state;

		line_plug(&d->line);
		open_scanner(d, &(tg_scanner_config){ .profile = cases[i].profile, .handshake = cases[i].handshake });
		assert_int_equal(tg_scanner_feedback(d->scanner, cases[i].what, NULL), TG_OK);
		assert_heard(d, cases[i].bytes);
		tg_scanner_close(d->scanner);
		d->scanner = NULL;
		line_unplug(&d->line);
	}
}

static void a_scanner_that_waits_gets_an_answer_for_what_is_no_label(void **state)
{
	struct desk *d = *state;

	line_plug(&d->line);
	open_scanner(d, &(tg_scanner_config){ .profile = "honeywell", .handshake = TG_HANDSHAKE_ACK });
	send_and_service(d, "12\x01" "34\r");
	assert_heard(d, "15");
	send_and_service(d, "1234\r");
	assert_heard(d, "");
	assert_int_equal(tg_scanner_feedback(d->scanner, TG_FEEDBACK_GOOD, NULL), TG_OK);
	assert_heard(d, "06");
}

static void a_terminator_alone_is_not_refused(void **state)
{
	struct desk *d = *state;

	line_plug(&d->line);
	open_scanner(d, &(tg_scanner_config){ .profile = "honeywell", .handshake = TG_HANDSHAKE_ACK });
	send_and_service(d, "1234\r\r");
	assert_news(d, "attached scan(1234) empty");
	assert_heard(d, ""); /* NAK would bring the label again */
}

/* The lane answers within the call; what lies on the line by then was sent before. */
static void a_label_sent_again_before_it_was_answered_counts_once(void **state)
{
	struct desk *d = *state;

	line_plug(&d->line);
	open_scanner(d, &(tg_scanner_config){ .profile = "datalogic", .handshake = TG_HANDSHAKE_ACK });
	send_and_service(d, "9524000059109\r9524000059109\r9524000");
	assert_news(d, "attached scan(9524000059109) repeat(13)");
	send_and_service(d, "059109\r"); /* it had begun before the answer */
	d->now_us += TG_SCANNER_CROWD_MS * 1000;
	service(d, false);
	assert_news(d, "repeat(13)");
	send_and_service(d, "9524000059109\r");
	assert_news(d, "scan(9524000059109)");
	send_and_service(d, "9524000059109\r96385074\r");
	assert_news(d, "scan(9524000059109) scan(96385074)");
}

static void without_a_handshake_the_same_label_twice_is_two_scans(void **state)
{
	struct desk *d = *state;

	line_plug(&d->line);
	open_scanner(d, &(tg_scanner_config){ .profile = "datalogic" });
	send_and_service(d, "96385074\r96385074\r");
	assert_news(d, "attached scan(96385074) scan(96385074)");
}

static void a_line_that_takes_nothing_is_tried_once_a_call(void **state)
{
	struct desk *d = *state;

	line_plug(&d->line);
	open_scanner(d, &(tg_scanner_config){ .profile = "honeywell", .handshake = TG_HANDSHAKE_ACK });
	stuck = true;
	written = 0;
	send_and_service(d, "\x01\r\x01\r\x01\r\x01\r\x01\r");
	assert_int_equal(written, 1);
	send_and_service(d, "\x01\r\x01\r");
	assert_int_equal(written, 2);
	assert_int_equal(tg_scanner_feedback(d->scanner, TG_FEEDBACK_GOOD, NULL), TG_EBUSY);
	assert_int_equal(tg_scanner_feedback(d->scanner, TG_FEEDBACK_GOOD, NULL), TG_EBUSY);
	assert_int_equal(written, 4); /* nobody reads meanwhile: each is tried */
	stuck = false;
}

/* EAN-13 9524000059109 */
static const uint8_t packet[] = { 18, 0xF3, 0, 0, 0x0B, '9', '5', '2', '4', '0', '0', '0', '0', '5', '9', '1', '0', '9', 0xFC, 0x54 };

/* The scanner sends a packet again after 2 s: what noise began must be over by then. */
static void noise_before_a_packet_does_not_swallow_the_one_sent_again(void **state)
{
	struct desk *d = *state;

	line_plug(&d->line);
	open_scanner(d, &(tg_scanner_config){ .profile = "ssi" });
	assert_int_equal(write(d->line.master, "\x40", 1), 1);
	assert_int_equal(write(d->line.master, packet, sizeof(packet)), sizeof(packet));
	line_arrived(tg_scanner_fd(d->scanner), sizeof(packet) + 1);
	service(d, true);
	assert_news(d, "attached");
	assert_int_equal(tg_scanner_timeout_ms(d->scanner, d->now_us), TG_SSI_SILENCE_MS);
	d->now_us += TG_SSI_SILENCE_MS * 1000;
	service(d, false);
	assert_news(d, "cut(21)");
	assert_int_equal(write(d->line.master, packet, sizeof(packet)), sizeof(packet));
	line_arrived(tg_scanner_fd(d->scanner), sizeof(packet));
	service(d, true);
	assert_news(d, "scan(]E09524000059109)");
}

static void packets_are_acknowledged_and_become_scans(void **state)
{
	struct desk *d = *state;

	line_plug(&d->line);
	open_scanner(d, &(tg_scanner_config){ .profile = "ssi" });
	assert_news(d, "attached");
	assert_int_equal(write(d->line.master, packet, sizeof(packet)), sizeof(packet));
	line_arrived(tg_scanner_fd(d->scanner), sizeof(packet));
	service(d, true);
	assert_news(d, "scan(]E09524000059109)");
	assert_heard(d, "04d00400ff28");
}

static void silence_ends_a_scan_where_the_scanner_sends_no_suffix(void **state)
{
	struct desk *d = *state;

	line_plug(&d->line);
	open_scanner(d, &(tg_scanner_config){ .framing = TG_FRAME_GAP, .gap_ms = 60 });
	assert_news(d, "attached");
	send_and_service(d, "95240000");
	d->now_us += 59000;
	send_and_service(d, "59109");
	d->now_us += 59000;
	service(d, false);
	assert_news(d, "");
	assert_int_equal(tg_scanner_timeout_ms(d->scanner, d->now_us), 1);
	d->now_us += 1000;
	service(d, false);
	assert_news(d, "scan(9524000059109)");
	assert_int_equal(tg_scanner_timeout_ms(d->scanner, d->now_us), -1);
}

static void a_detached_scanner_cannot_be_told(void **state)
{
	struct desk *d = *state;
	tg_error err = { 0 };

	open_scanner(d, &(tg_scanner_config){ .profile = "datalogic" });
	assert_int_equal(tg_scanner_feedback(d->scanner, TG_FEEDBACK_REJECT, &err), TG_ESTATE);
	assert_non_null(strstr(err.msg, "No such file"));
}

static void wrong_configurations_are_refused_with_the_reason(void **state)
{
	static const struct {
		tg_scanner_config config;
		const char *words;
	} wrong[] = {
		{ { .name = NULL, .path = "/dev/ttyACM0" }, "name" },
		{ { .name = "till 1", .path = "/dev/ttyACM0" }, "name" },
		{ { .name = "0123456789012345678901234567890123456789012345678901234567890123",
			  .path = "/dev/x" },
			"name" },
		{ { .name = "t", .path = NULL }, "full path" },
		{ { .name = "t", .path = "ttyACM0" }, "full path" },
		{ { .name = "t", .path = "/dev/x", .driver = "psychic" }, "psychic" },
		{ { .name = "t", .path = "/dev/x", .profile = "cash" }, "cash" },
		{ { .name = "t", .path = "/dev/x", .profile = "ssi", .handshake = TG_HANDSHAKE_ACK }, "ssi has no handshake \"ack\"" },
		{ { .name = "t", .path = "/dev/x", .handshake = 77 }, "handshake" },
		{ { .name = "t", .path = "/dev/x", .framing = (tg_frame_mode)99 }, "framing" },
	};
	struct desk *d = *state;
	tg_scanner_sink sink = { on_scan, on_event, d };

	for (size_t i = 0; i < TG_COUNT(wrong); i++) {
		tg_error err = { 0 };
		tg_scanner *scanner = NULL;

		assert_int_equal(tg_scanner_open(&scanner, &wrong[i].config, &sink, &err), TG_EINVAL);
		assert_null(scanner);
		if (strstr(err.msg, wrong[i].words) == NULL)
			fail_msg("%s: no \"%s\"", err.msg, wrong[i].words);
	}
	assert_news(d, "");
}

static void every_kind_of_news_has_a_name(void **state)
{
	(void)state;
	for (int kind = TG_SCANNER_ATTACHED; kind <= TG_SCANNER_OVERFLOW; kind++)
		assert_string_not_equal(tg_scanner_event_name((tg_scanner_event_kind)kind), "unknown");
	assert_string_equal(tg_scanner_event_name((tg_scanner_event_kind)99), "unknown");
}

static int set_up(void **state)
{
	struct desk *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	line_make(&d->line);
	*state = d;
	return 0;
}

static int tear_down(void **state)
{
	struct desk *d = *state;

	tg_scanner_close(d->scanner);
	line_remove(&d->line);
	free(d);
	return 0;
}

#define AT_DESK(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AT_DESK(a_scan_arrives_with_its_device_identifier_and_times),
		AT_DESK(nothing_is_due_while_nothing_happens),
		AT_DESK(an_absent_scanner_is_said_once_and_attached_when_it_comes),
		AT_DESK(unplugged_in_a_label_then_plugged_in_elsewhere_the_next_scan_works),
		AT_DESK(the_last_scan_before_a_hang_up_is_not_lost),
		AT_DESK(a_busy_port_says_so_and_is_taken_when_it_is_free),
		AT_DESK(silence_inside_a_label_drops_it),
		AT_DESK(late_service_is_not_taken_for_silence),
		AT_DESK(trouble_is_no_scan_and_its_bytes_are_not_told),
		AT_DESK(a_babbling_line_is_one_event_a_second),
		AT_DESK(a_megabyte_without_terminator_is_one_event),
		AT_DESK(a_label_with_a_hole_is_dropped_and_the_next_one_is_not),
		AT_DESK(a_plain_scanner_cannot_be_told_and_is_never_written_to),
		AT_DESK(a_profile_says_what_became_of_a_scan),
		AT_DESK(a_scanner_that_waits_gets_an_answer_for_what_is_no_label),
		AT_DESK(a_terminator_alone_is_not_refused),
		AT_DESK(a_label_sent_again_before_it_was_answered_counts_once),
		AT_DESK(without_a_handshake_the_same_label_twice_is_two_scans),
		AT_DESK(a_line_that_takes_nothing_is_tried_once_a_call),
		AT_DESK(noise_before_a_packet_does_not_swallow_the_one_sent_again),
		AT_DESK(packets_are_acknowledged_and_become_scans),
		AT_DESK(silence_ends_a_scan_where_the_scanner_sends_no_suffix),
		AT_DESK(a_detached_scanner_cannot_be_told),
		AT_DESK(wrong_configurations_are_refused_with_the_reason),
		cmocka_unit_test(every_kind_of_news_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * blind.c - what the gate is compared with: the same scanner driver and the same way to the till, and nothing between them.
 *
 * usage: blind-forwarder SOCKET: each scan of the USB HID POS scanner is typed by tillgate-keyboard at SOCKET, and answered with a beep.
 */
#include "drivers/scanner.h"
#include "plugin/daemon/output.h"
#include "store/base/utc.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

struct blind {
	tg_scanner *scanner;
	tg_output *output;
};

static void on_scan(void *user, const tg_scan *scan)
{
	struct blind *b = user;
	tg_error err = { 0 };

	if (tg_output_send(b->output, scan->aim, tg_view_of(scan->data, scan->len), TG_OUTPUT_TIMEOUT_MS, &err) != TG_OK)
		printf("blind: not delivered: %s\n", err.msg);
	if (tg_scanner_feedback(b->scanner, TG_FEEDBACK_GOOD, &err) != TG_OK)
		printf("blind: no beep: %s\n", err.msg);
}

static void on_event(void *user, const tg_scanner_event *event)
{
	(void)user;
	printf("blind: %s %s\n", tg_scanner_event_name(event->kind), event->words);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct blind b = { NULL, NULL };
	const tg_scanner_config scanner = { .name = "till-3", .driver = "hid-pos", .usb = "any", .host_beeps = true };
	const tg_output_config output = { .name = "till-3", .kind = TG_OUTPUT_KEYBOARD, .path = argc == 2 ? argv[1] : "" };
	const tg_scanner_sink sink = { on_scan, on_event, &b };
	tg_error err = { 0 };

	if (argc != 2 || tg_output_open(&b.output, &output, &err) != TG_OK || tg_scanner_open(&b.scanner, &scanner, &sink, &err) != TG_OK) {
		fprintf(stderr, "blind-forwarder SOCKET: %s\n", err.msg);
		return 2;
	}
	for (;;) { /* until it is killed */
		struct pollfd fd = { .fd = tg_scanner_fd(b.scanner), .events = POLLIN };
		int n = poll(&fd, 1, tg_scanner_timeout_ms(b.scanner, tg_mono_now_us()));

		tg_scanner_service(b.scanner, n > 0 ? fd.revents : 0, tg_mono_now_us());
	}
}

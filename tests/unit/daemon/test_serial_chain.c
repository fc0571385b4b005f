/* SPDX-License-Identifier: Apache-2.0
 *
 * test_serial_chain.c - scanner to till over two pseudo-terminals, with nothing between but a filter: none lost, none
 * doubled, none reordered, none through that was withheld.
 */
#include "drivers/scanner.h"
#include "plugin/daemon/output.h"
#include "store/base/utc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <pthread.h>

#include "tests/unit/drivers/line.h"

#define SCANS 2000
#define WITHHELD_EVERY 7 /* one of so many is a sale that must not happen */
#define PLENTY_MS 10000

struct chain {
	struct line line;
	char till_path[96];
	tg_scanner *scanner;
	tg_output *output;
	int till, scanned, withheld, not_delivered;
	int sold[SCANS + 1], sold_count;
};

static void *scan_all(void *user)
{
	struct chain *c = user;
	char label[32];

	for (int i = 0; i < SCANS; i++) {
		snprintf(label, sizeof(label), "]E0%013d\r\n", i);
		line_send(&c->line, label);
	}
	return NULL;
}

/* A till with small reads, so that labels come in pieces. */
static void *sell_all(void *user)
{
	struct chain *c = user;
	char line[32], buf[5];
	size_t len = 0;

	for (;;) {
		ssize_t n = read(c->till, buf, sizeof(buf));

		for (ssize_t i = 0; i < n; i++) {
			if (buf[i] != '\r') {
				assert_true(len + 1 < sizeof(line));
				line[len++] = buf[i];
				continue;
			}
			line[len] = '\0';
			len = 0;
			if (strcmp(line, "end") == 0)
				return NULL;
			if (c->sold_count <= SCANS)
				c->sold[c->sold_count++] = atoi(line);
		}
		if (n <= 0)
			return NULL;
	}
}

static void on_scan(void *user, const tg_scan *scan)
{
	struct chain *c = user;

	assert_string_equal(scan->aim, "]E0");
	if (c->scanned++ % WITHHELD_EVERY == 0)
		c->withheld++;
	else if (tg_output_send(c->output, scan->aim, tg_view_of(scan->data, scan->len), PLENTY_MS, NULL) != TG_OK)
		c->not_delivered++;
}

static void on_event(void *user, const tg_scanner_event *event)
{
	(void)user;
	assert_int_equal(event->kind, TG_SCANNER_ATTACHED);
}

static void open_chain(struct chain *c)
{
	tg_scanner_config scanner = { .name = "till-1", .path = c->line.path, .aim = true };
	tg_output_config output = { .name = "till", .path = c->till_path, .group = (gid_t)-1 };
	tg_scanner_sink sink = { on_scan, on_event, c };

	line_plug(&c->line);
	assert_int_equal(tg_output_open(&c->output, &output, NULL), TG_OK);
	assert_int_equal(tg_scanner_open(&c->scanner, &scanner, &sink, NULL), TG_OK);
	c->till = open(c->till_path, O_RDWR | O_NOCTTY);
	assert_true(c->till >= 0);
}

static void what_was_not_withheld_reaches_the_till_once_and_in_order(void **state)
{
	struct chain *c = *state;
	pthread_t scanning, selling;
	int at = 0;

	open_chain(c);
	assert_int_equal(pthread_create(&selling, NULL, sell_all, c), 0);
	assert_int_equal(pthread_create(&scanning, NULL, scan_all, c), 0);
	while (c->scanned < SCANS) {
		struct pollfd p = { .fd = tg_scanner_fd(c->scanner), .events = POLLIN };

		assert_int_equal(poll(&p, 1, PLENTY_MS), 1);
		tg_scanner_service(c->scanner, p.revents, tg_mono_now_us());
	}
	assert_int_equal(tg_output_send(c->output, "", tg_view_str("end"), PLENTY_MS, NULL), TG_OK);
	pthread_join(scanning, NULL);
	pthread_join(selling, NULL);
	assert_int_equal(c->not_delivered, 0);
	assert_int_equal(c->sold_count, SCANS - c->withheld);
	for (int i = 0; i < SCANS; i++)
		if (i % WITHHELD_EVERY != 0)
			assert_int_equal(c->sold[at++], i);
}

static int set_up(void **state)
{
	struct chain *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	line_make(&c->line);
	snprintf(c->till_path, sizeof(c->till_path), "%s/till", c->line.dir);
	c->till = -1;
	*state = c;
	return 0;
}

static int tear_down(void **state)
{
	struct chain *c = *state;

	if (c->till >= 0)
		close(c->till);
	tg_scanner_close(c->scanner);
	tg_output_close(c->output);
	line_remove(&c->line);
	free(c);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_was_not_withheld_reaches_the_till_once_and_in_order, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

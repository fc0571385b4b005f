/* SPDX-License-Identifier: Apache-2.0
 *
 * test_port.c - lines: settings, exclusive use, hang-ups, writing within a time. Pseudo-terminals stand for
 * cables.
 */
#include "drivers/port.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>

#include "tests/unit/drivers/line.h"

#define PLENTY_MS 10000
#define SHORT_MS 30

static const tg_line any_line = { 0 };

static const struct {
	const char *text;
	int rc;
	tg_line line;
} settings[] = {
	{ "", TG_OK, { 9600, 8, 'N', 1, TG_FLOW_NONE } },
	{ "9600", TG_OK, { 9600, 8, 'N', 1, TG_FLOW_NONE } },
	{ "115200 8N1", TG_OK, { 115200, 8, 'N', 1, TG_FLOW_NONE } },
	{ "9600 7E2 rtscts", TG_OK, { 9600, 7, 'E', 2, TG_FLOW_RTSCTS } },
	{ "38400 8O1 xonxoff", TG_OK, { 38400, 8, 'O', 1, TG_FLOW_XONXOFF } },
	{ "9600 9N1", TG_EINVAL, { 0 } },
	{ "8N3", TG_EINVAL, { 0 } },
	{ "-9600", TG_EINVAL, { 0 } },
	{ "9600bd", TG_EINVAL, { 0 } },
	{ "99999999999999999999", TG_EINVAL, { 0 } },
	{ "9600 8N1 dtrdsr", TG_EINVAL, { 0 } },
	{ "9600                                                              8N1", TG_EINVAL, { 0 } },
};

static void line_settings_are_read_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(settings); i++) {
		tg_line line = { 0 };
		int rc = tg_line_parse(&line, settings[i].text, NULL);

		if (rc != settings[i].rc || line.baud != settings[i].line.baud ||
			line.data_bits != settings[i].line.data_bits ||
			line.parity != settings[i].line.parity ||
			line.stop_bits != settings[i].line.stop_bits || line.flow != settings[i].line.flow)
			fail_msg("\"%s\": %s", settings[i].text, tg_strerror(rc));
	}
}

static void wait_readable(const tg_port *port)
{
	struct pollfd p = { .fd = tg_port_fd(port), .events = POLLIN };

	assert_int_equal(poll(&p, 1, PLENTY_MS), 1);
}

static void a_pseudo_terminal_is_opened_through_its_link_by_termios(void **state)
{
	struct line *line = *state;
	tg_error err = { 0 };
	tg_port *port = NULL;
	char buf[64];
	size_t got = 1;

	line_plug(line);
	assert_int_equal(tg_port_open(&port, line->path, &any_line, &err), TG_OK);
	assert_string_equal(tg_port_backend_name(port), "termios");
	assert_string_equal(tg_port_path(port), ptsname(line->master));
	assert_int_equal(tg_port_read(port, buf, sizeof(buf), &got, &err), TG_OK);
	assert_int_equal(got, 0);
	line_send(line, "9524\r");
	wait_readable(port);
	line_arrived(tg_port_fd(port), 5);
	assert_int_equal(tg_port_read(port, buf, sizeof(buf), &got, &err), TG_OK);
	assert_int_equal(got, 5);
	assert_memory_equal(buf, "9524\r", 5); /* raw: CR stays CR */
	assert_false(tg_port_lost(port));
	assert_true((fcntl(tg_port_fd(port), F_GETFD) & FD_CLOEXEC) != 0);
	tg_port_close(port);
}

static void what_was_scanned_before_open_is_thrown_away(void **state)
{
	struct line *line = *state;
	struct pollfd p = { .events = POLLIN };
	tg_port *port = NULL;
	int slave;

	line_plug(line);
	slave = open(line->path, O_RDWR | O_NOCTTY);
	line_send(line, "9524\n");
	p.fd = slave;
	assert_int_equal(poll(&p, 1, PLENTY_MS), 1);
	assert_int_equal(tg_port_open(&port, line->path, &any_line, NULL), TG_OK);
	p.fd = tg_port_fd(port);
	assert_int_equal(poll(&p, 1, 0), 0);
	tg_port_close(port);
	close(slave);
}

static void a_second_open_is_refused_with_words_and_works_after_close(void **state)
{
	struct line *line = *state;
	tg_port *first = NULL, *second = NULL;
	tg_error err = { 0 };

	line_plug(line);
	assert_int_equal(tg_port_open(&first, line->path, &any_line, &err), TG_OK);
	assert_int_equal(tg_port_open(&second, line->path, &any_line, &err), TG_EBUSY);
	assert_null(second);
	assert_non_null(strstr(err.msg, "another program has this port open"));
	assert_non_null(strstr(err.msg, "fuser -v"));
	tg_port_close(first);
	assert_int_equal(tg_port_open(&second, line->path, &any_line, &err), TG_OK);
	tg_port_close(second);
}

static void a_port_locked_by_another_program_is_busy(void **state)
{
	struct line *line = *state;
	tg_port *port = NULL;
	tg_error err = { 0 };
	int other;

	line_plug(line);
	other = open(line->path, O_RDWR | O_NOCTTY);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(tg_port_open(&port, line->path, &any_line, &err), TG_EBUSY);
	close(other);
}

static void what_is_no_serial_port_is_refused(void **state)
{
	static const struct {
		const char *path;
		int rc;
	} paths[] = {
		{ "/nowhere/ttyACM0", TG_ENOTFOUND },
		{ "/dev/null/x", TG_ENOTFOUND },
		{ "/dev/null",
			TG_EINVAL }, /* a character device: libserialport refuses it, and so does termios */
		{ "/tmp", TG_EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(paths); i++) {
		tg_port *port = NULL;
		tg_error err = { 0 };
		int rc = tg_port_open(&port, paths[i].path, &any_line, &err);

		if (rc != paths[i].rc || port != NULL || strstr(err.msg, paths[i].path) == NULL)
			fail_msg("%s: %s (%s)", paths[i].path, tg_strerror(rc), err.msg);
	}
}

static void libserialport_refuses_a_pseudo_terminal_by_itself(void **state)
{
	struct line *line = *state;
	void *handle = NULL;
	tg_error err = { 0 };
	int fd = -1;

	line_plug(line);
	assert_int_equal(
		tg_port_libserialport.open(&handle, &fd, ptsname(line->master), &any_line, &err), TG_ESTATE);
	assert_null(handle);
	assert_int_equal(fd, -1);
}

static void a_speed_that_does_not_exist_is_refused_and_the_port_stays_free(void **state)
{
	struct line *line = *state;
	tg_line odd = { .baud = 12345 };
	tg_port *port = NULL;
	tg_error err = { 0 };

	line_plug(line);
	assert_int_equal(tg_port_open(&port, line->path, &odd, &err), TG_EINVAL);
	assert_non_null(strstr(err.msg, "12345"));
	assert_int_equal(tg_port_open(&port, line->path, &any_line, &err), TG_OK);
	tg_port_close(port);
}

static void a_hang_up_is_an_answer(void **state)
{
	struct line *line = *state;
	tg_port *port = NULL;
	char buf[16];
	size_t got;

	line_plug(line);
	assert_int_equal(tg_port_open(&port, line->path, &any_line, NULL), TG_OK);
	line_unplug(line);
	wait_readable(port);
	assert_int_equal(tg_port_read(port, buf, sizeof(buf), &got, NULL), TG_ENOTFOUND);
	assert_int_equal(tg_port_write(port, "1\r", 2, SHORT_MS, NULL), TG_ENOTFOUND);
	tg_port_close(port);
}

static void writing_ends_in_time_when_the_other_side_does_not_read(void **state)
{
	static char much[1 << 20];
	struct line *line = *state;
	tg_error err = { 0 };
	tg_port *port = NULL;

	line_plug(line);
	assert_int_equal(tg_port_open(&port, line->path, &any_line, NULL), TG_OK);
	assert_int_equal(tg_port_write(port, much, sizeof(much), SHORT_MS, &err), TG_EBUSY);
	assert_non_null(strstr(err.msg, "did not take"));
	tg_port_close(port);
}

static int set_up(void **state)
{
	struct line *line = calloc(1, sizeof(*line));

	assert_non_null(line);
	line_make(line);
	*state = line;
	return 0;
}

static int tear_down(void **state)
{
	line_remove(*state);
	free(*state);
	return 0;
}

#define WITH_LINE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_settings_are_read_or_refused),
		cmocka_unit_test(what_is_no_serial_port_is_refused),
		WITH_LINE(a_pseudo_terminal_is_opened_through_its_link_by_termios),
		WITH_LINE(what_was_scanned_before_open_is_thrown_away),
		WITH_LINE(a_second_open_is_refused_with_words_and_works_after_close),
		WITH_LINE(a_port_locked_by_another_program_is_busy),
		WITH_LINE(libserialport_refuses_a_pseudo_terminal_by_itself),
		WITH_LINE(a_speed_that_does_not_exist_is_refused_and_the_port_stays_free),
		WITH_LINE(a_hang_up_is_an_answer),
		WITH_LINE(writing_ends_in_time_when_the_other_side_does_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

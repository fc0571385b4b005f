/* SPDX-License-Identifier: Apache-2.0
 *
 * test_serial_port.c - the unmodified libserialport, made to believe that a pseudo-terminal is a UART.
 *
 * The library looks for its port in /sys/class/tty and asks for modem lines; those calls are answered here (a
 * program's own symbol comes before the C library's). Everything else, the line included, is real.
 */
#include "drivers/port.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "tests/unit/drivers/line.h"

#define OURS __attribute__((visibility("default")))
#define PLENTY_MS 10000

int OURS __lxstat(int version, const char *path, struct stat *st);
ssize_t OURS readlink(const char *path, char *buf, size_t size);
int OURS ioctl(int fd, unsigned long request, ...);

static bool in_sysfs(const char *path)
{
	return strncmp(path, "/sys/class/tty/pts/", 19) == 0;
}

int __lxstat(int version, const char *path, struct stat *st)
{
	(void)version;
	if (!in_sysfs(path))
		return lstat(path, st);
	*st = (struct stat){ .st_mode = S_IFLNK | 0777 };
	return 0;
}

ssize_t readlink(const char *path, char *buf, size_t size)
{
	static const char target[] = "../../devices/platform/uart/tty";
	ssize_t (*real)(const char *, char *, size_t);

	if (in_sysfs(path)) {
		size_t n = size < sizeof(target) - 1 ? size : sizeof(target) - 1;

		memcpy(buf, target, n);
		return (ssize_t)n;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "readlink");
	return real(path, buf, size);
}

int ioctl(int fd, unsigned long request, ...)
{
	int (*real)(int, unsigned long, void *);
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (request == TIOCMGET)
		*(int *)arg = TIOCM_DTR | TIOCM_RTS;
	if (request == TIOCMGET || request == TIOCMSET || request == TIOCMBIS || request == TIOCMBIC)
		return 0;
	*(void **)&real = dlsym(RTLD_NEXT, "ioctl");
	return real(fd, request, arg);
}

struct uart {
	struct line line;
	void *handle;
	int fd;
};

static int open_uart(struct uart *u, const tg_line *settings, tg_error *err)
{
	return tg_port_libserialport.open(&u->handle, &u->fd, ptsname(u->line.master), settings, err);
}

static void bytes_arrive_raw_and_an_empty_line_is_not_a_hang_up(void **state)
{
	struct uart *u = *state;
	struct pollfd p = { .events = POLLIN };
	tg_error err = { 0 };
	char buf[16];

	if (open_uart(u, &(tg_line){ 0 }, &err) != TG_OK)
		fail_msg("%s", err.msg);
	assert_int_equal(read(u->fd, buf, sizeof(buf)), -1); /* EAGAIN, not 0 */
	line_send(&u->line, "10A\x1d" "1\r\n");
	p.fd = u->fd;
	assert_int_equal(poll(&p, 1, PLENTY_MS), 1);
	line_arrived(u->fd, 7);
	assert_int_equal(read(u->fd, buf, sizeof(buf)), 7);
	assert_memory_equal(buf, "10A\x1d" "1\r\n", 7);
	assert_int_equal(poll(&p, 1, 0), 0);
	line_unplug(&u->line);
	assert_int_equal(poll(&p, 1, PLENTY_MS), 1);
	assert_true((p.revents & POLLHUP) != 0);
}

static void the_settings_reach_the_line(void **state)
{
	struct uart *u = *state;
	tg_line settings = { 115200, 8, 'N', 2, TG_FLOW_RTSCTS }; /* a pseudo-terminal refuses 7E */
	struct termios t;

	assert_int_equal(open_uart(u, &settings, NULL), TG_OK);
	assert_int_equal(tcgetattr(u->fd, &t), 0);
	assert_int_equal(cfgetispeed(&t), B115200);
	assert_true((t.c_cflag & CSTOPB) != 0 && (t.c_cflag & CRTSCTS) != 0);
	assert_true((t.c_cflag & HUPCL) == 0);
	assert_true((t.c_iflag & (IXON | IXOFF | IXANY | ICRNL | INLCR | IGNCR | ISTRIP)) == 0);
	assert_true((t.c_lflag & (ICANON | ECHO | ISIG)) == 0);
	assert_true((t.c_iflag & (IGNPAR | PARMRK)) == 0); /* damaged characters are not left out */
	assert_int_equal(t.c_cc[VMIN], 1);
}

static void the_port_is_ours_alone_and_not_inherited(void **state)
{
	struct uart *u = *state;
	void *second = NULL;
	int exclusive = 0, fd = -1;
	tg_error err = { 0 };

	assert_int_equal(open_uart(u, &(tg_line){ 0 }, NULL), TG_OK);
	assert_true((fcntl(u->fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_int_equal(ioctl(u->fd, TIOCGEXCL, &exclusive), 0);
	assert_int_equal(exclusive, 1);
	assert_int_equal(tg_port_libserialport.open(&second, &fd, ptsname(u->line.master), &(tg_line){ 0 }, &err),
		TG_EBUSY);
	assert_null(second);
	assert_non_null(strstr(err.msg, "another program"));
}

static void a_port_that_another_program_holds_keeps_its_settings(void **state)
{
	struct uart *u = *state;
	struct termios before = { 0 }, after = { 0 };
	int other = open(ptsname(u->line.master), O_RDWR | O_NOCTTY);

	assert_true(other >= 0);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(tcgetattr(other, &before), 0);
	assert_int_equal(open_uart(u, &(tg_line){ .baud = 115200 }, NULL), TG_EBUSY);
	assert_int_equal(tcgetattr(other, &after), 0);
	assert_memory_equal(&before, &after, sizeof(before));
	close(other);
}

static int set_up(void **state)
{
	struct uart *u = calloc(1, sizeof(*u));

	assert_non_null(u);
	u->fd = -1;
	line_make(&u->line);
	line_plug(&u->line);
	*state = u;
	return 0;
}

static int tear_down(void **state)
{
	struct uart *u = *state;

	tg_port_libserialport.close(u->handle);
	line_remove(&u->line);
	free(u);
	return 0;
}

#define WITH_UART(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_UART(bytes_arrive_raw_and_an_empty_line_is_not_a_hang_up),
		WITH_UART(the_settings_reach_the_line),
		WITH_UART(the_port_is_ours_alone_and_not_inherited),
		WITH_UART(a_port_that_another_program_holds_keeps_its_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

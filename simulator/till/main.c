/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - tillgate-sim-till: a till that reads a serial scanner or a keyboard and has never heard of any gate.
 *
 * It must stay that ignorant: it stands for every till that nobody will change. libc only, a device, nothing else.
 */
#include "simulator/till/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/input.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_DONE = 0, EXIT_AWAY = 1, EXIT_WRONG = 2, EXIT_LOG = 3 };

#define LINE_MAX_BYTES 16384 /* twice the longest label there is */
#define LOOK_MS 50           /* between attempts to open a port that is away */

struct till {
	const char *device;
	int port, log;
	bool typed; /* the device is a keyboard */
	struct keys keys;
	long count, seen; /* count 0: no end */
	long slow_ms;
	bool stay, exclusive, times;
	char line[LINE_MAX_BYTES];
	size_t len;
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static const char usage[] =
	"usage: tillgate-sim-till [options] DEVICE\n"
	"\n"
	"A till: reads what a scanner sends on DEVICE, a line a scan, and prints it as an item sold. DEVICE is a serial port,\n"
	"a keyboard (/dev/input/event3), or " KEYS_PREFIX "NAME for the keyboard of that name.\n"
	"\n"
	"  --log FILE    append each line to FILE and fsync it before it is printed\n"
	"  --count N     stop after N items\n"
	"  --stay        wait for DEVICE, and open it again when it goes away\n"
	"  --slow-ms N   rest so long after each item before it reads on, as a till that is busy does\n"
	"  --times       each item begins with its time, in microseconds of the monotonic clock\n"
	"  --exclusive   take the device for itself (TIOCEXCL, EVIOCGRAB), as many libraries do\n"
	"  --help        this text\n"
	"\n"
	"exit: 0 N items read, or stopped by a signal; 1 the device is away; 2 usage; 3 the log could not be "
	"written\n";

static int open_device(const char *device)
{
	size_t prefix = sizeof(KEYS_PREFIX) - 1;

	if (strncmp(device, KEYS_PREFIX, prefix) == 0)
		return keys_open(device + prefix);
	return open(device, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static int open_port(struct till *till)
{
	int fd = open_device(till->device);
	struct termios t;

	if (fd < 0)
		return -1;
	till->typed = keys_is(fd);
	if (till->typed) {
		till->keys = (struct keys){ false, false };
		if (till->exclusive)
			ioctl(fd, EVIOCGRAB, 1);
		return fd;
	}
	if (tcgetattr(fd, &t) == 0) {
		cfmakeraw(&t);
		cfsetspeed(&t, B9600);
		t.c_cflag |= CLOCAL | CREAD;
		tcsetattr(fd, TCSANOW, &t);
	}
	if (till->exclusive)
		ioctl(fd, TIOCEXCL);
	return fd;
}

/*
 * The item as text: GS by name, all else that is not printable as hexadecimal. Room for 4 characters a byte.
 */
static void spell(char *out, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c == 0x1D)
			out += sprintf(out, "<GS>");
		else if (c < 0x20 || c > 0x7E || c == '\\')
			out += sprintf(out, "\\x%02x", c);
		else
			*out++ = (char)c;
	}
	*out = '\0';
}

static bool sell(struct till *till)
{
	static char text[LINE_MAX_BYTES * 4 + 2];
	size_t len;

	spell(text, till->line, till->len);
	len = strlen(text);
	if (till->log >= 0) {
		text[len] = '\n';
		if (write(till->log, text, len + 1) != (ssize_t)(len + 1) || fsync(till->log) != 0) {
			perror("tillgate-sim-till: log");
			return false;
		}
		text[len] = '\0';
	}
	if (till->times) {
		struct timespec now;

		clock_gettime(CLOCK_MONOTONIC, &now);
		printf("%lld ", (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	}
	printf("TILL  item %s\n", text);
	fflush(stdout);
	till->seen++;
	if (till->slow_ms > 0 && !stop)
		nanosleep(&(struct timespec){ till->slow_ms / 1000, till->slow_ms % 1000 * 1000000L }, NULL);
	return true;
}

static bool done(const struct till *till)
{
	return stop || (till->count > 0 && till->seen >= till->count);
}

static bool take(struct till *till, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n && !done(till); i++) {
		if (bytes[i] != '\r' && bytes[i] != '\n') {
			if (till->len < sizeof(till->line))
				till->line[till->len++] = bytes[i];
			continue;
		}
		if (till->len > 0 && !sell(till))
			return false;
		till->len = 0;
	}
	return true;
}

/* Reads until the port goes away, the count is reached or a signal comes. */
static int serve(struct till *till)
{
	char buf[4096];

	till->len = 0;
	while (!done(till)) {
		ssize_t n = till->typed ? keys_read(&till->keys, till->port, buf, sizeof(buf)) : read(till->port, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return EXIT_AWAY;
		if (!take(till, buf, (size_t)n))
			return EXIT_LOG;
	}
	return EXIT_DONE;
}

static int run(struct till *till)
{
	const struct timespec look = { 0, LOOK_MS * 1000000L };
	int rc = EXIT_DONE;

	while (!done(till)) {
		till->port = open_port(till);
		if (till->port < 0 && !till->stay) {
			fprintf(stderr, "tillgate-sim-till: %s: %s\n", till->device, strerror(errno));
			return EXIT_AWAY;
		}
		if (till->port < 0) {
			nanosleep(&look, NULL);
			continue;
		}
		rc = serve(till);
		close(till->port);
		if (rc == EXIT_LOG || (rc == EXIT_AWAY && !till->stay))
			break;
		if (rc == EXIT_AWAY)
			nanosleep(&look, NULL);
	}
	if (rc == EXIT_AWAY && !till->stay)
		fprintf(stderr, "tillgate-sim-till: %s went away\n", till->device);
	return rc == EXIT_AWAY && till->stay ? EXIT_DONE : rc;
}

static const struct option longs[] = {
	{ "log", required_argument, NULL, 'l' },
	{ "count", required_argument, NULL, 'n' },
	{ "slow-ms", required_argument, NULL, 'w' },
	{ "stay", no_argument, NULL, 's' },
	{ "exclusive", no_argument, NULL, 'x' },
	{ "times", no_argument, NULL, 't' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int open_log(struct till *till, const char *path)
{
	till->log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (till->log >= 0)
		return -1;
	fprintf(stderr, "tillgate-sim-till: %s: %s\n", path, strerror(errno));
	return EXIT_LOG;
}

static int set_number(long *out, const char *text, const char *option)
{
	char *end;

	*out = strtol(text, &end, 10);
	if (*end == '\0' && end != text && *out > 0)
		return -1;
	fprintf(stderr, "tillgate-sim-till: --%s: \"%s\" is no number above 0\n", option, text);
	return EXIT_WRONG;
}

/* -1: go on; otherwise the exit status. */
static int parse(struct till *till, int argc, char **argv)
{
	int option, rc = -1;

	while (rc < 0 && (option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (option == 'l')
			rc = open_log(till, optarg);
		else if (option == 'n')
			rc = set_number(&till->count, optarg, "count");
		else if (option == 'w')
			rc = set_number(&till->slow_ms, optarg, "slow-ms");
		else if (option == 's')
			till->stay = true;
		else if (option == 'x')
			till->exclusive = true;
		else if (option == 't')
			till->times = true;
		else
			rc = option == 'h' ? EXIT_DONE : EXIT_WRONG;
		if (option == 'h' || option == '?')
			fputs(usage, option == 'h' ? stdout : stderr);
	}
	if (rc < 0 && argc - optind != 1) {
		fputs(usage, stderr);
		rc = EXIT_WRONG;
	}
	if (rc < 0)
		till->device = argv[optind];
	return rc;
}

int main(int argc, char **argv)
{
	static struct till till = { .log = -1, .port = -1 };
	struct sigaction action = { .sa_handler = on_signal };
	int rc = parse(&till, argc, argv);

	if (rc < 0) {
		sigaction(SIGINT, &action, NULL);
		sigaction(SIGTERM, &action, NULL);
		rc = run(&till);
	}
	if (till.log >= 0)
		close(till.log);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - tillgate-sim-usb: a USB scanner without hardware, for tests, demonstrations and integrators.
 *
 * Knows nothing of the gate: it is a device on a cable. What it does comes from a basket file, a line at a time.
 */
#include "simulator/scanner/basket.h"
#include "simulator/usb/lines.h"
#include "simulator/usb/options.h"
#include "simulator/usb/usb.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* One run: the cable, the basket, and when what is due. Times are monotonic milliseconds. */
struct run {
	const struct options *o;
	struct usb usb;
	struct lines lines;
	long next_ms;    /* the next line of the basket is not due before */
	long packet_ms;  /* nor the next packet before */
	long silent_ms;  /* since when no host listens */
	size_t cut_at;   /* pull the cable after so many packets; 0 do not */
	bool scanning;   /* a label is on its way */
	unsigned answers; /* what the host had said when it went */
	int last_port;
	int exit;
};

static volatile sig_atomic_t stop;
static bool quiet, times; /* as the options of these names say */

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static void say_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (times)
		printf("%lld ", (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	va_list args;

	if (quiet)
		return;
	say_time();
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the basket ---- */

static void complain(struct run *r, const char *words)
{
	fprintf(stderr, "tillgate-sim-usb: %s:%u: %s\n", r->lines.name, r->lines.number, words);
	r->exit = EXIT_WRONG;
}

/* The label as text, for whoever compares what was sent with what arrived. */
static void say_label(const char *what, const char *bytes, size_t len)
{
	if (quiet)
		return;
	say_time();
	printf("%s ", what);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c == 0x1D)
			printf("<GS>");
		else if (c < 0x20 || c > 0x7E || c == '\\')
			printf("\\x%02x", c);
		else
			putchar(c);
	}
	putchar('\n');
	fflush(stdout);
}

static void pull(struct run *r)
{
	say("PULLED after %zu of %zu packets", r->usb.next, r->usb.packets.count);
	r->last_port = r->usb.port;
	r->cut_at = 0;
	r->scanning = false;
	usb_forget(&r->usb);
	usb_unplug(&r->usb);
}

static void scan(struct run *r, char *line, bool cut)
{
	const char *wrong = NULL;
	bool aim = r->o->what.aim || r->o->what.family == FAMILY_HID_POS;
	int len = basket_decode(line, aim, &wrong);

	if (len < 0) {
		complain(r, wrong);
		return;
	}
	if (r->usb.scanner.prevented) {
		say_label("NOT-READ", line, (size_t)len);
		return;
	}
	usb_forget(&r->usb);
	if (!r->usb.scanner.family->encode(&r->usb.packets, &r->usb.scanner, line, (size_t)len)) {
		complain(r, "this scanner cannot send such a label");
		return;
	}
	say_label(cut ? "CUT" : "SCAN", line, (size_t)len);
	r->cut_at = cut ? r->usb.packets.count / 2 : 0;
	r->scanning = true;
	r->answers = r->usb.heard;
	if (cut && r->cut_at == 0) /* a single report comes whole or not at all */
		pull(r);
}

/* The same noise every time, so that a failure can be repeated. */
static void noise(struct run *r, long count)
{
	static uint32_t seed = 952;
	size_t len = r->o->what.family == FAMILY_KEYBOARD ? 8 : PACKET_SIZE;

	usb_forget(&r->usb);
	for (long i = 0; i < count; i++) {
		uint8_t bytes[PACKET_SIZE];

		for (size_t b = 0; b < len; b++) {
			seed = seed * 1664525u + 1013904223u;
			bytes[b] = (uint8_t)(seed >> 24);
		}
		if (!packets_add(&r->usb.packets, r->usb.scanner.family->data_endpoint, bytes, len))
			break;
	}
	say("NOISE %zu packets", r->usb.packets.count);
}

static void flood(struct run *r, long count)
{
	static const char label[] = "9529990000006";

	usb_forget(&r->usb);
	while (count-- > 0 && r->usb.scanner.family->encode(&r->usb.packets, &r->usb.scanner, label, sizeof(label) - 1))
		;
	say("FLOOD %zu packets", r->usb.packets.count);
}

/* "@word rest": what a label cannot say. */
static void act(struct run *r, char *line)
{
	char *rest = strchr(line, ' ');
	long n;

	if (rest != NULL)
		*rest++ = '\0';
	else
		rest = line + strlen(line);
	n = strtol(rest, NULL, 10);
	if (strcmp(line, "@unplug") == 0) {
		r->last_port = r->usb.port;
		usb_unplug(&r->usb);
	} else if (strcmp(line, "@plug") == 0) {
		if (r->o->offer == 0 && r->usb.fd < 0 && !usb_plug(&r->usb, strcmp(rest, "elsewhere") == 0 ? r->last_port : -1))
			r->exit = EXIT_DEVICE;
	} else if (strcmp(line, "@cut") == 0) {
		scan(r, rest, true);
	} else if (strcmp(line, "@wait") == 0) {
		r->next_ms = now_ms() + n;
	} else if (strcmp(line, "@noise") == 0) {
		noise(r, n > 0 ? n : 1);
	} else if (strcmp(line, "@flood") == 0) {
		flood(r, n > 0 ? n : 1);
	} else if (strcmp(line, "@empty") == 0) {
		usb_forget(&r->usb);
		packets_add(&r->usb.packets, r->usb.scanner.family->data_endpoint, "", 0);
	} else if (strcmp(line, "@say") == 0) {
		say("%s", rest);
	} else {
		complain(r, "no such word; see tillgate-sim-usb(1)");
	}
}

/* Does this line need somebody to listen? */
static bool needs_host(const char *line)
{
	return line[0] != '@' || strncmp(line, "@cut", 4) == 0 || strncmp(line, "@noise", 6) == 0 || strncmp(line, "@flood", 6) == 0 ||
	       strcmp(line, "@empty") == 0;
}

/* ---- the loop ---- */

/* Does this scanner wait for a word of its host about the label that it has just sent? */
static bool unanswered(const struct run *r)
{
	return r->o->answered && r->scanning && r->usb.heard == r->answers && r->usb.listens;
}

static void sent(struct run *r)
{
	if (r->scanning)
		say("SENT %zu packets", r->usb.packets.count);
	r->scanning = false;
	usb_forget(&r->usb);
	r->next_ms = now_ms() + r->o->interval_ms;
}

/* The cable is pulled when the host has taken what came before, so that the same is lost each time. */
static bool cut_due(const struct run *r)
{
	return r->cut_at > 0 && r->usb.next == r->cut_at;
}

static void send_due(struct run *r)
{
	while (!cut_due(r) && now_ms() >= r->packet_ms && usb_send_one(&r->usb))
		r->packet_ms = now_ms() + r->o->pace_ms;
	if (r->usb.untaken > 0 && r->usb.listens)
		return;
	if (cut_due(r))
		pull(r);
	else if (r->usb.packets.count > 0 && usb_sent(&r->usb) && !unanswered(r))
		sent(r);
}

/* The next line, if it is due. A line that needs a host stays where it is until one listens. */
static void next_line(struct run *r, char **kept)
{
	if (r->usb.packets.count > 0 || now_ms() < r->next_ms)
		return;
	if (*kept == NULL)
		*kept = lines_next(&r->lines);
	if (*kept == NULL || (needs_host(*kept) && !basket_skip(*kept) && !r->usb.listens))
		return;
	if (!basket_skip(*kept)) {
		if ((*kept)[0] == '@')
			act(r, *kept);
		else
			scan(r, *kept, false);
	}
	*kept = NULL;
}

static int timeout_ms(const struct run *r, const char *kept)
{
	long now = now_ms(), due = 1000;

	if (!usb_sent(&r->usb))
		due = usb_wanted(&r->usb) && !cut_due(r) ? r->packet_ms - now : due;
	else if (kept != NULL || r->lines.used < r->lines.len || r->lines.ended)
		due = r->next_ms > now ? r->next_ms - now : due;
	return due < 0 ? 0 : due > 1000 ? 1000 : (int)due;
}

static bool given_up(struct run *r)
{
	if (r->usb.listens || r->silent_ms == 0)
		r->silent_ms = now_ms();
	if (r->o->wait_s < 0 || now_ms() - r->silent_ms < r->o->wait_s * 1000)
		return false;
	fprintf(stderr, "tillgate-sim-usb: no host listens\n");
	r->exit = EXIT_HOST;
	return true;
}

static void loop(struct run *r)
{
	char *kept = NULL;
	bool listened = false;

	while (!stop && r->exit != EXIT_DEVICE && !given_up(r)) {
		bool hungry = !r->lines.ended && kept == NULL && memchr(r->lines.bytes + r->lines.used, '\n', r->lines.len - r->lines.used) == NULL;
		struct pollfd fds[] = { { .fd = r->usb.fd, .events = POLLIN }, { .fd = r->usb.listener, .events = POLLIN },
			{ .fd = hungry ? r->lines.fd : -1, .events = POLLIN } };

		if (poll(fds, 3, timeout_ms(r, kept)) < 0 && errno != EINTR)
			break;
		if (fds[0].fd >= 0 && fds[0].revents != 0)
			usb_serve(&r->usb);
		if (fds[1].fd >= 0 && fds[1].revents != 0)
			usb_accept(&r->usb);
		if (hungry && fds[2].revents != 0)
			lines_fill(&r->lines);
		if (r->usb.listens && !listened) /* a host that has just opened us may still be setting things */
			r->next_ms = now_ms() + r->o->settle_ms;
		listened = r->usb.listens;
		send_due(r);
		next_line(r, &kept);
		if (r->lines.ended && kept == NULL && r->lines.used == r->lines.len && r->usb.packets.count == 0 && now_ms() >= r->next_ms) {
			if (!r->o->hold || r->lines.fd == STDIN_FILENO)
				break;
			r->lines = (struct lines){ .fd = STDIN_FILENO, .name = "standard input" };
		}
	}
}

static int run(const struct options *o, int basket)
{
	static struct run r; /* large */

	r = (struct run){ .o = o, .usb = { .scanner = { .what = &o->what }, .listener = -1, .fd = -1, .port = -1, .say = say },
		.lines = { .fd = basket, .name = o->path != NULL ? o->path : "standard input" }, .last_port = -1 };
	r.usb.packets.list = calloc(PACKETS_MAX, sizeof(struct packet));
	if (r.usb.packets.list == NULL)
		return EXIT_DEVICE;
	scanner_init(&r.usb.scanner, &o->what);
	if (o->offer > 0 ? usb_offer(&r.usb, (uint16_t)o->offer) : usb_plug(&r.usb, -1))
		loop(&r);
	else
		r.exit = EXIT_DEVICE;
	usb_unplug(&r.usb);
	if (r.usb.listener >= 0)
		close(r.usb.listener);
	free(r.usb.packets.list);
	return r.exit;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct options o;
	int basket = STDIN_FILENO, rc = options_parse(&o, argc, argv);

	if (rc >= 0)
		return rc;
	quiet = o.quiet;
	times = o.times;
	if (o.path != NULL)
		basket = open(o.path, O_RDONLY | O_CLOEXEC);
	if (basket < 0) {
		fprintf(stderr, "tillgate-sim-usb: %s: %s\n", o.path, strerror(errno));
		return EXIT_WRONG;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	rc = run(&o, basket);
	if (basket != STDIN_FILENO)
		close(basket);
	return rc;
}

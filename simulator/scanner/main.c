/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - tillgate-sim-scanner: a serial scanner without hardware, for demonstrations, tests and
 * integrators.
 *
 * Knows nothing of the gate: it makes a port and sends what a scanner would. libc only.
 */
#include "simulator/scanner/basket.h"
#include "simulator/scanner/device.h"
#include "simulator/scanner/maker.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

enum { EXIT_SENT = 0, EXIT_HOST = 1, EXIT_WRONG = 2, EXIT_DEVICE = 3 };

#define LOOK_MS 20       /* between looks whether a host is there */
#define HEAR_MS 5        /* between looks whether the host has said something */
#define DRAIN_MS 10000   /* at the end: a host that reads at all has read by then */
#define FLOOD_BLOCK 4096 /* bytes sent at once in a flood */

struct options {
	const char *link, *basket;
	const char *suffix;
	bool aim, split, hold, print, blind;
	long interval_ms, settle_ms, wait_s;
	long noise, flood, patience_ms;
	enum maker_kind maker;
	enum maker_wait wait;
};

/* What it is to the host, beyond its bytes. */
static struct maker maker;

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static const char usage[] =
	"usage: tillgate-sim-scanner [options] LINK [BASKET]\n"
	"\n"
	"A virtual serial scanner. LINK is made as a link to its port; open it like any serial port.\n"
	"BASKET holds one label a line (standard input if absent or \"-\"): ]d2 in front is the AIM "
	"identifier,\n"
	"\\x1d or <GS> the separator, <EMPTY> a scan of nothing; lines that begin with # are skipped. Words for what else\n"
	"happens to a scanner: @unplug, @plug, @cut LABEL, @wait MS, @noise N, @flood N, @empty, @say TEXT.\n"
	"\n"
	"  --aim             send AIM identifiers (without it they are taken away)\n"
	"  --suffix WHICH    cr (default), lf or crlf\n"
	"  --interval-ms N   between two scans (300)\n"
	"  --settle-ms N     after a host has opened the port (200)\n"
	"  --wait-s N        give up when no host comes within N seconds (default: never)\n"
	"  --blind           send on while no host is there, as a real scanner does; default is to wait\n"
	"  --split           send in pieces of 1, 3, 5 and 7 bytes\n"
	"  --noise N         first send N bytes of line noise\n"
	"  --flood N         first send N bytes without a terminator\n"
	"  --hold            after BASKET go on with standard input, and keep the port until it ends\n"
	"  --maker WHICH     plain (default), ssi (Zebra), honeywell or datalogic: what it understands from the host\n"
	"  --wait-for WHAT   after each label: nothing (default), ack, ack-bel or host-ack\n"
	"  --patience-ms N   how long it waits before it sends again or complains (as its maker's: 2000, host-ack 10000)\n"
	"  --print           say what is sent, and what the host said\n"
	"  --help            this text\n"
	"\n"
	"exit: 0 all sent and read by the host, 1 the host did not come or did not read, 2 usage or a bad "
	"label,\n"
	"      3 the port could not be made\n";

static bool pause_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	return !stop && (ms == 0 || nanosleep(&t, NULL) == 0);
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static long elapsed_s(const struct timespec *since)
{
	return (now_ms() - ((long)since->tv_sec * 1000 + since->tv_nsec / 1000000)) / 1000;
}

/* ---- what the host says ---- */

static void say_heard(const struct options *o, const char *words)
{
	if (o->print && words[0] != '\0') {
		printf("HEARD %s\n", words);
		fflush(stdout);
	}
}

static bool hear(struct device *d, const struct options *o)
{
	static uint8_t out[MAKER_BYTES_MAX];
	uint8_t bytes[256];
	size_t n = device_hear(d, bytes, sizeof(bytes));

	for (size_t i = 0; i < n; i++) {
		char words[MAKER_WORDS_MAX];
		size_t len = maker_hear(&maker, out, bytes[i], words);

		say_heard(o, words);
		if (len > 0 && !device_send(d, out, len))
			return false;
	}
	return true;
}

/* Listen for so long; false if the host went away or a signal came. */
static bool attend(struct device *d, const struct options *o, long ms)
{
	long until = now_ms() + ms;

	do {
		if (!hear(d, o))
			return false;
		if (now_ms() < until && !pause_ms(HEAR_MS))
			return false;
	} while (now_ms() < until);
	return !stop;
}

/* Until the host has answered, or this scanner gives up. */
static bool await_answer(struct device *d, const struct options *o)
{
	static uint8_t out[MAKER_BYTES_MAX];
	long since = now_ms();

	while (maker.waiting) {
		char words[MAKER_WORDS_MAX];
		size_t len;

		if (!attend(d, o, HEAR_MS) || (!o->blind && !device_host(d)))
			return false;
		if (!maker.waiting || now_ms() - since < maker_patience_ms(&maker))
			continue;
		len = maker_timeout(&maker, out, words);
		say_heard(o, words);
		since = now_ms();
		if (len > 0 && !device_send(d, out, len))
			return false;
	}
	return true;
}

static bool wait_for_host(struct device *d, const struct options *o)
{
	struct timespec since;

	if (device_host(d))
		return true;
	clock_gettime(CLOCK_MONOTONIC, &since);
	while (!device_host(d)) {
		if (o->wait_s >= 0 && elapsed_s(&since) >= o->wait_s) {
			fprintf(stderr, "tillgate-sim-scanner: no host has opened %s\n", o->link);
			return false;
		}
		if (!pause_ms(LOOK_MS))
			return false;
	}
	return pause_ms(o->settle_ms); /* a host that has just opened may still be setting the line */
}

static bool send_pieces(struct device *d, const char *bytes, size_t len)
{
	for (size_t at = 0, piece = 1; at < len; piece = (piece + 2) % 8) {
		size_t n = piece < len - at ? piece : len - at;

		if (!device_send(d, bytes + at, n) || !pause_ms(1))
			return false;
		at += n;
	}
	return true;
}

static void print_label(const char *bytes, size_t len)
{
	printf("SCAN  ");
	if (len == 0)
		printf("<EMPTY>");
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

static bool send_label(struct device *d, const struct options *o, const char *bytes, size_t len)
{
	static uint8_t out[MAKER_BYTES_MAX];
	size_t n;

	if (!o->blind && !wait_for_host(d, o))
		return false;
	if (!attend(d, o, 0))
		return false;
	if (maker.disabled) {
		if (o->print)
			printf("NOT-READ\n");
		fflush(stdout);
		return true;
	}
	if (o->print)
		print_label(bytes, len);
	if (o->blind && !device_host(d))
		return true; /* into the air */
	n = maker_send(&maker, out, bytes, len, o->suffix);
	if (o->split ? !send_pieces(d, (const char *)out, n) : !device_send(d, out, n))
		return false;
	return await_answer(d, o);
}

/*
 * The same noise every time, so that a failure can be repeated; with NUL and control bytes, without
 * terminators.
 */
static bool send_noise(struct device *d, const struct options *o, long count)
{
	uint32_t seed = 952;

	for (long i = 0; i < count; i++) {
		char byte;

		seed = seed * 1664525u + 1013904223u;
		byte = (char)(i == 0 ? 0 : seed >> 24);
		if (byte == '\r' || byte == '\n')
			byte = 0;
		if (!device_send(d, &byte, 1))
			return false;
	}
	return count == 0 || device_send(d, o->suffix, strlen(o->suffix));
}

static bool send_flood(struct device *d, const struct options *o, long count)
{
	char block[FLOOD_BLOCK];

	memset(block, '5', sizeof(block));
	for (long left = count; left > 0 && !stop; left -= FLOOD_BLOCK)
		if (!device_send(d, block, left < FLOOD_BLOCK ? (size_t)left : FLOOD_BLOCK))
			return false;
	return count == 0 || device_send(d, o->suffix, strlen(o->suffix));
}

/* Closing the port throws away what the host has not read. */
static int drain(struct device *d)
{
	for (int waited = 0; device_unread(d); waited += LOOK_MS)
		if (stop || waited >= DRAIN_MS || !pause_ms(LOOK_MS)) {
			fprintf(stderr, "tillgate-sim-scanner: the host has not read everything\n");
			return EXIT_HOST;
		}
	return EXIT_SENT;
}

/* ---- what else happens to a scanner ---- */

static bool is_unplugged(const struct device *d)
{
	return d->master < 0;
}

static void happens(const struct options *o, const char *word, const char *more)
{
	if (o->print)
		printf("%s%s%s\n", word, more[0] != '\0' ? "  " : "", more);
	fflush(stdout);
}

static void unplug(struct device *d, const struct options *o)
{
	if (is_unplugged(d))
		return;
	(void)drain(d); /* so that the same is lost each time */
	device_remove(d);
	d->master = d->slave = -1;
	happens(o, "PULLED", "");
}

static bool plug(struct device *d, const struct options *o)
{
	const char *doing = "";

	if (is_unplugged(d) && device_make(d, o->link, &doing) != 0) {
		fprintf(stderr, "tillgate-sim-scanner: %s: %s\n", doing, strerror(errno));
		return false;
	}
	happens(o, "ATTACHED", "");
	return true;
}

/* The first half of a label, and then the cable is pulled. */
static bool cut(struct device *d, const struct options *o, const char *bytes, size_t len)
{
	static uint8_t out[MAKER_BYTES_MAX];
	size_t n;

	if (is_unplugged(d))
		return true;
	if (!o->blind && !wait_for_host(d, o))
		return false;
	n = maker_send(&maker, out, bytes, len, o->suffix);
	maker.waiting = false;
	happens(o, "CUT", "");
	if (!device_send(d, out, n / 2))
		return false;
	unplug(d, o);
	return true;
}

/* "@wait 500": the number behind the word; -1 if there is none. */
static long amount(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	return end != text && *end == '\0' && n >= 0 && n <= 1000000000 ? n : -1;
}

/* `line` begins with '@'. Sets `*wrong` where it is no such word. */
static bool act(struct device *d, const struct options *o, char *line, const char **wrong)
{
	size_t word = strcspn(line, " ");
	char *more = line + word + (line[word] == ' ');
	long n = amount(more);
	int len;

	line[word] = '\0';
	if (strcmp(line, "@unplug") == 0)
		unplug(d, o);
	else if (strcmp(line, "@plug") == 0) /* elsewhere or not: it is another pseudo-terminal each time */
		return plug(d, o);
	else if (strcmp(line, "@say") == 0)
		happens(o, "SAY", more);
	else if (strcmp(line, "@wait") == 0 && n >= 0)
		return is_unplugged(d) ? pause_ms(n) : attend(d, o, n);
	else if (strcmp(line, "@empty") == 0)
		return is_unplugged(d) || device_send(d, o->suffix, strlen(o->suffix));
	else if (strcmp(line, "@noise") == 0 && n >= 0)
		return is_unplugged(d) || send_noise(d, o, n);
	else if (strcmp(line, "@flood") == 0 && n >= 0)
		return is_unplugged(d) || send_flood(d, o, n);
	else if (strcmp(line, "@cut") == 0 && (len = basket_decode(more, o->aim, wrong)) > 0)
		return cut(d, o, more, (size_t)len);
	else if (*wrong == NULL)
		*wrong = "no such word, or not what belongs behind it; see --help";
	return true;
}

/* One line. Sets `*wrong`; false: the host did not come, or a signal did. */
static bool take_line(struct device *d, const struct options *o, char *line, const char **wrong)
{
	int len;

	if (line[0] == '@')
		return act(d, o, line, wrong);
	len = basket_decode(line, o->aim, wrong);
	if (len < 0 || is_unplugged(d))
		return len < 0 || pause_ms(o->interval_ms);
	return send_label(d, o, line, (size_t)len) && (attend(d, o, o->interval_ms) || stop);
}

static int send_basket(struct device *d, const struct options *o, FILE *in, const char *name)
{
	char *line = NULL;
	size_t size = 0, number = 0;
	ssize_t n;
	int rc = EXIT_SENT;

	while (rc != EXIT_HOST && !stop && (n = getline(&line, &size, in)) >= 0) {
		const char *wrong = NULL;

		number++;
		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			line[--n] = '\0';
		if (basket_skip(line))
			continue;
		if (!take_line(d, o, line, &wrong))
			rc = EXIT_HOST;
		if (wrong != NULL) {
			fprintf(stderr, "tillgate-sim-scanner: %s:%zu: %s\n", name, number, wrong);
			rc = EXIT_WRONG;
		}
	}
	free(line);
	return rc;
}

static int run(const struct options *o, FILE *basket)
{
	const char *doing;
	struct device d;
	int rc;

	if (device_make(&d, o->link, &doing) != 0) {
		fprintf(stderr, "tillgate-sim-scanner: %s: %s\n", doing, strerror(errno));
		device_remove(&d);
		return EXIT_DEVICE;
	}
	maker = (struct maker){ .kind = o->maker, .wait = o->wait, .patience_ms = (int)o->patience_ms };
	rc = wait_for_host(&d, o) && send_noise(&d, o, o->noise) && send_flood(&d, o, o->flood) ? EXIT_SENT : EXIT_HOST;
	if (rc == EXIT_SENT)
		rc = send_basket(&d, o, basket, o->basket);
	if (rc != EXIT_HOST && o->hold && basket != stdin) {
		int more = send_basket(&d, o, stdin, "standard input");

		rc = more == EXIT_SENT ? rc : more;
	}
	if (rc != EXIT_HOST && drain(&d) != EXIT_SENT)
		rc = EXIT_HOST;
	device_remove(&d);
	return rc;
}

static bool number(long *out, const char *text, const char *option)
{
	char *end;

	errno = 0;
	*out = strtol(text, &end, 10);
	if (errno == 0 && *end == '\0' && end != text && *out >= 0 && *out <= 1000000000)
		return true;
	fprintf(stderr, "tillgate-sim-scanner: --%s: \"%s\" is no number from 0 to 1000000000\n", option,
		text);
	return false;
}

static bool choose(int *out, const char *word, const char *const *words, const char *option)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(word, words[i]) == 0) {
			*out = i;
			return true;
		}
	fprintf(stderr, "tillgate-sim-scanner: --%s: wanted one of", option);
	for (int i = 0; words[i] != NULL; i++)
		fprintf(stderr, " %s", words[i]);
	fputc('\n', stderr);
	return false;
}

static bool take_maker(struct options *o, const char *word)
{
	static const char *const words[] = { "plain", "ssi", "honeywell", "datalogic", NULL };
	int i;

	if (!choose(&i, word, words, "maker"))
		return false;
	o->maker = (enum maker_kind)i;
	return true;
}

static bool take_wait(struct options *o, const char *word)
{
	static const char *const words[] = { "nothing", "ack", "ack-bel", "host-ack", NULL };
	int i;

	if (!choose(&i, word, words, "wait-for"))
		return false;
	o->wait = (enum maker_wait)i;
	return true;
}

static bool suffix(struct options *o, const char *word)
{
	static const char *const words[] = { "cr", "lf", "crlf" }, *const bytes[] = { "\r", "\n", "\r\n" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0) {
			o->suffix = bytes[i];
			return true;
		}
	fprintf(stderr, "tillgate-sim-scanner: --suffix: wanted cr, lf or crlf\n");
	return false;
}

enum {
	OPT_AIM = 256,
	OPT_SUFFIX,
	OPT_INTERVAL,
	OPT_SETTLE,
	OPT_WAIT,
	OPT_BLIND,
	OPT_SPLIT,
	OPT_NOISE,
	OPT_FLOOD,
	OPT_HOLD,
	OPT_MAKER,
	OPT_WAIT_FOR,
	OPT_PATIENCE,
	OPT_PRINT,
	OPT_HELP
};

static const struct option longs[] = {
	{ "aim", no_argument, NULL, OPT_AIM },
	{ "suffix", required_argument, NULL, OPT_SUFFIX },
	{ "interval-ms", required_argument, NULL, OPT_INTERVAL },
	{ "settle-ms", required_argument, NULL, OPT_SETTLE },
	{ "wait-s", required_argument, NULL, OPT_WAIT },
	{ "blind", no_argument, NULL, OPT_BLIND },
	{ "split", no_argument, NULL, OPT_SPLIT },
	{ "noise", required_argument, NULL, OPT_NOISE },
	{ "flood", required_argument, NULL, OPT_FLOOD },
	{ "hold", no_argument, NULL, OPT_HOLD },
	{ "maker", required_argument, NULL, OPT_MAKER },
	{ "wait-for", required_argument, NULL, OPT_WAIT_FOR },
	{ "patience-ms", required_argument, NULL, OPT_PATIENCE },
	{ "print", no_argument, NULL, OPT_PRINT },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static bool take_option(struct options *o, int option, const char *name)
{
	switch (option) {
	case OPT_AIM:
		return o->aim = true;
	case OPT_BLIND:
		return o->blind = true;
	case OPT_SPLIT:
		return o->split = true;
	case OPT_HOLD:
		return o->hold = true;
	case OPT_PRINT:
		return o->print = true;
	case OPT_MAKER:
		return take_maker(o, optarg);
	case OPT_WAIT_FOR:
		return take_wait(o, optarg);
	case OPT_SUFFIX:
		return suffix(o, optarg);
	case OPT_INTERVAL:
		return number(&o->interval_ms, optarg, name);
	case OPT_SETTLE:
		return number(&o->settle_ms, optarg, name);
	case OPT_WAIT:
		return number(&o->wait_s, optarg, name);
	case OPT_PATIENCE:
		return number(&o->patience_ms, optarg, name);
	case OPT_NOISE:
		return number(&o->noise, optarg, name);
	case OPT_FLOOD:
		return number(&o->flood, optarg, name);
	default:
		fprintf(stderr, "try: tillgate-sim-scanner --help\n");
		return false;
	}
}

/* -1: go on; otherwise the exit status. */
static int parse(struct options *o, int argc, char **argv)
{
	int option, index = 0;

	while ((option = getopt_long(argc, argv, "", longs, &index)) != -1) {
		if (option == OPT_HELP) {
			fputs(usage, stdout);
			return EXIT_SENT;
		}
		if (!take_option(o, option, option == '?' ? "" : longs[index].name))
			return EXIT_WRONG;
	}
	if (argc - optind < 1 || argc - optind > 2) {
		fputs(usage, stderr);
		return EXIT_WRONG;
	}
	o->link = argv[optind];
	o->basket = argc - optind == 2 && strcmp(argv[optind + 1], "-") != 0 ? argv[optind + 1]
									     : "standard input";
	return -1;
}

int main(int argc, char **argv)
{
	struct options o = { .suffix = "\r", .interval_ms = 300, .settle_ms = 200, .wait_s = -1 };
	struct sigaction action = { .sa_handler = on_signal };
	FILE *basket = stdin;
	int rc = parse(&o, argc, argv);

	if (rc >= 0)
		return rc;
	if (argc - optind == 2 && strcmp(argv[optind + 1], "-") != 0)
		basket = fopen(o.basket, "r");
	if (basket == NULL) {
		fprintf(stderr, "tillgate-sim-scanner: %s: %s\n", o.basket, strerror(errno));
		return EXIT_WRONG;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	rc = run(&o, basket);
	if (basket != stdin)
		fclose(basket);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * options.c - the command line. See options.h.
 */
#include "simulator/usb/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"usage: tillgate-sim-usb [options] [BASKET]\n"
	"\n"
	"A virtual USB scanner: HID POS, keyboard or serial (CDC-ACM). Plugs itself into this machine's kernel (root, module\n"
	"vhci-hcd), or is offered to `usbip attach`. BASKET holds one label a line, as for tillgate-sim-scanner(1), and words for\n"
	"what else happens to a scanner: @unplug, @plug, @plug elsewhere, @cut LABEL, @wait MS, @noise N, @flood N, @empty, @say TEXT.\n"
	"\n"
	"  --description FILE  what scanner it is, \"name = value\" a line\n"
	"  --set NAME=VALUE    the same for one name; later ones win. family: hid-pos (default), keyboard, cdc-acm\n"
	"  --offer PORT        do not plug in; listen on 127.0.0.1:PORT for usbip (3240 is usual)\n"
	"  --interval-ms N     between two scans (300)\n"
	"  --settle-ms N       after a host has begun to listen (200)\n"
	"  --pace-ms N         between two reports (0: as fast as the host takes them)\n"
	"  --wait-s N          give up when no host has listened for N seconds (default: never)\n"
	"  --answered          the next scan only when the host has said something to this one (a beep, for HID POS)\n"
	"  --hold              after BASKET go on with standard input\n"
	"  --times             each line of output begins with its time, in microseconds of the monotonic clock\n"
	"  --quiet             do not say what happens\n"
	"  --help              this text\n"
	"\n"
	"exit: 0 all sent, 1 no host listens, 2 usage or a bad line, 3 the device could not be made\n";

enum { OPT_DESCRIPTION = 256, OPT_SET, OPT_OFFER, OPT_INTERVAL, OPT_SETTLE, OPT_PACE, OPT_WAIT, OPT_ANSWERED, OPT_HOLD, OPT_TIMES, OPT_QUIET, OPT_HELP };

static const struct option longs[] = {
	{ "description", required_argument, NULL, OPT_DESCRIPTION },
	{ "set", required_argument, NULL, OPT_SET },
	{ "offer", required_argument, NULL, OPT_OFFER },
	{ "interval-ms", required_argument, NULL, OPT_INTERVAL },
	{ "settle-ms", required_argument, NULL, OPT_SETTLE },
	{ "pace-ms", required_argument, NULL, OPT_PACE },
	{ "wait-s", required_argument, NULL, OPT_WAIT },
	{ "answered", no_argument, NULL, OPT_ANSWERED },
	{ "hold", no_argument, NULL, OPT_HOLD },
	{ "times", no_argument, NULL, OPT_TIMES },
	{ "quiet", no_argument, NULL, OPT_QUIET },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static bool number(long *out, const char *text, long from, long to)
{
	char *end;

	*out = strtol(text, &end, 10);
	if (end != text && *end == '\0' && *out >= from && *out <= to)
		return true;
	fprintf(stderr, "tillgate-sim-usb: \"%s\": wanted a number from %ld to %ld\n", text, from, to);
	return false;
}

static bool set_one(struct description *d, char *text)
{
	const char *wrong;

	if (description_set(d, text, &wrong))
		return true;
	fprintf(stderr, "tillgate-sim-usb: --set: %s\n", wrong);
	return false;
}

static bool take_option(struct options *o, int option)
{
	switch (option) {
	case OPT_DESCRIPTION:
		return description_read(&o->what, optarg);
	case OPT_SET:
		return set_one(&o->what, optarg);
	case OPT_OFFER:
		return number(&o->offer, optarg, 1, 65535);
	case OPT_INTERVAL:
		return number(&o->interval_ms, optarg, 0, 3600000);
	case OPT_SETTLE:
		return number(&o->settle_ms, optarg, 0, 3600000);
	case OPT_PACE:
		return number(&o->pace_ms, optarg, 0, 10000);
	case OPT_WAIT:
		return number(&o->wait_s, optarg, 0, 86400);
	case OPT_HOLD:
		return o->hold = true;
	case OPT_QUIET:
		return o->quiet = true;
	case OPT_ANSWERED:
		return o->answered = true;
	case OPT_TIMES:
		return o->times = true;
	default:
		fprintf(stderr, "try: tillgate-sim-usb --help\n");
		return false;
	}
}

int options_parse(struct options *o, int argc, char **argv)
{
	int option;

	*o = (struct options){ .what = description_default, .interval_ms = 300, .settle_ms = 200, .wait_s = -1 };
	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (option == OPT_HELP)
			return fputs(usage, stdout), EXIT_SENT;
		if (!take_option(o, option))
			return EXIT_WRONG;
	}
	if (argc - optind > 1)
		return fputs(usage, stderr), EXIT_WRONG;
	o->path = argc > optind && strcmp(argv[optind], "-") != 0 ? argv[optind] : NULL;
	return -1;
}

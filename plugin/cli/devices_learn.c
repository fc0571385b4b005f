/* SPDX-License-Identifier: Apache-2.0
 *
 * devices_learn.c - `tillgate devices --learn`: which device sent this label, and its lines for tillgate.conf. See devices.h.
 *
 * What is listened to: USB HID POS scanners and the ports of known makers of scanners; another port, and any keyboard, only when it was
 * named or is plugged in while we wait. A keyboard on which a person types is given back within the first keys.
 */
#include "drivers/listen.h"
#include "plugin/cli/devices.h"
#include "plugin/cli/ean13.h"
#include "plugin/cli/ask.h"
#include "plugin/daemon/inventory.h"
#include "plugin/gate/drill.h"
#include "store/base/utc.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LISTENERS_MAX 16
#define LOOK_MS 500     /* for what was plugged in */
#define OPEN_TRIES 10   /* of one that was plugged in: udev takes a moment to give the rights */

static volatile sig_atomic_t stopped;

struct known {
	char name[192], node[96];
	unsigned tries; /* to open one that came later; OPEN_TRIES: no more */
};

struct learning {
	const tg_cli *cli;
	const tg_config *config;
	const tg_devices_options *options;
	tg_line line;
	struct known known[TG_DEVICES_MAX];
	size_t known_count;
	tg_listen *listeners[LISTENERS_MAX];
	size_t count;
	bool hand; /* somebody typed */
};

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

/* ---- which ones ---- */

static bool feeds_a_till(const struct learning *l, const tg_device *device)
{
	for (size_t i = 0; i < l->config->lane_count; i++) {
		const tg_lane_config *lane = &l->config->lanes[i];
		char *real = lane->has_output ? realpath(lane->output.path, NULL) : NULL;
		bool is = real != NULL && strcmp(real, device->node) == 0;

		free(real);
		if (is)
			return true;
	}
	return false;
}

static bool is_usable(const tg_device *device)
{
	return device->state == TG_DEVICE_FREE || device->state == TG_DEVICE_DESKTOP || device->state == TG_DEVICE_UNBOUND;
}

/* Without being named. */
static bool is_safe(const struct learning *l, const tg_device *device)
{
	if (!is_usable(device) || feeds_a_till(l, device))
		return false;
	if (device->state == TG_DEVICE_UNBOUND && !tg_udev_knows_vendor(device->vendor))
		return false; /* somebody may have taken it from the kernel for another purpose */
	return strcmp(device->driver, "hid-pos") == 0 || (strcmp(device->driver, "serial") == 0 && tg_udev_knows_vendor(device->vendor));
}

static int open_one(struct learning *l, const tg_device *device, tg_error *err)
{
	int rc = l->count == LISTENERS_MAX ? tg_fail(err, TG_ELIMIT, "more than %d devices", LISTENERS_MAX) :
					     tg_listen_open(&l->listeners[l->count], device, &l->line, err);

	if (rc != TG_OK)
		return rc;
	l->count++;
	fprintf(stderr, "  listening to %s (%s)%s\n", device->name, device->driver,
		strcmp(device->driver, "wedge") == 0 ? ", which is away from the desktop meanwhile" : "");
	return TG_OK;
}

static void close_at(struct learning *l, size_t at)
{
	tg_listen_close(l->listeners[at]);
	l->listeners[at] = l->listeners[--l->count];
}

static struct known *know(struct learning *l, const tg_device *device, bool *is_new)
{
	for (size_t i = 0; i < l->known_count; i++)
		if (strcmp(l->known[i].name, device->name) == 0 && strcmp(l->known[i].node, device->node) == 0) {
			*is_new = false;
			return &l->known[i];
		}
	*is_new = true;
	if (l->known_count == TG_DEVICES_MAX)
		return NULL;
	snprintf(l->known[l->known_count].name, sizeof(l->known[0].name), "%s", device->name);
	snprintf(l->known[l->known_count].node, sizeof(l->known[0].node), "%s", device->node);
	return &l->known[l->known_count++];
}

/* A port that no list has, such as a pseudo-terminal: by its path, or by the lane that has it. */
static int look(tg_device *room, const struct learning *l, tg_error *err)
{
	const char *path = l->options->device;

	for (size_t i = 0; i < l->config->lane_count; i++)
		if (strcmp(l->config->lanes[i].scanner.name, path) == 0 && l->config->lanes[i].scanner.path != NULL)
			path = l->config->lanes[i].scanner.path;
	return path[0] == '/' ? tg_devices_look(room, path, NULL, err) : TG_ENOTFOUND;
}

static int open_named(struct learning *l, const tg_device *list, size_t count, tg_error *err)
{
	const tg_device *device = NULL;
	tg_device room;
	int rc = tg_inventory_find(&device, list, count, l->config, l->options->device, err);

	if (rc == TG_ENOTFOUND && look(&room, l, NULL) == TG_OK) {
		device = &room;
		*err = (tg_error){ 0 };
		rc = TG_OK;
	}
	if (rc != TG_OK)
		return rc;
	if (!is_usable(device)) {
		rc = tg_fail(err, device->state == TG_DEVICE_IN_USE ? TG_EBUSY : TG_EIO, "%.80s: %s", device->name, device->why);
		for (size_t i = 0; i < device->fix_count; i++)
			fprintf(stderr, "  -> %s\n", device->fix[i]);
		return rc;
	}
	if (feeds_a_till(l, device))
		return tg_fail(err, TG_ESTATE, "%s feeds a till", device->name);
	return open_one(l, device, err);
}

static int open_first(struct learning *l, tg_error *err)
{
	tg_error why = { 0 };
	tg_device *list;
	size_t count;
	bool is_new;
	int rc = tg_devices_list(&list, &count, NULL, err);

	if (rc != TG_OK)
		return rc;
	for (size_t i = 0; i < count; i++) {
		struct known *known = know(l, &list[i], &is_new);

		if (known != NULL)
			known->tries = OPEN_TRIES;
	}
	if (l->options->device != NULL)
		rc = open_named(l, list, count, err);
	for (size_t i = 0; i < count && l->options->device == NULL; i++)
		if (is_safe(l, &list[i]) && open_one(l, &list[i], &why) != TG_OK)
			fprintf(stderr, "  %s\n", why.msg);
	free(list);
	return rc;
}

/* What somebody plugs in now is what they mean. */
static void open_plugged(struct learning *l)
{
	tg_error why = { 0 };
	tg_device *list;
	size_t count;

	if (l->options->device != NULL || tg_devices_list(&list, &count, NULL, NULL) != TG_OK)
		return;
	for (size_t i = 0; i < count; i++) {
		bool is_new;
		struct known *known = know(l, &list[i], &is_new);

		if (known == NULL || known->tries == OPEN_TRIES)
			continue;
		if (is_new)
			fprintf(stderr, "%s was plugged in.\n", list[i].name);
		if (is_usable(&list[i]) && !feeds_a_till(l, &list[i]) && open_one(l, &list[i], &why) == TG_OK)
			known->tries = OPEN_TRIES;
		else if (++known->tries == OPEN_TRIES)
			fprintf(stderr, "  it cannot be listened to: %s\n", list[i].why[0] != '\0' ? list[i].why : why.msg);
	}
	free(list);
}

/* ---- what was found ---- */

static void print_words(FILE *to, const tg_learned *learned, const char *lead)
{
	for (size_t i = 0; i < TG_COUNT(learned->words) && learned->words[i][0] != '\0'; i++)
		fprintf(to, "%s%s\n", lead, learned->words[i]);
}

static void print_json(const tg_device *device, const tg_learned *learned, const char *section)
{
	tg_json *json = tg_json_new_object(), *words = tg_json_new_array();

	tg_json_set_str(json, "device", device->name);
	tg_json_set_str(json, "driver", device->driver);
	tg_json_set_str(json, "config", section);
	tg_json_set_bool(json, "expected", learned->expected);
	tg_json_set_bool(json, "aim", learned->aim);
	if (learned->aim)
		tg_json_set_str(json, "aim_id", learned->aim_id);
	if (learned->profile != NULL)
		tg_json_set_str(json, "profile", learned->profile);
	if (learned->framing != NULL)
		tg_json_set_str(json, "framing", learned->framing);
	if (learned->suffix != NULL)
		tg_json_set_str(json, "suffix", learned->suffix);
	if (learned->layout != NULL) {
		tg_json_set_str(json, "layout", learned->layout);
		tg_json_set_str(json, "prefix", learned->prefix);
	}
	for (size_t i = 0; i < TG_COUNT(learned->words) && learned->words[i][0] != '\0'; i++)
		tg_json_add_str(words, learned->words[i]);
	tg_json_set(json, "words", words);
	tg_ask_print_json(json);
	tg_json_free(json);
}

static void print_found(const struct learning *l, const tg_device *device, const tg_learned *learned)
{
	char section[1024];

	tg_learned_section(section, sizeof(section), learned, device->config, l->options->line != NULL ? l->options->line : "9600 8N1");
	if (l->cli->json) {
		print_json(device, learned, section);
		return;
	}
	fprintf(stderr, "It is %s.\n", device->name);
	printf("lane \"NAME\" {\n  operation = sale\n%s}\n", section);
	print_words(stdout, learned, "# ");
	fprintf(stderr, "Put this into tillgate.conf with a name and an output, then: systemctl restart tillgated\n");
}

/* True: that was it. */
static bool judge(struct learning *l, size_t at, int64_t mono_us)
{
	const char *number = tg_drills[TG_DRILL_ALLOW].digits;
	tg_learn *heard = tg_listen_heard(l->listeners[at]);
	const tg_device *device = tg_listen_device(l->listeners[at]);
	tg_learned learned;

	if (!tg_learn_is_over(heard, mono_us))
		return false;
	tg_learn_end(&learned, heard, number);
	tg_learn_forget(heard);
	if (learned.understood && (learned.expected || l->options->any_label)) {
		print_found(l, device, &learned);
		return true;
	}
	if (learned.understood)
		fprintf(stderr, "%s: another label than the one shown, of %zu characters. Scan %s, or use --any-label.\n", device->name,
			learned.label_len, number);
	else
		print_words(stderr, &learned, "  ");
	return false;
}

/* ---- the wait ---- */

/* True: found. Those that a person types on, and those that went away, are closed. */
static bool service(struct learning *l, int64_t mono_us)
{
	for (size_t at = 0; at < l->count;) {
		tg_error err = { 0 };
		const tg_device *device = tg_listen_device(l->listeners[at]);
		bool gone = tg_listen_service(l->listeners[at], mono_us, &err) != TG_OK;

		if (tg_learn_is_hand(tg_listen_heard(l->listeners[at]), mono_us)) {
			fprintf(stderr, "%s: somebody types on it by hand, or it pauses between keys (set its inter-character delay to 0). It is with the "
					"desktop again, and nothing of it was kept.\n",
				device->name);
			l->hand = true;
			close_at(l, at);
		} else if (gone) {
			if (judge(l, at, INT64_MAX)) /* what it sent before it went counts */
				return true;
			fprintf(stderr, "%s\n", err.msg);
			close_at(l, at);
		} else if (judge(l, at, mono_us)) {
			return true;
		} else {
			at++;
		}
	}
	return false;
}

/* 0 found, 1 not. Signals come only while it polls, so that none is missed. */
static int wait_for_label(struct learning *l, const sigset_t *open_mask)
{
	int64_t until_us = tg_mono_now_us() + (int64_t)l->options->timeout_s * 1000000, now_us, look_us = 0;
	static const struct timespec step = { .tv_nsec = 50000000 };

	while (!stopped && (now_us = tg_mono_now_us()) < until_us) {
		struct pollfd fds[LISTENERS_MAX];

		for (size_t i = 0; i < l->count; i++)
			fds[i] = (struct pollfd){ .fd = tg_listen_fd(l->listeners[i]), .events = POLLIN };
		ppoll(fds, (nfds_t)l->count, &step, open_mask);
		if (service(l, tg_mono_now_us()))
			return 0;
		if (l->count == 0 && (l->options->device != NULL || l->hand))
			return 1; /* the one that was meant is gone, or was not it */
		if (now_us >= look_us) {
			open_plugged(l);
			look_us = now_us + LOOK_MS * 1000;
		}
	}
	fprintf(stderr, stopped ? "Stopped; all is given back.\n" : "Nothing was scanned; all is given back.\n");
	return 1;
}

static void show_number(const struct learning *l)
{
	const char *number = tg_drills[TG_DRILL_ALLOW].digits;
	struct winsize size = { 0 };

	if (isatty(STDERR_FILENO) && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= TG_EAN13_MODULES + 20)
		tg_ean13_draw(stderr, number);
	if (l->options->any_label)
		fprintf(stderr, "Scan one label, once, within %d seconds.\n", l->options->timeout_s);
	else
		fprintf(stderr, "Scan the EAN-13 %s (a test product), once, within %d seconds.\n", number, l->options->timeout_s);
	if (l->options->device == NULL)
		fprintf(stderr, "Keyboards are left alone: one may be yours. If the scanner is not among those listened to, unplug it and plug it in again "
				"now, or name it with --device.\n");
}

int tg_devices_learn(tg_cli *cli, const tg_config *config, const tg_devices_options *options)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct learning *l = calloc(1, sizeof(*l));
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked, before;
	tg_error err = { 0 };
	int code = TG_EXIT_NOT_CHECKED;

	if (l == NULL)
		return tg_fail(&err, TG_ENOMEM, "no memory"), tg_cli_fail(cli, &err);
	l->cli = cli;
	l->config = config;
	l->options = options;
	if (tg_line_parse(&l->line, options->line != NULL ? options->line : "", &err) != TG_OK) {
		free(l);
		return tg_cli_misused(cli, "--line: %s", err.msg);
	}
	sigemptyset(&blocked);
	for (size_t i = 0; i < TG_COUNT(signals); i++) {
		sigaction(signals[i], &action, NULL);
		sigaddset(&blocked, signals[i]);
	}
	sigprocmask(SIG_BLOCK, &blocked, &before);
	if (open_first(l, &err) == TG_OK) {
		show_number(l);
		code = wait_for_label(l, &before);
	}
	while (l->count > 0)
		close_at(l, l->count - 1);
	sigprocmask(SIG_SETMASK, &before, NULL);
	free(l);
	return err.code != TG_OK ? tg_cli_fail(cli, &err) : code;
}

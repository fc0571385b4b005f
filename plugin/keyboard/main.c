/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - tillgate-keyboard: types what the daemon lets through, at tills that know keyboards only.
 *
 * A process of its own, because whoever may make a keyboard may press any key: this one holds that right, and has nothing else. It
 * speaks to nobody but over its socket, and presses the keys of allowed characters and one suffix.
 */
#include "plugin/keyboard/uinput.h"
#include "plugin/keyboard/wire.h"
#include "store/base/utc.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { EXIT_STOPPED = 0, EXIT_DEVICE = 1, EXIT_USAGE = 2, EXIT_SOCKET = 3 };

#define CLIENTS_MAX 32 /* lanes of a station */
#define PASSED_SOCKET 3 /* sd_listen_fds(3): the first descriptor that systemd hands over */

struct options {
	const char *socket, *layout, *variant, *allow, *name;
	tg_typist_suffix suffix;
	long key_ms;
};

struct server {
	tg_typist typist;
	tg_uinput device;
	int listener, signals;
	int clients[CLIENTS_MAX];
};

/* ---- one label ---- */

static void answer(int client, uint32_t code, const char *words)
{
	char message[sizeof(code) + TG_KEYBOARD_WORDS_MAX];
	size_t len = strlen(words) < TG_KEYBOARD_WORDS_MAX ? strlen(words) : TG_KEYBOARD_WORDS_MAX;

	memcpy(message, &code, sizeof(code));
	memcpy(message + sizeof(code), words, len);
	(void)!send(client, message, sizeof(code) + len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void type(struct server *s, int client, const struct tg_keyboard_ask *ask, tg_view label)
{
	tg_error err = { 0 };

	if (ask->version != TG_KEYBOARD_VERSION)
		answer(client, TG_KEYBOARD_REFUSED, "the daemon and tillgate-keyboard are of different versions; restart both");
	else if (tg_typist_check(&s->typist, label, &err) != TG_OK)
		answer(client, TG_KEYBOARD_REFUSED, err.msg);
	else if (!tg_typist_in_time(&s->typist, label.len, tg_mono_now_us(), ask->until_us))
		answer(client, TG_KEYBOARD_TOO_SLOW, "typing it takes longer than timeout-ms of the output, or another label took too long");
	else if (tg_uinput_type(&s->device, &s->typist, label, &err) != TG_OK)
		answer(client, TG_KEYBOARD_FAILED, err.msg);
	else
		answer(client, TG_KEYBOARD_TYPED, "");
}

/* False: the client is gone. */
static bool serve(struct server *s, int client)
{
	uint8_t message[sizeof(struct tg_keyboard_ask) + TG_KEYBOARD_LABEL_MAX + 1];
	struct tg_keyboard_ask ask;
	ssize_t n = recv(client, message, sizeof(message), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	if ((size_t)n < sizeof(ask)) {
		answer(client, TG_KEYBOARD_REFUSED, "no message of a label");
		return true;
	}
	memcpy(&ask, message, sizeof(ask));
	type(s, client, &ask, tg_view_of(message + sizeof(ask), (size_t)n - sizeof(ask)));
	return true;
}

/* ---- the socket ---- */

static int make_socket(const char *path, tg_error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat st;
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return tg_fail(err, TG_EINVAL, "--socket %s: longer than %zu bytes", path, sizeof(address.sun_path) - 1), -1;
	strcpy(address.sun_path, path);
	if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return tg_fail(err, TG_EBUSY, "%s is there and is no socket; it is left alone", path), -1;
	unlink(path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0 || fchmod(fd, 0600) != 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, CLIENTS_MAX) != 0) {
		tg_fail_errno(err, TG_EIO, "%s", path);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

/* systemd's, if it hands one over; then it also said who may open it. */
static int passed_socket(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");

	if (pid == NULL || count == NULL || strtol(pid, NULL, 10) != (long)getpid() || strcmp(count, "1") != 0)
		return -1;
	fcntl(PASSED_SOCKET, F_SETFD, FD_CLOEXEC);
	return PASSED_SOCKET;
}

static void take_client(struct server *s)
{
	int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);

	for (size_t i = 0; fd >= 0 && i < CLIENTS_MAX; i++)
		if (s->clients[i] < 0) {
			s->clients[i] = fd;
			return;
		}
	if (fd >= 0)
		close(fd);
}

static void loop(struct server *s)
{
	struct pollfd fds[3 + CLIENTS_MAX];

	for (;;) {
		fds[0] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = s->listener, .events = POLLIN };
		fds[2] = (struct pollfd){ .fd = s->device.fd, .events = POLLIN };
		for (size_t i = 0; i < CLIENTS_MAX; i++)
			fds[3 + i] = (struct pollfd){ .fd = s->clients[i], .events = POLLIN };
		if (poll(fds, TG_COUNT(fds), -1) < 0 && errno != EINTR)
			return;
		if (fds[0].revents != 0)
			return;
		if (fds[1].revents != 0)
			take_client(s);
		if (fds[2].revents != 0)
			tg_uinput_listen(&s->device);
		for (size_t i = 0; i < CLIENTS_MAX; i++)
			if (fds[3 + i].fd >= 0 && fds[3 + i].revents != 0 && !serve(s, fds[3 + i].fd)) {
				close(s->clients[i]);
				s->clients[i] = -1;
			}
	}
}

/* ---- options ---- */

static const char usage[] =
	"usage: tillgate-keyboard [options]\n"
	"\n"
	"Makes a virtual keyboard and types on it what tillgated(8) lets through (an output of the kind keyboard). It presses the keys of\n"
	"allowed characters and the suffix, and no others.\n"
	"\n"
	"  --socket PATH     where the daemon finds it (/run/tillgate/keyboard.sock; systemd may hand it over instead)\n"
	"  --layout NAME     the keyboard layout of the till, as setxkbmap knows it (gb)\n"
	"  --variant NAME    its variant (none)\n"
	"  --suffix WHICH    enter (default), tab or none\n"
	"  --allow CLASSES   what may be typed: digits (default), letters, upper, gs1, ascii, chars:XYZ; several in quotes\n"
	"  --key-ms N        between two keys, 0 to 200 (4); more for tills that lose keys\n"
	"  --name NAME       of the keyboard (tillgate keyboard)\n"
	"  --help            this text\n"
	"\n"
	"exit: 0 stopped by a signal, 1 no keyboard could be made, 2 usage, 3 the socket could not be made\n";

static const struct option longs[] = {
	{ "socket", required_argument, NULL, 's' },
	{ "layout", required_argument, NULL, 'l' },
	{ "variant", required_argument, NULL, 'v' },
	{ "suffix", required_argument, NULL, 'x' },
	{ "allow", required_argument, NULL, 'a' },
	{ "key-ms", required_argument, NULL, 'k' },
	{ "name", required_argument, NULL, 'n' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static bool take_suffix(tg_typist_suffix *out, const char *word)
{
	static const char *const words[] = { "enter", "tab", "none" };

	for (size_t i = 0; i < TG_COUNT(words); i++)
		if (strcmp(word, words[i]) == 0) {
			*out = (tg_typist_suffix)i;
			return true;
		}
	fprintf(stderr, "tillgate-keyboard: --suffix: wanted enter, tab or none\n");
	return false;
}

static bool take_key_ms(long *out, const char *text)
{
	char *end;

	*out = strtol(text, &end, 10);
	if (end != text && *end == '\0' && *out >= 0 && *out <= TG_TYPIST_KEY_MS_MAX)
		return true;
	fprintf(stderr, "tillgate-keyboard: --key-ms: wanted 0 to %d\n", TG_TYPIST_KEY_MS_MAX);
	return false;
}

/* -1: go on; otherwise the exit status. */
static int parse(struct options *o, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (option == 's')
			o->socket = optarg;
		else if (option == 'l')
			o->layout = optarg;
		else if (option == 'v')
			o->variant = optarg;
		else if (option == 'a')
			o->allow = optarg;
		else if (option == 'n')
			o->name = optarg;
		else if (option == 'h')
			return fputs(usage, stdout), EXIT_STOPPED;
		else if (option == '?' || (option == 'x' && !take_suffix(&o->suffix, optarg)) || (option == 'k' && !take_key_ms(&o->key_ms, optarg)))
			return EXIT_USAGE;
	}
	if (optind < argc)
		return fputs(usage, stderr), EXIT_USAGE;
	return -1;
}

static int complain(int status, const tg_error *err)
{
	fprintf(stderr, "tillgate-keyboard: %s\n", err->msg);
	return status;
}

static int run(struct server *s, const struct options *o)
{
	tg_error err = { 0 };
	sigset_t set;

	s->typist.suffix = o->suffix;
	s->typist.key_ms = (int)o->key_ms;
	if (tg_typist_allow(&s->typist, o->allow, &err) != TG_OK || tg_keymap_init(&s->typist.map, o->layout, o->variant, &err) != TG_OK)
		return complain(EXIT_USAGE, &err);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC);
	s->listener = passed_socket();
	if (s->listener < 0)
		s->listener = make_socket(o->socket, &err);
	if (s->listener < 0)
		return complain(EXIT_SOCKET, &err);
	if (tg_uinput_open(&s->device, o->name, &s->typist, &err) != TG_OK)
		return complain(EXIT_DEVICE, &err);
	loop(s);
	tg_uinput_close(&s->device);
	if (s->listener != PASSED_SOCKET)
		unlink(o->socket);
	return EXIT_STOPPED;
}

int main(int argc, char **argv)
{
	struct options o = { .socket = "/run/tillgate/keyboard.sock", .layout = "gb", .variant = "", .allow = "digits", .name = "tillgate keyboard",
		.key_ms = TG_TYPIST_KEY_MS };
	static struct server s = { .device = { .fd = -1 }, .listener = -1, .signals = -1 };
	int rc = parse(&o, argc, argv);

	if (rc >= 0)
		return rc;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		s.clients[i] = -1;
	return run(&s, &o);
}

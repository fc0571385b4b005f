/* SPDX-License-Identifier: Apache-2.0
 *
 * passphrase.c - where the passphrase of the keys comes from. It is never printed.
 */
#include "sync/hq/keys.h"

#include "store/base/file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* What may end the program while the terminal is mute. */
static const int stoppers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
static volatile sig_atomic_t stopped_by;

static void note_stop(int number)
{
	stopped_by = number;
}

/* So that a signal ends the reading and not the program: the terminal must not be left without its echo. */
static void catch_stops(struct sigaction before[TG_COUNT(stoppers)])
{
	struct sigaction action = { .sa_handler = note_stop };

	stopped_by = 0;
	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < TG_COUNT(stoppers); i++)
		(void)sigaction(stoppers[i], &action, &before[i]);
}

/* As it was; and what came meanwhile comes now. */
static void release_stops(const struct sigaction before[TG_COUNT(stoppers)])
{
	for (size_t i = 0; i < TG_COUNT(stoppers); i++)
		(void)sigaction(stoppers[i], &before[i], NULL);
	if (stopped_by != 0)
		(void)raise(stopped_by);
}

static int read_terminal_line(tg_buf *out, int fd, const char *prompt, tg_error *err)
{
	struct sigaction before[TG_COUNT(stoppers)];
	struct termios shown, hidden;
	char c = 0;
	ssize_t got = 0;

	if (tcgetattr(fd, &shown) != 0)
		return tg_fail_errno(err, TG_EIO, "terminal");
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	if (tg_write_all(fd, prompt, strlen(prompt), "terminal", err) != TG_OK)
		return TG_EIO;
	catch_stops(before);
	if (tcsetattr(fd, TCSAFLUSH, &hidden) != 0) {
		release_stops(before);
		return tg_fail_errno(err, TG_EIO, "terminal");
	}
	while (!out->failed && stopped_by == 0 && (got = read(fd, &c, 1)) == 1 && c != '\n' && c != '\r')
		tg_buf_putc(out, c);
	(void)tcsetattr(fd, TCSAFLUSH, &shown);
	if (stopped_by != 0) { /* it may be the end: nothing of it stays in memory */
		got = 0;
		if (out->data != NULL)
			tg_wipe(out->data, out->cap);
	}
	release_stops(before);
	if (got != 1)
		return tg_fail(err, TG_EIO, "terminal: no passphrase was typed");
	if (tg_write_all(fd, "\n", 1, "terminal", err) != TG_OK) /* the one that was not echoed */
		return TG_EIO;
	return tg_buf_check(out, "passphrase", err);
}

static int from_terminal(tg_buf *out, bool confirm, tg_error *err)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	tg_buf again;
	int rc;

	if (fd < 0)
		return tg_fail(err, TG_ESTATE,
			"no passphrase: give --passphrase-file or TILLGATE_HQ_PASSPHRASE_FILE, or run it at "
			"a terminal");
	tg_buf_init(&again, TG_PASSPHRASE_MAX);
	rc = read_terminal_line(
		out, fd, confirm ? "New passphrase (8 characters or more): " : "Passphrase: ", err);
	if (rc == TG_OK && confirm) {
		rc = read_terminal_line(&again, fd, "The same again: ", err);
		if (rc == TG_OK && !tg_view_equal(tg_buf_view(out), tg_buf_view(&again)))
			rc = tg_fail(err, TG_EINVAL, "the two passphrases differ");
	}
	if (again.data != NULL)
		tg_wipe(again.data, again.len);
	tg_buf_fini(&again);
	(void)close(fd);
	return rc;
}

static int from_file(tg_buf *out, const char *file, tg_error *err)
{
	int rc = tg_file_read(out, file, TG_PASSPHRASE_MAX, err);

	if (rc == TG_OK && out->len > 0 && out->data[out->len - 1] == '\n')
		out->len--;
	if (rc == TG_OK && out->len > 0 && out->data[out->len - 1] == '\r')
		out->len--;
	return rc;
}

int tg_passphrase_get(tg_buf *out, const char *file, bool confirm, tg_error *err)
{
	int rc;

	tg_buf_init(out, TG_PASSPHRASE_MAX);
	if (file == NULL)
		file = getenv("TILLGATE_HQ_PASSPHRASE_FILE");
	rc = file != NULL && file[0] != '\0' ? from_file(out, file, err) : from_terminal(out, confirm, err);
	if (rc == TG_OK && confirm && out->len < TG_PASSPHRASE_MIN)
		rc = tg_fail(
			err, TG_EINVAL, "the passphrase is too short: at least %d bytes", TG_PASSPHRASE_MIN);
	return rc;
}

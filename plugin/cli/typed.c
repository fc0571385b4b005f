/* SPDX-License-Identifier: Apache-2.0
 *
 * typed.c - see typed.h.
 */
#include "plugin/cli/typed.h"

#include "store/base/crypto.h"

#include <errno.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

/* Byte by byte and no further: what comes after the line may be for somebody else. */
static int read_line(tg_typed *out, int fd, const char *name, tg_error *err)
{
	size_t len = 0;
	char c = '\0';
	ssize_t n;

	for (;;) {
		do
			n = read(fd, &c, 1);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return tg_fail_errno(err, TG_EIO, "%s", name);
		if (n == 0 || c == '\n')
			break;
		if (c == '\0' || len == sizeof(out->text) - 1)
			return tg_fail(err, TG_EFORMAT, "%s: %s", name, c == '\0' ? "a zero byte in the line" : "the line is too long");
		out->text[len++] = c;
	}
	if (len > 0 && out->text[len - 1] == '\r')
		len--;
	out->text[len] = '\0';
	return len > 0 ? TG_OK : tg_fail(err, TG_EFORMAT, "%s: the first line is empty", name);
}

int tg_typed_read(tg_typed *out, const char *path, tg_error *err)
{
	FILE *file = strcmp(path, "-") == 0 ? NULL : fopen(path, "re");
	int rc;

	*out = (tg_typed){ .text = "" };
	if (file == NULL && strcmp(path, "-") != 0)
		return tg_fail_errno(err, errno == ENOENT ? TG_ENOTFOUND : TG_EIO, "%s", path);
	rc = read_line(out, file != NULL ? fileno(file) : STDIN_FILENO, file != NULL ? path : "standard input", err);
	if (file != NULL)
		fclose(file);
	if (rc != TG_OK)
		tg_wipe(out, sizeof(*out));
	return rc;
}

/* Opened anew, so that a redirected input is not taken for a person. */
static int ask_once(tg_typed *out, FILE *tty, const char *prompt, tg_error *err)
{
	struct termios shown, hidden;
	int rc;

	if (tcgetattr(fileno(tty), &shown) != 0)
		return tg_fail_errno(err, TG_EIO, "terminal");
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	fprintf(tty, "%s: ", prompt);
	fflush(tty);
	if (tcsetattr(fileno(tty), TCSAFLUSH, &hidden) != 0)
		return tg_fail_errno(err, TG_EIO, "terminal");
	rc = read_line(out, fileno(tty), "terminal", err);
	(void)tcsetattr(fileno(tty), TCSAFLUSH, &shown);
	fputc('\n', tty);
	return rc;
}

int tg_typed_ask(tg_typed *out, const char *prompt, bool twice, tg_error *err)
{
	tg_typed again = { .text = "" };
	FILE *tty = fopen("/dev/tty", "r+e");
	int rc;

	*out = (tg_typed){ .text = "" };
	if (tty == NULL)
		return tg_fail(err, TG_ESTATE, "%s: there is no terminal to ask at; give a file", prompt);
	rc = ask_once(out, tty, prompt, err);
	if (rc == TG_OK && twice) {
		rc = ask_once(&again, tty, "the same again", err);
		if (rc == TG_OK && strcmp(out->text, again.text) != 0)
			rc = tg_fail(err, TG_EFORMAT, "%s: the two are not alike", prompt);
	}
	fclose(tty);
	tg_wipe(&again, sizeof(again));
	if (rc != TG_OK)
		tg_wipe(out, sizeof(*out));
	return rc;
}

tg_json *tg_typed_proof(const char *who, const tg_typed *pin, const tg_typed *badge)
{
	tg_json *json = tg_json_new_object();

	if (who != NULL)
		tg_json_set_str(json, "who", who);
	if (pin->text[0] != '\0')
		tg_json_set_str(json, "pin", pin->text);
	if (badge->text[0] != '\0')
		tg_json_set_str(json, "badge", badge->text);
	return json;
}

const char *tg_typed_person_fault(const tg_typed_person *p)
{
	if ((p->pin_file != NULL) + (p->badge_file != NULL) + (p->badge_at != NULL) > 1)
		return "one of --pin-file, --badge-file and --badge-at";
	if (p->who == NULL && p->badge_file == NULL && p->badge_at == NULL)
		return "give --who, or a badge";
	return NULL;
}

int tg_typed_read_person(tg_json **out, const tg_typed_person *p, const char *prompt, tg_error *err)
{
	tg_typed pin = { .text = "" }, badge = { .text = "" };
	int rc = TG_OK;

	if (p->badge_file != NULL)
		rc = tg_typed_read(&badge, p->badge_file, err);
	else if (p->pin_file != NULL)
		rc = tg_typed_read(&pin, p->pin_file, err);
	else if (p->badge_at == NULL)
		rc = tg_typed_ask(&pin, prompt, false, err);
	if (rc == TG_OK) {
		*out = tg_typed_proof(p->who, &pin, &badge);
		if (p->badge_at != NULL)
			tg_json_set_str(*out, "badge_at", p->badge_at);
	}
	tg_wipe(&pin, sizeof(pin));
	tg_wipe(&badge, sizeof(badge));
	return rc;
}

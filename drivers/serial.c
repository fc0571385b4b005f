/* SPDX-License-Identifier: Apache-2.0
 *
 * serial.c - the device family "serial": a scanner on a line that sends each label with a terminator.
 *
 * Attaches by path, reads, frames, notices silence and hang-ups, attaches again. The plain profile only
 * listens: what one model takes for a beep is another model's programming command, so nothing is ever written
 * to an unknown device.
 */
#include "drivers/news.h"

#include "store/base/utc.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_SIZE 4096                   /* what the kernel's line discipline holds at most */
#define READS_A_CALL (65536 / READ_SIZE) /* the 64 kB that scanner.h promises */

struct serial {
	char *path;
	tg_line line;
	int64_t retry_us, silence_us; /* silence_us below 0: never */
	tg_port *port; /* NULL while detached */
	bool was_attached;
	int64_t retry_at_us;
	int64_t last_byte_us;
	tg_error why;   /* why it is detached */
	tg_framing framing;
	tg_news news;
};

static const char *const trouble_words[TG_TROUBLES] = {
	"bytes that are no label; check speed, parity and cable",
	"bytes without a terminator; check the scanner's suffix",
	"a terminator without a label",
	"a label began and never ended; check cable and suffix",
	"the line was too fast for this station; the label was dropped",
};

static void attach(struct serial *s)
{
	bool first = s->why.code == TG_OK && !s->was_attached;
	tg_error err = { 0 };
	char words[TG_SCANNER_WORDS_SIZE];

	if (tg_port_open(&s->port, s->path, &s->line, &err) == TG_OK) {
		tg_scanner_event_kind kind = s->was_attached ? TG_SCANNER_BACK : TG_SCANNER_ATTACHED;

		s->why = (tg_error){ 0 };
		s->was_attached = true;
		snprintf(words, sizeof(words), "%.150s by %s", tg_port_path(s->port),
			tg_port_backend_name(s->port));
		tg_news_say(&s->news, kind, 1, 0, words);
		return;
	}
	s->why = err;
	s->retry_at_us = s->news.now_us + s->retry_us;
	if (first)
		tg_news_say(&s->news, TG_SCANNER_MISSING, 1, 0, err.msg);
}

static void detach(struct serial *s, const tg_error *why)
{
	size_t cut = tg_framing_pending(&s->framing);

	tg_framing_init(&s->framing, s->framing.mode, s->framing.aim);
	tg_port_close(s->port);
	s->port = NULL;
	s->news.lossy = false;
	s->why = *why;
	s->retry_at_us = s->news.now_us + s->retry_us;
	tg_news_flush(&s->news);
	tg_news_say(&s->news, TG_SCANNER_GONE, 1, cut, why->msg);
}

static void line_is_empty(struct serial *s, int revents)
{
	tg_error err = { 0 };

	if (!tg_port_lost(s->port) && tg_framing_pending(&s->framing) == 0)
		s->news.lossy = false;
	if ((revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
		tg_fail(&err, TG_ENOTFOUND, "%.150s: hung up", tg_port_path(s->port));
		detach(s, &err);
	}
}

/* True while there may be more to read. */
static bool read_once(struct serial *s, int revents)
{
	uint8_t buf[READ_SIZE];
	tg_error err = { 0 };
	size_t got;

	if (tg_port_read(s->port, buf, sizeof(buf), &got, &err) != TG_OK) {
		detach(s, &err);
		return false;
	}
	if (got == 0) {
		line_is_empty(s, revents);
		return false;
	}
	if (tg_port_lost(s->port))
		s->news.lossy = true;
	s->last_byte_us = s->news.now_us;
	tg_framing_feed(&s->framing, buf, got, tg_news_frame, &s->news);
	return true;
}

static bool silent_inside_label(const struct serial *s)
{
	return s->silence_us > 0 && tg_framing_pending(&s->framing) > 0 &&
	       s->news.now_us - s->last_byte_us >= s->silence_us;
}

static void serial_service(void *state, int revents, int64_t mono_us)
{
	struct serial *s = state;

	s->news.now_us = mono_us;
	if (s->port == NULL && mono_us >= s->retry_at_us)
		attach(s);
	else if (s->port != NULL && revents != 0)
		for (int i = 0; i < READS_A_CALL && read_once(s, revents); i++)
			;
	if (silent_inside_label(s))
		tg_framing_abandon(&s->framing, tg_news_frame, &s->news);
	tg_news_due(&s->news);
}

static void earliest(int64_t *due_us, int64_t at_us)
{
	if (at_us < *due_us)
		*due_us = at_us;
}

static int serial_timeout_ms(const void *state, int64_t mono_us)
{
	const struct serial *s = state;
	int64_t due_us = tg_news_next_us(&s->news);

	if (s->port == NULL)
		earliest(&due_us, s->retry_at_us);
	if (s->silence_us > 0 && tg_framing_pending(&s->framing) > 0)
		earliest(&due_us, s->last_byte_us + s->silence_us);
	if (due_us == INT64_MAX)
		return -1;
	return due_us <= mono_us ? 0 : (int)((due_us - mono_us + 999) / 1000);
}

static int serial_fd(const void *state)
{
	const struct serial *s = state;

	return s->port == NULL ? -1 : tg_port_fd(s->port);
}

static unsigned serial_can(const void *state)
{
	(void)state;
	return 0;
}

static int serial_feedback(void *state, tg_feedback what, tg_error *err)
{
	const struct serial *s = state;

	(void)what;
	return tg_fail(err, TG_ESTATE, "%s: a plain serial scanner cannot be told", s->news.name);
}

static void serial_describe(tg_scanner_info *out, const void *state)
{
	const struct serial *s = state;

	out->attached = s->port != NULL;
	if (s->port != NULL) {
		out->device = tg_port_path(s->port);
		out->backend = tg_port_backend_name(s->port);
	} else {
		out->words = s->why.msg;
	}
}

static void serial_close(void *state)
{
	struct serial *s = state;

	tg_port_close(s->port);
	free(s->path);
	free(s);
}

static int check_config(const tg_scanner_config *config, tg_error *err)
{
	if (config->path == NULL || config->path[0] != '/')
		return tg_fail(
			err, TG_EINVAL, "scanner %s: wanted the full path of a serial port", config->name);
	if (config->profile != NULL && strcmp(config->profile, "plain") != 0)
		return tg_fail(err, TG_EINVAL, "scanner %s: no serial profile \"%s\"", config->name,
			config->profile);
	if (config->framing > TG_FRAME_CRLF)
		return tg_fail(err, TG_EINVAL, "scanner %s: unknown framing", config->name);
	return TG_OK;
}

static int serial_open(
	void **state, const tg_scanner_config *config, const tg_scanner_sink *sink, tg_error *err)
{
	struct serial *s;
	int rc = check_config(config, err);

	if (rc != TG_OK)
		return rc;
	s = calloc(1, sizeof(*s));
	if (s == NULL || (s->path = strdup(config->path)) == NULL) {
		free(s);
		return tg_fail(err, TG_ENOMEM, "scanner %s", config->name);
	}
	tg_news_init(&s->news, config->name, sink, trouble_words);
	s->line = config->line;
	s->retry_us = INT64_C(1000) * (config->retry_ms > 0 ? config->retry_ms : TG_SCANNER_RETRY_MS);
	s->silence_us = config->silence_ms == 0 ? TG_SCANNER_SILENCE_MS : config->silence_ms;
	s->silence_us *= 1000;
	tg_framing_init(&s->framing, config->framing, config->aim);
	attach(s);
	*state = s;
	return TG_OK;
}

const tg_scanner_backend tg_scanner_serial = {
	.name = "serial",
	.open = serial_open,
	.fd = serial_fd,
	.timeout_ms = serial_timeout_ms,
	.service = serial_service,
	.can = serial_can,
	.feedback = serial_feedback,
	.describe = serial_describe,
	.close = serial_close,
};

/* SPDX-License-Identifier: Apache-2.0
 *
 * serial.c - the device family "serial": a scanner on a line that sends each label with a terminator.
 *
 * Attaches by path, reads, frames, notices silence and hang-ups, attaches again. The plain profile only
 * listens: what one model takes for a beep is another model's programming command, so nothing is ever written
 * to an unknown device.
 */
#include "drivers/scanner.h"

#include "store/base/utc.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_SIZE 4096                   /* what the kernel's line discipline holds at most */
#define READS_A_CALL (65536 / READ_SIZE) /* the 64 kB that scanner.h promises */
#define TROUBLES (TG_SCANNER_OVERFLOW - TG_SCANNER_NOISE + 1)

/* Troubles of one kind, waiting for their turn to be said. */
struct crowd {
	uint32_t count;
	size_t len_bytes;
	int64_t quiet_until_us; /* said before this: count on */
};

struct serial {
	char name[TG_DEVICE_NAME_SIZE];
	char *path;
	tg_line line;
	int64_t retry_us, silence_us; /* silence_us below 0: never */
	tg_scanner_sink sink;
	tg_port *port; /* NULL while detached */
	bool was_attached;
	bool lossy; /* bytes were lost since the line was last empty: what is being read may have a hole */
	int64_t retry_at_us;
	int64_t last_byte_us;
	int64_t now_us; /* mono, of the service call that runs */
	tg_error why;   /* why it is detached */
	struct crowd crowds[TROUBLES];
	tg_framing framing;
	tg_scan scan; /* filled for each delivery: too big for the stack of a small thread */
};

static const char *const trouble_words[TROUBLES] = {
	"bytes that are no label; check speed, parity and cable",
	"bytes without a terminator; check the scanner's suffix",
	"a terminator without a label",
	"a label began and never ended; check cable and suffix",
	"the line was too fast for this station; the label was dropped",
};

static void say(
	struct serial *s, tg_scanner_event_kind kind, uint32_t count, size_t len_bytes, const char *words)
{
	tg_scanner_event event = {
		.kind = kind,
		.at_us = tg_utc_now_us(),
		.mono_us = s->now_us,
		.count = count,
		.len_bytes = len_bytes,
	};

	memcpy(event.device, s->name, sizeof(event.device));
	snprintf(event.words, sizeof(event.words), "%s", words);
	s->sink.event(s->sink.user, &event);
}

/* Say the crowds whose time has come; all of them if `now_us` is INT64_MAX. */
static void say_crowds(struct serial *s, int64_t now_us)
{
	for (int i = 0; i < TROUBLES; i++) {
		struct crowd *c = &s->crowds[i];

		if (c->count == 0 || now_us < c->quiet_until_us)
			continue;
		say(s, (tg_scanner_event_kind)(TG_SCANNER_NOISE + i), c->count, c->len_bytes,
			trouble_words[i]);
		*c = (struct crowd){ .quiet_until_us = s->now_us + TG_SCANNER_CROWD_MS * 1000 };
	}
}

static void trouble(struct serial *s, tg_scanner_event_kind kind, size_t len_bytes)
{
	struct crowd *c = &s->crowds[kind - TG_SCANNER_NOISE];

	c->count++;
	c->len_bytes += len_bytes;
	say_crowds(s, s->now_us);
}

static void deliver(struct serial *s, const tg_frame *frame)
{
	tg_scan *scan = &s->scan;

	memcpy(scan->device, s->name, sizeof(scan->device));
	memcpy(scan->aim, frame->aim, sizeof(scan->aim));
	scan->flags = frame->aim_missing ? TG_SCAN_AIM_MISSING : 0;
	scan->at_us = tg_utc_now_us();
	scan->mono_us = s->now_us;
	scan->len = frame->len;
	memcpy(scan->data, frame->data, frame->len);
	s->sink.scan(s->sink.user, scan);
}

static void take_frame(void *user, const tg_frame *frame)
{
	struct serial *s = user;

	/* A label with a hole may be another product's number; nobody can say in which label the hole is. */
	if (s->lossy && frame->kind != TG_FRAME_EMPTY) {
		trouble(s, TG_SCANNER_OVERFLOW, frame->len);
		return;
	}
	switch (frame->kind) {
	case TG_FRAME_SCAN:
		deliver(s, frame);
		break;
	case TG_FRAME_NOISE:
		trouble(s, TG_SCANNER_NOISE, frame->len);
		break;
	case TG_FRAME_TOO_LONG:
		trouble(s, TG_SCANNER_TOO_LONG, frame->len);
		break;
	case TG_FRAME_EMPTY:
		trouble(s, TG_SCANNER_EMPTY, 0);
		break;
	case TG_FRAME_CUT:
		trouble(s, TG_SCANNER_CUT, frame->len);
		break;
	}
}

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
		say(s, kind, 1, 0, words);
		return;
	}
	s->why = err;
	s->retry_at_us = s->now_us + s->retry_us;
	if (first)
		say(s, TG_SCANNER_MISSING, 1, 0, err.msg);
}

static void detach(struct serial *s, const tg_error *why)
{
	size_t cut = tg_framing_pending(&s->framing);

	tg_framing_init(&s->framing, s->framing.mode, s->framing.aim);
	tg_port_close(s->port);
	s->port = NULL;
	s->lossy = false;
	s->why = *why;
	s->retry_at_us = s->now_us + s->retry_us;
	say_crowds(s, INT64_MAX);
	say(s, TG_SCANNER_GONE, 1, cut, why->msg);
}

static void line_is_empty(struct serial *s, int revents)
{
	tg_error err = { 0 };

	if (!tg_port_lost(s->port) && tg_framing_pending(&s->framing) == 0)
		s->lossy = false;
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
		s->lossy = true;
	s->last_byte_us = s->now_us;
	tg_framing_feed(&s->framing, buf, got, take_frame, s);
	return true;
}

static bool silent_inside_label(const struct serial *s)
{
	return s->silence_us > 0 && tg_framing_pending(&s->framing) > 0 &&
	       s->now_us - s->last_byte_us >= s->silence_us;
}

static void serial_service(void *state, int revents, int64_t mono_us)
{
	struct serial *s = state;

	s->now_us = mono_us;
	if (s->port == NULL && mono_us >= s->retry_at_us)
		attach(s);
	else if (s->port != NULL && revents != 0)
		for (int i = 0; i < READS_A_CALL && read_once(s, revents); i++)
			;
	if (silent_inside_label(s))
		tg_framing_abandon(&s->framing, take_frame, s);
	say_crowds(s, mono_us);
}

static void earliest(int64_t *due_us, int64_t at_us)
{
	if (at_us < *due_us)
		*due_us = at_us;
}

static int serial_timeout_ms(const void *state, int64_t mono_us)
{
	const struct serial *s = state;
	int64_t due_us = INT64_MAX;

	if (s->port == NULL)
		earliest(&due_us, s->retry_at_us);
	if (s->silence_us > 0 && tg_framing_pending(&s->framing) > 0)
		earliest(&due_us, s->last_byte_us + s->silence_us);
	for (int i = 0; i < TROUBLES; i++)
		if (s->crowds[i].count > 0)
			earliest(&due_us, s->crowds[i].quiet_until_us);
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
	return tg_fail(err, TG_ESTATE, "%s: a plain serial scanner cannot be told", s->name);
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
	snprintf(s->name, sizeof(s->name), "%s", config->name);
	s->line = config->line;
	s->retry_us = INT64_C(1000) * (config->retry_ms > 0 ? config->retry_ms : TG_SCANNER_RETRY_MS);
	s->silence_us = config->silence_ms == 0 ? TG_SCANNER_SILENCE_MS : config->silence_ms;
	s->silence_us *= 1000;
	s->sink = *sink;
	tg_framing_init(&s->framing, config->framing, config->aim);
	s->now_us = tg_mono_now_us();
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

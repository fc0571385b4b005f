/* SPDX-License-Identifier: Apache-2.0
 *
 * serial.c - the device family "serial": a scanner on a line that sends each label with a terminator.
 *
 * Attaches by path, reads, frames, notices silence and hang-ups, attaches again. What is written is the profile's business
 * (drivers/profiles): the plain one only listens, since what one model takes for a beep is another model's programming command.
 */
#include "drivers/news.h"
#include "drivers/profiles/profile.h"
#include "drivers/profiles/ssi.h"
#include "store/base/utc.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE 4096                   /* what the kernel's line discipline holds at most */
#define READS_A_CALL (65536 / READ_SIZE) /* the 64 kB that scanner.h promises */
#define WRITE_TIMEOUT_MS 200             /* a command of 32 bytes takes 35 ms at 9600 baud; a dead scanner must not hold the lane */

struct serial {
	char *path;
	tg_line line;
	int64_t retry_us, silence_us; /* silence_us below 0: never */
	tg_port *port; /* NULL while detached */
	bool was_attached;
	int64_t retry_at_us;
	int64_t last_byte_us;
	tg_error why;   /* why it is detached */
	tg_standing standing;
	char moved[120];    /* "before /dev/ttyACM0"; "" it is where it was */
	char last_node[96]; /* behind the path when it was attached last; "" never */
	const tg_profile *profile;
	tg_profile_settings settings;
	int64_t gap_us;     /* TG_FRAME_GAP only */
	tg_framing framing; /* unless the profile speaks in packets */
	tg_ssi ssi;
	bool servicing, deaf; /* within one service call: the line did not take what was written, and is not tried again */
	bool answered;        /* what is read now was sent before the scanner had our answer to news.scan */
	tg_news news;
};

static const char *const trouble_words[TG_TROUBLES] = {
	"bytes that are no label; check speed, parity and cable",
	"bytes without a terminator; check the scanner's suffix",
	"a terminator without a label",
	"a label began and never ended; check cable and suffix",
	"the line was too fast for this station; the label was dropped",
	"sent again before it was answered, and counted once; is this station or its till slow?",
};

/* ---- what is written ---- */

/* Each waits its time at most once a service call: a device that babbles and does not listen must not hold the lane for hours. */
static int write_bytes(struct serial *s, const uint8_t *bytes, size_t len, tg_error *err)
{
	int rc;

	if (len == 0)
		return TG_OK;
	if (s->deaf)
		return tg_fail(err, TG_EBUSY, "%s: the line takes nothing", s->news.name);
	rc = tg_port_write(s->port, bytes, len, WRITE_TIMEOUT_MS, err);
	s->deaf = s->servicing && rc == TG_EBUSY;
	return rc;
}

/* An answer that cannot be sent is no trouble of its own: the scanner sends again, or the next read sees the hang-up. */
static void reply(void *user, const uint8_t *bytes, size_t len)
{
	(void)!write_bytes(user, bytes, len, NULL);
}

/* ---- what is read ---- */

/*
 * A scanner that waits for an answer reads nothing meanwhile. So what it sent before it had one, and is the same label, is that label
 * again: its patience was shorter than this station took.
 */
static bool is_repeat(const struct serial *s, const tg_frame *frame)
{
	const tg_scan *last = &s->news.scan;

	return s->answered && frame->kind == TG_FRAME_SCAN && frame->len == last->len &&
	       memcmp(frame->data, last->data, frame->len) == 0 && strcmp(frame->aim, last->aim) == 0;
}

static void take_frame(void *user, const tg_frame *frame)
{
	uint8_t bytes[TG_PROFILE_COMMAND_MAX];
	struct serial *s = user;
	bool scan = frame->kind == TG_FRAME_SCAN && !s->news.lossy;

	if (is_repeat(s, frame)) {
		tg_news_trouble(&s->news, TG_SCANNER_REPEAT, frame->len);
		return;
	}
	/* A scanner that waits for an answer gets one for what is no label, too; a terminator alone is nothing that it waits for. */
	if (s->profile->refuse != NULL && !scan && frame->kind != TG_FRAME_EMPTY)
		reply(s, bytes, s->profile->refuse(bytes, &s->settings));
	tg_news_frame(&s->news, frame);
	if (frame->kind != TG_FRAME_EMPTY)
		s->answered = scan && s->settings.handshake != TG_HANDSHAKE_NONE;
}

static void attach(struct serial *s)
{
	bool first = s->why.code == TG_OK && !s->was_attached;
	tg_error err = { 0 };
	char words[TG_SCANNER_WORDS_SIZE];

	if (tg_port_open(&s->port, s->path, &s->line, &err) == TG_OK) {
		tg_scanner_event_kind kind = s->was_attached ? TG_SCANNER_BACK : TG_SCANNER_ATTACHED;

		const char *node = tg_port_path(s->port);

		s->moved[0] = '\0';
		if (s->last_node[0] != '\0' && strcmp(s->last_node, node) != 0)
			snprintf(s->moved, sizeof(s->moved), "before %s", s->last_node);

		s->why = (tg_error){ 0 };
		s->was_attached = true;
		snprintf(words, sizeof(words), "%.100s by %s%s%s", node, tg_port_backend_name(s->port), s->moved[0] != '\0' ? ", " : "",
			s->moved);
		snprintf(s->last_node, sizeof(s->last_node), "%.95s", node);
		tg_standing_reset(&s->standing);
		tg_news_say(&s->news, kind, 1, 0, words);
		return;
	}
	if (err.code != TG_ENOTFOUND || s->why.code != TG_ENOTFOUND || !s->was_attached)
		s->why = err; /* else what was said when it was unplugged says more */
	s->retry_at_us = s->news.now_us + s->retry_us;
	if (tg_standing_say(&s->standing, &err, s->news.now_us, s->retry_us) || first)
		tg_news_say(&s->news, TG_SCANNER_MISSING, 1, 0, err.msg);
}

static size_t pending(const struct serial *s)
{
	return s->profile->packets ? tg_ssi_pending(&s->ssi) : tg_framing_pending(&s->framing);
}

static void take_bytes(struct serial *s, const uint8_t *bytes, size_t len)
{
	if (s->profile->packets)
		tg_ssi_feed(&s->ssi, bytes, len, take_frame, reply, s);
	else
		tg_framing_feed(&s->framing, bytes, len, take_frame, s);
}

static void detach(struct serial *s, const tg_error *why)
{
	size_t cut = pending(s);

	tg_framing_init(&s->framing, s->framing.mode, s->framing.aim);
	tg_ssi_init(&s->ssi, s->ssi.aim);
	tg_port_close(s->port);
	s->port = NULL;
	s->news.lossy = s->answered = false;
	s->why = *why;
	s->retry_at_us = s->news.now_us + s->retry_us;
	tg_news_flush(&s->news);
	tg_news_say(&s->news, TG_SCANNER_GONE, 1, cut, why->msg);
}

/* A cable that was pulled takes the node away at once; what hangs up and stays is the other end. */
static void fail_gone(const struct serial *s, tg_error *err)
{
	bool there = access(tg_port_path(s->port), F_OK) == 0;

	tg_fail(err, TG_ENOTFOUND, "%.150s: %s", tg_port_path(s->port), there ? "hung up" : "was unplugged");
}

static void line_is_empty(struct serial *s, int revents)
{
	tg_error err = { 0 };

	if (!tg_port_lost(s->port) && pending(s) == 0)
		s->news.lossy = false;
	if (pending(s) == 0)
		s->answered = false;
	if ((revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
		fail_gone(s, &err);
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
		if (err.code == TG_ENOTFOUND)
			fail_gone(s, &err);
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
	take_bytes(s, buf, got);
	return true;
}

/* How long a silence may last inside a label; below 0 for ever. */
static int64_t patience_us(const struct serial *s)
{
	const int64_t packet_us = INT64_C(1000) * TG_SSI_SILENCE_MS;

	if (s->profile->packets && tg_ssi_in_packet(&s->ssi) && (s->silence_us < 0 || s->silence_us > packet_us))
		return packet_us;
	return !s->profile->packets && s->framing.mode == TG_FRAME_GAP ? s->gap_us : s->silence_us;
}

static void judge_silence(struct serial *s)
{
	int64_t limit_us = patience_us(s);

	if (limit_us < 0 || pending(s) == 0 || s->news.now_us - s->last_byte_us < limit_us)
		return;
	if (s->profile->packets)
		tg_ssi_abandon(&s->ssi, take_frame, s);
	else if (s->framing.mode == TG_FRAME_GAP)
		tg_framing_gap(&s->framing, take_frame, s);
	else
		tg_framing_abandon(&s->framing, take_frame, s);
}

static void serial_service(void *state, int revents, int64_t mono_us)
{
	struct serial *s = state;

	s->news.now_us = mono_us;
	s->servicing = true;
	s->deaf = false;
	if (s->port == NULL && mono_us >= s->retry_at_us)
		attach(s);
	else if (s->port != NULL && revents != 0)
		for (int i = 0; i < READS_A_CALL && read_once(s, revents); i++)
			;
	judge_silence(s);
	tg_news_due(&s->news);
	s->servicing = s->deaf = false;
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
	if (patience_us(s) > 0 && pending(s) > 0)
		earliest(&due_us, s->last_byte_us + patience_us(s));
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
	const struct serial *s = state;

	return s->profile->can(&s->settings);
}

static int serial_feedback(void *state, tg_feedback what, tg_error *err)
{
	uint8_t bytes[TG_PROFILE_COMMAND_MAX];
	struct serial *s = state;

	if (s->port == NULL)
		return tg_fail(err, TG_ESTATE, "%s: %s", s->news.name, s->why.msg);
	return write_bytes(s, bytes, s->profile->tell(bytes, &s->settings, what), err);
}

static void serial_describe(tg_scanner_info *out, const void *state)
{
	const struct serial *s = state;

	out->attached = s->port != NULL;
	out->profile = s->profile->name;
	out->cannot = s->profile->cannot(&s->settings);
	if (s->port != NULL) {
		out->device = tg_port_path(s->port);
		out->backend = tg_port_backend_name(s->port);
		out->words = s->moved;
	} else {
		out->state = tg_scanner_state_of(&s->why);
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

static int check_config(const tg_scanner_config *config, const tg_profile *profile, tg_error *err)
{
	if (config->path == NULL || config->path[0] != '/')
		return tg_fail(
			err, TG_EINVAL, "scanner %s: wanted the full path of a serial port", config->name);
	if (profile == NULL)
		return tg_fail(err, TG_EINVAL, "scanner %s: no serial profile \"%s\"; there are plain, ssi, honeywell and datalogic",
			config->name, config->profile);
	if (config->handshake < 0 || config->handshake > TG_HANDSHAKE_HOST_ACK || (profile->handshakes >> config->handshake & 1) == 0)
		return tg_fail(err, TG_EINVAL, "scanner %s: the profile %s has no handshake \"%s\"", config->name, profile->name,
			config->handshake >= 0 && config->handshake <= TG_HANDSHAKE_HOST_ACK ? tg_handshake_words[config->handshake] : "?");
	if (config->framing > TG_FRAME_GAP)
		return tg_fail(err, TG_EINVAL, "scanner %s: unknown framing", config->name);
	return TG_OK;
}

static int serial_open(
	void **state, const tg_scanner_config *config, const tg_scanner_sink *sink, tg_error *err)
{
	const tg_profile *profile = tg_profile_find(config->profile);
	int rc = check_config(config, profile, err);
	struct serial *s;

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
	s->profile = profile;
	s->settings = (tg_profile_settings){ (tg_handshake)config->handshake, config->host_beeps };
	s->gap_us = INT64_C(1000) * (config->gap_ms > 0 ? config->gap_ms : TG_SCANNER_GAP_MS);
	tg_framing_init(&s->framing, config->framing, config->aim);
	tg_ssi_init(&s->ssi, config->aim);
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

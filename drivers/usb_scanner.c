/* SPDX-License-Identifier: Apache-2.0
 *
 * usb_scanner.c - the life of a USB scanner, whatever it sends. See usb_scanner.h.
 */
#include "drivers/usb_scanner.h"

#include "store/base/utc.h"

#include <stdio.h>
#include <string.h>

#define MESSAGES_A_CALL 64 /* 64 reports are about 4 kB: others get their turn */

int tg_usb_scanner_init(tg_usb_scanner *s, const tg_usb_family *family, const tg_scanner_config *config,
	const tg_scanner_sink *sink, const char *const *trouble_words, tg_error *err)
{
	tg_usb_select select;
	int rc = tg_usb_select_parse(&select, config->usb, config->serial, config->port, err);

	if (rc != TG_OK) {
		tg_error_prefix(err, "scanner %s", config->name);
		return rc;
	}
	s->family = family;
	s->retry_us = INT64_C(1000) * (config->retry_ms > 0 ? config->retry_ms : TG_SCANNER_RETRY_MS);
	s->silence_us =
		INT64_C(1000) * (config->silence_ms == 0 ? TG_SCANNER_SILENCE_MS : config->silence_ms);
	tg_usb_select_words(s->select, sizeof(s->select), &select);
	tg_news_init(&s->news, config->name, sink, trouble_words);
	return tg_usb_open(&s->usb, &select, family->role, err);
}

void tg_usb_scanner_fini(tg_usb_scanner *s)
{
	tg_usb_close(s->usb, !s->keep);
}

/* ---- attach and detach ---- */

static int try_attach(tg_usb_scanner *s, tg_error *err)
{
	int rc = tg_usb_attach(s->usb, err);

	if (rc != TG_OK)
		return rc;
	tg_usb_name(s->device, sizeof(s->device), tg_usb_device_held(s->usb));
	rc = s->family->setup(s, err);
	if (rc == TG_OK)
		return TG_OK;
	tg_error_prefix(err, "%s", s->device);
	if (rc == TG_ESTATE)
		tg_usb_refuse(s->usb);
	else
		tg_usb_detach(s->usb, !s->keep);
	return rc;
}

static void plan_retry(tg_usb_scanner *s, int code)
{
	int64_t wait_us = s->retry_us;

	s->failures = code == TG_EIO ? s->failures + 1 : 0;
	for (unsigned i = 1; i < s->failures && wait_us < INT64_C(1000) * TG_USB_RETRY_MAX_MS; i++)
		wait_us *= 2;
	s->retry_at_us = s->news.now_us + wait_us;
}

static void attach(tg_usb_scanner *s)
{
	bool first = s->why.code == TG_OK && !s->was_attached;
	tg_error err = { 0 };
	int rc = try_attach(s, &err);
	char words[TG_SCANNER_WORDS_SIZE];
	const char *port;

	if (rc != TG_OK) {
		plan_retry(s, rc);
		if (tg_standing_say(&s->standing, &err, s->news.now_us, s->retry_us) || first)
			tg_news_say(&s->news, TG_SCANNER_MISSING, 1, 0, err.msg);
		if (rc != TG_ENOTFOUND || s->why.code != TG_ENOTFOUND || !s->was_attached)
			s->why = err; /* else what was said when it was unplugged says more */
		return;
	}
	s->attached = true;
	s->why = (tg_error){ 0 };
	port = tg_usb_device_held(s->usb)->port;
	s->moved[0] = '\0';
	if (s->last_port[0] != '\0' && strcmp(s->last_port, port) != 0)
		snprintf(s->moved, sizeof(s->moved), "at port %s, before at %s", port, s->last_port);
	snprintf(words, sizeof(words), "%.80s %s%s (%.40s)", s->device, s->moved[0] != '\0' ? "" : "at port ",
		s->moved[0] != '\0' ? s->moved : port, tg_usb_device_held(s->usb)->name);
	snprintf(s->last_port, sizeof(s->last_port), "%s", port);
	tg_standing_reset(&s->standing);
	tg_news_say(&s->news, s->was_attached ? TG_SCANNER_BACK : TG_SCANNER_ATTACHED, 1, 0, words);
	s->was_attached = true;
}

static void detach(tg_usb_scanner *s, const tg_error *why)
{
	size_t cut = s->family->pending(s);

	tg_usb_detach(s->usb, !s->keep);
	s->attached = false;
	s->why = *why;
	plan_retry(s, why->code);
	tg_news_flush(&s->news);
	tg_news_say(&s->news, TG_SCANNER_GONE, 1, cut, why->msg);
}

/* ---- service ---- */

static void take_message(tg_usb_scanner *s, const tg_usb_message *m)
{
	switch (m->kind) {
	case TG_USB_REPORT:
		s->failures = 0;
		s->family->report(s, m);
		break;
	case TG_USB_OVERFLOW:
		s->family->hole(s);
		tg_news_trouble(&s->news, TG_SCANNER_OVERFLOW, 0);
		break;
	case TG_USB_HOLE:
		s->family->hole(s);
		break;
	}
}

/* True while more waits. */
static bool take_messages(tg_usb_scanner *s)
{
	for (int i = 0; i < MESSAGES_A_CALL; i++) {
		if (!tg_usb_take(s->usb, &s->message))
			return false;
		take_message(s, &s->message);
	}
	return true;
}

static void keep_listening(tg_usb_scanner *s)
{
	tg_error err = { 0 };

	/* What came before the trouble counts, so look for trouble only when all is taken. */
	if (!take_messages(s) && tg_usb_mend(s->usb, s->news.now_us, &err) != TG_OK) {
		take_messages(s);
		detach(s, &err);
	}
}

void tg_usb_scanner_service(void *state, int revents, int64_t mono_us)
{
	tg_usb_scanner *s = state;
	bool plugged = tg_usb_plugged(s->usb);

	(void)revents;
	s->news.now_us = mono_us;
	if (s->attached) {
		keep_listening(s);
	} else {
		take_messages(s);
		if (plugged || mono_us >= s->retry_at_us)
			attach(s);
	}
	if (s->attached)
		s->family->tick(s);
	tg_news_due(&s->news);
}

static void earliest(int64_t *due_us, int64_t at_us)
{
	if (at_us < *due_us)
		*due_us = at_us;
}

int tg_usb_scanner_timeout_ms(const void *state, int64_t mono_us)
{
	const tg_usb_scanner *s = state;
	int64_t due_us = tg_news_next_us(&s->news);

	if (s->attached) {
		earliest(&due_us, s->family->due_us(s));
		earliest(&due_us, tg_usb_mend_at_us(s->usb));
	} else {
		earliest(&due_us, s->retry_at_us);
	}
	if (due_us == INT64_MAX)
		return -1;
	return due_us <= mono_us ? 0 : (int)((due_us - mono_us + 999) / 1000);
}

int tg_usb_scanner_fd(const void *state)
{
	const tg_usb_scanner *s = state;

	return tg_usb_fd(s->usb);
}

void tg_usb_scanner_describe(tg_scanner_info *out, const void *state)
{
	const tg_usb_scanner *s = state;

	out->attached = s->attached;
	out->path = s->select;
	if (s->attached) {
		out->device = s->device;
		out->words = s->moved;
		out->backend = "libusb";
	} else {
		out->state = tg_scanner_state_of(&s->why);
		out->words = s->why.msg;
	}
}

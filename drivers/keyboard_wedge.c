/* SPDX-License-Identifier: Apache-2.0
 *
 * keyboard_wedge.c - the device family "wedge": a scanner that types.
 *
 * Takes the keyboard's interface away from the desktop and reads its boot reports. Only a device that the configuration names is
 * ever taken ("any" is refused), because nothing but a name tells a scanner from a person's keyboard. There is no way to tell a
 * wedge anything: most ignore their lights.
 */
#include "drivers/keyboard_text.h"
#include "drivers/usb_scanner.h"

#include <stdlib.h>
#include <string.h>

enum { CLASS_OUT = 0x21, SET_IDLE = 0x0A, SET_PROTOCOL = 0x0B, BOOT_PROTOCOL = 0, ONLY_CHANGES = 0 };

struct wedge {
	tg_usb_scanner base; /* first: the backend's functions take it for the state */
	tg_key_text *keys;
	int64_t pause_us; /* that ends or drops a label; below 0: never */
	int64_t last_key_us;
};

static const char *const trouble_words[TG_TROUBLES] = {
	"keys that no label types; are layout, suffix and prefix those of the scanner?",
	"keys without a suffix; check the scanner's suffix",
	"a suffix without a label",
	"a label began and never ended; check cable and suffix",
	"keys came faster than this station takes them; the label was dropped",
	"", /* these do not repeat */
};

const char tg_wedge_cannot[] =
	"it cannot be told anything, neither sound nor light nor to stop reading: its good-read beep sounds before the gate has decided";

static int setup(tg_usb_scanner *s, tg_error *err)
{
	struct wedge *w = (struct wedge *)s;
	size_t none = 0;
	int rc = tg_usb_control(s->usb, CLASS_OUT, SET_PROTOCOL, BOOT_PROTOCOL, NULL, &none, err);

	if (rc != TG_OK) {
		tg_error_prefix(err, "it refuses the boot protocol");
		return rc;
	}
	/* Repeats would be harmless, for only changes count; devices may refuse (HID 1.11 §7.2.4). */
	none = 0;
	(void)!tg_usb_control(s->usb, CLASS_OUT, SET_IDLE, ONLY_CHANGES, NULL, &none, NULL);
	tg_key_text_reset(w->keys);
	return tg_usb_listen(s->usb, TG_KEY_REPORT, err);
}

static void take_report(tg_usb_scanner *s, const tg_usb_message *m)
{
	struct wedge *w = (struct wedge *)s;

	/* Reports that waited in the queue may have had a pause between them. */
	if (w->pause_us > 0 && tg_key_text_pending(w->keys) > 0 && m->mono_us - w->last_key_us >= w->pause_us)
		tg_key_text_pause(w->keys, tg_news_frame, &s->news);
	w->last_key_us = m->mono_us;
	tg_key_text_feed(w->keys, m->data, m->len, tg_news_frame, &s->news);
}

static void take_hole(tg_usb_scanner *s)
{
	tg_key_text_hole(((struct wedge *)s)->keys, tg_news_frame, &s->news);
}

static int64_t due_us(const tg_usb_scanner *s)
{
	const struct wedge *w = (const struct wedge *)s;

	return w->pause_us > 0 && tg_key_text_pending(w->keys) > 0 ? w->last_key_us + w->pause_us : INT64_MAX;
}

static void tick(tg_usb_scanner *s)
{
	if (s->news.now_us >= due_us(s))
		tg_key_text_pause(((struct wedge *)s)->keys, tg_news_frame, &s->news);
}

static size_t pending(const tg_usb_scanner *s)
{
	return tg_key_text_pending(((const struct wedge *)s)->keys);
}

static const tg_usb_family family = {
	.role = TG_USB_KEYBOARD,
	.setup = setup,
	.report = take_report,
	.hole = take_hole,
	.tick = tick,
	.due_us = due_us,
	.pending = pending,
};

static unsigned wedge_can(const void *state)
{
	(void)state;
	return 0;
}

static int wedge_feedback(void *state, tg_feedback what, tg_error *err)
{
	const struct wedge *w = state;

	(void)what;
	return tg_fail(err, TG_ESTATE, "%s: a keyboard wedge cannot be told", w->base.news.name);
}

static void wedge_describe(tg_scanner_info *out, const void *state)
{
	tg_usb_scanner_describe(out, state);
	out->cannot = tg_wedge_cannot;
}

static void wedge_keep(void *state, bool keep)
{
	struct wedge *w = state;

	w->base.keep = keep;
	tg_usb_keep(w->base.usb, keep);
}

static void wedge_close(void *state)
{
	struct wedge *w = state;

	tg_usb_scanner_fini(&w->base);
	tg_key_text_close(w->keys);
	free(w);
}

static int make(struct wedge *w, const tg_scanner_config *config, const tg_scanner_sink *sink, tg_error *err)
{
	tg_key_config keys = { .layout = config->layout,
		.suffix = config->suffix,
		.prefix = config->prefix,
		.aim = config->aim };
	int rc;

	if (config->usb != NULL && strcmp(config->usb, "any") == 0)
		return tg_fail(err, TG_EINVAL,
			"scanner %s: a wedge must be named by usb, serial or port: \"any\" might be "
			"somebody's keyboard",
			config->name);
	rc = tg_key_text_open(&w->keys, &keys, err);
	if (rc != TG_OK) {
		tg_error_prefix(err, "scanner %s", config->name);
		return rc;
	}
	rc = tg_usb_scanner_init(&w->base, &family, config, sink, trouble_words, err);
	if (rc == TG_OK)
		wedge_keep(w, config->keep);
	w->pause_us = w->base.silence_us;
	if (config->suffix == TG_SUFFIX_NONE)
		w->pause_us = INT64_C(1000) * (config->gap_ms > 0 ? config->gap_ms : TG_SCANNER_GAP_MS);
	return rc;
}

static int wedge_open(
	void **state, const tg_scanner_config *config, const tg_scanner_sink *sink, tg_error *err)
{
	struct wedge *w = calloc(1, sizeof(*w));
	int rc = w == NULL ? tg_fail(err, TG_ENOMEM, "scanner %s", config->name) : make(w, config, sink, err);

	if (rc != TG_OK) {
		if (w != NULL)
			wedge_close(w);
		return rc;
	}
	tg_usb_scanner_service(w, 0, w->base.news.now_us);
	*state = w;
	return TG_OK;
}

const tg_scanner_backend tg_scanner_wedge = {
	.name = "wedge",
	.open = wedge_open,
	.fd = tg_usb_scanner_fd,
	.timeout_ms = tg_usb_scanner_timeout_ms,
	.service = tg_usb_scanner_service,
	.can = wedge_can,
	.feedback = wedge_feedback,
	.describe = wedge_describe,
	.close = wedge_close,
	.keep = wedge_keep,
};

/* SPDX-License-Identifier: Apache-2.0
 *
 * hid_pos.c - the device family "hid-pos": USB bar code scanners that say what they are.
 *
 * Driven by the report descriptor; the only model that is known by number is the one that must be told to speak HID POS at all.
 */
#include "drivers/hid_input.h"
#include "drivers/usb_scanner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GET_DESCRIPTOR_IN = 0x81, GET_DESCRIPTOR = 0x06, DESCRIPTOR_REPORT = 0x2200 };
enum { REDIRECT_REPORT = 0xFE, REDIRECT_TO_HID_POS = 1 };

/* Makers whose composite devices type until they are told otherwise. Source: Honeywell's USB application note. */
static const uint16_t redirected_vendors[] = { 0x0C2E, 0x0536, 0x23D0 };

struct hid_pos {
	tg_usb_scanner base; /* first: the backend's functions take it for the state */
	tg_suffix suffix;
	bool aim, host_beeps;
	bool locked; /* prevent read is on: every report that goes out must say so */
	int64_t last_sent_us;
	char cannot[240];
	tg_hid_table table;
	tg_hid_input input;
};

static const char *const trouble_words[TG_TROUBLES] = {
	"reports that are no label; is there a suffix that is not configured?",
	"a label longer than any symbol holds; dropped",
	"a report without a label",
	"a label began and never ended; check cable and hub",
	"reports came faster than this station takes them; the label was dropped",
	"", /* these do not repeat */
};

/* ---- attach ---- */

/* To be sent always, says the maker, and an error ignored: most do not need it. */
static void redirect(struct hid_pos *h)
{
	static const uint8_t report[] = { REDIRECT_REPORT, REDIRECT_TO_HID_POS };
	uint16_t vendor = tg_usb_device_held(h->base.usb)->vendor;

	for (size_t i = 0; i < TG_COUNT(redirected_vendors); i++)
		if (vendor == redirected_vendors[i])
			(void)!tg_usb_send(
				h->base.usb, TG_USB_SEND_FEATURE, true, report, sizeof(report), NULL);
}

static int setup(tg_usb_scanner *s, tg_error *err)
{
	struct hid_pos *h = (struct hid_pos *)s;
	uint8_t descriptor[TG_HID_DESCRIPTOR_MAX];
	size_t len = tg_usb_descriptor_len(s->usb, sizeof(descriptor));
	int rc = tg_usb_control(
		s->usb, GET_DESCRIPTOR_IN, GET_DESCRIPTOR, DESCRIPTOR_REPORT, descriptor, &len, err);

	if (rc == TG_OK && tg_hid_table_read(&h->table, descriptor, len, err) != TG_OK)
		rc = TG_ESTATE;
	if (rc == TG_OK && (!h->table.scanner || h->table.scan_count == 0))
		rc = tg_fail(err, TG_ESTATE, "its report descriptor is no bar code scanner's");
	if (rc != TG_OK)
		return rc;
	h->locked = false;
	tg_hid_pos_cannot(h->cannot, sizeof(h->cannot), &h->table, h->host_beeps);
	tg_hid_input_init(&h->input, &h->table, h->suffix, h->aim);
	rc = tg_usb_listen(s->usb, h->table.input_max, err);
	if (rc == TG_OK)
		redirect(h);
	return rc;
}

/* ---- reports ---- */

static void take_report(tg_usb_scanner *s, const tg_usb_message *m)
{
	struct hid_pos *h = (struct hid_pos *)s;

	tg_hid_input_feed(&h->input, m->data, m->len, m->mono_us, tg_news_frame, &s->news);
}

static void take_hole(tg_usb_scanner *s)
{
	struct hid_pos *h = (struct hid_pos *)s;

	tg_hid_input_hole(&h->input, tg_news_frame, &s->news);
}

static int64_t due_us(const tg_usb_scanner *s)
{
	const struct hid_pos *h = (const struct hid_pos *)s;

	if (s->silence_us <= 0 || tg_hid_input_pending(&h->input) == 0)
		return INT64_MAX;
	return tg_hid_input_last_us(&h->input) + s->silence_us;
}

static void tick(tg_usb_scanner *s)
{
	struct hid_pos *h = (struct hid_pos *)s;

	if (s->news.now_us >= due_us(s))
		tg_hid_input_abandon(&h->input, tg_news_frame, &s->news);
}

static size_t pending(const tg_usb_scanner *s)
{
	return tg_hid_input_pending(&((const struct hid_pos *)s)->input);
}

static const tg_usb_family family = {
	.role = TG_USB_SCANNER,
	.setup = setup,
	.report = take_report,
	.hole = take_hole,
	.tick = tick,
	.due_us = due_us,
	.pending = pending,
};

/* ---- feedback ---- */

static bool has(const tg_hid_table *table, tg_hid_control control)
{
	return table->controls[control].there;
}

/* The control for a kind of feedback; TG_HID_CONTROLS if the descriptor has none that says it. */
static tg_hid_control control_for(const tg_hid_table *table, bool host_beeps, tg_feedback what)
{
	switch (what) {
	case TG_FEEDBACK_GOOD: /* a beep only if the scanner makes none of its own */
	case TG_FEEDBACK_NOTICE:
		if (has(table, TG_HID_GOOD_BEEP) && (host_beeps || what == TG_FEEDBACK_NOTICE))
			return TG_HID_GOOD_BEEP;
		return has(table, TG_HID_GOOD_LED) ? TG_HID_GOOD_LED : TG_HID_CONTROLS;
	case TG_FEEDBACK_REJECT:
		if (has(table, TG_HID_NOT_ON_FILE_BEEP))
			return TG_HID_NOT_ON_FILE_BEEP;
		return has(table, TG_HID_ERROR_BEEP) ? TG_HID_ERROR_BEEP : TG_HID_CONTROLS;
	case TG_FEEDBACK_ERROR:
		if (has(table, TG_HID_ERROR_BEEP))
			return TG_HID_ERROR_BEEP;
		return has(table, TG_HID_NOT_ON_FILE_BEEP) ? TG_HID_NOT_ON_FILE_BEEP : TG_HID_CONTROLS;
	case TG_FEEDBACK_LOCK:
	case TG_FEEDBACK_UNLOCK:
		return has(table, TG_HID_PREVENT_READ) ? TG_HID_PREVENT_READ : TG_HID_CONTROLS;
	}
	return TG_HID_CONTROLS;
}

static unsigned hid_pos_can(const void *state)
{
	static const tg_feedback all[] = { TG_FEEDBACK_GOOD, TG_FEEDBACK_REJECT, TG_FEEDBACK_ERROR,
		TG_FEEDBACK_NOTICE, TG_FEEDBACK_LOCK, TG_FEEDBACK_UNLOCK };
	const struct hid_pos *h = state;
	unsigned can = 0;

	if (!h->base.attached)
		return 0;
	for (size_t i = 0; i < TG_COUNT(all); i++)
		if (control_for(&h->table, h->host_beeps, all[i]) != TG_HID_CONTROLS)
			can |= all[i];
	return can;
}

static int hid_pos_feedback(void *state, tg_feedback what, tg_error *err)
{
	struct hid_pos *h = state;
	tg_hid_control control = control_for(&h->table, h->host_beeps, what);
	bool locked = what == TG_FEEDBACK_LOCK || (h->locked && what != TG_FEEDBACK_UNLOCK);
	uint8_t report[TG_HID_REPORT_MAX + 1];
	unsigned on = locked ? TG_HID_MASK(TG_HID_PREVENT_READ) : 0;
	size_t len;
	int rc;

	if (control == TG_HID_CONTROLS)
		return tg_fail(
			err, TG_ESTATE, "%s: its report descriptor has no such command", h->base.device);
	if (control != TG_HID_PREVENT_READ)
		on |= TG_HID_MASK(control);
	rc = tg_hid_make(report, sizeof(report), &len, &h->table, control, on, err);
	if (rc == TG_OK)
		rc = tg_usb_send(h->base.usb,
			h->table.controls[control].kind == TG_HID_OUTPUT ? TG_USB_SEND_OUTPUT
									 : TG_USB_SEND_FEATURE,
			h->table.numbered, report, len, err);
	if (rc == TG_OK)
		h->locked = locked;
	return rc == TG_ENOTFOUND || rc == TG_EBUSY ? TG_EIO : rc;
}

static void add_words(char *out, size_t size, bool wanted, const char *words)
{
	size_t n = strlen(out);

	if (wanted && n < size)
		snprintf(out + n, size - n, "%s%s", n > 0 ? "; " : "", words);
}

void tg_hid_pos_cannot(char *out, size_t size, const tg_hid_table *table, bool host_beeps)
{
	out[0] = '\0';
	add_words(out, size, !host_beeps, "its good-read beep sounds before the gate has decided");
	add_words(out, size, control_for(table, host_beeps, TG_FEEDBACK_REJECT) == TG_HID_CONTROLS,
		"it has no sound for what is withheld");
	add_words(out, size, true, "no command lights it red"); /* the usage tables have one for good reads only */
	add_words(out, size, !has(table, TG_HID_PREVENT_READ), "reading cannot be stopped");
}

static void hid_pos_describe(tg_scanner_info *out, const void *state)
{
	const struct hid_pos *h = state;

	tg_usb_scanner_describe(out, state);
	if (h->base.attached)
		out->cannot = h->cannot;
}

/* ---- open and close ---- */

static void hid_pos_close(void *state)
{
	struct hid_pos *h = state;

	tg_usb_scanner_fini(&h->base);
	free(h);
}

static int hid_pos_open(
	void **state, const tg_scanner_config *config, const tg_scanner_sink *sink, tg_error *err)
{
	struct hid_pos *h = calloc(1, sizeof(*h));
	int rc;

	if (h == NULL)
		return tg_fail(err, TG_ENOMEM, "scanner %s", config->name);
	h->suffix = config->suffix;
	h->aim = config->aim;
	h->host_beeps = config->host_beeps;
	rc = tg_usb_scanner_init(&h->base, &family, config, sink, trouble_words, err);
	if (rc != TG_OK) {
		hid_pos_close(h);
		return rc;
	}
	tg_usb_scanner_service(h, 0, h->base.news.now_us);
	*state = h;
	return TG_OK;
}

const tg_scanner_backend tg_scanner_hid_pos = {
	.name = "hid-pos",
	.open = hid_pos_open,
	.fd = tg_usb_scanner_fd,
	.timeout_ms = tg_usb_scanner_timeout_ms,
	.service = tg_usb_scanner_service,
	.can = hid_pos_can,
	.feedback = hid_pos_feedback,
	.describe = hid_pos_describe,
	.close = hid_pos_close,
};

/* SPDX-License-Identifier: Apache-2.0
 *
 * hid_input.c - fragments to scans. See hid_input.h.
 */
#include "drivers/hid_input.h"

#include <string.h>

enum { AIM_LEN = TG_AIM_SIZE - 1 };

/* One report, taken apart. */
struct fragment {
	char aim[TG_AIM_SIZE];
	const uint8_t *data;
	size_t len;
	bool continued;
};

static void say(tg_frame_kind kind, size_t len, tg_frame_fn frame_fn, void *user)
{
	tg_frame frame = { .kind = kind, .len = len };

	frame_fn(user, &frame);
}

static void start(tg_hid_input *in)
{
	in->open = in->dropping = false;
	in->reports = 0;
	in->len = 0;
}

void tg_hid_input_init(tg_hid_input *in, const tg_hid_table *table, tg_suffix suffix, bool aim_wanted)
{
	in->table = table;
	in->suffix = suffix;
	in->aim_wanted = aim_wanted;
	in->first_us = in->last_us = 0;
	memset(in->aim, 0, sizeof(in->aim));
	start(in);
}

/* ---- one report ---- */

static bool inside(const tg_hid_place *p, size_t len)
{
	return p->there && (p->bit + (uint64_t)p->bits * p->count + 7) / 8 <= len;
}

/* A number of at most 32 bits; the field lies inside. */
static uint32_t number(const tg_hid_place *p, const uint8_t *body)
{
	uint32_t value = 0;

	for (uint32_t i = 0; i < p->bits && i < 32; i++)
		value |= (uint32_t)(body[(p->bit + i) / 8] >> (p->bit + i) % 8 & 1) << i;
	return value;
}

static const tg_hid_scan_report *which(const tg_hid_table *table, unsigned report)
{
	for (size_t i = 0; i < table->scan_count; i++)
		if (table->scans[i].report == report)
			return &table->scans[i];
	return NULL;
}

/*
 * The identifier, and how far the data behind it are from where the descriptor says: some makers put one more byte in
 * front of identifier and data than they declare.
 */
static size_t read_aim(char aim[TG_AIM_SIZE], const tg_hid_scan_report *scan, const uint8_t *body, size_t len)
{
	uint8_t found[AIM_LEN + 1] = { 0 };
	size_t at = scan->aim[0].bit / 8;

	memset(aim, 0, TG_AIM_SIZE);
	for (size_t i = 0; i < AIM_LEN; i++)
		if (!inside(&scan->aim[i], len) || scan->aim[i].bits != 8 || scan->aim[i].bit != (at + i) * 8)
			return 0;
	memcpy(found, body + at, len - at > AIM_LEN ? AIM_LEN + 1 : AIM_LEN);
	for (size_t shift = 0; shift < 2; shift++)
		if (tg_framing_has_aim(found + shift, AIM_LEN)) {
			memcpy(aim, found + shift, AIM_LEN);
			return scan->data.bit / 8 == at + AIM_LEN ? shift : 0;
		}
	return 0;
}

/* False: the fields contradict each other. */
static bool take_apart(struct fragment *out, const tg_hid_scan_report *scan, const uint8_t *body, size_t len)
{
	size_t at, room;

	if (scan->continued.there && !inside(&scan->continued, len))
		return false; /* and `continued` stays what it was */
	out->continued = scan->continued.there && number(&scan->continued, body) != 0;
	at = scan->data.bit / 8 + read_aim(out->aim, scan, body, len);
	if (at >= len)
		return false;
	room = scan->data.count < len - at ? scan->data.count : len - at;
	out->data = body + at;
	out->len = room;
	if (!scan->length.there)
		return true;
	if (!inside(&scan->length, len) || number(&scan->length, body) > room)
		return false;
	out->len = number(&scan->length, body);
	return true;
}

/* ---- a scan ---- */

/* Devices that give no length, or always the same, pad with zeros; no label ends in one. */
static void trim(tg_hid_input *in)
{
	static const char *const ends[] = { "", "\r", "\n", "\r\n", "\t" };
	size_t end = strlen(ends[in->suffix]);

	while (in->len > 0 && in->data[in->len - 1] == 0)
		in->len--;
	if (end > 0 && in->len >= end && memcmp(in->data + in->len - end, ends[in->suffix], end) == 0)
		in->len -= end;
}

static bool is_answer(const char *aim)
{
	return strcmp(aim, "]X0") == 0;
}

static void deliver(tg_hid_input *in, tg_frame_fn frame_fn, void *user)
{
	tg_frame frame = { .kind = TG_FRAME_SCAN, .data = in->data };

	trim(in);
	frame.len = in->len;
	memcpy(frame.aim, in->aim, sizeof(frame.aim));
	frame.aim_missing = in->aim_wanted && in->aim[0] == '\0';
	if (in->len == 0)
		say(TG_FRAME_EMPTY, 0, frame_fn, user);
	else if (is_answer(in->aim) || !tg_framing_clean(in->data, in->len))
		say(TG_FRAME_NOISE, in->len, frame_fn, user);
	else if (in->len > TG_SCAN_MAX)
		say(TG_FRAME_TOO_LONG, in->len, frame_fn, user);
	else
		frame_fn(user, &frame);
}

/* Nothing more of this scan counts. */
static void give_up(tg_hid_input *in, tg_frame_kind kind, size_t len, tg_frame_fn frame_fn, void *user)
{
	if (!in->dropping)
		say(kind, len, frame_fn, user);
	in->dropping = true;
	in->len = 0;
}

/*
 * Is this fragment no part of the scan that is open? Its own scan then begins with it. Without an identifier it tells nothing; and what
 * is being dropped because of a report that could not be read may have had any.
 */
static bool belongs_elsewhere(const tg_hid_input *in, const struct fragment *f, int64_t mono_us)
{
	bool unknown = f->aim[0] == '\0' || (in->dropping && in->aim[0] == '\0');

	return mono_us - in->last_us > INT64_C(1000) * TG_HID_SCAN_MS || (!unknown && strcmp(in->aim, f->aim) != 0);
}

static void open_scan(tg_hid_input *in, const struct fragment *f, int64_t mono_us)
{
	if (!in->open) {
		memcpy(in->aim, f->aim, sizeof(in->aim));
		in->first_us = mono_us;
	}
	in->last_us = mono_us;
	in->open = true;
}

static void add(tg_hid_input *in, const struct fragment *f, tg_frame_fn frame_fn, void *user)
{
	if (in->dropping)
		return;
	if (++in->reports > TG_HID_FRAGMENTS_MAX || in->last_us - in->first_us > INT64_C(1000) * TG_HID_SCAN_MS) {
		give_up(in, TG_FRAME_CUT, in->len, frame_fn, user);
	} else if (f->len > sizeof(in->data) - in->len) {
		give_up(in, TG_FRAME_TOO_LONG, in->len + f->len, frame_fn, user);
	} else {
		memcpy(in->data + in->len, f->data, f->len);
		in->len += f->len;
	}
}

static void feed_fragment(
	tg_hid_input *in, const struct fragment *f, int64_t mono_us, tg_frame_fn frame_fn, void *user)
{
	if (in->open && belongs_elsewhere(in, f, mono_us)) {
		give_up(in, TG_FRAME_CUT, in->len, frame_fn, user);
		start(in);
	}
	open_scan(in, f, mono_us);
	add(in, f, frame_fn, user);
	if (f->continued)
		return;
	if (!in->dropping)
		deliver(in, frame_fn, user);
	start(in);
}

/*
 * A report that the descriptor does not know. Somebody scans and nothing happens: that must be told. What is unfinished goes too: of
 * a device that does not keep its own word nobody can say that this was no part of it.
 */
static void take_stranger(tg_hid_input *in, size_t len, int64_t mono_us, tg_frame_fn frame_fn, void *user)
{
	if (in->open) {
		in->last_us = mono_us;
		give_up(in, TG_FRAME_NOISE, in->len + len, frame_fn, user);
	} else {
		say(TG_FRAME_NOISE, len, frame_fn, user);
	}
}

void tg_hid_input_feed(tg_hid_input *in, const uint8_t *report, size_t len, int64_t mono_us,
	tg_frame_fn frame_fn, void *user)
{
	size_t head = in->table->numbered ? 1 : 0;
	const tg_hid_scan_report *scan;
	struct fragment f = { .continued = in->open };

	if (len <= head)
		return;
	scan = which(in->table, head == 1 ? report[0] : 0);
	if (scan == NULL) {
		if (in->table->bytes[TG_HID_INPUT][head == 1 ? report[0] : 0] == 0)
			take_stranger(in, len, mono_us, frame_fn, user);
		return;
	}
	if (take_apart(&f, scan, report + head, len - head)) {
		feed_fragment(in, &f, mono_us, frame_fn, user);
		return;
	}
	/* Whatever it belonged to has a hole now. A report too short to say so may not have been the last. */
	open_scan(in, &f, mono_us);
	give_up(in, TG_FRAME_NOISE, in->len + len, frame_fn, user);
	if (!f.continued)
		start(in);
}

size_t tg_hid_input_pending(const tg_hid_input *in)
{
	return in->open ? (in->len > 0 ? in->len : 1) : 0;
}

int64_t tg_hid_input_last_us(const tg_hid_input *in)
{
	return in->last_us;
}

void tg_hid_input_abandon(tg_hid_input *in, tg_frame_fn frame_fn, void *user)
{
	bool lost = in->open && !in->dropping;
	size_t len = in->len;

	start(in);
	if (lost)
		say(TG_FRAME_CUT, len, frame_fn, user);
}

void tg_hid_input_hole(tg_hid_input *in, tg_frame_fn frame_fn, void *user)
{
	tg_hid_input_abandon(in, frame_fn, user);
	in->dropping = true;
}

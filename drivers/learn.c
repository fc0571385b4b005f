/* SPDX-License-Identifier: Apache-2.0
 *
 * learn.c - see learn.h.
 */
#include "drivers/learn.h"

#include "drivers/devices.h"
#include "drivers/hid_input.h"
#include "drivers/keyboard_text.h"
#include "drivers/profiles/ssi.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STX = 0x02, ETX = 0x03, KEY_ENTER = 0x28, KEY_TAB = 0x2B, KEYPAD_ENTER = 0x58, MODIFIER_CTRL = 0x11 };

/* In the order in which they are tried: the first that explains what was typed is taken. */
static const char *const layouts[] = { "us", "gb", "de", "fr", "be", "es", "it", "cz", "ch", "pt", "dk", "se", "no", "fi", "pl" };
static const char *const suffix_words[] = { "none", "cr", "lf", "crlf", "tab" }; /* in the order of tg_suffix */

/* ---- taking in ---- */

void tg_learn_begin(tg_learn *learn, const char *driver, const tg_hid_table *table)
{
	memset(learn, 0, sizeof(*learn));
	learn->driver = driver;
	learn->table = table;
}

void tg_learn_forget(tg_learn *learn)
{
	tg_learn_begin(learn, learn->driver, learn->table);
}

/* As the boot protocol has it; a device that numbers its reports puts one byte in front. */
static const uint8_t *boot_report(const uint8_t *data, size_t len)
{
	return len == TG_KEY_REPORT ? data : len == TG_KEY_REPORT + 1 ? data + 1 : NULL;
}

static void count_keys(tg_learn *learn, const uint8_t *report, int64_t mono_us)
{
	for (int i = 2; i < TG_KEY_REPORT; i++) {
		if (report[i] < 4 || memchr(learn->down, report[i], sizeof(learn->down)) != NULL)
			continue;
		if (learn->keys++ == 0)
			learn->first_key_us = mono_us;
		learn->last_key_us = mono_us;
	}
	memcpy(learn->down, report + 2, sizeof(learn->down));
}

static void feed_bytes(tg_learn *learn, const uint8_t *data, size_t len)
{
	size_t room = sizeof(learn->bytes) - learn->count, n = len < room ? len : room;

	memcpy(learn->bytes + learn->count, data, n);
	learn->count += n;
	learn->full = learn->full || n < len;
}

void tg_learn_feed(tg_learn *learn, const void *data, size_t len, int64_t mono_us)
{
	bool wedge = strcmp(learn->driver, "wedge") == 0;
	const uint8_t *report = wedge ? boot_report(data, len) : data;

	if (len == 0 || report == NULL)
		return;
	if (learn->count == 0)
		learn->first_us = mono_us;
	learn->last_us = mono_us;
	if (strcmp(learn->driver, "serial") == 0) {
		feed_bytes(learn, data, len);
		return;
	}
	if (wedge) {
		len = TG_KEY_REPORT;
		count_keys(learn, report, mono_us);
	}
	if (learn->count == TG_LEARN_REPORTS_MAX || len > TG_LEARN_REPORT_MAX) {
		learn->full = true;
		return;
	}
	learn->reports[learn->count].len = (uint8_t)len;
	memcpy(learn->reports[learn->count++].data, report, len);
}

bool tg_learn_is_over(const tg_learn *learn, int64_t mono_us)
{
	return learn->count > 0 && mono_us - learn->last_us >= TG_LEARN_PAUSE_MS * 1000;
}

bool tg_learn_is_hand(const tg_learn *learn, int64_t mono_us)
{
	if (strcmp(learn->driver, "wedge") != 0 || learn->keys == 0)
		return false;
	if (learn->keys < TG_LEARN_HAND_KEYS)
		return tg_learn_is_over(learn, mono_us);
	return (learn->last_key_us - learn->first_key_us) / (learn->keys - 1) > TG_LEARN_HAND_MS * 1000;
}

/* ---- what it says ---- */

struct text {
	bool there;
	size_t len;
	char aim[TG_AIM_SIZE];
	uint8_t data[TG_SCAN_MAX];
};

static void take_frame(void *user, const tg_frame *frame)
{
	struct text *text = user;

	if (frame->kind != TG_FRAME_SCAN || text->there)
		return;
	text->there = true;
	text->len = frame->len;
	memcpy(text->aim, frame->aim, sizeof(text->aim));
	memcpy(text->data, frame->data, frame->len);
}

TG_PRINTF(2, 3) static void say(tg_learned *out, const char *fmt, ...)
{
	va_list args;

	for (size_t i = 0; i < TG_COUNT(out->words); i++) {
		if (out->words[i][0] != '\0')
			continue;
		va_start(args, fmt);
		vsnprintf(out->words[i], sizeof(out->words[i]), fmt, args);
		va_end(args);
		return;
	}
}

/* What stands in front of the label: a prefix, and then an AIM identifier. */
static void split_front(tg_learned *out, char *prefix, size_t size, const uint8_t *front, size_t len)
{
	out->aim = len >= TG_AIM_SIZE - 1 && tg_framing_has_aim(front + len - (TG_AIM_SIZE - 1), TG_AIM_SIZE - 1);
	if (out->aim) {
		len -= TG_AIM_SIZE - 1;
		memcpy(out->aim_id, front + len, TG_AIM_SIZE - 1);
	}
	if (len >= size)
		len = size - 1;
	memcpy(prefix, front, len);
	prefix[len] = '\0';
}

/* Where the label begins and ends in the text. Of an unknown one an AIM identifier is all that can be told from it. */
static size_t find_label(tg_learned *out, const struct text *text, const char *expected, size_t *end)
{
	const uint8_t *at = expected != NULL ? memmem(text->data, text->len, expected, strlen(expected)) : NULL;

	out->expected = at != NULL;
	*end = at != NULL ? (size_t)(at - text->data) + strlen(expected) : text->len;
	if (at != NULL)
		return (size_t)(at - text->data);
	return text->len > TG_AIM_SIZE - 1 && tg_framing_has_aim(text->data, text->len) ? TG_AIM_SIZE - 1 : 0;
}

/* What a device says goes into a file and onto a terminal: printable ASCII only. */
static bool is_writable(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < 0x20 || *text > 0x7E)
			return false;
	return true;
}

/* The label, and what is in front of it; what is behind it is a suffix that no option takes off. */
static void judge_text(tg_learned *out, const struct text *text, const char *expected)
{
	char prefix[sizeof(out->prefix)];
	size_t end, begin = find_label(out, text, expected, &end);

	out->understood = true;
	out->label_len = end - begin;
	split_front(out, prefix, sizeof(prefix), text->data, begin);
	if (text->aim[0] != '\0') {
		out->aim = true;
		memcpy(out->aim_id, text->aim, sizeof(out->aim_id));
	}
	if (out->layout != NULL && is_writable(prefix))
		memcpy(out->prefix, prefix, sizeof(out->prefix));
	else if (prefix[0] != '\0')
		say(out, "it sends %zu characters in front of the label: switch its prefix off", strlen(prefix));
	if (end < text->len)
		say(out, "it sends %zu characters behind the label: switch off all suffixes but one, CR or none", text->len - end);
	if (!out->aim)
		say(out, "it sends no AIM identifier: switch it on (\"transmit AIM ID\"), or the kind of bar code remains unknown");
}

/* ---- wedge ---- */

/* By the last key that went down: nobody can say from the text, for the suffix is no part of it. */
static tg_suffix typed_suffix(const tg_learn *learn)
{
	for (size_t i = learn->count; i-- > 0;) {
		const uint8_t *r = learn->reports[i].data;

		if (r[2] < 4)
			continue;
		if (r[2] == KEY_ENTER || r[2] == KEYPAD_ENTER)
			return TG_SUFFIX_CR;
		if (r[2] == KEY_TAB && (r[0] & MODIFIER_CTRL) == 0)
			return TG_SUFFIX_TAB;
		return TG_SUFFIX_NONE;
	}
	return TG_SUFFIX_NONE;
}

static bool read_keys(struct text *out, const tg_learn *learn, const char *layout, tg_suffix suffix)
{
	tg_key_text *keys;

	out->there = false;
	out->aim[0] = '\0';
	if (tg_key_text_open(&keys, &(tg_key_config){ .layout = layout, .suffix = suffix }, NULL) != TG_OK)
		return false;
	for (size_t i = 0; i < learn->count; i++)
		tg_key_text_feed(keys, learn->reports[i].data, learn->reports[i].len, take_frame, out);
	if (suffix == TG_SUFFIX_NONE)
		tg_key_text_pause(keys, take_frame, out);
	tg_key_text_close(keys);
	return out->there;
}

/* How well a layout explains what was typed: the label, in front of it nothing or an AIM identifier, digits at all. */
static int rate(const struct text *text, const char *expected)
{
	tg_learned found = { 0 };
	size_t digits = 0, end, begin = find_label(&found, text, expected, &end);

	for (size_t i = begin; i < end; i++)
		digits += isdigit(text->data[i]) != 0;
	return found.expected * 8 + (begin == 0 || tg_framing_has_aim(text->data, text->len)) * 2 + (digits == end - begin) * 4;
}

static void judge_wedge(tg_learned *out, const tg_learn *learn, struct text *text, const char *expected)
{
	tg_suffix suffix = typed_suffix(learn);
	int best = -1;

	for (size_t i = 0; i < TG_COUNT(layouts); i++) {
		if (!read_keys(text, learn, layouts[i], suffix) || rate(text, expected) <= best)
			continue;
		best = rate(text, expected);
		out->layout = layouts[i];
	}
	if (out->layout == NULL || !read_keys(text, learn, out->layout, suffix)) {
		say(out, "keys that are no text in any layout known here: set it to imitate a US keyboard");
		return;
	}
	out->suffix = suffix_words[suffix];
	judge_text(out, text, expected);
	if (suffix == TG_SUFFIX_NONE)
		say(out, "it ends a label with no key: set its suffix to Enter (CR), or a pause must end it");
}

/* ---- HID POS ---- */

static void judge_hid_pos(tg_learned *out, const tg_learn *learn, struct text *text, const char *expected)
{
	tg_hid_input *input = malloc(sizeof(*input));

	for (int suffix = TG_SUFFIX_NONE; input != NULL && suffix <= TG_SUFFIX_TAB && !text->there; suffix++) {
		tg_hid_input_init(input, learn->table, (tg_suffix)suffix, true);
		for (size_t i = 0; i < learn->count; i++)
			tg_hid_input_feed(input, learn->reports[i].data, learn->reports[i].len, learn->last_us, take_frame, text);
		out->suffix = suffix_words[suffix];
	}
	free(input);
	if (text->there)
		judge_text(out, text, expected);
	else
		say(out, "reports that are no label: switch off all prefixes and suffixes of the scanner");
}

/* ---- serial ---- */

static void no_reply(void *user, const uint8_t *bytes, size_t len)
{
	(void)user, (void)bytes, (void)len;
}

static bool read_ssi(struct text *out, const tg_learn *learn)
{
	tg_ssi *ssi = malloc(sizeof(*ssi));

	if (ssi == NULL)
		return false;
	tg_ssi_init(ssi, false);
	tg_ssi_feed(ssi, learn->bytes, learn->count, take_frame, no_reply, out);
	free(ssi);
	return out->there;
}

static bool read_line(struct text *out, const tg_learn *learn, tg_frame_mode mode)
{
	tg_framing *framing = malloc(sizeof(*framing));

	if (framing == NULL)
		return false;
	tg_framing_init(framing, mode, false);
	tg_framing_feed(framing, learn->bytes, learn->count, take_frame, out);
	if (mode == TG_FRAME_GAP)
		tg_framing_gap(framing, take_frame, out);
	free(framing);
	return out->there;
}

static void judge_serial(tg_learned *out, const tg_learn *learn, struct text *text, const char *expected)
{
	bool framed = learn->bytes[0] == STX && memchr(learn->bytes, ETX, learn->count) != NULL;

	out->profile = "plain";
	if (read_ssi(text, learn)) {
		out->profile = "ssi";
	} else if (framed && read_line(text, learn, TG_FRAME_STX_ETX)) {
		out->framing = "stx-etx";
	} else if (read_line(text, learn, TG_FRAME_AUTO)) {
		out->framing = "auto";
	} else if (read_line(text, learn, TG_FRAME_GAP)) {
		out->framing = "gap";
		say(out, "it ends a label with no character: set its suffix to CR, or a pause must end it");
	} else {
		say(out, "%zu bytes that are no text: is the speed right? Try --line \"115200 8N1\", or what the scanner's manual says", learn->count);
		return;
	}
	judge_text(out, text, expected);
	if (strcmp(out->profile, "plain") == 0)
		say(out, "profile plain is only listened to; honeywell and datalogic can also be told: tillgate-scanners(7)");
}

void tg_learn_end(tg_learned *out, const tg_learn *learn, const char *expected)
{
	struct text *text = calloc(1, sizeof(*text));

	memset(out, 0, sizeof(*out));
	if (text == NULL || learn->count == 0 || learn->full) {
		say(out, "%s", learn->full ? "more than one label: scan one, once" : "nothing");
		free(text);
		return;
	}
	if (strcmp(learn->driver, "wedge") == 0)
		judge_wedge(out, learn, text, expected);
	else if (strcmp(learn->driver, "hid-pos") == 0)
		judge_hid_pos(out, learn, text, expected);
	else
		judge_serial(out, learn, text, expected);
	free(text);
}

/* ---- for tillgate.conf ---- */

static void add(char *out, size_t size, size_t *len, const char *name, const char *value, bool quoted)
{
	if (value == NULL || *len >= size)
		return;
	*len += (size_t)snprintf(out + *len, size - *len, "    %s = %s%s%s\n", name, quoted ? "\"" : "", value, quoted ? "\"" : "");
}

size_t tg_learned_section(char *out, size_t size, const tg_learned *learned, const char *select, const char *line)
{
	char prefix[2 * sizeof(learned->prefix)];
	size_t len = (size_t)snprintf(out, size, "  scanner {\n    %s\n", select);

	tg_device_quote(prefix, sizeof(prefix), learned->prefix);
	add(out, size, &len, "profile", learned->profile, false);
	add(out, size, &len, "line", learned->profile != NULL ? line : NULL, true);
	add(out, size, &len, "framing", learned->framing, false);
	add(out, size, &len, "layout", learned->layout, true);
	add(out, size, &len, "suffix", learned->suffix, false);
	add(out, size, &len, "prefix", prefix[0] != '\0' && is_writable(prefix) ? prefix : NULL, true);
	add(out, size, &len, "aim", learned->aim ? "true" : "false", false);
	if (len < size)
		len += (size_t)snprintf(out + len, size - len, "  }\n");
	return len;
}

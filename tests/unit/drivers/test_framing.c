/* SPDX-License-Identifier: Apache-2.0
 *
 * test_framing.c - every terminator, every way to cut the bytes, and everything that is no label.
 */
#include "drivers/framing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Frames as text, one after the other: "scan(]d2|0109…)", "empty", "noise(3)", "long(8193)", "cut(2)". */
struct notes {
	char *text;
	size_t len, size;
};

static void note_bytes(struct notes *n, const void *data, size_t len)
{
	if (n->len + len + 1 > n->size) {
		n->size = (n->len + len + 1) * 2;
		n->text = realloc(n->text, n->size);
		assert_non_null(n->text);
	}
	memcpy(n->text + n->len, data, len);
	n->len += len;
	n->text[n->len] = '\0';
}

static void note(void *user, const tg_frame *frame)
{
	static const char *const names[] = { "scan", "empty", "noise", "long", "cut" };
	struct notes *n = user;
	char head[64];

	assert_true((frame->kind == TG_FRAME_SCAN) == (frame->data != NULL));
	if (frame->kind == TG_FRAME_SCAN) {
		snprintf(head, sizeof(head), "scan%s(%s|", frame->aim_missing ? "?" : "", frame->aim);
		note_bytes(n, head, strlen(head));
		note_bytes(n, frame->data, frame->len);
		note_bytes(n, ")", 1);
		assert_true(frame->len >= 1 && frame->len <= TG_SCAN_MAX);
	} else if (frame->kind == TG_FRAME_EMPTY) {
		note_bytes(n, "empty", 5);
	} else {
		snprintf(head, sizeof(head), "%s(%zu)", names[frame->kind], frame->len);
		note_bytes(n, head, strlen(head));
	}
}

#define IN(text) text, sizeof(text) - 1

static const struct {
	const char *what;
	tg_frame_mode mode;
	bool aim;
	const char *in;
	size_t len;
	const char *out;
} frames[] = {
	{ "CR ends a scan", TG_FRAME_AUTO, false, IN("9524000059109\r"), "scan(|9524000059109)" },
	{ "LF ends a scan", TG_FRAME_AUTO, false, IN("9524000059109\n"), "scan(|9524000059109)" },
	{ "CR LF ends one scan, once", TG_FRAME_AUTO, false, IN("1\r\n2\r\n"), "scan(|1)scan(|2)" },
	{ "CR, LF, CR: one scan, then an empty one", TG_FRAME_AUTO, false, IN("1\r\n\r"), "scan(|1)empty" },
	{ "no terminator, no scan", TG_FRAME_AUTO, false, IN("9524000059109"), "" },
	{ "a terminator alone is empty", TG_FRAME_AUTO, false, IN("\r"), "empty" },
	{ "two LF: the second is empty", TG_FRAME_AUTO, false, IN("1\n\n"), "scan(|1)empty" },
	{ "CR mode", TG_FRAME_CR, false, IN("1\r2\r"), "scan(|1)scan(|2)" },
	{ "CR mode takes an LF for noise", TG_FRAME_CR, false, IN("1\r\n2\r"), "scan(|1)noise(2)" },
	{ "LF mode", TG_FRAME_LF, false, IN("1\n2\n"), "scan(|1)scan(|2)" },
	{ "LF mode takes a CR for noise", TG_FRAME_LF, false, IN("1\r\n"), "noise(2)" },
	{ "CR LF mode", TG_FRAME_CRLF, false, IN("1\r\n2\r\n"), "scan(|1)scan(|2)" },
	{ "CR LF mode takes a lone CR for noise", TG_FRAME_CRLF, false, IN("1\r2\r\n"), "noise(3)" },
	{ "CR LF mode takes a lone LF for noise", TG_FRAME_CRLF, false, IN("1\n2\r\n"), "noise(3)" },
	{ "CR LF mode, CR CR LF", TG_FRAME_CRLF, false, IN("1\r\r\n"), "noise(2)" },
	{ "GS is data", TG_FRAME_AUTO, false, IN("10A\x1d" "21B\r"), "scan(|10A\x1d" "21B)" },
	{ "GS in front is data", TG_FRAME_AUTO, false, IN("\x1d" "01\r"), "scan(|\x1d" "01)" },
	{ "FS RS US EOT TAB are data", TG_FRAME_AUTO, false, IN("\x1c\x1e\x1f\x04\t1\r"),
		"scan(|\x1c\x1e\x1f\x04\t1)" },
	{ "UTF-8 is data", TG_FRAME_AUTO, false, IN("Stra\xc3\x9f" "e\r"), "scan(|Stra\xc3\x9f" "e)" },
	{ "ISO 8859-1 is data", TG_FRAME_AUTO, false, IN("caf\xe9\r"), "scan(|caf\xe9)" },
	{ "bytes that are neither are noise", TG_FRAME_AUTO, false, IN("caf\x82\r"), "noise(4)" },
	{ "NUL is noise", TG_FRAME_AUTO, false, IN("95\0" "24\r"), "noise(5)" },
	{ "DEL is noise", TG_FRAME_AUTO, false, IN("\x7f\r"), "noise(1)" },
	{ "ESC is noise", TG_FRAME_AUTO, false, IN("\x1b[A\r"), "noise(3)" },
	{ "noise ends with its frame", TG_FRAME_AUTO, false, IN("\x01\r1\r"), "noise(1)scan(|1)" },
	{ "AIM identifier split off", TG_FRAME_AUTO, true, IN("]d20109524000059109\r"),
		"scan(]d2|0109524000059109)" },
	{ "AIM identifier kept when not configured", TG_FRAME_AUTO, false, IN("]E01\r"), "scan(|]E01)" },
	{ "AIM identifier missing is said", TG_FRAME_AUTO, true, IN("9524000059109\r"),
		"scan?(|9524000059109)" },
	{ "half an AIM identifier is data", TG_FRAME_AUTO, true, IN("]E\r"), "scan?(|]E)" },
	{ "AIM identifier with a letter for a modifier", TG_FRAME_AUTO, true, IN("]XA1\r"), "scan(]XA|1)" },
	{ "AIM identifier alone is empty", TG_FRAME_AUTO, true, IN("]E0\r"), "empty" },
	{ "STX and ETX", TG_FRAME_STX_ETX, false, IN("\x02" "1\x03\x02" "2\x03"), "scan(|1)scan(|2)" },
	{ "CR LF after ETX is skipped", TG_FRAME_STX_ETX, false, IN("\x02" "1\x03\r\n\x02" "2\x03\r"), "scan(|1)scan(|2)" },
	{ "bytes before STX are noise", TG_FRAME_STX_ETX, false, IN("xy\x02" "1\x03"), "noise(2)scan(|1)" },
	{ "a second STX cuts the first", TG_FRAME_STX_ETX, false, IN("\x02" "12\x02" "3\x03"), "cut(2)scan(|3)" },
	{ "ETX without STX is noise", TG_FRAME_STX_ETX, false, IN("1\x03\r\x02" "3\x03"), "noise(2)scan(|3)" },
	{ "a CR inside is noise", TG_FRAME_STX_ETX, false, IN("\x02" "1\r2\x03"), "noise(3)" },
	{ "STX ETX alone is empty", TG_FRAME_STX_ETX, false, IN("\x02\x03"), "empty" },
	{ "an identifier between STX and ETX", TG_FRAME_STX_ETX, true, IN("\x02]E01\x03"), "scan(]E0|1)" },
	{ "without a gap nothing ends", TG_FRAME_GAP, false, IN("95240000"), "" },
	{ "only the first identifier is split off", TG_FRAME_AUTO, true, IN("]E0]E01\r"), "scan(]E0|]E01)" },
};

static void bytes_become_these_frames(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct notes n = { 0 };
		tg_framing framing;

		note_bytes(&n, "", 0);
		tg_framing_init(&framing, frames[i].mode, frames[i].aim);
		tg_framing_feed(&framing, frames[i].in, frames[i].len, note, &n);
		if (strcmp(n.text, frames[i].out) != 0)
			fail_msg("%s: wanted %s, found %s", frames[i].what, frames[i].out, n.text);
		free(n.text);
	}
}

static void a_gap_ends_what_is_there(void **state)
{
	struct notes n = { 0 };
	tg_framing framing;

	(void)state;
	note_bytes(&n, "", 0);
	tg_framing_init(&framing, TG_FRAME_GAP, true);
	tg_framing_gap(&framing, note, &n);
	tg_framing_feed(&framing, "]E0952", 6, note, &n);
	tg_framing_gap(&framing, note, &n);
	tg_framing_feed(&framing, "1\r", 2, note, &n);
	tg_framing_gap(&framing, note, &n);
	tg_framing_gap(&framing, note, &n);
	assert_string_equal(n.text, "scan(]E0|952)noise(2)");
	free(n.text);
}

/* A small generator of our own: the same numbers everywhere, so that a failure can be repeated. */
static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static size_t make_stream(uint8_t *out, size_t size, uint32_t *seed)
{
	static const char *const parts[] = { "\r", "\n", "\r\n", "]d2", "]E0", "9524000059109", "\x1d", "\x01",
		"\xc3\x9f", "\x85", "A", "]", "\t" };
	size_t len = 0, runs = next_random(seed) % 40;

	for (size_t i = 0; i < runs; i++) {
		const char *part = parts[next_random(seed) % (sizeof(parts) / sizeof(parts[0]))];

		memcpy(out + len, part, strlen(part));
		len += strlen(part);
	}
	if (next_random(seed) % 8 == 0 && len + TG_SCAN_MAX + 8 < size) {
		size_t long_one = TG_SCAN_MAX - 4 + next_random(seed) % 12;

		memset(out + len, '7', long_one);
		len += long_one;
		out[len++] = '\r';
	}
	return len;
}

static void how_the_bytes_are_cut_changes_nothing(void **state)
{
	static uint8_t stream[4 * TG_SCAN_MAX];
	uint32_t seed = 20261123;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct notes whole = { 0 }, cut = { 0 };
		size_t len = make_stream(stream, sizeof(stream), &seed);
		tg_framing a, b;
		tg_frame_mode mode = (tg_frame_mode)(round % 4);

		note_bytes(&whole, "", 0);
		note_bytes(&cut, "", 0);
		tg_framing_init(&a, mode, round % 3 == 0);
		tg_framing_init(&b, mode, round % 3 == 0);
		tg_framing_feed(&a, stream, len, note, &whole);
		for (size_t at = 0, step; at < len; at += step) {
			step = round % 5 == 0 ? 1 : 1 + next_random(&seed) % 9;
			if (step > len - at)
				step = len - at;
			tg_framing_feed(&b, stream + at, step, note, &cut);
		}
		assert_int_equal(tg_framing_pending(&a), tg_framing_pending(&b));
		tg_framing_abandon(&a, note, &whole);
		tg_framing_abandon(&b, note, &cut);
		if (strcmp(whole.text, cut.text) != 0)
			fail_msg("round %d: whole %s, cut %s", round, whole.text, cut.text);
		free(whole.text);
		free(cut.text);
	}
}

static void a_megabyte_without_terminator_is_one_event_and_the_next_scan_is_whole(void **state)
{
	static uint8_t block[65536];
	struct notes n = { 0 };
	tg_framing framing;

	(void)state;
	memset(block, '5', sizeof(block));
	tg_framing_init(&framing, TG_FRAME_AUTO, false);
	for (int i = 0; i < 16; i++)
		tg_framing_feed(&framing, block, sizeof(block), note, &n);
	assert_string_equal(n.text, "long(8193)");
	assert_int_equal(tg_framing_pending(&framing), 16 * sizeof(block));
	tg_framing_feed(&framing, "\r\n9524000059109\r\n", 17, note, &n);
	assert_string_equal(n.text, "long(8193)scan(|9524000059109)");
	free(n.text);
}

static void the_longest_label_passes_with_and_without_identifier(void **state)
{
	static uint8_t bytes[3 + TG_SCAN_MAX + 2];

	(void)state;
	for (int aim = 0; aim <= 1; aim++) {
		for (size_t extra = 0; extra <= 1; extra++) {
			struct notes n = { 0 };
			size_t len = (aim ? 3 : 0) + TG_SCAN_MAX + extra;
			tg_framing framing;

			memset(bytes, '1', sizeof(bytes));
			if (aim)
				memcpy(bytes, "]Q3", 3);
			bytes[len] = '\r';
			tg_framing_init(&framing, TG_FRAME_AUTO, aim);
			tg_framing_feed(&framing, bytes, len + 1, note, &n);
			assert_int_equal(strncmp(n.text, "scan(", 5) == 0, extra == 0);
			assert_int_equal(strncmp(n.text, "long(", 5) == 0, extra == 1);
			free(n.text);
		}
	}
}

static void a_label_without_its_identifier_may_not_use_the_identifiers_room(void **state)
{
	static uint8_t bytes[TG_SCAN_MAX + 4];
	struct notes n = { 0 };
	tg_framing framing;

	(void)state;
	memset(bytes, '1', sizeof(bytes));
	bytes[TG_SCAN_MAX + 1] = '\r';
	tg_framing_init(&framing, TG_FRAME_AUTO, true);
	tg_framing_feed(&framing, bytes, TG_SCAN_MAX + 2, note, &n);
	assert_string_equal(n.text, "long(8193)");
	free(n.text);
}

static void an_abandoned_label_is_cut_once_and_leaves_nothing_behind(void **state)
{
	struct notes n = { 0 };
	tg_framing framing;

	(void)state;
	tg_framing_init(&framing, TG_FRAME_AUTO, false);
	tg_framing_feed(&framing, "95240", 5, note, &n);
	tg_framing_abandon(&framing, note, &n);
	tg_framing_abandon(&framing, note, &n);
	tg_framing_feed(&framing, "9524000059109\r", 14, note, &n);
	assert_string_equal(n.text, "cut(5)scan(|9524000059109)");
	free(n.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_become_these_frames),
		cmocka_unit_test(a_gap_ends_what_is_there),
		cmocka_unit_test(how_the_bytes_are_cut_changes_nothing),
		cmocka_unit_test(a_megabyte_without_terminator_is_one_event_and_the_next_scan_is_whole),
		cmocka_unit_test(the_longest_label_passes_with_and_without_identifier),
		cmocka_unit_test(a_label_without_its_identifier_may_not_use_the_identifiers_room),
		cmocka_unit_test(an_abandoned_label_is_cut_once_and_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

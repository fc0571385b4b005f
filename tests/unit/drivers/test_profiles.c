/* SPDX-License-Identifier: Apache-2.0
 *
 * test_profiles.c - what each maker's scanner is told, byte for byte; and the packets of SSI in and out.
 */
#include "drivers/profiles/profile.h"
#include "drivers/profiles/ssi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* ---- what is told ---- */

static const struct {
	const char *profile;
	tg_handshake handshake;
	bool host_beeps;
	tg_feedback what;
	const char *bytes; /* hexadecimal; "-": the profile says that it cannot */
} told[] = {
	{ "plain", TG_HANDSHAKE_NONE, true, TG_FEEDBACK_GOOD, "-" },
	{ "plain", TG_HANDSHAKE_NONE, true, TG_FEEDBACK_REJECT, "-" },
	{ "honeywell", TG_HANDSHAKE_NONE, false, TG_FEEDBACK_GOOD, "-" },
	{ "honeywell", TG_HANDSHAKE_NONE, true, TG_FEEDBACK_GOOD, "16070d" },
	{ "honeywell", TG_HANDSHAKE_NONE, false, TG_FEEDBACK_NOTICE, "16070d16070d" },
	{ "honeywell", TG_HANDSHAKE_NONE, false, TG_FEEDBACK_REJECT, "16070d16070d16070d" },
	{ "honeywell", TG_HANDSHAKE_NONE, false, TG_FEEDBACK_ERROR, "16070d16070d16070d16070d16070d" },
	{ "honeywell", TG_HANDSHAKE_NONE, false, TG_FEEDBACK_LOCK, "-" },
	{ "honeywell", TG_HANDSHAKE_ACK, false, TG_FEEDBACK_GOOD, "06" },
	{ "honeywell", TG_HANDSHAKE_ACK, true, TG_FEEDBACK_GOOD, "0616070d" },
	{ "honeywell", TG_HANDSHAKE_ACK, false, TG_FEEDBACK_REJECT, "0616070d16070d16070d" },
	{ "honeywell", TG_HANDSHAKE_ACK_BEL, false, TG_FEEDBACK_GOOD, "06" },
	{ "honeywell", TG_HANDSHAKE_ACK_BEL, false, TG_FEEDBACK_NOTICE, "06" },
	{ "honeywell", TG_HANDSHAKE_ACK_BEL, false, TG_FEEDBACK_REJECT, "07" },
	{ "honeywell", TG_HANDSHAKE_ACK_BEL, false, TG_FEEDBACK_ERROR, "07" },
	{ "honeywell", TG_HANDSHAKE_HOST_ACK, false, TG_FEEDBACK_GOOD, "1b37" },
	{ "honeywell", TG_HANDSHAKE_HOST_ACK, false, TG_FEEDBACK_NOTICE, "1b34" },
	{ "honeywell", TG_HANDSHAKE_HOST_ACK, false, TG_FEEDBACK_REJECT, "1b38" },
	{ "honeywell", TG_HANDSHAKE_HOST_ACK, false, TG_FEEDBACK_ERROR, "1b38" },
	{ "datalogic", TG_HANDSHAKE_NONE, false, TG_FEEDBACK_GOOD, "-" },
	{ "datalogic", TG_HANDSHAKE_NONE, false, TG_FEEDBACK_NOTICE, "-" },
	{ "datalogic", TG_HANDSHAKE_NONE, true, TG_FEEDBACK_GOOD, "01" },
	{ "datalogic", TG_HANDSHAKE_NONE, true, TG_FEEDBACK_NOTICE, "0101" },
	{ "datalogic", TG_HANDSHAKE_NONE, false, TG_FEEDBACK_REJECT, "46" },
	{ "datalogic", TG_HANDSHAKE_NONE, false, TG_FEEDBACK_ERROR, "46" },
	{ "datalogic", TG_HANDSHAKE_NONE, false, TG_FEEDBACK_LOCK, "44" },
	{ "datalogic", TG_HANDSHAKE_ACK, false, TG_FEEDBACK_UNLOCK, "45" },
	{ "datalogic", TG_HANDSHAKE_ACK, false, TG_FEEDBACK_GOOD, "06" },
	{ "datalogic", TG_HANDSHAKE_ACK, true, TG_FEEDBACK_GOOD, "0601" },
	{ "datalogic", TG_HANDSHAKE_ACK, false, TG_FEEDBACK_REJECT, "0646" },
	{ "ssi", TG_HANDSHAKE_NONE, false, TG_FEEDBACK_GOOD, "05e80400fffe10" },
	{ "ssi", TG_HANDSHAKE_NONE, true, TG_FEEDBACK_GOOD, "05e80400fffe10" "05e6040000ff11" },
	{ "ssi", TG_HANDSHAKE_NONE, false, TG_FEEDBACK_REJECT, "05e7040002ff0e" "05e6040007ff0a" },
	{ "ssi", TG_HANDSHAKE_NONE, false, TG_FEEDBACK_ERROR, "05e7040002ff0e" "05e6040012feff" },
	{ "ssi", TG_HANDSHAKE_NONE, false, TG_FEEDBACK_LOCK, "04ea0400ff0e" },
	{ "ssi", TG_HANDSHAKE_NONE, false, TG_FEEDBACK_UNLOCK, "05e80400fffe10" "04e90400ff0f" },
};

static void each_feedback_has_these_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(told); i++) {
		const tg_profile *profile = tg_profile_find(told[i].profile);
		const tg_profile_settings settings = { told[i].handshake, told[i].host_beeps };
		uint8_t bytes[TG_PROFILE_COMMAND_MAX];
		char text[2 * TG_PROFILE_COMMAND_MAX + 1] = "-";
		size_t len = 0;

		assert_non_null(profile);
		if (profile->can(&settings) & told[i].what) {
			text[0] = '\0';
			len = profile->tell(bytes, &settings, told[i].what);
		}
		for (size_t b = 0; b < len; b++)
			sprintf(text + 2 * b, "%02x", bytes[b]);
		if (strcmp(text, told[i].bytes) != 0)
			fail_msg("%s, handshake %s, feedback %d: wanted %s, found %s", told[i].profile, tg_handshake_words[told[i].handshake],
				told[i].what, told[i].bytes, text);
	}
}

/* A withheld scan must never be answered by the sound of a good one, whatever is set. */
static void what_is_withheld_never_sounds_good(void **state)
{
	static const char *const names[] = { "ssi", "honeywell", "datalogic" };

	(void)state;
	for (size_t p = 0; p < TG_COUNT(names); p++)
		for (int h = TG_HANDSHAKE_NONE; h <= TG_HANDSHAKE_HOST_ACK; h++)
			for (int beeps = 0; beeps < 2; beeps++) {
				const tg_profile *profile = tg_profile_find(names[p]);
				const tg_profile_settings settings = { (tg_handshake)h, beeps };
				uint8_t good[TG_PROFILE_COMMAND_MAX], bad[TG_PROFILE_COMMAND_MAX];
				size_t good_len, bad_len;

				if ((profile->handshakes >> h & 1) == 0)
					continue;
				good_len = profile->tell(good, &settings, TG_FEEDBACK_GOOD);
				bad_len = profile->tell(bad, &settings, TG_FEEDBACK_REJECT);
				assert_true(bad_len > 0);
				assert_false(good_len == bad_len && memcmp(good, bad, bad_len) == 0);
				assert_non_null(profile->cannot(&settings));
			}
}

static void a_scanner_that_waits_is_answered_for_every_frame(void **state)
{
	const tg_profile_settings host_ack = { TG_HANDSHAKE_HOST_ACK, false }, ack = { TG_HANDSHAKE_ACK, false }, none = { TG_HANDSHAKE_NONE, false };
	uint8_t bytes[TG_PROFILE_COMMAND_MAX];

	(void)state;
	assert_int_equal(tg_profile_honeywell.refuse(bytes, &host_ack), 2);
	assert_memory_equal(bytes, "\x1b" "8", 2);
	assert_int_equal(tg_profile_honeywell.refuse(bytes, &ack), 1);
	assert_int_equal(bytes[0], 0x15);
	assert_int_equal(tg_profile_honeywell.refuse(bytes, &none), 0);
	assert_int_equal(tg_profile_datalogic.refuse(bytes, &ack), 1);
	assert_int_equal(bytes[0], 0x15);
	assert_int_equal(tg_profile_datalogic.refuse(bytes, &none), 0);
}

static void profiles_are_found_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(tg_profile_find(NULL), &tg_profile_plain);
	assert_ptr_equal(tg_profile_find("ssi"), &tg_profile_ssi);
	assert_null(tg_profile_find("SSI"));
}

/* ---- SSI ---- */

/* What comes of bytes: frames and replies in their order, as text. */
struct notes {
	char text[4096];
	size_t len;
};

static void add(struct notes *n, const char *text)
{
	n->len += (size_t)snprintf(n->text + n->len, sizeof(n->text) - n->len, "%s%s", n->len > 0 ? " " : "", text);
}

static void on_frame(void *user, const tg_frame *frame)
{
	static const char *const names[] = { "scan", "empty", "noise", "long", "cut" };
	char text[600];

	if (frame->kind == TG_FRAME_SCAN && frame->len <= 300)
		snprintf(text, sizeof(text), "scan%s(%s|%.*s)", frame->aim_missing ? "?" : "", frame->aim, (int)frame->len, (const char *)frame->data);
	else
		snprintf(text, sizeof(text), "%s(%zu)", names[frame->kind], frame->len);
	add(user, text);
}

static void on_reply(void *user, const uint8_t *bytes, size_t len)
{
	assert_true(len >= 6);
	add(user, bytes[1] == TG_SSI_ACK ? "ACK" : bytes[1] == TG_SSI_NAK ? "NAK" : bytes[1] == TG_SSI_MULTIPACKET_ACK ? "MORE" : "?");
}

/* A packet as the scanner would send it: opcode, status, data. */
static size_t packet(uint8_t *out, uint8_t opcode, uint8_t status, const char *data, size_t len)
{
	unsigned sum = 0;

	out[0] = (uint8_t)(4 + len);
	out[1] = opcode;
	out[2] = 0;
	out[3] = status;
	memcpy(out + 4, data, len);
	for (size_t i = 0; i < 4 + len; i++)
		sum += out[i];
	sum = 0x10000 - (sum & 0xffff);
	out[4 + len] = (uint8_t)(sum >> 8);
	out[5 + len] = (uint8_t)sum;
	return 6 + len;
}

#define DATA(text) text, sizeof(text) - 1

static void our_packets_have_the_published_checksums(void **state)
{
	uint8_t out[16];

	(void)state;
	assert_int_equal(tg_ssi_write(out, TG_SSI_ACK, NULL, 0), 6);
	assert_memory_equal(out, "\x04\xD0\x04\x00\xFF\x28", 6);
	assert_int_equal(tg_ssi_write(out, 0xE4, NULL, 0), 6);
	assert_memory_equal(out, "\x04\xE4\x04\x00\xFF\x14", 6);
}

static const struct {
	const char *what;
	bool aim;
	struct {
		uint8_t opcode, status;
		const char *data;
		size_t len;
		int spoil; /* added to the last byte */
	} packets[4];
	const char *out;
} streams[] = {
	{ "a label and its type", false, { { 0xF3, 0, DATA("\x0B" "9524000059109"), 0 } }, "ACK scan(]E0|9524000059109)" },
	{ "an EAN-8", false, { { 0xF3, 0, DATA("\x0A" "96385074"), 0 } }, "ACK scan(]E4|96385074)" },
	{ "GS1-128 with separators", false, { { 0xF3, 0, DATA("\x0F" "10A\x1d" "21B"), 0 } }, "ACK scan(]C1|10A\x1d" "21B)" },
	{ "an unknown type has no identifier", false, { { 0xF3, 0, DATA("\x7F" "ABC"), 0 } }, "ACK scan(|ABC)" },
	{ "its own identifier wins", true, { { 0xF3, 0, DATA("\x7F]d20109524000059109"), 0 } }, "ACK scan(]d2|0109524000059109)" },
	{ "identifier missing and type unknown", true, { { 0xF3, 0, DATA("\x7F" "ABC"), 0 } }, "ACK scan?(|ABC)" },
	{ "a wrong checksum is asked for again", false,
		{ { 0xF3, 0, DATA("\x0B" "9524000059109"), 1 }, { 0xF3, 1, DATA("\x0B" "9524000059109"), 0 } },
		"noise(18) NAK ACK scan(]E0|9524000059109)" },
	{ "sent again because our ACK got lost: one scan", false,
		{ { 0xF3, 0, DATA("\x0B" "9524000059109"), 0 }, { 0xF3, 1, DATA("\x0B" "9524000059109"), 0 } },
		"ACK scan(]E0|9524000059109) ACK" },
	{ "scanned twice: two scans", false,
		{ { 0xF3, 0, DATA("\x0B" "9524000059109"), 0 }, { 0xF3, 0, DATA("\x0B" "9524000059109"), 0 } },
		"ACK scan(]E0|9524000059109) ACK scan(]E0|9524000059109)" },
	{ "scanned twice, the second time damaged on the way: two scans", false,
		{ { 0xF3, 0, DATA("\x0B" "9524000059109"), 0 }, { 0xF3, 0, DATA("\x0B" "9524000059109"), 1 }, { 0xF3, 1, DATA("\x0B" "9524000059109"), 0 } },
		"ACK scan(]E0|9524000059109) noise(18) NAK ACK scan(]E0|9524000059109)" },
	{ "marked as sent again, but new to us", false, { { 0xF3, 1, DATA("\x0B" "9524000059109"), 0 } }, "ACK scan(]E0|9524000059109)" },
	{ "two packets, one label", false, { { 0xF3, 2, DATA("\x0F" "10AB"), 0 }, { 0xF3, 0, DATA("\x0F" "CD"), 0 } }, "ACK ACK scan(]C1|10ABCD)" },
	{ "two labels that got into each other", false,
		{ { 0xF3, 2, DATA("\x0F" "10AB"), 0 }, { 0xF3, 0, DATA("\x0B" "9524000059109"), 0 }, { 0xF3, 0, DATA("\x0B" "96"), 0 } },
		"ACK noise(4) ACK ACK scan(]E0|96)" },
	{ "an event is acknowledged", false, { { 0xF6, 0, DATA("\x01"), 0 } }, "ACK" },
	{ "answers to us are not answered", false, { { 0xD0, 0, DATA(""), 0 }, { 0xD1, 0, DATA("\x06"), 0 } }, "" },
	{ "a label of nothing", false, { { 0xF3, 0, DATA("\x0B"), 0 } }, "ACK empty(0)" },
	{ "no room for a type", false, { { 0xF3, 0, DATA(""), 0 } }, "noise(4) ACK" },
	{ "what no label carries", false, { { 0xF3, 0, DATA("\x0B" "12\x01"), 0 } }, "ACK noise(3)" },
	{ "segments", false,
		{ { 0x73, 0, DATA("\x00\xF3\0\0\0\0\x0F\0\x00\x06" "10A"), 0 }, { 0x73, 0, DATA("\x01" "BCD"), 0 } },
		"MORE ACK scan(]C1|10ABCD)" },
	{ "a segment is missing", false,
		{ { 0x73, 0, DATA("\x00\xF3\0\0\0\0\x0F\0\x00\x09" "10A"), 0 }, { 0x73, 0, DATA("\x02" "BCD"), 0 } }, "MORE cut(11) ACK" },
	{ "a segment of nothing", false, { { 0x73, 0, DATA("\x01" "BCD"), 0 } }, "cut(8) ACK" },
	{ "a first segment too short", false, { { 0x73, 0, DATA("\x00\xF3"), 0 } }, "noise(6) ACK" },
};

static void packets_become_these_frames_and_replies(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(streams); i++)
		for (size_t step = 1; step <= 300; step += 299) { /* byte by byte, and at once */
			struct notes n = { .len = 0 };
			uint8_t bytes[1024];
			size_t len = 0;
			tg_ssi ssi;

			tg_ssi_init(&ssi, streams[i].aim);
			for (size_t p = 0; p < 4 && streams[i].packets[p].opcode != 0; p++) {
				len += packet(bytes + len, streams[i].packets[p].opcode, streams[i].packets[p].status, streams[i].packets[p].data,
					streams[i].packets[p].len);
				bytes[len - 1] = (uint8_t)(bytes[len - 1] + streams[i].packets[p].spoil);
			}
			for (size_t at = 0; at < len; at += step)
				tg_ssi_feed(&ssi, bytes + at, step < len - at ? step : len - at, on_frame, on_reply, &n);
			if (strcmp(n.text, streams[i].out) != 0)
				fail_msg("%s: wanted %s, found %s", streams[i].what, streams[i].out, n.text);
		}
}

static void a_label_longer_than_any_is_one_trouble(void **state)
{
	char data[251];
	struct notes n = { .len = 0 };
	uint8_t bytes[300];
	size_t longs = 0;
	tg_ssi ssi;

	(void)state;
	memset(data, '7', sizeof(data));
	data[0] = 0x0F;
	tg_ssi_init(&ssi, false);
	for (int i = 0; i < 40; i++) {
		n.len = 0;
		n.text[0] = '\0';
		tg_ssi_feed(&ssi, bytes, packet(bytes, 0xF3, i < 39 ? 2 : 0, data, sizeof(data)), on_frame, on_reply, &n);
		longs += strncmp(n.text, "long", 4) == 0;
	}
	assert_int_equal(longs, 1);
	assert_string_equal(n.text, "ACK");
	n.len = 0;
	tg_ssi_feed(&ssi, bytes, packet(bytes, 0xF3, 0, DATA("\x0A" "96385074")), on_frame, on_reply, &n);
	assert_string_equal(n.text, "ACK scan(]E4|96385074)");
}

static void silence_in_a_packet_forgets_it_and_the_next_one_counts(void **state)
{
	struct notes n = { .len = 0 };
	uint8_t bytes[64];
	tg_ssi ssi;

	(void)state;
	tg_ssi_init(&ssi, false);
	tg_ssi_abandon(&ssi, on_frame, &n);
	tg_ssi_feed(&ssi, bytes, packet(bytes, 0xF3, 0, DATA("\x0A" "96385074")) - 3, on_frame, on_reply, &n);
	assert_true(tg_ssi_pending(&ssi) > 0);
	tg_ssi_abandon(&ssi, on_frame, &n);
	tg_ssi_feed(&ssi, bytes, packet(bytes, 0xF3, 0, DATA("\x0A" "96385074")), on_frame, on_reply, &n);
	assert_string_equal(n.text, "cut(12) ACK scan(]E4|96385074)");
}

/* The same unit's label twice, the second time cut on the way: what then comes again is that one, not the first. */
static void what_is_sent_again_after_a_cut_is_not_taken_for_the_label_before(void **state)
{
	struct notes n = { .len = 0 };
	uint8_t bytes[64];
	tg_ssi ssi;

	(void)state;
	tg_ssi_init(&ssi, false);
	tg_ssi_feed(&ssi, bytes, packet(bytes, 0xF3, 0, DATA("\x0A" "96385074")), on_frame, on_reply, &n);
	tg_ssi_feed(&ssi, bytes, packet(bytes, 0xF3, 0, DATA("\x0A" "96385074")) - 3, on_frame, on_reply, &n);
	assert_true(tg_ssi_in_packet(&ssi));
	tg_ssi_abandon(&ssi, on_frame, &n);
	assert_false(tg_ssi_in_packet(&ssi));
	tg_ssi_feed(&ssi, bytes, packet(bytes, 0xF3, 1, DATA("\x0A" "96385074")), on_frame, on_reply, &n);
	assert_string_equal(n.text, "ACK scan(]E4|96385074) cut(12) ACK scan(]E4|96385074)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_feedback_has_these_bytes),
		cmocka_unit_test(what_is_withheld_never_sounds_good),
		cmocka_unit_test(a_scanner_that_waits_is_answered_for_every_frame),
		cmocka_unit_test(profiles_are_found_by_name),
		cmocka_unit_test(our_packets_have_the_published_checksums),
		cmocka_unit_test(packets_become_these_frames_and_replies),
		cmocka_unit_test(a_label_longer_than_any_is_one_trouble),
		cmocka_unit_test(silence_in_a_packet_forgets_it_and_the_next_one_counts),
		cmocka_unit_test(what_is_sent_again_after_a_cut_is_not_taken_for_the_label_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

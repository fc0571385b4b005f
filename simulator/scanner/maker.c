/* SPDX-License-Identifier: Apache-2.0
 *
 * maker.c - serial scanners of four makers. See maker.h.
 */
#include "simulator/scanner/maker.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { ACK = 0x06, BEL = 0x07, NAK = 0x15, SYN = 0x16, ESC = 0x1B, CR = 0x0D, CAN = 0x18 };
enum { PATIENCE_MS = 2000, PATIENCE_HOST_ACK_MS = 10000, TRIES = 3 };

/* SSI */
enum { OP_ACK = 0xD0, OP_NAK = 0xD1, OP_MORE_ACK = 0x74, OP_DECODE = 0xF3, OP_BEEP = 0xE6, OP_LED_ON = 0xE7, OP_LED_OFF = 0xE8, OP_ENABLE = 0xE9,
	OP_DISABLE = 0xEA };
enum { SSI_DATA_MAX = 250, AGAIN = 1, CONTINUED = 2 };

static void say(char words[MAKER_WORDS_MAX], const char *more)
{
	size_t used = strlen(words);

	snprintf(words + used, MAKER_WORDS_MAX - used, "%s%s", used > 0 ? " " : "", more);
}

/* ---- SSI ---- */

static size_t seal(uint8_t *packet, size_t len)
{
	unsigned sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += packet[i];
	sum = 0x10000u - (sum & 0xFFFFu);
	packet[len] = (uint8_t)(sum >> 8);
	packet[len + 1] = (uint8_t)sum;
	return len + 2;
}

static size_t next_packet(struct maker *m, uint8_t *out)
{
	size_t n = m->label_len - m->at < SSI_DATA_MAX ? m->label_len - m->at : SSI_DATA_MAX;

	m->packet[0] = (uint8_t)(5 + n);
	m->packet[1] = OP_DECODE;
	m->packet[2] = 0;
	m->packet[3] = m->at + n < m->label_len ? CONTINUED : 0;
	m->packet[4] = m->type;
	memcpy(m->packet + 5, m->label + m->at, n);
	m->at += n;
	m->packet_len = seal(m->packet, 5 + n);
	m->tries = 1;
	m->waiting = true;
	memcpy(out, m->packet, m->packet_len);
	return m->packet_len;
}

static size_t same_packet(struct maker *m, uint8_t *out)
{
	m->packet[3] |= AGAIN;
	seal(m->packet, m->packet_len - 2);
	m->tries++;
	memcpy(out, m->packet, m->packet_len);
	return m->packet_len;
}

/* By the identifier of the basket, else by what it looks like. */
static uint8_t code_type(const char *label, size_t len)
{
	size_t digits = 0;

	if (len >= 3 && label[0] == ']')
		return strncmp(label, "]E4", 3) == 0 ? 0x0A : strncmp(label, "]E", 2) == 0 ? 0x0B : strncmp(label, "]C1", 3) == 0 ? 0x0F : 0x03;
	while (digits < len && isdigit((unsigned char)label[digits]))
		digits++;
	return digits < len ? 0x03 : len == 8 ? 0x0A : len == 12 ? 0x08 : len == 13 ? 0x0B : 0x03;
}

static void obey(struct maker *m, uint8_t opcode, uint8_t value, char words[MAKER_WORDS_MAX])
{
	char text[40] = "";

	if (opcode == OP_BEEP)
		snprintf(text, sizeof(text), "beep-%02x", value);
	else if (opcode == OP_LED_ON || opcode == OP_LED_OFF)
		snprintf(text, sizeof(text), "light-%s-%02x", opcode == OP_LED_ON ? "on" : "off", value);
	else if (opcode == OP_ENABLE || opcode == OP_DISABLE)
		snprintf(text, sizeof(text), opcode == OP_ENABLE ? "enabled" : "disabled");
	else
		snprintf(text, sizeof(text), "unknown-%02x", opcode);
	if (opcode == OP_ENABLE || opcode == OP_DISABLE)
		m->disabled = opcode == OP_DISABLE;
	say(words, text);
}

static size_t take_packet(struct maker *m, uint8_t *out, char words[MAKER_WORDS_MAX])
{
	static const uint8_t ack[] = { 4, OP_ACK, 0, 0 };
	size_t len = m->in[0];
	uint8_t copy[300], opcode = m->in[1];

	memcpy(copy, m->in, len);
	if (m->in_len != seal(copy, len) || memcmp(copy, m->in, m->in_len) != 0) {
		say(words, "wrong-checksum");
		return 0;
	}
	if (opcode == OP_NAK && m->waiting)
		return same_packet(m, out);
	if (opcode == OP_ACK || opcode == OP_MORE_ACK) {
		m->waiting = false;
		return m->at < m->label_len ? next_packet(m, out) : 0;
	}
	obey(m, opcode, len > 4 ? m->in[4] : 0, words);
	memcpy(out, ack, sizeof(ack));
	return seal(out, sizeof(ack));
}

static size_t hear_ssi(struct maker *m, uint8_t *out, uint8_t byte, char words[MAKER_WORDS_MAX])
{
	size_t sent;

	m->in[m->in_len++] = byte;
	if (m->in_len < 4 || m->in_len < (size_t)m->in[0] + 2)
		return 0;
	sent = take_packet(m, out, words);
	m->in_len = 0;
	return sent;
}

/* ---- plain lines ---- */

static size_t whole_label(struct maker *m, uint8_t *out)
{
	memcpy(out, m->label, m->label_len);
	m->waiting = m->wait != WAIT_NOTHING;
	return m->label_len;
}

/* True if the byte was an answer to the label under way. */
static bool answers(struct maker *m, uint8_t *out, uint8_t byte, size_t *sent, char words[MAKER_WORDS_MAX])
{
	*sent = 0;
	if (!m->waiting || m->wait == WAIT_HOST_ACK)
		return false;
	if (byte == NAK) {
		m->tries++;
		*sent = whole_label(m, out);
		return true;
	}
	if (byte != ACK && !(m->wait == WAIT_ACK_BEL && (byte == BEL || byte == CAN)))
		return false;
	m->waiting = false;
	say(words, byte == BEL ? "beep beep beep" : byte == CAN ? "silence" : "good");
	return true;
}

static void escape(struct maker *m, uint8_t letter, char words[MAKER_WORDS_MAX])
{
	static const struct {
		uint8_t letter;
		const char *word;
	} known[] = { { '1', "green-light" }, { '2', "green-light" }, { '3', "green-light" }, { '4', "low-beep" }, { '5', "medium-beep" },
		{ '6', "high-beep" }, { '7', "as-if-good" }, { '8', "as-if-unsuccessful" } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].letter == letter) {
			m->waiting = false;
			say(words, known[i].word);
			return;
		}
	say(words, "unknown-escape");
}

static size_t hear_honeywell(struct maker *m, uint8_t *out, uint8_t byte, char words[MAKER_WORDS_MAX])
{
	size_t sent = 0;

	if (m->in_len == 0 && answers(m, out, byte, &sent, words))
		return sent;
	m->in[m->in_len++] = byte;
	if (m->in[0] == ESC && m->in_len == 2)
		escape(m, byte, words);
	else if (m->in[0] == SYN && m->in_len == 3)
		say(words, m->in[1] == BEL && byte == CR ? "beep" : "unknown-command");
	else if (m->in[0] == ESC || m->in[0] == SYN)
		return 0; /* there is more to come */
	else
		say(words, "unknown-byte");
	m->in_len = 0;
	return 0;
}

static size_t hear_datalogic(struct maker *m, uint8_t *out, uint8_t byte, char words[MAKER_WORDS_MAX])
{
	size_t sent = 0;

	if (answers(m, out, byte, &sent, words))
		return sent;
	switch (byte) {
	case 0x01:
	case BEL:
		say(words, "good-tone");
		break;
	case 'F':
		say(words, "not-on-file");
		break;
	case 'D':
		m->disabled = true;
		say(words, "disabled");
		break;
	case 'E':
		m->disabled = false;
		say(words, "enabled");
		break;
	default:
		say(words, "unknown-byte");
	}
	return 0;
}

/* ---- all ---- */

size_t maker_send(struct maker *m, uint8_t out[MAKER_BYTES_MAX], const char *label, size_t len, const char *suffix)
{
	if (len + strlen(suffix) > sizeof(m->label))
		return 0;
	m->tries = 1;
	if (m->kind == MAKER_SSI) {
		m->type = code_type(label, len);
		if (len >= 3 && label[0] == ']') { /* the type says it */
			label += 3;
			len -= 3;
		}
		memcpy(m->label, label, len);
		m->label_len = len;
		m->at = 0;
		return next_packet(m, out);
	}
	memcpy(m->label, label, len);
	memcpy(m->label + len, suffix, strlen(suffix));
	m->label_len = len + strlen(suffix);
	return whole_label(m, out);
}

size_t maker_hear(struct maker *m, uint8_t out[MAKER_BYTES_MAX], uint8_t byte, char words[MAKER_WORDS_MAX])
{
	words[0] = '\0';
	switch (m->kind) {
	case MAKER_SSI:
		return hear_ssi(m, out, byte, words);
	case MAKER_HONEYWELL:
		return hear_honeywell(m, out, byte, words);
	case MAKER_DATALOGIC:
		return hear_datalogic(m, out, byte, words);
	case MAKER_PLAIN:
		break;
	}
	snprintf(words, MAKER_WORDS_MAX, "byte-%02x", byte);
	return 0;
}

int maker_patience_ms(const struct maker *m)
{
	if (m->patience_ms > 0)
		return m->patience_ms;
	return m->wait == WAIT_HOST_ACK ? PATIENCE_HOST_ACK_MS : PATIENCE_MS;
}

size_t maker_timeout(struct maker *m, uint8_t out[MAKER_BYTES_MAX], char words[MAKER_WORDS_MAX])
{
	words[0] = '\0';
	if (m->wait == WAIT_HOST_ACK || m->tries >= TRIES) {
		m->waiting = false;
		m->at = m->label_len;
		say(words, "no-answer beep beep beep");
		return 0;
	}
	say(words, "no-answer");
	if (m->kind == MAKER_SSI)
		return same_packet(m, out);
	m->tries++;
	return whole_label(m, out);
}

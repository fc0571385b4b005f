/* SPDX-License-Identifier: Apache-2.0
 *
 * text.c - words into fixed arrays, and errors made of them.
 *
 * Instead of stdio, so that a till's locale, its own printf hooks and its streams are never touched. What it writes is
 * always valid UTF-8 if what it is given is, and always terminated.
 */
#include "plugin/abi/wire.h"

#include <string.h>

void tillgate__text_bytes(struct tillgate__text *t, const char *bytes, size_t len)
{
	if (t->cut || len > t->size - 1 - t->len) {
		t->cut = true;
		return;
	}
	memcpy(t->data + t->len, bytes, len);
	t->len += len;
}

void tillgate__text_put(struct tillgate__text *t, const char *words)
{
	tillgate__text_bytes(t, words, strlen(words));
}

void tillgate__text_number(struct tillgate__text *t, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	tillgate__text_bytes(t, digits + at, sizeof(digits) - at);
}

void tillgate__text_char(struct tillgate__text *t, uint32_t c)
{
	char bytes[4];
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (len == 1) {
		bytes[0] = (char)c;
	} else {
		for (size_t i = len - 1; i > 0; i--, c >>= 6)
			bytes[i] = (char)(0x80 | (c & 0x3f));
		bytes[0] = (char)((0xf00u >> len & 0xf0u) | c); /* 0xc0, 0xe0, 0xf0 for 2, 3, 4 bytes */
	}
	tillgate__text_bytes(t, bytes, len);
}

void tillgate__text_end(struct tillgate__text *t)
{
	static const char dots[] = "...";

	if (t->cut && t->size > sizeof(dots)) {
		if (t->len > t->size - sizeof(dots)) {
			t->len = t->size - sizeof(dots);
			while (t->len > 0 && ((unsigned char)t->data[t->len] & 0xc0) == 0x80)
				t->len--; /* never half a character */
		}
		memcpy(t->data + t->len, dots, sizeof(dots) - 1);
		t->len += sizeof(dots) - 1;
	}
	t->data[t->len] = '\0';
}

bool tillgate__text_harmful(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
		(c >= 0x2066 && c <= 0x2069) || c == 0x061c || c == 0xfeff;
}

size_t tillgate__text_decode(uint32_t *character, const char *bytes, size_t len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 }; /* shorter forms must be used where they can */
	const unsigned char *p = (const unsigned char *)bytes;
	size_t need;
	uint32_t c;

	if (len == 0 || (p[0] >= 0x80 && p[0] < 0xc2) || p[0] > 0xf4)
		return 0;
	need = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (need > len)
		return 0;
	c = need == 1 ? p[0] : p[0] & (0x7fu >> need);
	for (size_t i = 1; i < need; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[need] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*character = c;
	return need;
}

static void put_harmless(struct tillgate__text *t, const char *words)
{
	size_t left = strlen(words);

	while (left > 0) {
		uint32_t c = 0;
		size_t len = tillgate__text_decode(&c, words, left);

		if (len == 0 || tillgate__text_harmful(c)) {
			c = '?';
			len = len == 0 ? 1 : len;
		}
		tillgate__text_char(t, c);
		words += len;
		left -= len;
	}
}

int tillgate__fail(tillgate_error *err, int code, int sys, const char *first, const char *second)
{
	struct tillgate__text t;

	if (err == NULL)
		return code;
	t = (struct tillgate__text){ .data = err->message, .size = sizeof(err->message) };
	put_harmless(&t, first);
	if (second != NULL)
		put_harmless(&t, second);
	tillgate__text_end(&t);
	err->code = code;
	err->sys = sys;
	return code;
}

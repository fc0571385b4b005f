/* SPDX-License-Identifier: Apache-2.0
 *
 * error.c - filling, prefixing and naming errors.
 *
 * Allocates nothing, so it works when memory is gone. Knows no module; the words come from the callers. What it keeps
 * is always valid UTF-8 without control or bidirectional characters: words quote hostile input, and end on terminals,
 * on screens and in JSON.
 */
#include "store/base/error.h"
#include "store/base/encoding.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Words that did not fit end in "..." so that nobody takes a cut path for a whole one. */
static void mark_cut(char *msg, size_t size, int wanted)
{
	if (wanted >= 0 && (size_t)wanted >= size)
		memcpy(msg + size - 4, "...", 4);
}

/* Length of the harmless character at `p` (with `left` bytes before the terminator), or 0 if it is not one. */
static size_t harmless(const char *text, size_t left)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (len > left || !tg_utf8_valid(p, len) || p[0] < 0x20 || p[0] == 0x7f)
		return 0;
	if (p[0] == 0xc2 && p[1] < 0xa0) /* C1 controls */
		return 0;
	/* U+200E, U+200F, U+2028..U+202E and U+2066..U+2069: direction and line separators */
	if (p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xa8 && p[2] <= 0xae)))
		return 0;
	if (p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)
		return 0;
	return len;
}

static void make_harmless(char *msg)
{
	size_t left = strlen(msg);

	while (left > 0) {
		size_t len = harmless(msg, left);

		if (len == 0) {
			*msg = '?';
			len = 1;
		}
		msg += len;
		left -= len;
	}
}

int tg_fail(tg_error *err, int code, const char *fmt, ...)
{
	va_list ap;
	int wanted;

	if (err == NULL)
		return code;
	err->code = code;
	err->sys = 0;
	va_start(ap, fmt);
	wanted = vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	mark_cut(err->msg, sizeof(err->msg), wanted);
	make_harmless(err->msg);
	return code;
}

int tg_fail_errno(tg_error *err, int code, const char *fmt, ...)
{
	int sys = errno, wanted;
	char words[sizeof(err->msg)], reason[96];
	va_list ap;

	if (err == NULL)
		return code;
	va_start(ap, fmt);
	wanted = vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	mark_cut(words, sizeof(words), wanted);
	/* The GNU form: thread-safe, and it may answer with a constant instead of filling `reason`. */
	wanted = snprintf(
		err->msg, sizeof(err->msg), "%s: %s", words, strerror_r(sys, reason, sizeof(reason)));
	mark_cut(err->msg, sizeof(err->msg), wanted);
	make_harmless(err->msg);
	err->code = code;
	err->sys = sys;
	errno = sys;
	return code;
}

void tg_error_prefix(tg_error *err, const char *fmt, ...)
{
	char where[sizeof(err->msg)], said[sizeof(err->msg)];
	va_list ap;
	int wanted;

	if (err == NULL)
		return;
	va_start(ap, fmt);
	wanted = vsnprintf(where, sizeof(where), fmt, ap);
	va_end(ap);
	mark_cut(where, sizeof(where), wanted);
	memcpy(said, err->msg, sizeof(said));
	said[sizeof(said) - 1] = '\0';
	wanted = snprintf(err->msg, sizeof(err->msg), "%s: %s", where, said);
	mark_cut(err->msg, sizeof(err->msg), wanted);
	make_harmless(err->msg);
}

const char *tg_strerror(int code)
{
	/* In the order of the enum: the index is the code's distance from zero. */
	static const char *const names[] = { "no error", "invalid argument", "out of memory",
		"input or output error", "not trusted", "expired", "malformed", "rollback", "wrong length",
		"wrong hash", "not found", "network error", "busy", "limit reached",
		"clock contradicts signed time", "not possible now", "refused by the other end" };

	if (code > 0 || code <= -(int)TG_COUNT(names))
		return "unknown error";
	return names[-code];
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * form.c - the canonical form of an entry, checked at the speed of hashing.
 *
 * Pure: no I/O, no clock. The quick pass accepts a part of RFC 8785 that holds every entry we write and refuses to
 * judge the rest; the whole pass reads and writes with store/base/json and is the authority. Its only mistake could be to
 * accept what the whole pass refuses: tests and a fuzz target compare the two.
 */
#include "store/evidence/form.h"

#include "store/base/encoding.h"
#include "store/base/json.h"
#include "store/evidence/log.h"

#define QUICK_DEPTH 12 /* our deepest entry has 4 levels; deeper ones go the long way */

struct scan {
	const uint8_t *at, *end;
	unsigned depth;
	uint8_t seen; /* every byte of every string or-ed together: beyond ASCII if the top bit is set */
};

struct span {
	const uint8_t *data;
	size_t len;
};

static bool value(struct scan *s, int64_t *number);

static bool plain(uint8_t c)
{
	return c >= 0x20 && c != '"' && c != '\\';
}

#define EACH_BYTE(c) (UINT64_C(0x0101010101010101) * (c))

/*
 * The first byte from `p` on that is not plain, or a plain one with less than eight bytes behind it; eight at a time. A byte is
 * under n where subtracting n borrows into its top bit. A borrow can mark the byte above a marked one too, but the lowest
 * mark is always right, and it alone is used: the first byte of the text is the lowest one of the little-endian word.
 */
static const uint8_t *skip_plain(const uint8_t *p, const uint8_t *end, uint8_t *seen)
{
	for (; end - p >= 8; p += 8) {
		uint64_t x = tg_get_le64(p), quote = x ^ EACH_BYTE('"'), slash = x ^ EACH_BYTE('\\'), marks;

		marks = ((x - EACH_BYTE(0x20)) & ~x) | ((quote - EACH_BYTE(1)) & ~quote) |
			((slash - EACH_BYTE(1)) & ~slash);
		marks &= EACH_BYTE(0x80);
		if (marks != 0) {
			unsigned before = (unsigned)__builtin_ctzll(marks) / 8;

			if (before > 0 && (x << (64 - 8 * before) & EACH_BYTE(0x80)) != 0)
				*seen |= 0x80;
			return p + before;
		}
		if ((x & EACH_BYTE(0x80)) != 0)
			*seen |= 0x80;
	}
	return p;
}

static bool escape(struct scan *s)
{
	uint8_t high, low;
	unsigned code;

	if (s->end - s->at < 2)
		return false;
	if (s->at[1] != 'u') {
		if (memchr("\"\\bfnrt", s->at[1], 7) == NULL)
			return false;
		s->at += 2;
		return true;
	}
	if (s->end - s->at < 6 || s->at[2] != '0' || s->at[3] != '0')
		return false;
	high = s->at[4];
	low = s->at[5];
	if ((high != '0' && high != '1') || !((low >= '0' && low <= '9') || (low >= 'a' && low <= 'f')))
		return false;
	code = (unsigned)(high - '0') * 16 + (unsigned)(low <= '9' ? low - '0' : low - 'a' + 10);
	if (code == 0 || code == '\b' || code == '\t' || code == '\n' || code == '\f' || code == '\r')
		return false; /* NUL is refused everywhere; the others have a shorter escape */
	s->at += 6;
	return true;
}

static bool string(struct scan *s)
{
	for (s->at++; s->at < s->end;) {
		uint8_t seen = s->seen;
		const uint8_t *p = skip_plain(s->at, s->end, &seen);

		while (p < s->end && plain(*p))
			seen |= *p++;
		s->seen = seen;
		s->at = p;
		if (p == s->end)
			return false;
		if (*p == '"') {
			s->at++;
			return true;
		}
		if (*p != '\\' || !escape(s))
			return false;
	}
	return false;
}

static bool integer(struct scan *s, int64_t *number)
{
	bool negative = *s->at == '-';
	int64_t n = 0;
	unsigned digits = 0;

	if (negative)
		s->at++;
	for (; s->at < s->end && *s->at >= '0' && *s->at <= '9' && digits < 17; s->at++, digits++) {
		if (digits == 1 && n == 0)
			return false; /* leading zero */
		n = n * 10 + (*s->at - '0');
	}
	if (digits == 0 || n > TG_JSON_MAX_INT || (negative && n == 0))
		return false;
	*number = negative ? -n : n;
	return true;
}

static bool word(struct scan *s, const char *text, size_t len)
{
	if ((size_t)(s->end - s->at) < len || memcmp(s->at, text, len) != 0)
		return false;
	s->at += len;
	return true;
}

static bool array(struct scan *s)
{
	int64_t ignored;

	s->at++;
	if (s->at < s->end && *s->at == ']') {
		s->at++;
		return true;
	}
	while (value(s, &ignored) && s->at < s->end) {
		if (*s->at == ']') {
			s->at++;
			return true;
		}
		if (*s->at++ != ',')
			return false;
	}
	return false;
}

/* In byte order. Most names differ in their first byte. */
static bool comes_after(struct span name, struct span last)
{
	size_t common = name.len < last.len ? name.len : last.len;
	int order;

	if (common > 0 && name.data[0] != last.data[0])
		return name.data[0] > last.data[0];
	order = common == 0 ? 0 : memcmp(name.data, last.data, common);
	return order > 0 || (order == 0 && name.len > last.len);
}

/* A name and its colon: ASCII without escapes, after `last` in byte order (which is UTF-16 order there). */
static bool member_name(struct scan *s, struct span *last)
{
	struct span name = { s->at + 1, 0 };
	const uint8_t *p;
	uint8_t seen = 0;

	if (s->at >= s->end || *s->at != '"')
		return false;
	p = skip_plain(name.data, s->end, &seen);
	while (p < s->end && plain(*p))
		seen |= *p++;
	if (s->end - p < 2 || p[0] != '"' || p[1] != ':' || (seen & 0x80) != 0)
		return false;
	name.len = (size_t)(p - name.data);
	if (last->data != NULL && !comes_after(name, *last))
		return false;
	*last = name;
	s->at = p + 2;
	return true;
}

static bool is_named(struct span name, const char *text)
{
	return name.len == strlen(text) && memcmp(name.data, text, name.len) == 0;
}

/* `top` is NULL but for the entry itself. */
static bool object(struct scan *s, tg_form *top)
{
	struct span name = { NULL, 0 };

	s->at++;
	if (s->at < s->end && *s->at == '}') {
		s->at++;
		return true;
	}
	while (member_name(s, &name)) {
		int64_t number = -1;

		if (!value(s, &number) || s->at >= s->end)
			return false;
		if (top != NULL && is_named(name, "seq"))
			top->seq = number;
		else if (top != NULL && is_named(name, "v"))
			top->v = number;
		if (*s->at == '}') {
			s->at++;
			return true;
		}
		if (*s->at++ != ',')
			return false;
	}
	return false;
}

/* `number` is left alone unless the value is one. */
static bool value(struct scan *s, int64_t *number)
{
	bool ok;

	if (s->at >= s->end || s->depth >= QUICK_DEPTH)
		return false;
	s->depth++;
	switch (*s->at) {
	case '"':
		ok = string(s);
		break;
	case '{':
		ok = object(s, NULL);
		break;
	case '[':
		ok = array(s);
		break;
	case 't':
		ok = word(s, "true", 4);
		break;
	case 'f':
		ok = word(s, "false", 5);
		break;
	case 'n':
		ok = word(s, "null", 4);
		break;
	default:
		ok = integer(s, number);
		break;
	}
	s->depth--;
	return ok;
}

bool tg_form__quick(tg_form *out, tg_view entry)
{
	struct scan s = { .at = entry.data, .end = entry.data + entry.len, .depth = 1 };

	*out = (tg_form){ .v = -1, .seq = -1 };
	if (entry.len == 0 || entry.data[0] != '{' || !object(&s, out) || s.at != s.end)
		return false;
	return (s.seen & 0x80) == 0 || tg_utf8_valid(entry.data, entry.len);
}

static int64_t integer_member(const tg_json *object, const char *name)
{
	const tg_json *member = tg_json_get(object, name);

	return member != NULL && tg_json_type_of(member) == TG_JSON_INT ? tg_json_int(member) : -1;
}

int tg_form__whole(tg_form *out, tg_view entry, tg_error *err)
{
	tg_json *json;
	tg_buf again;
	int rc = tg_json_parse(&json, entry, err);

	*out = (tg_form){ .v = -1, .seq = -1 };
	if (rc != TG_OK)
		return rc;
	tg_buf_init(&again, TG_LOG_ENTRY_MAX);
	rc = tg_json_write_jcs(&again, json, err);
	if (rc == TG_OK && tg_json_type_of(json) != TG_JSON_OBJECT)
		rc = tg_fail(err, TG_EFORMAT, "no object");
	if (rc == TG_OK && !tg_view_equal(tg_buf_view(&again), entry))
		rc = tg_fail(err, TG_EFORMAT, "not in canonical form");
	if (rc == TG_OK)
		*out = (tg_form){ .v = integer_member(json, "v"), .seq = integer_member(json, "seq") };
	tg_buf_fini(&again);
	tg_json_free(json);
	return rc;
}

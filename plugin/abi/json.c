/* SPDX-License-Identifier: Apache-2.0
 *
 * json.c - the members that a table names, off one JSON object.
 *
 * Pure. Strict: valid UTF-8, no NUL, no member of ours given twice, nothing after the object, a stated depth. Numbers of
 * ours are integers. Members that nobody asked for are checked for their form and skipped.
 * Source: RFC 8259.
 */
#include "plugin/abi/wire.h"

#include <string.h>

#define NAME_MAX_BYTES 64 /* of a path to a member; ours are shorter, so a longer one is none of ours */

struct reader {
	const char *at, *end;
	const struct tillgate__field *fields;
	size_t count;
	uint64_t seen;
	char *out;
	const char *why; /* the first thing that was wrong */
};

static bool fail(struct reader *r, const char *why)
{
	if (r->why == NULL)
		r->why = why;
	return false;
}

static void skip_space(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
		r->at++;
}

static bool take(struct reader *r, char c)
{
	skip_space(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static bool take_word(struct reader *r, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
		return false;
	r->at += len;
	return true;
}

/* ---- strings ---- */

static bool hex4(struct reader *r, uint32_t *unit)
{
	*unit = 0;
	if (r->end - r->at < 4)
		return fail(r, "an escape that is cut off");
	for (int i = 0; i < 4; i++) {
		char c = *r->at++;

		if (c >= '0' && c <= '9')
			*unit = *unit << 4 | (uint32_t)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			*unit = *unit << 4 | (uint32_t)((c | 32) - 'a' + 10);
		else
			return fail(r, "an escape that is none");
	}
	return true;
}

static bool unicode_escape(struct reader *r, uint32_t *c)
{
	uint32_t low;

	if (!hex4(r, c))
		return false;
	if (*c >= 0xdc00 && *c <= 0xdfff)
		return fail(r, "half a surrogate pair");
	if (*c >= 0xd800 && *c <= 0xdbff) {
		if (!take_word(r, "\\u"))
			return fail(r, "half a surrogate pair");
		if (!hex4(r, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return fail(r, "half a surrogate pair");
		*c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
	}
	return *c != 0 ? true : fail(r, "a NUL in a text");
}

static bool escape(struct reader *r, uint32_t *c)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (r->at == r->end)
		return fail(r, "a text without an end");
	if (*r->at == 'u') {
		r->at++;
		return unicode_escape(r, c);
	}
	found = *r->at != '\0' ? strchr(names, *r->at) : NULL;
	if (found == NULL)
		return fail(r, "an escape that is none");
	*c = (unsigned char)values[found - names];
	r->at++;
	return true;
}

/* One character of a string whose opening quote is gone. Sets `*end` at the closing quote. */
static bool next_char(struct reader *r, uint32_t *c, bool *end)
{
	size_t len;

	*end = false;
	if (r->at == r->end)
		return fail(r, "a text without an end");
	if (*r->at == '"') {
		r->at++;
		*end = true;
		return true;
	}
	if (*r->at == '\\') {
		r->at++;
		return escape(r, c);
	}
	len = tillgate__text_decode(c, r->at, (size_t)(r->end - r->at));
	if (len == 0)
		return fail(r, "bytes that are not UTF-8");
	if (*c < 0x20)
		return fail(r, "a control character in a text");
	r->at += len;
	return true;
}

/* A string into `t`. `*plain` stays true if all of it is printable ASCII. */
static bool read_string(struct reader *r, struct tillgate__text *t, bool *plain)
{
	uint32_t c = 0;
	bool end;

	if (!take(r, '"'))
		return fail(r, "a member of another type");
	while (next_char(r, &c, &end)) {
		if (end)
			return true;
		if (c < 0x20 || c >= 0x7f)
			*plain = false;
		tillgate__text_char(t, tillgate__text_harmful(c) ? '?' : c);
	}
	return false;
}

/* ---- numbers ---- */

static bool digits(struct reader *r)
{
	const char *start = r->at;

	while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
		r->at++;
	return r->at > start ? true : fail(r, "a value that is none");
}

/* Any JSON number; `*integer` tells whether it has neither fraction nor exponent. */
static bool skip_number(struct reader *r, bool *integer)
{
	const char *first;

	*integer = true;
	(void)take_word(r, "-");
	first = r->at;
	if (!digits(r))
		return false;
	if (*first == '0' && r->at > first + 1)
		return fail(r, "a number with a zero in front");
	if (take_word(r, ".")) {
		*integer = false;
		if (!digits(r))
			return false;
	}
	if (take_word(r, "e") || take_word(r, "E")) {
		*integer = false;
		if (!take_word(r, "+"))
			(void)take_word(r, "-");
		return digits(r);
	}
	return true;
}

static bool read_number(struct reader *r, int64_t *number)
{
	const char *p;
	bool integer, negative;
	int64_t n = 0;

	skip_space(r);
	p = r->at;
	if (!skip_number(r, &integer))
		return false;
	if (!integer)
		return fail(r, "a number that is no integer");
	negative = *p == '-';
	for (p += negative; p < r->at; p++) {
		if (n > (INT64_MAX - 9) / 10)
			return fail(r, "a number that is too large");
		n = n * 10 + (*p - '0');
	}
	*number = negative ? -n : n;
	return true;
}

/* ---- members ---- */

static bool read_flag(struct reader *r, int32_t *flag)
{
	skip_space(r);
	if (take_word(r, "true"))
		*flag = 1;
	else if (take_word(r, "false"))
		*flag = 0;
	else
		return fail(r, "a member of another type");
	return true;
}

static bool read_list(struct reader *r, struct tillgate__text *t)
{
	bool plain = true;

	if (!take(r, '['))
		return fail(r, "a member of another type");
	if (take(r, ']'))
		return true;
	do {
		if (t->len > 0)
			tillgate__text_put(t, "; ");
		if (!read_string(r, t, &plain))
			return false;
	} while (take(r, ','));
	return take(r, ']') ? true : fail(r, "a list without an end");
}

static bool read_text(struct reader *r, const struct tillgate__field *field)
{
	struct tillgate__text t = { .data = r->out + field->offset, .size = field->size };
	bool plain = true;

	if (!(field->kind == TILLGATE__LIST ? read_list(r, &t) : read_string(r, &t, &plain)))
		return false;
	if (field->kind == TILLGATE__WORD && (t.cut || !plain))
		return fail(r, "a member that is too long or not plain ASCII");
	if (field->kind == TILLGATE__LINK && (t.cut || !plain)) {
		t.len = 0;
		t.cut = false;
	}
	tillgate__text_end(&t);
	return true;
}

static bool read_field(struct reader *r, size_t n)
{
	const struct tillgate__field *field = &r->fields[n];
	int64_t number = 0;
	int32_t flag = 0;
	bool ok;

	if (r->seen >> n & 1)
		return fail(r, "a member that is given twice");
	r->seen |= UINT64_C(1) << n;
	switch (field->kind) {
	case TILLGATE__FLAG:
		ok = read_flag(r, &flag);
		memcpy(r->out + field->offset, &flag, sizeof(flag));
		return ok;
	case TILLGATE__NUMBER:
		ok = read_number(r, &number);
		memcpy(r->out + field->offset, &number, sizeof(number));
		return ok;
	case TILLGATE__TEXT:
	case TILLGATE__WORD:
	case TILLGATE__LINK:
	case TILLGATE__LIST:
		return read_text(r, field);
	}
	return fail(r, "a member of another type");
}

static bool skip_value(struct reader *r, int depth);

static bool skip_string(struct reader *r)
{
	uint32_t c = 0;
	bool end = false;

	while (!end) {
		if (!next_char(r, &c, &end))
			return false;
	}
	return true;
}

static bool skip_inside(struct reader *r, bool object, int depth)
{
	char close = object ? '}' : ']';

	if (depth == TILLGATE__DEPTH_MAX)
		return fail(r, "too many levels");
	if (take(r, close))
		return true;
	do {
		if (object && (!take(r, '"') || !skip_string(r) || !take(r, ':')))
			return fail(r, "a member without a name");
		if (!skip_value(r, depth + 1))
			return false;
	} while (take(r, ','));
	return take(r, close) ? true : fail(r, "an object or a list without an end");
}

static bool skip_value(struct reader *r, int depth)
{
	bool integer;

	if (take(r, '"'))
		return skip_string(r);
	if (take(r, '{'))
		return skip_inside(r, true, depth);
	if (take(r, '['))
		return skip_inside(r, false, depth);
	if (take_word(r, "true") || take_word(r, "false") || take_word(r, "null"))
		return true;
	return skip_number(r, &integer);
}

/* The field of exactly this path, or `count`. `*inside` tells whether one lies further in. */
static size_t find(const struct reader *r, const char *path, bool *inside)
{
	size_t len = strlen(path);

	*inside = false;
	for (size_t n = 0; n < r->count; n++) {
		if (strcmp(r->fields[n].path, path) == 0)
			return n;
		if (strncmp(r->fields[n].path, path, len) == 0 && r->fields[n].path[len] == '.')
			*inside = true;
	}
	return r->count;
}

/* An object whose brace is gone; `path` is where it lies, "" or "operations.". */
static bool read_object(struct reader *r, const char *path, int depth)
{
	char name[NAME_MAX_BYTES];

	if (depth == TILLGATE__DEPTH_MAX)
		return fail(r, "too many levels");
	if (take(r, '}'))
		return true;
	do {
		struct tillgate__text t = { .data = name, .size = sizeof(name) };
		bool plain = true, inside = false, ours;
		size_t n = r->count, before;

		tillgate__text_put(&t, path);
		before = t.len;
		if (!read_string(r, &t, &plain) || !take(r, ':'))
			return fail(r, "a member without a name");
		name[t.len] = '\0';
		/* a dot in a name must not look like a way into an object */
		ours = plain && !t.cut && strchr(name + before, '.') == NULL;
		if (ours)
			n = find(r, name, &inside);
		if (n < r->count) {
			if (!read_field(r, n))
				return false;
		} else if (inside && !t.cut && take(r, '{')) {
			tillgate__text_put(&t, ".");
			name[t.len] = '\0';
			if (t.cut || !read_object(r, name, depth + 1))
				return fail(r, "too many levels");
		} else if (!skip_value(r, depth + 1)) {
			return false;
		}
	} while (take(r, ','));
	return take(r, '}') ? true : fail(r, "an object without an end");
}

const char *tillgate__json_read(void *out, const struct tillgate__field *fields, size_t count, const char *data, size_t len)
{
	struct reader r = { .at = data, .end = data + len, .fields = fields, .count = count, .out = out };

	if (count > TILLGATE__FIELDS_MAX || !take(&r, '{'))
		return "no JSON object";
	if (!read_object(&r, "", 0))
		return r.why;
	skip_space(&r);
	if (r.at != r.end)
		return "text after the object";
	for (size_t n = 0; n < count; n++) {
		if (fields[n].required && !(r.seen >> n & 1))
			return "a member is missing";
	}
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * json_write.c - the three written forms: RFC 8785, the OLPC canonical form, and one for people.
 *
 * Canonical bytes are what gets hashed and signed, so there is one writer for all and the forms differ only in the
 * order of names, the escapes and the blanks. Knows the tree only through json.h.
 */
#include "store/base/json.h"
#include "store/base/encoding.h"

#include <inttypes.h>
#include <stdlib.h>

#define FEW_NAMES 64 /* objects up to here are sorted on the stack; all but snapshots and delegations are */

enum form { FORM_JCS, FORM_OLPC, FORM_PRETTY };

struct writer {
	tg_buf *out;
	enum form form;
	tg_error *err;
};

static int write_value(struct writer *w, const tg_json *json, int depth);

static int by_bytes(const void *a, const void *b)
{
	const tg_json *const *x = a, *const *y = b;

	return strcmp(tg_json_name(*x), tg_json_name(*y));
}

/*
 * RFC 8785 section 3.2.3 sorts by UTF-16 code units. For UTF-8 that is the order of the bytes, with one exception:
 * surrogates (0xD800 to 0xDFFF, characters with a lead byte of 0xF0 or more) come before U+E000 to U+FFFF (0xEE, 0xEF).
 */
static int by_utf16(const void *a, const void *b)
{
	const tg_json *const *x = a, *const *y = b;
	const uint8_t *p = (const uint8_t *)tg_json_name(*x), *q = (const uint8_t *)tg_json_name(*y);

	while (*p == *q && *p != 0) {
		p++;
		q++;
	}
	if (*p >= 0xee && *q >= 0xee && (*p >= 0xf0) != (*q >= 0xf0))
		return *p >= 0xf0 ? -1 : 1;
	return *p - *q;
}

/* RFC 8785 section 3.2.2.2: the short escapes where JSON has them, else \u00xx in lower case. */
static void write_escape(struct writer *w, uint8_t c)
{
	static const char letters[] = "btn?fr"; /* 0x08 to 0x0d; 0x0b has none */

	if (c == '"' || c == '\\')
		tg_buf_printf(w->out, "\\%c", c);
	else if (c >= 0x08 && c <= 0x0d && c != 0x0b)
		tg_buf_printf(w->out, "\\%c", letters[c - 0x08]);
	else
		tg_buf_printf(w->out, "\\u%04x", c);
}

static int write_string(struct writer *w, const char *text)
{
	size_t len = strlen(text), from = 0;

	if (!tg_utf8_valid(text, len))
		return tg_fail(w->err, TG_EINVAL, "wanted text in UTF-8, found \"%.40s\"", text);
	tg_buf_putc(w->out, '"');
	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)text[i];

		if (c != '"' && c != '\\' && (c >= 0x20 || w->form == FORM_OLPC))
			continue;
		tg_buf_append(w->out, text + from, i - from);
		write_escape(w, c);
		from = i + 1;
	}
	tg_buf_append(w->out, text + from, len - from);
	tg_buf_putc(w->out, '"');
	return TG_OK;
}

static void new_line(struct writer *w, int depth)
{
	if (w->form != FORM_PRETTY)
		return;
	tg_buf_putc(w->out, '\n');
	while (depth-- > 0)
		tg_buf_puts(w->out, "  ");
}

static int write_member(struct writer *w, const tg_json *child, int depth)
{
	int rc = write_string(w, tg_json_name(child));

	tg_buf_puts(w->out, w->form == FORM_PRETTY ? ": " : ":");
	return rc != TG_OK ? rc : write_value(w, child, depth);
}

static int write_object(struct writer *w, const tg_json *object, int depth)
{
	const tg_json *few[FEW_NAMES], **all = few;
	size_t count = tg_json_size(object), i = 0;
	int rc = TG_OK;

	if (count > FEW_NAMES) {
		all = calloc(count, sizeof(const tg_json *));
		if (all == NULL)
			return tg_fail(w->err, TG_ENOMEM, "JSON object of %zu names: out of memory", count);
	}
	for (const tg_json *c = tg_json_first(object); c != NULL; c = tg_json_next(c))
		all[i++] = c;
	if (w->form != FORM_PRETTY && count > 1)
		qsort(all, count, sizeof(const tg_json *), w->form == FORM_JCS ? by_utf16 : by_bytes);
	tg_buf_putc(w->out, '{');
	for (i = 0; i < count && rc == TG_OK; i++) {
		if (i > 0)
			tg_buf_putc(w->out, ',');
		new_line(w, depth + 1);
		rc = write_member(w, all[i], depth + 1);
	}
	if (count > 0)
		new_line(w, depth);
	tg_buf_putc(w->out, '}');
	if (all != few)
		free(all);
	return rc;
}

static int write_array(struct writer *w, const tg_json *array, int depth)
{
	int rc = TG_OK;

	tg_buf_putc(w->out, '[');
	for (const tg_json *c = tg_json_first(array); c != NULL && rc == TG_OK; c = tg_json_next(c)) {
		if (c != tg_json_first(array))
			tg_buf_putc(w->out, ',');
		new_line(w, depth + 1);
		rc = write_value(w, c, depth + 1);
	}
	if (tg_json_first(array) != NULL)
		new_line(w, depth);
	tg_buf_putc(w->out, ']');
	return rc;
}

static int write_value(struct writer *w, const tg_json *json, int depth)
{
	int64_t value;

	if (tg_json__failed(json))
		return tg_fail(w->err, TG_ENOMEM, "JSON: memory ran out while it was built");
	switch (tg_json_type_of(json)) {
	case TG_JSON_OBJECT:
	case TG_JSON_ARRAY:
		if (depth >= TG_JSON_MAX_DEPTH)
			return tg_fail(w->err, TG_EINVAL, "JSON: wanted at most %d levels, found more",
				TG_JSON_MAX_DEPTH);
		return tg_json_type_of(json) == TG_JSON_OBJECT ? write_object(w, json, depth)
							       : write_array(w, json, depth);
	case TG_JSON_STRING:
		return write_string(w, tg_json_str(json));
	case TG_JSON_INT:
		value = tg_json_int(json);
		if (value > TG_JSON_MAX_INT || value < -TG_JSON_MAX_INT)
			return tg_fail(w->err, TG_EINVAL,
				"JSON: wanted an integer within 2^53-1, found a larger one");
		tg_buf_printf(w->out, "%" PRId64, value);
		return TG_OK;
	case TG_JSON_BOOL:
		tg_buf_puts(w->out, tg_json_bool(json) ? "true" : "false");
		return TG_OK;
	case TG_JSON_NULL:
	default:
		tg_buf_puts(w->out, "null");
		return TG_OK;
	}
}

static int write_form(tg_buf *out, const tg_json *json, enum form form, tg_error *err)
{
	struct writer w = { .out = out, .form = form, .err = err };
	size_t before = out->len;
	int rc = write_value(&w, json, 0);

	if (form == FORM_PRETTY)
		tg_buf_putc(out, '\n');
	if (rc == TG_OK)
		rc = tg_buf_check(out, "JSON", err);
	if (rc != TG_OK && out->data != NULL) {
		out->len = before;
		out->data[before] = 0;
	}
	return rc;
}

int tg_json_write_jcs(tg_buf *out, const tg_json *json, tg_error *err)
{
	return write_form(out, json, FORM_JCS, err);
}

int tg_json_write_olpc(tg_buf *out, const tg_json *json, tg_error *err)
{
	return write_form(out, json, FORM_OLPC, err);
}

int tg_json_write_pretty(tg_buf *out, const tg_json *json, tg_error *err)
{
	return write_form(out, json, FORM_PRETTY, err);
}

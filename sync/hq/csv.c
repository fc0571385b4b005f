/* SPDX-License-Identifier: Apache-2.0
 *
 * csv.c - RFC 4180, read one field at a time.
 */
#include "sync/hq/csv.h"

#include <stdlib.h>
#include <strings.h>

struct span { /* of a field in `text`, because that moves while it grows */
	size_t at, len;
};

struct csv {
	tg_view text;
	size_t pos;
	uint32_t line;
	char separator;
	tg_buf row; /* the fields of one row, unquoted, one after the other */
	struct span spans[TG_CSV_FIELDS_MAX];
	size_t count;
};

static bool at_end(const struct csv *c)
{
	return c->pos >= c->text.len;
}

static char here(const struct csv *c)
{
	return (char)c->text.data[c->pos];
}

static bool at_row_end(const struct csv *c)
{
	return at_end(c) || here(c) == '\n' || here(c) == '\r';
}

static int bad(const struct csv *c, const char *words, tg_error *err)
{
	return tg_fail(err, TG_EFORMAT, "line %u: %s", c->line, words);
}

static int read_quoted(struct csv *c, tg_error *err)
{
	c->pos++;
	for (;;) {
		if (at_end(c))
			return bad(c, "a quoted field is not closed", err);
		if (here(c) == '"') {
			c->pos++;
			if (at_end(c) || here(c) != '"')
				break;
		} else if (here(c) == '\n') {
			c->line++;
		}
		tg_buf_putc(&c->row, here(c));
		c->pos++;
	}
	if (!at_row_end(c) && here(c) != c->separator)
		return bad(c, "text after a closing quote", err);
	return TG_OK;
}

static int read_plain(struct csv *c, tg_error *err)
{
	size_t start = c->pos;

	while (!at_row_end(c) && here(c) != c->separator) {
		if (here(c) == '"')
			return bad(c, "a quote inside a field that is not quoted", err);
		c->pos++;
	}
	tg_buf_append(&c->row, c->text.data + start, c->pos - start);
	return TG_OK;
}

static int read_field(struct csv *c, tg_error *err)
{
	size_t at = c->row.len;
	int rc;

	if (c->count == TG_CSV_FIELDS_MAX)
		return tg_fail(err, TG_ELIMIT, "line %u: more than %d fields", c->line, TG_CSV_FIELDS_MAX);
	rc = !at_end(c) && here(c) == '"' ? read_quoted(c, err) : read_plain(c, err);
	if (rc != TG_OK)
		return rc;
	if (tg_buf_check(&c->row, "row", NULL) == TG_ENOMEM)
		return tg_fail(err, TG_ENOMEM, "line %u: out of memory", c->line);
	if (c->row.failed || c->row.len - at > TG_CSV_FIELD_MAX)
		return tg_fail(
			err, TG_ELIMIT, "line %u: a field of more than %d bytes", c->line, TG_CSV_FIELD_MAX);
	c->spans[c->count++] = (struct span){ at, c->row.len - at };
	return TG_OK;
}

static int end_row(struct csv *c, tg_error *err)
{
	if (at_end(c))
		return TG_OK;
	if (here(c) == '\r') {
		c->pos++;
		if (at_end(c) || here(c) != '\n')
			return bad(c, "a carriage return without a line feed", err);
	}
	c->pos++;
	c->line++;
	return TG_OK;
}

static int read_row(struct csv *c, tg_error *err)
{
	int rc;

	tg_buf_clear(&c->row);
	c->count = 0;
	do {
		rc = read_field(c, err);
	} while (rc == TG_OK && !at_end(c) && here(c) == c->separator && ++c->pos);
	return rc == TG_OK ? end_row(c, err) : rc;
}

static int give_row(struct csv *c, tg_csv_row *row, void *ctx, uint32_t line, tg_error *err)
{
	tg_view fields[TG_CSV_FIELDS_MAX];

	if (c->count == 1 && c->spans[0].len == 0)
		return TG_OK; /* an empty line */
	for (size_t i = 0; i < c->count; i++)
		fields[i] = c->spans[i].len == 0 ? tg_view_of("", 0)
						 : tg_view_of(c->row.data + c->spans[i].at, c->spans[i].len);
	return row(ctx, fields, c->count, line, err);
}

int tg_csv_separator(char *out, tg_view text, tg_error *err)
{
	static const char candidates[] = { ',', ';', '\t' };
	size_t found = 0, at = 0;
	bool quoted = false, seen[TG_COUNT(candidates)] = { false };

	while (at < text.len && (text.data[at] == '\n' || text.data[at] == '\r'))
		at++;
	for (; at < text.len && (quoted || (text.data[at] != '\n' && text.data[at] != '\r')); at++) {
		quoted = quoted != (text.data[at] == '"');
		for (size_t i = 0; i < TG_COUNT(candidates) && !quoted; i++)
			seen[i] = seen[i] || text.data[at] == (uint8_t)candidates[i];
	}
	*out = ',';
	for (size_t i = 0; i < TG_COUNT(candidates); i++) {
		found += seen[i];
		*out = seen[i] ? candidates[i] : *out;
	}
	if (found > 1)
		return tg_fail(err, TG_EINVAL,
			"the first line has more than one of comma, semicolon and tab; say which with --separator");
	return TG_OK;
}

int tg_csv_parse(tg_view text, char separator, tg_csv_row *row, void *ctx, tg_error *err)
{
	struct csv *c = calloc(1, sizeof(*c));
	uint32_t rows = 0;
	int rc = TG_OK;

	if (c == NULL)
		return tg_fail(err, TG_ENOMEM, "reading CSV");
	if (text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
		text = tg_view_of(text.data + 3, text.len - 3);
	c->text = text;
	c->line = 1;
	c->separator = separator;
	if (separator == 0)
		rc = tg_csv_separator(&c->separator, text, err);
	tg_buf_init(&c->row, (size_t)TG_CSV_FIELD_MAX * 16);
	while (rc == TG_OK && !at_end(c)) {
		uint32_t line = c->line;

		rc = read_row(c, err);
		if (rc == TG_OK && ++rows > TG_CSV_ROWS_MAX)
			rc = tg_fail(err, TG_ELIMIT, "more than %d rows", TG_CSV_ROWS_MAX);
		if (rc == TG_OK)
			rc = give_row(c, row, ctx, line, err);
	}
	tg_buf_fini(&c->row);
	free(c);
	return rc;
}

/* ---- columns ---- */

tg_view tg_csv_trimmed(tg_view v)
{
	while (v.len > 0 && (v.data[0] == ' ' || v.data[0] == '\t'))
		v = tg_view_of(v.data + 1, v.len - 1);
	while (v.len > 0 && (v.data[v.len - 1] == ' ' || v.data[v.len - 1] == '\t'))
		v.len--;
	return v;
}

static bool same(tg_view v, const char *name, bool fold)
{
	return v.len == strlen(name) &&
	       (fold ? strncasecmp((const char *)v.data, name, v.len) : memcmp(v.data, name, v.len)) == 0;
}

size_t tg_csv_match_column(bool *several, const tg_view *fields, size_t count, const char *name)
{
	size_t at = TG_CSV_NO_COLUMN;

	*several = false;
	for (int fold = 0; fold < 2 && at == TG_CSV_NO_COLUMN; fold++) {
		for (size_t i = 0; i < count; i++) {
			if (!same(tg_csv_trimmed(fields[i]), name, fold == 1))
				continue;
			*several = at != TG_CSV_NO_COLUMN;
			if (*several)
				return TG_CSV_NO_COLUMN;
			at = i;
		}
	}
	return at;
}

int tg_csv_find_column(size_t *at, const tg_view *fields, size_t count, const char *name, tg_error *err)
{
	bool several;

	*at = tg_csv_match_column(&several, fields, count, name);
	return several ? tg_fail(err, TG_EINVAL, "more than one column is called \"%s\"; rename all but one", name) : TG_OK;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * page_text.c - headings, paragraphs, names and values, tables as lists of names and values.
 */
#include "sync/hq/page_text.h"

struct writing {
	tg_buf *out;
	size_t column;
};

static const char *text_in(const tg_json *object, const char *name)
{
	const char *text = tg_json_str(tg_json_get(object, name));

	return text == NULL ? "" : text;
}

static void new_line(struct writing *w)
{
	tg_buf_putc(w->out, '\n');
	w->column = 0;
}

/* Characters as a terminal shows them: bytes of UTF-8 that begin one. */
static size_t width_of(const char *text, size_t len)
{
	size_t width = 0;

	for (size_t i = 0; i < len; i++)
		width += ((unsigned char)text[i] & 0xc0) != 0x80;
	return width;
}

/* Words after each other, cut at blanks; what follows the first line is put in by `indent` blanks. */
static void wrap(struct writing *w, const char *text, size_t indent)
{
	while (*text != '\0') {
		size_t len = strcspn(text, " \n"), width = width_of(text, len);

		if (w->column > indent && w->column + 1 + width > TG_PAGE_TEXT_WIDTH)
			new_line(w);
		if (w->column > indent) {
			tg_buf_putc(w->out, ' ');
			w->column++;
		}
		for (; w->column < indent; w->column++)
			tg_buf_putc(w->out, ' ');
		tg_buf_append(w->out, text, len);
		w->column += width;
		text += len;
		if (*text == '\n')
			new_line(w);
		text += strspn(text, " \n");
	}
}

static void heading(struct writing *w, const char *text, char under)
{
	size_t width = width_of(text, strlen(text));

	tg_buf_puts(w->out, text);
	new_line(w);
	for (size_t i = 0; i < width && i < TG_PAGE_TEXT_WIDTH; i++)
		tg_buf_putc(w->out, under);
	new_line(w);
	new_line(w);
}

static void pair(struct writing *w, const char *label, const tg_json *value, size_t indent)
{
	for (w->column = 0; w->column < indent; w->column++)
		tg_buf_putc(w->out, ' ');
	tg_buf_puts(w->out, label);
	tg_buf_putc(w->out, ':');
	w->column += width_of(label, strlen(label)) + 1;
	wrap(w, text_in(value, "value"), indent + 2);
	new_line(w);
}

static void facts(struct writing *w, const tg_json *block)
{
	const tg_json *list = tg_json_get(block, "facts");

	for (const tg_json *fact = tg_json_first(list); fact != NULL; fact = tg_json_next(fact))
		pair(w, text_in(fact, "label"), fact, 0);
	new_line(w);
}

static void table(struct writing *w, const tg_json *block)
{
	const tg_json *rows = tg_json_get(block, "rows"), *columns = tg_json_get(block, "columns");

	if (text_in(block, "caption")[0] != '\0') {
		wrap(w, text_in(block, "caption"), 0);
		new_line(w);
	}
	if (tg_json_size(rows) == 0)
		tg_buf_puts(w->out, "  none\n");
	for (const tg_json *row = tg_json_first(rows); row != NULL; row = tg_json_next(row)) {
		size_t indent = 2;

		for (const tg_json *c = tg_json_first(columns); c != NULL; c = tg_json_next(c)) {
			pair(w, text_in(c, "label"), tg_json_get(row, text_in(c, "key")), indent);
			indent = 6;
		}
	}
	new_line(w);
}

static void list(struct writing *w, const tg_json *block)
{
	bool numbered = tg_json_bool(tg_json_get(block, "numbered"));
	unsigned n = 0;

	for (const tg_json *item = tg_json_first(tg_json_get(block, "items")); item != NULL; item = tg_json_next(item)) {
		if (numbered)
			tg_buf_printf(w->out, "%2u.", ++n);
		else
			tg_buf_puts(w->out, "  -");
		w->column = 3;
		tg_buf_putc(w->out, ' ');
		w->column = 4;
		wrap(w, text_in(item, "text"), 4);
		new_line(w);
	}
	new_line(w);
}

static void form(struct writing *w, const tg_json *block)
{
	for (const tg_json *f = tg_json_first(tg_json_get(block, "fields")); f != NULL; f = tg_json_next(f))
		tg_buf_printf(w->out, "%s: ______________________________\n", text_in(f, "label"));
	new_line(w);
}

static void write_block(struct writing *w, const tg_json *block)
{
	const char *type = text_in(block, "type");

	w->column = 0;
	if (strcmp(type, "facts") == 0) {
		facts(w, block);
	} else if (strcmp(type, "table") == 0) {
		table(w, block);
	} else if (strcmp(type, "list") == 0) {
		list(w, block);
	} else if (strcmp(type, "form") == 0) {
		form(w, block);
	} else {
		wrap(w, text_in(block, "text"), 0);
		if (text_in(block, "source")[0] != '\0')
			tg_buf_printf(w->out, " (%s)", text_in(block, "source"));
		new_line(w);
		new_line(w);
	}
}

static void blocks(struct writing *w, const tg_json *holder)
{
	for (const tg_json *b = tg_json_first(tg_json_get(holder, "blocks")); b != NULL; b = tg_json_next(b))
		write_block(w, b);
}

int tg_page_text(tg_buf *out, const tg_page *page, tg_error *err)
{
	struct writing w = { out, 0 };
	tg_json *root = NULL;
	int rc = tg_page_json(&root, page, err);

	if (rc != TG_OK)
		return rc;
	for (const tg_json *s = tg_json_first(tg_json_get(root, "sheets")); s != NULL; s = tg_json_next(s)) {
		heading(&w, text_in(s, "title"), '=');
		if (text_in(s, "subtitle")[0] != '\0') {
			wrap(&w, text_in(s, "subtitle"), 0);
			new_line(&w);
			new_line(&w);
		}
		blocks(&w, s);
		for (const tg_json *p = tg_json_first(tg_json_get(s, "sections")); p != NULL; p = tg_json_next(p)) {
			heading(&w, text_in(p, "title"), '-');
			blocks(&w, p);
		}
	}
	tg_json_free(root);
	return tg_buf_check(out, "text", err);
}

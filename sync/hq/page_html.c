/* SPDX-License-Identifier: Apache-2.0
 *
 * page_html.c - a description as HTML: for the screen, for a screen reader, and for A4.
 *
 * Every text goes through escape(), every other byte is a constant of this file or of page_style.h. Ids are numbers, never texts.
 */
#include "store/base/crypto.h"
#include "store/base/encoding.h"
#include "sync/hq/page.h"
#include "sync/hq/page_style.h"

#include <ctype.h>
#include <stdio.h>

#define SHORT_CODE 20 /* bytes of a number, batch or mark that is not broken between lines; a hash must be */

struct html {
	tg_buf *out;
	int level;          /* of the heading of a sheet: 1 if it stands alone, else 2 */
	size_t sheet, part; /* numbers for ids */
};

static void put(struct html *h, const char *markup)
{
	tg_buf_puts(h->out, markup);
}

static void escape(struct html *h, const char *text)
{
	for (const char *p = text; p != NULL && *p != '\0'; p++) {
		size_t plain = strcspn(p, "&<>\"'");

		tg_buf_append(h->out, p, plain);
		p += plain;
		if (*p == '\0')
			return;
		put(h, *p == '&'    ? "&amp;"
			: *p == '<' ? "&lt;"
			: *p == '>' ? "&gt;"
			: *p == '"' ? "&quot;"
				    : "&#39;");
	}
}

static const char *text_of(const tg_json *object, const char *name)
{
	const char *text = tg_json_str(tg_json_get(object, name));

	return text != NULL ? text : "";
}

/* ---- values ---- */

static void put_day(struct html *h, const char *iso)
{
	static const char *const months[] = { "January", "February", "March", "April", "May", "June", "July",
		"August", "September", "October", "November", "December" };
	int32_t day;

	if (tg_day_parse(&day, iso, NULL) != TG_OK) {
		escape(h, iso);
		return;
	}
	tg_buf_printf(h->out, "<time datetime=\"%s\">%d %s %.4s</time>", iso,
		(iso[8] - '0') * 10 + iso[9] - '0', months[(iso[5] - '0') * 10 + iso[6] - '1'], iso);
}

/* Plain http or https, a host without a name before it, and only characters of RFC 3986: then it leads where it says. */
static bool is_link(const char *text)
{
	const char *host = strncmp(text, "https://", 8) == 0  ? text + 8
			   : strncmp(text, "http://", 7) == 0 ? text + 7
							      : NULL;
	size_t host_len = host == NULL ? 0 : strcspn(host, "/?#");

	if (host_len == 0 || memchr(host, '@', host_len) != NULL)
		return false;
	for (const char *p = text; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("-._~:/?#[]@!$&'()*+,;=%", *p) == NULL)
			return false;
	return true;
}

static void put_mark(struct html *h, const char *state, const char *sign, const char *text)
{
	tg_buf_printf(h->out,
		"<span class=\"mark %s%s\"><span class=\"sign\" aria-hidden=\"true\">%s</span> ", state,
		strlen(text) <= SHORT_CODE ? " short" : "", sign);
	escape(h, text);
	put(h, "</span>");
}

static void put_value(struct html *h, const tg_json *value)
{
	const char *type = text_of(value, "type"), *text = text_of(value, "value");

	if (strcmp(type, "day") == 0) {
		put_day(h, text);
	} else if (strcmp(type, "code") == 0) {
		put(h, strlen(text) <= SHORT_CODE ? "<span class=\"code short\">" : "<span class=\"code\">");
		escape(h, text);
		put(h, "</span>");
	} else if (strcmp(type, "link") == 0 && is_link(text)) {
		put(h, "<a rel=\"noopener noreferrer\" href=\"");
		escape(h, text);
		put(h, "\">");
		escape(h, text);
		put(h, "</a>");
	} else if (strcmp(type, "good") == 0) {
		put_mark(h, "good", "✓", text);
	} else if (strcmp(type, "open") == 0) {
		put_mark(h, "open", "!", text);
	} else if (strcmp(type, "bad") == 0) {
		put_mark(h, "bad", "✗", text);
	} else if (strcmp(type, "missing") == 0) {
		put(h, "<span class=\"missing\">");
		escape(h, text);
		put(h, "</span>");
	} else {
		escape(h, text);
	}
}

/* ---- blocks ---- */

static void put_callout(struct html *h, const tg_json *block)
{
	const char *state = text_of(block, "state");
	bool good = strcmp(state, "good") == 0, bad = strcmp(state, "bad") == 0,
	     open = strcmp(state, "open") == 0;

	tg_buf_printf(h->out, "<p class=\"callout%s\">", good ? " good" : bad ? " bad" : open ? " open" : "");
	if (good || bad || open)
		tg_buf_printf(h->out, "<span class=\"sign\" aria-hidden=\"true\">%s</span> ",
			good  ? "✓"
			: bad ? "✗"
			      : "!");
	escape(h, text_of(block, "text"));
	put(h, "</p>\n");
}

static void put_quote(struct html *h, const tg_json *block)
{
	const char *source = text_of(block, "source");

	put(h, "<figure><blockquote>");
	escape(h, text_of(block, "text"));
	put(h, "</blockquote>");
	if (source[0] != '\0') {
		put(h, "<figcaption>");
		escape(h, source);
		put(h, "</figcaption>");
	}
	put(h, "</figure>\n");
}

static void put_facts(struct html *h, const tg_json *block)
{
	put(h, "<dl>\n");
	for (const tg_json *fact = tg_json_first(tg_json_get(block, "facts")); fact != NULL;
		fact = tg_json_next(fact)) {
		put(h, "<div><dt>");
		escape(h, text_of(fact, "label"));
		put(h, "</dt><dd>");
		put_value(h, fact);
		put(h, "</dd></div>\n");
	}
	put(h, "</dl>\n");
}

static void put_row(struct html *h, const tg_json *columns, const tg_json *row)
{
	const char *cell = "<th scope=\"row\">", *end = "</th>";

	put(h, "<tr>");
	for (const tg_json *column = tg_json_first(columns); column != NULL; column = tg_json_next(column)) {
		put(h, cell);
		put_value(h, tg_json_get(row, text_of(column, "key")));
		put(h, end);
		cell = "<td>";
		end = "</td>";
	}
	put(h, "</tr>\n");
}

/* What is wider than a small screen scrolls by itself, and can be reached without a mouse. */
static void put_table(struct html *h, const tg_json *block)
{
	const tg_json *columns = tg_json_get(block, "columns"), *rows = tg_json_get(block, "rows");
	size_t part = ++h->part;

	tg_buf_printf(h->out,
		"<div class=\"table\" role=\"region\" tabindex=\"0\" aria-labelledby=\"t%zu\">\n<table>",
		part);
	tg_buf_printf(h->out, "<caption id=\"t%zu\">", part);
	escape(h, text_of(block, "caption"));
	put(h, "</caption>\n<thead><tr>");
	for (const tg_json *column = tg_json_first(columns); column != NULL; column = tg_json_next(column)) {
		put(h, "<th scope=\"col\">");
		escape(h, text_of(column, "label"));
		put(h, "</th>");
	}
	put(h, "</tr></thead>\n<tbody>\n");
	if (tg_json_first(rows) == NULL)
		tg_buf_printf(h->out,
			"<tr><td colspan=\"%zu\"><span class=\"missing\">none</span></td></tr>\n",
			tg_json_size(columns));
	for (const tg_json *row = tg_json_first(rows); row != NULL; row = tg_json_next(row))
		put_row(h, columns, row);
	put(h, "</tbody></table></div>\n");
}

static void put_list(struct html *h, const tg_json *block)
{
	const tg_json *items = tg_json_get(block, "items");
	bool numbered = tg_json_bool(tg_json_get(block, "numbered"));

	if (tg_json_first(items) == NULL) {
		put(h, "<p class=\"missing\">none</p>\n");
		return;
	}
	put(h, numbered ? "<ol>\n" : "<ul>\n");
	for (const tg_json *item = tg_json_first(items); item != NULL; item = tg_json_next(item)) {
		put(h, "<li>");
		escape(h, text_of(item, "text"));
		put(h, "</li>\n");
	}
	put(h, numbered ? "</ol>\n" : "</ul>\n");
}

static void put_form(struct html *h, const tg_json *block)
{
	put(h, "<div class=\"form\">\n");
	for (const tg_json *field = tg_json_first(tg_json_get(block, "fields")); field != NULL;
		field = tg_json_next(field)) {
		put(h, "<div class=\"field\"><p class=\"label\">");
		escape(h, text_of(field, "label"));
		tg_buf_printf(h->out,
			"<span class=\"quiet\"> (to be filled in by hand)</span></p><div class=\"box "
			"l%d\"></div></div>\n",
			(int)tg_json_int(tg_json_get(field, "lines")));
	}
	put(h, "</div>\n");
}

static void put_text(struct html *h, const tg_json *block)
{
	put(h, "<p>");
	escape(h, text_of(block, "text"));
	put(h, "</p>\n");
}

static const struct {
	const char *type;
	void (*put)(struct html *h, const tg_json *block);
} writers[] = {
	{ "text", put_text },
	{ "callout", put_callout },
	{ "quote", put_quote },
	{ "facts", put_facts },
	{ "table", put_table },
	{ "list", put_list },
	{ "form", put_form },
};

static void put_blocks(struct html *h, const tg_json *blocks)
{
	for (const tg_json *block = tg_json_first(blocks); block != NULL; block = tg_json_next(block))
		for (size_t i = 0; i < TG_COUNT(writers); i++)
			if (strcmp(text_of(block, "type"), writers[i].type) == 0)
				writers[i].put(h, block);
}

/* ---- sheets ---- */

/* What somebody signs is printed on a side of its own, to be sent back. */
static bool has_form(const tg_json *section)
{
	for (const tg_json *block = tg_json_first(tg_json_get(section, "blocks")); block != NULL;
		block = tg_json_next(block))
		if (strcmp(text_of(block, "type"), "form") == 0)
			return true;
	return false;
}

static void put_section(struct html *h, const tg_json *section)
{
	size_t part = ++h->part;

	tg_buf_printf(h->out, "<section%s aria-labelledby=\"h%zu\">\n<h%d id=\"h%zu\">",
		has_form(section) ? " class=\"apart\"" : "", part, h->level + 1, part);
	escape(h, text_of(section, "title"));
	tg_buf_printf(h->out, "</h%d>\n", h->level + 1);
	put_blocks(h, tg_json_get(section, "blocks"));
	put(h, "</section>\n");
}

static void put_sheet(struct html *h, const tg_json *sheet, const char *owner)
{
	size_t number = ++h->sheet;

	tg_buf_printf(h->out, "<article class=\"sheet\" aria-labelledby=\"s%zu\">\n<header>", number);
	if (owner[0] != '\0') {
		put(h, "<p class=\"owner\">");
		escape(h, owner);
		put(h, "</p>");
	}
	tg_buf_printf(h->out, "<h%d class=\"title\" id=\"s%zu\">", h->level, number);
	escape(h, text_of(sheet, "title"));
	tg_buf_printf(h->out, "</h%d>", h->level);
	if (text_of(sheet, "subtitle")[0] != '\0') {
		put(h, "<p class=\"subtitle\">");
		escape(h, text_of(sheet, "subtitle"));
		put(h, "</p>");
	}
	put(h, "</header>\n");
	put_blocks(h, tg_json_get(sheet, "blocks"));
	for (const tg_json *s = tg_json_first(tg_json_get(sheet, "sections")); s != NULL; s = tg_json_next(s))
		put_section(h, s);
	put(h, "</article>\n");
}

static void put_contents(struct html *h, const tg_json *root, bool notice)
{
	const tg_json *sheets = tg_json_get(root, "sheets");
	size_t number = 0;

	if (notice) { /* a customer sees one of them; who listens to all of them is told what this is */
		put(h, "<h1 class=\"quiet\">");
		escape(h, text_of(root, "title"));
		put(h, "</h1>\n");
		return;
	}
	put(h, "<div class=\"front\"><header><p class=\"owner\">");
	escape(h, text_of(root, "owner"));
	put(h, "</p><h1 class=\"title\">");
	escape(h, text_of(root, "title"));
	put(h, "</h1></header>\n<nav aria-label=\"Contents\"><ol>\n");
	for (const tg_json *sheet = tg_json_first(sheets); sheet != NULL; sheet = tg_json_next(sheet)) {
		tg_buf_printf(h->out, "<li><a href=\"#s%zu\">", ++number);
		escape(h, text_of(sheet, "title"));
		put(h, "</a></li>\n");
	}
	put(h, "</ol></nav></div>\n");
}

static int put_head(struct html *h, const tg_json *root, const char *title, tg_error *err)
{
	uint8_t hash[TG_SHA256_SIZE];
	tg_sha256_state state;
	tg_buf coded;
	int rc;

	tg_buf_init(&coded, 64);
	tg_sha256_init(&state);
	for (size_t i = 0; i < TG_COUNT(tg_page_styles); i++)
		tg_sha256_update(&state, tg_page_styles[i], strlen(tg_page_styles[i]));
	tg_sha256_final(&state, hash);
	tg_base64_encode(&coded, hash, sizeof(hash));
	rc = tg_buf_check(&coded, "page", err);
	put(h, "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n");
	tg_buf_printf(h->out,
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
		"'sha256-%s'; "
		"base-uri 'none'; form-action 'none'\">\n",
		tg_buf_text(&coded));
	put(h, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	       "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" "
	       "content=\"light\">\n<title>");
	escape(h, title);
	put(h, " – ");
	escape(h, text_of(root, "owner"));
	put(h, "</title>\n<style>");
	for (size_t i = 0; i < TG_COUNT(tg_page_styles); i++)
		put(h, tg_page_styles[i]);
	put(h, "</style>\n</head>\n");
	tg_buf_fini(&coded);
	return rc;
}

int tg_page__html(tg_buf *out, const tg_json *description, tg_error *err)
{
	const tg_json *sheets = tg_json_get(description, "sheets");
	bool alone = tg_json_size(sheets) < 2, notice = strcmp(text_of(description, "layout"), "notice") == 0;
	const char *title = alone && tg_json_first(sheets) != NULL ? text_of(tg_json_first(sheets), "title")
								   : text_of(description, "title");
	struct html h = { .out = out, .level = alone ? 1 : 2 };
	int rc = put_head(&h, description, title, err);

	if (rc != TG_OK)
		return rc;
	put(&h, notice ? "<body class=\"notice\">\n<main>\n" : "<body>\n<main>\n");
	if (!alone)
		put_contents(&h, description, notice);
	for (const tg_json *sheet = tg_json_first(sheets); sheet != NULL; sheet = tg_json_next(sheet))
		put_sheet(&h, sheet, text_of(description, "owner"));
	put(&h, "</main>\n<footer><p>Made on ");
	put_day(&h, text_of(description, "made"));
	put(&h, " by ");
	escape(&h, text_of(description, "made_by"));
	put(&h, ".</p></footer>\n</body>\n</html>\n");
	return tg_buf_check(out, "page", err);
}

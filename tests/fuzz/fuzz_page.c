/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_page.c - hostile texts in every place of a page: the tags must be those of the same page with plain texts, nothing invisible may
 * be left, a link must lead where it says, and the JSON must be read by the strict reader.
 */
#include "sync/hq/page.h"

#include <stdlib.h>

#define PIECES 23 /* places in describe() */

/* The n-th piece of the input (pieces end in 0xff), never empty; static memory. */
static const char *piece(const uint8_t *data, size_t size, size_t n, bool plain)
{
	static char text[4096];
	size_t at = 0, len = 1;

	text[0] = 'x';
	if (!plain) {
		for (; n > 0 && at < size; at++)
			n -= data[at] == 0xff;
		for (; at < size && data[at] != 0xff && len < sizeof(text) - 1; at++)
			if (data[at] != 0)
				text[len++] = (char)data[at];
	}
	text[len] = '\0';
	return text;
}

static tg_page *describe(const uint8_t *data, size_t size, bool plain)
{
	static const tg_page_column columns[] = { { "a", "A" }, { "b", "B" } };
	const tg_page_head head = { "fuzz", "t", piece(data, size, 0, plain), 20000, TG_PAGE_DOCUMENT };
	tg_page *page = tg_page_new(&head);
	tg_page_value cells[2];
	size_t n = 1;

#define NEXT piece(data, size, n++ % PIECES, plain)
	for (int i = 0; i < 2; i++) {
		tg_page_sheet(page, NEXT, "t", "s");
		tg_page_sheet(page, "k", NEXT, "s");
		tg_page_sheet(page, "k", "t", NEXT);
		tg_page_para(page, "%s", NEXT);
		tg_page_callout(page, TG_PAGE_OPEN, "%s", NEXT);
		tg_page_section(page, "one", NEXT);
		tg_page_quote(page, NEXT, "s");
		tg_page_quote(page, "q", NEXT);
		tg_page_facts(page, "facts");
		tg_page_fact(page, "label", NEXT, tg_page_of(TG_PAGE_TEXT, "v"));
		for (int type = 0; type < TG_PAGE_TYPES; type++)
			if (type != TG_PAGE_DAY)
				tg_page_fact(page, "value", "l", tg_page_of((tg_page_type)type, NEXT));
		tg_page_table(page, "table", NEXT, columns, TG_COUNT(columns));
		cells[0] = cells[1] = tg_page_of(TG_PAGE_TEXT, NEXT);
		tg_page_row(page, cells);
		tg_page_list(page, "list", i == 0);
		tg_page_item(page, "%s", NEXT);
		tg_page_form(page, "form");
		tg_page_field(page, "field", NEXT, 3);
	}
	/* A link without the x in front. */
	tg_page_facts(page, "facts");
	tg_page_fact(
		page, "link", "l", tg_page_of(TG_PAGE_LINK, plain ? "x" : piece(data, size, 1, false) + 1));
#undef NEXT
	return page;
}

/* It leads where it says: the address ends where its text begins, and is followed by itself. */
static void check_link(const char *tag)
{
	const char *url = strstr(tag, "href=\""), *end = url == NULL ? NULL : strchr(url + 6, '"');
	size_t len = end == NULL ? 0 : (size_t)(end - url) - 6;

	if (len == 0 || end[1] != '>' || strncmp(end + 2, url + 6, len) != 0 ||
		strncmp(end + 2 + len, "</a>", 4) != 0)
		abort();
	if (url[6] != '#' && strncmp(url + 6, "http", 4) != 0)
		abort();
}

/* Short texts are marked as not to be broken; that is the one thing of a tag that depends on its text. */
static void append_tag(tg_buf *out, const char *tag, size_t len)
{
	static const char mark[] = " short\">";
	size_t tail = sizeof(mark) - 1;

	if (len > tail && memcmp(tag + len - tail, mark, tail) == 0) {
		tg_buf_append(out, tag, len - tail);
		tag = "\">";
		len = 2;
	}
	tg_buf_append(out, tag, len);
}

/* The tags one after the other, without links out, up to the last list of facts: its only value may be missing, a link or none. */
static void skeleton(tg_buf *out, const char *html)
{
	const char *last = html;

	for (const char *p = strstr(html, "<dl>"); p != NULL; p = strstr(p + 1, "<dl>"))
		last = p;
	for (const char *p = strchr(html, '<'); p != NULL; p = strchr(p, '<')) {
		const char *end = strchr(p, '>');

		if (end == NULL)
			abort();
		if (strncmp(p, "<a rel", 6) == 0) {
			check_link(p);
			p = strstr(p, "</a>") + 4;
			continue;
		}
		if (p < last)
			append_tag(out, p, (size_t)(end - p) + 1);
		p = end + 1;
	}
}

static void check_visible(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((p[i] < 0x20 && p[i] != '\n') || p[i] == 0x7f)
			abort();
		if (i + 2 < len && p[i] == 0xe2 &&
			((p[i + 1] == 0x80 && (p[i + 2] == 0x8b || p[i + 2] == 0x8e || p[i + 2] == 0x8f ||
						      (p[i + 2] >= 0xa8 && p[i + 2] <= 0xae))) ||
				(p[i + 1] == 0x81 && p[i + 2] >= 0xa0 && p[i + 2] <= 0xaf)))
			abort();
	}
}

static void write_html(tg_buf *html, tg_buf *tags, const tg_page *page)
{
	tg_buf_init(html, TG_PAGE_MAX);
	tg_buf_init(tags, TG_PAGE_MAX);
	if (tg_page_html(html, page, NULL) != TG_OK)
		abort();
	skeleton(tags, tg_buf_text(html));
}

static void check_json(const tg_page *page)
{
	tg_json *json = NULL, *again = NULL;
	tg_buf text;

	tg_buf_init(&text, TG_PAGE_MAX);
	if (tg_page_json(&json, page, NULL) != TG_OK || tg_json_write_jcs(&text, json, NULL) != TG_OK ||
		tg_json_parse(&again, tg_buf_view(&text), NULL) != TG_OK)
		abort();
	tg_json_free(json);
	tg_json_free(again);
	tg_buf_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tg_page *hostile = describe(data, size, false), *plain = describe(data, size, true);
	tg_buf html, tags, plain_html, plain_tags;

	write_html(&html, &tags, hostile);
	write_html(&plain_html, &plain_tags, plain);
	check_visible(html.data, html.len);
	check_json(hostile);
	if (!tg_view_equal(tg_buf_view(&tags), tg_buf_view(&plain_tags)))
		abort();
	tg_buf_fini(&html);
	tg_buf_fini(&tags);
	tg_buf_fini(&plain_html);
	tg_buf_fini(&plain_tags);
	tg_page_free(hostile);
	tg_page_free(plain);
	return 0;
}

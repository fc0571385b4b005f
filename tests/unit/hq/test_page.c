/* SPDX-License-Identifier: Apache-2.0
 *
 * test_page.c - documents for people and programs: text never becomes markup, and both forms say the same.
 */
#include "sync/hq/page.h"
#include "tests/unit/hq/shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static tg_page *page_new(void)
{
	const tg_page_head head = { "scope-note", "All notes", "shop.example", shop_day(SHOP_TODAY),
		TG_PAGE_DOCUMENT };
	tg_page *page = tg_page_new(&head);

	assert_non_null(page);
	return page;
}

/* The page as HTML; the buffer is the test's. */
static const char *html_of(tg_buf *out, const tg_page *page)
{
	tg_error err = { 0 };

	tg_buf_init(out, TG_PAGE_MAX);
	if (tg_page_html(out, page, &err) != TG_OK)
		fail_msg("%s", err.msg);
	return tg_buf_text(out);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *p = strstr(text, what); p != NULL; p = strstr(p + 1, what))
		n++;
	return n;
}

static void has(const char *text, const char *what)
{
	if (strstr(text, what) == NULL)
		fail_msg("wanted \"%s\" in %s", what, text);
}

static void hasnt(const char *text, const char *what)
{
	if (strstr(text, what) != NULL)
		fail_msg("\"%s\" is in %s", what, text);
}

static const struct {
	const char *what, *text, *shown;
} texts[] = {
	{ "markup", "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;" },
	{ "quotes that could end an attribute", "\" onload='x'", "&quot; onload=&#39;x&#39;" },
	{ "an entity", "&lt;b&gt;", "&amp;lt;b&amp;gt;" },
	{ "the end of a style", "</style><b>", "&lt;/style&gt;&lt;b&gt;" },
	{ "a comment", "<!-- x -->", "&lt;!-- x --&gt;" },
	{ "control characters", "a\x1b[31m\x01z", "a?[31m?z" },
	{ "controls of the second set", "a\xc2\x85z", "a?z" },
	{ "direction characters",
		"a\xe2\x80\xae"
		"b\xe2\x81\xa6"
		"c\xd8\x9c"
		"d\xe2\x80\x8fz",
		"a?bc?d?z" },
	{ "line separators", "a\xe2\x80\xa8z", "a?z" },
	{ "characters nobody sees",
		"a\xe2\x80\x8b"
		"b\xef\xbb\xbf"
		"c\xf3\xa0\x81\x81z",
		"abcz" },
	{ "bad UTF-8", "a\xff\xc3z", "a??z" },
	{ "an overlong less-than", "a\xc0\xbcz", "a??z" },
	{ "UTF-8 that is cut short", "a\xe2\x82", "a??" },
	{ "a tab and a return", "a\tb\rz", "a b z" },
	{ "a line break", "a\nz", "a\nz" },
	{ "letters of other scripts", "Z\xc3\xbcrich \xe6\x9d\xb1\xe4\xba\xac",
		"Z\xc3\xbcrich \xe6\x9d\xb1\xe4\xba\xac" },
};

static void fill(tg_page *page, const char *text)
{
	static const tg_page_column columns[] = { { "a", "A" }, { "b", "B" } };
	const tg_page_value cells[] = { tg_page_of(TG_PAGE_CODE, text), tg_page_of(TG_PAGE_BAD, text) };

	tg_page_sheet(page, text, text, text);
	tg_page_para(page, "%s", text);
	tg_page_callout(page, TG_PAGE_BAD, "%s", text);
	tg_page_section(page, "one", text);
	tg_page_quote(page, text, text);
	tg_page_facts(page, "facts");
	for (int type = 0; type < TG_PAGE_TYPES; type++)
		if (type != TG_PAGE_DAY)
			tg_page_fact(page, "fact", text, tg_page_of((tg_page_type)type, text));
	tg_page_table(page, "table", text, columns, TG_COUNT(columns));
	tg_page_row(page, cells);
	tg_page_list(page, "list", true);
	tg_page_item(page, "%s", text);
	tg_page_form(page, "form");
	tg_page_field(page, "field", text, 2);
}

static void text_in_any_place_stays_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(texts); i++) {
		const tg_page_head head = { "x", texts[i].text, texts[i].text, 0, TG_PAGE_DOCUMENT };
		tg_page *page = tg_page_new(&head);
		const char *html;
		tg_buf out;

		fill(page, texts[i].text);
		fill(page, texts[i].text);
		html = html_of(&out, page);
		/* head: title, owner; contents: title, owner, two lines; each sheet: 3 in its head, 24 in what else fill() makes */
		if (count(html, texts[i].shown) != 6 + 2 * 27)
			fail_msg("%s: %zu times", texts[i].what, count(html, texts[i].shown));
		if (strcmp(texts[i].text, texts[i].shown) != 0)
			hasnt(html, texts[i].text);
		tg_buf_fini(&out);
		tg_page_free(page);
	}
}

static const struct {
	const char *url;
	bool link;
} urls[] = {
	{ "https://maker.example/soc?a=1&b=2#x", true },
	{ "http://maker.example", true },
	{ "javascript:alert(1)", false },
	{ "JAVASCRIPT://maker.example/%0aalert(1)", false },
	{ "data:text/html,x", false },
	{ "//maker.example/", false },
	{ "https:///x", false },
	{ "https://maker.example@evil.example/", false },
	{ "https://maker.example/\"onclick=x", false },
	{ "https://maker.example/a b", false },
	{ "https://m\xd0\xb0ker.example/", false },
};

static void only_a_plain_address_is_a_link(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(urls); i++) {
		tg_page *page = page_new();
		const char *html;
		tg_buf out;

		tg_page_sheet(page, "k", "t", NULL);
		tg_page_facts(page, "f");
		tg_page_fact(page, "url", "URL", tg_page_of(TG_PAGE_LINK, urls[i].url));
		html = html_of(&out, page);
		if (count(html, "<a ") != urls[i].link || count(html, "href=") != urls[i].link)
			fail_msg("%s", urls[i].url);
		tg_buf_fini(&out);
		tg_page_free(page);
	}
}

static void the_page_loads_nothing_and_says_so(void **state)
{
	tg_page *page = page_new();
	const char *html;
	tg_buf out;

	(void)state;
	fill(page, "x");
	html = html_of(&out, page);
	has(html, "content=\"default-src 'none'; style-src 'sha256-");
	has(html, "<html lang=\"en-GB\">");
	hasnt(html, "<script");
	hasnt(html, " style=");
	hasnt(html, "url(");
	hasnt(html, "src=");
	hasnt(html, "<link");
	hasnt(html, "@import");
	tg_buf_fini(&out);
	tg_page_free(page);
}

static void headings_go_down_step_by_step(void **state)
{
	tg_page *page = page_new();
	const char *html;
	tg_buf out;

	(void)state;
	fill(page, "x");
	html = html_of(&out, page);
	assert_int_equal(count(html, "<h1"), 1);
	assert_int_equal(count(html, "<h2"), 1);
	assert_int_equal(count(html, "<h3"), 0);
	hasnt(html, "<nav");
	tg_buf_fini(&out);
	fill(page, "x");
	html = html_of(&out, page);
	assert_int_equal(count(html, "<h1"), 1);
	assert_int_equal(count(html, "<h2"), 2);
	assert_int_equal(count(html, "<h3"), 2);
	has(html, "<nav aria-label=\"Contents\">");
	has(html, "All notes</h1>");
	tg_buf_fini(&out);
	tg_page_free(page);
}

static void what_is_missing_is_said(void **state)
{
	static const tg_page_column columns[] = { { "a", "A" } };
	tg_page *page = page_new();
	tg_json *json = NULL;
	const tg_json *fact;
	const char *html;
	tg_buf out;

	(void)state;
	tg_page_sheet(page, "k", "t", NULL);
	tg_page_facts(page, "f");
	tg_page_fact(page, "a", "A", tg_page_of(TG_PAGE_TEXT, ""));
	tg_page_fact(page, "b", "B", tg_page_of(TG_PAGE_CODE, NULL));
	tg_page_fact(page, "e", "E", tg_page_of(TG_PAGE_GOOD, "\xe2\x80\x8b "));
	tg_page_fact(page, "c", "C", tg_page_on(TG_DAY_NONE, "no end date"));
	tg_page_fact(page, "d", "D", tg_page_on(shop_day("2028-02-29"), NULL));
	tg_page_table(page, "t", "Table", columns, 1);
	tg_page_list(page, "l", false);
	html = html_of(&out, page);
	assert_int_equal(count(html, "<dd><span class=\"missing\">not recorded</span></dd>"), 3);
	has(html, "<dd><span class=\"missing\">no end date</span></dd>");
	has(html, "<dd><time datetime=\"2028-02-29\">29 February 2028</time></dd>");
	assert_int_equal(count(html, ">none<"), 2);
	tg_buf_fini(&out);
	assert_int_equal(tg_page_json(&json, page, NULL), TG_OK);
	fact = tg_json_first(tg_json_get(
		tg_json_first(tg_json_get(tg_json_first(tg_json_get(json, "sheets")), "blocks")), "facts"));
	assert_string_equal(tg_json_str(tg_json_get(fact, "type")), "missing");
	assert_string_equal(tg_json_str(tg_json_get(fact, "value")), "not recorded");
	tg_json_free(json);
	tg_page_free(page);
}

static void a_text_over_the_limit_is_refused_not_cut(void **state)
{
	char *text = malloc(TG_PAGE_TEXT_MAX + 2);

	(void)state;
	assert_non_null(text);
	for (size_t len = TG_PAGE_TEXT_MAX; len <= TG_PAGE_TEXT_MAX + 1; len++) {
		tg_page *page = page_new();
		tg_error err = { 0 };
		tg_buf out;

		memset(text, 'x', len);
		text[len] = '\0';
		tg_page_sheet(page, "k", "t", NULL);
		tg_page_para(page, "%s", text);
		tg_page_facts(page, "f");
		tg_page_fact(page, "a", "A", tg_page_of(TG_PAGE_TEXT, text));
		tg_buf_init(&out, TG_PAGE_MAX);
		assert_int_equal(tg_page_html(&out, page, &err), len > TG_PAGE_TEXT_MAX ? TG_ELIMIT : TG_OK);
		if (len == TG_PAGE_TEXT_MAX)
			assert_int_equal(count(tg_buf_text(&out), text), 2);
		tg_buf_fini(&out);
		tg_page_free(page);
	}
	free(text);
}

static void blocks_without_a_place_are_refused(void **state)
{
	const tg_page_value cell = tg_page_of(TG_PAGE_TEXT, "x");

	(void)state;
	for (int i = 0; i < 7; i++) {
		tg_page *page = page_new();
		tg_error err = { 0 };
		tg_json *json = NULL;

		if (i > 0)
			tg_page_sheet(page, "k", "t", NULL);
		if (i == 0)
			tg_page_para(page, "x");
		else if (i == 1)
			tg_page_fact(page, "a", "A", cell);
		else if (i == 2)
			tg_page_row(page, &cell);
		else if (i == 3)
			tg_page_item(page, "x");
		else if (i == 4)
			tg_page_field(page, "a", "A", 1);
		else if (i == 5)
			tg_page_section(page, "Not a key", "x");
		else
			tg_page_callout(page, TG_PAGE_CODE, "x");
		if (tg_page_json(&json, page, &err) != TG_EINVAL)
			fail_msg("order %d: %s", i, err.msg);
		tg_page_free(page);
	}
}

static void no_page_is_no_memory(void **state)
{
	tg_error err = { 0 };
	tg_json *json = NULL;

	(void)state;
	fill(NULL, "x");
	assert_int_equal(tg_page_json(&json, NULL, &err), TG_ENOMEM);
	tg_page_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_in_any_place_stays_text),
		cmocka_unit_test(only_a_plain_address_is_a_link),
		cmocka_unit_test(the_page_loads_nothing_and_says_so),
		cmocka_unit_test(headings_go_down_step_by_step),
		cmocka_unit_test(what_is_missing_is_said),
		cmocka_unit_test(a_text_over_the_limit_is_refused_not_cut),
		cmocka_unit_test(blocks_without_a_place_are_refused),
		cmocka_unit_test(no_page_is_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

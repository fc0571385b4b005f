/* SPDX-License-Identifier: Apache-2.0
 *
 * test_failure_letters.c - what s. 25(9)-(10) asks for is in each letter, for each role; what others wrote steers nothing; who was supplied.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/hq/book.h"

#include "store/base/crypto.h"
#include "store/base/encoding.h"
#include "sync/hq/failure_letters.h"
#include "sync/hq/page_text.h"

#include <stdio.h>

#define RECORD "\"record\":{\"id\":\"F-1\"}"
#define CALLED "\"event\":\"step\",\"step\":\"contact-manufacturer\",\"result\":\"done\",\"on\":\"2026-06-01\",\"evidence\":\"call\""
#define NOTIFIED "\"event\":\"step\",\"step\":\"notify-authority\",\"result\":\"done\",\"on\":\"2026-06-02\",\"evidence\":\"mail\""

static void opened(char out[1024], const char *role, const char *facts)
{
	(void)snprintf(out, 1024, "\"event\":\"opened\",\"state\":\"known\",\"role\":\"%s\",\"believed\":\"2026-06-01\",\"source\":\"s\","
				  "\"told_by\":\"press\",\"offered\":true,\"details\":\"one password for all\"%s," RECORD, role, facts);
}

/* The letter as text on one line, blanks once, so that words are found wherever lines are cut. */
static void write_letter(tg_buf *flat, tg_buf *html, const char *const *events, tg_letter *l)
{
	tg_failure_case c;
	tg_casework book;
	tg_page *page;
	tg_buf text;
	bool blank = false;

	book_open(&book, TG_BOOK_FAILURES, "F-1", events);
	assert_int_equal(tg_failure_case_of(&c, &book, "F-1", 20605, NULL), TG_OK);
	l->failure = &c;
	page = tg_letter_page(l);
	tg_buf_init(&text, 1 << 22);
	tg_buf_init(flat, 1 << 22);
	tg_buf_init(html, 1 << 22);
	assert_int_equal(tg_page_text(&text, page, NULL), TG_OK);
	assert_int_equal(tg_page_html(html, page, NULL), TG_OK);
	for (size_t i = 0; i < text.len; i++) {
		bool now = text.data[i] == ' ' || text.data[i] == '\n';

		if (!now || !blank)
			tg_buf_putc(flat, now ? ' ' : (char)text.data[i]);
		blank = now;
	}
	tg_buf_fini(&text);
	tg_page_free(page);
	tg_casework_fini(&book);
}

static const tg_reach everything = { 0 };

static tg_letter letter(tg_letter_kind kind)
{
	return (tg_letter){ .kind = kind, .owner = "trader.example", .sender = "", .to = "", .address = "", .made = 20605, .reach = &everything };
}

/* clang-format off */
static const struct {
	const char *role, *nine, *ten; /* s. 25(9)-(10) and what answers to them */
} roles[] = {
	{ "distributor", "PSTI Act 2022 s. 25(9)", "PSTI Act 2022 s. 25(10)" },
	{ "importer", "PSTI Act 2022 s. 19(8)", "PSTI Act 2022 s. 19(9)" },
	{ "manufacturer", "PSTI Act 2022 s. 11(6)", "PSTI Act 2022 s. 11(7)" },
};
/* clang-format on */

static void need(const tg_buf *text, const char *words, const char *what)
{
	if (strstr(tg_buf_text(text), words) == NULL)
		fail_msg("%s: not \"%s\" in: %s", what, words, tg_buf_text(text));
}

static void every_letter_says_what_the_law_asks_for(void **state)
{
	(void)state;
	for (size_t r = 0; r < TG_COUNT(roles); r++)
		for (int kind = 0; kind < TG_LETTERS; kind++) {
			tg_letter l = letter((tg_letter_kind)kind);
			char first[1024], what[64];
			const char *const events[] = { first, CALLED, NOTIFIED, NULL };
			tg_buf text, html;

			opened(first, roles[r].role, ",\"risks\":\"anyone can listen\",\"remedy\":\"update 2.1\",\"remedy_worked\":\"no\"");
			(void)snprintf(what, sizeof(what), "%s, %s", roles[r].role, tg_letter_words[kind]);
			write_letter(&text, &html, events, &l);
			need(&text, roles[r].nine, what);
			need(&text, "Details of the compliance failure: one password for all", what);
			need(&text, "Risks that it poses, as far as we are aware of any: anyone can listen", what);
			need(&text, ": update 2.1", what);
			need(&text, "Were those steps successful: no", what);
			need(&html, "one password for all", what);
			need(&html, "anyone can listen", what);
			if (kind == TG_LETTER_SUPPLIER || kind == TG_LETTER_DOWNSTREAM) {
				need(&text, roles[r].ten, what);
				need(&text, "Is the manufacturer aware of the failure: yes", what);
				need(&text, "Has the enforcement authority been notified: yes: by us, on 2026-06-02", what);
			}
			tg_buf_fini(&text);
			tg_buf_fini(&html);
		}
}

/* Nothing is left blank, and nothing is made up. */
static void what_is_not_known_is_said_to_be_not_known(void **state)
{
	tg_letter l = letter(TG_LETTER_DOWNSTREAM);
	char first[1024];
	const char *const events[] = { first, NULL };
	tg_buf text, html;

	(void)state;
	opened(first, "distributor", "");
	write_letter(&text, &html, events, &l);
	need(&text, "Risks that it poses, as far as we are aware of any: We are not aware of any at this date.", "unknown");
	need(&text, "Steps taken by the manufacturer to remedy it, as far as we are aware of any: We are not aware of any at this date.", "unknown");
	need(&text, "Is the manufacturer aware of the failure: not known to us", "unknown");
	need(&text, "Has the enforcement authority been notified: not by us yet", "unknown");
	need(&text, "write the name and address here", "unknown");
	tg_buf_fini(&text);
	tg_buf_fini(&html);
}

static bool plain(const tg_buf *text)
{
	tg_buf line;
	bool good = true;

	tg_buf_init(&line, 1 << 22);
	for (size_t i = 0; i < text->len; i++)
		if (text->data[i] != '\n')
			tg_buf_putc(&line, (char)text->data[i]);
	good = tg_utf8_plain(tg_buf_text(&line));
	tg_buf_fini(&line);
	return good;
}

static void what_others_wrote_steers_nothing(void **state)
{
	static const char hostile[] = "Shop\x1b[31m\xe2\x80\xae<script>alert(1)</script>\xc2\x9b\xe2\x81\xa6&\r\n";
	const tg_product_record product = { .gtin = UINT64_C(9524000000019), .name = hostile, .brand = hostile, .manufacturer = "", .type = hostile, .category = "" };
	const tg_product_record *const products[] = { &product };
	const tg_despatch_line line = { .gtin = UINT64_C(9524000000019), .to = hostile, .address = hostile, .batch = hostile, .units = 2, .day = 20600 };
	char first[1024];
	const char *const events[] = { first, NULL };

	(void)state;
	opened(first, "distributor", "");
	for (int kind = 0; kind < TG_LETTERS; kind++) {
		tg_letter l = letter((tg_letter_kind)kind);
		tg_buf text, html;

		l.products = products;
		l.product_count = 1;
		l.lines = &line;
		l.line_count = 1;
		l.to = l.address = l.sender = hostile;
		write_letter(&text, &html, events, &l);
		assert_true(plain(&text));
		assert_true(plain(&html));
		assert_null(strstr(tg_buf_text(&html), "<script"));
		tg_buf_fini(&text);
		tg_buf_fini(&html);
	}
}

static void only_roles_that_the_law_asks_write(void **state)
{
	(void)state;
	assert_true(tg_letter_asked(TG_LETTER_SUPPLIER, TG_ROLE_IS_DISTRIBUTOR));
	assert_false(tg_letter_asked(TG_LETTER_SUPPLIER, TG_ROLE_IS_IMPORTER));
	assert_false(tg_letter_asked(TG_LETTER_MANUFACTURER, TG_ROLE_IS_MANUFACTURER));
	for (int role = 0; role < TG_FAILURE_ROLES; role++)
		assert_true(tg_letter_asked(TG_LETTER_AUTHORITY, (tg_failure_role)role));
}

/* ---- whom we supplied ---- */

#define HEAD "gtin,to,batch,units,date,relation\n"
/* clang-format off */
static const struct {
	const char *what, *csv;
	bool batches; /* only L100 to L199 are asked for */
	int rc;
	size_t count, others, outside, no_batch, bad, unsure;
} files[] = {
	{ "nothing", HEAD, false, TG_OK, 0, 0, 0, 0, 0, 0 },
	{ "one", HEAD "9524000000019,Shop,L150,4,2026-05-01,distributor\n", false, TG_OK, 1, 0, 0, 0, 0, 0 },
	{ "another product", HEAD "9524000000026,Shop,L150,4,2026-05-01,distributor\n", false, TG_OK, 0, 0, 0, 0, 0, 0 },
	{ "a customer", HEAD "9524000000019,Ann,L150,1,2026-05-01,customer\n", false, TG_OK, 0, 1, 0, 0, 0, 0 },
	{ "as people write it", HEAD "9524000000019,A,,,,Distributor\n9524000000019,B,,,, RETAILER \n9524000000019,C,,,,Consumer\n9524000000019,D,,,,End User\n",
		false, TG_OK, 2, 2, 0, 0, 0, 0 },
	{ "a word that nobody knows, or none: a letter too many is struck out, one too few is missed by nobody",
		HEAD "9524000000019,A,,,,franchise\n9524000000019,B,,,,\n", false, TG_OK, 2, 0, 0, 0, 0, 2 },
	{ "names of columns in another case", "GTIN,To,Relation\n9524000000019,A,customer\n", false, TG_OK, 0, 1, 0, 0, 0, 0 },
	{ "two columns of one name", "gtin,to,Batch,BATCH\n9524000000019,A,L1,L2\n", false, TG_EINVAL, 0, 0, 0, 0, 0, 0 },
	{ "as many units as there may be", HEAD "9524000000019,A,L1,1000000000,,trader\n", false, TG_OK, 1, 0, 0, 0, 0, 0 },
	{ "one more", HEAD "9524000000019,A,L1,1000000001,,trader\n", false, TG_OK, 0, 0, 0, 0, 1, 0 },
	{ "no such column: everybody", "gtin,to\n9524000000019,Ann\n09524000000019,Bob\n", false, TG_OK, 2, 0, 0, 0, 0, 0 },
	{ "of the batches", HEAD "9524000000019,A,L100,1,,reseller\n9524000000019,B,L199,1,,trader\n", true, TG_OK, 2, 0, 0, 0, 0, 0 },
	{ "of others", HEAD "9524000000019,A,L099,1,,reseller\n9524000000019,B,L200,1,,trader\n9524000000019,C,L1000,1,,trader\n", true, TG_OK, 0, 0, 3, 0, 0, 0 },
	{ "of a batch that nobody wrote down", HEAD "9524000000019,A,,1,,reseller\n", true, TG_OK, 1, 0, 0, 1, 0, 0 },
	{ "a bad number", HEAD "9524000000018,A,L1,1,,reseller\n", false, TG_OK, 0, 0, 0, 0, 1, 0 },
	{ "a bad day", HEAD "9524000000019,A,L1,1,1.5.2026,reseller\n", false, TG_OK, 0, 0, 0, 0, 1, 0 },
	{ "half a unit", HEAD "9524000000019,A,L1,0.5,,reseller\n", false, TG_OK, 0, 0, 0, 0, 1, 0 },
	{ "too many units", HEAD "9524000000019,A,L1,99999999999999999999,,reseller\n", false, TG_OK, 0, 0, 0, 0, 1, 0 },
	{ "to nobody", HEAD "9524000000019,,L1,1,,reseller\n", false, TG_OK, 0, 0, 0, 0, 1, 0 },
	{ "no UTF-8", HEAD "9524000000019,\xff,L1,1,,reseller\n", false, TG_OK, 0, 0, 0, 0, 1, 0 },
	{ "a row too short", HEAD "9524000000019,A\n", false, TG_OK, 0, 0, 0, 0, 1, 0 },
	{ "no columns", "", false, TG_EINVAL, 0, 0, 0, 0, 0, 0 },
	{ "no column of numbers", "ean,to\n", false, TG_EINVAL, 0, 0, 0, 0, 0, 0 },
	{ "no CSV", HEAD "\"9524000000019\n", false, TG_EFORMAT, 0, 0, 0, 0, 0, 0 },
};
/* clang-format on */

static void rows_are_kept_counted_or_told_of(void **state)
{
	static const uint64_t gtins[] = { UINT64_C(9524000000019) };
	static const tg_batch_range range = { "", "L100", "L199" };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(files); i++) {
		tg_despatch_ask ask = { .gtins = gtins, .gtin_count = 1, .batches = &range, .batch_count = files[i].batches, .separator = ',' };
		tg_error err = { 0 };
		tg_despatch d;
		int rc = tg_despatch_parse(&d, tg_view_str(files[i].csv), &ask, &err);

		if (rc != files[i].rc || (rc == TG_OK && (d.count != files[i].count || d.others != files[i].others || d.outside != files[i].outside ||
								 d.no_batch != files[i].no_batch || d.bad != files[i].bad || d.unsure != files[i].unsure)))
			fail_msg("%s: %s %zu kept, %zu others, %zu unsure, %zu outside, %zu without a batch, %zu bad (%s%s)", files[i].what, tg_strerror(rc),
				d.count, d.others, d.unsure, d.outside, d.no_batch, d.bad, err.msg, d.bad_words);
		tg_despatch_fini(&d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_letter_says_what_the_law_asks_for),
		cmocka_unit_test(what_is_not_known_is_said_to_be_not_known),
		cmocka_unit_test(what_others_wrote_steers_nothing),
		cmocka_unit_test(only_roles_that_the_law_asks_write),
		cmocka_unit_test(rows_are_kept_counted_or_told_of),
	};

	if (tg_crypto_init(NULL) != TG_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * test_print.c - the papers say what the records say, what lint finds, and what is missing.
 */
#include "sync/hq/print.h"
#include "tests/unit/hq/shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define P TG_RECORD_PRODUCT
#define S TG_RECORD_SOC
#define N TG_RECORD_SCOPE_NOTE
#define C TG_RECORD_CLASS_NOTE
#define OTHER "9524000000026"

/* ---- a paper ---- */

typedef tg_page *maker(tg_print *print, const tg_print_ask *ask);

struct paper {
	shop s;
	tg_print print;
	tg_page *page;
	tg_json *json;
	char refused[1024]; /* what was refused, one a line */
};

static void refuse(void *ctx, const char *name, const char *words)
{
	struct paper *p = ctx;
	size_t len = strlen(p->refused);

	(void)snprintf(p->refused + len, sizeof(p->refused) - len, "%s: %s\n", name, words);
}

static void make(struct paper *p, maker *of, const shop_line *lines, size_t count, const tg_print_ask *ask)
{
	tg_error err = { 0 };

	memset(p, 0, sizeof(*p));
	shop_open(&p->s, lines, count);
	p->print = (tg_print){ .index = &p->s.index,
		.findings = &p->s.findings,
		.owner = "shop.example",
		.today = shop_day(SHOP_TODAY),
		.refuse = refuse,
		.refuse_ctx = p };
	assert_int_equal(tg_print_open(&p->print, &err), TG_OK);
	p->page = of(&p->print, ask);
	if (tg_page_json(&p->json, p->page, &err) != TG_OK)
		fail_msg("%s", err.msg);
}

static void drop(struct paper *p)
{
	tg_json_free(p->json);
	tg_page_free(p->page);
	tg_print_close(&p->print);
	shop_close(&p->s);
}

static void make_one(struct paper *p, maker *of, const shop_line *lines, size_t count, const char *name)
{
	const tg_print_ask ask = {
		.names = &name, .count = 1, .contact = "", .reply_by = shop_day("2026-06-29")
	};

	make(p, of, lines, count, &ask);
}

/* ---- looking into it ---- */

static const char *text(const tg_json *object, const char *name)
{
	const char *found = tg_json_str(tg_json_get(object, name));

	return found != NULL ? found : "";
}

static const tg_json *keyed(const tg_json *list, const char *key)
{
	for (const tg_json *one = tg_json_first(list); one != NULL; one = tg_json_next(one))
		if (strcmp(text(one, "key"), key) == 0)
			return one;
	return NULL;
}

/* The first block of that type in a section of the first sheet; of the sheet itself for "". */
static const tg_json *block(const struct paper *p, const char *section, const char *type)
{
	const tg_json *at = tg_json_first(tg_json_get(p->json, "sheets"));

	if (section[0] != '\0')
		at = keyed(tg_json_get(at, "sections"), section);
	for (at = tg_json_first(tg_json_get(at, "blocks")); at != NULL; at = tg_json_next(at))
		if (strcmp(text(at, "type"), type) == 0)
			return at;
	fail_msg("no %s in section \"%s\": %s", type, section, p->refused);
	return NULL;
}

static void fact_is(
	const struct paper *p, const char *section, const char *key, const char *type, const char *value)
{
	const tg_json *fact = keyed(tg_json_get(block(p, section, "facts"), "facts"), key);

	if (strcmp(text(fact, "type"), type) != 0 || strstr(text(fact, "value"), value) == NULL)
		fail_msg("%s.%s: %s \"%s\", wanted %s \"%s\"", section, key, text(fact, "type"),
			text(fact, "value"), type, value);
}

static const tg_json *row(const struct paper *p, const char *section, size_t n)
{
	const tg_json *row = tg_json_first(tg_json_get(block(p, section, "table"), "rows"));

	for (; n > 0 && row != NULL; n--)
		row = tg_json_next(row);
	return row;
}

static void cell_is(const tg_json *in, const char *column, const char *type, const char *value)
{
	const tg_json *cell = tg_json_get(in, column);

	if (strcmp(text(cell, "type"), type) != 0 || strstr(text(cell, "value"), value) == NULL)
		fail_msg("%s: %s \"%s\", wanted %s \"%s\"", column, text(cell, "type"), text(cell, "value"),
			type, value);
}

static size_t sheets(const struct paper *p)
{
	return tg_json_size(tg_json_get(p->json, "sheets"));
}

static void refused_with(const struct paper *p, const char *words)
{
	if (strstr(p->refused, words) == NULL || p->print.refused == 0)
		fail_msg("wanted \"%s\" refused: \"%s\"", words, p->refused);
}

/* ---- scope notes ---- */

#define FULL_NOTE                                                                                            \
	"{\"id\":\"SN-1\",\"decision\":\"excepted\",\"exception_paragraph\":5,\"condition_evidence\":"       \
	"\"data sheet 7\","                                                                                  \
	"\"destinations\":[\"gb\",\"ni\"],\"source\":\"Schedule 3\",\"quote\":\"laptop "                     \
	"computers\",\"reviewer\":\"ann\","                                                                  \
	"\"approver\":\"bob\",\"reviewed\":\"2026-01-01\",\"review_by\":\"2026-06-15\",\"gtins\":["          \
	"\"" SHOP_GTIN "\"],"                                                                                \
	"\"connectivity\":\"Wi-Fi\",\"open_points\":\"the cellular variant\","                               \
	"\"considered\":[{\"answer\":\"in\",\"reason\":\"it is a laptop\"}]}"

static void a_scope_note_says_what_was_decided_why_and_by_whom(void **state)
{
	const shop_line lines[] = { { P, SHOP_PRODUCT }, { N, FULL_NOTE } };
	struct paper p;

	(void)state;
	make_one(&p, tg_print_scope_note, lines, TG_COUNT(lines), "SN-1");
	assert_int_equal(sheets(&p), 1);
	assert_non_null(strstr(text(block(&p, "decision", "callout"), "text"), "Schedule 3 paragraph 5"));
	fact_is(&p, "decision", "decision", "code", "excepted");
	fact_is(&p, "decision", "evidence", "text", "data sheet 7");
	fact_is(&p, "decision", "destinations", "text", "Great Britain and Northern Ireland");
	fact_is(&p, "decision", "connectivity", "text", "Wi-Fi");
	assert_string_equal(text(block(&p, "source", "quote"), "text"), "laptop computers");
	assert_string_equal(text(block(&p, "source", "quote"), "source"), "Schedule 3");
	cell_is(row(&p, "considered", 0), "answer", "text", "in");
	cell_is(row(&p, "considered", 0), "reason", "text", "it is a laptop");
	fact_is(&p, "review", "reviewer", "text", "ann");
	fact_is(&p, "review", "approver", "text", "bob");
	fact_is(&p, "review", "reviewed", "day", "2026-01-01");
	fact_is(&p, "review", "review_by", "day", "2026-06-15");
	fact_is(&p, "review", "state", "open", "today is its last day");
	fact_is(&p, "review", "open_points", "text", "the cellular variant");
	cell_is(row(&p, "products", 0), "gtin", "code", "0" SHOP_GTIN);
	cell_is(row(&p, "products", 0), "role", "text", "distributor");
	fact_is(&p, "grounds", "records", "text", "scope_notes.jsonl, line 2");
	drop(&p);
}

static void what_a_note_lacks_is_said(void **state)
{
	const shop_line lines[] = { { P, SHOP_PRODUCT },
		{ N, "{\"id\":\"SN-1\",\"decision\":\"excepted\",\"exception_paragraph\":2,\"destinations\":["
		     "\"gb\"],\"source\":\"s\","
		     "\"reviewer\":\"r\",\"reviewed\":\"2025-01-01\",\"review_by\":\"2026-06-14\",\"gtins\":["
		     "\"" SHOP_GTIN "\"]}" } };
	struct paper p;

	(void)state;
	make_one(&p, tg_print_scope_note, lines, TG_COUNT(lines), SHOP_GTIN);
	fact_is(&p, "decision", "connectivity", "missing", "not recorded");
	fact_is(&p, "decision", "evidence", "bad", "unproven");
	fact_is(&p, "source", "quote", "missing", "not recorded");
	assert_string_equal(text(block(&p, "considered", "callout"), "state"), "open");
	fact_is(&p, "review", "state", "bad", "overdue for 1 day:");
	fact_is(&p, "review", "approver", "missing", "nobody");
	cell_is(row(&p, "findings", 0), "code", "code", "exception-unproven");
	drop(&p);
}

static void a_number_prints_the_note_that_answers_for_it(void **state)
{
	const shop_line lines[] = { { P, SHOP_PRODUCT }, { P, "{\"gtin\":\"" OTHER "\",\"name\":\"Lamp\"}" },
		{ C, "{\"id\":\"CN-1\",\"decision\":\"out\",\"source\":\"s\",\"quote\":\"q\",\"reviewer\":"
		     "\"r\",\"reviewed\":\"2026-01-01\","
		     "\"review_by\":\"2027-01-01\",\"categories\":[\"electricals\"]}" },
		{ TG_RECORD_PACK,
			"{\"gtin\":\"19524000000016\",\"contains\":\"" SHOP_GTIN "\",\"count\":4}" } };
	struct paper p;

	(void)state;
	make_one(&p, tg_print_scope_note, lines, TG_COUNT(lines), SHOP_GTIN);
	assert_string_equal(text(tg_json_first(tg_json_get(p.json, "sheets")), "subtitle"),
		"Class note CN-1, for GTIN 0" SHOP_GTIN);
	fact_is(&p, "class", "categories", "text", "electricals");
	drop(&p);
	make_one(&p, tg_print_scope_note, lines, TG_COUNT(lines), "19524000000016");
	assert_int_equal(sheets(&p), 1);
	drop(&p);
	make_one(&p, tg_print_scope_note, lines, TG_COUNT(lines), OTHER);
	refused_with(&p, "nobody assessed it");
	drop(&p);
	make_one(&p, tg_print_scope_note, lines, TG_COUNT(lines), "SN-9");
	refused_with(&p, "SN-9: no scope or class note has this id");
	assert_int_equal(sheets(&p), 0);
	drop(&p);
}

/* ---- packs of statements ---- */

static const struct {
	const char *member, *value;
	size_t row; /* of the checklist */
	const char *type, *finding;
} items[] = {
	{ NULL, NULL, 0, "good", "so recorded" },
	{ NULL, NULL, 1, "good", "stated" },
	{ NULL, NULL, 2, "good", "stated" },
	{ NULL, NULL, 3, "good", "stated" },
	{ NULL, NULL, 4, "good", "not applicable" },
	{ NULL, NULL, 5, "good", "stated" },
	{ NULL, NULL, 6, "good", "stated" },
	{ NULL, NULL, 7, "good", "stated" },
	{ NULL, NULL, 8, "good", "stated" },
	{ NULL, NULL, 9, "good", "stated" },
	{ NULL, NULL, 10, "good", "stated" },
	{ NULL, NULL, 11, "good", "not applicable" },
	{ "prepared_by", "\"other\"", 0, "bad", "D02" },
	{ "types", "[]", 1, "bad", "D03" },
	{ "batches", "", 2, "bad", "D04" },
	{ "batches", "\"all\"", 2, "open", "open" },
	{ "manufacturers", "[{\"name\":\"Maker Ltd\"}]", 3, "bad", "D06" },
	{ "authorised_representative_exists", "true", 4, "bad", "D07" },
	{ "declaration", "", 5, "bad", "D08" },
	{ "declaration", "", 6, "bad", "D08" },
	{ "declaration", "", 7, "bad", "D08" },
	{ "support_period_end", "", 8, "bad", "D10" },
	{ "signatory", "{\"name\":\"A\",\"signed\":true}", 9, "bad", "D11" },
	{ "issued", "{\"place\":\"Leeds\",\"date\":\"2026-06-16\"}", 10, "bad", "D12" },
	{ "standard", "{\"number\":\"ETSI EN 303 645\",\"version\":\"V3.1.3\"}", 11, "open", "D18" },
	{ "document", "{\"kind\":\"summary\"}", 2, "open", "not judged" },
};

static void the_checklist_says_of_each_item_what_was_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(items); i++) {
		const shop_line lines[] = { { P, SHOP_PRODUCT }, { N, SHOP_NOTE },
			{ S, items[i].member == NULL ? SHOP_SOC
						     : shop_soc(items[i].member, items[i].value) } };
		struct paper p;

		make_one(&p, tg_print_soc_pack, lines, TG_COUNT(lines), "SOC-1");
		cell_is(row(&p, "checklist", items[i].row), "finding", items[i].type, items[i].finding);
		drop(&p);
	}
}

static const struct {
	const char *member, *value, *state, *words;
} verdicts[] = {
	{ NULL, NULL, "good", "Complete" },
	{ "batches", "", "bad", "1 defect." },
	{ "status", "\"withdrawn\"", "bad", "Withdrawn" },
	{ "document", "{\"kind\":\"claim\"}", "bad", "1 defect." },
};

static void the_pack_begins_with_its_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(verdicts); i++) {
		const shop_line lines[] = { { P, SHOP_PRODUCT }, { N, SHOP_NOTE },
			{ S, verdicts[i].member == NULL ? SHOP_SOC
							: shop_soc(verdicts[i].member, verdicts[i].value) } };
		struct paper p;

		make_one(&p, tg_print_soc_pack, lines, TG_COUNT(lines), SHOP_GTIN);
		assert_string_equal(text(block(&p, "", "callout"), "state"), verdicts[i].state);
		if (strstr(text(block(&p, "", "callout"), "text"), verdicts[i].words) == NULL)
			fail_msg("%s", text(block(&p, "", "callout"), "text"));
		drop(&p);
	}
}

static void the_pack_says_how_it_comes_what_it_covers_and_how_long_it_is_kept(void **state)
{
	const char *soc =
		shop_soc("accompanies", "{\"how\":\"product-link\",\"link_tested\":\"2026-01-15\"}");
	const shop_line lines[] = { { P, SHOP_PRODUCT },
		{ P, "{\"gtin\":\"" OTHER "\",\"name\":\"Lamp\",\"type\":\"L-2\"}" }, { N, SHOP_NOTE },
		{ S, soc },
		{ S, "{\"id\":\"SOC-0\",\"status\":\"superseded\",\"superseded_by\":\"SOC-1\",\"gtins\":["
		     "\"" OTHER "\"]}" },
		{ TG_RECORD_ROLE, "{\"id\":\"R-1\",\"role\":\"importer\",\"types\":[\"H-1\"]}" } };
	struct paper p;

	(void)state;
	make_one(&p, tg_print_soc_pack, lines, TG_COUNT(lines), "SOC-1");
	fact_is(&p, "document", "attachment", "missing", "no file is recorded");
	fact_is(&p, "accompanies", "how", "text", "By a link that comes with the product");
	fact_is(&p, "accompanies", "link", "link", "https://soc.example/1.pdf");
	fact_is(&p, "accompanies", "link_tested", "day", "2026-01-15");
	fact_is(&p, "accompanies", "link_result", "open", "151 days ago; the policy allows 100");
	cell_is(row(&p, "coverage", 0), "covered", "good", "yes");
	cell_is(row(&p, "coverage", 0), "role", "text", "importer");
	cell_is(row(&p, "versions", 0), "id", "code", "SOC-0");
	cell_is(row(&p, "versions", 0), "what", "text", "before it");
	cell_is(row(&p, "versions", 1), "what", "text", "this one");
	fact_is(&p, "receipt", "supplier", "missing", "filed by hand");
	fact_is(&p, "retention", "keep_through", "day", "2036-01-09");
	fact_is(&p, "retention", "basis", "text", "Required of us");
	drop(&p);
	make_one(&p, tg_print_soc_pack, lines, TG_COUNT(lines), "SOC-0");
	cell_is(row(&p, "versions", 1), "what", "text", "after it");
	cell_is(row(&p, "coverage", 0), "covered", "bad", "D03");
	fact_is(&p, "retention", "keep_through", "missing", "no date of issue");
	drop(&p);
}

static void what_is_filed_for_no_product_is_refused_with_what_to_do(void **state)
{
	const shop_line lines[] = { { P, SHOP_PRODUCT }, { N, SHOP_NOTE } };
	struct paper p;

	(void)state;
	make_one(&p, tg_print_soc_pack, lines, TG_COUNT(lines), SHOP_GTIN);
	refused_with(&p, "print attestation-request " SHOP_GTIN);
	drop(&p);
}

/* ---- requests ---- */

static const struct {
	const char *product, *to;
} addressees[] = {
	{ ",\"supplier\":\"Trading House\",\"manufacturer\":\"Maker\",\"brand\":\"B\"", "Trading House" },
	{ ",\"manufacturer\":\"Maker\",\"brand\":\"B\"", "Registered Ltd" },
};

static void the_one_who_delivers_is_asked_then_the_owner_of_the_prefix(void **state)
{
	tg_supplier supplier = { .id = "reg", .name = "Registered Ltd", .prefix_count = 1 };
	const char *name = SHOP_GTIN;
	const tg_print_ask ask = { .names = &name, .count = 1, .contact = "" };

	(void)state;
	assert_int_equal(tg_prefix_parse(&supplier.prefixes[0].prefix, "9524000", NULL), TG_OK);
	for (size_t i = 0; i < TG_COUNT(addressees); i++) {
		char product[256];
		const shop_line lines[] = { { P, product }, { N, SHOP_NOTE } };
		struct paper p = { 0 };

		(void)snprintf(product, sizeof(product), "{\"gtin\":\"" SHOP_GTIN "\",\"name\":\"Hub\"%s}",
			addressees[i].product);
		shop_open(&p.s, lines, TG_COUNT(lines));
		p.print = (tg_print){ .index = &p.s.index,
			.findings = &p.s.findings,
			.suppliers = &supplier,
			.supplier_count = 1,
			.owner = "o",
			.today = shop_day(SHOP_TODAY),
			.refuse = refuse,
			.refuse_ctx = &p };
		assert_int_equal(tg_print_open(&p.print, NULL), TG_OK);
		p.page = tg_print_attestation(&p.print, &ask);
		assert_int_equal(tg_page_json(&p.json, p.page, NULL), TG_OK);
		fact_is(&p, "", "to", "text", addressees[i].to);
		drop(&p);
	}
}

static void the_request_asks_for_what_lint_found(void **state)
{
	const shop_line lines[] = { { P, SHOP_PRODUCT }, { N, SHOP_NOTE }, { S, shop_soc("batches", "") } };
	struct paper p;

	(void)state;
	make_one(&p, tg_print_attestation, lines, TG_COUNT(lines), SHOP_GTIN);
	assert_int_equal(sheets(&p), 1);
	cell_is(row(&p, "needed", 0), "code", "code", "D04");
	cell_is(row(&p, "needed", 0), "about", "text", "statement SOC-1");
	cell_is(row(&p, "needed", 0), "needed", "text", "batches");
	assert_null(row(&p, "needed", 1));
	fact_is(&p, "", "to", "missing", "not recorded");
	fact_is(&p, "", "reply_by", "day", "2026-06-29");
	fact_is(&p, "", "reply_to", "missing", "--reply-to");
	assert_int_equal(tg_json_size(tg_json_get(block(&p, "attestation", "form"), "fields")), 6);
	drop(&p);
}

static void every_defect_of_a_statement_can_be_asked_for(void **state)
{
	static const char *const codes[] = { "D01", "D02", "D03", "D04", "D06", "D07", "D08", "D09", "D10",
		"D11", "D12", "D13", "D14", "D15", "D16", "D18" };
	const shop_line lines[] = { { P, SHOP_PRODUCT }, { N, SHOP_NOTE }, { S, SHOP_SOC } };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(codes); i++) {
		const char *name = SHOP_GTIN;
		const tg_print_ask ask = { .names = &name, .count = 1, .contact = "" };
		struct paper p = { 0 };

		shop_open(&p.s, lines, TG_COUNT(lines));
		tg_findings_add(&p.s.findings, TG_FINDING_DEFECT, codes[i],
			(tg_finding_at){ "socs.jsonl", 3 }, "f", "w");
		tg_findings_sort(&p.s.findings);
		p.print = (tg_print){ .index = &p.s.index,
			.findings = &p.s.findings,
			.owner = "o",
			.today = shop_day(SHOP_TODAY) };
		assert_int_equal(tg_print_open(&p.print, NULL), TG_OK);
		p.page = tg_print_attestation(&p.print, &ask);
		assert_int_equal(tg_page_json(&p.json, p.page, NULL), TG_OK);
		cell_is(row(&p, "needed", 0), "code", "code", codes[i]);
		drop(&p);
	}
}

static void all_suppliers_are_asked_for_what_they_lack_and_no_more(void **state)
{
	const shop_line lines[] = { { P, "{\"gtin\":\"" SHOP_GTIN
					 "\",\"name\":\"Hub\",\"type\":\"H-1\",\"supplier\":\"One\"}" },
		{ P, "{\"gtin\":\"" OTHER "\",\"name\":\"Lamp\",\"supplier\":\"Two\"}" }, { N, SHOP_NOTE },
		{ N, "{\"id\":\"SN-2\",\"decision\":\"in\",\"limb\":\"input-set\",\"source\":\"s\","
		     "\"reviewer\":\"r\",\"reviewed\":\"2026-01-01\","
		     "\"review_by\":\"2027-01-01\",\"gtins\":[\"" OTHER "\"]}" },
		{ S, SHOP_SOC } };
	const tg_print_ask all = { .all = true, .contact = "" };
	struct paper p;

	(void)state;
	make(&p, tg_print_attestation, lines, TG_COUNT(lines), &all);
	assert_int_equal(sheets(&p), 1);
	fact_is(&p, "", "to", "text", "Two");
	cell_is(row(&p, "needed", 0), "code", "code", "D01");
	drop(&p);
	make_one(&p, tg_print_attestation, lines, TG_COUNT(lines), "One");
	refused_with(&p, "nothing is missing from this supplier");
	drop(&p);
	make_one(&p, tg_print_attestation, lines, TG_COUNT(lines), SHOP_GTIN);
	cell_is(row(&p, "needed", 0), "needed", "text", "Nothing is missing");
	drop(&p);
	make_one(&p, tg_print_attestation, lines, TG_COUNT(lines), "Nobody");
	refused_with(&p, "none comes from a supplier");
	drop(&p);
}

/* ---- support ---- */

#define SEEN(end, as_of, more)                                                                               \
	"{\"end\":\"" end "\",\"as_of\":\"" as_of "\",\"source\":\"https://maker.example/\"" more "}"

static const struct {
	const char *what, *published, *soc_end;
	const char *type, *until, *callout, *as_of;
} periods[] = {
	{ "of the statement alone", "", "2030-12-31", "day", "2030-12-31", "31 December 2030", "2026-01-10" },
	{ "published later than stated", SEEN("2031-12-31", "2026-05-01", ""), "2030-12-31", "day",
		"2031-12-31", "31 December 2031", "2026-05-01" },
	{ "published only", SEEN("2029-02-28", "2026-05-01", ""), "", "day", "2029-02-28", "28 February 2029",
		"2026-05-01" },
	{ "extended", SEEN("2029-01-01", "2026-01-01", "") "," SEEN("2032-01-01", "2026-05-01", ""), "",
		"day", "2032-01-01", "1 January 2032", "2026-05-01" },
	{ "the maker's word before another's",
		SEEN("2029-01-01", "2026-01-01", "") "," SEEN(
			"2035-01-01", "2026-05-01", ",\"hearsay\":true"),
		"", "day", "2029-01-01", "1 January 2029", "2026-01-01" },
	{ "ends today", SEEN(SHOP_TODAY, "2026-05-01", ""), "", "day", SHOP_TODAY, "until at least",
		"2026-05-01" },
	{ "ended yesterday", SEEN("2026-06-14", "2026-05-01", ""), "", "day", "2026-06-14", "has passed",
		"2026-05-01" },
	{ "nobody said", "", "", "missing", "not known to us", "We do not know", NULL },
};

static void the_notice_says_the_last_day_that_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(periods); i++) {
		char product[1024], end[32];
		shop_line lines[] = { { P, product }, { N, SHOP_NOTE }, { S, NULL } };
		struct paper p;

		(void)snprintf(product, sizeof(product),
			"{\"gtin\":\"" SHOP_GTIN
			"\",\"name\":\"Hub\",\"type\":\"H-1\",\"dsp_published\":[%s]}",
			periods[i].published);
		(void)snprintf(end, sizeof(end), "\"%s\"", periods[i].soc_end);
		lines[2].line = shop_soc("support_period_end", periods[i].soc_end[0] == '\0' ? "" : end);
		make_one(&p, tg_print_support, lines, TG_COUNT(lines), SHOP_GTIN);
		if (sheets(&p) != 1)
			fail_msg("%s: %s", periods[i].what, p.refused);
		fact_is(&p, "", "until", periods[i].type, periods[i].until);
		if (periods[i].as_of != NULL)
			fact_is(&p, "", "as_of", "day", periods[i].as_of);
		if (strstr(text(block(&p, "", "callout"), "text"), periods[i].callout) == NULL)
			fail_msg("%s: %s", periods[i].what, text(block(&p, "", "callout"), "text"));
		fact_is(&p, "", "gtin", "code", SHOP_GTIN);
		drop(&p);
	}
}

static void customers_get_no_notice_of_a_period_that_was_shortened_or_is_none(void **state)
{
	const shop_line shortened[] = { { P, "{\"gtin\":\"" SHOP_GTIN
					     "\",\"name\":\"Hub\",\"type\":\"H-1\",\"dsp_published\":[" SEEN(
						     "2029-01-01", "2026-05-01", "") "]}" },
		{ N, SHOP_NOTE }, { S, SHOP_SOC } };
	const shop_line unassessed[] = { { P, SHOP_PRODUCT } };
	struct paper p;

	(void)state;
	make_one(&p, tg_print_support, shortened, TG_COUNT(shortened), "SOC-1");
	refused_with(&p, "D16");
	assert_int_equal(sheets(&p), 0);
	drop(&p);
	make_one(&p, tg_print_support, unassessed, TG_COUNT(unassessed), SHOP_GTIN);
	refused_with(&p, "not in scope, or not assessed");
	drop(&p);
}

static void many_products_stand_on_one_sheet(void **state)
{
	const shop_line lines[] = { { P, SHOP_PRODUCT }, { N, SHOP_NOTE }, { S, SHOP_SOC } };
	const tg_print_ask ask = { .all = true, .together = true, .contact = "" };
	struct paper p;

	(void)state;
	make(&p, tg_print_support, lines, TG_COUNT(lines), &ask);
	assert_int_equal(sheets(&p), 1);
	cell_is(tg_json_first(tg_json_get(block(&p, "", "table"), "rows")), "until", "day", "2030-12-31");
	drop(&p);
}

/* ---- whatever the records hold ---- */

#define EVIL "<script>alert(1)</script>\\\"><img src=x onerror=alert(1)>&lt;"

static void hostile_records_stay_text(void **state)
{
	static maker *const makers[] = { tg_print_scope_note, tg_print_soc_pack, tg_print_attestation,
		tg_print_support };
	const shop_line lines[] = {
		{ P, "{\"gtin\":\"" SHOP_GTIN "\",\"name\":\"" EVIL "\",\"brand\":\"" EVIL
		     "\",\"manufacturer\":\"" EVIL "\",\"type\":\"" EVIL "\",\"category\":\"" EVIL
		     "\",\"dsp_published\":[{\"end\":\"2031-01-01\",\"as_of\":\"2026-01-01\",\"source\":"
		     "\"" EVIL "\"}]}" },
		{ N, "{\"id\":\"SN-1\",\"decision\":\"in\",\"limb\":\"input-set\",\"source\":\"" EVIL
		     "\",\"quote\":\"" EVIL "\",\"reviewer\":\"" EVIL "\",\"approver\":\"" EVIL
		     "\",\"connectivity\":\"" EVIL "\",\"open_points\":\"" EVIL
		     "\",\"considered\":[{\"answer\":\"" EVIL "\",\"reason\":\"" EVIL
		     "\"}],\"reviewed\":\"2026-01-01\",\"review_by\":\"2027-01-01\",\"gtins\":[\"" SHOP_GTIN
		     "\"]}" },
		{ S, "{\"id\":\"SOC-1\",\"status\":\"current\",\"document\":{\"kind\":\"soc\",\"link\":"
		     "\"https://a.example/?a=1&b='2'\"},\"types\":[\"" EVIL
		     "\"],\"manufacturers\":[{\"name\":\"" EVIL "\",\"address\":\"" EVIL
		     "\"}],\"authorised_representative\":{\"name\":\"" EVIL "\",\"address\":\"" EVIL
		     "\"},\"standard\":{\"number\":\"" EVIL "\",\"version\":\"" EVIL
		     "\"},\"support_period_text\":\"" EVIL "\",\"signatory\":{\"name\":\"" EVIL
		     "\",\"function\":\"" EVIL "\"},\"issued\":{\"place\":\"" EVIL
		     "\"},\"gtins\":[\"" SHOP_GTIN "\"]}" },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(makers); i++) {
		struct paper p;
		tg_buf html;

		make_one(&p, makers[i], lines, TG_COUNT(lines), SHOP_GTIN);
		tg_buf_init(&html, TG_PAGE_MAX);
		assert_int_equal(tg_page_html(&html, p.page, NULL), TG_OK);
		assert_int_equal(sheets(&p), 1);
		assert_null(strstr(tg_buf_text(&html), "<script"));
		assert_null(strstr(tg_buf_text(&html), "<img"));
		assert_non_null(strstr(
			tg_buf_text(&html), "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&gt;&lt;img src=x"));
		tg_buf_fini(&html);
		drop(&p);
	}
}

static void the_longest_records_are_printed_whole_or_counted(void **state)
{
	char name[TG_RECORD_NAME_MAX + 1], quote[TG_RECORD_TEXT_MAX + 1];
	size_t size = TG_RECORD_LIST_MAX * (TG_RECORD_NAME_MAX + 4) + 4096, len;
	char *soc = malloc(size), *note = malloc(size), product[1024];
	shop_line lines[] = { { P, product }, { N, note }, { S, soc } };
	struct paper p;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	memset(quote, 'q', sizeof(quote) - 1);
	name[sizeof(name) - 1] = quote[sizeof(quote) - 1] = '\0';
	(void)snprintf(product, sizeof(product),
		"{\"gtin\":\"" SHOP_GTIN "\",\"name\":\"%s\",\"brand\":\"%.254sx\"}", name, name);
	(void)snprintf(note, size,
		"{\"id\":\"SN-1\",\"decision\":\"in\",\"limb\":\"input-set\",\"source\":\"%s\",\"quote\":\"%"
		"s\",\"reviewer\":\"%s\","
		"\"reviewed\":\"2026-01-01\",\"review_by\":\"2027-01-01\",\"gtins\":[\"" SHOP_GTIN "\"]}",
		quote, quote, name);
	len = (size_t)snprintf(soc, size,
		"{\"id\":\"SOC-1\",\"status\":\"current\",\"document\":{\"kind\":\"soc\"},\"gtins\":["
		"\"" SHOP_GTIN "\"],\"types\":[");
	for (size_t i = 0; i < TG_RECORD_LIST_MAX; i++)
		len += (size_t)snprintf(soc + len, size - len, "%s\"%s\"", i == 0 ? "" : ",", name);
	(void)snprintf(soc + len, size - len, "]}");
	make_one(&p, tg_print_scope_note, lines, TG_COUNT(lines), SHOP_GTIN);
	assert_string_equal(text(block(&p, "source", "quote"), "text"), quote);
	assert_non_null(strstr(text(tg_json_first(tg_json_get(p.json, "sheets")), "title"), name));
	drop(&p);
	make_one(&p, tg_print_soc_pack, lines, TG_COUNT(lines), "SOC-1");
	cell_is(row(&p, "checklist", 1), "says", "text", "more in the record");
	drop(&p);
	make_one(&p, tg_print_support, lines, TG_COUNT(lines), SHOP_GTIN);
	assert_int_equal(sheets(&p), 1);
	drop(&p);
	free(soc);
	free(note);
}

static void more_sheets_than_anybody_reads_are_refused_as_a_whole(void **state)
{
	const shop_line lines[] = { { P, SHOP_PRODUCT }, { N, SHOP_NOTE } };
	const char *names[TG_PRINT_SHEETS_MAX + 1];
	struct paper p;

	(void)state;
	for (size_t i = 0; i < TG_COUNT(names); i++)
		names[i] = SHOP_GTIN;
	for (size_t count = TG_PRINT_SHEETS_MAX; count <= TG_PRINT_SHEETS_MAX + 1; count++) {
		const tg_print_ask ask = { .names = names, .count = count, .contact = "" };

		make(&p, tg_print_scope_note, lines, TG_COUNT(lines), &ask);
		assert_int_equal(sheets(&p), count > TG_PRINT_SHEETS_MAX ? 0 : count);
		assert_int_equal(p.print.refused, count > TG_PRINT_SHEETS_MAX);
		drop(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_scope_note_says_what_was_decided_why_and_by_whom),
		cmocka_unit_test(what_a_note_lacks_is_said),
		cmocka_unit_test(a_number_prints_the_note_that_answers_for_it),
		cmocka_unit_test(the_checklist_says_of_each_item_what_was_found),
		cmocka_unit_test(the_pack_begins_with_its_verdict),
		cmocka_unit_test(the_pack_says_how_it_comes_what_it_covers_and_how_long_it_is_kept),
		cmocka_unit_test(what_is_filed_for_no_product_is_refused_with_what_to_do),
		cmocka_unit_test(the_one_who_delivers_is_asked_then_the_owner_of_the_prefix),
		cmocka_unit_test(the_request_asks_for_what_lint_found),
		cmocka_unit_test(every_defect_of_a_statement_can_be_asked_for),
		cmocka_unit_test(all_suppliers_are_asked_for_what_they_lack_and_no_more),
		cmocka_unit_test(the_notice_says_the_last_day_that_counts),
		cmocka_unit_test(customers_get_no_notice_of_a_period_that_was_shortened_or_is_none),
		cmocka_unit_test(many_products_stand_on_one_sheet),
		cmocka_unit_test(hostile_records_stay_text),
		cmocka_unit_test(the_longest_records_are_printed_whole_or_counted),
		cmocka_unit_test(more_sheets_than_anybody_reads_are_refused_as_a_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * test_lint.c - each code: records that have it, and beside them the whole shop that has not.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/hq/shop.h"

#include <stdio.h>

static void a_whole_shop_has_nothing_to_find(void **state)
{
	const shop_line lines[] = {
		{ TG_RECORD_PRODUCT, SHOP_PRODUCT },
		{ TG_RECORD_SCOPE_NOTE, SHOP_NOTE },
		{ TG_RECORD_SOC, SHOP_SOC },
	};
	shop s;

	(void)state;
	shop_open(&s, lines, TG_COUNT(lines));
	if (s.findings.count != 0)
		fail_msg("%s", shop_codes(&s));
	shop_close(&s);
}

/* One member of the statement bent; everything else whole. `code` NULL: still nothing to find. */
static const struct {
	const char *what, *member, *value, *code, *field;
	tg_finding_level level;
} socs[] = {
	{ "no document", "document", "", "D01", "document.kind", TG_FINDING_DEFECT },
	{ "document none", "document", "{\"kind\":\"none\"}", "D01", "document.kind", TG_FINDING_DEFECT },
	{ "unreadable", "document", "{\"kind\":\"soc\",\"unreadable\":true}", "D01", "document.unreadable",
		TG_FINDING_DEFECT },
	{ "dead link", "accompanies",
		"{\"how\":\"product-link\",\"link_tested\":\"2026-06-01\",\"link_result\":\"dead\"}", "D01",
		"accompanies.link_result", TG_FINDING_DEFECT },
	{ "link that works", "accompanies", "{\"how\":\"product-link\",\"link_tested\":\"2026-06-01\"}", NULL,
		NULL, 0 },
	{ "prepared by the retailer", "prepared_by", "\"other\"", "D02", "prepared_by", TG_FINDING_DEFECT },
	{ "prepared by nobody knows whom", "prepared_by", "", "D02", "prepared_by", TG_FINDING_DEFECT },
	{ "prepared on behalf", "prepared_by", "\"on-behalf\"", NULL, NULL, 0 },
	{ "no type", "types", "[]", "D03", "types", TG_FINDING_DEFECT },
	{ "another type", "types", "[\"H-2\"]", "D03", "type", TG_FINDING_DEFECT },
	{ "one of several types", "types", "[\"H-0\",\"H-1\"]", NULL, NULL, 0 },
	{ "no batch", "batches", "", "D04", "batches", TG_FINDING_DEFECT },
	{ "all batches in words", "batches", "\"all\"", "all-batches", "batches", TG_FINDING_WARNING },
	{ "a list of batches", "batches", "{\"list\":[\"A\",\"B\"]}", NULL, NULL, 0 },
	{ "no manufacturer", "manufacturers", "[]", "D06", "manufacturers", TG_FINDING_DEFECT },
	{ "no address", "manufacturers", "[{\"name\":\"M\"}]", "D06", "manufacturers", TG_FINDING_DEFECT },
	{ "one of two without address", "manufacturers",
		"[{\"name\":\"M\",\"address\":\"a\"},{\"name\":\"N\"}]", "D06", "manufacturers",
		TG_FINDING_DEFECT },
	{ "representative not named", "authorised_representative_exists", "true", "D07",
		"authorised_representative", TG_FINDING_DEFECT },
	{ "representative without address", "authorised_representative", "{\"name\":\"R\"}", "D07",
		"authorised_representative", TG_FINDING_DEFECT },
	{ "representative whole", "authorised_representative", "{\"name\":\"R\",\"address\":\"a\"}", NULL,
		NULL, 0 },
	{ "no declaration", "declaration", "", "D08", "declaration.limb", TG_FINDING_DEFECT },
	{ "no opinion", "declaration",
		"{\"prepared_by_or_for_manufacturer\":true,\"limb\":\"security-requirements\"}", "D08",
		"declaration.opinion_of_manufacturer", TG_FINDING_DEFECT },
	{ "no limb", "declaration",
		"{\"prepared_by_or_for_manufacturer\":true,\"opinion_of_manufacturer\":true}", "D08",
		"declaration.limb", TG_FINDING_DEFECT },
	{ "support without end", "support_period_end", "", "D10", "support_period_end", TG_FINDING_DEFECT },
	{ "not signed", "signatory", "{\"name\":\"A\",\"function\":\"f\"}", "D11", "signatory",
		TG_FINDING_DEFECT },
	{ "no function", "signatory", "{\"name\":\"A\",\"signed\":true}", "D11", "signatory",
		TG_FINDING_DEFECT },
	{ "no place", "issued", "{\"date\":\"2026-01-10\"}", "D12", "issued", TG_FINDING_DEFECT },
	{ "issued tomorrow", "issued", "{\"place\":\"p\",\"date\":\"2026-06-16\"}", "D12", "issued.date",
		TG_FINDING_DEFECT },
	{ "issued today", "issued", "{\"place\":\"p\",\"date\":\"2026-06-15\"}", NULL, NULL, 0 },
	{ "a summary", "document", "{\"kind\":\"summary\"}", "D13", "document.kind", TG_FINDING_DEFECT },
	{ "a certificate", "document", "{\"kind\":\"certificate\"}", "D13", "document.kind",
		TG_FINDING_DEFECT },
	{ "withdrawn", "status", "\"withdrawn\"", "D14", "status", TG_FINDING_DEFECT },
	{ "never recorded how it accompanies", "accompanies", "", "accompanies-missing", "accompanies",
		TG_FINDING_WARNING },
	{ "link never tested", "accompanies", "{\"how\":\"receipt-link\"}", "link-untested",
		"accompanies.link_tested", TG_FINDING_WARNING },
	{ "link tested 101 days ago", "accompanies",
		"{\"how\":\"receipt-link\",\"link_tested\":\"2026-03-06\"}", "link-test-old",
		"accompanies.link_tested", TG_FINDING_WARNING },
	{ "link tested 100 days ago", "accompanies",
		"{\"how\":\"receipt-link\",\"link_tested\":\"2026-03-07\"}", NULL, NULL, 0 },
	{ "link tested tomorrow", "accompanies", "{\"how\":\"receipt-link\",\"link_tested\":\"2026-06-16\"}",
		"date-in-future", "accompanies.link_tested", TG_FINDING_ERROR },
	{ "a link that is not recorded", "document", "{\"kind\":\"soc\"}", NULL, NULL, 0 },
	{ "support ended yesterday", "support_period_end", "\"2026-06-14\"", "dsp-ended",
		"support_period_end", TG_FINDING_WARNING },
	{ "support ends today", "support_period_end", "\"2026-06-15\"", NULL, NULL, 0 },
	{ "support ended before issue", "support_period_end", "\"2025-01-01\"", "dsp-before-issue",
		"support_period_end", TG_FINDING_WARNING },
	{ "ranges overlap", "batches",
		"{\"ranges\":[{\"from\":\"B1\",\"to\":\"B5\"},{\"from\":\"B5\",\"to\":\"B9\"}]}",
		"overlapping-batches", "batches", TG_FINDING_WARNING },
	{ "a range inside another", "batches",
		"{\"ranges\":[{\"from\":\"B1\",\"to\":\"B9\"},{\"from\":\"B2\",\"to\":\"B3\"},{\"from\":"
		"\"B7\",\"to\":\"B8\"}]}",
		"overlapping-batches", "batches", TG_FINDING_WARNING },
	{ "ranges of other lengths", "batches",
		"{\"ranges\":[{\"from\":\"B1\",\"to\":\"B5\"},{\"from\":\"B10\",\"to\":\"B50\"}]}", NULL,
		NULL, 0 },
	{ "serials of two batches", "serial_ties",
		"[{\"batch\":\"B10\",\"from\":\"S10\",\"to\":\"S20\"},{\"batch\":\"B11\",\"from\":\"S20\","
		"\"to\":\"S30\"}]",
		"overlapping-serials", "serial_ties", TG_FINDING_ERROR },
	{ "no product", "gtins", "[]", "no-gtins", "gtins", TG_FINDING_WARNING },
	{ "a product we do not have", "gtins", "[\"9524000000019\",\"9524000000026\"]", "dangling-gtin",
		"gtins", TG_FINDING_WARNING },
	{ "superseded by nothing known", "superseded_by", "\"SOC-9\"", "bad-record", "superseded_by",
		TG_FINDING_ERROR },
	{ "a doubt accepted tomorrow", "accepted_doubts",
		"[{\"code\":\"D15\",\"by\":\"b\",\"on\":\"2026-06-16\",\"reason\":\"x\"}]", "date-in-future",
		"accepted_doubts", TG_FINDING_ERROR },
};

static void a_bent_statement_shows_its_defect(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(socs); i++) {
		const shop_line lines[] = {
			{ TG_RECORD_PRODUCT, SHOP_PRODUCT },
			{ TG_RECORD_SCOPE_NOTE, SHOP_NOTE },
			{ TG_RECORD_SOC, shop_soc(socs[i].member, socs[i].value) },
		};
		const tg_finding *f;
		shop s;

		shop_open(&s, lines, TG_COUNT(lines));
		f = socs[i].code == NULL ? NULL : shop_finding(&s, socs[i].code, socs[i].field);
		if (socs[i].code == NULL ? s.findings.count != 0 : f == NULL || f->level != socs[i].level)
			fail_msg("%s: found %s", socs[i].what, shop_codes(&s));
		shop_close(&s);
	}
}

#define STANDARD(version, date) "{\"number\":\"ETSI EN 303 645\",\"version\":\"" version "\"" date "}"

static void a_standard_is_judged_under_the_second_limb_and_by_its_version(void **state)
{
	static const struct {
		const char *what, *standard, *doubts, *code;
	} cases[] = {
		{ "whole", STANDARD("V2.1.1", ",\"date\":\"2020-06-19\""), "", NULL },
		{ "no date", STANDARD("V2.1.1", ""), "", "D09" },
		{ "the same version, written otherwise", STANDARD("2.1.1", ",\"date\":\"2020-06-19\""), "", NULL },
		{ "with its month", STANDARD("v2.1.1 (2020-06)", ",\"date\":\"2020-06-19\""), "", NULL },
		{ "a version that only begins so", STANDARD("V2.1.10", ",\"date\":\"2020-06-19\""), "", "D18" },
		{ "another version of the same, written otherwise", "{\"number\":\"EN 303645\",\"version\":\"V3.1.3\",\"date\":\"2024-09-10\"}", "", "D18" },
		{ "another standard", "{\"number\":\"ISO/IEC 29147\",\"version\":\"2018\",\"date\":\"2018-10-01\"}", "", NULL },
		{ "another part of a series", "{\"number\":\"ETSI EN 303 645-2\",\"version\":\"V1.1.1\",\"date\":\"2020-06-19\"}", "", NULL },
		{ "another version", STANDARD("V3.1.3", ",\"date\":\"2024-09-10\""), "", "D18" },
		{ "another version, accepted", STANDARD("V3.1.3", ",\"date\":\"2024-09-10\""),
			",\"accepted_doubts\":[{\"code\":\"D18\",\"by\":\"b\",\"on\":\"2026-01-01\","
			"\"reason\":\"x\"}]",
			NULL },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		char soc[4096];
		const char *base =
			shop_soc("declaration", "{\"prepared_by_or_for_manufacturer\":true,\"opinion_of_"
						"manufacturer\":true,\"limb\":\"deemed-compliance\"}");
		shop_line lines[] = { { TG_RECORD_PRODUCT, SHOP_PRODUCT },
			{ TG_RECORD_SCOPE_NOTE, SHOP_NOTE }, { TG_RECORD_SOC, soc } };
		shop s;

		(void)snprintf(soc, sizeof(soc), "%.*s,\"standard\":%s%s}", (int)strlen(base) - 1, base,
			cases[i].standard, cases[i].doubts);
		shop_open(&s, lines, TG_COUNT(lines));
		if (cases[i].code == NULL ? s.findings.count != 0
					  : shop_finding(&s, cases[i].code, NULL) == NULL)
			fail_msg("%s: found %s", cases[i].what, shop_codes(&s));
		shop_close(&s);
	}
}

#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static void a_copy_that_differs_from_the_one_on_file_is_a_doubt(void **state)
{
	const shop_line same[] = { { TG_RECORD_PRODUCT, SHOP_PRODUCT }, { TG_RECORD_SCOPE_NOTE, SHOP_NOTE },
		{ TG_RECORD_SOC, shop_soc("document", "{\"kind\":\"soc\",\"sha256\":\"" HASH_A
						      "\",\"sha256_on_file\":\"" HASH_A "\"}") } };
	const shop_line other[] = { { TG_RECORD_PRODUCT, SHOP_PRODUCT }, { TG_RECORD_SCOPE_NOTE, SHOP_NOTE },
		{ TG_RECORD_SOC, shop_soc("document", "{\"kind\":\"soc\",\"sha256\":\"" HASH_A
						      "\",\"sha256_on_file\":\"" HASH_B "\"}") } };
	shop s;

	(void)state;
	shop_open(&s, same, TG_COUNT(same));
	assert_int_equal(s.findings.count, 0);
	shop_close(&s);
	shop_open(&s, other, TG_COUNT(other));
	assert_non_null(shop_finding(&s, "D15", "document.sha256"));
	shop_close(&s);
}

/* Two members bent: it goes with a link, and no link is recorded. */
static void a_statement_that_goes_by_a_link_needs_one(void **state)
{
	static const char in_pack[] = "\"accompanies\":{\"how\":\"in-pack\"}",
			  by_link[] = "\"accompanies\":{\"how\":\"receipt-link\",\"link_tested\":\"2026-06-01\"}";
	const char *base = shop_soc("document", "{\"kind\":\"soc\"}"), *at = strstr(base, in_pack);
	char soc[4096];
	shop_line lines[] = { { TG_RECORD_PRODUCT, SHOP_PRODUCT }, { TG_RECORD_SCOPE_NOTE, SHOP_NOTE }, { TG_RECORD_SOC, soc } };
	shop s;

	(void)state;
	assert_non_null(at);
	(void)snprintf(soc, sizeof(soc), "%.*s%s%s", (int)(at - base), base, by_link, at + strlen(in_pack));
	shop_open(&s, lines, TG_COUNT(lines));
	assert_non_null(shop_finding(&s, "link-missing", "document.link"));
	shop_close(&s);
}

#define PRODUCT(gtin, rest) "{\"gtin\":\"" gtin "\",\"name\":\"a\"" rest "}"
#define NOTE(id, decision, rest)                                                                             \
	"{\"id\":\"" id "\",\"decision\":" decision                                                          \
	",\"source\":\"s\",\"quote\":\"q\",\"reviewer\":\"r\",\"reviewed\":"                                 \
	"\"2026-01-01\"" rest "}"
#define OUT "\"out\""
#define GOOD_REVIEW ",\"review_by\":\"2027-01-01\""
#define LABEL(rest)                                                                                          \
	"{\"id\":\"L-1\",\"scheme\":\"cls\",\"models\":[\"H-1\"],\"gtins\":[\"" SHOP_GTIN                    \
	"\"],\"level\":2" rest "}"
#define CLS ",\"scheme_version\":\"CCC SP-151-2 v1.4\""
#define LABEL_DAYS ",\"valid_to\":\"2027-01-01\",\"checked\":\"2026-06-01\""
#define DSP(end, as_of) "{\"end\":\"" end "\",\"as_of\":\"" as_of "\",\"source\":\"x\"}"

#define P TG_RECORD_PRODUCT
#define S TG_RECORD_SOC
#define L TG_RECORD_LABEL
#define N TG_RECORD_SCOPE_NOTE
#define C TG_RECORD_CLASS_NOTE
#define K TG_RECORD_PACK

/* Up to four records of any kind. A statement of "soc" is the whole one. */
static const struct {
	const char *what;
	shop_line lines[4];
	const char *code; /* NULL: nothing to find */
	tg_finding_level level;
} shops[] = {
	{ "one GTIN on two lines",
		{ { P, PRODUCT("9524000000019", "") }, { P, PRODUCT("09524000000019", "") } },
		"duplicate-gtin", TG_FINDING_ERROR },
	{ "a number of the test products", { { P, PRODUCT("9529990000018", "") } }, "reserved-gtin",
		TG_FINDING_ERROR },
	{ "a case of a number of the test products",
		{ { P, PRODUCT("9524000000019", "") },
			{ K, "{\"gtin\":\"19529990000015\",\"contains\":\"9524000000019\",\"count\":4}" } },
		"reserved-gtin", TG_FINDING_ERROR },
	{ "in scope with nothing filed", { { P, SHOP_PRODUCT }, { N, SHOP_NOTE } }, "D01",
		TG_FINDING_DEFECT },
	{ "never assessed", { { P, SHOP_PRODUCT } }, "unassessed", TG_FINDING_WARNING },
	{ "a statement without a scope note", { { P, SHOP_PRODUCT }, { S, "soc" } }, "scope-missing",
		TG_FINDING_ERROR },
	{ "a label without a scope note", { { P, SHOP_PRODUCT }, { L, LABEL(CLS LABEL_DAYS) } },
		"scope-missing", TG_FINDING_ERROR },
	{ "a label instead of a statement",
		{ { P, SHOP_PRODUCT }, { N, SHOP_NOTE }, { L, LABEL(CLS LABEL_DAYS) } }, NULL, 0 },
	{ "a label of yesterday",
		{ { P, SHOP_PRODUCT }, { N, SHOP_NOTE },
			{ L, LABEL(CLS ",\"valid_to\":\"2026-06-14\",\"checked\":\"2026-06-01\"") } },
		"label-expired", TG_FINDING_DEFECT },
	{ "a label's last day",
		{ { P, SHOP_PRODUCT }, { N, SHOP_NOTE },
			{ L, LABEL(CLS ",\"valid_to\":\"2026-06-15\",\"checked\":\"2026-06-01\"") } },
		"label-expires-soon", TG_FINDING_WARNING },
	{ "a label of an older scheme",
		{ { P, SHOP_PRODUCT }, { N, SHOP_NOTE },
			{ L, LABEL(",\"scheme_version\":\"v1\"" LABEL_DAYS) } },
		"label-not-named", TG_FINDING_DEFECT },
	{ "a label nobody looked up",
		{ { P, SHOP_PRODUCT }, { N, SHOP_NOTE }, { L, LABEL(CLS ",\"valid_to\":\"2027-01-01\"") } },
		"label-unchecked", TG_FINDING_DEFECT },
	{ "a label looked up 31 days ago",
		{ { P, SHOP_PRODUCT }, { N, SHOP_NOTE },
			{ L, LABEL(CLS ",\"valid_to\":\"2027-01-01\",\"checked\":\"2026-05-15\"") } },
		"label-unchecked", TG_FINDING_DEFECT },
	{ "a label for another model",
		{ { P, PRODUCT("9524000000019", ",\"type\":\"H-9\"") }, { N, SHOP_NOTE },
			{ L, LABEL(CLS LABEL_DAYS) } },
		"label-model", TG_FINDING_DEFECT },
	{ "two labels of one id", { { L, LABEL(CLS LABEL_DAYS) }, { L, LABEL(CLS LABEL_DAYS) } },
		"duplicate-id", TG_FINDING_ERROR },
	{ "two statements of one id", { { P, SHOP_PRODUCT }, { N, SHOP_NOTE }, { S, "soc" }, { S, "soc" } },
		"duplicate-id", TG_FINDING_ERROR },
	{ "a scope and a class note of one id",
		{ { P, SHOP_PRODUCT }, { N, NOTE("X", OUT, GOOD_REVIEW ",\"gtins\":[\"" SHOP_GTIN "\"]") },
			{ C, NOTE("X", OUT, GOOD_REVIEW ",\"categories\":[\"c\"]") } },
		"duplicate-id", TG_FINDING_ERROR },
	{ "two scope notes for one product",
		{ { P, SHOP_PRODUCT }, { N, NOTE("X", OUT, GOOD_REVIEW ",\"gtins\":[\"" SHOP_GTIN "\"]") },
			{ N, NOTE("Y", OUT, GOOD_REVIEW ",\"gtins\":[\"" SHOP_GTIN "\"]") } },
		"two-notes", TG_FINDING_ERROR },
	{ "two class notes for one category",
		{ { C, NOTE("X", OUT, GOOD_REVIEW ",\"categories\":[\"c\"]") },
			{ C, NOTE("Y", OUT, GOOD_REVIEW ",\"categories\":[\"c\"]") } },
		"two-notes", TG_FINDING_ERROR },
	{ "two class notes for one prefix",
		{ { C, NOTE("X", OUT, GOOD_REVIEW ",\"gtin_prefixes\":[\"952\"]") },
			{ C, NOTE("Y", OUT, GOOD_REVIEW ",\"gtin_prefixes\":[\"952\"]") } },
		"two-notes", TG_FINDING_ERROR },
	{ "a category answered",
		{ { P, PRODUCT("9524000000019", ",\"category\":\"c\"") },
			{ C, NOTE("X", OUT, GOOD_REVIEW ",\"categories\":[\"c\"]") } },
		NULL, 0 },
	{ "a prefix answered",
		{ { P, PRODUCT("9524000000019", "") },
			{ C, NOTE("X", OUT, GOOD_REVIEW ",\"gtin_prefixes\":[\"9524\"]") } },
		NULL, 0 },
	{ "prefix and category decide otherwise",
		{ { P, PRODUCT("9524000000019", ",\"category\":\"c\"") },
			{ C, NOTE("X", OUT, GOOD_REVIEW ",\"gtin_prefixes\":[\"952\"]") },
			{ C, NOTE("Y", "\"in\",\"limb\":\"input-set\"",
				     GOOD_REVIEW ",\"categories\":[\"c\"]") } },
		"notes-differ", TG_FINDING_WARNING },
	{ "brick and category decide otherwise",
		{ { P, PRODUCT("9524000000019", ",\"category\":\"c\",\"brick\":\"10001098\"") },
			{ C, NOTE("X", OUT, GOOD_REVIEW ",\"bricks\":[\"10001098\"]") },
			{ C, NOTE("Y", "\"in\",\"limb\":\"input-set\"",
				     GOOD_REVIEW ",\"categories\":[\"c\"]") } },
		"notes-differ", TG_FINDING_WARNING },
	{ "two class notes for one brick",
		{ { C, NOTE("X", OUT, GOOD_REVIEW ",\"bricks\":[\"10001098\"]") },
			{ C, NOTE("Y", OUT, GOOD_REVIEW ",\"bricks\":[\"10001098\"]") } },
		"two-notes", TG_FINDING_ERROR },
	{ "a category named twice in one note",
		{ { P, PRODUCT("9524000000019", ",\"category\":\"c\"") },
			{ C, NOTE("X", OUT, GOOD_REVIEW ",\"categories\":[\"c\",\"c\"]") } },
		"named-twice", TG_FINDING_WARNING },
	{ "a note without the words that decide it",
		{ { P, SHOP_PRODUCT },
			{ N, "{\"id\":\"X\",\"decision\":\"out\",\"source\":\"s\",\"reviewer\":\"r\",\"reviewed\":\"2026-01-01\","
			     "\"review_by\":\"2027-01-01\",\"gtins\":[\"" SHOP_GTIN "\"]}" } },
		"quote-missing", TG_FINDING_WARNING },
	{ "a review that is over",
		{ { P, SHOP_PRODUCT },
			{ N, NOTE("X", OUT,
				     ",\"review_by\":\"2026-06-14\",\"gtins\":[\"" SHOP_GTIN "\"]") } },
		"review-expired", TG_FINDING_DEFECT },
	{ "a review due today",
		{ { P, SHOP_PRODUCT },
			{ N, NOTE("X", OUT,
				     ",\"review_by\":\"2026-06-15\",\"gtins\":[\"" SHOP_GTIN "\"]") } },
		"review-soon", TG_FINDING_WARNING },
	{ "a review due in 61 days",
		{ { P, SHOP_PRODUCT },
			{ N, NOTE("X", OUT,
				     ",\"review_by\":\"2026-08-15\",\"gtins\":[\"" SHOP_GTIN "\"]") } },
		NULL, 0 },
	{ "an exception without proof",
		{ { P, SHOP_PRODUCT },
			{ N, NOTE("X", "\"excepted\",\"exception_paragraph\":5,\"destinations\":[\"gb\"]",
				     GOOD_REVIEW ",\"gtins\":[\"" SHOP_GTIN "\"]") } },
		"exception-unproven", TG_FINDING_DEFECT },
	{ "an exception with proof",
		{ { P, SHOP_PRODUCT }, { N, NOTE("X",
						    "\"excepted\",\"exception_paragraph\":5,\"destinations\":"
						    "[\"gb\"],\"condition_evidence\":\"e\"",
						    GOOD_REVIEW ",\"gtins\":[\"" SHOP_GTIN "\"]") } },
		NULL, 0 },
	{ "a note for a product we do not have",
		{ { N, NOTE("X", OUT, GOOD_REVIEW ",\"gtins\":[\"" SHOP_GTIN "\"]") } }, "dangling-gtin",
		TG_FINDING_WARNING },
	{ "a class note for nothing", { { C, NOTE("X", OUT, GOOD_REVIEW) } }, "no-gtins",
		TG_FINDING_WARNING },
	{ "in-store ranges that overlap",
		{ { C, NOTE("X", OUT,
			       GOOD_REVIEW
			       ",\"in_store\":[{\"from\":\"2000000000000\",\"to\":\"2099999999999\"}]") },
			{ C, NOTE("Y", OUT,
				     GOOD_REVIEW ",\"in_store\":[{\"from\":\"2050000000000\",\"to\":"
						 "\"2060000000000\"}]") } },
		"overlapping-in-store", TG_FINDING_ERROR },
	{ "published support shortened",
		{ { P, PRODUCT("9524000000019",
			       ",\"dsp_published\":[" DSP("2030-01-01", "2025-01-01") "," DSP(
				       "2028-01-01", "2026-01-01") "]") } },
		"D16", TG_FINDING_DEFECT },
	{ "published support before the statement's",
		{ { P, PRODUCT("9524000000019",
			       ",\"type\":\"H-1\",\"dsp_published\":[" DSP("2030-12-30", "2026-01-01") "]") },
			{ N, SHOP_NOTE }, { S, "soc" } },
		"D16", TG_FINDING_DEFECT },
	{ "published support extended",
		{ { P, PRODUCT("9524000000019",
			       ",\"type\":\"H-1\",\"dsp_published\":[" DSP("2031-01-01", "2026-01-01") "]") },
			{ N, SHOP_NOTE }, { S, "soc" } },
		NULL, 0 },
	{ "a pack of something unknown",
		{ { K, "{\"gtin\":\"19524000000016\",\"contains\":\"9524000000019\",\"count\":4}" } },
		"dangling-gtin", TG_FINDING_ERROR },
	{ "a pack that is a product",
		{ { P, PRODUCT("9524000000019", "") }, { P, PRODUCT("19524000000016", "") },
			{ K, "{\"gtin\":\"19524000000016\",\"contains\":\"9524000000019\",\"count\":4}" } },
		"pack-is-product", TG_FINDING_ERROR },
	{ "a pack of packs",
		{ { P, PRODUCT("9524000000019", "") },
			{ K, "{\"gtin\":\"19524000000016\",\"contains\":\"9524000000019\",\"count\":4}" },
			{ K, "{\"gtin\":\"29524000000013\",\"contains\":\"19524000000016\",\"count\":4}" } },
		"pack-of-packs", TG_FINDING_ERROR },
	{ "one pack on two lines",
		{ { P, PRODUCT("9524000000019", "") },
			{ K, "{\"gtin\":\"19524000000016\",\"contains\":\"9524000000019\",\"count\":4}" },
			{ K, "{\"gtin\":\"19524000000016\",\"contains\":\"9524000000019\",\"count\":5}" } },
		"duplicate-gtin", TG_FINDING_ERROR },
};

static void what_the_records_say_together_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(shops); i++) {
		shop_line lines[4];
		const tg_finding *f;
		shop s;

		memcpy(lines, shops[i].lines, sizeof(lines));
		for (size_t j = 0; j < 4; j++)
			if (lines[j].line != NULL && strcmp(lines[j].line, "soc") == 0)
				lines[j].line = SHOP_SOC;
		shop_open(&s, lines, 4);
		f = shops[i].code == NULL ? NULL : shop_finding(&s, shops[i].code, NULL);
		if (shop_finding(&s, "bad-record", NULL) != NULL)
			fail_msg("%s: not even records: %s", shops[i].what, shop_codes(&s));
		if (shops[i].code == NULL ? s.findings.count != 0 : f == NULL || f->level != shops[i].level)
			fail_msg("%s: found %s", shops[i].what, shop_codes(&s));
		shop_close(&s);
	}
}

static void a_superseded_statement_is_history_only_where_its_successor_covers(void **state)
{
	static char old[4096];
	const char *base = shop_soc("id", "\"SOC-0\"");
	shop_line covered[] = { { P, SHOP_PRODUCT }, { N, SHOP_NOTE }, { S, SHOP_SOC }, { S, old } };
	shop_line uncovered[] = { { P, SHOP_PRODUCT }, { N, SHOP_NOTE }, { S, shop_soc("gtins", "[]") },
		{ S, old } };
	shop_line dangling[] = { { P, SHOP_PRODUCT }, { N, SHOP_NOTE }, { S, old } };
	const char *current = strstr(base, "\"current\"");
	shop s;

	(void)state;
	assert_non_null(current);
	(void)snprintf(old, sizeof(old), "%.*s\"superseded\",\"superseded_by\":\"SOC-1\"%s",
		(int)(current - base), base, current + strlen("\"current\""));
	shop_open(&s, covered, TG_COUNT(covered));
	if (s.findings.count != 0)
		fail_msg("%s", shop_codes(&s));
	shop_close(&s);
	shop_open(&s, uncovered, TG_COUNT(uncovered));
	assert_non_null(shop_finding(&s, "D14", "gtin"));
	shop_close(&s);
	shop_open(&s, dangling, TG_COUNT(dangling));
	assert_non_null(shop_finding(&s, "dangling-id", "superseded_by"));
	shop_close(&s);
}

static void findings_come_in_the_order_of_the_files(void **state)
{
	const shop_line lines[] = { { P, PRODUCT("9524000000026", "") }, { P, PRODUCT("9524000000019", "") },
		{ C, NOTE("X", OUT, GOOD_REVIEW) } };
	shop s;

	(void)state;
	shop_open(&s, lines, TG_COUNT(lines));
	assert_int_equal(s.findings.count, 3);
	assert_string_equal(s.findings.list[0].file, "class_notes.jsonl");
	assert_int_equal(s.findings.list[1].line, 1);
	assert_int_equal(s.findings.list[2].line, 2);
	shop_close(&s);
}

/* Row 9 by law-readings A15: a current statement does not help a product whose note took it out of scope and is past its review. */
static void a_statement_beside_a_note_past_its_review_is_said_to_be_of_no_use(void **state)
{
	static const struct {
		const char *what, *decision, *review_by;
		bool filed, found;
	} cases[] = {
		{ "out of scope, a day over", OUT, "2026-06-14", true, true },
		{ "excepted, a day over", "\"excepted\",\"exception_paragraph\":5,\"destinations\":[\"gb\"],\"condition_evidence\":\"e\"", "2026-06-14",
			true, true },
		{ "its last day", OUT, "2026-06-15", true, false },
		{ "nothing is filed", OUT, "2026-06-14", false, false },
		{ "in scope", "\"in\",\"limb\":\"internet-connectable\"", "2026-06-14", true, false },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		char note[512];
		shop s;

		(void)snprintf(note, sizeof(note),
			"{\"id\":\"X\",\"decision\":%s,\"source\":\"s\",\"quote\":\"q\",\"reviewer\":\"r\",\"reviewed\":\"2026-01-01\","
			"\"review_by\":\"%s\",\"gtins\":[\"" SHOP_GTIN "\"]}",
			cases[i].decision, cases[i].review_by);
		shop_open(&s,
			(shop_line[]){ { TG_RECORD_PRODUCT, SHOP_PRODUCT }, { TG_RECORD_SCOPE_NOTE, note }, { TG_RECORD_SOC, cases[i].filed ? SHOP_SOC : NULL } },
			3);
		if (shop_finding(&s, "bad-record", NULL) != NULL || (shop_finding(&s, "review-expired", "gtin") != NULL) != cases[i].found)
			fail_msg("%s: %s", cases[i].what, shop_codes(&s));
		shop_close(&s);
	}
}

static void a_trial_with_unknown_products_has_an_end_that_is_told_of(void **state)
{
	static const struct {
		const char *until, *code;
	} trials[] = {
		{ "2026-06-14", "trial-over" }, { "2026-06-15", "trial-ends-soon" }, { "2026-08-14", "trial-ends-soon" },
		{ "2026-08-15", NULL }, { "2026-12-15", NULL }, { "2026-12-16", "trial-long" }, { "2036-06-15", "trial-long" },
	};
	shop s;

	(void)state;
	for (size_t i = 0; i < TG_COUNT(trials); i++) {
		shop_open(&s, NULL, 0);
		s.records.has_policy = true;
		s.records.policy.unknown_observed = true;
		s.records.policy.unknown_until = shop_day(trials[i].until);
		tg_lint(&s.findings, &s.index, shop_day(SHOP_TODAY));
		if (s.findings.count != (trials[i].code != NULL) ||
			(trials[i].code != NULL && shop_finding(&s, trials[i].code, "unknown_products.until") == NULL))
			fail_msg("%s: %s", trials[i].until, shop_codes(&s));
		shop_close(&s);
	}
	shop_open(&s, NULL, 0);
	s.records.has_policy = true;
	s.records.policy.unknown_until = TG_DAY_NONE;
	tg_lint(&s.findings, &s.index, shop_day(SHOP_TODAY));
	assert_int_equal(s.findings.count, 0);
	shop_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_statement_beside_a_note_past_its_review_is_said_to_be_of_no_use),
		cmocka_unit_test(a_trial_with_unknown_products_has_an_end_that_is_told_of),
		cmocka_unit_test(a_whole_shop_has_nothing_to_find),
		cmocka_unit_test(a_bent_statement_shows_its_defect),
		cmocka_unit_test(a_standard_is_judged_under_the_second_limb_and_by_its_version),
		cmocka_unit_test(a_copy_that_differs_from_the_one_on_file_is_a_doubt),
		cmocka_unit_test(a_statement_that_goes_by_a_link_needs_one),
		cmocka_unit_test(what_the_records_say_together_is_found),
		cmocka_unit_test(a_superseded_statement_is_history_only_where_its_successor_covers),
		cmocka_unit_test(findings_come_in_the_order_of_the_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

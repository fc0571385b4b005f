/* SPDX-License-Identifier: Apache-2.0
 *
 * test_against.c - failures, notices and publications as stretches of days; roles and bundles; what lint says of them; what the till
 * decides from them.
 *
 * A stretch is written as kind, flags, first and last day: "1:0 2026-06-01..2026-06-30"; without a last day it goes on.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/hq/shop.h"

#include "plugin/gate/verdict.h"
#include "sync/hq/against.h"
#include "sync/hq/compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define OF "\"source\":\"letter\",\"gtins\":[\"" SHOP_GTIN "\"]"
#define GENUINE OF ",\"genuine\":true"
#define GTIN UINT64_C(9524000000019)

static void write_stretches(char *out, size_t size, const tg_stretch *list, size_t count)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		char from[TG_DAY_TEXT_SIZE], to[TG_DAY_TEXT_SIZE];

		len += (size_t)snprintf(out + len, size - len, "%s%u:%u %s..%s", i > 0 ? ", " : "",
			list[i].kind, list[i].flags, tg_day_format(from, list[i].from),
			tg_day_format(to, list[i].to));
	}
}

/* clang-format off */
static const struct {
	const char *what;
	tg_record_kind kind;
	const char *line, *stretches;
} records[] = {
	{ "a failure we were told of", TG_RECORD_FAILURE, "{\"id\":\"F\",\"informed\":\"2026-06-01\"," OF "}", "7:0 2026-06-01.." },
	{ "told of, then believed", TG_RECORD_FAILURE, "{\"id\":\"F\",\"informed\":\"2026-06-01\",\"believed\":\"2026-06-03\"," OF "}",
		"7:0 2026-06-01..2026-06-02, 6:0 2026-06-03.." },
	{ "believed at once", TG_RECORD_FAILURE, "{\"id\":\"F\",\"informed\":\"2026-06-01\",\"believed\":\"2026-06-01\"," OF "}", "6:0 2026-06-01.." },
	{ "believed and remedied", TG_RECORD_FAILURE,
		"{\"id\":\"F\",\"believed\":\"2026-06-03\",\"ended\":\"2026-06-10\",\"reason\":\"update 2.1\"," OF "}", "6:0 2026-06-03..2026-06-09" },
	{ "told of and unfounded", TG_RECORD_FAILURE,
		"{\"id\":\"F\",\"informed\":\"2026-06-03\",\"ended\":\"2026-06-10\",\"reason\":\"other model\"," OF "}", "7:0 2026-06-03..2026-06-09" },

	{ "a stop notice", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"stop\",\"given\":\"2026-06-01\"," GENUINE "}", "1:0 2026-06-01.." },
	{ "one that takes effect later", TG_RECORD_NOTICE,
		"{\"id\":\"N\",\"kind\":\"stop\",\"given\":\"2026-06-01\",\"effective\":\"2026-06-05\"," GENUINE "}",
		"4:0 2026-06-01..2026-06-04, 1:0 2026-06-05.." },
	{ "one whose authenticity nobody checked", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"stop\",\"given\":\"2026-06-01\"," OF "}", "4:0 2026-06-01.." },
	{ "one that was revoked", TG_RECORD_NOTICE,
		"{\"id\":\"N\",\"kind\":\"stop\",\"given\":\"2026-06-01\",\"revoked\":\"2026-07-01\"," GENUINE "}", "1:0 2026-06-01..2026-06-30" },
	{ "one revoked before it took effect", TG_RECORD_NOTICE,
		"{\"id\":\"N\",\"kind\":\"stop\",\"given\":\"2026-06-01\",\"effective\":\"2026-06-09\",\"revoked\":\"2026-06-05\"," GENUINE "}",
		"4:0 2026-06-01..2026-06-04" },
	{ "a notice of intent", TG_RECORD_NOTICE,
		"{\"id\":\"N\",\"kind\":\"stop\",\"intended\":\"2026-06-01\",\"intent_expires\":\"2026-06-30\"," GENUINE "}", "4:0 2026-06-01..2026-06-30" },
	{ "cleared by counsel", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"stop\",\"intended\":\"2026-06-01\",\"intent_expires\":\"2026-06-30\","
		"\"cleared\":{\"by\":\"counsel\",\"on\":\"2026-06-04\"}," GENUINE "}", "4:0 2026-06-01..2026-06-03, 4:1 2026-06-04..2026-06-30" },
	{ "spent when the notice arrives", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"recall\",\"intended\":\"2026-06-01\","
		"\"intent_expires\":\"2026-06-30\",\"given\":\"2026-06-12\"," GENUINE "}", "4:0 2026-06-01..2026-06-11, 2:0 2026-06-12.." },
	{ "under appeal", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"stop\",\"given\":\"2026-06-01\",\"appeal\":{\"lodged\":\"2026-06-20\"}," GENUINE "}",
		"1:0 2026-06-01..2026-06-19, 3:0 2026-06-20.." },
	{ "under appeal, sale signed off", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"stop\",\"given\":\"2026-06-01\","
		"\"appeal\":{\"lodged\":\"2026-06-20\"},\"signed_off\":{\"by\":\"director\",\"on\":\"2026-06-22\"}," GENUINE "}",
		"1:0 2026-06-01..2026-06-19, 3:0 2026-06-20..2026-06-21, 3:1 2026-06-22.." },
	{ "appeal dismissed: revived at once", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"stop\",\"given\":\"2026-06-01\","
		"\"appeal\":{\"lodged\":\"2026-06-20\",\"decided\":\"2026-09-01\",\"result\":\"dismissed\"}," GENUINE "}",
		"1:0 2026-06-01..2026-06-19, 3:0 2026-06-20..2026-08-31, 1:0 2026-09-01.." },
	{ "appeal allowed", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"stop\",\"given\":\"2026-06-01\","
		"\"appeal\":{\"lodged\":\"2026-06-20\",\"decided\":\"2026-09-01\",\"result\":\"allowed\"}," GENUINE "}",
		"1:0 2026-06-01..2026-06-19, 3:0 2026-06-20..2026-08-31" },
	{ "an appeal before it takes effect: of no effect at once", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"stop\",\"given\":\"2026-06-01\","
		"\"effective\":\"2026-06-11\",\"appeal\":{\"lodged\":\"2026-06-03\"}," GENUINE "}", "4:0 2026-06-01..2026-06-02, 3:0 2026-06-03.." },
	{ "and dismissed before it does", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"stop\",\"given\":\"2026-06-01\",\"effective\":\"2026-06-11\","
		"\"appeal\":{\"lodged\":\"2026-06-03\",\"decided\":\"2026-06-05\",\"result\":\"dismissed\"}," GENUINE "}",
		"4:0 2026-06-01..2026-06-02, 4:0 2026-06-05..2026-06-10, 3:0 2026-06-03..2026-06-04, 1:0 2026-06-11.." },
	{ "sent on a Friday: on hold until it is treated as given", TG_RECORD_NOTICE,
		"{\"id\":\"N\",\"kind\":\"stop\",\"given\":\"2026-06-05\",\"deemed\":\"2026-06-08\"," GENUINE "}",
		"4:0 2026-06-05..2026-06-07, 1:0 2026-06-08.." },
	{ "and its duty begins later still", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"stop\",\"given\":\"2026-06-05\","
		"\"deemed\":\"2026-06-08\",\"effective\":\"2026-06-10\"," GENUINE "}", "4:0 2026-06-05..2026-06-09, 1:0 2026-06-10.." },
	{ "dismissed, suspended by the Upper Tribunal, and in effect again", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"stop\",\"given\":\"2026-06-01\","
		"\"appeal\":{\"lodged\":\"2026-06-20\",\"decided\":\"2026-09-01\",\"result\":\"dismissed\"},"
		"\"suspended\":{\"from\":\"2026-09-10\",\"until\":\"2026-10-01\"}," GENUINE "}",
		"1:0 2026-06-01..2026-06-19, 3:0 2026-06-20..2026-08-31, 1:0 2026-09-01..2026-09-09, 3:0 2026-09-10..2026-09-30, 1:0 2026-10-01.." },
	{ "suspended until further notice, sale signed off", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"stop\",\"given\":\"2026-06-01\","
		"\"appeal\":{\"lodged\":\"2026-06-20\",\"decided\":\"2026-09-01\",\"result\":\"dismissed\"},"
		"\"suspended\":{\"from\":\"2026-09-01\"},\"signed_off\":{\"by\":\"director\",\"on\":\"2026-09-05\"}," GENUINE "}",
		"1:0 2026-06-01..2026-06-19, 3:0 2026-06-20..2026-08-31, 3:0 2026-09-01..2026-09-04, 3:1 2026-09-05.." },
	{ "suspended before its duty begins", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"stop\",\"given\":\"2026-06-01\",\"effective\":\"2026-09-20\","
		"\"appeal\":{\"lodged\":\"2026-06-01\",\"decided\":\"2026-09-01\",\"result\":\"dismissed\"},"
		"\"suspended\":{\"from\":\"2026-09-10\",\"until\":\"2026-09-15\"}," GENUINE "}",
		"4:0 2026-09-01..2026-09-09, 4:0 2026-09-15..2026-09-19, 3:0 2026-06-01..2026-08-31, 3:0 2026-09-10..2026-09-14, 1:0 2026-09-20.." },
	{ "suspended over the day on which its duty begins", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"stop\",\"given\":\"2026-06-01\","
		"\"effective\":\"2026-09-20\",\"appeal\":{\"lodged\":\"2026-06-01\",\"decided\":\"2026-09-01\",\"result\":\"dismissed\"},"
		"\"suspended\":{\"from\":\"2026-09-10\",\"until\":\"2026-10-01\"}," GENUINE "}",
		"4:0 2026-09-01..2026-09-09, 3:0 2026-06-01..2026-08-31, 3:0 2026-09-10..2026-09-30, 1:0 2026-10-01.." },
	{ "varied, and later revoked", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"compliance\",\"duty\":\"supply\",\"given\":\"2026-06-01\","
		"\"revoked\":\"2026-10-01\",\"appeal\":{\"lodged\":\"2026-06-01\",\"decided\":\"2026-09-01\",\"result\":\"varied\"}," GENUINE "}",
		"3:0 2026-06-01..2026-08-31, 5:2 2026-09-01..2026-09-30" },
	{ "a compliance notice on another duty", TG_RECORD_NOTICE,
		"{\"id\":\"N\",\"kind\":\"compliance\",\"duty\":\"other\",\"given\":\"2026-06-01\"," GENUINE "}", "5:0 2026-06-01.." },
	{ "a forfeiture order is as a stop notice", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"forfeiture\",\"given\":\"2026-06-01\"," GENUINE "}", "1:0 2026-06-01.." },
	{ "a penalty notice makes us look", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"penalty\",\"given\":\"2026-06-01\"," GENUINE "}", "8:4 2026-06-01.." },
	{ "an information notice is a task only", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"information\",\"given\":\"2026-06-01\"," GENUINE "}", "" },

	{ "a publication that names the type", TG_RECORD_PUBLICATION, "{\"id\":\"P\",\"names\":\"type\",\"published\":\"2026-06-01\"," OF "}", "8:0 2026-06-01.." },
	{ "one that names the brand", TG_RECORD_PUBLICATION,
		"{\"id\":\"P\",\"names\":\"brand\",\"published\":\"2026-06-01\",\"until\":\"2026-08-01\"," OF "}", "8:4 2026-06-01..2026-08-01" },

	{ "support published longer and longer", TG_RECORD_PRODUCT, "{\"gtin\":\"" SHOP_GTIN "\",\"name\":\"Hub\",\"dsp_published\":["
		"{\"end\":\"2028-01-01\",\"as_of\":\"2026-01-01\",\"source\":\"site\"},{\"end\":\"2029-01-01\",\"as_of\":\"2026-05-01\",\"source\":\"site\"}]}", "" },
	{ "support shortened", TG_RECORD_PRODUCT, "{\"gtin\":\"" SHOP_GTIN "\",\"name\":\"Hub\",\"dsp_published\":["
		"{\"end\":\"2028-01-01\",\"as_of\":\"2026-05-01\",\"source\":\"site\"},{\"end\":\"2029-01-01\",\"as_of\":\"2026-01-01\",\"source\":\"site\"}]}",
		"9:0 2026-05-01.." },
	{ "support said to be shortened by others", TG_RECORD_PRODUCT, "{\"gtin\":\"" SHOP_GTIN "\",\"name\":\"Hub\",\"dsp_published\":["
		"{\"end\":\"2028-01-01\",\"as_of\":\"2026-05-01\",\"source\":\"forum\",\"hearsay\":true},"
		"{\"end\":\"2029-01-01\",\"as_of\":\"2026-01-01\",\"source\":\"site\"}]}", "7:0 2026-05-01.." },
	{ "what others say lifts no shortening", TG_RECORD_PRODUCT, "{\"gtin\":\"" SHOP_GTIN "\",\"name\":\"Hub\",\"dsp_published\":["
		"{\"end\":\"2029-01-01\",\"as_of\":\"2026-01-01\",\"source\":\"x\"},{\"end\":\"2028-01-01\",\"as_of\":\"2026-03-01\",\"source\":\"x\"},{\"end\":\"2029-06-01\",\"as_of\":\"2026-05-01\",\"source\":\"x\",\"hearsay\":true}]}", "9:0 2026-03-01.." },
	{ "what others said before is no publication", TG_RECORD_PRODUCT, "{\"gtin\":\"" SHOP_GTIN "\",\"name\":\"Hub\",\"dsp_published\":["
		"{\"end\":\"2029-01-01\",\"as_of\":\"2026-01-01\",\"source\":\"x\",\"hearsay\":true},{\"end\":\"2028-01-01\",\"as_of\":\"2026-03-01\",\"source\":\"x\"}]}", "7:0 2026-03-01.." },
	{ "two captures of one day: the shorter one counts", TG_RECORD_PRODUCT, "{\"gtin\":\"" SHOP_GTIN "\",\"name\":\"Hub\",\"dsp_published\":["
		"{\"end\":\"2029-01-01\",\"as_of\":\"2026-03-01\",\"source\":\"x\"},{\"end\":\"2028-01-01\",\"as_of\":\"2026-03-01\",\"source\":\"x\"}]}", "9:0 2026-03-01.." },
};

#define N_START "{\"id\":\"N\",\"kind\":\"stop\","
static const struct {
	const char *what;
	tg_record_kind kind;
	const char *line, *field;
} refusals[] = {
	{ "a failure without a day", TG_RECORD_FAILURE, "{\"id\":\"F\"," OF "}", "informed" },
	{ "a failure of nothing", TG_RECORD_FAILURE, "{\"id\":\"F\",\"informed\":\"2026-06-01\",\"source\":\"x\"}", "gtins" },
	{ "a failure that ended for no reason", TG_RECORD_FAILURE, "{\"id\":\"F\",\"informed\":\"2026-06-01\",\"ended\":\"2026-06-02\"," OF "}", "reason" },
	{ "a failure that ended before it began", TG_RECORD_FAILURE,
		"{\"id\":\"F\",\"believed\":\"2026-06-03\",\"ended\":\"2026-06-02\",\"reason\":\"r\"," OF "}", "ended" },
	{ "a notice of no kind", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"warning\",\"given\":\"2026-06-01\"," OF "}", "kind" },
	{ "a notice without a day", TG_RECORD_NOTICE, N_START OF "}", "given" },
	{ "an intent without an end", TG_RECORD_NOTICE, N_START "\"intended\":\"2026-06-01\"," OF "}", "intent_expires" },
	{ "effective before given", TG_RECORD_NOTICE, N_START "\"given\":\"2026-06-02\",\"effective\":\"2026-06-01\"," OF "}", "effective" },
	{ "revoked, but never given", TG_RECORD_NOTICE, N_START "\"intended\":\"2026-06-02\",\"intent_expires\":\"2026-06-03\",\"revoked\":\"2026-06-03\"," OF "}", "given" },
	{ "a compliance notice without its duty", TG_RECORD_NOTICE, "{\"id\":\"N\",\"kind\":\"compliance\",\"given\":\"2026-06-01\"," OF "}", "duty" },
	{ "an appeal without a day", TG_RECORD_NOTICE, N_START "\"given\":\"2026-06-02\",\"appeal\":{}," OF "}", "appeal.lodged" },
	{ "decided without a result", TG_RECORD_NOTICE,
		N_START "\"given\":\"2026-06-02\",\"appeal\":{\"lodged\":\"2026-06-03\",\"decided\":\"2026-06-04\"}," OF "}", "appeal.result" },
	{ "treated as given before it came", TG_RECORD_NOTICE, N_START "\"given\":\"2026-06-02\",\"deemed\":\"2026-06-01\"," OF "}", "deemed" },
	{ "suspended while an appeal is pending", TG_RECORD_NOTICE,
		N_START "\"given\":\"2026-06-02\",\"appeal\":{\"lodged\":\"2026-06-03\"},\"suspended\":{\"from\":\"2026-06-04\"}," OF "}", "suspended.from" },
	{ "a sign-off by nobody", TG_RECORD_NOTICE, N_START "\"given\":\"2026-06-02\",\"signed_off\":{\"on\":\"2026-06-03\"}," OF "}", "signed_off.by" },
	{ "a serial range that falls", TG_RECORD_NOTICE, N_START "\"given\":\"2026-06-02\",\"serials\":[{\"from\":\"S2\",\"to\":\"S1\"}]," OF "}", "serials[1].to" },
	{ "a brand without an end", TG_RECORD_PUBLICATION, "{\"id\":\"P\",\"names\":\"brand\",\"published\":\"2026-06-01\"," OF "}", "until" },
	{ "a role that is none", TG_RECORD_ROLE, "{\"id\":\"R\",\"role\":\"retailer\",\"gtins\":[\"" SHOP_GTIN "\"]}", "role" },
	{ "a role with units", TG_RECORD_ROLE, "{\"id\":\"R\",\"role\":\"importer\",\"gtins\":[\"" SHOP_GTIN "\"],\"batches\":[]}", "batches" },
	{ "a bundle of nothing", TG_RECORD_BUNDLE, "{\"gtin\":\"" SHOP_GTIN "\",\"components\":[]}", "components" },
	{ "a bundle of itself", TG_RECORD_BUNDLE, "{\"gtin\":\"" SHOP_GTIN "\",\"components\":[\"" SHOP_GTIN "\"]}", "components" },
};
/* clang-format on */

static void each_record_gives_its_stretches_of_days(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(records); i++) {
		const shop_line line = { records[i].kind, records[i].line };
		tg_stretch out[TG_AGAINST_OF_ONE];
		char got[400];
		size_t n = 0;
		shop s;

		shop_open(&s, &line, 1);
		if (s.records.failure_count + s.records.notice_count + s.records.publication_count +
				s.records.product_count !=
			1)
			fail_msg("%s: refused: %s", records[i].what, shop_codes(&s));
		if (records[i].kind == TG_RECORD_FAILURE)
			n = tg_against_failure(out, &s.records.failures[0]);
		else if (records[i].kind == TG_RECORD_NOTICE)
			n = tg_against_notice(out, &s.records.notices[0]);
		else if (records[i].kind == TG_RECORD_PUBLICATION)
			n = tg_against_publication(out, &s.records.publications[0]);
		else
			n = tg_against_shortening(out, &s.records.products[0], TG_DAY_NONE);
		write_stretches(got, sizeof(got), out, n);
		if (strcmp(got, records[i].stretches) != 0)
			fail_msg("%s: \"%s\", wanted \"%s\"", records[i].what, got, records[i].stretches);
		shop_close(&s);
	}
}

static void a_record_that_is_none_is_refused_by_its_member(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(refusals); i++) {
		const shop_line line = { refusals[i].kind, refusals[i].line };
		shop s;

		shop_open(&s, &line, 1);
		if (shop_finding(&s, "bad-record", refusals[i].field) == NULL)
			fail_msg("%s: %s", refusals[i].what, shop_codes(&s));
		shop_close(&s);
	}
}

/* ---- lint ---- */

#define OTHER_GTIN "9524000000026"
#define BUNDLE_GTIN "9524000000033"
#define NAMED(gtin, brand)                                                                                   \
	"{\"gtin\":\"" gtin "\",\"name\":\"n\",\"brand\":\"" brand                                           \
	"\",\"manufacturer\":\"Maker\",\"type\":\"H-1\"}"

static void lint_says_what_is_wrong(void **state)
{
	static const struct {
		const char *what;
		tg_record_kind kind;
		const char *line;
		tg_record_kind second_kind;
		const char *second, *code;
	} cases[] = {
		{ "a believed failure", TG_RECORD_FAILURE,
			"{\"id\":\"F\",\"believed\":\"2026-06-01\"," OF "}", 0, NULL, "D19" },
		{ "an open one", TG_RECORD_FAILURE, "{\"id\":\"F\",\"informed\":\"2026-06-01\"," OF "}", 0,
			NULL, "failure-open" },
		{ "one that ends tomorrow", TG_RECORD_FAILURE,
			"{\"id\":\"F\",\"informed\":\"2026-06-01\",\"ended\":\"2026-06-16\",\"reason\":"
			"\"r\"," OF "}",
			0, NULL, "date-in-future" },
		{ "a brand that nothing has", TG_RECORD_FAILURE,
			"{\"id\":\"F\",\"informed\":\"2026-06-01\",\"source\":\"s\",\"brands\":[\"Acmee\"]}",
			0, NULL, "names-nothing" },
		{ "a number that nothing has", TG_RECORD_FAILURE,
			"{\"id\":\"F\",\"informed\":\"2026-06-01\",\"source\":\"s\",\"gtins\":[\"" SHOP_GTIN
			"\",\"9524000000118\"]}",
			0, NULL, "dangling-gtin" },
		{ "one id twice", TG_RECORD_FAILURE, "{\"id\":\"X\",\"informed\":\"2026-06-01\"," OF "}",
			TG_RECORD_PUBLICATION,
			"{\"id\":\"X\",\"names\":\"type\",\"published\":\"2026-06-01\"," OF "}",
			"duplicate-id" },
		{ "an intent that is over", TG_RECORD_NOTICE,
			N_START "\"intended\":\"2026-05-01\",\"intent_expires\":\"2026-06-14\"," OF "}", 0,
			NULL, "intent-expired" },
		{ "a notice nobody checked", TG_RECORD_NOTICE, N_START "\"given\":\"2026-06-01\"," OF "}", 0,
			NULL, "notice-unchecked" },
		{ "an appeal on the 29th day", TG_RECORD_NOTICE,
			N_START "\"given\":\"2026-02-01\",\"appeal\":{\"lodged\":\"2026-03-01\"}," GENUINE
				"}",
			0, NULL, "appeal-late" },
		{ "a sign-off without appeal", TG_RECORD_NOTICE,
			N_START "\"given\":\"2026-06-01\",\"signed_off\":{\"by\":\"d\",\"on\":\"2026-06-02\"}"
				"," GENUINE "}",
			0, NULL, "needless-decision" },
		{ "a publication that is over", TG_RECORD_PUBLICATION,
			"{\"id\":\"P\",\"names\":\"type\",\"published\":\"2026-05-01\",\"until\":\"2026-06-"
			"01\"," OF "}",
			0, NULL, "publication-expired" },
		{ "a failure that is known from tomorrow on", TG_RECORD_FAILURE,
			"{\"id\":\"F\",\"believed\":\"2026-06-16\"," OF "}", 0, NULL, "date-in-future" },
		{ "a decision of tomorrow", TG_RECORD_NOTICE,
			N_START "\"given\":\"2026-06-01\",\"appeal\":{\"lodged\":\"2026-06-02\",\"decided\":"
				"\"2026-06-16\",\"result\":\"allowed\"}," GENUINE "}",
			0, NULL, "date-in-future" },
		{ "a publication of tomorrow", TG_RECORD_PUBLICATION,
			"{\"id\":\"P\",\"names\":\"type\",\"published\":\"2026-06-16\"," OF "}", 0, NULL,
			"date-in-future" },
		{ "a notice given tomorrow", TG_RECORD_NOTICE, N_START "\"given\":\"2026-06-16\"," GENUINE "}", 0,
			NULL, "notice-ahead" },
		{ "two roles", TG_RECORD_ROLE, "{\"id\":\"R1\",\"role\":\"importer\",\"brands\":[\"Acme\"]}",
			TG_RECORD_ROLE,
			"{\"id\":\"R2\",\"role\":\"own-brand\",\"gtins\":[\"" SHOP_GTIN "\"]}", "two-roles" },
		{ "a bundle that is no product", TG_RECORD_BUNDLE,
			"{\"gtin\":\"9524000000118\",\"components\":[\"" SHOP_GTIN "\"]}", 0, NULL,
			"dangling-gtin" },
		{ "a bundle of a bundle", TG_RECORD_BUNDLE,
			"{\"gtin\":\"" BUNDLE_GTIN "\",\"components\":[\"" OTHER_GTIN "\"]}",
			TG_RECORD_BUNDLE, "{\"gtin\":\"" OTHER_GTIN "\",\"components\":[\"" SHOP_GTIN "\"]}",
			"bundle-of-bundles" },
		{ "a bundle that a scope note answers for", TG_RECORD_BUNDLE,
			"{\"gtin\":\"" BUNDLE_GTIN "\",\"components\":[\"" SHOP_GTIN "\"]}", TG_RECORD_SCOPE_NOTE,
			"{\"id\":\"X\",\"decision\":\"out\",\"source\":\"s\",\"quote\":\"q\",\"reviewer\":\"r\",\"reviewed\":\"2026-01-01\","
			"\"review_by\":\"2027-01-01\",\"gtins\":[\"" BUNDLE_GTIN "\"]}",
			"bundle-note" },
		{ "a bundle twice", TG_RECORD_BUNDLE,
			"{\"gtin\":\"" BUNDLE_GTIN "\",\"components\":[\"" OTHER_GTIN "\"]}",
			TG_RECORD_BUNDLE, "{\"gtin\":\"" BUNDLE_GTIN "\",\"components\":[\"" SHOP_GTIN "\"]}",
			"duplicate-gtin" },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		const shop_line lines[] = { { TG_RECORD_PRODUCT, NAMED(SHOP_GTIN, "Acme") },
			{ TG_RECORD_PRODUCT, NAMED(OTHER_GTIN, "Other") },
			{ TG_RECORD_PRODUCT, NAMED(BUNDLE_GTIN, "Set") }, { TG_RECORD_SCOPE_NOTE, SHOP_NOTE },
			{ TG_RECORD_SOC, SHOP_SOC }, { cases[i].kind, cases[i].line },
			{ cases[i].second_kind, cases[i].second } };
		shop s;

		shop_open(&s, lines, TG_COUNT(lines));
		if (shop_finding(&s, "bad-record", NULL) != NULL ||
			shop_finding(&s, cases[i].code, NULL) == NULL)
			fail_msg("%s: %s", cases[i].what, shop_codes(&s));
		shop_close(&s);
	}
}

/* Each on 15 June 2026. The 28th day, beginning with the one given, is the last; what was sent electronically is given later (s. 50). */
static const struct {
	const char *what, *notice;
	bool open, late;
} appeal_days[] = {
	{ "lodged on the last day", N_START "\"given\":\"2026-02-01\",\"appeal\":{\"lodged\":\"2026-02-28\"}," GENUINE "}", false, false },
	{ "a day later", N_START "\"given\":\"2026-02-01\",\"appeal\":{\"lodged\":\"2026-03-01\"}," GENUINE "}", false, true },
	{ "the same, treated as given a day later",
		N_START "\"given\":\"2026-02-01\",\"deemed\":\"2026-02-02\",\"appeal\":{\"lodged\":\"2026-03-01\"}," GENUINE "}", false, false },
	{ "a day later than that",
		N_START "\"given\":\"2026-02-01\",\"deemed\":\"2026-02-02\",\"appeal\":{\"lodged\":\"2026-03-02\"}," GENUINE "}", false, true },
	{ "today is the last day", N_START "\"given\":\"2026-05-19\"," GENUINE "}", true, false },
	{ "yesterday was", N_START "\"given\":\"2026-05-18\"," GENUINE "}", false, false },
	{ "yesterday was not, as it is treated as given today's day less 27",
		N_START "\"given\":\"2026-05-18\",\"deemed\":\"2026-05-19\"," GENUINE "}", true, false },
	{ "revoked: nothing to appeal against", N_START "\"given\":\"2026-06-01\",\"revoked\":\"2026-06-10\"," GENUINE "}", false, false },
	{ "only intended", N_START "\"intended\":\"2026-06-01\",\"intent_expires\":\"2026-08-01\"," OF "}", false, false },
	{ "an information notice has no appeal",
		"{\"id\":\"N\",\"kind\":\"information\",\"given\":\"2026-06-01\"," OF "}", false, false },
};

static void the_days_of_an_appeal_are_told_of(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(appeal_days); i++) {
		const shop_line lines[] = { { TG_RECORD_PRODUCT, SHOP_PRODUCT }, { TG_RECORD_SCOPE_NOTE, SHOP_NOTE },
			{ TG_RECORD_NOTICE, appeal_days[i].notice } };
		shop s;

		shop_open(&s, lines, TG_COUNT(lines));
		if (shop_finding(&s, "bad-record", NULL) != NULL || (shop_finding(&s, "appeal-late", "appeal.lodged") != NULL) != appeal_days[i].late ||
			(shop_finding(&s, "appeal-open", "appeal") != NULL) != appeal_days[i].open)
			fail_msg("%s: %s", appeal_days[i].what, shop_codes(&s));
		shop_close(&s);
	}
}

static char path[] = "/tmp/tillgate-against-XXXXXX";

static const char *decide(
	const shop_line *lines, size_t count, const char *gtin, const char *day, const char *batch)
{
	static const tg_policy policy = { .link_test_max_age_days = 1000, .dsp_notice_days = 1 };
	static char words[64];
	tg_identity id = {
		.kind = TG_LABEL_PRODUCT, .gtin = strtoull(gtin, NULL, 10), .expiry = TG_DAY_NONE
	};
	tg_occasion occasion = { .operation = TG_OP_SALE, .today = shop_day(day) };
	tg_catalogue *cat = NULL;
	tg_error err = { 0 };
	tg_verdict v;
	shop s;

	shop_open(&s, lines, count);
	if (s.findings.counts[TG_FINDING_ERROR] > 0)
		fail_msg("%s", shop_codes(&s));
	if (tg_compile(path, &s.index, 3, shop_day(SHOP_TODAY), &err) != TG_OK ||
		tg_catalogue_open(&cat, path, NULL, &err) != TG_OK)
		fail_msg("%s", err.msg);
	(void)snprintf(id.batch, sizeof(id.batch), "%s", batch);
	tg_gate_decide(&v, cat, &policy, &id, &occasion, &err);
	if (v.could_not_check)
		fail_msg("%s", err.msg);
	(void)snprintf(words, sizeof(words), "%s %s %d", tg_outcome_words[v.outcome],
		tg_rows_at(v.decided_by)->id, v.product.role);
	tg_catalogue_close(cat);
	shop_close(&s);
	return words;
}

static void a_till_stops_what_a_record_names_from_its_day_on(void **state)
{
	const shop_line lines[] = { { TG_RECORD_PRODUCT, NAMED(SHOP_GTIN, "Acme") },
		{ TG_RECORD_PRODUCT, NAMED(OTHER_GTIN, "Other") },
		{ TG_RECORD_PRODUCT, NAMED(BUNDLE_GTIN, "Set") }, { TG_RECORD_SCOPE_NOTE, SHOP_NOTE },
		{ TG_RECORD_SOC, SHOP_SOC },
		{ TG_RECORD_ROLE, "{\"id\":\"R1\",\"role\":\"importer\",\"brands\":[\"Acme\"]}" },
		{ TG_RECORD_BUNDLE, "{\"gtin\":\"" BUNDLE_GTIN "\",\"components\":[\"" SHOP_GTIN "\"]}" },
		{ TG_RECORD_NOTICE, "{\"id\":\"N-1\",\"kind\":\"recall\",\"given\":\"2026-07-01\","
				    "\"effective\":\"2026-07-05\",\"source\":\"s\","
				    "\"genuine\":true,\"manufacturers\":[\"Maker\"],\"batches\":[{\"from\":"
				    "\"B15\",\"to\":\"B16\"}]}" } };

	(void)state;
	assert_string_equal(decide(lines, TG_COUNT(lines), SHOP_GTIN, "2026-06-30", "B15"), "allow 15 1");
	assert_string_equal(decide(lines, TG_COUNT(lines), SHOP_GTIN, "2026-07-01", "B15"), "hold 4 1");
	assert_string_equal(decide(lines, TG_COUNT(lines), SHOP_GTIN, "2026-07-05", "B15"), "block 2 1");
	assert_string_equal(decide(lines, TG_COUNT(lines), SHOP_GTIN, "2026-07-05", "B17"), "allow 15 1");
	assert_string_equal(decide(lines, TG_COUNT(lines), OTHER_GTIN, "2026-07-05", ""), "block 2 0");
	assert_string_equal(decide(lines, TG_COUNT(lines), BUNDLE_GTIN, "2026-07-05", ""),
		"block 2 0"); /* its own maker too */
	assert_string_equal(decide(lines, TG_COUNT(lines), OTHER_GTIN, "2026-07-05", "C1"), "block 9 0");
}

static void a_shortened_support_period_stops_the_product(void **state)
{
	const shop_line lines[] = {
		{ TG_RECORD_PRODUCT,
			"{\"gtin\":\"" SHOP_GTIN "\",\"name\":\"Hub\",\"type\":\"H-1\",\"dsp_published\":["
			"{\"end\":\"2027-01-01\",\"as_of\":\"2026-06-01\",\"source\":\"site\"}]}" },
		{ TG_RECORD_SCOPE_NOTE, SHOP_NOTE }, { TG_RECORD_SOC, SHOP_SOC }
	};

	(void)state;
	assert_string_equal(decide(lines, TG_COUNT(lines), SHOP_GTIN, "2026-05-31", "B15"), "allow 15 0");
	assert_string_equal(decide(lines, TG_COUNT(lines), SHOP_GTIN, "2026-06-01", "B15"), "block 27 0");
}

static int setup(void **state)
{
	(void)state;
	return close(mkstemp(path));
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_record_gives_its_stretches_of_days),
		cmocka_unit_test(a_record_that_is_none_is_refused_by_its_member),
		cmocka_unit_test(lint_says_what_is_wrong),
		cmocka_unit_test(the_days_of_an_appeal_are_told_of),
		cmocka_unit_test(a_till_stops_what_a_record_names_from_its_day_on),
		cmocka_unit_test(a_shortened_support_period_stops_the_product),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

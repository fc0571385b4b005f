/* SPDX-License-Identifier: Apache-2.0
 *
 * test_records.c - which lines are records, and which member is to blame when one is not.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/hq/shop.h"

#include "store/catalogue/catalogue.h"
#include <stdio.h>
#include <stdlib.h>

#define P TG_RECORD_PRODUCT
#define S TG_RECORD_SOC
#define L TG_RECORD_LABEL
#define N TG_RECORD_SCOPE_NOTE
#define C TG_RECORD_CLASS_NOTE
#define K TG_RECORD_PACK
#define NOTE_HEAD                                                                                            \
	"{\"id\":\"n\",\"source\":\"s\",\"reviewer\":\"r\",\"reviewed\":\"2026-01-01\",\"review_by\":"       \
	"\"2027-01-01\""
#define LABEL_HEAD "{\"id\":\"l\",\"scheme\":\"cls\",\"scheme_version\":\"v\",\"valid_to\":\"2027-01-01\""

/* `field` NULL: a good record. Else the member that the finding must name. */
static const struct {
	const char *what;
	tg_record_kind kind;
	const char *line, *field;
} lines[] = {
	{ "a product", P, SHOP_PRODUCT, NULL },
	{ "an 8-digit GTIN", P, "{\"gtin\":\"95240015\",\"name\":\"a\"}", NULL },
	{ "a wrong check digit", P, "{\"gtin\":\"9524000000010\",\"name\":\"a\"}", "gtin" },
	{ "a GTIN as a number", P, "{\"gtin\":9524000000019,\"name\":\"a\"}", "gtin" },
	{ "no GTIN", P, "{\"name\":\"a\"}", "gtin" },
	{ "no name", P, "{\"gtin\":\"9524000000019\"}", "name" },
	{ "an unknown member", P, "{\"gtin\":\"9524000000019\",\"name\":\"a\",\"colour\":\"red\"}",
		"colour" },
	{ "a member in capitals", P, "{\"gtin\":\"9524000000019\",\"name\":\"a\",\"Brand\":\"b\"}", "Brand" },
	{ "a shop's own number", P, "{\"gtin\":\"2000000000008\",\"name\":\"a\"}", "gtin" },
	{ "a control character", P, "{\"gtin\":\"9524000000019\",\"name\":\"a\\u001bb\"}", "name" },
	{ "a direction mark", P, "{\"gtin\":\"9524000000019\",\"name\":\"a\\u202eb\"}", "name" },
	{ "two members of one name", P, "{\"gtin\":\"9524000000019\",\"name\":\"a\",\"name\":\"b\"}", "" },
	{ "text after the record", P, SHOP_PRODUCT " x", "" },
	{ "an array", P, "[]", "" },
	{ "nothing but a blank", P, " ", "" },
	{ "published support", P,
		"{\"gtin\":\"9524000000019\",\"name\":\"a\",\"dsp_published\":[{\"end\":\"2030-01-01\",\"as_"
		"of\":"
		"\"2026-01-01\",\"source\":\"https://x.example\"}]}",
		NULL },
	{ "published support without its day", P,
		"{\"gtin\":\"9524000000019\",\"name\":\"a\",\"dsp_published\":[{\"end\":\"2030-01-01\","
		"\"source\":\"x\"}]}",
		"dsp_published[1].as_of" },
	{ "the least that is a statement", S, "{\"id\":\"s\",\"status\":\"current\"}", NULL },
	{ "a statement without id", S, "{\"status\":\"current\"}", "id" },
	{ "an id with a blank", S, "{\"id\":\"a b\",\"status\":\"current\"}", "id" },
	{ "a status of tomorrow", S, "{\"id\":\"s\",\"status\":\"doubtful\"}", "status" },
	{ "superseded by nobody", S, "{\"id\":\"s\",\"status\":\"superseded\"}", "superseded_by" },
	{ "current, yet superseded", S, "{\"id\":\"s\",\"status\":\"current\",\"superseded_by\":\"t\"}",
		"superseded_by" },
	{ "an unknown kind of paper", S,
		"{\"id\":\"s\",\"status\":\"current\",\"document\":{\"kind\":\"leaflet\"}}",
		"document.kind" },
	{ "a hash in capitals", S,
		"{\"id\":\"s\",\"status\":\"current\",\"document\":{\"kind\":\"soc\",\"sha256\":"
		"\"ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789\"}}",
		"document.sha256" },
	{ "a link to a file", S,
		"{\"id\":\"s\",\"status\":\"current\",\"document\":{\"kind\":\"soc\",\"link\":\"file:///etc/"
		"passwd\"}}",
		"document.link" },
	{ "an unknown word for batches", S, "{\"id\":\"s\",\"status\":\"current\",\"batches\":\"some\"}",
		"batches" },
	{ "a range of two lengths", S,
		"{\"id\":\"s\",\"status\":\"current\",\"batches\":{\"ranges\":[{\"from\":\"A9\",\"to\":"
		"\"A10\"}]}}",
		"batches.ranges[1].to" },
	{ "a range backwards", S,
		"{\"id\":\"s\",\"status\":\"current\",\"batches\":{\"ranges\":[{\"from\":\"A2\",\"to\":"
		"\"A1\"}]}}",
		"batches.ranges[1].to" },
	{ "a batch of 21 characters", S,
		"{\"id\":\"s\",\"status\":\"current\",\"batches\":{\"list\":[\"123456789012345678901\"]}}",
		"batches.list" },
	{ "a day that is none", S,
		"{\"id\":\"s\",\"status\":\"current\",\"support_period_end\":\"2026-02-29\"}",
		"support_period_end" },
	{ "a doubt accepted by nobody", S,
		"{\"id\":\"s\",\"status\":\"current\",\"accepted_doubts\":[{\"code\":\"D15\",\"on\":\"2026-"
		"01-01\",\"reason\":\"x\"}]}",
		"accepted_doubts[1].by" },
	{ "a hard defect accepted", S,
		"{\"id\":\"s\",\"status\":\"current\",\"accepted_doubts\":[{\"code\":\"D11\",\"by\":\"b\","
		"\"on\":\"2026-01-01\","
		"\"reason\":\"x\"}]}",
		"accepted_doubts[1].code" },
	{ "a label", L, LABEL_HEAD ",\"level\":4}", NULL },
	{ "a level of five", L, LABEL_HEAD ",\"level\":5}", "level" },
	{ "a label without an end", L,
		"{\"id\":\"l\",\"scheme\":\"cls\",\"scheme_version\":\"v\",\"level\":1}", "valid_to" },
	{ "a scheme of elsewhere", L,
		"{\"id\":\"l\",\"scheme\":\"ce\",\"scheme_version\":\"v\",\"level\":1,\"valid_to\":\"2027-01-"
		"01\"}",
		"scheme" },
	{ "in scope, with its limb", N, NOTE_HEAD ",\"decision\":\"in\",\"limb\":\"input-set\"}", NULL },
	{ "in scope, without a limb", N, NOTE_HEAD ",\"decision\":\"in\"}", "limb" },
	{ "out of scope", N, NOTE_HEAD ",\"decision\":\"out\"}", NULL },
	{ "undecided", N, NOTE_HEAD ",\"decision\":\"perhaps\"}", "decision" },
	{ "excepted", N,
		NOTE_HEAD
		",\"decision\":\"excepted\",\"exception_paragraph\":5,\"destinations\":[\"gb\",\"ni\"]}",
		NULL },
	{ "excepted by no paragraph", N, NOTE_HEAD ",\"decision\":\"excepted\",\"destinations\":[\"gb\"]}",
		"exception_paragraph" },
	{ "excepted nowhere", N, NOTE_HEAD ",\"decision\":\"excepted\",\"exception_paragraph\":5}",
		"destinations" },
	{ "paragraph 1 in Great Britain", N,
		NOTE_HEAD ",\"decision\":\"excepted\",\"exception_paragraph\":1,\"destinations\":[\"gb\"]}",
		"destinations" },
	{ "a motor vehicle in Northern Ireland", N,
		NOTE_HEAD
		",\"decision\":\"excepted\",\"exception_paragraph\":6,\"destinations\":[\"gb\",\"ni\"]}",
		"destinations" },
	{ "a paragraph, yet in scope", N,
		NOTE_HEAD ",\"decision\":\"in\",\"limb\":\"input-set\",\"exception_paragraph\":5}",
		"exception_paragraph" },
	{ "a scope note with a category", N, NOTE_HEAD ",\"decision\":\"out\",\"categories\":[\"food\"]}",
		"categories" },
	{ "reviewed after its review", N,
		"{\"id\":\"n\",\"decision\":\"out\",\"source\":\"s\",\"reviewer\":\"r\",\"reviewed\":\"2027-"
		"01-02\","
		"\"review_by\":\"2027-01-01\"}",
		"review_by" },
	{ "a class note", C,
		NOTE_HEAD
		",\"decision\":\"out\",\"categories\":[\"food\"],\"gtin_prefixes\":[\"952\"],\"in_store\":"
		"[{\"from\":\"2000000000000\",\"to\":\"2099999999999\"}]}",
		NULL },
	{ "a prefix of letters", C, NOTE_HEAD ",\"decision\":\"out\",\"gtin_prefixes\":[\"95x\"]}",
		"gtin_prefixes" },
	{ "a range of ordinary GTINs", C,
		NOTE_HEAD
		",\"decision\":\"out\",\"in_store\":[{\"from\":\"9524000000019\",\"to\":\"9524000000026\"}]}",
		"in_store[1].from" },
	{ "a pack", K, "{\"gtin\":\"19524000000016\",\"contains\":\"9524000000019\",\"count\":4}", NULL },
	{ "a pack of none", K, "{\"gtin\":\"19524000000016\",\"contains\":\"9524000000019\",\"count\":0}",
		"count" },
	{ "a pack of itself", K, "{\"gtin\":\"9524000000019\",\"contains\":\"9524000000019\",\"count\":4}",
		"contains" },
};

static void a_line_is_a_record_or_its_bad_member_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(lines); i++) {
		tg_records records = { 0 };
		tg_findings findings = { 0 };
		int rc = tg_records_read_line(
			&records, &findings, lines[i].kind, tg_view_str(lines[i].line), 7);
		bool good = lines[i].field == NULL;

		if ((rc == TG_OK) != good || (findings.count == 0) != good)
			fail_msg("%s: %s, %s", lines[i].what, tg_strerror(rc),
				findings.count > 0 ? findings.list[0].words : "no finding");
		if (!good) {
			bool named = false;

			for (size_t f = 0; f < findings.count; f++) {
				named = named || strcmp(findings.list[f].field, lines[i].field) == 0;
				assert_int_equal(findings.list[f].line, 7);
				assert_int_equal(findings.list[f].level, TG_FINDING_ERROR);
			}
			if (!named)
				fail_msg("%s: blamed \"%s\" (%s)", lines[i].what, findings.list[0].field,
					findings.list[0].words);
		}
		tg_records_fini(&records);
		tg_findings_fini(&findings);
	}
}

static void every_bad_member_of_a_line_is_told_of(void **state)
{
	static const char line[] = "{\"gtin\":\"1\",\"name\":5,\"colour\":\"red\"}";
	tg_records records = { 0 };
	tg_findings findings = { 0 };

	(void)state;
	assert_int_equal(tg_records_read_line(&records, &findings, P, tg_view_str(line), 1), TG_EFORMAT);
	assert_int_equal(findings.count, 3);
	assert_int_equal(records.product_count, 0);
	tg_records_fini(&records);
	tg_findings_fini(&findings);
}

static void a_whole_statement_is_held_as_it_says(void **state)
{
	tg_records records = { 0 };
	tg_findings findings = { 0 };
	const tg_soc_record *s;

	(void)state;
	assert_int_equal(tg_records_read_line(&records, &findings, S, tg_view_str(SHOP_SOC), 1), TG_OK);
	s = &records.socs[0];
	assert_string_equal(s->id, "SOC-1");
	assert_int_equal(s->paper, TG_PAPER_SOC);
	assert_int_equal(s->batches, TG_STATED_BATCHES_LISTED);
	assert_int_equal(s->range_count, 1);
	assert_string_equal(s->ranges[0].to, "B20");
	assert_int_equal(s->support_period_end, shop_day("2030-12-31"));
	assert_int_equal(s->accompanies, TG_ACCOMPANIES_IN_PACK);
	assert_int_equal(s->gtins.count, 1);
	assert_int_equal(s->gtins.list[0], UINT64_C(9524000000019));
	tg_records_fini(&records);
	tg_findings_fini(&findings);
}

static void a_line_over_the_limit_is_refused(void **state)
{
	tg_records records = { 0 };
	tg_findings findings = { 0 };
	char *line = malloc(TG_RECORD_LINE_MAX + 1);

	(void)state;
	assert_non_null(line);
	memset(line, ' ', TG_RECORD_LINE_MAX + 1);
	assert_int_equal(
		tg_records_read_line(&records, &findings, P, tg_view_of(line, TG_RECORD_LINE_MAX + 1), 1),
		TG_EFORMAT);
	assert_int_equal(findings.count, 1);
	free(line);
	tg_records_fini(&records);
	tg_findings_fini(&findings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_a_record_or_its_bad_member_is_named),
		cmocka_unit_test(every_bad_member_of_a_line_is_told_of),
		cmocka_unit_test(a_whole_statement_is_held_as_it_says),
		cmocka_unit_test(a_line_over_the_limit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

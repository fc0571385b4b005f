/* SPDX-License-Identifier: Apache-2.0
 *
 * test_case_event.c - what entries say of cases, and what is asked about them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/station/case_request.h"

#include <stdio.h>
#include <stdlib.h>

#define ID "T1-Z8-Q" /* entry 1000 of T1 */
#define CHECK "\"kind\":\"check\",\"case\":\"new\",\"operation\":\"goods-in\",\"destination\":\"gb\",\"code\":\"no-soc\",\"decided_by\":\"16\""
#define PRODUCT "\"label\":{\"kind\":\"product\",\"gtin\":\"09524000000026\",\"batch\":\"B1\"}"
#define ACT(event) "\"kind\":\"case\",\"case\":\"" ID "\",\"event\":\"" event "\""

static tg_json *parse(const char *members)
{
	char *text = malloc(strlen(members) + 3);
	tg_json *json = NULL;
	tg_error err = { 0 };

	assert_non_null(text);
	sprintf(text, "{%s}", members);
	if (tg_json_parse(&json, tg_view_str(text), &err) != TG_OK)
		fail_msg("%s: %s", text, err.msg);
	free(text);
	return json;
}

/* ---- entries ---- */

static const struct {
	const char *what, *entry;
	bool taken;
	tg_case_kind kind;
} entries[] = {
	{ "a unit put aside", CHECK "," PRODUCT, true, TG_CASE_IS_PUT_ASIDE },
	{ "one more of a case", "\"kind\":\"check\",\"case\":\"" ID "\",\"operation\":\"return\"," PRODUCT, true, TG_CASE_IS_PUT_ASIDE },
	{ "an in-store number", CHECK ",\"label\":{\"kind\":\"in-store\",\"number\":\"02000000000152\"}", true, TG_CASE_IS_PUT_ASIDE },
	{ "an in-store number of which only the prefix is kept", CHECK ",\"label\":{\"kind\":\"in-store\",\"prefix\":\"0200\"}", false, 0 },
	{ "an ordinary check", "\"kind\":\"check\",\"operation\":\"goods-in\"," PRODUCT, false, 0 },
	{ "a check of a sale", "\"kind\":\"check\",\"case\":\"new\",\"operation\":\"sale\"," PRODUCT, false, 0 },
	{ "a check of no operation", "\"kind\":\"check\",\"case\":\"new\"," PRODUCT, false, 0 },
	{ "a check of an operation to come", "\"kind\":\"check\",\"case\":\"new\",\"operation\":\"teleport\"," PRODUCT, false, 0 },
	{ "a check without a product", CHECK ",\"label\":{\"kind\":\"unreadable\"}", false, 0 },
	{ "a check without a label", CHECK, false, 0 },
	{ "a GTIN that is none", CHECK ",\"label\":{\"kind\":\"product\",\"gtin\":\"9524\"}", false, 0 },
	{ "a batch that is too long", CHECK ",\"label\":{\"kind\":\"product\",\"gtin\":\"09524000000026\",\"batch\":\"123456789012345678901\"}", false, 0 },
	{ "a row that is none", "\"kind\":\"check\",\"case\":\"new\",\"operation\":\"goods-in\",\"decided_by\":\"99999\"," PRODUCT, false, 0 },
	{ "a delivery that steers a terminal", CHECK ",\"delivery\":\"\\u001b[2J\"," PRODUCT, false, 0 },
	{ "a supplier that reads backwards", CHECK ",\"supplier\":\"a\\u202eb\"," PRODUCT, false, 0 },
	{ "a supplier that is a number", CHECK ",\"supplier\":3," PRODUCT, false, 0 },
	{ "a case that is no reference", "\"kind\":\"check\",\"case\":\"T1-Z8-R\",\"operation\":\"goods-in\"," PRODUCT, false, 0 },
	{ "a case that is a number", "\"kind\":\"check\",\"case\":1,\"operation\":\"goods-in\"," PRODUCT, false, 0 },
	{ "another kind that names a case", "\"kind\":\"device\",\"case\":\"" ID "\"", false, 0 },
	{ "an override of a unit put aside", "\"kind\":\"override\",\"state\":\"granted\",\"case\":\"" ID "\"", true, TG_CASE_IS_SETTLED },
	{ "an override that was refused", "\"kind\":\"override\",\"state\":\"refused\",\"case\":\"" ID "\"", false, 0 },
	{ "an override that says not how it ended", "\"kind\":\"override\",\"case\":\"" ID "\"", false, 0 },
	{ "no kind", "\"case\":\"" ID "\"", false, 0 },
	{ "a note", ACT("note") ",\"text\":\"wet\"", true, TG_CASE_IS_NOTE },
	{ "a note on a new case", "\"kind\":\"case\",\"case\":\"new\",\"event\":\"note\"", false, 0 },
	{ "an owner", ACT("assign") ",\"owner\":\"buyer\"", true, TG_CASE_IS_ASSIGNED },
	{ "an owner that is too long", ACT("assign") ",\"owner\":\"12345678901234567890123456789012345678901\"", false, 0 },
	{ "a state", ACT("state") ",\"state\":\"theirs\"", true, TG_CASE_IS_STATE },
	{ "a state to come", ACT("state") ",\"state\":\"escalated\"", true, TG_CASE_IS_OTHER },
	{ "settled by word alone", ACT("state") ",\"state\":\"settled\"", false, 0 },
	{ "no state", ACT("state"), false, 0 },
	{ "a count", ACT("count") ",\"quantity\":40", true, TG_CASE_IS_COUNT },
	{ "a count of none", ACT("count") ",\"quantity\":0", true, TG_CASE_IS_COUNT },
	{ "a count below none", ACT("count") ",\"quantity\":-1", false, 0 },
	{ "a count beyond all", ACT("count") ",\"quantity\":1000001", false, 0 },
	{ "a count that is text", ACT("count") ",\"quantity\":\"40\"", false, 0 },
	{ "a settlement", ACT("settle") ",\"how\":\"returned\",\"quantity\":3", true, TG_CASE_IS_SETTLED },
	{ "a settlement of none", ACT("settle") ",\"how\":\"returned\",\"quantity\":0", false, 0 },
	{ "a settlement of a kind to come", ACT("settle") ",\"how\":\"donated\",\"quantity\":3", true, TG_CASE_IS_OTHER },
	{ "a settlement without saying how", ACT("settle") ",\"quantity\":3", false, 0 },
	{ "a refusal", ACT("refused") ",\"code\":\"no-soc\"", true, TG_CASE_IS_REFUSED },
	{ "an event to come", ACT("photographed"), true, TG_CASE_IS_OTHER },
	{ "put aside as an event", ACT("put-aside"), true, TG_CASE_IS_OTHER },
	{ "no event", "\"kind\":\"case\",\"case\":\"" ID "\"", false, 0 },
};

static void an_entry_is_taken_for_what_it_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(entries); i++) {
		tg_json *json = parse(entries[i].entry);
		tg_case_event event;
		bool taken = tg_case_event_read(&event, json);

		if (taken != entries[i].taken || (taken && event.kind != entries[i].kind))
			fail_msg("%s: %s", entries[i].what, taken ? tg_case_event_word(event.kind) : "not taken");
		tg_json_free(json);
	}
}

static void a_check_says_what_makes_a_line(void **state)
{
	static const char *const parts[] = { "\"unit\":\"faulty\"", "\"delivery\":\"D-1\"", "\"bought_before_duty\":true",
		"\"supply\":\"business\"" };
	tg_json *plain = parse(CHECK "," PRODUCT), *same = parse(CHECK ",\"supplier\":\"Smith\",\"age_s\":3," PRODUCT);
	tg_case_event a, b;

	(void)state;
	assert_true(tg_case_event_read(&a, plain) && tg_case_event_read(&b, same));
	assert_true(tg_case_line_equal(&a.line, &b.line));
	assert_string_equal(b.supplier, "Smith");
	assert_string_equal(a.line.row, "16");
	assert_string_equal(a.code, "no-soc");
	assert_true(a.opens && a.line.number == UINT64_C(9524000000026));
	tg_json_free(same);
	for (size_t i = 0; i < TG_COUNT(parts); i++) {
		char text[500];

		snprintf(text, sizeof(text), "%s,%s,%s", CHECK, parts[i], PRODUCT);
		same = parse(text);
		assert_true(tg_case_event_read(&b, same));
		if (tg_case_line_equal(&a.line, &b.line))
			fail_msg("%s: the same line", parts[i]);
		tg_json_free(same);
	}
	tg_json_free(plain);
}

/* ---- requests ---- */

static const struct {
	const char *what;
	tg_case_do act;
	const char *members, *says; /* "" accepted */
} requests[] = {
	{ "a note", TG_CASE_DO_NOTE, "\"text\":\"box is wet\",\"device\":\"dock 2\"", "" },
	{ "a note of nothing", TG_CASE_DO_NOTE, "\"text\":\"\"", "text" },
	{ "a note with a line end", TG_CASE_DO_NOTE, "\"text\":\"a\\nb\"", "text" },
	{ "a note with a hidden character", TG_CASE_DO_NOTE, "\"text\":\"a\\u200bb\"", "text" },
	{ "a member that is not known", TG_CASE_DO_NOTE, "\"text\":\"x\",\"state\":\"ours\"", "state" },
	{ "a device of another script", TG_CASE_DO_NOTE, "\"text\":\"x\",\"device\":\"\\u00e4\"", "device" },
	{ "an owner", TG_CASE_DO_ASSIGN, "\"owner\":\"buyer\"", "" },
	{ "nobody", TG_CASE_DO_ASSIGN, "\"owner\":\"\"", "" },
	{ "a supplier", TG_CASE_DO_ASSIGN, "\"supplier\":\"M\\u00fcller\"", "" },
	{ "neither", TG_CASE_DO_ASSIGN, "", "owner" },
	{ "an owner of two words", TG_CASE_DO_ASSIGN, "\"owner\":\"Ann Smith\"", "owner" },
	{ "a state", TG_CASE_DO_STATE, "\"state\":\"ours\"", "" },
	{ "settled is no state to ask for", TG_CASE_DO_STATE, "\"state\":\"settled\"", "settled" },
	{ "a state to come", TG_CASE_DO_STATE, "\"state\":\"later\"", "state" },
	{ "a count", TG_CASE_DO_COUNT, "\"quantity\":0,\"held\":3", "" },
	{ "a count of nothing said", TG_CASE_DO_COUNT, "", "quantity" },
	{ "a count beyond all", TG_CASE_DO_COUNT, "\"quantity\":1000001", "quantity" },
	{ "a release of all", TG_CASE_DO_RELEASE, "\"by\":{\"who\":\"ann\",\"pin\":\"975310\"}", "" },
	{ "a release by nobody", TG_CASE_DO_RELEASE, "", "by" },
	{ "a release by a name alone", TG_CASE_DO_RELEASE, "\"by\":{\"who\":\"ann\"}", "by" },
	{ "a count of fewer by somebody", TG_CASE_DO_COUNT, "\"quantity\":1,\"by\":{\"who\":\"ann\",\"pin\":\"975310\"}", "" },
	{ "a count by half somebody", TG_CASE_DO_COUNT, "\"quantity\":1,\"by\":{}", "by" },
	{ "a release of none", TG_CASE_DO_RELEASE, "\"quantity\":0", "quantity" },
	{ "half an override", TG_CASE_DO_RELEASE, "\"authority\":\"manager\",\"by\":{\"who\":\"ann\",\"pin\":\"975310\"}", "reason" },
	{ "a batch of another script", TG_CASE_DO_RELEASE, "\"batch\":\"\\u00e4\",\"by\":{\"who\":\"ann\",\"pin\":\"975310\"}", "batch" },
	{ "scrap", TG_CASE_DO_SETTLE, "\"how\":\"scrapped\",\"quantity\":2,\"by\":{\"who\":\"ann\",\"pin\":\"975310\"}", "" },
	{ "a settlement that is a release", TG_CASE_DO_SETTLE, "\"how\":\"released\",\"by\":{\"who\":\"ann\",\"pin\":\"975310\"}", "release" },
	{ "a settlement that is a count", TG_CASE_DO_SETTLE, "\"how\":\"miscounted\",\"by\":{\"who\":\"ann\",\"pin\":\"975310\"}", "count" },
	{ "a settlement that says not how", TG_CASE_DO_SETTLE, "\"quantity\":2,\"by\":{\"who\":\"ann\",\"pin\":\"975310\"}", "how" },
};

static void a_request_is_taken_whole_or_refused_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(requests); i++) {
		char members[300];
		tg_case_request request;
		tg_error err = { 0 };
		tg_json *json;
		int rc;

		snprintf(members, sizeof(members), "\"id\":\"t1-z8-q\"%s%s", requests[i].members[0] != '\0' ? "," : "", requests[i].members);
		json = parse(members);
		rc = tg_case_request_from_json(&request, requests[i].act, json, &err);
		tg_json_free(json);
		if ((rc == TG_OK) != (requests[i].says[0] == '\0') || strstr(err.msg, requests[i].says) == NULL)
			fail_msg("%s: %s", requests[i].what, rc == TG_OK ? "taken" : err.msg);
		if (rc == TG_OK)
			assert_true(request.id.seq == 1000 && strcmp(request.id.station, "T1") == 0);
	}
}

static void an_id_is_wanted_by_each(void **state)
{
	(void)state;
	for (int act = 0; act < TG_CASE_DO_COUNT_; act++) {
		tg_json *json = parse(""), *wrong = parse("\"id\":\"T1-Z8-R\"");
		tg_case_request request;
		tg_error err = { 0 };

		assert_int_equal(tg_case_request_from_json(&request, (tg_case_do)act, json, &err), TG_EFORMAT);
		assert_non_null(strstr(err.msg, "id"));
		assert_int_equal(tg_case_request_from_json(&request, (tg_case_do)act, wrong, &err), TG_EFORMAT);
		tg_json_free(json);
		tg_json_free(wrong);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_is_taken_for_what_it_says),
		cmocka_unit_test(a_check_says_what_makes_a_line),
		cmocka_unit_test(a_request_is_taken_whole_or_refused_by_name),
		cmocka_unit_test(an_id_is_wanted_by_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

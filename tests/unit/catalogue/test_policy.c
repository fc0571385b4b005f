/* SPDX-License-Identifier: Apache-2.0
 *
 * test_policy.c - a policy is read as its manual says, and refused for every doubt.
 */
#include "store/base/file.h"
#include "store/catalogue/policy.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define OPERATION(word) "\"" word "\":{\"mode\":\"enforce\",\"ageing_s\":10,\"stale_s\":20,\"dead_s\":30}"
#define OPERATIONS                                                                                           \
	"\"operations\":{" OPERATION("offer") "," OPERATION("sale") "," OPERATION("dispatch") "," OPERATION( \
		"goods-in") "," OPERATION("return") "," OPERATION("stock-check") "}"
#define LEAST                                                                                                \
	"{\"format\":1,\"version\":3," OPERATIONS ",\"clock_ahead_max_s\":30,\"dsp_ended\":\"notice\","      \
	"\"batch_unknown\":\"hold\",\"dsp_notice_days\":5,\"link_test_max_age_days\":6,\"label_check_max_"   \
	"age_days\":7}"

/* LEAST with the first `old` replaced; aborts the test if it is not there. */
static char *edited(const char *old, const char *fresh)
{
	const char *at = strstr(LEAST, old);
	size_t size = sizeof(LEAST) + strlen(fresh);
	char *text = malloc(size);

	if (at == NULL || text == NULL)
		fail_msg("nothing to edit: %s", old);
	else
		snprintf(text, size, "%.*s%s%s", (int)(at - LEAST), LEAST, fresh, at + strlen(old));
	return text;
}

static int parse(tg_policy *out, const char *text, tg_error *err)
{
	return tg_policy_parse(out, tg_view_str(text), err);
}

static void the_least_policy_gets_the_most_cautious_defaults(void **state)
{
	tg_policy p;
	tg_error err = { 0 };

	(void)state;
	if (parse(&p, LEAST, &err) != TG_OK)
		fail_msg("%s", err.msg);
	assert_int_equal(p.version, 3);
	for (int op = 0; op < TG_OP_COUNT; op++) {
		assert_int_equal(p.mode[op], TG_MODE_ENFORCE);
		assert_int_equal(p.stages[op].ageing_s, 10);
		assert_int_equal(p.stages[op].stale_s, 20);
		assert_int_equal(p.stages[op].dead_s, 30);
	}
	assert_int_equal(p.on_check_failure, TG_ON_FAILURE_WITHHOLD);
	assert_int_equal(p.on_log_failure, TG_ON_FAILURE_WITHHOLD);
	assert_false(p.dsp_ended_blocks);
	assert_false(p.batch_unknown_blocks);
	assert_int_equal(p.dsp_notice_days, 5);
	assert_int_equal(p.link_test_max_age_days, 6);
	assert_int_equal(p.label_check_max_age_days, 7);
	assert_int_equal(p.scope_review_grace_days, 0);
	assert_int_equal(p.retention_years, 10);
	assert_int_equal(p.pass_kinds, 0);
	assert_int_equal(p.pass_count, 0);
}

/* The text between the first literal display and its end: what the manual shows must be what the reader takes. */
static char *manual_example(void)
{
	tg_error err = { 0 };
	tg_buf page;
	const char *from, *to;
	char *text;

	tg_buf_init(&page, 1 << 20);
	if (tg_file_read(&page, TG_MAN_DIR "/tillgate-policy.5", 1 << 20, &err) != TG_OK)
		fail_msg("%s", err.msg);
	from = strstr(tg_buf_text(&page), ".Bd -literal");
	assert_non_null(from);
	from = strchr(from, '\n');
	assert_non_null(from);
	to = strstr(from, ".Ed");
	assert_non_null(to);
	text = strndup(from, (size_t)(to - from));
	tg_buf_fini(&page);
	return text;
}

static void the_manuals_example_is_a_policy(void **state)
{
	char *text = manual_example();
	tg_policy p;
	tg_error err = { 0 };

	(void)state;
	if (parse(&p, text, &err) != TG_OK)
		fail_msg("%s", err.msg);
	free(text);
	assert_int_equal(p.version, 12);
	assert_int_equal(p.mode[TG_OP_SALE], TG_MODE_ENFORCE);
	assert_int_equal(p.mode[TG_OP_GOODS_IN], TG_MODE_OBSERVE);
	assert_int_equal(p.stages[TG_OP_SALE].dead_s, 1209600);
	assert_int_equal(p.clock_ahead_max_s, 7776000);
	assert_int_equal(p.scope_review_grace_days, 14);
	assert_int_equal(p.pass_count, 2);
	assert_int_equal(p.pass_kinds, 1 << TG_OTHER_COUPON | 1 << TG_OTHER_PERIODICAL | 1 << TG_OTHER_BOOK |
					       1 << TG_OTHER_RECEIPT | 1 << TG_OTHER_LOGISTIC_UNIT |
					       1 << TG_OTHER_LISTED);
	assert_string_equal(p.pass[0].kind, "loyalty-card");
	assert_string_equal(p.pass[0].prefix, "9826");
	assert_string_equal(p.pass[0].aim, "]C");
	assert_int_equal(p.pass[0].min_len, 16);
	assert_int_equal(p.pass[0].max_len, 16);
	assert_true(p.pass[0].digits);
	assert_string_equal(p.pass[1].aim, "");
	assert_int_equal(p.pass[1].min_len, 1);
	assert_false(p.pass[1].digits);
}

static void stated_choices_are_taken(void **state)
{
	tg_policy p;
	char *text;

	(void)state;
	text = edited("\"dsp_ended\":\"notice\"", "\"dsp_ended\":\"block\",\"on_check_failure\":\"release\"");
	assert_int_equal(parse(&p, text, NULL), TG_OK);
	assert_true(p.dsp_ended_blocks);
	assert_int_equal(p.on_check_failure, TG_ON_FAILURE_RELEASE);
	assert_int_equal(p.on_log_failure, TG_ON_FAILURE_WITHHOLD);
	free(text);
	text = edited(
		"\"batch_unknown\":\"hold\"", "\"batch_unknown\":\"block\",\"on_log_failure\":\"release\"");
	assert_int_equal(parse(&p, text, NULL), TG_OK);
	assert_true(p.batch_unknown_blocks);
	assert_int_equal(p.on_check_failure, TG_ON_FAILURE_WITHHOLD);
	assert_int_equal(p.on_log_failure, TG_ON_FAILURE_RELEASE);
	free(text);
}

static const struct {
	const char *what, *old, *fresh, *words;
} refused[] = {
	{ "another format", "\"format\":1", "\"format\":2", "format" },
	{ "no format", "\"format\":1,", "", "format" },
	{ "an unknown member", "\"version\":3", "\"version\":3,\"verison\":3", "verison" },
	{ "a member twice", "\"version\":3", "\"version\":3,\"version\":3", "version" },
	{ "version 0", "\"version\":3", "\"version\":0", "version" },
	{ "a fraction", "\"version\":3", "\"version\":3.0", "3.0" },
	{ "an operation forgotten", OPERATION("sale") ",", "", "sale" },
	{ "an unknown operation", "\"sale\":", "\"sell\":", "sell" },
	{ "an unknown mode", "enforce", "Enforce", "mode" },
	{ "no mode", "\"mode\":\"enforce\",", "", "mode" },
	{ "an unknown member of an operation", "\"mode\"", "\"why\":1,\"mode\"", "why" },
	{ "limits that do not ascend", "\"stale_s\":20", "\"stale_s\":10", "offer" },
	{ "limits that fall", "\"dead_s\":30", "\"dead_s\":15", "ascend" },
	{ "a limit of 0", "\"ageing_s\":10", "\"ageing_s\":0", "ageing_s" },
	{ "a limit of more than a year", "\"dead_s\":30", "\"dead_s\":31622401", "dead_s" },
	{ "a limit that is missing", ",\"dead_s\":30", "", "dead_s" },
	{ "a clock limit below dead_s", "\"clock_ahead_max_s\":30", "\"clock_ahead_max_s\":29",
		"clock_ahead_max_s" },
	{ "no clock limit", "\"clock_ahead_max_s\":30,", "", "clock_ahead_max_s" },
	{ "an unknown word for dsp_ended", "\"notice\"", "\"allow\"", "dsp_ended" },
	{ "dsp_ended not stated", "\"dsp_ended\":\"notice\",", "", "dsp_ended" },
	{ "batch_unknown not stated", "\"batch_unknown\":\"hold\",", "", "batch_unknown" },
	{ "notice days not stated", "\"dsp_notice_days\":5,", "", "dsp_notice_days" },
	{ "negative days", "\"dsp_notice_days\":5", "\"dsp_notice_days\":-1", "dsp_notice_days" },
	{ "retention below ten years", "\"version\":3", "\"version\":3,\"retention_years\":9",
		"retention_years" },
	{ "a failure switch that is true", "\"version\":3", "\"version\":3,\"on_check_failure\":true",
		"on_check_failure" },
	{ "an unknown pass kind", "\"version\":3", "\"version\":3,\"pass_kinds\":[\"toy\"]", "toy" },
	{ "pass kind none", "\"version\":3", "\"version\":3,\"pass_kinds\":[\"none\"]", "none" },
	{ "pass kind listed", "\"version\":3", "\"version\":3,\"pass_kinds\":[\"listed\"]", "listed" },
	{ "a pass kind twice", "\"version\":3", "\"version\":3,\"pass_kinds\":[\"book\",\"book\"]", "twice" },
	{ "a pass kind that is no word", "\"version\":3", "\"version\":3,\"pass_kinds\":[1]", "number" },
	{ "pass kinds that are no array", "\"version\":3", "\"version\":3,\"pass_kinds\":\"book\"",
		"pass_kinds" },
};

static void every_doubt_refuses_the_policy(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(refused); i++) {
		char *text = edited(refused[i].old, refused[i].fresh);
		tg_policy p = { .version = 77 };
		tg_error err = { 0 };
		int rc = parse(&p, text, &err);

		if (rc != TG_EFORMAT)
			fail_msg("%s: %s", refused[i].what, tg_strerror(rc));
		if (strstr(err.msg, refused[i].words) == NULL)
			fail_msg(
				"%s: \"%s\" does not say \"%s\"", refused[i].what, err.msg, refused[i].words);
		assert_int_equal(p.version, 77); /* whole or untouched */
		free(text);
	}
}

static const struct {
	const char *rule;
	bool good;
} rules[] = {
	{ "{\"kind\":\"badge\",\"prefix\":\"B\"}", true },
	{ "{\"kind\":\"badge\",\"aim\":\"]C\"}", true },
	{ "{\"kind\":\"badge\",\"max_length\":7}", true },
	{ "{\"kind\":\"badge\",\"aim\":\"]E\",\"prefix\":\"29\",\"digits\":true}", true },
	{ "{\"kind\":\"12345678901234567890123\",\"prefix\":\"1234567890123456789012345678901\"}", true },
	{ "{\"kind\":\"badge\"}", false },
	{ "{\"kind\":\"badge\",\"digits\":true}", false },
	{ "{\"kind\":\"badge\",\"min_length\":3}", false },
	{ "{\"kind\":\"badge\",\"prefix\":\"\",\"aim\":\"\"}", false },
	{ "{\"kind\":\"badge\",\"aim\":\"]E\"}", false },
	{ "{\"kind\":\"badge\",\"aim\":\"]E\",\"max_length\":12}", false },
	{ "{\"kind\":\"badge\",\"aim\":\"C1\"}", false },
	{ "{\"kind\":\"badge\",\"aim\":\"]\"}", false },
	{ "{\"kind\":\"badge\",\"aim\":\"]C1\"}", false },
	{ "{\"kind\":\"badge\",\"aim\":\"]1\"}", false },
	{ "{\"kind\":\"badge\",\"prefix\":\"a\\u0007\"}", false },
	{ "{\"kind\":\"badge\",\"prefix\":\"\\u00e9\"}", false },
	{ "{\"kind\":\"badge\",\"prefix\":\"12345678901234567890123456789012\"}", false },
	{ "{\"kind\":\"badge\",\"prefix\":\"AB\",\"digits\":true}", false },
	{ "{\"kind\":\"badge\",\"prefix\":\"AB\",\"max_length\":1}", false },
	{ "{\"kind\":\"badge\",\"prefix\":\"AB\",\"min_length\":9,\"max_length\":8}", false },
	{ "{\"kind\":\"badge\",\"prefix\":\"AB\",\"min_length\":0}", false },
	{ "{\"kind\":\"badge\",\"prefix\":\"AB\",\"max_length\":4097}", false },
	{ "{\"kind\":\"badge\",\"prefix\":\"AB\",\"digits\":1}", false },
	{ "{\"kind\":\"badge\",\"prefix\":\"AB\",\"colour\":1}", false },
	{ "{\"kind\":\"coupon\",\"prefix\":\"AB\"}", false },
	{ "{\"kind\":\"listed\",\"prefix\":\"AB\"}", false },
	{ "{\"kind\":\"Badge\",\"prefix\":\"AB\"}", false },
	{ "{\"kind\":\"a b\",\"prefix\":\"AB\"}", false },
	{ "{\"kind\":\"\",\"prefix\":\"AB\"}", false },
	{ "{\"kind\":\"123456789012345678901234\",\"prefix\":\"AB\"}", false },
	{ "{\"prefix\":\"AB\"}", false },
	{ "[]", false },
};

static void pass_rules_name_what_they_pass(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(rules); i++) {
		char fresh[256], *text;
		tg_policy p;
		tg_error err = { 0 };
		int rc;

		snprintf(fresh, sizeof(fresh),
			"\"version\":3,\"pass\":[{\"kind\":\"first\",\"prefix\":\"1\"},%s]", rules[i].rule);
		text = edited("\"version\":3", fresh);
		rc = parse(&p, text, &err);
		if (rc != (rules[i].good ? TG_OK : TG_EFORMAT))
			fail_msg("%s: %s %s", rules[i].rule, tg_strerror(rc), err.msg);
		if (rc != TG_OK && strstr(err.msg, "rule 2") == NULL)
			fail_msg("%s: \"%s\" does not name the rule", rules[i].rule, err.msg);
		free(text);
	}
}

static void there_is_room_for_64_rules_and_no_more(void **state)
{
	(void)state;
	for (int n = TG_PASS_MAX; n <= TG_PASS_MAX + 1; n++) {
		tg_policy p;
		tg_buf list;
		char *text;

		tg_buf_init(&list, 1 << 16);
		tg_buf_puts(&list, "\"version\":3,\"pass\":[");
		for (int i = 0; i < n; i++)
			tg_buf_printf(&list, "%s{\"kind\":\"k%d\",\"prefix\":\"1\"}", i > 0 ? "," : "", i);
		tg_buf_puts(&list, "]");
		text = edited("\"version\":3", tg_buf_text(&list));
		assert_int_equal(parse(&p, text, NULL), n == TG_PASS_MAX ? TG_OK : TG_EFORMAT);
		free(text);
		tg_buf_fini(&list);
	}
}

static void what_is_no_object_or_too_long_is_refused(void **state)
{
	static char spaces[TG_POLICY_MAX_BYTES + sizeof(LEAST)];
	tg_policy p;

	(void)state;
	assert_int_equal(parse(&p, "", NULL), TG_EFORMAT);
	assert_int_equal(parse(&p, "[]", NULL), TG_EFORMAT);
	assert_int_equal(parse(&p, "null", NULL), TG_EFORMAT);
	assert_int_equal(parse(&p, LEAST "x", NULL), TG_EFORMAT);
	memset(spaces, ' ', sizeof(spaces) - 1);
	memcpy(spaces, LEAST, sizeof(LEAST) - 1);
	assert_int_equal(tg_policy_parse(&p, tg_view_of(spaces, TG_POLICY_MAX_BYTES), NULL), TG_OK);
	assert_int_equal(tg_policy_parse(&p, tg_view_of(spaces, TG_POLICY_MAX_BYTES + 1), NULL), TG_ELENGTH);
}

static void each_number_has_its_word(void **state)
{
	(void)state;
	assert_string_equal(tg_operation_words[TG_OP_OFFER], "offer");
	assert_string_equal(tg_operation_words[TG_OP_STOCK_CHECK], "stock-check");
	assert_null(tg_operation_words[TG_OP_COUNT]);
	assert_string_equal(tg_other_words[TG_OTHER_NONE], "none");
	assert_string_equal(tg_other_words[TG_OTHER_LOGISTIC_UNIT], "logistic-unit");
	assert_string_equal(tg_other_words[TG_OTHER_LISTED], "listed");
	assert_null(tg_other_words[TG_OTHER_COUNT]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_least_policy_gets_the_most_cautious_defaults),
		cmocka_unit_test(the_manuals_example_is_a_policy),
		cmocka_unit_test(stated_choices_are_taken),
		cmocka_unit_test(every_doubt_refuses_the_policy),
		cmocka_unit_test(pass_rules_name_what_they_pass),
		cmocka_unit_test(there_is_room_for_64_rules_and_no_more),
		cmocka_unit_test(what_is_no_object_or_too_long_is_refused),
		cmocka_unit_test(each_number_has_its_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

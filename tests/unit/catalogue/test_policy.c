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

static void brackets_are_read_where_the_policy_says_so(void **state)
{
	static const struct {
		const char *word;
		bool counts;
	} words[] = { { "read", true }, { "refuse", false } };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(words); i++) {
		char fresh[128], *text;
		tg_policy p;
		tg_error err = { 0 };

		snprintf(fresh, sizeof(fresh), "\"format\":2,\"bracketed_text\":\"%s\"", words[i].word);
		text = edited("\"format\":1", fresh);
		assert_int_equal(parse(&p, text, &err), TG_OK);
		assert_int_equal(p.bracketed_text_counts, words[i].counts);
		free(text);
	}
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
	assert_false(p.bracketed_text_counts);
	assert_int_equal(p.dsp_notice_days, 5);
	assert_int_equal(p.link_test_max_age_days, 6);
	assert_int_equal(p.label_check_max_age_days, 7);
	assert_int_equal(p.scope_review_grace_days, 0);
	assert_int_equal(p.retention_years, 10);
	assert_int_equal(p.pass_kinds, 0);
	assert_int_equal(p.pass_count, 0);
	assert_int_equal(p.authority_count, 0); /* of format 1: nothing may be overridden, nothing is only watched */
	assert_int_equal(p.reason_count, 0);
	assert_string_equal(p.case_release, "release");
	assert_false(p.unknown_observed);
	assert_int_equal(p.unknown_until, TG_DAY_NONE);
	assert_int_equal(p.staff.pin_digits_min, 6);
	assert_int_equal(p.staff.tries, 5);
	assert_int_equal(p.staff.lock_s, 60);
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
	assert_int_equal(p.override_within_s, 900);
	assert_int_equal(p.authority_count, 2);
	assert_string_equal(p.authorities[0].name, "duty-manager");
	assert_int_equal(p.authorities[0].rows, 1 << 2 | 1 << 3 | 1 << 4);
	assert_int_equal(p.authorities[0].operations, 1 << TG_OP_SALE | 1 << TG_OP_DISPATCH);
	assert_int_equal(p.authorities[1].rows, 1 << 8);
	assert_int_equal(p.reason_count, 2);
	assert_string_equal(p.reasons[1].code, "other-batch");
	assert_string_equal(p.case_release, "quality");
	assert_true(p.unknown_observed);
	assert_int_equal(p.unknown_until, tg_day_of_civil(2027, 1, 31));
	assert_int_equal(p.staff.pin_digits_min, 6);
	assert_int_equal(p.staff.tries, 5);
	assert_int_equal(p.staff.lock_s, 60);
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
	{ "another format", "\"format\":1", "\"format\":3", "format" },
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

/* ---- people: format 2 ---- */

#define AUTHORITY "{\"name\":\"manager\",\"rows\":[\"7\"],\"operations\":[\"sale\"]}"
#define REASON "{\"code\":\"agreed\",\"words\":\"Head office agreed.\"}"
#define OVERRIDE(authorities, reasons) \
	"\"override\":{\"within_s\":900,\"authorities\":[" authorities "],\"reasons\":[" reasons "]}"
#define WITH_ROWS(rows) OVERRIDE("{\"name\":\"manager\",\"rows\":" rows ",\"operations\":[\"sale\"]}", REASON)
#define NAMED(name) OVERRIDE("{\"name\":\"" name "\",\"rows\":[\"7\"],\"operations\":[\"sale\"]}", REASON)
#define LONG40 "1234567890123456789012345678901234567890"

static const struct {
	const char *what, *member;
	const char *words; /* NULL: taken */
} people[] = {
	{ "one authority", OVERRIDE(AUTHORITY, REASON), NULL },
	{ "every row that may be lifted", WITH_ROWS("[\"3\",\"4\",\"7\",\"7w\",\"8b\",\"25\",\"26\",\"30\",\"41\"]"), NULL },
	{ "no statement", WITH_ROWS("[\"16\"]"), "\"16\" may never be overridden" },
	{ "a stop notice beside a good row", WITH_ROWS("[\"7\",\"1\"]"), "\"1\" may never be overridden" },
	{ "a published failure", WITH_ROWS("[\"8\"]"), "\"8\" may never" },
	{ "the catalogue's age", WITH_ROWS("[\"31\"]"), "\"31\" may never" },
	{ "no record", WITH_ROWS("[\"32\"]"), "\"32\" may never" },
	{ "an unknown product", WITH_ROWS("[\"9\"]"), "\"9\" may never" },
	{ "doubts", WITH_ROWS("[\"18d\"]"), "\"18d\" may never" },
	{ "a bundle", WITH_ROWS("[\"28\"]"), "a bundle follows its parts" },
	{ "a row that does not exist", WITH_ROWS("[\"99\"]"), "\"99\"" },
	{ "a row as a number", WITH_ROWS("[7]"), "number" },
	{ "a row twice", WITH_ROWS("[\"7\",\"7\"]"), "twice" },
	{ "no rows", WITH_ROWS("[]"), "rows: names none" },
	{ "an operation that is none", OVERRIDE("{\"name\":\"m\",\"rows\":[\"7\"],\"operations\":[\"sell\"]}", REASON), "sell" },
	{ "no operations", OVERRIDE("{\"name\":\"m\",\"rows\":[\"7\"],\"operations\":[]}", REASON), "operations: names none" },
	{ "operations not stated", OVERRIDE("{\"name\":\"m\",\"rows\":[\"7\"]}", REASON), "operations" },
	{ "an unknown member of an authority",
		OVERRIDE("{\"name\":\"m\",\"rows\":[\"7\"],\"operations\":[\"sale\"],\"until\":1}", REASON), "until" },
	{ "a name with a blank", NAMED("duty manager"), "name" },
	{ "a name in upper case", NAMED("Manager"), "name" },
	{ "the built-in name", NAMED("supervisor"), "supervisor" },
	{ "a name of 40", NAMED(LONG40), "name" },
	{ "no name", NAMED(""), "name" },
	{ "a name twice", OVERRIDE(AUTHORITY "," AUTHORITY, REASON), "authorities: 2: name: \"manager\" stands twice" },
	{ "no authorities", OVERRIDE("", REASON), "authorities" },
	{ "an authority that is a word", OVERRIDE("\"manager\"", REASON), "object" },
	{ "no reasons", OVERRIDE(AUTHORITY, ""), "reasons" },
	{ "a reason twice", OVERRIDE(AUTHORITY, REASON "," REASON), "twice" },
	{ "a reason without words", OVERRIDE(AUTHORITY, "{\"code\":\"a\"}"), "words" },
	{ "a reason with a control character", OVERRIDE(AUTHORITY, "{\"code\":\"a\",\"words\":\"a\\u0007\"}"), "control" },
	{ "a reason too long to show", OVERRIDE(AUTHORITY, "{\"code\":\"a\",\"words\":\"" LONG40 LONG40 LONG40 "1\"}"), "words" },
	{ "no time", "\"override\":{\"authorities\":[" AUTHORITY "],\"reasons\":[" REASON "]}", "within_s" },
	{ "no time at all", "\"override\":{\"within_s\":0,\"authorities\":[" AUTHORITY "],\"reasons\":[" REASON "]}", "within_s" },
	{ "a whole day", "\"override\":{\"within_s\":86400,\"authorities\":[" AUTHORITY "],\"reasons\":[" REASON "]}", "within_s" },
	{ "an override that is none", "\"override\":true", "override" },
	{ "cases", "\"cases\":{\"release\":\"quality\"}", NULL },
	{ "cases by default", "\"cases\":{}", NULL },
	{ "a right with a blank", "\"cases\":{\"release\":\"a b\"}", "release" },
	{ "an unknown member of cases", "\"cases\":{\"owner\":\"x\"}", "owner" },
	{ "unknown products watched", "\"unknown_products\":{\"mode\":\"observe\",\"until\":\"2027-01-31\"}", NULL },
	{ "unknown products withheld", "\"unknown_products\":{\"mode\":\"enforce\"}", NULL },
	{ "watched without an end", "\"unknown_products\":{\"mode\":\"observe\"}", "until" },
	{ "watched until no day", "\"unknown_products\":{\"mode\":\"observe\",\"until\":\"2027-02-30\"}", "until" },
	{ "withheld until a day", "\"unknown_products\":{\"mode\":\"enforce\",\"until\":\"2027-01-31\"}", "until" },
	{ "a mode of unknown products that is none", "\"unknown_products\":{\"mode\":\"allow\"}", "mode" },
	{ "staff", "\"staff\":{\"pin_digits_min\":8,\"tries\":3,\"lock_s\":30}", NULL },
	{ "PINs of three digits", "\"staff\":{\"pin_digits_min\":3}", "pin_digits_min" },
	{ "a hundred tries", "\"staff\":{\"tries\":100}", "tries" },
	{ "no lock", "\"staff\":{\"lock_s\":0}", "lock_s" },
	{ "an unknown member of staff", "\"staff\":{\"names\":[]}", "names" },
	{ "brackets read", "\"bracketed_text\":\"read\"", NULL },
	{ "brackets refused", "\"bracketed_text\":\"refuse\"", NULL },
	{ "another word for brackets", "\"bracketed_text\":\"allow\"", "bracketed_text" },
	{ "brackets, yes", "\"bracketed_text\":true", "bracketed_text" },
};

static void who_may_lift_what_is_read_strictly(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(people); i++) {
		char fresh[2048], *text;
		tg_policy p = { .version = 77 };
		tg_error err = { 0 };
		int rc;

		snprintf(fresh, sizeof(fresh), "\"format\":2,%s", people[i].member);
		text = edited("\"format\":1", fresh);
		rc = parse(&p, text, &err);
		if (rc != (people[i].words == NULL ? TG_OK : TG_EFORMAT))
			fail_msg("%s: %s %s", people[i].what, tg_strerror(rc), err.msg);
		if (rc != TG_OK && strstr(err.msg, people[i].words) == NULL)
			fail_msg("%s: \"%s\" does not say \"%s\"", people[i].what, err.msg, people[i].words);
		assert_int_equal(p.version, rc == TG_OK ? 3 : 77);
		free(text);
		if (rc != TG_OK)
			continue;
		snprintf(fresh, sizeof(fresh), "\"format\":1,%s", people[i].member);
		text = edited("\"format\":1", fresh);
		if (parse(&p, text, &err) != TG_EFORMAT || strstr(err.msg, "format") == NULL)
			fail_msg("%s: taken in format 1, or refused without saying so: %s", people[i].what, err.msg);
		free(text);
	}
}

static void there_is_room_for_16_authorities_and_32_reasons(void **state)
{
	(void)state;
	for (int more = 0; more < 3; more++) {
		tg_policy p;
		tg_buf list;
		char *text;

		tg_buf_init(&list, 1 << 16);
		tg_buf_puts(&list, "\"format\":2,\"override\":{\"within_s\":900,\"authorities\":[");
		for (int i = 0; i < TG_AUTHORITIES_MAX + (more == 1); i++)
			tg_buf_printf(&list, "%s{\"name\":\"m%d\",\"rows\":[\"7\"],\"operations\":[\"sale\"]}", i > 0 ? "," : "", i);
		tg_buf_puts(&list, "],\"reasons\":[");
		for (int i = 0; i < TG_REASONS_MAX + (more == 2); i++)
			tg_buf_printf(&list, "%s{\"code\":\"r%d\",\"words\":\"w\"}", i > 0 ? "," : "", i);
		tg_buf_puts(&list, "]}");
		text = edited("\"format\":1", tg_buf_text(&list));
		assert_int_equal(parse(&p, text, NULL), more == 0 ? TG_OK : TG_EFORMAT);
		free(text);
		tg_buf_fini(&list);
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
		cmocka_unit_test(brackets_are_read_where_the_policy_says_so),
		cmocka_unit_test(the_manuals_example_is_a_policy),
		cmocka_unit_test(stated_choices_are_taken),
		cmocka_unit_test(every_doubt_refuses_the_policy),
		cmocka_unit_test(who_may_lift_what_is_read_strictly),
		cmocka_unit_test(there_is_room_for_16_authorities_and_32_reasons),
		cmocka_unit_test(pass_rules_name_what_they_pass),
		cmocka_unit_test(there_is_room_for_64_rules_and_no_more),
		cmocka_unit_test(what_is_no_object_or_too_long_is_refused),
		cmocka_unit_test(each_number_has_its_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

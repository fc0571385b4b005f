/* SPDX-License-Identifier: Apache-2.0
 *
 * test_answer.c - answers as structs: what must be there, what must fit together, what stays blocked.
 */
#include "plugin/abi/wire.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The members of a whole answer; a test replaces or drops one. */
static const struct {
	const char *name, *value;
} members[] = {
	{ "v", "1" }, { "outcome", "\"allow\"" }, { "could_not_check", "false" }, { "released", "true" }, { "recorded", "true" },
	{ "seq", "7" }, { "reference", "\"T-7-X\"" }, { "code", "\"soc-held\"" }, { "action", "\"Sell.\"" }, { "reason", "\"Held.\"" },
	{ "kind", "\"product\"" }, { "stage", "\"fresh\"" }, { "mode", "\"enforce\"" }, { "gtin", "\"09524000059109\"" },
};

/* The whole answer with `name` set to `value`; NULL leaves it out. */
static const char *answer_with(char room[1024], const char *name, const char *value)
{
	size_t len = 0;

	for (size_t i = 0; i < COUNT(members); i++) {
		const char *v = strcmp(members[i].name, name) == 0 ? value : members[i].value;

		if (v != NULL)
			len += (size_t)snprintf(room + len, 1024 - len, "%s\"%s\":%s", len == 0 ? "{" : ",", members[i].name, v);
	}
	(void)snprintf(room + len, 1024 - len, "}");
	return room;
}

static void outcomes_become_decisions(void **state)
{
	static const struct {
		const char *outcome;
		int32_t decision;
	} outcomes[] = {
		{ "\"allow\"", TILLGATE_ALLOW }, { "\"notice\"", TILLGATE_NOTICE }, { "\"hold\"", TILLGATE_HOLD }, { "\"block\"", TILLGATE_BLOCK },
	};
	char room[1024];

	(void)state;
	for (size_t i = 0; i < COUNT(outcomes); i++) {
		tillgate_answer a;
		const char *json = answer_with(room, "outcome", outcomes[i].outcome);

		assert_null(tillgate__answer_read(&a, json, strlen(json)));
		assert_int_equal(a.decision, outcomes[i].decision);
		assert_int_equal(a.released, 1); /* observe mode releases what is blocked: the daemon says, not we */
	}
}

static void an_answer_without_a_member_that_counts_stays_blocked(void **state)
{
	char room[1024];

	(void)state;
	for (size_t i = 0; i < COUNT(members); i++) {
		const char *json = answer_with(room, members[i].name, NULL);
		bool may_miss = strcmp(members[i].name, "gtin") == 0;
		tillgate_answer a;
		const char *why = tillgate__answer_read(&a, json, strlen(json));

		if ((why == NULL) != may_miss)
			fail_msg("without %s: %s", members[i].name, why != NULL ? why : "taken");
		if (!may_miss && (a.decision != TILLGATE_BLOCK || a.released != 0 || a.could_not_check != 1 || a.gtin[0] != '\0'))
			fail_msg("without %s: not blocked", members[i].name);
	}
}

static const struct {
	const char *name, *value;
} senseless[] = {
	{ "v", "2" }, { "v", "0" }, { "outcome", "\"ALLOW\"" }, { "outcome", "\"\"" }, { "outcome", "\"permit\"" }, { "outcome", "0" },
	{ "outcome", "\"allow \"" }, { "could_not_check", "true" }, { "could_not_check", "0" }, { "released", "1" }, { "released", "\"true\"" },
	{ "mode", "\"off\"" }, { "gtin", "\"0952400005910X\"" }, { "gtin", "9524000059109" }, { "gtin", "\"0952400005910900\"" }, { "seq", "-1" },
	{ "seq", "1.5" }, { "reference", "\"\"" }, { "kind", "null" }, { "stage", "[]" },
};

static void an_answer_that_makes_no_sense_stays_blocked(void **state)
{
	char room[1024];

	(void)state;
	for (size_t i = 0; i < COUNT(senseless); i++) {
		const char *json = answer_with(room, senseless[i].name, senseless[i].value);
		tillgate_answer a;

		if (tillgate__answer_read(&a, json, strlen(json)) == NULL)
			fail_msg("taken: %s", json);
		if (a.decision != TILLGATE_BLOCK || a.released != 0 || a.could_not_check != 1)
			fail_msg("not blocked: %s", json);
	}
}

static void every_cut_answer_stays_blocked(void **state)
{
	char room[1024];
	const char *json = answer_with(room, "", NULL);

	(void)state;
	for (size_t len = 0; len < strlen(json); len++) {
		tillgate_answer a;

		assert_non_null(tillgate__answer_read(&a, json, len));
		assert_int_equal(a.decision, TILLGATE_BLOCK);
		assert_int_equal(a.released, 0);
	}
}

static void could_not_check_is_kept_apart_from_a_block(void **state)
{
	static const char json[] = "{\"v\":1,\"kind\":\"product\",\"outcome\":\"block\",\"could_not_check\":true,\"released\":false,"
		"\"recorded\":false,\"mode\":\"enforce\",\"code\":\"no-catalogue\",\"action\":\"Wait.\",\"reason\":\"No catalogue.\","
		"\"stage\":\"dead\",\"age_s\":-1,\"fault\":\"catalogue: none installed\"}";
	tillgate_answer a;

	(void)state;
	assert_null(tillgate__answer_read(&a, json, strlen(json)));
	assert_int_equal(a.could_not_check, 1);
	assert_int_equal(a.recorded, 0);
	assert_int_equal(a.seq, -1);
	assert_string_equal(a.fault, "catalogue: none installed");
}

static void every_failure_has_words_for_staff(void **state)
{
	(void)state;
	for (int code = TILLGATE_EREFUSED; code <= TILLGATE_EINVAL; code++) {
		tillgate_error err = { .code = code, .message = "details" };
		tillgate_answer a;

		tillgate__answer_failed(&a, code, &err);
		assert_int_equal(a.decision, TILLGATE_BLOCK);
		assert_true(strlen(a.action) > 10);
		assert_true(strlen(a.reason) > 10);
		assert_null(strstr(a.reason, "...")); /* nothing was cut */
		assert_string_equal(a.fault, "details");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcomes_become_decisions),
		cmocka_unit_test(an_answer_without_a_member_that_counts_stays_blocked),
		cmocka_unit_test(an_answer_that_makes_no_sense_stays_blocked),
		cmocka_unit_test(every_cut_answer_stays_blocked),
		cmocka_unit_test(could_not_check_is_kept_apart_from_a_block),
		cmocka_unit_test(every_failure_has_words_for_staff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * test_notice_case.c - the days of a notice: what is ahead, over, a right or a duty; and which event may follow which. 1 June 2026 is a
 * Monday.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/hq/book.h"

#include "store/base/crypto.h"
#include "sync/hq/notice_case.h"

#define R ",\"record\":{\"id\":\"N-1\"}"
#define ADDED(kind) "\"event\":\"added\",\"kind\":\"" kind "\",\"source\":\"letter\""
#define GIVEN(kind, day) ADDED(kind) ",\"given\":\"" day "\",\"service\":\"post\"" R
#define INTENDED(kind) ADDED(kind) ",\"intended\":\"2026-06-01\",\"intent_expires\":\"2026-07-31\"" R
#define ON(event, day) "\"event\":\"" event "\",\"on\":\"" day "\",\"evidence\":\"e\""
#define DECIDED(result, day) ON("appeal-decided", day) ",\"result\":\"" result "\"" R

static int32_t day(const char *text)
{
	int32_t out;

	if (tg_day_parse(&out, text, NULL) != TG_OK)
		fail_msg("%s is no day", text);
	return out;
}

/* clang-format off */
static const struct {
	const char *what;
	const char *events[6];
	const char *today;
	const char *deadline; /* a part of its words */
	const char *last;     /* its day */
	tg_deadline_status status;
} deadlines[] = {
	{ "an appeal", { GIVEN("stop", "2026-06-01") }, "2026-06-28", "appeal", "2026-06-28", TG_DEADLINE_AHEAD },
	{ "an appeal, the day after", { GIVEN("stop", "2026-06-01") }, "2026-06-29", "appeal", "2026-06-28", TG_DEADLINE_PASSED },
	{ "an appeal against a penalty", { GIVEN("penalty", "2026-06-01") }, "2026-06-28", "appeal", "2026-06-28", TG_DEADLINE_AHEAD },
	{ "an appeal against forfeiture", { GIVEN("forfeiture", "2028-02-02") }, "2028-02-28", "appeal", "2028-02-29", TG_DEADLINE_AHEAD },
	{ "an appeal lodged on its last day", { GIVEN("stop", "2026-06-01"), ON("appeal-lodged", "2026-06-28") R }, "2026-08-01", "appeal", "2026-06-28", TG_DEADLINE_MET },
	{ "lodged late", { GIVEN("stop", "2026-06-01"), ON("appeal-lodged", "2026-06-29") ",\"late\":true" }, "2026-08-01", "appeal", "2026-06-28", TG_DEADLINE_PASSED },
	{ "counted from the day it is treated as given", { ADDED("stop") ",\"given\":\"2026-06-05\",\"service\":\"electronic\",\"deemed\":\"2026-06-08\"" R }, "2026-06-20",
		"appeal", "2026-07-05", TG_DEADLINE_AHEAD },
	{ "counted anew from a variation", { GIVEN("stop", "2026-06-01"), ON("varied", "2026-06-20") ",\"reason\":\"r\"" R }, "2026-07-01", "appeal", "2026-07-17", TG_DEADLINE_AHEAD },
	{ "representations", { INTENDED("stop") }, "2026-06-10", "representations", "2026-06-10", TG_DEADLINE_AHEAD },
	{ "representations, too late", { INTENDED("stop") }, "2026-06-11", "representations", "2026-06-10", TG_DEADLINE_PASSED },
	{ "representations made", { INTENDED("stop"), ON("represented", "2026-06-09") }, "2026-06-11", "representations", "2026-06-10", TG_DEADLINE_MET },
	{ "representations against a penalty", { INTENDED("penalty") }, "2026-06-11", "representations", "2026-06-28", TG_DEADLINE_AHEAD },
	{ "the notice itself may come", { INTENDED("compliance") }, "2026-06-11", "may come", "2026-06-11", TG_DEADLINE_AHEAD },
	{ "look whether it came", { INTENDED("stop") }, "2026-07-31", "look whether", "2026-07-31", TG_DEADLINE_AHEAD },
	{ "nobody looked", { INTENDED("stop") }, "2026-08-01", "look whether", "2026-07-31", TG_DEADLINE_OVERDUE },
	{ "is it genuine", { GIVEN("stop", "2026-06-01") }, "2026-06-01", "genuine", "2026-06-01", TG_DEADLINE_AHEAD },
	{ "nobody asked", { GIVEN("stop", "2026-06-01") }, "2026-06-02", "genuine", "2026-06-01", TG_DEADLINE_OVERDUE },
	{ "on Monday, when it came on a Saturday", { GIVEN("stop", "2026-06-06") }, "2026-06-08", "genuine", "2026-06-08", TG_DEADLINE_AHEAD },
	{ "it is", { GIVEN("stop", "2026-06-01"), "\"event\":\"genuine\",\"on\":\"2026-06-01\",\"reason\":\"r\"" R }, "2026-06-09", "genuine", "2026-06-01", TG_DEADLINE_MET },
	{ "a task", { GIVEN("stop", "2026-06-01") ",\"tasks\":[{\"by\":\"2026-06-09\",\"what\":\"send\"}]" }, "2026-06-09", "send", "2026-06-09", TG_DEADLINE_AHEAD },
	{ "a task forgotten", { GIVEN("stop", "2026-06-01") ",\"tasks\":[{\"by\":\"2026-06-09\",\"what\":\"send\"}]" }, "2026-06-10", "send", "2026-06-09", TG_DEADLINE_OVERDUE },
	{ "a task done", { GIVEN("stop", "2026-06-01") ",\"tasks\":[{\"by\":\"2026-06-09\",\"what\":\"send\"}]", ON("task-done", "2026-06-08") ",\"task\":1" }, "2026-06-10", "send",
		"2026-06-09", TG_DEADLINE_MET },
	{ "a task while an appeal is pending", { GIVEN("stop", "2026-06-01") ",\"tasks\":[{\"by\":\"2026-06-09\",\"what\":\"send\"}]", ON("appeal-lodged", "2026-06-05") R }, "2026-06-10",
		"send", "2026-06-09", TG_DEADLINE_SUSPENDED },
	{ "and after it was dismissed", { GIVEN("stop", "2026-06-01") ",\"tasks\":[{\"by\":\"2026-06-09\",\"what\":\"send\"}]", ON("appeal-lodged", "2026-06-05") R,
		DECIDED("dismissed", "2026-07-01") }, "2026-07-02", "send", "2026-06-09", TG_DEADLINE_OVERDUE },
	{ "and after it was allowed", { GIVEN("stop", "2026-06-01") ",\"tasks\":[{\"by\":\"2026-06-09\",\"what\":\"send\"}]", ON("appeal-lodged", "2026-06-05") R,
		DECIDED("allowed", "2026-07-01") }, "2026-07-02", "send", "2026-06-09", TG_DEADLINE_GONE },
	{ "a task of what was revoked", { GIVEN("stop", "2026-06-01") ",\"tasks\":[{\"by\":\"2026-06-09\",\"what\":\"send\"}]", ON("revoked", "2026-06-08") R }, "2026-06-10", "send",
		"2026-06-09", TG_DEADLINE_GONE },
	{ "in effect tomorrow", { GIVEN("stop", "2026-06-01") ",\"effective\":\"2026-06-03\"" }, "2026-06-02", "in effect", "2026-06-03", TG_DEADLINE_AHEAD },
};

static const struct {
	const char *what;
	const char *events[6];
	const char *today;
	tg_notice_state state;
} states[] = {
	{ "intended", { INTENDED("stop") }, "2026-06-02", TG_NOTICE_IS_INTENDED },
	{ "expired", { INTENDED("stop") }, "2026-08-01", TG_NOTICE_IS_SPENT },
	{ "given, in effect tomorrow", { GIVEN("stop", "2026-06-01") ",\"effective\":\"2026-06-03\"" }, "2026-06-02", TG_NOTICE_IS_GIVEN },
	{ "and on the day", { GIVEN("stop", "2026-06-01") ",\"effective\":\"2026-06-03\"" }, "2026-06-03", TG_NOTICE_IS_IN_EFFECT },
	{ "sent on Friday", { ADDED("stop") ",\"given\":\"2026-06-05\",\"service\":\"electronic\",\"deemed\":\"2026-06-08\"" R }, "2026-06-07", TG_NOTICE_IS_GIVEN },
	{ "given on Monday", { ADDED("stop") ",\"given\":\"2026-06-05\",\"service\":\"electronic\",\"deemed\":\"2026-06-08\"" R }, "2026-06-08", TG_NOTICE_IS_IN_EFFECT },
	{ "appealed", { GIVEN("stop", "2026-06-01"), ON("appeal-lodged", "2026-06-05") R }, "2026-06-05", TG_NOTICE_IS_APPEALED },
	{ "appealed late", { GIVEN("stop", "2026-06-01"), ON("appeal-lodged", "2026-07-05") ",\"late\":true" }, "2026-07-06", TG_NOTICE_IS_IN_EFFECT },
	{ "and admitted", { GIVEN("stop", "2026-06-01"), ON("appeal-lodged", "2026-07-05") ",\"late\":true", ON("appeal-admitted", "2026-07-20") R }, "2026-07-20", TG_NOTICE_IS_APPEALED },
	{ "dismissed", { GIVEN("stop", "2026-06-01"), ON("appeal-lodged", "2026-06-05") R, DECIDED("dismissed", "2026-07-01") }, "2026-07-01", TG_NOTICE_IS_IN_EFFECT },
	{ "quashed", { GIVEN("stop", "2026-06-01"), ON("appeal-lodged", "2026-06-05") R, DECIDED("allowed", "2026-07-01") }, "2026-07-01", TG_NOTICE_IS_QUASHED },
	{ "suspended", { GIVEN("stop", "2026-06-01"), ON("appeal-lodged", "2026-06-05") R, DECIDED("dismissed", "2026-07-01"), ON("suspended", "2026-07-05") R }, "2026-07-05",
		TG_NOTICE_IS_SUSPENDED },
	{ "and in effect again", { GIVEN("stop", "2026-06-01"), ON("appeal-lodged", "2026-06-05") R, DECIDED("dismissed", "2026-07-01"), ON("suspended", "2026-07-05") R,
		ON("suspension-ended", "2026-07-09") R }, "2026-07-09", TG_NOTICE_IS_IN_EFFECT },
	{ "revoked", { GIVEN("stop", "2026-06-01"), ON("revoked", "2026-07-01") R }, "2026-07-01", TG_NOTICE_IS_REVOKED },
	{ "revoked from tomorrow", { GIVEN("stop", "2026-06-01"), ON("revoked", "2026-07-01") R }, "2026-06-30", TG_NOTICE_IS_IN_EFFECT },
};

#define LODGED ON("appeal-lodged", "2026-06-05") R
#define ASKED ADDED("stop") ",\"given\":\"2026-06-01\",\"service\":\"post\",\"tasks\":[{\"by\":\"2026-06-20\",\"what\":\"send the list\"}]" R
#define DONE ON("task-done", "2026-06-04") ",\"task\":1"
static const struct {
	const char *what;
	const char *events[6];
	tg_notice_event event;
	const char *on;
	int64_t task;
	int rc;
} nexts[] = {
	{ "given twice", { GIVEN("stop", "2026-06-01") }, TG_NOTICE_GIVEN, "2026-06-02", 0, TG_ESTATE },
	{ "given after intent", { INTENDED("stop") }, TG_NOTICE_GIVEN, "2026-06-12", 0, TG_OK },
	{ "cleared after it was given", { GIVEN("stop", "2026-06-01") }, TG_NOTICE_CLEARED, "2026-06-02", 0, TG_ESTATE },
	{ "an appeal against an intent", { INTENDED("stop") }, TG_NOTICE_LODGED, "2026-06-02", 0, TG_ESTATE },
	{ "an appeal against an information notice", { GIVEN("information", "2026-06-01") }, TG_NOTICE_LODGED, "2026-06-02", 0, TG_ESTATE },
	{ "an appeal before it was given", { GIVEN("stop", "2026-06-01") }, TG_NOTICE_LODGED, "2026-05-31", 0, TG_ESTATE },
	{ "an appeal lodged twice", { GIVEN("stop", "2026-06-01"), LODGED }, TG_NOTICE_LODGED, "2026-06-06", 0, TG_ESTATE },
	{ "an appeal in time is not admitted", { GIVEN("stop", "2026-06-01"), LODGED }, TG_NOTICE_ADMITTED, "2026-06-06", 0, TG_ESTATE },
	{ "decided, and never lodged", { GIVEN("stop", "2026-06-01") }, TG_NOTICE_DECIDED, "2026-06-06", 0, TG_ESTATE },
	{ "a late one decided before it is admitted", { GIVEN("stop", "2026-06-01"), ON("appeal-lodged", "2026-07-05") ",\"late\":true" }, TG_NOTICE_DECIDED, "2026-07-06", 0, TG_ESTATE },
	{ "signed off while in effect", { GIVEN("stop", "2026-06-01") }, TG_NOTICE_SIGNED_OFF, "2026-06-06", 0, TG_ESTATE },
	{ "signed off while appealed", { GIVEN("stop", "2026-06-01"), LODGED }, TG_NOTICE_SIGNED_OFF, "2026-06-06", 0, TG_OK },
	{ "suspended while an appeal is pending", { GIVEN("stop", "2026-06-01"), LODGED }, TG_NOTICE_SUSPENDED, "2026-06-06", 0, TG_ESTATE },
	{ "suspended after it was allowed", { GIVEN("stop", "2026-06-01"), LODGED, DECIDED("allowed", "2026-07-01") }, TG_NOTICE_SUSPENDED, "2026-07-02", 0, TG_ESTATE },
	{ "suspended after it was dismissed", { GIVEN("stop", "2026-06-01"), LODGED, DECIDED("dismissed", "2026-07-01") }, TG_NOTICE_SUSPENDED, "2026-07-02", 0, TG_OK },
	{ "no task", { GIVEN("stop", "2026-06-01") }, TG_NOTICE_TASK_DONE, "2026-06-02", 1, TG_ESTATE },
	{ "revoked twice", { GIVEN("stop", "2026-06-01"), ON("revoked", "2026-06-08") R }, TG_NOTICE_REVOKED, "2026-06-09", 0, TG_ESTATE },
	{ "revoked before it was given", { INTENDED("stop") }, TG_NOTICE_REVOKED, "2026-06-09", 0, TG_ESTATE },
	{ "closed, and nothing was asked for", { GIVEN("stop", "2026-06-01") }, TG_NOTICE_CLOSED, "2026-06-08", 0, TG_OK },
	{ "closed with a task open", { ASKED }, TG_NOTICE_CLOSED, "2026-06-08", 0, TG_ESTATE },
	{ "closed with a task overdue", { ASKED }, TG_NOTICE_CLOSED, "2026-06-21", 0, TG_ESTATE },
	{ "closed with a task done", { ASKED, DONE }, TG_NOTICE_CLOSED, "2026-06-08", 0, TG_OK },
	{ "closed while its task sleeps", { ASKED, LODGED }, TG_NOTICE_CLOSED, "2026-06-08", 0, TG_ESTATE },
	{ "closed when the appeal took the task away", { ASKED, LODGED, DECIDED("allowed", "2026-06-07") }, TG_NOTICE_CLOSED, "2026-06-08", 0, TG_OK },
	{ "closed when it was revoked", { ASKED, ON("revoked", "2026-06-08") R }, TG_NOTICE_CLOSED, "2026-06-08", 0, TG_OK },
	{ "a note on what is closed", { GIVEN("stop", "2026-06-01"), "\"event\":\"closed\",\"on\":\"2026-06-08\",\"reason\":\"r\"" }, TG_NOTICE_NOTED, "2026-06-09", 0, TG_ESTATE },
};
/* clang-format on */

static void each_day_is_ahead_or_over_as_the_law_has_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(deadlines); i++) {
		const tg_deadline *found = NULL;
		char last[TG_DAY_TEXT_SIZE];
		tg_notice_case c;
		tg_casework book;

		book_open(&book, TG_BOOK_NOTICES, "N-1", deadlines[i].events);
		assert_int_equal(tg_notice_case_of(&c, &book, "N-1", day(deadlines[i].today), NULL), TG_OK);
		for (size_t d = 0; d < c.deadline_count; d++)
			if (strstr(c.deadlines[d].what, deadlines[i].deadline) != NULL)
				found = &c.deadlines[d];
		if (found == NULL)
			fail_msg("%s: no such deadline", deadlines[i].what);
		else if (found->status != deadlines[i].status || strcmp(tg_day_format(last, found->day), deadlines[i].last) != 0)
			fail_msg("%s: %s, %s", deadlines[i].what, last, tg_deadline_words[found->status]);
		else if (found->basis[0] == '\0')
			fail_msg("%s: says neither law nor policy", deadlines[i].what);
		tg_casework_fini(&book);
	}
}

static void each_notice_is_in_one_state_on_a_day(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(states); i++) {
		tg_notice_case c;
		tg_casework book;

		book_open(&book, TG_BOOK_NOTICES, "N-1", states[i].events);
		assert_int_equal(tg_notice_case_of(&c, &book, "N-1", day(states[i].today), NULL), TG_OK);
		if (c.state != states[i].state)
			fail_msg("%s: %s", states[i].what, tg_notice_state_words[c.state]);
		tg_casework_fini(&book);
	}
}

static void each_event_follows_only_what_it_can_follow(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(nexts); i++) {
		tg_error err = { 0 };
		tg_notice_case c;
		tg_casework book;
		int rc;

		book_open(&book, TG_BOOK_NOTICES, "N-1", nexts[i].events);
		assert_int_equal(tg_notice_case_of(&c, &book, "N-1", day(nexts[i].on), NULL), TG_OK);
		rc = tg_notice_event_check(&c, nexts[i].event, day(nexts[i].on), nexts[i].task, &err);
		if (rc != nexts[i].rc)
			fail_msg("%s: %s (%s)", nexts[i].what, tg_strerror(rc), err.msg);
		tg_casework_fini(&book);
	}
}

static void what_met_a_deadline_stands_beside_it(void **state)
{
	static const char *const events[] = { INTENDED("stop"), ON("represented", "2026-06-09"),
		"\"event\":\"given\",\"given\":\"2026-06-12\",\"service\":\"post\",\"evidence\":\"letter\"" R,
		"\"event\":\"genuine\",\"on\":\"2026-06-12\",\"reason\":\"rang them\"" R, ON("appeal-lodged", "2026-06-15") R, NULL };
	static const struct {
		const char *what, *event;
	} met[] = { { "representations", "represented" }, { "genuine", "genuine" }, { "appeal", "appeal-lodged" } };
	tg_casework book;
	tg_notice_case c;

	(void)state;
	book_open(&book, TG_BOOK_NOTICES, "N-1", events);
	assert_int_equal(tg_notice_case_of(&c, &book, "N-1", day("2026-07-01"), NULL), TG_OK);
	for (size_t i = 0; i < TG_COUNT(met); i++) {
		const tg_case_event *by = NULL;

		for (size_t n = 0; n < c.deadline_count; n++)
			if (strstr(c.deadlines[n].what, met[i].what) != NULL && c.deadlines[n].status == TG_DEADLINE_MET)
				by = c.deadlines[n].event;
		if (by == NULL || strcmp(by->event, met[i].event) != 0)
			fail_msg("%s: met by %s", met[i].what, by == NULL ? "nothing" : by->event);
	}
	tg_casework_fini(&book);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_met_a_deadline_stands_beside_it),
		cmocka_unit_test(each_day_is_ahead_or_over_as_the_law_has_it),
		cmocka_unit_test(each_notice_is_in_one_state_on_a_day),
		cmocka_unit_test(each_event_follows_only_what_it_can_follow),
	};

	if (tg_crypto_init(NULL) != TG_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

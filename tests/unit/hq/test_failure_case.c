/* SPDX-License-Identifier: Apache-2.0
 *
 * test_failure_case.c - which steps the law asks for, in which order, what excuses them, when our clocks run out. 1 June 2026 is a Monday.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/hq/book.h"

#include "store/base/crypto.h"
#include "sync/hq/failure_case.h"

#include <stdio.h>

#define RECORD "\"record\":{\"id\":\"F-1\"}"
#define OPENED_AS(role, told) "\"event\":\"opened\",\"state\":\"known\",\"role\":\"" role "\",\"source\":\"s\",\"told_by\":\"" told "\",\"offered\":true," \
	"\"details\":\"d\"," RECORD
#define KNOWN(role, told) OPENED_AS(role, told) ",\"believed\":\"2026-06-01\""
#define SUSPECTED(role, told) "\"event\":\"opened\",\"state\":\"suspected\",\"role\":\"" role "\",\"source\":\"s\",\"told_by\":\"" told "\"," \
	"\"offered\":true,\"details\":\"d\",\"informed\":\"2026-06-01\"," RECORD
#define NEVER_OFFERED(role) "\"event\":\"opened\",\"state\":\"known\",\"role\":\"" role "\",\"source\":\"s\",\"told_by\":\"press\"," \
	"\"offered\":false,\"details\":\"d\",\"believed\":\"2026-06-01\"," RECORD
#define STEP(step, result, on) "\"event\":\"step\",\"step\":\"" step "\",\"result\":\"" result "\",\"on\":\"" on "\",\"evidence\":\"e\",\"note\":\"n\""
#define CALLED STEP("contact-manufacturer", "done", "2026-06-01")

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
	tg_failure_step step;
	tg_step_status status;
	const char *due; /* "" none */
} facts[] = {
	{ "stop: the day itself", { KNOWN("distributor", "press") }, TG_STEP_STOP, TG_STEP_IS_OPEN, "2026-06-01" },
	{ "the manufacturer: the same working day", { KNOWN("distributor", "press") }, TG_STEP_CONTACT_MANUFACTURER, TG_STEP_IS_OPEN, "2026-06-01" },
	{ "known on a Saturday: stop at once", { OPENED_AS("distributor", "press") ",\"believed\":\"2026-06-06\"" }, TG_STEP_STOP, TG_STEP_IS_OPEN, "2026-06-06" },
	{ "known on a Saturday: contact on Monday", { OPENED_AS("distributor", "press") ",\"believed\":\"2026-06-06\"" }, TG_STEP_CONTACT_MANUFACTURER, TG_STEP_IS_OPEN, "2026-06-08" },
	{ "the authority waits for contact", { KNOWN("distributor", "press") }, TG_STEP_NOTIFY_AUTHORITY, TG_STEP_IS_WAITING, "" },
	{ "and is due the next working day", { KNOWN("distributor", "press"), CALLED }, TG_STEP_NOTIFY_AUTHORITY, TG_STEP_IS_OPEN, "2026-06-02" },
	{ "an attempt is enough", { KNOWN("distributor", "press"), STEP("contact-manufacturer", "attempted", "2026-06-05") }, TG_STEP_NOTIFY_AUTHORITY, TG_STEP_IS_OPEN, "2026-06-08" },
	{ "but the contact stays open", { KNOWN("distributor", "press"), STEP("contact-manufacturer", "attempted", "2026-06-05") }, TG_STEP_CONTACT_MANUFACTURER, TG_STEP_IS_OPEN, "2026-06-08" },
	{ "the supplier is contacted only instead", { KNOWN("distributor", "press") }, TG_STEP_CONTACT_SUPPLIER, TG_STEP_IS_WAITING, "" },
	{ "instead of whom cannot be contacted", { KNOWN("distributor", "press"), STEP("contact-manufacturer", "not-possible", "2026-06-03") }, TG_STEP_CONTACT_SUPPLIER, TG_STEP_IS_OPEN, "2026-06-03" },
	{ "and is then told already", { KNOWN("distributor", "press"), STEP("contact-manufacturer", "not-possible", "2026-06-03"), STEP("contact-supplier", "done", "2026-06-03") },
		TG_STEP_NOTIFY_SUPPLIER, TG_STEP_IS_EXCUSED, "" },
	{ "told by the manufacturer: no contact", { KNOWN("distributor", "manufacturer") }, TG_STEP_CONTACT_MANUFACTURER, TG_STEP_IS_EXCUSED, "" },
	{ "and the others are due from that day", { KNOWN("distributor", "manufacturer") }, TG_STEP_NOTIFY_AUTHORITY, TG_STEP_IS_OPEN, "2026-06-02" },
	{ "told by a supplier who says it is aware", { KNOWN("distributor", "supplier") ",\"says_manufacturer_aware\":true" }, TG_STEP_CONTACT_MANUFACTURER, TG_STEP_IS_EXCUSED, "" },
	{ "a customer's word excuses nothing", { KNOWN("distributor", "customer") ",\"says_manufacturer_aware\":true" }, TG_STEP_CONTACT_MANUFACTURER, TG_STEP_IS_OPEN, "2026-06-01" },
	{ "nor that of the press on the authority", { KNOWN("distributor", "press") ",\"says_authority_notified\":true", CALLED }, TG_STEP_NOTIFY_AUTHORITY, TG_STEP_IS_OPEN, "2026-06-02" },
	{ "a distributor's does", { KNOWN("distributor", "distributor") ",\"says_authority_notified\":true", CALLED }, TG_STEP_NOTIFY_AUTHORITY, TG_STEP_IS_EXCUSED, "" },
	{ "an importer's on the authority, too", { KNOWN("importer", "manufacturer") ",\"says_authority_notified\":true" }, TG_STEP_NOTIFY_AUTHORITY, TG_STEP_IS_EXCUSED, "" },
	{ "who supplied us and told us need not be told", { KNOWN("distributor", "supplier"), CALLED }, TG_STEP_NOTIFY_SUPPLIER, TG_STEP_IS_EXCUSED, "" },
	{ "whom we supplied are told all the same", { KNOWN("distributor", "supplier"), CALLED }, TG_STEP_NOTIFY_DOWNSTREAM, TG_STEP_IS_OPEN, "2026-06-02" },
	{ "customers: no regulations ask for it", { KNOWN("distributor", "press"), CALLED }, TG_STEP_NOTIFY_CUSTOMERS, TG_STEP_IS_EXCUSED, "" },
	{ "to prevent: only if the remedy is unlikely", { KNOWN("distributor", "press") }, TG_STEP_PREVENT, TG_STEP_IS_WAITING, "" },
	{ "to prevent, from the day it appears so", { KNOWN("distributor", "press"), "\"event\":\"facts\",\"remedy_unlikely\":true" }, TG_STEP_PREVENT, TG_STEP_IS_OPEN, "2026-06-01" },
	{ "suspected: decide within a working day", { SUSPECTED("distributor", "press") }, TG_STEP_DECIDE, TG_STEP_IS_OPEN, "2026-06-02" },
	{ "suspected: the authority waits, whoever was called", { SUSPECTED("distributor", "press"), CALLED }, TG_STEP_NOTIFY_AUTHORITY, TG_STEP_IS_WAITING, "" },
	{ "known later: the clock of notices begins then", { SUSPECTED("distributor", "press"), CALLED, "\"event\":\"known\",\"on\":\"2026-06-04\",\"reason\":\"r\"," RECORD },
		TG_STEP_NOTIFY_AUTHORITY, TG_STEP_IS_OPEN, "2026-06-05" },
	{ "a distributor has no duty to investigate", { SUSPECTED("distributor", "press") }, TG_STEP_INVESTIGATE, TG_STEP_IS_NOT_OURS, "" },
	{ "an importer has", { SUSPECTED("importer", "press") }, TG_STEP_INVESTIGATE, TG_STEP_IS_OPEN, "2026-06-02" },
	{ "an importer contacts no other supplier", { KNOWN("importer", "press"), STEP("contact-manufacturer", "not-possible", "2026-06-03") }, TG_STEP_CONTACT_SUPPLIER, TG_STEP_IS_NOT_OURS, "" },
	{ "own brand: we are whom others would contact", { KNOWN("manufacturer", "customer") }, TG_STEP_CONTACT_MANUFACTURER, TG_STEP_IS_NOT_OURS, "" },
	{ "own brand: the authority at once", { KNOWN("manufacturer", "customer") }, TG_STEP_NOTIFY_AUTHORITY, TG_STEP_IS_OPEN, "2026-06-02" },
	{ "own brand: what others say excuses nothing", { KNOWN("manufacturer", "distributor") ",\"says_authority_notified\":true" }, TG_STEP_NOTIFY_AUTHORITY, TG_STEP_IS_OPEN, "2026-06-02" },
	{ "own brand: remedy", { KNOWN("manufacturer", "customer") }, TG_STEP_REMEDY, TG_STEP_IS_OPEN, "" },
	{ "what is recorded is done", { KNOWN("distributor", "press"), STEP("stop", "done", "2026-06-01") }, TG_STEP_STOP, TG_STEP_IS_DONE, "" },
	{ "closed: nothing is open", { KNOWN("distributor", "press"), "\"event\":\"closed\",\"outcome\":\"unfounded\",\"on\":\"2026-06-03\",\"reason\":\"r\",\"evidence\":\"e\"," RECORD },
		TG_STEP_CONTACT_MANUFACTURER, TG_STEP_IS_WAITING, "" },
};
/* clang-format on */

static void each_step_stands_as_the_law_and_our_clocks_have_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(facts); i++) {
		const tg_step_state *s;
		char due[TG_DAY_TEXT_SIZE];
		tg_failure_case c;
		tg_casework book;

		book_open(&book, TG_BOOK_FAILURES, "F-1", facts[i].events);
		assert_int_equal(tg_failure_case_of(&c, &book, "F-1", day("2026-06-01"), NULL), TG_OK);
		s = &c.steps[facts[i].step];
		if (s->status != facts[i].status || strcmp(tg_day_format(due, s->due), facts[i].due) != 0)
			fail_msg("%s: %s, due \"%s\"", facts[i].what, tg_step_status_words[s->status], due);
		if ((s->status == TG_STEP_IS_WAITING || s->status == TG_STEP_IS_EXCUSED) && s->why[0] == '\0')
			fail_msg("%s: nobody says why", facts[i].what);
		tg_casework_fini(&book);
	}
}

static void a_step_is_overdue_the_day_after_its_last(void **state)
{
	static const char *const events[] = { KNOWN("distributor", "press"), NULL };
	tg_failure_case c;
	tg_casework book;

	(void)state;
	book_open(&book, TG_BOOK_FAILURES, "F-1", events);
	assert_int_equal(tg_failure_case_of(&c, &book, "F-1", day("2026-06-01"), NULL), TG_OK);
	assert_int_equal(c.overdue, 0);
	assert_int_equal(tg_failure_case_of(&c, &book, "F-1", day("2026-06-02"), NULL), TG_OK);
	assert_int_equal(c.overdue, 2); /* stop, and the manufacturer */
	assert_int_equal(tg_failure_case_of(&c, &book, "F-2", day("2026-06-02"), NULL), TG_ENOTFOUND);
	tg_casework_fini(&book);
}

/* clang-format off */
static const struct {
	const char *what;
	const char *events[4];
	tg_failure_step step;
	tg_step_result result;
	bool out_of_order;
	int rc;
} checks[] = {
	{ "a notice before the contact", { KNOWN("distributor", "press") }, TG_STEP_NOTIFY_AUTHORITY, TG_RESULT_DONE, false, TG_ESTATE },
	{ "said to be so", { KNOWN("distributor", "press") }, TG_STEP_NOTIFY_AUTHORITY, TG_RESULT_DONE, true, TG_OK },
	{ "a notice after it", { KNOWN("distributor", "press"), CALLED }, TG_STEP_NOTIFY_AUTHORITY, TG_RESULT_DONE, false, TG_OK },
	{ "a notice of what is only suspected", { SUSPECTED("distributor", "press"), CALLED }, TG_STEP_NOTIFY_AUTHORITY, TG_RESULT_DONE, false, TG_ESTATE },
	{ "contact not needed", { KNOWN("distributor", "press") }, TG_STEP_CONTACT_MANUFACTURER, TG_RESULT_NOT_NEEDED, false, TG_ESTATE },
	{ "contact where it was never offered: s. 25 has not begun", { NEVER_OFFERED("distributor") }, TG_STEP_CONTACT_MANUFACTURER, TG_RESULT_NOT_NEEDED, false, TG_OK },
	{ "nor the authority", { NEVER_OFFERED("distributor") }, TG_STEP_NOTIFY_AUTHORITY, TG_RESULT_NOT_NEEDED, false, TG_OK },
	{ "an importer's duties do not ask whether it was", { NEVER_OFFERED("importer") }, TG_STEP_CONTACT_MANUFACTURER, TG_RESULT_NOT_NEEDED, false, TG_ESTATE },
	{ "and it stays stopped", { NEVER_OFFERED("distributor") }, TG_STEP_STOP, TG_RESULT_NOT_NEEDED, false, TG_ESTATE },
	{ "stop not needed", { KNOWN("distributor", "press") }, TG_STEP_STOP, TG_RESULT_NOT_NEEDED, false, TG_ESTATE },
	{ "nobody to tell", { KNOWN("distributor", "press"), CALLED }, TG_STEP_NOTIFY_DOWNSTREAM, TG_RESULT_NOT_NEEDED, false, TG_OK },
	{ "a notice attempted", { KNOWN("distributor", "press"), CALLED }, TG_STEP_NOTIFY_AUTHORITY, TG_RESULT_ATTEMPTED, false, TG_ESTATE },
	{ "deciding by a step", { SUSPECTED("distributor", "press") }, TG_STEP_DECIDE, TG_RESULT_DONE, false, TG_ESTATE },
	{ "a step of another role", { KNOWN("distributor", "press") }, TG_STEP_REMEDY, TG_RESULT_DONE, false, TG_ESTATE },
	{ "a step told already is told again", { KNOWN("distributor", "supplier"), CALLED }, TG_STEP_NOTIFY_SUPPLIER, TG_RESULT_DONE, false, TG_OK },
};
/* clang-format on */

static void steps_are_recorded_in_the_laws_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(checks); i++) {
		tg_error err = { 0 };
		tg_failure_case c;
		tg_casework book;
		int rc;

		book_open(&book, TG_BOOK_FAILURES, "F-1", checks[i].events);
		assert_int_equal(tg_failure_case_of(&c, &book, "F-1", day("2026-06-01"), NULL), TG_OK);
		rc = tg_failure_step_check(&c, checks[i].step, checks[i].result, checks[i].out_of_order, &err);
		if (rc != checks[i].rc)
			fail_msg("%s: %s (%s)", checks[i].what, tg_strerror(rc), err.msg);
		tg_casework_fini(&book);
	}
}

static void what_the_law_asks_for_does_not_end_with_the_remedy(void **state)
{
	static const char *const all[] = { KNOWN("distributor", "press"), CALLED, STEP("notify-authority", "done", "2026-06-02"),
		STEP("notify-downstream", "not-needed", "2026-06-02"), STEP("notify-supplier", "done", "2026-06-02"), NULL };
	const char *some[TG_COUNT(all)];
	tg_failure_case c;
	tg_casework book;

	(void)state;
	for (size_t left_out = 0; left_out < TG_COUNT(all); left_out++) {
		size_t n = 0;
		int rc;

		for (size_t i = 0; i + 1 < TG_COUNT(all); i++)
			if (i != left_out || i == 0)
				some[n++] = all[i];
		some[n] = NULL;
		book_open(&book, TG_BOOK_FAILURES, "F-1", some);
		assert_int_equal(tg_failure_case_of(&c, &book, "F-1", day("2026-06-03"), NULL), TG_OK);
		rc = tg_failure_close_check(&c, true, NULL);
		if ((rc == TG_OK) != (left_out == 0 || left_out + 1 == TG_COUNT(all)))
			fail_msg("without event %zu: %s", left_out, tg_strerror(rc));
		assert_int_equal(tg_failure_close_check(&c, false, NULL), TG_OK); /* what was unfounded asks for nothing */
		tg_casework_fini(&book);
	}
}

/* ss. 10, 17 and 20: what came of it is on record before anybody says that there was nothing, or no longer is. */
static void whoever_must_investigate_closes_nothing_before(void **state)
{
	static const struct {
		const char *opened;
		bool investigated;
		int rc;
	} cases[] = { { SUSPECTED("importer", "customer"), false, TG_ESTATE }, { SUSPECTED("importer", "customer"), true, TG_OK },
		{ KNOWN("manufacturer", "customer"), false, TG_ESTATE }, { KNOWN("manufacturer", "customer"), true, TG_OK },
		{ SUSPECTED("distributor", "customer"), false, TG_OK } };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		const char *events[] = { cases[i].opened, cases[i].investigated ? STEP("investigate", "done", "2026-06-02") : NULL, NULL };
		tg_error err = { 0 };
		tg_failure_case c;
		tg_casework book;

		book_open(&book, TG_BOOK_FAILURES, "F-1", events);
		assert_int_equal(tg_failure_case_of(&c, &book, "F-1", day("2026-06-03"), NULL), TG_OK);
		if (tg_failure_close_check(&c, false, &err) != cases[i].rc)
			fail_msg("case %zu: %s", i, err.msg);
		tg_casework_fini(&book);
	}
}

/* What is open, waits or is excused has its law with it; a step is a policy day or none, never a law's. */
static void every_step_of_a_role_cites_its_law(void **state)
{
	(void)state;
	for (int step = 0; step < TG_FAILURE_STEPS; step++)
		for (int role = 0; role < TG_FAILURE_ROLES; role++) {
			const tg_step_law *law = &tg_step_laws[step];

			assert_int_equal(law->basis[role] == NULL, law->when[role] == NULL);
			if (law->basis[role] != NULL)
				assert_non_null(strstr(law->basis[role], "PSTI Act 2022 s"));
		}
	for (size_t i = 0; tg_failure_steps[i] != NULL; i++)
		assert_true(i < TG_FAILURE_STEPS);
	assert_null(tg_failure_steps[TG_FAILURE_STEPS]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_step_stands_as_the_law_and_our_clocks_have_it),
		cmocka_unit_test(a_step_is_overdue_the_day_after_its_last),
		cmocka_unit_test(steps_are_recorded_in_the_laws_order),
		cmocka_unit_test(what_the_law_asks_for_does_not_end_with_the_remedy),
		cmocka_unit_test(whoever_must_investigate_closes_nothing_before),
		cmocka_unit_test(every_step_of_a_role_cites_its_law),
	};

	if (tg_crypto_init(NULL) != TG_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

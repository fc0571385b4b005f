/* SPDX-License-Identifier: Apache-2.0
 *
 * test_words.c - every row has its lines, and the three outcomes are told apart in every operation.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/gate/rules.h"
#include "plugin/gate/words.h"
#include "tests/unit/gate/says_go.h"

#include <ctype.h>
#include <stdio.h>

#define LINE_MAX_BYTES                                                                                       \
	96 /* one line of a 1024-pixel till screen at a size that can be read at arm's length */

/* Law and blame have no place on a till. */
static const char *const banned[] = { " act ", "section", "regulation", "law", "illegal", "offence", "breach",
	"fraud", "fault of", "your fault", "guilty", "psti", "customer has" };

static void check_line(const char *row, const char *line)
{
	char lower[160] = " ";
	size_t len = strlen(line);

	if (len == 0 || len > LINE_MAX_BYTES)
		fail_msg("row %s: %zu bytes: %s", row, len, line);
	for (size_t i = 0; i < len; i++)
		lower[i + 1] = (char)tolower((unsigned char)line[i]);
	lower[len + 1] = ' ';
	for (size_t i = 0; i < TG_COUNT(banned); i++)
		if (strstr(lower, banned[i]) != NULL)
			fail_msg("row %s says \"%s\": %s", row, banned[i], line);
}

static void every_row_says_what_to_do_and_why(void **state)
{
	(void)state;
	for (size_t n = 0; n < tg_rows_count(); n++) {
		const tg_row *row = tg_rows_at(n);

		check_line(row->id, row->action);
		check_line(row->id, tg__row_words[n].in);
		check_line(row->id, row->reason);
		assert_true(row->what[0] != '\0' && row->basis[0] != '\0');
		for (const char *c = row->code; *c != '\0'; c++)
			assert_true(islower((unsigned char)*c) || *c == '-');
		for (size_t m = 0; m < n; m++) {
			assert_string_not_equal(row->id, tg_rows_at(m)->id);
			assert_string_not_equal(row->code, tg_rows_at(m)->code);
			assert_string_not_equal(row->reason, tg_rows_at(m)->reason);
		}
	}
}

static const tg_release lets_go = { true, true, true }, withholds = { false, false, true },
			trial_run = { true, false, false };

static tg_words words_of(
	size_t row, tg_outcome outcome, bool unchecked, const tg_release *release, tg_operation op)
{
	tg_verdict v = { .outcome = outcome,
		.could_not_check = unchecked,
		.decided_by = (uint8_t)row,
		.hit = UINT64_C(1) << row };
	tg_identity id = { .kind = TG_LABEL_PRODUCT, .why = "" };
	tg_words words;

	tg_words_for(&words, &v, release, &id, op);
	return words;
}

static void the_three_outcomes_are_told_apart(void **state)
{
	(void)state;
	for (size_t n = 0; n < tg_rows_count(); n++)
		for (int op = 0; op < TG_OP_COUNT; op++) {
			const tg_row *row = tg_rows_at(n);
			tg_outcome outcome = (tg_outcome)row->outcome[op];
			tg_words words = words_of(n, outcome, false,
				outcome <= TG_NOTICE ? &lets_go : &withholds, (tg_operation)op);

			if (says_go(words.action) != (outcome <= TG_NOTICE))
				fail_msg("row %s, %s, %s: %s", row->id, tg_operation_words[op],
					tg_outcome_words[outcome], words.action);
			assert_string_equal(words.code, row->code);
			/* harsher than the row's own cell, by policy */
			assert_false(
				says_go(words_of(n, TG_BLOCK, false, &withholds, (tg_operation)op).action));
			words = words_of(n, TG_BLOCK, true, &withholds, (tg_operation)op);
			assert_int_equal(strncmp(words.action, "Could not check", 15), 0);
			assert_string_equal(words.code, "could-not-check");
			check_line("could not check", words.action);
			check_line("could not check", words.reason);
		}
}

/* The same reason is said whether head office has cleared it or not. */
static void a_hold_never_says_that_head_office_has_cleared_it(void **state)
{
	static const size_t rows[] = { TG__ROW_3, TG__ROW_4, TG__ROW_5 };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(rows); i++)
		for (int op = 0; op < TG_OP_COUNT; op++) {
			tg_words hold = words_of(rows[i], TG_HOLD, false, &withholds, (tg_operation)op),
				 block = words_of(rows[i], TG_BLOCK, false, &withholds, (tg_operation)op);

			assert_null(strstr(hold.reason, "cleared"));
			assert_null(strstr(hold.reason, "signed off"));
			assert_null(strstr(hold.action, "Do not"));
			if (op <= TG_OP_DISPATCH)
				assert_non_null(strstr(block.action, "Do not"));
		}
}

/* Rows 10 and 11 let it go, and the policy keeps what has no record (on_log_failure): nobody is told to sell it. */
static void what_stays_for_want_of_a_record_says_so(void **state)
{
	(void)state;
	for (size_t n = 0; n < tg_rows_count(); n++)
		for (int outcome = TG_ALLOW; outcome <= TG_NOTICE; outcome++)
			for (int op = 0; op < TG_OP_COUNT; op++) {
				tg_words words =
					words_of(n, (tg_outcome)outcome, false, &withholds, (tg_operation)op);

				assert_false(says_go(words.action));
				check_line("no record", words.action);
				assert_string_equal(words.code, "no-record");
				assert_string_equal(words.reason, tg_rows_at(TG__ROW_32)->reason);
			}
}

/* Observe mode lets all go: nobody is told to stop, and yet it is said what would be done, and why. */
static void a_trial_run_tells_nobody_to_stop(void **state)
{
	(void)state;
	for (size_t n = 0; n < tg_rows_count(); n++)
		for (int outcome = TG_ALLOW; outcome <= TG_BLOCK; outcome++)
			for (int op = 0; op < TG_OP_COUNT; op++) {
				tg_words words =
					words_of(n, (tg_outcome)outcome, false, &trial_run, (tg_operation)op);

				assert_int_equal(
					strncmp(words.action, "Go on (trial run). Otherwise ", 29), 0);
				check_line("trial run", words.action);
				assert_string_equal(
					words.code, outcome > TG_NOTICE ? tg_rows_at(n)->code : "no-record");
				words = words_of(n, TG_BLOCK, true, &trial_run, (tg_operation)op);
				assert_int_equal(
					strncmp(words.action, "Go on (trial run). Could not check;", 35), 0);
				check_line("trial run", words.action);
				assert_string_equal(words.code, "could-not-check");
			}
}

static void what_goes_unchecked_by_the_policy_says_so(void **state)
{
	(void)state;
	for (int op = 0; op < TG_OP_COUNT; op++) {
		tg_words words = words_of(TG__ROW_31, TG_BLOCK, true, &lets_go, (tg_operation)op);

		assert_true(says_go(words.action));
		assert_non_null(strstr(words.action, "could not be checked"));
		check_line("unchecked", words.action);
		assert_string_equal(words.code, "could-not-check");
	}
}

/* A batch by hand does not count beside a code that was not wholly read, so it is not asked for. */
static void another_code_is_asked_for_where_a_batch_by_hand_would_not_count(void **state)
{
	tg_verdict v = { .outcome = TG_HOLD, .decided_by = TG__ROW_20B };
	tg_identity id = { .kind = TG_LABEL_PRODUCT, .partly_read = true, .why = "" };
	tg_words words;

	(void)state;
	for (int op = 0; op < TG_OP_COUNT; op++) {
		tg_words_for(&words, &v, &withholds, &id, (tg_operation)op);
		check_line("20b", words.action);
		assert_non_null(strstr(words.action, "another code"));
		assert_null(strstr(words.action, "batch"));
	}
}

static void a_label_that_is_no_product_has_words_of_its_own(void **state)
{
	tg_identity id = { .kind = TG_LABEL_NOT_PRODUCT, .passes = true, .why = "" };
	tg_verdict v = { .outcome = TG_ALLOW };
	tg_words words;

	(void)state;
	for (uint8_t other = 0; other < TG_OTHER_COUNT; other++) {
		id.other = other;
		tg_words_for(&words, &v, &lets_go, &id, TG_OP_SALE);
		check_line(tg_other_words[other], words.action);
		check_line(tg_other_words[other], words.reason);
		assert_string_equal(words.code, "passed-on");
		tg_words_for(&words, &v, &withholds, &id, TG_OP_SALE);
		check_line(tg_other_words[other], words.action);
		assert_string_equal(words.code, "no-record");
		assert_false(says_go(words.action));
	}
	id.passes = false;
	tg_words_for(&words, &v, &withholds, &id, TG_OP_SALE);
	assert_string_equal(words.code, "not-on-pass-list");
	assert_false(says_go(words.action));
	tg_words_for(&words, &v, &trial_run, &id, TG_OP_SALE);
	assert_string_equal(words.code, "not-on-pass-list");
	check_line("trial run", words.action);
	assert_true(says_go(words.action));
	id = (tg_identity){ .kind = TG_LABEL_AMBIGUOUS, .why = "check digit fails" };
	tg_words_for(&words, &v, &withholds, &id, TG_OP_SALE);
	assert_string_equal(words.code, "label-ambiguous");
	assert_string_equal(words.reason, "check digit fails");
	id.kind = TG_LABEL_UNREADABLE;
	tg_words_for(&words, &v, &withholds, &id, TG_OP_GOODS_IN);
	assert_string_equal(words.code, "label-unreadable");
	assert_false(says_go(words.action));
	tg_words_for(&words, &v, &trial_run, &id, TG_OP_GOODS_IN);
	check_line("trial run", words.action);
	assert_true(says_go(words.action));
}

static void every_reason_of_a_bad_label_has_words(void **state)
{
	(void)state;
	assert_string_equal(tg__why_words[TG__WHY_NONE], "");
	for (int why = 1; why < TG__WHY_COUNT; why++) {
		assert_non_null(tg__why_words[why]);
		check_line("label", tg__why_words[why]);
	}
}

/* The manual page shows the table: a row that changes without its line there is found here. */
static void the_manual_page_shows_the_same_table(void **state)
{
	static const char *const kinds[] = { "system", "stop", "exempt", "route", "answer", "grade" };
	static char page[65536];
	FILE *f = fopen(TG_RULES_PAGE, "r");
	size_t len;

	(void)state;
	assert_non_null(f);
	len = fread(page, 1, sizeof(page) - 1, f);
	(void)fclose(f);
	page[len] = '\0';
	for (size_t n = 0; n < tg_rows_count(); n++) {
		const tg_row *row = tg_rows_at(n);
		char line[160];
		int at = snprintf(line, sizeof(line), "\n%s\t%s", row->id, kinds[row->kind]);

		for (int op = 0; op < TG_OP_COUNT; op++)
			at += snprintf(
				line + at, sizeof(line) - (size_t)at, "\t%c", "ANHB"[row->outcome[op]]);
		(void)snprintf(line + at, sizeof(line) - (size_t)at, "\t%s\t%s\n",
			row->override == TG_OVERRIDE_YES		 ? "yes"
			: row->override == TG_OVERRIDE_AS_COMPONENT ? "part"
								    : "no",
			row->code);
		if (strstr(page, line) == NULL)
			fail_msg("tillgate-rules(7) has no line%s", line);
		(void)snprintf(line, sizeof(line), "\n.It Ic %s\n", row->id);
		if (strstr(page, line) == NULL)
			fail_msg("tillgate-rules(7) has no item%s", line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_says_what_to_do_and_why),
		cmocka_unit_test(the_three_outcomes_are_told_apart),
		cmocka_unit_test(a_hold_never_says_that_head_office_has_cleared_it),
		cmocka_unit_test(what_stays_for_want_of_a_record_says_so),
		cmocka_unit_test(a_trial_run_tells_nobody_to_stop),
		cmocka_unit_test(what_goes_unchecked_by_the_policy_says_so),
		cmocka_unit_test(another_code_is_asked_for_where_a_batch_by_hand_would_not_count),
		cmocka_unit_test(a_label_that_is_no_product_has_words_of_its_own),
		cmocka_unit_test(every_reason_of_a_bad_label_has_words),
		cmocka_unit_test(the_manual_page_shows_the_same_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * test_findings.c - what is printed of what was found, and what is only counted.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "sync/hq/findings.h"

#include <stdlib.h>

static void add(tg_findings *f, tg_finding_level level, const char *code, uint32_t from, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		tg_findings_add(f, level, code, (tg_finding_at){ "socs.jsonl", from + i }, "field", "words");
}

/* A shop that has 30 statements for all batches, 12 dead dates, 20 defects and 2 errors. */
static void fill(tg_findings *f)
{
	add(f, TG_FINDING_WARNING, "all-batches", 1, 30);
	add(f, TG_FINDING_WARNING, "review-due", 31, 12);
	add(f, TG_FINDING_DEFECT, "D04", 43, 20);
	add(f, TG_FINDING_ERROR, "duplicate-id", 63, 2);
	tg_findings_sort(f);
}

static char *print(const tg_findings *f, const tg_findings_choice *choice)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	tg_findings_print(out, f, choice);
	fclose(out);
	return text;
}

static size_t lines_with(const char *text, const char *words)
{
	size_t count = 0;

	for (const char *p = text; (p = strstr(p, words)) != NULL; p += strlen(words))
		count++;
	return count;
}

static void equal_warnings_are_printed_some_times_and_then_counted(void **state)
{
	tg_findings f = { 0 };
	char *text;

	(void)state;
	fill(&f);
	text = print(&f, &(tg_findings_choice){ .folder = "records", .equal_warnings = 10 });
	assert_int_equal(lines_with(text, "warning all-batches"), 10);
	assert_int_equal(lines_with(text, "warning review-due"), 10);
	assert_int_equal(lines_with(text, "defect D04"), 20);
	assert_int_equal(lines_with(text, "error duplicate-id"), 2);
	assert_int_equal(lines_with(text, "and 22 more warnings like these"), 1);
	assert_int_equal(lines_with(text, "records/socs.jsonl:1: warning all-batches field: words\n"), 1);
	free(text);
	tg_findings_fini(&f);
}

static void all_of_them_are_printed_when_asked_for(void **state)
{
	tg_findings f = { 0 };
	char *text;

	(void)state;
	fill(&f);
	text = print(&f, &(tg_findings_choice){ 0 });
	assert_int_equal(lines_with(text, "\n"), 64);
	assert_int_equal(lines_with(text, "more"), 0);
	assert_int_equal(lines_with(text, "/"), 0); /* no folder was given */
	free(text);
	tg_findings_fini(&f);
}

static void errors_alone_are_errors_alone(void **state)
{
	tg_findings f = { 0 };
	char *text;

	(void)state;
	fill(&f);
	text = print(&f, &(tg_findings_choice){ .least = TG_FINDING_ERROR });
	assert_int_equal(lines_with(text, "\n"), 2);
	assert_int_equal(lines_with(text, "error duplicate-id"), 2);
	free(text);
	tg_findings_fini(&f);
}

static void the_counts_are_of_all(void **state)
{
	tg_findings f = { 0 };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	fill(&f);
	tg_findings_print_counts(out, &f);
	fclose(out);
	assert_string_equal(text, "       2 error duplicate-id\n      20 defect D04\n      30 warning all-batches\n"
				  "      12 warning review-due\n");
	free(text);
	tg_findings_fini(&f);
}

/* A member's name comes from whoever wrote the record. */
static void a_hostile_name_of_a_member_is_printed_tame(void **state)
{
	tg_findings f = { 0 };
	char *text;

	(void)state;
	tg_findings_add(&f, TG_FINDING_ERROR, "bad-record", (tg_finding_at){ "socs.jsonl", 1 }, "\x1b[2Jname\xe2\x80\xae",
		"words");
	text = print(&f, &(tg_findings_choice){ 0 });
	assert_null(strchr(text, '\x1b'));
	assert_null(strstr(text, "\xe2\x80\xae"));
	assert_non_null(strstr(text, "name"));
	free(text);
	tg_findings_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_warnings_are_printed_some_times_and_then_counted),
		cmocka_unit_test(all_of_them_are_printed_when_asked_for),
		cmocka_unit_test(errors_alone_are_errors_alone),
		cmocka_unit_test(the_counts_are_of_all),
		cmocka_unit_test(a_hostile_name_of_a_member_is_printed_tame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

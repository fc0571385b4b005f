/* SPDX-License-Identifier: Apache-2.0
 *
 * explain_text.c - an explanation as lines for people. See explain_text.h.
 */
#include "plugin/station/explain_text.h"

#include <stdio.h>
#include <string.h>

static const char *text_of(const tg_json *object, const char *name)
{
	const char *text = tg_json_str(tg_json_get(object, name));

	return text != NULL ? text : "";
}

static void print_list(const char *before, const tg_json *list)
{
	for (const tg_json *one = tg_json_first(list); one != NULL; one = tg_json_next(one))
		printf("%s%s\n", before, tg_json_str(one));
}

static void print_days(const tg_json *object, const char *from, const char *to)
{
	if (text_of(object, from)[0] != '\0')
		printf(", from %s", text_of(object, from));
	if (text_of(object, to)[0] != '\0')
		printf(", until %s", text_of(object, to));
}

/* ---- what was asked, and the answer ---- */

static void print_answer(const tg_json *answer)
{
	printf("%s\n  %s\n", text_of(answer, "action"), text_of(answer, "reason"));
	printf("  %s%s, row %s (%s)", tg_json_bool(tg_json_get(answer, "could_not_check")) ? "could not check: " : "",
		text_of(answer, "outcome"), text_of(answer, "decided_by"), text_of(answer, "code"));
	if (text_of(answer, "basis")[0] != '\0')
		printf(", %s", text_of(answer, "basis"));
	printf("\n  catalogue %lld, %s, mode %s\n", (long long)tg_json_int(tg_json_get(answer, "catalogue_version")),
		text_of(answer, "stage"), text_of(answer, "mode"));
	if (text_of(answer, "fault")[0] != '\0')
		printf("  why: %s\n", text_of(answer, "fault"));
	printf("\nLabel\n  %s", text_of(answer, "kind"));
	if (text_of(answer, "gtin")[0] != '\0')
		printf(" %s", text_of(answer, "gtin"));
	if (text_of(answer, "batch")[0] != '\0')
		printf(", batch %s", text_of(answer, "batch"));
	if (text_of(answer, "serial")[0] != '\0')
		printf(", serial %s", text_of(answer, "serial"));
	printf("\n  %s, to %s\n", text_of(answer, "operation"), text_of(answer, "destination"));
}

/* ---- the record ---- */

static void print_statements(const tg_json *list)
{
	for (const tg_json *soc = tg_json_first(list); soc != NULL; soc = tg_json_next(soc)) {
		printf("  statement %s, %s", text_of(soc, "id"), text_of(soc, "status"));
		print_days(soc, "issued", "support_ends");
		printf("%s\n", tg_json_bool(tg_json_get(soc, "answers")) ? ": answers" : ": does not answer");
		print_list("    ", tg_json_get(soc, "fails"));
	}
}

static void print_things(const char *what, const tg_json *list, const char *from, const char *to)
{
	for (const tg_json *one = tg_json_first(list); one != NULL; one = tg_json_next(one)) {
		printf("  %s %s", what[0] != '\0' ? what : text_of(one, "kind"), text_of(one, "id"));
		print_days(one, from, to);
		printf("\n");
	}
}

static void print_record(const tg_json *record)
{
	if (record == NULL) {
		printf("\nRecord\n  none\n");
		return;
	}
	printf("\nRecord\n  %s  %s\n", text_of(record, "gtin"), text_of(record, "name"));
	printf("  %s, type \"%s\", we are the %s\n", text_of(record, "manufacturer"), text_of(record, "type"), text_of(record, "role"));
	printf("  scope: %s", text_of(record, "scope"));
	if (text_of(record, "note")[0] != '\0')
		printf(", by note %s", text_of(record, "note"));
	print_days(record, "", "note_review_by");
	printf("\n");
	print_statements(tg_json_get(record, "statements"));
	print_things("label", tg_json_get(record, "labels"), "valid_from", "valid_to");
	print_things("", tg_json_get(record, "stops"), "from", "to");
	print_list("  holds ", tg_json_get(record, "components"));
}

/* ---- rows ---- */

static void print_row(const tg_json *row)
{
	const char *off_by = text_of(row, "off_by");
	bool hit = tg_json_bool(tg_json_get(row, "hit"));

	printf("  %-4s %-7s %s\n", text_of(row, "id"), hit ? text_of(row, "outcome") : "-", text_of(row, "condition"));
	printf("       %s\n", text_of(row, "basis"));
	if (off_by[0] != '\0')
		printf("       switched off by row %s\n", off_by);
	print_list(hit ? "       because: " : "       would hit if: ", tg_json_get(row, hit ? "because" : "would_hit_if"));
}

void tg_explain_print(const tg_json *explanation, bool all)
{
	const tg_json *rows = tg_json_get(explanation, "rows");

	print_answer(tg_json_get(explanation, "answer"));
	print_record(tg_json_get(explanation, "record"));
	printf("\nRows that hit\n");
	for (const tg_json *row = tg_json_first(rows); row != NULL; row = tg_json_next(row))
		if (tg_json_bool(tg_json_get(row, "hit")))
			print_row(row);
	if (!all)
		return;
	printf("\nRows that did not\n");
	for (const tg_json *row = tg_json_first(rows); row != NULL; row = tg_json_next(row))
		if (!tg_json_bool(tg_json_get(row, "hit")))
			print_row(row);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * case_print.c - cases on a terminal. See case_print.h.
 *
 * What people and suppliers wrote was refused by the station where it hides or steers; it is printed as it is.
 */
#include "plugin/cli/case_print.h"

#include "store/base/utc.h"

#include <stdio.h>

#define DAY_CHARACTERS 10  /* of a time: its date */
#define MINUTE_CHARACTERS 16

static const char *text_of(const tg_json *json, const char *name)
{
	const char *text = tg_json_str(tg_json_get(json, name));

	return text != NULL ? text : "";
}

static long long number_of(const tg_json *json, const char *name)
{
	return (long long)tg_json_int(tg_json_get(json, name));
}

static const char *product_of(const tg_json *one)
{
	return text_of(one, tg_json_get(one, "gtin") != NULL ? "gtin" : "number");
}

static const char *or_dash(const char *text)
{
	return text[0] != '\0' ? text : "-";
}

/* Columns of bytes would cut characters: what may be of any script stands at the end. */
static void print_row(const tg_json *one)
{
	printf("%-14s  %-19s  %4lld of %-4lld  %-14s  %-12s  %-4s %-20s  %.*s  %-12s  %s", text_of(one, "id"), text_of(one, "state"),
		number_of(one, "held"), number_of(one, "quantity"), product_of(one), or_dash(text_of(one, "batch")), or_dash(text_of(one, "row")),
		text_of(one, "code"), DAY_CHARACTERS, text_of(one, "opened_at"), or_dash(text_of(one, "owner")), text_of(one, "name"));
	if (text_of(one, "delivery")[0] != '\0')
		printf("; delivery %s", text_of(one, "delivery"));
	if (text_of(one, "supplier")[0] != '\0')
		printf("; from %s", text_of(one, "supplier"));
	putchar('\n');
}

void tg_case_print_list(const tg_json *list, bool header)
{
	if (header && tg_json_first(tg_json_get(list, "cases")) != NULL)
		printf("%-14s  %-19s  %-12s  %-14s  %-12s  %-4s %-20s  %-10s  %-12s  %s\n", "case", "state", "here of all", "product", "batch",
			"row", "why", "since", "owner", "what");
	for (const tg_json *one = tg_json_first(tg_json_get(list, "cases")); one != NULL; one = tg_json_next(one))
		print_row(one);
}

static void print_left(const tg_json *left)
{
	for (const tg_json *how = tg_json_first(left); how != NULL; how = tg_json_next(how))
		printf(", %lld %s", (long long)tg_json_int(how), tg_json_name(how));
}

void tg_case_print_line(const tg_json *one)
{
	printf("case %s: %s, %lld units here", text_of(one, "id"), text_of(one, "state"), number_of(one, "held"));
	print_left(tg_json_get(one, "left"));
	putchar('\n');
}

static void print_member(const tg_json *json, const char *name, const char *words)
{
	if (text_of(json, name)[0] != '\0')
		printf("  %-12s %s\n", words, text_of(json, name));
}

static void print_event(const tg_json *one)
{
	static const char *const shown[] = { "owner", "supplier", "state", "how", "code", "by", "authority", "reason", "check", "text" };
	const tg_json *entry = tg_json_get(one, "entry");
	char at[TG_UTC_TEXT_SIZE];

	tg_utc_format(at, tg_json_int(tg_json_get(entry, "at_us")));
	printf("%.*s  %-14s  %s", MINUTE_CHARACTERS, at, text_of(one, "reference"), text_of(entry, "event"));
	if (tg_json_get(entry, "quantity") != NULL)
		printf(" %lld", number_of(entry, "quantity"));
	for (size_t i = 0; i < TG_COUNT(shown); i++)
		if (tg_json_get(entry, shown[i]) != NULL)
			printf("; %s: %s", shown[i], or_dash(text_of(entry, shown[i])));
	putchar('\n');
}

void tg_case_print_whole(const tg_json *answer)
{
	const tg_json *one = tg_json_get(answer, "case"), *opener = tg_json_get(answer, "opened_by");

	tg_case_print_line(one);
	printf("  %-12s %s  %s\n", "product", product_of(one), text_of(one, "name"));
	print_member(one, "batch", "batch");
	printf("  %-12s row %s, %s (%s)\n", "why", or_dash(text_of(one, "row")), text_of(one, "code"), text_of(opener, "outcome"));
	print_member(one, "operation", "came by");
	print_member(one, "supplier", "supplier");
	print_member(one, "delivery", "delivery");
	print_member(one, "owner", "owner");
	print_member(one, "opened_at", "opened");
	print_member(one, "settled_at", "settled");
	if (tg_json_bool(tg_json_get(one, "does_not_add_up")))
		puts("  The log says that more left than was put aside: look at its entries.");
	if (number_of(one, "not_understood") > 0)
		printf("  %lld entries are of a newer version of tillgate, and not in what is said here\n", number_of(one, "not_understood"));
	if (tg_json_first(tg_json_get(answer, "history")) != NULL)
		puts("the newest first:");
	for (const tg_json *event = tg_json_first(tg_json_get(answer, "history")); event != NULL; event = tg_json_next(event))
		print_event(event);
	if (tg_json_get(answer, "before") != NULL)
		printf("older ones: tillgate case show %s --before %s\n", text_of(one, "id"), text_of(answer, "before"));
}

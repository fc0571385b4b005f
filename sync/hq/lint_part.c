/* SPDX-License-Identifier: Apache-2.0
 *
 * lint_part.c - checks that records of several kinds go through: days that have not come, ids and numbers given twice.
 */
#include "sync/hq/lint_part.h"

#include "plugin/gate/label.h"

#include <stdlib.h>

void tg_lint_no_memory(struct lint *l, tg_record_kind kind)
{
	tg_findings_add(l->findings, TG_FINDING_ERROR, "no-memory", at(kind, 0), "",
		"out of memory; the check is not complete");
}

void tg_lint_not_future(struct lint *l, tg_finding_at where, const char *field, int32_t day)
{
	char text[TG_DAY_TEXT_SIZE];

	if (day != TG_DAY_NONE && day > l->today)
		tg_findings_add(l->findings, TG_FINDING_ERROR, "date-in-future", where, field,
			"%s has not come yet; correct the date", tg_day_format(text, day));
}

/* ---- ids ---- */

static int by_id(const void *left, const void *right)
{
	const struct lint_id *a = left, *b = right;
	int order = strcmp(a->id, b->id);

	if (order == 0)
		order = (int)a->kind - (int)b->kind;
	return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

void tg_lint_ids(struct lint *l, struct lint_id *ids, size_t count)
{
	if (count > 1)
		qsort(ids, count, sizeof(*ids), by_id);
	for (size_t i = 1; i < count; i++)
		if (strcmp(ids[i - 1].id, ids[i].id) == 0)
			tg_findings_add(l->findings, TG_FINDING_ERROR, "duplicate-id",
				at(ids[i].kind, ids[i].line), "id",
				"\"%s\" is already in %s on line %u; give each its own", ids[i].id,
				tg_record_files[ids[i - 1].kind], ids[i - 1].line);
}

/* ---- numbers ---- */

static int by_number(const void *left, const void *right)
{
	const struct lint_number *a = left, *b = right;

	if (a->gtin != b->gtin)
		return a->gtin < b->gtin ? -1 : 1;
	return (a->line > b->line) - (a->line < b->line);
}

void tg_lint_numbers(struct lint *l, tg_record_kind kind, struct lint_number *numbers, size_t count)
{
	char text[15];

	if (count > 1)
		qsort(numbers, count, sizeof(*numbers), by_number);
	for (size_t i = 1; i < count; i++)
		if (numbers[i - 1].gtin == numbers[i].gtin)
			tg_findings_add(l->findings, TG_FINDING_ERROR, "duplicate-gtin",
				at(kind, numbers[i].line), "gtin",
				"%s is already on line %u; keep one of them",
				tg_gtin_format(text, numbers[i].gtin), numbers[i - 1].line);
}

bool tg_lint_has_number(const struct lint_number *numbers, size_t count, uint64_t gtin)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (numbers[middle].gtin == gtin)
			return true;
		if (numbers[middle].gtin < gtin)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

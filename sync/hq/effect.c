/* SPDX-License-Identifier: Apache-2.0
 *
 * effect.c - one unit, asked about on every day on which something changes.
 */
#include "sync/hq/effect.h"

#include "store/catalogue/catalogue.h"

#include <stdio.h>
#include <stdlib.h>

const char *tg_stretch_words(const tg_stretch *s)
{
	static const char *const words[TG_STOP_KINDS] = { "nothing", "stop notice or forfeiture in effect", "recall notice in effect",
		"of no effect: appeal pending, or suspended", "on hold: notice of intent, or given and not yet in effect",
		"compliance notice in effect", "failure known or believed", "failure suspected", "known of: its grounds count",
		"support period shortened" };

	if (s->kind == TG_STOP_APPEALED && (s->flags & TG_STOP_CLEARED) != 0)
		return "of no effect: appeal pending, or suspended; sale signed off";
	if (s->kind == TG_STOP_INTENT && (s->flags & TG_STOP_CLEARED) != 0)
		return "notice of intent, cleared by counsel";
	if (s->kind == TG_STOP_COMPLIANCE && (s->flags & TG_STOP_ON_SUPPLY) != 0)
		return "compliance notice on the duty of s. 22 or 23 in effect";
	return s->kind < TG_STOP_KINDS ? words[s->kind] : "unknown";
}

static bool take_first(void *context, size_t product)
{
	size_t *first = context;

	if (*first == TG_INDEX_NONE || product < *first)
		*first = product;
	return true;
}

bool tg_effect_unit_of(tg_effect_unit *out, const tg_index *index, const tg_reach *reach)
{
	size_t first = TG_INDEX_NONE;

	tg_reach_each(index, reach, take_first, &first);
	if (first == TG_INDEX_NONE)
		return false;
	*out = (tg_effect_unit){ index->products[first].gtin, reach->batch_count > 0 ? reach->batches[0].from : "",
		reach->serial_count > 0 ? reach->serials[0].from : "" };
	return true;
}

void tg_effect_on(tg_effect_row *out, int32_t day, const tg_present *present, const tg_effect_unit *unit)
{
	tg_identity identity = { .kind = TG_LABEL_PRODUCT, .strength = TG_STRENGTH_ELEMENTS, .digits = 14, .gtin = unit->gtin,
		.expiry = TG_DAY_NONE, .why = "" };

	(void)snprintf(identity.batch, sizeof(identity.batch), "%s", unit->batch);
	(void)snprintf(identity.serial, sizeof(identity.serial), "%s", unit->serial);
	*out = (tg_effect_row){ .from = day, .to = day, .stands = "nothing" };
	for (int op = 0; op < TG_OP_COUNT; op++) {
		const tg_occasion occasion = { .operation = (tg_operation)op, .today = day };
		tg_verdict verdict;

		tg_gate_decide(&verdict, present->cat, &present->records.policy, &identity, &occasion, NULL);
		out->outcome[op] = verdict.outcome;
		out->could_not_check = out->could_not_check || verdict.could_not_check;
		out->row[op] = verdict.hit != 0 ? tg_rows_at(verdict.decided_by)->id : "";
	}
}

static int by_day(const void *left, const void *right)
{
	int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;

	return (a > b) - (a < b);
}

/* Each day on which a stretch begins, or ended the day before; sorted, each once. */
static size_t find_edges(int32_t out[TG_EFFECT_ROWS_MAX], const tg_stretch *stretches, size_t count)
{
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < count && i < TG_AGAINST_OF_ONE; i++) {
		out[n++] = stretches[i].from;
		if (stretches[i].to != TG_DAY_NONE)
			out[n++] = stretches[i].to + 1;
	}
	if (n > 1)
		qsort(out, n, sizeof(*out), by_day);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || out[i] != out[kept - 1])
			out[kept++] = out[i];
	return kept;
}

size_t tg_effect_of(tg_effect_row out[TG_EFFECT_ROWS_MAX], const tg_stretch *stretches, size_t count,
	const tg_present *present, const tg_effect_unit *unit)
{
	int32_t edges[TG_EFFECT_ROWS_MAX];
	size_t n = find_edges(edges, stretches, count);

	for (size_t i = 0; i < n; i++) {
		tg_effect_on(&out[i], edges[i], present, unit);
		out[i].to = i + 1 < n ? edges[i + 1] - 1 : TG_DAY_NONE;
		for (size_t k = 0; k < count; k++)
			if (stretches[k].from <= edges[i] && (stretches[k].to == TG_DAY_NONE || stretches[k].to >= edges[i]))
				out[i].stands = tg_stretch_words(&stretches[k]);
	}
	return n;
}

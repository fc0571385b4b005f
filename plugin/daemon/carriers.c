/* SPDX-License-Identifier: Apache-2.0
 *
 * carriers.c - one item, several labels. See carriers.h.
 */
#include "plugin/daemon/carriers.h"

#include <string.h>

bool tg_carriers_takes(const tg_carriers *carriers, const char *set)
{
	return carriers->item.count > 0 && carriers->item.count < TG_CARRIERS_MAX && strcmp(carriers->set, set) == 0;
}

void tg_carriers_add(tg_carriers *carriers, const char *set, const tg_scan *scan)
{
	memcpy(carriers->set, set, strnlen(set, sizeof(carriers->set) - 1) + 1);
	carriers->item.scans[carriers->item.count++] = *scan;
}

static tg_identity identify(const tg_scan *scan, const tg_label_setup *setup, int32_t today)
{
	uint8_t buf[TG_LABEL_MAX];
	tg_plain_label plain;
	tg_identity id;

	tg_label_plain(&plain, buf, setup, scan->aim, tg_view_of(scan->data, scan->len));
	tg_label_identify(&id, plain.aim, plain.data, NULL, today);
	return id;
}

static bool agree(const char *a, const char *b)
{
	return a[0] == '\0' || b[0] == '\0' || strcmp(a, b) == 0;
}

static bool is_one_unit(const tg_identity *a, const tg_identity *b)
{
	return a->gtin != 0 && a->gtin == b->gtin && a->kind == b->kind && agree(a->batch, b->batch) && agree(a->serial, b->serial);
}

/* A batch before all else: failures and statements go by it, and a serial number and a date together do not make up for it. */
static unsigned says(const tg_identity *id)
{
	unsigned facts = 4U * (id->batch[0] != '\0') + 2U * (id->serial[0] != '\0') + (id->expiry != TG_DAY_NONE);

	return facts * TG_STRENGTH_COUNT + id->strength;
}

/* Of each: a label that says little goes with two others that speak against one another. */
static bool is_of_unit(const tg_identity *unit, size_t count, const tg_identity *id)
{
	for (size_t i = 0; i < count; i++)
		if (!is_one_unit(&unit[i], id))
			return false;
	return true;
}

bool tg_carriers_next(tg_item *out, tg_carriers *carriers, const tg_label_setup *setup, int32_t today)
{
	tg_item *all = &carriers->item;
	size_t count = all->count, left = 0;
	tg_identity unit[TG_CARRIERS_MAX];

	out->count = out->best = 0;
	for (size_t i = 0; i < count; i++) {
		tg_identity id = identify(&all->scans[i], setup, today);

		if (!is_of_unit(unit, out->count, &id)) {
			if (left != i)
				all->scans[left] = all->scans[i];
			left++;
			continue;
		}
		unit[out->count] = id;
		if (says(&id) > says(&unit[out->best]))
			out->best = out->count;
		out->scans[out->count++] = all->scans[i];
	}
	all->count = left;
	if (left == 0)
		carriers->set[0] = '\0';
	return out->count > 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * rows.h - which rows of the table are tested by what is asked of them: test_occasion.c has those that stand against a unit, tell
 * what occasion it is, or speak of bundles; test_rules.c has scope, statement, label and the grades.
 */
#ifndef TESTS_GATE_ROWS_H
#define TESTS_GATE_ROWS_H

#include "plugin/gate/verdict.h"

#include <stdio.h>
#include <string.h>

static const char *const rows_by_occasion[] = { "1", "1d", "2", "2d", "3", "4", "5", "6", "7", "8", "8b", "13", "14", "27", "28",
	"28n", "28a", "29", "33", "34", "35", "36", "37", "38", "39", "40", "40h", "41", "42" };

static inline bool is_by_occasion(const char *id)
{
	for (size_t i = 0; i < TG_COUNT(rows_by_occasion); i++)
		if (strcmp(rows_by_occasion[i], id) == 0)
			return true;
	return false;
}

/* The rows that hit, in the order of the table; "-16" hit and was switched off. */
static inline void write_rows(char *out, size_t size, const tg_verdict *v)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t n = 0; n < tg_rows_count(); n++)
		if (v->hit >> n & 1)
			len += (size_t)snprintf(out + len, size - len, "%s%s%s", len > 0 ? " " : "", v->off >> n & 1 ? "-" : "",
				tg_rows_at(n)->id);
}

#endif

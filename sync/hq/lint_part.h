/* SPDX-License-Identifier: Apache-2.0
 *
 * lint_part.h - what the parts of lint share: where a record stands, and the checks of days, ids and numbers. Part of lint (lint.h).
 */
#ifndef TG_HQ_LINT_PART_H
#define TG_HQ_LINT_PART_H

#include "sync/hq/lint.h"

struct lint {
	tg_findings *findings;
	const tg_index *index;
	const tg_records *records;
	int32_t today;
};

struct lint_id {
	const char *id; /* borrowed */
	tg_record_kind kind;
	uint32_t line;
};

struct lint_number {
	uint64_t gtin;
	uint32_t line;
};

static inline tg_finding_at at(tg_record_kind kind, uint32_t line)
{
	return (tg_finding_at){ tg_record_files[kind], line };
}

/** The check of that kind of record ends here. */
void tg_lint_no_memory(struct lint *l, tg_record_kind kind);

/** A day in the future is a slip that would stop nothing until then, or free something by itself. */
void tg_lint_not_future(struct lint *l, tg_finding_at where, const char *field, int32_t day);

/** Sorts `ids` by id; each may be there once. */
void tg_lint_ids(struct lint *l, struct lint_id *ids, size_t count);

/** Sorts `numbers` of the records of one kind; each may be there once. */
void tg_lint_numbers(struct lint *l, tg_record_kind kind, struct lint_number *numbers, size_t count);

/** Whether `gtin` is one of them; they are sorted. */
bool tg_lint_has_number(const struct lint_number *numbers, size_t count, uint64_t gtin);

#endif

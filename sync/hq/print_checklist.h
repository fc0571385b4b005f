/* SPDX-License-Identifier: Apache-2.0
 *
 * print_checklist.h - a statement judged for its pack: which defects it has, and Schedule 4 item by item. Part of print.h.
 */
#ifndef TG_HQ_PRINT_CHECKLIST_H
#define TG_HQ_PRINT_CHECKLIST_H

#include "sync/hq/print_part.h"

#define TG_PRINT_DEFECTS_MAX 32 /* of one statement; tg_soc_defects() finds at most 20 */

/** One statement and what it lacks. All borrowed. */
typedef struct tg_print_judged {
	const tg_print *print;
	const tg_soc_record *soc;
	struct tg_print_defect {
		int code;
		const char *field, *words;
	} list[TG_PRINT_DEFECTS_MAX];
	size_t count;
} tg_print_judged;

/** Judge it, by defects.h. */
void tg_print__judge(tg_print_judged *out, const tg_print *print, const tg_soc_record *soc);

/**
 * What was found of the members whose names begin so: their defects, or `fine`. The text is in `lines`, which is new and the
 * caller's.
 */
tg_page_value tg_print__verdict(
	const tg_print_judged *judged, tg_lines *lines, const char *field, const char *fine);

/** Section "SI 2023/1007 Schedule 4, item by item". */
void tg_print__checklist(tg_page *page, const tg_print_judged *judged);

#endif

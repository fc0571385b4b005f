/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_notice.h - the verbs of `tillgate-hq notice`, which lie in three files.
 */
#ifndef TG_HQ_CMD_NOTICE_H
#define TG_HQ_CMD_NOTICE_H

#include "sync/hq/cmd_case.h"
#include "sync/hq/effect.h"
#include "sync/hq/notice_case.h"

TG_NODISCARD int tg_notice_list(const tg_case_args *args, int *code, tg_error *err);
TG_NODISCARD int tg_notice_show(const tg_case_args *args, const char *id, int *code, tg_error *err);
/** Everything on record about the notice as one document: to --out, or to standard output. */
TG_NODISCARD int tg_notice_print_record(const tg_case_args *args, const char *id, int *code, tg_error *err);

/** The effect of a notice at the gate. Zero-initialise; tg_notice_effect_fini(). */
typedef struct tg_notice_effect {
	tg_stretch stretches[TG_AGAINST_OF_ONE];
	size_t stretch_count;
	tg_effect_row rows[TG_EFFECT_ROWS_MAX];
	size_t row_count; /**< 0 with stretches: the gate could not be asked, and `why` says why */
	char why[240];
	size_t products;
	tg_effect_unit unit;
	tg_present present;
} tg_notice_effect;

/** Asks the gate over the present records. Errors: TG_ENOMEM; what stops the asking itself goes into `why`. */
TG_NODISCARD int tg_notice_effect_of(tg_notice_effect *out, const tg_site *site, const char *id, int32_t today, bool quiet, tg_error *err);
void tg_notice_effect_fini(tg_notice_effect *effect);

void tg_notice_print(const tg_notice_case *c, const tg_notice_effect *effect, int32_t today);
tg_json *tg_notice_json(const tg_notice_case *c, const tg_notice_effect *effect);

#endif

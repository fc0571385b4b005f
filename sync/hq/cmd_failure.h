/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_failure.h - the verbs of `tillgate-hq failure`, which lie in three files.
 */
#ifndef TG_HQ_CMD_FAILURE_H
#define TG_HQ_CMD_FAILURE_H

#include "sync/hq/cmd_case.h"
#include "sync/hq/failure_case.h"

/** Each does its verb and sets the exit code, if it is not that of an error. */
TG_NODISCARD int tg_failure_list(const tg_case_args *args, int *code, tg_error *err);
TG_NODISCARD int tg_failure_show(const tg_case_args *args, const char *id, int *code, tg_error *err);
TG_NODISCARD int tg_failure_letters(const tg_case_args *args, const char *id, int *code, tg_error *err);

/** The case with its steps, on standard output. */
void tg_failure_print(const tg_failure_case *c, int32_t today);
tg_json *tg_failure_json(const tg_failure_case *c, bool whole);

#endif

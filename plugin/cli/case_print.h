/* SPDX-License-Identifier: Apache-2.0
 *
 * case_print.h - cases on a terminal. For case.c.
 */
#ifndef TG_CLI_CASE_PRINT_H
#define TG_CLI_CASE_PRINT_H

#include "store/base/json.h"

/** The answer of GET /v1/cases, as a table; `header` with its first line. */
void tg_case_print_list(const tg_json *list, bool header);
/** The answer of GET /v1/cases/case. */
void tg_case_print_whole(const tg_json *answer);
/** One case in one line, after something was done with it. */
void tg_case_print_line(const tg_json *one);

#endif

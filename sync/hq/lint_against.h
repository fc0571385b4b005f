/* SPDX-License-Identifier: Apache-2.0
 *
 * lint_against.h - the checks of failures, notices, publications, roles and bundles. Part of lint (lint.h).
 */
#ifndef TG_HQ_LINT_AGAINST_H
#define TG_HQ_LINT_AGAINST_H

#include "sync/hq/lint.h"

/** Adds findings; does not sort them. */
void tg_lint_against(tg_findings *findings, const tg_index *index, int32_t today);

#endif

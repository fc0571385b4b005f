/* SPDX-License-Identifier: Apache-2.0
 *
 * lint.h - everything that is wrong with the records, in one pass over all of them.
 *
 * Levels: error - the records contradict themselves, nothing is published; defect - carried into the image as
 * such, the till withholds because of it; warning - worth a look. Codes: tillgate-records(5).
 *
 * Pure but for the findings: no I/O, no clock.
 */
#ifndef TG_HQ_LINT_H
#define TG_HQ_LINT_H

#include "sync/hq/index.h"

#define TG_LINT_SOON_DAYS                                                                                    \
	60 /* a review or a label that ends within so many days is told of: two monthly rounds */

#define TG_LINT_TRIAL_DAYS                                                                                   \
	183 /* unknown products that are only watched for longer are no trial any more: half a year */

/**
 * Add findings for all that the records say; `today` is the date in the United Kingdom. Sorts the findings.
 */
void tg_lint(tg_findings *findings, const tg_index *index, int32_t today);

#endif

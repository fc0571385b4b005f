/* SPDX-License-Identifier: Apache-2.0
 *
 * deadlines.h - last days and first days: of an appeal, of representations, of service, and of our own clocks.
 *
 * Pure: days in, days out. Every day is one in the United Kingdom and good through its end; TG_DAY_NONE in gives TG_DAY_NONE out.
 *
 * Working days are Monday to Friday. Bank holidays differ between England and Wales, Scotland and Northern Ireland and are
 * proclaimed from year to year, so that they are not built in. What that does to a day: it comes out early, never late. A notice is
 * then taken to be given before it is, an appeal to end before it does, and a clock of ours to run out before it must.
 *
 * Source: PSTI Act 2022 ss. 28(6), 29, 30, 33(2), 39(1)-(2), 41(2), 44(5), 50.
 */
#ifndef TG_HQ_DEADLINES_H
#define TG_HQ_DEADLINES_H

#include "store/base/utc.h"

#include <stdbool.h>

#define TG_APPEAL_DAYS 28         /* s. 33(2), s. 41(2), s. 44(5): beginning with the day given */
#define TG_INTENT_DAYS 10         /* s. 28(6), and so ss. 29 and 30: beginning with the day of the notice of intent */
#define TG_INTENT_PENALTY_DAYS 28 /* s. 39(1)-(2) */

bool tg_is_working_day(int32_t day);
/** `day` itself if it is one, else the first one after it. */
int32_t tg_working_day_from(int32_t day);
/** The `count`th working day after `day`; with 0 as tg_working_day_from(). */
int32_t tg_working_day_after(int32_t day, int count);

/** What was sent electronically is treated as given at 9 am on the next working day (s. 50). `sent`: the day it was sent. */
int32_t tg_deemed_given(int32_t sent);

/** Last day of an appeal against what was given, or varied, on `given`: 28 days beginning with that day. */
int32_t tg_appeal_last_day(int32_t given);

/** First day on which the notice itself may be given, urgent stop and recall notices aside; `days` is TG_INTENT_… above. */
int32_t tg_intent_earliest(int32_t intended, int days);
/** Last day on which representations are sure to be heard: the one before it. */
int32_t tg_intent_last_day(int32_t intended, int days);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * ai_value.h - does a value have the form that its Application Identifier asks for?
 *
 * Pure. Knows forms, character sets and rules; knows nothing of labels (gs1.h) or of what a value is for.
 */
#ifndef TG_GATE_AI_VALUE_H
#define TG_GATE_AI_VALUE_H

#include "plugin/gate/ai_table.h"
#include "store/base/utc.h"

#define TG__AI_VALUE_MAX 90 /* bytes: (91) to (99), (7256), (8030) */

/** What is wrong with a value, the first that was found. */
enum tg__fault {
	TG__FAULT_NONE,
	TG__FAULT_LENGTH,
	TG__FAULT_CHARACTER,   /**< not of the character set */
	TG__FAULT_CHECK_DIGIT, /**< or check pair */
	TG__FAULT_DATE,        /**< one that does not exist */
	TG__FAULT_CONTENT,     /**< any other rule */
	TG__FAULT_COUNT,
};

/** The whole of `value` against the form of `ai`. Rules about other identifiers on the item are not asked. */
enum tg__fault tg__ai_check(const struct tg__ai *ai, tg_view value);

/**
 * The day that six digits YYMMDD mean; day 00 is the last of the month. TG_DAY_NONE if there is no such day.
 * `today` sets the century: 49 years back to 50 ahead (General Specifications section 7.12).
 */
int32_t tg__ai_day(tg_view six, int32_t today);

/** Check and company prefix apart: every character of set 82, which batch and serial are made of. */
bool tg__is_set_82(tg_view text);

#endif

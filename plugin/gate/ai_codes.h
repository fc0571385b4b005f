/* SPDX-License-Identifier: Apache-2.0
 *
 * ai_codes.h - is a code on the list that a value is to be taken from?
 */
#ifndef TG_GATE_AI_CODES_H
#define TG_GATE_AI_CODES_H

#include "store/base/bytes.h"

bool tg__is_country(tg_view digits);          /**< ISO 3166-1, "826" */
bool tg__is_country_letters(tg_view letters); /**< ISO 3166-1, "GB" */
bool tg__is_currency(tg_view digits);         /**< ISO 4217, "826" */
bool tg__is_package(tg_view code);            /**< UN/ECE Recommendation 21 and codes of GS1, "CT" */

#endif

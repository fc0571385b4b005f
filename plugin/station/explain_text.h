/* SPDX-License-Identifier: Apache-2.0
 *
 * explain_text.h - an explanation (POST /v1/explain) as lines for people.
 */
#ifndef TG_STATION_EXPLAIN_TEXT_H
#define TG_STATION_EXPLAIN_TEXT_H

#include "store/base/json.h"

/** `all` also shows the rows that did not hit, with what would have made them. */
void tg_explain_print(const tg_json *explanation, bool all);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * explain.h - one decision laid open as JSON: what the catalogue holds of the product, and why each row hit or did not.
 *
 * Nothing is written down: an explanation is no check. For `tillgate explain` and POST /v1/explain.
 */
#ifndef TG_STATION_EXPLAIN_H
#define TG_STATION_EXPLAIN_H

#include "plugin/station/check.h"
#include "store/base/json.h"

/**
 * {"answer": as a check's, "record": {…}, "rows": [{…}]}; the caller's. NULL when memory is out. `set`, `request`, `now_us` and
 * `floor_us` as for tg_check_decide(). Any thread.
 */
tg_json *tg_explain(const tg_inforce *set, const tg_check_request *request, const tg_check_moment *moment);
/** The same of tg_check_again(); `*answer` is filled in any case. */
tg_json *tg_explain_again(tg_check_answer *answer, const tg_inforce *set, const tg_check_request *request,
	const tg_check_moment *moment, const tg_identity *identity);

#endif

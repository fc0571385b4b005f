/* SPDX-License-Identifier: Apache-2.0
 *
 * api_cases.h - the routes of the local API that are about cases. For api.c.
 */
#ifndef TG_STATION_API_CASES_H
#define TG_STATION_API_CASES_H

#include "plugin/station/api.h"

/** GET /v1/cases: state, after, count. */
void tg_api_cases_list(tg_api_reply *out, tg_station *station, const char *query);
/** GET /v1/cases/case: id, before. */
void tg_api_cases_show(tg_api_reply *out, tg_station *station, const char *query);
/** POST /v1/cases/note, assign, state, count, release, settle. */
void tg_api_cases_act(tg_api_reply *out, tg_station *station, const tg_api_request *request);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * reply.h - answers of the local API, for the files that hold its routes (api.c, api_cases.c, …).
 */
#ifndef TG_STATION_REPLY_H
#define TG_STATION_REPLY_H

#include "plugin/station/api.h"

/** An empty body with a ceiling. */
void tg_api_reply_begin(tg_api_reply *out, int status);
/** One object. Takes `json` over; NULL is the answer that memory is out. */
void tg_api_reply_json(tg_api_reply *out, int status, tg_json *json);
/** The status that an error's code stands for, and its words. */
void tg_api_refuse_error(tg_api_reply *out, const tg_error *err);
/** That status by itself. */
int tg_api_status_of(int code);

#endif

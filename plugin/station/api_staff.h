/* SPDX-License-Identifier: Apache-2.0
 *
 * api_staff.h - the routes about people: overrides and enrolment. For api.c.
 *
 * No answer holds a PIN, a badge or a hash of one; error words never quote what was typed there.
 */
#ifndef TG_STATION_API_STAFF_H
#define TG_STATION_API_STAFF_H

#include "plugin/station/api.h"

/** POST /v1/override. */
void tg_api_override(tg_api_reply *out, tg_station *station, const tg_api_request *request);
/** POST /v1/staff/list, /v1/staff/add, /v1/staff/remove, /v1/staff/pin, /v1/staff/forget. */
void tg_api_staff(tg_api_reply *out, tg_station *station, const tg_api_request *request);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * api_devices.h - routes about scanners: what there is, and a wedge that is given back to the desktop; somebody has looked.
 *
 * The devices themselves are whoever's who opened the station (tg_station_devices); this knows who asked, and the log.
 */
#ifndef TG_STATION_API_DEVICES_H
#define TG_STATION_API_DEVICES_H

#include "plugin/station/api.h"

#define TG_RELEASE_WHY_MAX 240 /**< bytes: it is a sentence, not a story */

void tg_api_devices(tg_api_reply *out, tg_station *station);
void tg_api_devices_release(tg_api_reply *out, tg_station *station, const tg_api_request *request);
void tg_api_acknowledge(tg_api_reply *out, tg_station *station, const tg_api_request *request);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * api.h - the local API, /v1, without a transport: a request in, a JSON answer out.
 *
 * The daemon puts HTTP in front of it; a one-shot command calls it directly under the evidence lock, so that both answer alike.
 * Routes and members: tillgated(8) and plugin/share/openapi.json.
 */
#ifndef TG_STATION_API_H
#define TG_STATION_API_H

#include "plugin/station/station.h"

#define TG_API_BODY_MAX (1024 * 1024) /* bytes: a full batch of TG_CHECK_MANY_MAX checks with long labels */
#define TG_API_PAGE_MAX 1000          /* entries in one answer */
#define TG_API_REPLY_MAX (96 * 1024 * 1024) /* bytes: a page of the longest entries */

typedef struct tg_api_request {
	const char *method; /**< "GET", "POST" */
	const char *path;   /**< "/v1/evidence", without query */
	const char *query;  /**< "from=3&count=10", or "" */
	tg_view body;
	bool owner;         /**< who asks owns the station: root, or the user that runs it */
} tg_api_request;

typedef struct tg_api_reply {
	int status;   /**< HTTP status */
	tg_buf body;  /**< one JSON object and a newline; tg_api_reply_fini */
} tg_api_reply;

void tg_api_handle(tg_api_reply *out, tg_station *station, const tg_api_request *request);
void tg_api_reply_fini(tg_api_reply *reply);
/** An error answer of the same form, for what the transport itself refuses. `code` is one of TG_E…; its name is the member "code". */
void tg_api_refuse(tg_api_reply *out, int status, int code, const char *words);

#endif

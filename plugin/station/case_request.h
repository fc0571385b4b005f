/* SPDX-License-Identifier: Apache-2.0
 *
 * case_request.h - what people ask to do with a case, off the local API's JSON. Pure and strict: who reaches the socket writes it.
 */
#ifndef TG_STATION_CASE_REQUEST_H
#define TG_STATION_CASE_REQUEST_H

#include "plugin/station/case_event.h"
#include "plugin/station/staff.h"

typedef enum {
	TG_CASE_DO_NOTE, TG_CASE_DO_ASSIGN, TG_CASE_DO_STATE, TG_CASE_DO_COUNT, TG_CASE_DO_RELEASE, TG_CASE_DO_SETTLE, TG_CASE_DO_COUNT_,
} tg_case_do;

typedef struct tg_case_request {
	tg_case_do what;
	tg_reference id;
	char device[TG_CHECK_DEVICE_MAX];     /**< who asks, for the log; "" */
	char text[TG_CASE_TEXT_MAX + 1];      /**< a note; "" none */
	bool has_owner, has_supplier;
	char owner[TG_CASE_OWNER_MAX + 1];    /**< "" nobody */
	char supplier[TG_CHECK_PARTY_MAX];
	tg_case_state state;
	tg_case_how how;
	uint32_t quantity;                    /**< of a settlement: 0 all that is there; of a count: what is there */
	int64_t held;                         /**< so many the asker believes are there; -1 not said */
	char batch[TG_AI_TEXT_MAX + 1];       /**< read off the pack now; "" */
	char authority[TG_CASE_OWNER_MAX + 1], reason[TG_CASE_OWNER_MAX + 1]; /**< of an override; "" none is asked for */
	bool has_by;
	tg_staff_proof by;                    /**< who answers for it; borrowed from the object */
	const char *label;                    /**< a unit scanned now, borrowed; NULL */
} tg_case_request;

/** Members: tillgated(8). TG_EFORMAT with words that name the member; TG_EINVAL if the id is no reference. */
TG_NODISCARD int tg_case_request_from_json(tg_case_request *out, tg_case_do what, const tg_json *json, tg_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * case_act.h - what people do with a case: asked, allowed or refused with words, written down, and only then true.
 *
 * Whatever takes units out of a case wants a person with the right for it, and a new check of the product at that moment that allows
 * what is to be done. Any thread.
 */
#ifndef TG_STATION_CASE_ACT_H
#define TG_STATION_CASE_ACT_H

#include "plugin/station/case_book.h"
#include "plugin/station/case_request.h"
#include "plugin/station/station.h"

typedef struct tg_case_done {
	tg_case after;          /**< as it is now */
	bool checked;           /**< `check` is filled */
	tg_check_answer check;  /**< the new check that a settlement asked for, also when it was refused for it */
} tg_case_done;

/**
 * Do it. `out` is large: not for a stack.
 * Errors, with words for people: TG_ENOTFOUND no such case here; TG_ESTATE not as the case stands, or the table still withholds; TG_EDENIED
 * and others of tg_staff_authorise; TG_EBUSY the log is not yet read back; TG_EIO nothing could be written. Nothing has changed on any error.
 * Blocking: a commit; for settlements two, and the check of a PIN.
 */
TG_NODISCARD int tg_case_act(tg_case_done *out, tg_station *station, const tg_case_request *request, tg_error *err);

#endif

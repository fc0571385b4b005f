/* SPDX-License-Identifier: Apache-2.0
 *
 * case_show.h - cases as people and programs see them: a list, one with its history, and what stands open. Any thread.
 */
#ifndef TG_STATION_CASE_SHOW_H
#define TG_STATION_CASE_SHOW_H

#include "plugin/station/case_book.h"
#include "plugin/station/station.h"

#define TG_CASE_PAGE_MAX 1000   /* cases in one answer: some 500 kB */
#define TG_CASE_HISTORY_MAX 100 /* entries in one answer, the newest first */

typedef struct tg_case_filter {
	bool any;            /**< settled ones too */
	bool one_state;      /**< only those in `state` */
	tg_case_state state;
	uint64_t after;      /**< opened after this place; 0 from the first */
	size_t count;        /**< at most TG_CASE_PAGE_MAX */
} tg_case_filter;

/** The object of a list; the caller's. NULL: no memory. TG_EBUSY while the log is not yet read back. */
TG_NODISCARD int tg_case_list(tg_json **out, tg_station *station, const tg_case_filter *filter, tg_error *err);
/** One case, the check that opened it, and its entries, from the newest, or from before the place `before` (0: the newest). */
TG_NODISCARD int tg_case_show(tg_json **out, tg_station *station, const tg_reference *id, uint64_t before, tg_error *err);
/** One case, with the product's name off the catalogue in force; the caller's. */
tg_json *tg_case_to_json(tg_station *station, const tg_case *c);
/** For the status: how many stand open, how many units, which is the oldest; the caller's. */
tg_json *tg_case_summary(tg_station *station);

#endif

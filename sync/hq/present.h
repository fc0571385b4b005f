/* SPDX-License-Identifier: Apache-2.0
 *
 * present.h - the present records as a station would have them after a publication now: loaded, joined, compiled, mapped.
 *
 * Publishes nothing. The image is a file in work/ that is gone from the folder as soon as it is mapped.
 */
#ifndef TG_HQ_PRESENT_H
#define TG_HQ_PRESENT_H

#include "store/catalogue/catalogue.h"
#include "sync/hq/index.h"
#include "sync/hq/site.h"

/** Zero-initialise. */
typedef struct tg_present {
	tg_records records; /**< its policy is the one to judge by */
	tg_index index;
	tg_findings findings;
	tg_catalogue *cat;
} tg_present;

/**
 * `quiet`: no "loading" line on a terminal.
 * Ownership: tg_present_close(), also after an error. Errors: TG_ESTATE the records have errors (`findings` says which), or there is
 * no policy; those of records.h, compile.h and catalogue.h.
 */
TG_NODISCARD int tg_present_open(
	tg_present *out, const tg_site *site, int32_t today, bool quiet, tg_error *err);
void tg_present_close(tg_present *present);

#endif

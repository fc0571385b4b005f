/* SPDX-License-Identifier: Apache-2.0
 *
 * record.h - what the readers of records share: small values, ranges, and the way to say that one is damaged.
 *
 * Knows how single values are written; where records are, and whether they may be trusted, is image.h. Internal to store/catalogue.
 */
#ifndef TG_CATALOGUE_RECORD_H
#define TG_CATALOGUE_RECORD_H

#include "store/catalogue/image.h"

#define TGC_NO_INDEX UINT32_MAX /* tg_product: no product behind the answer, no note, nothing special */

struct tg_catalogue {
	tgc_image image;
};

/** Record number `index` of `size` bytes. */
TG_NODISCARD int tgc_get_record(const uint8_t **out, const tgc_image *image, int section, uint32_t index,
	uint32_t size, tg_error *err);

/** True if the three bytes are a day or say that there is none. */
bool tgc_get_day(int32_t *out, const uint8_t *p);

/** TG_EFORMAT: "image: WHAT 7 holds a value that has no meaning". */
int tgc_bad_record(const char *what, uint32_t index, tg_error *err);

/* ---- ranges of batches and serial numbers ---- */

/** Cut the next `len` bytes off `rest`; false if it has fewer. */
bool tgc_cut(tg_view *out, tg_view *rest, size_t len);
/** Cut one range off `rest`; false if it is none. */
bool tgc_cut_range(tg_view *from, tg_view *to, tg_view *rest);
/** Of equal length, and between the two as bytes. */
bool tgc_within(tg_view value, tg_view from, tg_view to);
/**
 * Is the value within one of the ranges of `list`? False if the list is damaged anywhere: what stands before the damage is not to
 * be believed either.
 */
bool tgc_ranges_hold(bool *held, tg_view list, tg_view value);

/** Read role, stops and components of a product that has some. Needs out->gtin. */
TG_NODISCARD int tgc_special_apply(tg_product *out, const tgc_image *image, tg_error *err);

#endif

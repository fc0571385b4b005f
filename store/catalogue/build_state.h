/* SPDX-License-Identifier: Apache-2.0
 *
 * build_state.h - what the builder's files share while one image is made.
 *
 * Internal to store/catalogue: build.c (notes, labels, in-store numbers), build_soc.c, build_product.c.
 */
#ifndef TG_CATALOGUE_BUILD_STATE_H
#define TG_CATALOGUE_BUILD_STATE_H

#include "store/catalogue/build.h"
#include "store/catalogue/parts.h"

typedef struct tgc_build {
	const tg_build *in;
	tgc_parts parts;
	tgc_order products, notes, socs, conformances, packs;
} tgc_build;

/** A day as the image holds it; `what` and `id` name the record if it is none. */
TG_NODISCARD int tgc_build_put_day(
	uint8_t *out, int32_t day, const char *what, const char *id, tg_error *err);

/** Order `n` records by the key of their ids and write directory `section`. One id twice is TG_EINVAL. */
TG_NODISCARD int tgc_build_order_by_id(tgc_order *order, tgc_build *state, int section,
	const char *const *ids, size_t n, const char *what, uint32_t slot_bits, tg_error *err);

/** TG_EINVAL if the number has not 1 to 14 digits. */
TG_NODISCARD int tgc_build_check_gtin(uint64_t gtin, const char *what, tg_error *err);

/** The reference to note number `note` of the caller, or the one that says that there is none. */
TG_NODISCARD int tgc_build_note_ref(
	uint32_t *ref, const tgc_build *state, uint32_t note, uint64_t gtin, tg_error *err);

/** Sections of statements of compliance. */
TG_NODISCARD int tgc_build_socs(tgc_build *state, tg_error *err);

/** Sections of products, manufacturers and packs. Notes, SoCs and labels must be in their order before. */
TG_NODISCARD int tgc_build_products(tgc_build *state, tg_error *err);

#endif

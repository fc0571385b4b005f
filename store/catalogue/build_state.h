/* SPDX-License-Identifier: Apache-2.0
 *
 * build_state.h - what the builder's files share while one image is made.
 *
 * Internal to store/catalogue: build.c (notes, labels, in-store numbers), build_soc.c, build_product.c,
 * build_special.c.
 */
#ifndef TG_CATALOGUE_BUILD_STATE_H
#define TG_CATALOGUE_BUILD_STATE_H

#include "store/catalogue/build.h"
#include "store/catalogue/parts.h"

typedef struct tgc_build {
	const tg_build *in;
	tgc_parts parts;
	tgc_order products, notes, socs, conformances, packs;
	tg_build_special *specials; /* the caller's, by rising GTIN */
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

/** Append `n` ranges, sorted and each once, so that the order of the caller's records does not show. */
TG_NODISCARD int tgc_build_put_ranges(tg_buf *out, const tg_build_range *ranges, size_t n, const char *what,
	const char *id, tg_error *err);

/** Put the caller's special records in order; one product twice is TG_EINVAL. Before anything else asks for them. */
TG_NODISCARD int tgc_build_sort_specials(tgc_build *state, tg_error *err);

/** Sections of stops, roles and bundles. Products must be in their order before. */
TG_NODISCARD int tgc_build_specials(tgc_build *state, tg_error *err);

/** Is it the GTIN of a product? Asks the sections of products. */
bool tgc_build_is_product(const tgc_build *state, uint64_t gtin);

/** Does the caller say more of the product than its own record does? */
bool tgc_build_is_special(const tgc_build *state, uint64_t gtin);

/** Sections of statements of compliance. */
TG_NODISCARD int tgc_build_socs(tgc_build *state, tg_error *err);

/** Sections of products, manufacturers and packs. Notes, SoCs and labels must be in their order before. */
TG_NODISCARD int tgc_build_products(tgc_build *state, tg_error *err);

#endif

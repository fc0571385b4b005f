/* SPDX-License-Identifier: Apache-2.0
 *
 * portrait.h - all that an image says of one product, in words, and what differs between two of them.
 *
 * Knows records of an image; judges nothing.
 */
#ifndef TG_HQ_PORTRAIT_H
#define TG_HQ_PORTRAIT_H

#include "store/catalogue/catalogue.h"
#include "sync/hq/arena.h"

#define TG_PORTRAIT_MAX (1 << 26) /* bytes of one product's words: a few hundred are used */

/**
 * Append the product's words to `out`, one fact a line: SUBJECT TAB FIELD TAB VALUE. Two products of whom the images say the same have
 * the same bytes. What is not printable becomes '?'. Errors: those of the readers; TG_ENOMEM, TG_ELIMIT.
 */
TG_NODISCARD int tg_portrait(tg_buf *out, const tg_catalogue *cat, const tg_product *product, tg_error *err);

/** What changed, in words; texts are the arena's. */
typedef struct tg_changes {
	const char **list;
	size_t count, cap;
} tg_changes;
void tg_changes_fini(tg_changes *changes);

/** Compare two portraits; their bytes are cut up in place. Errors: TG_ENOMEM. */
TG_NODISCARD int tg_portrait_compare(
	tg_changes *out, tg_arena *arena, tg_buf *before, tg_buf *after, tg_error *err);

#endif

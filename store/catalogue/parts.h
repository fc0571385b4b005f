/* SPDX-License-Identifier: Apache-2.0
 *
 * parts.h - the builder's pieces: records put in their order, texts cut into runs, sections written to a file.
 *
 * Knows the layout of sections; knows nothing of what a record means (build.c). Internal to store/catalogue.
 */
#ifndef TG_CATALOGUE_PARTS_H
#define TG_CATALOGUE_PARTS_H

#include "store/catalogue/layout.h"

typedef struct tgc_part {
	uint8_t *data;
	size_t len;
	uint32_t count, param;
} tgc_part;

/** All sections of an image in the making. Zeroed to start. */
typedef struct tgc_parts {
	tgc_part part[TGC_SECTIONS];
} tgc_parts;

void tgc_parts_fini(tgc_parts *parts);

/** Memory for section `id`, zeroed; borrowed from `parts`. NULL: `err` says that there is none. */
uint8_t *tgc_part_make(tgc_parts *parts, int id, size_t len, uint32_t count, uint32_t param, tg_error *err);

/** In what order records lie, by key and then by text, whatever order they came in. */
typedef struct tgc_order {
	uint32_t n, bits;
	uint32_t *from; /**< position in the image -> number of the caller's record */
	uint32_t *ref;  /**< number of the caller's record -> bucket and slot, if slot_bits were given */
} tgc_order;

void tgc_order_fini(tgc_order *order);

/**
 * Sort `n` records and write directory `id`. `slot_bits` is 0 for GTINs, which nothing refers to by slot. `names` (may be NULL) tells records of one key apart; two that are alike
 * are refused: `twin` gets the number of one, TG_EINVAL without words, for the caller knows what to call it.
 */
TG_NODISCARD int tgc_order_make(tgc_order *order, uint32_t *twin, tgc_parts *parts, int id,
	const uint64_t *keys, const char *const *names, size_t n, uint32_t slot_bits, tg_error *err);

/** Write the runs section `id` and the bytes after it: texts in the order given, each at most `max` bytes of UTF-8. */
TG_NODISCARD int tgc_texts_make(tgc_parts *parts, int id, const tgc_order *order, const char *const *texts,
	size_t max, const char *what, tg_error *err);

/** The same from `bytes` already in order, cut by `lens` (one for each record). Takes the content over. */
TG_NODISCARD int tgc_runs_make(
	tgc_parts *parts, int id, const uint32_t *lens, uint32_t n, tg_buf *bytes, tg_error *err);

/** Header, table and sections, written whole. */
TG_NODISCARD int tgc_parts_write(const char *path, uint64_t version, const tgc_parts *parts, tg_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * image.h - the mapped bytes of an image, handed out only within their section and only when their blocks are checked.
 *
 * Knows header, section table and block hashes; knows nothing of what a record means (catalogue.c).
 * Internal to store/catalogue. Any number of threads at once; no lock, no allocation after open.
 */
#ifndef TG_CATALOGUE_IMAGE_H
#define TG_CATALOGUE_IMAGE_H

#include "store/catalogue/blocks.h"
#include "store/catalogue/catalogue.h"
#include "store/catalogue/guard.h"
#include "store/catalogue/layout.h"

#include <stdatomic.h>

typedef struct tgc_section {
	const uint8_t *data; /* in the mapping; not to be read but through tgc_image_get */
	uint64_t len;
	uint32_t count, param;
} tgc_section;

typedef struct tgc_image {
	const uint8_t *base;
	uint64_t len;
	_Atomic uint64_t *states;  /* two bits a block (guard.h): are its bytes known to be the signed ones? */
	tgc_guard *guard;
	const uint8_t *hashes;     /* NULL: opened without trust, all bits are set from the start */
	uint64_t version;
	uint16_t major, minor;
	tgc_section sections[TGC_SECTIONS];
} tgc_image;

TG_NODISCARD int tgc_image_open(
	tgc_image *image, const char *path, const tg_catalogue_trust *trust, tg_error *err);
void tgc_image_close(tgc_image *image);

/** Hash one block now, whatever is known of it. TG_EHASH names it, and it is no longer held for good; TG_EIO: it is lost. */
TG_NODISCARD int tgc_image_hash_block(const tgc_image *image, uint64_t block, tg_error *err);

/** The slow half of tgc_image_need: hash what is not yet known of the blocks from `first` to `last`. */
TG_NODISCARD int tgc_image_check_blocks(const tgc_image *image, uint64_t first, uint64_t last, tg_error *err);

/** TG_EFORMAT: bytes asked for that the section does not have. */
TG_NODISCARD int tgc_image_outside(
	const tgc_image *image, int section, uint64_t at, uint64_t len, tg_error *err);

static inline bool tgc_image_is_checked(const tgc_image *image, uint64_t block)
{
	/* Acquire: who sees the bit may read the block without hashing it. Bad is stronger than checked. */
	uint64_t word =
		atomic_load_explicit(&image->states[block / TGC_BLOCKS_PER_WORD], memory_order_acquire);

	return (word >> (block % TGC_BLOCKS_PER_WORD * 2) & (TGC_BLOCK_CHECKED | TGC_BLOCK_BAD)) ==
	       TGC_BLOCK_CHECKED;
}

/** `len` bytes at `at` of a section: within its bounds, and their blocks checked before the first byte is read. */
TG_NODISCARD static inline int tgc_image_get(
	const uint8_t **out, const tgc_image *image, int section, uint64_t at, uint64_t len, tg_error *err)
{
	const tgc_section *s = &image->sections[section];
	uint64_t first, last;

	*out = s->data; /* never a stray pointer, whatever the caller does with an error */
	if (at > s->len || len > s->len - at)
		return tgc_image_outside(image, section, at, len, err);
	*out = s->data + at;
	if (len == 0)
		return TG_OK;
	first = (uint64_t)(*out - image->base) / TG_BLOCK_SIZE;
	last = (uint64_t)(*out - image->base + len - 1) / TG_BLOCK_SIZE;
	if (first == last && tgc_image_is_checked(image, first))
		return TG_OK;
	return tgc_image_check_blocks(image, first, last, err);
}

/** Add up `n` bytes, at most 1024 of them. Reads up to 7 bytes beyond: callers ask for a multiple of 8. */
static inline uint32_t tgc_sum8(const uint8_t *p, size_t n)
{
	const uint64_t even = UINT64_C(0x00ff00ff00ff00ff);
	uint64_t lanes = 0;

	for (; n >= 8; p += 8, n -= 8) {
		uint64_t v = tg_get_le64(p);

		lanes += (v & even) +
			 (v >> 8 & even); /* four lanes of 16 bits; 128 rounds add at most 65,280 */
	}
	if (n > 0) {
		uint64_t v = tg_get_le64(p) & ((UINT64_C(1) << n * 8) - 1);

		lanes += (v & even) + (v >> 8 & even);
	}
	lanes = (lanes & UINT64_C(0x0000ffff0000ffff)) + (lanes >> 16 & UINT64_C(0x0000ffff0000ffff));
	return (uint32_t)(lanes + (lanes >> 32));
}

/** Where the records of a bucket begin, and how many there are: one line of counts and one base. */
TG_NODISCARD static inline int tgc_image_bucket(uint32_t *start, uint32_t *count, const tgc_image *image,
	int directory, uint32_t bucket, tg_error *err)
{
	const tgc_section *s = &image->sections[directory];
	const uint8_t *counts = NULL, *base = NULL;
	uint32_t group = bucket / TGC_BUCKET_GROUP, in_group = bucket % TGC_BUCKET_GROUP;
	uint64_t first;
	int rc = tgc_image_get(
		&counts, image, directory, (uint64_t)group * TGC_BUCKET_GROUP, TGC_BUCKET_GROUP, err);

	if (rc == TG_OK)
		rc = tgc_image_get(
			&base, image, directory, (UINT64_C(1) << s->param) + (uint64_t)group * 4, 4, err);
	if (rc != TG_OK)
		return rc;
	first = (uint64_t)tg_get_le32(base) + tgc_sum8(counts, in_group);
	if (first + counts[in_group] > s->count)
		return tgc_image_outside(image, directory, first, counts[in_group], err);
	*start = (uint32_t)first;
	*count = counts[in_group];
	return TG_OK;
}

/** Position of the record that a reference (bucket and slot) names. */
TG_NODISCARD int tgc_image_resolve(uint32_t *index, const tgc_image *image, int directory, uint32_t ref,
	uint32_t slot_bits, tg_error *err);

/** Run number `index` of section `runs`: where it begins and how long it is, in units of the section after it. */
TG_NODISCARD int tgc_image_run(
	uint32_t *start, uint32_t *len, const tgc_image *image, int runs, uint32_t index, tg_error *err);

/** The bytes of a run of single bytes: texts and ranges. */
TG_NODISCARD int tgc_image_text(
	tg_view *out, const tgc_image *image, int runs, uint32_t index, tg_error *err);

#endif

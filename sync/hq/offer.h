/* SPDX-License-Identifier: Apache-2.0
 *
 * offer.h - what a publication offers beside image and policy, so that a station need not fetch the whole image.
 *
 *   catalogue.tgc.zst   the image, compressed               custom: image_sha256
 *   patch/HASH.zst      from the image with that SHA-256    custom: image_sha256, from_version, from_published
 *
 * `image_sha256` is the image that it leads to. Patches start from the images of the last TG_OFFER_PUBLICATIONS publications that
 * changed it, and from the last one of each of the TG_OFFER_DAYS days before. Which images those are is read from the targets in force:
 * what they list is what was offered, so the repository stays the only memory of what was published. An image from which no patch is
 * offered any more is needed by nobody (prune.h).
 *
 * Knows images as bytes, days and targets; knows nothing of records, and signs nothing.
 */
#ifndef TG_HQ_OFFER_H
#define TG_HQ_OFFER_H

#include "sync/hq/published.h"
#include "sync/tuf/repository.h"

#define TG_OFFER_PUBLICATIONS 8
#define TG_OFFER_DAYS 14
#define TG_OFFER_PATCHES (TG_OFFER_PUBLICATIONS + TG_OFFER_DAYS) /* at most */
#define TG_OFFER_PATH_SIZE 80

/** An image that was published. */
typedef struct tg_offer_past {
	int64_t version;
	int64_t published_us; /**< 0: not said (by an older tillgate-hq) */
	uint8_t sha256[TG_SHA256_SIZE];
} tg_offer_past;

/** One target. */
typedef struct tg_offer_item {
	char path[TG_OFFER_PATH_SIZE];
	int64_t length;
	uint8_t sha256[TG_SHA256_SIZE];
	tg_json *custom;
	bool made; /**< it lies in work/ and must be placed; else it is in its place already */
} tg_offer_item;

/** Zero-initialise. */
typedef struct tg_offer {
	int64_t published_us; /**< of the image: now, or as it was signed */
	tg_offer_item items[TG_OFFER_PATCHES + 1];
	size_t count;
	size_t skipped; /**< older images that were gone, damaged, or too different for a patch to be worth it */
} tg_offer;

/** What it is made from. Borrowed for the call. */
typedef struct tg_offer_ask {
	const tg_site *site;
	const tg_published *old;
	const char *image_path; /**< of the image to be published */
	const uint8_t *image_sha256;
	int64_t now_us;
	void (*progress)(void *ctx, const char *what, size_t done, size_t total); /**< may be NULL */
	void *progress_ctx;
} tg_offer_ask;

/**
 * Which of the images published before get a patch? They are moved to the front, newest first; returns how many. Pure.
 * `now_us` is that of the new publication; days are those of the United Kingdom.
 */
size_t tg_offer_choose(tg_offer_past *past, size_t count, int64_t now_us);

/**
 * Make everything for a new image, in work/. Each older image is hashed before a patch is made from it, and each patch applied and
 * compared with the image: what is offered was seen to work. About 1.5 s for each patch of a 100 MB image, 4 s for the compressed one; 60 MB.
 * Ownership: tg_offer_fini(), also after an error. Errors: TG_EIO, TG_ENOMEM. An older image that is gone or damaged is none: it is skipped.
 */
TG_NODISCARD int tg_offer_make(tg_offer *out, const tg_offer_ask *ask, tg_error *err);

/** The image stays as it is: offer what is offered now, as it was signed. Errors: TG_EFORMAT, TG_ENOMEM. */
TG_NODISCARD int tg_offer_keep(tg_offer *out, const tg_published *old, tg_error *err);

/** As entries of targets.json; `out` has room for TG_OFFER_PATCHES + 1. Pointers are borrowed from the offer. */
size_t tg_offer_targets(tg_repository_target *out, const tg_offer *offer);

/** Put what was made under its published names. TG_EIO. */
TG_NODISCARD int tg_offer_place(const tg_offer *offer, const tg_site *site, tg_error *err);

/** Frees, and removes from work/ what was not placed. */
void tg_offer_fini(tg_offer *offer, const tg_site *site);

#endif

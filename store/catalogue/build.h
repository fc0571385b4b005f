/* SPDX-License-Identifier: Apache-2.0
 *
 * build.h - write a catalogue image from plain structs. The same input gives the same bytes, whatever its order.
 *
 * Knows the image's layout; knows nothing of source records, lint or keys (sync/hq).
 * All texts are borrowed until tg_build_write returns.
 */
#ifndef TG_CATALOGUE_BUILD_H
#define TG_CATALOGUE_BUILD_H

#include "store/catalogue/catalogue.h"

/* Limits; the image has no room for more. A text over its limit is refused, never cut: lint says so earlier. */
#define TG_BUILD_TEXT_MAX 255         /* bytes of UTF-8 in a name, a type, a manufacturer or an id */
#define TG_BUILD_LINK_MAX 2048        /* bytes of a SoC's link: what browsers and proxies agree on */
#define TG_BUILD_VALUE_MAX 64         /* bytes of a batch or serial; GS1 allows 20 */
#define TG_BUILD_RANGES_MAX_BYTES (1 << 20) /* bytes of one SoC's ranges: about 25,000 ranges of 20 characters */
#define TG_BUILD_LINKS_MAX 255        /* SoCs and conformance labels of one product together */
#define TG_BUILD_COMPONENTS_MAX 64    /* of one bundle; a gift basket has a dozen */
#define TG_BUILD_STOPS_MAX 1024       /* of one product; a brand in trouble may have dozens */

typedef struct tg_build_range {
	const char *from, *to; /**< equal length, from <= to; a single value has from == to */
} tg_build_range;

typedef struct tg_build_serials { /**< serial numbers that the manufacturer tied to a batch (row 21) */
	const char *batch;
	tg_build_range serials;
} tg_build_serials;

typedef struct tg_build_soc {
	const char *id, *link; /**< id is unique; link: where the recipient can read it, or "" */
	uint32_t defects;
	uint8_t document, status, batches, accompanies;
	bool batches_express_all;
	int32_t issued, dsp_end, link_tested;
	const tg_build_range *ranges;
	size_t range_count;
	const tg_build_serials *serials;
	size_t serial_count;
} tg_build_soc;

typedef struct tg_build_conformance {
	const char *id;
	uint8_t scheme, level;
	bool qualifies;
	int32_t valid_from, valid_to, checked;
} tg_build_conformance;

typedef struct tg_build_note {
	const char *id;
	uint8_t scope, exception, exception_paragraph;
	bool class_note;
	int32_t review_by;
} tg_build_note;

#define TG_BUILD_NO_NOTE UINT32_MAX

typedef struct tg_build_link { /**< product to SoC or conformance label */
	uint32_t to;           /**< index in `socs` or `conformances` */
	bool covers;           /**< covers_type / covers_model */
} tg_build_link;

typedef struct tg_build_product {
	uint64_t gtin;
	const char *name, *manufacturer, *type;
	uint32_t note;         /**< index in `notes`, or TG_BUILD_NO_NOTE: never assessed */
	int32_t dsp_end_published;
	const tg_build_link *socs;
	size_t soc_count;
	const tg_build_link *conformances;
	size_t conformance_count;
} tg_build_product;

typedef struct tg_build_pack {
	uint64_t gtin, inside; /**< the pack's own GTIN and the GTIN it contains; no pack of packs */
} tg_build_pack;

typedef struct tg_build_stop {
	const char *id;        /**< head office's reference; unique with kind and begin */
	uint8_t kind, flags;   /**< TG_STOP_… */
	int32_t from, to;
	const tg_build_range *batches; /**< limited to these; none: not limited by batch */
	size_t batch_count;
	const tg_build_range *serials;
	size_t serial_count;
} tg_build_stop;

typedef struct tg_build_special { /**< what is said of few products only */
	uint64_t gtin;         /**< of one of `products` */
	uint8_t role;          /**< TG_ROLE_… */
	const uint32_t *stops; /**< indexes in `stops` */
	size_t stop_count;
	const uint64_t *components; /**< GTINs of `products` that are no bundles; none: no bundle */
	size_t component_count;
} tg_build_special;

typedef struct tg_build_in_store {
	uint64_t from, to;     /**< restricted circulation numbers held as 14 digits; ranges do not overlap */
	uint32_t note;
} tg_build_in_store;

typedef struct tg_build {
	uint64_t version;
	const tg_build_product *products;
	size_t product_count;
	const tg_build_soc *socs;
	size_t soc_count;
	const tg_build_conformance *conformances;
	size_t conformance_count;
	const tg_build_note *notes;
	size_t note_count;
	const tg_build_pack *packs;
	size_t pack_count;
	const tg_build_in_store *in_store;
	size_t in_store_count;
	const tg_build_stop *stops;
	size_t stop_count;
	const tg_build_special *specials; /**< at most one a product */
	size_t special_count;
} tg_build;

/**
 * Write the image to `path`, whole (file.h).
 *
 * Refused with TG_EINVAL, and words that name the record: duplicate GTINs and ids (a pack shares its numbers with
 * the products), dangling indexes, one SoC linked twice, a pack whose GTIN inside is no product, overlapping in-store
 * ranges, ranges of unequal length or falling order, ranges in a SoC for all batches, numbers outside their enums,
 * defects that only a gate can find, days outside 1970 to 9999, texts over their limit or not UTF-8, a bundle in a bundle.
 * Also: TG_ELIMIT (more records than the format holds), TG_ENOMEM, TG_EIO.
 */
TG_NODISCARD int tg_build_write(const char *path, const tg_build *build, tg_error *err);

/**
 * Write another catalogue version into an image that nobody uses yet, and sync it: everything else depends on the records alone.
 * TG_EIO.
 */
TG_NODISCARD int tg_build_restamp(const char *path, uint64_t version, tg_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * catalogue.h - one catalogue image (.tgc), mapped and read in place: what head office says of a product.
 *
 * Every block of the image is checked against its signed hash before the first byte of it is used; every offset is
 * checked against the image's bounds. A damaged or hostile image is an error, never a crash or a wrong answer.
 * Layout, byte by byte: tillgate-catalogue(5).
 */
#ifndef TG_CATALOGUE_H
#define TG_CATALOGUE_H

#include "store/base/bytes.h"
#include "store/base/utc.h"

typedef struct tg_catalogue tg_catalogue;

/** What signed metadata says of the image. `blocks` holds one SHA-256 for each 64 KiB block, in order. */
typedef struct tg_catalogue_trust {
	uint64_t length;    /**< signed length of the image, bytes */
	tg_view blocks;     /**< borrowed until close; already checked against its own signed hash */
} tg_catalogue_trust;

/** Scope of a product under PSTI Act 2022 ss. 4-6, as a current signed note says. Numbers are in the image: append only. */
enum { TG_SCOPE_UNASSESSED = 0, TG_SCOPE_IN = 1, TG_SCOPE_OUT = 2, TG_SCOPE_EXCEPTED = 3,
	TG_SCOPE_BUSINESS = 4, /* s. 54(3)(c): a model for businesses only, no identical product made available to consumers */
	TG_SCOPE_COUNT = 5 };
extern const char *const tg_scope_words[TG_SCOPE_COUNT + 1]; /* "unassessed" "in" "out" "excepted" "business-only", NULL */

/** What we are for a product line (s. 7). Numbers are in the image: append only. */
enum { TG_ROLE_DISTRIBUTOR = 0, TG_ROLE_IMPORTER = 1, TG_ROLE_OWN_BRAND = 2, TG_ROLE_COUNT = 3 };
extern const char *const tg_role_words[TG_ROLE_COUNT + 1]; /* "distributor" "importer" "own-brand", NULL */

enum { /* tg_product.exception: SI 2023/1007 Schedule 3 */
	TG_EXCEPTION_PROVEN = 1, /* the paragraph's condition is evidenced */
	TG_EXCEPTION_GB = 2,     /* holds for supply in Great Britain */
	TG_EXCEPTION_NI = 4,     /* holds for supply in Northern Ireland */
};

enum { /* tg_product.flags */
	TG_PRODUCT_CLASS_NOTE = 1, /* the scope answer comes from a class note */
	TG_PRODUCT_PACK = 2,       /* the GTIN scanned is a pack; the answer is that of the GTIN inside */
	TG_PRODUCT_IN_STORE = 4,   /* answered by a class note for restricted circulation numbers */
};

/** The decision core of one product. A value: points into nothing. */
typedef struct tg_product {
	uint64_t gtin;              /**< as answered (for a pack: the GTIN inside), 14-digit number */
	uint8_t scope;              /**< TG_SCOPE_… */
	uint8_t exception;          /**< TG_EXCEPTION_… bits, when excepted */
	uint8_t exception_paragraph; /**< 1 to 8, or 0 */
	uint8_t flags;              /**< TG_PRODUCT_… bits */
	uint8_t role;               /**< TG_ROLE_… */
	uint8_t component_count;    /**< of a bundle; 0: it is none */
	uint16_t stop_count;        /**< notices, failures and publications that name it, in force or not */
	int32_t review_by;          /**< last day on which the scope note is current; TG_DAY_NONE: none stated */
	int32_t dsp_end_published;  /**< latest end of the defined support period ever published; TG_DAY_NONE */
	uint32_t soc_count, conformance_count;
	uint32_t link_at;           /**< internal: first link, for the functions below */
	uint32_t note;              /**< internal: index of the scope or class note */
	uint32_t index;             /**< internal: number in the image, for texts */
	uint32_t special;           /**< internal: record of stops and components */
} tg_product;

/** Defects of law.md 2.3, bit n-1 for Dn. Those that a gate finds itself (D05, D14, D16, D19) are never set here. */
#define TG_DEFECT(n) (UINT32_C(1) << ((n) - 1))
#define TG_DEFECTS_HARD (TG_DEFECT(2) | TG_DEFECT(3) | TG_DEFECT(4) | TG_DEFECT(6) | TG_DEFECT(7) | TG_DEFECT(8) | \
	TG_DEFECT(9) | TG_DEFECT(10) | TG_DEFECT(11) | TG_DEFECT(12)) /* row 18 */
#define TG_DEFECTS_DOUBT (TG_DEFECT(15) | TG_DEFECT(18))            /* HOLD until head office accepts or refuses */

enum { TG_DOCUMENT_NONE = 0, TG_DOCUMENT_SOC = 1, TG_DOCUMENT_SUMMARY = 2, TG_DOCUMENT_OTHER = 3 };
enum { TG_SOC_CURRENT = 0, TG_SOC_WITHDRAWN = 1, TG_SOC_SUPERSEDED = 2, TG_SOC_STATUS_COUNT = 3 };
extern const char *const tg_soc_status_words[TG_SOC_STATUS_COUNT + 1]; /* "current" "withdrawn" "superseded", NULL */
enum { TG_BATCHES_ALL = 0, TG_BATCHES_LISTED = 1 };
enum { /* how the statement accompanies the product; 0: not recorded (row 15b) */
	TG_ACCOMPANIES_UNKNOWN = 0, TG_ACCOMPANIES_IN_PACK = 1, TG_ACCOMPANIES_ON_LABEL = 2,
	TG_ACCOMPANIES_PRODUCT_LINK = 3, TG_ACCOMPANIES_RECEIPT_LINK = 4,
};

/** One statement of compliance held for a product. A value. */
typedef struct tg_soc {
	uint32_t defects;     /**< TG_DEFECT bits */
	uint8_t document;     /**< TG_DOCUMENT_…: what the paper really is */
	uint8_t status;       /**< TG_SOC_… */
	uint8_t batches;      /**< TG_BATCHES_… */
	uint8_t accompanies;  /**< TG_ACCOMPANIES_… */
	bool covers_type;     /**< the product's type is among the SoC's types (row 19 when false) */
	bool batches_express_all; /**< D04 flagged: the SoC says "all batches" in words (A27) */
	int32_t issued, dsp_end, link_tested; /**< days; TG_DAY_NONE when absent */
	uint32_t index;       /**< internal */
} tg_soc;

enum { TG_SCHEME_JC_STAR = 1, TG_SCHEME_CLS = 2 };

/** One conformance label (JC-STAR STAR-1, Singapore CLS) held for a product: SI 2023/1007 Schedule 2A. A value. */
typedef struct tg_conformance {
	uint8_t scheme;       /**< TG_SCHEME_… */
	uint8_t level;
	bool qualifies;       /**< scheme, version and level are among those named in Schedule 2A */
	bool covers_model;
	int32_t valid_from, valid_to, checked; /**< days; valid through its last day */
	uint32_t index;
} tg_conformance;

enum { /* tg_stop.kind: what stands against a product. Numbers are in the image: append only */
	TG_STOP_NOTICE = 1,     /* stop notice on us, in effect: s. 29 */
	TG_STOP_RECALL = 2,     /* recall notice on us, in effect: s. 30 */
	TG_STOP_APPEALED = 3,   /* a notice on us while an appeal is pending: s. 33(8) */
	TG_STOP_INTENT = 4,     /* notice of intent, or one given that is not yet in effect */
	TG_STOP_COMPLIANCE = 5, /* compliance notice on us: s. 28 */
	TG_STOP_FAILURE = 6,    /* compliance failure known or believed: s. 23 */
	TG_STOP_SUSPICION = 7,  /* informed that one may exist: s. 25(1)(a) */
	TG_STOP_PUBLISHED = 8,  /* notice to another, or publication, about manufacturer, importer or brand */
	TG_STOP_SHORTENED = 9,  /* support period shortened by the manufacturer: SI 2023/1007 Sch. 1 para 3(6) */
	TG_STOP_KINDS = 10,
};
enum { /* tg_stop.flags */
	TG_STOP_CLEARED = 1,     /* intent: cleared by counsel; appeal: sale signed off */
	TG_STOP_ON_SUPPLY = 2,   /* compliance notice: the duty is that of ss. 22, 23 (15, 16) */
	TG_STOP_BRAND_ONLY = 4,  /* published: names the brand, not this type */
};

/** One thing that stands against a product. A value. Head office resolved names and brands to products. */
typedef struct tg_stop {
	uint8_t kind, flags;
	bool batches_listed, serials_listed; /**< limited to units; see tg_catalogue_stop_covers() */
	int32_t from, to;     /**< days, both inclusive; `to` TG_DAY_NONE: until further notice */
	uint32_t index;       /**< internal */
} tg_stop;

/** Texts for people and for the log. All borrowed from the mapping; not terminated; "" when absent. */
typedef struct tg_product_texts {
	tg_view name, manufacturer, type, note_id;
} tg_product_texts;

typedef struct tg_catalogue_info {
	uint64_t version;      /**< catalogue version, rises with each publication that changes the image */
	uint32_t products, packs, socs, conformances, notes, specials, stops;
	uint16_t format_major, format_minor;
	uint64_t length;
} tg_catalogue_info;

/**
 * Map the image at `path` and check header and section table.
 * Trust: NULL is for head office's own tools on a file they just wrote; a gate always passes what was signed.
 * Errors: TG_EIO, TG_ELENGTH (file is not as long as signed), TG_EHASH, TG_EFORMAT (also: a required section or major
 * version that this reader does not know).
 */
TG_NODISCARD int tg_catalogue_open(tg_catalogue **out, const char *path, const tg_catalogue_trust *trust, tg_error *err);
void tg_catalogue_close(tg_catalogue *cat);
void tg_catalogue_get_info(tg_catalogue_info *out, const tg_catalogue *cat);

/*
 * Look-ups: any number of threads at once on one handle. No allocation, no I/O but page faults.
 * Each may return TG_EHASH or TG_EFORMAT when the bytes it needs are damaged: the caller's answer is then
 * "could not check", whatever was read before.
 */
/** TG_ENOTFOUND if head office knows nothing of the number. Packs are followed to the GTIN inside. */
TG_NODISCARD int tg_catalogue_find(tg_product *out, const tg_catalogue *cat, uint64_t gtin, tg_error *err);
/** The class note for a restricted circulation number as scanned (8, 12 or 13 digits held as 14); TG_ENOTFOUND if none. */
TG_NODISCARD int tg_catalogue_find_in_store(tg_product *out, const tg_catalogue *cat, uint64_t number, tg_error *err);
TG_NODISCARD int tg_catalogue_soc(tg_soc *out, const tg_catalogue *cat, const tg_product *product, uint32_t n, tg_error *err);
TG_NODISCARD int tg_catalogue_conformance(tg_conformance *out, const tg_catalogue *cat, const tg_product *product, uint32_t n, tg_error *err);
/** Is the batch within what a TG_BATCHES_LISTED SoC lists? Ranges hold batches of equal length, compared as bytes. */
TG_NODISCARD int tg_catalogue_batch_covered(bool *covered, const tg_catalogue *cat, const tg_soc *soc, tg_view batch, tg_error *err);
/**
 * Row 21: has the manufacturer tied serial numbers to this batch, and is the serial within them?
 * `*tied` false: nothing is recorded, row 21 cannot hit.
 */
TG_NODISCARD int tg_catalogue_serial_covered(bool *tied, bool *covered, const tg_catalogue *cat, const tg_soc *soc, tg_view batch,
	tg_view serial, tg_error *err);
TG_NODISCARD int tg_catalogue_texts(tg_product_texts *out, const tg_catalogue *cat, const tg_product *product, tg_error *err);
TG_NODISCARD int tg_catalogue_soc_texts(tg_view *id, tg_view *link, const tg_catalogue *cat, const tg_soc *soc, tg_error *err);
TG_NODISCARD int tg_catalogue_stop(tg_stop *out, const tg_catalogue *cat, const tg_product *product, uint32_t n, tg_error *err);
/**
 * Does it cover the unit? Without limits: every unit. With them: a unit is outside only if all that it is limited by is known of the
 * unit ("" is unknown) and none of it is listed; so who does not know the batch is told that it covers.
 */
TG_NODISCARD int tg_catalogue_stop_covers(bool *covers, const tg_catalogue *cat, const tg_stop *stop, tg_view batch, tg_view serial,
	tg_error *err);
TG_NODISCARD int tg_catalogue_stop_id(tg_view *id, const tg_catalogue *cat, const tg_stop *stop, tg_error *err);
/** GTIN of component `n` of a bundle. No bundle is a component. */
TG_NODISCARD int tg_catalogue_component(uint64_t *gtin, const tg_catalogue *cat, const tg_product *product, uint32_t n, tg_error *err);
TG_NODISCARD int tg_catalogue_conformance_id(tg_view *id, const tg_catalogue *cat, const tg_conformance *conformance, tg_error *err);

/*
 * ---- all that an image holds, for tools that compare images ----
 *
 * Numbers run from 0 to what tg_catalogue_get_info() counts; the order is that of the image. TG_EINVAL past the end; TG_EFORMAT,
 * TG_EHASH as above.
 */
TG_NODISCARD int tg_catalogue_at(tg_product *out, const tg_catalogue *cat, uint32_t n, tg_error *err);
TG_NODISCARD int tg_catalogue_pack_at(uint64_t *gtin, uint64_t *inside, const tg_catalogue *cat, uint32_t n, tg_error *err);
/** A range of in-store numbers that one class note answers; `n` from 0 to tg_catalogue_in_store_count(). */
TG_NODISCARD int tg_catalogue_in_store_at(uint64_t *from, uint64_t *to, const tg_catalogue *cat, uint32_t n, tg_error *err);
uint32_t tg_catalogue_in_store_count(const tg_catalogue *cat);
/** The units that a SoC or a stop is limited to, as the image writes them: to see whether two are the same. "" if not. */
TG_NODISCARD int tg_catalogue_soc_units(tg_view *batches, tg_view *serials, const tg_catalogue *cat, const tg_soc *soc, tg_error *err);
TG_NODISCARD int tg_catalogue_stop_units(tg_view *batches, tg_view *serials, const tg_catalogue *cat, const tg_stop *stop, tg_error *err);

/*
 * ---- pages that cannot be read ----
 *
 * With the guard on, a page that the disk does not give (SIGBUS) is read as zeros, and its block is bad from then on. So a
 * result, and what its views point to, holds only if tg_catalogue_faults() is the same before the first look-up and after
 * the last byte was read; else it is "could not check".
 */
/**
 * Install the process's SIGBUS handler. For programs, before there are threads; again is fine. A SIGBUS outside of mapped
 * images does what it did. TG_ESTATE: it cannot be, and a lost page ends the process as ever.
 */
TG_NODISCARD int tg_catalogue_guard(tg_error *err);
/** Blocks of the mapping that were lost since it was opened. Rises before any reader sees zeros. */
uint32_t tg_catalogue_faults(const tg_catalogue *cat);
/** TG_OK if no block was lost since `before`; else TG_EIO with words that name the last one. */
TG_NODISCARD int tg_catalogue_lost(const tg_catalogue *cat, uint32_t before, tg_error *err);

/** Blocks of the image. */
uint64_t tg_catalogue_block_count(const tg_catalogue *cat);
/** Has the block been used (and so checked) since the image was opened? */
bool tg_catalogue_block_used(const tg_catalogue *cat, uint64_t block);
/** Hash one block again as it is in memory now. TG_EHASH, TG_EIO: it is not used any more until a hash says otherwise. */
TG_NODISCARD int tg_catalogue_check_block(const tg_catalogue *cat, uint64_t block, tg_error *err);
/** Check every block now (`verify`). `*bad_block` names the first that differs. */
TG_NODISCARD int tg_catalogue_check_all(uint64_t *bad_block, const tg_catalogue *cat, tg_error *err);

#endif

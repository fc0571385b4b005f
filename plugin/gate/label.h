/* SPDX-License-Identifier: Apache-2.0
 *
 * label.h - from scanned bytes to what they identify. Nothing is guessed.
 *
 * Pure: no I/O, no clock, no allocation. `today` is passed for the century of GS1 dates.
 * Source: GS1 General Specifications sections 1.4, 2.1, 3.2, 7.8, 7.12; ISO/IEC 15424 for AIM identifiers.
 */
#ifndef TG_GATE_LABEL_H
#define TG_GATE_LABEL_H

#include "store/base/bytes.h"
#include "store/catalogue/policy.h"

#define TG_LABEL_MAX 4096 /* bytes of one scan; longer is unreadable */
#define TG_AI_TEXT_MAX 20 /* AI (10) and (21): X..20 */
#define TG_SEPARATOR_MAX 7 /* bytes that stand for FNC1; the longest known is "{FNC1}" */

typedef enum {
	TG_LABEL_UNREADABLE = 0, /* no symbology of ours carries this; a scanner matter, never a compliance block */
	TG_LABEL_AMBIGUOUS = 1,  /* more than one reading, or a check digit that fails */
	TG_LABEL_NOT_PRODUCT = 2,
	TG_LABEL_IN_STORE = 3,   /* restricted circulation number */
	TG_LABEL_PRODUCT = 4,
	TG_LABEL_KIND_COUNT = 5,
} tg_label_kind;
extern const char *const tg_label_words[TG_LABEL_KIND_COUNT + 1];

/** How much the label itself says of its carrier. */
typedef enum {
	TG_STRENGTH_NONE = 0,
	TG_STRENGTH_DIGITS = 1,   /* right check digit, in no carrier of product numbers: unknown, Code 128, QR Code, … */
	TG_STRENGTH_CARRIER = 2,  /* AIM identifier fits what was read */
	TG_STRENGTH_ELEMENTS = 3, /* GS1 element string in a GS1 carrier */
	TG_STRENGTH_LINK = 4,     /* GS1 Digital Link, in whatever carrier */
	TG_STRENGTH_COUNT = 5,
} tg_strength;
extern const char *const tg_strength_words[TG_STRENGTH_COUNT + 1];

typedef struct tg_identity {
	tg_label_kind kind;
	tg_strength strength;
	uint8_t other;        /**< TG_OTHER_… when not a product */
	uint8_t digits;       /**< 8, 12, 13 or 14: length of the GTIN or in-store number as carried */
	bool passes;          /**< not a product and the signed pass-list forwards it */
	bool batch_typed;     /**< the batch was given by hand */
	bool partly_read;     /**< part of its element string is beyond us: a batch that was not found may still be on it */
	bool irregular;       /**< a Digital Link that was read although its form is not the standard's */
	uint64_t gtin;        /**< product: 14-digit number; in-store: the number as 14 digits; else 0 */
	char batch[TG_AI_TEXT_MAX + 1], serial[TG_AI_TEXT_MAX + 1]; /**< AI (10), (21); "" unknown */
	int32_t expiry;       /**< AI (17); TG_DAY_NONE */
	char listed_kind[24]; /**< the pass rule's word when other is TG_OTHER_LISTED */
	const char *why;      /**< static words when ambiguous or unreadable: "check digit fails", …; else "" */
} tg_identity;

/** How one scanner is set up where that changes the bytes of a label: tillgate.conf(5). All zero: it changes nothing. */
typedef struct tg_label_setup {
	char separator[TG_SEPARATOR_MAX + 1]; /**< what it sends for FNC1, such as "~1", "<GS>" or "^]"; "" GS itself */
	bool set_identifier; /**< eight digits in front tie the labels of one item together (Datalogic, GS1 mode 3) */
} tg_label_setup;

/** A label as any other scanner would send it. */
typedef struct tg_plain_label {
	char aim[4];
	tg_view data;
	char set[9]; /**< set identifier; "" none */
} tg_plain_label;

/**
 * Undo what `setup` says. `buf` is used, and `out->data` then points into it, only if a separator has to be replaced;
 * what is longer than TG_LABEL_MAX is left alone, for it is no label. Where a set identifier is due and there are not
 * eight digits nothing is taken off.
 */
void tg_label_plain(tg_plain_label *out, uint8_t buf[TG_LABEL_MAX], const tg_label_setup *setup, const char *aim, tg_view data);

/**
 * `aim` is "" or an AIM identifier such as "]E0" as the scanner sent it; `data` what followed it, GS (0x1D) kept.
 * Always fills `*out`; there is no error, only the kinds unreadable and ambiguous.
 */
void tg_label_identify(tg_identity *out, const char *aim, tg_view data, const tg_policy *policy, int32_t today);

/**
 * A label as a person types it or a file holds it: optional AIM identifier in front ("]d2…"). Element strings with
 * brackets "(01)…(10)…" are read in GS1 carriers, and in others if the policy says so. Splits into `aim` (4 bytes, "" if none) and the data.
 */
void tg_label_split(char aim[4], tg_view *data, tg_view text);

/** GTIN as 14 digits. Returns `out`. */
const char *tg_gtin_format(char out[15], uint64_t gtin);
/** 8, 12, 13 or 14 digits with a right check digit. TG_EFORMAT otherwise. */
TG_NODISCARD int tg_gtin_parse(uint64_t *gtin, tg_view digits, tg_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * gs1.h - elements, that is pairs of Application Identifier and value, and the strings they come in.
 *
 * Pure. Knows what (00) (01) (02) (10) (17) (21) and their kin mean to a decision; knows nothing of carriers, prefixes
 * or the pass-list (label.c), and leaves the forms of values to ai_value.h.
 */
#ifndef TG_GATE_GS1_H
#define TG_GATE_GS1_H

#include "plugin/gate/ai_value.h"
#include "plugin/gate/words.h"

#define TG__GS 0x1d /* FNC1 as separator */
#define TG__BATCH_MAX 20 /* bytes of (10) and (21) */
#define TG__ELEMENTS_MAX 64 /* of one label; real ones have under twenty, and repeats are looked for among all */

struct tg__text {
	uint8_t len; /**< 0: none */
	char bytes[TG__BATCH_MAX];
};

struct tg__elements {
	uint64_t gtin;                 /**< of the item itself, (01), (03), (8006); 0: none */
	uint64_t contained;            /**< of the items in a logistic unit, (02), (8026); 0: none */
	struct tg__text batch, serial; /**< (10), (21) */
	int32_t expiry;                /**< (17); TG_DAY_NONE */
	bool logistic_unit;            /**< (00) with a right check digit */
	bool coupon;                   /**< (255), (8110), (8112) */
	bool whole;                    /**< every element was understood, and has the form it should have */
	enum tg__why
		why; /**< TG__WHY_NONE, or what is wrong with the label; what was found before it stays filled */
};

/** Elements as they are collected, from a string or from a Digital Link. Borrows the values it is given. */
struct tg__collector {
	struct tg__elements *out;
	int32_t today;
	size_t count;
	struct {
		const struct tg__ai *ai;
		uint16_t number; /* tells 3101 from 3102, which share a row */
		tg_view value;
	} seen[TG__ELEMENTS_MAX]; /* of those whose value has the right form */
};

/** Empties `*out`. `today` places two-digit years, see tg__ai_day. */
void tg__collector_init(struct tg__collector *c, struct tg__elements *out, int32_t today);

/**
 * Add one element; `identifier` begins with its digits and `value` is all of it. A value that breaks its form is an
 * error (`out->why`) when it is one that a decision rests on, has a predefined length, or is a date; else `out->whole`
 * is false. So is it for a batch or serial number with a printable character that GS1 does not allow there: it is kept
 * as it was read. The same identifier again with the same value is nothing new, with another value an error.
 */
void tg__collector_add(struct tg__collector *c, const struct tg__ai *ai, tg_view identifier, tg_view value);

/**
 * Read an element string: GS-separated, or with each identifier in brackets when `bracketed`.
 * An identifier that is not in the table is no error: `whole` is then false, and the reading goes on behind the next
 * separator (or at the next bracketed identifier), if there is one, or where a predefined length ends.
 */
void tg__elements_read(struct tg__elements *out, tg_view label, bool bracketed, int32_t today);

/** "(" two to four digits ")" at the start of `text`: the bytes it takes, or 0. */
size_t tg__bracket(tg_view text);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * gs1.h - element strings, far enough to find what a decision needs: (00) (01) (02) (10) (17) (21) and their kin.
 *
 * Pure. Knows Application Identifiers and their lengths; knows nothing of carriers, prefixes or the pass-list (label.c).
 */
#ifndef TG_GATE_GS1_H
#define TG_GATE_GS1_H

#include "plugin/gate/words.h"
#include "store/base/bytes.h"

#define TG__GS 0x1d /* FNC1 as separator */

struct tg__elements {
	uint64_t gtin;         /**< of the item itself, (01), (03), (8006); 0: none */
	uint64_t contained;    /**< of the items in a logistic unit, (02), (8026); 0: none */
	tg_view batch, serial; /**< len 0: none; borrowed from the label */
	int32_t expiry;        /**< (17); TG_DAY_NONE */
	bool logistic_unit;    /**< (00) with a right check digit */
	bool coupon;           /**< (255), (8110), (8112) */
	bool whole;            /**< every byte was understood */
	enum tg__why
		why; /**< TG__WHY_NONE, or what is wrong with the label; what was found before it stays filled */
};

/**
 * Read an element string: GS-separated, or with each identifier in brackets when `bracketed`.
 * An identifier that is not in the table is no error: `whole` is then false, and the reading goes on behind the next
 * separator (or at the next bracketed identifier), if there is one. A value of a known one that breaks its form is an
 * error when the value has a fixed place (predefined length), is a date, or is batch or serial; else it is passed over
 * in the same way.
 * `today` places two-digit years: 49 years back to 50 ahead (General Specifications section 7.12).
 */
void tg__elements_read(struct tg__elements *out, tg_view label, bool bracketed, int32_t today);

#endif

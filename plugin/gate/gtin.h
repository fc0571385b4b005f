/* SPDX-License-Identifier: Apache-2.0
 *
 * gtin.h - the arithmetic of GS1 numbers, for the files of this room.
 *
 * Pure. Knows digits and check digits; knows nothing of carriers (label.c) or element strings (gs1.c).
 */
#ifndef TG_GATE_GTIN_H
#define TG_GATE_GTIN_H

#include "store/base/bytes.h"

/** What a run of digits is worth. */
struct tg__number {
	uint64_t value; /**< as a number; the zero fill to 14 digits is implied */
	bool digits;    /**< one to 18 bytes, all of them digits */
	bool check;     /**< the last digit is the right GS1 check digit of the others */
};

/** Read `text` as digits. Source: GS1 General Specifications section 7.9 (weights 3 and 1 from the right). */
struct tg__number tg__number_read(tg_view text);

/**
 * The GTIN-12 that eight UPC-E digits (number system, six digits, check digit) stand for; `check` is judged on the
 * expanded number. Number systems other than 0 and 1 have no UPC-E form: `digits` is then false.
 */
struct tg__number tg__upce_expand(tg_view eight);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * gtin.h - the arithmetic of GS1 numbers, for the files of this room.
 *
 * Pure. Knows digits and check digits; knows nothing of carriers (label.c) or element strings (gs1.c).
 */
#ifndef TG_GATE_GTIN_H
#define TG_GATE_GTIN_H

#include "store/base/bytes.h"

static inline bool tg__is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/** Of one hexadecimal digit of either case; -1 for any other byte. */
static inline int tg__hex_value(uint8_t c)
{
	if (tg__is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

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

/**
 * What six or seven digits may stand for that a scanner read as UPC-E and cut: six without number system (0: GS1
 * assigns no other) and check digit; seven without the one or without the other. Fills `readings` with the GTIN-12s,
 * each once, and returns how many there are, 0 to 2. What has no check digit of its own was checked by the scanner
 * alone: in a UPC-E it is in the pattern of the bars.
 */
size_t tg__upce_readings(uint64_t readings[2], tg_view digits);

#endif

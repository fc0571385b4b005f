/* SPDX-License-Identifier: Apache-2.0
 *
 * supplier_prefix.h - which GTINs a registered prefix stands for.
 *
 * Pure. Two spaces that never meet: the 13 digits after the indicator digit of a GTIN-14 (a GTIN-12 has a zero in front of
 * them), and the 8 digits of a GTIN-8, written "8:…". A GTIN-8 with zeros in front, with or without an indicator, is a GTIN-8.
 * Source: GS1 General Specifications, sections 2.1 and 3.3 (identification of trade items, data structures of the GTIN).
 */
#ifndef TG_HQ_SUPPLIER_PREFIX_H
#define TG_HQ_SUPPLIER_PREFIX_H

#include "store/base/error.h"

#include <stdbool.h>
#include <stdint.h>

#define TG_PREFIX_DIGITS_MIN 4  /* a GS1 prefix has 3: a whole country is nobody's */
#define TG_PREFIX_DIGITS_MAX 12 /* all of 13 but the check digit: one product */
#define TG_PREFIX8_DIGITS_MIN 3 /* a GS1-8 prefix */
#define TG_PREFIX8_DIGITS_MAX 7 /* all of 8 but the check digit */
#define TG_PREFIX_TEXT_SIZE 16  /* room for "8:9521234" or 12 digits, and the terminator */

typedef struct tg_prefix {
	bool eight;     /**< of the space of GTIN-8 */
	uint8_t digits; /**< how many; zeros in front count */
	uint64_t value;
} tg_prefix;

/** "95212345" or "8:9521". TG_EINVAL says what is wanted; prefixes of numbers that shops give out themselves are refused. */
TG_NODISCARD int tg_prefix_parse(tg_prefix *out, const char *text, tg_error *err);
/** The text that tg_prefix_parse() takes. Returns `out`. */
const char *tg_prefix_format(char out[TG_PREFIX_TEXT_SIZE], const tg_prefix *prefix);
/** As it stands in the name of a target: "95212345" or "8-9521". Returns `out`. */
const char *tg_prefix_file(char out[TG_PREFIX_TEXT_SIZE], const tg_prefix *prefix);

/** Does the prefix stand for the GTIN (as a 14-digit number)? */
bool tg_prefix_covers(const tg_prefix *prefix, uint64_t gtin);
/** Is there a GTIN that both stand for? Then one of them begins with the other. */
bool tg_prefix_overlaps(const tg_prefix *a, const tg_prefix *b);

#endif

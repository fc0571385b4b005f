/* SPDX-License-Identifier: Apache-2.0
 *
 * reference.h - the short reference on an answer: which station, which entry, and a check character.
 *
 * STATION-SEQ-C, or STATION-EPOCH-SEQ-C in every epoch but the first; all in Crockford's base 32 (no I, L, O, U), so that it
 * can be read out and typed: lower case is read too, I and L as 1, O as 0. The check character finds every single wrong
 * character and every swap of two characters (a weighted sum over GF(32); tillgate-evidence(5) shows how). Pure.
 */
#ifndef TG_EVIDENCE_REFERENCE_H
#define TG_EVIDENCE_REFERENCE_H

#include "store/base/error.h"

#include <stdint.h>

#define TG_REFERENCE_STATION_MAX 8 /**< characters of a station's short id */
#define TG_REFERENCE_SIZE 40       /**< a reference and its terminator */

typedef struct tg_reference {
	char station[TG_REFERENCE_STATION_MAX + 1];
	uint32_t epoch;
	uint64_t seq;
} tg_reference;

/** TG_EINVAL if `station` is not 1 to 8 characters of the alphabet (digits and upper-case letters but I, L, O, U). */
TG_NODISCARD int tg_reference_format(
	char out[TG_REFERENCE_SIZE], const char *station, uint32_t epoch, uint64_t seq, tg_error *err);
/** TG_EFORMAT if it is not of this form or the check character does not fit. */
TG_NODISCARD int tg_reference_parse(tg_reference *out, const char *text, tg_error *err);

#endif

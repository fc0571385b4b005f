/* SPDX-License-Identifier: Apache-2.0
 *
 * against.h - what stands against which product and when: failures, notices and publications as stretches of days.
 *
 * The image holds such stretches only; the story of a failure and the text of a notice stay here. One record gives several: a notice
 * of intent, then the notice, then its appeal. Used by compile.c and lint.c, so that both see the same. Pure: no clock; the days speak
 * for themselves. Source: PSTI Act 2022 ss. 23, 25, 28 to 46; SI 2023/1007 Schedule 1 para 3(6).
 */
#ifndef TG_HQ_AGAINST_H
#define TG_HQ_AGAINST_H

#include "store/catalogue/build.h"
#include "sync/hq/index.h"

#define TG_AGAINST_OF_ONE                                                                                    \
	12 /* stretches of one record: intent open and cleared, given twice, in effect three times, appeal and suspension twice each, and room */

/** One stretch of days. Units are limited as the record's reach says. */
typedef struct tg_stretch {
	uint8_t kind, flags; /**< TG_STOP_… of catalogue.h */
	int32_t from, to;    /**< both inclusive; `to` TG_DAY_NONE: until further notice */
} tg_stretch;

/** Each returns how many of `out` it filled: stretches never overlap, and none is empty. */
size_t tg_against_failure(tg_stretch out[TG_AGAINST_OF_ONE], const tg_failure_record *failure);
size_t tg_against_notice(tg_stretch out[TG_AGAINST_OF_ONE], const tg_notice_record *notice);
size_t tg_against_publication(tg_stretch out[TG_AGAINST_OF_ONE], const tg_publication_record *publication);
/**
 * Row 27: what the manufacturer publishes now ends before what it, or its statement, said (soc_end, or TG_DAY_NONE). Where only what
 * others report makes it so, it is a suspicion; what they report never outweighs what the manufacturer itself published.
 */
size_t tg_against_shortening(tg_stretch out[TG_AGAINST_OF_ONE], const tg_product_record *product, int32_t soc_end);

/**
 * Call `each` with the number of every product that the reach names, until it returns false; one that is named twice may be met
 * twice. GTINs are looked up; brands, manufacturers and types cost one pass over all products.
 */
void tg_reach_each(const tg_index *index, const tg_reach *reach, bool (*each)(void *context, size_t product), void *context);

/** Latest end of support in a current, real statement filed for product number `product` of the index; TG_DAY_NONE. */
int32_t tg_against_soc_end(const tg_index *index, size_t product);

#endif

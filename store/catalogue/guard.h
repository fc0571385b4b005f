/* SPDX-License-Identifier: Apache-2.0
 *
 * guard.h - a page of a mapped image that cannot be read is a failed look-up, not a dead process.
 *
 * The kernel says SIGBUS when a mapped page cannot be had: the disk failed under it, or the file was cut short. The handler
 * puts zeros in the place of the block, marks the block as bad for good and counts. Nothing is jumped out of: the look-up
 * goes on over zeros, and whoever began it sees that the count moved and gives its result away. A SIGBUS at any other
 * address is what it always was.
 *
 * Knows address ranges and blocks; knows nothing of what an image holds. Internal to store/catalogue but for
 * tg_catalogue_guard(), which programs call (catalogue.h). A library never installs the handler.
 */
#ifndef TG_CATALOGUE_GUARD_H
#define TG_CATALOGUE_GUARD_H

#include "store/base/error.h"
#include "store/catalogue/blocks.h"

#include <stdatomic.h>
#include <stdbool.h>

/** Images mapped at the same time: the one in force, one being loaded, and those that slow readers still hold. */
#define TG_GUARD_RANGES 64

/** What is known of a block: two bits each, 32 blocks a word. Bad stays bad, whatever a hash says afterwards. */
#define TGC_BLOCK_CHECKED UINT64_C(1)
#define TGC_BLOCK_BAD UINT64_C(2)
#define TGC_BLOCKS_PER_WORD 32

static inline uint64_t tgc_block_bit(uint64_t block, uint64_t what)
{
	return what << (block % TGC_BLOCKS_PER_WORD * 2);
}

/** One mapping under guard. Never freed: a handler may look at it at any time. */
typedef struct tgc_guard {
	atomic_bool taken;
	_Atomic uintptr_t base;
	_Atomic uint64_t len;       /**< 0: guards nothing */
	_Atomic uint64_t *states;   /**< of the blocks; the mapping's owner frees it after tgc_guard_drop() */
	_Atomic uint32_t faults;    /**< blocks lost since the mapping was put under guard */
	_Atomic uint64_t last_block; /**< the last one lost */
} tgc_guard;

/** Put a mapping under guard. TG_ELIMIT if TG_GUARD_RANGES are. */
TG_NODISCARD int tgc_guard_take(
	tgc_guard **out, const void *base, uint64_t len, _Atomic uint64_t *states, tg_error *err);
/** Before it is unmapped. Nobody reads it any more. NULL is fine. */
void tgc_guard_drop(tgc_guard *guard);

#endif

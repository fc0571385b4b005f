/* SPDX-License-Identifier: Apache-2.0
 *
 * arena.h - memory for records that live and die together: a million small texts without a million free()s.
 *
 * One thread. Failure is sticky, as in tg_buf: allocate freely, ask once.
 */
#ifndef TG_HQ_ARENA_H
#define TG_HQ_ARENA_H

#include "store/base/bytes.h"

typedef struct tg_arena_block tg_arena_block;

typedef struct tg_arena {
	tg_arena_block *blocks; /* newest first */
	size_t used, cap;       /* of the newest */
	bool failed;
} tg_arena;

/** `count` zeroed items of `size` bytes, aligned for any type; NULL (and `failed`) without memory. */
void *tg_arena_alloc(tg_arena *arena, size_t count, size_t size);
/** A terminated copy. Never NULL: "" without memory, and `failed`. */
const char *tg_arena_text(tg_arena *arena, const char *text);
void tg_arena_fini(tg_arena *arena);

/**
 * Make room for one more item in a growing array: returns the array, perhaps moved, with room for `count` + 1
 * items, or NULL without memory (the old one is then still whole). Plain malloc memory: the owner frees it.
 */
void *tg_array_grow(void *array, size_t count, size_t *cap, size_t size);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * arena.c - blocks of memory that are freed together.
 */
#include "sync/hq/arena.h"

#include <stdlib.h>

#define BLOCK_BYTES 65536 /* most records take under 500; larger items get a block of their own */
#define FIRST_ITEMS 64    /* of a growing array */

struct tg_arena_block {
	tg_arena_block *older;
	_Alignas(16) uint8_t data[];
};

static size_t aligned(size_t n)
{
	return (n + 15) & ~(size_t)15;
}

void *tg_arena_alloc(tg_arena *arena, size_t count, size_t size)
{
	size_t bytes;
	uint8_t *p;

	if (size != 0 && count > (SIZE_MAX / 2) / size) {
		arena->failed = true;
		return NULL;
	}
	bytes = aligned(count * size);
	if (arena->blocks == NULL || bytes > arena->cap - arena->used) {
		size_t cap = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
		tg_arena_block *block = malloc(sizeof(*block) + cap);

		if (block == NULL) {
			arena->failed = true;
			return NULL;
		}
		block->older = arena->blocks;
		arena->blocks = block;
		arena->used = 0;
		arena->cap = cap;
	}
	p = arena->blocks->data + arena->used;
	arena->used += bytes;
	if (bytes > 0)
		memset(p, 0, bytes);
	return p;
}

const char *tg_arena_text(tg_arena *arena, const char *text)
{
	size_t len = strlen(text);
	char *copy = len == 0 ? NULL : tg_arena_alloc(arena, len + 1, 1);

	if (copy == NULL)
		return "";
	memcpy(copy, text, len);
	return copy;
}

void tg_arena_fini(tg_arena *arena)
{
	while (arena->blocks != NULL) {
		tg_arena_block *older = arena->blocks->older;

		free(arena->blocks);
		arena->blocks = older;
	}
	*arena = (tg_arena){ 0 };
}

void *tg_array_grow(void *array, size_t count, size_t *cap, size_t size)
{
	size_t wanted;

	if (count < *cap)
		return array;
	wanted = *cap == 0 ? FIRST_ITEMS : *cap * 2;
	if (wanted > SIZE_MAX / 2 / size)
		return NULL;
	array = realloc(array, wanted * size);
	if (array != NULL)
		*cap = wanted;
	return array;
}

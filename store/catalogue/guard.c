/* SPDX-License-Identifier: Apache-2.0
 *
 * guard.c - SIGBUS in a mapped image. See guard.h.
 *
 * Why no reader can take zeros for an answer: the handler first marks the block as bad, then counts, and only then puts the
 * zeros there. A reader that noted the count before it looked at the mark sees the count move; one that noted it afterwards
 * sees the mark. A hash of the good bytes that ends later sets "checked", which means nothing beside "bad".
 */
#include "store/catalogue/guard.h"
#include "store/catalogue/catalogue.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

static tgc_guard guards[TG_GUARD_RANGES];
static struct sigaction before; /* what SIGBUS did until then */
static uintptr_t page_size;

int tgc_guard_take(tgc_guard **out, const void *base, uint64_t len, _Atomic uint64_t *states, tg_error *err)
{
	for (size_t i = 0; i < TG_COUNT(guards); i++) {
		tgc_guard *g = &guards[i];
		bool taken = false;

		if (!atomic_compare_exchange_strong(&g->taken, &taken, true))
			continue;
		g->states = states;
		atomic_store(&g->faults, 0);
		atomic_store(&g->base, (uintptr_t)base);
		atomic_store(&g->len, len);
		*out = g;
		return TG_OK;
	}
	return tg_fail(err, TG_ELIMIT, "image: %d images are in use already", TG_GUARD_RANGES);
}

void tgc_guard_drop(tgc_guard *guard)
{
	if (guard == NULL)
		return;
	atomic_store(&guard->len, 0);
	atomic_store(&guard->taken, false);
}

/*
 * Other ranges may come and go meanwhile. A length that is the same before and after belongs to a mapping that was there
 * while ours was, so that it cannot hold our address by mistake.
 */
static tgc_guard *find(uintptr_t at)
{
	for (size_t i = 0; i < TG_COUNT(guards); i++) {
		uint64_t len = atomic_load(&guards[i].len);
		uintptr_t base = atomic_load(&guards[i].base);

		if (len != 0 && at >= base && at - base < len && atomic_load(&guards[i].len) == len)
			return &guards[i];
	}
	return NULL;
}

/* Zeros for one block. mmap(2) is a plain system call on Linux: no lock and no memory of ours. */
static bool cover(tgc_guard *g, uintptr_t at)
{
	uint64_t block = (at - g->base) / TG_BLOCK_SIZE, left = g->len - block * TG_BLOCK_SIZE;
	uintptr_t start = g->base + block * TG_BLOCK_SIZE;
	size_t len = left < TG_BLOCK_SIZE ? (size_t)left : TG_BLOCK_SIZE;

	atomic_fetch_or(&g->states[block / TGC_BLOCKS_PER_WORD], tgc_block_bit(block, TGC_BLOCK_BAD));
	atomic_store(&g->last_block, block);
	atomic_fetch_add(&g->faults, 1);
	len = (len + page_size - 1) & ~(page_size - 1);
	return mmap((void *)start, len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED; // NOLINT
}

static void on_sigbus(int number, siginfo_t *info, void *context)
{
	int kept = errno;
	tgc_guard *g = info->si_code > 0 ? find((uintptr_t)info->si_addr) : NULL;

	(void)context;
	if (g == NULL || !cover(g, (uintptr_t)info->si_addr)) {
		/* Not ours. Back to what it did: a fault happens again at once, a signal that was sent must be sent again. */
		(void)sigaction(number, &before, NULL);
		if (info->si_code <= 0)
			(void)raise(number);
	}
	errno = kept;
}

int tg_catalogue_guard(tg_error *err)
{
	struct sigaction action = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO | SA_ONSTACK }, now;

	page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
	if (page_size > TG_BLOCK_SIZE)
		return tg_fail(err, TG_ESTATE, "images cannot be guarded where pages are larger than %d bytes", TG_BLOCK_SIZE);
	sigemptyset(&action.sa_mask);
	if (sigaction(SIGBUS, NULL, &now) != 0)
		return tg_fail_errno(err, TG_ESTATE, "SIGBUS");
	if (now.sa_sigaction == on_sigbus)
		return TG_OK;
	before = now;
	return sigaction(SIGBUS, &action, NULL) == 0 ? TG_OK : tg_fail_errno(err, TG_ESTATE, "SIGBUS");
}

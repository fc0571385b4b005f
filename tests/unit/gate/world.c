/* SPDX-License-Identifier: Apache-2.0
 *
 * world.c - builds, hashes and opens a catalogue for the tests of the gate.
 */
#include "tests/unit/gate/world.h"
#include "store/catalogue/blocks.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void need(int rc, const char *what, const tg_error *err)
{
	if (rc == TG_OK)
		return;
	(void)fprintf(stderr, "world: %s: %s\n", what, err->msg);
	abort();
}

static int open_image(tg_catalogue **cat, const world *w, tg_error *err)
{
	tg_catalogue_trust trust = { 0, tg_buf_view(&w->blocks) };
	FILE *f = fopen(w->path, "rb");

	if (f == NULL || fseek(f, 0, SEEK_END) != 0)
		abort();
	trust.length = (uint64_t)ftell(f);
	(void)fclose(f);
	return tg_catalogue_open(cat, w->path, &trust, err);
}

void world_open(world *w, const tg_build *build)
{
	tg_error err = { 0 };
	int fd;

	*w = (world){ .path = "/tmp/tillgate-gate-XXXXXX" };
	fd = mkstemp(w->path);
	if (fd < 0)
		abort();
	(void)close(fd);
	need(tg_build_write(w->path, build, &err), "build", &err);
	tg_buf_init(&w->blocks, 1 << 20);
	need(tg_blocks_hash_file(&w->blocks, w->path, &err), "hash", &err);
	need(open_image(&w->cat, w, &err), "open", &err);
}

tg_catalogue *world_reopen(const world *w)
{
	tg_catalogue *cat = NULL;
	tg_error err = { 0 };

	return open_image(&cat, w, &err) == TG_OK ? cat : NULL;
}

void world_close(world *w)
{
	tg_catalogue_close(w->cat);
	tg_buf_fini(&w->blocks);
	(void)unlink(w->path);
}

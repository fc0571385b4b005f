/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_catalogue.c - what an image costs: bytes, time to build and open, time of a look-up beside LMDB's, bytes of a patch.
 *
 * Usage: bench_catalogue [--quick | --products N --socs N] [--no-patch] [--keep]
 * A table for people on standard error, a JSON line for each size on standard output. Look-ups and LMDB's are timed in
 * the same run on the same numbers in the same order, half of them known; compare the ratio, not the nanoseconds.
 */
#include "store/base/crypto.h"
#include "store/base/file.h"
#include "tests/bench/day.h"
#include "tests/bench/measure.h"
#include "tests/unit/catalogue/world.h"

#include <errno.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef TG_HAVE_LMDB
#include <lmdb.h>
#endif

#define LOOKUPS 1000000
#define LMDB_MAP_BYTES ((size_t)8 << 30)

extern char **environ;

typedef struct result {
	size_t products, socs;
	uint64_t image_bytes, patch_bytes;
	double build_s, open_us, first_us, check_all_s;
	double hit_ns, miss_ns, mixed_ns, soc_ns, lmdb_ns; /* lmdb_ns: the mixed numbers */
	long resident_kib;                                 /* growth by open and look-ups, decision only */
} result;

static bool keep; /* leave images and patch in the folder, for a closer look */
static char folder[] = "/tmp/tillgate-bench-XXXXXX";
static char image[64], before[64], patch[64], lmdb_file[64], lmdb_lock[64];

static long resident_kib(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long size = 0, resident = 0;

	if (f != NULL) {
		if (fscanf(f, "%ld %ld", &size, &resident) != 2)
			resident = 0;
		fclose(f);
	}
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static uint64_t file_bytes(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

/* ---- numbers to look up ---- */

typedef struct numbers {
	uint64_t *hit, *miss, *mixed;
} numbers;

/* In random order, as scans come: what is measured is memory that is not in the caches. */
static numbers numbers_make(world *w)
{
	numbers n = { malloc(LOOKUPS * sizeof(uint64_t)), malloc(LOOKUPS * sizeof(uint64_t)),
		malloc(LOOKUPS * sizeof(uint64_t)) };

	if (n.hit == NULL || n.miss == NULL || n.mixed == NULL)
		abort();
	for (size_t i = 0; i < LOOKUPS; i++) {
		n.hit[i] = w->products[world_random(w) % w->build.product_count].gtin;
		/* one above a known number: never a number of the world, whose check digits are right */
		n.miss[i] = w->products[world_random(w) % w->build.product_count].gtin / 10 * 10 + 10;
		n.miss[i] += (world_gtin((n.miss[i] / 10) - UINT64_C(952000000000)) + 1) % 10;
		n.mixed[i] = i % 2 == 0 ? n.hit[i] : n.miss[i];
	}
	return n;
}

static void numbers_fini(numbers *n)
{
	free(n->hit);
	free(n->miss);
	free(n->mixed);
}

/* ---- look-ups ---- */

static double time_find(const tg_catalogue *cat, const uint64_t *gtins, size_t want_found, bool with_soc)
{
	size_t found = 0;
	uint32_t sum = 0;
	double start = thread_cpu_s();

	for (size_t i = 0; i < LOOKUPS; i++) {
		tg_product product;
		tg_error err;
		tg_soc soc;

		if (tg_catalogue_find(&product, cat, gtins[i], &err) != TG_OK)
			continue;
		found++;
		sum += product.scope;
		if (with_soc && product.soc_count > 0 &&
			tg_catalogue_soc(&soc, cat, &product, 0, &err) == TG_OK)
			sum += soc.status;
	}
	if (found != want_found || sum == 1) {
		fprintf(stderr, "bench_catalogue: %zu found, %zu wanted\n", found, want_found);
		exit(2);
	}
	return (thread_cpu_s() - start) * 1e9 / LOOKUPS;
}

static void measure_reader(result *r, const numbers *n)
{
	tg_catalogue_trust trust = { .length = r->image_bytes };
	tg_catalogue *cat = NULL;
	tg_product product;
	tg_error err = { 0 };
	uint64_t bad;
	tg_buf hashes;
	double start;
	long resident;

	tg_buf_init(&hashes, TG_BLOCK_LIST_MAX_BYTES);
	must(tg_blocks_hash_file(&hashes, image, &err), &err);
	trust.blocks = tg_buf_view(&hashes);
	resident = resident_kib();
	start = now_s();
	must(tg_catalogue_open(&cat, image, &trust, &err), &err);
	r->open_us = (now_s() - start) * 1e6;
	start = now_s();
	must(tg_catalogue_find(&product, cat, n->hit[0], &err), &err);
	r->first_us = (now_s() - start) * 1e6;
	(void)time_find(cat, n->hit, LOOKUPS, true); /* warms, and hashes what decisions touch */
	r->resident_kib = resident_kib() - resident;
	r->hit_ns = time_find(cat, n->hit, LOOKUPS, false);
	r->miss_ns = time_find(cat, n->miss, 0, false);
	r->mixed_ns = time_find(cat, n->mixed, LOOKUPS / 2, false);
	r->soc_ns = time_find(cat, n->mixed, LOOKUPS / 2, true);
	start = now_s();
	must(tg_catalogue_check_all(&bad, cat, &err), &err);
	r->check_all_s = now_s() - start;
	tg_catalogue_close(cat);
	tg_buf_fini(&hashes);
}

#ifdef TG_HAVE_LMDB
static void lmdb_must(int rc)
{
	if (rc == 0)
		return;
	fprintf(stderr, "bench_catalogue: LMDB: %s\n", mdb_strerror(rc));
	exit(2);
}

static int compare_products(const void *a, const void *b)
{
	const tg_build_product *x = a, *y = b;

	return x->gtin < y->gtin ? -1 : x->gtin > y->gtin;
}

/* The same GTINs as integer keys, with values of the size of our decision core. Sorts the world's products. */
static void lmdb_fill(MDB_env *env, MDB_dbi *dbi, world *w)
{
	MDB_txn *txn;
	uint8_t core[12] = { 0 };

	qsort(w->products, w->build.product_count, sizeof(*w->products), compare_products);
	lmdb_must(mdb_txn_begin(env, NULL, 0, &txn));
	lmdb_must(mdb_dbi_open(txn, NULL, MDB_INTEGERKEY, dbi));
	for (size_t i = 0; i < w->build.product_count; i++) {
		uint64_t gtin = w->products[i].gtin;
		MDB_val key = { sizeof(gtin), &gtin }, value = { sizeof(core), core };

		lmdb_must(mdb_put(txn, *dbi, &key, &value, MDB_APPEND));
	}
	lmdb_must(mdb_txn_commit(txn));
}

static double lmdb_time(MDB_env *env, MDB_dbi dbi, const uint64_t *gtins, size_t want_found)
{
	MDB_txn *txn;
	size_t found = 0;
	double start;

	lmdb_must(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn));
	start = thread_cpu_s();
	for (size_t i = 0; i < LOOKUPS; i++) {
		uint64_t gtin = gtins[i];
		MDB_val key = { sizeof(gtin), &gtin }, value;

		found += mdb_get(txn, dbi, &key, &value) == 0;
	}
	start = thread_cpu_s() - start;
	mdb_txn_abort(txn);
	if (found != want_found) {
		fprintf(stderr, "bench_catalogue: LMDB found %zu of %zu\n", found, want_found);
		exit(2);
	}
	return start * 1e9 / LOOKUPS;
}

static void measure_lmdb(result *r, world *w, const numbers *n)
{
	MDB_env *env;
	MDB_dbi dbi;

	lmdb_must(mdb_env_create(&env));
	lmdb_must(mdb_env_set_mapsize(env, LMDB_MAP_BYTES));
	lmdb_must(mdb_env_open(env, lmdb_file, MDB_NOSUBDIR | MDB_NOSYNC | MDB_WRITEMAP, 0600));
	lmdb_fill(env, &dbi, w);
	(void)lmdb_time(env, dbi, n->mixed, LOOKUPS / 2);
	r->lmdb_ns = lmdb_time(env, dbi, n->mixed, LOOKUPS / 2);
	mdb_env_close(env);
	unlink(lmdb_file);
	unlink(lmdb_lock);
}
#endif

/* ---- a day's changes ---- */

static uint64_t run_zstd(void)
{
	char from[96];
	char *argv[] = { (char *)(uintptr_t) "zstd", (char *)(uintptr_t) "-q", (char *)(uintptr_t) "-f", from,
		image, (char *)(uintptr_t) "-o", patch, NULL };
	int status = -1;
	pid_t pid;

	snprintf(from, sizeof(from), "--patch-from=%s", before);
	if (posix_spawnp(&pid, "zstd", NULL, NULL, argv, environ) != 0)
		return 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	return status == 0 ? file_bytes(patch) : 0;
}

static void measure_patch(result *r, world *w)
{
	tg_build_soc *old = w->socs, *more = day_change(w);
	size_t old_count = r->socs;
	tg_error err = { 0 };

	if (rename(image, before) != 0)
		abort();
	must(tg_build_write(image, &w->build, &err), &err);
	r->patch_bytes = run_zstd();
	w->build.socs = old;
	w->build.soc_count = old_count;
	free(more);
	if (!keep) {
		unlink(before);
		unlink(patch);
	}
}

static void print_result(const result *r)
{
	double ratio = r->lmdb_ns > 0 ? r->mixed_ns / r->lmdb_ns : 0;

	fprintf(stderr,
		"%9zu %9zu %8.1f %7.2f %7.0f %7.0f %6.0f %6.0f %6.0f %6.0f %6.0f %6.2f %8.1f %8.0f %7.2f\n",
		r->products, r->socs, (double)r->image_bytes / 1e6, r->build_s, r->open_us, r->first_us,
		r->hit_ns, r->miss_ns, r->mixed_ns, r->soc_ns, r->lmdb_ns, ratio,
		(double)r->resident_kib / 1024, (double)r->patch_bytes / 1e3, r->check_all_s);
	printf("{\"bench\":\"catalogue\",\"products\":%zu,\"socs\":%zu,\"image_bytes\":%" PRIu64
	       ",\"build_ms\":%.0f,"
	       "\"open_us\":%.0f,\"first_find_us\":%.0f,\"hit_ns\":%.0f,\"miss_ns\":%.0f,\"mixed_ns\":%.0f,"
	       "\"find_and_soc_ns\":%.0f,"
	       "\"lmdb_get_ns\":%.0f,\"ratio_percent\":%.0f,\"resident_kib\":%ld,\"patch_bytes\":%" PRIu64
	       ",\"check_all_ms\":%.0f}\n",
		r->products, r->socs, r->image_bytes, r->build_s * 1e3, r->open_us, r->first_us, r->hit_ns,
		r->miss_ns, r->mixed_ns, r->soc_ns, r->lmdb_ns, ratio * 100, r->resident_kib, r->patch_bytes,
		r->check_all_s * 1e3);
	fflush(stdout);
}

static void measure(size_t products, size_t socs, bool with_patch)
{
	result r = { .products = products, .socs = socs };
	tg_error err = { 0 };
	numbers n;
	world w;
	double start;

	world_init(&w, products, socs, 7);
	n = numbers_make(&w);
	start = now_s();
	must(tg_build_write(image, &w.build, &err), &err);
	r.build_s = now_s() - start;
	r.image_bytes = file_bytes(image);
	measure_reader(&r, &n);
#ifdef TG_HAVE_LMDB
	measure_lmdb(&r, &w, &n);
#endif
	if (with_patch)
		measure_patch(&r, &w);
	print_result(&r);
	if (keep)
		fprintf(stderr, "kept: %s\n", folder);
	else
		unlink(image);
	numbers_fini(&n);
	world_fini(&w);
}

int main(int argc, char **argv)
{
	size_t products = 0, socs = 0;
	bool quick = false, with_patch = true;
	tg_error err = { 0 };

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--quick") == 0)
			quick = true;
		else if (strcmp(argv[i], "--no-patch") == 0)
			with_patch = false;
		else if (strcmp(argv[i], "--keep") == 0)
			keep = true;
		else if (strcmp(argv[i], "--products") == 0 && i + 1 < argc)
			products = strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--socs") == 0 && i + 1 < argc)
			socs = strtoul(argv[++i], NULL, 10);
		else
			return fprintf(stderr,
				       "usage: %s [--quick | --products N --socs N] [--no-patch] [--keep]\n",
				       argv[0]),
			       2;
	}
	must(tg_crypto_init(&err), &err);
	if (mkdtemp(folder) == NULL)
		return perror("mkdtemp"), 2;
	snprintf(image, sizeof(image), "%s/image.tgc", folder);
	snprintf(before, sizeof(before), "%s/before.tgc", folder);
	snprintf(patch, sizeof(patch), "%s/patch.zst", folder);
	snprintf(lmdb_file, sizeof(lmdb_file), "%s/lmdb", folder);
	snprintf(lmdb_lock, sizeof(lmdb_lock), "%s/lmdb-lock", folder);
	fprintf(stderr, "%9s %9s %8s %7s %7s %7s %6s %6s %6s %6s %6s %6s %8s %8s %7s\n", "products", "SoCs",
		"MB", "build s", "open us", "1st us", "hit ns", "miss", "mixed", "+SoC", "LMDB", "ratio",
		"RSS MiB", "patch kB", "sweep s");
	if (quick) {
		measure(100000, 25000, with_patch);
	} else if (products > 0) {
		measure(products, socs, with_patch);
	} else {
		measure(1000000, 250000, with_patch);
		measure(1000000, 1000000, with_patch);
		measure(10000000, 2500000, false);
	}
	rmdir(folder);
	return 0;
}

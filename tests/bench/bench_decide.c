/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_decide.c - what a decision costs: identify the label, look the product up, run all rows. Beside one LMDB get and one SQLite
 * point query.
 *
 * Usage: bench_decide [--quick | --large | --products N] [--rounds N]
 * A table for people on standard error, a JSON line for each size on standard output. Labels are random, half of them
 * of known products, the rest with right check digits but of no product. Each round times ours and theirs on the same
 * numbers in the same order, turn about; the medians are shown. Compare the ratio, not the nanoseconds.
 */
#include "plugin/gate/verdict.h"
#include "store/base/crypto.h"
#include "tests/bench/measure.h"
#include "tests/unit/catalogue/world.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef TG_HAVE_LMDB
#include <lmdb.h>
#endif

#define SCANS 1000000
#define SQLITE_SCANS 100000 /* a tenth: it is slow, and its median is as good */
#define ROUNDS_MAX 25
#define TODAY 20780 /* 2026-11-23 */
#define LMDB_MAP_BYTES ((size_t)8 << 30)
#define DIGITS 13

struct scan {
	uint64_t gtin;
	char label[DIGITS];
};

struct bench {
	world w;
	struct scan *scans;
	tg_catalogue *cat;
	tg_buf hashes;
	char folder[32], image[64], lmdb[64], lock[64], sqlite[64];
};

struct result {
	size_t products, known;
	double identify_ns, elements_ns, look_up_ns, decide_ns, lmdb_ns, sqlite_ns;
};

static volatile unsigned sink; /* keeps the work from being optimised away */

/* A number of no product, in the midst of those of products: of each three in a row the world uses one. */
static uint64_t random_miss(struct bench *b)
{
	size_t i = world_random(&b->w) % b->w.build.product_count;
	uint64_t gtin = world_gtin(i * 3 + world_random(&b->w) % 3);

	return gtin != b->w.products[i].gtin ? gtin : random_miss(b);
}

static void make_scans(struct bench *b)
{
	size_t count = b->w.build.product_count;

	b->scans = malloc(SCANS * sizeof(*b->scans));
	if (b->scans == NULL)
		abort();
	for (size_t i = 0; i < SCANS; i++) {
		char digits[15];
		struct scan *scan = &b->scans[i];

		scan->gtin = i % 2 == 0 ? b->w.products[world_random(&b->w) % count].gtin : random_miss(b);
		memcpy(scan->label, tg_gtin_format(digits, scan->gtin) + 1, DIGITS);
	}
}

static void open_image(struct bench *b)
{
	tg_catalogue_trust trust;
	tg_error err = { 0 };
	FILE *f;

	must(tg_build_write(b->image, &b->w.build, &err), &err);
	tg_buf_init(&b->hashes, TG_BLOCK_LIST_MAX_BYTES);
	must(tg_blocks_hash_file(&b->hashes, b->image, &err), &err);
	f = fopen(b->image, "rb");
	if (f == NULL || fseek(f, 0, SEEK_END) != 0)
		abort();
	trust = (tg_catalogue_trust){ (uint64_t)ftell(f), tg_buf_view(&b->hashes) };
	fclose(f);
	must(tg_catalogue_open(&b->cat, b->image, &trust, &err), &err);
}

/* ---- ours ---- */

static double time_identify(const struct bench *b, const tg_policy *policy)
{
	double start = process_cpu_s();

	for (size_t i = 0; i < SCANS; i++) {
		tg_identity id;

		tg_label_identify(&id, "]E0", tg_view_of(b->scans[i].label, DIGITS), policy, TODAY);
		sink += id.kind;
	}
	return (process_cpu_s() - start) * 1e9 / SCANS;
}

/* The same numbers in element strings with expiry, batch and serial: (01)(17)(10)(21). */
static double time_elements(const struct bench *b, const tg_policy *policy)
{
	char label[] = "0100000000000000172711301012345AB\x1d" "2101234567";
	double start = process_cpu_s();

	for (size_t i = 0; i < SCANS; i++) {
		tg_identity id;

		memcpy(label + 3, b->scans[i].label, DIGITS);
		memcpy(label + sizeof(label) - 8, b->scans[i].label + DIGITS - 7, 7);
		tg_label_identify(&id, "]d2", tg_view_str(label), policy, TODAY);
		sink += id.kind;
	}
	return (process_cpu_s() - start) * 1e9 / SCANS;
}

static double time_look_up(const struct bench *b)
{
	double start = process_cpu_s();

	for (size_t i = 0; i < SCANS; i++) {
		tg_product product;
		tg_error err;

		sink += (unsigned)tg_catalogue_find(&product, b->cat, b->scans[i].gtin, &err);
	}
	return (process_cpu_s() - start) * 1e9 / SCANS;
}

static double time_decide(const struct bench *b, const tg_policy *policy, size_t *known)
{
	tg_occasion occasion = { .operation = TG_OP_SALE, .today = TODAY };
	tg_error err = { 0 };
	double start = process_cpu_s();

	*known = 0;
	for (size_t i = 0; i < SCANS; i++) {
		tg_identity id;
		tg_verdict v;

		tg_label_identify(&id, "]E0", tg_view_of(b->scans[i].label, DIGITS), policy, TODAY);
		tg_gate_decide(&v, b->cat, policy, &id, &occasion, &err);
		if (v.could_not_check) {
			fprintf(stderr, "bench_decide: %.*s: %s\n", DIGITS, b->scans[i].label, err.msg);
			exit(2);
		}
		*known += v.found;
	}
	return (process_cpu_s() - start) * 1e9 / SCANS;
}

/* ---- the floor ---- */

#ifdef TG_HAVE_LMDB
static void lmdb_must(int rc)
{
	if (rc == 0)
		return;
	fprintf(stderr, "bench_decide: LMDB: %s\n", mdb_strerror(rc));
	exit(2);
}

static int compare_numbers(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The same GTINs as integer keys, with values of the size of our decision core. */
static void lmdb_fill(MDB_env *env, MDB_dbi *dbi, const world *w)
{
	size_t count = w->build.product_count;
	uint64_t *gtins = malloc(count * sizeof(*gtins));
	uint8_t core[12] = { 0 };
	MDB_txn *txn;

	if (gtins == NULL)
		abort();
	for (size_t i = 0; i < count; i++)
		gtins[i] = w->products[i].gtin;
	qsort(gtins, count, sizeof(*gtins), compare_numbers);
	lmdb_must(mdb_txn_begin(env, NULL, 0, &txn));
	lmdb_must(mdb_dbi_open(txn, NULL, MDB_INTEGERKEY, dbi));
	for (size_t i = 0; i < count; i++) {
		MDB_val key = { sizeof(gtins[i]), &gtins[i] }, value = { sizeof(core), core };

		lmdb_must(mdb_put(txn, *dbi, &key, &value, MDB_APPEND));
	}
	lmdb_must(mdb_txn_commit(txn));
	free(gtins);
}

static double time_lmdb(MDB_env *env, MDB_dbi dbi, const struct bench *b)
{
	MDB_txn *txn;
	double start;

	lmdb_must(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn));
	start = process_cpu_s();
	for (size_t i = 0; i < SCANS; i++) {
		uint64_t gtin = b->scans[i].gtin;
		MDB_val key = { sizeof(gtin), &gtin }, value;

		sink += (unsigned)mdb_get(txn, dbi, &key, &value);
	}
	start = process_cpu_s() - start;
	mdb_txn_abort(txn);
	return start * 1e9 / SCANS;
}
#endif

static void sqlite_must(sqlite3 *db, int rc)
{
	if (rc == SQLITE_OK)
		return;
	fprintf(stderr, "bench_decide: SQLite: %s\n", sqlite3_errmsg(db));
	exit(2);
}

/* The same GTINs as rowids, the cheapest key that SQLite has. */
static sqlite3 *sqlite_fill(const struct bench *b)
{
	sqlite3_stmt *insert;
	sqlite3 *db;

	sqlite_must(NULL, sqlite3_open(b->sqlite, &db));
	sqlite_must(
		db, sqlite3_exec(db,
			    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA mmap_size=1073741824;"
			    "CREATE TABLE product (gtin INTEGER PRIMARY KEY, core BLOB); BEGIN",
			    NULL, NULL, NULL));
	sqlite_must(db,
		sqlite3_prepare_v2(db, "INSERT INTO product VALUES (?, zeroblob(12))", -1, &insert, NULL));
	for (size_t i = 0; i < b->w.build.product_count; i++) {
		sqlite3_bind_int64(insert, 1, (sqlite3_int64)b->w.products[i].gtin);
		(void)sqlite3_step(insert);
		sqlite_must(db, sqlite3_reset(insert));
	}
	sqlite3_finalize(insert);
	sqlite_must(db, sqlite3_exec(db, "COMMIT", NULL, NULL, NULL));
	return db;
}

static double time_sqlite(sqlite3 *db, const struct bench *b)
{
	sqlite3_stmt *find;
	double start;

	sqlite_must(db, sqlite3_prepare_v2(db, "SELECT core FROM product WHERE gtin = ?", -1, &find, NULL));
	start = process_cpu_s();
	for (size_t i = 0; i < SQLITE_SCANS; i++) {
		sqlite3_bind_int64(find, 1, (sqlite3_int64)b->scans[i].gtin);
		sink += (unsigned)sqlite3_step(find);
		sqlite3_reset(find);
	}
	start = process_cpu_s() - start;
	sqlite3_finalize(find);
	return start * 1e9 / SQLITE_SCANS;
}

/* ---- one size ---- */

static void run_rounds(struct result *r, struct bench *b, size_t rounds)
{
	double identify[ROUNDS_MAX], elements[ROUNDS_MAX], look_up[ROUNDS_MAX], decide[ROUNDS_MAX], lmdb[ROUNDS_MAX] = { 0 },
									      sqlite[ROUNDS_MAX];
	tg_policy policy = {
		.dsp_notice_days = 90, .link_test_max_age_days = 90, .label_check_max_age_days = 30
	};
	sqlite3 *db = sqlite_fill(b);
#ifdef TG_HAVE_LMDB
	MDB_env *env;
	MDB_dbi dbi;

	lmdb_must(mdb_env_create(&env));
	lmdb_must(mdb_env_set_mapsize(env, LMDB_MAP_BYTES));
	lmdb_must(mdb_env_open(env, b->lmdb, MDB_NOSUBDIR | MDB_NOSYNC | MDB_WRITEMAP, 0600));
	lmdb_fill(env, &dbi, &b->w);
	(void)time_lmdb(env, dbi, b);
#endif
	(void)time_decide(b, &policy, &r->known); /* warms, and hashes every block that decisions touch */
	for (size_t i = 0; i < rounds; i++) {
		decide[i] = time_decide(b, &policy, &r->known);
#ifdef TG_HAVE_LMDB
		lmdb[i] = time_lmdb(env, dbi, b);
#endif
		sqlite[i] = time_sqlite(db, b);
		identify[i] = time_identify(b, &policy);
		elements[i] = time_elements(b, &policy);
		look_up[i] = time_look_up(b);
	}
#ifdef TG_HAVE_LMDB
	mdb_env_close(env);
#endif
	sqlite3_close(db);
	r->sqlite_ns = median(sqlite, rounds);
	r->decide_ns = median(decide, rounds);
	r->lmdb_ns = median(lmdb, rounds);
	r->identify_ns = median(identify, rounds);
	r->elements_ns = median(elements, rounds);
	r->look_up_ns = median(look_up, rounds);
}

static struct result measure(size_t products, size_t rounds, double decide_at_1m)
{
	struct bench b = { .folder = "/tmp/tillgate-bench-XXXXXX" };
	struct result r = { .products = products };
	double ratio, growth;

	if (mkdtemp(b.folder) == NULL)
		abort();
	snprintf(b.image, sizeof(b.image), "%s/image.tgc", b.folder);
	snprintf(b.lmdb, sizeof(b.lmdb), "%s/lmdb", b.folder);
	snprintf(b.lock, sizeof(b.lock), "%s/lmdb-lock", b.folder);
	snprintf(b.sqlite, sizeof(b.sqlite), "%s/sqlite", b.folder);
	world_init(&b.w, products, products / 4, 7);
	make_scans(&b);
	open_image(&b);
	run_rounds(&r, &b, rounds);
	tg_catalogue_close(b.cat);
	tg_buf_fini(&b.hashes);
	free(b.scans);
	world_fini(&b.w);
	unlink(b.image);
	unlink(b.lmdb);
	unlink(b.sqlite);
	unlink(b.lock);
	rmdir(b.folder);
	ratio = r.lmdb_ns > 0 ? r.decide_ns / r.lmdb_ns : 0;
	growth = decide_at_1m > 0 ? r.decide_ns / decide_at_1m : 1;
	fprintf(stderr, "%10zu %8.1f %12.0f %12.0f %12.0f %12.0f %10.0f %10.0f %8.2f   1.00 %8.2f   2.00\n",
		r.products, (double)r.known * 100 / SCANS, r.identify_ns, r.elements_ns, r.look_up_ns,
		r.decide_ns, r.sqlite_ns, r.lmdb_ns, ratio, growth);
	printf("{\"bench\":\"decide\",\"products\":%zu,\"known_percent\":%.0f,\"identify_ns\":%.0f,"
	       "\"identify_elements_ns\":%.0f,\"look_up_ns\":%.0f,"
	       "\"decide_ns\":%.0f,\"sqlite_query_ns\":%.0f,\"lmdb_get_ns\":%.0f,\"ratio_percent\":%.0f,"
	       "\"growth_percent\":%.0f}\n",
		r.products, (double)r.known * 100 / SCANS, r.identify_ns, r.elements_ns, r.look_up_ns,
		r.decide_ns, r.sqlite_ns, r.lmdb_ns, ratio * 100, growth * 100);
	fflush(stdout);
	return r;
}

int main(int argc, char **argv)
{
	size_t products = 0, rounds = 7;
	bool quick = false, large = false;
	tg_error err = { 0 };

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--quick") == 0)
			quick = true;
		else if (strcmp(argv[i], "--large") == 0)
			large = true;
		else if (strcmp(argv[i], "--products") == 0 && i + 1 < argc)
			products = strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--rounds") == 0 && i + 1 < argc)
			rounds = strtoul(argv[++i], NULL, 10);
		else
			return fprintf(stderr, "usage: %s [--quick | --large | --products N] [--rounds N]\n",
				       argv[0]),
			       2;
	}
	if (rounds < 1 || rounds > ROUNDS_MAX)
		return fprintf(stderr, "bench_decide: 1 to %d rounds\n", ROUNDS_MAX), 2;
	must(tg_crypto_init(&err), &err);
	fprintf(stderr, "%10s %8s %12s %12s %12s %12s %10s %10s %8s %6s %8s %6s\n", "products", "known %",
		"identify ns", "elements ns", "look up ns", "decide ns", "SQLite ns", "LMDB ns", "ratio", "bar", "growth",
		"bar");
	if (quick || products > 0) {
		(void)measure(quick ? 100000 : products, rounds, 0);
	} else {
		struct result r = measure(1000000, rounds, 0);

		if (large)
			(void)measure(10000000, rounds, r.decide_ns);
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_evidence.c - what a durable record costs: one lane, many lanes, and verifying a log, each beside its floor.
 *
 * Usage: bench_evidence [--dir DIR] [--entries N]
 * Floors are measured in the same run on the same disk: one write into a preallocated file and fdatasync, taken in turns with the
 * entries; plain SHA-256 of the same bytes. A table on standard error, one JSON line on standard output. Compare ratios.
 */
#include "store/base/crypto.h"
#include "store/base/utc.h"
#include "store/evidence/verify.h"
#include "store/evidence/writer.h"
#include "tests/bench/measure.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LANES 32
#define ENTRY_BYTES 640 /* a usual check of a product */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double quantile(double *values, size_t n, double q)
{
	qsort(values, n, sizeof(*values), compare);
	return values[(size_t)((double)(n - 1) * q)];
}

/* An entry as a sale writes it. */
static tg_json *make_entry(unsigned n)
{
	tg_json *entry = tg_json_new_object(), *label = tg_json_new_object(), *rows = tg_json_new_array();

	tg_json_set_str(entry, "kind", "check");
	tg_json_set_str(entry, "device", "till-1");
	tg_json_set_str(label, "kind", "product");
	tg_json_set_str(label, "aim", "]E0");
	tg_json_set_str(label, "gtin", "09524000059109");
	tg_json_set_str(label, "raw", "39353234303030303539313039");
	tg_json_set_str(label, "strength", "carrier");
	tg_json_set(entry, "label", label);
	tg_json_add_str(rows, "15");
	tg_json_set(entry, "rows", rows);
	tg_json_set_str(entry, "operation", "sale");
	tg_json_set_str(entry, "destination", "gb");
	tg_json_set_str(entry, "outcome", "allow");
	tg_json_set_bool(entry, "could_not_check", false);
	tg_json_set_bool(entry, "released", true);
	tg_json_set_bool(entry, "would_release", true);
	tg_json_set_str(entry, "mode", "enforce");
	tg_json_set_str(entry, "answer", "held");
	tg_json_set_str(entry, "decided_by", "15");
	tg_json_set_str(entry, "code", "soc-held");
	tg_json_set_str(entry, "stage", "fresh");
	tg_json_set_int(entry, "age_s", n);
	tg_json_set_int(entry, "catalogue_version", 812);
	tg_json_set_int(entry, "policy_version", 7);
	tg_json_set_int(entry, "rules", 1);
	tg_json_set_str(entry, "soc", "SOC-LH-3");
	tg_json_set_str(entry, "note", "SN-LH-3");
	return entry;
}

/* ---- one lane, in turns with the floor ---- */

static double write_floor(int fd, off_t *at)
{
	static const char block[ENTRY_BYTES];
	double start = now_s();

	if (pwrite(fd, block, sizeof(block), *at) != (ssize_t)sizeof(block) || fdatasync(fd) != 0) {
		perror("bench_evidence: floor");
		exit(2);
	}
	*at += ENTRY_BYTES;
	return now_s() - start;
}

static void one_lane(tg_writer *writer, const char *dir, size_t n, double *entry_s, double *floor_s)
{
	double *entries = calloc(n, sizeof(double)), *floors = calloc(n, sizeof(double));
	char path[4096 + sizeof("/floor")];
	off_t at = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/floor", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || entries == NULL || floors == NULL || posix_fallocate(fd, 0, (off_t)n * ENTRY_BYTES) != 0 || fsync(fd) != 0)
		exit(2);
	for (size_t i = 0; i < n; i++) {
		tg_error err = { 0 };
		tg_json *entry = make_entry((unsigned)i);
		double start = now_s();

		must(tg_writer_submit(writer, entry, NULL, NULL, &err), &err);
		entries[i] = now_s() - start;
		floors[i] = write_floor(fd, &at);
	}
	*entry_s = quantile(entries, n, 0.5);
	*floor_s = quantile(floors, n, 0.5);
	close(fd);
	unlink(path);
	free(entries);
	free(floors);
}

/* ---- many lanes ---- */

struct lane {
	tg_writer *writer;
	size_t entries;
};

static void *run_lane(void *user)
{
	struct lane *lane = user;

	for (size_t i = 0; i < lane->entries; i++) {
		tg_error err = { 0 };

		must(tg_writer_submit(lane->writer, make_entry((unsigned)i), NULL, NULL, &err), &err);
	}
	return NULL;
}

/* Entries a second. */
static double lanes_rate(tg_writer *writer, size_t lanes, size_t entries_each)
{
	pthread_t threads[LANES];
	struct lane lane = { writer, entries_each };
	double start = now_s();

	for (size_t i = 0; i < lanes; i++) {
		if (pthread_create(&threads[i], NULL, run_lane, &lane) != 0)
			exit(2);
	}
	for (size_t i = 0; i < lanes; i++)
		pthread_join(threads[i], NULL);
	return (double)(lanes * entries_each) / (now_s() - start);
}

/* ---- verifying ---- */

static int hash_entry(void *ctx, const tg_log_entry *entry)
{
	uint8_t hash[TG_SHA256_SIZE];
	double *spent = ctx, start = now_s();

	tg_sha256(hash, entry->bytes.data, entry->bytes.len);
	*spent += now_s() - start;
	return 0;
}

static void verify_beside_hashing(const char *dir, const char *origin, double *verify_s, double *hash_s, uint64_t *entries)
{
	tg_verify_result result;
	tg_error err = { 0 };
	tg_log *log = NULL;
	double start;

	must(tg_log_open(&log, dir, &(tg_log_options){ .origin = origin }, &err), &err);
	*hash_s = 0;
	must(tg_log_read(log, 0, 0, UINT64_MAX / 2, hash_entry, hash_s, &err), &err);
	start = now_s();
	must(tg_verify_all(&result, log, NULL, &err), &err);
	*verify_s = now_s() - start;
	*entries = result.entries;
	if (result.verdict != TG_VERIFY_GOOD) {
		fprintf(stderr, "bench_evidence: %s\n", result.words);
		exit(2);
	}
	tg_log_close(log);
}

int main(int argc, char **argv)
{
	static const char origin[] = "bench.example/9524009900006/till-1";
	char dir[4096] = "/tmp", command[4200];
	size_t n = 2000;
	double entry_s, floor_s, one_rate, many_rate, verify_s, hash_s;
	uint64_t entries;
	tg_error err = { 0 };
	tg_writer *writer = NULL;
	tg_log *log = NULL;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--dir") == 0)
			snprintf(dir, sizeof(dir), "%s", argv[i + 1]);
		else if (strcmp(argv[i], "--entries") == 0)
			n = (size_t)atoll(argv[i + 1]);
	}
	strncat(dir, "/tillgate-bench-XXXXXX", sizeof(dir) - strlen(dir) - 1);
	if (n < 10 || mkdtemp(dir) == NULL) {
		fprintf(stderr, "usage: bench_evidence [--dir DIR] [--entries N]\n");
		return 2;
	}
	must(tg_crypto_init(&err), &err);
	must(tg_log_open(&log, dir, &(tg_log_options){ .origin = origin, .create = true }, &err), &err);
	must(tg_writer_start(&writer, log, NULL, &err), &err);
	one_lane(writer, dir, n, &entry_s, &floor_s);
	one_rate = lanes_rate(writer, 1, n);
	many_rate = lanes_rate(writer, LANES, n / 2);
	tg_writer_stop(writer);
	verify_beside_hashing(dir, origin, &verify_s, &hash_s, &entries);
	fprintf(stderr, "%-34s %12s %12s %8s   bar\n", "", "ours", "floor", "ratio");
	fprintf(stderr, "%-34s %9.0f us %9.0f us %8.2f   1.5\n", "durable record, one lane (median)", entry_s * 1e6, floor_s * 1e6,
		entry_s / floor_s);
	fprintf(stderr, "%-34s %10.0f/s %10.0f/s %8.2f   10\n", "32 lanes beside one", many_rate, one_rate, many_rate / one_rate);
	fprintf(stderr, "%-34s %9.0f ms %9.0f ms %8.2f   0.5 (of plain hashing's speed)\n", "verify beside hashing", verify_s * 1e3, hash_s * 1e3,
		hash_s / verify_s);
	printf("{\"bench\":\"evidence\",\"record_us\":%.1f,\"floor_us\":%.1f,\"record_ratio\":%.3f,\"one_lane_per_s\":%.0f,\"lanes_per_s\":%.0f,"
		"\"lanes_ratio\":%.2f,\"entries\":%llu,\"verify_s\":%.4f,\"hash_s\":%.4f,\"verify_ratio\":%.3f}\n", entry_s * 1e6, floor_s * 1e6,
		entry_s / floor_s, one_rate, many_rate, many_rate / one_rate, (unsigned long long)entries, verify_s, hash_s, hash_s / verify_s);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command) == 0 ? 0 : 2;
}

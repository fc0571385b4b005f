/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_sync.c - what a new image costs both ends: making the offers, a first sync, and a sync by patch with a day's changes.
 *
 * Usage: bench_sync [--quick | --products N --socs N] [--rounds N] [--dir DIR]
 * Whole syncs by `sync/update.h` over HTTP from `sync/hq/serve.h` on 127.0.0.1, fsync included, each in a process of its own. Beside
 * them, in the same process and turn about: SHA-256 of the image in memory, and a plain download of it into a file with SHA-256 over
 * that file, as "curl && sha256sum" would. A sync that finds nothing new stands beside checks of one P-256 signature, in processor
 * time. Medians; compare the ratios. A table on standard error, a JSON line on standard output.
 */
#include "store/base/crypto.h"
#include "store/base/file.h"
#include "store/base/utc.h"
#include "sync/hq/example_policy.h"
#include "sync/hq/offer.h"
#include "sync/hq/serve.h"
#include "sync/mapping.h"
#include "sync/tuf/chain.h"
#include "sync/update.h"
#include "tests/bench/day.h"
#include "tests/bench/measure.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 25
#define SAMPLE_NS 1000000 /* between two looks at the memory of a sync */
#define IDLE_ROUNDS 51    /* syncs with nothing new: a few milliseconds each */
#define CHECKS_A_ROUND 20 /* signature checks beside each: well above the grain of the clock */

/* ---- one sync, in a process of its own ---- */

typedef struct measured {
	double sync_s, hash_s, plain_s; /* the last one: 0 where it is not asked for */
	double sync_cpu_s, hash_cpu_s;  /* of the processor: what other programs take of the machine is not in it */
	long anon_kb, data_kb;          /* most that was seen: anonymous pages in memory; private memory asked for */
	int way;
	long long bytes;
} measured;

static long status_kb(const char *name)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	long kb = 0;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			kb = atol(line + strlen(name) + 1);
	if (file != NULL)
		fclose(file);
	return kb;
}

typedef struct sampler {
	atomic_bool stop;
	long anon_kb, data_kb;
} sampler;

static void *sample(void *ctx)
{
	const struct timespec pause = { .tv_nsec = SAMPLE_NS };
	sampler *s = ctx;

	while (!atomic_load(&s->stop)) {
		long anon = status_kb("RssAnon"), data = status_kb("VmData");

		s->anon_kb = anon > s->anon_kb ? anon : s->anon_kb;
		s->data_kb = data > s->data_kb ? data : s->data_kb;
		nanosleep(&pause, NULL);
	}
	return NULL;
}

static void time_sync(measured *m, tg_update_config *config)
{
	tg_update_report report;
	sampler s = { .anon_kb = 0 };
	tg_error err = { 0 };
	pthread_t thread;
	double start, start_cpu;

	if (pthread_create(&thread, NULL, sample, &s) != 0)
		exit(2);
	start = now_s();
	start_cpu = process_cpu_s();
	must(tg_update_run(&report, config, NULL, NULL, &err), &err);
	m->sync_cpu_s = process_cpu_s() - start_cpu;
	m->sync_s = now_s() - start;
	atomic_store(&s.stop, true);
	pthread_join(thread, NULL);
	m->anon_kb = s.anon_kb;
	m->data_kb = s.data_kb;
	m->way = (int)report.image.way;
	m->bytes = report.image.bytes;
}

static void time_hash(measured *m, const char *image)
{
	uint8_t hash[TG_SHA256_SIZE];
	tg_mapping mapping;
	tg_error err = { 0 };
	double start, start_cpu;

	must(tg_mapping_open(&mapping, image, (int64_t)TG_IMAGE_MAX_BYTES, &err), &err);
	start = now_s();
	start_cpu = process_cpu_s();
	tg_sha256(hash, mapping.data, mapping.len);
	m->hash_cpu_s = process_cpu_s() - start_cpu;
	m->hash_s = now_s() - start;
	tg_mapping_close(&mapping);
}

static int write_to(void *ctx, const uint8_t *data, size_t len, tg_error *err)
{
	return tg_write_all(*(int *)ctx, data, len, "plain", err);
}

static void time_plain(measured *m, tg_fetch *fetch, const char *url, const char *to)
{
	uint8_t chunk[65536], hash[TG_SHA256_SIZE];
	tg_sha256_state state;
	tg_error err = { 0 };
	double start = now_s();
	ssize_t got;
	int fd = open(to, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		exit(2);
	must(tg_fetch_get(fetch, url, (int64_t)TG_IMAGE_MAX_BYTES, write_to, &fd, NULL, &err), &err);
	tg_sha256_init(&state);
	lseek(fd, 0, SEEK_SET);
	while ((got = read(fd, chunk, sizeof(chunk))) > 0)
		tg_sha256_update(&state, chunk, (size_t)got);
	tg_sha256_final(&state, hash);
	close(fd);
	m->plain_s = now_s() - start;
	unlink(to);
}

/* A station below `dir` and the way to its head office at `url`. Fields of `config` point into it. */
typedef struct till {
	char catalogue[4096], trust[4096], metadata[256], targets[256];
	tg_update_config config;
} till;

static void till_open(till *t, const char *dir, const char *url)
{
	tg_error err = { 0 };

	*t = (till){ .config = { .catalogue_dir = t->catalogue, .trust_root = t->trust, .metadata_url = t->metadata, .targets_url = t->targets } };
	must(tg_path(t->catalogue, &err, "%s/catalogue", dir), &err);
	must(tg_path(t->trust, &err, "%s/root.json", dir), &err);
	snprintf(t->metadata, sizeof(t->metadata), "%smetadata/", url);
	snprintf(t->targets, sizeof(t->targets), "%stargets/", url);
	must(tg_fetch_open(&t->config.fetch, NULL, &err), &err);
}

static double time_checks(const tg_signkey *key, const tg_pubkey *pub)
{
	static const char message[] = "a timestamp is about this long, and its length does not matter beside the curve";
	double start;
	tg_error err = { 0 };
	tg_buf sig;

	tg_buf_init(&sig, TG_ECDSA_SIGNATURE_MAX);
	must(tg_signkey_sign(&sig, key, tg_view_str(message), &err), &err);
	start = process_cpu_s();
	for (int i = 0; i < CHECKS_A_ROUND; i++)
		must(tg_pubkey_verify(pub, TG_ALG_ECDSA_P256_SHA256, tg_view_str(message), tg_buf_view(&sig), &err), &err);
	start = process_cpu_s() - start;
	tg_buf_fini(&sig);
	return start / CHECKS_A_ROUND;
}

/* --idle DIR BASE-URL: DIR/catalogue is up to date and is asked again and again; processor seconds of one sync and of one check. */
static int run_idle(char **argv)
{
	double idle_s[IDLE_ROUNDS], check_s[IDLE_ROUNDS], start;
	tg_update_report report;
	tg_signkey *key;
	tg_error err = { 0 };
	tg_pubkey *pub;
	till t;

	till_open(&t, argv[0], argv[1]);
	must(tg_signkey_generate(&key, &err), &err);
	must(tg_signkey_public(&pub, key, &err), &err);
	must(tg_update_run(&report, &t.config, NULL, NULL, &err), &err);
	for (int i = 0; i < IDLE_ROUNDS; i++) {
		check_s[i] = time_checks(key, pub);
		start = process_cpu_s();
		must(tg_update_run(&report, &t.config, NULL, NULL, &err), &err);
		idle_s[i] = process_cpu_s() - start;
	}
	printf("%d %d %.9f %.9f\n", report.outcome, report.requests, median(idle_s, IDLE_ROUNDS), median(check_s, IDLE_ROUNDS));
	tg_pubkey_free(pub);
	tg_signkey_free(key);
	tg_fetch_close(t.config.fetch);
	return 0;
}

/* --child DIR BASE-URL IMAGE PLAIN-URL: DIR/catalogue is brought up to date; one line of figures. */
static int run_child(char **argv)
{
	const char *dir = argv[0], *plain_url = argv[3];
	char plain[4096];
	measured m = { 0 };
	tg_error err = { 0 };
	till t;

	till_open(&t, dir, argv[1]);
	must(tg_path(plain, &err, "%s/plain", dir), &err);
	time_sync(&m, &t.config);
	time_hash(&m, argv[2]);
	if (plain_url[0] != '\0')
		time_plain(&m, t.config.fetch, plain_url, plain);
	tg_fetch_close(t.config.fetch);
	printf("%.6f %.6f %.6f %.6f %.6f %ld %ld %d %lld\n", m.sync_s, m.hash_s, m.plain_s, m.sync_cpu_s, m.hash_cpu_s, m.anon_kb, m.data_kb, m.way, m.bytes);
	return 0;
}

/* ---- head office ---- */

typedef struct office {
	char dir[4096], root[4096], image[4096]; /* the image that is published */
	tg_site site;
	tg_published old;
	tg_signkey *key; /* of all roles: what is measured does not depend on it */
	tg_pubkey *pub;
	char url[64], plain_url[300];
	double offer_s;
	int64_t image_bytes, compressed_bytes, patch_bytes;
} office;

static void put(const office *o, const char *name, const tg_buf *bytes)
{
	char path[4096];
	tg_error err = { 0 };

	must(tg_path(path, &err, "%s/%s", o->site.metadata, name), &err);
	must(tg_file_write(path, tg_buf_view(bytes), 0644, &err), &err);
}

static void sign_root(office *o)
{
	const tg_signkey *signer = o->key;
	tg_repository_root root = { .version = 1, .expires_us = tg_utc_now_us() + TG_US_PER_DAY };
	const tg_pubkey *pub = o->pub;
	tg_error err = { 0 };
	tg_buf bytes;

	for (int i = 0; i < TG_TUF_ROLES; i++)
		root.roles[i] = (tg_repository_role){ .keys = &pub, .count = 1, .threshold = 1 };
	tg_buf_init(&bytes, TG_TUF_ROOT_MAX);
	must(tg_repository_write_root(&bytes, &root, (tg_repository_signers){ &signer, 1 }, &err), &err);
	put(o, "1.root.json", &bytes);
	must(tg_path(o->root, &err, "%s/root.json", o->dir), &err);
	must(tg_file_write(o->root, tg_buf_view(&bytes), 0644, &err), &err);
	tg_buf_fini(&bytes);
}

static void sign_publication(office *o, const tg_repository_target *list, size_t count)
{
	const tg_signkey *signer = o->key;
	tg_repository_signers by = { &signer, 1 };
	int64_t now_us = tg_utc_now_us(), end_us = now_us + TG_US_PER_DAY, version = o->old.catalogue_version;
	tg_repository_targets targets = { .version = version, .expires_us = end_us, .targets = list, .count = count };
	tg_repository_snapshot snapshot = { .version = version, .expires_us = end_us, .targets_version = version };
	tg_repository_timestamp timestamp = { .version = version, .expires_us = end_us, .issued_us = now_us, .snapshot_version = version };
	tg_buf snapshot_file, timestamp_file;
	char name[64];
	tg_error err = { 0 };

	tg_buf_clear(&o->old.targets);
	tg_buf_init(&snapshot_file, TG_TUF_SNAPSHOT_MAX);
	tg_buf_init(&timestamp_file, TG_TUF_TIMESTAMP_MAX);
	must(tg_repository_write_targets(&o->old.targets, &targets, by, &err), &err);
	snapshot.targets = tg_buf_view(&o->old.targets);
	must(tg_repository_write_snapshot(&snapshot_file, &snapshot, by, &err), &err);
	timestamp.snapshot = tg_buf_view(&snapshot_file);
	must(tg_repository_write_timestamp(&timestamp_file, &timestamp, by, &err), &err);
	snprintf(name, sizeof(name), "%lld.targets.json", (long long)version);
	put(o, name, &o->old.targets);
	snprintf(name, sizeof(name), "%lld.snapshot.json", (long long)version);
	put(o, name, &snapshot_file);
	put(o, "timestamp.json", &timestamp_file);
	tg_buf_fini(&snapshot_file);
	tg_buf_fini(&timestamp_file);
}

static void note_offer(office *o, const tg_offer *offer)
{
	for (size_t i = 0; i < offer->count; i++)
		if (strncmp(offer->items[i].path, "patch/", 6) == 0)
			o->patch_bytes = offer->items[i].length;
		else
			o->compressed_bytes = offer->items[i].length;
}

/* Publish the world as the next catalogue, as `tillgate-hq publish` does. */
static void publish(office *o, const tg_build *build, const char *policy)
{
	tg_repository_target list[2 + TG_OFFER_PATCHES + 1];
	uint8_t sha256[TG_SHA256_SIZE], blocks[TG_SHA256_SIZE];
	char made[4096];
	tg_offer_ask ask = { .site = &o->site, .old = &o->old, .image_path = made, .image_sha256 = sha256, .now_us = tg_utc_now_us() };
	tg_offer offer = { 0 };
	tg_mapping image;
	tg_error err = { 0 };
	tg_json *custom;
	tg_buf hashes;
	double start;
	size_t count;

	must(tg_path(made, &err, "%s/catalogue.tgc", o->site.work), &err);
	must(tg_build_write(made, build, &err), &err);
	must(tg_mapping_open(&image, made, (int64_t)TG_IMAGE_MAX_BYTES, &err), &err);
	tg_sha256(sha256, image.data, image.len);
	tg_buf_init(&hashes, TG_BLOCK_LIST_MAX_BYTES);
	must(tg_blocks_hash(&hashes, tg_mapping_view(&image), &err), &err);
	tg_sha256(blocks, hashes.data, hashes.len);
	tg_buf_fini(&hashes);
	o->image_bytes = (int64_t)image.len;
	tg_mapping_close(&image);
	start = now_s();
	must(tg_offer_make(&offer, &ask, &err), &err);
	o->offer_s = now_s() - start;
	must(tg_offer_place(&offer, &o->site, &err), &err);
	o->old.exists = true;
	o->old.catalogue_version++;
	memcpy(o->old.image_sha256, sha256, sizeof(sha256));
	custom = tg_repository_image_custom(o->old.catalogue_version, blocks);
	list[0] = (tg_repository_target){ .path = TG_CHAIN_IMAGE, .length = o->image_bytes, .custom = custom };
	memcpy(list[0].sha256, sha256, sizeof(sha256));
	list[1] = (tg_repository_target){ .path = TG_CHAIN_POLICY, .length = (int64_t)strlen(policy) };
	tg_sha256(list[1].sha256, policy, strlen(policy));
	count = 2 + tg_offer_targets(list + 2, &offer);
	must(tg_published_target_path(o->image, &o->site, TG_CHAIN_IMAGE, sha256, &err), &err);
	if (rename(made, o->image) != 0)
		exit(2);
	must(tg_published_target_path(made, &o->site, TG_CHAIN_POLICY, list[1].sha256, &err), &err);
	must(tg_file_write(made, tg_view_str(policy), 0644, &err), &err);
	sign_publication(o, list, count);
	snprintf(o->plain_url, sizeof(o->plain_url), "%stargets/%s", o->url, strrchr(o->image, '/') + 1);
	note_offer(o, &offer);
	tg_json_free(custom);
	tg_offer_fini(&offer, &o->site);
}

static tg_server *office_open(office *o)
{
	char repository[4096];
	tg_server *server = NULL;
	tg_error err = { 0 };

	must(tg_site_paths(&o->site, o->dir, &err), &err);
	must(tg_dir_make(o->site.metadata, 0755, &err), &err);
	must(tg_dir_make(o->site.targets, 0755, &err), &err);
	must(tg_dir_make(o->site.work, 0755, &err), &err);
	must(tg_signkey_generate(&o->key, &err), &err);
	must(tg_signkey_public(&o->pub, o->key, &err), &err);
	tg_buf_init(&o->old.targets, TG_TUF_TARGETS_MAX);
	sign_root(o);
	must(tg_path(repository, &err, "%s/repository", o->dir), &err);
	must(tg_serve_start(&server, &(tg_serve_options){ .root = repository, .address = "127.0.0.1" }, &err), &err);
	snprintf(o->url, sizeof(o->url), "http://127.0.0.1:%u/", tg_serve_port(server));
	return server;
}

/* ---- measuring ---- */

static void run_shell(const char *command)
{
	if (system(command) != 0) {
		fprintf(stderr, "bench_sync: failed: %s\n", command);
		exit(2);
	}
}

static measured measure_once(const office *o, const char *self, const char *plain_url)
{
	char command[4 * 4096];
	measured m = { 0 };
	FILE *child;

	snprintf(command, sizeof(command), "'%s' --child '%s' '%s' '%s' '%s'", self, o->dir, o->url, o->image, plain_url);
	child = popen(command, "r");
	if (child == NULL || fscanf(child, "%lf %lf %lf %lf %lf %ld %ld %d %lld", &m.sync_s, &m.hash_s, &m.plain_s, &m.sync_cpu_s,
				     &m.hash_cpu_s, &m.anon_kb, &m.data_kb, &m.way, &m.bytes) != 9 ||
		pclose(child) != 0)
		exit(2);
	return m;
}

/* `prepare` puts the station's folder back before each round. */
static measured measure(const office *o, const char *self, const char *plain_url, size_t rounds, const char *prepare)
{
	double sync_s[ROUNDS_MAX], hash_s[ROUNDS_MAX], plain_s[ROUNDS_MAX], sync_cpu_s[ROUNDS_MAX], hash_cpu_s[ROUNDS_MAX];
	measured m = { 0 }, most = { 0 };

	for (size_t i = 0; i < rounds; i++) {
		run_shell(prepare);
		m = measure_once(o, self, plain_url);
		sync_s[i] = m.sync_s;
		hash_s[i] = m.hash_s;
		plain_s[i] = m.plain_s;
		sync_cpu_s[i] = m.sync_cpu_s;
		hash_cpu_s[i] = m.hash_cpu_s;
		most.anon_kb = m.anon_kb > most.anon_kb ? m.anon_kb : most.anon_kb;
		most.data_kb = m.data_kb > most.data_kb ? m.data_kb : most.data_kb;
	}
	most.way = m.way;
	most.bytes = m.bytes;
	most.sync_s = median(sync_s, rounds);
	most.hash_s = median(hash_s, rounds);
	most.plain_s = median(plain_s, rounds);
	most.sync_cpu_s = median(sync_cpu_s, rounds);
	most.hash_cpu_s = median(hash_cpu_s, rounds);
	return most;
}

/* What a sync costs that finds nothing new. */
typedef struct idle_figures {
	double sync_s, check_s; /* of the processor */
	int requests;
} idle_figures;

static idle_figures measure_idle(const office *o, const char *self)
{
	char command[3 * 4096];
	idle_figures m = { 0 };
	int outcome = -1;
	FILE *child;

	snprintf(command, sizeof(command), "'%s' --idle '%s' '%s'", self, o->dir, o->url);
	child = popen(command, "r");
	if (child == NULL || fscanf(child, "%d %d %lf %lf", &outcome, &m.requests, &m.sync_s, &m.check_s) != 4 || pclose(child) != 0 ||
		outcome != TG_UPDATE_NOTHING) {
		fprintf(stderr, "bench_sync: a sync with nothing new had the outcome %d\n", outcome);
		exit(2);
	}
	return m;
}

static void print_row(const char *what, double value, const char *unit, const char *bar)
{
	fprintf(stderr, "%-64s %10.2f %-6s %s\n", what, value, unit, bar);
}

static void print_result(const office *o, size_t products, double first_offer_s, double patch_offer_s, const measured *first,
	const measured *patch, const idle_figures *idle)
{
	fprintf(stderr, "%zu products, image %.1f MB, compressed %.1f MB\n", products, (double)o->image_bytes / 1e6,
		(double)o->compressed_bytes / 1e6);
	fprintf(stderr, "%-64s %10s %-6s %s\n", "", "", "", "bar");
	print_row("patch, a day's changes", (double)o->patch_bytes / 1e3, "kB", "150");
	print_row("sync by patch", patch->sync_s, "s", "");
	print_row("  beside SHA-256 of the image", patch->sync_s / patch->hash_s, "times", "3");
	print_row("  the same in processor time", patch->sync_cpu_s / patch->hash_cpu_s, "times", "3");
	print_row("  anonymous memory, most", (double)patch->anon_kb / 1024, "MiB", "64");
	print_row("first sync (compressed)", first->sync_s, "s", "");
	print_row("  beside a plain download and SHA-256 of the file", first->sync_s / first->plain_s, "times", "");
	print_row("  anonymous memory, most", (double)first->anon_kb / 1024, "MiB", "64");
	print_row("sync with nothing new, processor time", idle->sync_s * 1e3, "ms", "");
	print_row("  beside one check of a P-256 signature", idle->sync_s / idle->check_s, "times", "8");
	print_row("  requests", idle->requests, "", "2");
	print_row("head office: compressing", first_offer_s, "s", "");
	print_row("head office: compressing and one patch", patch_offer_s, "s", "");
	printf("{\"bench\":\"sync\",\"products\":%zu,\"image_bytes\":%lld,\"compressed_bytes\":%lld,\"patch_bytes\":%lld,"
	       "\"patch_sync_ms\":%.1f,\"hash_ms\":%.1f,\"patch_ratio\":%.3f,\"patch_cpu_ratio\":%.3f,\"patch_anon_kib\":%ld,\"patch_data_kib\":%ld,"
	       "\"first_sync_ms\":%.1f,\"plain_ms\":%.1f,\"first_ratio\":%.3f,\"first_anon_kib\":%ld,\"compress_ms\":%.0f,"
	       "\"compress_and_patch_ms\":%.0f,\"idle_cpu_ms\":%.3f,\"idle_checks\":%.3f,\"idle_requests\":%d}\n",
		products, (long long)o->image_bytes, (long long)o->compressed_bytes, (long long)o->patch_bytes, patch->sync_s * 1e3,
		patch->hash_s * 1e3, patch->sync_s / patch->hash_s, patch->sync_cpu_s / patch->hash_cpu_s, patch->anon_kb, patch->data_kb, first->sync_s * 1e3, first->plain_s * 1e3,
		first->sync_s / first->plain_s, first->anon_kb, first_offer_s * 1e3, patch_offer_s * 1e3, idle->sync_s * 1e3,
		idle->sync_s / idle->check_s, idle->requests);
}

static int bench(const char *self, size_t products, size_t socs, size_t rounds, const char *dir)
{
	char prepare[3 * 4096 + 64];
	office o = { .dir = "" };
	measured first, patch;
	idle_figures idle;
	double first_offer_s;
	tg_build_soc *more;
	tg_server *server;
	world w;

	snprintf(o.dir, sizeof(o.dir), "%s/tillgate-bench-XXXXXX", dir);
	if (mkdtemp(o.dir) == NULL)
		return perror("mkdtemp"), 2;
	server = office_open(&o);
	world_init(&w, products, socs, 7);
	publish(&o, &w.build, tg_example_policy);
	first_offer_s = o.offer_s;
	snprintf(prepare, sizeof(prepare), "rm -rf '%s/catalogue'", o.dir);
	first = measure(&o, self, o.plain_url, rounds, prepare);
	snprintf(prepare, sizeof(prepare), "cp -a '%s/catalogue' '%s/before'", o.dir, o.dir);
	run_shell(prepare);
	more = day_change(&w);
	publish(&o, &w.build, tg_example_policy);
	snprintf(prepare, sizeof(prepare), "rm -rf '%s/catalogue' && cp -a '%s/before' '%s/catalogue' && sync", o.dir, o.dir, o.dir);
	patch = measure(&o, self, "", rounds, prepare);
	if (first.way != TG_WAY_COMPRESSED || patch.way != TG_WAY_PATCH) {
		fprintf(stderr, "bench_sync: went the ways %d and %d\n", first.way, patch.way);
		exit(2);
	}
	idle = measure_idle(&o, self);
	print_result(&o, products, first_offer_s, o.offer_s, &first, &patch, &idle);
	w.build.socs = w.socs;
	w.build.soc_count = socs;
	world_fini(&w);
	free(more);
	tg_serve_stop(server);
	tg_signkey_free(o.key);
	tg_pubkey_free(o.pub);
	tg_buf_fini(&o.old.targets);
	snprintf(prepare, sizeof(prepare), "rm -rf '%s'", o.dir);
	run_shell(prepare);
	return 0;
}

int main(int argc, char **argv)
{
	size_t products = 1000000, socs = 250000, rounds = 5;
	const char *dir = "/tmp";
	tg_error err = { 0 };

	must(tg_crypto_init(&err), &err);
	if (argc == 6 && strcmp(argv[1], "--child") == 0)
		return run_child(argv + 2);
	if (argc == 4 && strcmp(argv[1], "--idle") == 0)
		return run_idle(argv + 2);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--quick") == 0)
			products = 100000, socs = 25000, rounds = 3;
		else if (strcmp(argv[i], "--products") == 0 && i + 1 < argc)
			products = strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--socs") == 0 && i + 1 < argc)
			socs = strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--rounds") == 0 && i + 1 < argc)
			rounds = strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--dir") == 0 && i + 1 < argc)
			dir = argv[++i];
		else
			return fprintf(stderr, "usage: %s [--quick | --products N --socs N] [--rounds N] [--dir DIR]\n", argv[0]), 2;
	}
	if (rounds < 1 || rounds > ROUNDS_MAX)
		return fprintf(stderr, "bench_sync: 1 to %d rounds\n", ROUNDS_MAX), 2;
	return bench(argv[0], products, socs, rounds, dir);
}

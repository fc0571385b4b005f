/* SPDX-License-Identifier: Apache-2.0
 *
 * test_one_byte.c - one byte of a good repository is another, one too many, or missing: refused by name, or it meant nothing.
 *
 * By lot, from a seed that every failure names. Arguments: how many syncs, the seed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/update/hostile.h"

#include "store/base/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SYNCS 350 /* some 50 ms each, for the signatures */
#define PARSES_A_SYNC 12
#define MANY 5000 /* syncs among which one is taken in, for sure */
#define CACHED_MAX 64
#define FILE_MAX (8 << 20)

static size_t sync_count = SYNCS;
static uint64_t seed = 952, state_of_lot;

/* SplitMix64 (Steele, Lea, Flood 2014): any seed will do. */
static size_t lot(size_t below)
{
	uint64_t x = state_of_lot += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (size_t)((x ^ (x >> 31)) % below);
}

/* One byte of `from`, changed by lot, as `to`; what was done, for the words of a failure. */
static void change_a_byte(tg_buf *to, tg_view from, char what[96])
{
	/* What JSON is made of is worth more than other bytes. */
	static const char syntax[] = "        \n\n\t\t\"\\{}[]:,0129-+.eEaAfFnu/";
	size_t at = lot(from.len), how = lot(4);
	uint8_t old = from.data[at], put = (uint8_t)lot(256);

	if (how == 0)
		put = (uint8_t)(old ^ (1u << lot(8)));
	if (how == 1 || (how == 2 && lot(2) == 0))
		put = (uint8_t)syntax[lot(sizeof(syntax) - 1)];
	tg_buf_clear(to);
	tg_buf_append(to, from.data, at);
	if (how != 3) /* 3: is missing */
		tg_buf_append(to, &put, 1);
	if (how == 2) /* one too many */
		tg_buf_append(to, &old, 1);
	tg_buf_append(to, from.data + at + 1, from.len - at - 1);
	assert_int_equal(tg_buf_check(to, "bent", NULL), TG_OK);
	(void)snprintf(what, 96, "byte %zu of %zu, 0x%02x, %s 0x%02x", at, from.len, old,
		how == 3   ? "taken out, not"
		: how == 2 ? "gets before it"
			   : "becomes",
		put);
}

/* ---- whole syncs ---- */

/* The station's cache as it was: else a file that was taken in once would not be asked for again. */
typedef struct cached {
	char name[CACHED_MAX][256];
	tg_buf bytes[CACHED_MAX];
	size_t count;
} cached;

static void cache_path(char out[HOSTILE_PATH], const world *w)
{
	(void)snprintf(out, HOSTILE_PATH, "%s/tuf", w->catalogue);
}

static void empty_cache(const world *w)
{
	char path[HOSTILE_PATH];
	struct dirent *entry;
	DIR *dir;

	cache_path(path, w);
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			assert_int_equal(unlinkat(dirfd(dir), entry->d_name, 0), 0);
	closedir(dir);
}

static void save_cache(cached *c, const world *w)
{
	char path[HOSTILE_PATH], file[2 * HOSTILE_PATH];
	struct dirent *entry;
	DIR *dir;

	cache_path(path, w);
	dir = opendir(path);
	assert_non_null(dir);
	c->count = 0;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		assert_true(c->count < CACHED_MAX);
		(void)snprintf(c->name[c->count], sizeof(c->name[0]), "%s", entry->d_name);
		(void)snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		tg_buf_init(&c->bytes[c->count], FILE_MAX);
		assert_int_equal(tg_file_read(&c->bytes[c->count++], file, FILE_MAX, NULL), TG_OK);
	}
	closedir(dir);
}

static void forget_cache(cached *c)
{
	for (size_t i = 0; i < c->count; i++)
		tg_buf_fini(&c->bytes[i]);
	c->count = 0;
}

/* One in four has lost all but the roots, and has only the set in force to go by. */
static void restore_cache(const cached *c, const world *w)
{
	char path[HOSTILE_PATH];
	bool lost = lot(4) == 0;

	cache_path(path, w);
	empty_cache(w);
	for (size_t i = 0; i < c->count; i++)
		if (!lost || strstr(c->name[i], "root.json") != NULL)
			write_file(path, c->name[i], tg_buf_view(&c->bytes[i]));
	(void)snprintf(path, sizeof(path), "%s/state.json", w->catalogue);
	(void)unlink(path); /* judge_refusal() counts the failures of one attack */
}

/* What was taken in in spite of the byte means what head office meant, and holds its very bytes. */
static void judge_taken(const world *w, const char *what)
{
	const repo *r = &w->repo;
	char path[HOSTILE_PATH];
	tg_error err = { 0 };
	tg_chain_facts facts;
	tg_chain *chain;
	tg_buf image;

	assert_int_equal(judge_in_force(w, what), r->catalogue_version);
	(void)snprintf(path, sizeof(path), "%s/current/.", w->catalogue);
	assert_int_equal(tg_chain_open(&chain, w->trust, path, &err), TG_OK);
	facts = *tg_chain_facts_of(chain);
	if (facts.issued_us != r->issued_us || facts.timestamp_version != r->version[TG_TUF_TIMESTAMP] ||
		facts.snapshot_version != r->version[TG_TUF_SNAPSHOT] ||
		facts.targets_version != r->version[TG_TUF_TARGETS] ||
		facts.timestamp_expires_us != r->expires_us[TG_TUF_TIMESTAMP] ||
		facts.snapshot_expires_us != r->expires_us[TG_TUF_SNAPSHOT] ||
		facts.targets_expires_us != r->expires_us[TG_TUF_TARGETS] ||
		!tg_view_equal(tg_chain_policy(chain), tg_buf_view(&r->policy)))
		fail_msg("%s: taken in, and means something else", what);
	tg_chain_close(chain);
	(void)snprintf(path, sizeof(path), "%s/current/catalogue.tgc", w->catalogue);
	tg_buf_init(&image, FILE_MAX);
	assert_int_equal(tg_file_read(&image, path, FILE_MAX, NULL), TG_OK);
	if (!tg_view_equal(tg_buf_view(&image), tg_buf_view(&r->image)))
		fail_msg("%s: the image in force is another one", what);
	tg_buf_fini(&image);
}

static bool names_a_file(const tg_error *err)
{
	for (int at = 0; at < PLACES; at++)
		if (strstr(err->msg, place_name((place)at)) != NULL)
			return true;
	return false;
}

/* One byte of what is on the web. True if it was refused. */
static bool sync_with_one_byte(world *w, size_t number)
{
	place at = (place)lot(lot(2) == 0 ? PLACES : AT_TIMESTAMP + 1); /* those two have no hash that says it all */
	tg_error err = { 0 };
	char path[300], what[256], how[96];
	tg_buf bent;
	int rc;

	tg_buf_init(&bent, FILE_MAX);
	change_a_byte(&bent, place_body(w, at), how);
	(void)snprintf(what, sizeof(what), "seed %llu, sync %zu: %s: %s", (unsigned long long)seed, number,
		place_name(at), how);
	place_path(path, w, at);
	server_put(w->web, path, tg_buf_view(&bent));
	tg_buf_fini(&bent);
	rc = run(w, NULL, &err);
	server_put(w->web, path, place_body(w, at));
	if (rc == TG_OK) {
		judge_taken(w, what);
		return false;
	}
	if (!names_a_file(&err))
		fail_msg("%s: refused, but what? %s", what, err.msg);
	judge_refusal(w, what, rc, &err);
	return true;
}

/* Head office goes on: another whole publication and a next root wait on the web, and the station has neither. */
static void next_day(world *w, cached *c)
{
	forget_cache(c);
	if (w->root_count + 4 > HOSTILE_ROOTS) {
		world_fini(w);
		world_init(w);
	}
	publish(w, AT_ROOT, NULL, NULL);
	look_before(w);
	save_cache(c, w);
}

static void one_byte_is_refused_or_means_nothing(void **state)
{
	world *w = test_calloc(1, sizeof(*w));
	cached *c = test_calloc(1, sizeof(*c));
	size_t refused = 0;

	(void)state;
	state_of_lot = seed;
	world_init(w);
	next_day(w, c);
	for (size_t i = 0; i < sync_count; i++) {
		restore_cache(c, w);
		if (sync_with_one_byte(w, i)) {
			refused++;
			continue;
		}
		heal(w, "after a byte that meant nothing");
		next_day(w, c);
	}
	restore_cache(c, w);
	heal(w, "at the end");
	print_message("%zu of %zu refused\n", refused, sync_count);
	/* Some bytes do mean nothing: blanks, members that nobody knows. Most do mean something. */
	assert_true(refused > sync_count / 2);
	assert_true(sync_count < MANY || refused < sync_count);
	forget_cache(c);
	world_fini(w);
	test_free(c);
	test_free(w);
}

/* ---- the parser against its own canonical form ---- */

/* A file with that signed part. Of the OLPC form, raw control characters, which it has in strings only, are no JSON: escaped. */
static void wrap(tg_buf *out, tg_view canonical)
{
	tg_buf_clear(out);
	tg_buf_puts(out, "{\"signatures\":[],\"signed\":");
	for (size_t i = 0; i < canonical.len; i++) {
		if (canonical.data[i] < 0x20)
			tg_buf_printf(out, "\\u%04x", canonical.data[i]);
		else
			tg_buf_append(out, &canonical.data[i], 1);
	}
	tg_buf_puts(out, "}");
}

static void judge_parsed(const tg_tuf_metadata *meta, tg_tuf_role role, const char *what)
{
	tg_view once = tg_tuf_metadata_signed(meta);
	tg_tuf_metadata *again;
	tg_error err = { 0 };
	tg_buf text;

	tg_buf_init(&text, FILE_MAX);
	wrap(&text, once);
	if (tg_tuf_metadata_parse(&again, role, tg_buf_view(&text), &err) != TG_OK)
		fail_msg("%s: accepted, but not its canonical form: %s", what, err.msg);
	if (!tg_view_equal(once, tg_tuf_metadata_signed(again)))
		fail_msg("%s: the canonical form has another one of its own", what);
	if (tg_tuf_metadata_version(meta) != tg_tuf_metadata_version(again) ||
		tg_tuf_metadata_expires_us(meta) != tg_tuf_metadata_expires_us(again))
		fail_msg("%s: what is read is not what is signed", what);
	tg_tuf_metadata_free(again);
	tg_buf_fini(&text);
}

static void what_is_accepted_is_what_is_signed(void **state)
{
	size_t accepted = 0, verified = 0;
	tg_tuf_metadata *honest[TG_TUF_ROLES];
	tg_error err = { 0 };
	tg_buf bent;
	repo r;

	(void)state;
	state_of_lot = seed;
	repo_init(&r);
	tg_buf_init(&bent, FILE_MAX);
	for (int role = 0; role < TG_TUF_ROLES; role++)
		assert_int_equal(tg_tuf_metadata_parse(&honest[role], (tg_tuf_role)role,
					 repo_file(&r, (tg_tuf_role)role), &err),
			TG_OK);
	for (size_t i = 0; i < sync_count * PARSES_A_SYNC; i++) {
		tg_tuf_role role = (tg_tuf_role)lot(TG_TUF_ROLES);
		char what[160], how[96];
		tg_tuf_metadata *meta;

		change_a_byte(&bent, repo_file(&r, role), how);
		(void)snprintf(what, sizeof(what), "seed %llu, parse %zu: %s: %s", (unsigned long long)seed, i,
			tg_tuf_role_name(role), how);
		if (tg_tuf_metadata_parse(&meta, role, tg_buf_view(&bent), &err) != TG_OK)
			continue;
		accepted++;
		judge_parsed(meta, role, what);
		if (tg_tuf_metadata_verify(meta, honest[TG_TUF_ROOT], &err) == TG_OK) {
			verified++;
			if (!tg_view_equal(tg_tuf_metadata_signed(meta), tg_tuf_metadata_signed(honest[role])))
				fail_msg("%s: the old signature holds for other words", what);
		} else if (tg_view_equal(tg_buf_view(&bent), repo_file(&r, role))) {
			fail_msg("%s: nothing was changed, and it does not verify", what);
		}
		tg_tuf_metadata_free(meta);
	}
	print_message("%zu of %zu accepted, %zu verified\n", accepted, sync_count * PARSES_A_SYNC, verified);
	assert_true(accepted > verified && verified > 0);
	for (int role = 0; role < TG_TUF_ROLES; role++)
		tg_tuf_metadata_free(honest[role]);
	tg_buf_fini(&bent);
	repo_fini(&r);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_byte_is_refused_or_means_nothing),
		cmocka_unit_test(what_is_accepted_is_what_is_signed),
	};

	if (argc > 1)
		sync_count = strtoul(argv[1], NULL, 10);
	if (argc > 2)
		seed = strtoull(argv[2], NULL, 10);
	/* Thousands of small files, each synced: where there is memory to write to, they go there. */
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

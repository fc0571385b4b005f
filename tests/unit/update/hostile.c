/* SPDX-License-Identifier: Apache-2.0
 *
 * hostile.c - the world and the judge of hostile.h.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/update/hostile.h"

#include "store/base/encoding.h"
#include "store/base/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LISTING_MAX (1 << 20)
#define FILE_MAX (8 << 20)
#define VALID_US (30 * TG_US_PER_DAY)

static void must(int rc, const tg_error *err)
{
	if (rc != TG_OK)
		fail_msg("%s: %s", tg_strerror(rc), err->msg);
}

/* ---- names ---- */

const char *place_name(place at)
{
	static const char *const names[PLACES] = { "root.json", "timestamp.json", "snapshot.json",
		"targets.json", "policy.json", "catalogue.tgc" };

	return names[at];
}

static void hashed_path(char out[300], const char *name, tg_view bytes)
{
	uint8_t hash[TG_SHA256_SIZE];
	char hex[2 * TG_SHA256_SIZE + 1];

	tg_sha256(hash, bytes.data, bytes.len);
	(void)snprintf(out, 300, "/t/%s.%s", tg_hex_encode(hex, hash, sizeof(hash)), name);
}

void place_path(char out[300], const world *w, place at)
{
	if (at == AT_POLICY || at == AT_IMAGE)
		hashed_path(out, place_name(at), place_body(w, at));
	else if (at == AT_TIMESTAMP)
		(void)snprintf(out, 300, "/m/timestamp.json");
	else
		(void)snprintf(out, 300, "/m/%lld.%s",
			at == AT_ROOT ? (long long)w->root_count + 1 : (long long)w->repo.version[at],
			place_name(at));
}

tg_view place_body(const world *w, place at)
{
	if (at == AT_POLICY)
		return tg_buf_view(&w->repo.policy);
	if (at == AT_IMAGE)
		return tg_buf_view(&w->repo.image);
	return repo_file(&w->repo, (tg_tuf_role)at);
}

/* ---- head office ---- */

void next_publication(world *w)
{
	repo *r = &w->repo;
	char days[64];

	repo_new_image(r, 150000 + (size_t)(r->catalogue_version % 2) * 50000);
	tg_buf_clear(&r->policy);
	tg_buf_puts(&r->policy, test_policy);
	(void)snprintf(
		days, sizeof(days), "\"dsp_notice_days\":%lld", (long long)(r->catalogue_version % 900 + 1));
	edit(&r->policy, "\"dsp_notice_days\":90", days);
	for (int role = TG_TUF_TIMESTAMP; role < TG_TUF_ROLES; role++)
		r->version[role]++;
	r->issued_us += TG_US_PER_SECOND;
	w->config.now_us = r->issued_us + TG_US_PER_SECOND;
	for (int role = TG_TUF_TIMESTAMP; role < TG_TUF_ROLES; role++)
		r->expires_us[role] = r->issued_us + VALID_US;
}

static void list_stock(world *w, tg_buf *file)
{
	const int keys[] = { w->repo.signer[TG_TUF_SNAPSHOT], -1 };
	char entry[80];

	(void)snprintf(entry, sizeof(entry), "\"meta\":{\"stock.json\":{\"version\":%d},", w->stock);
	edit_and_sign(w, file, "\"meta\":{", entry, keys);
}

void write_publication(world *w, place at, bend_file *bend, const void *how)
{
	static const tg_tuf_role order[] = { TG_TUF_TARGETS, TG_TUF_SNAPSHOT, TG_TUF_TIMESTAMP };

	for (size_t i = 0; i < TG_COUNT(order); i++) {
		repo_write(&w->repo, order[i]);
		if (order[i] == TG_TUF_SNAPSHOT && w->stock > 0)
			list_stock(w, &w->repo.file[AT_SNAPSHOT]);
		if (bend != NULL && (int)at == (int)order[i])
			bend(w, &w->repo.file[at], how);
	}
}

void upload(world *w)
{
	char path[300];

	for (int at = AT_TIMESTAMP; at < PLACES; at++) {
		place_path(path, w, (place)at);
		server_put(w->web, path, place_body(w, (place)at));
	}
}

tg_repository_root usual_root(const world *w, const tg_pubkey **keys)
{
	tg_repository_root root = { .version = (int64_t)w->root_count + 1,
		.expires_us = TEST_NOW_US + 365 * TG_US_PER_DAY };

	for (int i = 0; i < TG_TUF_ROLES; i++) {
		keys[i] = w->repo.pubs[w->repo.role_key[i]];
		root.roles[i] = (tg_repository_role){ .keys = &keys[i], .count = 1, .threshold = 1 };
	}
	return root;
}

static void sign_root(tg_buf *out, const world *w, const tg_repository_root *root, const int *keys)
{
	const tg_signkey *signers[REPO_KEYS];
	size_t count = 0;
	tg_error err = { 0 };

	for (; keys[count] >= 0; count++)
		signers[count] = w->repo.keys[keys[count]];
	tg_buf_clear(out);
	must(tg_repository_write_root(out, root, (tg_repository_signers){ signers, count }, &err), &err);
}

void put_root(world *w, const tg_repository_root *root, const int *keys)
{
	tg_buf *file = &w->repo.file[TG_TUF_ROOT];
	char path[300];

	sign_root(file, w, root, keys);
	place_path(path, w, AT_ROOT);
	server_put(w->web, path, tg_buf_view(file));
}

/* By the root key; and by those that the root before it may have wanted too, if it was not one of the usual. */
void next_root(world *w)
{
	static const int usual[] = { TG_TUF_ROOT, -1 }, all[] = { TG_TUF_ROOT, SPARE_KEY, SPARE_KEY + 1, -1 };
	const tg_pubkey *keys[TG_TUF_ROLES];
	tg_repository_root root = usual_root(w, keys);

	put_root(w, &root, w->odd_root ? all : usual);
}

/* The station has taken the root that is on the web: it belongs to head office's chain now. */
static void keep_root(world *w)
{
	tg_buf *file = &w->roots[w->root_count++];

	tg_buf_init(file, TG_TUF_ROOT_MAX);
	tg_buf_append(file, w->repo.file[TG_TUF_ROOT].data, w->repo.file[TG_TUF_ROOT].len);
	w->repo.version[TG_TUF_ROOT] = (int64_t)w->root_count;
}

/* ---- bending text ---- */

static uint8_t *find_last(const tg_buf *file, const char *what)
{
	size_t len = strlen(what);

	for (size_t at = file->len + 1 - len; len <= file->len && at > 0; at--)
		if (memcmp(file->data + at - 1, what, len) == 0)
			return file->data + at - 1;
	fail_msg("\"%s\" is not in the text: %.400s", what, tg_buf_text(file));
	return NULL;
}

void edit(tg_buf *file, const char *from, const char *to)
{
	size_t front = 0, back = file->len;
	tg_buf text;

	if (strcmp(from, "") == 0) {
		front = 0;
		back = file->len;
	} else if (strcmp(from, "^") == 0) {
		back = 0;
	} else if (strcmp(from, "$") == 0) {
		front = file->len;
	} else {
		front = (size_t)(find_last(file, from) - file->data);
		back = front + strlen(from);
	}
	tg_buf_init(&text, FILE_MAX);
	tg_buf_append(&text, file->data, front);
	tg_buf_puts(&text, to);
	tg_buf_append(&text, file->data + back, file->len - back);
	tg_buf_clear(file);
	tg_buf_append(file, text.data, text.len);
	tg_buf_fini(&text);
}

void edit_and_sign(world *w, tg_buf *file, const char *from, const char *to, const int *keys)
{
	const char *body = strstr(tg_buf_text(file), "\"signed\":") + strlen("\"signed\":");
	size_t count = 0;
	tg_buf text;

	while (keys[count] >= 0)
		count++;
	tg_buf_init(&text, FILE_MAX);
	tg_buf_append(&text, body, strlen(body) - 1);
	edit(&text, from, to);
	tg_buf_clear(file);
	sign_body(file, tg_buf_text(&text), &w->repo, keys, count);
	tg_buf_fini(&text);
}

/* ---- the station ---- */

/* With connections of its own, as each run of the command: a line that sent more than was asked for poisons the next request on it. */
int run(world *w, tg_update_report *report, tg_error *err)
{
	/* What is slower than this is given up after a second; honest answers come at once. */
	static const tg_fetch_options impatient = {
		.low_speed_bytes = 1000, .low_speed_s = 1, .connect_timeout_ms = 5000
	};
	int rc;

	server_forget(w->web);
	must(tg_fetch_open(&w->config.fetch, &impatient, err), err);
	rc = tg_update_run(report, &w->config, NULL, NULL, err);
	tg_fetch_close(w->config.fetch);
	w->config.fetch = NULL;
	return rc;
}

static void open_station(world *w)
{
	temp_dir(w->dir);
	(void)snprintf(w->catalogue, sizeof(w->catalogue), "%s/catalogue", w->dir);
	(void)snprintf(w->trust, sizeof(w->trust), "%s/root.json", w->dir);
	write_file(w->dir, "root.json", tg_buf_view(&w->roots[0]));
	w->config = (tg_update_config){ .catalogue_dir = w->catalogue,
		.trust_root = w->trust,
		.metadata_url = w->metadata_url,
		.targets_url = w->targets_url,
		.now_us = TEST_NOW_US };
}

void world_init(world *w)
{
	tg_error err = { 0 };

	memset(w, 0, sizeof(*w));
	repo_init(&w->repo);
	w->web = server_start();
	w->elsewhere = server_start();
	w->line = wire_start(w->web);
	(void)snprintf(w->metadata_url, sizeof(w->metadata_url), "%s/m/", wire_url(w->line));
	(void)snprintf(w->targets_url, sizeof(w->targets_url), "%s/t/", wire_url(w->line));
	tg_buf_init(&w->before, LISTING_MAX);
	keep_root(w);
	open_station(w);
	next_root(w);
	for (int i = 0; i < 2; i++) {
		next_publication(w);
		write_publication(w, PLACES, NULL, NULL);
	}
	upload(w);
	must(run(w, NULL, &err), &err);
	keep_root(w);
}

void world_fini(world *w)
{
	wire_stop(w->line);
	server_stop(w->web);
	server_stop(w->elsewhere);
	repo_fini(&w->repo);
	for (size_t i = 0; i < w->root_count; i++)
		tg_buf_fini(&w->roots[i]);
	tg_buf_fini(&w->before);
	remove_tree(w->dir);
}

/* ---- judging ---- */

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Every name below `dir`, with the hash of what is a file. */
static void list_tree(tg_buf *out, const char *dir)
{
	struct dirent **entries;
	int count = scandir(dir, &entries, NULL, by_name);

	for (int i = 0; i < count; i++) {
		char path[HOSTILE_PATH], hex[2 * TG_SHA256_SIZE + 1] = "";
		uint8_t hash[TG_SHA256_SIZE];
		const char *name = entries[i]->d_name;
		tg_buf bytes;

		tg_buf_init(&bytes, FILE_MAX);
		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
			assert_true(snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path));
			if (tg_file_read(&bytes, path, FILE_MAX, NULL) == TG_OK) {
				tg_sha256(hash, bytes.data, bytes.len);
				tg_hex_encode(hex, hash, sizeof(hash));
			}
			tg_buf_printf(out, "%s %s\n", path, hex);
			if (hex[0] == '\0')
				list_tree(out, path);
		}
		tg_buf_fini(&bytes);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static void look(tg_buf *out, const world *w)
{
	char path[HOSTILE_PATH], target[256];
	ssize_t n;

	tg_buf_clear(out);
	(void)snprintf(path, sizeof(path), "%s/current", w->catalogue);
	n = readlink(path, target, sizeof(target));
	tg_buf_append(out, target, n > 0 ? (size_t)n : 0);
	tg_buf_putc(out, '\n');
	(void)snprintf(path, sizeof(path), "%s/sets", w->catalogue);
	list_tree(out, path);
}

void look_before(world *w)
{
	look(&w->before, w);
}

/* The station's folder holds what is known and nothing else; nothing was put beside it. */
static void judge_names(const world *w, const char *what)
{
	static const char *const known[] = { "current", "lock", "part", "sets", "state.json", "tuf", ".",
		".." };
	static const char *const beside[] = { "catalogue", "root.json", ".", ".." };
	const char *const *lists[] = { known, beside };
	const size_t counts[] = { TG_COUNT(known), TG_COUNT(beside) };
	const char *dirs[] = { w->catalogue, w->dir };

	for (size_t d = 0; d < TG_COUNT(dirs); d++) {
		DIR *dir = opendir(dirs[d]);
		struct dirent *entry;

		assert_non_null(dir);
		while ((entry = readdir(dir)) != NULL) {
			bool fine = false;

			for (size_t i = 0; i < counts[d]; i++)
				fine = fine || strcmp(entry->d_name, lists[d][i]) == 0;
			if (!fine)
				fail_msg("%s: left %s/%s", what, dirs[d], entry->d_name);
		}
		closedir(dir);
	}
}

static tg_tuf_metadata *parse_as(const char *name, tg_tuf_role role, tg_view bytes, const char *what)
{
	tg_tuf_metadata *meta;
	tg_error err = { 0 };

	if (tg_tuf_metadata_parse(&meta, role, bytes, &err) != TG_OK)
		fail_msg("%s: tuf/%s is kept and is not even well formed: %s", what, name, err.msg);
	return meta;
}

static void read_cached(tg_buf *out, const world *w, const char *name)
{
	char path[HOSTILE_PATH];

	(void)snprintf(path, sizeof(path), "%s/tuf/%s", w->catalogue, name);
	tg_buf_init(out, FILE_MAX);
	assert_int_equal(tg_file_read(out, path, FILE_MAX, NULL), TG_OK);
}

/* Each file that has a name in tuf/ is signed as the newest root there wants it: no unverified byte has a final name. */
static void judge_cache(const world *w, const char *what)
{
	char dir_path[HOSTILE_PATH];
	tg_buf root_bytes, bytes;
	tg_tuf_metadata *root;
	struct dirent *entry;
	DIR *dir;

	read_cached(&root_bytes, w, "root.json");
	root = parse_as("root.json", TG_TUF_ROOT, tg_buf_view(&root_bytes), what);
	(void)snprintf(dir_path, sizeof(dir_path), "%s/tuf", w->catalogue);
	dir = opendir(dir_path);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		int role = 0;
		tg_tuf_metadata *meta;
		tg_error err = { 0 };

		if (entry->d_name[0] == '.' && strlen(entry->d_name) <= 2)
			continue;
		while (role < TG_TUF_ROLES &&
			strstr(entry->d_name, tg_tuf_role_name((tg_tuf_role)role)) == NULL)
			role++;
		if (role == TG_TUF_ROLES ||
			strstr(entry->d_name, ".json") + 5 != entry->d_name + strlen(entry->d_name))
			fail_msg("%s: left tuf/%s", what, entry->d_name);
		read_cached(&bytes, w, entry->d_name);
		meta = parse_as(entry->d_name, (tg_tuf_role)role, tg_buf_view(&bytes), what);
		if (tg_tuf_metadata_verify(meta, role == TG_TUF_ROOT ? meta : root, &err) != TG_OK &&
			tg_tuf_metadata_version(root) ==
				(int64_t)w
					->root_count) /* a newer one may name other keys than the old files have */
			fail_msg("%s: tuf/%s is kept and is not trusted: %s", what, entry->d_name, err.msg);
		tg_tuf_metadata_free(meta);
		tg_buf_fini(&bytes);
	}
	closedir(dir);
	tg_tuf_metadata_free(root);
	tg_buf_fini(&root_bytes);
}

int64_t judge_in_force(const world *w, const char *what)
{
	char path[HOSTILE_PATH];
	tg_error err = { 0 };
	tg_chain *chain;
	tg_view blocks;
	int64_t version;

	(void)snprintf(path, sizeof(path), "%s/current/.", w->catalogue);
	if (tg_chain_open(&chain, w->trust, path, &err) != TG_OK ||
		tg_chain_blocks(&blocks, chain, &err) != TG_OK)
		fail_msg("%s: what is in force does not hold: %s", what, err.msg);
	version = tg_chain_facts_of(chain)->catalogue_version;
	tg_chain_close(chain);
	judge_names(w, what);
	(void)snprintf(path, sizeof(path), "%s/sets/.new", w->catalogue);
	if (access(path, F_OK) == 0)
		fail_msg("%s: left sets/.new", what);
	return version;
}

void judge_refusal(world *w, const char *what, int rc, const tg_error *err)
{
	tg_sync_state remembered;
	tg_error own = { 0 };
	tg_buf now;

	tg_buf_init(&now, LISTING_MAX);
	look(&now, w);
	if (!tg_view_equal(tg_buf_view(&now), tg_buf_view(&w->before)))
		fail_msg("%s: not as it was: %s\nbut: %s", what, tg_buf_text(&w->before), tg_buf_text(&now));
	tg_buf_fini(&now);
	judge_names(w, what);
	judge_cache(w, what);
	must(tg_sync_state_read(&remembered, w->catalogue, &own), &own);
	if (strcmp(remembered.code, tg_strerror(rc)) != 0 || remembered.failures != 1)
		fail_msg("%s: state.json says \"%s\" after %lld failures, wanted \"%s\"", what,
			remembered.code, (long long)remembered.failures, tg_strerror(rc));
	for (size_t i = 0; err->msg[i] != '\0'; i++)
		if (remembered.words[i] != err->msg[i] && remembered.words[i] != '?')
			fail_msg("%s: state.json says \"%s\", the error \"%s\"", what, remembered.words,
				err->msg);
	if (server_requests(w->elsewhere) != 0)
		fail_msg("%s: a request went elsewhere: %s", what, server_request(w->elsewhere, 0));
}

/* ---- the way back ---- */

/* Head office as it was before somebody bent it; versions only go up. */
static void restore_fields(repo *r)
{
	for (int role = 0; role < TG_TUF_ROLES; role++) {
		r->role_key[role] = r->signer[role] = role;
		r->said_version[role] = 0;
	}
	r->old_root_key = -1;
	r->lie_about_blocks = false;
}

static int64_t trusted_root_version(const world *w)
{
	tg_tuf_metadata *root;
	int64_t version;
	tg_buf bytes;

	read_cached(&bytes, w, "root.json");
	root = parse_as("root.json", TG_TUF_ROOT, tg_buf_view(&bytes), "the trusted root");
	version = tg_tuf_metadata_version(root);
	tg_tuf_metadata_free(root);
	tg_buf_fini(&bytes);
	return version;
}

void heal(world *w, const char *what)
{
	tg_update_report report;
	tg_error err = { 0 };
	int rc;

	wire_honest(w->line);
	restore_fields(&w->repo);
	w->stock = w->stock_was;
	server_clear(w->web);
	server_forget(w->elsewhere);
	if (trusted_root_version(w) >
		(int64_t)w->root_count) { /* the attack's own root was taken: another one puts things right */
		keep_root(w);
		w->odd_root = true;
	}
	if (w->odd_root)
		next_root(w);
	next_publication(w);
	write_publication(w, PLACES, NULL, NULL);
	upload(w);
	rc = run(w, &report, &err);
	if (rc != TG_OK)
		fail_msg("%s: does not heal: %s", what, err.msg);
	if (trusted_root_version(w) > (int64_t)w->root_count)
		keep_root(w);
	w->odd_root = false;
	assert_int_equal(report.catalogue_version, w->repo.catalogue_version);
	assert_int_equal(judge_in_force(w, what), w->repo.catalogue_version);
}

/* ---- the tables ---- */

void publish(world *w, place at, bend_file *bend, const void *how)
{
	char path[300];

	next_publication(w);
	write_publication(w, at, bend, how);
	upload(w);
	if (at != AT_ROOT)
		return;
	next_root(w);
	if (bend == NULL)
		return;
	bend(w, &w->repo.file[AT_ROOT], how);
	place_path(path, w, AT_ROOT);
	server_put(w->web, path, repo_file(&w->repo, TG_TUF_ROOT));
}

void settle(world *w)
{
	tg_error err = { 0 };

	must(run(w, NULL, &err), &err);
	if (trusted_root_version(w) > (int64_t)w->root_count)
		keep_root(w);
	look_before(w);
}

static bool as_wanted(const attack *a, place at, int rc, const tg_error *err)
{
	bool wanted = rc == a->rc || (a->rc == LENGTH_OR_HASH && (rc == TG_ELENGTH || rc == TG_EHASH));

	if (rc == TG_OK || !wanted)
		return wanted;
	return strstr(err->msg, place_name(at)) != NULL &&
	       (a->words == NULL || strstr(err->msg, a->words) != NULL);
}

/* One attack, judged and healed. False if it was answered otherwise than the line says. */
static bool attack_one(world *w, const attack *a, place at)
{
	tg_error err = { 0 };
	char what[200];
	bool good;
	int rc;

	(void)snprintf(what, sizeof(what), "%s: %s", place_name(at), a->what);
	look_before(w);
	a->prepare(w, at, a);
	rc = run(w, NULL, &err);
	good = as_wanted(a, at, rc, &err);
	if (!good)
		print_error("%s: wanted %s \"%s\", found %s \"%s\"\n", what,
			a->rc == LENGTH_OR_HASH ? "length or hash" : tg_strerror(a->rc),
			a->words != NULL ? a->words : "", tg_strerror(rc), err.msg);
	if (rc != TG_OK)
		judge_refusal(w, what, rc, &err);
	else if (a->rc == TG_OK)
		assert_int_equal(judge_in_force(w, what), w->repo.catalogue_version);
	heal(w, what);
	return good;
}

void attack_all(const attack *list, size_t count)
{
	world *w = test_calloc(1, sizeof(*w));
	size_t attacks = 0, failed = 0;

	world_init(w);
	for (size_t i = 0; i < count; i++) {
		for (int at = 0; at < PLACES; at++) {
			if ((list[i].at & BIT(at)) == 0)
				continue;
			if (w->root_count + 4 > HOSTILE_ROOTS) {
				world_fini(w);
				world_init(w);
			}
			failed += !attack_one(w, &list[i], (place)at);
			attacks++;
		}
	}
	world_fini(w);
	test_free(w);
	print_message("%zu attacks in %zu lines\n", attacks, count);
	if (failed > 0)
		fail_msg("%zu of them went another way", failed);
}

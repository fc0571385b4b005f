/* SPDX-License-Identifier: Apache-2.0
 *
 * test_hostile_trust.c - hostile signatures: what who holds some of head office's keys, its old files, or the clock can try.
 *
 * Each attack is a line of the table: refused by name, and afterwards the station is as it was and heals by itself (hostile.h judges).
 * What must not be refused is in the table too, with TG_OK.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/update/hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define YEAR_1970_US INT64_C(86400000000)
#define YEAR_2099_US INT64_C(4070908800000000)

static const int by_root[] = { TG_TUF_ROOT, -1 };

/* ---- who signs ---- */

static void signed_by(world *w, place at, int key)
{
	const int keys[] = { key, -1 };
	const tg_pubkey *pubs[TG_TUF_ROLES];
	tg_repository_root root;

	w->repo.signer[at] = key;
	publish(w, at, NULL, NULL);
	if (at != AT_ROOT)
		return;
	root = usual_root(w, pubs);
	put_root(w, &root, keys);
}

static void by_a_stranger(world *w, place at, const attack *a)
{
	(void)a;
	signed_by(w, at, STRANGER_KEY);
}

static void by_another_role(world *w, place at, const attack *a)
{
	(void)a;
	signed_by(w, at, (at + 1) % TG_TUF_ROLES);
}

static void all_by_strangers(world *w, place at, const attack *a)
{
	for (int role = TG_TUF_TIMESTAMP; role < TG_TUF_ROLES; role++)
		w->repo.signer[role] = STRANGER_KEY;
	(void)a;
	publish(w, at, NULL, NULL);
}

/* The key that a role had before root took it away. */
static void by_a_revoked_key(world *w, place at, const attack *a)
{
	const tg_pubkey *pubs[TG_TUF_ROLES];
	tg_repository_root root = usual_root(w, pubs);

	(void)a;
	publish(w, at, NULL, NULL);
	pubs[at] = w->repo.pubs[SPARE_KEY];
	put_root(w, &root, by_root);
}

/* Rotated in order, but the mirror keeps the new root to itself. */
static void by_a_key_that_nobody_told_of(world *w, place at, const attack *a)
{
	by_a_revoked_key(w, at, a);
	server_clear(w->web);
	w->repo.signer[at] = SPARE_KEY;
	write_publication(w, PLACES, NULL, NULL);
	upload(w);
}

static void copy_first_signature(world *w, tg_buf *file, const void *how)
{
	const char *start = strstr(tg_buf_text(file), "{\"keyid\"");
	char twice[1024];

	(void)w, (void)how;
	assert_true(snprintf(twice, sizeof(twice), "\"signatures\":[%.*s,",
			    (int)(strstr(start, "}]") + 1 - start), start) < (int)sizeof(twice));
	edit(file, "\"signatures\":[", twice);
}

static void duplicate_signatures(world *w, place at, const attack *a)
{
	(void)a;
	publish(w, at, copy_first_signature, NULL);
}

/* Signatures of strangers beside the good one. */
static void sign_with_more(world *w, tg_buf *file, const void *how)
{
	const int *place_of = how;
	const int keys[] = { SPARE_KEY, *place_of, STRANGER_KEY, -1 };

	edit_and_sign(w, file, "\"spec_version\"", "\"spec_version\"", keys);
}

static void extraneous_signatures(world *w, place at, const attack *a)
{
	const int role = (int)at;

	(void)a;
	publish(w, at, sign_with_more, &role);
}

/* ---- roots that head office might sign by mistake, or under duress ---- */

/* The next root, changed in its text and signed by the root key; the rest of the publication is as always. */
static void root_says(world *w, const char *from, const char *to)
{
	publish(w, AT_ROOT, NULL, NULL);
	edit_and_sign(w, &w->repo.file[AT_ROOT], from, to, by_root);
	{
		char path[300];

		place_path(path, w, AT_ROOT);
		server_put(w->web, path, repo_file(&w->repo, TG_TUF_ROOT));
	}
}

static void keyid_of(char out[TG_TUF_KEYID_TEXT_SIZE], const world *w, int key)
{
	tg_error err = { 0 };

	assert_int_equal(tg_repository_keyid(out, w->repo.pubs[key], &err), TG_OK);
}

/* `to` stands in the place of `"keyids":["ID"],"threshold":1` of the role; %s is its key's id. */
static void role_says(world *w, place at, const attack *a)
{
	char id[TG_TUF_KEYID_TEXT_SIZE], from[512], to[1024];
	const place role = at == AT_ROOT ? AT_TIMESTAMP : at;

	keyid_of(id, w, (int)role);
	(void)snprintf(from, sizeof(from), "\"%s\":{\"keyids\":[\"%s\"],\"threshold\":1}",
		tg_tuf_role_name((tg_tuf_role)role), id);
	(void)snprintf(to, sizeof(to), "\"%s\":{", tg_tuf_role_name((tg_tuf_role)role));
	for (const char *p = a->to; *p != '\0'; p++) {
		if (*p == '%')
			(void)strncat(to, id, sizeof(to) - strlen(to) - 1);
		else
			(void)strncat(to, (const char[]){ *p, '\0' }, sizeof(to) - strlen(to) - 1);
	}
	(void)strncat(to, "}", sizeof(to) - strlen(to) - 1);
	root_says(w, from, to);
}

/* In the key of a role: `from` becomes `to`. */
static void key_says(world *w, place at, const attack *a)
{
	char id[TG_TUF_KEYID_TEXT_SIZE];
	const char *start, *end;
	char object[1024];
	tg_buf bent;

	publish(w, AT_ROOT, NULL, NULL);
	keyid_of(id, w, (int)at);
	start = strstr(strstr(tg_buf_text(&w->repo.file[AT_ROOT]), "\"keys\":"), id);
	end = strstr(start, "nistp256\"}") + strlen("nistp256\"}");
	(void)snprintf(object, sizeof(object), "%.*s", (int)(end - start), start);
	tg_buf_init(&bent, 4096);
	tg_buf_puts(&bent, object);
	edit(&bent, a->from, a->to);
	root_says(w, object, tg_buf_text(&bent));
	tg_buf_fini(&bent);
}

/* One key under two ids, both needed; and it signs under both. */
static void sign_under_both_ids(world *w, tg_buf *file, const void *how)
{
	const char *id = how, *start = strstr(tg_buf_text(file), "{\"keyid\"");
	char first[1024], both[2400];
	const char *sig;

	(void)w;
	(void)snprintf(first, sizeof(first), "%.*s", (int)(strstr(start, "}]") + 1 - start), start);
	sig = strstr(first, "\"sig\":");
	(void)snprintf(both, sizeof(both), "%s,{\"keyid\":\"another-%.8s\",%s", first, id, sig);
	edit(file, first, both);
}

static void one_key_two_ids(world *w, place at, const attack *a)
{
	char id[TG_TUF_KEYID_TEXT_SIZE], from[512], to[4096], object[1024];
	const char *start, *end;
	const char *role = tg_tuf_role_name((tg_tuf_role)at);
	char path[300];

	(void)a;
	keyid_of(id, w, (int)at);
	publish(w, at, sign_under_both_ids, id);
	next_root(w);
	start = strstr(strstr(tg_buf_text(&w->repo.file[AT_ROOT]), "\"keys\":"), id) + strlen(id) + 2;
	end = strstr(start, "nistp256\"}") + strlen("nistp256\"}");
	(void)snprintf(object, sizeof(object), "%.*s", (int)(end - start), start);
	(void)snprintf(to, sizeof(to), "\"keys\":{\"another-%.8s\":%s,", id, object);
	edit_and_sign(w, &w->repo.file[AT_ROOT], "\"keys\":{", to, by_root);
	(void)snprintf(from, sizeof(from), "\"%s\":{\"keyids\":[\"%s\"],\"threshold\":1}", role, id);
	(void)snprintf(to, sizeof(to), "\"%s\":{\"keyids\":[\"%s\",\"another-%.8s\"],\"threshold\":2}", role,
		id, id);
	edit_and_sign(w, &w->repo.file[AT_ROOT], from, to, by_root);
	place_path(path, w, AT_ROOT);
	server_put(w->web, path, repo_file(&w->repo, TG_TUF_ROOT));
}

static void root_by(world *w, const int *signers)
{
	const tg_pubkey *pubs[TG_TUF_ROLES];
	tg_repository_root root = usual_root(w, pubs);

	publish(w, AT_ROOT, NULL, NULL);
	pubs[TG_TUF_ROOT] = w->repo.pubs[SPARE_KEY];
	put_root(w, &root, signers);
}

static void root_by_the_old_key(world *w, place at, const attack *a)
{
	(void)at, (void)a;
	root_by(w, by_root);
}

static void root_by_the_new_key(world *w, place at, const attack *a)
{
	static const int spare[] = { SPARE_KEY, -1 };

	(void)at, (void)a;
	root_by(w, spare);
}

/* Two keys of two sign the roots; one of them alone makes a root that is content with one. */
static void root_lowers_its_threshold(world *w, place at, const attack *a)
{
	static const int both[] = { TG_TUF_ROOT, SPARE_KEY, -1 };
	const tg_pubkey *pubs[TG_TUF_ROLES], *two[2] = { w->repo.pubs[TG_TUF_ROOT], w->repo.pubs[SPARE_KEY] };
	tg_repository_root root = usual_root(w, pubs);

	(void)at, (void)a;
	root.roles[TG_TUF_ROOT] = (tg_repository_role){ .keys = two, .count = 2, .threshold = 2 };
	publish(w, AT_ROOT, NULL, NULL);
	put_root(w, &root, both);
	settle(w);
	w->odd_root = true; /* what heals must be signed by both */
	root = usual_root(w, pubs);
	put_root(w, &root, by_root);
}

static void root_with_a_gap(world *w, place at, const attack *a)
{
	const tg_pubkey *pubs[TG_TUF_ROLES];
	tg_repository_root root = usual_root(w, pubs);
	char path[300];

	(void)at, (void)a;
	root.version++;
	publish(w, AT_ROOT, NULL, NULL);
	put_root(w, &root, by_root);
	place_path(path, w, AT_ROOT);
	server_put(w->web, path, repo_file(&w->repo, TG_TUF_ROOT));
}

static void put_as_next_root(world *w, tg_view bytes)
{
	char path[300];

	publish(w, AT_ROOT, NULL, NULL);
	place_path(path, w, AT_ROOT);
	server_put(w->web, path, bytes);
}

static void root_in_force_again(world *w, place at, const attack *a)
{
	(void)at, (void)a;
	put_as_next_root(w, tg_buf_view(&w->roots[w->root_count - 1]));
}

static void first_root_again(world *w, place at, const attack *a)
{
	(void)at, (void)a;
	put_as_next_root(w, tg_buf_view(&w->roots[0]));
}

static void root_of_another_head_office(world *w, place at, const attack *a)
{
	repo other;

	(void)at, (void)a;
	repo_init(&other);
	other.version[TG_TUF_ROOT] = (int64_t)w->root_count;
	repo_rotate(&other, TG_TUF_TARGETS, SPARE_KEY);
	put_as_next_root(w, repo_file(&other, TG_TUF_ROOT));
	repo_fini(&other);
}

static void root_that_expired(world *w, place at, const attack *a)
{
	const tg_pubkey *pubs[TG_TUF_ROLES];
	tg_repository_root root = usual_root(w, pubs);

	(void)at, (void)a;
	publish(w, AT_ROOT, NULL, NULL);
	root.expires_us = w->config.now_us;
	put_root(w, &root, by_root);
}

static void root_without_consistent_snapshots(world *w, place at, const attack *a)
{
	(void)at, (void)a;
	root_says(w, "\"consistent_snapshot\":true", "\"consistent_snapshot\":false");
}

static void root_in_other_words(world *w, place at, const attack *a)
{
	(void)at;
	root_says(w, a->from, a->to);
}

/* ---- rollback and mix-and-match ---- */

static void older_timestamp(world *w, place at, const attack *a)
{
	int64_t version;

	(void)a;
	next_publication(w);
	version = w->repo.version[at];
	w->repo.version[at] = 1;
	write_publication(w, PLACES, NULL, NULL);
	upload(w);
	w->repo.version[at] = version;
}

/* The whole web as it was one publication ago, every file signed and still valid. */
static void the_web_of_yesterday(world *w, place at, const attack *a)
{
	repo *r = &w->repo;
	tg_buf old;

	(void)at, (void)a;
	tg_buf_init(&old, TG_TUF_TIMESTAMP_MAX);
	tg_buf_append(&old, r->file[AT_TIMESTAMP].data, r->file[AT_TIMESTAMP].len);
	publish(w, PLACES, NULL, NULL);
	settle(w);
	server_put(w->web, "/m/timestamp.json", tg_buf_view(&old));
	tg_buf_fini(&old);
}

static void bend_signed(world *w, tg_buf *file, const void *how)
{
	const attack *a = how;
	const int role = file == &w->repo.file[AT_TARGETS]    ? TG_TUF_TARGETS
			 : file == &w->repo.file[AT_SNAPSHOT] ? TG_TUF_SNAPSHOT
							      : TG_TUF_TIMESTAMP;
	const int keys[] = { role, -1 };

	edit_and_sign(w, file, a->from, a->to, keys);
}

/* The signed part of one file says something else, and its own key signed it. */
static void says(world *w, place at, const attack *a)
{
	publish(w, at, bend_signed, a);
}

/* The snapshot had one more entry, and now has it as `then` says: 0 not at all. */
static void stock_goes_to(world *w, int then)
{
	w->stock = w->stock_was = 3;
	publish(w, PLACES, NULL, NULL);
	settle(w);
	w->stock = then;
	publish(w, PLACES, NULL, NULL);
}

static void snapshot_loses_an_entry(world *w, place at, const attack *a)
{
	(void)at, (void)a;
	stock_goes_to(w, 0);
}

static void snapshot_entry_goes_down(world *w, place at, const attack *a)
{
	(void)at, (void)a;
	stock_goes_to(w, 2);
}

static void older_catalogue(world *w, place at, const attack *a)
{
	(void)at, (void)a;
	w->repo.catalogue_version -= 2;
	publish(w, PLACES, NULL, NULL);
	w->repo.catalogue_version += 2;
}

/* The file above says a version that the file itself does not have; on the web it has the name that will be asked for. */
static void says_another_version(world *w, place at, const attack *a)
{
	char path[300];

	(void)a;
	w->repo.said_version[at] = w->repo.version[at] + 2;
	publish(w, at, NULL, NULL);
	(void)snprintf(path, sizeof(path), "/m/%lld.%s", (long long)w->repo.said_version[at], place_name(at));
	server_put(w->web, path, place_body(w, at));
}

/* Publication A and B are both signed; the file is B's, all others A's. */
static void of_another_publication(world *w, place at, const attack *a)
{
	char path[300];

	(void)a;
	publish(w, at, NULL, NULL);
	place_path(path, w, at);
	w->repo.expires_us[at] += TG_US_PER_DAY;
	repo_write(&w->repo, (tg_tuf_role)at);
	server_put(w->web, path, place_body(w, at));
}

static void take_the_other(world *w, tg_buf *file, const void *how)
{
	const tg_buf *other =
		file == &w->repo.file[AT_TARGETS] ? &w->repo.file[AT_SNAPSHOT] : &w->repo.file[AT_TARGETS];

	(void)how;
	tg_buf_clear(file);
	tg_buf_append(file, other->data, other->len);
}

static void names_swapped(world *w, place at, const attack *a)
{
	(void)a;
	publish(w, at, take_the_other, NULL);
}

/* ---- time ---- */

static void expires_in(world *w, place at, int64_t us)
{
	next_publication(w);
	w->repo.expires_us[at] = w->config.now_us + us;
	write_publication(w, PLACES, NULL, NULL);
	upload(w);
}

static void expires_now(world *w, place at, const attack *a)
{
	(void)a;
	expires_in(w, at, 0);
}

static void expires_next_second(world *w, place at, const attack *a)
{
	(void)a;
	expires_in(w, at, TG_US_PER_SECOND);
}

static void expires_for_ever(world *w, place at, const attack *a)
{
	(void)a;
	expires_in(w, at, INT64_C(253402300799000000) - w->config.now_us - TG_US_PER_SECOND);
}

/* Nothing new comes, the last timestamp is shown again and again; and then it is out of date. */
static void frozen(world *w, place at, const attack *a)
{
	(void)at, (void)a;
	publish(w, PLACES, NULL, NULL);
	settle(w);
	w->config.now_us = w->repo.expires_us[AT_TIMESTAMP] - TG_US_PER_SECOND;
	settle(w);
	w->config.now_us = w->repo.expires_us[AT_TIMESTAMP];
}

static void station_in_1970(world *w, place at, const attack *a)
{
	(void)at, (void)a;
	publish(w, PLACES, NULL, NULL);
	w->config.now_us = YEAR_1970_US;
}

static void station_in_2099(world *w, place at, const attack *a)
{
	(void)at, (void)a;
	publish(w, PLACES, NULL, NULL);
	w->config.now_us = YEAR_2099_US;
}

static void head_office_in(world *w, int64_t now_us)
{
	int64_t issued_us = w->repo.issued_us, clock_us;

	next_publication(w);
	clock_us = w->config.now_us;
	w->repo.issued_us = now_us;
	for (int role = TG_TUF_TIMESTAMP; role < TG_TUF_ROLES; role++)
		w->repo.expires_us[role] = now_us + 30 * TG_US_PER_DAY;
	write_publication(w, PLACES, NULL, NULL);
	upload(w);
	w->repo.issued_us = issued_us;
	w->config.now_us = clock_us;
}

static void head_office_in_1970(world *w, place at, const attack *a)
{
	(void)at, (void)a;
	head_office_in(w, YEAR_1970_US);
}

static void head_office_in_2099(world *w, place at, const attack *a)
{
	(void)at, (void)a;
	head_office_in(w, YEAR_2099_US);
}

/* ---- versions that are right ---- */

static void leaps_ahead(world *w, place at, const attack *a)
{
	(void)a;
	next_publication(w);
	w->repo.version[at] += INT64_C(1) << 40;
	write_publication(w, PLACES, NULL, NULL);
	upload(w);
}

#define NAUGHT "has 0 of 1 signatures"

static const attack attacks[] = {
	/* Arbitrary software. */
	{ "signed by a stranger", ROLES, by_a_stranger, .rc = TG_EUNTRUSTED, .words = NAUGHT },
	{ "signed by the key of another role", ROLES, by_another_role, .rc = TG_EUNTRUSTED, .words = NAUGHT },
	{ "all signed by strangers, consistent in itself", TIMESTAMP, all_by_strangers, .rc = TG_EUNTRUSTED,
		.words = NAUGHT },
	{ "signed by a revoked key", TIMESTAMP | SNAPSHOT | TARGETS, by_a_revoked_key, .rc = TG_EUNTRUSTED,
		.words = NAUGHT },
	{ "signed by a new key, the root that names it withheld", TIMESTAMP | SNAPSHOT | TARGETS,
		by_a_key_that_nobody_told_of, .rc = TG_EUNTRUSTED, .words = NAUGHT },

	/* Keys and thresholds. */
	{ "one key under two ids for a threshold of 2", TIMESTAMP | SNAPSHOT | TARGETS, one_key_two_ids,
		.rc = TG_EUNTRUSTED, .words = "has 1 of 2 signatures" },
	{ "a signature twice", ROLES, duplicate_signatures, .rc = TG_EFORMAT, .words = "stands twice" },
	{ "signatures of strangers beside the good one", TIMESTAMP | SNAPSHOT | TARGETS,
		extraneous_signatures, .rc = TG_OK },
	{ "a key id twice in a role", ROOT, role_says, .to = "\"keyids\":[\"%\",\"%\"],\"threshold\":2",
		.rc = TG_EFORMAT, .words = "stands twice" },
	{ "a threshold that its keys cannot reach", TIMESTAMP | SNAPSHOT | TARGETS, role_says,
		.to = "\"keyids\":[\"%\"],\"threshold\":2", .rc = TG_EUNTRUSTED,
		.words = "has 1 of 2 signatures" },
	{ "a threshold of 2^53-1", TIMESTAMP, role_says,
		.to = "\"keyids\":[\"%\"],\"threshold\":9007199254740991", .rc = TG_EUNTRUSTED,
		.words = "has 1 of 9007199254740991 signatures" },
	{ "a threshold of 2^32+1", TIMESTAMP, role_says, .to = "\"keyids\":[\"%\"],\"threshold\":4294967297",
		.rc = TG_EUNTRUSTED, .words = "has 1 of" },
	{ "a threshold of 0", ROOT, role_says, .to = "\"keyids\":[\"%\"],\"threshold\":0", .rc = TG_EFORMAT,
		.words = "threshold" },
	{ "a threshold below 0", ROOT, role_says, .to = "\"keyids\":[\"%\"],\"threshold\":-1",
		.rc = TG_EFORMAT, .words = "threshold" },
	{ "no threshold", ROOT, role_says, .to = "\"keyids\":[\"%\"]", .rc = TG_EFORMAT,
		.words = "threshold" },
	{ "a role without keys", TIMESTAMP, role_says, .to = "\"keyids\":[],\"threshold\":1",
		.rc = TG_EUNTRUSTED, .words = NAUGHT },
	{ "a role with a key that is nowhere", TARGETS, role_says,
		.to = "\"keyids\":[\"0%\"],\"threshold\":1", .rc = TG_EUNTRUSTED, .words = NAUGHT },
	{ "a role with a number for a key", ROOT, role_says, .to = "\"keyids\":[1],\"threshold\":1",
		.rc = TG_EFORMAT, .words = "keyids" },
	{ "a role missing", ROOT, root_in_other_words, "\"timestamp\":{", "\"timestomp\":{", .rc = TG_EFORMAT,
		.words = "timestamp" },
	{ "no keys", ROOT, root_in_other_words, "\"keys\":{", "\"x\":{", .rc = TG_EFORMAT, .words = "keys" },
	{ "consistent snapshots neither on nor off", ROOT, root_in_other_words,
		"\"consistent_snapshot\":true", "\"consistent_snapshot\":1", .rc = TG_EFORMAT,
		.words = "consistent_snapshot" },
	{ "a key of a type that is not its scheme's", TIMESTAMP | TARGETS, key_says, "\"keytype\":\"ecdsa\"",
		"\"keytype\":\"rsa\"", .rc = TG_EUNTRUSTED, .words = NAUGHT },
	{ "a key with a scheme that is not its type's", TIMESTAMP | TARGETS, key_says,
		"\"scheme\":\"ecdsa-sha2-nistp256\"", "\"scheme\":\"rsassa-pss-sha256\"", .rc = TG_EUNTRUSTED,
		.words = NAUGHT },
	{ "a key with an unknown scheme", TIMESTAMP | TARGETS, key_says, "-nistp256", "-nistp999",
		.rc = TG_EUNTRUSTED, .words = NAUGHT },
	{ "a P-256 key said to be Ed25519", TIMESTAMP, key_says, "\"keytype\":\"ecdsa\"",
		"\"keytype\":\"ed25519\"", .rc = TG_EUNTRUSTED, .words = NAUGHT },
	{ "a key without its public part", TIMESTAMP, key_says,
		"\"public\":", "\"private\":", .rc = TG_EUNTRUSTED, .words = NAUGHT },
	{ "a key with one digit less", TIMESTAMP, key_says, "==\\n", "=\\n", .rc = TG_EUNTRUSTED,
		.words = NAUGHT },
	{ "a key in two PEM blocks", TIMESTAMP, key_says, "-----END PUBLIC KEY-----\\n",
		"-----END PUBLIC KEY-----\\n-----BEGIN PUBLIC KEY-----\\n", .rc = TG_EUNTRUSTED,
		.words = NAUGHT },
	{ "a key that is a number", ROOT, key_says, "\"keytype\":\"ecdsa\"", "\"keytype\":5",
		.rc = TG_EFORMAT, .words = "keytype" },

	/* The chain of roots. */
	{ "signed by the old key alone", ROOT, root_by_the_old_key, .rc = TG_EUNTRUSTED, .words = NAUGHT },
	{ "signed by the new key alone", ROOT, root_by_the_new_key, .rc = TG_EUNTRUSTED, .words = NAUGHT },
	{ "lowers its threshold by itself", ROOT, root_lowers_its_threshold, .rc = TG_EUNTRUSTED,
		.words = "has 1 of 2 signatures" },
	{ "the one after the next", ROOT, root_with_a_gap, .rc = TG_EROLLBACK, .words = "wanted version" },
	{ "the one in force once more", ROOT, root_in_force_again, .rc = TG_EROLLBACK,
		.words = "wanted version" },
	{ "the first one once more", ROOT, first_root_again, .rc = TG_EROLLBACK, .words = "wanted version" },
	{ "that of another head office", ROOT, root_of_another_head_office, .rc = TG_EUNTRUSTED,
		.words = NAUGHT },
	{ "good until this second", ROOT, root_that_expired, .rc = TG_EEXPIRED, .words = "expired" },
	{ "a root that wants plain names, which are not there", SNAPSHOT, root_without_consistent_snapshots,
		.rc = TG_ENOTFOUND },

	/* Rollback. */
	{ "an older one", TIMESTAMP, older_timestamp, .rc = TG_EROLLBACK, .words = "version 1 after" },
	{ "the whole web of yesterday", TIMESTAMP, the_web_of_yesterday, .rc = TG_EROLLBACK,
		.words = "after" },
	{ "an entry is gone", SNAPSHOT, snapshot_loses_an_entry, .rc = TG_EROLLBACK,
		.words = "stock.json is gone" },
	{ "an entry goes down", SNAPSHOT, snapshot_entry_goes_down, .rc = TG_EROLLBACK,
		.words = "stock.json version 2 after 3" },
	{ "an older catalogue in newer targets", IMAGE, older_catalogue, .rc = TG_EROLLBACK,
		.words = "catalogue version" },

	/* Mix and match. */
	{ "another version than stated", SNAPSHOT | TARGETS, says_another_version, .rc = TG_EROLLBACK,
		.words = "wanted version" },
	{ "of another publication", SNAPSHOT | TARGETS, of_another_publication, .rc = LENGTH_OR_HASH },
	{ "names swapped", SNAPSHOT | TARGETS, names_swapped, .rc = TG_EFORMAT, .words = "_type" },

	/* Time. */
	{ "expires this second", TIMESTAMP | SNAPSHOT | TARGETS, expires_now, .rc = TG_EEXPIRED,
		.words = "expired" },
	{ "expires the next second", TIMESTAMP | SNAPSHOT | TARGETS, expires_next_second, .rc = TG_OK },
	{ "expires at the end of 9999", TIMESTAMP | SNAPSHOT | TARGETS, expires_for_ever, .rc = TG_OK },
	{ "frozen, and shown until it expires", TIMESTAMP, frozen, .rc = TG_EEXPIRED, .words = "expired" },
	{ "the station's clock in 1970", TIMESTAMP, station_in_1970, .rc = TG_ECLOCK,
		.words = "here it is 1970-01-02" },
	{ "the station's clock in 2099", ROOT, station_in_2099, .rc = TG_EEXPIRED,
		.words = "now 2099-01-01" },
	{ "head office's clock in 1970", TIMESTAMP, head_office_in_1970, .rc = TG_EEXPIRED,
		.words = "expired 1970-02-01" },
	{ "head office's clock in 2099", TIMESTAMP, head_office_in_2099, .rc = TG_ECLOCK,
		.words = "issued 2099-01-01" },
	{ "without its issue time", TIMESTAMP, says, "\"x-tillgate-issued\"", "\"x-other\"", .rc = TG_EFORMAT,
		.words = "issue" },
	{ "with an issue time that is none", TIMESTAMP, says, "\"x-tillgate-issued\":\"",
		"\"x-tillgate-issued\":\"yesterday\",\"x\":\"", .rc = TG_EFORMAT,
		.words = "x-tillgate-issued" },
	{ "with a number for an issue time", TIMESTAMP, says, "\"x-tillgate-issued\":\"",
		"\"x-tillgate-issued\":7,\"x\":\"", .rc = TG_EFORMAT, .words = "x-tillgate-issued" },
	{ "a version ahead by 2^40", TIMESTAMP | SNAPSHOT | TARGETS, leaps_ahead, .rc = TG_OK },

	/* What targets may say of files. */
	{ "without the image", TARGETS, says, "\"catalogue.tgc\":", "\"catalogue.tgx\":", .rc = TG_ENOTFOUND,
		.words = "catalogue.tgc" },
	{ "without the policy", TARGETS, says, "\"policy.json\":", "\"policy.jsox\":", .rc = TG_ENOTFOUND,
		.words = "policy.json" },
	{ "without the image's custom part", TARGETS, says, "\"custom\":", "\"customs\":", .rc = TG_EFORMAT,
		.words = "custom" },
	{ "an image of 2^53-1 bytes", TARGETS, says, "\"length\":", "\"length\":9007199254740991,\"x\":",
		.rc = TG_EFORMAT, .words = "9007199254740991" },
	{ "a negative length", TARGETS, says, "\"length\":", "\"length\":-1,\"x\":", .rc = TG_EFORMAT,
		.words = "length" },
	{ "a hash that is too short", TARGETS, says, "\"sha256\":\"", "\"sha256\":\"00\",\"x\":\"",
		.rc = TG_EFORMAT, .words = "sha256" },
	{ "a hash of a kind that nobody knows", TARGETS, says, "\"sha256\":\"", "\"md5\":\"",
		.rc = TG_EFORMAT, .words = "sha256" },
	{ "no hashes", TARGETS, says, "\"hashes\":", "\"hashs\":", .rc = TG_EFORMAT, .words = "hashes" },
	{ "a name that climbs out", TARGETS, says, "\"targets\":{",
		"\"targets\":{\"../../../../"
		"evil\":{\"hashes\":{\"sha256\":"
		"\"0000000000000000000000000000000000000000000000000000000000000000\"},\"length\":1},",
		.rc = TG_OK },
	{ "an absolute name", TARGETS, says, "\"targets\":{",
		"\"targets\":{\"/etc/"
		"evil\":{\"hashes\":{\"sha256\":"
		"\"0000000000000000000000000000000000000000000000000000000000000000\"},\"length\":1},",
		.rc = TG_OK },
	{ "a snapshot without targets", SNAPSHOT, says,
		"\"targets.json\":", "\"targets.jsox\":", .rc = TG_EFORMAT, .words = "targets.json" },
	{ "a timestamp of two snapshots", TIMESTAMP, says, "\"meta\":{",
		"\"meta\":{\"other.json\":{\"version\":1},", .rc = TG_EFORMAT, .words = "snapshot.json" },
};

static void hostile_signatures_are_refused_by_name(void **state)
{
	(void)state;
	attack_all(attacks, TG_COUNT(attacks));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(hostile_signatures_are_refused_by_name) };

	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

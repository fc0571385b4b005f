/* SPDX-License-Identifier: Apache-2.0
 *
 * supplier.c - a supplier that signs its own statements: a repository of The Update Framework from a folder of files.
 *
 *   DIR/keys/ROLE.pem       one key a role, in the clear: this is a simulator
 *   DIR/content/own/…       targets that the supplier signs itself: statements/, products/, documents/
 *   DIR/content/BRAND/…     targets of the delegated role BRAND
 *   DIR/repository/         what is published: metadata/ and targets/
 *   DIR/versions.json       the versions of all files so far
 *
 * Knows the writer of sync/tuf and the form of tillgate-supplier(5); knows nothing of head office.
 */
#include "store/base/file.h"
#include "sync/tuf/repository.h"

#include <dirent.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#define BRANDS_MAX 16
#define TARGETS_MAX 1000
#define TARGET_MAX (64 << 20) /* bytes of one target */
#define STATE_MAX 65536       /* bytes of a key or of versions.json */
#define ROOT_DAYS 365
#define NAME_SIZE 80

struct site {
	const char *dir;
	int64_t now_us, expires_us;
	tg_json *versions;
};

static const char *const folders[] = { "statements", "products", "documents" };

/* ---- versions ---- */

static int load_versions(struct site *s, tg_error *err)
{
	char path[4096];
	tg_buf text;
	int rc = tg_path(path, err, "%s/versions.json", s->dir);

	tg_json_free(s->versions);
	s->versions = NULL;
	tg_buf_init(&text, STATE_MAX);
	if (rc == TG_OK)
		rc = tg_file_read(&text, path, STATE_MAX, err);
	if (rc == TG_OK)
		rc = tg_json_parse(&s->versions, tg_buf_view(&text), err);
	tg_buf_fini(&text);
	return rc;
}

static int save_versions(const struct site *s, tg_error *err)
{
	char path[4096];
	tg_buf text;
	int rc = tg_path(path, err, "%s/versions.json", s->dir);

	tg_buf_init(&text, STATE_MAX);
	if (rc == TG_OK)
		rc = tg_json_write_pretty(&text, s->versions, err);
	if (rc == TG_OK)
		rc = tg_file_write(path, tg_buf_view(&text), 0644, err);
	tg_buf_fini(&text);
	return rc;
}

static int64_t version(const struct site *s, const char *role)
{
	return tg_json_int(tg_json_get(s->versions, role));
}

static int64_t next_version(struct site *s, const char *role)
{
	int64_t next = version(s, role) + 1;

	tg_json_set_int(s->versions, role, next);
	return next;
}

/* ---- keys ---- */

static int make_key(const struct site *s, const char *role, tg_error *err)
{
	char path[4096];
	tg_signkey *key = NULL;
	tg_buf pem;
	int rc = tg_signkey_generate(&key, err);

	tg_buf_init(&pem, STATE_MAX);
	if (rc == TG_OK)
		rc = tg_signkey_to_pem(&pem, key, err);
	if (rc == TG_OK)
		rc = tg_path(path, err, "%s/keys/%s.pem", s->dir, role);
	if (rc == TG_OK)
		rc = tg_file_write(path, tg_buf_view(&pem), 0600, err);
	tg_buf_fini(&pem);
	tg_signkey_free(key);
	return rc;
}

static int load_key(tg_signkey **key, tg_pubkey **pub, const struct site *s, const char *role, tg_error *err)
{
	char path[4096];
	tg_buf pem;
	int rc = tg_path(path, err, "%s/keys/%s.pem", s->dir, role);

	*key = NULL;
	*pub = NULL;
	tg_buf_init(&pem, STATE_MAX);
	if (rc == TG_OK)
		rc = tg_file_read(&pem, path, STATE_MAX, err);
	if (rc == TG_OK)
		rc = tg_signkey_from_pem(key, tg_buf_view(&pem), err);
	if (rc == TG_OK)
		rc = tg_signkey_public(pub, *key, err);
	tg_buf_fini(&pem);
	return rc;
}

/* ---- files out ---- */

static int put(const struct site *s, const char *name, tg_view bytes, tg_error *err)
{
	char path[4096];
	int rc = tg_path(path, err, "%s/repository/metadata/%s", s->dir, name);

	return rc == TG_OK ? tg_file_write(path, bytes, 0644, err) : rc;
}

static int put_numbered(const struct site *s, const char *role, int64_t number, tg_view bytes, tg_error *err)
{
	char name[NAME_SIZE + 40];

	(void)snprintf(name, sizeof(name), "%lld.%s.json", (long long)number, role);
	return put(s, name, bytes, err);
}

/* The root names the keys as they are now; whoever signed the root before signs too. */
static int write_root(struct site *s, const tg_signkey *old_root, tg_error *err)
{
	tg_signkey *keys[TG_TUF_ROLES] = { 0 };
	tg_pubkey *pubs[TG_TUF_ROLES] = { 0 };
	tg_repository_root root = { .expires_us = s->now_us + ROOT_DAYS * TG_US_PER_DAY };
	const tg_signkey *signers[2];
	tg_buf out;
	int rc = TG_OK;

	tg_buf_init(&out, TG_TUF_ROOT_MAX);
	for (int role = 0; role < TG_TUF_ROLES && rc == TG_OK; role++) {
		rc = load_key(&keys[role], &pubs[role], s, tg_tuf_role_name((tg_tuf_role)role), err);
		root.roles[role] = (tg_repository_role){ (const tg_pubkey *const *)&pubs[role], 1, 1 };
	}
	root.version = next_version(s, "root");
	signers[0] = keys[TG_TUF_ROOT];
	signers[1] = old_root;
	if (rc == TG_OK)
		rc = tg_repository_write_root(
			&out, &root, (tg_repository_signers){ signers, old_root == NULL ? 1 : 2 }, err);
	if (rc == TG_OK)
		rc = put_numbered(s, "root", root.version, tg_buf_view(&out), err);
	tg_buf_fini(&out);
	for (int role = 0; role < TG_TUF_ROLES; role++) {
		tg_signkey_free(keys[role]);
		tg_pubkey_free(pubs[role]);
	}
	return rc;
}

/* ---- targets ---- */

struct targets {
	tg_repository_target list[TARGETS_MAX];
	char paths[TARGETS_MAX][NAME_SIZE + 100];
	size_t count;
};

static int add_target(
	const struct site *s, struct targets *t, const char *from, const char *path, tg_error *err)
{
	tg_repository_target *target = &t->list[t->count];
	char name[NAME_SIZE + 200], to[4096];
	tg_buf bytes;
	int rc = t->count == TARGETS_MAX ? tg_fail(err, TG_ELIMIT, "more than %d targets", TARGETS_MAX)
					 : TG_OK;

	if (rc != TG_OK)
		return rc;
	tg_buf_init(&bytes, TARGET_MAX);
	rc = tg_file_read(&bytes, from, TARGET_MAX, err);
	if (rc == TG_OK) {
		(void)snprintf(t->paths[t->count], sizeof(t->paths[0]), "%s", path);
		*target = (tg_repository_target){ .path = t->paths[t->count], .length = (int64_t)bytes.len };
		tg_sha256(target->sha256, bytes.data, bytes.len);
		t->count++;
		rc = tg_repository_target_name(name, sizeof(name), path, target->sha256, err);
	}
	if (rc == TG_OK)
		rc = tg_path(to, err, "%s/repository/targets/%s", s->dir, name);
	if (rc == TG_OK)
		rc = tg_file_write(to, tg_buf_view(&bytes), 0644, err);
	tg_buf_fini(&bytes);
	return rc;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* All files of content/WHO/FOLDER. */
static int add_folder(
	const struct site *s, struct targets *t, const char *who, const char *folder, tg_error *err)
{
	char dir[4096], from[4096], path[NAME_SIZE + 100];
	struct dirent **list = NULL;
	int count, rc = tg_path(dir, err, "%s/content/%s/%s", s->dir, who, folder);

	count = rc == TG_OK ? scandir(dir, &list, visible, alphasort) : 0;
	for (int i = 0; i < count; i++) {
		(void)snprintf(path, sizeof(path), "%s/%.*s", folder, NAME_SIZE, list[i]->d_name);
		if (rc == TG_OK)
			rc = tg_path(from, err, "%s/%s", dir, list[i]->d_name);
		if (rc == TG_OK)
			rc = add_target(s, t, from, path, err);
		free(list[i]);
	}
	free(list);
	return rc;
}

/* One file of targets: content/WHO, with the delegations given. */
static int write_targets(struct site *s, tg_buf *out, const char *who, const char *role,
	const tg_repository_delegation *delegations, size_t delegation_count, tg_error *err)
{
	struct targets *t = calloc(1, sizeof(*t));
	tg_signkey *key = NULL;
	tg_pubkey *pub = NULL;
	int rc = t == NULL ? tg_fail(err, TG_ENOMEM, "out of memory") : load_key(&key, &pub, s, role, err);

	for (size_t i = 0; i < TG_COUNT(folders) && rc == TG_OK; i++)
		rc = add_folder(s, t, who, folders[i], err);
	if (rc == TG_OK)
		rc = tg_repository_write_targets(out,
			&(tg_repository_targets){ .version = next_version(s, role),
				.expires_us = s->expires_us,
				.targets = t->list,
				.count = t->count,
				.delegations = delegations,
				.delegation_count = delegation_count },
			(tg_repository_signers){ (const tg_signkey *const *)&key, 1 }, err);
	if (rc == TG_OK)
		rc = put_numbered(s, role, version(s, role), tg_buf_view(out), err);
	tg_signkey_free(key);
	tg_pubkey_free(pub);
	free(t);
	return rc;
}

/* ---- a publication ---- */

struct brands {
	char names[BRANDS_MAX][NAME_SIZE];
	tg_buf files[BRANDS_MAX];
	tg_signkey *keys[BRANDS_MAX];
	tg_pubkey *pubs[BRANDS_MAX];
	tg_repository_delegation delegations[BRANDS_MAX];
	tg_repository_listed listed[BRANDS_MAX];
	size_t count;
};

static int write_brand(struct site *s, struct brands *b, const char *name, tg_error *err)
{
	static const char *const patterns[] = { "statements/*", "products/*", "documents/*" };
	size_t n = b->count;
	int rc;

	if (n == BRANDS_MAX)
		return tg_fail(err, TG_ELIMIT, "more than %d brands", BRANDS_MAX);
	b->count++;
	(void)snprintf(b->names[n], NAME_SIZE, "%.*s", NAME_SIZE - 1, name);
	tg_buf_init(&b->files[n], TG_TUF_TARGETS_MAX);
	rc = load_key(&b->keys[n], &b->pubs[n], s, name, NULL);
	if (rc == TG_ENOTFOUND) {
		rc = make_key(s, name, err);
		if (rc == TG_OK)
			rc = load_key(&b->keys[n], &b->pubs[n], s, name, err);
	}
	if (rc == TG_OK)
		rc = write_targets(s, &b->files[n], name, name, NULL, 0, err);
	b->delegations[n] = (tg_repository_delegation){ .name = b->names[n],
		.role = { (const tg_pubkey *const *)&b->pubs[n], 1, 1 },
		.paths = patterns,
		.path_count = TG_COUNT(patterns) };
	b->listed[n] = (tg_repository_listed){
		.role = b->names[n], .version = version(s, name), .file = tg_buf_view(&b->files[n])
	};
	return rc;
}

static int write_brands(struct site *s, struct brands *b, tg_error *err)
{
	char dir[4096];
	struct dirent **list = NULL;
	int count, rc = tg_path(dir, err, "%s/content", s->dir);

	count = rc == TG_OK ? scandir(dir, &list, visible, alphasort) : 0;
	for (int i = 0; i < count; i++) {
		if (rc == TG_OK && strcmp(list[i]->d_name, "own") != 0)
			rc = write_brand(s, b, list[i]->d_name, err);
		free(list[i]);
	}
	free(list);
	return rc;
}

static int write_snapshot(struct site *s, tg_buf *out, const struct brands *b, tg_view targets, tg_error *err)
{
	tg_signkey *key = NULL;
	tg_pubkey *pub = NULL;
	int rc = load_key(&key, &pub, s, "snapshot", err);

	if (rc == TG_OK)
		rc = tg_repository_write_snapshot(out,
			&(tg_repository_snapshot){ .version = next_version(s, "snapshot"),
				.expires_us = s->expires_us,
				.targets_version = version(s, "targets"),
				.targets = targets,
				.others = b->listed,
				.other_count = b->count },
			(tg_repository_signers){ (const tg_signkey *const *)&key, 1 }, err);
	if (rc == TG_OK)
		rc = put_numbered(s, "snapshot", version(s, "snapshot"), tg_buf_view(out), err);
	tg_signkey_free(key);
	tg_pubkey_free(pub);
	return rc;
}

static int write_timestamp(struct site *s, tg_view snapshot, tg_error *err)
{
	tg_signkey *key = NULL;
	tg_pubkey *pub = NULL;
	tg_buf out;
	int rc = load_key(&key, &pub, s, "timestamp", err);

	tg_buf_init(&out, TG_TUF_TIMESTAMP_MAX);
	if (rc == TG_OK)
		rc = tg_repository_write_timestamp(&out,
			&(tg_repository_timestamp){ .version = next_version(s, "timestamp"),
				.expires_us = s->expires_us,
				.issued_us = s->now_us,
				.snapshot_version = version(s, "snapshot"),
				.snapshot = snapshot },
			(tg_repository_signers){ (const tg_signkey *const *)&key, 1 }, err);
	if (rc == TG_OK)
		rc = put(s, "timestamp.json", tg_buf_view(&out), err);
	tg_buf_fini(&out);
	tg_signkey_free(key);
	tg_pubkey_free(pub);
	return rc;
}

static int publish(struct site *s, tg_error *err)
{
	struct brands b = { 0 };
	tg_buf targets, snapshot;
	int rc = load_versions(s, err);

	tg_buf_init(&targets, TG_TUF_TARGETS_MAX);
	tg_buf_init(&snapshot, TG_TUF_SNAPSHOT_MAX);
	if (rc == TG_OK)
		rc = write_brands(s, &b, err);
	if (rc == TG_OK)
		rc = write_targets(s, &targets, "own", "targets", b.delegations, b.count, err);
	if (rc == TG_OK)
		rc = write_snapshot(s, &snapshot, &b, tg_buf_view(&targets), err);
	if (rc == TG_OK)
		rc = write_timestamp(s, tg_buf_view(&snapshot), err);
	if (rc == TG_OK)
		rc = save_versions(s, err);
	for (size_t i = 0; i < b.count; i++) {
		tg_buf_fini(&b.files[i]);
		tg_signkey_free(b.keys[i]);
		tg_pubkey_free(b.pubs[i]);
	}
	tg_buf_fini(&snapshot);
	tg_buf_fini(&targets);
	return rc;
}

/* ---- a new supplier, new keys ---- */

static int init(struct site *s, tg_error *err)
{
	static const char *const below[] = { "keys", "content/own/statements", "repository/metadata",
		"repository/targets/statements", "repository/targets/products",
		"repository/targets/documents" };
	char path[4096];
	int rc = TG_OK;

	for (size_t i = 0; i < TG_COUNT(below) && rc == TG_OK; i++) {
		rc = tg_path(path, err, "%s/%s", s->dir, below[i]);
		if (rc == TG_OK)
			rc = tg_dir_make(path, 0755, err);
	}
	for (int role = 0; role < TG_TUF_ROLES && rc == TG_OK; role++)
		rc = make_key(s, tg_tuf_role_name((tg_tuf_role)role), err);
	s->versions = tg_json_new_object();
	if (rc == TG_OK)
		rc = write_root(s, NULL, err);
	if (rc == TG_OK)
		rc = save_versions(s, err);
	return rc == TG_OK ? publish(s, err) : rc;
}

/* `root` false: the key changes and no root says so, as if a stranger signed. A brand's key is named by the next targets. */
static int rotate(struct site *s, const char *role, bool root, tg_error *err)
{
	tg_signkey *old_root = NULL;
	tg_pubkey *pub = NULL;
	int rc = load_versions(s, err);

	if (rc == TG_OK)
		rc = load_key(&old_root, &pub, s, "root", err);
	if (rc == TG_OK)
		rc = make_key(s, role, err);
	if (rc == TG_OK && root)
		rc = write_root(s, old_root, err);
	if (rc == TG_OK)
		rc = save_versions(s, err);
	tg_signkey_free(old_root);
	tg_pubkey_free(pub);
	return rc;
}

static int usage(FILE *out, int code)
{
	(void)fputs("usage: tillgate-sim-supplier DIR init | publish | rotate ROLE | swap ROLE [--days N]\n\n"
		    "  init          a new supplier in DIR: keys, a first root, a publication of what is in "
		    "DIR/content\n"
		    "  publish       sign DIR/content anew, every file one version up\n"
		    "  rotate ROLE   a new key for root, targets, snapshot or timestamp, and a root that "
		    "says so; then publish\n"
		    "  swap ROLE     a new key that no root names: what is published then is signed by a "
		    "stranger\n"
		    "  --days N      signatures hold N days (7); below 1 they are over already\n",
		out);
	return code;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "days", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' }, { 0 } };
	struct site s = { .now_us = tg_utc_now_us() };
	const char *what;
	tg_error err = { 0 };
	long days = 7;
	int c, rc;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h')
			return usage(stdout, 0);
		if (c != 'd')
			return usage(stderr, 2);
		days = strtol(optarg, NULL, 10);
	}
	if (argc - optind < 2 || tg_crypto_init(&err) != TG_OK)
		return usage(stderr, 2);
	s.dir = argv[optind];
	s.expires_us = s.now_us + days * TG_US_PER_DAY;
	what = argv[optind + 1];
	if (strcmp(what, "init") == 0 && argc - optind == 2)
		rc = init(&s, &err);
	else if (strcmp(what, "publish") == 0 && argc - optind == 2)
		rc = publish(&s, &err);
	else if ((strcmp(what, "rotate") == 0 || strcmp(what, "swap") == 0) && argc - optind == 3)
		rc = rotate(&s, argv[optind + 2], strcmp(what, "rotate") == 0, &err);
	else
		return usage(stderr, 2);
	tg_json_free(s.versions);
	if (rc == TG_OK)
		return 0;
	(void)fprintf(stderr, "tillgate-sim-supplier: %s\n", err.msg);
	return 3;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * prune.c - reads what the newest publications name, and removes the rest of what it knows.
 */
#include "sync/hq/prune.h"

#include "store/base/file.h"
#include "store/base/json.h"
#include "sync/tuf/chain.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HASH_DIGITS (2 * TG_SHA256_SIZE)
#define NAMES_MAX 4096 /* published names: 8 publications with some 25 each need 200 */
#define NAME_SIZE 160  /* "patch/HASH.HASH.zst" is 139 */
#define PATCH_FOLDER "patch"

typedef struct names {
	char (*list)[NAME_SIZE];
	size_t count;
} names;

static bool add(names *n, const char *folder, const char *hex, const char *name)
{
	if (n->count == NAMES_MAX)
		return false;
	(void)snprintf(n->list[n->count++], NAME_SIZE, "%s%s.%s", folder, hex, name);
	return true;
}

static bool has(const names *n, const char *folder, const char *name)
{
	char full[NAME_SIZE + 256];

	(void)snprintf(full, sizeof(full), "%s%s", folder, name);
	for (size_t i = 0; i < n->count; i++)
		if (strcmp(n->list[i], full) == 0)
			return true;
	return false;
}

/* Ours are "NAME" and "patch/HASH.zst"; with `from` a patch also stands for the image from which it starts. */
static bool add_target(names *n, const tg_json *entry, bool from)
{
	const tg_json *hashes = tg_json_get(entry, "hashes");
	const char *path = tg_json_name(entry), *file = path + sizeof(PATCH_FOLDER), *hex;
	char start[HASH_DIGITS + 1];

	if (hashes == NULL || tg_json_need_str(&hex, hashes, "sha256", HASH_DIGITS, NULL) != TG_OK)
		return false;
	if (strncmp(path, PATCH_FOLDER "/", sizeof(PATCH_FOLDER)) != 0)
		return strchr(path, '/') != NULL || add(n, "", hex, path);
	if (strlen(file) != HASH_DIGITS + 4)
		return true;
	memcpy(start, file, HASH_DIGITS);
	start[HASH_DIGITS] = '\0';
	return add(n, PATCH_FOLDER "/", hex, file) && (!from || add(n, "", start, TG_CHAIN_IMAGE));
}

static bool read_targets(names *n, const tg_site *site, int64_t version, bool from)
{
	const tg_json *body = NULL, *targets = NULL;
	tg_json *tree = NULL;
	char path[4096];
	tg_buf bytes;
	bool good;

	tg_buf_init(&bytes, TG_TUF_TARGETS_MAX);
	good = tg_published_metadata_path(path, site, TG_TUF_TARGETS, version, NULL) == TG_OK &&
	       tg_file_read(&bytes, path, TG_TUF_TARGETS_MAX, NULL) == TG_OK &&
	       tg_json_parse(&tree, tg_buf_view(&bytes), NULL) == TG_OK &&
	       tg_json_need_object(&body, tree, "signed", NULL) == TG_OK &&
	       tg_json_need_object(&targets, body, "targets", NULL) == TG_OK;
	for (const tg_json *entry = good ? tg_json_first(targets) : NULL; entry != NULL && good; entry = tg_json_next(entry))
		good = add_target(n, entry, from);
	tg_json_free(tree);
	tg_buf_fini(&bytes);
	return good;
}

/* ---- targets ---- */

static bool starts_with_hash(const char *name)
{
	return strspn(name, "0123456789abcdef") == HASH_DIGITS && name[HASH_DIGITS] == '.';
}

static bool is_ours(const char *folder, const char *name)
{
	static const char *const plain[] = { TG_CHAIN_IMAGE, TG_CHAIN_IMAGE ".zst", TG_CHAIN_POLICY };
	const char *rest = name + HASH_DIGITS + 1;

	if (!starts_with_hash(name))
		return false;
	if (folder[0] != '\0')
		return starts_with_hash(rest) && strcmp(rest + HASH_DIGITS, ".zst") == 0;
	for (size_t i = 0; i < TG_COUNT(plain); i++)
		if (strcmp(rest, plain[i]) == 0)
			return true;
	return false;
}

static void prune_folder(const names *wanted, const tg_site *site, const char *folder)
{
	struct dirent *entry;
	char path[4096];
	DIR *dir;

	if (tg_path(path, NULL, "%s/%s", site->targets, folder) != TG_OK)
		return;
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (is_ours(folder, entry->d_name) && !has(wanted, folder, entry->d_name))
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		(void)closedir(dir);
}

/* ---- metadata ---- */

/* "12.targets.json" is version 12 of that role; 0: another file. */
static int64_t version_of(const char *name, tg_tuf_role role)
{
	char expected[64];
	char *end;
	long long version = strtoll(name, &end, 10);

	if (version < 1 || version > TG_JSON_MAX_INT)
		return 0;
	(void)snprintf(expected, sizeof(expected), "%lld.%s.json", version, tg_tuf_role_name(role));
	return strcmp(name, expected) == 0 ? version : 0;
}

static void archive(const tg_site *site, const char *name)
{
	char folder[4096], from[4096], to[4096];

	if (tg_path(folder, NULL, "%s/archive", site->dir) != TG_OK ||
		tg_path(from, NULL, "%s/%s", site->metadata, name) != TG_OK ||
		tg_path(to, NULL, "%s/%s", folder, name) != TG_OK || tg_dir_make(folder, 0755, NULL) != TG_OK)
		return;
	(void)rename(from, to);
}

static void prune_metadata(const tg_site *site, const int64_t version[TG_TUF_ROLES])
{
	DIR *dir = opendir(site->metadata);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		int64_t targets = version_of(entry->d_name, TG_TUF_TARGETS);
		int64_t snapshot = version_of(entry->d_name, TG_TUF_SNAPSHOT);

		if (targets > 0 && targets <= version[TG_TUF_TARGETS] - TG_PRUNE_METADATA)
			archive(site, entry->d_name);
		else if (snapshot > 0 && snapshot <= version[TG_TUF_SNAPSHOT] - TG_PRUNE_METADATA)
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	}
	if (dir != NULL)
		(void)closedir(dir);
}

void tg_prune(const tg_site *site, const int64_t version[TG_TUF_ROLES])
{
	int64_t newest = version[TG_TUF_TARGETS];
	names wanted = { .list = malloc(NAMES_MAX * NAME_SIZE) };
	bool known = wanted.list != NULL;

	for (int64_t v = newest; v > 0 && v > newest - TG_PRUNE_PUBLICATIONS && known; v--)
		known = read_targets(&wanted, site, v, v == newest);
	if (known) {
		prune_folder(&wanted, site, "");
		prune_folder(&wanted, site, PATCH_FOLDER "/");
	}
	free(wanted.list);
	prune_metadata(site, version);
}

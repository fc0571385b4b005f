/* SPDX-License-Identifier: Apache-2.0
 *
 * documents_place.c - documents and their roles into HQ/repository, and out of it when nobody names them any more.
 */
#include "sync/hq/documents.h"

#include "store/base/file.h"
#include "sync/hq/document_file.h"
#include "sync/hq/published.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMP "~"           /* no id holds it, so no document is called so */
#define PROGRESS_FILES 500 /* as in document_file.c */
#define SYNC_EACH_MAX                                                                                        \
	64 /* documents that are synced one by one; more of them with all else on their disk, which takes seconds */

/* ---- putting in ---- */

static int published_name(char out[4096], const tg_site *site, const tg_documents_item *item, tg_error *err)
{
	char path[TG_DOCUMENT_PATH_SIZE];
	int rc = tg_document_path(path, item->id, err);

	return rc == TG_OK ? tg_published_target_path(out, site, path, item->sha256, err) : rc;
}

/* Its hash is part of the name: what is there with that name and length is that document. */
static bool in_place(const char *path, const tg_documents_item *item)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == item->length;
}

/* The copying of those that are not in place yet. */
struct copying {
	const tg_documents *d;
	bool *wanted; /* by item */
	size_t count;
};

/* Copied under a name that nobody serves, until all are on the disk. */
static int copy_one(const struct copying *c, const char *path, const tg_documents_item *item, tg_error *err)
{
	tg_soc_file now = *item->file;
	char temp[4096 + sizeof(TEMP)];
	int fd, rc;

	(void)snprintf(temp, sizeof(temp), "%s%s", path, TEMP);
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return tg_fail_errno(err, TG_EIO, "%s", temp);
	rc = fchmod(fd, 0644) == 0 ? TG_OK : tg_fail_errno(err, TG_EIO, "%s", temp);
	if (rc == TG_OK)
		rc = tg_document_file_read(&now, c->d->ask.site->records, fd, err);
	if (rc == TG_OK &&
		(now.length != item->length || memcmp(now.sha256, item->sha256, TG_SHA256_SIZE) != 0))
		rc = tg_fail(
			err, TG_EHASH, "%s: changed while it was being published; publish again", now.name);
	if (rc == TG_OK && c->count <= SYNC_EACH_MAX && fsync(fd) != 0)
		rc = tg_fail_errno(err, TG_EIO, "%s: fsync", temp);
	if (close(fd) != 0 && rc == TG_OK)
		rc = tg_fail_errno(err, TG_EIO, "%s", temp);
	if (rc != TG_OK)
		(void)unlink(temp);
	return rc;
}

static int sync_all(const char *folder, tg_error *err)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = TG_OK;

	if (fd < 0 || syncfs(fd) != 0)
		rc = tg_fail_errno(err, TG_EIO, "%s: sync", folder);
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

static int find_missing(struct copying *c, tg_error *err)
{
	int rc = TG_OK;

	c->wanted = calloc(c->d->count + 1, sizeof(*c->wanted));
	if (c->wanted == NULL)
		return tg_fail(err, TG_ENOMEM, "documents: out of memory");
	for (size_t i = 0; i < c->d->count && rc == TG_OK; i++) {
		char path[4096];

		rc = published_name(path, c->d->ask.site, &c->d->items[i], err);
		c->wanted[i] = rc == TG_OK && !in_place(path, &c->d->items[i]);
		c->count += c->wanted[i];
	}
	return rc;
}

static int copy_all(const struct copying *c, tg_error *err)
{
	bool progress = !c->d->ask.records->quiet && c->count >= PROGRESS_FILES && isatty(STDERR_FILENO);
	size_t done = 0;
	int rc = TG_OK;

	for (size_t i = 0; i < c->d->count && rc == TG_OK; i++) {
		char path[4096];

		if (!c->wanted[i])
			continue;
		rc = published_name(path, c->d->ask.site, &c->d->items[i], err);
		if (rc == TG_OK)
			rc = copy_one(c, path, &c->d->items[i], err);
		if (progress && ++done % PROGRESS_FILES == 0)
			(void)fprintf(stderr, "\rdocuments: %zu of %zu copied", done, c->count);
	}
	if (progress)
		(void)fputs("\r\033[K", stderr);
	return rc;
}

static int name_all(const struct copying *c, tg_error *err)
{
	int rc = TG_OK;

	for (size_t i = 0; i < c->d->count && rc == TG_OK; i++) {
		char path[4096], temp[4096 + sizeof(TEMP)];

		if (!c->wanted[i])
			continue;
		rc = published_name(path, c->d->ask.site, &c->d->items[i], err);
		(void)snprintf(temp, sizeof(temp), "%s%s", path, TEMP);
		if (rc == TG_OK && rename(temp, path) != 0)
			rc = tg_fail_errno(err, TG_EIO, "%s", path);
	}
	return rc;
}

static int place_items(const tg_documents *d, const char *folder, tg_error *err)
{
	struct copying c = { .d = d };
	int rc = tg_dir_make(folder, 0755, err);

	if (rc == TG_OK)
		rc = find_missing(&c, err);
	if (rc == TG_OK)
		rc = copy_all(&c, err);
	if (rc == TG_OK && c.count > SYNC_EACH_MAX)
		rc = sync_all(folder, err);
	if (rc == TG_OK)
		rc = name_all(&c, err);
	if (rc == TG_OK && c.count > 0)
		rc = tg_dir_sync(folder, err);
	free(c.wanted);
	return rc;
}

int tg_documents_place(const tg_documents *d, tg_error *err)
{
	char path[4096];
	int rc = TG_OK;

	if (!tg_documents_changed(d))
		return TG_OK;
	if (d->ask.records != NULL) {
		rc = tg_path(path, err, "%s/%s", d->ask.site->targets, TG_BIN_ROLE);
		if (rc == TG_OK)
			rc = place_items(d, path, err);
	}
	for (size_t i = 0; i < d->role_count && rc == TG_OK; i++) {
		const tg_documents_role *role = &d->roles[i];

		if (!role->sign)
			continue;
		rc = tg_documents_role_path(path, d->ask.site, role->name, role->version, err);
		if (rc == TG_OK)
			rc = tg_file_write(path, tg_buf_view(&role->file), 0644, err);
	}
	return rc;
}

/* ---- taking out ---- */

/* File names that stay. */
struct names {
	tg_arena arena;
	const char **list;
	size_t count, cap;
	bool bad; /* something could not be read: then everything stays */
};

static int by_name(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void add_name(struct names *names, const char *name)
{
	const char **list = tg_array_grow(names->list, names->count, &names->cap, sizeof(*list));

	if (list == NULL) {
		names->bad = true;
		return;
	}
	names->list = list;
	names->list[names->count++] = tg_arena_text(&names->arena, name);
	names->bad = names->bad || names->arena.failed;
}

static void sort_names(struct names *names)
{
	if (names->count > 1)
		qsort(names->list, names->count, sizeof(*names->list), by_name);
}

static bool has_name(const struct names *names, const char *name)
{
	return names->count > 0 &&
	       bsearch(&name, names->list, names->count, sizeof(*names->list), by_name) != NULL;
}

static void names_fini(struct names *names)
{
	free(names->list);
	tg_arena_fini(&names->arena);
}

/* "12.documents-0f.json": what follows the version, or NULL. */
static const char *after_version(const char *name)
{
	size_t digits = strspn(name, "0123456789");

	return digits > 0 && name[digits] == '.' ? name + digits + 1 : NULL;
}

static bool is_role_file(const char *name)
{
	const char *rest = after_version(name);

	return rest != NULL && strncmp(rest, TG_BIN_ROLE, sizeof(TG_BIN_ROLE) - 1) == 0 &&
	       (rest[sizeof(TG_BIN_ROLE) - 1] == '.' || rest[sizeof(TG_BIN_ROLE) - 1] == '-');
}

static tg_json *parse_file(const char *folder, const char *name, size_t max)
{
	tg_json *json = NULL;
	char path[4096];
	tg_buf bytes;

	tg_buf_init(&bytes, max);
	if (tg_path(path, NULL, "%s/%s", folder, name) == TG_OK &&
		tg_file_read(&bytes, path, max, NULL) == TG_OK &&
		tg_json_parse(&json, tg_buf_view(&bytes), NULL) != TG_OK)
		json = NULL;
	tg_buf_fini(&bytes);
	return json;
}

/* The roles' files that one snapshot lists. */
static void keep_roles(struct names *keep, const char *folder, const char *snapshot)
{
	tg_json *json = parse_file(folder, snapshot, TG_TUF_SNAPSHOT_MAX);
	const tg_json *meta = tg_json_get(tg_json_get(json, "signed"), "meta");

	keep->bad = keep->bad || meta == NULL;
	for (const tg_json *one = tg_json_first(meta); one != NULL; one = tg_json_next(one)) {
		char name[TG_TUF_ROLE_NAME_MAX + 32];

		(void)snprintf(name, sizeof(name), "%lld.%s",
			(long long)tg_json_int(tg_json_get(one, "version")), tg_json_name(one));
		if (is_role_file(name))
			add_name(keep, name);
	}
	tg_json_free(json);
}

/* The published files of the documents that one role names. */
static void keep_documents(struct names *keep, const char *folder, const char *role)
{
	tg_json *json = parse_file(folder, role, TG_TUF_TARGETS_MAX);
	const tg_json *targets = tg_json_get(tg_json_get(json, "signed"), "targets");

	keep->bad = keep->bad || targets == NULL;
	for (const tg_json *one = tg_json_first(targets); one != NULL; one = tg_json_next(one)) {
		const char *hex = tg_json_str(tg_json_get(tg_json_get(one, "hashes"), "sha256"));
		const char *slash = strrchr(tg_json_name(one), '/');
		char name[2 * TG_SHA256_SIZE + TG_DOCUMENT_ID_MAX + 2];

		(void)snprintf(
			name, sizeof(name), "%s.%s", hex != NULL ? hex : "", slash != NULL ? slash + 1 : "");
		add_name(keep, name);
	}
	tg_json_free(json);
}

typedef void entry_fn(void *ctx, const char *folder, const char *name);

static void each_entry(const char *folder, entry_fn *fn, void *ctx)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (isalnum((unsigned char)entry->d_name[0]) || entry->d_name[0] == '_')
			fn(ctx, folder, entry->d_name);
	if (dir != NULL)
		(void)closedir(dir);
}

static void see_snapshot(void *ctx, const char *folder, const char *name)
{
	const char *rest = after_version(name);

	if (rest != NULL && strcmp(rest, "snapshot.json") == 0)
		keep_roles(ctx, folder, name);
}

/* What one walk through a folder removes. */
struct sweep {
	const struct names *keep;
	bool roles; /* only roles' files are looked at; else every file is a document */
};

static void sweep_one(void *ctx, const char *folder, const char *name)
{
	const struct sweep *sweep = ctx;
	char path[4096];

	if ((sweep->roles && !is_role_file(name)) || has_name(sweep->keep, name))
		return;
	if (tg_path(path, NULL, "%s/%s", folder, name) == TG_OK)
		(void)unlink(path);
}

void tg_documents_prune(const tg_site *site)
{
	struct names roles = { .count = 0 }, documents = { .count = 0 };
	char folder[4096];

	each_entry(site->metadata, see_snapshot, &roles);
	sort_names(&roles);
	if (!roles.bad && roles.count > 0)
		each_entry(site->metadata, sweep_one, &(struct sweep){ &roles, true });
	for (size_t i = 0; i < roles.count && !roles.bad && !documents.bad; i++)
		if (i == 0 || strcmp(roles.list[i], roles.list[i - 1]) != 0)
			keep_documents(&documents, site->metadata, roles.list[i]);
	sort_names(&documents);
	if (!roles.bad && roles.count > 0 && !documents.bad &&
		tg_path(folder, NULL, "%s/%s", site->targets, TG_BIN_ROLE) == TG_OK)
		each_entry(folder, sweep_one, &(struct sweep){ &documents, false });
	names_fini(&roles);
	names_fini(&documents);
}

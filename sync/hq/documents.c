/* SPDX-License-Identifier: Apache-2.0
 *
 * documents.c - which documents go out, in which roles, and which of those must be signed.
 */
#include "sync/hq/documents.h"

#include "store/base/encoding.h"
#include "store/base/file.h"

#include <stdio.h>
#include <stdlib.h>

#define PATHS TG_DOCUMENT_FOLDER "*"

int tg_documents_role_path(
	char out[4096], const tg_site *site, const char *role, int64_t version, tg_error *err)
{
	return tg_path(out, err, "%s/%lld.%s.json", site->metadata, (long long)version, role);
}

/* ---- what is published ---- */

static int read_json(tg_json **out, const char *path, size_t max, tg_error *err)
{
	tg_buf bytes;
	int rc;

	*out = NULL;
	tg_buf_init(&bytes, max);
	rc = tg_file_read(&bytes, path, max, err);
	if (rc == TG_OK && (rc = tg_json_parse(out, tg_buf_view(&bytes), err)) != TG_OK)
		tg_error_prefix(err, "%s", path);
	tg_buf_fini(&bytes);
	return rc;
}

/* The `signed` of a published role; `*file` is the caller's. */
static int read_role(tg_json **file, const tg_json **body, const tg_documents *d,
	const tg_documents_role *role, tg_error *err)
{
	char path[4096];
	int rc = tg_documents_role_path(path, d->ask.site, role->name, role->version, err);

	*file = NULL;
	if (rc == TG_OK)
		rc = read_json(file, path, TG_TUF_TARGETS_MAX, err);
	if (rc == TG_OK)
		rc = tg_json_need_object(body, *file, "signed", err);
	return rc == TG_ENOTFOUND ? tg_fail(err, TG_EIO, "%s: the published file is gone", path) : rc;
}

/* "documents.json", "documents-0f.json": the name without its ending, or false. */
static bool is_ours(char role[TG_BIN_ROLE_SIZE], const char *name)
{
	size_t folder = sizeof(TG_BIN_ROLE) - 1, len = strlen(name);

	if (len < folder + 5 || len - 5 >= TG_BIN_ROLE_SIZE || strncmp(name, TG_BIN_ROLE, folder) != 0 ||
		strcmp(name + len - 5, ".json") != 0 || (name[folder] != '.' && name[folder] != '-'))
		return false;
	(void)snprintf(role, TG_BIN_ROLE_SIZE, "%.*s", (int)(len - 5), name);
	return true;
}

static const tg_tuf_file version_only = { .length = -1 };

static int by_listed(const void *left, const void *right)
{
	const tg_repository_listed *a = left, *b = right;

	return strcmp(a->role, b->role);
}

/*
 * A publication was lost: whatever it may have listed is listed with its highest version. Files of that version are not here, so that
 * all that is in use is signed anew, above it.
 */
static void raise_listed(tg_documents *d)
{
	size_t known = d->listed_count;

	for (size_t i = 0; i < known; i++)
		if (d->listed[i].version < d->ask.floor)
			d->listed[i].version = d->ask.floor;
	for (unsigned bins = 1; bins <= d->ask.floor_bins && bins <= TG_BINS_MAX; bins *= 16)
		for (unsigned bin = 0; bin < bins; bin++) {
			char role[TG_BIN_ROLE_SIZE];
			const tg_repository_listed wanted = { .role = role };

			tg_bin_role(role, bin, bins);
			if (known > 0 && bsearch(&wanted, d->listed, known, sizeof(*d->listed), by_listed) != NULL)
				continue;
			d->listed[d->listed_count++] = (tg_repository_listed){
				.role = tg_arena_text(&d->arena, role), .version = d->ask.floor, .known = &version_only };
		}
}

/* All roles of ours that the last snapshot lists: a snapshot that left one out would be refused as a rollback. */
static int read_listed(tg_documents *d, tg_error *err)
{
	const tg_json *body, *meta = NULL;
	tg_json *file = NULL;
	int rc = TG_OK;

	if (d->ask.snapshot.len > 0)
		rc = tg_json_parse(&file, d->ask.snapshot, err);
	if (rc == TG_OK && file != NULL)
		rc = tg_json_need_object(&body, file, "signed", err);
	if (rc == TG_OK && file != NULL)
		rc = tg_json_need_object(&meta, body, "meta", err);
	d->listed = calloc(tg_json_size(meta) + (size_t)2 * TG_BINS_MAX + 1, sizeof(*d->listed));
	if (rc == TG_OK && d->listed == NULL)
		rc = tg_fail(err, TG_ENOMEM, "documents: out of memory");
	for (const tg_json *one = tg_json_first(meta); one != NULL && rc == TG_OK; one = tg_json_next(one)) {
		char role[TG_BIN_ROLE_SIZE];
		int64_t version;

		if (!is_ours(role, tg_json_name(one)))
			continue;
		rc = tg_json_need_int(&version, one, "version", 1, TG_JSON_MAX_INT - 1, err);
		d->listed[d->listed_count++] = (tg_repository_listed){
			.role = tg_arena_text(&d->arena, role), .version = version, .known = &version_only
		};
	}
	tg_json_free(file);
	if (d->listed_count > 1)
		qsort(d->listed, d->listed_count, sizeof(*d->listed), by_listed);
	if (rc == TG_OK && d->ask.floor > 0) {
		raise_listed(d);
		if (d->listed_count > 1)
			qsort(d->listed, d->listed_count, sizeof(*d->listed), by_listed);
	}
	return rc;
}

/* 0: it was never published. */
static int64_t listed_version(const tg_documents *d, const char *role)
{
	const tg_repository_listed wanted = { .role = role }, *listed = NULL;

	if (d->listed_count > 0)
		listed = bsearch(&wanted, d->listed, d->listed_count, sizeof(*d->listed), by_listed);
	return listed != NULL ? listed->version : 0;
}

/* ---- which documents ---- */

static int by_bin(const void *left, const void *right)
{
	const tg_documents_item *a = left, *b = right;

	return a->bin != b->bin ? (a->bin < b->bin ? -1 : 1) : strcmp(a->id, b->id);
}

static int sort_items(tg_documents *d, tg_error *err)
{
	for (size_t i = 0; i < d->count; i++) {
		char path[TG_DOCUMENT_PATH_SIZE];
		int rc = tg_document_path(path, d->items[i].id, err);

		if (rc != TG_OK)
			return rc;
		d->items[i].bin = tg_bin_of(path, d->bins);
	}
	if (d->count > 1)
		qsort(d->items, d->count, sizeof(*d->items), by_bin);
	return TG_OK;
}

static int items_of_records(tg_documents *d, tg_error *err)
{
	const tg_records *r = d->ask.records;

	d->items = calloc(r->soc_count + 1, sizeof(*d->items));
	if (d->items == NULL)
		return tg_fail(err, TG_ENOMEM, "documents: out of memory");
	for (size_t i = 0; i < r->soc_count; i++) {
		const tg_soc_file *file = r->socs[i].file;
		tg_documents_item *item = &d->items[d->count];

		if (file == NULL || !file->whole)
			continue;
		*item = (tg_documents_item){
			.id = r->socs[i].id, .file = file, .type = file->type, .length = file->length
		};
		memcpy(item->sha256, file->sha256, TG_SHA256_SIZE);
		d->count++;
	}
	return TG_OK;
}

static int read_item(tg_documents *d, const tg_json *target, tg_error *err)
{
	const char *name = tg_json_name(target), *hex = NULL;
	tg_documents_item *item = &d->items[d->count];
	const tg_json *hashes;
	size_t len = 0;
	int rc = tg_json_need_int(&item->length, target, "length", 1, TG_DOCUMENT_MAX, err);

	if (rc == TG_OK)
		rc = tg_json_need_object(&hashes, target, "hashes", err);
	if (rc == TG_OK)
		rc = tg_json_need_str(&hex, hashes, "sha256", 2 * TG_SHA256_SIZE, err);
	if (rc == TG_OK)
		rc = tg_hex_decode(item->sha256, &len, TG_SHA256_SIZE, hex, err);
	if (rc == TG_OK)
		rc = tg_document_custom_read(&item->type, tg_json_get(target, "custom"), err);
	if (rc == TG_OK && (len != TG_SHA256_SIZE ||
				   strncmp(name, TG_DOCUMENT_FOLDER, sizeof(TG_DOCUMENT_FOLDER) - 1) != 0))
		rc = tg_fail(err, TG_EFORMAT, "%s: no document of ours", name);
	if (rc != TG_OK)
		return rc;
	item->id = tg_arena_text(&d->arena, name + sizeof(TG_DOCUMENT_FOLDER) - 1);
	d->count++;
	return TG_OK;
}

/* What one published role holds, appended. */
static int items_of_role(tg_documents *d, const char *name, tg_error *err)
{
	tg_documents_role role = { .version = listed_version(d, name) };
	const tg_json *body = NULL, *targets = NULL;
	tg_documents_item *more;
	tg_json *file;
	int rc;

	(void)snprintf(role.name, sizeof(role.name), "%s", name);
	rc = read_role(&file, &body, d, &role, err);
	if (rc == TG_OK)
		rc = tg_json_need_object(&targets, body, "targets", err);
	if (rc == TG_OK) {
		more = realloc(d->items, (d->count + tg_json_size(targets) + 1) * sizeof(*d->items));
		if (more == NULL)
			rc = tg_fail(err, TG_ENOMEM, "documents: out of memory");
		else
			d->items = more;
	}
	for (const tg_json *one = tg_json_first(targets); one != NULL && rc == TG_OK;
		one = tg_json_next(one)) {
		d->items[d->count] = (tg_documents_item){ 0 };
		rc = read_item(d, one, err);
	}
	if (rc != TG_OK)
		tg_error_prefix(err, "%s.json", name);
	tg_json_free(file);
	return rc;
}

static int items_of_published(tg_documents *d, tg_error *err)
{
	int rc = TG_OK;

	for (unsigned bin = 0; bin < d->bins && rc == TG_OK; bin++) {
		char name[TG_BIN_ROLE_SIZE];

		tg_bin_role(name, bin, d->bins);
		rc = items_of_role(d, name, err);
	}
	return rc;
}

/* ---- what must be signed ---- */

/* Signed by enough of the keys that sign today? Whether the signatures are right was said when they were made. */
static bool signed_by_these(const tg_json *file, const tg_root_role *role)
{
	int64_t count = 0;

	for (const tg_json *one = tg_json_first(tg_json_get(file, "signatures")); one != NULL;
		one = tg_json_next(one)) {
		const char *keyid = tg_json_str(tg_json_get(one, "keyid"));

		count += keyid != NULL && tg_root_role_find(role, keyid) >= 0;
	}
	return count >= role->threshold;
}

/* Does the published documents.json hand out to these bins, and to these keys? */
static bool hands_out_so(const tg_json *body, const tg_documents *d)
{
	const tg_json *roles = tg_json_get(tg_json_get(body, "delegations"), "roles"),
		      *first = tg_json_first(roles);
	const tg_json *keyids = tg_json_get(first, "keyids"), *one = tg_json_first(keyids);

	if (tg_json_size(roles) != (d->bins > 1 ? d->bins : 0))
		return false;
	if (d->bins <= 1)
		return true;
	if (tg_json_size(keyids) != d->ask.role->count ||
		tg_json_int(tg_json_get(first, "threshold")) != d->ask.role->threshold)
		return false;
	for (; one != NULL; one = tg_json_next(one))
		if (tg_json_str(one) == NULL || tg_root_role_find(d->ask.role, tg_json_str(one)) < 0)
			return false;
	return true;
}

/* Both are sorted by path: our files are RFC 8785, and ids are ASCII. */
static bool holds_these(const tg_json *body, const tg_documents *d, const tg_documents_role *role)
{
	const tg_json *targets = tg_json_get(body, "targets"), *one = tg_json_first(targets);
	const tg_documents_item *item = d->items + role->first;

	if (tg_json_size(targets) != role->count)
		return false;
	for (; one != NULL; one = tg_json_next(one), item++) {
		char hex[2 * TG_SHA256_SIZE + 1], path[TG_DOCUMENT_PATH_SIZE];
		const char *said = tg_json_str(tg_json_get(tg_json_get(one, "hashes"), "sha256"));
		const char *type = tg_json_str(tg_json_get(tg_json_get(one, "custom"), "type"));

		if (tg_document_path(path, item->id, NULL) != TG_OK || strcmp(tg_json_name(one), path) != 0 ||
			tg_json_int(tg_json_get(one, "length")) != item->length || said == NULL ||
			type == NULL || strcmp(said, tg_hex_encode(hex, item->sha256, TG_SHA256_SIZE)) != 0 ||
			strcmp(type, tg_document_types[item->type]) != 0)
			return false;
	}
	return true;
}

static int64_t end_of(const tg_json *body)
{
	const char *text = tg_json_str(tg_json_get(body, "expires"));
	int64_t at_us = 0;

	return text != NULL && tg_utc_parse(&at_us, text, NULL) == TG_OK ? at_us : 0;
}

/* documents.json itself. A published one that cannot be read is made anew. `items` are there if records are. */
static bool head_must_be_signed(tg_documents *d)
{
	tg_documents_role head = {
		.name = TG_BIN_ROLE, .version = listed_version(d, TG_BIN_ROLE), .count = d->count
	};
	const tg_json *body = NULL;
	tg_json *file = NULL;
	bool good = head.version > 0 && read_role(&file, &body, d, &head, NULL) == TG_OK &&
		    signed_by_these(file, d->ask.role) && hands_out_so(body, d);

	d->published_end_us = end_of(body);
	good = good && d->published_end_us - d->ask.now_us >= d->ask.life_us / 2;
	if (good && d->bins == 1 && d->ask.records != NULL)
		good = holds_these(body, d, &head);
	tg_json_free(file);
	d->least_end_us = good ? d->published_end_us : 0;
	return !good;
}

static bool bin_must_be_signed(const tg_documents *d, const tg_documents_role *role)
{
	const tg_json *body = NULL;
	tg_json *file = NULL;
	bool good = role->version > 0 && read_role(&file, &body, d, role, NULL) == TG_OK &&
		    signed_by_these(file, d->ask.role) && end_of(body) >= d->least_end_us &&
		    holds_these(body, d, role);

	tg_json_free(file);
	return !good;
}

/* ---- the plan ---- */

/* How many bins the published documents.json hands out to: 0 if there is none. */
static unsigned published_bins(const tg_documents *d)
{
	unsigned bins = listed_version(d, TG_BIN_ROLE) > 0 ? 1 : 0;

	for (unsigned more = TG_BINS_MAX; more > 1 && bins == 1; more /= 16) {
		char name[TG_BIN_ROLE_SIZE];

		tg_bin_role(name, 0, more);
		if (listed_version(d, name) > 0)
			bins = more;
	}
	return bins;
}

static int make_roles(tg_documents *d, tg_error *err)
{
	size_t at = 0;

	d->role_count = d->bins > 1 ? 1 + (size_t)d->bins : d->bins;
	d->roles = calloc(d->role_count + 1, sizeof(*d->roles));
	if (d->roles == NULL)
		return tg_fail(err, TG_ENOMEM, "documents: out of memory");
	for (size_t i = 0; i < d->role_count; i++) {
		tg_documents_role *role = &d->roles[i];

		tg_bin_role(role->name, i == 0 ? 0 : (unsigned)(i - 1), i == 0 ? 1 : d->bins);
		role->version = listed_version(d, role->name);
		tg_buf_init(&role->file, TG_TUF_TARGETS_MAX);
		role->first = at;
		if (i > 0 || d->bins == 1)
			while (at < d->count && (d->bins == 1 || d->items[at].bin == i - 1))
				at++;
		role->count = at - role->first;
	}
	return TG_OK;
}

static void mark(tg_documents *d, tg_documents_role *role)
{
	role->sign = true;
	role->version++;
	d->signed_count++;
}

/* Which documents, and whether documents.json must be signed. Those that are published are only read if they must. */
static int choose(tg_documents *d, bool *head, tg_error *err)
{
	unsigned present = published_bins(d);
	int rc = TG_OK;

	d->bins = present;
	if (d->ask.records != NULL) {
		rc = items_of_records(d, err);
		if (d->count > 0 || present > 0)
			d->bins = tg_bins_for(d->count, present);
		if (rc == TG_OK)
			rc = sort_items(d, err);
	}
	*head = rc == TG_OK && d->bins > 0 && head_must_be_signed(d);
	if (d->ask.records == NULL && *head) {
		rc = items_of_published(d, err);
		if (rc == TG_OK)
			rc = sort_items(d, err);
	}
	return rc;
}

static void set_delegation(tg_documents *d)
{
	static const char *const paths[] = { PATHS };

	if (d->bins == 0)
		return;
	d->delegation = (tg_repository_delegation){
		.name = TG_BIN_ROLE,
		.role = { (const tg_pubkey *const *)d->ask.role->keys, d->ask.role->count,
			d->ask.role->threshold },
		.paths = paths,
		.path_count = 1,
		.terminating = true,
	};
}

int tg_documents_plan(tg_documents *out, const tg_documents_ask *ask, tg_error *err)
{
	bool head = false;
	int rc;

	*out = (tg_documents){ .ask = *ask };
	rc = read_listed(out, err);
	if (rc == TG_OK)
		rc = choose(out, &head, err);
	if (rc == TG_OK)
		rc = make_roles(out, err);
	for (size_t i = 0; i < out->role_count && rc == TG_OK; i++)
		if (head || (i > 0 && ask->records != NULL && bin_must_be_signed(out, &out->roles[i])))
			mark(out, &out->roles[i]);
	set_delegation(out);
	if (rc == TG_OK && out->arena.failed)
		rc = tg_fail(err, TG_ENOMEM, "documents: out of memory");
	return rc;
}

void tg_documents_fini(tg_documents *d)
{
	for (size_t i = 0; d->roles != NULL && i < d->role_count; i++)
		tg_buf_fini(&d->roles[i].file);
	free(d->roles);
	free(d->items);
	free(d->listed);
	tg_arena_fini(&d->arena);
	*d = (tg_documents){ 0 };
}

bool tg_documents_changed(const tg_documents *d)
{
	return d->signed_count > 0;
}

/* ---- signing ---- */

/* Names and prefixes of all bins: what documents.json hands out to. */
struct handing {
	tg_repository_delegation *list;
	char (*prefixes)[4];
	const char **pointers;
};

static int hand_out(struct handing *h, const tg_documents *d, tg_error *err)
{
	*h = (struct handing){ calloc(d->bins, sizeof(*h->list)), calloc(d->bins, sizeof(*h->prefixes)),
		calloc(d->bins, sizeof(*h->pointers)) };
	if (h->list == NULL || h->prefixes == NULL || h->pointers == NULL)
		return tg_fail(err, TG_ENOMEM, "documents: out of memory");
	for (unsigned bin = 0; bin < d->bins; bin++) {
		tg_bin_prefix(h->prefixes[bin], bin, d->bins);
		h->pointers[bin] = h->prefixes[bin];
		h->list[bin] = (tg_repository_delegation){ .name = d->roles[1 + bin].name,
			.role = d->delegation.role,
			.hash_prefixes = &h->pointers[bin],
			.hash_prefix_count = 1,
			.terminating = true };
	}
	return TG_OK;
}

static void hand_out_end(struct handing *h)
{
	free(h->list);
	free(h->prefixes);
	free(h->pointers);
}

static int write_role(tg_documents *d, tg_documents_role *role, const struct handing *h,
	tg_repository_signers signers, tg_error *err)
{
	tg_repository_target *targets = calloc(role->count + 1, sizeof(*targets));
	char(*paths)[TG_DOCUMENT_PATH_SIZE] = calloc(role->count + 1, sizeof(*paths));
	tg_json *customs[TG_DOCUMENT_TYPES];
	tg_repository_targets file = { .version = role->version, .targets = targets, .count = role->count };
	int rc = targets != NULL && paths != NULL ? TG_OK
						  : tg_fail(err, TG_ENOMEM, "documents: out of memory");

	for (int type = 0; type < TG_DOCUMENT_TYPES; type++)
		customs[type] = tg_document_custom((tg_document_type)type);
	file.expires_us = d->ask.now_us + d->ask.life_us;
	if (file.expires_us < d->least_end_us)
		file.expires_us = d->least_end_us;
	if (h != NULL) {
		file.delegations = h->list;
		file.delegation_count = d->bins;
	}
	for (size_t i = 0; i < role->count && rc == TG_OK; i++) {
		const tg_documents_item *item = &d->items[role->first + i];

		rc = tg_document_path(paths[i], item->id, err);
		targets[i] = (tg_repository_target){
			.path = paths[i], .length = item->length, .custom = customs[item->type]
		};
		memcpy(targets[i].sha256, item->sha256, TG_SHA256_SIZE);
	}
	if (rc == TG_OK)
		rc = tg_repository_write_targets(&role->file, &file, signers, err);
	for (int type = 0; type < TG_DOCUMENT_TYPES; type++)
		tg_json_free(customs[type]);
	free(targets);
	free(paths);
	return rc;
}

/* The new versions, and the bins that are new. */
static void list_signed(tg_documents *d)
{
	size_t known = d->listed_count;

	for (size_t i = 0; i < d->role_count; i++) {
		const tg_documents_role *role = &d->roles[i];
		const tg_repository_listed wanted = { .role = role->name };
		tg_repository_listed *listed =
			known == 0 ? NULL : bsearch(&wanted, d->listed, known, sizeof(*d->listed), by_listed);

		if (listed != NULL)
			listed->version = role->version;
		else
			d->listed[d->listed_count++] = (tg_repository_listed){
				.role = role->name, .version = role->version, .known = &version_only
			};
	}
	if (d->listed_count > known)
		qsort(d->listed, d->listed_count, sizeof(*d->listed), by_listed);
}

int tg_documents_sign(tg_documents *d, tg_repository_signers signers, tg_error *err)
{
	struct handing handing = { 0 };
	int rc = TG_OK;

	if (d->bins > 1 && d->roles[0].sign)
		rc = hand_out(&handing, d, err);
	for (size_t i = 0; i < d->role_count && rc == TG_OK; i++) {
		tg_documents_role *role = &d->roles[i];

		if (!role->sign)
			continue;
		rc = write_role(d, role, i == 0 && d->bins > 1 ? &handing : NULL, signers, err);
		if (rc != TG_OK)
			tg_error_prefix(err, "%s.json", role->name);
	}
	if (rc == TG_OK)
		list_signed(d);
	hand_out_end(&handing);
	return rc;
}

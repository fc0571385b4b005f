/* SPDX-License-Identifier: Apache-2.0
 *
 * supplier.c - the register of suppliers, one folder each.
 */
#include "sync/hq/supplier.h"

#include "store/base/encoding.h"
#include "store/base/file.h"
#include "sync/tuf/trusted.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- names ---- */

bool tg_supplier_id_valid(const char *id)
{
	size_t len = strlen(id);

	return len > 0 && len <= TG_SUPPLIER_ID_MAX && id[0] != '-' &&
	       id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0' && strcmp(id, "removed") != 0;
}

int tg_supplier_path(char out[4096], const tg_site *site, const char *id, const char *name, tg_error *err)
{
	if (!tg_supplier_id_valid(id))
		return tg_fail(err, TG_EINVAL,
			"supplier \"%.60s\": wanted 1 to %d lower case letters, digits and '-', the first no "
			"'-'",
			id, TG_SUPPLIER_ID_MAX);
	return tg_path(out, err, "%s/suppliers/%s%s%s", site->dir, id, name[0] == '\0' ? "" : "/", name);
}

const char *tg_supplier_fingerprint(char out[TG_SUPPLIER_FINGERPRINT_SIZE], tg_view root)
{
	uint8_t hash[TG_SHA256_SIZE];
	char hex[2 * TG_SHA256_SIZE + 1];
	size_t at = 0;

	tg_sha256(hash, root.data, root.len);
	(void)tg_hex_encode(hex, hash, sizeof(hash));
	for (size_t i = 0; i < 2 * TG_SHA256_SIZE; i++) {
		if (i > 0 && i % 4 == 0)
			out[at++] = ' ';
		out[at++] = hex[i];
	}
	out[at] = '\0';
	return out;
}

const char *tg_supplier_os_user(char out[TG_RECORD_NAME_MAX + 1])
{
	const struct passwd *user = getpwuid(getuid());

	if (user != NULL && user->pw_name != NULL && user->pw_name[0] != '\0')
		(void)snprintf(out, TG_RECORD_NAME_MAX + 1, "%s", user->pw_name);
	else
		(void)snprintf(out, TG_RECORD_NAME_MAX + 1, "uid %u", (unsigned)getuid());
	return out;
}

/* ---- supplier.json ---- */

static int check_url(const char *url, const char *what, tg_error *err)
{
	size_t len = strlen(url);

	if (!tg_enrol_url_valid(url) || len > TG_SUPPLIER_URL_MAX || url[len - 1] != '/')
		return tg_fail(err, TG_EINVAL, "%s \"%.100s\": wanted a http or https URL that ends in '/'",
			what, url);
	return TG_OK;
}

static int check(const tg_supplier *s, tg_error *err)
{
	int rc;

	if (!tg_supplier_id_valid(s->id))
		return tg_fail(
			err, TG_EINVAL, "supplier \"%s\": wanted lower case letters, digits and '-'", s->id);
	if (s->name[0] == '\0')
		return tg_fail(err, TG_EINVAL, "%s: no name", s->id);
	for (const unsigned char *c = (const unsigned char *)s->name; *c != '\0'; c++)
		if (*c < 0x20 || *c == 0x7f)
			return tg_fail(err, TG_EINVAL, "%s: the name holds a control character", s->id);
	if (s->prefix_count > TG_SUPPLIER_PREFIXES_MAX)
		return tg_fail(err, TG_EINVAL, "%s: more than %d prefixes", s->id, TG_SUPPLIER_PREFIXES_MAX);
	for (size_t i = 0; i < s->prefix_count; i++)
		for (size_t j = 0; j < i; j++)
			if (tg_prefix_overlaps(&s->prefixes[i].prefix, &s->prefixes[j].prefix)) {
				char text[TG_PREFIX_TEXT_SIZE], other[TG_PREFIX_TEXT_SIZE];

				return tg_fail(err, TG_EINVAL,
					"prefix %s is within or round prefix %s of the same supplier",
					tg_prefix_format(text, &s->prefixes[i].prefix),
					tg_prefix_format(other, &s->prefixes[j].prefix));
			}
	rc = check_url(s->metadata_url, "metadata URL", err);
	return rc == TG_OK ? check_url(s->targets_url, "targets URL", err) : rc;
}

static int take_str(char *out, size_t size, const tg_json *json, const char *name, tg_error *err)
{
	const char *text = "";
	int rc = tg_json_need_str(&text, json, name, size - 1, err);

	if (rc == TG_OK)
		(void)snprintf(out, size, "%s", text);
	return rc;
}

static int read_prefix(tg_supplier_prefix *out, const tg_json *item, tg_error *err)
{
	static const char *const names[] = { "prefix", "overlap", NULL };
	const char *text = "", *reason = "";
	int rc = tg_json_only(item, names, err);

	if (rc == TG_OK)
		rc = tg_json_need_str(&text, item, "prefix", TG_PREFIX_TEXT_SIZE - 1, err);
	if (rc == TG_OK)
		rc = tg_prefix_parse(&out->prefix, text, err);
	if (rc == TG_OK)
		rc = tg_json_opt_str(&reason, item, "overlap", TG_SUPPLIER_REASON_MAX, "", err);
	if (rc == TG_OK)
		(void)snprintf(out->overlap, sizeof(out->overlap), "%s", reason);
	return rc;
}

static int read_supplier(tg_supplier *s, const tg_json *json, tg_error *err)
{
	static const char *const names[] = { "v", "id", "name", "metadata_url", "targets_url", "added_at",
		"added_by", "prefixes", NULL };
	const tg_json *list = NULL;
	int64_t v;
	int rc = tg_json_need_int(&v, json, "v", 1, 1, err);

	if (rc == TG_OK)
		rc = tg_json_only(json, names, err);
	if (rc == TG_OK)
		rc = take_str(s->id, sizeof(s->id), json, "id", err);
	if (rc == TG_OK)
		rc = take_str(s->name, sizeof(s->name), json, "name", err);
	if (rc == TG_OK)
		rc = take_str(s->metadata_url, sizeof(s->metadata_url), json, "metadata_url", err);
	if (rc == TG_OK)
		rc = take_str(s->targets_url, sizeof(s->targets_url), json, "targets_url", err);
	if (rc == TG_OK)
		rc = take_str(s->added_at, sizeof(s->added_at), json, "added_at", err);
	if (rc == TG_OK)
		rc = take_str(s->added_by, sizeof(s->added_by), json, "added_by", err);
	if (rc == TG_OK)
		rc = tg_json_need_array(&list, json, "prefixes", err);
	if (rc == TG_OK && tg_json_size(list) > TG_SUPPLIER_PREFIXES_MAX)
		rc = tg_fail(err, TG_ELIMIT, "prefixes: more than %d", TG_SUPPLIER_PREFIXES_MAX);
	for (const tg_json *item = tg_json_first(list); item != NULL && rc == TG_OK;
		item = tg_json_next(item))
		rc = read_prefix(&s->prefixes[s->prefix_count++], item, err);
	return rc == TG_OK ? check(s, err) : rc;
}

int tg_supplier_read(tg_supplier *out, const tg_site *site, const char *id, tg_error *err)
{
	char path[4096];
	tg_json *json = NULL;
	tg_buf text;
	int rc = tg_supplier_path(path, site, id, "supplier.json", err);

	*out = (tg_supplier){ 0 };
	tg_buf_init(&text, TG_SUPPLIER_FILE_MAX);
	if (rc == TG_OK)
		rc = tg_file_read(&text, path, TG_SUPPLIER_FILE_MAX, err);
	if (rc == TG_ENOTFOUND) {
		rc = tg_fail(err, TG_ENOTFOUND, "%s: no such supplier; see supplier list", id);
	} else if (rc == TG_OK) {
		rc = tg_json_parse(&json, tg_buf_view(&text), err);
		if (rc == TG_OK)
			rc = read_supplier(out, json, err);
		if (rc == TG_OK && strcmp(out->id, id) != 0)
			rc = tg_fail(err, TG_EFORMAT, "holds the supplier \"%s\"", out->id);
		if (rc != TG_OK) {
			/* What is on the disk is no mistake of whoever typed the command. */
			if (err != NULL && err->code == TG_EINVAL)
				err->code = TG_EFORMAT;
			rc = rc == TG_EINVAL ? TG_EFORMAT : rc;
			tg_error_prefix(err, "%s", path);
		}
	}
	tg_json_free(json);
	tg_buf_fini(&text);
	return rc;
}

static tg_json *prefixes_json(const tg_supplier *s)
{
	tg_json *list = tg_json_new_array();
	char text[TG_PREFIX_TEXT_SIZE];

	for (size_t i = 0; i < s->prefix_count; i++) {
		tg_json *item = tg_json_new_object();

		tg_json_set_str(item, "prefix", tg_prefix_format(text, &s->prefixes[i].prefix));
		if (s->prefixes[i].overlap[0] != '\0')
			tg_json_set_str(item, "overlap", s->prefixes[i].overlap);
		tg_json_add(list, item);
	}
	return list;
}

int tg_supplier_write(const tg_supplier *s, const tg_site *site, tg_error *err)
{
	tg_json *json = tg_json_new_object();
	char path[4096];
	tg_buf text;
	int rc = check(s, err);

	tg_json_set_int(json, "v", 1);
	tg_json_set_str(json, "id", s->id);
	tg_json_set_str(json, "name", s->name);
	tg_json_set_str(json, "metadata_url", s->metadata_url);
	tg_json_set_str(json, "targets_url", s->targets_url);
	tg_json_set_str(json, "added_at", s->added_at);
	tg_json_set_str(json, "added_by", s->added_by);
	tg_json_set(json, "prefixes", prefixes_json(s));
	tg_buf_init(&text, TG_SUPPLIER_FILE_MAX);
	if (rc == TG_OK)
		rc = tg_json_write_pretty(&text, json, err);
	if (rc == TG_OK)
		rc = tg_supplier_path(path, site, s->id, "supplier.json", err);
	if (rc == TG_OK)
		rc = tg_file_write(path, tg_buf_view(&text), 0644, err);
	tg_buf_fini(&text);
	tg_json_free(json);
	return rc;
}

/* ---- coming and going ---- */

static int check_root(tg_view root, tg_error *err)
{
	tg_trusted *set = NULL;
	int rc = tg_trusted_open(&set, root, TG_TUF_NO_EXPIRY, err);

	tg_trusted_close(set);
	return rc;
}

int tg_supplier_add(const tg_supplier *s, const tg_site *site, tg_view root, tg_error *err)
{
	char dir[4096], path[4096];
	struct stat st;
	int rc = check(s, err);

	if (rc == TG_OK)
		rc = check_root(root, err);
	if (rc == TG_OK)
		rc = tg_supplier_path(path, site, s->id, "supplier.json", err);
	if (rc == TG_OK && lstat(path, &st) == 0)
		rc = tg_fail(err, TG_ESTATE,
			"supplier \"%s\" is registered already; remove it first, or take another id", s->id);
	/* What an addition that was cut off left behind has no supplier.json and is simply built upon. */
	if (rc == TG_OK)
		rc = tg_supplier_path(dir, site, s->id, "cache", err);
	if (rc == TG_OK)
		rc = tg_dir_make(dir, 0755, err);
	if (rc == TG_OK)
		rc = tg_supplier_path(path, site, s->id, "root.json", err);
	if (rc == TG_OK)
		rc = tg_file_write(path, root, 0644, err);
	return rc == TG_OK ? tg_supplier_write(s, site, err) : rc;
}

int tg_supplier_remove(const tg_site *site, const char *id, int64_t now_us, tg_error *err)
{
	char dir[4096], aside[4096], removed[4096];
	tg_supplier s;
	int rc = tg_supplier_read(&s, site, id, err);

	if (rc == TG_OK)
		rc = tg_supplier_path(dir, site, id, "", err);
	if (rc == TG_OK)
		rc = tg_path(removed, err, "%s/suppliers/removed", site->dir);
	if (rc == TG_OK)
		rc = tg_dir_make(removed, 0755, err);
	if (rc == TG_OK)
		rc = tg_path(aside, err, "%s/%s.%lld", removed, id, (long long)(now_us / TG_US_PER_SECOND));
	if (rc == TG_OK && rename(dir, aside) != 0)
		rc = tg_fail_errno(err, TG_EIO, "%s", aside);
	return rc == TG_OK ? tg_dir_sync(removed, err) : rc;
}

/* ---- all of them ---- */

static int by_text(const void *left, const void *right)
{
	return strcmp(left, right);
}

int tg_supplier_list(tg_supplier_id **out, size_t *count, const tg_site *site, tg_error *err)
{
	char path[4096];
	struct dirent *entry;
	DIR *dir;
	size_t cap = 0;
	int rc = tg_path(path, err, "%s/suppliers", site->dir);

	*out = NULL;
	*count = 0;
	if (rc != TG_OK)
		return rc;
	dir = opendir(path);
	if (dir == NULL)
		return errno == ENOENT ? TG_OK : tg_fail_errno(err, TG_EIO, "%s", path);
	while (rc == TG_OK && (entry = readdir(dir)) != NULL) {
		struct stat st;
		tg_supplier_id *grown;

		/* A folder without supplier.json is an addition that was cut off. */
		if (!tg_supplier_id_valid(entry->d_name) ||
			tg_supplier_path(path, site, entry->d_name, "supplier.json", NULL) != TG_OK ||
			stat(path, &st) != 0)
			continue;
		grown = *count == TG_SUPPLIERS_MAX ? NULL : tg_array_grow(*out, *count, &cap, sizeof(*grown));
		if (grown == NULL) {
			rc = *count == TG_SUPPLIERS_MAX
				     ? tg_fail(err, TG_ELIMIT, "more than %d suppliers", TG_SUPPLIERS_MAX)
				     : tg_fail(err, TG_ENOMEM, "suppliers: out of memory");
			break;
		}
		*out = grown;
		(void)snprintf(grown[(*count)++], sizeof(*grown), "%.*s", TG_SUPPLIER_ID_MAX, entry->d_name);
	}
	(void)closedir(dir);
	if (*count > 1)
		qsort(*out, *count, sizeof(**out), by_text);
	return rc;
}

/* "https://x/repo" and "https://x/repo/" are the same place. */
static bool same_place(const char *given, const char *url, const char *below)
{
	size_t len = strlen(given), url_len = strlen(url), below_len = strlen(below);

	while (len > 0 && given[len - 1] == '/')
		len--;
	if (url_len < below_len || strcmp(url + url_len - below_len, below) != 0)
		return false;
	url_len -= below_len;
	while (url_len > 0 && url[url_len - 1] == '/')
		url_len--;
	return len == url_len && strncmp(given, url, len) == 0;
}

static bool is_at(const tg_supplier *s, const char *url)
{
	return same_place(url, s->metadata_url, "") || same_place(url, s->targets_url, "") ||
	       same_place(url, s->metadata_url, "metadata/");
}

int tg_supplier_find(tg_supplier *out, const tg_site *site, const char *id_or_url, tg_error *err)
{
	tg_supplier_id *ids = NULL;
	size_t count = 0;
	bool found = false;
	int rc;

	if (strstr(id_or_url, "://") == NULL)
		return tg_supplier_read(out, site, id_or_url, err);
	rc = tg_supplier_list(&ids, &count, site, err);
	for (size_t i = 0; i < count && rc == TG_OK && !found; i++) {
		rc = tg_supplier_read(out, site, ids[i], err);
		found = rc == TG_OK && is_at(out, id_or_url);
	}
	free(ids);
	if (rc == TG_OK && !found)
		rc = tg_fail(err, TG_ENOTFOUND,
			"%s: no registered supplier publishes there; see supplier list", id_or_url);
	return rc;
}

int tg_supplier_overlap(bool *found, tg_supplier_id other, tg_prefix *theirs, const tg_site *site,
	const char *id, const tg_prefix *prefix, tg_error *err)
{
	tg_supplier_id *ids = NULL;
	tg_supplier s;
	size_t count = 0;
	int rc = tg_supplier_list(&ids, &count, site, err);

	*found = false;
	for (size_t i = 0; i < count && rc == TG_OK && !*found; i++) {
		if (strcmp(ids[i], id) == 0)
			continue;
		rc = tg_supplier_read(&s, site, ids[i], err);
		for (size_t p = 0; p < s.prefix_count && rc == TG_OK && !*found; p++) {
			if (!tg_prefix_overlaps(&s.prefixes[p].prefix, prefix))
				continue;
			*found = true;
			*theirs = s.prefixes[p].prefix;
			(void)snprintf(other, sizeof(tg_supplier_id), "%s", s.id);
		}
	}
	free(ids);
	return rc;
}

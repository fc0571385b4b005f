/* SPDX-License-Identifier: Apache-2.0
 *
 * metadata.c - strict reading of TUF metadata.
 *
 * Pure. The form is TUF specification 1.0.x section 4; the signed bytes are the OLPC canonical form of `signed` as it was
 * received, so unknown members at any level are covered and never lost.
 */
#include "sync/tuf/inside.h"

#include "store/base/encoding.h"

#include <stdlib.h>

#define SPEC_VERSION_MAX 32 /* bytes of "1.0.31" */
#define KEY_TEXT_MAX 16384  /* bytes of one keyval.public; RSA-4096 in PEM takes 800 */
#define KEY_WORD_MAX 64     /* bytes of keytype and scheme */
#define EXPIRES_LEN 20      /* "YYYY-MM-DDTHH:MM:SSZ" and nothing else (section 4.2) */
#define ISSUED_NAME "x-tillgate-issued"

static const struct {
	const char *name;
	size_t max_bytes;
} roles[TG_TUF_ROLES] = {
	[TG_TUF_ROOT] = { "root", TG_TUF_ROOT_MAX },
	[TG_TUF_TIMESTAMP] = { "timestamp", TG_TUF_TIMESTAMP_MAX },
	[TG_TUF_SNAPSHOT] = { "snapshot", TG_TUF_SNAPSHOT_MAX },
	[TG_TUF_TARGETS] = { "targets", TG_TUF_TARGETS_MAX },
};

const char *tg_tuf_role_name(tg_tuf_role role)
{
	return roles[role].name;
}

size_t tg_tuf_role_max(tg_tuf_role role)
{
	return roles[role].max_bytes;
}

/* ---- names of delegated roles ---- */

int tg_tuf_role_encode(char out[TG_TUF_ROLE_NAME_MAX + 1], const char *name, tg_error *err)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	static const char digits[] = "0123456789ABCDEF";
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < TG_TUF_ROLES; i++)
		if (strcmp(name, roles[i].name) == 0)
			return tg_fail(err, TG_EFORMAT, "\"%s\" cannot be the name of a delegated role", name);
	for (const char *p = name; *p != '\0'; p++) {
		bool keep = strchr(plain, *p) != NULL;

		if (len + (keep ? 1 : 3) > TG_TUF_ROLE_NAME_MAX)
			return tg_fail(err, TG_EFORMAT, "role name %.32s…: over %d bytes when encoded", name,
				TG_TUF_ROLE_NAME_MAX);
		if (!keep) {
			out[len++] = '%';
			out[len++] = digits[(unsigned char)*p >> 4];
		}
		out[len++] = keep ? *p : digits[(unsigned char)*p & 15];
		out[len] = '\0';
	}
	return len > 0 ? TG_OK : tg_fail(err, TG_EFORMAT, "a role without a name");
}

int tg_tuf_role_name_check(const char *name, tg_error *err)
{
	char encoded[TG_TUF_ROLE_NAME_MAX + 1];

	return tg_tuf_role_encode(encoded, name, err);
}

/* ---- form ---- */

static int check_spec_version(const tg_json *body, tg_error *err)
{
	const char *text;
	int rc = tg_json_need_str(&text, body, "spec_version", SPEC_VERSION_MAX, err);

	if (rc != TG_OK)
		return rc;
	if (text[0] != '1' || text[1] != '.' || text[2] == '\0' ||
		strspn(text, "0123456789.") != strlen(text))
		return tg_fail(err, TG_EFORMAT, "spec_version: wanted 1.x, found \"%s\"", text);
	return TG_OK;
}

static int read_seconds(int64_t *at_us, const char *text, const char *name, tg_error *err)
{
	int rc;

	if (strlen(text) != EXPIRES_LEN)
		return tg_fail(err, TG_EFORMAT, "%s: wanted YYYY-MM-DDTHH:MM:SSZ, found \"%s\"", name, text);
	rc = tg_utc_parse(at_us, text, err);
	if (rc != TG_OK)
		tg_error_prefix(err, "%s", name);
	return rc;
}

static int check_common(tg_tuf_metadata *meta, tg_error *err)
{
	const char *text;
	int rc = tg_json_need_str(&text, meta->body, "_type", KEY_WORD_MAX, err);

	if (rc != TG_OK)
		return rc;
	if (strcmp(text, roles[meta->role].name) != 0)
		return tg_fail(
			err, TG_EFORMAT, "_type: wanted \"%s\", found \"%s\"", roles[meta->role].name, text);
	rc = check_spec_version(meta->body, err);
	if (rc == TG_OK)
		rc = tg_json_need_int(&meta->version, meta->body, "version", 1, TG_JSON_MAX_INT, err);
	if (rc == TG_OK)
		rc = tg_json_need_str(&text, meta->body, "expires", TG_UTC_TEXT_SIZE, err);
	if (rc == TG_OK)
		rc = read_seconds(&meta->expires_us, text, "expires", err);
	return rc;
}

/* Quadratic, but never over TG_TUF_SIGNATURES_MAX entries. */
static int check_signatures(const tg_json *list, tg_error *err)
{
	size_t count = tg_json_size(list);

	if (count > TG_TUF_SIGNATURES_MAX)
		return tg_fail(err, TG_EFORMAT, "%zu signatures, at most %d", count, TG_TUF_SIGNATURES_MAX);
	for (const tg_json *one = tg_json_first(list); one != NULL; one = tg_json_next(one)) {
		const char *keyid, *sig;
		int rc = tg_json_need_str(&keyid, one, "keyid", TG_TUF_KEYID_MAX, err);

		/* An empty `sig` stands for a signer who has not signed yet; it does not count. */
		if (rc == TG_OK && tg_json_get(one, "sig") == NULL)
			rc = tg_fail(err, TG_EFORMAT, "sig: missing");
		if (rc == TG_OK)
			rc = tg_json_opt_str(&sig, one, "sig", 2 * TG_TUF__SIGNATURE_MAX, "", err);
		if (rc != TG_OK) {
			tg_error_prefix(err, "signatures");
			return rc;
		}
		for (const tg_json *two = tg_json_first(list); two != one; two = tg_json_next(two))
			if (strcmp(keyid, tg_json_str(tg_json_get(two, "keyid"))) == 0)
				return tg_fail(
					err, TG_EFORMAT, "signatures: key id %.16s… stands twice", keyid);
	}
	return TG_OK;
}

static int check_key(const tg_json *key, tg_error *err)
{
	const char *text, *name = tg_json_name(key);
	const tg_json *keyval;
	int rc = TG_OK;

	if (name[0] == '\0' || strlen(name) > TG_TUF_KEYID_MAX)
		rc = tg_fail(err, TG_EFORMAT, "key id of %zu bytes, wanted 1 to %d", strlen(name),
			TG_TUF_KEYID_MAX);
	if (rc == TG_OK)
		rc = tg_json_need_str(&text, key, "keytype", KEY_WORD_MAX, err);
	if (rc == TG_OK)
		rc = tg_json_need_str(&text, key, "scheme", KEY_WORD_MAX, err);
	if (rc == TG_OK)
		rc = tg_json_need_object(&keyval, key, "keyval", err);
	/* `public` may be missing in a kind of key that we do not know. */
	if (rc == TG_OK)
		rc = tg_json_opt_str(&text, keyval, "public", KEY_TEXT_MAX, "", err);
	if (rc != TG_OK)
		tg_error_prefix(err, "key %.16s", name);
	return rc;
}

int tg_tuf__check_keys(const tg_json *keys, size_t max, tg_error *err)
{
	int rc = TG_OK;

	if (tg_json_size(keys) > max)
		return tg_fail(err, TG_EFORMAT, "%zu keys, at most %zu", tg_json_size(keys), max);
	for (const tg_json *key = tg_json_first(keys); key != NULL && rc == TG_OK; key = tg_json_next(key))
		rc = check_key(key, err);
	return rc;
}

int tg_tuf__check_role(const tg_json *role, const char *name, tg_error *err)
{
	const tg_json *keyids;
	int64_t threshold;
	int rc = tg_json_need_array(&keyids, role, "keyids", err);

	if (rc == TG_OK)
		rc = tg_json_need_int(&threshold, role, "threshold", 1, TG_JSON_MAX_INT, err);
	if (rc == TG_OK && tg_json_size(keyids) > TG_TUF_ROLE_KEYS_MAX)
		rc = tg_fail(err, TG_EFORMAT, "%zu key ids, at most %d", tg_json_size(keyids),
			TG_TUF_ROLE_KEYS_MAX);
	if (rc != TG_OK)
		goto out;
	for (const tg_json *one = tg_json_first(keyids); one != NULL && rc == TG_OK;
		one = tg_json_next(one)) {
		const char *id = tg_json_str(one);

		if (id == NULL)
			rc = tg_fail(
				err, TG_EFORMAT, "keyids: wanted text, found %s", tg_json_type_name(one));
		for (const tg_json *two = tg_json_first(keyids); two != one && rc == TG_OK;
			two = tg_json_next(two))
			if (strcmp(id, tg_json_str(two)) == 0)
				rc = tg_fail(err, TG_EFORMAT, "key id %.16s… stands twice", id);
	}
out:
	if (rc != TG_OK)
		tg_error_prefix(err, "role %.64s", name);
	return rc;
}

static int check_root(const tg_json *body, tg_error *err)
{
	const tg_json *keys, *list;
	bool consistent;
	int rc = tg_json_opt_bool(&consistent, body, "consistent_snapshot", false, err);

	if (rc == TG_OK)
		rc = tg_json_need_object(&keys, body, "keys", err);
	if (rc == TG_OK)
		rc = tg_json_need_object(&list, body, "roles", err);
	if (rc == TG_OK)
		rc = tg_tuf__check_keys(keys, TG_TUF_KEYS_MAX, err);
	for (size_t i = 0; i < TG_TUF_ROLES && rc == TG_OK; i++) {
		const tg_json *role;

		rc = tg_json_need_object(&role, list, roles[i].name, err);
		if (rc == TG_OK)
			rc = tg_tuf__check_role(role, roles[i].name, err);
	}
	return rc;
}

/* `hashes`: any member that is text; those we know must be right in form. At least one known if there is any. */
static int read_hashes(tg_tuf_file *out, const tg_json *hashes, tg_error *err)
{
	for (const tg_json *one = tg_json_first(hashes); one != NULL; one = tg_json_next(one)) {
		const char *name = tg_json_name(one), *text = tg_json_str(one);
		size_t len, want = 0;
		uint8_t *to = NULL;

		if (strcmp(name, "sha256") == 0) {
			to = out->sha256;
			want = TG_SHA256_SIZE;
			out->has_sha256 = true;
		} else if (strcmp(name, "sha512") == 0) {
			to = out->sha512;
			want = TG_SHA512_SIZE;
			out->has_sha512 = true;
			out->sha512_first = !out->has_sha256;
		}
		if (text == NULL)
			return tg_fail(
				err, TG_EFORMAT, "%s: wanted text, found %s", name, tg_json_type_name(one));
		if (to != NULL && (tg_hex_decode(to, &len, want, text, NULL) != TG_OK || len != want))
			return tg_fail(err, TG_EFORMAT, "%s: wanted %zu hex digits", name, 2 * want);
	}
	if (!out->has_sha256 && !out->has_sha512)
		return tg_fail(err, TG_EFORMAT, "hashes: neither sha256 nor sha512");
	return TG_OK;
}

/* One entry of a timestamp's or snapshot's `meta`, or of `targets`. */
static int read_entry(tg_tuf_file *out, const tg_json *entry, bool target, tg_error *err)
{
	const tg_json *hashes;
	int rc;

	*out = (tg_tuf_file){ .length = -1 };
	if (target) {
		rc = tg_json_need_int(&out->length, entry, "length", 0, TG_JSON_MAX_INT, err);
		if (rc == TG_OK)
			rc = tg_json_need_object(&hashes, entry, "hashes", err);
		if (rc == TG_OK)
			rc = tg_json_opt_object(&out->custom, entry, "custom", err);
	} else {
		rc = tg_json_need_int(&out->version, entry, "version", 1, TG_JSON_MAX_INT, err);
		if (rc == TG_OK)
			rc = tg_json_opt_int(&out->length, entry, "length", 1, TG_JSON_MAX_INT, -1, err);
		if (rc == TG_OK)
			rc = tg_json_opt_object(&hashes, entry, "hashes", err);
	}
	if (rc == TG_OK && hashes != NULL)
		rc = read_hashes(out, hashes, err);
	return rc;
}

static int check_entries(const tg_json *list, bool target, tg_error *err)
{
	for (const tg_json *entry = tg_json_first(list); entry != NULL; entry = tg_json_next(entry)) {
		const char *name = tg_json_name(entry);
		tg_tuf_file file;
		int rc;

		if (name[0] == '\0' || strlen(name) > TG_TUF_PATH_MAX)
			return tg_fail(err, TG_EFORMAT, "a name of %zu bytes, wanted 1 to %d", strlen(name),
				TG_TUF_PATH_MAX);
		rc = read_entry(&file, entry, target, err);
		if (rc != TG_OK) {
			tg_error_prefix(err, "%.64s", name);
			return rc;
		}
	}
	return TG_OK;
}

static int check_meta(const tg_json *body, const char *needed, bool alone, tg_error *err)
{
	const tg_json *list;
	int rc = tg_json_need_object(&list, body, "meta", err);

	if (rc != TG_OK)
		return rc;
	if (tg_json_get(list, needed) == NULL)
		return tg_fail(err, TG_EFORMAT, "meta: %s is missing", needed);
	if (alone && tg_json_size(list) != 1)
		return tg_fail(err, TG_EFORMAT, "meta: wanted %s alone, found %zu entries", needed,
			tg_json_size(list));
	return check_entries(list, false, err);
}

static int check_targets(const tg_json *body, tg_error *err)
{
	const tg_json *list, *delegations;
	int rc = tg_json_need_object(&list, body, "targets", err);

	if (rc == TG_OK)
		rc = tg_json_opt_object(&delegations, body, "delegations", err);
	if (rc == TG_OK)
		rc = check_entries(list, true, err);
	if (rc == TG_OK && delegations != NULL) {
		rc = tg_tuf__check_delegations(delegations, err);
		if (rc != TG_OK)
			tg_error_prefix(err, "delegations");
	}
	return rc;
}

static int check_body(tg_tuf_metadata *meta, tg_error *err)
{
	int rc = check_common(meta, err);

	if (rc != TG_OK)
		return rc;
	switch (meta->role) {
	case TG_TUF_ROOT:
		return check_root(meta->body, err);
	case TG_TUF_TIMESTAMP:
		return check_meta(meta->body, "snapshot.json", true, err);
	case TG_TUF_SNAPSHOT:
		return check_meta(meta->body, "targets.json", false, err);
	case TG_TUF_TARGETS:
		return check_targets(meta->body, err);
	case TG_TUF_ROLES:
		break;
	}
	return tg_fail(err, TG_EINVAL, "no such role");
}

static int parse_into(tg_tuf_metadata *meta, tg_view bytes, tg_error *err)
{
	int rc;

	if (bytes.len > roles[meta->role].max_bytes)
		return tg_fail(
			err, TG_ELENGTH, "%zu bytes, at most %zu", bytes.len, roles[meta->role].max_bytes);
	tg_buf_append(&meta->bytes, bytes.data, bytes.len);
	rc = tg_buf_check(&meta->bytes, "metadata", err);
	if (rc == TG_OK)
		rc = tg_json_parse(&meta->tree, bytes, err);
	if (rc == TG_OK)
		rc = tg_json_need_object(&meta->body, meta->tree, "signed", err);
	if (rc == TG_OK)
		rc = tg_json_need_array(&meta->signatures, meta->tree, "signatures", err);
	if (rc == TG_OK)
		rc = check_signatures(meta->signatures, err);
	if (rc == TG_OK)
		rc = check_body(meta, err);
	if (rc == TG_OK)
		rc = tg_json_write_olpc(&meta->canonical, meta->body, err);
	return rc;
}

static int parse_named(
	tg_tuf_metadata **out, tg_tuf_role role, const char *name, tg_view bytes, tg_error *err)
{
	tg_tuf_metadata *meta = calloc(1, sizeof(*meta));
	int rc;

	if (meta != NULL)
		meta->name = strdup(name);
	if (meta == NULL || meta->name == NULL) {
		free(meta);
		return tg_fail(err, TG_ENOMEM, "%.64s.json: out of memory", name);
	}
	meta->role = role;
	tg_buf_init(&meta->bytes, roles[role].max_bytes);
	tg_buf_init(&meta->canonical, roles[role].max_bytes);
	rc = parse_into(meta, bytes, err);
	if (rc != TG_OK) {
		tg_error_prefix(err, "%.64s.json", name);
		tg_tuf_metadata_free(meta);
		return rc;
	}
	*out = meta;
	return TG_OK;
}

int tg_tuf_metadata_parse(tg_tuf_metadata **out, tg_tuf_role role, tg_view bytes, tg_error *err)
{
	*out = NULL;
	if ((unsigned)role >= TG_TUF_ROLES)
		return tg_fail(err, TG_EINVAL, "no such role: %d", (int)role);
	return parse_named(out, role, roles[role].name, bytes, err);
}

int tg_tuf_metadata_parse_delegated(
	tg_tuf_metadata **out, const char *role_name, tg_view bytes, tg_error *err)
{
	int rc = tg_tuf_role_name_check(role_name, err);

	*out = NULL;
	return rc == TG_OK ? parse_named(out, TG_TUF_TARGETS, role_name, bytes, err) : rc;
}

void tg_tuf_metadata_free(tg_tuf_metadata *meta)
{
	if (meta == NULL)
		return;
	tg_json_free(meta->tree);
	tg_buf_fini(&meta->bytes);
	tg_buf_fini(&meta->canonical);
	free(meta->name);
	free(meta);
}

const char *tg_tuf_metadata_name(const tg_tuf_metadata *meta)
{
	return meta->name;
}

tg_tuf_role tg_tuf_metadata_role(const tg_tuf_metadata *meta)
{
	return meta->role;
}

int64_t tg_tuf_metadata_version(const tg_tuf_metadata *meta)
{
	return meta->version;
}

int64_t tg_tuf_metadata_expires_us(const tg_tuf_metadata *meta)
{
	return meta->expires_us;
}

tg_view tg_tuf_metadata_bytes(const tg_tuf_metadata *meta)
{
	return tg_buf_view(&meta->bytes);
}

tg_view tg_tuf_metadata_signed(const tg_tuf_metadata *meta)
{
	return tg_buf_view(&meta->canonical);
}

/* ---- what one file says of others ---- */

static int check_hash(const void *want, const void *found, size_t len, const char *name, tg_error *err)
{
	char want_hex[2 * 8 + 1], found_hex[2 * 8 + 1];

	if (memcmp(want, found, len) == 0)
		return TG_OK;
	tg_hex_encode(want_hex, want, 8);
	tg_hex_encode(found_hex, found, 8);
	return tg_fail(err, TG_EHASH, "%s: wanted hash %s…, found %s…", name, want_hex, found_hex);
}

int tg_tuf_file_check(const tg_tuf_file *file, tg_view bytes, const char *name, tg_error *err)
{
	uint8_t found[TG_SHA512_SIZE];
	int rc = TG_OK;

	if (file->length >= 0 && (uint64_t)file->length != bytes.len)
		return tg_fail(err, TG_ELENGTH, "%s: wanted %lld bytes, found %zu", name,
			(long long)file->length, bytes.len);
	if (file->has_sha256) {
		tg_sha256(found, bytes.data, bytes.len);
		rc = check_hash(file->sha256, found, TG_SHA256_SIZE, name, err);
	}
	if (rc == TG_OK && file->has_sha512) {
		tg_sha512(found, bytes.data, bytes.len);
		rc = check_hash(file->sha512, found, TG_SHA512_SIZE, name, err);
	}
	return rc;
}

bool tg_tuf_root_consistent(const tg_tuf_metadata *root)
{
	return root->role == TG_TUF_ROOT && tg_json_bool(tg_json_get(root->body, "consistent_snapshot"));
}

int tg_tuf_meta_find(tg_tuf_file *out, const tg_tuf_metadata *meta, const char *name, tg_error *err)
{
	const tg_json *entry = tg_json_get(tg_json_get(meta->body, "meta"), name);

	*out = (tg_tuf_file){ .length = -1 };
	if (entry == NULL)
		return tg_fail(err, TG_ENOTFOUND, "%.64s.json: nothing on %.64s", meta->name, name);
	return read_entry(out, entry, false, err);
}

int tg_tuf_target_find(tg_tuf_file *out, const tg_tuf_metadata *targets, const char *path, tg_error *err)
{
	const tg_json *entry = tg_json_get(tg_json_get(targets->body, "targets"), path);

	*out = (tg_tuf_file){ .length = -1 };
	if (entry == NULL)
		return tg_fail(err, TG_ENOTFOUND, "%.64s.json: no target %.128s", targets->name, path);
	return read_entry(out, entry, true, err);
}

int tg_tuf_snapshot_no_rollback(const tg_tuf_metadata *newer, const tg_tuf_metadata *older, tg_error *err)
{
	const tg_json *list = tg_json_get(newer->body, "meta");
	const tg_json *had = tg_json_first(tg_json_get(older->body, "meta"));
	const tg_json *next =
		tg_json_first(list); /* publishers keep the order: mostly the next one is the right one */

	for (; had != NULL; had = tg_json_next(had)) {
		const char *name = tg_json_name(had);
		const tg_json *now = next;
		int64_t version, before;

		if (now == NULL || strcmp(tg_json_name(now), name) != 0)
			now = tg_json_get(list, name);
		if (now == NULL)
			return tg_fail(err, TG_EROLLBACK, "snapshot.json: %.64s is gone, version %lld had it",
				name, (long long)older->version);
		version = tg_json_int(tg_json_get(now, "version"));
		before = tg_json_int(tg_json_get(had, "version"));
		if (version < before)
			return tg_fail(err, TG_EROLLBACK, "snapshot.json: %.64s version %lld after %lld",
				name, (long long)version, (long long)before);
		next = tg_json_next(now);
	}
	return TG_OK;
}

int tg_tuf_issued_us(int64_t *at_us, const tg_tuf_metadata *timestamp, tg_error *err)
{
	const tg_json *member = tg_json_get(timestamp->body, ISSUED_NAME);
	const char *text = tg_json_str(member);
	int rc;

	if (member == NULL)
		return tg_fail(err, TG_ENOTFOUND, "%.64s.json: no %s", timestamp->name, ISSUED_NAME);
	if (text == NULL)
		return tg_fail(
			err, TG_EFORMAT, "%.64s.json: %s is no text", timestamp->name, ISSUED_NAME);
	rc = read_seconds(at_us, text, ISSUED_NAME, err);
	if (rc != TG_OK)
		tg_error_prefix(err, "%.64s.json", timestamp->name);
	return rc;
}

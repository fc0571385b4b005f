/* SPDX-License-Identifier: Apache-2.0
 *
 * repository.c - writes TUF metadata that any conforming client reads (specification 1.0.x, section 4).
 *
 * Pure. What is signed is the OLPC form; what is written is RFC 8785, because OLPC leaves control characters raw and is then no
 * JSON (a PEM key is full of newlines). A reader makes the OLPC form again from the tree.
 */
#include "sync/tuf/repository.h"

#include "store/base/encoding.h"

#include <stdio.h>

#define SPEC_VERSION "1.0.31"
#define PEM_MAX 2048 /* bytes; RSA-4096 takes 800 */

/* {"keytype", "keyval": {"public"}, "scheme"} of section 4.2. The caller frees `*out`. */
static int key_object(tg_json **out, const tg_pubkey *key, tg_error *err)
{
	bool rsa = tg_pubkey_type(key) == TG_KEY_RSA;
	tg_json *object, *keyval;
	tg_buf pem;
	int rc;

	*out = NULL;
	if (tg_pubkey_type(key) == TG_KEY_ED25519)
		return tg_fail(err, TG_EINVAL, "an Ed25519 key cannot be put into a root: use ECDSA P-256");
	tg_buf_init(&pem, PEM_MAX);
	rc = tg_pubkey_to_pem(&pem, key, err);
	if (rc == TG_OK) {
		keyval = tg_json_new_object();
		tg_json_set_str(keyval, "public", tg_buf_text(&pem));
		object = tg_json_new_object();
		tg_json_set_str(object, "keytype", rsa ? "rsa" : "ecdsa");
		tg_json_set_str(object, "scheme", rsa ? "rsassa-pss-sha256" : "ecdsa-sha2-nistp256");
		tg_json_set(object, "keyval", keyval);
		*out = object;
	}
	tg_buf_fini(&pem);
	return rc;
}

static int keyid_of(char out[TG_TUF_KEYID_TEXT_SIZE], const tg_json *object, tg_error *err)
{
	uint8_t hash[TG_SHA256_SIZE];
	tg_buf text;
	int rc;

	tg_buf_init(&text, 2 * PEM_MAX);
	rc = tg_json_write_olpc(&text, object, err);
	if (rc == TG_OK) {
		tg_sha256(hash, text.data, text.len);
		tg_hex_encode(out, hash, sizeof(hash));
	}
	tg_buf_fini(&text);
	return rc;
}

int tg_repository_keyid(char out[TG_TUF_KEYID_TEXT_SIZE], const tg_pubkey *key, tg_error *err)
{
	tg_json *object;
	int rc = key_object(&object, key, err);

	out[0] = '\0';
	if (rc == TG_OK)
		rc = keyid_of(out, object, err);
	tg_json_free(object);
	return rc;
}

/* The members that all roles share. NULL with `err` filled if the version or the date cannot be. */
static tg_json *new_body(tg_tuf_role role, int64_t version, int64_t expires_us, tg_error *err)
{
	char text[TG_UTC_TEXT_SIZE];
	tg_json *body;

	if (version < 1 || version > TG_JSON_MAX_INT) {
		(void)tg_fail(
			err, TG_EINVAL, "%s.json: version %lld", tg_tuf_role_name(role), (long long)version);
		return NULL;
	}
	if (expires_us < TG_US_PER_SECOND) {
		(void)tg_fail(err, TG_EINVAL, "%s.json: no date of expiry", tg_tuf_role_name(role));
		return NULL;
	}
	body = tg_json_new_object();
	if (body == NULL) {
		(void)tg_fail(err, TG_ENOMEM, "%s.json: out of memory", tg_tuf_role_name(role));
		return NULL;
	}
	tg_json_set_str(body, "_type", tg_tuf_role_name(role));
	tg_json_set_str(body, "spec_version", SPEC_VERSION);
	tg_json_set_int(body, "version", version);
	tg_json_set_str(body, "expires", tg_utc_format(text, expires_us - expires_us % TG_US_PER_SECOND));
	return body;
}

static int sign_one(tg_json *signatures, const tg_signkey *signer, tg_view message, tg_error *err)
{
	char keyid[TG_TUF_KEYID_TEXT_SIZE], hex[2 * TG_ECDSA_SIGNATURE_MAX + 1];
	tg_json *entry;
	tg_pubkey *pub;
	tg_buf sig;
	int rc = tg_signkey_public(&pub, signer, err);

	if (rc != TG_OK)
		return rc;
	tg_buf_init(&sig, TG_ECDSA_SIGNATURE_MAX);
	rc = tg_repository_keyid(keyid, pub, err);
	/* One key given twice (say, as old and as new root signer) signs once: a key id must not stand twice. */
	for (const tg_json *one = tg_json_first(signatures); one != NULL && rc == TG_OK;
		one = tg_json_next(one))
		if (strcmp(tg_json_str(tg_json_get(one, "keyid")), keyid) == 0)
			goto out;
	if (rc == TG_OK)
		rc = tg_signkey_sign(&sig, signer, message, err);
	if (rc != TG_OK)
		goto out;
	entry = tg_json_new_object();
	tg_json_set_str(entry, "keyid", keyid);
	tg_json_set_str(entry, "sig", tg_hex_encode(hex, sig.data, sig.len));
	tg_json_add(signatures, entry);
out:
	tg_buf_fini(&sig);
	tg_pubkey_free(pub);
	return rc;
}

/* Sign `body`, add to `signatures`, write the file and read it back as a client would. Takes both over. */
static int write_with(tg_buf *out, tg_tuf_role role, tg_json *body, tg_json *signatures,
	tg_repository_signers signers, tg_error *err)
{
	tg_json *file = tg_json_new_object();
	tg_tuf_metadata *check = NULL;
	tg_buf text;
	int rc;

	tg_buf_init(&text, tg_tuf_role_max(role));
	rc = tg_json_write_olpc(&text, body, err);
	for (size_t i = 0; i < signers.count && rc == TG_OK; i++)
		rc = sign_one(signatures, signers.keys[i], tg_buf_view(&text), err);
	tg_json_set(file, "signatures", signatures);
	tg_json_set(file, "signed", body);
	tg_buf_clear(&text);
	if (rc == TG_OK)
		rc = tg_json_write_jcs(&text, file, err);
	if (rc == TG_OK)
		rc = tg_tuf_metadata_parse(&check, role, tg_buf_view(&text), err);
	if (rc == TG_OK) {
		tg_buf_append(out, text.data, text.len);
		rc = tg_buf_check(out, tg_tuf_role_name(role), err);
	}
	tg_tuf_metadata_free(check);
	tg_buf_fini(&text);
	tg_json_free(file);
	return rc;
}

static int write_signed(
	tg_buf *out, tg_tuf_role role, tg_json *body, tg_repository_signers signers, tg_error *err)
{
	return write_with(out, role, body, tg_json_new_array(), signers, err);
}

int tg_repository_sign(tg_buf *out, tg_tuf_role role, const tg_json *body, const tg_json *before,
	tg_repository_signers signers, tg_error *err)
{
	return write_with(out, role, tg_json_copy(body),
		before != NULL ? tg_json_copy(before) : tg_json_new_array(), signers, err);
}

/* Put one role's `keyids` and `threshold` into `object`, and its keys into `keys`, once each. */
static int fill_role(
	tg_json *object, tg_json *keys, const char *name, const tg_repository_role *role, tg_error *err)
{
	tg_json *keyids = tg_json_new_array();
	int rc = TG_OK;

	if (role->threshold < 1 || (uint64_t)role->threshold > role->count)
		rc = tg_fail(err, TG_EINVAL, "role %s: a threshold of %lld with %zu keys", name,
			(long long)role->threshold, role->count);
	for (size_t i = 0; i < role->count && rc == TG_OK; i++) {
		char keyid[TG_TUF_KEYID_TEXT_SIZE];
		tg_json *key;

		rc = key_object(&key, role->keys[i], err);
		if (rc == TG_OK)
			rc = keyid_of(keyid, key, err);
		if (rc != TG_OK || tg_json_get(keys, keyid) != NULL)
			tg_json_free(key);
		else
			tg_json_set(keys, keyid, key);
		if (rc == TG_OK)
			tg_json_add_str(keyids, keyid);
	}
	tg_json_set(object, "keyids", keyids);
	tg_json_set_int(object, "threshold", role->threshold);
	return rc;
}

static int add_role(
	tg_json *list, tg_json *keys, const char *name, const tg_repository_role *role, tg_error *err)
{
	tg_json *object = tg_json_new_object();
	int rc = fill_role(object, keys, name, role, err);

	tg_json_set(list, name, object);
	return rc;
}

int tg_repository_write_root(
	tg_buf *out, const tg_repository_root *root, tg_repository_signers signers, tg_error *err)
{
	tg_json *body = new_body(TG_TUF_ROOT, root->version, root->expires_us, err), *keys, *list;
	int rc = TG_OK;

	if (body == NULL)
		return TG_EINVAL;
	keys = tg_json_new_object();
	list = tg_json_new_object();
	for (size_t i = 0; i < TG_TUF_ROLES && rc == TG_OK; i++)
		rc = add_role(list, keys, tg_tuf_role_name((tg_tuf_role)i), &root->roles[i], err);
	tg_json_set_bool(body, "consistent_snapshot", true);
	tg_json_set(body, "keys", keys);
	tg_json_set(body, "roles", list);
	if (rc != TG_OK) {
		tg_json_free(body);
		return rc;
	}
	return write_signed(out, TG_TUF_ROOT, body, signers, err);
}

static void set_sha256(tg_json *object, const uint8_t hash[TG_SHA256_SIZE])
{
	char hex[2 * TG_SHA256_SIZE + 1];
	tg_json *hashes = tg_json_new_object();

	tg_json_set_str(hashes, "sha256", tg_hex_encode(hex, hash, TG_SHA256_SIZE));
	tg_json_set(object, "hashes", hashes);
}

/* An entry of `meta`: version, length and hash of a file. */
static void add_meta(tg_json *meta, const char *name, int64_t version, tg_view file)
{
	tg_json *entry = tg_json_new_object();
	uint8_t hash[TG_SHA256_SIZE];

	tg_sha256(hash, file.data, file.len);
	tg_json_set_int(entry, "version", version);
	tg_json_set_int(entry, "length", (int64_t)file.len);
	set_sha256(entry, hash);
	tg_json_set(meta, name, entry);
}

int tg_repository_write_timestamp(
	tg_buf *out, const tg_repository_timestamp *timestamp, tg_repository_signers signers, tg_error *err)
{
	char text[TG_UTC_TEXT_SIZE];
	int64_t issued_us = timestamp->issued_us - timestamp->issued_us % TG_US_PER_SECOND;
	tg_json *body, *meta;

	if (issued_us < TG_US_PER_SECOND || issued_us >= timestamp->expires_us)
		return tg_fail(err, TG_EINVAL, "timestamp.json: issued after it expires, or never");
	body = new_body(TG_TUF_TIMESTAMP, timestamp->version, timestamp->expires_us, err);
	if (body == NULL)
		return TG_EINVAL;
	tg_json_set_str(body, "x-tillgate-issued", tg_utc_format(text, issued_us));
	meta = tg_json_new_object();
	add_meta(meta, "snapshot.json", timestamp->snapshot_version, timestamp->snapshot);
	tg_json_set(body, "meta", meta);
	return write_signed(out, TG_TUF_TIMESTAMP, body, signers, err);
}

/* As an earlier snapshot stated it. Only what we write ourselves: SHA-256. */
static void add_known(tg_json *meta, const char *name, int64_t version, const tg_tuf_file *known)
{
	tg_json *entry = tg_json_new_object();

	tg_json_set_int(entry, "version", version);
	if (known->length >= 0)
		tg_json_set_int(entry, "length", known->length);
	if (known->has_sha256)
		set_sha256(entry, known->sha256);
	tg_json_set(meta, name, entry);
}

static int add_listed(tg_json *meta, const tg_repository_listed *listed, tg_error *err)
{
	char name[TG_TUF_ROLE_NAME_MAX + sizeof(".json")];
	int rc = tg_tuf_role_name_check(listed->role, err);

	if (rc != TG_OK)
		return tg_fail(err, TG_EINVAL, "snapshot.json: \"%.64s\" is no name for a delegated role", listed->role);
	(void)snprintf(name, sizeof(name), "%s.json", listed->role);
	if (tg_json_get(meta, name) != NULL)
		return tg_fail(err, TG_EINVAL, "snapshot.json: %s stands twice", name);
	if (listed->known != NULL)
		add_known(meta, name, listed->version, listed->known);
	else
		add_meta(meta, name, listed->version, listed->file);
	return TG_OK;
}

int tg_repository_write_snapshot(
	tg_buf *out, const tg_repository_snapshot *snapshot, tg_repository_signers signers, tg_error *err)
{
	tg_json *body = new_body(TG_TUF_SNAPSHOT, snapshot->version, snapshot->expires_us, err), *meta;
	int rc = TG_OK;

	if (body == NULL)
		return TG_EINVAL;
	meta = tg_json_new_object();
	for (size_t i = 0; i < snapshot->other_count && rc == TG_OK; i++)
		rc = add_listed(meta, &snapshot->others[i], err);
	add_meta(meta, "targets.json", snapshot->targets_version, snapshot->targets);
	tg_json_set(body, "meta", meta);
	if (rc != TG_OK) {
		tg_json_free(body);
		return rc;
	}
	return write_signed(out, TG_TUF_SNAPSHOT, body, signers, err);
}

static int add_target(tg_json *list, const tg_repository_target *target, tg_error *err)
{
	tg_json *entry;

	if (target->path == NULL || target->path[0] == '\0' || target->length < 0)
		return tg_fail(err, TG_EINVAL, "targets.json: a target without a path or length");
	if (tg_json_get(list, target->path) != NULL)
		return tg_fail(err, TG_EINVAL, "targets.json: %s stands twice", target->path);
	entry = tg_json_new_object();
	tg_json_set_int(entry, "length", target->length);
	set_sha256(entry, target->sha256);
	if (target->custom != NULL)
		tg_json_set(entry, "custom", tg_json_copy(target->custom));
	tg_json_set(list, target->path, entry);
	return TG_OK;
}

static void set_texts(tg_json *object, const char *name, const char *const *texts, size_t count)
{
	tg_json *list = tg_json_new_array();

	for (size_t i = 0; i < count; i++)
		tg_json_add_str(list, texts[i]);
	tg_json_set(object, name, list);
}

static int add_delegation(
	tg_json *list, tg_json *keys, const tg_repository_delegation *delegation, tg_error *err)
{
	tg_json *object;
	int rc = tg_tuf_role_name_check(delegation->name, err);

	if (rc != TG_OK)
		return tg_fail(err, TG_EINVAL, "delegations: \"%.64s\" is no name for a delegated role",
			delegation->name);
	if ((delegation->path_count == 0) == (delegation->hash_prefix_count == 0))
		return tg_fail(err, TG_EINVAL, "delegations: %s: wanted either paths or hash prefixes",
			delegation->name);
	object = tg_json_new_object();
	rc = fill_role(object, keys, delegation->name, &delegation->role, err);
	tg_json_set_str(object, "name", delegation->name);
	if (delegation->path_count > 0)
		set_texts(object, "paths", delegation->paths, delegation->path_count);
	else
		set_texts(object, "path_hash_prefixes", delegation->hash_prefixes,
			delegation->hash_prefix_count);
	tg_json_set_bool(object, "terminating", delegation->terminating);
	tg_json_add(list, object);
	return rc;
}

static int set_delegations(tg_json *body, const tg_repository_targets *targets, tg_error *err)
{
	tg_json *object = tg_json_new_object(), *keys = tg_json_new_object(), *list = tg_json_new_array();
	int rc = TG_OK;

	for (size_t i = 0; i < targets->delegation_count && rc == TG_OK; i++)
		rc = add_delegation(list, keys, &targets->delegations[i], err);
	tg_json_set(object, "keys", keys);
	tg_json_set(object, "roles", list);
	tg_json_set(body, "delegations", object);
	return rc;
}

int tg_repository_write_targets(
	tg_buf *out, const tg_repository_targets *targets, tg_repository_signers signers, tg_error *err)
{
	tg_json *body = new_body(TG_TUF_TARGETS, targets->version, targets->expires_us, err), *list;
	int rc = TG_OK;

	if (body == NULL)
		return TG_EINVAL;
	list = tg_json_new_object();
	for (size_t i = 0; i < targets->count && rc == TG_OK; i++)
		rc = add_target(list, &targets->targets[i], err);
	tg_json_set(body, "targets", list);
	if (rc == TG_OK && targets->delegation_count > 0)
		rc = set_delegations(body, targets, err);
	if (rc != TG_OK) {
		tg_json_free(body);
		return rc;
	}
	return write_signed(out, TG_TUF_TARGETS, body, signers, err);
}

tg_json *tg_repository_image_custom(int64_t version, const uint8_t blocks_sha256[TG_SHA256_SIZE])
{
	char hex[2 * TG_SHA256_SIZE + 1];
	tg_json *custom = tg_json_new_object();

	tg_json_set_int(custom, "version", version);
	tg_json_set_str(custom, "blocks_sha256", tg_hex_encode(hex, blocks_sha256, TG_SHA256_SIZE));
	return custom;
}

int tg_repository_target_name(
	char *out, size_t out_size, const char *path, const uint8_t sha256[TG_SHA256_SIZE], tg_error *err)
{
	char hex[2 * TG_SHA256_SIZE + 1];
	const char *slash = strrchr(path, '/');
	int folder = slash == NULL ? 0 : (int)(slash - path) + 1;
	int len;

	if (strlen(path) > TG_TUF_PATH_MAX)
		return tg_fail(err, TG_EINVAL, "a target path of %zu bytes", strlen(path));
	len = snprintf(out, out_size, "%.*s%s.%s", folder, path, tg_hex_encode(hex, sha256, TG_SHA256_SIZE),
		path + folder);
	if (len < 0 || (size_t)len >= out_size)
		return tg_fail(err, TG_EINVAL, "%s: the published name does not fit", path);
	return TG_OK;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * root.c - roles and keys out of a root, and back for the writer.
 */
#include "sync/hq/root.h"

void tg_root_role_fini(tg_root_role *role)
{
	for (size_t i = 0; i < role->count; i++)
		tg_pubkey_free(role->keys[i]);
	*role = (tg_root_role){ 0 };
}

void tg_root_fini(tg_root *root)
{
	for (int role = 0; role < TG_TUF_ROLES; role++)
		tg_root_role_fini(&root->roles[role]);
	tg_tuf_metadata_free(root->meta);
	tg_json_free(root->tree);
	root->meta = NULL;
	root->tree = NULL;
}

bool tg_root_role_equal(const tg_root_role *a, const tg_root_role *b)
{
	bool equal = a->count == b->count && a->threshold == b->threshold;

	for (size_t i = 0; i < a->count && equal; i++)
		equal = tg_root_role_find(b, a->keyids[i]) >= 0;
	return equal;
}

int tg_root_role_find(const tg_root_role *role, const char *keyid)
{
	for (size_t i = 0; i < role->count; i++)
		if (strcmp(role->keyids[i], keyid) == 0)
			return (int)i;
	return -1;
}

int tg_root_role_add(tg_root_role *role, tg_pubkey *key, tg_error *err)
{
	char keyid[TG_TUF_KEYID_TEXT_SIZE];
	int rc = tg_repository_keyid(keyid, key, err);

	if (rc == TG_OK && tg_root_role_find(role, keyid) >= 0)
		rc = tg_fail(err, TG_ESTATE, "key %.8s is there already", keyid);
	if (rc == TG_OK && role->count == TG_TUF_ROLE_KEYS_MAX)
		rc = tg_fail(err, TG_ELIMIT, "a role has at most %d keys", TG_TUF_ROLE_KEYS_MAX);
	if (rc != TG_OK) {
		tg_pubkey_free(key);
		return rc;
	}
	memcpy(role->keyids[role->count], keyid, sizeof(keyid));
	role->keys[role->count++] = key;
	return TG_OK;
}

void tg_root_role_remove(tg_root_role *role, size_t index)
{
	tg_pubkey_free(role->keys[index]);
	role->count--;
	for (size_t i = index; i < role->count; i++) {
		role->keys[i] = role->keys[i + 1];
		memcpy(role->keyids[i], role->keyids[i + 1], TG_TUF_KEYID_TEXT_SIZE);
	}
}

static int read_key(tg_root_role *role, const tg_json *keys, const char *keyid, tg_error *err)
{
	const char *pem = tg_json_str(tg_json_get(tg_json_get(tg_json_get(keys, keyid), "keyval"), "public"));
	tg_pubkey *key = NULL;
	int rc;

	if (pem == NULL)
		return tg_fail(err, TG_EFORMAT, "root.json: no key %.16s", keyid);
	rc = tg_pubkey_from_pem(&key, tg_view_str(pem), err);
	if (rc == TG_OK)
		rc = tg_root_role_add(role, key, err);
	if (rc == TG_OK && strcmp(role->keyids[role->count - 1], keyid) != 0)
		rc = tg_fail(err, TG_EFORMAT, "root.json: key id %.16s is not the hash of its key", keyid);
	return rc;
}

static int read_role(tg_root_role *out, const tg_json *body, const char *name, tg_error *err)
{
	const tg_json *keys = tg_json_get(body, "keys");
	const tg_json *role = tg_json_get(tg_json_get(body, "roles"), name);
	int rc = TG_OK;

	out->threshold = tg_json_int(tg_json_get(role, "threshold"));
	for (const tg_json *one = tg_json_first(tg_json_get(role, "keyids")); one != NULL && rc == TG_OK;
		one = tg_json_next(one))
		rc = read_key(out, keys, tg_json_str(one), err);
	return rc;
}

int tg_root_parse(tg_root *out, tg_view file, tg_error *err)
{
	int rc;

	*out = (tg_root){ 0 };
	rc = tg_tuf_metadata_parse(&out->meta, TG_TUF_ROOT, file, err);
	if (rc == TG_OK)
		rc = tg_json_parse(&out->tree, file, err);
	if (rc == TG_OK) {
		out->version = tg_tuf_metadata_version(out->meta);
		out->expires_us = tg_tuf_metadata_expires_us(out->meta);
	}
	for (int role = 0; role < TG_TUF_ROLES && rc == TG_OK; role++)
		rc = read_role(&out->roles[role], tg_json_get(out->tree, "signed"),
			tg_tuf_role_name((tg_tuf_role)role), err);
	return rc;
}

tg_repository_root tg_root_for_writer(const tg_root *root)
{
	tg_repository_root out = { .version = root->version, .expires_us = root->expires_us };

	for (int role = 0; role < TG_TUF_ROLES; role++)
		out.roles[role] = (tg_repository_role){ (const tg_pubkey *const *)root->roles[role].keys,
			root->roles[role].count, root->roles[role].threshold };
	return out;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * simulator.c - the repository of simulator.h.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/conformance/simulator.h"

#include "store/base/encoding.h"
#include "sync/tuf/delegation.h"

#include <stdio.h>

#define FILE_MAX (1 << 20)

/* Made once for all the simulators of a program: making a key takes as long as the rest of a test. */
static tg_signkey *all_keys[SIM_KEYS];
static tg_pubkey *all_pubs[SIM_KEYS];

static const char *const top_names[] = { "root", "timestamp", "snapshot", "targets" };

static void ok(int rc, const tg_error *err)
{
	if (rc != TG_OK)
		fail_msg("%s: %s", tg_strerror(rc), err->msg);
}

static bool is_targets_role(const sim *s, const sim_role *role)
{
	return role - s->roles >= 3;
}

void sim_set_keys(sim_role *role, const int *keys, size_t count, int64_t threshold)
{
	role->may = (sim_keys){ .count = count, .threshold = threshold };
	memcpy(role->may.keys, keys, count * sizeof(*keys));
	role->does = role->may;
}

static sim_role *new_role(sim *s, const char *name, int key)
{
	sim_role *role = &s->roles[s->role_count++];

	assert_true(s->role_count <= SIM_ROLES);
	(void)snprintf(role->name, sizeof(role->name), "%s", name);
	role->expires_us = SIM_NOW_US + 30 * TG_US_PER_DAY;
	role->listed = true;
	sim_set_keys(role, &key, 1, 1);
	tg_buf_init(&role->file, FILE_MAX);
	return role;
}

sim_role *sim_role_of(sim *s, const char *name)
{
	for (int i = 0; i < s->role_count; i++)
		if (strcmp(s->roles[i].name, name) == 0)
			return &s->roles[i];
	return new_role(s, name, 4 + s->role_count % (SIM_KEYS - 4));
}

sim_edge *sim_delegate(sim *s, const char *from, const char *to, const char *pattern)
{
	sim_edge *edge = &s->edges[s->edge_count++];

	assert_true(s->edge_count <= SIM_EDGES);
	edge->from = (int)(sim_role_of(s, from) - s->roles);
	edge->to = (int)(sim_role_of(s, to) - s->roles);
	edge->may = s->roles[edge->to].may;
	(void)snprintf(edge->pattern, sizeof(edge->pattern), "%s", pattern);
	return edge;
}

void sim_add_target(sim *s, const char *role, const char *path, const char *content)
{
	sim_target *target = &s->targets[s->target_count++];

	assert_true(s->target_count <= SIM_TARGETS);
	target->role = (int)(sim_role_of(s, role) - s->roles);
	target->hashes = "sha256";
	(void)snprintf(target->path, sizeof(target->path), "%s", path);
	(void)snprintf(target->content, sizeof(target->content), "%s", content);
}

/* ---- bodies ---- */

static void keyid_of(char out[TG_TUF_KEYID_TEXT_SIZE], const sim *s, int key)
{
	tg_error err = { 0 };

	ok(tg_repository_keyid(out, s->pubs[key], &err), &err);
}

static tg_json *key_object(const char *type, const char *scheme, const char *text)
{
	tg_json *object = tg_json_new_object(), *keyval = tg_json_new_object();

	tg_json_set_str(keyval, "public", text);
	tg_json_set_str(object, "keytype", type);
	tg_json_set_str(object, "scheme", scheme);
	tg_json_set(object, "keyval", keyval);
	return object;
}

/* `keyids` and `threshold` into `object`, the keys themselves into `all`. */
static void set_who(tg_json *object, tg_json *all, const sim *s, const sim_keys *may)
{
	tg_json *ids = tg_json_new_array();

	for (size_t i = 0; i < may->count; i++) {
		char keyid[TG_TUF_KEYID_TEXT_SIZE];
		tg_error err = { 0 };
		tg_buf pem;

		keyid_of(keyid, s, may->keys[i]);
		tg_json_add_str(ids, keyid);
		tg_buf_init(&pem, FILE_MAX);
		ok(tg_pubkey_to_pem(&pem, s->pubs[may->keys[i]], &err), &err);
		tg_json_set(all, keyid, key_object("ecdsa", "ecdsa-sha2-nistp256", tg_buf_text(&pem)));
		tg_buf_fini(&pem);
	}
	tg_json_set(object, "keyids", ids);
	tg_json_set_int(object, "threshold", may->threshold);
}

static void fill_root(tg_json *body, const sim *s)
{
	tg_json *keys = tg_json_new_object(), *roles = tg_json_new_object();

	for (int i = 0; i < 4; i++) {
		tg_json *role = tg_json_new_object();

		set_who(role, keys, s, &s->roles[i].may);
		if (i == 0 && s->extra_key_type != NULL) {
			char hex[2 * TG_ED25519_PUBLIC_SIZE + 1];
			tg_json *ids = tg_json_copy(tg_json_get(role, "keyids"));

			tg_hex_encode(hex, s->ed_public, sizeof(s->ed_public));
			tg_json_set(keys, "another", key_object(s->extra_key_type, s->extra_key_type, hex));
			tg_json_add_str(ids, "another"); /* a key id as somebody else may choose it */
			tg_json_set(role, "keyids", ids);
		}
		tg_json_set(roles, top_names[i], role);
	}
	tg_json_set_bool(body, "consistent_snapshot", !s->plain_names);
	tg_json_set(body, "keys", keys);
	tg_json_set(body, "roles", roles);
}

static void add_hashes(tg_json *object, const char *which, const void *data, size_t len)
{
	tg_json *hashes = tg_json_new_object();
	char hex[2 * TG_SHA512_SIZE + 1];
	uint8_t hash[TG_SHA512_SIZE];

	for (const char *p = which; *p != '\0'; p += strcspn(p, " "), p += strspn(p, " ")) {
		size_t size = strncmp(p, "sha512", 6) == 0 ? TG_SHA512_SIZE : TG_SHA256_SIZE;

		if (size == TG_SHA512_SIZE)
			tg_sha512(hash, data, len);
		else
			tg_sha256(hash, data, len);
		tg_json_set_str(hashes, strncmp(p, "sha3", 4) == 0 ? "sha3" : size == TG_SHA512_SIZE ? "sha512" : "sha256",
			tg_hex_encode(hex, hash, size));
	}
	tg_json_set(object, "hashes", hashes);
}

static void add_meta(tg_json *meta, const sim_role *role)
{
	tg_json *entry = tg_json_new_object();
	char name[320];

	(void)snprintf(name, sizeof(name), "%s.json", role->name);
	tg_json_set_int(entry, "version", role->say_version != 0 ? role->say_version : role->version);
	if (role->say_hash) {
		tg_json_set_int(entry, "length", (int64_t)role->file.len);
		add_hashes(entry, "sha256", role->file.data, role->lie_hash ? 0 : role->file.len);
	}
	tg_json_set(meta, name, entry);
}

static void fill_meta(tg_json *body, const sim *s, bool snapshot)
{
	tg_json *meta = tg_json_new_object();

	if (!snapshot)
		add_meta(meta, &s->roles[2]);
	for (int i = 3; i < s->role_count && snapshot; i++)
		if (s->roles[i].listed && s->roles[i].version > 0)
			add_meta(meta, &s->roles[i]);
	tg_json_set(body, "meta", meta);
}

static void fill_delegations(tg_json *body, const sim *s, int from)
{
	tg_json *delegations = tg_json_new_object(), *keys = tg_json_new_object(), *list = tg_json_new_array();

	for (int i = 0; i < s->edge_count; i++) {
		const sim_edge *edge = &s->edges[i];
		tg_json *role, *paths;

		if (edge->from != from)
			continue;
		role = tg_json_new_object();
		paths = tg_json_new_array();
		tg_json_set_str(role, "name", s->roles[edge->to].name);
		tg_json_set_bool(role, "terminating", edge->terminating);
		tg_json_add_str(paths, edge->pattern);
		tg_json_set(role, "paths", paths);
		set_who(role, keys, s, &edge->may);
		tg_json_add(list, role);
	}
	tg_json_set(delegations, "keys", keys);
	tg_json_set(delegations, "roles", list);
	if (tg_json_size(list) > 0)
		tg_json_set(body, "delegations", delegations);
	else
		tg_json_free(delegations);
}

/* Where the content of a target lies: by each of its hashes, or plain. */
static void serve_target(sim *s, const sim_target *target, const tg_json *hashes)
{
	const char *slash = strrchr(target->path, '/'), *name = slash == NULL ? target->path : slash + 1;
	char path[512];

	for (const tg_json *hash = tg_json_first(hashes); hash != NULL; hash = tg_json_next(hash)) {
		if (s->plain_names)
			(void)snprintf(path, sizeof(path), "/t/%s", target->path);
		else
			(void)snprintf(path, sizeof(path), "/t/%.*s%s.%s", (int)(name - target->path), target->path,
				tg_json_str(hash), name);
		server_put(s->web, path, tg_view_str(target->content));
	}
}

static void fill_targets(tg_json *body, sim *s, int role)
{
	tg_json *list = tg_json_new_object();

	for (int i = 0; i < s->target_count; i++) {
		const sim_target *target = &s->targets[i];
		tg_json *entry;

		if (target->role != role)
			continue;
		entry = tg_json_new_object();
		tg_json_set_int(entry, "length", (int64_t)strlen(target->content));
		add_hashes(entry, target->hashes, target->content, strlen(target->content));
		serve_target(s, target, tg_json_get(entry, "hashes"));
		tg_json_set(list, target->path, entry);
	}
	tg_json_set(body, "targets", list);
	fill_delegations(body, s, role);
}

/* ---- signing and serving ---- */

static void add_signature(tg_json *list, const char *keyid, const void *sig, size_t len)
{
	tg_json *entry = tg_json_new_object();
	char hex[256];

	tg_json_set_str(entry, "keyid", keyid);
	tg_json_set_str(entry, "sig", tg_hex_encode(hex, sig, len));
	tg_json_add(list, entry);
}

static void sign_file(tg_buf *out, const sim *s, const sim_role *role, tg_json *body)
{
	tg_json *file = tg_json_new_object(), *list = tg_json_new_array();
	tg_error err = { 0 };
	tg_buf text, sig;

	tg_buf_init(&text, FILE_MAX);
	tg_buf_init(&sig, TG_ECDSA_SIGNATURE_MAX);
	ok(tg_json_write_olpc(&text, body, &err), &err);
	for (size_t i = 0; i < role->does.count; i++) {
		char keyid[TG_TUF_KEYID_TEXT_SIZE];

		tg_buf_clear(&sig);
		ok(tg_signkey_sign(&sig, s->keys[role->does.keys[i]], tg_buf_view(&text), &err), &err);
		keyid_of(keyid, s, role->does.keys[i]);
		add_signature(list, keyid, sig.data, sig.len);
	}
	if (role == &s->roles[0] && s->extra_key_type != NULL) {
		uint8_t ed[TG_ED25519_SIGNATURE_SIZE];

		tg_ed25519_sign(ed, s->ed_secret, tg_buf_view(&text));
		ed[3] ^= s->ed_wrong;
		add_signature(list, "another", ed, sizeof(ed));
	}
	tg_json_set(file, "signatures", list);
	tg_json_set(file, "signed", body);
	tg_buf_clear(out);
	ok(tg_json_write_jcs(out, file, &err), &err);
	tg_json_free(file);
	tg_buf_fini(&text);
	tg_buf_fini(&sig);
}

void sim_url_path(char out[512], const sim *s, const sim_role *role)
{
	char name[TG_TUF_ROLE_NAME_MAX + 1];

	if (is_targets_role(s, role) && strcmp(role->name, "targets") != 0)
		assert_int_equal(tg_tuf_role_encode(name, role->name, NULL), TG_OK);
	else
		(void)snprintf(name, sizeof(name), "%.100s", role->name);
	if (strcmp(name, "timestamp") == 0 || (s->plain_names && strcmp(name, "root") != 0))
		(void)snprintf(out, 512, "/m/%s.json", name);
	else
		(void)snprintf(out, 512, "/m/%lld.%s.json", (long long)role->version, name);
}

void sim_publish_role(sim *s, sim_role *role)
{
	char path[512], expires[TG_UTC_TEXT_SIZE];
	tg_json *body = tg_json_new_object();

	role->version++;
	tg_json_set_str(body, "_type", is_targets_role(s, role) ? "targets" : role->name);
	tg_json_set_str(body, "spec_version", "1.0.31");
	tg_json_set_int(body, "version", role->version);
	tg_json_set_str(body, "expires", tg_utc_format(expires, role->expires_us));
	if (role == &s->roles[0])
		fill_root(body, s);
	else if (is_targets_role(s, role))
		fill_targets(body, s, (int)(role - s->roles));
	else
		fill_meta(body, s, role == &s->roles[2]);
	sign_file(&role->file, s, role, body);
	sim_url_path(path, s, role);
	server_put(s->web, path, tg_buf_view(&role->file));
}

void sim_publish(sim *s, const char *names)
{
	for (const char *p = names; *p != '\0'; p += strcspn(p, " "), p += strspn(p, " ")) {
		char name[300];

		(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(p, " "), p);
		sim_publish_role(s, sim_role_of(s, name));
	}
}

void sim_bend(sim *s, const char *name, const char *from, const char *to)
{
	sim_role *role = sim_role_of(s, name);
	const char *text = tg_buf_text(&role->file), *at = strstr(text, from);
	char path[512];
	tg_buf bent;

	assert_non_null(at);
	tg_buf_init(&bent, FILE_MAX);
	tg_buf_append(&bent, text, (size_t)(at - text));
	tg_buf_puts(&bent, to);
	tg_buf_puts(&bent, at + strlen(from));
	sim_url_path(path, s, role);
	server_put(s->web, path, tg_buf_view(&bent));
	tg_buf_clear(&role->file);
	tg_buf_append(&role->file, bent.data, bent.len);
	tg_buf_fini(&bent);
}

void sim_init(sim *s)
{
	tg_error err = { 0 };

	memset(s, 0, sizeof(*s));
	ok(tg_crypto_init(&err), &err);
	s->web = server_start();
	for (int i = 0; i < SIM_KEYS; i++) {
		if (all_keys[i] == NULL) {
			ok(tg_signkey_generate(&all_keys[i], &err), &err);
			ok(tg_signkey_public(&all_pubs[i], all_keys[i], &err), &err);
		}
		s->keys[i] = all_keys[i];
		s->pubs[i] = all_pubs[i];
	}
	tg_ed25519_generate(s->ed_public, s->ed_secret);
	for (int i = 0; i < 4; i++)
		(void)new_role(s, top_names[i], i);
	sim_publish(s, "targets snapshot timestamp root");
	tg_buf_init(&s->first_root, FILE_MAX);
	tg_buf_append(&s->first_root, s->roles[0].file.data, s->roles[0].file.len);
}

void sim_fini(sim *s)
{
	server_stop(s->web);
	for (int i = 0; i < s->role_count; i++)
		tg_buf_fini(&s->roles[i].file);
	tg_buf_fini(&s->first_root);
}

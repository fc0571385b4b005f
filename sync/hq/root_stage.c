/* SPDX-License-Identifier: Apache-2.0
 *
 * root_stage.c - make, read, explain, sign and check the next root.
 */
#include "sync/hq/root_stage.h"

#include "store/base/encoding.h"

#include <stdio.h>

#define SAYS_LINE_MAX 256 /* bytes */
#define SAYS_MAX ((size_t)TG_STAGE_SAYS_MAX * SAYS_LINE_MAX)
#define KEYID_SHOWN 16 /* digits of a key id that people see; the first eight are in the key's file name */

static const char *const members[] = { "tillgate_root_stage", "says", "fingerprint", "signatures", "signed",
	NULL };

static const tg_json *body_of(const tg_stage *stage)
{
	return tg_json_get(stage->tree, "signed");
}

static const tg_json *signatures_of(const tg_stage *stage)
{
	return tg_json_get(stage->tree, "signatures");
}

/* The bytes that are signed. */
static int message_of(tg_buf *out, const tg_stage *stage, tg_error *err)
{
	tg_buf_init(out, TG_TUF_ROOT_MAX);
	return tg_json_write_olpc(out, body_of(stage), err);
}

static int make_fingerprint(tg_stage *stage, tg_error *err)
{
	uint8_t hash[TG_SHA256_SIZE];
	char hex[2 * TG_SHA256_SIZE + 1];
	tg_buf message;
	int rc = message_of(&message, stage, err);

	tg_sha256(hash, message.data, message.len);
	tg_hex_encode(hex, hash, sizeof(hash));
	for (int group = 0; group < 8; group++)
		(void)snprintf(
			stage->fingerprint + 5 * group, 6, "%.4s%s", hex + 4 * group, group < 7 ? " " : "");
	tg_buf_fini(&message);
	return rc;
}

/* ---- words ---- */

static void say_keys(
	tg_buf *out, const char *name, const tg_root_role *from, const tg_root_role *to, const char *words)
{
	for (size_t i = 0; i < from->count; i++)
		if (tg_root_role_find(to, from->keyids[i]) < 0)
			tg_buf_printf(out, "%s: key %.*s %s\n", name, KEYID_SHOWN, from->keyids[i], words);
}

static void say_role(tg_buf *out, tg_tuf_role role, const tg_root *current, const tg_root *next)
{
	static const tg_root_role nobody = { 0 };
	const tg_root_role *from = current != NULL ? &current->roles[role] : &nobody,
			   *to = &next->roles[role];
	const char *name = tg_tuf_role_name(role);

	say_keys(out, name, from, to, "goes out");
	say_keys(out, name, to, from, "comes in");
	if (current != NULL && from->threshold != to->threshold)
		tg_buf_printf(out, "%s: threshold changes from %lld to %lld\n", name,
			(long long)from->threshold, (long long)to->threshold);
	tg_buf_printf(out, "%s: %lld of %zu keys sign%s\n", name, (long long)to->threshold, to->count,
		current != NULL && tg_root_role_equal(from, to) ? ", as before" : "");
}

static void say_signers(tg_buf *out, const tg_root *root)
{
	const tg_root_role *role = &root->roles[TG_TUF_ROOT];

	tg_buf_printf(out,
		"to be signed by %lld of these keys of root.json %lld:", (long long)role->threshold,
		(long long)root->version);
	for (size_t i = 0; i < role->count && i < 8; i++)
		tg_buf_printf(out, " %.*s", KEYID_SHOWN, role->keyids[i]);
	tg_buf_puts(out, role->count > 8 ? " …\n" : "\n");
}

static void say(tg_buf *out, const tg_root *current, const tg_root *next)
{
	char at[TG_UTC_TEXT_SIZE], was[TG_UTC_TEXT_SIZE];
	bool same = current != NULL;

	if (current == NULL) {
		tg_buf_printf(out, "root.json %lld is the first: nothing vouches for it but you\n",
			(long long)next->version);
		tg_buf_printf(out, "it holds until %s\n", tg_utc_format(at, next->expires_us));
	} else {
		tg_buf_printf(out, "root.json %lld follows root.json %lld\n", (long long)next->version,
			(long long)current->version);
		tg_buf_printf(out, "it holds until %s; the present one until %s\n",
			tg_utc_format(at, next->expires_us), tg_utc_format(was, current->expires_us));
	}
	for (int role = 0; role < TG_TUF_ROLES; role++) {
		same = same && tg_root_role_equal(&current->roles[role], &next->roles[role]);
		say_role(out, (tg_tuf_role)role, current, next);
	}
	if (same)
		tg_buf_puts(out, "no key and no threshold changes: only the date is new\n");
	if (current != NULL)
		say_signers(out, current);
	say_signers(out, next);
}

static void set_says(tg_json *tree, const char *text)
{
	tg_json *says = tg_json_new_array();
	char line[SAYS_LINE_MAX * 2];

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		(void)snprintf(line, sizeof(line), "%.*s", (int)len, text);
		tg_json_add_str(says, line);
		text += len + (text[len] == '\n');
	}
	tg_json_set(tree, "says", says);
}

static bool says_so(const tg_json *tree, const char *text)
{
	for (const tg_json *one = tg_json_first(tg_json_get(tree, "says")); one != NULL;
		one = tg_json_next(one)) {
		const char *line = tg_json_str(one);
		size_t len = strcspn(text, "\n");

		if (line == NULL || strlen(line) != len || strncmp(line, text, len) != 0)
			return false;
		text += len + (text[len] == '\n');
	}
	return *text == '\0';
}

static int check_follows(const tg_root *current, const tg_root *next, tg_error *err)
{
	int64_t wanted = current != NULL ? current->version + 1 : 1;

	if (next->version != wanted)
		return tg_fail(err, TG_EUNTRUSTED, "the stage is of root.json %lld, and wanted is %lld%s",
			(long long)next->version, (long long)wanted,
			current == NULL ? ": without a present root it can only be the first" : "");
	return TG_OK;
}

int tg_stage_says(tg_buf *out, const tg_stage *stage, const tg_root *current, tg_error *err)
{
	tg_buf text;
	int rc = check_follows(current, &stage->root, err);

	tg_buf_init(&text, SAYS_MAX);
	if (rc == TG_OK) {
		say(&text, current, &stage->root);
		rc = tg_buf_check(&text, "words of the stage", err);
	}
	if (rc == TG_OK && !says_so(stage->tree, tg_buf_text(&text)))
		rc = tg_fail(err, TG_EUNTRUSTED,
			"the stage's words are not those of its content, or were made for another present "
			"root: do not sign "
			"it, ask who sent it");
	if (rc == TG_OK) {
		tg_buf_append(out, text.data, text.len);
		rc = tg_buf_check(out, "words of the stage", err);
	}
	tg_buf_fini(&text);
	return rc;
}

/* ---- making and reading ---- */

static int check_roles(const tg_root *root, tg_error *err)
{
	for (int role = 0; role < TG_TUF_ROLES; role++) {
		const tg_root_role *one = &root->roles[role];

		if (one->count == 0)
			return tg_fail(
				err, TG_EINVAL, "%s would have no key", tg_tuf_role_name((tg_tuf_role)role));
		if (one->threshold < 1 || (uint64_t)one->threshold > one->count)
			return tg_fail(err, TG_EINVAL, "%s: a threshold of %lld with %zu keys",
				tg_tuf_role_name((tg_tuf_role)role), (long long)one->threshold, one->count);
	}
	return TG_OK;
}

/* `file` is a root.json. */
static int fill(tg_stage *out, tg_view file, tg_error *err)
{
	int rc = tg_root_parse(&out->root, file, err);

	if (rc == TG_OK)
		rc = check_roles(&out->root, err);
	return rc == TG_OK ? make_fingerprint(out, err) : rc;
}

int tg_stage_make(tg_stage *out, const tg_root *current, const tg_root *next, tg_error *err)
{
	tg_repository_root writer = tg_root_for_writer(next);
	tg_json *file = NULL;
	tg_buf bytes, says;
	int rc;

	*out = (tg_stage){ .tree = tg_json_new_object() };
	tg_buf_init(&bytes, TG_TUF_ROOT_MAX);
	tg_buf_init(&says, SAYS_MAX);
	rc = check_follows(current, next, err);
	if (rc == TG_OK)
		rc = check_roles(next, err);
	if (rc == TG_OK)
		rc = tg_repository_write_root(&bytes, &writer, (tg_repository_signers){ 0 }, err);
	if (rc == TG_OK)
		rc = tg_json_parse(&file, tg_buf_view(&bytes), err);
	if (rc == TG_OK) {
		tg_json_set_int(out->tree, members[0], 1);
		tg_json_set(out->tree, "says", tg_json_new_array());
		tg_json_set_str(out->tree, "fingerprint", "");
		tg_json_set(out->tree, "signatures", tg_json_new_array());
		tg_json_set(out->tree, "signed", tg_json_copy(tg_json_get(file, "signed")));
		rc = fill(out, tg_buf_view(&bytes), err);
	}
	if (rc == TG_OK) {
		say(&says, current, &out->root);
		set_says(out->tree, tg_buf_text(&says));
		tg_json_set_str(out->tree, "fingerprint", out->fingerprint);
		rc = tg_buf_check(&says, "words of the stage", err);
	}
	tg_json_free(file);
	tg_buf_fini(&says);
	tg_buf_fini(&bytes);
	return rc;
}

int tg_stage_root_json(tg_buf *out, const tg_stage *stage, tg_error *err)
{
	return tg_repository_sign(
		out, TG_TUF_ROOT, body_of(stage), signatures_of(stage), (tg_repository_signers){ 0 }, err);
}

static int read_members(tg_stage *out, tg_error *err)
{
	const tg_json *says, *found;
	const char *fingerprint;
	int64_t v;
	int rc = tg_json_only(out->tree, members, err);

	if (rc == TG_OK)
		rc = tg_json_need_int(&v, out->tree, members[0], 1, 1, err);
	if (rc == TG_OK)
		rc = tg_json_need_array(&says, out->tree, "says", err);
	if (rc == TG_OK && tg_json_size(says) > TG_STAGE_SAYS_MAX)
		rc = tg_fail(err, TG_EFORMAT, "says: %zu lines, at most %d", tg_json_size(says),
			TG_STAGE_SAYS_MAX);
	if (rc == TG_OK)
		rc = tg_json_need_str(&fingerprint, out->tree, "fingerprint", TG_STAGE_FINGERPRINT_SIZE, err);
	if (rc == TG_OK)
		rc = tg_json_need_array(&found, out->tree, "signatures", err);
	return rc == TG_OK ? tg_json_need_object(&found, out->tree, "signed", err) : rc;
}

/*
 * The words tell of keys, thresholds and dates. What root.json could hold besides (no consistent snapshots, keys without a role,
 * members that others give a meaning) is in no words, so it must not be in what is signed either.
 */
static int check_nothing_else(const tg_stage *stage, tg_error *err)
{
	tg_repository_root writer = tg_root_for_writer(&stage->root);
	tg_json *file = NULL;
	tg_buf bytes, message, plain;
	int rc = message_of(&message, stage, err);

	tg_buf_init(&bytes, TG_TUF_ROOT_MAX);
	tg_buf_init(&plain, TG_TUF_ROOT_MAX);
	if (rc == TG_OK)
		rc = tg_repository_write_root(&bytes, &writer, (tg_repository_signers){ 0 }, err);
	if (rc == TG_OK)
		rc = tg_json_parse(&file, tg_buf_view(&bytes), err);
	if (rc == TG_OK)
		rc = tg_json_write_olpc(&plain, tg_json_get(file, "signed"), err);
	if (rc == TG_OK && !tg_view_equal(tg_buf_view(&plain), tg_buf_view(&message)))
		rc = tg_fail(err, TG_EFORMAT, "signed: holds what its words do not tell of");
	tg_json_free(file);
	tg_buf_fini(&plain);
	tg_buf_fini(&bytes);
	tg_buf_fini(&message);
	return rc;
}

int tg_stage_parse(tg_stage *out, tg_view text, tg_error *err)
{
	tg_buf bytes;
	int rc;

	*out = (tg_stage){ 0 };
	if (text.len > TG_STAGE_MAX)
		return tg_fail(err, TG_ELENGTH, "a stage of %zu bytes, at most %d", text.len, TG_STAGE_MAX);
	tg_buf_init(&bytes, TG_TUF_ROOT_MAX);
	rc = tg_json_parse(&out->tree, text, err);
	if (rc == TG_OK)
		rc = read_members(out, err);
	if (rc == TG_OK)
		rc = tg_stage_root_json(&bytes, out, err);
	if (rc == TG_OK)
		rc = fill(out, tg_buf_view(&bytes), err);
	if (rc == TG_OK && strcmp(tg_json_str(tg_json_get(out->tree, "fingerprint")), out->fingerprint) != 0)
		rc = tg_fail(err, TG_EFORMAT, "the fingerprint in the stage is not that of its content");
	if (rc == TG_OK)
		rc = check_nothing_else(out, err);
	if (rc == TG_EINVAL)
		rc = tg_fail(err, TG_EFORMAT, "a role without keys, or with a threshold that they cannot reach");
	if (rc != TG_OK)
		tg_error_prefix(err, "root stage");
	tg_buf_fini(&bytes);
	return rc;
}

void tg_stage_fini(tg_stage *stage)
{
	tg_json_free(stage->tree);
	tg_root_fini(&stage->root);
	stage->tree = NULL;
}

int tg_stage_write(tg_buf *out, const tg_stage *stage, tg_error *err)
{
	return tg_json_write_pretty(out, stage->tree, err);
}

/* ---- signatures ---- */

static const char *signature_of(const tg_json *signatures, const char *keyid)
{
	for (const tg_json *one = tg_json_first(signatures); one != NULL; one = tg_json_next(one)) {
		const char *id = tg_json_str(tg_json_get(one, "keyid"));

		if (id != NULL && strcmp(id, keyid) == 0)
			return tg_json_str(tg_json_get(one, "sig"));
	}
	return NULL;
}

static bool signed_rightly(const tg_stage *stage, tg_view message, const tg_pubkey *key, const char *keyid)
{
	static const tg_sig_alg algs[] = {
		[TG_KEY_ECDSA_P256] = TG_ALG_ECDSA_P256_SHA256,
		[TG_KEY_RSA] = TG_ALG_RSA_PSS_SHA256,
		[TG_KEY_ED25519] = TG_ALG_ED25519,
	};
	const char *hex = signature_of(signatures_of(stage), keyid);
	uint8_t sig[TG_SPKI_MAX];
	size_t len = 0;

	return hex != NULL && tg_hex_decode(sig, &len, sizeof(sig), hex, NULL) == TG_OK &&
	       tg_pubkey_verify(key, algs[tg_pubkey_type(key)], message, tg_view_of(sig, len), NULL) == TG_OK;
}

/* A signature under the signer's name that does not hold must not keep the signer from signing. */
static int drop_wrong(tg_stage *stage, const tg_pubkey *key, const char *keyid, tg_error *err)
{
	tg_json *kept;
	tg_buf message;
	int rc = message_of(&message, stage, err);

	if (rc == TG_OK && signed_rightly(stage, tg_buf_view(&message), key, keyid))
		rc = tg_fail(err, TG_ESTATE, "key %.*s has signed this stage already", KEYID_SHOWN, keyid);
	tg_buf_fini(&message);
	if (rc != TG_OK)
		return rc;
	kept = tg_json_new_array();
	for (const tg_json *one = tg_json_first(signatures_of(stage)); one != NULL; one = tg_json_next(one)) {
		const char *id = tg_json_str(tg_json_get(one, "keyid"));

		if (id == NULL || strcmp(id, keyid) != 0)
			tg_json_add(kept, tg_json_copy(one));
	}
	tg_json_set(stage->tree, "signatures", kept);
	return TG_OK;
}

static bool wants(const tg_root *root, const char *keyid)
{
	return root != NULL && tg_root_role_find(&root->roles[TG_TUF_ROOT], keyid) >= 0;
}

int tg_stage_sign(tg_stage *stage, const tg_root *current, const tg_signkey *key, tg_error *err)
{
	char keyid[TG_TUF_KEYID_TEXT_SIZE] = "";
	tg_json *file = NULL;
	tg_pubkey *pub = NULL;
	tg_buf bytes;
	int rc = tg_signkey_public(&pub, key, err);

	tg_buf_init(&bytes, TG_TUF_ROOT_MAX);
	if (rc == TG_OK)
		rc = tg_repository_keyid(keyid, pub, err);
	if (rc == TG_OK && !wants(current, keyid) && !wants(&stage->root, keyid))
		rc = tg_fail(err, TG_EUNTRUSTED,
			"key %.*s signs for root neither in the present root.json nor in the new one",
			KEYID_SHOWN, keyid);
	if (rc == TG_OK)
		rc = drop_wrong(stage, pub, keyid, err);
	if (rc == TG_OK)
		rc = tg_repository_sign(&bytes, TG_TUF_ROOT, body_of(stage), signatures_of(stage),
			(tg_repository_signers){ &key, 1 }, err);
	if (rc == TG_OK)
		rc = tg_json_parse(&file, tg_buf_view(&bytes), err);
	if (rc == TG_OK)
		tg_json_set(stage->tree, "signatures", tg_json_copy(tg_json_get(file, "signatures")));
	tg_json_free(file);
	tg_buf_fini(&bytes);
	tg_pubkey_free(pub);
	return rc;
}

int tg_stage_merge(tg_stage *to, const tg_stage *from, tg_error *err)
{
	tg_json *merged;
	tg_buf mine, other;
	int rc = message_of(&mine, to, err), rc_other = message_of(&other, from, err);

	if (rc == TG_OK)
		rc = rc_other;
	if (rc == TG_OK && !tg_view_equal(tg_buf_view(&mine), tg_buf_view(&other)))
		rc = tg_fail(err, TG_EUNTRUSTED, "the stages are of different roots: fingerprints %s and %s",
			to->fingerprint, from->fingerprint);
	if (rc == TG_OK) {
		merged = tg_json_copy(signatures_of(to));
		for (const tg_json *one = tg_json_first(signatures_of(from)); one != NULL;
			one = tg_json_next(one))
			if (signature_of(merged, tg_json_str(tg_json_get(one, "keyid"))) == NULL)
				tg_json_add(merged, tg_json_copy(one));
		tg_json_set(to->tree, "signatures", merged);
	}
	tg_buf_fini(&mine);
	tg_buf_fini(&other);
	return rc;
}

size_t tg_stage_signed(const tg_stage *stage, const tg_root *root)
{
	const tg_root_role *role = &root->roles[TG_TUF_ROOT];
	size_t count = 0;
	tg_buf message;

	if (message_of(&message, stage, NULL) == TG_OK)
		for (size_t i = 0; i < role->count; i++)
			count += signed_rightly(stage, tg_buf_view(&message), role->keys[i], role->keyids[i]);
	tg_buf_fini(&message);
	return count;
}

int tg_stage_verify(const tg_stage *stage, const tg_root *current, tg_error *err)
{
	tg_tuf_metadata *meta = NULL;
	tg_buf bytes;
	int rc = check_follows(current, &stage->root, err);

	tg_buf_init(&bytes, TG_TUF_ROOT_MAX);
	if (rc == TG_OK)
		rc = tg_stage_root_json(&bytes, stage, err);
	if (rc == TG_OK)
		rc = tg_tuf_metadata_parse(&meta, TG_TUF_ROOT, tg_buf_view(&bytes), err);
	if (rc == TG_OK && current != NULL)
		rc = tg_tuf_metadata_verify(meta, current->meta, err);
	if (rc == TG_OK)
		rc = tg_tuf_metadata_verify(meta, stage->root.meta, err);
	tg_tuf_metadata_free(meta);
	tg_buf_fini(&bytes);
	return rc;
}

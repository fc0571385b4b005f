/* SPDX-License-Identifier: Apache-2.0
 *
 * signatures.c - the counting of signatures on TUF metadata (specification 1.0.x, sections 4.2 and 5).
 *
 * Pure. Key ids are taken as they are declared; what counts is the key. So one key under two ids counts once, and an id that
 * lies about its key gains nothing.
 */
#include "sync/tuf/inside.h"

#include "store/base/encoding.h"

#include <stdio.h>

#define PKCS1_BEGIN "-----BEGIN RSA PUBLIC KEY-----"
#define KEY_TEXT_MAX 16384 /* bytes; metadata.c lets no longer one through */

/* Section 4.2: keytype and scheme that belong together. The second ecdsa form is that of older securesystemslib. */
static const struct {
	const char *keytype, *scheme;
	tg_sig_alg alg;
} schemes[] = {
	{ "ecdsa", "ecdsa-sha2-nistp256", TG_ALG_ECDSA_P256_SHA256 },
	{ "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", TG_ALG_ECDSA_P256_SHA256 },
	{ "rsa", "rsassa-pss-sha256", TG_ALG_RSA_PSS_SHA256 },
	{ "ed25519", "ed25519", TG_ALG_ED25519 },
};

/* What makes two keys the same, whatever their ids and however their PEM is laid out: the hash of the bare key. */
typedef struct key_identity {
	uint8_t hash[TG_SHA256_SIZE];
} key_identity;

static int load_ed25519(tg_pubkey **out, key_identity *identity, const char *text)
{
	uint8_t raw[TG_ED25519_PUBLIC_SIZE];
	size_t len;
	int rc = tg_hex_decode(raw, &len, sizeof(raw), text, NULL);

	if (rc != TG_OK || len != sizeof(raw))
		return TG_EFORMAT;
	tg_sha256(identity->hash, raw, sizeof(raw));
	return tg_pubkey_from_ed25519(out, raw, NULL);
}

/*
 * "RSA PUBLIC KEY" is the bare key of PKCS#1 (RFC 8017, A.1.1), which some repositories have: put it into the
 * SubjectPublicKeyInfo that everybody else writes (RFC 8017, appendix C: rsaEncryption with NULL).
 */
static int wrap_pkcs1(tg_buf *spki, tg_view key)
{
	static const uint8_t algorithm[] = { 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
		0x01, 0x05, 0x00 };
	size_t bits = key.len + 1, all = sizeof(algorithm) + 4 + bits;

	if (key.len < 256 || key.len > TG_SPKI_MAX) /* so that two bytes of length are what DER wants */
		return TG_EFORMAT;
	tg_buf_append(spki, (const uint8_t[]){ 0x30, 0x82, (uint8_t)(all >> 8), (uint8_t)all }, 4);
	tg_buf_append(spki, algorithm, sizeof(algorithm));
	tg_buf_append(spki, (const uint8_t[]){ 0x03, 0x82, (uint8_t)(bits >> 8), (uint8_t)bits, 0x00 }, 5);
	tg_buf_append(spki, key.data, key.len);
	return tg_buf_check(spki, "key", NULL);
}

static int load_pkcs1(tg_pubkey **out, const char *text)
{
	size_t len = strlen(PKCS1_BEGIN);
	const char *end = strstr(text + len, "-----END RSA PUBLIC KEY-----");
	tg_buf base64, key, spki;
	int rc = end == NULL ? TG_EFORMAT : TG_OK;

	tg_buf_init(&base64, KEY_TEXT_MAX);
	tg_buf_init(&key, TG_SPKI_MAX);
	tg_buf_init(&spki, TG_SPKI_MAX);
	for (const char *p = text + len; rc == TG_OK && p < end; p++)
		if (*p != '\n' && *p != '\r')
			tg_buf_putc(&base64, *p);
	if (rc == TG_OK)
		rc = tg_base64_decode(&key, tg_buf_text(&base64), base64.len, NULL);
	if (rc == TG_OK)
		rc = wrap_pkcs1(&spki, tg_buf_view(&key));
	if (rc == TG_OK)
		rc = tg_pubkey_from_der(out, tg_buf_view(&spki), NULL);
	tg_buf_fini(&base64);
	tg_buf_fini(&key);
	tg_buf_fini(&spki);
	return rc;
}

static int load_pem(tg_pubkey **out, key_identity *identity, const char *text)
{
	tg_buf der;
	int rc;

	if (strncmp(text, PKCS1_BEGIN, strlen(PKCS1_BEGIN)) == 0)
		rc = load_pkcs1(out, text);
	else
		rc = tg_pubkey_from_pem(out, tg_view_str(text), NULL);
	if (rc != TG_OK)
		return rc;
	tg_buf_init(&der, TG_SPKI_MAX);
	rc = tg_pubkey_to_der(&der, *out, NULL);
	if (rc == TG_OK) {
		tg_sha256(identity->hash, der.data, der.len);
	} else {
		tg_pubkey_free(*out);
		*out = NULL;
	}
	tg_buf_fini(&der);
	return rc;
}

/* A key that we do not know how to use is an error here and simply does not count for the caller. */
static int load_key(tg_pubkey **out, key_identity *identity, tg_sig_alg *alg, const tg_json *key)
{
	const char *keytype = tg_json_str(tg_json_get(key, "keytype"));
	const char *scheme = tg_json_str(tg_json_get(key, "scheme"));
	const char *text = tg_json_str(tg_json_get(tg_json_get(key, "keyval"), "public"));

	*out = NULL;
	if (keytype == NULL || scheme == NULL || text == NULL)
		return TG_EFORMAT;
	for (size_t i = 0; i < TG_COUNT(schemes); i++) {
		if (strcmp(keytype, schemes[i].keytype) != 0 || strcmp(scheme, schemes[i].scheme) != 0)
			continue;
		*alg = schemes[i].alg;
		if (*alg == TG_ALG_ED25519)
			return load_ed25519(out, identity, text);
		return load_pem(out, identity, text);
	}
	return TG_EFORMAT;
}

static bool signature_valid(
	const tg_tuf_metadata *meta, const tg_json *key, const char *sig_hex, key_identity *identity)
{
	uint8_t sig[TG_TUF__SIGNATURE_MAX];
	size_t sig_len;
	tg_pubkey *pub;
	tg_sig_alg alg;
	bool valid;

	if (sig_hex[0] == '\0' || tg_hex_decode(sig, &sig_len, sizeof(sig), sig_hex, NULL) != TG_OK)
		return false;
	if (load_key(&pub, identity, &alg, key) != TG_OK)
		return false;
	valid = tg_pubkey_verify(pub, alg, tg_buf_view(&meta->canonical), tg_view_of(sig, sig_len), NULL) ==
		TG_OK;
	tg_pubkey_free(pub);
	return valid;
}

static const char *signature_by(const tg_tuf_metadata *meta, const char *keyid)
{
	for (const tg_json *one = tg_json_first(meta->signatures); one != NULL; one = tg_json_next(one))
		if (strcmp(tg_json_str(tg_json_get(one, "keyid")), keyid) == 0)
			return tg_json_str(tg_json_get(one, "sig"));
	return NULL;
}

/* One more key that signed, unless its like was counted already. */
static bool count_key(key_identity *seen, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (memcmp(seen[i].hash, seen[count].hash, sizeof(seen[i].hash)) == 0)
			return false;
	return true;
}

static void note_signer(tg_tuf_signers *signers, const char *keyid)
{
	if (signers != NULL && signers->count < TG_COUNT(signers->keyid))
		(void)snprintf(signers->keyid[signers->count++], sizeof(signers->keyid[0]), "%s", keyid);
}

/* How many different keys of the role signed. */
static int64_t count_valid(
	tg_tuf_signers *signers, const tg_tuf_metadata *meta, const tg_json *keys, const tg_json *role)
{
	key_identity seen[TG_TUF_ROLE_KEYS_MAX];
	size_t count = 0;
	const tg_json *keyids = tg_json_get(role, "keyids");

	for (const tg_json *one = tg_json_first(keyids); one != NULL; one = tg_json_next(one)) {
		const char *keyid = tg_json_str(one);
		const char *sig = signature_by(meta, keyid);
		/* Few signed, but a large delegation has thousands of keys: those are looked through last. */
		const tg_json *key = sig != NULL ? tg_json_get(keys, keyid) : NULL;

		if (key == NULL || count == TG_COUNT(seen) || !signature_valid(meta, key, sig, &seen[count]))
			continue;
		if (count_key(seen, count)) {
			note_signer(signers, keyid);
			count++;
		}
	}
	return (int64_t)count;
}

int tg_tuf__verify(tg_tuf_signers *signers, const tg_tuf_metadata *meta, const tg_json *keys,
	const tg_json *role, const char *by, tg_error *err)
{
	int64_t threshold = tg_json_int(tg_json_get(role, "threshold")), valid;

	if (signers != NULL)
		signers->count = 0;
	valid = count_valid(signers, meta, keys, role);
	if (threshold < 1 || valid < threshold)
		return tg_fail(err, TG_EUNTRUSTED, "%.64s.json: version %lld has %lld of %lld signatures wanted by %s",
			meta->name, (long long)meta->version, (long long)valid, (long long)threshold, by);
	return TG_OK;
}

int tg_tuf_metadata_signers(
	tg_tuf_signers *signers, const tg_tuf_metadata *meta, const tg_tuf_metadata *root, tg_error *err)
{
	char by[64];
	const tg_json *role;

	if (root->role != TG_TUF_ROOT)
		return tg_fail(err, TG_EINVAL, "%.64s.json lists no top-level keys", root->name);
	role = tg_json_get(tg_json_get(root->body, "roles"), tg_tuf_role_name(meta->role));
	(void)snprintf(by, sizeof(by), "root version %lld", (long long)root->version);
	return tg_tuf__verify(signers, meta, tg_json_get(root->body, "keys"), role, by, err);
}

int tg_tuf_metadata_verify(const tg_tuf_metadata *meta, const tg_tuf_metadata *root, tg_error *err)
{
	return tg_tuf_metadata_signers(NULL, meta, root, err);
}

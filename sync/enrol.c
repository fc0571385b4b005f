/* SPDX-License-Identifier: Apache-2.0
 *
 * enrol.c - enrolment request and bundle: written, read, checked, fingerprinted.
 *
 * Pure. Everything read here comes from another machine: closed key sets, stated limits, nothing taken over
 * half.
 */
#include "sync/enrol.h"

#include "store/base/encoding.h"
#include "store/base/json.h"

#include <stdio.h>

/* What the proofs sign begins with this, so that no other signature of these keys can stand in for one. */
static const char proof_context[] = "tillgate enrolment request v1\n";

#define COSIGNATURE_TYPE 0x04 /* C2SP signed-note: Ed25519 timestamped cosignature */
#define KEY_ID_SIZE 4
#define SIGNATURE_TEXT_MAX 128 /* base64 of a DER signature of at most 72 bytes is 96 */

static bool lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool tg_enrol_station_valid(const char *station)
{
	size_t len = strlen(station);

	if (len < 1 || len > TG_ENROL_STATION_MAX || !lower_or_digit(station[0]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!lower_or_digit(station[i]) && station[i] != '-')
			return false;
	return true;
}

bool tg_enrol_gln_valid(const char *gln)
{
	unsigned sum = 0;

	if (strlen(gln) != TG_ENROL_GLN_DIGITS)
		return false;
	for (size_t i = 0; i < TG_ENROL_GLN_DIGITS; i++) {
		if (gln[i] < '0' || gln[i] > '9')
			return false;
		sum += (unsigned)(gln[i] - '0') * (i % 2 == 0 ? 1u : 3u);
	}
	return sum % 10 == 0;
}

bool tg_enrol_owner_valid(const char *owner)
{
	size_t len = strlen(owner), label = 0, labels = 1;

	if (len < 1 || len > TG_ENROL_OWNER_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool edge = label == 0 || i + 1 == len || owner[i + 1] == '.';

		if (owner[i] == '.') {
			if (label == 0)
				return false;
			label = 0;
			labels++;
		} else if (!lower_or_digit(owner[i]) && (owner[i] != '-' || edge)) {
			return false;
		} else if (++label > 63) {
			return false;
		}
	}
	return label > 0 && labels >= 2;
}

bool tg_enrol_url_valid(const char *url)
{
	size_t len = strlen(url);
	const char *host;

	if (len > TG_ENROL_URL_MAX)
		return false;
	if (strncmp(url, "https://", 8) == 0)
		host = url + 8;
	else if (strncmp(url, "http://", 7) == 0)
		host = url + 7;
	else
		return false;
	if (host[0] == '/' || host[0] == '\0' || url[len - 1] != '/')
		return false;
	for (const char *p = url; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || strchr("@?#\\\"<>", *p) != NULL)
			return false;
	return true;
}

/* ---- the request ---- */

static tg_json *request_json(const tg_enrol_request *request)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_int(json, "v", 1);
	tg_json_set_str(json, "station", request->station);
	tg_json_set_str(json, "gln", request->gln);
	tg_json_set_str(json, "evidence_key", request->evidence_key);
	tg_json_set_str(json, "transport_key", request->transport_key);
	return json;
}

/* The bytes that both keys sign: the context line and the request without its proof. */
static int request_message(tg_buf *out, const tg_enrol_request *request, tg_error *err)
{
	tg_json *json = request_json(request);
	int rc;

	tg_buf_puts(out, proof_context);
	rc = tg_json_write_jcs(out, json, err);
	tg_json_free(json);
	return rc == TG_OK ? tg_buf_check(out, "enrolment request", err) : rc;
}

static int public_pem(char out[TG_ENROL_PEM_MAX + 1], const tg_signkey *key, tg_error *err)
{
	tg_pubkey *pub = NULL;
	tg_buf pem;
	int rc = tg_signkey_public(&pub, key, err);

	tg_buf_init(&pem, TG_ENROL_PEM_MAX);
	if (rc == TG_OK)
		rc = tg_pubkey_to_pem(&pem, pub, err);
	if (rc == TG_OK)
		rc = tg_buf_check(&pem, "public key", err);
	if (rc == TG_OK)
		(void)snprintf(out, TG_ENROL_PEM_MAX + 1, "%s", tg_buf_text(&pem));
	tg_buf_fini(&pem);
	tg_pubkey_free(pub);
	return rc;
}

static int add_proof(tg_json *proof, const char *name, const tg_signkey *key, tg_view message, tg_error *err)
{
	tg_buf sig, text;
	int rc;

	tg_buf_init(&sig, TG_ECDSA_SIGNATURE_MAX);
	tg_buf_init(&text, SIGNATURE_TEXT_MAX);
	rc = tg_signkey_sign(&sig, key, message, err);
	if (rc == TG_OK) {
		tg_base64_encode(&text, sig.data, sig.len);
		rc = tg_buf_check(&text, name, err);
	}
	if (rc == TG_OK)
		tg_json_set_str(proof, name, tg_buf_text(&text));
	tg_buf_fini(&text);
	tg_buf_fini(&sig);
	return rc;
}

static int fill_request(tg_enrol_request *request, const char *station, const char *gln, tg_error *err)
{
	if (!tg_enrol_station_valid(station))
		return tg_fail(err, TG_EINVAL,
			"station id \"%s\": wanted 1 to %d lower case letters, digits and '-', the first no "
			"'-'",
			station, TG_ENROL_STATION_MAX);
	if (!tg_enrol_gln_valid(gln))
		return tg_fail(err, TG_EINVAL, "GLN \"%s\": wanted 13 digits with a right check digit", gln);
	(void)snprintf(request->station, sizeof(request->station), "%s", station);
	(void)snprintf(request->gln, sizeof(request->gln), "%s", gln);
	return TG_OK;
}

int tg_enrol_request_write(tg_buf *out, const char *station, const char *gln, const tg_signkey *evidence,
	const tg_signkey *transport, tg_error *err)
{
	tg_enrol_request request = { 0 };
	tg_json *json = NULL, *proof = tg_json_new_object();
	tg_buf message;
	int rc = fill_request(&request, station, gln, err);

	tg_buf_init(&message, TG_ENROL_REQUEST_MAX);
	if (rc == TG_OK)
		rc = public_pem(request.evidence_key, evidence, err);
	if (rc == TG_OK)
		rc = public_pem(request.transport_key, transport, err);
	if (rc == TG_OK && strcmp(request.evidence_key, request.transport_key) == 0)
		rc = tg_fail(err, TG_EINVAL, "evidence key and transport key are the same");
	if (rc == TG_OK)
		rc = request_message(&message, &request, err);
	if (rc == TG_OK)
		rc = add_proof(proof, "evidence", evidence, tg_buf_view(&message), err);
	if (rc == TG_OK)
		rc = add_proof(proof, "transport", transport, tg_buf_view(&message), err);
	if (rc == TG_OK) {
		json = request_json(&request);
		tg_json_set(json, "proof", proof);
		proof = NULL;
		rc = tg_json_write_pretty(out, json, err);
	}
	tg_json_free(proof);
	tg_json_free(json);
	tg_buf_fini(&message);
	return rc;
}

static int check_proof(
	const tg_json *proof, const char *name, const char *pem, tg_view message, tg_error *err)
{
	const char *text = NULL;
	tg_pubkey *key = NULL;
	tg_buf sig;
	int rc = tg_json_need_str(&text, proof, name, SIGNATURE_TEXT_MAX, err);

	tg_buf_init(&sig, SIGNATURE_TEXT_MAX);
	if (rc == TG_OK)
		rc = tg_base64_decode(&sig, text, strlen(text), err);
	if (rc == TG_OK)
		rc = tg_pubkey_from_pem(&key, tg_view_str(pem), err);
	if (rc == TG_OK && tg_pubkey_type(key) != TG_KEY_ECDSA_P256)
		rc = tg_fail(err, TG_EFORMAT, "wanted an EC key on P-256");
	if (rc == TG_OK)
		rc = tg_pubkey_verify(key, TG_ALG_ECDSA_P256_SHA256, message, tg_buf_view(&sig), err);
	if (rc != TG_OK)
		tg_error_prefix(err, "enrolment request: proof of the %s key", name);
	tg_pubkey_free(key);
	tg_buf_fini(&sig);
	return rc;
}

/* Copies a member's text into a field of `size` bytes. */
static int copy_text(char *out, size_t size, const tg_json *json, const char *name, tg_error *err)
{
	const char *text = NULL;
	int rc = tg_json_need_str(&text, json, name, size - 1, err);

	if (rc == TG_OK)
		(void)snprintf(out, size, "%s", text);
	return rc;
}

static int check_version(const tg_json *json, const char *what, tg_error *err)
{
	int64_t v = 0;
	int rc = tg_json_need_int(&v, json, "v", 1, TG_JSON_MAX_INT, err);

	if (rc == TG_OK && v != 1)
		rc = tg_fail(err, TG_EFORMAT, "version %lld of the %s is newer than this program",
			(long long)v, what);
	return rc;
}

static int read_request(tg_enrol_request *request, const tg_json *json, tg_error *err)
{
	static const char *const names[] = { "v", "station", "gln", "evidence_key", "transport_key", "proof",
		NULL };
	static const char *const proof_names[] = { "evidence", "transport", NULL };
	const tg_json *proof = NULL;
	tg_error words = { 0 };
	tg_buf message;
	int rc = check_version(json, "enrolment request", err);

	if (rc == TG_OK)
		rc = tg_json_only(json, names, err);
	if (rc == TG_OK)
		rc = copy_text(request->station, sizeof(request->station), json, "station", err);
	if (rc == TG_OK)
		rc = copy_text(request->gln, sizeof(request->gln), json, "gln", err);
	if (rc == TG_OK)
		rc = copy_text(
			request->evidence_key, sizeof(request->evidence_key), json, "evidence_key", err);
	if (rc == TG_OK)
		rc = copy_text(
			request->transport_key, sizeof(request->transport_key), json, "transport_key", err);
	if (rc == TG_OK)
		rc = tg_json_need_object(&proof, json, "proof", err);
	if (rc == TG_OK)
		rc = tg_json_only(proof, proof_names, err);
	if (rc == TG_OK &&
		fill_request(&(tg_enrol_request){ 0 }, request->station, request->gln, &words) != TG_OK)
		rc = tg_fail(err, TG_EFORMAT, "%s", words.msg);
	if (rc == TG_OK && strcmp(request->evidence_key, request->transport_key) == 0)
		rc = tg_fail(err, TG_EFORMAT, "evidence key and transport key are the same");
	if (rc != TG_OK) {
		tg_error_prefix(err, "enrolment request");
		return rc;
	}
	tg_buf_init(&message, TG_ENROL_REQUEST_MAX);
	rc = request_message(&message, request, err);
	if (rc == TG_OK)
		rc = check_proof(proof, "evidence", request->evidence_key, tg_buf_view(&message), err);
	if (rc == TG_OK)
		rc = check_proof(proof, "transport", request->transport_key, tg_buf_view(&message), err);
	tg_buf_fini(&message);
	return rc;
}

int tg_enrol_request_read(tg_enrol_request *out, tg_view text, tg_error *err)
{
	tg_enrol_request request = { 0 };
	tg_json *json = NULL;
	int rc;

	if (text.len > TG_ENROL_REQUEST_MAX)
		return tg_fail(
			err, TG_ELENGTH, "enrolment request: more than %d bytes", TG_ENROL_REQUEST_MAX);
	rc = tg_json_parse(&json, text, err);
	if (rc != TG_OK)
		tg_error_prefix(err, "enrolment request");
	else
		rc = read_request(&request, json, err);
	tg_json_free(json);
	if (rc == TG_OK)
		*out = request;
	return rc;
}

/* ---- the bundle ---- */

static int check_bundle(const tg_enrol_bundle *bundle, tg_error *err)
{
	uint8_t key[TG_ED25519_PUBLIC_SIZE];
	int rc;

	if (!tg_enrol_station_valid(bundle->station))
		return tg_fail(err, TG_EFORMAT, "enrolment bundle: \"%s\" is no station id", bundle->station);
	if (!tg_enrol_gln_valid(bundle->gln))
		return tg_fail(err, TG_EFORMAT, "enrolment bundle: \"%s\" is no GLN", bundle->gln);
	if (!tg_enrol_owner_valid(bundle->owner))
		return tg_fail(err, TG_EFORMAT,
			"enrolment bundle: owner \"%s\" is no domain name in lower case", bundle->owner);
	if (!tg_enrol_url_valid(bundle->metadata_url))
		return tg_fail(
			err, TG_EFORMAT, "enrolment bundle: metadata_url is no http(s) URL that ends in '/'");
	if (!tg_enrol_url_valid(bundle->targets_url))
		return tg_fail(
			err, TG_EFORMAT, "enrolment bundle: targets_url is no http(s) URL that ends in '/'");
	if (bundle->root.len == 0)
		return tg_fail(err, TG_EFORMAT, "enrolment bundle: root is empty");
	rc = tg_enrol_vkey_read(key, NULL, bundle->cosigner, err);
	if (rc != TG_OK)
		tg_error_prefix(err, "enrolment bundle: cosigner");
	return rc;
}

static int bundle_json(tg_json **out, const tg_enrol_bundle *bundle, tg_error *err)
{
	char at[TG_UTC_TEXT_SIZE];
	tg_json *json = tg_json_new_object();
	tg_buf root;
	int rc;

	tg_buf_init(&root, TG_ENROL_BUNDLE_MAX);
	tg_base64_encode(&root, bundle->root.data, bundle->root.len);
	rc = tg_buf_check(&root, "root in base64", err);
	if (rc == TG_OK) {
		tg_json_set_int(json, "v", 1);
		tg_json_set_str(json, "station", bundle->station);
		tg_json_set_str(json, "gln", bundle->gln);
		tg_json_set_str(json, "owner", bundle->owner);
		tg_json_set_str(json, "metadata_url", bundle->metadata_url);
		tg_json_set_str(json, "targets_url", bundle->targets_url);
		tg_json_set_str(json, "cosigner", bundle->cosigner);
		tg_json_set_str(json, "issued_at",
			tg_utc_format(at, bundle->issued_us - bundle->issued_us % TG_US_PER_SECOND));
		tg_json_set_str(json, "root", tg_buf_text(&root));
		*out = json;
		json = NULL;
	}
	tg_buf_fini(&root);
	tg_json_free(json);
	return rc;
}

int tg_enrol_bundle_write(tg_buf *out, const tg_enrol_bundle *bundle, tg_error *err)
{
	tg_json *json = NULL;
	int rc = check_bundle(bundle, err);

	if (rc == TG_OK)
		rc = bundle_json(&json, bundle, err);
	if (rc == TG_OK)
		rc = tg_json_write_pretty(out, json, err);
	tg_json_free(json);
	return rc;
}

static int read_bundle(tg_enrol_bundle *bundle, const tg_json *json, tg_error *err)
{
	static const char *const names[] = { "v", "station", "gln", "owner", "root", "metadata_url",
		"targets_url", "cosigner", "issued_at", NULL };
	const char *root = NULL, *at = NULL;
	int rc = check_version(json, "enrolment bundle", err);

	if (rc == TG_OK)
		rc = tg_json_only(json, names, err);
	if (rc == TG_OK)
		rc = copy_text(bundle->station, sizeof(bundle->station), json, "station", err);
	if (rc == TG_OK)
		rc = copy_text(bundle->gln, sizeof(bundle->gln), json, "gln", err);
	if (rc == TG_OK)
		rc = copy_text(bundle->owner, sizeof(bundle->owner), json, "owner", err);
	if (rc == TG_OK)
		rc = copy_text(bundle->metadata_url, sizeof(bundle->metadata_url), json, "metadata_url", err);
	if (rc == TG_OK)
		rc = copy_text(bundle->targets_url, sizeof(bundle->targets_url), json, "targets_url", err);
	if (rc == TG_OK)
		rc = copy_text(bundle->cosigner, sizeof(bundle->cosigner), json, "cosigner", err);
	if (rc == TG_OK)
		rc = tg_json_need_str(&at, json, "issued_at", TG_UTC_TEXT_SIZE, err);
	if (rc == TG_OK)
		rc = tg_utc_parse(&bundle->issued_us, at, err);
	if (rc == TG_OK && bundle->issued_us % TG_US_PER_SECOND != 0)
		rc = tg_fail(err, TG_EFORMAT, "issued_at: wanted whole seconds");
	if (rc == TG_OK)
		rc = tg_json_need_str(&root, json, "root", TG_ENROL_BUNDLE_MAX, err);
	if (rc == TG_OK)
		rc = tg_base64_decode(&bundle->root, root, strlen(root), err);
	if (rc != TG_OK)
		tg_error_prefix(err, "enrolment bundle");
	return rc == TG_OK ? check_bundle(bundle, err) : rc;
}

int tg_enrol_bundle_read(tg_enrol_bundle *out, tg_view text, tg_error *err)
{
	tg_json *json = NULL;
	int rc;

	*out = (tg_enrol_bundle){ 0 };
	tg_buf_init(&out->root, TG_ENROL_BUNDLE_MAX);
	if (text.len > TG_ENROL_BUNDLE_MAX)
		return tg_fail(err, TG_ELENGTH, "enrolment bundle: more than %d bytes", TG_ENROL_BUNDLE_MAX);
	rc = tg_json_parse(&json, text, err);
	if (rc != TG_OK)
		tg_error_prefix(err, "enrolment bundle");
	else
		rc = read_bundle(out, json, err);
	tg_json_free(json);
	return rc;
}

void tg_enrol_bundle_fini(tg_enrol_bundle *bundle)
{
	if (bundle != NULL)
		tg_buf_fini(&bundle->root);
}

/* ---- fingerprints ---- */

static int fingerprint(char out[TG_ENROL_FINGERPRINT_SIZE], const tg_json *json, tg_error *err)
{
	uint8_t hash[TG_SHA256_SIZE];
	char hex[5];
	tg_buf text;
	int rc;

	tg_buf_init(&text, TG_ENROL_BUNDLE_MAX * 2);
	rc = tg_json_write_jcs(&text, json, err);
	if (rc == TG_OK) {
		tg_sha256(hash, text.data, text.len);
		for (size_t i = 0; i < 8; i++)
			(void)snprintf(out + i * 5, TG_ENROL_FINGERPRINT_SIZE - i * 5, "%s%s",
				tg_hex_encode(hex, hash + i * 2, 2), i < 7 ? " " : "");
	}
	tg_buf_fini(&text);
	return rc;
}

int tg_enrol_request_fingerprint(
	char out[TG_ENROL_FINGERPRINT_SIZE], const tg_enrol_request *request, tg_error *err)
{
	tg_json *json = request_json(request);
	int rc = fingerprint(out, json, err);

	tg_json_free(json);
	return rc;
}

int tg_enrol_bundle_fingerprint(
	char out[TG_ENROL_FINGERPRINT_SIZE], const tg_enrol_bundle *bundle, tg_error *err)
{
	tg_json *json = NULL;
	int rc = bundle_json(&json, bundle, err);

	if (rc == TG_OK)
		rc = fingerprint(out, json, err);
	tg_json_free(json);
	return rc;
}

/* ---- the cosigner's verifier key ---- */

/* First 4 bytes of SHA-256(name || 0x0A || type || key). */
static void key_id(
	uint8_t id[KEY_ID_SIZE], const char *name, size_t name_len, const uint8_t key[TG_ED25519_PUBLIC_SIZE])
{
	static const uint8_t middle[] = { '\n', COSIGNATURE_TYPE };
	uint8_t hash[TG_SHA256_SIZE];
	tg_sha256_state state;

	tg_sha256_init(&state);
	tg_sha256_update(&state, name, name_len);
	tg_sha256_update(&state, middle, sizeof(middle));
	tg_sha256_update(&state, key, TG_ED25519_PUBLIC_SIZE);
	tg_sha256_final(&state, hash);
	memcpy(id, hash, KEY_ID_SIZE);
}

static bool key_name_valid(const char *name, size_t len)
{
	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '+')
			return false; /* printable ASCII: has no Unicode blank in it */
	return true;
}

int tg_enrol_vkey_write(
	tg_buf *out, const char *name, const uint8_t key[TG_ED25519_PUBLIC_SIZE], tg_error *err)
{
	uint8_t id[KEY_ID_SIZE], typed[1 + TG_ED25519_PUBLIC_SIZE] = { COSIGNATURE_TYPE };
	char hex[2 * KEY_ID_SIZE + 1];

	if (!key_name_valid(name, strlen(name)))
		return tg_fail(err, TG_EINVAL, "\"%s\" is no name for a verifier key", name);
	key_id(id, name, strlen(name), key);
	memcpy(typed + 1, key, TG_ED25519_PUBLIC_SIZE);
	tg_buf_printf(out, "%s+%s+", name, tg_hex_encode(hex, id, sizeof(id)));
	tg_base64_encode(out, typed, sizeof(typed));
	return tg_buf_check(out, "verifier key", err);
}

int tg_enrol_vkey_read(uint8_t key[TG_ED25519_PUBLIC_SIZE], char name[TG_ENROL_VKEY_MAX + 1],
	const char *vkey, tg_error *err)
{
	const char *plus = strchr(vkey, '+'), *body = plus != NULL ? plus + 1 + 2 * KEY_ID_SIZE : NULL;
	uint8_t id[KEY_ID_SIZE];
	char hex[2 * KEY_ID_SIZE + 1];
	tg_buf typed;
	int rc;

	if (strlen(vkey) > TG_ENROL_VKEY_MAX || plus == NULL || strlen(plus + 1) <= 2 * KEY_ID_SIZE ||
		*body != '+' || !key_name_valid(vkey, (size_t)(plus - vkey)))
		return tg_fail(err, TG_EFORMAT, "wanted a verifier key NAME+KEYID+BASE64");
	tg_buf_init(&typed, TG_ENROL_VKEY_MAX);
	rc = tg_base64_decode(&typed, body + 1, strlen(body + 1), err);
	if (rc == TG_OK && (typed.len != 1 + TG_ED25519_PUBLIC_SIZE || typed.data[0] != COSIGNATURE_TYPE))
		rc = tg_fail(err, TG_EFORMAT, "wanted a verifier key of type 4 with 32 bytes");
	if (rc == TG_OK) {
		key_id(id, vkey, (size_t)(plus - vkey), typed.data + 1);
		if (strncmp(plus + 1, tg_hex_encode(hex, id, sizeof(id)), 2 * KEY_ID_SIZE) != 0)
			rc = tg_fail(err, TG_EFORMAT, "the key id does not fit name and key");
	}
	if (rc == TG_OK) {
		memcpy(key, typed.data + 1, TG_ED25519_PUBLIC_SIZE);
		if (name != NULL)
			(void)snprintf(name, TG_ENROL_VKEY_MAX + 1, "%.*s", (int)(plus - vkey), vkey);
	}
	tg_buf_fini(&typed);
	return rc;
}

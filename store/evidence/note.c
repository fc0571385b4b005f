/* SPDX-License-Identifier: Apache-2.0
 *
 * note.c - signed notes: keys, strict reading, verification, writing. C2SP signed-note and tlog-cosignature.
 *
 * Pure: no I/O, no clock. Knows the text of a note; what its lines mean is in checkpoint.c.
 */
#include "store/evidence/note.h"

#include "store/base/encoding.h"

#include <inttypes.h>
#include <stdlib.h>

#define COSIGNATURE_SIZE (8 + TG_ED25519_SIGNATURE_SIZE) /* big-endian POSIX seconds, then the signature */

static const char dash[] = "\xe2\x80\x94 "; /* U+2014 and a space: how every signature line starts */

struct tg_note_key {
	int type;
	uint8_t id[4];
	char name[TG_NOTE_NAME_MAX + 1];
	size_t material_len;
	uint8_t material[TG_SPKI_MAX]; /* what a vkey carries behind the type byte */
	tg_pubkey *key;
};

/* ---- names ---- */

/* Length of the Unicode space at `p`, or 0. UTF-8 is known to be valid. */
static size_t space_at(const uint8_t *p, size_t len)
{
	static const char *const spaces[] = { " ", "\t", "\n", "\v", "\f", "\r", "\xc2\x85", "\xc2\xa0",
		"\xe1\x9a\x80", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f",
		"\xe3\x80\x80" };

	for (size_t i = 0; i < TG_COUNT(spaces); i++) {
		size_t n = strlen(spaces[i]);

		if (len >= n && memcmp(p, spaces[i], n) == 0)
			return n;
	}
	if (len >= 3 && p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0x80 && p[2] <= 0x8a)
		return 3; /* U+2000 to U+200A */
	return 0;
}

static bool name_ok(tg_view name)
{
	if (name.len == 0 || name.len > TG_NOTE_NAME_MAX || !tg_utf8_valid(name.data, name.len))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		if (name.data[i] < 0x20 || name.data[i] == '+' || space_at(name.data + i, name.len - i) != 0)
			return false;
	}
	return true;
}

/* ---- keys ---- */

static void key_id(uint8_t id[4], const char *name, int type, tg_view material)
{
	uint8_t hash[TG_SHA256_SIZE], between[2] = { '\n', (uint8_t)type };
	tg_sha256_state state;

	tg_sha256_init(&state);
	if (type != TG_NOTE_ECDSA) { /* there the name is not mixed in */
		tg_sha256_update(&state, name, strlen(name));
		tg_sha256_update(&state, between, sizeof(between));
	}
	tg_sha256_update(&state, material.data, material.len);
	tg_sha256_final(&state, hash);
	memcpy(id, hash, 4);
}

static int key_make(tg_note_key **out, tg_view name, int type, tg_view material, tg_error *err)
{
	tg_note_key *key;
	int rc;

	if (!name_ok(name))
		return tg_fail(err, TG_EINVAL,
			"note key: the name is empty, too long, or has a space or a plus sign");
	if (material.len > sizeof(key->material))
		return tg_fail(err, TG_EFORMAT, "note key: more than %d bytes", TG_SPKI_MAX);
	if (type != TG_NOTE_ECDSA && material.len != TG_ED25519_PUBLIC_SIZE)
		return tg_fail(err, TG_EFORMAT, "note key: an Ed25519 key of %zu bytes", material.len);
	key = calloc(1, sizeof(*key));
	if (key == NULL)
		return tg_fail(err, TG_ENOMEM, "note key");
	key->type = type;
	key->material_len = material.len;
	memcpy(key->material, material.data, material.len);
	memcpy(key->name, name.data, name.len);
	key_id(key->id, key->name, type, material);
	if (type == TG_NOTE_ECDSA)
		rc = tg_pubkey_from_der(&key->key, material, err);
	else
		rc = tg_pubkey_from_ed25519(&key->key, material.data, err);
	if (rc == TG_OK && type == TG_NOTE_ECDSA && tg_pubkey_type(key->key) != TG_KEY_ECDSA_P256)
		rc = tg_fail(err, TG_EFORMAT, "note key: type 0x02 with a key that is not ECDSA on P-256");
	if (rc != TG_OK) {
		tg_note_key_free(key);
		return rc;
	}
	*out = key;
	return TG_OK;
}

int tg_note_key_from_vkey(tg_note_key **out, const char *vkey, tg_error *err)
{
	const char *first = strchr(vkey, '+'), *second = first == NULL ? NULL : strchr(first + 1, '+');
	uint8_t id[4];
	char hex[9];
	size_t id_len;
	tg_buf raw;
	int rc;

	*out = NULL;
	if (second == NULL || second - first != 9)
		return tg_fail(err, TG_EFORMAT, "vkey: wanted name+8 hex digits+base64");
	memcpy(hex, first + 1, 8);
	hex[8] = '\0';
	if (tg_hex_decode(id, &id_len, sizeof(id), hex, NULL) != TG_OK)
		return tg_fail(err, TG_EFORMAT, "vkey: wanted 8 hex digits behind the name");
	tg_buf_init(&raw, 1 + TG_SPKI_MAX);
	rc = tg_base64_decode(&raw, second + 1, strlen(second + 1), err);
	if (rc == TG_OK && (raw.len < 2 || (raw.data[0] != TG_NOTE_ED25519 && raw.data[0] != TG_NOTE_ECDSA &&
						   raw.data[0] != TG_NOTE_COSIGNATURE)))
		rc = tg_fail(
			err, TG_EFORMAT, "vkey: signature type not known here (0x01, 0x02 and 0x04 are)");
	if (rc == TG_OK)
		rc = key_make(out, tg_view_of(vkey, (size_t)(first - vkey)), raw.data[0],
			tg_view_of(raw.data + 1, raw.len - 1), err);
	if (rc == TG_OK && memcmp(id, (*out)->id, sizeof(id)) != 0) {
		tg_note_key_free(*out);
		*out = NULL;
		rc = tg_fail(err, TG_EFORMAT, "vkey: the hash %s is not that of the key", hex);
	}
	tg_buf_fini(&raw);
	return rc;
}

int tg_note_key_from_ecdsa(tg_note_key **out, const char *name, const tg_pubkey *key, tg_error *err)
{
	tg_buf der;
	int rc;

	*out = NULL;
	if (tg_pubkey_type(key) != TG_KEY_ECDSA_P256)
		return tg_fail(err, TG_EINVAL, "note key: type 0x02 needs an ECDSA key on P-256");
	tg_buf_init(&der, TG_SPKI_MAX);
	rc = tg_pubkey_to_der(&der, key, err);
	if (rc == TG_OK)
		rc = key_make(out, tg_view_str(name), TG_NOTE_ECDSA, tg_buf_view(&der), err);
	tg_buf_fini(&der);
	return rc;
}

int tg_note_key_from_ed25519(tg_note_key **out, const char *name, int type,
	const uint8_t raw[TG_ED25519_PUBLIC_SIZE], tg_error *err)
{
	*out = NULL;
	if (type != TG_NOTE_ED25519 && type != TG_NOTE_COSIGNATURE)
		return tg_fail(err, TG_EINVAL, "note key: type 0x%02x is no Ed25519 type", (unsigned)type);
	return key_make(out, tg_view_str(name), type, tg_view_of(raw, TG_ED25519_PUBLIC_SIZE), err);
}

void tg_note_key_free(tg_note_key *key)
{
	if (key == NULL)
		return;
	tg_pubkey_free(key->key);
	free(key);
}

const char *tg_note_key_name(const tg_note_key *key)
{
	return key->name;
}

int tg_note_key_type(const tg_note_key *key)
{
	return key->type;
}

const uint8_t *tg_note_key_id(const tg_note_key *key)
{
	return key->id;
}

int tg_note_key_to_vkey(tg_buf *out, const tg_note_key *key, tg_error *err)
{
	uint8_t typed[1 + TG_SPKI_MAX];
	char hex[9];

	typed[0] = (uint8_t)key->type;
	memcpy(typed + 1, key->material, key->material_len);
	tg_buf_printf(out, "%s+%s+", key->name, tg_hex_encode(hex, key->id, sizeof(key->id)));
	tg_base64_encode(out, typed, 1 + key->material_len);
	return tg_buf_check(out, "vkey", err);
}

/* ---- reading ---- */

static int line_parse(tg_note_line *out, const uint8_t *line, size_t len, tg_error *err)
{
	const uint8_t *gap;
	tg_buf raw;
	int rc;

	if (len < sizeof(dash) || memcmp(line, dash, sizeof(dash) - 1) != 0)
		return tg_fail(
			err, TG_EFORMAT, "note: a signature line does not start with an em dash and a space");
	line += sizeof(dash) - 1;
	len -= sizeof(dash) - 1;
	gap = memchr(line, ' ', len);
	if (gap == NULL)
		return tg_fail(err, TG_EFORMAT, "note: a signature line has no signature");
	out->name = tg_view_of(line, (size_t)(gap - line));
	out->base64 = tg_view_of(gap + 1, len - out->name.len - 1);
	if (!name_ok(out->name))
		return tg_fail(err, TG_EFORMAT, "note: a signature line has a bad key name");
	tg_buf_init(&raw, TG_NOTE_SIGNATURE_MAX);
	rc = tg_base64_decode(&raw, (const char *)out->base64.data, out->base64.len, err);
	if (rc == TG_OK && raw.len < 5)
		rc = tg_fail(err, TG_EFORMAT, "note: a signature of %zu bytes", raw.len);
	if (rc == TG_OK)
		memcpy(out->key_id, raw.data, sizeof(out->key_id));
	else if (rc != TG_ENOMEM)
		rc = tg_fail(err, TG_EFORMAT, "note: a signature line is not base64 of 5 to %d bytes",
			TG_NOTE_SIGNATURE_MAX);
	tg_buf_fini(&raw);
	return rc;
}

/* The offset of the last empty line's newline, or 0: the text ends just before it. */
static size_t last_empty_line(tg_view bytes)
{
	for (size_t i = bytes.len; i > 1; i--) {
		if (bytes.data[i - 1] == '\n' && bytes.data[i - 2] == '\n')
			return i - 1;
	}
	return 0;
}

int tg_note_parse(tg_note *out, tg_view bytes, tg_error *err)
{
	size_t at;

	memset(out, 0, sizeof(*out));
	if (bytes.len > TG_NOTE_SIZE_MAX)
		return tg_fail(
			err, TG_ELENGTH, "note: %zu bytes, the limit is %zu", bytes.len, TG_NOTE_SIZE_MAX);
	if (!tg_utf8_valid(bytes.data, bytes.len))
		return tg_fail(err, TG_EFORMAT, "note: not UTF-8");
	for (size_t i = 0; i < bytes.len; i++) {
		if (bytes.data[i] < 0x20 && bytes.data[i] != '\n')
			return tg_fail(
				err, TG_EFORMAT, "note: control character 0x%02x", (unsigned)bytes.data[i]);
	}
	at = last_empty_line(bytes);
	if (at == 0)
		return tg_fail(err, TG_EFORMAT, "note: no empty line between text and signatures");
	out->text = tg_view_of(bytes.data, at);
	for (at++; at < bytes.len;) {
		const uint8_t *line = bytes.data + at, *end = memchr(line, '\n', bytes.len - at);
		int rc;

		if (end == NULL)
			return tg_fail(err, TG_EFORMAT, "note: the last line does not end in a newline");
		if (out->line_count == TG_NOTE_SIGNATURES_MAX)
			return tg_fail(
				err, TG_ELENGTH, "note: more than %d signatures", TG_NOTE_SIGNATURES_MAX);
		rc = line_parse(&out->line[out->line_count], line, (size_t)(end - line), err);
		if (rc != TG_OK)
			return rc;
		out->line_count++;
		at += (size_t)(end - line) + 1;
	}
	if (out->line_count == 0)
		return tg_fail(err, TG_EFORMAT, "note: no signature");
	return TG_OK;
}

/* ---- verification ---- */

/* What a cosignature signs. Source: C2SP tlog-cosignature, "cosignature/v1". */
static int cosigned_message(tg_buf *out, tg_view text, int64_t time_s, tg_error *err)
{
	tg_buf_init(out, TG_NOTE_SIZE_MAX + 64);
	tg_buf_printf(out, "cosignature/v1\ntime %" PRId64 "\n", time_s);
	tg_buf_append(out, text.data, text.len);
	return tg_buf_check(out, "cosigned message", err);
}

static int verify_cosignature(
	const tg_note_key *key, tg_view text, tg_view sig, int64_t *time_s, tg_error *err)
{
	tg_buf message;
	uint64_t seconds;
	int rc;

	if (sig.len != COSIGNATURE_SIZE)
		return tg_fail(err, TG_EUNTRUSTED, "a cosignature of %zu bytes", sig.len);
	seconds = (uint64_t)tg_get_be32(sig.data) << 32 | tg_get_be32(sig.data + 4);
	if (seconds > INT64_MAX)
		return tg_fail(err, TG_EUNTRUSTED, "a cosignature with an impossible time");
	rc = cosigned_message(&message, text, (int64_t)seconds, err);
	if (rc == TG_OK)
		rc = tg_pubkey_verify(key->key, TG_ALG_ED25519, tg_buf_view(&message),
			tg_view_of(sig.data + 8, sig.len - 8), err);
	tg_buf_fini(&message);
	*time_s = (int64_t)seconds;
	return rc;
}

static int verify_line(
	const tg_note_key *key, tg_view text, const tg_note_line *line, int64_t *time_s, tg_error *err)
{
	tg_buf raw;
	tg_view sig;
	int rc;

	*time_s = 0;
	tg_buf_init(&raw, TG_NOTE_SIGNATURE_MAX);
	rc = tg_base64_decode(&raw, (const char *)line->base64.data, line->base64.len, err);
	if (rc == TG_OK) {
		sig = tg_view_of(raw.data + 4, raw.len - 4);
		if (key->type == TG_NOTE_COSIGNATURE)
			rc = verify_cosignature(key, text, sig, time_s, err);
		else
			rc = tg_pubkey_verify(key->key,
				key->type == TG_NOTE_ECDSA ? TG_ALG_ECDSA_P256_SHA256 : TG_ALG_ED25519, text,
				sig, err);
	}
	tg_buf_fini(&raw);
	return rc;
}

static bool line_is_by(const tg_note_line *line, const tg_note_key *key)
{
	return memcmp(line->key_id, key->id, sizeof(key->id)) == 0 &&
	       tg_view_equal(line->name, tg_view_str(key->name));
}

int tg_note_verify(const tg_note *note, const tg_note_key *const keys[], size_t count, tg_note_seen seen[],
	tg_error *err)
{
	size_t verified = 0;

	if (seen != NULL)
		memset(seen, 0, count * sizeof(seen[0]));
	for (size_t i = 0; i < note->line_count; i++) {
		for (size_t k = 0; k < count; k++) {
			int64_t time_s;

			if (!line_is_by(&note->line[i], keys[k]))
				continue;
			if (verify_line(keys[k], note->text, &note->line[i], &time_s, err) != TG_OK) {
				if (seen != NULL)
					memset(seen, 0, count * sizeof(seen[0]));
				return tg_fail(err, TG_EUNTRUSTED, "note: the signature of %s is wrong",
					keys[k]->name);
			}
			verified++;
			if (seen != NULL && (!seen[k].verified || time_s < seen[k].time_s))
				seen[k] = (tg_note_seen){ .verified = true, .time_s = time_s };
		}
	}
	if (verified == 0)
		return tg_fail(err, TG_EUNTRUSTED,
			"note: none of %zu signatures is by a key that is trusted here", note->line_count);
	return TG_OK;
}

/* ---- writing ---- */

static int put_line(tg_buf *out, const char *name, const uint8_t id[4], tg_view sig, tg_error *err)
{
	uint8_t raw[TG_NOTE_SIGNATURE_MAX];

	if (sig.len > sizeof(raw) - 4)
		return tg_fail(err, TG_ELENGTH, "note: a signature of %zu bytes", sig.len);
	memcpy(raw, id, 4);
	memcpy(raw + 4, sig.data, sig.len);
	tg_buf_printf(out, "%s%s ", dash, name);
	tg_base64_encode(out, raw, 4 + sig.len);
	tg_buf_putc(out, '\n');
	return tg_buf_check(out, "note", err);
}

/* A text that would not survive reading must not be signed. */
static int check_text(tg_view text, tg_error *err)
{
	if (text.len == 0 || text.len > TG_NOTE_SIZE_MAX / 2 || text.data[text.len - 1] != '\n' ||
		!tg_utf8_valid(text.data, text.len))
		return tg_fail(err, TG_EINVAL,
			"note: the text must be UTF-8, of bounded length, and end in a newline");
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < 0x20 && text.data[i] != '\n')
			return tg_fail(err, TG_EINVAL, "note: the text has a control character");
	}
	return TG_OK;
}

int tg_note_sign(tg_buf *out, tg_view text, const char *name, const tg_signkey *key, tg_error *err)
{
	tg_pubkey *pub = NULL;
	tg_note_key *note_key = NULL;
	tg_buf sig;
	int rc = check_text(text, err);

	tg_buf_init(&sig, TG_ECDSA_SIGNATURE_MAX);
	if (rc == TG_OK)
		rc = tg_signkey_public(&pub, key, err);
	if (rc == TG_OK)
		rc = tg_note_key_from_ecdsa(&note_key, name, pub, err);
	if (rc == TG_OK)
		rc = tg_signkey_sign(&sig, key, text, err);
	if (rc == TG_OK) {
		tg_buf_append(out, text.data, text.len);
		tg_buf_putc(out, '\n');
		rc = put_line(out, name, note_key->id, tg_buf_view(&sig), err);
	}
	tg_buf_fini(&sig);
	tg_note_key_free(note_key);
	tg_pubkey_free(pub);
	return rc;
}

int tg_note_cosign_line(tg_buf *out, tg_view text, const tg_note_key *key, const uint8_t secret[64],
	int64_t time_s, tg_error *err)
{
	uint8_t sig[COSIGNATURE_SIZE];
	tg_checkpoint checkpoint;
	tg_buf message;
	int rc;

	if (key->type != TG_NOTE_COSIGNATURE || time_s <= 0)
		return tg_fail(err, TG_EINVAL, "cosignature: wanted a key of type 0x04 and a time");
	rc = tg_checkpoint_parse(&checkpoint, text, err); /* nothing else is ever cosigned */
	if (rc != TG_OK)
		return rc;
	rc = cosigned_message(&message, text, time_s, err);
	if (rc == TG_OK) {
		tg_put_be64(sig, (uint64_t)time_s);
		tg_ed25519_sign(sig + 8, secret, tg_buf_view(&message));
		rc = put_line(out, key->name, key->id, tg_view_of(sig, sizeof(sig)), err);
	}
	tg_buf_fini(&message);
	return rc;
}

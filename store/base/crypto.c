/* SPDX-License-Identifier: Apache-2.0
 *
 * crypto.c - hashes, keys and signatures; the one place that knows mbedTLS and libsodium.
 *
 * Written for mbedTLS 2.28. "3.6:" marks each line that a move to mbedTLS 3.6 touches: there the structs' fields are
 * private (MBEDTLS_PRIVATE or an accessor), mbedtls_pk_parse_key takes a random source, mbedtls_pk_ec and _rsa take
 * the same, and the RSA functions lose their `mode`.
 *
 * Randomness comes from libsodium (getrandom), so no entropy or DRBG context of mbedTLS has to be kept alive.
 */
#include "store/base/crypto.h"

#include <mbedtls/asn1.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <mbedtls/error.h>
#include <mbedtls/pem.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

#define RSA_MIN_BITS 2048   /* NIST SP 800-131A: less is no longer acceptable */
#define RSA_MAX_BITS 4096   /* bounds the time that a hostile key costs */
#define RSA_MAX_EXPONENT 64 /* bits; everybody uses 17, and a huge one makes each check slow */
#define PEM_MAX_BYTES 4096  /* RSA-4096 needs 800 */
#define SCALAR_SIZE 32      /* P-256 */
#define DER_INTEGER_MAX 33  /* a scalar and the zero that keeps it positive */

struct tg_pubkey {
	tg_key_type type;
	mbedtls_pk_context pk; /* EC and RSA */
	uint8_t ed25519[TG_ED25519_PUBLIC_SIZE];
};

struct tg_signkey {
	mbedtls_pk_context pk;
};

/*
 * mbedTLS fills caches inside a key (the table of multiples of G, RSA's Montgomery constant) while it uses it, and
 * our callers share keys between threads.
 */
static pthread_mutex_t key_mutex = PTHREAD_MUTEX_INITIALIZER;

int tg_crypto_init(tg_error *err)
{
	if (sodium_init() < 0)
		return tg_fail(err, TG_EIO, "libsodium: no source of randomness");
	return TG_OK;
}

/* ---- hashes ---- */

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(tg_sha256_state), "tg_sha256_state is too small");
_Static_assert(_Alignof(crypto_hash_sha256_state) <= 16, "tg_sha256_state is aligned too loosely");

static crypto_hash_sha256_state *sodium_state(tg_sha256_state *state)
{
	return (crypto_hash_sha256_state *)(void *)state->opaque;
}

void tg_sha256(uint8_t out[TG_SHA256_SIZE], const void *data, size_t len)
{
	crypto_hash_sha256(out, data, len);
}

void tg_sha512(uint8_t out[TG_SHA512_SIZE], const void *data, size_t len)
{
	crypto_hash_sha512(out, data, len);
}

void tg_sha256_init(tg_sha256_state *state)
{
	crypto_hash_sha256_init(sodium_state(state));
}

void tg_sha256_update(tg_sha256_state *state, const void *data, size_t len)
{
	crypto_hash_sha256_update(sodium_state(state), data, len);
}

void tg_sha256_final(tg_sha256_state *state, uint8_t out[TG_SHA256_SIZE])
{
	crypto_hash_sha256_final(sodium_state(state), out);
}

_Static_assert(sizeof(crypto_hash_sha512_state) <= sizeof(tg_sha512_state), "tg_sha512_state is too small");
_Static_assert(_Alignof(crypto_hash_sha512_state) <= 16, "tg_sha512_state is aligned too loosely");

static crypto_hash_sha512_state *sodium_state512(tg_sha512_state *state)
{
	return (crypto_hash_sha512_state *)(void *)state->opaque;
}

void tg_sha512_init(tg_sha512_state *state)
{
	crypto_hash_sha512_init(sodium_state512(state));
}

void tg_sha512_update(tg_sha512_state *state, const void *data, size_t len)
{
	crypto_hash_sha512_update(sodium_state512(state), data, len);
}

void tg_sha512_final(tg_sha512_state *state, uint8_t out[TG_SHA512_SIZE])
{
	crypto_hash_sha512_final(sodium_state512(state), out);
}

void tg_hmac_sha256(uint8_t out[TG_SHA256_SIZE], tg_view key, tg_view message)
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, key.data, key.len);
	crypto_auth_hmacsha256_update(&state, message.data, message.len);
	crypto_auth_hmacsha256_final(&state, out);
	sodium_memzero(&state, sizeof(state));
}

void tg_random(void *out, size_t len)
{
	randombytes_buf(out, len);
}

_Static_assert(crypto_pwhash_argon2id_SALTBYTES == TG_ARGON2_SALT_SIZE, "libsodium's salt has another size");

int tg_argon2id(uint8_t out[TG_SHA256_SIZE], tg_view secret, const uint8_t salt[TG_ARGON2_SALT_SIZE], uint32_t passes, uint32_t memory_kib,
	tg_error *err)
{
	if (crypto_pwhash_argon2id(out, TG_SHA256_SIZE, (const char *)secret.data, secret.len, salt, passes, (size_t)memory_kib * 1024,
		    crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
		return tg_fail(err, TG_ENOMEM, "Argon2id: %u KiB were not to be had", memory_kib);
	return TG_OK;
}

bool tg_equal_ct(const void *a, const void *b, size_t len)
{
	return sodium_memcmp(a, b, len) == 0;
}

void tg_wipe(void *data, size_t len)
{
	sodium_memzero(data, len);
}

/* In the shape that mbedTLS asks for. */
static int random_for_mbedtls(void *context, unsigned char *out, size_t len)
{
	(void)context;
	randombytes_buf(out, len);
	return 0;
}

/* "WORDS: what mbedTLS says (-0x1234)" */
static int fail_mbedtls(tg_error *err, int code, int number, const char *words)
{
	char said[120];

	mbedtls_strerror(number, said, sizeof(said));
	return tg_fail(err, code, "%s: %s (-0x%04x)", words, said, (unsigned)-number);
}

/* ---- public keys ---- */

static mbedtls_ecp_keypair *ec_of(const mbedtls_pk_context *pk)
{
	return mbedtls_pk_ec(*pk);
}

static mbedtls_rsa_context *rsa_of(const mbedtls_pk_context *pk)
{
	return mbedtls_pk_rsa(*pk);
}

static int check_ec(const mbedtls_pk_context *pk, tg_error *err)
{
	const mbedtls_ecp_keypair *ec = ec_of(pk);

	/* 3.6: mbedtls_ecp_keypair_get_group_id() */
	if (ec == NULL || ec->grp.id != MBEDTLS_ECP_DP_SECP256R1)
		return tg_fail(err, TG_EFORMAT, "key: wanted the curve P-256, found another of %zu bits",
			mbedtls_pk_get_bitlen(pk));
	return TG_OK;
}

static int check_rsa(const mbedtls_pk_context *pk, tg_error *err)
{
	size_t bits = mbedtls_pk_get_bitlen(pk), exponent_bits;
	mbedtls_mpi e;
	int rc;

	if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS)
		return tg_fail(err, TG_EFORMAT, "key: wanted RSA of %d to %d bits, found %zu", RSA_MIN_BITS,
			RSA_MAX_BITS, bits);
	mbedtls_mpi_init(&e);
	rc = mbedtls_rsa_export(rsa_of(pk), NULL, NULL, NULL, NULL, &e);
	exponent_bits = mbedtls_mpi_bitlen(&e);
	mbedtls_mpi_free(&e);
	if (rc != 0)
		return fail_mbedtls(err, TG_EFORMAT, rc, "key");
	if (exponent_bits > RSA_MAX_EXPONENT)
		return tg_fail(err, TG_EFORMAT, "key: wanted an RSA exponent of at most %d bits, found %zu",
			RSA_MAX_EXPONENT, exponent_bits);
	/* A parsed key is set to PKCS#1 v1.5. 3.6: returns a value to check. */
	mbedtls_rsa_set_padding(rsa_of(pk), MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_SHA256);
	return TG_OK;
}

static int check_kind(tg_pubkey *key, tg_error *err)
{
	mbedtls_pk_type_t kind = mbedtls_pk_get_type(&key->pk);

	if (kind == MBEDTLS_PK_ECKEY) {
		key->type = TG_KEY_ECDSA_P256;
		return check_ec(&key->pk, err);
	}
	if (kind == MBEDTLS_PK_RSA) {
		key->type = TG_KEY_RSA;
		return check_rsa(&key->pk, err);
	}
	return tg_fail(err, TG_EFORMAT, "key: wanted EC or RSA, found %s", mbedtls_pk_get_name(&key->pk));
}

/* mbedTLS writes at the end of what it is given. */
static int write_spki(const uint8_t **der, size_t *len, uint8_t room[TG_SPKI_MAX],
	const mbedtls_pk_context *pk, tg_error *err)
{
	mbedtls_pk_context same = *pk; /* it asks for a pointer that is not const and changes nothing */
	int written = mbedtls_pk_write_pubkey_der(&same, room, TG_SPKI_MAX);

	if (written < 0)
		return fail_mbedtls(err, TG_EINVAL, written, "key");
	*der = room + TG_SPKI_MAX - written;
	*len = (size_t)written;
	return TG_OK;
}

/* One key has one encoding: whatever mbedTLS lets pass that DER does not allow is refused here. */
static int check_encoding(const tg_pubkey *key, tg_view der, tg_error *err)
{
	uint8_t room[TG_SPKI_MAX];
	const uint8_t *again = NULL;
	size_t len = 0;
	int rc = write_spki(&again, &len, room, &key->pk, err);

	if (rc == TG_OK && !tg_view_equal(der, tg_view_of(again, len)))
		rc = tg_fail(err, TG_EFORMAT,
			"key: wanted SubjectPublicKeyInfo in DER, found another encoding of it");
	return rc;
}

int tg_pubkey_from_der(tg_pubkey **out, tg_view der, tg_error *err)
{
	tg_pubkey *key;
	uint8_t copy[TG_SPKI_MAX], *p = copy;
	int rc;

	*out = NULL;
	if (der.len == 0 || der.len > sizeof(copy))
		return tg_fail(
			err, TG_EFORMAT, "key: wanted 1 to %zu bytes, found %zu", sizeof(copy), der.len);
	key = calloc(1, sizeof(*key));
	if (key == NULL)
		return tg_fail(err, TG_ENOMEM, "key: out of memory");
	mbedtls_pk_init(&key->pk);
	memcpy(copy, der.data, der.len); /* it moves a pointer that is not const */
	rc = mbedtls_pk_parse_subpubkey(&p, copy + der.len, &key->pk);
	if (rc != 0)
		rc = fail_mbedtls(err, TG_EFORMAT, rc, "key: wanted SubjectPublicKeyInfo");
	if (rc == TG_OK)
		rc = check_kind(key, err);
	if (rc == TG_OK)
		rc = check_encoding(key, der, err);
	if (rc != TG_OK) {
		tg_pubkey_free(key);
		return rc;
	}
	*out = key;
	return TG_OK;
}

static tg_view without_blanks(tg_view text)
{
	static const char blanks[] = " \t\r\n";

	while (text.len > 0 && text.data[0] != 0 && strchr(blanks, text.data[0]) != NULL) {
		text.data++;
		text.len--;
	}
	while (text.len > 0 && text.data[text.len - 1] != 0 &&
		strchr(blanks, text.data[text.len - 1]) != NULL)
		text.len--;
	return text;
}

int tg_pubkey_from_pem(tg_pubkey **out, tg_view pem, tg_error *err)
{
	char text[PEM_MAX_BYTES + 1];
	mbedtls_pem_context context;
	size_t used = 0;
	int rc;

	*out = NULL;
	pem = without_blanks(pem);
	if (pem.len > PEM_MAX_BYTES)
		return tg_fail(err, TG_EFORMAT, "key: wanted at most %d bytes of PEM, found %zu",
			PEM_MAX_BYTES, pem.len);
	if (pem.len < 10 || memcmp(pem.data, "-----BEGIN", 10) != 0 || memchr(pem.data, 0, pem.len) != NULL)
		return tg_fail(
			err, TG_EFORMAT, "key: wanted PEM that begins with \"-----BEGIN PUBLIC KEY-----\"");
	memcpy(text, pem.data, pem.len); /* mbedTLS wants it terminated */
	text[pem.len] = '\0';
	mbedtls_pem_init(&context);
	rc = mbedtls_pem_read_buffer(&context, "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----",
		(const unsigned char *)text, NULL, 0, &used);
	if (rc != 0)
		rc = fail_mbedtls(err, TG_EFORMAT, rc, "key: wanted a PEM public key");
	else if (used != pem.len)
		rc = tg_fail(err, TG_EFORMAT, "key: wanted one PEM block, found more behind it");
	else /* 3.6: mbedtls_pem_get_buffer() */
		rc = tg_pubkey_from_der(out, tg_view_of(context.buf, context.buflen), err);
	mbedtls_pem_free(&context);
	return rc;
}

int tg_pubkey_from_ed25519(tg_pubkey **out, const uint8_t raw[TG_ED25519_PUBLIC_SIZE], tg_error *err)
{
	tg_pubkey *key;

	*out = NULL;
	/* Under a key of small order some signature fits every message. */
	if (crypto_core_ed25519_is_valid_point(raw) != 1)
		return tg_fail(
			err, TG_EFORMAT, "key: wanted an Ed25519 public key, found 32 bytes that are none");
	key = calloc(1, sizeof(*key));
	if (key == NULL)
		return tg_fail(err, TG_ENOMEM, "key: out of memory");
	mbedtls_pk_init(&key->pk);
	key->type = TG_KEY_ED25519;
	memcpy(key->ed25519, raw, sizeof(key->ed25519));
	*out = key;
	return TG_OK;
}

void tg_pubkey_free(tg_pubkey *key)
{
	if (key == NULL)
		return;
	mbedtls_pk_free(&key->pk);
	free(key);
}

tg_key_type tg_pubkey_type(const tg_pubkey *key)
{
	return key->type;
}

int tg_pubkey_to_der(tg_buf *out, const tg_pubkey *key, tg_error *err)
{
	uint8_t room[TG_SPKI_MAX];
	const uint8_t *der = NULL;
	size_t len = 0;
	int rc;

	if (key->type == TG_KEY_ED25519)
		return tg_fail(err, TG_EINVAL, "key: wanted EC or RSA for DER, found Ed25519");
	rc = write_spki(&der, &len, room, &key->pk, err);
	if (rc != TG_OK)
		return rc;
	tg_buf_append(out, der, len);
	return tg_buf_check(out, "key", err);
}

int tg_pubkey_to_pem(tg_buf *out, const tg_pubkey *key, tg_error *err)
{
	unsigned char text[PEM_MAX_BYTES];
	mbedtls_pk_context same = key->pk;
	int rc;

	if (key->type == TG_KEY_ED25519)
		return tg_fail(err, TG_EINVAL, "key: wanted EC or RSA for PEM, found Ed25519");
	rc = mbedtls_pk_write_pubkey_pem(&same, text, sizeof(text));
	if (rc != 0)
		return fail_mbedtls(err, TG_EINVAL, rc, "key");
	tg_buf_puts(out, (const char *)text);
	return tg_buf_check(out, "key", err);
}

/* ---- ECDSA signatures in DER (RFC 3279 section 2.2.3) ---- */

/* One positive INTEGER in its shortest form; moves *p past it. */
static bool read_integer(mbedtls_mpi *value, const uint8_t **p, const uint8_t *end)
{
	size_t len;

	if (end - *p < 3 || (*p)[0] != MBEDTLS_ASN1_INTEGER)
		return false;
	len = (*p)[1];
	*p += 2;
	if (len < 1 || len > DER_INTEGER_MAX || len > (size_t)(end - *p))
		return false;
	if ((*p)[0] >= 0x80) /* negative */
		return false;
	if ((*p)[0] == 0 && (len == 1 || (*p)[1] < 0x80)) /* zero, or a zero too many */
		return false;
	if (mbedtls_mpi_read_binary(value, *p, len) != 0)
		return false;
	*p += len;
	return true;
}

static bool read_signature(mbedtls_mpi *r, mbedtls_mpi *s, tg_view sig)
{
	const uint8_t *p = sig.data, *end = sig.data + sig.len;

	if (sig.len < 8 || sig.len > TG_ECDSA_SIGNATURE_MAX)
		return false;
	/* At most 70 bytes inside, so the length is one byte and below 0x80. */
	if (p[0] != (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE) || p[1] != sig.len - 2)
		return false;
	p += 2;
	return read_integer(r, &p, end) && read_integer(s, &p, end) && p == end;
}

static size_t write_integer(uint8_t *out, const uint8_t scalar[SCALAR_SIZE])
{
	size_t skip = 0, len, pad;

	while (skip < SCALAR_SIZE - 1 && scalar[skip] == 0)
		skip++;
	len = SCALAR_SIZE - skip;
	pad = scalar[skip] >= 0x80;
	out[0] = MBEDTLS_ASN1_INTEGER;
	out[1] = (uint8_t)(len + pad);
	out[2] = 0;
	memcpy(out + 2 + pad, scalar + skip, len);
	return 2 + pad + len;
}

static int write_signature(tg_buf *out, const mbedtls_mpi *r, const mbedtls_mpi *s, tg_error *err)
{
	uint8_t scalar[SCALAR_SIZE], der[TG_ECDSA_SIGNATURE_MAX];
	const mbedtls_mpi *both[] = { r, s };
	size_t len = 2;

	for (size_t i = 0; i < 2; i++) {
		int rc = mbedtls_mpi_write_binary(both[i], scalar, sizeof(scalar));

		if (rc != 0)
			return fail_mbedtls(err, TG_ESTATE, rc, "signature");
		len += write_integer(der + len, scalar);
	}
	der[0] = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE;
	der[1] = (uint8_t)(len - 2);
	tg_buf_append(out, der, len);
	return tg_buf_check(out, "signature", err);
}

/* ---- checking ---- */

static int verify_ecdsa(const tg_pubkey *key, const uint8_t hash[TG_SHA256_SIZE], tg_view sig, tg_error *err)
{
	mbedtls_ecp_keypair *ec = ec_of(&key->pk);
	mbedtls_mpi r, s;
	int rc;

	mbedtls_mpi_init(&r);
	mbedtls_mpi_init(&s);
	if (!read_signature(&r, &s, sig)) {
		rc = tg_fail(err, TG_EUNTRUSTED,
			"signature: wanted ECDSA in DER, found %zu bytes that are not", sig.len);
	} else {
		pthread_mutex_lock(&key_mutex);
		/* Checks 0 < r, s < n itself. 3.6: MBEDTLS_PRIVATE(grp), MBEDTLS_PRIVATE(Q) */
		rc = mbedtls_ecdsa_verify(&ec->grp, hash, TG_SHA256_SIZE, &ec->Q, &r, &s);
		pthread_mutex_unlock(&key_mutex);
		if (rc != 0)
			rc = tg_fail(err, TG_EUNTRUSTED, "signature: ECDSA does not fit message and key");
	}
	mbedtls_mpi_free(&r);
	mbedtls_mpi_free(&s);
	return rc;
}

static int verify_rsa(const tg_pubkey *key, const uint8_t hash[TG_SHA256_SIZE], tg_view sig, tg_error *err)
{
	mbedtls_rsa_context *rsa = rsa_of(&key->pk);
	int rc;

	if (sig.len != mbedtls_rsa_get_len(rsa))
		return tg_fail(err, TG_EUNTRUSTED, "signature: wanted RSA of %zu bytes, found %zu",
			mbedtls_rsa_get_len(rsa), sig.len);
	pthread_mutex_lock(&key_mutex);
	/* 3.6: without the random source and the mode */
	rc = mbedtls_rsa_rsassa_pss_verify_ext(rsa, NULL, NULL, MBEDTLS_RSA_PUBLIC, MBEDTLS_MD_SHA256,
		TG_SHA256_SIZE, hash, MBEDTLS_MD_SHA256, MBEDTLS_RSA_SALT_LEN_ANY, sig.data);
	pthread_mutex_unlock(&key_mutex);
	if (rc != 0)
		return tg_fail(err, TG_EUNTRUSTED, "signature: RSA-PSS does not fit message and key");
	return TG_OK;
}

static int verify_ed25519(const tg_pubkey *key, tg_view message, tg_view sig, tg_error *err)
{
	if (sig.len != TG_ED25519_SIGNATURE_SIZE)
		return tg_fail(err, TG_EUNTRUSTED, "signature: wanted Ed25519 of %d bytes, found %zu",
			TG_ED25519_SIGNATURE_SIZE, sig.len);
	if (crypto_sign_verify_detached(sig.data, message.data, message.len, key->ed25519) != 0)
		return tg_fail(err, TG_EUNTRUSTED, "signature: Ed25519 does not fit message and key");
	return TG_OK;
}

int tg_pubkey_verify(const tg_pubkey *key, tg_sig_alg alg, tg_view message, tg_view sig, tg_error *err)
{
	static const tg_key_type key_of[] = {
		[TG_ALG_ECDSA_P256_SHA256] = TG_KEY_ECDSA_P256,
		[TG_ALG_RSA_PSS_SHA256] = TG_KEY_RSA,
		[TG_ALG_ED25519] = TG_KEY_ED25519,
	};
	uint8_t hash[TG_SHA256_SIZE];

	if ((size_t)alg >= TG_COUNT(key_of) || key_of[alg] != key->type)
		return tg_fail(err, TG_EUNTRUSTED, "signature: the algorithm does not fit the key");
	if (key->type == TG_KEY_ED25519)
		return verify_ed25519(key, message, sig, err);
	tg_sha256(hash, message.data, message.len);
	return key->type == TG_KEY_RSA ? verify_rsa(key, hash, sig, err) : verify_ecdsa(key, hash, sig, err);
}

/* ---- our own keys ---- */

static tg_signkey *new_signkey(tg_error *err)
{
	tg_signkey *key = calloc(1, sizeof(*key));

	if (key == NULL)
		(void)tg_fail(err, TG_ENOMEM, "key: out of memory");
	else
		mbedtls_pk_init(&key->pk);
	return key;
}

int tg_signkey_generate(tg_signkey **out, tg_error *err)
{
	tg_signkey *key = new_signkey(err);
	int rc;

	*out = NULL;
	if (key == NULL)
		return TG_ENOMEM;
	rc = mbedtls_pk_setup(&key->pk, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
	if (rc == 0) {
		pthread_mutex_lock(&key_mutex);
		rc = mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, ec_of(&key->pk), random_for_mbedtls, NULL);
		pthread_mutex_unlock(&key_mutex);
	}
	if (rc != 0) {
		tg_signkey_free(key);
		return fail_mbedtls(err, TG_ENOMEM, rc, "key: could not be made");
	}
	*out = key;
	return TG_OK;
}

/* The file holds the public point beside the secret; a pair that does not fit would sign what nobody can check. */
static int check_pair(const mbedtls_pk_context *pk, tg_error *err)
{
	mbedtls_ecp_keypair *ec =
		ec_of(pk); /* 3.6: mbedtls_ecp_check_pub_priv() with a random source does it all */
	mbedtls_ecp_point point;
	int rc;

	mbedtls_ecp_point_init(&point);
	pthread_mutex_lock(&key_mutex);
	rc = mbedtls_ecp_check_privkey(&ec->grp, &ec->d);
	if (rc == 0)
		rc = mbedtls_ecp_mul(&ec->grp, &point, &ec->d, &ec->grp.G, random_for_mbedtls, NULL);
	if (rc == 0)
		rc = mbedtls_ecp_point_cmp(&point, &ec->Q);
	pthread_mutex_unlock(&key_mutex);
	mbedtls_ecp_point_free(&point);
	if (rc != 0)
		return tg_fail(err, TG_EFORMAT, "key: the secret and the public half do not belong together");
	return TG_OK;
}

static int parse_secret(mbedtls_pk_context *pk, tg_view pem, tg_error *err)
{
	char text[PEM_MAX_BYTES + 1];
	int rc;

	if (pem.len == 0 || pem.len > PEM_MAX_BYTES || memchr(pem.data, 0, pem.len) != NULL)
		return tg_fail(err, TG_EFORMAT, "key: wanted PEM of 1 to %d bytes, found %zu", PEM_MAX_BYTES,
			pem.len);
	memcpy(text, pem.data, pem.len);
	text[pem.len] = '\0';
	/* 3.6: with random_for_mbedtls, NULL at the end */
	rc = mbedtls_pk_parse_key(pk, (const unsigned char *)text, pem.len + 1, NULL, 0);
	sodium_memzero(text, sizeof(text));
	if (rc != 0)
		return fail_mbedtls(err, TG_EFORMAT, rc, "key: wanted an unencrypted PEM private key");
	if (mbedtls_pk_get_type(pk) != MBEDTLS_PK_ECKEY)
		return tg_fail(err, TG_EFORMAT, "key: wanted EC, found %s", mbedtls_pk_get_name(pk));
	rc = check_ec(pk, err);
	return rc != TG_OK ? rc : check_pair(pk, err);
}

int tg_signkey_from_pem(tg_signkey **out, tg_view pem, tg_error *err)
{
	tg_signkey *key = new_signkey(err);
	int rc;

	*out = NULL;
	if (key == NULL)
		return TG_ENOMEM;
	rc = parse_secret(&key->pk, pem, err);
	if (rc != TG_OK) {
		tg_signkey_free(key);
		return rc;
	}
	*out = key;
	return TG_OK;
}

int tg_signkey_to_pem(tg_buf *out, const tg_signkey *key, tg_error *err)
{
	unsigned char text[PEM_MAX_BYTES];
	mbedtls_pk_context same = key->pk;
	int rc = mbedtls_pk_write_key_pem(&same, text, sizeof(text));

	if (rc != 0)
		rc = fail_mbedtls(err, TG_EINVAL, rc, "key");
	else
		tg_buf_puts(out, (const char *)text);
	sodium_memzero(text, sizeof(text));
	return rc != TG_OK ? rc : tg_buf_check(out, "key", err);
}

int tg_signkey_public(tg_pubkey **out, const tg_signkey *key, tg_error *err)
{
	uint8_t room[TG_SPKI_MAX];
	const uint8_t *der = NULL;
	size_t len = 0;
	int rc = write_spki(&der, &len, room, &key->pk, err);

	*out = NULL;
	return rc != TG_OK ? rc : tg_pubkey_from_der(out, tg_view_of(der, len), err);
}

int tg_signkey_sign(tg_buf *sig, const tg_signkey *key, tg_view message, tg_error *err)
{
	mbedtls_ecp_keypair *ec = ec_of(&key->pk);
	uint8_t hash[TG_SHA256_SIZE];
	mbedtls_mpi r, s;
	int rc;

	tg_sha256(hash, message.data, message.len);
	mbedtls_mpi_init(&r);
	mbedtls_mpi_init(&s);
	pthread_mutex_lock(&key_mutex);
	/* The randomness only blinds the computation; r and s follow from key and hash. 3.6: MBEDTLS_PRIVATE(...) */
	rc = mbedtls_ecdsa_sign_det_ext(
		&ec->grp, &r, &s, &ec->d, hash, sizeof(hash), MBEDTLS_MD_SHA256, random_for_mbedtls, NULL);
	pthread_mutex_unlock(&key_mutex);
	if (rc != 0)
		rc = fail_mbedtls(err, TG_ESTATE, rc, "signature: could not be made");
	else
		rc = write_signature(sig, &r, &s, err);
	mbedtls_mpi_free(&r);
	mbedtls_mpi_free(&s);
	return rc;
}

void tg_signkey_free(tg_signkey *key)
{
	if (key == NULL)
		return;
	mbedtls_pk_free(&key->pk); /* wipes its numbers */
	free(key);
}

/* ---- Ed25519 ---- */

void tg_ed25519_generate(uint8_t pub[TG_ED25519_PUBLIC_SIZE], uint8_t secret[64])
{
	crypto_sign_keypair(pub, secret);
}

void tg_ed25519_sign(uint8_t sig[TG_ED25519_SIGNATURE_SIZE], const uint8_t secret[64], tg_view message)
{
	crypto_sign_detached(sig, NULL, message.data, message.len, secret);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * crypto.h - hashes, signatures and randomness. The only file that includes mbedTLS or libsodium is crypto.c.
 *
 * ECDSA P-256 and RSA-PSS by mbedTLS 2.28 (one mutex round key operations: PSA is not thread-safe before 3.6),
 * Ed25519 and bulk SHA-2 by libsodium. All functions may be called from any thread.
 */
#ifndef TG_BASE_CRYPTO_H
#define TG_BASE_CRYPTO_H

#include "store/base/bytes.h"

#define TG_SHA256_SIZE 32
#define TG_SHA512_SIZE 64
#define TG_ED25519_PUBLIC_SIZE 32
#define TG_ED25519_SIGNATURE_SIZE 64
#define TG_ECDSA_SIGNATURE_MAX 72 /* DER SEQUENCE of two 33-byte INTEGERs */
#define TG_SPKI_MAX 1024          /* DER SubjectPublicKeyInfo: P-256 is 91 bytes, RSA-4096 550 */

/** Once, before anything else here and before threads. Idempotent. */
TG_NODISCARD int tg_crypto_init(tg_error *err);

void tg_sha256(uint8_t out[TG_SHA256_SIZE], const void *data, size_t len);
void tg_sha512(uint8_t out[TG_SHA512_SIZE], const void *data, size_t len);
typedef struct tg_sha256_state {
	_Alignas(16) uint8_t opaque[128];
} tg_sha256_state;
void tg_sha256_init(tg_sha256_state *state);
void tg_sha256_update(tg_sha256_state *state, const void *data, size_t len);
void tg_sha256_final(tg_sha256_state *state, uint8_t out[TG_SHA256_SIZE]);
typedef struct tg_sha512_state {
	_Alignas(16) uint8_t opaque[224];
} tg_sha512_state;
void tg_sha512_init(tg_sha512_state *state);
void tg_sha512_update(tg_sha512_state *state, const void *data, size_t len);
void tg_sha512_final(tg_sha512_state *state, uint8_t out[TG_SHA512_SIZE]);
void tg_hmac_sha256(uint8_t out[TG_SHA256_SIZE], tg_view key, tg_view message); /* keys of any length */
void tg_random(void *out, size_t len);

/**
 * Argon2id (RFC 9106), one lane: makes guessing a short secret dear. `memory_kib` at least 8, `passes` at least 1.
 * TG_ENOMEM: the memory was not to be had.
 */
#define TG_ARGON2_SALT_SIZE 16
TG_NODISCARD int tg_argon2id(uint8_t out[TG_SHA256_SIZE], tg_view secret, const uint8_t salt[TG_ARGON2_SALT_SIZE], uint32_t passes,
	uint32_t memory_kib, tg_error *err);
bool tg_equal_ct(const void *a, const void *b, size_t len); /* constant time */
void tg_wipe(void *data, size_t len);

/* ---- public keys ---- */
typedef enum { TG_KEY_ECDSA_P256, TG_KEY_RSA, TG_KEY_ED25519 } tg_key_type;
typedef enum { TG_ALG_ECDSA_P256_SHA256, TG_ALG_RSA_PSS_SHA256, TG_ALG_ED25519 } tg_sig_alg;
typedef struct tg_pubkey tg_pubkey; /* opaque; owns its memory */

/** PEM or DER SubjectPublicKeyInfo: EC on P-256 only, RSA of 2048 to 4096 bits. Other curves and sizes: TG_EFORMAT. */
TG_NODISCARD int tg_pubkey_from_pem(tg_pubkey **out, tg_view pem, tg_error *err);
TG_NODISCARD int tg_pubkey_from_der(tg_pubkey **out, tg_view der, tg_error *err);
TG_NODISCARD int tg_pubkey_from_ed25519(
	tg_pubkey **out, const uint8_t raw[TG_ED25519_PUBLIC_SIZE], tg_error *err);
void tg_pubkey_free(tg_pubkey *key);
tg_key_type tg_pubkey_type(const tg_pubkey *key);
/** DER SubjectPublicKeyInfo of an EC or RSA key (appended). */
TG_NODISCARD int tg_pubkey_to_der(tg_buf *out, const tg_pubkey *key, tg_error *err);
TG_NODISCARD int tg_pubkey_to_pem(tg_buf *out, const tg_pubkey *key, tg_error *err);
/**
 * TG_OK if `sig` is right; TG_EUNTRUSTED if it is wrong, malformed or the algorithm does not fit the key.
 * ECDSA signatures are DER, strictly parsed and wholly consumed; RSA-PSS is MGF1-SHA256 with any salt length.
 */
TG_NODISCARD int tg_pubkey_verify(
	const tg_pubkey *key, tg_sig_alg alg, tg_view message, tg_view sig, tg_error *err);

/* ---- our own ECDSA P-256 keys (station, head-office roles) ---- */
typedef struct tg_signkey tg_signkey; /* opaque; wiped when freed */
TG_NODISCARD int tg_signkey_generate(tg_signkey **out, tg_error *err);
/** SEC1 or unencrypted PKCS#8, PEM. Encrypted files are opened by sync/hq with libcrypto first. */
TG_NODISCARD int tg_signkey_from_pem(tg_signkey **out, tg_view pem, tg_error *err);
TG_NODISCARD int tg_signkey_to_pem(
	tg_buf *out, const tg_signkey *key, tg_error *err); /* SEC1; wipe `out` after use */
TG_NODISCARD int tg_signkey_public(tg_pubkey **out, const tg_signkey *key, tg_error *err);
/** Deterministic ECDSA (RFC 6979) over SHA-256, DER, appended to `sig`. */
TG_NODISCARD int tg_signkey_sign(tg_buf *sig, const tg_signkey *key, tg_view message, tg_error *err);
void tg_signkey_free(tg_signkey *key);

/* ---- Ed25519, for cosignatures ---- `secret` is libsodium's 64-byte form */
void tg_ed25519_generate(uint8_t pub[TG_ED25519_PUBLIC_SIZE], uint8_t secret[64]);
void tg_ed25519_sign(uint8_t sig[TG_ED25519_SIGNATURE_SIZE], const uint8_t secret[64], tg_view message);

#endif

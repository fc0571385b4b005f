/* SPDX-License-Identifier: Apache-2.0
 *
 * keys.c - encrypted PKCS#8 by libcrypto, because mbedTLS 2.28 reads no PBES2 with AES.
 *
 * Source: RFC 5958 (PKCS#8), RFC 8018 (PBES2), RFC 7914 (scrypt).
 */
#include "sync/hq/keys.h"

#include "store/base/file.h"
#include "sync/enrol.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * 16 MiB and about a quarter of a second; more memory than 32 MiB is refused by the libcrypto that must read
 * it again.
 */
#define SCRYPT_N 16384
#define SCRYPT_R 8
#define SCRYPT_P 5
#define KEY_FILE_MAX 8192 /* bytes; an encrypted P-256 key has some 400 */

#define COSIGNER "cosigner"

/* ---- PEM in, PEM out ---- */

/* What libcrypto says last, without its queue growing on us. */
static int crypto_fail(tg_error *err, int code, const char *what)
{
	unsigned long error = ERR_peek_last_error();
	const char *reason = error != 0 ? ERR_reason_error_string(error) : NULL;

	ERR_clear_error();
	return tg_fail(err, code, "%s: %s", what, reason != NULL ? reason : "failed in libcrypto");
}

static int encrypt(tg_buf *out, EVP_PKEY *pkey, tg_view passphrase, tg_error *err)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
	X509_ALGOR *scheme =
		PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, 0, NULL, SCRYPT_N, SCRYPT_R, SCRYPT_P);
	X509_SIG *sealed = NULL;
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len;
	int rc = TG_OK;

	if (info != NULL && scheme != NULL)
		sealed = PKCS8_set0_pbe((const char *)passphrase.data, (int)passphrase.len, info, scheme);
	if (sealed != NULL)
		scheme = NULL; /* now the sealed key's */
	if (sealed == NULL || bio == NULL || PEM_write_bio_PKCS8(bio, sealed) != 1) {
		rc = crypto_fail(err, TG_EIO, "encrypting a key");
	} else {
		len = BIO_get_mem_data(bio, &text);
		tg_buf_append(out, text, (size_t)len);
		rc = tg_buf_check(out, "encrypted key", err);
	}
	BIO_free(bio);
	X509_SIG_free(sealed);
	X509_ALGOR_free(scheme);
	PKCS8_PRIV_KEY_INFO_free(info);
	return rc;
}

static int decrypt(EVP_PKEY **out, tg_view pem, tg_view passphrase, const char *name, tg_error *err)
{
	BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	X509_SIG *sealed = bio == NULL ? NULL : PEM_read_bio_PKCS8(bio, NULL, NULL, NULL);
	PKCS8_PRIV_KEY_INFO *info = NULL;
	int rc = TG_OK;

	if (sealed == NULL) {
		ERR_clear_error();
		rc = tg_fail(err, TG_EFORMAT, "%s: no encrypted private key (PKCS#8, PEM)", name);
	} else {
		info = PKCS8_decrypt(sealed, (const char *)passphrase.data, (int)passphrase.len);
		if (info == NULL) {
			ERR_clear_error();
			rc = tg_fail(
				err, TG_EUNTRUSTED, "%s: cannot be opened; is the passphrase right?", name);
		}
	}
	if (rc == TG_OK) {
		*out = EVP_PKCS82PKEY(info);
		if (*out == NULL)
			rc = crypto_fail(err, TG_EFORMAT, name);
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	X509_SIG_free(sealed);
	BIO_free(bio);
	return rc;
}

static EVP_PKEY *pkey_from_signkey(const tg_signkey *key)
{
	tg_buf pem;
	EVP_PKEY *pkey = NULL;
	BIO *bio;

	tg_buf_init(&pem, KEY_FILE_MAX);
	if (tg_signkey_to_pem(&pem, key, NULL) == TG_OK &&
		(bio = BIO_new_mem_buf(pem.data, (int)pem.len)) != NULL) {
		pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
		BIO_free(bio);
	}
	if (pem.data != NULL)
		tg_wipe(pem.data, pem.len);
	tg_buf_fini(&pem);
	return pkey;
}

static int signkey_from_pkey(tg_signkey **out, const EVP_PKEY *pkey, const char *name, tg_error *err)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *text = NULL;
	long len;
	int rc;

	if (bio == NULL || PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) != 1) {
		rc = crypto_fail(err, TG_EFORMAT, name);
	} else {
		len = BIO_get_mem_data(bio, &text);
		rc = tg_signkey_from_pem(out, tg_view_of(text, (size_t)len), err);
		if (rc != TG_OK)
			(void)tg_error_prefix(err, "%s", name);
		tg_wipe(text, (size_t)len);
	}
	BIO_free(bio);
	return rc;
}

/* ---- making ---- */

static int key_path(char out[4096], const char *dir, const char *name, const char *suffix, tg_error *err)
{
	return tg_path(out, err, "%s/%s%s", dir, name, suffix);
}

static int refuse_present(const char *dir, const char *name, tg_error *err)
{
	char path[4096];
	struct stat st;
	int rc = key_path(path, dir, name, ".pem", err);

	if (rc == TG_OK && lstat(path, &st) == 0)
		rc = tg_fail(err, TG_ESTATE, "%s is there already; keys are never overwritten", path);
	return rc;
}

static int save(
	const char *dir, const char *name, const char *suffix, tg_view content, mode_t mode, tg_error *err)
{
	char path[4096];
	int rc = key_path(path, dir, name, suffix, err);

	return rc == TG_OK ? tg_file_write(path, content, mode, err) : rc;
}

static int save_encrypted(
	const char *dir, const char *name, EVP_PKEY *pkey, tg_view passphrase, tg_error *err)
{
	tg_buf pem;
	int rc;

	if (pkey == NULL)
		return crypto_fail(err, TG_EIO, name);
	tg_buf_init(&pem, KEY_FILE_MAX);
	rc = encrypt(&pem, pkey, passphrase, err);
	if (rc == TG_OK)
		rc = save(dir, name, ".pem", tg_buf_view(&pem), 0600, err);
	tg_buf_fini(&pem);
	return rc;
}

static int create_role(const char *dir, tg_tuf_role role, tg_view passphrase, tg_error *err)
{
	const char *name = tg_tuf_role_name(role);
	tg_signkey *key = NULL;
	tg_pubkey *pub = NULL;
	EVP_PKEY *pkey = NULL;
	tg_buf pem;
	int rc = tg_signkey_generate(&key, err);

	tg_buf_init(&pem, KEY_FILE_MAX);
	if (rc == TG_OK)
		rc = tg_signkey_public(&pub, key, err);
	if (rc == TG_OK)
		rc = tg_pubkey_to_pem(&pem, pub, err);
	if (rc == TG_OK) {
		pkey = pkey_from_signkey(key);
		rc = save_encrypted(dir, name, pkey, passphrase, err);
	}
	if (rc == TG_OK)
		rc = save(dir, name, ".pub.pem", tg_buf_view(&pem), 0644, err);
	EVP_PKEY_free(pkey);
	tg_buf_fini(&pem);
	tg_pubkey_free(pub);
	tg_signkey_free(key);
	return rc;
}

static int create_cosigner(const char *dir, const char *owner, tg_view passphrase, tg_error *err)
{
	uint8_t pub[TG_ED25519_PUBLIC_SIZE], secret[64];
	EVP_PKEY *pkey;
	tg_buf vkey;
	int rc;

	tg_ed25519_generate(pub, secret);
	/* libsodium's form is the 32-byte seed and the public key; PKCS#8 holds the seed. */
	pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, 32);
	tg_wipe(secret, sizeof(secret));
	tg_buf_init(&vkey, TG_ENROL_VKEY_MAX);
	rc = tg_enrol_vkey_write(&vkey, owner, pub, err);
	tg_buf_putc(&vkey, '\n');
	if (rc == TG_OK)
		rc = save_encrypted(dir, COSIGNER, pkey, passphrase, err);
	if (rc == TG_OK)
		rc = save(dir, COSIGNER, ".vkey", tg_buf_view(&vkey), 0644, err);
	tg_buf_fini(&vkey);
	EVP_PKEY_free(pkey);
	return rc;
}

int tg_keys_create(const char *dir, const char *owner, tg_view passphrase, tg_error *err)
{
	int rc = refuse_present(dir, COSIGNER, err);

	for (int role = 0; role < TG_TUF_ROLES && rc == TG_OK; role++)
		rc = refuse_present(dir, tg_tuf_role_name((tg_tuf_role)role), err);
	for (int role = 0; role < TG_TUF_ROLES && rc == TG_OK; role++)
		rc = create_role(dir, (tg_tuf_role)role, passphrase, err);
	return rc == TG_OK ? create_cosigner(dir, owner, passphrase, err) : rc;
}

/* ---- opening ---- */

static int open_key(EVP_PKEY **out, const char *dir, const char *name, tg_view passphrase, tg_error *err)
{
	char path[4096];
	tg_buf pem;
	int rc = key_path(path, dir, name, ".pem", err);

	tg_buf_init(&pem, KEY_FILE_MAX);
	if (rc == TG_OK)
		rc = tg_file_read(&pem, path, KEY_FILE_MAX, err);
	if (rc == TG_OK)
		rc = decrypt(out, tg_buf_view(&pem), passphrase, path, err);
	tg_buf_fini(&pem);
	return rc;
}

int tg_keys_load(tg_signkey **out, const char *dir, tg_tuf_role role, tg_view passphrase, tg_error *err)
{
	EVP_PKEY *pkey = NULL;
	int rc = open_key(&pkey, dir, tg_tuf_role_name(role), passphrase, err);

	if (rc == TG_OK)
		rc = signkey_from_pkey(out, pkey, tg_tuf_role_name(role), err);
	EVP_PKEY_free(pkey);
	return rc;
}

int tg_keys_public(tg_pubkey **out, const char *dir, tg_tuf_role role, tg_error *err)
{
	char path[4096];
	tg_buf pem;
	int rc = key_path(path, dir, tg_tuf_role_name(role), ".pub.pem", err);

	tg_buf_init(&pem, KEY_FILE_MAX);
	if (rc == TG_OK)
		rc = tg_file_read(&pem, path, KEY_FILE_MAX, err);
	if (rc == TG_OK) {
		rc = tg_pubkey_from_pem(out, tg_buf_view(&pem), err);
		if (rc != TG_OK)
			(void)tg_error_prefix(err, "%s", path);
	}
	tg_buf_fini(&pem);
	return rc;
}

int tg_keys_load_cosigner(uint8_t secret[64], const char *dir, tg_view passphrase, tg_error *err)
{
	EVP_PKEY *pkey = NULL;
	size_t seed = 32, pub = 32;
	int rc = open_key(&pkey, dir, COSIGNER, passphrase, err);

	if (rc == TG_OK && (EVP_PKEY_get_raw_private_key(pkey, secret, &seed) != 1 ||
				   EVP_PKEY_get_raw_public_key(pkey, secret + 32, &pub) != 1 || seed != 32 ||
				   pub != 32)) {
		tg_wipe(secret, 64);
		rc = crypto_fail(err, TG_EFORMAT, COSIGNER);
	}
	EVP_PKEY_free(pkey);
	return rc;
}

int tg_keys_cosigner_vkey(tg_buf *out, const char *dir, tg_error *err)
{
	char path[4096];
	tg_buf text;
	int rc = key_path(path, dir, COSIGNER, ".vkey", err);

	tg_buf_init(&text, TG_ENROL_VKEY_MAX + 1);
	if (rc == TG_OK)
		rc = tg_file_read(&text, path, TG_ENROL_VKEY_MAX + 1, err);
	if (rc == TG_OK) {
		if (text.len > 0 && text.data[text.len - 1] == '\n')
			text.len--;
		tg_buf_append(out, text.data, text.len);
		rc = tg_buf_check(out, path, err);
	}
	tg_buf_fini(&text);
	return rc;
}

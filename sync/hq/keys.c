/* SPDX-License-Identifier: Apache-2.0
 *
 * keys.c - encrypted PKCS#8 by libcrypto, because mbedTLS 2.28 reads no PBES2 with AES.
 *
 * Source: RFC 5958 (PKCS#8), RFC 8018 (PBES2), RFC 7914 (scrypt).
 */
#include "sync/hq/keys.h"

#include "store/base/file.h"
#include "sync/enrol.h"
#include "sync/hq/published.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
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
#define PRIVATE ".pem"
#define PUBLIC ".pub.pem"

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
			tg_error_prefix(err, "%s", name);
		tg_wipe(text, (size_t)len);
	}
	BIO_free(bio);
	return rc;
}

/* ---- names ---- */

static int key_path(char out[4096], const char *dir, const char *name, const char *suffix, tg_error *err)
{
	return tg_path(out, err, "%s/%s%s", dir, name, suffix);
}

static bool present(const char *dir, const char *name, const char *suffix)
{
	char path[4096];
	struct stat st;

	return key_path(path, dir, name, suffix, NULL) == TG_OK && lstat(path, &st) == 0;
}

/* Takes one pair whose private half is there too. Anything but TG_OK ends the walk. */
typedef int pair_fn(void *ctx, const char *dir, const char *name, tg_error *err);

/* In the order of their names, so that what is signed does not depend on the file system. */
static int each_pair(const char *dir, pair_fn *fn, void *ctx, tg_error *err)
{
	struct dirent **entries = NULL;
	int rc = TG_OK, count = scandir(dir, &entries, NULL, alphasort);

	if (count < 0)
		return tg_fail_errno(err, TG_EIO, "%s", dir);
	for (int i = 0; i < count; i++) {
		size_t len = strlen(entries[i]->d_name), suffix = strlen(PUBLIC);
		char name[256];

		if (rc == TG_OK && len > suffix && strcmp(entries[i]->d_name + len - suffix, PUBLIC) == 0) {
			(void)snprintf(name, sizeof(name), "%.*s", (int)(len - suffix), entries[i]->d_name);
			if (present(dir, name, PRIVATE))
				rc = fn(ctx, dir, name, err);
		}
		free(entries[i]);
	}
	free(entries);
	return rc;
}

/* "root", "root-0123abcd": called after the role. */
static bool named_after(const char *name, const char *label)
{
	size_t len = strlen(label);

	return strncmp(name, label, len) == 0 && (name[len] == '\0' || name[len] == '-');
}

int tg_keys_read_public(tg_pubkey **out, const char *path, tg_error *err)
{
	tg_buf pem;
	int rc;

	tg_buf_init(&pem, KEY_FILE_MAX);
	rc = tg_file_read(&pem, path, KEY_FILE_MAX, err);
	if (rc == TG_OK) {
		rc = tg_pubkey_from_pem(out, tg_buf_view(&pem), err);
		if (rc != TG_OK)
			tg_error_prefix(err, "%s", path);
	}
	tg_buf_fini(&pem);
	return rc;
}

static int read_pair_public(tg_pubkey **out, const char *dir, const char *name, tg_error *err)
{
	char path[4096];
	int rc = key_path(path, dir, name, PUBLIC, err);

	return rc == TG_OK ? tg_keys_read_public(out, path, err) : rc;
}

/* ---- making ---- */

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
		rc = save(dir, name, PRIVATE, tg_buf_view(&pem), 0600, err);
	tg_buf_fini(&pem);
	return rc;
}

/* The public half first: a private key is then never without its name's other half. */
static int save_pair(char name[TG_KEY_NAME_MAX], const char *dir, const char *label, const tg_signkey *key,
	tg_view passphrase, tg_error *err)
{
	char keyid[TG_TUF_KEYID_TEXT_SIZE];
	tg_pubkey *pub = NULL;
	EVP_PKEY *pkey = NULL;
	tg_buf pem;
	int rc = tg_signkey_public(&pub, key, err);

	tg_buf_init(&pem, KEY_FILE_MAX);
	if (rc == TG_OK)
		rc = tg_repository_keyid(keyid, pub, err);
	if (rc == TG_OK)
		rc = tg_pubkey_to_pem(&pem, pub, err);
	if (rc == TG_OK) {
		(void)snprintf(name, TG_KEY_NAME_MAX, "%.40s-%.8s", label, keyid);
		if (present(dir, name, PRIVATE))
			rc = tg_fail(err, TG_ESTATE, "%s/%s%s is there already; keys are never overwritten",
				dir, name, PRIVATE);
	}
	if (rc == TG_OK)
		rc = save(dir, name, PUBLIC, tg_buf_view(&pem), 0644, err);
	if (rc == TG_OK) {
		pkey = pkey_from_signkey(key);
		rc = save_encrypted(dir, name, pkey, passphrase, err);
	}
	EVP_PKEY_free(pkey);
	tg_buf_fini(&pem);
	tg_pubkey_free(pub);
	return rc;
}

int tg_keys_make(
	char name[TG_KEY_NAME_MAX], const char *dir, const char *label, tg_view passphrase, tg_error *err)
{
	tg_signkey *key = NULL;
	int rc = tg_signkey_generate(&key, err);

	if (rc == TG_OK)
		rc = save_pair(name, dir, label, key, passphrase, err);
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
		rc = save(dir, COSIGNER, ".vkey", tg_buf_view(&vkey), 0644, err);
	if (rc == TG_OK)
		rc = save_encrypted(dir, COSIGNER, pkey, passphrase, err);
	tg_buf_fini(&vkey);
	EVP_PKEY_free(pkey);
	return rc;
}

/* Pairs called after a label, opened to see that the passphrase is theirs. */
struct kept {
	const char *label;
	tg_view passphrase;
	int count;
};

static int count_kept(void *ctx, const char *dir, const char *name, tg_error *err)
{
	struct kept *kept = ctx;
	tg_signkey *key = NULL;
	char path[4096];
	int rc;

	if (!named_after(name, kept->label))
		return TG_OK;
	rc = key_path(path, dir, name, PRIVATE, err);
	if (rc == TG_OK)
		rc = tg_keys_open(&key, path, kept->passphrase, err);
	tg_signkey_free(key);
	kept->count += rc == TG_OK;
	return rc;
}

static int complete_role(
	int *kept, const char *dir, const char *label, int wanted, tg_view passphrase, tg_error *err)
{
	struct kept found = { .label = label, .passphrase = passphrase };
	char name[TG_KEY_NAME_MAX];
	int rc = each_pair(dir, count_kept, &found, err);

	*kept += found.count;
	for (int i = found.count; i < wanted && rc == TG_OK; i++)
		rc = tg_keys_make(name, dir, label, passphrase, err);
	return rc;
}

static int complete_cosigner(int *kept, const char *dir, const char *owner, tg_view passphrase, tg_error *err)
{
	uint8_t secret[64];
	int rc;

	if (!present(dir, COSIGNER, PRIVATE))
		return create_cosigner(dir, owner, passphrase, err);
	rc = tg_keys_load_cosigner(secret, dir, passphrase, err);
	tg_wipe(secret, sizeof(secret));
	*kept += rc == TG_OK;
	return rc;
}

int tg_keys_create(
	int *kept, const char *dir, const char *owner, int root_keys, tg_view passphrase, tg_error *err)
{
	int rc = TG_OK;

	*kept = 0;
	for (int role = 0; role < TG_TUF_ROLES && rc == TG_OK; role++)
		rc = complete_role(kept, dir, tg_tuf_role_name((tg_tuf_role)role),
			role == TG_TUF_ROOT ? root_keys : 1, passphrase, err);
	return rc == TG_OK ? complete_cosigner(kept, dir, owner, passphrase, err) : rc;
}

/* ---- public keys ---- */

struct publics {
	tg_root_role *out;
	const char *label;
};

static int add_public(void *ctx, const char *dir, const char *name, tg_error *err)
{
	const struct publics *publics = ctx;
	tg_pubkey *key = NULL;
	int rc;

	if (!named_after(name, publics->label))
		return TG_OK;
	rc = read_pair_public(&key, dir, name, err);
	return rc == TG_OK ? tg_root_role_add(publics->out, key, err) : rc;
}

int tg_keys_public(tg_root_role *out, const char *dir, tg_tuf_role role, tg_error *err)
{
	struct publics publics = { out, tg_tuf_role_name(role) };

	return each_pair(dir, add_public, &publics, err);
}

/* ---- opening ---- */

static int open_key(EVP_PKEY **out, const char *path, tg_view passphrase, tg_error *err)
{
	tg_buf pem;
	int rc;

	tg_buf_init(&pem, KEY_FILE_MAX);
	rc = tg_file_read(&pem, path, KEY_FILE_MAX, err);
	if (rc == TG_OK)
		rc = decrypt(out, tg_buf_view(&pem), passphrase, path, err);
	tg_buf_fini(&pem);
	return rc;
}

int tg_keys_open(tg_signkey **out, const char *path, tg_view passphrase, tg_error *err)
{
	EVP_PKEY *pkey = NULL;
	int rc = open_key(&pkey, path, passphrase, err);
	if (rc == TG_OK)
		rc = signkey_from_pkey(out, pkey, path, err);
	EVP_PKEY_free(pkey);
	return rc;
}

/* Which pairs are the wanted role's; `out` NULL only counts. */
struct wanted {
	const tg_root_role *role;
	tg_role_keys *out;
	tg_view passphrase;
	bool seen[TG_TUF_ROLE_KEYS_MAX]; /* a pair that was copied counts once */
	size_t count;
};

static int take_wanted(void *ctx, const char *dir, const char *name, tg_error *err)
{
	struct wanted *wanted = ctx;
	char keyid[TG_TUF_KEYID_TEXT_SIZE], path[4096];
	tg_pubkey *pub = NULL;
	int at = -1, rc = read_pair_public(&pub, dir, name, err);

	if (rc == TG_OK)
		rc = tg_repository_keyid(keyid, pub, err);
	tg_pubkey_free(pub);
	if (rc == TG_OK)
		at = tg_root_role_find(wanted->role, keyid);
	if (at < 0 || wanted->seen[at])
		return rc;
	wanted->seen[at] = true;
	wanted->count++;
	if (wanted->out == NULL)
		return TG_OK;
	rc = key_path(path, dir, name, PRIVATE, err);
	if (rc == TG_OK && wanted->out->count == TG_TUF_ROLE_KEYS_MAX)
		rc = tg_fail(err, TG_ELIMIT, "a role has at most %d keys", TG_TUF_ROLE_KEYS_MAX);
	if (rc == TG_OK)
		rc = tg_keys_open(&wanted->out->keys[wanted->out->count], path, wanted->passphrase, err);
	if (rc == TG_OK)
		wanted->out->count++;
	return rc;
}

int tg_keys_count(size_t *out, const char *dir, const tg_root_role *role, tg_error *err)
{
	struct wanted wanted = { .role = role };
	int rc = each_pair(dir, take_wanted, &wanted, err);

	*out = wanted.count;
	return rc;
}

int tg_keys_load(
	tg_role_keys *out, const char *dir, const tg_root_role *role, tg_view passphrase, tg_error *err)
{
	struct wanted wanted = { .role = role, .out = out, .passphrase = passphrase };

	return each_pair(dir, take_wanted, &wanted, err);
}

int tg_keys_load_role(
	tg_role_keys *out, const tg_site *site, tg_tuf_role role, tg_view passphrase, tg_error *err)
{
	tg_root root = { 0 };
	tg_buf bytes;
	int rc;

	*out = (tg_role_keys){ 0 };
	tg_buf_init(&bytes, TG_TUF_ROOT_MAX);
	rc = tg_published_newest_root(&bytes, site, err);
	if (rc == TG_OK)
		rc = tg_root_parse(&root, tg_buf_view(&bytes), err);
	if (rc == TG_OK)
		rc = tg_keys_load(out, site->keys, &root.roles[role], passphrase, err);
	if (rc == TG_OK && (int64_t)out->count < root.roles[role].threshold)
		rc = tg_fail(err, TG_ESTATE, "%s: %zu of the %lld keys that must sign for %s are here",
			site->keys, out->count, (long long)root.roles[role].threshold,
			tg_tuf_role_name(role));
	tg_root_fini(&root);
	tg_buf_fini(&bytes);
	return rc;
}

void tg_role_keys_fini(tg_role_keys *keys)
{
	for (size_t i = 0; i < keys->count; i++)
		tg_signkey_free(keys->keys[i]);
	*keys = (tg_role_keys){ 0 };
}

int tg_keys_load_cosigner(uint8_t secret[64], const char *dir, tg_view passphrase, tg_error *err)
{
	EVP_PKEY *pkey = NULL;
	char path[4096];
	size_t seed = 32, pub = 32;
	int rc = key_path(path, dir, COSIGNER, PRIVATE, err);

	if (rc == TG_OK)
		rc = open_key(&pkey, path, passphrase, err);
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

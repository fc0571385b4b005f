/* SPDX-License-Identifier: Apache-2.0
 *
 * keys.h - private keys on disk: HQ/keys/, and the signers' own folders. The only user of libcrypto.
 *
 *   ROLE-KEYID.pem      ECDSA P-256, encrypted PKCS#8 (PBES2: scrypt, AES-256-CBC); KEYID is the first 8 digits of its key id
 *   ROLE-KEYID.pub.pem  its public key
 *   ROLE.pem            how a role's only key was called before it could have several: goes on working
 *   cosigner.pem        Ed25519, encrypted likewise; cosigns what stations log
 *   cosigner.vkey       its public half, as stations are given it at enrolment
 *
 * Names are for people. Which role a key signs for is what the root says of its key id: every pair NAME.pem, NAME.pub.pem in the
 * folder is looked at. A role's keys need not be here, or not all of them; root's usually are not.
 *
 * Any `openssl pkey -in FILE` opens the private keys. All of one folder have one passphrase. It is never printed, logged or put on
 * a command line.
 */
#ifndef TG_HQ_KEYS_H
#define TG_HQ_KEYS_H

#include "sync/hq/root.h"
#include "sync/hq/site.h"

#define TG_PASSPHRASE_MIN 8    /* bytes; keeps out the empty and the absent-minded, not the careless */
#define TG_PASSPHRASE_MAX 1024 /* bytes */
#define TG_KEY_NAME_MAX 64     /* bytes of "timestamp-0123abcd" and its like */

/** A role's private keys, open. */
typedef struct tg_role_keys {
	tg_signkey *keys[TG_TUF_ROLE_KEYS_MAX];
	size_t count;
} tg_role_keys;
void tg_role_keys_fini(tg_role_keys *keys);

/** One new pair; `label` is a role's name. `name` tells what it is called in `dir`, without suffix. TG_ESTATE, TG_EIO. */
TG_NODISCARD int tg_keys_make(
	char name[TG_KEY_NAME_MAX], const char *dir, const char *label, tg_view passphrase, tg_error *err);

/**
 * A new head office's keys: one for each role, `root_keys` (0: they are made elsewhere) for root, and the cosigner. Those that are
 * there already - from an earlier run that did not come to its end - are kept if `passphrase` opens them; `*kept` counts them.
 * TG_EUNTRUSTED: it does not.
 */
TG_NODISCARD int tg_keys_create(
	int *kept, const char *dir, const char *owner, int root_keys, tg_view passphrase, tg_error *err);

/** Put the public keys in `dir` that are called after `role` into `out`. */
TG_NODISCARD int tg_keys_public(tg_root_role *out, const char *dir, tg_tuf_role role, tg_error *err);

/** A public key from a file of PEM. */
TG_NODISCARD int tg_keys_read_public(tg_pubkey **out, const char *path, tg_error *err);

/** Open one private key. TG_EUNTRUSTED: wrong passphrase; TG_ENOTFOUND, TG_EFORMAT, TG_EIO. The caller frees it. */
TG_NODISCARD int tg_keys_open(tg_signkey **out, const char *path, tg_view passphrase, tg_error *err);

/** How many of these keys have their private half in `dir`? Opens none. */
TG_NODISCARD int tg_keys_count(size_t *out, const char *dir, const tg_root_role *role, tg_error *err);

/** Open those of these keys that are in `dir`; none is no error. Appends to `out`, which starts as { 0 }. */
TG_NODISCARD int tg_keys_load(
	tg_role_keys *out, const char *dir, const tg_root_role *role, tg_view passphrase, tg_error *err);

/**
 * Open all private keys of `role` that are in HQ/keys and named by the root in force (the newest in HQ/repository).
 * TG_ESTATE with words if they are fewer than the threshold.
 * Ownership: tg_role_keys_fini(), also after an error.
 */
TG_NODISCARD int tg_keys_load_role(
	tg_role_keys *out, const tg_site *site, tg_tuf_role role, tg_view passphrase, tg_error *err);

/** The cosigner's key in libsodium's form; wipe it after use. */
TG_NODISCARD int tg_keys_load_cosigner(
	uint8_t secret[64], const char *dir, tg_view passphrase, tg_error *err);

/** The cosigner's verifier key, appended. */
TG_NODISCARD int tg_keys_cosigner_vkey(tg_buf *out, const char *dir, tg_error *err);

/**
 * The passphrase: from `file` if not NULL, else the file that TILLGATE_HQ_PASSPHRASE_FILE names, else typed
 * at the terminal, twice if `confirm`. One final newline of a file is not part of it. `out` is wiped with
 * tg_wipe() and freed by the caller. Errors: TG_EINVAL (too short), TG_ESTATE (no file, no terminal), TG_EIO.
 */
TG_NODISCARD int tg_passphrase_get(tg_buf *out, const char *file, bool confirm, tg_error *err);

#endif

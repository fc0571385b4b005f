/* SPDX-License-Identifier: Apache-2.0
 *
 * keys.h - head office's private keys on disk: HQ/keys/. The only user of libcrypto.
 *
 *   ROLE.pem          root, targets, snapshot, timestamp: ECDSA P-256, encrypted PKCS#8 (PBES2: scrypt, AES-256-CBC)
 *   ROLE.pub.pem      its public key
 *   cosigner.pem      Ed25519, encrypted likewise; cosigns what stations log
 *   cosigner.vkey     its public half, as stations are given it at enrolment
 *
 * Any `openssl pkey -in ROLE.pem` opens them. The passphrase is never printed, logged or put on a command
 * line.
 */
#ifndef TG_HQ_KEYS_H
#define TG_HQ_KEYS_H

#include "store/base/crypto.h"
#include "sync/tuf/metadata.h"

#define TG_PASSPHRASE_MIN 8    /* bytes; keeps out the empty and the absent-minded, not the careless */
#define TG_PASSPHRASE_MAX 1024 /* bytes */

/**
 * Make all keys, encrypted with `passphrase`. TG_ESTATE if one of the files is there already; nothing is then
 * changed.
 */
TG_NODISCARD int tg_keys_create(const char *dir, const char *owner, tg_view passphrase, tg_error *err);

/**
 * Open a role's key. TG_EUNTRUSTED: wrong passphrase; TG_ENOTFOUND, TG_EFORMAT, TG_EIO. The caller frees it.
 */
TG_NODISCARD int tg_keys_load(
	tg_signkey **out, const char *dir, tg_tuf_role role, tg_view passphrase, tg_error *err);

/** A role's public key; needs no passphrase. */
TG_NODISCARD int tg_keys_public(tg_pubkey **out, const char *dir, tg_tuf_role role, tg_error *err);

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

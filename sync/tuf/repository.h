/* SPDX-License-Identifier: Apache-2.0
 *
 * repository.h - the publishing side of The Update Framework: metadata built and signed from plain structs.
 *
 * Pure: structs and keys in, the bytes of a file out; reads no clock and no file, and the same input gives the same bytes (ECDSA
 * is deterministic). Versions, dates and where the files go are the caller's business (sync/hq). Key ids are the SHA-256 of the
 * key object in OLPC form; consistent snapshots are always on, so the files are published as
 *   N.root.json, timestamp.json, N.snapshot.json, N.targets.json, N.ROLE.json for a delegated ROLE (percent-encoded), and targets
 *   as [dir/]SHA256.name
 */
#ifndef TG_TUF_REPOSITORY_H
#define TG_TUF_REPOSITORY_H

#include "sync/tuf/metadata.h"

#define TG_TUF_KEYID_TEXT_SIZE 65 /* 64 hex digits and the terminator */

/** Who signs one file. For a root that replaces another: the old and the new root's signers together. */
typedef struct tg_repository_signers {
	const tg_signkey *const *keys;
	size_t count;
} tg_repository_signers;

/** Who may sign one role. */
typedef struct tg_repository_role {
	const tg_pubkey *const *keys;
	size_t count;
	int64_t threshold; /**< at least 1, at most `count` */
} tg_repository_role;

typedef struct tg_repository_root {
	int64_t version;
	int64_t expires_us; /**< UTC; all `expires_us` and `issued_us` are cut to whole seconds */
	tg_repository_role roles[TG_TUF_ROLES];
} tg_repository_root;

typedef struct tg_repository_timestamp {
	int64_t version;
	int64_t expires_us;
	int64_t issued_us;        /**< becomes x-tillgate-issued: what stations judge age by */
	int64_t snapshot_version;
	tg_view snapshot;         /**< the whole signed snapshot.json: its length and SHA-256 are stated */
} tg_repository_timestamp;

/** A file of a delegated role, as the snapshot lists it. */
typedef struct tg_repository_listed {
	const char *role; /**< "documents-0": listed as "documents-0.json" */
	int64_t version;
	tg_view file;             /**< the whole signed file: its length and SHA-256 are stated … */
	const tg_tuf_file *known; /**< … or, if not NULL, as this says (from the snapshot before): `file` is not read then */
} tg_repository_listed;

typedef struct tg_repository_snapshot {
	int64_t version;
	int64_t expires_us;
	int64_t targets_version;
	tg_view targets; /**< the whole signed targets.json */
	const tg_repository_listed *others; /**< delegated roles; sorted by name it is fast, any order is right */
	size_t other_count;
} tg_repository_snapshot;

typedef struct tg_repository_target {
	const char *path; /**< "catalogue.tgc" */
	int64_t length;   /**< bytes */
	uint8_t sha256[TG_SHA256_SIZE];
	const tg_json *custom; /**< NULL for none; for catalogue.tgc see tg_repository_image_custom() */
} tg_repository_target;

/**
 * A role that targets (or another delegated role) hands a part of the paths to. Its keys are put beside the list, once each.
 * Exactly one of `paths` and `hash_prefixes` has entries. Order counts: the first that fits is asked first.
 */
typedef struct tg_repository_delegation {
	const char *name; /**< not one of the four top-level names; see TG_TUF_ROLE_NAME_MAX */
	tg_repository_role role;
	const char *const *paths; /**< patterns: '*' and '?' do not match '/' */
	size_t path_count;
	const char *const *hash_prefixes; /**< hex digits that the SHA-256 of the path begins with */
	size_t hash_prefix_count;
	bool terminating; /**< who comes here and finds nothing looks no further */
} tg_repository_delegation;

/** targets.json, and just so the file of a delegated role: signed by that role's keys, published as N.ROLE.json. */
typedef struct tg_repository_targets {
	int64_t version;
	int64_t expires_us;
	const tg_repository_target *targets;
	size_t count;
	const tg_repository_delegation *delegations;
	size_t delegation_count; /**< 0: no `delegations` at all */
} tg_repository_targets;

/*
 * Each appends one complete signed file to `out`. The result is read back with tg_tuf_metadata_parse() before it is handed
 * over, so nothing is ever published that our own client would call malformed. Errors: TG_EINVAL (versions, dates, thresholds,
 * a path twice), TG_ENOMEM, TG_ELIMIT.
 */
TG_NODISCARD int tg_repository_write_root(
	tg_buf *out, const tg_repository_root *root, tg_repository_signers signers, tg_error *err);
TG_NODISCARD int tg_repository_write_timestamp(
	tg_buf *out, const tg_repository_timestamp *timestamp, tg_repository_signers signers, tg_error *err);
TG_NODISCARD int tg_repository_write_snapshot(
	tg_buf *out, const tg_repository_snapshot *snapshot, tg_repository_signers signers, tg_error *err);
TG_NODISCARD int tg_repository_write_targets(
	tg_buf *out, const tg_repository_targets *targets, tg_repository_signers signers, tg_error *err);

/**
 * Sign what somebody else wrote: `body` is the `signed` part of a file of `role`, `before` the signatures that it has already (NULL:
 * none; they stay, whoever made them). Both are borrowed. No signers at all is right: a file that waits for them.
 * Appends and checks as above. Whether the signers may sign for the role is not asked: tg_tuf_metadata_verify() says.
 */
TG_NODISCARD int tg_repository_sign(tg_buf *out, tg_tuf_role role, const tg_json *body, const tg_json *before,
	tg_repository_signers signers, tg_error *err);

/**
 * The `custom` of catalogue.tgc: {"blocks_sha256": hex, "version": N}. The caller frees it. NULL when out of memory.
 * `blocks_sha256` is the SHA-256 of the list of raw block hashes (store/catalogue/blocks.h).
 */
tg_json *tg_repository_image_custom(int64_t version, const uint8_t blocks_sha256[TG_SHA256_SIZE]);

/** The key id of a public key, 64 hex digits. */
TG_NODISCARD int tg_repository_keyid(char out[TG_TUF_KEYID_TEXT_SIZE], const tg_pubkey *key, tg_error *err);

/** The published name of a target: "dir/name" and its hash give "dir/<sha256>.name". TG_EINVAL if it does not fit. */
TG_NODISCARD int tg_repository_target_name(
	char *out, size_t out_size, const char *path, const uint8_t sha256[TG_SHA256_SIZE], tg_error *err);

#endif

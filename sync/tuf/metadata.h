/* SPDX-License-Identifier: Apache-2.0
 *
 * metadata.h - one file of The Update Framework, read strictly, and its signatures checked.
 *
 * Pure: bytes in, facts out; no I/O, no clock. Knows the forms of root, timestamp, snapshot and targets (TUF specification
 * 1.0.x, section 4). Knows nothing of which file may follow which (trusted.h) or where they come from (sync/client.h).
 */
#ifndef TG_TUF_METADATA_H
#define TG_TUF_METADATA_H

#include "store/base/crypto.h"
#include "store/base/json.h"
#include "store/base/utc.h"

/* Ceilings on a file whose length nobody signed yet; the same as python-tuf, go-tuf and tuf-js have. Bytes. */
#define TG_TUF_ROOT_MAX 512000
#define TG_TUF_TIMESTAMP_MAX 16384
#define TG_TUF_SNAPSHOT_MAX 2000000
#define TG_TUF_TARGETS_MAX 5000000

/* Ceilings inside a file. Far above what repositories hold, low enough to bound memory and signature checks. */
#define TG_TUF_KEYS_MAX 64       /* keys of one root */
#define TG_TUF_ROLE_KEYS_MAX 32  /* key ids of one role; bounds the signature checks of one file */
#define TG_TUF_SIGNATURES_MAX 64 /* signatures on one file; only those by the role's own keys are ever computed */
#define TG_TUF_KEYID_MAX 128     /* bytes; ours are 64 hex digits, others may choose */
#define TG_TUF_PATH_MAX 1024     /* bytes of a target path */
#define TG_TUF_ROLE_NAME_MAX 240 /* bytes of a delegated role's name, percent-encoded: with ".json.tmp" it is still a file name */
#define TG_TUF_ROOTS_MAX 256     /* length of a root chain that is followed, from the first trusted one on */

typedef enum {
	TG_TUF_ROOT,
	TG_TUF_TIMESTAMP,
	TG_TUF_SNAPSHOT,
	TG_TUF_TARGETS,
	TG_TUF_ROLES /* how many there are */
} tg_tuf_role;

/** "root", "timestamp", "snapshot", "targets": the role's name in metadata. Static. */
const char *tg_tuf_role_name(tg_tuf_role role);
/** The ceiling from above that holds for the role. */
size_t tg_tuf_role_max(tg_tuf_role role);

/**
 * May a delegated role be called that? 1 to TG_TUF_ROLE_NAME_MAX bytes once percent-encoded, and none of the four top-level
 * names. Any other character may be in it, '/' and ".." too: it is never used as a path without tg_tuf_role_encode(). TG_EFORMAT.
 */
TG_NODISCARD int tg_tuf_role_name_check(const char *name, tg_error *err);
/**
 * The name as one part of a URL: RFC 3986's unreserved characters stay, all other bytes are %XX, '/' too. TG_EFORMAT as above.
 */
TG_NODISCARD int tg_tuf_role_encode(char out[TG_TUF_ROLE_NAME_MAX + 1], const char *name, tg_error *err);

/** One parsed file. Opaque and immutable: share it freely between threads once made. Not yet trusted in any way. */
typedef struct tg_tuf_metadata tg_tuf_metadata;

/**
 * Read one file of the given role.
 *
 * Checks form only: strict JSON, `_type`, `spec_version` 1.x, `version` 1..2^53-1, `expires`, the role's own members, a
 * signature list and role key lists without a key id twice, thresholds of at least 1. A threshold that no keys can reach, or a
 * key id without a key, is no error of form: such a role just never verifies. Key ids are taken as they are declared (foreign
 * repositories compute them in several ways); what counts is the key.
 * The OLPC form of `signed`, with every unknown member, is kept for the signature checks.
 *
 * Ownership: `*out` is the caller's (tg_tuf_metadata_free); `bytes` are copied.
 * Errors:    TG_EFORMAT, TG_ELENGTH over the role's ceiling, TG_ENOMEM. The words name the file: "snapshot.json: …".
 */
TG_NODISCARD int tg_tuf_metadata_parse(tg_tuf_metadata **out, tg_tuf_role role, tg_view bytes, tg_error *err);
/** The file of a delegated role: the form of targets.json, its words name the role. TG_EFORMAT for a name that none may have. */
TG_NODISCARD int tg_tuf_metadata_parse_delegated(
	tg_tuf_metadata **out, const char *role_name, tg_view bytes, tg_error *err);
void tg_tuf_metadata_free(tg_tuf_metadata *meta); /* NULL is fine */

tg_tuf_role tg_tuf_metadata_role(const tg_tuf_metadata *meta); /**< TG_TUF_TARGETS for delegated roles too */
const char *tg_tuf_metadata_name(const tg_tuf_metadata *meta); /**< "targets", or the delegated role's name. Borrowed */
int64_t tg_tuf_metadata_version(const tg_tuf_metadata *meta);
int64_t tg_tuf_metadata_expires_us(const tg_tuf_metadata *meta);
tg_view tg_tuf_metadata_bytes(const tg_tuf_metadata *meta);  /**< the file as received */
tg_view tg_tuf_metadata_signed(const tg_tuf_metadata *meta); /**< the bytes that are signed (OLPC form) */

/**
 * Did the role's keys, as `root` lists them, sign `meta`, at least `threshold` of them?
 *
 * Keys count once however many key ids they have. A key or scheme that we do not know, a keytype that does not fit its scheme
 * and a wrong signature simply do not count. Signatures by other keys are ignored.
 *
 * Errors: TG_EUNTRUSTED "timestamp.json: 0 of 1 signatures valid", TG_EINVAL if `root` is no root.
 */
TG_NODISCARD int tg_tuf_metadata_verify(const tg_tuf_metadata *meta, const tg_tuf_metadata *root, tg_error *err);

#define TG_TUF_SIGNERS_MAX 8 /* key ids that are told of one file; who needs more is told the first eight */

/** The key ids whose signatures counted, in the order in which the role names them. */
typedef struct tg_tuf_signers {
	size_t count;
	char keyid[TG_TUF_SIGNERS_MAX][TG_TUF_KEYID_MAX + 1];
} tg_tuf_signers;

/** The same, and tells who signed. `signers` may be NULL. */
TG_NODISCARD int tg_tuf_metadata_signers(
	tg_tuf_signers *signers, const tg_tuf_metadata *meta, const tg_tuf_metadata *root, tg_error *err);

/** What one file says of another: version (metadata) or path (targets), length and hashes as far as they are given. */
typedef struct tg_tuf_file {
	int64_t version; /**< metadata files; 0 for targets */
	int64_t length;  /**< bytes, or -1 where the metadata leaves it out (never for targets) */
	bool has_sha256, has_sha512;
	bool sha512_first; /**< both are given and SHA-512 is listed first: a published name begins with the first one */
	uint8_t sha256[TG_SHA256_SIZE], sha512[TG_SHA512_SIZE];
	const tg_json *custom; /**< targets: its `custom` object or NULL; borrowed from the metadata */
} tg_tuf_file;

/** TG_ELENGTH or TG_EHASH unless `bytes` have the length and every hash that `file` states. `name` is for the words. */
TG_NODISCARD int tg_tuf_file_check(const tg_tuf_file *file, tg_view bytes, const char *name, tg_error *err);

/** root: does the repository use consistent snapshots? False for other roles. */
bool tg_tuf_root_consistent(const tg_tuf_metadata *root);
/** timestamp, snapshot: the entry of `meta` called `name` ("snapshot.json"). TG_ENOTFOUND if there is none. */
TG_NODISCARD int tg_tuf_meta_find(tg_tuf_file *out, const tg_tuf_metadata *meta, const char *name, tg_error *err);
/** targets: the target at `path`. TG_ENOTFOUND if there is none. */
TG_NODISCARD int tg_tuf_target_find(tg_tuf_file *out, const tg_tuf_metadata *targets, const char *path, tg_error *err);
/** snapshot: TG_EROLLBACK unless every entry of `older` is in `newer` with a version as high or higher. */
TG_NODISCARD int tg_tuf_snapshot_no_rollback(const tg_tuf_metadata *newer, const tg_tuf_metadata *older, tg_error *err);
/**
 * timestamp: when it was issued, `x-tillgate-issued` ("YYYY-MM-DDTHH:MM:SSZ" in `signed`), UTC microseconds.
 * TG_ENOTFOUND if the repository does not say (a foreign one), TG_EFORMAT if it is no such time.
 */
TG_NODISCARD int tg_tuf_issued_us(int64_t *at_us, const tg_tuf_metadata *timestamp, tg_error *err);

#endif

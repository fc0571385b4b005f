/* SPDX-License-Identifier: Apache-2.0
 *
 * trusted.h - the set of trusted metadata: which file may follow which (TUF specification 1.0.x, section 5.3 to 5.6).
 *
 * Pure: bytes and one fixed time in, a new state or an error out. Reads no file, no network, no clock, so that the daemon, the
 * network side and the tests all run the same rules. The order is enforced: root… -> timestamp -> snapshot -> targets,
 * then delegated roles as they are needed.
 *
 * Errors of every step, beside TG_ENOMEM; the words name the file, what was wanted and what was found:
 *   TG_EUNTRUSTED  signature threshold not met
 *   TG_EROLLBACK   a version lower than trusted or signed (or, for root, not the next one)
 *   TG_EEXPIRED    past its `expires` at the fixed time
 *   TG_ELENGTH     not the signed length, or over the role's ceiling
 *   TG_EHASH       not the signed hash
 *   TG_EFORMAT     not a well-formed file of that role
 *   TG_ESTATE      steps in the wrong order (a bug of the caller)
 */
#ifndef TG_TUF_TRUSTED_H
#define TG_TUF_TRUSTED_H

#include "sync/tuf/delegation.h"
#include "sync/tuf/metadata.h"

/** The time for callers who judge age by themselves (the daemon, by the signed issue time): nothing ever expires. */
#define TG_TUF_NO_EXPIRY INT64_MIN

/** Where the bytes come from. Local files that are outdated still serve as witnesses against a rollback. */
typedef enum { TG_TUF_FROM_NETWORK, TG_TUF_FROM_CACHE } tg_tuf_origin;

/** The state of one update. Opaque; one thread at a time. */
typedef struct tg_trusted tg_trusted;

/**
 * Start from a root that is trusted already: the one given at enrolment. It must be signed by its own keys.
 * Units: `now_us` is UTC microseconds, fixed for the life of the set; or TG_TUF_NO_EXPIRY. An expired root may start: only the
 * last one of the chain is held to its date.
 */
TG_NODISCARD int tg_trusted_open(tg_trusted **out, tg_view root, int64_t now_us, tg_error *err);
void tg_trusted_close(tg_trusted *set); /* NULL is fine */

/** The next root: version + 1 exactly, signed by the keys of the one before and by its own. TG_ESTATE after a timestamp. */
TG_NODISCARD int tg_trusted_root(tg_trusted *set, tg_view bytes, tg_error *err);

/**
 * A timestamp; ends the root chain (its last root must not be expired). May be called again with a newer one.
 * An equal version is no error: the old file stays, `*changed` (may be NULL) tells.
 * After TG_EEXPIRED the file was taken in, but only as a witness: snapshot is refused until a newer one arrives.
 */
TG_NODISCARD int tg_trusted_timestamp(tg_trusted *set, tg_view bytes, bool *changed, tg_error *err);

/**
 * The snapshot. From the network: length, hashes and version as the timestamp says, no entry rolled back against one taken
 * in before. From the cache: as well, but if it is properly signed and only outdated or expired it is kept as a witness; the
 * error says why it is not the final one, and the network must be asked.
 */
TG_NODISCARD int tg_trusted_snapshot(tg_trusted *set, tg_view bytes, tg_tuf_origin origin, tg_error *err);

/** The top-level targets: length, hashes and version as the snapshot says. */
TG_NODISCARD int tg_trusted_targets(tg_trusted *set, tg_view bytes, tg_error *err);

/** What the snapshot says of the file of a delegated role. TG_EUNTRUSTED if it does not list it; TG_ESTATE before targets. */
TG_NODISCARD int tg_trusted_expect_delegated(
	tg_tuf_file *out, const tg_trusted *set, const char *role, tg_error *err);

/**
 * The file of a delegated role: length, hashes and version as the snapshot says, signed by the keys that the delegating file
 * names, not expired. It is held by the set until the snapshot changes. `signers` may be NULL; `*out` is borrowed.
 */
TG_NODISCARD int tg_trusted_delegated(const tg_tuf_metadata **out, tg_tuf_signers *signers, tg_trusted *set,
	const tg_tuf_edge *edge, tg_view bytes, tg_error *err);

/**
 * The same for a role whose file the set holds already, reached by this edge: the keys of *this* delegation must have signed
 * it, whoever vouched for it before. TG_ENOTFOUND if the set does not hold it.
 */
TG_NODISCARD int tg_trusted_delegated_again(const tg_tuf_metadata **out, tg_tuf_signers *signers,
	const tg_trusted *set, const tg_tuf_edge *edge, tg_error *err);

/** What is trusted so far; NULL if that role has not been reached or holds only a witness. Borrowed until the next step. */
const tg_tuf_metadata *tg_trusted_get(const tg_trusted *set, tg_tuf_role role);

/** What the timestamp says of snapshot.json, or the snapshot of targets.json: version, length, hashes. TG_ESTATE too early. */
TG_NODISCARD int tg_trusted_expect(tg_tuf_file *out, const tg_trusted *set, tg_tuf_role role, tg_error *err);

/** A target by its path; needs trusted targets. TG_ENOTFOUND if it is not listed. `out->custom` is borrowed. */
TG_NODISCARD int tg_trusted_target(tg_tuf_file *out, const tg_trusted *set, const char *path, tg_error *err);

#endif

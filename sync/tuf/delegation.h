/* SPDX-License-Identifier: Apache-2.0
 *
 * delegation.h - who may speak for a target path: the delegations of targets files, and the order in which roles are asked
 * (TUF specification 1.0.x, sections 4.5 and 5.6.7; succinct roles as in TAP 15).
 *
 * Pure: parsed files in, the next role to ask out. Who gets the files is sync/find.c.
 */
#ifndef TG_TUF_DELEGATION_H
#define TG_TUF_DELEGATION_H

#include "sync/tuf/metadata.h"

/* Ceilings. Far above what repositories hold; the file's own ceiling bounds the rest. */
#define TG_TUF_DELEGATIONS_MAX 16384    /* roles that one file delegates to; the largest plan known (PEP 458) has as many */
#define TG_TUF_DELEGATION_KEYS_MAX 4096 /* keys beside them */
#define TG_TUF_PATTERNS_MAX 65536       /* patterns or hash prefixes of one role */
#define TG_TUF_DELEGATED_MAX 32         /* delegated roles asked in one search; python-tuf, go-tuf and tuf-js stop there too */
#define TG_TUF_BITS_MAX 32              /* bit_length of succinct roles (TAP 15) */

/** One delegation: from a file to a role. Borrowed from that file. */
typedef struct tg_tuf_edge {
	char role[TG_TUF_ROLE_NAME_MAX + 1]; /**< where it leads, as it stands in the metadata */
	bool terminating;
	const tg_tuf_metadata *from;
	const tg_json *who; /**< `keyids` and `threshold` */
} tg_tuf_edge;

/**
 * Does the pattern fit the whole path? '*' stands for any bytes but '/', '?' for one byte but '/'; all else for itself, case
 * included. Bounded by the product of the two lengths.
 */
bool tg_tuf_path_matches(const char *pattern, const char *path);

/**
 * Did the keys that the delegating file names for this role sign `meta`, at least the threshold of them? As
 * tg_tuf_metadata_verify(). `signers` may be NULL.
 */
TG_NODISCARD int tg_tuf_edge_verify(
	tg_tuf_signers *signers, const tg_tuf_edge *edge, const tg_tuf_metadata *meta, tg_error *err);

/** One search for one path. Opaque. Borrows the files that it is given until it is closed. */
typedef struct tg_tuf_walk tg_tuf_walk;

/** Start at the top: targets.json, which is taken to have been looked at. `path` is borrowed. */
TG_NODISCARD int tg_tuf_walk_open(
	tg_tuf_walk **out, const tg_tuf_metadata *targets, const char *path, tg_error *err);
void tg_tuf_walk_close(tg_tuf_walk *walk); /* NULL is fine */

/**
 * The next role to ask, depth first in the order listed; no role twice. A terminating delegation that fits the path takes all
 * that was still to be asked off the list. TG_ENOTFOUND at the end, or after TG_TUF_DELEGATED_MAX roles.
 */
TG_NODISCARD int tg_tuf_walk_next(tg_tuf_edge *out, tg_tuf_walk *walk, tg_error *err);

/** The role asked last was verified and does not list the path: its own delegations come next. */
TG_NODISCARD int tg_tuf_walk_enter(tg_tuf_walk *walk, const tg_tuf_metadata *meta, tg_error *err);

#endif

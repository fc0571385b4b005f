/* SPDX-License-Identifier: Apache-2.0
 *
 * trusted.c - the order and the checks of a TUF update (specification 1.0.x, section 5), without I/O.
 *
 * A file that is properly signed but outdated is kept as a witness: it can no longer be used, but nothing older than it may
 * come after it. Signed means by the keys of the *current* root: when a role's key is revoked its old files stop being
 * witnesses, which is the recovery from a fast-forward attack (section 5.3.11).
 */
#include "sync/tuf/trusted.h"

#include <stdio.h>
#include <stdlib.h>

/* The file of a delegated role, verified by at least one edge that leads to it. */
typedef struct held {
	tg_tuf_metadata *meta;
	struct held *next;
} held;

struct tg_trusted {
	int64_t now_us;
	held *delegated;
	tg_tuf_metadata *part[TG_TUF_ROLES];
	bool final[TG_TUF_ROLES]; /* false: absent, or a witness only */
};

static bool expired(const tg_trusted *set, const tg_tuf_metadata *meta)
{
	return tg_tuf_metadata_expires_us(meta) <= set->now_us;
}

static int fail_expired(const tg_trusted *set, const tg_tuf_metadata *meta, tg_error *err)
{
	char expires[TG_UTC_TEXT_SIZE], now[TG_UTC_TEXT_SIZE];

	return tg_fail(err, TG_EEXPIRED, "%.64s.json: version %lld expired %s, now %s",
		tg_tuf_metadata_name(meta), (long long)tg_tuf_metadata_version(meta),
		tg_utc_format(expires, tg_tuf_metadata_expires_us(meta)), tg_utc_format(now, set->now_us));
}

static void drop_delegated(tg_trusted *set)
{
	while (set->delegated != NULL) {
		held *next = set->delegated->next;

		tg_tuf_metadata_free(set->delegated->meta);
		free(set->delegated);
		set->delegated = next;
	}
}

/* Takes `meta` over. Everything that hangs on the role falls: it must be shown again. */
static void take(tg_trusted *set, tg_tuf_metadata *meta, bool final)
{
	tg_tuf_role role = tg_tuf_metadata_role(meta);

	drop_delegated(set);
	tg_tuf_metadata_free(set->part[role]);
	set->part[role] = meta;
	set->final[role] = final;
	for (size_t below = (size_t)role + 1; below < TG_TUF_ROLES; below++)
		set->final[below] = false;
}

int tg_trusted_open(tg_trusted **out, tg_view root, int64_t now_us, tg_error *err)
{
	tg_trusted *set;
	tg_tuf_metadata *meta;
	int rc = tg_tuf_metadata_parse(&meta, TG_TUF_ROOT, root, err);

	*out = NULL;
	if (rc != TG_OK)
		return rc;
	rc = tg_tuf_metadata_verify(meta, meta, err);
	if (rc != TG_OK) {
		tg_tuf_metadata_free(meta);
		return rc;
	}
	set = calloc(1, sizeof(*set));
	if (set == NULL) {
		tg_tuf_metadata_free(meta);
		return tg_fail(err, TG_ENOMEM, "trusted set: out of memory");
	}
	set->now_us = now_us;
	take(set, meta, true);
	*out = set;
	return TG_OK;
}

void tg_trusted_close(tg_trusted *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < TG_TUF_ROLES; i++)
		tg_tuf_metadata_free(set->part[i]);
	drop_delegated(set);
	free(set);
}

int tg_trusted_root(tg_trusted *set, tg_view bytes, tg_error *err)
{
	const tg_tuf_metadata *had = set->part[TG_TUF_ROOT];
	tg_tuf_metadata *meta;
	int rc;

	if (set->part[TG_TUF_TIMESTAMP] != NULL)
		return tg_fail(err, TG_ESTATE, "root.json: the chain ended with the first timestamp");
	rc = tg_tuf_metadata_parse(&meta, TG_TUF_ROOT, bytes, err);
	if (rc != TG_OK)
		return rc;
	rc = tg_tuf_metadata_verify(meta, had, err); /* by the old keys … */
	if (rc == TG_OK && tg_tuf_metadata_version(meta) != tg_tuf_metadata_version(had) + 1)
		rc = tg_fail(err, TG_EROLLBACK, "root.json: wanted version %lld, found %lld",
			(long long)tg_tuf_metadata_version(had) + 1,
			(long long)tg_tuf_metadata_version(meta));
	if (rc == TG_OK)
		rc = tg_tuf_metadata_verify(meta, meta, err); /* … and by its own */
	if (rc != TG_OK) {
		tg_tuf_metadata_free(meta);
		return rc;
	}
	take(set, meta, true);
	return TG_OK;
}

/* Parse a file of `role` and check that the current root's keys signed it. */
static int parse_signed(
	tg_tuf_metadata **out, const tg_trusted *set, tg_tuf_role role, tg_view bytes, tg_error *err)
{
	tg_tuf_metadata *meta;
	int rc = tg_tuf_metadata_parse(&meta, role, bytes, err);

	*out = NULL;
	if (rc != TG_OK)
		return rc;
	rc = tg_tuf_metadata_verify(meta, set->part[TG_TUF_ROOT], err);
	if (rc != TG_OK) {
		tg_tuf_metadata_free(meta);
		return rc;
	}
	*out = meta;
	return TG_OK;
}

/* Section 5.4.3: neither the timestamp nor the snapshot version in it may go down. */
static int timestamp_no_rollback(const tg_tuf_metadata *meta, const tg_tuf_metadata *had, tg_error *err)
{
	tg_tuf_file now, before;
	int rc;

	if (tg_tuf_metadata_version(meta) < tg_tuf_metadata_version(had))
		return tg_fail(err, TG_EROLLBACK, "timestamp.json: version %lld after %lld",
			(long long)tg_tuf_metadata_version(meta), (long long)tg_tuf_metadata_version(had));
	rc = tg_tuf_meta_find(&now, meta, "snapshot.json", err);
	if (rc == TG_OK)
		rc = tg_tuf_meta_find(&before, had, "snapshot.json", err);
	if (rc == TG_OK && now.version < before.version)
		rc = tg_fail(err, TG_EROLLBACK, "timestamp.json: snapshot version %lld after %lld",
			(long long)now.version, (long long)before.version);
	return rc;
}

int tg_trusted_timestamp(tg_trusted *set, tg_view bytes, bool *changed, tg_error *err)
{
	const tg_tuf_metadata *had = set->part[TG_TUF_TIMESTAMP];
	tg_tuf_metadata *meta;
	bool fresh;
	int rc;

	if (changed != NULL)
		*changed = false;
	if (expired(set, set->part[TG_TUF_ROOT]))
		return fail_expired(set, set->part[TG_TUF_ROOT], err);
	/* The very bytes that are trusted already: the common case of nothing new needs no second signature check. */
	if (set->final[TG_TUF_TIMESTAMP] && tg_view_equal(bytes, tg_tuf_metadata_bytes(had)))
		return TG_OK;
	rc = parse_signed(&meta, set, TG_TUF_TIMESTAMP, bytes, err);
	if (rc != TG_OK)
		return rc;
	if (had != NULL)
		rc = timestamp_no_rollback(meta, had, err);
	if (rc != TG_OK || (had != NULL && tg_tuf_metadata_version(meta) == tg_tuf_metadata_version(had))) {
		tg_tuf_metadata_free(meta);
		/* The same again is fine only if the one we keep may be used. */
		if (rc == TG_OK && !set->final[TG_TUF_TIMESTAMP])
			rc = fail_expired(set, had, err);
		return rc;
	}
	fresh = !expired(set, meta);
	take(set, meta, fresh);
	if (!fresh)
		return fail_expired(set, meta, err);
	if (changed != NULL)
		*changed = true;
	return TG_OK;
}

int tg_trusted_expect(tg_tuf_file *out, const tg_trusted *set, tg_tuf_role role, tg_error *err)
{
	*out = (tg_tuf_file){ .length = -1 };
	if (role == TG_TUF_SNAPSHOT && set->final[TG_TUF_TIMESTAMP])
		return tg_tuf_meta_find(out, set->part[TG_TUF_TIMESTAMP], "snapshot.json", err);
	if (role == TG_TUF_TARGETS && set->final[TG_TUF_SNAPSHOT])
		return tg_tuf_meta_find(out, set->part[TG_TUF_SNAPSHOT], "targets.json", err);
	return tg_fail(err, TG_ESTATE, "%s.json: nothing trusted speaks of it yet", tg_tuf_role_name(role));
}

static int expect_version(const tg_tuf_metadata *meta, int64_t wanted, tg_error *err)
{
	int64_t found = tg_tuf_metadata_version(meta);

	if (found == wanted)
		return TG_OK;
	return tg_fail(err, TG_EROLLBACK, "%.64s.json: wanted version %lld, found %lld",
		tg_tuf_metadata_name(meta), (long long)wanted, (long long)found);
}

int tg_trusted_snapshot(tg_trusted *set, tg_view bytes, tg_tuf_origin origin, tg_error *err)
{
	const tg_tuf_metadata *had = set->part[TG_TUF_SNAPSHOT];
	tg_tuf_metadata *meta = NULL;
	tg_tuf_file want;
	int rc = tg_trusted_expect(&want, set, TG_TUF_SNAPSHOT, err), fit;

	if (rc != TG_OK)
		return rc;
	/* Bytes from outside are measured before they are read; our own old ones may differ and still bear witness. */
	fit = tg_tuf_file_check(&want, bytes, "snapshot.json", err);
	if (fit != TG_OK && origin == TG_TUF_FROM_NETWORK)
		return fit;
	rc = parse_signed(&meta, set, TG_TUF_SNAPSHOT, bytes, err);
	if (rc == TG_OK && had != NULL)
		rc = tg_tuf_snapshot_no_rollback(meta, had, err);
	if (rc == TG_OK && fit == TG_OK)
		fit = expect_version(meta, want.version, err);
	if (rc == TG_OK && fit != TG_OK && origin == TG_TUF_FROM_NETWORK)
		rc = fit;
	if (rc != TG_OK) {
		tg_tuf_metadata_free(meta);
		return rc;
	}
	if (fit == TG_OK && expired(set, meta))
		fit = fail_expired(set, meta, err);
	take(set, meta, fit == TG_OK);
	return fit;
}

int tg_trusted_targets(tg_trusted *set, tg_view bytes, tg_error *err)
{
	tg_tuf_metadata *meta;
	tg_tuf_file want;
	int rc = tg_trusted_expect(&want, set, TG_TUF_TARGETS, err);

	if (rc == TG_OK)
		rc = tg_tuf_file_check(&want, bytes, "targets.json", err);
	if (rc == TG_OK)
		rc = parse_signed(&meta, set, TG_TUF_TARGETS, bytes, err);
	if (rc != TG_OK)
		return rc;
	rc = expect_version(meta, want.version, err);
	if (rc == TG_OK && expired(set, meta))
		rc = fail_expired(set, meta, err);
	if (rc != TG_OK) {
		tg_tuf_metadata_free(meta);
		return rc;
	}
	take(set, meta, true);
	return TG_OK;
}

/* ---- delegated roles ---- */

int tg_trusted_expect_delegated(tg_tuf_file *out, const tg_trusted *set, const char *role, tg_error *err)
{
	char name[TG_TUF_ROLE_NAME_MAX + sizeof(".json")];
	int rc;

	*out = (tg_tuf_file){ .length = -1 };
	if (!set->final[TG_TUF_TARGETS])
		return tg_fail(err, TG_ESTATE, "%.64s.json: no targets are trusted yet", role);
	(void)snprintf(name, sizeof(name), "%s.json", role);
	rc = tg_tuf_meta_find(out, set->part[TG_TUF_SNAPSHOT], name, err);
	if (rc == TG_ENOTFOUND) /* not to be taken for a target that nobody lists */
		rc = tg_fail(err, TG_EUNTRUSTED, "snapshot.json: does not list %.64s, which is delegated to", name);
	return rc;
}

static int check_delegated(tg_tuf_signers *signers, const tg_trusted *set, const tg_tuf_edge *edge,
	const tg_tuf_metadata *meta, tg_error *err)
{
	tg_tuf_file want;
	int rc = tg_tuf_edge_verify(signers, edge, meta, err);

	if (rc == TG_OK)
		rc = tg_trusted_expect_delegated(&want, set, edge->role, err);
	if (rc == TG_OK)
		rc = expect_version(meta, want.version, err);
	if (rc == TG_OK && expired(set, meta))
		rc = fail_expired(set, meta, err);
	return rc;
}

int tg_trusted_delegated(const tg_tuf_metadata **out, tg_tuf_signers *signers, tg_trusted *set,
	const tg_tuf_edge *edge, tg_view bytes, tg_error *err)
{
	char name[TG_TUF_ROLE_NAME_MAX + sizeof(".json")];
	tg_tuf_metadata *meta;
	tg_tuf_file want;
	held *one;
	int rc = tg_trusted_expect_delegated(&want, set, edge->role, err);

	*out = NULL;
	(void)snprintf(name, sizeof(name), "%s.json", edge->role);
	if (rc == TG_OK)
		rc = tg_tuf_file_check(&want, bytes, name, err);
	if (rc == TG_OK)
		rc = tg_tuf_metadata_parse_delegated(&meta, edge->role, bytes, err);
	if (rc != TG_OK)
		return rc;
	rc = check_delegated(signers, set, edge, meta, err);
	one = rc == TG_OK ? calloc(1, sizeof(*one)) : NULL;
	if (rc == TG_OK && one == NULL)
		rc = tg_fail(err, TG_ENOMEM, "%.64s: out of memory", name);
	if (rc != TG_OK || one == NULL) {
		tg_tuf_metadata_free(meta);
		return rc;
	}
	*one = (held){ .meta = meta, .next = set->delegated };
	set->delegated = one;
	*out = meta;
	return TG_OK;
}

int tg_trusted_delegated_again(const tg_tuf_metadata **out, tg_tuf_signers *signers, const tg_trusted *set,
	const tg_tuf_edge *edge, tg_error *err)
{
	*out = NULL;
	for (const held *one = set->delegated; one != NULL; one = one->next) {
		int rc;

		if (strcmp(tg_tuf_metadata_name(one->meta), edge->role) != 0)
			continue;
		rc = check_delegated(signers, set, edge, one->meta, err);
		if (rc == TG_OK)
			*out = one->meta;
		return rc;
	}
	return tg_fail(err, TG_ENOTFOUND, "%.64s.json: not held yet", edge->role);
}

const tg_tuf_metadata *tg_trusted_get(const tg_trusted *set, tg_tuf_role role)
{
	return set->final[role] ? set->part[role] : NULL;
}

int tg_trusted_target(tg_tuf_file *out, const tg_trusted *set, const char *path, tg_error *err)
{
	if (!set->final[TG_TUF_TARGETS])
		return tg_fail(err, TG_ESTATE, "%s: no targets are trusted yet", path);
	return tg_tuf_target_find(out, set->part[TG_TUF_TARGETS], path, err);
}

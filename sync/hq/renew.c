/* SPDX-License-Identifier: Apache-2.0
 *
 * renew.c - new version, new date, new signatures; what is signed for stays as it was.
 *
 * Works on the JSON of the files that are published, so it needs to know nothing of what they list.
 */
#include "sync/hq/renew.h"

#include "store/base/file.h"
#include "sync/hq/place.h"

/* ---- what is due ---- */

/* Has `root` not enough signatures on a file that is published? */
static int needs_keys(bool *out, tg_tuf_role role, tg_view file, const tg_root *root, tg_error *err)
{
	tg_tuf_metadata *meta = NULL;
	tg_error why = { 0 };
	int rc = tg_tuf_metadata_parse(&meta, role, file, err);

	*out = false;
	if (rc == TG_OK && tg_tuf_metadata_verify(meta, root->meta, &why) != TG_OK)
		*out = true;
	tg_tuf_metadata_free(meta);
	return rc;
}

/* A key came or went: what it signed goes out anew without it. */
static bool other_keys(const tg_renewal *r, tg_tuf_role role)
{
	return r->older != NULL && !tg_root_role_equal(&r->root->roles[role], &r->older->roles[role]);
}

static int targets_due(tg_renewal *r, tg_error *err)
{
	const tg_root_role *role = &r->root->roles[TG_TUF_TARGETS];
	bool must = false, should;
	size_t here = 0;
	tg_documents_ask ask = { .site = r->ctx->site,
		.snapshot = tg_buf_view(&r->old->snapshot),
		.role = role,
		.now_us = r->ctx->now_us,
		.life_us = r->ctx->site->days[TG_TUF_TARGETS] * TG_US_PER_DAY };
	int rc = needs_keys(&must, TG_TUF_TARGETS, tg_buf_view(&r->old->targets), r->root, err);

	must = must || other_keys(r, TG_TUF_TARGETS);
	if (rc == TG_OK)
		rc = tg_documents_plan(&r->documents, &ask, err);
	should = tg_signing_half_spent(r->ctx, TG_TUF_TARGETS, r->old->expires_us[TG_TUF_TARGETS]);
	r->due[TG_TUF_TARGETS] = must || should;
	if (rc != TG_OK || must || (!should && !tg_documents_changed(&r->documents)))
		return rc;
	/* Only its time is half over: that can wait for the keys, and is told of. */
	rc = tg_keys_count(&here, r->ctx->site->keys, role, err);
	r->targets_wait = (int64_t)here < role->threshold;
	if (r->targets_wait)
		r->due[TG_TUF_TARGETS] = false;
	return rc;
}

static bool documents_due(const tg_renewal *r)
{
	return !r->targets_wait && tg_documents_changed(&r->documents);
}

static int upper_due(tg_renewal *r, bool always_timestamp, tg_error *err)
{
	bool unsigned_yet = false;
	tg_buf timestamp;
	char path[4096];
	int rc = needs_keys(&unsigned_yet, TG_TUF_SNAPSHOT, tg_buf_view(&r->old->snapshot), r->root, err);

	r->due[TG_TUF_SNAPSHOT] =
		unsigned_yet || other_keys(r, TG_TUF_SNAPSHOT) || r->due[TG_TUF_TARGETS] ||
		documents_due(r) ||
		tg_signing_half_spent(r->ctx, TG_TUF_SNAPSHOT, r->old->expires_us[TG_TUF_SNAPSHOT]);
	r->due[TG_TUF_TIMESTAMP] =
		always_timestamp || other_keys(r, TG_TUF_TIMESTAMP) || r->due[TG_TUF_SNAPSHOT];
	if (rc != TG_OK || r->due[TG_TUF_TIMESTAMP])
		return rc;
	tg_buf_init(&timestamp, TG_TUF_TIMESTAMP_MAX);
	rc = tg_published_metadata_path(path, r->ctx->site, TG_TUF_TIMESTAMP, 0, err);
	if (rc == TG_OK)
		rc = tg_file_read(&timestamp, path, TG_TUF_TIMESTAMP_MAX, err);
	if (rc == TG_OK)
		rc = needs_keys(
			&r->due[TG_TUF_TIMESTAMP], TG_TUF_TIMESTAMP, tg_buf_view(&timestamp), r->root, err);
	tg_buf_fini(&timestamp);
	return rc;
}

int tg_renewal_plan(tg_renewal *out, const tg_publish_ctx *ctx, const tg_published *old, const tg_root *root,
	const tg_root *older, bool always_timestamp, tg_error *err)
{
	int rc;

	*out = (tg_renewal){ .ctx = ctx, .old = old, .root = root, .older = older };
	tg_buf_init(&out->targets, TG_TUF_TARGETS_MAX);
	tg_buf_init(&out->snapshot, TG_TUF_SNAPSHOT_MAX);
	tg_buf_init(&out->timestamp, TG_TUF_TIMESTAMP_MAX);
	rc = targets_due(out, err);
	if (rc == TG_OK)
		rc = upper_due(out, always_timestamp, err);
	for (int role = 0; role < TG_TUF_ROLES; role++)
		out->version[role] =
			out->due[role] ? tg_published_next(old, (tg_tuf_role)role) : old->version[role];
	return rc;
}

bool tg_renewal_due(const tg_renewal *renewal)
{
	return renewal->due[TG_TUF_TIMESTAMP]; /* it lists all the others */
}

/* ---- delegations: from older to newer keys of targets ---- */

static bool same_keyids(const tg_json *list, const tg_root_role *role)
{
	bool same = tg_json_size(list) == role->count;

	for (const tg_json *one = tg_json_first(list); one != NULL && same; one = tg_json_next(one))
		same = tg_root_role_find(role, tg_json_str(one)) >= 0;
	return same;
}

static tg_json *rekeyed_role(const tg_renewal *r, const tg_json *delegated)
{
	const tg_json *to = tg_json_get(
		tg_json_get(tg_json_get(r->root->tree, "signed"), "roles"), tg_tuf_role_name(TG_TUF_TARGETS));
	tg_json *copy = tg_json_copy(delegated);

	if (same_keyids(tg_json_get(delegated, "keyids"), &r->older->roles[TG_TUF_TARGETS])) {
		tg_json_set(copy, "keyids", tg_json_copy(tg_json_get(to, "keyids")));
		tg_json_set_int(copy, "threshold", tg_json_int(tg_json_get(to, "threshold")));
	}
	return copy;
}

/* Delegated roles that our own targets keys sign for follow those keys; others keep theirs. */
static void rekey_delegations(const tg_renewal *r, tg_json *body)
{
	const tg_json *old = tg_json_get(body, "delegations");
	const tg_json *root_keys = tg_json_get(tg_json_get(r->root->tree, "signed"), "keys");
	tg_json *delegations = tg_json_new_object(), *keys = tg_json_new_object(),
		*roles = tg_json_new_array();

	for (const tg_json *one = tg_json_first(tg_json_get(old, "roles")); one != NULL;
		one = tg_json_next(one)) {
		tg_json *role = rekeyed_role(r, one);

		for (const tg_json *id = tg_json_first(tg_json_get(role, "keyids")); id != NULL;
			id = tg_json_next(id)) {
			const tg_json *key = tg_json_get(root_keys, tg_json_str(id));

			if (key == NULL)
				key = tg_json_get(tg_json_get(old, "keys"), tg_json_str(id));
			tg_json_set(keys, tg_json_str(id), tg_json_copy(key));
		}
		tg_json_add(roles, role);
	}
	tg_json_set(delegations, "keys", keys);
	tg_json_set(delegations, "roles", roles);
	tg_json_set(body, "delegations", delegations);
}

/* ---- signing ---- */

static int sign_anew(
	tg_buf *out, const tg_renewal *r, tg_view file, int64_t version, tg_error *err)
{
	char at[TG_UTC_TEXT_SIZE];
	int64_t expires_us = tg_signing_expires_us(r->ctx, TG_TUF_TARGETS);
	tg_json *tree = NULL, *body;
	int rc = tg_json_parse(&tree, file, err);

	if (rc != TG_OK)
		return rc;
	body = tg_json_copy(tg_json_get(tree, "signed"));
	tg_json_set_int(body, "version", version);
	tg_json_set_str(body, "expires", tg_utc_format(at, expires_us - expires_us % TG_US_PER_SECOND));
	if (other_keys(r, TG_TUF_TARGETS) && tg_json_get(body, "delegations") != NULL)
		rekey_delegations(r, body);
	rc = tg_repository_sign(
		out, TG_TUF_TARGETS, body, NULL, tg_signing_by(&r->signing, TG_TUF_TARGETS), err);
	tg_json_free(body);
	tg_json_free(tree);
	return rc;
}

static int sign_snapshot(tg_renewal *r, tg_error *err)
{
	tg_repository_snapshot snapshot = { .version = r->version[TG_TUF_SNAPSHOT],
		.expires_us = tg_signing_expires_us(r->ctx, TG_TUF_SNAPSHOT),
		.targets_version = r->version[TG_TUF_TARGETS],
		.targets = tg_buf_view(r->due[TG_TUF_TARGETS] ? &r->targets : &r->old->targets),
		.others = r->documents.listed,
		.other_count = r->documents.listed_count };

	return tg_repository_write_snapshot(
		&r->snapshot, &snapshot, tg_signing_by(&r->signing, TG_TUF_SNAPSHOT), err);
}

static int sign_timestamp(tg_renewal *r, tg_error *err)
{
	tg_repository_timestamp timestamp = { r->version[TG_TUF_TIMESTAMP],
		tg_signing_expires_us(r->ctx, TG_TUF_TIMESTAMP), r->ctx->now_us, r->version[TG_TUF_SNAPSHOT],
		tg_buf_view(r->due[TG_TUF_SNAPSHOT] ? &r->snapshot : &r->old->snapshot) };

	return tg_repository_write_timestamp(
		&r->timestamp, &timestamp, tg_signing_by(&r->signing, TG_TUF_TIMESTAMP), err);
}

int tg_renewal_sign(tg_renewal *r, tg_error *err)
{
	bool open[TG_TUF_ROLES];
	int rc;

	memcpy(open, r->due, sizeof(open));
	open[TG_TUF_TARGETS] = open[TG_TUF_TARGETS] || documents_due(r);
	rc = tg_signing_open_both(&r->signing, r->ctx, open, r->root, r->older, err);
	if (rc == TG_OK && documents_due(r))
		rc = tg_documents_sign(&r->documents, tg_signing_by(&r->signing, TG_TUF_TARGETS), err);
	if (rc == TG_OK && r->due[TG_TUF_TARGETS])
		rc = sign_anew(&r->targets, r, tg_buf_view(&r->old->targets), r->version[TG_TUF_TARGETS], err);
	if (rc == TG_OK && r->due[TG_TUF_SNAPSHOT])
		rc = sign_snapshot(r, err);
	return rc == TG_OK && r->due[TG_TUF_TIMESTAMP] ? sign_timestamp(r, err) : rc;
}

bool tg_renewal_fits_older(const tg_renewal *r)
{
	bool fits = r->older != NULL;

	for (int role = 0; role < TG_TUF_ROLES; role++)
		fits = fits && (!r->due[role] || r->signing.both[role]);
	return fits;
}

/* ---- placing ---- */

int tg_renewal_place(const tg_renewal *r, tg_error *err)
{
	const tg_site *site = r->ctx->site;
	int rc = TG_OK;

	if (documents_due(r))
		rc = tg_documents_place(&r->documents, err);
	if (rc == TG_OK && r->due[TG_TUF_TARGETS])
		rc = tg_place_metadata(
			site, TG_TUF_TARGETS, r->version[TG_TUF_TARGETS], tg_buf_view(&r->targets), err);
	if (rc == TG_OK && r->due[TG_TUF_SNAPSHOT])
		rc = tg_place_metadata(
			site, TG_TUF_SNAPSHOT, r->version[TG_TUF_SNAPSHOT], tg_buf_view(&r->snapshot), err);
	return rc == TG_OK && r->due[TG_TUF_TIMESTAMP]
		       ? tg_place_metadata(site, TG_TUF_TIMESTAMP, 0, tg_buf_view(&r->timestamp), err)
		       : rc;
}

void tg_renewal_fini(tg_renewal *r)
{
	tg_documents_fini(&r->documents);
	tg_signing_close(&r->signing);
	tg_buf_fini(&r->targets);
	tg_buf_fini(&r->snapshot);
	tg_buf_fini(&r->timestamp);
}

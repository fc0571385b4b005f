/* SPDX-License-Identifier: Apache-2.0
 *
 * published.c - walk root, timestamp, snapshot, targets with the rules of sync/tuf.
 */
#include "sync/hq/published.h"

#include "store/base/file.h"
#include "sync/hq/numbers.h"
#include "sync/tuf/chain.h"
#include "sync/tuf/repository.h"
#include "sync/tuf/trusted.h"

#include <sys/stat.h>

int tg_published_metadata_path(
	char out[4096], const tg_site *site, tg_tuf_role role, int64_t version, tg_error *err)
{
	if (role == TG_TUF_TIMESTAMP)
		return tg_path(out, err, "%s/timestamp.json", site->metadata);
	return tg_path(
		out, err, "%s/%lld.%s.json", site->metadata, (long long)version, tg_tuf_role_name(role));
}

int tg_published_target_path(char out[4096], const tg_site *site, const char *target,
	const uint8_t sha256[TG_SHA256_SIZE], tg_error *err)
{
	char name[TG_TUF_PATH_MAX + 128];
	int rc = tg_repository_target_name(name, sizeof(name), target, sha256, err);

	return rc == TG_OK ? tg_path(out, err, "%s/%s", site->targets, name) : rc;
}

static int read_role(tg_buf *out, const tg_site *site, tg_tuf_role role, int64_t version, tg_error *err)
{
	char path[4096];
	int rc = tg_published_metadata_path(path, site, role, version, err);

	tg_buf_clear(out);
	return rc == TG_OK ? tg_file_read(out, path, tg_tuf_role_max(role), err) : rc;
}

/* The first of all. What is asked for by whoever stands between init and root finish is told what to do. */
static int read_first_root(tg_buf *out, const tg_site *site, tg_error *err)
{
	int rc = read_role(out, site, TG_TUF_ROOT, 1, err);

	return rc == TG_ENOTFOUND
		       ? tg_fail(err, rc,
				 "no root is in place yet: have %.200s/" TG_STAGE_FIRST
				 " signed (tillgate-hq root sign), then root finish",
				 site->dir)
		       : rc;
}

int tg_published_newest_root(tg_buf *out, const tg_site *site, tg_error *err)
{
	int64_t version = 1;
	char path[4096];
	struct stat st;

	while (tg_published_metadata_path(path, site, TG_TUF_ROOT, version + 1, NULL) == TG_OK &&
		lstat(path, &st) == 0)
		version++;
	return version == 1 ? read_first_root(out, site, err) : read_role(out, site, TG_TUF_ROOT, version, err);
}

static void note(tg_published *p, const tg_trusted *set, tg_tuf_role role)
{
	const tg_tuf_metadata *meta = tg_trusted_get(set, role);

	p->version[role] = tg_tuf_metadata_version(meta);
	p->expires_us[role] = tg_tuf_metadata_expires_us(meta);
}

/*
 * Every root there is up to `last`, in sequence; the newest is left in `newest`, the one before it in `before`. TG_ENOTFOUND of the next
 * one ends the chain.
 */
static int read_roots(
	tg_buf *newest, tg_buf *before, tg_trusted **set, const tg_site *site, int64_t last, tg_error *err)
{
	tg_buf next;
	int64_t version = 1;
	int rc = read_first_root(newest, site, err);

	if (rc == TG_OK)
		rc = tg_trusted_open(set, tg_buf_view(newest), TG_TUF_NO_EXPIRY, err);
	tg_buf_init(&next, TG_TUF_ROOT_MAX);
	while (rc == TG_OK && version < last) {
		rc = read_role(&next, site, TG_TUF_ROOT, version + 1, err);
		if (rc == TG_ENOTFOUND) {
			rc = TG_OK;
			break;
		}
		if (rc == TG_OK)
			rc = tg_trusted_root(*set, tg_buf_view(&next), err);
		if (rc == TG_OK) {
			tg_buf oldest = *before;

			version++;
			*before = *newest;
			*newest = next;
			next = oldest;
		}
	}
	tg_buf_fini(&next);
	return rc;
}

static int read_targets(tg_published *p, const tg_trusted *set, tg_error *err)
{
	tg_tuf_file image, policy;
	int rc = tg_trusted_target(&image, set, TG_CHAIN_IMAGE, err);

	if (rc == TG_OK)
		rc = tg_trusted_target(&policy, set, TG_CHAIN_POLICY, err);
	if (rc == TG_OK)
		rc = tg_json_need_int(
			&p->catalogue_version, image.custom, "version", 1, TG_JSON_MAX_INT, err);
	if (rc != TG_OK)
		return rc;
	p->image_length = image.length;
	memcpy(p->image_sha256, image.sha256, TG_SHA256_SIZE);
	memcpy(p->policy_sha256, policy.sha256, TG_SHA256_SIZE);
	p->exists = true;
	return TG_OK;
}

static int read_chain(tg_published *p, tg_trusted *set, const tg_site *site, tg_view timestamp, tg_error *err)
{
	tg_tuf_file expected;
	int rc = tg_trusted_timestamp(set, timestamp, NULL, err);

	if (rc == TG_OK)
		rc = tg_tuf_issued_us(&p->issued_us, tg_trusted_get(set, TG_TUF_TIMESTAMP), err);
	if (rc == TG_OK)
		rc = tg_trusted_expect(&expected, set, TG_TUF_SNAPSHOT, err);
	if (rc == TG_OK)
		rc = read_role(&p->snapshot, site, TG_TUF_SNAPSHOT, expected.version, err);
	if (rc == TG_OK)
		rc = tg_trusted_snapshot(set, tg_buf_view(&p->snapshot), TG_TUF_FROM_NETWORK, err);
	if (rc == TG_OK)
		rc = tg_trusted_expect(&expected, set, TG_TUF_TARGETS, err);
	if (rc == TG_OK)
		rc = read_role(&p->targets, site, TG_TUF_TARGETS, expected.version, err);
	if (rc == TG_OK)
		rc = tg_trusted_targets(set, tg_buf_view(&p->targets), err);
	if (rc == TG_OK)
		rc = read_targets(p, set, err);
	for (int role = TG_TUF_TIMESTAMP; role < TG_TUF_ROLES && rc == TG_OK; role++)
		note(p, set, (tg_tuf_role)role);
	return rc;
}

/*
 * Roots were placed - by a ceremony that was cut short, or by recover - and what they want signed anew was not yet: read it by an
 * older root, the newest that fits.
 */
static int read_by_older_root(tg_published *p, const tg_site *site, tg_view timestamp, tg_error *err)
{
	int rc = TG_EUNTRUSTED;

	for (int64_t last = p->version[TG_TUF_ROOT] - 1; last > 0 && rc == TG_EUNTRUSTED; last--) {
		tg_trusted *set = NULL;
		tg_buf before;

		tg_buf_init(&before, TG_TUF_ROOT_MAX);
		tg_buf_clear(&p->old_root);
		p->exists = false;
		rc = read_roots(&p->old_root, &before, &set, site, last, err);
		if (rc == TG_OK)
			rc = read_chain(p, set, site, timestamp, err);
		tg_trusted_close(set);
		tg_buf_fini(&before);
	}
	return rc;
}

static int read_floor(tg_numbers *out, const tg_site *site, tg_error *err)
{
	int rc = tg_numbers_read(out, site->floor, err);

	return rc == TG_ENOTFOUND ? TG_OK : rc;
}

int tg_published_read(tg_published *out, const tg_site *site, tg_error *err)
{
	tg_trusted *set = NULL;
	tg_buf timestamp, before;
	int rc;

	*out = (tg_published){ 0 };
	tg_buf_init(&out->root, TG_TUF_ROOT_MAX);
	tg_buf_init(&out->old_root, TG_TUF_ROOT_MAX);
	tg_buf_init(&out->snapshot, TG_TUF_SNAPSHOT_MAX);
	tg_buf_init(&out->targets, TG_TUF_TARGETS_MAX);
	tg_buf_init(&before, TG_TUF_ROOT_MAX);
	tg_buf_init(&timestamp, TG_TUF_TIMESTAMP_MAX);
	rc = read_floor(&out->floor, site, err);
	if (rc == TG_OK)
		rc = read_roots(&out->root, &before, &set, site, TG_TUF_ROOTS_MAX, err);
	if (rc == TG_OK) {
		note(out, set, TG_TUF_ROOT);
		rc = read_role(&timestamp, site, TG_TUF_TIMESTAMP, 0, err);
		if (rc == TG_OK) {
			tg_sha256(out->timestamp_sha256, timestamp.data, timestamp.len);
			rc = read_chain(out, set, site, tg_buf_view(&timestamp), err);
			if (rc == TG_EUNTRUSTED && out->version[TG_TUF_ROOT] > 1)
				rc = read_by_older_root(out, site, tg_buf_view(&timestamp), err);
		} else if (rc == TG_ENOTFOUND) {
			rc = TG_OK; /* nothing was published yet */
		}
	}
	tg_buf_fini(&timestamp);
	tg_buf_fini(&before);
	tg_trusted_close(set);
	return rc;
}

static int64_t above(int64_t version, int64_t floor)
{
	return (version > floor ? version : floor) + 1;
}

int64_t tg_published_next(const tg_published *published, tg_tuf_role role)
{
	return above(published->version[role], published->floor.version[role]);
}

int64_t tg_published_next_catalogue(const tg_published *published)
{
	return above(published->catalogue_version, published->floor.catalogue_version);
}

bool tg_published_below_floor(const tg_published *published)
{
	return published->exists &&
	       published->floor.version[TG_TUF_TIMESTAMP] >= published->version[TG_TUF_TIMESTAMP];
}

void tg_published_fini(tg_published *published)
{
	tg_buf_fini(&published->root);
	tg_buf_fini(&published->old_root);
	tg_buf_fini(&published->snapshot);
	tg_buf_fini(&published->targets);
}

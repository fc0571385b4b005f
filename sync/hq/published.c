/* SPDX-License-Identifier: Apache-2.0
 *
 * published.c - walk root, timestamp, snapshot, targets with the rules of sync/tuf.
 */
#include "sync/hq/published.h"

#include "store/base/file.h"
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

int tg_published_newest_root(tg_buf *out, const tg_site *site, tg_error *err)
{
	int64_t version = 1;
	char path[4096];
	struct stat st;

	while (tg_published_metadata_path(path, site, TG_TUF_ROOT, version + 1, NULL) == TG_OK &&
		lstat(path, &st) == 0)
		version++;
	return read_role(out, site, TG_TUF_ROOT, version, err);
}

static void note(tg_published *p, const tg_trusted *set, tg_tuf_role role)
{
	const tg_tuf_metadata *meta = tg_trusted_get(set, role);

	p->version[role] = tg_tuf_metadata_version(meta);
	p->expires_us[role] = tg_tuf_metadata_expires_us(meta);
}

/* Every root there is, in sequence. */
static int read_roots(tg_published *p, tg_trusted **set, const tg_site *site, tg_error *err)
{
	tg_buf next;
	int64_t version = 1;
	int rc = read_role(&p->root, site, TG_TUF_ROOT, version, err);

	if (rc == TG_OK)
		rc = tg_trusted_open(set, tg_buf_view(&p->root), TG_TUF_NO_EXPIRY, err);
	tg_buf_init(&next, TG_TUF_ROOT_MAX);
	while (rc == TG_OK && version < TG_TUF_ROOTS_MAX) {
		rc = read_role(&next, site, TG_TUF_ROOT, version + 1, err);
		if (rc == TG_ENOTFOUND) {
			rc = TG_OK;
			break;
		}
		if (rc == TG_OK)
			rc = tg_trusted_root(*set, tg_buf_view(&next), err);
		if (rc == TG_OK) {
			version++;
			tg_buf_clear(&p->root);
			tg_buf_append(&p->root, next.data, next.len);
			rc = tg_buf_check(&p->root, "root.json", err);
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

int tg_published_read(tg_published *out, const tg_site *site, tg_error *err)
{
	tg_trusted *set = NULL;
	tg_buf timestamp;
	int rc;

	*out = (tg_published){ 0 };
	tg_buf_init(&out->root, TG_TUF_ROOT_MAX);
	tg_buf_init(&out->snapshot, TG_TUF_SNAPSHOT_MAX);
	tg_buf_init(&out->targets, TG_TUF_TARGETS_MAX);
	tg_buf_init(&timestamp, TG_TUF_TIMESTAMP_MAX);
	rc = read_roots(out, &set, site, err);
	if (rc == TG_OK) {
		note(out, set, TG_TUF_ROOT);
		rc = read_role(&timestamp, site, TG_TUF_TIMESTAMP, 0, err);
		if (rc == TG_OK)
			rc = read_chain(out, set, site, tg_buf_view(&timestamp), err);
		else if (rc == TG_ENOTFOUND)
			rc = TG_OK; /* nothing was published yet */
	}
	tg_buf_fini(&timestamp);
	tg_trusted_close(set);
	return rc;
}

void tg_published_fini(tg_published *published)
{
	tg_buf_fini(&published->root);
	tg_buf_fini(&published->snapshot);
	tg_buf_fini(&published->targets);
}

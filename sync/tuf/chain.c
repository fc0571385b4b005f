/* SPDX-License-Identifier: Apache-2.0
 *
 * chain.c - reads and verifies one installed set.
 *
 * Every file here was written by the network side, which may be hostile: it can offer an older set or none, but nothing that
 * the root in trust/ does not lead to. Knows the set's layout; the rules are in trusted.c.
 */
#include "sync/tuf/chain.h"

#include "store/base/encoding.h"
#include "store/base/file.h"
#include "store/catalogue/blocks.h"
#include "store/catalogue/policy.h"

#include <stdio.h>
#include <stdlib.h>

struct tg_chain {
	tg_chain_facts facts;
	tg_buf policy;
	tg_buf blocks;
	tg_error blocks_err; /* why `blocks` cannot be used; code TG_OK if it can */
};

/* ---- what the metadata says ---- */

static int need_sha256(const tg_tuf_file *file, const char *name, tg_error *err)
{
	if (!file->has_sha256)
		return tg_fail(err, TG_EFORMAT, "targets.json: %s without a sha256", name);
	return TG_OK;
}

static int read_image_facts(tg_chain_facts *out, const tg_trusted *set, tg_error *err)
{
	tg_tuf_file file;
	const char *hex;
	size_t len;
	int rc = tg_trusted_target(&file, set, TG_CHAIN_IMAGE, err);

	if (rc == TG_OK)
		rc = need_sha256(&file, TG_CHAIN_IMAGE, err);
	if (rc != TG_OK)
		return rc;
	if (file.length < 1 || (uint64_t)file.length > TG_IMAGE_MAX_BYTES)
		return tg_fail(err, TG_EFORMAT, "targets.json: %s of %lld bytes", TG_CHAIN_IMAGE,
			(long long)file.length);
	if (file.custom == NULL)
		return tg_fail(err, TG_EFORMAT, "targets.json: %s without custom", TG_CHAIN_IMAGE);
	rc = tg_json_need_int(&out->catalogue_version, file.custom, "version", 1, TG_JSON_MAX_INT, err);
	if (rc == TG_OK)
		rc = tg_json_need_str(&hex, file.custom, "blocks_sha256", 2 * TG_SHA256_SIZE, err);
	if (rc == TG_OK)
		rc = tg_hex_decode(out->blocks_sha256, &len, TG_SHA256_SIZE, hex, err);
	if (rc == TG_OK && len != TG_SHA256_SIZE)
		rc = tg_fail(err, TG_EFORMAT, "blocks_sha256: wanted %d hex digits", 2 * TG_SHA256_SIZE);
	if (rc != TG_OK) {
		tg_error_prefix(err, "targets.json: %s", TG_CHAIN_IMAGE);
		return rc;
	}
	out->image_length = file.length;
	memcpy(out->image_sha256, file.sha256, TG_SHA256_SIZE);
	return TG_OK;
}

static int read_policy_facts(tg_chain_facts *out, const tg_trusted *set, tg_error *err)
{
	tg_tuf_file file;
	int rc = tg_trusted_target(&file, set, TG_CHAIN_POLICY, err);

	if (rc == TG_OK)
		rc = need_sha256(&file, TG_CHAIN_POLICY, err);
	if (rc == TG_OK && file.length > TG_POLICY_MAX_BYTES)
		rc = tg_fail(err, TG_EFORMAT, "targets.json: %s of %lld bytes, at most %d", TG_CHAIN_POLICY,
			(long long)file.length, TG_POLICY_MAX_BYTES);
	if (rc != TG_OK)
		return rc;
	out->policy_length = file.length;
	memcpy(out->policy_sha256, file.sha256, TG_SHA256_SIZE);
	return TG_OK;
}

int tg_chain_facts_read(tg_chain_facts *out, const tg_trusted *set, tg_error *err)
{
	const tg_tuf_metadata *part[TG_TUF_ROLES];
	int rc;

	*out = (tg_chain_facts){ 0 };
	for (size_t i = 0; i < TG_TUF_ROLES; i++) {
		part[i] = tg_trusted_get(set, (tg_tuf_role)i);
		if (part[i] == NULL)
			return tg_fail(
				err, TG_ESTATE, "%s.json: not trusted yet", tg_tuf_role_name((tg_tuf_role)i));
	}
	out->root_version = tg_tuf_metadata_version(part[TG_TUF_ROOT]);
	out->timestamp_version = tg_tuf_metadata_version(part[TG_TUF_TIMESTAMP]);
	out->snapshot_version = tg_tuf_metadata_version(part[TG_TUF_SNAPSHOT]);
	out->targets_version = tg_tuf_metadata_version(part[TG_TUF_TARGETS]);
	out->root_expires_us = tg_tuf_metadata_expires_us(part[TG_TUF_ROOT]);
	out->timestamp_expires_us = tg_tuf_metadata_expires_us(part[TG_TUF_TIMESTAMP]);
	out->snapshot_expires_us = tg_tuf_metadata_expires_us(part[TG_TUF_SNAPSHOT]);
	out->targets_expires_us = tg_tuf_metadata_expires_us(part[TG_TUF_TARGETS]);
	rc = tg_tuf_issued_us(&out->issued_us, part[TG_TUF_TIMESTAMP], err);
	if (rc == TG_ENOTFOUND) /* a repository that is no head office of ours: malformed for a station */
		rc = tg_fail(err, TG_EFORMAT, "timestamp.json: without its issue time");
	if (rc == TG_OK)
		rc = read_image_facts(out, set, err);
	if (rc == TG_OK)
		rc = read_policy_facts(out, set, err);
	return rc;
}

/* ---- what lies on the disk ---- */

static int read_file(tg_buf *out, size_t max, const char *dir, const char *name, tg_error *err)
{
	char path[4096];
	int rc = tg_path(path, err, "%s/%s", dir, name);

	tg_buf_init(out, max);
	if (rc == TG_OK)
		rc = tg_file_read_unlinked(out, path, max, err);
	return rc;
}

static int follow_roots(tg_trusted *set, const char *set_dir, tg_error *err)
{
	for (int i = 0; i < TG_TUF_ROOTS_MAX; i++) {
		int64_t next = tg_tuf_metadata_version(tg_trusted_get(set, TG_TUF_ROOT)) + 1;
		char name[64];
		tg_buf bytes;
		int rc;

		(void)snprintf(name, sizeof(name), "%lld.root.json", (long long)next);
		rc = read_file(&bytes, TG_TUF_ROOT_MAX, set_dir, name, err);
		if (rc == TG_OK)
			rc = tg_trusted_root(set, tg_buf_view(&bytes), err);
		tg_buf_fini(&bytes);
		if (rc == TG_ENOTFOUND)
			return TG_OK;
		if (rc != TG_OK)
			return rc;
	}
	return TG_OK;
}

static int follow_role(tg_trusted *set, tg_tuf_role role, const char *set_dir, tg_error *err)
{
	char name[64];
	tg_buf bytes;
	int rc;

	(void)snprintf(name, sizeof(name), "%s.json", tg_tuf_role_name(role));
	rc = read_file(&bytes, tg_tuf_role_max(role), set_dir, name, err);
	if (rc == TG_OK && role == TG_TUF_TIMESTAMP)
		rc = tg_trusted_timestamp(set, tg_buf_view(&bytes), NULL, err);
	else if (rc == TG_OK && role == TG_TUF_SNAPSHOT)
		rc = tg_trusted_snapshot(set, tg_buf_view(&bytes), TG_TUF_FROM_NETWORK, err);
	else if (rc == TG_OK)
		rc = tg_trusted_targets(set, tg_buf_view(&bytes), err);
	tg_buf_fini(&bytes);
	return rc;
}

/* The whole chain from trust/ to the targets. The caller closes `*out`. */
static int follow(tg_trusted **out, const char *trust_root, const char *set_dir, tg_error *err)
{
	tg_buf bytes;
	int rc;

	*out = NULL;
	tg_buf_init(&bytes, TG_TUF_ROOT_MAX);
	rc = tg_file_read(&bytes, trust_root, TG_TUF_ROOT_MAX, err);
	if (rc == TG_OK)
		rc = tg_trusted_open(out, tg_buf_view(&bytes), TG_TUF_NO_EXPIRY, err);
	tg_buf_fini(&bytes);
	if (rc == TG_OK)
		rc = follow_roots(*out, set_dir, err);
	if (rc == TG_OK)
		rc = follow_role(*out, TG_TUF_TIMESTAMP, set_dir, err);
	if (rc == TG_OK)
		rc = follow_role(*out, TG_TUF_SNAPSHOT, set_dir, err);
	if (rc == TG_OK)
		rc = follow_role(*out, TG_TUF_TARGETS, set_dir, err);
	return rc;
}

static int read_policy(tg_chain *chain, const tg_trusted *set, const char *set_dir, tg_error *err)
{
	tg_tuf_file file;
	int rc = tg_trusted_target(&file, set, TG_CHAIN_POLICY, err);

	if (rc == TG_OK)
		rc = read_file(&chain->policy, TG_POLICY_MAX_BYTES, set_dir, TG_CHAIN_POLICY, err);
	if (rc == TG_OK)
		rc = tg_tuf_file_check(&file, tg_buf_view(&chain->policy), TG_CHAIN_POLICY, err);
	return rc;
}

static int read_blocks(tg_chain *chain, const char *set_dir, tg_error *err)
{
	size_t want = (size_t)tg_blocks_count((uint64_t)chain->facts.image_length) * TG_SHA256_SIZE;
	tg_tuf_file file = { .length = (int64_t)want, .has_sha256 = true };
	int rc = read_file(&chain->blocks, want, set_dir, TG_CHAIN_BLOCKS, err);

	memcpy(file.sha256, chain->facts.blocks_sha256, TG_SHA256_SIZE);
	if (rc == TG_OK)
		rc = tg_tuf_file_check(&file, tg_buf_view(&chain->blocks), TG_CHAIN_BLOCKS, err);
	return rc;
}

int tg_chain_open(tg_chain **out, const char *trust_root, const char *set_dir, tg_error *err)
{
	tg_chain *chain = calloc(1, sizeof(*chain));
	tg_trusted *set = NULL;
	int rc;

	*out = NULL;
	if (chain == NULL)
		return tg_fail(err, TG_ENOMEM, "%s: out of memory", set_dir);
	rc = follow(&set, trust_root, set_dir, err);
	if (rc == TG_OK)
		rc = tg_chain_facts_read(&chain->facts, set, err);
	if (rc == TG_OK)
		rc = read_policy(chain, set, set_dir, err);
	tg_trusted_close(set);
	if (rc != TG_OK) {
		tg_chain_close(chain);
		return rc;
	}
	rc = read_blocks(chain, set_dir, &chain->blocks_err);
	if (rc != TG_OK)
		chain->blocks_err.code = rc; /* told by tg_chain_blocks() */
	*out = chain;
	return TG_OK;
}

void tg_chain_close(tg_chain *chain)
{
	if (chain == NULL)
		return;
	tg_buf_fini(&chain->policy);
	tg_buf_fini(&chain->blocks);
	free(chain);
}

const tg_chain_facts *tg_chain_facts_of(const tg_chain *chain)
{
	return &chain->facts;
}

tg_view tg_chain_policy(const tg_chain *chain)
{
	return tg_buf_view(&chain->policy);
}

int tg_chain_blocks(tg_view *out, const tg_chain *chain, tg_error *err)
{
	*out = (tg_view){ 0 };
	if (chain->blocks_err.code != TG_OK) {
		if (err != NULL)
			*err = chain->blocks_err;
		return chain->blocks_err.code;
	}
	*out = tg_buf_view(&chain->blocks);
	return TG_OK;
}

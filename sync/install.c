/* SPDX-License-Identifier: Apache-2.0
 *
 * install.c - a set is put together, checked and switched to.
 *
 * Files of a set never change once they have their name, so a file that is the same in the next set is shared by a hard link:
 * a refresh with nothing new copies nothing, however large the image is.
 */
#include "sync/install.h"

#include "store/base/encoding.h"
#include "store/base/file.h"
#include "store/catalogue/blocks.h"
#include "store/catalogue/policy.h"
#include "sync/download.h"
#include "sync/find.h"
#include "sync/image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ID_TRIES 100 /* sets of one timestamp: a second one is made only to repair the first */
#define ID_HASH_BYTES 6 /* of the timestamp, in a set's name: tells two repositories apart, secures nothing */

/* ---- folders ---- */

void tg_install_find_current(char out[4096], const char *catalogue_dir)
{
	char path[4096], target[128];
	ssize_t len;

	out[0] = '\0';
	if (tg_path(path, NULL, "%s/current", catalogue_dir) != TG_OK)
		return;
	len = readlink(path, target, sizeof(target) - 1);
	if (len <= 0)
		return;
	target[len] = '\0';
	if (strncmp(target, "sets/", 5) != 0 || target[5] == '.' || strchr(target + 5, '/') != NULL)
		return;
	if (tg_path(path, NULL, "%s/%s", catalogue_dir, target) == TG_OK && access(path, F_OK) == 0)
		memcpy(out, path, sizeof(path));
}

/* A set's folder holds files only. */
static void remove_set(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	if (d == NULL)
		return;
	while ((entry = readdir(d)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			(void)unlinkat(dirfd(d), entry->d_name, 0);
	closedir(d);
	(void)rmdir(dir);
}

/* Link the old set's file into the new one. False if there is none or it cannot be. */
static bool share(const tg_install *install, const char *name)
{
	char from[4096], to[4096];

	return install->old_dir[0] != '\0' && tg_path(from, NULL, "%s/%s", install->old_dir, name) == TG_OK &&
	       tg_path(to, NULL, "%s/%s", install->build_dir, name) == TG_OK && link(from, to) == 0;
}

static int read_old(tg_buf *out, const tg_install *install, const char *name, size_t max)
{
	char path[4096];

	tg_buf_init(out, max);
	if (install->old_dir[0] == '\0' || tg_path(path, NULL, "%s/%s", install->old_dir, name) != TG_OK)
		return TG_ENOTFOUND;
	return tg_file_read(out, path, max, NULL);
}

static int write_new(const tg_install *install, const char *name, tg_view bytes, tg_error *err)
{
	char path[4096];
	int rc = tg_path(path, err, "%s/%s", install->build_dir, name);

	return rc == TG_OK ? tg_file_write(path, bytes, 0644, err) : rc;
}

/* One file whose bytes we have: shared if the set in force has the same, else written; `*fresh` then turns true. */
static int place(tg_install *install, const char *name, tg_view bytes, bool *fresh, tg_error *err)
{
	tg_buf old;
	bool same;

	same = read_old(&old, install, name, bytes.len) == TG_OK && tg_view_equal(tg_buf_view(&old), bytes);
	tg_buf_fini(&old);
	if (same && share(install, name))
		return TG_OK;
	*fresh = true;
	return write_new(install, name, bytes, err);
}

/* ---- metadata ---- */

static int place_roots(tg_install *install, tg_error *err)
{
	int rc = TG_OK;

	for (int64_t v = install->first_root_version + 1; v <= install->facts->root_version && rc == TG_OK;
		v++) {
		char path[4096], name[64];
		tg_buf bytes;

		(void)snprintf(name, sizeof(name), "%lld.root.json", (long long)v);
		tg_buf_init(&bytes, TG_TUF_ROOT_MAX);
		rc = tg_path(path, err, "%s/%s", install->cache_dir, name);
		if (rc == TG_OK)
			rc = tg_file_read(&bytes, path, TG_TUF_ROOT_MAX, err);
		if (rc == TG_OK)
			rc = place(install, name, tg_buf_view(&bytes), &install->new_metadata, err);
		tg_buf_fini(&bytes);
	}
	return rc;
}

static int place_role(tg_install *install, tg_tuf_role role, bool *fresh, tg_error *err)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "%s.json", tg_tuf_role_name(role));
	return place(install, name, tg_tuf_metadata_bytes(tg_trusted_get(install->set, role)), fresh, err);
}

/*
 * New targets may not carry an older catalogue than the one in force, even if head office signed them. A set in force that
 * does not verify (damaged, or of a repository we no longer belong to) sets no floor: there is nothing to be rolled back.
 */
static int check_version(tg_install *install, tg_error *err)
{
	tg_chain *chain;
	int64_t now = install->facts->catalogue_version;

	if (install->old_dir[0] == '\0' ||
		tg_chain_open(&chain, install->trust_root, install->old_dir, NULL) != TG_OK)
		return TG_OK;
	install->old_version = tg_chain_facts_of(chain)->catalogue_version;
	memcpy(install->old_sha256, tg_chain_facts_of(chain)->image_sha256, TG_SHA256_SIZE);
	install->old_known = true;
	tg_chain_close(chain);
	if (now < install->old_version)
		return tg_fail(err, TG_EROLLBACK, "%s: catalogue version %lld after %lld", TG_CHAIN_IMAGE,
			(long long)now, (long long)install->old_version);
	return TG_OK;
}

static int place_metadata(tg_install *install, tg_error *err)
{
	int rc = place_roots(install, err);

	if (rc == TG_OK)
		rc = place_role(install, TG_TUF_TIMESTAMP, &install->new_time, err);
	if (rc == TG_OK)
		rc = place_role(install, TG_TUF_SNAPSHOT, &install->new_metadata, err);
	if (rc == TG_OK)
		rc = place_role(install, TG_TUF_TARGETS, &install->new_metadata, err);
	if (rc == TG_OK && install->new_metadata)
		rc = check_version(install, err);
	else if (rc == TG_OK)
		install->old_version = install->facts->catalogue_version;
	return rc;
}

/* ---- policy ---- */

/* A signed policy that we cannot read would leave the station without one: the last good one stays in force instead. */
static int check_policy(const tg_install *install, tg_error *err)
{
	tg_policy *policy = malloc(sizeof(*policy));
	char path[4096];
	tg_buf bytes;
	int rc = tg_path(path, err, "%s/%s", install->build_dir, TG_CHAIN_POLICY);

	tg_buf_init(&bytes, TG_POLICY_MAX_BYTES);
	if (policy == NULL)
		rc = tg_fail(err, TG_ENOMEM, "%s: out of memory", TG_CHAIN_POLICY);
	if (rc == TG_OK)
		rc = tg_file_read(&bytes, path, TG_POLICY_MAX_BYTES, err);
	if (rc == TG_OK)
		rc = tg_policy_parse(policy, tg_buf_view(&bytes), err);
	if (rc != TG_OK)
		tg_error_prefix(err, "%s", TG_CHAIN_POLICY);
	tg_buf_fini(&bytes);
	free(policy);
	return rc;
}

static int place_policy(tg_install *install, tg_error *err)
{
	char path[4096];
	tg_tuf_file want;
	tg_buf old;
	bool same;
	int rc = tg_trusted_target(&want, install->set, TG_CHAIN_POLICY, err);

	if (rc != TG_OK)
		return rc;
	same = read_old(&old, install, TG_CHAIN_POLICY, (size_t)want.length) == TG_OK &&
	       tg_tuf_file_check(&want, tg_buf_view(&old), TG_CHAIN_POLICY, NULL) == TG_OK;
	tg_buf_fini(&old);
	if (same && share(install, TG_CHAIN_POLICY))
		return TG_OK;
	install->new_policy = true;
	rc = tg_path(path, err, "%s/%s", install->build_dir, TG_CHAIN_POLICY);
	if (rc == TG_OK)
		rc = tg_find_fetch(path, install->set, install->targets_url, TG_CHAIN_POLICY, &want, install->fetch, err);
	return rc == TG_OK ? check_policy(install, err) : rc;
}

/* ---- image ---- */

/* What a file's stat says of it; the inode is cut to what our JSON can hold. */
static bool fingerprint(tg_sync_state *out, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	out->image_inode = (int64_t)((uint64_t)st.st_ino & (uint64_t)TG_JSON_MAX_INT);
	out->image_size = (int64_t)st.st_size;
	out->image_mtime_us = (int64_t)st.st_mtim.tv_sec * TG_US_PER_SECOND + st.st_mtim.tv_nsec / 1000;
	return true;
}

static int hash_blocks(tg_buf *out, const tg_install *install, const char *dir, tg_error *err)
{
	tg_tuf_file want = { .length = -1, .has_sha256 = true };
	char path[4096];
	int rc = tg_path(path, err, "%s/%s", dir, TG_CHAIN_IMAGE);

	tg_buf_init(out, TG_BLOCK_LIST_MAX_BYTES);
	if (rc == TG_OK)
		rc = tg_blocks_hash_file(out, path, err);
	memcpy(want.sha256, install->facts->blocks_sha256, TG_SHA256_SIZE);
	if (rc == TG_OK)
		rc = tg_tuf_file_check(&want, tg_buf_view(out), TG_CHAIN_BLOCKS, err);
	return rc;
}

/* A check in the future is none: the clock was wrong then or is now. */
static bool checked_lately(const tg_install *install)
{
	int64_t age_us = install->now_us - install->state->image_checked_us;

	return !install->check_image && age_us >= 0 && age_us <= TG_INSTALL_CHECK_S * TG_US_PER_SECOND;
}

/*
 * Is the image in force the signed one? Its file has not changed since it was last found right, and that is not long ago, or it
 * is read again. The list of block hashes is signed too and stands for the whole image.
 */
static bool image_in_force_is(const tg_install *install)
{
	tg_sync_state *known = install->state;
	char path[4096], signed_hex[2 * TG_SHA256_SIZE + 1];
	tg_sync_state now = { 0 };
	tg_buf blocks;
	bool right;

	/* What is signed of it differs: then its bytes need not be read to know that they are others. */
	if (install->old_known && memcmp(install->old_sha256, install->facts->image_sha256, TG_SHA256_SIZE) != 0)
		return false;
	if (install->old_dir[0] == '\0' ||
		tg_path(path, NULL, "%s/%s", install->old_dir, TG_CHAIN_IMAGE) != TG_OK ||
		!fingerprint(&now, path) || now.image_size != install->facts->image_length)
		return false;
	tg_hex_encode(signed_hex, install->facts->image_sha256, TG_SHA256_SIZE);
	if (checked_lately(install) && strcmp(known->image_sha256, signed_hex) == 0 &&
		known->image_inode == now.image_inode && known->image_size == now.image_size &&
		known->image_mtime_us == now.image_mtime_us)
		return true;
	right = hash_blocks(&blocks, install, install->old_dir, NULL) == TG_OK;
	tg_buf_fini(&blocks);
	if (right)
		known->image_checked_us = install->now_us;
	return right;
}

/* The image in force is the wanted one: nothing that broke off is of use any more. */
static void drop_parts(const tg_install *install)
{
	char parts[4096];

	if (tg_path(parts, NULL, "%s/" TG_INSTALL_PARTS, install->catalogue_dir) == TG_OK)
		tg_download_prune(parts, NULL, 0);
}

static int bring_image(tg_install *install, const char *path, tg_error *err)
{
	char parts[4096], old[4096];
	tg_image_job job = { .set = install->set, .facts = install->facts, .targets_url = install->targets_url, .part_dir = parts,
		.to = path, .fetch = install->fetch, .progress = install->progress, .progress_ctx = install->progress_ctx };
	tg_buf list;
	int rc = tg_path(parts, err, "%s/" TG_INSTALL_PARTS, install->catalogue_dir);

	if (rc == TG_OK && install->old_known) {
		rc = tg_path(old, err, "%s/%s", install->old_dir, TG_CHAIN_IMAGE);
		job.old_path = old;
		job.old_sha256 = install->old_sha256;
	}
	tg_buf_init(&list, TG_BLOCK_LIST_MAX_BYTES);
	if (rc == TG_OK)
		rc = tg_image_bring(&install->image_way, &list, &job, err);
	if (rc == TG_OK)
		rc = write_new(install, TG_CHAIN_BLOCKS, tg_buf_view(&list), err);
	tg_buf_fini(&list);
	return rc;
}

static int place_image(tg_install *install, tg_error *err)
{
	char path[4096];
	int rc = tg_path(path, err, "%s/%s", install->build_dir, TG_CHAIN_IMAGE);

	if (rc != TG_OK)
		return rc;
	if (!image_in_force_is(install) || !share(install, TG_CHAIN_IMAGE)) {
		install->new_image = install->new_blocks = true;
		rc = bring_image(install, path, err);
		if (rc != TG_OK)
			return rc;
		install->state->image_checked_us = install->now_us;
	} else {
		drop_parts(install);
	}
	if (fingerprint(install->state, path))
		tg_hex_encode(install->state->image_sha256, install->facts->image_sha256, TG_SHA256_SIZE);
	return TG_OK;
}

/* A new image brought its own. */
static int place_blocks(tg_install *install, tg_error *err)
{
	tg_tuf_file want = { .length = -1, .has_sha256 = true };
	tg_buf list;
	bool same;
	int rc;

	if (install->new_image)
		return TG_OK;
	memcpy(want.sha256, install->facts->blocks_sha256, TG_SHA256_SIZE);
	same = read_old(&list, install, TG_CHAIN_BLOCKS, TG_BLOCK_LIST_MAX_BYTES) == TG_OK &&
	       tg_tuf_file_check(&want, tg_buf_view(&list), TG_CHAIN_BLOCKS, NULL) == TG_OK;
	tg_buf_fini(&list);
	if (same && share(install, TG_CHAIN_BLOCKS))
		return TG_OK;
	install->new_blocks = true;
	rc = hash_blocks(&list, install, install->build_dir, err);
	if (rc == TG_OK)
		rc = write_new(install, TG_CHAIN_BLOCKS, tg_buf_view(&list), err);
	tg_buf_fini(&list);
	return rc;
}

/* ---- the whole ---- */

int tg_install_build(tg_install *install, tg_error *err)
{
	tg_sync_state before = *install->state;
	int rc = tg_path(install->build_dir, err, "%s/sets/.new", install->catalogue_dir);

	if (rc != TG_OK)
		return rc;
	remove_set(install->build_dir); /* what a crash left */
	rc = tg_dir_make(install->build_dir, 0755, err);
	if (rc == TG_OK)
		rc = place_metadata(install, err);
	if (rc == TG_OK)
		rc = place_policy(install, err);
	if (rc == TG_OK)
		rc = place_image(install, err);
	if (rc == TG_OK)
		rc = place_blocks(install, err);
	if (rc == TG_OK)
		rc = tg_dir_sync(install->build_dir, err);
	if (rc != TG_OK) {
		*install->state = before;
		tg_install_abandon(install);
	}
	return rc;
}

bool tg_install_differs(const tg_install *install)
{
	return install->new_time || install->new_metadata || install->new_image || install->new_policy ||
	       install->new_blocks;
}

void tg_install_abandon(tg_install *install)
{
	if (install->build_dir[0] != '\0')
		remove_set(install->build_dir);
}

/*
 * As the daemon will look at it. A mere newer timestamp is spared the signature checks: every other file is the very one that
 * was in force, and the timestamp was verified a moment ago.
 */
static int check_as_daemon(const tg_install *install, tg_error *err)
{
	char path[4096];
	tg_chain *chain;
	tg_view blocks;
	int rc;

	if (!install->new_metadata && !install->new_image && !install->new_policy && !install->new_blocks)
		return TG_OK;
	rc = tg_chain_open(&chain, install->trust_root, install->build_dir, err);
	if (rc == TG_OK)
		rc = tg_chain_blocks(&blocks, chain, err);
	if (rc == TG_OK && install->accept_image != NULL) {
		rc = tg_path(path, err, "%s/%s", install->build_dir, TG_CHAIN_IMAGE);
		if (rc == TG_OK)
			rc = install->accept_image(path, install->facts->image_length, blocks, err);
	}
	tg_chain_close(chain);
	return rc;
}

static int give_id(char id[64], char path[4096], const tg_install *install, tg_error *err)
{
	tg_view timestamp = tg_tuf_metadata_bytes(tg_trusted_get(install->set, TG_TUF_TIMESTAMP));
	char hex[2 * ID_HASH_BYTES + 1];
	uint8_t hash[TG_SHA256_SIZE];

	tg_sha256(hash, timestamp.data, timestamp.len);
	tg_hex_encode(hex, hash, ID_HASH_BYTES);
	for (int i = 0; i < ID_TRIES; i++) {
		int rc;

		(void)snprintf(id, 64, "%lld-%s-%d", (long long)install->facts->timestamp_version, hex, i);
		rc = tg_path(path, err, "%s/sets/%s", install->catalogue_dir, id);
		if (rc != TG_OK)
			return rc;
		if (access(path, F_OK) != 0) /* rename(2) would also refuse a folder that is not empty */
			return TG_OK;
	}
	return tg_fail(err, TG_EIO, "%s/sets: no free name for %s", install->catalogue_dir, id);
}

static int switch_to(const tg_install *install, const char *id, tg_error *err)
{
	char link_path[4096], temp[4096], target[128];
	int rc = tg_path(link_path, err, "%s/current", install->catalogue_dir);

	if (rc == TG_OK)
		rc = tg_path(temp, err, "%s/current.tmp", install->catalogue_dir);
	if (rc != TG_OK)
		return rc;
	(void)snprintf(target, sizeof(target), "sets/%s", id);
	(void)unlink(temp);
	if (symlink(target, temp) != 0)
		return tg_fail_errno(err, TG_EIO, "%s", temp);
	if (rename(temp, link_path) != 0) {
		rc = tg_fail_errno(err, TG_EIO, "%s", link_path);
		(void)unlink(temp);
		return rc;
	}
	return tg_dir_sync(install->catalogue_dir, err);
}

/* All sets but the new one and the one before it, which a reader may still have open. */
static void prune(const tg_install *install, const char *id)
{
	const char *slash = strrchr(install->old_dir, '/');
	const char *before = slash != NULL ? slash + 1 : "";
	char path[4096];
	struct dirent *entry;
	DIR *d;

	if (tg_path(path, NULL, "%s/sets", install->catalogue_dir) != TG_OK)
		return;
	d = opendir(path);
	if (d == NULL)
		return;
	while ((entry = readdir(d)) != NULL) {
		const char *name = entry->d_name;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, id) == 0 ||
			strcmp(name, before) == 0)
			continue;
		if (tg_path(path, NULL, "%s/sets/%s", install->catalogue_dir, name) == TG_OK)
			remove_set(path);
	}
	closedir(d);
}

int tg_install_commit(char id[64], tg_install *install, tg_error *err)
{
	char path[4096], sets[4096];
	int rc = check_as_daemon(install, err);

	if (rc == TG_OK)
		rc = tg_path(sets, err, "%s/sets", install->catalogue_dir);
	if (rc == TG_OK)
		rc = give_id(id, path, install, err);
	if (rc == TG_OK && rename(install->build_dir, path) != 0)
		rc = tg_fail_errno(err, TG_EIO, "%s", path);
	if (rc != TG_OK) {
		tg_install_abandon(install);
		return rc;
	}
	rc = tg_dir_sync(sets, err);
	if (rc == TG_OK)
		rc = switch_to(install, id, err);
	if (rc == TG_OK)
		prune(install, id);
	return rc;
}

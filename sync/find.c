/* SPDX-License-Identifier: Apache-2.0
 *
 * find.c - the walk along the delegations with its requests, and the fetching of one target.
 *
 * What is allowed is decided in sync/tuf; this file only gets the bytes and keeps them.
 */
#include "sync/find.h"

#include "store/base/encoding.h"
#include "store/base/file.h"

#include <stdio.h>

/* ---- where a target lies ---- */

/* No empty, "." or ".." part: no server folds such a path in the same way, and nobody publishes one. */
static int check_path(const char *path, tg_error *err)
{
	const char *part = path;

	if (strlen(path) > TG_TUF_PATH_MAX)
		return tg_fail(err, TG_EINVAL, "a target path of %zu bytes, at most %d", strlen(path), TG_TUF_PATH_MAX);
	for (;;) {
		size_t len = strcspn(part, "/");

		if (len == 0 || (len <= 2 && strspn(part, ".") >= len))
			return tg_fail(err, TG_EINVAL, "%.64s: a target path with an empty, \".\" or \"..\" part", path);
		if (part[len] == '\0')
			return TG_OK;
		part += len + 1;
	}
}

/* RFC 3986, section 3.3: pchar, and '/' between the parts. */
static void append_path(tg_buf *out, const char *text, size_t len)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/";

	for (size_t i = 0; i < len; i++) {
		if (strchr(plain, text[i]) != NULL)
			tg_buf_putc(out, text[i]);
		else
			tg_buf_printf(out, "%%%02X", (unsigned char)text[i]);
	}
}

int tg_find_url(char out[TG_FETCH_URL_MAX + 1], const tg_trusted *set, const char *targets_url, const char *path,
	const tg_tuf_file *file, tg_error *err)
{
	const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
	char hex[2 * TG_SHA512_SIZE + 1];
	tg_buf published;
	int rc = check_path(path, err);

	if (rc == TG_OK && !file->has_sha256 && !file->has_sha512)
		rc = tg_fail(err, TG_EINVAL, "%.64s: no hash to name it by", path);
	if (rc != TG_OK)
		return rc;
	if (file->has_sha512 && (file->sha512_first || !file->has_sha256))
		tg_hex_encode(hex, file->sha512, TG_SHA512_SIZE);
	else
		tg_hex_encode(hex, file->sha256, TG_SHA256_SIZE);
	tg_buf_init(&published, TG_FETCH_URL_MAX);
	append_path(&published, path, (size_t)(name - path));
	if (tg_tuf_root_consistent(tg_trusted_get(set, TG_TUF_ROOT)))
		tg_buf_printf(&published, "%s.", hex);
	append_path(&published, name, strlen(name));
	if (tg_buf_check(&published, "", NULL) != TG_OK)
		rc = tg_fail(err, TG_EINVAL, "%.64s…: its URL is over %d bytes", path, TG_FETCH_URL_MAX);
	if (rc == TG_OK)
		rc = tg_refresh_url(out, targets_url, tg_buf_text(&published), err);
	tg_buf_fini(&published);
	return rc;
}

/* ---- fetching it ---- */

/* One transfer: the bytes go to a file or into memory, and past the hashes. */
typedef struct transfer {
	const char *path;
	const tg_tuf_file *file;
	int fd;      /* -1: into `memory` */
	tg_buf *memory;
	int64_t done;
	tg_sha256_state sha256;
	tg_sha512_state sha512;
} transfer;

static int take_bytes(void *ctx, const uint8_t *data, size_t len, tg_error *err)
{
	transfer *t = ctx;
	int rc;

	if (t->fd >= 0) {
		rc = tg_write_all(t->fd, data, len, t->path, err);
	} else {
		tg_buf_append(t->memory, data, len);
		rc = tg_buf_check(t->memory, t->path, err);
	}
	tg_sha256_update(&t->sha256, data, len);
	tg_sha512_update(&t->sha512, data, len);
	t->done += (int64_t)len;
	return rc;
}

static int fail_hash(const transfer *t, const char *kind, tg_error *err)
{
	return tg_fail(err, TG_EHASH, "%.64s: not the bytes that were signed (%s differs)", t->path, kind);
}

static int run(transfer *t, const tg_trusted *set, const char *targets_url, tg_fetch *fetch, tg_error *err)
{
	char url[TG_FETCH_URL_MAX + 1];
	uint8_t found[TG_SHA512_SIZE];
	int rc = tg_find_url(url, set, targets_url, t->path, t->file, err);

	if (rc != TG_OK)
		return rc;
	tg_sha256_init(&t->sha256);
	tg_sha512_init(&t->sha512);
	rc = tg_fetch_get(fetch, url, t->file->length, take_bytes, t, NULL, err);
	if (rc != TG_OK)
		return rc;
	if (t->done != t->file->length)
		return tg_fail(err, TG_ELENGTH, "%.64s: wanted %lld bytes, found %lld", t->path,
			(long long)t->file->length, (long long)t->done);
	tg_sha256_final(&t->sha256, found);
	if (t->file->has_sha256 && memcmp(found, t->file->sha256, TG_SHA256_SIZE) != 0)
		return fail_hash(t, "SHA-256", err);
	tg_sha512_final(&t->sha512, found);
	if (t->file->has_sha512 && memcmp(found, t->file->sha512, TG_SHA512_SIZE) != 0)
		return fail_hash(t, "SHA-512", err);
	return TG_OK;
}

int tg_find_fetch(const char *to, const tg_trusted *set, const char *targets_url, const char *path,
	const tg_tuf_file *file, tg_fetch *fetch, tg_error *err)
{
	transfer t = { .path = path, .file = file };
	tg_file_stage stage;
	int rc = tg_file_stage_open(&stage, to, 0644, err);

	if (rc != TG_OK)
		return rc == TG_ENOTFOUND ? tg_fail(err, TG_EIO, "%s: its folder does not exist", to) : rc;
	t.fd = stage.fd;
	rc = run(&t, set, targets_url, fetch, err);
	if (rc != TG_OK) {
		tg_file_stage_abandon(&stage);
		return rc;
	}
	return tg_file_stage_commit(&stage, err);
}

int tg_find_fetch_buf(tg_buf *out, const tg_trusted *set, const char *targets_url, const char *path,
	const tg_tuf_file *file, tg_fetch *fetch, tg_error *err)
{
	transfer t = { .path = path, .file = file, .fd = -1 };
	tg_buf body;
	int rc;

	if (file->length < 0 || (uint64_t)file->length > out->max - out->len)
		return tg_fail(err, TG_ELIMIT, "%.64s: %lld bytes, room for %zu", path, (long long)file->length,
			out->max - out->len);
	tg_buf_init(&body, (size_t)file->length);
	t.memory = &body;
	rc = run(&t, set, targets_url, fetch, err);
	if (rc == TG_OK) {
		tg_buf_append(out, body.data, body.len);
		rc = tg_buf_check(out, path, err);
	}
	tg_buf_fini(&body);
	return rc;
}

/* ---- finding it ---- */

/* The published name: "N.ROLE.json", or without N; and that in the cache. */
typedef struct names {
	char published[TG_TUF_ROLE_NAME_MAX + 32];
	char cached[TG_TUF_ROLE_NAME_MAX + 32];
} names;

/*
 * In the cache a leading digit is encoded as well: a role called "2.root" must not take the place of the root's second version.
 */
static int name_files(names *out, const tg_trusted *set, const char *role, int64_t version, tg_error *err)
{
	char encoded[TG_TUF_ROLE_NAME_MAX + 1];
	int rc = tg_tuf_role_encode(encoded, role, err);

	if (rc != TG_OK)
		return rc;
	if (tg_tuf_root_consistent(tg_trusted_get(set, TG_TUF_ROOT)))
		(void)snprintf(out->published, sizeof(out->published), "%lld.%s.json", (long long)version, encoded);
	else
		(void)snprintf(out->published, sizeof(out->published), "%s.json", encoded);
	if (encoded[0] >= '0' && encoded[0] <= '9')
		(void)snprintf(out->cached, sizeof(out->cached), "%%%02X%s.json", (unsigned)encoded[0], encoded + 1);
	else
		(void)snprintf(out->cached, sizeof(out->cached), "%s.json", encoded);
	return TG_OK;
}

static int fetch_role(const tg_tuf_metadata **out, tg_tuf_signers *signers, tg_trusted *set,
	const tg_refresh_config *config, const tg_tuf_edge *edge, const tg_tuf_file *want, const names *name,
	tg_error *err)
{
	tg_buf bytes;
	int rc;

	tg_buf_init(&bytes, TG_TUF_TARGETS_MAX);
	if (want->length >= 0 && want->length < TG_TUF_TARGETS_MAX)
		bytes.max = (size_t)want->length;
	rc = tg_refresh__get(&bytes, config, name->published, err);
	if (rc == TG_ENOTFOUND) { /* must not look like a target that no role lists */
		rc = TG_ENETWORK;
		if (err != NULL)
			err->code = rc;
	}
	if (rc == TG_OK)
		rc = tg_trusted_delegated(out, signers, set, edge, tg_buf_view(&bytes), err);
	if (rc == TG_OK)
		rc = tg_refresh__keep(config, name->cached, tg_buf_view(&bytes), err);
	tg_buf_fini(&bytes);
	return rc;
}

static bool cached_role(const tg_tuf_metadata **out, tg_tuf_signers *signers, tg_trusted *set,
	const tg_refresh_config *config, const tg_tuf_edge *edge, const names *name)
{
	tg_buf bytes;
	int rc;

	tg_buf_init(&bytes, TG_TUF_TARGETS_MAX);
	rc = tg_refresh__read(&bytes, config, name->cached, NULL);
	if (rc == TG_OK)
		rc = tg_trusted_delegated(out, signers, set, edge, tg_buf_view(&bytes), NULL);
	tg_buf_fini(&bytes);
	return rc == TG_OK;
}

/* The file at the end of an edge: held already, in the cache, or over the network. Each way it is this edge's keys that count. */
static int ask_role(const tg_tuf_metadata **out, tg_tuf_signers *signers, tg_trusted *set,
	const tg_refresh_config *config, const tg_tuf_edge *edge, tg_error *err)
{
	tg_tuf_file want;
	names name;
	int rc = tg_trusted_delegated_again(out, signers, set, edge, err);

	if (rc != TG_ENOTFOUND)
		return rc;
	rc = tg_trusted_expect_delegated(&want, set, edge->role, err);
	if (rc == TG_OK)
		rc = name_files(&name, set, edge->role, want.version, err);
	if (rc != TG_OK || cached_role(out, signers, set, config, edge, &name))
		return rc;
	return fetch_role(out, signers, set, config, edge, &want, &name, err);
}

static void tell(tg_found *out, const char *role, const tg_tuf_signers *signers)
{
	(void)snprintf(out->role, sizeof(out->role), "%s", role);
	out->signer_count = signers->count;
	memcpy(out->signers, signers->keyid, sizeof(out->signers));
}

static int walk_on(tg_found *out, tg_trusted *set, const tg_refresh_config *config, tg_tuf_walk *walk,
	const char *path, tg_error *err)
{
	for (;;) {
		const tg_tuf_metadata *meta;
		tg_tuf_signers signers;
		tg_tuf_edge edge;
		int rc = tg_tuf_walk_next(&edge, walk, err);

		if (rc == TG_OK)
			rc = ask_role(&meta, &signers, set, config, &edge, err);
		if (rc != TG_OK)
			return rc;
		rc = tg_tuf_target_find(&out->file, meta, path, err);
		if (rc == TG_OK)
			tell(out, edge.role, &signers);
		if (rc != TG_ENOTFOUND)
			return rc;
		rc = tg_tuf_walk_enter(walk, meta, err);
		if (rc != TG_OK)
			return rc;
	}
}

int tg_find_target(tg_found *out, tg_trusted *set, const tg_refresh_config *config, const char *path, tg_error *err)
{
	const tg_tuf_metadata *targets = tg_trusted_get(set, TG_TUF_TARGETS);
	tg_tuf_signers signers;
	tg_tuf_walk *walk;
	int rc;

	*out = (tg_found){ .file = { .length = -1 } };
	rc = tg_trusted_target(&out->file, set, path, err);
	if (rc == TG_OK) {
		rc = tg_tuf_metadata_signers(&signers, targets, tg_trusted_get(set, TG_TUF_ROOT), err);
		if (rc == TG_OK)
			tell(out, "targets", &signers);
	}
	if (rc != TG_ENOTFOUND)
		return rc;
	rc = tg_tuf_walk_open(&walk, targets, path, err);
	if (rc == TG_OK)
		rc = walk_on(out, set, config, walk, path, err);
	tg_tuf_walk_close(walk);
	return rc;
}

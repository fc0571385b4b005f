/* SPDX-License-Identifier: Apache-2.0
 *
 * refresh.c - the workflow of a TUF client, with its files and requests.
 *
 * Each file is on the disk before the next one is asked for, in the order root, timestamp, snapshot, targets, and only after it
 * was verified.
 */
#include "sync/refresh.h"

#include "store/base/file.h"
#include "store/base/utc.h"
#include "sync/etag.h"

#include <stdio.h>

#define HTTP_FORBIDDEN 403
#define NAME_SIZE 64 /* "9007199254740991.timestamp.json" and room */

int tg_refresh_url(char out[TG_FETCH_URL_MAX + 1], const char *base, const char *name, tg_error *err)
{
	size_t len = strlen(base);
	const char *slash = len > 0 && base[len - 1] == '/' ? "" : "/";
	int total = snprintf(out, TG_FETCH_URL_MAX + 1, "%s%s%s", base, slash, name);

	if (total < 0 || total > TG_FETCH_URL_MAX)
		return tg_fail(
			err, TG_EINVAL, "%s: a URL of %d bytes, at most %d", name, total, TG_FETCH_URL_MAX);
	return TG_OK;
}

static int into_buf(void *ctx, int64_t at, const uint8_t *data, size_t len, tg_error *err)
{
	(void)at; /* all of it is asked for: from 0, without gaps */
	tg_buf_append(ctx, data, len);
	return tg_buf_check(ctx, "download", err);
}

static int ask(tg_buf *out, const tg_refresh_config *config, const char *name, tg_fetch_request *request,
	tg_fetch_result *result, tg_error *err)
{
	char url[TG_FETCH_URL_MAX + 1];
	int rc = tg_refresh_url(url, config->metadata_url, name, err);

	if (rc != TG_OK)
		return rc;
	if (config->step != NULL)
		config->step(config->step_ctx, name);
	request->url = url;
	request->max_bytes = (int64_t)out->max;
	rc = tg_fetch_run(config->fetch, request, into_buf, out, result, err);
	request->url = NULL;
	return rc;
}

/* A name without a version is used again for other bytes: a cache on the way must ask before it answers. */
static bool may_change(const char *name)
{
	size_t digits = strspn(name, "0123456789");

	return digits == 0 || name[digits] != '.';
}

static int get(tg_buf *out, const tg_refresh_config *config, const char *name, tg_error *err)
{
	tg_fetch_request request = { .revalidate = may_change(name) };

	return ask(out, config, name, &request, NULL, err);
}

static int read_local(tg_buf *out, const char *dir, const char *name, tg_error *err)
{
	char path[4096];
	int rc = tg_path(path, err, "%s/%s", dir, name);

	return rc == TG_OK ? tg_file_read(out, path, out->max, err) : rc;
}

static int keep(const tg_refresh_config *config, const char *name, tg_view bytes, tg_error *err)
{
	char path[4096];
	int rc = tg_path(path, err, "%s/%s", config->cache_dir, name);

	if (rc == TG_OK)
		rc = tg_file_write(path, bytes, 0644, err);
	/* A cache folder that went away must not look like a server that has no such file. */
	return rc == TG_ENOTFOUND ? tg_fail(err, TG_EIO, "%s: the folder is gone", path) : rc;
}

int tg_refresh__get(tg_buf *out, const tg_refresh_config *config, const char *name, tg_error *err)
{
	return get(out, config, name, err);
}

int tg_refresh__read(tg_buf *out, const tg_refresh_config *config, const char *name, tg_error *err)
{
	return read_local(out, config->cache_dir, name, err);
}

int tg_refresh__keep(const tg_refresh_config *config, const char *name, tg_view bytes, tg_error *err)
{
	return keep(config, name, bytes, err);
}

static int64_t version_of(const tg_trusted *set, tg_tuf_role role)
{
	return tg_tuf_metadata_version(tg_trusted_get(set, role));
}

/* ---- root ---- */

static void name_root(char out[NAME_SIZE], int64_t version)
{
	(void)snprintf(out, NAME_SIZE, "%lld.root.json", (long long)version);
}

/* One step along the roots that lie in `dir`. TG_ENOTFOUND where they end or no longer hold. */
static int known_root(tg_trusted *set, const tg_refresh_config *config, const char *dir, tg_error *err)
{
	char name[NAME_SIZE];
	tg_buf bytes;
	int rc;

	name_root(name, version_of(set, TG_TUF_ROOT) + 1);
	tg_buf_init(&bytes, TG_TUF_ROOT_MAX);
	rc = read_local(&bytes, dir, name, NULL);
	if (rc == TG_OK)
		rc = tg_trusted_root(set, tg_buf_view(&bytes), NULL);
	if (rc != TG_OK)
		rc = TG_ENOTFOUND;
	else if (dir != config->cache_dir)
		rc = keep(config, name, tg_buf_view(&bytes), err);
	tg_buf_fini(&bytes);
	return rc;
}

/* One step along the roots that an earlier refresh kept, or that are in force: nobody can withhold those. */
static int local_root(tg_trusted *set, const tg_refresh_config *config, tg_error *err)
{
	int rc = known_root(set, config, config->cache_dir, err);

	if (rc == TG_ENOTFOUND && config->witness_dir != NULL)
		rc = known_root(set, config, config->witness_dir, err);
	return rc;
}

/* One step along the repository's roots. TG_ENOTFOUND where they end. */
static int fetched_root(tg_trusted *set, const tg_refresh_config *config, tg_error *err)
{
	/* It never changes, but "there is none" does: a cache must not keep that answer. */
	tg_fetch_request request = { .revalidate = true };
	char name[NAME_SIZE];
	tg_buf bytes;
	int rc;

	name_root(name, version_of(set, TG_TUF_ROOT) + 1);
	tg_buf_init(&bytes, TG_TUF_ROOT_MAX);
	rc = ask(&bytes, config, name, &request, NULL, err);
	if (rc == TG_OK)
		rc = tg_trusted_root(set, tg_buf_view(&bytes), err);
	/* Every root of the chain stays: whoever verifies from the first root walks them all again. */
	if (rc == TG_OK)
		rc = keep(config, config->root_alone ? "root.json" : name, tg_buf_view(&bytes), err);
	tg_buf_fini(&bytes);
	return rc;
}

static int update_root(tg_trusted *set, const tg_refresh_config *config, tg_error *err)
{
	int steps = 0, rc = TG_OK;

	for (; steps < TG_TUF_ROOTS_MAX && !config->root_alone && rc == TG_OK; steps += rc == TG_OK)
		rc = local_root(set, config, err);
	if (rc != TG_OK && rc != TG_ENOTFOUND)
		return rc;
	for (rc = TG_OK; steps < TG_TUF_ROOTS_MAX && rc == TG_OK; steps++)
		rc = fetched_root(set, config, err);
	if (rc != TG_OK && rc != TG_ENOTFOUND)
		return rc;
	return TG_OK;
}

/* root.json, the newest by its plain name, for other tools. Written only when it differs. */
static int keep_newest_root(const tg_trusted *set, const tg_refresh_config *config, tg_error *err)
{
	tg_view newest = tg_tuf_metadata_bytes(tg_trusted_get(set, TG_TUF_ROOT));
	tg_buf have;
	int rc = TG_OK;

	tg_buf_init(&have, TG_TUF_ROOT_MAX);
	if (read_local(&have, config->cache_dir, "root.json", NULL) != TG_OK ||
		!tg_view_equal(tg_buf_view(&have), newest))
		rc = keep(config, "root.json", newest, err);
	tg_buf_fini(&have);
	return rc;
}

/* ---- timestamp, snapshot, targets ---- */

static int apply(tg_trusted *set, tg_tuf_role role, tg_view bytes, tg_tuf_origin origin, tg_error *err)
{
	if (role == TG_TUF_TIMESTAMP)
		return tg_trusted_timestamp(set, bytes, NULL, err);
	if (role == TG_TUF_SNAPSHOT)
		return tg_trusted_snapshot(set, bytes, origin, err);
	return tg_trusted_targets(set, bytes, err);
}

/* Show the set what we have of a role. True if that is the one to use; a refused one may still have become a witness. */
static bool try_local(tg_trusted *set, tg_tuf_role role, const char *dir, const char *name)
{
	tg_buf bytes;
	int rc;

	if (dir == NULL)
		return false;
	tg_buf_init(&bytes, tg_tuf_role_max(role));
	rc = read_local(&bytes, dir, name, NULL);
	if (rc == TG_OK)
		rc = apply(set, role, tg_buf_view(&bytes), TG_TUF_FROM_CACHE, NULL);
	tg_buf_fini(&bytes);
	return rc == TG_OK;
}

/* Whose clock is wrong cannot be told from here; so both times are said, and what to do for either. */
static int check_issued(const tg_trusted *set, const tg_refresh_config *config, tg_error *err)
{
	char issued[TG_UTC_TEXT_SIZE], now[TG_UTC_TEXT_SIZE];
	int64_t issued_us;

	if (tg_tuf_issued_us(&issued_us, tg_trusted_get(set, TG_TUF_TIMESTAMP), NULL) != TG_OK)
		return TG_OK;
	if (issued_us - config->now_us <= TG_REFRESH_AHEAD_MAX_S * TG_US_PER_SECOND)
		return TG_OK;
	return tg_fail(err, TG_ECLOCK,
		"timestamp.json: issued %s, but here it is %s; set this station's clock, or, if that is right, head office's and "
		"have it sign again",
		tg_utc_format(issued, issued_us), tg_utc_format(now, config->now_us));
}

/* Where object stores say 403 for what is not there: this file is always there. */
static int ask_timestamp(
	tg_buf *out, const tg_refresh_config *config, const char *etag, tg_fetch_result *result, tg_error *err)
{
	tg_fetch_request request = { .revalidate = true, .etag = etag[0] != '\0' ? etag : NULL };
	tg_error why = { 0 };
	int rc = ask(out, config, "timestamp.json", &request, result, &why);

	if (rc == TG_OK)
		return TG_OK;
	if (result->http_status == HTTP_FORBIDDEN)
		why.code = TG_EDENIED;
	if (err != NULL)
		*err = why;
	return why.code;
}

/*
 * The newest timestamp's bytes, judged by all the rules. "Not modified" only says which bytes: those of the cache are then judged as
 * if they had just arrived. If they do not hold (expired, damaged, a cache on the way that is wrong), they are asked for without
 * condition.
 */
static int newest_timestamp(
	tg_trusted *set, tg_buf *out, const tg_buf *have, const tg_refresh_config *config, tg_error *err)
{
	char etag[TG_HEADER_ETAG_MAX + 1];
	tg_fetch_result result = { 0 };
	bool trusted;
	int rc;

	tg_etag_find(etag, config->cache_dir, "timestamp.json", tg_buf_view(have));
	rc = ask_timestamp(out, config, etag, &result, err);
	if (rc == TG_OK && result.not_modified) {
		if (tg_trusted_timestamp(set, tg_buf_view(have), NULL, NULL) == TG_OK)
			return check_issued(set, config, err);
		tg_buf_clear(out);
		rc = ask_timestamp(out, config, "", &result, err);
	}
	if (rc == TG_OK)
		rc = tg_trusted_timestamp(set, tg_buf_view(out), NULL, err);
	if (rc == TG_OK)
		rc = check_issued(set, config, err);
	if (rc != TG_OK)
		return rc;
	/* The same version again in other bytes is fine, but not what is trusted. */
	trusted = tg_view_equal(tg_buf_view(out), tg_tuf_metadata_bytes(tg_trusted_get(set, TG_TUF_TIMESTAMP)));
	if (trusted && !tg_view_equal(tg_buf_view(out), tg_buf_view(have)))
		rc = keep(config, "timestamp.json", tg_buf_view(out), err);
	/* A hint: without it the next refresh fetches some hundred bytes more. */
	if (rc == TG_OK && trusted && strcmp(etag, result.etag) != 0)
		(void)!tg_etag_keep(config->cache_dir, "timestamp.json", tg_buf_view(out), result.etag, NULL);
	return rc;
}

static int update_timestamp(tg_trusted *set, const tg_refresh_config *config, tg_error *err)
{
	tg_buf have, bytes;
	int rc;

	tg_buf_init(&have, TG_TUF_TIMESTAMP_MAX);
	tg_buf_init(&bytes, TG_TUF_TIMESTAMP_MAX);
	if (read_local(&have, config->cache_dir, "timestamp.json", NULL) != TG_OK)
		tg_buf_clear(&have);
	if (have.len > 0)
		(void)apply(set, TG_TUF_TIMESTAMP, tg_buf_view(&have), TG_TUF_FROM_CACHE, NULL);
	/* The cache may be the older one: that of documents is, mostly. Where both are the same this costs one look. */
	(void)try_local(set, TG_TUF_TIMESTAMP, config->witness_dir, "timestamp.json");
	rc = newest_timestamp(set, &bytes, &have, config, err);
	tg_buf_fini(&bytes);
	tg_buf_fini(&have);
	return rc;
}

/* Snapshot or targets: the local one if it is the signed one, else over the network, within the signed length. */
static int update_listed(tg_trusted *set, tg_tuf_role role, const tg_refresh_config *config, tg_error *err)
{
	bool consistent = tg_tuf_root_consistent(tg_trusted_get(set, TG_TUF_ROOT));
	char plain[NAME_SIZE], published[NAME_SIZE];
	tg_tuf_file want;
	tg_buf bytes;
	int rc = tg_trusted_expect(&want, set, role, err);

	if (rc != TG_OK)
		return rc;
	(void)snprintf(plain, sizeof(plain), "%s.json", tg_tuf_role_name(role));
	(void)snprintf(published, sizeof(published), "%lld.%s.json", (long long)want.version,
		tg_tuf_role_name(role));
	if (try_local(set, role, config->cache_dir, plain) ||
		try_local(set, role, config->witness_dir, plain))
		return TG_OK;
	tg_buf_init(&bytes, tg_tuf_role_max(role));
	if (want.length >= 0 && (uint64_t)want.length < bytes.max)
		bytes.max = (size_t)want.length;
	rc = get(&bytes, config, consistent ? published : plain, err);
	if (rc == TG_OK)
		rc = apply(set, role, tg_buf_view(&bytes), TG_TUF_FROM_NETWORK, err);
	if (rc == TG_OK)
		rc = keep(config, plain, tg_buf_view(&bytes), err);
	tg_buf_fini(&bytes);
	return rc;
}

int tg_refresh_run(tg_trusted **out, const tg_refresh_config *config, tg_error *err)
{
	tg_trusted *set;
	int rc = tg_trusted_open(&set, config->first_root, config->now_us, err);

	*out = NULL;
	if (rc != TG_OK)
		return rc;
	rc = update_root(set, config, err);
	if (rc == TG_OK)
		rc = keep_newest_root(set, config, err);
	if (rc == TG_OK)
		rc = update_timestamp(set, config, err);
	if (rc == TG_OK)
		rc = update_listed(set, TG_TUF_SNAPSHOT, config, err);
	if (rc == TG_OK)
		rc = update_listed(set, TG_TUF_TARGETS, config, err);
	if (rc != TG_OK) {
		tg_trusted_close(set);
		return rc;
	}
	*out = set;
	return TG_OK;
}

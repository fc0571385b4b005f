/* SPDX-License-Identifier: Apache-2.0
 *
 * guard.c - ask the published repository and the high-water mark how far publication has come.
 */
#include "sync/hq/guard.h"

#include "store/base/file.h"
#include "store/catalogue/policy.h"
#include "sync/find.h"
#include "sync/hq/access_files.h"
#include "sync/hq/place.h"
#include "sync/tuf/chain.h"
#include "sync/tuf/trusted.h"

#include <libgen.h>
#include <stdio.h>

/* ---- the repository at its URL ---- */

/* Where newer roots go while they are fetched; NULL only looks. */
typedef int take_root_fn(void *ctx, int64_t version, tg_view bytes, tg_error *err);

struct remote {
	tg_fetch *fetch;
	char base[TG_FETCH_URL_MAX + 1]; /* ends in '/' */
	tg_trusted *set;
	tg_buf timestamp;
};

static int get(tg_buf *out, struct remote *r, const char *name, tg_error *err)
{
	char url[TG_FETCH_URL_MAX + 1], path[TG_TUF_ROLE_NAME_MAX + 64];
	int rc;

	(void)snprintf(path, sizeof(path), "metadata/%s", name);
	rc = tg_refresh_url(url, r->base, path, err);
	tg_buf_clear(out);
	return rc == TG_OK ? tg_fetch_buf(out, r->fetch, url, NULL, err) : rc;
}

/* `url` may be another place of the same repository; our own secrets go to where hq.json says and nowhere else. */
static int remote_open(
	struct remote *r, const tg_site *site, const char *url, const tg_published *own, tg_error *err)
{
	tg_access_files files;
	tg_fetch_options options;
	char folder[4096];
	int rc = tg_path(folder, err, "%s/access", site->dir);

	tg_buf_init(&r->timestamp, TG_TUF_TIMESTAMP_MAX);
	(void)snprintf(r->base, sizeof(r->base), "%s", url);
	if (rc != TG_OK)
		return rc;
	options = tg_access_files_options(&files, folder, site->url);
	options.connect_timeout_ms = TG_GUARD_CONNECT_MS;
	options.total_timeout_s = TG_GUARD_TOTAL_S;
	rc = tg_fetch_open(&r->fetch, &options, err);
	return rc == TG_OK ? tg_trusted_open(&r->set, tg_buf_view(&own->root), TG_TUF_NO_EXPIRY, err) : rc;
}

static void remote_close(struct remote *r)
{
	tg_trusted_close(r->set);
	tg_fetch_close(r->fetch);
	tg_buf_fini(&r->timestamp);
}

static int remote_roots(struct remote *r, take_root_fn *take, void *ctx, tg_error *err)
{
	char name[64];
	tg_buf next;
	int rc = TG_OK;

	tg_buf_init(&next, TG_TUF_ROOT_MAX);
	for (int i = 0; i < TG_TUF_ROOTS_MAX && rc == TG_OK; i++) {
		int64_t version = tg_tuf_metadata_version(tg_trusted_get(r->set, TG_TUF_ROOT)) + 1;

		(void)snprintf(name, sizeof(name), "%lld.root.json", (long long)version);
		rc = get(&next, r, name, err);
		if (rc == TG_OK)
			rc = tg_trusted_root(r->set, tg_buf_view(&next), err);
		if (rc == TG_OK && take != NULL)
			rc = take(ctx, version, tg_buf_view(&next), err);
	}
	tg_buf_fini(&next);
	return rc == TG_ENOTFOUND ? TG_OK : rc;
}

static int remote_timestamp(struct remote *r, tg_error *err)
{
	int rc = get(&r->timestamp, r, "timestamp.json", err);

	return rc == TG_OK ? tg_trusted_timestamp(r->set, tg_buf_view(&r->timestamp), NULL, err) : rc;
}

static int remote_listed(struct remote *r, tg_tuf_role role, tg_error *err)
{
	tg_tuf_file expected;
	char name[64];
	tg_buf bytes;
	int rc = tg_trusted_expect(&expected, r->set, role, err);

	tg_buf_init(&bytes, tg_tuf_role_max(role));
	(void)snprintf(
		name, sizeof(name), "%lld.%s.json", (long long)expected.version, tg_tuf_role_name(role));
	if (rc == TG_OK)
		rc = get(&bytes, r, name, err);
	if (rc == TG_OK)
		rc = role == TG_TUF_SNAPSHOT
			     ? tg_trusted_snapshot(r->set, tg_buf_view(&bytes), TG_TUF_FROM_NETWORK, err)
			     : tg_trusted_targets(r->set, tg_buf_view(&bytes), err);
	tg_buf_fini(&bytes);
	return rc;
}

static int remote_policy(tg_numbers *out, struct remote *r, tg_error *err)
{
	char url[TG_FETCH_URL_MAX + 1];
	tg_tuf_file file;
	tg_policy policy;
	tg_buf text;
	int rc = tg_trusted_target(&file, r->set, TG_CHAIN_POLICY, err);

	tg_buf_init(&text, TG_POLICY_MAX_BYTES);
	if (rc == TG_OK)
		rc = tg_refresh_url(url, r->base, "targets/", err);
	if (rc == TG_OK)
		rc = tg_find_fetch_buf(&text, r->set, url, TG_CHAIN_POLICY, &file, r->fetch, err);
	if (rc == TG_OK)
		rc = tg_policy_parse(&policy, tg_buf_view(&text), err);
	if (rc == TG_OK) {
		out->policy_version = (int64_t)policy.version;
		tg_sha256(out->policy_sha256, text.data, text.len);
	}
	tg_buf_fini(&text);
	return rc;
}

/* Everything that is signed there, as numbers. */
static int remote_numbers(tg_numbers *out, struct remote *r, tg_error *err)
{
	tg_tuf_file image;
	int rc = remote_timestamp(r, err);

	*out = (tg_numbers){ 0 };
	if (rc == TG_OK)
		rc = tg_tuf_issued_us(&out->issued_us, tg_trusted_get(r->set, TG_TUF_TIMESTAMP), err);
	if (rc == TG_OK)
		rc = remote_listed(r, TG_TUF_SNAPSHOT, err);
	if (rc == TG_OK)
		rc = remote_listed(r, TG_TUF_TARGETS, err);
	if (rc == TG_OK)
		rc = tg_trusted_target(&image, r->set, TG_CHAIN_IMAGE, err);
	if (rc == TG_OK)
		rc = tg_json_need_int(
			&out->catalogue_version, image.custom, "version", 1, TG_JSON_MAX_INT, err);
	if (rc == TG_OK)
		rc = remote_policy(out, r, err);
	if (rc != TG_OK)
		return rc;
	for (int role = 0; role < TG_TUF_ROLES; role++)
		out->version[role] = tg_tuf_metadata_version(tg_trusted_get(r->set, (tg_tuf_role)role));
	tg_sha256(out->timestamp_sha256, r->timestamp.data, r->timestamp.len);
	return tg_numbers_of_snapshot(out, tg_tuf_metadata_bytes(tg_trusted_get(r->set, TG_TUF_SNAPSHOT)), err);
}

/* ---- judging ---- */

/* One witness: is the folder, with its floor, at least as new? `where` names the witness. */
static int judge(const tg_published *own, const tg_numbers *seen, const char *where, tg_error *err)
{
	for (int role = 0; role < TG_TUF_ROLES; role++) {
		int64_t have = own->version[role];

		if (role != TG_TUF_ROOT && have < own->floor.version[role])
			have = own->floor.version[role];
		if (have < seen->version[role])
			return tg_fail(err, TG_EROLLBACK,
				"%.100s: %s.json %lld was published, this folder has %lld; is it a restored "
				"backup? "
				"tillgate-hq recover takes the higher numbers over",
				where, tg_tuf_role_name((tg_tuf_role)role), (long long)seen->version[role],
				(long long)have);
	}
	if (own->version[TG_TUF_TIMESTAMP] == seen->version[TG_TUF_TIMESTAMP] &&
		!tg_published_below_floor(own) &&
		memcmp(own->timestamp_sha256, seen->timestamp_sha256, TG_SHA256_SIZE) != 0)
		return tg_fail(err, TG_EROLLBACK,
			"%.100s: another timestamp.json %lld was published; does a second copy of this "
			"folder publish? "
			"tillgate-hq recover goes above it",
			where, (long long)seen->version[TG_TUF_TIMESTAMP]);
	return TG_OK;
}

static int read_mark(tg_numbers *out, bool *there, const tg_site *site, tg_error *err)
{
	int rc = site->high_water[0] == '\0' ? TG_ENOTFOUND : tg_numbers_read(out, site->high_water, err);

	*there = rc == TG_OK;
	if (rc == TG_ENOTFOUND) {
		*out = (tg_numbers){ 0 };
		return TG_OK;
	}
	if (rc != TG_OK)
		tg_error_prefix(err,
			"high-water mark (if it is damaged, see that what the URL offers is right, and remove it: it is made "
			"anew)");
	return rc;
}

static void ask(tg_guard_report *report, tg_numbers *seen, const tg_site *site, const tg_published *own)
{
	struct remote remote = { 0 };
	tg_error why = { 0 };
	int rc = remote_open(&remote, site, site->url, own, &why);

	report->asked = true;
	if (rc == TG_OK) {
		rc = remote_roots(&remote, NULL, NULL, &why);
		/* A newer root tells that this folder is old, whatever becomes of the rest. */
		seen->version[TG_TUF_ROOT] = tg_tuf_metadata_version(tg_trusted_get(remote.set, TG_TUF_ROOT));
	}
	if (rc == TG_OK)
		rc = remote_timestamp(&remote, &why);
	if (rc == TG_OK) {
		report->answered = true;
		seen->version[TG_TUF_TIMESTAMP] =
			tg_tuf_metadata_version(tg_trusted_get(remote.set, TG_TUF_TIMESTAMP));
		tg_sha256(seen->timestamp_sha256, remote.timestamp.data, remote.timestamp.len);
	} else {
		(void)snprintf(report->why_not, sizeof(report->why_not), "%s", why.msg);
	}
	remote_close(&remote);
}

static void see(tg_guard_report *report, const tg_numbers *seen)
{
	if (seen->version[TG_TUF_TIMESTAMP] > report->seen_timestamp)
		report->seen_timestamp = seen->version[TG_TUF_TIMESTAMP];
}

int tg_guard_check(
	tg_guard_report *report, const tg_site *site, const tg_published *own, bool offline, tg_error *err)
{
	tg_numbers mark, seen = { 0 };
	int rc;

	*report = (tg_guard_report){ 0 };
	rc = read_mark(&mark, &report->marked, site, err);
	if (rc != TG_OK)
		return rc;
	see(report, &mark);
	report->mark_lost = !report->marked && site->high_water[0] != '\0' && own->exists;
	if (report->marked)
		rc = judge(own, &mark, site->high_water, err);
	if (rc != TG_OK || offline || !own->exists)
		return rc;
	ask(report, &seen, site, own);
	see(report, &seen);
	rc = judge(own, &seen, site->url, err);
	if (rc == TG_OK && report->mark_lost && !report->answered)
		rc = tg_fail(err, TG_ESTATE,
			"nobody can say whether this folder is an old backup: the high-water mark %.160s is not there, and the "
			"repository does not answer (%.160s); if you are sure, --offline signs all the same",
			site->high_water, report->why_not);
	return rc;
}

int tg_guard_note(const tg_site *site, tg_error *err)
{
	tg_published published;
	tg_numbers numbers;
	char folder[4096];
	int rc;

	if (site->high_water[0] == '\0')
		return TG_OK;
	rc = tg_published_read(&published, site, err);
	if (rc == TG_OK)
		rc = tg_numbers_of(&numbers, site, &published, err);
	if (rc == TG_OK)
		rc = tg_path(folder, err, "%s", site->high_water);
	if (rc == TG_OK)
		rc = tg_dir_make(dirname(folder), 0755, err);
	if (rc == TG_OK)
		rc = tg_numbers_write(site->high_water, &numbers, err);
	tg_published_fini(&published);
	if (rc != TG_OK)
		tg_error_prefix(err, "what was signed is in place, but the high-water mark was not raised");
	return rc;
}

/* ---- recovering ---- */

struct recovering {
	const tg_site *site;
	tg_recovery *out;
	bool dry_run;
};

static int take_root(void *ctx, int64_t version, tg_view bytes, tg_error *err)
{
	struct recovering *recovering = ctx;

	recovering->out->new_roots++;
	return recovering->dry_run ? TG_OK
				   : tg_place_metadata(recovering->site, TG_TUF_ROOT, version, bytes, err);
}

/* The repository at `url`: its roots into the folder, its numbers into `seen`. */
static int recover_from(struct recovering *recovering, tg_numbers *seen, const tg_published *own,
	const char *url, tg_error *err)
{
	tg_guard_report *report = &recovering->out->report;
	struct remote remote = { 0 };
	int rc = remote_open(&remote, recovering->site, url, own, err);

	report->asked = true;
	if (rc == TG_OK)
		rc = remote_roots(&remote, take_root, recovering, err);
	if (rc == TG_OK)
		rc = remote_numbers(seen, &remote, err);
	report->answered = rc == TG_OK;
	remote_close(&remote);
	return rc;
}

static int finish_recovery(struct recovering *recovering, const tg_published *own, tg_error *err)
{
	tg_recovery *out = recovering->out;
	int64_t roots = own->version[TG_TUF_ROOT] + out->new_roots;

	if (out->floor.version[TG_TUF_ROOT] > roots)
		return tg_fail(err, TG_EROLLBACK,
			"root.json %lld was published and only %lld is here; bring the root.json files "
			"between into %.120s "
			"(recover --from URL fetches them)",
			(long long)out->floor.version[TG_TUF_ROOT], (long long)roots,
			recovering->site->metadata);
	for (int role = 0; role < TG_TUF_ROLES; role++)
		out->needed = out->needed || out->floor.version[role] > own->version[role];
	out->needed =
		out->needed || out->new_roots > 0 ||
		(out->floor.version[TG_TUF_TIMESTAMP] == own->version[TG_TUF_TIMESTAMP] &&
			memcmp(out->floor.timestamp_sha256, own->timestamp_sha256, TG_SHA256_SIZE) != 0);
	return out->needed && !recovering->dry_run
		       ? tg_numbers_write(recovering->site->floor, &out->floor, err)
		       : TG_OK;
}

int tg_guard_recover(tg_recovery *out, const tg_site *site, const char *url, bool dry_run, tg_error *err)
{
	struct recovering recovering = { site, out, dry_run };
	tg_published own;
	tg_numbers mark = { 0 }, seen = { 0 };
	tg_error why = { 0 };
	int rc;

	*out = (tg_recovery){ 0 };
	rc = tg_published_read(&own, site, err);
	if (rc == TG_OK)
		rc = tg_numbers_of(&out->own, site, &own, err);
	if (rc == TG_OK)
		rc = read_mark(&mark, &out->report.marked, site, err);
	if (rc == TG_OK &&
		recover_from(&recovering, &seen, &own, url != NULL ? url : site->url, &why) != TG_OK) {
		(void)snprintf(out->report.why_not, sizeof(out->report.why_not), "%s", why.msg);
		if (url != NULL || !out->report.marked)
			rc = tg_fail(err, why.code, "%s", why.msg);
	}
	if (rc == TG_OK) {
		out->floor = own.floor;
		if (mark.version[TG_TUF_TIMESTAMP] >= seen.version[TG_TUF_TIMESTAMP])
			memcpy(out->floor.timestamp_sha256, mark.timestamp_sha256, TG_SHA256_SIZE);
		else
			memcpy(out->floor.timestamp_sha256, seen.timestamp_sha256, TG_SHA256_SIZE);
		tg_numbers_raise(&out->floor, &mark);
		tg_numbers_raise(&out->floor, &seen);
		see(&out->report, &out->floor);
		rc = finish_recovery(&recovering, &own, err);
	}
	tg_published_fini(&own);
	return rc;
}

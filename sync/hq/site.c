/* SPDX-License-Identifier: Apache-2.0
 *
 * site.c - hq.json, and the folders round it.
 */
#include "sync/hq/site.h"

#include "store/base/file.h"

#include <stdio.h>

int tg_site_paths(tg_site *site, const char *dir, tg_error *err)
{
	int rc;

	*site = (tg_site){ .days = { [TG_TUF_ROOT] = TG_SITE_ROOT_DAYS,
				   [TG_TUF_TARGETS] = TG_SITE_TARGETS_DAYS,
				   [TG_TUF_SNAPSHOT] = TG_SITE_SNAPSHOT_DAYS,
				   [TG_TUF_TIMESTAMP] = TG_SITE_TIMESTAMP_DAYS } };
	rc = tg_path(site->dir, err, "%s", dir);
	if (rc == TG_OK)
		rc = tg_path(site->records, err, "%s/records", dir);
	if (rc == TG_OK)
		rc = tg_path(site->keys, err, "%s/keys", dir);
	if (rc == TG_OK)
		rc = tg_path(site->metadata, err, "%s/repository/metadata", dir);
	if (rc == TG_OK)
		rc = tg_path(site->targets, err, "%s/repository/targets", dir);
	if (rc == TG_OK)
		rc = tg_path(site->stations, err, "%s/stations", dir);
	if (rc == TG_OK)
		rc = tg_path(site->floor, err, "%s/floor.json", dir);
	if (rc == TG_OK)
		rc = tg_path(site->documents_seen, err, "%s/work/documents.seen", dir);
	return rc == TG_OK ? tg_path(site->work, err, "%s/work", dir) : rc;
}

static int read_days(tg_site *site, const tg_json *json, tg_error *err)
{
	static const char *const names[] = { "root", "targets", "snapshot", "timestamp", NULL };
	const tg_json *days = NULL;
	int rc = tg_json_need_object(&days, json, "expires_days", err);

	if (rc == TG_OK)
		rc = tg_json_only(days, names, err);
	for (int role = 0; role < TG_TUF_ROLES && rc == TG_OK; role++)
		rc = tg_json_need_int(&site->days[role], days, tg_tuf_role_name((tg_tuf_role)role), 1,
			TG_SITE_DAYS_MAX, err);
	return rc;
}

static int check(const tg_site *site, tg_error *err)
{
	if (!tg_enrol_owner_valid(site->owner))
		return tg_fail(err, TG_EINVAL,
			"owner \"%s\": wanted a domain name in lower case, such as shop.example",
			site->owner);
	if (!tg_enrol_url_valid(site->url))
		return tg_fail(err, TG_EINVAL, "url \"%s\": wanted a http or https URL", site->url);
	if (strlen(site->url) + strlen("metadata/") > TG_ENROL_URL_MAX)
		return tg_fail(err, TG_EINVAL, "url: too long");
	if (site->high_water[0] != '\0' && site->high_water[0] != '/')
		return tg_fail(err, TG_EINVAL, "high_water: wanted an absolute path, found \"%s\"",
			site->high_water);
	for (int role = 0; role < TG_TUF_ROLES; role++)
		if (site->days[role] < 1 || site->days[role] > TG_SITE_DAYS_MAX)
			return tg_fail(err, TG_EINVAL, "%s: a signature holds 1 to %d days",
				tg_tuf_role_name((tg_tuf_role)role), TG_SITE_DAYS_MAX);
	return TG_OK;
}

static int read_site(tg_site *site, const tg_json *json, tg_error *err)
{
	static const char *const names[] = { "v", "owner", "url", "expires_days", "high_water", NULL };
	const char *owner = "", *url = "", *high_water = "";
	int64_t v;
	int rc = tg_json_need_int(&v, json, "v", 1, 1, err);

	if (rc == TG_OK)
		rc = tg_json_only(json, names, err);
	if (rc == TG_OK)
		rc = tg_json_need_str(&owner, json, "owner", TG_ENROL_OWNER_MAX, err);
	if (rc == TG_OK)
		rc = tg_json_need_str(&url, json, "url", TG_ENROL_URL_MAX, err);
	if (rc == TG_OK)
		rc = tg_json_opt_str(&high_water, json, "high_water", sizeof(site->high_water) - 1, "", err);
	if (rc != TG_OK)
		return rc;
	(void)snprintf(site->owner, sizeof(site->owner), "%s", owner);
	(void)snprintf(site->url, sizeof(site->url), "%s", url);
	(void)snprintf(site->high_water, sizeof(site->high_water), "%s", high_water);
	rc = read_days(site, json, err);
	return rc == TG_OK ? check(site, err) : rc;
}

int tg_site_open(tg_site *site, const char *dir, tg_error *err)
{
	char path[4096];
	tg_json *json = NULL;
	tg_buf text;
	int rc = tg_site_paths(site, dir, err);

	tg_buf_init(&text, TG_SITE_FILE_MAX);
	if (rc == TG_OK)
		rc = tg_path(path, err, "%s/hq.json", dir);
	if (rc == TG_OK)
		rc = tg_file_read(&text, path, TG_SITE_FILE_MAX, err);
	if (rc == TG_ENOTFOUND)
		rc = tg_fail(err, TG_ENOTFOUND,
			"%s: no head office here (no hq.json); make one with init, or say --dir", dir);
	else if (rc == TG_OK && (rc = tg_json_parse(&json, tg_buf_view(&text), err)) == TG_OK)
		rc = read_site(site, json, err);
	if (rc != TG_OK && rc != TG_ENOTFOUND)
		tg_error_prefix(err, "hq.json");
	tg_json_free(json);
	tg_buf_fini(&text);
	return rc;
}

int tg_site_write(const tg_site *site, tg_error *err)
{
	tg_json *json = tg_json_new_object(), *days = tg_json_new_object();
	char path[4096];
	tg_buf text;
	int rc = check(site, err);

	tg_json_set_int(json, "v", 1);
	tg_json_set_str(json, "owner", site->owner);
	tg_json_set_str(json, "url", site->url);
	for (int role = 0; role < TG_TUF_ROLES; role++)
		tg_json_set_int(days, tg_tuf_role_name((tg_tuf_role)role), site->days[role]);
	tg_json_set(json, "expires_days", days);
	if (site->high_water[0] != '\0')
		tg_json_set_str(json, "high_water", site->high_water);
	tg_buf_init(&text, TG_SITE_FILE_MAX);
	if (rc == TG_OK)
		rc = tg_json_write_pretty(&text, json, err);
	if (rc == TG_OK)
		rc = tg_path(path, err, "%s/hq.json", site->dir);
	if (rc == TG_OK)
		rc = tg_file_write(path, tg_buf_view(&text), 0644, err);
	tg_buf_fini(&text);
	tg_json_free(json);
	return rc;
}

int tg_site_lock(int *fd, const tg_site *site, const char *who, tg_error *err)
{
	char path[4096];
	int rc = tg_path(path, err, "%s/lock", site->dir);

	return rc == TG_OK ? tg_lock_take(fd, path, who, err) : rc;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * register.c - enrol a station once.
 */
#include "sync/hq/register.h"

#include "store/base/file.h"
#include "sync/hq/keys.h"
#include "sync/hq/published.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define STATION_FILE_MAX 65536 /* bytes of one station's file; ours have under 1,000 */

static int station_path(char out[4096], const tg_site *site, const char *station, tg_error *err)
{
	return tg_path(out, err, "%s/%s.json", site->stations, station);
}

static int write_station(const char *path, const tg_enrol_request *request, int64_t now_us, tg_error *err)
{
	tg_json *json = tg_json_new_object();
	char at[TG_UTC_TEXT_SIZE];
	tg_buf text;
	int rc;

	tg_json_set_int(json, "v", 1);
	tg_json_set_str(json, "station", request->station);
	tg_json_set_str(json, "gln", request->gln);
	tg_json_set_str(json, "evidence_key", request->evidence_key);
	tg_json_set_str(json, "transport_key", request->transport_key);
	tg_json_set_str(json, "enrolled_at", tg_utc_format(at, now_us - now_us % TG_US_PER_SECOND));
	tg_buf_init(&text, STATION_FILE_MAX);
	rc = tg_json_write_pretty(&text, json, err);
	if (rc == TG_OK)
		rc = tg_file_write(path, tg_buf_view(&text), 0644, err);
	tg_buf_fini(&text);
	tg_json_free(json);
	return rc;
}

/* `*same`: the station is enrolled with these very keys at this very site. TG_ENOTFOUND: not enrolled. */
static int compare_station(bool *same, const char *path, const tg_enrol_request *request, tg_error *err)
{
	const char *gln = "", *evidence = "", *transport = "";
	tg_json *json = NULL;
	tg_buf text;
	int rc;

	tg_buf_init(&text, STATION_FILE_MAX);
	rc = tg_file_read(&text, path, STATION_FILE_MAX, err);
	if (rc == TG_OK)
		rc = tg_json_parse(&json, tg_buf_view(&text), err);
	if (rc == TG_OK)
		rc = tg_json_need_str(&gln, json, "gln", TG_ENROL_GLN_DIGITS, err);
	if (rc == TG_OK)
		rc = tg_json_need_str(&evidence, json, "evidence_key", TG_ENROL_PEM_MAX, err);
	if (rc == TG_OK)
		rc = tg_json_need_str(&transport, json, "transport_key", TG_ENROL_PEM_MAX, err);
	*same = rc == TG_OK && strcmp(gln, request->gln) == 0 &&
		strcmp(evidence, request->evidence_key) == 0 &&
		strcmp(transport, request->transport_key) == 0;
	if (rc != TG_OK && rc != TG_ENOTFOUND)
		tg_error_prefix(err, "%s", path);
	tg_json_free(json);
	tg_buf_fini(&text);
	return rc;
}

/* The old file moves aside under the moment of its replacement. */
static int set_aside(
	const tg_site *site, const char *path, const tg_enrol_request *request, int64_t now_us, tg_error *err)
{
	char dir[4096], aside[4096];
	int rc = tg_path(dir, err, "%s/replaced", site->stations);

	if (rc == TG_OK)
		rc = tg_dir_make(dir, 0755, err);
	if (rc == TG_OK)
		rc = tg_path(aside, err, "%s/%s.%lld.json", dir, request->station,
			(long long)(now_us / TG_US_PER_SECOND));
	if (rc == TG_OK && link(path, aside) != 0)
		rc = tg_fail_errno(err, TG_EIO, "%s", aside);
	return rc == TG_OK ? tg_dir_sync(dir, err) : rc;
}

static int note_station(tg_enrol_result *result, const tg_site *site, const tg_enrol_request *request,
	bool replace, int64_t now_us, tg_error *err)
{
	char path[4096];
	bool same = false;
	int rc = station_path(path, site, request->station, err);

	if (rc != TG_OK)
		return rc;
	rc = compare_station(&same, path, request, err);
	if (rc == TG_ENOTFOUND) {
		result->outcome = TG_ENROL_NEW;
		return write_station(path, request, now_us, err);
	}
	if (rc != TG_OK)
		return rc;
	if (same) {
		result->outcome = TG_ENROL_AGAIN;
		return TG_OK;
	}
	if (!replace)
		return tg_fail(err, TG_ESTATE,
			"station \"%s\" is enrolled already, with other keys or at another site; give "
			"--replace if it was set up anew",
			request->station);
	result->outcome = TG_ENROL_REPLACED;
	rc = set_aside(site, path, request, now_us, err);
	return rc == TG_OK ? write_station(path, request, now_us, err) : rc;
}

static int fill_bundle(tg_enrol_bundle *bundle, const tg_site *site, const tg_enrol_request *request,
	int64_t now_us, tg_error *err)
{
	tg_published published;
	tg_buf vkey;
	int rc = tg_published_read(&published, site, err);

	*bundle = (tg_enrol_bundle){ .issued_us = now_us - now_us % TG_US_PER_SECOND };
	tg_buf_init(&bundle->root, TG_TUF_ROOT_MAX);
	tg_buf_init(&vkey, TG_ENROL_VKEY_MAX);
	if (rc == TG_OK)
		rc = tg_keys_cosigner_vkey(&vkey, site->keys, err);
	if (rc == TG_OK) {
		(void)snprintf(bundle->station, sizeof(bundle->station), "%s", request->station);
		(void)snprintf(bundle->gln, sizeof(bundle->gln), "%s", request->gln);
		(void)snprintf(bundle->owner, sizeof(bundle->owner), "%s", site->owner);
		(void)snprintf(bundle->metadata_url, sizeof(bundle->metadata_url), "%.*smetadata/",
			TG_ENROL_URL_MAX - 16, site->url);
		(void)snprintf(bundle->targets_url, sizeof(bundle->targets_url), "%.*stargets/",
			TG_ENROL_URL_MAX - 16, site->url);
		(void)snprintf(bundle->cosigner, sizeof(bundle->cosigner), "%s", tg_buf_text(&vkey));
		tg_buf_append(&bundle->root, published.root.data, published.root.len);
		rc = tg_buf_check(&bundle->root, "root.json", err);
	}
	tg_buf_fini(&vkey);
	tg_published_fini(&published);
	return rc;
}

int tg_register_enrol(tg_enrol_result *result, tg_buf *bundle, tg_enrol_request *request, const tg_site *site,
	tg_view text, bool replace, int64_t now_us, tg_error *err)
{
	tg_enrol_bundle answer = { 0 };
	int rc = tg_enrol_request_read(request, text, err);

	*result = (tg_enrol_result){ 0 };
	if (rc == TG_OK)
		rc = tg_enrol_request_fingerprint(result->request_fingerprint, request, err);
	if (rc == TG_OK)
		rc = fill_bundle(&answer, site, request, now_us, err);
	if (rc == TG_OK)
		rc = tg_enrol_bundle_fingerprint(result->bundle_fingerprint, &answer, err);
	if (rc == TG_OK)
		rc = tg_enrol_bundle_write(bundle, &answer, err);
	if (rc == TG_OK)
		rc = note_station(result, site, request, replace, now_us, err);
	tg_enrol_bundle_fini(&answer);
	return rc;
}

int tg_register_count(size_t *count, const tg_site *site, tg_error *err)
{
	DIR *dir = opendir(site->stations);
	struct dirent *entry;

	*count = 0;
	if (dir == NULL)
		return errno == ENOENT ? TG_OK : tg_fail_errno(err, TG_EIO, "%s", site->stations);
	while ((entry = readdir(dir)) != NULL) {
		size_t len = strlen(entry->d_name);

		if (len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0)
			(*count)++;
	}
	(void)closedir(dir);
	return TG_OK;
}

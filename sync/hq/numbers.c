/* SPDX-License-Identifier: Apache-2.0
 *
 * numbers.c - read, write and compare how far a publication has come.
 */
#include "sync/hq/numbers.h"

#include "store/base/encoding.h"
#include "store/base/file.h"
#include "store/catalogue/policy.h"
#include "sync/hq/bins.h"
#include "sync/tuf/chain.h"

#include <stdio.h>

static int read_policy_version(
	int64_t *out, const tg_site *site, const uint8_t sha256[TG_SHA256_SIZE], tg_error *err)
{
	tg_policy policy;
	char path[4096];
	tg_buf text;
	int rc = tg_published_target_path(path, site, TG_CHAIN_POLICY, sha256, err);

	tg_buf_init(&text, TG_POLICY_MAX_BYTES);
	if (rc == TG_OK)
		rc = tg_file_read(&text, path, TG_POLICY_MAX_BYTES, err);
	if (rc == TG_OK)
		rc = tg_policy_parse(&policy, tg_buf_view(&text), err);
	if (rc == TG_OK)
		*out = (int64_t)policy.version;
	tg_buf_fini(&text);
	return rc;
}

int tg_numbers_of_snapshot(tg_numbers *out, tg_view snapshot, tg_error *err)
{
	const tg_json *meta;
	tg_json *tree = NULL;
	int rc = tg_json_parse(&tree, snapshot, err);

	meta = tg_json_get(tg_json_get(tree, "signed"), "meta");
	for (const tg_json *one = tg_json_first(meta); one != NULL && rc == TG_OK; one = tg_json_next(one)) {
		int64_t version = tg_json_int(tg_json_get(one, "version"));

		if (strcmp(tg_json_name(one), "targets.json") != 0 && version > out->delegated)
			out->delegated = version;
	}
	for (unsigned bins = 1; rc == TG_OK && bins <= TG_BINS_MAX; bins *= 16) {
		char name[TG_BIN_ROLE_SIZE + sizeof(".json")], role[TG_BIN_ROLE_SIZE];

		tg_bin_role(role, 0, bins);
		(void)snprintf(name, sizeof(name), "%s.json", role);
		if (tg_json_get(meta, name) != NULL)
			out->bins = bins;
	}
	tg_json_free(tree);
	return rc;
}

int tg_numbers_of(tg_numbers *out, const tg_site *site, const tg_published *p, tg_error *err)
{
	int rc;

	*out = (tg_numbers){ .catalogue_version = p->catalogue_version, .issued_us = p->issued_us };
	if (!p->exists)
		return tg_fail(err, TG_ESTATE, "nothing was published yet");
	memcpy(out->version, p->version, sizeof(out->version));
	memcpy(out->policy_sha256, p->policy_sha256, TG_SHA256_SIZE);
	memcpy(out->timestamp_sha256, p->timestamp_sha256, TG_SHA256_SIZE);
	rc = tg_numbers_of_snapshot(out, tg_buf_view(&p->snapshot), err);
	return rc == TG_OK ? read_policy_version(&out->policy_version, site, p->policy_sha256, err) : rc;
}

static int read_hash(uint8_t out[TG_SHA256_SIZE], const tg_json *json, const char *name, tg_error *err)
{
	const char *text;
	size_t len = 0;
	int rc = tg_json_need_str(&text, json, name, (size_t)2 * TG_SHA256_SIZE, err);

	if (rc == TG_OK &&
		(tg_hex_decode(out, &len, TG_SHA256_SIZE, text, NULL) != TG_OK || len != TG_SHA256_SIZE))
		rc = tg_fail(err, TG_EFORMAT, "%s: wanted 64 hexadecimal digits", name);
	return rc;
}

static int read_members(tg_numbers *out, const tg_json *json, tg_error *err)
{
	static const char *const names[] = { "v", "versions", "delegated", "bins", "catalogue_version",
		"policy_version", "policy_sha256", "timestamp_sha256", "issued", NULL };
	static const char *const roles[] = { "root", "timestamp", "snapshot", "targets", NULL };
	const tg_json *versions;
	const char *issued;
	int64_t v;
	int rc = tg_json_only(json, names, err);

	if (rc == TG_OK)
		rc = tg_json_need_int(&v, json, "v", 1, 1, err);
	if (rc == TG_OK)
		rc = tg_json_need_object(&versions, json, "versions", err);
	if (rc == TG_OK)
		rc = tg_json_only(versions, roles, err);
	for (int role = 0; role < TG_TUF_ROLES && rc == TG_OK; role++)
		rc = tg_json_need_int(&out->version[role], versions, tg_tuf_role_name((tg_tuf_role)role), 0,
			TG_JSON_MAX_INT, err);
	if (rc == TG_OK)
		rc = tg_json_need_int(&out->delegated, json, "delegated", 0, TG_JSON_MAX_INT, err);
	if (rc == TG_OK)
		rc = tg_json_opt_int(&out->bins, json, "bins", 0, TG_BINS_MAX, 0, err);
	if (rc == TG_OK)
		rc = tg_json_need_int(
			&out->catalogue_version, json, "catalogue_version", 0, TG_JSON_MAX_INT, err);
	if (rc == TG_OK)
		rc = tg_json_need_int(&out->policy_version, json, "policy_version", 0, TG_JSON_MAX_INT, err);
	if (rc == TG_OK)
		rc = read_hash(out->policy_sha256, json, "policy_sha256", err);
	if (rc == TG_OK)
		rc = read_hash(out->timestamp_sha256, json, "timestamp_sha256", err);
	if (rc == TG_OK)
		rc = tg_json_need_str(&issued, json, "issued", TG_UTC_TEXT_SIZE, err);
	return rc == TG_OK ? tg_utc_parse(&out->issued_us, issued, err) : rc;
}

int tg_numbers_parse(tg_numbers *out, tg_view text, tg_error *err)
{
	tg_json *json = NULL;
	int rc = tg_json_parse(&json, text, err);

	*out = (tg_numbers){ 0 };
	if (rc == TG_OK)
		rc = read_members(out, json, err);
	tg_json_free(json);
	return rc;
}

int tg_numbers_read(tg_numbers *out, const char *path, tg_error *err)
{
	tg_buf text;
	int rc;

	*out = (tg_numbers){ 0 };
	tg_buf_init(&text, TG_NUMBERS_FILE_MAX);
	rc = tg_file_read(&text, path, TG_NUMBERS_FILE_MAX, err);
	if (rc == TG_OK) {
		rc = tg_numbers_parse(out, tg_buf_view(&text), err);
		if (rc != TG_OK)
			tg_error_prefix(err, "%s", path);
	}
	tg_buf_fini(&text);
	return rc;
}

tg_json *tg_numbers_json(const tg_numbers *numbers)
{
	tg_json *json = tg_json_new_object(), *versions = tg_json_new_object();
	char hex[2 * TG_SHA256_SIZE + 1], at[TG_UTC_TEXT_SIZE];

	tg_json_set_int(json, "v", 1);
	for (int role = 0; role < TG_TUF_ROLES; role++)
		tg_json_set_int(versions, tg_tuf_role_name((tg_tuf_role)role), numbers->version[role]);
	tg_json_set(json, "versions", versions);
	tg_json_set_int(json, "delegated", numbers->delegated);
	tg_json_set_int(json, "bins", numbers->bins);
	tg_json_set_int(json, "catalogue_version", numbers->catalogue_version);
	tg_json_set_int(json, "policy_version", numbers->policy_version);
	tg_json_set_str(json, "policy_sha256", tg_hex_encode(hex, numbers->policy_sha256, TG_SHA256_SIZE));
	tg_json_set_str(
		json, "timestamp_sha256", tg_hex_encode(hex, numbers->timestamp_sha256, TG_SHA256_SIZE));
	tg_json_set_str(json, "issued", tg_utc_format(at, numbers->issued_us));
	return json;
}

int tg_numbers_write(const char *path, const tg_numbers *numbers, tg_error *err)
{
	tg_json *json = tg_numbers_json(numbers);
	tg_buf text;
	int rc;

	tg_buf_init(&text, TG_NUMBERS_FILE_MAX);
	rc = tg_json_write_pretty(&text, json, err);
	if (rc == TG_OK)
		rc = tg_file_write(path, tg_buf_view(&text), 0644, err);
	tg_buf_fini(&text);
	tg_json_free(json);
	return rc;
}

static void raise(int64_t *to, int64_t from)
{
	if (*to < from)
		*to = from;
}

void tg_numbers_raise(tg_numbers *to, const tg_numbers *from)
{
	for (int role = 0; role < TG_TUF_ROLES; role++)
		raise(&to->version[role], from->version[role]);
	raise(&to->delegated, from->delegated);
	raise(&to->bins, from->bins);
	raise(&to->catalogue_version, from->catalogue_version);
	if (from->policy_version > to->policy_version)
		memcpy(to->policy_sha256, from->policy_sha256, TG_SHA256_SIZE);
	raise(&to->policy_version, from->policy_version);
	raise(&to->issued_us, from->issued_us);
}

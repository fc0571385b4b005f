/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_status.c - tillgate-hq status.
 */
#include "store/base/encoding.h"
#include "sync/hq/publish_cli.h"
#include "sync/hq/register.h"

#include <stdio.h>

static void set_hash(tg_json *json, const char *name, const uint8_t hash[TG_SHA256_SIZE])
{
	char hex[2 * TG_SHA256_SIZE + 1];

	tg_json_set_str(json, name, tg_hex_encode(hex, hash, TG_SHA256_SIZE));
}

/* Who may sign, and how many of those keys lie here. */
static tg_json *keys_json(const tg_site *site, const tg_published *p)
{
	tg_json *keys = tg_json_new_object();
	tg_root root = { 0 };

	if (tg_root_parse(&root, tg_buf_view(&p->root), NULL) == TG_OK)
		for (int role = 0; role < TG_TUF_ROLES; role++) {
			tg_json *one = tg_json_new_object();
			size_t here = 0;

			tg_json_set_int(one, "keys", (int64_t)root.roles[role].count);
			tg_json_set_int(one, "threshold", root.roles[role].threshold);
			if (tg_keys_count(&here, site->keys, &root.roles[role], NULL) == TG_OK)
				tg_json_set_int(one, "here", (int64_t)here);
			tg_json_set(keys, tg_tuf_role_name((tg_tuf_role)role), one);
		}
	tg_root_fini(&root);
	return keys;
}

static tg_json *status_json(const tg_site *site, const tg_published *p, size_t stations)
{
	tg_json *json = tg_json_new_object(), *expires = tg_json_new_object();
	char at[TG_UTC_TEXT_SIZE];

	tg_json_set_str(json, "owner", site->owner);
	tg_json_set_str(json, "url", site->url);
	tg_json_set_int(json, "stations", (int64_t)stations);
	tg_json_set_bool(json, "published", p->exists);
	for (int role = 0; role < TG_TUF_ROLES; role++)
		if (p->version[role] > 0)
			tg_json_set_str(expires, tg_tuf_role_name((tg_tuf_role)role),
				tg_utc_format(at, p->expires_us[role]));
	tg_json_set(json, "expires", expires);
	tg_cli_set_versions(json, p->version);
	tg_json_set(json, "keys", keys_json(site, p));
	if (p->old_root.len > 0)
		tg_json_set_bool(json, "root_change_unfinished", true);
	if (p->exists) {
		tg_json_set_int(json, "catalogue_version", p->catalogue_version);
		tg_json_set_int(json, "image_bytes", p->image_length);
		set_hash(json, "image_sha256", p->image_sha256);
		set_hash(json, "policy_sha256", p->policy_sha256);
		tg_json_set_str(json, "issued", tg_utc_format(at, p->issued_us));
	}
	return json;
}

static void print_status(const tg_site *site, const tg_published *p, size_t stations, int64_t now_us)
{
	char at[TG_UTC_TEXT_SIZE];

	(void)printf("head office of %s, published at %s, %zu stations enrolled\n", site->owner, site->url,
		stations);
	if (p->exists)
		(void)printf("catalogue %lld, %lld bytes, issued %s\n", (long long)p->catalogue_version,
			(long long)p->image_length, tg_utc_format(at, p->issued_us));
	else
		(void)printf("nothing was published yet\n");
	for (int role = 0; role < TG_TUF_ROLES; role++)
		if (p->version[role] > 0)
			(void)printf("%s.json %lld, signature holds until %s (%lld days)\n",
				tg_tuf_role_name((tg_tuf_role)role), (long long)p->version[role],
				tg_utc_format(at, p->expires_us[role]),
				(long long)((p->expires_us[role] - now_us) / TG_US_PER_DAY));
}

static int run_status(int argc, char **argv)
{
	static const struct option options[] = { TG_CLI_OPTIONS };
	tg_published published = { 0 };
	size_t stations = 0;
	tg_error err = { 0 };
	tg_site site;
	tg_cli cli;
	int c, rc, code = TG_EXIT_OK;

	tg_cli_init(&cli);
	while ((c = getopt_long(argc, argv, "d:h", options, NULL)) != -1)
		if (!tg_cli_take(&cli, c))
			return tg_cli_usage(&tg_command_status, c);
	if (optind < argc)
		return tg_cli_usage(&tg_command_status, '?');
	rc = tg_site_open(&site, cli.dir, &err);
	if (rc == TG_OK)
		rc = tg_register_count(&stations, &site, &err);
	if (rc == TG_OK)
		rc = tg_published_read(&published, &site, &err);
	if (rc != TG_OK)
		code = tg_cli_fail(&err);
	else if (cli.json)
		code = tg_cli_print(status_json(&site, &published, stations), TG_EXIT_OK);
	else
		print_status(&site, &published, stations, tg_utc_now_us());
	tg_published_fini(&published);
	return code;
}

const tg_command tg_command_status = { "status", run_status, "status [--json] [-d DIR]",
	"Says what is published, until when its signatures hold, and how many stations are enrolled. "
	"Verifies the repository as a\n"
	"station would.\n\n" };

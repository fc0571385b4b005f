/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_status.c - tillgate-hq status.
 */
#include "store/base/encoding.h"
#include "sync/hq/drafts.h"
#include "sync/hq/publish_cli.h"
#include "sync/hq/register.h"

#include <stdio.h>

static void set_hash(tg_json *json, const char *name, const uint8_t hash[TG_SHA256_SIZE])
{
	char hex[2 * TG_SHA256_SIZE + 1];

	tg_json_set_str(json, name, tg_hex_encode(hex, hash, TG_SHA256_SIZE));
}

/* What is told of, read once. */
struct state {
	const tg_site *site;
	tg_published published;
	size_t stations, open, withdrawals; /* stations enrolled; drafts */
	tg_error drafts;                    /* why they cannot be counted; that is no reason not to tell the rest */
	tg_error no_root;                   /* init staged the first one and its signers are elsewhere */
	int64_t now_us;
};

static int count_draft(void *ctx, tg_draft *draft, tg_error *err)
{
	struct state *s = ctx;

	(void)err;
	s->open += draft->state == TG_DRAFT_OPEN;
	s->withdrawals += draft->state == TG_DRAFT_OPEN && draft->kind == TG_DRAFT_WITHDRAW;
	return TG_OK;
}

static int read_state(struct state *s, tg_error *err)
{
	int rc = tg_register_count(&s->stations, s->site, err);

	if (rc == TG_OK)
		rc = tg_published_read(&s->published, s->site, err);
	if (rc == TG_ENOTFOUND && s->published.root.len == 0) {
		s->no_root = *err;
		rc = TG_OK;
	}
	if (rc == TG_OK && tg_drafts_walk(s->site, NULL, count_draft, s, &s->drafts) != TG_OK && s->drafts.code == TG_OK)
		s->drafts.code = TG_EIO;
	return rc;
}

/* Which of a role's keys lie here. */
static bool key_is_here(const tg_site *site, const tg_root_role *role, size_t index)
{
	tg_root_role one = { .count = 1, .threshold = 1 };
	size_t here = 0;

	memcpy(one.keyids[0], role->keyids[index], sizeof(one.keyids[0]));
	return tg_keys_count(&here, site->keys, &one, NULL) == TG_OK && here == 1;
}

static void print_keys(const tg_site *site, const tg_published *p)
{
	tg_root root = { 0 };

	if (tg_root_parse(&root, tg_buf_view(&p->root), NULL) == TG_OK)
		for (int role = 0; role < TG_TUF_ROLES; role++) {
			const tg_root_role *one = &root.roles[role];
			size_t here = 0;

			(void)printf("%s: %lld of %zu keys sign; here:", tg_tuf_role_name((tg_tuf_role)role),
				(long long)one->threshold, one->count);
			for (size_t i = 0; i < one->count; i++)
				if (key_is_here(site, one, i)) {
					(void)printf(" %.8s", one->keyids[i]);
					here++;
				}
			(void)printf("%s\n", here == 0 ? " none" : "");
		}
	tg_root_fini(&root);
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

static tg_json *drafts_json(const struct state *s)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_int(json, "open", (int64_t)s->open);
	tg_json_set_int(json, "withdrawals", (int64_t)s->withdrawals);
	if (s->drafts.code != TG_OK)
		tg_json_set_str(json, "unreadable", s->drafts.msg);
	return json;
}

static tg_json *status_json(const struct state *s)
{
	const tg_site *site = s->site;
	const tg_published *p = &s->published;
	tg_json *json = tg_json_new_object(), *expires = tg_json_new_object();
	char at[TG_UTC_TEXT_SIZE];

	tg_json_set_str(json, "owner", site->owner);
	tg_json_set_str(json, "url", site->url);
	tg_json_set_int(json, "stations", (int64_t)s->stations);
	tg_json_set_bool(json, "published", p->exists);
	if (s->no_root.code != TG_OK)
		tg_json_set_bool(json, "root_missing", true);
	tg_json_set(json, "drafts", drafts_json(s));
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

static void print_drafts(const struct state *s)
{
	if (s->drafts.code != TG_OK)
		(void)printf("drafts cannot be counted: %s\n", s->drafts.msg);
	else if (s->open > 0)
		(void)printf("%zu drafts of suppliers are open, %zu of them withdrawals: see drafts list\n", s->open,
			s->withdrawals);
}

static void print_status(const struct state *s)
{
	const tg_site *site = s->site;
	const tg_published *p = &s->published;
	char at[TG_UTC_TEXT_SIZE];

	(void)printf("head office of %s, published at %s, %zu stations enrolled\n", site->owner, site->url,
		s->stations);
	if (s->no_root.code != TG_OK)
		(void)printf("%s\n", s->no_root.msg);
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
				(long long)((p->expires_us[role] - s->now_us) / TG_US_PER_DAY));
	if (p->old_root.len > 0)
		(void)printf("a change of root was cut short: refresh ends it\n");
	print_keys(site, p);
	print_drafts(s);
}

static int run_status(int argc, char **argv)
{
	static const struct option options[] = { TG_CLI_OPTIONS };
	struct state state = { .now_us = tg_utc_now_us() };
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
	state.site = &site;
	if (rc == TG_OK)
		rc = read_state(&state, &err);
	if (rc != TG_OK)
		code = tg_cli_fail(&err);
	else if (cli.json)
		code = tg_cli_print(status_json(&state), TG_EXIT_OK);
	else
		print_status(&state);
	tg_published_fini(&state.published);
	return code;
}

const tg_command tg_command_status = { "status", run_status, "status [--json] [-d DIR]",
	"Says what is published, until when its signatures hold, how many stations are enrolled, which keys lie in "
	"DIR/keys, and how\n"
	"many drafts are open. Verifies the repository as a station would.\n\n" };

/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_init.c - tillgate-hq init: a new head office, on one machine or with signers elsewhere.
 */
#include "store/base/file.h"
#include "sync/hq/example_policy.h"
#include "sync/hq/place.h"
#include "sync/hq/publish_cli.h"
#include "sync/hq/root_stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define ROOT_KEYS_HERE_MAX 8 /* more signers than that on one machine are no signers */

struct init {
	tg_site site;
	tg_lives lives;
	tg_root root; /* the first */
	int64_t keys_here, threshold;
	const char *owner, *url, *policy, *high_water;
	const char *signers[TG_TUF_ROLE_KEYS_MAX]; /* files with public keys made elsewhere */
	size_t signer_count;
	int kept; /* keys of an earlier run that did not come to its end */
	bool staged;
	char stage[4096];
};

static int make_folders(const tg_site *site, tg_error *err)
{
	int rc = tg_dir_make(site->records, 0755, err);

	if (rc == TG_OK)
		rc = tg_dir_make(site->keys, 0700, err);
	if (rc == TG_OK)
		rc = tg_dir_make(site->metadata, 0755, err);
	if (rc == TG_OK)
		rc = tg_dir_make(site->targets, 0755, err);
	return rc == TG_OK ? tg_dir_make(site->stations, 0755, err) : rc;
}

static int write_policy(const struct init *init, tg_error *err)
{
	tg_policy policy;
	char path[4096];
	struct stat st;
	tg_buf text;
	int rc = tg_path(path, err, "%s/%s", init->site.records, TG_POLICY_FILE);

	if (rc != TG_OK || (init->policy == NULL && lstat(path, &st) == 0))
		return rc;
	tg_buf_init(&text, TG_POLICY_MAX_BYTES);
	if (init->policy != NULL)
		rc = tg_file_read(&text, init->policy, TG_POLICY_MAX_BYTES, err);
	else
		tg_buf_puts(&text, tg_example_policy);
	if (rc == TG_OK)
		rc = tg_policy_parse(&policy, tg_buf_view(&text), err);
	if (rc == TG_OK)
		rc = tg_file_write(path, tg_buf_view(&text), 0644, err);
	tg_buf_fini(&text);
	return rc;
}

static int check_words(struct init *init, tg_error *err)
{
	size_t len = strlen(init->url);

	if (strlen(init->owner) > TG_ENROL_OWNER_MAX || len + 1 > TG_ENROL_URL_MAX)
		return tg_fail(err, TG_EINVAL, "owner or url is too long");
	(void)snprintf(init->site.owner, sizeof(init->site.owner), "%s", init->owner);
	(void)snprintf(init->site.url, sizeof(init->site.url), "%s%s", init->url,
		len > 0 && init->url[len - 1] == '/' ? "" : "/");
	if (!tg_enrol_owner_valid(init->site.owner))
		return tg_fail(
			err, TG_EINVAL, "--owner: wanted a domain name in lower case, such as shop.example");
	if (!tg_enrol_url_valid(init->site.url))
		return tg_fail(
			err, TG_EINVAL, "--url: wanted a http or https URL without user name and query");
	if (init->high_water != NULL && strcmp(init->high_water, "none") != 0 && init->high_water[0] != '/')
		return tg_fail(err, TG_EINVAL, "--high-water: wanted an absolute path, or none");
	if (init->keys_here + (int64_t)init->signer_count < init->threshold)
		return tg_fail(err, TG_EINVAL,
			"--root-threshold %lld with %lld keys of root: give more --root-key or --root-keys",
			(long long)init->threshold,
			(long long)init->keys_here + (long long)init->signer_count);
	return TG_OK;
}

static int init_site(struct init *init, const char *dir, tg_error *err)
{
	char path[4096];
	struct stat st;
	int rc = tg_site_paths(&init->site, dir, err);

	if (rc == TG_OK)
		rc = tg_path(path, err, "%s/hq.json", dir);
	if (rc == TG_OK && lstat(path, &st) == 0)
		rc = tg_fail(err, TG_ESTATE, "%s: there is a head office already", dir);
	if (rc == TG_OK)
		rc = check_words(init, err);
	if (rc != TG_OK)
		return rc;
	tg_lives_apply(&init->site, &init->lives);
	return make_folders(&init->site, err);
}

/*
 * Where the high-water mark goes when nobody says: with the user's own state, outside of the folder, under a name that no other head
 * office has. Without a home there is none.
 */
static int choose_high_water(struct init *init, tg_error *err)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	const char *id = init->root.roles[TG_TUF_TARGETS].keyids[0];

	if (init->high_water != NULL)
		return strcmp(init->high_water, "none") == 0
			       ? TG_OK
			       : tg_path(init->site.high_water, err, "%s", init->high_water);
	if (state != NULL && state[0] == '/')
		return tg_path(init->site.high_water, err, "%s/tillgate-hq/%s-%.8s.json", state,
			init->site.owner, id);
	if (home != NULL && home[0] == '/')
		return tg_path(init->site.high_water, err, "%s/.local/state/tillgate-hq/%s-%.8s.json", home,
			init->site.owner, id);
	return TG_OK;
}

/* All keys that the first root names. */
static int gather_keys(struct init *init, tg_error *err)
{
	int rc = TG_OK;

	for (int role = 0; role < TG_TUF_ROLES && rc == TG_OK; role++) {
		init->root.roles[role].threshold = role == TG_TUF_ROOT ? init->threshold : 1;
		rc = tg_keys_public(&init->root.roles[role], init->site.keys, (tg_tuf_role)role, err);
	}
	for (size_t i = 0; i < init->signer_count && rc == TG_OK; i++) {
		tg_pubkey *key = NULL;

		rc = tg_keys_read_public(&key, init->signers[i], err);
		if (rc == TG_OK)
			rc = tg_root_role_add(&init->root.roles[TG_TUF_ROOT], key, err);
		if (rc != TG_OK)
			tg_error_prefix(err, "%s", init->signers[i]);
	}
	return rc;
}

static int sign_here(tg_stage *stage, const struct init *init, const tg_publish_ctx *ctx, tg_error *err)
{
	tg_role_keys keys = { 0 };
	int rc = tg_keys_load(
		&keys, init->site.keys, &init->root.roles[TG_TUF_ROOT], tg_buf_view(ctx->passphrase), err);

	for (size_t i = 0; i < keys.count && rc == TG_OK; i++)
		rc = tg_stage_sign(stage, NULL, keys.keys[i], err);
	tg_role_keys_fini(&keys);
	return rc;
}

static int write_stage(struct init *init, const tg_stage *stage, tg_error *err)
{
	tg_buf text;
	int rc = tg_path(init->stage, err, "%s/%s", init->site.dir, TG_STAGE_FIRST);

	tg_buf_init(&text, TG_STAGE_MAX);
	if (rc == TG_OK)
		rc = tg_stage_write(&text, stage, err);
	if (rc == TG_OK)
		rc = tg_file_write(init->stage, tg_buf_view(&text), 0644, err);
	init->staged = rc == TG_OK;
	tg_buf_fini(&text);
	return rc;
}

/* The first root: in place if the keys here are enough, else staged for those who hold the others. */
static int first_root(struct init *init, const tg_publish_ctx *ctx, tg_error *err)
{
	tg_stage stage = { 0 };
	char path[4096];
	struct stat st;
	tg_buf bytes;
	int rc = tg_published_metadata_path(path, &init->site, TG_TUF_ROOT, 1, err);

	if (rc == TG_OK && lstat(path, &st) == 0)
		return TG_OK; /* an earlier init came as far as that */
	init->root.version = 1;
	init->root.expires_us = tg_signing_expires_us(ctx, TG_TUF_ROOT);
	tg_buf_init(&bytes, TG_TUF_ROOT_MAX);
	if (rc == TG_OK)
		rc = tg_stage_make(&stage, NULL, &init->root, err);
	if (rc == TG_OK)
		rc = sign_here(&stage, init, ctx, err);
	if (rc == TG_OK && (int64_t)tg_stage_signed(&stage, &stage.root) < init->threshold) {
		rc = write_stage(init, &stage, err);
	} else if (rc == TG_OK) {
		rc = tg_stage_root_json(&bytes, &stage, err);
		if (rc == TG_OK)
			rc = tg_place_metadata(&init->site, TG_TUF_ROOT, 1, tg_buf_view(&bytes), err);
	}
	tg_buf_fini(&bytes);
	tg_stage_fini(&stage);
	return rc;
}

/*
 * hq.json comes last: a folder without it is not a head office yet, and the next init goes on with what it finds.
 */
static int init_all(struct init *init, const tg_publish_ctx *ctx, tg_error *err)
{
	int rc = write_policy(init, err);

	if (rc == TG_OK)
		rc = tg_keys_create(&init->kept, init->site.keys, init->site.owner, (int)init->keys_here,
			tg_buf_view(ctx->passphrase), err);
	if (rc == TG_OK)
		rc = gather_keys(init, err);
	if (rc == TG_OK)
		rc = choose_high_water(init, err);
	if (rc == TG_OK)
		rc = first_root(init, ctx, err);
	return rc == TG_OK ? tg_site_write(&init->site, err) : rc;
}

static void say_made(const struct init *init, const char *dir)
{
	(void)printf("%s: head office of %s; keys in %s%s\n", dir, init->site.owner, init->site.keys,
		init->keys_here > 0 ? ", move root-*.pem to a safe place" : "");
	if (init->kept > 0)
		(void)printf("%d keys of an init that did not come to its end were taken over\n", init->kept);
	if (init->site.high_water[0] != '\0')
		(void)printf("high-water mark: %s (guards against publishing from an old backup)\n",
			init->site.high_water);
	if (init->staged)
		(void)printf("the first root waits for %lld of %zu signatures in %s:\n"
			     "  have it signed (tillgate-hq root sign), then root finish, then publish\n",
			(long long)init->threshold, init->root.roles[TG_TUF_ROOT].count, init->stage);
}

static int report_staged(const struct init *init, bool json)
{
	tg_json *out;

	if (!json)
		return TG_EXIT_OK;
	out = tg_json_new_object();
	tg_json_set_bool(out, "published", false);
	tg_json_set_str(out, "stage", init->stage);
	return tg_cli_print(out, TG_EXIT_OK);
}

/*
 * The first publication is an empty one, so that stations can be enrolled and synced before the first record is there.
 */
static int init_and_publish(struct init *init, const tg_cli *cli, const char *dir)
{
	tg_publish_ctx ctx = { .site = &init->site, .now_us = tg_utc_now_us(), .offline = true };
	tg_error err = { 0 };
	tg_buf passphrase;
	int code, rc = init_site(init, dir, &err);

	tg_buf_init(&passphrase, 0);
	if (rc == TG_OK)
		rc = tg_passphrase_get(&passphrase, cli->passphrase_file, true, &err);
	ctx.passphrase = &passphrase;
	if (rc == TG_OK)
		rc = init_all(init, &ctx, &err);
	if (rc == TG_OK && !cli->json)
		say_made(init, dir);
	if (rc != TG_OK)
		code = tg_cli_fail(&err);
	else
		code = init->staged ? report_staged(init, cli->json) : tg_cli_publish(&ctx, cli->json);
	if (passphrase.data != NULL)
		tg_wipe(passphrase.data, passphrase.cap);
	tg_buf_fini(&passphrase);
	return code;
}

/* ---- options ---- */

enum { OPT_ROOT_KEY = 1900, OPT_ROOT_KEYS, OPT_ROOT_THRESHOLD, OPT_HIGH_WATER };

static int take_root_option(struct init *init, int c, tg_error *err)
{
	switch (c) {
	case OPT_ROOT_KEY:
		if (init->signer_count == TG_COUNT(init->signers))
			return tg_fail(err, TG_EINVAL, "--root-key: at most %zu", TG_COUNT(init->signers));
		init->signers[init->signer_count++] = optarg;
		return TG_OK;
	case OPT_ROOT_KEYS:
		return tg_cli_number(&init->keys_here, optarg, 0, ROOT_KEYS_HERE_MAX, "--root-keys", err);
	case OPT_ROOT_THRESHOLD:
		return tg_cli_number(
			&init->threshold, optarg, 1, TG_TUF_ROLE_KEYS_MAX, "--root-threshold", err);
	case OPT_HIGH_WATER:
		init->high_water = optarg;
		return TG_OK;
	default:
		return TG_ENOTFOUND;
	}
}

static int take_option(struct init *init, tg_cli *cli, int c, tg_error *err)
{
	int rc = tg_lives_take(&init->lives, c, err);

	if (rc == TG_ENOTFOUND)
		rc = take_root_option(init, c, err);
	if (rc != TG_ENOTFOUND)
		return rc;
	if (c == 'o')
		init->owner = optarg;
	else if (c == 'u')
		init->url = optarg;
	else if (c == 'p')
		init->policy = optarg;
	else
		return tg_cli_take(cli, c) ? TG_OK : TG_ENOTFOUND;
	return TG_OK;
}

static int run_init(int argc, char **argv)
{
	static const struct option options[] = { { "owner", required_argument, NULL, 'o' },
		{ "url", required_argument, NULL, 'u' }, { "policy", required_argument, NULL, 'p' },
		{ "root-key", required_argument, NULL, OPT_ROOT_KEY },
		{ "root-keys", required_argument, NULL, OPT_ROOT_KEYS },
		{ "root-threshold", required_argument, NULL, OPT_ROOT_THRESHOLD },
		{ "high-water", required_argument, NULL, OPT_HIGH_WATER }, TG_EXPIRES_OPTIONS,
		TG_CLI_OPTIONS };
	struct init init = { .keys_here = -1, .threshold = 1 };
	tg_error err = { 0 };
	tg_cli cli;
	int c, rc, code;

	tg_cli_init(&cli);
	while ((c = getopt_long(argc, argv, "d:h", options, NULL)) != -1) {
		rc = take_option(&init, &cli, c, &err);
		if (rc != TG_OK)
			return rc == TG_ENOTFOUND ? tg_cli_usage(&tg_command_init, c) : tg_cli_fail(&err);
	}
	if (optind + 1 != argc || init.owner == NULL || init.url == NULL)
		return tg_cli_usage(&tg_command_init, '?');
	if (init.keys_here < 0)
		init.keys_here = init.signer_count > 0 ? 0 : 1;
	code = init_and_publish(&init, &cli, argv[optind]);
	tg_root_fini(&init.root);
	return code;
}

const tg_command tg_command_init = { "init", run_init,
	"init DIR --owner DOMAIN --url URL [--policy FILE] [--root-key PUBLIC …] [--root-keys N] "
	"[--root-threshold K] "
	"[--high-water FILE] [--expires-ROLE DAYS …] [--passphrase-file F] [--json]",
	"Makes a head office: folders, keys, a root, a policy to start from, and a first publication. An "
	"init that did not "
	"come to its\n"
	"end is completed by the next one, with the keys that it made.\n\n"
	"  --owner DOMAIN       whose head office it is, such as shop.example: part of every station's log\n"
	"  --url URL            where DIR/repository will be found by stations\n"
	"  --policy FILE        the first policy, instead of the example (which only observes)\n"
	"  --root-key PUBLIC    a key of root that a signer made elsewhere (root key); repeat for each "
	"signer\n"
	"  --root-keys N        keys of root to make here (1; 0 if --root-key is given)\n"
	"  --root-threshold K   so many of root's keys must sign (1). If there are fewer here, the first "
	"root is left in\n"
	"                       DIR/" TG_STAGE_FIRST " for root sign and root finish\n"
	"  --high-water FILE    where the mark against publishing from an old backup is kept, outside of "
	"DIR; none for none\n"
	"                       (else below XDG_STATE_HOME or ~/.local/state)\n"
	"  --expires-root DAYS, --expires-targets DAYS, --expires-snapshot DAYS, --expires-timestamp DAYS\n"
	"                       how long signatures hold (365, 180, 30, 7); kept in hq.json\n" };

/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_publish.c - tillgate-hq init, publish, refresh, status.
 */
#include "store/base/encoding.h"
#include "store/base/file.h"
#include "sync/hq/cli.h"
#include "sync/hq/example_policy.h"
#include "sync/hq/keys.h"
#include "sync/hq/lint.h"
#include "sync/hq/publish.h"
#include "sync/hq/register.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOT_SOON_DAYS 60    /* a ceremony with people and places needs two months' notice */
#define TARGETS_SOON_DAYS 30 /* publish renews targets by itself when half their life is over */

/* ---- lives of signatures ---- */

enum { OPT_CLOCK_STEP = 1999, OPT_EXPIRES = 2000 /* + role */ };
#define EXPIRES_OPTIONS                                                                                      \
	{ "expires-root", required_argument, NULL, OPT_EXPIRES + TG_TUF_ROOT },                              \
		{ "expires-targets", required_argument, NULL, OPT_EXPIRES + TG_TUF_TARGETS },                \
		{ "expires-snapshot", required_argument, NULL, OPT_EXPIRES + TG_TUF_SNAPSHOT },              \
	{                                                                                                    \
		"expires-timestamp", required_argument, NULL, OPT_EXPIRES + TG_TUF_TIMESTAMP                 \
	}

/* Days as given on the command line; 0: as hq.json says. */
typedef struct lives {
	int64_t days[TG_TUF_ROLES];
} lives;

/* TG_ENOTFOUND: another option. */
static int take_expires(lives *l, int c, tg_error *err)
{
	if (c < OPT_EXPIRES || c >= OPT_EXPIRES + TG_TUF_ROLES)
		return TG_ENOTFOUND;
	return tg_cli_number(&l->days[c - OPT_EXPIRES], optarg, 1, TG_SITE_DAYS_MAX, "--expires", err);
}

static void apply_lives(tg_site *site, const lives *l)
{
	for (int role = 0; role < TG_TUF_ROLES; role++)
		if (l->days[role] > 0)
			site->days[role] = l->days[role];
}

#define CLOCK_STEP_HELP                                                                                      \
	"  --accept-clock-step  the last publication bears a later time than now because the clock was "     \
	"wrong "                                                                                             \
	"then: sign all the same\n"

/* ---- output ---- */

static void set_hash(tg_json *json, const char *name, const uint8_t hash[TG_SHA256_SIZE])
{
	char hex[2 * TG_SHA256_SIZE + 1];

	tg_json_set_str(json, name, tg_hex_encode(hex, hash, TG_SHA256_SIZE));
}

static void set_versions(tg_json *json, const int64_t version[TG_TUF_ROLES])
{
	tg_json *versions = tg_json_new_object();

	for (int role = 0; role < TG_TUF_ROLES; role++)
		tg_json_set_int(versions, tg_tuf_role_name((tg_tuf_role)role), version[role]);
	tg_json_set(json, "versions", versions);
}

static int report_result(const tg_publish_result *r, bool json)
{
	if (json) {
		tg_json *out = tg_json_new_object();

		tg_json_set_bool(out, "published", !r->nothing);
		tg_json_set_bool(out, "image_changed", r->image_changed);
		tg_json_set_bool(out, "policy_changed", r->policy_changed);
		tg_json_set_int(out, "catalogue_version", r->catalogue_version);
		tg_json_set_int(out, "image_bytes", r->image_length);
		if (r->compressed_length > 0)
			tg_json_set_int(out, "compressed_bytes", r->compressed_length);
		if (r->patches > 0) {
			tg_json_set_int(out, "patches", (int64_t)r->patches);
			tg_json_set_int(out, "longest_patch_bytes", r->longest_patch);
		}
		if (r->documents > 0)
			tg_json_set_int(out, "documents", (int64_t)r->documents);
		tg_json_set_int(out, "document_roles_signed", (int64_t)r->document_roles);
		set_versions(out, r->version);
		return tg_cli_print(out, TG_EXIT_OK);
	}
	if (r->nothing) {
		(void)printf("nothing changed since catalogue %lld; nothing was published (refresh renews "
			     "the time)\n",
			(long long)r->catalogue_version);
		return TG_EXIT_OK;
	}
	(void)printf("catalogue %lld%s, %lld bytes; policy %s\n", (long long)r->catalogue_version,
		r->image_changed ? "" : " (unchanged)", (long long)r->image_length,
		r->policy_changed ? "changed" : "unchanged");
	(void)printf("compressed %lld bytes; %zu patches, the longest %lld bytes\n", (long long)r->compressed_length,
		r->patches, (long long)r->longest_patch);
	if (r->documents > 0 || r->document_roles > 0)
		(void)printf(
			"%zu documents; %zu of their roles signed anew\n", r->documents, r->document_roles);
	(void)printf("targets.json %lld, snapshot.json %lld, timestamp.json %lld, root.json %lld\n",
		(long long)r->version[TG_TUF_TARGETS], (long long)r->version[TG_TUF_SNAPSHOT],
		(long long)r->version[TG_TUF_TIMESTAMP], (long long)r->version[TG_TUF_ROOT]);
	return TG_EXIT_OK;
}

/* ---- publish ---- */

static int refuse_errors(const tg_findings *findings, const char *folder, bool json)
{
	size_t errors = findings->counts[TG_FINDING_ERROR];

	if (json)
		return tg_cli_print(tg_findings_json(findings), TG_EXIT_REFUSED);
	tg_findings_print(
		stderr, findings, &(tg_findings_choice){ .folder = folder, .least = TG_FINDING_ERROR });
	(void)fprintf(stderr,
		"tillgate-hq: %zu errors in the records; nothing was published (lint says the rest)\n",
		errors);
	return TG_EXIT_REFUSED;
}

static int publish_records(const tg_publish_ctx *ctx, bool json)
{
	tg_publish_result result;
	tg_findings findings = { 0 };
	tg_records records = { .quiet = json };
	tg_index index = { 0 };
	tg_error err = { 0 };
	int code, rc = tg_records_load(&records, &findings, ctx->site->records, &err);

	if (rc == TG_OK)
		rc = tg_index_build(&index, &records, &findings, &err);
	if (rc == TG_OK)
		tg_lint(&findings, &index, tg_day_in_uk(ctx->now_us));
	if (rc == TG_OK && findings.counts[TG_FINDING_ERROR] > 0) {
		code = refuse_errors(&findings, ctx->site->records, json);
	} else {
		if (rc == TG_OK)
			rc = tg_publish(&result, ctx, &index, &err);
		if (rc == TG_OK && !json && findings.counts[TG_FINDING_DEFECT] > 0)
			(void)printf("%zu defects are carried as such (see lint)\n",
				findings.counts[TG_FINDING_DEFECT]);
		code = rc == TG_OK ? report_result(&result, json) : tg_cli_fail(&err);
	}
	tg_index_fini(&index);
	tg_records_fini(&records);
	tg_findings_fini(&findings);
	return code;
}

/* What publish and refresh work with. */
struct signing {
	tg_cli cli;
	tg_site site;
	tg_publish_ctx ctx; /* points to `site` */
	int lock;
};

static int take_signing_option(struct signing *s, lives *l, int c, tg_error *err)
{
	int rc = take_expires(l, c, err);

	if (rc == TG_ENOTFOUND && c == OPT_CLOCK_STEP) {
		s->ctx.accept_clock_step = true;
		return TG_OK;
	}
	return rc == TG_ENOTFOUND && tg_cli_take(&s->cli, c) ? TG_OK : rc;
}

/* Options, folder and lock, alike for publish and refresh. Returns an exit code, or -1 to go on. */
static int open_for_signing(struct signing *s, const tg_command *command, int argc, char **argv)
{
	static const struct option options[] = { { "accept-clock-step", no_argument, NULL, OPT_CLOCK_STEP },
		EXPIRES_OPTIONS, TG_CLI_OPTIONS };
	tg_error err = { 0 };
	lives l = { 0 };
	int c, rc;

	*s = (struct signing){ .lock = -1, .ctx = { .now_us = tg_utc_now_us(), .site = &s->site } };
	tg_cli_init(&s->cli);
	while ((c = getopt_long(argc, argv, "d:h", options, NULL)) != -1) {
		rc = take_signing_option(s, &l, c, &err);
		if (rc == TG_EINVAL)
			return tg_cli_fail(&err);
		if (rc == TG_ENOTFOUND)
			return tg_cli_usage(command, c);
	}
	if (optind < argc)
		return tg_cli_usage(command, '?');
	rc = tg_site_open(&s->site, s->cli.dir, &err);
	if (rc == TG_OK)
		rc = tg_site_lock(&s->lock, &s->site, command->name, &err);
	if (rc != TG_OK)
		return tg_cli_fail(&err);
	apply_lives(&s->site, &l);
	s->ctx.passphrase_file = s->cli.passphrase_file;
	return -1;
}

static void end_signing(const struct signing *s)
{
	if (s->lock >= 0)
		(void)close(s->lock);
}

/* Making patches from large images takes a minute. */
static void show_progress(void *ctx, const char *what, size_t done, size_t total)
{
	(void)ctx;
	(void)fprintf(stderr, "\r%s: %zu of %zu%s", what, done, total, done == total ? "\n" : "");
}

static int run_publish(int argc, char **argv)
{
	struct signing s;
	int code = open_for_signing(&s, &tg_command_publish, argc, argv);

	if (code < 0 && !s.cli.json && isatty(STDERR_FILENO))
		s.ctx.progress = show_progress;
	if (code < 0)
		code = publish_records(&s.ctx, s.cli.json);
	end_signing(&s);
	return code;
}

const tg_command tg_command_publish = { "publish", run_publish,
	"publish [--expires-ROLE DAYS …] [--accept-clock-step] [--json] [-d DIR]",
	"Checks the records, compiles them, and publishes image and policy into DIR/repository if they "
	"changed.\n"
	"Refused while lint finds errors. Nothing is written, and no key is opened, if nothing changed.\n\n"
	"  --expires-targets DAYS, --expires-snapshot DAYS, --expires-timestamp DAYS\n"
	"                       how long these signatures hold, this once (else as hq.json "
	"says)\n" CLOCK_STEP_HELP };

/* ---- refresh ---- */

static int warn_near_end(const tg_site *site, int64_t now_us, const tg_cli *cli)
{
	static const struct {
		tg_tuf_role role;
		int64_t soon_days;
	} checks[] = { { TG_TUF_ROOT, ROOT_SOON_DAYS }, { TG_TUF_TARGETS, TARGETS_SOON_DAYS } };
	tg_published published;
	tg_error err = { 0 };
	int code = TG_EXIT_OK;

	if (tg_published_read(&published, site, &err) != TG_OK)
		code = tg_cli_fail(&err);
	for (size_t i = 0; i < TG_COUNT(checks) && code != TG_EXIT_FAILED; i++) {
		int64_t left = (published.expires_us[checks[i].role] - now_us) / TG_US_PER_DAY;

		if (left >= checks[i].soon_days)
			continue;
		code = TG_EXIT_NEAR_END;
		if (!cli->json)
			(void)fprintf(stderr,
				"tillgate-hq: warning: the signature of %s.json ends in %lld days; renew "
				"it\n",
				tg_tuf_role_name(checks[i].role), (long long)left);
	}
	tg_published_fini(&published);
	return code;
}

/* Only where the keys of targets are kept away from the machine that refreshes. */
static int warn_documents(const tg_publish_result *result, int64_t now_us, const tg_cli *cli)
{
	int64_t left = (result->documents_end_us - now_us) / TG_US_PER_DAY;

	if (result->documents_end_us == 0 || left >= TARGETS_SOON_DAYS)
		return TG_EXIT_OK;
	if (!cli->json)
		(void)fprintf(stderr,
			"tillgate-hq: warning: the signatures of documents end in %lld days; publish or "
			"refresh where the "
			"keys of targets are\n",
			(long long)left);
	return TG_EXIT_NEAR_END;
}

static int run_refresh(int argc, char **argv)
{
	tg_publish_result result;
	tg_error err = { 0 };
	struct signing s;
	int code = open_for_signing(&s, &tg_command_refresh, argc, argv);

	if (code < 0) {
		if (tg_refresh(&result, &s.ctx, &err) != TG_OK) {
			code = tg_cli_fail(&err);
		} else if (s.cli.json) {
			code = report_result(&result, true);
		} else {
			(void)printf("timestamp.json %lld, snapshot.json %lld%s, catalogue %lld\n",
				(long long)result.version[TG_TUF_TIMESTAMP],
				(long long)result.version[TG_TUF_SNAPSHOT],
				result.snapshot_renewed ? " (renewed)" : "",
				(long long)result.catalogue_version);
			code = TG_EXIT_OK;
		}
		if (code == TG_EXIT_OK)
			code = warn_documents(&result, s.ctx.now_us, &s.cli);
		if (code == TG_EXIT_OK || code == TG_EXIT_NEAR_END) {
			int others = warn_near_end(&s.site, s.ctx.now_us, &s.cli);

			code = others != TG_EXIT_OK ? others : code;
		}
	}
	end_signing(&s);
	return code;
}

const tg_command tg_command_refresh = { "refresh", run_refresh,
	"refresh [--expires-ROLE DAYS …] [--accept-clock-step] [--json] [-d DIR]",
	"Signs the timestamp anew with the present time, so that stations know the catalogue is still the "
	"newest; the snapshot too\n"
	"when half its life is over, and the signatures of documents. For a timer, once an hour or a day. "
	"Exits with 4 when root has under 60 "
	"days or targets under 30.\n\n"
	"  --expires-snapshot DAYS, --expires-timestamp DAYS\n"
	"                       how long these signatures hold, this once (else as hq.json "
	"says)\n" CLOCK_STEP_HELP };

/* ---- init ---- */

struct init {
	tg_site site;
	lives lives;
	const char *owner, *url, *policy;
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

static int init_site(struct init *init, const char *dir, tg_error *err)
{
	char path[4096];
	struct stat st;
	size_t len = strlen(init->url);
	int rc = tg_site_paths(&init->site, dir, err);

	if (rc == TG_OK)
		rc = tg_path(path, err, "%s/hq.json", dir);
	if (rc == TG_OK && lstat(path, &st) == 0)
		rc = tg_fail(err, TG_ESTATE, "%s: there is a head office already", dir);
	if (rc != TG_OK)
		return rc;
	if (strlen(init->owner) > TG_ENROL_OWNER_MAX || len + 1 > TG_ENROL_URL_MAX)
		return tg_fail(err, TG_EINVAL, "owner or url is too long");
	(void)snprintf(init->site.owner, sizeof(init->site.owner), "%s", init->owner);
	(void)snprintf(init->site.url, sizeof(init->site.url), "%s%s", init->url,
		len > 0 && init->url[len - 1] == '/' ? "" : "/");
	apply_lives(&init->site, &init->lives);
	if (!tg_enrol_owner_valid(init->site.owner))
		return tg_fail(
			err, TG_EINVAL, "--owner: wanted a domain name in lower case, such as shop.example");
	if (!tg_enrol_url_valid(init->site.url))
		return tg_fail(
			err, TG_EINVAL, "--url: wanted a http or https URL without user name and query");
	return make_folders(&init->site, err);
}

/*
 * hq.json comes last: a folder without it is not a head office yet, and init may be run again once its keys
 * are removed.
 */
static int init_all(struct init *init, const tg_publish_ctx *ctx, tg_error *err)
{
	int kept, rc = write_policy(init, err);

	if (rc == TG_OK)
		rc = tg_keys_create(
			&kept, init->site.keys, init->site.owner, 1, tg_buf_view(ctx->passphrase), err);
	if (rc == TG_OK)
		rc = tg_publish_root(ctx, err);
	return rc == TG_OK ? tg_site_write(&init->site, err) : rc;
}

/*
 * The first publication is an empty one, so that stations can be enrolled and synced before the first record
 * is there.
 */
static int init_and_publish(struct init *init, const tg_cli *cli, const char *dir)
{
	tg_publish_ctx ctx = { .site = &init->site, .now_us = tg_utc_now_us() };
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
		(void)printf("%s: head office of %s; keys in %s, move root-*.pem to a safe place\n", dir,
			init->site.owner, init->site.keys);
	code = rc == TG_OK ? publish_records(&ctx, cli->json) : tg_cli_fail(&err);
	if (passphrase.data != NULL)
		tg_wipe(passphrase.data, passphrase.cap);
	tg_buf_fini(&passphrase);
	return code;
}

static int run_init(int argc, char **argv)
{
	static const struct option options[] = { { "owner", required_argument, NULL, 'o' },
		{ "url", required_argument, NULL, 'u' }, { "policy", required_argument, NULL, 'p' },
		EXPIRES_OPTIONS, TG_CLI_OPTIONS };
	struct init init = { 0 };
	tg_error err = { 0 };
	tg_cli cli;
	int c, rc;

	tg_cli_init(&cli);
	while ((c = getopt_long(argc, argv, "d:h", options, NULL)) != -1) {
		rc = take_expires(&init.lives, c, &err);
		if (rc == TG_EINVAL)
			return tg_cli_fail(&err);
		if (c == 'o')
			init.owner = optarg;
		else if (c == 'u')
			init.url = optarg;
		else if (c == 'p')
			init.policy = optarg;
		else if (rc == TG_ENOTFOUND && !tg_cli_take(&cli, c))
			return tg_cli_usage(&tg_command_init, c);
	}
	if (optind + 1 != argc || init.owner == NULL || init.url == NULL)
		return tg_cli_usage(&tg_command_init, '?');
	return init_and_publish(&init, &cli, argv[optind]);
}

const tg_command tg_command_init = { "init", run_init,
	"init DIR --owner DOMAIN --url URL [--policy FILE] [--expires-ROLE DAYS …] [--passphrase-file F] "
	"[--json]",
	"Makes a head office: folders, keys, a root, a policy to start from, and a first publication.\n\n"
	"  --owner DOMAIN       whose head office it is, such as shop.example: part of every station's log\n"
	"  --url URL            where DIR/repository will be found by stations\n"
	"  --policy FILE        the first policy, instead of the example (which only observes)\n"
	"  --expires-root DAYS, --expires-targets DAYS, --expires-snapshot DAYS, --expires-timestamp DAYS\n"
	"                       how long signatures hold (365, 180, 30, 7); kept in hq.json\n" };

/* ---- status ---- */

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
	set_versions(json, p->version);
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

/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_refresh.c - tillgate-hq refresh: for a timer, so its exit code says whether a person is needed.
 */
#include "sync/hq/publish_cli.h"

#include <stdio.h>

/*
 * Warnings come when there is still time for what has to be done. A third of a signature's life is a bound for short ones: refresh
 * renews at half, so with its keys at hand it never warns.
 */
static const int64_t soon_days[TG_TUF_ROLES] = {
	[TG_TUF_ROOT] = 60,    /* a ceremony with people and places needs two months' notice */
	[TG_TUF_TARGETS] = 30, /* somebody has to bring the key, or repair what renews it */
	[TG_TUF_SNAPSHOT] = 7, /* as long as a shop's timer may fail unseen */
	[TG_TUF_TIMESTAMP] = 1,
};

static int64_t days_left(int64_t expires_us, int64_t now_us)
{
	return (expires_us - now_us) / TG_US_PER_DAY;
}

static bool ends_soon(const tg_publish_ctx *ctx, tg_tuf_role role, int64_t expires_us)
{
	int64_t soon = soon_days[role] * TG_US_PER_DAY;
	int64_t third = ctx->site->days[role] * TG_US_PER_DAY / 3;

	if (role != TG_TUF_ROOT && third < soon)
		soon = third;
	return expires_us - ctx->now_us < soon;
}

static tg_json *end_json(const tg_publish_ctx *ctx, tg_tuf_role role, int64_t expires_us, bool renewed)
{
	tg_json *json = tg_json_new_object();
	char at[TG_UTC_TEXT_SIZE];

	tg_json_set_str(json, "expires", tg_utc_format(at, expires_us - expires_us % TG_US_PER_SECOND));
	tg_json_set_int(json, "days_left", days_left(expires_us, ctx->now_us));
	tg_json_set_bool(json, "soon", ends_soon(ctx, role, expires_us));
	tg_json_set_bool(json, "renewed", renewed);
	return json;
}

static void report_json(tg_json *out, const tg_publish_result *r, const tg_publish_ctx *ctx)
{
	const bool renewed[TG_TUF_ROLES] = { [TG_TUF_TIMESTAMP] = true,
		[TG_TUF_SNAPSHOT] = r->snapshot_renewed,
		[TG_TUF_TARGETS] = r->targets_renewed };
	tg_json *ends = tg_json_new_object();

	tg_json_set_bool(out, "published", !ctx->dry_run);
	tg_json_set_bool(out, "dry_run", ctx->dry_run);
	tg_json_set_int(out, "catalogue_version", r->catalogue_version);
	tg_json_set_int(out, "document_roles_signed", (int64_t)r->document_roles);
	tg_cli_set_versions(out, r->version);
	for (int role = 0; role < TG_TUF_ROLES; role++)
		tg_json_set(ends, tg_tuf_role_name((tg_tuf_role)role),
			end_json(ctx, (tg_tuf_role)role, r->expires_us[role], renewed[role]));
	if (r->documents_end_us > 0)
		tg_json_set(ends, "documents",
			end_json(ctx, TG_TUF_TARGETS, r->documents_end_us, r->document_roles > 0));
	tg_json_set(out, "ends", ends);
	tg_cli_set_guard(out, &r->guard);
}

static void report_words(const tg_publish_result *r, const tg_publish_ctx *ctx)
{
	tg_cli_say_guard(&r->guard);
	(void)printf("%stimestamp.json %lld, snapshot.json %lld%s, targets.json %lld%s, catalogue %lld\n",
		ctx->dry_run ? "would sign: " : "", (long long)r->version[TG_TUF_TIMESTAMP],
		(long long)r->version[TG_TUF_SNAPSHOT], r->snapshot_renewed ? " (renewed)" : "",
		(long long)r->version[TG_TUF_TARGETS], r->targets_renewed ? " (renewed)" : "",
		(long long)r->catalogue_version);
	if (r->document_roles > 0)
		(void)printf("%zu roles of documents renewed\n", r->document_roles);
	if (ctx->dry_run)
		(void)printf("a dry run: nothing was written\n");
}

static bool warn_one(
	const tg_publish_ctx *ctx, tg_tuf_role role, const char *what, int64_t expires_us, bool quiet)
{
	static const char *const remedies[TG_TUF_ROLES] = {
		[TG_TUF_ROOT] = "hold a root ceremony (tillgate-hq root stage)",
		[TG_TUF_TARGETS] = "publish or refresh where the keys of targets are",
		[TG_TUF_SNAPSHOT] = "see why it is not renewed",
		[TG_TUF_TIMESTAMP] = "see why it is not renewed",
	};
	char at[TG_UTC_TEXT_SIZE];

	if (!ends_soon(ctx, role, expires_us))
		return false;
	if (!quiet)
		(void)fprintf(stderr,
			"tillgate-hq: warning: the signature of %s ends in %lld days, on %s: %s\n", what,
			(long long)days_left(expires_us, ctx->now_us),
			tg_utc_format(at, expires_us - expires_us % TG_US_PER_SECOND), remedies[role]);
	return true;
}

static int warn(const tg_publish_result *r, const tg_publish_ctx *ctx, bool quiet)
{
	bool soon = false;

	for (int role = 0; role < TG_TUF_ROLES; role++) {
		char what[32];

		(void)snprintf(what, sizeof(what), "%s.json", tg_tuf_role_name((tg_tuf_role)role));
		soon = warn_one(ctx, (tg_tuf_role)role, what, r->expires_us[role], quiet) || soon;
	}
	if (r->documents_end_us > 0)
		soon = warn_one(ctx, TG_TUF_TARGETS, "documents.json", r->documents_end_us, quiet) || soon;
	return soon ? TG_EXIT_NEAR_END : TG_EXIT_OK;
}

static int refresh(const tg_cli_signing *s)
{
	tg_publish_result result;
	tg_error err = { 0 };
	tg_json *json;

	if (tg_refresh(&result, &s->ctx, &err) != TG_OK)
		return tg_cli_fail(&err);
	if (!s->cli.json) {
		report_words(&result, &s->ctx);
		return tg_cli_say_archive(&result, warn(&result, &s->ctx, false));
	}
	json = tg_json_new_object();
	report_json(json, &result, &s->ctx);
	if (result.archive_fault[0] != '\0')
		tg_json_set_str(json, "archive_fault", result.archive_fault);
	return tg_cli_print(json, tg_cli_say_archive(&result, warn(&result, &s->ctx, true)));
}

static int run_refresh(int argc, char **argv)
{
	static const struct option options[] = { { "accept-clock-step", no_argument, NULL,
							 TG_OPT_CLOCK_STEP },
		{ "dry-run", no_argument, NULL, TG_OPT_DRY_RUN },
		{ "offline", no_argument, NULL, TG_OPT_OFFLINE }, TG_EXPIRES_OPTIONS, TG_CLI_OPTIONS };
	tg_cli_signing s;
	tg_error err = { 0 };
	int code, rc;

	if (!tg_cli_signing_options(&s, &code, &tg_command_refresh, options, argc, argv))
		return code;
	if (optind < argc)
		return tg_cli_usage(&tg_command_refresh, '?');
	rc = tg_cli_signing_open(&s, "tillgate-hq refresh", &err);
	code = rc == TG_OK ? refresh(&s) : tg_cli_fail(&err);
	tg_cli_signing_close(&s);
	return code;
}

const tg_command tg_command_refresh = { "refresh", run_refresh,
	"refresh [--dry-run] [--offline] [--expires-ROLE DAYS …] [--accept-clock-step] [--json] [-d DIR]",
	"Signs the timestamp anew with the present time, so that stations know the catalogue is still the "
	"newest; "
	"snapshot, targets and\n"
	"documents too when half their life is over (targets and documents if their keys are here). Ends a "
	"change of "
	"root that was cut\n"
	"short. For a timer, once an hour or a day. Exits with 4 when a signature ends soon: root in under "
	"60 days, "
	"targets or documents\n"
	"in under 30, snapshot 7, timestamp 1 (never before two thirds of its life are over, but for "
	"root).\n\n"
	"  --dry-run            say what would be signed and what ends when; write nothing, open no key\n"
	"  --offline            do not ask the repository at its URL whether something newer is published "
	"there\n"
	"  --expires-targets DAYS, --expires-snapshot DAYS, --expires-timestamp DAYS\n"
	"                       how long these signatures hold, this once (else as hq.json says)\n"
	"  --accept-clock-step  the last publication bears a later time than now because the clock was wrong "
	"then: "
	"sign all the same\n" };

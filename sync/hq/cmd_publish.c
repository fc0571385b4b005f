/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_publish.c - tillgate-hq publish, recover.
 */
#include "sync/hq/casework.h"
#include "sync/hq/lint.h"
#include "sync/hq/publish_cli.h"

#include <stdio.h>
#include <unistd.h>

#define SIGNING_OPTIONS                                                                                      \
	{ "accept-clock-step", no_argument, NULL, TG_OPT_CLOCK_STEP },                                       \
		{ "dry-run", no_argument, NULL, TG_OPT_DRY_RUN },                                            \
	{                                                                                                    \
		"offline", no_argument, NULL, TG_OPT_OFFLINE                                                 \
	}

/* ---- publish ---- */

static tg_json *result_json(const tg_publish_result *r, bool dry_run)
{
	tg_json *out = tg_json_new_object();

	tg_json_set_bool(out, "published", !r->nothing && !dry_run);
	tg_json_set_bool(out, "dry_run", dry_run);
	tg_json_set_bool(out, "image_changed", r->image_changed);
	tg_json_set_bool(out, "policy_changed", r->policy_changed);
	tg_json_set_bool(out, "targets_renewed", r->targets_renewed);
	tg_json_set_int(out, "catalogue_version", r->catalogue_version);
	tg_json_set_int(out, "image_bytes", r->image_length);
	if (r->compressed_length > 0)
		tg_json_set_int(out, "compressed_bytes", r->compressed_length);
	if (r->patches > 0) {
		tg_json_set_int(out, "patches", (int64_t)r->patches);
		tg_json_set_int(out, "longest_patch_bytes", r->longest_patch);
	}
	if (r->archive_fault[0] != '\0')
		tg_json_set_str(out, "archive_fault", r->archive_fault);
	if (r->documents > 0)
		tg_json_set_int(out, "documents", (int64_t)r->documents);
	tg_json_set_int(out, "document_roles_signed", (int64_t)r->document_roles);
	tg_cli_set_versions(out, r->version);
	tg_cli_set_guard(out, &r->guard);
	return out;
}

static int report_result(const tg_publish_result *r, bool dry_run, bool json)
{
	if (json)
		return tg_cli_print(result_json(r, dry_run), TG_EXIT_OK);
	tg_cli_say_guard(&r->guard);
	if (r->nothing) {
		(void)printf("nothing changed since catalogue %lld; nothing %s (refresh renews the time)\n",
			(long long)r->catalogue_version, dry_run ? "would be published" : "was published");
		return TG_EXIT_OK;
	}
	(void)printf("%scatalogue %lld%s, %lld bytes; policy %s\n", dry_run ? "would publish: " : "",
		(long long)r->catalogue_version, r->image_changed ? "" : " (unchanged)",
		(long long)r->image_length, r->policy_changed ? "changed" : "unchanged");
	if (!dry_run)
		(void)printf("compressed %lld bytes; %zu patches, the longest %lld bytes\n",
			(long long)r->compressed_length, r->patches, (long long)r->longest_patch);
	if (r->documents > 0 || r->document_roles > 0)
		(void)printf(
			"%zu documents; %zu of their roles signed anew\n", r->documents, r->document_roles);
	(void)printf("%stargets.json %lld, snapshot.json %lld, timestamp.json %lld, root.json %lld\n",
		dry_run ? "would sign: " : "", (long long)r->version[TG_TUF_TARGETS],
		(long long)r->version[TG_TUF_SNAPSHOT], (long long)r->version[TG_TUF_TIMESTAMP],
		(long long)r->version[TG_TUF_ROOT]);
	if (dry_run)
		(void)printf("a dry run: nothing was written\n");
	return TG_EXIT_OK;
}

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

int tg_cli_publish(const tg_publish_ctx *ctx, bool json)
{
	tg_publish_result result;
	tg_findings findings = { 0 };
	tg_records records = { .quiet = json, .documents_seen = ctx->site->documents_seen };
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
		code = rc == TG_OK ? tg_cli_say_archive(&result, report_result(&result, ctx->dry_run, json)) : tg_cli_fail(&err);
	}
	tg_index_fini(&index);
	tg_records_fini(&records);
	tg_findings_fini(&findings);
	return code;
}

/* Making patches from large images takes a minute. */
static void show_progress(void *ctx, const char *what, size_t done, size_t total)
{
	(void)ctx;
	(void)fprintf(stderr, "\r%s: %zu of %zu%s", what, done, total, done == total ? "\n" : "");
}

/*
 * A failure or notice whose writing was cut short is in its records before they go out. A book that cannot be read any more holds nothing
 * up: gates are stopped by records, and a stop must go out on the day on which somebody has to look for a backup, too. `damaged` then:
 * what was written last may be missing in the records.
 */
static int end_casework(bool *damaged, const tg_cli_signing *s, tg_error *err)
{
	char said[240] = "";
	int rc = s->ctx.dry_run ? TG_OK : tg_casework_repair(said, s->ctx.site, err);

	if (said[0] != '\0')
		(void)fprintf(stderr, "tillgate-hq: %s\n", said);
	*damaged = rc == TG_EFORMAT || rc == TG_ELIMIT;
	if (!*damaged)
		return rc;
	(void)fprintf(stderr, "tillgate-hq: %s\ntillgate-hq: the records are published as they are; look whether they have the failure or notice "
			      "that was written last\n", err->msg);
	*err = (tg_error){ 0 };
	return TG_OK;
}

static int run_publish(int argc, char **argv)
{
	static const struct option options[] = { SIGNING_OPTIONS, TG_EXPIRES_OPTIONS, TG_CLI_OPTIONS };
	tg_cli_signing s;
	tg_error err = { 0 };
	bool damaged = false;
	int code, rc;

	if (!tg_cli_signing_options(&s, &code, &tg_command_publish, options, argc, argv))
		return code;
	if (optind < argc)
		return tg_cli_usage(&tg_command_publish, '?');
	rc = tg_cli_signing_open(&s, "tillgate-hq publish", &err);
	if (rc == TG_OK)
		rc = end_casework(&damaged, &s, &err);
	if (!s.cli.json && isatty(STDERR_FILENO))
		s.ctx.progress = show_progress;
	code = rc == TG_OK ? tg_cli_publish(&s.ctx, s.cli.json) : tg_cli_fail(&err);
	tg_cli_signing_close(&s);
	return damaged && (code == TG_EXIT_OK || code == TG_EXIT_NEAR_END) ? TG_EXIT_FAILED : code;
}

const tg_command tg_command_publish = { "publish", run_publish,
	"publish [--dry-run] [--offline] [--expires-ROLE DAYS …] [--accept-clock-step] [--json] [-d DIR]",
	"Checks the records, compiles them, and publishes image, policy and documents into DIR/repository if "
	"they "
	"changed.\n"
	"Refused while lint finds errors, and while something newer is published than DIR knows of. Nothing "
	"is "
	"written, and no key is\n"
	"opened, if nothing changed.\n\n"
	"  --dry-run            say what would be signed; write nothing, open no key\n"
	"  --offline            do not ask the repository at its URL whether something newer is published "
	"there\n"
	"  --expires-targets DAYS, --expires-snapshot DAYS, --expires-timestamp DAYS\n"
	"                       how long these signatures hold, this once (else as hq.json says)\n"
	"  --accept-clock-step  the last publication bears a later time than now because the clock was wrong "
	"then: "
	"sign all the same\n" };

/* ---- recover ---- */

static int report_recovery(const tg_recovery *r, bool dry_run, bool json)
{
	if (json) {
		tg_json *out = tg_json_new_object();

		tg_json_set_bool(out, "needed", r->needed);
		tg_json_set_bool(out, "dry_run", dry_run);
		tg_json_set_int(out, "new_roots", r->new_roots);
		tg_json_set(out, "own", tg_numbers_json(&r->own));
		tg_json_set(out, "floor", tg_numbers_json(&r->floor));
		tg_cli_set_guard(out, &r->report);
		return tg_cli_print(out, TG_EXIT_OK);
	}
	tg_cli_say_guard(&r->report);
	if (!r->needed) {
		(void)printf("this folder is as new as anything that was published; nothing to do\n");
		return TG_EXIT_OK;
	}
	for (int role = 0; role < TG_TUF_ROLES; role++)
		if (r->floor.version[role] > r->own.version[role])
			(void)printf("%s.json: %lld here, %lld published\n",
				tg_tuf_role_name((tg_tuf_role)role), (long long)r->own.version[role],
				(long long)r->floor.version[role]);
	(void)printf("catalogue: %lld here, %lld published; policy: %lld here, %lld published\n",
		(long long)r->own.catalogue_version, (long long)r->floor.catalogue_version,
		(long long)r->own.policy_version, (long long)r->floor.policy_version);
	if (dry_run)
		(void)printf("a dry run: nothing was written\n");
	else
		(void)printf("the next publication will be above these numbers. Its content is this "
			     "folder's: bring the "
			     "records up to date first, then publish\n");
	return TG_EXIT_OK;
}

static int run_recover(int argc, char **argv)
{
	static const struct option options[] = { { "dry-run", no_argument, NULL, TG_OPT_DRY_RUN },
		{ "from", required_argument, NULL, 'f' }, TG_CLI_OPTIONS };
	const char *from = NULL;
	tg_recovery recovery;
	tg_cli_signing s;
	tg_error err = { 0 };
	int c, code, rc;

	tg_cli_signing_init(&s);
	while ((c = getopt_long(argc, argv, "d:h", options, NULL)) != -1) {
		if (c == 'f')
			from = optarg;
		else if (tg_cli_signing_take(&s, c, &err) != TG_OK)
			return tg_cli_usage(&tg_command_recover, c);
	}
	if (optind < argc)
		return tg_cli_usage(&tg_command_recover, '?');
	rc = tg_cli_signing_open(&s, "tillgate-hq recover", &err);
	if (rc == TG_OK)
		rc = tg_guard_recover(&recovery, &s.site, from, s.ctx.dry_run, &err);
	code = rc == TG_OK ? report_recovery(&recovery, s.ctx.dry_run, s.cli.json) : tg_cli_fail(&err);
	tg_cli_signing_close(&s);
	return code;
}

const tg_command tg_command_recover = { "recover", run_recover,
	"recover [--from URL] [--dry-run] [--json] [-d DIR]",
	"After DIR was restored from a backup: takes over what is newer in the repository as it is "
	"published, and in the "
	"high-water\n"
	"mark. Roots are taken over as they are; of all else the numbers, so that the next publication is "
	"above them.\n"
	"Needs no key.\n\n"
	"  --from URL           where the repository is published (else as hq.json says)\n"
	"  --dry-run            say what is newer; write nothing\n" };

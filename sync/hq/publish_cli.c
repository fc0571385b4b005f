/* SPDX-License-Identifier: Apache-2.0
 *
 * publish_cli.c - options and output that several commands of head office have in common.
 */
#include "sync/hq/publish_cli.h"

#include <stdio.h>
#include <unistd.h>

int tg_lives_take(tg_lives *lives, int c, tg_error *err)
{
	if (c < TG_OPT_EXPIRES || c >= TG_OPT_EXPIRES + TG_TUF_ROLES)
		return TG_ENOTFOUND;
	return tg_cli_number(&lives->days[c - TG_OPT_EXPIRES], optarg, 1, TG_SITE_DAYS_MAX, "--expires", err);
}

void tg_lives_apply(tg_site *site, const tg_lives *lives)
{
	for (int role = 0; role < TG_TUF_ROLES; role++)
		if (lives->days[role] > 0)
			site->days[role] = lives->days[role];
}

void tg_cli_set_versions(tg_json *json, const int64_t version[TG_TUF_ROLES])
{
	tg_json *versions = tg_json_new_object();

	for (int role = 0; role < TG_TUF_ROLES; role++)
		tg_json_set_int(versions, tg_tuf_role_name((tg_tuf_role)role), version[role]);
	tg_json_set(json, "versions", versions);
}

void tg_cli_set_guard(tg_json *json, const tg_guard_report *report)
{
	tg_json *guard = tg_json_new_object();

	tg_json_set_bool(guard, "asked", report->asked);
	tg_json_set_bool(guard, "answered", report->answered);
	tg_json_set_bool(guard, "marked", report->marked);
	if (report->mark_lost)
		tg_json_set_bool(guard, "mark_lost", true);
	if (report->why_not[0] != '\0')
		tg_json_set_str(guard, "why_not", report->why_not);
	tg_json_set(json, "guard", guard);
}

void tg_cli_say_guard(const tg_guard_report *report)
{
	if (report->asked && !report->answered)
		(void)fprintf(stderr,
			"tillgate-hq: note: could not see whether something newer is published: %s%s\n",
			report->why_not, report->marked ? "; the high-water mark says no" : "");
	if (report->mark_lost)
		(void)fprintf(stderr, "tillgate-hq: note: the high-water mark that hq.json names was not there%s\n",
			report->answered ? "; what is published told that this folder is not older" : "");
}

int tg_cli_say_archive(const tg_publish_result *result, int code)
{
	if (result->archive_fault[0] == '\0')
		return code;
	(void)fprintf(stderr,
		"tillgate-hq: what is published is not in the archive: %s; see tillgate-hq archive check\n",
		result->archive_fault);
	return TG_EXIT_FAILED;
}

void tg_cli_signing_init(tg_cli_signing *s)
{
	*s = (tg_cli_signing){ .lock = -1, .ctx = { .now_us = tg_utc_now_us() } };
	s->ctx.site = &s->site;
	tg_cli_init(&s->cli);
}

int tg_cli_signing_take(tg_cli_signing *s, int c, tg_error *err)
{
	int rc = tg_lives_take(&s->lives, c, err);

	if (rc != TG_ENOTFOUND)
		return rc;
	switch (c) {
	case TG_OPT_CLOCK_STEP:
		s->ctx.accept_clock_step = true;
		return TG_OK;
	case TG_OPT_DRY_RUN:
		s->ctx.dry_run = true;
		return TG_OK;
	case TG_OPT_OFFLINE:
		s->ctx.offline = true;
		return TG_OK;
	default:
		return tg_cli_take(&s->cli, c) ? TG_OK : TG_ENOTFOUND;
	}
}

bool tg_cli_signing_options(tg_cli_signing *s, int *code, const tg_command *command,
	const struct option *options, int argc, char **argv)
{
	tg_error err = { 0 };
	int c, rc;

	tg_cli_signing_init(s);
	while ((c = getopt_long(argc, argv, "d:h", options, NULL)) != -1) {
		rc = tg_cli_signing_take(s, c, &err);
		if (rc != TG_OK) {
			*code = rc == TG_ENOTFOUND ? tg_cli_usage(command, c) : tg_cli_fail(&err);
			return false;
		}
	}
	return true;
}

int tg_cli_signing_open(tg_cli_signing *s, const char *who, tg_error *err)
{
	int rc = tg_site_open(&s->site, s->cli.dir, err);

	if (rc == TG_OK)
		rc = tg_site_lock(&s->lock, &s->site, who, err);
	if (rc == TG_OK)
		tg_lives_apply(&s->site, &s->lives);
	s->ctx.passphrase_file = s->cli.passphrase_file;
	return rc;
}

void tg_cli_signing_close(const tg_cli_signing *s)
{
	if (s->lock >= 0)
		(void)close(s->lock);
}

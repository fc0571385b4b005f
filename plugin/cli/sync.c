/* SPDX-License-Identifier: Apache-2.0
 *
 * sync.c - `tillgate sync`: one update, for a person at once, for a timer when it is due.
 */
#include "plugin/cli/cli.h"

#include "plugin/cli/ask.h"
#include "plugin/cli/owner.h"
#include "plugin/cli/reach.h"
#include "store/base/utc.h"
#include "store/catalogue/catalogue.h"
#include "sync/state.h"
#include "sync/update.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/** Exit codes of this command, for timers and monitors. */
enum { EXIT_REFUSED = 1, EXIT_UNREACHABLE = 4, EXIT_DENIED = 5 };

#define PROGRESS_AFTER_US INT64_C(1000000) /* people wait a second without asking why */

/* One call of the command. */
typedef struct job {
	tg_cli *cli;
	const char *ca_file; /* of the command line; stands before the configured one */
	bool if_due, check_image;
	tg_station_id id;
	tg_config config;
} job;

static void usage(FILE *to)
{
	fprintf(to, "usage: tillgate [--root DIR] [--json] sync [--if-due] [--ca-file FILE] [--check-image]\n"
		"Fetches what head office published, verifies it by its signatures, and puts it in place in one step. Nothing unverified is used, and\n"
		"on any failure what is in force stays. Credential, certificate and proxy: section sync of tillgate.conf(5).\n"
		"  --if-due         for a timer: do nothing before the time that the last sync planned (the interval after a success, a growing\n"
		"                   random wait after a failure)\n"
		"  --ca-file FILE   certificates to trust for https, instead of the system's or the configured ones\n"
		"  --check-image    hash the installed image again now, not only once a day; it is fetched again if it was damaged\n"
		"Exit: 0 up to date, installed, or not due; 1 refused (signature, rollback, expired, damaged); 2 usage; 3 trouble on this machine;\n"
		"4 head office could not be reached; 5 head office or a proxy refused this station's credential or certificate.\n");
}

/* What the line on the terminal says now. */
typedef struct progress_line {
	int64_t began_us;
	int width; /* characters of it; 0: nothing was said yet */
} progress_line;

static void end_line(progress_line *line)
{
	if (line->width > 0)
		fputc('\n', stderr);
	line->width = 0;
}

static void show_progress(void *ctx, const tg_update_progress *progress)
{
	progress_line *line = ctx;
	char text[160];
	int width;

	if (tg_mono_now_us() - line->began_us < PROGRESS_AFTER_US)
		return;
	if (progress->total_bytes > 0)
		snprintf(text, sizeof(text), "%s %s: %lld of %lld kB", progress->doing, progress->what,
			(long long)progress->done_bytes / 1000, (long long)progress->total_bytes / 1000);
	else
		snprintf(text, sizeof(text), "%s %s", progress->doing, progress->what);
	width = (int)strlen(text);
	fprintf(stderr, "\r%s%*s", text, line->width > width ? line->width - width : 0, "");
	line->width = width;
}

static const char *outcome_word(const tg_update_report *r)
{
	return r->outcome == TG_UPDATE_INSTALLED ? "installed" : r->outcome == TG_UPDATE_REFRESHED ? "refreshed" : "nothing-new";
}

/* How the image came, and what was tried before. */
static tg_json *image_json(const tg_way_taken *taken)
{
	tg_json *json = tg_json_new_object(), *list = tg_json_new_array();

	tg_json_set_str(json, "way", tg_way_name(taken->way));
	tg_json_set_int(json, "bytes_fetched", taken->bytes);
	for (int i = 0; i < taken->failure_count; i++) {
		tg_json *failure = tg_json_new_object();

		tg_json_set_str(failure, "way", tg_way_name(taken->failures[i].way));
		tg_json_set_str(failure, "code", taken->failures[i].code);
		tg_json_set_str(failure, "words", taken->failures[i].words);
		tg_json_add(list, failure);
	}
	tg_json_set(json, "failed", list);
	return json;
}

static void print_failed_ways(const tg_way_taken *taken)
{
	for (int i = 0; i < taken->failure_count; i++)
		fprintf(stderr, "tillgate sync: image, way \"%s\" failed: %s: %s\n", tg_way_name(taken->failures[i].way),
			taken->failures[i].code, taken->failures[i].words);
}

static void print_report(const job *j, const tg_update_report *r)
{
	char issued[TG_UTC_TEXT_SIZE], next[TG_UTC_TEXT_SIZE], new_image[48] = "";

	tg_utc_format(issued, r->issued_us);
	if (r->new_image)
		snprintf(new_image, sizeof(new_image), ", new image (%s)", tg_way_name(r->image.way));
	tg_utc_format(next, r->next_us);
	if (j->cli->json) {
		tg_json *json = tg_json_new_object();

		tg_json_set_str(json, "outcome", outcome_word(r));
		tg_json_set_bool(json, "new_image", r->new_image);
		tg_json_set_bool(json, "new_policy", r->new_policy);
		tg_json_set(json, "image", image_json(&r->image));
		tg_json_set_int(json, "catalogue_version", r->catalogue_version);
		tg_json_set_int(json, "previous_version", r->previous_version);
		tg_json_set_str(json, "issued_at", issued);
		tg_json_set_str(json, "next_try", next);
		tg_json_set_int(json, "requests", r->requests);
		tg_json_set_int(json, "bytes_fetched", r->bytes_fetched);
		tg_ask_print_json(json);
		tg_json_free(json);
		return;
	}
	if (r->outcome == TG_UPDATE_INSTALLED)
		printf("catalogue %lld installed (was %lld)%s%s", (long long)r->catalogue_version, (long long)r->previous_version,
			new_image, r->new_policy ? ", new policy" : "");
	else
		printf("catalogue %lld is the newest%s", (long long)r->catalogue_version,
			r->outcome == TG_UPDATE_REFRESHED ? ", confirmed again" : "");
	printf("; issued %s; %d requests, %lld kB\n", issued, r->requests, (long long)r->bytes_fetched / 1000);
}

/* `r` NULL: the update itself did not begin. */
static void print_failure(const job *j, const tg_error *err, const tg_update_report *r)
{
	int64_t next_us = r != NULL ? r->next_us : 0; /* 0: not planned */
	char next[TG_UTC_TEXT_SIZE];
	tg_json *json;

	tg_utc_format(next, next_us);
	fprintf(stderr, "tillgate sync: %s: %s%s%s\n", tg_strerror(err->code), err->msg, next_us != 0 ? "; next try " : "",
		next_us != 0 ? next : "");
	if (!j->cli->json)
		return;
	json = tg_json_new_object();
	tg_json_set_str(json, "outcome", "failed");
	tg_json_set_str(json, "code", tg_strerror(err->code));
	tg_json_set_str(json, "error", err->msg);
	if (r != NULL && r->image.way != TG_WAY_NONE)
		tg_json_set(json, "image", image_json(&r->image));
	if (next_us != 0)
		tg_json_set_str(json, "next_try", next);
	tg_ask_print_json(json);
	tg_json_free(json);
}

/* A timer's call that came too early, or while another sync is at work: no failure. */
static int print_not_due(const job *j, const char *why, int64_t next_us)
{
	char next[TG_UTC_TEXT_SIZE];

	tg_utc_format(next, next_us);
	if (j->cli->json) {
		tg_json *json = tg_json_new_object();

		tg_json_set_str(json, "outcome", "not-due");
		tg_json_set_str(json, "next_try", next);
		tg_ask_print_json(json);
		tg_json_free(json);
	} else {
		printf("%s%s\n", why, next_us != 0 ? next : "");
	}
	return 0;
}

static int exit_of(int code)
{
	switch (code) {
	case TG_ENETWORK:
	case TG_ENOTFOUND:
		return EXIT_UNREACHABLE;
	case TG_EDENIED:
		return EXIT_DENIED;
	case TG_EUNTRUSTED:
	case TG_EROLLBACK:
	case TG_EEXPIRED:
	case TG_EHASH:
	case TG_ELENGTH:
	case TG_EFORMAT:
		return EXIT_REFUSED;
	default:
		return TG_EXIT_NOT_CHECKED;
	}
}

static int accept_image(const char *path, int64_t length, tg_view blocks, tg_error *err)
{
	tg_catalogue *cat = NULL;
	int rc = tg_catalogue_open(&cat, path, &(tg_catalogue_trust){ .length = (uint64_t)length, .blocks = blocks }, err);

	tg_catalogue_close(cat);
	return rc;
}

static tg_schedule schedule_of(const job *j)
{
	return (tg_schedule){ .station = j->id.station, .interval_s = j->config.sync.interval_s };
}

/* What stopped us before the update itself began belongs into the state too, or the status page would praise an old success. */
static int fail_early(const job *j, const tg_error *err)
{
	tg_sync_attempt attempt = { .at_us = tg_utc_now_us(), .rc = err->code, .why = err, .retry_after_s = -1, .schedule = schedule_of(j) };

	(void)!tg_sync_state_record(j->cli->paths.catalogue_dir, &attempt, NULL);
	print_failure(j, err, NULL);
	return TG_EXIT_NOT_CHECKED;
}

static int update(const job *j)
{
	tg_update_progress_fn *progress = isatty(STDERR_FILENO) ? show_progress : NULL;
	progress_line line = { .began_us = tg_mono_now_us() };
	tg_update_report report = { 0 };
	tg_update_config config = { .catalogue_dir = j->cli->paths.catalogue_dir, .trust_root = j->cli->paths.trust_root,
		.metadata_url = j->id.metadata_url, .targets_url = j->id.targets_url,
		.check_image = j->check_image || access(j->cli->paths.image_wanted, F_OK) == 0, /* the daemon may ask for it */
		.accept_image = accept_image, .schedule = schedule_of(j) };
	tg_fetch *fetch = NULL;
	tg_error err = { 0 };
	int rc = tg_reach_open(&fetch, &j->config.sync, &j->id, j->ca_file, &err);

	if (rc != TG_OK)
		return fail_early(j, &err);
	config.fetch = fetch;
	rc = tg_update_run(&report, &config, progress, &line, &err);
	tg_fetch_close(fetch);
	end_line(&line);
	print_failed_ways(&report.image);
	if (rc == TG_OK)
		print_report(j, &report);
	else if (rc == TG_EBUSY && j->if_due)
		return print_not_due(j, "another sync is at work", 0);
	else
		print_failure(j, &err, &report);
	return rc == TG_OK ? 0 : exit_of(rc);
}

/* A station that was switched off waits for its place first; `state` says then until when. */
static bool is_due(const job *j, tg_sync_state *state)
{
	tg_schedule schedule = schedule_of(j);
	int64_t now_us = tg_utc_now_us(), back_us = tg_schedule_after_absence(&schedule, now_us, state->next_us);

	if (state->attempt_us > now_us) /* the clock was set back since: what was planned by it means nothing */
		return true;
	if (back_us == 0 || tg_sync_state_plan(j->cli->paths.catalogue_dir, back_us, NULL) != TG_OK)
		return tg_schedule_is_due(&schedule, now_us, state->next_us);
	state->next_us = back_us;
	return false;
}

static int run(job *j)
{
	tg_sync_state state;
	tg_error err = { 0 };
	int rc = tg_station_id_read(&j->id, &j->cli->paths, &err);

	if (rc == TG_OK)
		rc = tg_owner_become(j->cli->paths.catalogue_dir, &err);
	if (rc != TG_OK) {
		print_failure(j, &err, NULL);
		return TG_EXIT_NOT_CHECKED;
	}
	if (tg_config_read(&j->config, j->cli->paths.config, &err) != TG_OK)
		return fail_early(j, &err);
	if (j->if_due && tg_sync_state_read(&state, j->cli->paths.catalogue_dir, NULL) == TG_OK && !is_due(j, &state))
		return print_not_due(j, "not due until ", state.next_us);
	return update(j);
}

int tg_cli_sync(tg_cli *cli, int argc, char **argv)
{
	static job j; /* the configuration of 32 lanes is no matter for a stack */
	int code;

	j.cli = cli;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			usage(stdout);
			return 0;
		}
		if (strcmp(argv[i], "--json") == 0)
			cli->json = true;
		else if (strcmp(argv[i], "--check-image") == 0)
			j.check_image = true;
		else if (strcmp(argv[i], "--if-due") == 0)
			j.if_due = true;
		else if (strcmp(argv[i], "--ca-file") == 0 && i + 1 < argc)
			j.ca_file = argv[++i];
		else
			return tg_cli_misused(cli, "\"%s\" is not understood", argv[i]);
	}
	code = run(&j);
	tg_config_fini(&j.config);
	return code;
}

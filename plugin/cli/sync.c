/* SPDX-License-Identifier: Apache-2.0
 *
 * sync.c - `tillgate sync`: one update, for a person or a timer.
 */
#include "plugin/cli/cli.h"

#include "plugin/cli/ask.h"
#include "plugin/cli/owner.h"
#include "store/base/utc.h"
#include "store/catalogue/catalogue.h"
#include "sync/update.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/** Exit codes of this command, for timers and monitors. */
enum { EXIT_REFUSED = 1, EXIT_UNREACHABLE = 4 };

#define PROGRESS_AFTER_US INT64_C(1000000) /* people wait a second without asking why */

static void usage(FILE *to)
{
	fprintf(to, "usage: tillgate [--root DIR] [--json] sync [--ca-file FILE] [--check-image]\n"
		"Fetches what head office published, verifies it by its signatures, and puts it in place in one step. Nothing unverified is used, and\n"
		"on any failure what is in force stays.\n"
		"  --ca-file FILE   certificates to trust for https, instead of the system's\n"
		"  --check-image    hash the installed image again now, not only once a day; it is fetched again if it was damaged\n"
		"Exit: 0 up to date or installed, 1 refused (signature, rollback, expired, damaged), 2 usage, 3 trouble on this machine, 4 head office\n"
		"could not be reached.\n");
}

static void show_progress(void *ctx, const tg_update_progress *progress)
{
	int64_t *began_us = ctx;

	if (tg_mono_now_us() - *began_us < PROGRESS_AFTER_US || progress->total_bytes == 0)
		return;
	fprintf(stderr, "\r%s: %lld of %lld kB", progress->what, (long long)progress->done_bytes / 1000,
		(long long)progress->total_bytes / 1000);
	if (progress->done_bytes == progress->total_bytes)
		fputc('\n', stderr);
}

static const char *outcome_word(const tg_update_report *r)
{
	return r->outcome == TG_UPDATE_INSTALLED ? "installed" : r->outcome == TG_UPDATE_REFRESHED ? "refreshed" : "nothing-new";
}

static void print_report(const tg_cli *cli, const tg_update_report *r)
{
	char issued[TG_UTC_TEXT_SIZE];

	tg_utc_format(issued, r->issued_us);
	if (cli->json) {
		tg_json *json = tg_json_new_object();

		tg_json_set_str(json, "outcome", outcome_word(r));
		tg_json_set_bool(json, "new_image", r->new_image);
		tg_json_set_bool(json, "new_policy", r->new_policy);
		tg_json_set_int(json, "catalogue_version", r->catalogue_version);
		tg_json_set_int(json, "previous_version", r->previous_version);
		tg_json_set_str(json, "issued_at", issued);
		tg_json_set_int(json, "requests", r->requests);
		tg_json_set_int(json, "bytes_fetched", r->bytes_fetched);
		tg_ask_print_json(json);
		tg_json_free(json);
		return;
	}
	if (r->outcome == TG_UPDATE_INSTALLED)
		printf("catalogue %lld installed (was %lld)%s%s", (long long)r->catalogue_version, (long long)r->previous_version,
			r->new_image ? ", new image" : "", r->new_policy ? ", new policy" : "");
	else
		printf("catalogue %lld is the newest%s", (long long)r->catalogue_version,
			r->outcome == TG_UPDATE_REFRESHED ? ", confirmed again" : "");
	printf("; issued %s; %d requests, %lld kB\n", issued, r->requests, (long long)r->bytes_fetched / 1000);
}

static int exit_of(int code)
{
	switch (code) {
	case TG_ENETWORK:
	case TG_ENOTFOUND:
		return EXIT_UNREACHABLE;
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

static int update(tg_cli *cli, const char *ca_file, bool check_image)
{
	tg_update_progress_fn *progress = isatty(STDERR_FILENO) ? show_progress : NULL;
	int64_t began_us = tg_mono_now_us();
	tg_update_report report = { 0 };
	tg_update_config config = { 0 };
	tg_fetch *fetch = NULL;
	tg_error err = { 0 };
	tg_station_id id;
	int rc = tg_station_id_read(&id, &cli->paths, &err);

	if (rc == TG_OK)
		rc = tg_owner_become(cli->paths.catalogue_dir, &err);
	if (rc == TG_OK)
		rc = tg_fetch_open(&fetch, &(tg_fetch_options){ .ca_file = ca_file }, &err);
	if (rc == TG_OK) {
		config = (tg_update_config){ .catalogue_dir = cli->paths.catalogue_dir, .trust_root = cli->paths.trust_root,
			.metadata_url = id.metadata_url, .targets_url = id.targets_url, .fetch = fetch, .check_image = check_image,
			.accept_image = accept_image };
		rc = tg_update_run(&report, &config, progress, &began_us, &err);
	}
	tg_fetch_close(fetch);
	if (rc == TG_OK) {
		print_report(cli, &report);
		return 0;
	}
	fprintf(stderr, "tillgate sync: %s: %s\n", tg_strerror(rc), err.msg);
	return exit_of(rc);
}

int tg_cli_sync(tg_cli *cli, int argc, char **argv)
{
	const char *ca_file = NULL;
	bool check_image = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			usage(stdout);
			return 0;
		}
		if (strcmp(argv[i], "--json") == 0)
			cli->json = true;
		else if (strcmp(argv[i], "--check-image") == 0)
			check_image = true;
		else if (strcmp(argv[i], "--ca-file") == 0 && i + 1 < argc)
			ca_file = argv[++i];
		else
			return tg_cli_misused(cli, "\"%s\" is not understood", argv[i]);
	}
	return update(cli, ca_file, check_image);
}

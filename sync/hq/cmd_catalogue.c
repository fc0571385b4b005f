/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_catalogue.c - tillgate-hq catalogue diff.
 */
#include "store/base/file.h"
#include "sync/hq/cmd_sales.h"
#include "sync/hq/diff.h"
#include "sync/hq/present.h"
#include "sync/hq/versions.h"

#include <stdio.h>
#include <unistd.h>

/* One of the two: present records, a published version, or a file. */
static int open_side(
	tg_catalogue **own, const tg_catalogue **out, const char *text, const tg_site *site, const tg_present *present,
	tg_error *err)
{
	char path[4096];
	int64_t version;
	int rc = TG_OK;

	if (strcmp(text, "records") == 0) {
		*out = present->cat;
		return TG_OK;
	}
	if (text[0] != '\0' && text[strspn(text, "0123456789")] == '\0') {
		rc = tg_cli_number(&version, text, 1, TG_JSON_MAX_INT, "a catalogue version", err);
		if (rc == TG_OK)
			rc = tg_versions_image(path, site, version, err);
	} else {
		rc = tg_path(path, err, "%s", text);
	}
	if (rc == TG_OK)
		rc = tg_catalogue_open(own, path, NULL, err);
	*out = *own;
	return rc;
}

static void show_progress(void *ctx, const char *what, size_t done, size_t total)
{
	(void)ctx;
	(void)fprintf(stderr, "\r%zu of %zu %s", done, total, what);
}

static int report(const tg_diff_ask *ask, const tg_sales_cli *options, bool json, tg_error *err)
{
	tg_diff diff;
	int code = TG_EXIT_OK, rc = tg_diff_make(&diff, ask, err);

	if (ask->progress != NULL)
		(void)fputs("\r\033[K", stderr);
	if (rc == TG_OK && json)
		code = tg_cli_print(tg_diff_json(&diff), TG_EXIT_OK);
	else if (rc == TG_OK)
		tg_diff_print(stdout, &diff, (size_t)options->top);
	tg_diff_fini(&diff);
	return rc == TG_OK ? code : tg_cli_fail(err);
}

struct sides {
	tg_catalogue *own[2];
	const tg_catalogue *cat[2];
};

static int open_both(struct sides *s, char **names, const tg_site *site, const tg_present *present, tg_error *err)
{
	int rc = open_side(&s->own[0], &s->cat[0], names[0], site, present, err);

	return rc == TG_OK ? open_side(&s->own[1], &s->cat[1], names[1], site, present, err) : rc;
}

static int run_diff(const tg_cli *cli, tg_sales_cli *options, char **names, const char *scans)
{
	tg_present present = { 0 };
	struct sides sides = { 0 };
	tg_sales sales = { 0 };
	tg_diff_ask ask = { .today = options->today, .sales = scans != NULL ? &sales : NULL };
	tg_error err = { 0 };
	tg_site site;
	int code, rc = tg_site_paths(&site, cli->dir, &err);

	if (rc == TG_OK && scans != NULL)
		rc = tg_sales_cli_read(&sales, scans, options, cli->json, &err);
	if (rc == TG_OK)
		rc = tg_present_open(&present, &site, options->today, cli->json, &err);
	if (rc == TG_OK)
		rc = open_both(&sides, names, &site, &present, &err);
	ask.before = sides.cat[0];
	ask.after = sides.cat[1];
	ask.records = present.cat;
	ask.policy = &present.records.policy;
	if (!cli->json && isatty(STDERR_FILENO))
		ask.progress = show_progress;
	code = rc == TG_OK ? report(&ask, options, cli->json, &err) : tg_cli_fail(&err);
	tg_catalogue_close(sides.own[0]);
	tg_catalogue_close(sides.own[1]);
	tg_present_close(&present);
	tg_sales_fini(&sales);
	return code;
}

static int run_catalogue(int argc, char **argv)
{
	static const struct option options[] = { TG_SALES_CLI_OPTIONS, { "scans", required_argument, NULL, 'S' },
		TG_CLI_OPTIONS };
	const char *scans = NULL;
	tg_error err = { 0 };
	tg_sales_cli take;
	tg_cli cli;
	int c, rc;

	tg_cli_init(&cli);
	tg_sales_cli_init(&take, 50);
	while ((c = getopt_long(argc, argv, "d:h", options, NULL)) != -1) {
		if (c == 'S') {
			scans = optarg;
			continue;
		}
		rc = tg_sales_cli_take(&take, c, &err);
		if (rc == TG_EINVAL)
			return tg_cli_fail(&err);
		if (rc == TG_ENOTFOUND && !tg_cli_take(&cli, c))
			return tg_cli_usage(&tg_command_catalogue, c);
	}
	if (optind + 3 != argc || strcmp(argv[optind], "diff") != 0)
		return tg_cli_usage(&tg_command_catalogue, '?');
	return run_diff(&cli, &take, argv + optind + 1, scans);
}

const tg_command tg_command_catalogue = { "catalogue", run_catalogue,
	"catalogue diff A B [--scans SALES.csv [--map COLUMN=gtin] [--map COLUMN=count] [--separator C]] [--top N] "
	"[--today YYYY-MM-DD] [--json] [-d DIR]",
	"Says in words what goes from catalogue A to catalogue B, and what it means at an ordinary sale: newly "
	"withheld first.\n"
	"Changes nothing. A and B are each a version that was published and whose image is still kept, the word "
	"\"records\"\n"
	"(what would be published now), or a file. The present policy judges both.\n\n"
	"  --scans SALES.csv    what was scanned lately, as for coverage: how much of it would newly be withheld\n"
	"  --map COLUMN=FIELD, --separator C   as for coverage\n"
	"  --top N              so many of each effect (50); --json has all\n"
	"  --today YYYY-MM-DD   judge as if it were that day\n" };

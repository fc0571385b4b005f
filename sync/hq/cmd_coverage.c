/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_coverage.c - tillgate-hq coverage.
 */
#include "sync/hq/cmd_sales.h"
#include "sync/hq/coverage.h"
#include "sync/hq/present.h"

#include <stdio.h>
#include <unistd.h>

#define BAD_SHOWN 10 /* bad lines on a terminal: enough to see what is wrong with the export */
#define TOP_MAX 1000000

/* ---- options for sales ---- */

void tg_sales_cli_init(tg_sales_cli *options, int64_t top)
{
	*options = (tg_sales_cli){ .today = tg_day_in_uk(tg_utc_now_us()), .top = top };
}

static int take_map(tg_sales_options *sales, char *text, tg_error *err)
{
	char *equals = strrchr(text, '=');

	if (equals == NULL || equals == text)
		return tg_fail(err, TG_EINVAL, "--map: wanted COLUMN=gtin or COLUMN=count");
	*equals = '\0';
	if (strcmp(equals + 1, "gtin") == 0)
		sales->number_column = text;
	else if (strcmp(equals + 1, "count") == 0)
		sales->count_column = text;
	else
		return tg_fail(err, TG_EINVAL, "--map: \"%s\" is none of gtin, count", equals + 1);
	return TG_OK;
}

int tg_sales_cli_take(tg_sales_cli *options, int c, tg_error *err)
{
	switch (c) {
	case 'm':
		return take_map(&options->sales, optarg, err);
	case 's':
		if (strcmp(optarg, "tab") == 0)
			optarg[0] = '\t';
		else if (strlen(optarg) != 1 || strchr("\"\r\n", optarg[0]) != NULL)
			return tg_fail(err, TG_EINVAL, "--separator: wanted one character, or \"tab\"");
		options->sales.separator = optarg[0];
		return TG_OK;
	case 't':
		return tg_day_parse(&options->today, optarg, NULL) == TG_OK
			       ? TG_OK
			       : tg_fail(err, TG_EINVAL, "--today: wanted YYYY-MM-DD");
	case 'n':
		return tg_cli_number(&options->top, optarg, 0, TOP_MAX, "--top", err);
	default:
		return TG_ENOTFOUND;
	}
}

static void show_progress(void *ctx, const char *what, size_t done, size_t total)
{
	(void)ctx;
	(void)total;
	(void)fprintf(stderr, "\r%zu %s", done, what);
}

int tg_sales_cli_read(tg_sales *out, const char *path, tg_sales_cli *options, bool json, tg_error *err)
{
	bool progress = !json && isatty(STDERR_FILENO);
	int rc;

	if (progress)
		options->sales.progress = show_progress;
	rc = tg_sales_read(out, path, &options->sales, err);
	if (progress)
		(void)fputs("\r\033[K", stderr);
	for (size_t i = 0; !json && i < out->bad_kept && i < BAD_SHOWN; i++)
		(void)fprintf(stderr, "%s:%u: %s\n", path, out->bad[i].line, out->bad[i].words);
	if (!json && out->bad_lines > BAD_SHOWN)
		(void)fprintf(stderr, "%s: %zu bad lines in all, left out\n", path, out->bad_lines);
	return rc;
}

/* ---- coverage ---- */

static int report(const tg_present *present, const tg_sales *sales, const tg_sales_cli *options,
	const tg_cli *cli, tg_error *err)
{
	const tg_coverage_ask ask = { present->cat, &present->records.policy, &present->index, sales,
		options->today };
	tg_coverage coverage;
	int code, rc = tg_coverage_make(&coverage, &ask, err);

	code = rc != TG_OK			     ? tg_cli_fail(err)
	       : tg_coverage_reached(&coverage) ? TG_EXIT_OK
						: TG_EXIT_REFUSED;
	if (rc == TG_OK && cli->json)
		code = tg_cli_print(tg_coverage_json(&coverage, sales, (size_t)options->top), code);
	else if (rc == TG_OK)
		tg_coverage_print(stdout, &coverage, sales, (size_t)options->top);
	tg_coverage_fini(&coverage);
	return code;
}

static int run_coverage(int argc, char **argv)
{
	static const struct option options[] = { TG_SALES_CLI_OPTIONS, TG_CLI_OPTIONS };
	tg_present present = { 0 };
	tg_sales sales = { 0 };
	tg_error err = { 0 };
	tg_sales_cli take;
	tg_site site;
	tg_cli cli;
	int c, rc, code;

	tg_cli_init(&cli);
	tg_sales_cli_init(&take, 20);
	while ((c = getopt_long(argc, argv, "d:h", options, NULL)) != -1) {
		rc = tg_sales_cli_take(&take, c, &err);
		if (rc == TG_EINVAL)
			return tg_cli_fail(&err);
		if (rc == TG_ENOTFOUND && !tg_cli_take(&cli, c))
			return tg_cli_usage(&tg_command_coverage, c);
	}
	if (optind + 1 != argc)
		return tg_cli_usage(&tg_command_coverage, '?');
	rc = tg_site_paths(&site, cli.dir, &err);
	if (rc == TG_OK)
		rc = tg_sales_cli_read(&sales, argv[optind], &take, cli.json, &err);
	if (rc == TG_OK)
		rc = tg_present_open(&present, &site, take.today, cli.json, &err);
	code = rc != TG_OK ? tg_cli_fail(&err) : report(&present, &sales, &take, &cli, &err);
	/* 1 says that the aim is not reached; records that cannot be compiled are another matter */
	if (rc == TG_ESTATE)
		code = TG_EXIT_FAILED;
	tg_present_close(&present);
	tg_sales_fini(&sales);
	return code;
}

const tg_command tg_command_coverage = { "coverage", run_coverage,
	"coverage SALES.csv [--map COLUMN=gtin] [--map COLUMN=count] [--separator C] [--top N] "
	"[--today YYYY-MM-DD] [--json] [-d DIR]",
	"Says what enforcing today would withhold of what was scanned or sold, and why; which numbers have no "
	"answer yet, the\n"
	"most sold first; and which class note would answer most of them. Changes nothing. The gate itself is "
	"asked, with the\n"
	"present records and policy, as for an ordinary sale of a unit whose batch is not known.\n"
	"The first line of SALES.csv names the columns: \"gtin\" (8, 12, 13 or 14 digits, in-store numbers too) "
	"and \"count\";\n"
	"without a count each line is one unit. Exits with 0 if under 0.03 % of the units would be withheld for "
	"want of an\n"
	"answer, else with 1.\n\n"
	"  --map COLUMN=FIELD   that column holds gtin or count\n"
	"  --separator C        between columns: comma, semicolon or \"tab\"; without, what the first line has\n"
	"  --top N              so many numbers without an answer (20)\n"
	"  --today YYYY-MM-DD   judge as if it were that day\n" };

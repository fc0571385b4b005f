/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_records.c - tillgate-hq lint.
 */
#include "sync/hq/cli.h"
#include "sync/hq/lint.h"
#include "sync/hq/site.h"

#include <stdio.h>
#include <unistd.h>

/* ---- lint ---- */

#define EQUAL_WARNINGS                                                                                       \
	10 /* of one code are printed: enough to see a pattern, few enough to leave defects in sight */

static int lint_records(
	tg_findings *findings, tg_records *records, const char *folder, int32_t today, tg_error *err)
{
	tg_index index = { 0 };
	bool progress = !records->quiet && isatty(STDERR_FILENO);
	int rc = tg_records_load(records, findings, folder, err);

	if (rc == TG_OK && progress)
		(void)fputs("seeing how the records fit together", stderr); /* a second or two of a million */
	if (rc == TG_OK)
		rc = tg_index_build(&index, records, findings, err);
	if (rc == TG_OK)
		tg_lint(findings, &index, today);
	tg_index_fini(&index);
	if (progress)
		(void)fputs("\r\033[K", stderr);
	return rc;
}

static int report_lint(
	const tg_findings *findings, const tg_records *records, const tg_findings_choice *choice, bool json)
{
	size_t errors = findings->counts[TG_FINDING_ERROR], defects = findings->counts[TG_FINDING_DEFECT];
	int code = errors + defects > 0 ? TG_EXIT_REFUSED : TG_EXIT_OK;

	if (json)
		return tg_cli_print(tg_findings_json(findings), code);
	tg_findings_print(stdout, findings, choice);
	tg_findings_print_counts(stdout, findings);
	(void)printf("%zu products, %zu statements, %zu labels, %zu scope notes, %zu class notes, %zu packs, "
		     "%zu bundles, "
		     "%zu failures, notices and publications: %zu errors, %zu defects, %zu warnings\n",
		records->product_count, records->soc_count, records->label_count, records->scope_note_count,
		records->class_note_count, records->pack_count, records->bundle_count,
		records->failure_count + records->notice_count + records->publication_count, errors, defects,
		findings->counts[TG_FINDING_WARNING]);
	return code;
}

static int run_lint(int argc, char **argv)
{
	static const struct option options[] = { { "today", required_argument, NULL, 't' },
		{ "all", no_argument, NULL, 'a' }, TG_CLI_OPTIONS };
	tg_findings_choice choice = { .equal_warnings = EQUAL_WARNINGS };
	int32_t today = tg_day_in_uk(tg_utc_now_us());
	tg_findings findings = { 0 };
	tg_records records = { 0 };
	tg_error err = { 0 };
	tg_site site;
	tg_cli cli;
	int c, rc, code;

	tg_cli_init(&cli);
	while ((c = getopt_long(argc, argv, "d:h", options, NULL)) != -1) {
		if (c == 't' && tg_day_parse(&today, optarg, &err) != TG_OK)
			return tg_cli_fail(
				&(tg_error){ .code = TG_EINVAL, .msg = "--today: wanted YYYY-MM-DD" });
		if (c == 'a')
			choice.equal_warnings = 0;
		else if (c != 't' && !tg_cli_take(&cli, c))
			return tg_cli_usage(&tg_command_lint, c);
	}
	if (optind < argc)
		return tg_cli_usage(&tg_command_lint, '?');
	records.quiet = cli.json;
	records.documents_seen = site.documents_seen;
	rc = tg_site_paths(&site, cli.dir, &err);
	if (rc == TG_OK)
		rc = lint_records(&findings, &records, site.records, today, &err);
	choice.folder = site.records;
	code = rc == TG_OK ? report_lint(&findings, &records, &choice, cli.json) : tg_cli_fail(&err);
	tg_records_fini(&records);
	tg_findings_fini(&findings);
	return code;
}

const tg_command tg_command_lint = { "lint", run_lint, "lint [--today YYYY-MM-DD] [--all] [--json] [-d DIR]",
	"Reports everything that is wrong with the records: FILE:LINE: LEVEL CODE FIELD: what is wrong, what "
	"to do.\n"
	"An error stops publish; a defect is published as such and withheld at the till; a warning is worth "
	"a look.\n"
	"Exits with 1 if there are errors or defects.\n\n"
	"  --today YYYY-MM-DD   judge as if it were that day\n"
	"  --all                every warning, not only the first ten of each code\n" };

/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_records.c - tillgate-hq import, tillgate-hq lint.
 */
#include "store/base/file.h"
#include "sync/hq/cli.h"
#include "sync/hq/cmd_supplier.h"
#include "sync/hq/import.h"
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
	int rc = tg_records_load(records, findings, folder, err);

	if (rc == TG_OK)
		rc = tg_index_build(&index, records, findings, err);
	if (rc == TG_OK)
		tg_lint(findings, &index, today);
	tg_index_fini(&index);
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

/* ---- import ---- */

static bool ends_in(const char *text, const char *suffix)
{
	size_t len = strlen(text), tail = strlen(suffix);

	return len >= tail && strcmp(text + len - tail, suffix) == 0;
}

static int take_map(tg_import_options *options, char *text, tg_error *err)
{
	char *equals = strrchr(text, '=');

	if (equals == NULL || equals == text || equals[1] == '\0')
		return tg_fail(err, TG_EINVAL, "--map: wanted COLUMN=FIELD");
	if (options->map_count == TG_IMPORT_MAPS_MAX)
		return tg_fail(err, TG_EINVAL, "--map: more than %d", TG_IMPORT_MAPS_MAX);
	*equals = '\0';
	options->maps[options->map_count++] = (tg_import_map){ text, equals + 1 };
	return TG_OK;
}

static int take_kind(tg_import_options *options, const char *text, tg_error *err)
{
	for (int kind = 0; kind < TG_RECORD_KINDS; kind++) {
		if (strcmp(text, tg_record_words[kind]) == 0) {
			options->kind = (tg_record_kind)kind;
			return TG_OK;
		}
	}
	return tg_fail(err, TG_EINVAL,
		"--kind: \"%s\" is none of products, socs, labels, scope_notes, class_notes, packs, bundles, "
		"roles, failures, notices, "
		"publications",
		text);
}

static int take_import_option(tg_import_options *options, int c, tg_error *err)
{
	switch (c) {
	case 'k':
		return take_kind(options, optarg, err);
	case 'm':
		return take_map(options, optarg, err);
	case 's':
		if (strcmp(optarg, "tab") == 0)
			optarg[0] = '\t';
		else if (strlen(optarg) != 1 || strchr("\"\r\n", optarg[0]) != NULL)
			return tg_fail(err, TG_EINVAL, "--separator: wanted one character, or \"tab\"");
		options->separator = optarg[0];
		return TG_OK;
	case 'n':
		options->dry_run = true;
		return TG_OK;
	default:
		return TG_ENOTFOUND;
	}
}

static int report_import(const tg_import_result *result, const tg_findings *findings,
	const tg_import_options *options, const tg_cli *cli, const tg_error *err)
{
	int code = err->code == TG_OK        ? TG_EXIT_OK
		   : err->code == TG_EFORMAT ? TG_EXIT_REFUSED
					     : tg_cli_fail(err);

	if (code != TG_EXIT_OK && code != TG_EXIT_REFUSED)
		return code;
	if (cli->json) {
		tg_json *json = tg_findings_json(findings);

		tg_json_set_bool(json, "imported", code == TG_EXIT_OK && !options->dry_run);
		tg_json_set_int(json, "added", (int64_t)result->added);
		tg_json_set_int(json, "changed", (int64_t)result->changed);
		tg_json_set_int(json, "unchanged", (int64_t)result->unchanged);
		tg_json_set_int(json, "total", (int64_t)result->total);
		tg_json_set_str(json, "words", err->msg);
		return tg_cli_print(json, code);
	}
	tg_findings_print(stderr, findings, &(tg_findings_choice){ 0 });
	if (code == TG_EXIT_REFUSED)
		return tg_cli_fail(err), code;
	(void)printf("%s%s: %zu added, %zu changed, %zu as they were; %zu records in all\n",
		options->dry_run ? "dry run: " : "", tg_record_files[options->kind], result->added,
		result->changed, result->unchanged, result->total);
	return code;
}

static int run_import(int argc, char **argv)
{
	static const struct option options[] = { { "kind", required_argument, NULL, 'k' },
		{ "map", required_argument, NULL, 'm' }, { "separator", required_argument, NULL, 's' },
		{ "dry-run", no_argument, NULL, 'n' }, { "from-supplier", required_argument, NULL, 'f' },
		{ "add-products", no_argument, NULL, 'p' }, TG_CLI_OPTIONS };
	const char *supplier = NULL;
	bool add_products = false;
	tg_import_options import = { .kind = TG_RECORD_KINDS, .separator = ',' };
	tg_import_result result = { 0 };
	tg_findings findings = { 0 };
	tg_error err = { 0 };
	tg_site site;
	tg_cli cli;
	int c, rc, lock = -1, code;

	tg_cli_init(&cli);
	while ((c = getopt_long(argc, argv, "d:h", options, NULL)) != -1) {
		if (c == 'f' || c == 'p') {
			supplier = c == 'f' ? optarg : supplier;
			add_products = add_products || c == 'p';
			continue;
		}
		rc = take_import_option(&import, c, &err);
		if (rc == TG_EINVAL)
			return tg_cli_fail(&err);
		if (rc == TG_ENOTFOUND && !tg_cli_take(&cli, c))
			return tg_cli_usage(&tg_command_import, c);
	}
	if (supplier != NULL && optind == argc && import.kind == TG_RECORD_KINDS && !import.dry_run)
		return tg_cli_import_supplier(&cli, supplier, add_products);
	if (optind + 1 != argc || import.kind == TG_RECORD_KINDS || supplier != NULL || add_products)
		return tg_cli_usage(&tg_command_import, '?');
	import.csv = ends_in(argv[optind], ".csv") || ends_in(argv[optind], ".CSV");
	if (import.map_count > 0 && !import.csv)
		return tg_cli_fail(
			&(tg_error){ .code = TG_EINVAL, .msg = "--map: only with a file that ends in .csv" });
	rc = tg_site_paths(&site, cli.dir, &err);
	if (rc == TG_OK)
		rc = tg_dir_make(site.records, 0755, &err);
	if (rc == TG_OK)
		rc = tg_site_lock(&lock, &site, "tillgate-hq import", &err);
	if (rc == TG_OK)
		rc = tg_import(&result, &findings, site.records, argv[optind], &import, &err);
	err.code = rc;
	code = report_import(&result, &findings, &import, &cli, &err);
	if (lock >= 0)
		(void)close(lock);
	tg_findings_fini(&findings);
	return code;
}

const tg_command tg_command_import = { "import", run_import,
	"import FILE.csv|FILE.jsonl --kind KIND [--map COLUMN=FIELD …] [--separator C] [--dry-run] | "
	"--from-supplier ID|URL [--add-products] [--json] [-d DIR]",
	"Brings records into DIR/records/KIND.jsonl, all of them or none; every bad line is told of.\n"
	"A record with the same gtin or id is replaced. KIND: products, socs, labels, scope_notes, "
	"class_notes, packs, bundles,\n"
	"roles, failures, notices, publications.\n"
	"CSV is for products, in UTF-8, its first line naming the columns.\n\n"
	"  --kind KIND          what the file holds\n"
	"  --map COLUMN=FIELD   that column holds gtin, name, brand, manufacturer, type or category;\n"
	"                       without --map, columns that are called so\n"
	"  --separator C        instead of the comma; \"tab\" for a tab\n"
	"  --dry-run            say what would happen, write nothing\n"
	"  --from-supplier ID   make drafts of what a registered supplier signed (supplier, drafts); changes no record.\n"
	"                       Exits with 1 if lines were refused, with 6 if it withdrew what is in force\n"
	"  --add-products       propose its products that are not listed, too\n" };

/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_import.c - tillgate-hq import.
 */
#include "store/base/file.h"
#include "sync/hq/cli.h"
#include "sync/hq/cmd_supplier.h"
#include "sync/hq/import.h"
#include "sync/hq/site.h"

#include <stdio.h>
#include <unistd.h>

#define EQUAL_WARNINGS 10 /* of one code are printed: repaired numbers come by the thousand */
#define MAPS_MAX TG_COLUMNS_MAX

/* Options as they were given: they are laid over a mapping, wherever on the line that stands. */
struct asked {
	const char *kind, *mapping, *save, *separator, *list_separator, *encoding, *dates, *update, *supplier;
	char *maps[MAPS_MAX];
	size_t map_count;
	bool repair_gtins, skip_in_store, skip_without_gtin, dry_run, add_products, template;
};

enum { OPT_LIST_SEPARATOR = 'L', OPT_UPDATE = 'u' };

static bool take(struct asked *a, int c)
{
	switch (c) {
	case 'k':
		a->kind = optarg;
		return true;
	case 'M':
		a->mapping = optarg;
		return true;
	case 'S':
		a->save = optarg;
		return true;
	case 's':
		a->separator = optarg;
		return true;
	case OPT_LIST_SEPARATOR:
		a->list_separator = optarg;
		return true;
	case 'e':
		a->encoding = optarg;
		return true;
	case 'D':
		a->dates = optarg;
		return true;
	case OPT_UPDATE:
		a->update = optarg;
		return true;
	case 'f':
		a->supplier = optarg;
		return true;
	case 'p':
		a->add_products = true;
		return true;
	case 'r':
		a->repair_gtins = true;
		return true;
	case 'i':
		a->skip_in_store = true;
		return true;
	case 'w':
		a->skip_without_gtin = true;
		return true;
	case 'n':
		a->dry_run = true;
		return true;
	case 't':
		a->template = true;
		return true;
	case 'm':
		if (a->map_count == MAPS_MAX)
			return false;
		a->maps[a->map_count++] = optarg;
		return true;
	default:
		return false;
	}
}

static int word_of(int *out, const char *text, const char *const *words, const char *option, tg_error *err)
{
	for (*out = 0; words[*out] != NULL; ++*out)
		if (strcmp(words[*out], text) == 0)
			return TG_OK;
	return tg_fail(err, TG_EINVAL, "%s: \"%s\" is no word that it takes; see --help", option, text);
}

static int take_kind(tg_column_map *map, const char *text, tg_error *err)
{
	int kind;

	if (word_of(&kind, text, tg_record_words, "--kind", err) != TG_OK)
		return tg_fail(err, TG_EINVAL,
			"--kind: \"%s\" is none of products, socs, labels, scope_notes, class_notes, packs, bundles, roles, failures, "
			"notices, publications",
			text);
	if (map->kind != TG_RECORD_KINDS && map->kind != (tg_record_kind)kind)
		return tg_fail(err, TG_EINVAL, "--kind: the mapping is one of %s", tg_record_words[map->kind]);
	map->kind = (tg_record_kind)kind;
	return TG_OK;
}

static int take_separator(char *out, const char *text, const char *option, tg_error *err)
{
	if (strcmp(text, "tab") == 0)
		*out = '\t';
	else if (strcmp(text, "line") == 0 && strcmp(option, "--list-separator") == 0)
		*out = '\n';
	else if (strlen(text) == 1 && text[0] > ' ' && text[0] <= '~' && text[0] != '"')
		*out = text[0];
	else
		return tg_fail(err, TG_EINVAL, "%s: wanted one character that can be seen, or \"tab\"", option);
	return TG_OK;
}

/* COLUMN=FIELD: fields have no '=', columns may. */
static int take_map(tg_column_map *map, char *text, tg_error *err)
{
	char *equals = strrchr(text, '=');

	if (equals == NULL || equals == text || equals[1] == '\0')
		return tg_fail(err, TG_EINVAL, "--map: wanted COLUMN=FIELD");
	*equals = '\0';
	return tg_column_map_name(map, text, equals + 1, err);
}

static int read_mapping(tg_column_map *map, const char *path, tg_error *err)
{
	tg_buf text;
	int rc;

	tg_buf_init(&text, TG_COLUMN_MAP_MAX_BYTES);
	rc = tg_file_read(&text, path, TG_COLUMN_MAP_MAX_BYTES, err);
	if (rc == TG_OK) {
		rc = tg_column_map_parse(map, tg_buf_view(&text), err);
		if (rc != TG_OK) {
			tg_error_prefix(err, "%s", path);
			rc = rc == TG_EFORMAT ? TG_EINVAL : rc;
		}
	}
	tg_buf_fini(&text);
	return rc;
}

static int save_mapping(const tg_column_map *map, const char *path, tg_error *err)
{
	tg_buf text;
	int rc;

	tg_buf_init(&text, TG_COLUMN_MAP_MAX_BYTES);
	rc = tg_column_map_write(&text, map, err);
	if (rc == TG_OK)
		rc = tg_file_write(path, tg_buf_view(&text), 0644, err);
	tg_buf_fini(&text);
	return rc;
}

static int make_map(tg_column_map *map, tg_update_how *update, const struct asked *a, tg_error *err)
{
	static const char *const days[] = { "year-first", "day-first", NULL };
	int n = 0, rc = a->mapping != NULL ? read_mapping(map, a->mapping, err) : TG_OK;

	if (rc == TG_OK && a->kind != NULL)
		rc = take_kind(map, a->kind, err);
	for (size_t i = 0; i < a->map_count && rc == TG_OK; i++)
		rc = take_map(map, a->maps[i], err);
	if (rc == TG_OK && a->separator != NULL)
		rc = take_separator(&map->separator, a->separator, "--separator", err);
	if (rc == TG_OK && a->list_separator != NULL)
		rc = take_separator(&map->rules.list_separator, a->list_separator, "--list-separator", err);
	if (rc == TG_OK && a->encoding != NULL && (rc = word_of(&n, a->encoding, tg_csv_encoding_words, "--encoding", err)) == TG_OK)
		map->encoding = (tg_csv_encoding)n;
	if (rc == TG_OK && a->dates != NULL && (rc = word_of(&n, a->dates, days, "--dates", err)) == TG_OK)
		map->rules.day_first = n == 1;
	if (rc == TG_OK && a->update != NULL && (rc = word_of(&n, a->update, tg_update_words, "--update", err)) == TG_OK)
		*update = (tg_update_how)n;
	map->rules.repair_gtins = map->rules.repair_gtins || a->repair_gtins;
	map->skip_in_store = map->skip_in_store || a->skip_in_store;
	map->skip_without_gtin = map->skip_without_gtin || a->skip_without_gtin;
	return rc;
}

/* The first line of an empty spreadsheet of that kind. */
static int print_template(const tg_column_map *map)
{
	size_t count;
	const tg_column *columns = tg_columns_of(&count, map->kind);

	if (count == 0)
		return tg_cli_fail(&(tg_error){ .code = TG_EINVAL, .msg = "--template: this kind does not come as CSV" });
	for (size_t i = 0; i < count; i++)
		(void)printf("%s%s", i > 0 ? "," : "", columns[i].field);
	(void)putchar('\n');
	return TG_EXIT_OK;
}

static int report_json(const tg_import_result *result, const tg_findings *findings, const tg_import_options *options, const tg_error *err)
{
	int code = err->code == TG_OK ? TG_EXIT_OK : TG_EXIT_REFUSED;
	tg_json *json = tg_findings_json(findings);

	tg_json_set_bool(json, "imported", code == TG_EXIT_OK && !options->dry_run);
	tg_json_set_int(json, "added", (int64_t)result->added);
	tg_json_set_int(json, "changed", (int64_t)result->changed);
	tg_json_set_int(json, "unchanged", (int64_t)result->unchanged);
	tg_json_set_int(json, "left_out", (int64_t)result->left_out);
	tg_json_set_int(json, "without_gtin", (int64_t)result->without_gtin);
	tg_json_set_int(json, "repaired", (int64_t)result->repaired);
	tg_json_set_int(json, "untouched", (int64_t)result->untouched);
	tg_json_set_int(json, "total", (int64_t)result->total);
	tg_json_set_str(json, "words", err->msg);
	return tg_cli_print(json, code);
}

static int report(const tg_import_result *result, const tg_findings *findings, const tg_import_options *options, bool json,
	const tg_error *err)
{
	if (err->code != TG_OK && err->code != TG_EFORMAT)
		return tg_cli_fail(err);
	if (json)
		return report_json(result, findings, options, err);
	tg_findings_print(stderr, findings, &(tg_findings_choice){ .equal_warnings = EQUAL_WARNINGS });
	if (findings->count > EQUAL_WARNINGS)
		tg_findings_print_counts(stderr, findings);
	if (err->code != TG_OK)
		return tg_cli_fail(err), TG_EXIT_REFUSED;
	(void)printf("%s%s: %zu added, %zu changed, %zu as they were; %zu not in the file stay; %zu records in all\n",
		options->dry_run ? "dry run: " : "", tg_record_files[options->kind], result->added,
		result->changed, result->unchanged, result->untouched, result->total);
	if (result->left_out > 0)
		(void)printf("%zu lines with numbers for use in shops were left out\n", result->left_out);
	if (result->without_gtin > 0)
		(void)printf("%zu lines without a GTIN were left out\n", result->without_gtin);
	if (result->repaired > 0)
		(void)printf("%zu GTINs were put right\n", result->repaired);
	return TG_EXIT_OK;
}

static void show_progress(void *ctx, const char *what, size_t done)
{
	(void)ctx;
	(void)fprintf(stderr, "\r\033[K%zu %s", done, what);
}

static int import(const tg_import_options *options, const struct asked *a, const tg_cli *cli, const char *file)
{
	tg_import_options with = *options;
	tg_import_result result = { 0 };
	tg_findings findings = { 0 };
	tg_error err = { 0 };
	tg_site site;
	bool progress = !cli->json && isatty(STDERR_FILENO);
	int code, lock = -1, rc = tg_site_paths(&site, cli->dir, &err);

	if (progress)
		with.progress = show_progress;
	if (rc == TG_OK)
		rc = tg_dir_make(site.records, 0755, &err);
	if (rc == TG_OK)
		rc = tg_site_lock(&lock, &site, "tillgate-hq import", &err);
	if (rc == TG_OK)
		rc = tg_import(&result, &findings, site.records, file, &with, &err);
	if (progress)
		(void)fputs("\r\033[K", stderr);
	err.code = rc;
	code = report(&result, &findings, options, cli->json, &err);
	if (rc == TG_OK && a->save != NULL && (rc = save_mapping(options->map, a->save, &err)) != TG_OK)
		code = tg_cli_fail(&err);
	if (lock >= 0)
		(void)close(lock);
	tg_findings_fini(&findings);
	return code;
}

static bool ends_in(const char *text, const char *suffix)
{
	size_t len = strlen(text), tail = strlen(suffix);

	return len >= tail && strcmp(text + len - tail, suffix) == 0;
}

static int import_file(const struct asked *a, const tg_cli *cli, const char *file)
{
	bool spoken = a->map_count > 0 || a->mapping != NULL || a->save != NULL || a->separator != NULL || a->list_separator != NULL ||
		a->encoding != NULL || a->dates != NULL || a->repair_gtins || a->skip_in_store || a->skip_without_gtin;
	tg_import_options options = { .dry_run = a->dry_run };
	tg_column_map map;
	tg_error err = { 0 };
	int code, rc;

	tg_column_map_init(&map);
	rc = make_map(&map, &options.update, a, &err);
	if (rc == TG_OK && map.kind == TG_RECORD_KINDS)
		rc = tg_fail(&err, TG_EINVAL, "--kind is missing: what does the file hold?");
	if (rc == TG_OK && file != NULL) {
		options.kind = map.kind;
		options.map = &map;
		options.csv = ends_in(file, ".csv") || ends_in(file, ".CSV");
		if (spoken && !options.csv)
			rc = tg_fail(&err, TG_EINVAL, "columns are named only of a file that ends in .csv");
	}
	if (rc != TG_OK)
		code = tg_cli_fail(&err);
	else
		code = file == NULL ? print_template(&map) : import(&options, a, cli, file);
	tg_column_map_fini(&map);
	return code;
}

static int run_import(int argc, char **argv)
{
	static const struct option options[] = { { "kind", required_argument, NULL, 'k' },
		{ "map", required_argument, NULL, 'm' }, { "mapping", required_argument, NULL, 'M' },
		{ "save-mapping", required_argument, NULL, 'S' }, { "separator", required_argument, NULL, 's' },
		{ "list-separator", required_argument, NULL, OPT_LIST_SEPARATOR }, { "encoding", required_argument, NULL, 'e' },
		{ "dates", required_argument, NULL, 'D' }, { "update", required_argument, NULL, OPT_UPDATE },
		{ "repair-gtins", no_argument, NULL, 'r' }, { "skip-in-store", no_argument, NULL, 'i' },
		{ "skip-without-gtin", no_argument, NULL, 'w' },
		{ "template", no_argument, NULL, 't' }, { "dry-run", no_argument, NULL, 'n' },
		{ "from-supplier", required_argument, NULL, 'f' }, { "add-products", no_argument, NULL, 'p' }, TG_CLI_OPTIONS };
	struct asked a = { 0 };
	tg_cli cli;
	int c;

	tg_cli_init(&cli);
	while ((c = getopt_long(argc, argv, "d:h", options, NULL)) != -1)
		if (!take(&a, c) && !tg_cli_take(&cli, c))
			return tg_cli_usage(&tg_command_import, c);
	if (a.supplier != NULL && optind == argc && a.kind == NULL && !a.dry_run)
		return tg_cli_import_supplier(&cli, a.supplier, a.add_products);
	if (optind + (a.template ? 0 : 1) != argc || (a.kind == NULL && a.mapping == NULL) || a.supplier != NULL || a.add_products)
		return tg_cli_usage(&tg_command_import, '?');
	return import_file(&a, &cli, a.template ? NULL : argv[optind]);
}

const tg_command tg_command_import = { "import", run_import,
	"import FILE.csv|FILE.jsonl --kind KIND [--mapping FILE] [--map COLUMN=FIELD …] [--separator C] [--list-separator C] "
	"[--encoding E] [--dates D] [--repair-gtins] [--skip-in-store] [--skip-without-gtin] [--update HOW] [--save-mapping FILE] [--dry-run] | "
	"--template --kind KIND | --from-supplier ID|URL [--add-products] [--json] [-d DIR]",
	"Brings records into DIR/records/KIND.jsonl, all of them or none; every bad line is told of. Nothing is ever removed.\n"
	"KIND: products, socs, labels, scope_notes, "
	"class_notes, packs, bundles,\n"
	"roles, failures, notices, publications.\n"
	"A file that ends in .csv is a spreadsheet, its first line naming the columns; failures and notices come as JSON Lines only.\n"
	"Rows that share a key are one record: their lists are joined. See tillgate-import(5).\n\n"
	"  --kind KIND          what the file holds\n"
	"  --template           print the first line of an empty spreadsheet of that kind: the fields\n"
	"  --map COLUMN=FIELD   that column holds that field; without, columns that are called as fields are taken\n"
	"  --mapping FILE       all of this kept in a file; --save-mapping FILE writes one\n"
	"  --separator C        between columns: comma, semicolon or \"tab\"; without, what the first line has\n"
	"  --list-separator C   between items in a cell: \"|\" without this; \"line\" for a line break\n"
	"  --encoding E         utf-8, or windows-1252\n"
	"  --dates D            year-first (2026-11-23), or day-first (23/11/2026, too)\n"
	"  --repair-gtins       put numbers right that a spreadsheet damaged, where the check digit then holds; each is told of\n"
	"  --skip-in-store      products: leave lines with numbers for use in shops out\n"
	"  --skip-without-gtin  products: leave lines whose GTIN is empty out (services, carrier bags)\n"
	"  --update HOW         of a record that is there: members (CSV does so: what has a column is changed, the rest stays),\n"
	"                       replace (JSON Lines do so: the whole record), never (it is an error)\n"
	"  --dry-run            say what would happen, write nothing\n"
	"  --from-supplier ID   make drafts of what a registered supplier signed (supplier, drafts); changes no record.\n"
	"                       Exits with 1 if lines were refused, with 6 if it withdrew what is in force\n"
	"  --add-products       propose its products that are not listed, too\n" };

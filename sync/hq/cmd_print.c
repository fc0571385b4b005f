/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_print.c - tillgate-hq print.
 */
#include "store/base/file.h"
#include "sync/hq/cli.h"
#include "sync/hq/lint.h"
#include "sync/hq/print.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST_MAX (4 << 20) /* bytes of --list: 250,000 GTINs, far more than one document takes */
#define NAMES_MAX 100000   /* names on the command line and in the list together */
#define REPLY_DAYS 14      /* an answer is wanted within, unless stated: our policy, no period of law */
#define REFUSALS_SHOWN 50  /* on a terminal: enough to see what is wrong with a list */

struct options {
	const char *list, *out, *contact;
	bool force, all, together;
	int32_t today, reply_by;
};

/* Names of the command line, then those of the list. */
struct names {
	tg_buf text;
	const char **list;
	size_t count, cap;
};

static const struct {
	const char *kind;
	tg_page *(*make)(tg_print *print, const tg_print_ask *ask);
} papers[] = {
	{ "attestation-request", tg_print_attestation },
	{ "scope-note", tg_print_scope_note },
	{ "soc-pack", tg_print_soc_pack },
	{ "support-notice", tg_print_support },
};

/* ---- names ---- */

static int add_name(struct names *names, const char *name, tg_error *err)
{
	const char **list = names->count >= NAMES_MAX
				    ? NULL
				    : tg_array_grow(names->list, names->count, &names->cap, sizeof(*list));

	if (list == NULL)
		return tg_fail(err, names->count >= NAMES_MAX ? TG_EINVAL : TG_ENOMEM, "more than %d names",
			NAMES_MAX);
	names->list = list;
	names->list[names->count++] = name;
	return TG_OK;
}

/* One a line; empty lines and what follows a '#' are left out. */
static int read_list(struct names *names, const char *path, tg_error *err)
{
	int rc = tg_file_read(&names->text, path, LIST_MAX, err);
	char *save = NULL, *line;

	if (rc != TG_OK)
		return rc;
	if (memchr(names->text.data, '\0', names->text.len) != NULL)
		return tg_fail(err, TG_EFORMAT, "%s: no text", path);
	for (line = strtok_r((char *)names->text.data, "\r\n", &save); line != NULL && rc == TG_OK;
		line = strtok_r(NULL, "\r\n", &save)) {
		size_t len;

		line[strcspn(line, "#")] = '\0';
		line += strspn(line, " \t");
		for (len = strlen(line); len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'); len--)
			line[len - 1] = '\0';
		if (len > 0)
			rc = add_name(names, line, err);
	}
	return rc;
}

static int take_names(struct names *names, int argc, char **argv, const struct options *o, tg_error *err)
{
	int rc = TG_OK;

	for (int i = 0; i < argc && rc == TG_OK; i++)
		rc = add_name(names, argv[i], err);
	if (rc == TG_OK && o->list != NULL)
		rc = read_list(names, o->list, err);
	if (rc == TG_OK && (names->count > 0) == o->all)
		rc = tg_fail(err, TG_EINVAL,
			o->all ? "--all, or names: not both" : "of what? name ids or GTINs, or say --all");
	return rc;
}

/* ---- records ---- */

/* The records as they are, what lint says of them, and the suppliers that are registered. Zero-initialise. */
struct office {
	tg_site site;
	tg_records records;
	tg_findings findings;
	tg_index index;
	tg_supplier *suppliers;
	size_t supplier_count;
};

static int read_suppliers(struct office *o, tg_error *err)
{
	tg_supplier_id *ids = NULL;
	size_t count = 0;
	int rc = tg_supplier_list(&ids, &count, &o->site, err);

	if (rc == TG_OK && count > 0 && (o->suppliers = calloc(count, sizeof(*o->suppliers))) == NULL)
		rc = tg_fail(err, TG_ENOMEM, "print: out of memory");
	for (size_t i = 0; i < count && rc == TG_OK; i++)
		rc = tg_supplier_read(&o->suppliers[o->supplier_count++], &o->site, ids[i], err);
	free(ids);
	return rc;
}

static int open_office(struct office *o, const tg_cli *cli, int32_t today, tg_error *err)
{
	int rc = tg_site_open(&o->site, cli->dir, err);

	if (rc != TG_OK)
		return rc;
	o->records.quiet = cli->json;
	o->records.documents_seen = o->site.documents_seen;
	rc = tg_records_load(&o->records, &o->findings, o->site.records, err);
	if (rc == TG_OK)
		rc = tg_index_build(&o->index, &o->records, &o->findings, err);
	if (rc == TG_OK)
		tg_lint(&o->findings, &o->index, today);
	return rc == TG_OK ? read_suppliers(o, err) : rc;
}

static void close_office(struct office *o)
{
	tg_index_fini(&o->index);
	tg_records_fini(&o->records);
	tg_findings_fini(&o->findings);
	free(o->suppliers);
}

/* ---- out ---- */

struct refusals {
	size_t count;
};

static void show_refusal(void *ctx, const char *name, const char *words)
{
	struct refusals *refusals = ctx;
	tg_error clean = { 0 };

	if (refusals->count++ >= REFUSALS_SHOWN)
		return;
	(void)tg_fail(&clean, TG_EINVAL, "%.64s: %s", name, words);
	(void)fprintf(stderr, "tillgate-hq: %s\n", clean.msg);
}

static int write_out(tg_view text, const struct options *o, tg_error *err)
{
	if (o->out == NULL)
		return fwrite(text.data, 1, text.len, stdout) == text.len
			       ? TG_OK
			       : tg_fail_errno(err, TG_EIO, "standard output");
	return tg_file_write(o->out, text, 0644, err);
}

static int put_page(const tg_page *page, const struct options *o, bool as_json, tg_error *err)
{
	tg_json *json = NULL;
	tg_buf text;
	int rc;

	tg_buf_init(&text, TG_PAGE_MAX);
	if (as_json) {
		rc = tg_page_json(&json, page, err);
		if (rc == TG_OK)
			rc = tg_json_write_jcs(&text, json, err);
		tg_buf_putc(&text, '\n');
		if (rc == TG_OK)
			rc = tg_buf_check(&text, "print", err);
		tg_json_free(json);
	} else {
		rc = tg_page_html(&text, page, err);
	}
	if (rc == TG_OK)
		rc = write_out(tg_buf_view(&text), o, err);
	tg_buf_fini(&text);
	return rc;
}

/* All that was asked for is printed, or nothing is: a list that came out shorter than it went in would pass for whole. */
static int print_paper(size_t paper, struct office *office, const struct names *names,
	const struct options *o, const tg_cli *cli)
{
	struct refusals refusals = { 0 };
	tg_print print = { .index = &office->index,
		.findings = &office->findings,
		.suppliers = office->suppliers,
		.supplier_count = office->supplier_count,
		.owner = office->site.owner,
		.today = o->today,
		.refuse = show_refusal,
		.refuse_ctx = &refusals };
	const tg_print_ask ask = { names->list, names->count, o->all, o->together, o->reply_by, o->contact };
	tg_error err = { 0 };
	tg_page *page = NULL;
	int rc = tg_print_open(&print, &err), code = TG_EXIT_OK;

	if (rc == TG_OK)
		page = papers[paper].make(&print, &ask);
	if (rc == TG_OK && print.refused > 0) {
		(void)fprintf(stderr, "tillgate-hq: nothing was printed: %zu thing%s cannot be\n",
			print.refused, print.refused == 1 ? "" : "s");
		code = TG_EXIT_REFUSED;
	} else if (rc == TG_OK) {
		rc = put_page(page, o, cli->json, &err);
	}
	tg_page_free(page);
	tg_print_close(&print);
	return rc == TG_OK ? code : tg_cli_fail(&err);
}

/* ---- command ---- */

static int take_option(struct options *o, int c, tg_error *err)
{
	switch (c) {
	case 'o':
		o->out = optarg;
		return TG_OK;
	case 'f':
		o->force = true;
		return TG_OK;
	case 'l':
		o->list = optarg;
		return TG_OK;
	case 'a':
		o->all = true;
		return TG_OK;
	case 'g':
		o->together = true;
		return TG_OK;
	case 'r':
		o->contact = optarg;
		return strlen(optarg) <= TG_RECORD_TEXT_MAX
			       ? TG_OK
			       : tg_fail(err, TG_EINVAL, "--reply-to: more than %d bytes",
					 TG_RECORD_TEXT_MAX);
	case 'b':
		return tg_day_parse(&o->reply_by, optarg, NULL) == TG_OK
			       ? TG_OK
			       : tg_fail(err, TG_EINVAL, "--reply-by: wanted YYYY-MM-DD");
	case 't':
		return tg_day_parse(&o->today, optarg, NULL) == TG_OK
			       ? TG_OK
			       : tg_fail(err, TG_EINVAL, "--today: wanted YYYY-MM-DD");
	default:
		return TG_ENOTFOUND;
	}
}

static int check_out(const struct options *o, tg_error *err)
{
	struct stat st;

	if (o->out == NULL || o->force || lstat(o->out, &st) != 0)
		return TG_OK;
	return tg_fail(err, TG_ESTATE, "%s: is there already; give another name, or --force", o->out);
}

static int run_paper(size_t paper, int argc, char **argv, struct options *o, const tg_cli *cli)
{
	struct office office = { 0 };
	struct names names = { 0 };
	tg_error err = { 0 };
	int code, rc;

	tg_buf_init(&names.text, LIST_MAX);
	if (o->reply_by == TG_DAY_NONE)
		o->reply_by = o->today + REPLY_DAYS;
	rc = take_names(&names, argc, argv, o, &err);
	if (rc == TG_OK && o->together && papers[paper].make != tg_print_support)
		rc = tg_fail(&err, TG_EINVAL, "--together: only with support-notice");
	if (rc == TG_OK)
		rc = check_out(o, &err);
	if (rc == TG_OK)
		rc = open_office(&office, cli, o->today, &err);
	code = rc == TG_OK ? print_paper(paper, &office, &names, o, cli) : tg_cli_fail(&err);
	close_office(&office);
	free(names.list);
	tg_buf_fini(&names.text);
	return code;
}

static int run_print(int argc, char **argv)
{
	static const struct option options[] = { { "output", required_argument, NULL, 'o' },
		{ "force", no_argument, NULL, 'f' }, { "list", required_argument, NULL, 'l' },
		{ "all", no_argument, NULL, 'a' }, { "together", no_argument, NULL, 'g' },
		{ "reply-to", required_argument, NULL, 'r' }, { "reply-by", required_argument, NULL, 'b' },
		{ "today", required_argument, NULL, 't' }, TG_CLI_OPTIONS };
	struct options o = { .contact = "", .today = tg_day_in_uk(tg_utc_now_us()), .reply_by = TG_DAY_NONE };
	tg_error err = { 0 };
	tg_cli cli;
	int c, rc;

	tg_cli_init(&cli);
	while ((c = getopt_long(argc, argv, "d:ho:", options, NULL)) != -1) {
		rc = take_option(&o, c, &err);
		if (rc == TG_EINVAL)
			return tg_cli_fail(&err);
		if (rc == TG_ENOTFOUND && !tg_cli_take(&cli, c))
			return tg_cli_usage(&tg_command_print, c);
	}
	for (size_t i = 0; i < TG_COUNT(papers) && optind < argc; i++)
		if (strcmp(argv[optind], papers[i].kind) == 0)
			return run_paper(i, argc - optind - 1, argv + optind + 1, &o, &cli);
	return tg_cli_usage(&tg_command_print, '?');
}

const tg_command tg_command_print = { "print", run_print,
	"print attestation-request | scope-note | soc-pack | support-notice NAME … [--list FILE] [--all] "
	"[--together] [--reply-to TEXT] "
	"[--reply-by YYYY-MM-DD] [-o FILE [--force]] [--today YYYY-MM-DD] [--json] [-d DIR]",
	"Makes a paper from the records, as one HTML file that prints and loads nothing, or with --json the "
	"same content for programs.\n\n"
	"  scope-note           what was decided of a product or class, why, by whom: NAME is the id of a "
	"note, or a GTIN\n"
	"  soc-pack             a statement by the items of Schedule 4, how it comes, what it covers: id of "
	"a statement or label, or a GTIN\n"
	"  attestation-request  what a supplier is asked for, and what it signs: id or name of a supplier, "
	"or GTINs\n"
	"  support-notice       for customers, until when a product gets security updates: a GTIN, or the id "
	"of a statement\n\n"
	"All that is named is printed, or nothing is, and it says why. Exits with 1 if something cannot be "
	"printed.\n\n"
	"  --list FILE          names, one a line, '#' begins a remark\n"
	"  --all                instead of names: all notes, all statements and labels, whatever is missing, "
	"all products in scope\n"
	"  --together           support-notice: all products on one sheet\n"
	"  --reply-to TEXT      attestation-request: where the supplier is to answer\n"
	"  --reply-by DAY       … and by when (14 days from today)\n"
	"  -o, --output FILE    instead of standard output; written whole, never over a file that is there\n"
	"  --force              … but over it\n"
	"  --today YYYY-MM-DD   judge as if it were that day\n" };

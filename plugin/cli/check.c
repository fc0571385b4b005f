/* SPDX-License-Identifier: Apache-2.0
 *
 * check.c - `tillgate check`: one label, or a file of them; and `tillgate explain`, which asks in the same words.
 */
#include "plugin/cli/ask.h"
#include "plugin/station/explain_text.h"
#include "plugin/station/answer.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LINE_MAX_BYTES 65536       /* one line of a batch: a label of TG_LABEL_MAX bytes in hex, and some */
#define DEFAULTS_MAX_BYTES 512     /* what options add to a line: eleven short members */
#define REQUEST_MAX_BYTES (TG_API_BODY_MAX - 1024) /* lines sent together: their canonical form is no longer than they are */
#define PROGRESS_EVERY 10000       /* checks between two progress lines: about a second on a slow till */

struct options {
	bool explain, all; /* the command is explain; it shows all rows */
	const char *label, *batch_file;
	int operation, destination, supply, unit;
	bool bought_before_duty;
	const char *batch, *device, *operator, *aim, *supplier, *delivery;
};

static void usage(FILE *to)
{
	fprintf(to, "usage: tillgate [--root DIR] [--json] check LABEL --op OPERATION [--to gb|ni|outside-uk] [--supply KIND] [--unit STATE]\n"
		"                [--bought-before-duty] [--batch BATCH] [--aim ID] [--supplier NAME] [--delivery NUMBER]\n"
		"       tillgate [--root DIR] check --batch-file FILE [--op OPERATION] …\n"
		"LABEL is what the scanner reads; an AIM identifier such as ]E0 may stand in front.\n"
		"  --op OPERATION     offer, sale, dispatch, goods-in, return or stock-check\n"
		"  --to DESTINATION   where the goods go (default gb)\n"
		"  --supply KIND      consumer (default), business, resale, gift, own-branch, to-vendor, hand-back, loan, scrap or as-directed\n"
		"  --unit STATE       new (default), unwanted, faulty, recalled, reconditioned or second-hand (first supply on record)\n"
		"  --bought-before-duty  the unit was bought in before 29 April 2024\n"
		"  --batch BATCH      batch read from the pack by eye, when the label has none\n"
		"  --aim ID           AIM identifier, when not in front of the label\n"
		"  --supplier NAME    at goods-in or return: who delivered\n"
		"  --delivery NUMBER  and with what; units of one delivery that are put aside together are one case (`tillgate case`)\n"
		"  --device NAME      who asks, for the log (default \"command\")\n"
		"  --operator NAME    who serves: cannot then be the second person of an override; the log gets an id, not the name\n"
		"  --batch-file FILE  JSON Lines in, one object a line with \"label\" and what differs from the options; JSON Lines out. - is\n"
		"                     standard input\n"
		"  --json             the whole answer as one JSON object\n"
		"Every check is written to the evidence log. Exit: 0 may be released, 1 withheld, 2 usage, 3 could not check; a batch exits with\n"
		"the worst of its lines (3, then 1, then 0).\n");
}

static void usage_of_explain(FILE *to)
{
	fprintf(to, "usage: tillgate [--root DIR] [--json] explain LABEL --op OPERATION [options of `tillgate check`] [--all]\n"
		"Says why a unit would be decided so: what the label says, what the catalogue holds, each row that hit with what holds it up and the\n"
		"law behind it. Nothing is written down; it is no check.\n"
		"  --all              also the rows that did not hit, and what by itself would have made them\n"
		"Exit: 0 may be released, 1 withheld, 2 usage, 3 could not check.\n");
}

static int word(const char *const *words, const char *text)
{
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) == 0)
			return i;
	}
	return -1;
}

static int read_options(struct options *o, tg_cli *cli, int argc, char **argv, int *exit_code)
{
	enum { OP = 'o', TO = 't', BATCH = 'b', FROM_FILE = 'f', JSON = 'j', HELP = 'h', DEVICE = 'd', AIM = 'a', SUPPLY = 's', UNIT = 'u',
		OLD = 'p', ALL = 'A', SUPPLIER = 'S', DELIVERY = 'D', OPERATOR = 'O' };
	static const struct option options[] = {
		{ "op", required_argument, NULL, OP }, { "to", required_argument, NULL, TO }, { "batch", required_argument, NULL, BATCH },
		{ "batch-file", required_argument, NULL, FROM_FILE }, { "json", no_argument, NULL, JSON }, { "help", no_argument, NULL, HELP },
		{ "device", required_argument, NULL, DEVICE }, { "operator", required_argument, NULL, OPERATOR }, { "aim", required_argument, NULL, AIM },
		{ "supply", required_argument, NULL, SUPPLY }, { "unit", required_argument, NULL, UNIT },
		{ "supplier", required_argument, NULL, SUPPLIER }, { "delivery", required_argument, NULL, DELIVERY },
		{ "bought-before-duty", no_argument, NULL, OLD }, { "all", no_argument, NULL, ALL }, { 0 },
	};
	int c;

	*exit_code = TG_EXIT_USAGE;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case OP:
			o->operation = word(tg_operation_words, optarg);
			if (o->operation < 0)
				return tg_cli_misused(cli, "--op: no operation \"%s\"", optarg);
			break;
		case TO:
			o->destination = word(tg_destination_words, optarg);
			if (o->destination < 0)
				return tg_cli_misused(cli, "--to: no destination \"%s\"", optarg);
			break;
		case SUPPLY:
			o->supply = word(tg_supply_words, optarg);
			if (o->supply < 0)
				return tg_cli_misused(cli, "--supply: no kind of supply \"%s\"", optarg);
			break;
		case UNIT:
			o->unit = word(tg_unit_words, optarg);
			if (o->unit < 0)
				return tg_cli_misused(cli, "--unit: no state of a unit \"%s\"", optarg);
			break;
		case OPERATOR:
			o->operator = optarg;
			break;
		case SUPPLIER:
			o->supplier = optarg;
			break;
		case DELIVERY:
			o->delivery = optarg;
			break;
		case OLD:
			o->bought_before_duty = true;
			break;
		case BATCH:
			o->batch = optarg;
			break;
		case FROM_FILE:
			o->batch_file = optarg;
			break;
		case DEVICE:
			o->device = optarg;
			break;
		case AIM:
			o->aim = optarg;
			break;
		case JSON:
			cli->json = true;
			break;
		case ALL:
			o->all = true;
			break;
		case HELP:
			(o->explain ? usage_of_explain : usage)(stdout);
			*exit_code = 0;
			return -1;
		default:
			return tg_cli_misused(cli, "unknown option");
		}
	}
	if (optind < argc)
		o->label = argv[optind++];
	if (optind < argc)
		return tg_cli_misused(cli, "one label at a time; more go in a --batch-file");
	if ((o->label == NULL) == (o->batch_file == NULL))
		return tg_cli_misused(cli, "give a label or a --batch-file");
	if (o->explain ? o->batch_file != NULL : o->all)
		return tg_cli_misused(cli, "--%s is not for this command", o->explain ? "batch-file" : "all");
	if (o->label != NULL && o->operation < 0)
		return tg_cli_misused(cli, "give the operation with --op");
	return 0;
}

static void set_default(tg_json *ask, const char *name, const char *value)
{
	if (value != NULL && tg_json_get(ask, name) == NULL)
		tg_json_set_str(ask, name, value);
}

static void set_defaults(tg_json *ask, const struct options *o)
{
	set_default(ask, "operation", o->operation >= 0 ? tg_operation_words[o->operation] : NULL);
	set_default(ask, "destination", tg_destination_words[o->destination]);
	set_default(ask, "supply", tg_supply_words[o->supply]);
	set_default(ask, "unit", tg_unit_words[o->unit]);
	if (o->bought_before_duty && tg_json_get(ask, "bought_before_duty") == NULL)
		tg_json_set_bool(ask, "bought_before_duty", true);
	set_default(ask, "batch", o->batch);
	set_default(ask, "aim", o->aim);
	set_default(ask, "supplier", o->supplier);
	set_default(ask, "delivery", o->delivery);
	set_default(ask, "device", o->device);
	set_default(ask, "operator", o->operator);
}

static int exit_of(const tg_json *answer)
{
	if (tg_json_bool(tg_json_get(answer, "could_not_check")))
		return TG_EXIT_NOT_CHECKED;
	if (tg_json_bool(tg_json_get(answer, "released")))
		return TG_EXIT_RELEASED;
	return tg_json_bool(tg_json_get(answer, "recorded")) ? TG_EXIT_WITHHELD : TG_EXIT_NOT_CHECKED;
}

/* ---- one label ---- */

static const char *text_of(const tg_json *answer, const char *name)
{
	const char *text = tg_json_str(tg_json_get(answer, name));

	return text != NULL ? text : "";
}

/* A label that could not be read is never shown as a compliance block. */
static bool is_scanner_matter(const tg_json *answer)
{
	const char *kind = text_of(answer, "kind");

	return strcmp(kind, "unreadable") == 0 || strcmp(kind, "ambiguous") == 0;
}

static void print_for_people(const tg_json *answer)
{
	const char *gtin = text_of(answer, "gtin"), *name = text_of(answer, "name");

	printf("%s%s\n", tg_json_bool(tg_json_get(answer, "could_not_check")) ? "COULD NOT CHECK. " : "", text_of(answer, "action"));
	printf("  %s\n", text_of(answer, "reason"));
	if (gtin[0] != '\0')
		printf("  %s%s%s\n", gtin, name[0] != '\0' ? "  " : "", name);
	printf("  %s, %s, %s", text_of(answer, "code"), is_scanner_matter(answer) ? "no decision" : text_of(answer, "outcome"),
		tg_json_bool(tg_json_get(answer, "released")) ? "released" : is_scanner_matter(answer) ? "not passed on" : "withheld");
	if (strcmp(text_of(answer, "mode"), "observe") == 0)
		printf(" (observe only)");
	printf(", catalogue %lld (%s)\n", (long long)tg_json_int(tg_json_get(answer, "catalogue_version")), text_of(answer, "stage"));
	if (text_of(answer, "fault")[0] != '\0')
		printf("  why: %s\n", text_of(answer, "fault"));
	if (text_of(answer, "reference")[0] != '\0')
		printf("  reference %s\n", text_of(answer, "reference"));
	if (text_of(answer, "case")[0] != '\0')
		printf("  put aside: case %s\n", text_of(answer, "case"));
	if (text_of(answer, "no_case")[0] != '\0')
		printf("  put aside: %s\n", text_of(answer, "no_case"));
}

static int check_one(tg_cli *cli, tg_ask *ask, const struct options *o)
{
	tg_json *request = tg_json_new_object(), *answer = NULL;
	tg_error err = { 0 };
	int code;

	tg_json_set_str(request, "label", o->label);
	set_defaults(request, o);
	if (tg_ask_json(&answer, ask, "POST", "/v1/check", "", request, &err) != TG_OK) {
		code = err.code == TG_EFORMAT || err.code == TG_EINVAL ? tg_cli_misused(cli, "%s", err.msg) : tg_cli_fail(cli, &err);
	} else {
		code = exit_of(answer);
		if (cli->json)
			tg_ask_print_json(answer);
		else
			print_for_people(answer);
	}
	tg_json_free(answer);
	tg_json_free(request);
	return code;
}

static int explain_one(tg_cli *cli, tg_ask *ask, const struct options *o)
{
	tg_json *request = tg_json_new_object(), *reply = NULL;
	tg_error err = { 0 };
	int code;

	tg_json_set_str(request, "label", o->label);
	set_defaults(request, o);
	if (tg_ask_json(&reply, ask, "POST", "/v1/explain", "", request, &err) != TG_OK) {
		code = err.code == TG_EFORMAT || err.code == TG_EINVAL ? tg_cli_misused(cli, "%s", err.msg) : tg_cli_fail(cli, &err);
	} else {
		const tg_json *answer = tg_json_get(reply, "answer");

		code = tg_json_bool(tg_json_get(answer, "could_not_check")) ? TG_EXIT_NOT_CHECKED :
			tg_json_bool(tg_json_get(answer, "released"))	      ? TG_EXIT_RELEASED :
									       TG_EXIT_WITHHELD;
		if (cli->json)
			tg_ask_print_json(reply);
		else
			tg_explain_print(reply, o->all);
	}
	tg_json_free(reply);
	tg_json_free(request);
	return code;
}

/* ---- a file of labels ---- */

struct batch {
	tg_cli *cli;
	tg_ask *ask;
	const struct options *options;
	tg_json *waiting;          /* array of requests not yet asked */
	size_t waiting_count, waiting_bytes;
	uint64_t line, done;
	int worst;
	bool terminal;
};

static void worse(struct batch *b, int code)
{
	/* could not check, then withheld, then released */
	if (code > b->worst)
		b->worst = code;
}

static void print_line_error(struct batch *b, uint64_t line, const char *words)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_int(json, "line", (int64_t)line);
	tg_json_set_str(json, "error", words);
	tg_json_set_bool(json, "could_not_check", true);
	tg_ask_print_json(json);
	tg_json_free(json);
	fprintf(stderr, "tillgate check: %s:%llu: %s\n", b->options->batch_file, (unsigned long long)line, words);
	worse(b, TG_EXIT_NOT_CHECKED);
}

static int flush(struct batch *b, tg_error *err)
{
	tg_json *body = tg_json_new_object(), *reply = NULL;
	int rc;

	if (b->waiting_count == 0) {
		tg_json_free(body);
		return TG_OK;
	}
	tg_json_set(body, "checks", b->waiting);
	b->waiting = tg_json_new_array();
	b->waiting_count = b->waiting_bytes = 0;
	rc = tg_ask_json(&reply, b->ask, "POST", "/v1/checks", "", body, err);
	tg_json_free(body);
	if (rc != TG_OK)
		return rc;
	for (const tg_json *one = tg_json_first(tg_json_get(reply, "answers")); one != NULL; one = tg_json_next(one)) {
		tg_ask_print_json(one);
		worse(b, exit_of(one));
		b->done++;
		if (b->terminal && b->done % PROGRESS_EVERY == 0)
			fprintf(stderr, "\r%llu checked", (unsigned long long)b->done);
	}
	tg_json_free(reply);
	return TG_OK;
}

/* Each line is read as the station would read it, so that one bad line costs one line. */
static int take_line(struct batch *b, tg_view line, tg_error *err)
{
	static tg_check_request scratch;
	tg_error why = { 0 };
	tg_json *json = NULL;
	int rc = tg_json_parse(&json, line, &why);

	if (rc == TG_OK && tg_json_type_of(json) != TG_JSON_OBJECT)
		rc = tg_fail(&why, TG_EFORMAT, "wanted an object such as {\"label\":\"…\"}");
	if (rc == TG_OK) {
		set_defaults(json, b->options);
		rc = tg_check_request_from_json(&scratch, json, &why);
	}
	if (rc != TG_OK) {
		tg_json_free(json);
		rc = flush(b, err); /* answers stay in the order of lines */
		print_line_error(b, b->line, why.msg);
		return rc;
	}
	if (b->waiting_bytes + line.len + DEFAULTS_MAX_BYTES > REQUEST_MAX_BYTES)
		rc = flush(b, err);
	tg_json_add(b->waiting, json);
	b->waiting_count++;
	b->waiting_bytes += line.len + DEFAULTS_MAX_BYTES;
	if (rc == TG_OK && b->waiting_count == TG_CHECK_MANY_MAX)
		rc = flush(b, err);
	return rc;
}

static int run_batch(struct batch *b, FILE *in, tg_error *err)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	int rc = TG_OK;

	b->waiting = tg_json_new_array();
	while (rc == TG_OK && (n = getline(&line, &size, in)) >= 0) {
		b->line++;
		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			n--;
		if (n == 0)
			continue;
		if (n > LINE_MAX_BYTES) {
			rc = flush(b, err);
			print_line_error(b, b->line, "longer than any check");
			continue;
		}
		rc = take_line(b, tg_view_of(line, (size_t)n), err);
	}
	if (rc == TG_OK)
		rc = flush(b, err);
	if (rc == TG_OK && ferror(in))
		rc = tg_fail_errno(err, TG_EIO, "%s", b->options->batch_file);
	tg_json_free(b->waiting);
	free(line);
	return rc;
}

static int check_batch(tg_cli *cli, tg_ask *ask, const struct options *o, FILE *in)
{
	struct batch b = { .cli = cli, .ask = ask, .options = o, .terminal = isatty(STDERR_FILENO) };
	tg_error err = { 0 };

	if (run_batch(&b, in, &err) != TG_OK)
		worse(&b, tg_cli_fail(cli, &err));
	if (b.terminal && b.done >= PROGRESS_EVERY)
		fprintf(stderr, "\r%llu checked\n", (unsigned long long)b.done);
	return fflush(stdout) == 0 ? b.worst : TG_EXIT_NOT_CHECKED;
}

static int open_batch(FILE **out, const char *path, tg_error *err)
{
	*out = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	return *out != NULL ? TG_OK : tg_fail_errno(err, TG_EIO, "%s", path);
}

int tg_cli_check(tg_cli *cli, int argc, char **argv)
{
	struct options o = { .operation = -1, .destination = TG_DEST_GB, .device = "command" };
	tg_error err = { 0 };
	tg_ask *ask = NULL;
	FILE *in = NULL;
	int code, rc = read_options(&o, cli, argc, argv, &code);

	if (rc != 0)
		return code;
	rc = o.batch_file != NULL ? open_batch(&in, o.batch_file, &err) : TG_OK;
	if (rc == TG_OK)
		rc = tg_ask_open(&ask, cli, &err);
	if (rc != TG_OK)
		code = tg_cli_fail(cli, &err);
	else
		code = in == NULL ? check_one(cli, ask, &o) : check_batch(cli, ask, &o, in);
	tg_ask_close(ask);
	if (in != NULL && in != stdin)
		fclose(in);
	return code;
}

int tg_cli_explain(tg_cli *cli, int argc, char **argv)
{
	struct options o = { .explain = true, .operation = -1, .destination = TG_DEST_GB, .device = "command" };
	tg_error err = { 0 };
	tg_ask *ask = NULL;
	int code, rc = read_options(&o, cli, argc, argv, &code);

	if (rc != 0)
		return code;
	if (tg_ask_open(&ask, cli, &err) != TG_OK)
		code = tg_cli_fail(cli, &err);
	else
		code = explain_one(cli, ask, &o);
	tg_ask_close(ask);
	return code;
}

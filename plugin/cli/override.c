/* SPDX-License-Identifier: Apache-2.0
 *
 * override.c - `tillgate override`: a second person lets one withheld unit go.
 */
#include "plugin/cli/ask.h"
#include "plugin/cli/typed.h"

#include <getopt.h>
#include <stdio.h>

struct options {
	const char *reference, *reason, *asked_by;
	tg_typed_person by;
};

static void usage(FILE *to)
{
	fprintf(to, "usage: tillgate [--root DIR] [--json] override REFERENCE --reason CODE --asked-by NAME --who NAME [--pin-file FILE]\n"
		"       tillgate [--root DIR] [--json] override REFERENCE --reason CODE --asked-by NAME --badge-file FILE | --badge-at SCANNER\n"
		"A second person lets the unit of one check go, once, soon after the check. REFERENCE is what the check said.\n"
		"  --reason CODE      one of the policy's reasons, which the check's answer lists\n"
		"  --asked-by NAME    who serves\n"
		"  --who NAME         the second person, as enrolled; the PIN is asked for at the terminal, or read with\n"
		"  --pin-file FILE    its first line; - is standard input\n"
		"  --badge-file FILE  instead: what the second person's badge says\n"
		"  --badge-at NAME    instead: their badge was scanned at the unit's own scanner in the last half minute\n"
		"Each one, granted or refused, is written to the evidence log. Exit: 0 the unit may go, 1 it may not, 2 usage, 3 could not be done.\n");
}

static int read_options(struct options *o, tg_cli *cli, int argc, char **argv, int *exit_code)
{
	enum { REASON = 'r', ASKED = 'a', WHO = 'w', PIN = 'p', BADGE = 'b', AT = 't', JSON = 'j', HELP = 'h' };
	static const struct option options[] = {
		{ "reason", required_argument, NULL, REASON }, { "asked-by", required_argument, NULL, ASKED }, { "who", required_argument, NULL, WHO },
		{ "pin-file", required_argument, NULL, PIN }, { "badge-file", required_argument, NULL, BADGE },
		{ "badge-at", required_argument, NULL, AT }, { "json", no_argument, NULL, JSON }, { "help", no_argument, NULL, HELP }, { 0 },
	};
	int c;

	*exit_code = TG_EXIT_USAGE;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case REASON:
			o->reason = optarg;
			break;
		case ASKED:
			o->asked_by = optarg;
			break;
		case WHO:
			o->by.who = optarg;
			break;
		case PIN:
			o->by.pin_file = optarg;
			break;
		case BADGE:
			o->by.badge_file = optarg;
			break;
		case AT:
			o->by.badge_at = optarg;
			break;
		case JSON:
			cli->json = true;
			break;
		case HELP:
			usage(stdout);
			*exit_code = 0;
			return -1;
		default:
			return tg_cli_misused(cli, "unknown option");
		}
	}
	if (optind + 1 != argc)
		return tg_cli_misused(cli, "give the one reference that the check said");
	o->reference = argv[optind];
	if (o->reason == NULL || o->asked_by == NULL)
		return tg_cli_misused(cli, "give --reason and --asked-by");
	if (tg_typed_person_fault(&o->by) != NULL)
		return tg_cli_misused(cli, "%s", tg_typed_person_fault(&o->by));
	return 0;
}

static const char *text_of(const tg_json *answer, const char *name)
{
	const char *text = tg_json_str(tg_json_get(answer, name));

	return text != NULL ? text : "";
}

static void print_for_people(const tg_json *answer)
{
	int64_t wait_s = tg_json_int(tg_json_get(answer, "wait_s"));

	printf("%s\n  %s\n  %s", text_of(answer, "action"), text_of(answer, "reason"), text_of(answer, "code"));
	if (text_of(answer, "authority")[0] != '\0')
		printf(", by %s", text_of(answer, "authority"));
	if (wait_s > 0)
		printf(", locked for %lld more seconds", (long long)wait_s);
	printf("\n");
	if (text_of(answer, "fault")[0] != '\0')
		printf("  why: %s\n", text_of(answer, "fault"));
	if (text_of(answer, "reference")[0] != '\0')
		printf("  reference %s\n", text_of(answer, "reference"));
}

int tg_cli_override(tg_cli *cli, int argc, char **argv)
{
	struct options o = { .reference = NULL };
	tg_json *request, *proof = NULL, *answer = NULL;
	tg_error err = { 0 };
	tg_ask *ask = NULL;
	int code, rc = read_options(&o, cli, argc, argv, &code);

	if (rc != 0)
		return code;
	rc = tg_typed_read_person(&proof, &o.by, "PIN of the second person", &err);
	if (rc == TG_OK)
		rc = tg_ask_open(&ask, cli, &err);
	request = tg_json_new_object();
	tg_json_set_str(request, "reference", o.reference);
	tg_json_set_str(request, "reason", o.reason);
	tg_json_set_str(request, "asked_by", o.asked_by);
	tg_json_set(request, "by", proof);
	if (rc == TG_OK)
		rc = tg_ask_json(&answer, ask, "POST", "/v1/override", "", request, &err);
	if (rc != TG_OK) {
		code = rc == TG_EFORMAT || rc == TG_EINVAL ? tg_cli_misused(cli, "%s", err.msg) : tg_cli_fail(cli, &err);
	} else {
		code = tg_json_bool(tg_json_get(answer, "released")) ? TG_EXIT_RELEASED : TG_EXIT_WITHHELD;
		if (cli->json)
			tg_ask_print_json(answer);
		else
			print_for_people(answer);
	}
	tg_json_free(answer);
	tg_json_free_secret(request);
	tg_ask_close(ask);
	return code;
}

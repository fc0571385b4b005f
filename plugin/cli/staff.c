/* SPDX-License-Identifier: Apache-2.0
 *
 * staff.c - `tillgate staff`: who may override and settle at this station.
 */
#include "plugin/cli/ask.h"
#include "plugin/cli/typed.h"

#include "store/base/crypto.h"

#include <getopt.h>
#include <stdio.h>

struct options {
	const char *verb, *who, *pin_file, *badge_file, *by, *by_pin_file, *by_badge_file, *before;
	const char *rights[TG_STAFF_RIGHTS_MAX];
	size_t right_count;
};

static void usage(FILE *to)
{
	fprintf(to, "usage: tillgate [--root DIR] staff add NAME --right RIGHT ... [--pin-file FILE] [--badge-file FILE] [BY]\n"
		"       tillgate [--root DIR] [--json] staff list [BY]\n"
		"       tillgate [--root DIR] staff pin NAME [--pin-file FILE] [--badge-file FILE] [BY]\n"
		"       tillgate [--root DIR] staff remove NAME [BY]\n"
		"       tillgate [--root DIR] staff forget NAME | --before MONTH [BY]\n"
		"Enrols who may override and settle at this station. The log never holds a name, only a random id of each person and month; forget erases\n"
		"whose it was, of somebody who was removed, or of all months before MONTH, as 2026-11.\n"
		"  --right RIGHT      \"supervisor\", who enrols others, or a right that the policy names; the first who is enrolled is a supervisor\n"
		"  --pin-file FILE    the new PIN is its first line; - is standard input; without it the terminal asks, unless a badge is given\n"
		"  --badge-file FILE  what the new badge says\n"
		"BY says who acts, and is needed unless whoever owns the station enrols the first supervisor, removes, lists or forgets:\n"
		"  --by NAME          a supervisor; for pin also that person; the PIN is asked for, or read with\n"
		"  --by-pin-file FILE, --by-badge-file FILE\n"
		"Exit: 0 done, 1 refused, 2 usage, 3 could not be done.\n");
}

static int add_right(struct options *o, tg_cli *cli, const char *right)
{
	if (o->right_count == TG_STAFF_RIGHTS_MAX)
		return tg_cli_misused(cli, "--right: more than %d", TG_STAFF_RIGHTS_MAX);
	o->rights[o->right_count++] = right;
	return 0;
}

static bool is_verb(const struct options *o, const char *verb)
{
	return strcmp(o->verb, verb) == 0;
}

/* What fits what. */
static int judge_options(const struct options *o, tg_cli *cli)
{
	bool gives = is_verb(o, "add") || is_verb(o, "pin");

	if (!gives && !is_verb(o, "list") && !is_verb(o, "remove") && !is_verb(o, "forget"))
		return tg_cli_misused(cli, "no such action \"%s\"", o->verb);
	if (is_verb(o, "list") ? o->who != NULL : (o->who == NULL) == (o->before == NULL))
		return tg_cli_misused(cli, is_verb(o, "list") ? "list takes no name" : "say whom");
	if (o->before != NULL && !is_verb(o, "forget"))
		return tg_cli_misused(cli, "--before goes with forget");
	if (!gives && (o->pin_file != NULL || o->badge_file != NULL))
		return tg_cli_misused(cli, "--pin-file and --badge-file go with add and pin");
	if (is_verb(o, "add") != (o->right_count > 0))
		return tg_cli_misused(cli, is_verb(o, "add") ? "say with which --right" : "--right goes with add");
	if (o->by_pin_file != NULL && o->by == NULL)
		return tg_cli_misused(cli, "--by-pin-file needs --by");
	if (o->by_pin_file != NULL && o->by_badge_file != NULL)
		return tg_cli_misused(cli, "one of --by-pin-file and --by-badge-file");
	return 0;
}

static int read_options(struct options *o, tg_cli *cli, int argc, char **argv, int *exit_code)
{
	enum { RIGHT = 'r', PIN = 'p', BADGE = 'b', BY = 'y', BY_PIN = 'P', BY_BADGE = 'B', BEFORE = 'm', JSON = 'j', HELP = 'h' };
	static const struct option options[] = {
		{ "right", required_argument, NULL, RIGHT }, { "pin-file", required_argument, NULL, PIN },
		{ "badge-file", required_argument, NULL, BADGE }, { "by", required_argument, NULL, BY },
		{ "by-pin-file", required_argument, NULL, BY_PIN }, { "by-badge-file", required_argument, NULL, BY_BADGE },
		{ "before", required_argument, NULL, BEFORE }, { "json", no_argument, NULL, JSON }, { "help", no_argument, NULL, HELP }, { 0 },
	};
	int c, rc = 0;

	*exit_code = TG_EXIT_USAGE;
	while (rc == 0 && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case RIGHT:
			rc = add_right(o, cli, optarg);
			break;
		case PIN:
			o->pin_file = optarg;
			break;
		case BADGE:
			o->badge_file = optarg;
			break;
		case BY:
			o->by = optarg;
			break;
		case BY_PIN:
			o->by_pin_file = optarg;
			break;
		case BY_BADGE:
			o->by_badge_file = optarg;
			break;
		case BEFORE:
			o->before = optarg;
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
	if (rc != 0)
		return rc;
	if (optind == argc || argc - optind > 2)
		return tg_cli_misused(cli, "say what: add, list, pin, remove or forget; and whom");
	o->verb = argv[optind];
	o->who = argc - optind == 2 ? argv[optind + 1] : NULL;
	return judge_options(o, cli);
}

/* New secrets of the person; the terminal asks for a PIN where nothing is given. */
static int put_new(tg_json *request, const struct options *o, tg_error *err)
{
	tg_typed pin = { .text = "" }, badge = { .text = "" };
	int rc = TG_OK;

	if (!is_verb(o, "add") && !is_verb(o, "pin"))
		return TG_OK;
	if (o->badge_file != NULL)
		rc = tg_typed_read(&badge, o->badge_file, err);
	if (rc == TG_OK && o->pin_file != NULL)
		rc = tg_typed_read(&pin, o->pin_file, err);
	else if (rc == TG_OK && o->badge_file == NULL)
		rc = tg_typed_ask(&pin, "new PIN", true, err);
	if (rc == TG_OK && pin.text[0] != '\0')
		tg_json_set_str(request, "pin", pin.text);
	if (rc == TG_OK && badge.text[0] != '\0')
		tg_json_set_str(request, "badge", badge.text);
	tg_wipe(&pin, sizeof(pin));
	tg_wipe(&badge, sizeof(badge));
	return rc;
}

static int put_proof(tg_json *request, const struct options *o, tg_error *err)
{
	tg_typed pin = { .text = "" }, badge = { .text = "" };
	int rc = TG_OK;

	if (o->by == NULL && o->by_badge_file == NULL)
		return TG_OK;
	if (o->by_badge_file != NULL)
		rc = tg_typed_read(&badge, o->by_badge_file, err);
	else if (o->by_pin_file != NULL)
		rc = tg_typed_read(&pin, o->by_pin_file, err);
	else
		rc = tg_typed_ask(&pin, "PIN of who acts", false, err);
	if (rc == TG_OK)
		tg_json_set(request, "by", tg_typed_proof(o->by, &pin, &badge));
	tg_wipe(&pin, sizeof(pin));
	tg_wipe(&badge, sizeof(badge));
	return rc;
}

static int make_request(tg_json *request, const struct options *o, tg_error *err)
{
	int rc = put_proof(request, o, err); /* who acts is asked first */

	if (o->who != NULL)
		tg_json_set_str(request, "who", o->who);
	if (o->before != NULL)
		tg_json_set_str(request, "before", o->before);
	if (o->right_count > 0) {
		tg_json *rights = tg_json_new_array();

		for (size_t i = 0; i < o->right_count; i++)
			tg_json_add_str(rights, o->rights[i]);
		tg_json_set(request, "rights", rights);
	}
	return rc == TG_OK ? put_new(request, o, err) : rc;
}

static void print_people(const tg_json *reply)
{
	for (const tg_json *one = tg_json_first(tg_json_get(reply, "people")); one != NULL; one = tg_json_next(one)) {
		const char *who = tg_json_str(tg_json_get(one, "who"));
		int64_t locked_s = tg_json_int(tg_json_get(one, "locked_s"));

		printf("%-20s %s%s ", who, tg_json_bool(tg_json_get(one, "pin")) ? " PIN" : "    ",
			tg_json_bool(tg_json_get(one, "badge")) ? " badge" : "      ");
		for (const tg_json *right = tg_json_first(tg_json_get(one, "rights")); right != NULL; right = tg_json_next(right))
			printf(" %s", tg_json_str(right));
		if (locked_s > 0)
			printf("  (locked for %lld more seconds)", (long long)locked_s);
		printf("\n");
	}
}

int tg_cli_staff(tg_cli *cli, int argc, char **argv)
{
	struct options o = { .verb = NULL };
	tg_json *request = tg_json_new_object(), *reply = NULL;
	char path[32];
	tg_error err = { 0 };
	tg_ask *ask = NULL;
	int code, rc = read_options(&o, cli, argc, argv, &code);

	if (rc != 0) {
		tg_json_free_secret(request);
		return code;
	}
	code = 0;
	rc = make_request(request, &o, &err);
	if (rc == TG_OK)
		rc = tg_ask_open(&ask, cli, &err);
	snprintf(path, sizeof(path), "/v1/staff/%s", o.verb);
	if (rc == TG_OK)
		rc = tg_ask_json(&reply, ask, "POST", path, "", request, &err);
	if (rc == TG_EDENIED)
		(void)tg_cli_fail(cli, &err), code = TG_EXIT_WITHHELD;
	else if (rc == TG_EFORMAT || rc == TG_EINVAL)
		code = tg_cli_misused(cli, "%s", err.msg);
	else if (rc != TG_OK)
		code = tg_cli_fail(cli, &err);
	else if (cli->json)
		tg_ask_print_json(reply);
	else
		print_people(reply);
	tg_json_free(reply);
	tg_json_free_secret(request);
	tg_ask_close(ask);
	return code;
}

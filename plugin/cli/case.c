/* SPDX-License-Identifier: Apache-2.0
 *
 * case.c - `tillgate case`: what was put aside at goods-in, and what becomes of it.
 */
#include "plugin/cli/ask.h"
#include "plugin/cli/case_print.h"
#include "plugin/cli/typed.h"
#include "plugin/station/case_request.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#define QUERY_MAX 160 /* bytes: a state or an id, where to go on, and a count */

struct options {
	const char *state, *before, *owner, *supplier, *text, *quantity, *held, *batch, *label, *authority, *reason, *device;
	tg_typed_person by;
};

struct call {
	tg_cli *cli;
	tg_ask *ask;
	struct options options;
	const char *id, *argument; /* the second word after the action; NULL */
	tg_json *proof;            /* who answers for it; NULL nobody */
};

static void usage(FILE *to)
{
	fprintf(to, "usage: tillgate [--root DIR] [--json] case list [--state STATE]\n"
		"       tillgate [--root DIR] [--json] case show CASE [--before REFERENCE]\n"
		"       tillgate [--root DIR] [--json] case note CASE TEXT\n"
		"       tillgate [--root DIR] [--json] case assign CASE [--owner WORD] [--supplier NAME]\n"
		"       tillgate [--root DIR] [--json] case state CASE open|ours|theirs|under-investigation [--text TEXT]\n"
		"       tillgate [--root DIR] [--json] case count CASE QUANTITY [PERSON] [--held QUANTITY] [--text TEXT]\n"
		"       tillgate [--root DIR] [--json] case release CASE PERSON [--quantity N] [--batch BATCH | --label LABEL]\n"
		"                [--authority NAME --reason CODE] [--held QUANTITY] [--text TEXT]\n"
		"       tillgate [--root DIR] [--json] case settle CASE returned|scrapped|moved|regulator PERSON [options of release]\n"
		"Units that a check at goods-in or return withholds are put aside: a case for each product, batch, reason and delivery. Its name is\n"
		"the reference of the check that opened it.\n"
		"  list      those not yet settled, or those in STATE (a state, settled, or all), the oldest first\n"
		"  show      one, with the check that opened it and what was done\n"
		"  note      write something down: no names of customers or staff\n"
		"  assign    who looks after it (a role or an id, \"\" nobody), whose goods they are\n"
		"  state     whose turn it is: ours, theirs, under-investigation\n"
		"  count     say how many units are there, where not each was scanned; fewer wants a person\n"
		"  release   to stock: a new check must allow it, now\n"
		"  settle    returned to the supplier, scrapped, moved to a branch as quarantine stock, or given to the regulator; all but the last by\n"
		"            a new check of that movement\n"
		"PERSON has the right that the policy names for cases (`tillgate staff`):\n"
		"  --who NAME [--pin-file FILE]  the PIN is asked for at the terminal, or is the first line of FILE; - is standard input\n"
		"  --badge-file FILE | --badge-at SCANNER  what their badge says, or that it was scanned there in the last half minute\n"
		"  --quantity N     so many of them; all that are there unless given\n"
		"  --batch BATCH    read off the pack now, where the case has none\n"
		"  --label LABEL    one of the units, scanned now; with a serial number it is that one unit\n"
		"  --authority NAME --reason CODE  override what still withholds, where the policy lets that authority lift it\n"
		"  --held QUANTITY  refuse if not so many are there: somebody else was quicker\n"
		"  --device NAME    who asks, for the log (default \"command\")\n"
		"  --json           the answer as JSON; of a list one case a line\n"
		"Exit: 0 done, 1 refused, 2 usage, 3 could not be done, 4 no such case.\n");
}

static int fail(const struct call *call, const tg_error *err)
{
	switch (err->code) {
	case TG_EFORMAT:
	case TG_EINVAL:
	case TG_ELENGTH:
		return tg_cli_misused(call->cli, "%s", err->msg);
	case TG_ENOTFOUND:
		(void)tg_cli_fail(call->cli, err);
		return TG_EXIT_NOT_FOUND;
	case TG_ESTATE:
	case TG_EDENIED:
		(void)tg_cli_fail(call->cli, err);
		return TG_EXIT_WITHHELD;
	default:
		return tg_cli_fail(call->cli, err);
	}
}

/* ---- looking ---- */

/* Nothing of a query is decoded at the other end: what would need it is no state and no reference. */
static bool is_word(const char *text)
{
	return text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")] == '\0' && strlen(text) < TG_REFERENCE_SIZE;
}

static int list(struct call *call)
{
	char query[QUERY_MAX], after[TG_REFERENCE_SIZE] = "";
	const char *state = call->options.state != NULL ? call->options.state : "unsettled";
	bool first = true;

	if (!is_word(state))
		return tg_cli_misused(call->cli, "--state: no such state");
	do {
		tg_json *page = NULL;
		tg_error err = { 0 };
		const char *next;

		snprintf(query, sizeof(query), "state=%s&count=1000%s%s", state, after[0] != '\0' ? "&after=" : "", after);
		if (tg_ask_json(&page, call->ask, "GET", "/v1/cases", query, NULL, &err) != TG_OK)
			return fail(call, &err);
		if (call->cli->json)
			for (const tg_json *one = tg_json_first(tg_json_get(page, "cases")); one != NULL; one = tg_json_next(one))
				tg_ask_print_json(one);
		else
			tg_case_print_list(page, first);
		if (first && !tg_json_bool(tg_json_get(page, "complete")))
			fprintf(stderr, "tillgate case: not all cases are known: an entry of the log was damaged\n");
		if (first && tg_json_bool(tg_json_get(page, "full")))
			fprintf(stderr, "tillgate case: as many are open as are kept; what is put aside now gets none: settle some\n");
		next = tg_json_str(tg_json_get(page, "next"));
		snprintf(after, sizeof(after), "%s", next != NULL ? next : "");
		tg_json_free(page);
		first = false;
	} while (after[0] != '\0');
	return 0;
}

static int show(struct call *call)
{
	const char *before = call->options.before;
	char query[QUERY_MAX];
	tg_json *answer = NULL;
	tg_error err = { 0 };

	if (!is_word(call->id) || (before != NULL && !is_word(before)))
		return tg_cli_misused(call->cli, "wanted a reference such as T1-1A7-K");
	snprintf(query, sizeof(query), "id=%s%s%s", call->id, before != NULL ? "&before=" : "", before != NULL ? before : "");
	if (tg_ask_json(&answer, call->ask, "GET", "/v1/cases/case", query, NULL, &err) != TG_OK)
		return fail(call, &err);
	if (call->cli->json)
		tg_ask_print_json(answer);
	else
		tg_case_print_whole(answer);
	tg_json_free(answer);
	return 0;
}

/* ---- acting ---- */

static void set_text(tg_json *json, const char *name, const char *text)
{
	if (text != NULL)
		tg_json_set_str(json, name, text);
}

/* Digits become a number; anything else goes as it is, for the station to refuse by name. */
static void set_number(tg_json *json, const char *name, const char *text)
{
	if (text == NULL)
		return;
	if (text[0] != '\0' && text[strspn(text, "0123456789")] == '\0' && strlen(text) < 10)
		tg_json_set_int(json, name, atoll(text));
	else
		tg_json_set_str(json, name, text);
}

static tg_json *request_of(const struct call *call)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_str(json, "id", call->id);
	set_text(json, "device", call->options.device != NULL ? call->options.device : "command");
	set_text(json, "owner", call->options.owner);
	set_text(json, "supplier", call->options.supplier);
	set_text(json, "text", call->options.text);
	set_text(json, "batch", call->options.batch);
	set_text(json, "label", call->options.label);
	set_text(json, "authority", call->options.authority);
	set_text(json, "reason", call->options.reason);
	set_number(json, "quantity", call->options.quantity);
	set_number(json, "held", call->options.held);
	if (call->proof != NULL)
		tg_json_set(json, "by", tg_json_copy(call->proof));
	return json;
}

/* Takes `request` over. */
static int act(struct call *call, const char *path, tg_json *request)
{
	tg_json *answer = NULL;
	tg_error err = { 0 };
	int rc = tg_ask_json(&answer, call->ask, "POST", path, "", request, &err);

	tg_json_free_secret(request);
	if (rc != TG_OK)
		return fail(call, &err);
	if (call->cli->json)
		tg_ask_print_json(answer);
	else
		tg_case_print_line(tg_json_get(answer, "case"));
	tg_json_free(answer);
	return 0;
}

static int note(struct call *call)
{
	tg_json *request = request_of(call);

	tg_json_set_str(request, "text", call->argument);
	return act(call, "/v1/cases/note", request);
}

static int assign(struct call *call)
{
	return act(call, "/v1/cases/assign", request_of(call));
}

static int state(struct call *call)
{
	tg_json *request = request_of(call);

	tg_json_set_str(request, "state", call->argument);
	return act(call, "/v1/cases/state", request);
}

static int count(struct call *call)
{
	tg_json *request = request_of(call);

	set_number(request, "quantity", call->argument);
	return act(call, "/v1/cases/count", request);
}

static int release(struct call *call)
{
	return act(call, "/v1/cases/release", request_of(call));
}

static int settle(struct call *call)
{
	tg_json *request = request_of(call);

	tg_json_set_str(request, "how", call->argument);
	return act(call, "/v1/cases/settle", request);
}

static const struct action {
	const char *name;
	bool wants_id, wants_person;
	const char *argument; /* what stands after the case; NULL nothing */
	int (*run)(struct call *call);
} actions[] = {
	{ "list", false, false, NULL, list },
	{ "show", true, false, NULL, show },
	{ "note", true, false, "a text", note },
	{ "assign", true, false, NULL, assign },
	{ "state", true, false, "a state", state },
	{ "count", true, false, "a quantity", count },
	{ "release", true, true, NULL, release },
	{ "settle", true, true, "how", settle },
};

/* ---- the command ---- */

/* Where an option's text goes; NULL: it has none. */
static const char **place_of(struct options *o, int c)
{
	switch (c) {
	case 's':
		return &o->state;
	case 'b':
		return &o->before;
	case 'o':
		return &o->owner;
	case 'S':
		return &o->supplier;
	case 't':
		return &o->text;
	case 'q':
		return &o->quantity;
	case 'B':
		return &o->batch;
	case 'l':
		return &o->label;
	case 'a':
		return &o->authority;
	case 'r':
		return &o->reason;
	case 'w':
		return &o->by.who;
	case 'p':
		return &o->by.pin_file;
	case 'f':
		return &o->by.badge_file;
	case 'A':
		return &o->by.badge_at;
	case 'H':
		return &o->held;
	case 'd':
		return &o->device;
	default:
		return NULL;
	}
}

/* True: go on. */
static bool read_options(struct call *call, int argc, char **argv, int *exit_code)
{
	static const struct option options[] = {
		{ "state", required_argument, NULL, 's' }, { "before", required_argument, NULL, 'b' }, { "owner", required_argument, NULL, 'o' },
		{ "supplier", required_argument, NULL, 'S' }, { "text", required_argument, NULL, 't' },
		{ "quantity", required_argument, NULL, 'q' }, { "batch", required_argument, NULL, 'B' }, { "label", required_argument, NULL, 'l' },
		{ "authority", required_argument, NULL, 'a' }, { "reason", required_argument, NULL, 'r' }, { "who", required_argument, NULL, 'w' },
		{ "pin-file", required_argument, NULL, 'p' }, { "badge-file", required_argument, NULL, 'f' },
		{ "badge-at", required_argument, NULL, 'A' }, { "held", required_argument, NULL, 'H' }, { "device", required_argument, NULL, 'd' }, { "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' }, { 0 },
	};
	int c;

	*exit_code = TG_EXIT_USAGE;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		const char **place = place_of(&call->options, c);

		if (place != NULL) {
			*place = optarg;
		} else if (c == 'j') {
			call->cli->json = true;
		} else if (c == 'h') {
			usage(stdout);
			*exit_code = 0;
			return false;
		} else {
			(void)tg_cli_misused(call->cli, "unknown option");
			return false;
		}
	}
	return true;
}

static const struct action *read_action(struct call *call, int argc, char **argv)
{
	const struct action *action = NULL;

	for (size_t i = 0; optind < argc && i < TG_COUNT(actions); i++)
		if (strcmp(argv[optind], actions[i].name) == 0)
			action = &actions[i];
	if (action == NULL) {
		(void)tg_cli_misused(call->cli, "say what to do: list, show, note, …");
		return NULL;
	}
	optind++;
	if (action->wants_id)
		call->id = optind < argc ? argv[optind++] : NULL;
	if (action->argument != NULL)
		call->argument = optind < argc ? argv[optind++] : NULL;
	if ((action->wants_id && call->id == NULL) || (action->argument != NULL && call->argument == NULL) || optind < argc) {
		(void)tg_cli_misused(call->cli, "%s: wanted %s%s%s", action->name, action->wants_id ? "a case" : "no more words",
			action->argument != NULL ? " and " : "", action->argument != NULL ? action->argument : "");
		return NULL;
	}
	return action;
}

static bool has_person(const tg_typed_person *p)
{
	return p->who != NULL || p->pin_file != NULL || p->badge_file != NULL || p->badge_at != NULL;
}

/* Before anything is opened: its files are read by whoever called. */
static int read_person(struct call *call, const struct action *action, tg_error *err)
{
	const tg_typed_person *by = &call->options.by;

	if (!action->wants_person && !has_person(by))
		return TG_OK;
	if (tg_typed_person_fault(by) != NULL)
		return tg_fail(err, TG_EINVAL, "%s", tg_typed_person_fault(by));
	return tg_typed_read_person(&call->proof, by, "PIN", err);
}

int tg_cli_case(tg_cli *cli, int argc, char **argv)
{
	struct call call = { .cli = cli };
	const struct action *action;
	tg_error err = { 0 };
	int code;

	if (!read_options(&call, argc, argv, &code))
		return code;
	action = read_action(&call, argc, argv);
	if (action == NULL)
		return TG_EXIT_USAGE;
	code = read_person(&call, action, &err);
	if (code != TG_OK)
		return code == TG_EINVAL ? tg_cli_misused(cli, "%s", err.msg) : tg_cli_fail(cli, &err);
	code = tg_ask_open(&call.ask, cli, &err) == TG_OK ? action->run(&call) : tg_cli_fail(cli, &err);
	tg_ask_close(call.ask);
	tg_json_free_secret(call.proof);
	return code;
}

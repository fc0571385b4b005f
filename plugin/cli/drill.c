/* SPDX-License-Identifier: Apache-2.0
 *
 * drill.c - `tillgate drill`: the test products through this station, and whether the answers are what they should be.
 */
#include "plugin/cli/ask.h"
#include "plugin/gate/drill.h"

#include <getopt.h>
#include <stdio.h>

static void usage(FILE *to)
{
	fprintf(to, "usage: tillgate [--root DIR] [--json] drill [--device NAME]\n"
		"Checks the test products of the catalogue at sale, one for each outcome, and says whether the answers are what they should be. The\n"
		"numbers are EAN-13: print them as bar codes and scan them at a till to prove that it stops. Checks of them are written to the\n"
		"evidence log as drills, and count as nothing that came in.\n"
		"  --device NAME      who asks, for the log (default \"drill\")\n"
		"  --json             one JSON object\n"
		"Exit: 0 all are right (in mode observe: would be), 1 at least one is not, 2 usage, 3 could not check.\n");
}

static const char *text_of(const tg_json *answer, const char *name)
{
	const char *text = tg_json_str(tg_json_get(answer, name));

	return text != NULL ? text : "";
}

static bool says(const tg_json *answer, const char *name)
{
	return tg_json_bool(tg_json_get(answer, name));
}

static int ask_one(tg_json **answer, tg_ask *ask, const tg_drill *drill, const char *device, tg_error *err)
{
	tg_json *request = tg_json_new_object();
	int rc;

	tg_json_set_str(request, "label", drill->digits);
	tg_json_set_str(request, "operation", tg_operation_words[TG_OP_SALE]);
	tg_json_set_str(request, "device", device);
	rc = tg_ask_json(answer, ask, "POST", "/v1/check", "", request, err);
	tg_json_free(request);
	return rc;
}

/* Both what is answered and what becomes of it: a till looks at `released` alone. */
static bool is_right(const tg_json *answer, const tg_drill *drill)
{
	bool goes = drill->outcome == TG_ALLOW || drill->outcome == TG_NOTICE;
	bool enforced = strcmp(text_of(answer, "mode"), "enforce") == 0;

	return strcmp(text_of(answer, "outcome"), tg_outcome_words[drill->outcome]) == 0 &&
		strcmp(text_of(answer, "code"), drill->code) == 0 && !says(answer, "could_not_check") && says(answer, "drill") &&
		says(answer, "recorded") && says(answer, "would_release") == goes && says(answer, "released") == (goes || !enforced);
}

static tg_json *result_of(const tg_json *answer, const tg_drill *drill, bool right)
{
	static const char *const copied[] = { "outcome", "code", "decided_by", "mode", "released", "would_release", "could_not_check",
		"recorded", "reference", "fault" };
	tg_json *json = tg_json_new_object();

	tg_json_set_str(json, "drill", drill->word);
	tg_json_set_str(json, "number", drill->digits);
	tg_json_set_str(json, "expected", tg_outcome_words[drill->outcome]);
	tg_json_set_bool(json, "right", right);
	for (size_t i = 0; i < TG_COUNT(copied); i++)
		if (tg_json_get(answer, copied[i]) != NULL)
			tg_json_set(json, copied[i], tg_json_copy(tg_json_get(answer, copied[i])));
	return json;
}

struct drills {
	tg_json *results;
	bool all_right, enforced, checked;
};

static int run(struct drills *d, tg_ask *ask, const char *device, tg_error *err)
{
	for (size_t i = 0; i < TG_DRILL_COUNT; i++) {
		tg_json *answer = NULL;
		int rc = ask_one(&answer, ask, &tg_drills[i], device, err);
		bool right;

		if (rc != TG_OK)
			return rc;
		right = is_right(answer, &tg_drills[i]);
		d->all_right = d->all_right && right;
		d->enforced = d->enforced && strcmp(text_of(answer, "mode"), "enforce") == 0;
		d->checked = d->checked && !says(answer, "could_not_check");
		tg_json_add(d->results, result_of(answer, &tg_drills[i], right));
		tg_json_free(answer);
	}
	return TG_OK;
}

static void print_for_people(const struct drills *d)
{
	printf("%-8s  %-13s  %-6s  %-8s  %s\n", "drill", "number", "answer", "the unit", "");
	for (const tg_json *one = tg_json_first(d->results); one != NULL; one = tg_json_next(one)) {
		printf("%-8s  %-13s  %-6s  %-8s  %s", text_of(one, "drill"), text_of(one, "number"),
			says(one, "could_not_check") ? "none" : text_of(one, "outcome"), says(one, "released") ? "goes" : "stays",
			says(one, "right") ? "right" : "WRONG");
		if (!says(one, "right"))
			printf(": %s was expected; %s%s%s", text_of(one, "expected"), text_of(one, "code"),
				text_of(one, "fault")[0] != '\0' ? ": " : "", text_of(one, "fault"));
		putchar('\n');
	}
	if (!d->enforced)
		puts("NOT ENFORCED: the policy only observes sales. These answers are written down, and nothing is stopped.");
}

static void print_json(struct drills *d)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_bool(json, "right", d->all_right);
	tg_json_set_bool(json, "enforced", d->enforced);
	tg_json_set(json, "drills", d->results);
	d->results = NULL;
	tg_ask_print_json(json);
	tg_json_free(json);
}

static int drill(const tg_cli *cli, tg_ask *ask, const char *device)
{
	struct drills d = { tg_json_new_array(), true, true, true };
	tg_error err = { 0 };
	int code;

	if (run(&d, ask, device, &err) != TG_OK) {
		code = tg_cli_fail(cli, &err);
	} else {
		code = !d.checked ? TG_EXIT_NOT_CHECKED : d.all_right ? TG_EXIT_RELEASED : TG_EXIT_WITHHELD;
		if (cli->json)
			print_json(&d);
		else
			print_for_people(&d);
	}
	tg_json_free(d.results);
	return code;
}

int tg_cli_drill(tg_cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "device", required_argument, NULL, 'd' }, { "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' }, { 0 },
	};
	const char *device = "drill";
	tg_error err = { 0 };
	tg_ask *ask = NULL;
	int c, code;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'd':
			device = optarg;
			break;
		case 'j':
			cli->json = true;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			return tg_cli_misused(cli, "unknown option");
		}
	}
	if (optind < argc)
		return tg_cli_misused(cli, "no label is wanted");
	code = tg_ask_open(&ask, cli, &err) == TG_OK ? drill(cli, ask, device) : tg_cli_fail(cli, &err);
	tg_ask_close(ask);
	return code;
}

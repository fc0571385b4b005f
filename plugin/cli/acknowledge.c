/* SPDX-License-Identifier: Apache-2.0
 *
 * acknowledge.c - `tillgate acknowledge`: somebody has looked at what a lane withheld.
 */
#include "plugin/cli/ask.h"

#include <getopt.h>
#include <stdio.h>

static void usage(FILE *to)
{
	fprintf(to, "usage: tillgate [--root DIR] [--json] acknowledge LANE\n"
		"Somebody has looked at what this lane withheld: its scanner, if it was told to wait for that (lock-until-acknowledged), reads\n"
		"again. The log says so. Exit: 0 done, 2 usage, 3 no such lane, or the daemon does not run.\n");
}

int tg_cli_acknowledge(tg_cli *cli, int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' }, { 0 } };
	tg_json *request, *answer = NULL;
	tg_error err = { 0 };
	tg_ask *ask = NULL;
	int c, rc;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			return usage(stdout), 0;
		if (c != 'j')
			return tg_cli_misused(cli, "unknown option");
		cli->json = true;
	}
	if (optind + 1 != argc)
		return tg_cli_misused(cli, "give the name of one lane");
	request = tg_json_new_object();
	tg_json_set_str(request, "lane", argv[optind]);
	rc = tg_ask_open(&ask, cli, &err);
	if (rc == TG_OK)
		rc = tg_ask_json(&answer, ask, "POST", "/v1/acknowledge", "", request, &err);
	if (rc == TG_OK && cli->json)
		tg_ask_print_json(answer);
	tg_json_free(answer);
	tg_json_free(request);
	tg_ask_close(ask);
	return rc == TG_OK ? 0 : tg_cli_fail(cli, &err);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - tillgate-hq: head office from a folder. Never installed on a till.
 */
#include "store/base/crypto.h"
#include "sync/hq/cli.h"

#include <stdio.h>

static const tg_command *const commands[] = { &tg_command_archive, &tg_command_catalogue, &tg_command_coverage,
	&tg_command_drafts, &tg_command_enrol, &tg_command_failure, &tg_command_import, &tg_command_init,
	&tg_command_lint, &tg_command_notice, &tg_command_people, &tg_command_print, &tg_command_publish,
	&tg_command_recover, &tg_command_refresh, &tg_command_replay, &tg_command_root, &tg_command_serve, &tg_command_status,
	&tg_command_supplier };

static int help(FILE *out, int code)
{
	(void)fprintf(out, "usage: tillgate-hq COMMAND …\n\n");
	for (size_t i = 0; i < TG_COUNT(commands); i++)
		(void)fprintf(out, "  tillgate-hq %s\n", commands[i]->usage);
	(void)fprintf(out, "\n  tillgate-hq COMMAND --help, tillgate-hq --version\n");
	return code;
}

int main(int argc, char **argv)
{
	tg_error err = { 0 };

	if (argc < 2)
		return help(stderr, TG_EXIT_USAGE);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help(stdout, TG_EXIT_OK);
	if (strcmp(argv[1], "--version") == 0) {
		(void)printf("tillgate-hq %s\n", TILLGATE_VERSION);
		return TG_EXIT_OK;
	}
	if (tg_crypto_init(&err) != TG_OK)
		return tg_cli_fail(&err);
	for (size_t i = 0; i < TG_COUNT(commands); i++)
		if (strcmp(argv[1], commands[i]->name) == 0) {
			int code = commands[i]->run(argc - 1, argv + 1);

			if (fflush(stdout) == 0 && !ferror(stdout))
				return code;
			(void)fprintf(stderr,
				"tillgate-hq: standard output: cannot be written; what was asked for ended with %d\n", code);
			return TG_EXIT_FAILED;
		}
	(void)fprintf(stderr, "tillgate-hq: no command \"%s\"\n", argv[1]);
	return help(stderr, TG_EXIT_USAGE);
}

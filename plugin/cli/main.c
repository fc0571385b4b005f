/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - tillgate: the command of one station.
 */
#include "plugin/cli/cli.h"

#include "store/base/crypto.h"
#include "store/catalogue/catalogue.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct command {
	const char *name, *summary;
	int (*run)(tg_cli *cli, int argc, char **argv);
} commands[] = {
	{ "check", "decide whether a unit may be released, and write the check down", tg_cli_check },
	{ "explain", "say why a unit would be decided so: record, rows and the law behind them; writes nothing down", tg_cli_explain },
	{ "case", "what was put aside at goods-in: list, notes, owner, release to stock, return, scrap", tg_cli_case },
	{ "drill", "check the test products, and say whether the answers are what they should be", tg_cli_drill },
	{ "acknowledge", "somebody has looked at what a lane withheld; its scanner reads again", tg_cli_acknowledge },
	{ "override", "a second person lets one withheld unit go, once, for a stated reason", tg_cli_override },
	{ "staff", "enrol who may override and settle at this station, with PIN or badge", tg_cli_staff },
	{ "status", "is this station fit to check? what is in force, how old, what is wrong", tg_cli_status },
	{ "devices", "which scanners there are, what keeps one from being used; learn a new one; give one back", tg_cli_devices },
	{ "evidence", "list, show, verify and sign the evidence log", tg_cli_evidence },
	{ "init", "make a station's folders and keys, and its request to head office", tg_cli_init },
	{ "enrol", "take head office's answer in", tg_cli_enrol },
	{ "sync", "fetch the newest signed catalogue and put it in place", tg_cli_sync },
	{ "document", "fetch the paper of a statement of compliance, or give the kept copy", tg_cli_document },
};

static void usage(FILE *to)
{
	fprintf(to, "usage: tillgate [--root DIR] [--json] COMMAND …\n\n");
	for (size_t i = 0; i < TG_COUNT(commands); i++)
		fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fprintf(to, "\n  --root DIR   the station's folder (default: $TILLGATE_ROOT, else the packaged places)\n"
		"  --json       answers for programs, one object or one line each\n"
		"  --version    the version\n"
		"`tillgate COMMAND --help` says more. Exit: 0 may be released, 1 withheld, 2 usage, 3 could not check. See tillgate(1).\n");
}

int tg_cli_fail(const tg_cli *cli, const tg_error *err)
{
	fprintf(stderr, "tillgate %s: %s\n", cli->name, err->msg);
	return TG_EXIT_NOT_CHECKED;
}

int tg_cli_misused(const tg_cli *cli, const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "tillgate %s: ", cli->name);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "; see `tillgate %s --help`\n", cli->name);
	return TG_EXIT_USAGE;
}

/* Options before the command. Gives the index of the command, or -1 with `*exit_code` set. */
static int global_options(tg_cli *cli, const char **root, int argc, char **argv, int *exit_code)
{
	int i = 1;

	*exit_code = TG_EXIT_USAGE;
	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			cli->json = true;
		} else if (strcmp(argv[i], "--root") == 0 && i + 1 < argc) {
			*root = argv[++i];
		} else if (strncmp(argv[i], "--root=", 7) == 0) {
			*root = argv[i] + 7;
		} else if (strcmp(argv[i], "--help") == 0) {
			usage(stdout);
			*exit_code = 0;
			return -1;
		} else if (strcmp(argv[i], "--version") == 0) {
			puts("tillgate " TILLGATE_VERSION);
			*exit_code = 0;
			return -1;
		} else {
			fprintf(stderr, "tillgate: unknown option %s\n", argv[i]);
			usage(stderr);
			return -1;
		}
	}
	if (i == argc)
		usage(stderr);
	return i < argc ? i : -1;
}

int main(int argc, char **argv)
{
	tg_cli cli = { .name = "" };
	const char *root = NULL;
	tg_error err = { 0 };
	int exit_code, at = global_options(&cli, &root, argc, argv, &exit_code);

	if (at < 0)
		return exit_code;
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < TG_COUNT(commands); i++) {
		if (strcmp(argv[at], commands[i].name) != 0)
			continue;
		cli.name = commands[i].name;
		if (tg_paths_init(&cli.paths, root, &err) != TG_OK || tg_crypto_init(&err) != TG_OK ||
			tg_catalogue_guard(&err) != TG_OK)
			return tg_cli_fail(&cli, &err);
		return commands[i].run(&cli, argc - at, argv + at);
	}
	fprintf(stderr, "tillgate: no command \"%s\"\n", argv[at]);
	usage(stderr);
	return TG_EXIT_USAGE;
}

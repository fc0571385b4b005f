/* SPDX-License-Identifier: Apache-2.0
 *
 * cli.h - what the subcommands of `tillgate` share: exit codes, options common to all, and who they are.
 */
#ifndef TG_CLI_H
#define TG_CLI_H

#include "plugin/station/paths.h"

/** Exit codes; tillgate(1) documents them. */
enum {
	TG_EXIT_RELEASED = 0,
	TG_EXIT_WITHHELD = 1,      /* check: may not be released; evidence verify: the log is not what was signed */
	TG_EXIT_USAGE = 2,
	TG_EXIT_NOT_CHECKED = 3,   /* could not check, or could not do what was asked */
	TG_EXIT_NOT_FOUND = 4,     /* case: there is no such case */
};

typedef struct tg_cli {
	const char *name; /**< of the subcommand, for words */
	tg_paths paths;
	bool json;
} tg_cli;

/** Each gets its own argv (argv[0] is the subcommand) and gives the exit code. */
int tg_cli_check(tg_cli *cli, int argc, char **argv);
int tg_cli_explain(tg_cli *cli, int argc, char **argv);
int tg_cli_case(tg_cli *cli, int argc, char **argv);
int tg_cli_drill(tg_cli *cli, int argc, char **argv);
int tg_cli_acknowledge(tg_cli *cli, int argc, char **argv);
int tg_cli_override(tg_cli *cli, int argc, char **argv);
int tg_cli_staff(tg_cli *cli, int argc, char **argv);
int tg_cli_status(tg_cli *cli, int argc, char **argv);
int tg_cli_devices(tg_cli *cli, int argc, char **argv);
int tg_cli_evidence(tg_cli *cli, int argc, char **argv);
int tg_cli_init(tg_cli *cli, int argc, char **argv);
int tg_cli_enrol(tg_cli *cli, int argc, char **argv);
int tg_cli_sync(tg_cli *cli, int argc, char **argv);
int tg_cli_document(tg_cli *cli, int argc, char **argv);

/** "tillgate check: WORDS" to standard error. Returns TG_EXIT_NOT_CHECKED. */
int tg_cli_fail(const tg_cli *cli, const tg_error *err);
/** "tillgate check: WORDS; see `tillgate check --help`". Returns TG_EXIT_USAGE. */
int tg_cli_misused(const tg_cli *cli, const char *fmt, ...) TG_PRINTF(2, 3);

#endif

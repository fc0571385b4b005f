/* SPDX-License-Identifier: Apache-2.0
 *
 * cli.h - what the subcommands of tillgate-hq share: options, exit codes, help.
 */
#ifndef TG_HQ_CLI_H
#define TG_HQ_CLI_H

#include "store/base/json.h"

#include <getopt.h>

enum { /* exit codes, as tillgate-hq(8) says */
	TG_EXIT_OK = 0,
	TG_EXIT_REFUSED = 1, /* lint found errors or defects, an enrolment or import was refused */
	TG_EXIT_USAGE = 2,
	TG_EXIT_FAILED = 3,   /* could not read, write, sign or listen */
	TG_EXIT_NEAR_END = 4, /* refresh did its work, but a signature ends soon */
	TG_EXIT_OLDER = 5,    /* something newer is published than this folder knows of */
	TG_EXIT_WITHDRAWN = 6, /* import, drafts: done, and a supplier withdrew a statement that is in force */
	TG_EXIT_OVERDUE = 7,   /* failure, notice: list and show: something is overdue by the law's days or our clocks */
};

typedef struct tg_cli {
	const char *dir;             /**< -d, TILLGATE_HQ_DIR, or "." */
	const char *passphrase_file; /**< or NULL */
	bool json;
} tg_cli;

typedef struct tg_command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage; /* "init DIR --owner DOMAIN --url URL …" */
	const char *help;  /* the rest of --help */
} tg_command;

extern const tg_command tg_command_archive, tg_command_catalogue, tg_command_coverage, tg_command_drafts,
	tg_command_enrol, tg_command_failure, tg_command_import, tg_command_init, tg_command_lint,
	tg_command_notice, tg_command_people, tg_command_print, tg_command_publish, tg_command_recover, tg_command_refresh,
	tg_command_replay, tg_command_root, tg_command_serve, tg_command_status, tg_command_supplier;

/* Options that every subcommand takes, for the end of its list; values are above all letters. */
enum { TG_OPT_DIR = 'd', TG_OPT_HELP = 'h', TG_OPT_JSON = 1000, TG_OPT_PASSPHRASE };
#define TG_CLI_OPTIONS                                                                                       \
	{ "dir", required_argument, NULL, TG_OPT_DIR }, { "json", no_argument, NULL, TG_OPT_JSON },          \
		{ "passphrase-file", required_argument, NULL, TG_OPT_PASSPHRASE },                           \
		{ "help", no_argument, NULL, TG_OPT_HELP },                                                  \
	{                                                                                                    \
		0                                                                                            \
	}

/** Defaults, and getopt's state set back. */
void tg_cli_init(tg_cli *cli);
/**
 * Take one of the common options. False: it is none, or --help or a mistake; then return
 * tg_cli_usage(command, c).
 */
bool tg_cli_take(tg_cli *cli, int c);
/** Print help (to standard output for --help) and return the exit code. */
int tg_cli_usage(const tg_command *command, int c);
/** "tillgate-hq: words" on standard error; the exit code that fits. */
int tg_cli_fail(const tg_error *err);
/** Print canonical JSON and free it; the exit code. */
int tg_cli_print(tg_json *json, int code);
/** A whole number in bounds. TG_EINVAL names the option. */
TG_NODISCARD int tg_cli_number(
	int64_t *out, const char *text, int64_t min, int64_t max, const char *option, tg_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * publish_cli.h - what init, publish, refresh, recover, status and root share at the command line.
 */
#ifndef TG_HQ_PUBLISH_CLI_H
#define TG_HQ_PUBLISH_CLI_H

#include "sync/hq/cli.h"
#include "sync/hq/publish.h"

enum { TG_OPT_CLOCK_STEP = 1990, TG_OPT_DRY_RUN, TG_OPT_OFFLINE, TG_OPT_EXPIRES = 2000 /* + role */ };
#define TG_EXPIRES_OPTIONS                                                                                   \
	{ "expires-root", required_argument, NULL, TG_OPT_EXPIRES + TG_TUF_ROOT },                           \
		{ "expires-targets", required_argument, NULL, TG_OPT_EXPIRES + TG_TUF_TARGETS },             \
		{ "expires-snapshot", required_argument, NULL, TG_OPT_EXPIRES + TG_TUF_SNAPSHOT },           \
	{                                                                                                    \
		"expires-timestamp", required_argument, NULL, TG_OPT_EXPIRES + TG_TUF_TIMESTAMP              \
	}

/** Lives of signatures in days as given on the command line; 0: as hq.json says. */
typedef struct tg_lives {
	int64_t days[TG_TUF_ROLES];
} tg_lives;

/** TG_ENOTFOUND: another option. TG_EINVAL: no such number of days. */
TG_NODISCARD int tg_lives_take(tg_lives *lives, int c, tg_error *err);
void tg_lives_apply(tg_site *site, const tg_lives *lives);

void tg_cli_set_versions(tg_json *json, const int64_t version[TG_TUF_ROLES]);
/** "guard": {"asked", "answered", "why_not", "marked"}. */
void tg_cli_set_guard(tg_json *json, const tg_guard_report *report);
/** For people: a repository that did not answer, on standard error. */
void tg_cli_say_guard(const tg_guard_report *report);
/** For people: what was published is not in the archive. Returns `code`, or TG_EXIT_FAILED where that is so. */
int tg_cli_say_archive(const tg_publish_result *result, int code);

/** Load, lint, compile, publish, report. The exit code. */
int tg_cli_publish(const tg_publish_ctx *ctx, bool json);

/** A command that signs: its folder, opened and locked. `ctx` points to `site`. */
typedef struct tg_cli_signing {
	tg_cli cli;
	tg_site site;
	tg_publish_ctx ctx;
	tg_lives lives;
	int lock;
} tg_cli_signing;

void tg_cli_signing_init(tg_cli_signing *signing);
/** Options of publish and refresh. TG_ENOTFOUND: none of them; TG_EINVAL. */
TG_NODISCARD int tg_cli_signing_take(tg_cli_signing *signing, int c, tg_error *err);
/**
 * Init, and take all options of a command that has none but these; `optind` is then at what follows. False: --help or a mistake,
 * `*code` is the exit code.
 */
TG_NODISCARD bool tg_cli_signing_options(tg_cli_signing *signing, int *code, const tg_command *command,
	const struct option *options, int argc, char **argv);
/** Open and lock. TG_EBUSY, TG_ENOTFOUND and others of site.h. */
TG_NODISCARD int tg_cli_signing_open(tg_cli_signing *signing, const char *who, tg_error *err);
void tg_cli_signing_close(const tg_cli_signing *signing);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_root.h - the subcommands of tillgate-hq root, and what they share.
 */
#ifndef TG_HQ_CMD_ROOT_H
#define TG_HQ_CMD_ROOT_H

#include "sync/hq/publish_cli.h"
#include "sync/hq/root_stage.h"

extern const tg_command tg_command_root_key, tg_command_root_stage, tg_command_root_show,
	tg_command_root_sign, tg_command_root_finish;

/** Read and parse a stage file. The words name it. */
TG_NODISCARD int tg_cli_stage_read(tg_stage *out, const char *path, tg_error *err);
TG_NODISCARD int tg_cli_stage_write(const char *path, const tg_stage *stage, tg_error *err);

/**
 * The root that a stage is judged by: `file` if given, else the newest in the head office at `dir` if there is one. Where there is
 * neither, `*there` is false: only a first root can be judged then.
 */
TG_NODISCARD int tg_cli_root_read(
	tg_root *out, bool *there, const char *file, const char *dir, tg_error *err);

/** Print what the stage says and who has signed. TG_EUNTRUSTED as tg_stage_says(). */
TG_NODISCARD int tg_cli_stage_show(const tg_stage *stage, const tg_root *current, tg_error *err);
tg_json *tg_cli_stage_json(const tg_stage *stage, const tg_root *current);

#endif

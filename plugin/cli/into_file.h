/* SPDX-License-Identifier: Apache-2.0
 *
 * into_file.h - a file that the caller named, made by somebody who may become another user on the way.
 *
 * Root may write where it likes, but reads a station's folders as their owner (owner.h) and cannot become root again. So a child does the
 * work, through a descriptor that is open already; the caller stays who it is, and gives the name only to what came whole.
 */
#ifndef TG_CLI_INTO_FILE_H
#define TG_CLI_INTO_FILE_H

#include "plugin/cli/cli.h"
#include "store/base/file.h"

/**
 * Call `work(ctx, fd)` in a child, with `fd` the temporary of `stage`, which is open; it says itself what went wrong, and flushes what it
 * prints. 0 from it puts the file in place; on anything else what was there before stays as it was. The stage is closed in any case.
 * Returns the exit code of the command: that of `work`, or TG_EXIT_NOT_CHECKED with words on standard error.
 * Threads: call before any is started.
 */
int tg_into_file(const tg_cli *cli, tg_file_stage *stage, int (*work)(void *ctx, int fd), void *ctx);

#endif

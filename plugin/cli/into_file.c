/* SPDX-License-Identifier: Apache-2.0
 *
 * into_file.c - see into_file.h.
 */
#include "plugin/cli/into_file.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int run_child(tg_error *err, int *code, int fd, int (*work)(void *ctx, int fd), void *ctx)
{
	int status = 0;
	pid_t child;

	fflush(NULL); /* or the child would print it a second time */
	child = fork();
	if (child == 0)
		_exit(work(ctx, fd));
	if (child < 0)
		return tg_fail_errno(err, TG_EIO, "starting a process");
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return tg_fail_errno(err, TG_EIO, "waiting for a process");
	}
	if (!WIFEXITED(status))
		return tg_fail(err, TG_EIO, "the process that wrote it was ended by signal %d", WTERMSIG(status));
	*code = WEXITSTATUS(status);
	return TG_OK;
}

int tg_into_file(const tg_cli *cli, tg_file_stage *stage, int (*work)(void *ctx, int fd), void *ctx)
{
	tg_error err = { 0 };
	int code = 0, rc = run_child(&err, &code, stage->fd, work, ctx);

	if (rc == TG_OK && code == 0)
		rc = tg_file_stage_commit(stage, &err);
	tg_file_stage_abandon(stage);
	return rc == TG_OK ? code : tg_cli_fail(cli, &err);
}

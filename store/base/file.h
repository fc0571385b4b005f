/* SPDX-License-Identifier: Apache-2.0
 *
 * file.h - files read within bounds, written whole so that a power cut leaves the old or the new one, and locks.
 */
#ifndef TG_BASE_FILE_H
#define TG_BASE_FILE_H

#include "store/base/bytes.h"

#include <sys/types.h>

/** Append the whole regular file to `out`. TG_ENOTFOUND if absent, TG_ELENGTH if over `max` bytes, TG_EIO. */
TG_NODISCARD int tg_file_read(tg_buf *out, const char *path, size_t max, tg_error *err);

/**
 * The same for a file in a folder that somebody else writes: a symbolic link in the last place is TG_EIO and is not followed, for it
 * could lead to a device that opening changes, or to a file that only we may read.
 */
TG_NODISCARD int tg_file_read_unlinked(tg_buf *out, const char *path, size_t max, tg_error *err);

/**
 * Replace `path` whole: temporary beside it (suffix ".tmp"), write, fsync, rename, fsync of the folder.
 * On any error the old file is as it was and no temporary stays.
 */
TG_NODISCARD int tg_file_write(const char *path, tg_view content, mode_t mode, tg_error *err);

/** The same in steps, for content that streams. Write to `fd` between open and commit. */
typedef struct tg_file_stage {
	int fd; /**< -1 when closed */
	char path[4096], temp[4096 + 8];
} tg_file_stage;
TG_NODISCARD int tg_file_stage_open(tg_file_stage *stage, const char *path, mode_t mode, tg_error *err);
TG_NODISCARD int tg_file_stage_commit(tg_file_stage *stage, tg_error *err);
void tg_file_stage_abandon(tg_file_stage *stage); /**< removes the temporary; fine after commit */

TG_NODISCARD int tg_write_all(int fd, const void *data, size_t len, const char *name, tg_error *err);
TG_NODISCARD int tg_dir_make(
	const char *path, mode_t mode, tg_error *err); /**< with parents; fine if it exists */
TG_NODISCARD int tg_dir_sync(const char *path, tg_error *err);
/** snprintf with a check: "a/b/c" into out[4096]. TG_EINVAL if too long. */
TG_NODISCARD int tg_path(char out[4096], tg_error *err, const char *fmt, ...) TG_PRINTF(3, 4);

/**
 * flock(2), exclusive, without waiting. `*fd` is the caller's; closing it releases. The file holds "PID WHO\n" of the
 * holder for the error words: "evidence/lock: held by tillgated (process 123)". TG_EBUSY if held.
 */
TG_NODISCARD int tg_lock_take(int *fd, const char *path, const char *who, tg_error *err);

#endif

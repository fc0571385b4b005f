/* SPDX-License-Identifier: Apache-2.0
 *
 * vfs_crash.h - a SQLite VFS over the system's that writes down what reaches the disk, so that a test can make the files as
 * a power cut could have left them; that can run out of space or fail to sync; and that can lie about a setting.
 *
 * One database at a time, one thread. Registered under the name "crash".
 */
#ifndef TG_TEST_VFS_CRASH_H
#define TG_TEST_VFS_CRASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VFS_CRASH "crash"

/** Register once; then forget everything recorded and all faults. Files recorded from now on must be new. */
void vfs_crash_reset(void);

/* ---- faults ---- */
void vfs_crash_space(
	int64_t bytes); /**< writes that lengthen a file beyond so many more bytes fail; < 0: no limit */
void vfs_crash_fail_sync(int after); /**< the sync after so many good ones fails, and all later; < 0: none */
void vfs_crash_pragma(
	const char *name, const char *value); /**< reading this pragma gives that; NULL: the truth */

/* ---- the recording ---- */
size_t vfs_crash_events(void); /**< writes, truncations, syncs, deletions so far */
bool vfs_crash_is_sync(size_t event);
void vfs_crash_mark(uint64_t acknowledged);     /**< from here on the caller was promised so many entries */
uint64_t vfs_crash_acknowledged(size_t events); /**< what had been promised after the first `events` events */

typedef enum {
	CRASH_ALL,    /**< everything before the cut reached the disk */
	CRASH_SYNCED, /**< of each file only what was synced */
	CRASH_RANDOM, /**< of the unsynced writes some, in any combination */
	CRASH_TORN, /**< as RANDOM, and some of these only for some of their 512-byte sectors, or with garbage in one */
} crash_kind;

/** Write the files as they could be after a cut behind the first `events` events, into `dir`, by their last names. */
void vfs_crash_rebuild(const char *dir, size_t events, crash_kind kind, uint32_t seed);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * owner.c - see owner.h.
 */
#include "plugin/cli/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

/* Is there a folder, and is it another user's than root's? */
static int find_owner(bool *found, struct stat *st, const char *dir, tg_error *err)
{
	*found = false;
	if (geteuid() != 0)
		return TG_OK;
	if (stat(dir, st) != 0)
		return errno == ENOENT ? TG_OK : tg_fail_errno(err, TG_EIO, "%s", dir);
	*found = S_ISDIR(st->st_mode) && st->st_uid != 0;
	return TG_OK;
}

/* Groups first, then the user: afterwards there is no right left to change groups. */
static bool change_to(const struct stat *folder)
{
	const struct passwd *user = getpwuid(folder->st_uid);
	gid_t group = user != NULL ? user->pw_gid : folder->st_gid;

	if (user != NULL ? initgroups(user->pw_name, group) != 0 : setgroups(1, &group) != 0)
		return false;
	return setresgid(group, group, group) == 0 && setresuid(folder->st_uid, folder->st_uid, folder->st_uid) == 0;
}

int tg_owner_become(const char *dir, tg_error *err)
{
	struct stat folder;
	bool found;
	int rc = find_owner(&found, &folder, dir, err);

	if (rc != TG_OK || !found)
		return rc;
	if (!change_to(&folder))
		return tg_fail_errno(err, TG_EIO, "%s: becoming its owner, user %lu", dir, (unsigned long)folder.st_uid);
	if (getuid() != folder.st_uid || geteuid() != folder.st_uid || setuid(0) == 0)
		return tg_fail(err, TG_EIO, "%s: its owner, user %lu, could still become root again", dir, (unsigned long)folder.st_uid);
	return TG_OK;
}

/* By descriptor: whoever owns the folder may put another file in the name's place at any moment. */
static int give_open(int fd, const char *path, const struct stat *folder, tg_error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return tg_fail_errno(err, TG_EIO, "%s", path);
	if (st.st_uid != 0)
		return TG_OK;
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		return tg_fail(err, TG_ESTATE, "%s: wanted a file with one name; look who put it there", path);
	return fchown(fd, folder->st_uid, folder->st_gid) == 0 ? TG_OK : tg_fail_errno(err, TG_EIO, "%s: giving it to its folder's owner", path);
}

int tg_owner_give(const char *path, const char *dir, tg_error *err)
{
	struct stat folder;
	bool found;
	int fd, rc = find_owner(&found, &folder, dir, err);

	if (rc != TG_OK || !found)
		return rc;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return TG_OK;
	if (fd < 0 && errno == ELOOP)
		return tg_fail(err, TG_ESTATE, "%s: a link; look who put it there", path);
	if (fd < 0)
		return tg_fail_errno(err, TG_EIO, "%s", path);
	rc = give_open(fd, path, &folder, err);
	close(fd);
	return rc;
}

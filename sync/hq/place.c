/* SPDX-License-Identifier: Apache-2.0
 *
 * place.c - finished files under their published names.
 */
#include "sync/hq/place.h"

#include "store/base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int tg_place_metadata(const tg_site *site, tg_tuf_role role, int64_t version, tg_view content, tg_error *err)
{
	char path[4096];
	int rc = tg_published_metadata_path(path, site, role, version, err);

	return rc == TG_OK ? tg_file_write(path, content, 0644, err) : rc;
}

int tg_place_target(const tg_site *site, const char *target, const uint8_t sha256[TG_SHA256_SIZE],
	tg_view content, tg_error *err)
{
	char path[4096];
	int rc = tg_published_target_path(path, site, target, sha256, err);

	return rc == TG_OK ? tg_file_write(path, content, 0644, err) : rc;
}

int tg_place_target_file(const tg_site *site, const char *target, const uint8_t sha256[TG_SHA256_SIZE],
	const char *from, tg_error *err)
{
	char path[4096];
	int rc = tg_published_target_path(path, site, target, sha256, err);

	if (rc != TG_OK)
		return rc;
	if (chmod(from, 0644) != 0 || rename(from, path) != 0)
		return tg_fail_errno(err, TG_EIO, "%s", path);
	return tg_dir_sync(site->targets, err);
}

int tg_place_hash(uint8_t sha256[TG_SHA256_SIZE], int64_t *length, const char *path, tg_error *err)
{
	static uint8_t buffer[1 << 20];
	tg_sha256_state state;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return tg_fail_errno(err, TG_EIO, "%s", path);
	tg_sha256_init(&state);
	*length = 0;
	while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
		tg_sha256_update(&state, buffer, (size_t)got);
		*length += got;
	}
	tg_sha256_final(&state, sha256);
	(void)close(fd);
	return got < 0 ? tg_fail_errno(err, TG_EIO, "%s", path) : TG_OK;
}

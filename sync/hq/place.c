/* SPDX-License-Identifier: Apache-2.0
 *
 * place.c - finished files under their published names, and old ones away.
 */
#include "sync/hq/place.h"

#include "store/base/file.h"
#include "sync/hq/publish.h"
#include "sync/tuf/chain.h"
#include "sync/tuf/repository.h"

#include <dirent.h>
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

/* ---- old images ---- */

/*
 * Is the file named by any of the newest publications? A targets file that cannot be read keeps everything.
 */
static bool wanted(const tg_site *site, int64_t newest, const char *name)
{
	bool found = false;

	for (int64_t v = newest; v > 0 && v > newest - TG_PUBLISH_KEEP && !found; v--) {
		static const char *const paths[] = { TG_CHAIN_IMAGE, TG_CHAIN_POLICY };
		char path[4096], expected[TG_TUF_PATH_MAX + 128];
		tg_tuf_metadata *meta = NULL;
		tg_buf bytes;

		tg_buf_init(&bytes, TG_TUF_TARGETS_MAX);
		if (tg_published_metadata_path(path, site, TG_TUF_TARGETS, v, NULL) != TG_OK ||
			tg_file_read(&bytes, path, TG_TUF_TARGETS_MAX, NULL) != TG_OK ||
			tg_tuf_metadata_parse(&meta, TG_TUF_TARGETS, tg_buf_view(&bytes), NULL) != TG_OK)
			found = true;
		for (size_t i = 0; i < TG_COUNT(paths) && !found; i++) {
			tg_tuf_file file;

			found = tg_tuf_target_find(&file, meta, paths[i], NULL) != TG_OK ||
				tg_repository_target_name(
					expected, sizeof(expected), paths[i], file.sha256, NULL) != TG_OK ||
				strcmp(expected, name) == 0;
		}
		tg_tuf_metadata_free(meta);
		tg_buf_fini(&bytes);
	}
	return found;
}

/* Room is made after the new publication stands; a failure here costs disk, nothing else. */
void tg_place_prune(const tg_site *site, int64_t newest)
{
	DIR *dir = opendir(site->targets);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' && !wanted(site, newest, entry->d_name))
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		(void)closedir(dir);
}

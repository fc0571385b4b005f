/* SPDX-License-Identifier: Apache-2.0
 *
 * versions.c - look through targets files for a version.
 */
#include "sync/hq/versions.h"

#include "store/base/file.h"
#include "sync/hq/place.h"
#include "sync/hq/published.h"
#include "sync/tuf/chain.h"
#include "sync/tuf/repository.h"

#include <dirent.h>
#include <sys/stat.h>

static bool is_targets(const char *name)
{
	static const char suffix[] = ".targets.json";
	size_t digits = strspn(name, "0123456789");

	return digits > 0 && strcmp(name + digits, suffix) == 0;
}

/* Is it of that version? A file that cannot be read or parsed is passed over: another one may say it. */
static bool says(tg_tuf_file *image, const char *path, int64_t version)
{
	tg_tuf_metadata *targets = NULL;
	int64_t found = 0;
	tg_buf text;
	bool is = false;

	tg_buf_init(&text, TG_TUF_TARGETS_MAX);
	if (tg_file_read(&text, path, TG_TUF_TARGETS_MAX, NULL) == TG_OK &&
		tg_tuf_metadata_parse(&targets, TG_TUF_TARGETS, tg_buf_view(&text), NULL) == TG_OK &&
		tg_tuf_target_find(image, targets, TG_CHAIN_IMAGE, NULL) == TG_OK && image->has_sha256 &&
		tg_json_need_int(&found, image->custom, "version", 1, TG_JSON_MAX_INT, NULL) == TG_OK)
		is = found == version;
	image->custom = NULL; /* it goes with the metadata */
	tg_tuf_metadata_free(targets);
	tg_buf_fini(&text);
	return is;
}

static bool look_in(tg_tuf_file *image, const char *folder, int64_t version)
{
	DIR *dir = opendir(folder);
	bool found = false;

	if (dir == NULL)
		return false;
	for (struct dirent *entry = readdir(dir); entry != NULL && !found; entry = readdir(dir)) {
		char path[4096];

		if (is_targets(entry->d_name) && tg_path(path, NULL, "%s/%s", folder, entry->d_name) == TG_OK)
			found = says(image, path, version);
	}
	(void)closedir(dir);
	return found;
}

static int check(const char *path, const tg_tuf_file *image, int64_t version, tg_error *err)
{
	uint8_t sha256[TG_SHA256_SIZE];
	int64_t length = 0;
	struct stat st;
	int rc;

	if (stat(path, &st) != 0)
		return tg_fail(err, TG_ENOTFOUND,
			"the image of catalogue %lld is not kept any more; give it as a file (a backup of "
			"repository/targets has it)",
			(long long)version);
	rc = tg_place_hash(sha256, &length, path, err);
	if (rc == TG_OK && (length != image->length || memcmp(sha256, image->sha256, sizeof(sha256)) != 0))
		rc = tg_fail(err, TG_EHASH, "%s: not the image that was published as catalogue %lld", path,
			(long long)version);
	return rc;
}

int tg_versions_image(char out[4096], const tg_site *site, int64_t version, tg_error *err)
{
	tg_tuf_file image = { 0 };
	char archive[4096];
	int rc = tg_path(archive, err, "%s/archive", site->dir);

	if (rc != TG_OK)
		return rc;
	if (!look_in(&image, site->metadata, version) && !look_in(&image, archive, version))
		return tg_fail(err, TG_ENOTFOUND,
			"no targets file in %s or %s is of catalogue %lld; tillgate-hq status says which is published",
			site->metadata, archive, (long long)version);
	rc = tg_published_target_path(out, site, TG_CHAIN_IMAGE, image.sha256, err);
	return rc == TG_OK ? check(out, &image, version, err) : rc;
}

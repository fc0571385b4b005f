/* SPDX-License-Identifier: Apache-2.0
 *
 * memory.c - one sector of memory. See memory.h.
 */
#include "plugin/station/memory.h"

#include "store/base/encoding.h"
#include "store/base/file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define SECTOR 512      /* bytes: what a disk writes whole or not at all */
#define CHECK_BYTES 8   /* of the SHA-256 over the numbers: against damage, not against people */
#define FORM "tillgate-memory 1 %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 " "

static int file_path(char path[PATH_MAX], const tg_paths *paths, tg_error *err)
{
	return tg_path(path, err, "%s/memory", paths->evidence_dir);
}

static void put_check(char hex[2 * CHECK_BYTES + 1], const char *text, size_t len)
{
	uint8_t hash[TG_SHA256_SIZE];

	tg_sha256(hash, text, len);
	tg_hex_encode(hex, hash, CHECK_BYTES);
}

bool tg_memory_read(tg_memory *out, const tg_paths *paths)
{
	char path[PATH_MAX], text[SECTOR + 1], check[2 * CHECK_BYTES + 1];
	tg_memory m = { 0 };
	tg_buf file;
	bool whole = false;
	int used = 0;

	memset(out, 0, sizeof(*out));
	tg_buf_init(&file, SECTOR);
	if (file_path(path, paths, NULL) == TG_OK && tg_file_read(&file, path, SECTOR, NULL) == TG_OK && file.len == SECTOR) {
		memcpy(text, file.data, SECTOR);
		text[SECTOR] = '\0';
		if (sscanf(text, FORM "%n", &m.floor.catalogue_version, &m.floor.policy_version, &m.floor.root_version, &m.floor_us,
			&m.outage_from_us, &used) == 5 && used > 0 && (size_t)used + sizeof(check) <= SECTOR) {
			put_check(check, text, (size_t)used);
			whole = strncmp(text + used, check, sizeof(check) - 1) == 0;
			if (whole)
				*out = m;
		}
	}
	tg_buf_fini(&file);
	return whole;
}

int tg_memory_write(const tg_memory *m, const tg_paths *paths, tg_error *err)
{
	char path[PATH_MAX], text[SECTOR + 1];
	int fd, used, rc = file_path(path, paths, err);

	if (rc != TG_OK)
		return rc;
	memset(text, ' ', SECTOR);
	used = snprintf(text, SECTOR, FORM, m->floor.catalogue_version, m->floor.policy_version, m->floor.root_version, m->floor_us,
		m->outage_from_us);
	put_check(text + used, text, (size_t)used);
	text[strlen(text)] = ' ';
	text[SECTOR - 1] = '\n';
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return tg_file_write(path, tg_view_of(text, SECTOR), 0600, err);
	if (pwrite(fd, text, SECTOR, 0) != SECTOR || fdatasync(fd) != 0)
		rc = tg_fail_errno(err, TG_EIO, "%s", path);
	close(fd);
	return rc;
}

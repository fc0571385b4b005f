/* SPDX-License-Identifier: Apache-2.0
 *
 * etag.c - ETags beside the files they are of. See etag.h.
 */
#include "sync/etag.h"

#include "store/base/crypto.h"
#include "store/base/encoding.h"
#include "store/base/file.h"

#include <stdio.h>
#include <unistd.h>

#define HEX_LEN (2 * TG_SHA256_SIZE)
#define LINE_MAX (HEX_LEN + 1 + TG_HEADER_ETAG_MAX + 1)

static void hash_of(char out[HEX_LEN + 1], tg_view bytes)
{
	uint8_t sha256[TG_SHA256_SIZE];

	tg_sha256(sha256, bytes.data, bytes.len);
	(void)tg_hex_encode(out, sha256, sizeof(sha256));
}

void tg_etag_find(char out[TG_HEADER_ETAG_MAX + 1], const char *dir, const char *name, tg_view bytes)
{
	char path[4096], hex[HEX_LEN + 1];
	tg_view etag;
	tg_buf line;

	out[0] = '\0';
	tg_buf_init(&line, LINE_MAX);
	if (tg_path(path, NULL, "%s/%s.etag", dir, name) == TG_OK &&
		tg_file_read(&line, path, LINE_MAX, NULL) == TG_OK && line.len > HEX_LEN + 2 &&
		line.data[HEX_LEN] == ' ' && line.data[line.len - 1] == '\n') {
		etag = tg_view_of(line.data + HEX_LEN + 1, line.len - HEX_LEN - 2);
		hash_of(hex, bytes);
		if (memcmp(hex, line.data, HEX_LEN) == 0 && tg_header_is_etag(etag)) {
			memcpy(out, etag.data, etag.len);
			out[etag.len] = '\0';
		}
	}
	tg_buf_fini(&line);
}

int tg_etag_keep(const char *dir, const char *name, tg_view bytes, const char *etag, tg_error *err)
{
	char path[4096], hex[HEX_LEN + 1], line[LINE_MAX + 1];
	int len, rc = tg_path(path, err, "%s/%s.etag", dir, name);

	if (rc != TG_OK)
		return rc;
	if (etag[0] == '\0') {
		(void)unlink(path);
		return TG_OK;
	}
	hash_of(hex, bytes);
	len = snprintf(line, sizeof(line), "%s %s\n", hex, etag);
	return tg_file_write(path, tg_view_of(line, (size_t)len), 0644, err);
}

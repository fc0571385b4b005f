/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_tuf.c - TUF metadata of any role: the first byte chooses the role (its number modulo 4), the rest is the file.
 */
#include "sync/tuf/trusted.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
	if (!held)
		abort();
}

/* Whatever can be asked of a file that was accepted. */
static void ask(const tg_tuf_metadata *meta)
{
	tg_tuf_file file;
	int64_t at;

	must(tg_tuf_metadata_version(meta) >= 1 && tg_tuf_metadata_version(meta) <= TG_JSON_MAX_INT);
	must(tg_tuf_metadata_expires_us(meta) >= 0);
	must(tg_tuf_metadata_signed(meta).len > 0);
	if (tg_tuf_meta_find(&file, meta, "snapshot.json", NULL) == TG_OK)
		must(file.version >= 1 && file.length >= -1 && file.custom == NULL);
	if (tg_tuf_target_find(&file, meta, "catalogue.tgc", NULL) == TG_OK)
		must(file.length >= 0 && (file.has_sha256 || file.has_sha512));
	(void)(tg_tuf_issued_us(&at, meta, NULL) == TG_OK);
	(void)tg_tuf_root_consistent(meta);
	if (tg_tuf_metadata_role(meta) == TG_TUF_SNAPSHOT)
		must(tg_tuf_snapshot_no_rollback(meta, meta, NULL) == TG_OK);
}

/* A root that signs itself starts a set; nobody can follow it with itself. */
static void start(tg_view bytes)
{
	tg_trusted *set;

	if (tg_trusted_open(&set, bytes, TG_TUF_NO_EXPIRY, NULL) != TG_OK)
		return;
	must(tg_trusted_root(set, bytes, NULL) == TG_EROLLBACK);
	must(tg_trusted_get(set, TG_TUF_TIMESTAMP) == NULL);
	tg_trusted_close(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tg_tuf_metadata *meta;
	tg_tuf_role role;
	tg_error err = { 0 };
	tg_view bytes;

	if (size == 0)
		return 0;
	must(tg_crypto_init(NULL) == TG_OK);
	role = (tg_tuf_role)(data[0] % TG_TUF_ROLES);
	bytes = tg_view_of(data + 1, size - 1);
	if (tg_tuf_metadata_parse(&meta, role, bytes, &err) != TG_OK) {
		must(meta == NULL && (err.code == TG_EFORMAT || err.code == TG_ELENGTH) &&
			err.msg[0] != '\0');
		return 0;
	}
	must(tg_view_equal(tg_tuf_metadata_bytes(meta), bytes));
	ask(meta);
	tg_tuf_metadata_free(meta);
	if (role == TG_TUF_ROOT)
		start(bytes);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * place.h - put finished files into HQ/repository under their published names.
 *
 * Each is written whole and synced. Nothing here decides what is published, or in which order: publish.h does.
 */
#ifndef TG_HQ_PLACE_H
#define TG_HQ_PLACE_H

#include "sync/hq/published.h"

/** A metadata file of a top-level role. `version` is not used for the timestamp. */
TG_NODISCARD int tg_place_metadata(
	const tg_site *site, tg_tuf_role role, int64_t version, tg_view content, tg_error *err);

/** A small target; its hash is part of its name. */
TG_NODISCARD int tg_place_target(const tg_site *site, const char *path, const uint8_t sha256[TG_SHA256_SIZE],
	tg_view content, tg_error *err);

/** A target that was made as the file `from`, on the same file system: it is renamed. */
TG_NODISCARD int tg_place_target_file(const tg_site *site, const char *path,
	const uint8_t sha256[TG_SHA256_SIZE], const char *from, tg_error *err);

/** SHA-256 and length of a file. TG_EIO. */
TG_NODISCARD int tg_place_hash(
	uint8_t sha256[TG_SHA256_SIZE], int64_t *length, const char *path, tg_error *err);

#endif

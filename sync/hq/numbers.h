/* SPDX-License-Identifier: Apache-2.0
 *
 * numbers.h - how far a publication has come: the versions below which head office must never publish again.
 *
 * Two files hold such numbers: the high-water mark, outside of head office's folder, so that a restored backup does not take it back
 * with it; and DIR/floor.json, which recover leaves so that the next publication is above what was published from elsewhere.
 *
 *   {"v": 1, "versions": {"root", "timestamp", "snapshot", "targets"}, "delegated": N, "bins": N, "catalogue_version": N,
 *    "policy_version": N, "policy_sha256": HEX, "timestamp_sha256": HEX, "issued": "…Z"}
 */
#ifndef TG_HQ_NUMBERS_H
#define TG_HQ_NUMBERS_H

#include "sync/hq/published.h"

#define TG_NUMBERS_FILE_MAX 4096 /* bytes; about 500 are used */

/** Of a publication as it was read. Its policy is read for its version. TG_ESTATE if nothing was published. */
TG_NODISCARD int tg_numbers_of(
	tg_numbers *out, const tg_site *site, const tg_published *published, tg_error *err);

/** What a snapshot.json says of the roles of documents. */
TG_NODISCARD int tg_numbers_of_snapshot(tg_numbers *out, tg_view snapshot, tg_error *err);

/** Strict; TG_ENOTFOUND if there is no such file, TG_EFORMAT. */
TG_NODISCARD int tg_numbers_read(tg_numbers *out, const char *path, tg_error *err);
/** The same from text: what the file holds. */
TG_NODISCARD int tg_numbers_parse(tg_numbers *out, tg_view text, tg_error *err);
TG_NODISCARD int tg_numbers_write(const char *path, const tg_numbers *numbers, tg_error *err);
tg_json *tg_numbers_json(const tg_numbers *numbers);

/** Raise each number of `to` to that of `from` where it is lower. */
void tg_numbers_raise(tg_numbers *to, const tg_numbers *from);

#endif

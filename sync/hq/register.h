/* SPDX-License-Identifier: Apache-2.0
 *
 * register.h - who is enrolled: HQ/stations/ID.json, one file a station.
 *
 * A station id stands in the origin of every checkpoint, so an id is never given to a second key by accident.
 * What a replacement pushes out is kept in HQ/stations/replaced/.
 */
#ifndef TG_HQ_REGISTER_H
#define TG_HQ_REGISTER_H

#include "sync/hq/site.h"

typedef enum { TG_ENROL_NEW, TG_ENROL_AGAIN, TG_ENROL_REPLACED } tg_enrol_outcome;

typedef struct tg_enrol_result {
	tg_enrol_outcome outcome; /**< again: same keys as before, the bundle is simply written anew */
	char request_fingerprint[TG_ENROL_FINGERPRINT_SIZE];
	char bundle_fingerprint[TG_ENROL_FINGERPRINT_SIZE];
} tg_enrol_result;

/**
 * Check a request, note the station, and append the bundle for it to `bundle`.
 * `replace`: another key may take the id over. The register is written before the bundle is handed out.
 * Errors: TG_EUNTRUSTED, TG_EFORMAT (request); TG_ESTATE (id enrolled with other keys or at another site);
 * TG_ENOTFOUND (no root); TG_EIO.
 */
TG_NODISCARD int tg_register_enrol(tg_enrol_result *result, tg_buf *bundle, tg_enrol_request *request,
	const tg_site *site, tg_view text, bool replace, int64_t now_us, tg_error *err);

/** How many stations are enrolled. */
TG_NODISCARD int tg_register_count(size_t *count, const tg_site *site, tg_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_enrol.c - the same bytes as a request and as a bundle; a bundle that is read can be written and read
 * again.
 */
#include "sync/enrol.h"

#include <stdlib.h>

static void try_bundle(tg_view text)
{
	char before[TG_ENROL_FINGERPRINT_SIZE], after[TG_ENROL_FINGERPRINT_SIZE];
	tg_enrol_bundle bundle, again;
	tg_buf out;

	if (tg_enrol_bundle_read(&bundle, text, NULL) == TG_OK) {
		tg_buf_init(&out, TG_ENROL_BUNDLE_MAX);
		if (tg_enrol_bundle_write(&out, &bundle, NULL) != TG_OK ||
			tg_enrol_bundle_read(&again, tg_buf_view(&out), NULL) != TG_OK ||
			tg_enrol_bundle_fingerprint(before, &bundle, NULL) != TG_OK ||
			tg_enrol_bundle_fingerprint(after, &again, NULL) != TG_OK || strcmp(before, after) != 0)
			abort();
		tg_enrol_bundle_fini(&again);
		tg_buf_fini(&out);
	}
	tg_enrol_bundle_fini(&bundle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tg_enrol_request request = { 0 };

	if (tg_crypto_init(NULL) != TG_OK)
		abort();
	if (tg_enrol_request_read(&request, tg_view_of(data, size), NULL) != TG_OK && request.station[0] != '\0')
		abort(); /* half a request was handed over */
	try_bundle(tg_view_of(data, size));
	return 0;
}

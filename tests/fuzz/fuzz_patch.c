/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_patch.c - any bytes as a patch onto a small image: never a crash, never a byte past the signed length, and nothing but the
 * image is ever accepted as the image.
 */
#include "store/base/crypto.h"
#include "sync/patch.h"

#include <stdint.h>
#include <stdlib.h>

#define OLD_LEN 4096
#define NEW_LEN 4100

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The corpus holds a frame that leads from the old image to the new one, and one that stands alone. */
static void make_images(uint8_t old[OLD_LEN], uint8_t fresh[NEW_LEN])
{
	for (size_t i = 0; i < OLD_LEN; i++)
		old[i] = (uint8_t)(i * i / 7 + i % 5);
	memcpy(fresh, old, 1000);
	memcpy(fresh + 1000, "four", 4);
	memcpy(fresh + 1004, old + 1000, OLD_LEN - 1000);
}

static void apply(tg_view old, const uint8_t *fresh, tg_view frame)
{
	uint8_t want[TG_SHA256_SIZE], found[TG_SHA256_SIZE], *out = malloc(NEW_LEN);
	tg_error err = { 0 };

	if (out == NULL)
		abort();
	tg_sha256(want, fresh, NEW_LEN);
	if (tg_patch_apply(out, NEW_LEN, old, frame, "patch", &err) == TG_OK) {
		tg_sha256(found, out, NEW_LEN);
		if ((memcmp(found, want, sizeof(want)) == 0) != (memcmp(out, fresh, NEW_LEN) == 0))
			abort();
	} else if (err.code == TG_OK || err.msg[0] == '\0') {
		abort();
	}
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t old[OLD_LEN], fresh[NEW_LEN];

	make_images(old, fresh);
	apply(tg_view_of(old, OLD_LEN), fresh, tg_view_of(data, size));
	apply(tg_view_of(NULL, 0), fresh, tg_view_of(data, size));
	return 0;
}

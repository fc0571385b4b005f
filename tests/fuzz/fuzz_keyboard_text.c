/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_keyboard_text.c - any boot reports. The first byte chooses layout, suffix, prefix and identifier; then come reports of
 * eight bytes, some of them a pause or a hole instead.
 *
 * Checks what must hold for every input: scans are clean and bounded, and no key is forgotten as pending for ever.
 */
#include "drivers/keyboard_text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(void *user, const tg_frame *frame)
{
	(void)user;
	if ((frame->kind == TG_FRAME_SCAN) != (frame->data != NULL))
		abort();
	if (frame->kind != TG_FRAME_SCAN)
		return;
	if (frame->len == 0 || frame->len > TG_SCAN_MAX || !tg_framing_clean(frame->data, frame->len))
		abort();
	if (memchr(frame->data, '\r', frame->len) != NULL || memchr(frame->data, '\n', frame->len) != NULL)
		abort();
}

/* Opening reads files: once for each kind. */
static tg_key_text *kind(uint8_t choice)
{
	static const char *const layouts[] = { "us", "de", "fr", "cz" };
	static tg_key_text *all[4][5][2];
	unsigned layout = choice & 3, suffix = (choice >> 2 & 7) % 5, more = choice >> 7;
	tg_key_text **k = &all[layout][suffix][more];

	if (*k == NULL && tg_key_text_open(k,
				  &(tg_key_config){ layouts[layout], (tg_suffix)suffix,
					  more != 0 ? "a1" : NULL, more != 0 },
				  NULL) != TG_OK)
		abort();
	return *k;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tg_key_text *keys;

	if (size == 0)
		return 0;
	keys = kind(data[0]);
	tg_key_text_reset(keys);
	for (size_t at = 1; at < size; at += TG_KEY_REPORT) {
		size_t len = size - at < TG_KEY_REPORT ? size - at : TG_KEY_REPORT;

		if (data[at] == 0xAA)
			tg_key_text_pause(keys, take, NULL);
		else if (data[at] == 0xAB)
			tg_key_text_hole(keys, take, NULL);
		else
			tg_key_text_feed(keys, data + at, len, take, NULL);
	}
	tg_key_text_pause(keys, take, NULL);
	if (tg_key_text_pending(keys) != 0)
		abort();
	return 0;
}

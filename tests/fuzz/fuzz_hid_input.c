/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_hid_input.c - any reports under any descriptor. The first byte chooses suffix and identifier, the next two are the
 * descriptor's length; then come reports, each after its length and the pause before it.
 *
 * Checks what must hold for every input: scans are clean, bounded, and no answers to commands.
 */
#include "drivers/hid_input.h"

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
	if (strcmp(frame->aim, "]X0") == 0 || (frame->aim[0] != '\0' && strlen(frame->aim) != 3))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static tg_hid_table table;
	static tg_hid_input in;
	int64_t now_us = 0;
	size_t at, len;

	if (size < 3)
		return 0;
	len = (size_t)data[1] << 8 | data[2];
	if (len > size - 3 || tg_hid_table_read(&table, data + 3, len, NULL) != TG_OK)
		return 0;
	tg_hid_input_init(&in, &table, (tg_suffix)(data[0] % 5), (data[0] & 0x80) != 0);
	for (at = 3 + len; at + 2 <= size; at += len) {
		len = data[at] < size - at - 2 ? data[at] : size - at - 2;
		now_us += INT64_C(50000) * data[at + 1];
		at += 2;
		if (len == 0xFE)
			tg_hid_input_hole(&in, take, NULL);
		tg_hid_input_feed(&in, data + at, len, now_us, take, NULL);
		if (tg_hid_input_pending(&in) > TG_SCAN_MAX + 2)
			abort();
	}
	tg_hid_input_abandon(&in, take, NULL);
	if (tg_hid_input_pending(&in) != 0)
		abort();
	return 0;
}

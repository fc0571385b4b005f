/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_framing.c - any bytes from a serial line. The first byte chooses terminator, identifier and how to cut
 * the rest.
 *
 * Checks what must hold for every input: scans are clean and bounded, cutting changes nothing.
 */
#include "drivers/framing.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A running digest of all frames, FNV-1a (draft-eastlake-fnv). */
static void digest(uint64_t *sum, const void *data, size_t len)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++)
		*sum = (*sum ^ bytes[i]) * UINT64_C(1099511628211);
}

static void take(void *user, const tg_frame *frame)
{
	uint64_t *sum = user;

	if ((frame->kind == TG_FRAME_SCAN) != (frame->data != NULL))
		abort();
	if (frame->kind == TG_FRAME_SCAN) {
		if (frame->len == 0 || frame->len > TG_SCAN_MAX ||
			memchr(frame->data, 0, frame->len) != NULL ||
			memchr(frame->data, '\r', frame->len) != NULL ||
			memchr(frame->data, '\n', frame->len) != NULL || memchr(frame->data, '\x03', frame->len) != NULL)
			abort();
		digest(sum, frame->data, frame->len);
	}
	digest(sum, &frame->kind, sizeof(frame->kind));
	digest(sum, &frame->len, sizeof(frame->len));
	digest(sum, frame->aim, sizeof(frame->aim));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static tg_framing whole, cut;
	uint64_t a = 1, b = 1;
	size_t step;

	if (size == 0)
		return 0;
	tg_framing_init(&whole, (tg_frame_mode)((data[0] & 7) % (TG_FRAME_GAP + 1)), (data[0] & 8) != 0);
	tg_framing_init(&cut, whole.mode, whole.aim);
	step = 1 + (data[0] >> 4);
	tg_framing_feed(&whole, data + 1, size - 1, take, &a);
	for (size_t at = 1; at < size; at += step)
		tg_framing_feed(&cut, data + at, step < size - at ? step : size - at, take, &b);
	if (tg_framing_pending(&whole) != tg_framing_pending(&cut))
		abort();
	tg_framing_gap(&whole, take, &a);
	tg_framing_gap(&cut, take, &b);
	tg_framing_abandon(&whole, take, &a);
	tg_framing_abandon(&cut, take, &b);
	if (a != b)
		abort();
	return 0;
}

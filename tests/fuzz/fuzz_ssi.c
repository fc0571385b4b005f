/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_ssi.c - any bytes as packets of the Simple Serial Interface. The first byte chooses the identifier and how to cut the rest.
 *
 * Checks what must hold for every input: scans are clean and bounded, every reply is one whole packet, cutting changes nothing.
 */
#include "drivers/profiles/ssi.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A running digest of all that comes out, FNV-1a (draft-eastlake-fnv). */
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
		if (frame->len == 0 || frame->len > TG_SCAN_MAX || !tg_framing_clean(frame->data, frame->len))
			abort();
		digest(sum, frame->data, frame->len);
	}
	digest(sum, &frame->kind, sizeof(frame->kind));
	digest(sum, &frame->len, sizeof(frame->len));
	digest(sum, frame->aim, sizeof(frame->aim));
}

static void reply(void *user, const uint8_t *bytes, size_t len)
{
	if (len < 6 || len != (size_t)bytes[0] + 2 || bytes[2] != 4)
		abort();
	digest(user, bytes, len);
}

/*
 * Random bytes would never have a right checksum, so each packet is given one: a packet is its length and what follows.
 */
static size_t mend(uint8_t *bytes, size_t size)
{
	size_t at = 0;

	while (at + 6 <= size) {
		size_t len = bytes[at] < 4 ? 4 : bytes[at];
		unsigned sum = 0;

		bytes[at] = (uint8_t)len;
		if (at + len + 2 > size)
			break;
		for (size_t i = 0; i < len; i++)
			sum += bytes[at + i];
		if (bytes[at + 3] < 0xF0) { /* some stay wrong */
			bytes[at + len] = (uint8_t)((0x10000 - sum) >> 8);
			bytes[at + len + 1] = (uint8_t)(0x10000 - sum);
		}
		at += len + 2;
	}
	return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static tg_ssi whole, cut;
	static uint8_t bytes[65536];
	uint64_t a = 1, b = 1;
	size_t step;

	if (size < 2 || size > sizeof(bytes))
		return 0;
	memcpy(bytes, data + 1, size - 1);
	if (data[0] & 2)
		mend(bytes, size - 1);
	tg_ssi_init(&whole, data[0] & 1);
	tg_ssi_init(&cut, data[0] & 1);
	step = 1 + (data[0] >> 2);
	tg_ssi_feed(&whole, bytes, size - 1, take, reply, &a);
	for (size_t at = 0; at < size - 1; at += step)
		tg_ssi_feed(&cut, bytes + at, step < size - 1 - at ? step : size - 1 - at, take, reply, &b);
	if (tg_ssi_pending(&whole) != tg_ssi_pending(&cut))
		abort();
	tg_ssi_abandon(&whole, take, &a);
	tg_ssi_abandon(&cut, take, &b);
	if (a != b || tg_ssi_pending(&whole) != 0)
		abort();
	return 0;
}

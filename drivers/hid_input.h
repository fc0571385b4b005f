/* SPDX-License-Identifier: Apache-2.0
 *
 * hid_input.h - from the input reports of a HID POS scanner to whole scans, by the table that its descriptor gave.
 *
 * Pure: no I/O, no clock (callers pass the time), no allocation; bounded memory whatever arrives. Knows fragments, AIM
 * identifiers and the odd layouts of real makers; knows nothing of USB, products or tills.
 */
#ifndef TG_DRIVERS_HID_INPUT_H
#define TG_DRIVERS_HID_INPUT_H

#include "drivers/framing.h"
#include "drivers/hid_report.h"

/** Fragments of one scan: TG_SCAN_MAX bytes in reports of 56 are 147. */
#define TG_HID_FRAGMENTS_MAX 256
/**
 * From the first fragment to the last, in ms: the largest label at a slow device's 64 ms a report takes 9.4 s. A scan that takes longer is
 * dropped up to its last fragment; a fragment that comes so long after the one before begins a scan of its own.
 */
#define TG_HID_SCAN_MS 10000

/** The reassembler. Memory is the caller's; fields are private. About 8 kB. */
typedef struct tg_hid_input {
	const tg_hid_table *table;
	tg_suffix suffix;
	bool aim_wanted;  /* identifiers are configured */
	bool open;        /* a fragment came, more are to follow */
	bool dropping;    /* this scan is lost: wait for its last fragment */
	unsigned reports; /* of this scan */
	int64_t first_us, last_us;
	char aim[TG_AIM_SIZE];
	size_t len;
	uint8_t data[TG_SCAN_MAX + 2]; /* 2: the longest suffix */
} tg_hid_input;

/** Start afresh. `table` is borrowed. */
void tg_hid_input_init(tg_hid_input *in, const tg_hid_table *table, tg_suffix suffix, bool aim_wanted);

/**
 * Take one input report in, its identifier first where reports are numbered. `frame_fn` is called at most twice: for
 * what had to be given up, and for the scan (or trouble) that this report ends.
 *
 * TG_FRAME_SCAN   one label, clean as tg_framing_clean() means it
 * TG_FRAME_EMPTY  a report without data, or only a suffix
 * TG_FRAME_NOISE  fields that contradict each other, bytes that no label carries (a suffix that is not configured, for
 *                 one), an answer to a command ("]X0"), which is never a scan, or a report that the descriptor
 *                 does not know
 * TG_FRAME_TOO_LONG, TG_FRAME_CUT (another label's fragment came in between, too many fragments, or too slow)
 *
 * Reports that are declared and carry no labels (status, keys) are ignored. A report longer than declared is taken: makers add bytes.
 */
void tg_hid_input_feed(tg_hid_input *in, const uint8_t *report, size_t len, int64_t mono_us,
	tg_frame_fn frame_fn, void *user);

/** Bytes of an unfinished scan; 0 between scans. */
size_t tg_hid_input_pending(const tg_hid_input *in);

/** When the last fragment came, in mono_us; only while something is pending. */
int64_t tg_hid_input_last_us(const tg_hid_input *in);

/** Reports were lost or the device fell silent: drop what is unfinished, with one TG_FRAME_CUT if there was any. */
void tg_hid_input_abandon(tg_hid_input *in, tg_frame_fn frame_fn, void *user);

/**
 * Reports were lost before the next one: what is unfinished is dropped, and the rest of the scan that the hole is in
 * too, up to its last fragment. If a whole scan was lost and nothing else, one more is lost than need be.
 */
void tg_hid_input_hole(tg_hid_input *in, tg_frame_fn frame_fn, void *user);

#endif

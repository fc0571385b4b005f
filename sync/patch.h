/* SPDX-License-Identifier: Apache-2.0
 *
 * patch.h - a large file as one zstd frame: alone, or as the difference from an older file (`zstd --patch-from`).
 *
 * Pure: memory in, memory out; no I/O, no clock. Knows zstd and nothing of what the files are. Both ends use it: head office
 * makes, stations apply. A frame that comes out whole proves nothing: the caller compares the result with its signed hash.
 */
#ifndef TG_SYNC_PATCH_H
#define TG_SYNC_PATCH_H

#include "store/base/bytes.h"

/**
 * The longest file on either side of a patch, bytes: zstd's window, which must reach over all of it, ends at 2^31, and
 * `zstd --long=31` is what other clients call. Fourteen times an image of 1 M products; longer ones travel whole.
 */
#define TG_PATCH_FILE_MAX (INT64_C(1) << 30)

/**
 * Write the frame that leads from `old` to `fresh` into `out`; with an empty `old`, `fresh` alone, compressed.
 *
 * The frame states its content size, names no dictionary and ends in zstd's own check sum.
 * Units:  bytes. Time and memory for 100 MB: a patch 0.2 s and 20 MB, alone 4 s and 15 MB.
 * Errors: TG_ELIMIT it would be longer than `max`: then it is not worth having; TG_ELENGTH a file over TG_PATCH_FILE_MAX;
 *         TG_ENOMEM.
 */
TG_NODISCARD int tg_patch_make(uint8_t *out, size_t *len, size_t max, tg_view old, tg_view fresh, tg_error *err);

/**
 * Rebuild exactly `len` bytes, the signed length, into `out`.
 *
 * Taken is one zstd frame and nothing after it, that states a content of `len` bytes and names no dictionary: so a frame that
 * would grow beyond what was signed is refused before a byte is written. `old` is what make() was given. Memory beside `out`,
 * `old` and `frame`: under 1 MB, whatever the frame says of its window.
 * Errors: TG_EFORMAT no such frame, or its content does not come out right; TG_ELENGTH another content size; TG_ENOMEM. `name` is
 *         for the words. What `out` holds after an error is rubbish.
 */
TG_NODISCARD int tg_patch_apply(
	uint8_t *out, size_t len, tg_view old, tg_view frame, const char *name, tg_error *err);

#endif

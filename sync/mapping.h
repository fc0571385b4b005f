/* SPDX-License-Identifier: Apache-2.0
 *
 * mapping.h - large files as memory, without taking memory: read from a file, or written into one.
 *
 * Knows files and pages; knows nothing of what they hold. A page that cannot be read kills the process that maps it (SIGBUS),
 * so a file is read through once before it is mapped: a bad disk or a file cut short is then an error with words. What is
 * written has all its room before it is mapped, so a full disk is an error too.
 */
#ifndef TG_SYNC_MAPPING_H
#define TG_SYNC_MAPPING_H

#include "store/base/bytes.h"

typedef struct tg_mapping {
	uint8_t *data; /**< NULL when closed */
	size_t len;
} tg_mapping;

/** Map a whole file for reading. TG_ENOTFOUND; TG_ELENGTH empty or over `max` bytes; TG_EIO it cannot be read to its end. */
TG_NODISCARD int tg_mapping_open(tg_mapping *out, const char *path, int64_t max, tg_error *err);

/**
 * Give the empty file `fd` (open for reading and writing) `len` bytes of room and map it for writing: what is written to the
 * memory is in the file. `name` is for the words. TG_EIO (a full disk), TG_ELENGTH (no such memory).
 */
TG_NODISCARD int tg_mapping_make(tg_mapping *out, int fd, int64_t len, const char *name, tg_error *err);

void tg_mapping_close(tg_mapping *mapping); /* { 0 } is fine */
tg_view tg_mapping_view(const tg_mapping *mapping);

#endif

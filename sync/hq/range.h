/* SPDX-License-Identifier: Apache-2.0
 *
 * range.h - which part of a file a client asks for (RFC 9110, section 14). Pure.
 */
#ifndef TG_HQ_RANGE_H
#define TG_HQ_RANGE_H

#include <stdint.h>

typedef enum {
	TG_SERVE_ALL,  /**< no range, or one that we may ignore: all of the file, status 200 */
	TG_SERVE_PART, /**< status 206 */
	TG_SERVE_NONE, /**< it begins after the end: status 416 */
} tg_serve_range;

/**
 * Read the field `Range` of a request for a file of `length` bytes; NULL: there is none. The part is `*first` … `*last`, both included.
 * One range of bytes is served; several at once, other units and what is malformed are ignored, as the standard allows.
 */
tg_serve_range tg_serve_range_read(int64_t *first, int64_t *last, const char *field, int64_t length);

#endif

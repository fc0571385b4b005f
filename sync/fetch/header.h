/* SPDX-License-Identifier: Apache-2.0
 *
 * header.h - the few header fields of an answer that a download depends on. Pure: no I/O, no clock, no allocation.
 *
 * Every field is a stranger's claim. What is malformed counts as absent, but for Content-Range, where a guess would
 * put bytes in the wrong place. Source: RFC 9110 (status line, 8.8.3 ETag, 10.2.3 Retry-After, 14.4 Content-Range,
 * 5.6.7 dates).
 */
#ifndef TG_FETCH_HEADER_H
#define TG_FETCH_HEADER_H

#include "store/base/bytes.h"

#define TG_HEADER_ETAG_MAX 128 /* bytes with quotes; nginx sends some 20, object stores up to 40 */
#define TG_HEADER_RETRY_MAX_S                                                                                \
	(30 * 86400) /* what is longer is taken for this: nobody means more than a month */

typedef enum { TG_RANGE_ABSENT, TG_RANGE_GOOD, TG_RANGE_BAD } tg_range_state;

/** What the header fields of one answer said. Start with TG_HEADER_FACTS_INIT. */
typedef struct tg_header_facts {
	tg_range_state range;              /**< BAD: malformed, in another unit, or said twice differently */
	int64_t first, last;               /**< positions of the first and the last byte */
	int64_t total;                     /**< bytes of the whole file; -1 not said */
	char etag[TG_HEADER_ETAG_MAX + 1]; /**< with its quotes and W/; "" if none, malformed or longer */
	int64_t retry_after_s;             /**< -1 not said */
} tg_header_facts;

#define TG_HEADER_FACTS_INIT                                                                                 \
	{                                                                                                    \
		.total = -1, .retry_after_s = -1                                                             \
	}

/** Take one header line in, with or without its line end. `now_us` turns a date into seconds. Other fields are passed over. */
void tg_header_read(tg_header_facts *facts, tg_view line, int64_t now_us);

/** "bytes 5-9/10" or "bytes 5-9/\*". False when it is of no such form; nothing is written then. */
bool tg_header_content_range(int64_t *first, int64_t *last, int64_t *total, tg_view value);
/** Seconds, or an IMF-fixdate ("Sun, 06 Nov 1994 08:49:37 GMT"); a date that has passed is 0. -1 when it is neither. */
int64_t tg_header_retry_after(tg_view value, int64_t now_us);
/** Is this a whole entity tag: "…" or W/"…", no longer than TG_HEADER_ETAG_MAX, safe to be sent back? */
bool tg_header_is_etag(tg_view value);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * range.c - "bytes=500-", "bytes=500-999", "bytes=-500".
 */
#include "sync/hq/range.h"

#include <string.h>

#define DIGITS_MAX 18 /* always fits 64 bits; a file of an exabyte has as many */

/* Digits at `*text`, which moves on. -1: none, or too many. */
static int64_t read_number(const char **text)
{
	int64_t number = 0;
	const char *start = *text;

	while (**text >= '0' && **text <= '9' && *text - start < DIGITS_MAX)
		number = number * 10 + (*(*text)++ - '0');
	return *text == start || (**text >= '0' && **text <= '9') ? -1 : number;
}

tg_serve_range tg_serve_range_read(int64_t *first, int64_t *last, const char *field, int64_t length)
{
	int64_t from, to;

	*first = 0;
	*last = length - 1;
	if (field == NULL || strncmp(field, "bytes=", 6) != 0)
		return TG_SERVE_ALL;
	field += 6;
	from = read_number(&field);
	if (*field++ != '-')
		return TG_SERVE_ALL;
	to = read_number(&field);
	if (*field != '\0' || (from < 0 && to < 0) || (from >= 0 && to >= 0 && to < from))
		return TG_SERVE_ALL;
	if (from < 0) { /* the last so many bytes */
		from = to < length ? length - to : 0;
		to = length - 1;
	}
	if (from >= length)
		return TG_SERVE_NONE;
	*first = from;
	*last = to < 0 || to >= length ? length - 1 : to;
	return TG_SERVE_PART;
}

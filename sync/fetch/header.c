/* SPDX-License-Identifier: Apache-2.0
 *
 * header.c - strict parsers of header fields. See header.h.
 */
#include "sync/fetch/header.h"

#include "store/base/utc.h"

#include <string.h>
#include <strings.h>

#define FIXDATE_LEN 29 /* "Sun, 06 Nov 1994 08:49:37 GMT" */

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static tg_view trim(tg_view v)
{
	while (v.len > 0 && (v.data[0] == ' ' || v.data[0] == '\t'))
		v = (tg_view){ v.data + 1, v.len - 1 };
	while (v.len > 0 && strchr(" \t\r\n", v.data[v.len - 1]) != NULL && v.data[v.len - 1] != '\0')
		v.len--;
	return v;
}

/* Digits from `*at` on, at least one, below 2^63. Moves `*at` past them. */
static bool take_number(int64_t *out, tg_view v, size_t *at)
{
	size_t begin = *at;
	int64_t n = 0;

	for (; *at < v.len && is_digit(v.data[*at]); ++*at) {
		int digit = v.data[*at] - '0';

		if (n > (INT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*out = n;
	return *at > begin;
}

static bool take_byte(tg_view v, size_t *at, char wanted)
{
	if (*at >= v.len || v.data[*at] != (uint8_t)wanted)
		return false;
	++*at;
	return true;
}

bool tg_header_content_range(int64_t *first, int64_t *last, int64_t *total, tg_view value)
{
	static const char unit[] = "bytes ";
	size_t at = sizeof(unit) - 1;
	int64_t a, b, n = -1;

	if (value.len < at || strncasecmp((const char *)value.data, unit, at) != 0)
		return false;
	if (!take_number(&a, value, &at) || !take_byte(value, &at, '-') || !take_number(&b, value, &at) ||
		!take_byte(value, &at, '/'))
		return false;
	if (!take_byte(value, &at, '*') && !take_number(&n, value, &at))
		return false;
	if (at != value.len || b < a || b == INT64_MAX || (n >= 0 && b >= n))
		return false;
	*first = a;
	*last = b;
	*total = n;
	return true;
}

static bool two_digits(int *out, const uint8_t *p)
{
	*out = (p[0] - '0') * 10 + (p[1] - '0');
	return is_digit(p[0]) && is_digit(p[1]);
}

/* Names, places and GMT are checked; whether the day's name is right for the date is nobody's concern. */
static bool parse_fixdate(int64_t *out_us, tg_view v)
{
	static const char days[] = "MonTueWedThuFriSatSun", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char utc[] = "0000-00-00T00:00:00Z";
	int day, century, year, hour, minute, second;
	bool day_known = false;

	if (v.len != FIXDATE_LEN || memcmp(v.data + 3, ", ", 2) != 0 || v.data[7] != ' ' ||
		v.data[11] != ' ' || v.data[16] != ' ' || v.data[19] != ':' || v.data[22] != ':' ||
		memcmp(v.data + 25, " GMT", 4) != 0)
		return false;
	if (!two_digits(&day, v.data + 5) || !two_digits(&century, v.data + 12) ||
		!two_digits(&year, v.data + 14) || !two_digits(&hour, v.data + 17) ||
		!two_digits(&minute, v.data + 20) || !two_digits(&second, v.data + 23))
		return false;
	for (size_t i = 0; i < 7; i++)
		day_known |= memcmp(days + 3 * i, v.data, 3) == 0;
	for (int i = 0; i < 12; i++) {
		if (!day_known || memcmp(months + 3 * i, v.data + 8, 3) != 0)
			continue;
		memcpy(utc, v.data + 12, 4);
		utc[5] = (char)('0' + (i + 1) / 10);
		utc[6] = (char)('0' + (i + 1) % 10);
		memcpy(utc + 8, v.data + 5, 2);
		memcpy(utc + 11, v.data + 17, 8);
		return tg_utc_parse(out_us, utc, NULL) == TG_OK;
	}
	return false;
}

int64_t tg_header_retry_after(tg_view value, int64_t now_us)
{
	int64_t seconds, at_us;
	size_t at = 0;

	if (value.len > 0 && is_digit(value.data[0])) {
		/* More digits than fit are still "very long". */
		for (size_t i = 0; i < value.len; i++)
			if (!is_digit(value.data[i]))
				return -1;
		if (!take_number(&seconds, value, &at) || seconds > TG_HEADER_RETRY_MAX_S)
			return TG_HEADER_RETRY_MAX_S;
		return seconds;
	}
	if (!parse_fixdate(&at_us, value))
		return -1;
	if (at_us <= now_us)
		return 0;
	seconds = at_us / TG_US_PER_SECOND - now_us / TG_US_PER_SECOND;
	return seconds < TG_HEADER_RETRY_MAX_S ? seconds : TG_HEADER_RETRY_MAX_S;
}

bool tg_header_is_etag(tg_view value)
{
	size_t at = value.len >= 2 && memcmp(value.data, "W/", 2) == 0 ? 2 : 0;

	if (value.len > TG_HEADER_ETAG_MAX || value.len < at + 2 || value.data[at] != '"' ||
		value.data[value.len - 1] != '"')
		return false;
	/* The grammar allows bytes from 0x80 on; nobody sends them, and what is sent back should be plain. */
	for (size_t i = at + 1; i + 1 < value.len; i++)
		if (value.data[i] < 0x21 || value.data[i] > 0x7e || value.data[i] == '"')
			return false;
	return true;
}

static bool is_field(tg_view name, const char *wanted)
{
	return name.len == strlen(wanted) && strncasecmp((const char *)name.data, wanted, name.len) == 0;
}

static void read_range(tg_header_facts *facts, tg_view value)
{
	int64_t first, last, total;
	bool good = tg_header_content_range(&first, &last, &total, value);

	if (!good || (facts->range == TG_RANGE_GOOD &&
			     (first != facts->first || last != facts->last || total != facts->total)))
		facts->range = TG_RANGE_BAD;
	if (facts->range != TG_RANGE_ABSENT)
		return;
	facts->range = TG_RANGE_GOOD;
	facts->first = first;
	facts->last = last;
	facts->total = total;
}

void tg_header_read(tg_header_facts *facts, tg_view line, int64_t now_us)
{
	const uint8_t *colon = line.len > 0 ? memchr(line.data, ':', line.len) : NULL;
	tg_view name, value;

	if (colon == NULL)
		return;
	name = (tg_view){ line.data, (size_t)(colon - line.data) };
	value = trim((tg_view){ colon + 1, line.len - name.len - 1 });
	if (is_field(name, "content-range")) {
		read_range(facts, value);
	} else if (is_field(name, "retry-after")) {
		facts->retry_after_s = tg_header_retry_after(value, now_us);
	} else if (is_field(name, "etag")) {
		facts->etag[0] = '\0';
		if (tg_header_is_etag(value)) {
			memcpy(facts->etag, value.data, value.len);
			facts->etag[value.len] = '\0';
		}
	}
}

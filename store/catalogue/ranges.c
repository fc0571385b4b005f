/* SPDX-License-Identifier: Apache-2.0
 *
 * ranges.c - lists of ranges as they lie in an image: a length byte, the first value, and the last unless it is the same.
 */
#include "store/catalogue/record.h"

bool tgc_cut(tg_view *out, tg_view *rest, size_t len)
{
	if (len > rest->len)
		return false;
	*out = tg_view_of(rest->data, len);
	*rest = tg_view_of(rest->data + len, rest->len - len);
	return true;
}

bool tgc_cut_range(tg_view *from, tg_view *to, tg_view *rest)
{
	tg_view head;
	size_t len;

	if (!tgc_cut(&head, rest, 1))
		return false;
	len = head.data[0] & TGC_RANGE_MAX_BYTES;
	if (len == 0 || !tgc_cut(from, rest, len))
		return false;
	*to = *from;
	return (head.data[0] & TGC_RANGE_SINGLE) != 0 || tgc_cut(to, rest, len);
}

bool tgc_within(tg_view value, tg_view from, tg_view to)
{
	return value.len == from.len && memcmp(from.data, value.data, value.len) <= 0 &&
	       memcmp(value.data, to.data, value.len) <= 0;
}

bool tgc_ranges_hold(bool *held, tg_view list, tg_view value)
{
	tg_view from, to;

	*held = false;
	while (list.len > 0) {
		if (!tgc_cut_range(&from, &to, &list)) {
			*held = false;
			return false;
		}
		*held = *held || tgc_within(value, from, to);
	}
	return true;
}

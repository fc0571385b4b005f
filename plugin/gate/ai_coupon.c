/* SPDX-License-Identifier: Apache-2.0
 *
 * ai_coupon.c - digits that say how many digits follow, again and again.
 *
 * Pure: no I/O, no clock, no allocation. Nothing of a coupon is used; whether it is whole says whether a label was read.
 */
#include "plugin/gate/ai_coupon.h"

struct cursor {
	tg_view rest;
	bool bad; /* sticks */
};

static void take(struct cursor *at, size_t count)
{
	if (at->bad || at->rest.len < count) {
		at->bad = true;
		return;
	}
	at->rest = tg_view_of(at->rest.data + count, at->rest.len - count);
}

/* One digit from `low` to `high`; 0 if there is none, and then the cursor is bad. */
static unsigned digit(struct cursor *at, char low, char high)
{
	unsigned value;

	if (at->bad || at->rest.len == 0 || at->rest.data[0] < (uint8_t)low ||
		at->rest.data[0] > (uint8_t)high) {
		at->bad = true;
		return 0;
	}
	value = at->rest.data[0] - (unsigned)'0';
	take(at, 1);
	return value;
}

static bool is_next(const struct cursor *at, char c)
{
	return !at->bad && at->rest.len > 0 && at->rest.data[0] == (uint8_t)c;
}

static void take_counted(struct cursor *at, char low, char high, size_t more)
{
	take(at, digit(at, low, high) + more);
}

/* How much must be bought, in which measure, of which family. */
static void take_requirement(struct cursor *at)
{
	take_counted(at, '1', '5', 0);
	if (is_next(at, '9'))
		take(at, 1);
	else
		(void)digit(at, '0', '4');
	take(at, 3);
}

/* Another purchase may be of another company; 9 stands for the same one. */
static void take_other_purchase(struct cursor *at)
{
	take_requirement(at);
	if (is_next(at, '9'))
		take(at, 1);
	else
		take_counted(at, '0', '6', 6);
}

static unsigned two_digits(struct cursor *at)
{
	unsigned tens = digit(at, '0', '9');

	return tens * 10 + digit(at, '0', '9');
}

/* YYMMDD as a number that sorts; 0 and a bad cursor if there is no such day. */
static unsigned take_day(struct cursor *at)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	unsigned year = two_digits(at), month, day;

	month = two_digits(at);
	day = two_digits(at);
	if (!at->bad && (month < 1 || month > 12 || day < 1 ||
				day > days[month - 1] + (month == 2 && year % 4 == 0 ? 1u : 0u)))
		at->bad = true;
	return at->bad ? 0 : (year * 100 + month) * 100 + day;
}

static void take_dates(struct cursor *at)
{
	unsigned ends = 0, starts = 0;

	if (is_next(at, '3')) {
		take(at, 1);
		ends = take_day(at);
	}
	if (is_next(at, '4')) {
		take(at, 1);
		starts = take_day(at);
	}
	if (ends != 0 && starts > ends)
		at->bad = true;
}

static void take_flags(struct cursor *at)
{
	unsigned code = digit(at, '0', '6');

	if (code == 3 || code == 4)
		at->bad = true;
	(void)digit(at, '0', '2');
	(void)digit(at, '0', '9');
	(void)digit(at, '0', '1');
}

static bool all_digits(tg_view text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return true;
}

bool tg__is_coupon(tg_view text)
{
	struct cursor at = { text, !all_digits(text) };

	take_counted(&at, '0', '6', 6);
	take(&at, 6);
	take_counted(&at, '1', '5', 0);
	take_requirement(&at);
	if (is_next(&at, '1')) {
		take(&at, 1);
		(void)digit(&at, '0', '3');
		take_other_purchase(&at);
	}
	if (is_next(&at, '2')) {
		take(&at, 1);
		take_other_purchase(&at);
	}
	take_dates(&at);
	if (is_next(&at, '5')) {
		take(&at, 1);
		take_counted(&at, '0', '9', 6);
	}
	if (is_next(&at, '6')) {
		take(&at, 1);
		take_counted(&at, '1', '7', 6);
	}
	if (is_next(&at, '9')) {
		take(&at, 1);
		take_flags(&at);
	}
	return !at.bad && at.rest.len == 0;
}

bool tg__is_offer(tg_view text)
{
	struct cursor at = { text, !all_digits(text) };

	(void)digit(&at, '0', '1');
	take_counted(&at, '0', '6', 6);
	take(&at, 6);
	take_counted(&at, '0', '9', 6);
	return !at.bad && at.rest.len == 0;
}

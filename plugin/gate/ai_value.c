/* SPDX-License-Identifier: Apache-2.0
 *
 * ai_value.c - forms, character sets and rules of values.
 *
 * Pure: no I/O, no clock, no allocation.
 * Source: GS1 General Specifications sections 3 (values), 7.9 (check digit, check character pair), 7.11 (character
 * sets), 7.12 (dates); what each rule asks is that of the tests that go with the GS1 Barcode Syntax Dictionary.
 */
#include "plugin/gate/ai_value.h"
#include "plugin/gate/ai_codes.h"
#include "plugin/gate/ai_coupon.h"
#include "plugin/gate/gtin.h"

static bool is_upper(uint8_t c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_letter_or_digit(uint8_t c)
{
	return tg__is_digit(c) || is_upper(c) || (c >= 'a' && c <= 'z');
}

/* ---- characters ---- */

/* In the order of their values, which the check character pair goes by: section 7.11, figure 1. */
static const char set_82[] =
	"!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

/* All from '!' to 'z' but eight. Every byte of nearly every batch and serial number comes through here. */
static bool is_of_82(uint8_t c)
{
	switch (c) {
	case '#':
	case '$':
	case '@':
	case '[':
	case '\\':
	case ']':
	case '^':
	case '`':
		return false;
	default:
		return c >= '!' && c <= 'z';
	}
}

static bool is_of(uint8_t set, uint8_t c)
{
	switch (set) {
	case TG__SET_DIGITS:
		return tg__is_digit(c);
	case TG__SET_39:
		return tg__is_digit(c) || is_upper(c) || c == '#' || c == '-' || c == '/';
	case TG__SET_BASE64:
		return is_letter_or_digit(c) || c == '-' || c == '_';
	case TG__SET_82:
	default:
		return is_of_82(c);
	}
}

static bool all_of(uint8_t set, tg_view text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_of(set, text.data[i]))
			return false;
	return true;
}

bool tg__is_set_82(tg_view text)
{
	return all_of(TG__SET_82, text);
}

/* Up to two '=' at the end, which must bring the whole to a multiple of three. */
static bool is_base64(tg_view text)
{
	size_t len = text.len;

	while (len > 0 && text.len - len < 2 && text.data[len - 1] == '=')
		len--;
	if (len < text.len && text.len % 3 != 0)
		return false;
	return all_of(TG__SET_BASE64, tg_view_of(text.data, len));
}

/* ---- numbers ---- */

/* Up to ten digits. */
static uint64_t number(tg_view digits)
{
	uint64_t value = 0;

	for (size_t i = 0; i < digits.len; i++)
		value = value * 10 + (digits.data[i] - '0');
	return value;
}

static unsigned two(const uint8_t *digits)
{
	return (unsigned)(digits[0] - '0') * 10 + (unsigned)(digits[1] - '0');
}

static bool begins_with_prefix(tg_view text)
{
	return text.len >= 2 && tg__is_digit(text.data[0]) && tg__is_digit(text.data[1]);
}

/* Section 7.9.5: the sum of the characters' values, weighted by primes from the right, modulo 1021, in two characters. */
static bool pair_is_right(tg_view text)
{
	static const uint8_t primes[] = { 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61,
		67, 71, 73, 79, 83 };
	static const char pairs[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	unsigned sum = 0;

	if (text.len < 2 || text.len - 2 > sizeof(primes))
		return false;
	for (size_t i = 0; i < text.len - 2; i++) {
		const char *at = strchr(set_82, text.data[text.len - 3 - i]);

		if (at == NULL)
			return false;
		sum += (unsigned)(at - set_82) * primes[i];
	}
	sum %= 1021;
	return text.data[text.len - 2] == (uint8_t)pairs[sum / 32] &&
	       text.data[text.len - 1] == (uint8_t)pairs[sum % 32];
}

/* ISO 13616: the first four characters moved to the end, letters as numbers from 10 on, modulo 97, must leave 1. */
static bool is_account(tg_view text)
{
	unsigned rest = 0;

	if (text.len <= 4 || !tg__is_country_letters(tg_view_of(text.data, 2)))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[(i + 4) % text.len];

		if (tg__is_digit(c))
			rest = (rest * 10 + (c - '0')) % 97;
		else if (is_upper(c))
			rest = (rest * 100 + (c - 'A') + 10u) % 97;
		else
			return false;
	}
	return rest == 1;
}

/* ---- dates ---- */

static bool is_day(unsigned year, unsigned month, unsigned day, bool month_will_do)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	if (month < 1 || month > 12 || (day == 0 && !month_will_do))
		return false;
	return day <= days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

/* Without a day to go by: of the years that two digits may mean only those of 00 differ in length, and 2000 is one. */
static bool is_short_day(tg_view six, bool month_will_do)
{
	return is_day(2000 + two(six.data), two(six.data + 2), two(six.data + 4), month_will_do);
}

static int year_of(int32_t today)
{
	int year = tg_day_year(today);

	return year > 0 ? year : 2000;
}

int32_t tg__ai_day(tg_view six, int32_t today)
{
	int now = year_of(today), ahead, year, month, day;

	if (six.len != 6 || !all_of(TG__SET_DIGITS, six))
		return TG_DAY_NONE;
	ahead = (int)two(six.data) - now % 100;
	year = now + ahead;
	month = (int)two(six.data + 2);
	day = (int)two(six.data + 4);
	if (ahead >= 51)
		year -= 100;
	else if (ahead <= -50)
		year += 100;
	if (day != 0)
		return tg_day_of_civil(year, month, day);
	for (day = 31; day >= 28; day--)
		if (tg_day_of_civil(year, month, day) != TG_DAY_NONE)
			return tg_day_of_civil(year, month, day);
	return TG_DAY_NONE;
}

/* ---- rules ---- */

static bool escapes_are_whole(tg_view text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] != '%')
			continue;
		if (text.len - i < 3 || tg__hex_value(text.data[i + 1]) < 0 ||
			tg__hex_value(text.data[i + 2]) < 0)
			return false;
	}
	return true;
}

/* "1/2": neither begins with a zero, and the first is not beyond the second. */
static bool is_place_of(tg_view text)
{
	const uint8_t *slash = memchr(text.data, '/', text.len);
	tg_view place, end;

	if (slash == NULL)
		return false;
	place = tg_view_of(text.data, (size_t)(slash - text.data));
	end = tg_view_of(slash + 1, text.len - place.len - 1);
	if (place.len == 0 || end.len == 0 || !all_of(TG__SET_DIGITS, place) || !all_of(TG__SET_DIGITS, end))
		return false;
	return place.data[0] != '0' && end.data[0] != '0' && number(place) <= number(end);
}

static bool is_piece_of(tg_view text)
{
	unsigned piece = two(text.data), total = two(text.data + 2);

	return piece > 0 && piece <= total;
}

static bool is_one_of(tg_view text, const char *characters)
{
	return text.len == 1 && text.data[0] != '\0' && strchr(characters, text.data[0]) != NULL;
}

static bool is_zero(tg_view digits)
{
	for (size_t i = 0; i < digits.len; i++)
		if (digits.data[i] != '0')
			return false;
	return true;
}

/* Rules about times and codes; those with faults of their own are in rule_fault. */
static bool holds(enum tg__rule rule, tg_view text)
{
	switch (rule) {
	case TG__RULE_PREFIX:
		return begins_with_prefix(text);
	case TG__RULE_HOUR:
		return two(text.data) < 24;
	case TG__RULE_SIXTIETH:
		return two(text.data) < 60;
	case TG__RULE_HOUR_MINUTE:
		return two(text.data) < 24 && two(text.data + 2) < 60;
	case TG__RULE_COUNTRY:
		return tg__is_country(text);
	case TG__RULE_COUNTRY_OR_999:
		return tg__is_country(text) || memcmp(text.data, "999", 3) == 0;
	case TG__RULE_COUNTRY_LETTERS:
		return tg__is_country_letters(text);
	case TG__RULE_CURRENCY:
		return tg__is_currency(text);
	case TG__RULE_PERCENT:
		return escapes_are_whole(text);
	case TG__RULE_YES_NO:
		return is_one_of(text, "01");
	case TG__RULE_HYPHEN:
		return is_one_of(text, "-");
	case TG__RULE_ZERO:
		return is_zero(text);
	case TG__RULE_NOT_ZERO:
		return !is_zero(text);
	case TG__RULE_NO_LEADING_ZERO:
		return text.len == 1 || text.data[0] != '0';
	case TG__RULE_WINDING:
		return is_one_of(text, "019");
	case TG__RULE_SEX:
		return is_one_of(text, "0129");
	case TG__RULE_IMPORTER:
		return is_letter_or_digit(text.data[0]) || is_one_of(text, "-_");
	case TG__RULE_PACKAGE:
		return tg__is_package(text);
	case TG__RULE_MEDIA:
		return (number(text) >= 1 && number(text) <= 10) || number(text) >= 80;
	case TG__RULE_PLACE_OF:
		return is_place_of(text);
	case TG__RULE_PIECE_OF:
		return is_piece_of(text);
	case TG__RULE_LATITUDE:
		return number(text) <= UINT64_C(1800000000);
	case TG__RULE_LONGITUDE:
		return number(text) <= UINT64_C(3600000000);
	case TG__RULE_ACCOUNT:
		return is_account(text);
	case TG__RULE_COUPON:
		return tg__is_coupon(text);
	case TG__RULE_OFFER:
		return tg__is_offer(text);
	case TG__RULE_NONE:
	case TG__RULE_CHECK_DIGIT:
	case TG__RULE_CHECK_PAIR:
	case TG__RULE_CHECK_PAIR_NOT_NUMBER:
	case TG__RULE_DAY_OR_MONTH:
	case TG__RULE_DAY:
	case TG__RULE_LONG_DAY:
	default:
		return true;
	}
}

static enum tg__fault rule_fault(enum tg__rule rule, tg_view text)
{
	bool day = true;

	if (rule == TG__RULE_NONE)
		return TG__FAULT_NONE;
	if (rule == TG__RULE_CHECK_DIGIT)
		return tg__number_read(text).check ? TG__FAULT_NONE : TG__FAULT_CHECK_DIGIT;
	if (rule == TG__RULE_CHECK_PAIR || rule == TG__RULE_CHECK_PAIR_NOT_NUMBER) {
		if (!pair_is_right(text))
			return TG__FAULT_CHECK_DIGIT;
		if (!begins_with_prefix(text))
			return TG__FAULT_CONTENT;
		return rule == TG__RULE_CHECK_PAIR_NOT_NUMBER && all_of(TG__SET_DIGITS, text)
			       ? TG__FAULT_CONTENT
			       : TG__FAULT_NONE;
	}
	if (rule == TG__RULE_DAY_OR_MONTH || rule == TG__RULE_DAY)
		day = is_short_day(text, rule == TG__RULE_DAY_OR_MONTH);
	else if (rule == TG__RULE_LONG_DAY)
		day = is_day((unsigned)number(tg_view_of(text.data, 4)), two(text.data + 4),
			two(text.data + 6), false);
	if (!day)
		return TG__FAULT_DATE;
	return holds(rule, text) ? TG__FAULT_NONE : TG__FAULT_CONTENT;
}

static size_t longest(const struct tg__form *form)
{
	size_t len = 0;

	for (uint8_t i = 0; i < form->count; i++)
		len += form->part[i].max;
	return len;
}

enum tg__fault tg__ai_check(const struct tg__ai *ai, tg_view value)
{
	const struct tg__form *form = tg__ai_form(ai);

	/* Before all else: too long is what a lost separator makes, and the rest is then about something else. */
	if (value.len > longest(form))
		return TG__FAULT_LENGTH;
	for (uint8_t i = 0; i < form->count; i++) {
		const struct tg__part *part = &form->part[i];
		size_t len = value.len < part->max ? value.len : part->max;
		tg_view text = tg_view_of(value.data, len);
		enum tg__fault fault;

		if (len == 0 && part->optional)
			return TG__FAULT_NONE;
		if (len < part->min)
			return TG__FAULT_LENGTH;
		if (part->set == TG__SET_BASE64 ? !is_base64(text) : !all_of(part->set, text))
			return TG__FAULT_CHARACTER;
		fault = rule_fault((enum tg__rule)part->rule, text);
		if (fault != TG__FAULT_NONE)
			return fault;
		value = tg_view_of(value.data + len, value.len - len);
	}
	return TG__FAULT_NONE;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * gs1.c - reads GS1 element strings.
 *
 * Pure: no I/O, no clock, no allocation.
 * Source: GS1 General Specifications sections 3.2 (Application Identifiers), 7.8 (processing, predefined lengths),
 * 7.12 (dates); the lengths are those of the GS1 Barcode Syntax Dictionary. Rules of association between
 * identifiers are not enforced: they hold over all carriers of an item, of which this is one.
 */
#include "plugin/gate/gs1.h"
#include "plugin/gate/gtin.h"
#include "plugin/gate/label.h"

enum role { PLAIN, GTIN, CONTAINED, SSCC, BATCH, SERIAL, EXPIRY, DATE, COUPON };
enum form {
	FREE,   /* ends at a separator */
	FIXED,  /* predefined length: no separator follows; digits only */
	SCALED, /* the same, and the last digit of the identifier is a number of decimals, 0 to 5 */
};

struct ai {
	uint16_t from, to;
	uint8_t digits;   /* of the identifier */
	uint8_t min, max; /* of the value */
	uint8_t form, role;
};

/* clang-format off */
/* The number of digits of an identifier follows from its first two. */
static const struct ai table[] = {
	{ 0, 0, 2, 18, 18, FIXED, SSCC },
	{ 1, 1, 2, 14, 14, FIXED, GTIN },
	{ 2, 2, 2, 14, 14, FIXED, CONTAINED },
	{ 3, 3, 2, 14, 14, FIXED, GTIN },
	{ 10, 10, 2, 1, 20, FREE, BATCH },
	{ 11, 13, 2, 6, 6, FIXED, DATE },
	{ 15, 16, 2, 6, 6, FIXED, DATE },
	{ 17, 17, 2, 6, 6, FIXED, EXPIRY },
	{ 20, 20, 2, 2, 2, FIXED, PLAIN },
	{ 21, 21, 2, 1, 20, FREE, SERIAL },
	{ 22, 22, 2, 1, 20, FREE, PLAIN },
	{ 235, 235, 3, 1, 28, FREE, PLAIN },
	{ 240, 241, 3, 1, 30, FREE, PLAIN },
	{ 242, 242, 3, 1, 6, FREE, PLAIN },
	{ 243, 243, 3, 1, 20, FREE, PLAIN },
	{ 250, 251, 3, 1, 30, FREE, PLAIN },
	{ 253, 253, 3, 13, 30, FREE, PLAIN },
	{ 254, 254, 3, 1, 20, FREE, PLAIN },
	{ 255, 255, 3, 13, 25, FREE, COUPON },
	{ 30, 30, 2, 1, 8, FREE, PLAIN },
	{ 37, 37, 2, 1, 8, FREE, PLAIN },
	{ 3100, 3169, 4, 6, 6, SCALED, PLAIN },
	{ 3200, 3379, 4, 6, 6, SCALED, PLAIN },
	{ 3400, 3579, 4, 6, 6, SCALED, PLAIN },
	{ 3600, 3699, 4, 6, 6, SCALED, PLAIN },
	{ 3900, 3909, 4, 1, 15, FREE, PLAIN },
	{ 3910, 3919, 4, 4, 18, FREE, PLAIN },
	{ 3920, 3929, 4, 1, 15, FREE, PLAIN },
	{ 3930, 3939, 4, 4, 18, FREE, PLAIN },
	{ 3940, 3943, 4, 4, 4, FREE, PLAIN },
	{ 3950, 3955, 4, 6, 6, FREE, PLAIN },
	{ 400, 401, 3, 1, 30, FREE, PLAIN },
	{ 402, 402, 3, 17, 17, FREE, PLAIN },
	{ 403, 403, 3, 1, 30, FREE, PLAIN },
	{ 410, 417, 3, 13, 13, FIXED, PLAIN },
	{ 420, 420, 3, 1, 20, FREE, PLAIN },
	{ 421, 421, 3, 4, 12, FREE, PLAIN },
	{ 422, 422, 3, 3, 3, FREE, PLAIN },
	{ 423, 423, 3, 3, 15, FREE, PLAIN },
	{ 424, 424, 3, 3, 3, FREE, PLAIN },
	{ 425, 425, 3, 3, 15, FREE, PLAIN },
	{ 426, 426, 3, 3, 3, FREE, PLAIN },
	{ 427, 427, 3, 1, 3, FREE, PLAIN },
	{ 4300, 4301, 4, 1, 35, FREE, PLAIN },
	{ 4302, 4306, 4, 1, 70, FREE, PLAIN },
	{ 4307, 4307, 4, 2, 2, FREE, PLAIN },
	{ 4308, 4308, 4, 1, 30, FREE, PLAIN },
	{ 4309, 4309, 4, 20, 20, FREE, PLAIN },
	{ 4310, 4311, 4, 1, 35, FREE, PLAIN },
	{ 4312, 4316, 4, 1, 70, FREE, PLAIN },
	{ 4317, 4317, 4, 2, 2, FREE, PLAIN },
	{ 4318, 4318, 4, 1, 20, FREE, PLAIN },
	{ 4319, 4319, 4, 1, 30, FREE, PLAIN },
	{ 4320, 4320, 4, 1, 35, FREE, PLAIN },
	{ 4321, 4323, 4, 1, 1, FREE, PLAIN },
	{ 4324, 4325, 4, 10, 10, FREE, PLAIN },
	{ 4326, 4326, 4, 6, 6, FREE, PLAIN },
	{ 4330, 4333, 4, 6, 7, FREE, PLAIN },
	{ 7001, 7001, 4, 13, 13, FREE, PLAIN },
	{ 7002, 7002, 4, 1, 30, FREE, PLAIN },
	{ 7003, 7003, 4, 10, 10, FREE, PLAIN },
	{ 7004, 7004, 4, 1, 4, FREE, PLAIN },
	{ 7005, 7005, 4, 1, 12, FREE, PLAIN },
	{ 7006, 7006, 4, 6, 6, FREE, PLAIN },
	{ 7007, 7007, 4, 6, 12, FREE, PLAIN },
	{ 7008, 7008, 4, 1, 3, FREE, PLAIN },
	{ 7009, 7009, 4, 1, 10, FREE, PLAIN },
	{ 7010, 7010, 4, 1, 2, FREE, PLAIN },
	{ 7011, 7011, 4, 6, 10, FREE, PLAIN },
	{ 7020, 7022, 4, 1, 20, FREE, PLAIN },
	{ 7023, 7023, 4, 1, 30, FREE, PLAIN },
	{ 7030, 7039, 4, 4, 30, FREE, PLAIN },
	{ 7040, 7040, 4, 4, 4, FREE, PLAIN },
	{ 7041, 7041, 4, 1, 4, FREE, PLAIN },
	{ 710, 717, 3, 1, 20, FREE, PLAIN },
	{ 7230, 7239, 4, 3, 30, FREE, PLAIN },
	{ 7240, 7240, 4, 1, 20, FREE, PLAIN },
	{ 7241, 7241, 4, 2, 2, FREE, PLAIN },
	{ 7242, 7242, 4, 1, 25, FREE, PLAIN },
	{ 7250, 7250, 4, 8, 8, FREE, PLAIN },
	{ 7251, 7251, 4, 12, 12, FREE, PLAIN },
	{ 7252, 7252, 4, 1, 1, FREE, PLAIN },
	{ 7253, 7254, 4, 1, 40, FREE, PLAIN },
	{ 7255, 7255, 4, 1, 10, FREE, PLAIN },
	{ 7256, 7256, 4, 1, 90, FREE, PLAIN },
	{ 7257, 7257, 4, 1, 70, FREE, PLAIN },
	{ 7258, 7258, 4, 3, 3, FREE, PLAIN },
	{ 7259, 7259, 4, 1, 40, FREE, PLAIN },
	{ 8001, 8001, 4, 14, 14, FREE, PLAIN },
	{ 8002, 8002, 4, 1, 20, FREE, PLAIN },
	{ 8003, 8003, 4, 14, 30, FREE, PLAIN },
	{ 8004, 8004, 4, 1, 30, FREE, PLAIN },
	{ 8005, 8005, 4, 6, 6, FREE, PLAIN },
	{ 8006, 8006, 4, 18, 18, FREE, GTIN },
	{ 8007, 8007, 4, 1, 34, FREE, PLAIN },
	{ 8008, 8008, 4, 8, 12, FREE, PLAIN },
	{ 8009, 8009, 4, 1, 50, FREE, PLAIN },
	{ 8010, 8010, 4, 1, 30, FREE, PLAIN },
	{ 8011, 8011, 4, 1, 12, FREE, PLAIN },
	{ 8012, 8012, 4, 1, 20, FREE, PLAIN },
	{ 8013, 8014, 4, 1, 25, FREE, PLAIN },
	{ 8017, 8018, 4, 18, 18, FREE, PLAIN },
	{ 8019, 8019, 4, 1, 10, FREE, PLAIN },
	{ 8020, 8020, 4, 1, 25, FREE, PLAIN },
	{ 8026, 8026, 4, 18, 18, FREE, CONTAINED },
	{ 8030, 8030, 4, 1, 90, FREE, PLAIN },
	{ 8040, 8041, 4, 15, 15, FREE, PLAIN },
	{ 8042, 8042, 4, 32, 32, FREE, PLAIN },
	{ 8043, 8043, 4, 18, 20, FREE, PLAIN },
	{ 8110, 8110, 4, 1, 70, FREE, COUPON },
	{ 8111, 8111, 4, 4, 4, FREE, PLAIN },
	{ 8112, 8112, 4, 1, 70, FREE, COUPON },
	{ 8200, 8200, 4, 1, 70, FREE, PLAIN },
	{ 90, 90, 2, 1, 30, FREE, PLAIN },
	{ 91, 99, 2, 1, 90, FREE, PLAIN },
};
/* clang-format on */

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static unsigned identifier_digits(unsigned first_two)
{
	switch (first_two) {
	case 23:
	case 24:
	case 25:
	case 40:
	case 41:
	case 42:
	case 71:
		return 3;
	case 39:
	case 43:
	case 70:
	case 72:
	case 80:
	case 81:
	case 82:
		return 4;
	default:
		return first_two >= 31 && first_two <= 36 ? 4 : 2;
	}
}

/* The identifier at the start of `text`; NULL if there is none that we know. */
static const struct ai *identifier(tg_view text)
{
	unsigned digits, number = 0;

	if (text.len < 2 || !is_digit(text.data[0]) || !is_digit(text.data[1]))
		return NULL;
	digits = identifier_digits((text.data[0] - '0') * 10u + (text.data[1] - '0'));
	if (text.len < digits)
		return NULL;
	for (unsigned i = 0; i < digits; i++) {
		if (!is_digit(text.data[i]))
			return NULL;
		number = number * 10 + (text.data[i] - '0');
	}
	for (size_t i = 0; i < TG_COUNT(table); i++) {
		const struct ai *ai = &table[i];

		if (ai->digits == digits && number >= ai->from && number <= ai->to)
			return ai->form == SCALED && number % 10 > 5 ? NULL : ai;
	}
	return NULL;
}

/* "(" two to four digits ")" at the start of `text`: the bytes it takes, or 0. */
static size_t bracket(tg_view text)
{
	size_t i = 1;

	if (text.len < 4 || text.data[0] != '(')
		return 0;
	while (i < text.len && i <= 4 && is_digit(text.data[i]))
		i++;
	return i >= 3 && i < text.len && text.data[i] == ')' ? i + 1 : 0;
}

static tg_view skip(tg_view text, size_t count)
{
	return tg_view_of(text.data + count, text.len - count);
}

/* Bytes up to the next separator, or the next bracketed identifier. */
static size_t value_length(tg_view text, bool bracketed)
{
	size_t len = 0;

	while (len < text.len && text.data[len] != TG__GS && !(bracketed && bracket(skip(text, len)) > 0))
		len++;
	return len;
}

static int year_of(int32_t today)
{
	char text[TG_DAY_TEXT_SIZE];
	int year = 0;

	tg_day_format(text, today);
	for (int i = 0; i < 4 && is_digit((uint8_t)text[i]); i++)
		year = year * 10 + (text[i] - '0');
	return year > 0 ? year : 2000;
}

/* YYMMDD; day 00 is the last day of the month. TG_DAY_NONE if there is no such date. */
static int32_t date(tg_view six, int32_t today)
{
	int now = year_of(today), yy = (six.data[0] - '0') * 10 + (six.data[1] - '0');
	int month = (six.data[2] - '0') * 10 + (six.data[3] - '0');
	int day = (six.data[4] - '0') * 10 + (six.data[5] - '0');
	int ahead = yy - now % 100, year = now + ahead;

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

static enum tg__why take_gtin(uint64_t *slot, tg_view value)
{
	struct tg__number number = tg__number_read(tg_view_of(value.data, 14));

	if (!number.digits)
		return TG__WHY_NOT_DIGITS;
	if (!number.check)
		return TG__WHY_CHECK_DIGIT;
	if (number.value == 0)
		return TG__WHY_ALL_ZEROS;
	if (*slot != 0 && *slot != number.value)
		return TG__WHY_REPEATED;
	*slot = number.value;
	return TG__WHY_NONE;
}

static enum tg__why take_text(tg_view *slot, tg_view value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.data[i] < 0x20 || value.data[i] > 0x7e)
			return TG__WHY_BATCH;
	if (slot->len > 0 && !tg_view_equal(*slot, value))
		return TG__WHY_REPEATED;
	*slot = value;
	return TG__WHY_NONE;
}

static enum tg__why take_date(struct tg__elements *out, enum role role, tg_view value, int32_t today)
{
	int32_t day = date(value, today);

	if (day == TG_DAY_NONE)
		return TG__WHY_DATE;
	if (role == DATE)
		return TG__WHY_NONE;
	if (out->expiry != TG_DAY_NONE && out->expiry != day)
		return TG__WHY_REPEATED;
	out->expiry = day;
	return TG__WHY_NONE;
}

static enum tg__why take(struct tg__elements *out, enum role role, tg_view value, int32_t today)
{
	switch (role) {
	case GTIN:
		return take_gtin(&out->gtin, value);
	case CONTAINED:
		return take_gtin(&out->contained, value);
	case SSCC:
		out->logistic_unit = tg__number_read(value).check;
		return out->logistic_unit ? TG__WHY_NONE : TG__WHY_CHECK_DIGIT;
	case BATCH:
		return take_text(&out->batch, value);
	case SERIAL:
		return take_text(&out->serial, value);
	case EXPIRY:
	case DATE:
		return take_date(out, role, value, today);
	case COUPON:
		out->coupon = true;
		return TG__WHY_NONE;
	case PLAIN:
	default:
		return TG__WHY_NONE;
	}
}

static bool all_digits(tg_view value)
{
	for (size_t i = 0; i < value.len; i++)
		if (!is_digit(value.data[i]))
			return false;
	return true;
}

/*
 * The value of one identifier, at the start of `text`. Returns the bytes it takes; 0: it cannot be read, with `*why`
 * set when the label is wrong rather than merely beyond us.
 */
static size_t value_at(enum tg__why *why, const struct ai *ai, tg_view text, bool bracketed)
{
	size_t len = ai->form == FREE ? value_length(text, bracketed) : ai->max;

	*why = TG__WHY_NONE;
	if (ai->form != FREE) {
		size_t there = value_length(text, bracketed);

		if (there < len || (bracketed && there > len))
			*why = TG__WHY_CUT_SHORT;
		else if (!all_digits(tg_view_of(text.data, len)))
			*why = TG__WHY_NOT_DIGITS;
	} else if (len < ai->min || len > ai->max) {
		/* Too long a batch is most often one whose separator was lost: what follows would be taken for it. */
		if (ai->role == BATCH || ai->role == SERIAL)
			*why = TG__WHY_BATCH;
		else if (ai->role == GTIN || ai->role == CONTAINED)
			*why = TG__WHY_CUT_SHORT;
		return 0;
	}
	return *why == TG__WHY_NONE ? len : 0;
}

/* One identifier with its value, at the start of `text`. Returns the bytes it takes; 0 as value_at. */
static size_t element_at(struct tg__elements *out, tg_view text, bool bracketed, int32_t today)
{
	size_t open = bracketed ? bracket(text) : 0, len;
	const struct ai *ai;

	if (bracketed && open == 0)
		return 0;
	ai = identifier(bracketed ? tg_view_of(text.data + 1, open - 2) : text);
	if (ai == NULL || (bracketed && ai->digits != open - 2))
		return 0;
	text = skip(text, bracketed ? open : ai->digits);
	len = value_at(&out->why, ai, text, bracketed);
	if (len == 0)
		return 0;
	out->why = take(out, (enum role)ai->role, tg_view_of(text.data, len), today);
	return (bracketed ? open : ai->digits) + len;
}

/* What is beyond us ends where the next identifier is sure to begin. Never 0 for a text that is not empty. */
static size_t beyond_us(tg_view text, bool bracketed)
{
	size_t open = bracketed ? bracket(text) : 0;

	return open + value_length(skip(text, open), bracketed);
}

void tg__elements_read(struct tg__elements *out, tg_view label, bool bracketed, int32_t today)
{
	tg_view rest = label;

	*out = (struct tg__elements){ .expiry = TG_DAY_NONE, .whole = true };
	for (;;) {
		size_t len;

		while (rest.len > 0 && rest.data[0] == TG__GS)
			rest = skip(rest, 1);
		if (rest.len == 0)
			return;
		len = element_at(out, rest, bracketed, today);
		if (len == 0 || out->why != TG__WHY_NONE)
			out->whole = false;
		if (out->why != TG__WHY_NONE)
			return;
		rest = skip(rest, len > 0 ? len : beyond_us(rest, bracketed));
	}
}

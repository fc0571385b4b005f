/* SPDX-License-Identifier: Apache-2.0
 *
 * supplier_prefix.c - prefixes compared as numbers.
 */
#include "sync/hq/supplier_prefix.h"

#include <stdio.h>
#include <string.h>

#define EIGHT_END UINT64_C(100000000)         /* 10^8: GTIN-8s lie below it */
#define THIRTEEN_END UINT64_C(10000000000000) /* 10^13 */

static uint64_t ten_to(unsigned n)
{
	uint64_t value = 1;

	while (n-- > 0)
		value *= 10;
	return value;
}

/* The first digits of a number of `width` digits. */
static uint64_t head(uint64_t number, unsigned width, unsigned digits)
{
	return number / ten_to(width - digits);
}

/* Numbers for use in shops: 02, 04, 20 to 29; of 8 digits 0 and 2. Nobody can be given them. */
static bool restricted(const tg_prefix *p)
{
	uint64_t two = head(p->value, p->digits, 2);

	if (p->eight)
		return two / 10 == 0 || two / 10 == 2;
	return two == 2 || two == 4 || two / 10 == 2;
}

int tg_prefix_parse(tg_prefix *out, const char *text, tg_error *err)
{
	bool eight = strncmp(text, "8:", 2) == 0;
	const char *digits = eight ? text + 2 : text;
	size_t len = strlen(digits), min = eight ? TG_PREFIX8_DIGITS_MIN : TG_PREFIX_DIGITS_MIN,
	       max = eight ? TG_PREFIX8_DIGITS_MAX : TG_PREFIX_DIGITS_MAX;
	tg_prefix p = { .eight = eight };

	if (len < min || len > max || digits[strspn(digits, "0123456789")] != '\0')
		return tg_fail(err, TG_EINVAL,
			"prefix \"%.40s\": wanted %d to %d digits of a GTIN-13 (a GTIN-12 has a 0 in front), "
			"or \"8:\" and %d "
			"to %d digits of a GTIN-8",
			text, TG_PREFIX_DIGITS_MIN, TG_PREFIX_DIGITS_MAX, TG_PREFIX8_DIGITS_MIN,
			TG_PREFIX8_DIGITS_MAX);
	p.digits = (uint8_t)len;
	for (const char *c = digits; *c != '\0'; c++)
		p.value = p.value * 10 + (uint64_t)(*c - '0');
	if (restricted(&p))
		return tg_fail(err, TG_EINVAL,
			"prefix \"%s\": these are numbers for use in shops (02, 04, 20 to 29; of 8 digits 0 "
			"and 2); they are "
			"nobody's",
			text);
	if (!eight && len >= 5 && head(p.value, p.digits, 5) == 0)
		return tg_fail(err, TG_EINVAL,
			"prefix \"%s\": five zeros in front make a GTIN-8; register it as \"8:\" and its "
			"digits",
			text);
	*out = p;
	return TG_OK;
}

static const char *format(char out[TG_PREFIX_TEXT_SIZE], const tg_prefix *p, char mark)
{
	size_t at = 0;

	if (p->eight) {
		out[at++] = '8';
		out[at++] = mark;
	}
	(void)snprintf(out + at, TG_PREFIX_TEXT_SIZE - at, "%0*llu", (int)p->digits % 16,
		(unsigned long long)p->value);
	return out;
}

const char *tg_prefix_format(char out[TG_PREFIX_TEXT_SIZE], const tg_prefix *prefix)
{
	return format(out, prefix, ':');
}

const char *tg_prefix_file(char out[TG_PREFIX_TEXT_SIZE], const tg_prefix *prefix)
{
	return format(out, prefix, '-');
}

bool tg_prefix_covers(const tg_prefix *prefix, uint64_t gtin)
{
	uint64_t base = gtin % THIRTEEN_END; /* without the indicator */

	if ((base < EIGHT_END) != prefix->eight)
		return false;
	return head(base, prefix->eight ? 8 : 13, prefix->digits) == prefix->value;
}

bool tg_prefix_overlaps(const tg_prefix *a, const tg_prefix *b)
{
	unsigned common = a->digits < b->digits ? a->digits : b->digits;

	return a->eight == b->eight && head(a->value, a->digits, common) == head(b->value, b->digits, common);
}

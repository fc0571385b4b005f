/* SPDX-License-Identifier: Apache-2.0
 *
 * gtin.c - check digits, the 14-digit form, and what a UPC-E stands for.
 *
 * Pure: no I/O, no clock, no allocation.
 * Source: GS1 General Specifications sections 5.2 (UPC-E) and 7.9 (check digits).
 */
#include "plugin/gate/gtin.h"
#include "plugin/gate/label.h"

#define MAX_DIGITS 18 /* an SSCC is the longest number here; 18 digits also fit 64 bits */

struct tg__number tg__number_read(tg_view text)
{
	struct tg__number number = { 0 };
	unsigned odd = 0, even = 0; /* sums of the digits at odd and even places, counted from the left */

	if (text.len == 0 || text.len > MAX_DIGITS)
		return number;
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned)text.data[i] - '0', before = odd;

		if (digit > 9)
			return number;
		/* Swapping the sums at each step leaves the last digit, of weight 1, in `odd`. */
		odd = even + digit;
		even = before;
		number.value = number.value * 10 + digit;
	}
	number.digits = true;
	number.check = (odd + 3 * even) % 10 == 0;
	return number;
}

/* The six digits say where the zeros were: the last of them is the key. */
struct tg__number tg__upce_expand(tg_view eight)
{
	uint8_t full[12];
	const uint8_t *d = eight.data;
	unsigned kept; /* digits of the company part that stand before the zeros */

	if (eight.len != 8 || (d[0] != '0' && d[0] != '1') || !tg__number_read(eight).digits)
		return (struct tg__number){ 0 };
	memset(full, '0', sizeof(full));
	full[0] = d[0];
	full[11] = d[7];
	if (d[6] <= '2') {
		full[1] = d[1];
		full[2] = d[2];
		full[3] = d[6];
		memcpy(full + 8, d + 3, 3);
	} else {
		kept = d[6] == '3' ? 3 : d[6] == '4' ? 4 : 5;
		memcpy(full + 1, d + 1, kept);
		if (kept == 5)
			full[10] = d[6];
		else
			memcpy(full + 6 + kept, d + 1 + kept, 5 - kept);
	}
	return tg__number_read(tg_view_of(full, sizeof(full)));
}

/* Number system and six digits, with the check digit that their expansion asks for. */
static uint64_t upce_complete(uint8_t system, const uint8_t *six)
{
	uint8_t eight[8];
	struct tg__number number = { 0 };

	eight[0] = system;
	memcpy(eight + 1, six, 6);
	for (eight[7] = '0'; eight[7] <= '9'; eight[7]++) {
		number = tg__upce_expand(tg_view_of(eight, sizeof(eight)));
		if (number.check)
			break;
	}
	return number.check ? number.value : 0;
}

static size_t add_reading(uint64_t readings[2], size_t count, uint64_t gtin)
{
	if (gtin == 0 || (count > 0 && readings[0] == gtin))
		return count;
	readings[count] = gtin;
	return count + 1;
}

size_t tg__upce_readings(uint64_t readings[2], tg_view digits)
{
	uint8_t eight[8];
	struct tg__number number;
	size_t count = 0;

	if (!tg__number_read(digits).digits)
		return 0;
	if (digits.len == 6)
		return add_reading(readings, 0, upce_complete('0', digits.data));
	if (digits.len != 7)
		return 0;
	if (digits.data[0] <= '1')
		count = add_reading(readings, count, upce_complete(digits.data[0], digits.data + 1));
	eight[0] = '0';
	memcpy(eight + 1, digits.data, 7);
	number = tg__upce_expand(tg_view_of(eight, sizeof(eight)));
	return add_reading(readings, count, number.check ? number.value : 0);
}

const char *tg_gtin_format(char out[15], uint64_t gtin)
{
	for (int i = 13; i >= 0; i--) {
		out[i] = (char)('0' + gtin % 10);
		gtin /= 10;
	}
	out[14] = '\0';
	return out;
}

int tg_gtin_parse(uint64_t *gtin, tg_view digits, tg_error *err)
{
	struct tg__number number = tg__number_read(digits);

	if (!number.digits || (digits.len != 8 && (digits.len < 12 || digits.len > 14)))
		return tg_fail(err, TG_EFORMAT, "GTIN: wanted 8, 12, 13 or 14 digits");
	if (!number.check)
		return tg_fail(err, TG_EFORMAT, "GTIN: the check digit fails");
	if (number.value == 0)
		return tg_fail(err, TG_EFORMAT, "GTIN: all zeros");
	*gtin = number.value;
	return TG_OK;
}

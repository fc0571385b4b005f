/* SPDX-License-Identifier: Apache-2.0
 *
 * ai_table.c - the identifiers, in their order.
 *
 * Facts from the GS1 Barcode Syntax Dictionary (Copyright GS1 AISBL, Apache-2.0), release of January 2026, in a form of
 * our own. Which identifiers must or must not stand together is left out on purpose: that holds over all carriers
 * of an item, of which a label is one, so it could never be a reason to refuse one.
 */
#include "plugin/gate/ai_table.h"
#include "plugin/gate/gtin.h"

enum form {
	NUMBER_18, NUMBER_14, TEXT_TO_20, DATE_OR_MONTH, DIGITS_2, TEXT_TO_28, TEXT_TO_30, DIGITS_TO_6, DOCUMENT,
	COUPON_NUMBER, DIGITS_TO_8, DIGITS_6, DIGITS_TO_15, PRICE, DIGITS_4, KEY_30, NUMBER_17, NUMBER_13,
	POST_CODE, COUNTRY_CODE, COUNTRY_CODES, TEXT_TO_3, TEXT_TO_35_ESCAPED, TEXT_TO_70_ESCAPED, COUNTRY_NAME,
	POSITION, FLAG, LATEST_TIME, DATE_ONLY, TEMPERATURE, DIGITS_13, EXPIRY_TIME, DIGITS_TO_4, TEXT_TO_12,
	DAYS, TEXT_TO_10, TEXT_TO_2, TEST_TIME, PROCESSOR, UIC, PACKAGE_TYPE, CERTIFICATE, MEDIA_TYPE,
	TEXT_TO_25, BIRTH, BIRTH_TIME, SEX_CODE, TEXT_TO_40_ESCAPED, TEXT_TO_90_ESCAPED, BIRTH_PLACE, ROLL,
	ASSET, PIECE, IBAN, MADE_TIME, TEXT_TO_50, PART, PART_SERIAL, MODEL, DEVICE_MODEL, DIGITS_TO_10,
	SIGNATURE, DIGITS_15, DIGITS_32, SIM, COUPON_CODE, COUPON_OFFER, TEXT_TO_70, TEXT_TO_90,
	FORMS,
};

#define N(min, max, rule) { TG__SET_DIGITS, min, max, TG__RULE_##rule, false }
#define X(min, max, rule) { TG__SET_82, min, max, TG__RULE_##rule, false }
#define Y(min, max, rule) { TG__SET_39, min, max, TG__RULE_##rule, false }
#define Z(min, max, rule) { TG__SET_BASE64, min, max, TG__RULE_##rule, false }
#define N_OPT(min, max, rule) { TG__SET_DIGITS, min, max, TG__RULE_##rule, true }
#define X_OPT(min, max, rule) { TG__SET_82, min, max, TG__RULE_##rule, true }

/* clang-format off */
static const struct tg__form forms[FORMS] = {
	[NUMBER_18] = { { N(18, 18, CHECK_DIGIT) }, 1 },
	[NUMBER_14] = { { N(14, 14, CHECK_DIGIT) }, 1 },
	[TEXT_TO_20] = { { X(1, 20, NONE) }, 1 },
	[DATE_OR_MONTH] = { { N(6, 6, DAY_OR_MONTH) }, 1 },
	[DIGITS_2] = { { N(2, 2, NONE) }, 1 },
	[TEXT_TO_28] = { { X(1, 28, NONE) }, 1 },
	[TEXT_TO_30] = { { X(1, 30, NONE) }, 1 },
	[DIGITS_TO_6] = { { N(1, 6, NONE) }, 1 },
	[DOCUMENT] = { { N(13, 13, CHECK_DIGIT), X_OPT(1, 17, NONE) }, 2 },
	[COUPON_NUMBER] = { { N(13, 13, CHECK_DIGIT), N_OPT(1, 12, NONE) }, 2 },
	[DIGITS_TO_8] = { { N(1, 8, NONE) }, 1 },
	[DIGITS_6] = { { N(6, 6, NONE) }, 1 },
	[DIGITS_TO_15] = { { N(1, 15, NONE) }, 1 },
	[PRICE] = { { N(3, 3, CURRENCY), N(1, 15, NONE) }, 2 },
	[DIGITS_4] = { { N(4, 4, NONE) }, 1 },
	[KEY_30] = { { X(1, 30, PREFIX) }, 1 },
	[NUMBER_17] = { { N(17, 17, CHECK_DIGIT) }, 1 },
	[NUMBER_13] = { { N(13, 13, CHECK_DIGIT) }, 1 },
	[POST_CODE] = { { N(3, 3, COUNTRY), X(1, 9, NONE) }, 2 },
	[COUNTRY_CODE] = { { N(3, 3, COUNTRY) }, 1 },
	[COUNTRY_CODES] = { { N(3, 3, COUNTRY), N_OPT(3, 3, COUNTRY), N_OPT(3, 3, COUNTRY), N_OPT(3, 3, COUNTRY), N_OPT(3, 3, COUNTRY) }, 5 },
	[TEXT_TO_3] = { { X(1, 3, NONE) }, 1 },
	[TEXT_TO_35_ESCAPED] = { { X(1, 35, PERCENT) }, 1 },
	[TEXT_TO_70_ESCAPED] = { { X(1, 70, PERCENT) }, 1 },
	[COUNTRY_NAME] = { { X(2, 2, COUNTRY_LETTERS) }, 1 },
	[POSITION] = { { N(10, 10, LATITUDE), N(10, 10, LONGITUDE) }, 2 },
	[FLAG] = { { N(1, 1, YES_NO) }, 1 },
	[LATEST_TIME] = { { N(6, 6, DAY_OR_MONTH), N(4, 4, HOUR_MINUTE) }, 2 },
	[DATE_ONLY] = { { N(6, 6, DAY) }, 1 },
	[TEMPERATURE] = { { N(6, 6, NONE), X_OPT(1, 1, HYPHEN) }, 2 },
	[DIGITS_13] = { { N(13, 13, NONE) }, 1 },
	[EXPIRY_TIME] = { { N(6, 6, DAY), N(4, 4, HOUR_MINUTE) }, 2 },
	[DIGITS_TO_4] = { { N(1, 4, NONE) }, 1 },
	[TEXT_TO_12] = { { X(1, 12, NONE) }, 1 },
	[DAYS] = { { N(6, 6, DAY), N_OPT(6, 6, DAY) }, 2 },
	[TEXT_TO_10] = { { X(1, 10, NONE) }, 1 },
	[TEXT_TO_2] = { { X(1, 2, NONE) }, 1 },
	[TEST_TIME] = { { N(6, 6, DAY), N_OPT(4, 4, HOUR_MINUTE) }, 2 },
	[PROCESSOR] = { { N(3, 3, COUNTRY_OR_999), X(1, 27, NONE) }, 2 },
	[UIC] = { { N(1, 1, NONE), X(1, 1, NONE), X(1, 1, NONE), X(1, 1, IMPORTER) }, 4 },
	[PACKAGE_TYPE] = { { X(1, 4, PACKAGE) }, 1 },
	[CERTIFICATE] = { { X(2, 2, NONE), X(1, 28, NONE) }, 2 },
	[MEDIA_TYPE] = { { N(2, 2, MEDIA) }, 1 },
	[TEXT_TO_25] = { { X(1, 25, NONE) }, 1 },
	[BIRTH] = { { N(8, 8, LONG_DAY) }, 1 },
	[BIRTH_TIME] = { { N(8, 8, LONG_DAY), N(4, 4, HOUR_MINUTE) }, 2 },
	[SEX_CODE] = { { N(1, 1, SEX) }, 1 },
	[TEXT_TO_40_ESCAPED] = { { X(1, 40, PERCENT) }, 1 },
	[TEXT_TO_90_ESCAPED] = { { X(1, 90, PERCENT) }, 1 },
	[BIRTH_PLACE] = { { X(3, 3, PLACE_OF) }, 1 },
	[ROLL] = { { N(4, 4, NOT_ZERO), N(5, 5, NOT_ZERO), N(3, 3, NOT_ZERO), N(1, 1, WINDING), N(1, 1, NONE) }, 5 },
	[ASSET] = { { N(1, 1, ZERO), N(13, 13, CHECK_DIGIT), X_OPT(1, 16, NONE) }, 3 },
	[PIECE] = { { N(14, 14, CHECK_DIGIT), N(4, 4, PIECE_OF) }, 2 },
	[IBAN] = { { X(1, 34, ACCOUNT) }, 1 },
	[MADE_TIME] = { { N(6, 6, DAY), N(2, 2, HOUR), N_OPT(2, 2, SIXTIETH), N_OPT(2, 2, SIXTIETH) }, 4 },
	[TEXT_TO_50] = { { X(1, 50, NONE) }, 1 },
	[PART] = { { Y(1, 30, PREFIX) }, 1 },
	[PART_SERIAL] = { { N(1, 12, NO_LEADING_ZERO) }, 1 },
	[MODEL] = { { X(1, 25, CHECK_PAIR) }, 1 },
	[DEVICE_MODEL] = { { X(1, 25, CHECK_PAIR_NOT_NUMBER) }, 1 },
	[DIGITS_TO_10] = { { N(1, 10, NONE) }, 1 },
	[SIGNATURE] = { { Z(1, 90, NONE) }, 1 },
	[DIGITS_15] = { { N(15, 15, NONE) }, 1 },
	[DIGITS_32] = { { N(32, 32, NONE) }, 1 },
	[SIM] = { { N(18, 18, NONE), N_OPT(1, 2, NONE) }, 2 },
	[COUPON_CODE] = { { X(1, 70, COUPON) }, 1 },
	[COUPON_OFFER] = { { X(1, 70, OFFER) }, 1 },
	[TEXT_TO_70] = { { X(1, 70, NONE) }, 1 },
	[TEXT_TO_90] = { { X(1, 90, NONE) }, 1 },
};

enum { FIXED = TG__AI_FIXED, IN_QUERY = TG__AI_IN_QUERY, KEY = TG__AI_KEY, SCALED = TG__AI_SCALED };
#define ROLE(name) TG__ROLE_##name

static const struct tg__ai table[] = {
	{ 0, 99, 2, FIXED | IN_QUERY | KEY, ROLE(SSCC), NUMBER_18 },
	{ 100, 199, 2, FIXED | IN_QUERY | KEY, ROLE(GTIN), NUMBER_14 },
	{ 200, 299, 2, FIXED | IN_QUERY, ROLE(CONTAINED), NUMBER_14 },
	{ 300, 399, 2, FIXED, ROLE(GTIN), NUMBER_14 },
	{ 1000, 1099, 2, IN_QUERY, ROLE(BATCH), TEXT_TO_20 },
	{ 1100, 1399, 2, FIXED | IN_QUERY, ROLE(DATE), DATE_OR_MONTH },
	{ 1500, 1699, 2, FIXED | IN_QUERY, ROLE(DATE), DATE_OR_MONTH },
	{ 1700, 1799, 2, FIXED | IN_QUERY, ROLE(EXPIRY), DATE_OR_MONTH },
	{ 2000, 2099, 2, FIXED | IN_QUERY, ROLE(PLAIN), DIGITS_2 },
	{ 2100, 2199, 2, 0, ROLE(SERIAL), TEXT_TO_20 },
	{ 2200, 2299, 2, 0, ROLE(PLAIN), TEXT_TO_20 },
	{ 2350, 2359, 3, 0, ROLE(PLAIN), TEXT_TO_28 },
	{ 2400, 2419, 3, IN_QUERY, ROLE(PLAIN), TEXT_TO_30 },
	{ 2420, 2429, 3, IN_QUERY, ROLE(PLAIN), DIGITS_TO_6 },
	{ 2430, 2439, 3, IN_QUERY, ROLE(PLAIN), TEXT_TO_20 },
	{ 2500, 2519, 3, IN_QUERY, ROLE(PLAIN), TEXT_TO_30 },
	{ 2530, 2539, 3, IN_QUERY | KEY, ROLE(PLAIN), DOCUMENT },
	{ 2540, 2549, 3, 0, ROLE(PLAIN), TEXT_TO_20 },
	{ 2550, 2559, 3, IN_QUERY | KEY, ROLE(COUPON), COUPON_NUMBER },
	{ 3000, 3099, 2, IN_QUERY, ROLE(PLAIN), DIGITS_TO_8 },
	{ 3100, 3169, 4, FIXED | IN_QUERY | SCALED, ROLE(PLAIN), DIGITS_6 },
	{ 3200, 3379, 4, FIXED | IN_QUERY | SCALED, ROLE(PLAIN), DIGITS_6 },
	{ 3400, 3579, 4, FIXED | IN_QUERY | SCALED, ROLE(PLAIN), DIGITS_6 },
	{ 3600, 3699, 4, FIXED | IN_QUERY | SCALED, ROLE(PLAIN), DIGITS_6 },
	{ 3700, 3799, 2, IN_QUERY, ROLE(PLAIN), DIGITS_TO_8 },
	{ 3900, 3909, 4, IN_QUERY, ROLE(PLAIN), DIGITS_TO_15 },
	{ 3910, 3919, 4, IN_QUERY, ROLE(PLAIN), PRICE },
	{ 3920, 3929, 4, IN_QUERY, ROLE(PLAIN), DIGITS_TO_15 },
	{ 3930, 3939, 4, IN_QUERY, ROLE(PLAIN), PRICE },
	{ 3940, 3943, 4, IN_QUERY, ROLE(PLAIN), DIGITS_4 },
	{ 3950, 3955, 4, IN_QUERY, ROLE(PLAIN), DIGITS_6 },
	{ 4000, 4009, 3, IN_QUERY, ROLE(PLAIN), TEXT_TO_30 },
	{ 4010, 4019, 3, IN_QUERY | KEY, ROLE(PLAIN), KEY_30 },
	{ 4020, 4029, 3, IN_QUERY | KEY, ROLE(PLAIN), NUMBER_17 },
	{ 4030, 4039, 3, IN_QUERY, ROLE(PLAIN), TEXT_TO_30 },
	{ 4100, 4139, 3, FIXED | IN_QUERY, ROLE(PLAIN), NUMBER_13 },
	{ 4140, 4159, 3, FIXED | IN_QUERY | KEY, ROLE(PLAIN), NUMBER_13 },
	{ 4160, 4169, 3, FIXED | IN_QUERY, ROLE(PLAIN), NUMBER_13 },
	{ 4170, 4179, 3, FIXED | IN_QUERY | KEY, ROLE(PLAIN), NUMBER_13 },
	{ 4200, 4209, 3, IN_QUERY, ROLE(PLAIN), TEXT_TO_20 },
	{ 4210, 4219, 3, IN_QUERY, ROLE(PLAIN), POST_CODE },
	{ 4220, 4229, 3, IN_QUERY, ROLE(PLAIN), COUNTRY_CODE },
	{ 4230, 4239, 3, IN_QUERY, ROLE(PLAIN), COUNTRY_CODES },
	{ 4240, 4249, 3, IN_QUERY, ROLE(PLAIN), COUNTRY_CODE },
	{ 4250, 4259, 3, IN_QUERY, ROLE(PLAIN), COUNTRY_CODES },
	{ 4260, 4269, 3, IN_QUERY, ROLE(PLAIN), COUNTRY_CODE },
	{ 4270, 4279, 3, IN_QUERY, ROLE(PLAIN), TEXT_TO_3 },
	{ 4300, 4301, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_35_ESCAPED },
	{ 4302, 4306, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_70_ESCAPED },
	{ 4307, 4307, 4, IN_QUERY, ROLE(PLAIN), COUNTRY_NAME },
	{ 4308, 4308, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_30 },
	{ 4309, 4309, 4, IN_QUERY, ROLE(PLAIN), POSITION },
	{ 4310, 4311, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_35_ESCAPED },
	{ 4312, 4316, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_70_ESCAPED },
	{ 4317, 4317, 4, IN_QUERY, ROLE(PLAIN), COUNTRY_NAME },
	{ 4318, 4318, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_20 },
	{ 4319, 4319, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_30 },
	{ 4320, 4320, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_35_ESCAPED },
	{ 4321, 4323, 4, IN_QUERY, ROLE(PLAIN), FLAG },
	{ 4324, 4325, 4, IN_QUERY, ROLE(PLAIN), LATEST_TIME },
	{ 4326, 4326, 4, IN_QUERY, ROLE(PLAIN), DATE_ONLY },
	{ 4330, 4333, 4, IN_QUERY, ROLE(PLAIN), TEMPERATURE },
	{ 7001, 7001, 4, IN_QUERY, ROLE(PLAIN), DIGITS_13 },
	{ 7002, 7002, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_30 },
	{ 7003, 7003, 4, IN_QUERY, ROLE(PLAIN), EXPIRY_TIME },
	{ 7004, 7004, 4, IN_QUERY, ROLE(PLAIN), DIGITS_TO_4 },
	{ 7005, 7005, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_12 },
	{ 7006, 7006, 4, IN_QUERY, ROLE(PLAIN), DATE_ONLY },
	{ 7007, 7007, 4, IN_QUERY, ROLE(PLAIN), DAYS },
	{ 7008, 7008, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_3 },
	{ 7009, 7009, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_10 },
	{ 7010, 7010, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_2 },
	{ 7011, 7011, 4, IN_QUERY, ROLE(PLAIN), TEST_TIME },
	{ 7020, 7022, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_20 },
	{ 7023, 7023, 4, IN_QUERY, ROLE(PLAIN), KEY_30 },
	{ 7030, 7039, 4, IN_QUERY, ROLE(PLAIN), PROCESSOR },
	{ 7040, 7040, 4, 0, ROLE(PLAIN), UIC },
	{ 7041, 7041, 4, 0, ROLE(PLAIN), PACKAGE_TYPE },
	{ 7100, 7179, 3, IN_QUERY, ROLE(PLAIN), TEXT_TO_20 },
	{ 7230, 7239, 4, IN_QUERY, ROLE(PLAIN), CERTIFICATE },
	{ 7240, 7240, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_20 },
	{ 7241, 7241, 4, IN_QUERY, ROLE(PLAIN), MEDIA_TYPE },
	{ 7242, 7242, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_25 },
	{ 7250, 7250, 4, IN_QUERY, ROLE(PLAIN), BIRTH },
	{ 7251, 7251, 4, IN_QUERY, ROLE(PLAIN), BIRTH_TIME },
	{ 7252, 7252, 4, IN_QUERY, ROLE(PLAIN), SEX_CODE },
	{ 7253, 7254, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_40_ESCAPED },
	{ 7255, 7255, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_10 },
	{ 7256, 7256, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_90_ESCAPED },
	{ 7257, 7257, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_70_ESCAPED },
	{ 7258, 7258, 4, IN_QUERY, ROLE(PLAIN), BIRTH_PLACE },
	{ 7259, 7259, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_40_ESCAPED },
	{ 8001, 8001, 4, IN_QUERY, ROLE(PLAIN), ROLL },
	{ 8002, 8002, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_20 },
	{ 8003, 8003, 4, IN_QUERY | KEY, ROLE(PLAIN), ASSET },
	{ 8004, 8004, 4, IN_QUERY | KEY, ROLE(PLAIN), KEY_30 },
	{ 8005, 8005, 4, IN_QUERY, ROLE(PLAIN), DIGITS_6 },
	{ 8006, 8006, 4, IN_QUERY | KEY, ROLE(GTIN), PIECE },
	{ 8007, 8007, 4, IN_QUERY, ROLE(PLAIN), IBAN },
	{ 8008, 8008, 4, IN_QUERY, ROLE(PLAIN), MADE_TIME },
	{ 8009, 8009, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_50 },
	{ 8010, 8010, 4, IN_QUERY | KEY, ROLE(PLAIN), PART },
	{ 8011, 8011, 4, 0, ROLE(PLAIN), PART_SERIAL },
	{ 8012, 8012, 4, IN_QUERY, ROLE(PLAIN), TEXT_TO_20 },
	{ 8013, 8013, 4, IN_QUERY | KEY, ROLE(PLAIN), MODEL },
	{ 8014, 8014, 4, 0, ROLE(PLAIN), DEVICE_MODEL },
	{ 8017, 8018, 4, IN_QUERY | KEY, ROLE(PLAIN), NUMBER_18 },
	{ 8019, 8019, 4, 0, ROLE(PLAIN), DIGITS_TO_10 },
	{ 8020, 8020, 4, 0, ROLE(PLAIN), TEXT_TO_25 },
	{ 8026, 8026, 4, IN_QUERY, ROLE(CONTAINED), PIECE },
	{ 8030, 8030, 4, IN_QUERY, ROLE(PLAIN), SIGNATURE },
	{ 8040, 8041, 4, 0, ROLE(PLAIN), DIGITS_15 },
	{ 8042, 8042, 4, 0, ROLE(PLAIN), DIGITS_32 },
	{ 8043, 8043, 4, 0, ROLE(PLAIN), SIM },
	{ 8110, 8110, 4, IN_QUERY, ROLE(COUPON), COUPON_CODE },
	{ 8111, 8111, 4, IN_QUERY, ROLE(PLAIN), DIGITS_4 },
	{ 8112, 8112, 4, IN_QUERY, ROLE(COUPON), COUPON_OFFER },
	{ 8200, 8200, 4, 0, ROLE(PLAIN), TEXT_TO_70 },
	{ 9000, 9099, 2, IN_QUERY, ROLE(PLAIN), TEXT_TO_30 },
	{ 9100, 9999, 2, IN_QUERY, ROLE(PLAIN), TEXT_TO_90 },
};
/* clang-format on */

/* Up to four digits at the start of `text`, filled up with zeros. */
static unsigned first_four(unsigned *digits, tg_view text)
{
	unsigned number = 0, i = 0;

	while (i < 4 && i < text.len && tg__is_digit(text.data[i]))
		number = number * 10 + (text.data[i++] - '0');
	*digits = i;
	for (; i < 4; i++)
		number *= 10;
	return number;
}

const struct tg__ai *tg__ai_find(tg_view text)
{
	unsigned digits, number = first_four(&digits, text);
	size_t low = 0, high = TG_COUNT(table);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct tg__ai *ai = &table[middle];

		if (number < ai->from)
			high = middle;
		else if (number > ai->to)
			low = middle + 1;
		else if (digits < ai->digits || ((ai->flags & SCALED) != 0 && number % 10 > 5))
			return NULL;
		else
			return ai;
	}
	return NULL;
}

const struct tg__form *tg__ai_form(const struct tg__ai *ai)
{
	return &forms[ai->form];
}

size_t tg__ai_predefined(tg_view text)
{
	unsigned two;

	if (text.len < 2 || !tg__is_digit(text.data[0]) || !tg__is_digit(text.data[1]))
		return 0;
	two = (text.data[0] - '0') * 10u + (text.data[1] - '0');
	if (two == 4)
		return 18;
	if (two == 14 || two == 18 || two == 19)
		return 8;
	if (two >= 31 && two <= 36)
		return 10;
	return two == 41 ? 16 : 0;
}

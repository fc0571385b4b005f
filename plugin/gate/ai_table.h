/* SPDX-License-Identifier: Apache-2.0
 *
 * ai_table.h - every GS1 Application Identifier: how long, of which characters, checked how, and what it is to us.
 *
 * Pure data and its look-up. Knows identifiers; judges no value (ai_value.h) and reads no label (gs1.h).
 */
#ifndef TG_GATE_AI_TABLE_H
#define TG_GATE_AI_TABLE_H

#include "store/base/bytes.h"

/** What an identifier tells a decision. */
enum tg__role {
	TG__ROLE_PLAIN, /**< nothing */
	TG__ROLE_GTIN,
	TG__ROLE_CONTAINED,
	TG__ROLE_SSCC,
	TG__ROLE_BATCH,
	TG__ROLE_SERIAL,
	TG__ROLE_EXPIRY,
	TG__ROLE_DATE, /**< nothing, but one that does not exist is a sign of a bad label */
	TG__ROLE_COUPON,
};

enum {
	TG__AI_FIXED = 1,    /**< predefined length: no separator follows */
	TG__AI_IN_QUERY = 2, /**< may stand in the query of a Digital Link */
	TG__AI_KEY = 4,      /**< primary key of a Digital Link */
	TG__AI_SCALED = 8,   /**< the identifier's last digit is a number of decimals, 0 to 5 */
};

/** Character sets: General Specifications section 7.11, and the URL-safe base64 of RFC 4648. */
enum tg__set { TG__SET_DIGITS, TG__SET_82, TG__SET_39, TG__SET_BASE64 };

/** What a part of a value must obey beyond length and characters. */
enum tg__rule {
	TG__RULE_NONE,
	TG__RULE_CHECK_DIGIT,
	TG__RULE_CHECK_PAIR,            /**< two check characters, and a company prefix in front */
	TG__RULE_CHECK_PAIR_NOT_NUMBER, /**< the same, and not digits alone */
	TG__RULE_PREFIX,                /**< begins with a company prefix, which is at least two digits */
	TG__RULE_DAY_OR_MONTH,          /**< YYMMDD; day 00 is the whole month */
	TG__RULE_DAY,                   /**< YYMMDD */
	TG__RULE_LONG_DAY,              /**< YYYYMMDD */
	TG__RULE_HOUR,
	TG__RULE_SIXTIETH,              /**< minutes, seconds */
	TG__RULE_HOUR_MINUTE,
	TG__RULE_COUNTRY,               /**< ISO 3166, digits */
	TG__RULE_COUNTRY_OR_999,
	TG__RULE_COUNTRY_LETTERS,       /**< ISO 3166, two letters */
	TG__RULE_CURRENCY,              /**< ISO 4217, digits */
	TG__RULE_PERCENT,               /**< each % begins an escape */
	TG__RULE_YES_NO,
	TG__RULE_HYPHEN,
	TG__RULE_ZERO,
	TG__RULE_NOT_ZERO,
	TG__RULE_NO_LEADING_ZERO,
	TG__RULE_WINDING,
	TG__RULE_SEX,                   /**< ISO 5218 */
	TG__RULE_IMPORTER,
	TG__RULE_PACKAGE,               /**< UN/ECE Recommendation 21 and codes of GS1 */
	TG__RULE_MEDIA,
	TG__RULE_PLACE_OF,              /**< "1/2" */
	TG__RULE_PIECE_OF,              /**< "0102" */
	TG__RULE_LATITUDE,
	TG__RULE_LONGITUDE,
	TG__RULE_ACCOUNT,               /**< IBAN, ISO 13616 */
	TG__RULE_COUPON,                /**< North American coupon code */
	TG__RULE_OFFER,                 /**< North American coupon with a positive offer file */
};

#define TG__PARTS_MAX 5 /* of one value: (423), (8001) */

struct tg__part {
	uint8_t set, min, max, rule;
	bool optional; /**< once nothing is left; all behind it are optional too */
};

struct tg__form {
	struct tg__part part[TG__PARTS_MAX];
	uint8_t count;
};

struct tg__ai {
	uint16_t from, to; /**< its digits and then 0s or 9s, up to four: no identifier begins another */
	uint8_t digits, flags, role, form;
};

/** The identifier that `text` begins with; NULL if there is none that GS1 has assigned. */
const struct tg__ai *tg__ai_find(tg_view text);

/** Static. */
const struct tg__form *tg__ai_form(const struct tg__ai *ai);

/**
 * How long an element is whose identifier is not assigned, but begins with two digits for which GS1 has set the length
 * for ever, the identifier counted; 0: not set, it ends at a separator.
 * Source: General Specifications section 7.8.5, element strings with predefined length.
 */
size_t tg__ai_predefined(tg_view text);

#endif

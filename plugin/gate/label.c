/* SPDX-License-Identifier: Apache-2.0
 *
 * label.c - from scanned bytes to what they identify.
 *
 * Pure: no I/O, no clock, no allocation.
 * Knows carriers (AIM identifiers), lengths and GS1 prefixes; leaves element strings to gs1.c, web addresses to
 * digital_link.c and arithmetic to gtin.c. Knows nothing of the catalogue: whether a number is known is not asked here.
 * Source: GS1 General Specifications sections 1.4 (prefixes), 2.1, 5.2 (UPC-E, add-ons), 7.8; ISO/IEC 15424.
 *
 * What the pass-list may never do is release a label that yields the GTIN of a product. Every reader here therefore
 * says, beside the kind, whether any reading of the label gives such a number, be it ambiguous.
 */
#include "plugin/gate/digital_link.h"
#include "plugin/gate/gtin.h"
#include "plugin/gate/label.h"
#include "plugin/gate/words.h"

const char *const tg_label_words[TG_LABEL_KIND_COUNT + 1] = { "unreadable", "ambiguous", "not-a-product",
	"in-store", "product", NULL };
const char *const tg_strength_words[TG_STRENGTH_COUNT + 1] = { "none", "digits", "carrier", "elements",
	"link", NULL };

enum carrier {
	UNKNOWN, /* no AIM identifier, or a maker's own (]X): many scanners are set up so */
	EAN,     /* ]E: EAN-13, UPC-A, UPC-E, EAN-8, with or without add-on */
	ITF,     /* ]I */
	DATABAR, /* ]e0: element strings; some decoders leave out the (01) */
	GS1,     /* the other carriers with FNC1 in first place */
	FOREIGN, /* Code 128, Code 39, QR Code, …: anything may be in them */
};

struct scan {
	tg_identity *out;
	tg_view data;
	enum carrier carrier;
	char modifier; /* the third character of the AIM identifier */
	int32_t today;
	bool brackets_count; /* by policy, also outside GS1 carriers */
	bool yields;         /* some reading gives the GTIN of a product */
};

static const uint64_t ten_to_10 = UINT64_C(10000000000), ten_to_8 = UINT64_C(100000000),
		      ten_to_7 = UINT64_C(10000000);

static bool is_aim(const uint8_t *p, size_t len)
{
	return len >= 3 && p[0] == ']' && ((p[1] >= 'A' && p[1] <= 'Z') || (p[1] >= 'a' && p[1] <= 'z')) &&
	       ((p[2] >= '0' && p[2] <= '9') || (p[2] >= 'A' && p[2] <= 'Z') || (p[2] >= 'a' && p[2] <= 'z'));
}

void tg_label_split(char aim[4], tg_view *data, tg_view text)
{
	memset(aim, 0, 4);
	*data = text;
	if (is_aim(text.data, text.len)) {
		memcpy(aim, text.data, 3);
		*data = tg_view_of(text.data + 3, text.len - 3);
	}
}

/* FNC1 in first place, with and without the extended channel (ISO/IEC 15424). */
static bool is_gs1_carrier(char letter, char modifier)
{
	static const char pairs[] = "C1d2d5Q3Q4J1J4";

	for (size_t i = 0; i + 1 < sizeof(pairs); i += 2)
		if (pairs[i] == letter && pairs[i + 1] == modifier)
			return true;
	return false;
}

static enum carrier carrier_of(const char *aim)
{
	if (aim[0] != ']' || aim[1] == 'X')
		return UNKNOWN;
	if (aim[1] == 'E')
		return EAN;
	if (aim[1] == 'I')
		return ITF;
	if (aim[1] == 'e' && aim[2] == '0')
		return DATABAR;
	return is_gs1_carrier(aim[1], aim[2]) ? GS1 : FOREIGN;
}

static void no_product(tg_identity *out, tg_label_kind kind, enum tg__why why)
{
	out->kind = kind;
	out->why = tg__why_words[why];
}

static void other(tg_identity *out, uint8_t kind)
{
	out->kind = TG_LABEL_NOT_PRODUCT;
	out->other = kind;
}

/* What GS1 prefixes make of a number: General Specifications section 1.4. `gtin` has passed its check digit. */
static void classify(struct scan *scan, uint64_t gtin, unsigned digits, tg_strength strength)
{
	tg_identity *out = scan->out;
	unsigned prefix = (unsigned)(gtin / ten_to_10 % 1000), first_of_8 = (unsigned)(gtin / ten_to_7);
	bool eight = gtin < ten_to_8; /* GTIN-8s, and the company-internal numbers that share their space */

	if (gtin == 0) {
		no_product(out, TG_LABEL_UNREADABLE, TG__WHY_ALL_ZEROS);
		return;
	}
	out->strength = strength;
	if (!eight && prefix >= 50 && prefix <= 59)
		other(out, TG_OTHER_COUPON);
	else if (prefix == 977)
		other(out, TG_OTHER_PERIODICAL);
	else if (prefix == 978 || prefix == 979)
		other(out, TG_OTHER_BOOK);
	else if (prefix == 980)
		other(out, TG_OTHER_RECEIPT);
	else if ((prefix >= 981 && prefix <= 984) || prefix >= 990)
		other(out, TG_OTHER_COUPON);
	else {
		bool in_store = eight ? first_of_8 == 0 || first_of_8 == 2
				      : (prefix >= 20 && prefix <= 29) || (prefix >= 40 && prefix <= 49) ||
						(prefix >= 200 && prefix <= 299);

		out->kind = in_store ? TG_LABEL_IN_STORE : TG_LABEL_PRODUCT;
		out->gtin = gtin;
		out->digits = (uint8_t)digits;
		scan->yields = scan->yields || !in_store;
	}
}

/* A number whose check digit fails: a misread in a carrier of product numbers, merely another number elsewhere. */
static void wrong_check_digit(struct scan *scan)
{
	no_product(scan->out, scan->carrier == FOREIGN ? TG_LABEL_UNREADABLE : TG_LABEL_AMBIGUOUS,
		TG__WHY_CHECK_DIGIT);
}

static void read_number(struct scan *scan, size_t len, tg_strength strength)
{
	struct tg__number number = tg__number_read(tg_view_of(scan->data.data, len));

	if (!number.digits)
		no_product(scan->out, TG_LABEL_UNREADABLE, TG__WHY_NOT_DIGITS);
	else if (!number.check)
		wrong_check_digit(scan);
	else
		classify(scan, number.value, (unsigned)len, strength);
}

/* Eight digits are an EAN-8 or a UPC-E with number system and check digit; each has its own check digit to fail. */
static void read_eight(struct scan *scan, tg_strength strength)
{
	struct tg__number ean = tg__number_read(scan->data), upc = tg__upce_expand(scan->data);
	bool only_ean = scan->carrier == FOREIGN || (scan->carrier == EAN && scan->modifier == '4');
	bool only_upc = scan->carrier == EAN && scan->modifier == '0';

	if (!ean.digits)
		no_product(scan->out, TG_LABEL_UNREADABLE, TG__WHY_NOT_DIGITS);
	else if (upc.check && !only_ean && (!ean.check || only_upc))
		classify(scan, upc.value, 12, strength);
	else if (!ean.check || (only_upc && upc.digits))
		/* said to be a UPC-E, which it may be by its first digit: that it passes as an EAN-8 is then chance */
		wrong_check_digit(scan);
	else if (upc.check && !only_ean) {
		no_product(scan->out, TG_LABEL_AMBIGUOUS, TG__WHY_TWO_READINGS);
		scan->yields = true;
	} else
		classify(scan, ean.value, 8, strength);
}

/*
 * Six or seven digits are a UPC-E of which the scanner sends a part. Only ]E0 says that it read one: elsewhere so few
 * digits are anything.
 */
static void read_cut_upce(struct scan *scan)
{
	struct tg__number number = tg__number_read(scan->data);
	uint64_t readings[2];
	size_t count = scan->modifier == '0' ? tg__upce_readings(readings, scan->data) : 0;

	if (!number.digits)
		no_product(scan->out, TG_LABEL_UNREADABLE, TG__WHY_NOT_DIGITS);
	else if (number.value == 0)
		no_product(scan->out, TG_LABEL_UNREADABLE, TG__WHY_ALL_ZEROS);
	else if (count == 1)
		classify(scan, readings[0], 12, TG_STRENGTH_CARRIER);
	else if (count == 2) {
		no_product(scan->out, TG_LABEL_AMBIGUOUS, TG__WHY_UPCE_SHORT);
		scan->yields = true;
	} else
		no_product(scan->out, TG_LABEL_AMBIGUOUS, TG__WHY_CHECK_DIGIT);
}

/* Two or five digits of add-on follow the main number, which is so long. */
static void read_with_add_on(struct scan *scan, size_t len)
{
	if (tg__number_read(scan->data).digits)
		read_number(scan, len, TG_STRENGTH_CARRIER);
	else
		no_product(scan->out, TG_LABEL_UNREADABLE, TG__WHY_NOT_DIGITS);
}

/*
 * The modifier of ]E is a hint: makers differ in it (add-ons come as ]E1 to ]E3, UPC-A as twelve or thirteen
 * digits), so length and check digit decide.
 */
static void read_ean(struct scan *scan)
{
	switch (scan->data.len) {
	case 8:
		read_eight(scan, TG_STRENGTH_CARRIER);
		break;
	case 12:
	case 13:
		read_number(scan, scan->data.len, TG_STRENGTH_CARRIER);
		break;
	case 14:
		/* Padded to fourteen by some scanners, which leaves a zero in front; otherwise UPC-A and two digits. */
		if (scan->data.data[0] != '0' || (scan->modifier >= '1' && scan->modifier <= '3'))
			read_with_add_on(scan, 12);
		else
			read_number(scan, 14, TG_STRENGTH_DIGITS);
		break;
	case 15:
	case 18:
		read_with_add_on(scan, 13);
		break;
	case 17:
		read_with_add_on(scan, 12);
		break;
	case 6:
	case 7:
		read_cut_upce(scan);
		break;
	case 2:
	case 5:
		no_product(scan->out, TG_LABEL_UNREADABLE, TG__WHY_ADD_ON);
		break;
	default:
		no_product(scan->out, TG_LABEL_UNREADABLE, TG__WHY_LENGTH);
	}
}

/* Any other length may be the half of a longer symbol: ITF has no end that a slanted scan line must cross. */
static void read_itf(struct scan *scan)
{
	if (scan->data.len == 14)
		read_number(scan, 14, TG_STRENGTH_CARRIER);
	else if (scan->data.len == 13 && scan->modifier == '3')
		no_product(scan->out, TG_LABEL_AMBIGUOUS, TG__WHY_ITF_STRIPPED);
	else
		no_product(scan->out, TG_LABEL_UNREADABLE, TG__WHY_ITF_LENGTH);
}

/*
 * Fifteen or eighteen digits of no named carrier: a periodical or book with its add-on, which is how shops mostly
 * meet them. Other prefixes stay unread: so long a number is more often a card, and a product is seldom sold with one.
 */
static bool is_print_with_add_on(const struct scan *scan)
{
	struct tg__number main_number;
	uint64_t prefix;

	if (scan->carrier != UNKNOWN || (scan->data.len != 15 && scan->data.len != 18) ||
		!tg__number_read(scan->data).digits)
		return false;
	main_number = tg__number_read(tg_view_of(scan->data.data, 13));
	prefix = main_number.value / ten_to_10;
	return main_number.check && prefix >= 977 && prefix <= 979;
}

static void copy_text(char out[TG_AI_TEXT_MAX + 1], const struct tg__text *text)
{
	memcpy(out, text->bytes, text->len);
	out[text->len] = '\0';
}

/*
 * (01) names the item. (02) names the items inside a logistic unit: what the goods are, so it is the product when
 * there is no (01). (00) alone is a logistic unit.
 */
static void take_elements(struct scan *scan, struct tg__elements *found, tg_strength strength, bool foreign)
{
	tg_identity *out = scan->out;
	uint64_t gtin = found->gtin != 0 ? found->gtin : found->contained;

	if (found->why == TG__WHY_NONE && found->gtin != 0 && found->contained != 0 &&
		found->gtin != found->contained)
		found->why = TG__WHY_REPEATED;
	if (found->why != TG__WHY_NONE) {
		/* In a foreign carrier text that breaks the form is just other text, unless it holds a number. */
		no_product(out, foreign && gtin == 0 ? TG_LABEL_UNREADABLE : TG_LABEL_AMBIGUOUS, found->why);
		scan->yields = gtin != 0;
	} else if (gtin != 0) {
		classify(scan, gtin, 14, strength);
		if (out->kind < TG_LABEL_IN_STORE)
			return;
		copy_text(out->batch, &found->batch);
		copy_text(out->serial, &found->serial);
		out->expiry = found->expiry;
		out->partly_read = !found->whole;
	} else if (found->logistic_unit || found->coupon) {
		other(out, found->coupon ? TG_OTHER_COUPON : TG_OTHER_LOGISTIC_UNIT);
		out->strength = strength;
	} else
		no_product(out, TG_LABEL_UNREADABLE, TG__WHY_NO_NUMBER);
}

static bool begins_with(tg_view data, const char *text)
{
	size_t len = strlen(text);

	return data.len >= len && memcmp(data.data, text, len) == 0;
}

/*
 * FNC1 has no key and no letter, so scanners are set to type something for it. Whether it was data or separator cannot
 * be told afterwards; where the station is told what its scanner sends (tg_label_plain), there is none left to find.
 */
static bool has_separator_as_text(tg_view data)
{
	for (size_t i = 0; i < data.len; i++) {
		tg_view rest = tg_view_of(data.data + i, data.len - i);

		/* in one pass: no label has many of these characters */
		switch (data.data[i]) {
		case '~':
			if (begins_with(rest, "~1"))
				return true;
			break;
		case '^':
			if (begins_with(rest, "^]"))
				return true;
			break;
		case '<':
			if (begins_with(rest, "<GS>"))
				return true;
			break;
		case '{':
			if (begins_with(rest, "{GS}"))
				return true;
			break;
		default:
			break;
		}
	}
	return false;
}

/* `foreign`: not in a GS1 carrier, so it has to be whole to be believed. */
static void read_elements(struct scan *scan, tg_strength strength, bool foreign)
{
	struct tg__elements found;
	bool bracketed = scan->data.data[0] == '(';

	tg__elements_read(&found, scan->data, bracketed, scan->today);
	if (has_separator_as_text(scan->data))
		found.why = TG__WHY_SEPARATOR;
	else if (found.why == TG__WHY_NONE && foreign && !found.whole)
		found.why = TG__WHY_ELEMENTS;
	else if (found.why == TG__WHY_NONE && foreign && bracketed && !scan->brackets_count)
		found.why = TG__WHY_BRACKETS;
	take_elements(scan, &found, strength, foreign);
}

static void read_web(struct scan *scan)
{
	struct tg__link link;

	tg__link_read(&link, scan->data, scan->today);
	if (link.why != TG__WHY_NONE)
		no_product(scan->out, link.yields ? TG_LABEL_AMBIGUOUS : TG_LABEL_UNREADABLE, link.why);
	else
		take_elements(scan, &link.found, TG_STRENGTH_LINK, true);
	scan->yields = scan->yields || link.yields;
	scan->out->irregular = link.irregular && scan->out->kind >= TG_LABEL_IN_STORE;
}

static bool has_control(tg_view data, bool *separator)
{
	*separator = false;
	for (size_t i = 0; i < data.len; i++) {
		if (data.data[i] == TG__GS)
			*separator = true;
		else if (data.data[i] < 0x20 || data.data[i] == 0x7f)
			return true;
	}
	return false;
}

/* Element strings outside their carriers: in brackets, with a separator, or long enough and starting as one. */
static bool looks_like_elements(tg_view data, bool separator)
{
	return data.data[0] == '(' || separator ||
	       (data.len >= 16 && data.data[0] == '0' && data.data[1] >= '0' && data.data[1] <= '3');
}

static void read_text(struct scan *scan, bool separator)
{
	tg_view data = scan->data;

	if (looks_like_elements(data, separator))
		read_elements(scan, TG_STRENGTH_DIGITS, true);
	else if (tg__number_read(data).digits)
		no_product(scan->out, TG_LABEL_UNREADABLE, TG__WHY_LENGTH);
	else
		no_product(scan->out, TG_LABEL_UNREADABLE, TG__WHY_TEXT);
}

static void read_other(struct scan *scan)
{
	bool separator, gs1 = scan->carrier == GS1 || scan->carrier == DATABAR;

	if (has_control(scan->data, &separator))
		no_product(scan->out, TG_LABEL_UNREADABLE, TG__WHY_CONTROL);
	else if (tg__is_web(scan->data))
		read_web(scan);
	else if (scan->carrier == DATABAR && scan->data.len == 14 && tg__number_read(scan->data).check)
		read_number(scan, 14, TG_STRENGTH_CARRIER);
	else if (gs1)
		read_elements(scan, TG_STRENGTH_ELEMENTS, false);
	else if (scan->data.len == 8 && tg__number_read(scan->data).digits)
		read_eight(scan, TG_STRENGTH_DIGITS);
	else if (scan->data.len >= 12 && scan->data.len <= 14 && tg__number_read(scan->data).digits)
		read_number(scan, scan->data.len, TG_STRENGTH_DIGITS);
	else if (is_print_with_add_on(scan))
		read_number(scan, 13, TG_STRENGTH_DIGITS);
	else
		read_text(scan, separator);
}

static void read(struct scan *scan)
{
	if (scan->data.len == 0)
		no_product(scan->out, TG_LABEL_UNREADABLE, TG__WHY_EMPTY);
	else if (scan->data.len > TG_LABEL_MAX)
		no_product(scan->out, TG_LABEL_UNREADABLE, TG__WHY_TOO_LONG);
	else if (scan->carrier == EAN)
		read_ean(scan);
	else if (scan->carrier == ITF)
		read_itf(scan);
	else
		read_other(scan);
}

static bool matches(const tg_pass_rule *rule, const char *aim, tg_view data)
{
	size_t prefix = strnlen(rule->prefix, sizeof(rule->prefix)), aim_len = strnlen(rule->aim, 2);

	if (data.len == 0 || data.len < rule->min_len || data.len > rule->max_len)
		return false;
	if (data.len < prefix || memcmp(data.data, rule->prefix, prefix) != 0)
		return false;
	if (memcmp(aim, rule->aim, aim_len) != 0)
		return false;
	for (size_t i = 0; rule->digits && i < data.len; i++)
		if (data.data[i] < '0' || data.data[i] > '9')
			return false;
	return true;
}

/* A card's or badge's number must not reach the log: only the rule's word is kept. */
static void list_as(tg_identity *out, const tg_pass_rule *rule)
{
	memset(out, 0, sizeof(*out));
	out->kind = TG_LABEL_NOT_PRODUCT;
	out->other = TG_OTHER_LISTED;
	out->passes = true;
	out->expiry = TG_DAY_NONE;
	out->why = "";
	memcpy(out->listed_kind, rule->kind, sizeof(out->listed_kind));
	out->listed_kind[sizeof(out->listed_kind) - 1] = '\0';
}

static void settle_pass(struct scan *scan, const char *aim, const tg_policy *policy)
{
	tg_identity *out = scan->out;

	if (policy == NULL || out->kind == TG_LABEL_PRODUCT || scan->yields)
		return;
	if (out->kind == TG_LABEL_NOT_PRODUCT)
		out->passes = (policy->pass_kinds >> out->other & 1) != 0;
	for (size_t i = 0; !out->passes && i < policy->pass_count && i < TG_PASS_MAX; i++)
		if (matches(&policy->pass[i], aim, scan->data))
			list_as(out, &policy->pass[i]);
}

void tg_label_identify(
	tg_identity *out, const char *aim, tg_view data, const tg_policy *policy, int32_t today)
{
	struct scan scan = { .out = out, .data = data, .today = today };
	char inside[4] = "";

	memset(out, 0, sizeof(*out));
	out->expiry = TG_DAY_NONE;
	out->why = "";
	if (aim[0] == '\0' && data.len > 0 && data.data[0] == ']') {
		/* A driver that could not tell left the identifier in front of the data. */
		tg_label_split(inside, &scan.data, data);
		aim = inside;
	}
	if (aim[0] == '\0' || aim[1] == '\0' || !is_aim((const uint8_t *)aim, 3))
		aim = inside[0] != '\0' ? inside : "\0\0";
	scan.brackets_count = policy != NULL && policy->bracketed_text_counts;
	scan.carrier = carrier_of(aim);
	scan.modifier = aim[0] != '\0' ? aim[2] : '\0';
	read(&scan);
	settle_pass(&scan, aim, policy);
}

/* ---- what a scanner's setup changed ---- */

static void take_set(tg_plain_label *out)
{
	tg_view data = out->data;

	if (data.len <= 8 || !tg__number_read(tg_view_of(data.data, 8)).digits)
		return;
	memcpy(out->set, data.data, 8);
	out->data = tg_view_of(data.data + 8, data.len - 8);
	if (out->aim[0] == '\0')
		tg_label_split(out->aim, &out->data, out->data);
}

static void put_separators(tg_plain_label *out, uint8_t buf[TG_LABEL_MAX], const char *separator)
{
	tg_view data = out->data;
	size_t size = strlen(separator), len = 0;

	for (size_t i = 0; i < data.len; len++) {
		bool here = data.len - i >= size && memcmp(data.data + i, separator, size) == 0;

		buf[len] = here ? TG__GS : data.data[i];
		i += here ? size : 1;
	}
	out->data = tg_view_of(buf, len);
}

void tg_label_plain(tg_plain_label *out, uint8_t buf[TG_LABEL_MAX], const tg_label_setup *setup,
	const char *aim, tg_view data)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->aim, aim, strnlen(aim, sizeof(out->aim) - 1));
	out->data = data;
	if (data.len > TG_LABEL_MAX)
		return;
	if (setup->set_identifier)
		take_set(out);
	if (setup->separator[0] != '\0' && out->data.len > 0 &&
		memmem(out->data.data, out->data.len, setup->separator, strlen(setup->separator)) != NULL)
		put_separators(out, buf, setup->separator);
}

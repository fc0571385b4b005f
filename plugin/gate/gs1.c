/* SPDX-License-Identifier: Apache-2.0
 *
 * gs1.c - what elements say, and element strings.
 *
 * Pure: no I/O, no clock, no allocation.
 * Source: GS1 General Specifications sections 3.2 (Application Identifiers), 7.8 (processing, predefined lengths).
 * Rules of association between identifiers are not enforced: they hold over all carriers of an item, of which this
 * is one.
 */
#include "plugin/gate/gs1.h"
#include "plugin/gate/gtin.h"

static tg_view skip(tg_view text, size_t count)
{
	return tg_view_of(text.data + count, text.len - count);
}

/* ---- what elements say ---- */

static enum tg__why take_gtin(uint64_t *slot, tg_view value)
{
	uint64_t gtin = tg__number_read(tg_view_of(value.data, 14)).value;

	if (gtin == 0)
		return TG__WHY_ALL_ZEROS;
	if (*slot != 0 && *slot != gtin)
		return TG__WHY_REPEATED;
	*slot = gtin;
	return TG__WHY_NONE;
}

static enum tg__why take_text(struct tg__text *slot, tg_view value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.data[i] < 0x20 || value.data[i] > 0x7e)
			return TG__WHY_BATCH;
	if (slot->len > 0 && !tg_view_equal(tg_view_of(slot->bytes, slot->len), value))
		return TG__WHY_REPEATED;
	slot->len = (uint8_t)value.len;
	memcpy(slot->bytes, value.data, value.len);
	return TG__WHY_NONE;
}

static enum tg__why take_expiry(struct tg__elements *out, tg_view value, int32_t today)
{
	out->expiry = tg__ai_day(value, today);
	return out->expiry != TG_DAY_NONE ? TG__WHY_NONE : TG__WHY_DATE;
}

static enum tg__why take(struct tg__collector *c, enum tg__role role, tg_view value)
{
	struct tg__elements *out = c->out;

	switch (role) {
	case TG__ROLE_GTIN:
		return take_gtin(&out->gtin, value);
	case TG__ROLE_CONTAINED:
		return take_gtin(&out->contained, value);
	case TG__ROLE_SSCC:
		out->logistic_unit = true;
		return TG__WHY_NONE;
	case TG__ROLE_BATCH:
		return take_text(&out->batch, value);
	case TG__ROLE_SERIAL:
		return take_text(&out->serial, value);
	case TG__ROLE_EXPIRY:
		return take_expiry(out, value, c->today);
	case TG__ROLE_COUPON:
		out->coupon = true;
		return TG__WHY_NONE;
	case TG__ROLE_DATE:
	case TG__ROLE_PLAIN:
	default:
		return TG__WHY_NONE;
	}
}

/* ---- values that break their form ---- */

static enum tg__why number_is_bad(enum tg__fault fault)
{
	if (fault == TG__FAULT_CHARACTER)
		return TG__WHY_NOT_DIGITS;
	return fault == TG__FAULT_CHECK_DIGIT ? TG__WHY_CHECK_DIGIT : TG__WHY_CUT_SHORT;
}

/*
 * What a value that breaks its form says against the label. Nothing, most often: the identity does not rest on it.
 * A predefined length that does not hold shows a separator where there is none, or a label that ends too early.
 */
static enum tg__why fault_matters(const struct tg__ai *ai, enum tg__fault fault)
{
	switch ((enum tg__role)ai->role) {
	case TG__ROLE_GTIN:
	case TG__ROLE_CONTAINED:
	case TG__ROLE_SSCC:
		/* of an (8006) with a bad count of pieces the number is good */
		return fault == TG__FAULT_CONTENT ? TG__WHY_NONE : number_is_bad(fault);
	case TG__ROLE_BATCH:
	case TG__ROLE_SERIAL:
		/* Too long is most often one whose separator was lost: what follows would be taken for it. */
		return fault == TG__FAULT_CHARACTER ? TG__WHY_NONE : TG__WHY_BATCH;
	case TG__ROLE_EXPIRY:
	case TG__ROLE_DATE:
		return fault == TG__FAULT_DATE ? TG__WHY_DATE : number_is_bad(fault);
	case TG__ROLE_COUPON:
	case TG__ROLE_PLAIN:
	default:
		break;
	}
	if ((ai->flags & TG__AI_FIXED) == 0)
		return TG__WHY_NONE;
	return fault == TG__FAULT_LENGTH || fault == TG__FAULT_CHARACTER ? number_is_bad(fault)
									 : TG__WHY_NONE;
}

/* What is kept of a value that breaks its form without mattering. */
static bool is_kept(const struct tg__ai *ai, enum tg__fault fault)
{
	switch ((enum tg__role)ai->role) {
	case TG__ROLE_GTIN:
	case TG__ROLE_CONTAINED:
		return fault == TG__FAULT_CONTENT;
	case TG__ROLE_BATCH:
	case TG__ROLE_SERIAL:
		return fault == TG__FAULT_CHARACTER;
	case TG__ROLE_COUPON:
		return true;
	case TG__ROLE_SSCC:
	case TG__ROLE_EXPIRY:
	case TG__ROLE_DATE:
	case TG__ROLE_PLAIN:
	default:
		return false;
	}
}

/* ---- collecting ---- */

void tg__collector_init(struct tg__collector *c, struct tg__elements *out, int32_t today)
{
	*out = (struct tg__elements){ .expiry = TG_DAY_NONE, .whole = true };
	c->out = out;
	c->today = today;
	c->count = 0;
}

/* Only the last digits differ among identifiers of one row. */
static uint16_t identifier_number(const struct tg__ai *ai, tg_view identifier)
{
	unsigned number = 0;

	for (uint8_t i = 0; i < ai->digits; i++)
		number = number * 10 + (identifier.data[i] - (unsigned)'0');
	return (uint16_t)number;
}

/* Sets `out->why` where the same identifier came with another value before. True: nothing is left to do. */
static bool is_settled(struct tg__collector *c, const struct tg__ai *ai, uint16_t number, tg_view value)
{
	for (size_t i = 0; i < c->count; i++) {
		if (c->seen[i].ai != ai || c->seen[i].number != number)
			continue;
		if (!tg_view_equal(c->seen[i].value, value))
			c->out->why = TG__WHY_REPEATED;
		return true;
	}
	if (c->count == TG__ELEMENTS_MAX) {
		c->out->why = TG__WHY_ELEMENTS;
		return true;
	}
	return false;
}

void tg__collector_add(struct tg__collector *c, const struct tg__ai *ai, tg_view identifier, tg_view value)
{
	enum tg__fault fault = tg__ai_check(ai, value);
	uint16_t number = identifier_number(ai, identifier);

	if (fault != TG__FAULT_NONE) {
		c->out->whole = false;
		c->out->why = fault_matters(ai, fault);
		if (c->out->why != TG__WHY_NONE || !is_kept(ai, fault))
			return;
	}
	if (is_settled(c, ai, number, value))
		return;
	c->seen[c->count].ai = ai;
	c->seen[c->count].number = number;
	c->seen[c->count].value = value;
	c->count++;
	c->out->why = take(c, (enum tg__role)ai->role, value);
}

/* ---- element strings ---- */

size_t tg__bracket(tg_view text)
{
	size_t i = 1;

	if (text.len < 4 || text.data[0] != '(')
		return 0;
	while (i < text.len && i <= 4 && tg__is_digit(text.data[i]))
		i++;
	return i >= 3 && i < text.len && text.data[i] == ')' ? i + 1 : 0;
}

/* Bytes up to the next separator, or the next bracketed identifier. */
static size_t value_length(tg_view text, bool bracketed)
{
	size_t len = 0;

	while (len < text.len && text.data[len] != TG__GS && !(bracketed && tg__bracket(skip(text, len)) > 0))
		len++;
	return len;
}

/* One element at the start of `text`. Returns the bytes it takes; 0 if there is none whose identifier we know. */
static size_t element_at(struct tg__collector *c, tg_view text, bool bracketed)
{
	size_t open = bracketed ? tg__bracket(text) : 0, len, there;
	tg_view digits = bracketed && open > 0 ? tg_view_of(text.data + 1, open - 2) : text;
	const struct tg__ai *ai = bracketed && open == 0 ? NULL : tg__ai_find(digits);

	if (ai == NULL || (bracketed && ai->digits != open - 2))
		return 0;
	text = skip(text, bracketed ? open : ai->digits);
	there = value_length(text, bracketed);
	len = there;
	if ((ai->flags & TG__AI_FIXED) != 0 && !bracketed && there > tg__ai_form(ai)->part[0].max)
		len = tg__ai_form(ai)->part[0].max;
	tg__collector_add(c, ai, digits, tg_view_of(text.data, len));
	return (bracketed ? open : ai->digits) + len;
}

/* What is beyond us ends where the next identifier is sure to begin. Never 0 for a text that is not empty. */
static size_t beyond_us(tg_view text, bool bracketed)
{
	size_t open = bracketed ? tg__bracket(text) : 0, fixed = bracketed ? 0 : tg__ai_predefined(text),
	       there = open + value_length(skip(text, open), bracketed);

	return fixed > 0 && fixed < there ? fixed : there;
}

void tg__elements_read(struct tg__elements *out, tg_view label, bool bracketed, int32_t today)
{
	struct tg__collector c;
	tg_view rest = label;

	tg__collector_init(&c, out, today);
	for (;;) {
		size_t len;

		while (rest.len > 0 && rest.data[0] == TG__GS)
			rest = skip(rest, 1);
		if (rest.len == 0)
			return;
		len = element_at(&c, rest, bracketed);
		if (len == 0 || out->why != TG__WHY_NONE)
			out->whole = false;
		if (out->why != TG__WHY_NONE)
			return;
		rest = skip(rest, len > 0 ? len : beyond_us(rest, bracketed));
	}
}

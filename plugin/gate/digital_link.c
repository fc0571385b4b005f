/* SPDX-License-Identifier: Apache-2.0
 *
 * digital_link.c - web addresses: a GS1 Digital Link, something like one, or neither.
 *
 * Pure: no I/O, no clock, no allocation. See digital_link.h.
 * The path is read from its end: whatever stands before the primary key belongs to the owner of the domain.
 */
#include "plugin/gate/digital_link.h"
#include "plugin/gate/gtin.h"
#include "plugin/gate/label.h"

#define QUALIFIERS_MAX 3 /* of one key: (22) (10) (21) */

struct pair {
	tg_view key, value;
};

/* An address cut up; what is decoded of it lies in `room`. */
struct reader {
	struct tg__link *out;
	struct tg__collector elements;
	tg_view path, query;
	struct pair key, qualifier[QUALIFIERS_MAX]; /* the last in front */
	size_t qualifiers;
	size_t used;
	uint8_t room[TG_LABEL_MAX + 14]; /* decoding never lengthens; but one GTIN gets its leading zeros */
};

/* ---- cutting up ---- */

static tg_view skip(tg_view text, size_t count)
{
	return tg_view_of(text.data + count, text.len - count);
}

/* Bytes before the first of `stop` and `other`. */
static size_t until(tg_view text, char stop, char other)
{
	size_t len = 0;

	while (len < text.len && text.data[len] != (uint8_t)stop && text.data[len] != (uint8_t)other)
		len++;
	return len;
}

static bool begins_with(tg_view text, const char *begin)
{
	size_t len = strlen(begin);

	return text.len >= len && memcmp(text.data, begin, len) == 0;
}

/* "http://" or "https://" in any case: its length, else 0. */
static size_t scheme_length(tg_view data)
{
	static const char http[] = "http";
	size_t i = 0;

	while (i < 4 && i < data.len && (data.data[i] | 0x20) == http[i])
		i++;
	if (i < 4)
		return 0;
	if (i < data.len && (data.data[i] | 0x20) == 's')
		i++;
	return begins_with(skip(data, i), "://") ? i + 3 : 0;
}

bool tg__is_web(tg_view data)
{
	return scheme_length(data) > 0;
}

/* Without fragment. False: no domain. */
static bool cut_address(struct reader *r, tg_view uri)
{
	tg_view rest = skip(uri, scheme_length(uri));
	size_t len = until(rest, '/', '?');

	rest.len = until(rest, '#', '#');
	if (len == 0 || len >= rest.len)
		return false;
	rest = skip(rest, len);
	len = until(rest, '?', '?');
	r->path = tg_view_of(rest.data, len);
	r->query = len < rest.len ? skip(rest, len + 1) : tg_view_of(rest.data, 0);
	return true;
}

/* Takes the last segment off the path. False: there is none. */
static bool last_segment(tg_view *segment, tg_view *path)
{
	size_t at = path->len;

	while (at > 0 && path->data[at - 1] != '/')
		at--;
	if (at == 0)
		return false;
	*segment = skip(*path, at);
	path->len = at - 1;
	return true;
}

static bool last_pair(struct pair *pair, tg_view *path)
{
	return last_segment(&pair->value, path) && last_segment(&pair->key, path);
}

/* ---- decoding ---- */

/* RFC 3986: what may stand in an address unescaped. */
static bool may_stand(uint8_t c)
{
	return c > 0x20 && c < 0x7f && strchr("\"%<>\\^`{|}", c) == NULL;
}

/* Percent escapes, each value for itself, so that none can end another. What should have been escaped stays as it is. */
static tg_view decode(struct reader *r, tg_view text, bool in_query)
{
	uint8_t *start = r->room + r->used;
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (c == '%' && text.len - i > 2 && tg__hex_value(text.data[i + 1]) >= 0 &&
			tg__hex_value(text.data[i + 2]) >= 0) {
			c = (uint8_t)(tg__hex_value(text.data[i + 1]) * 16 + tg__hex_value(text.data[i + 2]));
			i += 2;
		} else if (c == '+' && in_query)
			c = ' ';
		else if (!may_stand(c))
			r->out->irregular = true;
		start[len++] = c;
	}
	r->used += len;
	return tg_view_of(start, len);
}

/* The identifier that a segment or a name is, exactly. */
static const struct tg__ai *exactly(tg_view text)
{
	const struct tg__ai *ai = tg__ai_find(text);

	return ai != NULL && ai->digits == text.len ? ai : NULL;
}

static bool is(tg_view text, const char *word)
{
	return tg_view_equal(text, tg_view_str(word));
}

/* A GTIN of an address may lack its leading zeros: eight, twelve or thirteen digits. `*number` then has fourteen. */
static bool is_gtin(tg_view *number, struct reader *r, tg_view value)
{
	tg_view text = decode(r, value, false);
	struct tg__number read = tg__number_read(text);

	*number = text;
	if (text.len == 14)
		return read.check && read.value != 0;
	if ((text.len != 8 && text.len != 12 && text.len != 13) || !read.check || read.value == 0)
		return false;
	r->used -= text.len;
	memmove(r->room + r->used + 14 - text.len, r->room + r->used, text.len);
	memset(r->room + r->used, '0', 14 - text.len);
	*number = tg_view_of(r->room + r->used, 14);
	r->used += 14;
	r->out->irregular = true;
	return true;
}

/* ---- key and qualifiers ---- */

/* Which qualifiers a key takes, and in which order: the dictionary's dlpkey. */
static const struct {
	const char *key, *order[QUALIFIERS_MAX];
} sequences[] = {
	{ "01", { "22", "10", "21" } },
	{ "01", { "235" } },
	{ "414", { "254" } },
	{ "414", { "7040" } },
	{ "415", { "8020" } },
	{ "417", { "7040" } },
	{ "8004", { "7040" } },
	{ "8006", { "22", "10", "21" } },
	{ "8010", { "8011" } },
	{ "8017", { "8019" } },
	{ "8018", { "8019" } },
};

static bool is_qualifier(tg_view key)
{
	for (size_t i = 0; i < TG_COUNT(sequences); i++)
		for (size_t j = 0; j < QUALIFIERS_MAX && sequences[i].order[j] != NULL; j++)
			if (is(key, sequences[i].order[j]))
				return true;
	return false;
}

/* From the end of the path to the primary key. False: there is none, or something else stands behind it. */
static bool find_key(struct reader *r)
{
	tg_view path = r->path;
	struct pair pair;

	if (path.len > 1 && path.data[path.len - 1] == '/') {
		path.len--;
		r->out->irregular = true;
	}
	while (last_pair(&pair, &path)) {
		const struct tg__ai *ai = exactly(pair.key);

		if (ai == NULL)
			return false;
		if ((ai->flags & TG__AI_KEY) != 0) {
			r->key = pair;
			return true;
		}
		if (!is_qualifier(pair.key) || r->qualifiers == QUALIFIERS_MAX)
			return false;
		r->qualifier[r->qualifiers++] = pair;
	}
	return false;
}

static bool follows(const struct reader *r, const char *const order[QUALIFIERS_MAX])
{
	size_t next = 0;

	for (size_t i = r->qualifiers; i > 0; i--) {
		while (next < QUALIFIERS_MAX && order[next] != NULL &&
			!is(r->qualifier[i - 1].key, order[next]))
			next++;
		if (next == QUALIFIERS_MAX || order[next] == NULL)
			return false;
		next++;
	}
	return true;
}

static bool is_in_order(const struct reader *r)
{
	if (r->qualifiers == 0)
		return true;
	for (size_t i = 0; i < TG_COUNT(sequences); i++)
		if (is(r->key.key, sequences[i].key) && follows(r, sequences[i].order))
			return true;
	return false;
}

/* ---- elements ---- */

/* The first error stays. */
static void add(struct reader *r, const struct tg__ai *ai, tg_view identifier, tg_view value)
{
	if (r->out->found.why == TG__WHY_NONE)
		tg__collector_add(&r->elements, ai, identifier, value);
}

/* False: the key is a GTIN whose check digit fails, so this is an address that looks like a link by chance. */
static bool add_key(struct reader *r)
{
	const struct tg__ai *ai = exactly(r->key.key);
	tg_view value;

	if (is(r->key.key, "01")) {
		if (!is_gtin(&value, r, r->key.value))
			return false;
		r->out->yields = true;
	} else
		value = decode(r, r->key.value, false);
	add(r, ai, r->key.key, value);
	return true;
}

static void add_qualifiers(struct reader *r)
{
	for (size_t i = r->qualifiers; i > 0; i--) {
		const struct pair *pair = &r->qualifier[i - 1];

		add(r, exactly(pair->key), pair->key, decode(r, pair->value, false));
	}
	if (!is_in_order(r))
		r->out->irregular = true;
}

static bool all_digits(tg_view text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!tg__is_digit(text.data[i]))
			return false;
	return true;
}

/* Names that are no digits belong to the owner of the domain. */
static void add_query(struct reader *r)
{
	tg_view rest = r->query;

	while (rest.len > 0) {
		size_t len = until(rest, '&', '&'), name_len;
		tg_view member = tg_view_of(rest.data, len), name;
		const struct tg__ai *ai;

		rest = skip(rest, len < rest.len ? len + 1 : len);
		name_len = until(member, '=', '=');
		name = tg_view_of(member.data, name_len);
		if (name_len < 2 || name_len > 4 || !all_digits(name))
			continue;
		ai = exactly(name);
		if (ai == NULL || name_len == member.len) {
			r->out->found.whole = false;
			continue;
		}
		if ((ai->flags & TG__AI_IN_QUERY) == 0)
			r->out->irregular = true;
		add(r, ai, name, decode(r, skip(member, name_len + 1), true));
	}
}

/* ---- what only looks like one ---- */

/* The first bits of `text` as URL-safe base64; false when there are not that many, or other characters in it. */
static bool first_bits(uint64_t *bits, tg_view text, unsigned count)
{
	unsigned have = 0;

	*bits = 0;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];
		unsigned value = tg__is_digit(c) ? c - '0' + 52u
				 : c == '-'      ? 62
				 : c == '_'      ? 63
						 : (c | 0x20) - 'a' + 26u;

		if (c >= 'A' && c <= 'Z')
			value -= 26;
		else if (!tg__is_digit(c) && c != '-' && c != '_' && !(c >= 'a' && c <= 'z'))
			return false;
		for (unsigned bit = 6; bit > 0 && have < count; bit--, have++)
			*bits = *bits << 1 | (value >> (bit - 1) & 1);
	}
	return have == count;
}

/*
 * A compressed link begins with the identifier, its digits in four bits each, or with a code for several of which (01)
 * is the first; then 47 bits of GTIN. One random word of base64 in about a hundred looks the same.
 */
static bool is_compressed(tg_view word)
{
	uint64_t bits;
	unsigned first;
	struct tg__number number;
	char digits[15];

	if (!first_bits(&bits, word, 55))
		return false;
	first = (unsigned)(bits >> 47);
	if (first == 0x80 && first_bits(&bits, word, 63) && (bits >> 47 & 0xff) == 0x06)
		first = 0x01;
	if (first != 0x01 && !(first < 0x40 && (first & 0x0f) >= 0x0a) && !(first >= 0xa0 && first <= 0xa9))
		return false;
	bits &= (UINT64_C(1) << 47) - 1;
	if (bits == 0 || bits > UINT64_C(99999999999999))
		return false;
	number = tg__number_read(tg_view_of(tg_gtin_format(digits, bits), 14));
	return number.check;
}

/* Somewhere in the path a key with a right number: of no known form, and yet never to be passed as something else. */
static enum tg__why number_in_path(struct reader *r)
{
	static const struct {
		const char *key;
		enum tg__why why;
	} keys[] = { { "01", TG__WHY_LINK_FORM }, { "8006", TG__WHY_LINK_FORM },
		{ "gtin", TG__WHY_LINK_WORDS }, { "itip", TG__WHY_LINK_WORDS } };
	tg_view path = r->path, key, value, number;

	if (!last_segment(&value, &path))
		return TG__WHY_WEB;
	for (; last_segment(&key, &path); value = key) {
		for (size_t i = 0; i < TG_COUNT(keys); i++) {
			tg_view gtin = value;

			if (!is(key, keys[i].key))
				continue;
			if (gtin.len == 18 && (i == 1 || i == 3))
				gtin.len = 14;
			r->used = 0;
			if (is_gtin(&number, r, gtin))
				return keys[i].why;
		}
	}
	return TG__WHY_WEB;
}

static enum tg__why resembles(struct reader *r)
{
	tg_view path = r->path, last;

	if (last_segment(&last, &path) && is_compressed(last))
		return TG__WHY_LINK_COMPRESSED;
	return number_in_path(r);
}

/* ---- the whole ---- */

static void read_link(struct reader *r)
{
	struct tg__link *out = r->out;

	if (!find_key(r) || !add_key(r)) {
		out->why = resembles(r);
		out->yields = out->why != TG__WHY_WEB;
		out->irregular = false;
		return;
	}
	add_qualifiers(r);
	add_query(r);
	out->why = out->found.why;
	out->yields = out->yields || out->found.gtin != 0 || out->found.contained != 0;
	/* a place, a pallet, …: but whoever reads on finds a product in what stands before its key */
	if (!out->yields && number_in_path(r) != TG__WHY_WEB) {
		out->why = TG__WHY_LINK_FORM;
		out->yields = true;
	}
}

void tg__link_read(struct tg__link *out, tg_view uri, int32_t today)
{
	struct reader r;
	bool one_case = begins_with(uri, "http://") || begins_with(uri, "https://") ||
			begins_with(uri, "HTTP://") || begins_with(uri, "HTTPS://");

	*out = (struct tg__link){ .why = TG__WHY_WEB };
	r.out = out;
	r.qualifiers = 0;
	r.used = 0;
	tg__collector_init(&r.elements, &out->found, today);
	if (uri.len > TG_LABEL_MAX || !cut_address(&r, uri))
		return;
	read_link(&r);
	if (!one_case && out->yields)
		out->why = TG__WHY_LINK_SCHEME;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * json.c - the strict reader, and the tree behind it.
 *
 * An own scanner passes over the raw bytes first and refuses everything that json.h refuses; cJSON then only builds
 * the tree from text that is known to be good. cJSON alone would cut strings at U+0000, accept 1.0, 01 and invalid
 * UTF-8, look names up without regard to case, and recurse a thousand levels deep.
 */
#include "store/base/json.h"
#include "store/base/encoding.h"
#include "store/base/utc.h"

#include <cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Our own bits in cJSON's `type`. It masks the low eight before looking, and copies the others. */
#define MARK_FAILED (1 << 16) /* a setter ran out of memory */
#define MARK_SORTED (1 << 17) /* the names of this object ascend strictly in strcmp order */
#define MAX_INT_DIGITS 16     /* of 9007199254740991 */
#define QUOTE_BYTES 40        /* of the text that an error quotes */

/* ---- scanning ---- */

struct scan {
	const uint8_t *text;
	size_t len, at;
	size_t names;     /* seen so far, in the order of the text */
	size_t wanted;    /* the number of the name whose place is asked for, or 0 */
	size_t wanted_at; /* its place */
	tg_error *err;
};

static int scan_value(struct scan *s, int depth);

/* Line and column, both from 1; the column counts characters, as editors do. */
static void place(const struct scan *s, size_t at, size_t *line, size_t *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < at && i < s->len; i++) {
		if (s->text[i] == '\n') {
			++*line;
			*column = 1;
		} else if ((s->text[i] & 0xc0) != 0x80) {
			++*column;
		}
	}
}

static int refuse_at(const struct scan *s, size_t at, const char *words)
{
	size_t line, column;

	place(s, at, &line, &column);
	return tg_fail(s->err, TG_EFORMAT, "%zu:%zu: %s", line, column, words);
}

/* "wanted X, found Y" for the byte at the present place. */
static int refuse(const struct scan *s, const char *wanted)
{
	char words[120];

	if (s->at >= s->len)
		(void)snprintf(words, sizeof(words), "wanted %s, found the end of the text", wanted);
	else if (s->text[s->at] > 0x20 && s->text[s->at] < 0x7f)
		(void)snprintf(words, sizeof(words), "wanted %s, found '%c'", wanted, s->text[s->at]);
	else
		(void)snprintf(words, sizeof(words), "wanted %s, found byte 0x%02x", wanted, s->text[s->at]);
	return refuse_at(s, s->at, words);
}

static void skip_blanks(struct scan *s)
{
	while (s->at < s->len && (s->text[s->at] == ' ' || s->text[s->at] == '\n' || s->text[s->at] == '\r' ||
					 s->text[s->at] == '\t'))
		s->at++;
}

static int peek(const struct scan *s)
{
	return s->at < s->len ? s->text[s->at] : -1;
}

/* Four hex digits behind "\u". */
static int scan_hex4(struct scan *s, unsigned *unit)
{
	*unit = 0;
	for (int i = 0; i < 4; i++, s->at++) {
		int c = peek(s);
		unsigned digit;

		if (c >= '0' && c <= '9')
			digit = (unsigned)c - '0';
		else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
			digit = ((unsigned)c | 0x20) - 'a' + 10;
		else
			return refuse(s, "four hexadecimal digits");
		*unit = *unit << 4 | digit;
	}
	return TG_OK;
}

/* From the backslash on. */
static int scan_escape(struct scan *s)
{
	size_t start = s->at++;
	unsigned unit, low;
	int rc, c = peek(s);

	if (c <= 0 || strchr("\"\\/bfnrtu", c) == NULL)
		return refuse(s, "an escape out of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u");
	s->at++;
	if (c != 'u')
		return TG_OK;
	rc = scan_hex4(s, &unit);
	if (rc != TG_OK)
		return rc;
	if (unit == 0)
		return refuse_at(s, start, "U+0000 is not allowed in text");
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return refuse_at(s, start, "a low surrogate without a high one before it");
	if (unit < 0xd800 || unit > 0xdbff)
		return TG_OK;
	if (s->len - s->at < 6 || s->text[s->at] != '\\' || s->text[s->at + 1] != 'u')
		return refuse_at(s, start, "a high surrogate without a low one after it");
	s->at += 2;
	rc = scan_hex4(s, &low);
	if (rc == TG_OK && (low < 0xdc00 || low > 0xdfff))
		rc = refuse_at(s, start, "a high surrogate without a low one after it");
	return rc;
}

/* One character above U+007F. */
static int scan_wide(struct scan *s)
{
	uint8_t lead = s->text[s->at];
	size_t len = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

	if (len > s->len - s->at || !tg_utf8_valid(s->text + s->at, len))
		return refuse(s, "valid UTF-8");
	s->at += len;
	return TG_OK;
}

static int scan_string(struct scan *s)
{
	int rc = TG_OK;

	s->at++;
	while (rc == TG_OK) {
		int c = peek(s);

		if (c < 0)
			return refuse(s, "'\"' at the end of the text value");
		if (c == '"') {
			s->at++;
			return TG_OK;
		}
		if (c < 0x20)
			return refuse(s, "control characters escaped");
		if (c == '\\')
			rc = scan_escape(s);
		else if (c >= 0x80)
			rc = scan_wide(s);
		else
			s->at++;
	}
	return rc;
}

/* An integer within 2^53-1. What follows must not continue a number: ".5", "e3" and "01" end here. */
static int scan_number(struct scan *s)
{
	size_t start = s->at, first, digits;
	int64_t value = 0;
	bool negative = peek(s) == '-', good;
	char words[120];

	if (negative)
		s->at++;
	first = s->at;
	while (peek(s) >= '0' && peek(s) <= '9') {
		if (s->at - first < MAX_INT_DIGITS)
			value = value * 10 + (peek(s) - '0');
		s->at++;
	}
	digits = s->at - first;
	good = digits >= 1 && digits <= MAX_INT_DIGITS && value <= TG_JSON_MAX_INT;
	if (digits > 1 && s->text[first] == '0')
		good = false;
	if (negative && value == 0)
		good = false;
	while (s->at < s->len && strchr("+-.0123456789Ee", s->text[s->at]) != NULL && s->text[s->at] != 0) {
		s->at++;
		good = false;
	}
	if (good)
		return TG_OK;
	(void)snprintf(words, sizeof(words), "wanted an integer within -(2^53-1) to 2^53-1, found %.*s%s",
		(int)(s->at - start > QUOTE_BYTES ? QUOTE_BYTES : s->at - start),
		(const char *)s->text + start, s->at - start > QUOTE_BYTES ? "..." : "");
	return refuse_at(s, start, words);
}

static int scan_literal(struct scan *s, const char *word)
{
	size_t len = strlen(word);

	if (s->len - s->at < len || memcmp(s->text + s->at, word, len) != 0)
		return refuse(s, "a value");
	s->at += len;
	return TG_OK;
}

static int scan_name(struct scan *s)
{
	int rc;

	if (peek(s) != '"')
		return refuse(s, "a name in '\"'");
	if (++s->names == s->wanted)
		s->wanted_at = s->at;
	rc = scan_string(s);
	if (rc != TG_OK)
		return rc;
	skip_blanks(s);
	if (peek(s) != ':')
		return refuse(s, "':' after the name");
	s->at++;
	return TG_OK;
}

/* An array or an object, from its bracket on. */
static int scan_container(struct scan *s, int depth, char close)
{
	if (depth >= TG_JSON_MAX_DEPTH) {
		char words[60];

		(void)snprintf(
			words, sizeof(words), "wanted at most %d levels, found more", TG_JSON_MAX_DEPTH);
		return refuse_at(s, s->at, words);
	}
	s->at++;
	skip_blanks(s);
	if (peek(s) == close) {
		s->at++;
		return TG_OK;
	}
	for (;;) {
		int rc = TG_OK;

		if (close == '}')
			rc = scan_name(s);
		if (rc == TG_OK)
			rc = scan_value(s, depth + 1);
		if (rc != TG_OK)
			return rc;
		skip_blanks(s);
		if (peek(s) == close) {
			s->at++;
			return TG_OK;
		}
		if (peek(s) != ',')
			return refuse(s, close == '}' ? "',' or '}'" : "',' or ']'");
		s->at++;
		skip_blanks(s);
	}
}

static int scan_value(struct scan *s, int depth)
{
	int c;

	skip_blanks(s);
	c = peek(s);
	switch (c) {
	case '{':
		return scan_container(s, depth, '}');
	case '[':
		return scan_container(s, depth, ']');
	case '"':
		return scan_string(s);
	case 't':
		return scan_literal(s, "true");
	case 'f':
		return scan_literal(s, "false");
	case 'n':
		return scan_literal(s, "null");
	default:
		return c == '-' || (c >= '0' && c <= '9') ? scan_number(s) : refuse(s, "a value");
	}
}

static int scan_text(struct scan *s)
{
	int rc = scan_value(s, 0);

	if (rc != TG_OK)
		return rc;
	skip_blanks(s);
	return s->at == s->len ? TG_OK : refuse(s, "the end of the text");
}

/* ---- names that stand twice ---- */

static int by_name(const void *a, const void *b)
{
	const tg_json *const *x = a, *const *y = b;

	return strcmp((*x)->string, (*y)->string);
}

int tg_json_index_init(tg_json_index *index, const tg_json *object, tg_error *err)
{
	size_t count = tg_json_type_of(object) == TG_JSON_OBJECT ? tg_json_size(object) : 0, i = 0;

	*index = (tg_json_index){ 0 };
	if (count == 0)
		return TG_OK;
	index->children = calloc(count, sizeof(*index->children));
	if (index->children == NULL)
		return tg_fail(err, TG_ENOMEM, "index of %zu names: out of memory", count);
	for (const tg_json *c = object->child; c != NULL; c = c->next)
		index->children[i++] = c;
	index->count = count;
	if ((object->type & MARK_SORTED) == 0)
		qsort(index->children, count, sizeof(*index->children), by_name);
	return TG_OK;
}

void tg_json_index_fini(tg_json_index *index)
{
	free(index->children);
	*index = (tg_json_index){ 0 };
}

const tg_json *tg_json_index_get(const tg_json_index *index, const char *name)
{
	size_t low = 0, high = index->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(index->children[middle]->string, name);

		if (order == 0)
			return index->children[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static bool ascending(const tg_json *object)
{
	for (const tg_json *c = object->child; c != NULL && c->next != NULL; c = c->next)
		if (strcmp(c->string, c->next->string) >= 0)
			return false;
	return true;
}

/* The first name in the text that repeats an earlier one of this object, or NULL. */
static int find_twice(const tg_json **twice, tg_json *object, tg_error *err)
{
	tg_json_index index;
	int rc;

	*twice = NULL;
	if (ascending(object)) { /* as every canonical document is */
		object->type |= MARK_SORTED;
		return TG_OK;
	}
	rc = tg_json_index_init(&index, object, err);
	for (size_t i = 0; i + 1 < index.count && *twice == NULL; i++)
		if (by_name(&index.children[i], &index.children[i + 1]) == 0)
			*twice = index.children[i];
	tg_json_index_fini(&index);
	if (*twice != NULL) { /* the sort is not stable: take the one that comes later in the text */
		const tg_json *c = object->child;

		while (strcmp(c->string, (*twice)->string) != 0)
			c = c->next;
		for (c = c->next; c != NULL; c = c->next)
			if (strcmp(c->string, (*twice)->string) == 0)
				break;
		*twice = c;
	}
	return rc;
}

/* Depth first; the scanner has bounded the depth. */
static int find_twice_below(const tg_json **twice, tg_json *json, tg_error *err)
{
	int rc = TG_OK;

	*twice = NULL;
	if (tg_json_type_of(json) == TG_JSON_OBJECT)
		rc = find_twice(twice, json, err);
	for (tg_json *c = json->child; c != NULL && rc == TG_OK && *twice == NULL; c = c->next)
		rc = find_twice_below(twice, c, err);
	return rc;
}

/* How manieth name of the document `target` has; counts in the order of the text. */
static bool count_names(size_t *count, const tg_json *json, const tg_json *target)
{
	for (const tg_json *c = json->child; c != NULL; c = c->next) {
		if (c->string != NULL)
			++*count;
		if (c == target || count_names(count, c, target))
			return true;
	}
	return false;
}

static int refuse_twice(const tg_json *tree, const tg_json *twice, tg_view text, tg_error *err)
{
	struct scan s = { .text = text.data, .len = text.len };
	size_t line, column;

	(void)count_names(&s.wanted, tree, twice);
	(void)scan_text(&s); /* it passed before; this time it stops to note the place */
	place(&s, s.wanted_at, &line, &column);
	return tg_fail(err, TG_EFORMAT, "%zu:%zu: name \"%.*s\" stands twice", line, column, QUOTE_BYTES,
		twice->string);
}

int tg_json_parse(tg_json **out, tg_view text, tg_error *err)
{
	struct scan s = { .text = text.data, .len = text.len, .err = err };
	const tg_json *twice = NULL;
	tg_json *tree;
	int rc = scan_text(&s);

	*out = NULL;
	if (rc != TG_OK)
		return rc;
	/* The scanner stopped at the end, so cJSON's own tolerance for what follows does not matter. */
	tree = cJSON_ParseWithLengthOpts((const char *)text.data, text.len, NULL, 0);
	if (tree == NULL)
		return tg_fail(err, TG_ENOMEM, "JSON of %zu bytes: out of memory", text.len);
	rc = find_twice_below(&twice, tree, err);
	if (rc == TG_OK && twice != NULL)
		rc = refuse_twice(tree, twice, text, err);
	if (rc != TG_OK) {
		cJSON_Delete(tree);
		return rc;
	}
	*out = tree;
	return TG_OK;
}

void tg_json_free(tg_json *json)
{
	cJSON_Delete(json);
}

/* Depth first, as deep as the reader allows or as we build. */
static void wipe_texts(tg_json *json)
{
	if (cJSON_IsString(json) && json->valuestring != NULL)
		explicit_bzero(json->valuestring, strlen(json->valuestring));
	for (tg_json *c = json->child; c != NULL; c = c->next)
		wipe_texts(c);
}

void tg_json_free_secret(tg_json *json)
{
	if (json != NULL)
		wipe_texts(json);
	tg_json_free(json);
}

/* ---- looking ---- */

tg_json_type tg_json_type_of(const tg_json *json)
{
	switch (json == NULL ? cJSON_NULL : json->type & 0xff) {
	case cJSON_False:
	case cJSON_True:
		return TG_JSON_BOOL;
	case cJSON_Number:
		return TG_JSON_INT;
	case cJSON_String:
		return TG_JSON_STRING;
	case cJSON_Array:
		return TG_JSON_ARRAY;
	case cJSON_Object:
		return TG_JSON_OBJECT;
	default:
		return TG_JSON_NULL;
	}
}

const char *tg_json_type_name(const tg_json *json)
{
	if (json == NULL)
		return "nothing";
	switch (tg_json_type_of(json)) {
	case TG_JSON_BOOL:
		return "true or false";
	case TG_JSON_INT:
		return "a number";
	case TG_JSON_STRING:
		return "text";
	case TG_JSON_ARRAY:
		return "a list";
	case TG_JSON_OBJECT:
		return "an object";
	case TG_JSON_NULL:
	default:
		return "null";
	}
}

const tg_json *tg_json_get(const tg_json *object, const char *name)
{
	if (tg_json_type_of(object) != TG_JSON_OBJECT)
		return NULL;
	for (const tg_json *c = object->child; c != NULL; c = c->next)
		if (strcmp(c->string, name) == 0)
			return c;
	return NULL;
}

const tg_json *tg_json_first(const tg_json *container)
{
	return container == NULL ? NULL : container->child;
}

const tg_json *tg_json_next(const tg_json *child)
{
	return child == NULL ? NULL : child->next;
}

const char *tg_json_name(const tg_json *child)
{
	return child == NULL ? NULL : child->string;
}

size_t tg_json_size(const tg_json *container)
{
	size_t count = 0;

	for (const tg_json *c = tg_json_first(container); c != NULL; c = c->next)
		count++;
	return count;
}

const char *tg_json_str(const tg_json *json)
{
	return tg_json_type_of(json) == TG_JSON_STRING ? json->valuestring : NULL;
}

int64_t tg_json_int(const tg_json *json)
{
	if (tg_json_type_of(json) != TG_JSON_INT)
		return 0;
	/* A setter may have put more in than a double keeps; the cast must stay defined, writing will refuse it. */
	if (json->valuedouble > (double)TG_JSON_MAX_INT)
		return TG_JSON_MAX_INT + 1;
	if (json->valuedouble < -(double)TG_JSON_MAX_INT)
		return -TG_JSON_MAX_INT - 1;
	return (int64_t)json->valuedouble;
}

bool tg_json_bool(const tg_json *json)
{
	return json != NULL && (json->type & 0xff) == cJSON_True;
}

/* ---- typed members ---- */

/* *out is NULL if the member is absent and may be. An object that is none is an error, not an absent member. */
static int find(const tg_json **out, const tg_json *object, const char *name, bool need, const char *wanted,
	tg_error *err)
{
	if (object != NULL && tg_json_type_of(object) != TG_JSON_OBJECT)
		return tg_fail(err, TG_EFORMAT, "%s: wanted in an object, found %s", name,
			tg_json_type_name(object));
	*out = tg_json_get(object, name);
	if (*out == NULL && need)
		return tg_fail(err, TG_EFORMAT, "%s: wanted %s, found nothing", name, wanted);
	return TG_OK;
}

static int not_wanted(const tg_json *found, const char *name, const char *wanted, tg_error *err)
{
	return tg_fail(err, TG_EFORMAT, "%s: wanted %s, found %s", name, wanted, tg_json_type_name(found));
}

static int get_str(
	const char **out, const tg_json *object, const char *name, size_t max, bool need, tg_error *err)
{
	const tg_json *found = NULL;
	char wanted[64];
	size_t len;
	int rc;

	(void)snprintf(wanted, sizeof(wanted), "text of %d to %zu bytes", need ? 1 : 0, max);
	rc = find(&found, object, name, need, wanted, err);
	if (rc != TG_OK || found == NULL)
		return rc;
	if (tg_json_str(found) == NULL)
		return not_wanted(found, name, wanted, err);
	len = strlen(tg_json_str(found));
	if (len > max || (need && len == 0))
		return tg_fail(err, TG_EFORMAT, "%s: wanted %s, found %zu", name, wanted, len);
	*out = tg_json_str(found);
	return TG_OK;
}

int tg_json_need_str(
	const char **out, const tg_json *object, const char *name, size_t max_bytes, tg_error *err)
{
	return get_str(out, object, name, max_bytes, true, err);
}

int tg_json_opt_str(const char **out, const tg_json *object, const char *name, size_t max_bytes,
	const char *def, tg_error *err)
{
	*out = def;
	return get_str(out, object, name, max_bytes, false, err);
}

struct bounds {
	int64_t min, max;
};

static int get_int(
	int64_t *out, const tg_json *object, const char *name, struct bounds in, bool need, tg_error *err)
{
	const tg_json *found = NULL;
	char wanted[80];
	int64_t value;
	int rc;

	(void)snprintf(wanted, sizeof(wanted), "an integer from %" PRId64 " to %" PRId64, in.min, in.max);
	rc = find(&found, object, name, need, wanted, err);
	if (rc != TG_OK || found == NULL)
		return rc;
	if (tg_json_type_of(found) != TG_JSON_INT)
		return not_wanted(found, name, wanted, err);
	value = tg_json_int(found);
	if (value < in.min || value > in.max)
		return tg_fail(err, TG_EFORMAT, "%s: wanted %s, found %" PRId64, name, wanted, value);
	*out = value;
	return TG_OK;
}

int tg_json_need_int(
	int64_t *out, const tg_json *object, const char *name, int64_t min, int64_t max, tg_error *err)
{
	return get_int(out, object, name, (struct bounds){ min, max }, true, err);
}

int tg_json_opt_int(int64_t *out, const tg_json *object, const char *name, int64_t min, int64_t max,
	int64_t def, tg_error *err)
{
	*out = def;
	return get_int(out, object, name, (struct bounds){ min, max }, false, err);
}

int tg_json_opt_bool(bool *out, const tg_json *object, const char *name, bool def, tg_error *err)
{
	const tg_json *found = NULL;
	int rc = find(&found, object, name, false, "true or false", err);

	*out = def;
	if (rc != TG_OK || found == NULL)
		return rc;
	if (tg_json_type_of(found) != TG_JSON_BOOL)
		return not_wanted(found, name, "true or false", err);
	*out = tg_json_bool(found);
	return TG_OK;
}

static int get_container(const tg_json **out, const tg_json *object, const char *name, tg_json_type type,
	bool need, tg_error *err)
{
	const char *wanted = type == TG_JSON_ARRAY ? "a list" : "an object";
	const tg_json *found = NULL;
	int rc = find(&found, object, name, need, wanted, err);

	*out = NULL;
	if (rc != TG_OK || found == NULL)
		return rc;
	if (tg_json_type_of(found) != type)
		return not_wanted(found, name, wanted, err);
	*out = found;
	return TG_OK;
}

int tg_json_need_object(const tg_json **out, const tg_json *object, const char *name, tg_error *err)
{
	return get_container(out, object, name, TG_JSON_OBJECT, true, err);
}

int tg_json_opt_object(const tg_json **out, const tg_json *object, const char *name, tg_error *err)
{
	return get_container(out, object, name, TG_JSON_OBJECT, false, err);
}

int tg_json_need_array(const tg_json **out, const tg_json *object, const char *name, tg_error *err)
{
	return get_container(out, object, name, TG_JSON_ARRAY, true, err);
}

int tg_json_opt_array(const tg_json **out, const tg_json *object, const char *name, tg_error *err)
{
	return get_container(out, object, name, TG_JSON_ARRAY, false, err);
}

/* "a, b, c", cut short if there are too many. */
static void list_words(char *out, size_t size, const char *const *words)
{
	size_t len = 0;

	out[0] = '\0';
	for (; *words != NULL && len + 1 < size; words++) {
		int more = snprintf(out + len, size - len, "%s%s", len > 0 ? ", " : "", *words);

		len += more > 0 ? (size_t)more : 0;
	}
}

static int get_word(
	int *out, const tg_json *object, const char *name, const char *const *words, bool need, tg_error *err)
{
	const tg_json *found = NULL;
	char wanted[128] = "one of ";
	size_t lead = strlen(wanted);
	int rc;

	list_words(wanted + lead, sizeof(wanted) - lead, words);
	rc = find(&found, object, name, need, wanted, err);
	if (rc != TG_OK || found == NULL)
		return rc;
	if (tg_json_str(found) == NULL)
		return not_wanted(found, name, wanted, err);
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], tg_json_str(found)) == 0) {
			*out = i;
			return TG_OK;
		}
	return tg_fail(err, TG_EFORMAT, "%s: wanted %s, found \"%.*s\"", name, wanted, QUOTE_BYTES,
		tg_json_str(found));
}

int tg_json_need_word(
	int *out, const tg_json *object, const char *name, const char *const *words, tg_error *err)
{
	return get_word(out, object, name, words, true, err);
}

int tg_json_opt_word(
	int *out, const tg_json *object, const char *name, const char *const *words, int def, tg_error *err)
{
	*out = def;
	return get_word(out, object, name, words, false, err);
}

static int get_day(int32_t *out, const tg_json *object, const char *name, bool need, tg_error *err)
{
	const tg_json *found = NULL;
	int rc = find(&found, object, name, need, "a date \"YYYY-MM-DD\"", err);

	if (rc != TG_OK || found == NULL)
		return rc;
	if (tg_json_str(found) == NULL)
		return not_wanted(found, name, "a date \"YYYY-MM-DD\"", err);
	rc = tg_day_parse(out, tg_json_str(found), err);
	if (rc != TG_OK)
		tg_error_prefix(err, "%s", name);
	return rc;
}

int tg_json_need_day(int32_t *out, const tg_json *object, const char *name, tg_error *err)
{
	return get_day(out, object, name, true, err);
}

int tg_json_opt_day(int32_t *out, const tg_json *object, const char *name, tg_error *err)
{
	*out = TG_DAY_NONE;
	return get_day(out, object, name, false, err);
}

int tg_json_only(const tg_json *object, const char *const *names, tg_error *err)
{
	char known[128];

	if (tg_json_type_of(object) != TG_JSON_OBJECT)
		return tg_fail(err, TG_EFORMAT, "wanted an object, found %s", tg_json_type_name(object));
	for (const tg_json *c = object->child; c != NULL; c = c->next) {
		const char *const *name = names;

		while (*name != NULL && strcmp(*name, c->string) != 0)
			name++;
		if (*name != NULL)
			continue;
		list_words(known, sizeof(known), names);
		return tg_fail(err, TG_EFORMAT, "%.*s: not known here; wanted only %s", QUOTE_BYTES,
			c->string, known);
	}
	return TG_OK;
}

/* ---- building ---- */

tg_json *tg_json_new_object(void)
{
	return cJSON_CreateObject();
}

tg_json *tg_json_new_array(void)
{
	return cJSON_CreateArray();
}

bool tg_json__failed(const tg_json *json)
{
	return json == NULL || (json->type & MARK_FAILED) != 0;
}

static char *copy_name(const char *name)
{
	size_t size = strlen(name) + 1;
	char *copy = cJSON_malloc(size);

	if (copy != NULL)
		memcpy(copy, name, size);
	return copy;
}

/* The member of that name, or NULL. Keeps track of whether the names still ascend when `name` comes last. */
static tg_json *look_before_append(tg_json *object, const char *name)
{
	bool last_is_less = object->child == NULL || strcmp(object->child->prev->string, name) < 0;

	if (object->child == NULL)
		object->type |= MARK_SORTED;
	if (last_is_less && (object->type & MARK_SORTED) != 0)
		return NULL;
	for (tg_json *c = object->child; c != NULL; c = c->next)
		if (strcmp(c->string, name) == 0)
			return c;
	object->type &= ~MARK_SORTED;
	return NULL;
}

void tg_json_set(tg_json *object, const char *name, tg_json *value)
{
	tg_json *there;
	bool done = false;

	if (object == NULL || value == NULL || tg_json_type_of(object) != TG_JSON_OBJECT) {
		if (object != NULL)
			object->type |= MARK_FAILED;
		cJSON_Delete(value);
		return;
	}
	there = look_before_append(object, name);
	if (there == NULL) {
		done = cJSON_AddItemToObject(object, name, value);
	} else {
		/* A copy of another object's member brings a name along. */
		if (!(value->type & cJSON_StringIsConst))
			cJSON_free(value->string);
		value->string = copy_name(name);
		done = value->string != NULL && cJSON_ReplaceItemViaPointer(object, there, value);
	}
	if (!done) {
		object->type |= MARK_FAILED;
		cJSON_Delete(value);
	}
}

void tg_json_set_str(tg_json *object, const char *name, const char *text)
{
	tg_json_set(object, name, cJSON_CreateString(text));
}

void tg_json_set_int(tg_json *object, const char *name, int64_t value)
{
	tg_json_set(object, name, cJSON_CreateNumber((double)value));
}

void tg_json_set_bool(tg_json *object, const char *name, bool value)
{
	tg_json_set(object, name, cJSON_CreateBool(value));
}

void tg_json_set_null(tg_json *object, const char *name)
{
	tg_json_set(object, name, cJSON_CreateNull());
}

void tg_json_add(tg_json *array, tg_json *value)
{
	if (array != NULL && value != NULL && tg_json_type_of(array) == TG_JSON_ARRAY &&
		cJSON_AddItemToArray(array, value))
		return;
	if (array != NULL)
		array->type |= MARK_FAILED;
	cJSON_Delete(value);
}

void tg_json_add_str(tg_json *array, const char *text)
{
	tg_json_add(array, cJSON_CreateString(text));
}

void tg_json_add_int(tg_json *array, int64_t value)
{
	tg_json_add(array, cJSON_CreateNumber((double)value));
}

tg_json *tg_json_copy(const tg_json *json)
{
	return cJSON_Duplicate(json, 1);
}

void tg_json_remove(tg_json *object, const char *name)
{
	cJSON_DeleteItemFromObjectCaseSensitive(object, name);
}

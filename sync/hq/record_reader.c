/* SPDX-License-Identifier: Apache-2.0
 *
 * record_reader.c - typed members of a record, with their limits.
 */
#include "sync/hq/record_reader.h"

#include "plugin/gate/label.h"

#include <stdarg.h>
#include <stdio.h>

void tg_reader_refuse(tg_reader *r, const char *name, const char *fmt, ...)
{
	char field[128], words[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	(void)snprintf(field, sizeof(field), "%s%s", r->path, name);
	tg_findings_add(r->findings, TG_FINDING_ERROR, "bad-record", r->at, field, "%s", words);
	r->bad = true;
}

/* The JSON readers begin their words with the member's name, which a finding holds apart. */
static void refuse_as(tg_reader *r, const char *name, const tg_error *err)
{
	size_t len = strlen(name);
	const char *words = err->msg;

	if (strncmp(words, name, len) == 0 && strncmp(words + len, ": ", 2) == 0)
		words += len + 2;
	tg_reader_refuse(r, name, "%s", words);
}

/*
 * Control characters and the marks that turn the direction of text have no place in a record: they end up on
 * screens, in terminals and on paper. The text is valid UTF-8 already.
 */
static bool clean(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
		if (*p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0))
			return false;
		if (*p == 0xe2 && p[1] == 0x80 &&
			(p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xa8 && p[2] <= 0xae)))
			return false; /* U+200E, U+200F, U+2028 to U+202E */
		if (*p == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)
			return false; /* U+2066 to U+2069 */
		if (*p == 0xd8 && p[1] == 0x9c)
			return false; /* U+061C */
	}
	return true;
}

static const char *take_text(tg_reader *r, const char *name, const char *text)
{
	if (!clean(text)) {
		tg_reader_refuse(r, name, "holds a control or direction character; remove it");
		return "";
	}
	return tg_arena_text(r->arena, text);
}

const char *tg_reader_text(tg_reader *r, const tg_json *object, const char *name, size_t max)
{
	const char *text = "";
	tg_error err = { 0 };

	if (tg_json_opt_str(&text, object, name, max, "", &err) != TG_OK) {
		refuse_as(r, name, &err);
		return "";
	}
	return take_text(r, name, text);
}

const char *tg_reader_need_text(tg_reader *r, const tg_json *object, const char *name, size_t max)
{
	const char *text = "";
	tg_error err = { 0 };

	if (tg_json_need_str(&text, object, name, max, &err) != TG_OK) {
		refuse_as(r, name, &err);
		return "";
	}
	return take_text(r, name, text);
}

static bool id_valid(const char *id)
{
	return id[0] != '\0' && id[0] != '-' && id[0] != '.' &&
	       id[strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._")] == '\0';
}

const char *tg_reader_id(tg_reader *r, const tg_json *object, const char *name)
{
	const char *id = tg_reader_need_text(r, object, name, TG_RECORD_ID_MAX);

	if (id[0] != '\0' && !id_valid(id))
		tg_reader_refuse(r, name,
			"\"%s\": wanted letters, digits, '-', '.' and '_', the first a letter, digit or '_'",
			id);
	return id;
}

const char *tg_reader_hash(tg_reader *r, const tg_json *object, const char *name)
{
	const char *text = tg_reader_text(r, object, name, 64);

	if (text[0] != '\0' && (strlen(text) != 64 || text[strspn(text, "0123456789abcdef")] != '\0'))
		tg_reader_refuse(r, name, "wanted a SHA-256 of 64 lower case hex digits");
	return text;
}

const char *tg_reader_url(tg_reader *r, const tg_json *object, const char *name)
{
	const char *text = tg_reader_text(r, object, name, TG_RECORD_TEXT_MAX);
	const char *host = strncmp(text, "https://", 8) == 0  ? text + 8
			   : strncmp(text, "http://", 7) == 0 ? text + 7
							      : "";

	if (text[0] != '\0' && (host[0] == '\0' || host[0] == '/' || strpbrk(text, " \"<>\\") != NULL))
		tg_reader_refuse(r, name, "wanted a http or https link");
	return text;
}

const char *tg_reader_batch(tg_reader *r, const tg_json *object, const char *name)
{
	const char *text = tg_reader_need_text(r, object, name, TG_RECORD_BATCH_MAX);

	for (const char *c = text; *c != '\0'; c++) {
		if (*c <= ' ' || *c > '~') {
			tg_reader_refuse(r, name,
				"wanted the characters of a GS1 batch or serial: ASCII without blanks");
			break;
		}
	}
	return text;
}

int32_t tg_reader_day(tg_reader *r, const tg_json *object, const char *name)
{
	int32_t day = TG_DAY_NONE;
	tg_error err = { 0 };

	if (tg_json_opt_day(&day, object, name, &err) != TG_OK) {
		refuse_as(r, name, &err);
		return TG_DAY_NONE;
	}
	return day;
}

bool tg_reader_flag(tg_reader *r, const tg_json *object, const char *name)
{
	bool flag = false;
	tg_error err = { 0 };

	if (tg_json_opt_bool(&flag, object, name, false, &err) != TG_OK)
		refuse_as(r, name, &err);
	return flag;
}

int64_t tg_reader_int(tg_reader *r, const tg_json *object, const char *name, int64_t min, int64_t max)
{
	int64_t value = 0;
	tg_error err = { 0 };

	if (tg_json_need_int(&value, object, name, min, max, &err) != TG_OK)
		refuse_as(r, name, &err);
	return value;
}

int tg_reader_word(tg_reader *r, const tg_json *object, const char *name, const char *const *words, int def)
{
	int word = def;
	tg_error err = { 0 };

	if (tg_json_opt_word(&word, object, name, words, def, &err) != TG_OK) {
		refuse_as(r, name, &err);
		return def;
	}
	return word;
}

int tg_reader_need_word(tg_reader *r, const tg_json *object, const char *name, const char *const *words)
{
	int word = 0;
	tg_error err = { 0 };

	if (tg_json_need_word(&word, object, name, words, &err) != TG_OK) {
		refuse_as(r, name, &err);
		return 0;
	}
	return word;
}

static bool parse_gtin(tg_reader *r, uint64_t *gtin, const char *name, const char *text)
{
	tg_error err = { 0 };

	if (tg_gtin_parse(gtin, tg_view_str(text), &err) == TG_OK)
		return true;
	tg_reader_refuse(
		r, name, "\"%s\" is no GTIN: wanted 8, 12, 13 or 14 digits with a right check digit", text);
	return false;
}

uint64_t tg_reader_gtin(tg_reader *r, const tg_json *object, const char *name)
{
	uint64_t gtin = 0;
	const char *text = tg_reader_need_text(r, object, name, 14);

	if (text[0] == '\0' || !parse_gtin(r, &gtin, name, text))
		return 0;
	return gtin;
}

/* The array and how many items it has; NULL if absent, wrong or over the limit. */
static const tg_json *list_of(
	tg_reader *r, const tg_json *object, const char *name, size_t max, size_t *count)
{
	const tg_json *list = NULL;
	tg_error err = { 0 };

	*count = 0;
	if (tg_json_opt_array(&list, object, name, &err) != TG_OK) {
		refuse_as(r, name, &err);
		return NULL;
	}
	if (list != NULL)
		*count = tg_json_size(list);
	if (*count > max) {
		tg_reader_refuse(r, name, "%zu items, at most %zu are read; split the record", *count, max);
		*count = 0;
		return NULL;
	}
	return list;
}

tg_texts tg_reader_texts(tg_reader *r, const tg_json *object, const char *name, size_t max)
{
	tg_texts texts = { 0 };
	size_t count;
	const tg_json *list = list_of(r, object, name, TG_RECORD_LIST_MAX, &count);

	if (count > 0)
		texts.list = tg_arena_alloc(r->arena, count, sizeof(*texts.list));
	if (texts.list == NULL)
		return texts;
	for (const tg_json *item = tg_json_first(list); item != NULL; item = tg_json_next(item)) {
		const char *text = tg_json_str(item);

		if (text == NULL || text[0] == '\0' || strlen(text) > max)
			tg_reader_refuse(
				r, name, "item %zu: wanted text of 1 to %zu bytes", texts.count + 1, max);
		texts.list[texts.count++] = take_text(r, name, text == NULL ? "" : text);
	}
	return texts;
}

tg_gtins tg_reader_gtins(tg_reader *r, const tg_json *object, const char *name)
{
	tg_gtins gtins = { 0 };
	size_t count;
	const tg_json *list = list_of(r, object, name, TG_RECORD_GTINS_MAX, &count);

	if (count > 0)
		gtins.list = tg_arena_alloc(r->arena, count, sizeof(*gtins.list));
	if (gtins.list == NULL)
		return gtins;
	for (const tg_json *item = tg_json_first(list); item != NULL; item = tg_json_next(item)) {
		const char *text = tg_json_str(item);

		if (text == NULL)
			tg_reader_refuse(r, name, "wanted a GTIN as text, found %s", tg_json_type_name(item));
		else if (parse_gtin(r, &gtins.list[gtins.count], name, text))
			gtins.count++;
	}
	return gtins;
}

void tg_reader_only(tg_reader *r, const tg_json *object, const char *const *names)
{
	for (const tg_json *member = tg_json_first(object); member != NULL; member = tg_json_next(member)) {
		size_t i = 0;

		while (names[i] != NULL && strcmp(names[i], tg_json_name(member)) != 0)
			i++;
		if (names[i] == NULL)
			tg_reader_refuse(r, tg_json_name(member),
				"no member of this kind of record; see tillgate-records(5)");
	}
}

const tg_json *tg_reader_enter(
	tg_reader *r, const tg_json *object, const char *name, const char *const *names)
{
	const tg_json *inner = NULL;
	tg_error err = { 0 };

	if (tg_json_opt_object(&inner, object, name, &err) != TG_OK) {
		refuse_as(r, name, &err);
		return NULL;
	}
	if (inner == NULL)
		return NULL;
	(void)snprintf(r->path, sizeof(r->path), "%s.", name);
	tg_reader_only(r, inner, names);
	return inner;
}

void tg_reader_leave(tg_reader *r)
{
	r->path[0] = '\0';
}

const tg_json *tg_reader_objects(
	tg_reader *r, size_t *count, const tg_json *object, const char *name, const char *const *names)
{
	const tg_json *list = list_of(r, object, name, TG_RECORD_LIST_MAX, count);
	size_t n = 0;

	for (const tg_json *item = tg_json_first(list); item != NULL; item = tg_json_next(item)) {
		tg_reader_item(r, name, ++n);
		if (tg_json_type_of(item) != TG_JSON_OBJECT) {
			tg_reader_leave(r);
			tg_reader_refuse(
				r, name, "item %zu: wanted an object, found %s", n, tg_json_type_name(item));
			*count = 0;
			return NULL;
		}
		tg_reader_only(r, item, names);
	}
	tg_reader_leave(r);
	return tg_json_first(list);
}

void tg_reader_item(tg_reader *r, const char *name, size_t n)
{
	(void)snprintf(r->path, sizeof(r->path), "%s[%zu].", name, n);
}

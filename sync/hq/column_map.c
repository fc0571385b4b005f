/* SPDX-License-Identifier: Apache-2.0
 *
 * column_map.c - mappings read, written and laid over a header.
 */
#include "sync/hq/column_map.h"

#include "sync/hq/csv.h"

#include <stdio.h>
#include <stdlib.h>

#define FORMAT 1
#define NAME_MAX_BYTES 1024 /* of a column's name */

const char *const tg_csv_encoding_words[TG_CSV_ENCODINGS + 1] = { "utf-8", "windows-1252", NULL };
static const char *const day_words[] = { "year-first", "day-first", NULL };

void tg_column_map_init(tg_column_map *map)
{
	*map = (tg_column_map){ .kind = TG_RECORD_KINDS, .rules = { .list_separator = '|' } };
}

void tg_column_map_fini(tg_column_map *map)
{
	tg_arena_fini(&map->texts);
	free(map->words);
	tg_column_map_init(map);
}

static int unknown_field(const tg_column_map *map, const char *where, const char *field, tg_error *err)
{
	size_t count;
	const tg_column *columns = tg_columns_of(&count, map->kind);
	tg_buf list;

	if (count == 0)
		return tg_fail(err, TG_EINVAL, "%s do not come as CSV; bring them as JSON Lines",
			map->kind < TG_RECORD_KINDS ? tg_record_words[map->kind] : "records of no kind");
	tg_buf_init(&list, 2048);
	for (size_t i = 0; i < count; i++)
		tg_buf_printf(&list, "%s%s", i > 0 ? ", " : "", columns[i].field);
	(void)tg_fail(err, TG_EINVAL, "%s: \"%s\" is no member of %s that a column may hold: %s", where, field,
		tg_record_words[map->kind], tg_buf_text(&list));
	tg_buf_fini(&list);
	return TG_EINVAL;
}

int tg_column_map_name(tg_column_map *map, const char *column, const char *field, tg_error *err)
{
	size_t n = tg_column_find(map->kind, field, strlen(field));

	if (n == TG_COLUMNS_MAX)
		return unknown_field(map, "--map", field, err);
	if (map->columns[n] != NULL)
		return tg_fail(err, TG_EINVAL, "--map: \"%s\" is given twice", field);
	if (map->fixed[n] != NULL)
		return tg_fail(err, TG_EINVAL, "--map: \"%s\" is fixed by the mapping", field);
	if (column[0] == '\0')
		return tg_fail(err, TG_EINVAL, "--map: wanted COLUMN=FIELD");
	map->columns[n] = tg_arena_text(&map->texts, column);
	map->named = true;
	return map->texts.failed ? tg_fail(err, TG_ENOMEM, "mapping") : TG_OK;
}

/* ---- the file ---- */

static int read_texts(tg_column_map *map, const char **list, const tg_json *json, const char *name, tg_error *err)
{
	const tg_json *object = NULL;
	int rc = tg_json_opt_object(&object, json, name, err);

	for (const tg_json *m = tg_json_first(object); m != NULL && rc == TG_OK; m = tg_json_next(m)) {
		size_t n = tg_column_find(map->kind, tg_json_name(m), strlen(tg_json_name(m)));
		const char *text = tg_json_str(m);

		if (n == TG_COLUMNS_MAX)
			rc = unknown_field(map, name, tg_json_name(m), err);
		else if (text == NULL || text[0] == '\0' || strlen(text) > (list == map->columns ? NAME_MAX_BYTES : TG_CSV_FIELD_MAX))
			rc = tg_fail(err, TG_EFORMAT, "%s.%s: wanted text", name, tg_json_name(m));
		else if (list == map->fixed && map->columns[n] != NULL)
			rc = tg_fail(err, TG_EFORMAT, "fixed.%s: has a column already", tg_json_name(m));
		else
			list[n] = tg_arena_text(&map->texts, text);
	}
	return rc;
}

static int read_word(tg_column_map *map, size_t field, const tg_json *m, tg_error *err)
{
	tg_column_word *grown;

	if (tg_json_str(m) == NULL)
		return tg_fail(err, TG_EFORMAT, "words: \"%s\": wanted text", tg_json_name(m));
	if (map->word_count == TG_COLUMN_MAP_WORDS_MAX)
		return tg_fail(err, TG_EFORMAT, "words: more than %d", TG_COLUMN_MAP_WORDS_MAX);
	grown = tg_array_grow(map->words, map->word_count, &map->word_cap, sizeof(*grown));
	if (grown == NULL)
		return tg_fail(err, TG_ENOMEM, "mapping");
	map->words = grown;
	grown[map->word_count++] = (tg_column_word){ field, tg_arena_text(&map->texts, tg_json_name(m)),
		tg_arena_text(&map->texts, tg_json_str(m)) };
	return TG_OK;
}

static int read_words(tg_column_map *map, const tg_json *json, tg_error *err)
{
	const tg_json *words = NULL;
	int rc = tg_json_opt_object(&words, json, "words", err);

	for (const tg_json *f = tg_json_first(words); f != NULL && rc == TG_OK; f = tg_json_next(f)) {
		size_t n = tg_column_find(map->kind, tg_json_name(f), strlen(tg_json_name(f)));

		if (n == TG_COLUMNS_MAX)
			rc = unknown_field(map, "words", tg_json_name(f), err);
		else if (tg_json_type_of(f) != TG_JSON_OBJECT)
			rc = tg_fail(err, TG_EFORMAT, "words.%s: wanted an object", tg_json_name(f));
		for (const tg_json *m = tg_json_first(f); m != NULL && rc == TG_OK; m = tg_json_next(m))
			rc = read_word(map, n, m, err);
	}
	return rc;
}

/* One character, or the word for one that is hard to write. */
static int read_character(char *out, const tg_json *json, const char *name, tg_error *err)
{
	const char *text;
	int rc = tg_json_opt_str(&text, json, name, 16, "", err);

	if (rc != TG_OK || text[0] == '\0')
		return rc;
	if (strcmp(text, "tab") == 0)
		*out = '\t';
	else if (strcmp(text, "line") == 0)
		*out = '\n';
	else if (strlen(text) == 1 && text[0] > ' ' && text[0] <= '~' && text[0] != '"')
		*out = text[0];
	else
		return tg_fail(err, TG_EFORMAT, "%s: wanted one character that can be seen, or \"tab\"", name);
	return TG_OK;
}

static int read_how(tg_column_map *map, const tg_json *json, tg_error *err)
{
	int encoding = 0, days = 0, rc = read_character(&map->separator, json, "separator", err);

	if (rc == TG_OK && map->separator == '\n')
		rc = tg_fail(err, TG_EFORMAT, "separator: wanted one character that can be seen, or \"tab\"");
	if (rc == TG_OK)
		rc = read_character(&map->rules.list_separator, json, "list_separator", err);
	if (rc == TG_OK)
		rc = tg_json_opt_word(&encoding, json, "encoding", tg_csv_encoding_words, TG_CSV_UTF8, err);
	if (rc == TG_OK)
		rc = tg_json_opt_word(&days, json, "dates", day_words, 0, err);
	if (rc == TG_OK)
		rc = tg_json_opt_bool(&map->rules.repair_gtins, json, "repair_gtins", false, err);
	if (rc == TG_OK)
		rc = tg_json_opt_bool(&map->skip_in_store, json, "skip_in_store", false, err);
	if (rc == TG_OK)
		rc = tg_json_opt_bool(&map->skip_without_gtin, json, "skip_without_gtin", false, err);
	map->encoding = (tg_csv_encoding)encoding;
	map->rules.day_first = days == 1;
	return rc;
}

static int read_mapping(tg_column_map *map, const tg_json *json, tg_error *err)
{
	static const char *const names[] = { "format", "kind", "separator", "list_separator", "encoding", "dates", "repair_gtins",
		"skip_in_store", "skip_without_gtin", "columns", "fixed", "words", NULL };
	int64_t format;
	size_t count;
	int kind = 0, rc = tg_json_only(json, names, err);

	if (rc == TG_OK)
		rc = tg_json_need_int(&format, json, "format", FORMAT, FORMAT, err);
	if (rc == TG_OK)
		rc = tg_json_need_word(&kind, json, "kind", tg_record_words, err);
	if (rc != TG_OK)
		return rc;
	map->kind = (tg_record_kind)kind;
	(void)tg_columns_of(&count, map->kind);
	if (count == 0)
		return unknown_field(map, "kind", "", err);
	rc = read_how(map, json, err);
	if (rc == TG_OK)
		rc = read_texts(map, map->columns, json, "columns", err);
	for (size_t i = 0; i < TG_COLUMNS_MAX; i++)
		map->named = map->named || map->columns[i] != NULL;
	if (rc == TG_OK)
		rc = read_texts(map, map->fixed, json, "fixed", err);
	return rc == TG_OK ? read_words(map, json, err) : rc;
}

int tg_column_map_parse(tg_column_map *map, tg_view text, tg_error *err)
{
	tg_json *json = NULL;
	int rc = tg_json_parse(&json, text, err);

	if (rc == TG_OK && tg_json_type_of(json) != TG_JSON_OBJECT)
		rc = tg_fail(err, TG_EFORMAT, "wanted an object, found %s", tg_json_type_name(json));
	if (rc == TG_OK)
		rc = read_mapping(map, json, err);
	if (rc == TG_OK && map->texts.failed)
		rc = tg_fail(err, TG_ENOMEM, "mapping");
	tg_json_free(json);
	return rc == TG_EINVAL ? TG_EFORMAT : rc;
}

static void write_character(tg_json *json, const char *name, char c)
{
	const char text[2] = { c, '\0' };

	if (c != '\0')
		tg_json_set_str(json, name, c == '\t' ? "tab" : c == '\n' ? "line" : text);
}

static void write_texts(tg_json *json, const char *name, const char *const *list, tg_record_kind kind)
{
	size_t count;
	const tg_column *columns = tg_columns_of(&count, kind);
	tg_json *object = tg_json_new_object();

	for (size_t i = 0; i < count; i++)
		if (list[i] != NULL)
			tg_json_set_str(object, columns[i].field, list[i]);
	if (tg_json_size(object) > 0)
		tg_json_set(json, name, object);
	else
		tg_json_free(object);
}

static void write_words(tg_json *json, const tg_column_map *map)
{
	size_t count;
	const tg_column *columns = tg_columns_of(&count, map->kind);
	tg_json *words = tg_json_new_object();

	for (size_t i = 0; i < count; i++) {
		tg_json *of = tg_json_new_object();

		for (size_t w = 0; w < map->word_count; w++)
			if (map->words[w].field == i)
				tg_json_set_str(of, map->words[w].cell, map->words[w].means);
		if (tg_json_size(of) > 0)
			tg_json_set(words, columns[i].field, of);
		else
			tg_json_free(of);
	}
	if (tg_json_size(words) > 0)
		tg_json_set(json, "words", words);
	else
		tg_json_free(words);
}

int tg_column_map_write(tg_buf *out, const tg_column_map *map, tg_error *err)
{
	tg_json *json = tg_json_new_object();
	int rc;

	tg_json_set_int(json, "format", FORMAT);
	tg_json_set_str(json, "kind", map->kind < TG_RECORD_KINDS ? tg_record_words[map->kind] : "");
	write_character(json, "separator", map->separator);
	write_character(json, "list_separator", map->rules.list_separator);
	tg_json_set_str(json, "encoding", tg_csv_encoding_words[map->encoding]);
	tg_json_set_str(json, "dates", day_words[map->rules.day_first ? 1 : 0]);
	tg_json_set_bool(json, "repair_gtins", map->rules.repair_gtins);
	tg_json_set_bool(json, "skip_in_store", map->skip_in_store);
	tg_json_set_bool(json, "skip_without_gtin", map->skip_without_gtin);
	write_texts(json, "columns", map->columns, map->kind);
	write_texts(json, "fixed", map->fixed, map->kind);
	write_words(json, map);
	rc = tg_json_write_pretty(out, json, err);
	tg_json_free(json);
	return rc;
}

/* ---- the header ---- */

static int no_column(const char *name, bool several, const tg_view *header, size_t count, tg_error *err)
{
	tg_buf list;

	tg_buf_init(&list, (size_t)TG_CSV_FIELD_MAX * 2);
	for (size_t i = 0; i < count && list.len < 100; i++) {
		tg_view v = tg_csv_trimmed(header[i]);

		tg_buf_puts(&list, i > 0 ? ", " : "");
		tg_buf_append(&list, v.data, v.len < 40 ? v.len : 40);
	}
	(void)tg_fail(err, TG_EINVAL, "%s column is called \"%s\"; the first line has: %s", several ? "more than one" : "no", name,
		tg_buf_text(&list));
	tg_buf_fini(&list);
	return TG_EINVAL;
}

int tg_column_map_find(
	size_t at[TG_COLUMNS_MAX], const tg_column_map *map, const tg_view *header, size_t count, tg_error *err)
{
	size_t field_count;
	const tg_column *columns = tg_columns_of(&field_count, map->kind);

	for (size_t f = 0; f < TG_COLUMNS_MAX; f++)
		at[f] = TG_CSV_NO_COLUMN;
	for (size_t f = 0; f < field_count; f++) {
		const char *name = map->named ? map->columns[f] : columns[f].field;
		bool several = false;

		if (name == NULL || map->fixed[f] != NULL)
			continue;
		at[f] = tg_csv_match_column(&several, header, count, name);
		if (at[f] == TG_CSV_NO_COLUMN && (map->named || several))
			return no_column(name, several, header, count, err);
	}
	if (at[0] == TG_CSV_NO_COLUMN && map->named)
		return tg_fail(err, TG_EINVAL, "no column for %s; name it with --map COLUMN=%s", columns[0].field, columns[0].field);
	return at[0] == TG_CSV_NO_COLUMN ? no_column(columns[0].field, false, header, count, err) : TG_OK;
}

const char *tg_column_map_word(const tg_column_map *map, size_t field, const char *cell)
{
	for (size_t i = 0; i < map->word_count; i++)
		if (map->words[i].field == field && strcmp(map->words[i].cell, cell) == 0)
			return map->words[i].means;
	return cell;
}

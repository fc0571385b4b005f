/* SPDX-License-Identifier: Apache-2.0
 *
 * import.c - read, check, merge, sort, write whole.
 */
#include "sync/hq/import.h"

#include "plugin/gate/label.h"
#include "store/base/encoding.h"
#include "store/base/file.h"
#include "sync/hq/csv.h"
#include "sync/hq/record_reader.h"
#include "sync/hq/windows_1252.h"

#include <stdio.h>
#include <stdlib.h>

#define PROGRESS 10000 /* lines or records between two words on the terminal: some a second */

const char *const tg_update_words[TG_UPDATES + 1] = { "usual", "members", "replace", "never", NULL };

struct entry {
	const char *key, *text; /* sort key; the record, or the row of one, in RFC 8785 form */
	uint32_t line;
	bool incoming;
	bool bad; /* was told of already; its text says nothing */
};

struct import {
	const tg_import_options *options;
	tg_import_result *result;
	tg_findings *findings;
	tg_findings *own; /* findings about what is in HQ/records/ already */
	const char *file;
	tg_arena texts;
	struct entry *entries;
	size_t count, cap;
	bool incoming, failed;
	tg_buf scratch;
	/* CSV */
	bool header_read, joins;             /* joins: rows may share a key */
	size_t at[TG_COLUMNS_MAX];           /* column of each field, or TG_CSV_NO_COLUMN */
	const char *titles[TG_COLUMNS_MAX];  /* what the header calls it */
	bool used[TG_COLUMNS_MAX];           /* the file says something of the field: a column, or fixed */
	bool missed[TG_COLUMNS_MAX];         /* it was said that new records need it, and no column holds it */
	size_t column_count;
};

static void progress(const struct import *im, const char *what, size_t done)
{
	if (im->options->progress != NULL && done % PROGRESS == 0)
		im->options->progress(im->options->progress_ctx, what, done);
}

static tg_finding_at at_line(const struct import *im, uint32_t line)
{
	return (tg_finding_at){ tg_record_files[im->options->kind], line };
}

/* ---- one record ---- */

static const char *key_of(struct import *im, const tg_json *record)
{
	size_t count;
	const tg_column *columns = tg_columns_of(&count, im->options->kind);
	const char *name = count > 0 ? columns[0].field : "id", *text = tg_json_str(tg_json_get(record, name));
	uint64_t gtin;
	char digits[15];

	if (text == NULL)
		return "";
	if (strcmp(name, "gtin") == 0 && tg_gtin_parse(&gtin, tg_view_str(text), NULL) == TG_OK)
		return tg_arena_text(&im->texts, tg_gtin_format(digits, gtin));
	return tg_arena_text(&im->texts, text);
}

static int no_memory(const struct import *im, tg_error *err)
{
	return tg_fail(err, TG_ENOMEM, "%s: out of memory", im->file);
}

static int write_text(struct import *im, const char **text, const tg_json *json, tg_error *err)
{
	int rc;

	tg_buf_clear(&im->scratch);
	rc = tg_json_write_jcs(&im->scratch, json, err);
	if (rc == TG_OK)
		rc = tg_buf_check(&im->scratch, "record", err);
	if (rc == TG_OK)
		*text = tg_arena_text(&im->texts, tg_buf_text(&im->scratch));
	return rc == TG_OK && im->texts.failed ? no_memory(im, err) : rc;
}

static int keep(struct import *im, const tg_json *json, uint32_t number, bool bad, tg_error *err)
{
	struct entry *grown = tg_array_grow(im->entries, im->count, &im->cap, sizeof(*grown));
	const char *text = "";
	int rc;

	if (grown == NULL)
		return no_memory(im, err);
	im->entries = grown;
	rc = write_text(im, &text, json, err);
	if (rc == TG_OK)
		grown[im->count++] = (struct entry){ key_of(im, json), text, number, im->incoming, bad };
	return rc == TG_OK && im->texts.failed ? no_memory(im, err) : rc;
}

/* Checks the line as a record by itself; a bad one only sets `failed`, so that all bad lines are told of. */
static int take_line(void *ctx, tg_view line, uint32_t number, tg_error *err)
{
	struct import *im = ctx;
	tg_records one = { 0 };
	tg_json *json = NULL;
	int rc = tg_records_read_line(
		&one, im->incoming ? im->findings : im->own, im->options->kind, line, number);

	progress(im, im->incoming ? "lines read" : "records read", number);
	if (rc == TG_OK)
		rc = tg_json_parse(&json, line, err);
	if (rc == TG_OK)
		rc = keep(im, json, number, false, err);
	else if (rc == TG_ENOMEM)
		rc = no_memory(im, err);
	else if (rc == TG_EFORMAT)
		rc = TG_OK, im->failed = true;
	tg_json_free(json);
	tg_records_fini(&one);
	return rc;
}

/* ---- rows of a spreadsheet ---- */

/* A finding about one cell. */
static void tell_cell(struct import *im, uint32_t line, size_t field, const char *value, const tg_cell_note *note, bool bad)
{
	size_t count;
	const tg_column *columns = tg_columns_of(&count, im->options->kind);

	im->findings->column = im->titles[field];
	im->findings->value = value;
	tg_findings_add(im->findings, bad ? TG_FINDING_ERROR : TG_FINDING_WARNING, note->code, at_line(im, line),
		columns[field].field, "%s", note->words);
	im->findings->column = im->findings->value = NULL;
	im->failed = im->failed || bad;
}

static int read_header(struct import *im, const tg_view *fields, size_t count, tg_error *err)
{
	const tg_column_map *map = im->options->map;
	size_t field_count;
	const tg_column *columns = tg_columns_of(&field_count, map->kind);
	char title[256];
	int rc;

	im->header_read = true;
	im->column_count = count;
	rc = tg_column_map_find(im->at, map, fields, count, err);
	if (rc != TG_OK)
		return tg_error_prefix(err, "%s", im->file), rc;
	for (size_t f = 0; f < field_count; f++) {
		im->titles[f] = "";
		im->used[f] = map->fixed[f] != NULL || im->at[f] != TG_CSV_NO_COLUMN;
		if (im->at[f] != TG_CSV_NO_COLUMN) {
			tg_view v = tg_csv_trimmed(fields[im->at[f]]);

			(void)snprintf(title, sizeof(title), "%.*s", (int)(v.len < 255 ? v.len : 255), (const char *)v.data);
			im->titles[f] = tg_arena_text(&im->texts, title);
		}
		if (im->used[f])
			im->joins = im->joins || columns[f].form >= TG_CELL_TEXTS || columns[f].place == TG_COLUMN_ITEM;
	}
	return im->texts.failed ? no_memory(im, err) : TG_OK;
}

/* Sets what the row says of the field. False: the cell is bad, and was told of. `text` has room for a cell. */
static bool take_cell(struct import *im, tg_json *record, size_t field, tg_view cell, char *text, uint32_t line)
{
	const tg_column_map *map = im->options->map;
	size_t count;
	const tg_column *columns = tg_columns_of(&count, im->options->kind);
	const char *word;
	tg_cell_note note;
	tg_cell_verdict verdict;

	if (map->fixed[field] != NULL) {
		word = map->fixed[field];
	} else {
		memcpy(text, cell.data, cell.len);
		text[cell.len] = '\0';
		word = tg_column_map_word(map, field, text);
	}
	if (word[0] == '\0')
		return true;
	verdict = tg_column_set(&note, record, &columns[field], word, &map->rules);
	if (verdict == TG_CELL_REPAIRED)
		im->result->repaired++;
	if (verdict != TG_CELL_GOOD)
		tell_cell(im, line, field, word, &note, verdict == TG_CELL_BAD);
	return verdict != TG_CELL_BAD;
}

static tg_view cell_of(const struct import *im, const tg_view *fields, size_t field)
{
	return im->at[field] == TG_CSV_NO_COLUMN ? tg_view_of("", 0) : tg_csv_trimmed(fields[im->at[field]]);
}

/*
 * Products: a number for use in shops has no place among them. True: the line was told of and is done with. Shops print such
 * numbers with any check digit.
 */
static bool in_store(struct import *im, const char *text, uint32_t line)
{
	tg_cell_note note = { "in-store-number",
		"a number for use in shops, no GTIN; answer it by in_store of a class note; --skip-in-store leaves such lines out" };
	uint64_t number = tg_cell_number(text);

	if (im->options->kind != TG_RECORD_PRODUCT || number == 0 || !tg_number_restricted(number))
		return false;
	if (im->options->map->skip_in_store) {
		im->result->left_out++;
		(void)snprintf(note.words, sizeof(note.words), "left out: a number for use in shops, answered by a class note");
	}
	tell_cell(im, line, 0, text, &note, !im->options->map->skip_in_store);
	return true;
}

/* The same of a cell as it stands there, before anything is made of it. */
static bool cell_in_store(struct import *im, tg_view cell, uint32_t line)
{
	char text[16];

	if (cell.len >= sizeof(text))
		return false;
	memcpy(text, cell.data, cell.len);
	text[cell.len] = '\0';
	return in_store(im, text, line);
}

/*
 * Masters hold what has no GTIN: services, carrier bags, deposits. No scanner reads such a line, so nothing at the gate is lost with it,
 * but only whoever knows the file can say that an empty cell is no slip. True: the line is done with.
 */
static bool left_out_without_gtin(struct import *im, const tg_view *fields, char *text, uint32_t line)
{
	static const tg_cell_note note = { "without-gtin", "left out: a line without a GTIN; no scanner reads it" };
	const tg_column_map *map = im->options->map;
	tg_view cell = cell_of(im, fields, 0);

	if (im->options->kind != TG_RECORD_PRODUCT || !map->skip_without_gtin || map->fixed[0] != NULL)
		return false;
	memcpy(text, cell.data, cell.len);
	text[cell.len] = '\0';
	if (tg_column_map_word(map, 0, text)[0] != '\0')
		return false;
	im->result->without_gtin++;
	tell_cell(im, line, 0, text, &note, false);
	return true;
}

static bool blank(const tg_view *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (tg_csv_trimmed(fields[i]).len > 0)
			return false;
	return true;
}

/* The row leaves the one object of a list empty: what is fixed of it is not to make one. */
static bool no_item(const struct import *im, const tg_json *record, size_t field)
{
	size_t count;
	const tg_column *columns = tg_columns_of(&count, im->options->kind);
	char outer[64], other[64];

	(void)tg_column_split(outer, &columns[field]);
	if (columns[field].place != TG_COLUMN_ITEM || tg_json_get(record, outer) != NULL)
		return false;
	for (size_t f = 0; f < count; f++) {
		(void)tg_column_split(other, &columns[f]);
		if (im->at[f] != TG_CSV_NO_COLUMN && strcmp(outer, other) == 0)
			return true;
	}
	return false;
}

static int take_good_row(struct import *im, const tg_view *fields, char *text, uint32_t line, tg_error *err)
{
	static const tg_cell_note empty = { "bad-row", "empty; every row needs it" };
	static const tg_cell_note no_gtin = { "bad-row", "empty; every row needs it; --skip-without-gtin leaves such lines out" };
	const char *const *fixed = im->options->map->fixed;
	tg_json *record = tg_json_new_object();
	const char *number;
	bool good = true, key = true;
	int rc = TG_OK;

	if (fixed[0] == NULL && cell_of(im, fields, 0).len == 0) {
		tell_cell(im, line, 0, "", im->options->kind == TG_RECORD_PRODUCT ? &no_gtin : &empty, true);
		good = key = false;
	}
	for (size_t n = 0; n < 2 * TG_COLUMNS_MAX; n++) { /* cells, then what is fixed */
		size_t f = n % TG_COLUMNS_MAX;

		if (!im->used[f] || (fixed[f] != NULL) != (n >= TG_COLUMNS_MAX) || (fixed[f] != NULL && no_item(im, record, f)))
			continue;
		if (take_cell(im, record, f, cell_of(im, fields, f), text, line))
			continue;
		good = false;
		key = key && f != 0;
	}
	number = tg_json_str(tg_json_get(record, "gtin"));
	if (key && (number == NULL || !in_store(im, number, line)))
		rc = keep(im, record, line, !good, err);
	tg_json_free(record);
	return rc;
}

static int take_row(void *ctx, const tg_view *fields, size_t count, uint32_t line, tg_error *err)
{
	struct import *im = ctx;
	char text[TG_CSV_FIELD_MAX + 1];

	if (!im->header_read)
		return read_header(im, fields, count, err);
	progress(im, "lines read", line);
	if (blank(fields, count))
		return TG_OK;
	if (count != im->column_count) {
		tg_findings_add(im->findings, TG_FINDING_ERROR, "bad-row", at_line(im, line), "",
			"%zu fields, the first line has %zu columns; is a separator inside a cell that is not in quotes?", count,
			im->column_count);
		im->failed = true;
		return TG_OK;
	}
	if (left_out_without_gtin(im, fields, text, line) || cell_in_store(im, cell_of(im, fields, 0), line))
		return TG_OK;
	return take_good_row(im, fields, text, line, err);
}

/* ---- the text of a spreadsheet ---- */

static uint32_t line_of(tg_view text, size_t at)
{
	uint32_t line = 1;

	for (size_t i = 0; i < at; i++)
		line += text.data[i] == '\n';
	return line;
}

/* The first byte that is no UTF-8. A character is at most four bytes long, so the end is found by halves and then by bytes. */
static size_t first_bad_byte(tg_view text)
{
	size_t good = 0;

	while (good < text.len) {
		size_t n = 1;

		while (n <= 4 && good + n <= text.len && !tg_utf8_valid(text.data + good, n))
			n++;
		if (n > 4 || good + n > text.len)
			return good;
		good += n;
	}
	return good;
}

static void refuse_text(struct import *im, uint32_t line, const char *code, const char *words)
{
	tg_findings_add(im->findings, TG_FINDING_ERROR, code, at_line(im, line), "", "%s", words);
	im->failed = true;
}

/* UTF-8 without a zero byte, or told of. `room` holds what was turned into it. */
static int as_utf8(struct import *im, tg_view *text, tg_buf *room, tg_error *err)
{
	size_t at = 0;

	if (text->len >= 2 && (memcmp(text->data, "\xff\xfe", 2) == 0 || memcmp(text->data, "\xfe\xff", 2) == 0)) {
		refuse_text(im, 1, "not-utf8", "UTF-16 (\"Unicode text\"); save the file as \"CSV UTF-8\"");
		return TG_OK;
	}
	if (im->options->map->encoding == TG_CSV_WINDOWS_1252) {
		int rc = tg_windows_1252_to_utf8(room, *text, &at, err);

		if (rc == TG_EFORMAT) {
			refuse_text(im, line_of(*text, at), "not-windows-1252",
				"a byte that Windows-1252 does not have; which encoding was the file saved in?");
			return TG_OK;
		}
		*text = tg_buf_view(room);
		return rc;
	}
	if (!tg_utf8_valid(text->data, text->len))
		refuse_text(im, line_of(*text, first_bad_byte(*text)), "not-utf8",
			"not UTF-8; save the file as \"CSV UTF-8\", or, if it is Windows-1252, say --encoding windows-1252");
	else if (text->len > 0 && memchr(text->data, 0, text->len) != NULL)
		refuse_text(im, 1, "not-utf8", "a zero byte in the file; is it CSV?");
	return TG_OK;
}

static int read_rows(struct import *im, tg_view text, tg_error *err)
{
	tg_buf room;
	int rc;

	tg_buf_init(&room, 3 * TG_IMPORT_FILE_MAX);
	rc = as_utf8(im, &text, &room, err);
	if (rc == TG_OK && !im->failed) {
		rc = tg_csv_parse(text, im->options->map->separator, take_row, im, err);
		if (rc == TG_EFORMAT || rc == TG_ELIMIT || (rc == TG_EINVAL && !im->header_read))
			tg_error_prefix(err, "%s", im->file);
		if (rc == TG_OK && !im->header_read)
			rc = tg_fail(err, TG_EINVAL, "%s: empty; wanted a line with the names of the columns", im->file);
	}
	tg_buf_fini(&room);
	return rc;
}

static int read_csv(struct import *im, tg_error *err)
{
	tg_buf text;
	int rc;

	tg_buf_init(&text, TG_IMPORT_FILE_MAX);
	rc = tg_file_read(&text, im->file, TG_IMPORT_FILE_MAX, err);
	if (rc == TG_OK)
		rc = read_rows(im, tg_buf_view(&text), err);
	tg_buf_fini(&text);
	return rc;
}

/* ---- rows to records ---- */

static size_t field_of(tg_record_kind kind, const char *path)
{
	char name[64];
	size_t n = 0;

	for (; *path != '\0' && n + 1 < sizeof(name); path++) {
		if (*path == '[')
			path += strcspn(path, "]");
		else
			name[n++] = *path;
		if (*path == '\0')
			break;
	}
	name[n] = '\0';
	/* "level" is level; of "batches.ranges[1].from" the column is "batches" */
	for (; n > 0; n--) {
		size_t field = tg_column_find(kind, name, n);

		if (field != TG_COLUMNS_MAX)
			return field;
	}
	return TG_COLUMNS_MAX;
}

/* What the reader of the kind said of the record, with the column that it came from. */
static void pass_on(struct import *im, const tg_findings *found, const tg_json *record)
{
	tg_buf value;

	tg_buf_init(&value, TG_RECORD_LINE_MAX);
	for (size_t i = 0; i < found->count; i++) {
		const tg_finding *f = &found->list[i];
		size_t field = field_of(im->options->kind, f->field);
		bool missing = field != TG_COLUMNS_MAX && !im->used[field];

		if (missing && im->missed[field])
			continue; /* once is enough: the same with every new record */
		tg_buf_clear(&value);
		tg_columns_value(&value, record, f->field);
		if (field != TG_COLUMNS_MAX && im->used[field]) {
			im->findings->column = im->titles[field];
			im->findings->value = tg_buf_text(&value);
		}
		tg_findings_add(im->findings, (tg_finding_level)f->level, f->code, (tg_finding_at){ f->file, f->line }, f->field,
			"%s%s", f->words, missing ? "; no column holds it, here and in every other new record" : "");
		im->findings->column = im->findings->value = NULL;
		if (missing)
			im->missed[field] = true;
	}
	im->failed = true;
	tg_buf_fini(&value);
}

/* Is it a record? Then its text. Else told of. */
static int check_record(struct import *im, const char **text, const tg_json *record, uint32_t line, tg_error *err)
{
	tg_findings found = { 0 };
	tg_records one = { 0 };
	int rc = write_text(im, text, record, err);

	if (rc == TG_OK) {
		rc = tg_records_read_line(&one, &found, im->options->kind, tg_view_str(*text), line);
		if (rc == TG_EFORMAT)
			pass_on(im, &found, record);
		rc = rc == TG_ENOMEM ? no_memory(im, err) : TG_OK;
	}
	tg_records_fini(&one);
	tg_findings_fini(&found);
	return rc;
}

/* What the rows of one key say together; NULL: they differ, which was told of, or (`rc`) no memory. */
static tg_json *join_rows(struct import *im, const struct entry *rows, size_t count, int *rc, tg_error *err)
{
	tg_json **trees = calloc(count, sizeof(*trees)); /* NOLINT: pointers */
	const tg_json **given = calloc(count, sizeof(*given));   /* NOLINT */
	char differs[128] = "";
	tg_json *joined = NULL;
	size_t n = 0, row;

	*rc = trees == NULL || given == NULL ? no_memory(im, err) : TG_OK;
	while (*rc == TG_OK && n < count) {
		*rc = tg_json_parse(&trees[n], tg_view_str(rows[n].text), err);
		if (*rc == TG_OK) {
			given[n] = trees[n];
			n++;
		}
	}
	if (*rc == TG_OK)
		joined = count == 1 ? trees[0] : tg_columns_join(given, count, differs, &row);
	if (differs[0] != '\0') {
		tg_findings_add(im->findings, TG_FINDING_ERROR, "rows-differ", at_line(im, rows[row].line), differs,
			"line %u says otherwise of %s; rows of one record must agree, or leave the cell empty", rows[0].line,
			rows[0].key);
		im->failed = true;
	}
	for (size_t i = 0; i < n; i++)
		if (trees[i] != joined)
			tg_json_free(trees[i]);
	free(trees);
	free(given);
	return joined;
}

/* Lays the row over the record that is there. */
static int lay_over(struct import *im, tg_json **record, const struct entry *present, tg_error *err)
{
	tg_json *old = NULL, *laid;
	int rc = tg_json_parse(&old, tg_view_str(present->text), err);

	if (rc != TG_OK)
		return rc;
	laid = tg_columns_overlay(old, *record, im->options->kind, im->used);
	tg_json_free(old);
	tg_json_free(*record);
	*record = laid;
	return TG_OK;
}

/* A spreadsheet cannot say who signed and approved; a statement of which that is on record is not changed by one. */
static int check_signed(struct import *im, const struct entry *present, const struct entry *e, tg_error *err)
{
	tg_json *old = NULL;
	int rc;

	if (im->options->kind != TG_RECORD_SOC || strcmp(present->text, e->text) == 0)
		return TG_OK;
	rc = tg_json_parse(&old, tg_view_str(present->text), err);
	if (rc == TG_OK && tg_json_get(old, "source") != NULL) {
		tg_findings_add(im->findings, TG_FINDING_ERROR, "signed-by-supplier", at_line(im, e->line), "id",
			"%s was signed by its supplier and approved as it is; take the change in from the supplier, or correct "
			"records/socs.jsonl by hand",
			e->key);
		im->failed = true;
	}
	tg_json_free(old);
	return rc;
}

static int build_record(struct import *im, struct entry *out, const struct entry *present, const struct entry *rows,
	size_t count, tg_error *err)
{
	int rc;
	tg_json *record = join_rows(im, rows, count, &rc, err);

	*out = rows[0];
	out->bad = record == NULL;
	if (rc == TG_OK && record != NULL && present != NULL && im->options->update != TG_UPDATE_REPLACE)
		rc = lay_over(im, &record, present, err);
	if (rc == TG_OK && record != NULL)
		rc = check_record(im, &out->text, record, rows[0].line, err);
	if (rc == TG_OK && record != NULL && present != NULL)
		rc = check_signed(im, present, out, err);
	tg_json_free(record);
	return rc;
}

/* ---- merge ---- */

static int by_key(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = strcmp(a->key, b->key);

	if (order == 0)
		order = (int)a->incoming - (int)b->incoming; /* what is there already comes first */
	return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static void tell_twice(struct import *im, const struct entry *e, uint32_t line)
{
	tg_findings_add(e->incoming ? im->findings : im->own, TG_FINDING_ERROR, "duplicate-key", at_line(im, e->line), "",
		"%s is already on line %u; keep one of them", e->key, line);
	im->failed = true;
}

static void count_one(struct import *im, const struct entry *present, const struct entry *e)
{
	bool same = present != NULL && strcmp(present->text, e->text) == 0;

	if (present == NULL)
		im->result->added++;
	else if (same)
		im->result->unchanged++;
	else
		im->result->changed++;
	if (present != NULL && !same && im->options->update == TG_UPDATE_NEVER) {
		tg_findings_add(im->findings, TG_FINDING_ERROR, "is-there", at_line(im, e->line), "",
			"%s is there already and would change; --update says what is to happen then", e->key);
		im->failed = true;
	}
}

/* All entries of one key become one, `*out`. */
static int settle(struct import *im, struct entry *out, const struct entry *group, size_t count, tg_error *err)
{
	size_t there = 0, rows;
	const struct entry *present;
	int rc = TG_OK;

	while (there < count && !group[there].incoming)
		there++;
	for (size_t i = 1; i < there; i++)
		tell_twice(im, &group[i], group[0].line);
	present = there > 0 ? &group[0] : NULL;
	rows = count - there;
	*out = group[0];
	if (rows == 0) {
		im->result->untouched++;
		return TG_OK;
	}
	for (size_t i = there + 1; i < count && !im->joins; i++)
		tell_twice(im, &group[i], group[there].line);
	for (size_t i = there; i < count; i++)
		if (group[i].bad)
			return TG_OK; /* told of already; the rest of it would only mislead */
	if (im->options->csv)
		rc = build_record(im, out, present, group + there, im->joins ? rows : 1, err);
	else
		*out = group[there];
	if (rc == TG_OK && !out->bad)
		count_one(im, present, out);
	return rc;
}

/* Leaves one entry a key. */
static int merge(struct import *im, tg_error *err)
{
	size_t kept = 0, end;
	int rc = TG_OK;

	if (im->count > 1)
		qsort(im->entries, im->count, sizeof(*im->entries), by_key);
	for (size_t first = 0; first < im->count && rc == TG_OK; first = end) {
		struct entry one;

		for (end = first + 1; end < im->count && strcmp(im->entries[end].key, im->entries[first].key) == 0; end++)
			;
		rc = settle(im, &one, &im->entries[first], end - first, err);
		im->entries[kept++] = one;
		progress(im, "records checked", kept);
	}
	im->count = kept;
	im->result->total = kept;
	return rc;
}

static int write_records(const struct import *im, const char *path, tg_error *err)
{
	tg_file_stage stage;
	tg_buf out;
	int rc = tg_file_stage_open(&stage, path, 0644, err);

	if (rc != TG_OK)
		return rc;
	tg_buf_init(&out, 2 * (size_t)TG_RECORD_LINE_MAX);
	for (size_t i = 0; i < im->count && rc == TG_OK; i++) {
		tg_buf_puts(&out, im->entries[i].text);
		tg_buf_putc(&out, '\n');
		if (out.len > TG_RECORD_LINE_MAX / 2 || i + 1 == im->count) {
			rc = tg_buf_check(&out, path, err);
			if (rc == TG_OK)
				rc = tg_write_all(stage.fd, out.data, out.len, path, err);
			tg_buf_clear(&out);
		}
	}
	if (rc == TG_OK)
		rc = tg_file_stage_commit(&stage, err);
	tg_file_stage_abandon(&stage);
	tg_buf_fini(&out);
	return rc;
}

static int read_present(struct import *im, const char *path, tg_error *err)
{
	tg_findings own = { 0 };
	int rc;

	im->incoming = false;
	im->own = &own;
	rc = tg_records_each_line(path, take_line, im, err);
	if (rc == TG_ENOTFOUND)
		rc = TG_OK;
	if (rc == TG_OK && own.count > 0)
		rc = tg_fail(err, TG_ESTATE, "%s:%u: %s; correct it first (lint)", path, own.list[0].line,
			own.list[0].words);
	tg_findings_fini(&own);
	im->own = NULL;
	return rc;
}

static int check_options(const tg_import_options *options, tg_error *err)
{
	size_t count;

	(void)tg_columns_of(&count, options->kind);
	if (options->csv && count == 0)
		return tg_fail(err, TG_EINVAL, "%s do not come as CSV; bring them as JSON Lines",
			tg_record_words[options->kind]);
	if (options->csv && (options->map == NULL || options->map->kind != options->kind))
		return tg_fail(err, TG_EINVAL, "the mapping is not one of %s", tg_record_words[options->kind]);
	if (!options->csv && options->update == TG_UPDATE_MEMBERS)
		return tg_fail(err, TG_EINVAL, "--update members: JSON Lines hold whole records; only CSV changes some of their members");
	return TG_OK;
}

static void begin(struct import *im, tg_import_result *result, tg_findings *findings)
{
	*result = (tg_import_result){ 0 };
	im->result = result;
	im->findings = im->own = findings;
	im->incoming = true;
	tg_buf_init(&im->scratch, 2 * (size_t)TG_RECORD_LINE_MAX);
}

static int finish(struct import *im, int rc, tg_error *err)
{
	for (size_t i = 0; i < im->findings->count; i++)
		im->findings->list[i].file = im->file;
	tg_findings_sort(im->findings);
	if (rc == TG_OK && im->failed)
		rc = tg_fail(err, TG_EFORMAT, "%s: %zu errors; nothing was imported", im->file,
			im->findings->counts[TG_FINDING_ERROR]);
	return rc;
}

static void end(struct import *im)
{
	tg_buf_fini(&im->scratch);
	tg_arena_fini(&im->texts);
	free(im->entries);
}

int tg_import(tg_import_result *result, tg_findings *findings, const char *records, const char *file,
	const tg_import_options *options, tg_error *err)
{
	struct import im = { .options = options, .file = file };
	char path[4096];
	int rc = tg_path(path, err, "%s/%s", records, tg_record_files[options->kind]);

	begin(&im, result, findings);
	if (rc == TG_OK)
		rc = check_options(options, err);
	if (rc == TG_OK)
		rc = read_present(&im, path, err);
	im.incoming = true;
	im.own = findings;
	if (rc == TG_OK)
		rc = options->csv ? read_csv(&im, err) : tg_records_each_line(file, take_line, &im, err);
	if (rc == TG_OK)
		rc = merge(&im, err);
	rc = finish(&im, rc, err);
	if (rc == TG_OK && !options->dry_run && result->added + result->changed > 0)
		rc = write_records(&im, path, err);
	end(&im);
	return rc;
}

int tg_import_text(
	tg_import_result *result, tg_findings *findings, tg_view text, const tg_import_options *options, tg_error *err)
{
	struct import im = { .options = options, .file = "text" };
	int rc = check_options(options, err);

	begin(&im, result, findings);
	if (rc == TG_OK)
		rc = read_rows(&im, text, err);
	if (rc == TG_OK)
		rc = merge(&im, err);
	rc = finish(&im, rc, err);
	end(&im);
	return rc;
}

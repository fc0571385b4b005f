/* SPDX-License-Identifier: Apache-2.0
 *
 * import.c - read, check, merge, sort, write whole.
 */
#include "sync/hq/import.h"

#include "plugin/gate/label.h"
#include "store/base/encoding.h"
#include "store/base/file.h"
#include "sync/hq/csv.h"

#include <stdio.h>
#include <stdlib.h>

/* Members of a product that a column may hold; the others are lists or objects and come as JSON Lines. */
static const char *const column_fields[] = { "gtin", "name", "brand", "manufacturer", "type", "category",
	NULL };
#define COLUMN_FIELDS (TG_COUNT(column_fields) - 1)

struct entry {
	const char *key, *text; /* sort key; the record in RFC 8785 form */
	uint32_t line;
	bool incoming;
};

struct import {
	const tg_import_options *options;
	tg_findings *findings;
	tg_findings *own; /* findings about what is in HQ/records/ already */
	const char *file;
	tg_arena texts;
	struct entry *entries;
	size_t count, cap;
	bool incoming, failed;
	/* CSV */
	bool header_read;
	size_t columns[COLUMN_FIELDS]; /* column of each field, or TG_CSV_NO_COLUMN */
	size_t column_count;
	tg_buf scratch;
};

/* ---- one record ---- */

static const char *key_of(struct import *im, const tg_records *records)
{
	char text[15];

	switch (im->options->kind) {
	case TG_RECORD_PRODUCT:
		return tg_arena_text(&im->texts, tg_gtin_format(text, records->products[0].gtin));
	case TG_RECORD_PACK:
		return tg_arena_text(&im->texts, tg_gtin_format(text, records->packs[0].gtin));
	case TG_RECORD_SOC:
		return tg_arena_text(&im->texts, records->socs[0].id);
	case TG_RECORD_LABEL:
		return tg_arena_text(&im->texts, records->labels[0].id);
	case TG_RECORD_SCOPE_NOTE:
		return tg_arena_text(&im->texts, records->scope_notes[0].id);
	case TG_RECORD_CLASS_NOTE:
		return tg_arena_text(&im->texts, records->class_notes[0].id);
	case TG_RECORD_BUNDLE:
		return tg_arena_text(&im->texts, tg_gtin_format(text, records->bundles[0].gtin));
	case TG_RECORD_ROLE:
		return tg_arena_text(&im->texts, records->roles[0].id);
	case TG_RECORD_FAILURE:
		return tg_arena_text(&im->texts, records->failures[0].id);
	case TG_RECORD_NOTICE:
		return tg_arena_text(&im->texts, records->notices[0].id);
	case TG_RECORD_PUBLICATION:
		return tg_arena_text(&im->texts, records->publications[0].id);
	case TG_RECORD_KINDS:
		break;
	}
	return "";
}

static int keep(struct import *im, const char *key, const tg_json *json, uint32_t number, tg_error *err)
{
	struct entry *grown = tg_array_grow(im->entries, im->count, &im->cap, sizeof(*grown));
	int rc;

	if (grown == NULL)
		return tg_fail(err, TG_ENOMEM, "%s: out of memory", im->file);
	im->entries = grown;
	tg_buf_clear(&im->scratch);
	rc = tg_json_write_jcs(&im->scratch, json, err);
	if (rc == TG_OK)
		rc = tg_buf_check(&im->scratch, "record", err);
	if (rc != TG_OK)
		return rc;
	grown[im->count++] = (struct entry){ key, tg_arena_text(&im->texts, tg_buf_text(&im->scratch)),
		number, im->incoming };
	return im->texts.failed ? tg_fail(err, TG_ENOMEM, "%s: out of memory", im->file) : TG_OK;
}

/* Checks the line as a record by itself; a bad one only sets `failed`, so that all bad lines are told of. */
static int take_line(void *ctx, tg_view line, uint32_t number, tg_error *err)
{
	struct import *im = ctx;
	tg_records one = { 0 };
	tg_json *json = NULL;
	int rc = tg_records_read_line(
		&one, im->incoming ? im->findings : im->own, im->options->kind, line, number);

	if (rc == TG_OK)
		rc = tg_json_parse(&json, line, err);
	if (rc == TG_OK)
		rc = keep(im, key_of(im, &one), json, number, err);
	else if (rc == TG_ENOMEM)
		rc = tg_fail(err, TG_ENOMEM, "%s: out of memory", im->file);
	else if (rc == TG_EFORMAT)
		rc = TG_OK, im->failed = true;
	tg_json_free(json);
	tg_records_fini(&one);
	return rc;
}

/* ---- CSV ---- */

static void refuse_row(struct import *im, uint32_t line, const char *field, const char *words)
{
	tg_findings_add(im->findings, TG_FINDING_ERROR, "bad-row",
		(tg_finding_at){ tg_record_files[im->options->kind], line }, field, "%s", words);
	im->failed = true;
}

static const char *column_for(const tg_import_options *options, const char *field)
{
	if (options->map_count == 0)
		return field;
	for (size_t i = 0; i < options->map_count; i++)
		if (strcmp(options->maps[i].field, field) == 0)
			return options->maps[i].column;
	return NULL;
}

static int check_maps(const tg_import_options *options, tg_error *err)
{
	for (size_t i = 0; i < options->map_count; i++) {
		size_t f = 0;

		while (f < COLUMN_FIELDS && strcmp(column_fields[f], options->maps[i].field) != 0)
			f++;
		if (f == COLUMN_FIELDS)
			return tg_fail(err, TG_EINVAL,
				"--map: \"%s\" is none of gtin, name, brand, manufacturer, type, category",
				options->maps[i].field);
		for (size_t j = 0; j < i; j++)
			if (strcmp(options->maps[i].field, options->maps[j].field) == 0)
				return tg_fail(err, TG_EINVAL, "--map: \"%s\" is given twice",
					options->maps[i].field);
	}
	return TG_OK;
}

static int read_header(struct import *im, const tg_view *fields, size_t count, tg_error *err)
{
	im->header_read = true;
	im->column_count = count;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (tg_view_equal(tg_csv_trimmed(fields[i]), tg_csv_trimmed(fields[j])) &&
				fields[i].len > 0)
				return tg_fail(err, TG_EINVAL, "%s: two columns are called \"%.*s\"",
					im->file, (int)fields[i].len, (const char *)fields[i].data);
	for (size_t f = 0; f < COLUMN_FIELDS; f++) {
		const char *column = column_for(im->options, column_fields[f]);

		im->columns[f] =
			column == NULL ? TG_CSV_NO_COLUMN : tg_csv_find_column(fields, count, column);
		if (column != NULL && im->options->map_count > 0 && im->columns[f] == TG_CSV_NO_COLUMN)
			return tg_fail(err, TG_EINVAL, "%s: no column is called \"%s\"", im->file, column);
	}
	if (im->columns[0] == TG_CSV_NO_COLUMN || im->columns[1] == TG_CSV_NO_COLUMN)
		return tg_fail(err, TG_EINVAL,
			"%s: no columns for gtin and name; name them with --map COLUMN=gtin --map "
			"COLUMN=name",
			im->file);
	return TG_OK;
}

static int take_row(void *ctx, const tg_view *fields, size_t count, uint32_t line, tg_error *err)
{
	struct import *im = ctx;
	char text[TG_CSV_FIELD_MAX + 1];
	tg_json *json;
	tg_buf out;
	int rc;

	if (!im->header_read)
		return read_header(im, fields, count, err);
	if (count != im->column_count) {
		refuse_row(im, line, "", "not as many fields as the header has columns");
		return TG_OK;
	}
	json = tg_json_new_object();
	for (size_t f = 0; f < COLUMN_FIELDS; f++) {
		tg_view v = im->columns[f] == TG_CSV_NO_COLUMN ? tg_view_of("", 0)
							       : tg_csv_trimmed(fields[im->columns[f]]);

		if (v.len > 0 && (!tg_utf8_valid(v.data, v.len) || memchr(v.data, 0, v.len) != NULL)) {
			refuse_row(im, line, column_fields[f], "no UTF-8; save the file as UTF-8");
			tg_json_free(json);
			return TG_OK;
		}
		memcpy(text, v.data, v.len);
		text[v.len] = '\0';
		if (v.len > 0)
			tg_json_set_str(json, column_fields[f], text);
	}
	tg_buf_init(&out, TG_RECORD_LINE_MAX);
	rc = tg_json_write_jcs(&out, json, err);
	if (rc == TG_OK)
		rc = take_line(im, tg_buf_view(&out), line, err);
	tg_buf_fini(&out);
	tg_json_free(json);
	return rc;
}

static int read_csv(struct import *im, tg_error *err)
{
	tg_buf text;
	int rc = check_maps(im->options, err);

	if (rc == TG_OK && im->options->kind != TG_RECORD_PRODUCT)
		rc = tg_fail(err, TG_EINVAL, "only products come as CSV; bring %s as JSON Lines",
			tg_record_words[im->options->kind]);
	tg_buf_init(&text, TG_IMPORT_FILE_MAX);
	if (rc == TG_OK)
		rc = tg_file_read(&text, im->file, TG_IMPORT_FILE_MAX, err);
	if (rc == TG_OK) {
		rc = tg_csv_parse(tg_buf_view(&text), im->options->separator, take_row, im, err);
		if (rc == TG_EFORMAT || rc == TG_ELIMIT)
			(void)tg_error_prefix(err, "%s", im->file);
	}
	tg_buf_fini(&text);
	if (rc == TG_OK && !im->header_read)
		rc = tg_fail(
			err, TG_EINVAL, "%s: empty; wanted a line with the names of the columns", im->file);
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

/* Leaves one entry a key, the incoming one where there is one. */
static void merge(struct import *im, tg_import_result *result)
{
	size_t kept = 0;

	if (im->count > 1)
		qsort(im->entries, im->count, sizeof(*im->entries), by_key);
	for (size_t i = 0; i < im->count; i++) {
		const struct entry *e = &im->entries[i];
		struct entry *before = kept > 0 ? &im->entries[kept - 1] : NULL;

		if (before == NULL || strcmp(before->key, e->key) != 0) {
			if (e->incoming)
				result->added++;
			im->entries[kept++] = *e;
		} else if (!e->incoming || before->incoming) {
			tg_findings_add(e->incoming ? im->findings : im->own, TG_FINDING_ERROR,
				"duplicate-key",
				(tg_finding_at){ tg_record_files[im->options->kind], e->line }, "",
				"%s is already on line %u; keep one of them", e->key, before->line);
			im->failed = true;
		} else {
			if (strcmp(before->text, e->text) == 0)
				result->unchanged++;
			else
				result->changed++;
			*before = *e;
		}
	}
	im->count = kept;
	result->total = kept;
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

int tg_import(tg_import_result *result, tg_findings *findings, const char *records, const char *file,
	const tg_import_options *options, tg_error *err)
{
	struct import im = { .options = options, .findings = findings, .file = file };
	char path[4096];
	int rc = tg_path(path, err, "%s/%s", records, tg_record_files[options->kind]);

	*result = (tg_import_result){ 0 };
	tg_buf_init(&im.scratch, 2 * (size_t)TG_RECORD_LINE_MAX);
	if (rc == TG_OK)
		rc = read_present(&im, path, err);
	im.incoming = true;
	im.own = findings;
	if (rc == TG_OK)
		rc = options->csv ? read_csv(&im, err) : tg_records_each_line(file, take_line, &im, err);
	if (rc == TG_OK)
		merge(&im, result);
	for (size_t i = 0; i < findings->count; i++)
		findings->list[i].file = file;
	tg_findings_sort(findings);
	if (rc == TG_OK && im.failed)
		rc = tg_fail(err, TG_EFORMAT, "%s: %zu bad lines; nothing was imported", file,
			findings->counts[TG_FINDING_ERROR]);
	if (rc == TG_OK && !options->dry_run && result->added + result->changed > 0)
		rc = write_records(&im, path, err);
	tg_buf_fini(&im.scratch);
	tg_arena_fini(&im.texts);
	free(im.entries);
	return rc;
}

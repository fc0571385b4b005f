/* SPDX-License-Identifier: Apache-2.0
 *
 * record_put.c - a file of records read line by line and written whole, with some lines in the place of theirs.
 */
#include "sync/hq/record_put.h"

#include "plugin/gate/label.h"
#include "store/base/file.h"

#include <stdlib.h>

/* Lines are copied; those of `lines` are put in the place of theirs, or before the first line with a higher key. */
struct rewrite {
	tg_file_stage stage;
	tg_buf out;
	const char *path, *key; /* "id" or "gtin" */
	const tg_record_line *lines;
	size_t count,
		next; /* lines that are not there yet are put in their order: `next` is the first not yet put */
};

static int flush(struct rewrite *w, bool all, tg_error *err)
{
	int rc = tg_buf_check(&w->out, w->path, err);

	if (rc == TG_OK && (all || w->out.len > TG_RECORD_LINE_MAX)) {
		rc = tg_write_all(w->stage.fd, w->out.data, w->out.len, w->path, err);
		tg_buf_clear(&w->out);
	}
	return rc;
}

static int put_line(struct rewrite *w, const tg_json *json, tg_error *err)
{
	int rc = tg_json_write_jcs(&w->out, json, err);

	tg_buf_putc(&w->out, '\n');
	return rc == TG_OK ? flush(w, false, err) : rc;
}

static const char *key_of(const struct rewrite *w, const tg_json *json, char text[15])
{
	const char *key = tg_json_str(tg_json_get(json, w->key));
	uint64_t gtin;

	if (strcmp(w->key, "gtin") == 0 && key != NULL &&
		tg_gtin_parse(&gtin, tg_view_str(key), NULL) == TG_OK)
		return tg_gtin_format(text, gtin);
	return key == NULL ? "" : key;
}

/* New lines whose key is below `before` (NULL: all the rest). */
static int put_new(struct rewrite *w, const char *before, tg_error *err)
{
	char text[15];
	int rc = TG_OK;

	for (; w->next < w->count && rc == TG_OK; w->next++) {
		const tg_record_line *line = &w->lines[w->next];

		if (line->now != NULL)
			continue;
		if (before != NULL && strcmp(key_of(w, line->then, text), before) > 0)
			break;
		rc = put_line(w, line->then, err);
	}
	return rc;
}

/* The line that takes the place of the one with that key, or NULL. `lines` are in the order of their keys. */
static const tg_record_line *replacement(const struct rewrite *w, const char *key)
{
	size_t low = 0, high = w->count;
	char text[15];

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(key_of(w, w->lines[middle].then, text), key);

		if (order == 0)
			return w->lines[middle].now == NULL ? NULL : &w->lines[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int copy_line(void *ctx, tg_view line, uint32_t number, tg_error *err)
{
	struct rewrite *w = ctx;
	char text[15];
	tg_json *json = NULL;
	const tg_record_line *instead;
	const char *key;
	int rc = tg_json_parse(&json, line, err);

	if (rc != TG_OK) {
		tg_error_prefix(err, "%s:%u", w->path, number);
		return rc;
	}
	key = key_of(w, json, text);
	rc = put_new(w, key, err);
	instead = replacement(w, key);
	if (rc == TG_OK && instead != NULL) {
		rc = put_line(w, instead->then, err);
	} else if (rc == TG_OK) {
		tg_buf_append(&w->out, line.data, line.len);
		tg_buf_putc(&w->out, '\n');
		rc = flush(w, false, err);
	}
	tg_json_free(json);
	return rc;
}

static const char *key_name(tg_record_kind kind)
{
	return kind == TG_RECORD_PRODUCT || kind == TG_RECORD_PACK || kind == TG_RECORD_BUNDLE ? "gtin" : "id";
}

int tg_records_put(
	const tg_site *site, tg_record_kind kind, const tg_record_line *lines, size_t count, tg_error *err)
{
	struct rewrite w = { .key = key_name(kind), .lines = lines, .count = count };
	char path[4096];
	int rc = tg_path(path, err, "%s/%s", site->records, tg_record_files[kind]);

	if (rc != TG_OK)
		return rc;
	w.path = path;
	rc = tg_file_stage_open(&w.stage, path, 0644, err);
	if (rc != TG_OK)
		return rc;
	tg_buf_init(&w.out, 4 * (size_t)TG_RECORD_LINE_MAX);
	rc = tg_records_each_line(path, copy_line, &w, err);
	if (rc == TG_ENOTFOUND)
		rc = TG_OK;
	if (rc == TG_OK)
		rc = put_new(&w, NULL, err);
	if (rc == TG_OK)
		rc = flush(&w, true, err);
	if (rc == TG_OK)
		rc = tg_file_stage_commit(&w.stage, err);
	tg_file_stage_abandon(&w.stage);
	tg_buf_fini(&w.out);
	return rc;
}

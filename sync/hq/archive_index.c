/* SPDX-License-Identifier: Apache-2.0
 *
 * archive_index.c - lines of the archive's index, and whether they fit each other. See archive_index.h.
 */
#include "sync/hq/archive_index.h"

#include "store/base/encoding.h"

#include <stdlib.h>

const char *const tg_archive_form_words[TG_ARCHIVE_FORMS + 1] = { "kept", "whole", "patch", "plain", NULL };

/* ---- one line ---- */

static int need_hash(uint8_t out[TG_SHA256_SIZE], const tg_json *json, const char *name, tg_error *err)
{
	const char *text = "";
	size_t len = 0;
	int rc = tg_json_need_str(&text, json, name, (size_t)2 * TG_SHA256_SIZE, err);

	if (rc == TG_OK && (tg_hex_decode(out, &len, TG_SHA256_SIZE, text, NULL) != TG_OK || len != TG_SHA256_SIZE))
		rc = tg_fail(err, TG_EFORMAT, "%s: wanted 64 hexadecimal digits", name);
	return rc;
}

static int need_time(int64_t *out, const tg_json *json, tg_error *err)
{
	const char *text = "";
	int rc = tg_json_need_str(&text, json, "at", TG_UTC_TEXT_SIZE - 1, err);

	return rc == TG_OK ? tg_utc_parse(out, text, err) : rc;
}

/* What is said of the file: all of it where the line keeps the image, none of it where another does. */
static int read_file_members(tg_archive_line *out, const tg_json *json, tg_error *err)
{
	static const char *const of_a_file[] = { "file_length", "file_sha256", "from_sha256" };
	int rc = TG_OK;

	if (out->form != TG_ARCHIVE_KEPT) {
		rc = tg_json_need_int(&out->file_length, json, "file_length", 1, TG_JSON_MAX_INT, err);
		if (rc == TG_OK)
			rc = need_hash(out->file_sha256, json, "file_sha256", err);
	}
	if (rc == TG_OK && out->form == TG_ARCHIVE_PATCH)
		rc = need_hash(out->from_sha256, json, "from_sha256", err);
	for (size_t i = out->form == TG_ARCHIVE_KEPT ? 0 : 2; rc == TG_OK && i < TG_COUNT(of_a_file); i++)
		if (out->form != TG_ARCHIVE_PATCH && tg_json_get(json, of_a_file[i]) != NULL)
			rc = tg_fail(err, TG_EFORMAT, "%s: not beside form \"%s\"", of_a_file[i], tg_archive_form_words[out->form]);
	return rc;
}

static int read_line(tg_archive_line *out, const tg_json *json, tg_error *err)
{
	static const char *const names[] = { "v", "at", "targets_version", "catalogue_version", "policy_version", "image_length",
		"image_sha256", "policy_sha256", "form", "file_length", "file_sha256", "from_sha256", NULL };
	int64_t v;
	int form = 0, rc = tg_json_need_int(&v, json, "v", 1, 1, err);

	if (rc == TG_OK)
		rc = tg_json_only(json, names, err);
	if (rc == TG_OK)
		rc = need_time(&out->at_us, json, err);
	if (rc == TG_OK)
		rc = tg_json_need_int(&out->targets_version, json, "targets_version", 1, TG_JSON_MAX_INT, err);
	if (rc == TG_OK)
		rc = tg_json_need_int(&out->catalogue_version, json, "catalogue_version", 1, TG_JSON_MAX_INT, err);
	if (rc == TG_OK)
		rc = tg_json_need_int(&out->policy_version, json, "policy_version", 1, TG_JSON_MAX_INT, err);
	if (rc == TG_OK)
		rc = tg_json_need_int(&out->image_length, json, "image_length", 1, TG_JSON_MAX_INT, err);
	if (rc == TG_OK)
		rc = need_hash(out->image_sha256, json, "image_sha256", err);
	if (rc == TG_OK)
		rc = need_hash(out->policy_sha256, json, "policy_sha256", err);
	if (rc == TG_OK)
		rc = tg_json_need_word(&form, json, "form", tg_archive_form_words, err);
	out->form = (tg_archive_form)form;
	return rc == TG_OK ? read_file_members(out, json, err) : rc;
}

int tg_archive_line_parse(tg_archive_line *out, tg_view text, tg_error *err)
{
	tg_archive_line line = { 0 };
	tg_json *json = NULL;
	int rc = text.len <= TG_ARCHIVE_LINE_MAX
			 ? tg_json_parse(&json, text, err)
			 : tg_fail(err, TG_EFORMAT, "a line of %zu bytes; none has more than %d", text.len, TG_ARCHIVE_LINE_MAX);

	if (rc == TG_OK)
		rc = read_line(&line, json, err);
	if (rc == TG_OK)
		*out = line;
	tg_json_free(json);
	return rc;
}

static void set_hash(tg_json *json, const char *name, const uint8_t sha256[TG_SHA256_SIZE])
{
	char hex[2 * TG_SHA256_SIZE + 1];

	tg_json_set_str(json, name, tg_hex_encode(hex, sha256, TG_SHA256_SIZE));
}

int tg_archive_line_write(tg_buf *out, const tg_archive_line *line, tg_error *err)
{
	tg_json *json = tg_json_new_object();
	char at[TG_UTC_TEXT_SIZE];
	int rc;

	tg_json_set_int(json, "v", 1);
	tg_json_set_str(json, "at", tg_utc_format(at, line->at_us));
	tg_json_set_int(json, "targets_version", line->targets_version);
	tg_json_set_int(json, "catalogue_version", line->catalogue_version);
	tg_json_set_int(json, "policy_version", line->policy_version);
	tg_json_set_int(json, "image_length", line->image_length);
	set_hash(json, "image_sha256", line->image_sha256);
	set_hash(json, "policy_sha256", line->policy_sha256);
	tg_json_set_str(json, "form", tg_archive_form_words[line->form]);
	if (line->form != TG_ARCHIVE_KEPT) {
		tg_json_set_int(json, "file_length", line->file_length);
		set_hash(json, "file_sha256", line->file_sha256);
	}
	if (line->form == TG_ARCHIVE_PATCH)
		set_hash(json, "from_sha256", line->from_sha256);
	rc = tg_json_write_jcs(out, json, err);
	tg_json_free(json);
	if (rc == TG_OK)
		tg_buf_putc(out, '\n');
	return rc == TG_OK ? tg_buf_check(out, "index.jsonl", err) : rc;
}

/* ---- all of them ---- */

long tg_archive_index_of_image(const tg_archive_index *index, const uint8_t sha256[TG_SHA256_SIZE])
{
	for (size_t i = index->count; i > 0; i--)
		if (memcmp(index->entries[i - 1].line.image_sha256, sha256, TG_SHA256_SIZE) == 0)
			return (long)i - 1;
	return -1;
}

/*
 * Versions rise with each change, so an image that was seen before is that of the line before: nothing else has to be looked
 * through, and a million lines are read in one pass.
 */
static int settle_image(tg_archive_entry *e, const tg_archive_index *index, tg_error *err)
{
	const tg_archive_entry *last = index->count > 0 ? &index->entries[index->count - 1] : NULL;
	bool same = last != NULL && memcmp(last->line.image_sha256, e->line.image_sha256, TG_SHA256_SIZE) == 0;

	e->kept_at = e->from = index->count;
	if (last != NULL && same != (last->line.catalogue_version == e->line.catalogue_version))
		return tg_fail(err, TG_EFORMAT, "catalogue %lld comes with two hashes, or one hash with two versions",
			(long long)e->line.catalogue_version);
	if (same != (e->line.form == TG_ARCHIVE_KEPT))
		return tg_fail(err, TG_EFORMAT, same ? "the image is kept by an earlier line already" : "no line keeps the image");
	if (same && e->line.image_length != last->line.image_length)
		return tg_fail(err, TG_EFORMAT, "the image has another length than before");
	if (same) {
		e->kept_at = last->kept_at;
		e->from = last->from;
		e->depth = last->depth;
	}
	if (e->line.form != TG_ARCHIVE_PATCH)
		return TG_OK;
	/* a patch leads from the image of the line before, as it was made */
	if (last == NULL || memcmp(last->line.image_sha256, e->line.from_sha256, TG_SHA256_SIZE) != 0)
		return tg_fail(err, TG_EFORMAT, "a patch that does not lead from the image before it");
	e->from = last->kept_at;
	e->depth = last->depth + 1;
	if (e->depth >= TG_ARCHIVE_CHAIN)
		return tg_fail(err, TG_EFORMAT, "more than %d images rest on each other", TG_ARCHIVE_CHAIN);
	return TG_OK;
}

static int settle_policy(const tg_archive_entry *e, const tg_archive_index *index, tg_error *err)
{
	const tg_archive_line *last = index->count > 0 ? &index->entries[index->count - 1].line : NULL;
	bool same = last != NULL && memcmp(last->policy_sha256, e->line.policy_sha256, TG_SHA256_SIZE) == 0;

	if (last == NULL)
		return TG_OK;
	if (e->line.policy_version < last->policy_version || e->line.catalogue_version < last->catalogue_version)
		return tg_fail(err, TG_EFORMAT, "a version goes back");
	if (same != (last->policy_version == e->line.policy_version))
		return tg_fail(err, TG_EFORMAT, "policy %lld comes with two hashes, or one hash with two versions",
			(long long)e->line.policy_version);
	return TG_OK;
}

static int make_room(tg_archive_index *index, tg_error *err)
{
	size_t room = index->room > 0 ? index->room * 2 : 64;
	tg_archive_entry *entries;

	if (index->count < index->room)
		return TG_OK;
	if (index->count >= TG_ARCHIVE_LINES_MAX)
		return tg_fail(err, TG_ELIMIT, "more than %d lines", TG_ARCHIVE_LINES_MAX);
	entries = realloc(index->entries, room * sizeof(*entries));
	if (entries == NULL)
		return tg_fail(err, TG_ENOMEM, "%zu lines", room);
	index->entries = entries;
	index->room = room;
	return TG_OK;
}

int tg_archive_index_add(tg_archive_index *index, const tg_archive_line *line, tg_error *err)
{
	tg_archive_entry e = { .line = *line };
	int rc = make_room(index, err);

	if (rc == TG_OK)
		rc = settle_policy(&e, index, err);
	if (rc == TG_OK)
		rc = settle_image(&e, index, err);
	if (rc == TG_OK)
		index->entries[index->count++] = e;
	return rc;
}

int tg_archive_index_read(tg_archive_index *out, tg_view text, tg_error *err)
{
	size_t at = 0;
	int rc = TG_OK;

	while (rc == TG_OK && at < text.len) {
		const uint8_t *end = memchr(text.data + at, '\n', text.len - at);
		tg_archive_line line;
		size_t len;

		if (end == NULL) {
			out->torn_bytes = text.len - at;
			break;
		}
		len = (size_t)(end - (text.data + at));
		rc = tg_archive_line_parse(&line, tg_view_of(text.data + at, len), err);
		if (rc == TG_OK)
			rc = tg_archive_index_add(out, &line, err);
		if (rc != TG_OK)
			tg_error_prefix(err, "line %zu", out->count + 1);
		at += len + 1;
	}
	return rc;
}

void tg_archive_index_fini(tg_archive_index *index)
{
	free(index->entries);
	*index = (tg_archive_index){ 0 };
}

/* ---- looking ---- */

/* Versions and times do not fall, so the last line with at most the number wanted is found by halving. */
static long last_at_most(const tg_archive_index *index, int64_t wanted, int64_t (*of)(const tg_archive_line *))
{
	size_t low = 0, high = index->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (of(&index->entries[middle].line) <= wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return (long)low - 1;
}

static int64_t catalogue_of(const tg_archive_line *line)
{
	return line->catalogue_version;
}

static int64_t policy_of(const tg_archive_line *line)
{
	return line->policy_version;
}

long tg_archive_index_of_catalogue(const tg_archive_index *index, int64_t version)
{
	long n = last_at_most(index, version, catalogue_of);

	return n >= 0 && index->entries[n].line.catalogue_version == version ? n : -1;
}

long tg_archive_index_of_policy(const tg_archive_index *index, int64_t version)
{
	long n = last_at_most(index, version, policy_of);

	return n >= 0 && index->entries[n].line.policy_version == version ? n : -1;
}

long tg_archive_index_at(const tg_archive_index *index, int64_t at_us)
{
	/* times may go back where somebody accepted a step of the clock: the newest publication that had been made counts */
	for (size_t i = index->count; i > 0; i--)
		if (index->entries[i - 1].line.at_us <= at_us)
			return (long)i - 1;
	return -1;
}

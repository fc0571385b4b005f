/* SPDX-License-Identifier: Apache-2.0
 *
 * casework.c - read, chain, append; and end what was cut short.
 */
#include "sync/hq/casework.h"

#include "store/base/crypto.h"
#include "store/base/encoding.h"
#include "store/base/file.h"
#include "sync/hq/record_change.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- reading ---- */

void tg_casework_fini(tg_casework *c)
{
	for (size_t i = 0; i < c->count; i++)
		tg_json_free(c->trees[i]);
	free(c->trees);
	free(c->events);
	*c = (tg_casework){ 0 };
}

static void hash_line(char out[TG_CASE_HASH_SIZE], tg_view line)
{
	uint8_t hash[TG_SHA256_SIZE];

	tg_sha256(hash, line.data, line.len);
	(void)tg_hex_encode(out, hash, sizeof(hash));
}

static int keep(tg_casework *c, tg_json *json, tg_error *err)
{
	tg_case_event *events = tg_array_grow(c->events, c->count, &c->cap, sizeof(*events));
	tg_json **trees = tg_array_grow(c->trees, c->count, &c->tree_cap, sizeof(*trees));

	if (events != NULL)
		c->events = events;
	if (trees != NULL)
		c->trees = trees;
	if (events == NULL || trees == NULL)
		return tg_fail(err, TG_ENOMEM, "casework: out of memory");
	c->trees[c->count] = json;
	return TG_OK;
}

static int take_line(tg_casework *c, tg_view line, tg_error *err)
{
	uint32_t number = (uint32_t)c->count + 1;
	const char *file = tg_book_files[c->book];
	tg_json *json = NULL;
	int rc;

	if (line.len > TG_CASE_LINE_MAX)
		return tg_fail(err, TG_ELIMIT, "casework/%s:%u: longer than %d bytes", file, number, TG_CASE_LINE_MAX);
	if (c->count == TG_CASEWORK_EVENTS_MAX)
		return tg_fail(err, TG_ELIMIT, "casework/%s: more than %d events", file, TG_CASEWORK_EVENTS_MAX);
	rc = tg_json_parse(&json, line, err);
	if (rc != TG_OK) {
		tg_error_prefix(err, "casework/%s:%u", file, number);
		return rc;
	}
	rc = keep(c, json, err);
	if (rc != TG_OK) {
		tg_json_free(json);
		return rc;
	}
	rc = tg_case_event_read(&c->events[c->count++], json, c->book, number, err);
	if (rc == TG_OK && (c->events[number - 1].seq != number || strcmp(c->events[number - 1].prev, c->last) != 0))
		rc = tg_fail(err, TG_EFORMAT,
			"casework/%s:%u: does not follow the line before; the file was changed: take it from the backup or from git",
			file, number);
	hash_line(c->last, line);
	return rc;
}

int tg_casework_parse(tg_casework *out, tg_book book, tg_view text, tg_error *err)
{
	int rc = TG_OK;

	*out = (tg_casework){ .book = book };
	while (rc == TG_OK && out->whole < text.len) {
		const uint8_t *start = text.data + out->whole, *end = memchr(start, '\n', text.len - out->whole);

		if (end == NULL) {
			out->torn = true;
			break;
		}
		rc = take_line(out, tg_view_of(start, (size_t)(end - start)), err);
		out->whole += (size_t)(end - start) + 1;
	}
	return rc;
}

static int book_path(char path[4096], const tg_site *site, tg_book book, const char *before, tg_error *err)
{
	return tg_path(path, err, "%s/casework/%s%s", site->dir, before, tg_book_files[book]);
}

int tg_casework_load(tg_casework *out, const tg_site *site, tg_book book, tg_error *err)
{
	char path[4096];
	tg_buf text;
	int rc = book_path(path, site, book, "", err);

	*out = (tg_casework){ .book = book };
	tg_buf_init(&text, TG_CASEWORK_FILE_MAX);
	if (rc == TG_OK)
		rc = tg_file_read(&text, path, TG_CASEWORK_FILE_MAX, err);
	if (rc == TG_ENOTFOUND)
		rc = TG_OK;
	else if (rc == TG_OK)
		rc = tg_casework_parse(out, book, tg_buf_view(&text), err);
	tg_buf_fini(&text);
	return rc;
}

/* ---- appending ---- */

/* The bytes after the last whole line are of a line that is written again now. */
static int write_line(const char *path, size_t whole, tg_view line, tg_error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), rc;

	if (fd < 0)
		return tg_fail_errno(err, TG_EIO, "%s", path);
	if (ftruncate(fd, (off_t)whole) != 0 || lseek(fd, (off_t)whole, SEEK_SET) < 0)
		rc = tg_fail_errno(err, TG_EIO, "%s", path);
	else
		rc = tg_write_all(fd, line.data, line.len, path, err);
	if (rc == TG_OK && fsync(fd) != 0)
		rc = tg_fail_errno(err, TG_EIO, "%s", path);
	if (close(fd) != 0 && rc == TG_OK)
		rc = tg_fail_errno(err, TG_EIO, "%s", path);
	return rc;
}

static int remove_pending(const tg_site *site, tg_book book, tg_error *err)
{
	char path[4096], folder[4096];
	int rc = book_path(path, site, book, "pending.", err);

	if (rc == TG_OK)
		rc = tg_path(folder, err, "%s/casework", site->dir);
	if (rc == TG_OK && unlink(path) != 0 && errno != ENOENT)
		rc = tg_fail_errno(err, TG_EIO, "%s", path);
	return rc == TG_OK ? tg_dir_sync(folder, err) : rc;
}

static int put_record(const tg_site *site, tg_book book, const tg_json *event, tg_error *err)
{
	const tg_json *record = tg_json_get(event, "record");

	return record == NULL ? TG_OK : tg_record_change_write(site, tg_book_kind(book), record, err);
}

/* The line (with its line feed) goes to the end of the book, unless it is there already. */
static int add_line(const tg_casework *c, const tg_site *site, tg_view line, const tg_json *event, tg_error *err)
{
	const char *prev = tg_json_str(tg_json_get(event, "prev"));
	char path[4096], folder[4096], hash[TG_CASE_HASH_SIZE];
	int rc = book_path(path, site, c->book, "", err);

	hash_line(hash, tg_view_of(line.data, line.len - 1));
	if (rc != TG_OK || (c->count > 0 && strcmp(hash, c->last) == 0))
		return rc;
	if (strcmp(prev == NULL ? "" : prev, c->last) != 0 || tg_json_int(tg_json_get(event, "seq")) != (int64_t)c->count + 1)
		return tg_fail(err, TG_EFORMAT,
			"casework/pending.%s: does not follow the last line of the book; take both from the backup",
			tg_book_files[c->book]);
	rc = tg_path(folder, err, "%s/casework", site->dir);
	if (rc == TG_OK)
		rc = write_line(path, c->whole, line, err);
	return rc == TG_OK ? tg_dir_sync(folder, err) : rc;
}

/* ---- what was cut short ---- */

static int read_pending(tg_buf *line, tg_json **json, tg_case_event *event, const tg_site *site, tg_book book, tg_error *err)
{
	char path[4096];
	int rc = book_path(path, site, book, "pending.", err);

	if (rc == TG_OK)
		rc = tg_file_read(line, path, TG_CASE_LINE_MAX + 1, err);
	if (rc == TG_OK && (line->len == 0 || line->data[line->len - 1] != '\n'))
		rc = tg_fail(err, TG_EFORMAT, "%s: no whole line; take it and the book from the backup", path);
	if (rc == TG_OK)
		rc = tg_json_parse(json, tg_view_of(line->data, line->len - 1), err);
	return rc == TG_OK ? tg_case_event_read(event, *json, book, 1, err) : rc;
}

static int repair_book(char said[240], const tg_site *site, tg_book book, tg_error *err)
{
	tg_casework casework = { 0 };
	tg_case_event event;
	tg_json *json = NULL;
	tg_buf line;
	int rc;

	tg_buf_init(&line, TG_CASE_LINE_MAX + 1);
	rc = read_pending(&line, &json, &event, site, book, err);
	if (rc == TG_ENOTFOUND) { /* nothing is pending; what cannot be found from here on is a fault */
		tg_buf_fini(&line);
		return TG_OK;
	}
	if (rc == TG_OK)
		rc = tg_casework_load(&casework, site, book, err);
	if (rc == TG_OK)
		rc = put_record(site, book, json, err);
	if (rc == TG_OK)
		rc = add_line(&casework, site, tg_buf_view(&line), json, err);
	if (rc == TG_OK)
		rc = remove_pending(site, book, err);
	if (rc == TG_OK)
		(void)snprintf(said, 240, "an earlier run was cut short; its event \"%s\" of %s (%s) was brought to its end",
			event.event, event.of, event.at);
	tg_casework_fini(&casework);
	tg_json_free(json);
	tg_buf_fini(&line);
	return rc;
}

/* Bytes after the last line without a pending event are not ours: a line is only written while its event is pending. */
static int check_whole(const tg_site *site, tg_book book, tg_error *err)
{
	tg_casework casework = { 0 };
	int rc = tg_casework_load(&casework, site, book, err);

	if (rc == TG_OK && casework.torn)
		rc = tg_fail(err, TG_EFORMAT, "casework/%s: the last line is cut short, and no event is pending; take it from the backup",
			tg_book_files[book]);
	tg_casework_fini(&casework);
	return rc;
}

int tg_casework_repair(char said[240], const tg_site *site, tg_error *err)
{
	int rc = TG_OK;

	said[0] = '\0';
	for (int book = 0; book < TG_BOOKS; book++) { /* what is wrong with one book leaves nothing of the other undone */
		tg_error why = { 0 };
		int one = repair_book(said, site, (tg_book)book, &why);

		if (one == TG_OK)
			one = check_whole(site, (tg_book)book, &why);
		if (one != TG_OK && rc == TG_OK)
			rc = tg_fail(err, one, "%s", why.msg);
	}
	return rc;
}

/* ---- one event ---- */

static int write_event(tg_buf *line, const tg_casework *book, const char *event, const char *of, tg_json *json,
	const tg_case_author *author, tg_error *err)
{
	char at[TG_UTC_TEXT_SIZE];
	tg_error why = { 0 };
	tg_case_event read;
	int rc;

	tg_json_set_int(json, "v", 1);
	tg_json_set_int(json, "seq", (int64_t)book->count + 1);
	if (book->count > 0)
		tg_json_set_str(json, "prev", book->last);
	tg_json_set_str(json, "at", tg_utc_format(at, author->now_us - author->now_us % TG_US_PER_SECOND));
	tg_json_set_str(json, "by", author->by);
	tg_json_set_str(json, "os_user", author->os_user);
	tg_json_set_str(json, "of", of);
	tg_json_set_str(json, "event", event);
	rc = tg_json_write_jcs(line, json, &why);
	tg_buf_putc(line, '\n');
	if (rc == TG_OK)
		rc = tg_buf_check(line, "event", &why);
	if (rc == TG_OK)
		rc = tg_case_event_read(&read, json, book->book, (uint32_t)book->count + 1, &why);
	if (rc == TG_EFORMAT) /* whoever typed it knows no line number */
		rc = tg_fail(err, TG_EINVAL, "%s", strchr(why.msg, ' ') != NULL ? strchr(why.msg, ' ') + 1 : why.msg);
	else if (rc != TG_OK)
		rc = tg_fail(err, rc, "%s", why.msg);
	return rc;
}

static int write_pending(const tg_site *site, tg_book book, tg_view line, tg_error *err)
{
	char path[4096], folder[4096];
	int rc = tg_path(folder, err, "%s/casework", site->dir);

	if (rc == TG_OK)
		rc = tg_dir_make(folder, 0700, err);
	if (rc == TG_OK)
		rc = book_path(path, site, book, "pending.", err);
	return rc == TG_OK ? tg_file_write(path, line, 0600, err) : rc;
}

/* A record can be in place although writing it failed: at the sync of its folder. If nobody can tell, it may be. */
static bool record_is_put(const tg_site *site, tg_book book, const tg_json *event)
{
	bool is_put = true;

	return tg_record_is_put(&is_put, site, tg_book_kind(book), tg_json_get(event, "record"), NULL) != TG_OK || is_put;
}

int tg_casework_append(const tg_casework *book, const tg_site *site, const char *event, const char *of, tg_json *members,
	const tg_case_author *author, tg_error *err)
{
	tg_buf line;
	int rc;

	tg_buf_init(&line, TG_CASE_LINE_MAX + 1);
	rc = write_event(&line, book, event, of, members, author, err);
	if (rc == TG_OK)
		rc = write_pending(site, book->book, tg_buf_view(&line), err);
	if (rc == TG_OK) {
		rc = put_record(site, book->book, members, err);
		if (rc != TG_OK && (record_is_put(site, book->book, members) || remove_pending(site, book->book, NULL) != TG_OK))
			tg_error_prefix(err, "begun, and not brought to its end: the next run does that");
	}
	if (rc == TG_OK) {
		rc = add_line(book, site, tg_buf_view(&line), members, err);
		if (rc == TG_OK)
			rc = remove_pending(site, book->book, err);
		if (rc != TG_OK)
			tg_error_prefix(err, "the record is in place, its line in casework is not; run this again: it ends the work");
	}
	tg_buf_fini(&line);
	tg_json_free(members);
	return rc;
}

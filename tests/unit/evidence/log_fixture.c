/* SPDX-License-Identifier: Apache-2.0
 *
 * log_fixture.c - see log_fixture.h.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/evidence/log_fixture.h"

#include "store/base/file.h"

#include <dirent.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void remove_folder(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char name[600];

		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		unlink(name);
	}
	if (dir != NULL)
		closedir(dir);
	rmdir(path);
}

int fixture_setup(void **state)
{
	fixture *f = calloc(1, sizeof(*f));
	const char *tmp = getenv("TMPDIR");

	assert_non_null(f);
	assert_int_equal(tg_crypto_init(NULL), TG_OK);
	snprintf(f->dir, sizeof(f->dir), "%s/tg-evidence-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	snprintf(f->aside, sizeof(f->aside), "%s/tg-evidence-aside-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	assert_non_null(mkdtemp(f->dir));
	assert_non_null(mkdtemp(f->aside));
	f->now_us = INT64_C(1700000000000000);
	f->mono_us = INT64_C(5000000);
	f->step_us = 1000;
	*state = f;
	return 0;
}

int fixture_teardown(void **state)
{
	fixture *f = *state;

	remove_folder(f->dir);
	remove_folder(f->aside);
	free(f);
	return 0;
}

static int64_t fixture_now(void *ctx)
{
	fixture *f = ctx;

	return f->now_us += f->step_us;
}

static int64_t fixture_mono(void *ctx)
{
	fixture *f = ctx;

	return f->mono_us += 1000;
}

int fixture_try_open(tg_log **out, fixture *f, bool inspect, tg_error *err)
{
	tg_log_options opt = { .origin = FIXTURE_ORIGIN,
		.create = !inspect,
		.inspect = inspect,
		.vfs = f->vfs,
		.now_us = fixture_now,
		.mono_us = fixture_mono,
		.clock_ctx = f };

	return tg_log_open(out, f->dir, &opt, err);
}

static tg_log *must_open(fixture *f, bool inspect)
{
	tg_error err = { 0 };
	tg_log *log;
	int rc = fixture_try_open(&log, f, inspect, &err);

	if (rc != TG_OK)
		fail_msg("open: %s (%s)", tg_strerror(rc), err.msg);
	return log;
}

tg_log *fixture_open(fixture *f)
{
	return must_open(f, false);
}

tg_log *fixture_inspect(fixture *f)
{
	return must_open(f, true);
}

tg_json *fixture_entry(const char *note)
{
	tg_json *entry = tg_json_new_object();

	tg_json_set_str(entry, "note", note);
	tg_json_set_str(entry, "kind", "test");
	return entry;
}

int fixture_append(tg_log *log, uint64_t first, uint64_t count, size_t batch, tg_error *err)
{
	tg_json *entries[TG_LOG_APPEND_MAX];
	int rc = TG_OK;

	assert_true(batch <= TG_LOG_APPEND_MAX);
	for (uint64_t done = 0; rc == TG_OK && done < count;) {
		size_t n = 0;

		for (; n < batch && done < count; n++, done++) {
			char note[32];

			snprintf(note, sizeof(note), "note %" PRIu64, first + done);
			entries[n] = fixture_entry(note);
		}
		rc = tg_log_append(log, entries, n, NULL, err);
		for (size_t i = 0; i < n; i++)
			tg_json_free(entries[i]);
	}
	return rc;
}

void fixture_sign(tg_log *log)
{
	tg_error err = { 0 };
	tg_buf note;

	tg_buf_init(&note, TG_NOTE_SIZE_MAX);
	if (tg_log_checkpoint(log, &note, &err) != TG_OK)
		fail_msg("checkpoint: %s", err.msg);
	tg_buf_fini(&note);
}

void fixture_expect(tg_log *log, uint64_t seq, const char *note)
{
	tg_error err = { 0 };
	tg_json *json;
	tg_buf bytes;

	tg_buf_init(&bytes, TG_LOG_ENTRY_MAX);
	if (tg_log_read_one(log, 0, seq, &bytes, &err) != TG_OK)
		fail_msg("entry %" PRIu64 ": %s", seq, err.msg);
	assert_int_equal(tg_json_parse(&json, tg_buf_view(&bytes), NULL), TG_OK);
	assert_string_equal(tg_json_str(tg_json_get(json, "note")), note);
	assert_int_equal(tg_json_int(tg_json_get(json, "seq")), (int64_t)seq);
	tg_json_free(json);
	tg_buf_fini(&bytes);
}

static void database_path(const fixture *f, char *out, size_t size)
{
	snprintf(out, size, "%s/evidence.sqlite", f->dir);
}

/* So that a test can put any bytes in the place of an entry's leaf hash. */
static void leaf_function(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	tg_tree_hash leaf;

	(void)argc;
	tg_tree_leaf(&leaf, sqlite3_value_blob(argv[0]), (size_t)sqlite3_value_bytes(argv[0]));
	sqlite3_result_blob(context, leaf.bytes, sizeof(leaf.bytes), SQLITE_TRANSIENT);
}

void fixture_sql(fixture *f, const char *sql)
{
	char path[300], *words = NULL;
	sqlite3 *db;

	database_path(f, path, sizeof(path));
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_create_function(db, "leaf", 1, SQLITE_UTF8, NULL, leaf_function, NULL, NULL);
	if (sqlite3_exec(db, sql, NULL, NULL, &words) != SQLITE_OK)
		fail_msg("%s: %s", sql, words);
	sqlite3_close(db);
}

static void copy_file(const char *from_dir, const char *to_dir, const char *name)
{
	char path[600];
	tg_error err = { 0 };
	tg_buf content;

	tg_buf_init(&content, (size_t)64 * 1024 * 1024);
	snprintf(path, sizeof(path), "%s/%s", from_dir, name);
	if (tg_file_read(&content, path, (size_t)64 * 1024 * 1024, &err) != TG_OK)
		fail_msg("%s: %s", path, err.msg);
	snprintf(path, sizeof(path), "%s/%s", to_dir, name);
	assert_int_equal(tg_file_write(path, tg_buf_view(&content), 0600, NULL), TG_OK);
	tg_buf_fini(&content);
}

void fixture_save(fixture *f, const char *name)
{
	copy_file(f->dir, f->aside, name);
}

void fixture_restore(fixture *f, const char *name)
{
	copy_file(f->aside, f->dir, name);
}

void fixture_remove(fixture *f, const char *name)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	assert_int_equal(unlink(path), 0);
}

void fixture_write(fixture *f, const char *name, const char *text)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	assert_int_equal(tg_file_write(path, tg_view_str(text), 0600, NULL), TG_OK);
}

tg_verify_result fixture_verify(tg_log *log)
{
	tg_verify_result result;
	tg_error err = { 0 };

	if (tg_verify_all(&result, log, NULL, &err) != TG_OK)
		fail_msg("verify: %s", err.msg);
	return result;
}

void fixture_expect_good(tg_log *log)
{
	tg_verify_result result = fixture_verify(log);

	if (result.verdict != TG_VERIFY_GOOD)
		fail_msg("verify: %s: %s", tg_verify_what_name(result.what), result.words);
}

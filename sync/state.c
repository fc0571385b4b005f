/* SPDX-License-Identifier: Apache-2.0
 *
 * state.c - reads and writes catalogue/state.json.
 *
 * {"v": 1, "attempt_us", "success_us", "failures", "next_us", "code", "words", "catalogue_version",
 *  "image": {"checked_us", "inode", "mtime_us", "sha256", "size"},
 *  "way": {"at_us", "bytes_fetched", "failed": [{"code", "way", "words"}], "taken"}}; times as integers, in the units of their names.
 */
#include "sync/state.h"

#include "store/base/file.h"
#include "store/base/crypto.h"
#include "store/base/json.h"

#include <stdio.h>
#include <unistd.h>

#define STATE_NAME "state.json"
#define STATE_VERSION 1

/* As harmless as any error's words: they may quote a server, and sync's user may write anything here. */
static void make_harmless(char *out, size_t size, const char *text)
{
	tg_error clean = { 0 };

	(void)tg_fail(&clean, TG_EFORMAT, "%s", text);
	(void)snprintf(out, size, "%.*s", (int)size - 1, clean.msg); /* cut where it is longer */
}

static int need_text(char *out, size_t size, const tg_json *object, const char *name, tg_error *err)
{
	const char *text;
	int rc = tg_json_opt_str(&text, object, name, size - 1, "", err);

	if (rc == TG_OK)
		make_harmless(out, size, text);
	return rc;
}

static int need_count(int64_t *out, const tg_json *object, const char *name, tg_error *err)
{
	return tg_json_need_int(out, object, name, 0, TG_JSON_MAX_INT, err);
}

static int read_image(tg_sync_state *out, const tg_json *json, tg_error *err)
{
	const tg_json *image;
	int rc = tg_json_opt_object(&image, json, "image", err);

	if (rc != TG_OK || image == NULL)
		return rc;
	rc = need_count(&out->image_inode, image, "inode", err);
	if (rc == TG_OK)
		rc = need_count(&out->image_size, image, "size", err);
	if (rc == TG_OK)
		rc = need_count(&out->image_mtime_us, image, "mtime_us", err);
	if (rc == TG_OK) /* absent in files of older versions: then it was never checked */
		rc = tg_json_opt_int(&out->image_checked_us, image, "checked_us", 0, TG_JSON_MAX_INT, 0, err);
	if (rc == TG_OK)
		rc = need_text(out->image_sha256, sizeof(out->image_sha256), image, "sha256", err);
	return rc;
}

static int need_way(tg_way *out, const tg_json *object, const char *name, tg_error *err)
{
	const char *text;
	int rc = tg_json_need_str(&text, object, name, 16, err);

	for (*out = TG_WAY_NONE; rc == TG_OK && *out < TG_WAYS; (*out)++)
		if (strcmp(text, tg_way_name(*out)) == 0)
			return TG_OK;
	return rc == TG_OK ? tg_fail(err, TG_EFORMAT, "%s: a way that is not known", name) : rc;
}

static int read_failure(tg_way_taken *taken, const tg_json *json, tg_error *err)
{
	tg_way_failure *failure;
	int rc;

	if ((size_t)taken->failure_count == TG_COUNT(taken->failures))
		return tg_fail(err, TG_EFORMAT, "failed: more than %zu", TG_COUNT(taken->failures));
	failure = &taken->failures[taken->failure_count++];
	rc = need_way(&failure->way, json, "way", err);
	if (rc == TG_OK)
		rc = need_text(failure->code, sizeof(failure->code), json, "code", err);
	return rc == TG_OK ? need_text(failure->words, sizeof(failure->words), json, "words", err) : rc;
}

/* Absent in files of older versions, and until an image came. */
static int read_way(tg_sync_state *out, const tg_json *json, tg_error *err)
{
	const tg_json *way, *failed;
	int64_t bytes = 0;
	int rc = tg_json_opt_object(&way, json, "way", err);

	if (rc != TG_OK || way == NULL)
		return rc;
	rc = need_way(&out->way.way, way, "taken", err);
	if (rc == TG_OK)
		rc = need_count(&out->way_us, way, "at_us", err);
	if (rc == TG_OK)
		rc = need_count(&bytes, way, "bytes_fetched", err);
	if (rc == TG_OK)
		rc = tg_json_need_array(&failed, way, "failed", err);
	out->way.bytes = bytes;
	for (const tg_json *one = rc == TG_OK ? tg_json_first(failed) : NULL; one != NULL && rc == TG_OK;
		one = tg_json_next(one))
		rc = read_failure(&out->way, one, err);
	return rc;
}

static int read_members(tg_sync_state *out, const tg_json *json, tg_error *err)
{
	int64_t version;
	int rc = tg_json_need_int(&version, json, "v", STATE_VERSION, STATE_VERSION, err);

	if (rc == TG_OK)
		rc = need_count(&out->attempt_us, json, "attempt_us", err);
	if (rc == TG_OK)
		rc = need_count(&out->success_us, json, "success_us", err);
	if (rc == TG_OK)
		rc = need_count(&out->failures, json, "failures", err);
	if (rc == TG_OK) /* absent in files of older versions: then it is time at once */
		rc = tg_json_opt_int(&out->next_us, json, "next_us", 0, TG_JSON_MAX_INT, 0, err);
	if (rc == TG_OK)
		rc = need_count(&out->catalogue_version, json, "catalogue_version", err);
	if (rc == TG_OK)
		rc = need_text(out->code, sizeof(out->code), json, "code", err);
	if (rc == TG_OK)
		rc = need_text(out->words, sizeof(out->words), json, "words", err);
	if (rc == TG_OK)
		rc = read_image(out, json, err);
	if (rc == TG_OK)
		rc = read_way(out, json, err);
	return rc;
}

int tg_sync_state_read(tg_sync_state *out, const char *catalogue_dir, tg_error *err)
{
	tg_sync_state state = { 0 };
	tg_json *json = NULL;
	char path[4096];
	tg_buf text;
	int rc = tg_path(path, err, "%s/%s", catalogue_dir, STATE_NAME);

	*out = state;
	if (rc != TG_OK)
		return rc;
	tg_buf_init(&text, TG_SYNC_STATE_MAX);
	rc = tg_file_read(&text, path, TG_SYNC_STATE_MAX, err);
	if (rc == TG_OK)
		rc = tg_json_parse(&json, tg_buf_view(&text), err);
	if (rc == TG_OK)
		rc = read_members(&state, json, err);
	if (rc == TG_OK)
		*out = state;
	else if (rc == TG_EFORMAT)
		tg_error_prefix(err, "%s", path);
	tg_json_free(json);
	tg_buf_fini(&text);
	return rc;
}

static void set_plain(tg_json *json, const char *name, const char *text)
{
	char plain[sizeof(((tg_sync_state *)0)->words)];

	make_harmless(plain, sizeof(plain), text);
	tg_json_set_str(json, name, plain);
}

static void set_way(tg_json *json, const tg_sync_state *state)
{
	tg_json *way, *failed;

	if (state->way.way == TG_WAY_NONE)
		return;
	way = tg_json_new_object();
	failed = tg_json_new_array();
	tg_json_set_int(way, "at_us", state->way_us);
	tg_json_set_int(way, "bytes_fetched", state->way.bytes);
	tg_json_set_str(way, "taken", tg_way_name(state->way.way));
	for (int i = 0; i < state->way.failure_count; i++) {
		const tg_way_failure *failure = &state->way.failures[i];
		tg_json *one = tg_json_new_object();

		tg_json_set_str(one, "way", tg_way_name(failure->way));
		set_plain(one, "code", failure->code);
		set_plain(one, "words", failure->words);
		tg_json_add(failed, one);
	}
	tg_json_set(way, "failed", failed);
	tg_json_set(json, "way", way);
}

int tg_sync_state_write(const char *catalogue_dir, const tg_sync_state *state, tg_error *err)
{
	tg_json *json = tg_json_new_object(), *image = tg_json_new_object();
	char path[4096];
	tg_buf text;
	int rc = tg_path(path, err, "%s/%s", catalogue_dir, STATE_NAME);

	tg_json_set_int(json, "v", STATE_VERSION);
	tg_json_set_int(json, "attempt_us", state->attempt_us);
	tg_json_set_int(json, "success_us", state->success_us);
	tg_json_set_int(json, "failures", state->failures);
	tg_json_set_int(json, "next_us", state->next_us);
	set_plain(json, "code", state->code);
	set_plain(json, "words", state->words);
	tg_json_set_int(json, "catalogue_version", state->catalogue_version);
	tg_json_set_int(image, "inode", state->image_inode);
	tg_json_set_int(image, "size", state->image_size);
	tg_json_set_int(image, "mtime_us", state->image_mtime_us);
	tg_json_set_int(image, "checked_us", state->image_checked_us);
	tg_json_set_str(image, "sha256", state->image_sha256);
	tg_json_set(json, "image", image);
	set_way(json, state);
	tg_buf_init(&text, TG_SYNC_STATE_MAX);
	if (rc == TG_OK)
		rc = tg_json_write_pretty(&text, json, err);
	if (rc == TG_OK)
		rc = tg_file_write(path, tg_buf_view(&text), 0644, err);
	tg_buf_fini(&text);
	tg_json_free(json);
	return rc;
}

void tg_sync_state_note(tg_sync_state *state, const tg_sync_attempt *attempt)
{
	uint64_t random;

	tg_random(&random, sizeof(random));
	state->attempt_us = attempt->at_us;
	state->code[0] = state->words[0] = '\0';
	state->next_us = 0;
	if (attempt->rc == TG_OK) {
		state->success_us = attempt->at_us;
		state->failures = 0;
	} else {
		state->failures++;
		(void)snprintf(state->code, sizeof(state->code), "%s", tg_strerror(attempt->rc));
		(void)snprintf(state->words, sizeof(state->words), "%s",
			attempt->why != NULL ? attempt->why->msg : "");
	}
	if (attempt->schedule.station == NULL)
		return;
	state->next_us = attempt->rc == TG_OK
				 ? tg_schedule_after_success(&attempt->schedule, attempt->at_us, random)
				 : tg_schedule_after_failure(&attempt->schedule, attempt->at_us,
					   state->failures, attempt->retry_after_s, random);
}

/* The state as it is, with the lock held that tg_update_run() takes; close `*lock`. What cannot be read begins anew. */
static int begin_change(int *lock, tg_sync_state *state, const char *catalogue_dir, tg_error *err)
{
	char path[4096];
	int rc = tg_path(path, err, "%s/lock", catalogue_dir);

	if (rc == TG_OK)
		rc = tg_lock_take(lock, path, "tillgate sync", err);
	if (rc == TG_OK && tg_sync_state_read(state, catalogue_dir, NULL) != TG_OK)
		*state = (tg_sync_state){ 0 };
	return rc;
}

int tg_sync_state_plan(const char *catalogue_dir, int64_t next_us, tg_error *err)
{
	tg_sync_state state;
	int lock = -1, rc = begin_change(&lock, &state, catalogue_dir, err);

	if (rc != TG_OK)
		return rc;
	state.next_us = next_us;
	rc = tg_sync_state_write(catalogue_dir, &state, err);
	close(lock);
	return rc;
}

int tg_sync_state_record(const char *catalogue_dir, const tg_sync_attempt *attempt, tg_error *err)
{
	tg_sync_state state;
	int lock = -1, rc = begin_change(&lock, &state, catalogue_dir, err);

	if (rc != TG_OK)
		return rc;
	tg_sync_state_note(&state, attempt);
	rc = tg_sync_state_write(catalogue_dir, &state, err);
	close(lock);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * station.c - decide, write down, answer; and take up what sync installed. See station.h.
 */
#include "plugin/station/station.h"

#include "plugin/station/answer.h"
#include "plugin/station/record.h"
#include "store/base/encoding.h"
#include "store/base/file.h"
#include "sync/state.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct outage {
	bool on;
	int64_t from_us;
	uint64_t checks, released; /* answered without a record, and those of them that were let go */
	char why[240];
};

struct tg_station {
	tg_paths paths;
	tg_station_id id;
	tg_station_options options;
	int lock_fd;
	tg_writer *writer;
	pthread_mutex_t mutex; /* guards all below */
	tg_inforce *set;
	int64_t floor_us;      /* newest signed time seen */
	tg_inforce_floor floor; /* no older versions are ever put in force */
	bool clock_fault;
	char refused_set[TG_SET_ID_SIZE]; /* the last set that was not taken up, and why */
	char refused_why[240];
	struct outage outage;
	uint64_t not_delivered;
};

static tg_inforce *set_in_use(tg_station *st, int64_t *floor_us)
{
	tg_inforce *set;

	pthread_mutex_lock(&st->mutex);
	set = st->set;
	tg_inforce_retain(set);
	*floor_us = st->floor_us;
	pthread_mutex_unlock(&st->mutex);
	return set;
}

/* ---- the log, and what to do when it fails ---- */

static void outage_begins(tg_station *st, uint64_t checks, uint64_t released, const tg_error *why)
{
	pthread_mutex_lock(&st->mutex);
	if (!st->outage.on) {
		st->outage = (struct outage){ .on = true, .from_us = tg_utc_now_us() };
		snprintf(st->outage.why, sizeof(st->outage.why), "%s", why->msg);
	}
	st->outage.checks += checks;
	st->outage.released += released;
	pthread_mutex_unlock(&st->mutex);
}

/* After an entry that did get written, and at every tick: close a gap with an entry that says how large it was. */
static void outage_ends(tg_station *st)
{
	struct outage over;
	tg_error err = { 0 };

	pthread_mutex_lock(&st->mutex);
	over = st->outage;
	st->outage.on = false;
	pthread_mutex_unlock(&st->mutex);
	if (!over.on)
		return;
	if (tg_writer_submit(st->writer, tg_record_outage(over.from_us, tg_utc_now_us(), over.checks, over.released, over.why), NULL, NULL,
		&err) == TG_OK)
		return;
	pthread_mutex_lock(&st->mutex);
	over.checks += st->outage.on ? st->outage.checks : 0;
	over.released += st->outage.on ? st->outage.released : 0;
	st->outage = over;
	pthread_mutex_unlock(&st->mutex);
}

static int submit(tg_station *st, tg_json *entry, tg_error *err)
{
	tg_error why = { 0 };
	int rc = tg_writer_submit(st->writer, entry, NULL, NULL, &why);

	if (rc == TG_OK) {
		outage_ends(st);
		return rc;
	}
	outage_begins(st, 0, 0, &why);
	if (err != NULL)
		*err = why;
	return rc;
}

/* ---- checks ---- */

static void settle_unrecorded(tg_station *st, tg_check_answer *out, const tg_inforce *set, const tg_check_request *request,
	int64_t floor_us, const tg_error *why)
{
	tg_check_decide(out, set, request, tg_utc_now_us(), floor_us, true);
	snprintf(out->fault, sizeof(out->fault), "not recorded: %.220s", why->msg);
	outage_begins(st, 1, out->release.released, why);
}

static void settle_recorded(tg_check_answer *out, const tg_station *st, uint32_t epoch, uint64_t seq, int64_t at_us)
{
	out->recorded = true;
	out->seq = seq;
	out->at_us = at_us;
	if (tg_reference_format(out->reference, st->id.short_id, epoch, seq, NULL) != TG_OK)
		out->reference[0] = '\0';
}

static uint32_t epoch_of(tg_station *st)
{
	tg_writer_stats stats;

	tg_writer_get_stats(st->writer, &stats);
	return stats.epoch;
}

void tg_station_check(tg_check_answer *out, tg_station *st, const tg_check_request *request)
{
	int64_t floor_us, at_us = 0;
	tg_inforce *set = set_in_use(st, &floor_us);
	tg_error err = { 0 };
	uint64_t seq = 0;

	tg_check_decide(out, set, request, tg_utc_now_us(), floor_us, false);
	if (tg_writer_submit(st->writer, tg_check_entry(out, request), &seq, &at_us, &err) == TG_OK) {
		settle_recorded(out, st, epoch_of(st), seq, at_us);
		outage_ends(st);
	} else {
		settle_unrecorded(st, out, set, request, floor_us, &err);
	}
	tg_inforce_release(set);
}

struct append_many {
	tg_json **entries;
	size_t count;
	uint64_t first_seq;
	tg_error err;
};

static int append_many(tg_log *log, void *ctx)
{
	struct append_many *job = ctx;

	return tg_log_append(log, job->entries, job->count, &job->first_seq, &job->err);
}

void tg_station_check_many(tg_check_answer *out, tg_station *st, const tg_check_request *requests, size_t count)
{
	tg_json *entries[TG_CHECK_MANY_MAX];
	struct append_many job = { .entries = entries, .count = count < TG_CHECK_MANY_MAX ? count : TG_CHECK_MANY_MAX };
	int64_t floor_us;
	tg_inforce *set = set_in_use(st, &floor_us);
	int rc;

	for (size_t i = 0; i < job.count; i++) {
		tg_check_decide(&out[i], set, &requests[i], tg_utc_now_us(), floor_us, false);
		entries[i] = tg_check_entry(&out[i], &requests[i]);
	}
	rc = job.count > 0 ? tg_writer_run(st->writer, append_many, &job) : TG_OK;
	for (size_t i = 0; i < job.count; i++) {
		if (rc == TG_OK)
			settle_recorded(&out[i], st, epoch_of(st), job.first_seq + i, tg_json_int(tg_json_get(entries[i], "at_us")));
		else
			settle_unrecorded(st, &out[i], set, &requests[i], floor_us, &job.err);
		tg_json_free(entries[i]);
	}
	if (rc == TG_OK)
		outage_ends(st);
	tg_inforce_release(set);
}

void tg_station_not_delivered(tg_station *st, const tg_check_answer *answer, const char *output, const char *words)
{
	pthread_mutex_lock(&st->mutex);
	st->not_delivered++;
	pthread_mutex_unlock(&st->mutex);
	(void)submit(st, tg_record_not_delivered(answer->recorded, answer->seq, output, words), NULL);
}

void tg_station_device_event(tg_station *st, const char *device, const char *event, uint64_t count, size_t len_bytes,
	const char *words)
{
	(void)submit(st, tg_record_device(device, event, count, len_bytes, words), NULL);
}

/* ---- taking up a set ---- */

static void raise_floor(tg_station *st, const tg_inforce *set)
{
	if (set->catalogue_version > st->floor.catalogue_version)
		st->floor.catalogue_version = set->catalogue_version;
	if (set->policy_version > st->floor.policy_version)
		st->floor.policy_version = set->policy_version;
}

static void put_in_force(tg_station *st, tg_inforce *set)
{
	tg_inforce *old;

	pthread_mutex_lock(&st->mutex);
	old = st->set;
	st->set = set;
	if (set->issued_us > st->floor_us)
		st->floor_us = set->issued_us;
	raise_floor(st, set);
	st->refused_set[0] = st->refused_why[0] = '\0';
	pthread_mutex_unlock(&st->mutex);
	tg_inforce_release(old);
}

/* A set that only brings a newer signed time is no news: every entry carries its age. */
static bool is_news(const tg_inforce *old, const tg_inforce *set)
{
	return old == NULL || old->catalogue_version != set->catalogue_version || old->policy_version != set->policy_version ||
		old->fault_code != set->fault_code;
}

static int refuse_set(tg_station *st, tg_inforce *set, tg_error *err)
{
	int rc = tg_fail(err, set->fault_code, "%s", set->fault);

	pthread_mutex_lock(&st->mutex);
	snprintf(st->refused_set, sizeof(st->refused_set), "%s", set->set_id);
	snprintf(st->refused_why, sizeof(st->refused_why), "%s", set->fault);
	pthread_mutex_unlock(&st->mutex);
	(void)submit(st, tg_record_refused(set), NULL);
	tg_inforce_release(set);
	return rc;
}

static int take_up(tg_station *st, tg_error *err)
{
	char set_id[TG_SET_ID_SIZE] = "";
	tg_inforce *set = NULL, *old;
	tg_inforce_floor floor;
	int64_t floor_us;
	bool known;
	int rc = tg_inforce_current(set_id, &st->paths, err);

	if (rc != TG_OK)
		return TG_OK; /* nothing to take up; what is in force stays, and status says so */
	pthread_mutex_lock(&st->mutex);
	known = strcmp(set_id, st->set->set_id) == 0;
	if (known)
		st->refused_set[0] = st->refused_why[0] = '\0'; /* what was refused is no longer offered */
	known = known || strcmp(set_id, st->refused_set) == 0;
	floor = st->floor;
	pthread_mutex_unlock(&st->mutex);
	if (known)
		return TG_OK;
	old = set_in_use(st, &floor_us);
	rc = tg_inforce_load(&set, &st->paths, set_id, &floor, err);
	if (rc == TG_OK && set->cat == NULL && old->cat != NULL) {
		rc = refuse_set(st, set, err);
	} else if (rc == TG_OK) {
		tg_json *entry = is_news(old, set) ? tg_record_catalogue(old, set) : NULL;

		put_in_force(st, set);
		if (entry != NULL)
			(void)submit(st, entry, NULL);
	}
	tg_inforce_release(old);
	return rc;
}

static void watch_clock(tg_station *st)
{
	int64_t floor_us, now_us = tg_utc_now_us();
	tg_inforce *set = set_in_use(st, &floor_us);
	tg_freshness fresh;
	bool fault, changed;

	if (set->issued_us != 0) {
		tg_freshness_judge(&fresh, now_us, set->issued_us, floor_us, &set->policy.stages[TG_OP_SALE], set->policy.clock_ahead_max_s);
		fault = fresh.stage == TG_CLOCK_FAULT;
		pthread_mutex_lock(&st->mutex);
		changed = fault != st->clock_fault;
		st->clock_fault = fault;
		pthread_mutex_unlock(&st->mutex);
		if (changed)
			(void)submit(st, tg_record_clock(fault, now_us, floor_us), NULL);
	}
	tg_inforce_release(set);
}

int tg_station_tick(tg_station *st, tg_error *err)
{
	int rc = take_up(st, err);

	watch_clock(st);
	outage_ends(st);
	return rc;
}

/* ---- opening ---- */

static int open_log(tg_log **log, const tg_station *st, tg_error *err)
{
	return tg_log_open(log, st->paths.evidence_dir, &(tg_log_options){ .origin = st->id.origin, .create = true }, err);
}

static int load_first_set(tg_station *st, tg_log *log, tg_error *err)
{
	char set_id[TG_SET_ID_SIZE] = "";
	int rc = tg_record_floor(&st->floor, log, err);

	if (rc != TG_OK)
		return rc;
	if (tg_inforce_current(set_id, &st->paths, NULL) != TG_OK)
		set_id[0] = '\0';
	rc = tg_inforce_load(&st->set, &st->paths, set_id, &st->floor, err);
	if (rc == TG_OK) {
		st->floor_us = st->set->issued_us;
		raise_floor(st, st->set);
	}
	return rc;
}

static int open_under_lock(tg_station *st, tg_error *err)
{
	tg_log *log = NULL;
	int rc = open_log(&log, st, err);

	if (rc != TG_OK)
		return rc;
	rc = load_first_set(st, log, err);
	if (rc != TG_OK) {
		tg_log_close(log);
		return rc;
	}
	rc = tg_writer_start(&st->writer, log, &(tg_writer_options){ .checkpoint_ms = st->options.service ? 0 : -1 }, err);
	if (rc == TG_OK && st->options.service)
		rc = submit(st, tg_record_start(st->set), err);
	if (rc == TG_OK && st->options.service) /* a command would record the same fault at every call; its checks say it themselves */
		watch_clock(st);
	return rc;
}

int tg_station_open(tg_station **out, const tg_paths *paths, const tg_station_options *options, tg_error *err)
{
	tg_station *st = calloc(1, sizeof(*st));
	int rc;

	if (st == NULL)
		return tg_fail(err, TG_ENOMEM, "station: %zu bytes", sizeof(*st));
	st->paths = *paths;
	st->options = *options;
	st->lock_fd = -1;
	pthread_mutex_init(&st->mutex, NULL);
	rc = tg_crypto_init(err);
	if (rc == TG_OK)
		rc = tg_station_id_read(&st->id, paths, err);
	if (rc == TG_OK)
		rc = tg_dir_make(paths->evidence_dir, 0700, err);
	if (rc == TG_OK)
		rc = tg_lock_take(&st->lock_fd, paths->evidence_lock, options->who, err);
	if (rc == TG_OK)
		rc = open_under_lock(st, err);
	if (rc != TG_OK) {
		st->options.service = false; /* no stop entry for what never started */
		tg_station_close(st);
		return rc;
	}
	*out = st;
	return TG_OK;
}

void tg_station_close(tg_station *st)
{
	if (st == NULL)
		return;
	if (st->writer != NULL && st->options.service)
		(void)submit(st, tg_record_stop(), NULL);
	tg_writer_stop(st->writer);
	tg_inforce_release(st->set);
	if (st->lock_fd >= 0)
		close(st->lock_fd);
	pthread_mutex_destroy(&st->mutex);
	free(st);
}

const tg_station_id *tg_station_identity(const tg_station *st)
{
	return &st->id;
}

tg_writer *tg_station_writer(tg_station *st)
{
	return st->writer;
}

/* ---- status ---- */

static int read_head(tg_log *log, void *ctx)
{
	tg_log_get_head(log, ctx);
	return TG_OK;
}

static tg_json *status_of_evidence(tg_station *st)
{
	tg_json *json = tg_json_new_object();
	char hex[2 * TG_SHA256_SIZE + 1];
	tg_writer_stats stats;
	tg_log_head head = { 0 };

	tg_writer_run(st->writer, read_head, &head);
	tg_writer_get_stats(st->writer, &stats);
	tg_json_set_str(json, "origin", head.origin);
	tg_json_set_int(json, "size", (int64_t)head.size);
	tg_json_set_str(json, "root", tg_hex_encode(hex, &head.root, TG_SHA256_SIZE));
	tg_json_set_int(json, "signed_size", (int64_t)head.signed_size);
	tg_json_set_int(json, "commits", (int64_t)stats.commits);
	tg_json_set_int(json, "failures", (int64_t)(stats.failures + stats.refused));
	return json;
}

static tg_json *status_of_stages(const tg_inforce *set, int64_t floor_us, tg_stage *worst)
{
	tg_json *json = tg_json_new_object();
	tg_freshness fresh = { .stage = TG_DEAD };

	*worst = TG_FRESH;
	for (int op = 0; op < TG_OP_COUNT; op++) {
		tg_json *one = tg_json_new_object();

		if (set->issued_us != 0)
			tg_freshness_judge(&fresh, tg_utc_now_us(), set->issued_us, floor_us, &set->policy.stages[op],
				set->policy.clock_ahead_max_s);
		tg_json_set_str(one, "stage", tg_stage_words[fresh.stage]);
		tg_json_set_str(one, "mode", set->policy.mode[op] == TG_MODE_ENFORCE ? "enforce" : "observe");
		if (set->issued_us != 0 && fresh.next_stage_s >= 0)
			tg_json_set_int(one, "next_stage_s", fresh.next_stage_s);
		tg_json_set(json, tg_operation_words[op], one);
		if (fresh.stage > *worst)
			*worst = fresh.stage;
	}
	return json;
}

static void status_of_sync(tg_json *status, const tg_paths *paths, bool *failing)
{
	tg_json *json;
	tg_sync_state state;
	char text[TG_UTC_TEXT_SIZE];

	*failing = false;
	if (tg_sync_state_read(&state, paths->catalogue_dir, NULL) != TG_OK)
		return;
	json = tg_json_new_object();
	if (state.attempt_us != 0)
		tg_json_set_str(json, "last_attempt", tg_utc_format(text, state.attempt_us));
	if (state.success_us != 0)
		tg_json_set_str(json, "last_success", tg_utc_format(text, state.success_us));
	tg_json_set_int(json, "failures", state.failures);
	if (state.failures > 0) {
		tg_json_set_str(json, "code", state.code);
		tg_json_set_str(json, "why", state.words);
		*failing = true;
	}
	tg_json_set(status, "sync", json);
}

static void status_of_faults(tg_json *status, tg_station *st, const tg_inforce *set, bool *log_fails)
{
	tg_json *list = tg_json_new_array();
	char words[320], text[TG_UTC_TEXT_SIZE];

	if (set->fault[0] != '\0')
		tg_json_add_str(list, set->fault);
	pthread_mutex_lock(&st->mutex);
	if (st->refused_why[0] != '\0') {
		snprintf(words, sizeof(words), "set %s refused: %s", st->refused_set, st->refused_why);
		tg_json_add_str(list, words);
	}
	*log_fails = st->outage.on;
	if (st->outage.on) {
		snprintf(words, sizeof(words), "no record since %s: %s", tg_utc_format(text, st->outage.from_us), st->outage.why);
		tg_json_add_str(list, words);
	}
	tg_json_set_int(status, "not_delivered", (int64_t)st->not_delivered);
	pthread_mutex_unlock(&st->mutex);
	tg_json_set(status, "faults", list);
}

tg_json *tg_station_status(tg_station *st)
{
	tg_json *json = tg_json_new_object();
	int64_t floor_us;
	tg_inforce *set = set_in_use(st, &floor_us);
	char text[TG_UTC_TEXT_SIZE];
	tg_health health = TG_HEALTH_GOOD;
	bool failing, log_fails;
	tg_stage worst;

	tg_json_set_int(json, "v", 1);
	tg_json_set_str(json, "software", TILLGATE_VERSION);
	tg_json_set_int(json, "rules", TG_RULESET_VERSION);
	tg_json_set_str(json, "law_as_of", TG_LAW_AS_OF);
	tg_json_set_str(json, "station", st->id.station);
	tg_json_set_str(json, "gln", st->id.gln);
	tg_json_set_str(json, "owner", st->id.owner);
	tg_json_set_int(json, "catalogue_version", (int64_t)set->catalogue_version);
	tg_json_set_int(json, "policy_version", (int64_t)set->policy_version);
	if (set->issued_us != 0) {
		tg_json_set_str(json, "issued_at", tg_utc_format(text, set->issued_us));
		tg_json_set_int(json, "age_s", (tg_utc_now_us() - set->issued_us) / TG_US_PER_SECOND);
	}
	tg_json_set(json, "operations", status_of_stages(set, floor_us, &worst));
	tg_json_set_str(json, "stage", tg_stage_words[worst]);
	tg_json_set(json, "evidence", status_of_evidence(st));
	status_of_sync(json, &st->paths, &failing);
	status_of_faults(json, st, set, &log_fails);
	if (st->options.describe != NULL)
		st->options.describe(st->options.ctx, json);
	if (worst != TG_FRESH || failing || tg_json_size(tg_json_get(json, "faults")) > 0)
		health = TG_HEALTH_ATTENTION;
	if (set->cat == NULL || worst >= TG_DEAD || log_fails)
		health = TG_HEALTH_CANNOT_CHECK;
	tg_json_set_str(json, "health", health == TG_HEALTH_GOOD ? "good" : health == TG_HEALTH_ATTENTION ? "attention" : "cannot-check");
	tg_inforce_release(set);
	return json;
}

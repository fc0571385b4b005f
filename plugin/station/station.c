/* SPDX-License-Identifier: Apache-2.0
 *
 * station.c - decide, write down, answer; and take up what sync installed. See station.h.
 */
#include "plugin/station/answer.h"
#include "plugin/station/explain.h"
#include "plugin/station/record.h"
#include "plugin/station/staff.h"
#include "plugin/station/state.h"
#include "store/base/file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LOCK_WAIT_MS 5000 /* a service outwaits the commands that hold the evidence for one call each */
#define LOCK_STEP_MS 50
#define BATCH_PAGES_PER_TICK 64 /* of a thousand entries: a tenth of a second */
#define CASE_PAGES_PER_TICK 64  /* the same */
#define SET_RETRY_US (INT64_C(30) * TG_US_PER_SECOND) /* a full disk is made room on by people */

tg_inforce *tg_station__set(tg_station *st, int64_t *floor_us)
{
	tg_inforce *set;

	pthread_mutex_lock(&st->mutex);
	set = st->set;
	tg_inforce_retain(set);
	*floor_us = st->memory.floor_us;
	pthread_mutex_unlock(&st->mutex);
	return set;
}

/* ---- checks ---- */

/* Who is asked for the batches of this site, and since when they count. */
struct site {
	tg_station *station;
	int32_t from_day;
	int64_t now_us;
};

/* A service has read its log before; a command reads it for the one check in thousands that asks. */
static bool ask_site(void *ctx, uint64_t gtin, tg_site_batches *out)
{
	const struct site *site = ctx;
	tg_station *st = site->station;

	if (!st->options.service)
		(void)tg_batches_catch_up(st->batches, st->journal, site->from_day, tg_day_in_uk(site->now_us), UINT_MAX);
	return tg_batches_ask(st->batches, site->from_day, gtin, out);
}

/*
 * Also with an AIM identifier that nobody was told of in front: a badge must not get through for that. Only what a lane's scanner read:
 * else whoever may ask for checks could guess at badges without a try being counted, and show one that never was there.
 */
static bool is_badge(tg_station *st, const tg_check_request *request)
{
	tg_view label = tg_view_of(request->data, request->len <= TG_LABEL_MAX ? request->len : 0);
	char aim[sizeof(request->aim)];

	if (!request->scanned)
		return false;
	if (request->aim[0] == '\0')
		tg_label_split(aim, &label, label);
	return tg_staff_badge_scanned(st, request->device, label);
}

bool tg_station_enforces(tg_station *station, tg_operation operation)
{
	int64_t floor_us;
	tg_inforce *set = tg_station__set(station, &floor_us);
	bool enforces = set->policy.mode[operation] == TG_MODE_ENFORCE;

	tg_inforce_release(set);
	return enforces;
}

static void decide(tg_check_answer *out, tg_station *st, const tg_inforce *set, const tg_check_request *request, int64_t floor_us,
	bool log_broken)
{
	int64_t now_us = tg_utc_now_us();
	struct site site = { st, set->policy.goods_in_from, now_us };

	tg_check_moment moment = { .now_us = now_us, .floor_us = floor_us, .log_broken = log_broken, .site_batches = ask_site, .site = &site };

	if (is_badge(st, request))
		tg_check_badge(out, set, request, &moment);
	else
		tg_check_decide(out, set, request, &moment);
}

void tg_station__decide(tg_check_answer *out, tg_station *st, const tg_inforce *set, const tg_check_request *request, int64_t floor_us)
{
	decide(out, st, set, request, floor_us, false);
}

static void settle_unrecorded(tg_station *st, tg_check_answer *out, const tg_inforce *set, const tg_check_request *request,
	const tg_batches_seen *seen, int64_t floor_us, const tg_error *why)
{
	if (seen->came_in)
		tg_batches_missed(st->batches);
	decide(out, st, set, request, floor_us, true);
	snprintf(out->fault, sizeof(out->fault), "not recorded: %.220s", why->msg);
	tg_journal_missed(st->journal, out->release.released, seen->came_in);
}

/* The id and never the name. Where there is none to be had, nobody can be recognised for an override either. */
static void set_operator(tg_json *entry, tg_station *st, const tg_check_request *request)
{
	char id[TG_STAFF_ID_SIZE];

	if (request->operator[0] != '\0' && tg_staff_name_id(id, st, request->operator, NULL) == TG_OK)
		tg_json_set_str(entry, "operator", id);
}

/* What the entry says of batches; `came_in` false and no batch where it says nothing. */
static tg_json *entry_of(tg_batches_seen *seen, tg_station *st, const tg_check_answer *answer, const tg_check_request *request)
{
	tg_json *entry = tg_check_entry(answer, request);

	set_operator(entry, st, request);
	if (!tg_batches_read(seen, entry))
		*seen = (tg_batches_seen){ 0 };
	else
		tg_batches_expect(st->batches, seen); /* the next lane must not sell on a list that is about to be longer */
	return entry;
}

/* Does one of them put its unit aside? Then nobody else writes of cases until these are in the log. */
static bool begin_cases(tg_station *st, const tg_check_answer *answers, const tg_check_request *requests, size_t count)
{
	size_t i = 0;

	while (i < count && !tg_case_is_due(&answers[i], &requests[i]))
		i++;
	if (i == count)
		return false;
	if (!st->options.service)
		(void)tg_cases_catch_up(st->cases, st->journal, UINT_MAX);
	tg_cases_lock(st->cases);
	return true;
}

static bool put_aside(tg_case_event *event, tg_station *st, tg_check_answer *answer, const tg_check_request *request, tg_json *entry)
{
	return tg_case_is_due(answer, request) && tg_cases_put_aside(event, &answer->no_case, st->cases, entry);
}

/* `aside` NULL: the unit was not put aside. */
static void settle_recorded(tg_check_answer *out, const tg_station *st, const tg_batches_seen *seen, const tg_case_event *aside,
	uint32_t epoch, uint64_t seq, int64_t at_us)
{
	if (seen->gtin != 0)
		tg_batches_note(st->batches, seen);
	if (aside != NULL)
		snprintf(out->case_id, sizeof(out->case_id), "%s", tg_cases_noted(st->cases, aside, epoch, seq, at_us));
	out->recorded = true;
	out->seq = seq;
	out->at_us = at_us;
	if (tg_reference_format(out->reference, st->id.short_id, epoch, seq, NULL) != TG_OK)
		out->reference[0] = '\0';
}

static void say_damage(tg_station *st, const tg_inforce *set, const char *words)
{
	pthread_mutex_lock(&st->mutex);
	snprintf(st->damaged_set, sizeof(st->damaged_set), "%s", set->set_id);
	snprintf(st->damage, sizeof(st->damage), "%s", words);
	pthread_mutex_unlock(&st->mutex);
}

/* Bytes of an image that was whole when it was opened have failed: the next tick makes a new copy and says so in the log. */
static void note_damage(tg_station *st, const tg_inforce *set, const tg_check_answer *answer)
{
	if (set->cat == NULL || !answer->verdict.could_not_check || answer->fault[0] == '\0')
		return;
	say_damage(st, set, answer->fault);
}

void tg_station_check(tg_check_answer *out, tg_station *st, const tg_check_request *request)
{
	int64_t floor_us, at_us = 0;
	tg_inforce *set = tg_station__set(st, &floor_us);
	tg_batches_seen seen;
	tg_case_event aside;
	tg_error err = { 0 };
	uint32_t epoch = 0;
	uint64_t seq = 0;
	bool locked, is_aside;
	tg_json *entry;

	decide(out, st, set, request, floor_us, false);
	note_damage(st, set, out);
	locked = begin_cases(st, out, request, 1);
	entry = entry_of(&seen, st, out, request);
	is_aside = put_aside(&aside, st, out, request, entry);
	if (tg_journal_submit(st->journal, entry, &epoch, &seq, &at_us, &err) == TG_OK)
		settle_recorded(out, st, &seen, is_aside ? &aside : NULL, epoch, seq, at_us);
	else
		settle_unrecorded(st, out, set, request, &seen, floor_us, &err);
	if (locked)
		tg_cases_unlock(st->cases);
	tg_inforce_release(set);
}

tg_json *tg_station_explain(tg_station *st, const tg_check_request *request)
{
	int64_t floor_us;
	tg_inforce *set = tg_station__set(st, &floor_us);
	struct site site = { st, set->policy.goods_in_from, tg_utc_now_us() };
	tg_json *json = tg_explain(set, request,
		&(tg_check_moment){ .now_us = site.now_us, .floor_us = floor_us, .site_batches = ask_site, .site = &site });

	tg_inforce_release(set);
	return json;
}

void tg_station_check_many(tg_check_answer *out, tg_station *st, const tg_check_request *requests, size_t count)
{
	tg_json *entries[TG_CHECK_MANY_MAX];
	tg_batches_seen seen[TG_CHECK_MANY_MAX];
	size_t n = count < TG_CHECK_MANY_MAX ? count : TG_CHECK_MANY_MAX;
	uint64_t first_seq = 0;
	uint32_t epoch = 0;
	int64_t floor_us;
	tg_inforce *set = tg_station__set(st, &floor_us);
	tg_case_event aside;
	tg_error err = { 0 };
	int rc = TG_OK;
	bool locked;

	for (size_t i = 0; i < n; i++) {
		decide(&out[i], st, set, &requests[i], floor_us, false);
		note_damage(st, set, &out[i]);
		entries[i] = entry_of(&seen[i], st, &out[i], &requests[i]);
	}
	locked = begin_cases(st, out, requests, n);
	for (size_t i = 0; i < n; i++)
		(void)put_aside(&aside, st, &out[i], &requests[i], entries[i]);
	if (n > 0)
		rc = tg_journal_submit_many(st->journal, entries, n, &epoch, &first_seq, &err);
	for (size_t i = 0; i < n; i++) {
		if (rc == TG_OK)
			settle_recorded(&out[i], st, &seen[i], tg_case_event_read(&aside, entries[i]) ? &aside : NULL, epoch, first_seq + i,
				tg_json_int(tg_json_get(entries[i], "at_us")));
		else
			settle_unrecorded(st, &out[i], set, &requests[i], &seen[i], floor_us, &err);
		tg_json_free(entries[i]);
	}
	if (locked)
		tg_cases_unlock(st->cases);
	tg_inforce_release(set);
}

/* News of the station itself: a failure is an outage, which the journal counts and closes. */
static void record(tg_station *st, tg_json *entry)
{
	(void)!tg_journal_submit(st->journal, entry, NULL, NULL, NULL, NULL);
}

void tg_station_not_delivered(tg_station *st, const tg_check_answer *answer, const char *output, const char *words)
{
	pthread_mutex_lock(&st->mutex);
	st->not_delivered++;
	pthread_mutex_unlock(&st->mutex);
	record(st, tg_record_not_delivered(answer->recorded, answer->seq, output, words));
}

int tg_station_acknowledge(tg_station *st, const char *lane, tg_error *err)
{
	if (st->options.acknowledge == NULL)
		return tg_fail(err, TG_ESTATE, "lanes are the daemon's, and it does not run");
	if (!st->options.acknowledge(st->options.ctx, lane))
		return tg_fail(err, TG_ENOTFOUND, "no lane \"%s\"; `tillgate status` lists them", lane);
	return TG_OK;
}

void tg_station_device_event(tg_station *st, const char *device, const char *event, uint64_t count, size_t len_bytes,
	const char *words)
{
	record(st, tg_record_device(device, event, count, len_bytes, words));
}

/* ---- what is remembered ---- */

/* With the mutex held, so that an older state never lands on a newer one; it is one sector, and rare. */
static void remember(const tg_station *st)
{
	(void)!tg_memory_write(&st->memory, &st->paths, NULL); /* the log says it too; this is for when it cannot */
}

static void on_outage(void *ctx, int64_t from_us)
{
	tg_station *st = ctx;

	pthread_mutex_lock(&st->mutex);
	st->memory.outage_from_us = from_us;
	remember(st);
	pthread_mutex_unlock(&st->mutex);
}

static void raise_to(uint64_t *floor, uint64_t version)
{
	if (version > *floor)
		*floor = version;
}

static void raise_floor(tg_inforce_floor *floor, const tg_inforce_floor *seen)
{
	raise_to(&floor->catalogue_version, seen->catalogue_version);
	raise_to(&floor->policy_version, seen->policy_version);
	raise_to(&floor->root_version, seen->root_version);
}

/* With the mutex held, or before there are others. */
static void remember_set(tg_station *st, const tg_inforce *set)
{
	raise_floor(&st->memory.floor, &(tg_inforce_floor){ set->catalogue_version, set->policy_version, set->root_version });
	if (set->issued_us > st->memory.floor_us)
		st->memory.floor_us = set->issued_us;
}

/* ---- taking up a set ---- */

/*
 * Sync has no other news of us: the daemon may not write to catalogue/, and sync may not ask the daemon. So a file in run/, which
 * only the daemon writes, says that the image's file should be read again before it is due. "" takes it away.
 */
static void ask_sync(const tg_station *st, const char *why)
{
	if (!st->options.service)
		return;
	if (why[0] == '\0')
		(void)unlink(st->paths.image_wanted);
	else
		(void)!tg_file_write(st->paths.image_wanted, tg_view_of(why, strlen(why)), 0644, NULL);
}

static void put_in_force(tg_station *st, tg_inforce *set)
{
	tg_inforce *old;

	pthread_mutex_lock(&st->mutex);
	old = st->set;
	st->set = set;
	remember_set(st, set);
	remember(st);
	if (strcmp(st->refused_set, set->set_id) == 0)
		st->refused_set[0] = st->refused_why[0] = '\0';
	st->damaged_set[0] = st->damage[0] = st->no_cure[0] = '\0';
	st->damage_said = false;
	pthread_mutex_unlock(&st->mutex);
	tg_inforce_release(old);
	ask_sync(st, "");
}

/* Faults that reading and fetching the image again may cure. */
static bool is_image_fault(int code)
{
	return code == TG_EHASH || code == TG_ELENGTH || code == TG_EIO || code == TG_ENOTFOUND;
}

/* A set that only brings a newer signed time is no news: every entry carries its age. */
static bool is_news(const tg_inforce *old, const tg_inforce *set)
{
	return old == NULL || old->catalogue_version != set->catalogue_version || old->policy_version != set->policy_version ||
		old->fault_code != set->fault_code;
}

static int refuse_set(tg_station *st, const tg_inforce *set, tg_error *err)
{
	int rc = tg_fail(err, set->fault_code, "%s", set->fault);
	bool said;

	pthread_mutex_lock(&st->mutex);
	said = strcmp(st->refused_set, set->set_id) == 0 && strcmp(st->refused_why, set->fault) == 0;
	st->retry_at_us = set->fault_code == TG_EIO ? tg_mono_now_us() + SET_RETRY_US : INT64_MAX;
	snprintf(st->refused_set, sizeof(st->refused_set), "%s", set->set_id);
	snprintf(st->refused_why, sizeof(st->refused_why), "%s", set->fault);
	pthread_mutex_unlock(&st->mutex);
	if (!said)
		record(st, tg_record_refused(set));
	if (is_image_fault(set->fault_code))
		ask_sync(st, set->fault);
	return said ? TG_OK : rc;
}

/* catalogue/current is there, but names no set. */
static int refuse_link(tg_station *st, const tg_error *why, tg_error *err)
{
	tg_inforce none = { .fault_code = why->code };

	if (why->code == TG_ENOTFOUND)
		return TG_OK; /* nothing to take up; what is in force stays */
	snprintf(none.fault, sizeof(none.fault), "%s", why->msg);
	return refuse_set(st, &none, err);
}

static int take_up(tg_station *st, tg_error *err)
{
	char set_id[TG_SET_ID_SIZE] = "";
	tg_inforce *set = NULL, *old;
	tg_inforce_floor floor;
	int64_t floor_us;
	bool known;
	tg_error why = { 0 };
	int rc = tg_inforce_current(set_id, &st->paths, &why);

	if (rc != TG_OK)
		return refuse_link(st, &why, err);
	pthread_mutex_lock(&st->mutex);
	known = strcmp(set_id, st->set->set_id) == 0 && !(st->set->fault_code == TG_EIO && tg_mono_now_us() >= st->retry_at_us);
	if (known)
		st->refused_set[0] = st->refused_why[0] = '\0'; /* what was refused is no longer offered */
	known = known || (strcmp(set_id, st->refused_set) == 0 && tg_mono_now_us() < st->retry_at_us);
	st->retry_at_us = known ? st->retry_at_us : tg_mono_now_us() + SET_RETRY_US;
	floor = st->memory.floor;
	pthread_mutex_unlock(&st->mutex);
	if (known)
		return TG_OK;
	old = tg_station__set(st, &floor_us);
	rc = tg_inforce_load(&set, &st->paths, set_id, &floor, false, err);
	if (rc == TG_OK && set->cat == NULL && old->cat != NULL) {
		rc = refuse_set(st, set, err);
		tg_inforce_release(set);
	} else if (rc == TG_OK) {
		tg_json *entry = is_news(old, set) ? tg_record_catalogue(old, set) : NULL;

		put_in_force(st, set);
		pthread_mutex_lock(&st->mutex);
		st->refused_set[0] = st->refused_why[0] = '\0';
		pthread_mutex_unlock(&st->mutex);
		if (entry != NULL)
			record(st, entry);
	}
	tg_inforce_release(old);
	return rc;
}

/* What is to be healed now, if anything: the set's id, and why for the log if the log does not know yet. */
static bool damage_to_heal(char set_id[TG_SET_ID_SIZE], char words[240], tg_inforce_floor *floor, tg_station *st)
{
	bool due;

	words[0] = '\0';
	pthread_mutex_lock(&st->mutex);
	if (st->damaged_set[0] != '\0' && strcmp(st->damaged_set, st->set->set_id) != 0)
		st->damaged_set[0] = st->damage[0] = '\0'; /* another set took its place meanwhile */
	due = st->damaged_set[0] != '\0' && tg_mono_now_us() >= st->heal_at_us;
	if (due) {
		snprintf(set_id, TG_SET_ID_SIZE, "%s", st->damaged_set);
		if (!st->damage_said)
			snprintf(words, 240, "%s", st->damage);
		st->damage_said = true;
		st->damaged_set[0] = '\0';
		st->heal_at_us = tg_mono_now_us() + SET_RETRY_US; /* a fault that copying does not heal must not copy without end */
		*floor = st->memory.floor;
	}
	pthread_mutex_unlock(&st->mutex);
	return due;
}

/*
 * No whole copy is to be had. What is mapped stays: each block of it is good or an error, and some answers are better than none. A
 * disk that failed or was full is tried again; damaged files wait for sync.
 */
static void keep_damaged(tg_station *st, const tg_inforce *failed)
{
	pthread_mutex_lock(&st->mutex);
	snprintf(st->no_cure, sizeof(st->no_cure), "%s", failed->fault);
	if (failed->fault_code == TG_EIO)
		snprintf(st->damaged_set, sizeof(st->damaged_set), "%s", failed->set_id);
	pthread_mutex_unlock(&st->mutex);
	ask_sync(st, failed->fault);
}

/* The private copy failed: make another from the set's own files, which may well be whole, or from another set's. */
static void heal_damage(tg_station *st)
{
	char set_id[TG_SET_ID_SIZE], words[240];
	tg_inforce_floor floor;
	tg_inforce *set = NULL, *other = NULL;

	if (!damage_to_heal(set_id, words, &floor, st) || tg_inforce_load(&set, &st->paths, set_id, &floor, true, NULL) != TG_OK)
		return;
	if (words[0] != '\0')
		record(st, tg_record_damage(set, words, false));
	if (set->cat != NULL) {
		record(st, tg_record_damage(set, "", true));
		put_in_force(st, set);
	} else if (tg_inforce_load_other(&other, &st->paths, set_id, &floor, true, NULL) == TG_OK && other != NULL) {
		tg_error why = { 0 };

		snprintf(words, sizeof(words), "%s", set->fault);
		(void)refuse_set(st, set, &why);
		tg_inforce_release(set);
		put_in_force(st, other);
		ask_sync(st, words); /* the set that should be in force is not */
	} else {
		keep_damaged(st, set);
		tg_inforce_release(set);
	}
}

/* ---- the sweep ---- */

static tg_inforce *set_to_sweep(void *ctx)
{
	int64_t floor_us;

	return tg_station__set(ctx, &floor_us);
}

static void take_sweep(void *ctx, const tg_inforce *set, const tg_sweep_found *found)
{
	tg_station *st = ctx;

	if (found->code == TG_EBUSY)
		return;
	pthread_mutex_lock(&st->mutex);
	st->swept = *found;
	st->swept_at_us = tg_utc_now_us();
	pthread_mutex_unlock(&st->mutex);
	if (found->code != TG_OK)
		say_damage(st, set, found->words); /* the next tick heals it */
}

static void watch_clock(tg_station *st)
{
	int64_t floor_us, now_us = tg_utc_now_us();
	tg_inforce *set = tg_station__set(st, &floor_us);
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
			record(st, tg_record_clock(fault, now_us, floor_us));
	}
	tg_inforce_release(set);
}

/* The log read back for row 20b, a piece at a time; nothing to do in most ticks. */
static void learn_batches(tg_station *st)
{
	int64_t floor_us;
	tg_inforce *set = tg_station__set(st, &floor_us);

	if (set->cat != NULL)
		(void)tg_batches_catch_up(st->batches, st->journal, set->policy.goods_in_from, tg_day_in_uk(tg_utc_now_us()),
			BATCH_PAGES_PER_TICK);
	tg_inforce_release(set);
}

int tg_station_tick(tg_station *st, tg_error *err)
{
	int rc = take_up(st, err);

	heal_damage(st);
	tg_sweep_tick(st->sweep);
	watch_clock(st);
	tg_journal_tick(st->journal);
	learn_batches(st);
	(void)tg_cases_catch_up(st->cases, st->journal, CASE_PAGES_PER_TICK);
	return rc;
}

/* ---- opening ---- */

/* What the log says of the past counts beside the memory: either may have been lost. */
static int on_log_open(void *ctx, tg_log *log, tg_error *err)
{
	tg_station *st = ctx;
	tg_inforce_floor logged;
	int rc = tg_record_floor(&logged, log, err);

	pthread_mutex_lock(&st->mutex);
	raise_floor(&st->memory.floor, &logged);
	pthread_mutex_unlock(&st->mutex);
	return rc;
}

/* The current set, or the newest that still can be used: one bad sync must not take yesterday's good catalogue away. */
static int load_first_set(tg_station *st, tg_error *err)
{
	char set_id[TG_SET_ID_SIZE] = "";
	tg_inforce *other = NULL;
	tg_memory before;
	bool remembered = tg_memory_read(&before, &st->paths);
	tg_error why = { 0 };
	int rc;

	if (tg_inforce_current(set_id, &st->paths, &why) != TG_OK)
		set_id[0] = '\0';
	rc = tg_inforce_load(&st->set, &st->paths, set_id, &st->memory.floor, false, err);
	if (rc == TG_OK && set_id[0] == '\0') {
		st->set->fault_code = why.code;
		snprintf(st->set->fault, sizeof(st->set->fault), "%s", why.msg);
	}
	if (rc == TG_OK && st->set->cat == NULL)
		rc = tg_inforce_load_other(&other, &st->paths, set_id, &st->memory.floor, false, err);
	if (rc != TG_OK)
		return rc;
	if (other != NULL) {
		snprintf(st->refused_set, sizeof(st->refused_set), "%s", st->set->set_id);
		snprintf(st->refused_why, sizeof(st->refused_why), "%s", st->set->fault);
		st->retry_at_us = st->set->fault_code == TG_EIO ? tg_mono_now_us() + SET_RETRY_US : INT64_MAX;
		if (st->options.service)
			record(st, tg_record_refused(st->set));
		tg_inforce_release(st->set);
		st->set = other;
	}
	remember_set(st, st->set);
	if (!remembered || memcmp(&st->memory, &before, sizeof(before)) != 0) /* most openings bring nothing new, and cost no write */
		remember(st);
	return TG_OK;
}

static int open_under_lock(tg_station *st, tg_error *err)
{
	int rc;

	(void)tg_memory_read(&st->memory, &st->paths);
	if (st->memory.outage_from_us != 0)
		tg_batches_missed(st->batches); /* nobody knows what came in until the stop */
	rc = tg_journal_open(&st->journal,
		&(tg_journal_options){ .dir = st->paths.evidence_dir, .origin = st->id.origin, .service = st->options.service,
			.outage_from_us = st->memory.outage_from_us, .on_outage = on_outage, .on_open = on_log_open, .ctx = st }, err);
	if (rc == TG_OK)
		rc = load_first_set(st, err);
	if (rc == TG_OK && st->options.service) {
		record(st, tg_record_start(st->set));
		ask_sync(st, st->refused_why[0] != '\0' ? st->refused_why : is_image_fault(st->set->fault_code) ? st->set->fault : "");
		learn_batches(st);
		(void)tg_cases_catch_up(st->cases, st->journal, CASE_PAGES_PER_TICK);
		watch_clock(st); /* a command would record the same fault at every call; its checks say it themselves */
	}
	return rc;
}

static int take_lock(tg_station *st, tg_error *err)
{
	int rc = tg_lock_take(&st->lock_fd, st->paths.evidence_lock, st->options.who, err);

	for (int waited = 0; rc == TG_EBUSY && st->options.service && waited < LOCK_WAIT_MS; waited += LOCK_STEP_MS) {
		nanosleep(&(struct timespec){ .tv_nsec = LOCK_STEP_MS * 1000000L }, NULL);
		rc = tg_lock_take(&st->lock_fd, st->paths.evidence_lock, st->options.who, err);
	}
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
	pthread_mutex_init(&st->override_mutex, NULL);
	rc = tg_crypto_init(err);
	if (rc == TG_OK)
		rc = tg_batches_new(&st->batches, err);
	if (rc == TG_OK)
		rc = tg_station_id_read(&st->id, paths, err);
	if (rc == TG_OK)
		rc = tg_cases_new(&st->cases, st->id.short_id, err);
	if (rc == TG_OK)
		rc = tg_dir_make(paths->evidence_dir, 0700, err);
	if (rc == TG_OK)
		rc = take_lock(st, err);
	if (rc == TG_OK)
		rc = tg_roster_open(&st->roster, paths->evidence_dir, err);
	if (rc == TG_OK)
		rc = open_under_lock(st, err);
	if (rc == TG_OK && options->service)
		rc = tg_sweep_start(&st->sweep, &(tg_sweep_owner){ set_to_sweep, take_sweep, st }, err);
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
	tg_sweep_stop(st->sweep);
	if (st->journal != NULL && st->set != NULL && !st->options.service)
		heal_damage(st); /* a command has no ticks: the next one shall find a whole copy */
	if (st->journal != NULL && st->options.service)
		record(st, tg_record_stop());
	tg_journal_close(st->journal);
	tg_batches_free(st->batches);
	tg_roster_close(st->roster);
	tg_cases_free(st->cases);
	tg_inforce_release(st->set);
	if (st->lock_fd >= 0)
		close(st->lock_fd);
	pthread_mutex_destroy(&st->mutex);
	pthread_mutex_destroy(&st->override_mutex);
	free(st);
}

const tg_station_id *tg_station_identity(const tg_station *st)
{
	return &st->id;
}

tg_journal *tg_station_journal(tg_station *st)
{
	return st->journal;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * status.c - a station as people and monitors see it. See tg_station_status in station.h.
 */
#include "plugin/station/advice.h"
#include "plugin/station/case_show.h"
#include "plugin/station/state.h"
#include "store/base/encoding.h"
#include "sync/state.h"

#include <stdio.h>

static int read_head(tg_log *log, void *ctx)
{
	tg_log_get_head(log, ctx);
	return TG_OK;
}

static tg_json *status_of_evidence(tg_station *st)
{
	tg_json *json = tg_json_new_object();
	char hex[2 * TG_SHA256_SIZE + 1];
	tg_journal_state journal;
	tg_log_head head = { 0 };

	tg_journal_get_state(st->journal, &journal);
	if (tg_journal_run(st->journal, read_head, &head, NULL) != TG_OK)
		tg_json_set_bool(json, "open", false);
	tg_json_set_str(json, "origin", head.origin);
	tg_json_set_int(json, "size", (int64_t)head.size);
	tg_json_set_str(json, "root", tg_hex_encode(hex, &head.root, TG_SHA256_SIZE));
	tg_json_set_int(json, "signed_size", (int64_t)head.signed_size);
	tg_json_set_int(json, "commits", (int64_t)journal.stats.commits);
	tg_json_set_int(json, "failures", (int64_t)(journal.stats.failures + journal.stats.refused));
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
		if (set->issued_us != 0 && fresh.next_stage_s >= 0) {
			tg_json_set_int(one, "next_stage_s", fresh.next_stage_s);
			tg_json_set_str(one, "next_stage", tg_stage_words[fresh.stage + 1]);
		}
		tg_json_set(json, tg_operation_words[op], one);
		if (fresh.stage > *worst)
			*worst = fresh.stage;
	}
	return json;
}

static void set_time(tg_json *json, const char *name, int64_t at_us)
{
	char text[TG_UTC_TEXT_SIZE];

	if (at_us != 0)
		tg_json_set_str(json, name, tg_utc_format(text, at_us));
}

static tg_json *status_of_sync(const tg_sync_state *state)
{
	tg_json *json = tg_json_new_object();

	set_time(json, "last_attempt", state->attempt_us);
	set_time(json, "last_success", state->success_us);
	set_time(json, "next_try", state->next_us);
	tg_json_set_int(json, "catalogue_version", state->catalogue_version);
	tg_json_set_int(json, "failures", state->failures);
	if (state->failures > 0) {
		tg_json_set_str(json, "code", state->code);
		tg_json_set_str(json, "why", state->words);
	}
	return json;
}

/* What is signed for how long; each role's file as it is in force here. */
static tg_json *status_of_metadata(const tg_chain_facts *facts)
{
	const struct {
		const char *role;
		int64_t version, expires_us;
	} roles[] = {
		{ "root", facts->root_version, facts->root_expires_us },
		{ "timestamp", facts->timestamp_version, facts->timestamp_expires_us },
		{ "snapshot", facts->snapshot_version, facts->snapshot_expires_us },
		{ "targets", facts->targets_version, facts->targets_expires_us },
	};
	tg_json *json = tg_json_new_object();

	for (size_t i = 0; i < TG_COUNT(roles); i++) {
		tg_json *one = tg_json_new_object();

		tg_json_set_int(one, "version", roles[i].version);
		set_time(one, "expires_at", roles[i].expires_us);
		tg_json_set(json, roles[i].role, one);
	}
	return json;
}

/* The clock against the newest time that head office signed. */
static tg_json *status_of_clock(int64_t now_us, int64_t floor_us, tg_stage worst)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_bool(json, "fault", worst == TG_CLOCK_FAULT);
	set_time(json, "now", now_us);
	set_time(json, "newest_signed_time", floor_us);
	if (floor_us != 0)
		tg_json_set_int(json, "ahead_s", (now_us - floor_us) / TG_US_PER_SECOND);
	return json;
}

/* Everything about the catalogue's way here: how it came, how long it holds, what to do. */
static void status_of_way(tg_json *status, const tg_station *st, const tg_inforce *set, int64_t floor_us, tg_stage worst)
{
	tg_advice_facts facts = { .now_us = tg_utc_now_us(), .floor_us = floor_us, .worst = worst };
	tg_json *warnings = tg_json_new_array();
	tg_sync_state sync;

	if (tg_sync_state_read(&sync, st->paths.catalogue_dir, NULL) == TG_OK) {
		facts.sync = &sync;
		tg_json_set(status, "sync", status_of_sync(&sync));
	}
	if (set->chain != NULL) {
		facts.chain = tg_chain_facts_of(set->chain);
		tg_json_set(status, "metadata", status_of_metadata(facts.chain));
	}
	tg_json_set(status, "clock", status_of_clock(facts.now_us, floor_us, worst));
	tg_advice_give(warnings, &facts);
	tg_json_set(status, "warnings", warnings);
}

/* The last time the whole image was read again (sweep.h). */
static void status_of_sweep(tg_json *status, tg_station *st)
{
	tg_json *json = tg_json_new_object();
	char text[TG_UTC_TEXT_SIZE];

	pthread_mutex_lock(&st->mutex);
	if (st->swept_at_us != 0) {
		tg_json_set_str(json, "last", tg_utc_format(text, st->swept_at_us));
		tg_json_set_str(json, "found", st->swept.code == TG_OK ? "whole" : "damaged");
		tg_json_set_int(json, "blocks", (int64_t)st->swept.blocks);
		tg_json_set_int(json, "in_memory", (int64_t)st->swept.in_memory);
		tg_json_set_bool(json, "from_disk", st->swept.from_disk);
	}
	pthread_mutex_unlock(&st->mutex);
	tg_json_set(status, "sweep", json);
}

/* How many, not who: status is read by everybody on the station. */
static tg_json *status_of_staff(tg_station *st)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_int(json, "enrolled", (int64_t)tg_roster_enrolled(st->roster));
	tg_json_set_int(json, "supervisors", (int64_t)tg_roster_supervisors(st->roster));
	return json;
}

static void status_of_faults(tg_json *status, tg_station *st, const tg_inforce *set, bool *log_fails)
{
	tg_json *list = tg_json_new_array();
	char words[320], text[TG_UTC_TEXT_SIZE];
	tg_journal_state journal;
	tg_error staff = { 0 };

	tg_journal_get_state(st->journal, &journal);
	if (set->fault[0] != '\0')
		tg_json_add_str(list, set->fault);
	pthread_mutex_lock(&st->mutex);
	if (st->refused_why[0] != '\0') {
		if (st->refused_set[0] != '\0')
			snprintf(words, sizeof(words), "set %s refused: %s", st->refused_set, st->refused_why);
		else
			snprintf(words, sizeof(words), "refused: %s", st->refused_why);
		tg_json_add_str(list, words);
	}
	if (st->damage[0] != '\0') {
		snprintf(words, sizeof(words), "image damaged: %s", st->damage);
		tg_json_add_str(list, words);
	}
	if (st->no_cure[0] != '\0') {
		snprintf(words, sizeof(words), "no whole copy of the image; `tillgate sync` fetches it again: %s", st->no_cure);
		tg_json_add_str(list, words);
	}
	tg_json_set_int(status, "not_delivered", (int64_t)st->not_delivered);
	pthread_mutex_unlock(&st->mutex);
	if (tg_roster_fault(st->roster, &staff) != TG_OK)
		tg_json_add_str(list, staff.msg);
	*log_fails = journal.outage;
	if (journal.outage) {
		snprintf(words, sizeof(words), "no record since %s: %s", tg_utc_format(text, journal.outage_from_us), journal.why);
		tg_json_add_str(list, words);
	}
	tg_json_set(status, "faults", list);
}

tg_json *tg_station_status(tg_station *st)
{
	tg_json *json = tg_json_new_object();
	int64_t floor_us;
	tg_inforce *set = tg_station__set(st, &floor_us);
	char text[TG_UTC_TEXT_SIZE];
	tg_health health = TG_HEALTH_GOOD;
	bool log_fails;
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
		int64_t age_us = tg_utc_now_us() - set->issued_us;

		tg_json_set_str(json, "issued_at", tg_utc_format(text, set->issued_us));
		tg_json_set_int(json, "age_s", age_us > 0 ? age_us / TG_US_PER_SECOND : 0);
	}
	tg_json_set(json, "operations", status_of_stages(set, floor_us, &worst));
	tg_json_set_str(json, "stage", tg_stage_words[worst]);
	tg_json_set(json, "evidence", status_of_evidence(st));
	tg_json_set(json, "cases", tg_case_summary(st));
	tg_json_set(json, "staff", status_of_staff(st));
	status_of_way(json, st, set, floor_us, worst);
	if (st->options.service)
		status_of_sweep(json, st);
	status_of_faults(json, st, set, &log_fails);
	if (st->options.describe != NULL)
		st->options.describe(st->options.ctx, json);
	if (worst != TG_FRESH || tg_json_size(tg_json_get(json, "warnings")) > 0 || tg_json_size(tg_json_get(json, "faults")) > 0)
		health = TG_HEALTH_ATTENTION;
	if (set->cat == NULL || worst >= TG_DEAD || log_fails)
		health = TG_HEALTH_CANNOT_CHECK;
	tg_json_set_str(json, "health", health == TG_HEALTH_GOOD ? "good" : health == TG_HEALTH_ATTENTION ? "attention" : "cannot-check");
	tg_inforce_release(set);
	return json;
}

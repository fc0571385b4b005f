/* SPDX-License-Identifier: Apache-2.0
 *
 * override.c - see override.h. What is looked at in which order: first what needs no secret, so that nobody types a PIN for nothing.
 */
#include "plugin/station/override.h"

#include "plugin/station/answer.h"
#include "plugin/station/state.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define PAGE 1024 /* entries read at a time: some milliseconds of the log's thread */

/* One override under way. */
struct work {
	tg_station *station;
	const tg_override_request *request;
	tg_override_answer *answer;
	tg_inforce *set;
	int64_t floor_us, now_us;
	uint32_t epoch;
	uint64_t check_seq, head;
	tg_json *check;          /* its entry */
	tg_check_request unit;
	tg_check_answer anew;    /* what is decided now */
	bool decided, claimed;
	tg_staff_person person;  /* id "" until known */
	char asked_by[TG_STAFF_ID_SIZE];
};

/* ---- requests and answers ---- */

static int copy_text(char *out, size_t size, const tg_json *json, const char *name, tg_error *err)
{
	const char *text = "";
	int rc = tg_json_need_str(&text, json, name, size - 1, err);

	if (rc == TG_OK)
		strcpy(out, text);
	return rc;
}

int tg_override_request_from_json(tg_override_request *out, const tg_json *json, tg_error *err)
{
	static const char *const members[] = { "reference", "reason", "asked_by", "by", NULL };
	int rc = tg_json_only(json, members, err);

	*out = (tg_override_request){ .reference = "" };
	if (rc == TG_OK)
		rc = copy_text(out->reference, sizeof(out->reference), json, "reference", err);
	if (rc == TG_OK)
		rc = copy_text(out->reason, sizeof(out->reason), json, "reason", err);
	if (rc == TG_OK)
		rc = copy_text(out->asked_by, sizeof(out->asked_by), json, "asked_by", err);
	return rc == TG_OK ? tg_staff_proof_from_json(&out->by, json, "by", err) : rc;
}

tg_json *tg_override_answer_to_json(const tg_override_answer *a)
{
	tg_json *json = tg_json_new_object();
	char text[TG_UTC_TEXT_SIZE];

	tg_json_set_int(json, "v", 1);
	tg_json_set_bool(json, "granted", a->granted);
	tg_json_set_bool(json, "released", a->released);
	if (a->sent)
		tg_json_set_bool(json, "delivered", a->released);
	tg_json_set_str(json, "code", a->words.code);
	tg_json_set_str(json, "action", a->words.action);
	tg_json_set_str(json, "reason", a->words.reason);
	if (a->authority[0] != '\0')
		tg_json_set_str(json, "authority", a->authority);
	if (a->wait_s > 0)
		tg_json_set_int(json, "wait_s", a->wait_s);
	if (a->fault[0] != '\0')
		tg_json_set_str(json, "fault", a->fault);
	tg_json_set_bool(json, "recorded", a->recorded);
	if (a->recorded) {
		tg_json_set_int(json, "seq", (int64_t)a->seq);
		tg_json_set_str(json, "reference", a->reference);
		tg_json_set_str(json, "at", tg_utc_format(text, a->at_us));
	}
	return json;
}

void tg_override_offer(tg_json *json, tg_station *st, const tg_check_answer *a)
{
	char text[TG_UTC_TEXT_SIZE];
	int64_t floor_us;
	tg_inforce *set;
	const tg_policy *p;
	tg_json *offer, *authorities, *reasons, *codes;

	if (json == NULL || a->lifted_by == 0 || !a->recorded)
		return;
	set = tg_station__set(st, &floor_us);
	p = &set->policy;
	if (set->policy_version == a->policy_version) { /* else another policy has just come; it will be asked */
		offer = tg_json_new_object();
		authorities = tg_json_new_array();
		reasons = tg_json_new_array();
		codes = tg_json_new_array(); /* the same once more, for readers that take words only */
		for (size_t i = 0; i < p->authority_count; i++) {
			if ((a->lifted_by >> i & 1) != 0)
				tg_json_add_str(authorities, p->authorities[i].name);
		}
		for (size_t i = 0; i < p->reason_count; i++) {
			tg_json *reason = tg_json_new_object();

			tg_json_set_str(reason, "code", p->reasons[i].code);
			tg_json_set_str(reason, "words", p->reasons[i].words);
			tg_json_add(reasons, reason);
			tg_json_add_str(codes, p->reasons[i].code);
		}
		tg_json_set(offer, "authorities", authorities);
		tg_json_set(offer, "reasons", reasons);
		tg_json_set(offer, "codes", codes);
		tg_json_set_str(offer, "until", tg_utc_format(text, a->at_us + p->override_within_s * TG_US_PER_SECOND));
		tg_json_set(json, "override", offer);
	}
	tg_inforce_release(set);
}

/* ---- the check ---- */

struct reading {
	struct work *work;
	uint64_t first, count;
	bool used, damaged;
	tg_error err;
};

static bool is_word(const tg_json *object, const char *name, const char *word)
{
	const char *text = tg_json_str(tg_json_get(object, name));

	return text != NULL && strcmp(text, word) == 0;
}

static int take_check(void *ctx, const tg_log_entry *logged)
{
	struct reading *r = ctx;

	return tg_json_parse(&r->work->check, logged->bytes, &r->err) == TG_OK ? 0 : 1;
}

static int read_check(tg_log *log, void *ctx)
{
	struct reading *r = ctx;
	tg_log_head head;

	tg_log_get_head(log, &head);
	r->work->epoch = head.epoch;
	r->work->head = head.size;
	if (r->work->check_seq >= head.size)
		return TG_OK;
	return tg_log_read(log, head.epoch, r->work->check_seq, 1, take_check, r, &r->err);
}

/* Only checks of this station and of the epoch under way: what an older epoch holds is as old as a restore. */
static tg_lift find_check(struct work *w)
{
	struct reading reading = { .work = w };
	tg_reference reference;

	if (tg_reference_parse(&reference, w->request->reference, &reading.err) != TG_OK ||
		strcmp(reference.station, w->station->id.short_id) != 0) {
		snprintf(w->answer->fault, sizeof(w->answer->fault), "%.200s", reading.err.msg);
		return TG_LIFT_NO_CHECK;
	}
	w->check_seq = reference.seq;
	if (tg_journal_run(w->station->journal, read_check, &reading, &reading.err) != TG_OK || reading.err.code != TG_OK) {
		snprintf(w->answer->fault, sizeof(w->answer->fault), "%.200s", reading.err.msg);
		return TG_LIFT_NOT_RECORDED;
	}
	/* the new check of a release is about a case, and not about one unit in somebody's hand */
	if (w->check == NULL || reference.epoch != w->epoch || !is_word(w->check, "kind", "check") || tg_json_get(w->check, "recheck") != NULL) {
		tg_json_free(w->check);
		w->check = NULL;
		return TG_LIFT_NO_CHECK;
	}
	return TG_LIFT_GRANTED;
}

static int look_for_override(void *ctx, const tg_log_entry *logged)
{
	struct reading *r = ctx;
	tg_json *entry = NULL;

	r->count++;
	if (memmem(logged->bytes.data, logged->bytes.len, "\"override\"", sizeof("\"override\"") - 1) == NULL)
		return 0;
	if (tg_json_parse(&entry, logged->bytes, NULL) != TG_OK) {
		r->damaged = true;
		return 1;
	}
	r->used = r->used || (is_word(entry, "kind", "override") && is_word(entry, "state", "granted") &&
				     tg_json_int(tg_json_get(entry, "check")) == (int64_t)r->work->check_seq);
	tg_json_free(entry);
	return r->used;
}

static int read_page(tg_log *log, void *ctx)
{
	struct reading *r = ctx;

	r->count = 0;
	return tg_log_read(log, r->work->epoch, r->first, PAGE, look_for_override, r, &r->err);
}

/* The log alone says whether a check was overridden before; what cannot be read counts as if it had been. */
static bool is_used(struct work *w)
{
	struct reading r = { .work = w, .first = w->check_seq + 1 };

	while (r.first < w->head && !r.used) {
		if (tg_journal_run(w->station->journal, read_page, &r, &r.err) != TG_OK || r.err.code != TG_OK || r.damaged || (r.count == 0 && !r.used))
			return true;
		r.first += r.count;
	}
	return r.used;
}

static tg_lift judge_check(struct work *w)
{
	const tg_policy *p = &w->set->policy;
	int64_t age_us = w->now_us - tg_json_int(tg_json_get(w->check, "at_us"));
	tg_error why = { 0 };
	int rc = tg_check_request_from_entry(&w->unit, w->check, &why);
	bool known = false;

	if (rc != TG_OK)
		return TG_LIFT_NO_PRODUCT;
	if (tg_json_bool(tg_json_get(w->check, "would_release")))
		return TG_LIFT_NOT_WITHHELD;
	if (p->authority_count == 0)
		return TG_LIFT_OFF;
	if (age_us < 0 || age_us > p->override_within_s * TG_US_PER_SECOND)
		return TG_LIFT_TOO_LATE;
	if (is_used(w))
		return TG_LIFT_USED;
	for (size_t i = 0; i < p->reason_count; i++)
		known = known || strcmp(p->reasons[i].code, w->request->reason) == 0;
	return known ? TG_LIFT_GRANTED : TG_LIFT_NO_REASON;
}

/* ---- the unit, now ---- */

/* What was read back has to be what was checked. */
static bool is_same_unit(const struct work *w)
{
	const tg_json *label = tg_json_get(w->check, "label");
	const char *gtin = tg_json_str(tg_json_get(label, "gtin"));
	char now[15];

	if (gtin == NULL)
		gtin = tg_json_str(tg_json_get(label, "number"));
	return gtin != NULL && strcmp(gtin, tg_gtin_format(now, w->anew.identity.gtin)) == 0;
}

static tg_lift judge_unit(struct work *w)
{
	const tg_verdict *v = &w->anew.verdict;

	tg_station__decide(&w->anew, w->station, w->set, &w->unit, w->floor_us);
	w->decided = true;
	if (!is_same_unit(w))
		return TG_LIFT_NO_PRODUCT;
	if (v->could_not_check) {
		snprintf(w->answer->fault, sizeof(w->answer->fault), "%s", w->anew.fault);
		return TG_LIFT_UNCHECKED;
	}
	if (w->anew.release.would_release)
		return TG_LIFT_GOES_NOW;
	if (!v->overridable || v->to_lift == 0 || tg_gate_unliftable(v) >= 0)
		return TG_LIFT_NEVER;
	return TG_LIFT_GRANTED;
}

/* Where a lane has the till, it must still have the scan: else staff would be told to go on and nothing would be rung up. */
static tg_lift claim(struct work *w)
{
	const tg_station_options *o = &w->station->options;
	tg_held held = TG_HELD_NOWHERE;

	if (o->claim != NULL && !tg_json_bool(tg_json_get(w->check, "released")))
		held = o->claim(o->ctx, w->unit.device, w->request->reference);
	w->claimed = held == TG_HELD_CLAIMED;
	return held == TG_HELD_GONE ? TG_LIFT_SCAN_GONE : TG_LIFT_GRANTED;
}

/* ---- the second person ---- */

/* As whoever asks, or as whoever served by the word of the till: who was logged in there need not be who asks. */
static bool is_first_person(const struct work *w)
{
	const char *operator = tg_json_str(tg_json_get(w->check, "operator"));

	return tg_staff_is(w->station, &w->person, w->request->asked_by) ||
	       (operator != NULL && tg_staff_was(w->station, &w->person, operator));
}

static tg_lift know_person(struct work *w)
{
	const tg_staff_proof *by = &w->request->by;
	tg_error why = { 0 };
	int rc;

	if (by->badge_at != NULL && strcmp(by->badge_at, w->unit.device) != 0) {
		snprintf(w->answer->fault, sizeof(w->answer->fault), "a badge at a lane is for what was scanned at that lane");
		return TG_LIFT_NOT_RECOGNISED;
	}
	rc = tg_staff_name_id(w->asked_by, w->station, w->request->asked_by, &why);
	if (rc == TG_OK)
		rc = tg_staff_identify(&w->person, w->station, by, "override", &why);
	w->answer->wait_s = rc != TG_OK ? w->person.wait_s : 0;
	if (rc == TG_EDENIED)
		return w->person.locked ? TG_LIFT_LOCKED : TG_LIFT_NOT_RECOGNISED;
	if (rc == TG_ESTATE)
		return TG_LIFT_NOBODY;
	if (rc == TG_OK)
		return is_first_person(w) ? TG_LIFT_SAME_PERSON : TG_LIFT_GRANTED;
	snprintf(w->answer->fault, sizeof(w->answer->fault), "%s", why.msg);
	return TG_LIFT_NOT_RECOGNISED;
}

static tg_lift find_authority(struct work *w)
{
	const tg_policy *p = &w->set->policy;

	for (size_t i = 0; i < p->authority_count; i++) {
		if (!tg_staff_has(&w->person, p->authorities[i].name) ||
			!tg_gate_may_lift(&p->authorities[i], &w->anew.verdict, w->unit.operation))
			continue;
		strcpy(w->answer->authority, p->authorities[i].name);
		return TG_LIFT_GRANTED;
	}
	return TG_LIFT_NO_AUTHORITY;
}

/* ---- writing down ---- */

/* A reason that is none could be anything that somebody typed. */
static bool is_known_reason(const struct work *w)
{
	for (size_t i = 0; i < w->set->policy.reason_count; i++) {
		if (strcmp(w->set->policy.reasons[i].code, w->request->reason) == 0)
			return true;
	}
	return false;
}

static tg_json *entry_of(const struct work *w, bool granted, const char *code)
{
	const char *gtin = tg_json_str(tg_json_get(tg_json_get(w->check, "label"), "gtin"));
	tg_json *json = tg_json_new_object();

	if (w->decided)
		tg_check_decision_to_json(json, &w->anew);
	tg_json_set_str(json, "kind", "override");
	tg_json_set_str(json, "state", granted ? "granted" : "refused");
	tg_json_set_int(json, "check", (int64_t)w->check_seq);
	tg_json_set_str(json, "device", w->unit.device);
	if (gtin != NULL)
		tg_json_set_str(json, "gtin", gtin);
	if (is_known_reason(w))
		tg_json_set_str(json, "reason", w->request->reason);
	if (w->asked_by[0] != '\0')
		tg_json_set_str(json, "asked_by", w->asked_by);
	if (w->person.id[0] != '\0')
		tg_json_set_str(json, "by", w->person.id);
	if (granted)
		tg_json_set_str(json, "authority", w->answer->authority);
	else
		tg_json_set_str(json, "why", code);
	if (w->decided) {
		tg_check_circumstances_to_json(json, &w->anew);
		tg_json_set_int(json, "rules", TG_RULESET_VERSION);
		tg_json_set_bool(json, "released", granted || !w->anew.release.enforced);
	}
	return json;
}

/*
 * A unit that was put aside leaves its case by being let go: one entry says both. So the cases are read back to their end first, which
 * may take seconds after a start: else the case would go on holding what has left.
 */
static int submit(struct work *w, tg_json *entry, bool granted, uint32_t *epoch, tg_error *err)
{
	tg_override_answer *a = w->answer;
	tg_cases *cases = w->station->cases;
	tg_case_event event;
	bool of_case;
	int rc;

	if (!granted || tg_json_get(w->check, "case") == NULL)
		return tg_journal_submit(w->station->journal, entry, epoch, &a->seq, &a->at_us, err);
	(void)tg_cases_catch_up(cases, w->station->journal, UINT_MAX);
	tg_cases_lock(cases);
	rc = tg_cases_ready(cases, err);
	if (rc != TG_OK) {
		tg_cases_unlock(cases);
		tg_json_free(entry);
		return rc;
	}
	of_case = tg_cases_lifted(&event, cases, entry, w->check, w->epoch, w->check_seq);
	rc = tg_journal_submit(w->station->journal, entry, epoch, &a->seq, &a->at_us, err);
	if (rc == TG_OK && of_case)
		(void)tg_cases_noted(cases, &event, *epoch, a->seq, a->at_us);
	tg_cases_unlock(cases);
	return rc;
}

static bool write_down(struct work *w, bool granted, const char *code)
{
	tg_override_answer *a = w->answer;
	tg_error err = { 0 };
	uint32_t epoch = 0;

	a->recorded = submit(w, entry_of(w, granted, code), granted, &epoch, &err) == TG_OK;
	if (!a->recorded)
		snprintf(a->fault, sizeof(a->fault), "not recorded: %.220s", err.msg);
	else if (tg_reference_format(a->reference, w->station->id.short_id, epoch, a->seq, NULL) != TG_OK)
		a->reference[0] = '\0';
	return a->recorded;
}

static tg_lift deliver(struct work *w)
{
	const tg_station_options *o = &w->station->options;

	w->answer->granted = w->answer->released = true;
	if (!w->anew.release.enforced)
		return TG_LIFT_WATCHED;
	if (!w->claimed)
		return TG_LIFT_GRANTED;
	w->claimed = false;
	w->answer->sent = true;
	w->answer->released = o->settle(o->ctx, w->unit.device, w->request->reference, true, w->answer->seq);
	return w->answer->released ? TG_LIFT_GRANTED : TG_LIFT_NOT_DELIVERED;
}

static tg_lift run(struct work *w)
{
	tg_lift lift = judge_check(w);

	if (lift == TG_LIFT_GRANTED)
		lift = judge_unit(w);
	if (lift == TG_LIFT_GRANTED)
		lift = claim(w);
	if (lift == TG_LIFT_GRANTED)
		lift = know_person(w);
	if (lift == TG_LIFT_GRANTED)
		lift = find_authority(w);
	if (lift == TG_LIFT_GRANTED)
		return write_down(w, true, "") ? deliver(w) : TG_LIFT_NOT_RECORDED;
	return lift;
}

/* Refusals are written down too; those that could not be are refused all the same. */
static void finish(struct work *w, tg_lift lift)
{
	const tg_station_options *o = &w->station->options;
	tg_override_answer *a = w->answer;

	a->lift = lift;
	tg_words_for_lift(&a->words, lift, w->decided ? &w->anew.verdict : NULL);
	if (w->claimed)
		(void)o->settle(o->ctx, w->unit.device, w->request->reference, false, 0);
	if (!a->granted) {
		a->authority[0] = '\0';
		if (w->check != NULL && lift != TG_LIFT_NOT_RECORDED)
			(void)write_down(w, false, a->words.code);
	}
	tg_json_free(w->check);
	tg_inforce_release(w->set);
}

void tg_station_override(tg_override_answer *out, tg_station *st, const tg_override_request *request)
{
	struct work *w = calloc(1, sizeof(*w));
	tg_lift lift;

	*out = (tg_override_answer){ .lift = TG_LIFT_NOT_RECORDED };
	tg_words_for_lift(&out->words, TG_LIFT_NOT_RECORDED, NULL);
	if (w == NULL) {
		snprintf(out->fault, sizeof(out->fault), "no memory for an override");
		return;
	}
	*w = (struct work){ .station = st, .request = request, .answer = out, .now_us = tg_utc_now_us() };
	pthread_mutex_lock(&st->override_mutex);
	w->set = tg_station__set(st, &w->floor_us);
	lift = find_check(w);
	if (lift == TG_LIFT_GRANTED)
		lift = run(w);
	finish(w, lift);
	pthread_mutex_unlock(&st->override_mutex);
	free(w);
}

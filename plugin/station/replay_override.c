/* SPDX-License-Identifier: Apache-2.0
 *
 * replay_override.c - the unit of the check, at the moment of the override, before the policy of that moment. See replay_override.h.
 */
#include "plugin/station/replay_override.h"

#include "plugin/station/answer.h"

#include <stdio.h>

/* An entry gets its time when it is written, some time after it was judged how late it is: a PIN is hashed, a disk is waited for. */
#define WRITING_US (60 * TG_US_PER_SECOND)

/* ---- reading ---- */

static const char *text_of(const tg_json *entry, const char *name)
{
	const char *text = tg_json_str(tg_json_get(entry, name));

	return text != NULL ? text : "";
}

static bool is_override(const tg_json *entry)
{
	return strcmp(text_of(entry, "kind"), "override") == 0;
}

int tg_replay_override_check(uint64_t *seq, const tg_json *entry, tg_error *err)
{
	int64_t check = 0;
	int rc = is_override(entry) ? tg_json_need_int(&check, entry, "check", 0, TG_JSON_MAX_INT, err)
				    : tg_fail(err, TG_ENOTFOUND, "no override");

	*seq = (uint64_t)check;
	return rc;
}

/* The label is the check's; what it was judged by is the override's own. */
static int read_now(tg_replay_case *out, const tg_json *entry, const tg_json *check, tg_error *err)
{
	tg_site_batches then;
	int rc = tg_replay_read(out, check, err);

	if (rc != TG_OK)
		return rc == TG_ENOTFOUND ? tg_fail(err, TG_EFORMAT, "the entry that it names is no check") : rc;
	then = out->site;
	rc = tg_replay__read_facts(out, entry, err);
	if (rc == TG_OK && !out->day_said)
		out->site = then; /* an older entry, which says neither */
	return rc;
}

int tg_replay_override_read(tg_replay_override_case *out, const tg_json *entry, const tg_json *check, tg_error *err)
{
	static const char *const states[] = { "refused", "granted", NULL };
	int64_t v = 0;
	int state = 0, rc;

	*out = (tg_replay_override_case){ .authority = "" };
	if (!is_override(entry) || (tg_json_get(entry, "operation") == NULL && strcmp(text_of(entry, "state"), "refused") == 0))
		return tg_fail(err, TG_ENOTFOUND, "no override, or one that was refused before anything was decided");
	if (tg_json_need_int(&v, entry, "v", 1, 1, NULL) != TG_OK)
		return tg_fail(err, TG_EINVAL, "an entry of another version than 1: a newer tillgate-hq may know it");
	rc = tg_json_need_word(&state, entry, "state", states, err);
	if (rc == TG_OK)
		rc = read_now(&out->now, entry, check, err);
	if (rc != TG_OK)
		return rc;
	out->granted = state == 1;
	out->authority = text_of(entry, "authority");
	out->reason = text_of(entry, "reason");
	out->why = text_of(entry, "why");
	out->by = text_of(entry, "by");
	out->asked_by = text_of(entry, "asked_by");
	out->operator = text_of(check, "operator");
	out->after_us = out->now.at_us - tg_json_int(tg_json_get(check, "at_us"));
	out->check_released = tg_json_bool(tg_json_get(check, "would_release"));
	return TG_OK;
}

/* ---- was it allowed? ---- */

static void differ(tg_replayed *out, const char *member, const char *logged, const char *now)
{
	tg_replay_difference *d;

	if (out->count == TG_REPLAY_DIFFERENCES_MAX)
		return;
	d = &out->differences[out->count++];
	(void)snprintf(d->member, sizeof(d->member), "%s", member);
	(void)snprintf(d->logged, sizeof(d->logged), "\"%.70s\"", logged);
	(void)snprintf(d->now, sizeof(d->now), "%s", now);
}

static const char *word_of(tg_lift lift, const tg_verdict *v)
{
	tg_words words = { 0 };

	tg_words_for_lift(&words, lift, v);
	return words.code;
}

static bool is_word_of(tg_lift lift, const char *why)
{
	return strcmp(word_of(lift, NULL), why) == 0;
}

/* What the gate itself says to an override of the unit, before anybody shows who they are; NULL: go on. As override.c judges it. */
static const char *gate_refuses(const tg_check_answer *a)
{
	const tg_verdict *v = &a->verdict;

	if (v->could_not_check)
		return word_of(TG_LIFT_UNCHECKED, v);
	if (a->release.would_release)
		return word_of(TG_LIFT_GOES_NOW, v);
	return !v->overridable || v->to_lift == 0 || tg_gate_unliftable(v) >= 0 ? word_of(TG_LIFT_NEVER, v) : NULL;
}

static bool knows_reason(const tg_policy *p, const char *reason)
{
	for (size_t i = 0; i < p->reason_count; i++)
		if (strcmp(p->reasons[i].code, reason) == 0)
			return true;
	return false;
}

static bool may_lift(const tg_policy *p, const char *authority, const tg_check_answer *a, tg_operation operation)
{
	for (size_t i = 0; i < p->authority_count; i++)
		if (strcmp(p->authorities[i].name, authority) == 0)
			return tg_gate_may_lift(&p->authorities[i], &a->verdict, operation);
	return false;
}

static void judge_granted(tg_replayed *out, const tg_replay_override_case *c, const tg_policy *p)
{
	const char *refuses = gate_refuses(&out->answer);
	char now[80];

	if (refuses != NULL) {
		(void)snprintf(now, sizeof(now), "refused: %.60s", refuses);
		differ(out, "state", "granted", now);
	} else if (!may_lift(p, c->authority, &out->answer, c->now.request.operation)) {
		differ(out, "authority", c->authority, "the policy does not let it lift these rows");
	}
	if (!knows_reason(p, c->reason))
		differ(out, "reason", c->reason, "none of the policy's reasons");
	if (c->by[0] == '\0' || strcmp(c->by, c->asked_by) == 0 || strcmp(c->by, c->operator) == 0)
		differ(out, "by", c->by, "wanted a second person");
	if (c->check_released)
		differ(out, "check", "withheld", "the check's entry says that the unit would go");
	else if (c->after_us < 0 || c->after_us > p->override_within_s * TG_US_PER_SECOND + WRITING_US)
		differ(out, "check", "in time", "the policy allows an override only so long after the check");
}

/* Of the reasons to refuse, these three are the gate's. The others need the people, the lane or the log. */
static void judge_refused(tg_replayed *out, const tg_replay_override_case *c)
{
	static const tg_lift of_gate[] = { TG_LIFT_UNCHECKED, TG_LIFT_GOES_NOW, TG_LIFT_NEVER };
	const char *refuses = gate_refuses(&out->answer);
	bool said = false;

	if (is_word_of(TG_LIFT_NO_PRODUCT, c->why)) /* what was read back was not what was checked: that comes before */
		return;
	for (size_t i = 0; i < TG_COUNT(of_gate); i++)
		said = said || is_word_of(of_gate[i], c->why);
	if (said != (refuses != NULL) || (said && strcmp(refuses, c->why) != 0))
		differ(out, "why", c->why, refuses != NULL ? refuses : "the gate would have gone on to ask who they are");
}

void tg_replay_override(tg_replayed *out, tg_json **explanation, const tg_replay_override_case *c, tg_catalogue *cat,
	const tg_policy *policy, const tg_json *entry)
{
	/* what the log adds, what it was decided by, what is of the people, and what is judged below */
	static const char *const skip[] = { "v", "seq", "at_us", "boot", "mono_us", "rules", "day", "site_batches", "kind", "state", "check",
		"device", "gtin", "reason", "asked_by", "by", "authority", "why", "released", "case", "prev", NULL };
	static const tg_policy nothing;
	tg_json *now = tg_json_new_object();

	tg_replay(out, explanation, &c->now, cat, policy, NULL);
	tg_check_decision_to_json(now, &out->answer);
	tg_replay__compare(out, entry, now, skip);
	tg_json_free(now);
	if (c->granted)
		judge_granted(out, c, policy != NULL ? policy : &nothing);
	else
		judge_refused(out, c);
}

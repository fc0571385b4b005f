/* SPDX-License-Identifier: Apache-2.0
 *
 * replay.c - from an entry back to its facts, and once more through the gate. See replay.h.
 */
#include "plugin/station/replay.h"

#include "plugin/station/answer.h"
#include "plugin/station/explain.h"
#include "store/base/encoding.h"

#include <stdio.h>
#include <stdlib.h>

#define NOON_US (TG_US_PER_DAY / 2)

/* ---- reading: what was asked ---- */

static int need_text(char *out, size_t size, const tg_json *json, const char *name, tg_error *err)
{
	const char *text = "";
	int rc = tg_json_opt_str(&text, json, name, size - 1, "", err);

	if (rc == TG_OK)
		strcpy(out, text);
	return rc;
}

static int read_occasion(tg_check_request *out, const tg_json *entry, tg_error *err)
{
	int operation, destination, supply, unit, rc;

	rc = tg_json_need_word(&operation, entry, "operation", tg_operation_words, err);
	if (rc == TG_OK)
		rc = tg_json_need_word(&destination, entry, "destination", tg_destination_words, err);
	if (rc == TG_OK)
		rc = tg_json_opt_word(&supply, entry, "supply", tg_supply_words, TG_SUPPLY_CONSUMER, err);
	if (rc == TG_OK)
		rc = tg_json_opt_word(&unit, entry, "unit", tg_unit_words, TG_UNIT_NEW, err);
	if (rc == TG_OK)
		rc = tg_json_opt_bool(&out->bought_before_duty, entry, "bought_before_duty", false, err);
	if (rc == TG_OK)
		rc = need_text(out->device, sizeof(out->device), entry, "device", err);
	if (rc != TG_OK)
		return rc;
	out->operation = (tg_operation)operation;
	out->destination = (tg_destination)destination;
	out->supply = (tg_supply)supply;
	out->unit = (tg_unit)unit;
	return TG_OK;
}

/* The bytes are there: they are read again, as the gate read them. */
static int read_product(tg_replay_case *out, const tg_json *label, tg_error *err)
{
	tg_check_request *request = &out->request;
	const char *raw = "";
	int64_t carriers = 1;
	bool typed;
	int rc = tg_json_need_str(&raw, label, "raw", 2 * sizeof(request->data), err);

	if (rc == TG_OK)
		rc = tg_hex_decode(request->data, &request->len, sizeof(request->data), raw, err);
	if (rc == TG_OK)
		rc = tg_json_opt_bool(&typed, label, "batch_typed", false, err);
	if (rc == TG_OK && typed)
		rc = need_text(request->batch, sizeof(request->batch), label, "batch", err);
	if (rc == TG_OK)
		rc = tg_json_opt_int(&carriers, label, "carriers", 1, UINT8_MAX, 1, err);
	request->carriers = rc == TG_OK ? (uint8_t)carriers : 1;
	out->read_again = true;
	return rc;
}

/* Nobody answers for the number: only its range was kept, and no number stands for it. Its length tells that of the number. */
static int read_in_store(tg_identity *out, const tg_json *label, tg_error *err)
{
	const char *number, *prefix;
	int rc = tg_json_opt_str(&number, label, "number", 14, "", err);

	if (rc == TG_OK)
		rc = tg_json_opt_str(&prefix, label, "prefix", 13, "", err);
	if (rc != TG_OK)
		return rc;
	if ((number[0] == '\0') == (prefix[0] == '\0') || number[strspn(number, "0123456789")] != '\0')
		return tg_fail(err, TG_EFORMAT, "label: wanted either \"number\" in digits or \"prefix\"");
	out->gtin = strtoull(number, NULL, 10);
	out->digits = (uint8_t)(strlen(prefix) == 4 ? 13 : strlen(prefix) == 5 ? 12 : 8);
	return TG_OK;
}

/* The words of a label that could not be read are for people: any will do. */
static int read_unread(tg_replay_case *out, const tg_json *label, tg_error *err)
{
	int64_t bytes;
	int rc = tg_json_need_int(&bytes, label, "bytes", 0, TG_LABEL_MAX + 1, err);

	out->identity.why = "";
	out->request.len = rc == TG_OK ? (size_t)bytes : 0;
	return rc;
}

static int read_label(tg_replay_case *out, const tg_json *entry, tg_error *err)
{
	const tg_json *label = NULL;
	int kind = 0, rc = tg_json_need_object(&label, entry, "label", err);

	if (rc == TG_OK)
		rc = tg_json_need_word(&kind, label, "kind", tg_label_words, err);
	if (rc == TG_OK)
		rc = need_text(out->request.aim, sizeof(out->request.aim), label, "aim", err);
	if (rc != TG_OK)
		return rc;
	out->identity = (tg_identity){ .kind = (tg_label_kind)kind, .expiry = TG_DAY_NONE, .why = "" };
	switch (out->identity.kind) {
	case TG_LABEL_PRODUCT:
		return read_product(out, label, err);
	case TG_LABEL_IN_STORE:
		return read_in_store(&out->identity, label, err);
	case TG_LABEL_NOT_PRODUCT:
		return need_text(out->other, sizeof(out->other), label, "other", err);
	case TG_LABEL_UNREADABLE:
	case TG_LABEL_AMBIGUOUS:
	case TG_LABEL_KIND_COUNT:
	default:
		return read_unread(out, label, err);
	}
}

/* ---- reading: what it was judged by ---- */

static int read_day(tg_replay_case *out, const tg_json *entry, tg_error *err)
{
	int rc = tg_json_need_int(&out->at_us, entry, "at_us", 0, TG_JSON_MAX_INT, err);

	if (rc == TG_OK)
		rc = tg_json_opt_day(&out->day, entry, "day", err);
	if (rc != TG_OK)
		return rc;
	out->day_said = out->day != TG_DAY_NONE;
	if (!out->day_said)
		out->day = tg_day_in_uk(out->at_us);
	return TG_OK;
}

static int read_age(tg_replay_case *out, const tg_json *entry, tg_error *err)
{
	int stage = 0, rc = tg_json_need_word(&stage, entry, "stage", tg_stage_words, err);

	if (rc == TG_OK)
		rc = tg_json_need_int(&out->age_s, entry, "age_s", -1, TG_JSON_MAX_INT, err);
	if (rc == TG_OK && out->age_s >= (out->day * TG_US_PER_DAY + NOON_US) / TG_US_PER_SECOND)
		rc = tg_fail(err, TG_EFORMAT, "age_s: no catalogue was signed before 1970");
	out->clock_fault = stage == TG_CLOCK_FAULT;
	return rc;
}

static int read_versions(tg_replay_case *out, const tg_json *entry, tg_error *err)
{
	int64_t catalogue, policy;
	int rc = tg_json_need_int(&catalogue, entry, "catalogue_version", 0, TG_JSON_MAX_INT, err);

	if (rc == TG_OK)
		rc = tg_json_need_int(&policy, entry, "policy_version", 0, TG_JSON_MAX_INT, err);
	if (rc == TG_OK)
		rc = tg_json_need_int(&out->rules, entry, "rules", 0, TG_JSON_MAX_INT, err);
	if (rc != TG_OK)
		return rc;
	out->catalogue_version = (uint64_t)catalogue;
	out->policy_version = (uint64_t)policy;
	return TG_OK;
}

static int read_site(tg_site_batches *out, const tg_json *entry, tg_error *err)
{
	const tg_json *list = NULL;
	int rc = tg_json_opt_array(&list, entry, "site_batches", err);

	out->count = 0;
	for (const tg_json *one = rc == TG_OK ? tg_json_first(list) : NULL; one != NULL; one = tg_json_next(one)) {
		const char *batch = tg_json_str(one);

		if (batch == NULL || batch[0] == '\0' || strlen(batch) > TG_AI_TEXT_MAX || out->count == TG_SITE_BATCHES_MAX)
			return tg_fail(err, TG_EFORMAT, "site_batches: wanted at most %d texts of 1 to %d bytes", TG_SITE_BATCHES_MAX, TG_AI_TEXT_MAX);
		strcpy(out->batch[out->count++], batch);
	}
	return rc;
}

static int read_fault(tg_replay_case *out, const tg_json *entry, tg_error *err)
{
	bool could_not_check = false;
	int rc = tg_json_opt_bool(&could_not_check, entry, "could_not_check", false, err);

	if (rc == TG_OK)
		rc = tg_json_opt_bool(&out->would_release, entry, "would_release", false, err);
	if (rc == TG_OK)
		rc = need_text(out->fault, sizeof(out->fault), entry, "fault", err);
	out->distrusted = could_not_check;
	return rc;
}

int tg_replay__read_facts(tg_replay_case *out, const tg_json *entry, tg_error *err)
{
	int rc = read_occasion(&out->request, entry, err);

	if (rc == TG_OK)
		rc = read_day(out, entry, err);
	if (rc == TG_OK)
		rc = read_age(out, entry, err);
	if (rc == TG_OK)
		rc = read_versions(out, entry, err);
	if (rc == TG_OK)
		rc = read_fault(out, entry, err);
	return rc == TG_OK ? read_site(&out->site, entry, err) : rc;
}

int tg_replay_read(tg_replay_case *out, const tg_json *entry, tg_error *err)
{
	const char *kind = tg_json_str(tg_json_get(entry, "kind"));
	int64_t v = 0;
	int rc = TG_OK;

	*out = (tg_replay_case){ 0 };
	tg_check_request_init(&out->request, TG_OP_SALE);
	if (kind == NULL || strcmp(kind, "check") != 0)
		return tg_fail(err, TG_ENOTFOUND, "no check, but an entry of kind \"%.40s\"", kind != NULL ? kind : "");
	if (tg_json_need_int(&v, entry, "v", 1, 1, NULL) != TG_OK)
		return tg_fail(err, TG_EINVAL, "an entry of another version than 1: a newer tillgate-hq may know it");
	rc = read_label(out, entry, err);
	return rc == TG_OK ? tg_replay__read_facts(out, entry, err) : rc;
}

void tg_replay_at(tg_replay_case *out, const tg_check_request *request, int64_t at_us, int64_t age_s)
{
	*out = (tg_replay_case){ .request = *request, .read_again = true, .rules = TG_RULESET_VERSION, .at_us = at_us,
		.age_s = age_s, .day = tg_day_in_uk(at_us), .day_said = true };
}

/* ---- deciding ---- */

/* What the word of a label that is no product means by this policy. A kind of our own and a rule may share a word. */
static tg_identity identity_of(const tg_replay_case *c, const tg_policy *policy)
{
	tg_identity id = c->identity;

	if (id.kind != TG_LABEL_NOT_PRODUCT)
		return id;
	for (uint8_t n = TG_OTHER_NONE; n < TG_OTHER_COUNT; n++)
		if (n != TG_OTHER_LISTED && strcmp(c->other, tg_other_words[n]) == 0) {
			id.other = n;
			id.passes = (policy->pass_kinds >> n & 1) != 0;
		}
	for (size_t i = 0; !id.passes && c->would_release && i < policy->pass_count; i++)
		if (strcmp(policy->pass[i].kind, c->other) == 0) {
			id.other = TG_OTHER_LISTED;
			id.passes = true;
			memcpy(id.listed_kind, policy->pass[i].kind, sizeof(id.listed_kind));
		}
	return id;
}

static bool give_site(void *ctx, uint64_t gtin, tg_site_batches *out)
{
	(void)gtin;
	*out = *(const tg_site_batches *)ctx;
	return true;
}

/*
 * A clock for the gate: noon of the day it went by, when everything was as old as the entry says. So the stage is judged anew, from
 * the age and the policy; only that a clock was wrong has to be believed.
 */
static void moment_of(tg_check_moment *moment, int64_t *issued_us, const tg_replay_case *c)
{
	int64_t noon_us = c->day * TG_US_PER_DAY + NOON_US;

	*moment = (tg_check_moment){ .now_us = noon_us, .floor_us = noon_us, .site_batches = c->site.count > 0 ? give_site : NULL };
	if (c->clock_fault)
		moment->now_us -= (TG_CLOCK_BEHIND_MAX_S + 1) * TG_US_PER_SECOND;
	*issued_us = c->age_s < 0 ? 0 : moment->now_us - c->age_s * TG_US_PER_SECOND;
}

static uint32_t taken(const tg_replay_case *c)
{
	return (c->read_again ? 0 : (uint32_t)TG_REPLAY_TAKES_LABEL) |
	       (c->clock_fault ? (uint32_t)TG_REPLAY_TAKES_CLOCK : 0) | (c->day_said ? 0 : (uint32_t)TG_REPLAY_TAKES_DAY) |
	       (c->site.count > 0 ? (uint32_t)TG_REPLAY_TAKES_BATCHES : 0);
}

/* ---- comparing ---- */

static void short_text(char out[80], const tg_json *value)
{
	tg_buf text;

	out[0] = '\0';
	if (value == NULL)
		return;
	tg_buf_init(&text, TG_JSON_MAX_DEPTH * 65536);
	if (tg_json_write_jcs(&text, value, NULL) == TG_OK)
		(void)snprintf(out, 80, "%.79s", tg_buf_text(&text));
	tg_buf_fini(&text);
}

static bool equal(const tg_json *a, const tg_json *b)
{
	tg_buf left, right;
	bool same;

	if (a == NULL || b == NULL)
		return a == b;
	tg_buf_init(&left, 65536);
	tg_buf_init(&right, 65536);
	same = tg_json_write_jcs(&left, a, NULL) == TG_OK && tg_json_write_jcs(&right, b, NULL) == TG_OK &&
	       tg_view_equal(tg_buf_view(&left), tg_buf_view(&right));
	tg_buf_fini(&left);
	tg_buf_fini(&right);
	return same;
}

static void compare_member(tg_replayed *out, const char *before, const char *name, const tg_json *logged, const tg_json *now)
{
	tg_replay_difference *d;

	if (equal(logged, now) || out->count == TG_REPLAY_DIFFERENCES_MAX)
		return;
	d = &out->differences[out->count++];
	(void)snprintf(d->member, sizeof(d->member), "%s%.30s", before, name);
	short_text(d->logged, logged);
	short_text(d->now, now);
}

static bool is_among(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

/* Both ways: what is only in one of them differs as well. */
static void compare_objects(tg_replayed *out, const char *before, const tg_json *logged, const tg_json *now, const char *const *skip)
{
	for (const tg_json *one = tg_json_first(logged); one != NULL; one = tg_json_next(one))
		if (!is_among(tg_json_name(one), skip))
			compare_member(out, before, tg_json_name(one), one, tg_json_get(now, tg_json_name(one)));
	for (const tg_json *one = tg_json_first(now); one != NULL; one = tg_json_next(one))
		if (!is_among(tg_json_name(one), skip) && tg_json_get(logged, tg_json_name(one)) == NULL)
			compare_member(out, before, tg_json_name(one), NULL, one);
}

void tg_replay__compare(tg_replayed *out, const tg_json *logged, const tg_json *now, const char *const *skip)
{
	compare_objects(out, "", logged, now, skip);
}

/* The entry that the gate would write now, beside the one that it wrote. */
static void compare(tg_replayed *out, const tg_replay_case *c, const tg_json *entry)
{
	/* what the log itself adds, what is of the program and not of the case, and what goes with a check without deciding it */
	static const char *const skip[] = { "v", "seq", "at_us", "boot", "mono_us", "rules", "label", "day", "case", "supplier", "delivery",
		"recheck", "operator", NULL };
	static const char *const none[] = { NULL };
	tg_json *now = tg_check_entry(&out->answer, &c->request);

	compare_objects(out, "", entry, now, skip);
	/* of a label that the log does not keep nothing can be read again */
	if (c->read_again)
		compare_objects(out, "label.", tg_json_get(entry, "label"), tg_json_get(now, "label"), none);
	tg_json_free(now);
}

static void decide(tg_replayed *out, tg_json **explanation, const tg_replay_case *c, const tg_inforce *set)
{
	tg_site_batches site = c->site;
	tg_identity identity = identity_of(c, &set->policy);
	const tg_identity *read = c->read_again ? NULL : &identity;
	tg_check_moment moment;
	int64_t issued_us;

	moment_of(&moment, &issued_us, c);
	moment.site = &site;
	if (identity.kind == TG_LABEL_NOT_PRODUCT && !c->would_release && strcmp(c->other, "staff-badge") == 0) {
		tg_check_badge(&out->answer, set, &c->request, &moment);
	} else if (explanation == NULL) {
		tg_check_again(&out->answer, NULL, set, &c->request, &moment, read);
	} else {
		tg_json_free(*explanation);
		*explanation = tg_explain_again(&out->answer, set, &c->request, &moment, read);
	}
}

void tg_replay(tg_replayed *out, tg_json **explanation, const tg_replay_case *c, tg_catalogue *cat, const tg_policy *policy,
	const tg_json *entry)
{
	tg_inforce *set = calloc(1, sizeof(*set));
	tg_check_moment moment;

	*out = (tg_replayed){ .takes = taken(c) };
	out->answer.verdict = (tg_verdict){ .outcome = TG_BLOCK, .could_not_check = true, .soc = -1, .conformance = -1, .stop = -1 };
	if (explanation != NULL)
		*explanation = NULL;
	if (set == NULL)
		return;
	if (policy != NULL)
		set->policy = *policy;
	else
		tg_policy_strictest(&set->policy);
	set->cat = cat;
	set->catalogue_version = c->catalogue_version;
	set->policy_version = c->policy_version;
	memcpy(set->fault, c->fault, sizeof(set->fault));
	moment_of(&moment, &set->issued_us, c);
	decide(out, explanation, c, set);
	/* an image that is whole here was not there: bytes that fail once are trusted for nothing */
	if (c->distrusted && !out->answer.verdict.could_not_check) {
		set->cat = NULL;
		out->takes |= TG_REPLAY_TAKES_DISTRUST;
		decide(out, explanation, c, set);
	}
	if (entry != NULL)
		compare(out, c, entry);
	free(set);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * staff.c - who may, and the entries that say so. See staff.h.
 */
#include "plugin/station/staff.h"

#include "plugin/station/record.h"
#include "plugin/station/state.h"
#include "store/base/utc.h"

#include <stdio.h>
#include <stdlib.h>

_Static_assert(TG_CHECK_OPERATOR_MAX == TG_STAFF_WHO_MAX + 1, "who serves has a name like who is enrolled");

#define BY_OWNER "owner" /* in place of an id: whoever owns the station acted, and no person was named */

/* ---- requests ---- */

int tg_staff_proof_from_json(tg_staff_proof *out, const tg_json *object, const char *name, tg_error *err)
{
	static const char *const members[] = { "who", "pin", "badge", "badge_at", NULL };
	const tg_json *proof = NULL;
	int rc = tg_json_need_object(&proof, object, name, err);

	*out = (tg_staff_proof){ .who = "" };
	if (rc == TG_OK)
		rc = tg_json_only(proof, members, err);
	if (rc == TG_OK)
		rc = tg_json_opt_str(&out->who, proof, "who", TG_STAFF_WHO_MAX, "", err);
	if (rc == TG_OK)
		rc = tg_json_opt_str(&out->pin, proof, "pin", TG_PIN_DIGITS_MAX, NULL, err);
	if (rc == TG_OK)
		rc = tg_json_opt_str(&out->badge, proof, "badge", TG_STAFF_BADGE_MAX, NULL, err);
	if (rc == TG_OK)
		rc = tg_json_opt_str(&out->badge_at, proof, "badge_at", TG_CHECK_DEVICE_MAX - 1, NULL, err);
	if (rc == TG_OK && (out->pin != NULL) + (out->badge != NULL) + (out->badge_at != NULL) != 1)
		rc = tg_fail(err, TG_EFORMAT, "one of \"pin\", \"badge\" and \"badge_at\" is wanted");
	if (rc == TG_OK && out->pin != NULL && out->who[0] == '\0')
		rc = tg_fail(err, TG_EFORMAT, "who: a PIN needs the name that it belongs to");
	if (rc != TG_OK)
		tg_error_prefix(err, "%s", name);
	return rc;
}

/* ---- entries ---- */

static tg_json *entry(const char *event, const char *what)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_str(json, "kind", "staff");
	tg_json_set_str(json, "event", event);
	if (what != NULL)
		tg_json_set_str(json, "what", what);
	return json;
}

static void set_id(tg_json *json, const char *name, const char *id)
{
	if (id[0] != '\0')
		tg_json_set_str(json, name, id);
}

static int write_down(tg_station *st, tg_json *json, tg_error *err)
{
	int rc = tg_journal_submit(st->journal, json, NULL, NULL, NULL, err);

	if (rc != TG_OK)
		tg_error_prefix(err, "not done, because it could not be recorded");
	return rc;
}

/* A failure is refused whether or not it can be written down: what cannot is an outage, which the journal counts. */
static void record_refused(tg_station *st, const char *id, const char *what, int code, int64_t wait_s)
{
	tg_json *json = entry(code == TG_EBUSY ? "locked" : "refused", what);

	set_id(json, "who", id);
	tg_json_set_str(json, "why", code == TG_EDENIED ? "not-recognised" : tg_strerror(code));
	if (wait_s > 0)
		tg_json_set_int(json, "locked_s", wait_s);
	(void)!tg_journal_submit(st->journal, json, NULL, NULL, NULL, NULL);
}

/* ---- badges at lanes ---- */

bool tg_staff_badge_scanned(tg_station *st, const char *device, tg_view data)
{
	struct tg_badge_seen *place = &st->badges[0];
	char key[TG_STAFF_ID_SIZE];

	if (!tg_roster_badge(key, st->roster, data))
		return false;
	pthread_mutex_lock(&st->mutex);
	for (size_t i = 0; i < TG_BADGES_SEEN_MAX; i++) {
		struct tg_badge_seen *one = &st->badges[i];

		if (one->key[0] != '\0' && strcmp(one->device, device) == 0) {
			place = one;
			break;
		}
		if (one->mono_us < place->mono_us)
			place = one;
	}
	snprintf(place->device, sizeof(place->device), "%s", device);
	memcpy(place->key, key, sizeof(place->key));
	place->mono_us = tg_mono_now_us();
	pthread_mutex_unlock(&st->mutex);
	return true;
}

/* Takes it: a badge that was shown counts once. */
static bool take_badge(char key[TG_STAFF_ID_SIZE], tg_station *st, const char *device)
{
	bool found = false;

	pthread_mutex_lock(&st->mutex);
	for (size_t i = 0; i < TG_BADGES_SEEN_MAX; i++) {
		struct tg_badge_seen *one = &st->badges[i];

		if (one->key[0] == '\0' || strcmp(one->device, device) != 0)
			continue;
		found = tg_mono_now_us() - one->mono_us <= TG_STAFF_BADGE_FRESH_US;
		memcpy(key, one->key, TG_STAFF_ID_SIZE);
		*one = (struct tg_badge_seen){ .mono_us = 0 };
	}
	pthread_mutex_unlock(&st->mutex);
	return found;
}

/* ---- who it is ---- */

static tg_staff_rules rules_of(tg_station *st)
{
	static const tg_staff_rules defaults = TG_STAFF_RULES_DEFAULT;
	int64_t floor_us;
	tg_inforce *set = tg_station__set(st, &floor_us);
	tg_staff_rules rules = set->policy.staff.tries > 0 ? set->policy.staff : defaults; /* no policy yet: nothing is read */

	tg_inforce_release(set);
	return rules;
}

/* By a badge that lies at a lane: it was scanned there, so only whose it is has to be found. */
static int prove_at_lane(tg_roster_tried *out, tg_station *st, const tg_staff_proof *proof, int64_t now_us, tg_error *err)
{
	char key[TG_STAFF_ID_SIZE];

	*out = (tg_roster_tried){ .wait_s = 0 };
	if (!take_badge(key, st, proof->badge_at))
		return tg_fail(err, TG_EDENIED, "no badge was scanned there just now; scan it again");
	return tg_roster_shown(out, st->roster, key, now_us, err);
}

int tg_staff_identify(tg_staff_person *out, tg_station *st, const tg_staff_proof *proof, const char *what, tg_error *err)
{
	tg_staff_rules rules = rules_of(st);
	tg_roster_tried tried;
	int64_t now_us = tg_utc_now_us();
	tg_error why = { 0 };
	int rc = proof->badge_at != NULL ? prove_at_lane(&tried, st, proof, now_us, &why) :
					   tg_roster_prove(&tried, st->roster, proof, &rules, now_us, &why);
	int id_rc = tried.person.key[0] != '\0' ? tg_roster_id_of_key(out->id, st->roster, tried.person.key, now_us, rc == TG_OK ? &why : NULL) :
						  TG_OK;

	if (tried.person.key[0] == '\0')
		out->id[0] = '\0';
	memcpy(out->key, tried.person.key, sizeof(out->key));
	out->right_count = 0;
	out->wait_s = tried.wait_s;
	out->locked = rc == TG_EBUSY;
	if (rc != TG_OK)
		record_refused(st, out->id, what, rc, tried.wait_s);
	else
		rc = id_rc;
	if (out->locked) /* a refusal of this person, not of a station that is busy */
		rc = why.code = TG_EDENIED;
	if (rc != TG_OK) {
		if (err != NULL)
			*err = why;
		return rc;
	}
	memcpy(out->rights, tried.person.rights, sizeof(out->rights));
	out->right_count = tried.person.right_count;
	return TG_OK;
}

bool tg_staff_is(tg_station *st, const tg_staff_person *person, const char *who)
{
	return tg_roster_is(st->roster, person->key, who);
}

bool tg_staff_was(tg_station *st, const tg_staff_person *person, const char *id)
{
	return tg_roster_was(st->roster, person->key, id);
}

bool tg_staff_has(const tg_staff_person *person, const char *right)
{
	for (size_t i = 0; i < person->right_count; i++) {
		if (strcmp(person->rights[i], right) == 0)
			return true;
	}
	return false;
}

int tg_staff_authorise(tg_staff_pass *out, tg_station *st, const tg_staff_proof *proof, const char *right, const char *what, tg_error *err)
{
	tg_staff_person person;
	tg_json *json;
	int rc = tg_staff_identify(&person, st, proof, what, err);

	*out = (tg_staff_pass){ .id = "" };
	if (rc != TG_OK)
		return rc;
	if (!tg_staff_has(&person, right)) {
		json = entry("refused", what);
		tg_json_set_str(json, "who", person.id);
		tg_json_set_str(json, "why", "no-right");
		tg_json_set_str(json, "right", right);
		(void)!tg_journal_submit(st->journal, json, NULL, NULL, NULL, NULL);
		return tg_fail(err, TG_EDENIED, "this person has not the right \"%s\"", right);
	}
	memcpy(out->id, person.id, sizeof(out->id));
	snprintf(out->right, sizeof(out->right), "%s", right);
	return TG_OK;
}

int tg_staff_name_id(char out[TG_STAFF_ID_SIZE], tg_station *st, const char *who, tg_error *err)
{
	return tg_roster_id_of_name(out, st->roster, who, tg_utc_now_us(), err);
}

/* ---- enrolment ---- */

/* Who acts: a supervisor's id, or "owner". `alone`: whoever owns the station may do it without a supervisor. */
static int acts(char by[TG_STAFF_ID_SIZE], tg_station *st, const tg_staff_change *c, bool alone, const char *what, tg_error *err)
{
	tg_staff_pass pass;
	int rc;

	strcpy(by, BY_OWNER);
	if (!c->proven) {
		if (c->owner && (alone || tg_roster_supervisors(st->roster) == 0))
			return TG_OK;
		if (tg_roster_supervisors(st->roster) == 0)
			return tg_fail(err, TG_EDENIED, "there is no supervisor yet; whoever owns the station (root, or its user) enrols the first");
		return tg_fail(err, TG_EDENIED, "a supervisor has to show who they are, with PIN or badge");
	}
	rc = tg_staff_authorise(&pass, st, &c->by, TG_SUPERVISOR, what, err);
	if (rc == TG_OK)
		memcpy(by, pass.id, TG_STAFF_ID_SIZE);
	return rc;
}

/* A word that nobody can use would look like a right. Without a policy nothing is known of rights but ours. */
static int know_rights(tg_station *st, const tg_staff_change *c, tg_error *err)
{
	int64_t floor_us;
	tg_inforce *set = tg_station__set(st, &floor_us);
	const tg_policy *p = &set->policy;
	int rc = TG_OK;

	for (size_t i = 0; rc == TG_OK && i < c->right_count; i++) {
		bool known = strcmp(c->rights[i], TG_SUPERVISOR) == 0 || strcmp(c->rights[i], p->case_release) == 0;

		for (size_t k = 0; k < p->authority_count; k++)
			known = known || strcmp(c->rights[i], p->authorities[k].name) == 0;
		for (size_t k = 0; k < i && known; k++)
			known = strcmp(c->rights[i], c->rights[k]) != 0;
		if (!known)
			rc = tg_fail(err, TG_EINVAL, "right \"%.40s\": the policy in force gives no such right, or it was given twice", c->rights[i]);
	}
	tg_inforce_release(set);
	return rc;
}

/* What is taken for a badge never reaches the till: a product's number must not be one. */
static int know_badge(tg_station *st, const char *badge, tg_error *err)
{
	tg_check_request request;
	tg_identity identity;
	int64_t floor_us;
	tg_inforce *set;

	if (badge == NULL)
		return TG_OK;
	tg_check_request_init(&request, TG_OP_SALE);
	tg_check_request_label(&request, tg_view_str(badge));
	set = tg_station__set(st, &floor_us);
	tg_label_identify(&identity, request.aim, tg_view_of(request.data, request.len), &set->policy, tg_day_in_uk(tg_utc_now_us()));
	tg_inforce_release(set);
	if (identity.kind == TG_LABEL_PRODUCT || identity.kind == TG_LABEL_IN_STORE || request.aim[0] != '\0')
		return tg_fail(err, TG_EINVAL, "badge: it reads as a product's number; use badges with a letter in front");
	return TG_OK;
}

static int judge(tg_station *st, const tg_staff_change *c, tg_error *err)
{
	tg_staff_rules rules = rules_of(st);
	tg_roster_secret secret = { c->pin, c->badge };
	int rc = tg_roster_judge(c->who, &secret, &rules, err);

	return rc == TG_OK ? know_badge(st, c->badge, err) : rc;
}

/* After it is known who asks: to nobody else it is told whether a badge is somebody's. */
static int know_free(tg_station *st, const tg_staff_change *c, tg_error *err)
{
	return c->badge != NULL ? tg_roster_badge_free(st->roster, c->who, c->badge, err) : TG_OK;
}

static tg_json *entry_about(const char *event, tg_station *st, const char *who, const char *by)
{
	tg_json *json = entry(event, NULL);
	char id[TG_STAFF_ID_SIZE];

	if (tg_staff_name_id(id, st, who, NULL) == TG_OK)
		tg_json_set_str(json, "who", id);
	tg_json_set_str(json, "by", by);
	return json;
}

/* Begun and not ended: the entry before this one says what was meant. */
static void record_failed(tg_station *st, const char *what, const tg_error *why)
{
	tg_json *json = entry("failed", what);

	tg_json_set_str(json, "why", tg_strerror(why->code));
	(void)!tg_journal_submit(st->journal, json, NULL, NULL, NULL, NULL);
}

int tg_staff_add(tg_station *st, const tg_staff_change *c, tg_error *err)
{
	tg_roster_secret secret = { c->pin, c->badge };
	char by[TG_STAFF_ID_SIZE];
	tg_roster_person there;
	tg_json *json, *rights;
	tg_error why = { 0 };
	int rc = judge(st, c, err);

	if (rc == TG_OK)
		rc = know_rights(st, c, err);
	if (rc == TG_OK)
		rc = acts(by, st, c, false, "staff-add", err);
	if (rc == TG_OK)
		rc = know_free(st, c, err);
	if (rc == TG_OK && tg_roster_find(&there, st->roster, c->who, NULL) == TG_OK)
		rc = tg_fail(err, TG_EINVAL, "\"%s\" is enrolled already; remove first, or change the PIN", c->who);
	if (rc == TG_OK && tg_roster_supervisors(st->roster) == 0 && !(c->right_count > 0 && strcmp(c->rights[0], TG_SUPERVISOR) == 0))
		rc = tg_fail(err, TG_EINVAL, "the first who is enrolled is a supervisor: give the right \"" TG_SUPERVISOR "\" first");
	if (rc != TG_OK)
		return rc;
	json = entry_about("enrolled", st, c->who, by);
	rights = tg_json_new_array();
	for (size_t i = 0; i < c->right_count; i++)
		tg_json_add_str(rights, c->rights[i]);
	tg_json_set(json, "rights", rights);
	rc = write_down(st, json, err);
	if (rc != TG_OK)
		return rc;
	rc = tg_roster_add(st->roster, c->who, c->rights, c->right_count, &secret, &why);
	if (rc != TG_OK) {
		record_failed(st, "staff-add", &why);
		if (err != NULL)
			*err = why;
	}
	return rc;
}

int tg_staff_remove(tg_station *st, const tg_staff_change *c, tg_error *err)
{
	char by[TG_STAFF_ID_SIZE];
	tg_json *json;
	int rc = acts(by, st, c, true, "staff-remove", err);

	if (rc != TG_OK)
		return rc;
	json = entry_about("removed", st, c->who, by);
	rc = tg_roster_remove(st->roster, c->who, err);
	if (rc != TG_OK) {
		tg_json_free(json);
		return rc;
	}
	/* gone is gone, also where it cannot be written down: that is the safe side */
	(void)!tg_journal_submit(st->journal, json, NULL, NULL, NULL, NULL);
	return TG_OK;
}

/* Their own, with what they have now; or anybody's, by a supervisor. */
static int may_set(char by[TG_STAFF_ID_SIZE], tg_station *st, const tg_staff_change *c, tg_error *err)
{
	tg_staff_person person;
	char id[TG_STAFF_ID_SIZE];
	tg_json *json;
	int rc;

	if (!c->proven)
		return tg_fail(err, TG_EDENIED, "that person's present PIN or badge is wanted, or a supervisor's");
	rc = tg_staff_identify(&person, st, &c->by, "staff-pin", err);
	if (rc == TG_OK)
		rc = tg_staff_name_id(id, st, c->who, err);
	if (rc != TG_OK)
		return rc;
	memcpy(by, person.id, TG_STAFF_ID_SIZE);
	if (strcmp(id, person.id) == 0 || tg_staff_has(&person, TG_SUPERVISOR))
		return TG_OK;
	json = entry("refused", "staff-pin");
	tg_json_set_str(json, "who", person.id);
	tg_json_set_str(json, "why", "no-right");
	tg_json_set_str(json, "right", TG_SUPERVISOR);
	(void)!tg_journal_submit(st->journal, json, NULL, NULL, NULL, NULL);
	return tg_fail(err, TG_EDENIED, "only a supervisor changes somebody else's");
}

int tg_staff_set(tg_station *st, const tg_staff_change *c, tg_error *err)
{
	tg_roster_secret secret = { c->pin, c->badge };
	char by[TG_STAFF_ID_SIZE];
	tg_roster_person there;
	tg_error why = { 0 };
	int rc = judge(st, c, err);

	if (rc == TG_OK)
		rc = may_set(by, st, c, err);
	if (rc == TG_OK)
		rc = know_free(st, c, err);
	if (rc == TG_OK)
		rc = tg_roster_find(&there, st->roster, c->who, err);
	if (rc == TG_OK)
		rc = write_down(st, entry_about("changed", st, c->who, by), err);
	if (rc != TG_OK)
		return rc;
	rc = tg_roster_set(st->roster, c->who, &secret, &why);
	if (rc != TG_OK) {
		record_failed(st, "staff-pin", &why);
		if (err != NULL)
			*err = why;
	}
	return rc;
}

static void record_forgot(tg_station *st, const char *by)
{
	tg_json *json = entry("forgot", NULL);

	tg_json_set_str(json, "by", by);
	(void)!tg_journal_submit(st->journal, json, NULL, NULL, NULL, NULL);
}

int tg_staff_forget(tg_station *st, const tg_staff_change *c, tg_error *err)
{
	char by[TG_STAFF_ID_SIZE];
	int rc = acts(by, st, c, true, "staff-forget", err);

	if (rc == TG_OK)
		rc = tg_roster_forget(st->roster, c->who, err);
	if (rc == TG_OK)
		record_forgot(st, by);
	return rc;
}

int tg_staff_forget_before(tg_station *st, const tg_staff_change *c, const char *month, size_t *count, tg_error *err)
{
	char by[TG_STAFF_ID_SIZE], day[TG_DAY_TEXT_SIZE];
	int32_t first;
	int rc;

	snprintf(day, sizeof(day), "%.7s-01", month);
	*count = 0;
	if (strlen(month) != 7 || tg_day_parse(&first, day, NULL) != TG_OK)
		return tg_fail(err, TG_EINVAL, "before: a month is wanted, as \"2026-11\"");
	rc = acts(by, st, c, true, "staff-forget", err);
	if (rc == TG_OK)
		rc = tg_roster_forget_before(st->roster, month, count, err);
	if (rc == TG_OK)
		record_forgot(st, by);
	return rc;
}

static tg_json *describe(const tg_roster_person *p, int64_t now_us)
{
	tg_json *json = tg_json_new_object(), *rights = tg_json_new_array();

	tg_json_set_str(json, "who", p->who);
	for (size_t i = 0; i < p->right_count; i++)
		tg_json_add_str(rights, p->rights[i]);
	tg_json_set(json, "rights", rights);
	tg_json_set_bool(json, "pin", p->has_pin);
	tg_json_set_bool(json, "badge", p->has_badge);
	if (p->locked_until_us > now_us)
		tg_json_set_int(json, "locked_s", (p->locked_until_us - now_us) / TG_US_PER_SECOND + 1);
	return json;
}

int tg_staff_list(tg_json **out, tg_station *st, const tg_staff_change *c, tg_error *err)
{
	tg_roster_person *people = calloc(TG_ROSTER_PEOPLE_MAX, sizeof(*people));
	char by[TG_STAFF_ID_SIZE];
	tg_json *list;
	size_t count = 0;
	int rc = people != NULL ? acts(by, st, c, true, "staff-list", err) : tg_fail(err, TG_ENOMEM, "no memory for a list of staff");

	if (rc == TG_OK)
		rc = tg_roster_list(people, &count, st->roster, err);
	if (rc == TG_OK) {
		*out = tg_json_new_object();
		list = tg_json_new_array();
		for (size_t i = 0; i < count; i++)
			tg_json_add(list, describe(&people[i], tg_utc_now_us()));
		tg_json_set(*out, "people", list);
	}
	free(people);
	return rc;
}

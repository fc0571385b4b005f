/* SPDX-License-Identifier: Apache-2.0
 *
 * case_act.c - what people do with a case. See case_act.h.
 *
 * A case is looked at twice: before the person is asked for and the product is checked, which take time and hold nobody up, and again
 * under the lock right before the entry is written. What changed in between refuses.
 */
#include "plugin/station/case_act.h"

#include "plugin/station/state.h"

#include <limits.h>
#include <stdlib.h>

static const tg_case_kind kind_of[] = {
	[TG_CASE_DO_NOTE] = TG_CASE_IS_NOTE,
	[TG_CASE_DO_ASSIGN] = TG_CASE_IS_ASSIGNED,
	[TG_CASE_DO_STATE] = TG_CASE_IS_STATE,
	[TG_CASE_DO_COUNT] = TG_CASE_IS_COUNT,
	[TG_CASE_DO_RELEASE] = TG_CASE_IS_SETTLED,
	[TG_CASE_DO_SETTLE] = TG_CASE_IS_SETTLED,
};

/* ---- looking; with the lock held ---- */

/* On an error `*out` is NULL. */
static int find(const tg_case **out, const tg_station *st, const tg_reference *id, tg_error *err)
{
	tg_case_book_counts counts;
	int rc = tg_cases_ready(st->cases, err);

	*out = NULL;
	if (rc != TG_OK)
		return rc;
	if (strcmp(id->station, st->id.short_id) != 0) {
		(void)tg_fail(err, TG_ENOTFOUND, "that is a case of station %s; this one is %s", id->station, st->id.short_id);
		return TG_ENOTFOUND; /* a constant: compilers then see that what is not NULL comes with TG_OK alone */
	}
	*out = tg_case_book_find(tg_cases_book(st->cases), id);
	if (*out != NULL)
		return TG_OK;
	tg_case_book_count(tg_cases_book(st->cases), &counts);
	(void)tg_fail(err, TG_ENOTFOUND, "no such case on this station%s",
		counts.forgotten > 0 ? "; those settled long ago are in the log alone" : "");
	return TG_ENOTFOUND;
}

static bool takes_units(const tg_case_request *r)
{
	return r->what == TG_CASE_DO_COUNT || r->what == TG_CASE_DO_RELEASE || r->what == TG_CASE_DO_SETTLE;
}

static int look(const tg_case **out, const tg_station *st, const tg_case_request *r, tg_error *err)
{
	int rc = find(out, st, &r->id, err);
	const tg_case *c = *out;
	uint32_t held;

	if (rc != TG_OK)
		return rc;
	held = tg_case_held(c);
	if (c->state == TG_CASE_SETTLED && (takes_units(r) || r->what == TG_CASE_DO_STATE))
		return tg_fail(err, TG_ESTATE, "case %s is settled: nothing of it is left here", c->id);
	if (r->held >= 0 && r->held != held)
		return tg_fail(err, TG_ESTATE, "case %s holds %u units now, not %lld: look at it again", c->id, held, (long long)r->held);
	if (r->what != TG_CASE_DO_COUNT && r->quantity > held)
		return tg_fail(err, TG_ESTATE, "case %s holds %u units, not %u", c->id, held, r->quantity);
	return TG_OK;
}

/* ---- writing; with the lock held ---- */

static tg_json *entry_of(const tg_station *st, const tg_case *c, tg_case_kind kind, const tg_case_request *r)
{
	char prev[TG_REFERENCE_SIZE];
	tg_json *entry = tg_case_entry(c->id, tg_case_event_word(kind), tg_case_book_reference(prev, tg_cases_book(st->cases), c->last), r->device);

	if (r->text[0] != '\0')
		tg_json_set_str(entry, "text", r->text);
	return entry;
}

static void set_what(tg_json *entry, const tg_case_request *r)
{
	if (r->has_owner)
		tg_json_set_str(entry, "owner", r->owner);
	if (r->has_supplier)
		tg_json_set_str(entry, "supplier", r->supplier);
	if (r->what == TG_CASE_DO_STATE)
		tg_json_set_str(entry, "state", tg_case_state_words[r->state]);
	if (r->what == TG_CASE_DO_COUNT)
		tg_json_set_int(entry, "quantity", r->quantity);
}

/* ---- acts that take nothing out ---- */

/* `by` is who answers for a count of fewer, "" if nobody was asked. */
static int write_down(tg_case *after, tg_station *st, const tg_case_request *r, const char *by, tg_error *err)
{
	const tg_case *c;
	int rc;

	tg_cases_lock(st->cases);
	rc = look(&c, st, r, err);
	if (rc == TG_OK && r->what == TG_CASE_DO_COUNT && r->quantity < tg_case_held(c) && by[0] == '\0')
		rc = tg_fail(err, TG_EDENIED, "case %s holds %u units: that fewer are there wants a person with the right for it", c->id,
			tg_case_held(c));
	if (rc == TG_OK) {
		tg_json *entry = entry_of(st, c, kind_of[r->what], r);

		set_what(entry, r);
		if (by[0] != '\0')
			tg_json_set_str(entry, "by", by);
		*after = *c;
		rc = tg_cases_write(after, st->cases, st->journal, entry, err);
	}
	tg_cases_unlock(st->cases);
	return rc;
}

static int peek(tg_case *out, const tg_station *st, const tg_case_request *r, tg_error *err)
{
	const tg_case *c;
	int rc;

	tg_cases_lock(st->cases);
	rc = look(&c, st, r, err);
	if (rc == TG_OK)
		*out = *c;
	tg_cases_unlock(st->cases);
	return rc;
}

static int count(tg_case *after, tg_station *st, const tg_case_request *r, const char *right, tg_error *err)
{
	tg_staff_pass pass = { .id = "" };
	int rc = peek(after, st, r, err);

	if (rc == TG_OK && r->has_by)
		rc = tg_staff_authorise(&pass, st, &r->by, right, "case-count", err);
	return rc == TG_OK ? write_down(after, st, r, pass.id, err) : rc;
}

/* ---- settlements ---- */

/* One under way. */
struct settling {
	tg_station *station;
	const tg_case_request *request;
	tg_case_done *done;
	const tg_policy *policy;
	tg_case_how how;
	tg_case c;          /* as it was when it was first looked at */
	uint32_t quantity;
	tg_check_request ask;
	tg_staff_person person;
	bool lifted;        /* an authority lifted what withholds */
};

/* The number as it may have been scanned: nothing is known of the carrier, and nothing of a single unit's serial. */
static void set_label(tg_check_request *ask, const tg_case_line *line)
{
	char digits[15];
	const char *from = tg_gtin_format(digits, line->number);
	size_t zeros = strspn(from, "0");

	if (line->in_store)
		from += zeros >= 6 ? 6 : zeros >= 2 ? 2 : 1;
	tg_check_request_label(ask, tg_view_str(from));
}

static void ask_anew(struct settling *s)
{
	const tg_case_line *line = &s->c.line;
	tg_check_request *ask = &s->ask;

	tg_check_request_init(ask, s->how == TG_CASE_RELEASED ? line->operation : TG_OP_DISPATCH);
	ask->destination = line->destination;
	ask->supply = s->how == TG_CASE_RETURNED ? TG_SUPPLY_TO_VENDOR : s->how == TG_CASE_SCRAPPED ? TG_SUPPLY_SCRAP :
		s->how == TG_CASE_MOVED ? TG_SUPPLY_OWN_BRANCH : line->supply;
	ask->unit = line->unit;
	ask->bought_before_duty = line->bought_before_duty;
	if (s->request->label != NULL)
		tg_check_request_label(ask, tg_view_str(s->request->label));
	else
		set_label(ask, line);
	strcpy(ask->batch, line->batch[0] != '\0' ? line->batch : s->request->batch);
	strcpy(ask->device, s->request->device);
	strcpy(ask->recheck, s->c.id);
}

/* Before anything is written: is it what the case holds? */
static int compare(struct settling *s, const tg_inforce *set, int64_t floor_us, tg_error *err)
{
	const tg_identity *id = &s->done->check.identity;
	const tg_case_line *line = &s->c.line;

	tg_station__decide(&s->done->check, s->station, set, &s->ask, floor_us);
	if (id->gtin != line->number || (id->kind == TG_LABEL_IN_STORE) != line->in_store)
		return tg_fail(err, TG_ESTATE, "what was scanned is not the product of case %s", s->c.id);
	if (line->batch[0] != '\0' && strcmp(id->batch, line->batch) != 0)
		return tg_fail(err, TG_ESTATE, "what was scanned is not of the batch of case %s, %s", s->c.id, line->batch);
	if (id->serial[0] != '\0' && s->request->quantity > 1)
		return tg_fail(err, TG_EINVAL, "a label with a serial number is one unit");
	if (id->serial[0] != '\0')
		s->quantity = 1;
	return TG_OK;
}

static bool is_only_row(uint64_t rows, const char *id)
{
	return rows != 0 && (rows & (rows - 1)) == 0 && strcmp(tg_rows_at((size_t)__builtin_ctzll(rows))->id, id) == 0;
}

/* Does the table let these units go that way, now? What stays withheld may still leave by a sign-off that its own row names. */
static bool table_allows(const struct settling *s)
{
	const tg_verdict *v = &s->done->check.verdict;

	if (v->could_not_check)
		return false;
	if (v->outcome <= TG_NOTICE)
		return true;
	if (v->outcome != TG_HOLD)
		return false;
	return (s->how == TG_CASE_RETURNED && is_only_row(v->to_lift, "41")) || /* leaves on a named sign-off: this one */
		(s->how == TG_CASE_MOVED && is_only_row(v->to_lift, "34"));     /* moves as quarantine stock: so it does */
}

static bool policy_lifts(const struct settling *s)
{
	const tg_case_request *r = s->request;
	bool reason = false;

	if (s->done->check.policy_version != s->policy->version)
		return false; /* another policy has come meanwhile: ask again */
	for (size_t i = 0; i < s->policy->reason_count; i++)
		reason = reason || strcmp(s->policy->reasons[i].code, r->reason) == 0;
	for (size_t i = 0; reason && i < s->policy->authority_count; i++) {
		const tg_authority *authority = &s->policy->authorities[i];

		if (strcmp(authority->name, r->authority) == 0)
			return tg_staff_has(&s->person, authority->name) &&
				tg_gate_may_lift(authority, &s->done->check.verdict, s->done->check.operation);
	}
	return false;
}

static void set_settlement(tg_json *entry, const struct settling *s)
{
	tg_json_set_str(entry, "how", tg_case_how_words[s->how]);
	tg_json_set_int(entry, "quantity", s->quantity);
	tg_json_set_str(entry, "by", s->person.id);
	if (s->done->checked)
		tg_json_set_str(entry, "check", s->done->check.reference);
	if (s->lifted) {
		tg_json_set_str(entry, "authority", s->request->authority);
		tg_json_set_str(entry, "reason", s->request->reason);
	}
}

/* That it was tried stays on record; failing to write that down changes nothing about the refusal. */
static void note_refusal(const struct settling *s, const char *code)
{
	tg_station *st = s->station;
	const tg_case *c;
	tg_case after;

	tg_cases_lock(st->cases);
	if (find(&c, st, &s->request->id, NULL) == TG_OK) {
		tg_json *entry = entry_of(st, c, TG_CASE_IS_REFUSED, s->request);

		set_settlement(entry, s);
		tg_json_set_str(entry, "code", code);
		(void)!tg_cases_write(&after, st->cases, st->journal, entry, NULL);
	}
	tg_cases_unlock(st->cases);
}

static int know_person(struct settling *s, tg_error *err)
{
	int rc = tg_staff_identify(&s->person, s->station, &s->request->by, s->how == TG_CASE_RELEASED ? "case-release" : "case-settle", err);

	if (rc != TG_OK || tg_staff_has(&s->person, s->policy->case_release))
		return rc;
	note_refusal(s, "no-right");
	return tg_fail(err, TG_EDENIED, "this person has not the right \"%s\"", s->policy->case_release);
}

static int check_anew(struct settling *s, tg_error *err)
{
	const tg_check_answer *a = &s->done->check;
	const tg_row *row;

	tg_station_check(&s->done->check, s->station, &s->ask);
	if (!a->recorded)
		return tg_fail(err, TG_EIO, "the new check could not be written down: %.150s", a->fault);
	s->done->checked = true;
	if (table_allows(s))
		return TG_OK;
	if (s->request->authority[0] != '\0' && policy_lifts(s)) {
		s->lifted = true;
		return TG_OK;
	}
	note_refusal(s, a->words.code);
	row = a->verdict.hit != 0 ? tg_rows_at(a->verdict.decided_by) : NULL;
	return tg_fail(err, TG_ESTATE, "still withheld: %s (%s%s, %s); check %s%s", a->words.reason, row != NULL ? "row " : "no row",
		row != NULL ? row->id : "", a->words.code, a->reference,
		s->request->authority[0] != '\0' ? "; that authority, with that reason, may not lift it" : "");
}

static int write_settled(struct settling *s, tg_error *err)
{
	tg_station *st = s->station;
	const tg_case *c;
	int rc;

	tg_cases_lock(st->cases);
	rc = look(&c, st, s->request, err);
	if (rc == TG_OK && tg_case_held(c) < s->quantity)
		rc = tg_fail(err, TG_ESTATE, "case %s holds %u units by now, not %u: look at it again", c->id, tg_case_held(c), s->quantity);
	if (rc == TG_OK) {
		tg_json *entry = entry_of(st, c, TG_CASE_IS_SETTLED, s->request);

		set_settlement(entry, s);
		s->done->after = *c;
		rc = tg_cases_write(&s->done->after, st->cases, st->journal, entry, err);
	}
	tg_cases_unlock(st->cases);
	return rc;
}

static int run(struct settling *s, const tg_inforce *set, int64_t floor_us, tg_error *err)
{
	bool check = s->how != TG_CASE_REGULATOR; /* no supply by us, and not ours to refuse */
	int rc = peek(&s->c, s->station, s->request, err);

	if (rc != TG_OK)
		return rc;
	s->quantity = s->request->quantity != 0 ? s->request->quantity : tg_case_held(&s->c);
	ask_anew(s);
	if (check)
		rc = compare(s, set, floor_us, err);
	if (rc == TG_OK)
		rc = know_person(s, err);
	if (rc == TG_OK && check)
		rc = check_anew(s, err);
	return rc == TG_OK ? write_settled(s, err) : rc;
}

static int settle(tg_case_done *done, tg_station *st, const tg_case_request *r, const tg_inforce *set, int64_t floor_us, tg_error *err)
{
	struct settling *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return tg_fail(err, TG_ENOMEM, "no memory for a settlement");
	s->station = st;
	s->request = r;
	s->done = done;
	s->policy = &set->policy;
	s->how = r->what == TG_CASE_DO_RELEASE ? TG_CASE_RELEASED : r->how;
	rc = run(s, set, floor_us, err);
	free(s);
	return rc;
}

int tg_case_act(tg_case_done *out, tg_station *st, const tg_case_request *r, tg_error *err)
{
	int64_t floor_us;
	tg_inforce *set;
	int rc;

	if (!st->options.service)
		(void)tg_cases_catch_up(st->cases, st->journal, UINT_MAX);
	memset(out, 0, sizeof(*out));
	if (r->what == TG_CASE_DO_NOTE || r->what == TG_CASE_DO_ASSIGN || r->what == TG_CASE_DO_STATE)
		return write_down(&out->after, st, r, "", err);
	set = tg_station__set(st, &floor_us);
	rc = r->what == TG_CASE_DO_COUNT ? count(&out->after, st, r, set->policy.case_release, err) : settle(out, st, r, set, floor_us, err);
	tg_inforce_release(set);
	return rc;
}

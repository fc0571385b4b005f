/* SPDX-License-Identifier: Apache-2.0
 *
 * case_act.c - what people do with a case. See case_act.h.
 *
 * A case is looked at twice: before the person is asked for and the product is checked, which take time and hold nobody up, and again
 * under the lock right before the entry is written. What changed in between refuses.
 */
#include "plugin/station/case_act.h"

#include "plugin/station/state.h"

static const tg_case_kind kind_of[] = {
	[TG_CASE_DO_NOTE] = TG_CASE_IS_NOTE,
	[TG_CASE_DO_ASSIGN] = TG_CASE_IS_ASSIGNED,
	[TG_CASE_DO_STATE] = TG_CASE_IS_STATE,
	[TG_CASE_DO_COUNT] = TG_CASE_IS_COUNT,
	[TG_CASE_DO_RELEASE] = TG_CASE_IS_SETTLED,
	[TG_CASE_DO_SETTLE] = TG_CASE_IS_SETTLED,
};

/* ---- looking; with the lock held ---- */

static int find(const tg_case **out, const tg_station *st, const tg_reference *id, tg_error *err)
{
	tg_case_book_counts counts;
	int rc = tg_cases_ready(st->cases, err);

	if (rc != TG_OK)
		return rc;
	if (strcmp(id->station, st->id.short_id) != 0)
		return tg_fail(err, TG_ENOTFOUND, "that is a case of station %s; this one is %s", id->station, st->id.short_id);
	*out = tg_case_book_find(tg_cases_book(st->cases), id);
	if (*out != NULL)
		return TG_OK;
	tg_case_book_count(tg_cases_book(st->cases), &counts);
	return tg_fail(err, TG_ENOTFOUND, "no such case on this station%s",
		counts.forgotten > 0 ? "; those settled long ago are in the log alone" : "");
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
	if (r->what == TG_CASE_DO_COUNT && r->quantity < held)
		return tg_fail(err, TG_ESTATE, "case %s holds %u units: fewer is not yet possible", c->id, held);
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

static int write_down(tg_case *after, tg_station *st, const tg_case_request *r, tg_error *err)
{
	const tg_case *c;
	int rc;

	tg_cases_lock(st->cases);
	rc = look(&c, st, r, err);
	if (rc == TG_OK) {
		tg_json *entry = entry_of(st, c, kind_of[r->what], r);

		set_what(entry, r);
		*after = *c;
		rc = tg_cases_write(after, st->cases, st->journal, entry, err);
	}
	tg_cases_unlock(st->cases);
	return rc;
}

int tg_case_act(tg_case_done *out, tg_station *st, const tg_case_request *r, tg_error *err)
{
	if (!st->options.service)
		(void)tg_cases_catch_up(st->cases, st->journal, UINT_MAX);
	memset(out, 0, sizeof(*out));
	if (r->what == TG_CASE_DO_RELEASE || r->what == TG_CASE_DO_SETTLE)
		return tg_fail(err, TG_ESTATE, "not yet possible");
	return write_down(&out->after, st, r, err);
}

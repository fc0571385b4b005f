/* SPDX-License-Identifier: Apache-2.0
 *
 * failure_case.c - the steps as a table beside the law, and what the events make of them.
 */
#include "sync/hq/failure_case.h"

#include "plugin/gate/verdict.h"
#include "sync/hq/deadlines.h"

#include <stdio.h>

#define ASAP "as soon as possible"
#define PRACTICABLE "as soon as is practicable"
#define AT_ONCE "at once, on knowledge or belief"
#define AFTER_CONTACT "as soon as possible after contact or attempted contact with the manufacturer"
#define NO_PERIOD "no period stated"
#define SAME_DAY "the same working day"
#define NEXT_DAY "one working day"

/* clang-format off */
const tg_step_law tg_step_laws[TG_FAILURE_STEPS] = {
	[TG_STEP_STOP] = { "stop making it available everywhere: all sites, web, dispatch queue",
		{ "PSTI Act 2022 s. 23(1)", "PSTI Act 2022 s. 16", "PSTI Act 2022 s. 11(2)(a)" },
		{ AT_ONCE, AT_ONCE, PRACTICABLE }, "the same day" },
	[TG_STEP_INVESTIGATE] = { "take all reasonable steps to investigate whether there is a failure, and record the outcome",
		{ NULL, "PSTI Act 2022 ss. 17, 20", "PSTI Act 2022 ss. 10, 12" }, { NULL, NO_PERIOD, NO_PERIOD }, NEXT_DAY },
	[TG_STEP_DECIDE] = { "decide whether we know or believe it (failure known), or it is unfounded (failure close)",
		{ "PSTI Act 2022 ss. 23(1), 25(1)(a)", "PSTI Act 2022 ss. 16, 19(1)(a)", "PSTI Act 2022 ss. 10, 11" },
		{ "the duties begin when we are aware or ought to be", "the duties begin when we are aware or ought to be",
			"the duties begin when we are aware or ought to be" }, NEXT_DAY },
	[TG_STEP_CONTACT_MANUFACTURER] = { "contact the manufacturer about the failure",
		{ "PSTI Act 2022 s. 25(3)", "PSTI Act 2022 s. 19(3)", NULL }, { ASAP, ASAP, NULL }, SAME_DAY },
	[TG_STEP_CONTACT_SUPPLIER] = { "the manufacturer cannot be contacted: contact whoever else supplied us",
		{ "PSTI Act 2022 s. 25(4)", NULL, NULL }, { ASAP, NULL, NULL }, SAME_DAY },
	[TG_STEP_NOTIFY_AUTHORITY] = { "notify the enforcement authority (in practice OPSS)",
		{ "PSTI Act 2022 s. 25(6), (7)(a)", "PSTI Act 2022 s. 19(5), (6)(a)", "PSTI Act 2022 s. 11(3)-(4)" },
		{ AFTER_CONTACT, AFTER_CONTACT, ASAP }, NEXT_DAY },
	[TG_STEP_NOTIFY_MANUFACTURERS] = { "notify the other manufacturers that we know of",
		{ NULL, NULL, "PSTI Act 2022 s. 11(3)-(4)" }, { NULL, NULL, ASAP }, NEXT_DAY },
	[TG_STEP_NOTIFY_DOWNSTREAM] = { "notify the importers and distributors that we supplied",
		{ "PSTI Act 2022 s. 25(6), (7)(b)", "PSTI Act 2022 s. 19(5), (6)(b)", "PSTI Act 2022 s. 11(3)-(4)" },
		{ AFTER_CONTACT, AFTER_CONTACT, ASAP }, NEXT_DAY },
	[TG_STEP_NOTIFY_SUPPLIER] = { "notify whoever supplied us, if not told already",
		{ "PSTI Act 2022 s. 25(6), (7)(c)", NULL, NULL }, { AFTER_CONTACT, NULL, NULL }, NEXT_DAY },
	[TG_STEP_NOTIFY_CUSTOMERS] = { "notify customers, only where regulations specify conditions",
		{ "PSTI Act 2022 s. 25(7)-(8)", "PSTI Act 2022 s. 19(6)(c), (7)", "PSTI Act 2022 s. 11(4)" }, { ASAP, ASAP, ASAP }, "" },
	[TG_STEP_REMEDY] = { "take all reasonable steps to remedy the failure",
		{ NULL, NULL, "PSTI Act 2022 s. 11(2)(b)" }, { NULL, NULL, PRACTICABLE }, "" },
	[TG_STEP_PREVENT] = { "the remedy appears unlikely: take all reasonable steps to prevent that it is made available to customers",
		{ "PSTI Act 2022 s. 25(5)", "PSTI Act 2022 s. 19(4)", NULL }, { NO_PERIOD, PRACTICABLE, NULL }, SAME_DAY },
};
/* clang-format on */

const char *const tg_step_status_words[] = { "not-ours", "open", "waiting", "excused", "done", NULL };

/* ---- events ---- */

static void take_text(const char **out, const tg_case_event *e, const char *name)
{
	const char *text = tg_case_text(e, name);

	if (text[0] != '\0' || *out == NULL)
		*out = text;
}

static void take_facts(tg_failure_case *c, const tg_case_event *e)
{
	int worked = tg_case_word(e, "remedy_worked", tg_worked_words);

	take_text(&c->details, e, "details");
	take_text(&c->risks, e, "risks");
	take_text(&c->remedy, e, "remedy");
	take_text(&c->manufacturer, e, "manufacturer");
	take_text(&c->supplier, e, "supplier");
	if (worked >= 0)
		c->remedy_worked = worked;
	/* Flags are taken back by saying so; a later event that is silent changes nothing. */
	if (tg_json_get(e->json, "remedy_unlikely") != NULL)
		c->remedy_unlikely = tg_case_flag(e, "remedy_unlikely") ? e->on : TG_DAY_NONE;
}

/* Words of tg_told_by_words: the first four are relevant persons (s. 7). */
#define TOLD_BY_MANUFACTURER 0
#define TOLD_BY_SUPPLIER 1
#define TOLD_BY_RELEVANT_LAST 3

static void take_opened(tg_failure_case *c, const tg_case_event *e)
{
	int role = tg_case_word(e, "role", tg_failure_roles);

	c->opened = e;
	c->id = e->of;
	c->role = role < 0 ? TG_ROLE_IS_DISTRIBUTOR : (tg_failure_role)role;
	c->informed = tg_case_day(e, "informed");
	c->believed = tg_case_day(e, "believed");
	c->state = c->believed != TG_DAY_NONE ? TG_CASE_KNOWN : TG_CASE_SUSPECTED;
	c->aware = c->informed != TG_DAY_NONE ? c->informed : c->believed;
	if (c->aware == TG_DAY_NONE)
		c->aware = e->on;
	c->offered = tg_case_flag(e, "offered");
	c->told_by = tg_case_word(e, "told_by", tg_told_by_words);
	c->told_by_relevant = c->told_by >= TOLD_BY_MANUFACTURER && c->told_by <= TOLD_BY_RELEVANT_LAST;
	c->source = tg_case_text(e, "source");
	c->informant = tg_case_text(e, "informant");
	take_facts(c, e);
}

static void take_event(tg_failure_case *c, const tg_case_event *e)
{
	int step;

	c->last = e;
	if (tg_json_get(e->json, "record") != NULL)
		c->record = tg_json_get(e->json, "record");
	switch ((tg_failure_event)e->kind) {
	case TG_FAILURE_OPENED:
		take_opened(c, e);
		break;
	case TG_FAILURE_KNOWN:
		c->believed = e->on;
		c->state = TG_CASE_KNOWN;
		break;
	case TG_FAILURE_STEP:
		step = tg_case_word(e, "step", tg_failure_steps);
		if (step >= 0 && step < TG_FAILURE_STEPS)
			c->steps[step].event = e;
		break;
	case TG_FAILURE_FACTS:
		take_facts(c, e);
		break;
	case TG_FAILURE_CLOSED:
		c->state = TG_CASE_CLOSED;
		c->closed = e->on;
		c->outcome = tg_case_word(e, "outcome", tg_failure_outcomes);
		c->reason = tg_case_text(e, "reason");
		break;
	}
}

/* ---- what is so ---- */

static int result_of(const tg_failure_case *c, tg_failure_step step)
{
	const tg_case_event *e = c->steps[step].event;

	return e == NULL ? -1 : tg_case_word(e, "result", tg_step_results);
}

static bool any_fact(const tg_casework *book, const char *id, const char *flag)
{
	for (size_t i = 0; i < book->count; i++)
		if (strcmp(book->events[i].of, id) == 0 && tg_case_flag(&book->events[i], flag))
			return true;
	return false;
}

static void answer(tg_case_answer *out, bool yes, const char *words, int32_t day)
{
	char text[TG_DAY_TEXT_SIZE];

	out->yes = yes;
	(void)snprintf(out->words, sizeof(out->words), "%s%s%s", words, day == TG_DAY_NONE ? "" : " ",
		tg_day_format(text, day));
}

static void find_manufacturer_aware(tg_failure_case *c, const tg_casework *book)
{
	tg_case_answer *out = &c->manufacturer_aware;
	int result = result_of(c, TG_STEP_CONTACT_MANUFACTURER);
	int32_t on = result >= 0 ? c->steps[TG_STEP_CONTACT_MANUFACTURER].event->on : TG_DAY_NONE;

	if (c->role == TG_ROLE_IS_MANUFACTURER)
		answer(out, true, "yes: we are the manufacturer", TG_DAY_NONE);
	else if (c->told_by == TOLD_BY_MANUFACTURER)
		answer(out, true, "yes: it told us of the failure, on", c->aware);
	else if (result == TG_RESULT_DONE)
		answer(out, true, "yes: we contacted it on", on);
	else if (any_fact(book, c->id, "manufacturer_aware"))
		answer(out, true, "yes: that is on our record", TG_DAY_NONE);
	else if (any_fact(book, c->id, "says_manufacturer_aware"))
		answer(out, true, "yes, by what we were told on", c->aware);
	else if (result == TG_RESULT_ATTEMPTED)
		answer(out, false, "not known to us; we tried to contact it on", on);
	else if (result == TG_RESULT_NOT_POSSIBLE)
		answer(out, false, "not known to us; it was not possible to contact it, last tried on", on);
	else
		answer(out, false, "not known to us; we have not contacted it yet", TG_DAY_NONE);
}

static void find_authority_notified(tg_failure_case *c, const tg_casework *book)
{
	tg_case_answer *out = &c->authority_notified;

	if (result_of(c, TG_STEP_NOTIFY_AUTHORITY) == TG_RESULT_DONE)
		answer(out, true, "yes: by us, on", c->steps[TG_STEP_NOTIFY_AUTHORITY].event->on);
	else if (any_fact(book, c->id, "says_authority_notified"))
		answer(out, true, "yes, by what we were told on", c->aware);
	else
		answer(out, false, "not by us yet, and we do not know of another notification", TG_DAY_NONE);
}

/* ---- steps ---- */

static void set(tg_failure_case *c, tg_failure_step step, tg_step_status status, int32_t due, const char *why)
{
	tg_step_state *s = &c->steps[step];

	s->status = status;
	s->due = status == TG_STEP_IS_OPEN ? due : TG_DAY_NONE;
	s->why = why;
}

/* s. 25(11)(b), s. 19(10)(b): told by a relevant person that is the manufacturer, or says that it is aware. */
static bool contact_excused(const tg_failure_case *c)
{
	return c->told_by_relevant &&
	       (c->told_by == TOLD_BY_MANUFACTURER || tg_case_flag(c->opened, "says_manufacturer_aware"));
}

static void judge_contact(tg_failure_case *c)
{
	bool importer = c->role == TG_ROLE_IS_IMPORTER;

	if (contact_excused(c))
		set(c, TG_STEP_CONTACT_MANUFACTURER, TG_STEP_IS_EXCUSED, TG_DAY_NONE,
			importer ? "who told us is the manufacturer, or says that it is aware: s. 19(10)(b)"
				 : "who told us is the manufacturer, or says that it is aware: s. 25(11)(b)");
	else
		set(c, TG_STEP_CONTACT_MANUFACTURER, TG_STEP_IS_OPEN, tg_working_day_after(c->aware, TG_CLOCK_CONTACT_DAYS), "");
	if (c->told_by == TOLD_BY_SUPPLIER)
		set(c, TG_STEP_CONTACT_SUPPLIER, TG_STEP_IS_EXCUSED, TG_DAY_NONE, "who supplied us told us: s. 25(4), (11)(a)");
	else if (result_of(c, TG_STEP_CONTACT_MANUFACTURER) == TG_RESULT_NOT_POSSIBLE)
		set(c, TG_STEP_CONTACT_SUPPLIER, TG_STEP_IS_OPEN,
			tg_working_day_after(c->steps[TG_STEP_CONTACT_MANUFACTURER].event->on, TG_CLOCK_CONTACT_DAYS), "");
	else
		set(c, TG_STEP_CONTACT_SUPPLIER, TG_STEP_IS_WAITING, TG_DAY_NONE,
			"only if it is not possible to contact the manufacturer");
}

/* The day from which notifications are due; TG_DAY_NONE: not yet, and `why` says what for. */
static int32_t notify_from(const tg_failure_case *c, const char **why)
{
	const tg_case_event *contact = c->steps[TG_STEP_CONTACT_MANUFACTURER].event;
	int32_t from;

	if (c->believed == TG_DAY_NONE) {
		*why = "until it is decided whether we know or believe it; who ought to be aware may not wait longer than looking takes";
		return TG_DAY_NONE;
	}
	if (c->role == TG_ROLE_IS_MANUFACTURER || contact_excused(c))
		return c->believed;
	if (contact == NULL) {
		*why = "for contact, or attempted contact, with the manufacturer";
		return TG_DAY_NONE;
	}
	from = contact->on > c->believed ? contact->on : c->believed;
	return from;
}

static void judge_notify(tg_failure_case *c)
{
	const char *why = "";
	int32_t from = notify_from(c, &why);
	int32_t due = from == TG_DAY_NONE ? TG_DAY_NONE : tg_working_day_after(from, TG_CLOCK_NOTIFY_DAYS);
	tg_step_status status = from == TG_DAY_NONE ? TG_STEP_IS_WAITING : TG_STEP_IS_OPEN;

	set(c, TG_STEP_NOTIFY_AUTHORITY, status, due, why);
	set(c, TG_STEP_NOTIFY_MANUFACTURERS, status, due, why);
	set(c, TG_STEP_NOTIFY_DOWNSTREAM, status, due, why);
	set(c, TG_STEP_NOTIFY_SUPPLIER, status, due, why);
	if (c->told_by_relevant && tg_case_flag(c->opened, "says_authority_notified") && c->role != TG_ROLE_IS_MANUFACTURER)
		set(c, TG_STEP_NOTIFY_AUTHORITY, TG_STEP_IS_EXCUSED, TG_DAY_NONE,
			c->role == TG_ROLE_IS_IMPORTER ? "who told us says that it was notified: s. 19(10)(c)"
						       : "who told us says that it was notified: s. 25(11)(c)");
	if (c->told_by == TOLD_BY_SUPPLIER)
		set(c, TG_STEP_NOTIFY_SUPPLIER, TG_STEP_IS_EXCUSED, TG_DAY_NONE, "who supplied us told us: s. 25(11)(a)");
	else if (result_of(c, TG_STEP_CONTACT_SUPPLIER) == TG_RESULT_DONE)
		set(c, TG_STEP_NOTIFY_SUPPLIER, TG_STEP_IS_EXCUSED, TG_DAY_NONE, "told already, when it was contacted: s. 25(4), (7)(c)");
	set(c, TG_STEP_NOTIFY_CUSTOMERS, TG_STEP_IS_EXCUSED, TG_DAY_NONE,
		"no regulations that specify conditions were found (law as of " TG_LAW_AS_OF ")");
}

static void judge_others(tg_failure_case *c)
{
	set(c, TG_STEP_STOP, TG_STEP_IS_OPEN, c->aware, "");
	set(c, TG_STEP_INVESTIGATE, TG_STEP_IS_OPEN, tg_working_day_after(c->aware, TG_CLOCK_DECIDE_DAYS), "");
	if (c->believed == TG_DAY_NONE && c->state == TG_CASE_SUSPECTED)
		set(c, TG_STEP_DECIDE, TG_STEP_IS_OPEN, tg_working_day_after(c->aware, TG_CLOCK_DECIDE_DAYS), "");
	else
		set(c, TG_STEP_DECIDE, TG_STEP_IS_DONE, TG_DAY_NONE, c->believed != TG_DAY_NONE ? "known or believed" : "closed");
	set(c, TG_STEP_REMEDY, TG_STEP_IS_OPEN, TG_DAY_NONE, "");
	if (c->remedy_unlikely != TG_DAY_NONE)
		set(c, TG_STEP_PREVENT, TG_STEP_IS_OPEN, tg_working_day_after(c->remedy_unlikely, TG_CLOCK_CONTACT_DAYS), "");
	else
		set(c, TG_STEP_PREVENT, TG_STEP_IS_WAITING, TG_DAY_NONE,
			"only if it appears unlikely that the manufacturer remedies the failure (failure facts --remedy-unlikely)");
}

/* What somebody recorded goes before what would be due; an attempt leaves the contact open. */
static void judge_recorded(tg_failure_case *c, tg_failure_step step)
{
	tg_step_state *s = &c->steps[step];
	int result = result_of(c, step);

	if (result < 0 || step == TG_STEP_DECIDE)
		return;
	s->attempted = result == TG_RESULT_ATTEMPTED;
	if (s->attempted)
		set(c, step, TG_STEP_IS_OPEN, tg_working_day_after(s->event->on, TG_CLOCK_RETRY_DAYS),
			"attempted; try again, or record that it is not possible");
	else
		set(c, step, TG_STEP_IS_DONE, TG_DAY_NONE,
			result == TG_RESULT_NOT_POSSIBLE ? "not possible"
			: result == TG_RESULT_NOT_NEEDED ? "not needed"
							 : "");
}

static void judge(tg_failure_case *c, int32_t today)
{
	judge_contact(c);
	judge_notify(c);
	judge_others(c);
	for (int step = 0; step < TG_FAILURE_STEPS; step++) {
		tg_step_state *s = &c->steps[step];

		judge_recorded(c, (tg_failure_step)step);
		if (tg_step_laws[step].basis[c->role] == NULL)
			set(c, (tg_failure_step)step, TG_STEP_IS_NOT_OURS, TG_DAY_NONE, "");
		if (s->status == TG_STEP_IS_OPEN && c->state == TG_CASE_CLOSED)
			set(c, (tg_failure_step)step, TG_STEP_IS_WAITING, TG_DAY_NONE, "closed");
		c->open += s->status == TG_STEP_IS_OPEN;
		s->overdue = s->status == TG_STEP_IS_OPEN && s->due != TG_DAY_NONE && s->due < today;
		c->overdue += s->overdue;
	}
}

int tg_failure_case_of(
	tg_failure_case *out, const tg_casework *book, const char *id, int32_t today, tg_error *err)
{
	*out = (tg_failure_case){ .informed = TG_DAY_NONE, .believed = TG_DAY_NONE, .closed = TG_DAY_NONE,
		.remedy_unlikely = TG_DAY_NONE, .remedy_worked = -1,
		.outcome = -1, .reason = "" };
	for (size_t i = 0; i < book->count; i++)
		if (strcmp(book->events[i].of, id) == 0 && (out->opened != NULL || book->events[i].kind == TG_FAILURE_OPENED))
			take_event(out, &book->events[i]);
	if (out->opened == NULL)
		return tg_fail(err, TG_ENOTFOUND, "no failure \"%s\" in casework; failure list --all tells which there are", id);
	find_manufacturer_aware(out, book);
	find_authority_notified(out, book);
	judge(out, today);
	return TG_OK;
}

/* ---- may it be ---- */

static bool is_notice(tg_failure_step step)
{
	return step >= TG_STEP_NOTIFY_AUTHORITY && step <= TG_STEP_NOTIFY_CUSTOMERS;
}

/* Section 25 begins when a distributor has made it available, which includes offering (s. 25(1)); before that only s. 23 binds. */
static bool never_excused(const tg_failure_case *c, tg_failure_step step)
{
	bool begun = c->role != TG_ROLE_IS_DISTRIBUTOR || c->offered;

	return step == TG_STEP_STOP || step == TG_STEP_INVESTIGATE ||
	       (begun && (step == TG_STEP_CONTACT_MANUFACTURER || step == TG_STEP_NOTIFY_AUTHORITY));
}

int tg_failure_step_check(
	const tg_failure_case *c, tg_failure_step step, tg_step_result result, bool out_of_order, tg_error *err)
{
	const char *name = tg_failure_steps[step];

	if (c->state == TG_CASE_CLOSED)
		return tg_fail(err, TG_ESTATE, "%s is closed; what comes up now is a new failure", c->id);
	if (tg_step_laws[step].basis[c->role] == NULL)
		return tg_fail(err, TG_ESTATE, "%s: no step of ours as %s", name, tg_failure_roles[c->role]);
	if (step == TG_STEP_DECIDE)
		return tg_fail(err, TG_ESTATE, "decide: record it with \"failure known\" or \"failure close --outcome unfounded\"");
	if (result == TG_RESULT_ATTEMPTED || result == TG_RESULT_NOT_POSSIBLE) {
		if (step != TG_STEP_CONTACT_MANUFACTURER && step != TG_STEP_CONTACT_SUPPLIER)
			return tg_fail(err, TG_ESTATE, "%s: attempted or not possible is only for contacting", name);
		return TG_OK;
	}
	if (result == TG_RESULT_NOT_NEEDED && never_excused(c, step))
		return tg_fail(err, TG_ESTATE, "%s: %s asks for it, and only what who told us said can excuse it", name,
			tg_step_laws[step].basis[c->role]);
	if (is_notice(step) && result == TG_RESULT_DONE && c->steps[step].status == TG_STEP_IS_WAITING && !out_of_order)
		return tg_fail(err, TG_ESTATE, "%s waits %s (%s); if it was done all the same, say --out-of-order", name,
			c->believed == TG_DAY_NONE ? "for the decision whether we know or believe it (failure known)"
						   : "for contact, or attempted contact, with the manufacturer",
			tg_step_laws[step].basis[c->role]);
	return TG_OK;
}

int tg_failure_close_check(const tg_failure_case *c, bool remedied, tg_error *err)
{
	if (c->state == TG_CASE_CLOSED)
		return tg_fail(err, TG_ESTATE, "%s is closed already", c->id);
	/* Whoever must investigate does not know that it is unfounded, or remedied, before that is done and recorded. */
	if (c->steps[TG_STEP_INVESTIGATE].status == TG_STEP_IS_OPEN)
		return tg_fail(err, TG_ESTATE, "investigate is not recorded (%s): \"failure step %s investigate\" with what shows its outcome, then close",
			tg_step_laws[TG_STEP_INVESTIGATE].basis[c->role], c->id);
	if (!remedied)
		return TG_OK;
	if (c->believed == TG_DAY_NONE)
		return tg_fail(err, TG_ESTATE, "%s is only suspected: it can be unfounded, or become known first", c->id);
	for (int step = 0; step < TG_FAILURE_STEPS; step++) {
		bool duty = step == TG_STEP_CONTACT_MANUFACTURER || step == TG_STEP_CONTACT_SUPPLIER || is_notice((tg_failure_step)step);

		if (duty && (c->steps[step].status == TG_STEP_IS_OPEN || (is_notice((tg_failure_step)step) &&
									c->steps[step].status == TG_STEP_IS_WAITING)))
			return tg_fail(err, TG_ESTATE, "%s is not recorded (%s), and that duty does not end with the remedy", tg_failure_steps[step],
				tg_step_laws[step].basis[c->role]);
	}
	return TG_OK;
}

const char *tg_failure_state_word(const tg_failure_case *c)
{
	static const char *const words[] = { "suspected", "known", "closed" };

	return words[c->state];
}

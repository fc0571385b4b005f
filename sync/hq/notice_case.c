/* SPDX-License-Identifier: Apache-2.0
 *
 * notice_case.c - the days of a notice, and which of them are over.
 */
#include "sync/hq/notice_case.h"

#include "sync/hq/deadlines.h"

#define POLICY "policy, not law"
#define DECISION_ALLOWED 1 /* of tg_decision_words */

const char *const tg_deadline_words[] = { "ahead", "met", "overdue", "passed", "suspended", "gone", NULL };
const char *const tg_notice_state_words[] = { "intended", "given, not yet in effect", "in effect", "of no effect: under appeal",
	"of no effect: suspended", "quashed on appeal", "revoked", "notice of intent, expired", NULL };

/* What the law says of each kind; in the order of tg_notice_words. */
static const struct {
	int intent_days;
	const char *intent_basis, *appeal_basis;
} laws[] = {
	{ TG_INTENT_DAYS, "PSTI Act 2022 s. 29(5)", "PSTI Act 2022 s. 33(2)" },         /* stop */
	{ TG_INTENT_DAYS, "PSTI Act 2022 s. 30(6)", "PSTI Act 2022 s. 33(2)" },         /* recall */
	{ TG_INTENT_DAYS, "PSTI Act 2022 s. 28(5)-(6)", "PSTI Act 2022 s. 33(2)" },     /* compliance */
	{ TG_INTENT_PENALTY_DAYS, "PSTI Act 2022 s. 39(1)-(2)", "PSTI Act 2022 s. 41(2)" }, /* penalty */
	{ 0, "", "PSTI Act 2022 s. 44(5)" },                                            /* forfeiture: an order of a court */
	{ 0, "", "" },                                                                  /* information */
};

int tg_notice_intent_days(int kind)
{
	return kind >= 0 && (size_t)kind < TG_COUNT(laws) ? laws[kind].intent_days : 0;
}

/* ---- events ---- */

static void take_day(int32_t *out, const tg_case_event *e, const char *name)
{
	int32_t day = tg_case_day(e, name);

	if (day != TG_DAY_NONE)
		*out = day;
}

static void take_tasks(tg_notice_case *c, const tg_case_event *e)
{
	const tg_json *list = tg_json_get(e->json, "tasks");

	for (const tg_json *t = tg_json_first(list); t != NULL && c->task_count < TG_CASE_TASKS_MAX; t = tg_json_next(t)) {
		c->tasks[c->task_count].what = tg_json_str(tg_json_get(t, "what"));
		if (tg_json_opt_day(&c->tasks[c->task_count].by, t, "by", NULL) == TG_OK)
			c->task_count++;
	}
}

static void take_given(tg_notice_case *c, const tg_case_event *e)
{
	take_day(&c->given, e, "given");
	take_day(&c->deemed, e, "deemed");
	take_day(&c->effective, e, "effective");
	if (tg_case_word(e, "service", tg_service_words) >= 0)
		c->service = tg_case_word(e, "service", tg_service_words);
	c->urgent = c->urgent || tg_case_flag(e, "urgent");
	c->tells_customers = c->tells_customers || tg_case_flag(e, "tells_customers");
	take_tasks(c, e);
}

static void take_added(tg_notice_case *c, const tg_case_event *e)
{
	c->added = e;
	c->id = e->of;
	c->kind = tg_case_word(e, "kind", tg_notice_words);
	c->intended = tg_case_day(e, "intended");
	c->intent_expires = tg_case_day(e, "intent_expires");
	c->source = tg_case_text(e, "source");
	c->section = tg_case_text(e, "section");
	c->recipient = tg_case_text(e, "recipient");
	c->owner = tg_case_text(e, "owner");
	c->genuine = tg_json_bool(tg_json_get(tg_json_get(e->json, "record"), "genuine"));
	c->checked_by = c->genuine ? e : NULL;
	take_given(c, e);
}

static void take_task_done(tg_notice_case *c, const tg_case_event *e)
{
	int64_t n = tg_json_int(tg_json_get(e->json, "task"));

	if (n >= 1 && n <= (int64_t)c->task_count)
		c->tasks[n - 1].done = e;
}

static void take_event(tg_notice_case *c, const tg_case_event *e)
{
	c->last = e;
	if (tg_json_get(e->json, "record") != NULL)
		c->record = tg_json_get(e->json, "record");
	switch ((tg_notice_event)e->kind) {
	case TG_NOTICE_ADDED:
		take_added(c, e);
		break;
	case TG_NOTICE_GIVEN:
		take_given(c, e);
		break;
	case TG_NOTICE_GENUINE:
		c->genuine = true;
		c->checked_by = e;
		break;
	case TG_NOTICE_REPRESENTED:
		c->represented = true;
		c->represented_by = e;
		break;
	case TG_NOTICE_LODGED:
		c->lodged = e->on;
		c->lodged_by = e;
		c->lodged_late = tg_case_flag(e, "late");
		break;
	case TG_NOTICE_ADMITTED:
		c->admitted = e->on;
		break;
	case TG_NOTICE_DECIDED:
		c->decided = e->on;
		c->result = tg_case_word(e, "result", tg_decision_words);
		break;
	case TG_NOTICE_SUSPENDED:
		c->suspended = e->on;
		c->revived = TG_DAY_NONE;
		break;
	case TG_NOTICE_REVIVED:
		c->revived = e->on;
		break;
	case TG_NOTICE_AMENDED:
		c->varied = e->on;
		take_day(&c->effective, e, "effective");
		take_tasks(c, e);
		break;
	case TG_NOTICE_REVOKED:
		c->revoked = e->on;
		break;
	case TG_NOTICE_TASK_DONE:
		take_task_done(c, e);
		break;
	case TG_NOTICE_RESPONDED:
		c->responses++;
		break;
	case TG_NOTICE_CLOSED:
		c->closed = true;
		break;
	case TG_NOTICE_CLEARED:
	case TG_NOTICE_SIGNED_OFF:
	case TG_NOTICE_NOTED:
		break;
	}
}

/* ---- its state on a day ---- */

/* The day given, in the law's sense: s. 50. */
static int32_t given_in_law(const tg_notice_case *c)
{
	return c->deemed != TG_DAY_NONE ? c->deemed : c->given;
}

static bool came(int32_t day, int32_t today)
{
	return day != TG_DAY_NONE && day <= today;
}

/* Since when an appeal is pending; TG_DAY_NONE: none is, or was. */
static int32_t pending_from(const tg_notice_case *c)
{
	return c->lodged_late ? c->admitted : c->lodged;
}

static tg_notice_state state_on(const tg_notice_case *c, int32_t today)
{
	int32_t from = c->effective != TG_DAY_NONE ? c->effective : given_in_law(c);

	if (came(c->revoked, today))
		return TG_NOTICE_IS_REVOKED;
	if (c->given == TG_DAY_NONE)
		return c->intent_expires != TG_DAY_NONE && c->intent_expires < today ? TG_NOTICE_IS_SPENT : TG_NOTICE_IS_INTENDED;
	if (came(c->decided, today)) {
		if (c->result == DECISION_ALLOWED)
			return TG_NOTICE_IS_QUASHED;
		if (came(c->suspended, today) && !came(c->revived, today))
			return TG_NOTICE_IS_SUSPENDED;
	} else if (came(pending_from(c), today)) {
		return TG_NOTICE_IS_APPEALED;
	}
	return came(from, today) ? TG_NOTICE_IS_IN_EFFECT : TG_NOTICE_IS_GIVEN;
}

/* ---- deadlines ---- */

static void add(tg_notice_case *c, const char *what, const char *basis, int32_t day, tg_deadline_status status, int32_t today)
{
	tg_deadline *d = &c->deadlines[c->deadline_count];

	if (c->deadline_count == TG_NOTICE_DEADLINES_MAX)
		return;
	c->deadline_count++;
	*d = (tg_deadline){ what, basis, day, status, 0, NULL };
	if (status == TG_DEADLINE_AHEAD && day != TG_DAY_NONE && day < today)
		d->status = TG_DEADLINE_OVERDUE;
	c->overdue += d->status == TG_DEADLINE_OVERDUE;
}

/* What met the deadline that was added last, for whoever asks for its evidence. */
static void met_by(tg_notice_case *c, const tg_case_event *e)
{
	tg_deadline *d = &c->deadlines[c->deadline_count - 1];

	if (d->status == TG_DEADLINE_MET)
		d->event = e;
}

/* A right is lost, not overdue. */
static tg_deadline_status of_right(int32_t day, bool used, int32_t today)
{
	if (used)
		return TG_DEADLINE_MET;
	return day < today ? TG_DEADLINE_PASSED : TG_DEADLINE_AHEAD;
}

static void add_intent(tg_notice_case *c, int32_t today)
{
	int days = tg_notice_intent_days(c->kind);
	int32_t last;

	if (c->intended == TG_DAY_NONE || days == 0)
		return;
	last = tg_intent_last_day(c->intended, days);
	add(c, "representations are sure to be heard until", laws[c->kind].intent_basis, last, of_right(last, c->represented, today), today);
	met_by(c, c->represented_by);
	if (c->given != TG_DAY_NONE)
		return;
	last = tg_intent_earliest(c->intended, days);
	add(c, c->kind <= 1 ? "the notice may come from (an urgent one earlier)" : "the notice may come from", laws[c->kind].intent_basis, last,
		last < today ? TG_DEADLINE_PASSED : TG_DEADLINE_AHEAD, today);
	add(c, "look whether the notice came: the notice of intent holds the products until", POLICY, c->intent_expires, TG_DEADLINE_AHEAD, today);
}

static void add_given(tg_notice_case *c, int32_t today)
{
	int32_t from = c->effective != TG_DAY_NONE ? c->effective : given_in_law(c);

	if (c->given == TG_DAY_NONE)
		return;
	add(c, "check that it is genuine", "PSTI Act 2022 s. 49; day: " POLICY, tg_working_day_after(c->given, TG_CLOCK_GENUINE_DAYS),
		c->genuine ? TG_DEADLINE_MET : TG_DEADLINE_AHEAD, today);
	met_by(c, c->checked_by);
	add(c, "in effect from", c->effective != TG_DAY_NONE ? "the notice" : c->deemed != TG_DAY_NONE ? "PSTI Act 2022 s. 50" : "the notice", from,
		from <= today ? TG_DEADLINE_PASSED : TG_DEADLINE_AHEAD, today);
	if (c->appeal_last != TG_DAY_NONE) {
		add(c, "last day of an appeal", c->appeal_basis, c->appeal_last,
			of_right(c->appeal_last, c->lodged != TG_DAY_NONE && !c->lodged_late, today), today);
		met_by(c, c->lodged_by);
	}
}

/* What the notice asks for sleeps while it is of no effect, and goes with it. */
static tg_deadline_status of_task(const tg_notice_case *c, const tg_case_event *done)
{
	if (done != NULL)
		return TG_DEADLINE_MET;
	switch (c->state) {
	case TG_NOTICE_IS_APPEALED:
	case TG_NOTICE_IS_SUSPENDED:
		return TG_DEADLINE_SUSPENDED;
	case TG_NOTICE_IS_QUASHED:
	case TG_NOTICE_IS_REVOKED:
	case TG_NOTICE_IS_SPENT:
		return TG_DEADLINE_GONE;
	case TG_NOTICE_IS_INTENDED:
	case TG_NOTICE_IS_GIVEN:
	case TG_NOTICE_IS_IN_EFFECT:
		break;
	}
	return TG_DEADLINE_AHEAD;
}

static void add_tasks(tg_notice_case *c, int32_t today)
{
	for (size_t i = 0; i < c->task_count && c->deadline_count < TG_NOTICE_DEADLINES_MAX; i++) {
		add(c, c->tasks[i].what, "the notice", c->tasks[i].by, of_task(c, c->tasks[i].done), today);
		c->deadlines[c->deadline_count - 1].task = (int)i + 1;
		c->deadlines[c->deadline_count - 1].event = c->tasks[i].done;
	}
}

int tg_notice_case_of(tg_notice_case *out, const tg_casework *book, const char *id, int32_t today, tg_error *err)
{
	*out = (tg_notice_case){ .kind = -1, .service = -1, .result = -1, .intended = TG_DAY_NONE, .intent_expires = TG_DAY_NONE,
		.given = TG_DAY_NONE, .deemed = TG_DAY_NONE, .effective = TG_DAY_NONE, .varied = TG_DAY_NONE, .revoked = TG_DAY_NONE,
		.lodged = TG_DAY_NONE, .admitted = TG_DAY_NONE, .decided = TG_DAY_NONE, .suspended = TG_DAY_NONE, .revived = TG_DAY_NONE,
		.appeal_last = TG_DAY_NONE, .appeal_basis = "" };
	for (size_t i = 0; i < book->count; i++)
		if (strcmp(book->events[i].of, id) == 0 && (out->added != NULL || book->events[i].kind == TG_NOTICE_ADDED))
			take_event(out, &book->events[i]);
	if (out->added == NULL || out->kind < 0)
		return tg_fail(err, TG_ENOTFOUND, "no notice \"%s\" in casework; notice list --all tells which there are", id);
	out->appeal_basis = laws[out->kind].appeal_basis;
	if (out->appeal_basis[0] != '\0' && out->given != TG_DAY_NONE)
		out->appeal_last = tg_appeal_last_day(out->varied != TG_DAY_NONE ? out->varied : given_in_law(out));
	out->state = state_on(out, today);
	if (out->closed)
		return TG_OK;
	add_intent(out, today);
	add_given(out, today);
	add_tasks(out, today);
	return TG_OK;
}

/* ---- may it be ---- */

bool tg_notice_appeal_in_time(const tg_notice_case *c, int32_t on)
{
	return c->appeal_last != TG_DAY_NONE && on <= c->appeal_last;
}

static int refuse_unless(bool good, const tg_notice_case *c, const char *words, tg_error *err)
{
	return good ? TG_OK : tg_fail(err, TG_ESTATE, "%s: %s", c->id, words);
}

static int check_appeal(const tg_notice_case *c, tg_notice_event event, int32_t on, tg_error *err)
{
	bool decided = c->decided != TG_DAY_NONE, suspended = c->suspended != TG_DAY_NONE && c->revived == TG_DAY_NONE;

	if (event == TG_NOTICE_LODGED)
		return refuse_unless(c->appeal_last != TG_DAY_NONE && c->lodged == TG_DAY_NONE && on >= c->given, c,
			"an appeal is lodged once, against what was given", err);
	if (event == TG_NOTICE_ADMITTED)
		return refuse_unless(c->lodged_late && c->admitted == TG_DAY_NONE && on >= c->lodged, c,
			"only a late appeal is admitted, and once", err);
	if (event == TG_NOTICE_DECIDED)
		return refuse_unless(pending_from(c) != TG_DAY_NONE && !decided && on >= pending_from(c), c, "no appeal is pending then", err);
	if (event == TG_NOTICE_SUSPENDED)
		return refuse_unless(decided && c->result != DECISION_ALLOWED && !suspended && on >= c->decided, c,
			"only what an appeal left in effect can be suspended (s. 33(9))", err);
	if (event == TG_NOTICE_REVIVED)
		return refuse_unless(suspended && on >= c->suspended, c, "it is not suspended", err);
	return refuse_unless((pending_from(c) != TG_DAY_NONE && !decided) || suspended, c,
		"a sale can be signed off only while the notice is of no effect (s. 33(8)-(9))", err);
}

/* What is closed has no deadlines any more: nobody would be told of what the notice still asks for. */
static int check_closed(const tg_notice_case *c, tg_error *err)
{
	for (size_t i = 0; i < c->task_count; i++) {
		tg_deadline_status status = of_task(c, c->tasks[i].done);

		if (status == TG_DEADLINE_AHEAD || status == TG_DEADLINE_SUSPENDED)
			return tg_fail(err, TG_ESTATE, "%s: task %zu is open; record it (task-done), or what ended the notice (revoked, appeal-decided)",
				c->id, i + 1);
	}
	return TG_OK;
}

int tg_notice_event_check(const tg_notice_case *c, tg_notice_event event, int32_t on, int64_t task, tg_error *err)
{
	bool given = c->given != TG_DAY_NONE;

	if (c->closed)
		return tg_fail(err, TG_ESTATE, "%s is closed", c->id);
	switch (event) {
	case TG_NOTICE_GIVEN:
		return refuse_unless(!given, c, "it was given already", err);
	case TG_NOTICE_GENUINE:
		return refuse_unless(!c->genuine, c, "it was checked already", err);
	case TG_NOTICE_CLEARED:
		return refuse_unless(c->intended != TG_DAY_NONE && !given, c, "counsel clears a notice of intent only, before the notice itself", err);
	case TG_NOTICE_REPRESENTED:
		return refuse_unless(c->intended != TG_DAY_NONE, c, "there is no notice of intent", err);
	case TG_NOTICE_REVOKED:
		return refuse_unless(given && c->revoked == TG_DAY_NONE && on >= c->given, c, "only what was given is revoked, and once", err);
	case TG_NOTICE_AMENDED:
		return refuse_unless(given && c->revoked == TG_DAY_NONE && on >= c->given, c, "only what was given is varied", err);
	case TG_NOTICE_TASK_DONE:
		return refuse_unless(task >= 1 && task <= (int64_t)c->task_count && c->tasks[task - 1].done == NULL, c,
			"no such task is open; notice show numbers them", err);
	case TG_NOTICE_LODGED:
	case TG_NOTICE_ADMITTED:
	case TG_NOTICE_DECIDED:
	case TG_NOTICE_SIGNED_OFF:
	case TG_NOTICE_SUSPENDED:
	case TG_NOTICE_REVIVED:
		return check_appeal(c, event, on, err);
	case TG_NOTICE_CLOSED:
		return check_closed(c, err);
	case TG_NOTICE_ADDED:
	case TG_NOTICE_RESPONDED:
	case TG_NOTICE_NOTED:
		break;
	}
	return TG_OK;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_failure_show.c - tillgate-hq failure: list, show.
 */
#include "plugin/gate/verdict.h"
#include "sync/hq/cmd_failure.h"

#include <stdio.h>

/* ---- one case ---- */

static const char *day_or(char text[TG_DAY_TEXT_SIZE], int32_t day, const char *none)
{
	return day == TG_DAY_NONE ? none : tg_day_format(text, day);
}

static void print_step(const tg_failure_case *c, tg_failure_step step)
{
	const tg_step_state *s = &c->steps[step];
	const tg_step_law *law = &tg_step_laws[step];
	char day[TG_DAY_TEXT_SIZE];

	(void)printf("%-8s %s: %s\n", s->overdue ? "OVERDUE" : tg_step_status_words[s->status], tg_failure_steps[step], law->what);
	(void)printf("         %s; in law: %s\n", law->basis[c->role], law->when[c->role]);
	if (s->due != TG_DAY_NONE)
		(void)printf("         by %s: %s (" TG_CLOCK_WORDS ")\n", tg_day_format(day, s->due), law->clock);
	if (s->event != NULL)
		(void)printf("         %s on %s, recorded by %s; evidence: %s%s%s%s\n", tg_case_text(s->event, "result"),
			tg_day_format(day, s->event->on), s->event->by,
			tg_case_text(s->event, "evidence")[0] == '\0' ? "none" : tg_case_text(s->event, "evidence"),
			tg_case_text(s->event, "note")[0] == '\0' ? "" : "; ", tg_case_text(s->event, "note"),
			tg_case_flag(s->event, "out_of_order") ? "; out of order" : "");
	if (s->why[0] != '\0')
		(void)printf("         %s%s\n", s->status == TG_STEP_IS_WAITING ? "waits: " : "", s->why);
}

static void print_facts(const tg_failure_case *c)
{
	char day[TG_DAY_TEXT_SIZE];

	(void)printf("our role: %s; aware since %s; told by %s%s%s%s: %s\n", tg_failure_roles[c->role], tg_day_format(day, c->aware),
		tg_told_by_words[c->told_by], c->informant[0] == '\0' ? "" : " (", c->informant, c->informant[0] == '\0' ? "" : ")", c->source);
	(void)printf("details: %s\n", c->details);
	(void)printf("risks known: %s\n", c->risks[0] == '\0' ? "none" : c->risks);
	(void)printf("remedy by the manufacturer: %s; successful: %s\n", c->remedy[0] == '\0' ? "none known" : c->remedy,
		c->remedy_worked < 0 ? "not known" : tg_worked_words[c->remedy_worked]);
	(void)printf("manufacturer aware: %s\nauthority notified: %s\n", c->manufacturer_aware.words, c->authority_notified.words);
	if (!c->offered)
		(void)printf("never made available by us: s. 25 (19) begins when it is, which includes offering; the steps below are then policy, "
			     "but for the stop (s. 23, 16)\n");
}

static void print_end(const tg_failure_case *c)
{
	char day[TG_DAY_TEXT_SIZE], until[TG_DAY_TEXT_SIZE];
	bool by_law = c->role != TG_ROLE_IS_DISTRIBUTOR;

	if (c->state != TG_CASE_CLOSED)
		return;
	(void)printf("closed on %s as %s: %s\n", tg_day_format(day, c->closed), tg_failure_outcomes[c->outcome], c->reason);
	(void)printf("The gate stops it no more from that day on, once this is published: s. 23 bars what is known or believed, and that is over.\n");
	(void)printf("Keep casework until %s at least: ten years beginning with the day of the record (%s).\n",
		tg_day_format(until, tg_day_last_of_years(c->closed, TG_CASE_KEEP_YEARS)),
		by_law ? c->role == TG_ROLE_IS_IMPORTER ? "PSTI Act 2022 s. 20(4)" : "PSTI Act 2022 s. 12(4)" : TG_CLOCK_WORDS " for a distributor");
}

void tg_failure_print(const tg_failure_case *c, int32_t today)
{
	char a[TG_DAY_TEXT_SIZE], b[TG_DAY_TEXT_SIZE];

	(void)printf("failure %s: %s; informed %s, believed %s\n", c->id, tg_failure_state_word(c), day_or(a, c->informed, "-"),
		day_or(b, c->believed, "-"));
	print_facts(c);
	(void)printf("steps, in their order (law as of " TG_LAW_AS_OF "; days are our clocks, " TG_CLOCK_WORDS "):\n");
	for (int step = 0; step < TG_FAILURE_STEPS; step++)
		if (c->steps[step].status != TG_STEP_IS_NOT_OURS)
			print_step(c, (tg_failure_step)step);
	print_end(c);
	(void)printf("%zu steps open, %zu overdue on %s. Nothing is sent by tillgate: send it, and record it.\n", c->open, c->overdue,
		tg_day_format(a, today));
}

/* ---- for programs ---- */

static void set_day(tg_json *json, const char *name, int32_t day)
{
	char text[TG_DAY_TEXT_SIZE];

	if (day != TG_DAY_NONE)
		tg_json_set_str(json, name, tg_day_format(text, day));
}

static tg_json *step_json(const tg_failure_case *c, tg_failure_step step)
{
	const tg_step_state *s = &c->steps[step];
	tg_json *json = tg_json_new_object();

	tg_json_set_str(json, "step", tg_failure_steps[step]);
	tg_json_set_str(json, "status", tg_step_status_words[s->status]);
	tg_json_set_str(json, "what", tg_step_laws[step].what);
	tg_json_set_str(json, "basis", tg_step_laws[step].basis[c->role]);
	tg_json_set_str(json, "when", tg_step_laws[step].when[c->role]);
	set_day(json, "due", s->due);
	if (s->due != TG_DAY_NONE)
		tg_json_set_str(json, "due_is", TG_CLOCK_WORDS);
	tg_json_set_bool(json, "overdue", s->overdue);
	if (s->why[0] != '\0')
		tg_json_set_str(json, "why", s->why);
	if (s->event != NULL)
		tg_json_set(json, "recorded", tg_json_copy(s->event->json));
	return json;
}

static tg_json *answer_json(const tg_case_answer *answer)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_bool(json, "yes", answer->yes);
	tg_json_set_str(json, "words", answer->words);
	return json;
}

static void set_whole(tg_json *json, const tg_failure_case *c)
{
	tg_json *steps = tg_json_new_array();

	for (int step = 0; step < TG_FAILURE_STEPS; step++)
		if (c->steps[step].status != TG_STEP_IS_NOT_OURS)
			tg_json_add(steps, step_json(c, (tg_failure_step)step));
	tg_json_set(json, "steps", steps);
	tg_json_set_str(json, "source", c->source);
	tg_json_set_str(json, "told_by", tg_told_by_words[c->told_by]);
	tg_json_set_str(json, "details", c->details);
	tg_json_set_str(json, "risks", c->risks);
	tg_json_set_str(json, "remedy", c->remedy);
	tg_json_set(json, "manufacturer_aware", answer_json(&c->manufacturer_aware));
	tg_json_set(json, "authority_notified", answer_json(&c->authority_notified));
	tg_json_set_str(json, "law_as_of", TG_LAW_AS_OF);
	if (c->record != NULL)
		tg_json_set(json, "record", tg_json_copy(c->record));
}

tg_json *tg_failure_json(const tg_failure_case *c, bool whole)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_str(json, "failure", c->id);
	tg_json_set_str(json, "state", tg_failure_state_word(c));
	tg_json_set_str(json, "role", tg_failure_roles[c->role]);
	set_day(json, "aware", c->aware);
	set_day(json, "informed", c->informed);
	set_day(json, "believed", c->believed);
	set_day(json, "closed", c->closed);
	if (c->state == TG_CASE_CLOSED) {
		tg_json_set_str(json, "outcome", tg_failure_outcomes[c->outcome]);
		tg_json_set_str(json, "reason", c->reason);
	}
	tg_json_set_int(json, "open", (int64_t)c->open);
	tg_json_set_int(json, "overdue", (int64_t)c->overdue);
	if (whole)
		set_whole(json, c);
	return json;
}

int tg_failure_show(const tg_case_args *args, const char *id, int *code, tg_error *err)
{
	tg_failure_case c;
	tg_case_site site;
	int rc = tg_case_open(&site, args->cli.dir, TG_BOOK_FAILURES, false, err);

	if (rc == TG_OK)
		rc = tg_failure_case_of(&c, &site.book, id, args->today, err);
	if (rc == TG_OK) {
		*code = c.overdue > 0 ? TG_EXIT_OVERDUE : TG_EXIT_OK;
		if (args->cli.json)
			*code = tg_cli_print(tg_failure_json(&c, true), *code);
		else
			tg_failure_print(&c, args->today);
	}
	tg_case_close(&site);
	return rc;
}

/* ---- all of them ---- */

static void print_line(const tg_failure_case *c)
{
	char day[TG_DAY_TEXT_SIZE];
	const char *next = "";

	for (int step = 0; step < TG_FAILURE_STEPS && next[0] == '\0'; step++)
		if (c->steps[step].status == TG_STEP_IS_OPEN)
			next = tg_failure_steps[step];
	(void)printf("%s  %s since %s  %zu open, %zu overdue%s%s\n", c->id, tg_failure_state_word(c),
		tg_day_format(day, c->state == TG_CASE_CLOSED ? c->closed : c->state == TG_CASE_KNOWN ? c->believed : c->aware), c->open, c->overdue,
		next[0] == '\0' ? "" : "; next: ", next);
}

int tg_failure_list(const tg_case_args *args, int *code, tg_error *err)
{
	tg_json *list = tg_json_new_array();
	size_t overdue = 0, count = 0;
	tg_case_site site;
	int rc = tg_case_open(&site, args->cli.dir, TG_BOOK_FAILURES, false, err);

	for (size_t i = 0; i < site.book.count && rc == TG_OK; i++) {
		tg_failure_case c;

		if (site.book.events[i].kind != TG_FAILURE_OPENED)
			continue;
		rc = tg_failure_case_of(&c, &site.book, site.book.events[i].of, args->today, err);
		if (rc != TG_OK || (c.state == TG_CASE_CLOSED && !args->all))
			continue;
		count++;
		overdue += c.overdue;
		if (args->cli.json)
			tg_json_add(list, tg_failure_json(&c, false));
		else
			print_line(&c);
	}
	*code = overdue > 0 ? TG_EXIT_OVERDUE : TG_EXIT_OK;
	if (rc == TG_OK && args->cli.json) {
		*code = tg_cli_print(list, *code);
		list = NULL;
	} else if (rc == TG_OK) {
		(void)printf("%zu failures, %zu steps overdue (our clocks: " TG_CLOCK_WORDS ")\n", count, overdue);
	}
	tg_json_free(list);
	tg_case_close(&site);
	return rc;
}

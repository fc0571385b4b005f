/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_notice_show.c - tillgate-hq notice: list, show; days, deadlines, and what the gate says from which day on.
 */
#include "plugin/gate/label.h"
#include "sync/hq/cmd_notice.h"

#include <stdio.h>

/* ---- effect ---- */

static const tg_notice_record *record_of(const tg_records *records, const char *id)
{
	for (size_t i = 0; i < records->notice_count; i++)
		if (strcmp(records->notices[i].id, id) == 0)
			return &records->notices[i];
	return NULL;
}

static bool count_one(void *context, size_t product)
{
	(void)product;
	(*(size_t *)context)++;
	return true;
}

int tg_notice_effect_of(tg_notice_effect *out, const tg_site *site, const char *id, int32_t today, bool quiet, tg_error *err)
{
	const tg_notice_record *record;
	tg_error why = { 0 };
	int rc = tg_present_open(&out->present, site, today, quiet, &why);

	if (rc == TG_ENOMEM)
		return tg_fail(err, rc, "%s", why.msg);
	record = record_of(&out->present.records, id);
	if (record == NULL)
		return TG_OK;
	out->stretch_count = tg_against_notice(out->stretches, record);
	if (rc != TG_OK) {
		(void)snprintf(out->why, sizeof(out->why), "%s", why.msg);
		return TG_OK;
	}
	tg_reach_each(&out->present.index, &record->reach, count_one, &out->products);
	if (tg_effect_unit_of(&out->unit, &out->present.index, &record->reach))
		out->row_count = tg_effect_of(out->rows, out->stretches, out->stretch_count, &out->present, &out->unit);
	else
		(void)snprintf(out->why, sizeof(out->why), "it names no product of ours");
	return TG_OK;
}

void tg_notice_effect_fini(tg_notice_effect *effect)
{
	tg_present_close(&effect->present);
}

static void print_effect(const tg_notice_effect *e)
{
	char from[TG_DAY_TEXT_SIZE], to[TG_DAY_TEXT_SIZE], gtin[15];

	if (e->stretch_count == 0) {
		(void)printf("at the gate: nothing\n");
		return;
	}
	if (e->row_count == 0) {
		(void)printf("at the gate: it could not be asked (%s); by the record:\n", e->why);
		for (size_t i = 0; i < e->stretch_count; i++)
			(void)printf("  %s .. %-10s  %s\n", tg_day_format(from, e->stretches[i].from), tg_day_format(to, e->stretches[i].to),
				tg_stretch_words(&e->stretches[i]));
		return;
	}
	(void)printf("at the gate, once this is published; of %zu products asked for %s%s%s%s%s:\n", e->products,
		tg_gtin_format(gtin, e->unit.gtin), e->unit.batch[0] == '\0' ? "" : ", batch ", e->unit.batch,
		e->unit.serial[0] == '\0' ? "" : ", serial ", e->unit.serial);
	(void)printf("  %-24s %-14s %-14s %-14s %-14s %s\n", "from .. to", "sale (row)", "dispatch", "goods-in", "return", "what stands");
	for (size_t i = 0; i < e->row_count; i++) {
		static const tg_operation ops[] = { TG_OP_SALE, TG_OP_DISPATCH, TG_OP_GOODS_IN, TG_OP_RETURN };
		const tg_effect_row *r = &e->rows[i];

		(void)printf("  %s .. %-10s", tg_day_format(from, r->from), tg_day_format(to, r->to));
		for (size_t k = 0; k < TG_COUNT(ops); k++) {
			char cell[24];

			(void)snprintf(cell, sizeof(cell), "%s (%s)", r->could_not_check ? "no check" : tg_outcome_words[r->outcome[ops[k]]],
				r->row[ops[k]]);
			(void)printf(" %-14s", cell);
		}
		(void)printf(" %s\n", r->stands);
	}
}

/* ---- one notice ---- */

static void print_day(const char *what, int32_t day)
{
	char text[TG_DAY_TEXT_SIZE];

	if (day != TG_DAY_NONE)
		(void)printf("; %s %s", what, tg_day_format(text, day));
}

static void print_deadline(const tg_deadline *d)
{
	char day[TG_DAY_TEXT_SIZE];

	(void)printf("  %-9s %-10s  ", tg_deadline_words[d->status], d->day == TG_DAY_NONE ? "no day" : tg_day_format(day, d->day));
	if (d->task > 0)
		(void)printf("task %d: ", d->task);
	(void)printf("%s (%s)\n", d->what, d->basis);
}

void tg_notice_print(const tg_notice_case *c, const tg_notice_effect *effect, int32_t today)
{
	char day[TG_DAY_TEXT_SIZE];

	(void)printf("notice %s: %s, %s%s", c->id, tg_notice_words[c->kind], tg_notice_state_words[c->state], c->closed ? ", closed" : "");
	print_day("intended", c->intended);
	print_day("came", c->given);
	print_day("treated as given (s. 50)", c->deemed);
	print_day("duty begins", c->effective);
	print_day("varied", c->varied);
	print_day("revoked from", c->revoked);
	(void)printf("\nsource: %s%s%s; genuine: %s%s\n", c->source, c->section[0] == '\0' ? "" : "; ", c->section,
		c->genuine ? "checked" : c->record != NULL ? "not checked yet: its products are on hold" : "not checked yet", c->urgent ? "; urgent" : "");
	if (c->tells_customers)
		(void)printf("customers are to be told of the risks (ss. 29(4), 30): keep it as a task\n");
	if (c->lodged != TG_DAY_NONE) {
		(void)printf("appeal lodged %s%s", tg_day_format(day, c->lodged), c->lodged_late ? ", late: of no effect until it is admitted" : "");
		print_day("admitted", c->admitted);
		print_day("decided", c->decided);
		(void)printf("%s%s", c->result < 0 ? "" : ": ", c->result < 0 ? "" : tg_decision_words[c->result]);
		print_day("suspended", c->suspended);
		print_day("in effect again", c->revived);
		(void)printf("\n");
	}
	if (effect != NULL)
		print_effect(effect);
	(void)printf("days (on %s; working days are Monday to Friday, bank holidays are not known and make days early, never late):\n",
		tg_day_format(day, today));
	for (size_t i = 0; i < c->deadline_count; i++)
		print_deadline(&c->deadlines[i]);
	(void)printf("%zu overdue, %zu answers on record%s\n", c->overdue, c->responses,
		c->state == TG_NOTICE_IS_APPEALED || c->state == TG_NOTICE_IS_SUSPENDED ? ". Sections 22 and 23 go on applying whatever becomes of the notice"
											: "");
}

/* ---- for programs ---- */

static void set_day(tg_json *json, const char *name, int32_t day)
{
	char text[TG_DAY_TEXT_SIZE];

	if (day != TG_DAY_NONE)
		tg_json_set_str(json, name, tg_day_format(text, day));
}

static tg_json *effect_json(const tg_notice_effect *e)
{
	tg_json *list = tg_json_new_array();

	for (size_t i = 0; i < e->row_count; i++) {
		tg_json *row = tg_json_new_object();

		set_day(row, "from", e->rows[i].from);
		set_day(row, "to", e->rows[i].to);
		tg_json_set_str(row, "stands", e->rows[i].stands);
		tg_json_set_bool(row, "could_not_check", e->rows[i].could_not_check);
		for (int op = 0; op < TG_OP_COUNT; op++) {
			tg_json *cell = tg_json_new_object();

			tg_json_set_str(cell, "outcome", tg_outcome_words[e->rows[i].outcome[op]]);
			tg_json_set_str(cell, "row", e->rows[i].row[op]);
			tg_json_set(row, tg_operation_words[op], cell);
		}
		tg_json_add(list, row);
	}
	return list;
}

static tg_json *stretches_json(const tg_notice_effect *e)
{
	tg_json *list = tg_json_new_array();

	for (size_t i = 0; i < e->stretch_count; i++) {
		tg_json *item = tg_json_new_object();

		set_day(item, "from", e->stretches[i].from);
		set_day(item, "to", e->stretches[i].to);
		tg_json_set_str(item, "stands", tg_stretch_words(&e->stretches[i]));
		tg_json_add(list, item);
	}
	return list;
}

static tg_json *deadlines_json(const tg_notice_case *c)
{
	tg_json *list = tg_json_new_array();

	for (size_t i = 0; i < c->deadline_count; i++) {
		const tg_deadline *d = &c->deadlines[i];
		tg_json *item = tg_json_new_object();

		tg_json_set_str(item, "what", d->what);
		tg_json_set_str(item, "basis", d->basis);
		set_day(item, "day", d->day);
		tg_json_set_str(item, "status", tg_deadline_words[d->status]);
		if (d->task > 0)
			tg_json_set_int(item, "task", d->task);
		tg_json_add(list, item);
	}
	return list;
}

tg_json *tg_notice_json(const tg_notice_case *c, const tg_notice_effect *effect)
{
	tg_json *json = tg_json_new_object();
	const struct {
		const char *name;
		int32_t day;
	} days[] = { { "intended", c->intended }, { "intent_expires", c->intent_expires }, { "given", c->given }, { "deemed", c->deemed },
		{ "effective", c->effective }, { "varied", c->varied }, { "revoked", c->revoked }, { "appeal_last_day", c->appeal_last },
		{ "appeal_lodged", c->lodged }, { "appeal_admitted", c->admitted }, { "appeal_decided", c->decided },
		{ "suspended", c->suspended }, { "suspension_ended", c->revived } };

	tg_json_set_str(json, "notice", c->id);
	tg_json_set_str(json, "kind", tg_notice_words[c->kind]);
	tg_json_set_str(json, "state", tg_notice_state_words[c->state]);
	tg_json_set_bool(json, "closed", c->closed);
	tg_json_set_bool(json, "genuine", c->genuine);
	for (size_t i = 0; i < TG_COUNT(days); i++)
		set_day(json, days[i].name, days[i].day);
	tg_json_set(json, "deadlines", deadlines_json(c));
	tg_json_set_int(json, "overdue", (int64_t)c->overdue);
	tg_json_set_int(json, "responses", (int64_t)c->responses);
	if (effect == NULL)
		return json;
	tg_json_set(json, "effect", effect_json(effect));
	tg_json_set(json, "stretches", stretches_json(effect));
	if (effect->why[0] != '\0')
		tg_json_set_str(json, "effect_not_asked", effect->why);
	return json;
}

int tg_notice_show(const tg_case_args *args, const char *id, int *code, tg_error *err)
{
	tg_notice_effect effect = { 0 };
	tg_notice_case c;
	tg_case_site site;
	int rc = tg_case_open(&site, args->cli.dir, TG_BOOK_NOTICES, false, err);

	if (rc == TG_OK)
		rc = tg_notice_case_of(&c, &site.book, id, args->today, err);
	if (rc == TG_OK)
		rc = tg_notice_effect_of(&effect, &site.site, id, args->today, args->cli.json, err);
	if (rc == TG_OK) {
		*code = c.overdue > 0 ? TG_EXIT_OVERDUE : TG_EXIT_OK;
		if (args->cli.json)
			*code = tg_cli_print(tg_notice_json(&c, &effect), *code);
		else
			tg_notice_print(&c, &effect, args->today);
	}
	tg_notice_effect_fini(&effect);
	tg_case_close(&site);
	return rc;
}

/* ---- all of them ---- */

/* What comes next: the deadline with the earliest day that is ahead or overdue. */
static const tg_deadline *next_of(const tg_notice_case *c)
{
	const tg_deadline *next = NULL;

	for (size_t i = 0; i < c->deadline_count; i++) {
		const tg_deadline *d = &c->deadlines[i];

		if ((d->status == TG_DEADLINE_AHEAD || d->status == TG_DEADLINE_OVERDUE) && d->day != TG_DAY_NONE &&
			(next == NULL || d->day < next->day))
			next = d;
	}
	return next;
}

static void print_line(const tg_notice_case *c)
{
	const tg_deadline *next = next_of(c);
	char day[TG_DAY_TEXT_SIZE];

	(void)printf("%s  %s, %s%s  %zu overdue", c->id, tg_notice_words[c->kind], tg_notice_state_words[c->state], c->closed ? ", closed" : "",
		c->overdue);
	if (next != NULL)
		(void)printf("; next: %s %s (%s)", tg_day_format(day, next->day), next->what, next->basis);
	(void)printf("\n");
}

int tg_notice_list(const tg_case_args *args, int *code, tg_error *err)
{
	tg_json *list = tg_json_new_array();
	size_t overdue = 0, count = 0;
	tg_case_site site;
	int rc = tg_case_open(&site, args->cli.dir, TG_BOOK_NOTICES, false, err);

	for (size_t i = 0; i < site.book.count && rc == TG_OK; i++) {
		tg_notice_case c;

		if (site.book.events[i].kind != TG_NOTICE_ADDED)
			continue;
		rc = tg_notice_case_of(&c, &site.book, site.book.events[i].of, args->today, err);
		if (rc != TG_OK || (c.closed && !args->all))
			continue;
		count++;
		overdue += c.overdue;
		if (args->cli.json)
			tg_json_add(list, tg_notice_json(&c, NULL));
		else
			print_line(&c);
	}
	*code = overdue > 0 ? TG_EXIT_OVERDUE : TG_EXIT_OK;
	if (rc == TG_OK && args->cli.json) {
		*code = tg_cli_print(list, *code);
		list = NULL;
	} else if (rc == TG_OK) {
		(void)printf("%zu notices, %zu deadlines overdue\n", count, overdue);
	}
	tg_json_free(list);
	tg_case_close(&site);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_notice_record.c - tillgate-hq notice respond --print: everything on record about a notice, as one document.
 *
 * What the regulator may ask for: the notice and its days, what it asked and what was done, our answers, what the gate did from which
 * day on, and room for what a person adds by hand (stock, the log's extract, sign-off).
 */
#include "plugin/gate/label.h"
#include "sync/hq/cmd_notice.h"
#include "sync/hq/page_text.h"

#include <stdio.h>
#include <stdlib.h>

static tg_page_value words(const char *text)
{
	return tg_page_of(TG_PAGE_TEXT, text);
}

static void write_notice(tg_page *page, const tg_notice_case *c)
{
	const struct {
		const char *key, *label;
		int32_t day;
	} days[] = { { "intended", "Notice of intent", c->intended }, { "given", "Came on", c->given },
		{ "deemed", "Treated as given on (PSTI Act 2022 s. 50)", c->deemed }, { "effective", "Duty begins on", c->effective },
		{ "varied", "Varied on", c->varied }, { "revoked", "Revoked from", c->revoked }, { "lodged", "Appeal lodged on", c->lodged },
		{ "admitted", "Late appeal admitted on", c->admitted }, { "decided", "Appeal decided on", c->decided },
		{ "suspended", "Suspended from (PSTI Act 2022 s. 33(9))", c->suspended }, { "revived", "In effect again from", c->revived } };

	tg_page_facts(page, "notice");
	tg_page_fact(page, "id", "Our number", tg_page_of(TG_PAGE_CODE, c->id));
	tg_page_fact(page, "kind", "Kind", words(tg_notice_words[c->kind]));
	tg_page_fact(page, "state", "State", words(tg_notice_state_words[c->state]));
	tg_page_fact(page, "section", "Section and duty, as the notice says", words(c->section));
	tg_page_fact(page, "recipient", "Given to", words(c->recipient));
	tg_page_fact(page, "source", "Where it is", words(c->source));
	tg_page_fact(page, "service", "Means of service", words(c->service < 0 ? "" : tg_service_words[c->service]));
	tg_page_fact(page, "genuine", "Checked that it is genuine (PSTI Act 2022 s. 49)",
		c->genuine ? tg_page_of(TG_PAGE_GOOD, "yes") : tg_page_of(TG_PAGE_OPEN, "not yet"));
	tg_page_fact(page, "owner", "Who looks after it", words(c->owner));
	for (size_t i = 0; i < TG_COUNT(days); i++)
		if (days[i].day != TG_DAY_NONE || i == 1)
			tg_page_fact(page, days[i].key, days[i].label, tg_page_on(days[i].day, NULL));
}

/* What shows that a day was kept. */
static const char *evidence_of(const tg_case_event *e)
{
	static const char *const names[] = { "evidence", "reason", "source" };
	const char *text = "";

	for (size_t i = 0; i < TG_COUNT(names) && e != NULL && text[0] == '\0'; i++)
		text = tg_case_text(e, names[i]);
	return text;
}

static void write_days(tg_page *page, const tg_notice_case *c)
{
	static const tg_page_column columns[] = { { "what", "What" }, { "day", "Day" }, { "status", "Status" }, { "basis", "Basis" },
		{ "evidence", "Evidence" } };

	tg_page_section(page, "days", "Days and tasks");
	tg_page_table(page, "days", "Working days are Monday to Friday; bank holidays are not known, which makes days early, never late", columns,
		TG_COUNT(columns));
	for (size_t i = 0; i < c->deadline_count; i++) {
		const tg_deadline *d = &c->deadlines[i];
		tg_page_value cells[] = { words(d->what), tg_page_on(d->day, "no day"),
			tg_page_of(d->status == TG_DEADLINE_OVERDUE ? TG_PAGE_BAD : TG_PAGE_TEXT, tg_deadline_words[d->status]), words(d->basis),
			tg_page_or(TG_PAGE_TEXT, evidence_of(d->event), "none") };

		tg_page_row(page, cells);
	}
}

static void write_effect(tg_page *page, const tg_notice_effect *e)
{
	static const tg_page_column columns[] = { { "from", "From" }, { "to", "To" }, { "stands", "What stands" }, { "sale", "Sale" },
		{ "dispatch", "Dispatch" }, { "goods_in", "Goods-in" } };
	static const tg_operation ops[] = { TG_OP_SALE, TG_OP_DISPATCH, TG_OP_GOODS_IN };
	char gtin[15];

	tg_page_section(page, "effect", "What the gate does");
	if (e->stretch_count == 0) {
		tg_page_para(page, "The notice stops nothing at the gate.");
		return;
	}
	if (e->row_count == 0)
		tg_page_para(page, "The gate could not be asked: %s.", e->why);
	else
		tg_page_para(page, "%zu products; asked for %s, by the records as they are now.", e->products, tg_gtin_format(gtin, e->unit.gtin));
	tg_page_table(page, "effect", "From day to day; the number is the row of the decision table", columns, TG_COUNT(columns));
	for (size_t i = 0; i < e->row_count; i++) {
		char cells_text[TG_COUNT(ops)][24];
		tg_page_value cells[TG_COUNT(columns)] = { tg_page_on(e->rows[i].from, NULL), tg_page_on(e->rows[i].to, "until further notice"),
			words(e->rows[i].stands) };

		for (size_t k = 0; k < TG_COUNT(ops); k++) {
			(void)snprintf(cells_text[k], sizeof(cells_text[k]), "%s (%s)", tg_outcome_words[e->rows[i].outcome[ops[k]]],
				e->rows[i].row[ops[k]]);
			cells[3 + k] = words(cells_text[k]);
		}
		tg_page_row(page, cells);
	}
}

static void write_answers(tg_page *page, const tg_notice_case *c, const tg_casework *book)
{
	static const tg_page_column columns[] = { { "on", "Day" }, { "to", "To" }, { "asked", "What was asked" }, { "answer", "Our answer" },
		{ "evidence", "Evidence" }, { "by", "By" } };

	tg_page_section(page, "answers", "Our answers");
	tg_page_table(page, "answers", "", columns, TG_COUNT(columns));
	for (size_t i = 0; i < book->count; i++) {
		const tg_case_event *e = &book->events[i];
		tg_page_value cells[] = { tg_page_on(e->on, NULL), words(tg_case_text(e, "to")), words(tg_case_text(e, "asked")),
			words(tg_case_text(e, "answer")), words(tg_case_text(e, "evidence")), words(e->by) };

		if (e->kind == TG_NOTICE_RESPONDED && strcmp(e->of, c->id) == 0)
			tg_page_row(page, cells);
	}
}

/* What an event says in its own words, whichever of these it has. */
static const char *words_of(const tg_case_event *e)
{
	static const char *const names[] = { "answer", "reason", "source", "evidence" };
	const char *text = "";

	for (size_t i = 0; i < TG_COUNT(names) && text[0] == '\0'; i++)
		text = tg_case_text(e, names[i]);
	return text;
}

static void write_history(tg_page *page, const tg_notice_case *c, const tg_casework *book)
{
	static const tg_page_column columns[] = { { "at", "Recorded at (UTC)" }, { "on", "Day" }, { "event", "What" }, { "words", "Words" },
		{ "by", "By" } };

	tg_page_section(page, "history", "Everything on record, in its order");
	tg_page_table(page, "history", "Each line of casework names the hash of the line before", columns, TG_COUNT(columns));
	for (size_t i = 0; i < book->count; i++) {
		const tg_case_event *e = &book->events[i];
		tg_page_value cells[] = { words(e->at), tg_page_on(e->on, NULL), words(e->event), words(words_of(e)), words(e->by) };

		if (strcmp(e->of, c->id) == 0)
			tg_page_row(page, cells);
	}
}

static tg_page *make_page(const tg_case_args *args, const tg_case_site *site, const tg_notice_case *c, const tg_notice_effect *effect)
{
	const tg_page_head head = { "opss-response", "Response record", site->site.owner, args->today, TG_PAGE_DOCUMENT };
	tg_page *page = tg_page_new(&head);

	tg_page_sheet(page, c->id, "Response record of a notice", c->id);
	write_notice(page, c);
	write_days(page, c);
	write_effect(page, effect);
	write_answers(page, c, &site->book);
	write_history(page, c, &site->book);
	tg_page_section(page, "by_hand", "To be added by hand");
	tg_page_form(page, "by_hand");
	tg_page_field(page, "held", "Units held when it came, by site", 3);
	tg_page_field(page, "supplied", "Units supplied already", 2);
	tg_page_field(page, "log", "Extract of the log, and the result of its verification", 2);
	tg_page_field(page, "sign_off", "Signed off by, on", 2);
	return page;
}

static int put_page(const tg_page *page, const tg_case_args *args, int *code, tg_error *err)
{
	tg_json *json = NULL;
	tg_buf text;
	int rc = TG_OK;

	if (args->out != NULL) {
		rc = tg_case_write_page(page, args->out, err);
		if (rc == TG_OK && !args->cli.json)
			(void)printf("%s.html, %s.txt\n", args->out, args->out);
	}
	if (rc == TG_OK && args->cli.json) {
		rc = tg_page_json(&json, page, err);
		if (rc == TG_OK)
			*code = tg_cli_print(json, TG_EXIT_OK);
	} else if (rc == TG_OK && args->out == NULL) {
		tg_buf_init(&text, TG_PAGE_MAX);
		rc = tg_page_text(&text, page, err);
		if (rc == TG_OK && fwrite(text.data, 1, text.len, stdout) != text.len)
			rc = tg_fail_errno(err, TG_EIO, "standard output");
		tg_buf_fini(&text);
	}
	return rc;
}

int tg_notice_print_record(const tg_case_args *args, const char *id, int *code, tg_error *err)
{
	tg_notice_effect effect = { 0 };
	tg_notice_case c;
	tg_page *page = NULL;
	tg_case_site site;
	int rc = tg_case_open(&site, args->cli.dir, TG_BOOK_NOTICES, false, err);

	if (rc == TG_OK)
		rc = tg_notice_case_of(&c, &site.book, id, args->today, err);
	if (rc == TG_OK)
		rc = tg_notice_effect_of(&effect, &site.site, id, args->today, args->cli.json, err);
	if (rc == TG_OK) {
		page = make_page(args, &site, &c, &effect);
		rc = put_page(page, args, code, err);
	}
	tg_page_free(page);
	tg_notice_effect_fini(&effect);
	tg_case_close(&site);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * case_event.c - the members of each event, as a table, and one reader for all of them.
 */
#include "sync/hq/case_event.h"

#include "store/base/encoding.h"
#include "sync/hq/record_reader.h"

const char *const tg_book_files[TG_BOOKS] = { "failures.jsonl", "notices.jsonl" };

tg_record_kind tg_book_kind(tg_book book)
{
	return book == TG_BOOK_FAILURES ? TG_RECORD_FAILURE : TG_RECORD_NOTICE;
}

const char *const tg_failure_states[] = { "suspected", "known", NULL };
const char *const tg_failure_roles[] = { "distributor", "importer", "manufacturer", NULL };
const char *const tg_told_by_words[] = { "manufacturer", "supplier", "importer", "distributor", "authority", "customer", "press",
	"own-test", "other", NULL };
const char *const tg_worked_words[] = { "unknown", "no", "yes", NULL };
const char *const tg_failure_steps[] = { "stop", "investigate", "decide", "contact-manufacturer", "contact-supplier",
	"notify-authority", "notify-manufacturers", "notify-downstream", "notify-supplier", "notify-customers", "remedy", "prevent", NULL };
const char *const tg_step_results[] = { "done", "attempted", "not-possible", "not-needed", NULL };
const char *const tg_failure_outcomes[] = { "remedied", "unfounded", NULL };
const char *const tg_notice_words[] = { "stop", "recall", "compliance", "penalty", "forfeiture", "information", NULL };
const char *const tg_service_words[] = { "hand", "post", "electronic", NULL };
const char *const tg_decision_words[] = { "dismissed", "allowed", "varied", NULL };

/* ---- the table ---- */

typedef enum { END, TEXT, DAY, WORD, FLAG, NUMBER, TASKS, RECORD } member_type;

struct member {
	const char *name;
	member_type type;
	bool need;
	const char *const *words;
};

struct form {
	const char *event;
	struct member members[20]; /* the longest has 19; END ends */
};

#define NEED(name, type) { name, type, true, NULL }
#define MAY(name, type) { name, type, false, NULL }
#define FACTS                                                                                                \
	MAY("risks", TEXT), MAY("remedy", TEXT), { "remedy_worked", WORD, false, tg_worked_words },  \
		MAY("manufacturer", TEXT), MAY("supplier", TEXT)

static const struct form failure_forms[] = {
	[TG_FAILURE_OPENED] = { "opened", { { "state", WORD, true, tg_failure_states }, { "role", WORD, true, tg_failure_roles },
		MAY("informed", DAY), MAY("believed", DAY), NEED("source", TEXT), { "told_by", WORD, true, tg_told_by_words },
		MAY("informant", TEXT), MAY("says_manufacturer_aware", FLAG), MAY("says_authority_notified", FLAG), NEED("offered", FLAG),
		NEED("details", TEXT), FACTS, NEED("record", RECORD) } },
	[TG_FAILURE_KNOWN] = { "known", { NEED("on", DAY), NEED("reason", TEXT), NEED("record", RECORD) } },
	[TG_FAILURE_STEP] = { "step", { { "step", WORD, true, tg_failure_steps }, { "result", WORD, true, tg_step_results },
		NEED("on", DAY), MAY("evidence", TEXT), MAY("note", TEXT), MAY("out_of_order", FLAG) } },
	[TG_FAILURE_FACTS] = { "facts", { MAY("details", TEXT), FACTS, MAY("remedy_unlikely", FLAG), MAY("manufacturer_aware", FLAG),
		MAY("record", RECORD) } },
	[TG_FAILURE_CLOSED] = { "closed", { { "outcome", WORD, true, tg_failure_outcomes }, NEED("on", DAY), NEED("reason", TEXT),
		NEED("evidence", TEXT), NEED("record", RECORD) } },
};

#define SERVICE NEED("given", DAY), { "service", WORD, true, tg_service_words }, MAY("deemed", DAY), MAY("effective", DAY)

static const struct form notice_forms[] = {
	[TG_NOTICE_ADDED] = { "added", { { "kind", WORD, true, tg_notice_words }, MAY("section", TEXT), MAY("recipient", TEXT),
		MAY("intended", DAY), MAY("intent_expires", DAY), MAY("given", DAY), { "service", WORD, false, tg_service_words },
		MAY("deemed", DAY), MAY("effective", DAY), MAY("urgent", FLAG), MAY("tells_customers", FLAG), MAY("tasks", TASKS),
		NEED("source", TEXT), MAY("owner", TEXT), MAY("record", RECORD) } },
	[TG_NOTICE_GIVEN] = { "given", { SERVICE, MAY("urgent", FLAG), MAY("tells_customers", FLAG), MAY("tasks", TASKS),
		NEED("evidence", TEXT), MAY("record", RECORD) } },
	[TG_NOTICE_GENUINE] = { "genuine", { NEED("on", DAY), NEED("reason", TEXT), MAY("record", RECORD) } },
	[TG_NOTICE_CLEARED] = { "cleared", { NEED("on", DAY), NEED("who", TEXT), NEED("reason", TEXT), NEED("record", RECORD) } },
	[TG_NOTICE_REPRESENTED] = { "represented", { NEED("on", DAY), NEED("evidence", TEXT) } },
	[TG_NOTICE_LODGED] = { "appeal-lodged", { NEED("on", DAY), NEED("evidence", TEXT), MAY("late", FLAG), MAY("record", RECORD) } },
	[TG_NOTICE_ADMITTED] = { "appeal-admitted", { NEED("on", DAY), NEED("evidence", TEXT), NEED("record", RECORD) } },
	[TG_NOTICE_DECIDED] = { "appeal-decided", { NEED("on", DAY), { "result", WORD, true, tg_decision_words }, NEED("evidence", TEXT),
		NEED("record", RECORD) } },
	[TG_NOTICE_SIGNED_OFF] = { "signed-off", { NEED("on", DAY), NEED("who", TEXT), NEED("reason", TEXT), NEED("record", RECORD) } },
	[TG_NOTICE_SUSPENDED] = { "suspended", { NEED("on", DAY), NEED("evidence", TEXT), NEED("record", RECORD) } },
	[TG_NOTICE_REVIVED] = { "suspension-ended", { NEED("on", DAY), NEED("evidence", TEXT), NEED("record", RECORD) } },
	[TG_NOTICE_AMENDED] = { "varied", { NEED("on", DAY), NEED("reason", TEXT), NEED("evidence", TEXT), MAY("effective", DAY),
		MAY("tasks", TASKS), MAY("record", RECORD) } },
	[TG_NOTICE_REVOKED] = { "revoked", { NEED("on", DAY), NEED("evidence", TEXT), MAY("record", RECORD) } },
	[TG_NOTICE_TASK_DONE] = { "task-done", { NEED("task", NUMBER), NEED("on", DAY), NEED("evidence", TEXT) } },
	[TG_NOTICE_RESPONDED] = { "responded", { NEED("on", DAY), NEED("to", TEXT), NEED("answer", TEXT), MAY("asked", TEXT),
		NEED("evidence", TEXT) } },
	[TG_NOTICE_NOTED] = { "noted", { NEED("reason", TEXT) } },
	[TG_NOTICE_CLOSED] = { "closed", { NEED("on", DAY), NEED("reason", TEXT) } },
};

static const struct form *form_of(tg_book book, const char *event, int *kind)
{
	const struct form *forms = book == TG_BOOK_FAILURES ? failure_forms : notice_forms;
	size_t count = book == TG_BOOK_FAILURES ? TG_COUNT(failure_forms) : TG_COUNT(notice_forms);

	for (size_t i = 0; i < count; i++)
		if (strcmp(forms[i].event, event) == 0) {
			*kind = (int)i;
			return &forms[i];
		}
	return NULL;
}

/* ---- reading ---- */

static void read_text(tg_reader *r, const tg_json *json, const struct member *m)
{
	const char *text = m->need ? tg_reader_need_text(r, json, m->name, TG_CASE_TEXT_MAX)
				   : tg_reader_text(r, json, m->name, TG_CASE_TEXT_MAX);

	if (!tg_utf8_plain(text))
		tg_reader_refuse(r, m->name, "holds a character that nobody sees; remove it");
}

static void read_tasks(tg_reader *r, const tg_json *json, const struct member *m)
{
	static const char *const names[] = { "by", "what", NULL };
	static const struct member what = NEED("what", TEXT);
	size_t count = 0, n = 0;
	const tg_json *item = tg_reader_objects(r, &count, json, m->name, names);

	if (count > TG_CASE_TASKS_MAX)
		tg_reader_refuse(r, m->name, "%zu tasks, at most %d are kept", count, TG_CASE_TASKS_MAX);
	for (; item != NULL && !r->bad; item = tg_json_next(item)) {
		tg_reader_item(r, m->name, ++n);
		if (tg_reader_day(r, item, "by") == TG_DAY_NONE)
			tg_reader_refuse(r, "by", "missing; give the last day");
		read_text(r, item, &what);
		tg_reader_leave(r);
	}
}

/* The record was judged when it was put (record_change.h); here it only has to be the one of this case. */
static void read_record(tg_reader *r, const tg_json *json, const struct member *m, const char *of)
{
	const tg_json *record = tg_json_get(json, m->name);
	const char *id = tg_json_str(tg_json_get(record, "id"));

	if (record == NULL && !m->need)
		return;
	if (tg_json_type_of(record) != TG_JSON_OBJECT || id == NULL || strcmp(id, of) != 0)
		tg_reader_refuse(r, m->name, "wanted the record \"%s\" as it was put", of);
}

static void read_member(tg_reader *r, const tg_json *json, const struct member *m, const char *of)
{
	switch (m->type) {
	case TEXT:
		read_text(r, json, m);
		break;
	case DAY:
		if (tg_reader_day(r, json, m->name) == TG_DAY_NONE && m->need)
			tg_reader_refuse(r, m->name, "missing");
		break;
	case WORD:
		if (m->need)
			(void)tg_reader_need_word(r, json, m->name, m->words);
		else
			(void)tg_reader_word(r, json, m->name, m->words, 0);
		break;
	case FLAG:
		if (!tg_reader_flag(r, json, m->name) && m->need && tg_json_get(json, m->name) == NULL)
			tg_reader_refuse(r, m->name, "missing");
		break;
	case NUMBER:
		(void)tg_reader_int(r, json, m->name, 1, TG_CASE_TASKS_MAX);
		break;
	case TASKS:
		read_tasks(r, json, m);
		break;
	case RECORD:
		read_record(r, json, m, of);
		break;
	case END:
		break;
	}
}

/* What every event has. */
static const char *const common[] = { "v", "seq", "prev", "at", "by", "os_user", "of", "event" };
static const struct member texts[] = { NEED("by", TEXT), NEED("os_user", TEXT), NEED("event", TEXT) };

static void read_common(tg_reader *r, tg_case_event *e, const tg_json *json)
{
	const char *prev = tg_reader_hash(r, json, "prev");
	int64_t at_us = 0;

	(void)tg_reader_int(r, json, "v", 1, 1);
	e->seq = tg_reader_int(r, json, "seq", 1, TG_JSON_MAX_INT);
	if ((e->seq == 1) != (prev[0] == '\0') && !r->bad)
		tg_reader_refuse(r, "prev", "the hash of the line before; only the first line has none");
	e->prev = tg_json_str(tg_json_get(json, "prev")) == NULL ? "" : tg_json_str(tg_json_get(json, "prev"));
	e->at = tg_json_str(tg_json_get(json, "at"));
	if (e->at == NULL || tg_utc_parse(&at_us, e->at, NULL) != TG_OK)
		tg_reader_refuse(r, "at", "wanted a time such as 2026-11-23T02:11:52Z");
	e->on = tg_day_in_uk(at_us);
	(void)tg_reader_id(r, json, "of");
	e->of = tg_json_str(tg_json_get(json, "of"));
	for (size_t i = 0; i < TG_COUNT(texts); i++)
		read_text(r, json, &texts[i]);
	e->by = tg_json_str(tg_json_get(json, "by"));
	e->os_user = tg_json_str(tg_json_get(json, "os_user"));
	e->event = tg_json_str(tg_json_get(json, "event"));
}

static void read_form(tg_reader *r, tg_case_event *e, const tg_json *json, tg_book book)
{
	const struct form *form = form_of(book, e->event, &e->kind);
	const char *names[TG_COUNT(common) + TG_COUNT(form->members) + 1];
	size_t count = 0;

	if (form == NULL) {
		tg_reader_refuse(r, "event", "no event \"%s\" is known; a newer tillgate-hq may have written it", e->event);
		return;
	}
	for (size_t i = 0; i < TG_COUNT(common); i++)
		names[count++] = common[i];
	for (const struct member *m = form->members; m->type != END; m++) {
		names[count++] = m->name;
		read_member(r, json, m, e->of);
	}
	names[count] = NULL;
	tg_reader_only(r, json, names);
	if (tg_case_day(e, "on") != TG_DAY_NONE)
		e->on = tg_case_day(e, "on");
}

int tg_case_event_read(tg_case_event *out, const tg_json *json, tg_book book, uint32_t line, tg_error *err)
{
	tg_findings findings = { 0 };
	tg_arena arena = { 0 };
	tg_reader r = { &arena, &findings, { tg_book_files[book], line }, "", false };
	int rc = TG_OK;

	*out = (tg_case_event){ .line = line, .kind = -1, .json = json };
	if (tg_json_type_of(json) != TG_JSON_OBJECT)
		tg_reader_refuse(&r, "", "wanted an object, found %s", tg_json_type_name(json));
	else
		read_common(&r, out, json);
	if (!r.bad)
		read_form(&r, out, json, book);
	if (r.bad)
		rc = findings.count > 0
			     ? tg_fail(err, TG_EFORMAT, "casework/%s:%u: %s: %s", tg_book_files[book], line,
				       findings.list[0].field, findings.list[0].words)
			     : tg_fail(err, TG_ENOMEM, "casework/%s:%u: out of memory", tg_book_files[book], line);
	else if (arena.failed)
		rc = tg_fail(err, TG_ENOMEM, "casework/%s:%u: out of memory", tg_book_files[book], line);
	tg_arena_fini(&arena);
	tg_findings_fini(&findings);
	return rc;
}

/* ---- members ---- */

const char *tg_case_text(const tg_case_event *e, const char *name)
{
	const char *text = tg_json_str(tg_json_get(e->json, name));

	return text == NULL ? "" : text;
}

int32_t tg_case_day(const tg_case_event *e, const char *name)
{
	int32_t day = TG_DAY_NONE;

	return tg_json_opt_day(&day, e->json, name, NULL) == TG_OK ? day : TG_DAY_NONE;
}

bool tg_case_flag(const tg_case_event *e, const char *name)
{
	return tg_json_bool(tg_json_get(e->json, name));
}

int tg_case_word(const tg_case_event *e, const char *name, const char *const *words)
{
	int word = -1;

	return tg_json_opt_word(&word, e->json, name, words, -1, NULL) == TG_OK ? word : -1;
}

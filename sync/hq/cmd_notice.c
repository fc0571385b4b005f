/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_notice.c - tillgate-hq notice: add, step, respond.
 */
#include "sync/hq/cmd_notice.h"

#include "sync/hq/cmd_supplier.h"
#include "sync/hq/deadlines.h"

#include <stdio.h>

static const tg_case_option options[] = { { "by", "by", false }, { "kind", "kind", false }, { "duty", "duty", false },
	{ "genuine", "genuine", true }, { "intended", "intended", false }, { "intent-expires", "intent_expires", false },
	{ "given", "given", false }, { "service", "service", false }, { "deemed", "deemed", false }, { "effective", "effective", false },
	{ "section", "section", false }, { "recipient", "recipient", false }, { "urgent", "urgent", true },
	{ "tells-customers", "tells_customers", true }, { "source", "source", false }, { "owner", "owner", false }, { "on", "on", false },
	{ "who", "who", false }, { "reason", "reason", false }, { "evidence", "evidence", false }, { "result", "result", false },
	{ "number", "number", false }, { "to", "to", false }, { "asked", "asked", false }, { "answer", "answer", false },
	{ "print", "print", true } };

static int show_now(const tg_case_args *args, tg_case_site *site, const char *id, int *code, tg_error *err)
{
	tg_notice_effect effect = { 0 };
	tg_notice_case c;
	int rc;

	tg_casework_fini(&site->book);
	rc = tg_casework_load(&site->book, &site->site, TG_BOOK_NOTICES, err);
	if (rc == TG_OK)
		rc = tg_notice_case_of(&c, &site->book, id, args->today, err);
	if (rc == TG_OK)
		rc = tg_notice_effect_of(&effect, &site->site, id, args->today, args->cli.json, err);
	if (rc == TG_OK && args->cli.json)
		*code = tg_cli_print(tg_notice_json(&c, &effect), TG_EXIT_OK);
	else if (rc == TG_OK)
		tg_notice_print(&c, &effect, args->today);
	tg_notice_effect_fini(&effect);
	return rc;
}

/* ---- days of service ---- */

static void set_day(tg_json *json, const char *name, int32_t day)
{
	char text[TG_DAY_TEXT_SIZE];

	if (day != TG_DAY_NONE)
		tg_json_set_str(json, name, tg_day_format(text, day));
}

/* What was sent electronically is given on the next working day (s. 50), unless somebody says another day. */
static int take_service(tg_json *event, tg_json *record, const tg_case_args *args, tg_error *err)
{
	const char *service = tg_case_arg(args, "service");
	int32_t given, deemed, effective;
	int rc = tg_case_arg_day(&given, args, "given", TG_DAY_NONE, err);

	if (rc == TG_OK)
		rc = tg_case_arg_day(&deemed, args, "deemed", TG_DAY_NONE, err);
	if (rc == TG_OK)
		rc = tg_case_arg_day(&effective, args, "effective", TG_DAY_NONE, err);
	if (rc == TG_OK && given != TG_DAY_NONE && service == NULL)
		rc = tg_fail(err, TG_EINVAL, "--service: wanted hand, post or electronic; the day given depends on it (s. 50)");
	if (rc != TG_OK || given == TG_DAY_NONE)
		return rc;
	if (deemed == TG_DAY_NONE && strcmp(service, "electronic") == 0)
		deemed = tg_deemed_given(given);
	if (effective != TG_DAY_NONE && deemed != TG_DAY_NONE && effective < deemed)
		effective = deemed; /* no duty begins before it is given */
	for (int i = 0; i < 2; i++) {
		tg_json *into = i == 0 ? event : record;

		set_day(into, "given", given);
		set_day(into, "deemed", deemed);
		set_day(into, "effective", effective);
	}
	return TG_OK;
}

/* ---- add ---- */

static int make_record(tg_json **out, tg_json *event, const tg_case_args *args, const char *id, tg_error *err)
{
	static const char *const texts[] = { "kind", "duty", "source", "intended", "intent_expires" };
	tg_json *record = tg_json_new_object();

	*out = record;
	tg_json_set_str(record, "id", id);
	for (size_t i = 0; i < TG_COUNT(texts); i++)
		if (tg_case_arg(args, texts[i]) != NULL)
			tg_json_set_str(record, texts[i], tg_case_arg(args, texts[i]));
	if (tg_case_arg(args, "genuine") != NULL)
		tg_json_set_bool(record, "genuine", true);
	tg_case_args_reach(record, args);
	return take_service(event, record, args, err);
}

static int make_added(tg_json **out, const tg_case_args *args, const char *id, tg_error *err)
{
	static const char *const takes[] = { "kind", "duty", "genuine", "intended", "intent_expires", "given", "service", "deemed",
		"effective", "section", "recipient", "urgent", "tells_customers", "source", "owner", "tasks", NULL };
	const char *kind = tg_case_arg(args, "kind");
	tg_json *record = NULL;
	int rc = tg_case_args_event(out, args, takes, true, err);

	if (rc == TG_OK && (kind == NULL || tg_case_arg(args, "source") == NULL))
		rc = tg_fail(err, TG_EINVAL, "add: wanted --kind stop|recall|compliance|penalty|forfeiture|information and --source WHERE IT IS");
	if (rc == TG_OK && tg_case_arg(args, "intended") == NULL && tg_case_arg(args, "given") == NULL)
		rc = tg_fail(err, TG_EINVAL, "add: when did it come? --given DAY, or --intended DAY for a notice of intent");
	tg_json_remove(*out, "duty");
	tg_json_remove(*out, "genuine");
	if (rc == TG_OK)
		rc = make_record(&record, *out, args, id, err);
	/* An information notice is a task; if it names no product the gate has nothing to do with it. */
	if (rc == TG_OK && (strcmp(kind, "information") != 0 || args->reach != NULL))
		tg_json_set(*out, "record", record);
	else
		tg_json_free(record);
	return rc;
}

static int check_new(const tg_case_site *site, const char *id, tg_error *err)
{
	tg_json *record = NULL;
	tg_notice_case c;
	int rc = tg_record_find(&record, &site->site, TG_RECORD_NOTICE, id, err);

	if (rc == TG_OK && tg_notice_case_of(&c, &site->book, id, 0, NULL) == TG_OK)
		rc = tg_fail(err, TG_ESTATE, "%s is in the register; take another number", id);
	else if (rc == TG_OK && record != NULL)
		rc = tg_fail(err, TG_ESTATE, "%s is in the records, without casework; take another number, or take it out of the records first", id);
	tg_json_free(record);
	return rc;
}

static void warn_early(const tg_case_args *args, const tg_notice_case *c)
{
	int days = tg_notice_intent_days(c->kind);
	char day[TG_DAY_TEXT_SIZE];

	if (c->given == TG_DAY_NONE || c->intended == TG_DAY_NONE || days == 0 || c->given >= tg_intent_earliest(c->intended, days) ||
		args->cli.json)
		return;
	(void)printf("It came before %s, when the days for representations end%s: ask counsel.\n",
		tg_day_format(day, tg_intent_earliest(c->intended, days)), c->kind <= 1 ? " (only an urgent one may)" : "");
}

static int do_add(const tg_case_args *args, const char *id, int *code, tg_error *err)
{
	tg_record_judgement judgement = { 0 };
	tg_json *event = NULL;
	tg_case_site site;
	tg_notice_case c;
	bool puts = false;
	int rc = tg_case_open(&site, args->cli.dir, TG_BOOK_NOTICES, true, err);

	if (rc == TG_OK)
		rc = check_new(&site, id, err);
	if (rc == TG_OK)
		rc = make_added(&event, args, id, err);
	if (rc == TG_OK) {
		puts = tg_json_get(event, "record") != NULL;
		rc = tg_case_change(&judgement, &site, args, "added", id, event, err);
		event = NULL;
	}
	if (rc == TG_OK)
		rc = show_now(args, &site, id, code, err);
	if (rc == TG_OK && tg_notice_case_of(&c, &site.book, id, args->today, err) == TG_OK)
		warn_early(args, &c);
	if (rc == TG_OK && puts)
		tg_case_say_publish(args, &judgement);
	tg_json_free(event);
	tg_record_judgement_fini(&judgement);
	tg_case_close(&site);
	return rc;
}

/* ---- steps ---- */

/* Fills in what the options do not say as they are. `record` is to be changed and put; NULL: there is none. */
typedef int fill_in(tg_json *event, tg_json *record, const tg_case_args *args, const tg_notice_case *c, int32_t on, tg_error *err);

struct verb {
	const char *word;
	tg_notice_event event;
	const char *takes[12];
	bool puts;   /* changes the record */
	bool ahead;  /* its day may be to come */
	fill_in *fill; /* NULL: nothing */
};

static tg_json *day_and(const char *name, int32_t day)
{
	tg_json *json = tg_json_new_object();

	set_day(json, name, day);
	return json;
}

static int fill_given(tg_json *event, tg_json *record, const tg_case_args *args, const tg_notice_case *c, int32_t on, tg_error *err)
{
	tg_json *nowhere = tg_json_new_object();
	int rc;

	(void)c;
	(void)on;
	if (tg_case_arg(args, "given") == NULL)
		rc = tg_fail(err, TG_EINVAL, "given: when did it come? --given DAY --service hand|post|electronic");
	else
		rc = take_service(event, record != NULL ? record : nowhere, args, err);
	tg_json_free(nowhere);
	return rc;
}

static int fill_genuine(tg_json *event, tg_json *record, const tg_case_args *args, const tg_notice_case *c, int32_t on, tg_error *err)
{
	(void)event;
	(void)args;
	(void)c;
	(void)on;
	(void)err;
	tg_json_set_bool(record, "genuine", true);
	return TG_OK;
}

static void set_signature(tg_json *record, const char *name, const tg_case_args *args, int32_t on)
{
	tg_json *signature = day_and("on", on);

	tg_json_set_str(signature, "by", tg_case_arg(args, "who") == NULL ? "" : tg_case_arg(args, "who"));
	tg_json_set(record, name, signature);
}

static int fill_cleared(tg_json *event, tg_json *record, const tg_case_args *args, const tg_notice_case *c, int32_t on, tg_error *err)
{
	(void)event;
	(void)c;
	(void)err;
	set_signature(record, "cleared", args, on);
	return TG_OK;
}

static int fill_signed_off(tg_json *event, tg_json *record, const tg_case_args *args, const tg_notice_case *c, int32_t on, tg_error *err)
{
	(void)event;
	(void)c;
	(void)err;
	set_signature(record, "signed_off", args, on);
	return TG_OK;
}

static int fill_lodged(tg_json *event, tg_json *record, const tg_case_args *args, const tg_notice_case *c, int32_t on, tg_error *err)
{
	char day[TG_DAY_TEXT_SIZE];

	(void)err;
	if (tg_notice_appeal_in_time(c, on)) {
		tg_json_set(record, "appeal", day_and("lodged", on));
		return TG_OK;
	}
	tg_json_set_bool(event, "late", true);
	if (!args->cli.json)
		(void)printf("After %s, the last day (%s): the notice stays in effect until the tribunal admits the appeal (step appeal-admitted).\n",
			tg_day_format(day, c->appeal_last), c->appeal_basis);
	return TG_OK;
}

static int fill_admitted(tg_json *event, tg_json *record, const tg_case_args *args, const tg_notice_case *c, int32_t on, tg_error *err)
{
	(void)event;
	(void)args;
	(void)c;
	(void)err;
	tg_json_set(record, "appeal", day_and("lodged", on));
	return TG_OK;
}

static int fill_decided(tg_json *event, tg_json *record, const tg_case_args *args, const tg_notice_case *c, int32_t on, tg_error *err)
{
	const char *result = tg_case_arg(args, "result");
	tg_json *appeal = tg_json_copy(tg_json_get(record, "appeal"));

	(void)event;
	(void)c;
	if (appeal == NULL || result == NULL) {
		tg_json_free(appeal);
		return tg_fail(err, TG_EINVAL, "appeal-decided: wanted --result dismissed|allowed|varied");
	}
	set_day(appeal, "decided", on);
	tg_json_set_str(appeal, "result", result);
	tg_json_set(record, "appeal", appeal);
	return TG_OK;
}

static int fill_suspended(tg_json *event, tg_json *record, const tg_case_args *args, const tg_notice_case *c, int32_t on, tg_error *err)
{
	(void)event;
	(void)args;
	(void)c;
	(void)err;
	tg_json_set(record, "suspended", day_and("from", on));
	return TG_OK;
}

static int fill_revived(tg_json *event, tg_json *record, const tg_case_args *args, const tg_notice_case *c, int32_t on, tg_error *err)
{
	tg_json *suspended = tg_json_copy(tg_json_get(record, "suspended"));

	(void)event;
	(void)args;
	if (suspended == NULL)
		return tg_fail(err, TG_ESTATE, "%s: its record is not suspended; somebody changed it", c->id);
	set_day(suspended, "until", on);
	tg_json_set(record, "suspended", suspended);
	return TG_OK;
}

static int fill_varied(tg_json *event, tg_json *record, const tg_case_args *args, const tg_notice_case *c, int32_t on, tg_error *err)
{
	int32_t effective;
	int rc = tg_case_arg_day(&effective, args, "effective", TG_DAY_NONE, err);

	(void)event;
	(void)c;
	(void)on;
	if (rc == TG_OK && record != NULL) {
		set_day(record, "effective", effective);
		tg_case_args_reach(record, args);
	}
	return rc;
}

static int fill_revoked(tg_json *event, tg_json *record, const tg_case_args *args, const tg_notice_case *c, int32_t on, tg_error *err)
{
	(void)event;
	(void)args;
	(void)c;
	(void)err;
	if (record != NULL)
		set_day(record, "revoked", on);
	return TG_OK;
}

static int fill_task(tg_json *event, tg_json *record, const tg_case_args *args, const tg_notice_case *c, int32_t on, tg_error *err)
{
	int64_t number = 0;
	int rc = tg_case_arg(args, "number") == NULL
			 ? tg_fail(err, TG_EINVAL, "task-done: which? --number N, as notice show numbers them")
			 : tg_cli_number(&number, tg_case_arg(args, "number"), 1, TG_CASE_TASKS_MAX, "--number", err);

	(void)record;
	tg_json_remove(event, "number");
	tg_json_set_int(event, "task", number);
	return rc == TG_OK ? tg_notice_event_check(c, TG_NOTICE_TASK_DONE, on, number, err) : rc;
}

static const struct verb verbs[] = {
	{ "given", TG_NOTICE_GIVEN, { "given", "service", "deemed", "effective", "urgent", "tells_customers", "tasks", "evidence", NULL }, true, true,
		fill_given },
	{ "genuine", TG_NOTICE_GENUINE, { "on", "reason", NULL }, true, false, fill_genuine },
	{ "cleared", TG_NOTICE_CLEARED, { "on", "who", "reason", NULL }, true, false, fill_cleared },
	{ "represented", TG_NOTICE_REPRESENTED, { "on", "evidence", NULL }, false, false, NULL },
	{ "appeal-lodged", TG_NOTICE_LODGED, { "on", "evidence", NULL }, true, false, fill_lodged },
	{ "appeal-admitted", TG_NOTICE_ADMITTED, { "on", "evidence", NULL }, true, false, fill_admitted },
	{ "appeal-decided", TG_NOTICE_DECIDED, { "on", "result", "evidence", NULL }, true, false, fill_decided },
	{ "signed-off", TG_NOTICE_SIGNED_OFF, { "on", "who", "reason", NULL }, true, false, fill_signed_off },
	{ "suspended", TG_NOTICE_SUSPENDED, { "on", "evidence", NULL }, true, true, fill_suspended },
	{ "suspension-ended", TG_NOTICE_REVIVED, { "on", "evidence", NULL }, true, true, fill_revived },
	{ "varied", TG_NOTICE_AMENDED, { "on", "reason", "evidence", "effective", "tasks", NULL }, true, false, fill_varied },
	{ "revoked", TG_NOTICE_REVOKED, { "on", "evidence", NULL }, true, true, fill_revoked },
	{ "task-done", TG_NOTICE_TASK_DONE, { "on", "number", "evidence", NULL }, false, false, fill_task },
	{ "noted", TG_NOTICE_NOTED, { "reason", NULL }, false, false, NULL },
	{ "closed", TG_NOTICE_CLOSED, { "on", "reason", NULL }, false, false, NULL },
};
static const struct verb responded = { "responded", TG_NOTICE_RESPONDED, { "on", "to", "answer", "asked", "evidence", NULL }, false, false, NULL };

static const struct verb *verb_of(const char *word)
{
	for (size_t i = 0; i < TG_COUNT(verbs); i++)
		if (strcmp(verbs[i].word, word) == 0)
			return &verbs[i];
	return NULL;
}

static int take_on(int32_t *on, tg_json *event, const struct verb *verb, const tg_case_args *args, tg_error *err)
{
	char text[TG_DAY_TEXT_SIZE];
	int rc = tg_case_arg_day(on, args, "on", args->today, err);

	if (rc == TG_OK && *on > args->today && !verb->ahead)
		rc = tg_fail(err, TG_EINVAL, "--on: %s has not come yet", tg_day_format(text, *on));
	for (size_t i = 0; rc == TG_OK && verb->takes[i] != NULL; i++)
		if (strcmp(verb->takes[i], "on") == 0)
			set_day(event, "on", *on);
	return rc;
}

/* The record as it is now, to be changed; NULL if the notice has none because the gate has nothing to do with it. */
static int record_now(tg_json **out, const tg_case_site *site, const tg_notice_case *c, tg_error *err)
{
	int rc = tg_record_find(out, &site->site, TG_RECORD_NOTICE, c->id, err);

	if (rc == TG_OK && *out == NULL && c->record != NULL)
		rc = tg_fail(err, TG_ESTATE, "%s is no longer in records/notices.jsonl: the gate does not know of it; put it back "
					     "(its line is in casework)", c->id);
	return rc;
}

static int make_event(tg_json **out, tg_case_site *site, const tg_case_args *args, const struct verb *verb, const tg_notice_case *c,
	tg_error *err)
{
	tg_json *record = NULL;
	int32_t on = TG_DAY_NONE;
	int rc = tg_case_args_event(out, args, verb->takes, verb->event == TG_NOTICE_AMENDED, err);

	if (rc == TG_OK)
		rc = take_on(&on, *out, verb, args, err);
	if (rc == TG_OK && verb->event != TG_NOTICE_TASK_DONE)
		rc = tg_notice_event_check(c, verb->event, on, 0, err);
	if (rc == TG_OK && verb->puts)
		rc = record_now(&record, site, c, err);
	if (rc == TG_OK && verb->fill != NULL)
		rc = verb->fill(*out, record, args, c, on, err);
	if (rc == TG_OK && record != NULL && !tg_json_bool(tg_json_get(*out, "late")))
		tg_json_set(*out, "record", record);
	else
		tg_json_free(record);
	return rc;
}

static int do_change(const tg_case_args *args, const struct verb *verb, const char *id, int *code, tg_error *err)
{
	tg_record_judgement judgement = { 0 };
	tg_json *event = NULL;
	tg_notice_case c;
	tg_case_site site;
	bool puts = false;
	int rc = tg_case_open(&site, args->cli.dir, TG_BOOK_NOTICES, true, err);

	if (rc == TG_OK)
		rc = tg_notice_case_of(&c, &site.book, id, args->today, err);
	if (rc == TG_OK)
		rc = make_event(&event, &site, args, verb, &c, err);
	if (rc == TG_OK) {
		puts = tg_json_get(event, "record") != NULL;
		rc = tg_case_change(&judgement, &site, args, verb->word, id, event, err);
		event = NULL;
	}
	if (rc == TG_OK)
		rc = show_now(args, &site, id, code, err);
	if (rc == TG_OK && puts)
		tg_case_say_publish(args, &judgement);
	tg_json_free(event);
	tg_record_judgement_fini(&judgement);
	tg_case_close(&site);
	return rc;
}

/* ---- the command ---- */

static int do_step(const tg_case_args *args, const char *id, const char *word, int *code, tg_error *err)
{
	const struct verb *verb = verb_of(word);

	return verb == NULL ? tg_fail(err, TG_EINVAL, "notice: no step \"%s\"; notice --help lists them", word)
			    : do_change(args, verb, id, code, err);
}

static int dispatch(const tg_case_args *args, int argc, char **argv, int *code, tg_error *err)
{
	const char *word = argv[0], *id = argc > 1 ? argv[1] : NULL;

	if (strcmp(word, "list") == 0 && argc == 1)
		return tg_notice_list(args, code, err);
	if (strcmp(word, "step") == 0 && argc == 3)
		return do_step(args, id, argv[2], code, err);
	if (argc != 2)
		return tg_fail(err, TG_EINVAL, "notice: wanted list, or add, show or respond and a number, or step, a number and a step");
	if (strcmp(word, "add") == 0)
		return do_add(args, id, code, err);
	if (strcmp(word, "show") == 0)
		return tg_notice_show(args, id, code, err);
	if (strcmp(word, "respond") == 0)
		return tg_case_arg(args, "print") != NULL ? tg_notice_print_record(args, id, code, err)
							  : do_change(args, &responded, id, code, err);
	return tg_fail(err, TG_EINVAL, "notice: no verb \"%s\"", word);
}

static int run_notice(int argc, char **argv)
{
	tg_error err = { 0 };
	tg_case_args args;
	int c, code = TG_EXIT_OK, rc = TG_OK;
	bool taken = tg_case_args_take(&args, options, TG_COUNT(options), argc, argv, &c, &err);

	if (taken)
		rc = dispatch(&args, argc - optind, argv + optind, &code, &err);
	tg_case_args_fini(&args);
	if (!taken)
		return err.code != TG_OK ? tg_cli_fail(&err) : tg_cli_usage(&tg_command_notice, c);
	return rc == TG_OK ? code : tg_cli_refused(&err);
}

const tg_command tg_command_notice = { "notice", run_notice,
	"notice add ID --kind KIND --given DAY --service HOW|--intended DAY --intent-expires DAY --source WHERE --gtin N … --by NAME | list [--all] | "
	"show ID | step ID STEP --by NAME | respond ID --to WHOM --answer TEXT --evidence REF --by NAME | respond ID --print [--out FILE] [--json] "
	"[-d DIR]",
	"The register of the regulator's notices to us: their days, what is due, what they do at the gate from which day on, and our answers.\n\n"
	"add: which products, as in records: --gtin N, --brand B, --maker M, --type T (each again for more), --batch A[..B], --serial A[..B]\n"
	"  --kind KIND            stop, recall, compliance, penalty, forfeiture, information\n"
	"  --duty supply|other    compliance: is the duty that of section 22 or 23 (15 or 16)\n"
	"  --intended DAY --intent-expires DAY\n"
	"                         of the notice of intent; and the last day on which it holds the products\n"
	"  --given DAY --service hand|post|electronic [--deemed DAY]\n"
	"                         the day it came; sent electronically it is given on the next working day (s. 50)\n"
	"  --effective DAY        the day on which the duty begins, if later\n"
	"  --genuine              somebody checked that it is the regulator's; else its products are on hold\n"
	"  --task \"DAY WHAT\"      what it asks for, and by when; again for more\n"
	"  --section, --recipient, --owner TEXT, --urgent, --tells-customers\n"
	"step: each with --on DAY (today if not said) and --evidence REF, --reason TEXT or --who NAME as its words ask\n"
	"  given, genuine, cleared, represented, appeal-lodged, appeal-admitted, appeal-decided --result dismissed|allowed|varied,\n"
	"  signed-off, suspended, suspension-ended, varied, revoked, task-done --number N, noted, closed\n"
	"respond: --to WHOM --answer TEXT --evidence REF [--asked TEXT] [--on DAY]; --print gives everything on record, to --out FILE.html and .txt\n"
	"list, show: --all, --today DAY; exit with 7 if something is overdue\n" };

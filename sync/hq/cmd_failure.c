/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_failure.c - tillgate-hq failure: open, known, step, facts, close.
 */
#include "sync/hq/cmd_failure.h"

#include "plugin/gate/label.h"
#include "store/catalogue/catalogue.h"
#include "sync/hq/cmd_supplier.h"
#include "sync/hq/effect.h"

#include <stdio.h>

static const tg_case_option options[] = { { "by", "by", false }, { "suspected", "suspected", true }, { "known", "known", true },
	{ "informed", "informed", false }, { "believed", "believed", false }, { "role", "role", false }, { "source", "source", false },
	{ "told-by", "told_by", false }, { "informant", "informant", false }, { "never-offered", "never_offered", true },
	{ "says-manufacturer-aware", "says_manufacturer_aware", true }, { "says-authority-notified", "says_authority_notified", true },
	{ "details", "details", false }, { "risks", "risks", false }, { "remedy", "remedy", false },
	{ "remedy-worked", "remedy_worked", false }, { "manufacturer", "manufacturer", false }, { "supplier", "supplier", false },
	{ "manufacturer-aware", "manufacturer_aware", true }, { "remedy-unlikely", "remedy_unlikely", true }, { "on", "on", false },
	{ "result", "result", false }, { "evidence", "evidence", false }, { "note", "note", false },
	{ "out-of-order", "out_of_order", true }, { "outcome", "outcome", false }, { "reason", "reason", false },
	{ "from", "from", false } };

static tg_json *number_json(const tg_record_judgement *judgement, const tg_failure_case *c)
{
	tg_json *json = tg_failure_json(c, false);

	tg_json_set_int(json, "products", (int64_t)judgement->products);
	tg_json_set_int(json, "errors_elsewhere", (int64_t)judgement->errors_elsewhere);
	return json;
}

/* Reads the book again, as it stands now, and shows the case. */
static int show_now(const tg_case_args *args, tg_case_site *site, const tg_record_judgement *judgement, const char *id, int *code,
	tg_error *err)
{
	tg_failure_case c;
	int rc;

	tg_casework_fini(&site->book);
	rc = tg_casework_load(&site->book, &site->site, TG_BOOK_FAILURES, err);
	if (rc == TG_OK)
		rc = tg_failure_case_of(&c, &site->book, id, args->today, err);
	if (rc != TG_OK)
		return rc;
	if (args->cli.json)
		*code = tg_cli_print(number_json(judgement, &c), TG_EXIT_OK);
	else
		tg_failure_print(&c, args->today);
	return TG_OK;
}

/* ---- open ---- */

/* What a day is, and which of the two a failure begins with. */
static int take_days(tg_json *event, tg_json *record, const tg_case_args *args, tg_error *err)
{
	bool known = tg_case_arg(args, "known") != NULL, suspected = tg_case_arg(args, "suspected") != NULL;
	char text[TG_DAY_TEXT_SIZE];
	int32_t informed, believed;
	int rc = TG_OK;

	if (known == suspected)
		return tg_fail(err, TG_EINVAL, "open: wanted --known (we know or believe it) or --suspected (we were told that it may be)");
	if (suspected && tg_case_arg(args, "believed") != NULL)
		return tg_fail(err, TG_EINVAL, "--believed: what is believed is --known");
	rc = tg_case_arg_day(&informed, args, "informed", suspected ? args->today : TG_DAY_NONE, err);
	if (rc == TG_OK)
		rc = tg_case_arg_day(&believed, args, "believed", known ? args->today : TG_DAY_NONE, err);
	if (rc != TG_OK)
		return rc;
	tg_json_set_str(event, "state", known ? "known" : "suspected");
	if (informed != TG_DAY_NONE) {
		tg_json_set_str(event, "informed", tg_day_format(text, informed));
		tg_json_set_str(record, "informed", text);
	}
	if (believed != TG_DAY_NONE) {
		tg_json_set_str(event, "believed", tg_day_format(text, believed));
		tg_json_set_str(record, "believed", text);
	}
	return TG_OK;
}

/* Which role the records give us for these products, unless it was said. */
static int find_role(tg_json *event, const tg_record_judgement *judgement, tg_error *err)
{
	unsigned roles = judgement->roles;

	if (tg_json_get(event, "role") != NULL)
		return TG_OK;
	if ((roles & (roles - 1)) != 0)
		return tg_fail(err, TG_ESTATE, "we have several roles for these products, and each has its own duties; open one failure for each, "
					       "or say --role");
	tg_json_set_str(event, "role",
		tg_failure_roles[roles == 1U << TG_ROLE_IMPORTER    ? TG_ROLE_IS_IMPORTER
				 : roles == 1U << TG_ROLE_OWN_BRAND ? TG_ROLE_IS_MANUFACTURER
								    : TG_ROLE_IS_DISTRIBUTOR]);
	return TG_OK;
}

static int make_opened(tg_json **out, tg_record_judgement *judgement, const tg_case_site *site, const tg_case_args *args, const char *id,
	tg_error *err)
{
	static const char *const takes[] = { "suspected", "known", "informed", "believed", "role", "source", "told_by", "informant",
		"never_offered", "says_manufacturer_aware", "says_authority_notified", "details", "risks", "remedy", "remedy_worked",
		"manufacturer", "supplier", NULL };
	tg_json *record = tg_json_new_object();
	int rc = tg_case_args_event(out, args, takes, true, err);

	if (rc == TG_OK && tg_case_arg(args, "source") == NULL)
		rc = tg_fail(err, TG_EINVAL, "open: how did we come to know? --source TEXT");
	tg_json_remove(*out, "suspected");
	tg_json_remove(*out, "known");
	tg_json_remove(*out, "never_offered");
	tg_json_set_bool(*out, "offered", tg_case_arg(args, "never_offered") == NULL);
	if (tg_case_arg(args, "told_by") == NULL)
		tg_json_set_str(*out, "told_by", "other");
	tg_json_set_str(record, "id", id);
	if (rc == TG_OK) {
		tg_json_set_str(record, "source", tg_case_arg(args, "source"));
		tg_case_args_reach(record, args);
		rc = take_days(*out, record, args, err);
	}
	if (rc == TG_OK)
		rc = tg_case_judge(judgement, site, args, record, err);
	if (rc == TG_OK)
		rc = find_role(*out, judgement, err);
	tg_json_set(*out, "record", record);
	return rc;
}

static int check_new(const tg_case_site *site, const char *id, tg_error *err)
{
	tg_json *record = NULL;
	tg_failure_case c;
	int rc = tg_record_find(&record, &site->site, TG_RECORD_FAILURE, id, err);

	if (rc != TG_OK)
		return rc;
	if (tg_failure_case_of(&c, &site->book, id, 0, NULL) == TG_OK)
		rc = tg_fail(err, TG_ESTATE, "%s is open, or was; take another number", id);
	else if (record != NULL)
		rc = tg_fail(err, TG_ESTATE, "%s is in the records, without casework; take another number, or take it out of the records first", id);
	tg_json_free(record);
	return rc;
}

static int do_open(const tg_case_args *args, const char *id, int *code, tg_error *err)
{
	tg_record_judgement judgement = { 0 };
	tg_json *event = NULL;
	tg_case_site site;
	int rc = tg_case_open(&site, args->cli.dir, TG_BOOK_FAILURES, true, err);

	if (rc == TG_OK)
		rc = check_new(&site, id, err);
	if (rc == TG_OK)
		rc = make_opened(&event, &judgement, &site, args, id, err);
	if (rc == TG_OK) {
		rc = tg_case_change(&judgement, &site, args, "opened", id, event, err);
		event = NULL;
	}
	if (rc == TG_OK)
		rc = show_now(args, &site, &judgement, id, code, err);
	if (rc == TG_OK && !args->cli.json)
		(void)printf("It names %zu product%s.\n", judgement.products, judgement.products == 1 ? "" : "s");
	if (rc == TG_OK)
		tg_case_say_publish(args, &judgement);
	tg_json_free(event);
	tg_record_judgement_fini(&judgement);
	tg_case_close(&site);
	return rc;
}

/* ---- changes of an open one ---- */

/* A verb fills in the event; `record` is a copy of what is in force, to change and to put, or NULL if nothing changes at the gate. */
typedef int fill_in(tg_json *event, tg_json *record, const tg_case_args *args, const tg_failure_case *c, tg_error *err);

struct verb {
	const char *event;
	const char *takes[12];
	bool puts;
	fill_in *fill;
};

/* The day of it, today unless said; one to come would be a slip. */
static int take_on(char text[TG_DAY_TEXT_SIZE], tg_json *event, const tg_case_args *args, tg_error *err)
{
	int32_t on;
	int rc = tg_case_arg_day(&on, args, "on", args->today, err);

	if (rc == TG_OK && on > args->today)
		rc = tg_fail(err, TG_EINVAL, "--on: %s has not come yet", tg_day_format(text, on));
	if (rc == TG_OK)
		tg_json_set_str(event, "on", tg_day_format(text, on));
	return rc;
}

static int fill_known(tg_json *event, tg_json *record, const tg_case_args *args, const tg_failure_case *c, tg_error *err)
{
	char on[TG_DAY_TEXT_SIZE];
	int rc = take_on(on, event, args, err);

	if (rc == TG_OK && c->state != TG_CASE_SUSPECTED)
		rc = tg_fail(err, TG_ESTATE, "%s is %s already", c->id, tg_failure_state_word(c));
	tg_json_set_str(record, "believed", on);
	return rc;
}

static int word_of(int *out, const char *text, const char *const *words, const char *what, tg_error *err)
{
	for (*out = 0; words[*out] != NULL; (*out)++)
		if (text != NULL && strcmp(words[*out], text) == 0)
			return TG_OK;
	return tg_fail(err, TG_EINVAL, "no %s \"%s\"; failure --help lists them", what, text == NULL ? "" : text);
}

/* It can be so: who opened the failure wrote the day of opening. But what is on record cannot be taken back, and years are mistyped. */
static void warn_early(const tg_json *event, const tg_failure_case *c)
{
	char aware[TG_DAY_TEXT_SIZE];
	int32_t on;

	if (tg_json_opt_day(&on, event, "on", NULL) == TG_OK && on != TG_DAY_NONE && on < c->aware)
		(void)fprintf(stderr, "tillgate-hq: --on %s is before the day on which we became aware (%s): if that is a slip, record the step again "
				      "with the right day\n", tg_json_str(tg_json_get(event, "on")), tg_day_format(aware, c->aware));
}

static int fill_step(tg_json *event, tg_json *record, const tg_case_args *args, const tg_failure_case *c, tg_error *err)
{
	const char *result_word = tg_case_arg(args, "result");
	char on[TG_DAY_TEXT_SIZE];
	int step, result, rc = take_on(on, event, args, err);

	(void)record;
	if (result_word == NULL)
		result_word = "done";
	tg_json_set_str(event, "result", result_word);
	if (rc == TG_OK)
		rc = word_of(&step, tg_json_str(tg_json_get(event, "step")), tg_failure_steps, "step", err);
	if (rc == TG_OK)
		rc = word_of(&result, result_word, tg_step_results, "result", err);
	if (rc == TG_OK)
		rc = tg_failure_step_check(c, (tg_failure_step)step, (tg_step_result)result, tg_case_arg(args, "out_of_order") != NULL, err);
	if (rc == TG_OK && result != TG_RESULT_NOT_NEEDED && tg_case_arg(args, "evidence") == NULL)
		rc = tg_fail(err, TG_EINVAL, "step: what shows it? --evidence REFERENCE (a file, a mail, a ticket)");
	if (rc == TG_OK && result != TG_RESULT_DONE && tg_case_arg(args, "note") == NULL)
		rc = tg_fail(err, TG_EINVAL, "step: why %s? --note TEXT", result_word);
	if (rc == TG_OK)
		warn_early(event, c);
	return rc;
}

static int fill_facts(tg_json *event, tg_json *record, const tg_case_args *args, const tg_failure_case *c, tg_error *err)
{
	if (c->state == TG_CASE_CLOSED)
		return tg_fail(err, TG_ESTATE, "%s is closed; what comes up now is a new failure", c->id);
	if (tg_json_first(event) == NULL && record == NULL)
		return tg_fail(err, TG_EINVAL, "facts: which? --details, --risks, --remedy …, or other products and batches");
	if (record != NULL)
		tg_case_args_reach(record, args);
	return TG_OK;
}

static int fill_closed(tg_json *event, tg_json *record, const tg_case_args *args, const tg_failure_case *c, tg_error *err)
{
	char on[TG_DAY_TEXT_SIZE];
	int outcome, rc = take_on(on, event, args, err);

	if (rc == TG_OK)
		rc = word_of(&outcome, tg_case_arg(args, "outcome"), tg_failure_outcomes, "--outcome", err);
	if (rc == TG_OK && (tg_case_arg(args, "reason") == NULL || tg_case_arg(args, "evidence") == NULL))
		rc = tg_fail(err, TG_EINVAL, "close: what shows it? --reason TEXT and --evidence REFERENCE");
	if (rc == TG_OK)
		rc = tg_failure_close_check(c, outcome == 0, err);
	if (rc == TG_OK) {
		tg_json_set_str(record, "ended", on);
		tg_json_set_str(record, "reason", tg_case_arg(args, "reason"));
	}
	return rc;
}

static const struct verb known = { "known", { "on", "reason", NULL }, true, fill_known };
static const struct verb step = { "step", { "on", "result", "evidence", "note", "out_of_order", NULL }, false, fill_step };
static const struct verb facts = { "facts", { "details", "risks", "remedy", "remedy_worked", "manufacturer", "supplier", "manufacturer_aware",
	"remedy_unlikely", NULL }, false, fill_facts };
static const struct verb closed = { "closed", { "on", "outcome", "reason", "evidence", NULL }, true, fill_closed };

/* What is in the records now; somebody may have corrected it by hand. */
static int record_now(tg_json **out, const tg_case_site *site, const tg_failure_case *c, tg_error *err)
{
	int rc = tg_record_find(out, &site->site, TG_RECORD_FAILURE, c->id, err);

	if (rc == TG_OK && *out == NULL)
		rc = tg_fail(err, TG_ESTATE, "%s is no longer in records/failures.jsonl: the gate does not know of it; put it back "
					     "(its line is in casework)", c->id);
	return rc;
}

/* What the gate says once this is published: the gate itself is asked, for other rows may yet stop what this one lets go. */
static int say_gate(const tg_case_args *args, const tg_case_site *site, const char *id, tg_error *err)
{
	tg_present present = { 0 };
	tg_effect_unit unit;
	tg_effect_row row;
	tg_error why = { 0 };
	char gtin[15];
	int rc = args->cli.json ? TG_ESTATE : tg_present_open(&present, &site->site, args->today, false, &why);

	if (rc == TG_ENOMEM)
		return tg_fail(err, rc, "%s", why.msg);
	for (size_t i = 0; rc == TG_OK && i < present.records.failure_count; i++)
		if (strcmp(present.records.failures[i].id, id) == 0 &&
			tg_effect_unit_of(&unit, &present.index, &present.records.failures[i].reach)) {
			tg_effect_on(&row, args->today, &present, &unit);
			(void)printf("The gate then says of %s: sale %s (row %s), goods-in %s (row %s).\n", tg_gtin_format(gtin, unit.gtin),
				tg_outcome_words[row.outcome[TG_OP_SALE]], row.row[TG_OP_SALE], tg_outcome_words[row.outcome[TG_OP_GOODS_IN]],
				row.row[TG_OP_GOODS_IN]);
		}
	if (why.msg[0] != '\0')
		(void)printf("What the gate then says cannot be asked: %s\n", why.msg);
	tg_present_close(&present);
	return TG_OK;
}

static int do_change(const tg_case_args *args, const struct verb *verb, const char *id, const char *step_word, int *code, tg_error *err)
{
	tg_record_judgement judgement = { 0 };
	tg_json *event = NULL, *record = NULL;
	tg_failure_case c;
	tg_case_site site;
	bool puts = verb->puts || (verb == &facts && args->reach != NULL);
	int rc = tg_case_open(&site, args->cli.dir, TG_BOOK_FAILURES, true, err);

	if (rc == TG_OK)
		rc = tg_failure_case_of(&c, &site.book, id, args->today, err);
	if (rc == TG_OK)
		rc = tg_case_args_event(&event, args, verb->takes, verb == &facts, err);
	if (rc == TG_OK && puts)
		rc = record_now(&record, &site, &c, err);
	if (rc == TG_OK && step_word != NULL)
		tg_json_set_str(event, "step", step_word);
	if (rc == TG_OK)
		rc = verb->fill(event, record, args, &c, err);
	if (rc == TG_OK && record != NULL) {
		tg_json_set(event, "record", record);
		record = NULL;
	}
	if (rc == TG_OK) {
		rc = tg_case_change(&judgement, &site, args, verb->event, id, event, err);
		event = NULL;
	}
	if (rc == TG_OK)
		rc = show_now(args, &site, &judgement, id, code, err);
	if (rc == TG_OK && verb == &closed)
		rc = say_gate(args, &site, id, err);
	if (rc == TG_OK && puts)
		tg_case_say_publish(args, &judgement);
	tg_json_free(event);
	tg_json_free(record);
	tg_record_judgement_fini(&judgement);
	tg_case_close(&site);
	return rc;
}

/* ---- the command ---- */

static int dispatch(const tg_case_args *args, int argc, char **argv, int *code, tg_error *err)
{
	const char *verb = argv[0], *id = argc > 1 ? argv[1] : NULL;

	if (strcmp(verb, "list") == 0 && argc == 1)
		return tg_failure_list(args, code, err);
	if (strcmp(verb, "step") == 0 && argc == 3)
		return do_change(args, &step, id, argv[2], code, err);
	if (argc != 2)
		return tg_fail(err, TG_EINVAL, "failure: wanted list, or open, show, known, facts, letters or close and a number, or step, a number "
					       "and a step");
	if (strcmp(verb, "open") == 0)
		return do_open(args, id, code, err);
	if (strcmp(verb, "show") == 0)
		return tg_failure_show(args, id, code, err);
	if (strcmp(verb, "letters") == 0)
		return tg_failure_letters(args, id, code, err);
	if (strcmp(verb, "known") == 0)
		return do_change(args, &known, id, NULL, code, err);
	if (strcmp(verb, "facts") == 0)
		return do_change(args, &facts, id, NULL, code, err);
	if (strcmp(verb, "close") == 0)
		return do_change(args, &closed, id, NULL, code, err);
	return tg_fail(err, TG_EINVAL, "failure: no verb \"%s\"", verb);
}

static int run_failure(int argc, char **argv)
{
	tg_error err = { 0 };
	tg_case_args args;
	int c, code = TG_EXIT_OK, rc = TG_OK;
	bool taken = tg_case_args_take(&args, options, TG_COUNT(options), argc, argv, &c, &err);

	if (taken)
		rc = dispatch(&args, argc - optind, argv + optind, &code, &err);
	tg_case_args_fini(&args);
	if (!taken)
		return err.code != TG_OK ? tg_cli_fail(&err) : tg_cli_usage(&tg_command_failure, c);
	return rc == TG_OK ? code : tg_cli_refused(&err);
}

const tg_command tg_command_failure = { "failure", run_failure,
	"failure open ID --known|--suspected --source TEXT --gtin N … --by NAME | list [--all] | show ID | step ID STEP --evidence REF --by NAME | "
	"known ID | facts ID | letters ID [--despatch FILE.csv] [--out DIR] | close ID [--json] [-d DIR]",
	"A compliance failure from the day it becomes known: it blocks everywhere from the next publication, and the steps that the law asks\n"
	"for are listed, with citations, and recorded. Our clocks are policy, not law. Nothing is sent by tillgate.\n\n"
	"open: which products, as in records: --gtin N, --brand B, --maker M, --type T (each again for more), limited by --batch A[..B] and\n"
	"--serial A[..B].\n"
	"  --known, --suspected       we know or believe it (stopped), or were told that it may be (on hold)\n"
	"  --believed, --informed DAY since when; today if not said\n"
	"  --source TEXT              how we came to know\n"
	"  --told-by WHO              manufacturer, supplier, importer, distributor, authority, customer, press, own-test, other\n"
	"  --informant TEXT, --says-manufacturer-aware, --says-authority-notified\n"
	"                             what who told us says; of a relevant person it excuses steps (s. 25(11), s. 19(10))\n"
	"  --role ROLE                distributor, importer, manufacturer; else as the records say for these products\n"
	"  --never-offered            we never made it available: s. 25 does not begin, s. 23 does\n"
	"open, facts: --details, --risks, --remedy TEXT, --remedy-worked yes|no|unknown, --manufacturer, --supplier \"NAME, ADDRESS\"\n"
	"facts:       --manufacturer-aware, --remedy-unlikely; products, batches, serials as in open take the place of those named\n"
	"step:        --result done|attempted|not-possible|not-needed, --on DAY, --evidence REF, --note TEXT, --out-of-order\n"
	"known:       --reason TEXT, --on DAY\n"
	"close:       --outcome remedied|unfounded, --reason TEXT, --evidence REF, --on DAY\n"
	"letters:     --out DIR, --from \"NAME, ADDRESS\", --despatch FILE.csv, --map COLUMN=FIELD, --separator C\n"
	"list, show:  --all, --today DAY; exit with 7 if something is overdue\n" };

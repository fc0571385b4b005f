/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_drafts.c - tillgate-hq drafts, tillgate-hq people.
 */
#include "sync/hq/cmd_supplier.h"
#include "sync/hq/filing.h"
#include "sync/hq/keys.h"
#include "sync/hq/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct options {
	const char *supplier, *by, *key, *reason, *public_file;
	bool all, yes;
};

/* ---- list ---- */

struct listing {
	const tg_cli *cli;
	bool all;
	tg_json *list;
	size_t open, withdrawals;
};

static tg_json *draft_json(const tg_draft *d, bool whole)
{
	tg_json *json = whole ? tg_json_copy(d->json) : tg_json_new_object();
	char name[TG_SUPPLIER_ID_MAX + TG_DRAFT_NAME_MAX + 2];
	tg_approval approvals[TG_DRAFT_APPROVALS_MAX];

	(void)snprintf(name, sizeof(name), "%s/%s", d->supplier, d->name);
	tg_json_set_str(json, "draft", name);
	tg_json_set_str(json, "kind", tg_draft_kinds[d->kind]);
	tg_json_set_str(json, "state", tg_draft_states[d->state]);
	tg_json_set_str(json, "record", d->record);
	tg_json_set_str(json, "body_sha256", d->body_sha256);
	tg_json_set_int(json, "approved_by", (int64_t)tg_draft_approvals(approvals, d));
	return json;
}

static int list_one(void *ctx, tg_draft *d, tg_error *err)
{
	struct listing *l = ctx;
	tg_approval approvals[TG_DRAFT_APPROVALS_MAX];
	size_t count = tg_draft_approvals(approvals, d);

	(void)err;
	if (d->state == TG_DRAFT_OPEN) {
		l->open++;
		l->withdrawals += d->kind == TG_DRAFT_WITHDRAW;
	} else if (!l->all) {
		return TG_OK;
	}
	if (l->cli->json) {
		tg_json_add(l->list, draft_json(d, false));
		return TG_OK;
	}
	(void)printf("%s/%s  %s %s", d->supplier, d->name, tg_draft_states[d->state],
		d->kind == TG_DRAFT_WITHDRAW ? "WITHDRAWAL" : tg_draft_kinds[d->kind]);
	for (size_t i = 0; i < count; i++)
		(void)printf("%s%s", i == 0 ? ", approved by " : " and ", approvals[i].by);
	(void)putchar('\n');
	return TG_OK;
}

static int do_list(const tg_cli *cli, const tg_site *site, const struct options *o, int *code, tg_error *err)
{
	struct listing l = { .cli = cli, .all = o->all, .list = tg_json_new_array() };
	int rc = tg_drafts_walk(site, o->supplier, list_one, &l, err);

	*code = l.withdrawals > 0 ? TG_EXIT_WITHDRAWN : TG_EXIT_OK;
	if (rc == TG_OK && cli->json)
		return *code = tg_cli_print(l.list, *code), TG_OK;
	tg_json_free(l.list);
	if (rc == TG_OK)
		(void)printf("%zu open, %zu of them withdrawals\n", l.open, l.withdrawals);
	return rc;
}

/* ---- show ---- */

static void print_signed(const tg_draft *d)
{
	const tg_json *s = tg_json_get(d->body, "signed"), *keys = tg_json_get(s, "keys");
	const char *role = tg_json_str(tg_json_get(s, "role")),
		   *target = tg_json_str(tg_json_get(s, "target")),
		   *at = tg_json_str(tg_json_get(s, "fetched_at"));

	(void)printf("signed by %s, role %s, root %lld, targets %lld, %s, fetched %s\n", d->supplier,
		role == NULL ? "?" : role, (long long)tg_json_int(tg_json_get(s, "root_version")),
		(long long)tg_json_int(tg_json_get(s, "targets_version")), target == NULL ? "?" : target,
		at == NULL ? "?" : at);
	for (const tg_json *key = tg_json_first(keys); key != NULL; key = tg_json_next(key))
		if (tg_json_str(key) != NULL)
			(void)printf("  key %s\n", tg_json_str(key));
}

static void print_approvals(const tg_draft *d, const char *why)
{
	tg_approval approvals[TG_DRAFT_APPROVALS_MAX];
	size_t count = tg_draft_approvals(approvals, d);

	for (size_t i = 0; i < count; i++)
		(void)printf("approved by %s (user %s) at %s\n", approvals[i].by, approvals[i].os_user,
			approvals[i].at);
	if (why[0] != '\0')
		(void)printf("%s\n", why);
}

static void print_draft(const tg_draft *d, const char *why)
{
	(void)printf("draft %s/%s: %s, %s\nbody %s\n", d->supplier, d->name, tg_draft_kinds[d->kind],
		tg_draft_states[d->state], d->body_sha256);
	if (d->kind == TG_DRAFT_WITHDRAW)
		(void)printf("THE SUPPLIER WITHDRAWS THIS STATEMENT%s\n",
			d->soc == NULL ? ": it is no longer published" : "");
	print_signed(d);
	print_approvals(d, why);
}

/* What lint says of the lines that would change. `*errors`: of the level that stops a publication. */
static int judge(size_t *errors, const tg_filing *filing, const tg_site *site, bool print, tg_error *err)
{
	tg_findings findings = { 0 };
	int rc = tg_filing_lint(&findings, filing, site, tg_day_in_uk(tg_utc_now_us()), err);

	*errors = findings.counts[TG_FINDING_ERROR];
	if (print)
		tg_findings_print(stdout, &findings, &(tg_findings_choice){ .equal_warnings = 10 });
	if (print && rc == TG_OK)
		(void)printf("lint: %zu errors, %zu defects, %zu warnings\n",
			findings.counts[TG_FINDING_ERROR], findings.counts[TG_FINDING_DEFECT],
			findings.counts[TG_FINDING_WARNING]);
	tg_findings_fini(&findings);
	return rc;
}

static int do_show(const tg_cli *cli, const tg_site *site, const char *name, int *code, tg_error *err)
{
	tg_filing filing = { 0 };
	tg_draft draft = { 0 };
	tg_error plan = { 0 };
	char why[240] = "";
	size_t valid, errors;
	int rc = tg_draft_load(&draft, site, name, err);

	if (rc == TG_OK)
		rc = tg_people_verify(&valid, why, &draft, site, err);
	if (rc == TG_OK && cli->json) {
		*code = tg_cli_print(draft_json(&draft, true), TG_EXIT_OK);
	} else if (rc == TG_OK) {
		print_draft(&draft, why);
		if (draft.state == TG_DRAFT_OPEN && tg_filing_plan(&filing, site, &draft, &plan) == TG_OK) {
			tg_filing_print(stdout, &filing);
			rc = judge(&errors, &filing, site, true, err);
		} else if (draft.state == TG_DRAFT_OPEN) {
			(void)printf("cannot be approved: %s\n", plan.msg);
		}
	}
	tg_filing_fini(&filing);
	tg_draft_fini(&draft);
	return rc;
}

/* ---- approve ---- */

static void warn_same_user(const tg_draft *draft)
{
	tg_approval a[TG_DRAFT_APPROVALS_MAX];

	if (tg_draft_approvals(a, draft) >= 2 && strcmp(a[0].os_user, a[1].os_user) == 0)
		(void)fprintf(stderr,
			"tillgate-hq: both approvals were given as the user %s of this machine; that they "
			"are two people rests on "
			"their passphrases alone\n",
			a[0].os_user);
}

/* A passphrase is asked for before the site is locked: a person may take their time, the timer of refresh may not. */
static int ask_passphrase(tg_buf *out, const tg_cli *cli, bool confirm, tg_error *err)
{
	tg_buf_init(out, TG_PASSPHRASE_MAX);
	return tg_cli_own_passphrase(out, cli->passphrase_file, confirm, err);
}

static void forget(tg_buf *passphrase)
{
	if (passphrase->data != NULL)
		tg_wipe(passphrase->data, passphrase->cap);
	tg_buf_fini(passphrase);
}

static int file_draft(
	tg_draft *draft, const tg_filing *filing, const tg_site *site, const struct options *o, tg_error *err)
{
	char at[TG_UTC_TEXT_SIZE], user[TG_RECORD_NAME_MAX + 1];
	int64_t now_us = tg_utc_now_us();
	int rc = tg_filing_write(filing, site, err);

	if (rc == TG_OK)
		rc = tg_draft_close(draft, TG_DRAFT_FILED, o->by, tg_supplier_os_user(user),
			tg_utc_format(at, now_us - now_us % TG_US_PER_SECOND), "", err);
	return rc == TG_OK ? tg_draft_save(draft, site, err) : rc;
}

/* An approval that does not hold voids the others too: what they agreed on was seen by hands nobody knows. */
static int drop_bad(tg_draft *draft, size_t *valid, const tg_site *site, tg_error *err)
{
	char why[240];
	int rc = tg_people_verify(valid, why, draft, site, err);

	if (rc != TG_OK || why[0] == '\0')
		return rc;
	(void)fprintf(stderr, "tillgate-hq: %s; all approvals so far are void\n", why);
	*valid = 0;
	return tg_draft_void(draft, err);
}

/* Shows what would become of it, and asks. `passphrase` stays empty if enough people approved it and only the filing was cut off. */
static int review(const tg_draft *draft, const tg_cli *cli, const tg_site *site, const struct options *o,
	tg_buf *passphrase, tg_error *err)
{
	tg_filing filing = { 0 };
	char why[240];
	size_t valid = 0, errors = 0;
	int rc = tg_people_verify(&valid, why, draft, site, err);

	if (rc == TG_OK)
		rc = tg_filing_plan(&filing, site, draft, err);
	if (rc == TG_OK && !cli->json) {
		print_draft(draft, why);
		tg_filing_print(stdout, &filing);
	}
	if (rc == TG_OK)
		rc = judge(&errors, &filing, site, !cli->json, err);
	if (rc == TG_OK && errors > 0)
		rc = tg_fail(err, TG_ESTATE,
			"%zu errors: as it is, nothing could be published any more; correct them first",
			errors);
	if (rc == TG_OK && (valid < TG_DRAFT_APPROVALS_NEEDED || why[0] != '\0')) {
		rc = tg_cli_confirm("Do you approve it?", o->yes, err);
		if (rc == TG_OK)
			rc = ask_passphrase(passphrase, cli, false, err);
	}
	tg_filing_fini(&filing);
	return rc;
}

static int sign(tg_draft *draft, size_t valid, const tg_site *site, const struct options *o,
	const tg_buf *passphrase, tg_error *err)
{
	int rc;

	if (valid >= TG_DRAFT_APPROVALS_NEEDED)
		return TG_OK;
	if (passphrase->len == 0)
		return tg_fail(err, TG_ESTATE, "approvals changed meanwhile; look at it again");
	rc = tg_person_approve(draft, site, o->by, o->key, tg_buf_view(passphrase), tg_utc_now_us(), err);
	return rc == TG_OK ? tg_draft_save(draft, site, err) : rc;
}

/* Under the lock: what was shown must still be so, whoever else was at it meanwhile. */
static int approve(tg_draft *draft, const tg_site *site, const struct options *o, const tg_buf *passphrase,
	tg_error *err)
{
	tg_filing filing = { 0 };
	char why[240];
	size_t valid = 0, errors = 0;
	int rc = drop_bad(draft, &valid, site, err);

	if (rc == TG_OK)
		rc = sign(draft, valid, site, o, passphrase, err);
	if (rc == TG_OK)
		rc = tg_people_verify(&valid, why, draft, site, err);
	if (rc != TG_OK || valid < TG_DRAFT_APPROVALS_NEEDED)
		return rc;
	warn_same_user(draft);
	rc = tg_filing_plan(&filing, site, draft, err);
	if (rc == TG_OK)
		rc = judge(&errors, &filing, site, false, err);
	if (rc == TG_OK && errors > 0)
		rc = tg_fail(err, TG_ESTATE, "the records changed meanwhile; look at it again");
	if (rc == TG_OK)
		rc = file_draft(draft, &filing, site, o, err);
	tg_filing_fini(&filing);
	return rc;
}

static int load_open(tg_draft *draft, const tg_site *site, const char *name, tg_error *err)
{
	int rc = tg_draft_load(draft, site, name, err);

	if (rc == TG_OK && draft->state != TG_DRAFT_OPEN)
		rc = tg_fail(err, TG_ESTATE, "%s: is %s", name, tg_draft_states[draft->state]);
	return rc;
}

static int do_approve(const tg_cli *cli, const tg_site *site, const char *name, const struct options *o,
	int *code, tg_error *err)
{
	tg_draft seen = { 0 }, draft = { 0 };
	tg_buf passphrase = { 0 };
	int lock = -1, rc = o->by == NULL ? tg_fail(err, TG_EINVAL, "approve: who? --by PERSON") : TG_OK;

	if (rc == TG_OK)
		rc = load_open(&seen, site, name, err);
	if (rc == TG_OK)
		rc = review(&seen, cli, site, o, &passphrase, err);
	if (rc == TG_OK)
		rc = tg_site_lock(&lock, site, "tillgate-hq drafts", err);
	if (rc == TG_OK)
		rc = load_open(&draft, site, name, err);
	if (rc == TG_OK && strcmp(draft.body_sha256, seen.body_sha256) != 0)
		rc = tg_fail(err, TG_ESTATE, "%s: changed meanwhile; look at it again", name);
	if (rc == TG_OK)
		rc = approve(&draft, site, o, &passphrase, err);
	if (rc == TG_OK && cli->json)
		*code = tg_cli_print(draft_json(&draft, false), TG_EXIT_OK);
	else if (rc == TG_OK && draft.state == TG_DRAFT_FILED)
		(void)printf("filed as %s; publish takes it to the tills\n", draft.record);
	else if (rc == TG_OK)
		(void)printf("approved by %s; another person must approve it too\n", o->by);
	forget(&passphrase);
	tg_draft_fini(&draft);
	tg_draft_fini(&seen);
	if (lock >= 0)
		(void)close(lock);
	return rc;
}

/* ---- reject, reopen ---- */

static int prove(const tg_cli *cli, const tg_site *site, const struct options *o, tg_error *err)
{
	tg_buf passphrase;
	int rc = ask_passphrase(&passphrase, cli, false, err);

	if (rc == TG_OK)
		rc = tg_person_prove(site, o->by, o->key, tg_buf_view(&passphrase), err);
	forget(&passphrase);
	return rc;
}

static int do_reject(const tg_cli *cli, const tg_site *site, const char *name, const struct options *o,
	bool reject, tg_error *err)
{
	char at[TG_UTC_TEXT_SIZE], user[TG_RECORD_NAME_MAX + 1];
	int64_t now_us = tg_utc_now_us();
	tg_draft draft = { 0 };
	int lock = -1, rc = TG_OK;

	if (o->by == NULL || (reject && (o->reason == NULL || o->reason[0] == '\0')))
		return tg_fail(err, TG_EINVAL,
			reject ? "reject: wanted --by PERSON and --reason TEXT" : "reopen: who? --by PERSON");
	if (reject && strlen(o->reason) > TG_DRAFT_REASON_MAX)
		return tg_fail(err, TG_EINVAL, "--reason: more than %d bytes", TG_DRAFT_REASON_MAX);
	rc = prove(cli, site, o, err);
	if (rc == TG_OK)
		rc = tg_site_lock(&lock, site, "tillgate-hq drafts", err);
	if (rc == TG_OK)
		rc = tg_draft_load(&draft, site, name, err);
	/* What was overtaken the supplier no longer says, and what was filed is a record: import knows better than a person. */
	if (rc == TG_OK && !reject && draft.state != TG_DRAFT_REJECTED && draft.state != TG_DRAFT_OPEN)
		rc = tg_fail(err, TG_ESTATE, "%s: is %s; only a rejected draft can be reopened, import makes new ones", name,
			tg_draft_states[draft.state]);
	if (rc == TG_OK)
		rc = reject ? tg_draft_close(&draft, TG_DRAFT_REJECTED, o->by, tg_supplier_os_user(user),
				      tg_utc_format(at, now_us - now_us % TG_US_PER_SECOND), o->reason, err)
			    : tg_draft_reopen(&draft, NULL, err);
	if (rc == TG_OK)
		rc = tg_draft_save(&draft, site, err);
	if (rc == TG_OK)
		(void)printf("%s: %s\n", name, tg_draft_states[draft.state]);
	tg_draft_fini(&draft);
	if (lock >= 0)
		(void)close(lock);
	return rc;
}

static int dispatch_drafts(
	const tg_cli *cli, int argc, char **argv, const struct options *o, int *code, tg_error *err)
{
	tg_site site;
	int rc = tg_site_open(&site, cli->dir, err);

	if (rc != TG_OK)
		return rc;
	if (strcmp(argv[0], "list") == 0 && argc == 1)
		return do_list(cli, &site, o, code, err);
	if (strcmp(argv[0], "show") == 0 && argc == 2)
		return do_show(cli, &site, argv[1], code, err);
	if (strcmp(argv[0], "approve") == 0 && argc == 2)
		return do_approve(cli, &site, argv[1], o, code, err);
	if (strcmp(argv[0], "reject") == 0 && argc == 2)
		return do_reject(cli, &site, argv[1], o, true, err);
	if (strcmp(argv[0], "reopen") == 0 && argc == 2)
		return do_reject(cli, &site, argv[1], o, false, err);
	return tg_fail(err, TG_EINVAL, "drafts: wanted list, or show, approve, reject or reopen and a DRAFT");
}

static const struct option all_options[] = { { "supplier", required_argument, NULL, 's' },
	{ "all", no_argument, NULL, 'a' }, { "by", required_argument, NULL, 'b' },
	{ "key", required_argument, NULL, 'k' }, { "reason", required_argument, NULL, 'r' },
	{ "public", required_argument, NULL, 'p' }, { "yes", no_argument, NULL, 'y' }, TG_CLI_OPTIONS };

/* False: usage, and `*c` says of what kind. */
static bool take_options(tg_cli *cli, struct options *o, int argc, char **argv, int *c)
{
	tg_cli_init(cli);
	while ((*c = getopt_long(argc, argv, "d:h", all_options, NULL)) != -1) {
		if (*c == 's')
			o->supplier = optarg;
		else if (*c == 'a')
			o->all = true;
		else if (*c == 'b')
			o->by = optarg;
		else if (*c == 'k')
			o->key = optarg;
		else if (*c == 'r')
			o->reason = optarg;
		else if (*c == 'p')
			o->public_file = optarg;
		else if (*c == 'y')
			o->yes = true;
		else if (!tg_cli_take(cli, *c))
			return false;
	}
	*c = '?';
	return optind < argc;
}

static int run_drafts(int argc, char **argv)
{
	struct options o = { 0 };
	tg_error err = { 0 };
	tg_cli cli;
	int c, code = TG_EXIT_OK;

	if (!take_options(&cli, &o, argc, argv, &c))
		return tg_cli_usage(&tg_command_drafts, c);
	if (dispatch_drafts(&cli, argc - optind, argv + optind, &o, &code, &err) == TG_OK)
		return code;
	return tg_cli_refused(&err);
}

const tg_command tg_command_drafts = { "drafts", run_drafts,
	"drafts list [--supplier ID] [--all] | show DRAFT | approve DRAFT --by PERSON | reject DRAFT --by "
	"PERSON --reason TEXT | "
	"reopen DRAFT --by PERSON [--json] [-d DIR]",
	"What suppliers state, on its way to the records. A draft is filed once two people approved it, each "
	"with their own key.\n\n"
	"  --supplier ID        only this supplier's\n"
	"  --all                closed ones too\n"
	"  --by PERSON          who you are (people list); your own passphrase is asked for, or in "
	"--passphrase-file\n"
	"  --key FILE           your private key, if it is not in DIR/people\n"
	"  --reason TEXT        why it is rejected\n"
	"  --yes                do not ask\n\n"
	"Also exits with 6 if a draft is open that withdraws what is in force.\n" };

/* ---- people ---- */

static int people_list(const tg_cli *cli, const tg_site *site, int *code, tg_error *err)
{
	tg_json *list = tg_json_new_array();
	tg_person_name *names = NULL;
	size_t count = 0;
	int rc = tg_people_list(&names, &count, site, err);

	for (size_t i = 0; i < count && rc == TG_OK; i++) {
		char keyid[TG_HASH_TEXT_SIZE];
		tg_pubkey *key = NULL;
		tg_json *item;

		rc = tg_person_public(&key, keyid, site, names[i], err);
		tg_pubkey_free(key);
		if (rc != TG_OK)
			break;
		if (!cli->json) {
			(void)printf("%s  key %s\n", names[i], keyid);
			continue;
		}
		item = tg_json_new_object();
		tg_json_set_str(item, "name", names[i]);
		tg_json_set_str(item, "key", keyid);
		tg_json_add(list, item);
	}
	free(names);
	if (rc == TG_OK && cli->json)
		return *code = tg_cli_print(list, TG_EXIT_OK), TG_OK;
	tg_json_free(list);
	return rc;
}

static int people_add(
	const tg_cli *cli, const tg_site *site, const char *name, const struct options *o, tg_error *err)
{
	char key_file[4096] = "";
	tg_buf passphrase = { 0 };
	int lock = -1, rc = o->public_file == NULL ? ask_passphrase(&passphrase, cli, true, err) : TG_OK;

	if (rc == TG_OK)
		rc = tg_site_lock(&lock, site, "tillgate-hq people", err);
	if (rc == TG_OK)
		rc = o->public_file != NULL
			     ? tg_person_add_public(site, name, o->public_file, err)
			     : tg_person_add(key_file, site, name, tg_buf_view(&passphrase), err);
	if (rc == TG_OK)
		(void)printf("%s: registered%s%s\n", name, key_file[0] == '\0' ? "" : "; private key in ",
			key_file);
	forget(&passphrase);
	if (lock >= 0)
		(void)close(lock);
	return rc;
}

static int people_remove(const tg_site *site, const char *name, const struct options *o, tg_error *err)
{
	int lock = -1,
	    rc = tg_cli_confirm("Approvals of open drafts by this person no longer count then. Remove them?",
		    o->yes, err);

	if (rc == TG_OK)
		rc = tg_site_lock(&lock, site, "tillgate-hq people", err);
	if (rc == TG_OK)
		rc = tg_person_remove(site, name, tg_utc_now_us(), err);
	if (rc == TG_OK)
		(void)printf("%s: removed\n", name);
	if (lock >= 0)
		(void)close(lock);
	return rc;
}

static int dispatch_people(
	const tg_cli *cli, int argc, char **argv, const struct options *o, int *code, tg_error *err)
{
	tg_site site;
	int rc = tg_site_open(&site, cli->dir, err);

	if (rc != TG_OK)
		return rc;
	if (strcmp(argv[0], "list") == 0 && argc == 1)
		return people_list(cli, &site, code, err);
	if (strcmp(argv[0], "add") == 0 && argc == 2)
		return people_add(cli, &site, argv[1], o, err);
	if (strcmp(argv[0], "remove") == 0 && argc == 2)
		return people_remove(&site, argv[1], o, err);
	return tg_fail(err, TG_EINVAL, "people: wanted list, add NAME, or remove NAME");
}

static int run_people(int argc, char **argv)
{
	struct options o = { 0 };
	tg_error err = { 0 };
	tg_cli cli;
	int c, code = TG_EXIT_OK;

	if (!take_options(&cli, &o, argc, argv, &c))
		return tg_cli_usage(&tg_command_people, c);
	if (dispatch_people(&cli, argc - optind, argv + optind, &o, &code, &err) == TG_OK)
		return code;
	return tg_cli_refused(&err);
}

const tg_command tg_command_people = { "people", run_people,
	"people add NAME [--public FILE] | list | remove NAME [--json] [-d DIR]",
	"Who may approve drafts: one name and one key a person. `add` makes a key with a passphrase that "
	"only that person knows.\n\n"
	"  --public FILE        register a public key (PEM, ECDSA P-256) that the person made elsewhere\n"
	"  --passphrase-file F  holds the person's passphrase; else it is asked for, twice\n"
	"  --yes                do not ask before removing\n" };

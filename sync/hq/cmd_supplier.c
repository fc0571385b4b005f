/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_supplier.c - tillgate-hq supplier, and import --from-supplier.
 */
#include "sync/hq/access_files.h"
#include "sync/hq/cmd_supplier.h"

#include "store/base/file.h"
#include "sync/hq/keys.h"
#include "sync/hq/supplier_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- shared ---- */

int tg_cli_confirm(const char *question, bool yes, tg_error *err)
{
	char answer[16];

	if (yes)
		return TG_OK;
	if (!isatty(STDIN_FILENO))
		return tg_fail(err, TG_ESTATE, "nobody to ask: no terminal; say --yes if it is so");
	(void)fflush(stdout);
	(void)fprintf(stderr, "%s Type yes: ", question);
	if (fgets(answer, sizeof(answer), stdin) == NULL || strcmp(answer, "yes\n") != 0)
		return tg_fail(err, TG_ESTATE, "not confirmed; nothing was changed");
	return TG_OK;
}

int tg_cli_refused(const tg_error *err)
{
	int code = tg_cli_fail(err);

	switch (err->code) {
	case TG_EUNTRUSTED:
	case TG_EROLLBACK:
	case TG_EEXPIRED:
	case TG_EFORMAT:
	case TG_ELENGTH:
	case TG_EHASH:
	case TG_ECLOCK:
	case TG_ELIMIT:
		return TG_EXIT_REFUSED;
	default:
		return code;
	}
}

int tg_cli_own_passphrase(tg_buf *out, const char *file, bool confirm, tg_error *err)
{
	/* What the environment names is head office's: a person's own secret in it would be everybody's. */
	if (file == NULL)
		(void)unsetenv("TILLGATE_HQ_PASSPHRASE_FILE");
	return tg_passphrase_get(out, file, confirm, err);
}

/* ---- supplier add ---- */

struct options {
	const char *name, *url, *metadata_url, *targets_url, *root, *overlap, *fingerprint;
	const char *prefixes[TG_SUPPLIER_PREFIXES_MAX];
	size_t prefix_count;
	bool yes;
};

static int set_url(char out[TG_SUPPLIER_URL_MAX + 1], const char *base, const char *below, const char *given,
	tg_error *err)
{
	const char *from = given != NULL ? given : base;
	size_t len = from == NULL ? 0 : strlen(from);
	int total;

	if (len == 0)
		return tg_fail(err, TG_EINVAL, "no --url: where is the supplier's repository?");
	total = snprintf(out, TG_SUPPLIER_URL_MAX + 1, "%s%s%s", from, from[len - 1] == '/' ? "" : "/",
		given != NULL ? "" : below);
	return total > TG_SUPPLIER_URL_MAX ? tg_fail(err, TG_EINVAL, "%.100s: too long", from) : TG_OK;
}

/* Two suppliers for one number is nobody's slip of the pen: it must be said why. */
static int add_prefix(
	tg_supplier *s, const tg_site *site, const char *text, const char *reason, tg_error *err)
{
	char ours[TG_PREFIX_TEXT_SIZE], theirs_text[TG_PREFIX_TEXT_SIZE];
	tg_supplier_prefix *p = &s->prefixes[s->prefix_count];
	tg_prefix theirs;
	tg_supplier_id other;
	bool found = false;
	int rc = s->prefix_count == TG_SUPPLIER_PREFIXES_MAX
			 ? tg_fail(err, TG_EINVAL, "more than %d prefixes", TG_SUPPLIER_PREFIXES_MAX)
			 : TG_OK;

	if (rc != TG_OK)
		return rc;
	*p = (tg_supplier_prefix){ 0 };
	rc = tg_prefix_parse(&p->prefix, text, err);
	if (rc == TG_OK)
		rc = tg_supplier_overlap(&found, other, &theirs, site, s->id, &p->prefix, err);
	if (rc == TG_OK && found && reason == NULL)
		rc = tg_fail(err, TG_ESTATE,
			"prefix %s overlaps %s of the supplier \"%s\": both could state things of the same "
			"product; if that is "
			"meant, say why with --allow-overlap REASON",
			tg_prefix_format(ours, &p->prefix), tg_prefix_format(theirs_text, &theirs), other);
	if (rc == TG_OK && found && strlen(reason) > TG_SUPPLIER_REASON_MAX)
		rc = tg_fail(err, TG_EINVAL, "--allow-overlap: more than %d bytes", TG_SUPPLIER_REASON_MAX);
	if (rc == TG_OK && found && reason[0] == '\0')
		rc = tg_fail(err, TG_EINVAL, "--allow-overlap: say why");
	if (rc == TG_OK && found)
		(void)snprintf(p->overlap, sizeof(p->overlap), "%s", reason);
	if (rc == TG_OK)
		s->prefix_count++;
	return rc;
}

static int fill_supplier(
	tg_supplier *s, const tg_site *site, const char *id, const struct options *o, tg_error *err)
{
	int64_t now_us = tg_utc_now_us();
	int rc = TG_OK;

	*s = (tg_supplier){ 0 };
	if (!tg_supplier_id_valid(id))
		return tg_fail(err, TG_EINVAL,
			"supplier \"%.60s\": wanted 1 to %d lower case letters, digits and '-'", id,
			TG_SUPPLIER_ID_MAX);
	if (o->name == NULL || o->name[0] == '\0' || strlen(o->name) > TG_RECORD_NAME_MAX)
		return tg_fail(err, TG_EINVAL, "--name: wanted the supplier's name, at most %d bytes",
			TG_RECORD_NAME_MAX);
	if (o->prefix_count == 0)
		return tg_fail(err, TG_EINVAL, "no --prefix: which GTINs may it state things of?");
	(void)snprintf(s->id, sizeof(s->id), "%s", id);
	(void)snprintf(s->name, sizeof(s->name), "%s", o->name);
	(void)tg_utc_format(s->added_at, now_us - now_us % TG_US_PER_SECOND);
	(void)tg_supplier_os_user(s->added_by);
	rc = set_url(s->metadata_url, o->url, "metadata/", o->metadata_url, err);
	if (rc == TG_OK)
		rc = set_url(s->targets_url, o->url, "targets/", o->targets_url, err);
	for (size_t i = 0; i < o->prefix_count && rc == TG_OK; i++)
		rc = add_prefix(s, site, o->prefixes[i], o->overlap, err);
	return rc;
}

static bool same_fingerprint(const char *given, const char *shown)
{
	for (;;) {
		given += strspn(given, " :");
		shown += strspn(shown, " ");
		if (*given == '\0' || *shown == '\0')
			return *given == *shown;
		if ((*given | 0x20) != (*shown | 0x20))
			return false;
		given++;
		shown++;
	}
}

static int confirm_root(const tg_supplier *s, tg_view root, const struct options *o, tg_error *err)
{
	char fingerprint[TG_SUPPLIER_FINGERPRINT_SIZE];

	(void)tg_supplier_fingerprint(fingerprint, root);
	if (o->fingerprint != NULL)
		return same_fingerprint(o->fingerprint, fingerprint)
			       ? TG_OK
			       : tg_fail(err, TG_EUNTRUSTED,
					 "the root's fingerprint is another: this is not the file that the "
					 "supplier has");
	(void)fprintf(stderr, "%s (%s), %s\nfingerprint of its root.json (SHA-256):\n  %s\n", s->id, s->name,
		s->metadata_url, fingerprint);
	return tg_cli_confirm("Have the supplier read theirs to you, over a telephone number that you know. "
			      "Is it the same?",
		o->yes, err);
}

static int do_add(const tg_site *site, const char *id, const struct options *o, tg_error *err)
{
	tg_supplier s;
	tg_buf root;
	int lock = -1,
	    rc = o->root == NULL ? tg_fail(err, TG_EINVAL, "no --root: the supplier's root.json") : TG_OK;

	tg_buf_init(&root, TG_TUF_ROOT_MAX);
	if (rc == TG_OK)
		rc = fill_supplier(&s, site, id, o, err);
	if (rc == TG_OK)
		rc = tg_file_read(&root, o->root, TG_TUF_ROOT_MAX, err);
	if (rc == TG_OK)
		rc = confirm_root(&s, tg_buf_view(&root), o, err);
	if (rc == TG_OK)
		rc = tg_site_lock(&lock, site, "tillgate-hq supplier", err);
	if (rc == TG_OK)
		rc = tg_supplier_add(&s, site, tg_buf_view(&root), err);
	if (rc == TG_OK)
		(void)printf(
			"%s: registered with %zu prefixes; next: tillgate-hq import --from-supplier %s\n", id,
			s.prefix_count, id);
	if (lock >= 0)
		(void)close(lock);
	tg_buf_fini(&root);
	return rc;
}

/* ---- the others ---- */

static tg_json *supplier_json(const tg_supplier *s, const tg_site *site)
{
	tg_json *json = tg_json_new_object(), *list = tg_json_new_array();
	char text[TG_PREFIX_TEXT_SIZE], path[4096], fingerprint[TG_SUPPLIER_FINGERPRINT_SIZE];
	tg_buf root;

	tg_json_set_str(json, "id", s->id);
	tg_json_set_str(json, "name", s->name);
	tg_json_set_str(json, "metadata_url", s->metadata_url);
	tg_json_set_str(json, "targets_url", s->targets_url);
	tg_json_set_str(json, "added_at", s->added_at);
	tg_json_set_str(json, "added_by", s->added_by);
	for (size_t i = 0; i < s->prefix_count; i++) {
		tg_json *item = tg_json_new_object();

		tg_json_set_str(item, "prefix", tg_prefix_format(text, &s->prefixes[i].prefix));
		tg_json_set_str(item, "overlap", s->prefixes[i].overlap);
		tg_json_add(list, item);
	}
	tg_json_set(json, "prefixes", list);
	tg_buf_init(&root, TG_TUF_ROOT_MAX);
	if (tg_supplier_path(path, site, s->id, "root.json", NULL) == TG_OK &&
		tg_file_read(&root, path, TG_TUF_ROOT_MAX, NULL) == TG_OK)
		tg_json_set_str(
			json, "root_fingerprint", tg_supplier_fingerprint(fingerprint, tg_buf_view(&root)));
	tg_buf_fini(&root);
	return json;
}

static void print_supplier(const tg_supplier *s, const tg_site *site, bool whole)
{
	char text[TG_PREFIX_TEXT_SIZE];
	tg_json *json;
	const char *fingerprint;

	(void)printf("%s  %s\n", s->id, s->name);
	for (size_t i = 0; i < s->prefix_count; i++)
		(void)printf("  prefix %s%s%s\n", tg_prefix_format(text, &s->prefixes[i].prefix),
			s->prefixes[i].overlap[0] == '\0' ? "" : "  shared: ", s->prefixes[i].overlap);
	if (!whole)
		return;
	json = supplier_json(s, site);
	fingerprint = tg_json_str(tg_json_get(json, "root_fingerprint"));
	(void)printf("  metadata %s\n  targets  %s\n  added %s by %s\n  first root %s\n", s->metadata_url,
		s->targets_url, s->added_at, s->added_by,
		fingerprint == NULL ? "cannot be read" : fingerprint);
	tg_json_free(json);
}

static int do_list(const tg_cli *cli, const tg_site *site, tg_error *err)
{
	tg_json *list = tg_json_new_array();
	tg_supplier_id *ids = NULL;
	tg_supplier s;
	size_t count = 0;
	int rc = tg_supplier_list(&ids, &count, site, err);

	for (size_t i = 0; i < count && rc == TG_OK; i++) {
		rc = tg_supplier_read(&s, site, ids[i], err);
		if (rc == TG_OK && cli->json)
			tg_json_add(list, supplier_json(&s, site));
		else if (rc == TG_OK)
			print_supplier(&s, site, false);
	}
	free(ids);
	if (rc == TG_OK && cli->json)
		return tg_cli_print(list, TG_EXIT_OK) == TG_EXIT_OK ? TG_OK
								    : tg_fail(err, TG_EIO, "standard output");
	tg_json_free(list);
	return rc;
}

static int do_show(const tg_cli *cli, const tg_site *site, const char *id, tg_error *err)
{
	tg_supplier s;
	int rc = tg_supplier_find(&s, site, id, err);

	if (rc == TG_OK && cli->json)
		return tg_cli_print(supplier_json(&s, site), TG_EXIT_OK) == TG_EXIT_OK
			       ? TG_OK
			       : tg_fail(err, TG_EIO, "standard output");
	if (rc == TG_OK)
		print_supplier(&s, site, true);
	return rc;
}

static int do_remove(const tg_site *site, const char *id, const struct options *o, tg_error *err)
{
	int lock = -1,
	    rc = tg_cli_confirm(
		    "Its open drafts can then no longer be approved; what is on file stays. Remove it?",
		    o->yes, err);

	if (rc == TG_OK)
		rc = tg_site_lock(&lock, site, "tillgate-hq supplier", err);
	if (rc == TG_OK)
		rc = tg_supplier_remove(site, id, tg_utc_now_us(), err);
	if (rc == TG_OK)
		(void)printf("%s: removed; kept in suppliers/removed\n", id);
	if (lock >= 0)
		(void)close(lock);
	return rc;
}

static int drop_prefix(tg_supplier *s, const char *text, tg_error *err)
{
	tg_prefix prefix;
	int rc = tg_prefix_parse(&prefix, text, err);

	for (size_t i = 0; i < s->prefix_count && rc == TG_OK; i++) {
		const tg_prefix *p = &s->prefixes[i].prefix;

		if (p->eight != prefix.eight || p->digits != prefix.digits || p->value != prefix.value)
			continue;
		memmove(&s->prefixes[i], &s->prefixes[i + 1],
			(s->prefix_count - i - 1) * sizeof(s->prefixes[0]));
		s->prefix_count--;
		return TG_OK;
	}
	return rc == TG_OK ? tg_fail(err, TG_ENOTFOUND, "%s: prefix %s is not registered", s->id, text) : rc;
}

static int do_prefix(const tg_site *site, char **argv, const struct options *o, tg_error *err)
{
	tg_supplier s;
	bool add = strcmp(argv[1], "add") == 0;
	int lock = -1, rc = TG_OK;

	if (!add && strcmp(argv[1], "remove") != 0)
		return tg_fail(err, TG_EINVAL, "prefix: wanted add or remove, not \"%.20s\"", argv[1]);
	rc = tg_site_lock(&lock, site, "tillgate-hq supplier", err);
	if (rc == TG_OK)
		rc = tg_supplier_read(&s, site, argv[0], err);
	if (rc == TG_OK)
		rc = add ? add_prefix(&s, site, argv[2], o->overlap, err) : drop_prefix(&s, argv[2], err);
	if (rc == TG_OK)
		rc = tg_supplier_write(&s, site, err);
	if (rc == TG_OK)
		print_supplier(&s, site, false);
	if (lock >= 0)
		(void)close(lock);
	return rc;
}

static int dispatch(const tg_cli *cli, int argc, char **argv, const struct options *o, tg_error *err)
{
	tg_site site;
	int rc = tg_site_open(&site, cli->dir, err);

	if (rc != TG_OK)
		return rc;
	if (strcmp(argv[0], "add") == 0 && argc == 2)
		return do_add(&site, argv[1], o, err);
	if (strcmp(argv[0], "list") == 0 && argc == 1)
		return do_list(cli, &site, err);
	if (strcmp(argv[0], "show") == 0 && argc == 2)
		return do_show(cli, &site, argv[1], err);
	if (strcmp(argv[0], "remove") == 0 && argc == 2)
		return do_remove(&site, argv[1], o, err);
	if (strcmp(argv[0], "prefix") == 0 && argc == 4)
		return do_prefix(&site, argv + 1, o, err);
	return tg_fail(err, TG_EINVAL,
		"supplier: wanted add ID, list, show ID, remove ID, or prefix ID add|remove PREFIX");
}

static bool take_option(struct options *o, int c)
{
	switch (c) {
	case 'n':
		o->name = optarg;
		return true;
	case 'u':
		o->url = optarg;
		return true;
	case 'm':
		o->metadata_url = optarg;
		return true;
	case 't':
		o->targets_url = optarg;
		return true;
	case 'r':
		o->root = optarg;
		return true;
	case 'o':
		o->overlap = optarg;
		return true;
	case 'f':
		o->fingerprint = optarg;
		return true;
	case 'y':
		o->yes = true;
		return true;
	case 'p':
		if (o->prefix_count < TG_SUPPLIER_PREFIXES_MAX)
			o->prefixes[o->prefix_count++] = optarg;
		return true;
	default:
		return false;
	}
}

static int run_supplier(int argc, char **argv)
{
	static const struct option options[] = { { "name", required_argument, NULL, 'n' },
		{ "url", required_argument, NULL, 'u' }, { "metadata-url", required_argument, NULL, 'm' },
		{ "targets-url", required_argument, NULL, 't' }, { "root", required_argument, NULL, 'r' },
		{ "prefix", required_argument, NULL, 'p' }, { "allow-overlap", required_argument, NULL, 'o' },
		{ "fingerprint", required_argument, NULL, 'f' }, { "yes", no_argument, NULL, 'y' },
		TG_CLI_OPTIONS };
	struct options o = { 0 };
	tg_error err = { 0 };
	tg_cli cli;
	int c;

	tg_cli_init(&cli);
	while ((c = getopt_long(argc, argv, "d:h", options, NULL)) != -1)
		if (!take_option(&o, c) && !tg_cli_take(&cli, c))
			return tg_cli_usage(&tg_command_supplier, c);
	if (optind == argc)
		return tg_cli_usage(&tg_command_supplier, '?');
	if (dispatch(&cli, argc - optind, argv + optind, &o, &err) == TG_OK)
		return TG_EXIT_OK;
	return tg_cli_refused(&err);
}

const tg_command tg_command_supplier = { "supplier", run_supplier,
	"supplier add ID --name NAME --url URL --root FILE --prefix PREFIX … | list | show ID | remove ID | "
	"prefix ID add|remove "
	"PREFIX [--json] [-d DIR]",
	"Who may sign statements for which GTINs. Its repository is followed from the root that you compare "
	"when you add it.\n\n"
	"  --name NAME           of the supplier\n"
	"  --url URL             of its repository; metadata/ and targets/ are below it\n"
	"  --metadata-url URL    if they are elsewhere\n"
	"  --targets-url URL     likewise\n"
	"  --root FILE           its root.json, as it gave it to you\n"
	"  --fingerprint HEX     the root's SHA-256, as it told you; else you are asked to compare\n"
	"  --prefix PREFIX       4 to 12 digits of a GTIN-13 (a GTIN-12 has a 0 in front), or 8: and 3 to 7 "
	"digits of a GTIN-8\n"
	"  --allow-overlap WHY   the prefix may overlap another supplier's\n"
	"  --yes                 do not ask\n" };

/* ---- import --from-supplier ---- */

struct told {
	bool json;
	tg_json *list;
};

static void step(void *ctx, const char *name)
{
	(void)ctx;
	(void)fprintf(stderr, "\r\033[K%s", name);
}

static void tell(void *ctx, const tg_draft *draft, tg_propose_event event)
{
	struct told *told = ctx;
	bool withdrawal =
		draft->kind == TG_DRAFT_WITHDRAW && (event == TG_PROPOSED || event == TG_PROPOSE_WAITING);

	if (told->json) {
		tg_json *item = tg_json_new_object();
		char name[TG_SUPPLIER_ID_MAX + TG_DRAFT_NAME_MAX + 2];

		(void)snprintf(name, sizeof(name), "%s/%s", draft->supplier, draft->name);
		tg_json_set_str(item, "draft", name);
		tg_json_set_str(item, "kind", tg_draft_kinds[draft->kind]);
		tg_json_set_str(item, "event", tg_propose_words[event]);
		tg_json_add(told->list, item);
	} else if (withdrawal) {
		(void)printf(
			"WITHDRAWN BY THE SUPPLIER: %s. Tills go on selling until two people approve %s/%s\n",
			draft->record, draft->supplier, draft->name);
	} else {
		(void)printf("%s: draft %s/%s (%s)\n", tg_propose_words[event], draft->supplier, draft->name,
			tg_draft_kinds[draft->kind]);
	}
}

static int propose(tg_propose_result *result, tg_findings *findings, const tg_site *site,
	tg_supplier_batch *batch, const tg_supplier *supplier, const tg_propose_options *options,
	struct told *told, tg_error *err)
{
	int lock = -1, rc = tg_site_lock(&lock, site, "tillgate-hq import", err);

	if (rc == TG_OK)
		rc = tg_propose(result, findings, site, supplier->id, batch->sets, batch->count, options,
			tell, told, err);
	if (lock >= 0)
		(void)close(lock);
	return rc;
}

static void count_lines(const tg_supplier_batch *batch, size_t *lines, size_t *refused)
{
	*lines = *refused = 0;
	for (size_t i = 0; i < batch->count; i++) {
		*lines += batch->sets[i].statements.lines;
		*refused += batch->sets[i].statements.refused;
	}
}

static int report(const tg_supplier *s, const tg_supplier_batch *batch, const tg_propose_result *r,
	const tg_findings *findings, struct told *told)
{
	size_t lines, refused;
	int code;

	count_lines(batch, &lines, &refused);
	code = r->withdrawals > 0 ? TG_EXIT_WITHDRAWN : refused > 0 ? TG_EXIT_REFUSED : TG_EXIT_OK;
	if (told->json) {
		tg_json *json = tg_findings_json(findings);

		tg_json_set_str(json, "supplier", s->id);
		tg_json_set_int(json, "root_version", batch->root_version);
		tg_json_set_int(json, "targets_version", batch->targets_version);
		tg_json_set_int(json, "lines", (int64_t)lines);
		tg_json_set_int(json, "refused", (int64_t)refused);
		tg_json_set_int(json, "on_file", (int64_t)r->on_file);
		tg_json_set_int(json, "new", (int64_t)r->counts[TG_PROPOSED]);
		tg_json_set_int(json, "waiting", (int64_t)r->counts[TG_PROPOSE_WAITING]);
		tg_json_set_int(json, "rejected_before", (int64_t)r->counts[TG_PROPOSE_REJECTED_BEFORE]);
		tg_json_set_int(json, "overtaken", (int64_t)r->counts[TG_PROPOSE_OVERTAKEN]);
		tg_json_set_int(json, "left_for_later", (int64_t)r->left);
		tg_json_set_int(json, "withdrawals", (int64_t)r->withdrawals);
		tg_json_set_int(json, "documents_fetched", (int64_t)batch->papers);
		tg_json_set(json, "drafts", told->list);
		told->list = NULL;
		return tg_cli_print(json, code);
	}
	tg_findings_print(stderr, findings, &(tg_findings_choice){ .folder = s->id, .equal_warnings = 10 });
	for (size_t i = 0; i < batch->count; i++)
		if (batch->absent[i])
			(void)fprintf(stderr, "%s: publishes no %s\n", s->id, batch->names[i][0]);
	(void)printf("%s: %zu lines, %zu refused; %zu statements on file as they are, %zu new drafts, %zu "
		     "waiting, %zu rejected "
		     "before, %zu overtaken; %zu documents fetched\n",
		s->id, lines, refused, r->on_file, r->counts[TG_PROPOSED], r->counts[TG_PROPOSE_WAITING],
		r->counts[TG_PROPOSE_REJECTED_BEFORE], r->counts[TG_PROPOSE_OVERTAKEN], batch->papers);
	if (r->left > 0)
		(void)fprintf(stderr, "%s: %zu more would be new drafts; settle some, and import again\n",
			s->id, r->left);
	if (r->withdrawals > 0)
		(void)fprintf(stderr,
			"tillgate-hq: the supplier withdrew %zu statements that are in force: see drafts "
			"list\n",
			r->withdrawals);
	return code;
}

static int open_fetch(tg_fetch **out, const tg_site *site, const tg_supplier *s, tg_error *err)
{
	tg_access_files files;
	tg_fetch_options options;
	char folder[4096];
	int rc = tg_supplier_path(folder, site, s->id, "access", err);

	if (rc != TG_OK)
		return rc;
	options = tg_access_files_options(&files, folder, s->metadata_url);
	return tg_fetch_open(out, &options, err);
}

int tg_cli_import_supplier(const tg_cli *cli, const char *id_or_url, bool add_products)
{
	static tg_supplier_batch batch; /* 64 sets of some hundred bytes: too many for a stack */
	int64_t now_us = tg_utc_now_us();
	bool progress = !cli->json && isatty(STDERR_FILENO);
	struct told told = { .json = cli->json, .list = tg_json_new_array() };
	tg_propose_result result = { 0 };
	tg_findings findings = { 0 };
	tg_fetch *fetch = NULL;
	tg_error err = { 0 };
	tg_supplier supplier;
	tg_site site;
	int code, rc = tg_site_open(&site, cli->dir, &err);

	if (rc == TG_OK)
		rc = tg_supplier_find(&supplier, &site, id_or_url, &err);
	if (rc == TG_OK)
		rc = open_fetch(&fetch, &site, &supplier, &err);
	if (rc == TG_OK)
		rc = tg_supplier_fetch(&batch, &findings, &site, &supplier, fetch, now_us,
			progress ? step : NULL, NULL, &err);
	if (progress)
		(void)fputs("\r\033[K", stderr);
	if (rc == TG_OK)
		rc = propose(&result, &findings, &site, &batch, &supplier,
			&(tg_propose_options){ .add_products = add_products, .now_us = now_us }, &told, &err);
	code = rc == TG_OK ? report(&supplier, &batch, &result, &findings, &told) : tg_cli_refused(&err);
	tg_json_free(told.list);
	tg_supplier_batch_fini(&batch);
	tg_fetch_close(fetch);
	tg_findings_fini(&findings);
	return code;
}

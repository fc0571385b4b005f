/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_case.c - options of casework, its lock, one change by the ordinary road.
 */
#include "sync/hq/cmd_case.h"

#include "store/base/file.h"
#include "sync/hq/against.h"
#include "sync/hq/page_text.h"
#include "sync/hq/supplier.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- options ---- */

enum { OPT_FIRST = 3000, OPT_GTIN = 4000, OPT_BRAND, OPT_MAKER, OPT_TYPE, OPT_BATCH, OPT_SERIAL, OPT_TASK, OPT_TODAY, OPT_ALL, OPT_OUT,
	OPT_DESPATCH, OPT_SEPARATOR, OPT_MAP };

#define COMMON 13
static const struct option common[COMMON] = { { "gtin", required_argument, NULL, OPT_GTIN },
	{ "brand", required_argument, NULL, OPT_BRAND }, { "maker", required_argument, NULL, OPT_MAKER },
	{ "type", required_argument, NULL, OPT_TYPE }, { "batch", required_argument, NULL, OPT_BATCH },
	{ "serial", required_argument, NULL, OPT_SERIAL }, { "task", required_argument, NULL, OPT_TASK },
	{ "today", required_argument, NULL, OPT_TODAY }, { "all", no_argument, NULL, OPT_ALL }, { "out", required_argument, NULL, OPT_OUT },
	{ "despatch", required_argument, NULL, OPT_DESPATCH }, { "separator", required_argument, NULL, OPT_SEPARATOR },
	{ "map", required_argument, NULL, OPT_MAP } };
static const struct option ends[] = { TG_CLI_OPTIONS };

static void add_text(tg_json **object, const char *member, const char *text)
{
	tg_json *list;

	if (*object == NULL)
		*object = tg_json_new_object();
	list = tg_json_get(*object, member) != NULL ? tg_json_copy(tg_json_get(*object, member)) : tg_json_new_array();
	tg_json_add_str(list, text);
	tg_json_set(*object, member, list);
}

/* "L100" or "L100..L199" */
static int add_range(tg_json **object, const char *member, char *text, tg_error *err)
{
	char *dots = strstr(text, "..");
	tg_json *range = tg_json_new_object(), *list;

	if (dots != NULL)
		*dots = '\0';
	tg_json_set_str(range, "from", text);
	tg_json_set_str(range, "to", dots == NULL ? text : dots + 2);
	if (*object == NULL)
		*object = tg_json_new_object();
	list = tg_json_get(*object, member) != NULL ? tg_json_copy(tg_json_get(*object, member)) : tg_json_new_array();
	tg_json_add(list, range);
	tg_json_set(*object, member, list);
	return text[0] == '\0' ? tg_fail(err, TG_EINVAL, "--batch, --serial: wanted one, or FROM..TO") : TG_OK;
}

/* "2026-12-01 send the list of consignees" */
static int add_task(tg_case_args *args, char *text, tg_error *err)
{
	char *blank = strchr(text, ' ');
	tg_json *task;
	int32_t day;

	if (blank != NULL)
		*blank = '\0';
	if (blank == NULL || blank[1] == '\0' || tg_day_parse(&day, text, NULL) != TG_OK)
		return tg_fail(err, TG_EINVAL, "--task: wanted \"YYYY-MM-DD WHAT\", the last day first");
	task = tg_json_new_object();
	tg_json_set_str(task, "by", text);
	tg_json_set_str(task, "what", blank + 1);
	if (args->tasks == NULL)
		args->tasks = tg_json_new_array();
	tg_json_add(args->tasks, task);
	return TG_OK;
}

static int take_common(tg_case_args *args, int c, tg_error *err)
{
	switch (c) {
	case OPT_GTIN:
		return add_text(&args->reach, "gtins", optarg), TG_OK;
	case OPT_BRAND:
		return add_text(&args->reach, "brands", optarg), TG_OK;
	case OPT_MAKER:
		return add_text(&args->reach, "manufacturers", optarg), TG_OK;
	case OPT_TYPE:
		return add_text(&args->reach, "types", optarg), TG_OK;
	case OPT_BATCH:
		return add_range(&args->reach, "batches", optarg, err);
	case OPT_SERIAL:
		return add_range(&args->reach, "serials", optarg, err);
	case OPT_TASK:
		return add_task(args, optarg, err);
	case OPT_TODAY:
		return tg_day_parse(&args->today, optarg, NULL) == TG_OK ? TG_OK
									  : tg_fail(err, TG_EINVAL, "--today: wanted YYYY-MM-DD");
	case OPT_ALL:
		return args->all = true, TG_OK;
	case OPT_OUT:
		return args->out = optarg, TG_OK;
	case OPT_DESPATCH:
		return args->despatch = optarg, TG_OK;
	case OPT_SEPARATOR:
		return args->separator = optarg, TG_OK;
	case OPT_MAP:
		if (args->map_count == TG_COUNT(args->maps))
			return tg_fail(err, TG_EINVAL, "--map: given too often");
		return args->maps[args->map_count++] = optarg, TG_OK;
	default:
		return TG_ENOTFOUND;
	}
}

bool tg_case_args_take(tg_case_args *args, const tg_case_option *options, size_t count, int argc, char **argv, int *c,
	tg_error *err)
{
	struct option all[TG_CASE_OPTIONS_MAX + COMMON + TG_COUNT(ends)];
	size_t n = 0;

	*args = (tg_case_args){ .options = options, .count = count, .today = tg_day_in_uk(tg_utc_now_us()) };
	for (size_t i = 0; i < count; i++)
		all[n++] = (struct option){ options[i].name, options[i].flag ? no_argument : required_argument, NULL,
			OPT_FIRST + (int)i };
	memcpy(all + n, common, sizeof(common));
	memcpy(all + n + COMMON, ends, sizeof(ends));
	tg_cli_init(&args->cli);
	while ((*c = getopt_long(argc, argv, "d:h", all, NULL)) != -1) {
		int rc;

		if (*c >= OPT_FIRST && *c < OPT_FIRST + (int)count) {
			args->values[*c - OPT_FIRST] = options[*c - OPT_FIRST].flag ? "" : optarg;
			continue;
		}
		rc = take_common(args, *c, err);
		if (rc == TG_ENOTFOUND && !tg_cli_take(&args->cli, *c))
			return false;
		if (rc == TG_EINVAL)
			return false;
	}
	*c = '?';
	return optind < argc;
}

void tg_case_args_fini(tg_case_args *args)
{
	tg_json_free(args->reach);
	tg_json_free(args->tasks);
}

const char *tg_case_arg(const tg_case_args *args, const char *member)
{
	for (size_t i = 0; i < args->count; i++)
		if (args->values[i] != NULL && strcmp(args->options[i].member, member) == 0)
			return args->values[i];
	return NULL;
}

int tg_case_arg_day(int32_t *out, const tg_case_args *args, const char *member, int32_t def, tg_error *err)
{
	const char *text = tg_case_arg(args, member), *option = member;

	*out = def;
	for (size_t i = 0; i < args->count; i++)
		if (strcmp(args->options[i].member, member) == 0)
			option = args->options[i].name;
	if (text != NULL && tg_day_parse(out, text, NULL) != TG_OK)
		return tg_fail(err, TG_EINVAL, "--%s: \"%s\" is no day; wanted YYYY-MM-DD", option, text);
	return TG_OK;
}

static bool takes_it(const char *const *takes, const char *member)
{
	for (size_t i = 0; takes[i] != NULL; i++)
		if (strcmp(takes[i], member) == 0)
			return true;
	return strcmp(member, "by") == 0;
}

int tg_case_args_event(tg_json **out, const tg_case_args *args, const char *const *takes, bool with_reach, tg_error *err)
{
	*out = NULL;
	if (args->reach != NULL && !with_reach)
		return tg_fail(err, TG_EINVAL, "products are named when it is opened, not here");
	if (args->tasks != NULL && !takes_it(takes, "tasks"))
		return tg_fail(err, TG_EINVAL, "--task: not here");
	for (size_t i = 0; i < args->count; i++)
		if (args->values[i] != NULL && !takes_it(takes, args->options[i].member))
			return tg_fail(err, TG_EINVAL, "--%s: not here", args->options[i].name);
	*out = tg_json_new_object();
	for (size_t i = 0; i < args->count; i++) {
		const tg_case_option *o = &args->options[i];

		if (args->values[i] == NULL || strcmp(o->member, "by") == 0)
			continue;
		if (o->flag)
			tg_json_set_bool(*out, o->member, true);
		else
			tg_json_set_str(*out, o->member, args->values[i]);
	}
	if (args->tasks != NULL)
		tg_json_set(*out, "tasks", tg_json_copy(args->tasks));
	return TG_OK;
}

void tg_case_args_reach(tg_json *record, const tg_case_args *args)
{
	static const char *const products[] = { "gtins", "brands", "manufacturers", "types" };
	bool any = false;

	for (size_t i = 0; i < TG_COUNT(products); i++)
		any = any || tg_json_get(args->reach, products[i]) != NULL;
	for (size_t i = 0; any && i < TG_COUNT(products); i++)
		tg_json_remove(record, products[i]);
	for (const tg_json *m = tg_json_first(args->reach); m != NULL; m = tg_json_next(m))
		tg_json_set(record, tg_json_name(m), tg_json_copy(m));
}

/* ---- the folder ---- */

int tg_case_open(tg_case_site *out, const char *dir, tg_book book, bool write, tg_error *err)
{
	char said[240] = "";
	tg_error lock_err = { 0 };
	int rc;

	*out = (tg_case_site){ .lock = -1 };
	rc = tg_site_open(&out->site, dir, err);
	if (rc == TG_OK && write)
		rc = tg_site_lock(&out->lock, &out->site, book == TG_BOOK_FAILURES ? "tillgate-hq failure" : "tillgate-hq notice", err);
	else if (rc == TG_OK && tg_site_lock(&out->lock, &out->site, "tillgate-hq reading casework", &lock_err) != TG_OK)
		out->lock = -1; /* who only reads reads what is whole */
	if (rc == TG_OK && out->lock >= 0)
		rc = tg_casework_repair(said, &out->site, err);
	if (said[0] != '\0')
		(void)fprintf(stderr, "tillgate-hq: %s; publish takes it to the tills\n", said);
	if (rc == TG_OK)
		rc = tg_casework_load(&out->book, &out->site, book, err);
	if (!write && out->lock >= 0) {
		(void)close(out->lock);
		out->lock = -1;
	}
	return rc;
}

void tg_case_close(tg_case_site *site)
{
	tg_casework_fini(&site->book);
	if (site->lock >= 0)
		(void)close(site->lock);
	site->lock = -1;
}

/* ---- one change ---- */

int tg_case_judge(tg_record_judgement *judgement, const tg_case_site *site, const tg_case_args *args, const tg_json *record,
	tg_error *err)
{
	int rc = tg_record_change_judge(
		judgement, &site->site, tg_book_kind(site->book.book), record, args->today, args->cli.json, err);

	tg_findings_print(stderr, &judgement->own, &(tg_findings_choice){ .folder = "records" });
	return rc;
}

int tg_case_change(tg_record_judgement *judgement, tg_case_site *site, const tg_case_args *args, const char *event, const char *of,
	tg_json *members, tg_error *err)
{
	const tg_json *record = tg_json_get(members, "record");
	char user[TG_RECORD_NAME_MAX + 1];
	tg_case_author author = { tg_case_arg(args, "by"), tg_supplier_os_user(user), tg_utc_now_us() };
	int rc = author.by == NULL ? tg_fail(err, TG_EINVAL, "who does this? --by NAME") : TG_OK;

	if (rc == TG_OK && record != NULL && !judgement->done)
		rc = tg_case_judge(judgement, site, args, record, err);
	if (rc != TG_OK) {
		tg_json_free(members);
		return rc;
	}
	return tg_casework_append(&site->book, &site->site, event, of, members, &author, err);
}

void tg_case_say_publish(const tg_case_args *args, const tg_record_judgement *judgement)
{
	if (args->cli.json)
		return;
	(void)printf("The gates take it from the next publication. At once: tillgate-hq publish --dir %s\n"
		     "A station brings it in with its next sync; \"tillgate sync\" on the station does so at once.\n",
		args->cli.dir);
	if (judgement->errors_elsewhere > 0)
		(void)printf("BUT %zu errors in other records stop every publication: tillgate-hq lint says which; correct them first.\n",
			judgement->errors_elsewhere);
}

/* ---- documents ---- */

int tg_case_write_page(const tg_page *page, const char *path, tg_error *err)
{
	char file[4096];
	tg_buf out;
	int rc;

	tg_buf_init(&out, TG_PAGE_MAX);
	rc = tg_page_html(&out, page, err);
	if (rc == TG_OK)
		rc = tg_path(file, err, "%s.html", path);
	if (rc == TG_OK)
		rc = tg_file_write(file, tg_buf_view(&out), 0600, err);
	tg_buf_clear(&out);
	if (rc == TG_OK)
		rc = tg_page_text(&out, page, err);
	if (rc == TG_OK)
		rc = tg_path(file, err, "%s.txt", path);
	if (rc == TG_OK)
		rc = tg_file_write(file, tg_buf_view(&out), 0600, err);
	tg_buf_fini(&out);
	return rc;
}

/* ---- products ---- */

struct choosing {
	tg_case_products *out;
	const tg_index *index;
	bool *seen;
};

static bool take_product(void *context, size_t number)
{
	struct choosing *c = context;
	const tg_product_record **grown;

	if (c->seen[number])
		return true;
	c->seen[number] = true;
	grown = tg_array_grow(c->out->list, c->out->count, &c->out->cap, sizeof(const tg_product_record *));
	if (grown == NULL) {
		c->out->failed = true;
		return false;
	}
	c->out->list = grown;
	grown[c->out->count++] = c->index->products[number].record;
	return true;
}

static int by_gtin(const void *left, const void *right)
{
	uint64_t a = (*(const tg_product_record *const *)left)->gtin, b = (*(const tg_product_record *const *)right)->gtin;

	return (a > b) - (a < b);
}

int tg_case_products_of(tg_case_products *out, const tg_index *index, const tg_reach *reach, tg_error *err)
{
	struct choosing c = { out, index, calloc(index->product_count + 1, sizeof(bool)) };

	*out = (tg_case_products){ 0 };
	if (c.seen != NULL)
		tg_reach_each(index, reach, take_product, &c);
	free(c.seen);
	if (c.seen == NULL || out->failed)
		return tg_fail(err, TG_ENOMEM, "products: out of memory");
	if (out->count > 1)
		qsort(out->list, out->count, sizeof(*out->list), by_gtin);
	return TG_OK;
}

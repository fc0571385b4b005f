/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_failure_letters.c - tillgate-hq failure letters: one document for each who is to be told. Sends nothing.
 */
#include "store/base/file.h"
#include "sync/hq/cmd_failure.h"
#include "sync/hq/failure_letters.h"
#include "sync/hq/page_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RECIPIENTS_MAX 10000 /* letters to businesses that we supplied; more is a mistake in the file */

struct letters {
	const tg_case_args *args;
	tg_failure_case c;
	tg_case_site site;
	tg_records records;
	tg_findings findings;
	tg_index index;
	tg_case_products products;
	const tg_reach *reach;
	tg_despatch despatch;
	char manufacturer[TG_CASE_TEXT_MAX + 1];
	size_t recipients, written;
};

/* ---- what goes in ---- */

/* The makers that statements filed for these products name, with their addresses; once each, as far as there is room. */
static void find_manufacturer(struct letters *l)
{
	size_t len = 0;

	(void)snprintf(l->manufacturer, sizeof(l->manufacturer), "%s", l->c.manufacturer);
	for (size_t i = 0; i < l->products.count && l->c.manufacturer[0] == '\0'; i++) {
		size_t n = tg_index_find(&l->index, l->products.list[i]->gtin);

		for (size_t k = l->index.socs.first[n]; k < l->index.socs.first[n + 1]; k++) {
			const tg_soc_record *soc = &l->records.socs[l->index.socs.list[k].to];

			for (size_t m = 0; m < soc->manufacturer_count; m++) {
				char one[2048];

				(void)snprintf(one, sizeof(one), "%s, %s", soc->manufacturers[m].name, soc->manufacturers[m].address);
				if (strstr(l->manufacturer, one) != NULL || len + strlen(one) + 2 > sizeof(l->manufacturer))
					continue;
				len += (size_t)snprintf(l->manufacturer + len, sizeof(l->manufacturer) - len, "%s%s", len > 0 ? "\n" : "", one);
			}
		}
	}
}

static int find_reach(struct letters *l, tg_error *err)
{
	for (size_t i = 0; i < l->records.failure_count; i++)
		if (strcmp(l->records.failures[i].id, l->c.id) == 0)
			l->reach = &l->records.failures[i].reach;
	if (l->reach == NULL)
		return tg_fail(err, TG_ESTATE, "%s is no longer in records/failures.jsonl, so which products are meant is not known; put it back", l->c.id);
	return tg_case_products_of(&l->products, &l->index, l->reach, err);
}

static int take_map(tg_despatch_ask *ask, const char *text, char column[TG_COUNT(tg_despatch_fields)][256], tg_error *err)
{
	const char *equals = strrchr(text, '=');

	for (int f = 0; equals != NULL && f < TG_DESPATCH_FIELDS; f++) {
		if (strcmp(equals + 1, tg_despatch_fields[f]) != 0 || equals == text || (size_t)(equals - text) >= 256)
			continue;
		(void)snprintf(column[f], 256, "%.*s", (int)(equals - text), text);
		ask->columns[f] = column[f];
		return TG_OK;
	}
	return tg_fail(err, TG_EINVAL, "--map: \"%s\"; wanted COLUMN=gtin, to, address, batch, units, date or relation", text);
}

static int take_separator(char *out, const char *text, tg_error *err)
{
	*out = 0; /* the one that the first line has */
	if (text == NULL)
		return TG_OK;
	*out = strcmp(text, "tab") == 0 ? '\t' : text[0];
	if (*out != '\t' && (strlen(text) != 1 || strchr("\"\r\n", text[0]) != NULL))
		return tg_fail(err, TG_EINVAL, "--separator: wanted one character, or \"tab\"");
	return TG_OK;
}

static int read_despatch(struct letters *l, tg_error *err)
{
	static char columns[TG_COUNT(tg_despatch_fields)][256];
	tg_despatch_ask ask = { .batches = l->reach->batches, .batch_count = l->reach->batch_count };
	uint64_t *gtins;
	int rc = take_separator(&ask.separator, l->args->separator, err);

	for (size_t i = 0; i < l->args->map_count && rc == TG_OK; i++)
		rc = take_map(&ask, l->args->maps[i], columns, err);
	gtins = calloc(l->products.count + 1, sizeof(*gtins));
	if (rc == TG_OK && gtins == NULL)
		rc = tg_fail(err, TG_ENOMEM, "despatch: out of memory");
	if (rc != TG_OK) {
		free(gtins);
		return rc;
	}
	for (size_t i = 0; i < l->products.count; i++)
		gtins[i] = l->products.list[i]->gtin;
	ask.gtins = gtins;
	ask.gtin_count = l->products.count;
	rc = tg_despatch_read(&l->despatch, l->args->despatch, &ask, err);
	for (size_t i = 0; i < l->despatch.count; i++)
		l->recipients += i == 0 || strcmp(l->despatch.lines[i].to, l->despatch.lines[i - 1].to) != 0;
	if (rc == TG_OK && l->recipients > RECIPIENTS_MAX)
		rc = tg_fail(err, TG_ELIMIT, "despatch: %zu recipients, at most %d", l->recipients, RECIPIENTS_MAX);
	free(gtins);
	return rc;
}

static int load(struct letters *l, const char *id, tg_error *err)
{
	int rc = tg_case_open(&l->site, l->args->cli.dir, TG_BOOK_FAILURES, false, err);

	if (rc == TG_OK)
		rc = tg_failure_case_of(&l->c, &l->site.book, id, l->args->today, err);
	l->records.quiet = l->args->cli.json;
	l->records.documents_seen = l->site.site.documents_seen;
	if (rc == TG_OK)
		rc = tg_records_load(&l->records, &l->findings, l->site.site.records, err);
	if (rc == TG_OK)
		rc = tg_index_build(&l->index, &l->records, &l->findings, err);
	if (rc == TG_OK)
		rc = find_reach(l, err);
	if (rc == TG_OK)
		find_manufacturer(l);
	if (rc == TG_OK && l->args->despatch != NULL)
		rc = read_despatch(l, err);
	return rc;
}

static void unload(struct letters *l)
{
	tg_despatch_fini(&l->despatch);
	free(l->products.list);
	tg_index_fini(&l->index);
	tg_records_fini(&l->records);
	tg_findings_fini(&l->findings);
	tg_case_close(&l->site);
}

/* ---- what comes out ---- */

static int print_page(const tg_page *page, tg_error *err)
{
	tg_buf out;
	int rc;

	tg_buf_init(&out, TG_PAGE_MAX);
	rc = tg_page_text(&out, page, err);
	if (rc == TG_OK && fwrite(out.data, 1, out.len, stdout) != out.len)
		rc = tg_fail_errno(err, TG_EIO, "standard output");
	(void)printf("\n");
	tg_buf_fini(&out);
	return rc;
}

static int write_letter(struct letters *l, tg_letter *letter, const char *name, tg_json *list, tg_error *err)
{
	char path[4096];
	tg_page *page;
	tg_json *json = NULL;
	int rc = TG_OK;

	letter->failure = &l->c;
	letter->owner = l->site.site.owner;
	letter->sender = tg_case_arg(l->args, "from") == NULL ? "" : tg_case_arg(l->args, "from");
	letter->made = l->args->today;
	letter->products = l->products.list;
	letter->product_count = l->products.count;
	letter->reach = l->reach;
	letter->has_despatch = l->args->despatch != NULL;
	letter->recipients = l->recipients;
	page = tg_letter_page(letter);
	if (l->args->out != NULL) {
		rc = tg_path(path, err, "%s/%s", l->args->out, name);
		if (rc == TG_OK)
			rc = tg_case_write_page(page, path, err);
		if (rc == TG_OK && !l->args->cli.json)
			(void)printf("%s.html, %s.txt\n", path, path);
	}
	if (rc == TG_OK && l->args->cli.json && (rc = tg_page_json(&json, page, err)) == TG_OK)
		tg_json_add(list, json);
	else if (rc == TG_OK && l->args->out == NULL)
		rc = print_page(page, err);
	l->written += rc == TG_OK;
	tg_page_free(page);
	return rc;
}

/* A letter to each whom we supplied, or one to fill in if no file of despatch says whom. */
static int write_downstream(struct letters *l, tg_json *list, tg_error *err)
{
	const tg_despatch *d = &l->despatch;
	tg_letter letter = { .kind = TG_LETTER_DOWNSTREAM, .to = "", .address = "" };
	size_t number = 0;
	int rc = TG_OK;

	if (l->args->despatch == NULL)
		return write_letter(l, &letter, "downstream", list, err);
	for (size_t i = 0; i < d->count && rc == TG_OK;) {
		char name[32];
		size_t end = i + 1;

		while (end < d->count && strcmp(d->lines[end].to, d->lines[i].to) == 0)
			end++;
		letter.to = d->lines[i].to;
		letter.address = d->lines[i].address;
		letter.lines = &d->lines[i];
		letter.line_count = end - i;
		(void)snprintf(name, sizeof(name), "downstream-%04zu", ++number);
		rc = write_letter(l, &letter, name, list, err);
		i = end;
	}
	return rc;
}

static int write_all(struct letters *l, tg_json *list, tg_error *err)
{
	bool own = l->c.role == TG_ROLE_IS_MANUFACTURER;
	tg_letter manufacturer = { .kind = TG_LETTER_MANUFACTURER, .to = own ? "" : l->manufacturer, .address = "" };
	tg_letter authority = { .kind = TG_LETTER_AUTHORITY, .to = "Office for Product Safety and Standards",
		.address = "The address is to be checked before it is sent: no form or address is laid down in the Act." };
	tg_letter supplier = { .kind = TG_LETTER_SUPPLIER, .to = l->c.supplier, .address = "" };
	int rc = write_letter(l, &manufacturer, "manufacturer", list, err);

	if (rc == TG_OK)
		rc = write_letter(l, &authority, "authority", list, err);
	if (rc == TG_OK && tg_letter_asked(TG_LETTER_SUPPLIER, l->c.role))
		rc = write_letter(l, &supplier, "supplier", list, err);
	return rc == TG_OK ? write_downstream(l, list, err) : rc;
}

static void say_despatch(const struct letters *l)
{
	const tg_despatch *d = &l->despatch;

	if (l->args->despatch == NULL) {
		(void)fprintf(stderr, "tillgate-hq: whom we supplied is not known: --despatch FILE.csv (columns gtin, to; address, batch, units, "
				      "date, relation)\n");
		return;
	}
	(void)fprintf(stderr, "tillgate-hq: %s: %zu rows read, %zu about these products, to %zu recipients\n", l->args->despatch, d->read,
		d->count, l->recipients);
	if (!d->has_relation)
		(void)fprintf(stderr, "tillgate-hq: no column \"relation\": all of them are taken as importers or distributors; strike out customers\n");
	if (d->others > 0)
		(void)fprintf(stderr, "tillgate-hq: %zu rows to customers left out: no regulations ask for notices to them\n", d->others);
	if (d->unsure > 0)
		(void)fprintf(stderr, "tillgate-hq: %zu rows whose relation is neither a trader's nor a customer's are taken as traders'; strike out "
				      "customers\n", d->unsure);
	if (d->outside > 0)
		(void)fprintf(stderr, "tillgate-hq: %zu rows of other batches left out\n", d->outside);
	if (d->no_batch > 0)
		(void)fprintf(stderr, "tillgate-hq: %zu rows without a batch kept: they may be of those concerned\n", d->no_batch);
	if (d->bad > 0)
		(void)fprintf(stderr, "tillgate-hq: %zu rows could not be read, and may be about these products; the first: %s\n", d->bad, d->bad_words);
}

/* A folder is often used twice: a letter of the run before, to somebody who gets none now, would be sent with the others. */
static bool left_over(const struct letters *l, tg_error *err)
{
	bool listed = l->args->despatch != NULL, any = false;
	char name[32], path[4096];

	(void)snprintf(name, sizeof(name), "downstream-%04zu", l->recipients + 1);
	for (int i = 0; i < 2 && l->args->out != NULL; i++) {
		const char *no_letter = i == 0 ? name : listed ? "downstream" : "";

		if (no_letter[0] == '\0' || tg_path(path, err, "%s/%s.html", l->args->out, no_letter) != TG_OK || access(path, F_OK) != 0)
			continue;
		(void)fprintf(stderr, "tillgate-hq: %s is of an earlier run, and perhaps others with it: this run wrote no such letter; take out what "
				      "it did not write before you send\n", path);
		any = true;
	}
	return any;
}

int tg_failure_letters(const tg_case_args *args, const char *id, int *code, tg_error *err)
{
	struct letters l = { .args = args, .site = { .lock = -1 } };
	tg_json *list = tg_json_new_array();
	int rc = load(&l, id, err);

	if (rc == TG_OK && args->out != NULL)
		rc = tg_dir_make(args->out, 0700, err);
	if (rc == TG_OK)
		rc = write_all(&l, list, err);
	if (rc == TG_OK) {
		say_despatch(&l);
		(void)fprintf(stderr, "tillgate-hq: %zu letters written, none sent: nothing is sent by tillgate. Send them, then record it: "
				      "tillgate-hq failure step %s STEP --evidence REF --by NAME\n", l.written, l.c.id);
		*code = left_over(&l, err) || l.despatch.bad > 0 ? TG_EXIT_REFUSED : TG_EXIT_OK;
	}
	if (rc == TG_OK && args->cli.json) {
		*code = tg_cli_print(list, *code);
		list = NULL;
	}
	tg_json_free(list);
	unload(&l);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * filing.c - a supplier's statement laid beside our record of it, and into its place.
 */
#include "sync/hq/filing.h"

#include "plugin/gate/label.h"
#include "store/base/encoding.h"
#include "store/base/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- whose member is whose ---- */

/* Takes `names` out of the member object, if there is one. */
static void strip(tg_json *record, const char *member, const char *const *names)
{
	tg_json *inner;

	if (tg_json_get(record, member) == NULL)
		return;
	inner = tg_json_copy(tg_json_get(record, member));
	for (size_t i = 0; names[i] != NULL; i++)
		tg_json_remove(inner, names[i]);
	tg_json_set(record, member, inner);
}

static const char *const our_document[] = { "file", "sha256_on_file", NULL };
static const char *const our_test[] = { "link_tested", "link_result", NULL };

tg_json *tg_statement_of_record(const tg_json *record, const char *supplier)
{
	const tg_json *source = tg_json_get(record, "source");
	const char *owner = tg_json_str(tg_json_get(source, "supplier")),
		   *statement = tg_json_str(tg_json_get(source, "statement")),
		   *successor = tg_json_str(tg_json_get(record, "superseded_by"));
	size_t len = strlen(supplier);
	tg_json *copy;

	if (owner == NULL || statement == NULL || strcmp(owner, supplier) != 0)
		return NULL;
	copy = tg_json_copy(record);
	tg_json_remove(copy, "source");
	tg_json_remove(copy, "accepted_doubts");
	strip(copy, "document", our_document);
	strip(copy, "accompanies", our_test);
	tg_json_set_str(copy, "id", statement);
	if (successor != NULL && strncmp(successor, supplier, len) == 0 && successor[len] == '.')
		tg_json_set_str(copy, "superseded_by", successor + len + 1);
	return copy;
}

static int write_jcs(tg_buf *out, const tg_json *json, tg_error *err)
{
	int rc = tg_json_write_jcs(out, json, err);

	return rc == TG_OK ? tg_buf_check(out, "record", err) : rc;
}

int tg_statement_hash(char out[TG_HASH_TEXT_SIZE], const tg_json *statement, tg_error *err)
{
	uint8_t hash[TG_SHA256_SIZE];
	tg_buf text;
	int rc;

	tg_buf_init(&text, 2 * (size_t)TG_RECORD_LINE_MAX);
	rc = write_jcs(&text, statement, err);
	if (rc == TG_OK) {
		tg_sha256(hash, text.data, text.len);
		(void)tg_hex_encode(out, hash, sizeof(hash));
	}
	tg_buf_fini(&text);
	return rc;
}

bool tg_supplier_paper(
	char path[4096], const char **type, const tg_site *site, const char *supplier, const char *sha256)
{
	char folder[4096];
	struct stat st;

	if (sha256[0] == '\0' || tg_supplier_path(folder, site, supplier, "documents", NULL) != TG_OK)
		return false;
	for (size_t i = 0; tg_document_types[i] != NULL; i++)
		if (tg_path(path, NULL, "%s/%s.%s", folder, sha256, tg_document_types[i]) == TG_OK &&
			lstat(path, &st) == 0 && S_ISREG(st.st_mode)) {
			*type = tg_document_types[i];
			return true;
		}
	path[0] = '\0';
	return false;
}

static const char *text_in(const tg_json *record, const char *object, const char *name)
{
	const char *text = tg_json_str(tg_json_get(tg_json_get(record, object), name));

	return text == NULL ? "" : text;
}

/* What we found out ourselves and the new words do not touch stays: the copy on file, and the test of the same link. */
static void keep_ours(tg_json *then, const tg_json *now)
{
	const tg_json *document = tg_json_get(now, "document"),
		      *accompanies = tg_json_get(now, "accompanies");
	tg_json *inner;

	if (document != NULL && tg_json_get(then, "document") != NULL) {
		inner = tg_json_copy(tg_json_get(then, "document"));
		for (size_t i = 0; our_document[i] != NULL; i++)
			if (tg_json_get(document, our_document[i]) != NULL)
				tg_json_set(inner, our_document[i],
					tg_json_copy(tg_json_get(document, our_document[i])));
		tg_json_set(then, "document", inner);
	}
	if (accompanies == NULL || tg_json_get(then, "accompanies") == NULL ||
		strcmp(text_in(then, "document", "link"), text_in(now, "document", "link")) != 0)
		return;
	inner = tg_json_copy(tg_json_get(then, "accompanies"));
	for (size_t i = 0; our_test[i] != NULL; i++)
		if (tg_json_get(accompanies, our_test[i]) != NULL)
			tg_json_set(inner, our_test[i], tg_json_copy(tg_json_get(accompanies, our_test[i])));
	tg_json_set(then, "accompanies", inner);
}

/* The paper that was fetched becomes the copy on file. */
static void take_paper(tg_filing *f)
{
	tg_json *document;
	char name[160];

	(void)snprintf(f->paper_sha256, sizeof(f->paper_sha256), "%.64s",
		text_in(f->soc.then, "document", "sha256"));
	if (f->paper[0] == '\0')
		return;
	document = tg_json_copy(tg_json_get(f->soc.then, "document"));
	tg_json_remove(document, "sha256_on_file");
	(void)snprintf(name, sizeof(name), "documents/%s.%s", f->paper_sha256, f->paper_type);
	tg_json_set_str(document, "file", name);
	tg_json_set(f->soc.then, "document", document);
}

static void make_then(tg_filing *f, const tg_site *site)
{
	const tg_draft *d = f->draft;
	const char *successor;
	char id[TG_SUPPLIER_ID_MAX + TG_RECORD_ID_MAX + 2];

	if (d->soc == NULL) {
		f->soc.then = tg_json_copy(f->soc.now);
		tg_json_set_str(f->soc.then, "status", "withdrawn");
		tg_json_remove(f->soc.then, "superseded_by");
		return;
	}
	f->soc.then = tg_json_copy(d->soc);
	tg_json_set_str(f->soc.then, "id", d->record);
	successor = tg_json_str(tg_json_get(d->soc, "superseded_by"));
	if (successor != NULL) {
		(void)snprintf(id, sizeof(id), "%s.%.*s", d->supplier, TG_RECORD_ID_MAX, successor);
		tg_json_set_str(f->soc.then, "superseded_by", id);
	}
	if (f->soc.now != NULL)
		keep_ours(f->soc.then, f->soc.now);
	if (!tg_supplier_paper(
		    f->paper, &f->paper_type, site, d->supplier, text_in(f->soc.then, "document", "sha256")))
		f->paper[0] = '\0';
	take_paper(f);
}

/* ---- the records as they are ---- */

struct search {
	tg_filing *filing;
	const char *id;
};

static int find_soc(void *ctx, tg_view line, uint32_t number, tg_error *err)
{
	struct search *s = ctx;
	tg_json *json = NULL;
	const char *id;
	int rc;

	/* Most lines are somebody else's: no need to take them apart. */
	if (memmem(line.data, line.len, s->id, strlen(s->id)) == NULL)
		return TG_OK;
	rc = tg_json_parse(&json, line, err);
	if (rc != TG_OK)
		return tg_error_prefix(err, "%s:%u", tg_record_files[TG_RECORD_SOC], number), rc;
	id = tg_json_str(tg_json_get(json, "id"));
	if (id == NULL || strcmp(id, s->id) != 0) {
		tg_json_free(json);
		return TG_OK;
	}
	if (s->filing->soc.now != NULL) {
		tg_json_free(json);
		return tg_fail(err, TG_ESTATE, "%s:%u: \"%s\" stands there twice; correct it first (lint)",
			tg_record_files[TG_RECORD_SOC], number, s->id);
	}
	s->filing->soc.now = json;
	return TG_OK;
}

static uint64_t gtin_of(const tg_json *json)
{
	const char *text = tg_json_str(tg_json_get(json, "gtin"));
	uint64_t gtin = 0;

	if (text == NULL || tg_gtin_parse(&gtin, tg_view_str(text), NULL) != TG_OK)
		return 0;
	return gtin;
}

static int by_gtin(const void *left, const void *right)
{
	uint64_t a = gtin_of(((const tg_record_line *)left)->then),
		 b = gtin_of(((const tg_record_line *)right)->then);

	return (a > b) - (a < b);
}

static tg_record_line *line_of(const tg_filing *f, uint64_t gtin)
{
	size_t low = 0, high = f->product_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint64_t here = gtin_of(f->products[middle].then);

		if (here == gtin)
			return &f->products[middle];
		if (here < gtin)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int find_product(void *ctx, tg_view line, uint32_t number, tg_error *err)
{
	tg_filing *f = ctx;
	tg_record_line *product;
	tg_json *json = NULL;
	int rc = tg_json_parse(&json, line, err);

	if (rc != TG_OK)
		return tg_error_prefix(err, "%s:%u", tg_record_files[TG_RECORD_PRODUCT], number), rc;
	product = line_of(f, gtin_of(json));
	if (product != NULL && product->now == NULL) {
		product->now = json;
		json = NULL;
	}
	tg_json_free(json);
	return TG_OK;
}

/* Ours stands; the supplier's words fill in what we have not got. */
static void complete_product(tg_record_line *line)
{
	tg_json *mixed;

	if (line->now == NULL)
		return;
	mixed = tg_json_copy(line->now);
	for (const tg_json *member = tg_json_first(line->then); member != NULL; member = tg_json_next(member))
		if (tg_json_get(mixed, tg_json_name(member)) == NULL)
			tg_json_set(mixed, tg_json_name(member), tg_json_copy(member));
	tg_json_free(line->then);
	line->then = mixed;
}

static int plan_products(tg_filing *f, const tg_site *site, tg_error *err)
{
	const tg_json *list = tg_json_get(f->draft->body, "products");
	char path[4096];
	int rc = tg_path(path, err, "%s/%s", site->records, tg_record_files[TG_RECORD_PRODUCT]);

	f->products = calloc(tg_json_size(list) + 1, sizeof(*f->products));
	if (f->products == NULL)
		return tg_fail(err, TG_ENOMEM, "products: out of memory");
	for (const tg_json *item = tg_json_first(list); item != NULL; item = tg_json_next(item))
		f->products[f->product_count++].then = tg_json_copy(item);
	if (rc != TG_OK || f->product_count == 0)
		return rc;
	qsort(f->products, f->product_count, sizeof(*f->products), by_gtin);
	rc = tg_records_each_line(path, find_product, f, err);
	if (rc == TG_ENOTFOUND)
		rc = TG_OK;
	for (size_t i = 0; i < f->product_count && rc == TG_OK; i++)
		complete_product(&f->products[i]);
	return rc;
}

/* ---- may it? ---- */

static int check_covered(const tg_prefix *prefix, const tg_json *list, tg_error *err)
{
	char text[TG_PREFIX_TEXT_SIZE];
	uint64_t gtin;

	for (const tg_json *item = tg_json_first(list); item != NULL; item = tg_json_next(item)) {
		const char *number = tg_json_str(
			tg_json_type_of(item) == TG_JSON_OBJECT ? tg_json_get(item, "gtin") : item);

		if (number == NULL || tg_gtin_parse(&gtin, tg_view_str(number), NULL) != TG_OK ||
			!tg_prefix_covers(prefix, gtin))
			return tg_fail(err, TG_ESTATE, "%.20s is outside the prefix %s",
				number == NULL ? "?" : number, tg_prefix_format(text, prefix));
	}
	return TG_OK;
}

/* The register may have changed since the import, and a draft's file may have been edited. */
static int check_right(const tg_draft *d, const tg_site *site, tg_error *err)
{
	tg_supplier supplier;
	tg_prefix prefix;
	size_t i = 0;
	int rc = tg_supplier_read(&supplier, site, d->supplier, err);

	if (rc == TG_ENOTFOUND)
		return tg_fail(err, TG_ESTATE,
			"the supplier \"%s\" is no longer registered; reject the draft", d->supplier);
	if (rc == TG_OK)
		rc = tg_prefix_parse(&prefix, d->prefix, err);
	if (rc != TG_OK)
		return rc;
	while (i < supplier.prefix_count && (supplier.prefixes[i].prefix.eight != prefix.eight ||
						    supplier.prefixes[i].prefix.digits != prefix.digits ||
						    supplier.prefixes[i].prefix.value != prefix.value))
		i++;
	if (i == supplier.prefix_count)
		return tg_fail(err, TG_ESTATE,
			"prefix %s is no longer registered to \"%s\"; reject the draft", d->prefix,
			d->supplier);
	rc = check_covered(&prefix, tg_json_get(d->soc, "gtins"), err);
	return rc == TG_OK ? check_covered(&prefix, tg_json_get(d->body, "products"), err) : rc;
}

static bool is_withdrawn(const tg_json *record)
{
	const char *status = tg_json_str(tg_json_get(record, "status"));

	return status != NULL && strcmp(status, "withdrawn") == 0;
}

/* Is what is on file what the draft was made against, or already what it proposes (a filing that was cut off)? */
static int check_base(const tg_filing *f, tg_error *err)
{
	const tg_draft *d = f->draft;
	char hash[TG_HASH_TEXT_SIZE] = "", proposed[TG_HASH_TEXT_SIZE] = "";
	tg_json *ours = f->soc.now == NULL ? NULL : tg_statement_of_record(f->soc.now, d->supplier);
	int rc = TG_OK;

	if (f->soc.now != NULL && ours == NULL)
		rc = tg_fail(
			err, TG_ESTATE, "\"%s\" is on file already, and not from this supplier", d->record);
	if (rc == TG_OK && ours != NULL)
		rc = tg_statement_hash(hash, ours, err);
	if (rc == TG_OK && d->soc != NULL)
		rc = tg_statement_hash(proposed, d->soc, err);
	if (rc == TG_OK && strcmp(hash, d->replaces) != 0 &&
		(proposed[0] == '\0' || strcmp(hash, proposed) != 0) &&
		!(d->soc == NULL && is_withdrawn(f->soc.now)))
		rc = tg_fail(err, TG_ESTATE,
			"what is on file as \"%s\" changed since the import; import again, and read the new "
			"draft",
			d->record);
	tg_json_free(ours);
	return rc;
}

int tg_filing_plan(tg_filing *out, const tg_site *site, const tg_draft *draft, tg_error *err)
{
	struct search search = { .filing = out, .id = draft->record };
	char path[4096];
	int rc;

	*out = (tg_filing){ .draft = draft, .paper_type = "" };
	rc = check_right(draft, site, err);
	if (rc == TG_OK)
		rc = tg_path(path, err, "%s/%s", site->records, tg_record_files[TG_RECORD_SOC]);
	if (rc == TG_OK)
		rc = tg_records_each_line(path, find_soc, &search, err);
	if (rc == TG_ENOTFOUND)
		rc = TG_OK;
	if (rc == TG_OK)
		rc = check_base(out, err);
	if (rc == TG_OK && draft->soc == NULL && out->soc.now == NULL)
		rc = tg_fail(
			err, TG_ESTATE, "\"%s\" is not on file; there is nothing to withdraw", draft->record);
	if (rc == TG_OK)
		make_then(out, site);
	return rc == TG_OK ? plan_products(out, site, err) : rc;
}

void tg_filing_fini(tg_filing *f)
{
	tg_json_free(f->soc.now);
	tg_json_free(f->soc.then);
	for (size_t i = 0; i < f->product_count; i++) {
		tg_json_free(f->products[i].now);
		tg_json_free(f->products[i].then);
	}
	free(f->products);
	*f = (tg_filing){ 0 };
}

/* ---- lint ---- */

struct touched {
	uint32_t soc; /* line, 0: none */
	uint32_t *products;
	size_t product_count;
};

/* Reads the proposed record over line `line` of its file, or after the last one. */
static int put(
	tg_records *records, tg_findings *findings, tg_record_kind kind, const tg_json *json, uint32_t line)
{
	tg_buf text;
	int rc;

	tg_buf_init(&text, TG_RECORD_LINE_MAX);
	rc = tg_json_write_jcs(&text, json, NULL);
	if (rc == TG_OK)
		rc = tg_records_read_line(records, findings, kind, tg_buf_view(&text), line);
	tg_buf_fini(&text);
	return rc;
}

static int put_soc(struct touched *t, const tg_filing *f, tg_records *r, tg_findings *findings)
{
	size_t at = 0;
	int rc;

	while (at < r->soc_count && strcmp(r->socs[at].id, f->draft->record) != 0)
		at++;
	t->soc = at < r->soc_count ? r->socs[at].line : at > 0 ? r->socs[at - 1].line + 1 : 1;
	rc = put(r, findings, TG_RECORD_SOC, f->soc.then, t->soc);
	if (rc == TG_OK && at + 1 < r->soc_count)
		r->socs[at] = r->socs[--r->soc_count];
	return rc;
}

static int put_products(struct touched *t, const tg_filing *f, tg_records *r, tg_findings *findings)
{
	int rc = TG_OK;

	t->products = calloc(f->product_count + 1, sizeof(*t->products));
	if (t->products == NULL)
		return TG_ENOMEM;
	for (size_t i = 0; i < r->product_count && rc == TG_OK && f->product_count > 0; i++) {
		const tg_record_line *line = line_of(f, r->products[i].gtin);

		if (line == NULL || line->now == NULL)
			continue;
		t->products[t->product_count++] = r->products[i].line;
		rc = put(r, findings, TG_RECORD_PRODUCT, line->then, r->products[i].line);
		if (rc == TG_OK)
			r->products[i] = r->products[--r->product_count];
	}
	for (size_t i = 0; i < f->product_count && rc == TG_OK; i++) {
		uint32_t line = r->product_count > 0 ? r->products[r->product_count - 1].line + 1 : 1;

		if (f->products[i].now != NULL)
			continue;
		t->products[t->product_count++] = line;
		rc = put(r, findings, TG_RECORD_PRODUCT, f->products[i].then, line);
	}
	return rc;
}

static bool is_touched(const struct touched *t, const tg_finding *f)
{
	if (strcmp(f->file, tg_record_files[TG_RECORD_SOC]) == 0)
		return f->line == t->soc;
	if (strcmp(f->file, tg_record_files[TG_RECORD_PRODUCT]) != 0)
		return false;
	for (size_t i = 0; i < t->product_count; i++)
		if (t->products[i] == f->line)
			return true;
	return false;
}

static void take_touched(tg_findings *out, const tg_findings *all, const struct touched *t)
{
	for (size_t i = 0; i < all->count; i++)
		if (is_touched(t, &all->list[i]))
			tg_findings_add(out, (tg_finding_level)all->list[i].level, all->list[i].code,
				(tg_finding_at){ all->list[i].file, all->list[i].line }, all->list[i].field,
				"%s", all->list[i].words);
}

int tg_filing_lint(
	tg_findings *findings, const tg_filing *f, const tg_site *site, int32_t today, tg_error *err)
{
	tg_records records = { .quiet = true };
	tg_findings all = { 0 };
	tg_index index = { 0 };
	struct touched touched = { 0 };
	int rc = tg_records_load(&records, &all, site->records, err);

	if (rc == TG_OK)
		rc = put_soc(&touched, f, &records, &all);
	if (rc == TG_OK)
		rc = put_products(&touched, f, &records, &all);
	if (rc == TG_ENOMEM)
		rc = tg_fail(err, rc, "lint: out of memory");
	if (rc == TG_OK && (rc = tg_index_build(&index, &records, &all, err)) == TG_OK)
		tg_lint(&all, &index, today);
	/* A record that is none is told of by its finding; the code is for the caller who asks no further. */
	if (rc == TG_EFORMAT)
		(void)tg_fail(err, rc, "the proposed record is none; see the findings");
	take_touched(findings, &all, &touched);
	free(touched.products);
	tg_index_fini(&index);
	tg_findings_fini(&all);
	tg_records_fini(&records);
	return rc;
}

/* ---- writing ---- */

static void add_approvals(tg_json *source, const tg_draft *draft)
{
	tg_approval list[TG_DRAFT_APPROVALS_MAX];
	size_t count = tg_draft_approvals(list, draft);
	tg_json *array = tg_json_new_array();

	for (size_t i = 0; i < count; i++) {
		tg_json *item = tg_json_new_object();

		tg_json_set_str(item, "by", list[i].by);
		tg_json_set_str(item, "key", list[i].key);
		tg_json_set_str(item, "os_user", list[i].os_user);
		tg_json_set_str(item, "at", list[i].at);
		tg_json_add(array, item);
	}
	tg_json_set(source, "approved", array);
}

static tg_json *source_of(const tg_draft *d)
{
	static const char *const names[] = { "role", "keys", "root_version", "targets_version", "target",
		"target_sha256", "fetched_at", NULL };
	const tg_json *signature = tg_json_get(d->body, "signed");
	tg_json *source = tg_json_new_object();

	tg_json_set_str(source, "supplier", d->supplier);
	tg_json_set_str(source, "statement", d->statement);
	tg_json_set_str(source, "prefix", d->prefix);
	for (size_t i = 0; names[i] != NULL; i++)
		if (tg_json_get(signature, names[i]) != NULL)
			tg_json_set(source, names[i], tg_json_copy(tg_json_get(signature, names[i])));
	add_approvals(source, d);
	return source;
}

/* The paper goes to where the records keep theirs, under its hash; read again and hashed on the way. */
static int file_paper(const tg_filing *f, const tg_site *site, tg_error *err)
{
	char to[4096], hex[TG_HASH_TEXT_SIZE];
	uint8_t hash[TG_SHA256_SIZE];
	tg_buf paper;
	int rc;

	if (f->paper[0] == '\0')
		return TG_OK;
	tg_buf_init(&paper, TG_DOCUMENT_MAX);
	rc = tg_file_read(&paper, f->paper, TG_DOCUMENT_MAX, err);
	if (rc == TG_OK) {
		tg_sha256(hash, paper.data, paper.len);
		if (strcmp(tg_hex_encode(hex, hash, sizeof(hash)), f->paper_sha256) != 0)
			rc = tg_fail(err, TG_EHASH, "%s: damaged; remove it, and import again", f->paper);
	}
	if (rc == TG_OK)
		rc = tg_path(to, err, "%s/documents", site->records);
	if (rc == TG_OK)
		rc = tg_dir_make(to, 0755, err);
	if (rc == TG_OK)
		rc = tg_path(to, err, "%s/documents/%s.%s", site->records, f->paper_sha256, f->paper_type);
	if (rc == TG_OK)
		rc = tg_file_write(to, tg_buf_view(&paper), 0644, err);
	tg_buf_fini(&paper);
	return rc;
}

int tg_filing_write(const tg_filing *f, const tg_site *site, tg_error *err)
{
	tg_record_line soc = { f->soc.now, tg_json_copy(f->soc.then) };
	int rc = file_paper(f, site, err);

	tg_json_set(soc.then, "source", source_of(f->draft));
	if (rc == TG_OK && f->product_count > 0)
		rc = tg_records_put(site, TG_RECORD_PRODUCT, f->products, f->product_count, err);
	if (rc == TG_OK)
		rc = tg_records_put(site, TG_RECORD_SOC, &soc, 1, err);
	tg_json_free(soc.then);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * print_soc.c - the pack of a statement of compliance, or of a conformance label: what the paper says (print_checklist.h), how it
 * reaches the buyer, what it covers, where it came from, and until when it is kept.
 *
 * Source: PSTI Act 2022 ss. 9, 15, 22; SI 2023/1007 regs. 8, 9, Schedule 2A.
 */
#include "sync/hq/defects.h"
#include "sync/hq/print_checklist.h"

#include <stdio.h>

#define RETENTION_YEARS 10 /* SI 2023/1007 regs. 8 and 9 */
#define HOPS_MAX 50        /* successors of successors; a longer chain is a slip */

/* ---- the paper and its way to the buyer ---- */

static void put_document(tg_page *page, const tg_print_judged *j)
{
	static const char *const papers[] = { "none", "statement of compliance", "summary",
		"declaration of conformity", "marketing claim", "certificate" };
	const tg_soc_record *s = j->soc;
	char length[64], sha256[2 * TG_SHA256_SIZE + 1] = "";
	tg_lines lines;

	tg_page_section(page, "document", "The document");
	tg_page_facts(page, "document");
	tg_page_fact(page, "kind", "What it is", tg_page_of(TG_PAGE_TEXT, papers[s->paper]));
	tg_lines_init(&lines);
	tg_page_fact(page, "finding", "Finding",
		tg_print__verdict(j, &lines, "document",
			s->sha256[0] != '\0' && s->sha256_on_file[0] != '\0'
				? "as on file"
				: "nothing against it is recorded"));
	tg_lines_fini(&lines);
	tg_page_fact(page, "attachment", "Attachment to this pack",
		tg_page_or(TG_PAGE_CODE, s->file != NULL ? s->file->name : NULL,
			"no file is recorded: add the paper to records/documents"));
	if (s->file != NULL && s->file->whole) {
		(void)snprintf(length, sizeof(length), "%lld bytes, %s", (long long)s->file->length,
			tg_document_types[s->file->type]);
		for (size_t i = 0; i < TG_SHA256_SIZE; i++)
			(void)snprintf(sha256 + 2 * i, 3, "%02x", s->file->sha256[i]);
		tg_page_fact(page, "length", "Its length and type", tg_page_of(TG_PAGE_TEXT, length));
		tg_page_fact(page, "attachment_sha256", "Its SHA-256", tg_page_of(TG_PAGE_CODE, sha256));
	} else if (s->file != NULL) {
		tg_page_fact(page, "length", "The file itself",
			tg_page_of(TG_PAGE_BAD, "not there, or not as recorded; lint says more"));
	}
	tg_page_fact(
		page, "sha256", "SHA-256 of the document as received", tg_page_of(TG_PAGE_CODE, s->sha256));
	tg_page_fact(page, "sha256_on_file", "SHA-256 of the copy on file",
		tg_page_of(TG_PAGE_CODE, s->sha256_on_file));
}

static tg_page_value link_test(const tg_print_judged *j, char words[128])
{
	const tg_soc_record *s = j->soc;
	const tg_records *r = j->print->index->records;
	int32_t age = s->link_tested == TG_DAY_NONE ? 0 : j->print->today - s->link_tested;

	if (s->link_state == TG_LINK_DEAD)
		return tg_page_of(TG_PAGE_BAD, "dead: ask for a working link");
	if (s->link_state != TG_LINK_OK || s->link_tested == TG_DAY_NONE)
		return tg_page_or(TG_PAGE_TEXT, NULL, "never tested: open it, and record the day");
	(void)snprintf(words, 128, "%d day%s ago it led to the statement", age, age == 1 ? "" : "s");
	if (r->has_policy && age > r->policy.link_test_max_age_days) {
		(void)snprintf(words, 128, "%d days ago; the policy allows %d: test it again", age,
			r->policy.link_test_max_age_days);
		return tg_page_of(TG_PAGE_OPEN, words);
	}
	return tg_page_of(TG_PAGE_GOOD, words);
}

static void put_accompanies(tg_page *page, const tg_print_judged *j)
{
	static const char *const ways[] = { "", "In the pack", "On the product's label or packaging",
		"By a link that comes with the product", "By a link on the receipt or dispatch note" };
	const tg_soc_record *s = j->soc;
	bool by_link = s->accompanies == TG_ACCOMPANIES_PRODUCT_LINK ||
		       s->accompanies == TG_ACCOMPANIES_RECEIPT_LINK;
	char words[128];

	tg_page_section(page, "accompanies", "How it accompanies the product");
	tg_page_facts(page, "accompanies");
	tg_page_fact(page, "how", "How",
		s->accompanies < TG_COUNT(ways) && ways[s->accompanies][0] != '\0'
			? tg_page_of(TG_PAGE_TEXT, ways[s->accompanies])
			: tg_page_of(TG_PAGE_OPEN, "not recorded: goods-in holds the product until it is"));
	tg_page_fact(page, "link", "Where it can be read",
		tg_page_or(TG_PAGE_LINK, s->link,
			by_link ? "no link is recorded" : "no link is recorded; none is needed this way"));
	if (by_link || s->link[0] != '\0') {
		tg_page_fact(page, "link_tested", "Link tested on", tg_page_on(s->link_tested, "never"));
		tg_page_fact(page, "link_result", "Result of the test", link_test(j, words));
	}
}

/* ---- coverage ---- */

static void put_coverage(const tg_print_judged *j, tg_page *page, const tg_print_set *products)
{
	static const tg_page_column columns[] = { { "gtin", "GTIN" }, { "name", "Product" },
		{ "type", "Type" }, { "covered", "Type covered?" }, { "role", "We are its" } };
	static const tg_page_column tie_columns[] = { { "batch", "Batch" }, { "from", "Serials from" },
		{ "to", "to" } };
	char gtin[15], name[2 * TG_RECORD_NAME_MAX + 2];

	tg_page_section(page, "coverage", "What it covers");
	tg_page_table(page, "products", "Products that it is filed for", columns, TG_COUNT(columns));
	for (size_t i = 0; i < products->count && i < TG_PRINT_ROWS_MAX; i++) {
		const tg_index_product *p = &j->print->index->products[products->list[i]];
		bool covered = tg_soc_covers_type(j->soc, p->record->type);

		tg_page_row(page,
			(tg_page_value[]){ tg_page_of(TG_PAGE_CODE, tg_gtin_format(gtin, p->gtin)),
				tg_page_of(TG_PAGE_TEXT, tg_print__name(name, p->record)),
				tg_page_of(TG_PAGE_CODE, p->record->type),
				tg_page_of(covered ? TG_PAGE_GOOD : TG_PAGE_BAD, covered ? "yes" : "no: D03"),
				tg_page_of(
					TG_PAGE_TEXT, tg_print__role(j->print->roles[products->list[i]])) });
	}
	if (products->count > TG_PRINT_ROWS_MAX)
		tg_page_para(page, "And %zu more products, which the record lists.",
			products->count - TG_PRINT_ROWS_MAX);
	if (j->soc->tie_count == 0)
		return;
	tg_page_table(page, "serials", "Serial numbers that the manufacturer tied to batches", tie_columns,
		TG_COUNT(tie_columns));
	for (size_t i = 0; i < j->soc->tie_count && i < TG_PRINT_ROWS_MAX; i++) {
		const tg_batch_range *tie = &j->soc->ties[i];

		tg_page_row(page,
			(tg_page_value[]){ tg_page_of(TG_PAGE_CODE, tie->batch),
				tg_page_of(TG_PAGE_CODE, tie->from), tg_page_of(TG_PAGE_CODE, tie->to) });
	}
}

static void put_support(const tg_print_judged *j, tg_page *page, const tg_print_set *products)
{
	static const tg_page_column columns[] = { { "gtin", "GTIN" }, { "end", "Published end" },
		{ "as_of", "Seen on" }, { "source", "Where" }, { "whose", "Whose word" } };
	size_t rows = 0;
	char gtin[15];

	tg_page_section(page, "support", "Support period");
	tg_page_facts(page, "support");
	tg_page_fact(page, "stated_end", "End that the statement gives",
		tg_page_on(j->soc->support_period_end, "none"));
	tg_page_table(page, "published", "What was published", columns, TG_COUNT(columns));
	for (size_t i = 0; i < products->count; i++) {
		const tg_index_product *p = &j->print->index->products[products->list[i]];

		for (size_t n = 0; n < p->record->capture_count && rows++ < TG_PRINT_ROWS_MAX; n++) {
			const tg_dsp_capture *c = &p->record->captures[n];

			tg_page_row(page,
				(tg_page_value[]){ tg_page_of(TG_PAGE_CODE, tg_gtin_format(gtin, p->gtin)),
					tg_page_on(c->end, NULL), tg_page_on(c->as_of, NULL),
					tg_page_of(TG_PAGE_LINK, c->source),
					tg_page_of(TG_PAGE_TEXT,
						c->hearsay ? "somebody else's" : "the manufacturer's") });
		}
	}
}

static void put_labels(const tg_print_judged *j, tg_page *page, const tg_print_set *products)
{
	static const tg_page_column columns[] = { { "id", "Label" }, { "scheme", "Scheme" },
		{ "valid_to", "Through" }, { "checked", "Looked up on" } };
	const tg_index *index = j->print->index;
	tg_print_set labels = { 0 };

	for (size_t i = 0; i < products->count && i < TG_PRINT_ROWS_MAX; i++)
		for (size_t n = index->labels.first[products->list[i]];
			n < index->labels.first[products->list[i] + 1]; n++)
			tg_print__add(&labels, index->labels.list[n].to);
	tg_page_section(page, "labels", "Conformance labels of the same products");
	if (labels.count == 0)
		tg_page_para(page, "None is filed.");
	else
		tg_page_table(page, "labels", "Labels", columns, TG_COUNT(columns));
	for (size_t i = 0; i < labels.count; i++) {
		const tg_label_record *l = &index->records->labels[labels.list[i]];

		tg_page_row(
			page, (tg_page_value[]){ tg_page_of(TG_PAGE_CODE, l->id),
				      tg_page_of(TG_PAGE_TEXT, l->scheme == TG_SCHEME_JC_STAR
								       ? "JC-STAR"
								       : "Cybersecurity Labelling Scheme"),
				      tg_page_on(l->valid_to, NULL), tg_page_on(l->checked, "never") });
	}
	tg_print__set_fini(&labels);
}

/* ---- history ---- */

static const tg_soc_record *soc_of(const tg_records *r, const char *id)
{
	for (size_t i = 0; i < r->soc_count; i++)
		if (strcmp(r->socs[i].id, id) == 0)
			return &r->socs[i];
	return NULL;
}

static void put_version(tg_page *page, const tg_soc_record *s, const char *what)
{
	tg_page_row(page, (tg_page_value[]){ tg_page_of(TG_PAGE_CODE, s->id), tg_page_of(TG_PAGE_TEXT, what),
				  tg_page_of(TG_PAGE_TEXT, tg_soc_status_words[s->status]),
				  tg_page_on(s->issued, NULL) });
}

static void put_versions(const tg_print_judged *j, tg_page *page)
{
	static const tg_page_column columns[] = { { "id", "Statement" }, { "what", "Which" },
		{ "status", "Status" }, { "issued", "Issued" } };
	const tg_records *r = j->print->index->records;
	const tg_soc_record *next = j->soc;

	tg_page_section(page, "versions", "Versions");
	tg_page_table(page, "versions", "Statements in each other's place", columns, TG_COUNT(columns));
	for (size_t i = 0; i < r->soc_count; i++)
		if (strcmp(r->socs[i].superseded_by, j->soc->id) == 0 && &r->socs[i] != j->soc)
			put_version(page, &r->socs[i], "before it");
	put_version(page, j->soc, "this one");
	for (int hops = 0; hops < HOPS_MAX && next->superseded_by[0] != '\0'; hops++) {
		next = soc_of(r, next->superseded_by);
		if (next == NULL || next == j->soc)
			break;
		put_version(page, next, "after it");
	}
}

static void put_receipt(const tg_print_judged *j, tg_page *page)
{
	static const tg_page_column doubt_columns[] = { { "code", "Doubt" }, { "by", "Accepted by" },
		{ "on", "On" }, { "reason", "Why" } };
	const tg_soc_record *s = j->soc;
	tg_lines approved;

	tg_lines_init(&approved);
	for (size_t i = 0; i < s->source.approved_count; i++)
		tg_lines_add(&approved, "%s, %s", s->source.approved[i].by, s->source.approved[i].at);
	tg_page_section(page, "receipt", "Receipt and approval");
	tg_page_facts(page, "receipt");
	tg_page_fact(page, "supplier", "Signed and sent by",
		tg_page_or(TG_PAGE_TEXT, s->source.supplier,
			"no supplier's signature is recorded: filed by hand"));
	tg_page_fact(page, "received", "Received",
		tg_page_or(TG_PAGE_TEXT, s->source.fetched_at, "no time is recorded"));
	tg_page_fact(page, "approved", "Approved by",
		tg_page_or(TG_PAGE_TEXT, tg_lines_text(&approved), "no approval is recorded"));
	tg_lines_fini(&approved);
	if (s->accepted_count == 0)
		return;
	tg_page_table(page, "doubts", "Doubts that were looked into and accepted", doubt_columns,
		TG_COUNT(doubt_columns));
	for (size_t i = 0; i < s->accepted_count; i++) {
		char code[16];

		(void)snprintf(code, sizeof(code), "D%02d", s->accepted[i].defect);
		tg_page_row(page, (tg_page_value[]){ tg_page_of(TG_PAGE_CODE, code),
					  tg_page_of(TG_PAGE_TEXT, s->accepted[i].by),
					  tg_page_on(s->accepted[i].on, NULL),
					  tg_page_of(TG_PAGE_TEXT, s->accepted[i].reason) });
	}
}

static void put_retention(const tg_print_judged *j, tg_page *page, const tg_print_set *products)
{
	int32_t end = tg_day_last_of_years(j->soc->issued, RETENTION_YEARS);
	bool law = false;

	if (end != TG_DAY_NONE && j->soc->support_period_end > end)
		end = j->soc->support_period_end;
	for (size_t i = 0; i < products->count; i++)
		law = law || j->print->roles[products->list[i]] != TG_ROLE_DISTRIBUTOR;
	tg_page_section(page, "retention", "Kept until");
	tg_page_facts(page, "retention");
	tg_page_fact(page, "keep_through", "Keep it at least through",
		tg_page_on(end, "not known: the statement gives no date of issue"));
	tg_page_fact(page, "basis", "Because",
		tg_page_of(TG_PAGE_TEXT,
			law ? "Required of us as importer or manufacturer of some of the products: ten years "
			      "beginning with the "
			      "date of issue, or the support period if longer (SI 2023/1007 regs. 8 and 9)"
			    : "Our policy: the period that importers must keep it (SI 2023/1007 reg. 9); as "
			      "distributor no "
			      "period is required of us"));
}

/* ---- sheets ---- */

static void put_verdict(const tg_print_judged *j, tg_page *page)
{
	const tg_soc_record *s = j->soc;

	if (s->status == TG_SOC_WITHDRAWN)
		tg_page_callout(page, TG_PAGE_BAD,
			"Withdrawn by the manufacturer (D14): nothing may be supplied on the strength of "
			"it.");
	else if (s->status == TG_SOC_SUPERSEDED)
		tg_page_callout(page, TG_PAGE_OPEN, "Superseded by %s: kept for what was supplied under it.",
			s->superseded_by);
	else if (j->count > 0)
		tg_page_callout(page, TG_PAGE_BAD,
			"Not to be relied on: %zu defect%s. The till withholds what rests on it.", j->count,
			j->count == 1 ? "" : "s");
	else
		tg_page_callout(page, TG_PAGE_GOOD, "Complete: every item of Schedule 4 is stated.");
}

static void products_of(const tg_print *print, tg_print_set *products, const tg_gtins *gtins)
{
	for (size_t i = 0; i < gtins->count && products->count <= TG_PRINT_ROWS_MAX; i++) {
		size_t product = tg_index_find(print->index, gtins->list[i]);

		if (product != TG_INDEX_NONE)
			tg_print__add(products, product);
	}
}

static size_t findings_of(tg_print_where where[TG_PRINT_ROWS_MAX + 2], const tg_print *print,
	tg_record_kind kind, uint32_t line, const tg_print_set *products)
{
	size_t count = 0;

	where[count++] = (tg_print_where){ kind, line };
	for (size_t i = 0; i < products->count && i <= TG_PRINT_ROWS_MAX; i++)
		where[count++] = (tg_print_where){ TG_RECORD_PRODUCT,
			print->index->products[products->list[i]].record->line };
	return count;
}

static void put_soc(const tg_print *print, tg_page *page, const tg_soc_record *s)
{
	tg_print_judged j;
	tg_print_where where[TG_PRINT_ROWS_MAX + 2];
	tg_print_set products = { 0 };
	char title[TG_RECORD_ID_MAX + 64], subtitle[TG_RECORD_ID_MAX + 64];
	size_t count;

	tg_print__judge(&j, print, s);
	products_of(print, &products, &s->gtins);
	(void)snprintf(title, sizeof(title), "Statement of compliance: pack %s", s->id);
	(void)snprintf(subtitle, sizeof(subtitle), "Status: %s", tg_soc_status_words[s->status]);
	tg_page_sheet(page, s->id, title, subtitle);
	put_verdict(&j, page);
	tg_print__checklist(page, &j);
	put_document(page, &j);
	put_accompanies(page, &j);
	put_coverage(&j, page, &products);
	put_support(&j, page, &products);
	put_labels(&j, page, &products);
	put_versions(&j, page);
	put_receipt(&j, page);
	put_retention(&j, page, &products);
	count = findings_of(where, print, TG_RECORD_SOC, s->line, &products);
	tg_print__findings(print, page, where, count);
	tg_print__grounds(print, page, where, 1);
	tg_print__set_fini(&products);
}

static void put_label_facts(tg_page *page, const tg_label_record *l)
{
	tg_lines models;
	char level[16];

	(void)snprintf(level, sizeof(level), "%u", l->level);
	tg_lines_init(&models);
	for (size_t i = 0; i < l->models.count; i++)
		tg_lines_add(&models, "%s", l->models.list[i]);
	tg_page_section(page, "label", "The label");
	tg_page_facts(page, "label");
	tg_page_fact(page, "scheme", "Scheme",
		tg_page_of(TG_PAGE_TEXT, l->scheme == TG_SCHEME_JC_STAR
						 ? "JC-STAR (Japan)"
						 : "Cybersecurity Labelling Scheme (Singapore)"));
	tg_page_fact(
		page, "scheme_version", "Version of the scheme", tg_page_of(TG_PAGE_TEXT, l->scheme_version));
	tg_page_fact(page, "level", "Level", tg_page_of(TG_PAGE_TEXT, level));
	tg_page_fact(page, "named", "Named by Schedule 2A",
		tg_label_qualifies(l)
			? tg_page_of(TG_PAGE_GOOD, "yes")
			: tg_page_of(TG_PAGE_BAD, "no: this scheme, version or level does not count"));
	tg_page_fact(page, "models", "Models that it was awarded to",
		tg_page_of(TG_PAGE_TEXT, tg_lines_text(&models)));
	tg_page_fact(page, "valid_from", "From", tg_page_on(l->valid_from, NULL));
	tg_page_fact(page, "valid_to", "Through", tg_page_on(l->valid_to, NULL));
	tg_page_fact(page, "checked", "Looked up in the scheme's register on",
		tg_page_on(l->checked, "never: look it up, and record the day"));
	tg_page_fact(page, "source", "Proof", tg_page_of(TG_PAGE_LINK, l->source));
	tg_lines_fini(&models);
}

static void put_label(const tg_print *print, tg_page *page, const tg_label_record *l)
{
	tg_print_where where[TG_PRINT_ROWS_MAX + 2];
	tg_print_set products = { 0 };
	char title[TG_RECORD_ID_MAX + 64];
	tg_print_found found = tg_print__found(print, TG_RECORD_LABEL, l->line);
	size_t defects = 0, count;

	for (size_t i = 0; i < found.count; i++)
		defects += found.list[i].level != TG_FINDING_WARNING;
	products_of(print, &products, &l->gtins);
	(void)snprintf(title, sizeof(title), "Conformance label: pack %s", l->id);
	tg_page_sheet(page, l->id, title, "In the place of a statement of compliance");
	if (defects > 0)
		tg_page_callout(page, TG_PAGE_BAD,
			"Not to be relied on: %zu defect%s. It needs a statement of compliance instead.",
			defects, defects == 1 ? "" : "s");
	else
		tg_page_callout(page, TG_PAGE_GOOD,
			"Current: while it is, the manufacturer is treated as complying (SI 2023/1007 reg. "
			"4A).");
	put_label_facts(page, l);
	tg_print__products(print, page, &products);
	count = findings_of(where, print, TG_RECORD_LABEL, l->line, &products);
	tg_print__findings(print, page, where, count);
	tg_print__grounds(print, page, where, 1);
	tg_print__set_fini(&products);
}

/* ---- choosing ---- statements first, then labels, in one row of numbers */

static void choose(tg_print *print, tg_print_set *set, const char *name)
{
	const tg_index *index = print->index;
	const tg_records *r = index->records;
	size_t product, before = set->count;
	bool found = false;

	for (size_t i = 0; i < r->soc_count + r->label_count; i++)
		if (strcmp(i < r->soc_count ? r->socs[i].id : r->labels[i - r->soc_count].id, name) == 0) {
			tg_print__add(set, i);
			found = true;
		}
	if (found)
		return;
	product = tg_print__product(print, name);
	if (product == TG_INDEX_NONE) {
		tg_print__refuse(print, name,
			"no statement or label has this id, and no product this GTIN; lint says which "
			"records could not be read");
		return;
	}
	for (size_t i = index->socs.first[product]; i < index->socs.first[product + 1]; i++)
		tg_print__add(set, index->socs.list[i].to), found = true;
	for (size_t i = index->labels.first[product]; i < index->labels.first[product + 1]; i++)
		tg_print__add(set, r->soc_count + index->labels.list[i].to), found = true;
	if (!found && set->count == before)
		tg_print__refuse(print, name,
			"no statement and no label is filed for it; print attestation-request %s asks the "
			"supplier",
			name);
}

tg_page *tg_print_soc_pack(tg_print *print, const tg_print_ask *ask)
{
	const tg_page_head head = { "soc-pack", "Packs of statements and labels", print->owner, print->today,
		TG_PAGE_DOCUMENT };
	const tg_records *r = print->index->records;
	tg_page *page = tg_page_new(&head);
	tg_print_set set = { 0 };

	for (size_t i = 0; ask->all && i < r->soc_count + r->label_count && i <= TG_PRINT_SHEETS_MAX; i++)
		tg_print__append(&set, i);
	for (size_t i = 0; !ask->all && i < ask->count; i++)
		choose(print, &set, ask->names[i]);
	if (set.count > TG_PRINT_SHEETS_MAX)
		tg_print__refuse(print, "soc-pack", "more than %d sheets; choose fewer", TG_PRINT_SHEETS_MAX);
	for (size_t i = 0; i < set.count && set.count <= TG_PRINT_SHEETS_MAX; i++) {
		if (set.list[i] < r->soc_count)
			put_soc(print, page, &r->socs[set.list[i]]);
		else
			put_label(print, page, &r->labels[set.list[i] - r->soc_count]);
	}
	if (set.failed) {
		tg_page_free(page);
		page = NULL;
	}
	tg_print__set_fini(&set);
	return page;
}

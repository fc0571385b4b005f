/* SPDX-License-Identifier: Apache-2.0
 *
 * print_request.c - what we ask a supplier for, for the products of which something is missing, and the attestation that it signs.
 *
 * What is missing is what lint says of the product, its statements and its labels; this file only says it in words for somebody who
 * does not know our records. Source: PSTI Act 2022 ss. 9, 11, 15, 17, 19, 22, 25; SI 2023/1007 Schedule 4.
 */
#include "sync/hq/print_part.h"

#include <stdio.h>
#include <stdlib.h>

/* Findings that a supplier can do something about. The others are ours to settle. */
static const struct {
	const char *code, *needed;
} needs[] = {
	{ "D01", "The statement of compliance, readable, for this type and its batches; a working link, if "
		 "that is how it comes" },
	{ "D02", "Who prepared the statement; it must be the manufacturer, or somebody on its behalf" },
	{ "D03", "A statement that names this type as it stands on the product" },
	{ "D04", "The batches that the statement covers: a list, a range, or \"all batches\" in the "
		 "manufacturer's own words" },
	{ "D06", "Name and address of each manufacturer, in the statement" },
	{ "D07", "Name and address of the authorised representative, in the statement" },
	{ "D08", "The missing declaration: prepared by or on behalf of the manufacturer; in its opinion it "
		 "has complied; and with what" },
	{ "D09", "Number, version and date of the standard that is relied on" },
	{ "D10", "The support period with its end date" },
	{ "D11", "Signature, name and function of the signatory" },
	{ "D12", "Place and date of issue, not in the future" },
	{ "D13", "The statement itself: a summary, declaration of conformity, claim or certificate does not "
		 "take its place" },
	{ "D14", "Why the statement no longer stands, whether a compliance failure is behind it, and the "
		 "statement in its place" },
	{ "D15", "Which of two copies is the manufacturer's: what we received differs from what we hold" },
	{ "D16", "Why the support period that is published now ends earlier than was stated before" },
	{ "D18", "Why another version of ETSI EN 303 645 than V2.1.1 is cited, or a corrected statement" },
	{ "accompanies-missing", "How the statement reaches the buyer with each unit: in the pack, on the "
				 "product, or by which link" },
	{ "link-missing", "The link at which the buyer can read the statement" },
	{ "dsp-before-issue",
		"The right end of the support period: the stated one is before the day of issue" },
	{ "label-expired", "Proof that the label was renewed, or a statement of compliance" },
	{ "label-expires-soon", "Proof that the label will be renewed, or a statement of compliance" },
	{ "label-not-named",
		"A statement of compliance: this label, version or level does not take its place" },
	{ "label-model", "A label or statement for this model" },
};

static const char *needed(const char *code)
{
	for (size_t i = 0; i < TG_COUNT(needs); i++)
		if (strcmp(needs[i].code, code) == 0)
			return needs[i].needed;
	return NULL;
}

/* ---- what a product lacks ---- */

typedef void each_lack(void *ctx, size_t product, const char *what, const tg_finding *finding);

struct looking {
	const tg_print *print;
	size_t product, lacks;
	each_lack *each; /* or NULL: only count */
	void *ctx;
};

static void look_at(struct looking *l, tg_record_kind kind, uint32_t line, const char *what)
{
	tg_print_found found = tg_print__found(l->print, kind, line);

	for (size_t i = 0; i < found.count; i++) {
		if (needed(found.list[i].code) == NULL)
			continue;
		/* One code of one record once: twelve missing words of one declaration are one thing to ask for. */
		if (i > 0 && strcmp(found.list[i].code, found.list[i - 1].code) == 0)
			continue;
		l->lacks++;
		if (l->each != NULL)
			l->each(l->ctx, l->product, what, &found.list[i]);
	}
}

static size_t each_lack_of(const tg_print *print, size_t product, each_lack *each, void *ctx)
{
	const tg_index *index = print->index;
	struct looking l = { print, product, 0, each, ctx };
	char what[TG_RECORD_ID_MAX + 32];

	look_at(&l, TG_RECORD_PRODUCT, index->products[product].record->line, "the product");
	for (size_t i = index->socs.first[product]; i < index->socs.first[product + 1]; i++) {
		const tg_soc_record *s = &index->records->socs[index->socs.list[i].to];

		(void)snprintf(what, sizeof(what), "statement %s", s->id);
		look_at(&l, TG_RECORD_SOC, s->line, what);
	}
	for (size_t i = index->labels.first[product]; i < index->labels.first[product + 1]; i++) {
		const tg_label_record *label = &index->records->labels[index->labels.list[i].to];

		(void)snprintf(what, sizeof(what), "label %s", label->id);
		look_at(&l, TG_RECORD_LABEL, label->line, what);
	}
	return l.lacks;
}

/* ---- whom to ask ---- */

static const tg_supplier *registered(const tg_print *print, uint64_t gtin)
{
	for (size_t i = 0; i < print->supplier_count; i++)
		for (size_t n = 0; n < print->suppliers[i].prefix_count; n++)
			if (tg_prefix_covers(&print->suppliers[i].prefixes[n].prefix, gtin))
				return &print->suppliers[i];
	return NULL;
}

/* Who delivers it, if that is recorded; else whose prefix it is; else who makes it. "" if nobody is recorded. Borrowed. */
static const char *addressee(const tg_print *print, size_t product)
{
	const tg_product_record *p = print->index->products[product].record;
	const tg_supplier *supplier = p->supplier[0] != '\0' ? NULL : registered(print, p->gtin);

	if (p->supplier[0] != '\0')
		return p->supplier;
	if (supplier != NULL)
		return supplier->name;
	return p->manufacturer[0] != '\0' ? p->manufacturer : p->brand;
}

/* A name on the command line is the addressee, or the id under which it is registered. */
static bool is_called(const tg_print *print, const char *name, const char *called)
{
	for (size_t i = 0; i < print->supplier_count; i++)
		if (strcmp(print->suppliers[i].id, called) == 0 &&
			strcmp(print->suppliers[i].name, name) == 0)
			return true;
	return strcmp(name, called) == 0;
}

/* ---- one sheet ---- */

struct sheet {
	const tg_print *print;
	tg_page *page;
	size_t rows;
};

static void put_lack(void *ctx, size_t product, const char *what, const tg_finding *finding)
{
	struct sheet *sheet = ctx;
	const tg_product_record *p = sheet->print->index->products[product].record;
	char gtin[15], name[2 * TG_RECORD_NAME_MAX + 2];

	if (sheet->rows++ >= TG_PRINT_ROWS_MAX)
		return;
	tg_page_row(sheet->page,
		(tg_page_value[]){ tg_page_of(TG_PAGE_CODE, tg_gtin_format(gtin, p->gtin)),
			tg_page_of(TG_PAGE_TEXT, tg_print__name(name, p)), tg_page_of(TG_PAGE_CODE, p->type),
			tg_page_of(TG_PAGE_TEXT, what),
			tg_page_of(TG_PAGE_CODE, finding == NULL ? "none" : finding->code),
			tg_page_of(TG_PAGE_TEXT, finding == NULL ? "Nothing is missing; the attestation only"
								 : needed(finding->code)) });
}

static void put_wanted(const tg_print *print, tg_page *page, const tg_print_set *products)
{
	static const tg_page_column columns[] = { { "gtin", "GTIN" }, { "name", "Product" },
		{ "type", "Type" }, { "about", "About" }, { "code", "Code" }, { "needed", "What we need" } };
	struct sheet sheet = { print, page, 0 };

	tg_page_section(page, "needed", "What is missing");
	tg_page_table(page, "needed", "Products, and what we ask for", columns, TG_COUNT(columns));
	for (size_t i = 0; i < products->count; i++)
		if (each_lack_of(print, products->list[i], put_lack, &sheet) == 0)
			put_lack(&sheet, products->list[i], "the product", NULL);
	if (sheet.rows > TG_PRINT_ROWS_MAX)
		tg_page_para(page, "And %zu more lines. Ask for them product by product.",
			sheet.rows - TG_PRINT_ROWS_MAX);
}

static void put_attestation(const tg_print *print, tg_page *page, const char *to)
{
	char day[32];

	tg_page_section(page, "attestation", "Attestation, for the supplier to sign");
	tg_page_para(page,
		"From %s, to %s, on its request of %s. For the products listed there, and unless we state an "
		"exception below:",
		to[0] != '\0' ? to : "the supplier", print->owner, tg_print__day(day, print->today));
	tg_page_list(page, "statements", true);
	tg_page_item(page, "A statement of compliance that is complete by SI 2023/1007 Schedule 4 "
			   "accompanies every unit that we supply to you, for "
			   "its type and batch; or the product is under a current conformance label, whose "
			   "details we enclose.");
	tg_page_item(page,
		"We know of no compliance failure in these products and do not believe that there is one. "
		"Where there is or may be "
		"one, we state below whether the manufacturer and the enforcement authority have been told.");
	tg_page_item(page, "We will tell you as soon as possible of every compliance failure, every "
			   "withdrawal or correction of a statement, every "
			   "change of a support period, and every notice of the authority that concerns "
			   "these products.");
	tg_page_item(page, "We will send you corrected statements, and take back stock that you hold because "
			   "a statement is missing or defective.");
	tg_page_form(page, "signature");
	tg_page_field(page, "role",
		"Our role for these products: manufacturer, authorised representative, importer or "
		"distributor",
		1);
	tg_page_field(page, "exceptions", "Exceptions, and compliance failures known or suspected", 3);
	tg_page_field(page, "contact",
		"Contact for messages about compliance failures (PSTI Act 2022 s. 25): name, e-mail, "
		"telephone",
		2);
	tg_page_field(page, "signatory", "Name and function of the signatory", 1);
	tg_page_field(page, "signed", "Signature, place and date", 2);
	tg_page_field(page, "valid_until", "This attestation holds until", 1);
	tg_page_callout(page, TG_PAGE_TEXT,
		"This attestation supports the statement of compliance. It does not take its place.");
}

static void put_sheet(const tg_print *print, tg_page *page, const tg_print_ask *ask, const char *to,
	const tg_print_set *products)
{
	char title[TG_RECORD_NAME_MAX + 64];

	(void)snprintf(title, sizeof(title), "Request to %s",
		to[0] != '\0' ? to : "a supplier that is not recorded");
	tg_page_sheet(page, to, title, "Statements of compliance, and the supplier's attestation");
	if (to[0] == '\0')
		tg_page_callout(page, TG_PAGE_OPEN,
			"No supplier, manufacturer or brand is recorded for these products. Record whom to "
			"ask, and print "
			"this again.");
	tg_page_facts(page, "letter");
	tg_page_fact(page, "to", "To", tg_page_of(TG_PAGE_TEXT, to));
	tg_page_fact(page, "from", "From", tg_page_of(TG_PAGE_TEXT, print->owner));
	tg_page_fact(page, "date", "Date", tg_page_on(print->today, NULL));
	tg_page_fact(page, "reply_by", "Please answer by", tg_page_on(ask->reply_by, NULL));
	tg_page_fact(page, "reply_to", "Please answer to",
		tg_page_or(TG_PAGE_TEXT, ask->contact, "not recorded: give an address by --reply-to"));
	tg_page_para(page, "We make the products below available in the United Kingdom. By our records they "
			   "are relevant connectable products. Such a "
			   "product may be made available only if a statement of compliance accompanies it, "
			   "or under a current conformance label "
			   "(Product Security and Telecommunications Infrastructure Act 2022 ss. 9, 15 and "
			   "22; SI 2023/1007 Schedules 2A and 4).");
	tg_page_para(page, "Something is missing, as the list says. Until it is here we may have to hold "
			   "these products back. Please send what is "
			   "asked for, and the attestation, signed.");
	put_wanted(print, page, products);
	put_attestation(print, page, to);
}

/* ---- choosing ---- */

static bool in_scope(const tg_print *print, size_t product)
{
	const tg_index_product *p = &print->index->products[product];

	return !p->bundle && p->note != NULL && p->note->scope == TG_SCOPE_IN;
}

static void choose(tg_print *print, tg_print_set *set, const char *name)
{
	size_t product = tg_print__product(print, name), before = set->count;
	bool known = false;

	if (product != TG_INDEX_NONE && in_scope(print, product)) {
		tg_print__add(set, product);
		return;
	}
	if (product != TG_INDEX_NONE) {
		tg_print__refuse(print, name,
			"not in scope, or not assessed: no statement is asked for; print scope-note %s says "
			"why",
			name);
		return;
	}
	for (size_t i = 0; i < print->index->product_count; i++) {
		if (!is_called(print, addressee(print, i), name))
			continue;
		known = true;
		if (in_scope(print, i) && each_lack_of(print, i, NULL, NULL) > 0)
			tg_print__add(set, i);
	}
	if (!known)
		tg_print__refuse(print, name,
			"no product has this GTIN, and none comes from a supplier of this name or id");
	else if (set->count == before)
		tg_print__refuse(print, name,
			"nothing is missing from this supplier; to ask for an attestation all the same, name "
			"GTINs");
}

/* A sheet for the addressee of the first product, with all of its products; what is done is taken out of the set and of `to`. */
static void put_first(
	tg_print *print, tg_page *page, const tg_print_ask *ask, tg_print_set *set, const char **to)
{
	const char *first = to[0];
	tg_print_set mine = { 0 };
	size_t left = 0;

	for (size_t i = 0; i < set->count; i++) {
		if (strcmp(to[i], first) == 0) {
			tg_print__append(&mine, set->list[i]);
			continue;
		}
		to[left] = to[i];
		set->list[left++] = set->list[i];
	}
	set->count = left;
	set->failed = set->failed || mine.failed;
	put_sheet(print, page, ask, first, &mine);
	tg_print__set_fini(&mine);
}

static void put_all(tg_print *print, tg_page *page, const tg_print_ask *ask, tg_print_set *set)
{
	const char **to =
		calloc(set->count + 1, sizeof(*to)); /* asked once: a supplier may have many prefixes */

	set->failed = set->failed || to == NULL;
	for (size_t i = 0; i < set->count && to != NULL; i++)
		to[i] = addressee(print, set->list[i]);
	for (size_t sheets = 0; set->count > 0 && !set->failed; sheets++) {
		if (sheets == TG_PRINT_SHEETS_MAX) {
			tg_print__refuse(print, "attestation-request", "more than %d suppliers; name some",
				TG_PRINT_SHEETS_MAX);
			break;
		}
		put_first(print, page, ask, set, to);
	}
	free(to);
}

tg_page *tg_print_attestation(tg_print *print, const tg_print_ask *ask)
{
	const tg_page_head head = { "attestation-request", "Requests to suppliers", print->owner,
		print->today, TG_PAGE_DOCUMENT };
	tg_page *page = tg_page_new(&head);
	tg_print_set set = { 0 };

	for (size_t i = 0; ask->all && i < print->index->product_count; i++)
		if (in_scope(print, i) && each_lack_of(print, i, NULL, NULL) > 0)
			tg_print__append(&set, i);
	if (ask->all && set.count == 0 && !set.failed)
		tg_print__refuse(print, "attestation-request", "nothing is missing from any supplier");
	for (size_t i = 0; !ask->all && i < ask->count; i++)
		choose(print, &set, ask->names[i]);
	put_all(print, page, ask, &set);
	if (set.failed) {
		tg_page_free(page);
		page = NULL;
	}
	tg_print__set_fini(&set);
	return page;
}

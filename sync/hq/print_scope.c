/* SPDX-License-Identifier: Apache-2.0
 *
 * print_scope.c - the product-scope note: what was decided of a product or class, on which words, by whom, and until when it holds.
 *
 * Source: PSTI Act 2022 ss. 4 to 7, 54; SI 2023/1007 Schedule 3, as amended by SI 2025/211.
 */
#include "sync/hq/lint.h"
#include "sync/hq/print_part.h"

#include <stdio.h>

static const struct {
	const char *word, *meaning;
} limbs[] = {
	{ "internet-connectable",
		"It can connect to the internet by a protocol of the Internet Protocol suite (s. 5(1)-(2))" },
	{ "network-connectable-ip", "It can connect directly to an internet-connectable product by a "
				    "protocol of the Internet Protocol suite (s. 5(4))" },
	{ "network-connectable-multi", "It can connect directly to two or more products at the same time by "
				       "another protocol, and to an "
				       "internet-connectable product (s. 5(5))" },
	{ "input-set", "It is an input product of a set that connects through a linking product (s. 5(7))" },
};

/* Of Schedule 3, by number. */
static const char *const paragraphs[] = { "", "made available for supply in Northern Ireland",
	"electric vehicle charge points", "medical devices", "smart meter products",
	"desktop computers, laptop computers, and tablet computers without cellular capability",
	"motor vehicles, trailers, and their systems, components and units",
	"two- or three-wheel vehicles and quadricycles", "agricultural and forestry vehicles" };

/* A note is a number: scope notes first, then class notes. */
static const tg_note_record *note_at(const tg_records *r, size_t number)
{
	return number < r->scope_note_count ? &r->scope_notes[number]
					    : &r->class_notes[number - r->scope_note_count];
}

static size_t number_of(const tg_records *r, const tg_note_record *note, bool class_note)
{
	return class_note ? r->scope_note_count + (size_t)(note - r->class_notes)
			  : (size_t)(note - r->scope_notes);
}

static size_t find_note(const tg_records *r, const char *id)
{
	for (size_t i = 0; i < r->scope_note_count + r->class_note_count; i++)
		if (strcmp(note_at(r, i)->id, id) == 0)
			return i;
	return TG_INDEX_NONE;
}

/* ---- sections ---- */

static const char *where_it_holds(const tg_note_record *n)
{
	return n->gb && n->ni ? "Great Britain and Northern Ireland"
	       : n->gb        ? "Great Britain"
	       : n->ni        ? "Northern Ireland"
			      : "";
}

static void put_decision(tg_page *page, const tg_note_record *n)
{
	switch (n->scope) {
	case TG_SCOPE_IN:
		tg_page_callout(page, TG_PAGE_TEXT,
			"In scope: a relevant connectable product. It may be made available only if a "
			"statement of compliance "
			"accompanies it, or under a current conformance label.");
		break;
	case TG_SCOPE_OUT:
		tg_page_callout(page, TG_PAGE_TEXT,
			"Out of scope: neither internet-connectable nor network-connectable (s. 5). No "
			"statement of compliance is asked for.");
		break;
	case TG_SCOPE_EXCEPTED:
		tg_page_callout(page, TG_PAGE_TEXT,
			"Excepted in %s, by SI 2023/1007 Schedule 3 paragraph %u: %s.", where_it_holds(n),
			n->paragraph, n->paragraph < TG_COUNT(paragraphs) ? paragraphs[n->paragraph] : "");
		break;
	default:
		tg_page_callout(page, TG_PAGE_TEXT,
			"For businesses only: no identical product is made available to consumers (s. "
			"54(3)(c)).");
	}
}

static void put_facts(tg_page *page, const tg_note_record *n)
{
	const char *limb = n->scope == TG_SCOPE_IN ? NULL : "not needed: the product is not in scope";

	for (size_t i = 0; i < TG_COUNT(limbs) && n->limb[0] != '\0'; i++)
		if (strcmp(limbs[i].word, n->limb) == 0)
			limb = limbs[i].meaning;
	tg_page_section(page, "decision", "Decision");
	put_decision(page, n);
	tg_page_facts(page, "decision");
	tg_page_fact(
		page, "decision", "Answer in the record", tg_page_of(TG_PAGE_CODE, tg_scope_words[n->scope]));
	tg_page_fact(page, "limb", "Condition of section 5",
		n->limb[0] != '\0' ? tg_page_of(TG_PAGE_TEXT, limb) : tg_page_or(TG_PAGE_TEXT, NULL, limb));
	tg_page_fact(page, "connectivity", "What it connects to, and how",
		tg_page_of(TG_PAGE_TEXT, n->connectivity));
	if (n->scope == TG_SCOPE_EXCEPTED) {
		char paragraph[32];

		(void)snprintf(paragraph, sizeof(paragraph), "Schedule 3 paragraph %u", n->paragraph);
		tg_page_fact(page, "exception", "Exception", tg_page_of(TG_PAGE_TEXT, paragraph));
		tg_page_fact(page, "evidence", "What shows that its condition is met",
			n->evidence[0] != '\0'
				? tg_page_of(TG_PAGE_TEXT, n->evidence)
				: tg_page_of(TG_PAGE_BAD,
					  "nothing: the exception is unproven, and the till withholds"));
		tg_page_fact(page, "destinations", "Holds for supply in",
			tg_page_of(TG_PAGE_TEXT, where_it_holds(n)));
	}
}

static void put_source(tg_page *page, const tg_note_record *n)
{
	tg_page_section(page, "source", "The words that decide it");
	if (n->quote[0] != '\0') {
		tg_page_quote(page, n->quote, n->source);
		return;
	}
	tg_page_facts(page, "source");
	tg_page_fact(page, "source", "Source", tg_page_of(TG_PAGE_TEXT, n->source));
	tg_page_fact(page, "quote", "Quote",
		tg_page_or(TG_PAGE_TEXT, NULL, "not recorded: quote the words that decide it"));
}

static void put_considered(tg_page *page, const tg_note_record *n)
{
	static const tg_page_column columns[] = { { "answer", "Answer" },
		{ "reason", "Why it is not given" } };

	tg_page_section(page, "considered", "Alternatives considered");
	if (n->considered_count == 0) {
		tg_page_callout(page, TG_PAGE_OPEN,
			"No alternative is recorded. Record under \"considered\" which answers were thought "
			"of, "
			"and why they are not given.");
		return;
	}
	tg_page_table(
		page, "considered", "Answers that were thought of and not given", columns, TG_COUNT(columns));
	for (size_t i = 0; i < n->considered_count; i++)
		tg_page_row(page, (tg_page_value[]){ tg_page_of(TG_PAGE_TEXT, n->considered[i].answer),
					  tg_page_of(TG_PAGE_TEXT, n->considered[i].reason) });
}

static void put_review(const tg_print *print, tg_page *page, const tg_note_record *n)
{
	int32_t left = n->review_by - print->today;
	char words[96];

	tg_page_section(page, "review", "Review");
	tg_page_facts(page, "review");
	tg_page_fact(page, "reviewer", "Reviewed by", tg_page_of(TG_PAGE_TEXT, n->reviewer));
	tg_page_fact(page, "reviewed", "Reviewed on", tg_page_on(n->reviewed, NULL));
	tg_page_fact(page, "approver", "Approved by",
		tg_page_or(TG_PAGE_TEXT, n->approver, "nobody but the reviewer is recorded"));
	tg_page_fact(page, "review_by", "Current through", tg_page_on(n->review_by, NULL));
	if (left < 0)
		(void)snprintf(words, sizeof(words), "overdue for %d day%s: review it now", -left,
			left == -1 ? "" : "s");
	else
		(void)snprintf(words, sizeof(words), left == 0 ? "today is its last day" : "%d day%s left",
			left, left == 1 ? "" : "s");
	tg_page_fact(page, "state", "State of the review",
		tg_page_of(left < 0                    ? TG_PAGE_BAD
			   : left <= TG_LINT_SOON_DAYS ? TG_PAGE_OPEN
						       : TG_PAGE_GOOD,
			words));
	tg_page_fact(page, "open_points", "Not settled",
		tg_page_or(TG_PAGE_TEXT, n->open_points, "nothing is recorded as open"));
	tg_page_para(page,
		"Review it before that day if one of these changes: the firmware or how the product "
		"connects, the supplier, the "
		"bundle it is sold in, where it is sold, a notice about it, or its support period.");
}

/* What a class note answers for, beside products by number. */
static void put_class(tg_page *page, const tg_note_record *n)
{
	tg_lines categories, bricks, prefixes, in_store;

	tg_lines_init(&categories);
	tg_lines_init(&bricks);
	tg_lines_init(&prefixes);
	tg_lines_init(&in_store);
	for (size_t i = 0; i < n->categories.count; i++)
		tg_lines_add(&categories, "%s", n->categories.list[i]);
	for (size_t i = 0; i < n->bricks.count; i++)
		tg_lines_add(&bricks, "%s", n->bricks.list[i]);
	for (size_t i = 0; i < n->prefixes.count; i++)
		tg_lines_add(&prefixes, "%s", n->prefixes.list[i]);
	for (size_t i = 0; i < n->in_store_count; i++)
		tg_lines_add(&in_store, "%llu to %llu", (unsigned long long)n->in_store[i].from,
			(unsigned long long)n->in_store[i].to);
	tg_page_section(page, "class", "Class that it answers for");
	tg_page_facts(page, "class");
	tg_page_fact(page, "categories", "Categories",
		tg_page_or(TG_PAGE_TEXT, tg_lines_text(&categories), "none"));
	tg_page_fact(page, "bricks", "GS1 bricks", tg_page_or(TG_PAGE_CODE, tg_lines_text(&bricks), "none"));
	tg_page_fact(page, "gtin_prefixes", "GTIN prefixes",
		tg_page_or(TG_PAGE_CODE, tg_lines_text(&prefixes), "none"));
	tg_page_fact(page, "in_store", "Numbers for use in shops",
		tg_page_or(TG_PAGE_CODE, tg_lines_text(&in_store), "none"));
	tg_lines_fini(&categories);
	tg_lines_fini(&bricks);
	tg_lines_fini(&prefixes);
	tg_lines_fini(&in_store);
}

/* ---- sheets ---- */

/* `product`: the sheet is about it alone; TG_INDEX_NONE: about all that the note answers for. */
static void put_sheet(const tg_print *print, tg_page *page, size_t number, size_t product)
{
	const tg_index *index = print->index;
	const tg_records *r = index->records;
	const tg_note_record *n = note_at(r, number);
	bool class_note = number >= r->scope_note_count;
	tg_print_where where[] = { { class_note ? TG_RECORD_CLASS_NOTE : TG_RECORD_SCOPE_NOTE, n->line },
		{ TG_RECORD_PRODUCT, 0 } };
	char title[2 * TG_RECORD_NAME_MAX + 64], name[2 * TG_RECORD_NAME_MAX + 2], gtin[15] = "";
	tg_print_set products = { 0 };

	for (size_t i = 0; i < index->product_count && product == TG_INDEX_NONE; i++)
		if (index->products[i].note == n)
			tg_print__append(&products, i);
	if (product != TG_INDEX_NONE) {
		tg_print__append(&products, product);
		where[1].line = index->products[product].record->line;
		(void)tg_gtin_format(gtin, index->products[product].gtin);
		(void)snprintf(title, sizeof(title), "Product-scope note: %s",
			tg_print__name(name, index->products[product].record));
	} else {
		(void)snprintf(title, sizeof(title), "Product-scope note %s", n->id);
	}
	if (gtin[0] != '\0')
		(void)snprintf(name, sizeof(name), "%s %s, for GTIN %s",
			class_note ? "Class note" : "Scope note", n->id, gtin);
	else if (products.count != 1)
		(void)snprintf(name, sizeof(name), "For %zu products", products.count);
	else
		(void)tg_print__name(name, index->products[products.list[0]].record);
	tg_page_sheet(page, gtin[0] != '\0' ? gtin : n->id, title, name);
	put_facts(page, n);
	put_source(page, n);
	put_considered(page, n);
	put_review(print, page, n);
	if (class_note)
		put_class(page, n);
	tg_print__products(print, page, &products);
	tg_print__findings(print, page, where, product != TG_INDEX_NONE ? 2 : 1);
	tg_print__grounds(print, page, where, product != TG_INDEX_NONE ? 2 : 1);
	tg_print__set_fini(&products);
}

static void put_name(tg_print *print, tg_page *page, const char *name)
{
	const tg_records *r = print->index->records;
	size_t note = find_note(r, name), product = TG_INDEX_NONE;
	const tg_index_product *p;

	if (note == TG_INDEX_NONE) {
		product = tg_print__product(print, name);
		p = product == TG_INDEX_NONE ? NULL : &print->index->products[product];
		if (p == NULL) {
			tg_print__refuse(print, name,
				"no scope or class note has this id, and no product this GTIN; lint says "
				"which records "
				"could not be read");
			return;
		}
		if (p->note == NULL) {
			tg_print__refuse(print, name,
				p->bundle ? "a bundle: its components answer, print theirs"
					  : "nobody assessed it; write a scope or class note that answers "
					    "for it");
			return;
		}
		note = number_of(r, p->note, p->class_note);
	}
	put_sheet(print, page, note, product);
}

tg_page *tg_print_scope_note(tg_print *print, const tg_print_ask *ask)
{
	const tg_page_head head = { "scope-note", "Product-scope notes", print->owner, print->today,
		TG_PAGE_DOCUMENT };
	const tg_records *r = print->index->records;
	size_t count = ask->all ? r->scope_note_count + r->class_note_count : ask->count;
	tg_page *page = tg_page_new(&head);

	if (count > TG_PRINT_SHEETS_MAX) {
		tg_print__refuse(print, "scope-note", "%zu sheets; at most %d make a document, so choose",
			count, TG_PRINT_SHEETS_MAX);
		return page;
	}
	for (size_t i = 0; i < count; i++) {
		if (ask->all)
			put_sheet(print, page, i, TG_INDEX_NONE);
		else
			put_name(print, page, ask->names[i]);
	}
	return page;
}

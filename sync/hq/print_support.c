/* SPDX-License-Identifier: Apache-2.0
 *
 * print_support.c - the notice for customers: until when a product gets security updates, in words that need no knowledge of it.
 *
 * Says what the manufacturer published, and nothing else. No law text: a customer needs none. Source: SI 2023/1007 Schedule 1
 * paragraph 3(4), whose plainness this follows though it binds manufacturers only.
 */
#include "sync/hq/print_part.h"

#include <stdio.h>

#define EIGHT_DIGITS UINT64_C(100000000) /* numbers below are printed as GTIN-8, others as GTIN-13 */

static int32_t soon_days(const tg_print *print)
{
	const tg_records *r = print->index->records;

	return r->has_policy ? r->policy.dsp_notice_days : 0;
}

/* Where the statement of a product can be read, by the first current one that says so. */
static tg_page_value where_to_read(const tg_print *print, size_t product)
{
	const tg_index_links *links = &print->index->socs;

	for (size_t i = links->first[product]; i < links->first[product + 1]; i++) {
		const tg_soc_record *s = &print->index->records->socs[links->list[i].to];

		if (s->status != TG_SOC_CURRENT || s->paper != TG_PAPER_SOC)
			continue;
		if (s->link[0] != '\0' && s->link_state != TG_LINK_DEAD)
			return tg_page_of(TG_PAGE_LINK, s->link);
		if (s->accompanies == TG_ACCOMPANIES_IN_PACK)
			return tg_page_of(TG_PAGE_TEXT, "In the pack");
		if (s->accompanies == TG_ACCOMPANIES_ON_LABEL)
			return tg_page_of(TG_PAGE_TEXT, "On the product or its packaging");
	}
	return tg_page_or(TG_PAGE_TEXT, NULL, "Ask us for it");
}

/* ---- one product, one sheet ---- */

static void put_period(const tg_print *print, tg_page *page, const tg_support *s)
{
	char day[32];

	(void)tg_print__day(day, s->end);
	if (s->end == TG_DAY_NONE)
		tg_page_callout(page, TG_PAGE_OPEN,
			"We do not know until when this product gets security updates. Please ask us before "
			"you buy.");
	else if (s->end < print->today)
		tg_page_callout(page, TG_PAGE_OPEN,
			"Security updates were promised until %s. That day has passed: this product may get "
			"no more.",
			day);
	else if (s->end - print->today <= soon_days(print))
		tg_page_callout(
			page, TG_PAGE_OPEN, "Security updates until at least\n%s\nThat is soon.", day);
	else
		tg_page_callout(page, TG_PAGE_TEXT, "Security updates until at least\n%s", day);
	tg_page_para(page, "A security update is a change to the software of a product that keeps it safe: "
			   "it closes gaps that are found after the product was "
			   "sold.");
	if (s->end != TG_DAY_NONE && s->end >= print->today)
		tg_page_para(page, "The manufacturer may give updates for longer than this.");
	else if (s->end != TG_DAY_NONE)
		tg_page_para(page, "Without updates, gaps that are found from now on may stay open. Ask the "
				   "manufacturer, or us, what that means for you.");
}

static void put_source(tg_page *page, const tg_support *s)
{
	if (s->end == TG_DAY_NONE) {
		tg_page_fact(page, "source", "Where the manufacturer says so",
			tg_page_or(TG_PAGE_TEXT, NULL, "not known to us"));
		return;
	}
	if (s->statement) {
		tg_page_fact(page, "source", "Where the manufacturer says so",
			tg_page_of(TG_PAGE_TEXT, "In its statement of compliance"));
		tg_page_fact(page, "as_of", "Statement issued on", tg_page_on(s->as_of, NULL));
		return;
	}
	tg_page_fact(page, "source", s->hearsay ? "Where it is reported" : "Where the manufacturer says so",
		tg_page_of(TG_PAGE_LINK, s->source));
	tg_page_fact(page, "as_of", "We saw it there on", tg_page_on(s->as_of, NULL));
}

static void put_sheet(const tg_print *print, tg_page *page, size_t product)
{
	const tg_product_record *p = print->index->products[product].record;
	tg_support s = tg_print__support(print, product);
	char gtin[15], printed[15], name[2 * TG_RECORD_NAME_MAX + 2];

	(void)snprintf(printed, sizeof(printed), p->gtin < EIGHT_DIGITS ? "%08llu" : "%013llu",
		(unsigned long long)p->gtin);
	tg_page_sheet(
		page, tg_gtin_format(gtin, p->gtin), tg_print__name(name, p), "How long it is kept secure");
	put_period(print, page, &s);
	tg_page_facts(page, "support");
	tg_page_fact(page, "until", "Security updates until at least", tg_page_on(s.end, "not known to us"));
	tg_page_fact(page, "model", "Model", tg_page_or(TG_PAGE_CODE, p->type, "not known to us"));
	tg_page_fact(page, "manufacturer", "Made by",
		tg_page_or(TG_PAGE_TEXT, p->manufacturer, "see the product or its packaging"));
	put_source(page, &s);
	tg_page_fact(page, "statement", "Statement of compliance", where_to_read(print, product));
	tg_page_fact(page, "gtin", "Number at the bar code", tg_page_of(TG_PAGE_CODE, printed));
	tg_page_para(page, "You may have this notice free of charge, and need not say who you are.");
}

/* ---- many on one sheet ---- */

static void put_together(const tg_print *print, tg_page *page, const tg_print_set *products)
{
	static const tg_page_column columns[] = { { "name", "Product" }, { "model", "Model" },
		{ "until", "Security updates until at least" },
		{ "source", "Where the manufacturer says so" }, { "as_of", "As of" } };
	bool ended = false;

	tg_page_sheet(
		page, "all", "How long our products are kept secure", "Security updates, product by product");
	tg_page_para(page, "A security update is a change to the software of a product that keeps it safe: "
			   "it closes gaps that are found after the product was "
			   "sold. Manufacturers may give updates for longer than they say here.");
	tg_page_table(page, "products", "Security updates by product", columns, TG_COUNT(columns));
	for (size_t i = 0; i < products->count; i++) {
		const tg_product_record *p = print->index->products[products->list[i]].record;
		tg_support s = tg_print__support(print, products->list[i]);
		char name[2 * TG_RECORD_NAME_MAX + 2], day[32], words[64];
		bool over = s.end != TG_DAY_NONE && s.end < print->today;

		(void)snprintf(words, sizeof(words), "%s: ended", tg_print__day(day, s.end));
		ended = ended || over;
		tg_page_row(
			page, (tg_page_value[]){ tg_page_of(TG_PAGE_TEXT, tg_print__name(name, p)),
				      tg_page_or(TG_PAGE_CODE, p->type, "not known to us"),
				      over ? tg_page_of(TG_PAGE_OPEN, words)
					   : tg_page_on(s.end, "not known to us: please ask"),
				      s.statement ? tg_page_of(TG_PAGE_TEXT, "In its statement of compliance")
						  : tg_page_or(TG_PAGE_LINK, s.source, "not known to us"),
				      tg_page_on(s.as_of, "not known to us") });
	}
	if (ended)
		tg_page_para(page, "Where the day has passed, gaps that are found from now on may stay open. "
				   "Ask the manufacturer, or us, what that means for "
				   "you.");
	tg_page_para(page, "You may have this notice free of charge, and need not say who you are.");
}

/* ---- choosing ---- */

static void choose_product(tg_print *print, tg_print_set *set, size_t product, const char *name)
{
	const tg_index_product *p = &print->index->products[product];

	if (p->bundle || p->note == NULL || p->note->scope != TG_SCOPE_IN) {
		tg_print__refuse(print, name,
			p->bundle ? "a bundle: name its components"
				  : "not in scope, or not assessed: it has no support period to tell of");
		return;
	}
	if (tg_print__support(print, product).shortened) {
		tg_print__refuse(print, name,
			"D16: what is published now ends earlier than was stated before; the product is "
			"withheld, and no notice is "
			"given to customers until that is settled");
		return;
	}
	tg_print__add(set, product);
}

static void choose(tg_print *print, tg_print_set *set, const char *name)
{
	const tg_records *r = print->index->records;
	size_t product = tg_print__product(print, name);
	bool found = product != TG_INDEX_NONE;

	if (found)
		choose_product(print, set, product, name);
	for (size_t i = 0; i < r->soc_count && !found; i++) {
		if (strcmp(r->socs[i].id, name) != 0)
			continue;
		found = true;
		for (size_t n = 0; n < r->socs[i].gtins.count; n++) {
			product = tg_index_find(print->index, r->socs[i].gtins.list[n]);
			if (product != TG_INDEX_NONE)
				choose_product(print, set, product, name);
		}
	}
	if (!found)
		tg_print__refuse(print, name,
			"no product has this GTIN, and no statement this id; lint says which records could "
			"not be read");
}

tg_page *tg_print_support(tg_print *print, const tg_print_ask *ask)
{
	const tg_page_head head = { "support-notice", "How long our products are kept secure", print->owner,
		print->today, TG_PAGE_NOTICE };
	tg_page *page = tg_page_new(&head);
	tg_print_set set = { 0 };
	size_t most = ask->together ? 10 * TG_PRINT_SHEETS_MAX : TG_PRINT_SHEETS_MAX;

	for (size_t i = 0; ask->all && i < print->index->product_count && set.count <= most; i++) {
		const tg_index_product *p = &print->index->products[i];
		char gtin[15];

		if (!p->bundle && p->note != NULL && p->note->scope == TG_SCOPE_IN)
			choose_product(print, &set, i, tg_gtin_format(gtin, p->gtin));
	}
	for (size_t i = 0; !ask->all && i < ask->count; i++)
		choose(print, &set, ask->names[i]);
	if (set.count > most)
		tg_print__refuse(print, "support-notice", "more than %zu products; choose fewer%s", most,
			ask->together ? "" : ", or print them on one sheet by --together");
	else if (ask->together && set.count > 0)
		put_together(print, page, &set);
	for (size_t i = 0; i < set.count && set.count <= most && !ask->together; i++)
		put_sheet(print, page, set.list[i]);
	if (set.failed) {
		tg_page_free(page);
		page = NULL;
	}
	tg_print__set_fini(&set);
	return page;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * failure_letters.c - one letter: who, which product, what failed, what is known, who knows.
 */
#include "sync/hq/failure_letters.h"

#include <inttypes.h>
#include <stdio.h>

#include "plugin/gate/label.h"

const char *const tg_letter_words[TG_LETTERS] = { "manufacturer", "authority", "supplier", "downstream" };

/* clang-format off */
static const char *const roles[TG_FAILURE_ROLES] = {
	"a distributor (PSTI Act 2022 s. 7(5))", "an importer (PSTI Act 2022 s. 7(4))", "a manufacturer (PSTI Act 2022 s. 7(3))" };
/* What a notification must say, and what it must say to those up and down the chain. */
static const char *const content[TG_FAILURE_ROLES] = { "PSTI Act 2022 s. 25(9)", "PSTI Act 2022 s. 19(8)", "PSTI Act 2022 s. 11(6)" };
static const char *const statements[TG_FAILURE_ROLES] = { "PSTI Act 2022 s. 25(10)", "PSTI Act 2022 s. 19(9)", "PSTI Act 2022 s. 11(7)" };

static const struct {
	const char *title;
	tg_failure_step step; /* whose law it rests on */
	bool states;          /* says who is aware and who was notified: s. 25(10) */
} kinds[TG_LETTERS] = {
	[TG_LETTER_MANUFACTURER] = { "To the manufacturer: compliance failure", TG_STEP_CONTACT_MANUFACTURER, false },
	[TG_LETTER_AUTHORITY] = { "To the enforcement authority: notification of a compliance failure", TG_STEP_NOTIFY_AUTHORITY, true },
	[TG_LETTER_SUPPLIER] = { "To our supplier: notification of a compliance failure", TG_STEP_NOTIFY_SUPPLIER, true },
	[TG_LETTER_DOWNSTREAM] = { "To a business that we supplied: notification of a compliance failure", TG_STEP_NOTIFY_DOWNSTREAM, true },
};
/* clang-format on */

bool tg_letter_asked(tg_letter_kind kind, tg_failure_role role)
{
	return tg_step_laws[kinds[kind].step].basis[role] != NULL;
}

/* A manufacturer writes to the other ones that it knows of. */
static const char *basis(const tg_letter *l)
{
	tg_failure_role role = l->failure->role;

	return tg_letter_asked(l->kind, role) ? tg_step_laws[kinds[l->kind].step].basis[role]
					      : tg_step_laws[TG_STEP_NOTIFY_MANUFACTURERS].basis[role];
}

/* ---- parts ---- */

static void write_head(tg_page *page, const tg_letter *l)
{
	char to[2 * TG_CASE_TEXT_MAX + 2];
	const tg_failure_case *c = l->failure;

	(void)snprintf(to, sizeof(to), "%s%s%s", l->to, l->to[0] != '\0' && l->address[0] != '\0' ? "\n" : "", l->address);
	tg_page_facts(page, "head");
	tg_page_fact(page, "to", "To", tg_page_or(TG_PAGE_TEXT, to, "write the name and address here"));
	tg_page_fact(page, "from", "From", tg_page_or(TG_PAGE_TEXT, l->sender, "write our name, address and contact here"));
	tg_page_fact(page, "trader", "Trader", tg_page_of(TG_PAGE_TEXT, l->owner));
	tg_page_fact(page, "date", "Date", tg_page_on(l->made, NULL));
	tg_page_fact(page, "reference", "Our reference", tg_page_of(TG_PAGE_CODE, c->id));
	tg_page_fact(page, "basis", "Given under", tg_page_of(TG_PAGE_TEXT, basis(l)));
	if (c->state == TG_CASE_SUSPECTED)
		tg_page_callout(page, TG_PAGE_OPEN,
			"We have been told that there may be a compliance failure. We are looking into it and have not yet decided whether "
			"we know or believe it.");
	else
		tg_page_para(page, "We write as %s of the product below, about a failure to comply with a security requirement of "
				   "SI 2023/1007 that relates to it.", roles[c->role]);
}

static void write_products(tg_page *page, const tg_letter *l)
{
	static const tg_page_column columns[] = { { "gtin", "GTIN" }, { "name", "Product" }, { "brand", "Brand" }, { "type", "Type" } };
	size_t shown = l->product_count < TG_LETTER_PRODUCTS_MAX ? l->product_count : TG_LETTER_PRODUCTS_MAX;

	tg_page_section(page, "product", "The product");
	tg_page_table(page, "products", "Products", columns, TG_COUNT(columns));
	for (size_t i = 0; i < shown; i++) {
		const tg_product_record *p = l->products[i];
		char gtin[15];
		tg_page_value cells[] = { tg_page_of(TG_PAGE_CODE, tg_gtin_format(gtin, p->gtin)), tg_page_of(TG_PAGE_TEXT, p->name),
			tg_page_of(TG_PAGE_TEXT, p->brand), tg_page_of(TG_PAGE_TEXT, p->type) };

		tg_page_row(page, cells);
	}
	if (shown < l->product_count)
		tg_page_para(page, "And %zu more products of the same brand, manufacturer or type.", l->product_count - shown);
}

static void write_units(tg_page *page, const char *key, const char *caption, const tg_batch_range *list, size_t count)
{
	static const tg_page_column columns[] = { { "from", "From" }, { "to", "To" } };

	if (count == 0)
		return;
	tg_page_table(page, key, caption, columns, TG_COUNT(columns));
	for (size_t i = 0; i < count; i++) {
		tg_page_value cells[] = { tg_page_of(TG_PAGE_CODE, list[i].from), tg_page_of(TG_PAGE_CODE, list[i].to) };

		tg_page_row(page, cells);
	}
}

static void write_reach(tg_page *page, const tg_letter *l)
{
	write_units(page, "batches", "Batches concerned", l->reach->batches, l->reach->batch_count);
	write_units(page, "serials", "Serial numbers concerned", l->reach->serials, l->reach->serial_count);
	if (l->reach->batch_count + l->reach->serial_count == 0)
		tg_page_para(page, "As far as we know, every batch and every unit is concerned.");
}

static const char *worked_words(const tg_failure_case *c)
{
	static const char *const words[] = { "not known to us", "no", "yes" };

	return c->remedy_worked < 0 ? words[0] : words[c->remedy_worked];
}

static void write_failure(tg_page *page, const tg_letter *l)
{
	const tg_failure_case *c = l->failure;
	char title[128];

	(void)snprintf(title, sizeof(title), "The failure (%s)", content[c->role]);
	tg_page_section(page, "failure", title);
	tg_page_facts(page, "failure");
	tg_page_fact(page, "details", "Details of the compliance failure", tg_page_of(TG_PAGE_TEXT, c->details));
	tg_page_fact(page, "risks", "Risks that it poses, as far as we are aware of any",
		tg_page_or(TG_PAGE_TEXT, c->risks, "We are not aware of any at this date."));
	tg_page_fact(page, "remedy",
		c->role == TG_ROLE_IS_MANUFACTURER ? "Steps taken to remedy it"
						   : "Steps taken by the manufacturer to remedy it, as far as we are aware of any",
		tg_page_or(TG_PAGE_TEXT, c->remedy, "We are not aware of any at this date."));
	tg_page_fact(page, "remedy_worked", "Were those steps successful",
		tg_page_of(TG_PAGE_TEXT, c->remedy[0] == '\0' ? "No step is known to us." : worked_words(c)));
	tg_page_fact(page, "aware", "We became aware", tg_page_on(c->aware, NULL));
}

static void write_statements(tg_page *page, const tg_letter *l)
{
	const tg_failure_case *c = l->failure;
	char title[128];

	(void)snprintf(title, sizeof(title), "Who knows of it (%s)", statements[c->role]);
	tg_page_section(page, "told", title);
	tg_page_facts(page, "told");
	tg_page_fact(page, "manufacturer_aware", "Is the manufacturer aware of the failure",
		tg_page_of(c->manufacturer_aware.yes ? TG_PAGE_TEXT : TG_PAGE_OPEN, c->manufacturer_aware.words));
	if (l->kind != TG_LETTER_AUTHORITY)
		tg_page_fact(page, "authority_notified", "Has the enforcement authority been notified",
			tg_page_of(c->authority_notified.yes ? TG_PAGE_TEXT : TG_PAGE_OPEN, c->authority_notified.words));
}

static void write_supplied(tg_page *page, const tg_letter *l)
{
	static const tg_page_column columns[] = { { "gtin", "GTIN" }, { "batch", "Batch" }, { "units", "Units" }, { "date", "Date" } };

	tg_page_section(page, "supplied", "What we supplied to you");
	tg_page_table(page, "supplied", "By our records of despatch", columns, TG_COUNT(columns));
	for (size_t i = 0; i < l->line_count; i++) {
		const tg_despatch_line *d = &l->lines[i];
		char gtin[15], units[24] = "";
		tg_page_value cells[4];

		if (d->units >= 0)
			(void)snprintf(units, sizeof(units), "%" PRId64, d->units);
		cells[0] = tg_page_of(TG_PAGE_CODE, tg_gtin_format(gtin, d->gtin));
		cells[1] = tg_page_of(TG_PAGE_CODE, d->batch);
		cells[2] = tg_page_of(TG_PAGE_TEXT, units);
		cells[3] = tg_page_on(d->day, NULL);
		tg_page_row(page, cells);
	}
}

static void write_done(tg_page *page, const tg_letter *l)
{
	static const tg_page_column columns[] = { { "on", "Day" }, { "what", "What" }, { "result", "Result" }, { "evidence", "Evidence" } };
	const tg_failure_case *c = l->failure;

	tg_page_section(page, "done", "What we have done");
	tg_page_table(page, "done", "Steps on our record", columns, TG_COUNT(columns));
	for (int step = 0; step < TG_FAILURE_STEPS; step++) {
		const tg_case_event *e = c->steps[step].event;
		tg_page_value cells[4];

		if (e == NULL)
			continue;
		cells[0] = tg_page_on(e->on, NULL);
		cells[1] = tg_page_of(TG_PAGE_TEXT, tg_step_laws[step].what);
		cells[2] = tg_page_of(TG_PAGE_TEXT, tg_case_text(e, "result"));
		cells[3] = tg_page_of(TG_PAGE_TEXT, tg_case_text(e, "evidence"));
		tg_page_row(page, cells);
	}
	if (l->has_despatch)
		tg_page_para(page, "By our records of despatch we supplied %zu importers or distributors.", l->recipients);
	tg_page_form(page, "quantities");
	tg_page_field(page, "held", "Units that we hold", 1);
	tg_page_field(page, "supplied", "Units that we supplied to customers", 1);
}

static void write_asked(tg_page *page, const tg_letter *l)
{
	tg_page_section(page, "asked", "What we ask of you");
	tg_page_list(page, "asked", false);
	if (l->kind == TG_LETTER_MANUFACTURER) {
		tg_page_item(page, "Confirm that you have received this, and whether you know of the failure.");
		tg_page_item(page, "Tell us the risks that you know of, and which products and batches are concerned.");
		tg_page_item(page, "Tell us what you do to remedy it, by when, and whether it was successful.");
		tg_page_item(page, "Tell us whether the enforcement authority has been notified.");
	} else {
		tg_page_item(page, "Confirm that you have received this.");
		tg_page_item(page, "You may have duties of your own under Part 1 of the Product Security and Telecommunications "
				   "Infrastructure Act 2022; please look into them at once.");
	}
}

tg_page *tg_letter_page(const tg_letter *l)
{
	const tg_page_head head = { "failure-letter", kinds[l->kind].title, l->owner, l->made, TG_PAGE_DOCUMENT };
	tg_page *page = tg_page_new(&head);

	tg_page_sheet(page, tg_letter_words[l->kind], kinds[l->kind].title, l->failure->id);
	write_head(page, l);
	write_products(page, l);
	write_reach(page, l);
	write_failure(page, l);
	if (kinds[l->kind].states)
		write_statements(page, l);
	if (l->kind == TG_LETTER_DOWNSTREAM && l->line_count > 0)
		write_supplied(page, l);
	if (l->kind == TG_LETTER_AUTHORITY)
		write_done(page, l);
	else
		write_asked(page, l);
	return page;
}

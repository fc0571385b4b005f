/* SPDX-License-Identifier: Apache-2.0
 *
 * print_checklist.c - the minimum information of a statement of compliance: what is asked for, what it says, what was found.
 *
 * Judged by defects.h, as lint and compile do. Source: PSTI Act 2022 s. 9(3); SI 2023/1007 Schedule 4 paragraph 1.
 */
#include "sync/hq/print_checklist.h"

#include "sync/hq/defects.h"

#include <stdio.h>

static void keep_defect(void *ctx, int defect, const char *field, const char *words)
{
	tg_print_judged *j = ctx;

	if (j->count < TG_PRINT_DEFECTS_MAX)
		j->list[j->count++] = (struct tg_print_defect){ defect, field, words };
}

void tg_print__judge(tg_print_judged *out, const tg_print *print, const tg_soc_record *soc)
{
	*out = (tg_print_judged){ .print = print, .soc = soc };
	(void)tg_soc_defects(soc, print->today, keep_defect, out);
}

/* ---- Schedule 4 ---- */

struct checklist {
	tg_page *page;
	const tg_print_judged *judged;
};

tg_page_value tg_print__verdict(
	const tg_print_judged *j, tg_lines *lines, const char *field, const char *fine)
{
	bool doubt = true;

	for (size_t i = 0; i < j->count; i++) {
		if (strncmp(j->list[i].field, field, strlen(field)) != 0)
			continue;
		tg_lines_add(lines, "D%02d: %s", j->list[i].code, j->list[i].words);
		doubt = doubt && (j->list[i].code == 15 || j->list[i].code == 18);
	}
	if (lines->count > 0)
		return tg_page_of(doubt ? TG_PAGE_OPEN : TG_PAGE_BAD, tg_lines_text(lines));
	if (j->soc->batches == TG_STATED_BATCHES_ALL && strcmp(field, "batches") == 0)
		return tg_page_of(TG_PAGE_OPEN, "taken as stated; whether the law allows it is open");
	if (j->soc->paper != TG_PAPER_SOC)
		return tg_page_of(TG_PAGE_OPEN, "not judged: this is no statement of compliance");
	return tg_page_of(TG_PAGE_GOOD, fine);
}

static void put_item(const struct checklist *c, const char *paragraph, const char *asks, tg_page_value says,
	const char *field, const char *fine)
{
	tg_lines lines;

	tg_lines_init(&lines);
	tg_page_row(c->page,
		(tg_page_value[]){ tg_page_of(TG_PAGE_TEXT, paragraph), tg_page_of(TG_PAGE_TEXT, asks), says,
			tg_print__verdict(c->judged, &lines, field, fine) });
	tg_lines_fini(&lines);
}

static void put_product_items(const struct checklist *c)
{
	const tg_soc_record *s = c->judged->soc;
	tg_lines types, batches;

	tg_lines_init(&types);
	tg_lines_init(&batches);
	for (size_t i = 0; i < s->types.count; i++)
		tg_lines_add(&types, "%s", s->types.list[i]);
	for (size_t i = 0; i < s->range_count; i++) {
		const tg_batch_range *range = &s->ranges[i];

		if (strcmp(range->from, range->to) == 0)
			tg_lines_add(&batches, "%s", range->from);
		else
			tg_lines_add(&batches, "%s to %s", range->from, range->to);
	}
	put_item(c, "1(1)(a)", "Product type",
		tg_page_or(TG_PAGE_TEXT, tg_lines_text(&types), "no type is stated"), "types", "stated");
	put_item(c, "1(1)(a)", "Product batch",
		s->batches == TG_STATED_BATCHES_ALL
			? tg_page_of(TG_PAGE_TEXT, "All batches, in words")
			: tg_page_or(TG_PAGE_TEXT, tg_lines_text(&batches), "no batch is stated"),
		"batches", "stated");
	tg_lines_fini(&types);
	tg_lines_fini(&batches);
}

static void put_parties(const struct checklist *c)
{
	const tg_soc_record *s = c->judged->soc;
	char representative[TG_RECORD_NAME_MAX + TG_RECORD_TEXT_MAX + 2];
	tg_lines makers;

	tg_lines_init(&makers);
	for (size_t i = 0; i < s->manufacturer_count; i++)
		tg_lines_add(&makers, "%s, %s",
			s->manufacturers[i].name[0] != '\0' ? s->manufacturers[i].name : "(no name)",
			s->manufacturers[i].address[0] != '\0' ? s->manufacturers[i].address
							       : "(no address)");
	put_item(c, "1(1)(b)", "Name and address of each manufacturer",
		tg_page_or(TG_PAGE_TEXT, tg_lines_text(&makers), "no manufacturer is stated"),
		"manufacturers", "stated");
	tg_lines_fini(&makers);
	(void)snprintf(representative, sizeof(representative), "%s%s%s", s->representative.name,
		s->representative.address[0] != '\0' ? ", " : "", s->representative.address);
	put_item(c, "1(1)(b)", "Name and address of each authorised representative, where applicable",
		tg_page_or(TG_PAGE_TEXT, representative,
			s->representative_exists ? "there is one, not stated" : "none is known to exist"),
		"authorised_representative", representative[0] != '\0' ? "stated" : "not applicable");
}

static tg_page_value yes_or(bool yes, const char *no)
{
	return tg_page_or(TG_PAGE_TEXT, yes ? "Declared" : NULL, no);
}

static void put_declarations(const struct checklist *c)
{
	static const char *const limbs[] = { "", "Security requirements of Schedule 1",
		"Deemed compliance conditions of Schedule 2" };
	const tg_soc_record *s = c->judged->soc;

	put_item(c, "1(1)(c)", "Declaration that it is prepared by or on behalf of the manufacturer",
		yes_or(s->declared_prepared, "not declared"), "declaration.prepared_by_or_for_manufacturer",
		"stated");
	put_item(c, "1(1)(d)", "Declaration that, in the opinion of the manufacturer, it has complied",
		yes_or(s->declared_opinion, "not declared"), "declaration.opinion_of_manufacturer", "stated");
	put_item(c, "1(1)(d)(i), (ii)", "… with which of the two",
		tg_page_or(TG_PAGE_TEXT, limbs[s->limb], "not stated"), "declaration.limb", "stated");
}

static void put_standard(const struct checklist *c)
{
	const tg_soc_record *s = c->judged->soc;
	char day[32], standard[3 * TG_RECORD_TEXT_MAX];
	bool standard_said = s->standard_number[0] != '\0';

	(void)snprintf(standard, sizeof(standard), "%s%s%s%s%s", s->standard_number,
		s->standard_version[0] != '\0' ? " " : "", s->standard_version,
		s->standard_date != TG_DAY_NONE ? ", of " : "", tg_print__day(day, s->standard_date));
	put_item(c, "1(2)", "Number, version and date of a standard, if (d)(ii) and one is relied on",
		tg_page_or(TG_PAGE_TEXT, standard_said ? standard : NULL,
			s->standard_relied_on ? "relied on, not stated" : "none is relied on"),
		"standard", standard_said ? "stated" : "not applicable");
}

static void put_signature(const struct checklist *c)
{
	const tg_soc_record *s = c->judged->soc;
	char day[32], signatory[3 * TG_RECORD_TEXT_MAX], issued[2 * TG_RECORD_TEXT_MAX];

	put_item(c, "1(1)(e)", "Defined support period, correct at first supply, with its end date",
		s->support_period_end != TG_DAY_NONE
			? tg_page_on(s->support_period_end, NULL)
			: tg_page_or(TG_PAGE_TEXT, s->support_period_text, "not stated"),
		"support_period_end", "stated");
	(void)snprintf(signatory, sizeof(signatory), "%s\n%s\n%s",
		s->signatory_name[0] != '\0' ? s->signatory_name : "(no name)",
		s->signatory_function[0] != '\0' ? s->signatory_function : "(no function)",
		s->signed_by_signatory ? "signed" : "(not signed)");
	put_item(c, "1(1)(f)", "Signature, name and function of the signatory",
		tg_page_of(TG_PAGE_TEXT, signatory), "signatory", "stated");
	(void)snprintf(issued, sizeof(issued), "%s, %s", s->place[0] != '\0' ? s->place : "(no place)",
		s->issued != TG_DAY_NONE ? tg_print__day(day, s->issued) : "(no date)");
	put_item(c, "1(1)(g)", "Place and date of issue", tg_page_of(TG_PAGE_TEXT, issued), "issued",
		"stated");
}

void tg_print__checklist(tg_page *page, const tg_print_judged *j)
{
	static const tg_page_column columns[] = { { "paragraph", "Paragraph" },
		{ "asks", "What is asked for" }, { "says", "What the statement says" },
		{ "finding", "Finding" } };
	static const char *const prepared[] = { "", "By the manufacturer", "On behalf of the manufacturer",
		"By somebody else" };
	const struct checklist c = { page, j };

	tg_page_section(page, "checklist", "SI 2023/1007 Schedule 4, item by item");
	tg_page_table(page, "checklist", "Minimum information, paragraph 1", columns, TG_COUNT(columns));
	put_item(&c, "s. 9(3)(a)", "Prepared by or on behalf of the manufacturer",
		tg_page_or(TG_PAGE_TEXT, prepared[j->soc->prepared_by], "not recorded by whom"),
		"prepared_by", "so recorded");
	put_product_items(&c);
	put_parties(&c);
	put_declarations(&c);
	put_signature(&c);
	put_standard(&c);
}

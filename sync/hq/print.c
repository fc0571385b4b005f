/* SPDX-License-Identifier: Apache-2.0
 *
 * print.c - what the papers share.
 */
#include "sync/hq/print_part.h"

#include "plugin/gate/verdict.h"
#include "sync/hq/against.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define LINES_MAX 200         /* items of one value: enough to check a list by hand */
#define LINES_BYTES_MAX 32768 /* … and half of what a page takes as one text */

/* ---- opening ---- */

struct role {
	uint8_t *of, role;
};

static bool set_role(void *context, size_t product)
{
	const struct role *role = context;

	role->of[product] = role->role;
	return true;
}

int tg_print_open(tg_print *print, tg_error *err)
{
	const tg_records *r = print->index->records;

	print->roles = calloc(print->index->product_count + 1, 1);
	if (print->roles == NULL)
		return tg_fail(err, TG_ENOMEM, "print: out of memory");
	for (size_t i = 0; i < r->role_count; i++) {
		struct role role = { print->roles, r->roles[i].role };

		tg_reach_each(print->index, &r->roles[i].reach, set_role, &role);
	}
	return TG_OK;
}

void tg_print_close(tg_print *print)
{
	free(print->roles);
	*print = (tg_print){ 0 };
}

/* ---- names ---- */

void tg_print__append(tg_print_set *set, size_t number)
{
	size_t *list = tg_array_grow(set->list, set->count, &set->cap, sizeof(*list));

	if (list == NULL) {
		set->failed = true;
		return;
	}
	set->list = list;
	set->list[set->count++] = number;
}

void tg_print__add(tg_print_set *set, size_t number)
{
	for (size_t i = set->count; i > 0; i--) /* backward: what is met again was most often met last */
		if (set->list[i - 1] == number)
			return;
	tg_print__append(set, number);
}

void tg_print__set_fini(tg_print_set *set)
{
	free(set->list);
	*set = (tg_print_set){ 0 };
}

size_t tg_print__product(const tg_print *print, const char *text)
{
	const tg_records *r = print->index->records;
	uint64_t gtin;
	size_t found;

	if (tg_gtin_parse(&gtin, tg_view_str(text), NULL) != TG_OK)
		return TG_INDEX_NONE;
	found = tg_index_find(print->index, gtin);
	for (size_t i = 0; i < r->pack_count && found == TG_INDEX_NONE; i++)
		if (r->packs[i].gtin == gtin)
			found = tg_index_find(print->index, r->packs[i].contains);
	return found;
}

void tg_print__refuse(tg_print *print, const char *name, const char *fmt, ...)
{
	char words[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	print->refused++;
	if (print->refuse != NULL)
		print->refuse(print->refuse_ctx, name, words);
}

/* ---- values of several lines ---- */

void tg_lines_init(tg_lines *lines)
{
	*lines = (tg_lines){ 0 };
	tg_buf_init(&lines->text, TG_PAGE_TEXT_MAX);
}

void tg_lines_add(tg_lines *lines, const char *fmt, ...)
{
	char words[2 * TG_RECORD_TEXT_MAX];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	if (len < 0 || len >= (int)sizeof(words) || lines->count == LINES_MAX ||
		lines->text.len + (size_t)len > LINES_BYTES_MAX) {
		lines->left_out++;
		return;
	}
	if (lines->count++ > 0)
		tg_buf_putc(&lines->text, '\n');
	tg_buf_puts(&lines->text, words);
}

const char *tg_lines_text(tg_lines *lines)
{
	if (lines->left_out > 0)
		tg_buf_printf(&lines->text, "\nand %zu more in the record", lines->left_out);
	lines->left_out = 0;
	return tg_buf_text(&lines->text);
}

void tg_lines_fini(tg_lines *lines)
{
	tg_buf_fini(&lines->text);
}

/* ---- findings ---- */

tg_print_found tg_print__found(const tg_print *print, tg_record_kind kind, uint32_t line)
{
	const tg_findings *f = print->findings;
	size_t low = 0, high = f->count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(f->list[middle].file, tg_record_files[kind]);

		if (order < 0 || (order == 0 && f->list[middle].line < line))
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < f->count && f->list[end].line == line &&
			strcmp(f->list[end].file, tg_record_files[kind]) == 0;)
		end++;
	/* An empty list has no address: nothing is added to it. */
	return (tg_print_found){ end > low ? f->list + low : NULL, end - low };
}

static tg_page_type sign_of(uint8_t level)
{
	return level == TG_FINDING_WARNING ? TG_PAGE_OPEN : TG_PAGE_BAD;
}

void tg_print__findings(const tg_print *print, tg_page *page, const tg_print_where *where, size_t count)
{
	static const tg_page_column columns[] = { { "code", "Code" }, { "level", "Level" },
		{ "field", "Field" }, { "words", "What is wrong, and what to do" }, { "record", "Record" } };
	size_t found = 0;

	tg_page_section(page, "findings", "What the checks of the records say");
	for (size_t i = 0; i < count; i++)
		found += tg_print__found(print, where[i].kind, where[i].line).count;
	if (found == 0) {
		tg_page_callout(page, TG_PAGE_GOOD, "Nothing is wrong with these records.");
		return;
	}
	tg_page_table(page, "findings", "Findings", columns, TG_COUNT(columns));
	for (size_t i = 0; i < count; i++) {
		tg_print_found f = tg_print__found(print, where[i].kind, where[i].line);

		for (size_t n = 0; n < f.count; n++) {
			char record[64];

			(void)snprintf(record, sizeof(record), "%s, line %u", f.list[n].file, f.list[n].line);
			tg_page_row(page, (tg_page_value[]){ tg_page_of(TG_PAGE_CODE, f.list[n].code),
						  tg_page_of(sign_of(f.list[n].level),
							  tg_finding_words[f.list[n].level]),
						  tg_page_or(TG_PAGE_CODE, f.list[n].field, "the record"),
						  tg_page_of(TG_PAGE_TEXT, f.list[n].words),
						  tg_page_of(TG_PAGE_TEXT, record) });
		}
	}
}

/* ---- grounds ---- */

void tg_print__grounds(const tg_print *print, tg_page *page, const tg_print_where *where, size_t count)
{
	int32_t as_of = TG_DAY_NONE;
	tg_lines records;

	if (tg_day_parse(&as_of, TG_LAW_AS_OF, NULL) != TG_OK)
		as_of = TG_DAY_NONE;
	tg_lines_init(&records);
	for (size_t i = 0; i < count; i++)
		tg_lines_add(&records, "%s, line %u", tg_record_files[where[i].kind], where[i].line);
	tg_page_section(page, "grounds", "What this rests on");
	tg_page_facts(page, "grounds");
	tg_page_fact(page, "act", "Act",
		tg_page_of(TG_PAGE_TEXT,
			"Product Security and Telecommunications Infrastructure Act 2022 (c.\xc2\xa0"
			"46), Part 1"));
	tg_page_fact(page, "act_source", "Text of the Act",
		tg_page_of(TG_PAGE_LINK, "https://www.legislation.gov.uk/ukpga/2022/46"));
	tg_page_fact(page, "regulations", "Regulations",
		tg_page_of(TG_PAGE_TEXT,
			"Product Security and Telecommunications Infrastructure (Security Requirements for "
			"Relevant Connectable Products) Regulations 2023, SI 2023/1007, as amended by SI "
			"2025/211 "
			"and SI 2025/1267"));
	tg_page_fact(page, "regulations_source", "Text of the Regulations",
		tg_page_of(TG_PAGE_LINK, "https://www.legislation.gov.uk/uksi/2023/1007"));
	tg_page_fact(page, "law_as_of", "Law as it stood on", tg_page_on(as_of, NULL));
	tg_page_fact(page, "judged_on", "Judged on", tg_page_on(print->today, NULL));
	tg_page_fact(page, "records", "Records", tg_page_of(TG_PAGE_TEXT, tg_lines_text(&records)));
	tg_lines_fini(&records);
}

/* ---- products ---- */

const char *tg_print__role(uint8_t role)
{
	switch (role) {
	case TG_ROLE_OWN_BRAND:
		return "manufacturer: own brand (s. 7(3))";
	case TG_ROLE_IMPORTER:
		return "importer (s. 7(4))";
	default:
		return "distributor (s. 7(5))";
	}
}

const char *tg_print__name(char out[2 * TG_RECORD_NAME_MAX + 2], const tg_product_record *product)
{
	bool said = product->brand[0] != '\0' && strstr(product->name, product->brand) != NULL;

	(void)snprintf(out, 2 * TG_RECORD_NAME_MAX + 2, "%s%s%s", said ? "" : product->brand,
		said || product->brand[0] == '\0' ? "" : " ", product->name);
	return out;
}

void tg_print__products(const tg_print *print, tg_page *page, const tg_print_set *products)
{
	static const tg_page_column columns[] = { { "gtin", "GTIN" }, { "name", "Product" },
		{ "type", "Type" }, { "manufacturer", "Manufacturer" }, { "role", "We are its" } };
	char gtin[15], name[2 * TG_RECORD_NAME_MAX + 2];

	tg_page_section(page, "products", "Products");
	tg_page_table(page, "products", "Products that this is about", columns, TG_COUNT(columns));
	for (size_t i = 0; i < products->count && i < TG_PRINT_ROWS_MAX; i++) {
		const tg_index_product *p = &print->index->products[products->list[i]];

		tg_page_row(page,
			(tg_page_value[]){ tg_page_of(TG_PAGE_CODE, tg_gtin_format(gtin, p->gtin)),
				tg_page_of(TG_PAGE_TEXT, tg_print__name(name, p->record)),
				tg_page_of(TG_PAGE_CODE, p->record->type),
				tg_page_of(TG_PAGE_TEXT, p->record->manufacturer),
				tg_page_of(TG_PAGE_TEXT, tg_print__role(print->roles[products->list[i]])) });
	}
	if (products->count > TG_PRINT_ROWS_MAX)
		tg_page_para(page, "And %zu more products, which products.jsonl lists.",
			products->count - TG_PRINT_ROWS_MAX);
}

const char *tg_print__day(char out[32], int32_t day)
{
	static const char *const months[] = { "January", "February", "March", "April", "May", "June", "July",
		"August", "September", "October", "November", "December" };
	char iso[TG_DAY_TEXT_SIZE];

	if (tg_day_format(iso, day)[0] == '\0')
		iso[0] = out[0] = '\0';
	else
		(void)snprintf(out, 32, "%d %s %.4s", (iso[8] - '0') * 10 + iso[9] - '0',
			months[(iso[5] - '0') * 10 + iso[6] - '1'], iso);
	return out;
}

/* ---- support ---- */

tg_support tg_print__support(const tg_print *print, size_t product)
{
	const tg_product_record *p = print->index->products[product].record;
	const tg_index_links *links = &print->index->socs;
	int32_t soc_end = tg_against_soc_end(print->index, product);
	tg_stretch out[TG_AGAINST_OF_ONE];
	tg_support s = { .end = TG_DAY_NONE, .as_of = TG_DAY_NONE, .source = "" };

	/* What others report counts only where nobody looked at the manufacturer's own words; the longest end counts (compile.c). */
	for (int hearsay = 0; hearsay < 2 && s.end == TG_DAY_NONE; hearsay++)
		for (size_t i = 0; i < p->capture_count; i++) {
			const tg_dsp_capture *c = &p->captures[i];

			if (c->hearsay == (hearsay == 1) &&
				(c->end > s.end || (c->end == s.end && c->as_of > s.as_of)))
				s = (tg_support){ .end = c->end,
					.as_of = c->as_of,
					.source = c->source,
					.hearsay = c->hearsay };
		}
	for (size_t i = links->first[product]; i < links->first[product + 1] && soc_end > s.end; i++) {
		const tg_soc_record *soc = &print->index->records->socs[links->list[i].to];

		if (soc->status == TG_SOC_CURRENT && soc->paper == TG_PAPER_SOC &&
			soc->support_period_end == soc_end)
			s = (tg_support){
				.end = soc_end, .as_of = soc->issued, .source = soc->id, .statement = true
			};
	}
	s.shortened = tg_against_shortening(out, p, soc_end) > 0;
	return s;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * shop.c - see shop.h.
 */
#include "tests/unit/hq/shop.h"

#include <stdio.h>
#include <stdlib.h>

int32_t shop_day(const char *text)
{
	int32_t day;

	if (tg_day_parse(&day, text, NULL) != TG_OK)
		abort();
	return day;
}

static tg_policy policy_for_tests(void)
{
	tg_policy policy = { .link_test_max_age_days = 100, .label_check_max_age_days = 30 };

	return policy;
}

/* Whatever is found: where, of which member, and after what is wrong, what to do. */
static void check_words(const tg_finding *f)
{
	bool reader = strcmp(f->code, "bad-record") == 0; /* says what it wanted */

	if (f->file[0] != '\0' && f->line > 0 && f->code[0] != '\0' && f->field[0] != '\0' &&
		(reader || strchr(f->words, ';') != NULL))
		return;
	(void)fprintf(stderr, "%s:%u: %s %s: does not say what to do: %s\n", f->file, f->line, f->code, f->field, f->words);
	abort();
}

void shop_open(shop *s, const shop_line *lines, size_t count)
{
	tg_error err = { 0 };

	*s = (shop){ 0 };
	s->records.policy = policy_for_tests();
	s->records.has_policy = true;
	for (size_t i = 0; i < count; i++)
		if (lines[i].line != NULL &&
			tg_records_read_line(&s->records, &s->findings, lines[i].kind,
				tg_view_str(lines[i].line), (uint32_t)i + 1) == TG_ENOMEM)
			abort();
	if (tg_index_build(&s->index, &s->records, &s->findings, &err) != TG_OK)
		abort();
	tg_lint(&s->findings, &s->index, shop_day(SHOP_TODAY));
	for (size_t i = 0; i < s->findings.count; i++)
		check_words(&s->findings.list[i]);
}

void shop_close(shop *s)
{
	tg_index_fini(&s->index);
	tg_records_fini(&s->records);
	tg_findings_fini(&s->findings);
}

static const struct {
	const char *name, *value;
} whole[] = {
	{ "id", "\"SOC-1\"" },
	{ "status", "\"current\"" },
	{ "superseded_by", "" },
	{ "document", "{\"kind\":\"soc\",\"link\":\"https://soc.example/1.pdf\"}" },
	{ "prepared_by", "\"manufacturer\"" },
	{ "types", "[\"H-1\"]" },
	{ "batches", "{\"ranges\":[{\"from\":\"B10\",\"to\":\"B20\"}]}" },
	{ "serial_ties", "" },
	{ "manufacturers", "[{\"name\":\"Maker Ltd\",\"address\":\"1 Example Way\"}]" },
	{ "authorised_representative", "" },
	{ "authorised_representative_exists", "" },
	{ "declaration", "{\"prepared_by_or_for_manufacturer\":true,\"opinion_of_manufacturer\":true,"
			 "\"limb\":\"security-requirements\"}" },
	{ "standard_relied_on", "" },
	{ "standard", "" },
	{ "support_period_end", "\"2030-12-31\"" },
	{ "support_period_text", "" },
	{ "signatory", "{\"name\":\"A. Example\",\"function\":\"director\",\"signed\":true}" },
	{ "issued", "{\"place\":\"Exampleton\",\"date\":\"2026-01-10\"}" },
	{ "accompanies", "{\"how\":\"in-pack\"}" },
	{ "gtins", "[\"" SHOP_GTIN "\"]" },
	{ "accepted_doubts", "" },
};

const char *shop_soc(const char *member, const char *value)
{
	static char lines[4][4096];
	static unsigned turn;
	char *line = lines[turn++ % 4];
	size_t len = 0;

	for (size_t i = 0; i < TG_COUNT(whole); i++) {
		bool bent = member != NULL && strcmp(member, whole[i].name) == 0;
		const char *text = bent ? value : whole[i].value;

		if (text[0] != '\0')
			len += (size_t)snprintf(line + len, sizeof(lines[0]) - len, "%c\"%s\":%s",
				len == 0 ? '{' : ',', whole[i].name, text);
	}
	(void)snprintf(line + len, sizeof(lines[0]) - len, "}");
	return line;
}

const tg_finding *shop_finding(const shop *s, const char *code, const char *field)
{
	for (size_t i = 0; i < s->findings.count; i++) {
		const tg_finding *f = &s->findings.list[i];

		if (strcmp(f->code, code) == 0 && (field == NULL || strcmp(f->field, field) == 0))
			return f;
	}
	return NULL;
}

const char *shop_codes(const shop *s)
{
	static char text[1024];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < s->findings.count && len < sizeof(text) - 128; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s(%s) ", s->findings.list[i].code,
			s->findings.list[i].field);
	return text;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_statements.c - what a supplier publishes: the first byte chooses the file, the rest is its text. Whatever is taken must lie
 * within the prefix, be plain, and read as the same when it is read again.
 */
#include "plugin/gate/label.h"
#include "store/base/encoding.h"
#include "sync/hq/supplier_statements.h"

#include <stdlib.h>

static void check_plain(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f)
			abort();
	if (tg_utf8_hides(text))
		abort();
}

static void read_again(const char *text, const tg_prefix *prefix, bool product)
{
	tg_statements again = { 0 };
	tg_findings findings = { 0 };
	int rc =
		product ? tg_statements_read_products(&again, &findings, prefix, tg_view_str(text), "p", NULL)
			: tg_statements_read(&again, &findings, prefix, tg_view_str(text), "s", NULL);

	if (rc == TG_OK && (findings.count != 0 || again.count + again.product_count != 1 ||
				   strcmp(product ? again.products[0].text : again.list[0].text, text) != 0))
		abort();
	tg_statements_fini(&again);
	tg_findings_fini(&findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const prefixes[] = { "95212345", "8:9521" };
	tg_statements statements = { 0 };
	tg_findings findings = { 0 };
	tg_prefix prefix;
	tg_view text;
	bool product;
	int rc;

	if (size < 1 || tg_prefix_parse(&prefix, prefixes[data[0] >> 1 & 1], NULL) != TG_OK)
		return 0;
	product = (data[0] & 1) != 0;
	text = tg_view_of(data + 1, size - 1);
	rc = product ? tg_statements_read_products(&statements, &findings, &prefix, text, "p", NULL)
		     : tg_statements_read(&statements, &findings, &prefix, text, "s", NULL);
	/* A line is taken or told of, never dropped in silence. */
	if (rc == TG_OK &&
		statements.lines != statements.refused + statements.count + statements.product_count)
		abort();
	if (statements.refused > 0 && findings.count == 0)
		abort();
	for (size_t i = 0; i < statements.count && rc == TG_OK; i++) {
		const tg_statement *s = &statements.list[i];

		for (size_t g = 0; g < s->gtins.count; g++)
			if (!tg_prefix_covers(&prefix, s->gtins.list[g]))
				abort();
		check_plain(s->text);
		read_again(s->text, &prefix, false);
	}
	for (size_t i = 0; i < statements.product_count && rc == TG_OK; i++) {
		if (!tg_prefix_covers(&prefix, statements.products[i].gtin))
			abort();
		check_plain(statements.products[i].text);
		read_again(statements.products[i].text, &prefix, true);
	}
	for (size_t i = 0; i < findings.count; i++) {
		check_plain(findings.list[i].field);
		if (findings.list[i].words[0] == 0)
			abort();
	}
	tg_statements_fini(&statements);
	tg_findings_fini(&findings);
	return 0;
}

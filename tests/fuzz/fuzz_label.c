/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_label.c - a hostile label. The first byte says how it comes: bit 0 whether an AIM identifier is left in front, bit 1
 * whether brackets count, bits 2 and 3 what the scanner's setup is; the rest is the scan.
 *
 * Beside crashes it looks for the promise that the pass-list makes: what is a product without it stays one with it.
 */
#include "plugin/gate/label.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void check_product(const tg_identity *bare, const tg_identity *listed)
{
	char digits[15];
	uint64_t again;

	expect(listed->kind == TG_LABEL_PRODUCT && !listed->passes && listed->gtin == bare->gtin);
	expect(tg_gtin_parse(&again, tg_view_of(tg_gtin_format(digits, bare->gtin), 14), NULL) == TG_OK);
	expect(again == bare->gtin);
	expect(bare->strength > TG_STRENGTH_NONE && bare->strength < TG_STRENGTH_COUNT);
}

static void check(const char *aim, tg_view text, bool brackets)
{
	static tg_policy policy, quiet;
	tg_identity bare, listed;

	policy.pass_kinds = UINT32_MAX;
	policy.pass_count = 1;
	policy.pass[0] = (tg_pass_rule){ .kind = "any", .max_len = UINT16_MAX };
	policy.bracketed_text_counts = quiet.bracketed_text_counts = brackets;
	tg_label_identify(&bare, aim, text, &quiet, 20000);
	tg_label_identify(&listed, aim, text, &policy, 20000);
	expect(bare.kind < TG_LABEL_KIND_COUNT && !bare.passes);
	expect(bare.why != NULL && (bare.why[0] == '\0') == (bare.kind >= TG_LABEL_NOT_PRODUCT));
	expect(strlen(bare.batch) <= TG_AI_TEXT_MAX && strlen(bare.serial) <= TG_AI_TEXT_MAX);
	expect(!bare.partly_read || bare.kind >= TG_LABEL_IN_STORE);
	expect(!bare.irregular || bare.kind >= TG_LABEL_IN_STORE);
	if (bare.kind == TG_LABEL_PRODUCT)
		check_product(&bare, &listed);
	else if (bare.kind == TG_LABEL_NOT_PRODUCT)
		expect(bare.gtin == 0 && bare.batch[0] == '\0' && bare.serial[0] == '\0');
	expect(listed.kind != TG_LABEL_NOT_PRODUCT || listed.gtin == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t buf[TG_LABEL_MAX];
	tg_label_setup setup = { 0 };
	tg_plain_label plain;
	tg_view text;
	char aim[4] = "";

	if (size == 0)
		return 0;
	text = tg_view_of(data + 1, size - 1);
	if (data[0] % 2 == 0)
		tg_label_split(aim, &text, text);
	if ((data[0] & 4) != 0)
		strcpy(setup.separator, "~1");
	setup.set_identifier = (data[0] & 8) != 0;
	tg_label_plain(&plain, buf, &setup, aim, text);
	expect(plain.data.len <= text.len && (plain.set[0] == '\0' || setup.set_identifier));
	check(plain.aim, plain.data, (data[0] & 2) != 0);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_label.c - a hostile label: the first byte says whether an AIM identifier is split off, the rest is the scan.
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static tg_policy policy;
	tg_identity bare, listed;
	tg_view text;
	char aim[4] = "";

	if (size == 0)
		return 0;
	policy.pass_kinds = UINT32_MAX;
	policy.pass_count = 1;
	policy.pass[0] = (tg_pass_rule){ .kind = "any", .max_len = UINT16_MAX };
	text = tg_view_of(data + 1, size - 1);
	if (data[0] % 2 == 0)
		tg_label_split(aim, &text, text);
	tg_label_identify(&bare, aim, text, NULL, 20000);
	tg_label_identify(&listed, aim, text, &policy, 20000);
	expect(bare.kind < TG_LABEL_KIND_COUNT && !bare.passes);
	expect(bare.why != NULL && (bare.why[0] == '\0') == (bare.kind >= TG_LABEL_NOT_PRODUCT));
	expect(strlen(bare.batch) <= TG_AI_TEXT_MAX && strlen(bare.serial) <= TG_AI_TEXT_MAX);
	expect(!bare.partly_read || bare.kind >= TG_LABEL_IN_STORE);
	if (bare.kind == TG_LABEL_PRODUCT) {
		char digits[15];
		uint64_t again;

		expect(listed.kind == TG_LABEL_PRODUCT && !listed.passes && listed.gtin == bare.gtin);
		expect(tg_gtin_parse(&again, tg_view_of(tg_gtin_format(digits, bare.gtin), 14), NULL) ==
			TG_OK);
		expect(again == bare.gtin);
	} else if (bare.kind == TG_LABEL_NOT_PRODUCT)
		expect(bare.gtin == 0 && bare.batch[0] == '\0' && bare.serial[0] == '\0');
	expect(listed.kind != TG_LABEL_NOT_PRODUCT || listed.gtin == 0);
	return 0;
}

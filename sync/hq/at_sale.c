/* SPDX-License-Identifier: Apache-2.0
 *
 * at_sale.c - label, look-up, rules, words, as a station has them.
 */
#include "sync/hq/at_sale.h"

static void judge(tg_at_sale *out, const tg_catalogue *cat, const tg_policy *policy, int32_t today)
{
	const tg_occasion occasion = { .operation = TG_OP_SALE, .today = today };
	tg_release release;
	tg_words words;

	tg_gate_decide(&out->verdict, cat, policy, &out->identity, &occasion, NULL);
	tg_gate_release(&release, &out->verdict, &out->identity, policy, &occasion);
	tg_words_for(&words, &out->verdict, &release, &out->identity, TG_OP_SALE);
	out->withheld = !release.would_release;
	out->unanswered = out->verdict.could_not_check || out->verdict.answer == TG_ANSWER_UNASSESSED;
	out->row = out->verdict.hit != 0 ? tg_rows_at(out->verdict.decided_by)->id : "";
	out->code = words.code;
}

/* The carriers in which numbers of that length are printed: EAN/UPC, and ITF-14. A scanner hands a UPC-A on as an EAN-13. */
void tg_at_sale_of(
	tg_at_sale *out, const tg_catalogue *cat, const tg_policy *policy, const tg_sale *sale, int32_t today)
{
	char digits[16] = "0";

	*out = (tg_at_sale){ .withheld = true, .code = "" };
	(void)tg_sale_format(sale->digits == 12 ? digits + 1 : digits, sale);
	tg_label_identify(&out->identity, sale->digits == 8    ? "]E4"
					  : sale->digits == 14 ? "]I1"
							       : "]E0",
		tg_view_str(digits), policy, today);
	judge(out, cat, policy, today);
}

void tg_at_sale_of_number(tg_at_sale *out, const tg_catalogue *cat, const tg_policy *policy, uint64_t number,
	bool in_store, int32_t today)
{
	*out = (tg_at_sale){ .withheld = true, .code = "" };
	out->identity = (tg_identity){ .kind = in_store ? TG_LABEL_IN_STORE : TG_LABEL_PRODUCT,
		.strength = TG_STRENGTH_CARRIER,
		.digits = in_store ? 13 : 14,
		.gtin = number,
		.expiry = TG_DAY_NONE,
		.why = "" };
	judge(out, cat, policy, today);
}

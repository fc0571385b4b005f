/* SPDX-License-Identifier: Apache-2.0
 *
 * drill.c - the table of test products. See drill.h.
 */
#include "plugin/gate/drill.h"

const tg_drill tg_drills[TG_DRILL_COUNT] = {
	{ "allow", "9529990000018", UINT64_C(9529990000018), TG_ALLOW, "soc-held", "Test product: may be sold" },
	{ "notice", "9529990000025", UINT64_C(9529990000025), TG_NOTICE, "soc-not-with-goods", "Test product: sold with a notice" },
	{ "hold", "9529990000032", UINT64_C(9529990000032), TG_HOLD, "soc-in-doubt", "Test product: to be kept apart" },
	{ "block", "9529990000049", UINT64_C(9529990000049), TG_BLOCK, "no-soc", "Test product: must not be sold" },
	{ "unknown", "9529990000056", UINT64_C(9529990000056), TG_BLOCK, "not-assessed", "" },
};

/* A case of a number has its first twelve digits, with another check digit: so the check digit is left out, and the indicator. */
bool tg_is_drill(uint64_t gtin)
{
	uint64_t item = gtin / 10 % UINT64_C(1000000000000);

	return item >= TG_DRILL_FIRST / 10 && item <= TG_DRILL_LAST / 10;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * test_occasion.c - rows about what stands against a unit, about the occasion, and about bundles: each in all six operations.
 *
 * Outcomes are written as six letters, in the order offer, sale, dispatch, goods-in, return, stock check: A allow, N notice, H hold,
 * B block. Rows are those that hit at dispatch, where all kinds of supply are told apart; "-16" hit and was switched off.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "plugin/gate/rules.h"
#include "tests/unit/gate/lift.h"
#include "tests/unit/gate/rows.h"
#include "tests/unit/gate/world.h"

/* clang-format off */
enum { NOTE_IN, NOTE_OUT, NOTE_BUSINESS, NOTE_EXC, NOTE_COUNT };
static const tg_build_note notes[NOTE_COUNT] = {
	[NOTE_IN] = { "in", TG_SCOPE_IN, 0, 0, false, TG_DAY_NONE },
	[NOTE_OUT] = { "out", TG_SCOPE_OUT, 0, 0, true, TG_DAY_NONE },
	[NOTE_BUSINESS] = { "business", TG_SCOPE_BUSINESS, 0, 0, false, TODAY },
	[NOTE_EXC] = { "exc", TG_SCOPE_EXCEPTED, TG_EXCEPTION_PROVEN | TG_EXCEPTION_GB | TG_EXCEPTION_NI, 5, false, TG_DAY_NONE },
};

#define SOC(name, status, end) \
	{ name, "", 0, TG_DOCUMENT_SOC, status, TG_BATCHES_ALL, TG_ACCOMPANIES_IN_PACK, false, TODAY - 500, end, TG_DAY_NONE, NULL, 0, \
		NULL, 0 }
enum { S_GOOD, S_ENDED, S_WITHDRAWN, S_COUNT };
static const tg_build_soc socs[S_COUNT] = {
	[S_GOOD] = SOC("good", TG_SOC_CURRENT, TODAY + 1000),
	[S_ENDED] = SOC("ended", TG_SOC_CURRENT, TODAY - 1),
	[S_WITHDRAWN] = SOC("withdrawn", TG_SOC_WITHDRAWN, TODAY + 1000),
};
static const tg_build_link good_soc[] = { { S_GOOD, true } }, ended_soc[] = { { S_ENDED, true } },
	withdrawn_soc[] = { { S_WITHDRAWN, true } };

static const tg_build_range batch_b[] = { { "B100", "B199" } }, serials_s[] = { { "S100", "S200" } };
#define STOP(name, kind, flags, from, to) { name, TG_STOP_##kind, flags, from, to, NULL, 0, NULL, 0 }
#define LIMITED(name, kind) { name, TG_STOP_##kind, 0, TODAY, TG_DAY_NONE, batch_b, 1, NULL, 0 }
enum { N_STOP, N_STOP_LAST_DAY, N_STOP_OVER, N_STOP_TOMORROW, N_STOP_BATCH, N_STOP_BATCH_SERIAL, N_RECALL, N_APPEALED, N_APPEALED_SIGNED,
	N_INTENT, N_INTENT_CLEARED, N_COMPLIANCE, N_COMPLIANCE_SUPPLY, N_FAILURE, N_FAILURE_BATCH, N_SUSPICION, N_PUBLISHED, N_PUBLISHED_BATCH, N_PENALTY_BATCH,
	N_PUBLISHED_BRAND, N_SHORTENED, N_COUNT };
static const tg_build_stop stops[N_COUNT] = {
	[N_STOP] = STOP("stop", NOTICE, 0, TODAY, TG_DAY_NONE),
	[N_STOP_LAST_DAY] = STOP("stop-last-day", NOTICE, 0, TODAY - 30, TODAY),
	[N_STOP_OVER] = STOP("stop-over", NOTICE, 0, TODAY - 30, TODAY - 1),
	[N_STOP_TOMORROW] = STOP("stop-tomorrow", NOTICE, 0, TODAY + 1, TG_DAY_NONE),
	[N_STOP_BATCH] = LIMITED("stop-batch", NOTICE),
	[N_STOP_BATCH_SERIAL] = { "stop-batch-serial", TG_STOP_NOTICE, 0, TODAY, TG_DAY_NONE, batch_b, 1, serials_s, 1 },
	[N_RECALL] = STOP("recall", RECALL, 0, TODAY - 1, TG_DAY_NONE),
	[N_APPEALED] = STOP("appealed", APPEALED, 0, TODAY, TG_DAY_NONE),
	[N_APPEALED_SIGNED] = STOP("appealed-signed", APPEALED, TG_STOP_CLEARED, TODAY, TG_DAY_NONE),
	[N_INTENT] = STOP("intent", INTENT, 0, TODAY, TODAY + 27),
	[N_INTENT_CLEARED] = STOP("intent-cleared", INTENT, TG_STOP_CLEARED, TODAY, TODAY + 27),
	[N_COMPLIANCE] = STOP("compliance", COMPLIANCE, 0, TODAY, TG_DAY_NONE),
	[N_COMPLIANCE_SUPPLY] = STOP("compliance-supply", COMPLIANCE, TG_STOP_ON_SUPPLY, TODAY, TG_DAY_NONE),
	[N_FAILURE] = STOP("failure", FAILURE, 0, TODAY - 3, TG_DAY_NONE),
	[N_FAILURE_BATCH] = LIMITED("failure-batch", FAILURE),
	[N_SUSPICION] = STOP("suspicion", SUSPICION, 0, TODAY, TG_DAY_NONE),
	[N_PUBLISHED] = STOP("published", PUBLISHED, 0, TODAY, TG_DAY_NONE),
	[N_PUBLISHED_BATCH] = LIMITED("published-batch", PUBLISHED),
	[N_PENALTY_BATCH] = { "penalty-batch", TG_STOP_PUBLISHED, TG_STOP_BRAND_ONLY, TODAY, TG_DAY_NONE, batch_b, 1, NULL, 0 },
	[N_PUBLISHED_BRAND] = STOP("published-brand", PUBLISHED, TG_STOP_BRAND_ONLY, TODAY, TG_DAY_NONE),
	[N_SHORTENED] = STOP("shortened", SHORTENED, 0, TODAY, TG_DAY_NONE),
};

/* ---- products ---- */

#define GTIN(n) (UINT64_C(9520000000000) + (n))
enum { P_GOOD, P_NONE, P_UNKNOWN, P_OUT, P_EXC, P_BUSINESS, P_BUSINESS_GOOD, P_ENDED, P_OWN, P_OWN_NONE, P_IMPORT, P_STOPS, P_STOPS_END = P_STOPS + N_COUNT,
	P_STOP_NONE = P_STOPS_END, P_FAILURE_OUT, P_TWO, P_BOTH_NOTICES, P_SUSPECT, B_CLEAR, B_NOTICE, B_BLOCK, B_HOLD, B_FAILURE, B_UNKNOWN, B_OUT, B_STOPPED, P_COUNT };
#define P(n, note, links) [n] = { GTIN(n), "name", "maker", "type", note, TG_DAY_NONE, links, links == NULL ? 0 : 1, NULL, 0 }
#define NO_LINK ((const tg_build_link *)NULL)
static tg_build_product products[P_COUNT] = {
	P(P_GOOD, NOTE_IN, good_soc), P(P_NONE, NOTE_IN, NO_LINK), P(P_UNKNOWN, TG_BUILD_NO_NOTE, NO_LINK), P(P_OUT, NOTE_OUT, NO_LINK),
	P(P_EXC, NOTE_EXC, NO_LINK), P(P_BUSINESS, NOTE_BUSINESS, NO_LINK), P(P_BUSINESS_GOOD, NOTE_BUSINESS, good_soc),
	P(P_ENDED, NOTE_IN, ended_soc), P(P_OWN, NOTE_IN, good_soc), P(P_OWN_NONE, NOTE_IN, NO_LINK), P(P_IMPORT, NOTE_IN, good_soc),
	P(P_STOP_NONE, NOTE_IN, NO_LINK), P(P_FAILURE_OUT, NOTE_OUT, NO_LINK), P(P_TWO, NOTE_IN, good_soc), P(P_BOTH_NOTICES, NOTE_IN, good_soc),
	P(P_SUSPECT, NOTE_IN, withdrawn_soc), P(B_CLEAR, TG_BUILD_NO_NOTE, NO_LINK), P(B_NOTICE, TG_BUILD_NO_NOTE, NO_LINK),
	P(B_BLOCK, TG_BUILD_NO_NOTE, NO_LINK), P(B_HOLD, TG_BUILD_NO_NOTE, NO_LINK), P(B_FAILURE, TG_BUILD_NO_NOTE, NO_LINK),
	P(B_UNKNOWN, TG_BUILD_NO_NOTE, NO_LINK), P(B_OUT, TG_BUILD_NO_NOTE, NO_LINK), P(B_STOPPED, TG_BUILD_NO_NOTE, NO_LINK),
};
static uint32_t one_stop[N_COUNT];
static const uint32_t stop_none[] = { N_STOP }, failure_out[] = { N_FAILURE }, two[] = { N_SUSPICION, N_FAILURE },
	both_notices[] = { N_STOP, N_RECALL };
static const uint64_t clear[] = { GTIN(P_GOOD), GTIN(P_OUT), GTIN(P_EXC) }, noticed[] = { GTIN(P_GOOD), GTIN(P_ENDED) },
	blocked[] = { GTIN(P_GOOD), GTIN(P_NONE), GTIN(P_ENDED) }, held[] = { GTIN(P_OUT), GTIN(P_STOPS + N_SUSPICION) },
	failed[] = { GTIN(P_GOOD), GTIN(P_STOPS + N_FAILURE) }, unknown[] = { GTIN(P_UNKNOWN), GTIN(P_GOOD) },
	out_of_scope[] = { GTIN(P_OUT), GTIN(P_EXC) };
#define ROLE(n, role) { GTIN(n), TG_ROLE_##role, NULL, 0, NULL, 0 }
#define STOPPED(n, list) { GTIN(n), 0, list, TG_COUNT(list), NULL, 0 }
#define BUNDLE(n, list) { GTIN(n), 0, NULL, 0, list, TG_COUNT(list) }
enum { OTHERS = 15 }; /* special products beside those of one stop each */
static tg_build_special specials[N_COUNT + OTHERS] = {
	ROLE(P_OWN, OWN_BRAND), ROLE(P_OWN_NONE, OWN_BRAND), ROLE(P_IMPORT, IMPORTER), STOPPED(P_STOP_NONE, stop_none),
	STOPPED(P_FAILURE_OUT, failure_out), STOPPED(P_TWO, two), STOPPED(P_BOTH_NOTICES, both_notices), BUNDLE(B_CLEAR, clear),
	BUNDLE(B_NOTICE, noticed), BUNDLE(B_BLOCK, blocked), BUNDLE(B_HOLD, held), BUNDLE(B_FAILURE, failed), BUNDLE(B_UNKNOWN, unknown),
	BUNDLE(B_OUT, out_of_scope), { GTIN(B_STOPPED), 0, stop_none, 1, blocked, TG_COUNT(blocked) },
};

/* ---- cases ---- */

enum { YES = 1 /* overridable wherever withheld or noticed */, OLD = 2 /* bought before the duty */, STALE = 4, DEAD = 8, NI = 16, ABROAD = 32 };
#define CONSUMER TG_SUPPLY_CONSUMER
#define NEW TG_UNIT_NEW
#define AT(stop) (P_STOPS + (stop))
static const struct {
	const char *what;
	int product;
	tg_supply supply;
	tg_unit unit;
	const char *batch, *serial;
	int flags;
	const char *outcomes, *rows;
	const char *stop; /* id of the one that the deciding row is about, at sale */
} cases[] = {
	{ "an ordinary sale", P_GOOD, CONSUMER, NEW, "", "", 0, "AAAAAA", "15", "" },

	{ "stop notice in force", AT(N_STOP), CONSUMER, NEW, "", "", 0, "BBBHHH", "1 15", "stop" },
	{ "stop notice on its last day", AT(N_STOP_LAST_DAY), CONSUMER, NEW, "", "", 0, "BBBHHH", "1 15", "stop-last-day" },
	{ "stop notice over", AT(N_STOP_OVER), CONSUMER, NEW, "", "", 0, "AAAAAA", "15", "" },
	{ "stop notice from tomorrow", AT(N_STOP_TOMORROW), CONSUMER, NEW, "", "", 0, "AAAAAA", "15", "" },
	{ "stop notice on batches, batch unknown", AT(N_STOP_BATCH), CONSUMER, NEW, "", "", 0, "BBBHHH", "1 15", "stop-batch" },
	{ "stop notice on batches, batch named", AT(N_STOP_BATCH), CONSUMER, NEW, "B150", "", 0, "BBBHHH", "1 15", "stop-batch" },
	{ "stop notice on batches, another batch", AT(N_STOP_BATCH), CONSUMER, NEW, "B200", "", 0, "AAAAAA", "15", "" },
	{ "batches and serials, both outside", AT(N_STOP_BATCH_SERIAL), CONSUMER, NEW, "C1", "S201", 0, "AAAAAA", "15", "" },
	{ "batches and serials, serial named", AT(N_STOP_BATCH_SERIAL), CONSUMER, NEW, "C1", "S200", 0, "BBBHHH", "1 15", "stop-batch-serial" },
	{ "batches and serials, serial unknown", AT(N_STOP_BATCH_SERIAL), CONSUMER, NEW, "C1", "", 0, "BBBHHH", "1 15", "stop-batch-serial" },
	{ "an export does not escape a stop notice", AT(N_STOP), CONSUMER, NEW, "", "", ABROAD, "BBBHHH", "1 -15 38", "stop" },
	{ "second-hand does not escape a stop notice", AT(N_STOP), CONSUMER, TG_UNIT_SECOND_HAND, "", "", 0, "BBBHHH", "1 13 -15", "stop" },
	{ "a movement that the stop notice directs", AT(N_STOP), TG_SUPPLY_AS_DIRECTED, NEW, "", "", 0, "BBAHHH", "-1 1d -15", "stop" },
	{ "directed, but no notice stands", P_NONE, TG_SUPPLY_AS_DIRECTED, NEW, "", "", 0, "BBBHHH", "16", "" },
	{ "recall notice in force", AT(N_RECALL), CONSUMER, NEW, "", "", 0, "BBBHHH", "2 15", "recall" },
	{ "the return leg of a recall", AT(N_RECALL), TG_SUPPLY_AS_DIRECTED, TG_UNIT_RECALLED, "", "", 0, "BBAHHH", "-2 2d -14 -15", "recall" },
	{ "both notices, both direct", P_BOTH_NOTICES, TG_SUPPLY_AS_DIRECTED, NEW, "", "", 0, "BBAHHH", "-1 1d -2 2d -15", "stop" },
	{ "our notice under appeal, not signed off", AT(N_APPEALED), CONSUMER, NEW, "", "", YES, "HHHHHH", "3 15", "appealed" },
	{ "our notice under appeal, signed off", AT(N_APPEALED_SIGNED), CONSUMER, NEW, "", "", YES, "NNNNNN", "3 15", "appealed-signed" },
	{ "notice of intent", AT(N_INTENT), CONSUMER, NEW, "", "", YES, "HHHHHH", "4 15", "intent" },
	{ "notice of intent, cleared by counsel", AT(N_INTENT_CLEARED), CONSUMER, NEW, "", "", YES, "NNNNNN", "4 15", "intent-cleared" },
	{ "compliance notice on another duty", AT(N_COMPLIANCE), CONSUMER, NEW, "", "", 0, "NNNNAN", "5 15", "compliance" },
	{ "compliance notice on supply", AT(N_COMPLIANCE_SUPPLY), CONSUMER, NEW, "", "", 0, "BBBNAN", "5 15", "compliance-supply" },
	{ "failure known", AT(N_FAILURE), CONSUMER, NEW, "", "", 0, "BBBHHH", "6 15", "failure" },
	{ "failure of a batch, batch unknown", AT(N_FAILURE_BATCH), CONSUMER, NEW, "", "", 0, "BBBHHH", "6 15", "failure-batch" },
	{ "failure of a batch, another batch", AT(N_FAILURE_BATCH), CONSUMER, NEW, "C9", "", 0, "AAAAAA", "15", "" },
	{ "an exemption does not beat a failure", P_FAILURE_OUT, CONSUMER, NEW, "", "", 0, "BBBHHH", "6 10", "failure" },
	{ "failure and own branch: no softening", AT(N_FAILURE), TG_SUPPLY_OWN_BRANCH, NEW, "", "", 0, "BBBHHH", "6 15 34", "failure" },
	{ "failure suspected", AT(N_SUSPICION), CONSUMER, NEW, "", "", YES, "HHHHHH", "7 15", "suspicion" },
	{ "failure and suspicion", P_TWO, CONSUMER, NEW, "", "", 0, "BBBHHH", "6 7 15", "failure" },
	{ "publication names the type", AT(N_PUBLISHED), CONSUMER, NEW, "", "", 0, "BBBHHH", "8 15", "published" },
	{ "publication names a batch, unknown", AT(N_PUBLISHED_BATCH), CONSUMER, NEW, "", "", 0, "BBBHHH", "8 15", "published-batch" },
	{ "publication names another batch", AT(N_PUBLISHED_BATCH), CONSUMER, NEW, "C1", "", YES, "HHHHHH", "8b 15", "published-batch" },
	{ "penalty notice for a batch, named", AT(N_PENALTY_BATCH), CONSUMER, NEW, "B150", "", YES, "HHHHHH", "8b 15", "penalty-batch" },
	{ "penalty notice for another batch", AT(N_PENALTY_BATCH), CONSUMER, NEW, "C1", "", 0, "AAAAAA", "15", "" },
	{ "publication names the brand", AT(N_PUBLISHED_BRAND), CONSUMER, NEW, "", "", YES, "HHHHHH", "8b 15", "published-brand" },
	{ "support period shortened", AT(N_SHORTENED), CONSUMER, NEW, "", "", 0, "BBBHHH", "15 27", "shortened" },
	{ "stop notice and no statement", P_STOP_NONE, CONSUMER, NEW, "", "", 0, "BBBHHH", "1 16", "stop" },

	{ "second-hand without statement", P_NONE, CONSUMER, TG_UNIT_SECOND_HAND, "", "", 0, "AAAAAA", "13 -16", "" },
	{ "second-hand and never assessed", P_UNKNOWN, CONSUMER, TG_UNIT_SECOND_HAND, "", "", 0, "AAAAAA", "-9 13", "" },
	{ "second-hand in a dead catalogue", P_NONE, CONSUMER, TG_UNIT_SECOND_HAND, "", "", DEAD, "BBBHHH", "13 -16 31", "" },
	{ "returned unwanted, no statement", P_NONE, CONSUMER, TG_UNIT_UNWANTED, "", "", 0, "BBBHHH", "14 16", "" },
	{ "returned unwanted, statement held", P_GOOD, CONSUMER, TG_UNIT_UNWANTED, "", "", 0, "AAAAAA", "14 15", "" },
	{ "returned faulty, no statement", P_NONE, CONSUMER, TG_UNIT_FAULTY, "", "", 0, "BBBHHH", "14 16", "" },
	{ "recalled and the notice is over", AT(N_STOP_OVER), CONSUMER, TG_UNIT_RECALLED, "", "", 0, "AAAAAA", "14 15", "" },
	{ "reconditioned by the manufacturer", P_NONE, CONSUMER, TG_UNIT_RECONDITIONED, "", "", 0, "BBBHHH", "14 16", "" },
	{ "old stock with a statement", P_GOOD, CONSUMER, NEW, "", "", OLD, "AAAAAN", "15 29", "" },
	{ "old stock without", P_NONE, CONSUMER, NEW, "", "", OLD, "BBBHHH", "16 29", "" },
	{ "old stock of an out-of-scope line", P_OUT, CONSUMER, NEW, "", "", OLD, "AAAAAA", "10 -29", "" },
	{ "own brand", P_OWN, CONSUMER, NEW, "", "", 0, "AAAAAA", "15 33", "" },
	{ "own brand without statement", P_OWN_NONE, CONSUMER, NEW, "", "", 0, "BBBHHH", "16 33", "" },
	{ "importer's line", P_IMPORT, CONSUMER, NEW, "", "", 0, "AAAAAA", "15", "" },
	{ "to our own branch", P_GOOD, TG_SUPPLY_OWN_BRANCH, NEW, "", "", 0, "AAAAAA", "15 34", "" },
	{ "to our own branch as quarantine stock", P_NONE, TG_SUPPLY_OWN_BRANCH, NEW, "", "", 0, "BBHHHH", "16 34", "" },
	{ "a set to our own branch", B_BLOCK, TG_SUPPLY_OWN_BRANCH, NEW, "", "", 0, "BBHHHH", "28 34", "" },
	{ "for resale", P_GOOD, TG_SUPPLY_RESALE, NEW, "", "", 0, "AAAAAA", "15 35", "" },
	{ "for resale without statement", P_NONE, TG_SUPPLY_RESALE, NEW, "", "", 0, "BBBHHH", "16 35", "" },
	{ "to a business without statement", P_NONE, TG_SUPPLY_BUSINESS, NEW, "", "", 0, "BBBHHH", "16 36", "" },
	{ "a business model to a business", P_BUSINESS, TG_SUPPLY_BUSINESS, NEW, "", "", 0, "AAAAAA", "-16 36 37", "" },
	{ "a business model to a reseller", P_BUSINESS, TG_SUPPLY_RESALE, NEW, "", "", 0, "AAAAAA", "-16 35 37", "" },
	{ "a business model to a consumer", P_BUSINESS, CONSUMER, NEW, "", "", 0, "BBBAAA", "16", "" },
	{ "a business model to a consumer with a statement", P_BUSINESS_GOOD, CONSUMER, NEW, "", "", 0, "AAAAAA", "15", "" },
	{ "a business model as a gift", P_BUSINESS, TG_SUPPLY_GIFT, NEW, "", "", 0, "BBBAAA", "16 39", "" },
	{ "a business model to our own branch", P_BUSINESS, TG_SUPPLY_OWN_BRANCH, NEW, "", "", 0, "BBAAAA", "-16 34 37", "" },
	{ "a business model back to the supplier", P_BUSINESS, TG_SUPPLY_TO_VENDOR, NEW, "", "", 0, "BBAAAA", "-16 37 41", "" },
	{ "sent outside the United Kingdom", P_NONE, CONSUMER, NEW, "", "", ABROAD, "AAAHHH", "-16 38", "" },
	{ "never assessed, sent outside the United Kingdom", P_UNKNOWN, CONSUMER, NEW, "", "", ABROAD, "AAAHHH", "-9 38", "" },
	{ "sent to Northern Ireland", P_NONE, CONSUMER, NEW, "", "", NI, "BBBHHH", "16", "" },
	{ "a gift without statement", P_NONE, TG_SUPPLY_GIFT, NEW, "", "", 0, "BBBHHH", "16 39", "" },
	{ "on loan", P_NONE, TG_SUPPLY_LOAN, NEW, "", "", 0, "AAAHHH", "-16 40", "" },
	{ "our own brand on loan is a supply", P_OWN_NONE, TG_SUPPLY_LOAN, NEW, "", "", 0, "BBBHHH", "16 33", "" },
	{ "on loan does not escape a failure", AT(N_FAILURE), TG_SUPPLY_LOAN, NEW, "", "", 0, "BBBHHH", "6 -15 40", "failure" },
	{ "handed back after repair", P_NONE, TG_SUPPLY_HAND_BACK, NEW, "", "", 0, "BAAHHH", "-16 40h", "" },
	{ "handed back in spite of a failure", AT(N_FAILURE), TG_SUPPLY_HAND_BACK, NEW, "", "", 0, "BAAHHH", "-6 -15 40h", "" },
	{ "a recall keeps what was to be handed back", AT(N_RECALL), TG_SUPPLY_HAND_BACK, NEW, "", "", 0, "BBBHHH", "2 -15 40h", "recall" },
	{ "handed back in spite of a notice under appeal", AT(N_APPEALED), TG_SUPPLY_HAND_BACK, NEW, "", "", YES, "HAAHHH", "-3 -15 40h", "" },
	{ "scrap", AT(N_SHORTENED), TG_SUPPLY_SCRAP, NEW, "", "", 0, "AAAHHH", "-15 -27 40h", "" },
	{ "good stock back to the supplier", P_GOOD, TG_SUPPLY_TO_VENDOR, NEW, "", "", 0, "AAAAAA", "15 41", "" },
	{ "back to the supplier in spite of a failure: stays", AT(N_FAILURE), TG_SUPPLY_TO_VENDOR, NEW, "", "", 0, "BBBHHH", "6 15 41", "failure" },

	{ "a set, all clear", B_CLEAR, CONSUMER, NEW, "", "", 0, "AAAAAA", "28a", "" },
	{ "a set with something to say", B_NOTICE, CONSUMER, NEW, "", "", YES, "NNNNNN", "28n", "" },
	{ "a set with a component that may not be sold", B_BLOCK, CONSUMER, NEW, "", "", 0, "BBBHHH", "28", "" },
	{ "a set with a component on hold", B_HOLD, CONSUMER, NEW, "", "", YES, "BBBHHH", "28", "" },
	{ "a set with a failed component, exported", B_FAILURE, CONSUMER, NEW, "", "", ABROAD, "BBBHHH", "28 38", "" },
	{ "a set with a component without statement, exported", B_BLOCK, CONSUMER, NEW, "", "", ABROAD, "AAAHHH", "28a 38", "" },
	{ "a set with a component never assessed", B_UNKNOWN, CONSUMER, NEW, "", "", 0, "BBBHHH", "28", "" },
	{ "a set with a failed component to our own branch: no softening", B_FAILURE, TG_SUPPLY_OWN_BRANCH, NEW, "", "", 0, "BBBHHH", "28 34", "" },
	{ "a set with a failed component back to the supplier: stays", B_FAILURE, TG_SUPPLY_TO_VENDOR, NEW, "", "", 0, "BBBHHH", "28 41", "" },
	{ "a set with a component on hold to our own branch", B_HOLD, TG_SUPPLY_OWN_BRANCH, NEW, "", "", YES, "BBHHHH", "28 34", "" },
	{ "a set that the stop notice directs, with a component without statement", B_STOPPED, TG_SUPPLY_AS_DIRECTED, NEW, "", "", 0, "BBAHHH",
		"-1 1d 28a", "stop" },
	{ "a set of out-of-scope products in a dead catalogue", B_OUT, CONSUMER, NEW, "", "", DEAD, "AAAAAA", "28a", "" },
	{ "a set in a dead catalogue", B_CLEAR, CONSUMER, NEW, "", "", DEAD, "BBBHHH", "28 31", "" },
};
/* clang-format on */

static int build_world(void **state)
{
	static world w;
	tg_build build = { .version = 1,
		.products = products,
		.product_count = P_COUNT,
		.socs = socs,
		.soc_count = S_COUNT,
		.notes = notes,
		.note_count = NOTE_COUNT,
		.stops = stops,
		.stop_count = N_COUNT,
		.specials = specials,
		.special_count = TG_COUNT(specials) };

	for (uint32_t i = 0; i < N_COUNT; i++) {
		one_stop[i] = i;
		products[P_STOPS + i] = (tg_build_product){ GTIN(P_STOPS + i), "name", "maker", "type",
			NOTE_IN, TG_DAY_NONE, good_soc, 1, NULL, 0 };
		specials[OTHERS + i] = (tg_build_special){ GTIN(P_STOPS + i), 0, &one_stop[i], 1, NULL, 0 };
	}
	world_open(&w, &build);
	*state = &w;
	return 0;
}

static int drop_world(void **state)
{
	world_close(*state);
	return 0;
}

static const tg_policy test_policy = { .dsp_notice_days = 90,
	.link_test_max_age_days = 30,
	.label_check_max_age_days = 7,
	.scope_review_grace_days = 10 };

static void run_case(tg_verdict *out, const tg_catalogue *cat, size_t i, tg_operation op)
{
	int flags = cases[i].flags;
	tg_identity id = {
		.kind = TG_LABEL_PRODUCT, .gtin = GTIN((uint64_t)cases[i].product), .expiry = TG_DAY_NONE
	};
	tg_occasion occasion = { .operation = op,
		.supply = cases[i].supply,
		.unit = cases[i].unit,
		.bought_before_duty = (flags & OLD) != 0,
		.destination = (flags & NI) != 0       ? TG_DEST_NI
			       : (flags & ABROAD) != 0 ? TG_DEST_OUTSIDE_UK
						       : TG_DEST_GB,
		.stage = (flags & DEAD) != 0    ? TG_DEAD
			 : (flags & STALE) != 0 ? TG_STALE
						: TG_FRESH,
		.today = TODAY };
	tg_error err = { 0 };

	(void)snprintf(id.batch, sizeof(id.batch), "%s", cases[i].batch);
	(void)snprintf(id.serial, sizeof(id.serial), "%s", cases[i].serial);
	memset(out, 0xa5, sizeof(*out));
	tg_gate_decide(out, cat, &test_policy, &id, &occasion, &err);
	if (out->could_not_check)
		fail_msg("%s: could not check: %s", cases[i].what, err.msg);
}

static void each_case_is_decided_as_the_table_of_the_law_says(void **state)
{
	const world *w = *state;

	for (size_t i = 0; i < TG_COUNT(cases); i++)
		for (int op = 0; op < TG_OP_COUNT; op++) {
			tg_verdict v;
			char rows[128];

			run_case(&v, w->cat, i, (tg_operation)op);
			write_rows(rows, sizeof(rows), &v);
			if ("ANHB"[v.outcome] != cases[i].outcomes[op] ||
				(op == TG_OP_DISPATCH && strcmp(rows, cases[i].rows) != 0))
				fail_msg("%s, %s: %s by %s, rows \"%s\"", cases[i].what,
					tg_operation_words[op], tg_outcome_words[v.outcome],
					tg_rows_at(v.decided_by)->id, rows);
			if (v.overridable != (v.outcome != TG_ALLOW && (cases[i].flags & YES) != 0))
				fail_msg("%s, %s: overridable %d", cases[i].what, tg_operation_words[op],
					v.overridable);
			expect_lift(&v, (tg_operation)op, cases[i].what);
		}
}

static void each_of_these_rows_hits_in_some_case(void **state)
{
	const world *w = *state;
	uint64_t hit = 0;

	for (size_t i = 0; i < TG_COUNT(cases); i++)
		for (int op = 0; op < TG_OP_COUNT; op++) {
			tg_verdict v;

			run_case(&v, w->cat, i, (tg_operation)op);
			hit |= v.hit & ~v.off;
			/* row 42 is a tag of every return, and of nothing else */
			assert_int_equal(v.hit >> TG__ROW_42 & 1, op == TG_OP_RETURN);
		}
	for (size_t n = 0; n < tg_rows_count(); n++)
		if (is_by_occasion(tg_rows_at(n)->id) && (hit >> n & 1) == 0)
			fail_msg("row %s never hit", tg_rows_at(n)->id);
}

static void the_verdict_names_what_stands_against_the_unit(void **state)
{
	const world *w = *state;

	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		tg_error err = { 0 };
		tg_verdict v;
		tg_stop stop;
		tg_view id;

		run_case(&v, w->cat, i, TG_OP_SALE);
		if ((v.stop >= 0) != (cases[i].stop[0] != '\0'))
			fail_msg("%s: stop %d", cases[i].what, v.stop);
		if (v.stop < 0)
			continue;
		assert_int_equal(tg_catalogue_stop(&stop, w->cat, &v.product, (uint32_t)v.stop, &err), TG_OK);
		assert_int_equal(tg_catalogue_stop_id(&id, w->cat, &stop, &err), TG_OK);
		assert_true(tg_view_equal(id, tg_view_str(cases[i].stop)));
	}
}

static size_t case_named(const char *what)
{
	for (size_t i = 0; i < TG_COUNT(cases); i++)
		if (strcmp(cases[i].what, what) == 0)
			return i;
	fail_msg("no case \"%s\"", what);
	return 0;
}

static void a_set_names_the_component_that_decided(void **state)
{
	const world *w = *state;
	tg_verdict v;

	run_case(&v, w->cat, case_named("a set with a component that may not be sold"), TG_OP_SALE);
	assert_int_equal(v.component, GTIN(P_NONE));
	assert_int_equal(v.answer, TG_ANSWER_MISSING);
	run_case(&v, w->cat, case_named("a set with something to say"), TG_OP_SALE);
	assert_int_equal(v.component, GTIN(P_ENDED));
	assert_int_equal(v.answer, TG_ANSWER_HELD);
	run_case(&v, w->cat, case_named("a set, all clear"), TG_OP_SALE);
	assert_int_equal(v.component, 0);
	run_case(&v, w->cat, case_named("a set with a component never assessed"), TG_OP_SALE);
	assert_int_equal(v.answer, TG_ANSWER_UNASSESSED);
}

/* Return to the supplier: what the statement rows withhold waits for a named sign-off, which own-branch transfer does not have. */
static void stock_that_may_not_be_sold_goes_back_on_a_sign_off(void **state)
{
	const world *w = *state;
	tg_identity id = { .kind = TG_LABEL_PRODUCT, .gtin = GTIN(P_NONE), .expiry = TG_DAY_NONE };
	tg_occasion occasion = { .operation = TG_OP_DISPATCH, .supply = TG_SUPPLY_TO_VENDOR, .today = TODAY };
	tg_verdict v;

	tg_gate_decide(&v, w->cat, &test_policy, &id, &occasion, NULL);
	assert_int_equal(v.outcome, TG_HOLD);
	assert_true(v.overridable);
	occasion.supply = TG_SUPPLY_OWN_BRANCH;
	tg_gate_decide(&v, w->cat, &test_policy, &id, &occasion, NULL);
	assert_int_equal(v.outcome, TG_HOLD);
	assert_false(v.overridable);
	id.gtin = GTIN(B_BLOCK); /* a set follows its components */
	tg_gate_decide(&v, w->cat, &test_policy, &id, &occasion, NULL);
	assert_int_equal(v.outcome, TG_HOLD);
	assert_false(v.overridable);
	occasion.supply = TG_SUPPLY_TO_VENDOR;
	tg_gate_decide(&v, w->cat, &test_policy, &id, &occasion, NULL);
	assert_int_equal(v.outcome, TG_HOLD);
	assert_true(v.overridable);
	id.gtin = GTIN(P_STOP_NONE); /* what a notice stops is not freed by a sign-off either */
	occasion.supply = TG_SUPPLY_TO_VENDOR;
	tg_gate_decide(&v, w->cat, &test_policy, &id, &occasion, NULL);
	assert_int_equal(v.outcome, TG_BLOCK);
	assert_false(v.overridable);
}

/* A notice that names batches: a label shows that a unit is of another one, a person's reading does not. */
static void a_batch_given_by_hand_never_shows_that_a_unit_is_outside(void **state)
{
	const world *w = *state;
	tg_identity id = {
		.kind = TG_LABEL_PRODUCT, .gtin = GTIN(P_STOPS + N_STOP_BATCH), .expiry = TG_DAY_NONE, .batch = "b150"
	};
	tg_occasion occasion = { .operation = TG_OP_SALE, .today = TODAY };
	tg_verdict v;

	tg_gate_decide(&v, w->cat, &test_policy, &id, &occasion, NULL);
	assert_int_equal(v.outcome, TG_ALLOW);
	id.batch_typed = true;
	tg_gate_decide(&v, w->cat, &test_policy, &id, &occasion, NULL);
	assert_int_equal(v.outcome, TG_BLOCK);
}

static void an_occasion_that_nobody_knows_is_no_permission(void **state)
{
	const world *w = *state;
	tg_identity id = { .kind = TG_LABEL_PRODUCT, .gtin = GTIN(P_GOOD), .expiry = TG_DAY_NONE };
	tg_occasion bad[] = {
		{ .operation = TG_OP_SALE, .supply = TG_SUPPLY_COUNT, .today = TODAY },
		{ .operation = TG_OP_SALE, .unit = TG_UNIT_COUNT, .today = TODAY },
	};

	for (size_t i = 0; i < TG_COUNT(bad); i++) {
		tg_verdict v;

		tg_gate_decide(&v, w->cat, &test_policy, &id, &bad[i], NULL);
		assert_true(v.could_not_check);
		assert_int_equal(v.outcome, TG_BLOCK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_case_is_decided_as_the_table_of_the_law_says),
		cmocka_unit_test(each_of_these_rows_hits_in_some_case),
		cmocka_unit_test(the_verdict_names_what_stands_against_the_unit),
		cmocka_unit_test(a_set_names_the_component_that_decided),
		cmocka_unit_test(stock_that_may_not_be_sold_goes_back_on_a_sign_off),
		cmocka_unit_test(a_batch_given_by_hand_never_shows_that_a_unit_is_outside),
		cmocka_unit_test(an_occasion_that_nobody_knows_is_no_permission),
	};

	return cmocka_run_group_tests(tests, build_world, drop_world);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * test_rules.c - each row of the decision table over a real image, in all six operations; and how rows combine.
 *
 * Outcomes are written as six letters, in the order offer, sale, dispatch, goods-in, return, stock check:
 * A allow, N notice, H hold, B block. Rows are written as they hit; "-16" hit and was switched off.
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

/* ---- the catalogue ---- */

/* clang-format off */
enum { NOTE_IN, NOTE_OUT, NOTE_OUT_LAST, NOTE_OUT_LAPSED, NOTE_EXC, NOTE_EXC_GB, NOTE_EXC_NI, NOTE_EXC_UNPROVEN, NOTE_EXC_LAPSED,
	NOTE_IN_STORE, NOTE_OPEN, NOTE_COUNT };
#define BOTH (TG_EXCEPTION_GB | TG_EXCEPTION_NI)
static const tg_build_note notes[NOTE_COUNT] = {
	[NOTE_IN] = { "in", TG_SCOPE_IN, 0, 0, false, TODAY - 400 }, /* in scope stays in scope, whatever the review date */
	[NOTE_OUT] = { "out", TG_SCOPE_OUT, 0, 0, true, TODAY },
	[NOTE_OUT_LAST] = { "out-last", TG_SCOPE_OUT, 0, 0, false, TODAY - 10 }, /* last day of the grace of 10 */
	[NOTE_OUT_LAPSED] = { "out-lapsed", TG_SCOPE_OUT, 0, 0, false, TODAY - 11 },
	[NOTE_EXC] = { "exc", TG_SCOPE_EXCEPTED, TG_EXCEPTION_PROVEN | BOTH, 5, false, TG_DAY_NONE },
	[NOTE_EXC_GB] = { "exc-gb", TG_SCOPE_EXCEPTED, TG_EXCEPTION_PROVEN | TG_EXCEPTION_GB, 6, false, TG_DAY_NONE },
	[NOTE_EXC_NI] = { "exc-ni", TG_SCOPE_EXCEPTED, TG_EXCEPTION_PROVEN | TG_EXCEPTION_NI, 1, false, TG_DAY_NONE },
	[NOTE_EXC_UNPROVEN] = { "exc-unproven", TG_SCOPE_EXCEPTED, BOTH, 3, false, TG_DAY_NONE },
	[NOTE_EXC_LAPSED] = { "exc-lapsed", TG_SCOPE_EXCEPTED, TG_EXCEPTION_PROVEN | BOTH, 5, false, TODAY - 11 },
	[NOTE_IN_STORE] = { "in-store", TG_SCOPE_OUT, 0, 0, true, TG_DAY_NONE },
	[NOTE_OPEN] = { "open", TG_SCOPE_UNASSESSED, 0, 0, false, TG_DAY_NONE },
};

#define FAR (TODAY + 1000)
#define SOC(name, defects, document, status, batches, accompanies, tested, end) \
	{ name, "https://soc.example/" name, defects, document, status, batches, accompanies, false, TODAY - 500, end, tested, NULL, \
		0, NULL, 0 }
#define GOOD(name, defects) \
	SOC(name, defects, TG_DOCUMENT_SOC, TG_SOC_CURRENT, TG_BATCHES_ALL, TG_ACCOMPANIES_IN_PACK, TG_DAY_NONE, FAR)
enum { SITE_UNKNOWN, SITE_COVERED, SITE_NOT_COVERED };

static const tg_build_range batches[] = { { "B100", "B199" }, { "C7", "C7" } };
static const tg_build_serials serials[] = { { "B150", { "S0001", "S0999" } } };
#define LISTED(name, status) \
	{ name, "", 0, TG_DOCUMENT_SOC, status, TG_BATCHES_LISTED, TG_ACCOMPANIES_IN_PACK, false, TODAY - 100, FAR, TG_DAY_NONE, \
		batches, 2, serials, 1 }

enum { S_GOOD, S_LINK, S_LINK_OLD, S_LINK_NEVER, S_NOWAY, S_D01, S_OTHER, S_SUMMARY, S_D02, S_D03, S_D04, S_D04_EXPRESS, S_D10, S_D12, S_D15,
	S_D18, S_D15_HARD, S_D17, S_LISTED, S_LISTED_OLD, S_WITHDRAWN, S_SUPERSEDED, S_END_YESTERDAY, S_END_TODAY, S_END_90, S_END_91,
	S_SUMMARY_LATE, S_OTHER_LATE, S_SUPERSEDED_ENDED, S_COUNT };
static const tg_build_soc socs[S_COUNT] = {
	[S_GOOD] = GOOD("good", 0),
	[S_LINK] = SOC("link", 0, TG_DOCUMENT_SOC, 0, 0, TG_ACCOMPANIES_RECEIPT_LINK, TODAY - 30, FAR),
	[S_LINK_OLD] = SOC("link-old", 0, TG_DOCUMENT_SOC, 0, 0, TG_ACCOMPANIES_PRODUCT_LINK, TODAY - 31, FAR),
	[S_LINK_NEVER] = SOC("link-never", 0, TG_DOCUMENT_SOC, 0, 0, TG_ACCOMPANIES_PRODUCT_LINK, TG_DAY_NONE, FAR),
	[S_NOWAY] = SOC("noway", 0, TG_DOCUMENT_SOC, 0, 0, TG_ACCOMPANIES_UNKNOWN, TG_DAY_NONE, FAR),
	[S_D01] = SOC("d01", TG_DEFECT(1), TG_DOCUMENT_NONE, 0, 0, 0, TG_DAY_NONE, TG_DAY_NONE),
	[S_OTHER] = SOC("other", TG_DEFECT(13), TG_DOCUMENT_OTHER, 0, 0, 0, TG_DAY_NONE, TG_DAY_NONE),
	[S_SUMMARY] = SOC("summary", TG_DEFECT(13), TG_DOCUMENT_SUMMARY, 0, 0, 0, TG_DAY_NONE, TG_DAY_NONE),
	[S_D02] = GOOD("d02", TG_DEFECT(2)),
	[S_D03] = GOOD("d03", TG_DEFECT(3)),
	[S_D04] = GOOD("d04", TG_DEFECT(4)),
	[S_D04_EXPRESS] = { "d04-express", "", TG_DEFECT(4), TG_DOCUMENT_SOC, 0, TG_BATCHES_ALL, TG_ACCOMPANIES_IN_PACK, true,
		TODAY - 500, FAR, TG_DAY_NONE, NULL, 0, NULL, 0 },
	[S_D10] = GOOD("d10", TG_DEFECT(10)),
	[S_D12] = GOOD("d12", TG_DEFECT(12)),
	[S_D15] = GOOD("d15", TG_DEFECT(15)),
	[S_D18] = GOOD("d18", TG_DEFECT(18)),
	[S_D15_HARD] = GOOD("d15-hard", TG_DEFECT(15) | TG_DEFECT(11)),
	[S_D17] = GOOD("d17", TG_DEFECT(17)),
	[S_LISTED] = LISTED("listed", TG_SOC_CURRENT),
	[S_LISTED_OLD] = LISTED("listed-old", TG_SOC_SUPERSEDED),
	[S_WITHDRAWN] = SOC("withdrawn", 0, TG_DOCUMENT_SOC, TG_SOC_WITHDRAWN, 0, TG_ACCOMPANIES_IN_PACK, TG_DAY_NONE, FAR),
	[S_SUPERSEDED] = SOC("superseded", 0, TG_DOCUMENT_SOC, TG_SOC_SUPERSEDED, 0, TG_ACCOMPANIES_IN_PACK, TG_DAY_NONE, FAR),
	[S_END_YESTERDAY] = SOC("end-yesterday", 0, TG_DOCUMENT_SOC, 0, 0, TG_ACCOMPANIES_ON_LABEL, TG_DAY_NONE, TODAY - 1),
	[S_END_TODAY] = SOC("end-today", 0, TG_DOCUMENT_SOC, 0, 0, TG_ACCOMPANIES_ON_LABEL, TG_DAY_NONE, TODAY),
	[S_END_90] = SOC("end-90", 0, TG_DOCUMENT_SOC, 0, 0, TG_ACCOMPANIES_ON_LABEL, TG_DAY_NONE, TODAY + 90),
	[S_SUMMARY_LATE] = SOC("summary-late", TG_DEFECT(13), TG_DOCUMENT_SUMMARY, 0, 0, 0, TG_DAY_NONE, FAR),
	[S_OTHER_LATE] = SOC("other-late", TG_DEFECT(13), TG_DOCUMENT_OTHER, 0, 0, 0, TG_DAY_NONE, FAR),
	[S_SUPERSEDED_ENDED] = SOC("superseded-ended", 0, TG_DOCUMENT_SOC, TG_SOC_SUPERSEDED, 0, TG_ACCOMPANIES_IN_PACK, TG_DAY_NONE, TODAY - 1),
	[S_END_91] = SOC("end-91", 0, TG_DOCUMENT_SOC, 0, 0, TG_ACCOMPANIES_ON_LABEL, TG_DAY_NONE, TODAY + 91),
};

enum { C_GOOD, C_LAST_DAY, C_FIRST_DAY, C_EXPIRED, C_EARLY, C_CHECK_OLD, C_UNCHECKED, C_LEVEL, C_NO_END, C_COUNT };
static const tg_build_conformance conformances[C_COUNT] = {
	[C_GOOD] = { "c-good", TG_SCHEME_JC_STAR, 1, true, TODAY - 100, TODAY + 100, TODAY - 7 },
	[C_LAST_DAY] = { "c-last-day", TG_SCHEME_CLS, 2, true, TODAY - 100, TODAY, TODAY },
	[C_FIRST_DAY] = { "c-first-day", TG_SCHEME_CLS, 2, true, TODAY, TODAY + 1, TODAY },
	[C_EXPIRED] = { "c-expired", TG_SCHEME_CLS, 2, true, TODAY - 100, TODAY - 1, TODAY },
	[C_EARLY] = { "c-early", TG_SCHEME_CLS, 2, true, TODAY + 1, TODAY + 100, TODAY },
	[C_CHECK_OLD] = { "c-check-old", TG_SCHEME_CLS, 2, true, TODAY - 100, TODAY + 100, TODAY - 8 },
	[C_UNCHECKED] = { "c-unchecked", TG_SCHEME_CLS, 2, true, TODAY - 100, TODAY + 100, TG_DAY_NONE },
	[C_LEVEL] = { "c-level", TG_SCHEME_JC_STAR, 3, false, TODAY - 100, TODAY + 100, TODAY },
	[C_NO_END] = { "c-no-end", TG_SCHEME_JC_STAR, 1, true, TODAY - 100, TG_DAY_NONE, TODAY },
};

/* ---- the cases ---- */

#define NONE -1
#define END -2
enum { OTHER_TYPE = 1, OTHER_MODEL = 2, NO_NOTE = 4, NO_RECORD = 8, IN_STORE = 16, STRICT = 32, PUBLISHED_LATER = 64,
	PUBLISHED_ENDED = 128, LOG_BROKEN = 256, YES = 512 /* may be overridden */,
	REST_OTHER_TYPE = 1024 /* the first statement covers the type, the others do not */ };

static const struct {
	const char *row, *what;
	int note, socs[3], labels[2]; /* indexes, -1 ends */
	int flags;
	const char *batch, *serial;
	tg_destination destination;
	tg_stage stage;
	uint8_t site_batches;
	const char *outcomes, *rows; /* expected */
	tg_answer answer;
} cases[] = {
#define X { NONE }
#define GB TG_DEST_GB
#define NI TG_DEST_NI
#define ABROAD TG_DEST_OUTSIDE_UK
#define FRESH TG_FRESH
	{ "7w", "withdrawn beside a current label", NOTE_IN, { S_WITHDRAWN, NONE }, { C_GOOD, NONE }, YES, "", "", GB, FRESH, 0, "HHHHHH", "7w 23",
		TG_ANSWER_HELD },
	{ "7w", "superseded beside a current label is nothing", NOTE_IN, { S_SUPERSEDED, NONE }, { C_GOOD, NONE }, 0, "", "", GB, FRESH, 0, "AAAAAA",
		"23", TG_ANSWER_HELD },
	{ "7w", "withdrawn beside a current label, excepted", NOTE_EXC, { S_WITHDRAWN, NONE }, { C_GOOD, NONE }, 0, "", "", GB, FRESH, 0, "AAAAAA",
		"-7w 11 -23", TG_ANSWER_OUT },
	{ "7w", "withdrawn, but another answers", NOTE_IN, { S_WITHDRAWN, S_GOOD, NONE }, { C_GOOD, NONE }, 0, "", "", GB, FRESH, 0, "AAAAAA",
		"15 23", TG_ANSWER_HELD },

	{ "9", "no record at all", NOTE_IN, X, X, NO_RECORD, "", "", GB, FRESH, 0, "BBBHHH", "9", TG_ANSWER_UNASSESSED },
	{ "9", "a record without a note", NOTE_IN, { S_GOOD, NONE }, X, NO_NOTE, "", "", GB, FRESH, 0, "BBBHHH", "9", TG_ANSWER_UNASSESSED },
	{ "9", "a note that answers nothing", NOTE_OPEN, X, X, 0, "", "", GB, FRESH, 0, "BBBHHH", "9", TG_ANSWER_UNASSESSED },
	{ "9", "out of scope, grace over", NOTE_OUT_LAPSED, X, X, 0, "", "", GB, FRESH, 0, "BBBHHH", "9", TG_ANSWER_UNASSESSED },
	{ "9", "excepted, grace over", NOTE_EXC_LAPSED, X, X, 0, "", "", GB, FRESH, 0, "BBBHHH", "9", TG_ANSWER_UNASSESSED },
	{ "9", "in-store number of no class note", NOTE_IN, X, X, IN_STORE | NO_RECORD, "", "", GB, FRESH, 0, "BBBHHH", "9", TG_ANSWER_UNASSESSED },
	{ "9", "unknown in a stale catalogue", NOTE_IN, X, X, NO_RECORD, "", "", GB, TG_STALE, 0, "BBBHHH", "9 30", TG_ANSWER_UNASSESSED },
	{ "9", "in scope and past review is no unknown", NOTE_IN, { S_GOOD, NONE }, X, 0, "", "", GB, FRESH, 0, "AAAAAA", "15", TG_ANSWER_HELD },

	{ "10", "out of scope, on its review date", NOTE_OUT, X, X, 0, "", "", GB, FRESH, 0, "AAAAAA", "10", TG_ANSWER_OUT },
	{ "10", "out of scope, last day of grace", NOTE_OUT_LAST, X, X, 0, "", "", GB, FRESH, 0, "AAAAAA", "10", TG_ANSWER_OUT },
	{ "10", "out of scope, stale", NOTE_OUT, X, X, 0, "", "", GB, TG_STALE, 0, "AAAAAA", "10 -30", TG_ANSWER_OUT },
	{ "10", "out of scope, dead", NOTE_OUT, X, X, 0, "", "", GB, TG_DEAD, 0, "AAAAAA", "10", TG_ANSWER_OUT },
	{ "10", "out of scope, clock fault", NOTE_OUT, X, X, 0, "", "", GB, TG_CLOCK_FAULT, 0, "AAAAAA", "10", TG_ANSWER_OUT },
	{ "10", "out of scope, no record can be written", NOTE_OUT, X, X, LOG_BROKEN, "", "", GB, FRESH, 0, "AAAAAA", "10", TG_ANSWER_OUT },
	{ "10", "in-store number of a class note", NOTE_IN_STORE, X, X, IN_STORE, "", "", GB, FRESH, 0, "AAAAAA", "10", TG_ANSWER_OUT },

	{ "11", "a laptop", NOTE_EXC, X, X, 0, "", "", GB, FRESH, 0, "AAAAAA", "11 -16", TG_ANSWER_OUT },
	{ "11", "a laptop for Northern Ireland", NOTE_EXC, X, X, 0, "", "", NI, FRESH, 0, "AAAAAA", "11 -16", TG_ANSWER_OUT },
	{ "11", "a laptop to be sent abroad", NOTE_EXC, X, X, 0, "", "", ABROAD, FRESH, 0, "AAAAAA", "11 -16 38", TG_ANSWER_OUT },
	{ "11", "a laptop with a bad statement and an old label, ended support", NOTE_EXC, { S_D02, NONE }, { C_EXPIRED, NONE }, PUBLISHED_ENDED, "",
		"", GB, FRESH, 0, "AAAAAA", "11 -18 -24", TG_ANSWER_OUT },
	{ "11", "vehicle part in Great Britain", NOTE_EXC_GB, X, X, 0, "", "", GB, FRESH, 0, "AAAAAA", "11 -16", TG_ANSWER_OUT },
	{ "11", "free movement goods in Northern Ireland", NOTE_EXC_NI, X, X, 0, "", "", NI, FRESH, 0, "AAAAAA", "11 -16", TG_ANSWER_OUT },
	{ "11", "a laptop, dead", NOTE_EXC, X, X, 0, "", "", GB, TG_DEAD, 0, "AAAAAA", "11 -16", TG_ANSWER_OUT },

	{ "12", "vehicle part for Northern Ireland", NOTE_EXC_GB, X, X, 0, "", "", NI, FRESH, 0, "BBBHHH", "12 16", TG_ANSWER_MISSING },
	{ "12", "free movement goods in Great Britain", NOTE_EXC_NI, X, X, 0, "", "", GB, FRESH, 0, "BBBHHH", "12 16", TG_ANSWER_MISSING },
	{ "12", "free movement goods to be sent abroad", NOTE_EXC_NI, X, X, 0, "", "", ABROAD, FRESH, 0, "AAAHHH", "-12 -16 38", TG_ANSWER_MISSING },
	{ "12", "vehicle part to be sent abroad", NOTE_EXC_GB, X, X, 0, "", "", ABROAD, FRESH, 0, "AAAHHH", "-12 -16 38", TG_ANSWER_MISSING },
	{ "12", "a medical device that nobody proved", NOTE_EXC_UNPROVEN, X, X, 0, "", "", GB, FRESH, 0, "BBBHHH", "12 16", TG_ANSWER_MISSING },
	{ "12", "the same with a statement", NOTE_EXC_UNPROVEN, { S_GOOD, NONE }, X, 0, "", "", GB, FRESH, 0, "AAAAAA", "15", TG_ANSWER_HELD },
	{ "12", "the same with a label", NOTE_EXC_UNPROVEN, X, { C_GOOD, NONE }, 0, "", "", GB, FRESH, 0, "AAAAAA", "23", TG_ANSWER_HELD },
	{ "12", "the same with a statement for a batch to be read", NOTE_EXC_UNPROVEN, { S_LISTED, NONE }, X, 0, "", "", GB, FRESH, 0, "HHHHHH",
		"20b", TG_ANSWER_MISSING },

	{ "15", "complete, in the pack", NOTE_IN, { S_GOOD, NONE }, X, 0, "", "", GB, FRESH, 0, "AAAAAA", "15", TG_ANSWER_HELD },
	{ "15", "complete, for Northern Ireland", NOTE_IN, { S_GOOD, NONE }, X, 0, "", "", NI, FRESH, 0, "AAAAAA", "15", TG_ANSWER_HELD },
	{ "15", "batch covered, first of the range", NOTE_IN, { S_LISTED, NONE }, X, 0, "B100", "", GB, FRESH, 0, "AAAAAA", "15", TG_ANSWER_HELD },
	{ "15", "batch covered, last of the range", NOTE_IN, { S_LISTED, NONE }, X, 0, "B199", "", GB, FRESH, 0, "AAAAAA", "15", TG_ANSWER_HELD },
	{ "15", "batch covered, single", NOTE_IN, { S_LISTED, NONE }, X, 0, "C7", "X", GB, FRESH, 0, "AAAAAA", "15", TG_ANSWER_HELD },
	{ "15", "batch unknown, all received here are covered", NOTE_IN, { S_LISTED, NONE }, X, 0, "", "", GB, FRESH,
		SITE_COVERED, "AAAAAA", "15", TG_ANSWER_HELD },
	{ "15", "\"all batches\" in words", NOTE_IN, { S_D04_EXPRESS, NONE }, X, 0, "Q1", "", GB, FRESH, 0, "AAAAAA", "15", TG_ANSWER_HELD },
	{ "15", "D17 is no defect: a later end was published", NOTE_IN, { S_D17, NONE }, X, PUBLISHED_LATER, "", "", GB, FRESH, 0, "AAAAAA", "15",
		TG_ANSWER_HELD },
	{ "15", "one complete among several suffices", NOTE_IN, { S_SUMMARY, S_D02, S_GOOD }, X, 0, "", "", GB, FRESH, 0, "AAAAAA", "15",
		TG_ANSWER_HELD },
	{ "15", "the new version covers, the old is superseded", NOTE_IN, { S_SUPERSEDED, S_LISTED, NONE }, X, 0, "B120", "", GB, FRESH, 0, "AAAAAA",
		"15", TG_ANSWER_HELD },
	{ "15", "beside a label of another model", NOTE_IN, { S_GOOD, NONE }, { C_GOOD, NONE }, OTHER_MODEL, "", "", GB, FRESH, 0, "AAAAAA", "15",
		TG_ANSWER_HELD },
	{ "15", "ageing is said on the screen, not by a row", NOTE_IN, { S_GOOD, NONE }, X, 0, "", "", GB, TG_AGEING, 0, "AAAAAA", "15", TG_ANSWER_HELD },

	{ "15b", "not recorded how it accompanies", NOTE_IN, { S_NOWAY, NONE }, X, 0, "", "", GB, FRESH, 0, "NNNHAN", "15 15b", TG_ANSWER_HELD },
	{ "15b", "link test one day too old", NOTE_IN, { S_LINK_OLD, NONE }, X, 0, "", "", GB, FRESH, 0, "NNNHAN", "15 15b", TG_ANSWER_HELD },
	{ "15b", "link never tested", NOTE_IN, { S_LINK_NEVER, NONE }, X, 0, "", "", GB, FRESH, 0, "NNNHAN", "15 15b", TG_ANSWER_HELD },
	{ "15b", "link test on its last day", NOTE_IN, { S_LINK, NONE }, X, 0, "", "", GB, FRESH, 0, "AAAAAA", "15", TG_ANSWER_HELD },
	{ "15b", "another one is with the goods", NOTE_IN, { S_NOWAY, S_GOOD, NONE }, X, 0, "", "", GB, FRESH, 0, "AAAAAA", "15", TG_ANSWER_HELD },
	{ "15b", "a label needs no paper with the goods", NOTE_IN, { S_NOWAY, NONE }, { C_GOOD, NONE }, 0, "", "", GB, FRESH, 0, "AAAAAA", "15 23",
		TG_ANSWER_HELD },

	{ "16", "nothing held", NOTE_IN, X, X, 0, "", "", GB, FRESH, 0, "BBBHHH", "16", TG_ANSWER_MISSING },
	{ "16", "nothing held, Northern Ireland", NOTE_IN, X, X, 0, "", "", NI, FRESH, 0, "BBBHHH", "16", TG_ANSWER_MISSING },
	{ "16", "D01: unreadable", NOTE_IN, { S_D01, NONE }, X, 0, "", "", GB, FRESH, 0, "BBBHHH", "16", TG_ANSWER_MISSING },
	{ "16", "D13: a declaration of conformity", NOTE_IN, { S_OTHER, NONE }, X, 0, "", "", GB, FRESH, 0, "BBBHHH", "16", TG_ANSWER_MISSING },
	{ "16", "not for a unit whose label is current", NOTE_IN, X, { C_GOOD, NONE }, 0, "", "", GB, FRESH, 0, "AAAAAA", "23", TG_ANSWER_HELD },

	{ "17", "summary only", NOTE_IN, { S_SUMMARY, NONE }, X, 0, "", "", GB, FRESH, 0, "BBBHHH", "17", TG_ANSWER_MISSING },
	{ "17", "a summary is nearer than a certificate", NOTE_IN, { S_OTHER, S_SUMMARY, NONE }, X, 0, "", "", GB, FRESH, 0, "BBBHHH", "17",
		TG_ANSWER_MISSING },

	{ "18", "D02: not by the manufacturer", NOTE_IN, { S_D02, NONE }, X, 0, "", "", GB, FRESH, 0, "BBBHHH", "18", TG_ANSWER_MISSING },
	{ "18", "D03: type missing", NOTE_IN, { S_D03, NONE }, X, 0, "", "", GB, FRESH, 0, "BBBHHH", "18", TG_ANSWER_MISSING },
	{ "18", "D04: batch missing", NOTE_IN, { S_D04, NONE }, X, 0, "", "", GB, FRESH, 0, "BBBHHH", "18", TG_ANSWER_MISSING },
	{ "18", "D10: no end date", NOTE_IN, { S_D10, NONE }, X, 0, "", "", GB, FRESH, 0, "BBBHHH", "18", TG_ANSWER_MISSING },
	{ "18", "D12: place or date missing", NOTE_IN, { S_D12, NONE }, X, 0, "", "", GB, FRESH, 0, "BBBHHH", "18", TG_ANSWER_MISSING },
	{ "18", "not for a unit whose label is current", NOTE_IN, { S_D02, NONE }, { C_GOOD, NONE }, 0, "", "", GB, FRESH, 0, "AAAAAA", "23",
		TG_ANSWER_HELD },

	{ "18d", "D15: the copy differs", NOTE_IN, { S_D15, NONE }, X, 0, "", "", GB, FRESH, 0, "HHHHHH", "18d", TG_ANSWER_MISSING },
	{ "18d", "D18: another version of the standard", NOTE_IN, { S_D18, NONE }, X, 0, "", "", GB, FRESH, 0, "HHHHHH", "18d", TG_ANSWER_MISSING },
	{ "18d", "doubt and a hard defect", NOTE_IN, { S_D15_HARD, NONE }, X, 0, "", "", GB, FRESH, 0, "BBBHHH", "18 18d", TG_ANSWER_MISSING },
	{ "18d", "doubt about one, another answers", NOTE_IN, { S_D15, S_GOOD, NONE }, X, 0, "", "", GB, FRESH, 0, "AAAAAA", "15", TG_ANSWER_HELD },
	{ "18d", "a doubt is nearer than a defect", NOTE_IN, { S_D02, S_D15, NONE }, X, 0, "", "", GB, FRESH, 0, "HHHHHH", "18d", TG_ANSWER_MISSING },

	{ "19", "another type", NOTE_IN, { S_GOOD, NONE }, X, OTHER_TYPE, "", "", GB, FRESH, 0, "BBBHHH", "19", TG_ANSWER_MISSING },
	{ "19", "another type and a hard defect", NOTE_IN, { S_D02, NONE }, X, OTHER_TYPE, "", "", GB, FRESH, 0, "BBBHHH", "18 19", TG_ANSWER_MISSING },

	{ "20a", "batch after the range", NOTE_IN, { S_LISTED, NONE }, X, 0, "B200", "", GB, FRESH, 0, "BBBHHH", "20a", TG_ANSWER_MISSING },
	{ "20a", "batch of another length", NOTE_IN, { S_LISTED, NONE }, X, 0, "B1500", "", GB, FRESH, 0, "BBBHHH", "20a", TG_ANSWER_MISSING },
	{ "20a", "what the site received does not help a known batch", NOTE_IN, { S_LISTED, NONE }, X, 0, "B099", "", GB, FRESH,
		SITE_COVERED, "BBBHHH", "20a", TG_ANSWER_MISSING },

	{ "20b", "batch unknown", NOTE_IN, { S_LISTED, NONE }, X, 0, "", "", GB, FRESH, 0, "HHHHHH", "20b", TG_ANSWER_MISSING },
	{ "20b", "batch unknown, serial known", NOTE_IN, { S_LISTED, NONE }, X, 0, "", "S0001", GB, FRESH, 0, "HHHHHH", "20b", TG_ANSWER_MISSING },
	{ "20b", "batch unknown, one received here is not covered", NOTE_IN, { S_LISTED, NONE }, X, 0, "", "", GB, FRESH,
		SITE_NOT_COVERED, "HHHHHH", "20b", TG_ANSWER_MISSING },
	{ "20b", "batch unknown, strict policy", NOTE_IN, { S_LISTED, NONE }, X, STRICT, "", "", GB, FRESH, 0, "BBBHHH", "20b", TG_ANSWER_MISSING },
	{ "20b", "a correction does not block the shelf", NOTE_IN, { S_SUPERSEDED, S_LISTED, NONE }, X, 0, "", "", GB, FRESH, 0, "HHHHHH", "20b",
		TG_ANSWER_MISSING },
	{ "20b", "nor does an old label beside it", NOTE_IN, { S_LISTED, NONE }, { C_EXPIRED, NONE }, 0, "", "", GB, FRESH, 0, "HHHHHH", "20b",
		TG_ANSWER_MISSING },

	{ "21", "serial outside what the batch has", NOTE_IN, { S_LISTED, NONE }, X, 0, "B150", "S1000", GB, FRESH, 0, "BBBHHH", "21", TG_ANSWER_MISSING },
	{ "21", "serial within", NOTE_IN, { S_LISTED, NONE }, X, 0, "B150", "S0999", GB, FRESH, 0, "AAAAAA", "15", TG_ANSWER_HELD },
	{ "21", "no serial is tied to this batch", NOTE_IN, { S_LISTED, NONE }, X, 0, "B151", "S1000", GB, FRESH, 0, "AAAAAA", "15", TG_ANSWER_HELD },
	{ "21", "serial unknown", NOTE_IN, { S_LISTED, NONE }, X, 0, "B150", "", GB, FRESH, 0, "AAAAAA", "15", TG_ANSWER_HELD },

	{ "22", "withdrawn", NOTE_IN, { S_WITHDRAWN, NONE }, X, 0, "", "", GB, FRESH, 0, "BBBHHH", "22", TG_ANSWER_MISSING },
	{ "22", "superseded, and nothing in its place", NOTE_IN, { S_SUPERSEDED, NONE }, X, 0, "", "", GB, FRESH, 0, "BBBHHH", "22",
		TG_ANSWER_MISSING },
	{ "22", "superseded by one that does not cover the batch", NOTE_IN, { S_SUPERSEDED, S_LISTED, NONE }, X, 0, "B200", "", GB, FRESH, 0,
		"BBBHHH", "20a 22", TG_ANSWER_MISSING },
	{ "22", "withdrawn beside an old label", NOTE_IN, { S_WITHDRAWN, NONE }, { C_EXPIRED, NONE }, 0, "", "", GB, FRESH, 0, "BBBHHH", "22 24",
		TG_ANSWER_MISSING },

	{ "23", "label current, checked on the last day", NOTE_IN, X, { C_GOOD, NONE }, 0, "", "", GB, FRESH, 0, "AAAAAA", "23", TG_ANSWER_HELD },
	{ "23", "label on its last day", NOTE_IN, X, { C_LAST_DAY, NONE }, 0, "", "", GB, FRESH, 0, "AAAAAA", "23", TG_ANSWER_HELD },
	{ "23", "label on its first day", NOTE_IN, X, { C_FIRST_DAY, NONE }, 0, "", "", GB, FRESH, 0, "AAAAAA", "23", TG_ANSWER_HELD },
	{ "23", "the second label is current", NOTE_IN, X, { C_EXPIRED, C_GOOD }, 0, "", "", GB, FRESH, 0, "AAAAAA", "23", TG_ANSWER_HELD },
	{ "23", "beside every kind of bad paper", NOTE_IN, { S_SUMMARY, S_D15_HARD, S_LISTED }, { C_GOOD, NONE }, 0, "Z9", "", GB, FRESH, 0, "AAAAAA",
		"23", TG_ANSWER_HELD },

	{ "24", "label expired yesterday", NOTE_IN, X, { C_EXPIRED, NONE }, 0, "", "", GB, FRESH, 0, "BBBHHH", "24", TG_ANSWER_MISSING },
	{ "24", "label starts tomorrow", NOTE_IN, X, { C_EARLY, NONE }, 0, "", "", GB, FRESH, 0, "BBBHHH", "24", TG_ANSWER_MISSING },
	{ "24", "label checked a day too long ago", NOTE_IN, X, { C_CHECK_OLD, NONE }, 0, "", "", GB, FRESH, 0, "BBBHHH", "24", TG_ANSWER_MISSING },
	{ "24", "label never checked", NOTE_IN, X, { C_UNCHECKED, NONE }, 0, "", "", GB, FRESH, 0, "BBBHHH", "24", TG_ANSWER_MISSING },
	{ "24", "label of a level that the law does not name", NOTE_IN, X, { C_LEVEL, NONE }, 0, "", "", GB, FRESH, 0, "BBBHHH", "24",
		TG_ANSWER_MISSING },
	{ "24", "label with no end", NOTE_IN, X, { C_NO_END, NONE }, 0, "", "", GB, FRESH, 0, "BBBHHH", "24", TG_ANSWER_MISSING },
	{ "24", "label for another model", NOTE_IN, X, { C_GOOD, NONE }, OTHER_MODEL, "", "", GB, FRESH, 0, "BBBHHH", "24", TG_ANSWER_MISSING },
	{ "24", "label expired, summary only", NOTE_IN, { S_SUMMARY, NONE }, { C_EXPIRED, NONE }, 0, "", "", GB, FRESH, 0, "BBBHHH", "17 24",
		TG_ANSWER_MISSING },

	{ "25", "support ended yesterday", NOTE_IN, { S_END_YESTERDAY, NONE }, X, YES, "", "", GB, FRESH, 0, "NNNNNN", "15 25", TG_ANSWER_HELD },
	{ "25", "ended, strict policy", NOTE_IN, { S_END_YESTERDAY, NONE }, X, YES | STRICT, "", "", GB, FRESH, 0, "BBNNNN", "15 25", TG_ANSWER_HELD },
	{ "25", "ended, but a later end was published", NOTE_IN, { S_END_YESTERDAY, NONE }, X, PUBLISHED_LATER, "", "", GB, FRESH, 0, "AAAAAA", "15",
		TG_ANSWER_HELD },
	{ "25", "an earlier published end does not count", NOTE_IN, { S_GOOD, NONE }, X, PUBLISHED_ENDED, "", "", GB, FRESH, 0, "AAAAAA", "15",
		TG_ANSWER_HELD },
	{ "25", "ended, a later end was withdrawn", NOTE_IN, { S_END_YESTERDAY, S_WITHDRAWN, NONE }, X, YES, "", "", GB, FRESH, 0, "NNNNNN", "15 25",
		TG_ANSWER_HELD },
	{ "25", "ended, a later end was superseded", NOTE_IN, { S_END_YESTERDAY, S_SUPERSEDED, NONE }, X, YES, "", "", GB, FRESH, 0, "NNNNNN",
		"15 25", TG_ANSWER_HELD },
	{ "25", "ended, a later end is of another type", NOTE_IN, { S_END_YESTERDAY, S_GOOD, NONE }, X, YES | REST_OTHER_TYPE, "", "", GB, FRESH, 0,
		"NNNNNN", "15 25", TG_ANSWER_HELD },
	{ "25", "ended, a summary and a certificate say later", NOTE_IN, { S_END_YESTERDAY, S_SUMMARY_LATE, S_OTHER_LATE }, X, YES, "", "", GB,
		FRESH, 0, "NNNNNN", "15 25", TG_ANSWER_HELD },
	{ "25", "ended, a later end is of other batches", NOTE_IN, { S_END_YESTERDAY, S_LISTED, NONE }, X, 0, "Q1", "", GB, FRESH, 0, "AAAAAA", "15",
		TG_ANSWER_HELD },
	{ "25", "label route, an end that was superseded says nothing", NOTE_IN, { S_SUPERSEDED_ENDED, NONE }, { C_GOOD, NONE }, 0, "", "", GB,
		FRESH, 0, "AAAAAA", "23", TG_ANSWER_HELD },
	{ "25", "label route, published end", NOTE_IN, X, { C_GOOD, NONE }, PUBLISHED_ENDED | YES, "", "", GB, FRESH, 0, "NNNNNN", "23 25",
		TG_ANSWER_HELD },
	{ "25", "never for goods out of scope", NOTE_OUT, X, X, PUBLISHED_ENDED, "", "", GB, FRESH, 0, "AAAAAA", "10", TG_ANSWER_OUT },

	{ "26", "support ends today", NOTE_IN, { S_END_TODAY, NONE }, X, YES, "", "", GB, FRESH, 0, "NNNNNN", "15 26", TG_ANSWER_HELD },
	{ "26", "support ends in 90 days", NOTE_IN, { S_END_90, NONE }, X, YES, "", "", GB, FRESH, 0, "NNNNNN", "15 26", TG_ANSWER_HELD },
	{ "26", "support ends in 91 days", NOTE_IN, { S_END_91, NONE }, X, 0, "", "", GB, FRESH, 0, "AAAAAA", "15", TG_ANSWER_HELD },

	{ "30", "stale, statement still good", NOTE_IN, { S_GOOD, NONE }, X, YES, "", "", GB, TG_STALE, 0, "NNNAAN", "15 30", TG_ANSWER_HELD },
	{ "30", "stale, label still good", NOTE_IN, X, { C_GOOD, NONE }, YES, "", "", GB, TG_STALE, 0, "NNNAAN", "23 30", TG_ANSWER_HELD },
	{ "30", "stale, nothing held", NOTE_IN, X, X, 0, "", "", GB, TG_STALE, 0, "BBBHHH", "16 30", TG_ANSWER_MISSING },
	{ "30", "stale and support ended", NOTE_IN, { S_END_YESTERDAY, NONE }, X, YES, "", "", GB, TG_STALE, 0, "NNNNNN", "15 25 30", TG_ANSWER_HELD },

	{ "31", "dead, statement good", NOTE_IN, { S_GOOD, NONE }, X, 0, "", "", GB, TG_DEAD, 0, "BBBHHH", "15 31", TG_ANSWER_HELD },
	{ "31", "dead, unknown", NOTE_IN, X, X, NO_RECORD, "", "", GB, TG_DEAD, 0, "BBBHHH", "9 31", TG_ANSWER_UNASSESSED },
	{ "31", "clock fault, label good", NOTE_IN, X, { C_GOOD, NONE }, 0, "", "", GB, TG_CLOCK_FAULT, 0, "BBBHHH", "23 31", TG_ANSWER_HELD },

	{ "32", "no record, statement good", NOTE_IN, { S_GOOD, NONE }, X, LOG_BROKEN, "", "", GB, FRESH, 0, "BBBHHA", "15 32", TG_ANSWER_HELD },
	{ "32", "no record, unknown", NOTE_IN, X, X, NO_RECORD | LOG_BROKEN, "", "", GB, FRESH, 0, "BBBHHH", "9 32", TG_ANSWER_UNASSESSED },
};

/* clang-format on */

#define FIRST_GTIN UINT64_C(9520000000000)
#define FIRST_IN_STORE UINT64_C(2000000000000)
#define CASES TG_COUNT(cases)

static size_t take_links(tg_build_link *out, const int *indexes, size_t max, bool covers, bool rest_covers)
{
	size_t n = 0;

	while (n < max && indexes[n] >= 0) {
		out[n] = (tg_build_link){ (uint32_t)indexes[n], n == 0 ? covers : rest_covers };
		n++;
	}
	return n;
}

/* One product for each case, so that one image serves them all. */
static int build_world(void **state)
{
	static world w;
	static tg_build_link links[CASES][5];
	static tg_build_product products[CASES];
	static tg_build_in_store in_store[CASES];
	tg_build build = { .version = 7,
		.products = products,
		.socs = socs,
		.soc_count = S_COUNT,
		.conformances = conformances,
		.conformance_count = C_COUNT,
		.notes = notes,
		.note_count = NOTE_COUNT,
		.in_store = in_store };

	for (size_t i = 0; i < CASES; i++) {
		tg_build_product *p = &products[build.product_count];

		if ((cases[i].flags & IN_STORE) != 0 && (cases[i].flags & NO_RECORD) == 0)
			in_store[build.in_store_count++] = (tg_build_in_store){ FIRST_IN_STORE + i,
				FIRST_IN_STORE + i, (uint32_t)cases[i].note };
		if ((cases[i].flags & (NO_RECORD | IN_STORE)) != 0)
			continue;
		*p = (tg_build_product){
			.gtin = FIRST_GTIN + i, .name = cases[i].what, .manufacturer = "Maker", .type = "T1"
		};
		p->note = (cases[i].flags & NO_NOTE) != 0 ? TG_BUILD_NO_NOTE : (uint32_t)cases[i].note;
		p->dsp_end_published = (cases[i].flags & PUBLISHED_LATER) != 0   ? FAR
				       : (cases[i].flags & PUBLISHED_ENDED) != 0 ? TODAY - 1
										 : TG_DAY_NONE;
		p->socs = links[i];
		p->soc_count = take_links(links[i], cases[i].socs, 3, (cases[i].flags & OTHER_TYPE) == 0,
			(cases[i].flags & (OTHER_TYPE | REST_OTHER_TYPE)) == 0);
		p->conformances = links[i] + 3;
		p->conformance_count = take_links(links[i] + 3, cases[i].labels, 2,
			(cases[i].flags & OTHER_MODEL) == 0, (cases[i].flags & OTHER_MODEL) == 0);
		build.product_count++;
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

static tg_policy policy_of(int flags)
{
	return (tg_policy){ .dsp_notice_days = 90,
		.link_test_max_age_days = 30,
		.label_check_max_age_days = 7,
		.scope_review_grace_days = 10,
		.dsp_ended_blocks = (flags & STRICT) != 0,
		.batch_unknown_blocks = (flags & STRICT) != 0 };
}

/* What came to the site, by the word of the case; the list is limited to B100 to B199 and C7. */
static bool batches_of_site(void *ctx, uint64_t gtin, tg_site_batches *out)
{
	int site = *(const int *)ctx;

	(void)gtin;
	*out = (tg_site_batches){ .count = site == SITE_NOT_COVERED ? 3 : 2, .batch = { "B150", "C7", "B200" } };
	return site != SITE_UNKNOWN;
}

static void run_case(tg_verdict *out, const tg_catalogue *cat, size_t i, tg_operation op)
{
	tg_policy policy = policy_of(cases[i].flags);
	tg_identity id = {
		.kind = TG_LABEL_PRODUCT, .gtin = FIRST_GTIN + i, .expiry = TG_DAY_NONE, .why = ""
	};
	int site = cases[i].site_batches;
	tg_occasion occasion = { .operation = op,
		.destination = cases[i].destination,
		.today = TODAY,
		.stage = cases[i].stage,
		.log_broken = (cases[i].flags & LOG_BROKEN) != 0,
		.site_batches = batches_of_site,
		.site = &site };
	tg_error err = { 0 };

	if ((cases[i].flags & IN_STORE) != 0) {
		id.kind = TG_LABEL_IN_STORE;
		id.gtin = FIRST_IN_STORE + i;
	}
	(void)snprintf(id.batch, sizeof(id.batch), "%s", cases[i].batch);
	(void)snprintf(id.serial, sizeof(id.serial), "%s", cases[i].serial);
	memset(out, 0xa5, sizeof(*out));
	tg_gate_decide(out, cat, &policy, &id, &occasion, &err);
	if (out->could_not_check)
		fail_msg("row %s, %s: could not check: %s", cases[i].row, cases[i].what, err.msg);
}

/* Row 42 is a tag of every return. Rows are those of a unit that leaves: where it comes in, row 38 says nothing of it. */
static void expect_rows(char *out, size_t size, size_t i, tg_operation op, const char *found)
{
	bool comes_in = op == TG_OP_GOODS_IN || op == TG_OP_RETURN || op == TG_OP_STOCK_CHECK;

	if (comes_in && cases[i].destination == ABROAD)
		(void)snprintf(out, size, "%s", found);
	else
		(void)snprintf(out, size, "%s%s", cases[i].rows, op == TG_OP_RETURN ? " 42" : "");
}

static void each_row_hits_and_answers_as_the_table_of_the_law_says(void **state)
{
	const world *w = *state;
	uint64_t decided = 0;

	for (size_t i = 0; i < CASES; i++)
		for (int op = 0; op < TG_OP_COUNT; op++) {
			tg_verdict v;
			char rows[128], wanted[128], got;

			run_case(&v, w->cat, i, (tg_operation)op);
			write_rows(rows, sizeof(rows), &v);
			got = "ANHB"[v.outcome];
			expect_rows(wanted, sizeof(wanted), i, (tg_operation)op, rows);
			if (got != cases[i].outcomes[op] || strcmp(rows, wanted) != 0 ||
				v.answer != cases[i].answer)
				fail_msg("row %s, %s, %s: %c by %s, rows \"%s\", answer %s", cases[i].row,
					cases[i].what, tg_operation_words[op], got,
					tg_rows_at(v.decided_by)->id, rows, tg_answer_words[v.answer]);
			if (v.overridable != (v.outcome != TG_ALLOW && (cases[i].flags & YES) != 0))
				fail_msg("row %s, %s, %s: overridable %d", cases[i].row, cases[i].what,
					tg_operation_words[op], v.overridable);
			expect_lift(&v, (tg_operation)op, cases[i].what);
			decided |= UINT64_C(1) << v.decided_by;
		}
	for (size_t n = 0; n < tg_rows_count(); n++)
		if ((decided >> n & 1) == 0 && !is_by_occasion(tg_rows_at(n)->id))
			fail_msg("row %s decided nothing", tg_rows_at(n)->id);
}

static void every_row_has_a_case_for_each_operation(void **state)
{
	(void)state;
	for (size_t n = 0; n < tg_rows_count(); n++) {
		bool named = false;

		for (size_t i = 0; i < CASES; i++)
			named = named || strcmp(cases[i].row, tg_rows_at(n)->id) == 0;
		if (!named && !is_by_occasion(tg_rows_at(n)->id))
			fail_msg("row %s has no case", tg_rows_at(n)->id);
	}
	assert_null(tg_rows_at(tg_rows_count()));
}

static size_t case_named(const char *what)
{
	for (size_t i = 0; i < CASES; i++)
		if (strcmp(cases[i].what, what) == 0)
			return i;
	fail_msg("no case \"%s\"", what);
	return 0;
}

/* The id of a paper, or "" for none. Numbers are the image's own order, so they are looked up. */
static void paper_ids(char soc[32], char label[32], const tg_catalogue *cat, const tg_verdict *v)
{
	tg_view id, link;
	tg_soc statement;
	tg_conformance conformance;

	soc[0] = label[0] = '\0';
	if (v->soc >= 0) {
		assert_int_equal(
			tg_catalogue_soc(&statement, cat, &v->product, (uint32_t)v->soc, NULL), TG_OK);
		assert_int_equal(tg_catalogue_soc_texts(&id, &link, cat, &statement, NULL), TG_OK);
		(void)snprintf(soc, 32, "%.*s", (int)id.len, (const char *)id.data);
	}
	if (v->conformance >= 0) {
		assert_int_equal(tg_catalogue_conformance(
					 &conformance, cat, &v->product, (uint32_t)v->conformance, NULL),
			TG_OK);
		assert_int_equal(tg_catalogue_conformance_id(&id, cat, &conformance, NULL), TG_OK);
		(void)snprintf(label, 32, "%.*s", (int)id.len, (const char *)id.data);
	}
}

static void the_verdict_names_the_paper_that_the_answer_rests_on(void **state)
{
	static const struct {
		const char *what, *soc, *conformance;
	} papers[] = {
		{ "one complete among several suffices", "good", "" },
		{ "another one is with the goods", "good", "" },
		{ "the new version covers, the old is superseded", "listed", "" },
		{ "superseded by one that does not cover the batch", "listed", "" },
		{ "a summary is nearer than a certificate", "summary", "" },
		{ "a doubt is nearer than a defect", "d15", "" },
		{ "nothing held", "", "" },
		{ "the second label is current", "", "c-good" },
		{ "beside every kind of bad paper", "", "c-good" },
		{ "withdrawn beside a current label", "withdrawn", "c-good" },
		{ "a label needs no paper with the goods", "noway", "c-good" },
		{ "label expired yesterday", "", "c-expired" },
		{ "beside a label of another model", "good", "" },
		{ "no record at all", "", "" },
	};
	const world *w = *state;

	for (size_t i = 0; i < TG_COUNT(papers); i++) {
		char soc[32], label[32];
		tg_verdict v;

		run_case(&v, w->cat, case_named(papers[i].what), TG_OP_SALE);
		paper_ids(soc, label, w->cat, &v);
		if (strcmp(soc, papers[i].soc) != 0 || strcmp(label, papers[i].conformance) != 0)
			fail_msg("%s: soc \"%s\", label \"%s\"", papers[i].what, soc, label);
	}
}

static void the_ground_of_a_site_s_batches_is_said(void **state)
{
	const world *w = *state;
	tg_verdict v;

	run_case(&v, w->cat, case_named("batch unknown, all received here are covered"), TG_OP_SALE);
	assert_true(v.on_site_batches);
	run_case(&v, w->cat, case_named("batch covered, single"), TG_OP_SALE);
	assert_false(v.on_site_batches);
}

static void a_row_that_was_switched_off_says_by_which(void **state)
{
	const world *w = *state;
	tg_verdict v;

	run_case(&v, w->cat, case_named("a laptop"), TG_OP_SALE);
	assert_int_equal(v.off, UINT64_C(1) << TG__ROW_16);
	assert_int_equal(v.off_by[TG__ROW_16], TG__ROW_11);
	assert_int_equal(v.decided_by, TG__ROW_11);
}

/* ---- the machinery, over tables of the test's own ---- */

static bool always(const struct tg__facts *f)
{
	(void)f;
	return true;
}

static bool never(const struct tg__facts *f)
{
	(void)f;
	return false;
}

#define ROW(id, kind, override, outcome, hits, groups, off, softens)                                         \
	{                                                                                                    \
		{ id, kind, override, { outcome, outcome, outcome, outcome, outcome, outcome }, "", "", "",  \
			"", "" },                                                                            \
			hits, groups, off, softens, NULL,                                                    \
		{                                                                                            \
			0                                                                                    \
		}                                                                                            \
	}
#define S22 TG__RESTS_ON_S22
#define S23 TG__RESTS_ON_S23
#define SOFT (TG__RESTS_ON_S22 | TG__SOFTENS)

enum {
	STOP_1,
	FAILURE_6,
	ANSWER_16,
	EXEMPT_38,
	EXEMPT_40,
	ROUTE_34,
	ROUTE_29,
	GRADE_25,
	SYSTEM_31,
	BUNDLE_28,
	STRICT_25,
	BAD_CELL,
	ARTIFICIAL
};
static const struct tg__rule artificial[ARTIFICIAL] = {
	[STOP_1] = ROW("1", TG_ROW_STOP, TG_OVERRIDE_NO, TG_BLOCK, never, 0, 0, 0),
	[FAILURE_6] = ROW("6", TG_ROW_STOP, TG_OVERRIDE_NO, TG_BLOCK, never, S23, 0, 0),
	[ANSWER_16] = ROW("16", TG_ROW_ANSWER, TG_OVERRIDE_NO, TG_BLOCK, never, SOFT, 0, 0),
	[EXEMPT_38] = ROW("38", TG_ROW_EXEMPT, TG_OVERRIDE_NO, TG_ALLOW, never, 0, S22, 0),
	[EXEMPT_40] = ROW("40", TG_ROW_EXEMPT, TG_OVERRIDE_NO, TG_ALLOW, never, 0, S22 | S23, 0),
	[ROUTE_34] = ROW("34", TG_ROW_ROUTE, TG_OVERRIDE_NO, TG_ALLOW, never, 0, 0, TG__SOFTENS),
	[ROUTE_29] = ROW("29", TG_ROW_ROUTE, TG_OVERRIDE_NO, TG_NOTICE, never, S22, 0, 0),
	[GRADE_25] = ROW("25", TG_ROW_GRADE, TG_OVERRIDE_YES, TG_NOTICE, never, S22, 0, 0),
	[SYSTEM_31] = ROW("31", TG_ROW_SYSTEM, TG_OVERRIDE_NO, TG_BLOCK, never, S22, 0, 0),
	[BUNDLE_28] = ROW("28", TG_ROW_ANSWER, TG_OVERRIDE_AS_COMPONENT, TG_HOLD, never, S22, 0, 0),
	[STRICT_25] = ROW("25s", TG_ROW_GRADE, TG_OVERRIDE_YES, TG_BLOCK, never, S22, 0, 0),
	[BAD_CELL] = ROW("bad", TG_ROW_ANSWER, TG_OVERRIDE_NO, 9, never, 0, 0, 0),
};

static tg_verdict run_artificial(const struct tg__facts *facts, const int *rows)
{
	struct tg__rule table[ARTIFICIAL];
	tg_verdict v = { .outcome = TG_BLOCK };

	memcpy(table, artificial, sizeof(table));
	for (; *rows >= 0; rows++)
		table[*rows].hits = always;
	tg__rules_run(&v, table, ARTIFICIAL, facts);
	return v;
}

#define RUN(...)                                                                                             \
	run_artificial(&(struct tg__facts){ .operation = TG_OP_SALE }, (const int[]){ __VA_ARGS__, -1 })
#define BIT(n) (UINT64_C(1) << (n))

static void a_stop_row_beats_an_exempt_row(void **state)
{
	tg_verdict v = RUN(STOP_1, EXEMPT_38, ANSWER_16);

	(void)state;
	assert_int_equal(v.outcome, TG_BLOCK);
	assert_int_equal(v.decided_by, STOP_1);
	assert_int_equal(v.hit, BIT(STOP_1) | BIT(EXEMPT_38) | BIT(ANSWER_16));
	assert_int_equal(v.off, BIT(ANSWER_16));
	assert_int_equal(v.off_by[ANSWER_16], EXEMPT_38);
	v = RUN(EXEMPT_40, FAILURE_6, STOP_1);
	assert_int_equal(v.decided_by, STOP_1);
}

static void an_exempt_row_switches_off_what_rests_on_section_22(void **state)
{
	tg_verdict v = RUN(EXEMPT_38, ANSWER_16, GRADE_25);

	(void)state;
	assert_int_equal(v.outcome, TG_ALLOW);
	assert_int_equal(v.decided_by, EXEMPT_38);
	assert_int_equal(v.off, BIT(ANSWER_16) | BIT(GRADE_25));
	v = RUN(EXEMPT_38, FAILURE_6);
	assert_int_equal(v.outcome, TG_BLOCK);
	assert_int_equal(v.off, 0);
	v = RUN(EXEMPT_40, FAILURE_6); /* a unit handed back is free of failure rows too (A25) */
	assert_int_equal(v.outcome, TG_ALLOW);
	assert_int_equal(v.off, BIT(FAILURE_6));
}

static void no_row_switches_off_a_system_row(void **state)
{
	tg_verdict v = RUN(EXEMPT_38, SYSTEM_31);

	(void)state;
	assert_int_equal(v.outcome, TG_BLOCK);
	assert_int_equal(v.decided_by, SYSTEM_31);
	assert_int_equal(v.off, 0);
}

static void a_route_softens_blocks_and_answers_nothing_alone(void **state)
{
	tg_verdict v = RUN(ROUTE_34, ANSWER_16);

	(void)state;
	assert_int_equal(v.outcome, TG_HOLD);
	assert_int_equal(v.decided_by, ANSWER_16);
	v = RUN(ROUTE_34, ANSWER_16, STOP_1);
	assert_int_equal(v.outcome, TG_BLOCK);
	assert_int_equal(v.decided_by, STOP_1);
	v = RUN(ROUTE_34);
	assert_int_equal(v.outcome, TG_BLOCK);
	assert_true(v.could_not_check);
	v = RUN(ROUTE_29, EXEMPT_38);
	assert_int_equal(v.outcome, TG_ALLOW);
	assert_int_equal(v.decided_by, EXEMPT_38);
}

static void the_most_severe_row_still_on_wins_and_kinds_break_ties(void **state)
{
	tg_verdict v = RUN(GRADE_25, ROUTE_34, BUNDLE_28);

	(void)state;
	assert_int_equal(v.outcome, TG_HOLD);
	v = RUN(ANSWER_16, FAILURE_6, SYSTEM_31);
	assert_int_equal(v.decided_by, SYSTEM_31);
	v = RUN(ANSWER_16, FAILURE_6);
	assert_int_equal(v.decided_by, FAILURE_6);
	v = RUN(ROUTE_29, GRADE_25);
	assert_int_equal(v.outcome, TG_NOTICE);
	assert_int_equal(v.decided_by, GRADE_25);
}

static void an_override_needs_every_row_that_withholds(void **state)
{
	struct tg__facts facts = { .operation = TG_OP_RETURN, .components_overridable = true };
	const int bundle[] = { BUNDLE_28, -1 }, both[] = { BUNDLE_28, ANSWER_16, -1 };

	(void)state;
	assert_true(RUN(GRADE_25).overridable);
	assert_false(RUN(GRADE_25, ROUTE_29).overridable);
	assert_false(RUN(BUNDLE_28).overridable);
	assert_true(RUN(STRICT_25).overridable);
	assert_false(RUN(STRICT_25, BUNDLE_28).overridable); /* lifting the block would free what is held */
	assert_true(run_artificial(&facts, bundle).overridable);
	assert_false(run_artificial(&facts, both).overridable);
	assert_false(RUN(EXEMPT_38).overridable); /* nothing to lift */
}

/* What head office may name is what the law lets be lifted, and nothing else. */
static void the_policys_list_of_rows_is_the_tables(void **state)
{
	size_t found = 0;

	(void)state;
	for (size_t n = 0; n < tg_rows_count(); n++) {
		bool listed = false;

		for (size_t i = 0; i < TG_LIFTABLE_COUNT; i++)
			listed = listed || strcmp(tg_liftable_rows[i], tg_rows_at(n)->id) == 0;
		if (listed != (tg_rows_at(n)->override == TG_OVERRIDE_YES))
			fail_msg("row %s: %s the policy may name", tg_rows_at(n)->id, listed ? "not overridable, but" : "overridable, but not what");
		found += listed;
	}
	assert_int_equal(found, TG_LIFTABLE_COUNT);
	assert_null(tg_liftable_rows[TG_LIFTABLE_COUNT]);
}

static void silence_and_unknown_cells_are_no_permission(void **state)
{
	const int none[] = { -1 };
	struct tg__facts facts = { .operation = TG_OP_SALE };
	tg_verdict v = run_artificial(&facts, none);

	(void)state;
	assert_int_equal(v.outcome, TG_BLOCK);
	assert_true(v.could_not_check);
	assert_false(v.overridable);
	v = RUN(BAD_CELL, EXEMPT_38);
	assert_int_equal(v.outcome, TG_BLOCK);
}

/* ---- the table itself ---- */

static void exempt_rows_reach_exactly_the_rows_that_rest_on_section_22(void **state)
{
	static const char *const rest[] = { "7w", "9", "12", "14", "15", "15b", "16", "17", "18", "18d", "19",
		"20a", "20b", "21", "22", "23", "24", "25", "26", "29", "30" };
	size_t found = 0;

	(void)state;
	for (size_t n = 0; n < TG__ROW_COUNT; n++) {
		bool expected = false;

		for (size_t i = 0; i < TG_COUNT(rest); i++)
			expected = expected || strcmp(rest[i], tg__rules[n].row.id) == 0;
		assert_int_equal((tg__rules[n].groups & TG__RESTS_ON_S22) != 0, expected);
		found += expected;
		assert_int_equal(tg__rules[n].switches_off != 0, tg__rules[n].row.kind == TG_ROW_EXEMPT);
	}
	assert_int_equal(found, TG_COUNT(rest));
}

static void only_the_rows_on_the_list_may_be_overridden(void **state)
{
	static const char *const list[] = { "3", "4", "7", "7w", "8b", "25", "26", "30", "41" };

	(void)state;
	for (size_t n = 0; n < tg_rows_count(); n++) {
		const tg_row *row = tg_rows_at(n);
		bool listed = false, bundle = strcmp(row->id, "28") == 0 || strcmp(row->id, "28n") == 0;

		for (size_t i = 0; i < TG_COUNT(list); i++)
			listed = listed || strcmp(list[i], row->id) == 0;
		assert_int_equal(row->override, listed ? TG_OVERRIDE_YES
					: bundle ? TG_OVERRIDE_AS_COMPONENT
						 : TG_OVERRIDE_NO);
	}
}

/* Facts of any kind, also such as never come together. */
static struct tg__facts any_facts(uint32_t *seed)
{
	struct tg__facts f = { 0 };
	bool *const flags[] = { &f.bought_before_duty, &f.trusted, &f.log_broken, &f.found, &f.scope_open,
		&f.out_of_scope, &f.business_only, &f.excepted, &f.exception_holds, &f.connectable, &f.soc_good,
		&f.soc_with_goods, &f.soc_withdrawn, &f.soc_out_of_force, &f.label_held, &f.label_current,
		&f.support_ended, &f.support_ending, &f.own_brand, &f.bundle, &f.components_exempt };
	uint32_t numbers[8];

	for (size_t i = 0; i < TG_COUNT(flags) + TG_COUNT(numbers); i++) {
		*seed = *seed * 1664525 + 1013904223;
		if (i < TG_COUNT(flags))
			*flags[i] = (*seed >> 24 & 1) != 0;
		else
			numbers[i - TG_COUNT(flags)] = *seed >> 8;
	}
	f.operation = (tg_operation)(numbers[0] % TG_OP_COUNT);
	f.destination = (tg_destination)(numbers[1] % TG_DEST_COUNT);
	f.supply = (tg_supply)(numbers[2] % TG_SUPPLY_COUNT);
	f.unit = (tg_unit)(numbers[3] % TG_UNIT_COUNT);
	f.stage = (tg_stage)(numbers[4] % TG_STAGE_COUNT);
	f.components_worst = (tg_outcome)(numbers[5] % TG_OUTCOME_COUNT);
	f.soc_grounds = numbers[6] % 512;
	f.stops = numbers[7] % 3 == 0 ? 0 : UINT32_C(1) << numbers[7] % TG__STOP_BITS;
	return f;
}

/* Our own table is gone through by another way, which leaves out what cannot hit. */
static void rows_that_are_left_out_would_not_have_hit(void **state)
{
	static struct tg__rule copy[TG__ROW_COUNT];
	uint64_t hit = 0;
	uint32_t seed = 1;

	(void)state;
	memcpy(copy, tg__rules, sizeof(copy));
	for (int i = 0; i < 200000; i++) {
		struct tg__facts facts = any_facts(&seed);
		tg_verdict a = { .outcome = TG_BLOCK }, b = { .outcome = TG_BLOCK };

		tg__rules_run(&a, tg__rules, TG__ROW_COUNT, &facts);
		tg__rules_run(&b, copy, TG__ROW_COUNT, &facts);
		assert_true(a.hit == b.hit);
		hit |= a.hit;
	}
	assert_true(hit == UINT64_MAX >> (64 - TG__ROW_COUNT)); /* the test saw every row */
}

/*
 * Of facts of any kind, also such as never come together: a stop row that is on is never beaten, and it is put off by nothing but a
 * movement that the notice itself directs, or by a unit that is the customer's own or scrap.
 */
static void no_exemption_ever_beats_a_stop_row(void **state)
{
	static const size_t movements[] = { TG__ROW_1D, TG__ROW_2D, TG__ROW_40H };
	uint64_t exempt = 0, stops = 0, both = 0, allowed = 0;
	uint32_t seed = 7;

	(void)state;
	for (size_t i = 0; i < TG_COUNT(movements); i++)
		allowed |= UINT64_C(1) << movements[i];
	for (size_t n = 0; n < TG__ROW_COUNT; n++) {
		exempt |= (uint64_t)(tg__rules[n].row.kind == TG_ROW_EXEMPT) << n;
		stops |= (uint64_t)(tg__rules[n].row.kind == TG_ROW_STOP) << n;
	}
	for (int i = 0; i < 400000; i++) {
		struct tg__facts facts = any_facts(&seed);
		tg_verdict v = { .outcome = TG_BLOCK };

		tg__rules_run(&v, tg__rules, TG__ROW_COUNT, &facts);
		both += (v.hit & exempt) != 0 && (v.hit & stops & ~v.off) != 0;
		for (size_t n = 0; n < TG__ROW_COUNT; n++) {
			if ((v.hit & stops) >> n == 0)
				break;
			if ((v.hit & stops & ~v.off) >> n & 1)
				assert_true(v.outcome >= tg__rules_cell(&tg__rules[n], &facts));
			if ((v.hit & stops & v.off) >> n & 1)
				assert_true(allowed >> v.off_by[n] & 1);
		}
	}
	assert_true(both > 1000); /* the test saw what it is about */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_hits_and_answers_as_the_table_of_the_law_says),
		cmocka_unit_test(every_row_has_a_case_for_each_operation),
		cmocka_unit_test(the_verdict_names_the_paper_that_the_answer_rests_on),
		cmocka_unit_test(the_ground_of_a_site_s_batches_is_said),
		cmocka_unit_test(a_row_that_was_switched_off_says_by_which),
		cmocka_unit_test(a_stop_row_beats_an_exempt_row),
		cmocka_unit_test(an_exempt_row_switches_off_what_rests_on_section_22),
		cmocka_unit_test(no_row_switches_off_a_system_row),
		cmocka_unit_test(a_route_softens_blocks_and_answers_nothing_alone),
		cmocka_unit_test(the_most_severe_row_still_on_wins_and_kinds_break_ties),
		cmocka_unit_test(an_override_needs_every_row_that_withholds),
		cmocka_unit_test(the_policys_list_of_rows_is_the_tables),
		cmocka_unit_test(silence_and_unknown_cells_are_no_permission),
		cmocka_unit_test(exempt_rows_reach_exactly_the_rows_that_rest_on_section_22),
		cmocka_unit_test(only_the_rows_on_the_list_may_be_overridden),
		cmocka_unit_test(rows_that_are_left_out_would_not_have_hit),
		cmocka_unit_test(no_exemption_ever_beats_a_stop_row),
	};

	return cmocka_run_group_tests(tests, build_world, drop_world);
}

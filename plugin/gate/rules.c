/* SPDX-License-Identifier: Apache-2.0
 *
 * rules.c - the decision table of PSTI Part 1, one row each, and how rows combine.
 *
 * Pure: no I/O, no clock, no allocation. Knows facts (facts.c prepared them), never bytes.
 * The rows are explained, with their readings, in tillgate-rules(7).
 */
#include "plugin/gate/rules.h"

const char *const tg_outcome_words[TG_OUTCOME_COUNT + 1] = { "allow", "notice", "hold", "block", NULL };
const char *const tg_answer_words[TG_ANSWER_COUNT + 1] = { "none", "held", "missing", "out-of-scope",
	"unassessed", NULL };
const char *const tg_stage_words[TG_STAGE_COUNT + 1] = { "fresh", "ageing", "stale", "dead", "clock-fault",
	NULL };
const char *const tg_destination_words[TG_DEST_COUNT + 1] = { "gb", "ni", "outside-uk", NULL };
const char *const tg_supply_words[TG_SUPPLY_COUNT + 1] = { "consumer", "business", "resale", "gift", "own-branch",
	"to-vendor", "hand-back", "loan", "scrap", "as-directed", NULL };
const char *const tg_unit_words[TG_UNIT_COUNT + 1] = { "new", "unwanted", "faulty", "recalled", "reconditioned",
	"second-hand", NULL };

/* ---- predicates: one a row, in the order of the table ---- */

/* One good route suffices: while a label is current, or one statement answers, the others are not asked. */
static bool unanswered(const struct tg__facts *f)
{
	return f->connectable && !f->label_current && !f->soc_good;
}

static bool fails_by(const struct tg__facts *f, uint32_t ground)
{
	return unanswered(f) && (f->soc_grounds & ground) != 0;
}

/* Nothing held can still turn out to answer. */
static bool hopeless(const struct tg__facts *f)
{
	return fails_by(f, ~(uint32_t)TG__SOC_WAITS);
}

static bool is_exempt(const struct tg__facts *f)
{
	return f->bundle ? f->components_exempt : f->out_of_scope || f->exception_holds;
}

/* Offer, sale and dispatch: the unit would be made available. Elsewhere it comes in or stays. */
static bool leaves(const struct tg__facts *f)
{
	return f->operation == TG_OP_OFFER || f->operation == TG_OP_SALE || f->operation == TG_OP_DISPATCH;
}

static bool is_sent(const struct tg__facts *f, tg_supply supply)
{
	return f->operation == TG_OP_DISPATCH && f->supply == supply;
}

/* ---- what is known against the unit ---- */

static bool stop_notice(const struct tg__facts *f)
{
	return (f->stops & TG__STOP_NOTICE) != 0;
}

/* A movement counts as directed only where a notice on us is in force that covers the unit. */
static bool sent_by_stop_notice(const struct tg__facts *f)
{
	return stop_notice(f) && is_sent(f, TG_SUPPLY_AS_DIRECTED);
}

static bool recall_notice(const struct tg__facts *f)
{
	return (f->stops & TG__STOP_RECALL) != 0;
}

static bool sent_by_recall_notice(const struct tg__facts *f)
{
	return recall_notice(f) && is_sent(f, TG_SUPPLY_AS_DIRECTED);
}

static bool under_appeal(const struct tg__facts *f)
{
	return (f->stops & (TG__STOP_APPEALED | TG__STOP_APPEALED_UNSIGNED)) != 0;
}

static bool appeal_not_signed_off(const struct tg__facts *f)
{
	return (f->stops & TG__STOP_APPEALED_UNSIGNED) != 0;
}

static bool notice_intended(const struct tg__facts *f)
{
	return (f->stops & (TG__STOP_INTENT | TG__STOP_INTENT_OPEN)) != 0;
}

static bool intent_not_cleared(const struct tg__facts *f)
{
	return (f->stops & TG__STOP_INTENT_OPEN) != 0;
}

static bool compliance_notice(const struct tg__facts *f)
{
	return (f->stops & (TG__STOP_COMPLIANCE | TG__STOP_COMPLIANCE_SUPPLY)) != 0;
}

static bool compliance_notice_on_supply(const struct tg__facts *f)
{
	return (f->stops & TG__STOP_COMPLIANCE_SUPPLY) != 0;
}

static bool failure_known(const struct tg__facts *f)
{
	return (f->stops & TG__STOP_FAILURE) != 0;
}

static bool failure_suspected(const struct tg__facts *f)
{
	return (f->stops & TG__STOP_SUSPICION) != 0;
}

static bool published_against(const struct tg__facts *f)
{
	return (f->stops & TG__STOP_PUBLISHED) != 0;
}

static bool published_against_brand(const struct tg__facts *f)
{
	return (f->stops & TG__STOP_PUBLISHED_BRAND) != 0;
}

static bool support_shortened(const struct tg__facts *f)
{
	return (f->stops & TG__STOP_SHORTENED) != 0;
}

/* ---- the occasion ---- */

static bool second_hand(const struct tg__facts *f)
{
	return f->unit == TG_UNIT_SECOND_HAND;
}

static bool back_for_resale(const struct tg__facts *f)
{
	return f->unit == TG_UNIT_UNWANTED || f->unit == TG_UNIT_FAULTY || f->unit == TG_UNIT_RECALLED ||
	       f->unit == TG_UNIT_RECONDITIONED;
}

static bool bought_before_duty(const struct tg__facts *f)
{
	return f->bought_before_duty;
}

static bool own_brand(const struct tg__facts *f)
{
	return f->own_brand;
}

static bool to_own_branch(const struct tg__facts *f)
{
	return is_sent(f, TG_SUPPLY_OWN_BRANCH);
}

static bool for_resale(const struct tg__facts *f)
{
	return leaves(f) && f->supply == TG_SUPPLY_RESALE;
}

static bool to_business(const struct tg__facts *f)
{
	return leaves(f) && f->supply == TG_SUPPLY_BUSINESS;
}

/*
 * Sold to a consumer by us, the model is no longer for businesses only: then it is judged as any other. Where it goes to
 * no customer at all, it stays what it is.
 */
static bool business_only(const struct tg__facts *f)
{
	return f->business_only &&
	       (!leaves(f) || f->supply == TG_SUPPLY_BUSINESS || f->supply == TG_SUPPLY_RESALE ||
		       is_sent(f, TG_SUPPLY_OWN_BRANCH) || is_sent(f, TG_SUPPLY_TO_VENDOR) ||
		       is_sent(f, TG_SUPPLY_AS_DIRECTED));
}

static bool outside_uk(const struct tg__facts *f)
{
	return leaves(f) && f->destination == TG_DEST_OUTSIDE_UK;
}

static bool gift(const struct tg__facts *f)
{
	return leaves(f) && f->supply == TG_SUPPLY_GIFT;
}

/* Hire or loan by the manufacturer is a supply (s. 55(3)). To offer what is no supply is no offer to supply. */
static bool on_loan(const struct tg__facts *f)
{
	return leaves(f) && f->supply == TG_SUPPLY_LOAN && !f->own_brand;
}

/* A customer's own unit is on offer to nobody. */
static bool handed_back_or_scrap(const struct tg__facts *f)
{
	return (leaves(f) && f->supply == TG_SUPPLY_SCRAP) ||
	       (leaves(f) && f->operation != TG_OP_OFFER && f->supply == TG_SUPPLY_HAND_BACK);
}

static bool to_vendor(const struct tg__facts *f)
{
	return is_sent(f, TG_SUPPLY_TO_VENDOR);
}

static bool taken_back(const struct tg__facts *f)
{
	return f->operation == TG_OP_RETURN;
}

/* ---- bundles: each component is judged by itself (s. 6(2)) ---- */

static bool component_withheld(const struct tg__facts *f)
{
	return f->bundle && f->components_worst >= TG_HOLD;
}

static bool component_noticed(const struct tg__facts *f)
{
	return f->bundle && f->components_worst == TG_NOTICE;
}

static bool components_clear(const struct tg__facts *f)
{
	return f->bundle && f->components_worst == TG_ALLOW;
}

/* ---- scope, statement, label ---- */

static bool unknown_product(const struct tg__facts *f)
{
	return f->trusted && !f->bundle && (!f->found || f->scope_open);
}

static bool out_of_scope(const struct tg__facts *f)
{
	return f->out_of_scope;
}

static bool excepted(const struct tg__facts *f)
{
	return f->exception_holds;
}

static bool exception_fails(const struct tg__facts *f)
{
	return f->excepted && !f->exception_holds && hopeless(f);
}

static bool soc_held(const struct tg__facts *f)
{
	return f->connectable && f->soc_good;
}

static bool soc_not_with_goods(const struct tg__facts *f)
{
	return soc_held(f) && !f->label_current && !f->soc_with_goods;
}

/*
 * A sign of trouble, though the label still stands (law-readings A3). It rests on s. 22 like the row that would hit without the
 * label, or the loss of the label would make an exempt unit better off.
 */
static bool withdrawn_beside_label(const struct tg__facts *f)
{
	return f->connectable && f->label_current && f->soc_withdrawn && !f->soc_good;
}

static bool no_soc(const struct tg__facts *f)
{
	return fails_by(f, TG__SOC_NONE) && !f->label_held;
}

static bool summary_only(const struct tg__facts *f)
{
	return fails_by(f, TG__SOC_SUMMARY);
}

static bool soc_incomplete(const struct tg__facts *f)
{
	return fails_by(f, TG__SOC_INCOMPLETE);
}

static bool soc_in_doubt(const struct tg__facts *f)
{
	return fails_by(f, TG__SOC_DOUBT);
}

static bool type_not_covered(const struct tg__facts *f)
{
	return fails_by(f, TG__SOC_TYPE);
}

static bool batch_not_covered(const struct tg__facts *f)
{
	return fails_by(f, TG__SOC_BATCH);
}

static bool batch_unknown(const struct tg__facts *f)
{
	return fails_by(f, TG__SOC_BATCH_UNKNOWN);
}

static bool serial_not_covered(const struct tg__facts *f)
{
	return fails_by(f, TG__SOC_SERIAL);
}

/*
 * The best statement is out of force; or the one that took its place does not cover the unit. A replacement that
 * only waits for the batch to be read does not bring this row: else every correction would block the shelf.
 */
static bool soc_out_of_force(const struct tg__facts *f)
{
	return fails_by(f, TG__SOC_OUT_OF_FORCE) ||
	       (f->soc_out_of_force && fails_by(f, TG__SOC_TYPE | TG__SOC_BATCH | TG__SOC_SERIAL));
}

static bool label_held(const struct tg__facts *f)
{
	return f->connectable && f->label_current;
}

static bool label_not_current(const struct tg__facts *f)
{
	return f->label_held && hopeless(f);
}

static bool support_ended(const struct tg__facts *f)
{
	return f->connectable && !is_exempt(f) && f->support_ended;
}

static bool support_ending(const struct tg__facts *f)
{
	return f->connectable && !is_exempt(f) && f->support_ending;
}

static bool stale(const struct tg__facts *f)
{
	return f->trusted && f->stage == TG_STALE;
}

/*
 * No trusted catalogue, or one too old to go by. A clock that contradicts signed time is the same: the age is then
 * not known, and the row stays until the clock is right. Mere age leaves lines alone that are out of scope.
 */
static bool dead(const struct tg__facts *f)
{
	return !f->trusted || ((f->stage == TG_DEAD || f->stage == TG_CLOCK_FAULT) && !is_exempt(f));
}

static bool no_record(const struct tg__facts *f)
{
	return f->log_broken && !is_exempt(f);
}

/* Choices of the policy that make a row harsher. */

static bool support_ended_blocks(const struct tg__facts *f)
{
	return f->support_ended_blocks;
}

static bool batch_unknown_blocks(const struct tg__facts *f)
{
	return f->batch_unknown_blocks;
}

/* ---- the table ---- */

#define A TG_ALLOW
#define N TG_NOTICE
#define H TG_HOLD
#define B TG_BLOCK
#define NO TG_OVERRIDE_NO
#define YES TG_OVERRIDE_YES
#define AS_COMPONENT TG_OVERRIDE_AS_COMPONENT
#define S22 TG__RESTS_ON_S22
#define S23 TG__RESTS_ON_S23
#define SOFT (TG__RESTS_ON_S22 | TG__SOFTENS)
#define LAW(n, id, kind, override, of, sa, di, in, re, st, code, basis, what)                                \
	{                                                                                                    \
		id, TG_ROW_##kind, override, { of, sa, di, in, re, st }, what, basis, code,                  \
			tg__row_words[TG__ROW_##n].out, tg__row_words[TG__ROW_##n].reason                    \
	}
#define ROW(n, id, kind, override, of, sa, di, in, re, st, hits, groups, off, policy, code, basis, what)     \
	[TG__ROW_##n] = { LAW(n, id, kind, override, of, sa, di, in, re, st, code, basis, what), hits,       \
		groups, off, 0, policy }
/* A row that makes the BLOCK of others a HOLD. */
#define SOFTENING(n, id, kind, override, of, sa, di, in, re, st, hits, code, basis, what)                    \
	[TG__ROW_##n] = { LAW(n, id, kind, override, of, sa, di, in, re, st, code, basis, what), hits, 0, 0, \
		TG__SOFTENS, AS_IS }
#define AS_IS                                                                                                \
	NULL,                                                                                                \
	{                                                                                                    \
		0                                                                                            \
	}
#define UNLESS(choice, of, sa, di, in, re, st)                                                               \
	choice,                                                                                              \
	{                                                                                                    \
		of, sa, di, in, re, st                                                                       \
	}
#define STRICT_BATCH                                                                                         \
	batch_unknown_blocks,                                                                                \
	{                                                                                                    \
		B, B, B, H, H, H                                                                             \
	}
#define STRICT_DSP                                                                                           \
	support_ended_blocks,                                                                                \
	{                                                                                                    \
		B, B, N, N, N, N                                                                             \
	}

/*
 * Of each row: its outcomes at offer, sale, dispatch, goods-in, return and stock check; its predicate; the groups that
 * it is in, and those that it switches off; the policy that makes it harsher; code, basis, condition.
 */
/* clang-format off */
const struct tg__rule tg__rules[TG__ROW_COUNT] = {
/*  row    kind          lift  of sa di in re st  hits if              groups off */
ROW(1,   "1",   STOP,    NO,   B, B, B, H, H, H, stop_notice,            TG__STOP_NOTICE_ROW, 0, AS_IS,
	"stop-notice", "PSTI Act 2022 ss. 29, 32",
	"stop notice in force on us"),
ROW(1D,  "1d",  EXEMPT,  NO,   A, A, A, A, A, A, sent_by_stop_notice,    0,    S22 | S23 | TG__STOP_NOTICE_ROW, AS_IS,
	"as-directed", "PSTI Act 2022 s. 29",
	"a movement that the stop notice directs"),
ROW(2,   "2",   STOP,    NO,   B, B, B, H, H, H, recall_notice,          TG__RECALL_NOTICE_ROW, 0, AS_IS,
	"recall-notice", "PSTI Act 2022 ss. 30, 32, 54(6)",
	"recall notice in force on us"),
ROW(2D,  "2d",  EXEMPT,  NO,   A, A, A, A, A, A, sent_by_recall_notice,  0,    S22 | S23 | TG__RECALL_NOTICE_ROW, AS_IS,
	"recall-return", "PSTI Act 2022 s. 30",
	"the return leg of the recall"),
ROW(3,   "3",   ROUTE,   YES,  N, N, N, N, N, N, under_appeal,           S23,  0,   UNLESS(appeal_not_signed_off, H, H, H, H, H, H),
	"notice-appealed", "PSTI Act 2022 s. 33(8)",
	"our notice is under appeal: of no effect meanwhile"),
ROW(4,   "4",   STOP,    YES,  N, N, N, N, N, N, notice_intended,        S23,  0,   UNLESS(intent_not_cleared, H, H, H, H, H, H),
	"notice-intended", "PSTI Act 2022 ss. 28(5), 29(5), 30(6), 39(1)",
	"notice of intent, or a notice not yet in effect"),
ROW(5,   "5",   STOP,    NO,   N, N, N, N, A, N, compliance_notice,      S23,  0,   UNLESS(compliance_notice_on_supply, B, B, B, N, A, N),
	"compliance-notice", "PSTI Act 2022 ss. 28, 32",
	"compliance notice on us"),
ROW(6,   "6",   STOP,    NO,   B, B, B, H, H, H, failure_known,          S23,  0,   AS_IS,
	"failure-known", "PSTI Act 2022 ss. 23, 25 / ss. 16, 19",
	"compliance failure known or believed"),
ROW(7,   "7",   STOP,    YES,  H, H, H, H, H, H, failure_suspected,      S23,  0,   AS_IS,
	"failure-suspected", "PSTI Act 2022 s. 25(1) / s. 17",
	"informed that a failure may exist, not yet believed"),
ROW(7W,  "7w",  ANSWER,  YES,  H, H, H, H, H, H, withdrawn_beside_label, S22,  0,   AS_IS,
	"soc-withdrawn-label-held", "PSTI Act 2022 s. 25(1) / s. 17",
	"a failure may exist: the statement was withdrawn beside a current label"),
ROW(8,   "8",   STOP,    NO,   B, B, B, H, H, H, published_against,      S23,  0,   AS_IS,
	"published-failure", "PSTI Act 2022 ss. 23, 25, 45, 46",
	"notice to the manufacturer, or publication, that names the type or batch"),
ROW(8B,  "8b",  STOP,    YES,  H, H, H, H, H, H, published_against_brand, S23, 0,   AS_IS,
	"published-brand", "PSTI Act 2022 ss. 25, 45, 46",
	"notice or publication about the brand, or about another batch"),
ROW(9,   "9",   ANSWER,  NO,   B, B, B, H, H, H, unknown_product,        SOFT, 0,   AS_IS,
	"not-assessed", "PSTI Act 2022 s. 22(1)",
	"unknown product: no scope record, or one past its review"),
ROW(10,  "10",  EXEMPT,  NO,   A, A, A, A, A, A, out_of_scope,           0,    S22, AS_IS,
	"out-of-scope", "PSTI Act 2022 ss. 4, 5",
	"out of scope, current note"),
ROW(11,  "11",  EXEMPT,  NO,   A, A, A, A, A, A, excepted,               0,    S22, AS_IS,
	"excepted", "PSTI Act 2022 s. 6; SI 2023/1007 Sch. 3",
	"excepted, condition shown, destination matches"),
ROW(12,  "12",  ANSWER,  NO,   B, B, B, H, H, H, exception_fails,        SOFT, 0,   AS_IS,
	"exception-not-shown", "SI 2023/1007 Sch. 3",
	"excepted, but the condition is not shown or the destination differs; no SoC, no label"),
ROW(13,  "13",  EXEMPT,  NO,   A, A, A, A, A, A, second_hand,            0,    S22, AS_IS,
	"second-hand", "PSTI Act 2022 s. 54(2)(b), (3)(b)",
	"second-hand, first supply on record"),
ROW(14,  "14",  ROUTE,   NO,   A, A, A, A, A, A, back_for_resale,        S22,  0,   AS_IS,
	"as-new", "PSTI Act 2022 s. 54(5)-(8)",
	"returned, recalled or reconditioned for resale: judged as new"),
ROW(15,  "15",  ANSWER,  NO,   A, A, A, A, A, A, soc_held,               S22,  0,   AS_IS,
	"soc-held", "PSTI Act 2022 s. 22(2)(a) / s. 15(2)",
	"SoC complete, covers type and batch"),
ROW(15B, "15b", ANSWER,  NO,   N, N, N, H, A, N, soc_not_with_goods,     S22,  0,   AS_IS,
	"soc-not-with-goods", "PSTI Act 2022 s. 22(2)",
	"SoC complete, but how it accompanies is not recorded or its link test is too old"),
ROW(16,  "16",  ANSWER,  NO,   B, B, B, H, H, H, no_soc,                 SOFT, 0,   AS_IS,
	"no-soc", "PSTI Act 2022 s. 22(2) / s. 15(2)",
	"no SoC and no label"),
ROW(17,  "17",  ANSWER,  NO,   B, B, B, H, H, H, summary_only,           SOFT, 0,   AS_IS,
	"summary-only", "PSTI Act 2022 s. 22(2)(b)",
	"summary only"),
ROW(18,  "18",  ANSWER,  NO,   B, B, B, H, H, H, soc_incomplete,         SOFT, 0,   AS_IS,
	"soc-incomplete", "PSTI Act 2022 s. 9(3); SI 2023/1007 Sch. 4",
	"SoC incomplete (hard defect)"),
ROW(18D, "18d", ANSWER,  NO,   H, H, H, H, H, H, soc_in_doubt,           SOFT, 0,   AS_IS,
	"soc-in-doubt", "SI 2023/1007 Sch. 4",
	"SoC in doubt (altered copy, other version of the standard)"),
ROW(19,  "19",  ANSWER,  NO,   B, B, B, H, H, H, type_not_covered,       SOFT, 0,   AS_IS,
	"type-not-covered", "SI 2023/1007 Sch. 4 para 1(1)(a)",
	"type not covered"),
ROW(20A, "20a", ANSWER,  NO,   B, B, B, H, H, H, batch_not_covered,      SOFT, 0,   AS_IS,
	"batch-not-covered", "SI 2023/1007 Sch. 4 para 1(1)(a)",
	"batch known and not covered"),
ROW(20B, "20b", ANSWER,  NO,   H, H, H, H, H, H, batch_unknown,          SOFT, 0,   STRICT_BATCH,
	"batch-unknown", "SI 2023/1007 Sch. 4 para 1(1)(a)",
	"SoC limited to batches, batch of the unit unknown"),
ROW(21,  "21",  ANSWER,  NO,   B, B, B, H, H, H, serial_not_covered,     SOFT, 0,   AS_IS,
	"serial-not-covered", "SI 2023/1007 Sch. 4 para 1(1)(a)",
	"serial outside the range that the manufacturer tied to the batch"),
ROW(22,  "22",  ANSWER,  NO,   B, B, B, H, H, H, soc_out_of_force,       SOFT, 0,   AS_IS,
	"soc-withdrawn", "PSTI Act 2022 ss. 22(2), 23",
	"SoC withdrawn or superseded"),
ROW(23,  "23",  ANSWER,  NO,   A, A, A, A, A, A, label_held,             SOFT, 0,   AS_IS,
	"label-held", "PSTI Act 2022 s. 22(3) / s. 15(5); SI 2023/1007 reg. 4A, Sch. 2A",
	"label verified current"),
ROW(24,  "24",  ANSWER,  NO,   B, B, B, H, H, H, label_not_current,      SOFT, 0,   AS_IS,
	"label-not-current", "PSTI Act 2022 ss. 22(3)(a), 22(2)",
	"label expired, unverifiable or for another model; no SoC"),
ROW(25,  "25",  GRADE,   YES,  N, N, N, N, N, N, support_ended,          S22,  0,   STRICT_DSP,
	"support-ended", "SI 2023/1007 Sch. 1 para 3",
	"support period ended"),
ROW(26,  "26",  GRADE,   YES,  N, N, N, N, N, N, support_ending,         S22,  0,   AS_IS,
	"support-ending", "SI 2023/1007 Sch. 1 para 3",
	"support period ends within the policy's days"),
ROW(27,  "27",  STOP,    NO,   B, B, B, H, H, H, support_shortened,      S23,  0,   AS_IS,
	"support-shortened", "SI 2023/1007 Sch. 1 para 3(6); PSTI Act 2022 s. 23",
	"support period shortened against an earlier publication"),
ROW(28,  "28",  ANSWER,  AS_COMPONENT, B, B, B, H, H, H, component_withheld, TG__SOFTENS, 0, AS_IS,
	"bundle-component", "PSTI Act 2022 ss. 22, 23, of each product",
	"bundle: a component is withheld"),
ROW(28N, "28n", ANSWER,  AS_COMPONENT, N, N, N, N, N, N, component_noticed, 0, 0,   AS_IS,
	"bundle-notice", "PSTI Act 2022 ss. 22, 23, of each product",
	"bundle: of a component there is something to say"),
ROW(28A, "28a", ANSWER,  NO,   A, A, A, A, A, A, components_clear,       0,    0,   AS_IS,
	"bundle-clear", "PSTI Act 2022 ss. 22, 23, of each product",
	"bundle: every component may go"),
ROW(29,  "29",  ROUTE,   NO,   A, A, A, A, A, N, bought_before_duty,     S22,  0,   AS_IS,
	"aged-stock", "SI 2023/469 reg. 3",
	"bought in before 29 April 2024, not yet supplied: no exemption"),
ROW(30,  "30",  GRADE,   YES,  N, N, N, A, A, N, stale,                  S22,  0,   AS_IS,
	"data-stale", "policy; PSTI Act 2022 s. 32(2)",
	"catalogue stale: age above the soft limit"),
ROW(31,  "31",  SYSTEM,  NO,   B, B, B, H, H, H, dead,                   0,    0,   AS_IS,
	"data-dead", "policy",
	"catalogue above the hard limit, clock fault, or integrity check fails"),
ROW(32,  "32",  SYSTEM,  NO,   B, B, B, H, H, A, no_record,              0,    0,   AS_IS,
	"no-record", "policy",
	"no durable record can be written"),
ROW(33,  "33",  ROUTE,   NO,   A, A, A, A, A, A, own_brand,              0,    0,   AS_IS,
	"own-brand", "PSTI Act 2022 ss. 7(3)(b), 8-12",
	"own brand: we are the manufacturer, the statement must be ours"),
SOFTENING(34,  "34",  ROUTE,   NO,   A, A, A, A, A, A, to_own_branch,
	"own-branch", "PSTI Act 2022 s. 56(2)",
	"transfer to our own branch: what may not be sold moves as quarantine stock"),
ROW(35,  "35",  ROUTE,   NO,   A, A, A, A, A, A, for_resale,             0,    0,   AS_IS,
	"for-resale", "PSTI Act 2022 s. 56(2)",
	"to a group company or reseller: as sale, with the statement"),
ROW(36,  "36",  ROUTE,   NO,   A, A, A, A, A, A, to_business,            0,    0,   AS_IS,
	"to-business", "PSTI Act 2022 s. 54(3)",
	"to a business, model also sold to consumers: as sale"),
ROW(37,  "37",  EXEMPT,  NO,   A, A, A, A, A, A, business_only,          0,    S22, AS_IS,
	"business-only", "PSTI Act 2022 s. 54(3)(c)",
	"model for businesses only, no identical consumer product"),
ROW(38,  "38",  EXEMPT,  NO,   A, A, A, A, A, A, outside_uk,             0,    S22, AS_IS,
	"outside-uk", "PSTI Act 2022 s. 56(2)",
	"recipient outside the United Kingdom"),
ROW(39,  "39",  ROUTE,   NO,   A, A, A, A, A, A, gift,                   0,    0,   AS_IS,
	"gift", "PSTI Act 2022 s. 55(2)",
	"gift, prize, staff sale, loyalty redemption: as sale"),
ROW(40,  "40",  EXEMPT,  NO,   A, A, A, A, A, A, on_loan,                0,    S22, AS_IS,
	"on-loan", "PSTI Act 2022 s. 55(3)",
	"hire or loan, not by the manufacturer"),
ROW(40H, "40h", EXEMPT,  NO,   A, A, A, A, A, A, handed_back_or_scrap,   0,    S22 | S23, AS_IS,
	"handed-back", "PSTI Act 2022 s. 55(8), (10)",
	"the customer's own unit handed back, or scrap"),
SOFTENING(41,  "41",  ROUTE,   YES,  A, A, A, A, A, A, to_vendor,
	"to-vendor", "PSTI Act 2022 s. 25(4), (7)(c)",
	"return to the supplier: what may not be sold leaves on a named sign-off"),
ROW(42,  "42",  ROUTE,   NO,   A, A, A, A, A, A, taken_back,             0,    0,   AS_IS,
	"taken-back", "PSTI Act 2022 s. 56(2)",
	"taking back a unit from a customer is never refused on these grounds"),
};
/* clang-format on */

_Static_assert(TG__ROW_COUNT <= TG_ROWS_MAX, "rows are bits of a 64-bit set");

size_t tg_rows_count(void)
{
	return TG__ROW_COUNT;
}

const tg_row *tg_rows_at(size_t n)
{
	return n < TG__ROW_COUNT ? &tg__rules[n].row : NULL;
}

/* ---- how rows combine ---- */

/*
 * A case hits one to three rows of two dozen, so that everything after the predicates goes over the bits that are
 * set and not over the table.
 */
static size_t take_bit(uint64_t *set)
{
	size_t n = (size_t)__builtin_ctzll(*set);

	*set &= *set - 1;
	return n;
}

/* Every row runs, whatever the others say. */
static uint64_t find_hits(const struct tg__rule *rules, size_t count, const struct tg__facts *facts)
{
	uint64_t hit = 0;

	for (size_t n = 0; n < count; n++)
		hit |= (uint64_t)rules[n].hits(facts) << n;
	return hit;
}

#define HIT(n) ((uint64_t)tg__rules[TG__ROW_##n].hits(facts) << TG__ROW_##n)

static uint64_t stop_hits(const struct tg__facts *facts)
{
	return HIT(1) | HIT(1D) | HIT(2) | HIT(2D) | HIT(3) | HIT(4) | HIT(5) | HIT(6) | HIT(7) | HIT(8) | HIT(8B) |
	       HIT(27);
}

static uint64_t statement_hits(const struct tg__facts *facts)
{
	return HIT(7W) | HIT(12) | HIT(15) | HIT(15B) | HIT(16) | HIT(17) | HIT(18) | HIT(18D) | HIT(19) | HIT(20A) |
	       HIT(20B) | HIT(21) | HIT(22) | HIT(23) | HIT(24) | HIT(25) | HIT(26);
}

static uint64_t supply_hits(const struct tg__facts *facts)
{
	return HIT(13) | HIT(14) | HIT(34) | HIT(35) | HIT(36) | HIT(39) | HIT(40) | HIT(40H) | HIT(41);
}

static uint64_t other_hits(const struct tg__facts *facts)
{
	return HIT(9) | HIT(10) | HIT(11) | HIT(29) | HIT(30) | HIT(31) | HIT(32) | HIT(33) | HIT(37) | HIT(38) | HIT(42);
}

/*
 * The same over our own table, written out: the compiler then sees each predicate and makes no call. Rows that all ask for one
 * fact which most cases lack are not asked without it; a test holds this against the loop above.
 */
static uint64_t find_own_hits(const struct tg__facts *facts)
{
	uint64_t hit = other_hits(facts);

	_Static_assert(TG__ROW_COUNT == 12 + 17 + 9 + 11 + 3, "a row was added: add its HIT above");
	if (facts->stops != 0)
		hit |= stop_hits(facts);
	if (facts->connectable)
		hit |= statement_hits(facts);
	if (facts->supply != TG_SUPPLY_CONSUMER || facts->unit != TG_UNIT_NEW)
		hit |= supply_hits(facts);
	if (facts->bundle)
		hit |= HIT(28) | HIT(28N) | HIT(28A);
	return hit;
}

/* A row that is switched off stays on record, with the first row that did it. System rows never go off. */
static void switch_off(tg_verdict *out, const struct tg__rule *rules)
{
	for (uint64_t left = out->hit; left != 0;) {
		size_t by = take_bit(&left);

		for (uint64_t on = rules[by].switches_off != 0 ? out->hit & ~out->off : 0; on != 0;) {
			size_t n = take_bit(&on);

			if ((rules[n].groups & rules[by].switches_off) == 0 ||
				rules[n].row.kind == TG_ROW_SYSTEM)
				continue;
			out->off |= UINT64_C(1) << n;
			out->off_by[n] = (uint8_t)by;
		}
	}
}

/* What the rows that are on make milder, and whether someone may then release what they left on hold. */
struct softening {
	unsigned groups;
	bool releasable;
	uint64_t rows; /* that soften */
};

static struct softening find_softening(const struct tg__rule *rules, uint64_t on)
{
	struct softening s = { 0, true, 0 };

	while (on != 0) {
		size_t n = take_bit(&on);
		const struct tg__rule *rule = &rules[n];

		s.groups |= rule->softens;
		s.rows |= rule->softens != 0 ? UINT64_C(1) << n : 0;
		if (rule->softens != 0 && rule->row.override != TG_OVERRIDE_YES)
			s.releasable = false;
	}
	return s;
}

tg_outcome tg__rules_cell(const struct tg__rule *rule, const struct tg__facts *facts)
{
	const uint8_t *cells =
		rule->harsher != NULL && rule->harsher(facts) ? rule->harsh : rule->row.outcome;
	uint8_t outcome = cells[facts->operation];

	return outcome > TG_BLOCK ? TG_BLOCK : (tg_outcome)outcome; /* a cell that nobody meant is no permission */
}

/*
 * Of a bundle, each component was softened by itself: one that is still blocked is so by a row that nothing softens.
 */
static bool is_softened(
	const struct tg__rule *rule, const struct tg__facts *facts, tg_outcome cell, const struct softening *s)
{
	if (rule->row.override == TG_OVERRIDE_AS_COMPONENT && facts->components_worst == TG_BLOCK)
		return false;
	return cell == TG_BLOCK && (rule->groups & s->groups) != 0 && rule->row.kind != TG_ROW_SYSTEM;
}

static tg_outcome outcome_of(
	const struct tg__rule *rule, const struct tg__facts *facts, const struct softening *s)
{
	tg_outcome cell = tg__rules_cell(rule, facts);

	return is_softened(rule, facts, cell, s) ? TG_HOLD : cell;
}

static bool may_override(
	const struct tg__rule *rule, const struct tg__facts *facts, const struct softening *s)
{
	if (rule->row.override == TG_OVERRIDE_AS_COMPONENT)
		return facts->components_overridable;
	if (is_softened(rule, facts, tg__rules_cell(rule, facts), s))
		return s->releasable;
	return rule->row.override == TG_OVERRIDE_YES;
}

/*
 * The most severe row still on decides; among equals the kind that comes first in tg_row_kind, then the first of the
 * table. A route is a tag: it says how the unit is judged, so it answers nothing alone and yields to any equal.
 */
static bool decides(
	const struct tg__rule *a, tg_outcome outcome, const struct tg__rule *than, tg_outcome worst)
{
	bool tag = a->row.kind == TG_ROW_ROUTE, other_tag = than->row.kind == TG_ROW_ROUTE;

	if (outcome != worst)
		return outcome > worst;
	if (tag != other_tag)
		return other_tag;
	return a->row.kind < than->row.kind;
}

/* The deciding row, or NULL if none is on; its outcome in `*worst`. */
static const struct tg__rule *find_worst(tg_verdict *out, tg_outcome *worst, const struct tg__rule *rules,
	const struct tg__facts *facts, const struct softening *softened)
{
	const struct tg__rule *winner = NULL;

	*worst = TG_ALLOW;
	for (uint64_t on = out->hit & ~out->off; on != 0;) {
		size_t n = take_bit(&on);
		tg_outcome outcome = outcome_of(&rules[n], facts, softened);

		if (winner == NULL || decides(&rules[n], outcome, winner, *worst)) {
			winner = &rules[n];
			*worst = outcome;
			out->decided_by = (uint8_t)n;
		}
	}
	return winner;
}

/*
 * What an authority must be named for: the rows that withhold. A row that another has softened is lifted with that one, and a bundle
 * with its components.
 */
static uint64_t find_to_lift(
	const tg_verdict *v, const struct tg__rule *rules, const struct tg__facts *facts, const struct softening *softened)
{
	uint64_t rows = 0;

	for (uint64_t on = v->hit & ~v->off; on != 0;) {
		size_t n = take_bit(&on);

		if (outcome_of(&rules[n], facts, softened) < TG_HOLD)
			continue;
		if (rules[n].row.override == TG_OVERRIDE_AS_COMPONENT)
			rows |= facts->components_to_lift;
		else if (is_softened(&rules[n], facts, tg__rules_cell(&rules[n], facts), softened))
			rows |= softened->rows;
		else
			rows |= UINT64_C(1) << n;
	}
	return rows;
}

/* Those at the winning severity must allow it, and all that withhold: lifting one never frees what another holds. */
static bool all_may_be_overridden(
	const tg_verdict *v, const struct tg__rule *rules, const struct tg__facts *facts, const struct softening *softened)
{
	for (uint64_t on = v->hit & ~v->off; on != 0;) {
		size_t n = take_bit(&on);
		tg_outcome outcome = outcome_of(&rules[n], facts, softened);

		if ((outcome == v->outcome || outcome >= TG_HOLD) && !may_override(&rules[n], facts, softened))
			return false;
	}
	return true;
}

void tg__rules_run(tg_verdict *out, const struct tg__rule *rules, size_t count, const struct tg__facts *facts)
{
	const struct tg__rule *winner;
	tg_outcome worst;
	struct softening softened;

	out->hit = rules == tg__rules ? find_own_hits(facts) : find_hits(rules, count, facts);
	switch_off(out, rules);
	softened = find_softening(rules, out->hit & ~out->off);
	winner = find_worst(out, &worst, rules, facts, &softened);
	if (winner == NULL || (winner->row.kind == TG_ROW_ROUTE && worst == TG_ALLOW)) {
		/* Silence is no permission: no row says that the unit may go. */
		out->outcome = TG_BLOCK;
		out->could_not_check = true;
		return;
	}
	out->outcome = worst;
	out->overridable = worst > TG_ALLOW && all_may_be_overridden(out, rules, facts, &softened);
	out->to_lift = worst >= TG_HOLD ? find_to_lift(out, rules, facts, &softened) : 0;
}

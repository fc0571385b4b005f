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
	return f->out_of_scope || f->exception_holds;
}

/* Of row 7 this version knows one ground: a statement withdrawn beside a label that still stands. */
static bool withdrawn_beside_label(const struct tg__facts *f)
{
	return f->connectable && f->label_current && f->soc_withdrawn && !f->soc_good;
}

static bool unknown_product(const struct tg__facts *f)
{
	return f->trusted && (!f->found || f->scope_open);
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
#define S22 TG__RESTS_ON_S22
#define S23 TG__RESTS_ON_S23
#define SOFT (TG__RESTS_ON_S22 | TG__SOFTENS)
#define ROW(n, id, kind, override, of, sa, di, in, re, st, hits, groups, off, policy, code, basis, what)     \
	[TG__ROW_##n] = { { id, TG_ROW_##kind, override, { of, sa, di, in, re, st }, what, basis, code,      \
				  tg__row_words[TG__ROW_##n].out, tg__row_words[TG__ROW_##n].reason },       \
		hits, groups, off, 0, policy }
#define AS_IS                                                                                                \
	NULL,                                                                                                \
	{                                                                                                    \
		0                                                                                            \
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
ROW(7,   "7",   STOP,    YES,  H, H, H, H, H, H, withdrawn_beside_label, S23,  0,   AS_IS,
	"failure-suspected", "PSTI Act 2022 s. 25(1)",
	"a failure may exist: the statement was withdrawn beside a current label"),
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
ROW(30,  "30",  GRADE,   YES,  N, N, N, A, A, N, stale,                  S22,  0,   AS_IS,
	"data-stale", "policy; PSTI Act 2022 s. 32(2)",
	"catalogue stale: age above the soft limit"),
ROW(31,  "31",  SYSTEM,  NO,   B, B, B, H, H, H, dead,                   0,    0,   AS_IS,
	"data-dead", "policy",
	"catalogue above the hard limit, clock fault, or integrity check fails"),
ROW(32,  "32",  SYSTEM,  NO,   B, B, B, H, H, A, no_record,              0,    0,   AS_IS,
	"no-record", "policy",
	"no durable record can be written"),
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

/* The same over our own table, written out: the compiler then sees each predicate and makes no call. */
static uint64_t find_own_hits(const struct tg__facts *facts)
{
#define HIT(n) ((uint64_t)tg__rules[n].hits(facts) << (n))
#define HIT_4(n) (HIT(n) | HIT((n) + 1) | HIT((n) + 2) | HIT((n) + 3))
	_Static_assert(TG__ROW_COUNT == 23, "a row was added: add its HIT below");
	return HIT_4(0) | HIT_4(4) | HIT_4(8) | HIT_4(12) | HIT_4(16) | HIT(20) | HIT(21) | HIT(22);
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

static unsigned softened_groups(const struct tg__rule *rules, uint64_t on)
{
	unsigned groups = 0;

	while (on != 0)
		groups |= rules[take_bit(&on)].softens;
	return groups;
}

static tg_outcome outcome_of(const struct tg__rule *rule, const struct tg__facts *facts, unsigned softened)
{
	const uint8_t *cells =
		rule->harsher != NULL && rule->harsher(facts) ? rule->harsh : rule->row.outcome;
	uint8_t outcome = cells[facts->operation];

	if (outcome > TG_BLOCK)
		return TG_BLOCK; /* a cell that nobody meant is no permission */
	if (outcome == TG_BLOCK && (rule->groups & softened) != 0 && rule->row.kind != TG_ROW_SYSTEM)
		return TG_HOLD;
	return (tg_outcome)outcome;
}

static bool may_override(const struct tg__rule *rule, const struct tg__facts *facts)
{
	return rule->row.override == TG_OVERRIDE_YES ||
	       (rule->row.override == TG_OVERRIDE_AS_COMPONENT && facts->components_overridable);
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
	const struct tg__facts *facts, unsigned softened)
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

/* Those at the winning severity must allow it, and all that withhold: lifting one never frees what another holds. */
static bool all_may_be_overridden(
	const tg_verdict *v, const struct tg__rule *rules, const struct tg__facts *facts, unsigned softened)
{
	for (uint64_t on = v->hit & ~v->off; on != 0;) {
		size_t n = take_bit(&on);
		tg_outcome outcome = outcome_of(&rules[n], facts, softened);

		if ((outcome == v->outcome || outcome >= TG_HOLD) && !may_override(&rules[n], facts))
			return false;
	}
	return true;
}

void tg__rules_run(tg_verdict *out, const struct tg__rule *rules, size_t count, const struct tg__facts *facts)
{
	const struct tg__rule *winner;
	tg_outcome worst;
	unsigned softened;

	out->hit = rules == tg__rules ? find_own_hits(facts) : find_hits(rules, count, facts);
	switch_off(out, rules);
	softened = softened_groups(rules, out->hit & ~out->off);
	winner = find_worst(out, &worst, rules, facts, softened);
	if (winner == NULL || (winner->row.kind == TG_ROW_ROUTE && worst == TG_ALLOW)) {
		/* Silence is no permission: no row says that the unit may go. */
		out->outcome = TG_BLOCK;
		out->could_not_check = true;
		return;
	}
	out->outcome = worst;
	out->overridable = worst > TG_ALLOW && all_may_be_overridden(out, rules, facts, softened);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict.c - one case from identity to verdict, and what the policy then lets go.
 *
 * Pure but for reads of the mapped catalogue: no clock, no allocation.
 * Knows how an error ends (could not check, never an allowance); knows nothing of single rows (rules.c).
 */
#include "plugin/gate/rules.h"

/* What judging a bundle needs at hand. */
struct bundle {
	struct tg__facts *facts;
	const tg_catalogue *cat;
	const tg_policy *policy;
	const tg_occasion *occasion;
	tg_answer answer; /* of all components together */
	uint32_t directed; /* TG__STOP_NOTICE, TG__STOP_RECALL: what is directed of the bundle is of what is in it */
};

/* Of the answers of two components the one that asks for more. */
static tg_answer worse_answer(tg_answer a, tg_answer b)
{
	static const uint8_t rank[TG_ANSWER_COUNT] = { [TG_ANSWER_OUT] = 0,
		[TG_ANSWER_HELD] = 1,
		[TG_ANSWER_MISSING] = 2,
		[TG_ANSWER_UNASSESSED] = 3,
		[TG_ANSWER_NONE] = 4 };

	return rank[a] >= rank[b] ? a : b;
}

static void start(tg_verdict *out)
{
	memset(out, 0, sizeof(*out));
	out->outcome = TG_BLOCK;
	out->soc = out->conformance = out->stop = -1;
}

/* Only the system rows can hit: of the product nothing is known that may be relied on. */
static void could_not_check(tg_verdict *out, const tg_occasion *occasion)
{
	struct tg__facts facts = { .log_broken = occasion->log_broken, .soc = -1, .conformance = -1 };

	start(out);
	if ((unsigned)occasion->operation < TG_OP_COUNT)
		facts.operation = occasion->operation;
	tg__rules_run(out, tg__rules, TG__ROW_COUNT, &facts);
	out->outcome = TG_BLOCK;
	out->could_not_check = true;
	out->overridable = false;
	out->to_lift = 0;
	out->decided_by = TG__ROW_31;
}

/* The notice, failure or publication that a row is about, or -1. */
static int32_t stop_of(uint8_t row, const struct tg__facts *facts)
{
	static const struct {
		uint8_t row;
		uint32_t bits;
	} rows[] = {
		{ TG__ROW_1, TG__STOP_NOTICE },
		{ TG__ROW_1D, TG__STOP_NOTICE },
		{ TG__ROW_2, TG__STOP_RECALL },
		{ TG__ROW_2D, TG__STOP_RECALL },
		{ TG__ROW_3, TG__STOP_APPEALED_UNSIGNED | TG__STOP_APPEALED },
		{ TG__ROW_4, TG__STOP_INTENT_OPEN | TG__STOP_INTENT },
		{ TG__ROW_5, TG__STOP_COMPLIANCE_SUPPLY | TG__STOP_COMPLIANCE },
		{ TG__ROW_6, TG__STOP_FAILURE },
		{ TG__ROW_7, TG__STOP_SUSPICION },
		{ TG__ROW_8, TG__STOP_PUBLISHED },
		{ TG__ROW_8B, TG__STOP_PUBLISHED_BRAND },
		{ TG__ROW_27, TG__STOP_SHORTENED },
	};

	for (size_t i = 0; facts->stops != 0 && i < TG_COUNT(rows); i++) {
		uint32_t set = rows[i].row == row ? facts->stops & rows[i].bits : 0;

		/* The harsher bit of a pair is the higher one. */
		if (set != 0)
			return facts->stop_at[31 - __builtin_clz(set)];
	}
	return -1;
}

static void judge(tg_verdict *out, const struct tg__facts *facts)
{
	tg__rules_run(out, tg__rules, TG__ROW_COUNT, facts);
	out->answer = tg__facts_answer(facts);
	out->found = facts->found;
	out->product = facts->product;
	out->on_site_batches = facts->on_site_batches && !facts->label_current;
	/* The paper that the answer rests on, or the one that failed; beside a good label a bad statement is neither. */
	if (facts->soc_good || !facts->label_current || (out->hit >> TG__ROW_7W & 1) != 0)
		out->soc = facts->soc;
	if (facts->label_current || !facts->soc_good)
		out->conformance = facts->conformance;
	out->stop = stop_of(out->decided_by, facts);
	out->component = facts->components_worst > TG_ALLOW ? facts->component : 0;
}

/* ---- bundles ---- */

tg_outcome tg__verdict_components(const tg_verdict *verdict)
{
	if ((verdict->hit >> TG__ROW_28 & 1) != 0)
		return TG_BLOCK;
	return (verdict->hit >> TG__ROW_28N & 1) != 0 ? TG_NOTICE : TG_ALLOW;
}

/* A component as if it were scanned by itself: what the bundle's label says of batch or serial is not about it. */
static int judge_component(tg_verdict *out, tg_answer *answer, struct bundle *b, uint32_t n, tg_error *err)
{
	tg_identity identity = { .kind = TG_LABEL_PRODUCT, .expiry = TG_DAY_NONE };
	tg_occasion occasion = *b->occasion;
	struct tg__facts facts;
	int rc = tg_catalogue_component(&identity.gtin, b->cat, &b->facts->product, n, err);

	start(out);
	occasion.site_batches = NULL; /* what came in by itself says nothing of what came in inside a bundle */
	if (rc == TG_OK)
		rc = tg__facts_gather(&facts, b->cat, b->policy, &identity, &occasion, err);
	if (rc == TG_OK && facts.bundle)
		rc = tg_fail(err, TG_EFORMAT, "catalogue: a bundle holds a bundle");
	if (rc != TG_OK)
		return rc;
	facts.stops |= b->directed;
	tg__rules_run(out, tg__rules, TG__ROW_COUNT, &facts);
	if (out->could_not_check)
		return tg_fail(err, TG_ESTATE, "no row of the table judges a component");
	*answer = tg__facts_answer(&facts);
	b->facts->component =
		out->outcome > b->facts->components_worst || n == 0 ? identity.gtin : b->facts->component;
	return TG_OK;
}

/*
 * Each component is judged; the worst of them is what row 28 speaks of. All that are withheld must be overridable; if none is,
 * all of which there is something to say.
 */
static int judge_components(struct bundle *b, tg_error *err)
{
	bool withheld_fixed = false, noticed_fixed = false;
	int rc = TG_OK;

	if (b->occasion->operation == TG_OP_DISPATCH && b->occasion->supply == TG_SUPPLY_AS_DIRECTED)
		b->directed = b->facts->stops & (TG__STOP_NOTICE | TG__STOP_RECALL);
	b->answer = TG_ANSWER_OUT;
	for (uint32_t n = 0; rc == TG_OK && n < b->facts->product.component_count; n++) {
		tg_answer answer = TG_ANSWER_NONE;
		tg_verdict one;

		rc = judge_component(&one, &answer, b, n, err);
		if (rc != TG_OK)
			break;
		if (one.outcome > b->facts->components_worst)
			b->facts->components_worst = one.outcome;
		withheld_fixed = withheld_fixed || (one.outcome >= TG_HOLD && !one.overridable);
		noticed_fixed = noticed_fixed || (one.outcome == TG_NOTICE && !one.overridable);
		b->facts->components_to_lift |= one.to_lift;
		b->answer = worse_answer(b->answer, answer);
	}
	b->facts->components_overridable =
		b->facts->components_worst >= TG_HOLD ? !withheld_fixed : !noticed_fixed;
	b->facts->components_exempt = b->answer == TG_ANSWER_OUT;
	return rc;
}

void tg_gate_decide(tg_verdict *out, const tg_catalogue *cat, const tg_policy *policy,
	const tg_identity *identity, const tg_occasion *occasion, tg_error *err)
{
	struct tg__facts facts;
	struct bundle bundle = { &facts, cat, policy, occasion, TG_ANSWER_NONE, 0 };

	start(out);
	switch (identity->kind) {
	case TG_LABEL_UNREADABLE:
		return;
	case TG_LABEL_AMBIGUOUS:
		out->outcome = TG_HOLD;
		return;
	case TG_LABEL_NOT_PRODUCT:
		if (identity->passes)
			out->outcome = TG_ALLOW;
		return;
	case TG_LABEL_IN_STORE:
	case TG_LABEL_PRODUCT:
		break;
	case TG_LABEL_KIND_COUNT:
	default:
		(void)tg_fail(err, TG_EINVAL, "identity: kind %d is not known", (int)identity->kind);
		could_not_check(out, occasion);
		return;
	}
	if (cat == NULL || policy == NULL) {
		(void)tg_fail(err, TG_ESTATE, "no trusted %s", cat == NULL ? "catalogue" : "policy");
		could_not_check(out, occasion);
	} else if (tg__facts_gather(&facts, cat, policy, identity, occasion, err) != TG_OK ||
		   (facts.bundle && judge_components(&bundle, err) != TG_OK)) {
		could_not_check(out, occasion);
	} else {
		judge(out, &facts);
		if (facts.bundle)
			out->answer = bundle.answer;
		if (out->could_not_check)
			(void)tg_fail(err, TG_ESTATE, "no row of the table judges this case");
	}
}

/* ---- what may leave ---- */

/* Lines on which no question of a statement hangs: the only ones that may go unrecorded (policy's on_log_failure). */
static bool is_free_line(const tg_verdict *v, const tg_identity *identity)
{
	return v->answer == TG_ANSWER_OUT || identity->kind == TG_LABEL_NOT_PRODUCT;
}

static bool would_release(
	const tg_verdict *v, const tg_identity *identity, const tg_policy *policy, bool log_broken)
{
	switch (identity->kind) {
	case TG_LABEL_NOT_PRODUCT:
		if (!identity->passes)
			return false;
		break;
	case TG_LABEL_IN_STORE:
	case TG_LABEL_PRODUCT:
		break;
	case TG_LABEL_UNREADABLE:
	case TG_LABEL_AMBIGUOUS:
	case TG_LABEL_KIND_COUNT:
	default:
		return false;
	}
	if (v->could_not_check)
		return policy->on_check_failure == TG_ON_FAILURE_RELEASE && !log_broken;
	if (v->outcome != TG_ALLOW && v->outcome != TG_NOTICE)
		return false;
	return !log_broken || (policy->on_log_failure == TG_ON_FAILURE_RELEASE && is_free_line(v, identity));
}

/*
 * Until the policy's day a product without a record only watches. Row 9 alone may be what withholds it: with any other row beside it
 * the unit is withheld for that one.
 */
static bool only_watched(const tg_verdict *v, const tg_policy *policy, const tg_occasion *occasion)
{
	return policy->unknown_observed && occasion->today != TG_DAY_NONE && occasion->today <= policy->unknown_until &&
	       !occasion->log_broken && !v->could_not_check && !v->found && v->to_lift == UINT64_C(1) << TG__ROW_9;
}

void tg_gate_release(tg_release *out, const tg_verdict *verdict, const tg_identity *identity,
	const tg_policy *policy, const tg_occasion *occasion)
{
	*out = (tg_release){ .enforced = true };
	if (policy == NULL || (unsigned)occasion->operation >= TG_OP_COUNT)
		return;
	out->enforced = policy->mode[occasion->operation] != TG_MODE_OBSERVE && !only_watched(verdict, policy, occasion);
	out->would_release = would_release(verdict, identity, policy, occasion->log_broken);
	out->released = !out->enforced || out->would_release;
}

/* ---- overrides ---- */

/* The policy's bit of a row; 0 for a row that it cannot name. */
static unsigned liftable(size_t row)
{
	for (unsigned n = 0; n < TG_LIFTABLE_COUNT; n++) {
		if (strcmp(tg_liftable_rows[n], tg_rows_at(row)->id) == 0)
			return 1U << n;
	}
	return 0;
}

bool tg_gate_may_lift(const tg_authority *authority, const tg_verdict *verdict, tg_operation operation)
{
	if (verdict->could_not_check || !verdict->overridable || verdict->to_lift == 0 || (unsigned)operation >= TG_OP_COUNT ||
		(authority->operations >> operation & 1) == 0)
		return false;
	for (uint64_t rows = verdict->to_lift; rows != 0; rows &= rows - 1) {
		if ((authority->rows & liftable((size_t)__builtin_ctzll(rows))) == 0)
			return false;
	}
	return true;
}

int tg_gate_unliftable(const tg_verdict *verdict)
{
	for (uint64_t rows = verdict->to_lift; rows != 0; rows &= rows - 1) {
		if (liftable((size_t)__builtin_ctzll(rows)) == 0)
			return __builtin_ctzll(rows);
	}
	return -1;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict.c - one case from identity to verdict, and what the policy then lets go.
 *
 * Pure but for reads of the mapped catalogue: no clock, no allocation.
 * Knows how an error ends (could not check, never an allowance); knows nothing of single rows (rules.c).
 */
#include "plugin/gate/rules.h"

static void start(tg_verdict *out)
{
	memset(out, 0, sizeof(*out));
	out->outcome = TG_BLOCK;
	out->soc = out->conformance = -1;
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
	out->decided_by = TG__ROW_31;
}

static void judge(tg_verdict *out, const struct tg__facts *facts)
{
	tg__rules_run(out, tg__rules, TG__ROW_COUNT, facts);
	out->answer = tg__facts_answer(facts);
	out->found = facts->found;
	out->product = facts->product;
	out->on_site_batches = facts->on_site_batches && !facts->label_current;
	/* The paper that the answer rests on, or the one that failed; beside a good label a bad statement is neither. */
	if (facts->soc_good || !facts->label_current || (out->hit >> TG__ROW_7 & 1) != 0)
		out->soc = facts->soc;
	if (facts->label_current || !facts->soc_good)
		out->conformance = facts->conformance;
}

void tg_gate_decide(tg_verdict *out, const tg_catalogue *cat, const tg_policy *policy,
	const tg_identity *identity, const tg_occasion *occasion, tg_error *err)
{
	struct tg__facts facts;

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
	} else if (tg__facts_gather(&facts, cat, policy, identity, occasion, err) != TG_OK) {
		could_not_check(out, occasion);
	} else {
		judge(out, &facts);
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

void tg_gate_release(tg_release *out, const tg_verdict *verdict, const tg_identity *identity,
	const tg_policy *policy, const tg_occasion *occasion)
{
	*out = (tg_release){ .enforced = true };
	if (policy == NULL || (unsigned)occasion->operation >= TG_OP_COUNT)
		return;
	out->enforced = policy->mode[occasion->operation] != TG_MODE_OBSERVE;
	out->would_release = would_release(verdict, identity, policy, occasion->log_broken);
	out->released = !out->enforced || out->would_release;
}

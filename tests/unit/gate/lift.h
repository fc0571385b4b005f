/* SPDX-License-Identifier: Apache-2.0
 *
 * lift.h - what must hold of every verdict: an authority lifts it if and only if it is named for all that withholds the unit.
 */
#ifndef TESTS_GATE_LIFT_H
#define TESTS_GATE_LIFT_H

#include "plugin/gate/verdict.h"

static bool lifts(const tg_verdict *v, tg_operation op, unsigned rows, unsigned operations)
{
	tg_authority authority = { .name = "manager", .rows = (uint16_t)rows, .operations = (uint8_t)operations };

	return tg_gate_may_lift(&authority, v, op);
}

static void expect_lift(const tg_verdict *v, tg_operation op, const char *what)
{
	const unsigned all = (1U << TG_LIFTABLE_COUNT) - 1, everywhere = (1U << TG_OP_COUNT) - 1;
	bool may = v->outcome >= TG_HOLD && v->overridable && !v->could_not_check;

	if (lifts(v, op, all, everywhere) != may)
		fail_msg("%s, %s: who may lift all that may be lifted %s", what, tg_operation_words[op],
			may ? "cannot lift it" : "lifts what may not be");
	if ((v->outcome >= TG_HOLD && v->hit != 0 && !v->could_not_check) != (v->to_lift != 0))
		fail_msg("%s, %s: withheld, and nothing to lift, or the other way round", what, tg_operation_words[op]);
	if (v->outcome >= TG_HOLD && v->to_lift != 0 && may != (tg_gate_unliftable(v) < 0))
		fail_msg("%s, %s: what cannot be lifted is not named", what, tg_operation_words[op]);
	if (lifts(v, op, all, everywhere & ~(1U << op)))
		fail_msg("%s, %s: lifted by who is named for other operations", what, tg_operation_words[op]);
	for (unsigned n = 0; may && n < TG_LIFTABLE_COUNT; n++) {
		bool asked = false;

		for (size_t row = 0; row < tg_rows_count(); row++)
			asked = asked || ((v->to_lift >> row & 1) != 0 && strcmp(tg_rows_at(row)->id, tg_liftable_rows[n]) == 0);
		if (lifts(v, op, all & ~(1U << n), everywhere) == asked)
			fail_msg("%s, %s: row %s %s", what, tg_operation_words[op], tg_liftable_rows[n],
				asked ? "was lifted by who is not named for it" : "was asked for and does not withhold");
	}
}

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_policy.c - any text as a policy: refused, or a policy that keeps what its manual promises.
 */
#include "store/catalogue/policy.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool keeps_its_promises(const tg_policy *p)
{
	for (int op = 0; op < TG_OP_COUNT; op++) {
		const tg_stage_limits *s = &p->stages[op];

		if (p->mode[op] > TG_MODE_ENFORCE || s->ageing_s < 1 || s->stale_s <= s->ageing_s ||
			s->dead_s <= s->stale_s || p->clock_ahead_max_s < s->dead_s)
			return false;
	}
	for (size_t i = 0; i < p->pass_count; i++) {
		const tg_pass_rule *rule = &p->pass[i];

		if (rule->kind[0] == '\0' || rule->min_len < 1 || rule->min_len > rule->max_len)
			return false;
		if (rule->prefix[0] == '\0' && rule->aim[0] == '\0' && rule->max_len > 4096)
			return false;
	}
	for (size_t i = 0; i < p->authority_count; i++) {
		if (p->authorities[i].rows == 0 || p->authorities[i].rows >> TG_LIFTABLE_COUNT != 0 ||
			p->authorities[i].operations == 0 || p->authorities[i].operations >> TG_OP_COUNT != 0 ||
			p->authorities[i].name[0] == '\0')
			return false;
	}
	if ((p->authority_count > 0) != (p->override_within_s > 0) || (p->authority_count > 0) != (p->reason_count > 0) ||
		p->authority_count > TG_AUTHORITIES_MAX || p->reason_count > TG_REASONS_MAX ||
		p->unknown_observed != (p->unknown_until != TG_DAY_NONE) || p->case_release[0] == '\0' ||
		p->staff.pin_digits_min < TG_PIN_DIGITS_MIN || p->staff.tries < 3 || p->staff.lock_s < 10)
		return false;
	return p->version >= 1 && p->pass_count <= TG_PASS_MAX && p->retention_years >= 10 &&
	       p->on_check_failure <= TG_ON_FAILURE_RELEASE && p->on_log_failure <= TG_ON_FAILURE_RELEASE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tg_policy policy;
	tg_error err = { 0 };

	if (tg_policy_parse(&policy, tg_view_of(data, size), &err) == TG_OK && !keeps_its_promises(&policy))
		abort();
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * example_policy.h - the policy that init writes: observes only, so that nobody is blocked before the records
 * are complete.
 */
#ifndef TG_HQ_EXAMPLE_POLICY_H
#define TG_HQ_EXAMPLE_POLICY_H

/** Text of a valid policy, version 1; see tillgate-policy(5). */
extern const char tg_example_policy[];

#endif

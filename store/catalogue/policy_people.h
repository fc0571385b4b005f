/* SPDX-License-Identifier: Apache-2.0
 *
 * policy_people.h - the half of a policy that is about people: who may override what, who settles cases, how PINs are guarded.
 * For policy.c.
 */
#ifndef TG_CATALOGUE_POLICY_PEOPLE_H
#define TG_CATALOGUE_POLICY_PEOPLE_H

#include "store/catalogue/policy.h"

/** The members that came with format 2, NULL at the end. */
extern const char *const tg_policy__people_members[];

/** Read them; what is absent gets the most cautious value. Errors: TG_EFORMAT. */
TG_NODISCARD int tg_policy__read_people(tg_policy *out, const tg_json *policy, tg_error *err);

#endif

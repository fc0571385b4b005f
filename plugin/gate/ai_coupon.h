/* SPDX-License-Identifier: Apache-2.0
 *
 * ai_coupon.h - the inside of the two North American coupon codes, (8110) and (8112).
 */
#ifndef TG_GATE_AI_COUPON_H
#define TG_GATE_AI_COUPON_H

#include "store/base/bytes.h"

/** (8110). Source: GS1 US, North American Coupon Application Guideline Using GS1 DataBar Expanded. */
bool tg__is_coupon(tg_view text);

/** (8112). Source: GS1 AI (8112) Coupon Data Specification. */
bool tg__is_offer(tg_view text);

#endif

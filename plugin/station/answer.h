/* SPDX-License-Identifier: Apache-2.0
 *
 * answer.h - checks in and out of JSON: the request as a till sends it, the answer as it gets it, the entry as it is kept.
 *
 * Pure. One form for the local API, for `tillgate check --json` and for batches, so that they cannot differ.
 */
#ifndef TG_STATION_ANSWER_H
#define TG_STATION_ANSWER_H

#include "plugin/station/check.h"
#include "store/base/json.h"

/**
 * {"label": text | "label_hex": hex, "operation": word, optionally "aim", "destination", "batch", "device", "supplier", "delivery", …}; other members are refused.
 * TG_EFORMAT with words that name the member.
 */
TG_NODISCARD int tg_check_request_from_json(tg_check_request *out, const tg_json *json, tg_error *err);

/** The answer's object; the caller's. NULL when memory is out. */
tg_json *tg_check_answer_to_json(const tg_check_answer *answer);

/** What was decided, as entries and answers say it: rows, outcome, what may go, and on what. For entries of other kinds too. */
void tg_check_decision_to_json(tg_json *json, const tg_check_answer *answer);
/**
 * What replay cannot know of a decision: the date that was gone by, which need not be that of at_us, and what else was asked of the log.
 * Of every entry that holds a decision.
 */
void tg_check_circumstances_to_json(tg_json *entry, const tg_check_answer *answer);

/**
 * Read the request of a check back from its entry, to decide it anew. TG_ENOTFOUND: it was about no product, of which nothing is kept;
 * TG_EFORMAT.
 */
TG_NODISCARD int tg_check_request_from_entry(tg_check_request *out, const tg_json *entry, tg_error *err);

/**
 * The body of the entry of a check (tillgate-evidence(5)). Holds the label's own text only when it identifies a product; of a label
 * that is none (a card, a coupon) only its kind, and of an in-store number nobody answers for only its prefix.
 */
tg_json *tg_check_entry(const tg_check_answer *answer, const tg_check_request *request);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * example_policy.c - see example_policy.h. Periods: a sync a day is usual; after two days somebody should
 * look, after a week the catalogue is stale, after a month it is dead. Goods-in may be stricter, it has time.
 */
#include "sync/hq/example_policy.h"

#define TILL "\"mode\": \"observe\", \"ageing_s\": 172800, \"stale_s\": 604800, \"dead_s\": 2592000"
#define DOCK "\"mode\": \"observe\", \"ageing_s\": 172800, \"stale_s\": 345600, \"dead_s\": 1209600"

const char tg_example_policy[] =
	"{\n"
	"  \"format\": 2,\n"
	"  \"version\": 1,\n"
	"  \"operations\": {\n"
	"    \"offer\": { " TILL " },\n"
	"    \"sale\": { " TILL " },\n"
	"    \"dispatch\": { " TILL " },\n"
	"    \"goods-in\": { " DOCK " },\n"
	"    \"return\": { " TILL " },\n"
	"    \"stock-check\": { " TILL " }\n"
	"  },\n"
	"  \"clock_ahead_max_s\": 31536000,\n"
	"  \"on_check_failure\": \"withhold\",\n"
	"  \"on_log_failure\": \"withhold\",\n"
	"  \"dsp_ended\": \"notice\",\n"
	"  \"batch_unknown\": \"hold\",\n"
	"  \"dsp_notice_days\": 90,\n"
	"  \"link_test_max_age_days\": 180,\n"
	"  \"label_check_max_age_days\": 30,\n"
	"  \"scope_review_grace_days\": 14,\n"
	"  \"retention_years\": 10,\n"
	"  \"pass_kinds\": [\"coupon\", \"periodical\", \"book\", \"receipt\", \"logistic-unit\"],\n"
	"  \"override\": {\n"
	"    \"within_s\": 900,\n"
	"    \"authorities\": [\n"
	"      { \"name\": \"duty-manager\", \"rows\": [\"7w\", \"8b\", \"41\"], \"operations\": [\"sale\", \"dispatch\"] }\n"
	"    ],\n"
	"    \"reasons\": [\n"
	"      { \"code\": \"head-office-agreed\", \"words\": \"Head office has looked at it and agreed.\" },\n"
	"      { \"code\": \"not-the-one-meant\", \"words\": \"The pack shows that this is not the product or batch meant.\" },\n"
	"      { \"code\": \"returns-to-supplier\", \"words\": \"It goes back to the supplier, by agreement.\" }\n"
	"    ]\n"
	"  }\n"
	"}\n";

/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_sales.h - the options for a CSV of sales, which coverage and catalogue diff share.
 */
#ifndef TG_HQ_CMD_SALES_H
#define TG_HQ_CMD_SALES_H

#include "sync/hq/cli.h"
#include "sync/hq/sales.h"

#define TG_SALES_CLI_OPTIONS                                                                                 \
	{ "map", required_argument, NULL, 'm' }, { "separator", required_argument, NULL, 's' },              \
		{ "today", required_argument, NULL, 't' }, { "top", required_argument, NULL, 'n' }

typedef struct tg_sales_cli {
	tg_sales_options sales;
	int32_t today;
	int64_t top;
} tg_sales_cli;

void tg_sales_cli_init(tg_sales_cli *options, int64_t top);
/** TG_ENOTFOUND: none of these options; TG_EINVAL. */
TG_NODISCARD int tg_sales_cli_take(tg_sales_cli *options, int c, tg_error *err);
/** Read, with progress on a terminal unless `json`; bad lines are told of on standard error. */
TG_NODISCARD int tg_sales_cli_read(
	tg_sales *out, const char *path, tg_sales_cli *options, bool json, tg_error *err);

#endif

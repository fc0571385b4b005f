/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_supplier.h - what `tillgate-hq import` hands on when it was called with --from-supplier, and what people are asked.
 */
#ifndef TG_HQ_CMD_SUPPLIER_H
#define TG_HQ_CMD_SUPPLIER_H

#include "sync/hq/cli.h"

/** tillgate-hq import --from-supplier. The exit code. */
int tg_cli_import_supplier(const tg_cli *cli, const char *id_or_url, bool add_products);

/** Ask for "yes" at the terminal, unless `yes` was given on the command line. TG_ESTATE: no, or no terminal. */
TG_NODISCARD int tg_cli_confirm(const char *question, bool yes, tg_error *err);

/** The exit code of a refusal that is no mistake of the command line: bad signatures, versions, dates, forms. */
int tg_cli_refused(const tg_error *err);

/** A person's own passphrase: from `file`, else from the terminal, never from the environment. Wipe it. */
TG_NODISCARD int tg_cli_own_passphrase(tg_buf *out, const char *file, bool confirm, tg_error *err);

#endif

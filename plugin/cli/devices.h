/* SPDX-License-Identifier: Apache-2.0
 *
 * devices.h - inside plugin/cli only: the parts of `tillgate devices`.
 */
#ifndef TG_CLI_DEVICES_H
#define TG_CLI_DEVICES_H

#include "plugin/cli/cli.h"
#include "plugin/daemon/config.h"
#include "store/base/json.h"

/** What was asked for. Texts are borrowed from argv; NULL not given. */
typedef struct tg_devices_options {
	bool learn, give_back, any_label;
	const char *release, *who, *why;
	const char *device, *line; /**< of learn */
	int timeout_s;
} tg_devices_options;

#define TG_LEARN_TIMEOUT_S 60      /* somebody walks to the counter and scans */
#define TG_LEARN_TIMEOUT_MAX_S 600

/** The object of tg_inventory_make() for people. Returns the exit code: 0 each lane has its scanner, 1 not so, or there is no lane. */
int tg_devices_print(const tg_json *json);
/** The exit code alone. */
int tg_devices_exit(const tg_json *json);

/** Each gives an exit code. */
int tg_devices_learn(tg_cli *cli, const tg_config *config, const tg_devices_options *options);
int tg_devices_release(tg_cli *cli, tg_config *config, const tg_devices_options *options);
int tg_devices_give_back(tg_cli *cli, tg_config *config);

#endif

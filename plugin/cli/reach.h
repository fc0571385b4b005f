/* SPDX-License-Identifier: Apache-2.0
 *
 * reach.h - how this station's commands get to head office: what tillgate.conf and the command line say, made a connection.
 */
#ifndef TG_CLI_REACH_H
#define TG_CLI_REACH_H

#include "plugin/daemon/config.h"
#include "plugin/station/paths.h"
#include "sync/fetch/fetch.h"

/**
 * Credential and certificate go to the repository that enrolment named, and nowhere else. `ca_file` is of the command line and
 * stands before the configured one; NULL: not given. Errors: of tg_fetch_open().
 */
TG_NODISCARD int tg_reach_open(
	tg_fetch **out, const tg_sync_config *config, const tg_station_id *station, const char *ca_file, tg_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * reach.c - see reach.h.
 */
#include "plugin/cli/reach.h"

int tg_reach_open(
	tg_fetch **out, const tg_sync_config *config, const tg_station_id *station, const char *ca_file, tg_error *err)
{
	tg_fetch_options options = { .ca_file = ca_file != NULL ? ca_file : config->ca_file,
		.origin = station->metadata_url,
		.credential_file = config->credential_file,
		.token_file = config->token_file,
		.client_certificate_file = config->client_certificate,
		.client_key_file = config->client_key,
		.allow_plain_credential = config->allow_plain_credential,
		.proxy = config->proxy,
		.proxy_credential_file = config->proxy_credential_file,
		.connect_timeout_ms = config->connect_timeout_s * 1000,
		.total_timeout_s = config->download_timeout_s };

	return tg_fetch_open(out, &options, err);
}

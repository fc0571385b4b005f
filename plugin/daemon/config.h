/* SPDX-License-Identifier: Apache-2.0
 *
 * config.h - tillgate.conf: which scanners a station has, what they are used for, where released scans go, and how sync gets to
 * head office. The daemon and the command read the same file.
 *
 * Nothing here loosens a decision: what is enforced comes from the signed policy. Format: tillgate.conf(5).
 */
#ifndef TG_DAEMON_CONFIG_H
#define TG_DAEMON_CONFIG_H

#include "drivers/scanner.h"
#include "plugin/daemon/output.h"
#include "plugin/gate/label.h"
#include "plugin/gate/verdict.h"

#define TG_LANES_MAX 32              /* scanners on one station; a large goods-in has eight */
#define TG_CONFIG_MAX_BYTES (256 * 1024) /* a file with 32 lanes and comments is under 20 kB */

typedef struct tg_lane_config {
	tg_operation operation;
	tg_destination destination;
	tg_scanner_config scanner;
	tg_label_setup setup; /**< of the scanner, where it changes what labels look like */
	bool lock; /**< after a withheld scan the scanner reads no more until somebody has acknowledged, where it can */
	bool has_output;
	tg_output_config output;
	int output_timeout_ms;
} tg_lane_config;

/** How `tillgate sync` gets to head office. NULL = not given. Secrets are files, never values. */
typedef struct tg_sync_config {
	int64_t interval_s;
	const char *ca_file, *credential_file, *token_file, *client_certificate, *client_key;
	bool allow_plain_credential;
	const char *proxy; /**< "" = none, NULL = as the environment says */
	const char *proxy_credential_file;
	long connect_timeout_s, download_timeout_s; /**< 0 = default */
} tg_sync_config;

typedef struct tg_config {
	tg_lane_config lanes[TG_LANES_MAX];
	size_t lane_count;
	mode_t socket_mode;  /**< rights of the local API's socket */
	tg_sync_config sync;
	void *owned;         /**< the parsed file: strings above point into it */
} tg_config;

/**
 * Read the file; a missing one is a station without scanners (the API still answers).
 * Errors: TG_EFORMAT "tillgate.conf:12: …"; TG_EIO. Ownership: tg_config_fini, after all that borrowed from it.
 */
TG_NODISCARD int tg_config_read(tg_config *out, const char *path, tg_error *err);
void tg_config_fini(tg_config *config);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * output_backend.h - a kind of output, as output.c sees it.
 */
#ifndef TG_DAEMON_OUTPUT_BACKEND_H
#define TG_DAEMON_OUTPUT_BACKEND_H

#include "plugin/daemon/output.h"

#include "drivers/framing.h"

#define TG_OUTPUT_LABEL_MAX (3 + TG_SCAN_MAX) /* bytes: AIM identifier and label */

/** Meanings and errors as in output.h. `config` and its strings live as long as the state. */
typedef struct tg_output_backend {
	int (*open)(void **state, const tg_output_config *config, tg_error *err);
	/** `label`: 1 to TG_OUTPUT_LABEL_MAX bytes without control characters but GS; the suffix is the backend's. */
	int (*send)(void *state, tg_view label, int timeout_ms, tg_error *err);
	bool (*ready)(void *state);
	const char *(*device)(const void *state);
	void (*close)(void *state);
} tg_output_backend;

extern const tg_output_backend tg_output_serial, tg_output_keyboard;

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * ask.h - the local API, wherever it is: the daemon's socket if it answers, else the station itself under its lock.
 */
#ifndef TG_CLI_ASK_H
#define TG_CLI_ASK_H

#include "plugin/cli/cli.h"
#include "plugin/station/api.h"

typedef struct tg_ask tg_ask;

/**
 * Where nobody listens, root becomes the owner of the evidence (owner.h) and stays so: open other files before.
 * Errors: TG_EBUSY somebody else holds the evidence and does not answer (the words say who); those of tg_station_open.
 * Ownership: `*out` is the caller's: tg_ask_close.
 */
TG_NODISCARD int tg_ask_open(tg_ask **out, const tg_cli *cli, tg_error *err);
/** The same; where this command is the station, it has these devices. `devices` and `ctx` are borrowed until tg_ask_close. */
TG_NODISCARD int tg_ask_open_with(tg_ask **out, const tg_cli *cli, const tg_station_devices *devices, void *ctx, tg_error *err);
void tg_ask_close(tg_ask *ask); /* NULL is fine */

/**
 * One request. `*out` is the parsed answer of a 2xx, the caller's. An error answer becomes a tg_error with its words.
 * `body` NULL for GET. TG_ENETWORK: the daemon went away before it answered; whether the request was done is not known.
 */
TG_NODISCARD int tg_ask_json(tg_json **out, tg_ask *ask, const char *method, const char *path, const char *query, const tg_json *body,
	tg_error *err);

/** Print as canonical JSON and a newline. */
void tg_ask_print_json(const tg_json *json);

#endif

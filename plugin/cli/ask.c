/* SPDX-License-Identifier: Apache-2.0
 *
 * ask.c - the daemon or the station itself. See ask.h.
 */
#include "plugin/cli/ask.h"

#include "plugin/cli/owner.h"
#include "plugin/cli/remote.h"

#include <stdio.h>
#include <stdlib.h>

struct tg_ask {
	tg_remote *remote;   /* one of the two */
	tg_station *station;
	char who[64];
};

static int open_station(tg_ask *ask, const tg_cli *cli, const tg_station_devices *devices, void *ctx, tg_error *err)
{
	tg_station_options options = { .who = ask->who, .devices = devices, .ctx = ctx };
	int rc = tg_owner_become(cli->paths.evidence_dir, err);

	return rc == TG_OK ? tg_station_open(&ask->station, &cli->paths, &options, err) : rc;
}

int tg_ask_open(tg_ask **out, const tg_cli *cli, tg_error *err)
{
	return tg_ask_open_with(out, cli, NULL, NULL, err);
}

int tg_ask_open_with(tg_ask **out, const tg_cli *cli, const tg_station_devices *devices, void *ctx, tg_error *err)
{
	tg_ask *ask = calloc(1, sizeof(*ask));
	int rc;

	if (ask == NULL)
		return tg_fail(err, TG_ENOMEM, "no memory");
	snprintf(ask->who, sizeof(ask->who), "tillgate %s", cli->name);
	rc = tg_remote_open(&ask->remote, cli->paths.socket, err);
	if (rc == TG_ENOTFOUND) /* nobody listens: be the station for this one call */
		rc = open_station(ask, cli, devices, ctx, err);
	if (rc != TG_OK) {
		tg_ask_close(ask);
		return rc;
	}
	*out = ask;
	return TG_OK;
}

void tg_ask_close(tg_ask *ask)
{
	if (ask == NULL)
		return;
	tg_remote_close(ask->remote);
	tg_station_close(ask->station);
	free(ask);
}

static int call(tg_api_reply *reply, tg_ask *ask, const tg_api_request *request, tg_error *err)
{
	if (ask->remote != NULL)
		return tg_remote_call(reply, ask->remote, request, err);
	tg_api_handle(reply, ask->station, request);
	return TG_OK;
}

static int error_of(const tg_json *json, int status, tg_error *err)
{
	const char *words = tg_json_str(tg_json_get(json, "error")), *code = tg_json_str(tg_json_get(json, "code"));
	int number = TG_EIO;

	for (int known = TG_EINVAL; code != NULL && known >= TG_EDENIED; known--) {
		if (strcmp(code, tg_strerror(known)) == 0)
			number = known;
	}
	return words != NULL ? tg_fail(err, number, "%s", words) : tg_fail(err, number, "the daemon answered with status %d", status);
}

int tg_ask_json(tg_json **out, tg_ask *ask, const char *method, const char *path, const char *query, const tg_json *body, tg_error *err)
{
	tg_api_reply reply = { 0 };
	tg_json *json = NULL;
	tg_buf text;
	int rc = TG_OK;

	tg_buf_init_secret(&text, TG_API_BODY_MAX);
	if (body != NULL)
		rc = tg_json_write_jcs(&text, body, err);
	if (rc == TG_OK)
		rc = call(&reply, ask, &(tg_api_request){ .method = method, .path = path, .query = query, .body = tg_buf_view(&text), .owner = true }, err);
	if (rc == TG_OK)
		rc = tg_json_parse(&json, tg_buf_view(&reply.body), err);
	if (rc == TG_OK && reply.status / 100 != 2)
		rc = error_of(json, reply.status, err);
	if (rc == TG_OK)
		*out = json;
	else
		tg_json_free(json);
	tg_api_reply_fini(&reply);
	tg_buf_fini(&text);
	return rc;
}

void tg_ask_print_json(const tg_json *json)
{
	tg_buf text;

	tg_buf_init(&text, TG_API_REPLY_MAX);
	if (tg_json_write_jcs(&text, json, NULL) == TG_OK)
		puts(tg_buf_text(&text));
	tg_buf_fini(&text);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * devices_release.c - scanners that nobody has go back to the kernel's drivers: one by a recorded release, others after the daemon died.
 * See devices.h.
 */
#include "plugin/cli/ask.h"
#include "plugin/cli/devices.h"
#include "plugin/daemon/custody.h"

#include <stdio.h>
#include <string.h>

/* No daemon runs: this command is the station, and looks for the devices itself. */
static int find_kept(void *ctx, const char *name, char device[TG_STATION_DEVICE_SIZE], tg_error *err)
{
	return tg_custody_find(ctx, NULL, name, device, TG_STATION_DEVICE_SIZE, err);
}

static int give_back(void *ctx, const char *device, tg_error *err)
{
	(void)ctx;
	return tg_custody_give_back(device, err);
}

static int list(void *ctx, tg_json **out, tg_error *err)
{
	return tg_inventory_make(out, ctx, NULL, NULL, err);
}

static const tg_station_devices own = { .list = list, .kept = find_kept, .give_back = give_back };

int tg_devices_release(tg_cli *cli, tg_config *config, const tg_devices_options *options)
{
	tg_json *request = tg_json_new_object(), *answer = NULL;
	tg_error err = { 0 };
	tg_ask *ask = NULL;
	int rc;

	tg_json_set_str(request, "device", options->release);
	tg_json_set_str(request, "who", options->who);
	tg_json_set_str(request, "why", options->why);
	rc = tg_ask_open_with(&ask, cli, &own, config, &err);
	if (rc == TG_OK)
		rc = tg_ask_json(&answer, ask, "POST", "/v1/devices/release", "", request, &err);
	if (rc == TG_OK && cli->json)
		tg_ask_print_json(answer);
	else if (rc == TG_OK)
		printf("%s is with the desktop again: what it reads passes no gate until tillgated takes it. Written down as entry %lld.\n"
		       "If it still types nothing, udev tells the desktop to ignore it: take it out of the local rules, see tillgate-udev(7).\n",
			tg_json_str(tg_json_get(answer, "device")), (long long)tg_json_int(tg_json_get(answer, "seq")));
	tg_json_free(answer);
	tg_json_free(request);
	tg_ask_close(ask);
	return rc == TG_OK ? 0 : tg_cli_fail(cli, &err);
}

/* ---- after the daemon ---- */

static void said(void *ctx, const tg_device *device, const char *lane, bool kept, const tg_error *why)
{
	bool *failed = ctx;

	if (kept)
		fprintf(stderr, "tillgate devices: %s (lane %s) stays away from the desktop, as its operation is enforced; "
				"`tillgate devices --release %s` gives it back\n",
			device->name, lane, lane);
	else if (why->code == TG_OK)
		fprintf(stderr, "tillgate devices: %s (lane %s) was given back\n", device->name, lane);
	else
		fprintf(stderr, "tillgate devices: %s (lane %s): %s\n", device->name, lane, why->msg);
	*failed = *failed || (!kept && why->code != TG_OK);
}

/* An operation that status does not tell of counts as enforced. */
static void read_modes(bool enforced[TG_OP_COUNT], const tg_json *status)
{
	for (int op = 0; op < TG_OP_COUNT; op++) {
		const tg_json *one = tg_json_get(tg_json_get(status, "operations"), tg_operation_words[op]);
		const char *mode = tg_json_str(tg_json_get(one, "mode"));

		enforced[op] = mode == NULL || strcmp(mode, "observe") != 0;
	}
}

int tg_devices_give_back(tg_cli *cli, tg_config *config)
{
	tg_error err = { 0 }, listed = { 0 };
	bool enforced[TG_OP_COUNT], failed = false;
	tg_json *status = NULL;
	tg_ask *ask = NULL;
	int rc = tg_ask_open(&ask, cli, &err);

	if (rc == TG_OK)
		rc = tg_ask_json(&status, ask, "GET", "/v1/status", "", NULL, &err);
	if (rc != TG_OK) { /* what is never kept is given back all the same */
		fprintf(stderr, "tillgate devices: no policy to be had, so every wedge is kept: %s\n", err.msg);
	} else if (tg_json_get(status, "lanes") != NULL) {
		tg_fail(&listed, TG_ESTATE, "tillgated runs: what nobody has is about to be taken");
	}
	read_modes(enforced, status);
	if (listed.code == TG_OK)
		(void)!tg_custody_after_daemon(config, enforced, said, &failed, &listed);
	tg_json_free(status);
	tg_ask_close(ask);
	if (listed.code != TG_OK)
		return tg_cli_fail(cli, &listed);
	return failed || rc != TG_OK ? TG_EXIT_NOT_CHECKED : 0;
}

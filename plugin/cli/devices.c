/* SPDX-License-Identifier: Apache-2.0
 *
 * devices.c - `tillgate devices`: which scanners there are, and what keeps one from being used.
 */
#include "plugin/cli/devices.h"

#include "plugin/cli/ask.h"
#include "plugin/cli/remote.h"
#include "plugin/daemon/inventory.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void usage(FILE *to)
{
	fprintf(to, "usage: tillgate [--root DIR] [--json] devices\n"
		"       tillgate devices --learn [--device NAME] [--line \"115200 8N1\"] [--any-label] [--timeout SECONDS]\n"
		"       tillgate devices --release NAME --who NAME --why TEXT\n"
		"       tillgate devices --give-back\n"
		"Lists the scanners that tillgate.conf names and what is attached: what keeps one from being used, what to do about it, and what it\n"
		"cannot do. Opens no device.\n"
		"  --learn          scan one label: which device it is, and its lines for tillgate.conf. Writes to no device\n"
		"  --device NAME    learn from this one; a keyboard is only ever taken when it is named, or plugged in while we wait\n"
		"  --line LINE      learn: speed and form of a serial line, default \"9600 8N1\"\n"
		"  --any-label      learn: from any label, not only the number shown\n"
		"  --timeout N      learn: seconds, default 60\n"
		"  --release NAME   give a keyboard wedge back to the desktop that an enforced gate keeps from it; written down, with --who and --why\n"
		"  --give-back      after tillgated died: give back what needs no release (systemd does it)\n"
		"Exit: 0 each lane has its scanner, or done; 1 not so, or no lane is configured; learn: nothing was scanned; 2 usage; 3 it could not be\n"
		"done. See tillgate(1) and tillgate-scanners(7).\n");
}

static int read_options(tg_cli *cli, tg_devices_options *out, int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' },
		{ "learn", no_argument, NULL, 'l' }, { "device", required_argument, NULL, 'd' }, { "line", required_argument, NULL, 'L' },
		{ "any-label", no_argument, NULL, 'a' }, { "timeout", required_argument, NULL, 't' }, { "release", required_argument, NULL, 'r' },
		{ "who", required_argument, NULL, 'w' }, { "why", required_argument, NULL, 'y' }, { "give-back", no_argument, NULL, 'g' }, { 0 } };
	char *end;
	int c;

	*out = (tg_devices_options){ .timeout_s = TG_LEARN_TIMEOUT_S };
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'j': cli->json = true; break;
		case 'l': out->learn = true; break;
		case 'd': out->device = optarg; break;
		case 'L': out->line = optarg; break;
		case 'a': out->any_label = true; break;
		case 'r': out->release = optarg; break;
		case 'w': out->who = optarg; break;
		case 'y': out->why = optarg; break;
		case 'g': out->give_back = true; break;
		case 't':
			out->timeout_s = (int)strtol(optarg, &end, 10);
			if (*end != '\0' || out->timeout_s < 1 || out->timeout_s > TG_LEARN_TIMEOUT_MAX_S)
				return tg_cli_misused(cli, "--timeout: wanted 1 to %d seconds", TG_LEARN_TIMEOUT_MAX_S);
			break;
		case 'h':
			usage(stdout);
			return -1;
		default:
			return tg_cli_misused(cli, "unknown option");
		}
	}
	if (optind < argc)
		return tg_cli_misused(cli, "\"%s\" is not understood", argv[optind]);
	if (out->learn + (out->release != NULL) + out->give_back > 1)
		return tg_cli_misused(cli, "one of --learn, --release and --give-back at a time");
	if (!out->learn && (out->device != NULL || out->line != NULL || out->any_label))
		return tg_cli_misused(cli, "--device, --line and --any-label go with --learn");
	if (out->release != NULL && (out->who == NULL || out->why == NULL))
		return tg_cli_misused(cli, "--release is written down: say --who you are and --why");
	return 0;
}

/* What the daemon says of its lanes: NULL if none runs. `note`: it runs, but does not tell us. */
static tg_json *ask_daemon(const tg_cli *cli, tg_error *note)
{
	tg_api_request request = { .method = "GET", .path = "/v1/devices", .query = "" };
	tg_api_reply reply = { 0 };
	tg_remote *remote = NULL;
	tg_json *json = NULL;
	int rc = tg_remote_open(&remote, cli->paths.socket, note);

	if (rc == TG_OK)
		rc = tg_remote_call(&reply, remote, &request, note);
	if (rc == TG_OK && reply.status == 200)
		rc = tg_json_parse(&json, tg_buf_view(&reply.body), note);
	else if (rc == TG_OK)
		tg_fail(note, TG_EIO, "tillgated answered with status %d", reply.status);
	if (rc == TG_ENOTFOUND)
		*note = (tg_error){ 0 };
	tg_api_reply_fini(&reply);
	tg_remote_close(remote);
	return json;
}

/*
 * The daemon knows its lanes. What is attached, and who holds it, is looked at here: the daemon's cage hides other programs from it. Whose
 * rights count is its user, not ours.
 */
static int list(tg_cli *cli, const tg_config *config)
{
	tg_json *daemon, *json = NULL;
	tg_error note = { 0 }, err = { 0 };
	tg_devices_as as;
	int rc, code;

	tg_devices_as_owner(&as, cli->paths.evidence_dir);
	daemon = ask_daemon(cli, &note);
	rc = tg_inventory_make(&json, config, daemon != NULL ? tg_json_get(daemon, "lanes") : NULL, &as, &err);
	if (rc != TG_OK) {
		tg_json_free(daemon);
		return tg_cli_fail(cli, &err);
	}
	if (note.code != TG_OK) {
		tg_json_set_str(json, "note", note.msg);
		fprintf(stderr, "tillgate devices: tillgated could not be asked, so its lanes are shown as without it: %s\n", note.msg);
	}
	if (cli->json)
		tg_ask_print_json(json);
	code = cli->json ? tg_devices_exit(json) : tg_devices_print(json);
	tg_json_free(json);
	tg_json_free(daemon);
	return code;
}

int tg_cli_devices(tg_cli *cli, int argc, char **argv)
{
	tg_devices_options options;
	tg_error err = { 0 };
	tg_config config;
	int code = read_options(cli, &options, argc, argv);

	if (code != 0)
		return code < 0 ? 0 : code;
	if (tg_config_read(&config, cli->paths.config, &err) != TG_OK)
		return tg_cli_fail(cli, &err);
	if (options.learn)
		code = tg_devices_learn(cli, &config, &options);
	else if (options.release != NULL)
		code = tg_devices_release(cli, &config, &options);
	else if (options.give_back)
		code = tg_devices_give_back(cli, &config);
	else
		code = list(cli, &config);
	tg_config_fini(&config);
	return code;
}

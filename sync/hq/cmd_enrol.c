/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_enrol.c - tillgate-hq enrol.
 */
#include "store/base/file.h"
#include "sync/hq/cli.h"
#include "sync/hq/register.h"

#include <stdio.h>
#include <unistd.h>

static const char *const outcome_words[] = { "enrolled", "enrolled again", "replaced" };

static int report(const tg_enrol_result *result, const tg_enrol_request *request, const char *file, bool json)
{
	if (json) {
		tg_json *out = tg_json_new_object();

		tg_json_set_str(out, "station", request->station);
		tg_json_set_str(out, "gln", request->gln);
		tg_json_set_str(out, "outcome", outcome_words[result->outcome]);
		tg_json_set_str(out, "request_fingerprint", result->request_fingerprint);
		tg_json_set_str(out, "bundle_fingerprint", result->bundle_fingerprint);
		tg_json_set_str(out, "bundle", file);
		return tg_cli_print(out, TG_EXIT_OK);
	}
	(void)printf("station %s at site %s: %s\n", request->station, request->gln,
		outcome_words[result->outcome]);
	(void)printf("request  %s   compare with the station's screen\n", result->request_fingerprint);
	(void)printf("bundle   %s   the station shows the same when it takes the bundle in\n",
		result->bundle_fingerprint);
	(void)printf("written to %s\n", file);
	return TG_EXIT_OK;
}

static int enrol(const tg_cli *cli, const char *request_file, const char *bundle_file, bool replace)
{
	tg_enrol_request request = { 0 };
	tg_enrol_result result;
	tg_error err = { 0 };
	tg_buf text, bundle;
	tg_site site;
	char out[4096];
	int lock = -1, code, rc = tg_site_open(&site, cli->dir, &err);

	tg_buf_init(&text, TG_ENROL_REQUEST_MAX);
	tg_buf_init(&bundle, TG_ENROL_BUNDLE_MAX);
	if (rc == TG_OK)
		rc = tg_site_lock(&lock, &site, "tillgate-hq enrol", &err);
	if (rc == TG_OK)
		rc = tg_file_read(&text, request_file, TG_ENROL_REQUEST_MAX, &err);
	if (rc == TG_OK)
		rc = tg_register_enrol(&result, &bundle, &request, &site, tg_buf_view(&text), replace,
			tg_utc_now_us(), &err);
	if (rc == TG_OK)
		rc = bundle_file != NULL ? tg_path(out, &err, "%s", bundle_file)
					 : tg_path(out, &err, "%s.bundle.json", request.station);
	if (rc == TG_OK)
		rc = tg_file_write(out, tg_buf_view(&bundle), 0644, &err);
	if (rc == TG_OK)
		code = report(&result, &request, out, cli->json);
	else
		code = rc == TG_EUNTRUSTED || rc == TG_EFORMAT || rc == TG_ELENGTH
			       ? (tg_cli_fail(&err), TG_EXIT_REFUSED)
			       : tg_cli_fail(&err);
	if (lock >= 0)
		(void)close(lock);
	tg_buf_fini(&bundle);
	tg_buf_fini(&text);
	return code;
}

static int run_enrol(int argc, char **argv)
{
	static const struct option options[] = { { "output", required_argument, NULL, 'o' },
		{ "replace", no_argument, NULL, 'r' }, TG_CLI_OPTIONS };
	const char *output = NULL;
	bool replace = false;
	tg_cli cli;
	int c;

	tg_cli_init(&cli);
	while ((c = getopt_long(argc, argv, "d:ho:", options, NULL)) != -1) {
		if (c == 'o')
			output = optarg;
		else if (c == 'r')
			replace = true;
		else if (!tg_cli_take(&cli, c))
			return tg_cli_usage(&tg_command_enrol, c);
	}
	if (optind + 1 != argc)
		return tg_cli_usage(&tg_command_enrol, '?');
	return enrol(&cli, argv[optind], output, replace);
}

const tg_command tg_command_enrol = { "enrol", run_enrol,
	"enrol REQUEST [-o BUNDLE] [--replace] [--json] [-d DIR]",
	"Checks a station's request (tillgate init), notes the station, and writes the bundle for it. Needs "
	"no passphrase.\n\n"
	"  -o, --output BUNDLE  default STATION.bundle.json in the present folder\n"
	"  --replace            the station id may pass to new keys or another site\n" };

/* SPDX-License-Identifier: Apache-2.0
 *
 * cli.c - common options, help and exit codes.
 */
#include "sync/hq/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define OUTPUT_MAX ((size_t)1 << 30) /* bytes of --json output: a million findings */

void tg_cli_init(tg_cli *cli)
{
	const char *dir = getenv("TILLGATE_HQ_DIR");

	*cli = (tg_cli){ .dir = dir != NULL && dir[0] != '\0' ? dir : "." };
	optind = 1;
}

bool tg_cli_take(tg_cli *cli, int c)
{
	switch (c) {
	case TG_OPT_DIR:
		cli->dir = optarg;
		return true;
	case TG_OPT_JSON:
		cli->json = true;
		return true;
	case TG_OPT_PASSPHRASE:
		cli->passphrase_file = optarg;
		return true;
	default:
		return false;
	}
}

int tg_cli_usage(const tg_command *command, int c)
{
	FILE *out = c == TG_OPT_HELP ? stdout : stderr;

	(void)fprintf(out, "usage: tillgate-hq %s\n", command->usage);
	if (c == TG_OPT_HELP)
		(void)fprintf(out,
			"\n%s"
			"  -d, --dir DIR        head office's folder (TILLGATE_HQ_DIR; else the present "
			"one)\n"
			"  --json               one line of JSON for programs, where there is something to "
			"say\n"
			"  --passphrase-file F  holds the keys' passphrase (TILLGATE_HQ_PASSPHRASE_FILE; "
			"else it is asked for)\n"
			"\nExit: 0 done, 1 refused, 2 usage, 3 failed, 4 done but a signature ends soon, 5 "
			"older than what is published, 7 something is overdue. See "
			"tillgate-hq(8).\n",
			command->help);
	return c == TG_OPT_HELP ? TG_EXIT_OK : TG_EXIT_USAGE;
}

int tg_cli_fail(const tg_error *err)
{
	(void)fprintf(stderr, "tillgate-hq: %s\n", err->msg[0] != '\0' ? err->msg : tg_strerror(err->code));
	if (err->code == TG_EINVAL)
		return TG_EXIT_USAGE;
	if (err->code == TG_EROLLBACK)
		return TG_EXIT_OLDER;
	return err->code == TG_ESTATE ? TG_EXIT_REFUSED : TG_EXIT_FAILED;
}

int tg_cli_print(tg_json *json, int code)
{
	tg_error err = { 0 };
	tg_buf out;
	int rc;

	tg_buf_init(&out, OUTPUT_MAX);
	rc = tg_json_write_jcs(&out, json, &err);
	tg_buf_putc(&out, '\n');
	if (rc == TG_OK)
		rc = tg_buf_check(&out, "output", &err);
	if (rc == TG_OK && fwrite(out.data, 1, out.len, stdout) != out.len)
		rc = tg_fail_errno(&err, TG_EIO, "standard output");
	tg_buf_fini(&out);
	tg_json_free(json);
	return rc == TG_OK ? code : tg_cli_fail(&err);
}

int tg_cli_number(int64_t *out, const char *text, int64_t min, int64_t max, const char *option, tg_error *err)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < min || value > max)
		return tg_fail(err, TG_EINVAL, "%s: \"%s\" is no number from %lld to %lld", option, text,
			(long long)min, (long long)max);
	*out = value;
	return TG_OK;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_serve.c - tillgate-hq serve.
 */
#include "store/base/file.h"
#include "sync/hq/cli.h"
#include "sync/hq/serve.h"
#include "sync/hq/site.h"

#include <signal.h>
#include <stdio.h>

#define ADDRESS_MAX 64 /* bytes of a numeric address */

/* "127.0.0.1:8080" or "[::1]:8080". */
static int split_listen(char address[ADDRESS_MAX], uint16_t *port, const char *text, tg_error *err)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon == NULL ? 0 : (size_t)(colon - text);
	int64_t number = 0;
	int rc;

	if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (len == 0 || len >= ADDRESS_MAX)
		return tg_fail(
			err, TG_EINVAL, "--listen: wanted ADDRESS:PORT, as 127.0.0.1:8080 or [::1]:8080");
	memcpy(address, text, len);
	address[len] = '\0';
	rc = tg_cli_number(&number, colon + 1, 0, 65535, "--listen", err);
	*port = (uint16_t)number;
	return rc;
}

static void print_url(const tg_serve_options *options, uint16_t port)
{
	bool v6 = strchr(options->address, ':') != NULL;

	(void)printf("serving %s at %s://%s%s%s:%u/\n", options->root,
		options->tls_cert != NULL ? "https" : "http", v6 ? "[" : "", options->address, v6 ? "]" : "",
		port);
	(void)fflush(stdout);
}

static int serve(const tg_serve_options *options)
{
	tg_server *server = NULL;
	tg_error err = { 0 };
	sigset_t stop;
	int number;

	/* Blocked before the server's threads start, so that only sigwait sees them. */
	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, SIGINT);
	(void)sigaddset(&stop, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &stop, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	if (tg_serve_start(&server, options, &err) != TG_OK)
		return tg_cli_fail(&err);
	print_url(options, tg_serve_port(server));
	(void)sigwait(&stop, &number);
	tg_serve_stop(server);
	return TG_EXIT_OK;
}

static int run_serve(int argc, char **argv)
{
	static const struct option options[] = { { "listen", required_argument, NULL, 'l' },
		{ "tls-cert", required_argument, NULL, 'c' }, { "tls-key", required_argument, NULL, 'k' },
		TG_CLI_OPTIONS };
	tg_serve_options serving = { 0 };
	char address[ADDRESS_MAX], root[4096];
	const char *listen = "127.0.0.1:8080";
	tg_error err = { 0 };
	tg_site site;
	tg_cli cli;
	int c, rc;

	tg_cli_init(&cli);
	while ((c = getopt_long(argc, argv, "d:h", options, NULL)) != -1) {
		if (c == 'l')
			listen = optarg;
		else if (c == 'c')
			serving.tls_cert = optarg;
		else if (c == 'k')
			serving.tls_key = optarg;
		else if (!tg_cli_take(&cli, c))
			return tg_cli_usage(&tg_command_serve, c);
	}
	if (optind < argc || (serving.tls_cert == NULL) != (serving.tls_key == NULL))
		return tg_cli_usage(&tg_command_serve, '?');
	rc = split_listen(address, &serving.port, listen, &err);
	if (rc == TG_OK)
		rc = tg_site_open(&site, cli.dir, &err);
	if (rc == TG_OK)
		rc = tg_path(root, &err, "%s/repository", cli.dir);
	if (rc != TG_OK)
		return tg_cli_fail(&err);
	serving.root = root;
	serving.address = address;
	return serve(&serving);
}

const tg_command tg_command_serve = { "serve", run_serve,
	"serve [--listen ADDRESS:PORT] [--tls-cert FILE --tls-key FILE] [-d DIR]",
	"Serves DIR/repository over HTTP, or HTTPS with a certificate, until interrupted. Prints its URL. "
	"Opens no key.\n\n"
	"  --listen ADDRESS:PORT  default 127.0.0.1:8080; port 0 takes a free one\n"
	"  --tls-cert FILE, --tls-key FILE  certificate chain and key, PEM\n" };

/* SPDX-License-Identifier: Apache-2.0
 *
 * init.c - `tillgate init` and `tillgate enrol`: how a station is born and whom it trusts.
 */
#include "plugin/cli/cli.h"

#include "plugin/cli/owner.h"
#include "store/base/file.h"
#include "store/evidence/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KEY_FILE_MAX 4096 /* bytes of a PEM private key; ours have 227 */

static const char example_config[] =
	"# tillgate.conf - what this station has. See tillgate.conf(5).\n"
	"#\n"
	"# lane \"till-1\" {\n"
	"#   operation = sale\n"
	"#   scanner { path = \"/dev/serial/by-id/...\" line = \"9600 8N1\" framing = auto aim = true }\n"
	"#   output  { kind = pty path = \"/run/tillgate/till-1\" suffix = cr }\n"
	"# }\n";

/* ---- init ---- */

static void usage_init(FILE *to)
{
	fprintf(to, "usage: tillgate [--root DIR] init --station ID --gln GLN [-o FILE]\n"
		"Makes the station's folders and keys, and writes its request to head office (default: standard output).\n"
		"  --station ID   this station's name: lower-case letters, digits and dashes, such as leeds-till-3\n"
		"  --gln GLN      the site's Global Location Number, 13 digits\n"
		"  -o FILE        where the request goes\n"
		"Run again with the same names it writes the same station's request again. Exit: 0 done, 2 usage, 3 could not.\n");
}

static int make_folders(const tg_paths *p, tg_error *err)
{
	const struct {
		const char *path;
		mode_t mode;
	} folders[] = {
		{ p->root, 0755 }, { p->trust_dir, 0755 }, { p->catalogue_dir, 0755 }, { p->evidence_dir, 0700 }, { p->outbox_dir, 0755 },
		{ p->inbox_dir, 0755 },
	};

	for (size_t i = 0; i < TG_COUNT(folders); i++) {
		int rc = tg_dir_make(folders[i].path, folders[i].mode, err);

		if (rc != TG_OK)
			return rc;
	}
	return TG_OK;
}

static int read_key(tg_signkey **out, const char *path, tg_error *err)
{
	tg_buf pem;
	int rc;

	tg_buf_init(&pem, KEY_FILE_MAX);
	rc = tg_file_read(&pem, path, KEY_FILE_MAX, err);
	if (rc == TG_OK)
		rc = tg_signkey_from_pem(out, tg_buf_view(&pem), err);
	if (rc == TG_EFORMAT)
		tg_error_prefix(err, "%s", path);
	if (pem.data != NULL)
		tg_wipe(pem.data, pem.len);
	tg_buf_fini(&pem);
	return rc;
}

static int make_transport_key(tg_signkey **out, const char *path, tg_error *err)
{
	tg_buf pem;
	int rc = read_key(out, path, err);

	if (rc != TG_ENOTFOUND)
		return rc;
	tg_buf_init(&pem, KEY_FILE_MAX);
	rc = tg_signkey_generate(out, err);
	if (rc == TG_OK)
		rc = tg_signkey_to_pem(&pem, *out, err);
	if (rc == TG_OK)
		rc = tg_file_write(path, tg_buf_view(&pem), 0600, err);
	if (pem.data != NULL)
		tg_wipe(pem.data, pem.len);
	tg_buf_fini(&pem);
	return rc;
}

static int refuse_another_station(const tg_paths *paths, const char *station, const char *gln, tg_error *err)
{
	tg_enrol_request before;
	tg_buf text;
	int rc;

	tg_buf_init(&text, TG_ENROL_REQUEST_MAX);
	rc = tg_file_read(&text, paths->request, TG_ENROL_REQUEST_MAX, err);
	if (rc == TG_OK && tg_enrol_request_read(&before, tg_buf_view(&text), err) == TG_OK &&
		(strcmp(before.station, station) != 0 || strcmp(before.gln, gln) != 0))
		rc = tg_fail(err, TG_ESTATE, "%s: this folder is already station %s at %s; its log cannot change its name. Use another --root",
			paths->request, before.station, before.gln);
	tg_buf_fini(&text);
	return rc == TG_ENOTFOUND ? TG_OK : rc;
}

static int make_request(tg_buf *out, const tg_paths *paths, const char *station, const char *gln, tg_error *err)
{
	char key_path[PATH_MAX];
	tg_signkey *evidence = NULL, *transport = NULL;
	tg_pubkey *pub = NULL;
	int rc = refuse_another_station(paths, station, gln, err);

	if (rc == TG_OK)
		rc = make_folders(paths, err);
	if (rc == TG_OK)
		rc = tg_log_make_key(&pub, paths->evidence_dir, err);
	if (rc == TG_OK)
		rc = tg_path(key_path, err, "%s/evidence.key", paths->evidence_dir);
	if (rc == TG_OK)
		rc = tg_owner_give(key_path, paths->evidence_dir, err);
	if (rc == TG_OK)
		rc = read_key(&evidence, key_path, err);
	if (rc == TG_OK)
		rc = make_transport_key(&transport, paths->transport_key, err);
	if (rc == TG_OK)
		rc = tg_owner_give(paths->transport_key, paths->catalogue_dir, err);
	if (rc == TG_OK)
		rc = tg_enrol_request_write(out, station, gln, evidence, transport, err);
	if (rc == TG_OK)
		rc = tg_file_write(paths->request, tg_buf_view(out), 0644, err);
	if (rc == TG_OK && access(paths->config, F_OK) != 0 && errno == ENOENT)
		rc = tg_file_write(paths->config, tg_view_str(example_config), 0644, err);
	tg_pubkey_free(pub);
	tg_signkey_free(evidence);
	tg_signkey_free(transport);
	return rc;
}

static int show_request_fingerprint(const tg_buf *text, tg_error *err)
{
	char fingerprint[TG_ENROL_FINGERPRINT_SIZE];
	tg_enrol_request request;
	int rc = tg_enrol_request_read(&request, tg_buf_view(text), err);

	if (rc == TG_OK)
		rc = tg_enrol_request_fingerprint(fingerprint, &request, err);
	if (rc == TG_OK)
		fprintf(stderr, "station %s at %s\nrequest fingerprint: %s\nHead office must see the same one.\n", request.station, request.gln,
			fingerprint);
	return rc;
}

int tg_cli_init(tg_cli *cli, int argc, char **argv)
{
	const char *station = NULL, *gln = NULL, *file = NULL;
	tg_error err = { 0 };
	tg_buf text;
	int rc;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			usage_init(stdout);
			return 0;
		}
		if (strcmp(argv[i], "--station") == 0 && i + 1 < argc)
			station = argv[++i];
		else if (strcmp(argv[i], "--gln") == 0 && i + 1 < argc)
			gln = argv[++i];
		else if (strcmp(argv[i], "-o") == 0 && i + 1 < argc)
			file = argv[++i];
		else
			return tg_cli_misused(cli, "\"%s\" is not understood", argv[i]);
	}
	if (station == NULL || !tg_enrol_station_valid(station))
		return tg_cli_misused(cli, "--station: wanted lower-case letters, digits and dashes, at most %d", TG_ENROL_STATION_MAX);
	if (gln == NULL || !tg_enrol_gln_valid(gln))
		return tg_cli_misused(cli, "--gln: wanted 13 digits with a right check digit");
	tg_buf_init(&text, TG_ENROL_REQUEST_MAX);
	rc = make_request(&text, &cli->paths, station, gln, &err);
	if (rc == TG_OK)
		rc = show_request_fingerprint(&text, &err);
	if (rc == TG_OK && file != NULL)
		rc = tg_file_write(file, tg_buf_view(&text), 0644, &err);
	else if (rc == TG_OK)
		fputs(tg_buf_text(&text), stdout);
	tg_buf_fini(&text);
	return rc == TG_OK ? 0 : tg_cli_fail(cli, &err);
}

/* ---- enrol ---- */

static void usage_enrol(FILE *to)
{
	fprintf(to, "usage: tillgate [--root DIR] enrol BUNDLE [--fingerprint 'XXXX …' | --yes]\n"
		"Takes head office's answer in: from then on this station trusts the root in it, and nothing else.\n"
		"Shows the bundle's fingerprint and asks; head office must see the same one.\n"
		"  --fingerprint F   accept if the fingerprint is F (blanks do not matter)\n"
		"  --yes             accept without asking: only where the file came by a way you trust\n"
		"Exit: 0 enrolled, 1 not accepted, 2 usage, 3 could not.\n");
}

static bool same_fingerprint(const char *a, const char *b)
{
	for (;; a++, b++) {
		while (*a == ' ')
			a++;
		while (*b == ' ')
			b++;
		if (*a != *b || *a == '\0')
			return *a == *b;
	}
}

static bool accepted(const char *fingerprint, const char *expected, bool yes)
{
	char line[16];

	if (expected != NULL)
		return same_fingerprint(fingerprint, expected);
	if (yes)
		return true;
	if (!isatty(STDIN_FILENO))
		return false;
	fprintf(stderr, "Does head office see the same fingerprint? Type yes: ");
	return fgets(line, sizeof(line), stdin) != NULL && strcmp(line, "yes\n") == 0;
}

static int fits_request(const tg_enrol_bundle *bundle, const tg_paths *paths, tg_error *err)
{
	tg_enrol_request request;
	tg_buf text;
	int rc;

	tg_buf_init(&text, TG_ENROL_REQUEST_MAX);
	rc = tg_file_read(&text, paths->request, TG_ENROL_REQUEST_MAX, err);
	if (rc == TG_ENOTFOUND)
		rc = tg_fail(err, TG_ESTATE, "%s: no request was made here; run `tillgate init` first", paths->request);
	if (rc == TG_OK)
		rc = tg_enrol_request_read(&request, tg_buf_view(&text), err);
	if (rc == TG_OK && (strcmp(request.station, bundle->station) != 0 || strcmp(request.gln, bundle->gln) != 0))
		rc = tg_fail(err, TG_EINVAL, "the bundle is for station %s at %s; this is %s at %s", bundle->station, bundle->gln, request.station,
			request.gln);
	tg_buf_fini(&text);
	return rc;
}

/* root.json first: an enrolment without its root would be trusted for nothing, a root without enrolment is not looked at. */
static int install(const tg_enrol_bundle *bundle, const tg_buf *text, const tg_paths *paths, tg_error *err)
{
	int rc = tg_file_write(paths->trust_root, tg_buf_view(&bundle->root), 0644, err);

	return rc == TG_OK ? tg_file_write(paths->enrolment, tg_buf_view(text), 0644, err) : rc;
}

int tg_cli_enrol(tg_cli *cli, int argc, char **argv)
{
	const char *file = NULL, *expected = NULL;
	char fingerprint[TG_ENROL_FINGERPRINT_SIZE] = "";
	tg_enrol_bundle bundle = { 0 };
	tg_error err = { 0 };
	bool yes = false;
	tg_buf text;
	int rc, code = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			usage_enrol(stdout);
			return 0;
		}
		if (strcmp(argv[i], "--yes") == 0)
			yes = true;
		else if (strcmp(argv[i], "--fingerprint") == 0 && i + 1 < argc)
			expected = argv[++i];
		else if (argv[i][0] != '-' && file == NULL)
			file = argv[i];
		else
			return tg_cli_misused(cli, "\"%s\" is not understood", argv[i]);
	}
	if (file == NULL)
		return tg_cli_misused(cli, "say which bundle");
	tg_buf_init(&text, TG_ENROL_BUNDLE_MAX);
	rc = tg_file_read(&text, file, TG_ENROL_BUNDLE_MAX, &err);
	if (rc == TG_OK)
		rc = tg_enrol_bundle_read(&bundle, tg_buf_view(&text), &err);
	if (rc == TG_OK)
		rc = fits_request(&bundle, &cli->paths, &err);
	if (rc == TG_OK)
		rc = tg_enrol_bundle_fingerprint(fingerprint, &bundle, &err);
	if (rc == TG_OK)
		fprintf(stderr, "head office %s, station %s\nbundle fingerprint: %s\n", bundle.owner, bundle.station, fingerprint);
	if (rc == TG_OK && !accepted(fingerprint, expected, yes)) {
		fprintf(stderr, "tillgate enrol: not accepted; nothing was changed\n");
		code = TG_EXIT_WITHHELD;
	} else if (rc == TG_OK) {
		rc = install(&bundle, &text, &cli->paths, &err);
	}
	tg_enrol_bundle_fini(&bundle);
	tg_buf_fini(&text);
	return rc == TG_OK ? code : tg_cli_fail(cli, &err);
}

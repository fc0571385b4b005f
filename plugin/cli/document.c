/* SPDX-License-Identifier: Apache-2.0
 *
 * document.c - `tillgate document`: the paper of one statement, as a file. Never opened, shown or run here.
 */
#include "plugin/cli/cli.h"

#include "plugin/cli/ask.h"
#include "plugin/cli/into_file.h"
#include "plugin/cli/owner.h"
#include "plugin/cli/reach.h"
#include "plugin/gate/label.h"
#include "store/base/encoding.h"
#include "store/base/file.h"
#include "store/base/utc.h"
#include "store/catalogue/catalogue.h"
#include "sync/documents.h"
#include "sync/install.h"
#include "sync/tuf/chain.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** Exit codes of this command; as those of sync, and one more. */
enum { EXIT_REFUSED = 1, EXIT_UNREACHABLE = 4, EXIT_DENIED = 5, EXIT_NONE = 6 };

#define PROGRESS_AFTER_US INT64_C(1000000) /* people wait a second without asking why */
#define NAMED_MAX 8                        /* statements of one product that are told of when there are several */

/* One call of the command. */
struct job {
	tg_cli *cli;
	const char *soc_id, *gtin, *output, *ca_file;
	bool force, offline;
	char id[TG_DOCUMENT_ID_MAX + 1]; /* of the statement that it comes down to */
	tg_station_id station;
	tg_config config;
	tg_documents_paper paper;
	int requests;
};

static void usage(FILE *to)
{
	fprintf(to, "usage: tillgate [--root DIR] [--json] document STATEMENT|--gtin GTIN [--output FILE] [--force] [--offline] [--ca-file FILE]\n"
		"Fetches the paper of a statement of compliance from head office, verifies it, keeps it, and prints where it is kept. STATEMENT\n"
		"is the id that the answer of a check names. A kept copy is given without fetching it again, also when head office cannot be\n"
		"reached. The paper is whatever head office received: it is never opened here.\n"
		"  --gtin GTIN        the current statement that the installed catalogue holds for this product\n"
		"  -o, --output FILE  write it there; - is standard output, unless that is a terminal\n"
		"  --force            FILE may be replaced\n"
		"  --offline          only a kept copy; head office is not asked\n"
		"  --ca-file FILE     certificates to trust for https, instead of the system's or the configured ones\n"
		"Exit: 0 given, 1 refused (what head office's server sent does not hold), 2 usage, 3 trouble on this machine, 4 head office could\n"
		"not be reached and nothing is kept, 5 it or a proxy refused this station's credential or certificate, 6 there is no such document.\n"
		"Credential, certificate and proxy: section sync of tillgate.conf(5).\n");
}

static int exit_of(int code)
{
	switch (code) {
	case TG_ENETWORK:
		return EXIT_UNREACHABLE;
	case TG_EDENIED:
		return EXIT_DENIED;
	case TG_ENOTFOUND:
		return EXIT_NONE;
	case TG_EUNTRUSTED:
	case TG_EROLLBACK:
	case TG_EEXPIRED:
	case TG_EHASH:
	case TG_ELENGTH:
	case TG_EFORMAT:
	case TG_ELIMIT:
		return EXIT_REFUSED;
	case TG_EINVAL:
		return TG_EXIT_USAGE;
	default:
		return TG_EXIT_NOT_CHECKED;
	}
}

static int fail(const tg_error *err)
{
	fprintf(stderr, "tillgate document: %s: %s\n", tg_strerror(err->code), err->msg);
	return exit_of(err->code);
}

/* ---- which statement ---- */

struct named {
	char ids[NAMED_MAX][TG_DOCUMENT_ID_MAX + 1];
	size_t count; /* may be more than are told */
};

static int name_statements(struct named *out, const tg_catalogue *cat, const tg_product *product, tg_error *err)
{
	for (uint32_t n = 0; n < product->soc_count; n++) {
		tg_view id, link;
		tg_soc soc;
		int rc = tg_catalogue_soc(&soc, cat, product, n, err);

		if (rc == TG_OK)
			rc = tg_catalogue_soc_texts(&id, &link, cat, &soc, err);
		if (rc != TG_OK)
			return rc;
		if (soc.status != TG_SOC_CURRENT)
			continue;
		if (out->count < NAMED_MAX)
			snprintf(out->ids[out->count], sizeof(out->ids[0]), "%.*s", (int)id.len, (const char *)id.data);
		out->count++;
	}
	return TG_OK;
}

/* The catalogue that sync installed last, verified as the gate does. */
static int look_up(struct named *out, const tg_paths *paths, uint64_t gtin, tg_error *err)
{
	char dir[4096], image[4096];
	tg_catalogue_trust trust;
	tg_catalogue *cat = NULL;
	tg_chain *chain = NULL;
	tg_product product;
	int rc;

	tg_install_find_current(dir, paths->catalogue_dir);
	if (dir[0] == '\0')
		return tg_fail(err, TG_ESTATE, "there is no catalogue yet; run `tillgate sync`, or name the statement");
	rc = tg_chain_open(&chain, paths->trust_root, dir, err);
	if (rc == TG_OK)
		rc = tg_chain_blocks(&trust.blocks, chain, err);
	if (rc == TG_OK)
		rc = tg_path(image, err, "%s/%s", dir, TG_CHAIN_IMAGE);
	if (rc == TG_OK) {
		trust.length = (uint64_t)tg_chain_facts_of(chain)->image_length;
		rc = tg_catalogue_open(&cat, image, &trust, err);
	}
	if (rc == TG_OK)
		rc = tg_catalogue_find(&product, cat, gtin, err);
	if (rc == TG_OK)
		rc = name_statements(out, cat, &product, err);
	tg_catalogue_close(cat);
	tg_chain_close(chain);
	return rc;
}

/* One statement, or words that name those there are. Trouble with the catalogue is no refusal of a document. */
static int choose(struct job *j)
{
	struct named named = { .count = 0 };
	tg_error err = { 0 };
	uint64_t gtin;
	int rc;

	if (tg_gtin_parse(&gtin, tg_view_str(j->gtin), &err) != TG_OK)
		return tg_cli_misused(j->cli, "--gtin: %s", err.msg);
	rc = look_up(&named, &j->cli->paths, gtin, &err);
	if (rc != TG_OK && rc != TG_ENOTFOUND)
		return tg_cli_fail(j->cli, &err);
	if (named.count == 0) {
		fprintf(stderr, "tillgate document: the catalogue holds no current statement for %s\n", j->gtin);
		return EXIT_NONE;
	}
	if (named.count > 1) {
		fprintf(stderr, "tillgate document: %zu current statements are held for %s; name one:", named.count, j->gtin);
		for (size_t i = 0; i < named.count && i < NAMED_MAX; i++)
			fprintf(stderr, " %s", named.ids[i]);
		fputs(named.count > NAMED_MAX ? " …\n" : "\n", stderr);
		return TG_EXIT_USAGE;
	}
	strcpy(j->id, named.ids[0]);
	return 0;
}

/* ---- getting it ---- */

static void show_step(void *ctx, const char *name)
{
	const int64_t *began_us = ctx;

	if (tg_mono_now_us() - *began_us >= PROGRESS_AFTER_US)
		fprintf(stderr, "fetching %s\n", name);
}

static int ask_head_office(struct job *j, tg_error *err)
{
	const tg_paths *paths = &j->cli->paths;
	int64_t began_us = tg_mono_now_us();
	tg_documents_config config = { .catalogue_dir = paths->catalogue_dir,
		.trust_root = paths->trust_root,
		.metadata_url = j->station.metadata_url,
		.targets_url = j->station.targets_url,
		.step = isatty(STDERR_FILENO) ? show_step : NULL,
		.step_ctx = &began_us };
	tg_fetch *fetch = NULL;
	int rc = j->offline ? TG_OK : tg_reach_open(&fetch, &j->config.sync, &j->station, j->ca_file, err);

	config.fetch = fetch;
	if (rc == TG_OK)
		rc = tg_documents_get(&j->paper, &config, j->id, err);
	j->requests = fetch != NULL ? tg_fetch_totals_of(fetch).requests : 0;
	tg_fetch_close(fetch);
	return rc;
}

/* Who this station is, and from here on as the user of the catalogue's folder: it is another user's to change at any moment. */
static int begin(struct job *j, tg_error *err)
{
	int rc = tg_station_id_read(&j->station, &j->cli->paths, err);

	if (rc == TG_OK)
		rc = tg_owner_become(j->cli->paths.catalogue_dir, err);
	if (rc == TG_OK)
		rc = tg_config_read(&j->config, j->cli->paths.config, err);
	return rc;
}

/* The content is hashed again while it is copied: it leaves with the hash that is told, or the copy fails. */
static int copy_out(int to, const tg_documents_paper *paper, tg_error *err)
{
	static uint8_t buffer[1 << 16];
	uint8_t found[TG_SHA256_SIZE];
	tg_sha256_state state;
	ssize_t got = 0;
	int rc = TG_OK, fd = open(paper->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return tg_fail_errno(err, TG_EIO, "%s", paper->path);
	tg_sha256_init(&state);
	while (rc == TG_OK && (got = read(fd, buffer, sizeof(buffer))) > 0) {
		tg_sha256_update(&state, buffer, (size_t)got);
		rc = tg_write_all(to, buffer, (size_t)got, "output", err);
	}
	if (got < 0)
		rc = tg_fail_errno(err, TG_EIO, "%s", paper->path);
	(void)close(fd);
	tg_sha256_final(&state, found);
	if (rc == TG_OK && memcmp(found, paper->sha256, TG_SHA256_SIZE) != 0)
		rc = tg_fail(err, TG_EHASH, "%s: changed while it was copied", paper->path);
	return rc;
}

/* ---- saying what it is ---- */

static void print_json(const struct job *j, const char *path)
{
	char hex[2 * TG_SHA256_SIZE + 1], at[TG_UTC_TEXT_SIZE];
	const tg_documents_paper *paper = &j->paper;
	tg_json *json = tg_json_new_object();

	tg_json_set_str(json, "soc", j->id);
	tg_json_set_str(json, "path", path);
	tg_json_set_str(json, "type", tg_document_types[paper->type]);
	tg_json_set_int(json, "bytes", paper->length);
	tg_json_set_str(json, "sha256", tg_hex_encode(hex, paper->sha256, TG_SHA256_SIZE));
	tg_json_set_bool(json, "fetched", paper->fetched);
	tg_json_set_bool(json, "confirmed", paper->unconfirmed.code == TG_OK);
	tg_json_set_str(json, "confirmed_at", tg_utc_format(at, paper->confirmed_us));
	if (paper->unconfirmed.code != TG_OK)
		tg_json_set_str(json, "why", paper->unconfirmed.msg);
	tg_json_set_int(json, "requests", j->requests);
	tg_ask_print_json(json);
	tg_json_free(json);
}

static void report(const struct job *j)
{
	const char *path = j->output != NULL ? j->output : j->paper.path;
	char at[TG_UTC_TEXT_SIZE];

	if (j->paper.unconfirmed.code != TG_OK && !j->cli->json)
		fprintf(stderr, "tillgate document: the kept copy, as head office named it on %s; its word could not be had now: %s\n",
			tg_utc_format(at, j->paper.confirmed_us), j->paper.unconfirmed.msg);
	if (strcmp(path, "-") == 0)
		return;
	if (j->cli->json)
		print_json(j, path);
	else
		puts(path);
}

/* `to` < 0: the paper stays where it is kept. */
static int get_and_copy(struct job *j, int to)
{
	tg_error err = { 0 };
	int code, rc = begin(j, &err);

	if (rc == TG_OK && j->gtin != NULL && (code = choose(j)) != 0)
		return code;
	if (rc == TG_OK)
		rc = ask_head_office(j, &err);
	if (rc == TG_OK && to >= 0)
		rc = copy_out(to, &j->paper, &err);
	if (rc != TG_OK)
		return fail(&err);
	report(j);
	return fflush(stdout) == 0 ? 0 : TG_EXIT_NOT_CHECKED;
}

/* ---- into a file of the caller's ---- */

static int open_output(tg_file_stage *stage, const struct job *j)
{
	tg_error err = { 0 };
	struct stat st;

	if (lstat(j->output, &st) == 0 && (!j->force || !S_ISREG(st.st_mode))) {
		fprintf(stderr, "tillgate document: %s is there already%s\n", j->output,
			S_ISREG(st.st_mode) ? "; give --force to replace it" : ", and is no file");
		return TG_EXIT_USAGE;
	}
	return tg_file_stage_open(stage, j->output, 0644, &err) == TG_OK ? 0 : tg_cli_fail(j->cli, &err);
}

static int get_for_caller(void *ctx, int fd)
{
	return get_and_copy(ctx, fd);
}

static int get_into_file(struct job *j)
{
	tg_file_stage stage;
	int code = open_output(&stage, j);

	return code == 0 ? tg_into_file(j->cli, &stage, get_for_caller, j) : code;
}

/* ---- the command ---- */

static int read_options(struct job *j, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *arg = argv[i];
		bool more = i + 1 < argc;

		if (strcmp(arg, "--json") == 0)
			j->cli->json = true;
		else if (strcmp(arg, "--force") == 0)
			j->force = true;
		else if (strcmp(arg, "--offline") == 0)
			j->offline = true;
		else if (strcmp(arg, "--gtin") == 0 && more)
			j->gtin = argv[++i];
		else if ((strcmp(arg, "--output") == 0 || strcmp(arg, "-o") == 0) && more)
			j->output = argv[++i];
		else if (strcmp(arg, "--ca-file") == 0 && more)
			j->ca_file = argv[++i];
		else if (arg[0] != '-' && j->soc_id == NULL)
			j->soc_id = arg;
		else
			return tg_cli_misused(j->cli, "\"%s\" is not understood", arg);
	}
	if ((j->soc_id == NULL) == (j->gtin == NULL))
		return tg_cli_misused(j->cli, "give the id of a statement, or --gtin");
	if (j->soc_id != NULL && !tg_document_id_valid(j->soc_id))
		return tg_cli_misused(j->cli, "that cannot be the id of a statement");
	if (j->output != NULL && strcmp(j->output, "-") == 0 && isatty(STDOUT_FILENO))
		return tg_cli_misused(j->cli, "a paper may hold anything and is not written to a terminal");
	return 0;
}

int tg_cli_document(tg_cli *cli, int argc, char **argv)
{
	static struct job j; /* the configuration of 32 lanes is no matter for a stack */
	int code;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			usage(stdout);
			return 0;
		}
	}
	j.cli = cli;
	code = read_options(&j, argc, argv);
	if (code == 0 && j.soc_id != NULL)
		strcpy(j.id, j.soc_id);
	if (code == 0 && j.output != NULL && strcmp(j.output, "-") != 0)
		code = get_into_file(&j);
	else if (code == 0)
		code = get_and_copy(&j, j.output != NULL ? STDOUT_FILENO : -1);
	tg_config_fini(&j.config);
	return code;
}

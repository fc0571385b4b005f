/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_archive.c - tillgate-hq archive: what was published, is it all there, and give me one of it.
 */
#include "store/base/encoding.h"
#include "store/base/file.h"
#include "store/catalogue/policy.h"
#include "sync/hq/archive.h"
#include "sync/hq/cli.h"

#include <stdio.h>
#include <unistd.h>

typedef struct asked {
	tg_cli cli;
	const char *what, *out;
	int64_t version;
	bool policy;
} asked;

/* ---- list ---- */

static tg_json *line_json(const tg_archive_entry *e)
{
	tg_json *json = tg_json_new_object();
	char text[TG_UTC_TEXT_SIZE], hex[2 * TG_SHA256_SIZE + 1];

	tg_json_set_str(json, "at", tg_utc_format(text, e->line.at_us));
	tg_json_set_int(json, "catalogue_version", e->line.catalogue_version);
	tg_json_set_str(json, "image_sha256", tg_hex_encode(hex, e->line.image_sha256, TG_SHA256_SIZE));
	tg_json_set_int(json, "image_length", e->line.image_length);
	tg_json_set_int(json, "policy_version", e->line.policy_version);
	tg_json_set_str(json, "policy_sha256", tg_hex_encode(hex, e->line.policy_sha256, TG_SHA256_SIZE));
	tg_json_set_int(json, "targets_version", e->line.targets_version);
	tg_json_set_str(json, "form", tg_archive_form_words[e->line.form]);
	tg_json_set_int(json, "file_length", e->line.file_length);
	tg_json_set_int(json, "depth", (int64_t)e->depth);
	return json;
}

static int list(const asked *ask, const tg_archive *archive)
{
	int64_t bytes = 0;

	if (ask->cli.json) {
		tg_json *all = tg_json_new_array();

		for (size_t n = 0; n < archive->index.count; n++)
			tg_json_add(all, line_json(&archive->index.entries[n]));
		return tg_cli_print(all, TG_EXIT_OK);
	}
	for (size_t n = 0; n < archive->index.count; n++) {
		const tg_archive_entry *e = &archive->index.entries[n];
		char at[TG_UTC_TEXT_SIZE], image[2 * TG_SHA256_SIZE + 1], policy[2 * TG_SHA256_SIZE + 1];

		bytes += e->line.file_length;
		(void)printf("%s  catalogue %lld %.16s  policy %lld %.16s  %s %lld bytes\n", tg_utc_format(at, e->line.at_us),
			(long long)e->line.catalogue_version, tg_hex_encode(image, e->line.image_sha256, TG_SHA256_SIZE),
			(long long)e->line.policy_version, tg_hex_encode(policy, e->line.policy_sha256, TG_SHA256_SIZE),
			tg_archive_form_words[e->line.form], (long long)e->line.file_length);
	}
	(void)printf("%zu publications, images %lld bytes\n", archive->index.count, (long long)bytes);
	return TG_EXIT_OK;
}

/* ---- check ---- */

static void print_finding(void *ctx, const char *words)
{
	tg_json *findings = ctx;

	if (findings != NULL)
		tg_json_add_str(findings, words);
	else
		(void)fprintf(stderr, "tillgate-hq: %s\n", words);
}

static void show_progress(void *ctx, const char *what, size_t done, size_t total)
{
	(void)ctx;
	(void)fprintf(stderr, "\r%s: %zu of %zu%s", what, done, total, done == total ? "\n" : "");
}

static int say_check(const tg_archive_report *r, bool added, tg_json *findings)
{
	int code = r->bad > 0 ? TG_EXIT_REFUSED : TG_EXIT_OK;

	if (findings != NULL) {
		tg_json *json = tg_json_new_object();

		tg_json_set_bool(json, "good", r->bad == 0);
		tg_json_set_int(json, "images", (int64_t)r->images);
		tg_json_set_int(json, "policies", (int64_t)r->policies);
		tg_json_set_int(json, "signed", (int64_t)r->targets);
		tg_json_set_int(json, "unproven", (int64_t)r->unproven);
		tg_json_set_int(json, "bytes", r->bytes);
		tg_json_set_bool(json, "added", added);
		tg_json_set(json, "findings", findings);
		return tg_cli_print(json, code);
	}
	if (added)
		(void)printf("what is published now was not in the archive, and was added\n");
	(void)printf("%zu images and %zu policies are whole, %lld bytes; %zu publications are named by their signed targets", r->images,
		r->policies, (long long)r->bytes, r->targets);
	if (r->unproven > 0)
		(void)printf(", of %zu the targets are gone", r->unproven);
	(void)printf("\n");
	if (r->bad > 0)
		(void)printf("%zu findings\n", r->bad);
	return code;
}

/* Under the lock: what a crash left out of the archive is added first. */
static int check(const asked *ask, const tg_site *site, tg_error *err)
{
	bool added = false, show = !ask->cli.json && isatty(STDERR_FILENO);
	tg_json *findings = ask->cli.json ? tg_json_new_array() : NULL;
	tg_archive_report report = { 0 };
	tg_archive archive = { 0 };
	int lock = -1, rc = tg_site_lock(&lock, site, "tillgate-hq archive", err);
	tg_error why = { 0 };

	if (rc == TG_OK && tg_archive_keep_published(&added, site, &why) != TG_OK) {
		report.bad++;
		print_finding(findings, why.msg);
	}
	if (rc == TG_OK)
		rc = tg_archive_open(&archive, site, err);
	if (rc == TG_OK) {
		size_t before = report.bad;

		rc = tg_archive_check(&report, &archive, print_finding, show ? show_progress : NULL, findings, err);
		report.bad += before;
	}
	tg_archive_close(&archive);
	if (lock >= 0)
		(void)close(lock);
	if (rc == TG_OK)
		return say_check(&report, added, findings);
	tg_json_free(findings);
	return rc == TG_EFORMAT ? (tg_cli_fail(err), TG_EXIT_REFUSED) : tg_cli_fail(err);
}

/* ---- get ---- */

static int get_policy(const asked *ask, const tg_archive *archive, size_t n, tg_error *err)
{
	tg_buf text;
	int rc;

	tg_buf_init(&text, TG_POLICY_MAX_BYTES);
	rc = tg_archive_policy(&text, archive, n, err);
	if (rc == TG_OK && ask->out != NULL)
		rc = tg_file_write(ask->out, tg_buf_view(&text), 0644, err);
	else if (rc == TG_OK && fwrite(text.data, 1, text.len, stdout) != text.len)
		rc = tg_fail_errno(err, TG_EIO, "standard output");
	tg_buf_fini(&text);
	return rc;
}

static int get(const asked *ask, const tg_archive *archive, tg_error *err)
{
	const char *what = ask->policy ? "policy" : "catalogue";
	long n = ask->policy ? tg_archive_index_of_policy(&archive->index, ask->version)
			     : tg_archive_index_of_catalogue(&archive->index, ask->version);
	int rc;

	if (n < 0)
		rc = tg_fail(err, TG_ENOTFOUND, "the archive holds no %s %lld; see archive list", what, (long long)ask->version);
	else if (ask->policy)
		rc = get_policy(ask, archive, (size_t)n, err);
	else
		rc = tg_archive_image_file(ask->out, archive, (size_t)n, err);
	if (rc != TG_OK)
		return tg_cli_fail(err);
	if (ask->cli.json && ask->out != NULL)
		return tg_cli_print(line_json(&archive->index.entries[n]), TG_EXIT_OK);
	return TG_EXIT_OK;
}

/* ---- the command ---- */

static bool read_what(asked *ask, int argc, char **argv, tg_error *err)
{
	if (optind >= argc)
		return false;
	ask->what = argv[optind];
	if (strcmp(ask->what, "list") == 0 || strcmp(ask->what, "check") == 0)
		return optind + 1 == argc;
	return strcmp(ask->what, "get") == 0 && optind + 2 == argc && (ask->policy || ask->out != NULL) &&
	       tg_cli_number(&ask->version, argv[optind + 1], 1, TG_JSON_MAX_INT, "VERSION", err) == TG_OK;
}

static int run_archive(int argc, char **argv)
{
	static const struct option options[] = { { "policy", no_argument, NULL, 'p' }, { "output", required_argument, NULL, 'o' },
		TG_CLI_OPTIONS };
	tg_archive archive = { 0 };
	asked ask = { 0 };
	tg_error err = { 0 };
	tg_site site;
	int c, rc, code;

	tg_cli_init(&ask.cli);
	while ((c = getopt_long(argc, argv, "d:ho:", options, NULL)) != -1) {
		if (c == 'p')
			ask.policy = true;
		else if (c == 'o')
			ask.out = optarg;
		else if (!tg_cli_take(&ask.cli, c))
			return tg_cli_usage(&tg_command_archive, c);
	}
	if (!read_what(&ask, argc, argv, &err))
		return err.code != TG_OK ? tg_cli_fail(&err) : tg_cli_usage(&tg_command_archive, '?');
	rc = tg_site_open(&site, ask.cli.dir, &err);
	if (rc == TG_OK && strcmp(ask.what, "check") == 0)
		return check(&ask, &site, &err);
	if (rc == TG_OK)
		rc = tg_archive_open(&archive, &site, &err);
	if (rc != TG_OK)
		code = tg_cli_fail(&err);
	else
		code = strcmp(ask.what, "list") == 0 ? list(&ask, &archive) : get(&ask, &archive, &err);
	tg_archive_close(&archive);
	return code;
}

const tg_command tg_command_archive = { "archive", run_archive,
	"archive list|check [--json] [-d DIR], archive get VERSION -o FILE [-d DIR], archive get VERSION --policy [-o FILE] [-d DIR]",
	"Every image and policy that was published, kept in DIR/archive so that what the gate said can be replayed.\n"
	"list shows the publications. check adds what a crash left out, unfolds every image and hashes it, and names each file that\n"
	"is damaged or missing and what rests on it; it exits with 1 if there is one. get writes the image of that catalogue version,\n"
	"or with --policy the policy of that policy version.\n\n"
	"  -o, --output FILE    where to\n"
	"  --policy             VERSION is a policy's\n" };

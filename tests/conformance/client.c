/* SPDX-License-Identifier: Apache-2.0
 *
 * client.c - our TUF client behind the command line that the public conformance suite drives.
 *
 * Only glue: the code under test is sync/refresh.c and sync/find.c with the rules in sync/tuf, the same that `tillgate sync`
 * runs. The command line is that of the suite (theupdateframework/tuf-conformance, CLIENT-CLI.md); tests/conformance/run runs
 * it against a checkout. test_conformance.c drives this program without the suite.
 *
 *   --metadata-dir DIR init ROOT_FILE
 *   --metadata-url URL --metadata-dir DIR refresh
 *   --metadata-url URL --metadata-dir DIR --target-name PATH… --target-dir TDIR --target-base-url URL download
 *
 * --now "YYYY-MM-DDTHH:MM:SSZ" is our own addition: the time to go by instead of the clock's. The suite sets the clock by
 * faketime, which a program with a sanitizer does not bear.
 *
 * Exit: 0 all of it was done, 1 anything else, a wrong command line too: the suite takes 1 alone for a refusal.
 */
#include "store/base/encoding.h"
#include "store/base/file.h"
#include "sync/find.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TARGETS_MAX 64 /* --target-name options; the suite passes two at most */

typedef struct command {
	const char *dir, *url, *target_dir, *target_url;
	const char *targets[TARGETS_MAX];
	size_t target_count;
	const char *verb, *root_file;
	int64_t now_us;
} command;

static int usage(const char *words)
{
	fprintf(stderr, "tuf-conformance-client: %s; see the head of tests/conformance/client.c\n", words);
	return 1;
}

static int fail(const tg_error *err)
{
	fprintf(stderr, "tuf-conformance-client: %s: %s\n", tg_strerror(err->code), err->msg);
	return 1;
}

/* root.json as it is: whether it holds is asked at each refresh anew. */
static int do_init(const command *c, tg_error *err)
{
	char path[4096];
	tg_buf root;
	int rc;

	tg_buf_init(&root, TG_TUF_ROOT_MAX);
	rc = tg_file_read(&root, c->root_file, TG_TUF_ROOT_MAX, err);
	if (rc == TG_OK)
		rc = tg_dir_make(c->dir, 0755, err);
	if (rc == TG_OK)
		rc = tg_path(path, err, "%s/root.json", c->dir);
	if (rc == TG_OK)
		rc = tg_file_write(path, tg_buf_view(&root), 0644, err);
	tg_buf_fini(&root);
	return rc;
}

/* A target's whole path as one file name: %-encoded, or by its hash if that would be too long. */
static int target_file(char out[4096], const char *dir, const char *path, tg_error *err)
{
	char name[TG_TUF_ROLE_NAME_MAX + 1], hex[2 * TG_SHA256_SIZE + 1];
	uint8_t hash[TG_SHA256_SIZE];

	if (tg_tuf_role_encode(name, path, NULL) == TG_OK)
		return tg_path(out, err, "%s/=%s", dir, name); /* '=' so that "." and ".." are names too */
	tg_sha256(hash, path, strlen(path));
	return tg_path(out, err, "%s/sha256-%s", dir, tg_hex_encode(hex, hash, sizeof(hash)));
}

static bool have_target(const char *path, const tg_tuf_file *file)
{
	tg_buf bytes;
	bool same;

	tg_buf_init(&bytes, (size_t)file->length);
	same = tg_file_read(&bytes, path, (size_t)file->length, NULL) == TG_OK &&
	       tg_tuf_file_check(file, tg_buf_view(&bytes), path, NULL) == TG_OK;
	tg_buf_fini(&bytes);
	return same;
}

static int download(const command *c, tg_trusted *set, const tg_refresh_config *config, const char *target, tg_error *err)
{
	char path[4096];
	tg_found found;
	int rc = tg_find_target(&found, set, config, target, err);

	if (rc == TG_OK)
		rc = target_file(path, c->target_dir, target, err);
	if (rc != TG_OK || have_target(path, &found.file))
		return rc;
	return tg_find_fetch(path, set, c->target_url, target, &found.file, config->fetch, err);
}

static int run(const command *c, const tg_refresh_config *config, tg_error *err)
{
	tg_trusted *set;
	int rc = tg_refresh_run(&set, config, err);

	for (size_t i = 0; i < c->target_count && rc == TG_OK; i++)
		rc = download(c, set, config, c->targets[i], err);
	tg_trusted_close(set);
	return rc;
}

/* The next start trusts root.json alone, and it must be there: a client that was never initialised has nothing to start from. */
static int do_update(const command *c, tg_error *err)
{
	tg_refresh_config config = { .cache_dir = c->dir, .metadata_url = c->url, .root_alone = true };
	char path[4096];
	tg_fetch *fetch = NULL;
	int lock = -1, rc = tg_path(path, err, "%s/lock", c->dir);
	tg_buf root;

	tg_buf_init(&root, TG_TUF_ROOT_MAX);
	if (rc == TG_OK)
		rc = tg_lock_take(&lock, path, "tuf-conformance-client", err);
	if (rc == TG_OK)
		rc = tg_path(path, err, "%s/root.json", c->dir);
	if (rc == TG_OK)
		rc = tg_file_read(&root, path, TG_TUF_ROOT_MAX, err);
	if (rc == TG_OK)
		rc = tg_fetch_open(&fetch, NULL, err);
	if (rc == TG_OK) {
		config.first_root = tg_buf_view(&root);
		config.fetch = fetch;
		config.now_us = c->now_us != 0 ? c->now_us : tg_utc_now_us();
		rc = run(c, &config, err);
	}
	tg_fetch_close(fetch);
	tg_buf_fini(&root);
	if (lock >= 0)
		close(lock);
	return rc;
}

static bool read_options(command *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "metadata-dir", required_argument, NULL, 'd' },
		{ "metadata-url", required_argument, NULL, 'u' },
		{ "target-name", required_argument, NULL, 't' },
		{ "target-dir", required_argument, NULL, 'o' },
		{ "target-base-url", required_argument, NULL, 'b' },
		{ "now", required_argument, NULL, 'n' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'd')
			c->dir = optarg;
		else if (option == 'u')
			c->url = optarg;
		else if (option == 'o')
			c->target_dir = optarg;
		else if (option == 'b')
			c->target_url = optarg;
		else if (option == 'n' && tg_utc_parse(&c->now_us, optarg, NULL) == TG_OK)
			continue;
		else if (option == 't' && c->target_count < TARGETS_MAX)
			c->targets[c->target_count++] = optarg;
		else
			return false;
	}
	if (c->dir == NULL || optind >= argc)
		return false;
	c->verb = argv[optind];
	c->root_file = optind + 1 < argc ? argv[optind + 1] : NULL;
	return true;
}

int main(int argc, char **argv)
{
	command c = { 0 };
	tg_error err = { 0 };
	bool wants_targets;
	int rc;

	if (!read_options(&c, argc, argv))
		return usage("wrong options");
	wants_targets = strcmp(c.verb, "download") == 0;
	if (strcmp(c.verb, "init") == 0) {
		if (c.root_file == NULL)
			return usage("init wants a root file");
		rc = do_init(&c, &err);
	} else if (strcmp(c.verb, "refresh") == 0 || wants_targets) {
		if (c.url == NULL)
			return usage("no --metadata-url");
		if (wants_targets && (c.target_count == 0 || c.target_dir == NULL || c.target_url == NULL))
			return usage("download wants --target-name, --target-dir and --target-base-url");
		if (!wants_targets)
			c.target_count = 0;
		rc = tg_crypto_init(&err);
		if (rc == TG_OK)
			rc = do_update(&c, &err);
	} else {
		return usage("wanted init, refresh or download");
	}
	return rc == TG_OK ? 0 : fail(&err);
}

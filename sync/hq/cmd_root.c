/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_root.c - tillgate-hq root: which step, and keys and stages that begin a ceremony.
 */
#include "sync/hq/cmd_root.h"

#include "store/base/file.h"

#include <stdio.h>

#define EDITS_MAX 64 /* --add, --remove, --replace and --threshold together */

/* ---- shared ---- */

int tg_cli_stage_read(tg_stage *out, const char *path, tg_error *err)
{
	tg_buf text;
	int rc;

	*out = (tg_stage){ 0 };
	tg_buf_init(&text, TG_STAGE_MAX);
	rc = tg_file_read(&text, path, TG_STAGE_MAX, err);
	if (rc == TG_OK) {
		rc = tg_stage_parse(out, tg_buf_view(&text), err);
		if (rc != TG_OK)
			tg_error_prefix(err, "%s", path);
	}
	tg_buf_fini(&text);
	return rc;
}

int tg_cli_stage_write(const char *path, const tg_stage *stage, tg_error *err)
{
	tg_buf text;
	int rc;

	tg_buf_init(&text, TG_STAGE_MAX);
	rc = tg_stage_write(&text, stage, err);
	if (rc == TG_OK)
		rc = tg_file_write(path, tg_buf_view(&text), 0644, err);
	tg_buf_fini(&text);
	return rc;
}

int tg_cli_root_read(tg_root *out, bool *there, const char *file, const char *dir, tg_error *err)
{
	tg_site site;
	tg_buf bytes;
	int rc = TG_OK;

	*out = (tg_root){ 0 };
	*there = false;
	tg_buf_init(&bytes, TG_TUF_ROOT_MAX);
	if (file != NULL) {
		rc = tg_file_read(&bytes, file, TG_TUF_ROOT_MAX, err);
	} else {
		rc = tg_site_open(&site, dir, err);
		if (rc == TG_OK)
			rc = tg_published_newest_root(&bytes, &site, err);
		if (rc == TG_ENOTFOUND) {
			tg_buf_fini(&bytes);
			return TG_OK;
		}
	}
	if (rc == TG_OK)
		rc = tg_root_parse(out, tg_buf_view(&bytes), err);
	if (rc == TG_OK)
		rc = tg_tuf_metadata_verify(out->meta, out->meta, err);
	if (rc != TG_OK && file != NULL)
		tg_error_prefix(err, "%s", file);
	*there = rc == TG_OK;
	tg_buf_fini(&bytes);
	return rc;
}

static long long wanted(const tg_root *root)
{
	return (long long)root->roles[TG_TUF_ROOT].threshold;
}

int tg_cli_stage_show(const tg_stage *stage, const tg_root *current, tg_error *err)
{
	tg_buf says;
	int rc;

	tg_buf_init(&says, (size_t)TG_STAGE_SAYS_MAX * 512);
	rc = tg_stage_says(&says, stage, current, err);
	if (rc == TG_OK) {
		(void)printf("%s", tg_buf_text(&says));
		if (current != NULL)
			(void)printf("signed by %zu of the %lld wanted by root.json %lld\n",
				tg_stage_signed(stage, current), wanted(current),
				(long long)current->version);
		(void)printf("signed by %zu of the %lld wanted by root.json %lld itself\n",
			tg_stage_signed(stage, &stage->root), wanted(&stage->root),
			(long long)stage->root.version);
		(void)printf(
			"fingerprint  %s   compare it by voice with the other signers\n", stage->fingerprint);
	}
	tg_buf_fini(&says);
	return rc;
}

tg_json *tg_cli_stage_json(const tg_stage *stage, const tg_root *current)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_int(json, "root_version", stage->root.version);
	tg_json_set_str(json, "fingerprint", stage->fingerprint);
	tg_json_set(json, "says", tg_json_copy(tg_json_get(stage->tree, "says")));
	tg_json_set_int(json, "signed_of_new", (int64_t)tg_stage_signed(stage, &stage->root));
	tg_json_set_int(json, "wanted_of_new", wanted(&stage->root));
	if (current != NULL) {
		tg_json_set_int(json, "signed_of_present", (int64_t)tg_stage_signed(stage, current));
		tg_json_set_int(json, "wanted_of_present", wanted(current));
	}
	tg_json_set_bool(json, "complete", tg_stage_verify(stage, current, NULL) == TG_OK);
	return json;
}

static int role_by_name(tg_tuf_role *out, const char *name, size_t len, tg_error *err)
{
	for (int role = 0; role < TG_TUF_ROLES; role++) {
		const char *one = tg_tuf_role_name((tg_tuf_role)role);

		if (strlen(one) == len && strncmp(one, name, len) == 0) {
			*out = (tg_tuf_role)role;
			return TG_OK;
		}
	}
	return tg_fail(
		err, TG_EINVAL, "\"%.*s\" is no role: root, targets, snapshot, timestamp", (int)len, name);
}

/* ---- root key ---- */

/* Where a new key goes: a role that signs daily has its keys at head office, a signer's own goes where told. */
static int key_folder(char out[4096], const tg_cli *cli, const char *folder, tg_tuf_role role, tg_error *err)
{
	tg_site site;
	int rc;

	if (folder != NULL || role == TG_TUF_ROOT)
		return tg_path(out, err, "%s", folder != NULL ? folder : ".");
	rc = tg_site_open(&site, cli->dir, err);
	return rc == TG_OK ? tg_path(out, err, "%s", site.keys) : rc;
}

static int make_key(const tg_cli *cli, const char *folder, tg_tuf_role role)
{
	char name[TG_KEY_NAME_MAX], dir[4096], keyid[TG_TUF_KEYID_TEXT_SIZE] = "", path[4096];
	tg_pubkey *pub = NULL;
	tg_error err = { 0 };
	tg_buf passphrase;
	int rc = key_folder(dir, cli, folder, role, &err);

	tg_buf_init(&passphrase, 0);
	if (rc == TG_OK)
		rc = tg_dir_make(dir, 0700, &err);
	if (rc == TG_OK)
		rc = tg_passphrase_get(&passphrase, cli->passphrase_file, true, &err);
	if (rc == TG_OK)
		rc = tg_keys_make(name, dir, tg_tuf_role_name(role), tg_buf_view(&passphrase), &err);
	if (rc == TG_OK)
		rc = tg_path(path, &err, "%s/%s.pub.pem", dir, name);
	if (rc == TG_OK)
		rc = tg_keys_read_public(&pub, path, &err);
	if (rc == TG_OK)
		rc = tg_repository_keyid(keyid, pub, &err);
	if (passphrase.data != NULL)
		tg_wipe(passphrase.data, passphrase.cap);
	tg_buf_fini(&passphrase);
	tg_pubkey_free(pub);
	if (rc != TG_OK)
		return tg_cli_fail(&err);
	if (cli->json) {
		tg_json *json = tg_json_new_object();

		tg_json_set_str(json, "keyid", keyid);
		tg_json_set_str(json, "public", path);
		tg_json_set_str(json, "role", tg_tuf_role_name(role));
		return tg_cli_print(json, TG_EXIT_OK);
	}
	(void)printf("key %s for %s\n", keyid, tg_tuf_role_name(role));
	(void)printf("%s/%s.pem      private, encrypted: it stays here\n", dir, name);
	if (role == TG_TUF_ROOT)
		(void)printf("%s  public: send this one, and say its first digits by voice: %.4s %.4s %.4s %.4s\n",
			path, keyid, keyid + 4, keyid + 8, keyid + 12);
	else
		(void)printf("%s  public: it signs once a root says so: root stage --add or --replace %s=%s\n", path,
			tg_tuf_role_name(role), path);
	return TG_EXIT_OK;
}

static int run_key(int argc, char **argv)
{
	static const struct option options[] = { { "role", required_argument, NULL, 'r' },
		{ "output", required_argument, NULL, 'o' }, TG_CLI_OPTIONS };
	tg_tuf_role role = TG_TUF_ROOT;
	const char *folder = NULL;
	tg_error err = { 0 };
	tg_cli cli;
	int c;

	tg_cli_init(&cli);
	while ((c = getopt_long(argc, argv, "d:ho:", options, NULL)) != -1) {
		if (c == 'o')
			folder = optarg;
		else if (c == 'r' && role_by_name(&role, optarg, strlen(optarg), &err) != TG_OK)
			return tg_cli_fail(&err);
		else if (c != 'r' && !tg_cli_take(&cli, c))
			return tg_cli_usage(&tg_command_root_key, c);
	}
	if (optind < argc)
		return tg_cli_usage(&tg_command_root_key, '?');
	return make_key(&cli, folder, role);
}

const tg_command tg_command_root_key = { "root key", run_key, "root key [--role ROLE] [-o FOLDER] [--json]",
	"Makes a pair of keys, ROLE-KEYID.pem (private, encrypted) and ROLE-KEYID.pub.pem. For root on the "
	"signer's own machine, "
	"into the\n"
	"present folder or FOLDER; for another role into DIR/keys.\n\n"
	"  --role ROLE          root (default), targets, snapshot or timestamp\n"
	"  -o, --output FOLDER  where to\n" };

/* ---- root stage ---- */

enum { OPT_ADD = 1900, OPT_REMOVE, OPT_REPLACE, OPT_THRESHOLD };

struct edit {
	int what; /* OPT_… */
	tg_tuf_role role;
	const char *value;
};

struct stage_order {
	tg_cli_signing signing;
	struct edit edits[EDITS_MAX];
	size_t count;
	const char *output;
};

/* ROLE=VALUE */
static int take_edit(struct stage_order *o, int what, const char *text, tg_error *err)
{
	const char *equals = strchr(text, '=');
	struct edit *edit = &o->edits[o->count];

	if (equals == NULL || equals[1] == '\0')
		return tg_fail(err, TG_EINVAL, "\"%s\": wanted ROLE=VALUE, such as timestamp=FILE", text);
	if (o->count == EDITS_MAX)
		return tg_fail(err, TG_EINVAL, "at most %d changes in one stage", EDITS_MAX);
	o->count++;
	edit->what = what;
	edit->value = equals + 1;
	return role_by_name(&edit->role, text, (size_t)(equals - text), err);
}

static int add_key(tg_root_role *role, const char *path, tg_error *err)
{
	tg_pubkey *key = NULL;
	int rc = tg_keys_read_public(&key, path, err);

	if (rc == TG_OK)
		rc = tg_root_role_add(role, key, err);
	return rc;
}

/* By the digits that its key id begins with, eight at least: those of its file name. */
static int remove_key(tg_root_role *role, const char *prefix, tg_error *err)
{
	size_t found = 0, at = 0;

	for (size_t i = 0; i < role->count; i++)
		if (strlen(prefix) >= 8 && strncmp(role->keyids[i], prefix, strlen(prefix)) == 0) {
			found++;
			at = i;
		}
	if (found != 1)
		return tg_fail(err, TG_EINVAL,
			"--remove: \"%s\" is the beginning of %zu of the role's key ids, wanted one (eight "
			"digits or more)",
			prefix, found);
	tg_root_role_remove(role, at);
	return TG_OK;
}

static int apply_edit(tg_root *next, const struct edit *edit, bool replaced[TG_TUF_ROLES], tg_error *err)
{
	tg_root_role *role = &next->roles[edit->role];

	switch (edit->what) {
	case OPT_REPLACE:
		if (!replaced[edit->role])
			while (role->count > 0)
				tg_root_role_remove(role, 0);
		replaced[edit->role] = true;
		return add_key(role, edit->value, err);
	case OPT_ADD:
		return add_key(role, edit->value, err);
	case OPT_REMOVE:
		return remove_key(role, edit->value, err);
	default:
		return tg_cli_number(
			&role->threshold, edit->value, 1, TG_TUF_ROLE_KEYS_MAX, "--threshold", err);
	}
}

/* `next` begins as a copy of `current`. */
static int make_next(tg_root *next, const tg_root *current, const struct stage_order *o, tg_error *err)
{
	bool replaced[TG_TUF_ROLES] = { false };
	tg_buf bytes;
	int rc;

	tg_buf_init(&bytes, TG_TUF_ROOT_MAX);
	rc = tg_published_newest_root(&bytes, &o->signing.site, err);
	if (rc == TG_OK)
		rc = tg_root_parse(next, tg_buf_view(&bytes), err);
	next->version = current->version + 1;
	next->expires_us = tg_signing_expires_us(&o->signing.ctx, TG_TUF_ROOT);
	for (size_t i = 0; i < o->count && rc == TG_OK; i++)
		rc = apply_edit(next, &o->edits[i], replaced, err);
	tg_buf_fini(&bytes);
	return rc;
}

static int stage_root(struct stage_order *o)
{
	tg_root current = { 0 }, next = { 0 };
	tg_stage stage = { 0 };
	char path[4096];
	tg_error err = { 0 };
	bool there = false;
	int code, rc = tg_cli_signing_open(&o->signing, "tillgate-hq root stage", &err);

	if (rc == TG_OK)
		rc = tg_cli_root_read(&current, &there, NULL, o->signing.cli.dir, &err);
	if (rc == TG_OK && !there)
		rc = tg_fail(&err, TG_ESTATE, "there is no root yet: the first one is staged by init");
	if (rc == TG_OK)
		rc = make_next(&next, &current, o, &err);
	if (rc == TG_OK)
		rc = tg_stage_make(&stage, &current, &next, &err);
	if (rc == TG_OK)
		rc = o->output != NULL ? tg_path(path, &err, "%s", o->output)
				       : tg_path(path, &err, "%lld.root.stage.json", (long long)next.version);
	if (rc == TG_OK)
		rc = tg_cli_stage_write(path, &stage, &err);
	if (rc == TG_OK && o->signing.cli.json) {
		tg_json *json = tg_cli_stage_json(&stage, &current);

		tg_json_set_str(json, "stage", path);
		code = tg_cli_print(json, TG_EXIT_OK);
	} else {
		if (rc == TG_OK)
			rc = tg_cli_stage_show(&stage, &current, &err);
		if (rc == TG_OK)
			(void)printf("written to %s: have it signed (root sign), then root finish\n", path);
		code = rc == TG_OK ? TG_EXIT_OK : tg_cli_fail(&err);
	}
	tg_stage_fini(&stage);
	tg_root_fini(&next);
	tg_root_fini(&current);
	tg_cli_signing_close(&o->signing);
	return code;
}

static int run_stage(int argc, char **argv)
{
	static const struct option options[] = { { "add", required_argument, NULL, OPT_ADD },
		{ "remove", required_argument, NULL, OPT_REMOVE },
		{ "replace", required_argument, NULL, OPT_REPLACE },
		{ "threshold", required_argument, NULL, OPT_THRESHOLD },
		{ "output", required_argument, NULL, 'o' }, TG_EXPIRES_OPTIONS, TG_CLI_OPTIONS };
	struct stage_order o = { 0 };
	tg_error err = { 0 };
	int c, rc;

	tg_cli_signing_init(&o.signing);
	while ((c = getopt_long(argc, argv, "d:ho:", options, NULL)) != -1) {
		rc = TG_OK;
		if (c >= OPT_ADD && c <= OPT_THRESHOLD)
			rc = take_edit(&o, c, optarg, &err);
		else if (c == 'o')
			o.output = optarg;
		else
			rc = tg_cli_signing_take(&o.signing, c, &err);
		if (rc != TG_OK)
			return rc == TG_ENOTFOUND ? tg_cli_usage(&tg_command_root_stage, c)
						  : tg_cli_fail(&err);
	}
	if (optind < argc)
		return tg_cli_usage(&tg_command_root_stage, '?');
	return stage_root(&o);
}

const tg_command tg_command_root_stage = { "root stage", run_stage,
	"root stage [--add|--replace ROLE=PUBLIC …] [--remove ROLE=KEYID …] [--threshold ROLE=N …] "
	"[--expires-root DAYS] "
	"[-o STAGE] [--json] [-d DIR]",
	"Describes the next root in a file for the signers. Without changes it renews the present one. Needs "
	"no key.\n\n"
	"  --add ROLE=PUBLIC    the key in the file PUBLIC (.pub.pem) may sign for ROLE\n"
	"  --remove ROLE=KEYID  the key whose id begins so (eight digits or more) may no longer\n"
	"  --replace ROLE=PUBLIC  in place of all keys that ROLE has; repeat for several\n"
	"  --threshold ROLE=N   so many of ROLE's keys must sign\n"
	"  --expires-root DAYS  how long the new root holds (else as hq.json says)\n"
	"  -o, --output STAGE   default N.root.stage.json in the present folder\n" };

/* ---- which step ---- */

static const tg_command *const steps[] = { &tg_command_root_key, &tg_command_root_stage,
	&tg_command_root_show, &tg_command_root_sign, &tg_command_root_finish };

static int help(FILE *out, int code)
{
	(void)fprintf(out, "usage: tillgate-hq root key|stage|show|sign|finish …\n\n");
	for (size_t i = 0; i < TG_COUNT(steps); i++)
		(void)fprintf(out, "  tillgate-hq %s\n", steps[i]->usage);
	(void)fprintf(out, "\nA root ceremony, step by step; see tillgate-hq(8).\n");
	return code;
}

static int run_root(int argc, char **argv)
{
	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
		return help(stdout, TG_EXIT_OK);
	for (size_t i = 0; i < TG_COUNT(steps) && argc > 1; i++)
		if (strcmp(argv[1], steps[i]->name + strlen("root ")) == 0)
			return steps[i]->run(argc - 1, argv + 1);
	return help(stderr, TG_EXIT_USAGE);
}

const tg_command tg_command_root = { "root", run_root, "root key|stage|show|sign|finish …", "" };

/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_root_sign.c - tillgate-hq root show, sign, finish.
 */
#include "store/base/file.h"
#include "sync/hq/cmd_root.h"
#include "sync/hq/root_finish.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define ANSWER_MAX 16 /* bytes of "yes" and its like */

/* ---- show and sign ---- */

struct sign_order {
	tg_cli cli;
	const char *stage, *root, *key, *output;
	bool yes;
};

/* The signer's own yes, from the terminal and nowhere else. */
static int confirm(const tg_stage *stage, tg_error *err)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	char question[128], answer[ANSWER_MAX] = "";
	ssize_t got;
	int rc;

	if (fd < 0)
		return tg_fail(err, TG_ESTATE, "no terminal to ask at; --yes says yes");
	(void)snprintf(question, sizeof(question),
		"Sign root.json %lld with this fingerprint? Type yes: ", (long long)stage->root.version);
	rc = tg_write_all(fd, question, strlen(question), "terminal", err);
	got = rc == TG_OK ? read(fd, answer, sizeof(answer) - 1) : -1;
	(void)close(fd);
	if (rc == TG_OK && (got < 4 || strncmp(answer, "yes\n", 4) != 0))
		rc = tg_fail(err, TG_ESTATE, "not signed");
	return rc;
}

static int open_key(tg_signkey **out, const struct sign_order *o, tg_error *err)
{
	tg_buf passphrase;
	int rc = tg_passphrase_get(&passphrase, o->cli.passphrase_file, false, err);

	if (rc == TG_OK)
		rc = tg_keys_open(out, o->key, tg_buf_view(&passphrase), err);
	if (passphrase.data != NULL)
		tg_wipe(passphrase.data, passphrase.cap);
	tg_buf_fini(&passphrase);
	return rc;
}

static int sign(tg_stage *stage, const tg_root *current, const struct sign_order *o, tg_error *err)
{
	tg_signkey *key = NULL;
	int rc = o->yes ? TG_OK : confirm(stage, err);

	if (rc == TG_OK)
		rc = open_key(&key, o, err);
	if (rc == TG_OK)
		rc = tg_stage_sign(stage, current, key, err);
	if (rc == TG_OK)
		rc = tg_cli_stage_write(o->output != NULL ? o->output : o->stage, stage, err);
	tg_signkey_free(key);
	return rc;
}

static int show_or_sign(const struct sign_order *o)
{
	tg_root current = { 0 };
	tg_stage stage = { 0 };
	tg_error err = { 0 };
	bool there = false;
	int code, rc = tg_cli_stage_read(&stage, o->stage, &err);
	const tg_root *present = NULL;

	if (rc == TG_OK)
		rc = tg_cli_root_read(&current, &there, o->root, o->cli.dir, &err);
	if (rc == TG_OK && !there && stage.root.version > 1)
		rc = tg_fail(&err, TG_EINVAL,
			"root.json %lld follows another: give that one, as you know it, by --root",
			(long long)stage.root.version);
	if (there)
		present = &current;
	if (rc == TG_OK && !o->cli.json)
		rc = tg_cli_stage_show(&stage, present, &err);
	else if (rc == TG_OK) {
		tg_buf says;

		tg_buf_init(&says, TG_STAGE_MAX);
		rc = tg_stage_says(&says, &stage, present, &err);
		tg_buf_fini(&says);
	}
	if (rc == TG_OK && o->key != NULL) {
		rc = sign(&stage, present, o, &err);
		if (rc == TG_OK && !o->cli.json)
			(void)printf("signed; written to %s\n", o->output != NULL ? o->output : o->stage);
	}
	if (rc != TG_OK)
		code = rc == TG_EUNTRUSTED || rc == TG_EFORMAT ? (tg_cli_fail(&err), TG_EXIT_REFUSED)
							       : tg_cli_fail(&err);
	else
		code = o->cli.json ? tg_cli_print(tg_cli_stage_json(&stage, present), TG_EXIT_OK)
				   : TG_EXIT_OK;
	tg_stage_fini(&stage);
	tg_root_fini(&current);
	return code;
}

static int take_sign_options(struct sign_order *o, const tg_command *command, int argc, char **argv)
{
	static const struct option options[] = { { "root", required_argument, NULL, 'r' },
		{ "key", required_argument, NULL, 'k' }, { "output", required_argument, NULL, 'o' },
		{ "yes", no_argument, NULL, 'y' }, TG_CLI_OPTIONS };
	bool signs = command == &tg_command_root_sign;
	int c;

	*o = (struct sign_order){ 0 };
	tg_cli_init(&o->cli);
	while ((c = getopt_long(argc, argv, "d:ho:", options, NULL)) != -1) {
		if (c == 'r')
			o->root = optarg;
		else if (c == 'k' && signs)
			o->key = optarg;
		else if (c == 'o' && signs)
			o->output = optarg;
		else if (c == 'y' && signs)
			o->yes = true;
		else if (!tg_cli_take(&o->cli, c))
			return tg_cli_usage(command, c);
	}
	if (optind + 1 != argc || (signs && o->key == NULL))
		return tg_cli_usage(command, '?');
	o->stage = argv[optind];
	return -1;
}

static int run_show(int argc, char **argv)
{
	struct sign_order o;
	int code = take_sign_options(&o, &tg_command_root_show, argc, argv);

	return code < 0 ? show_or_sign(&o) : code;
}

static int run_sign(int argc, char **argv)
{
	struct sign_order o;
	int code = take_sign_options(&o, &tg_command_root_sign, argc, argv);

	return code < 0 ? show_or_sign(&o) : code;
}

const tg_command tg_command_root_show = { "root show", run_show,
	"root show STAGE [--root ROOT] [--json] [-d DIR]",
	"Says what a staged root would change, judged by the present root, and who has signed it.\n\n"
	"  --root ROOT          the present root.json as you know it (else the newest in DIR/repository)\n" };

const tg_command tg_command_root_sign = { "root sign", run_sign,
	"root sign STAGE --key PRIVATE [--root ROOT] [--yes] [-o SIGNED] [--json]",
	"Shows a staged root and its fingerprint, asks, and adds the signature of one key. Needs nothing but "
	"STAGE, the present root "
	"and\n"
	"the key: no head office, no network.\n\n"
	"  --key PRIVATE        the signer's key (.pem)\n"
	"  --root ROOT          the present root.json as you know it; not for a first root (else the newest "
	"in DIR/repository)\n"
	"  --yes                do not ask\n"
	"  -o, --output SIGNED  where to, instead of STAGE itself\n" };

/* ---- finish ---- */

static int merge_all(tg_stage *stage, char **files, int count, tg_error *err)
{
	int rc = tg_cli_stage_read(stage, files[0], err);

	for (int i = 1; i < count && rc == TG_OK; i++) {
		tg_stage other = { 0 };

		rc = tg_cli_stage_read(&other, files[i], err);
		if (rc == TG_OK)
			rc = tg_stage_merge(stage, &other, err);
		if (rc != TG_OK)
			tg_error_prefix(err, "%s", files[i]);
		tg_stage_fini(&other);
	}
	return rc;
}

static tg_json *finish_json(const tg_root_result *r, bool dry_run)
{
	tg_json *json = tg_json_new_object(), *again = tg_json_new_array();

	tg_json_set_int(json, "root_version", r->root_version);
	tg_json_set_bool(json, "placed", r->placed && !dry_run);
	tg_json_set_bool(json, "dry_run", dry_run);
	tg_json_set_bool(json, "seamless", r->seamless);
	for (int role = 0; role < TG_TUF_ROLES; role++)
		if (r->due[role])
			tg_json_add_str(again, tg_tuf_role_name((tg_tuf_role)role));
	tg_json_set(json, "signed_anew", again);
	if (!r->first)
		tg_cli_set_versions(json, r->version);
	return json;
}

static void say_finished(const tg_root_result *r, bool dry_run)
{
	bool any = false;

	(void)printf("root.json %lld %s\n", (long long)r->root_version,
		dry_run     ? "would be put in place"
		: r->placed ? "is in place"
			    : "was in place already");
	for (int role = 0; role < TG_TUF_ROLES; role++)
		if (r->due[role]) {
			(void)printf("%s%s.json %lld",
				any       ? ", "
				: dry_run ? "would be signed anew: "
					  : "signed anew: ",
				tg_tuf_role_name((tg_tuf_role)role), (long long)r->version[role]);
			any = true;
		}
	if (any)
		(void)printf("\n");
	if (!r->seamless && !dry_run)
		(void)printf("note: the older keys are not here, so a station that synced in between tries "
			     "again\n");
	if (dry_run)
		(void)printf("a dry run: nothing was written\n");
	else if (r->first)
		(void)printf("now publish, and enrol stations\n");
	else
		(void)printf("private keys that no role needs any more may be destroyed now\n");
}

static int finish(tg_cli_signing *s, char **files, int count)
{
	tg_root_result result;
	tg_stage stage = { 0 };
	tg_error err = { 0 };
	int code, rc = merge_all(&stage, files, count, &err);

	if (rc == TG_OK)
		rc = tg_cli_signing_open(s, "tillgate-hq root finish", &err);
	if (rc == TG_OK)
		rc = tg_root_finish(&result, &s->ctx, &stage, &err);
	if (rc != TG_OK)
		code = rc == TG_EUNTRUSTED || rc == TG_EFORMAT ? (tg_cli_fail(&err), TG_EXIT_REFUSED)
							       : tg_cli_fail(&err);
	else if (s->cli.json)
		code = tg_cli_print(finish_json(&result, s->ctx.dry_run), TG_EXIT_OK);
	else
		code = (say_finished(&result, s->ctx.dry_run), TG_EXIT_OK);
	tg_stage_fini(&stage);
	tg_cli_signing_close(s);
	return code;
}

static int run_finish(int argc, char **argv)
{
	static const struct option options[] = { { "dry-run", no_argument, NULL, TG_OPT_DRY_RUN },
		TG_EXPIRES_OPTIONS, TG_CLI_OPTIONS };
	tg_cli_signing s;
	int code;

	if (!tg_cli_signing_options(&s, &code, &tg_command_root_finish, options, argc, argv))
		return code;
	if (optind >= argc)
		return tg_cli_usage(&tg_command_root_finish, '?');
	return finish(&s, argv + optind, argc - optind);
}

const tg_command tg_command_root_finish = { "root finish", run_finish,
	"root finish STAGE … [--dry-run] [--json] [-d DIR]",
	"Brings the signatures of all copies together, checks that enough keys of the present root and of "
	"the new one signed, signs\n"
	"anew what the change of keys asks for, and puts all in place so that stations find a repository "
	"that verifies at every "
	"moment.\n"
	"After a crash run it again.\n\n"
	"  --dry-run            say what would be put in place and signed; write nothing, open no key\n" };

/* SPDX-License-Identifier: Apache-2.0
 *
 * drafts.c - the form of a draft and what may become of it.
 */
#include "sync/hq/drafts.h"

#include "store/base/encoding.h"
#include "store/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define NAME_HASH_DIGITS                                                                                     \
	12 /* of a draft's name: enough to tell apart what one supplier says of one statement */
#define DRAFTS_MAX 100000 /* files of one folder */

const char *const tg_draft_kinds[] = { "new", "change", "withdraw", NULL };
const char *const tg_draft_states[] = { "open", "filed", "rejected", "overtaken", NULL };

void tg_draft_fini(tg_draft *draft)
{
	tg_json_free(draft->json);
	*draft = (tg_draft){ 0 };
}

/* ---- hashes and names ---- */

static int hash_json(char out[TG_HASH_TEXT_SIZE], const tg_json *json, tg_error *err)
{
	uint8_t hash[TG_SHA256_SIZE];
	tg_buf text;
	int rc;

	tg_buf_init(&text, TG_DRAFT_FILE_MAX);
	rc = tg_json_write_jcs(&text, json, err);
	if (rc == TG_OK)
		rc = tg_buf_check(&text, "draft", err);
	if (rc == TG_OK) {
		tg_sha256(hash, text.data, text.len);
		(void)tg_hex_encode(out, hash, sizeof(hash));
	}
	tg_buf_fini(&text);
	return rc;
}

/* The name is of what is proposed, not of who signed it when: the same proposal signed anew is the same draft. */
static int name_of(char out[TG_DRAFT_NAME_MAX + 1], const tg_json *body, const char *statement, tg_error *err)
{
	char hash[TG_HASH_TEXT_SIZE];
	tg_json *content = tg_json_copy(body);
	int rc;

	tg_json_remove(content, "signed");
	rc = hash_json(hash, content, err);
	tg_json_free(content);
	if (rc == TG_OK)
		(void)snprintf(out, TG_DRAFT_NAME_MAX + 1, "%.60s.%.*s", statement, NAME_HASH_DIGITS, hash);
	return rc;
}

/* ---- reading ---- */

static bool id_valid(const char *id)
{
	size_t len = strlen(id);

	return len > 0 && len <= TG_RECORD_ID_MAX && id[0] != '-' && id[0] != '.' &&
	       id[strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._")] == '\0';
}

static int read_body(tg_draft *d, tg_error *err)
{
	static const char *const names[] = { "kind", "supplier", "statement", "record", "prefix", "soc",
		"products", "replaces", "signed", NULL };
	const tg_json *list = NULL, *signature = NULL;
	int kind = 0, rc = tg_json_only(d->body, names, err);

	if (rc == TG_OK)
		rc = tg_json_need_word(&kind, d->body, "kind", tg_draft_kinds, err);
	if (rc == TG_OK)
		rc = tg_json_need_str(&d->supplier, d->body, "supplier", TG_SUPPLIER_ID_MAX, err);
	if (rc == TG_OK)
		rc = tg_json_need_str(&d->statement, d->body, "statement", TG_RECORD_ID_MAX, err);
	if (rc == TG_OK)
		rc = tg_json_need_str(&d->record, d->body, "record", TG_RECORD_ID_MAX, err);
	if (rc == TG_OK)
		rc = tg_json_need_str(&d->prefix, d->body, "prefix", TG_PREFIX_TEXT_SIZE - 1, err);
	if (rc == TG_OK)
		rc = tg_json_opt_object(&d->soc, d->body, "soc", err);
	if (rc == TG_OK)
		rc = tg_json_need_array(&list, d->body, "products", err);
	if (rc == TG_OK && tg_json_size(list) > TG_DRAFT_PRODUCTS_MAX)
		rc = tg_fail(err, TG_ELIMIT, "products: more than %d", TG_DRAFT_PRODUCTS_MAX);
	if (rc == TG_OK)
		rc = tg_json_opt_str(&d->replaces, d->body, "replaces", TG_HASH_TEXT_SIZE - 1, "", err);
	if (rc == TG_OK)
		rc = tg_json_need_object(&signature, d->body, "signed", err);
	d->kind = (tg_draft_kind)kind;
	if (rc == TG_OK &&
		(!tg_supplier_id_valid(d->supplier) || !id_valid(d->statement) || !id_valid(d->record)))
		rc = tg_fail(err, TG_EFORMAT, "supplier, statement or record: no such ids");
	if (rc == TG_OK && d->soc == NULL && d->kind != TG_DRAFT_WITHDRAW)
		rc = tg_fail(err, TG_EFORMAT, "soc: missing");
	return rc;
}

static int read_approvals(const tg_json *json, tg_error *err)
{
	static const char *const names[] = { "by", "key", "os_user", "at", "signature", NULL };
	const tg_json *list = NULL;
	const char *text;
	int rc = tg_json_need_array(&list, json, "approvals", err);

	if (rc == TG_OK && tg_json_size(list) > TG_DRAFT_APPROVALS_MAX)
		rc = tg_fail(err, TG_ELIMIT, "approvals: more than %d", TG_DRAFT_APPROVALS_MAX);
	for (const tg_json *item = tg_json_first(list); item != NULL && rc == TG_OK;
		item = tg_json_next(item)) {
		rc = tg_json_only(item, names, err);
		for (size_t i = 0; names[i] != NULL && rc == TG_OK; i++)
			rc = tg_json_need_str(&text, item, names[i], TG_RECORD_TEXT_MAX, err);
	}
	return rc;
}

static int read_history(const tg_json *json, tg_error *err)
{
	const tg_json *list = NULL;
	int rc = tg_json_need_array(&list, json, "history", err);

	if (rc == TG_OK && tg_json_size(list) > TG_DRAFT_HISTORY_MAX)
		rc = tg_fail(err, TG_ELIMIT, "history: more than %d", TG_DRAFT_HISTORY_MAX);
	return rc;
}

/* Takes `json` over, also after an error. */
static int adopt(tg_draft *out, tg_json *json, tg_error *err)
{
	static const char *const names[] = { "v", "state", "body", "approvals", "history", NULL };
	int64_t v;
	int state = 0, rc;

	*out = (tg_draft){ .json = json };
	rc = tg_json_need_int(&v, json, "v", 1, 1, err);
	if (rc == TG_OK)
		rc = tg_json_only(json, names, err);
	if (rc == TG_OK)
		rc = tg_json_need_word(&state, json, "state", tg_draft_states, err);
	if (rc == TG_OK)
		rc = tg_json_need_object(&out->body, json, "body", err);
	if (rc == TG_OK)
		rc = read_body(out, err);
	if (rc == TG_OK)
		rc = read_approvals(json, err);
	if (rc == TG_OK)
		rc = read_history(json, err);
	if (rc == TG_OK)
		rc = hash_json(out->body_sha256, out->body, err);
	if (rc == TG_OK)
		rc = name_of(out->name, out->body, out->statement, err);
	out->state = (tg_draft_state)state;
	if (rc != TG_OK)
		tg_draft_fini(out);
	return rc;
}

int tg_draft_parse(tg_draft *out, tg_view text, const char *supplier, const char *name, tg_error *err)
{
	tg_json *json = NULL;
	int rc = tg_json_parse(&json, text, err);

	*out = (tg_draft){ 0 };
	if (rc == TG_OK)
		rc = adopt(out, json, err);
	if (rc == TG_OK && (strcmp(out->supplier, supplier) != 0 || strcmp(out->name, name) != 0)) {
		rc = tg_fail(err, TG_EFORMAT,
			"holds the draft %s/%s: it was changed by hand; delete the file, and import again",
			out->supplier, out->name);
		tg_draft_fini(out);
	}
	return rc;
}

int tg_draft_print(tg_buf *out, const tg_draft *draft, tg_error *err)
{
	return tg_json_write_pretty(out, draft->json, err);
}

int tg_draft_make(tg_draft *out, const tg_proposal *p, tg_error *err)
{
	tg_json *json = tg_json_new_object(), *body = tg_json_new_object();
	char record[TG_SUPPLIER_ID_MAX + TG_RECORD_ID_MAX + 2];

	*out = (tg_draft){ 0 };
	(void)snprintf(record, sizeof(record), "%.*s.%.*s", TG_SUPPLIER_ID_MAX, p->supplier, TG_RECORD_ID_MAX,
		p->statement);
	tg_json_set_int(json, "v", 1);
	tg_json_set_str(json, "state", tg_draft_states[TG_DRAFT_OPEN]);
	tg_json_set_str(body, "kind", tg_draft_kinds[p->kind]);
	tg_json_set_str(body, "supplier", p->supplier);
	tg_json_set_str(body, "statement", p->statement);
	tg_json_set_str(body, "record", record);
	tg_json_set_str(body, "prefix", p->prefix);
	if (p->soc != NULL)
		tg_json_set(body, "soc", tg_json_copy(p->soc));
	tg_json_set(body, "products", tg_json_copy(p->products));
	if (p->replaces[0] != '\0')
		tg_json_set_str(body, "replaces", p->replaces);
	tg_json_set(body, "signed", tg_json_copy(p->signature));
	tg_json_set(json, "body", body);
	tg_json_set(json, "approvals", tg_json_new_array());
	tg_json_set(json, "history", tg_json_new_array());
	return adopt(out, json, err);
}

/* ---- what becomes of it ---- */

int tg_draft_message(tg_buf *out, const tg_draft *draft, const char *by, const char *at, tg_error *err)
{
	tg_json *json = tg_json_new_object();
	int rc;

	tg_json_set_str(json, "at", at);
	tg_json_set_str(json, "body_sha256", draft->body_sha256);
	tg_json_set_str(json, "by", by);
	tg_json_set_str(json, "draft", draft->name);
	tg_json_set_str(json, "supplier", draft->supplier);
	tg_json_set_str(json, "type", "tillgate-draft-approval");
	tg_json_set_int(json, "v", 1);
	rc = tg_json_write_jcs(out, json, err);
	tg_json_free(json);
	return rc;
}

size_t tg_draft_approvals(tg_approval out[TG_DRAFT_APPROVALS_MAX], const tg_draft *draft)
{
	const tg_json *list = tg_json_get(draft->json, "approvals");
	size_t count = 0;

	for (const tg_json *item = tg_json_first(list); item != NULL && count < TG_DRAFT_APPROVALS_MAX;
		item = tg_json_next(item))
		out[count++] = (tg_approval){ .by = tg_json_str(tg_json_get(item, "by")),
			.key = tg_json_str(tg_json_get(item, "key")),
			.os_user = tg_json_str(tg_json_get(item, "os_user")),
			.at = tg_json_str(tg_json_get(item, "at")),
			.signature = tg_json_str(tg_json_get(item, "signature")) };
	return count;
}

static int need_open(const tg_draft *draft, tg_error *err)
{
	if (draft->state == TG_DRAFT_OPEN)
		return TG_OK;
	return tg_fail(
		err, TG_ESTATE, "%s/%s: is %s", draft->supplier, draft->name, tg_draft_states[draft->state]);
}

/* The tree is ours: what tg_json_get() gives may be changed through a copy that is put in its place. */
static int replace(tg_draft *draft, const char *name, tg_json *value, tg_error *err)
{
	tg_json *json = tg_json_copy(draft->json);

	tg_json_set(json, name, value);
	if (json == NULL)
		return tg_fail(err, TG_ENOMEM, "draft: out of memory");
	tg_json_free(draft->json);
	return adopt(draft, json, err);
}

int tg_draft_approve(tg_draft *draft, const tg_approval *a, tg_error *err)
{
	tg_approval had[TG_DRAFT_APPROVALS_MAX];
	size_t count = tg_draft_approvals(had, draft);
	tg_json *list, *item;
	int rc = need_open(draft, err);

	for (size_t i = 0; i < count && rc == TG_OK; i++) {
		if (strcmp(had[i].by, a->by) == 0)
			rc = tg_fail(err, TG_ESTATE, "%s approved it already; another person must", a->by);
		else if (strcmp(had[i].key, a->key) == 0)
			rc = tg_fail(err, TG_ESTATE, "%s signs with the key of %s, who approved it already",
				a->by, had[i].by);
	}
	if (rc == TG_OK && count >= TG_DRAFT_APPROVALS_NEEDED)
		rc = tg_fail(err, TG_ESTATE, "enough people approved it already");
	if (rc != TG_OK)
		return rc;
	list = tg_json_copy(tg_json_get(draft->json, "approvals"));
	item = tg_json_new_object();
	tg_json_set_str(item, "by", a->by);
	tg_json_set_str(item, "key", a->key);
	tg_json_set_str(item, "os_user", a->os_user);
	tg_json_set_str(item, "at", a->at);
	tg_json_set_str(item, "signature", a->signature);
	tg_json_add(list, item);
	return replace(draft, "approvals", list, err);
}

int tg_draft_close(tg_draft *draft, tg_draft_state state, const char *by, const char *os_user, const char *at,
	const char *reason, tg_error *err)
{
	tg_json *list, *item;
	int rc = need_open(draft, err);

	if (rc != TG_OK)
		return rc;
	list = tg_json_copy(tg_json_get(draft->json, "history"));
	/* The oldest go first: what matters is how it ended last. */
	if (tg_json_size(list) >= TG_DRAFT_HISTORY_MAX) {
		tg_json *rest = tg_json_new_array();

		for (const tg_json *old = tg_json_next(tg_json_first(list)); old != NULL;
			old = tg_json_next(old))
			tg_json_add(rest, tg_json_copy(old));
		tg_json_free(list);
		list = rest;
	}
	item = tg_json_new_object();
	tg_json_set_str(item, "state", tg_draft_states[state]);
	tg_json_set_str(item, "by", by);
	tg_json_set_str(item, "os_user", os_user);
	tg_json_set_str(item, "at", at);
	tg_json_set_str(item, "reason", reason);
	tg_json_set(item, "approvals", tg_json_copy(tg_json_get(draft->json, "approvals")));
	tg_json_add(list, item);
	rc = replace(draft, "history", list, err);
	if (rc == TG_OK) {
		tg_json_set_str(draft->json, "state", tg_draft_states[state]);
		draft->state = state;
	}
	return rc;
}

int tg_draft_void(tg_draft *draft, tg_error *err)
{
	int rc = need_open(draft, err);

	return rc == TG_OK ? replace(draft, "approvals", tg_json_new_array(), err) : rc;
}

int tg_draft_reopen(tg_draft *draft, const tg_json *signature, tg_error *err)
{
	tg_json *body;
	int rc = TG_OK;

	if (draft->state == TG_DRAFT_OPEN)
		return tg_fail(err, TG_ESTATE, "%s/%s: is open", draft->supplier, draft->name);
	if (signature != NULL) {
		body = tg_json_copy(draft->body);
		tg_json_set(body, "signed", tg_json_copy(signature));
		rc = replace(draft, "body", body, err);
	}
	if (rc == TG_OK)
		rc = replace(draft, "approvals", tg_json_new_array(), err);
	if (rc == TG_OK) {
		tg_json_set_str(draft->json, "state", tg_draft_states[TG_DRAFT_OPEN]);
		draft->state = TG_DRAFT_OPEN;
	}
	return rc;
}

/* ---- on the disk ---- */

static int load(tg_draft *out, const tg_site *site, const char *supplier, const char *name, tg_error *err)
{
	char path[4096];
	tg_buf text;
	int rc = tg_path(path, err, "%s/drafts/%s/%s.json", site->dir, supplier, name);

	*out = (tg_draft){ 0 };
	tg_buf_init(&text, TG_DRAFT_FILE_MAX);
	if (rc == TG_OK)
		rc = tg_file_read(&text, path, TG_DRAFT_FILE_MAX, err);
	if (rc == TG_ENOTFOUND) {
		rc = tg_fail(err, TG_ENOTFOUND, "%s/%s: no such draft; see drafts list", supplier, name);
	} else if (rc == TG_OK) {
		rc = tg_draft_parse(out, tg_buf_view(&text), supplier, name, err);
		if (rc != TG_OK)
			tg_error_prefix(err, "%s", path);
	}
	tg_buf_fini(&text);
	return rc;
}

int tg_draft_load(tg_draft *out, const tg_site *site, const char *full_name, tg_error *err)
{
	char supplier[TG_SUPPLIER_ID_MAX + 1], name[TG_DRAFT_NAME_MAX + 1];
	const char *slash = strchr(full_name, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - full_name),
	       rest = slash == NULL ? 0 : strlen(slash + 1);

	*out = (tg_draft){ 0 };
	if (rest > 5 && strcmp(slash + 1 + rest - 5, ".json") == 0)
		rest -= 5;
	if (slash == NULL || len > TG_SUPPLIER_ID_MAX || rest > TG_DRAFT_NAME_MAX || rest == 0)
		return tg_fail(err, TG_EINVAL,
			"draft \"%.100s\": wanted SUPPLIER/STATEMENT.HASH, as drafts list says", full_name);
	(void)snprintf(supplier, sizeof(supplier), "%.*s", (int)len, full_name);
	(void)snprintf(name, sizeof(name), "%.*s", (int)rest, slash + 1);
	if (!tg_supplier_id_valid(supplier) || strchr(name, '/') != NULL || name[0] == '.')
		return tg_fail(err, TG_EINVAL,
			"draft \"%.100s\": wanted SUPPLIER/STATEMENT.HASH, as drafts list says", full_name);
	return load(out, site, supplier, name, err);
}

int tg_draft_save(const tg_draft *draft, const tg_site *site, tg_error *err)
{
	char dir[4096], path[4096];
	tg_buf text;
	int rc = tg_path(dir, err, "%s/drafts/%s", site->dir, draft->supplier);

	tg_buf_init(&text, TG_DRAFT_FILE_MAX);
	if (rc == TG_OK)
		rc = tg_dir_make(dir, 0755, err);
	if (rc == TG_OK)
		rc = tg_draft_print(&text, draft, err);
	if (rc == TG_OK)
		rc = tg_buf_check(&text, draft->name, err);
	if (rc == TG_OK)
		rc = tg_path(path, err, "%s/%s.json", dir, draft->name);
	if (rc == TG_OK)
		rc = tg_file_write(path, tg_buf_view(&text), 0644, err);
	tg_buf_fini(&text);
	return rc;
}

static bool is_draft_file(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

static int filter_draft(const struct dirent *entry)
{
	return is_draft_file(entry);
}

static int filter_supplier(const struct dirent *entry)
{
	return tg_supplier_id_valid(entry->d_name);
}

static int walk_one(const tg_site *site, const char *supplier, tg_draft_each *each, void *ctx, tg_error *err)
{
	char path[4096];
	struct dirent **list = NULL;
	int count, rc = tg_path(path, err, "%s/drafts/%s", site->dir, supplier);

	if (rc != TG_OK)
		return rc;
	count = scandir(path, &list, filter_draft, alphasort);
	if (count < 0)
		return errno == ENOENT ? TG_OK : tg_fail_errno(err, TG_EIO, "%s", path);
	if (count > DRAFTS_MAX)
		rc = tg_fail(
			err, TG_ELIMIT, "%s: more than %d drafts; move old ones elsewhere", path, DRAFTS_MAX);
	for (int i = 0; i < count; i++) {
		tg_draft draft;

		if (rc == TG_OK) {
			list[i]->d_name[strlen(list[i]->d_name) - 5] = '\0';
			rc = load(&draft, site, supplier, list[i]->d_name, err);
			if (rc == TG_OK)
				rc = each(ctx, &draft, err);
			tg_draft_fini(&draft);
		}
		free(list[i]);
	}
	free(list);
	return rc;
}

int tg_drafts_walk(const tg_site *site, const char *supplier, tg_draft_each *each, void *ctx, tg_error *err)
{
	char path[4096];
	struct dirent **list = NULL;
	int count, rc = tg_path(path, err, "%s/drafts", site->dir);

	if (supplier != NULL)
		return walk_one(site, supplier, each, ctx, err);
	if (rc != TG_OK)
		return rc;
	count = scandir(path, &list, filter_supplier, alphasort);
	if (count < 0)
		return errno == ENOENT ? TG_OK : tg_fail_errno(err, TG_EIO, "%s", path);
	for (int i = 0; i < count; i++) {
		if (rc == TG_OK)
			rc = walk_one(site, list[i]->d_name, each, ctx, err);
		free(list[i]);
	}
	free(list);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * supplier_import.c - one refresh, then one target after the other.
 */
#include "sync/hq/supplier_import.h"

#include "store/base/encoding.h"
#include "store/base/file.h"
#include "sync/document.h"
#include "sync/find.h"
#include "sync/hq/filing.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct import {
	tg_supplier_batch *batch;
	tg_findings *findings;
	const tg_site *site;
	const tg_supplier *supplier;
	tg_trusted *set;
	tg_refresh_config config;
	int64_t paper_bytes;
	size_t lookups;
};

void tg_supplier_batch_fini(tg_supplier_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		tg_statements_fini(&batch->sets[i].statements);
		tg_json_free(batch->sets[i].signature);
	}
	*batch = (tg_supplier_batch){ 0 };
}

/* ---- who signed ---- */

static int64_t version_of(const tg_trusted *set, tg_tuf_role role)
{
	return tg_tuf_metadata_version(tg_trusted_get(set, role));
}

/* Key ids are whatever their repository says; what goes into a record is plain. */
static void plain_keyid(char out[TG_TUF_KEYID_MAX + 1], const char *keyid)
{
	size_t i = 0;

	for (; keyid[i] != '\0' && i < TG_TUF_KEYID_MAX; i++)
		out[i] = keyid[i] > ' ' && keyid[i] <= '~' ? keyid[i] : '?';
	out[i] = '\0';
}

static tg_json *signature_of(
	const struct import *im, const char *path, const tg_found *found, tg_view content)
{
	tg_json *json = tg_json_new_object(), *keys = tg_json_new_array();
	char role[TG_TUF_ROLE_NAME_MAX + 1] = "targets", hex[TG_HASH_TEXT_SIZE], at[TG_UTC_TEXT_SIZE],
					 keyid[TG_TUF_KEYID_MAX + 1];
	uint8_t hash[TG_SHA256_SIZE];

	if (found != NULL && strcmp(found->role, "targets") != 0 &&
		tg_tuf_role_encode(role, found->role, NULL) != TG_OK)
		(void)snprintf(role, sizeof(role), "?");
	for (size_t i = 0; found != NULL && i < found->signer_count; i++) {
		plain_keyid(keyid, found->signers[i]);
		tg_json_add_str(keys, keyid);
	}
	tg_json_set_str(json, "role", role);
	tg_json_set(json, "keys", keys);
	tg_json_set_int(json, "root_version", version_of(im->set, TG_TUF_ROOT));
	tg_json_set_int(json, "timestamp_version", version_of(im->set, TG_TUF_TIMESTAMP));
	tg_json_set_int(json, "snapshot_version", version_of(im->set, TG_TUF_SNAPSHOT));
	tg_json_set_int(json, "targets_version", version_of(im->set, TG_TUF_TARGETS));
	tg_json_set_str(json, "target", path);
	if (found != NULL) {
		tg_sha256(hash, content.data, content.len);
		tg_json_set_str(json, "target_sha256", tg_hex_encode(hex, hash, sizeof(hash)));
	}
	tg_json_set_str(json, "url", im->supplier->metadata_url);
	tg_json_set_str(json, "fetched_at",
		tg_utc_format(at, im->config.now_us - im->config.now_us % TG_US_PER_SECOND));
	return json;
}

/* ---- statements and products ---- */

/* TG_ENOTFOUND only if the repository says, signed, that there is no such target. */
static int get_target(tg_buf *out, tg_found *found, struct import *im, const char *path, tg_error *err)
{
	int rc;

	if (im->config.step != NULL)
		im->config.step(im->config.step_ctx, path);
	rc = tg_find_target(found, im->set, &im->config, path, err);
	if (rc != TG_OK)
		return rc;
	if (found->file.length > (int64_t)out->max)
		return tg_fail(err, TG_ELENGTH, "%s: %lld bytes, at most %zu are read", path,
			(long long)found->file.length, out->max);
	rc = tg_find_fetch_buf(
		out, im->set, im->supplier->targets_url, path, &found->file, im->config.fetch, err);
	/* Signed, and not there: that is a broken repository, no word of the supplier's. */
	return rc == TG_ENOTFOUND ? tg_fail(err, TG_ENETWORK, "%s: signed, but not served", path) : rc;
}

static int import_products(struct import *im, tg_propose_set *set, const char *name, tg_error *err)
{
	tg_found found;
	tg_buf text;
	int rc;

	tg_buf_init(&text, TG_STATEMENTS_PRODUCTS_FILE_MAX);
	rc = get_target(&text, &found, im, name, err);
	if (rc == TG_OK)
		rc = tg_statements_read_products(
			&set->statements, im->findings, &set->prefix, tg_buf_view(&text), name, err);
	tg_buf_fini(&text);
	return rc == TG_ENOTFOUND ? TG_OK : rc;
}

static int import_prefix(struct import *im, const tg_prefix *prefix, tg_error *err)
{
	tg_supplier_batch *batch = im->batch;
	size_t n = batch->count++;
	tg_propose_set *set = &batch->sets[n];
	char file[TG_PREFIX_TEXT_SIZE];
	tg_found found;
	tg_buf text;
	int rc;

	(void)tg_prefix_file(file, prefix);
	(void)snprintf(batch->names[n][0], TG_SUPPLIER_TARGET_MAX, "statements/%s.jsonl", file);
	(void)snprintf(batch->names[n][1], TG_SUPPLIER_TARGET_MAX, "products/%s.jsonl", file);
	*set = (tg_propose_set){ .prefix = *prefix, .name = batch->names[n][0] };
	tg_buf_init(&text, TG_STATEMENTS_FILE_MAX);
	rc = get_target(&text, &found, im, set->name, err);
	batch->absent[n] = rc == TG_ENOTFOUND;
	if (rc == TG_OK)
		rc = tg_statements_read(
			&set->statements, im->findings, prefix, tg_buf_view(&text), set->name, err);
	if (rc == TG_OK)
		rc = import_products(im, set, batch->names[n][1], err);
	if (rc == TG_OK || batch->absent[n]) {
		set->signature =
			signature_of(im, set->name, batch->absent[n] ? NULL : &found, tg_buf_view(&text));
		rc = TG_OK;
	}
	tg_buf_fini(&text);
	return rc;
}

/* ---- documents ---- */

static void doubt_paper(struct import *im, const tg_propose_set *set, const tg_statement *s, const char *code,
	const char *words)
{
	tg_findings_add(im->findings, TG_FINDING_WARNING, code, (tg_finding_at){ set->name, s->line },
		"document.sha256", "%s", words);
}

/* Nobody here looks into a document but for its first bytes: a web page must not go by as a picture. */
static int check_paper(const char *path, tg_document_type type, tg_error *err)
{
	tg_document_look look;
	tg_buf bytes;
	int rc;

	tg_buf_init(&bytes, TG_DOCUMENT_MAX);
	rc = tg_file_read(&bytes, path, TG_DOCUMENT_MAX, err);
	if (rc == TG_OK) {
		tg_document_look_init(&look, type);
		tg_document_look_update(&look, bytes.data, bytes.len);
		if (!tg_document_look_ok(&look))
			rc = tg_fail(err, TG_EFORMAT, "is no %s", tg_document_types[type]);
	}
	tg_buf_fini(&bytes);
	if (rc != TG_OK)
		(void)unlink(path);
	return rc;
}

static int fetch_paper(struct import *im, const char *sha256, const char *path, tg_document_type type,
	const tg_found *found, tg_error *err)
{
	char dir[4096], to[4096], hex[TG_HASH_TEXT_SIZE];
	int rc = TG_OK;

	if (!found->file.has_sha256 ||
		strcmp(tg_hex_encode(hex, found->file.sha256, TG_SHA256_SIZE), sha256) != 0)
		rc = tg_fail(err, TG_EHASH, "the target has another SHA-256 than its name says");
	else if (found->file.length > TG_DOCUMENT_MAX)
		rc = tg_fail(err, TG_ELENGTH, "%lld bytes, at most %d are kept",
			(long long)found->file.length, TG_DOCUMENT_MAX);
	else if (found->file.length > TG_SUPPLIER_PAPERS_MAX - im->paper_bytes)
		rc = tg_fail(err, TG_ELIMIT, "enough documents for one import; import again");
	if (rc == TG_OK)
		rc = tg_supplier_path(dir, im->site, im->supplier->id, "documents", err);
	if (rc == TG_OK)
		rc = tg_dir_make(dir, 0755, err);
	if (rc == TG_OK)
		rc = tg_path(to, err, "%s/%s.%s", dir, sha256, tg_document_types[type]);
	if (rc == TG_OK)
		rc = tg_find_fetch(
			to, im->set, im->supplier->targets_url, path, &found->file, im->config.fetch, err);
	if (rc == TG_OK)
		rc = check_paper(to, type, err);
	if (rc == TG_OK) {
		im->paper_bytes += found->file.length;
		im->batch->papers++;
	}
	return rc;
}

/* A statement stands without its paper, too; so what is wrong with one paper is a warning and no end. */
static int import_paper(struct import *im, const tg_propose_set *set, const tg_statement *s, tg_error *err)
{
	char path[4096], name[128];
	const char *known;
	tg_error words = { 0 };
	tg_found found;
	int rc = TG_ENOTFOUND;

	if (s->document[0] == '\0' ||
		tg_supplier_paper(path, &known, im->site, im->supplier->id, s->document))
		return TG_OK;
	if (im->lookups >= TG_SUPPLIER_LOOKUPS_MAX) {
		doubt_paper(im, set, s, "document-later", "enough documents were looked for; import again");
		return TG_OK;
	}
	for (int type = 0; type < TG_DOCUMENT_TYPES && rc == TG_ENOTFOUND; type++) {
		im->lookups++;
		(void)snprintf(name, sizeof(name), "documents/%s.%s", s->document, tg_document_types[type]);
		rc = tg_find_target(&found, im->set, &im->config, name, &words);
		if (rc != TG_OK)
			continue;
		if (im->config.step != NULL)
			im->config.step(im->config.step_ctx, name);
		rc = fetch_paper(im, s->document, name, (tg_document_type)type, &found, &words);
		if (rc == TG_ENOTFOUND)
			rc = tg_fail(&words, TG_ENETWORK, "signed, but not served");
	}
	if (rc == TG_ENOMEM || rc == TG_EIO)
		return tg_fail(err, rc, "%s: %s", name, words.msg);
	if (rc == TG_ENOTFOUND)
		doubt_paper(
			im, set, s, "document-missing", "the supplier publishes no document with that hash");
	else if (rc != TG_OK)
		doubt_paper(im, set, s, "document-refused", words.msg);
	return TG_OK;
}

/* ---- all of it ---- */

static int import_all(struct import *im, tg_error *err)
{
	int rc = TG_OK;

	for (size_t i = 0; i < im->supplier->prefix_count && rc == TG_OK; i++)
		rc = import_prefix(im, &im->supplier->prefixes[i].prefix, err);
	for (size_t i = 0; i < im->batch->count && rc == TG_OK; i++)
		for (size_t s = 0; s < im->batch->sets[i].statements.count && rc == TG_OK; s++)
			rc = import_paper(
				im, &im->batch->sets[i], &im->batch->sets[i].statements.list[s], err);
	return rc;
}

static int refresh(struct import *im, tg_error *err)
{
	int rc = tg_refresh_run(&im->set, &im->config, err);

	/* A cut line and a server without a timestamp look alike to a till; here a person reads it. */
	if (rc == TG_ENOTFOUND)
		rc = tg_fail(err, TG_ENETWORK, "%s: no repository there", im->config.metadata_url);
	if (rc == TG_OK) {
		im->batch->root_version = version_of(im->set, TG_TUF_ROOT);
		im->batch->targets_version = version_of(im->set, TG_TUF_TARGETS);
	}
	return rc;
}

int tg_supplier_fetch(tg_supplier_batch *out, tg_findings *findings, const tg_site *site,
	const tg_supplier *supplier, tg_fetch *fetch, int64_t now_us, tg_supplier_step *step, void *ctx,
	tg_error *err)
{
	struct import im = { .batch = out, .findings = findings, .site = site, .supplier = supplier };
	char path[4096], cache[4096];
	int lock = -1, rc = tg_supplier_path(path, site, supplier->id, "lock", err);
	tg_buf root;

	tg_buf_init(&root, TG_TUF_ROOT_MAX);
	if (rc == TG_OK)
		rc = tg_lock_take(&lock, path, "tillgate-hq import", err);
	if (rc == TG_OK)
		rc = tg_supplier_path(path, site, supplier->id, "root.json", err);
	if (rc == TG_OK)
		rc = tg_file_read(&root, path, TG_TUF_ROOT_MAX, err);
	if (rc == TG_OK)
		rc = tg_supplier_path(cache, site, supplier->id, "cache", err);
	if (rc == TG_OK)
		rc = tg_dir_make(cache, 0755, err);
	if (rc == TG_OK) {
		im.config = (tg_refresh_config){ .first_root = tg_buf_view(&root),
			.cache_dir = cache,
			.metadata_url = supplier->metadata_url,
			.fetch = fetch,
			.now_us = now_us,
			.step = step,
			.step_ctx = ctx };
		rc = refresh(&im, err);
	}
	if (rc == TG_OK)
		rc = import_all(&im, err);
	if (rc != TG_OK)
		tg_error_prefix(err, "supplier %s", supplier->id);
	tg_trusted_close(im.set);
	tg_buf_fini(&root);
	if (lock >= 0)
		(void)close(lock);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * repo.c - the repository in memory of repo.h.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/tuf/repo.h"

#include "store/base/encoding.h"
#include "store/base/file.h"
#include "store/catalogue/blocks.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FILE_MAX (8 << 20)

#define STAGES "\"ageing_s\":86400,\"stale_s\":259200,\"dead_s\":604800,\"mode\":\"enforce\""

const char test_policy[] =
	"{\"format\":1,\"version\":1,\"operations\":{\"offer\":{" STAGES "},\"sale\":{" STAGES
	"},\"dispatch\":{" STAGES "},\"goods-in\":{" STAGES "},\"return\":{" STAGES
	"},\"stock-check\":{" STAGES "}},\"clock_ahead_max_s\":31536000,\"dsp_ended\":\"notice\","
	"\"batch_unknown\":\"hold\",\"dsp_notice_days\":90,\"link_test_max_age_days\":30,"
	"\"label_check_max_age_days\":30}";

static void ok(int rc, const tg_error *err)
{
	if (rc != TG_OK)
		fail_msg("%s: %s", tg_strerror(rc), err->msg);
}

static void fill_image(repo *r, size_t len)
{
	uint8_t hash[TG_SHA256_SIZE];
	char seed[64];

	tg_buf_clear(&r->image);
	for (size_t n = 0; r->image.len < len; n++) {
		size_t left = len - r->image.len;
		int seed_len = snprintf(seed, sizeof(seed), "%lld %zu", (long long)r->catalogue_version, n);

		tg_sha256(hash, seed, (size_t)seed_len);
		tg_buf_append(&r->image, hash, left < sizeof(hash) ? left : sizeof(hash));
	}
}

void repo_init(repo *r)
{
	tg_error err = { 0 };

	memset(r, 0, sizeof(*r));
	ok(tg_crypto_init(&err), &err);
	for (int i = 0; i < REPO_KEYS; i++) {
		ok(tg_signkey_generate(&r->keys[i], &err), &err);
		ok(tg_signkey_public(&r->pubs[i], r->keys[i], &err), &err);
	}
	for (int i = 0; i < TG_TUF_ROLES; i++) {
		r->role_key[i] = r->signer[i] = i;
		r->version[i] = 1;
		r->expires_us[i] = TEST_NOW_US + 30 * TG_US_PER_DAY;
		tg_buf_init(&r->file[i], FILE_MAX);
	}
	r->old_root_key = -1;
	r->issued_us = TEST_NOW_US;
	r->catalogue_version = 1;
	tg_buf_init(&r->image, FILE_MAX);
	tg_buf_init(&r->policy, FILE_MAX);
	tg_buf_puts(&r->policy, test_policy);
	fill_image(r, 150000);
	repo_write(r, TG_TUF_ROOT);
	repo_publish(r);
}

void repo_fini(repo *r)
{
	for (int i = 0; i < REPO_KEYS; i++) {
		tg_signkey_free(r->keys[i]);
		tg_pubkey_free(r->pubs[i]);
	}
	for (int i = 0; i < TG_TUF_ROLES; i++)
		tg_buf_fini(&r->file[i]);
	tg_buf_fini(&r->image);
	tg_buf_fini(&r->policy);
}

tg_view repo_file(const repo *r, tg_tuf_role role)
{
	return tg_buf_view(&r->file[role]);
}

static void write_root(repo *r, tg_buf *out)
{
	const tg_signkey *signers[2] = { r->keys[r->signer[TG_TUF_ROOT]] };
	tg_repository_root root = { .version = r->version[TG_TUF_ROOT],
		.expires_us = r->expires_us[TG_TUF_ROOT] };
	const tg_pubkey *keys[TG_TUF_ROLES];
	size_t count = 1;
	tg_error err = { 0 };

	if (r->old_root_key >= 0)
		signers[count++] = r->keys[r->old_root_key];
	for (int i = 0; i < TG_TUF_ROLES; i++) {
		keys[i] = r->pubs[r->role_key[i]];
		root.roles[i] = (tg_repository_role){ .keys = &keys[i], .count = 1, .threshold = 1 };
	}
	ok(tg_repository_write_root(out, &root, (tg_repository_signers){ signers, count }, &err), &err);
}

static void write_targets(repo *r, tg_buf *out, tg_repository_signers signers)
{
	tg_repository_target list[2 + TG_COUNT(r->more)] = {
		{ .path = TG_CHAIN_IMAGE, .length = (int64_t)r->image.len },
		{ .path = TG_CHAIN_POLICY, .length = (int64_t)r->policy.len },
	};
	tg_repository_targets targets = { .version = r->version[TG_TUF_TARGETS],
		.expires_us = r->expires_us[TG_TUF_TARGETS],
		.targets = list,
		.count = 2 + r->more_count };
	uint8_t blocks_hash[TG_SHA256_SIZE];
	tg_error err = { 0 };
	tg_json *custom;
	tg_buf blocks;

	tg_buf_init(&blocks, FILE_MAX);
	ok(tg_blocks_hash(&blocks, tg_buf_view(&r->image), &err), &err);
	tg_sha256(blocks_hash, blocks.data, blocks.len);
	tg_buf_fini(&blocks);
	if (r->lie_about_blocks)
		tg_sha256(blocks_hash, "another", 7);
	custom = tg_repository_image_custom(r->catalogue_version, blocks_hash);
	list[0].custom = custom;
	tg_sha256(list[0].sha256, r->image.data, r->image.len);
	tg_sha256(list[1].sha256, r->policy.data, r->policy.len);
	memcpy(list + 2, r->more, r->more_count * sizeof(*list));
	ok(tg_repository_write_targets(out, &targets, signers, &err), &err);
	tg_json_free(custom);
}

static int64_t said(const repo *r, tg_tuf_role role)
{
	return r->said_version[role] != 0 ? r->said_version[role] : r->version[role];
}

void repo_write(repo *r, tg_tuf_role role)
{
	const tg_signkey *signer = r->keys[r->signer[role]];
	tg_repository_signers signers = { &signer, 1 };
	tg_buf *out = &r->file[role];
	tg_error err = { 0 };

	tg_buf_clear(out);
	if (role == TG_TUF_ROOT) {
		write_root(r, out);
	} else if (role == TG_TUF_TIMESTAMP) {
		tg_repository_timestamp t = { .version = r->version[role],
			.expires_us = r->expires_us[role],
			.issued_us = r->issued_us,
			.snapshot_version = said(r, TG_TUF_SNAPSHOT),
			.snapshot = repo_file(r, TG_TUF_SNAPSHOT) };
		ok(tg_repository_write_timestamp(out, &t, signers, &err), &err);
	} else if (role == TG_TUF_SNAPSHOT) {
		tg_repository_snapshot s = { .version = r->version[role],
			.expires_us = r->expires_us[role],
			.targets_version = said(r, TG_TUF_TARGETS),
			.targets = repo_file(r, TG_TUF_TARGETS) };
		ok(tg_repository_write_snapshot(out, &s, signers, &err), &err);
	} else {
		write_targets(r, out, signers);
	}
}

void repo_publish(repo *r)
{
	repo_write(r, TG_TUF_TARGETS);
	repo_write(r, TG_TUF_SNAPSHOT);
	repo_write(r, TG_TUF_TIMESTAMP);
}

void repo_rotate(repo *r, tg_tuf_role role, int key)
{
	r->old_root_key = r->role_key[TG_TUF_ROOT];
	r->role_key[role] = r->signer[role] = key;
	r->version[TG_TUF_ROOT]++;
	repo_write(r, TG_TUF_ROOT);
	r->old_root_key = -1;
}

void repo_new_image(repo *r, size_t len)
{
	r->catalogue_version++;
	fill_image(r, len);
}

void sign_body(tg_buf *out, const char *body, const repo *r, const int *keys, size_t key_count)
{
	tg_json *file = tg_json_new_object(), *list = tg_json_new_array(), *tree;
	tg_error err = { 0 };
	tg_buf text;

	ok(tg_json_parse(&tree, tg_view_str(body), &err), &err);
	tg_buf_init(&text, FILE_MAX);
	ok(tg_json_write_olpc(&text, tree, &err), &err);
	for (size_t i = 0; i < key_count; i++) {
		char keyid[TG_TUF_KEYID_TEXT_SIZE], hex[2 * TG_ECDSA_SIGNATURE_MAX + 1];
		tg_json *entry = tg_json_new_object();
		tg_buf sig;

		tg_buf_init(&sig, TG_ECDSA_SIGNATURE_MAX);
		ok(tg_signkey_sign(&sig, r->keys[keys[i]], tg_buf_view(&text), &err), &err);
		ok(tg_repository_keyid(keyid, r->pubs[keys[i]], &err), &err);
		tg_json_set_str(entry, "keyid", keyid);
		tg_json_set_str(entry, "sig", tg_hex_encode(hex, sig.data, sig.len));
		tg_json_add(list, entry);
		tg_buf_fini(&sig);
	}
	tg_json_set(file, "signatures", list);
	tg_json_set(file, "signed", tree);
	ok(tg_json_write_jcs(out, file, &err), &err);
	tg_json_free(file);
	tg_buf_fini(&text);
}

void replace_text(tg_buf *out, tg_view text, const char *from, const char *to)
{
	const uint8_t *at = memmem(text.data, text.len, from, strlen(from));

	if (at == NULL)
		fail_msg("\"%s\" is not in the text", from);
	tg_buf_append(out, text.data, (size_t)(at - text.data));
	tg_buf_puts(out, to);
	tg_buf_append(out, at + strlen(from), text.len - (size_t)(at - text.data) - strlen(from));
}

void temp_dir(char *out)
{
	const char *base = getenv("TMPDIR");

	(void)snprintf(out, 4096, "%s/tillgate-test-XXXXXX", base != NULL ? base : "/tmp");
	assert_non_null(mkdtemp(out));
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

void remove_tree(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void write_file(const char *dir, const char *name, tg_view bytes)
{
	char path[4096];
	tg_error err = { 0 };

	ok(tg_path(path, &err, "%s/%s", dir, name), &err);
	ok(tg_file_write(path, bytes, 0644, &err), &err);
}

void write_set(const repo *r, const char *dir)
{
	tg_error err = { 0 };
	char name[64];
	tg_buf blocks;

	ok(tg_dir_make(dir, 0755, &err), &err);
	tg_buf_init(&blocks, FILE_MAX);
	ok(tg_blocks_hash(&blocks, tg_buf_view(&r->image), &err), &err);
	for (int role = TG_TUF_TIMESTAMP; role < TG_TUF_ROLES; role++) {
		(void)snprintf(name, sizeof(name), "%s.json", tg_tuf_role_name((tg_tuf_role)role));
		write_file(dir, name, repo_file(r, (tg_tuf_role)role));
	}
	if (r->version[TG_TUF_ROOT] > 1) {
		(void)snprintf(name, sizeof(name), "%lld.root.json", (long long)r->version[TG_TUF_ROOT]);
		write_file(dir, name, repo_file(r, TG_TUF_ROOT));
	}
	write_file(dir, TG_CHAIN_IMAGE, tg_buf_view(&r->image));
	write_file(dir, TG_CHAIN_POLICY, tg_buf_view(&r->policy));
	write_file(dir, TG_CHAIN_BLOCKS, tg_buf_view(&blocks));
	tg_buf_fini(&blocks);
}

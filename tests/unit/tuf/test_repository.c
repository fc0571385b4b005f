/* SPDX-License-Identifier: Apache-2.0
 *
 * test_repository.c - what we publish has the form that the specification asks for.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/tuf/repo.h"

#include "store/base/encoding.h"
#include <stdio.h>

static repo good;

static int setup(void **state)
{
	(void)state;
	repo_init(&good);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	repo_fini(&good);
	return 0;
}

static const char *text_of(tg_tuf_role role)
{
	return tg_buf_text(&good.file[role]);
}

static void the_same_input_gives_the_same_bytes(void **state)
{
	(void)state;
	for (int role = 0; role < TG_TUF_ROLES; role++) {
		tg_buf before;

		tg_buf_init(&before, 1 << 20);
		tg_buf_puts(&before, text_of((tg_tuf_role)role));
		repo_write(&good, (tg_tuf_role)role);
		assert_string_equal(tg_buf_text(&before), text_of((tg_tuf_role)role));
		tg_buf_fini(&before);
	}
}

/* tuf-on-ci's and python-tuf's rule: the hash of the key object in OLPC form. */
static void a_key_id_is_the_hash_of_the_key_object(void **state)
{
	tg_json *tree;
	tg_error err = { 0 };
	const tg_json *keys;

	(void)state;
	assert_int_equal(tg_json_parse(&tree, repo_file(&good, TG_TUF_ROOT), &err), TG_OK);
	keys = tg_json_get(tg_json_get(tree, "signed"), "keys");
	assert_int_equal(tg_json_size(keys), TG_TUF_ROLES);
	for (const tg_json *key = tg_json_first(keys); key != NULL; key = tg_json_next(key)) {
		uint8_t hash[TG_SHA256_SIZE];
		char hex[65];
		tg_buf text;

		tg_buf_init(&text, 1 << 16);
		assert_int_equal(tg_json_write_olpc(&text, key, &err), TG_OK);
		tg_sha256(hash, text.data, text.len);
		assert_string_equal(tg_json_name(key), tg_hex_encode(hex, hash, sizeof(hash)));
		tg_buf_fini(&text);
	}
	tg_json_free(tree);
}

static void the_members_are_those_of_the_specification(void **state)
{
	(void)state;
	assert_non_null(strstr(text_of(TG_TUF_ROOT), "\"consistent_snapshot\":true"));
	assert_non_null(strstr(text_of(TG_TUF_ROOT), "\"expires\":\"2026-12-23T00:00:00Z\""));
	assert_non_null(strstr(text_of(TG_TUF_ROOT), "-----BEGIN PUBLIC KEY-----\\n"));
	assert_non_null(strstr(text_of(TG_TUF_TIMESTAMP), "\"x-tillgate-issued\":\"2026-11-23T00:00:00Z\""));
	assert_non_null(strstr(text_of(TG_TUF_TARGETS), "\"custom\":{\"blocks_sha256\":\""));
	assert_non_null(strstr(text_of(TG_TUF_TARGETS), "\"version\":1},\"hashes\":{\"sha256\":\""));
}

static void published_names_carry_the_hash_on_the_last_part(void **state)
{
	static const uint8_t hash[TG_SHA256_SIZE] = { 0xab, 0xcd };
	static const char hex[] = "abcd000000000000000000000000000000000000000000000000000000000000";
	char out[256], want[256];
	tg_error err = { 0 };

	(void)state;
	(void)snprintf(want, sizeof(want), "%s.catalogue.tgc", hex);
	assert_int_equal(tg_repository_target_name(out, sizeof(out), "catalogue.tgc", hash, &err), TG_OK);
	assert_string_equal(out, want);
	(void)snprintf(want, sizeof(want), "patch/by/%s.x.zst", hex);
	assert_int_equal(tg_repository_target_name(out, sizeof(out), "patch/by/x.zst", hash, &err), TG_OK);
	assert_string_equal(out, want);
	assert_int_equal(tg_repository_target_name(out, 70, "catalogue.tgc", hash, &err), TG_EINVAL);
}

static void nonsense_is_not_signed(void **state)
{
	const tg_signkey *signer = good.keys[0];
	const tg_pubkey *key = good.pubs[0];
	tg_repository_signers signers = { &signer, 1 };
	tg_repository_root root = { .version = 1, .expires_us = TEST_NOW_US };
	tg_repository_target twice[2] = { { .path = "a", .length = 1 }, { .path = "a", .length = 2 } };
	tg_repository_targets targets = {
		.version = 1, .expires_us = TEST_NOW_US, .targets = twice, .count = 2
	};
	tg_repository_timestamp timestamp = { .version = 1,
		.expires_us = TEST_NOW_US,
		.issued_us = TEST_NOW_US,
		.snapshot_version = 1,
		.snapshot = repo_file(&good, TG_TUF_SNAPSHOT) };
	tg_error err = { 0 };
	tg_buf out;

	(void)state;
	tg_buf_init(&out, 1 << 20);
	for (int i = 0; i < TG_TUF_ROLES; i++)
		root.roles[i] = (tg_repository_role){ .keys = &key, .count = 1, .threshold = 1 };
	root.roles[2].threshold = 2;
	assert_int_equal(tg_repository_write_root(&out, &root, signers, &err), TG_EINVAL);
	root.roles[2].threshold = 0;
	assert_int_equal(tg_repository_write_root(&out, &root, signers, &err), TG_EINVAL);
	root.roles[2].threshold = 1;
	root.version = 0;
	assert_int_equal(tg_repository_write_root(&out, &root, signers, &err), TG_EINVAL);
	root.version = TG_JSON_MAX_INT;
	assert_int_equal(tg_repository_write_root(&out, &root, signers, &err), TG_OK);
	tg_buf_clear(&out);
	assert_int_equal(tg_repository_write_targets(&out, &targets, signers, &err), TG_EINVAL);
	assert_non_null(strstr(err.msg, "twice"));
	assert_int_equal(tg_repository_write_timestamp(&out, &timestamp, signers, &err), TG_EINVAL);
	assert_int_equal(out.len, 0);
	tg_buf_fini(&out);
}

static void one_key_given_twice_signs_once(void **state)
{
	const tg_signkey *twice[2] = { good.keys[3], good.keys[3] };
	tg_repository_targets targets = { .version = 1, .expires_us = TEST_NOW_US };
	tg_tuf_metadata *meta;
	tg_error err = { 0 };
	tg_buf out;

	(void)state;
	tg_buf_init(&out, 1 << 20);
	assert_int_equal(
		tg_repository_write_targets(&out, &targets, (tg_repository_signers){ twice, 2 }, &err),
		TG_OK);
	assert_int_equal(tg_tuf_metadata_parse(&meta, TG_TUF_TARGETS, tg_buf_view(&out), &err), TG_OK);
	tg_tuf_metadata_free(meta);
	tg_buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_input_gives_the_same_bytes),
		cmocka_unit_test(a_key_id_is_the_hash_of_the_key_object),
		cmocka_unit_test(the_members_are_those_of_the_specification),
		cmocka_unit_test(published_names_carry_the_hash_on_the_last_part),
		cmocka_unit_test(nonsense_is_not_signed),
		cmocka_unit_test(one_key_given_twice_signs_once),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

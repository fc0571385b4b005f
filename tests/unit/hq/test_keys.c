/* SPDX-License-Identifier: Apache-2.0
 *
 * test_keys.c - keys are opened by their passphrase and by nothing else, and never overwritten.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/base/file.h"
#include "sync/enrol.h"
#include "sync/hq/keys.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/tillgate-keys-XXXXXX";
static tg_view passphrase;

static int setup(void **state)
{
	(void)state;
	assert_int_equal(tg_crypto_init(NULL), TG_OK);
	assert_non_null(mkdtemp(folder));
	passphrase = tg_view_str("correct horse");
	return tg_keys_create(folder, "shop.example", passphrase, NULL);
}

static int teardown(void **state)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	(void)state;
	while ((entry = readdir(dir)) != NULL)
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	(void)closedir(dir);
	return rmdir(folder);
}

static void a_role_key_signs_what_its_public_key_verifies(void **state)
{
	tg_view message = tg_view_str("hello");
	tg_signkey *key = NULL;
	tg_pubkey *pub = NULL;
	tg_buf sig;

	(void)state;
	tg_buf_init(&sig, TG_ECDSA_SIGNATURE_MAX);
	assert_int_equal(tg_keys_load(&key, folder, TG_TUF_TARGETS, passphrase, NULL), TG_OK);
	assert_int_equal(tg_keys_public(&pub, folder, TG_TUF_TARGETS, NULL), TG_OK);
	assert_int_equal(tg_signkey_sign(&sig, key, message, NULL), TG_OK);
	assert_int_equal(
		tg_pubkey_verify(pub, TG_ALG_ECDSA_P256_SHA256, message, tg_buf_view(&sig), NULL), TG_OK);
	tg_pubkey_free(pub);
	assert_int_equal(tg_keys_public(&pub, folder, TG_TUF_SNAPSHOT, NULL), TG_OK);
	assert_int_not_equal(
		tg_pubkey_verify(pub, TG_ALG_ECDSA_P256_SHA256, message, tg_buf_view(&sig), NULL), TG_OK);
	tg_pubkey_free(pub);
	tg_signkey_free(key);
	tg_buf_fini(&sig);
}

static void another_passphrase_opens_nothing(void **state)
{
	tg_signkey *key = NULL;
	tg_error err = { 0 };

	(void)state;
	assert_int_equal(
		tg_keys_load(&key, folder, TG_TUF_ROOT, tg_view_str("correct horsf"), &err), TG_EUNTRUSTED);
	assert_null(key);
	assert_null(strstr(err.msg, "horsf"));
	assert_int_equal(tg_keys_load(&key, folder, TG_TUF_ROOT, tg_view_of("", 0), NULL), TG_EUNTRUSTED);
}

static void the_cosigner_signs_under_its_verifier_key(void **state)
{
	uint8_t secret[64], pub[TG_ED25519_PUBLIC_SIZE], sig[TG_ED25519_SIGNATURE_SIZE];
	tg_view message = tg_view_str("checkpoint");
	tg_pubkey *key = NULL;
	tg_buf vkey;

	(void)state;
	tg_buf_init(&vkey, TG_ENROL_VKEY_MAX);
	assert_int_equal(tg_keys_cosigner_vkey(&vkey, folder, NULL), TG_OK);
	assert_int_equal(tg_enrol_vkey_read(pub, NULL, tg_buf_text(&vkey), NULL), TG_OK);
	assert_int_equal(tg_keys_load_cosigner(secret, folder, passphrase, NULL), TG_OK);
	tg_ed25519_sign(sig, secret, message);
	assert_int_equal(tg_pubkey_from_ed25519(&key, pub, NULL), TG_OK);
	assert_int_equal(
		tg_pubkey_verify(key, TG_ALG_ED25519, message, tg_view_of(sig, sizeof(sig)), NULL), TG_OK);
	tg_pubkey_free(key);
	tg_buf_fini(&vkey);
}

static void keys_are_never_overwritten(void **state)
{
	char path[4096];

	(void)state;
	assert_int_equal(tg_keys_create(folder, "shop.example", passphrase, NULL), TG_ESTATE);
	assert_int_equal(tg_path(path, NULL, "%s/root.pem", folder), TG_OK);
	assert_int_equal(unlink(path), 0); /* one missing, the others there: still refused */
	assert_int_equal(tg_keys_create(folder, "shop.example", passphrase, NULL), TG_ESTATE);
	assert_int_not_equal(access(path, F_OK), 0);
}

static void private_keys_are_encrypted_and_for_their_owner_alone(void **state)
{
	char path[4096];
	struct stat st;
	tg_buf text;

	(void)state;
	assert_int_equal(tg_path(path, NULL, "%s/targets.pem", folder), TG_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	tg_buf_init(&text, 8192);
	assert_int_equal(tg_file_read(&text, path, 8192, NULL), TG_OK);
	assert_non_null(strstr(tg_buf_text(&text), "BEGIN ENCRYPTED PRIVATE KEY"));
	tg_buf_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_role_key_signs_what_its_public_key_verifies),
		cmocka_unit_test(another_passphrase_opens_nothing),
		cmocka_unit_test(the_cosigner_signs_under_its_verifier_key),
		cmocka_unit_test(private_keys_are_encrypted_and_for_their_owner_alone),
		cmocka_unit_test(keys_are_never_overwritten),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

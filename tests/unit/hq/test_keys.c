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

static int create(int *kept, tg_view with, tg_error *err)
{
	return tg_keys_create(kept, folder, "shop.example", 2, with, err);
}

static int setup(void **state)
{
	int kept;

	(void)state;
	assert_int_equal(tg_crypto_init(NULL), TG_OK);
	assert_non_null(mkdtemp(folder));
	passphrase = tg_view_str("correct horse");
	return create(&kept, passphrase, NULL);
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

/* FOLDER/ROLE-KEYID.pem of a role's first key. */
static void private_path(char path[4096], tg_tuf_role role)
{
	tg_root_role keys = { 0 };

	assert_int_equal(tg_keys_public(&keys, folder, role, NULL), TG_OK);
	assert_true(keys.count > 0);
	assert_int_equal(
		tg_path(path, NULL, "%s/%s-%.8s.pem", folder, tg_tuf_role_name(role), keys.keyids[0]), TG_OK);
	tg_root_role_fini(&keys);
}

static void a_role_key_signs_what_its_public_key_verifies(void **state)
{
	tg_view message = tg_view_str("hello");
	tg_root_role targets = { 0 }, snapshot = { 0 };
	tg_role_keys keys = { 0 };
	tg_buf sig;

	(void)state;
	tg_buf_init(&sig, TG_ECDSA_SIGNATURE_MAX);
	assert_int_equal(tg_keys_public(&targets, folder, TG_TUF_TARGETS, NULL), TG_OK);
	assert_int_equal(tg_keys_public(&snapshot, folder, TG_TUF_SNAPSHOT, NULL), TG_OK);
	assert_int_equal(tg_keys_load(&keys, folder, &targets, passphrase, NULL), TG_OK);
	assert_int_equal(keys.count, 1);
	assert_int_equal(tg_signkey_sign(&sig, keys.keys[0], message, NULL), TG_OK);
	assert_int_equal(
		tg_pubkey_verify(targets.keys[0], TG_ALG_ECDSA_P256_SHA256, message, tg_buf_view(&sig), NULL),
		TG_OK);
	assert_int_not_equal(tg_pubkey_verify(snapshot.keys[0], TG_ALG_ECDSA_P256_SHA256, message,
				     tg_buf_view(&sig), NULL),
		TG_OK);
	tg_role_keys_fini(&keys);
	tg_root_role_fini(&targets);
	tg_root_role_fini(&snapshot);
	tg_buf_fini(&sig);
}

static void a_role_has_as_many_keys_as_were_made(void **state)
{
	tg_root_role root = { 0 };
	tg_role_keys keys = { 0 };
	size_t count;

	(void)state;
	assert_int_equal(tg_keys_public(&root, folder, TG_TUF_ROOT, NULL), TG_OK);
	assert_int_equal(root.count, 2);
	assert_int_equal(tg_keys_count(&count, folder, &root, NULL), TG_OK);
	assert_int_equal(count, 2);
	assert_int_equal(tg_keys_load(&keys, folder, &root, passphrase, NULL), TG_OK);
	assert_int_equal(keys.count, 2);
	tg_role_keys_fini(&keys);
	tg_root_role_fini(&root);
}

/* As the version before named them: ROLE.pem and ROLE.pub.pem. */
static void a_key_is_found_by_what_it_is_and_not_by_its_name(void **state)
{
	char old[2][4096], new[2][4096];
	tg_root_role targets = { 0 };
	tg_role_keys keys = { 0 };

	(void)state;
	private_path(new[0], TG_TUF_TARGETS);
	assert_int_equal(tg_keys_public(&targets, folder, TG_TUF_TARGETS, NULL), TG_OK);
	assert_int_equal(tg_path(new[1], NULL, "%s/targets-%.8s.pub.pem", folder, targets.keyids[0]), TG_OK);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
			tg_path(old[i], NULL, "%s/targets%s.pem", folder, i == 0 ? "" : ".pub"), TG_OK);
		assert_int_equal(rename(new[i], old[i]), 0);
	}
	assert_int_equal(tg_keys_load(&keys, folder, &targets, passphrase, NULL), TG_OK);
	assert_int_equal(keys.count, 1);
	for (int i = 0; i < 2; i++)
		assert_int_equal(rename(old[i], new[i]), 0);
	tg_role_keys_fini(&keys);
	tg_root_role_fini(&targets);
}

static void another_passphrase_opens_nothing(void **state)
{
	tg_signkey *key = NULL;
	tg_error err = { 0 };
	char path[4096];

	(void)state;
	private_path(path, TG_TUF_ROOT);
	assert_int_equal(tg_keys_open(&key, path, tg_view_str("correct horsf"), &err), TG_EUNTRUSTED);
	assert_null(key);
	assert_null(strstr(err.msg, "horsf"));
	assert_int_equal(tg_keys_open(&key, path, tg_view_of("", 0), NULL), TG_EUNTRUSTED);
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

static void what_an_unfinished_run_left_is_completed_and_never_overwritten(void **state)
{
	tg_root_role before = { 0 }, after = { 0 };
	tg_error err = { 0 };
	char path[4096];
	int kept;

	(void)state;
	assert_int_equal(tg_keys_public(&before, folder, TG_TUF_TARGETS, NULL), TG_OK);
	private_path(path, TG_TUF_SNAPSHOT);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(create(&kept, tg_view_str("another horse"), &err), TG_EUNTRUSTED);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(create(&kept, passphrase, NULL), TG_OK);
	assert_int_equal(kept, 5); /* two of root, targets, timestamp, the cosigner */
	assert_int_equal(tg_keys_public(&after, folder, TG_TUF_TARGETS, NULL), TG_OK);
	assert_string_equal(before.keyids[0], after.keyids[0]);
	tg_root_role_fini(&after);
	assert_int_equal(tg_keys_public(&after, folder, TG_TUF_SNAPSHOT, NULL), TG_OK);
	assert_int_equal(after.count, 1); /* the public half that lost its other half is not taken */
	tg_root_role_fini(&after);
	tg_root_role_fini(&before);
}

static void private_keys_are_encrypted_and_for_their_owner_alone(void **state)
{
	char path[4096];
	struct stat st;
	tg_buf text;

	(void)state;
	private_path(path, TG_TUF_TARGETS);
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
		cmocka_unit_test(a_role_has_as_many_keys_as_were_made),
		cmocka_unit_test(a_key_is_found_by_what_it_is_and_not_by_its_name),
		cmocka_unit_test(another_passphrase_opens_nothing),
		cmocka_unit_test(the_cosigner_signs_under_its_verifier_key),
		cmocka_unit_test(private_keys_are_encrypted_and_for_their_owner_alone),
		cmocka_unit_test(what_an_unfinished_run_left_is_completed_and_never_overwritten),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

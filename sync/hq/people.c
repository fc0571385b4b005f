/* SPDX-License-Identifier: Apache-2.0
 *
 * people.c - keys of people, and what they sign.
 */
#include "sync/hq/people.h"

#include "store/base/encoding.h"
#include "store/base/file.h"
#include "sync/hq/keys.h"
#include "sync/tuf/repository.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LABEL "approver"
#define MESSAGE_MAX 4096 /* bytes that a person signs; some 400 */

bool tg_person_name_valid(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= TG_PERSON_NAME_MAX && strchr(".-_", name[0]) == NULL &&
	       strcmp(name, "removed") != 0 &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-_")] == '\0';
}

static int person_dir(char out[4096], const tg_site *site, const char *name, tg_error *err)
{
	if (!tg_person_name_valid(name))
		return tg_fail(err, TG_EINVAL,
			"person \"%.60s\": wanted 1 to %d lower case letters, digits, '.', '-' and '_'", name,
			TG_PERSON_NAME_MAX);
	return tg_path(out, err, "%s/people/%s", site->dir, name);
}

/* The one file of the folder with that ending; TG_ENOTFOUND if there is none. */
static int file_ending(
	char out[4096], const char *dir, const char *suffix, const char *not_suffix, tg_error *err)
{
	DIR *folder = opendir(dir);
	struct dirent *entry;
	size_t tail = strlen(suffix), other = not_suffix == NULL ? 0 : strlen(not_suffix);
	int rc = TG_ENOTFOUND;

	if (folder == NULL)
		return errno == ENOENT ? tg_fail(err, TG_ENOTFOUND, "%s: not there", dir)
				       : tg_fail_errno(err, TG_EIO, "%s", dir);
	while (rc == TG_ENOTFOUND && (entry = readdir(folder)) != NULL) {
		size_t len = strlen(entry->d_name);

		if (entry->d_name[0] == '.' || len <= tail ||
			strcmp(entry->d_name + len - tail, suffix) != 0 ||
			(not_suffix != NULL && len > other &&
				strcmp(entry->d_name + len - other, not_suffix) == 0))
			continue;
		rc = tg_path(out, err, "%s/%s", dir, entry->d_name);
	}
	(void)closedir(folder);
	return rc == TG_ENOTFOUND ? tg_fail(err, TG_ENOTFOUND, "%s: no file *%s", dir, suffix) : rc;
}

int tg_person_public(
	tg_pubkey **out, char keyid[TG_HASH_TEXT_SIZE], const tg_site *site, const char *name, tg_error *err)
{
	char dir[4096], path[4096];
	int rc = person_dir(dir, site, name, err);

	*out = NULL;
	if (rc == TG_OK)
		rc = file_ending(path, dir, ".pub.pem", NULL, err);
	if (rc == TG_ENOTFOUND)
		return tg_fail(err, TG_ENOTFOUND, "nobody called %s is registered; see people list", name);
	if (rc == TG_OK)
		rc = tg_keys_read_public(out, path, err);
	if (rc == TG_OK && tg_pubkey_type(*out) != TG_KEY_ECDSA_P256)
		rc = tg_fail(err, TG_EFORMAT, "%s: no ECDSA P-256 key", path);
	if (rc == TG_OK)
		rc = tg_repository_keyid(keyid, *out, err);
	if (rc != TG_OK) {
		tg_pubkey_free(*out);
		*out = NULL;
	}
	return rc;
}

/* ---- coming and going ---- */

static int refuse_taken(const tg_site *site, const char *name, tg_error *err)
{
	char keyid[TG_HASH_TEXT_SIZE];
	tg_pubkey *key = NULL;
	int rc = tg_person_public(&key, keyid, site, name, err);

	tg_pubkey_free(key);
	if (rc == TG_OK)
		return tg_fail(err, TG_ESTATE,
			"%s is registered already; remove them first, or take another name", name);
	return rc == TG_ENOTFOUND ? TG_OK : rc;
}

int tg_person_add(
	char key_file[4096], const tg_site *site, const char *name, tg_view passphrase, tg_error *err)
{
	char dir[4096], key[TG_KEY_NAME_MAX];
	int rc = person_dir(dir, site, name, err);

	if (rc == TG_OK)
		rc = refuse_taken(site, name, err);
	if (rc == TG_OK)
		rc = tg_dir_make(dir, 0755, err);
	if (rc == TG_OK)
		rc = tg_keys_make(key, dir, LABEL, passphrase, err);
	return rc == TG_OK ? tg_path(key_file, err, "%s/%s.pem", dir, key) : rc;
}

/* One key under two names would make two people of one. */
static int refuse_known_key(const tg_site *site, const char *keyid, tg_error *err)
{
	tg_person_name *names = NULL;
	size_t count = 0;
	int rc = tg_people_list(&names, &count, site, err);

	for (size_t i = 0; i < count && rc == TG_OK; i++) {
		char other[TG_HASH_TEXT_SIZE];
		tg_pubkey *key = NULL;

		rc = tg_person_public(&key, other, site, names[i], err);
		tg_pubkey_free(key);
		if (rc == TG_OK && strcmp(other, keyid) == 0)
			rc = tg_fail(err, TG_ESTATE,
				"this is the key of %s already; each person has their own", names[i]);
	}
	free(names);
	return rc;
}

int tg_person_add_public(const tg_site *site, const char *name, const char *public_file, tg_error *err)
{
	char dir[4096], path[4096], keyid[TG_HASH_TEXT_SIZE];
	tg_pubkey *key = NULL;
	tg_buf pem;
	int rc = person_dir(dir, site, name, err);

	tg_buf_init(&pem, 4096);
	if (rc == TG_OK)
		rc = refuse_taken(site, name, err);
	if (rc == TG_OK)
		rc = tg_keys_read_public(&key, public_file, err);
	if (rc == TG_OK && tg_pubkey_type(key) != TG_KEY_ECDSA_P256)
		rc = tg_fail(err, TG_EFORMAT, "%s: no ECDSA P-256 key", public_file);
	if (rc == TG_OK)
		rc = tg_repository_keyid(keyid, key, err);
	if (rc == TG_OK)
		rc = refuse_known_key(site, keyid, err);
	if (rc == TG_OK)
		rc = tg_pubkey_to_pem(&pem, key, err);
	if (rc == TG_OK)
		rc = tg_dir_make(dir, 0755, err);
	if (rc == TG_OK)
		rc = tg_path(path, err, "%s/" LABEL "-%.8s.pub.pem", dir, keyid);
	if (rc == TG_OK)
		rc = tg_file_write(path, tg_buf_view(&pem), 0644, err);
	tg_buf_fini(&pem);
	tg_pubkey_free(key);
	return rc;
}

int tg_person_remove(const tg_site *site, const char *name, int64_t now_us, tg_error *err)
{
	char dir[4096], removed[4096], aside[4096], keyid[TG_HASH_TEXT_SIZE];
	tg_pubkey *key = NULL;
	int rc = tg_person_public(&key, keyid, site, name, err);

	tg_pubkey_free(key);
	if (rc == TG_OK)
		rc = person_dir(dir, site, name, err);
	if (rc == TG_OK)
		rc = tg_path(removed, err, "%s/people/removed", site->dir);
	if (rc == TG_OK)
		rc = tg_dir_make(removed, 0755, err);
	if (rc == TG_OK)
		rc = tg_path(aside, err, "%s/%s.%lld", removed, name, (long long)(now_us / TG_US_PER_SECOND));
	if (rc == TG_OK && rename(dir, aside) != 0)
		rc = tg_fail_errno(err, TG_EIO, "%s", aside);
	return rc == TG_OK ? tg_dir_sync(removed, err) : rc;
}

static int filter_person(const struct dirent *entry)
{
	return tg_person_name_valid(entry->d_name);
}

int tg_people_list(tg_person_name **out, size_t *count, const tg_site *site, tg_error *err)
{
	char path[4096];
	struct dirent **list = NULL;
	int found, rc = tg_path(path, err, "%s/people", site->dir);

	*out = NULL;
	*count = 0;
	if (rc != TG_OK)
		return rc;
	found = scandir(path, &list, filter_person, alphasort);
	if (found < 0)
		return errno == ENOENT ? TG_OK : tg_fail_errno(err, TG_EIO, "%s", path);
	if (found > TG_PEOPLE_MAX)
		rc = tg_fail(err, TG_ELIMIT, "%s: more than %d people", path, TG_PEOPLE_MAX);
	else if ((*out = calloc((size_t)found + 1, sizeof(**out))) == NULL)
		rc = tg_fail(err, TG_ENOMEM, "people: out of memory");
	for (int i = 0; i < found; i++) {
		char keyid[TG_HASH_TEXT_SIZE];
		tg_pubkey *key = NULL;

		/* A folder without a public key is a registration that was cut off. */
		if (rc == TG_OK && tg_person_public(&key, keyid, site, list[i]->d_name, NULL) != TG_ENOTFOUND)
			(void)snprintf((*out)[(*count)++], sizeof(**out), "%.*s", TG_PERSON_NAME_MAX,
				list[i]->d_name);
		tg_pubkey_free(key);
		free(list[i]);
	}
	free(list);
	return rc;
}

/* ---- approvals ---- */

static int open_private(tg_signkey **out, const tg_site *site, const char *name, const char *key_file,
	const char *wanted, tg_view passphrase, tg_error *err)
{
	char dir[4096], path[4096], keyid[TG_HASH_TEXT_SIZE];
	tg_pubkey *key = NULL;
	int rc = person_dir(dir, site, name, err);

	*out = NULL;
	if (rc == TG_OK)
		rc = key_file != NULL ? tg_path(path, err, "%s", key_file)
				      : file_ending(path, dir, ".pem", ".pub.pem", err);
	if (rc == TG_ENOTFOUND)
		rc = tg_fail(
			err, TG_ENOTFOUND, "%s: the private key is not here; say where with --key", name);
	if (rc == TG_OK)
		rc = tg_keys_open(out, path, passphrase, err);
	if (rc == TG_OK)
		rc = tg_signkey_public(&key, *out, err);
	if (rc == TG_OK)
		rc = tg_repository_keyid(keyid, key, err);
	if (rc == TG_OK && strcmp(keyid, wanted) != 0)
		rc = tg_fail(err, TG_EUNTRUSTED, "%s: not the key that %s is registered with", path, name);
	tg_pubkey_free(key);
	if (rc != TG_OK) {
		tg_signkey_free(*out);
		*out = NULL;
	}
	return rc;
}

int tg_person_prove(
	const tg_site *site, const char *name, const char *key_file, tg_view passphrase, tg_error *err)
{
	char keyid[TG_HASH_TEXT_SIZE];
	tg_pubkey *public_key = NULL;
	tg_signkey *key = NULL;
	int rc = tg_person_public(&public_key, keyid, site, name, err);

	if (rc == TG_OK)
		rc = open_private(&key, site, name, key_file, keyid, passphrase, err);
	tg_signkey_free(key);
	tg_pubkey_free(public_key);
	return rc;
}

int tg_person_approve(tg_draft *draft, const tg_site *site, const char *name, const char *key_file,
	tg_view passphrase, int64_t now_us, tg_error *err)
{
	char keyid[TG_HASH_TEXT_SIZE], at[TG_UTC_TEXT_SIZE], os_user[TG_RECORD_NAME_MAX + 1];
	tg_pubkey *public_key = NULL;
	tg_signkey *key = NULL;
	tg_buf message, signature, text;
	int rc = tg_person_public(&public_key, keyid, site, name, err);

	tg_buf_init(&message, MESSAGE_MAX);
	tg_buf_init(&signature, TG_ECDSA_SIGNATURE_MAX);
	tg_buf_init(&text, MESSAGE_MAX);
	(void)tg_utc_format(at, now_us - now_us % TG_US_PER_SECOND);
	if (rc == TG_OK)
		rc = open_private(&key, site, name, key_file, keyid, passphrase, err);
	if (rc == TG_OK)
		rc = tg_draft_message(&message, draft, name, at, err);
	if (rc == TG_OK)
		rc = tg_signkey_sign(&signature, key, tg_buf_view(&message), err);
	if (rc == TG_OK) {
		tg_base64_encode(&text, signature.data, signature.len);
		rc = tg_buf_check(&text, "signature", err);
	}
	if (rc == TG_OK)
		rc = tg_draft_approve(draft,
			&(tg_approval){ .by = name,
				.key = keyid,
				.os_user = tg_supplier_os_user(os_user),
				.at = at,
				.signature = tg_buf_text(&text) },
			err);
	tg_buf_fini(&text);
	tg_buf_fini(&signature);
	tg_buf_fini(&message);
	tg_signkey_free(key);
	tg_pubkey_free(public_key);
	return rc;
}

static int verify_one(const tg_draft *draft, const tg_approval *a, const tg_site *site, tg_error *err)
{
	char keyid[TG_HASH_TEXT_SIZE];
	tg_pubkey *key = NULL;
	tg_buf message, signature;
	int rc = tg_person_public(&key, keyid, site, a->by, err);

	tg_buf_init(&message, MESSAGE_MAX);
	tg_buf_init(&signature, TG_ECDSA_SIGNATURE_MAX);
	if (rc == TG_OK && strcmp(keyid, a->key) != 0)
		rc = tg_fail(err, TG_EUNTRUSTED, "%s has another key by now", a->by);
	if (rc == TG_OK)
		rc = tg_draft_message(&message, draft, a->by, a->at, err);
	if (rc == TG_OK)
		rc = tg_base64_decode(&signature, a->signature, strlen(a->signature), err);
	if (rc == TG_OK)
		rc = tg_pubkey_verify(
			key, TG_ALG_ECDSA_P256_SHA256, tg_buf_view(&message), tg_buf_view(&signature), err);
	tg_buf_fini(&signature);
	tg_buf_fini(&message);
	tg_pubkey_free(key);
	return rc;
}

/* Names and keys are counted once each, though tg_draft_approve() lets none in twice: the file may have been edited. */
static bool repeated(const tg_approval *list, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(list[i].by, list[at].by) == 0 || strcmp(list[i].key, list[at].key) == 0)
			return true;
	return false;
}

int tg_people_verify(size_t *count, char why[240], const tg_draft *draft, const tg_site *site, tg_error *err)
{
	tg_approval list[TG_DRAFT_APPROVALS_MAX];
	size_t all = tg_draft_approvals(list, draft);

	*count = 0;
	why[0] = '\0';
	for (size_t i = 0; i < all; i++) {
		tg_error one = { 0 };
		int rc = repeated(list, i) ? tg_fail(&one, TG_EUNTRUSTED, "%s stands there twice", list[i].by)
					   : verify_one(draft, &list[i], site, &one);

		if (rc == TG_ENOMEM || rc == TG_EIO)
			return tg_fail(err, rc, "%s", one.msg);
		if (rc == TG_OK)
			(*count)++;
		else if (why[0] == '\0')
			(void)snprintf(why, 240, "the approval by %.60s does not count: %.120s", list[i].by,
				one.msg);
	}
	return TG_OK;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * inforce.c - load what sync put in place, trusting none of it. See inforce.h.
 */
#include "plugin/station/inforce.h"

#include "plugin/station/image_copy.h"
#include "store/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SETS_LOOKED_AT 64 /* sync keeps two; each costs a chain of signatures, and perhaps a copy of an image */

/* Sync's names have letters, digits and '-'. Whatever else it might write would end up in log, status and terminal. */
static bool is_set_name(const char *name)
{
	static const char fine[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	size_t len = strlen(name);

	return len > 0 && len < TG_SET_ID_SIZE && strspn(name, fine) == len;
}

int tg_inforce_current(char set_id[TG_SET_ID_SIZE], const tg_paths *paths, tg_error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlink(paths->catalogue_current, target, sizeof(target) - 1);

	if (n < 0) {
		if (errno == ENOENT)
			return tg_fail(err, TG_ENOTFOUND, "%s: no catalogue is installed yet; run `tillgate sync`", paths->catalogue_current);
		return tg_fail_errno(err, TG_EIO, "%s", paths->catalogue_current);
	}
	target[n] = '\0';
	if (strncmp(target, "sets/", 5) != 0 || !is_set_name(target + 5))
		return tg_fail(err, TG_EFORMAT, "%s: points to \"%s\", which is no catalogue set", paths->catalogue_current, target);
	strcpy(set_id, target + 5);
	return TG_OK;
}

static int load_image(tg_inforce *set, const tg_paths *paths, const char *set_dir, bool anew, tg_error *err)
{
	tg_catalogue_trust trust = { .length = (uint64_t)tg_chain_facts_of(set->chain)->image_length };
	tg_catalogue_info info;
	int rc = tg_chain_blocks(&trust.blocks, set->chain, err);
	bool copied = false;

	if (rc == TG_OK)
		rc = tg_image_copy(set->image_path, paths, set->chain, set_dir, anew, err);
	if (rc == TG_OK) {
		copied = true;
		rc = tg_catalogue_open(&set->cat, set->image_path, &trust, err);
	}
	/* a copy that went bad on the disk: the set's own file may be whole */
	if (copied && (rc == TG_EHASH || rc == TG_ELENGTH || rc == TG_EIO) && !anew)
		return load_image(set, paths, set_dir, true, err);
	if (rc != TG_OK)
		return rc;
	tg_catalogue_get_info(&info, set->cat);
	if (info.version != set->catalogue_version) {
		tg_catalogue_close(set->cat);
		set->cat = NULL;
		return tg_fail(err, TG_EFORMAT, "%s/%s: says version %llu, signed as %llu", set_dir, TG_CHAIN_IMAGE,
			(unsigned long long)info.version, (unsigned long long)set->catalogue_version);
	}
	return TG_OK;
}

static int refuse_older(const char *what, uint64_t version, uint64_t floor, tg_error *err)
{
	if (version >= floor)
		return TG_OK;
	return tg_fail(err, TG_EROLLBACK, "%s version %llu after version %llu was in force", what, (unsigned long long)version,
		(unsigned long long)floor);
}

static int load(tg_inforce *set, const tg_paths *paths, const tg_inforce_floor *floor, bool anew, tg_error *err)
{
	const tg_chain_facts *facts;
	char set_dir[PATH_MAX];
	tg_policy policy;
	int rc;

	if (set->set_id[0] == '\0')
		return tg_fail(err, TG_ENOTFOUND, "no catalogue is installed; run `tillgate sync`");
	rc = tg_path(set_dir, err, "%s/sets/%s", paths->catalogue_dir, set->set_id);
	if (rc == TG_OK)
		rc = tg_chain_open(&set->chain, paths->trust_root, set_dir, err);
	if (rc != TG_OK)
		return rc;
	facts = tg_chain_facts_of(set->chain);
	rc = tg_policy_parse(&policy, tg_chain_policy(set->chain), err);
	if (rc != TG_OK)
		tg_error_prefix(err, "policy.json");
	if (rc == TG_OK)
		rc = refuse_older("catalogue", (uint64_t)facts->catalogue_version, floor->catalogue_version, err);
	if (rc == TG_OK)
		rc = refuse_older("policy", policy.version, floor->policy_version, err);
	if (rc == TG_OK)
		rc = refuse_older("root", (uint64_t)facts->root_version, floor->root_version, err);
	if (rc != TG_OK) {
		tg_chain_close(set->chain);
		set->chain = NULL;
		return rc;
	}
	set->catalogue_version = (uint64_t)facts->catalogue_version;
	set->issued_us = facts->issued_us;
	set->policy = policy;
	set->policy_signed = true;
	set->policy_version = policy.version;
	set->root_version = (uint64_t)facts->root_version;
	return load_image(set, paths, set_dir, anew, err);
}

int tg_inforce_load(tg_inforce **out, const tg_paths *paths, const char *set_id, const tg_inforce_floor *floor,
	bool anew, tg_error *err)
{
	tg_inforce *set = calloc(1, sizeof(*set));
	tg_error why = { 0 };

	if (set == NULL)
		return tg_fail(err, TG_ENOMEM, "catalogue set: %zu bytes", sizeof(*set));
	atomic_init(&set->references, 1);
	tg_policy_strictest(&set->policy);
	snprintf(set->set_id, sizeof(set->set_id), "%s", set_id);
	set->fault_code = load(set, paths, floor, anew, &why);
	if (set->fault_code != TG_OK)
		snprintf(set->fault, sizeof(set->fault), "%s", why.msg);
	*out = set;
	return TG_OK;
}

int tg_inforce_load_other(tg_inforce **out, const tg_paths *paths, const char *not_this, const tg_inforce_floor *floor,
	bool anew, tg_error *err)
{
	char dir[PATH_MAX];
	struct dirent *entry;
	DIR *d = NULL;
	int rc = TG_OK, looked_at = 0;

	*out = NULL;
	if (tg_path(dir, NULL, "%s/sets", paths->catalogue_dir) == TG_OK)
		d = opendir(dir);
	while (d != NULL && rc == TG_OK && looked_at < SETS_LOOKED_AT && (entry = readdir(d)) != NULL) {
		tg_inforce *set = NULL;

		if (!is_set_name(entry->d_name) || strcmp(entry->d_name, not_this) == 0)
			continue;
		looked_at++;
		rc = tg_inforce_load(&set, paths, entry->d_name, floor, anew, err);
		if (rc == TG_OK && set->cat != NULL && (*out == NULL || set->issued_us > (*out)->issued_us)) {
			tg_inforce_release(*out);
			*out = set;
			set = NULL;
		}
		tg_inforce_release(set);
	}
	if (d != NULL)
		closedir(d);
	return rc;
}

void tg_inforce_retain(tg_inforce *set)
{
	atomic_fetch_add_explicit(&set->references, 1, memory_order_relaxed);
}

void tg_inforce_release(tg_inforce *set)
{
	if (set == NULL || atomic_fetch_sub_explicit(&set->references, 1, memory_order_acq_rel) != 1)
		return;
	tg_catalogue_close(set->cat);
	tg_chain_close(set->chain);
	free(set);
}
